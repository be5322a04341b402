import type { Millis } from '@/market/time.ts';
import type { CandleFeed } from './candle-feed.ts';
import type { FeedContext } from './feed-context.ts';
import { onGrid, RECENT_LIMIT } from './fetched-trade.ts';
import type { TradeGaps } from './trade-gaps.ts';
import type { TradeLedger, TradeOutcome } from './trade-ledger.ts';
import type { TradeNumbers } from './trade-numbers.ts';
import type { FetchedTrade, TradeEvent } from './venues/venue.ts';

const CATCH_UP_MS = 500;
const FETCH_DELAY_MS = 400;

/** A break in the stream of a venue whose ids do not show what was lost. */
interface Outage {
  readonly from: Millis;
  /** Number that is free for what is fetched of it. */
  ordinal: number;
  /** What was fetched reaches back to before the break. */
  covered: boolean;
}

/** Times in which the stream of trades was not heard, and the fetching of what traded meanwhile. */
export class TradeOutages {
  private outage: Outage | null = null;
  /** Newest id before the line was lost. */
  private idBeforeLoss = -1;

  constructor(
    private readonly context: FeedContext,
    private readonly ledger: TradeLedger,
    private readonly gaps: TradeGaps,
    private readonly candles: CandleFeed,
    private readonly numbers: TradeNumbers,
    /** Called with each trade that was fetched, what it was to the ledger and how many were lost before it. */
    private readonly took: (trade: TradeEvent, outcome: TradeOutcome, before: number) => void,
  ) {}

  private get isConsecutive(): boolean {
    return this.context.venue.tradeIds === 'consecutive';
  }

  /**
   * From here on it is not known what traded, until a trade of now closes the gap.
   * @param newestId  newest id from before
   */
  begin(from: Millis, cause: string, newestId: number): void {
    if (this.ledger.newestTime === 0 || this.gaps.openFrom !== null) return;
    this.gaps.open(from, cause);
    this.idBeforeLoss = newestId;
  }

  /** The first trade after an outage followed the last before it: nothing was lost. */
  end({ id, time }: TradeEvent): void {
    const from = this.gaps.openFrom;
    if (from === null) return;
    // Trades of before may be said again, or late: without consecutive ids only one of now shows that they are heard.
    if (!this.isConsecutive && time <= from) return;
    this.gaps.close(Math.max(from, time), this.isConsecutive);
    if (this.isConsecutive) return;
    // Nothing says what traded in between: those bars are partial until it is fetched or the venue states them.
    this.outage = { from, ordinal: this.numbers.reserve(RECENT_LIMIT), covered: false };
    this.ledger.broke(this.idBeforeLoss, id);
    this.candles.lost(from, time);
    this.context.later(FETCH_DELAY_MS, () => this.catchUp());
  }

  /** The line is open again: what traded meanwhile is known lost only when the next trade comes. Do not wait for it. */
  lineOpened(): void {
    if (this.ledger.newestTime > 0) this.context.later(CATCH_UP_MS, () => this.catchUp());
  }

  private catchUp(): void {
    const { venue, symbol, requests } = this.context;
    const request = venue.recentTradesRequest(symbol, RECENT_LIMIT);
    if (!request) return;
    this.context.guard(requests.ask(request), (answer) => {
      const fetched = answer.ok ? venue.readTrades(answer.value) : null;
      if (!fetched) return;
      if (this.isConsecutive) this.catchUpById(fetched);
      else this.catchUpByTime(fetched);
      this.context.changed();
    });
  }

  private catchUpById(fetched: readonly FetchedTrade[]): void {
    const known = this.ledger.newestId;
    const missed = fetched.filter((trade) => trade.firstId > known);
    for (const one of missed) {
      const trade = onGrid(one, this.context);
      const before = this.ledger.lost;
      if (trade) this.took(trade, this.ledger.takeFetched(trade), before);
    }
    if (missed.length > 0) this.ledger.caughtUp(known);
  }

  /** Ids do not show what was lost: the answer has to reach back to before the break. */
  private catchUpByTime(fetched: readonly FetchedTrade[]): void {
    const { outage } = this;
    if (!outage || outage.covered) return;
    this.numbers.beginFetched(outage.ordinal);
    for (const one of fetched) {
      if (one.time < outage.from) continue;
      const trade = onGrid(one, this.context);
      if (trade) this.took(trade, this.ledger.takeFetched(trade), this.ledger.lost);
    }
    outage.ordinal = this.numbers.endFetched();
    if (!fetched.some((one) => one.time <= outage.from)) return;
    outage.covered = true;
    // Bars stay partial until the venue states them: minutes without a trade are only known from it.
    this.gaps.repairedFrom(outage.from);
  }
}

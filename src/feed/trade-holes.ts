import type { CandleFeed } from './candle-feed.ts';
import type { Cancel } from './clock.ts';
import type { FeedContext } from './feed-context.ts';
import { onGrid, RECENT_LIMIT } from './fetched-trade.ts';
import type { TradeGaps } from './trade-gaps.ts';
import type { TradeLedger } from './trade-ledger.ts';
import type { FetchedTrade, TradeEvent } from './venues/venue.ts';

const FILL_DELAY_MS = 400;
const FILL_AGAIN_MS = 5_000;
const FILL_TRIES = 4;

/** Trades whose ids show that they were lost: they are told of as a gap and fetched. */
export class TradeHoles {
  private cancelFill: Cancel | null = null;

  constructor(
    private readonly context: FeedContext,
    private readonly ledger: TradeLedger,
    private readonly gaps: TradeGaps,
    private readonly candles: CandleFeed,
    /** Called with each lost trade that was fetched. */
    private readonly found: (trade: TradeEvent) => void,
  ) {}

  /** The ledger has found a hole, its newest: tell of it and fetch what was in it. */
  torn(): void {
    const hole = this.ledger.holes[this.ledger.holes.length - 1];
    this.candles.lost(hole.since, hole.until);
    this.gaps.lost(hole.since, hole.until);
    this.context.health.lostTrades(hole.from, hole.to, this.context.clock.now());
    this.fillSoon(FILL_DELAY_MS);
  }

  private fillSoon(delayMs: number): void {
    if (this.cancelFill) return;
    this.cancelFill = this.context.later(delayMs, () => {
      this.cancelFill = null;
      this.fill();
    });
  }

  /** Fetch lost trades: the newest thousand one by one, older ones as aggregates of their span. */
  private fill(): void {
    const hole = this.ledger.holes.find((one) => one.tries < FILL_TRIES);
    if (!hole) return;
    hole.tries++;
    const { venue, symbol, requests } = this.context;
    const isRecent = this.ledger.newestId - hole.from < RECENT_LIMIT;
    const { since, until } = hole;
    const recent = venue.recentTradesRequest(symbol, RECENT_LIMIT);
    const missed = venue.missedTradesRequest(symbol, { fromId: hole.from, toId: hole.to, from: since, to: until });
    const request = isRecent ? (recent ?? missed) : (missed ?? recent);
    if (!request) return;
    this.context.guard(requests.ask(request), (answer) => {
      const lost = this.ledger.lost;
      const fetched = answer.ok ? venue.readTrades(answer.value) : null;
      for (const trade of fetched ?? []) this.takeFetched(trade);
      this.candles.repaired(since, until);
      if (this.ledger.lost === 0) this.context.health.tradesWhole(this.context.clock.now());
      this.gaps.repairedBy(this.ledger);
      if (this.ledger.lost > 0) this.fillSoon(this.ledger.lost < lost ? 0 : FILL_AGAIN_MS);
      this.context.changed();
    });
  }

  private takeFetched(fetched: FetchedTrade): void {
    if (!this.ledger.holes.some((hole) => fetched.firstId >= hole.from && fetched.id <= hole.to)) return;
    const trade = onGrid(fetched, this.context);
    if (trade && this.ledger.takeFetched(trade) === 'late') this.found(trade);
  }
}

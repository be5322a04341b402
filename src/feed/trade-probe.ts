import type { Millis } from '@/market/time.ts';
import type { CandleFeed } from './candle-feed.ts';
import type { ChannelState } from './channel.ts';
import type { FeedContext } from './feed-context.ts';
import type { TradeLedger } from './trade-ledger.ts';
import type { TradeNumbers } from './trade-numbers.ts';
import type { FetchedTrade } from './venues/venue.ts';

const PROBE_GRACE_MS = 1_000;
const PROBE_EVERY_MS = 5_000;
/** A trade the venue says it made has so long to arrive before it counts as lost. */
const STATED_GRACE_MS = 1_000;
/** Share of the deadline after which the newest trade is asked for ahead of it. */
const ASK_AHEAD = 0.6;
const RESUBSCRIBE_LIMIT = 2;

/**
 * Tells a quiet market from a dead stream of trades: the venue's newest trade, asked for or stated, is one that came, or
 * is on its way, or is lost. Where it cannot be asked for, the stream is subscribed again.
 */
export class TradeProbe {
  private baselineId = -1;
  private baselineTime: Millis = 0;
  private probeAfter: Millis = 0;
  private askedEarlyAt: Millis = 0;
  private statedPending = false;

  constructor(
    private readonly context: FeedContext,
    private readonly trades: ChannelState,
    private readonly candles: CandleFeed,
    private readonly ledger: TradeLedger,
    private readonly numbers: TradeNumbers,
    /** Called when a stated trade never came: the ledger has a new hole. */
    private readonly torn: () => void,
  ) {}

  private get isConsecutive(): boolean {
    return this.context.venue.tradeIds === 'consecutive';
  }

  /** Silence passed the deadline: ask for the newest trade and compare. */
  probe(): void {
    const now = this.context.clock.now();
    if (this.trades.probing || now < this.probeAfter) return;
    this.probeAfter = now + PROBE_EVERY_MS;
    this.trades.probing = true;
    const { venue, symbol, requests } = this.context;
    const request = venue.recentTradesRequest(symbol, 1);
    if (!request) {
      this.askStream();
      return;
    }
    this.context.guard(requests.ask(request), (answer) =>
      this.compare(answer.ok ? venue.readTrades(answer.value) : null),
    );
  }

  /** Ask ahead of the deadline, so that a thin market never looks stale for the time of a question. */
  askEarly(now: Millis): void {
    const { liveness, probing } = this.trades;
    const candles = this.candles.channel.liveness;
    const silentMs = now - Math.min(liveness.lastAt, candles.lastAt);
    const deadlineMs = Math.min(liveness.deadlineMs(now), candles.deadlineMs(now));
    if (probing || liveness.lastAt === 0 || silentMs < deadlineMs * ASK_AHEAD) return;
    if (now - this.askedEarlyAt < deadlineMs * (1 - ASK_AHEAD)) return;
    this.askedEarlyAt = now;
    this.probe();
  }

  /** The venue acknowledged the subscription made to find out whether it is merely quiet. */
  acknowledged(): void {
    if (this.trades.probing) this.quiet();
  }

  /** The venue states the id of its newest trade. */
  stated(id: number, time: Millis, now: Millis): void {
    if (!this.isConsecutive) return;
    // Before any trade of ours the first that is stated says where counting begins.
    if (this.baselineId < 0) this.baselineId = id;
    const known = this.ledger.newestId < 0 ? this.baselineId : this.ledger.newestId;
    if (id <= known) {
      this.trades.liveness.confirmed(now);
      this.candles.channel.liveness.confirmed(now);
      return;
    }
    if (this.statedPending) return;
    this.statedPending = true;
    this.context.later(STATED_GRACE_MS, () => {
      this.statedPending = false;
      if (!this.ledger.stated(id, time)) return;
      this.torn();
      this.context.changed();
    });
  }

  /** @param read  what was answered to the question for the newest trade; null when nothing can be read in it */
  private compare(read: readonly FetchedTrade[] | null): void {
    const newest = read?.at(-1);
    if (newest && !this.isConsecutive) {
      this.judgeByTime(newest);
      return;
    }
    if (!newest) {
      this.trades.probing = false;
      if (read) this.quiet();
      else this.askStream();
      return;
    }
    const known = Math.max(this.ledger.newestId, this.baselineId);
    if (known < 0 || newest.id <= known) this.quiet();
    else this.context.later(PROBE_GRACE_MS, () => this.judge(newest.id));
    this.baselineId = Math.max(this.baselineId, known < 0 ? newest.id : known);
  }

  private judge(id: number): void {
    this.trades.probing = false;
    if (this.ledger.newestId < id) this.gone(`trade ${id} never came`);
  }

  /** The newest trade tells quiet from dead, where ids have no order: it is one we have, or is on its way. */
  private judgeByTime(newest: FetchedTrade): void {
    const { newestTime, newestId } = this.ledger;
    const isKnown = newestTime === 0 ? newest.time <= this.baselineTime : newest.time <= newestTime;
    if (isKnown || (newestId >= 0 && newest.id <= newestId) || (newestTime === 0 && this.baselineTime === 0)) {
      this.baselineTime = Math.max(this.baselineTime, newest.time);
      this.quiet();
      return;
    }
    this.context.later(PROBE_GRACE_MS, () => {
      this.trades.probing = false;
      if (this.ledger.newestTime < newest.time) this.gone(`the trade of ${newest.time} never came`);
    });
  }

  /** Subscribe again: the acknowledgement, or the trades that come with it, say that the stream is alive. */
  private askStream(): void {
    if (this.trades.resubscribed >= RESUBSCRIBE_LIMIT) {
      this.trades.probing = false;
      this.context.restartLine('trades', 'silent', 'subscribing again brought nothing');
      return;
    }
    this.trades.probing = this.subscribeAgain(true);
    if (!this.trades.probing) return;
    this.trades.resubscribed++;
    this.context.later(PROBE_EVERY_MS, () => {
      this.trades.probing = false;
    });
  }

  /** The stream is unheard for a moment: where ids do not show what was lost in it, the bars of now may lack a trade. */
  private subscribeAgain(isProbe: boolean): boolean {
    const isAgain = this.context.resubscribe('trades', isProbe);
    if (this.isConsecutive || !isAgain) return isAgain;
    this.numbers.skip();
    this.candles.lostNow();
    return true;
  }

  private quiet(): void {
    const now = this.context.clock.now();
    this.trades.probing = false;
    this.trades.resubscribed = 0;
    this.trades.liveness.quiet(now);
    this.candles.channel.liveness.quiet(now);
    this.context.changed();
  }

  private gone(detail: string): void {
    if (this.trades.resubscribed < RESUBSCRIBE_LIMIT) {
      this.trades.resubscribed++;
      this.subscribeAgain(false);
    } else this.context.restartLine('trades', 'silent', detail);
  }
}

import { decimalsOf } from '@/market/decimal.ts';
import { err, ok, type Result } from '@/market/result.ts';
import { type Interval, intervalMs, type Millis } from '@/market/time.ts';
import type { CandleFrame } from '@/protocol/frame.ts';
import { CandleBuilder, foldHistory } from './candles.ts';
import { ChannelState } from './channel.ts';
import type { FeedContext } from './feed-context.ts';
import type { Tape } from './tape.ts';
import type { TradeLedger } from './trade-ledger.ts';
import type { CandleEvent, HistoryCandle, TradeEvent } from './venues/venue.ts';

const HISTORY_BARS = 500;
const FOLDED_BARS = 1_000;
const REFETCH_AFTER_MS = 5_000;
const REFETCH_TRIES = 6;
/** History that the stream pushes has so long to come. */
const PUSHED_HISTORY_MS = 5_000;

/** The candles of one instrument: a builder for each interval wanted, its history, and the mending of partial bars. */
export class CandleFeed {
  readonly channel: ChannelState;
  private readonly builders = new Map<Interval, CandleBuilder>();
  private refetchAt: Millis = 0;
  private readonly refetched = new Map<Interval, { t: Millis; times: number }>();

  constructor(
    private readonly context: FeedContext,
    private readonly tape: Tape,
    private readonly ledger: TradeLedger,
    now: Millis,
  ) {
    const { venue } = context;
    this.channel = new ChannelState(venue.quietMs, now, venue.proof, () => context.changed());
  }

  /** Bars that the page does not have yet. */
  get isDirty(): boolean {
    for (const builder of this.builders.values()) if (builder.isDirty) return true;
    return false;
  }

  /** Finished bars of all intervals that differed from the venue's. */
  get differences(): number {
    let sum = 0;
    for (const builder of this.builders.values()) sum += builder.differences;
    return sum;
  }

  /** State the intervals wanted: new ones fetch their history, others end. */
  want(intervals: readonly Interval[]): void {
    for (const interval of this.builders.keys()) if (!intervals.includes(interval)) this.builders.delete(interval);
    for (const interval of intervals) {
      if (this.builders.has(interval)) continue;
      const source = this.historySource(interval);
      const { candlesNameTrades = false } = this.context.venue;
      this.builders.set(
        interval,
        new CandleBuilder(interval, source !== null, this.tape, this.ledger, candlesNameTrades),
      );
      if (source) this.fetchHistory(interval, HISTORY_BARS);
    }
  }

  /** Intervals the venue has a running bar of; where the stream brings the history too, those it is folded from. */
  nativeIntervals(): Interval[] {
    const native = new Set<Interval>();
    for (const interval of this.builders.keys()) {
      const source = this.historySource(interval);
      if (source !== null && (source === interval || this.isPushed(source))) native.add(source);
    }
    return [...native];
  }

  /** A socket opened: its silence counts from now, and history that failed is asked for again. */
  lineOpened(now: Millis): void {
    this.channel.liveness.restart(now);
    for (const [interval, builder] of this.builders)
      if (builder.history === 'failed') this.fetchHistory(interval, HISTORY_BARS);
  }

  /** The stream of candles is gone, on whatever line it came. */
  broken(): void {
    for (const builder of this.builders.values()) builder.broken();
  }

  /** Add one trade to the bars of every interval, numbered as on the tape. */
  trade(trade: TradeEvent, late: boolean): void {
    for (const builder of this.builders.values()) builder.trade(trade, late);
  }

  /** The venue's word about one bar. */
  candle(candle: CandleEvent, now: Millis): void {
    this.channel.data(now);
    this.builders.get(candle.interval)?.venueCandle(candle);
  }

  /** Trades between these times may be missing: their bars are partial. */
  lost(since: Millis, until: Millis): void {
    for (const builder of this.builders.values()) builder.lost(since, until);
  }

  /** The same of the bars of now, by the venue's clock. */
  lostNow(): void {
    const now = this.venueNow();
    this.lost(now, now);
  }

  /** Lost trades between these times were fetched: bars that have them all are whole again. */
  repaired(since: Millis, until: Millis): void {
    for (const builder of this.builders.values()) builder.repaired(since, until);
  }

  /** History came over the stream. */
  pushed(interval: Interval, rows: readonly HistoryCandle[], now: Millis): void {
    this.channel.data(now);
    this.refineFor(rows);
    for (const [wanted, builder] of this.builders) {
      if (this.historySource(wanted) !== interval) continue;
      builder.join(wanted === interval ? rows : foldHistory(rows, wanted), this.context.grid());
    }
    this.context.changed();
  }

  /** Look at the clock: finished bars that are not whole are fetched from the venue. */
  tick(now: Millis): void {
    if (now < this.refetchAt) return;
    this.refetchAt = now + REFETCH_AFTER_MS;
    const venueTime = this.context.lag.venueTime(now);
    for (const [interval, builder] of this.builders) {
      const oldest = builder.history === 'joined' ? builder.oldestUnfinished(venueTime - REFETCH_AFTER_MS) : null;
      if (oldest !== null && this.mayRefetch(interval, oldest)) {
        this.fetchHistory(interval, Math.min(FOLDED_BARS, Math.ceil((venueTime - oldest) / intervalMs(interval)) + 2));
      }
    }
  }

  /** The grid became finer by these powers of ten. */
  rescale(pricePower: number, lotPower: number): void {
    for (const builder of this.builders.values()) builder.rescale(pricePower, lotPower);
  }

  /** The bars to send, of each interval that has any. */
  takeFrames(epoch: number): CandleFrame[] {
    const frames: CandleFrame[] = [];
    for (const builder of this.builders.values()) {
      const frame = builder.takeFrame(epoch);
      if (frame) frames.push(frame);
    }
    return frames;
  }

  /** A page of candles older than `before`, on a grid fine enough for it; null when the venue keeps none. */
  older(interval: Interval, before: Millis, limit: number): Promise<Result<readonly HistoryCandle[], string>> | null {
    const source = this.historySource(interval);
    if (source === null) return null;
    const { venue, symbol, requests } = this.context;
    const asked = source === interval ? limit : FOLDED_BARS;
    const request = venue.historyRequest(symbol, source, before, asked, this.venueNow());
    if (!request) return null;
    return requests.ask(request).then((answer) => {
      if (!answer.ok) return err(answer.error.detail);
      const rows = venue.readHistory(answer.value, source);
      if (!rows) return err('the history cannot be read');
      this.refineFor(rows);
      return ok(source === interval ? rows : foldHistory(rows, interval));
    });
  }

  /** Where history of an interval comes from: itself, its largest divisor, or nowhere. */
  private historySource(interval: Interval): Interval | null {
    const { intervals } = this.context.venue;
    if (intervals.includes(interval)) return interval;
    const length = intervalMs(interval);
    const divisors = intervals.filter((other) => intervalMs(other) < length && length % intervalMs(other) === 0);
    return divisors.sort((a, b) => intervalMs(b) - intervalMs(a))[0] ?? null;
  }

  /** History of an interval comes over the stream, because it cannot be asked for. */
  private isPushed(source: Interval): boolean {
    return this.context.venue.historyRequest(this.context.symbol, source, null, 1) === null;
  }

  private fetchHistory(interval: Interval, limit: number): void {
    const source = this.historySource(interval);
    if (source === null) return;
    const { venue, symbol, requests } = this.context;
    const asked = source === interval ? limit : FOLDED_BARS;
    const request = venue.historyRequest(symbol, source, null, asked, this.venueNow());
    if (!request) {
      this.awaitPushed(interval);
      return;
    }
    this.context.guard(requests.ask(request), (answer) => {
      const builder = this.builders.get(interval);
      if (!builder) return;
      const rows = answer.ok ? venue.readHistory(answer.value, source) : null;
      if (!rows) {
        if (builder.history === 'loading') builder.historyFailed();
        this.context.changed();
        return;
      }
      this.refineFor(rows);
      builder.join(source === interval ? rows : foldHistory(rows, interval), this.context.grid());
      this.context.changed();
    });
  }

  /** A stream that was there before does not begin with it: once it is subscribed again. */
  private awaitPushed(interval: Interval, isAgain = false): void {
    this.context.later(PUSHED_HISTORY_MS, () => {
      const builder = this.builders.get(interval);
      if (builder?.history !== 'loading') return;
      if (!isAgain && this.context.resubscribe('candles')) {
        this.awaitPushed(interval, true);
        return;
      }
      builder.historyFailed();
      this.context.changed();
    });
  }

  /** A bar that the venue does not mend is asked for a few times, not for ever. */
  private mayRefetch(interval: Interval, t: Millis): boolean {
    const last = this.refetched.get(interval);
    const times = last?.t === t ? last.times + 1 : 1;
    this.refetched.set(interval, { t, times });
    return times <= REFETCH_TRIES;
  }

  /** History may be finer than the grid: refine before reading it. */
  private refineFor(rows: readonly HistoryCandle[]): void {
    let price = 0;
    let lot = 0;
    for (const row of rows) {
      for (const text of [row.o, row.h, row.l, row.c]) price = Math.max(price, decimalsOf(text));
      lot = Math.max(lot, decimalsOf(row.v));
    }
    this.context.refine(price, lot);
  }

  private venueNow(): Millis {
    return Math.floor(this.context.lag.venueTime(this.context.clock.now()));
  }
}

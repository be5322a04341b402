import type { GapSpan } from '@/market/candle.ts';
import type { Result } from '@/market/result.ts';
import type { Interval, Millis } from '@/market/time.ts';
import type { CandleFrame, PrintFrame } from '@/protocol/frame.ts';
import { CandleFeed } from './candle-feed.ts';
import { ChannelState } from './channel.ts';
import type { FeedContext } from './feed-context.ts';
import { PRINTS_PER_FRAME, Tape } from './tape.ts';
import { TradeGaps } from './trade-gaps.ts';
import { TradeHoles } from './trade-holes.ts';
import { TradeLedger, type TradeOutcome } from './trade-ledger.ts';
import { TradeNumbers } from './trade-numbers.ts';
import { TradeOutages } from './trade-outages.ts';
import { TradeProbe } from './trade-probe.ts';
import type { CandleEvent, HistoryCandle, TradeEvent } from './venues/venue.ts';

/** The trades of one instrument and all that is made of them: counts, tape, candles, and the mending of holes. */
export class TradeFeed {
  readonly trades: ChannelState;
  readonly ledger: TradeLedger;
  readonly tape = new Tape();
  private readonly candleFeed: CandleFeed;
  private readonly gaps = new TradeGaps();
  private readonly numbers = new TradeNumbers();
  private readonly holes: TradeHoles;
  private readonly outages: TradeOutages;
  private readonly probing: TradeProbe;
  private sent = 0;
  /** Nothing new has come over the line yet: what it repeats was asked for. */
  private isOpening = false;
  tradesDirty = false;

  constructor(
    private readonly context: FeedContext,
    now: Millis,
  ) {
    const { venue } = context;
    const { gaps, numbers } = this;
    const ledger = new TradeLedger(venue.tradeIds);
    const trades = new ChannelState(venue.quietMs, now, venue.proof, () => context.changed());
    const candles = new CandleFeed(context, this.tape, ledger, now);
    this.ledger = ledger;
    this.trades = trades;
    this.candleFeed = candles;
    this.holes = new TradeHoles(context, ledger, gaps, candles, (trade) => this.found(trade));
    this.outages = new TradeOutages(context, ledger, gaps, candles, numbers, (trade, outcome, before) =>
      this.took(trade, outcome, before),
    );
    this.probing = new TradeProbe(context, trades, candles, ledger, numbers, () => this.torn());
  }

  /** The channel of the candles. */
  get candles(): ChannelState {
    return this.candleFeed.channel;
  }

  get isDirty(): boolean {
    return this.tradesDirty || this.gaps.isDirty || this.sent < this.tape.next || this.candleFeed.isDirty;
  }

  /** Finished bars that differed from the venue's. */
  get differences(): number {
    return this.candleFeed.differences;
  }

  /** State the intervals wanted: new ones fetch their history, others end. */
  wantIntervals(intervals: readonly Interval[]): void {
    this.candleFeed.want(intervals);
  }

  /** Intervals the venue has a running bar of; where the stream brings the history too, those it is folded from. */
  nativeIntervals(): Interval[] {
    return this.candleFeed.nativeIntervals();
  }

  lineOpened(now: Millis): void {
    this.trades.liveness.restart(now);
    this.trades.probing = false;
    this.isOpening = true;
    this.candleFeed.lineOpened(now);
    this.outages.lineOpened();
  }

  /** The stream of candles is gone, on whatever line it came. */
  candlesLost(): void {
    this.candleFeed.broken();
  }

  /**
   * Messages were lost on an open socket, as the book has shown. Where ids do not say whether trades were among them,
   * the time since the last one is in doubt.
   * @param since  until then the book had everything
   */
  interrupted(cause: string, since: Millis): void {
    if (this.isConsecutive) return;
    const newest = this.tape.newestUntil(since);
    if (newest) this.outages.begin(newest.time, cause, Number(newest.idText));
  }

  lineLost(cause: string): void {
    this.outages.begin(this.context.lag.lastEvent, cause, this.ledger.newestId);
  }

  trade(trade: TradeEvent, now: Millis, repeats: boolean): void {
    const before = this.ledger.lost;
    const spoken = this.ledger.spoken;
    // What a new subscription repeats was asked for.
    const outcome = this.ledger.take(trade, repeats || this.trades.probing || this.isOpening);
    if (outcome === 'new') this.isOpening = false;
    // A repetition is no news: whoever sends nothing else is silent.
    if (outcome !== 'duplicate' || repeats || this.trades.probing) {
      this.trades.probing = false;
      this.trades.data(now);
      this.candles.data(now);
    }
    if (spoken !== this.ledger.spoken) this.context.needsChanged();
    this.took(trade, outcome, before);
  }

  /** The venue states the id of its newest trade. */
  stated(id: number, time: Millis, now: Millis): void {
    this.probing.stated(id, time, now);
  }

  /** History came over the stream. */
  pushed(interval: Interval, rows: readonly HistoryCandle[], now: Millis): void {
    this.candleFeed.pushed(interval, rows, now);
  }

  /** The venue acknowledged the subscription made to find out whether it is merely quiet. */
  acknowledged(): void {
    this.probing.acknowledged();
  }

  /** A fill outside the market: it is not counted, and its id is not missing. */
  exclude(id: number, time: Millis): void {
    const before = this.ledger.lost;
    this.ledger.exclude(id, time);
    this.tradesDirty = true;
    if (this.ledger.lost > before) this.torn();
  }

  candle(candle: CandleEvent, now: Millis): void {
    this.candleFeed.candle(candle, now);
  }

  /** Silence passed the deadline: ask for the newest trade and compare. */
  probe(): void {
    this.probing.probe();
  }

  /** Ask ahead of the deadline, so that a thin market never looks stale for the time of a question. */
  askEarly(now: Millis): void {
    this.probing.askEarly(now);
  }

  /** Look at the clock: finished bars that are not whole are fetched from the venue. */
  tick(now: Millis): void {
    if (this.trades.state === 'live') this.candleFeed.tick(now);
  }

  /** Whether the prices held stay exact on a grid finer by 10^`pricePower`. */
  canRescale(pricePower: number): boolean {
    return (
      pricePower === 0 || (this.ledger.lastTrade()?.ticks ?? 0) * 10 ** (pricePower + 1) <= Number.MAX_SAFE_INTEGER
    );
  }

  rescale(pricePower: number, lotPower: number): void {
    this.ledger.rescale(pricePower, lotPower);
    this.tape.rescale(pricePower, lotPower);
    this.candleFeed.rescale(pricePower, lotPower);
  }

  takePrints(epoch: number): PrintFrame | null {
    const total = this.tape.next - this.sent;
    if (total === 0) return null;
    const from = Math.max(this.sent, this.tape.next - PRINTS_PER_FRAME);
    const { first, prints } = this.tape.take(from, this.tape.next);
    const elided = first - this.sent;
    this.sent = this.tape.next;
    return { epoch, prints, first, elided };
  }

  takeCandles(epoch: number): CandleFrame[] {
    return this.candleFeed.takeFrames(epoch);
  }

  takeGaps(): readonly GapSpan[] | null {
    return this.gaps.take();
  }

  /** A page of candles older than `before`, on a grid fine enough for it. */
  older(interval: Interval, before: Millis, limit: number): Promise<Result<readonly HistoryCandle[], string>> | null {
    return this.candleFeed.older(interval, before, limit);
  }

  private get isConsecutive(): boolean {
    return this.context.venue.tradeIds === 'consecutive';
  }

  private took(trade: TradeEvent, outcome: TradeOutcome, before: number): void {
    this.tradesDirty = true;
    if (this.ledger.lost > before) this.torn();
    else if (!this.gaps.isEmpty && (this.isConsecutive || outcome === 'new')) this.outages.end(trade);
    if (outcome === 'duplicate' || outcome === 'covered') return;
    this.print(trade, outcome === 'late');
  }

  /** Put a counted trade on the tape and into the candles, numbered so that both know its order. */
  private print(trade: TradeEvent, late: boolean): void {
    let numbered = trade;
    if (!this.isConsecutive) {
      const id = this.numbers.next();
      numbered = { ...trade, id, firstId: id, idText: trade.idText === '' ? String(trade.id) : trade.idText };
    }
    this.tape.add(numbered);
    this.candleFeed.trade(numbered, late && this.isConsecutive);
  }

  private torn(): void {
    this.tradesDirty = true;
    this.holes.torn();
  }

  private found(trade: TradeEvent): void {
    this.tradesDirty = true;
    this.print(trade, true);
  }
}

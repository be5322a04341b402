import type { GapSpan } from '@/market/candle.ts';
import { decimalsOf, MALFORMED, scaleDecimal, scaleWide } from '@/market/decimal.ts';
import { err, ok, type Result } from '@/market/result.ts';
import { type Interval, intervalMs, type Millis } from '@/market/time.ts';
import type { CandleFrame, PrintFrame } from '@/protocol/frame.ts';
import { CandleBuilder, foldHistory } from './candles.ts';
import { ChannelState } from './channel.ts';
import type { Cancel } from './clock.ts';
import type { FeedContext } from './feed-context.ts';
import { PRINTS_PER_FRAME, Tape } from './tape.ts';
import { TradeLedger, type TradeOutcome } from './trade-ledger.ts';
import type { CandleEvent, FetchedTrade, HistoryCandle, TradeEvent } from './venues/venue.ts';

const HISTORY_BARS = 500;
const FOLDED_BARS = 1_000;
const FILL_DELAY_MS = 400;
const FILL_AGAIN_MS = 5_000;
const FILL_TRIES = 4;
const RECENT_LIMIT = 1_000;
const PROBE_GRACE_MS = 1_000;
const PROBE_EVERY_MS = 5_000;
const CATCH_UP_MS = 500;
const REFETCH_AFTER_MS = 5_000;
const REFETCH_TRIES = 6;
const MAX_GAPS = 200;
/** A trade the venue says it made has so long to arrive before it counts as lost. */
const STATED_GRACE_MS = 1_000;
/** History that the stream pushes has so long to come. */
const PUSHED_HISTORY_MS = 5_000;
/** Share of the deadline after which the newest trade is asked for ahead of it. */
const ASK_AHEAD = 0.6;
const RESUBSCRIBE_LIMIT = 2;

/** The trades of one instrument and all that is made of them: counts, tape, candles, and the mending of holes. */
export class TradeFeed {
  readonly trades: ChannelState;
  readonly candles: ChannelState;
  readonly ledger: TradeLedger;
  readonly tape = new Tape();
  private readonly builders = new Map<Interval, CandleBuilder>();
  private sent = 0;
  private gapList: GapSpan[] = [];
  private gapsDirty = false;
  private cancelFill: Cancel | null = null;
  private baselineId = -1;
  private baselineTime: Millis = 0;
  private probeAfter: Millis = 0;
  private refetchAt: Millis = 0;
  private askedEarlyAt: Millis = 0;
  private statedPending = false;
  /** Numbers trades in the order they came, where the venue's ids do not. */
  private ordinal = 0;
  /** A break in the stream of a venue whose ids do not show what was lost; `ordinal` is free for what is fetched. */
  private outage: { from: Millis; to: Millis; ordinal: number; covered: boolean } | null = null;
  /** Newest id before the line was lost. */
  private idBeforeLoss = -1;
  /** Number of the next trade that is fetched of an outage; null while none is. */
  private filling: number | null = null;
  /** Nothing new has come over the line yet: what it repeats was asked for. */
  private isOpening = false;
  private readonly refetched = new Map<Interval, { t: Millis; times: number }>();
  tradesDirty = false;

  constructor(
    private readonly context: FeedContext,
    now: Millis,
  ) {
    const { venue } = context;
    this.trades = new ChannelState(venue.quietMs, now, venue.proof, () => context.changed());
    this.candles = new ChannelState(venue.quietMs, now, venue.proof, () => context.changed());
    this.ledger = new TradeLedger(venue.tradeIds);
  }

  get isDirty(): boolean {
    if (this.tradesDirty || this.gapsDirty || this.sent < this.tape.next) return true;
    for (const builder of this.builders.values()) if (builder.isDirty) return true;
    return false;
  }

  get differences(): number {
    let sum = 0;
    for (const builder of this.builders.values()) sum += builder.differences;
    return sum;
  }

  /** State the intervals wanted: new ones fetch their history, others end. */
  wantIntervals(intervals: readonly Interval[]): void {
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

  /** History of an interval comes over the stream, because it cannot be asked for. */
  private isPushed(source: Interval): boolean {
    return this.context.venue.historyRequest(this.context.symbol, source, null, 1) === null;
  }

  /** Where history of an interval comes from: itself, its largest divisor, or nowhere. */
  historySource(interval: Interval): Interval | null {
    const { intervals } = this.context.venue;
    if (intervals.includes(interval)) return interval;
    const length = intervalMs(interval);
    const divisors = intervals.filter((other) => intervalMs(other) < length && length % intervalMs(other) === 0);
    return divisors.sort((a, b) => intervalMs(b) - intervalMs(a))[0] ?? null;
  }

  lineOpened(now: Millis): void {
    this.trades.liveness.restart(now);
    this.candles.liveness.restart(now);
    this.trades.probing = false;
    this.isOpening = true;
    for (const [interval, builder] of this.builders)
      if (builder.history === 'failed') this.fetchHistory(interval, HISTORY_BARS);
    if (this.ledger.newestTime > 0) this.context.later(CATCH_UP_MS, () => this.catchUp());
  }

  /** After an outage: what traded meanwhile is known lost only when the next trade comes. Do not wait for it. */
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
      const trade = this.onGrid(one);
      const before = this.ledger.lost;
      if (trade) this.took(trade, this.ledger.takeFetched(trade), before);
    }
    if (missed.length > 0) this.ledger.caughtUp(known);
  }

  /** Ids do not show what was lost: the answer has to reach back to before the break. */
  private catchUpByTime(fetched: readonly FetchedTrade[]): void {
    const { outage } = this;
    if (!outage || outage.covered) return;
    this.filling = outage.ordinal;
    for (const one of fetched) {
      if (one.time < outage.from) continue;
      const trade = this.onGrid(one);
      if (trade) this.took(trade, this.ledger.takeFetched(trade), this.ledger.lost);
    }
    outage.ordinal = this.filling;
    this.filling = null;
    if (!fetched.some((one) => one.time <= outage.from)) return;
    outage.covered = true;
    // Bars stay partial until the venue states them: minutes without a trade are only known from it.
    this.gapList = this.gapList.map((gap) => (gap.from === outage.from ? { ...gap, repaired: true } : gap));
    this.gapsDirty = true;
  }

  private get isConsecutive(): boolean {
    return this.context.venue.tradeIds === 'consecutive';
  }

  /** The stream of candles is gone, on whatever line it came. */
  candlesLost(): void {
    for (const builder of this.builders.values()) builder.broken();
  }

  /**
   * Messages were lost on an open socket, as the book has shown. Where ids do not say whether trades were among them,
   * the time since the last one is in doubt.
   * @param since  until then the book had everything
   */
  interrupted(cause: string, since: Millis): void {
    if (this.isConsecutive) return;
    const newest = this.tape.newestUntil(since);
    if (newest) this.openGap(newest.time, cause, Number(newest.idText));
  }

  lineLost(cause: string): void {
    this.openGap(this.context.lag.lastEvent, cause, this.ledger.newestId);
  }

  /** From here on it is not known what traded, until a trade of now closes the gap. */
  private openGap(from: Millis, cause: string, newestId: number): void {
    if (this.ledger.newestTime === 0 || this.gapList.some((gap) => gap.to === Number.POSITIVE_INFINITY)) return;
    this.gapList.push({ from, to: Number.POSITIVE_INFINITY, repaired: false, cause });
    this.idBeforeLoss = newestId;
    this.gapsDirty = true;
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

  private took(trade: TradeEvent, outcome: TradeOutcome, before: number): void {
    this.tradesDirty = true;
    if (this.ledger.lost > before) this.holed();
    else if (this.gapList.length > 0 && (this.isConsecutive || outcome === 'new')) this.closeGap(trade);
    if (outcome === 'duplicate' || outcome === 'covered') return;
    this.print(trade, outcome === 'late');
  }

  /** Put a counted trade on the tape and into the candles, numbered so that both know its order. */
  private print(trade: TradeEvent, late: boolean): void {
    let numbered = trade;
    if (!this.isConsecutive) {
      const id = this.filling === null ? ++this.ordinal : this.filling++;
      numbered = { ...trade, id, firstId: id, idText: trade.idText === '' ? String(trade.id) : trade.idText };
    }
    this.tape.add(numbered);
    for (const builder of this.builders.values()) builder.trade(numbered, late && this.isConsecutive);
  }

  /** The venue states the id of its newest trade. */
  stated(id: number, time: Millis, now: Millis): void {
    if (!this.isConsecutive) return;
    // Before any trade of ours the first that is stated says where counting begins.
    if (this.baselineId < 0) this.baselineId = id;
    const known = this.ledger.newestId < 0 ? this.baselineId : this.ledger.newestId;
    if (id <= known) {
      this.trades.liveness.confirmed(now);
      this.candles.liveness.confirmed(now);
      return;
    }
    if (this.statedPending) return;
    this.statedPending = true;
    this.context.later(STATED_GRACE_MS, () => {
      this.statedPending = false;
      if (!this.ledger.stated(id, time)) return;
      this.tradesDirty = true;
      this.holed();
      this.context.changed();
    });
  }

  /** History came over the stream. */
  pushed(interval: Interval, rows: readonly HistoryCandle[], now: Millis): void {
    this.candles.data(now);
    this.refineFor(rows);
    for (const [wanted, builder] of this.builders) {
      if (this.historySource(wanted) !== interval) continue;
      builder.join(wanted === interval ? rows : foldHistory(rows, wanted), this.context.grid());
    }
    this.context.changed();
  }

  /** The venue acknowledged the subscription made to find out whether it is merely quiet. */
  acknowledged(): void {
    if (this.trades.probing) this.quiet();
  }

  /** A fill outside the market: it is not counted, and its id is not missing. */
  exclude(id: number, time: Millis): void {
    const before = this.ledger.lost;
    this.ledger.exclude(id, time);
    this.tradesDirty = true;
    if (this.ledger.lost > before) this.holed();
  }

  candle(candle: CandleEvent, now: Millis): void {
    this.candles.data(now);
    this.builders.get(candle.interval)?.venueCandle(candle);
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
    this.context.guard(requests.ask(request), (answer) => {
      const read = answer.ok ? venue.readTrades(answer.value) : null;
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
    });
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
    this.ordinal++;
    const now = this.venueNow();
    for (const builder of this.builders.values()) builder.lost(now, now);
    return true;
  }

  /** Ask ahead of the deadline, so that a thin market never looks stale for the time of a question. */
  askEarly(now: Millis): void {
    const { liveness, probing } = this.trades;
    const silentMs = now - Math.min(liveness.lastAt, this.candles.liveness.lastAt);
    const deadlineMs = Math.min(liveness.deadlineMs(now), this.candles.liveness.deadlineMs(now));
    if (probing || liveness.lastAt === 0 || silentMs < deadlineMs * ASK_AHEAD) return;
    if (now - this.askedEarlyAt < deadlineMs * (1 - ASK_AHEAD)) return;
    this.askedEarlyAt = now;
    this.probe();
  }

  /** Look at the clock: finished bars that are not whole are fetched from the venue. */
  tick(now: Millis): void {
    if (now < this.refetchAt || this.trades.state !== 'live') return;
    this.refetchAt = now + REFETCH_AFTER_MS;
    const venueTime = this.context.lag.venueTime(now);
    for (const [interval, builder] of this.builders) {
      const oldest = builder.history === 'joined' ? builder.oldestUnfinished(venueTime - REFETCH_AFTER_MS) : null;
      if (oldest !== null && this.mayRefetch(interval, oldest)) {
        this.fetchHistory(interval, Math.min(FOLDED_BARS, Math.ceil((venueTime - oldest) / intervalMs(interval)) + 2));
      }
    }
  }

  /** A bar that the venue does not mend is asked for a few times, not for ever. */
  private mayRefetch(interval: Interval, t: Millis): boolean {
    const last = this.refetched.get(interval);
    const times = last?.t === t ? last.times + 1 : 1;
    this.refetched.set(interval, { t, times });
    return times <= REFETCH_TRIES;
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
    for (const builder of this.builders.values()) builder.rescale(pricePower, lotPower);
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
    const frames: CandleFrame[] = [];
    for (const builder of this.builders.values()) {
      const frame = builder.takeFrame(epoch);
      if (frame) frames.push(frame);
    }
    return frames;
  }

  takeGaps(): readonly GapSpan[] | null {
    if (!this.gapsDirty) return null;
    this.gapsDirty = false;
    return [...this.gapList];
  }

  /** A page of candles older than `before`, on a grid fine enough for it. */
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

  private venueNow(): Millis {
    return Math.floor(this.context.lag.venueTime(this.context.clock.now()));
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

  private holed(): void {
    const hole = this.ledger.holes[this.ledger.holes.length - 1];
    for (const builder of this.builders.values()) builder.lost(hole.since, hole.until);
    const open = this.gapList.findIndex((gap) => gap.to === Number.POSITIVE_INFINITY);
    const cause = open >= 0 ? this.gapList[open].cause : 'trades lost';
    if (open >= 0) this.gapList.splice(open, 1);
    this.gapList.push({ from: hole.since, to: hole.until, repaired: false, cause });
    this.context.health.lostTrades(hole.from, hole.to, this.context.clock.now());
    if (this.gapList.length > MAX_GAPS) this.gapList.shift();
    this.gapsDirty = true;
    this.fillSoon(FILL_DELAY_MS);
  }

  /** The first trade after an outage followed the last before it: nothing was lost. */
  private closeGap({ id, time }: TradeEvent): void {
    const open = this.gapList.findIndex((gap) => gap.to === Number.POSITIVE_INFINITY);
    if (open < 0) return;
    const { from } = this.gapList[open];
    // Trades of before may be said again, or late: without consecutive ids only one of now shows that they are heard.
    if (!this.isConsecutive && time <= from) return;
    this.gapList[open] = { ...this.gapList[open], to: Math.max(from, time), repaired: this.isConsecutive };
    this.gapsDirty = true;
    if (this.isConsecutive) return;
    // Nothing says what traded in between: those bars are partial until it is fetched or the venue states them.
    // Room for what is fetched, and one number more at its beginning: nothing follows on what was before.
    this.outage = { from, to: Math.max(from, time), ordinal: this.ordinal + 2, covered: false };
    this.ordinal += RECENT_LIMIT + 2;
    this.ledger.broke(this.idBeforeLoss, id);
    for (const builder of this.builders.values()) builder.lost(from, time);
    this.context.later(FILL_DELAY_MS, () => this.catchUp());
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
      for (const builder of this.builders.values()) builder.repaired(since, until);
      this.markRepaired();
      if (this.ledger.lost > 0) this.fillSoon(this.ledger.lost < lost ? 0 : FILL_AGAIN_MS);
      this.context.changed();
    });
  }

  private takeFetched(fetched: FetchedTrade): void {
    if (!this.ledger.holes.some((hole) => fetched.firstId >= hole.from && fetched.id <= hole.to)) return;
    const trade = this.onGrid(fetched);
    if (!trade || this.ledger.takeFetched(trade) !== 'late') return;
    this.tradesDirty = true;
    this.print(trade, true);
  }

  /** A fetched trade on a grid fine enough for it; null when its figures cannot be read. */
  private onGrid(fetched: FetchedTrade): TradeEvent | null {
    const price = decimalsOf(fetched.price);
    const lot = decimalsOf(fetched.size);
    if (price === MALFORMED || lot === MALFORMED) return null;
    this.context.refine(price, lot);
    const grid = this.context.grid();
    const ticks = scaleDecimal(fetched.price, grid.priceDecimals);
    const lots = scaleWide(fetched.size, grid.lotDecimals);
    if (ticks <= 0 || lots === null || lots === 0n) return null;
    const isWide = lots > BigInt(Number.MAX_SAFE_INTEGER);
    return {
      id: fetched.id,
      firstId: fetched.firstId,
      ticks,
      lots: isWide ? -1 : Number(lots),
      wideLots: lots,
      aggressor: fetched.aggressor,
      time: fetched.time,
      eventTime: fetched.time,
      aggregated: fetched.firstId !== fetched.id,
      idText: fetched.idText ?? '',
      initial: false,
    };
  }

  private markRepaired(): void {
    if (this.ledger.lost === 0) this.context.health.tradesWhole(this.context.clock.now());
    this.gapList = this.gapList.map((gap) =>
      gap.repaired || gap.to === Number.POSITIVE_INFINITY || !this.ledger.isComplete(gap.from, gap.to + 1)
        ? gap
        : { ...gap, repaired: true },
    );
    this.gapsDirty = true;
  }

  private quiet(): void {
    const now = this.context.clock.now();
    this.trades.probing = false;
    this.trades.resubscribed = 0;
    this.trades.liveness.quiet(now);
    this.candles.liveness.quiet(now);
    this.context.changed();
  }

  private judge(id: number): void {
    this.trades.probing = false;
    if (this.ledger.newestId < id) this.gone(`trade ${id} never came`);
  }

  private gone(detail: string): void {
    if (this.trades.resubscribed < RESUBSCRIBE_LIMIT) {
      this.trades.resubscribed++;
      this.subscribeAgain(false);
    } else this.context.restartLine('trades', 'silent', detail);
  }
}

import { type Candle, type CandleRows, packCandles } from '@/market/candle.ts';
import { scaleWide } from '@/market/decimal.ts';
import type { Grid } from '@/market/instrument.ts';
import { LotsTotal } from '@/market/quantity.ts';
import { bucketStart, type Interval, intervalMs, type Millis, stepBucket } from '@/market/time.ts';
import type { CandleFrame, HistoryState } from '@/protocol/frame.ts';
import type { Tape } from './tape.ts';
import type { TradeLedger } from './trade-ledger.ts';
import type { CandleEvent, HistoryCandle, TradeEvent } from './venues/venue.ts';

/** One candle under construction. */
interface Bar {
  readonly t: Millis;
  o: number;
  h: number;
  l: number;
  c: number;
  v: LotsTotal;
  n: number;
  firstId: number;
  lastId: number;
  /** Trades up to this id are inside by the venue's own word. */
  anchor: number;
  /** Every trade of the bucket up to now is inside. */
  complete: boolean;
  /** The venue has published its finished form. */
  final: boolean;
}

/** Bars kept here; the page keeps more, and older ones are fetched. */
const KEPT = 1_500;
/** Quiet buckets drawn flat between two trades; more than that is left empty. */
const MAX_FLAT = 500;

/**
 * The candles of one interval of one instrument, from every trade, joined to history and to the venue's running bar by
 * trade id: no hole and nothing twice. A bar is partial while it is not known to hold every trade of its bucket.
 */
export class CandleBuilder {
  private bars: Bar[] = [];
  private readonly touched = new Set<Millis>();
  private resetPending = true;
  history: HistoryState;
  /** Finished bars that differed from the venue's. */
  differences = 0;
  /** The venue's newest running bar, where it neither counts by trade ids nor says that a bar is finished. */
  private lastStated: CandleEvent | null = null;
  /** Highest number of a trade so far. */
  private newestId = -1;

  constructor(
    readonly interval: Interval,
    hasHistory: boolean,
    private readonly tape: Tape,
    private readonly ledger: TradeLedger,
    /** The venue's running bars name the last trade in them. */
    private readonly namesTrades = true,
  ) {
    this.history = hasHistory ? 'loading' : 'from-now';
  }

  /** Something to send. */
  get isDirty(): boolean {
    return this.resetPending || this.touched.size > 0;
  }

  /** Add one new or late trade. */
  trade(trade: TradeEvent, late: boolean): void {
    this.newestId = Math.max(this.newestId, trade.id);
    const t = bucketStart(trade.time, this.interval);
    const newest = this.bars[this.bars.length - 1];
    const bar = newest?.t === t ? newest : this.barAt(t, trade, late);
    if (!bar || bar.final) return;
    if (bar.anchor === Number.MAX_SAFE_INTEGER) {
      // An older one is in the venue's bar already.
      if (trade.id <= bar.lastId) return;
      reachOver(bar, trade);
      this.touched.add(t);
      return;
    }
    if (trade.id <= bar.anchor) return;
    if (trade.firstId > bar.anchor) addTrade(bar, trade);
    else if (!this.remake(bar)) reachOver(bar, trade);
    this.touched.add(t);
  }

  /** The venue's word about one bar, running or finished. */
  venueCandle(candle: CandleEvent): void {
    if (!this.namesTrades && !candle.closed) this.stateRunning(candle);
    else this.takeVenue(candle);
  }

  /**
   * A running bar without trade ids: nothing joins it to our own trades, so it stands in only for a bar that we do not
   * hold whole, and stays partial. A later bar finishes it.
   */
  private stateRunning(candle: CandleEvent): void {
    const last = this.lastStated;
    this.lastStated = candle;
    if (last && last.t < candle.t) this.finishStated(last);
    const at = this.find(candle.t);
    const held = this.bars[at]?.t === candle.t ? this.bars[at] : null;
    if (held?.final || held?.complete) return;
    const bar = fromVenue(candle);
    bar.complete = false;
    // Trades that are in it already must not be added again: only their prices count until it is stated anew.
    bar.anchor = Number.MAX_SAFE_INTEGER;
    bar.lastId = this.newestId;
    this.bars.splice(at, held ? 1 : 0, bar);
    this.touched.add(candle.t);
    this.bound();
  }

  /** The stream of bars is broken: what it stated last is not how that bar ended. */
  broken(): void {
    this.lastStated = null;
  }

  private finishStated(candle: CandleEvent): void {
    const own = this.bars[this.find(candle.t)];
    const isOurs = own?.t === candle.t && own.complete && own.v.value() !== candle.v;
    // The last statement may be older than our newest trade of the bar.
    if (isOurs && BigInt(own.v.value()) > BigInt(candle.v)) return;
    this.takeVenue({ ...candle, closed: true });
  }

  private takeVenue(candle: CandleEvent): void {
    const at = this.find(candle.t);
    const bar = this.bars[at];
    if (!bar || bar.t !== candle.t) {
      if (at < this.bars.length && at === 0 && this.bars.length >= KEPT) return;
      this.bars.splice(at, 0, candle.closed ? fromVenue(candle) : this.running(candle));
      this.touched.add(candle.t);
      this.bound();
      return;
    }
    if (bar.final) return;
    if (candle.closed) this.finish(bar, candle);
    else if (candle.lastId >= bar.lastId) this.replace(at, this.running(candle));
    else if (!bar.complete && candle.lastId >= 0) this.rebuild(at, candle);
  }

  /**
   * History arrived: bars the venue has finished win over ours. The newest row is the bar that ran when the venue
   * answered and only a beginning, whatever the time is here.
   */
  join(rows: readonly HistoryCandle[], grid: Grid): void {
    const running = rows[rows.length - 1]?.t ?? Number.NEGATIVE_INFINITY;
    for (const row of rows) {
      const read = readRow(row, grid);
      if (!read) continue;
      const at = this.find(row.t);
      const own = this.bars[at]?.t === row.t ? this.bars[at] : null;
      if (own && row.t === running && !own.complete && own.anchor < 0 && !own.final) widen(own, read);
      if (own && (row.t === running || own.final)) continue;
      if (row.t !== running) {
        read.final = true;
        read.complete = true;
        if (own?.complete && differs(own, read)) this.differences++;
      }
      this.bars.splice(at, own ? 1 : 0, read);
    }
    this.bound();
    this.history = 'joined';
    this.resetPending = true;
  }

  /** Bars that overlap lost trades are partial until the venue's own bar arrives. */
  lost(from: Millis, to: Millis): void {
    const length = intervalMs(this.interval);
    for (const bar of this.bars) {
      if (bar.t + length <= from || bar.t > to || bar.final) continue;
      bar.complete = false;
      this.touched.add(bar.t);
    }
  }

  /** Lost trades were fetched: bars without any left are whole again. */
  repaired(from: Millis, to: Millis): void {
    const length = intervalMs(this.interval);
    for (const bar of this.bars) {
      if (bar.t + length <= from || bar.t > to || bar.complete || !this.ledger.reachesBackTo(bar.t)) continue;
      // Which trades a bar of the venue holds is not known, unless it names them.
      if (bar.anchor === Number.MAX_SAFE_INTEGER) continue;
      if (!this.ledger.isComplete(bar.t, bar.t + length)) continue;
      bar.complete = true;
      this.touched.add(bar.t);
    }
  }

  /** Start of the oldest bar that is not whole though its bucket is over; null when there is none. */
  oldestUnfinished(venueTime: Millis): Millis | null {
    const running = bucketStart(venueTime, this.interval);
    return this.bars.find((bar) => !bar.complete && bar.t < running)?.t ?? null;
  }

  /** What changed since the last frame. */
  takeFrame(epoch: number): CandleFrame | null {
    if (!this.isDirty) return null;
    const reset = this.resetPending;
    const bars = reset ? this.bars : this.bars.filter((bar) => this.touched.has(bar.t));
    this.touched.clear();
    this.resetPending = false;
    return { interval: this.interval, epoch, reset, candles: packCandles(bars.map(toCandle)), history: this.history };
  }

  /** A new page listens: send everything again. */
  resend(): void {
    this.resetPending = true;
  }

  historyFailed(): void {
    this.history = 'failed';
    this.resetPending = true;
  }

  /** The grid became finer. */
  rescale(pricePower: number, lotPower: number): void {
    const price = 10 ** pricePower;
    for (const bar of this.bars) {
      bar.o *= price;
      bar.h *= price;
      bar.l *= price;
      bar.c *= price;
      bar.v.rescale(lotPower);
    }
    if (this.lastStated) this.lastStated = rescaled(this.lastStated, price, lotPower);
  }

  private barAt(t: Millis, trade: TradeEvent, late: boolean): Bar | null {
    const at = this.find(t);
    if (this.bars[at]?.t === t) return this.bars[at];
    const before = this.bars[at - 1];
    const whole = !late && this.startsWhole(t, trade, before);
    if (whole && before && at === this.bars.length) this.flatten(before, t);
    const bar = newBar(t, trade, whole);
    this.bars.splice(this.find(t), 0, bar);
    this.bound();
    return bar;
  }

  /** Whether a bar that begins with this trade begins with the first trade of its bucket. */
  private startsWhole(t: Millis, trade: TradeEvent, before: Bar | undefined): boolean {
    if (!before || before.lastId < 0) return before?.final === true && before.anchor === trade.firstId - 1;
    return before.lastId === trade.firstId - 1 && this.ledger.isComplete(before.t, t);
  }

  /** Buckets in which nothing traded while we listened stand at the last close. */
  private flatten(before: Bar, t: Millis): void {
    let start = stepBucket(before.t, this.interval, 1);
    for (let count = 0; start < t && count < MAX_FLAT; count++) {
      this.bars.push({
        ...before,
        t: start,
        o: before.c,
        h: before.c,
        l: before.c,
        v: new LotsTotal(),
        n: 0,
        complete: true,
        final: false,
      });
      this.touched.add(start);
      start = stepBucket(start, this.interval, 1);
    }
  }

  /** The venue's running bar. It is whole up to its last id; what is lost above that may belong to it too. */
  private running(candle: CandleEvent): Bar {
    const bar = fromVenue(candle);
    bar.complete = this.ledger.isCompleteAfter(candle.lastId, candle.t, candle.t + intervalMs(this.interval));
    return bar;
  }

  private finish(bar: Bar, candle: CandleEvent): void {
    const finished = fromVenue(candle);
    finished.final = true;
    if (bar.complete && differs(bar, finished)) this.differences++;
    this.replace(this.find(bar.t), finished);
  }

  /** The venue's bar is older than our newest trade: start from it and add what came after. */
  private rebuild(at: number, candle: CandleEvent): void {
    const bar = fromVenue(candle);
    const reaches = this.tape.since(candle.lastId, candle.t, (trade) => {
      if (bucketStart(trade.time, this.interval) !== bar.t) return;
      if (trade.firstId > bar.anchor) addTrade(bar, trade);
      else if (trade.id > bar.anchor) reachOver(bar, trade);
    });
    if (!reaches || !this.ledger.isCompleteAfter(candle.lastId, candle.t, candle.t + intervalMs(this.interval))) return;
    this.replace(at, bar);
  }

  /**
   * Make a bar of our own trades alone, when all of its bucket are known: an aggregate reaches over the venue's bar, and
   * the two cannot be added.
   */
  private remake(held: Bar): boolean {
    const { t, firstId } = held;
    if (firstId < 0 || !this.ledger.isCompleteAfter(firstId - 1, t, t + intervalMs(this.interval))) return false;
    const bar: Bar = { ...held, v: new LotsTotal(), n: 0, firstId: -1, lastId: -1, anchor: -1 };
    this.tape.since(firstId - 1, t, (trade) => {
      if (bucketStart(trade.time, this.interval) === t) addTrade(bar, trade);
    });
    if (bar.firstId !== firstId) return false;
    this.replace(this.find(t), bar);
    return true;
  }

  private replace(at: number, bar: Bar): void {
    this.bars[at] = bar;
    this.touched.add(bar.t);
  }

  private find(t: Millis): number {
    let at = this.bars.length;
    while (at > 0 && this.bars[at - 1].t >= t) at--;
    return at;
  }

  private bound(): void {
    if (this.bars.length > KEPT + 100) this.bars.splice(0, this.bars.length - KEPT);
  }
}

function newBar(t: Millis, trade: TradeEvent, complete: boolean): Bar {
  return {
    t,
    o: trade.ticks,
    h: trade.ticks,
    l: trade.ticks,
    c: trade.ticks,
    v: new LotsTotal(),
    n: 0,
    firstId: trade.firstId,
    lastId: -1,
    anchor: -1,
    complete,
    final: false,
  };
}

/** An aggregate that begins inside what the venue's bar holds cannot be cut: its price counts, its size waits for the venue. */
function reachOver(bar: Bar, trade: TradeEvent): void {
  bar.h = Math.max(bar.h, trade.ticks);
  bar.l = Math.min(bar.l, trade.ticks);
  bar.c = trade.ticks;
  bar.lastId = trade.id;
  bar.complete = false;
}

function addTrade(bar: Bar, trade: TradeEvent): void {
  if (trade.firstId < bar.firstId || bar.firstId < 0) {
    bar.firstId = trade.firstId;
    bar.o = bar.n === 0 || bar.anchor < 0 ? trade.ticks : bar.o;
  }
  if (trade.ticks > bar.h || bar.n === 0) bar.h = trade.ticks;
  if (trade.ticks < bar.l || bar.n === 0) bar.l = trade.ticks;
  if (trade.id > bar.lastId) {
    bar.lastId = trade.id;
    bar.c = trade.ticks;
  }
  if (trade.lots === -1) bar.v.addWide(trade.wideLots);
  else bar.v.add(trade.lots);
  bar.n += trade.id - trade.firstId + 1;
}

function rescaled(candle: CandleEvent, price: number, lotPower: number): CandleEvent {
  const { o, h, l, c } = candle;
  const v = BigInt(candle.v) * 10n ** BigInt(lotPower);
  return { ...candle, o: o * price, h: h * price, l: l * price, c: c * price, v: v.toString() };
}

function fromVenue(candle: CandleEvent): Bar {
  const v = new LotsTotal();
  v.addWide(BigInt(candle.v));
  v.rescale(0);
  return {
    t: candle.t,
    o: candle.o,
    h: candle.h,
    l: candle.l,
    c: candle.c,
    v,
    n: candle.n,
    firstId: candle.firstId,
    lastId: candle.lastId,
    anchor: candle.lastId,
    complete: true,
    final: candle.closed,
  };
}

function readRow(row: HistoryCandle, grid: Grid): Bar | null {
  const price = (text: string): number | null => {
    const ticks = scaleWide(text, grid.priceDecimals);
    return ticks === null ? null : Number(ticks);
  };
  const [o, h, l, c] = [price(row.o), price(row.h), price(row.l), price(row.c)];
  const lots = scaleWide(row.v, grid.lotDecimals);
  if (o === null || h === null || l === null || c === null || lots === null) return null;
  if (l > Math.min(o, c) || h < Math.max(o, c)) return null;
  const v = new LotsTotal();
  v.addWide(lots);
  v.rescale(0);
  return { t: row.t, o, h, l, c, v, n: row.n, firstId: 0, lastId: -1, anchor: -1, complete: false, final: false };
}

/** A bar we joined late opens where the venue's does, and reaches as far; what it lacks in volume it lacks. */
function widen(own: Bar, row: Bar): void {
  own.o = row.o;
  own.h = Math.max(own.h, row.h);
  own.l = Math.min(own.l, row.l);
}

const differs = (a: Bar, b: Bar): boolean =>
  a.o !== b.o || a.h !== b.h || a.l !== b.l || a.c !== b.c || a.v.value() !== b.v.value();

function toCandle(bar: Bar): Candle {
  return { t: bar.t, o: bar.o, h: bar.h, l: bar.l, c: bar.c, v: bar.v.value(), n: bar.n, partial: !bar.complete };
}

/**
 * Fold candles of a divisor into a longer interval, oldest first: for intervals the venue does not publish. A first bar
 * whose beginning lies before the rows is left out.
 */
export function foldHistory(rows: readonly HistoryCandle[], interval: Interval): HistoryCandle[] {
  const folded: HistoryCandle[] = [];
  for (const row of rows) {
    const t = bucketStart(row.t, interval);
    const last = folded[folded.length - 1];
    if (!last && row.t !== t) continue;
    if (!last || last.t !== t) folded.push({ ...row, t });
    else folded[folded.length - 1] = foldTwo(last, row);
  }
  return folded;
}

function foldTwo(a: HistoryCandle, b: HistoryCandle): HistoryCandle {
  const larger = (x: string, y: string): boolean => (scaleWide(x, 18) ?? 0n) >= (scaleWide(y, 18) ?? 0n);
  const sum = (scaleWide(a.v, 18) ?? 0n) + (scaleWide(b.v, 18) ?? 0n);
  return {
    t: a.t,
    o: a.o,
    h: larger(a.h, b.h) ? a.h : b.h,
    l: larger(b.l, a.l) ? a.l : b.l,
    c: b.c,
    v: decimalText(sum),
    n: a.n + b.n,
  };
}

function decimalText(scaled: bigint): string {
  const digits = scaled.toString().padStart(19, '0');
  return `${digits.slice(0, -18)}.${digits.slice(-18)}`;
}

/** Rows of history as they travel, on a grid. Rows that cannot be read are left out. */
export function packHistory(rows: readonly HistoryCandle[], grid: Grid): CandleRows {
  const bars = rows.map((row) => readRow(row, grid)).filter((bar) => bar !== null);
  for (const bar of bars) bar.complete = true;
  return packCandles(bars.map(toCandle));
}

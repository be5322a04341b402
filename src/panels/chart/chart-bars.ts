import type { CandlestickData, UTCTimestamp } from 'lightweight-charts';
import type { Candle } from '@/market/candle.ts';
import { powerOfTen } from '@/market/decimal.ts';
import { toSizeLossy } from '@/market/quantity.ts';
import { type Interval, intervalMs, stepBucket } from '@/market/time.ts';
import type { CandleSeries } from '@/store/candle-series.ts';

/** Most slots, candles and empty buckets together, that the drawn series ever holds: its repaint costs by the slot. */
export const MAX_SLOTS = 2000;
/** Slots of a window that ends at the live candle: the rest is room to grow before it has to be cut again. */
export const LIVE_SLOTS = 1500;
/** A hole of more empty buckets than this is folded, or one closed weekend would be all there is to see. */
export const LONGEST_HOLE = 500;
/** Slots that a folded hole takes. */
export const FOLDED_SLOTS = 24;
/** Candles at the live end compared on every repaint: a finished one may be corrected by the venue just after it closed. */
export const TAIL = 8;

/** A wick or a candle further than this from its neighbours does not set the scale. */
const OUTLIER = 0.2;
const HOUR = 3_600_000;

/** One slot of the drawn series: a candle, or an empty bucket. Prices are floats because the library draws floats. */
export interface ChartBar extends CandlestickData<UTCTimestamp> {
  /** What is drawn, in ticks and lots; null in an empty bucket. */
  readonly candle: Candle | null;
  readonly volume: number;
  /** What the price scale has to show of it: its low and high, less what is an outlier. */
  readonly scaleLow: number;
  readonly scaleHigh: number;
}

/** A stretch of buckets without candles that was folded because it was too long to draw true to scale. */
export interface FoldedHole {
  readonly from: number;
  readonly to: number;
}

/** What it takes to turn ticks and lots into what is drawn. */
export interface BarGrid {
  readonly interval: Interval;
  readonly priceDecimals: number;
  readonly lotDecimals: number;
  /** The verified book's middle in ticks, null while there is none: it confirms a price that jumped. */
  readonly mid: number | null;
}

type Candles = Pick<CandleSeries, 'count' | 'timeAt' | 'at' | 'indexOf'>;

/** Whether a candle may be drawn: exact integers, low at or below both ends, high at or above, on a whole second. */
export function isSound(candle: Candle): boolean {
  const { t, o, h, l, c } = candle;
  if (!(Number.isSafeInteger(t) && t % 1000 === 0)) return false;
  if (!(Number.isSafeInteger(o) && Number.isSafeInteger(h) && Number.isSafeInteger(l) && Number.isSafeInteger(c)))
    return false;
  const volume = Number(candle.v);
  return l <= o && l <= c && h >= o && h >= c && Number.isFinite(volume) && volume >= 0;
}

/** Empty buckets between two that hold candles. */
export function emptyBuckets(from: number, to: number, interval: Interval): number {
  if (interval === '1M') {
    const a = new Date(from);
    const b = new Date(to);
    return (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth() - 1;
  }
  return Math.max(0, Math.round((to - from) / intervalMs(interval)) - 1);
}

/** Slots between two candles. */
export function slotsBetween(from: number, to: number, interval: Interval): number {
  const empty = emptyBuckets(from, to, interval);
  return empty > LONGEST_HOLE ? FOLDED_SLOTS : empty;
}

/** Bucket starts that stand between two candles, ascending: every one of a short hole, a few even ones of a long one. */
export function blankTimes(from: number, to: number, interval: Interval): number[] {
  const empty = emptyBuckets(from, to, interval);
  const count = slotsBetween(from, to, interval);
  const stride = (empty + 1) / (count + 1);
  return Array.from({ length: count }, (_, k) => stepBucket(from, interval, Math.round((k + 1) * stride)));
}

/** First candle of a window that ends before candle `to` and has at most `slots` slots. */
export function windowStart(series: Candles, to: number, interval: Interval, slots: number): number {
  let from = to;
  let room = slots;
  while (from > 0) {
    const cost = from === to ? 1 : 1 + slotsBetween(series.timeAt(from - 1), series.timeAt(from), interval);
    if (cost > room) break;
    room -= cost;
    from--;
  }
  return from;
}

/** Candles from a point on: where a window that begins at `from` with at most `slots` slots ends. */
function windowEnd(series: Candles, from: number, interval: Interval, slots: number): number {
  let to = from;
  let room = slots;
  while (to < series.count) {
    const cost = to === from ? 1 : 1 + slotsBetween(series.timeAt(to - 1), series.timeAt(to), interval);
    if (cost > room) break;
    room -= cost;
    to++;
  }
  return to;
}

/** A window of at most `slots` slots round candle `index`, pushed inward where the series ends. */
export function windowAround(series: Candles, index: number, interval: Interval, slots: number): [number, number] {
  const at = Math.min(Math.max(index, 0), Math.max(0, series.count - 1));
  const from = windowStart(series, at, interval, Math.floor(slots / 2));
  const to = windowEnd(series, from, interval, slots);
  return [to === series.count ? windowStart(series, to, interval, slots) : from, to];
}

const median = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/**
 * What of a candle may set the scale, in ticks. One absurd print must not flatten an hour of candles, so a bar of up to
 * an hour counts only as far as a fifth from what its neighbours and, at the live end, the book say the price is.
 */
export function scaleBounds(
  candle: Candle,
  before: Candle | null,
  after: Candle | null,
  grid: Pick<BarGrid, 'interval' | 'mid'>,
): [low: number, high: number] {
  if (intervalMs(grid.interval) > HOUR) return [candle.l, candle.h];
  const said = [candle.o, candle.c];
  if (before) said.push(before.c);
  if (after) said.push(after.o);
  else if (grid.mid !== null) said.push(grid.mid);
  const centre = median(said);
  const reach = Math.abs(centre) * OUTLIER;
  const isNear = (price: number): boolean => Math.abs(price - centre) <= reach;
  const body = [candle.o, candle.c].filter(isNear);
  return [
    isNear(candle.l) ? candle.l : Math.min(centre, ...body),
    isNear(candle.h) ? candle.h : Math.max(centre, ...body),
  ];
}

function toBar(candle: Candle, before: Candle | null, after: Candle | null, grid: BarGrid): ChartBar {
  const unit = powerOfTen(grid.priceDecimals);
  const [low, high] = scaleBounds(candle, before, after, grid);
  return {
    time: (candle.t / 1000) as UTCTimestamp,
    candle,
    open: candle.o / unit,
    high: candle.h / unit,
    low: candle.l / unit,
    close: candle.c / unit,
    volume: toSizeLossy(candle.v, grid.lotDecimals),
    scaleLow: low / unit,
    scaleHigh: high / unit,
  };
}

function toBlank(t: number): ChartBar {
  const none = Number.NaN;
  const time = (t / 1000) as UTCTimestamp;
  return {
    time,
    candle: null,
    open: none,
    high: none,
    low: none,
    close: none,
    volume: 0,
    scaleLow: none,
    scaleHigh: none,
  };
}

function isSame(a: ChartBar, b: ChartBar): boolean {
  if (!a.candle || !b.candle) return a.candle === b.candle && a.time === b.time;
  const [p, q] = [a.candle, b.candle];
  if (p.t !== q.t || p.o !== q.o || p.h !== q.h || p.l !== q.l || p.c !== q.c) return false;
  return p.v === q.v && p.partial === q.partial && a.scaleLow === b.scaleLow && a.scaleHigh === b.scaleHigh;
}

/** What a sync found: slots to hand to the library one by one, or that the window has to be set as a whole. */
export type WindowChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'update'; readonly bars: readonly ChartBar[] }
  | { readonly kind: 'rebuild' };

/** More than this many changed slots are cheaper to set at once. */
const MOST_UPDATES = 32;

/** The part of a series that is drawn, slot by slot. Slots only grow at the live end; anything else is a new window. */
export class BarWindow {
  readonly slots: ChartBar[] = [];
  readonly folded: FoldedHole[] = [];
  /** Candles left out because they could not be true. */
  bad = 0;
  /** Slot of each candle of the series from `from` on; -1 for one left out. */
  private readonly slotOf: number[] = [];

  private constructor(
    /** Candle of the series that the window begins with. */
    readonly from: number,
    private grid: BarGrid,
  ) {}

  /** Draw the candles `from` to `to` (not included) of a series. */
  static build(series: Candles, from: number, to: number, grid: BarGrid): BarWindow {
    const window = new BarWindow(from, grid);
    for (let i = from; i < to; i++) window.append(series, i);
    return window;
  }

  /** Candle of the series after the last one drawn. */
  get to(): number {
    return this.from + this.slotOf.length;
  }

  /** The newest candle in the window. */
  get last(): ChartBar | null {
    return this.slots.at(-1) ?? null;
  }

  /** Compare the newest `depth` candles with what is drawn and, at the live end, take in those that were added. */
  sync(series: Candles, grid: BarGrid, depth: number, isAtEnd: boolean): WindowChange {
    this.grid = grid;
    const changed = new Map<number, ChartBar>();
    const end = this.to;
    const newest = isAtEnd ? series.count : end;
    if (newest < end || newest - end > MOST_UPDATES) return { kind: 'rebuild' };
    for (let i = Math.max(this.from, end - depth); i < end; i++)
      if (!this.refresh(series, i, changed)) return { kind: 'rebuild' };
    const before = this.slots.length;
    for (let i = end; i < newest; i++) this.append(series, i);
    for (let slot = before; slot < this.slots.length; slot++) changed.set(slot, this.slots[slot]);
    if (changed.size === 0) return { kind: 'none' };
    if (changed.size > MOST_UPDATES || this.slots.length > MAX_SLOTS) return { kind: 'rebuild' };
    return { kind: 'update', bars: [...changed.values()] };
  }

  /** Slot that holds bucket `time` (ms), or the nearest one before it; -1 when it lies before the window. */
  slotAt(time: number): number {
    let low = 0;
    let high = this.slots.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (this.slots[mid].time * 1000 <= time) low = mid + 1;
      else high = mid;
    }
    return low - 1;
  }

  /** The slot at or before `slot` that holds a candle, else the first after it; -1 when the window is empty. */
  candleSlot(slot: number): number {
    const start = Math.min(Math.max(slot, 0), this.slots.length - 1);
    for (let i = start; i >= 0; i--) if (this.slots[i].candle) return i;
    return this.slots.findIndex((bar) => bar.candle !== null);
  }

  private append(series: Candles, index: number): void {
    const candle = series.at(index);
    const last = this.last;
    if (!isSound(candle) || (last && candle.t <= last.time * 1000)) {
      this.bad++;
      this.slotOf.push(-1);
      return;
    }
    if (last) this.appendBlanks(last.time * 1000, candle.t);
    this.slotOf.push(this.slots.length);
    this.slots.push(this.draw(series, index, candle));
  }

  private appendBlanks(from: number, to: number): void {
    const { interval } = this.grid;
    if (emptyBuckets(from, to, interval) > LONGEST_HOLE) this.folded.push({ from, to });
    for (const t of blankTimes(from, to, interval)) if (t > from && t < to) this.slots.push(toBlank(t));
  }

  /** Draw candle `index` again. False when it is no longer the same bucket or no longer sound. */
  private refresh(series: Candles, index: number, changed: Map<number, ChartBar>): boolean {
    const slot = this.slotOf[index - this.from];
    const candle = series.at(index);
    if (slot < 0) return !isSound(candle);
    if (!isSound(candle) || candle.t !== this.slots[slot].time * 1000) return false;
    const bar = this.draw(series, index, candle);
    if (isSame(bar, this.slots[slot])) return true;
    this.slots[slot] = bar;
    changed.set(slot, bar);
    return true;
  }

  private draw(series: Candles, index: number, candle: Candle): ChartBar {
    const before = index > 0 ? series.at(index - 1) : null;
    const after = index + 1 < series.count ? series.at(index + 1) : null;
    return toBar(candle, before && isSound(before) ? before : null, after && isSound(after) ? after : null, this.grid);
  }
}

import { type BookCoverage, isAskKnown, isBidKnown } from '@/market/book.ts';
import { ceilTo, floorTo } from '@/market/price.ts';
import type { LotsSum } from '@/market/quantity.ts';
import type { InstrumentRecord } from '@/store/market-store.ts';
import type { Axis, MarketRows } from './ladder-axis.ts';

/** The book as the store holds it. */
export type BookPicture = NonNullable<InstrumentRecord['book']>;

/** Lots of a cell about which the picture says nothing: hatched, never zero, never summed. */
export const UNKNOWN = -2;
/** Lots of a cell too wide for a double: its text is in the side table. */
const WIDE = -1;

/**
 * What the rows in view hold, written in place every frame: at market speed nothing is allocated.
 * Row 0 is the highest price. Lots are 0 for an empty level, `UNKNOWN`, or -1 with the text in `wide`.
 */
export class LadderSheet {
  count = 0;
  readonly ticks: Float64Array;
  readonly bids: Float64Array;
  readonly asks: Float64Array;
  /** Text of wide cells, by row for bids and by `capacity` + row for asks. */
  readonly wide = new Map<number, string>();
  private readonly scratch: Float64Array;

  constructor(readonly capacity: number) {
    this.ticks = new Float64Array(capacity);
    this.bids = new Float64Array(capacity);
    this.asks = new Float64Array(capacity);
    this.scratch = new Float64Array(capacity * 2);
  }

  bidLots(row: number): LotsSum {
    return this.bids[row] === WIDE ? (this.wide.get(row) ?? 0) : this.bids[row];
  }

  askLots(row: number): LotsSum {
    return this.asks[row] === WIDE ? (this.wide.get(this.capacity + row) ?? 0) : this.asks[row];
  }

  /** Sum of the known sizes of one side, as a double: for a ratio and a rounded figure. */
  sumOf(side: 'bid' | 'ask'): number {
    let sum = 0;
    for (let row = 0; row < this.count; row++) {
      const lots = side === 'bid' ? this.bids[row] : this.asks[row];
      if (lots > 0) sum += lots;
      else if (lots === WIDE) sum += Number(side === 'bid' ? this.bidLots(row) : this.askLots(row));
    }
    return sum;
  }

  /** The 92nd percentile of the sizes in view, in lots, and how many there are. */
  percentile(): { readonly lots: number; readonly sizes: number } {
    let sizes = 0;
    for (let row = 0; row < this.count; row++) {
      for (const lots of [this.bids[row], this.asks[row]]) if (lots > 0) this.scratch[sizes++] = lots;
    }
    for (const text of this.wide.values()) if (sizes < this.scratch.length) this.scratch[sizes++] = Number(text);
    if (sizes === 0) return { lots: 0, sizes };
    const sorted = this.scratch.subarray(0, sizes).sort();
    return { lots: sorted[Math.min(sizes - 1, Math.floor(sizes * 0.92))], sizes };
  }
}

/** The step a picture can be drawn at: the wanted one when the picture's rows fold into it, else the picture's own. */
export const drawableStep = (wanted: number, pictured: number): number =>
  wanted > 0 && wanted % pictured === 0 ? wanted : pictured;

/** Rows of the best prices: bids floored, asks ceiled, so that a coarse ladder cannot look crossed. */
export function marketRows(book: BookPicture, step: number): MarketRows {
  const { bidTicks, askTicks } = book.top;
  return {
    bid: bidTicks.length > 0 ? floorTo(bidTicks[0], step) : null,
    ask: askTicks.length > 0 ? ceilTo(askTicks[0], step) : null,
  };
}

/** Row price of a trade: what was bought stands with the asks, what was sold with the bids. */
export const tradeRow = (ticks: number, aggressor: 'buyer' | 'seller', step: number): number =>
  aggressor === 'buyer' ? ceilTo(ticks, step) : floorTo(ticks, step);

/** Fill `sheet` with what `book` holds at the rows of `axis`. An axis without a place gives no rows. */
export function fillSheet(sheet: LadderSheet, book: BookPicture, axis: Axis): void {
  sheet.wide.clear();
  sheet.count = axis.top === null ? 0 : Math.min(axis.rows, sheet.capacity);
  const top = axis.top ?? 0;
  for (let row = 0; row < sheet.count; row++) {
    const ticks = top - row * axis.step;
    sheet.ticks[row] = ticks;
    sheet.bids[row] = isBidRowKnown(ticks, book.coverage) ? 0 : UNKNOWN;
    sheet.asks[row] = isAskKnown(ticks, book.coverage) ? 0 : UNKNOWN;
  }
  fillBids(sheet, book, axis.step);
  fillAsks(sheet, book, axis.step);
}

/** A row at or below zero holds no bid, whatever the picture covers. */
const isBidRowKnown = (ticks: number, coverage: BookCoverage): boolean => ticks <= 0 || isBidKnown(ticks, coverage);

function fillBids(sheet: LadderSheet, book: BookPicture, step: number): void {
  const { bidTicks, bidLots, wideBids } = book.rows;
  if (sheet.count === 0) return;
  const highest = sheet.ticks[0] + step - 1;
  const lowest = sheet.ticks[sheet.count - 1];
  for (let i = firstAtOrBelow(bidTicks, highest); i < bidTicks.length && bidTicks[i] >= lowest; i++) {
    const row = (sheet.ticks[0] - floorTo(bidTicks[i], step)) / step;
    const text = bidLots[i] === WIDE ? textOf(wideBids, i) : null;
    if (sheet.bids[row] !== UNKNOWN) sheet.bids[row] = addLots(sheet, row, sheet.bids[row], bidLots[i], text);
  }
}

function fillAsks(sheet: LadderSheet, book: BookPicture, step: number): void {
  const { askTicks, askLots, wideAsks } = book.rows;
  if (sheet.count === 0) return;
  const highest = sheet.ticks[0];
  const lowest = sheet.ticks[sheet.count - 1] - step + 1;
  for (let i = firstAtOrAbove(askTicks, lowest); i < askTicks.length && askTicks[i] <= highest; i++) {
    const row = (highest - ceilTo(askTicks[i], step)) / step;
    const text = askLots[i] === WIDE ? textOf(wideAsks, i) : null;
    if (sheet.asks[row] === UNKNOWN) continue;
    sheet.asks[row] = addLots(sheet, sheet.capacity + row, sheet.asks[row], askLots[i], text);
  }
}

const textOf = (wide: readonly (readonly [number, string])[], index: number): string =>
  wide.find(([i]) => i === index)?.[1] ?? '0';

/** Add a level to a cell; beyond a double the sum goes on as text. */
function addLots(sheet: LadderSheet, key: number, held: number, lots: number, text: string | null): number {
  if (text === null && held >= 0) {
    const sum = held + lots;
    if (sum <= Number.MAX_SAFE_INTEGER) return sum;
  }
  const before = held === WIDE ? BigInt(sheet.wide.get(key) ?? '0') : BigInt(held);
  sheet.wide.set(key, (before + (text === null ? BigInt(lots) : BigInt(text))).toString());
  return WIDE;
}

/** First index of a falling column that is at or below `limit`. */
function firstAtOrBelow(falling: Float64Array, limit: number): number {
  let low = 0;
  let high = falling.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (falling[mid] > limit) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** First index of a rising column that is at or above `limit`. */
function firstAtOrAbove(rising: Float64Array, limit: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (rising[mid] < limit) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** Rows to shade so that distance reads at a glance: every fifth, every fourth where the step is a quarter. */
export function bandEvery(step: number): number {
  let lead = step;
  while (lead % 10 === 0 && lead > 0) lead /= 10;
  return lead === 25 ? 4 : 5;
}

/** Spread in steps of the venue and in basis points of the mid, as the strip prints it. */
export function spreadText(bid: number, ask: number, stepTicks: number): string {
  const steps = (ask - bid) / stepTicks;
  const points = ((ask - bid) / ((ask + bid) / 2)) * 10_000;
  const shown = Number.isInteger(steps) ? String(steps) : steps.toFixed(1);
  return `${shown} tick${steps === 1 ? '' : 's'} · ${pointsText(points)} bp`;
}

const pointsText = (points: number): string =>
  points === 0 ? '0' : points < 0.005 ? '<0.01' : points < 100 ? points.toFixed(2) : Math.round(points).toString();

/**
 * Scale of the bars: follows the percentile, but only once it has moved by an eighth, so that bars change when their
 * level does and not because another one did.
 */
export function stickyScale(current: number, percentile: number): number {
  if (percentile <= 0) return current;
  if (current <= 0) return percentile;
  return percentile > current * 1.125 || percentile < current * 0.875 ? percentile : current;
}

/** A level this many times the scale is a wall. */
export const WALL = 2.5;

import type { BookColumns } from '@/market/book.ts';
import { ceilTo, floorTo } from '@/market/price.ts';
import { WIDE_LOTS } from '@/market/quantity.ts';
import type { BookSide } from './book-side.ts';
import { LevelList } from './level-list.ts';
import type { OrderBook } from './order-book.ts';

/** What a panel looks at: the best levels of each side and a window of prices, in rows of `step` ticks. */
export interface RowWant {
  /** Levels of each side, 1 or more. */
  readonly best: number;
  /** Ticks per row, 1 or more. */
  readonly step: number;
  /** Rows wanted whatever their distance, both ends included, ticks; null for none. */
  readonly window: readonly [low: number, high: number] | null;
}

/** Rows of a book and how far the part round the market is complete. */
export interface BookRows {
  readonly rows: BookColumns;
  /** Every bid row at or above it is in `rows` or empty; 0 when the whole side is. */
  readonly bidFrom: number;
  /** Every ask row at or below it is in `rows` or empty; 2^53 - 1 when the whole side is. */
  readonly askTo: number;
}

/** The best `n` levels of each side, ungrouped, best first: all columns are views of one buffer. */
export function takeTop(book: OrderBook, n: number): BookColumns {
  const bids = Math.min(n, book.bids.count);
  const asks = Math.min(n, book.asks.count);
  const { bidTicks, bidLots, askTicks, askLots } = makeColumns(bids, asks);
  book.bids.take(bids, bidTicks, bidLots, 0);
  book.asks.take(asks, askTicks, askLots, 0);
  const wideBids = wideOf(book.bids, bidTicks, bidLots);
  const wideAsks = wideOf(book.asks, askTicks, askLots);
  return { bidTicks, bidLots, askTicks, askLots, wideBids, wideAsks };
}

/**
 * The best levels of each side and the levels of a window, summed into rows of `step` ticks, best first: bids into the
 * row at or below their price, asks at or above. A row that is not covered whole is left out. All columns are views of
 * one buffer.
 */
export function takeRows(book: OrderBook, want: RowWant): BookRows {
  if (want.step === 1 && want.window === null && !book.bids.hasWide() && !book.asks.hasWide())
    return takeLevels(book, want.best);
  const bids = new RowTaker(book.bids, want.step, -1, bidScratch);
  const asks = new RowTaker(book.asks, want.step, 1, askScratch);
  const bidLimit = bids.takeBest(want.best);
  const askLimit = asks.takeBest(want.best);
  if (want.window !== null) {
    bids.takeWindow(want.window[1], want.window[0]);
    asks.takeWindow(want.window[0], want.window[1]);
  }
  const columns = makeColumns(bids.rows.count, asks.rows.count);
  fill(columns.bidTicks, columns.bidLots, bids.rows);
  fill(columns.askTicks, columns.askLots, asks.rows);
  return {
    rows: { ...columns, wideBids: wideTexts(bids.rows), wideAsks: wideTexts(asks.rows) },
    bidFrom: bidLimit === null ? 0 : bidLimit,
    askTo: askLimit === null ? Number.MAX_SAFE_INTEGER : askLimit,
  };
}

const NONE: readonly (readonly [number, string])[] = [];
/** Rows being summed; one picture is made at a time and copied out. */
const bidScratch = new LevelList();
const askScratch = new LevelList();

/** The common case, every level a row of its own: straight from the book into the columns. */
function takeLevels(book: OrderBook, best: number): BookRows {
  const bids = Math.min(best, book.bids.count);
  const asks = Math.min(best, book.asks.count);
  const columns = makeColumns(bids, asks);
  book.bids.take(bids, columns.bidTicks, columns.bidLots, 0);
  book.asks.take(asks, columns.askTicks, columns.askLots, 0);
  const nextBid = bids < book.bids.count ? ticksBeyond(book.bids, columns.bidTicks[bids - 1]) : Number.NaN;
  const nextAsk = asks < book.asks.count ? ticksBeyond(book.asks, columns.askTicks[asks - 1]) : Number.NaN;
  return {
    rows: { ...columns, wideBids: NONE, wideAsks: NONE },
    bidFrom: Number.isNaN(nextBid) ? 0 : nextBid + 1,
    askTo: Number.isNaN(nextAsk) ? Number.MAX_SAFE_INTEGER : nextAsk - 1,
  };
}

const ticksBeyond = (side: BookSide, ticks: number): number => side.ticksAt(side.after(side.seek(ticks)));

/** The best `n` levels of columns that hold every level as a row of its own: views of the same buffer. */
export function topOf(columns: BookColumns, n: number): BookColumns {
  return {
    bidTicks: columns.bidTicks.subarray(0, n),
    bidLots: columns.bidLots.subarray(0, n),
    askTicks: columns.askTicks.subarray(0, n),
    askLots: columns.askLots.subarray(0, n),
    wideBids: columns.wideBids.length === 0 ? NONE : columns.wideBids.filter(([row]) => row < n),
    wideAsks: columns.wideAsks.length === 0 ? NONE : columns.wideAsks.filter(([row]) => row < n),
  };
}

/** Sums one side into rows, walking it from the best level outwards. */
class RowTaker {
  readonly rows: LevelList;
  private readonly side: BookSide;
  private readonly step: number;
  /** 1 when prices grow with the distance from the market: asks. */
  private readonly outward: 1 | -1;
  /** Where the next walk begins. */
  private position: number;

  constructor(side: BookSide, step: number, outward: 1 | -1, scratch: LevelList) {
    this.rows = scratch;
    this.rows.clear();
    this.side = side;
    this.step = step;
    this.outward = outward;
    this.position = side.first();
  }

  /**
   * Take the rows of the best `n` levels. The last one is left out when a level of it was not reached, unless it is the
   * only one: then it is walked to its end.
   * @returns the farthest row that is known, or null when the side ended
   */
  takeBest(n: number): number | null {
    const { side } = this;
    let rowStart = this.position;
    let row = Number.NaN;
    let taken = 0;
    while (this.position >= 0) {
      const next = this.rowOf(side.ticksAt(this.position));
      const isNewRow = next !== row;
      if (taken >= n && (isNewRow || this.rows.count > 1)) {
        if (!isNewRow) {
          this.dropLast();
          this.position = rowStart;
        }
        return next - this.step * this.outward;
      }
      if (isNewRow) rowStart = this.position;
      row = next;
      this.add(next);
      taken++;
    }
    return null;
  }

  /** Take what is left of the rows from `near` to `far`, both included. */
  takeWindow(near: number, far: number): void {
    if (this.position < 0 || (far - near) * this.outward < 0) return;
    const { side, outward, step } = this;
    const nearRow = outward > 0 ? ceilTo(near, step) : floorTo(near, step);
    // The best price whose row is `nearRow`: a bid row reaches up from its price, an ask row down.
    const start = Math.max(0, nearRow - outward * (step - 1));
    if ((side.ticksAt(this.position) - start) * outward < 0) this.position = side.seek(start);
    for (; this.position >= 0; ) {
      const row = this.rowOf(side.ticksAt(this.position));
      if ((far - row) * outward < 0) return;
      this.add(row);
    }
  }

  private rowOf(ticks: number): number {
    if (this.step === 1) return ticks;
    return this.outward > 0 ? ceilTo(ticks, this.step) : floorTo(ticks, this.step);
  }

  /** Add the level at the position to its row, opening it if need be, and step on. */
  private add(row: number): void {
    const { rows, side } = this;
    const lots = side.lotsOf(this.position);
    const last = rows.count - 1;
    const isOpen = last >= 0 && rows.ticks[last] === row;
    if (lots !== WIDE_LOTS && !isOpen) rows.push(row, lots);
    else if (lots !== WIDE_LOTS && rows.lots[last] !== WIDE_LOTS && rows.lots[last] + lots <= Number.MAX_SAFE_INTEGER)
      rows.lots[last] += lots;
    else {
      const size = lots === WIDE_LOTS ? side.wideLotsAt(side.ticksAt(this.position)) : BigInt(lots);
      const held = isOpen ? this.lastLots() : 0n;
      if (isOpen) this.dropLast();
      rows.pushWide(row, held + size);
    }
    this.position = side.after(this.position);
  }

  private lastLots(): bigint {
    const last = this.rows.count - 1;
    const lots = this.rows.lots[last];
    return lots === WIDE_LOTS ? (this.rows.wide?.get(last) ?? 0n) : BigInt(lots);
  }

  private dropLast(): void {
    this.rows.count--;
    this.rows.wide?.delete(this.rows.count);
  }
}

interface Columns {
  readonly bidTicks: Float64Array;
  readonly bidLots: Float64Array;
  readonly askTicks: Float64Array;
  readonly askLots: Float64Array;
}

function makeColumns(bids: number, asks: number): Columns {
  const buffer = new ArrayBuffer(16 * (bids + asks));
  return {
    bidTicks: new Float64Array(buffer, 0, bids),
    bidLots: new Float64Array(buffer, 8 * bids, bids),
    askTicks: new Float64Array(buffer, 16 * bids, asks),
    askLots: new Float64Array(buffer, 16 * bids + 8 * asks, asks),
  };
}

function fill(ticks: Float64Array, lots: Float64Array, rows: LevelList): void {
  ticks.set(rows.ticks.subarray(0, rows.count));
  lots.set(rows.lots.subarray(0, rows.count));
}

function wideTexts(rows: LevelList): (readonly [number, string])[] {
  return rows.wide === null ? [] : [...rows.wide].map(([row, lots]) => [row, lots.toString()]);
}

function wideOf(side: BookSide, ticks: Float64Array, lots: Float64Array): (readonly [number, string])[] {
  const wide: (readonly [number, string])[] = [];
  if (!side.hasWide()) return wide;
  for (let i = 0; i < lots.length; i++) if (lots[i] === WIDE_LOTS) wide.push([i, side.wideLotsAt(ticks[i]).toString()]);
  return wide;
}

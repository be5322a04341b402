import { formatTrimmed } from '@/market/decimal.ts';
import { WIDE_LOTS } from '@/market/quantity.ts';
import { BookSide } from './book-side.ts';
import type { LevelList } from './level-list.ts';

/** How far a cut reached: the price of the last level kept, null for a side that was not cut. */
export interface Horizons {
  readonly bidHorizon: number | null;
  readonly askHorizon: number | null;
}

/** One book on the instrument's storage grid: integer ticks and lots, sizes of any width. It knows nothing of venues. */
export class OrderBook {
  readonly bids = new BookSide('bid');
  readonly asks = new BookSide('ask');

  /** Forget everything. */
  clear(): void {
    this.bids.clear();
    this.asks.clear();
  }

  /** Replace the whole book. Levels in any order; of two at one price the later stands, a size of 0 is no level. */
  load(bids: LevelList, asks: LevelList): void {
    this.clear();
    this.apply(bids, asks);
  }

  /**
   * Apply absolute sizes, each list in its order; 0 removes. Neither list is kept.
   * @returns how many levels were to be removed that were not there
   */
  apply(bids: LevelList, asks: LevelList): number {
    return this.bids.apply(bids) + this.asks.apply(asks);
  }

  /** Whether the best bid is above the best ask. Equal prices (a locked book) are not crossed. */
  isCrossed(): boolean {
    return this.bids.best() > this.asks.best();
  }

  /** Whether every price held stays an exact integer on a grid finer by 10^`pricePower`. */
  canRescale(pricePower: number): boolean {
    return this.bids.canRescale(pricePower) && this.asks.canRescale(pricePower);
  }

  /**
   * The grid became finer: multiply everything held, exactly; sizes that leave the safe integers become wide.
   * @param pricePower  0 or more; `canRescale` has said yes
   * @param lotPower    0 or more
   */
  rescale(pricePower: number, lotPower: number): void {
    this.bids.rescale(pricePower, lotPower);
    this.asks.rescale(pricePower, lotPower);
  }

  /** Bound the book: a side of more than `max` levels keeps its best `keep`. */
  trim(max: number, keep: number): Horizons {
    return { bidHorizon: trimSide(this.bids, max, keep), askHorizon: trimSide(this.asks, max, keep) };
  }

  /** One line per level, `b|price|size` best bid first, then `a|price|size`; shortest decimals, wide sizes exact. */
  digestText(priceDecimals: number, lotDecimals: number): string {
    const lines: string[] = [];
    digestSide('b', this.bids, priceDecimals, lotDecimals, lines);
    digestSide('a', this.asks, priceDecimals, lotDecimals, lines);
    return lines.join('');
  }
}

function trimSide(side: BookSide, max: number, keep: number): number | null {
  if (side.count <= max) return null;
  side.cut(keep);
  return side.worst();
}

function digestSide(letter: string, side: BookSide, priceDecimals: number, lotDecimals: number, lines: string[]): void {
  for (let at = side.first(); at >= 0; at = side.after(at)) {
    const ticks = side.ticksAt(at);
    const lots = side.lotsOf(at);
    const size = lots === WIDE_LOTS ? side.wideLotsAt(ticks) : lots;
    lines.push(`${letter}|${formatTrimmed(ticks, priceDecimals)}|${formatTrimmed(size, lotDecimals)}\n`);
  }
}

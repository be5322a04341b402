import type { Diff } from '../venues/venue.ts';

/** Most diffs kept while a snapshot is on its way. */
export const MOST_KEPT = 20_000;
const MOST_LEVELS = 1_000_000;

/** Copies of the diffs that a snapshot on its way will be joined by, as far as memory allows. */
export class KeptDiffs {
  private diffs: Diff[] = [];
  private levels = 0;

  /** How many are kept. */
  get count(): number {
    return this.diffs.length;
  }

  /** Those kept, in the order in which they came. A later `clear` leaves the list as it is. */
  get all(): readonly Diff[] {
    return this.diffs;
  }

  /** Put them in the order of their ids, and keep them so. A later `clear` leaves the list as it is. */
  sorted(): readonly Diff[] {
    return this.diffs.sort((a, b) => a.last - b.last);
  }

  /** Keep one more, bounded in diffs and in levels. @returns false when that is too many; it is not kept then */
  keep(diff: Diff): boolean {
    this.levels += diff.bids.count + diff.asks.count;
    return this.levels <= MOST_LEVELS && this.remember(diff);
  }

  /** Keep one more beside a live book, bounded in diffs alone. @returns false when that is too many */
  remember(diff: Diff): boolean {
    if (this.diffs.length >= MOST_KEPT) return false;
    this.diffs.push({ ...diff, bids: diff.bids.copy(), asks: diff.asks.copy() });
    return true;
  }

  /** Keep none. */
  clear(): void {
    this.diffs = [];
    this.levels = 0;
  }

  /** The grid became finer by 10^n: prices and sizes kept count in the new units. */
  rescale(pricePower: number, lotPower: number): void {
    for (const { bids, asks } of this.diffs) {
      bids.rescale(pricePower, lotPower);
      asks.rescale(pricePower, lotPower);
    }
  }
}

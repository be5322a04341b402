import { createHash } from 'node:crypto';
import { compareDecimals, isZero, trimDecimal } from '../decimal';

type Level = readonly [price: string, size: string];

/** A client's book kept by decimal text, as plainly as can be. */
export class BookKeeper {
  readonly bids = new Map<string, Level>();
  readonly asks = new Map<string, Level>();
  snapshots = 0;
  diffs = 0;
  /** Called after every change, for tests of what does not last. */
  changed: () => void = () => undefined;

  load(bids: readonly Level[], asks: readonly Level[]): void {
    this.bids.clear();
    this.asks.clear();
    this.snapshots++;
    this.#set(bids, asks);
  }

  apply(bids: readonly Level[], asks: readonly Level[]): void {
    this.diffs++;
    this.#set(bids, asks);
  }

  truncate(depth: number): void {
    for (const [price] of this.best('bid').slice(depth)) this.bids.delete(trimDecimal(price));
    for (const [price] of this.best('ask').slice(depth)) this.asks.delete(trimDecimal(price));
  }

  /** Best first, as spelled on the wire. */
  best(side: 'bid' | 'ask', count = Number.POSITIVE_INFINITY): Level[] {
    const held = side === 'bid' ? this.bids : this.asks;
    const sign = side === 'bid' ? -1 : 1;
    return [...held]
      .sort(([a], [b]) => sign * compareDecimals(a, b))
      .slice(0, count)
      .map(([, level]) => level);
  }

  get crossed(): boolean {
    const [bid, ask] = [this.best('bid', 1)[0], this.best('ask', 1)[0]];
    return bid !== undefined && ask !== undefined && compareDecimals(trimDecimal(bid[0]), trimDecimal(ask[0])) >= 0;
  }

  digest(): string {
    const hash = createHash('sha256');
    for (const [side, letter] of [
      ['bid', 'b'],
      ['ask', 'a'],
    ] as const) {
      for (const [price, size] of this.best(side))
        hash.update(`${letter}|${trimDecimal(price)}|${trimDecimal(size)}\n`);
    }
    return hash.digest('hex');
  }

  #set(bids: readonly Level[], asks: readonly Level[]): void {
    for (const [held, levels] of [
      [this.bids, bids],
      [this.asks, asks],
    ] as const) {
      for (const level of levels) {
        if (isZero(level[1])) held.delete(trimDecimal(level[0]));
        else held.set(trimDecimal(level[0]), level);
      }
    }
    this.changed();
  }
}

/** Counts from now on how often a book is crossed after a change. */
export function crossings(book: BookKeeper): () => number {
  let count = 0;
  book.changed = () => {
    if (book.crossed) count++;
  };
  return () => count;
}

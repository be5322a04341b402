import { createHash } from 'node:crypto';
import { compareDecimals, isZero, trimDecimal, zeroLike } from './decimal';

/** Price and size in the venue's own spelling. */
export type Level = readonly [price: string, size: string];
export type Side = 'bid' | 'ask';

/**
 * The market as it is, kept by decimal text: what a client's book is measured against. Nothing here is a float, and
 * nothing is shared with the product, so an error in one cannot hide in the other.
 */
export class TrueBook {
  /** Id of the last diff in it. */
  sequence = 0;
  readonly #bids = new Map<string, Level>();
  readonly #asks = new Map<string, Level>();

  load(bids: readonly Level[], asks: readonly Level[], sequence: number): void {
    this.#bids.clear();
    this.#asks.clear();
    this.apply(bids, asks, sequence);
  }

  apply(bids: readonly Level[], asks: readonly Level[], sequence: number): void {
    for (const level of bids) set(this.#bids, level);
    for (const level of asks) set(this.#asks, level);
    this.sequence = sequence;
  }

  count(side: Side): number {
    return this.#side(side).size;
  }

  has(side: Side, price: string): boolean {
    return this.#side(side).has(trimDecimal(price));
  }

  /** Best first, at most `limit`. */
  levels(side: Side, limit = Number.POSITIVE_INFINITY): Level[] {
    if (limit <= 50) return this.#best(side, limit);
    const entries = [...this.#side(side)].sort(([a], [b]) => better(side, a, b));
    return entries.slice(0, limit).map(([, level]) => level);
  }

  /** A book of its own with the same levels. */
  copy(): TrueBook {
    const twin = new TrueBook();
    twin.load([...this.#bids.values()], [...this.#asks.values()], this.sequence);
    return twin;
  }

  /** Drops the levels beyond the best `depth` of each side. */
  truncate(depth: number): void {
    for (const side of ['bid', 'ask'] as const) {
      const held = this.#side(side);
      if (held.size <= depth) continue;
      for (const [price] of this.levels(side).slice(depth)) held.delete(trimDecimal(price));
    }
  }

  /** SHA-256 over every level held, in the form the captures' expected results use. */
  digest(): string {
    const hash = createHash('sha256');
    for (const [side, letter] of [
      ['bid', 'b'],
      ['ask', 'a'],
    ] as const) {
      for (const [price, size] of this.levels(side))
        hash.update(`${letter}|${trimDecimal(price)}|${trimDecimal(size)}\n`);
    }
    return hash.digest('hex');
  }

  /** The diff that turns this book into one of exactly these levels: what differs is set, what is absent removed. */
  diffTo(bids: readonly Level[], asks: readonly Level[]): { bids: Level[]; asks: Level[] } {
    return { bids: diffSide(this.#bids, bids), asks: diffSide(this.#asks, asks) };
  }

  #side(side: Side): Map<string, Level> {
    return side === 'bid' ? this.#bids : this.#asks;
  }

  // A few best levels out of thousands are wanted far more often than all in order, so they are picked, not sorted.
  #best(side: Side, limit: number): Level[] {
    const best: [string, Level][] = [];
    for (const entry of this.#side(side)) {
      const last = best[best.length - 1];
      if (best.length === limit && last !== undefined && better(side, last[0], entry[0]) < 0) continue;
      let at = best.length;
      while (at > 0 && better(side, (best[at - 1] as [string, Level])[0], entry[0]) > 0) at--;
      best.splice(at, 0, entry);
      if (best.length > limit) best.pop();
    }
    return best.map(([, level]) => level);
  }
}

function set(side: Map<string, Level>, level: Level): void {
  const key = trimDecimal(level[0]);
  if (isZero(level[1])) side.delete(key);
  else side.set(key, level);
}

function better(side: Side, a: string, b: string): number {
  return side === 'bid' ? compareDecimals(b, a) : compareDecimals(a, b);
}

function diffSide(held: Map<string, Level>, wanted: readonly Level[]): Level[] {
  const target = new Map(wanted.map((level) => [trimDecimal(level[0]), level]));
  const diff: Level[] = [];
  for (const [key, [price, size]] of held) {
    if (!target.has(key)) diff.push([price, zeroLike(size)]);
  }
  for (const [key, level] of target) {
    const now = held.get(key);
    if (now === undefined || trimDecimal(now[1]) !== trimDecimal(level[1])) diff.push(level);
  }
  return diff;
}

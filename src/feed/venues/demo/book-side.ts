/** Which side of the book an order rests on. */
export type Side = 'bid' | 'ask';

/**
 * One side of a matching engine's book: the levels that hold orders, sorted, best last, so that the busy edge moves the
 * fewest numbers. A level is a slot in a pool of columns; orders keep the slot, so only a level's birth and death search.
 * Ticks and lots are integers below 2^53. Mutated by the engine alone.
 */
export class BookSide {
  /** Levels now present. */
  length = 0;
  /** Per slot: price, summed size, first and last resting order, and the change epoch it was last noted in. */
  ticks = new Float64Array(256);
  lots = new Float64Array(256);
  head = new Int32Array(256);
  tail = new Int32Array(256);
  #noted = new Int32Array(256);
  #order = new Int32Array(256);
  #keys = new Float64Array(256);
  #free: number[] = [];
  #slots = 0;
  #changed = new Float64Array(256);
  #changedLength = 0;
  #epoch = 1;
  /** 1 for bids, -1 for asks: `sign × ticks` grows towards the touch. */
  readonly sign: 1 | -1;

  constructor(side: Side) {
    this.sign = side === 'bid' ? 1 : -1;
  }

  /** Slot of the level `rank` places from the best (0 is the best), or -1. */
  slotAt(rank: number): number {
    return rank >= 0 && rank < this.length ? this.#order[this.length - 1 - rank] : -1;
  }

  /** Slot of the level at `ticks`, or -1. */
  slotOf(ticks: number): number {
    const key = ticks * this.sign;
    const index = this.#search(key);
    return index < this.length && this.#keys[index] === key ? this.#order[index] : -1;
  }

  /** Slot of the level at `ticks`, made empty if it was not there. */
  open(ticks: number): number {
    const key = ticks * this.sign;
    const index = this.#search(key);
    if (index < this.length && this.#keys[index] === key) return this.#order[index];
    if (this.length === this.#order.length) this.#growIndex();
    this.#order.copyWithin(index + 1, index, this.length);
    this.#keys.copyWithin(index + 1, index, this.length);
    const slot = this.#take();
    this.#order[index] = slot;
    this.#keys[index] = key;
    this.length++;
    this.ticks[slot] = ticks;
    this.lots[slot] = 0;
    this.head[slot] = -1;
    this.tail[slot] = -1;
    this.#noted[slot] = 0;
    return slot;
  }

  /** Takes an emptied level out. */
  close(slot: number): void {
    const index = this.#search(this.ticks[slot] * this.sign);
    this.#order.copyWithin(index, index + 1, this.length);
    this.#keys.copyWithin(index, index + 1, this.length);
    this.length--;
    this.#free.push(slot);
  }

  /** Notes that the level in `slot` has a new total, for the next diff. */
  note(slot: number): void {
    if (this.#noted[slot] === this.#epoch) return;
    this.#noted[slot] = this.#epoch;
    if (this.#changedLength === this.#changed.length) this.#changed = enlarged(this.#changed);
    this.#changed[this.#changedLength++] = this.ticks[slot];
  }

  /** True if some level changed since the last {@link takeChanged} or {@link forgetChanged}. */
  hasChanged(): boolean {
    return this.#changedLength > 0;
  }

  /** Prices whose total changed since the last call, once each, nearest the touch first. */
  takeChanged(): number[] {
    const sorted = this.#changed.slice(0, this.#changedLength).sort();
    const prices: number[] = [];
    for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) prices.push(sorted[i]);
    this.forgetChanged();
    return this.sign === 1 ? prices.reverse() : prices;
  }

  /** Starts a new diff without reading the old one. */
  forgetChanged(): void {
    this.#changedLength = 0;
    this.#epoch++;
  }

  #search(key: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle] < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #take(): number {
    const reused = this.#free.pop();
    if (reused !== undefined) return reused;
    if (this.#slots === this.ticks.length) this.#growPool();
    return this.#slots++;
  }

  #growIndex(): void {
    this.#order = enlarged(this.#order);
    this.#keys = enlarged(this.#keys);
  }

  #growPool(): void {
    this.ticks = enlarged(this.ticks);
    this.lots = enlarged(this.lots);
    this.head = enlarged(this.head);
    this.tail = enlarged(this.tail);
    this.#noted = enlarged(this.#noted);
  }
}

/** A column of twice the length, holding what the old one held. */
export function enlarged<T extends Float64Array | Int32Array | Uint8Array>(column: T): T {
  const Column = column.constructor as new (length: number) => T;
  const wider = new Column(column.length * 2);
  wider.set(column);
  return wider;
}

const FIRST_CAPACITY = 64;

/**
 * Levels outside the window, sorted by key with the best last, so that the busy end moves the fewest numbers.
 */
export class FarLevels {
  count = 0;
  keys = new Float64Array(FIRST_CAPACITY);
  lots = new Float64Array(FIRST_CAPACITY);

  /** Index of the first key at or above `key`; `count` when there is none. */
  indexOf(key: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keys[middle] < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Size at a key, 0 where there is no level. */
  lotsAt(key: number): number {
    const at = this.indexOf(key);
    return at < this.count && this.keys[at] === key ? this.lots[at] : 0;
  }

  /**
   * Set or remove one level.
   * @returns false when a level that is not there was to be removed
   */
  set(key: number, lots: number): boolean {
    const at = this.indexOf(key);
    const isHeld = at < this.count && this.keys[at] === key;
    if (lots === 0) {
      if (isHeld) this.shift(at + 1, -1);
      return isHeld;
    }
    if (!isHeld) {
      this.shift(at, 1);
      this.keys[at] = key;
    }
    this.lots[at] = lots;
    return true;
  }

  /**
   * Set or remove many levels, in the order given: one sort and one pass, however they are scattered.
   * @returns how many levels were to be removed that were not there
   */
  merge(keys: Float64Array, lots: Float64Array, count: number): number {
    const order = sortedOrder(keys, count);
    const merged = new FarLevels();
    merged.reserve(this.count + count);
    let absent = 0;
    let held = 0;
    for (let i = 0; i < count; ) {
      const key = keys[order[i]];
      while (held < this.count && this.keys[held] < key) {
        merged.append(this.keys[held], this.lots[held]);
        held++;
      }
      let size = 0;
      if (held < this.count && this.keys[held] === key) size = this.lots[held++];
      for (; i < count && keys[order[i]] === key; i++) {
        const next = lots[order[i]];
        if (next === 0 && size === 0) absent++;
        size = next;
      }
      if (size !== 0) merged.append(key, size);
    }
    for (; held < this.count; held++) merged.append(this.keys[held], this.lots[held]);
    this.keys = merged.keys;
    this.lots = merged.lots;
    this.count = merged.count;
    return absent;
  }

  /** Open `count` rows at `at`, to be written by the caller. */
  open(at: number, count: number): void {
    this.shift(at, count);
  }

  /** Forget the `count` lowest keys. */
  dropLowest(count: number): void {
    this.shift(count, -count);
  }

  private append(key: number, lots: number): void {
    this.keys[this.count] = key;
    this.lots[this.count] = lots;
    this.count++;
  }

  /** Move the rows from `at` on by `by`, and the count with them. */
  private shift(at: number, by: number): void {
    this.reserve(this.count + by);
    this.keys.copyWithin(at + by, at, this.count);
    this.lots.copyWithin(at + by, at, this.count);
    this.count += by;
  }

  private reserve(capacity: number): void {
    if (capacity <= this.keys.length) return;
    const grown = Math.max(capacity, this.keys.length * 2);
    const keys = new Float64Array(grown);
    const lots = new Float64Array(grown);
    keys.set(this.keys.subarray(0, this.count));
    lots.set(this.lots.subarray(0, this.count));
    this.keys = keys;
    this.lots = lots;
  }
}

/** Rows in ascending order of key, rows of one key in the order given. Sorted input, either way up, is not sorted again. */
function sortedOrder(keys: Float64Array, count: number): Uint32Array {
  const order = new Uint32Array(count);
  let isAscending = true;
  let isDescending = true;
  for (let i = 0; i < count; i++) {
    order[i] = i;
    if (i === 0) continue;
    if (keys[i] < keys[i - 1]) isAscending = false;
    if (keys[i] >= keys[i - 1]) isDescending = false;
  }
  if (isAscending) return order;
  if (isDescending) return order.reverse();
  return order.sort((a, b) => keys[a] - keys[b] || a - b);
}

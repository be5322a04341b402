/** Slots of one window: the memory it takes is 1 MB whatever the price, tick or decimals. */
export const WINDOW_SLOTS = 1 << 17;

const WORDS = WINDOW_SLOTS >>> 5;
const GROUPS = WORDS >>> 5;

/**
 * Sizes by price: slot `i` holds the size at key `base + i`, 0 where there is no level. Two layers of occupancy bits
 * find the next level without touching empty slots. Keys grow towards the better price.
 */
export class PriceWindow {
  /** Key of slot 0. */
  base = 0;
  count = 0;
  /** The highest occupied slot, or above it until `settleTop`; -1 when empty. */
  top = -1;
  readonly slots = new Float64Array(WINDOW_SLOTS);
  private readonly words = new Int32Array(WORDS);
  private readonly groups = new Int32Array(GROUPS);

  /** Put a size into an empty slot. */
  occupy(slot: number, lots: number): void {
    this.slots[slot] = lots;
    const word = slot >>> 5;
    this.words[word] |= 1 << (slot & 31);
    this.groups[word >>> 5] |= 1 << (word & 31);
    this.count++;
    if (slot > this.top) this.top = slot;
  }

  /** Empty an occupied slot. `top` stays where it is until `settleTop`. */
  vacate(slot: number): void {
    this.slots[slot] = 0;
    const word = slot >>> 5;
    const bits = this.words[word] & ~(1 << (slot & 31));
    this.words[word] = bits;
    if (bits === 0) this.groups[word >>> 5] &= ~(1 << (word & 31));
    this.count--;
  }

  /** Bring `top` down to the highest occupied slot. */
  settleTop(): void {
    if (this.top >= 0 && this.slots[this.top] === 0) this.top = this.below(this.top);
  }

  /** The highest occupied slot under `slot`, or -1. */
  below(slot: number): number {
    let word = slot >>> 5;
    // A shift by 32 would be a shift by 0: the slot at bit 0 has nothing under it in its word.
    const bits = (slot & 31) === 0 ? 0 : this.words[word] & (-1 >>> (32 - (slot & 31)));
    if (bits !== 0) return (word << 5) + 31 - Math.clz32(bits);
    let group = word >>> 5;
    let occupied = (word & 31) === 0 ? 0 : this.groups[group] & (-1 >>> (32 - (word & 31)));
    while (occupied === 0) {
      if (--group < 0) return -1;
      occupied = this.groups[group];
    }
    word = (group << 5) + 31 - Math.clz32(occupied);
    return (word << 5) + 31 - Math.clz32(this.words[word]);
  }

  /**
   * Write the levels of the best `n` occupied slots, best first, prices as `(base + slot) * sign`.
   * @returns how many there were
   */
  take(n: number, sign: number, ticks: Float64Array, lots: Float64Array, offset: number): number {
    const { slots, words, base } = this;
    let taken = 0;
    for (let slot = this.top; slot >= 0 && taken < n; ) {
      const word = slot >>> 5;
      const start = word << 5;
      let bits = words[word] & (-1 >>> (31 - (slot & 31)));
      while (bits !== 0 && taken < n) {
        const bit = 31 - Math.clz32(bits);
        bits ^= 1 << bit;
        const at = start + bit;
        ticks[offset + taken] = (base + at) * sign;
        lots[offset + taken] = slots[at];
        taken++;
      }
      slot = this.below(start);
    }
    return taken;
  }

  /** The lowest occupied slot, or -1. */
  bottom(): number {
    for (let group = 0; group < GROUPS; group++) {
      const occupied = this.groups[group];
      if (occupied === 0) continue;
      const word = (group << 5) + 31 - Math.clz32(occupied & -occupied);
      const bits = this.words[word];
      return (word << 5) + 31 - Math.clz32(bits & -bits);
    }
    return -1;
  }
}

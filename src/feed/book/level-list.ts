import { powerOfTen } from '@/market/decimal.ts';
import { WIDE_LOTS } from '@/market/quantity.ts';

/** Most levels of one side a reader accepts in one message or snapshot; a longer one is refused whole. */
export const MAX_LEVELS = 100_000;

const FIRST_CAPACITY = 64;

/**
 * Levels of one side as two growing columns: what a diff or a snapshot says, in the order it said it.
 * Rows at and beyond `count` are left over from earlier use and mean nothing.
 */
export class LevelList {
  count = 0;
  /** Price in storage ticks. */
  ticks = new Float64Array(FIRST_CAPACITY);
  /** Size in storage lots; 0 removes, -1 is wide: the size is in `wide`. */
  lots = new Float64Array(FIRST_CAPACITY);
  /** Sizes above 2^53 - 1 by row; null while there is none. */
  wide: Map<number, bigint> | null = null;
  /** What the venue's checksum is made of, by row; empty where it has none. */
  readonly tokens: string[] = [];

  /** Forget every level; the columns are kept for the next use. */
  clear(): void {
    this.count = 0;
    this.wide = null;
    // Setting a length costs more than asking for it, and most venues have none.
    if (this.tokens.length > 0) this.tokens.length = 0;
  }

  /** Add a level whose size is a safe integer. */
  push(ticks: number, lots: number): void {
    const at = this.count;
    if (at === this.ticks.length) this.grow();
    this.ticks[at] = ticks;
    this.lots[at] = lots;
    this.count = at + 1;
  }

  /** Add a level whose size is above 2^53 - 1. */
  pushWide(ticks: number, lots: bigint): void {
    this.wide ??= new Map();
    this.wide.set(this.count, lots);
    this.push(ticks, WIDE_LOTS);
  }

  /** An independent copy, its columns no longer than its levels. */
  copy(): LevelList {
    const copied = new LevelList();
    copied.count = this.count;
    copied.ticks = this.ticks.slice(0, this.count);
    copied.lots = this.lots.slice(0, this.count);
    copied.wide = this.wide === null ? null : new Map(this.wide);
    copied.tokens.push(...this.tokens);
    return copied;
  }

  /**
   * The grid became finer: multiply prices by 10^`pricePower` and sizes by 10^`lotPower`, exactly. A size that leaves
   * the safe integers becomes wide.
   * @param pricePower  0 or more; the caller has made sure that every price stays below 2^53
   * @param lotPower    0 or more
   */
  rescale(pricePower: number, lotPower: number): void {
    const priceFactor = powerOfTen(pricePower);
    for (let i = 0; i < this.count; i++) this.ticks[i] *= priceFactor;
    if (lotPower === 0) return;
    const lotFactor = powerOfTen(lotPower);
    const wideFactor = 10n ** BigInt(lotPower);
    for (let i = 0; i < this.count; i++) {
      const lots = this.lots[i];
      if (lots !== WIDE_LOTS && lots * lotFactor <= Number.MAX_SAFE_INTEGER) {
        this.lots[i] = lots * lotFactor;
        continue;
      }
      const held = lots === WIDE_LOTS ? (this.wide?.get(i) ?? 0n) : BigInt(lots);
      this.wide ??= new Map();
      this.wide.set(i, held * wideFactor);
      this.lots[i] = WIDE_LOTS;
    }
  }

  private grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.ticks.length * 2);
    const ticks = new Float64Array(capacity);
    const lots = new Float64Array(capacity);
    ticks.set(this.ticks);
    lots.set(this.lots);
    this.ticks = ticks;
    this.lots = lots;
  }
}

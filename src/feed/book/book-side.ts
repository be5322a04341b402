import { powerOfTen } from '@/market/decimal.ts';
import { WIDE_LOTS } from '@/market/quantity.ts';
import { FarLevels } from './far-levels.ts';
import { LevelList } from './level-list.ts';
import { PriceWindow, WINDOW_SLOTS } from './price-window.ts';

/** Where the best price lands when the window is placed: most of the book lies behind it. */
const HOME_SLOT = (WINDOW_SLOTS / 4) * 3;
const EDGE_SLOTS = WINDOW_SLOTS / 8;
/** Far levels of one message from which a sort and a merge cost less than single insertions. */
const MERGE_FROM = 64;
/** Rows of scratch a side keeps between messages. */
const PENDING_KEPT = 1024;
const NO_SLOTS = new Float64Array(0);

/**
 * One side of a book. Prices are turned into keys that grow towards the better price (`ticks` for bids, `-ticks` for
 * asks), so both sides are the same code. Levels near the market sit in a direct-mapped window that follows the best
 * price; the others in sorted columns. Between calls the best level is always inside the window and every far level is
 * worse than it.
 */
export class BookSide {
  private readonly sign: 1 | -1;
  private window: PriceWindow | null = null;
  private far = new FarLevels();
  /** Sizes above 2^53 - 1 by price in ticks; their lots are -1. */
  private wide = new Map<number, bigint>();
  private pending = new LevelList();

  constructor(side: 'bid' | 'ask') {
    this.sign = side === 'bid' ? 1 : -1;
  }

  /** Levels held. */
  get count(): number {
    return this.far.count + (this.window === null ? 0 : this.window.count);
  }

  /** Forget everything, with containers of its own from here on. */
  clear(): void {
    this.window = null;
    this.far = new FarLevels();
    this.wide = new Map();
  }

  /**
   * Apply absolute sizes in their order; 0 removes.
   * @returns how many levels were to be removed that were not there
   */
  apply(list: LevelList): number {
    const { window, pending, sign } = this;
    const { ticks, lots, count } = list;
    const hasWide = list.wide !== null || this.wide.size > 0;
    const slots = window === null ? NO_SLOTS : window.slots;
    const base = window === null ? 0 : window.base;
    const span = slots.length;
    pending.count = 0;
    let absent = 0;
    for (let i = 0; i < count; i++) {
      const size = lots[i];
      if (hasWide) this.noteWide(ticks[i], size, list, i);
      const key = ticks[i] * sign;
      const slot = key - base;
      if (window === null || slot < 0 || slot >= span) {
        pending.push(key, size);
        continue;
      }
      const at = slot | 0;
      if (slots[at] !== 0) {
        if (size === 0) window.vacate(at);
        else slots[at] = size;
      } else if (size === 0) absent++;
      else window.occupy(at, size);
    }
    if (pending.count > 0) absent += this.applyFar(pending);
    if (pending.ticks.length > PENDING_KEPT) this.pending = new LevelList();
    this.settle();
    return absent;
  }

  /** Best price in ticks; NaN when the side is empty. */
  best(): number {
    const window = this.window;
    return window === null || window.top < 0 ? Number.NaN : (window.base + window.top) * this.sign;
  }

  /** Size at the best price: 0 when the side is empty, -1 when it is wide. */
  bestLots(): number {
    const window = this.window;
    return window === null || window.top < 0 ? 0 : window.slots[window.top];
  }

  /** Size at a price: 0 when there is no level, -1 when it is wide. */
  lotsAt(ticks: number): number {
    const key = ticks * this.sign;
    const window = this.window;
    if (window === null) return 0;
    const slot = key - window.base;
    return slot >= 0 && slot < WINDOW_SLOTS ? window.slots[slot] : this.far.lotsAt(key);
  }

  /** Whether any size is wide. */
  hasWide(): boolean {
    return this.wide.size > 0;
  }

  /** The wide size at a price; 0 where the size is not wide. */
  wideLotsAt(ticks: number): bigint {
    return this.wide.get(ticks) ?? 0n;
  }

  /** The price farthest from the market; NaN when the side is empty. */
  worst(): number {
    if (this.count === 0) return Number.NaN;
    return this.ticksAt(this.far.count > 0 ? 0 : this.far.count + (this.window?.bottom() ?? 0));
  }

  /**
   * Copy the best `n` levels into columns, best first.
   * @returns how many there were
   */
  take(n: number, ticks: Float64Array, lots: Float64Array, offset: number): number {
    const { window, far, sign } = this;
    let taken = window === null ? 0 : window.take(n, sign, ticks, lots, offset);
    for (let at = far.count - 1; at >= 0 && taken < n; at--) {
      ticks[offset + taken] = far.keys[at] * sign;
      lots[offset + taken] = far.lots[at];
      taken++;
    }
    return taken;
  }

  /** Position of the best level: walk on with `after`. -1 when the side is empty. Positions die with the next change. */
  first(): number {
    const window = this.window;
    return window === null || window.top < 0 ? this.far.count - 1 : this.far.count + window.top;
  }

  /** Position of the best level at `ticks` or worse, or -1. */
  seek(ticks: number): number {
    const key = ticks * this.sign;
    const window = this.window;
    if (window !== null && key >= window.base) {
      const slot = key - window.base;
      if (slot >= window.top) return this.first();
      const found = window.slots[slot] === 0 ? window.below(slot) : slot;
      return found < 0 ? this.far.count - 1 : this.far.count + found;
    }
    const at = this.far.indexOf(key);
    return at < this.far.count && this.far.keys[at] === key ? at : at - 1;
  }

  /** Position of the next worse level, or -1. */
  after(position: number): number {
    const slot = position - this.far.count;
    if (slot < 0 || this.window === null) return position - 1;
    const next = this.window.below(slot);
    return next < 0 ? this.far.count - 1 : this.far.count + next;
  }

  /** Price at a position, ticks. */
  ticksAt(position: number): number {
    const slot = position - this.far.count;
    return slot < 0 || this.window === null
      ? this.far.keys[position] * this.sign
      : (this.window.base + slot) * this.sign;
  }

  /** Size at a position; -1 when it is wide. */
  lotsOf(position: number): number {
    const slot = position - this.far.count;
    return slot < 0 || this.window === null ? this.far.lots[position] : this.window.slots[slot];
  }

  /** Multiply prices by 10^`pricePower` and sizes by 10^`lotPower`, exactly. */
  rescale(pricePower: number, lotPower: number): void {
    const levels = new LevelList();
    for (let at = this.first(); at >= 0; at = this.after(at)) {
      const ticks = this.ticksAt(at);
      const lots = this.lotsOf(at);
      if (lots === WIDE_LOTS) levels.pushWide(ticks, this.wideLotsAt(ticks));
      else levels.push(ticks, lots);
    }
    levels.rescale(pricePower, lotPower);
    this.clear();
    this.apply(levels);
  }

  /** Whether every price stays an exact integer when multiplied by 10^`pricePower`. */
  canRescale(pricePower: number): boolean {
    if (this.count === 0) return true;
    return Math.max(this.best(), this.worst()) * powerOfTen(pricePower) <= Number.MAX_SAFE_INTEGER;
  }

  /** Keep the `keep` best levels. */
  cut(keep: number): void {
    const surplus = this.count - keep;
    if (surplus <= 0) return;
    this.spill();
    if (this.wide.size > 0) for (let at = 0; at < surplus; at++) this.wide.delete(this.far.keys[at] * this.sign);
    this.far.dropLowest(surplus);
    this.settle();
  }

  /** Keep the `depth` best levels, where a message leaves a few too many: they go one by one from the far end. */
  trimTo(depth: number): void {
    for (let over = this.count - depth; over > 0; over--) {
      if (this.wide.size > 0) this.wide.delete(this.worst());
      if (this.far.count > 0) this.far.dropLowest(1);
      else if (this.window !== null) this.window.vacate(this.window.bottom());
    }
  }

  private noteWide(ticks: number, size: number, list: LevelList, row: number): void {
    if (size === WIDE_LOTS) this.wide.set(ticks, list.wide?.get(row) ?? 0n);
    else this.wide.delete(ticks);
  }

  private applyFar(pending: LevelList): number {
    if (pending.count >= MERGE_FROM) return this.far.merge(pending.ticks, pending.lots, pending.count);
    let absent = 0;
    for (let i = 0; i < pending.count; i++) if (!this.far.set(pending.ticks[i], pending.lots[i])) absent++;
    return absent;
  }

  /** Restore the rule that the best level is inside the window, well away from its edges. */
  private settle(): void {
    const { window, far } = this;
    if (window === null) {
      if (far.count > 0) this.place(new PriceWindow(), far.keys[far.count - 1]);
      return;
    }
    window.settleTop();
    const bestFar = far.count > 0 ? far.keys[far.count - 1] : Number.NEGATIVE_INFINITY;
    const { top, base } = window;
    if (bestFar >= base + WINDOW_SLOTS || (top < EDGE_SLOTS && far.count > 0)) {
      this.move(Math.max(bestFar, top < 0 ? Number.NEGATIVE_INFINITY : base + top));
    } else if (top >= WINDOW_SLOTS - EDGE_SLOTS) this.move(base + top);
  }

  private move(bestKey: number): void {
    this.spill();
    if (this.window !== null) this.place(this.window, bestKey);
  }

  /** Empty the window into the far levels, which stay sorted: what it held lies between those under and those over it. */
  private spill(): void {
    const { window, far } = this;
    if (window === null || window.count === 0) return;
    window.settleTop();
    let at = far.indexOf(window.base);
    far.open(at, window.count);
    at += window.count;
    for (let slot = window.top; slot >= 0; ) {
      at--;
      far.keys[at] = window.base + slot;
      far.lots[at] = window.slots[slot];
      const next = window.below(slot);
      window.vacate(slot);
      slot = next;
    }
    window.top = -1;
  }

  /** Put an empty window round a best key and take in the far levels it covers. */
  private place(window: PriceWindow, bestKey: number): void {
    const { far } = this;
    window.base = bestKey - HOME_SLOT;
    const from = far.indexOf(window.base);
    for (let at = from; at < far.count; at++) window.occupy(far.keys[at] - window.base, far.lots[at]);
    far.count = from;
    this.window = window;
  }
}

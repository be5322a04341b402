import type { Millis } from '@/market/time.ts';
import type { PrintColumns } from '@/market/trade.ts';
import type { TradeEvent } from './venues/venue.ts';

/** Prints kept to scroll back to. */
export const TAPE_SIZE = 50_000;
/** Most prints in one frame; the rest is counted and fetched when scrolled to. */
export const PRINTS_PER_FRAME = 1_000;
/** A quiet instrument does not pay for 50,000 prints. */
const FIRST_CAPACITY = 1_024;

/**
 * The last 50,000 prints of one instrument in the order they came, as columns. A print is addressed by its number,
 * counting received prints from 0.
 */
export class Tape {
  private ids = new Float64Array(FIRST_CAPACITY);
  private ticks = new Float64Array(FIRST_CAPACITY);
  private lots = new Float64Array(FIRST_CAPACITY);
  private times = new Float64Array(FIRST_CAPACITY);
  private aggressors = new Uint8Array(FIRST_CAPACITY);
  private firstIds = new Float64Array(FIRST_CAPACITY);
  private readonly wide = new Map<number, bigint>();
  /** Ids that are no numbers, by slot. */
  private readonly idTexts = new Map<number, string>();
  /** Number after the newest print. */
  next = 0;

  add(trade: TradeEvent): void {
    const slot = this.next % TAPE_SIZE;
    if (slot >= this.ids.length) this.grow();
    this.ids[slot] = trade.id;
    this.firstIds[slot] = trade.firstId;
    this.ticks[slot] = trade.ticks;
    this.lots[slot] = trade.lots;
    this.times[slot] = trade.time;
    this.aggressors[slot] = trade.aggressor;
    if (this.wide.size > 0) this.wide.delete(slot);
    if (trade.lots === -1) this.wide.set(slot, trade.wideLots);
    if (trade.idText !== '') this.idTexts.set(slot, trade.idText);
    else if (this.idTexts.size > 0) this.idTexts.delete(slot);
    this.next++;
  }

  /** Number of the oldest print held. */
  get oldest(): number {
    return Math.max(0, this.next - TAPE_SIZE);
  }

  /** Prints `from` up to, not including, `to`, those that are held. */
  take(from: number, to: number): { first: number; prints: PrintColumns } {
    const first = Math.max(from, this.oldest);
    const count = Math.max(0, Math.min(to, this.next) - first);
    // One buffer for all columns: each is a view, and one thing is handed over.
    const buffer = new ArrayBuffer(count * 33);
    const ids = new Float64Array(buffer, 0, count);
    const ticks = new Float64Array(buffer, count * 8, count);
    const lots = new Float64Array(buffer, count * 16, count);
    const times = new Float64Array(buffer, count * 24, count);
    const aggressors = new Uint8Array(buffer, count * 32, count);
    const wide: [number, string][] = [];
    const idTexts: string[] | null = this.idTexts.size > 0 ? [] : null;
    for (let i = 0; i < count; i++) {
      const slot = (first + i) % TAPE_SIZE;
      ids[i] = this.ids[slot];
      ticks[i] = this.ticks[slot];
      lots[i] = this.lots[slot];
      times[i] = this.times[slot];
      aggressors[i] = this.aggressors[slot];
      const idText = this.idTexts.get(slot);
      if (idText !== undefined) ids[i] = -1;
      idTexts?.push(idText ?? String(this.ids[slot]));
      if (this.lots[slot] === -1) wide.push([i, String(this.wide.get(slot) ?? 0n)]);
    }
    return { first, prints: { ids, idTexts, ticks, lots, times, aggressors, wide } };
  }

  /**
   * Visit the prints of a bucket whose ids are above `afterId`, oldest first.
   * @param from  start of the bucket, venue time
   * @returns false when the ring does not reach back to `afterId`, so that some may be missing
   */
  since(afterId: number, from: Millis, visit: (trade: TradeEvent) => void): boolean {
    let number = this.next;
    while (number > this.oldest && this.times[(number - 1) % TAPE_SIZE] >= from) number--;
    let reaches = number > this.oldest;
    let least = Number.POSITIVE_INFINITY;
    for (; number < this.next; number++) {
      const slot = number % TAPE_SIZE;
      if (this.ids[slot] <= afterId) {
        reaches = true;
        continue;
      }
      least = Math.min(least, this.firstIds[slot]);
      visit(this.read(slot));
    }
    return reaches || least === Number.POSITIVE_INFINITY || least <= afterId + 1;
  }

  /** The newest print of a time or before it; null when none of those held is. */
  newestUntil(time: Millis): TradeEvent | null {
    for (let number = this.next - 1; number >= this.oldest; number--) {
      const slot = number % TAPE_SIZE;
      if (this.times[slot] <= time) return this.read(slot);
    }
    return null;
  }

  /** The grid became finer. */
  rescale(pricePower: number, lotPower: number): void {
    const price = 10 ** pricePower;
    const lot = 10 ** lotPower;
    const held = Math.min(this.next, TAPE_SIZE);
    for (let slot = 0; slot < held; slot++) {
      this.ticks[slot] *= price;
      const lots = this.lots[slot] === -1 ? (this.wide.get(slot) ?? 0n) : BigInt(this.lots[slot]);
      const scaled = lots * BigInt(lot);
      const isWide = scaled > BigInt(Number.MAX_SAFE_INTEGER);
      this.lots[slot] = isWide ? -1 : Number(scaled);
      if (isWide) this.wide.set(slot, scaled);
    }
  }

  private grow(): void {
    const capacity = Math.min(TAPE_SIZE, this.ids.length * 2);
    const larger = (column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(capacity);
      grown.set(column);
      return grown;
    };
    this.ids = larger(this.ids);
    this.ticks = larger(this.ticks);
    this.lots = larger(this.lots);
    this.times = larger(this.times);
    this.firstIds = larger(this.firstIds);
    const { aggressors } = this;
    this.aggressors = new Uint8Array(capacity);
    this.aggressors.set(aggressors);
  }

  private read(slot: number): TradeEvent {
    return {
      id: this.ids[slot],
      firstId: this.firstIds[slot],
      ticks: this.ticks[slot],
      lots: this.lots[slot],
      wideLots: this.wide.get(slot) ?? 0n,
      aggressor: this.aggressors[slot],
      time: this.times[slot],
      eventTime: this.times[slot],
      aggregated: this.firstIds[slot] !== this.ids[slot],
      idText: this.idTexts.get(slot) ?? '',
      initial: false,
    };
  }
}

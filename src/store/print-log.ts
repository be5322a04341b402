import type { LotsSum } from '@/market/quantity.ts';
import type { PrintFrame } from '@/protocol/frame.ts';

/** How many prints the page keeps; older ones stay in the worker and are fetched when scrolled to. */
export const PRINT_LOG_SIZE = 8192;

/**
 * The newest prints of one instrument, a ring that is written in place: at market speed nothing is copied.
 * A print is addressed by its number, counting received trades from 0, so a pause can remember where it stopped.
 */
export class PrintLog {
  private readonly ids = new Float64Array(PRINT_LOG_SIZE);
  private readonly ticks = new Float64Array(PRINT_LOG_SIZE);
  private readonly lots = new Float64Array(PRINT_LOG_SIZE);
  private readonly times = new Float64Array(PRINT_LOG_SIZE);
  private readonly aggressors = new Uint8Array(PRINT_LOG_SIZE);
  /** Number of the print in each slot: a slot of an older lap or of an elided print does not match. */
  private readonly numbers = new Float64Array(PRINT_LOG_SIZE).fill(-1);
  private readonly idTexts = new Map<number, string>();
  private readonly wide = new Map<number, string>();
  /** Number after the newest print. */
  next = 0;

  /** Take the prints of a frame; what the frame elided leaves a hole that `has` tells apart. */
  add(frame: PrintFrame): void {
    const { prints } = frame;
    const count = prints.ids.length;
    for (let i = 0; i < count; i++) {
      const number = frame.first + i;
      const slot = number % PRINT_LOG_SIZE;
      this.forget(slot);
      this.ids[slot] = prints.ids[i];
      this.ticks[slot] = prints.ticks[i];
      this.lots[slot] = prints.lots[i];
      this.times[slot] = prints.times[i];
      this.aggressors[slot] = prints.aggressors[i];
      this.numbers[slot] = number;
      const idText = prints.idTexts?.[i];
      if (idText !== undefined) this.idTexts.set(slot, idText);
    }
    for (const [index, text] of prints.wide) this.wide.set((frame.first + index) % PRINT_LOG_SIZE, text);
    this.next = Math.max(this.next, frame.first + count);
  }

  /** Whether print `number` is held. */
  has(number: number): boolean {
    return number >= 0 && this.numbers[number % PRINT_LOG_SIZE] === number;
  }

  id(number: number): string {
    const slot = number % PRINT_LOG_SIZE;
    return this.idTexts.get(slot) ?? String(this.ids[slot]);
  }

  ticksOf(number: number): number {
    return this.ticks[number % PRINT_LOG_SIZE];
  }

  /** Lots of a print, integer text when wide. */
  lotsOf(number: number): LotsSum {
    const slot = number % PRINT_LOG_SIZE;
    return this.lots[slot] === -1 ? (this.wide.get(slot) ?? 0) : this.lots[slot];
  }

  timeOf(number: number): number {
    return this.times[number % PRINT_LOG_SIZE];
  }

  /** 1 buyer, 0 seller. */
  aggressorOf(number: number): number {
    return this.aggressors[number % PRINT_LOG_SIZE];
  }

  /** The grid became finer: multiply what is held. */
  rescale(pricePower: number, lotPower: number): void {
    const price = 10 ** pricePower;
    const lot = 10 ** lotPower;
    for (let slot = 0; slot < PRINT_LOG_SIZE; slot++) {
      this.ticks[slot] *= price;
      if (this.lots[slot] === -1) this.wide.set(slot, (BigInt(this.wide.get(slot) ?? '0') * BigInt(lot)).toString());
      else if (this.lots[slot] * lot > Number.MAX_SAFE_INTEGER) {
        this.wide.set(slot, (BigInt(this.lots[slot]) * BigInt(lot)).toString());
        this.lots[slot] = -1;
      } else this.lots[slot] *= lot;
    }
  }

  private forget(slot: number): void {
    if (this.idTexts.size > 0) this.idTexts.delete(slot);
    if (this.wide.size > 0) this.wide.delete(slot);
  }
}

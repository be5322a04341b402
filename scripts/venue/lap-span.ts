import { shiftWhole } from './wire-text';

/** Above this, ids are drawn at random: a lap then moves them by one, which keeps them apart and below 2^53. */
const LARGEST_SPAN = 1_000_000_000_000n;

/** Numbers that several symbols share, and what one lap adds to all of them. */
export class LapSpan {
  #least: bigint | null = null;
  #most = 0n;

  /** Takes a recorded number into account; what is no whole number is passed over. */
  see(id: unknown): void {
    const text = String(id);
    if (!/^\d+$/.test(text)) return;
    const value = BigInt(text);
    if (this.#least === null || value < this.#least) this.#least = value;
    if (value > this.#most) this.#most = value;
  }

  /** What one lap adds. */
  get step(): bigint {
    const span = this.#least === null ? 1n : this.#most - this.#least + 1n;
    return span > LARGEST_SPAN ? 1n : span;
  }

  /** A recorded number as it is after so many laps. */
  move(text: string, lap: number): string {
    return shiftWhole(text, BigInt(lap) * this.step);
  }
}

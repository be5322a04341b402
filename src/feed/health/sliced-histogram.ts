import { BUCKETS, bucketOf, type Quantiles, quantilesOf } from '@/market/histogram.ts';
import type { Millis } from '@/market/time.ts';

const SLICES = 5;
const SLICE_MS = 60_000;

/** A distribution of times in ms over the last five minutes, in slices of one: counting one costs an increment. */
export class SlicedHistogram {
  private readonly counts = new Uint32Array(SLICES * BUCKETS);
  private readonly largest = new Float64Array(SLICES);
  private slice = 0;
  private turnedAt: Millis;

  constructor(now: Millis) {
    this.turnedAt = now;
  }

  /** Count one; negative counts as 0. */
  add(ms: number): void {
    this.counts[this.slice * BUCKETS + bucketOf(ms)]++;
    if (ms > this.largest[this.slice]) this.largest[this.slice] = ms;
  }

  /** Look at the clock, about once a second: minutes that are too old are forgotten. */
  tick(now: Millis): void {
    const turns = Math.min(SLICES, Math.floor((now - this.turnedAt) / SLICE_MS));
    for (let i = 0; i < turns; i++) {
      this.slice = (this.slice + 1) % SLICES;
      this.counts.fill(0, this.slice * BUCKETS, (this.slice + 1) * BUCKETS);
      this.largest[this.slice] = 0;
    }
    if (turns > 0) this.turnedAt += Math.floor((now - this.turnedAt) / SLICE_MS) * SLICE_MS;
  }

  /** Counts by bucket, all slices together. */
  sum(): Uint32Array {
    const sum = this.counts.slice(0, BUCKETS);
    for (let i = BUCKETS; i < this.counts.length; i++) sum[i % BUCKETS] += this.counts[i];
    return sum;
  }

  /** Percentiles; null while nothing is counted. */
  quantiles(sum: Uint32Array = this.sum()): Quantiles | null {
    return quantilesOf(sum, Math.max(...this.largest));
  }
}

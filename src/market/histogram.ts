/** Buckets an octave: neighbours are 12 % apart. */
const PER_OCTAVE = 6;
const OCTAVES = 22;
/** 2^-6 ms: what is faster cannot be told apart by a browser's clock. */
const FIRST_EXPONENT = -6;

/**
 * Buckets of the logarithmic scale that lags and working times are counted on, from 1/64 ms to 65 s. Bucket 0 holds
 * everything at or below 1/64 ms, the last one everything above.
 */
export const BUCKETS = OCTAVES * PER_OCTAVE + 1;

/** Bucket of a time in ms; what is no number above 0 counts as 0. */
export function bucketOf(ms: number): number {
  if (!(ms > 2 ** FIRST_EXPONENT)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil((Math.log2(ms) - FIRST_EXPONENT) * PER_OCTAVE));
}

/** Upper end of a bucket in ms, itself included; the lower end is the upper end of the bucket before. */
export const bucketEnd = (bucket: number): number => (bucket < 0 ? 0 : 2 ** (bucket / PER_OCTAVE + FIRST_EXPONENT));

/** Percentiles of a distribution in ms; `n` is how many were counted. */
export interface Quantiles {
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * Percentiles of counts by bucket, interpolated inside the bucket and never above the largest that was seen.
 * @param counts  one count a bucket
 * @param max     the largest value counted, ms
 * @returns null when nothing was counted
 */
export function quantilesOf(counts: Uint32Array, max: number): Quantiles | null {
  let n = 0;
  for (const count of counts) n += count;
  if (n === 0) return null;
  const at = (share: number): number => Math.min(max, quantile(counts, n * share));
  return { n, p50: at(0.5), p95: at(0.95), p99: at(0.99), max };
}

function quantile(counts: Uint32Array, rank: number): number {
  let below = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const count = counts[bucket];
    if (count > 0 && below + count >= rank) {
      const from = bucketEnd(bucket - 1);
      return from + ((bucketEnd(bucket) - from) * (rank - below)) / count;
    }
    below += count;
  }
  return bucketEnd(counts.length - 1);
}

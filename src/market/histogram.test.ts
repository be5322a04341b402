import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS, bucketEnd, bucketOf, quantilesOf } from './histogram.ts';

const countsOf = (values: readonly number[]): Uint32Array => {
  const counts = new Uint32Array(BUCKETS);
  for (const value of values) counts[bucketOf(value)]++;
  return counts;
};

describe('the logarithmic scale', () => {
  it('puts every time between the ends of its bucket', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.016, max: 60_000, noNaN: true }), (ms) => {
        const bucket = bucketOf(ms);
        expect(ms).toBeLessThanOrEqual(bucketEnd(bucket) * (1 + 1e-12));
        expect(ms).toBeGreaterThan(bucketEnd(bucket - 1) * (1 - 1e-12));
      }),
    );
  });

  it('holds what is nothing, too small, too large or no number', () => {
    for (const ms of [0, -5, 0.001, Number.NaN]) expect(bucketOf(ms)).toBe(0);
    for (const ms of [1e9, Number.POSITIVE_INFINITY]) expect(bucketOf(ms)).toBe(BUCKETS - 1);
    expect(bucketEnd(0)).toBe(1 / 64);
    expect(bucketEnd(BUCKETS - 1)).toBe(65_536);
  });
});

describe('percentiles of counts', () => {
  it('are none of nothing', () => expect(quantilesOf(new Uint32Array(BUCKETS), 0)).toBeNull());

  it('are within one bucket of the exact ones and never above the largest', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.1, max: 30_000, noNaN: true }), { minLength: 1 }), (values) => {
        const sorted = values.toSorted((a, b) => a - b);
        const max = sorted[sorted.length - 1];
        const found = quantilesOf(countsOf(values), max);
        expect(found?.n).toBe(values.length);
        for (const [share, ms] of [
          [0.5, found?.p50],
          [0.95, found?.p95],
          [0.99, found?.p99],
        ] as const) {
          const exact = sorted[Math.max(0, Math.ceil(values.length * share) - 1)];
          expect(ms).toBeLessThanOrEqual(Math.min(max, exact * 1.13));
          expect(ms).toBeGreaterThanOrEqual(exact / 1.13);
        }
      }),
    );
  });
});

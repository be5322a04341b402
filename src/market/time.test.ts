import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketStart, INTERVALS, intervalMs, isInterval, stepBucket } from './time.ts';

const time = fc.integer({ min: 0, max: Date.UTC(2035, 0, 1) });

describe('[F42] buckets of time', () => {
  it('hold every instant exactly once: start at or before it, the next start after it', () => {
    fc.assert(
      fc.property(time, fc.constantFrom(...INTERVALS), (at, interval) => {
        const start = bucketStart(at, interval);
        const next = stepBucket(start, interval, 1);
        expect(start).toBeLessThanOrEqual(at);
        expect(next).toBeGreaterThan(at);
        expect(bucketStart(start, interval)).toBe(start);
        expect(bucketStart(next, interval)).toBe(next);
        expect(bucketStart(next - 1, interval)).toBe(start);
        expect(stepBucket(next, interval, -1)).toBe(start);
      }),
      { numRuns: 20_000, seed: 1 },
    );
  });

  it('open a week on Monday and a month on its first day, in UTC', () => {
    fc.assert(
      fc.property(time, (at) => {
        expect(new Date(bucketStart(at, '1w')).getUTCDay()).toBe(1);
        expect(new Date(bucketStart(at, '1M')).toISOString().slice(7)).toBe('-01T00:00:00.000Z');
        expect(new Date(bucketStart(at, '1d')).toISOString().slice(10)).toBe('T00:00:00.000Z');
      }),
      { numRuns: 5_000, seed: 2 },
    );
  });

  it('step over months of every length and over the ends of years', () => {
    const starts = [-1, 0, 1, 2].map((count) =>
      new Date(stepBucket(Date.UTC(2024, 0, 1), '1M', count)).toISOString().slice(0, 7),
    );
    expect(starts).toEqual(['2023-12', '2024-01', '2024-02', '2024-03']);
  });

  it('are known by the spelling of addresses', () => {
    expect(INTERVALS.every(isInterval)).toBe(true);
    expect(['1m', '1M', '60', '1mo', '', '2h'].map(isInterval)).toEqual([true, true, false, false, false, false]);
    expect([intervalMs('1m'), intervalMs('1M')]).toEqual([60_000, 30 * 86_400_000]);
  });
});

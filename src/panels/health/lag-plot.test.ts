import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS, bucketOf } from '@/market/histogram.ts';
import { heapText, heroFigures } from './hero-figures.ts';
import { lagPlot, placeOf, tickText } from './lag-plot.ts';

const countsOf = (...values: number[]): Uint32Array => {
  const counts = new Uint32Array(BUCKETS);
  for (const value of values) counts[bucketOf(value)]++;
  return counts;
};

describe('the lag histogram', () => {
  it('stands on an axis from 1 to 200 ms, and on a wider one when there is more', () => {
    expect(lagPlot(countsOf(5, 10))).toMatchObject({ high: 200 });
    const wide = lagPlot(countsOf(5, 40_000));
    expect(wide.high).toBeGreaterThan(40_000);
    expect(wide.ticks).toEqual([1, 10, 100, 1_000, 10_000]);
    expect(wide.ticks.map(tickText)).toEqual(['1', '10', '100', '1 s', '10 s']);
  });

  it('shows everything below a millisecond in one bar at its left end', () => {
    const { bars } = lagPlot(countsOf(0, 0.1, 0.5, 0.9, 30));
    expect(bars).toHaveLength(2);
    expect(bars[0]).toMatchObject({ to: 1, share: 0.8 });
  });

  it('holds every message in a bar inside the axis, none of them upside down', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 70_000, noNaN: true }), { minLength: 1 }), (values) => {
        const plot = lagPlot(countsOf(...values));
        expect(plot.bars.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
        for (const { from, to, share } of plot.bars) {
          expect(to).toBeGreaterThan(from);
          expect(share).toBeLessThanOrEqual(plot.top);
          expect(placeOf(from, plot)).toBeGreaterThanOrEqual(0);
          expect(placeOf(to, plot)).toBeLessThanOrEqual(1);
        }
        const apart = plot.bars.every(({ from }, i) => i === 0 || from >= plot.bars[i - 1].to);
        expect(apart).toBe(true);
      }),
    );
  });
});

describe('the figures beside the answer', () => {
  it('are calm while nothing is wrong, and say what the browser does not tell', () => {
    const figures = heroFigures([], null);
    expect(figures.filter(({ isBad }) => isBad)).toEqual([]);
    expect(figures.map(({ text }) => text)).toEqual(['never', '0', '0', '0', '–', '–', '–']);
  });

  it('call a heap flat, growing or too young to say', () => {
    expect(heapText({ bytes: 148e6, change: 3e6, overMs: 3_600_000 })).toBe('148 MB, flat 60 min');
    expect(heapText({ bytes: 148e6, change: 40e6, overMs: 1_200_000 })).toBe('148 MB, +40 MB in 20 min');
    expect(heapText({ bytes: 148e6, change: -40e6, overMs: 1_200_000 })).toBe('148 MB, −40 MB in 20 min');
    expect(heapText({ bytes: 148e6, change: 0, overMs: 30_000 })).toBe('148 MB');
  });
});

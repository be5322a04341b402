import { describe, expect, it } from 'vitest';
import { bodyWidth, extremes, volumeCap } from './candle-plot.ts';
import type { ChartBar } from './chart-bars.ts';

describe('candle bodies', () => {
  it('are 3 wide with a wick of 1 at the usual pitch', () => expect(bodyWidth(6, 1)).toEqual({ body: 3, wick: 1 }));

  it('have the wick in their middle at any pitch and pixel ratio', () => {
    for (const ratio of [1, 1.25, 1.5, 2, 3])
      for (let spacing = 0.5; spacing < 80; spacing += 0.25) {
        const { body, wick } = bodyWidth(spacing, ratio);
        expect((body - wick) % 2).toBe(0);
        expect(body).toBeGreaterThanOrEqual(wick);
        if (spacing >= 3) expect(body).toBeLessThan(spacing * ratio);
      }
  });
});

describe('volume', () => {
  it('is scaled so that one spike does not flatten the rest', () => {
    const volumes = [...Array.from({ length: 199 }, (_, i) => i + 1), 1e9];
    expect(volumeCap(volumes)).toBe(198);
  });

  it('has no scale where nothing traded', () => {
    expect(volumeCap([])).toBe(0);
    expect(volumeCap([0, 0])).toBe(0);
  });
});

describe('high and low of the view', () => {
  const bar = (low: number, high: number, scaleHigh = high) => ({
    originalData: { low, high, scaleLow: low, scaleHigh } as ChartBar,
  });

  it('[F53] are the extremes of what is seen, outliers apart', () => {
    const seen = [bar(5, 9), bar(4, 8), bar(6, 9000, 9)];
    const { highest, lowest, outliers } = extremes(seen);
    expect([highest, lowest]).toEqual([seen[0], seen[1]]);
    expect(outliers).toEqual([seen[2]]);
  });
});

import { describe, expect, it } from 'vitest';
import { levelOf, PressureGauge, roundLead, sizeLevels, tintOf } from './tape-figures.ts';
import { timeParts } from './tape-line.ts';
import { printsOf } from './tape-prints.fixture.ts';

const source = (sizes: readonly number[]) => printsOf(sizes.map((lots) => ({ lots, time: 0, aggressor: 1 })));

describe('where large begins', () => {
  it.each([
    [0.3, 1],
    [1.2, 1],
    [1.5, 2],
    [3.3, 5],
    [7.5, 10],
    [140, 100],
    [30_000, 20_000],
  ])('%d is nearest to %d', (value, lead) => {
    expect(roundLead(value)).toBe(lead);
  });

  it('follows the percentiles of the newest prints', () => {
    const sizes = Array.from({ length: 2000 }, (_, i) =>
      i % 1000 === 0 ? 20_000 : i % 100 === 0 ? 5000 : i % 9 === 0 ? 1000 : 10,
    );
    expect(sizeLevels(source(sizes), sizes.length)).toEqual([1000, 5000, 20_000]);
  });

  it('rises even when all prints are of one size', () => {
    const sizes = Array.from({ length: 100 }, () => 7);
    expect(sizeLevels(source(sizes), sizes.length)).toEqual([5, 10, 20]);
  });

  it('waits for fifty prints', () => {
    expect(sizeLevels(source([1, 2, 3]), 3)).toBeNull();
  });

  it('gives classes and tints that rise with the size', () => {
    const levels = [100, 500, 2000] as const;
    expect([1, 99, 100, 500, 2000, '99999999999999999999'].map((lots) => levelOf(lots, levels))).toEqual([
      0, 0, 1, 2, 3, 3,
    ]);
    expect(tintOf(1, 0, levels)).toBeLessThan(tintOf(99, 0, levels));
    expect(tintOf(99, 0, levels)).toBeLessThanOrEqual(10);
    expect([1, 2, 3].map((level) => tintOf(1, level as 1 | 2 | 3, levels))).toEqual([14, 20, 30]);
  });
});

describe('the pressure of the last minute', () => {
  it('is the difference of the totals over sixty seconds, elided prints included', () => {
    const gauge = new PressureGauge();
    for (let s = 0; s <= 120; s++) gauge.add(s * 1000, s * 10, s < 60 ? s * 100 : 6000, s < 60 ? 0 : (s - 60) * 50);
    expect(gauge.read()).toEqual({ buyShare: 0, spanMs: 60_000, perSecond: 10 });
  });

  it('says nothing before there was volume', () => {
    const gauge = new PressureGauge();
    expect(gauge.read().buyShare).toBeNull();
    gauge.add(0, 5, 1, 1);
    gauge.add(500, 5, 1, 1);
    expect(gauge.read()).toEqual({ buyShare: null, spanMs: 500, perSecond: 0 });
  });

  it('begins anew when the totals shrink', () => {
    const gauge = new PressureGauge();
    gauge.add(0, 100, 50, 50);
    gauge.add(500, 2, 2, 0);
    gauge.add(1000, 4, 4, 0);
    expect(gauge.read()).toEqual({ buyShare: 1, spanMs: 500, perSecond: 4 });
  });
});

describe('the time of a print', () => {
  it('is UTC to the millisecond, in three ranks', () => {
    expect(timeParts(Date.UTC(2026, 2, 4, 14, 2, 11, 48))).toEqual(['14:02:', '11', '.048']);
    expect(timeParts(-1)).toEqual(['23:59:', '59', '.999']);
  });
});

import { describe, expect, it } from 'vitest';
import { type Candle, packCandles } from '@/market/candle.ts';
import { CandleSeries, MAX_CANDLES } from './candle-series.ts';

/** A generator of the test's own, so that a failure can be had again. */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
const candle = (t: number, v: number | string = t): Candle => ({
  t,
  o: t,
  h: t + 2,
  l: t - 2,
  c: t + 1,
  v,
  n: 1,
  partial: t % 2 === 0,
});
const rows = (...times: number[]) => packCandles(times.map((t) => candle(t)));
const timesOf = (series: CandleSeries): number[] => Array.from({ length: series.count }, (_, i) => series.timeAt(i));

describe('a series of candles', () => {
  it('keeps them by their time, replaces what comes again, and gives each back whole', () => {
    const series = new CandleSeries();
    series.put(rows(10, 20, 30));
    series.put(packCandles([{ ...candle(20), v: 999, partial: false }]));
    expect(timesOf(series)).toEqual([10, 20, 30]);
    expect(series.at(1)).toEqual({ ...candle(20), v: 999, partial: false });
  });

  it('keeps its generation while only the newest change or are added', () => {
    const series = new CandleSeries();
    series.put(rows(10, 20));
    const { generation } = series;
    series.put(rows(20, 30));
    expect(series.generation).toBe(generation);
    series.put(rows(15));
    expect(series.generation).toBeGreaterThan(generation);
  });

  it('puts an older page in front, and what it holds already wins', () => {
    const series = new CandleSeries();
    series.put(rows(30, 40));
    series.prepend(packCandles([candle(10), candle(20), { ...candle(30), v: 1 }]), false);
    expect(timesOf(series)).toEqual([10, 20, 30, 40]);
    expect(series.at(2).v).toBe(30);
    expect(series.atStart).toBe(false);
    series.prepend(rows(20), false);
    expect(series.atStart).toBe(true);
  });

  it('begins anew with a reset', () => {
    const series = new CandleSeries();
    series.put(packCandles([candle(10, '99999999999999999999')]));
    series.reset(rows(10), 'joined');
    expect(series.count).toBe(1);
    expect(series.at(0).v).toBe(10);
  });

  it('drops the oldest beyond its size and keeps order', () => {
    const series = new CandleSeries();
    for (let page = 0; page < 11; page++)
      series.put(rows(...Array.from({ length: 5_000 }, (_, i) => page * 5_000 + i)));
    expect(series.count).toBeLessThanOrEqual(MAX_CANDLES);
    expect(series.count).toBeGreaterThan(MAX_CANDLES - 2_000);
    expect(series.timeAt(series.count - 1)).toBe(54_999);
    expect(timesOf(series).every((t, i, all) => i === 0 || t === all[i - 1] + 1)).toBe(true);
  });

  it('keeps wide volumes with their candle wherever it moves, and counts them in finer units', () => {
    const series = new CandleSeries();
    series.put(packCandles([candle(20, '90071992547409930'), candle(30)]));
    series.put(rows(10));
    series.prepend(rows(5), false);
    expect(series.at(2).v).toBe('90071992547409930');
    series.rescale(1, 2);
    expect(series.at(2)).toMatchObject({ o: 200, v: '9007199254740993000' });
    expect(series.at(3)).toMatchObject({ o: 300, v: 3_000 });
  });

  it('agrees with a sorted map, whatever is done to it', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const below = random(seed);
      const series = new CandleSeries();
      const naive = new Map<number, Candle>();
      for (let step = 0; step < 80; step++) {
        const times = [...new Set(Array.from({ length: 1 + below(40) }, () => 500 + below(3_000)))].sort(
          (a, b) => a - b,
        );
        const made = times.map((t) => ({
          ...candle(t),
          v: below(50) === 0 ? `${10n ** 17n + BigInt(below(1_000))}` : below(1_000),
        }));
        if (below(8) === 0) {
          const first = Math.min(...naive.keys());
          for (const one of made) if (one.t < first) naive.set(one.t, one);
          series.prepend(packCandles(made), false);
        } else {
          for (const one of made) naive.set(one.t, one);
          series.put(packCandles(made));
        }
      }
      const expected = [...naive.values()].sort((a, b) => a.t - b.t);
      expect(Array.from({ length: series.count }, (_, i) => series.at(i))).toEqual(expected);
      for (let i = 0; i < 50; i++) {
        const time = below(4_000);
        const index = expected.findIndex((one) => one.t >= time);
        expect(series.indexOf(time)).toBe(index < 0 ? expected.length : index);
      }
    }
  });
});

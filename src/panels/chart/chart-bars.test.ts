import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candle, packCandles } from '@/market/candle.ts';
import { bucketStart, INTERVALS, type Interval, stepBucket } from '@/market/time.ts';
import { CandleSeries } from '@/store/candle-series.ts';
import {
  type BarGrid,
  BarWindow,
  blankTimes,
  emptyBuckets,
  FOLDED_SLOTS,
  isSound,
  LONGEST_HOLE,
  MAX_SLOTS,
  scaleBounds,
  windowAround,
  windowStart,
} from './chart-bars.ts';

const T0 = Date.UTC(2024, 7, 8, 12, 0);
const grid = (interval: Interval = '1m'): BarGrid => ({ interval, priceDecimals: 2, lotDecimals: 3, mid: null });
const candle = (t: number, c = 6_412_050, more: Partial<Candle> = {}): Candle => ({
  t,
  o: c,
  h: c + 100,
  l: c - 100,
  c,
  v: 1500,
  n: 3,
  partial: false,
  ...more,
});
const minute = (i: number): number => T0 + i * 60_000;
const run = (count: number, from = 0): Candle[] => Array.from({ length: count }, (_, i) => candle(minute(from + i)));

function seriesOf(candles: readonly Candle[]): CandleSeries {
  const series = new CandleSeries();
  series.reset(packCandles(candles), 'joined');
  return series;
}
const all = (series: CandleSeries, of = grid()): BarWindow => BarWindow.build(series, 0, series.count, of);
const times = (window: BarWindow): number[] => window.slots.map((bar) => bar.time * 1000);

describe('a window of candles', () => {
  it('hands prices on as floats only at the last step and keeps the ticks beside them', () => {
    const [bar] = all(seriesOf([candle(minute(0), 435, { o: 430, h: 440, l: 425 })])).slots;
    expect([bar.open, bar.high, bar.low, bar.close, bar.volume]).toEqual([4.3, 4.4, 4.25, 4.35, 1.5]);
    expect(bar.candle?.c).toBe(435);
    expect(bar.time).toBe(minute(0) / 1000);
  });

  it('[F39] fills a hole with empty slots and never bridges it', () => {
    const window = all(seriesOf([candle(minute(0)), candle(minute(4))]));
    expect(times(window)).toEqual([0, 1, 2, 3, 4].map(minute));
    expect(window.slots.map((bar) => bar.candle === null)).toEqual([false, true, true, true, false]);
    expect(Number.isNaN(window.slots[2].close)).toBe(true);
  });

  it('folds a hole that is longer than the longest drawn to scale and remembers how long it was', () => {
    const end = minute(LONGEST_HOLE + 2);
    const window = all(seriesOf([candle(minute(0)), candle(end)]));
    expect(window.slots).toHaveLength(FOLDED_SLOTS + 2);
    expect(window.folded).toEqual([{ from: minute(0), to: end }]);
    expect(all(seriesOf([candle(minute(0)), candle(minute(LONGEST_HOLE + 1))])).slots).toHaveLength(LONGEST_HOLE + 2);
  });

  it('steps over months by the calendar, February and leap years included', () => {
    const at = [Date.UTC(2023, 11, 1), Date.UTC(2024, 2, 1)];
    const window = all(seriesOf(at.map((t) => candle(t))), grid('1M'));
    expect(times(window)).toEqual([at[0], Date.UTC(2024, 0, 1), Date.UTC(2024, 1, 1), at[1]]);
    expect(emptyBuckets(Date.UTC(2024, 0, 1), Date.UTC(2024, 1, 1), '1M')).toBe(0);
  });

  it('[F40] [F42] gives the library strictly rising times on bucket starts, whatever is missing, in every interval', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...INTERVALS),
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 12 }),
        (interval, steps) => {
          let t = bucketStart(T0, interval);
          const candles = [candle(t)];
          for (const step of steps) {
            t = stepBucket(t, interval, step);
            candles.push(candle(t));
          }
          const window = all(seriesOf(candles), grid(interval));
          const seen = times(window);
          expect(seen.every((time, i) => i === 0 || time > seen[i - 1])).toBe(true);
          expect(seen.every((time) => bucketStart(time, interval) === time)).toBe(true);
          expect(window.slots.filter((bar) => bar.candle)).toHaveLength(candles.length);
        },
      ),
      { numRuns: 200, seed: 7 },
    );
  });

  it('places no blank outside the hole', () => {
    expect(blankTimes(minute(0), minute(1), '1m')).toEqual([]);
    expect(blankTimes(minute(0), minute(2), '1m')).toEqual([minute(1)]);
  });
});

describe('[F40] candles that cannot be true', () => {
  it.each([
    ['a high below the close', { h: 6_412_000 }],
    ['a low above the open', { l: 6_412_060 }],
    ['a price that is no number', { o: Number.NaN }],
    ['an endless high', { h: Number.POSITIVE_INFINITY }],
    ['a price between ticks', { c: 6_412_050.5 }],
    ['a negative volume', { v: -5 }],
    ['a time inside a second', { t: minute(0) + 1 }],
  ])('knows %s', (_name, wrong) => {
    expect(isSound(candle(minute(0), 6_412_050, wrong as Partial<Candle>))).toBe(false);
  });

  it('accepts a wide volume and prices at or below zero', () => {
    expect(isSound(candle(minute(0), 0, { v: '90071992547409930' }))).toBe(true);
    expect(isSound(candle(minute(0), -50))).toBe(true);
  });

  it('leaves them out, counts them and goes on', () => {
    const candles = run(5).map((c, i) => (i === 2 ? { ...c, h: c.l - 1 } : c));
    const window = all(seriesOf(candles));
    expect(window.bad).toBe(1);
    expect(window.slots.map((bar) => bar.candle !== null)).toEqual([true, true, false, true, true]);
    for (const bar of window.slots) if (bar.candle) expect(Number.isFinite(bar.high)).toBe(true);
  });
});

describe('following the live end', () => {
  it('updates the last candle in place and says nothing when nothing changed', () => {
    const series = seriesOf(run(10));
    const window = all(series);
    expect(window.sync(series, grid(), 8, true)).toEqual({ kind: 'none' });
    series.put(packCandles([candle(minute(9), 6_412_060)]));
    const change = window.sync(series, grid(), 8, true);
    expect(change.kind === 'update' && change.bars.map((bar) => bar.candle?.c)).toEqual([6_412_060]);
  });

  it('adds the candles that are new, with the empty slots before them', () => {
    const series = seriesOf(run(10));
    const window = all(series);
    series.put(packCandles([candle(minute(12))]));
    const change = window.sync(series, grid(), 8, true);
    expect(change.kind === 'update' && change.bars.map((bar) => bar.time * 1000)).toEqual([10, 11, 12].map(minute));
    expect(window.slots).toHaveLength(13);
  });

  it('hands on the correction of a candle that had closed already', () => {
    const series = seriesOf(run(10));
    const window = all(series);
    series.put(packCandles([candle(minute(7), 6_412_050, { v: 1600 })]));
    const change = window.sync(series, grid(), 8, true);
    expect(change.kind === 'update' && change.bars.map((bar) => bar.time * 1000)).toEqual([minute(7)]);
  });

  it('finds the correction of an old candle only when it looks at all of them', () => {
    const series = seriesOf(run(100));
    const window = all(series);
    series.put(packCandles([candle(minute(5), 6_412_050, { partial: true })]));
    expect(window.sync(series, grid(), 8, true).kind).toBe('none');
    expect(window.sync(series, grid(), MAX_SLOTS, true).kind).toBe('update');
  });

  it('takes in nothing new while the live candle is out of the window', () => {
    const series = seriesOf(run(10));
    const window = BarWindow.build(series, 0, 5, grid());
    expect(window.sync(series, grid(), 8, false)).toEqual({ kind: 'none' });
    expect(window.slots).toHaveLength(5);
  });

  it('[F40] asks for a new window instead of drawing an older candle behind a newer one', () => {
    const series = seriesOf(run(10));
    const window = all(series);
    series.put(packCandles([candle(minute(0) - 60_000)]));
    expect(window.sync(series, grid(), MAX_SLOTS, true).kind).toBe('rebuild');
  });

  it('asks for a new window once it has outgrown its bound', () => {
    const series = seriesOf(run(MAX_SLOTS));
    const window = all(series);
    series.put(packCandles([candle(minute(MAX_SLOTS))]));
    expect(window.sync(series, grid(), 8, true).kind).toBe('rebuild');
  });

  it('asks for a new window when a candle turns out wrong', () => {
    const series = seriesOf(run(10));
    const window = all(series);
    series.put(packCandles([candle(minute(9), 6_412_050, { h: 1 })]));
    expect(window.sync(series, grid(), 8, true).kind).toBe('rebuild');
  });
});

describe('choosing what to draw', () => {
  it('never takes more slots than it may, holes counted', () => {
    const candles = Array.from({ length: 3000 }, (_, i) => candle(minute(i * 2)));
    const series = seriesOf(candles);
    const from = windowStart(series, series.count, '1m', 1500);
    expect(BarWindow.build(series, from, series.count, grid()).slots.length).toBeLessThanOrEqual(1500);
    expect(BarWindow.build(series, from - 1, series.count, grid()).slots.length).toBeGreaterThan(1500);
  });

  it('stands round a candle in the middle and is pushed inward at the ends', () => {
    const series = seriesOf(run(5000));
    expect(windowAround(series, 2500, '1m', 2000)).toEqual([1500, 3500]);
    expect(windowAround(series, 10, '1m', 2000)).toEqual([0, 2000]);
    expect(windowAround(series, 4990, '1m', 2000)).toEqual([3000, 5000]);
    expect(windowAround(seriesOf([]), 0, '1m', 2000)).toEqual([0, 0]);
  });

  it('finds the slot of a time, and the nearest candle before an empty one', () => {
    const window = all(seriesOf([candle(minute(0)), candle(minute(4))]));
    expect(window.slotAt(minute(0) - 1)).toBe(-1);
    expect(window.slotAt(minute(3) + 5)).toBe(3);
    expect(window.candleSlot(3)).toBe(0);
    expect(window.candleSlot(99)).toBe(4);
  });
});

describe('the price scale', () => {
  const by = { interval: '1m', mid: null } as const;
  const usual = candle(minute(1));

  it('shows an ordinary candle whole', () => {
    expect(scaleBounds(usual, candle(minute(0)), candle(minute(2)), by)).toEqual([usual.l, usual.h]);
  });

  it('[F53] is not touched by a single print a thousand times too high', () => {
    const spike = candle(minute(1), 6_412_050, { h: 6_412_050_000 });
    expect(scaleBounds(spike, candle(minute(0)), candle(minute(2)), by)).toEqual([spike.l, spike.o]);
  });

  it('[F53] is not touched by an absurd last price until the book confirms it', () => {
    const jump = candle(minute(1), 6_412_050, { o: 6_412_050, l: 6_412_000, c: 9_600_000, h: 9_600_000 });
    expect(scaleBounds(jump, candle(minute(0)), null, by)[1]).toBeLessThan(6_500_000);
    expect(scaleBounds(jump, candle(minute(0)), null, { interval: '1m', mid: 9_600_000 })[1]).toBe(9_600_000);
  });

  it('believes long candles, which do move that far', () => {
    const week = candle(T0, 6_412_050, { h: 9_000_000 });
    expect(scaleBounds(week, null, null, { interval: '1w', mid: null })).toEqual([week.l, 9_000_000]);
  });
});

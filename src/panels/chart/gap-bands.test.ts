import { describe, expect, it } from 'vitest';
import { type Candle, type GapSpan, packCandles } from '@/market/candle.ts';
import { CandleSeries } from '@/store/candle-series.ts';
import { BarWindow, LONGEST_HOLE } from './chart-bars.ts';
import { gapBands } from './gap-bands.ts';

const T0 = Date.UTC(2024, 7, 8, 12, 0);
const minute = (i: number): number => T0 + i * 60_000;
const NOW = minute(9) + 30_000;

function windowOf(minutes: readonly number[]): BarWindow {
  const series = new CandleSeries();
  const candles = minutes.map((i): Candle => ({ t: minute(i), o: 1, h: 1, l: 1, c: 1, v: 1, n: 1, partial: false }));
  series.reset(packCandles(candles), 'joined');
  return BarWindow.build(series, 0, series.count, { interval: '1m', priceDecimals: 0, lotDecimals: 0, mid: null });
}
const gap = (from: number, to: number, repaired = false): GapSpan => ({ from, to, repaired, cause: 'connection-lost' });
const bands = (window: BarWindow, gaps: readonly GapSpan[]) => gapBands(window, gaps, '1m', NOW);

describe('[F39] bands over gaps', () => {
  const full = windowOf([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

  it('covers every bucket the gap touched and says how long it was', () => {
    expect(bands(full, [gap(minute(3) + 50_000, minute(4) + 32_000)])).toEqual([
      { from: 3, to: 4, label: 'feed gap 00:42', tone: 'lost' },
    ]);
  });

  it('tells a repaired gap from one that is not', () => {
    expect(bands(full, [gap(minute(3), minute(3) + 2000, true)])[0]).toMatchObject({
      tone: 'repaired',
      label: 'gap 00:02, filled',
    });
  });

  it('lets an open gap grow with venue time, past the last candle too', () => {
    expect(bands(full, [gap(minute(8), Number.POSITIVE_INFINITY)])[0]).toMatchObject({
      from: 8,
      to: 9,
      label: 'feed gap 01:30',
    });
    const later = gapBands(full, [gap(minute(8), Number.POSITIVE_INFINITY)], '1m', minute(13));
    expect(later[0]).toMatchObject({ from: 8, to: 13 });
  });

  it('leaves out what lies before the window, and begins at its edge what reaches into it', () => {
    expect(bands(full, [gap(minute(-9), minute(-5))])).toEqual([]);
    expect(bands(full, [gap(minute(-9), minute(2))])[0]).toMatchObject({ from: 0, to: 2 });
  });

  it('marks a folded hole as quiet, from the candle before it to the one after', () => {
    const window = windowOf([0, 1, LONGEST_HOLE + 10]);
    const last = window.slots.length - 1;
    expect(bands(window, [])).toEqual([{ from: 2, to: last - 1, label: 'no trades 8:29:00', tone: 'quiet' }]);
  });

  it('has nothing to mark on an empty chart', () =>
    expect(bands(windowOf([]), [gap(minute(0), minute(1))])).toEqual([]));
});

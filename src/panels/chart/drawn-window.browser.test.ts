import '@/ui/tokens.css';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Candle, packCandles } from '@/market/candle.ts';
import type { InstrumentInfo } from '@/market/instrument.ts';
import { CandleSeries } from '@/store/candle-series.ts';
import { MAX_SLOTS } from './chart-bars.ts';
import { ChartPlot } from './chart-plot.ts';
import { readTheme } from './chart-theme.ts';
import { writingOf } from './chart-words.ts';
import { DrawnWindow, type Subject } from './drawn-window.ts';

const T0 = Date.UTC(2024, 7, 8, 0, 0);
const MINUTE = 60_000;
const info: InstrumentInfo = {
  id: 'demo:ACME',
  venue: 'demo',
  symbol: 'ACME',
  venueName: 'Demo exchange',
  kind: 'equity',
  base: 'ACME',
  quote: 'USD',
  priceStep: '0.01',
  sizeStep: '1',
  sizeUnit: 'ACME',
  contract: null,
  grid: { priceDecimals: 2, lotDecimals: 0, epoch: 0 },
  simulated: true,
  local: false,
};
const candles = (from: number, to: number): Candle[] =>
  Array.from({ length: to - from }, (_, k) => {
    const c = 10_000 + ((from + k) % 50);
    return { t: T0 + (from + k) * MINUTE, o: c, h: c + 3, l: c - 3, c, v: 10, n: 1, partial: false };
  });

let plot: ChartPlot;
let drawn: DrawnWindow;
let series: CandleSeries;
let subject: Subject;
let clock = 0;

const frame = (): Promise<void> => new Promise((next) => requestAnimationFrame(() => next()));
/** The library draws in a frame of its own after ours. */
const drawnByLibrary = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await frame();
};
const sync = (isHeld = false): void => {
  clock += 2000;
  drawn.sync(subject, clock, isHeld);
};
/** Times of the first and last slot that the library itself says it shows, and where the last one stands. */
function shown(): readonly (number | undefined)[] {
  const scale = plot.chart.timeScale();
  const range = scale.getVisibleLogicalRange();
  const slots = drawn.window?.slots ?? [];
  const last = slots[Math.min(slots.length - 1, Math.floor(range?.to ?? 0))];
  return [
    slots[Math.max(0, Math.ceil(range?.from ?? 0))]?.time,
    last?.time,
    Math.round(scale.timeToCoordinate(last?.time ?? 0) ?? -1),
  ];
}

beforeEach(async () => {
  const host = document.createElement('div');
  host.style.cssText = 'width:800px;height:500px';
  document.body.replaceChildren(host);
  plot = new ChartPlot(host, readTheme(host));
  drawn = new DrawnWindow(plot);
  plot.chart.timeScale().subscribeVisibleLogicalRangeChange(() => drawn.view.settled());
  plot.applyFormats(info, '1m', writingOf(info));
  plot.resize(800, 500);
  series = new CandleSeries();
  series.reset(packCandles(candles(0, 5000)), 'joined');
  subject = { info, interval: '1m', series, mid: null };
  sync();
  await drawnByLibrary();
});
afterEach(() => plot.dispose());

describe('the drawn window', () => {
  it('begins at the live candle at the usual pitch, seven slots from the edge', () => {
    expect(drawn.showsLive).toBe(true);
    expect(plot.chart.timeScale().scrollPosition()).toBeCloseTo(7);
    expect(plot.chart.timeScale().options().barSpacing).toBe(6);
    expect(drawn.window?.slots).toHaveLength(1500);
  });

  it('keeps the picture still while older candles are put before it', async () => {
    drawn.view.scrollTo(-400);
    await drawnByLibrary();
    const before = shown();
    series.prepend(packCandles(candles(-500, 0)), false);
    sync();
    await drawnByLibrary();
    expect(shown()).toEqual(before);
    expect(drawn.window?.slots.length).toBeLessThanOrEqual(MAX_SLOTS);
  });

  it('keeps the picture still when the window moves on under it', async () => {
    drawn.view.scrollTo(-1300);
    await drawnByLibrary();
    const before = shown();
    const from = drawn.window?.from;
    drawn.follow(subject);
    await drawnByLibrary();
    expect(drawn.window?.from).not.toBe(from);
    expect(shown()).toEqual(before);
    expect(drawn.isAtEnd).toBe(false);
  });

  it('keeps the picture still while the market goes on out of view, and when the history begins anew', async () => {
    drawn.view.scrollTo(-600);
    await drawnByLibrary();
    const before = shown();
    for (let i = 0; i < 30; i++) {
      series.put(packCandles(candles(5000 + i, 5001 + i)));
      sync();
    }
    await drawnByLibrary();
    expect(shown()).toEqual(before);
    series.reset(packCandles(candles(1000, 5030)), 'joined');
    sync();
    await drawnByLibrary();
    expect(shown()).toEqual(before);
  });

  it('goes with the market while the live candle is in view, and is cut before it grows too long', async () => {
    for (let i = 0; i < 700; i += 10) {
      series.put(packCandles(candles(5000 + i, 5010 + i)));
      sync();
      await frame();
    }
    await drawnByLibrary();
    expect(drawn.showsLive).toBe(true);
    expect(plot.chart.timeScale().scrollPosition()).toBeCloseTo(7);
    expect(drawn.window?.slots.length).toBeLessThanOrEqual(MAX_SLOTS);
  });

  it('leaves its right end alone while the user drags', async () => {
    drawn.view.scrollTo(-200);
    await drawnByLibrary();
    const offset = plot.chart.timeScale().scrollPosition();
    series.prepend(packCandles(candles(-500, 0)), false);
    sync(true);
    await drawnByLibrary();
    expect(plot.chart.timeScale().scrollPosition()).toBeCloseTo(offset);
  });

  it('goes to the oldest candle and back to live', async () => {
    drawn.toOldest(subject);
    await drawnByLibrary();
    expect(shown()[0]).toBe(T0 / 1000);
    expect(drawn.isNearOldest(subject)).toBe(true);
    drawn.toLive(subject);
    await drawnByLibrary();
    expect(drawn.showsLive).toBe(true);
    expect(shown()[1]).toBe((T0 + 4999 * MINUTE) / 1000);
  });
});

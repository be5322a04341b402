import { describe, expect, it } from 'vitest';
import type { Candle } from '@/market/candle.ts';
import type { InstrumentInfo } from '@/market/instrument.ts';
import { barSpoken, barTimeText, spanText, summaryText, tableRow, writingOf } from './chart-words.ts';

const info: InstrumentInfo = {
  id: 'binance-usdm:BTCUSDT',
  venue: 'binance-usdm',
  symbol: 'BTCUSDT',
  venueName: 'Binance Perp',
  kind: 'perpetual',
  base: 'BTC',
  quote: 'USDT',
  priceStep: '0.1',
  sizeStep: '0.001',
  sizeUnit: 'BTC',
  contract: null,
  grid: { priceDecimals: 2, lotDecimals: 3, epoch: 0 },
  simulated: false,
  local: false,
};
const T = Date.UTC(2026, 2, 4, 14, 2);
const candle: Candle = { t: T, o: 6407850, h: 6413840, l: 6407290, c: 6412050, v: 108_780, n: 9, partial: false };

describe('prices and sizes as written', () => {
  const writing = writingOf(info);

  it('keeps the zeros of the step and the digits of a finer price', () => {
    expect(writing.price(6412050)).toBe('64,120.5');
    expect(writing.price(6412000)).toBe('64,120.0');
    expect(writing.price(6412051)).toBe('64,120.51');
  });

  it('rounds what a pointer points at to the step', () => {
    expect(writing.nearest(64120.4499999)).toBe('64,120.4');
    expect(writing.nearest(64120.45001)).toBe('64,120.5');
    expect(writing.nearest(-0.26)).toBe('−0.3');
  });

  it('holds eight decimals without an exponent', () => {
    const fine = { ...info, priceStep: '0.00000001', grid: { ...info.grid, priceDecimals: 8 } };
    expect(writingOf(fine).price(12)).toBe('0.00000012');
    expect(writingOf(fine).nearest(0.00000012)).toBe('0.00000012');
  });
});

describe('times and spans', () => {
  it('[F42] says as much of a time as the interval needs, in UTC', () => {
    expect(barTimeText(T, '1m')).toBe('4 Mar 14:02');
    expect(barTimeText(T + 5000, '5s')).toBe('4 Mar 14:02:05');
    expect(barTimeText(T, '1d')).toBe('4 Mar 2026');
    expect(barTimeText(T, '1M')).toBe('Mar 2026');
  });

  it('counts spans of any length', () => {
    expect(spanText(49_000)).toBe('00:49');
    expect(spanText(-3)).toBe('00:00');
    expect(spanText(3 * 3_600_000 + 4 * 60_000 + 10_000)).toBe('3:04:10');
    expect(spanText(51 * 3_600_000)).toBe('2 d 03:00');
  });
});

describe('the chart in words', () => {
  const writing = writingOf(info);
  const facts = {
    symbol: 'BTCUSDT',
    interval: '15m',
    first: { ...candle, t: T - 3_600_000, o: 6_400_000 },
    last: candle,
    high: 6413840,
    low: 6399000,
    isCurrent: true,
  } as const;

  it('says what it is, where it stands and how far it went', () => {
    expect(summaryText(facts, writing)).toBe(
      'BTCUSDT 15-minute candles, 4 Mar 13:02 to 4 Mar 14:02 UTC. ' +
        'Last close 64,120.5, up 0.19 % over the view, high 64,138.4, low 63,990.0.',
    );
  });

  it('says when it is not live, and survives a first price of zero', () => {
    const text = summaryText({ ...facts, first: { ...facts.first, o: 0 }, isCurrent: false }, writing);
    expect(text).toContain('unchanged over the view');
    expect(text.endsWith('Not live.')).toBe(true);
  });

  it('reads one bar in full and names a partial one', () => {
    expect(barSpoken({ ...candle, partial: true }, '1m', writing)).toBe(
      '4 Mar 14:02 UTC: open 64,078.5, high 64,138.4, low 64,072.9, close 64,120.5, volume 108.78, partial',
    );
    expect(tableRow(candle, '1m', writing)).toEqual([
      '4 Mar 14:02',
      '64,078.5',
      '64,138.4',
      '64,072.9',
      '64,120.5',
      '108.78',
    ]);
  });
});

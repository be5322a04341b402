import { describe, expect, test } from 'vitest';
import { CandleSeries, type Print } from './candles';
import { generateHistory, type HistorySeed } from './history';
import { bucketAfter, bucketStart } from './intervals';

const SEED: HistorySeed = {
  symbol: 'BTCUSDT',
  interval: '1m',
  count: 300,
  origin: Date.UTC(2026, 2, 2, 12, 0, 40),
  price: '64250.10000000',
  step: 1_000_000n,
  sizeStep: 1_000n,
  spelling: { price: 8, size: 8 },
  minute: { volume: 1_200_000_000n, trades: 900 },
};

describe('generated history', () => {
  const bars = generateHistory(SEED);

  test('ends at the given price, just before the market begins', () => {
    const last = bars[bars.length - 1];
    expect([bars.length, last.close, last.t]).toEqual([300, SEED.price, Date.UTC(2026, 2, 2, 11, 59)]);
  });

  test('is the same for the same seed, and its bars do not change when more are asked for', () => {
    expect(generateHistory(SEED)).toEqual(bars);
    expect(generateHistory({ ...SEED, count: 500 }).slice(-300)).toEqual(bars);
    expect(generateHistory({ ...SEED, symbol: 'ETHUSDT' })).not.toEqual(bars);
  });

  test('stays on the price and size grid, bars joined to one another', () => {
    for (const [index, bar] of bars.entries()) {
      expect(bar.close).toMatch(/^\d+\.\d\d000000$/);
      expect(bar.volume % SEED.sizeStep).toBe(0n);
      expect(bar.takerVolume <= bar.volume && bar.volume > 0n).toBe(true);
      if (index > 0) expect(bar.open).toBe(bars[index - 1].close);
    }
  });

  test('of longer intervals is a fold of the shorter', () => {
    const fives = generateHistory({ ...SEED, interval: '5m', count: 50 });
    for (const five of fives) {
      const inside = bars.filter((bar) => bar.t >= five.t && bar.t < five.t + 300_000);
      expect(inside).toHaveLength(5);
      expect([five.open, five.close]).toEqual([inside[0].open, inside[4].close]);
      expect(five.volume).toBe(inside.reduce((sum, bar) => sum + bar.volume, 0n));
    }
  });

  test('of none is none', () => {
    expect(generateHistory({ ...SEED, count: 0 })).toEqual([]);
  });
});

describe('buckets', () => {
  test.each([
    ['1m', '2026-03-02T12:00:40Z', '2026-03-02T12:00:00Z'],
    ['4h', '2026-03-02T12:00:40Z', '2026-03-02T12:00:00Z'],
    ['1d', '2026-03-02T12:00:40Z', '2026-03-02T00:00:00Z'],
    ['1w', '2026-03-01T23:59:59Z', '2026-02-23T00:00:00Z'],
    ['1M', '2026-02-28T23:59:59Z', '2026-02-01T00:00:00Z'],
  ])('of %s hold %s from %s', (interval, time, start) => {
    expect(new Date(bucketStart(interval, Date.parse(time))).toISOString()).toBe(start.replace('Z', '.000Z'));
  });

  test('of months follow the calendar both ways', () => {
    const march = Date.UTC(2026, 2, 1);
    expect([bucketAfter('1M', march), bucketAfter('1M', march, -1)]).toEqual([
      Date.UTC(2026, 3, 1),
      Date.UTC(2026, 1, 1),
    ]);
  });
});

describe('a candle series', () => {
  const print = (time: number, price: string, size: string, id: number, buyerIsMaker = false): Print => ({
    time,
    price,
    size,
    buyerIsMaker,
    first: id,
    last: id,
  });

  test('adds up its trades and fills empty buckets with the last close', () => {
    const series = new CandleSeries('1m', { price: 2, size: 1 }, 0, '10.00');
    series.add(print(1_000, '10.50', '2.0', 1));
    series.add(print(2_000, '9.90', '1.0', 2, true));
    series.add(print(130_000, '11.00', '0.5', 3));
    expect(series.bars).toHaveLength(3);
    expect(series.bars[0]).toMatchObject({
      open: '10.50',
      high: '10.50',
      low: '9.90',
      close: '9.90',
      trades: 2,
      volume: 30n,
      takerVolume: 20n,
    });
    expect(series.bars[0]).toMatchObject({ first: 1, last: 2, quote: 30_900n });
    expect(series.bars[1]).toMatchObject({ open: '9.90', close: '9.90', trades: 0, volume: 0n, first: -1 });
  });

  test('gives a late print to the bucket it belongs to', () => {
    const series = new CandleSeries('1m', { price: 2, size: 1 }, 60_000, '10.00');
    series.add(print(130_000, '11.00', '1.0', 2));
    series.add(print(119_999, '10.20', '1.0', 1));
    series.add(print(59_000, '10.10', '1.0', 0));
    expect(series.bars.map(({ t, trades }) => [t, trades])).toEqual([
      [0, 1],
      [60_000, 1],
      [120_000, 1],
    ]);
  });
});

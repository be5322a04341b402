import { describe, expect, it } from 'vitest';
import { type Bar, bucketStart, extendBar, isInterval, moveBucket } from './bars';
import { createHistory, type History } from './history';
import { demoInstruments, findInstrument } from './instruments';
import { createCandles } from './live-candles';

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const TODAY = Date.UTC(2025, 5, 15);
const INTERVALS = ['1s', '1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1M'];
const volume = { lots: 9e9, trades: 4e6 };

function makeHistory(symbol: string, seed = 5): History {
  const instrument = findInstrument(symbol);
  if (instrument === undefined) throw new Error(symbol);
  return createHistory(seed, instrument, volume);
}

/** Bars of `length` from `from` on, `count` of them. */
const run = (history: History, from: number, length: number, count: number): Bar[] =>
  Array.from({ length: count }, (_, i) => history.fold(from + i * length, from + (i + 1) * length));

function foldAll(bars: readonly Bar[]): Bar {
  const whole = { ...bars[0] };
  for (const bar of bars.slice(1)) extendBar(whole, bar);
  return whole;
}

/** Everything but the notional, which made-up bars only estimate. */
const exact = ({ notional: _, ...rest }: Bar) => rest;

describe('buckets', () => {
  it('open weeks on Monday and months on the first, leap years included', () => {
    expect(bucketStart('1w', Date.UTC(2025, 5, 15, 13))).toBe(Date.UTC(2025, 5, 9));
    expect(bucketStart('1w', Date.UTC(2025, 5, 16))).toBe(Date.UTC(2025, 5, 16));
    expect(moveBucket('1w', Date.UTC(2025, 5, 9), -2)).toBe(Date.UTC(2025, 4, 26));
    for (let year = 1970; year < 2110; year++) {
      for (let month = 0; month < 12; month++) {
        const start = Date.UTC(year, month, 1);
        const next = Date.UTC(year, month + 1, 1);
        expect(bucketStart('1M', start)).toBe(start);
        expect(bucketStart('1M', next - 1)).toBe(start);
        expect(moveBucket('1M', start, 1)).toBe(next);
        expect(moveBucket('1M', start, -13)).toBe(Date.UTC(year, month - 13, 1));
      }
    }
  });

  it('know the venue’s intervals and no others', () => {
    expect(INTERVALS.every(isInterval)).toBe(true);
    expect(['', '2m', '1y', '1H', 'toString', '1mo'].some(isInterval)).toBe(false);
  });
});

describe.each(demoInstruments.map((one) => one.symbol))('history of %s', (symbol) => {
  const history = makeHistory(symbol);

  it('is made of sound bars, each opening where the last one closed', () => {
    for (const [length, count] of [
      [SECOND, 400],
      [MINUTE, 400],
      [HOUR, 200],
      [DAY, 400],
    ]) {
      const bars = run(history, TODAY - length * count, length, count);
      bars.forEach((bar, i) => {
        expect(Object.values(exact(bar)).every(Number.isSafeInteger)).toBe(true);
        expect(bar.low).toBeGreaterThan(0);
        expect(bar.low).toBeLessThanOrEqual(Math.min(bar.open, bar.close));
        expect(bar.high).toBeGreaterThanOrEqual(Math.max(bar.open, bar.close));
        expect(bar.lots).toBeGreaterThan(0);
        expect(bar.n).toBeGreaterThan(0);
        expect(bar.buyLots).toBeGreaterThanOrEqual(0);
        expect(bar.buyLots).toBeLessThanOrEqual(bar.lots);
        if (i > 0) expect(bar.open).toBe(bars[i - 1].close);
      });
    }
  });

  it('folds exactly: seconds into minutes, minutes into hours, hours into days', () => {
    const day = TODAY - 40 * DAY;
    const hours = run(history, day, HOUR, 24);
    expect(exact(foldAll(hours))).toEqual(exact(history.fold(day, day + DAY)));
    const minutes = run(history, day + 7 * HOUR, MINUTE, 60);
    expect(exact(foldAll(minutes))).toEqual(exact(hours[7]));
    for (const minute of [0, 13, 59]) {
      const seconds = run(history, minutes[minute].t, SECOND, 60);
      expect(exact(foldAll(seconds))).toEqual(exact(minutes[minute]));
    }
  });
});

describe('history', () => {
  it('is the same for the same seed in whatever order it is read, and another for another seed', () => {
    const far = TODAY - 9000 * DAY;
    const first = makeHistory('BTC-USD');
    const late = first.fold(TODAY - MINUTE, TODAY);
    const early = first.fold(far, far + MINUTE);
    const second = makeHistory('BTC-USD');
    expect(second.fold(far, far + MINUTE)).toEqual(early);
    run(second, TODAY - 300 * HOUR, HOUR, 300);
    expect(second.fold(TODAY - MINUTE, TODAY)).toEqual(late);
    expect(makeHistory('BTC-USD', 6).fold(TODAY - MINUTE, TODAY)).not.toEqual(late);
  });

  it('stays within reach of the anchor over fifty years', () => {
    for (const { symbol, anchorTicks } of demoInstruments) {
      const history = makeHistory(symbol);
      for (let day = 0; day < 20_000; day += 17) {
        const { close } = history.fold(day * DAY, (day + 1) * DAY);
        expect(close).toBeGreaterThan(anchorTicks / 4);
        expect(close).toBeLessThan(anchorTicks * 4);
      }
    }
  });
});

describe('candles of a market', () => {
  const opening = TODAY + 9 * HOUR + 17 * MINUTE + 23 * SECOND;
  const history = makeHistory('ETH-USD');
  const lastClose = history.priceAt(opening);

  function traded() {
    const candles = createCandles(history, opening);
    const trades: { time: number; ticks: number; lots: number; buys: boolean; id: number }[] = [];
    let now = opening;
    for (let i = 0; i < 900; i++) {
      // Some seconds and one whole minute stay without a trade.
      now += i === 500 ? 150_000 : (i * 7919) % 1300;
      trades.push({
        time: now,
        ticks: lastClose + ((i * 31) % 17) - 8,
        lots: 1 + (i % 5),
        buys: i % 3 === 0,
        id: 900 + i,
      });
    }
    for (const t of trades) candles.add(t.time, t.ticks, t.lots, t.buys, t.id);
    return { candles, trades, now };
  }

  it('are the made-up part of the bucket and the trades since, neither lost nor counted twice', () => {
    const { candles, trades, now } = traded();
    for (const interval of INTERVALS) {
      for (let start = bucketStart(interval, opening); start <= now; start = moveBucket(interval, start, 1)) {
        const end = moveBucket(interval, start, 1);
        const inside = trades.filter((t) => t.time >= start && t.time < end);
        const past = start < opening ? history.fold(start, Math.min(end, opening)) : null;
        const bar = candles.bar(interval, start, now);
        const prices = inside.map((t) => t.ticks);
        expect(bar?.lots).toBe(inside.reduce((sum, t) => sum + t.lots, past?.lots ?? 0));
        expect(bar?.n).toBe(inside.length + (past?.n ?? 0));
        if (past !== null) expect(bar?.open).toBe(past.open);
        else if (inside.length > 0) expect(bar?.open).toBe(prices[0]);
        if (inside.length === 0) continue;
        expect(bar?.close).toBe(prices.at(-1));
        expect(bar?.high).toBe(Math.max(...prices, past?.high ?? 0));
        expect(bar?.low).toBe(Math.min(...prices, past?.low ?? Number.POSITIVE_INFINITY));
        expect(candles.firstTrade(interval, start)).toBe(inside[0].id);
      }
    }
  });

  it('are flat at the last price where nothing traded', () => {
    const { candles, trades, now } = traded();
    const before = trades[499];
    const empty = bucketStart('1m', before.time) + MINUTE;
    expect(candles.bar('1m', empty, now)).toEqual({
      t: empty,
      open: before.ticks,
      high: before.ticks,
      low: before.ticks,
      close: before.ticks,
      lots: 0,
      buyLots: 0,
      notional: 0,
      n: 0,
    });
  });

  it('page backwards without a hole or an overlap, at every interval', () => {
    const { candles, now } = traded();
    for (const interval of INTERVALS) {
      let end = now;
      const starts: number[] = [];
      for (let page = 0; page < 4; page++) {
        const bars = candles.range(interval, null, end, 50, now);
        expect(bars.length).toBe(50);
        starts.unshift(...bars.map((bar) => bar.t));
        end = bars[0].t - 1;
      }
      expect(starts.at(-1)).toBe(bucketStart(interval, now));
      for (let i = 1; i < starts.length; i++) expect(starts[i]).toBe(moveBucket(interval, starts[i - 1], 1));
    }
  });

  it('end where time began, and know nothing of the future', () => {
    const { candles, now } = traded();
    expect(candles.range('1M', null, now, 1000, now)[0].t).toBe(0);
    expect(candles.range('1d', null, -1, 10, now)).toEqual([]);
    expect(candles.range('1h', now + HOUR, now + DAY, 10, now)).toEqual([]);
    expect(candles.range('1m', now - 10 * MINUTE, now + DAY, 1000, now)).toHaveLength(10);
    expect(candles.range('7m', null, now, 10, now)).toEqual([]);
  });

  it('forget seconds older than a day, and keep the minutes', () => {
    const candles = createCandles(history, opening);
    for (let i = 0; i < 120_000; i++) candles.add(opening + i * SECOND, lastClose + (i % 3), 1, true, i);
    const now = opening + 119_999 * SECOND;
    expect(candles.bar('1s', opening, now)).toBeNull();
    expect(candles.bar('1s', now, now)?.n).toBe(1);
    expect(candles.range('1s', null, now, 500, now)).toHaveLength(500);
    expect(candles.bar('1m', bucketStart('1m', opening) + MINUTE, now)?.n).toBe(60);
    expect(candles.window(bucketStart('1m', opening), now).n).toBe(
      120_000 + history.fold(bucketStart('1m', opening), opening).n,
    );
  });
});

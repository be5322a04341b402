import { describe, expect, it } from 'vitest';
import { type Candle, candleAt, candleCount } from '@/market/candle.ts';
import { bucketStart, type Interval } from '@/market/time.ts';
import { CandleBuilder, foldHistory, packHistory } from './candles.ts';
import { seededChance } from './clock.ts';
import { Tape } from './tape.ts';
import { TradeLedger } from './trade-ledger.ts';
import type { CandleEvent, HistoryCandle, TradeEvent } from './venues/venue.ts';

const GRID = { priceDecimals: 0, lotDecimals: 0, epoch: 0 };
const MINUTE = 60_000;
/** A Monday, and the first of a month, at midnight. */
const T0 = Date.UTC(2024, 3, 1);

function desk(interval: Interval = '1m', hasHistory = true) {
  const ledger = new TradeLedger('consecutive');
  const tape = new Tape();
  const builder = new CandleBuilder(interval, hasHistory, tape, ledger);
  const held = new Map<number, Candle>();
  const trade = (id: number, time: number, ticks: number, lots = 1, more: Partial<TradeEvent> = {}): void => {
    const event: TradeEvent = {
      id,
      firstId: id,
      ticks,
      lots,
      wideLots: 0n,
      aggressor: 1,
      time: T0 + time,
      eventTime: T0 + time,
      aggregated: false,
      idText: '',
      initial: false,
      ...more,
    };
    const before = ledger.lost;
    const outcome = ledger.take(event, false);
    if (ledger.lost > before)
      builder.lost(ledger.holes[ledger.holes.length - 1].since, ledger.holes[ledger.holes.length - 1].until);
    if (outcome !== 'new' && outcome !== 'late') return;
    tape.add(event);
    builder.trade(event, outcome === 'late');
  };
  const bars = (): Candle[] => {
    const frame = builder.takeFrame(0);
    if (frame?.reset) held.clear();
    for (let i = 0; frame && i < candleCount(frame.candles); i++) {
      const candle = candleAt(frame.candles, i);
      held.set(candle.t, candle);
    }
    return [...held.values()].sort((a, b) => a.t - b.t);
  };
  return { ledger, tape, builder, trade, bars };
}
const row = (time: number, price: number, v: number, n = 1): HistoryCandle => ({
  t: T0 + time,
  o: String(price),
  h: String(price),
  l: String(price),
  c: String(price),
  v: String(v),
  n,
});
const kline = (time: number, more: Partial<CandleEvent> = {}): CandleEvent => ({
  interval: '1m',
  t: T0 + time,
  o: 10,
  h: 12,
  l: 9,
  c: 11,
  v: 50,
  n: 5,
  firstId: 96,
  lastId: 100,
  closed: false,
  eventTime: T0 + time,
  ...more,
});

describe('candles from trades alone', () => {
  it('open, reach and close as the trades do', () => {
    const { trade, bars } = desk('1m', false);
    trade(1, 0, 10, 2);
    trade(2, 10, 14, 3);
    trade(3, 20, 9, 4);
    trade(4, 59_999, 11, 5);
    expect(bars()).toEqual([{ t: T0, o: 10, h: 14, l: 9, c: 11, v: 14, n: 4, partial: true }]);
  });

  it('begin partial, and the next is whole when nothing is missing between', () => {
    const { trade, bars } = desk('1m', false);
    trade(1, 30_000, 10);
    trade(2, MINUTE, 11);
    expect(bars().map((bar) => bar.partial)).toEqual([true, false]);
  });

  it('stand flat at the last close where nothing traded', () => {
    const { trade, bars } = desk('1m', false);
    trade(1, 30_000, 10);
    trade(2, 3 * MINUTE, 11);
    expect(bars().map(({ t, o, c, v, n }) => [(t - T0) / MINUTE, o, c, v, n])).toEqual([
      [0, 10, 10, 1, 1],
      [1, 10, 10, 0, 0],
      [2, 10, 10, 0, 0],
      [3, 11, 11, 1, 1],
    ]);
  });

  it('[F39] leave nothing where trades were lost, and say that both neighbours are partial', () => {
    const { trade, bars } = desk('1m', false);
    trade(1, 0, 10);
    trade(2, MINUTE, 11);
    trade(7, 4 * MINUTE, 12);
    expect(bars().map(({ t, partial }) => [(t - T0) / MINUTE, partial])).toEqual([
      [0, true],
      [1, true],
      [4, true],
    ]);
  });

  it('[F38] are whole again when what was lost has come, but not one that began before we listened', () => {
    const { trade, bars, builder } = desk('1m', false);
    trade(1, 30_000, 10);
    trade(2, MINUTE, 11);
    trade(5, MINUTE + 3_000, 12);
    trade(3, MINUTE + 1_000, 30);
    trade(4, MINUTE + 2_000, 5);
    builder.repaired(T0, T0 + 2 * MINUTE);
    expect(bars()).toMatchObject([{ partial: true }, { partial: false, o: 11, h: 30, l: 5, c: 12, n: 4 }]);
  });

  it('take a late trade into the bucket it belongs to, without moving the close', () => {
    const { trade, bars } = desk('1m', false);
    trade(1, 0, 10);
    trade(3, MINUTE + 1, 20);
    trade(2, 59_000, 15);
    expect(bars()[0]).toMatchObject({ h: 15, c: 15, n: 2 });
    expect(bars()[1]).toMatchObject({ o: 20, c: 20, n: 1 });
  });

  it('open a week on Monday and a month on its first day', () => {
    for (const [interval, dates] of [
      ['1w', ['2024-03-31T23:59:59Z', '2024-04-01T00:00:00Z', '2024-04-07T23:59:59Z', '2024-04-08T00:00:00Z']],
      ['1M', ['2024-03-31T23:59:59Z', '2024-04-01T00:00:00Z', '2024-04-30T23:59:59Z', '2024-05-01T00:00:00Z']],
    ] as const) {
      const { trade, bars } = desk(interval, false);
      for (const [i, date] of dates.entries()) trade(i + 1, Date.parse(date) - T0, 10);
      expect(bars().map((bar) => bar.n)).toEqual([1, 2, 1]);
    }
  });

  it('count in finer units after the grid got finer', () => {
    const { trade, bars, builder } = desk('1m', false);
    trade(1, 0, 10, 3);
    builder.rescale(1, 2);
    builder.resend();
    expect(bars()[0]).toMatchObject({ o: 100, v: 300 });
  });
});

describe('[F41] joining the venue’s own bars', () => {
  it('history and the running bar meet without a hole and without anything twice', () => {
    const { trade, bars, builder } = desk();
    builder.join([row(-2 * MINUTE, 8, 5), row(-MINUTE, 9, 6), row(0, 10, 7)], GRID);
    expect(bars().map((bar) => bar.partial)).toEqual([false, false, true]);
    trade(99, 20_000, 10);
    trade(100, 21_000, 11);
    builder.venueCandle(kline(0));
    trade(101, 22_000, 13, 4);
    expect(bars()[2]).toEqual({ t: T0, o: 10, h: 13, l: 9, c: 13, v: 54, n: 6, partial: false });
  });

  it('a running bar of ours is not put back to what history saw of it', () => {
    const { trade, bars, builder } = desk();
    trade(1, -1, 10);
    trade(2, 5, 20, 3);
    trade(3, 6, 21, 4);
    builder.join([row(-MINUTE, 9, 6), row(0, 20, 3)], GRID);
    expect(bars()[1]).toMatchObject({ c: 21, v: 7, n: 2, partial: false });
  });

  it('the newest row of history runs still, whatever our clock says', () => {
    const { bars, builder, trade } = desk();
    builder.join([row(-MINUTE, 9, 6), row(0, 10, 7)], GRID);
    trade(5, MINUTE + 1, 12);
    builder.join([row(-MINUTE, 9, 6), row(0, 10, 77, 9), row(MINUTE, 12, 1)], GRID);
    expect(bars().map(({ v, partial }) => [v, partial])).toEqual([
      [6, false],
      [77, false],
      [1, true],
    ]);
  });

  it('trades after the venue’s last id are added, those up to it are in already', () => {
    const { trade, bars, builder } = desk();
    builder.venueCandle(kline(0));
    trade(99, 20_000, 500);
    trade(100, 20_500, 500);
    trade(101, 21_000, 8, 2);
    expect(bars()).toEqual([{ t: T0, o: 10, h: 12, l: 8, c: 8, v: 52, n: 6, partial: false }]);
  });

  it('an aggregate that reaches over the venue’s bar moves its price and leaves its size to the venue', () => {
    const { builder, trade, bars } = desk();
    builder.venueCandle(kline(0));
    trade(102, 1_000, 13, 7, { firstId: 100, aggregated: true });
    expect(bars()).toMatchObject([{ h: 13, c: 13, v: 50, n: 5, partial: true }]);
    builder.venueCandle(kline(0, { lastId: 102, c: 13, h: 13, v: 54, n: 7 }));
    expect(bars()).toMatchObject([{ c: 13, v: 54, n: 7, partial: false }]);
  });

  it('an aggregate that reaches over it is counted whole where every trade of the bucket is ours', () => {
    const { builder, trade, bars } = desk();
    trade(95, -1_000, 10, 1, { aggregated: true });
    trade(99, 1_000, 10, 40, { firstId: 96, aggregated: true });
    builder.venueCandle(kline(0));
    trade(101, 2_000, 9, 14, { firstId: 100, aggregated: true });
    expect(bars().at(-1)).toMatchObject({ o: 10, c: 9, v: 54, n: 6, partial: false });
  });

  it('a bar begun in the middle is made whole by an older word of the venue and the tape', () => {
    const { trade, bars, builder } = desk();
    for (const id of [99, 100, 101, 102]) trade(id, 20_000 + id, 15);
    expect(bars()[0].partial).toBe(true);
    builder.venueCandle(kline(0));
    expect(bars()).toEqual([{ t: T0, o: 10, h: 15, l: 9, c: 15, v: 52, n: 7, partial: false }]);
  });

  it('the tape must reach back to the venue’s last id for that', () => {
    const { trade, bars, builder } = desk();
    trade(105, 20_000, 15);
    builder.venueCandle(kline(0));
    expect(bars()[0]).toMatchObject({ v: 1, partial: true });
  });

  it('a word of the venue that is older than a whole bar changes nothing', () => {
    const { trade, bars, builder } = desk();
    trade(1, -1, 10);
    trade(2, 0, 10);
    trade(3, 1, 12);
    builder.venueCandle(kline(0, { firstId: 2, lastId: 2, o: 10, h: 10, l: 10, c: 10, v: 1, n: 1 }));
    expect(bars()[1]).toMatchObject({ c: 12, n: 2, partial: false });
  });

  it('the venue’s finished bar wins, a difference is counted, and trades after it do not touch it', () => {
    const { trade, bars, builder } = desk();
    trade(1, -1, 10);
    trade(2, 0, 10);
    builder.venueCandle(kline(0, { closed: true, firstId: 2, lastId: 2 }));
    trade(3, 30_000, 99);
    expect(bars()[1]).toMatchObject({ h: 12, v: 50, partial: false });
    expect(builder.differences).toBe(1);
    builder.venueCandle(kline(0, { v: 1 }));
    expect(bars()[1]).toMatchObject({ v: 50 });
  });

  it('a finished bar that says what ours says is no difference', () => {
    const { trade, builder } = desk();
    trade(1, -1, 10);
    trade(2, 0, 10, 7);
    builder.venueCandle(kline(0, { closed: true, firstId: 2, lastId: 2, o: 10, h: 10, l: 10, c: 10, v: 7, n: 1 }));
    expect(builder.differences).toBe(0);
  });

  it('a bucket in which nothing traded begins with its first trade', () => {
    const { trade, bars, builder } = desk();
    builder.venueCandle(kline(0, { firstId: -1, lastId: -1, o: 10, h: 10, l: 10, c: 10, v: 0, n: 0 }));
    trade(7, 5, 33, 2);
    expect(bars()[0]).toMatchObject({ o: 33, h: 33, l: 33, c: 33, v: 2, n: 1 });
  });

  it('a running bar is partial while trades above its last id are lost', () => {
    const { trade, bars, builder } = desk();
    trade(98, 1_000, 10);
    trade(110, MINUTE + 1, 12);
    builder.venueCandle(kline(0));
    expect(bars()[0]).toMatchObject({ v: 50, partial: true });
    builder.venueCandle(kline(0, { closed: true, lastId: 109 }));
    expect(bars()[0]).toMatchObject({ partial: false });
  });

  it('says which finished bar is not whole yet', () => {
    const { trade, builder } = desk();
    builder.join([row(-MINUTE, 9, 6), row(0, 10, 7)], GRID);
    trade(5, MINUTE + 1, 12);
    expect(builder.oldestUnfinished(T0 + 30_000)).toBeNull();
    expect(builder.oldestUnfinished(T0 + MINUTE)).toBe(T0);
    builder.venueCandle(kline(0, { closed: true }));
    expect(builder.oldestUnfinished(T0 + MINUTE)).toBeNull();
  });

  it('never draws a row of history that cannot be', () => {
    const { bars, builder } = desk();
    builder.join([{ ...row(-MINUTE, 9, 6), l: '10' }, row(0, 10, 7)], GRID);
    expect(bars().length).toBe(1);
    expect(candleCount(packHistory([{ ...row(0, 9, 6), h: '8' }], GRID))).toBe(0);
  });
});

describe('intervals that the venue lacks', () => {
  const seconds = (from: number, count: number): HistoryCandle[] =>
    Array.from({ length: count }, (_, i) => row((from + i) * 1_000, 10 + ((from + i) % 7), from + i + 1));

  it('are folded from a divisor: first open, highest, lowest, last close, summed volume', () => {
    const [one, two] = foldHistory(seconds(0, 10), '5s');
    expect(one).toMatchObject({ t: T0, o: '10', h: '14', l: '10', c: '14', n: 5 });
    expect(Number(one.v)).toBe(15);
    expect(two).toMatchObject({ t: T0 + 5_000, o: '15', h: '16', l: '10', c: '12' });
    expect(Number(two.v)).toBe(40);
  });

  it('leave out a first bar whose beginning is not in the rows', () => {
    expect(foldHistory(seconds(3, 12), '5s').map((bar) => (bar.t - T0) / 1_000)).toEqual([5, 10]);
  });

  it('add sizes exactly', () => {
    const rows = [
      { ...row(0, 1, 1), v: '0.1' },
      { ...row(1_000, 1, 1), v: '0.2' },
      { ...row(2_000, 1, 1), v: '123456789012.00000001' },
    ];
    expect(foldHistory(rows, '5s')[0].v.replace(/0+$/, '')).toBe('123456789012.30000001');
  });
});

describe('against the simplest candles there can be', () => {
  it('late and repeated trades in any order within reason give the same bars', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const chance = seededChance(seed);
      const all = Array.from({ length: 60 }, (_, i) => ({
        id: i + 1,
        time: i * 4_000,
        ticks: 90 + Math.floor(chance() * 20),
        lots: 1 + Math.floor(chance() * 9),
      }));
      const arrivals = [...all, ...all.filter(() => chance() < 0.2)]
        .map((one) => ({ ...one, at: one.id === 1 ? -1 : one.id + Math.floor(chance() * 6) }))
        .sort((a, b) => a.at - b.at);
      const { trade, bars } = desk('1m', false);
      for (const { id, time, ticks, lots } of arrivals) trade(id, time, ticks, lots);
      const expected = [0, 1, 2, 3].map((minute) => {
        const inside = all.filter((one) => bucketStart(T0 + one.time, '1m') === T0 + minute * MINUTE);
        return {
          t: T0 + minute * MINUTE,
          o: inside[0].ticks,
          h: Math.max(...inside.map((one) => one.ticks)),
          l: Math.min(...inside.map((one) => one.ticks)),
          c: inside[inside.length - 1].ticks,
          v: inside.reduce((sum, one) => sum + one.lots, 0),
          n: inside.length,
        };
      });
      expect(
        bars().map(({ partial, ...bar }) => bar),
        `seed ${seed}`,
      ).toEqual(expected);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { type Candle, candleAt, candleCount } from '@/market/candle.ts';
import { CandleBuilder } from './candles.ts';
import { Tape } from './tape.ts';
import { TradeLedger } from './trade-ledger.ts';
import type { CandleEvent, HistoryCandle, TradeEvent } from './venues/venue.ts';

const GRID = { priceDecimals: 0, lotDecimals: 0, epoch: 0 };
const MINUTE = 60_000;
const T0 = Date.UTC(2024, 3, 1);

/** A series of a venue whose running bars name no trade. */
function desk() {
  const ledger = new TradeLedger('increasing');
  const tape = new Tape();
  const builder = new CandleBuilder('1m', true, tape, ledger, false);
  const held = new Map<number, Candle>();
  let id = 0;
  const trade = (time: number, ticks: number, lots = 1, numbered = ++id): void => {
    id = Math.max(id, numbered);
    const event: TradeEvent = {
      id: numbered,
      firstId: numbered,
      ticks,
      lots,
      wideLots: 0n,
      aggressor: 1,
      time: T0 + time,
      eventTime: T0 + time,
      aggregated: false,
      idText: '',
      initial: false,
    };
    ledger.take(event, false);
    tape.add(event);
    builder.trade(event, false);
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
  return { builder, trade, bars };
}

const stated = (time: number, v: number, more: Partial<CandleEvent> = {}): CandleEvent => ({
  interval: '1m',
  t: T0 + time,
  o: 10,
  h: 12,
  l: 9,
  c: 11,
  v,
  n: 0,
  firstId: -1,
  lastId: -1,
  closed: false,
  eventTime: T0 + time,
  ...more,
});
const row = (time: number, v: number): HistoryCandle => ({
  t: T0 + time,
  o: '10',
  h: '12',
  l: '9',
  c: '11',
  v: String(v),
  n: 3,
});

describe('[F41] running bars that name no trade', () => {
  it('stand in for a bar we came too late for, and say that it is partial', () => {
    const { builder, trade, bars } = desk();
    trade(30_000, 11, 2);
    builder.venueCandle(stated(0, 50));
    expect(bars()).toMatchObject([{ v: 50, h: 12, l: 9, partial: true }]);
  });

  it('hold the trades up to now: one that comes after moves the price, and its size waits for the next', () => {
    const { builder, trade, bars } = desk();
    builder.venueCandle(stated(0, 50));
    trade(31_000, 20, 3);
    expect(bars()).toMatchObject([{ v: 50, h: 20, c: 20, partial: true }]);
    builder.venueCandle(stated(0, 53, { h: 20, c: 20 }));
    expect(bars()).toMatchObject([{ v: 53, h: 20, partial: true }]);
  });

  it('change nothing of a bar that is whole by our own trades', () => {
    const { builder, trade, bars } = desk();
    trade(59_000, 10);
    builder.venueCandle(stated(0, 40));
    trade(60_001, 11, 2);
    builder.venueCandle(stated(MINUTE, 1));
    const whole = bars().find(({ t }) => t === T0 + MINUTE);
    if (whole?.partial === false) expect(whole.v).toBe(2);
    else expect(whole).toMatchObject({ v: 1, partial: true });
  });

  it('[F38] keep their close when older trades are fetched later, and are not called whole for that', () => {
    const { builder, trade, bars } = desk();
    trade(-1_000, 10, 1, 1);
    trade(30_000, 11, 2, 5);
    builder.lost(T0, T0 + 30_000);
    builder.venueCandle(stated(0, 50));
    trade(20_000, 99, 3, 3);
    builder.repaired(T0, T0 + 30_000);
    expect(bars().at(-1)).toMatchObject({ c: 11, h: 12, v: 50, partial: true });
    trade(31_000, 13, 1, 6);
    expect(bars().at(-1)).toMatchObject({ c: 13, h: 13, v: 50, partial: true });
  });

  it('are not taken for finished when the stream broke before the next', () => {
    const { builder, trade, bars } = desk();
    trade(30_000, 11, 2);
    builder.venueCandle(stated(0, 50));
    builder.broken();
    builder.venueCandle(stated(MINUTE, 4));
    expect(bars()).toMatchObject([
      { v: 50, partial: true },
      { v: 4, partial: true },
    ]);
  });

  it('are finished by the first of the next minute, and then whole', () => {
    const { builder, trade, bars } = desk();
    trade(30_000, 11, 2);
    builder.venueCandle(stated(0, 50));
    builder.venueCandle(stated(MINUTE, 4));
    expect(bars()).toMatchObject([
      { v: 50, partial: false },
      { v: 4, partial: true },
    ]);
    trade(59_999, 99, 7);
    expect(bars()[0]).toMatchObject({ v: 50, h: 12 });
  });

  it('that say that they are finished are whole at once', () => {
    const { builder, bars } = desk();
    builder.venueCandle(stated(0, 50, { closed: true }));
    builder.venueCandle(stated(0, 1));
    expect(bars()).toMatchObject([{ v: 50, partial: false }]);
  });

  it('that come again for an older minute do not take a finished one back', () => {
    const { builder, bars } = desk();
    builder.venueCandle(stated(0, 50));
    builder.venueCandle(stated(MINUTE, 4));
    builder.venueCandle(stated(0, 7));
    expect(bars()[0]).toMatchObject({ v: 50, partial: false });
  });

  it('join a history pushed before them, whose newest row is a beginning', () => {
    const { builder, bars } = desk();
    builder.join([row(-MINUTE, 5), row(0, 6)], GRID);
    expect(bars()).toMatchObject([{ partial: false }, { v: 6, partial: true }]);
    builder.venueCandle(stated(0, 9));
    builder.venueCandle(stated(MINUTE, 1));
    expect(bars()).toMatchObject([{ v: 5 }, { v: 9, partial: false }, { v: 1, partial: true }]);
  });

  it('[F29] count on the finer grid too, when the next finishes them', () => {
    const { builder, bars } = desk();
    builder.venueCandle(stated(0, 50));
    builder.rescale(1, 2);
    builder.venueCandle(stated(MINUTE, 400, { o: 100, h: 120, l: 90, c: 110 }));
    expect(bars()[0]).toMatchObject({ o: 100, h: 120, v: 5_000, partial: false });
  });

  it('[F38] [F39] of a minute in which something may be lost are partial until the venue states its bar', () => {
    const { builder, trade, bars } = desk();
    builder.venueCandle(stated(0, 5, { closed: true }));
    trade(60_001, 10);
    builder.lost(T0 + 70_000, T0 + 80_000);
    trade(2 * MINUTE + 1, 11);
    expect(bars().map(({ partial }) => partial)).toEqual([false, true, false]);
    builder.join([row(0, 5), row(MINUTE, 44), row(2 * MINUTE, 1)], GRID);
    expect(bars()[1]).toMatchObject({ v: 44, partial: false });
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import type { BookColumns } from '@/market/book.ts';
import { candleAt, packCandles } from '@/market/candle.ts';
import type { ChannelStatus } from '@/market/feed-state.ts';
import type { InstrumentId, InstrumentInfo } from '@/market/instrument.ts';
import type { BookFrame, Frame, InstrumentFrame, PrintFrame, TickerFrame } from '@/protocol/frame.ts';
import { applyBackfill, applyFrame, beginWorker, marketStore, recordOf, retainInstruments } from './market-store.ts';

const ID: InstrumentId = 'demo:ACME';

const status: ChannelStatus = {
  state: 'live',
  since: 1,
  lastAt: 2,
  lagMs: 0,
  proof: 'sequence',
  provenAt: 3,
  fault: null,
  attempt: 0,
  retryAt: 9,
};
const info = (priceDecimals: number, lotDecimals: number, epoch: number): InstrumentInfo => ({
  id: ID,
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
  grid: { priceDecimals, lotDecimals, epoch },
  simulated: true,
  local: false,
});
const columns: BookColumns = {
  bidTicks: Float64Array.of(100, 99),
  bidLots: Float64Array.of(5, -1),
  askTicks: Float64Array.of(101),
  askLots: Float64Array.of(Number.MAX_SAFE_INTEGER),
  wideBids: [[1, '9007199254740993']],
  wideAsks: [],
};
const book: BookFrame = {
  sequence: '1',
  checksum: '',
  epoch: 0,
  top: columns,
  rows: columns,
  step: 1,
  coverage: { bidFrom: 90, askTo: 110, window: [80, 120], bidHorizon: 0, askHorizon: Number.POSITIVE_INFINITY },
  bidLevels: 2,
  askLevels: 1,
};
const ticker: TickerFrame = {
  epoch: 0,
  lastTicks: null,
  changeTicks: -3,
  changeBasisPoints: 1,
  highTicks: 101,
  lowTicks: null,
  volume: 7,
  quoteVolume: '1.5',
  markTicks: null,
  fundingRate: null,
  nextFundingAt: null,
};
const prints = (first: number, ...ticks: number[]): PrintFrame => ({
  epoch: 0,
  first,
  elided: 0,
  prints: {
    ids: Float64Array.from(ticks, (_, i) => first + i),
    idTexts: null,
    ticks: Float64Array.from(ticks),
    lots: Float64Array.from(ticks, () => 1),
    times: Float64Array.from(ticks, () => 0),
    aggressors: new Uint8Array(ticks.length),
    wide: [],
  },
});
const candle = (t: number) => ({ t, o: 100, h: 101, l: 99, c: 100, v: 5, n: 1, partial: false });
const part = (change: Partial<InstrumentFrame> = {}): InstrumentFrame => ({
  id: ID,
  status: { book: status, trades: status, candles: status, ticker: status },
  counters: {
    messages: 0,
    bytes: 0,
    rejected: 0,
    offGrid: 0,
    gaps: 0,
    resyncs: 0,
    reconnects: 0,
    checksums: 0,
    checksumFailures: 0,
    quotesAgreed: 0,
    quotesCompared: 0,
    diffs: 0,
    candleDifferences: 0,
  },
  trades: { received: 0, duplicates: 0, missing: 0, buyVolume: 0, sellVolume: 0 },
  lastTrade: null,
  ...change,
});
let seq = 0;
const apply = (...instruments: InstrumentFrame[]): void => {
  const frame: Frame = { kind: 'frame', seq: ++seq, oldestArrival: 0, messages: 0, instruments };
  applyFrame(frame);
};
const record = () => {
  const found = recordOf(ID);
  if (!found) throw new Error('nothing is known');
  return found;
};
const everything = () =>
  part({
    info: info(2, 0, 0),
    book,
    ticker,
    prints: prints(0, 100, 101),
    candles: [{ interval: '1m', epoch: 0, reset: true, history: 'joined', candles: packCandles([candle(0)]) }],
  });

beforeEach(() => {
  marketStore.setState(marketStore.getInitialState());
});

describe('a frame', () => {
  test('replaces only what it brings, so that identity tells what changed', () => {
    apply(everything());
    const before = record();
    apply(part());
    const after = record();
    expect(after).not.toBe(before);
    for (const key of ['info', 'book', 'prints', 'candles', 'ticker', 'gaps'] as const)
      expect(after[key]).toBe(before[key]);
  });

  test('wraps the prints and series it wrote to anew', () => {
    apply(everything());
    const before = record();
    apply(
      part({
        prints: prints(2, 102),
        candles: [
          { interval: '1m', epoch: 0, reset: false, history: 'joined', candles: packCandles([candle(60_000)]) },
        ],
      }),
    );
    expect(record().prints).not.toBe(before.prints);
    expect(record().prints.log).toBe(before.prints.log);
    expect(record().candles['1m']?.series.count).toBe(2);
  });
});

describe('a finer grid', () => {
  test('multiplies everything that is held and was not sent anew, exactly', () => {
    apply(everything());
    apply(part({ info: info(4, 1, 1) }));
    const { book: held, ticker: figures, prints: log, candles } = record();
    expect(held).toMatchObject({
      epoch: 1,
      step: 100,
      coverage: { bidFrom: 9000, askTo: 11_000, window: [8000, 12_000] },
    });
    expect(held?.coverage.askHorizon).toBe(Number.POSITIVE_INFINITY);
    expect([...(held?.top.bidTicks ?? [])]).toEqual([10_000, 9900]);
    expect([...(held?.top.bidLots ?? [])]).toEqual([50, -1]);
    expect(held?.top.wideBids).toEqual([[1, '90071992547409930']]);
    expect([...(held?.top.askLots ?? [])]).toEqual([-1]);
    expect(held?.top.wideAsks).toEqual([[0, '90071992547409910']]);
    expect(figures).toMatchObject({ epoch: 1, changeTicks: -300, highTicks: 10_100, lowTicks: null, volume: 70 });
    expect(log.log.ticksOf(1)).toBe(10_100);
    expect(candles['1m']?.series.at(0)).toMatchObject({ o: 10_000, v: 50 });
  });

  test('leaves what a panel already holds as it was', () => {
    apply(everything());
    const held = record().book;
    apply(part({ info: info(4, 1, 1) }));
    expect([...(held?.top.bidTicks ?? [])]).toEqual([100, 99]);
  });

  test('does not touch a book that came with it', () => {
    apply(everything());
    const finer = { ...book, epoch: 1 };
    apply(part({ info: info(4, 1, 1), book: finer }));
    expect(record().book).toBe(finer);
  });
});

describe('a new worker', () => {
  test('leaves the last pictures on screen, marked, until it has spoken', () => {
    apply(everything());
    beginWorker(50);
    const { status: now, book: held, prints: log } = record();
    expect(held).toBe(book);
    expect(log.log.next).toBe(2);
    for (const channel of Object.values(now))
      expect(channel).toMatchObject({ state: 'resyncing', since: 50, retryAt: 0, fault: { kind: 'worker-stopped' } });
  });

  test('counts its prints from the beginning: they never mix with those of its predecessor', () => {
    apply(everything());
    const old = record().prints.log;
    beginWorker(50);
    apply(part({ info: info(2, 0, 0), prints: prints(0, 77) }));
    const { log } = record().prints;
    expect(log).not.toBe(old);
    expect(log.next).toBe(1);
    expect(log.ticksOf(0)).toBe(77);
    expect(log.has(1)).toBe(false);
    apply(part({ prints: prints(1, 78) }));
    expect(record().prints.log).toBe(log);
    expect(log.next).toBe(2);
  });

  test('that has not described the instrument yet goes on from the last pictures', () => {
    apply(everything());
    apply(part({ info: info(4, 1, 1) }));
    const held = record();
    beginWorker(50);
    apply(part({ prints: prints(0, 77) }));
    expect(record()).toMatchObject({ isCarried: true, info: held.info });
    expect(record().book).toBe(held.book);
    const { log } = record().prints;
    apply(part({ info: info(2, 0, 0), prints: prints(1, 78) }));
    expect(record()).toMatchObject({ isCarried: false, book: null, ticker: null, candles: {} });
    expect(record().prints.log).toBe(log);
    expect(log.ticksOf(0)).toBe(77);
  });

  test('on a coarser grid starts with nothing rather than with wrong numbers', () => {
    apply(everything());
    apply(part({ info: info(4, 1, 1) }));
    beginWorker(50);
    apply(part({ info: info(2, 0, 0) }));
    expect(record()).toMatchObject({ book: null, ticker: null, candles: {} });
  });
});

test('an older page goes in front of its series, and one of another grid is dropped', () => {
  apply(everything());
  const page = (epoch: number, t: number) => ({
    kind: 'backfilled' as const,
    id: 1,
    instrument: ID,
    interval: '1m' as const,
    epoch,
    candles: packCandles([candle(t)]),
    atStart: false,
  });
  applyBackfill(page(5, -60_000));
  expect(record().candles['1m']?.series.count).toBe(1);
  const before = record().candles['1m'];
  applyBackfill(page(0, -60_000));
  expect(record().candles['1m']).not.toBe(before);
  expect(record().candles['1m']?.series.timeAt(0)).toBe(-60_000);
  expect(candleAt(packCandles([candle(1)]), 0).t).toBe(1);
});

test('an instrument that nobody wants is forgotten', () => {
  apply(everything());
  retainInstruments(new Set([ID]));
  expect(recordOf(ID)).toBeDefined();
  retainInstruments(new Set());
  expect(recordOf(ID)).toBeUndefined();
});

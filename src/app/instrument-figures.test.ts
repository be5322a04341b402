import { describe, expect, test } from 'vitest';
import type { ChannelStatus } from '@/market/feed-state.ts';
import type { InstrumentInfo } from '@/market/instrument.ts';
import type { TickerFrame } from '@/protocol/frame.ts';
import type { InstrumentRecord } from '@/store/market-store.ts';
import { PrintLog } from '@/store/print-log.ts';
import { describeInstrument, figuresOf, lastPrice } from './instrument-figures.ts';
import { bookWords, loadWords, tapeWords } from './status-words.ts';
import { iconOf, titleOf } from './title.ts';

const info: InstrumentInfo = {
  id: 'binance-usdm:BTCUSDT',
  venue: 'binance-usdm',
  symbol: 'BTCUSDT',
  venueName: 'Binance Perp',
  kind: 'perpetual',
  base: 'BTC',
  quote: 'USDT',
  priceStep: '0.10',
  sizeStep: '0.001',
  sizeUnit: 'BTC',
  contract: null,
  grid: { priceDecimals: 2, lotDecimals: 3, epoch: 0 },
  simulated: false,
  local: false,
};
const ticker: TickerFrame = {
  epoch: 0,
  lastTicks: null,
  changeTicks: 115850,
  changeBasisPoints: 184,
  highTicks: 6458800,
  lowTicks: 6271640,
  volume: 148_200_000,
  quoteVolume: '9430000000.123456789',
  markTicks: 6411870,
  fundingRate: '0.00010000',
  nextFundingAt: 7_068_000,
};
const status: ChannelStatus = {
  state: 'live',
  since: 0,
  lastAt: 0,
  lagMs: 0,
  proof: 'sequence',
  provenAt: 0,
  fault: null,
  attempt: 0,
  retryAt: 0,
};
const record = (change: Partial<InstrumentRecord> = {}): InstrumentRecord => ({
  id: info.id,
  info,
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
    quotesAgreed: 48210,
    quotesCompared: 48210,
    diffs: 1_204_551,
    candleDifferences: 0,
  },
  trades: { received: 48213, duplicates: 0, missing: 0, buyVolume: 0, sellVolume: 0 },
  lastTrade: { id: '1', ticks: 6412050, lots: 1, aggressor: 'buyer', time: 0, direction: 1 },
  book: null,
  prints: { log: new PrintLog() },
  candles: {},
  ticker,
  gaps: [],
  worker: 0,
  isCarried: false,
  ...change,
});

describe('the instrument bar', () => {
  test('says the day as a trader writes it', () => {
    expect(figuresOf(record(), 0)).toEqual({
      change: '+1,158.5',
      changePercent: '+1.84 %',
      sign: 'up',
      high: '64,588.0',
      low: '62,716.4',
      volume: '148.2k',
      quoteVolume: '9.43B',
      mark: '64,118.7',
      funding: '+0.0100 %',
      fundingName: 'Funding in 01:57:48',
    });
  });

  test('writes losses with a true minus sign and no change without a sign', () => {
    const down = figuresOf(
      record({ ticker: { ...ticker, changeTicks: -5, changeBasisPoints: -1, fundingRate: '-0.000025' } }),
      0,
    );
    expect([down.change, down.changePercent, down.sign, down.funding]).toEqual([
      '−0.05',
      '−0.01 %',
      'down',
      '−0.0025 %',
    ]);
    const flat = figuresOf(
      record({ ticker: { ...ticker, changeTicks: 0, changeBasisPoints: 0, fundingRate: '0' } }),
      0,
    );
    expect([flat.change, flat.changePercent, flat.sign, flat.funding]).toEqual(['0.0', '0.00 %', 'flat', '0.0000 %']);
  });

  test('says nothing where the venue has said nothing', () => {
    expect(figuresOf(record({ ticker: null }), 0)).toMatchObject({
      change: '–',
      volume: '–',
      mark: null,
      funding: null,
    });
    expect(figuresOf(undefined, 0)).toMatchObject({ high: '–', low: '–' });
    expect(lastPrice(record({ lastTrade: null }))).toEqual({ text: '–', sign: 'flat' });
    const stated = record({ lastTrade: null, ticker: { ...ticker, lastTicks: 6_185_000 } });
    expect(lastPrice(stated)).toEqual({ text: '61,850.0', sign: 'flat' });
    expect(lastPrice(undefined)).toEqual({ text: '–', sign: 'flat' });
  });

  test('does not count down to a moment that has passed', () => {
    expect(figuresOf(record(), 7_068_000).fundingName).toBe('Funding');
  });

  test('takes sums wider than a double', () => {
    const wide = figuresOf(
      record({ ticker: { ...ticker, volume: '90071992547409930000', quoteVolume: '123456789012345678.5' } }),
      0,
    );
    expect(wide.volume).toBe('90072T');
    expect(wide.quoteVolume).toBe('123457T');
  });

  test('says the kind once', () => {
    expect(describeInstrument(info)).toBe('Perpetual · Binance');
  });
});

describe('the tab', () => {
  test('says the price and its direction while it is live', () => {
    expect(titleOf(info.id, record())).toBe('64,120.5 ▲ BTCUSDT · Depthwire');
    expect(iconOf(info.id, record())).toBe('icon.svg');
  });

  test('never shows a price that is not current', () => {
    const stale = record({ status: { ...record().status, book: { ...status, state: 'stale' } } });
    expect(titleOf(info.id, stale)).toBe('Stale · BTCUSDT · Depthwire');
    expect(iconOf(info.id, stale)).toBe('icon-off.svg');
    expect(titleOf('demo:ACME', undefined)).toBe('Connecting · ACME simulated · Depthwire');
    expect(titleOf(undefined, undefined)).toBe('Depthwire');
  });

  test('marks what is simulated', () => {
    expect(titleOf('demo:ACME', record())).toBe('64,120.5 ▲ ACME simulated · Depthwire');
    expect(iconOf('demo:ACME', record())).toBe('icon-sim.svg');
  });
});

describe('the status strip', () => {
  test('says what book and tape can prove', () => {
    expect(bookWords(record())).toBe('1,204,551 diffs · 0 gaps · best price agrees 48,210 / 48,210');
    expect(tapeWords(record())).toBe('received 48,213 · lost 0');
    const counters = { ...record().counters, diffs: 1, gaps: 1, rejected: 2, quotesCompared: 0 };
    expect(bookWords(record({ counters }))).toBe('1 diff · 1 gap · 2 refused');
    expect(bookWords(undefined)).toBe('nothing yet');
  });

  test('says nothing of a load that was not measured', () => {
    const spread = { p50: 0, p95: 8.14, p99: 0, max: 0, n: 0 };
    expect(loadWords({ health: null, mainThread: spread })).toEqual({ rate: '–', paint: '–', worker: '–', skew: '' });
    const health = {
      kind: 'health',
      at: 0,
      busyPercent: 3.4,
      messagesPerSecond: 1412.2,
      bytesPerSecond: 0,
      sockets: 1,
      clockOffsetMs: null,
    } as const;
    expect(loadWords({ health, mainThread: { ...spread, n: 1 } })).toEqual({
      rate: '1,412',
      paint: '8.1 ms',
      worker: '3 %',
      skew: '',
    });
  });

  test.each([
    [2_340, 'your clock is 2.3 s fast'],
    [-61_000, 'your clock is 61.0 s slow'],
    [1_000, ''],
    [-999, ''],
  ])('[F43] says how wrong our clock is, when it is: %i ms', (clockOffsetMs, said) => {
    const spread = { p50: 0, p95: 8.14, p99: 0, max: 0, n: 0 };
    const load = {
      kind: 'health',
      at: 0,
      busyPercent: 0,
      messagesPerSecond: 0,
      bytesPerSecond: 0,
      sockets: 1,
    } as const;
    expect(loadWords({ health: { ...load, clockOffsetMs }, mainThread: spread }).skew).toBe(said);
  });
});

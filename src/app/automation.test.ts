import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BookColumns } from '@/market/book.ts';
import { packCandles } from '@/market/candle.ts';
import type { ChannelStatus, FeedState } from '@/market/feed-state.ts';
import type { InstrumentId, InstrumentInfo } from '@/market/instrument.ts';
import type { Frame, InstrumentFrame } from '@/protocol/frame.ts';
import { deskStore, setInstruments } from '@/store/desk-store.ts';
import { applyFrame, marketStore } from '@/store/market-store.ts';
import { pageNow } from '@/ui/page-clock.ts';
import { createAutomation, type Depthwire, type Snapshot } from './automation.ts';
import type { LinkStats } from './feed-link.ts';

const ID: InstrumentId = 'binance:BTCUSDT';
const spread = { p50: 1, p95: 2, p99: 3, max: 4, n: 5 };
const stats: LinkStats = {
  received: 7,
  painted: 6,
  messages: 50,
  wireToPixel: spread,
  mainThread: spread,
  toPage: spread,
  toPixel: spread,
  health: null,
};

const status = (state: FeedState, lastAt = pageNow()): ChannelStatus => ({
  state,
  since: lastAt,
  lastAt,
  lagMs: 12,
  proof: 'sequence',
  provenAt: 1234,
  fault: null,
  attempt: 0,
  retryAt: 0,
});
const info: InstrumentInfo = {
  id: ID,
  venue: 'binance',
  symbol: 'BTCUSDT',
  venueName: 'Binance',
  kind: 'spot',
  base: 'BTC',
  quote: 'USDT',
  priceStep: '0.01',
  sizeStep: '0.00001',
  sizeUnit: 'BTC',
  contract: null,
  grid: { priceDecimals: 2, lotDecimals: 5, epoch: 0 },
  simulated: false,
  local: true,
};
const top: BookColumns = {
  bidTicks: Float64Array.of(6412050, 6412000),
  bidLots: Float64Array.of(120000, -1),
  askTicks: Float64Array.of(6412060),
  askLots: Float64Array.of(1),
  wideBids: [[1, '9007199254740993']],
  wideAsks: [],
};
const full = (state: FeedState = 'live'): InstrumentFrame => ({
  id: ID,
  info,
  status: { book: status(state), trades: status('live'), candles: status('live'), ticker: status('stale') },
  counters: {
    messages: 1,
    bytes: 2,
    rejected: 3,
    offGrid: 4,
    gaps: 5,
    resyncs: 6,
    reconnects: 7,
    checksums: 8,
    checksumFailures: 9,
    quotesAgreed: 10,
    quotesCompared: 11,
    diffs: 12,
    candleDifferences: 13,
  },
  trades: { received: 3, duplicates: 1, missing: 2, buyVolume: 150000, sellVolume: '9007199254740993' },
  lastTrade: { id: '77', ticks: 6412050, lots: 1, aggressor: 'seller', time: 99, direction: -1 },
  book: {
    sequence: '123456789012345678',
    checksum: '',
    epoch: 0,
    top,
    rows: top,
    step: 1,
    coverage: { bidFrom: 0, askTo: 9e15, window: null, bidHorizon: 0, askHorizon: Number.POSITIVE_INFINITY },
    bidLevels: 1000,
    askLevels: 999,
  },
  candles: [
    {
      interval: '1m',
      epoch: 0,
      reset: true,
      history: 'joined',
      candles: packCandles(
        Array.from({ length: 30 }, (_, i) => ({
          t: i * 60_000,
          o: 6412000,
          h: 6412100,
          l: 6411900,
          c: 6412050,
          v: 150000,
          n: i,
          partial: i === 29,
        })),
      ),
    },
  ],
});
let seq = 0;
const frame = (...instruments: InstrumentFrame[]): Frame => ({
  kind: 'frame',
  seq: ++seq,
  oldestArrival: 0,
  messages: 1,
  instruments,
});

let paint: (isPainted: boolean) => void;
let depthwire: Depthwire;
let stop: (() => void)[] = [];
/** The first task after the frame. */
const task = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

beforeEach(() => {
  deskStore.setState(deskStore.getInitialState());
  marketStore.setState(marketStore.getInitialState());
  setInstruments([ID]);
  stop = [];
  depthwire = createAutomation(
    {
      stats: () => stats,
      onFrame: (listener) => {
        paint = listener;
        return () => undefined;
      },
      digest: async () => ({ kind: 'digest', id: 1, sequence: '9', bidLevels: 1, askLevels: 2, sha256: 'ab' }),
    },
    (venue) => venue === 'binance',
  );
});
afterEach(() => {
  for (const one of stop) one();
});

describe('the surface', () => {
  test('is frozen, versioned and there before anything is known', () => {
    expect(Object.isFrozen(depthwire)).toBe(true);
    expect(depthwire.api).toBe(1);
    expect(depthwire.version).toMatch(/^\d+\.\d+\.\d+/);
    const [instrument] = depthwire.snapshot().instruments;
    expect(instrument).toMatchObject({
      id: ID,
      venue: 'binance',
      symbol: 'BTCUSDT',
      state: 'connecting',
      simulated: false,
      local: true,
      bbo: null,
      lastTrade: null,
      candles: { interval: '1m', last: [] },
    });
    expect(instrument.ageMs).toBeGreaterThanOrEqual(0);
  });

  test('survives JSON', () => {
    applyFrame(frame(full()));
    const snapshot = depthwire.snapshot();
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  });

  test('gives the digest of an instrument that is open, and refuses any other', async () => {
    expect(await depthwire.digest(ID)).toEqual({ sequence: '9', bidLevels: 1, askLevels: 2, sha256: 'ab' });
    await expect(depthwire.digest('binance:NOPE')).rejects.toThrow('binance:NOPE');
  });
});

describe('a snapshot', () => {
  test('writes prices and sizes as exact decimals without trailing zeros', () => {
    applyFrame(frame(full()));
    const [one] = depthwire.snapshot().instruments;
    expect(one.book).toEqual({
      bids: [
        ['64120.5', '1.2'],
        ['64120', '90071992547.40993'],
      ],
      asks: [['64120.6', '0.00001']],
      bidLevels: 1000,
      askLevels: 999,
      sequence: '123456789012345678',
      checksum: '',
    });
    expect(one.bbo).toEqual({ bid: '64120.5', ask: '64120.6', spread: '0.1' });
    expect(one.lastTrade).toEqual({ id: '77', price: '64120.5', size: '0.00001', aggressor: 'seller', time: 99 });
    expect(one.trades).toEqual({
      received: 3,
      duplicates: 1,
      missing: 2,
      buyVolume: '1.5',
      sellVolume: '90071992547.40993',
    });
    expect(one).toMatchObject({ priceStep: '0.01', sizeUnit: 'BTC', proof: 'sequence', provenAt: 1234, lagMs: 12 });
    expect(one.channels).toEqual({ book: 'live', trades: 'live', candles: 'live', ticker: 'stale' });
    expect(Object.keys(one.counters).sort()).toEqual(
      [
        'bytes',
        'checksumFailures',
        'checksums',
        'gaps',
        'messages',
        'offGrid',
        'reconnects',
        'rejected',
        'resyncs',
      ].sort(),
    );
  });

  test('has the last twenty candles of the chosen interval, and every open series', () => {
    applyFrame(frame(full()));
    const [one] = depthwire.snapshot().instruments;
    expect(one.candles.last).toHaveLength(20);
    expect(one.candles.last.at(-1)).toEqual({
      t: 29 * 60_000,
      o: '64120',
      h: '64121',
      l: '64119',
      c: '64120.5',
      v: '1.5',
      n: 29,
      partial: true,
    });
    expect(one.series.map(({ interval }) => interval)).toEqual(['1m']);
    deskStore.setState({ interval: '5m' });
    const [switched] = depthwire.snapshot().instruments;
    expect(switched.candles).toEqual({ interval: '5m', last: [] });
    expect(switched.series).toEqual([]);
  });

  test('is formatted once for each change, and its age at every call', async () => {
    applyFrame(frame(full()));
    const first = depthwire.snapshot().instruments[0];
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = depthwire.snapshot().instruments[0];
    expect(second.book).toBe(first.book);
    expect(second.ageMs).toBeGreaterThan(first.ageMs);
    applyFrame(frame(full()));
    expect(depthwire.snapshot().instruments[0].book).not.toBe(first.book);
  });

  test('cannot be written to, so that one script does not deceive another', () => {
    applyFrame(frame(full()));
    const snapshot = depthwire.snapshot();
    expect(() => {
      (snapshot.instruments[0].book.bids as unknown as string[][])[0][0] = '1';
    }).toThrow(TypeError);
    expect(Object.isFrozen(snapshot.frames.wireToPixelMs)).toBe(true);
  });

  test('follows the order of the desk and carries the figures of the link', () => {
    setInstruments(['demo:ACME', ID]);
    const snapshot = depthwire.snapshot();
    expect(snapshot.instruments.map(({ id, simulated }) => [id, simulated])).toEqual([
      ['demo:ACME', true],
      [ID, false],
    ]);
    expect(snapshot.frames).toEqual({
      received: 7,
      painted: 6,
      conflatedMessages: 50,
      wireToPixelMs: spread,
      mainThreadMs: { p50: 1, p95: 2, max: 4 },
    });
    expect(snapshot.worker).toEqual({ busyPercent: 0, messagesPerSecond: 0, restarts: 0 });
  });
});

describe('listeners', () => {
  test('of frames are told, in a task of its own, what stood when each frame was painted', async () => {
    const heard: Snapshot[] = [];
    stop.push(depthwire.on('frame', (snapshot) => heard.push(snapshot)));
    applyFrame(frame(full()));
    paint(true);
    applyFrame(frame(full('stale')));
    expect(heard).toEqual([]);
    await task();
    expect(heard).toHaveLength(1);
    expect(heard[0].instruments[0].state).toBe('live');
    paint(false);
    await task();
    expect(heard).toHaveLength(1);
  });

  test('of states are called when a state has changed and not otherwise, painted or hidden', async () => {
    const heard: string[] = [];
    stop.push(depthwire.on('state', ({ instruments }) => heard.push(instruments[0].state)));
    applyFrame(frame(full('syncing')));
    paint(true);
    await task();
    applyFrame(frame(full('syncing')));
    paint(true);
    await task();
    applyFrame(frame(full('live')));
    paint(false);
    await task();
    expect(heard).toEqual(['syncing', 'live']);
  });

  test('are stopped by the function that was returned, each by its own', async () => {
    const listener = vi.fn();
    const stopFirst = depthwire.on('frame', listener);
    const stopSecond = depthwire.on('frame', listener);
    paint(true);
    await task();
    expect(listener).toHaveBeenCalledTimes(2);
    stopFirst();
    stopFirst();
    paint(true);
    await task();
    expect(listener).toHaveBeenCalledTimes(3);
    stopSecond();
    paint(true);
    await task();
    expect(listener).toHaveBeenCalledTimes(3);
  });

  test('that throw are reported and do not silence the others', async () => {
    const reported = vi.fn();
    vi.stubGlobal('reportError', reported);
    const second = vi.fn();
    stop.push(
      depthwire.on('frame', () => {
        throw new Error('theirs');
      }),
      depthwire.on('frame', second),
    );
    paint(true);
    await task();
    expect(second).toHaveBeenCalledTimes(1);
    expect(reported).toHaveBeenCalledTimes(1);
    vi.unstubAllGlobals();
  });

  test('of anything else are refused', () => {
    expect(() => depthwire.on('tick' as 'frame', () => undefined)).toThrow('tick');
    expect(() => depthwire.on('frame', null as unknown as () => void)).toThrow(TypeError);
  });
});

describe('ready', () => {
  const isReady = async (): Promise<boolean> => {
    let done = false;
    void depthwire.ready().then(() => {
      done = true;
    });
    await task();
    return done;
  };

  test('waits for a proven book of the first instrument', async () => {
    expect(await isReady()).toBe(false);
    applyFrame(frame(full('syncing')));
    expect(await isReady()).toBe(false);
    const ready = depthwire.ready();
    applyFrame(frame(full('live')));
    await ready;
  });

  test('does not wait for a refused one', async () => {
    const { book: _b, candles: _c, ...bare } = full('rejected');
    applyFrame(frame(bare));
    expect(await isReady()).toBe(true);
  });
});

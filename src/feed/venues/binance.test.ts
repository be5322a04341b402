import { describe, expect, it } from 'vitest';
import { LevelList } from '../book/level-list.ts';
import { binance, binanceUsdm, demoVenue, futuresContinuity, futuresJoins, spotContinuity } from './binance.ts';
import { loadVenue } from './index.ts';
import type { Diff, StreamNeed } from './venue.ts';

const diff = (first: number, last: number, previous = -1): Diff => ({
  first,
  last,
  previous,
  eventTime: 0,
  bids: new LevelList(),
  asks: new LevelList(),
  checksum: null,
});
const need = (more: Partial<StreamNeed> = {}): StreamNeed => ({
  symbol: 'BTCUSDT',
  book: true,
  trades: true,
  candles: ['1m'],
  ticker: true,
  tradesSpoken: false,
  wholeBooks: false,
  ...more,
});

describe('the rules of continuity', () => {
  it.each([
    ['the next id', 11, 12, 'apply'],
    ['an overlap that reaches over the book', 9, 12, 'apply'],
    ['what is in the book', 9, 10, 'skip'],
    ['a hole of one', 12, 12, 'gap'],
  ])('spot: %s', (_, first, last, outcome) => {
    expect(spotContinuity(10, diff(first, last))).toBe(outcome);
  });

  it.each([
    ['names the one before', 900, 950, 10, 'apply'],
    ['is in the book', 5, 10, 4, 'skip'],
    ['names another', 11, 12, 9, 'gap'],
  ])('futures: a diff that %s', (_, first, last, previous, outcome) => {
    expect(futuresContinuity(10, diff(first, last, previous))).toBe(outcome);
  });

  it.each([
    ['ends before the snapshot', 5, 9, 4, 'skip'],
    ['ends at the snapshot', 5, 10, 4, 'apply'],
    ['goes on from it', 900, 950, 10, 'apply'],
    ['names one after it', 900, 950, 11, 'gap'],
  ])('futures: a first diff that %s', (_, first, last, previous, outcome) => {
    expect(futuresJoins(10, diff(first, last, previous))).toBe(outcome);
  });
});

describe('streams', () => {
  it('of spot are all on one path', () => {
    const streams = binance().streams(need());
    expect(new Set(streams.map((stream) => stream.path))).toEqual(new Set(['/stream']));
    expect(streams.map((stream) => stream.name)).toEqual([
      'btcusdt@depth@100ms',
      'btcusdt@bookTicker',
      'btcusdt@trade',
      'btcusdt@aggTrade',
      'btcusdt@kline_1m',
      'btcusdt@ticker',
    ]);
  });

  it('of futures are on the path that serves them', () => {
    const byPath = new Map<string, string[]>();
    for (const { name, path } of binanceUsdm().streams(need())) byPath.set(path, [...(byPath.get(path) ?? []), name]);
    expect(byPath.get('/public/stream')).toEqual(['btcusdt@depth@100ms', 'btcusdt@bookTicker', 'btcusdt@trade']);
    expect(byPath.get('/market/stream')).toEqual([
      'btcusdt@aggTrade',
      'btcusdt@kline_1m',
      'btcusdt@ticker',
      'btcusdt@markPrice@1s',
    ]);
  });

  it('of aggregates end when single trades have spoken', () => {
    for (const venue of [binance(), binanceUsdm()]) {
      const names = venue.streams(need({ tradesSpoken: true })).map((stream) => stream.name);
      expect(names).toContain('btcusdt@trade');
      expect(names).not.toContain('btcusdt@aggTrade');
    }
  });

  it('are subscribed in the words of the venue', () => {
    expect(JSON.parse(binance().subscribe(['a', 'b'], 7))).toEqual({ method: 'SUBSCRIBE', params: ['a', 'b'], id: 7 });
    expect(JSON.parse(binance().unsubscribe(['a'], 8))).toEqual({ method: 'UNSUBSCRIBE', params: ['a'], id: 8 });
  });
});

describe('requests', () => {
  it('are the same over the socket and over HTTP', () => {
    const request = binance().historyRequest('BTCUSDT', '1m', 1_000, 500)!;
    expect(JSON.parse(binance().requestText(request, 'q1'))).toEqual({
      id: 'q1',
      method: 'klines',
      params: { symbol: 'BTCUSDT', interval: '1m', limit: 500, endTime: 999 },
    });
    expect(request.path).toBe('/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=500&endTime=999');
    expect(binanceUsdm().snapshotRequest('BTCUSDT', 1_000)!.path).toBe('/fapi/v1/depth?symbol=BTCUSDT&limit=1000');
  });

  it('escape what a symbol may hold', () => {
    expect(binance().snapshotRequest('币安&limit=1', 5)!.path).toBe(
      '/api/v3/depth?symbol=%E5%B8%81%E5%AE%89%26limit%3D1&limit=5',
    );
  });

  it('weigh more the deeper the book asked for', () => {
    const weights = [5, 100, 500, 1_000, 5_000].map((depth) => binance().snapshotRequest('X', depth)!.weight);
    expect(weights).toEqual([5, 5, 25, 50, 250]);
  });
});

describe('the registry', () => {
  it('makes a venue of its own for each feed', async () => {
    const make = await loadVenue('binance');
    expect(make().id).toBe('binance');
    expect(make()).not.toBe(make());
  });

  it('marks the demo exchange, and only it, as simulated', () => {
    expect([binance(), binanceUsdm(), demoVenue()].map((venue) => venue.simulated)).toEqual([false, false, true]);
  });

  it('has no one-second candles for futures', () => {
    expect(binance().intervals).toContain('1s');
    expect(binanceUsdm().intervals).not.toContain('1s');
  });
});

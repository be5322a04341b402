import { describe, expect, it } from 'vitest';
import { BUYER, SELLER } from '@/market/trade.ts';
import { CallLog } from '../testing/call-log.ts';
import { hyperliquid } from './hyperliquid.ts';
import { stepAt } from './hyperliquid-markets.ts';
import { subscriptionOf } from './hyperliquid-names.ts';
import type { StreamNeed, VenueRequest } from './venue.ts';

const MINUTE = 60_000;
const T0 = 1_737_918_840_000;
const GRID = { priceDecimals: 2, lotDecimals: 3, epoch: 0 };
const keep = () => GRID;

const need = (more: Partial<StreamNeed> = {}): StreamNeed => ({
  symbol: 'BTC',
  book: true,
  trades: true,
  candles: ['1m'],
  ticker: true,
  tradesSpoken: false,
  wholeBooks: false,
  ...more,
});
/** The same answer as it comes over the socket and over HTTP. */
const bothWays = (data: unknown): string[] => [
  JSON.stringify(data),
  JSON.stringify({ channel: 'post', data: { id: 1, response: { type: 'info', payload: { type: 'any', data } } } }),
];
const bodyOf = (request: VenueRequest | null): unknown => JSON.parse(request?.body ?? 'null');

const meta = {
  universe: [
    { name: 'BTC', szDecimals: 5, maxLeverage: 40 },
    { name: 'kPEPE', szDecimals: 0, maxLeverage: 10 },
    { name: 'MATIC', szDecimals: 1, maxLeverage: 20, isDelisted: true },
    { name: 'xyz:TSLA', szDecimals: 3, maxLeverage: 10 },
    { szDecimals: 1 },
    'nonsense',
  ],
  collateralToken: 0,
};
const spotMeta = {
  tokens: [
    { name: 'USDC', szDecimals: 8, index: 0 },
    { name: 'PURR', szDecimals: 0, index: 1 },
    { name: 'UBTC', szDecimals: 5, index: 197 },
  ],
  universe: [
    { name: 'PURR/USDC', tokens: [1, 0], index: 0 },
    { name: '@142', tokens: [197, 0], index: 142 },
    { name: '@999', tokens: [5_000, 0], index: 999 },
  ],
};

describe('streams of Hyperliquid', () => {
  it('are one for each thing wanted, all on one path', () => {
    const streams = hyperliquid().streams(need());
    expect(streams.map(({ name, channel }) => [name, channel])).toEqual([
      ['l2Book:BTC', 'book'],
      ['trades:BTC', 'trades'],
      ['candle:1m:BTC', 'candles'],
      ['activeAssetCtx:BTC', 'ticker'],
    ]);
    expect(new Set(streams.map((stream) => stream.path))).toEqual(new Set(['/ws']));
    expect(hyperliquid().streams(need({ book: false, trades: false, candles: [], ticker: false }))).toEqual([]);
  });

  it('are asked for one by one, in the words of the venue', () => {
    const venue = hyperliquid();
    expect(venue.group?.(['l2Book:BTC', 'trades:BTC'])).toEqual([['l2Book:BTC'], ['trades:BTC']]);
    expect(JSON.parse(venue.subscribe(['l2Book:BTC'], 1))).toEqual({
      method: 'subscribe',
      subscription: { type: 'l2Book', coin: 'BTC' },
    });
    expect(JSON.parse(venue.unsubscribe(['candle:1m:@142'], 2))).toEqual({
      method: 'unsubscribe',
      subscription: { type: 'candle', coin: '@142', interval: '1m' },
    });
  });

  it.each(['BTC', 'kPEPE', 'PURR/USDC', '@107', 'xyz:TSLA'])(
    'of %s are acknowledged by the name they were wanted by',
    (symbol) => {
      const venue = hyperliquid();
      for (const { name } of venue.streams(need({ symbol }))) {
        const log = new CallLog();
        const { subscription } = JSON.parse(venue.subscribe([name], 1)) as { subscription: object };
        expect(subscriptionOf(name).coin).toBe(symbol);
        venue.decode(
          JSON.stringify({ channel: 'subscriptionResponse', data: { method: 'subscribe', subscription } }),
          log,
        );
        expect(log.take()).toEqual([['control', { kind: 'ack', id: null, names: [name] }]]);
      }
    },
  );

  it('are kept open by a ping more often than once a minute', () => {
    const duty = hyperliquid().keepAlive?.('/ws');
    expect(duty?.everyMs).toBeLessThan(60_000);
    expect(duty?.text).toBe('{"method":"ping"}');
  });
});

describe('questions to Hyperliquid', () => {
  it('are the same over the socket, under a number, and over HTTP', () => {
    const venue = hyperliquid();
    const request = venue.snapshotRequest('BTC', 20);
    expect(request?.path).toBe('/info');
    expect(bodyOf(request)).toEqual({ type: 'l2Book', coin: 'BTC' });
    expect(request && JSON.parse(venue.requestText(request, 'q7'))).toEqual({
      method: 'post',
      id: expect.any(Number),
      request: { type: 'info', payload: { type: 'l2Book', coin: 'BTC' } },
    });
  });

  it.each([
    ['BTC', { type: 'meta' }],
    ['xyz:TSLA', { type: 'meta', dex: 'xyz' }],
    ['PURR/USDC', { type: 'spotMeta' }],
    ['@142', { type: 'spotMeta' }],
  ])('about %s go to the universe that holds it', (symbol, body) => {
    expect(bodyOf(hyperliquid().listingRequest(symbol))).toEqual(body);
  });

  it('about the past have both ends, and end before what is held', () => {
    const request = hyperliquid().historyRequest('BTC', '1m', T0, 100);
    expect(bodyOf(request)).toEqual({
      type: 'candleSnapshot',
      req: { coin: 'BTC', interval: '1m', startTime: T0 - 100 * MINUTE, endTime: T0 - 1 },
    });
  });

  it('about the newest candles end at the time that is known, by the feed or from the venue', () => {
    const venue = hyperliquid();
    const range = (now?: number): unknown => {
      const { req } = bodyOf(venue.historyRequest('BTC', '5m', null, 3, now)) as { req: Record<string, number> };
      return [req.startTime, req.endTime];
    };
    expect(range()).toEqual([0, expect.any(Number)]);
    const start = Math.floor(T0 / (5 * MINUTE)) * 5 * MINUTE - 10 * MINUTE;
    expect(range(T0 + 1)).toEqual([start, T0 + 1]);
    venue.decode(
      JSON.stringify({ channel: 'l2Book', data: { coin: 'BTC', time: T0 + 2, levels: [[], []] } }),
      new CallLog(),
    );
    expect(range()).toEqual([start, T0 + 2]);
  });

  it('that cannot be asked are not', () => {
    const venue = hyperliquid();
    expect(venue.missedTradesRequest('BTC', { fromId: 0, toId: 1, from: 0, to: 1 })).toBeNull();
    expect(venue.tickerRequest('BTC')).toBeNull();
  });

  it('that failed say why', () => {
    const venue = hyperliquid();
    const refused = JSON.stringify({
      channel: 'post',
      data: { id: 1, response: { type: 'error', payload: 'Too many things' } },
    });
    expect(venue.responseBody(refused, 400)).toMatchObject({ kind: 'rate-limited', detail: 'Too many things' });
    expect(venue.responseBody(refused.replace('Too many things', 'No'), 400)).toEqual({
      kind: 'subscribe-refused',
      detail: 'No',
      retryAfterMs: 0,
    });
    expect(venue.responseBody('<html>', 429)).toMatchObject({ kind: 'rate-limited' });
    expect(venue.responseBody('null', 500)).toMatchObject({ kind: 'snapshot-failed', detail: 'status 500' });
    expect(venue.responseBody('', 403)).toMatchObject({ kind: 'unreachable' });
    expect(venue.responseBody('[]', 200)).toEqual({ body: '[]' });
  });
});

describe('listings of Hyperliquid', () => {
  const venue = hyperliquid();

  it('of a perpetual give the finest price step its size leaves, and its size step', () => {
    for (const body of bothWays(meta)) {
      expect(venue.readListing(body, 'BTC')).toMatchObject({
        base: 'BTC',
        quote: 'USDC',
        kind: 'perpetual',
        priceStep: '0.1',
        sizeStep: '0.00001',
        sizeUnit: 'BTC',
        tradable: true,
      });
    }
    expect(venue.readListing(JSON.stringify(meta), 'kPEPE')).toMatchObject({ priceStep: '0.000001', sizeStep: '1' });
    expect(venue.readListing(JSON.stringify(meta), 'xyz:TSLA')).toMatchObject({ base: 'TSLA', kind: 'perpetual' });
    expect(venue.readListing(JSON.stringify(meta), 'MATIC')?.tradable).toBe(false);
  });

  it('of a spot pair take their names and scales from its tokens', () => {
    expect(venue.readListing(JSON.stringify(spotMeta), '@142')).toMatchObject({
      symbol: '@142',
      base: 'UBTC',
      quote: 'USDC',
      kind: 'spot',
      priceStep: '0.001',
      sizeStep: '0.00001',
    });
    expect(venue.readListing(JSON.stringify(spotMeta), 'PURR/USDC')).toMatchObject({
      priceStep: '0.00000001',
      sizeStep: '1',
    });
  });

  it.each([
    ['what is not there', JSON.stringify(meta), 'NOPE'],
    ['a pair whose token is not there', JSON.stringify(spotMeta), '@999'],
    ['an answer that is not JSON', '<html>', 'BTC'],
    ['an answer without a universe', '{}', 'BTC'],
    ['a key that means something to the language', JSON.stringify(meta), '__proto__'],
  ])('of %s are none', (_, body, symbol) => {
    expect(venue.readListing(body, symbol)).toBeNull();
  });

  it.each([
    // Recorded and quoted prices of the venue, by grid, with the step that five digits leave.
    [1_050_550, 1, 1, '1'],
    [99_999, 1, 1, '0.1'],
    [999_990, 1, 1, '1'],
    [59_778, 3, 4, '0.001'],
    [199_630, 6, 6, '0.00001'],
    [4_411, 6, 6, '0.000001'],
    [5, 6, 6, '0.000001'],
    [123_456_700, 2, 2, '1'],
    [100_000, 1, 1, '1'],
    [9_999_900, 3, 3, '0.1'],
    [999_990, 3, 3, '0.01'],
  ])('price %i at %i decimals, at most %i, steps by %s', (ticks, priceDecimals, most, step) => {
    expect(stepAt(ticks, priceDecimals, most)).toBe(step);
  });

  it('make the catalogue, without what was taken off', () => {
    expect(hyperliquid().catalogueRequests().map(bodyOf)).toEqual([{ type: 'meta' }, { type: 'spotMeta' }]);
    expect(venue.readCatalogue(JSON.stringify(meta)).map((entry) => [entry.id, entry.base, entry.kind])).toEqual([
      ['hyperliquid:BTC', 'BTC', 'perpetual'],
      ['hyperliquid:kPEPE', 'kPEPE', 'perpetual'],
      ['hyperliquid:xyz:TSLA', 'TSLA', 'perpetual'],
    ]);
    expect(venue.readCatalogue(JSON.stringify(spotMeta)).map((entry) => [entry.id, entry.base, entry.quote])).toEqual([
      ['hyperliquid:PURR/USDC', 'PURR', 'USDC'],
      ['hyperliquid:@142', 'UBTC', 'USDC'],
    ]);
    expect(venue.readCatalogue('nonsense')).toEqual([]);
  });
});

describe('answers of Hyperliquid', () => {
  const venue = hyperliquid();

  it('hold a book, ordered by its time', () => {
    const book = {
      coin: 'BTC',
      time: T0,
      levels: [[{ px: '100.10', sz: '2.0', n: 1 }], [{ px: '100.2', sz: '0.0', n: 1 }]],
    };
    for (const body of bothWays(book)) {
      const read = venue.readSnapshot(body, 1, GRID, keep);
      expect(read).toMatchObject({ sequence: T0, bidsCut: true });
      expect([read?.bids.ticks[0], read?.bids.lots[0], read?.asks.count]).toEqual([10_010, 2_000, 0]);
      expect(venue.readSnapshotId(body)).toBe(T0);
    }
  });

  it.each([
    [
      'an unknown coin',
      JSON.stringify({ channel: 'post', data: { id: 1, response: { type: 'info', payload: { data: null } } } }),
    ],
    ['a price that is none', JSON.stringify({ time: T0, levels: [[{ px: '-1', sz: '1' }], []] })],
    ['a price too fine for any grid', JSON.stringify({ time: T0, levels: [[{ px: '0.0001', sz: '1' }], []] })],
    ['one side', JSON.stringify({ time: T0, levels: [[]] })],
    ['nothing', ''],
  ])('about %s hold no book', (_, body) => {
    expect(venue.readSnapshot(body, 20, GRID, keep)).toBeNull();
  });

  const row = (t: number, more: object = {}): object => ({
    t,
    T: t + MINUTE - 1,
    s: 'BTC',
    i: '1m',
    o: '1.0',
    c: '2',
    h: '3',
    l: '0.5',
    v: '0.3000000000000001',
    n: 4,
    ...more,
  });

  it('hold candles, oldest first, without the noise of their sums', () => {
    for (const body of bothWays([row(T0 + MINUTE), row(T0)])) {
      expect(venue.readHistory(body, '1m')).toEqual([
        { t: T0, o: '1.0', h: '3', l: '0.5', c: '2', v: '0.3', n: 4 },
        { t: T0 + MINUTE, o: '1.0', h: '3', l: '0.5', c: '2', v: '0.3', n: 4 },
      ]);
    }
    expect(venue.readHistory('[]', '1m')).toEqual([]);
  });

  it.each([
    ['a number for a price', [row(T0, { o: 1 })]],
    ['a start off its bucket', [row(T0 + 1)]],
    ['no list', {}],
    ['a row that is none', [null]],
  ])('with %s hold no candles', (_, data) => {
    expect(venue.readHistory(JSON.stringify(data), '1m')).toBeNull();
  });

  it('hold the time of the newest block', () => {
    for (const body of bothWays({ specialStatuses: null, time: T0 })) expect(venue.readTime?.(body)).toBe(T0);
    for (const body of ['{}', '{"time":"1"}', '{"time":0}', 'x']) expect(venue.readTime?.(body)).toBeNull();
  });

  it('hold the newest trades, which the venue lists backwards', () => {
    const trade = (tid: number, time: number, side: string): object => ({
      coin: 'BTC',
      side,
      px: '1.5',
      sz: '2',
      time,
      hash: '0x',
      tid,
      users: ['0xa', '0xb'],
    });
    for (const body of bothWays([trade(9, T0 + 1, 'B'), trade(2, T0, 'A'), trade(7, T0, 'B')])) {
      expect(venue.readTrades(body)).toEqual([
        { id: 7, firstId: 7, price: '1.5', size: '2', aggressor: BUYER, time: T0 },
        { id: 2, firstId: 2, price: '1.5', size: '2', aggressor: SELLER, time: T0 },
        { id: 9, firstId: 9, price: '1.5', size: '2', aggressor: BUYER, time: T0 + 1 },
      ]);
    }
    expect(venue.readTrades('{}')).toBeNull();
    expect(venue.readTrades('[{}]')).toBeNull();
    expect(venue.readTrades('[1]')).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { BUYER, SELLER } from '@/market/trade.ts';
import { LevelList } from '../book/level-list.ts';
import { CallLog } from '../testing/call-log.ts';
import { deribit, deribitContinuity, deribitJoins } from './deribit.ts';
import { isInverse } from './deribit-names.ts';
import { RequestIds } from './request-ids.ts';
import type { Diff, StreamNeed, Venue, VenueRequest } from './venue.ts';

const MINUTE = 60_000;
const T0 = 1_767_200_040_000;
const PERP = 'BTC-PERPETUAL';
const GRID = { priceDecimals: 2, lotDecimals: 3, epoch: 0 };
const keep = () => GRID;

const need = (more: Partial<StreamNeed> = {}): StreamNeed => ({
  symbol: PERP,
  book: true,
  trades: true,
  candles: ['1m', '1d'],
  ticker: true,
  tradesSpoken: false,
  wholeBooks: false,
  ...more,
});
const diff = (previous: number, last: number): Diff => ({
  first: last,
  last,
  previous,
  eventTime: 0,
  bids: new LevelList(),
  asks: new LevelList(),
  checksum: null,
});
const result = (text: string, id = 1): string =>
  `{"jsonrpc":"2.0","id":${id},"result":${text},"usIn":1,"usOut":2,"usDiff":1}`;

describe('the rules of continuity of Deribit', () => {
  it.each([
    ['names the one before', 10, 500, 'apply'],
    ['repeats the newest', 9, 10, 'skip'],
    ['is older', 4, 5, 'skip'],
    ['names another', 11, 12, 'gap'],
    ['reaches over the book without naming it', 9, 12, 'gap'],
  ])('a change that %s', (_, previous, last, outcome) => {
    expect(deribitContinuity(10, diff(previous, last))).toBe(outcome);
  });

  it.each([
    ['ends before a requested book', 5, 9, 'skip'],
    ['ends with it', 5, 10, 'skip'],
    ['reaches over it', 5, 12, 'apply'],
    ['goes on from it', 10, 12, 'apply'],
    ['begins after it', 11, 12, 'gap'],
  ])('a first change that %s', (_, previous, last, outcome) => {
    expect(deribitJoins(10, diff(previous, last))).toBe(outcome);
  });
});

describe('streams of Deribit', () => {
  it('are the channels that need no login', () => {
    expect(
      deribit()
        .streams(need())
        .map(({ name, channel }) => [name, channel]),
    ).toEqual([
      [`book.${PERP}.100ms`, 'book'],
      [`trades.${PERP}.100ms`, 'trades'],
      [`chart.trades.${PERP}.1`, 'candles'],
      [`chart.trades.${PERP}.1D`, 'candles'],
      [`ticker.${PERP}.100ms`, 'ticker'],
    ]);
  });

  it('prove a book by the ticker even where nobody looks at the ticker', () => {
    const streams = deribit().streams(need({ trades: false, candles: [], ticker: false }));
    expect(streams.map(({ name, channel, optional }) => [name, channel, optional])).toEqual([
      [`book.${PERP}.100ms`, 'book', undefined],
      [`ticker.${PERP}.100ms`, 'quote', true],
    ]);
    expect(deribit().streams(need({ book: false, trades: false, candles: [], ticker: false }))).toEqual([]);
  });

  it('are asked for by a hundred, and answered under numbers that say what for', () => {
    const venue = deribit();
    const names = Array.from({ length: 250 }, (_, i) => `c${i}`);
    const groups = venue.group?.(names) ?? [];
    expect(groups.map((group) => group.length)).toEqual([100, 100, 50]);
    expect(groups.flat()).toEqual(names);
    expect(JSON.parse(venue.subscribe(['a', 'b'], 7))).toEqual({
      jsonrpc: '2.0',
      id: 7,
      method: 'public/subscribe',
      params: { channels: ['a', 'b'] },
    });
    const ending = JSON.parse(venue.unsubscribe(['a'], 7)) as { id: number; method: string };
    expect(ending.method).toBe('public/unsubscribe');
    expect(ending.id).not.toBe(7);
  });

  it('are kept open by the heartbeat that is asked for first', () => {
    expect(
      deribit()
        .hello?.('/ws/api/v2')
        .map((text) => JSON.parse(text)),
    ).toMatchObject([{ method: 'public/set_heartbeat', params: { interval: 30 } }]);
  });
});

describe('questions to Deribit', () => {
  it('are the same over the socket and, as a query, over HTTP', () => {
    const venue = deribit();
    const request = venue.snapshotRequest(PERP, 20);
    expect(request?.path).toBe(`/api/v2/public/get_order_book?instrument_name=${PERP}&depth=20`);
    expect(request && JSON.parse(venue.requestText(request, 'q1'))).toMatchObject({
      jsonrpc: '2.0',
      method: 'public/get_order_book',
      params: { instrument_name: PERP, depth: 20 },
    });
  });

  it('escape what a symbol may hold', () => {
    expect(deribit().tickerRequest('A&depth=1')?.path).toBe('/api/v2/public/ticker?instrument_name=A%26depth%3D1');
  });

  it.each([
    [1, 1],
    [7, 10],
    [200, 1_000],
    [50_000, 10_000],
  ])('for a depth of %i ask for %i, which is on offer', (depth, asked) => {
    expect(deribit().snapshotRequest(PERP, depth)?.params.depth).toBe(asked);
  });

  it('for lost trades name their numbers', () => {
    expect(deribit().missedTradesRequest(PERP, { fromId: 5, toId: 9, from: 0, to: 1 })?.params).toEqual({
      instrument_name: PERP,
      start_seq: 5,
      end_seq: 9,
      count: 1_000,
      sorting: 'asc',
    });
  });

  it('for candles have both ends, and end before what is held', () => {
    expect(deribit().historyRequest(PERP, '1m', T0, 100)?.params).toEqual({
      instrument_name: PERP,
      start_timestamp: T0 - 100 * MINUTE,
      end_timestamp: T0 - 1,
      resolution: '1',
    });
    expect(deribit().historyRequest(PERP, '4h', T0, 100)).toBeNull();
  });

  it('for the newest candles end at the time that is known, by the feed or from any answer', () => {
    const venue = deribit();
    const end = (now?: number): unknown => venue.historyRequest(PERP, '5m', null, 3, now)?.params.end_timestamp;
    const start = (now?: number): unknown => venue.historyRequest(PERP, '5m', null, 3, now)?.params.start_timestamp;
    expect([start(), Number(end()) > T0]).toEqual([0, true]);
    expect([start(T0), end(T0)]).toEqual([Math.floor(T0 / (5 * MINUTE)) * 5 * MINUTE - 10 * MINUTE, T0]);
    venue.decode(
      `{"jsonrpc":"2.0","id":4000000000,"result":"ok","usIn":1,"usOut":${T0 + 7}123,"usDiff":1}`,
      new CallLog(),
    );
    expect(end()).toBe(T0 + 7);
  });

  it('that failed say why', () => {
    const venue = deribit();
    const failed = (code: number, data = 'null'): string =>
      `{"jsonrpc":"2.0","id":1,"error":{"code":${code},"message":"m","data":${data}}}`;
    expect(venue.responseBody(failed(10028), 400)).toEqual({
      kind: 'rate-limited',
      detail: '10028 m',
      retryAfterMs: 5_000,
    });
    expect(venue.responseBody(failed(10028, '{"wait":3}'), 400)).toMatchObject({ retryAfterMs: 3_000 });
    expect(venue.responseBody(failed(-32602, '{"param":"instrument_name","reason":"not found"}'), 400)).toEqual({
      kind: 'unknown-symbol',
      detail: '-32602 m: not found',
      retryAfterMs: 0,
    });
    expect(venue.responseBody(failed(13020), 400)).toMatchObject({ kind: 'unknown-symbol' });
    expect(venue.responseBody(failed(11000), 400)).toMatchObject({ kind: 'subscribe-refused' });
    expect(venue.responseBody('<html>', 502)).toMatchObject({ kind: 'snapshot-failed' });
    expect(venue.responseBody('<html>', 429)).toMatchObject({ kind: 'rate-limited' });
    expect(venue.responseBody('', 451)).toMatchObject({ kind: 'unreachable' });
    expect(venue.responseBody('{}', 200)).toEqual({ body: '{}' });
  });
});

describe('listings of Deribit', () => {
  const venue = deribit();
  const row = (more: object = {}): object => ({
    instrument_name: PERP,
    kind: 'future',
    settlement_period: 'perpetual',
    base_currency: 'BTC',
    quote_currency: 'USD',
    tick_size: 0.5,
    tick_size_steps: [],
    min_trade_amount: 10,
    contract_size: 10,
    is_active: true,
    ...more,
  });
  const option = row({
    instrument_name: 'BTC-27JUN25-100000-C',
    kind: 'option',
    settlement_period: 'month',
    quote_currency: 'BTC',
    tick_size: 0.0001,
    tick_size_steps: [{ above_price: 0.005, tick_size: 0.0005 }],
    min_trade_amount: 0.1,
    contract_size: 1,
  });
  const spot = row({ instrument_name: 'EURR_USDC', kind: 'spot', base_currency: 'EURR', quote_currency: 'USDC' });
  const combo = row({ instrument_name: 'BTC-FS-27JUN25_PERP', kind: 'future_combo' });
  const read = (one: object, symbol: string) => venue.readListing(result(JSON.stringify(one)), symbol);

  it('of an inverse perpetual count dollars', () => {
    expect(read(row(), PERP)).toEqual({
      symbol: PERP,
      base: 'BTC',
      quote: 'USD',
      kind: 'perpetual',
      priceStep: '0.5',
      sizeStep: '10',
      sizeUnit: 'USD',
      tradable: true,
      contract: { value: '1', currency: 'USD' },
    });
  });

  it('of a linear perpetual count its base', () => {
    const linear = row({
      instrument_name: 'SOL_USDC-PERPETUAL',
      base_currency: 'SOL',
      quote_currency: 'USDC',
      min_trade_amount: 0.1,
      contract_size: 0.01,
    });
    const listing = read(linear, 'SOL_USDC-PERPETUAL');
    expect(listing).toMatchObject({ sizeUnit: 'SOL', sizeStep: '0.01', kind: 'perpetual' });
    expect(listing).not.toHaveProperty('contract');
  });

  it('of an option step by its price, the finest first', () => {
    const listing = read(option, 'BTC-27JUN25-100000-C');
    expect(listing).toMatchObject({ kind: 'option', priceStep: '0.0001', sizeStep: '0.1', sizeUnit: 'BTC' });
    const steps = [1, 49, 50, 51, 9_999].map((ticks) => listing?.stepAt?.(ticks, 4));
    expect(steps).toEqual(['0.0001', '0.0001', '0.0005', '0.0005', '0.0005']);
    expect(listing?.stepAt?.(51, 5)).toBe('0.0001');
  });

  it('take several steps in any order', () => {
    const stepped = row({
      tick_size: 1,
      tick_size_steps: [
        { above_price: 100, tick_size: 10 },
        { above_price: 10, tick_size: 5 },
      ],
    });
    const listing = read(stepped, PERP);
    expect([5, 10, 99, 100, 5_000].map((ticks) => listing?.stepAt?.(ticks, 0))).toEqual(['1', '5', '5', '10', '10']);
  });

  it('of a dated future and of a spot pair say so', () => {
    expect(read(row({ instrument_name: 'BTC-27JUN25', settlement_period: 'month' }), 'BTC-27JUN25')?.kind).toBe(
      'future',
    );
    expect(read(spot, 'EURR_USDC')).toMatchObject({ kind: 'spot', sizeUnit: 'EURR' });
    expect(read(row({ is_active: false }), PERP)?.tradable).toBe(false);
  });

  it.each([
    ['a combination, whose prices may be negative', combo, 'BTC-FS-27JUN25_PERP'],
    ['another instrument', row(), 'ETH-PERPETUAL'],
    ['a tick of zero', row({ tick_size: 0 }), PERP],
    ['a tick as text', row({ tick_size: '0.5' }), PERP],
    ['no amount', row({ min_trade_amount: null, contract_size: null }), PERP],
    ['a bad step', row({ tick_size_steps: [{ above_price: -1, tick_size: 1 }] }), PERP],
  ])('of %s are none', (_, one, symbol) => {
    expect(read(one, symbol)).toBeNull();
  });

  it('make the catalogue, without combinations and what has ended', () => {
    const body = result(JSON.stringify([row(), option, spot, combo, row({ is_active: false }), null, {}]));
    expect(venue.readCatalogue(body).map((entry) => [entry.id, entry.kind])).toEqual([
      [`deribit:${PERP}`, 'perpetual'],
      ['deribit:BTC-27JUN25-100000-C', 'option'],
      ['deribit:EURR_USDC', 'spot'],
    ]);
    expect(venue.readCatalogue('nonsense')).toEqual([]);
    expect(venue.catalogueRequests().every((request) => request.method === 'public/get_instruments')).toBe(true);
  });

  it.each([
    [PERP, true],
    ['ETH-PERPETUAL', true],
    ['BTC-27JUN25', true],
    ['ETH-5SEP25', true],
    ['BTC_USDC-PERPETUAL', false],
    ['SOL_USDC-27JUN25', false],
    ['BTC_USDC', false],
    ['BTC-27JUN25-100000-C', false],
    ['XRP_USDC-27JUN25-0d5-P', false],
    ['BTC-FS-27JUN25_PERP', false],
  ])('the amounts of %s are dollars: %s', (symbol, inverse) => {
    expect(isInverse(symbol)).toBe(inverse);
  });
});

describe('answers of Deribit', () => {
  it('hold a book with its id', () => {
    const venue = deribit();
    const body = result('{"timestamp":1,"change_id":77,"bids":[[100.1,2.0],[100,1e1]],"asks":[[100.2,0.0]]}');
    const read = venue.readSnapshot(body, 2, GRID, keep);
    expect(read).toMatchObject({ sequence: 77, bidsCut: true, asksCut: false });
    expect([...(read?.bids.ticks.subarray(0, 2) ?? [])]).toEqual([10_010, 10_000]);
    expect([...(read?.bids.lots.subarray(0, 2) ?? [])]).toEqual([2_000, 10_000]);
    expect(read?.asks.count).toBe(0);
    expect(venue.readSnapshotId(body)).toBe(77);
    expect(venue.readSnapshotId('{}')).toBeNull();
  });

  it.each([
    ['a price as text', '{"change_id":77,"bids":[["1",1]],"asks":[]}'],
    ['a price of zero', '{"change_id":77,"bids":[[0,1]],"asks":[]}'],
    ['no id', '{"bids":[],"asks":[]}'],
    ['a level that is none', '{"change_id":77,"bids":[7],"asks":[]}'],
  ])('with %s hold no book', (_, text) => {
    expect(deribit().readSnapshot(result(text), 10, GRID, keep)).toBeNull();
  });

  const columns = `{"status":"ok","ticks":[${T0},${T0 + MINUTE}],"open":[1.5,2],"high":[3.0,2],"low":[1,2],"close":[2.0,2],"volume":[0.3000000000000001,0.0],"cost":[83970.0,0.0]}`;
  /** The answer to a chart question as the venue would number it, over the socket or over HTTP. */
  const answered = (venue: Venue, request: VenueRequest | null, overSocket: boolean, text: string): string => {
    if (request === null) throw new Error('no question');
    const sent = overSocket ? venue.requestText(request, 'q1') : (request.body ?? '');
    return result(text, (JSON.parse(sent) as { id: number }).id);
  };

  it.each([
    ['the socket', true],
    ['HTTP', false],
  ])('over %s hold candles in the unit of the trades of the instrument asked for', (_, overSocket) => {
    const venue = deribit();
    const inverse = answered(venue, venue.historyRequest(PERP, '1m', T0, 2), overSocket, columns);
    const linear = answered(venue, venue.historyRequest('BTC_USDC', '1m', T0, 2), overSocket, columns);
    expect(venue.readHistory(inverse, '1m')).toEqual([
      { t: T0, o: '1.5', h: '3.0', l: '1', c: '2.0', v: '83970', n: 0 },
      { t: T0 + MINUTE, o: '2', h: '2', l: '2', c: '2', v: '0', n: 0 },
    ]);
    expect(venue.readHistory(linear, '1m')?.map((row) => row.v)).toEqual(['0.3', '0']);
  });

  it.each([
    ['columns of different lengths', columns.replace('"open":[1.5,2]', '"open":[1.5]')],
    ['a price that is none', columns.replace('1.5', 'null')],
    ['a price as text', columns.replace('1.5', '"1.5"')],
    ['a missing column', columns.replace('"cost"', '"costs"')],
    ['a start off its bucket', columns.replace(String(T0), String(T0 + 1))],
    ['a start that is none', columns.replace(String(T0), 'null')],
  ])('with %s hold no candles', (_, text) => {
    const venue = deribit();
    expect(venue.readHistory(answered(venue, venue.historyRequest(PERP, '1m', T0, 2), true, text), '1m')).toBeNull();
  });

  it('about an instrument nobody knows hold no candles, and those without data an empty list', () => {
    const venue = deribit();
    expect(venue.readHistory(result(columns, 2_999_999_999), '1m')).toBeNull();
    const empty = answered(venue, venue.historyRequest(PERP, '1m', T0, 2), true, '{"status":"no_data"}');
    expect(venue.readHistory(empty, '1m')).toEqual([]);
  });

  it('hold trades by their numbers, in whatever order they come', () => {
    const trade = (sequence: number, direction: string): string =>
      `{"trade_seq":${sequence},"trade_id":"ETH-${sequence}","timestamp":${T0},"price":1.5,"amount":2,"direction":"${direction}"}`;
    const body = result(`{"trades":[${trade(9, 'buy')},${trade(8, 'sell')}],"has_more":false}`);
    expect(deribit().readTrades(body)).toEqual([
      { id: 8, firstId: 8, idText: 'ETH-8', price: '1.5', size: '2', aggressor: SELLER, time: T0 },
      { id: 9, firstId: 9, idText: 'ETH-9', price: '1.5', size: '2', aggressor: BUYER, time: T0 },
    ]);
    expect(deribit().readTrades(result('{"trades":[{}]}'))).toBeNull();
    expect(deribit().readTrades(result('[]'))).toBeNull();
  });

  it('hold the time of the venue', () => {
    expect(deribit().readTime?.(result(String(T0)))).toBe(T0);
    for (const body of [result('"x"'), result('0'), result(`${T0}000`), ''])
      expect(deribit().readTime?.(body)).toBeNull();
  });

  it('hold the figures of the day', () => {
    const data = `{"instrument_name":"${PERP}","timestamp":${T0},"mark_price":10.126,"stats":{"volume":1.0,"volume_usd":2.5,"price_change":1.5,"low":9.0,"high":11.0}}`;
    expect(deribit().readTicker(result(data), GRID)).toEqual({
      changeBasisPoints: 150,
      quoteVolume: '2.5',
      markTicks: 1_013,
      volume: 2_500,
      highTicks: 1_100,
      lowTicks: 900,
      eventTime: T0,
    });
    expect(deribit().readTicker(result('{}'), GRID)).toBeNull();
    expect(deribit().readTicker('', GRID)).toBeNull();
  });
});

describe('numbers of requests', () => {
  it('are never given twice, and found until hundreds of others came', () => {
    const ids = new RequestIds(10);
    const first = ids.number('q1', 'A');
    expect(first).toBe(10);
    expect(ids.find(first)).toEqual({ id: 'q1', symbol: 'A' });
    for (let i = 0; i < 511; i++) ids.number(`r${i}`, '');
    expect(ids.find(first)).not.toBeNull();
    const last = ids.number('z', '');
    expect(ids.find(first)).toBeNull();
    expect(ids.find(last)).toEqual({ id: 'z', symbol: '' });
    expect(ids.find(last + 1)).toBeNull();
  });

  it('of a symbol stay the same while they are known', () => {
    const ids = new RequestIds(1);
    const first = ids.numberOf('A');
    expect(ids.numberOf('A')).toBe(first);
    expect(ids.numberOf('B')).not.toBe(first);
    for (let i = 0; i < 600; i++) ids.number(`r${i}`, '');
    const later = ids.numberOf('A');
    expect(later).not.toBe(first);
    expect(ids.find(later)?.symbol).toBe('A');
  });
});

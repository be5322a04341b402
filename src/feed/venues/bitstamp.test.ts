import { describe, expect, it } from 'vitest';
import { BUYER, SELLER } from '@/market/trade.ts';
import { LevelList } from '../book/level-list.ts';
import { CallLog } from '../testing/call-log.ts';
import { bitstamp, bitstampContinuity, bitstampJoins } from './bitstamp.ts';
import type { Diff, StreamNeed, Venue } from './venue.ts';

const MICROS = 1_641_343_691_244_908;
const AT = 1_641_343_691_244;

const heard = (venue: Venue, text: string, log = new CallLog()): unknown[][] => {
  venue.decode(text, log);
  return log.take();
};
const diffAt = (last: number): Diff => ({
  first: last,
  last,
  previous: -1,
  eventTime: 0,
  bids: new LevelList(),
  asks: new LevelList(),
  checksum: null,
});
const need = (more: Partial<StreamNeed> = {}): StreamNeed => ({
  symbol: 'btcusd',
  book: true,
  trades: true,
  candles: ['1m'],
  ticker: true,
  tradesSpoken: false,
  wholeBooks: false,
  ...more,
});
const book = (channel: string, bids = '[["1.15","2"]]', asks = '[["1.16","0.000"]]', micros = String(MICROS)): string =>
  `{"data":{"timestamp":"1641343691","microtimestamp":"${micros}","bids":${bids},"asks":${asks}},"channel":"${channel}","event":"data"}`;
const trade = (type: string, more: Record<string, string> = {}): string => {
  const fields = { id: '216000477', amount_str: '"0.079"', price_str: '"3805.44"', micros: `"${MICROS}"`, ...more };
  return `{"data":{"id":${fields.id},"timestamp":"1641343699","amount":0.079,"amount_str":${fields.amount_str},"price":3805.44,"price_str":${fields.price_str},"type":${type},"microtimestamp":${fields.micros},"buy_order_id":1443875737346049,"sell_order_id":1443875731320832},"channel":"live_trades_btcusd","event":"trade"}`;
};

describe('the order of diffs at Bitstamp', () => {
  it.each([
    ['a later one', 101, 'apply'],
    ['the same again', 100, 'skip'],
    ['an earlier one, so that messages changed places', 99, 'gap'],
  ])('after the book stands at 100: %s', (_, last, outcome) => {
    expect(bitstampContinuity(100, diffAt(last))).toBe(outcome);
  });

  it.each([
    ['a later one', 101, 'apply'],
    ['the one it ends with', 100, 'skip'],
    ['an earlier one', 99, 'skip'],
  ])('joined to a snapshot at 100: %s', (_, last, outcome) => {
    expect(bitstampJoins(100, diffAt(last))).toBe(outcome);
  });
});

describe('books of Bitstamp', () => {
  it('change by absolute sizes, ordered by the microsecond, dated in whole milliseconds', () => {
    expect(heard(bitstamp(), book('diff_order_book_btcusd'))).toEqual([
      [
        'diff',
        'btcusd',
        {
          first: MICROS,
          last: MICROS,
          previous: -1,
          eventTime: AT,
          checksum: null,
          bids: [[115, 2_000]],
          asks: [[116, 0]],
        },
      ],
    ]);
  });

  it('are held against the channel of the best hundred levels', () => {
    expect(heard(bitstamp(), book('order_book_btcusd'))).toEqual([
      ['statement', 'btcusd', { sequence: MICROS, time: AT, hasSizes: true, bids: [[115, 2_000]], asks: [[116, 0]] }],
    ]);
  });

  it('are that channel where no snapshot can be had, and no longer when one can', () => {
    const venue = bitstamp();
    venue.streams(need({ wholeBooks: true }));
    expect(heard(venue, book('order_book_btcusd'))[0]).toEqual([
      'book',
      'btcusd',
      { sequence: MICROS, eventTime: AT, checksum: null, depth: 100, bids: [[115, 2_000]], asks: [[116, 0]] },
    ]);
    expect(heard(venue, book('order_book_ethusd'))[0][0]).toBe('statement');
    venue.streams(need());
    expect(heard(venue, book('order_book_btcusd'))[0][0]).toBe('statement');
  });

  it('keep a size of more than 2^53 lots exactly', () => {
    const text = book('diff_order_book_xrpeur', '[["0.00001","112716000.00000000"]]', '[["9999999999.00","1"]]');
    const log = new CallLog({ priceDecimals: 5, lotDecimals: 8, epoch: 0 });
    expect(heard(bitstamp(), text, log)[0][2]).toMatchObject({
      bids: [[1, 11_271_600_000_000_000n]],
      asks: [[999_999_999_900_000, 100_000_000]],
    });
  });

  it('ask for a finer grid and then read the same message', () => {
    const kinds = heard(bitstamp(), book('diff_order_book_btcusd', '[["1.23456","1"]]')).map(([kind]) => kind);
    expect(kinds).toEqual(['refine', 'diff']);
  });

  it('are lost when a diff cannot be read, but not by what only proves them', () => {
    const refused = (venue: Venue, text: string): unknown[] => heard(venue, text)[0].slice(2);
    const diffs = 'diff_order_book_btcusd';
    expect(refused(bitstamp(), book(diffs, '[["1","-1"]]'))).toEqual(['btcusd', true]);
    expect(refused(bitstamp(), book(diffs, '[["0","1"]]'))).toEqual(['btcusd', true]);
    expect(refused(bitstamp(), book(diffs, '[["1","1","7"]]'))).toEqual(['btcusd', true]);
    expect(refused(bitstamp(), book(diffs, '{}'))).toEqual(['btcusd', true]);
    expect(refused(bitstamp(), book(diffs, '[]', '[]', '1641343691.5'))).toEqual(['btcusd', true]);
    expect(refused(bitstamp(), book(diffs).replace('"event":"data"', '"event":'))).toEqual(['btcusd', true]);
    // Cut before it says whose it is.
    expect(refused(bitstamp(), book(diffs).slice(0, 120))).toEqual([null, true]);
    expect(refused(bitstamp(), book('order_book_btcusd', '[["1"]]'))).toEqual(['btcusd', false]);
    const whole = bitstamp();
    whole.streams(need({ wholeBooks: true }));
    expect(refused(whole, book('order_book_btcusd', '[["1"]]'))).toEqual(['btcusd', true]);
    expect(refused(bitstamp(), '[1]')).toEqual([null, false]);
  });

  it('that nobody wants, and channels of no use, are passed over', () => {
    const log = new CallLog();
    log.unwanted.add('btcusd');
    expect(heard(bitstamp(), book('diff_order_book_btcusd'), log)).toEqual([['ignored', false]]);
    expect(heard(bitstamp(), book('detail_order_book_btcusd'))).toEqual([['ignored', false]]);
    expect(heard(bitstamp(), book('news_btcusd'))).toEqual([['ignored', true]]);
    expect(heard(bitstamp(), book('diff_order_book_'))).toEqual([['ignored', true]]);
  });
});

describe('trades of Bitstamp', () => {
  it.each([
    ['0', BUYER],
    ['1', SELLER],
  ])('of type %s were taken by the side it names', (type, aggressor) => {
    expect(heard(bitstamp(), trade(type))).toMatchObject([
      ['trade', 'btcusd', { id: 216_000_477, aggressor, ticks: 380_544, lots: 79, time: AT, initial: false }],
    ]);
  });

  it('are read from their texts, never from the floats beside them', () => {
    expect(heard(bitstamp(), trade('0', { price_str: '"3805.45"' }))[0][2]).toMatchObject({ ticks: 380_545 });
    expect(heard(bitstamp(), trade('0', { amount_str: '0.079' }))[0][0]).toBe('rejected');
  });

  it.each([
    ['of no type', trade('2')],
    ['of nothing', trade('0', { amount_str: '"0.000"' })],
    ['of no number', trade('0', { id: '"216000477"' })],
    ['of no time', trade('0', { micros: 'null' })],
  ])('%s are refused, and the book stands', (_, text) => {
    expect(heard(bitstamp(), text)[0].slice(2)).toEqual(['btcusd', false]);
  });

  it('are numbered over all markets, so that a hole says nothing', () => {
    expect(bitstamp().tradeIds).toBe('increasing');
  });
});

describe('what Bitstamp says beside the market', () => {
  const notice = (event: string, channel = '', data = '{}'): string =>
    `{"event":"bts:${event}","channel":"${channel}","data":${data}}`;
  const control = (venue: Venue, text: string): unknown => heard(venue, text)[0][1];

  it('acknowledges by the channel', () => {
    expect(control(bitstamp(), notice('subscription_succeeded', 'live_trades_btcusd'))).toEqual({
      kind: 'ack',
      id: null,
      names: ['live_trades_btcusd'],
    });
    expect(heard(bitstamp(), notice('subscription_succeeded'))[0][0]).toBe('rejected');
    expect(heard(bitstamp(), notice('unsubscription_succeeded', 'live_trades_btcusd'))).toEqual([['ignored', false]]);
  });

  it('answers the heartbeat, which goes out every twenty seconds', () => {
    expect(control(bitstamp(), notice('heartbeat', '', '{"status":"success"}'))).toEqual({ kind: 'heartbeat' });
    expect(bitstamp().keepAlive?.('/')).toEqual({ everyMs: 20_000, text: '{"event":"bts:heartbeat"}' });
  });

  it('asks to connect elsewhere, with or without data', () => {
    for (const data of ['""', 'null', '{}']) {
      expect(control(bitstamp(), notice('request_reconnect', '', data))).toMatchObject({ kind: 'closing' });
    }
  });

  it('refuses the channel it names, or the oldest unanswered one of a single market', () => {
    const error = '{"code":null,"message":"Bad subscription string."}';
    const venue = bitstamp();
    expect(control(venue, notice('error', 'live_trades_x', error))).toMatchObject({ names: ['live_trades_x'] });
    venue.subscribe(['diff_order_book_x'], 1);
    venue.subscribe(['live_trades_x'], 2);
    control(venue, notice('subscription_succeeded', 'diff_order_book_x'));
    expect(control(venue, notice('error', '', error))).toEqual({
      kind: 'refusal',
      id: null,
      names: ['live_trades_x'],
      detail: 'Bad subscription string.',
    });
  });

  it('refuses nobody in particular while several markets wait, or on a socket that has just opened', () => {
    const error = '{"code":4009,"message":"Connection is unauthorized."}';
    const venue = bitstamp();
    venue.subscribe(['live_trades_x'], 1);
    venue.subscribe(['live_trades_y'], 2);
    expect(control(venue, notice('error', '', error))).toMatchObject({
      names: [],
      detail: '4009: Connection is unauthorized.',
    });
    venue.unsubscribe(['live_trades_y'], 3);
    venue.hello?.('/');
    expect(control(venue, notice('error', '', error))).toMatchObject({ names: [] });
  });

  it('may say something new', () => {
    expect(heard(bitstamp(), notice('maintenance'))).toEqual([['ignored', true]]);
  });
});

describe('subscriptions of Bitstamp', () => {
  it('are the diffs, their proof and the trades; candles and the day come by request only', () => {
    expect(bitstamp().streams(need())).toEqual([
      { name: 'diff_order_book_btcusd', path: '/', channel: 'book' },
      { name: 'order_book_btcusd', path: '/', channel: 'quote', optional: true },
      { name: 'live_trades_btcusd', path: '/', channel: 'trades' },
    ]);
  });

  it('are the whole books alone where no snapshot can be had', () => {
    expect(bitstamp().streams(need({ wholeBooks: true, trades: false }))).toEqual([
      { name: 'order_book_btcusd', path: '/', channel: 'book' },
    ]);
  });

  it('are one in a message', () => {
    expect(bitstamp().group?.(['a', 'b'])).toEqual([['a'], ['b']]);
    expect(bitstamp().subscribe(['live_trades_btcusd'], 1)).toBe(
      '{"event":"bts:subscribe","data":{"channel":"live_trades_btcusd"}}',
    );
    expect(bitstamp().unsubscribe(['live_trades_btcusd'], 1)).toBe(
      '{"event":"bts:unsubscribe","data":{"channel":"live_trades_btcusd"}}',
    );
  });

  it('are moved before the venue ends them, by a timer that can be that long', () => {
    expect(bitstamp().limits.maxAgeMs).toBeLessThan(2 ** 31);
  });
});

describe('requests to Bitstamp', () => {
  const venue = bitstamp();

  it('name the market in the path', () => {
    expect(venue.snapshotRequest('btcusd', 0)?.path).toBe('/api/v2/order_book/btcusd/?group=1');
    expect(venue.tickerRequest('btcusd')?.path).toBe('/api/v2/ticker/btcusd/');
    expect(venue.recentTradesRequest('a/b', 1)?.path).toBe('/api/v2/transactions/a%2Fb/?time=hour');
  });

  it('for candles end a second before the bar that is there', () => {
    expect(venue.historyRequest('btcusd', '4h', null, 500)?.path).toBe('/api/v2/ohlc/btcusd/?step=14400&limit=500');
    expect(venue.historyRequest('btcusd', '1m', 120_000, 5_000)?.path).toBe(
      '/api/v2/ohlc/btcusd/?step=60&limit=1000&end=119',
    );
    expect(venue.historyRequest('btcusd', '1w', null, 500)).toBe(null);
  });

  it('for missed trades take the last hour or day, and nothing longer', () => {
    const path = (minutes: number): string | undefined =>
      venue.missedTradesRequest('btcusd', { fromId: -1, toId: -1, from: 0, to: minutes * 60_000 })?.path;
    expect([path(1), path(45)]).toEqual([
      '/api/v2/transactions/btcusd/?time=hour',
      '/api/v2/transactions/btcusd/?time=day',
    ]);
    expect(path(25 * 60)).toBe(undefined);
  });
});

describe('answers of Bitstamp', () => {
  const venue = bitstamp();
  const pair =
    '{"trading": "Enabled", "base_decimals": 8, "url_symbol": "gbpusd", "name": "GBP/USD", "counter_decimals": 0}';

  it('give a pair with its steps', () => {
    const listing = { base: 'GBP', quote: 'USD', kind: 'fx', priceStep: '1', sizeStep: '0.00000001', tradable: true };
    expect(venue.readListing(`[${pair}]`, 'gbpusd')).toMatchObject(listing);
    expect(venue.readListing(`[${pair.replace('Enabled', 'Disabled')}]`, 'gbpusd')?.tradable).toBe(false);
    expect(venue.readListing(`[${pair.replace('8', '-1')}]`, 'gbpusd')).toBe(null);
    expect(venue.readListing('<html>', 'gbpusd')).toBe(null);
  });

  it('leave out of the catalogue what does not trade or has no name', () => {
    const closed = pair.replace('Enabled', 'Disabled').replace('gbpusd', 'a');
    const nameless = pair.replace('GBP/USD', 'GBP').replace('gbpusd', 'b');
    expect(venue.readCatalogue(`[${pair}, ${closed}, ${nameless}, 5]`)).toEqual([
      { id: 'bitstamp:gbpusd', base: 'GBP', quote: 'USD', kind: 'fx', venueName: 'Bitstamp' },
    ]);
  });

  it('give the whole book on a grid fine enough for all of it', () => {
    let grid = { priceDecimals: 1, lotDecimals: 1, epoch: 0 };
    const refine = (priceDecimals: number, lotDecimals: number): typeof grid => {
      grid = { priceDecimals, lotDecimals, epoch: 1 };
      return grid;
    };
    const body = `{"timestamp": "1641343695", "microtimestamp": "${MICROS}", "bids": [["0.14695", "4567.41344936"], ["0.1", "0.00"]], "asks": [["0.2", "1"]]}`;
    const snapshot = venue.readSnapshot(body, 0, grid, refine);
    expect([grid.priceDecimals, grid.lotDecimals]).toEqual([5, 8]);
    expect(snapshot).toMatchObject({ sequence: MICROS, bidsCut: false, asksCut: false });
    expect([snapshot?.bids.count, snapshot?.bids.ticks[0], snapshot?.bids.lots[0]]).toEqual([
      1, 14_695, 456_741_344_936,
    ]);
    expect(venue.readSnapshot(body.replace('"0.2"', '0.2'), 0, grid, refine)).toBe(null);
    expect(venue.readSnapshot(body.replace(`"${MICROS}"`, '"soon"'), 0, grid, refine)).toBe(null);
    expect(venue.readSnapshotId(body)).toBe(null);
  });

  it('give candles oldest first', () => {
    const row = (timestamp: string): string =>
      `{"timestamp":"${timestamp}","open":"1.0","high":"2","low":"1","close":"1.5","volume":"0.1"}`;
    const body = (...rows: string[]): string => `{"data":{"pair":"BTC/USD","ohlc":[${rows.join(',')}]}}`;
    expect(venue.readHistory(body(row('120'), row('60')), '1m')?.map(({ t }) => t)).toEqual([60_000, 120_000]);
    expect(venue.readHistory(body(row('60')), '1m')).toEqual([
      { t: 60_000, o: '1.0', h: '2', l: '1', c: '1.5', v: '0.1', n: 0 },
    ]);
    expect(venue.readHistory(body(row('x')), '1m')).toBe(null);
    expect(venue.readHistory('{"code":"error"}', '1m')).toBe(null);
  });

  it('give trades oldest first, each at the end of its second', () => {
    const row = (tid: string, type: string): string =>
      `{"date":"1641343699","tid":"${tid}","price":"3805.44","type":"${type}","amount":"0.0792"}`;
    expect(venue.readTrades(`[${row('2', '1')},${row('1', '0')}]`)).toEqual([
      { id: 1, firstId: 1, price: '3805.44', size: '0.0792', aggressor: BUYER, time: 1_641_343_699_999 },
      { id: 2, firstId: 2, price: '3805.44', size: '0.0792', aggressor: SELLER, time: 1_641_343_699_999 },
    ]);
    expect(venue.readTrades(`[${row('2', '3')}]`)).toBe(null);
    expect(venue.readTrades('{}')).toBe(null);
  });

  it('give the figures of the day', () => {
    const body =
      '{"timestamp":"1643640186","open":"9","high":"12","low":"8","last":"11","volume":"2.5","open_24":"10","bid":"1"}';
    expect(venue.readTicker(body, { priceDecimals: 2, lotDecimals: 3, epoch: 0 })).toEqual({
      lastTicks: 1_100,
      changeTicks: 100,
      changeBasisPoints: 1_000,
      highTicks: 1_200,
      lowTicks: 800,
      volume: 2_500,
      eventTime: 1_643_640_186_000,
    });
  });

  it('say why they are none', () => {
    const fault = (text: string, status: number): unknown => venue.responseBody(text, status);
    expect(fault('{"status":"error","reason":"Invalid currency pair"}', 404)).toMatchObject({
      kind: 'unknown-symbol',
      detail: 'Invalid currency pair',
    });
    expect(fault('{"reason":{"step":["Not a valid choice."]}}', 400)).toMatchObject({
      kind: 'subscribe-refused',
      detail: '{"step":["Not a valid choice."]}',
    });
    expect(fault('', 429)).toMatchObject({ kind: 'rate-limited', detail: 'status 429' });
  });
});

describe('damaged messages of Bitstamp', () => {
  it('are refused or passed over, one call for each and never more', () => {
    const samples = [
      book('diff_order_book_btcusd'),
      book('order_book_btcusd'),
      trade('0'),
      '{"event":"bts:heartbeat"}',
    ];
    const venue = bitstamp();
    const log = new CallLog({ priceDecimals: 8, lotDecimals: 8, epoch: 0 });
    const kinds = new Map<unknown, number>();
    for (const text of samples) {
      for (let at = 0; at < text.length; at++) {
        for (const damage of ['', '"', '9', ',', '}', '\\', '\u0000', '\ud800', 'é']) {
          const calls = heard(venue, text.slice(0, at) + damage + text.slice(at + 1), log);
          expect(calls.filter(([kind]) => kind !== 'refine')).toHaveLength(1);
          kinds.set(calls.at(-1)?.[0], (kinds.get(calls.at(-1)?.[0]) ?? 0) + 1);
        }
        expect(heard(venue, text.slice(0, at), log)[0][0]).toBe('rejected');
      }
    }
    expect(kinds.get('rejected')).toBeGreaterThan(3_000);
    expect(kinds.get('diff')).toBeGreaterThan(50);
  });
});

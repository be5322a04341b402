import { describe, expect, it } from 'vitest';
import { CallLog } from '../testing/call-log.ts';
import { kraken } from './kraken.ts';
import type { StreamNeed, Venue } from './venue.ts';

const TIME = '2026-08-01T02:53:53.646219Z';

/** What a new venue says to a message. */
const said = (text: string): unknown[][] => saidBy(kraken(), text);

function saidBy(venue: Venue, text: string): unknown[][] {
  const log = new CallLog();
  venue.decode(text, log);
  return log.take();
}

const ack = (channel: string, rest: string, id = ',"req_id":7'): string =>
  `{"method":"subscribe","result":{"channel":"${channel}",${rest}},"success":true,"time_in":"${TIME}","time_out":"${TIME}"${id}}`;
const refusal = (error: string, rest = ',"req_id":7'): string =>
  `{"error":"${error}","method":"subscribe","success":false,"time_in":"${TIME}","time_out":"${TIME}"${rest}}`;

describe('what Kraken answers and announces', () => {
  it.each([
    ['{"channel":"heartbeat"}', ['control', { kind: 'heartbeat' }]],
    [`{"method":"pong","req_id":42,"time_in":"${TIME}","time_out":"${TIME}"}`, ['control', { kind: 'heartbeat' }]],
    [
      '{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":17408390984690501469}]}',
      ['ignored', false],
    ],
    ['{"Error":"Exceeded msg rate"}', ['ignored', false]],
    ['{"method":"error","error":"Malformed request"}', ['ignored', false]],
    ['{"channel":"level3","type":"update","data":[]}', ['ignored', true]],
    ['{"event":"systemStatus"}', ['ignored', true]],
    ['{"method":"add_order","success":true}', ['ignored', true]],
    ['[0,{"a":[]},"book-1000","XBT/USD"]', ['rejected', 'not an object', null, false]],
    ['{"channel":"book","type":"update","data":{}}', ['rejected', 'data is not an array', null, true]],
    ['{"method":"subscribe"}', ['rejected', 'success is not true or false', null, false]],
    ['not json', ['rejected', 'value expected at 0', null, false]],
  ])('%s is understood', (text, call) => {
    expect(said(text)).toEqual([call]);
  });

  it.each([
    [ack('book', '"depth":100,"snapshot":true,"symbol":"BTC/USD"'), ['book:BTC/USD']],
    [ack('trade', '"snapshot":true,"symbol":"ETH/USD","warnings":["soon gone"]'), ['trade:ETH/USD']],
    [ack('ohlc', '"interval":5,"snapshot":true,"symbol":"BTC/USD"'), ['ohlc-5:BTC/USD']],
  ])('acknowledges each symbol by itself: %s', (text, names) => {
    expect(said(text)).toEqual([['control', { kind: 'ack', id: '7', names }]]);
  });

  it('without a number acknowledges by name, as recordings have it', () => {
    expect(said(ack('book', '"depth":10,"symbol":"BTC/USD"', ''))).toEqual([
      ['control', { kind: 'ack', id: null, names: ['book:BTC/USD'] }],
    ]);
  });

  it('acknowledges candles without their interval by what was asked under the number', () => {
    const venue = kraken();
    venue.subscribe(['ohlc-15:BTC/USD', 'ohlc-15:ETH/USD'], 7);
    expect(saidBy(venue, ack('ohlc', '"snapshot":true,"symbol":"ETH/USD"'))).toEqual([
      ['control', { kind: 'ack', id: '7', names: ['ohlc-15:ETH/USD'] }],
    ]);
  });

  it('refuses one symbol of several, in the words of the venue', () => {
    const venue = kraken();
    venue.subscribe(['trade:BTC/USD', 'trade:NO/USD'], 7);
    const detail = 'Currency pair not supported NO/USD';
    for (const rest of [',"symbol":"NO/USD","req_id":7', ',"req_id":7']) {
      expect(saidBy(venue, refusal(detail, rest))).toEqual([
        ['control', { kind: 'refusal', id: '7', detail, names: ['trade:NO/USD'] }],
      ]);
    }
  });

  it('refuses all that was asked for under a number when it names no symbol', () => {
    const detail = 'Subscription depth not supported';
    expect(said(refusal(detail))).toEqual([['control', { kind: 'refusal', id: '7', detail }]]);
    expect(said(refusal(detail, ''))).toEqual([['control', { kind: 'refusal', id: null, detail }]]);
  });

  it('has what it is asked for twice', () => {
    const venue = kraken();
    venue.subscribe(['book:BTC/USD'], 7);
    expect(saidBy(venue, refusal('Already subscribed', ',"symbol":"BTC/USD","req_id":7'))).toEqual([
      ['control', { kind: 'ack', id: '7', names: ['book:BTC/USD'] }],
    ]);
  });

  it('says nothing of use when something ended, so that what was begun again is not taken for granted', () => {
    const ended = ack('book', '"depth":10,"symbol":"BTC/USD"').replace('"subscribe"', '"unsubscribe"');
    expect(said(ended)).toEqual([['ignored', false]]);
    expect(said(refusal('Subscription Not Found').replace('"subscribe"', '"unsubscribe"'))).toEqual([
      ['ignored', false],
    ]);
  });
});

describe('what is asked of Kraken', () => {
  const venue = kraken();
  const need: StreamNeed = {
    symbol: 'BTC/USD',
    book: true,
    trades: true,
    candles: ['1m', '4h'],
    ticker: true,
    tradesSpoken: false,
    wholeBooks: false,
  };

  it('goes over one socket', () => {
    expect(venue.socketUrls('/v2')).toEqual(['wss://ws.kraken.com/v2']);
    expect(venue.requestSocketUrls).toEqual(venue.socketUrls('/v2'));
    expect(venue.streams(need).map(({ name, path, channel }) => [name, path, channel])).toEqual([
      ['book:BTC/USD', '/v2', 'book'],
      ['trade:BTC/USD', '/v2', 'trades'],
      ['ohlc-1:BTC/USD', '/v2', 'candles'],
      ['ohlc-240:BTC/USD', '/v2', 'candles'],
      ['ticker:BTC/USD', '/v2', 'ticker'],
    ]);
    expect(venue.streams({ ...need, book: false, trades: false, ticker: false, candles: ['3m'] })).toEqual([]);
  });

  it('is grouped by channel and interval, fifty symbols at most', () => {
    const names = Array.from({ length: 51 }, (_, i) => `book:C${i}/USD`);
    const groups = venue.group?.(['ohlc-1:A/B', ...names, 'ohlc-5:A/B', 'ohlc-1:C/D']) ?? [];
    expect(groups.map((group) => group.length)).toEqual([2, 50, 1, 1]);
    expect(groups[0]).toEqual(['ohlc-1:A/B', 'ohlc-1:C/D']);
  });

  it('is asked with the depth or the interval and a snapshot', () => {
    expect(JSON.parse(venue.subscribe(['book:BTC/USD', 'book:ETH/USD'], 3))).toEqual({
      method: 'subscribe',
      params: { channel: 'book', symbol: ['BTC/USD', 'ETH/USD'], depth: 100, snapshot: true },
      req_id: 3,
    });
    expect(JSON.parse(venue.subscribe(['ohlc-240:BTC/USD'], 4))).toMatchObject({
      params: { channel: 'ohlc', symbol: ['BTC/USD'], interval: 240, snapshot: true },
    });
    expect(JSON.parse(venue.subscribe(['trade:BTC/USD'], 5))).toMatchObject({ params: { channel: 'trade' } });
  });

  it('is ended with the same depth', () => {
    expect(JSON.parse(venue.unsubscribe(['book:BTC/USD'], 6))).toEqual({
      method: 'unsubscribe',
      params: { channel: 'book', symbol: ['BTC/USD'], depth: 100 },
      req_id: 6,
    });
  });

  it('includes the list of instruments, by a stream that is left once it has answered', () => {
    const request = venue.listingRequest('BTC/USD');
    expect(venue.catalogueRequests()).toEqual([request]);
    const asked = JSON.parse(venue.requestText(request, 'instrument')) as { req_id: number };
    expect(asked).toMatchObject({
      method: 'subscribe',
      params: { channel: 'instrument', include_tokenized_assets: true },
    });
    expect(JSON.parse(request.after ?? '')).toEqual({
      method: 'unsubscribe',
      params: { channel: 'instrument' },
      req_id: asked.req_id,
    });
    const list = '{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[]}}';
    for (const text of [list, list.replace('"channel"', ' "channel"')]) {
      expect(said(text)).toEqual([['control', { kind: 'response', id: request.answerKey, status: 200, text }]]);
    }
    expect(said('{"channel":"instrument","type":"update","data":{"assets":[]}}')).toEqual([['ignored', false]]);
    expect(said(ack('instrument', '"snapshot":true'))).toEqual([['ignored', false]]);
    const refused = refusal('Subscription not available', `,"req_id":${asked.req_id}`);
    expect(said(refused)).toEqual([
      ['control', { kind: 'response', id: request.answerKey, status: 400, text: refused }],
    ]);
  });

  it('includes the time, by a ping of its own number', () => {
    const request = venue.timeRequest?.();
    const asked = JSON.parse((request && venue.requestText(request, 'q1')) ?? '') as { method: string; req_id: number };
    expect([request?.path, asked.method]).toEqual(['', 'ping']);
    const pong = `{"method":"pong","req_id":${asked.req_id},"time_in":"${TIME}","time_out":"${TIME}"}`;
    expect(said(pong)).toEqual([['control', { kind: 'response', id: request?.answerKey, status: 200, text: pong }]]);
    expect(venue.readTime?.(pong)).toBe(Date.UTC(2026, 7, 1, 2, 53, 53) + 646.219);
    expect(venue.readTime?.('{"method":"pong"}')).toBeNull();
  });

  it('includes trades over HTTP alone, under the old names of assets', () => {
    const missed = venue.missedTradesRequest('BTC/USD', { fromId: 5, toId: 9, from: 1_688_669_597_827.5, to: 0 });
    expect(missed?.path).toBe('/0/public/Trades?pair=XBTUSD&since=1688669597826000000');
    expect(venue.recentTradesRequest('DOGE/EUR', 5_000)?.path).toBe('/0/public/Trades?pair=XDGEUR&count=1000');
    expect(missed && venue.requestText(missed, 'q1')).toBe('');
  });

  it('leaves out what the stream gives or nobody can', () => {
    expect(venue.snapshotRequest('BTC/USD', 100)).toBeNull();
    expect(venue.historyRequest('BTC/USD', '1m', null, 500)).toBeNull();
    expect(venue.tickerRequest('BTC/USD')).toBeNull();
    expect(venue.keepAlive?.('/v2')).toEqual({ everyMs: 30_000, text: '{"method":"ping"}' });
  });
});

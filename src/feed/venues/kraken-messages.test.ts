import { describe, expect, it } from 'vitest';
import { BUYER, SELLER } from '@/market/trade.ts';
import { CallLog } from '../testing/call-log.ts';
import { kraken } from './kraken.ts';

const TIME = '2026-08-01T02:53:53.646219Z';
const MILLIS = Date.UTC(2026, 7, 1, 2, 53, 53) + 646;

/** What a new venue says to messages in a row; the calls of the last one. */
function said(...texts: string[]): unknown[][] {
  const venue = kraken();
  const log = new CallLog({ priceDecimals: 2, lotDecimals: 8, epoch: 0 });
  log.unwanted.add('GONE/USD');
  for (const text of texts) {
    log.take();
    venue.decode(text, log);
  }
  return log.take();
}

const entry = (symbol: string, bids: string, asks: string, rest = `,"timestamp":"${TIME}"`): string =>
  `{"symbol":"${symbol}","bids":${bids},"asks":${asks},"checksum":2532652056${rest}}`;
const book = (type: string, ...entries: string[]): string =>
  `{"channel":"book","type":"${type}","data":[${entries.join(',')}]}`;
const trade = (id: number, side = 'buy', symbol = 'BTC/USD', qty = '0.00027625'): string =>
  `{"symbol":"${symbol}","side":"${side}","price":105944.20,"qty":${qty},"ord_type":"limit","trade_id":${id},"timestamp":"${TIME}"}`;
const trades = (type: string, ...entries: string[]): string =>
  `{"channel":"trade","type":"${type}","data":[${entries.join(',')}]}`;
const bar = (begin: string, interval = 1, rest = ''): string =>
  `{"symbol":"BTC/USD","interval":${interval},"interval_begin":"${begin}","open":100.5,"high":101.0,"low":99.25,"close":100.75,"volume":2.5,"vwap":100.1,"trades":12${rest}}`;
const ohlc = (type: string, ...entries: string[]): string =>
  `{"channel":"ohlc","type":"${type}","data":[${entries.join(',')}]}`;
const ticker = (figures: string, time = TIME): string =>
  `{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":1,"bid_qty":1,"ask":2,"ask_qty":1,"last":1.5,"vwap":1.123456789,${figures},"timestamp":"${time}"}]}`;
const ack = (channel: string, rest: string): string =>
  `{"method":"subscribe","result":{"channel":"${channel}",${rest}},"success":true,"req_id":7}`;

describe("Kraken's books", () => {
  const bids = '[{"price":63004.9,"qty":0.01876947}]';
  const asks = '[{"price":63005.0,"qty":2.08665551},{"price":63005.9,"qty":0.00000000}]';

  it('begin with a snapshot that replaces what was held', () => {
    expect(said(book('snapshot', entry('BTC/USD', bids, '[]')))).toEqual([
      [
        'book',
        'BTC/USD',
        {
          sequence: -1,
          eventTime: MILLIS,
          bids: [[6_300_490, 1_876_947, '6300491876947']],
          asks: [],
          checksum: 2532652056,
          depth: 100,
        },
      ],
    ]);
  });

  it('change by absolute sizes without any number, a size of zero removing the level', () => {
    const [[method, , diff]] = said(book('update', entry('BTC/USD', bids, asks)));
    expect(method).toBe('diff');
    expect(diff).toMatchObject({ first: -1, last: -1, previous: -1, eventTime: MILLIS, checksum: 2532652056 });
    expect(diff).toMatchObject({
      asks: [
        [6_300_500, 208_665_551, '630050208665551'],
        [6_300_590, 0, ''],
      ],
    });
  });

  it('are always joined and continued, since only the checksum can tell a gap', () => {
    const venue = kraken();
    const [[, , diff]] = said(book('update', entry('BTC/USD', bids, asks)));
    expect(venue.continuity(-1, diff as never)).toBe('apply');
    expect(venue.joins(-1, diff as never)).toBe('apply');
    expect([venue.bookSource, venue.proof, venue.sequenced]).toEqual(['stream', 'checksum', false]);
  });

  it('are as deep as the acknowledgement says, whatever was asked for', () => {
    const acknowledged = ack('book', '"depth":10,"snapshot":true,"symbol":"BTC/USD"');
    const snapshot = book('snapshot', entry('BTC/USD', bids, asks), entry('ETH/USD', '[]', '[]'));
    expect(said(acknowledged, snapshot).map(([, symbol, one]) => [symbol, (one as { depth: number }).depth])).toEqual([
      ['BTC/USD', 10],
      ['ETH/USD', 100],
    ]);
  });

  it('may come several in a message, each for its own symbol', () => {
    const calls = said(
      book('update', entry('BTC/USD', bids, '[]'), entry('GONE/USD', bids, '[]'), entry('ETH/USD', '[]', asks)),
    );
    expect(calls.map(([method, symbol]) => [method, symbol])).toEqual([
      ['diff', 'BTC/USD'],
      ['diff', 'ETH/USD'],
    ]);
  });

  it('are applied for none of the symbols when one entry is bad, and all of these books are in doubt', () => {
    const bad = entry('ETH/USD', '[{"price":0,"qty":1}]', '[]');
    expect(said(book('update', entry('BTC/USD', bids, asks), bad))).toEqual([
      ['rejected', 'price is zero', 'BTC/USD', true],
      ['rejected', 'price is zero', 'ETH/USD', true],
    ]);
  });

  it('are scaled alike when a later entry makes the grid of an earlier one finer', () => {
    const finer = entry('BTC/USD', '[{"price":63004.12345,"qty":1}]', '[]');
    const calls = said(book('update', entry('BTC/USD', bids, '[]'), finer));
    expect(calls.map(([method]) => method)).toEqual(['refine', 'diff', 'diff']);
    expect(calls[1][2]).toMatchObject({ bids: [[6_300_490_000, 1_876_947, '6300491876947']] });
    expect(calls[2][2]).toMatchObject({ bids: [[6_300_412_345, 100_000_000, '63004123451']] });
  });

  it('keep sizes wider than a double', () => {
    const wide = entry('BTC/USD', '[{"price":1.0,"qty":123456789012.00000001}]', '[]');
    expect(said(book('update', wide))[0][2]).toMatchObject({
      bids: [[100, 12345678901200000001n, '1012345678901200000001']],
    });
  });

  it('may have the checksum 0 like any other', () => {
    const zero = book('update', entry('BTC/USD', bids, asks).replace('2532652056', '0'));
    expect(said(zero)[0][2]).toMatchObject({ checksum: 0 });
  });

  it('without a time, as in the first documents, state none', () => {
    expect(said(book('snapshot', entry('BTC/USD', bids, asks, '')))[0][2]).toMatchObject({ eventTime: 0 });
  });

  it.each([
    ['no checksum', book('update', entry('BTC/USD', bids, asks).replace(/"checksum":\d+,/, ''))],
    ['a checksum above 32 bits', book('update', entry('BTC/USD', bids, asks).replace('2532652056', '4294967296'))],
    ['a checksum as text', book('update', entry('BTC/USD', bids, asks).replace('2532652056', '"2532652056"'))],
    ['a price as text', book('update', entry('BTC/USD', bids, asks).replace('63004.9', '"63004.9"'))],
    ['a negative size', book('update', entry('BTC/USD', bids, asks).replace('0.01876947', '-0.1'))],
    ['one side only', book('update', entry('BTC/USD', bids, asks).replace(',"asks":', ',"offers":'))],
    ['a level that is an array', book('update', entry('BTC/USD', '[[1,2]]', '[]'))],
    ['a time that is none', book('update', entry('BTC/USD', bids, asks, ',"timestamp":"now"'))],
    ['a key twice', book('update', entry('BTC/USD', bids, asks, ',"checksum":1'))],
    ['a message cut short', book('snapshot', entry('BTC/USD', bids, asks)).slice(0, 150)],
  ])('with %s are refused whole and in doubt', (_, text) => {
    const calls = said(text);
    expect(calls).toHaveLength(1);
    expect(calls[0].slice(2)).toEqual(['BTC/USD', true]);
    expect(calls[0][0]).toBe('rejected');
  });

  it('of a symbol nobody wants, of nobody, or of a new type are ignored', () => {
    expect(said(book('update', entry('GONE/USD', bids, asks)))).toEqual([['ignored', false]]);
    expect(said(book('update'))).toEqual([['ignored', false]]);
    expect(said(book('replace', entry('BTC/USD', bids, asks)))).toEqual([['ignored', true]]);
  });
});

describe("Kraken's trades", () => {
  it('name the aggressor: buy is a buyer, sell a seller', () => {
    const calls = said(trades('update', trade(10218208, 'buy'), trade(10218209, 'sell')));
    expect(calls.map(([, symbol, one]) => [symbol, one])).toMatchObject([
      ['BTC/USD', { id: 10218208, firstId: 10218208, aggressor: BUYER, ticks: 10_594_420, lots: 27_625, time: MILLIS }],
      [
        'BTC/USD',
        { id: 10218209, aggressor: SELLER, eventTime: MILLIS, idText: '', aggregated: false, initial: false },
      ],
    ]);
  });

  it('of the snapshot are history from before the subscription', () => {
    const calls = said(trades('snapshot', trade(1), trade(2)));
    expect(calls.map(([, , one]) => (one as { initial: boolean }).initial)).toEqual([true, true]);
    expect(kraken().tradeIds).toBe('consecutive');
  });

  it('after a snapshot are ordinary again', () => {
    expect(said(trades('snapshot', trade(1)), trades('update', trade(2)))[0][2]).toMatchObject({ initial: false });
  });

  it('keep sizes wider than a double', () => {
    expect(said(trades('update', trade(1, 'buy', 'BTC/USD', '123456789012.00000001')))[0][2]).toMatchObject({
      lots: -1,
      wideLots: 12345678901200000001n,
    });
  });

  it.each([
    ['a side that is neither', trade(1, 'b')],
    ['a size of zero', trade(1, 'buy', 'BTC/USD', '0.00000000')],
    ['an id as text', trade(1).replace('"trade_id":1', '"trade_id":"1"')],
    ['no time', trade(1).replace(/,"timestamp":"[^"]*"/, '')],
  ])('with %s are refused whole and put no book in doubt', (_, bad) => {
    const calls = said(trades('update', trade(5), bad));
    expect(calls).toHaveLength(1);
    expect([calls[0][0], ...calls[0].slice(2)]).toEqual(['rejected', 'BTC/USD', false]);
  });
});

describe("Kraken's candles", () => {
  it('run without ids and are never said to be closed', () => {
    expect(said(ohlc('update', bar('2023-10-04T16:25:00.000000000Z')))).toEqual([
      [
        'candle',
        'BTC/USD',
        {
          interval: '1m',
          t: Date.UTC(2023, 9, 4, 16, 25),
          o: 10_050,
          h: 10_100,
          l: 9_925,
          c: 10_075,
          v: 250_000_000,
          n: 12,
          firstId: -1,
          lastId: -1,
          closed: false,
          eventTime: Date.UTC(2023, 9, 4, 16, 25),
        },
      ],
    ]);
  });

  it('begin with their history, oldest first', () => {
    const calls = said(ohlc('snapshot', bar('2023-10-04T16:30:00Z', 5), bar('2023-10-04T16:25:00Z', 5)));
    const row = { o: '100.5', h: '101.0', l: '99.25', c: '100.75', v: '2.5', n: 12 };
    expect(calls).toEqual([
      [
        'history',
        'BTC/USD',
        '5m',
        [
          { t: Date.UTC(2023, 9, 4, 16, 25), ...row },
          { t: Date.UTC(2023, 9, 4, 16, 30), ...row },
        ],
      ],
    ]);
  });

  it('of intervals that are not ours are ignored: its weeks begin on Thursday', () => {
    expect(said(ohlc('update', bar('2023-10-05T00:00:00Z', 10_080)))).toEqual([['ignored', false]]);
    expect(kraken().intervals).toEqual(['1m', '5m', '15m', '30m', '1h', '4h', '1d']);
  });

  it.each([
    ['off its interval', bar('2023-10-04T16:26:00Z', 5)],
    ['that is impossible', bar('2023-10-04T16:25:00Z').replace('"low":99.25', '"low":100.6')],
    ['without a price', bar('2023-10-04T16:25:00Z').replace('"open":100.5', '"open":0')],
  ])('%s are refused', (_, bad) => {
    expect(said(ohlc('update', bad))[0].slice(2)).toEqual(['BTC/USD', false]);
  });

  it('say when a bar began, not when it was sent: their timestamp is its end', () => {
    const ended = bar('2023-10-04T16:25:00Z', 1, ',"timestamp":"2023-10-04T16:26:00.000000Z"');
    expect(said(ohlc('update', ended))[0][2]).toMatchObject({ eventTime: Date.UTC(2023, 9, 4, 16, 25) });
  });
});

describe("Kraken's ticker", () => {
  it('states the change with its sign, high, low and volume', () => {
    expect(
      said(ticker('"volume":163.28908096,"low":104711.00,"high":106613.10,"change":-250.00,"change_pct":-0.24')),
    ).toEqual([
      [
        'ticker',
        'BTC/USD',
        {
          lastTicks: 150,
          changeTicks: -25_000,
          changeBasisPoints: -24,
          highTicks: 10_661_310,
          lowTicks: 10_471_100,
          volume: 16_328_908_096,
          eventTime: MILLIS,
        },
      ],
    ]);
  });

  it('rounds a change and a volume that are finer than the grid instead of making it finer', () => {
    const [[method, , stated]] = said(
      ticker('"volume":0.0000000051,"low":1.5,"high":2.5,"change":0.005,"change_pct":0.335'),
    );
    expect([method, stated]).toMatchObject(['ticker', { changeTicks: 1, changeBasisPoints: 34, volume: 1 }]);
  });

  it('of a pair that never traded, which is of 1970 and all zeros, is ignored', () => {
    const never = ticker('"volume":0,"low":0,"high":0,"change":0,"change_pct":0', '1970-01-01T00:00:00.000000Z');
    expect(said(never)).toEqual([['ignored', false]]);
  });

  it('of a day without trades has no high and no low', () => {
    const [[, , stated]] = said(ticker('"volume":0,"low":0.0,"high":0.0,"change":0.0,"change_pct":0.00'));
    expect(stated).toEqual({ lastTicks: 150, changeTicks: 0, changeBasisPoints: 0, volume: 0, eventTime: MILLIS });
  });

  it('with a figure as text is refused', () => {
    expect(said(ticker('"volume":"1","low":1,"high":1,"change":0,"change_pct":0'))[0][0]).toBe('rejected');
  });
});

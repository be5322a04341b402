import { describe, expect, it } from 'vitest';
import { CallLog } from '../testing/call-log.ts';
import { binance, binanceUsdm, demoVenue } from './binance.ts';
import type { StreamNeed, Venue } from './venue.ts';

const need = (wholeBooks: boolean): StreamNeed => ({
  symbol: 'BTCUSDT',
  book: true,
  trades: true,
  candles: [],
  ticker: false,
  tradesSpoken: true,
  wholeBooks,
});
const whole = (body: string, stream = 'btcusdt@depth20@100ms'): string => `{"stream":"${stream}","data":${body}}`;
const book = (bids: string, asks: string): string => whole(`{"lastUpdateId":160,"bids":[${bids}],"asks":[${asks}]}`);

function said(text: string, log = new CallLog(), venue: Venue = binance()): unknown[][] {
  venue.decode(text, log);
  return log.take();
}

describe('[F18] whole books of Binance spot', () => {
  it('take the place of the diffs when no snapshot can be had, and nothing else changes', () => {
    const names = (wholeBooks: boolean): string[] =>
      binance()
        .streams(need(wholeBooks))
        .map((stream) => stream.name);
    expect(names(false)).toEqual(['btcusdt@depth@100ms', 'btcusdt@bookTicker', 'btcusdt@trade']);
    expect(names(true)).toEqual(['btcusdt@depth20@100ms', 'btcusdt@bookTicker', 'btcusdt@trade']);
    expect([binance(), binanceUsdm(), demoVenue()].map((venue) => venue.wholeFallback)).toEqual([true, false, false]);
  });

  it('are read whole, by the id they are of, in the name of their stream', () => {
    expect(said(book('["61737.63","1.5"],["61730.17","0.25"]', '["61838.04","0.323"]'))).toEqual([
      [
        'book',
        'BTCUSDT',
        {
          sequence: 160,
          eventTime: 0,
          bids: [
            [6_173_763, 1_500],
            [6_173_017, 250],
          ],
          asks: [[6_183_804, 323]],
          checksum: null,
          depth: 20,
        },
      ],
    ]);
    expect(said(book('', ''))[0][2]).toMatchObject({ bids: [], asks: [] });
  });

  it('ask for the grid they need and leave nothing behind for the next diff', () => {
    const venue = binance();
    const log = new CallLog();
    const calls = said(book('["0.00012","1"]', ''), log, venue);
    expect(calls.map((call) => call[0])).toEqual(['refine', 'book']);
    const diff = `{"e":"depthUpdate","E":1723161256299,"s":"BTCUSDT","U":1,"u":2,"b":[],"a":[["1","2"]]}`;
    expect(said(whole(diff, 'btcusdt@depth@100ms'), log, venue)[0][2]).toMatchObject({
      bids: [],
      asks: [[100_000, 2_000]],
    });
  });

  it('of a symbol nobody wants are ignored', () => {
    const log = new CallLog();
    log.unwanted.add('BTCUSDT');
    expect(said(book('', ''), log)).toEqual([['ignored', false]]);
  });

  it.each([
    ['a level without size', book('["1","0.0"]', '')],
    ['a price of zero', book('["0","1"]', '')],
    ['a level of three', book('["1","1","1"]', '')],
    ['no id', whole('{"bids":[],"asks":[]}')],
    ['an id as text', whole('{"lastUpdateId":"1","bids":[],"asks":[]}')],
    ['one side', whole('{"lastUpdateId":1,"bids":[]}')],
    ['a kind of their own', whole('{"e":"partialDepth","lastUpdateId":1,"bids":[],"asks":[]}')],
    ['a diff in them', whole('{"e":"depthUpdate","E":1723161256299,"s":"BTCUSDT","U":1,"u":2,"b":[],"a":[]}')],
    ['an end missing', book('', '').slice(0, -3)],
  ])('with %s are refused, as a book that is lost', (_, text) => {
    expect(said(text)).toEqual([['rejected', expect.any(String), 'BTCUSDT', true]]);
  });

  it('without a stream that names their symbol are nobody’s', () => {
    expect(said('{"lastUpdateId":160,"bids":[],"asks":[]}')).toEqual([['ignored', true]]);
    expect(said(whole('{"lastUpdateId":160,"bids":[],"asks":[]}', '@depth20'))[0][0]).toBe('rejected');
    expect(said(whole('{"lastUpdateId":160,"bids":[],"asks":[]}', 'BTCUSDT@depth20'))[0][0]).toBe('rejected');
  });
});

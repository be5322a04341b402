import type { Channel } from '@/market/feed-state.ts';
import { type Interval, intervalMs } from '@/market/time.ts';
import { AskedStreams } from './asked-streams.ts';
import * as answers from './bitstamp-answers.ts';
import { type BitstampMemory, DIFFS, decodeStrict, TOP_BOOK, TRADES } from './bitstamp-strict.ts';
import { makeScratch } from './decode-scratch.ts';
import { VENUE_HOSTS } from './hosts.ts';
import type { Continuity, Diff, Stream, StreamNeed, TradeSpan, Venue, VenueRequest } from './venue.ts';

const PATH = '/';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const INTERVALS: readonly Interval[] = ['1m', '3m', '5m', '15m', '30m', '1h', '4h', '1d'];
const MOST_CANDLES = 1000;
/** Ten thousand requests in ten minutes are allowed; the budget of a minute is counted in these. */
const WEIGHT = 2;

/**
 * Order of diffs: nothing is numbered, but each carries the microsecond of its last change, which never repeats and
 * never goes back. The same one again says nothing new; an earlier one means that messages changed places, and what
 * the book then holds is unknown.
 * Source: the capture `bitstamp-10pairs-20220105`, 717 diffs, every one later than the one before it.
 */
export function bitstampContinuity(last: number, diff: Diff): Continuity {
  if (diff.last === last) return 'skip';
  return diff.last < last ? 'gap' : 'apply';
}

/**
 * What the snapshot holds already is dropped. Whether anything is missing between the two cannot be told from the
 * first diff after it: the second source finds that out.
 * Source: the diff order book section of the WebSocket v2 page, read mid-2026.
 */
export const bitstampJoins = (snapshotSequence: number, diff: Diff): Continuity =>
  diff.last <= snapshotSequence ? 'skip' : 'apply';

function streamsOf(need: StreamNeed): Stream[] {
  const streams: Stream[] = [];
  const add = (start: string, channel: Channel | 'quote', optional = false): void => {
    streams.push({ name: start + need.symbol, path: PATH, channel, ...(optional && { optional }) });
  };
  if (need.book && need.wholeBooks) add(TOP_BOOK, 'book');
  else if (need.book) {
    add(DIFFS, 'book');
    // Sent when the book changes: a quiet market is silent on it.
    add(TOP_BOOK, 'quote', true);
  }
  if (need.trades) add(TRADES, 'trades');
  return streams;
}

const message = (event: 'bts:subscribe' | 'bts:unsubscribe', [channel = '']: readonly string[]): string =>
  JSON.stringify({ event, data: { channel } });

const request = (method: string, path: string): VenueRequest => ({ method, params: {}, path, weight: WEIGHT });
const ofMarket = (what: string, symbol: string, query = ''): VenueRequest =>
  request(what, `/api/v2/${what}/${encodeURIComponent(symbol)}/${query}`);

function historyRequest(symbol: string, interval: Interval, before: number | null, limit: number): VenueRequest | null {
  if (!INTERVALS.includes(interval)) return null;
  const rows = Math.max(1, Math.min(limit, MOST_CANDLES));
  // A second before the bar that is there already, whether or not the end itself is included.
  const end = before === null ? '' : `&end=${Math.ceil(before / 1000) - 1}`;
  return ofMarket('ohlc', symbol, `?step=${intervalMs(interval) / 1000}&limit=${rows}${end}`);
}

/** Trades can be asked for by the last minute, hour or day, and by nothing else; what an outage lost is recent. */
function missedTradesRequest(symbol: string, { from, to }: TradeSpan): VenueRequest | null {
  const length = to - from;
  if (length > DAY_MS) return null;
  return ofMarket('transactions', symbol, length < HOUR_MS / 2 ? '?time=hour' : '?time=day');
}

/**
 * Bitstamp: diffs joined to a requested snapshot by the microsecond, held against the channel of the best hundred
 * levels. Where no snapshot can be had that channel is the book.
 */
export function bitstamp(): Venue {
  const scratch = makeScratch();
  const memory: BitstampMemory = { asked: new AskedStreams(), wholeBooks: new Set() };
  return {
    id: 'bitstamp',
    name: 'Bitstamp',
    kind: 'spot',
    simulated: false,
    proof: 'audit',
    bookSource: 'request',
    wholeFallback: true,
    sequenced: false,
    quietMs: 0,
    limits: {
      // Twenty in one millisecond were taken in the recording; no limit is documented.
      outboundPerSecond: 20,
      connectsPer5Minutes: 60,
      // 1,024 are said to be allowed, and one more to close the socket without a word.
      streamsPerSocket: 1000,
      // Ninety days are allowed, but a browser's timer ends at 24.8.
      maxAgeMs: 20 * DAY_MS,
    },
    socketUrls: () => VENUE_HOSTS.bitstamp.sockets,
    requestSocketUrls: [],
    requestPath: null,
    requestOrigins: VENUE_HOSTS.bitstamp.requests,
    intervals: INTERVALS,
    depths: [0],
    // One row of numbers for all markets: a hole says nothing.
    tradeIds: 'increasing',
    acknowledges: true,

    streams: (need) => {
      if (need.book && need.wholeBooks) memory.wholeBooks.add(need.symbol);
      else memory.wholeBooks.delete(need.symbol);
      return streamsOf(need);
    },
    group: (names) => names.map((name) => [name]),
    subscribe: (names) => {
      memory.asked.subscribed(names.slice(0, 1));
      return message('bts:subscribe', names);
    },
    unsubscribe: (names) => {
      memory.asked.unsubscribed(names.slice(0, 1));
      return message('bts:unsubscribe', names);
    },
    hello: () => {
      memory.asked.opened();
      return [];
    },
    keepAlive: () => ({ everyMs: 20_000, text: '{"event":"bts:heartbeat"}' }),
    decode: (text, sink) => decodeStrict(text, sink, scratch, memory),
    continuity: bitstampContinuity,
    joins: bitstampJoins,
    readQuote: () => null,

    requestText: ({ method }, id) => JSON.stringify({ id, method }),
    responseBody: (text, status) => (status === 200 ? { body: text } : answers.answerFault(text, status)),

    listingRequest: () => request('trading-pairs-info', '/api/v2/trading-pairs-info/'),
    catalogueRequests: () => [request('trading-pairs-info', '/api/v2/trading-pairs-info/')],
    // Prices summed up, as in the diffs; the whole book whatever the depth.
    snapshotRequest: (symbol) => ofMarket('order_book', symbol, '?group=1'),
    historyRequest,
    recentTradesRequest: (symbol) => ofMarket('transactions', symbol, '?time=hour'),
    missedTradesRequest,
    tickerRequest: (symbol) => ofMarket('ticker', symbol),

    readListing: answers.readListing,
    readCatalogue: answers.readCatalogue,
    readSnapshot: (body, _depth, grid, refine) => answers.readSnapshot(body, grid, refine),
    // Dated when it was asked for, not by its last change: it cannot tell a quiet stream from a dead one.
    readSnapshotId: () => null,
    readHistory: answers.readHistory,
    readTrades: answers.readTrades,
    readTicker: answers.readTicker,
  };
}

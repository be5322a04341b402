import { VENUE_HOSTS } from './hosts.ts';
import * as answers from './kraken-answers.ts';
import { KRAKEN_CHECKSUM } from './kraken-checksum.ts';
import { KrakenDecoder } from './kraken-decode.ts';
import {
  CLOCK_ANSWER,
  CLOCK_REQUEST,
  groupNames,
  INSTRUMENT_ANSWER,
  INSTRUMENT_REQUEST,
  KRAKEN_DEPTH,
  KRAKEN_INTERVALS,
  KRAKEN_PATH,
  krakenStreams,
  subscription,
} from './kraken-names.ts';
import type { Venue, VenueRequest } from './venue.ts';

const URL = VENUE_HOSTS.kraken.sockets[0] + KRAKEN_PATH;
const MOST_TRADES = 1000;
/** HTTP allows about one request a second, of a budget of two thousand a minute. */
const HTTP_WEIGHT = 30;

/** Tokenised shares are left out of the list unless asked for. */
const INSTRUMENT_PARAMS = { channel: 'instrument', snapshot: true, include_tokenized_assets: true };

/**
 * The list of all pairs with their steps: a stream that is left again as soon as its snapshot is there. HTTP has the same
 * in other words.
 */
const INSTRUMENTS: VenueRequest = {
  method: 'subscribe',
  params: { channel: 'instrument' },
  path: '/0/public/AssetPairs',
  answerKey: INSTRUMENT_ANSWER,
  after: JSON.stringify({ method: 'unsubscribe', params: { channel: 'instrument' }, req_id: INSTRUMENT_REQUEST }),
  weight: HTTP_WEIGHT,
};

/** A ping is answered with the time: HTTP has it in whole seconds only. */
const CLOCK: VenueRequest = { method: 'ping', params: {}, path: '', answerKey: CLOCK_ANSWER, weight: 1 };

/** What the socket is sent for a request, by the key of its answer; trades cannot be asked for there. */
const REQUEST_TEXTS: ReadonlyMap<string | undefined, string> = new Map([
  [INSTRUMENT_ANSWER, JSON.stringify({ method: 'subscribe', params: INSTRUMENT_PARAMS, req_id: INSTRUMENT_REQUEST })],
  [CLOCK_ANSWER, JSON.stringify({ method: 'ping', req_id: CLOCK_REQUEST })],
]);

/** Trades over HTTP alone; `since` counts nanoseconds and is itself left out. */
const tradesRequest = (symbol: string, rest: string): VenueRequest => ({
  method: 'trades',
  params: { symbol },
  path: `/0/public/Trades?pair=${encodeURIComponent(answers.httpPair(symbol))}&${rest}`,
  weight: HTTP_WEIGHT,
});

/**
 * Kraken spot over its WebSocket v2: books with a checksum of every message, trades, candles with their history, ticker
 * and the list of instruments, all over one socket. Diffs carry no numbers, so that the checksum alone tells a gap.
 * Source: Kraken API centre, "Spot WebSocket v2", read 2026-07, and the captures `kraken-v2-*`.
 */
export function kraken(): Venue {
  const decoder = new KrakenDecoder();
  return {
    id: 'kraken',
    name: 'Kraken',
    kind: 'spot',
    simulated: false,
    proof: 'checksum',
    bookSource: 'stream',
    sequenced: false,
    checksum: KRAKEN_CHECKSUM,
    // Pauses of 3 to 9 seconds were seen on books while the socket's heartbeat went on.
    quietMs: 10_000,
    limits: { outboundPerSecond: 5, connectsPer5Minutes: 75, streamsPerSocket: 1000, maxAgeMs: 0 },
    socketUrls: () => [URL],
    requestSocketUrls: [URL],
    requestPath: KRAKEN_PATH,
    requestOrigins: VENUE_HOSTS.kraken.requests,
    intervals: [...KRAKEN_INTERVALS.values()],
    depths: [KRAKEN_DEPTH],
    tradeIds: 'consecutive',
    acknowledges: true,

    streams: krakenStreams,
    group: groupNames,
    subscribe: (names, id) => {
      decoder.asks(id, names);
      return subscription('subscribe', names, id);
    },
    unsubscribe: (names, id) => subscription('unsubscribe', names, id),
    keepAlive: () => ({ everyMs: 30_000, text: '{"method":"ping"}' }),
    decode: (text, sink) => decoder.decode(text, sink),
    continuity: () => 'apply',
    joins: () => 'apply',
    readQuote: () => null,

    requestText: ({ answerKey }) => REQUEST_TEXTS.get(answerKey) ?? '',
    responseBody: (text, status) => (status === 200 ? { body: text } : answers.answerFault(text, status)),

    listingRequest: () => INSTRUMENTS,
    catalogueRequests: () => [INSTRUMENTS],
    // A new book is had by subscribing again: one asked for over HTTP has no checksum and no place in the stream.
    snapshotRequest: () => null,
    // The stream begins with the 720 bars there are; HTTP has the same and no more.
    historyRequest: () => null,
    recentTradesRequest: (symbol, limit) => tradesRequest(symbol, `count=${Math.min(limit, MOST_TRADES)}`),
    missedTradesRequest: (symbol, { from }) => tradesRequest(symbol, `since=${Math.floor(from) - 1}000000`),
    // The ticker's stream begins with the figures as they stand.
    tickerRequest: () => null,
    timeRequest: () => CLOCK,

    readListing: answers.readListing,
    readCatalogue: answers.readCatalogue,
    readSnapshot: () => null,
    readSnapshotId: () => null,
    readHistory: () => null,
    readTrades: answers.readTrades,
    readTime: answers.readTime,
    readTicker: () => null,
  };
}

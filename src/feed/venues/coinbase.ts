import type { Channel } from '@/market/feed-state.ts';
import { type Interval, intervalMs } from '@/market/time.ts';
import * as answers from './coinbase-answers.ts';
import { CoinbaseDecoder } from './coinbase-decode.ts';
import { VENUE_HOSTS } from './hosts.ts';
import { isoText } from './iso-text.ts';
import type { Stream, StreamNeed, TradeSpan, Venue, VenueRequest } from './venue.ts';

/** Lengths of candle the venue keeps that the product speaks of; it also has six hours. */
const INTERVALS: readonly Interval[] = ['1m', '5m', '15m', '1h', '1d'];
/** Candles of one answer; a longer span is refused, not cut. */
const MOST_CANDLES = 300;
const MOST_TRADES = 1000;
/** Ten requests a second are allowed; the budget of a minute is counted in these. */
const WEIGHT = 4;
const PATH = '/';

const streamName = (channel: string, product: string): string => `${channel}:${product}`;
const productOf = (name: string): string => name.slice(name.indexOf(':') + 1);
const channelOf = (name: string): string => name.slice(0, name.indexOf(':'));

function streams(need: StreamNeed): Stream[] {
  const streams: Stream[] = [];
  const add = (name: string, channel: Channel | 'quote', optional = false): void => {
    streams.push({ name: streamName(name, need.symbol), path: PATH, channel, ...(optional && { optional }) });
  };
  if (need.book) add('level2_batch', 'book');
  if (need.trades) add('matches', 'trades');
  // It proves the book as well, but speaks only when something trades.
  if (need.ticker) add('ticker', 'ticker');
  else if (need.book) add('ticker', 'quote', true);
  if (need.book || need.trades) add('heartbeat', 'quote', true);
  return streams;
}

/** One product in a message: the venue answers a wrong one with a sentence, which then can only be of that product. */
function group(names: readonly string[]): readonly (readonly string[])[] {
  const byProduct = new Map<string, string[]>();
  for (const name of names) {
    const product = productOf(name);
    const held = byProduct.get(product);
    if (held === undefined) byProduct.set(product, [name]);
    else held.push(name);
  }
  return [...byProduct.values()];
}

function message(type: 'subscribe' | 'unsubscribe', names: readonly string[]): string {
  const products = [...new Set(names.map(productOf))];
  if (products.length === 1) return JSON.stringify({ type, product_ids: products, channels: names.map(channelOf) });
  const channels = names.map((name) => ({ name: channelOf(name), product_ids: [productOf(name)] }));
  return JSON.stringify({ type, channels });
}

const request = (method: string, path: string): VenueRequest => ({ method, params: {}, path, weight: WEIGHT });
const product = (symbol: string): string => `/products/${encodeURIComponent(symbol)}`;

function historyRequest(symbol: string, interval: Interval, before: number | null, limit: number): VenueRequest | null {
  if (!INTERVALS.includes(interval)) return null;
  const length = intervalMs(interval);
  const path = `${product(symbol)}/candles?granularity=${length / 1000}`;
  if (before === null) return request('candles', path);
  // Both ends are included, and a span without either is not looked at.
  const count = Math.max(1, Math.min(limit, MOST_CANDLES));
  const iso = (time: number): string => encodeURIComponent(isoText(time));
  return request('candles', `${path}&start=${iso(before - count * length)}&end=${iso(before - length)}`);
}

function missedTradesRequest(symbol: string, { fromId, toId }: TradeSpan): VenueRequest | null {
  if (toId < fromId || fromId < 0) return null;
  const limit = Math.min(MOST_TRADES, toId - fromId + 1);
  // Pages go back in time: after an id come the older ones.
  return request('trades', `${product(symbol)}/trades?limit=${limit}&after=${toId + 1}`);
}

/**
 * Coinbase Exchange: a book with neither sequence nor checksum, held against the ticker's best prices and the
 * heartbeat's last trade.
 */
export function coinbase(): Venue {
  const decoder = new CoinbaseDecoder();
  return {
    id: 'coinbase',
    name: 'Coinbase',
    kind: 'spot',
    simulated: false,
    proof: 'audit',
    bookSource: 'stream',
    sequenced: false,
    // In the recording a book that mostly speaks ten times a second is silent for 3.9 s, and nothing is wrong.
    quietMs: 5_000,
    // 100 messages and 8 connects a second are documented; how many products one socket carries is not.
    limits: { outboundPerSecond: 50, connectsPer5Minutes: 300, streamsPerSocket: 400, maxAgeMs: 0 },
    socketUrls: () => VENUE_HOSTS.coinbase.sockets,
    requestSocketUrls: [],
    requestPath: null,
    requestOrigins: VENUE_HOSTS.coinbase.requests,
    intervals: INTERVALS,
    depths: [0],
    tradeIds: 'consecutive',
    acknowledges: true,

    streams,
    group,
    subscribe: (names) => {
      decoder.subscribed(names);
      return message('subscribe', names);
    },
    unsubscribe: (names) => {
      decoder.unsubscribed(names);
      return message('unsubscribe', names);
    },
    hello: () => {
      decoder.opened();
      return [];
    },
    decode: (text, sink) => decoder.decode(text, sink),
    continuity: () => 'apply',
    joins: () => 'apply',
    readQuote: () => null,

    requestText: ({ method }, id) => JSON.stringify({ id, method }),
    responseBody: (text, status) => (status === 200 ? { body: text } : answers.answerFault(text, status)),

    listingRequest: (symbol) => request('product', product(symbol)),
    catalogueRequests: () => [request('products', '/products')],
    // Its id is of a channel that needs a login: nothing leads from it to the batches.
    snapshotRequest: () => null,
    historyRequest,
    recentTradesRequest: (symbol, limit) =>
      request('trades', `${product(symbol)}/trades?limit=${Math.max(1, Math.min(limit, MOST_TRADES))}`),
    missedTradesRequest,
    tickerRequest: (symbol) => request('stats', `${product(symbol)}/stats`),
    timeRequest: () => request('time', '/time'),

    readListing: answers.readListing,
    readCatalogue: answers.readCatalogue,
    readSnapshot: () => null,
    readSnapshotId: () => null,
    readHistory: answers.readHistory,
    readTrades: answers.readTrades,
    readTicker: answers.readTicker,
    readTime: answers.readTime,
  };
}

import type { Channel } from '@/market/feed-state.ts';
import type { InstrumentKind, VenueId } from '@/market/instrument.ts';
import type { Interval } from '@/market/time.ts';
import * as answers from './binance-answers.ts';
import { BinanceDecoder, readBookTicker } from './binance-decode.ts';
import type { BinanceFlavour } from './binance-strict.ts';
import { VENUE_HOSTS } from './hosts.ts';
import type { Continuity, Diff, Stream, StreamNeed, Venue, VenueRequest } from './venue.ts';

const SPOT_INTERVALS: readonly Interval[] = ['1s', '1m', '3m', '5m', '15m', '30m', '1h', '4h', '1d', '1w', '1M'];
const USDM_INTERVALS: readonly Interval[] = SPOT_INTERVALS.filter((interval) => interval !== '1s');
/** Stream of the best twenty levels a side, whole each time: the book when no snapshot can be had. */
const WHOLE_BOOKS = 'depth20@100ms';
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** What differs between the exchanges that speak this protocol. */
interface Dialect {
  readonly id: VenueId;
  readonly name: string;
  readonly kind: InstrumentKind;
  readonly flavour: BinanceFlavour;
  readonly simulated: boolean;
  readonly intervals: readonly Interval[];
  readonly depths: readonly number[];
  readonly sockets: readonly string[];
  readonly requestSockets: readonly string[];
  readonly requestOrigins: readonly string[];
  readonly restPrefix: string;
  readonly maxAgeMs: number;
  readonly streamsPerSocket: number;
  readonly outboundPerSecond: number;
  readonly wholeFallback: boolean;
}

/**
 * Spot continuity: update ids are dense, each message begins where the last ended.
 * Source: "How to manage a local order book correctly", Binance spot WebSocket streams, read 2026-07; the capture
 * `binance-spot-4sym-20211012` shows joins at `lastUpdateId + 1` exactly.
 */
export function spotContinuity(last: number, diff: Diff): Continuity {
  if (diff.last <= last) return 'skip';
  return diff.first > last + 1 ? 'gap' : 'apply';
}

/**
 * Futures continuity: ids are of the whole exchange and jump, each message names the last of the one before (`pu`).
 * Source: USDⓈ-M "How to manage a local order book correctly", read 2026-07; capture `binance-usdm-btcusdt-20240808`.
 */
export function futuresContinuity(last: number, diff: Diff): Continuity {
  if (diff.previous === last) return 'apply';
  return diff.last <= last ? 'skip' : 'gap';
}

/** Futures join: the snapshot's id lies between the end of the message before and the end of this one. */
export function futuresJoins(sequence: number, diff: Diff): Continuity {
  if (diff.last < sequence) return 'skip';
  return diff.previous <= sequence ? 'apply' : 'gap';
}

const query = (params: VenueRequest['params']): string =>
  Object.entries(params)
    .map(([key, value]) => `${key}=${encodeURIComponent(Array.isArray(value) ? JSON.stringify(value) : String(value))}`)
    .join('&');

function spotStreams(need: StreamNeed): Stream[] {
  const name = need.symbol.toLowerCase();
  const streams: Stream[] = [];
  const add = (kind: string, channel: Channel | 'quote'): void => {
    streams.push({ name: `${name}@${kind}`, path: '/stream', channel });
  };
  if (need.book) add(need.wholeBooks ? WHOLE_BOOKS : 'depth@100ms', 'book');
  if (need.book) add('bookTicker', 'quote');
  if (need.trades) add('trade', 'trades');
  if (need.trades && !need.tradesSpoken) add('aggTrade', 'trades');
  for (const interval of need.candles) add(`kline_${interval}`, 'candles');
  if (need.ticker) add('ticker', 'ticker');
  return streams;
}

/** Futures streams: each kind is served on one of two paths and silent on the other. */
function futuresStreams(need: StreamNeed): Stream[] {
  const name = need.symbol.toLowerCase();
  const streams: Stream[] = [];
  const add = (side: 'public' | 'market', kind: string, channel: Channel | 'quote'): void => {
    streams.push({ name: `${name}@${kind}`, path: `/${side}/stream`, channel });
  };
  if (need.book) add('public', 'depth@100ms', 'book');
  if (need.book) add('public', 'bookTicker', 'quote');
  if (need.trades) add('public', 'trade', 'trades');
  if (need.trades && !need.tradesSpoken) add('market', 'aggTrade', 'trades');
  for (const interval of need.candles) add('market', `kline_${interval}`, 'candles');
  if (need.ticker) add('market', 'ticker', 'ticker');
  if (need.ticker) add('market', 'markPrice@1s', 'ticker');
  return streams;
}

/** Build a venue that speaks Binance's protocol. */
function makeVenue(dialect: Dialect): Venue {
  const isSpot = dialect.flavour === 'spot';
  const decoder = new BinanceDecoder(dialect.flavour);
  const request = (method: string, rest: string, params: VenueRequest['params'], weight: number): VenueRequest => ({
    method,
    params,
    path: `${dialect.restPrefix}/${rest}?${query(params)}`,
    weight,
  });
  return {
    id: dialect.id,
    name: dialect.name,
    kind: dialect.kind,
    simulated: dialect.simulated,
    proof: 'sequence',
    bookSource: 'request',
    wholeFallback: dialect.wholeFallback,
    sequenced: true,
    quietMs: 0,
    limits: {
      outboundPerSecond: dialect.outboundPerSecond,
      connectsPer5Minutes: 300,
      streamsPerSocket: dialect.streamsPerSocket,
      maxAgeMs: dialect.maxAgeMs,
    },
    socketUrls: (path) => dialect.sockets.map((origin) => origin + path),
    requestSocketUrls: dialect.requestSockets,
    requestPath: null,
    requestOrigins: dialect.requestOrigins,
    intervals: dialect.intervals,
    depths: dialect.depths,
    tradeIds: 'consecutive',
    candlesNameTrades: true,
    acknowledges: true,

    streams: isSpot ? spotStreams : futuresStreams,
    subscribe: (names, id) => JSON.stringify({ method: 'SUBSCRIBE', params: names, id }),
    unsubscribe: (names, id) => JSON.stringify({ method: 'UNSUBSCRIBE', params: names, id }),
    decode: (text, sink) => decoder.decode(text, sink),
    continuity: isSpot ? spotContinuity : futuresContinuity,
    // Spot: the first diff kept must reach over the snapshot's id, which is the same rule.
    joins: isSpot ? spotContinuity : futuresJoins,
    readQuote: readBookTicker,

    requestText: ({ method, params }, id) => JSON.stringify({ id, method, params }),
    responseBody: (text, status) => (status === 200 ? { body: text } : answers.answerFault(text, status)),

    listingRequest: (symbol) =>
      isSpot ? request('exchangeInfo', 'exchangeInfo', { symbol }, 20) : request('exchangeInfo', 'exchangeInfo', {}, 1),
    catalogueRequests: () => [request('exchangeInfo', 'exchangeInfo', {}, 20)],
    snapshotRequest: (symbol, limit) => request('depth', 'depth', { symbol, limit }, depthWeight(limit)),
    historyRequest: (symbol, interval, before, limit) =>
      request('klines', 'klines', { symbol, interval, limit, ...(before !== null && { endTime: before - 1 }) }, 5),
    recentTradesRequest: (symbol, limit) => request('trades.recent', 'trades', { symbol, limit }, 25),
    missedTradesRequest: (symbol, { from, to }) =>
      request(
        'trades.aggregate',
        'aggTrades',
        { symbol, startTime: Math.floor(from), endTime: Math.ceil(to), limit: 1000 },
        4,
      ),
    timeRequest: () => request('time', 'time', {}, 1),
    readTime: answers.readTime,
    tickerRequest: (symbol) => request('ticker.24hr', 'ticker/24hr', { symbol }, 2),

    readListing: (body, symbol) => answers.readListing(body, symbol, dialect.kind),
    readCatalogue: (body) => answers.readCatalogue(body, dialect.id, dialect.name, dialect.kind),
    readSnapshot: answers.readSnapshot,
    readSnapshotId: answers.readSnapshotId,
    readHistory: answers.readHistory,
    readTrades: answers.readTrades,
    readTicker: answers.readTicker,
  };
}

/** Weights of the depth request by its limit, Binance spot limits page, read 2026-07. */
function depthWeight(limit: number): number {
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1000 ? 50 : 250;
}

/** Binance spot. */
export const binance = (): Venue =>
  makeVenue({
    id: 'binance',
    name: 'Binance',
    kind: 'spot',
    flavour: 'spot',
    simulated: false,
    intervals: SPOT_INTERVALS,
    depths: [1000, 5000],
    sockets: VENUE_HOSTS.binance.sockets.slice(0, 2),
    requestSockets: [`${VENUE_HOSTS.binance.sockets[2]}/ws-api/v3`],
    requestOrigins: VENUE_HOSTS.binance.requests,
    restPrefix: '/api/v3',
    maxAgeMs: DAY_MS - HOUR_MS,
    streamsPerSocket: 1024,
    outboundPerSecond: 4,
    wholeFallback: true,
  });

/** Binance USDⓈ-M futures: two sockets, since each stream is served on one path only. */
export const binanceUsdm = (): Venue =>
  makeVenue({
    id: 'binance-usdm',
    name: 'Binance Perp',
    kind: 'perpetual',
    flavour: 'usdm',
    simulated: false,
    intervals: USDM_INTERVALS,
    depths: [1000],
    sockets: VENUE_HOSTS['binance-usdm'].sockets.slice(0, 1),
    requestSockets: [`${VENUE_HOSTS['binance-usdm'].sockets[1]}/ws-fapi/v1`],
    requestOrigins: VENUE_HOSTS['binance-usdm'].requests,
    restPrefix: '/fapi/v1',
    maxAgeMs: DAY_MS - HOUR_MS,
    streamsPerSocket: 200,
    outboundPerSecond: 4,
    wholeFallback: false,
  });

/** The demo exchange: it speaks the spot protocol over sockets in memory, so that nothing after it differs. */
export const demoVenue = (): Venue =>
  makeVenue({
    id: 'demo',
    name: 'Demo exchange',
    kind: 'spot',
    flavour: 'spot',
    simulated: true,
    intervals: SPOT_INTERVALS,
    depths: [1000, 5000],
    sockets: ['demo://exchange'],
    requestSockets: ['demo://exchange/ws-api/v3'],
    requestOrigins: [],
    restPrefix: '/api/v3',
    maxAgeMs: 0,
    streamsPerSocket: 1024,
    outboundPerSecond: 100,
    wholeFallback: false,
  });

import type { Channel } from '@/market/feed-state.ts';
import { bucketStart, type Interval, type Millis, stepBucket } from '@/market/time.ts';
import { VENUE_HOSTS } from './hosts.ts';
import * as answers from './hyperliquid-answers.ts';
import { readCatalogue, readListing } from './hyperliquid-markets.ts';
import { streamName, subscriptionOf } from './hyperliquid-names.ts';
import { BOOK_DEPTH, HyperliquidDecoder } from './hyperliquid-strict.ts';
import { RequestIds } from './request-ids.ts';
import type { Stream, StreamNeed, Venue, VenueRequest } from './venue.ts';

const NAME = 'Hyperliquid';
const PATH = '/ws';
/** Weeks and months are folded from days: where the venue lets them begin is not documented. */
const INTERVALS: readonly Interval[] = ['1m', '3m', '5m', '15m', '30m', '1h', '4h', '1d'];
/** Candles the venue keeps of each interval. */
const KEPT_CANDLES = 5_000;
/** An end that no candle reaches, for when the venue's time is not known yet. */
const FAR_AHEAD: Millis = 4_102_444_800_000;
/** The venue closes a socket on which it had nothing to say for a minute. */
const PING_MS = 40_000;

function streams(need: StreamNeed): Stream[] {
  const list: Stream[] = [];
  const add = (type: string, channel: Channel, interval: Interval | null = null): void => {
    list.push({ name: streamName({ type, coin: need.symbol, interval }), path: PATH, channel });
  };
  if (need.book) add('l2Book', 'book');
  if (need.trades) add('trades', 'trades');
  for (const interval of need.candles) add('candle', 'candles', interval);
  if (need.ticker) add('activeAssetCtx', 'ticker');
  return list;
}

function control(method: 'subscribe' | 'unsubscribe', names: readonly string[]): string {
  const { type, coin, interval } = subscriptionOf(names[0]);
  return JSON.stringify({ method, subscription: { type, coin, ...(interval !== null && { interval }) } });
}

/** A question to the info endpoint, which is the same over the socket and over HTTP. */
function info(
  type: string,
  params: VenueRequest['params'],
  weight: number,
  body: object = { type, ...params },
): VenueRequest {
  return { method: type, params, path: '/info', body: JSON.stringify(body), weight };
}

/** The universe that holds a symbol: of the venue's perpetuals, of a builder's (`dex:COIN`), or of its spot pairs. */
function universeOf(symbol: string): VenueRequest {
  const colon = symbol.indexOf(':');
  if (colon > 0) return info('meta', { dex: symbol.slice(0, colon) }, 20);
  return symbol.startsWith('@') || symbol.includes('/') ? info('spotMeta', {}, 20) : info('meta', {}, 20);
}

/** Hyperliquid: every book message is the whole book, so nothing has to be joined and nothing can be missed. */
export function hyperliquid(): Venue {
  const ids = new RequestIds(1);
  const decoder = new HyperliquidDecoder(ids);
  const candles = (
    symbol: string,
    interval: Interval,
    before: Millis | null,
    limit: number,
    now: Millis,
  ): VenueRequest => {
    const end = before === null ? now : before - 1;
    const startTime = end === 0 ? 0 : Math.max(0, stepBucket(bucketStart(end, interval), interval, 1 - limit));
    const endTime = end === 0 ? FAR_AHEAD : end;
    const req = { coin: symbol, interval, startTime, endTime };
    const rows = end === 0 ? KEPT_CANDLES : limit;
    return info('candleSnapshot', req, 20 + Math.ceil(rows / 60), { type: 'candleSnapshot', req });
  };
  return {
    id: 'hyperliquid',
    name: NAME,
    kind: 'perpetual',
    simulated: false,
    proof: 'snapshot',
    bookSource: 'whole',
    sequenced: false,
    quietMs: 5_000,
    limits: {
      outboundPerSecond: 20,
      connectsPer5Minutes: 150,
      weightPerMinute: 1_000,
      streamsPerSocket: 1_000,
      maxAgeMs: 0,
    },
    socketUrls: (path) => VENUE_HOSTS.hyperliquid.sockets.map((origin) => origin + path),
    requestSocketUrls: VENUE_HOSTS.hyperliquid.sockets.map((origin) => origin + PATH),
    requestPath: PATH,
    requestOrigins: VENUE_HOSTS.hyperliquid.requests,
    intervals: INTERVALS,
    depths: [BOOK_DEPTH],
    tradeIds: 'unordered',
    acknowledges: true,

    streams,
    group: (names) => names.map((name) => [name]),
    subscribe: (names) => control('subscribe', names),
    unsubscribe: (names) => control('unsubscribe', names),
    keepAlive: () => ({ everyMs: PING_MS, text: '{"method":"ping"}' }),
    decode: (text, sink) => decoder.decode(text, sink),
    // There are no diffs.
    continuity: () => 'apply',
    joins: () => 'apply',
    readQuote: () => null,

    requestText: ({ body }, id) => {
      const payload: unknown = JSON.parse(body ?? '{}');
      return JSON.stringify({ method: 'post', id: ids.number(id, ''), request: { type: 'info', payload } });
    },
    responseBody: (text, status) => (status === 200 ? { body: text } : answers.answerFault(text, status)),

    listingRequest: universeOf,
    catalogueRequests: () => [info('meta', {}, 20), info('spotMeta', {}, 20)],
    snapshotRequest: (symbol) => info('l2Book', { coin: symbol }, 2),
    historyRequest: (symbol, interval, before, limit, now) =>
      candles(symbol, interval, before, Math.min(limit, KEPT_CANDLES), now ?? decoder.newest),
    recentTradesRequest: (symbol) => info('recentTrades', { coin: symbol }, 20),
    // The newest few trades are all that can be asked for.
    missedTradesRequest: () => null,
    timeRequest: () => info('exchangeStatus', {}, 2),
    // The stream states these figures every second.
    tickerRequest: () => null,

    readListing,
    readCatalogue: (body) => readCatalogue(body, NAME),
    readSnapshot: answers.readSnapshot,
    readSnapshotId: answers.readSnapshotId,
    readHistory: answers.readHistory,
    readTrades: answers.readTrades,
    readTime: answers.readTime,
    readTicker: () => null,
  };
}

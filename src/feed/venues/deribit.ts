import type { Channel } from '@/market/feed-state.ts';
import { bucketStart, type Interval, type Millis, stepBucket } from '@/market/time.ts';
import * as answers from './deribit-answers.ts';
import { KEEP_OPEN, REQUEST_FROM, unsubscribeNumber } from './deribit-ids.ts';
import { RESOLUTIONS } from './deribit-names.ts';
import { DeribitDecoder } from './deribit-strict.ts';
import { VENUE_HOSTS } from './hosts.ts';
import { RequestIds } from './request-ids.ts';
import type { Continuity, Diff, Stream, StreamNeed, Venue, VenueRequest } from './venue.ts';

const NAME = 'Deribit';
const PATH = '/ws/api/v2';
const HTTP = '/api/v2';
const INTERVALS: readonly Interval[] = [...RESOLUTIONS.keys()];
/** Rows of one chart answer. */
const MOST_ROWS = 5_000;
/** Trades of one answer. */
const MOST_TRADES = 1_000;
/** Depths that a book can be asked for at. */
const DEPTHS = [1, 5, 10, 20, 50, 100, 1_000, 10_000] as const;
/** Channels named in one message. */
const GROUP = 100;
const HEARTBEAT_SECONDS = 30;
/** An end that no candle reaches, for when the venue's time is not known yet. */
const FAR_AHEAD: Millis = 4_102_444_800_000;
/** What the catalogue is asked for: the options of each currency apart, since all at once are too long for a message. */
const CATALOGUE = [
  { currency: 'any', kind: 'future' },
  { currency: 'any', kind: 'spot' },
  { currency: 'BTC', kind: 'option' },
  { currency: 'ETH', kind: 'option' },
  { currency: 'USDC', kind: 'option' },
] as const;

/**
 * A change names the one before it. Older ones repeat what two sockets both said.
 * Source: the venue's book channel page, 2026; 36 of 36 changes of recording `deribit-options-20210722`.
 */
export function deribitContinuity(last: number, diff: Diff): Continuity {
  if (diff.previous === last) return 'apply';
  return diff.last <= last ? 'skip' : 'gap';
}

/** A requested book lies anywhere within the first change that reaches over it. */
export function deribitJoins(sequence: number, diff: Diff): Continuity {
  if (diff.last <= sequence) return 'skip';
  return diff.previous <= sequence ? 'apply' : 'gap';
}

function streams(need: StreamNeed): Stream[] {
  const { symbol } = need;
  const list: Stream[] = [];
  const add = (name: string, channel: Channel | 'quote'): void => {
    list.push({ name, path: PATH, channel });
  };
  if (need.book) add(`book.${symbol}.100ms`, 'book');
  if (need.trades) add(`trades.${symbol}.100ms`, 'trades');
  for (const interval of need.candles) {
    const resolution = RESOLUTIONS.get(interval);
    if (resolution !== undefined) add(`chart.trades.${symbol}.${resolution}`, 'candles');
  }
  // One channel states the figures of the day and the best prices that prove the book.
  if (need.ticker) add(`ticker.${symbol}.100ms`, 'ticker');
  else if (need.book) list.push({ name: `ticker.${symbol}.100ms`, path: PATH, channel: 'quote', optional: true });
  return list;
}

const call = (id: number, method: string, params: object): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });

function inGroups(names: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (let at = 0; at < names.length; at += GROUP) groups.push(names.slice(at, at + GROUP));
  return groups;
}

/** A question, which is the same over the socket and, as a query, over HTTP. */
function ask(method: string, params: Readonly<Record<string, string | number>>, weight = 1): VenueRequest {
  const query = Object.entries(params).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  const path = `${HTTP}/public/${method}${query.length > 0 ? '?' : ''}${query.join('&')}`;
  return { method: `public/${method}`, params, path, weight };
}

/** Deribit: one JSON-RPC socket for streams and questions alike. */
export function deribit(): Venue {
  const ids = new RequestIds(REQUEST_FROM);
  const decoder = new DeribitDecoder(ids);
  /**
   * A chart. Its answer does not say whose it is, and over HTTP only an answer to a posted question has a number: so this
   * one is posted.
   */
  const chart = (
    symbol: string,
    interval: Interval,
    before: Millis | null,
    limit: number,
    now: Millis,
  ): VenueRequest => {
    const end = before === null ? now : before - 1;
    const start = end === 0 ? 0 : Math.max(0, stepBucket(bucketStart(end, interval), interval, 1 - limit));
    const request = ask('get_tradingview_chart_data', {
      instrument_name: symbol,
      start_timestamp: start,
      end_timestamp: end === 0 ? FAR_AHEAD : end,
      resolution: RESOLUTIONS.get(interval) ?? '',
    });
    const body = call(ids.numberOf(symbol), request.method, request.params);
    return { ...request, path: `${HTTP}/${request.method}`, body };
  };
  return {
    id: 'deribit',
    name: NAME,
    kind: 'perpetual',
    simulated: false,
    proof: 'sequence',
    bookSource: 'stream',
    requestBookAfterMs: 0,
    sequenced: true,
    quietMs: 10_000,
    limits: { outboundPerSecond: 3, connectsPer5Minutes: 100, streamsPerSocket: 500, maxAgeMs: 0 },
    socketUrls: (path) => VENUE_HOSTS.deribit.sockets.map((origin) => origin + path),
    requestSocketUrls: VENUE_HOSTS.deribit.sockets.map((origin) => origin + PATH),
    requestPath: PATH,
    requestOrigins: VENUE_HOSTS.deribit.requests,
    intervals: INTERVALS,
    depths: [10_000],
    tradeIds: 'consecutive',
    acknowledges: true,

    streams,
    group: inGroups,
    subscribe: (names, id) => call(id, 'public/subscribe', { channels: names }),
    unsubscribe: (names, id) => call(unsubscribeNumber(id), 'public/unsubscribe', { channels: names }),
    hello: () => [call(KEEP_OPEN, 'public/set_heartbeat', { interval: HEARTBEAT_SECONDS })],
    // The venue asks, and the decoder answers.
    keepAlive: () => null,
    decode: (text, sink) => decoder.decode(text, sink),
    continuity: deribitContinuity,
    joins: deribitJoins,
    readQuote: () => null,

    requestText: ({ method, params }, id) => call(ids.number(id, String(params.instrument_name ?? '')), method, params),
    responseBody: (text, status) => (status === 200 ? { body: text } : answers.answerFault(text, status)),

    listingRequest: (symbol) => ask('get_instrument', { instrument_name: symbol }),
    // The booleans of a query are words, of a message values; the venue takes its default, `false`, for `expired`.
    catalogueRequests: () => CATALOGUE.map((wanted) => ask('get_instruments', wanted, 20)),
    snapshotRequest: (symbol, depth) => ask('get_order_book', { instrument_name: symbol, depth: depthOf(depth) }),
    historyRequest: (symbol, interval, before, limit, now) =>
      RESOLUTIONS.has(interval)
        ? chart(symbol, interval, before, Math.min(limit, MOST_ROWS), now ?? decoder.newest)
        : null,
    recentTradesRequest: (symbol, limit) =>
      ask('get_last_trades_by_instrument', { instrument_name: symbol, count: Math.min(limit, MOST_TRADES) }),
    missedTradesRequest: (symbol, { fromId, toId }) =>
      ask('get_last_trades_by_instrument', {
        instrument_name: symbol,
        start_seq: fromId,
        end_seq: toId,
        count: MOST_TRADES,
        sorting: 'asc',
      }),
    timeRequest: () => ask('get_time', {}),
    tickerRequest: (symbol) => ask('ticker', { instrument_name: symbol }),

    readListing: answers.readListing,
    readCatalogue: (body) => answers.readCatalogue(body, NAME),
    readSnapshot: answers.readSnapshot,
    readSnapshotId: answers.readSnapshotId,
    readHistory: (body, interval) => answers.readHistory(body, interval, (number) => ids.find(number)?.symbol ?? null),
    readTrades: answers.readTrades,
    readTime: answers.readTime,
    readTicker: answers.readTicker,
  };
}

/** The least depth on offer that is enough. */
const depthOf = (depth: number): number => DEPTHS.find((one) => one >= depth) ?? DEPTHS[DEPTHS.length - 1];

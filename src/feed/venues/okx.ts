import type { Interval } from '@/market/time.ts';
import { crc32 } from '../crc32.ts';
import { VENUE_HOSTS } from './hosts.ts';
import * as answers from './okx-answers.ts';
import { okxStreamName } from './okx-control.ts';
import { OkxDecoder } from './okx-decode.ts';
import { OKX_BARS } from './okx-slow.ts';
import { OKX_DEPTH } from './okx-strict.ts';
import {
  type ChecksumRule,
  type Continuity,
  type Diff,
  NO_SEQUENCE,
  type Stream,
  type StreamNeed,
  type TradeSpan,
  type Venue,
  type VenueRequest,
} from './venue.ts';

const PUBLIC = '/ws/v5/public';
const BUSINESS = '/ws/v5/business';
const PING_MS = 20_000;
/** The venue has announced that it will push the first book no more: so long it is waited for. */
const PUSHED_WITHIN_MS = 3_000;
const MOST_RECENT_BARS = 300;
const MOST_OLD_BARS = 100;
const MOST_TRADES = 500;
const MOST_OLD_TRADES = 100;
const CHECKED_LEVELS = 25;
const CATALOGUE_KINDS = ['SPOT', 'SWAP', 'FUTURES'] as const;

/**
 * Every message names the id of the one before. Ids may fall back after maintenance, and a message that repeats the id
 * says that nothing changed. Without ids, as in recordings older than they are, only the checksum tells.
 * Source: "Order book channel", OKX v5 API, read mid-2026.
 */
export function okxContinuity(last: number, diff: Diff): Continuity {
  if (diff.previous === last) return 'apply';
  return diff.last === last && last !== NO_SEQUENCE ? 'skip' : 'gap';
}

/** A first message joins a book that was asked for when the book's id lies between its two, the later one excluded. */
export function okxJoins(sequence: number, diff: Diff): Continuity {
  if (diff.previous === sequence) return 'apply';
  if (diff.last === NO_SEQUENCE || sequence === NO_SEQUENCE) return 'gap';
  if (diff.last <= sequence) return 'skip';
  return diff.previous <= sequence ? 'apply' : 'gap';
}

/** CRC-32 of the best 25 levels, bid and ask in turn while there are both, as a signed integer. */
export const OKX_CHECKSUM: ChecksumRule = {
  levels: CHECKED_LEVELS,
  of: (bids, asks) => {
    const parts: string[] = [];
    for (let i = 0; i < CHECKED_LEVELS; i++) {
      if (i < bids.length) parts.push(bids[i]);
      if (i < asks.length) parts.push(asks[i]);
    }
    return crc32(parts.join(':')) | 0;
  },
};

function streams(need: StreamNeed): Stream[] {
  const { symbol } = need;
  const list: Stream[] = [];
  const add = (bookOrOther: string, channel: Stream['channel'], path = PUBLIC): void => {
    list.push({ name: okxStreamName(bookOrOther, symbol), path, channel });
  };
  if (need.book) add(need.wholeBooks ? 'books5' : 'books', 'book');
  if (need.book) list.push({ name: okxStreamName('bbo-tbt', symbol), path: PUBLIC, channel: 'quote', optional: true });
  if (need.trades) add('trades', 'trades');
  for (const interval of need.candles) {
    const bar = OKX_BARS.get(interval);
    if (bar !== undefined) add(`candle${bar}`, 'candles', BUSINESS);
  }
  if (need.ticker) add('tickers', 'ticker');
  return list;
}

/** One message names streams of one instrument, so that a refusal says whose they are. */
function groupBySymbol(names: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const symbol = name.slice(name.indexOf(':') + 1);
    groups.set(symbol, [...(groups.get(symbol) ?? []), name]);
  }
  return [...groups.values()];
}

const operation = (op: string, names: readonly string[], id: number): string =>
  JSON.stringify({
    id: String(id),
    op,
    args: names.map((name) => {
      const colon = name.indexOf(':');
      return { channel: name.slice(0, colon), instId: name.slice(colon + 1) };
    }),
  });

function query(params: VenueRequest['params']): string {
  const pairs = Object.entries(params).map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

const request = (area: 'market' | 'public', method: string, params: VenueRequest['params']): VenueRequest => ({
  method,
  params,
  path: `/api/v5/${area}/${method}${query(params)}`,
  weight: 1,
});

/** The kind of an instrument as its name tells it. */
function typeOf(instId: string): string {
  if (instId.endsWith('-SWAP')) return 'SWAP';
  return /-\d{6}$/.test(instId) ? 'FUTURES' : 'SPOT';
}

/** Bars before a time are asked of the archive: the other request holds the newest 1,440 alone. */
function historyRequest(instId: string, interval: Interval, before: number | null, limit: number): VenueRequest | null {
  const bar = OKX_BARS.get(interval);
  if (bar === undefined) return null;
  return before === null
    ? request('market', 'candles', { instId, bar, limit: Math.min(limit, MOST_RECENT_BARS) })
    : request('market', 'history-candles', { instId, bar, limit: Math.min(limit, MOST_OLD_BARS), after: before });
}

/** Trades older than the id behind the last lost one, or than the time where no id is known. */
function missedTradesRequest(instId: string, { toId, to }: TradeSpan): VenueRequest {
  const older = toId > 0 ? { type: 1, after: toId + 1 } : { type: 2, after: Math.ceil(to) + 1 };
  return request('market', 'history-trades', { instId, ...older, limit: MOST_OLD_TRADES });
}

/** OKX: spot, perpetuals and dated futures on one venue; candles come over a socket path of their own. */
export const okx = (): Venue => {
  const decoder = new OkxDecoder();
  return {
    id: 'okx',
    name: 'OKX',
    kind: 'spot',
    simulated: false,
    proof: 'sequence',
    bookSource: 'stream',
    requestBookAfterMs: PUSHED_WITHIN_MS,
    wholeFallback: true,
    sequenced: true,
    checksum: OKX_CHECKSUM,
    quietMs: 0,
    limits: {
      outboundPerSecond: 3,
      subscriptionsPerHour: 480,
      connectsPer5Minutes: 300,
      // 64 KB of arguments a connection.
      streamsPerSocket: 500,
      maxAgeMs: 0,
    },
    socketUrls: (path) => VENUE_HOSTS.okx.sockets.map((origin) => origin + path),
    requestSocketUrls: [],
    requestPath: null,
    requestOrigins: VENUE_HOSTS.okx.requests,
    intervals: [...OKX_BARS.keys()],
    depths: [OKX_DEPTH],
    tradeIds: 'consecutive',
    acknowledges: true,

    streams,
    group: groupBySymbol,
    subscribe: (names, id) => operation('subscribe', names, id),
    unsubscribe: (names, id) => operation('unsubscribe', names, id),
    // A text, not JSON; without one the venue closes a socket on which it had nothing to say for half a minute.
    keepAlive: () => ({ everyMs: PING_MS, text: 'ping' }),
    decode: (text, sink) => decoder.decode(text, sink),
    continuity: okxContinuity,
    joins: okxJoins,
    readQuote: () => null,

    // Requests go over HTTP alone.
    requestText: () => '',
    responseBody: answers.readAnswer,

    listingRequest: (instId) => request('public', 'instruments', { instType: typeOf(instId), instId }),
    catalogueRequests: () => CATALOGUE_KINDS.map((instType) => request('public', 'instruments', { instType })),
    snapshotRequest: (instId, sz) => request('market', 'books', { instId, sz: Math.min(sz, OKX_DEPTH), source: 0 }),
    historyRequest,
    recentTradesRequest: (instId, limit) =>
      request('market', 'trades', { instId, limit: Math.min(limit, MOST_TRADES) }),
    missedTradesRequest,
    tickerRequest: (instId) => request('market', 'ticker', { instId }),
    timeRequest: () => request('public', 'time', {}),

    readListing: answers.readListing,
    readCatalogue: answers.readCatalogue,
    readSnapshot: answers.readSnapshot,
    readSnapshotId: answers.readSnapshotId,
    readHistory: answers.readHistory,
    readTrades: answers.readTrades,
    readTime: answers.readTime,
    readTicker: answers.readTicker,
  };
};

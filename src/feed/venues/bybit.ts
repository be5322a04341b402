import type { InstrumentKind, VenueId } from '@/market/instrument.ts';
import type { Interval } from '@/market/time.ts';
import * as answers from './bybit-answers.ts';
import { BybitDecoder } from './bybit-decode.ts';
import type { BybitCategory } from './bybit-shape.ts';
import { BYBIT_INTERVALS } from './bybit-slow.ts';
import { VENUE_HOSTS } from './hosts.ts';
import type { Continuity, Diff, Stream, StreamNeed, Venue, VenueRequest } from './venue.ts';

const DEPTH = 200;
const PING_MS = 20_000;
/** One message may name as many topics on the spot socket; kept on both. */
const MOST_TOPICS = 10;
const MOST_BARS = 1_000;
const MOST_TRADES: Record<BybitCategory, number> = { spot: 60, linear: 1_000 };
const MOST_LISTED = 1_000;

const SPELLINGS: ReadonlyMap<Interval, string> = new Map(
  [...BYBIT_INTERVALS].map(([spelt, interval]) => [interval, spelt]),
);

interface Dialect {
  readonly id: VenueId;
  readonly name: string;
  readonly kind: InstrumentKind;
  readonly category: BybitCategory;
  readonly sockets: readonly string[];
  readonly requestOrigins: readonly string[];
}

/**
 * The ids of a book's messages go up by one; what the venue repeats is passed over, and every other id, a smaller one
 * too, is a hole. Source: "Orderbook", Bybit v5 WebSocket documentation, read 2026-07; the pairs in `bybit-v5-*`.
 */
export function bybitContinuity(last: number, diff: Diff): Continuity {
  if (diff.last === last) return 'skip';
  return diff.last === last + 1 ? 'apply' : 'gap';
}

const query = (params: VenueRequest['params']): string =>
  Object.entries(params)
    .map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`)
    .join('&');

/** The symbol at the end of a topic. */
const symbolOf = (topic: string): string => /^(?:(?:orderbook|kline)\.\w+|\w+)\.(.*)$/.exec(topic)?.[1] ?? topic;

/**
 * One wrong topic fails the whole request, so a message names topics of one symbol: a symbol that is not listed takes
 * no other with it.
 */
function groupBySymbol(names: readonly string[]): string[][] {
  const groups = new Map<string, string[][]>();
  for (const name of names) {
    const symbol = symbolOf(name);
    const lists = groups.get(symbol) ?? [];
    const open = lists.at(-1);
    if (open !== undefined && open.length < MOST_TOPICS) open.push(name);
    else lists.push([name]);
    groups.set(symbol, lists);
  }
  return [...groups.values()].flat();
}

function makeVenue(dialect: Dialect): Venue {
  const { category } = dialect;
  const path = `/v5/public/${category}`;
  const decoder = new BybitDecoder(category);
  const request = (method: string, params: VenueRequest['params'], cursor = ''): VenueRequest => ({
    method,
    params: { category, ...params },
    path: `/v5/market/${method}?${query({ category, ...params })}${cursor === '' ? '' : `&cursor=${cursor}`}`,
    weight: 1,
  });
  const catalogue = (cursor: string): VenueRequest =>
    request('instruments-info', category === 'linear' ? { limit: MOST_LISTED } : {}, cursor);

  const streams = (need: StreamNeed): Stream[] => {
    const { symbol } = need;
    const list: Stream[] = [];
    if (need.book) list.push({ name: `orderbook.${DEPTH}.${symbol}`, path, channel: 'book' });
    if (need.book) list.push({ name: `orderbook.1.${symbol}`, path, channel: 'quote', optional: true });
    if (need.trades) list.push({ name: `publicTrade.${symbol}`, path, channel: 'trades' });
    for (const interval of need.candles) {
      const spelt = SPELLINGS.get(interval);
      if (spelt !== undefined) list.push({ name: `kline.${spelt}.${symbol}`, path, channel: 'candles' });
    }
    if (need.ticker) list.push({ name: `tickers.${symbol}`, path, channel: 'ticker' });
    return list;
  };

  return {
    id: dialect.id,
    name: dialect.name,
    kind: dialect.kind,
    simulated: false,
    proof: 'sequence',
    bookSource: 'stream',
    sequenced: true,
    quietMs: 0,
    limits: {
      outboundPerSecond: 10,
      connectsPer5Minutes: 500,
      // 21,000 characters of topics a connection, the longest names reckoned.
      streamsPerSocket: 500,
      maxAgeMs: 0,
    },
    socketUrls: (wanted) => dialect.sockets.map((origin) => origin + wanted),
    requestSocketUrls: [],
    requestPath: null,
    requestOrigins: dialect.requestOrigins,
    intervals: [...SPELLINGS.keys()],
    depths: [DEPTH],
    tradeIds: category === 'spot' ? 'increasing' : 'unordered',
    acknowledges: true,

    streams,
    group: groupBySymbol,
    subscribe: (names, id) => JSON.stringify({ req_id: String(id), op: 'subscribe', args: names }),
    unsubscribe: (names, id) => JSON.stringify({ req_id: String(id), op: 'unsubscribe', args: names }),
    keepAlive: () => ({ everyMs: PING_MS, text: '{"op":"ping"}' }),
    decode: (text, sink) => decoder.decode(text, sink),
    continuity: bybitContinuity,
    joins: bybitContinuity,
    readQuote: () => null,

    // Requests go over HTTP alone.
    requestText: () => '',
    responseBody: answers.readAnswer,

    listingRequest: (symbol) => request('instruments-info', { symbol }),
    catalogueRequests: () => [catalogue('')],
    nextCatalogueRequest: (body) => {
      const cursor = category === 'linear' ? answers.readCursor(body) : '';
      return cursor === '' ? null : catalogue(cursor);
    },
    // The ids of a requested book are those of the thousand-level stream and join no other.
    snapshotRequest: () => null,
    historyRequest: (symbol, interval, before, limit) => {
      const spelt = SPELLINGS.get(interval);
      if (spelt === undefined) return null;
      const end = before === null ? {} : { end: before - 1 };
      return request('kline', { symbol, interval: spelt, limit: Math.min(limit, MOST_BARS), ...end });
    },
    recentTradesRequest: (symbol, limit) =>
      request('recent-trade', { symbol, limit: Math.min(limit, MOST_TRADES[category]) }),
    // Neither ids nor times can be asked for: the newest reach back as far as they do.
    missedTradesRequest: (symbol) => request('recent-trade', { symbol, limit: MOST_TRADES[category] }),
    tickerRequest: (symbol) => request('tickers', { symbol }),
    timeRequest: () => request('time', {}),

    readListing: (body, symbol) => answers.readListing(body, symbol, category),
    readCatalogue: (body) => answers.readCatalogue(body, dialect.id, dialect.name, category),
    readSnapshot: () => null,
    readSnapshotId: () => null,
    readHistory: answers.readHistory,
    readTrades: (body) => answers.readTrades(body, category),
    readTime: answers.readTime,
    readTicker: answers.readTicker,
  };
}

/** Bybit spot. */
export const bybit = (): Venue =>
  makeVenue({
    id: 'bybit',
    name: 'Bybit',
    kind: 'spot',
    category: 'spot',
    sockets: VENUE_HOSTS.bybit.sockets,
    requestOrigins: VENUE_HOSTS.bybit.requests,
  });

/** Bybit's USDT and USDC perpetuals and futures: a socket of their own, symbols spelled like those of spot. */
export const bybitLinear = (): Venue =>
  makeVenue({
    id: 'bybit-linear',
    name: 'Bybit Perp',
    kind: 'perpetual',
    category: 'linear',
    sockets: VENUE_HOSTS['bybit-linear'].sockets,
    requestOrigins: VENUE_HOSTS['bybit-linear'].requests,
  });

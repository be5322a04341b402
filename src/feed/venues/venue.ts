import type { FaultKind } from '@/market/fault.ts';
import type { Channel, Proof } from '@/market/feed-state.ts';
import type { CatalogueEntry, Grid, InstrumentKind, VenueId } from '@/market/instrument.ts';
import type { Interval, Millis } from '@/market/time.ts';
import type { LevelList } from '../book/level-list.ts';

/**
 * One book change, already on the instrument's storage grid. Scratch: the decoder reuses it for the next message, so
 * whoever keeps one copies it. Sizes are absolute; a size of 0 removes the level.
 */
export interface Diff {
  /** First and last update id contained. */
  first: number;
  last: number;
  /** Last id of the message before it on this stream; -1 where the venue does not say. */
  previous: number;
  eventTime: Millis;
  readonly bids: LevelList;
  readonly asks: LevelList;
  /** The venue's checksum of the book after this message, as it stands on the wire; null where it states none. */
  checksum: number | null;
}

/**
 * A whole book pushed on a stream: it replaces what was held, both sides in one step. The lists may be scratch, like a
 * diff's.
 */
export interface StreamBook {
  /** Id of the book; `NO_SEQUENCE` where the venue numbers nothing. */
  sequence: number;
  eventTime: Millis;
  readonly bids: LevelList;
  readonly asks: LevelList;
  checksum: number | null;
  /**
   * Most levels a side that the venue keeps of this subscription. A side that holds as many is cut there, now and after
   * every diff; 0 when the venue sends every level it has.
   */
  depth: number;
}

/**
 * The top of the book as a second, independent route of the venue states it: a proof, never a source. Levels best
 * first; a side may be empty, which says that the book's side is.
 */
export interface Statement {
  /** Id of the book it is of, or `NO_SEQUENCE`. */
  sequence: number;
  time: Millis;
  readonly bids: LevelList;
  readonly asks: LevelList;
  /** Whether it states sizes as well as prices. */
  hasSizes: boolean;
}

/** Where a venue numbers nothing: ids of its diffs and books. */
export const NO_SEQUENCE = -1;

/** One trade, or one aggregate of consecutive trades. Scratch, like `Diff`. */
export interface TradeEvent {
  /** Venue id, integer below 2^53, consecutive where the venue says so. */
  id: number;
  /** Trades folded into it: `firstId`..`id`; equal to `id` for a single trade. */
  firstId: number;
  ticks: number;
  /** -1 when wide; then `wideLots` holds the integer. */
  lots: number;
  wideLots: bigint;
  /** 1 buyer, 0 seller. */
  aggressor: number;
  /** When it traded. */
  time: Millis;
  eventTime: Millis;
  /** Whether it came over the aggregate stream. */
  aggregated: boolean;
  /** The venue's id where it is no integer below 2^53 or differs from the number that orders trades; else empty. */
  idText: string;
  /** The venue marked it as history from before the subscription: it says where counting begins and is not counted. */
  initial: boolean;
}

/** A candle as the venue states it, running or finished, on the storage grid. */
export interface CandleEvent {
  readonly interval: Interval;
  readonly t: Millis;
  readonly o: number;
  readonly h: number;
  readonly l: number;
  readonly c: number;
  readonly v: number | string;
  readonly n: number;
  /** Trade ids it covers; -1 when it holds none or the venue does not say. */
  readonly firstId: number;
  readonly lastId: number;
  readonly closed: boolean;
  readonly eventTime: Millis;
}

/** Slow figures: only the named ones are stated by the message at hand. Ticks; decimal text where not on the grid. */
export interface TickerEvent {
  /** Price of the newest trade, which may be of long before the subscription. */
  readonly lastTicks?: number;
  readonly changeTicks?: number;
  readonly changeBasisPoints?: number;
  readonly highTicks?: number;
  readonly lowTicks?: number;
  readonly volume?: number | string;
  readonly quoteVolume?: string;
  readonly markTicks?: number;
  readonly fundingRate?: string;
  readonly nextFundingAt?: Millis;
  readonly eventTime: Millis;
}

/** Best price and size a venue states beside its book: a proof, never a source. */
export interface Quote {
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

/**
 * Answers and notices that are not market data. Streams are named by the id of the request that asked for them, or by
 * `names`, as `Venue.streams` spells them; where both are given, `names` says which of those asked for are meant.
 */
export type Control =
  | { readonly kind: 'ack'; readonly id: string | null; readonly names?: readonly string[] }
  /** With an id: of the streams asked for, all but the acknowledged `names` were silently refused. */
  | { readonly kind: 'granted'; readonly id: string; readonly names: readonly string[]; readonly detail: string }
  | {
      readonly kind: 'refusal';
      readonly id: string | null;
      readonly names?: readonly string[];
      readonly detail: string;
    }
  /** The venue waits for this text on the socket that spoke. */
  | { readonly kind: 'answer'; readonly text: string }
  /** The venue says the socket is alive and nothing else. */
  | { readonly kind: 'heartbeat' }
  /** Answer of the request API: its id, status and the whole text of the message. */
  | { readonly kind: 'response'; readonly id: string; readonly status: number; readonly text: string }
  /** The venue will close this connection: open the next one now. */
  | { readonly kind: 'closing'; readonly detail: string };

/**
 * Where a decoder puts what a message said. One message may call several methods; `rejected` replaces all of them:
 * a message is applied whole or not at all.
 */
export interface DecodeSink {
  /** Grid of a symbol in the venue's spelling, or null when nobody wants it: the message is then `ignored`. */
  grid(symbol: string): Grid | null;
  /** The message has more decimals than the grid: make it finer. The decoder then reads the same message again. */
  refine(symbol: string, priceDecimals: number, lotDecimals: number): void;
  diff(symbol: string, diff: Diff): void;
  /** A whole book of the stream: the snapshot it begins with, or every message where the venue sends no diffs. */
  book(symbol: string, book: StreamBook): void;
  /** A second route states the top of the book. */
  statement(symbol: string, statement: Statement): void;
  /** The venue states the id of its newest trade: one we have not heard of is on its way, or lost. */
  newestTrade(symbol: string, id: number, time: Millis): void;
  trade(symbol: string, trade: TradeEvent): void;
  /** A fill outside the market (insurance fund, deleveraging): no trade, but its id is used up and nothing was lost. */
  excluded(symbol: string, id: number, time: Millis): void;
  /** A best-price message: its update id is checked, its text is kept and read only when a comparison needs it. */
  quote(symbol: string, updateId: number, text: string): void;
  candle(symbol: string, candle: CandleEvent): void;
  /** History of an interval that came over the stream, oldest first; the newest row is the running bar. */
  history(symbol: string, interval: Interval, rows: readonly HistoryCandle[]): void;
  ticker(symbol: string, ticker: TickerEvent): void;
  control(message: Control): void;
  /** Understood and not needed, or of an unknown kind. `unknown` is counted towards format drift. */
  ignored(unknown: boolean): void;
  /** Refused whole. `symbol` when it could be read; `wasDiff` when the book of that symbol can no longer be trusted. */
  rejected(reason: string, symbol: string | null, wasDiff: boolean): void;
}

/** Answer of a venue's continuity rule for one diff. */
export type Continuity = 'apply' | 'skip' | 'gap';

/** A stream of one symbol on one socket path. */
export interface Stream {
  /** The venue's own name for it: `btcusdt@depth@100ms`. */
  readonly name: string;
  /** Key of the socket it belongs to: one socket serves one path. */
  readonly path: string;
  /** What it feeds; a quote stream proves the book and has no state of its own. */
  readonly channel: Channel | 'quote';
  /** The venue may rightly say nothing on it for ever: only a refusal, never silence, counts against it. */
  readonly optional?: boolean;
}

/** What is wanted of one symbol, without the picture: streams depend on nothing else. */
export interface StreamNeed {
  readonly symbol: string;
  readonly book: boolean;
  readonly trades: boolean;
  readonly candles: readonly Interval[];
  readonly ticker: boolean;
  /** The single-trade stream has spoken: aggregates are no longer needed. */
  readonly tradesSpoken: boolean;
  /** No snapshot can be had by request: the stream of whole books is the book. Only where `Venue.wholeFallback`. */
  readonly wholeBooks: boolean;
}

/** What a catalogue says of one symbol. */
export interface Listing {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly kind: InstrumentKind;
  /** Decimal text. */
  readonly priceStep: string;
  readonly sizeStep: string;
  readonly sizeUnit: string;
  readonly tradable: boolean;
  /** What one size unit stands for, where sizes are contracts: `0.01` of `BTC`, `100` of `USD`. */
  readonly contract?: { readonly value: string; readonly currency: string };
  /**
   * The increment at a price, where it depends on the price; decimal text. `priceStep` is then the finest.
   * @param ticks  a price above 0 on a grid of `priceDecimals`
   */
  readonly stepAt?: (ticks: number, priceDecimals: number) => string;
}

/** A whole book as the venue answers it, on a grid fine enough for all of it. */
export interface Snapshot {
  readonly sequence: number;
  readonly bids: LevelList;
  readonly asks: LevelList;
  /** Whether each side was cut at the asked depth: beyond its last level nothing is known. */
  readonly bidsCut: boolean;
  readonly asksCut: boolean;
}

/** A candle of history, decimals as text: human speed, read on whatever grid is current. */
export interface HistoryCandle {
  readonly t: Millis;
  readonly o: string;
  readonly h: string;
  readonly l: string;
  readonly c: string;
  readonly v: string;
  readonly n: number;
}

/** A trade fetched later, decimals as text. */
export interface FetchedTrade {
  readonly id: number;
  /** First id folded into it; `id` for a single trade. */
  readonly firstId: number;
  /** As in `TradeEvent`; absent: `id` is the venue's. */
  readonly idText?: string;
  readonly price: string;
  readonly size: string;
  readonly aggressor: number;
  readonly time: Millis;
}

/** Why a request got no answer. */
export interface RequestFault {
  readonly kind: FaultKind;
  readonly detail: string;
  /** The venue's own waiting time, 0 when it named none. */
  readonly retryAfterMs: number;
}

/** Lost trades to fetch: ids where the venue numbers them, times always; both ends included. */
export interface TradeSpan {
  readonly fromId: number;
  readonly toId: number;
  readonly from: Millis;
  readonly to: Millis;
}

/** One request, written both ways: over the request socket and as a URL to fall back to. */
export interface VenueRequest {
  readonly method: string;
  readonly params: Readonly<Record<string, string | number | readonly string[]>>;
  /** Path and query below each of the venue's request origins; empty when it can only be asked over a socket. */
  readonly path: string;
  /** JSON to POST; absent: GET. */
  readonly body?: string;
  /** Id under which `decode` reports the answer, where the venue's answer carries none of ours. */
  readonly answerKey?: string;
  /** Text that ends what the request began, sent when the answer is there. */
  readonly after?: string;
  /** Weight it costs. */
  readonly weight: number;
}

/** Text that keeps a socket open. */
export interface KeepAlive {
  readonly everyMs: number;
  readonly text: string;
}

/** How a venue's checksum is made. */
export interface ChecksumRule {
  /** Levels a side that it covers. */
  readonly levels: number;
  /**
   * Checksum of the best levels' wire texts, best first, as the decoder put them into `LevelList.tokens`. Pure. The
   * result is compared with the wire's number and published in decimal as it is.
   */
  of(bids: readonly string[], asks: readonly string[]): number;
}

/** Where the first book of a subscription comes from. */
export type BookSource =
  /** Diffs are kept while a snapshot is requested. */
  | 'request'
  /** The stream begins with a snapshot; a new one is had by subscribing again. */
  | 'stream'
  /** Every message is a whole book. */
  | 'whole';

/** Limits of a venue's connections, from its documentation. */
export interface VenueLimits {
  readonly outboundPerSecond: number;
  readonly connectsPer5Minutes: number;
  /** Request weight; absent: 2,000. */
  readonly weightPerMinute?: number;
  readonly streamsPerSocket: number;
  /** Subscriptions and their ends that one connection may ask for in an hour; absent: not counted. */
  readonly subscriptionsPerHour?: number;
  /** Planned age at which a connection is replaced before the venue cuts it; 0: never. */
  readonly maxAgeMs: number;
}

/**
 * Everything that differs between venues. One file implements it per venue; the connection, the sync machine, candles
 * and conflation are the same for all.
 */
export interface Venue {
  readonly id: VenueId;
  /** For people. */
  readonly name: string;
  readonly kind: InstrumentKind;
  readonly simulated: boolean;
  readonly proof: Proof;
  readonly bookSource: BookSource;
  /** For `stream`: a snapshot that was not pushed so long after subscribing is requested; 0 or absent: never. */
  readonly requestBookAfterMs?: number;
  /** For `request`: `streams` knows a stream of whole books for when no snapshot can be had. */
  readonly wholeFallback?: boolean;
  /** Ids of books and diffs are the venue's sequence and are published; else they only order messages. */
  readonly sequenced: boolean;
  readonly checksum?: ChecksumRule;
  /** The liveness deadline is never shorter. */
  readonly quietMs: number;
  readonly limits: VenueLimits;
  /** Origins by path key, tried in order: `wss://stream.example:9443`. */
  socketUrls(path: string): readonly string[];
  /** URLs of the request API socket; empty when there is none. */
  readonly requestSocketUrls: readonly string[];
  /** Path of the stream socket that also carries requests, so that no second socket is opened; null when none does. */
  readonly requestPath: string | null;
  /** HTTP origins, tried in order. */
  readonly requestOrigins: readonly string[];
  /** Intervals the venue publishes and keeps history of. */
  readonly intervals: readonly Interval[];
  /** Depth asked for at first and when the ladder is scrolled past it. */
  readonly depths: readonly number[];
  /**
   * What ids say: `consecutive` per symbol, so that a hole is a lost trade; `increasing`, so that an older one came
   * before; `unordered`, so that only the same id is the same trade.
   */
  readonly tradeIds: 'consecutive' | 'increasing' | 'unordered';
  /** Running bars name the last trade in them, so that later trades can be added exactly; absent: they do not. */
  readonly candlesNameTrades?: boolean;

  streams(need: StreamNeed): readonly Stream[];
  /** Split names into the groups that one message may ask for; absent: all in one. */
  group?(names: readonly string[]): readonly (readonly string[])[];
  subscribe(names: readonly string[], id: number): string;
  unsubscribe(names: readonly string[], id: number): string;
  /** Whether the venue acknowledges subscriptions: one that is not in time is then asked for again, and then refused. */
  readonly acknowledges: boolean;
  /** Sent when a socket opened, before anything is subscribed. */
  hello?(path: string): readonly string[];
  keepAlive?(path: string): KeepAlive | null;
  /** Read one message. Never throws on bad input: calls `sink.rejected`. */
  decode(text: string, sink: DecodeSink): void;
  /** The book's continuity rule, checked on every diff; `last` is the id of the book. Pure. */
  continuity(last: number, diff: Diff): Continuity;
  /** Whether the first diff kept after a snapshot joins it: `skip` older ones, `gap` when the snapshot is too old. Pure. */
  joins(snapshotSequence: number, diff: Diff): Continuity;
  /** Read a kept best-price message on a grid; null when it is malformed. */
  readQuote(text: string, grid: Grid): Quote | null;

  /** The request socket's message for a request; empty when it is only answered over HTTP. */
  requestText(request: VenueRequest, id: string): string;
  /** The body inside a request socket's response; a fault when the status says so. */
  responseBody(text: string, status: number): { readonly body: string } | RequestFault;

  listingRequest(symbol: string): VenueRequest;
  /** Requests whose answers together are the catalogue. */
  catalogueRequests(): readonly VenueRequest[];
  /** The next page after a catalogue answer; null or absent when it was whole. */
  nextCatalogueRequest?(body: string): VenueRequest | null;
  /** Null where no such question can be asked: the product then does without. */
  snapshotRequest(symbol: string, depth: number): VenueRequest | null;
  /**
   * The newest `limit` candles older than `before`, or the newest of all. `now` is the venue's time as far as it is
   * known: some venues want both ends of a span, and an adapter has no clock.
   */
  historyRequest(
    symbol: string,
    interval: Interval,
    before: Millis | null,
    limit: number,
    now?: Millis,
  ): VenueRequest | null;
  /** The newest trades, one by one. */
  recentTradesRequest(symbol: string, limit: number): VenueRequest | null;
  /** Trades, or aggregates, of a span, oldest first. */
  missedTradesRequest(symbol: string, span: TradeSpan): VenueRequest | null;
  tickerRequest(symbol: string): VenueRequest | null;
  /** What time it is at the venue; absent: it cannot be asked. */
  timeRequest?(): VenueRequest;

  readListing(body: string, symbol: string): Listing | null;
  readCatalogue(body: string): readonly CatalogueEntry[];
  /** Decimals a snapshot needs, and the snapshot on a grid at least that fine. Null when malformed. */
  readSnapshot(
    body: string,
    depth: number,
    grid: Grid,
    refine: (priceDecimals: number, lotDecimals: number) => Grid,
  ): Snapshot | null;
  /** Candles oldest first; `interval` is the one asked for. Null when malformed. */
  readHistory(body: string, interval: Interval): readonly HistoryCandle[] | null;
  /** Trades oldest first. Null when malformed. */
  readTrades(body: string): readonly FetchedTrade[] | null;
  /** The venue's time in an answer; null when malformed. */
  readTime?(body: string): Millis | null;
  readTicker(body: string, grid: Grid): TickerEvent | null;
  /** Id of the book in a snapshot answer, without reading its levels; null when malformed. */
  readSnapshotId(body: string): number | null;
}

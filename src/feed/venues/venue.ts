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
}

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

/** Answers and notices that are not market data. */
export type Control =
  | { readonly kind: 'ack'; readonly id: string }
  | { readonly kind: 'refusal'; readonly id: string | null; readonly detail: string }
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
  trade(symbol: string, trade: TradeEvent): void;
  /** A fill outside the market (insurance fund, deleveraging): no trade, but its id is used up and nothing was lost. */
  excluded(symbol: string, id: number, time: Millis): void;
  /** A best-price message: its update id is checked, its text is kept and read only when a comparison needs it. */
  quote(symbol: string, updateId: number, text: string): void;
  candle(symbol: string, candle: CandleEvent): void;
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

/** One request, written both ways: over the request socket and as a URL to fall back to. */
export interface VenueRequest {
  readonly method: string;
  readonly params: Readonly<Record<string, string | number | readonly string[]>>;
  /** Path and query below each of the venue's request origins. */
  readonly path: string;
  /** Weight it costs. */
  readonly weight: number;
}

/** Limits of a venue's connections, from its documentation. */
export interface VenueLimits {
  readonly outboundPerSecond: number;
  readonly connectsPer5Minutes: number;
  readonly streamsPerSocket: number;
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
  /** The liveness deadline is never shorter. */
  readonly quietMs: number;
  readonly limits: VenueLimits;
  /** Origins by path key, tried in order: `wss://stream.example:9443`. */
  socketUrls(path: string): readonly string[];
  /** URLs of the request API socket; empty when there is none. */
  readonly requestSocketUrls: readonly string[];
  /** HTTP origins, tried in order. */
  readonly requestOrigins: readonly string[];
  /** Intervals the venue publishes and keeps history of. */
  readonly intervals: readonly Interval[];
  /** Depth asked for at first and when the ladder is scrolled past it. */
  readonly depths: readonly number[];
  /** Trade ids are consecutive per symbol: a hole is a lost trade. */
  readonly consecutiveTradeIds: boolean;

  streams(need: StreamNeed): readonly Stream[];
  subscribe(names: readonly string[], id: number): string;
  unsubscribe(names: readonly string[], id: number): string;
  /** Read one message. Never throws on bad input: calls `sink.rejected`. */
  decode(text: string, sink: DecodeSink): void;
  /** The book's continuity rule, checked on every diff; `last` is the id of the book. Pure. */
  continuity(last: number, diff: Diff): Continuity;
  /** Whether the first diff kept after a snapshot joins it: `skip` older ones, `gap` when the snapshot is too old. Pure. */
  joins(snapshotSequence: number, diff: Diff): Continuity;
  /** Read a kept best-price message on a grid; null when it is malformed. */
  readQuote(text: string, grid: Grid): Quote | null;

  /** The request socket's message for a request. */
  requestText(request: VenueRequest, id: string): string;
  /** The body inside a request socket's response; a fault when the status says so. */
  responseBody(text: string, status: number): { readonly body: string } | RequestFault;

  listingRequest(symbol: string): VenueRequest;
  catalogueRequest(): VenueRequest;
  snapshotRequest(symbol: string, depth: number): VenueRequest;
  historyRequest(symbol: string, interval: Interval, before: Millis | null, limit: number): VenueRequest;
  /** The newest trades, one by one. */
  recentTradesRequest(symbol: string, limit: number): VenueRequest;
  /** Aggregates of a span of time, oldest first; both ends included. */
  aggregatesRequest(symbol: string, from: Millis, to: Millis): VenueRequest;
  tickerRequest(symbol: string): VenueRequest;

  readListing(body: string, symbol: string): Listing | null;
  readCatalogue(body: string): readonly CatalogueEntry[];
  /** Decimals a snapshot needs, and the snapshot on a grid at least that fine. Null when malformed. */
  readSnapshot(
    body: string,
    depth: number,
    grid: Grid,
    refine: (priceDecimals: number, lotDecimals: number) => Grid,
  ): Snapshot | null;
  readHistory(body: string): readonly HistoryCandle[] | null;
  readTrades(body: string): readonly FetchedTrade[] | null;
  readTicker(body: string, grid: Grid): TickerEvent | null;
  /** Id of the book in a snapshot answer, without reading its levels; null when malformed. */
  readSnapshotId(body: string): number | null;
}

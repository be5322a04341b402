import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Proof } from '@/market/feed-state.ts';
import type { VenueId } from '@/market/instrument.ts';
import { type CaptureLine, readCapture } from '../capture-file';
import { capturesFolder } from '../captures-folder';

/** One state of a book that was computed independently, after a line of the recording. */
export interface Checkpoint {
  readonly line: number;
  /** Id of the book, where the venue's numbering is published. */
  readonly sequence: string;
  readonly sha256: string;
}

/** A book as it has to be at the end. */
export interface ExpectedBook {
  readonly checkpoints: readonly Checkpoint[];
  readonly sequence: string;
  /** Null where only the best levels were computed. */
  readonly sha256: string | null;
  readonly bidLevels: number;
  readonly askLevels: number;
  /** Whole books and diffs that go into it. */
  readonly applied: number;
  readonly topBids: readonly (readonly [string, string])[];
  readonly topAsks: readonly (readonly [string, string])[];
  readonly quotes: { readonly compared: number; readonly agreed: number } | null;
}

export interface ExpectedTrades {
  /** Null where the recording has aggregates alone. */
  readonly count: number | null;
  readonly buyVolume: string;
  readonly sellVolume: string;
  readonly candles: readonly Readonly<Record<'o' | 'h' | 'l' | 'c' | 'v', string> & { t: number }>[];
}

export interface Expected {
  readonly books: ReadonlyMap<string, ExpectedBook>;
  readonly trades: ReadonlyMap<string, ExpectedTrades>;
  readonly checksums: number;
}

/** A recording and what is known of its venue's book. */
export interface Recording {
  readonly venue: VenueId;
  readonly name: string;
  readonly proof: Proof;
  /** The recording has the second source that proves the book; else it can only be called unverified. */
  readonly hasSecondSource?: boolean;
}

/** Every recording of a protocol that the product speaks. */
export const RECORDINGS: readonly Recording[] = [
  { venue: 'binance', name: 'binance-spot-btcusdt-20240808', proof: 'sequence' },
  { venue: 'binance-usdm', name: 'binance-usdm-btcusdt-20240808', proof: 'sequence' },
  { venue: 'binance', name: 'binance-spot-4sym-20211012', proof: 'sequence' },
  { venue: 'binance-usdm', name: 'binance-usdm-4sym-20210722', proof: 'sequence' },
  { venue: 'coinbase', name: 'coinbase-exchange-10prod-20210417', proof: 'audit' },
  { venue: 'kraken', name: 'kraken-v2-btcusd-d10-20260801', proof: 'checksum' },
  { venue: 'kraken', name: 'kraken-v2-btcusd-d25-20260802', proof: 'checksum' },
  { venue: 'kraken', name: 'kraken-v2-ethusd-d25-20260802', proof: 'checksum' },
  { venue: 'okx', name: 'okx-v5-3inst-20220513', proof: 'checksum' },
  { venue: 'bitstamp', name: 'bitstamp-10pairs-20220105', proof: 'unverified' },
  { venue: 'deribit', name: 'deribit-options-20210722', proof: 'sequence' },
  { venue: 'hyperliquid', name: 'hyperliquid-btc-20250126', proof: 'snapshot' },
];

const folder = capturesFolder();
const fileOf = (name: string): string => join(folder ?? '', `${name}.jsonl.gz`);

/** Whether a recording is there to be read. */
export const hasRecording = (name: string): boolean => folder !== null && existsSync(fileOf(name));

export const readRecording = (name: string): readonly CaptureLine[] => readCapture(fileOf(name)).lines;

type Levels = readonly (readonly [string, string, ...unknown[]])[];
interface RawBook {
  readonly last_update_id?: number;
  readonly last_change_id?: number;
  readonly bid_levels?: number;
  readonly ask_levels?: number;
  readonly book_sha256?: string;
  readonly top10_bids?: Levels;
  readonly top10_asks?: Levels;
  readonly applied?: number;
  readonly snapshots?: number;
  readonly checkpoints?: readonly { after_line: number; update_id?: number; book_sha256: string }[];
  readonly last?: { readonly top10_bids: Levels; readonly top10_asks: Levels };
  readonly cross_check_bookTicker?: {
    readonly compared_latest_ticker_not_newer: number;
    readonly matched_latest_ticker_not_newer: number;
  };
}
interface RawTrades {
  readonly count: number;
  readonly buy_volume: string;
  readonly sell_volume: string;
  readonly candles_1m: ExpectedTrades['candles'];
}
interface RawExpected {
  readonly books: Readonly<Record<string, RawBook>>;
  readonly trades?: Readonly<Record<string, RawTrades>>;
  readonly agg_trades?: Readonly<Record<string, RawTrades>>;
  readonly checksums_total?: { readonly ok: number };
}

/** Levels that every message of Hyperliquid has on each side, as its recording says throughout. */
const WHOLE_LEVELS = 20;

/** What was computed of a recording by other means, in one form for all venues. */
export function readExpected({ venue, name }: Recording): Expected {
  const raw = JSON.parse(readFileSync(join(folder ?? '', 'expected', `${name}.json`), 'utf8')) as RawExpected;
  const trades = Object.entries(raw.trades ?? raw.agg_trades ?? {});
  return {
    books: new Map(Object.entries(raw.books).map(([symbol, book]) => [symbol, bookOf(venue, book)])),
    trades: new Map(
      trades.map(([symbol, one]) => [
        symbol,
        {
          count: raw.trades ? one.count : null,
          buyVolume: one.buy_volume,
          sellVolume: one.sell_volume,
          candles: one.candles_1m,
        },
      ]),
    ),
    checksums: raw.checksums_total?.ok ?? 0,
  };
}

function bookOf(venue: VenueId, book: RawBook): ExpectedBook {
  const id = book.last_update_id ?? book.last_change_id;
  const quotes = book.cross_check_bookTicker;
  const pairs = (levels: Levels | undefined): (readonly [string, string])[] =>
    (levels ?? []).map(([price, size]) => [price, size]);
  return {
    checkpoints: (book.checkpoints ?? []).map((point) => ({
      line: point.after_line,
      sequence: point.update_id === undefined ? '' : String(point.update_id),
      sha256: point.book_sha256,
    })),
    sequence: id === undefined ? '' : String(id),
    sha256: book.book_sha256 ?? null,
    bidLevels: book.bid_levels ?? WHOLE_LEVELS,
    askLevels: book.ask_levels ?? WHOLE_LEVELS,
    applied: (book.applied ?? 0) + pushedBooks(venue, book),
    topBids: pairs(book.top10_bids ?? book.last?.top10_bids),
    topAsks: pairs(book.top10_asks ?? book.last?.top10_asks),
    quotes: quotes
      ? { compared: quotes.compared_latest_ticker_not_newer, agreed: quotes.matched_latest_ticker_not_newer }
      : null,
  };
}

/** Books of the stream count as applied; those that were requested do not. */
function pushedBooks(venue: VenueId, { snapshots }: RawBook): number {
  if (venue === 'coinbase' || venue === 'deribit') return 1;
  return venue === 'kraken' || venue === 'okx' || venue === 'hyperliquid' ? (snapshots ?? 1) : 0;
}

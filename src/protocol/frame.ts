import type { BookColumns, BookCoverage } from '@/market/book.ts';
import type { CandleRows, GapSpan } from '@/market/candle.ts';
import type { Channel, ChannelStatus } from '@/market/feed-state.ts';
import type { InstrumentId, InstrumentInfo } from '@/market/instrument.ts';
import type { LotsSum } from '@/market/quantity.ts';
import type { Interval, Millis } from '@/market/time.ts';
import type { LastTrade, PrintColumns } from '@/market/trade.ts';

/** Version of everything in this room; page and worker of different builds refuse each other. */
export const PROTOCOL_VERSION = 1;

/** A book as it stands, on the grid named by `epoch`. */
export interface BookFrame {
  /** Of the last diff in it; empty where the venue has none. */
  readonly sequence: string;
  /** Last checksum verified, decimal; empty where the venue has none. */
  readonly checksum: string;
  readonly epoch: number;
  /** Best 20 a side, ungrouped. */
  readonly top: BookColumns;
  /** Grouped by `step`: the best N levels, and everything in the window a panel looks at. */
  readonly rows: BookColumns;
  /** Ticks per row of `rows`. */
  readonly step: number;
  readonly coverage: BookCoverage;
  readonly bidLevels: number;
  readonly askLevels: number;
}

/** Prints added since the last frame. */
export interface PrintFrame {
  readonly epoch: number;
  readonly prints: PrintColumns;
  /** Number of the first print in `prints`, counting received trades from 0. */
  readonly first: number;
  /** Prints left out of this frame because it was full: in counts and candles, fetched when scrolled to. */
  readonly elided: number;
}

/** Where the history of a series stands. */
export type HistoryState = 'loading' | 'joined' | 'from-now' | 'failed';

/** Candles of one interval: those touched since the last frame, or a whole new series. */
export interface CandleFrame {
  readonly interval: Interval;
  readonly epoch: number;
  /** The series begins anew with these rows. */
  readonly reset: boolean;
  readonly candles: CandleRows;
  readonly history: HistoryState;
}

/** Slow figures of an instrument; null where the venue has not spoken. Ticks and lots. */
export interface TickerFrame {
  readonly epoch: number;
  /** Price of the newest trade by the venue's own word: shown until one of ours has come. */
  readonly lastTicks: number | null;
  readonly changeTicks: number | null;
  /** In hundredths of a percent. */
  readonly changeBasisPoints: number | null;
  readonly highTicks: number | null;
  readonly lowTicks: number | null;
  readonly volume: LotsSum | null;
  /** Decimal text in the quote currency. */
  readonly quoteVolume: string | null;
  readonly markTicks: number | null;
  /** Decimal text as the venue sends it: `0.00010000` is 0.01 %. */
  readonly fundingRate: string | null;
  readonly nextFundingAt: Millis | null;
}

/** Counting words of the public surface. */
export interface Counters {
  readonly messages: number;
  readonly bytes: number;
  readonly rejected: number;
  readonly offGrid: number;
  readonly gaps: number;
  readonly resyncs: number;
  readonly reconnects: number;
  readonly checksums: number;
  readonly checksumFailures: number;
  /** Independent best-price checks that agreed, and those that were made. */
  readonly quotesAgreed: number;
  readonly quotesCompared: number;
  /** Diffs applied to the book since it was opened. */
  readonly diffs: number;
  /** Finished bars that differed from the venue's own. */
  readonly candleDifferences: number;
}

/** Trade totals since subscribing. */
export interface TradeTotals {
  readonly received: number;
  readonly duplicates: number;
  readonly missing: number;
  readonly buyVolume: LotsSum;
  readonly sellVolume: LotsSum;
}

/** What changed of one instrument. Parts that did not change are absent; `status`, `counters`, `trades` always stand. */
export interface InstrumentFrame {
  readonly id: InstrumentId;
  readonly status: Readonly<Record<Channel, ChannelStatus>>;
  readonly counters: Counters;
  readonly trades: TradeTotals;
  readonly lastTrade: LastTrade | null;
  readonly info?: InstrumentInfo;
  readonly book?: BookFrame;
  readonly prints?: PrintFrame;
  readonly candles?: readonly CandleFrame[];
  readonly ticker?: TickerFrame;
  readonly gaps?: readonly GapSpan[];
}

/** One conflated picture of the present. The only reply that waits for credit. */
export interface Frame {
  readonly kind: 'frame';
  readonly seq: number;
  /** Arrival of the oldest event in it, worker clock; 0 when it carries no event. */
  readonly oldestArrival: Millis;
  /** Messages folded into it. */
  readonly messages: number;
  readonly instruments: readonly InstrumentFrame[];
}

/** List what a frame transfers: one buffer per column block, each once. */
export function transferables(frame: Frame): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const add = (view: Float64Array | Uint8Array): void => {
    if (view.buffer instanceof ArrayBuffer) buffers.add(view.buffer);
  };
  for (const part of frame.instruments) {
    if (part.book) for (const columns of [part.book.top, part.book.rows]) addBook(columns, add);
    if (part.prints) addPrints(part.prints.prints, add);
    for (const series of part.candles ?? []) add(series.candles.rows);
  }
  return [...buffers];
}

function addBook(columns: BookColumns, add: (view: Float64Array) => void): void {
  add(columns.bidTicks);
  add(columns.bidLots);
  add(columns.askTicks);
  add(columns.askLots);
}

/** Add the buffers of print columns. */
export function addPrints(prints: PrintColumns, add: (view: Float64Array | Uint8Array) => void): void {
  add(prints.ids);
  add(prints.ticks);
  add(prints.lots);
  add(prints.times);
  add(prints.aggressors);
}

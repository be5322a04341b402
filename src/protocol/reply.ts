import type { CandleRows } from '@/market/candle.ts';
import type { Fault } from '@/market/fault.ts';
import type { CatalogueEntry, InstrumentId } from '@/market/instrument.ts';
import type { Interval, Millis } from '@/market/time.ts';
import type { PrintColumns } from '@/market/trade.ts';
import type { Frame } from './frame.ts';
import type { HealthReport } from './health.ts';

/** Load and rates of the worker, once a second; apart from frames, so that frames stay reproducible. */
export interface HealthReply {
  readonly kind: 'health';
  readonly at: Millis;
  readonly busyPercent: number;
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly sockets: number;
  /** Our clock minus the venues' own, where a venue on the internet was asked what time it is; else null. */
  readonly clockOffsetMs: number | null;
}

/** A candle page asked for with `backfill`. */
export interface BackfillReply {
  readonly kind: 'backfilled';
  readonly id: number;
  readonly instrument: InstrumentId;
  readonly interval: Interval;
  readonly epoch: number;
  readonly candles: CandleRows;
  /** Nothing older exists. */
  readonly atStart: boolean;
}

/** The whole book's digest: SHA-256 of one line per level, `b|price|size` best first, then `a|price|size`. */
export interface DigestReply {
  readonly kind: 'digest';
  readonly id: number;
  readonly sequence: string;
  readonly bidLevels: number;
  readonly askLevels: number;
  readonly sha256: string;
}

/** What the worker says to the page. */
export type Reply =
  | Frame
  | HealthReply
  | HealthReport
  | BackfillReply
  | DigestReply
  | { readonly kind: 'ready'; readonly version: number; readonly buildId: string }
  | { readonly kind: 'pong'; readonly id: number }
  | {
      readonly kind: 'printed';
      readonly id: number;
      readonly instrument: InstrumentId;
      readonly epoch: number;
      /** Number of the first print. */
      readonly first: number;
      readonly prints: PrintColumns;
    }
  | { readonly kind: 'catalogue'; readonly id: number; readonly entries: readonly CatalogueEntry[] }
  /** A request that carries an id and could not be answered. */
  | { readonly kind: 'refused'; readonly id: number; readonly fault: Fault }
  /** Something of ours broke in the worker; it goes on. */
  | { readonly kind: 'fault'; readonly fault: Fault };

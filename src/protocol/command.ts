import type { InstrumentId, VenueId } from '@/market/instrument.ts';
import type { Interval, Millis } from '@/market/time.ts';

/** A venue moved to another origin; scheme and host only. Loopback, or a host the user confirmed. */
export interface Endpoint {
  readonly venue: VenueId;
  /** `127.0.0.1:9001` */
  readonly host: string;
}

/** Settings of the demo exchange. */
export interface DemoSettings {
  readonly seed: number;
  /** Messages a second per instrument, 20 to 5,000. */
  readonly rate: number;
  /** First venue time; null: the moment the worker starts it. */
  readonly start: Millis | null;
}

/** The picture of the book that panels want together. */
export interface WantedBook {
  /** Best levels a side, 1 to 5,000. */
  readonly best: number;
  /** Decimals that `step` and `window` count in, so that a finer grid does not change their meaning. */
  readonly priceDecimals: number;
  /** Ticks per row at those decimals; 0 means the venue's step. */
  readonly step: number;
  /** Both ends included; null when the ladder stands at the market. */
  readonly window: readonly [low: number, high: number] | null;
}

/** Everything wanted of one instrument. */
export interface Wanted {
  readonly instrument: InstrumentId;
  readonly book: WantedBook | null;
  readonly trades: boolean;
  readonly candles: readonly Interval[];
  readonly ticker: boolean;
}

/** Permission to send one frame: the next animation frame is at `frameAt`, one every `intervalMs`. */
export interface Credit {
  readonly frameAt: Millis;
  readonly intervalMs: number;
  /** Whether the page is idle: nothing was painted in the interval just gone. */
  readonly idle: boolean;
}

/** Everything a worker needs to begin or to begin again. */
export interface StartCommand {
  readonly kind: 'start';
  readonly version: number;
  readonly buildId: string;
  readonly endpoints: readonly Endpoint[];
  readonly extraHosts: readonly string[];
  readonly demo: DemoSettings;
  readonly wanted: readonly Wanted[];
  readonly credit: Credit | null;
  readonly visible: boolean;
  readonly online: boolean;
}

/** What the page says to the worker. Commands declare what should be so; sending one twice is harmless. */
export type Command =
  | StartCommand
  | { readonly kind: 'wanted'; readonly wanted: readonly Wanted[] }
  | { readonly kind: 'credit'; readonly credit: Credit }
  | { readonly kind: 'visible'; readonly visible: boolean }
  | { readonly kind: 'network'; readonly online: boolean }
  | { readonly kind: 'resume' }
  | { readonly kind: 'retry'; readonly instrument: InstrumentId }
  | { readonly kind: 'ping'; readonly id: number }
  /** Report the health of every feed once a second, or stop; answered by `report`. */
  | { readonly kind: 'health'; readonly wanted: boolean }
  /** Candles older than `before`; answered by `backfilled`. */
  | {
      readonly kind: 'backfill';
      readonly id: number;
      readonly instrument: InstrumentId;
      readonly interval: Interval;
      readonly before: Millis;
      readonly limit: number;
    }
  /** Prints numbered below `before`, newest `limit` of them; answered by `printed`. */
  | {
      readonly kind: 'prints';
      readonly id: number;
      readonly instrument: InstrumentId;
      readonly before: number;
      readonly limit: number;
    }
  | { readonly kind: 'catalogue'; readonly id: number; readonly venue: VenueId }
  | { readonly kind: 'digest'; readonly id: number; readonly instrument: InstrumentId };

import { scaleDecimal } from './decimal.ts';
import type { Ticks } from './price.ts';

/** Venues the product knows by name; which of them have an adapter is the feed's registry. */
export const VENUE_IDS = [
  'binance',
  'binance-usdm',
  'coinbase',
  'kraken',
  'bybit',
  'bybit-linear',
  'okx',
  'bitstamp',
  'hyperliquid',
  'deribit',
  'demo',
] as const;
export type VenueId = (typeof VENUE_IDS)[number];

/** `venue:symbol`, the symbol in the venue's own spelling. The identity of an instrument everywhere. */
export type InstrumentId = `${VenueId}:${string}`;

/** What kind of thing is traded. */
export type InstrumentKind = 'spot' | 'perpetual' | 'future' | 'option' | 'fx' | 'equity' | 'commodity';

/**
 * Storage grid of one instrument: the powers of ten its integers count in. It only ever gets finer; each time it does,
 * `epoch` grows by one and everything held is multiplied, so values of different epochs never meet unscaled.
 */
export interface Grid {
  /** A tick is 10^-priceDecimals of the quote currency. */
  readonly priceDecimals: number;
  /** A lot is 10^-lotDecimals of the size unit. */
  readonly lotDecimals: number;
  readonly epoch: number;
}

/** One instrument as the venue declares it now. Human speed. */
export interface InstrumentInfo {
  readonly id: InstrumentId;
  readonly venue: VenueId;
  readonly symbol: string;
  /** For people: `Binance`, `Binance Perp`, `Demo exchange`. */
  readonly venueName: string;
  readonly kind: InstrumentKind;
  readonly base: string;
  readonly quote: string;
  /** The venue's price increment as decimal text: the display grid. */
  readonly priceStep: string;
  /** The increment depends on the price: that it changes is no news. */
  readonly stepFollowsPrice?: boolean;
  /** The venue's size increment as decimal text. */
  readonly sizeStep: string;
  /** What a size counts: `BTC`, `contracts`, `USD`. */
  readonly sizeUnit: string;
  /** What one size unit stands for, where sizes are contracts: `0.01` of `BTC`; null where the unit is the thing itself. */
  readonly contract: { readonly value: string; readonly currency: string } | null;
  readonly grid: Grid;
  readonly simulated: boolean;
  /** The endpoint was moved to this machine. */
  readonly local: boolean;
}

/** A row of a venue's catalogue: enough to search and to open. */
export interface CatalogueEntry {
  readonly id: InstrumentId;
  readonly base: string;
  readonly quote: string;
  readonly kind: InstrumentKind;
  readonly venueName: string;
}

/** Whether a text names a venue. */
export const isVenueId = (text: string): text is VenueId => (VENUE_IDS as readonly string[]).includes(text);

/** Controls, direction overrides and what has no width: with them one symbol could look like another. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

/**
 * Split `venue:symbol` at the first colon; the symbol may hold colons of its own.
 * @returns null when the venue is unknown or the symbol empty or longer than 64 characters
 */
export function parseInstrumentId(text: string): { id: InstrumentId; venue: VenueId; symbol: string } | null {
  const colon = text.indexOf(':');
  if (colon < 1) return null;
  const venue = text.slice(0, colon);
  const symbol = text.slice(colon + 1);
  if (!isVenueId(venue) || symbol === '' || symbol.length > 64 || UNSEEN.test(symbol)) return null;
  return { id: `${venue}:${symbol}`, venue, symbol };
}

/** The display step in ticks of the instrument's grid; at least 1. */
export function stepTicks(info: Pick<InstrumentInfo, 'priceStep' | 'grid'>): Ticks {
  return Math.max(1, scaleDecimal(info.priceStep, info.grid.priceDecimals)) as Ticks;
}

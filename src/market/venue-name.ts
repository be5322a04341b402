import type { VenueId } from './instrument.ts';

const NAMES: Record<VenueId, string> = {
  binance: 'Binance',
  'binance-usdm': 'Binance Perp',
  coinbase: 'Coinbase',
  kraken: 'Kraken',
  bybit: 'Bybit',
  'bybit-linear': 'Bybit Perp',
  okx: 'OKX',
  bitstamp: 'Bitstamp',
  hyperliquid: 'Hyperliquid',
  deribit: 'Deribit',
  demo: 'Demo exchange',
};

/** A venue's name as a sentence says it, known before its adapter is loaded and where there is none. */
export const venueName = (venue: VenueId): string => NAMES[venue];

import type { VenueId } from '@/market/instrument.ts';
import { binance, binanceUsdm, demoVenue } from './binance.ts';
import type { Venue } from './venue.ts';

/** Venues with an adapter. Each feed makes its own: an adapter holds the scratch of its decoder. */
const REGISTRY: Partial<Record<VenueId, () => Venue>> = {
  binance,
  'binance-usdm': binanceUsdm,
  demo: demoVenue,
};

/** Make the adapter of a venue; null when there is none yet. */
export const makeVenue = (id: VenueId): Venue | null => REGISTRY[id]?.() ?? null;

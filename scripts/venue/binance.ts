import type { Capture } from '../capture-file';
import { BinanceMarket } from './binance-market';
import { detectBinance, loadRecording } from './binance-recording';
import type { VenueMarket, VenueProtocol } from './venue-protocol';

/** Binance spot and USDⓈ-M futures. */
export const binance: VenueProtocol = {
  venues: ['binance', 'binance-usdm'],
  detect: (capture: Capture): string | null => detectBinance(capture),
  open: (venue: string, captures: readonly Capture[]): VenueMarket => new BinanceMarket(loadRecording(venue, captures)),
};

import { openSession } from '../venue-session.ts';
import { binance, binanceUsdm, demoVenue } from '../venues/binance.ts';
import { VenueShelf } from '../venues/index.ts';

/** The adapters of one protocol, here without being loaded, for tests and programs that begin in one task. */
export const binanceShelf = (): VenueShelf =>
  new VenueShelf(() => Promise.reject(new Error('no such piece')), openSession)
    .add('binance', binance)
    .add('binance-usdm', binanceUsdm)
    .add('demo', demoVenue);

import { binance } from './binance';
import { coinbase } from './coinbase';
import { kraken } from './kraken';
import type { VenueProtocol } from './venue-protocol';

/** Every protocol family the server speaks; a new venue is one more entry. */
export const protocols: readonly VenueProtocol[] = [binance, coinbase, kraken];

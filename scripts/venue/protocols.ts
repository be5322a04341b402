import { binance } from './binance';
import { bitstamp } from './bitstamp';
import { bybit } from './bybit';
import { coinbase } from './coinbase';
import { deribit } from './deribit';
import { hyperliquid } from './hyperliquid';
import { kraken } from './kraken';
import { okx } from './okx';
import type { VenueProtocol } from './venue-protocol';

/** Every protocol family the server speaks; a new venue is one more entry. */
export const protocols: readonly VenueProtocol[] = [
  binance,
  bitstamp,
  bybit,
  coinbase,
  deribit,
  hyperliquid,
  kraken,
  okx,
];

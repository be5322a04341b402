import type { Profile } from './profile';
import { binanceProfile, binanceUsdmProfile, demoProfile } from './profiles/binance';
import { bitstampProfile } from './profiles/bitstamp';
import { bybitLinearProfile, bybitProfile } from './profiles/bybit';
import { coinbaseProfile } from './profiles/coinbase';
import { deribitProfile } from './profiles/deribit';
import { hyperliquidProfile } from './profiles/hyperliquid';
import { krakenProfile } from './profiles/kraken';
import { okxProfile } from './profiles/okx';

/** Every venue the product speaks to, the demo exchange among them. */
export const PROFILES: readonly Profile[] = [
  binanceProfile,
  binanceUsdmProfile,
  coinbaseProfile,
  krakenProfile,
  bybitProfile,
  bybitLinearProfile,
  okxProfile,
  bitstampProfile,
  hyperliquidProfile,
  deribitProfile,
  demoProfile,
];

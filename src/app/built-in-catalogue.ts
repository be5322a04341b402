import type { CatalogueEntry, InstrumentKind, VenueId } from '@/market/instrument.ts';
import { kindOfPair } from '@/market/instrument-kind.ts';
import { venueName } from '@/market/venue-name.ts';

/** Coins that are listed nearly everywhere, the most traded first. */
export const WELL_KNOWN_COINS = ['BTC', 'ETH', 'SOL', 'XRP', 'BNB', 'DOGE', 'ADA', 'AVAX', 'LINK', 'LTC'] as const;

const [BTC, ETH, SOL, XRP, , DOGE, ADA, AVAX, LINK, LTC] = WELL_KNOWN_COINS;
/** Without the coin of one exchange, which the others do not list. */
const EVERYWHERE = [BTC, ETH, SOL, XRP, DOGE, ADA, LINK, LTC];

type Row = readonly [symbol: string, base: string, quote: string, kind?: InstrumentKind];

/** One symbol a coin, as a venue spells it. */
const spelled = (
  coins: readonly string[],
  quote: string,
  spell: (coin: string) => string,
  kind: InstrumentKind = 'spot',
): Row[] => coins.map((coin) => [spell(coin), coin, quote, kind]);

const pairs = (separator: string, ...names: readonly `${string} ${string}`[]): Row[] =>
  names.map((name) => {
    const [base, quote] = name.split(' ');
    return [`${base}${separator}${quote}`, base, quote];
  });

const ROWS: Readonly<Record<VenueId, readonly Row[]>> = {
  binance: spelled(WELL_KNOWN_COINS, 'USDT', (coin) => `${coin}USDT`),
  'binance-usdm': spelled(WELL_KNOWN_COINS, 'USDT', (coin) => `${coin}USDT`, 'perpetual'),
  coinbase: spelled(EVERYWHERE, 'USD', (coin) => `${coin}-USD`),
  kraken: [
    ...spelled(EVERYWHERE, 'USD', (coin) => `${coin}/USD`),
    ...pairs('/', 'BTC EUR', 'ETH EUR', 'EUR USD', 'GBP USD', 'AAPLx USD'),
  ],
  bybit: spelled(EVERYWHERE, 'USDT', (coin) => `${coin}USDT`),
  'bybit-linear': spelled(EVERYWHERE, 'USDT', (coin) => `${coin}USDT`, 'perpetual'),
  okx: [
    ...spelled([BTC, ETH, SOL, XRP, DOGE], 'USDT', (coin) => `${coin}-USDT`),
    ...spelled([BTC, ETH, SOL, XRP, DOGE], 'USDT', (coin) => `${coin}-USDT-SWAP`, 'perpetual'),
  ],
  bitstamp: [
    ...spelled(EVERYWHERE, 'USD', (coin) => `${coin}USD`.toLowerCase()),
    ['btceur', 'BTC', 'EUR'],
    ['etheur', 'ETH', 'EUR'],
    ['eurusd', 'EUR', 'USD'],
  ],
  hyperliquid: spelled([BTC, ETH, SOL, XRP, DOGE, AVAX, LINK, 'HYPE'], 'USDC', (coin) => coin, 'perpetual'),
  deribit: [
    ...spelled([BTC, ETH], 'USD', (coin) => `${coin}-PERPETUAL`, 'perpetual'),
    ...spelled([BTC, ETH, SOL, XRP], 'USDC', (coin) => `${coin}_USDC-PERPETUAL`, 'perpetual'),
    ...spelled([BTC, ETH], 'USDC', (coin) => `${coin}_USDC`),
  ],
  demo: [
    ...pairs('-', 'BTC USD', 'ETH USD', 'EUR USD', 'USD JPY'),
    ['ACME', 'ACME', 'USD', 'equity'],
    ['INDX-F', 'INDX', 'USD', 'future'],
    ['GOLD', 'GOLD', 'USD', 'commodity'],
    ['MICRO-USD', 'MICRO', 'USD'],
  ],
};

const entriesOf = (venue: VenueId): readonly CatalogueEntry[] =>
  ROWS[venue].map(([symbol, base, quote, kind = 'spot']) => ({
    id: `${venue}:${symbol}`,
    base,
    quote,
    kind: kindOfPair(base, quote, kind),
    venueName: venueName(venue),
  }));

const made = new Map<VenueId, readonly CatalogueEntry[]>();

/**
 * A venue's well-known symbols in its own spelling, for as long as its list cannot be had. The same array every time,
 * so that whoever keeps something about it finds it again.
 */
export function builtInCatalogue(venue: VenueId): readonly CatalogueEntry[] {
  const known = made.get(venue) ?? entriesOf(venue);
  made.set(venue, known);
  return known;
}

import { type InstrumentId, type InstrumentKind, VENUE_IDS, type VenueId } from '@/market/instrument.ts';
import { kindOfPair } from '@/market/instrument-kind.ts';

/** Venues this build can speak to, best liked first: of instruments that are found equally well it decides. */
export const ADAPTERS: readonly VenueId[] = VENUE_IDS;

/** What a first visit tries, all at once; the first with a proven book stays. */
export const RACE: readonly InstrumentId[] = ['binance:BTCUSDT', 'coinbase:BTC-USD', 'kraken:BTC/USD'];

/** What is shown while no venue answers. */
export const DEMO_INSTRUMENT: InstrumentId = 'demo:BTC-USD';

/** Both halves of an instrument's identity. */
export function splitId(id: InstrumentId): { readonly venue: VenueId; readonly symbol: string } {
  const colon = id.indexOf(':');
  return { venue: id.slice(0, colon) as VenueId, symbol: id.slice(colon + 1) };
}

const DEMO_KINDS: Readonly<Record<string, InstrumentKind>> = {
  'EUR-USD': 'fx',
  'USD-JPY': 'fx',
  ACME: 'equity',
  'INDX-F': 'future',
  GOLD: 'commodity',
};

/** What most of a venue's instruments are. */
const MOSTLY: Partial<Record<VenueId, InstrumentKind>> = {
  'binance-usdm': 'perpetual',
  'bybit-linear': 'perpetual',
  hyperliquid: 'perpetual',
};

/** How venues spell what is not one of those: the first that fits tells. */
const SPELLINGS: readonly (readonly [spelling: RegExp, kind: InstrumentKind])[] = [
  [/^okx:.*-SWAP$|^deribit:.*-PERPETUAL$/, 'perpetual'],
  [/^(?:okx|deribit|bybit-linear):.*-[CP]$/, 'option'],
  [/^okx:.*-\d{6}$|^binance-usdm:.*_\d{6}$|^(?:deribit|bybit-linear):.*-\d{1,2}[A-Z]{3}\d{2}$/, 'future'],
  [/^hyperliquid:(?:@|.*\/)/, 'spot'],
];

/** What an instrument most likely is, until its venue has said so: right nearly always, so that nothing moves then. */
export function likelyKind(id: InstrumentId): InstrumentKind {
  const { venue, symbol } = splitId(id);
  if (venue === 'demo') return DEMO_KINDS[symbol] ?? 'spot';
  const kind = SPELLINGS.find(([spelling]) => spelling.test(id))?.[1] ?? MOSTLY[venue] ?? 'spot';
  const [base, quote] = /[-/_]/.test(symbol) ? symbol.split(/[-/_]/) : [symbol.slice(0, -3), symbol.slice(-3)];
  return kindOfPair(base, quote, kind);
}

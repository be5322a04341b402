import type { InstrumentId, InstrumentKind, VenueId } from '@/market/instrument.ts';

/** Venues this build can speak to, best liked first; the others are known by name only. */
export const ADAPTERS: readonly VenueId[] = ['binance', 'binance-usdm', 'demo'];

export const hasAdapter = (venue: VenueId): boolean => ADAPTERS.includes(venue);

/** What a first visit tries, all at once; the first with a proven book stays. */
export const RACE: readonly InstrumentId[] = (
  ['binance:BTCUSDT', 'coinbase:BTC-USD', 'kraken:BTC/USD'] as const satisfies readonly InstrumentId[]
).filter((id) => hasAdapter(id.slice(0, id.indexOf(':')) as VenueId));

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

/** What an instrument most likely is, until its venue has said so: right nearly always, so that nothing moves then. */
export function likelyKind(id: InstrumentId): InstrumentKind {
  const { venue, symbol } = splitId(id);
  if (venue === 'demo') return DEMO_KINDS[symbol] ?? 'spot';
  return venue === 'binance-usdm' || venue === 'bybit-linear' || venue === 'hyperliquid' ? 'perpetual' : 'spot';
}

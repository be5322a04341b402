import type { CatalogueEntry, InstrumentId, InstrumentKind, VenueId } from '@/market/instrument.ts';
import { WELL_KNOWN_COINS } from './built-in-catalogue.ts';
import { ADAPTERS, splitId } from './venues.ts';

/** An entry of a catalogue with its words made ready to compare; made once, asked on every key. */
export interface Searchable {
  readonly entry: CatalogueEntry;
  readonly symbol: string;
  /** The symbol without its separators: `BTC/USD` is also found as `btcusd`. */
  readonly plain: string;
  /** The symbol's parts, each behind a space; empty when it has only one. */
  readonly parts: string;
  readonly base: string;
  readonly quote: string;
  /** Base and quote together: what `BTC-USDT-SWAP` has in common with `BTCUSDT`. */
  readonly pair: string;
  /** What people call the coin, or what another venue does, each between spaces; empty for most. */
  readonly name: string;
  /** Words of kind and venue; one array for all that share them. */
  readonly words: readonly string[];
  /** Where it stands among equals, smaller first. */
  readonly order: number;
}

/** One catalogue, ready for searching. */
export interface SearchList {
  readonly items: readonly Searchable[];
  readonly byId: ReadonlyMap<InstrumentId, CatalogueEntry>;
}

const KIND_WORDS: Record<InstrumentKind, readonly string[]> = {
  spot: ['spot'],
  perpetual: ['perp', 'perpetual', 'perpetuals', 'swap', 'futures'],
  future: ['future', 'futures', 'dated'],
  option: ['option', 'options'],
  fx: ['fx', 'forex', 'currency', 'spot'],
  equity: ['equity', 'equities', 'stock', 'stocks', 'share', 'shares', 'xstock', 'xstocks'],
  commodity: ['commodity', 'commodities', 'metal'],
};

const NAMES: ReadonlyMap<string, string> = new Map([
  ['btc', ' bitcoin xbt '],
  ['eth', ' ethereum ether '],
  ['sol', ' solana '],
  ['xrp', ' ripple '],
  ['bnb', ' binancecoin '],
  ['doge', ' dogecoin xdg '],
  ['ada', ' cardano '],
  ['avax', ' avalanche '],
  ['link', ' chainlink '],
  ['ltc', ' litecoin '],
]);

/** Quotes by how much is traded against them; a venue's first of these is what a coin's name alone means there. */
const QUOTES = ['usd', 'usdt', 'usdc', 'eur', 'btc'];

/** What is simulated comes after what is real, and then what expires. */
const KIND_TIERS: Partial<Record<InstrumentKind, number>> = { future: 2, option: 3 };
const DEMO_TIER = 1;

const SEPARATORS = /[^\p{L}\p{N}]+/gu;

/** A text as symbols are compared: small letters and digits, nothing between them. */
export const plainOf = (text: string): string => text.toLowerCase().replace(SEPARATORS, '');

const lists = new WeakMap<readonly CatalogueEntry[], SearchList>();

/** Make a catalogue ready for searching; for the same array the same answer, made once. */
export function prepare(entries: readonly CatalogueEntry[]): SearchList {
  const known = lists.get(entries);
  if (known) return known;
  // A venue that lists a symbol twice shall not be shown twice.
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const wordsOf = sharedWords();
  const placeOf = quotePlaces(entries);
  const items = Array.from(byId.values(), (entry) => searchableOf(entry, wordsOf(entry), placeOf(entry)));
  const list = { items, byId };
  lists.set(entries, list);
  return list;
}

function searchableOf(entry: CatalogueEntry, words: readonly string[], place: number): Searchable {
  const { venue, symbol } = splitId(entry.id);
  const lower = symbol.toLowerCase();
  const parts = lower.replace(SEPARATORS, ' ').trim();
  const base = entry.base.toLowerCase();
  const quote = entry.quote.toLowerCase();
  return {
    entry,
    symbol: lower,
    plain: parts.replaceAll(' ', ''),
    parts: parts.includes(' ') ? ` ${parts} ` : '',
    base,
    quote,
    pair: plainOf(base + quote),
    name: NAMES.get(base) ?? '',
    words,
    order: orderOf(entry, venue, place, symbol.length),
  };
}

/**
 * Kind, then the usual quotes, the known coins, the shorter names, the better liked venues, the shorter symbols. On
 * Deribit the spot market is the side show.
 */
function orderOf(entry: CatalogueEntry, venue: VenueId, place: number, symbolLength: number): number {
  const coin = (WELL_KNOWN_COINS as readonly string[]).indexOf(entry.base);
  let order = venue === 'demo' ? DEMO_TIER : (KIND_TIERS[entry.kind] ?? 0);
  order = order * 4 + place;
  order = order * 16 + (coin < 0 ? 15 : coin);
  order = order * 16 + Math.min(15, entry.base.length);
  order = order * 16 + ADAPTERS.indexOf(venue);
  order = order * 2 + (venue === 'deribit' && entry.kind === 'spot' ? 1 : 0);
  return order * 64 + Math.min(63, symbolLength);
}

/** One more than any `order`. */
export const ORDERS = 4 * 4 * 16 * 16 * 16 * 2 * 64;

function sharedWords(): (entry: CatalogueEntry) => readonly string[] {
  const made = new Map<string, readonly string[]>();
  return ({ id, kind, venueName }) => {
    const { venue } = splitId(id);
    const key = `${venue} ${kind} ${venueName}`;
    const words = made.get(key) ?? [
      ...new Set([
        ...KIND_WORDS[kind],
        ...venue.split('-'),
        ...venueName.toLowerCase().split(/\s+/),
        ...(venue === 'demo' ? ['simulated'] : []),
      ]),
    ];
    made.set(key, words);
    return words;
  };
}

/** Where an entry's quote stands among all that its base is quoted in, in this catalogue: 0 for the usual one, to 3. */
function quotePlaces(entries: readonly CatalogueEntry[]): (entry: CatalogueEntry) => number {
  const quotes = new Map<string, string[]>();
  const keyOf = ({ id, base, kind }: CatalogueEntry): string => `${splitId(id).venue} ${kind} ${base}`;
  for (const entry of entries) {
    const key = keyOf(entry);
    const seen = quotes.get(key);
    if (!seen) quotes.set(key, [entry.quote]);
    else if (!seen.includes(entry.quote)) seen.push(entry.quote);
  }
  for (const seen of quotes.values()) seen.sort((a, b) => quoteRank(a) - quoteRank(b) || (a < b ? -1 : 1));
  return (entry) => Math.min(3, quotes.get(keyOf(entry))?.indexOf(entry.quote) ?? 0);
}

function quoteRank(quote: string): number {
  const at = QUOTES.indexOf(quote.toLowerCase());
  return at < 0 ? QUOTES.length : at;
}

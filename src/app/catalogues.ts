import type { CatalogueEntry, InstrumentId, InstrumentKind, VenueId } from '@/market/instrument.ts';
import { venueName } from '@/market/venue-name.ts';
import { ADAPTERS } from './venues.ts';

/** One venue's list of instruments, as far as it has come. */
export type Catalogue =
  | { readonly state: 'loading' }
  | { readonly state: 'loaded'; readonly entries: readonly CatalogueEntry[] }
  | { readonly state: 'failed'; readonly reason: string };

export type Catalogues = ReadonlyMap<VenueId, Catalogue>;

const entry = (venue: VenueId, symbol: string, base: string, quote: string, kind: InstrumentKind): CatalogueEntry => ({
  id: `${venue}:${symbol}`,
  base,
  quote,
  kind,
  venueName: venueName(venue),
});

const COINS = ['BTC', 'ETH', 'SOL', 'XRP', 'BNB', 'DOGE', 'ADA', 'AVAX', 'LINK', 'LTC'];

/** What is certain to be listed, for as long as a venue's own list cannot be had. */
const BUILT_IN: readonly CatalogueEntry[] = [
  ...COINS.map((coin) => entry('binance', `${coin}USDT`, coin, 'USDT', 'spot')),
  ...COINS.map((coin) => entry('binance-usdm', `${coin}USDT`, coin, 'USDT', 'perpetual')),
  entry('demo', 'BTC-USD', 'BTC', 'USD', 'spot'),
  entry('demo', 'ETH-USD', 'ETH', 'USD', 'spot'),
  entry('demo', 'EUR-USD', 'EUR', 'USD', 'fx'),
  entry('demo', 'USD-JPY', 'USD', 'JPY', 'fx'),
  entry('demo', 'ACME', 'ACME', 'USD', 'equity'),
  entry('demo', 'INDX-F', 'INDX', 'USD', 'future'),
  entry('demo', 'GOLD', 'GOLD', 'USD', 'commodity'),
  entry('demo', 'MICRO-USD', 'MICRO', 'USD', 'spot'),
];

/** Everything that can be searched now: each venue's own list where it has come, a short built-in one elsewhere. */
export function searchableEntries(catalogues: Catalogues): readonly CatalogueEntry[] {
  return ADAPTERS.flatMap((venue) => {
    const catalogue = catalogues.get(venue);
    if (catalogue?.state === 'loaded' && catalogue.entries.length > 0) return catalogue.entries;
    return BUILT_IN.filter(({ id }) => id.startsWith(`${venue}:`));
  });
}

/** What the search has to say about its lists, a sentence each. */
export function catalogueNotes(catalogues: Catalogues): string[] {
  return ADAPTERS.flatMap((venue) => {
    const catalogue = catalogues.get(venue);
    if (catalogue?.state === 'loading') return [`Loading the list of ${venueName(venue)}…`];
    if (catalogue?.state === 'failed') return [`Only well-known symbols of ${venueName(venue)}: ${catalogue.reason}`];
    return [];
  });
}

/**
 * Loads each venue's catalogue when the search is first opened, once; one that failed is asked for again the next time.
 */
export class CatalogueLoader {
  private catalogues: Catalogues = new Map();
  private readonly listeners = new Set<() => void>();

  constructor(private readonly fetchCatalogue: (venue: VenueId) => Promise<readonly CatalogueEntry[]>) {}

  readonly read = (): Catalogues => this.catalogues;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Ask for what is not there yet. */
  load(): void {
    for (const venue of ADAPTERS) {
      const state = this.catalogues.get(venue)?.state;
      if (state === 'loading' || state === 'loaded') continue;
      this.put(venue, { state: 'loading' });
      this.fetchCatalogue(venue).then(
        (entries) => this.put(venue, { state: 'loaded', entries }),
        (failure: unknown) => {
          const reason = failure instanceof Error ? failure.message : String(failure);
          this.put(venue, { state: 'failed', reason });
        },
      );
    }
  }

  private put(venue: VenueId, catalogue: Catalogue): void {
    this.catalogues = new Map(this.catalogues).set(venue, catalogue);
    for (const listener of this.listeners) listener();
  }
}

const RECENT = 'depthwire.recent';
const MOST_RECENT = 12;

/** What was opened lately, newest first; whatever else was stored is not recognised. */
export function loadRecent(
  storage: Pick<Storage, 'getItem'>,
  isId: (text: string) => InstrumentId | null,
): InstrumentId[] {
  try {
    const list: unknown = JSON.parse(storage.getItem(RECENT) ?? '[]');
    if (!Array.isArray(list)) return [];
    return list.flatMap((one) => (typeof one === 'string' ? (isId(one) ?? []) : [])).slice(0, MOST_RECENT);
  } catch {
    return [];
  }
}

/** Remember that an instrument was opened. */
export function saveRecent(storage: Pick<Storage, 'setItem'>, recent: readonly InstrumentId[], id: InstrumentId): void {
  try {
    storage.setItem(RECENT, JSON.stringify([id, ...recent.filter((one) => one !== id)].slice(0, MOST_RECENT)));
  } catch {
    // Without storage the list is simply not remembered, which harms nothing.
    return;
  }
}

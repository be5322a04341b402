import type { VenueId } from '@/market/instrument.ts';
import type { OpenSession } from '../venue-session.ts';
import type { Venue } from './venue.ts';

/**
 * The adapters, each a piece of the program of its own that is loaded when its venue is first wanted. Each feed makes
 * its own: an adapter holds the scratch of its decoder.
 */
const ADAPTERS: Readonly<Record<VenueId, () => Promise<() => Venue>>> = {
  binance: () => import('./binance.ts').then(({ binance }) => binance),
  'binance-usdm': () => import('./binance.ts').then(({ binanceUsdm }) => binanceUsdm),
  coinbase: () => import('./coinbase.ts').then(({ coinbase }) => coinbase),
  kraken: () => import('./kraken.ts').then(({ kraken }) => kraken),
  bybit: () => import('./bybit.ts').then(({ bybit }) => bybit),
  'bybit-linear': () => import('./bybit.ts').then(({ bybitLinear }) => bybitLinear),
  okx: () => import('./okx.ts').then(({ okx }) => okx),
  bitstamp: () => import('./bitstamp.ts').then(({ bitstamp }) => bitstamp),
  hyperliquid: () => import('./hyperliquid.ts').then(({ hyperliquid }) => hyperliquid),
  deribit: () => import('./deribit.ts').then(({ deribit }) => deribit),
  demo: () => import('./binance.ts').then(({ demoVenue }) => demoVenue),
};

/** Load the adapter of a venue. @returns what makes one; rejects when the piece cannot be fetched */
export const loadVenue = (id: VenueId): Promise<() => Venue> => ADAPTERS[id]();

/** What every venue shares is a piece of the program too, fetched beside the first adapter. */
const loadSession = (): Promise<OpenSession> => import('../venue-session.ts').then(({ openSession }) => openSession);

/** The adapters that are here already: what is wanted of them begins in the same task. */
export class VenueShelf {
  private readonly held = new Map<VenueId, () => Venue>();
  private readonly fetching = new Map<VenueId, Promise<void>>();

  /** @param opens  given where nothing is to be loaded: in harnesses and tests, which begin in one task */
  constructor(
    private readonly load: (id: VenueId) => Promise<() => Venue> = loadVenue,
    private opens: OpenSession | null = null,
  ) {}

  /** Put an adapter on the shelf that needs no loading. */
  add(id: VenueId, make: () => Venue): this {
    this.held.set(id, make);
    return this;
  }

  /** What is needed to open a venue; null while a part of it is not here. */
  find(id: VenueId): { readonly make: () => Venue; readonly open: OpenSession } | null {
    const make = this.held.get(id);
    return make && this.opens ? { make, open: this.opens } : null;
  }

  /** Fetch an adapter; at once when it is here. Rejects when the piece cannot be had; asked again, it is fetched again. */
  fetch(id: VenueId): Promise<void> {
    if (this.find(id)) return Promise.resolve();
    const running = this.fetching.get(id);
    if (running) return running;
    const fetched = Promise.all([this.load(id), this.opens ?? loadSession()]).then(
      ([make, opens]) => {
        this.opens = opens;
        this.held.set(id, make);
        this.fetching.delete(id);
      },
      (failure: unknown) => {
        this.fetching.delete(id);
        throw failure;
      },
    );
    this.fetching.set(id, fetched);
    return fetched;
  }
}

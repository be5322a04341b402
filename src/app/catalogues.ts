import type { CatalogueEntry, VenueId } from '@/market/instrument.ts';
import { builtInCatalogue } from './built-in-catalogue.ts';
import type { CatalogueKeeper, CatalogueSource } from './catalogue-store.ts';
import { ADAPTERS } from './venues.ts';

/** One venue's list of instruments as far as it has come: always something to search, and where it is from. */
export interface Catalogue {
  readonly entries: readonly CatalogueEntry[];
  readonly origin: 'built-in' | 'venue';
  /** When the venue stated it, milliseconds since 1970; null for a built-in list. */
  readonly fetchedAt: number | null;
  readonly request: 'idle' | 'waiting' | 'asking' | 'failed';
  /** A sentence, when the last request failed; else empty. */
  readonly reason: string;
}

export type Catalogues = ReadonlyMap<VenueId, Catalogue>;

/** What the loader needs of the page. */
export interface CataloguePorts {
  fetch(venue: VenueId): Promise<readonly CatalogueEntry[]>;
  readonly keeper: CatalogueKeeper;
  /** The machine a venue was moved to, or null. */
  hostOf(venue: VenueId): string | null;
  /** Milliseconds since 1970. */
  now(): number;
}

const LASTS_MS = 86_400_000;
const RETRY_MS = 60_000;
const AT_ONCE = 2;

const BUILT_IN = (venue: VenueId): Catalogue => ({
  entries: builtInCatalogue(venue),
  origin: 'built-in',
  fetchedAt: null,
  request: 'idle',
  reason: '',
});

/**
 * Brings the venues' lists when the search is opened: first those kept from an earlier visit, then, two at a time, from
 * the venues whose list is missing or older than a day. Whatever fails, what was there stays, and the next opening of
 * the search asks again, a minute later at the earliest.
 */
export class CatalogueLoader {
  private catalogues: Catalogues = new Map(ADAPTERS.map((venue) => [venue, BUILT_IN(venue)]));
  private readonly listeners = new Set<() => void>();
  private readonly failedAt = new Map<VenueId, number>();
  private readonly queue: VenueId[] = [];
  private asking = 0;
  private keptLists: Promise<void> | null = null;

  constructor(private readonly ports: CataloguePorts) {}

  readonly read = (): Catalogues => this.catalogues;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Why lists are not kept for the next visit; null when they are. */
  readonly problem = (): string | null => this.ports.keeper.problem;

  /** Bring what is not there yet. Settles when everything under way has been asked for, never rejects. */
  async load(): Promise<void> {
    this.keptLists ??= this.takeKept();
    await this.keptLists;
    for (const venue of ADAPTERS) {
      if (!this.isDue(venue)) continue;
      this.queue.push(venue);
      this.change(venue, { request: 'waiting' });
    }
    this.askNext();
  }

  /** One after the other, so that no single task has to make all lists ready for searching. */
  private async takeKept(): Promise<void> {
    for (const venue of ADAPTERS) {
      const source = this.sourceOf(venue);
      const kept = source && (await this.ports.keeper.load(source));
      if (kept && kept.entries.length > 0) this.change(venue, { ...kept, origin: 'venue' });
    }
  }

  private isDue(venue: VenueId): boolean {
    const { request, fetchedAt } = this.of(venue);
    if (request === 'waiting' || request === 'asking') return false;
    const now = this.ports.now();
    if (now - (this.failedAt.get(venue) ?? Number.NEGATIVE_INFINITY) < RETRY_MS) return false;
    // A time in the future is a clock that was wrong: such a list may be of any age.
    return fetchedAt === null || fetchedAt > now || now - fetchedAt >= LASTS_MS;
  }

  private askNext(): void {
    while (this.asking < AT_ONCE) {
      const venue = this.queue.shift();
      if (venue === undefined) return;
      this.asking++;
      void this.ask(venue).finally(() => {
        this.asking--;
        this.askNext();
      });
    }
  }

  private async ask(venue: VenueId): Promise<void> {
    this.change(venue, { request: 'asking' });
    try {
      const entries = await this.ports.fetch(venue);
      if (entries.length === 0) throw new Error('The list came empty.');
      const fetchedAt = this.ports.now();
      this.failedAt.delete(venue);
      this.change(venue, { entries, fetchedAt, origin: 'venue', request: 'idle', reason: '' });
      await this.keep(venue, { entries, fetchedAt });
    } catch (failure) {
      this.failedAt.set(venue, this.ports.now());
      this.change(venue, { request: 'failed', reason: failure instanceof Error ? failure.message : String(failure) });
    }
  }

  private async keep(venue: VenueId, kept: { entries: readonly CatalogueEntry[]; fetchedAt: number }): Promise<void> {
    const source = this.sourceOf(venue);
    const before = this.problem();
    if (source) await this.ports.keeper.save(source, kept);
    if (this.problem() !== before) this.tell();
  }

  /** The demo is in this page itself: its list is neither old nor out of reach, so it is not kept. */
  private sourceOf(venue: VenueId): CatalogueSource | null {
    return venue === 'demo' ? null : { venue, host: this.ports.hostOf(venue) };
  }

  private of(venue: VenueId): Catalogue {
    return this.catalogues.get(venue) ?? BUILT_IN(venue);
  }

  private change(venue: VenueId, change: Partial<Catalogue>): void {
    this.catalogues = new Map(this.catalogues).set(venue, { ...this.of(venue), ...change });
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

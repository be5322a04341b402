import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import * as v from 'valibot';
import { type CatalogueEntry, type InstrumentKind, parseInstrumentId, type VenueId } from '@/market/instrument.ts';
import { venueName } from '@/market/venue-name.ts';

/** A venue's list as it was fetched once. */
export interface KeptCatalogue {
  /** Milliseconds since 1970. */
  readonly fetchedAt: number;
  readonly entries: readonly CatalogueEntry[];
}

/** Where a list came from: a venue, and the machine it was moved to or null. */
export interface CatalogueSource {
  readonly venue: VenueId;
  readonly host: string | null;
}

/** Where lists are kept from one visit to the next. Nothing here ever rejects: what cannot be kept is not. */
export interface CatalogueKeeper {
  /** Why nothing is kept any more, in a few words; null while all is well. */
  readonly problem: string | null;
  load(source: CatalogueSource): Promise<KeptCatalogue | null>;
  save(source: CatalogueSource, kept: KeptCatalogue): Promise<void>;
}

const NAME = 'depthwire.catalogues';
/** Of the database. Its stores are two boxes; what lies in them states its own format. */
const VERSION = 1;
const FORMAT = 1;
const PATIENCE_MS = 5_000;
/** Far more than any venue lists. */
const MOST_ROWS = 100_000;
/** A list of a server on this machine is of no use once that server has gone. */
const MOVED_LASTS_MS = 86_400_000;

type Row = readonly [symbol: string, base: string, quote: string, kind: InstrumentKind];

interface Boxes extends DBSchema {
  /** By venue, or `venue@host` where it was moved. */
  lists: { key: string; value: unknown };
  /** What could not be read, as it was found. */
  aside: { key: string; value: unknown };
}

const Kept = v.object({
  format: v.literal(FORMAT),
  fetchedAt: v.pipe(v.number(), v.integer(), v.minValue(0)),
  rows: v.pipe(v.custom<readonly unknown[]>(Array.isArray), v.maxLength(MOST_ROWS)),
});

const KINDS: Readonly<Record<InstrumentKind, true>> = {
  spot: true,
  perpetual: true,
  future: true,
  option: true,
  fx: true,
  equity: true,
  commodity: true,
};

const keyOf = ({ venue, host }: CatalogueSource): string => (host === null ? venue : `${venue}@${host}`);
const LONGEST_NAME = 64;
const isName = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST_NAME;
const isKind = (value: unknown): value is InstrumentKind => typeof value === 'string' && Object.hasOwn(KINDS, value);

/**
 * Read what was kept; null when any of it is not as this version writes it. The rows are checked by hand: a schema took
 * longer for one venue's list than the whole search may take to open.
 */
export function readKept(value: unknown, venue: VenueId): KeptCatalogue | null {
  const read = v.safeParse(Kept, value);
  if (!read.success) return null;
  const name = venueName(venue);
  const entries: CatalogueEntry[] = [];
  for (const row of read.output.rows) {
    if (!Array.isArray(row) || row.length !== 4) return null;
    const [symbol, base, quote, kind]: readonly unknown[] = row;
    if (!isName(symbol) || !isName(base) || !isName(quote) || !isKind(kind)) return null;
    const id = parseInstrumentId(`${venue}:${symbol}`)?.id;
    if (id === undefined) return null;
    entries.push({ id, base, quote, kind, venueName: name });
  }
  return { fetchedAt: read.output.fetchedAt, entries };
}

/** Rows that can be read again: one odd name of a venue must not cost its whole list. */
function rowsOf(entries: readonly CatalogueEntry[]): Row[] {
  return entries.slice(0, MOST_ROWS).flatMap(({ id, base, quote, kind }): Row[] => {
    const symbol = parseInstrumentId(id)?.symbol;
    return symbol === undefined ? [] : [[symbol, base.slice(0, LONGEST_NAME), quote.slice(0, LONGEST_NAME), kind]];
  });
}

/** Keeps lists in IndexedDB. A connection that died is opened once more; after that, or when full, it gives up. */
export class CatalogueStore implements CatalogueKeeper {
  problem: string | null = null;
  private opening: Promise<IDBPDatabase<Boxes>> | null = null;

  constructor(private readonly patienceMs = PATIENCE_MS) {}

  async load(source: CatalogueSource): Promise<KeptCatalogue | null> {
    return this.attempt(null, async (database) => {
      const key = keyOf(source);
      const value: unknown = await database.get('lists', key);
      if (value === undefined) return null;
      const kept = readKept(value, source.venue);
      if (!kept) await setAside(database, key, value);
      return kept;
    });
  }

  async save(source: CatalogueSource, { fetchedAt, entries }: KeptCatalogue): Promise<void> {
    const value = { format: FORMAT, fetchedAt, rows: rowsOf(entries) };
    return this.attempt(undefined, async (database) => {
      await database.put('lists', value, keyOf(source));
      if (source.host === null) return;
      for (const key of await movedLongAgo(database, fetchedAt)) await database.delete('lists', key);
    });
  }

  private async attempt<T>(otherwise: T, work: (database: IDBPDatabase<Boxes>) => Promise<T>): Promise<T> {
    for (let tries = 1; this.problem === null; tries++) {
      const opening = this.open();
      try {
        return await soon(this.patienceMs, opening.then(work));
      } catch (failure) {
        this.close(opening);
        if (tries > 1 || !isDeadHandle(failure)) this.problem ??= reasonOf(failure);
      }
    }
    return otherwise;
  }

  private open(): Promise<IDBPDatabase<Boxes>> {
    if (this.opening) return this.opening;
    const opening = openBoxes(() => this.close(opening));
    this.opening = opening;
    return opening;
  }

  /** Let go of a connection, also of one that opens only later. A newer one is not touched. */
  private close(opening: Promise<IDBPDatabase<Boxes>>): void {
    if (this.opening === opening) this.opening = null;
    opening.then(
      (database) => database.close(),
      () => undefined,
    );
  }
}

/** @param letGo  another tab has a newer version, the user deletes the data, or the browser ended the connection */
async function openBoxes(letGo: () => void): Promise<IDBPDatabase<Boxes>> {
  return openDB<Boxes>(NAME, VERSION, {
    upgrade(database) {
      database.createObjectStore('lists');
      database.createObjectStore('aside');
    },
    blocking: letGo,
    terminated: letGo,
  });
}

/** Kept before it is deleted: what cannot be read today may be worth something to another version. */
async function setAside(database: IDBPDatabase<Boxes>, key: string, value: unknown): Promise<void> {
  await database.put('aside', value, key);
  await database.delete('lists', key);
}

/** Keys of lists that came from a server on this machine more than a day ago. */
async function movedLongAgo(database: IDBPDatabase<Boxes>, now: number): Promise<string[]> {
  const keys = (await database.getAllKeys('lists')).filter((key) => key.includes('@'));
  const values: unknown[] = await Promise.all(keys.map((key) => database.get('lists', key)));
  return keys.filter((_, index) => {
    const read = v.safeParse(Kept, values[index]);
    return read.success && now - read.output.fetchedAt > MOVED_LASTS_MS;
  });
}

/** A storage that hangs must not hold up the search. */
function soon<T>(patienceMs: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DOMException('', 'TimeoutError')), patienceMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const nameOf = (failure: unknown): string => (failure instanceof Error ? failure.name : '');
const isDeadHandle = (failure: unknown): boolean =>
  ['InvalidStateError', 'AbortError', 'NotFoundError'].includes(nameOf(failure));

const CLOSED = 'this browser does not let the page store anything';
const REASONS: Readonly<Record<string, string>> = {
  SecurityError: CLOSED,
  ReferenceError: CLOSED,
  TypeError: CLOSED,
  QuotaExceededError: 'the storage of this browser is full',
  VersionError: 'a newer version of this page has been here',
  TimeoutError: 'the storage of this browser does not answer',
};

const reasonOf = (failure: unknown): string => REASONS[nameOf(failure)] ?? 'the storage of this browser failed';

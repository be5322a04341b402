import * as fake from 'fake-indexeddb';
import fc from 'fast-check';
import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CatalogueEntry } from '@/market/instrument.ts';
import { builtInCatalogue } from './built-in-catalogue.ts';
import { CatalogueStore, type KeptCatalogue, readKept } from './catalogue-store.ts';

const NAME = 'depthwire.catalogues';
const KRAKEN = { venue: 'kraken', host: null } as const;
const entries: readonly CatalogueEntry[] = builtInCatalogue('kraken');
const kept: KeptCatalogue = { fetchedAt: 1_700_000_000_000, entries };
const row = { format: 1, fetchedAt: 5, rows: [['BTC/USD', 'BTC', 'USD', 'spot']] };

/** What lies in one box of the database. */
async function inBox(box: 'lists' | 'aside', key = 'kraken'): Promise<unknown> {
  const database = await openDB(NAME);
  const value: unknown = await database.get(box, key);
  database.close();
  return value;
}

async function putInBox(value: unknown, key = 'kraken'): Promise<void> {
  await new CatalogueStore().save({ venue: 'demo', host: null }, kept);
  const database = await openDB(NAME);
  await database.put('lists', value, key);
  database.close();
}

const refusal = (name: string): DOMException => new DOMException('refused', name);

beforeEach(() => {
  const { IDBFactory, ...names } = fake;
  for (const [name, value] of Object.entries(names)) if (name.startsWith('IDB')) vi.stubGlobal(name, value);
  vi.stubGlobal('indexedDB', new IDBFactory());
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('a kept list', () => {
  test('is there for the next visit as it was, with the time it was fetched', async () => {
    await new CatalogueStore().save(KRAKEN, kept);
    expect(await new CatalogueStore().load(KRAKEN)).toEqual(kept);
    expect(await new CatalogueStore().load({ venue: 'okx', host: null })).toBeNull();
  });

  test('is replaced by a newer one', async () => {
    const store = new CatalogueStore();
    await store.save(KRAKEN, kept);
    const newer = { fetchedAt: kept.fetchedAt + 1, entries: entries.slice(0, 2) };
    await store.save(KRAKEN, newer);
    expect(await store.load(KRAKEN)).toEqual(newer);
  });

  test('does not suffer from one name that is too long', async () => {
    const odd: CatalogueEntry = { ...entries[0], id: `kraken:${'x'.repeat(65)}` };
    const long: CatalogueEntry = { ...entries[1], base: 'y'.repeat(65) };
    const store = new CatalogueStore();
    await store.save(KRAKEN, { ...kept, entries: [odd, long, entries[2]] });
    expect((await store.load(KRAKEN))?.entries).toEqual([{ ...long, base: 'y'.repeat(64) }, entries[2]]);
  });

  test('of a server on this machine is never taken for the venue, and goes when it is a day old', async () => {
    const store = new CatalogueStore();
    await store.save(KRAKEN, kept);
    const old = { venue: 'kraken', host: '127.0.0.1:1' } as const;
    await store.save(old, { ...kept, entries: entries.slice(0, 1) });
    expect((await store.load(KRAKEN))?.entries).toHaveLength(entries.length);
    expect((await store.load(old))?.entries).toHaveLength(1);
    const nextDay = kept.fetchedAt + 90_000_000;
    await store.save({ venue: 'okx', host: '127.0.0.1:2' }, { fetchedAt: nextDay, entries: [] });
    expect(await store.load(old)).toBeNull();
    expect(await store.load(KRAKEN)).not.toBeNull();
  });
});

describe('what cannot be read', () => {
  test.each([
    ['a text', 'x'],
    ['null', null],
    ['nothing inside', {}],
    ['a newer format', { ...row, format: 2 }],
    ['no time', { ...row, fetchedAt: 'x' }],
    ['a time that is no number', { ...row, fetchedAt: Number.NaN }],
    ['no rows', { ...row, rows: {} }],
    ['a short row', { ...row, rows: [['BTC/USD', 'BTC', 'USD']] }],
    ['an unknown kind', { ...row, rows: [['BTC/USD', 'BTC', 'USD', 'constructor']] }],
    ['an empty symbol', { ...row, rows: [['', 'BTC', 'USD', 'spot']] }],
    ['a number for a name', { ...row, rows: [['BTC/USD', 1, 'USD', 'spot']] }],
    ['an endless name', { ...row, rows: [['BTC/USD', 'x'.repeat(65), 'USD', 'spot']] }],
  ])('is set aside, not fatal: %s', async (_, value) => {
    await putInBox(value);
    const store = new CatalogueStore();
    expect(await store.load(KRAKEN)).toBeNull();
    expect(store.problem).toBeNull();
    expect(await inBox('aside')).toEqual(value);
    expect(await inBox('lists')).toBeUndefined();
    await store.save(KRAKEN, kept);
    expect(await store.load(KRAKEN)).toEqual(kept);
  });

  test('is told from what can, whatever it is', () => {
    expect(readKept(row, 'kraken')?.entries).toHaveLength(1);
    fc.assert(
      fc.property(fc.anything(), fc.array(fc.array(fc.anything(), { maxLength: 5 })), (value, rows) => {
        readKept(value, 'kraken');
        const read = readKept({ ...row, rows }, 'kraken');
        if (read) expect(read.entries).toHaveLength(rows.length);
      }),
    );
  });
});

describe('a database that', () => {
  test('dies under the page is opened once more', async () => {
    const store = new CatalogueStore();
    await store.save(KRAKEN, kept);
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(() => {
      throw refusal('InvalidStateError');
    });
    expect(await store.load(KRAKEN)).toEqual(kept);
    expect(store.problem).toBeNull();
  });

  test('dies under several requests at once serves them all', async () => {
    const store = new CatalogueStore();
    await store.save(KRAKEN, kept);
    const die = (): never => {
      throw refusal('InvalidStateError');
    };
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(die).mockImplementationOnce(die);
    expect(await Promise.all([store.load(KRAKEN), store.load(KRAKEN)])).toEqual([kept, kept]);
    expect(store.problem).toBeNull();
  });

  test('is deleted under the page begins anew', async () => {
    const store = new CatalogueStore();
    await store.save(KRAKEN, kept);
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(NAME);
      request.onsuccess = resolve;
      request.onerror = reject;
    });
    expect(await store.load(KRAKEN)).toBeNull();
    await store.save(KRAKEN, kept);
    expect(await store.load(KRAKEN)).toEqual(kept);
  });

  test('stays dead is not asked again', async () => {
    const store = new CatalogueStore();
    await store.save(KRAKEN, kept);
    const dead = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
      throw refusal('InvalidStateError');
    });
    expect(await store.load(KRAKEN)).toBeNull();
    await store.save(KRAKEN, kept);
    expect(store.problem).toBe('the storage of this browser failed');
    expect(dead).toHaveBeenCalledTimes(2);
  });

  test('was made by a newer version is left as it is', async () => {
    (await openDB(NAME, 7, { upgrade: (database) => void database.createObjectStore('future') })).close();
    const store = new CatalogueStore();
    await store.save(KRAKEN, kept);
    expect(store.problem).toBe('a newer version of this page has been here');
    const database = await openDB(NAME);
    expect([database.version, [...database.objectStoreNames]]).toEqual([7, ['future']]);
    database.close();
  });

  test('is held by another tab does not hold up the search', async () => {
    const other = await openDB(NAME, 1, { upgrade: (database) => void database.createObjectStore('lists') });
    const upgrading = openDB(NAME, 2);
    const store = new CatalogueStore(20);
    expect(await store.load(KRAKEN)).toBeNull();
    expect(store.problem).toBe('the storage of this browser does not answer');
    other.close();
    (await upgrading).close();
  });

  test('wants to be upgraded by another tab is let go', async () => {
    await new CatalogueStore().save(KRAKEN, kept);
    const newer = await openDB(NAME, 2);
    expect(newer.version).toBe(2);
    newer.close();
  });
});

describe('a browser that', () => {
  test('has no room keeps nothing and says so', async () => {
    const store = new CatalogueStore();
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw refusal('QuotaExceededError');
    });
    await store.save(KRAKEN, kept);
    expect(store.problem).toBe('the storage of this browser is full');
    expect(await store.load(KRAKEN)).toBeNull();
  });

  test.each([
    ['has no database', undefined],
    [
      'forbids it',
      {
        open() {
          throw refusal('SecurityError');
        },
      },
    ],
  ])('%s keeps nothing and says so', async (_, indexedDB) => {
    vi.stubGlobal('indexedDB', indexedDB);
    const store = new CatalogueStore();
    await store.save(KRAKEN, kept);
    expect(store.problem).toBe('this browser does not let the page store anything');
    expect(await store.load(KRAKEN)).toBeNull();
  });
});

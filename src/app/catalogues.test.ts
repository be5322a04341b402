import { beforeEach, describe, expect, test } from 'vitest';
import { type CatalogueEntry, VENUE_IDS, type VenueId } from '@/market/instrument.ts';
import type { CatalogueKeeper, CatalogueSource, KeptCatalogue } from './catalogue-store.ts';
import { catalogueNotes, listAge } from './catalogue-words.ts';
import { type Catalogue, CatalogueLoader } from './catalogues.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const listed = (venue: VenueId): CatalogueEntry[] => [
  { id: `${venue}:PEPE`, base: 'PEPE', quote: 'USD', kind: 'spot', venueName: venue },
];

/** Lets everything that can go on go on. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
};

class FakeKeeper implements CatalogueKeeper {
  problem: string | null = null;
  readonly held = new Map<string, KeptCatalogue>();
  readonly loaded: string[] = [];
  private readonly keyOf = ({ venue, host }: CatalogueSource) => (host === null ? venue : `${venue}@${host}`);

  async load(source: CatalogueSource): Promise<KeptCatalogue | null> {
    this.loaded.push(this.keyOf(source));
    return this.held.get(this.keyOf(source)) ?? null;
  }

  async save(source: CatalogueSource, kept: KeptCatalogue): Promise<void> {
    this.held.set(this.keyOf(source), kept);
  }
}

let now: number;
let keeper: FakeKeeper;
let hosts: Partial<Record<VenueId, string>>;
/** Requests under way, to be answered by the test. */
let asked: { venue: VenueId; answer: (entries: CatalogueEntry[]) => void; refuse: (reason: string) => void }[];
let everAsked: VenueId[];

const start = (): CatalogueLoader =>
  new CatalogueLoader({
    keeper,
    now: () => now,
    hostOf: (venue) => hosts[venue] ?? null,
    fetch: (venue) =>
      new Promise((resolve, reject) => {
        everAsked.push(venue);
        asked.push({ venue, answer: resolve, refuse: (reason) => reject(new Error(reason)) });
      }),
  });

/** Answers whatever is asked until nothing is. */
async function answerAll(except: readonly VenueId[] = []): Promise<void> {
  for (await settle(); asked.length > 0; await settle()) {
    for (const one of asked.splice(0)) {
      if (except.includes(one.venue)) one.refuse(`${one.venue} refused.`);
      else one.answer(listed(one.venue));
    }
  }
}

const symbols = (loader: CatalogueLoader, venue: VenueId): string[] =>
  (loader.read().get(venue)?.entries ?? []).map(({ id }) => id);

beforeEach(() => {
  now = 1_700_000_000_000;
  keeper = new FakeKeeper();
  hosts = {};
  asked = [];
  everAsked = [];
});

describe('the catalogues', () => {
  test('are there from the start as short lists of every venue, and nothing is asked or read for them', () => {
    const loader = start();
    for (const venue of VENUE_IDS) expect(symbols(loader, venue).length).toBeGreaterThanOrEqual(8);
    expect(everAsked).toEqual([]);
    expect(keeper.loaded).toEqual([]);
  });

  test('are asked for two at a time once the search is opened', async () => {
    const loader = start();
    void loader.load();
    await settle();
    expect(asked.map(({ venue }) => venue)).toEqual(['binance', 'binance-usdm']);
    asked.shift()?.answer(listed('binance'));
    await settle();
    expect(asked.map(({ venue }) => venue)).toEqual(['binance-usdm', 'coinbase']);
    await answerAll();
    expect(everAsked).toEqual(VENUE_IDS);
    expect(symbols(loader, 'kraken')).toEqual(['kraken:PEPE']);
  });

  test('are asked for once, however often the search is opened meanwhile', async () => {
    const loader = start();
    void loader.load();
    void loader.load();
    await settle();
    void loader.load();
    await answerAll();
    await loader.load();
    await settle();
    expect(everAsked).toHaveLength(VENUE_IDS.length);
  });

  test('are kept, and not asked for again on a visit within a day', async () => {
    void start().load();
    await answerAll();
    expect(keeper.held.size).toBe(VENUE_IDS.length - 1);
    everAsked = [];
    now += DAY - 1;
    const loader = start();
    await loader.load();
    await settle();
    expect(everAsked).toEqual(['demo']);
    expect(symbols(loader, 'kraken')).toEqual(['kraken:PEPE']);
    expect(loader.read().get('kraken')?.fetchedAt).toBe(now - DAY + 1);
  });

  test('are asked for again when they are a day old, or from a future that a wrong clock made', async () => {
    keeper.held.set('kraken', { fetchedAt: now - DAY, entries: listed('kraken') });
    keeper.held.set('okx', { fetchedAt: now + 1, entries: listed('okx') });
    keeper.held.set('bybit', { fetchedAt: now - DAY + 1, entries: listed('bybit') });
    const loader = start();
    void loader.load();
    await settle();
    expect(symbols(loader, 'kraken')).toEqual(['kraken:PEPE']);
    await answerAll();
    expect(everAsked).toContain('kraken');
    expect(everAsked).toContain('okx');
    expect(everAsked).not.toContain('bybit');
    expect(loader.read().get('kraken')?.fetchedAt).toBe(now);
  });

  test('of a moved venue are kept apart from those of the venue', async () => {
    hosts = { kraken: '127.0.0.1:9001' };
    keeper.held.set('kraken', { fetchedAt: now, entries: [] });
    void start().load();
    await answerAll();
    expect(everAsked).toContain('kraken');
    expect(keeper.held.get('kraken@127.0.0.1:9001')?.entries).toHaveLength(1);
    expect(keeper.held.get('kraken')?.entries).toHaveLength(0);
  });

  test('that fail leave what was there, and are asked for again a minute later at the earliest', async () => {
    keeper.held.set('kraken', { fetchedAt: now - 3 * DAY, entries: listed('kraken') });
    const loader = start();
    void loader.load();
    await answerAll(['kraken', 'okx']);
    expect(symbols(loader, 'kraken')).toEqual(['kraken:PEPE']);
    expect(symbols(loader, 'okx')).toContain('okx:BTC-USDT');
    expect(catalogueNotes(loader.read(), null)).toEqual([
      'No list came from Kraken: kraken refused. An older list stands in.',
      'No list came from OKX: okx refused. Only its well-known symbols are here.',
    ]);
    everAsked = [];
    await loader.load();
    await settle();
    expect(everAsked).toEqual([]);
    now += 60_000;
    void loader.load();
    await answerAll();
    expect(everAsked).toEqual(['kraken', 'okx']);
    expect(catalogueNotes(loader.read(), null)).toEqual([]);
  });

  test('that come empty count as failed', async () => {
    const loader = start();
    void loader.load();
    await settle();
    asked[0].answer([]);
    await settle();
    expect(loader.read().get('binance')).toMatchObject({ origin: 'built-in', request: 'failed' });
  });

  test('that cannot be kept are there all the same, with a note', async () => {
    const loader = start();
    let told = 0;
    loader.subscribe(() => told++);
    void loader.load();
    await settle();
    keeper.save = async () => {
      keeper.problem = 'the storage of this browser is full';
    };
    const before = told;
    asked[0].answer(listed('binance'));
    await settle();
    expect(symbols(loader, 'binance')).toEqual(['binance:PEPE']);
    expect(catalogueNotes(loader.read(), loader.problem()).at(-1)).toBe(
      'Not saving the lists: the storage of this browser is full.',
    );
    expect(told).toBeGreaterThan(before + 1);
  });
});

describe('the words about them', () => {
  const some = (change: Partial<Catalogue>): Catalogue => ({
    entries: [],
    origin: 'built-in',
    fetchedAt: null,
    request: 'idle',
    reason: '',
    ...change,
  });

  test('stay few when much is loading or nothing can be reached', () => {
    const all = (request: Catalogue['request']) => new Map(VENUE_IDS.map((venue) => [venue, some({ request })]));
    expect(catalogueNotes(all('waiting'), null)).toEqual([
      'Loading the lists of Binance, Binance Perp, Coinbase, Kraken and 7 more…',
    ]);
    expect(catalogueNotes(all('failed'), 'x')).toEqual([
      'No list came from Binance, Binance Perp, Coinbase, Kraken and 7 more: well-known symbols or older lists stand in.',
      'Not saving the lists: x.',
    ]);
  });

  test('do not name the venue twice', () => {
    const reason = 'Kraken refuses connections or cannot be reached from here.';
    const notes = catalogueNotes(new Map([['kraken', some({ request: 'failed', reason })]]), null);
    expect(notes).toEqual([`${reason} Only its well-known symbols are here.`]);
  });

  test.each([
    [0, 'Kraken list just fetched'],
    [-5, 'Kraken list just fetched'],
    [59 * 60_000, 'Kraken list 59 min old'],
    [3 * HOUR, 'Kraken list 3 h old'],
    [47 * HOUR, 'Kraken list 47 h old'],
    [3 * DAY, 'Kraken list 3 d old'],
  ])('say how old a list is: %d ms', (age, text) => {
    expect(listAge('kraken', some({ fetchedAt: now - age }), now)).toBe(text);
  });

  test('call a built-in list one, and have nothing to say of the demo', () => {
    expect(listAge('kraken', some({}), now)).toBe('Kraken: built-in list');
    expect(listAge('demo', some({}), now)).toBe('');
  });
});

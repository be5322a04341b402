import { describe, expect, test } from 'vitest';
import type { CatalogueEntry, VenueId } from '@/market/instrument.ts';
import { builtInCatalogue } from './built-in-catalogue.ts';
import type { Catalogue, Catalogues } from './catalogues.ts';
import { rememberedEntries, type SearchView, searchGroups } from './search-items.ts';

const builtIn = (venue: VenueId): Catalogue => ({
  entries: builtInCatalogue(venue),
  origin: 'built-in',
  fetchedAt: null,
  request: 'idle',
  reason: '',
});
const fetched = (venue: VenueId, entries: readonly CatalogueEntry[], fetchedAt = 0): [VenueId, Catalogue] => [
  venue,
  { ...builtIn(venue), entries, fetchedAt, origin: 'venue' },
];
const entry = (change: Partial<CatalogueEntry>): CatalogueEntry => ({
  id: 'kraken:BTC/USD',
  base: 'BTC',
  quote: 'USD',
  kind: 'spot',
  venueName: 'Kraken',
  ...change,
});

function view(change: Partial<SearchView>): SearchView {
  return {
    query: '',
    ranking: { starred: [], recent: [], entries: [], total: 0 },
    commands: [],
    catalogues: new Map([['kraken', builtIn('kraken')]]),
    remembered: { starred: [], recent: [] },
    now: 0,
    ...change,
  };
}
const only = (change: Partial<CatalogueEntry>, rest: Partial<SearchView> = {}) =>
  searchGroups(view({ ranking: { starred: [], recent: [], entries: [entry(change)], total: 1 }, ...rest }))[0].items[0];

describe('the lines of the search', () => {
  test('stand under headings, and an empty heading is left out', () => {
    const command = { id: 'command:help', label: 'Help', detail: 'help', run: () => undefined };
    const ranking = { starred: [], recent: [entry({})], entries: [entry({ id: 'kraken:ETH/USD' })], total: 2 };
    const groups = searchGroups(view({ ranking, commands: [command] }));
    expect(groups.map(({ title, items }) => [title, items.map(({ id, kind }) => [id, kind])])).toEqual([
      ['Recent', [['kraken:BTC/USD', 'recent']]],
      ['Instruments', [['kraken:ETH/USD', 'instrument']]],
      ['Commands', [['command:help', 'command']]],
    ]);
    expect(groups[2].items[0].isStarred).toBeNull();
  });

  test('name venue and kind, each once, and say what is only built in', () => {
    expect(only({ kind: 'fx' }).detail).toBe('Kraken · FX · built-in');
    const perp = { id: 'binance-usdm:BTCUSDT', kind: 'perpetual', venueName: 'Binance Perp' } as const;
    expect(only(perp).detail).toBe('Binance Perp');
    const catalogues: Catalogues = new Map([fetched('kraken', [entry({})], 1)]);
    expect(only({ kind: 'equity' }, { catalogues }).detail).toBe('Kraken · equity');
  });

  test('say how old their list is', () => {
    expect(only({}).source).toBe('Kraken: built-in list');
    const catalogues: Catalogues = new Map([fetched('kraken', [entry({})], 1)]);
    expect(only({}, { catalogues, now: 7_200_001 }).source).toBe('Kraken list 2 h old');
  });

  test('mark what the query met, in the text as it is shown', () => {
    expect(only({}, { query: 'usd' }).met).toEqual([4, 3]);
    expect(only({}, { query: 'kraken btc' }).met).toEqual([0, 3]);
    expect(only({}, { query: 'kraken' }).met).toBeNull();
    const turned = only({ id: 'kraken:\u202eBTC\u0000' }, { query: 'btc' });
    expect(turned.label.trim()).toBe('BTC');
    expect(turned.label.slice(turned.met?.[0], (turned.met?.[0] ?? 0) + 3)).toBe('BTC');
  });
});

describe('what is remembered', () => {
  test('can be found again while its list has not come, and only then', () => {
    const remembered = {
      starred: ['kraken:WIF/USD', 'kraken:BTC/USD'],
      recent: ['kraken:WIF/USD', 'okx:OLD-USDT-SWAP', 'bitstamp:gbpusd'],
    } as const;
    const catalogues: Catalogues = new Map([
      ['kraken', builtIn('kraken')],
      fetched('okx', [entry({ id: 'okx:BTC-USDT' })]),
      ['bitstamp', builtIn('bitstamp')],
    ]);
    expect(rememberedEntries(remembered, catalogues)).toEqual([
      { id: 'kraken:WIF/USD', base: 'WIF', quote: 'USD', kind: 'spot', venueName: 'Kraken' },
      { id: 'bitstamp:gbpusd', base: 'gbpusd', quote: '', kind: 'fx', venueName: 'Bitstamp' },
    ]);
  });
});

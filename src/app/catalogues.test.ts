import { describe, expect, test, vi } from 'vitest';
import { type CatalogueEntry, parseInstrumentId, type VenueId } from '@/market/instrument.ts';
import { CatalogueLoader, catalogueNotes, loadRecent, saveRecent, searchableEntries } from './catalogues.ts';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const listed: CatalogueEntry = {
  id: 'binance:PEPEUSDT',
  base: 'PEPE',
  quote: 'USDT',
  kind: 'spot',
  venueName: 'Binance',
};

describe('the catalogues', () => {
  test('are there from the start as a short list, and grow as the venues answer', async () => {
    const fetchOne = vi.fn(async (venue: VenueId) => {
      if (venue !== 'binance') throw new Error(`${venue} refused.`);
      return [listed];
    });
    const loader = new CatalogueLoader(fetchOne);
    const before = searchableEntries(loader.read()).map(({ id }) => id);
    expect(before).toContain('binance:BTCUSDT');
    expect(before).toContain('demo:MICRO-USD');
    loader.load();
    expect(catalogueNotes(loader.read()).join()).toContain('Loading the list of Binance');
    await settle();
    const after = searchableEntries(loader.read()).map(({ id }) => id);
    expect(after).toContain('binance:PEPEUSDT');
    expect(after).not.toContain('binance:BTCUSDT');
    expect(after).toContain('binance-usdm:BTCUSDT');
    expect(catalogueNotes(loader.read())).toEqual([
      'Only well-known symbols of Binance Perp: binance-usdm refused.',
      'Only well-known symbols of Demo exchange: demo refused.',
    ]);
  });

  test('are asked for once, and those that failed again the next time', async () => {
    const asked: VenueId[] = [];
    const loader = new CatalogueLoader(async (venue) => {
      asked.push(venue);
      if (venue === 'demo') throw new Error('no');
      return [listed];
    });
    loader.load();
    loader.load();
    await settle();
    loader.load();
    expect(asked.filter((venue) => venue === 'binance')).toHaveLength(1);
    expect(asked.filter((venue) => venue === 'demo')).toHaveLength(2);
  });
});

describe('what was opened lately', () => {
  const isId = (text: string) => parseInstrumentId(text)?.id ?? null;

  test('is remembered newest first, each once', () => {
    let stored: string | null = null;
    const storage = {
      getItem: () => stored,
      setItem: (_key: string, value: string) => {
        stored = value;
      },
    };
    saveRecent(storage, loadRecent(storage, isId), 'demo:ACME');
    saveRecent(storage, loadRecent(storage, isId), 'demo:GOLD');
    saveRecent(storage, loadRecent(storage, isId), 'demo:ACME');
    expect(loadRecent(storage, isId)).toEqual(['demo:ACME', 'demo:GOLD']);
  });

  test.each(['{', '{}', '7', '["nowhere:x", 5, null]'])('is nothing when %s was stored', (text) => {
    expect(loadRecent({ getItem: () => text }, isId)).toEqual([]);
  });
});

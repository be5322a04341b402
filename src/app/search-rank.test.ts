import { describe, expect, test } from 'vitest';
import type { CatalogueEntry, InstrumentId, InstrumentKind } from '@/market/instrument.ts';
import { VENUE_IDS } from '@/market/instrument.ts';
import { builtInCatalogue } from './built-in-catalogue.ts';
import { prepare } from './search-index.ts';
import { type Remembered, rank } from './search-rank.ts';

const entry = (
  id: InstrumentId,
  base: string,
  quote: string,
  kind: InstrumentKind,
  venueName: string,
): CatalogueEntry => ({ id, base, quote, kind, venueName });

const lists = [
  prepare([
    entry('binance:BTCDOMUSDT', 'BTCDOM', 'USDT', 'spot', 'Binance'),
    entry('binance:ETHBTC', 'ETH', 'BTC', 'spot', 'Binance'),
    entry('binance:WBTCUSDT', 'WBTC', 'USDT', 'spot', 'Binance'),
    entry('binance:BTCTRY', 'BTC', 'TRY', 'spot', 'Binance'),
    entry('binance:BTCUSDT', 'BTC', 'USDT', 'spot', 'Binance'),
    entry('binance:PERPBTC', 'PERP', 'BTC', 'spot', 'Binance'),
  ]),
  prepare([entry('binance-usdm:BTCUSDT', 'BTC', 'USDT', 'perpetual', 'Binance Perp')]),
  prepare([
    entry('kraken:BTC/USD', 'BTC', 'USD', 'spot', 'Kraken'),
    entry('kraken:EUR/USD', 'EUR', 'USD', 'fx', 'Kraken'),
    entry('kraken:AAPLx/USD', 'AAPLx', 'USD', 'equity', 'Kraken'),
  ]),
  prepare([
    entry('okx:BTC-USDT-SWAP', 'BTC', 'USDT', 'perpetual', 'OKX'),
    entry('okx:BTC-USD-260327', 'BTC', 'USD', 'future', 'OKX'),
    entry('okx:BTC-USD-260327-90000-C', 'BTC', 'USD', 'option', 'OKX'),
  ]),
  prepare([
    entry('demo:BTC-USD', 'BTC', 'USD', 'spot', 'Demo exchange'),
    entry('demo:ACME', 'ACME', 'USD', 'equity', 'Demo exchange'),
    entry('demo:EUR-USD', 'EUR', 'USD', 'fx', 'Demo exchange'),
  ]),
];
const NOTHING: Remembered = { starred: [], recent: [] };
const found = (query: string, remembered: Partial<Remembered> = {}): InstrumentId[] =>
  rank(lists, query, { ...NOTHING, ...remembered }).entries.map(({ id }) => id);

const everywhere = VENUE_IDS.map((venue) => prepare(builtInCatalogue(venue)));
const foundEverywhere = (query: string): InstrumentId[] => rank(everywhere, query, NOTHING).entries.map(({ id }) => id);

describe('a search', () => {
  test('puts the exact symbol before its beginnings and those before what only contains it', () => {
    const ids = found('btcusdt');
    expect(ids).toEqual(['binance:BTCUSDT', 'binance-usdm:BTCUSDT', 'okx:BTC-USDT-SWAP', 'binance:WBTCUSDT']);
  });

  test("puts each venue's usual market of a coin first, then its other quotes, the simulated, and what expires", () => {
    expect(found('btc').slice(0, 8)).toEqual([
      'binance:BTCUSDT',
      'binance-usdm:BTCUSDT',
      'kraken:BTC/USD',
      'okx:BTC-USDT-SWAP',
      'binance:BTCTRY',
      'demo:BTC-USD',
      'okx:BTC-USD-260327',
      'okx:BTC-USD-260327-90000-C',
    ]);
  });

  test('puts a coin itself before coins that begin or end with its name', () => {
    const ids = found('btc');
    expect(ids.indexOf('binance:BTCTRY')).toBeLessThan(ids.indexOf('binance:BTCDOMUSDT'));
    expect(ids.indexOf('binance:BTCDOMUSDT')).toBeLessThan(ids.indexOf('binance:ETHBTC'));
    expect(ids.at(-1)).toBe('binance:WBTCUSDT');
  });

  test('needs every word: kind, quote and venue are words too', () => {
    expect(found('btc perp').slice(0, 2)).toEqual(['binance-usdm:BTCUSDT', 'okx:BTC-USDT-SWAP']);
    expect(found('kraken btc')).toEqual(['kraken:BTC/USD']);
    expect(found('btc stock')).toEqual([]);
    expect(found('try btc')).toEqual(['binance:BTCTRY']);
    expect(found('btc option')).toEqual(['okx:BTC-USD-260327-90000-C']);
    expect(found('btc 260327').sort()).toEqual(['okx:BTC-USD-260327', 'okx:BTC-USD-260327-90000-C']);
  });

  test('finds currencies and shares as what they are', () => {
    expect(found('stock')).toEqual(['kraken:AAPLx/USD', 'demo:ACME']);
    expect(found('fx')).toEqual(['kraken:EUR/USD', 'demo:EUR-USD']);
    expect(found('kraken eur/usd')).toEqual(['kraken:EUR/USD']);
    expect(found('aapl')).toEqual(['kraken:AAPLx/USD']);
    expect(found('simulated fx')).toEqual(['demo:EUR-USD']);
  });

  test('answers the questions people ask', () => {
    expect(foundEverywhere('sol coinbase')).toEqual(['coinbase:SOL-USD']);
    expect(foundEverywhere('kraken eur/usd')[0]).toBe('kraken:EUR/USD');
    expect(foundEverywhere('eur usd')[0]).toBe('kraken:EUR/USD');
    expect(foundEverywhere('eur / usd')).toEqual(foundEverywhere('eur usd'));
    expect(foundEverywhere('btc perp')[0]).toBe('binance-usdm:BTCUSDT');
    expect(foundEverywhere('bitcoin perp')[0]).toBe('binance-usdm:BTCUSDT');
    expect(foundEverywhere('xbt')).toEqual(foundEverywhere('bitcoin'));
    const ether = ['deribit:ETH-PERPETUAL', 'deribit:ETH_USDC-PERPETUAL', 'deribit:ETH_USDC'];
    expect(foundEverywhere('deribit eth').sort()).toEqual([...ether].sort());
    expect(foundEverywhere('deribit eth')[0]).toBe('deribit:ETH-PERPETUAL');
    expect(foundEverywhere('eth perp deribit')).toHaveLength(2);
    expect(foundEverywhere('BTCUSDT').slice(0, 4)).toEqual([
      'binance:BTCUSDT',
      'binance-usdm:BTCUSDT',
      'bybit:BTCUSDT',
      'bybit-linear:BTCUSDT',
    ]);
  });

  test('does not care for case, spaces or separators', () => {
    expect(found('  BTC/usd ')[0]).toBe('kraken:BTC/USD');
    expect(found('btcusd')).toContain('kraken:BTC/USD');
  });

  test('prefers the starred, then what was opened lately, but only among equals', () => {
    expect(found('btcusdt', { recent: ['binance-usdm:BTCUSDT'] })[0]).toBe('binance-usdm:BTCUSDT');
    expect(found('btcusdt', { recent: ['binance:BTCUSDT'], starred: ['binance-usdm:BTCUSDT'] })[0]).toBe(
      'binance-usdm:BTCUSDT',
    );
    expect(found('btcusdt', { starred: ['binance:WBTCUSDT'] })[0]).toBe('binance:BTCUSDT');
  });

  test('without words shows the starred, the recent and then the rest, each once', () => {
    const remembered: Remembered = {
      starred: ['demo:ACME', 'kraken:GONE/USD'],
      recent: ['demo:ACME', 'kraken:BTC/USD'],
    };
    const { starred, recent, entries, total } = rank(lists, ' ', remembered);
    expect(starred.map(({ id }) => id)).toEqual(['demo:ACME']);
    expect(recent.map(({ id }) => id)).toEqual(['kraken:BTC/USD']);
    expect(entries).toHaveLength(total - 2);
    expect(entries[0].id).toBe('binance:BTCUSDT');
  });

  test('finds nothing for nonsense, and takes any text', () => {
    expect(found('zzz')).toEqual([]);
    const texts = ['(', '[', '\\', '.*', '/', '%', '\u0000', 'é'.repeat(5000), '__proto__', 'q '.repeat(50)];
    for (const text of texts) expect(found(text)).toEqual([]);
  });

  test('shows fifty and counts all', () => {
    const many = prepare(
      Array.from({ length: 3000 }, (_, i) => entry(`binance:C${i}USDT`, `C${i}`, 'USDT', 'spot', 'Binance')),
    );
    const { entries, total } = rank([many], 'usdt', NOTHING);
    expect(entries).toHaveLength(50);
    expect(total).toBe(3000);
  });

  test('shows the same fifty as sorting everything would', () => {
    const some = Array.from({ length: 400 }, (_, i) => entry(`okx:${i * 7919}-USDT`, `${i}`, 'USDT', 'spot', 'OKX'));
    const one = rank([prepare(some)], 'usdt', NOTHING).entries.map(({ id }) => id);
    const other = rank([prepare([...some].reverse())], 'usdt', NOTHING).entries.map(({ id }) => id);
    expect(one).toEqual(other);
  });

  test('shows what a venue lists twice once', () => {
    const twice = entry('okx:BTC-USDT', 'BTC', 'USDT', 'spot', 'OKX');
    expect(rank([prepare([twice, { ...twice }])], 'btc', NOTHING)).toMatchObject({ total: 1, entries: [twice] });
  });

  test('makes a catalogue ready once', () => {
    const listed = builtInCatalogue('kraken');
    expect(prepare(listed)).toBe(prepare(builtInCatalogue('kraken')));
  });
});

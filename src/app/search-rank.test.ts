import { describe, expect, test } from 'vitest';
import type { CatalogueEntry, InstrumentId, InstrumentKind } from '@/market/instrument.ts';
import { prepare, rank } from './search-rank.ts';

const entry = (
  id: InstrumentId,
  base: string,
  quote: string,
  kind: InstrumentKind,
  venueName: string,
): CatalogueEntry => ({
  id,
  base,
  quote,
  kind,
  venueName,
});

const items = prepare([
  entry('binance:BTCDOMUSDT', 'BTCDOM', 'USDT', 'spot', 'Binance'),
  entry('binance:ETHBTC', 'ETH', 'BTC', 'spot', 'Binance'),
  entry('binance:WBTCUSDT', 'WBTC', 'USDT', 'spot', 'Binance'),
  entry('binance:BTCTRY', 'BTC', 'TRY', 'spot', 'Binance'),
  entry('binance:BTCUSDT', 'BTC', 'USDT', 'spot', 'Binance'),
  entry('binance-usdm:BTCUSDT', 'BTC', 'USDT', 'perpetual', 'Binance Perp'),
  entry('kraken:BTC/USD', 'BTC', 'USD', 'spot', 'Kraken'),
  entry('demo:BTC-USD', 'BTC', 'USD', 'spot', 'Demo exchange'),
  entry('demo:ACME', 'ACME', 'USD', 'equity', 'Demo exchange'),
]);
const found = (query: string, recent: InstrumentId[] = []): InstrumentId[] =>
  rank(items, query, recent).entries.map(({ id }) => id);

describe('a search', () => {
  test('puts the exact symbol before its beginnings and those before what only contains it', () => {
    const ids = found('btcusdt');
    expect(ids.slice(0, 2).sort()).toEqual(['binance-usdm:BTCUSDT', 'binance:BTCUSDT']);
    expect(ids[2]).toBe('binance:WBTCUSDT');
  });

  test('puts a coin itself before coins that begin or end with its name', () => {
    const ids = found('btc');
    expect(ids.slice(0, 5).map((id) => id.split(':')[1])).toEqual([
      'BTCUSDT',
      'BTCUSDT',
      'BTC-USD',
      'BTC/USD',
      'BTCTRY',
    ]);
    expect(ids.indexOf('binance:BTCDOMUSDT')).toBeLessThan(ids.indexOf('binance:ETHBTC'));
    expect(ids.at(-1)).toBe('binance:WBTCUSDT');
  });

  test('needs every word: kind, quote and venue are words too', () => {
    expect(found('btc perp')).toEqual(['binance-usdm:BTCUSDT']);
    expect(found('kraken btc')).toEqual(['kraken:BTC/USD']);
    expect(found('stock')).toEqual(['demo:ACME']);
    expect(found('btc stock')).toEqual([]);
    expect(found('try btc')).toEqual(['binance:BTCTRY']);
  });

  test('does not care for case, spaces or separators', () => {
    expect(found('  BTC/usd ')[0]).toBe('demo:BTC-USD');
    expect(found('btcusd')).toContain('kraken:BTC/USD');
  });

  test('prefers what was opened lately, but only among equals', () => {
    expect(found('btcusdt', ['binance-usdm:BTCUSDT'])[0]).toBe('binance-usdm:BTCUSDT');
    expect(found('btcusdt', ['binance:WBTCUSDT'])[0]).not.toBe('binance:WBTCUSDT');
    expect(found('', ['demo:ACME', 'kraken:BTC/USD']).slice(0, 2)).toEqual(['demo:ACME', 'kraken:BTC/USD']);
  });

  test('finds nothing for nonsense, and takes any text', () => {
    expect(found('zzz')).toEqual([]);
    for (const text of ['(', '[', '\\', '.*', '/', '%', '\u0000', 'é'.repeat(5000)]) expect(found(text)).toEqual([]);
  });

  test('shows fifty and counts all', () => {
    const many = prepare(
      Array.from({ length: 3000 }, (_, i) => entry(`binance:C${i}USDT`, `C${i}`, 'USDT', 'spot', 'Binance')),
    );
    const { entries, total } = rank(many, 'usdt', []);
    expect(entries).toHaveLength(50);
    expect(total).toBe(3000);
  });
});

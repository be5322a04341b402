import { describe, expect, test } from 'vitest';
import type { InstrumentId, InstrumentKind } from '@/market/instrument.ts';
import { VENUE_IDS } from '@/market/instrument.ts';
import { builtInCatalogue } from './built-in-catalogue.ts';
import { likelyKind } from './venues.ts';

describe('the likely kind of an instrument', () => {
  test.each<[InstrumentId, InstrumentKind]>([
    ['binance-usdm:BTCUSDT_260327', 'future'],
    ['okx:BTC-USD-260327', 'future'],
    ['okx:BTC-USD-260327-90000-C', 'option'],
    ['okx:BTC-USD-SWAP', 'perpetual'],
    ['deribit:BTC-27MAR26', 'future'],
    ['deribit:BTC-27MAR26-100000-P', 'option'],
    ['deribit:BTC_USDC', 'spot'],
    ['bybit-linear:BTC-27MAR26', 'future'],
    ['hyperliquid:PURR/USDC', 'spot'],
    ['hyperliquid:@162', 'spot'],
    ['hyperliquid:kPEPE', 'perpetual'],
    ['kraken:TSLAx/USD', 'equity'],
    ['bitstamp:gbpusd', 'fx'],
    ['coinbase:X', 'spot'],
  ])('%s is %s', (id, kind) => {
    expect(likelyKind(id)).toBe(kind);
  });

  test('is what the built-in list says of every symbol on it', () => {
    const listed = VENUE_IDS.flatMap((venue) => builtInCatalogue(venue));
    expect(listed.filter(({ id, kind }) => likelyKind(id) !== kind)).toEqual([]);
  });
});

describe('the built-in list', () => {
  test.each(VENUE_IDS)('has the well-known symbols of %s, each once', (venue) => {
    const entries = builtInCatalogue(venue);
    expect(entries.length).toBeGreaterThanOrEqual(8);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    for (const { id, base, quote } of entries) {
      expect(id.startsWith(`${venue}:`)).toBe(true);
      expect(base).toMatch(/^[A-Za-z]+$/);
      expect(quote).toMatch(/^[A-Z]+$/);
    }
  });

  test('has currencies and tokenised shares where they are traded', () => {
    const kindOf = (id: InstrumentId) =>
      VENUE_IDS.flatMap((venue) => builtInCatalogue(venue)).find((entry) => entry.id === id)?.kind;
    expect(kindOf('kraken:EUR/USD')).toBe('fx');
    expect(kindOf('bitstamp:eurusd')).toBe('fx');
    expect(kindOf('kraken:AAPLx/USD')).toBe('equity');
    expect(kindOf('demo:USD-JPY')).toBe('fx');
  });
});

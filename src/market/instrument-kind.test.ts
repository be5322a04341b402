import { describe, expect, test } from 'vitest';
import { isFiat, isTokenisedStock, kindOfPair } from './instrument-kind.ts';

describe('the kind of a pair', () => {
  test.each([
    ['EUR', 'USD'],
    ['eur', 'usd'],
    ['USD', 'JPY'],
    ['GBP', 'EUR'],
    ['AUD', 'CHF'],
  ])('%s/%s is a currency pair', (base, quote) => {
    expect(kindOfPair(base, quote, 'spot')).toBe('fx');
  });

  test.each([
    ['AAPLx', 'USD'],
    ['TSLAx', 'EUR'],
    ['BRK.Bx', 'USD'],
    ['Vx', 'USD'],
    ['NVDAX', 'USDT'],
  ])('%s/%s is a tokenised share', (base, quote) => {
    expect(kindOfPair(base, quote, 'spot')).toBe('equity');
  });

  test.each([
    ['BTC', 'USD'],
    ['USDT', 'EUR'],
    ['EURC', 'USD'],
    ['EUR', 'USDT'],
    ['AVAX', 'USD'],
    ['TRX', 'USD'],
    ['MNT', 'USD'],
    ['SCR', 'EUR'],
    ['aaplx', 'usd'],
    ['x', 'USD'],
    ['', ''],
    ['constructor', '__proto__'],
  ])('%s/%s is what the venue says', (base, quote) => {
    expect(kindOfPair(base, quote, 'spot')).toBe('spot');
  });

  test.each(['perpetual', 'future', 'option', 'commodity', 'fx', 'equity'] as const)('a %s stays one', (kind) => {
    expect(kindOfPair('EUR', 'USD', kind)).toBe(kind);
    expect(kindOfPair('AAPLx', 'USD', kind)).toBe(kind);
  });
});

test('a stablecoin is no state currency, and a coin that ends in X no share', () => {
  expect(['USDT', 'USDC', 'EURT', 'PYUSD'].filter(isFiat)).toEqual([]);
  expect(['AVAX', 'IMX', 'ZRX', 'DYDX', 'GMX', 'SNX', 'STX', 'CVX', 'FLUX'].filter(isTokenisedStock)).toEqual([]);
});

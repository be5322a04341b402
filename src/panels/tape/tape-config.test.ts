import { describe, expect, it } from 'vitest';
import { readConfig, readMinimum, withMinimum } from './tape-config.ts';

const info = { grid: { priceDecimals: 1, lotDecimals: 3, epoch: 0 } };
const lots = (typed: string): number | string => {
  const read = readMinimum(typed, info);
  return read.ok ? read.value.lots : read.error;
};

describe('the smallest size as typed', () => {
  it.each([
    ['', 0],
    ['  ', 0],
    ['0', 0],
    ['0.5', 500],
    ['.5', 500],
    ['5.', 5000],
    ['0,5', 500],
    ['12', 12_000],
    ['1 000', 1_000_000],
    ['0.500000', 500],
  ])('%j is %d lots', (typed, expected) => {
    expect(lots(typed)).toBe(expected);
  });

  it.each(['1,000', '12,345,678'])('%j could be two numbers and is asked back', (typed) => {
    expect(lots(typed)).toMatch(/thousand or a decimal/);
  });

  it.each(['abc', '-1', '1e3', '0x10', '.', ',', '1.2.3', 'Infinity', 'NaN', '１'])(
    '%j is refused with a sentence',
    (typed) => {
      expect(lots(typed)).toMatch(/^Type a size in digits/);
    },
  );

  it('says what the smallest size is, and refuses one beyond counting', () => {
    expect(lots('0.0005')).toBe('Nothing here is smaller than 0.001.');
    expect(lots('99999999999999999')).toBe('That size is too large.');
  });
});

describe('stored settings', () => {
  it('keep what is recognised and drop the rest', () => {
    expect(readConfig({ isFolding: 'yes', minimums: { a: '1', b: 2, c: null } })).toEqual({
      isFolding: false,
      minimums: { a: '1' },
    });
    expect(readConfig({ isFolding: true, minimums: [1] })).toEqual({ isFolding: true, minimums: {} });
  });

  it('remember a minimum per instrument and forget a cleared one', () => {
    const one = readConfig(withMinimum(readConfig({}), 'binance:BTCUSDT', '0.5'));
    expect(one.minimums).toEqual({ 'binance:BTCUSDT': '0.5' });
    const two = readConfig(withMinimum(one, 'demo:ACME', '10'));
    expect(readConfig(withMinimum(two, 'binance:BTCUSDT', '')).minimums).toEqual({ 'demo:ACME': '10' });
  });
});

import { describe, expect, test } from 'vitest';
import { krakenChecksum, step } from './kraken-format';
import { gridDecimals } from './recorded-digits';
import { TrueBook } from './true-book';
import { crc32, isoMs, isoText, parseNumbersAsText, shiftIso, shiftWhole, withoutExponent } from './wire-text';

describe('times', () => {
  test('move by whole milliseconds and keep their finer digits', () => {
    expect(shiftIso('2021-04-17T16:43:37.075687Z', 0)).toBe('2021-04-17T16:43:37.075687Z');
    expect(shiftIso('2021-04-17T16:43:37.075687Z', 925)).toBe('2021-04-17T16:43:38.000687Z');
    expect(shiftIso('2026-08-26T12:14:02.582333323Z', -60_000)).toBe('2026-08-26T12:13:02.582333323Z');
    expect(shiftIso('2026-08-26T12:14:03Z', 1)).toBe('2026-08-26T12:14:03.001Z');
    expect(shiftIso('yesterday', 5)).toBe('yesterday');
  });

  test('are read to the millisecond and written with the digits asked for', () => {
    expect(isoMs('2021-04-17T16:43:37.075999Z')).toBe(Date.UTC(2021, 3, 17, 16, 43, 37, 75));
    expect(isoMs('2026-08-26T12:14:03.83426Z')).toBe(Date.UTC(2026, 7, 26, 12, 14, 3, 834));
    expect(isoMs('soon')).toBeNaN();
    expect(isoMs(null)).toBeNaN();
    expect(isoText(0, 9)).toBe('1970-01-01T00:00:00.000000000Z');
  });
});

describe('numbers', () => {
  test('of any size move without losing a digit', () => {
    expect(shiftWhole('2290000000050703789', 2n)).toBe('2290000000050703791');
    expect(shiftWhole('c3f0-11', 2n)).toBe('c3f0-11');
  });

  test('that stand bare are kept as they are spelled', () => {
    expect(parseNumbersAsText('{"a":0.10000000,"b":[1e-08,-3],"c":"x \\"1.50\\" y"}')).toEqual({
      a: '0.10000000',
      b: ['1e-08', '-3'],
      c: 'x "1.50" y',
    });
    expect(parseNumbersAsText('{"a":')).toBeUndefined();
  });

  test.each([
    ['1e-08', '0.00000001'],
    ['1E-8', '0.00000001'],
    ['5e-05', '0.00005'],
    ['1.25e3', '1250'],
    ['1.25e1', '12.5'],
    ['12.50', '12.50'],
  ])('spelled %s are %s', (text, plain) => {
    expect(withoutExponent(text)).toBe(plain);
  });

  test('tell their grid: by their padding, else by the digits more than a few of them need', () => {
    expect(gridDecimals(['10.50', '10.00', '9.10'])).toBe(2);
    expect(gridDecimals(['30236', '30228.6', '30228.7', '30228.4'])).toBe(1);
    const many = Array.from({ length: 100 }, (_, index) => (1 + index / 10).toString());
    expect(gridDecimals([...many, '5.005'])).toBe(1);
    expect(gridDecimals([])).toBe(0);
  });

  test('are steps with an exponent when small', () => {
    expect([0, 1, 4, 5, 10].map(step)).toEqual(['1', '0.1', '0.0001', '1e-05', '1e-10']);
  });
});

describe('checksums', () => {
  test('pass the self test of CRC-32', () => {
    expect(crc32('123456789')).toBe(0xcbf43926);
  });

  test('of Kraken come out for the book in its guide', () => {
    const levels = (text: string): [string, string][] =>
      text.split(' ').map((level) => level.split('/') as [string, string]);
    const asks = levels(
      '45285.2/0.00100000 45286.4/1.54571953 45286.6/1.54571109 45289.6/1.54560911 45290.2/0.15890660 45291.8/1.54553491 45294.7/0.04454749 45296.1/0.35380000 45297.5/0.09945542 45299.5/0.18772827',
    );
    const bids = levels(
      '45283.5/0.10000000 45283.4/1.54582015 45282.1/0.10000000 45281.0/0.10000000 45280.3/1.54592586 45279.0/0.07990000 45277.6/0.03310103 45277.5/0.30000000 45277.3/1.54602737 45276.6/0.15445238',
    );
    const book = new TrueBook();
    book.load(bids, asks, 0);
    expect(krakenChecksum(book)).toBe('3310070434');
  });
});

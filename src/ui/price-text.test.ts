import { describe, expect, it } from 'vitest';
import { foldZeros, sizeText, splitPrice } from './price-text.ts';

describe('a price cut for the eye', () => {
  it.each([
    ['64,137', '64,1', '37'],
    ['64,120.5', '64,12', '0.5'],
    ['64,120.50', '64,120', '.50'],
    ['5', '', '5'],
    ['–', '', '–'],
    ['1,000', '1,0', '00'],
    ['100,100', '100,1', '00'],
  ])('%s keeps its last two digits bright', (text, dim, bright) => {
    expect(splitPrice(text, 2)).toEqual({ dim, bright });
    expect(dim + bright).toBe(text);
  });
});

describe('leading zeros', () => {
  it.each([
    ['0.00000123', '0.0₅123'],
    ['0.0000000000123', '0.0₁₀123'],
    ['0.00012', '0.00012'],
    ['0.00000000', '0.00000000'],
    ['64,120.5', '64,120.5'],
  ])('%s is printed %s', (text, printed) => {
    expect(foldZeros(text)).toBe(printed);
  });
});

describe('a size written from the right', () => {
  it('holds a leading sign in its place and leaves digits alone', () => {
    expect(sizeText(1, 8, 3)).toBe('\u200e<0.001');
    expect(sizeText(1_167, 3, 3)).toBe('1.167');
    expect(sizeText('90071992547409930000', 3, 3)).toMatch(/T$/);
  });
});

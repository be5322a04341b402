import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decimalsOf,
  FINER,
  formatScaled,
  formatTrimmed,
  MALFORMED,
  powerOfTen,
  scaleDecimal,
  scaleWide,
  splitDecimal,
  WIDE,
} from './decimal.ts';

/** The exact value of a decimal text as a fraction, by a way of its own. */
function fraction(text: string): { readonly numerator: bigint; readonly denominator: bigint } {
  const [mantissa, exponent = '0'] = text.toLowerCase().split('e');
  const [whole, digits = ''] = mantissa.split('.');
  const power = Number(exponent) - digits.length;
  const value = BigInt(whole + digits);
  return power >= 0
    ? { numerator: value * 10n ** BigInt(power), denominator: 1n }
    : { numerator: value, denominator: 10n ** BigInt(-power) };
}
const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max });
const decimal = fc
  .tuple(digits(1, 18), fc.option(digits(1, 18)), fc.option(fc.integer({ min: -30, max: 30 })), fc.boolean())
  .map(
    ([whole, part, exponent, upper]) =>
      `${whole}${part === null ? '' : `.${part}`}${exponent === null ? '' : `${upper ? 'E' : 'e'}${exponent}`}`,
  );

describe('[F31] [F32] decimal text', () => {
  it('is the exact integer at a scale, or finer, or wide, as a fraction of big integers says', () => {
    fc.assert(
      fc.property(decimal, fc.integer({ min: 0, max: 18 }), (text, decimals) => {
        const { numerator, denominator } = fraction(text);
        const scaled = numerator * 10n ** BigInt(decimals);
        const isWhole = scaled % denominator === 0n;
        const exact = scaled / denominator;
        const isWide = exact > BigInt(Number.MAX_SAFE_INTEGER);
        expect(scaleDecimal(text, decimals)).toBe(!isWhole ? FINER : isWide ? WIDE : Number(exact));
        expect(scaleWide(text, decimals)).toBe(isWhole ? exact : null);
      }),
      { numRuns: 20_000, seed: 1 },
    );
  });

  it('comes back as it was, whatever its width', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 36n }), fc.integer({ min: 0, max: 18 }), (value, decimals) => {
        const text = formatScaled(value, decimals);
        expect(BigInt(text.replace('.', ''))).toBe(value);
        expect(text.split('.')[1]?.length ?? 0).toBe(decimals);
        const trimmed = formatTrimmed(value, decimals);
        expect(trimmed).not.toMatch(/\.\d*0$|\.$/);
        expect(fraction(trimmed).numerator * 10n ** BigInt(decimals)).toBe(value * fraction(trimmed).denominator);
      }),
      { numRuns: 10_000, seed: 2 },
    );
  });

  it('never reads what is not one', () => {
    const shape = /^\d{1,18}(\.\d{1,18})?([eE][+-]?\d{1,2})?$/;
    const near = fc.string({ unit: fc.constantFrom(...'0123456789.eE+- xNaIf'), maxLength: 12 });
    fc.assert(
      fc.property(near, (text) => {
        if (shape.test(text)) return;
        expect(scaleDecimal(text, 8)).toBe(MALFORMED);
        expect(scaleWide(text, 8)).toBeNull();
        expect(decimalsOf(text)).toBe(MALFORMED);
      }),
      { numRuns: 20_000, seed: 3 },
    );
  });

  it.each([
    '',
    ' ',
    ' 1',
    '1 ',
    '-5',
    '+5',
    '.5',
    '5.',
    'NaN',
    'Infinity',
    '0x10',
    '1e',
    '1e400',
    '1_000',
    '1,5',
    '١',
    '1.2.3',
    '1'.repeat(19),
  ])('refuses %j', (text) => {
    expect(scaleDecimal(text, 8)).toBe(MALFORMED);
  });

  it.each([
    ['4.35', 2, 435],
    ['61602.01000000', 2, 6160201],
    ['1e-08', 8, 1],
    ['0.00000000', 0, 0],
    ['0e99', 0, 0],
    ['9007199254740991', 0, Number.MAX_SAFE_INTEGER],
    ['9007199254740992', 0, WIDE],
    ['0.001', 2, FINER],
    ['0.0010', 3, 1],
    ['12E2', 0, 1200],
  ])('%s at %i decimals is %i', (text, decimals, expected) => {
    expect(scaleDecimal(text, decimals)).toBe(expected);
  });

  it('is taken apart without its outer zeros', () => {
    expect(splitDecimal('0012.3400')).toEqual({ digits: '1234', decimals: 2 });
    expect(splitDecimal('000.000')).toEqual({ digits: '0', decimals: 0 });
    expect(splitDecimal('5e2')).toEqual({ digits: '500', decimals: 0 });
  });

  it('is written with a hyphen when it is below zero', () => {
    expect([formatScaled(-5, 2), formatTrimmed(-150, 2), formatScaled(-7n, 0)]).toEqual(['-0.05', '-1.5', '-7']);
  });

  it('powers of ten are exact', () => {
    for (let n = 0; n <= 22; n++) expect(BigInt(powerOfTen(n))).toBe(10n ** BigInt(n));
  });
});

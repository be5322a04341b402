import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLotsSum, formatSize, LotsTotal, toSizeLossy } from './quantity.ts';

describe('sizes', () => {
  it('never print as zero unless they are zero', () => {
    const lots = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
    fc.assert(
      fc.property(lots, fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 8 }), (size, decimals, shown) => {
        const text = formatSize(size, decimals, shown);
        expect(text).not.toMatch(/^0(\.0*)?$/);
        expect(formatSize(0, decimals, shown)).toBe('0');
      }),
      { numRuns: 20_000, seed: 1 },
    );
  });

  it('print within half of the last digit shown of what they are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 11 }), fc.integer({ min: 0, max: 8 }), (size, decimals) => {
        const text = formatSize(size, decimals, 8);
        if (/[<kMBT]/.test(text)) return;
        const plain = text.replaceAll(',', '');
        const places = plain.split('.')[1]?.length ?? 0;
        const error = Math.abs(Number(plain) - size / 10 ** decimals);
        expect(error).toBeLessThanOrEqual(0.5 * 10 ** -places * 1.000001);
      }),
      { numRuns: 10_000, seed: 2 },
    );
  });

  it.each([
    [1_167, 3, 3, '1.167'],
    [24_910, 3, 3, '24.910'],
    [1, 5, 3, '<0.001'],
    [148_200_000, 3, 3, '148.2k'],
    ['9430000000000000000', 9, 3, '9.43B'],
  ])('print %s at %i decimals, %i shown, as %s', (lots, decimals, shown, text) => {
    expect(formatSize(lots, decimals, shown)).toBe(text);
  });

  it('add up exactly, however wide and however rescaled', () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }) }),
      fc.record({ wide: fc.bigInt({ min: 0n, max: 10n ** 30n }) }),
      fc.record({ rescale: fc.integer({ min: 0, max: 3 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const total = new LotsTotal();
        let exact = 0n;
        for (const one of steps) {
          if ('add' in one) {
            total.add(one.add);
            exact += BigInt(one.add);
          } else if ('wide' in one) {
            total.addWide(one.wide);
            exact += one.wide;
          } else {
            total.rescale(one.rescale);
            exact *= 10n ** BigInt(one.rescale);
          }
          const value = total.value();
          expect(BigInt(value)).toBe(exact);
          expect(typeof value).toBe(exact <= BigInt(Number.MAX_SAFE_INTEGER) ? 'number' : 'string');
        }
      }),
      { numRuns: 2_000, seed: 3 },
    );
  });

  it('are written exactly when asked for', () => {
    expect(formatLotsSum('123456789012345678901', 3)).toBe('123456789012345678.901');
    expect(formatLotsSum(1_500, 3)).toBe('1.5');
    expect(toSizeLossy('1000000000000000000000', 3)).toBe(1e18);
  });
});

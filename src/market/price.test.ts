import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ceilTo, floorTo, formatTicks, groupSizes, groupThousands, stepDecimals } from './price.ts';

describe('prices', () => {
  it('are grouped so that a coarse ladder cannot look crossed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 40 }),
        fc.integer({ min: 0, max: 1_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        (bid, spread, step) => {
          const low = floorTo(bid, step);
          const high = ceilTo(bid + spread, step);
          expect(low % step).toBe(0);
          expect(high % step).toBe(0);
          expect(low).toBeLessThanOrEqual(bid);
          expect(bid - low).toBeLessThan(step);
          expect(high).toBeGreaterThanOrEqual(bid + spread);
          expect(high - bid - spread).toBeLessThan(step);
          expect(high).toBeGreaterThanOrEqual(low);
        },
      ),
      { numRuns: 5_000, seed: 1 },
    );
  });

  it('are grouped by one, two and five times powers of ten of the step', () => {
    expect(groupSizes(1, 6_160_201).slice(0, 7)).toEqual([1, 2, 5, 10, 20, 50, 100]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 2 ** 40 }), (step, price) => {
        const sizes = groupSizes(step, price);
        expect(sizes[0]).toBe(step);
        expect(sizes.length).toBeGreaterThanOrEqual(6);
        expect(sizes.length).toBeLessThanOrEqual(9);
        expect(sizes.every((size, i) => i === 0 || size > sizes[i - 1])).toBe(true);
      }),
      { numRuns: 2_000, seed: 2 },
    );
  });

  it('are printed with the zeros of their step, thousands apart and a true minus', () => {
    expect(formatTicks(6_412_050, 2, 2)).toBe('64,120.50');
    expect(formatTicks(6_412_050, 2, 1)).toBe('64,120.5');
    expect(formatTicks(-5, 2, 2)).toBe('−0.05');
    expect(formatTicks(1_234, 0, 0)).toBe('1,234');
  });

  it('keep digits finer than the step when they have them', () => {
    expect(formatTicks(6_412_051, 2, 1)).toBe('64,120.51');
    expect(formatTicks(10_001, 4, 2)).toBe('1.0001');
    expect(formatTicks(10_010, 4, 2)).toBe('1.001');
  });

  it('need as many decimals as every multiple of the step has', () => {
    expect([
      stepDecimals(1, 2),
      stepDecimals(10, 2),
      stepDecimals(100, 2),
      stepDecimals(25, 2),
      stepDecimals(1_000, 2),
    ]).toEqual([2, 1, 0, 2, 0]);
  });

  it.each([
    ['1', '1'],
    ['999', '999'],
    ['1000', '1,000'],
    ['123456', '123,456'],
    ['1234567', '1,234,567'],
  ])('group %s as %s', (plain, grouped) => {
    expect(groupThousands(plain)).toBe(grouped);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareDecimals, decimalsOf, isZero, spellUnits, toUnits, trimDecimal } from './decimal';
import { type Level, TrueBook } from './true-book';

const decimal = fc
  .tuple(fc.bigInt(0n, 10n ** 16n), fc.integer({ min: 0, max: 12 }))
  .map(([units, decimals]) => ({ text: spellUnits(units, decimals), units, decimals }));

describe('decimals', () => {
  test('trimmed, compared and scaled agree with integers', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const scale = (value: typeof a): bigint => value.units * 10n ** BigInt(12 - value.decimals);
        const order = scale(a) < scale(b) ? -1 : scale(a) > scale(b) ? 1 : 0;
        expect(Math.sign(compareDecimals(trimDecimal(a.text), trimDecimal(b.text)))).toBe(order);
        expect(toUnits(a.text, 12)).toBe(scale(a));
        expect(toUnits(trimDecimal(a.text), 12)).toBe(scale(a));
        expect(isZero(a.text)).toBe(a.units === 0n);
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });

  test.each([
    ['61602.01000000', '61602.01', 2],
    ['0.50', '0.5', 1],
    ['100', '100', 0],
    ['100.000', '100', 0],
    ['007.10', '7.1', 1],
    ['0.00', '0', 0],
  ])('%s is %s with %i decimals', (text, trimmed, decimals) => {
    expect([trimDecimal(text), decimalsOf(text)]).toEqual([trimmed, decimals]);
  });
});

describe('the true book', () => {
  const level: fc.Arbitrary<Level> = fc
    .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 3 }))
    .map(([price, size]) => [`${price}.50`, `${size}.000`]);

  test('holds what a plain list of last words holds, best first, few or all', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.array(level), fc.array(level)), { maxLength: 20 }), (diffs) => {
        const book = new TrueBook();
        const words = { bid: new Map<string, string>(), ask: new Map<string, string>() };
        diffs.forEach(([bids, asks], index) => {
          book.apply(bids, asks, index + 1);
          for (const [price, size] of bids) words.bid.set(price, size);
          for (const [price, size] of asks) words.ask.set(price, size);
        });
        for (const [side, sign] of [
          ['bid', -1],
          ['ask', 1],
        ] as const) {
          const plain = [...words[side]]
            .filter(([, size]) => size !== '0.000')
            .sort(([a], [b]) => sign * (Number(a) - Number(b)));
          expect(book.levels(side)).toEqual(plain);
          expect(book.levels(side, 5)).toEqual(plain.slice(0, 5));
          expect(book.count(side)).toBe(plain.length);
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  test('finds the diff that leads to any other book', () => {
    fc.assert(
      fc.property(
        fc.array(level),
        fc.array(level),
        fc.array(level),
        fc.array(level),
        (bids, asks, otherBids, otherAsks) => {
          const [book, target] = [new TrueBook(), new TrueBook()];
          book.load(bids, asks, 1);
          target.load(otherBids, otherAsks, 9);
          const diff = book.diffTo(target.levels('bid'), target.levels('ask'));
          book.apply(diff.bids, diff.asks, 2);
          expect(book.digest()).toBe(target.digest());
        },
      ),
      { seed: 13, numRuns: 300 },
    );
  });

  test('takes one price in two spellings as one level', () => {
    const book = new TrueBook();
    book.load([['100.10', '1']], [], 1);
    book.apply([['100.1000', '2.0']], [], 2);
    expect([book.count('bid'), book.levels('bid')]).toEqual([1, [['100.1000', '2.0']]]);
  });
});

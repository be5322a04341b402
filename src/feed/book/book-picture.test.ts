import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAskKnown, isBidKnown } from '@/market/book.ts';
import { ceilTo, floorTo } from '@/market/price.ts';
import { takeRows, takeTop } from './book-picture.ts';
import { LevelList } from './level-list.ts';
import { OrderBook } from './order-book.ts';

type Levels = readonly (readonly [ticks: number, lots: number | bigint])[];

function bookOf(bids: Levels, asks: Levels): OrderBook {
  const listOf = (levels: Levels): LevelList => {
    const list = new LevelList();
    for (const [ticks, lots] of levels) {
      if (typeof lots === 'bigint') list.pushWide(ticks, lots);
      else list.push(ticks, lots);
    }
    return list;
  };
  const book = new OrderBook();
  book.load(listOf(bids), listOf(asks));
  return book;
}

describe('the top of a book', () => {
  it('holds the best levels of each side in one buffer', () => {
    const top = takeTop(
      bookOf(
        [
          [10, 1],
          [8, 2n ** 60n],
          [9, 3],
        ],
        [[11, 4]],
      ),
      2,
    );
    expect([...top.bidTicks, ...top.bidLots, ...top.askTicks, ...top.askLots]).toEqual([10, 9, 1, 3, 11, 4]);
    expect(top.bidTicks.buffer).toBe(top.askLots.buffer);
    expect(top.wideBids).toEqual([]);
    expect(takeTop(bookOf([[8, 2n ** 60n]], []), 5)).toMatchObject({ wideBids: [[0, (2n ** 60n).toString()]] });
  });
});

describe('the rows of a book', () => {
  const book = bookOf(
    [
      [99, 1],
      [97, 2],
      [95, 4],
      [93, 8],
      [50, 16],
    ],
    [
      [101, 1],
      [104, 2],
      [160, 4],
    ],
  );

  it('floor bids, ceil asks and leave out a row that was not reached whole', () => {
    const { rows, bidFrom, askTo } = takeRows(book, { best: 3, step: 5, window: null });
    expect([[...rows.bidTicks], [...rows.bidLots]]).toEqual([[95], [7]]);
    expect([[...rows.askTicks], [...rows.askLots]]).toEqual([
      [105, 160],
      [3, 4],
    ]);
    expect([bidFrom, askTo]).toEqual([95, Number.MAX_SAFE_INTEGER]);
    const cut = takeRows(book, { best: 2, step: 4, window: null });
    expect([[...cut.rows.bidTicks], cut.bidFrom]).toEqual([[96], 96]);
  });

  it('walk the only row to its end rather than show none', () => {
    const { rows, bidFrom } = takeRows(book, { best: 1, step: 10, window: null });
    expect([[...rows.bidTicks], [...rows.bidLots], bidFrom]).toEqual([[90], [15], 60]);
  });

  it('hold what a window asks for as well, once', () => {
    const { rows } = takeRows(book, { best: 2, step: 1, window: [50, 97] });
    expect([...rows.bidTicks]).toEqual([99, 97, 95, 93, 50]);
    expect([...rows.askTicks]).toEqual([101, 104]);
  });

  it('sum past 2^53 exactly', () => {
    const huge = bookOf(
      [
        [19, Number.MAX_SAFE_INTEGER],
        [18, 1],
        [17, 2n ** 60n],
        [16, 5],
      ],
      [],
    );
    const { rows } = takeRows(huge, { best: 9, step: 10, window: null });
    expect([...rows.bidLots]).toEqual([-1]);
    expect(rows.wideBids).toEqual([[0, (BigInt(Number.MAX_SAFE_INTEGER) + 6n + 2n ** 60n).toString()]]);
  });

  it('are empty for an empty book, all of it known', () => {
    expect(takeRows(new OrderBook(), { best: 5, step: 1, window: [1, 9] })).toMatchObject({
      bidFrom: 0,
      askTo: Number.MAX_SAFE_INTEGER,
    });
  });

  it('[F24] are right wherever they claim to be known, whatever the book', () => {
    const side = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 9 })), {
      selector: ([ticks]) => ticks,
      maxLength: 60,
    });
    const want = fc.record({
      best: fc.integer({ min: 1, max: 30 }),
      step: fc.constantFrom(1, 2, 5, 10, 50),
      window: fc.option(fc.tuple(fc.integer({ min: 0, max: 420 }), fc.integer({ min: 0, max: 420 }))),
    });
    fc.assert(
      fc.property(side, side, want, (bids, asks, wanted) => {
        const { rows, bidFrom, askTo } = takeRows(bookOf(bids, asks), wanted);
        const coverage = { bidFrom, askTo, window: wanted.window, bidHorizon: 0, askHorizon: Infinity };
        const check = (
          levels: Levels,
          ticks: Float64Array,
          lots: Float64Array,
          rowOf: (price: number, step: number) => number,
          isKnown: (row: number) => boolean,
        ): void => {
          const sums = new Map<number, number>();
          for (const [price, size] of levels) {
            const row = rowOf(price, wanted.step);
            if (isKnown(row)) sums.set(row, (sums.get(row) ?? 0) + Number(size));
          }
          expect(new Map([...ticks].map((row, i) => [row, lots[i]]))).toEqual(sums);
          expect(new Set(ticks).size).toBe(ticks.length);
        };
        check(bids, rows.bidTicks, rows.bidLots, floorTo, (row) => isBidKnown(row, coverage));
        check(asks, rows.askTicks, rows.askLots, ceilTo, (row) => isAskKnown(row, coverage));
        expect([...rows.bidTicks]).toEqual([...rows.bidTicks].sort((a, b) => b - a));
        expect([...rows.askTicks]).toEqual([...rows.askTicks].sort((a, b) => a - b));
      }),
      { numRuns: 3_000, seed: 9 },
    );
  });
});

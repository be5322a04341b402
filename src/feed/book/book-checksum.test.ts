import { describe, expect, it } from 'vitest';
import type { ChecksumRule } from '../venues/venue.ts';
import { BookChecksum } from './book-checksum.ts';
import { LevelList } from './level-list.ts';
import { OrderBook } from './order-book.ts';

type Row = readonly [ticks: number, lots: number, token?: string];

const list = (rows: readonly Row[]): LevelList => {
  const made = new LevelList();
  for (const [ticks, lots, token] of rows) {
    made.push(ticks, lots);
    if (token !== undefined) made.tokens.push(token);
  }
  return made;
};

/** Says what it was asked, so that a test sees the very tokens. */
function desk(levels = 2) {
  const asked: string[] = [];
  const rule: ChecksumRule = {
    levels,
    of: (bids, asks) => {
      asked.push(`${bids.join()}|${asks.join()}`);
      return asked.length;
    },
  };
  const book = new OrderBook();
  const checksum = new BookChecksum(rule);
  const load = (bids: readonly Row[], asks: readonly Row[]): void => {
    book.load(list(bids), list(asks));
    checksum.load(list(bids), list(asks));
  };
  const apply = (bids: readonly Row[], asks: readonly Row[] = []): void => {
    book.apply(list(bids), list(asks));
    checksum.apply(list(bids), list(asks));
  };
  const said = (): string | null => (checksum.of(book) === null ? null : (asked.at(-1) ?? null));
  return { book, checksum, load, apply, said };
}

describe('[F21] the digits a checksum is made of', () => {
  it('are those of the best levels as they stood on the wire, best first', () => {
    const { load, said } = desk();
    load(
      [
        [99, 1, 'b99'],
        [100, 1, 'b100'],
        [98, 1, 'b98'],
      ],
      [
        [102, 1, 'a102'],
        [101, 1, 'a101'],
        [103, 1, 'a103'],
      ],
    );
    expect(said()).toBe('b100,b99|a101,a102');
  });

  it('are of as many levels as there are, where there are fewer', () => {
    const { load, said } = desk(10);
    load([[100, 1, 'b']], []);
    expect(said()).toBe('b|');
  });

  it('follow a change, and a level that moved up into them', () => {
    const { load, apply, said } = desk();
    load(
      [
        [100, 1, 'x'],
        [99, 1, 'y'],
        [98, 1, 'z'],
      ],
      [],
    );
    apply([[99, 4, 'y4']]);
    expect(said()).toBe('x,y4|');
    apply([[100, 0, 'gone']]);
    expect(said()).toBe('y4,z|');
  });

  it('that are not known make no checksum rather than a wrong one', () => {
    const { load, said } = desk();
    load(
      [
        [100, 1, 'x'],
        [99, 1],
      ],
      [],
    );
    expect(said()).toBeNull();
  });

  it('of a book that was replaced are forgotten', () => {
    const { load, said } = desk();
    load([[100, 1, 'old']], []);
    load([[100, 1]], []);
    expect(said()).toBeNull();
  });

  it('[F29] stay with their levels on a finer grid', () => {
    const { book, checksum, load, said } = desk();
    load([[100, 1, 'x']], [[101, 1, 'y']]);
    checksum.rescale(2);
    book.rescale(2, 0);
    expect(said()).toBe('x|y');
  });

  it('[F23] are right when thousands of levels fell out of the depth unannounced', () => {
    const { book, load, apply, said } = desk(1);
    load([[1, 1, 'first']], []);
    for (let ticks = 2; ticks < 6_000; ticks++) {
      apply([[ticks, 1, `t${ticks}`]]);
      book.bids.trimTo(10);
      expect(said()).toBe(`t${ticks}|`);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { NO_SEQUENCE, type Statement } from '../venues/venue.ts';
import { BookAudit } from './book-audit.ts';
import { LevelList } from './level-list.ts';
import { OrderBook } from './order-book.ts';

type Rows = readonly (readonly [number, number])[];

const list = (rows: Rows): LevelList => {
  const made = new LevelList();
  for (const [ticks, lots] of rows) made.push(ticks, lots);
  return made;
};
const BIDS: Rows = [
  [100, 5],
  [99, 1],
];
const ASKS: Rows = [[101, 7]];

const stated = (bids: Rows, asks: Rows = ASKS, more: Partial<Statement> = {}): Statement => ({
  sequence: NO_SEQUENCE,
  time: 0,
  bids: list(bids),
  asks: list(asks),
  hasSizes: true,
  ...more,
});

function desk() {
  const compared: boolean[] = [];
  const contradictions: string[] = [];
  const audit = new BookAudit({
    onCompared: (agreed) => compared.push(agreed),
    onContradiction: (detail) => contradictions.push(detail),
  });
  const book = new OrderBook();
  book.load(list(BIDS), list(ASKS));
  const change = (bids: Rows, sequence: number, now: number): void => {
    audit.before(sequence, book);
    book.apply(list(bids), list([]));
    audit.applied(sequence, book, now);
  };
  return { audit, book, compared, contradictions, change };
}

describe('[F35] a second source without numbers', () => {
  it('agrees when it says what the book says now', () => {
    const { audit, book, compared } = desk();
    expect(audit.statement(stated([[100, 5]]), book, NO_SEQUENCE, 0)).toBe(true);
    expect(compared).toEqual([true]);
  });

  it('agrees with what the book was half a second ago, though not that it is so now', () => {
    const { audit, book, compared, change } = desk();
    audit.statement(stated([[100, 5]]), book, NO_SEQUENCE, 0);
    change([[100, 9]], NO_SEQUENCE, 100);
    expect(audit.statement(stated([[100, 5]]), book, NO_SEQUENCE, 400)).toBe(false);
    expect(compared).toEqual([true, true]);
  });

  it('agrees with what the book becomes within half a second', () => {
    const { audit, book, compared, change } = desk();
    audit.statement(stated([[100, 6]]), book, NO_SEQUENCE, 0);
    expect(compared).toEqual([]);
    change([[100, 6]], NO_SEQUENCE, 400);
    audit.tick(2_000);
    expect(compared).toEqual([true]);
  });

  it('differs when the book was never that, and contradicts it the second time', () => {
    const { audit, book, compared, contradictions } = desk();
    audit.statement(stated([[77, 1]]), book, NO_SEQUENCE, 0);
    audit.tick(500);
    expect(compared).toEqual([]);
    audit.tick(501);
    expect([compared, contradictions]).toEqual([[false], []]);
    audit.statement(stated([[78, 1]]), book, NO_SEQUENCE, 600);
    audit.tick(1_200);
    expect([compared, contradictions.length]).toEqual([[false, false], 1]);
  });

  it('is believed again as soon as it agrees once between two differences', () => {
    const { audit, book, contradictions } = desk();
    for (let i = 0; i < 5; i++) {
      audit.statement(stated([[77, 1]]), book, NO_SEQUENCE, i * 2_000);
      audit.tick(i * 2_000 + 600);
      audit.statement(stated([[100, 5]]), book, NO_SEQUENCE, i * 2_000 + 700);
    }
    expect(contradictions).toEqual([]);
  });

  it('that states no sizes is held to its prices alone', () => {
    const { audit, book, compared } = desk();
    audit.statement(stated([[100, 999]], ASKS, { hasSizes: false }), book, NO_SEQUENCE, 0);
    expect(compared).toEqual([true]);
  });

  it('that states an empty side means that the book’s side is empty', () => {
    const { audit, book, compared } = desk();
    audit.statement(stated([]), book, NO_SEQUENCE, 0);
    audit.tick(600);
    expect(compared).toEqual([false]);
    book.load(list([]), list(ASKS));
    audit.statement(stated([]), book, NO_SEQUENCE, 700);
    expect(compared).toEqual([false, true]);
  });

  it('that states many levels is held to each of them', () => {
    const { audit, book, compared } = desk();
    expect(audit.statement(stated(BIDS), book, NO_SEQUENCE, 0)).toBe(true);
    audit.statement(
      stated([
        [100, 5],
        [98, 1],
      ]),
      book,
      NO_SEQUENCE,
      10,
    );
    audit.tick(600);
    expect(compared).toEqual([true, false]);
  });

  it('says nothing of a book that began anew after it spoke', () => {
    const { audit, book, compared } = desk();
    audit.statement(stated([[77, 1]]), book, NO_SEQUENCE, 0);
    audit.clear();
    audit.tick(5_000);
    expect(compared).toEqual([]);
  });

  it('[F29] counts on the finer grid too', () => {
    const { audit, book, compared } = desk();
    audit.statement(stated([[100, 6]]), book, NO_SEQUENCE, 0);
    audit.rescale(1, 2);
    book.rescale(1, 2);
    book.apply(list([[1_000, 600]]), list([]));
    audit.applied(NO_SEQUENCE, book, 100);
    expect(compared).toEqual([true]);
  });
});

describe('a second source with the book’s numbers', () => {
  it('is held against the book of its number alone', () => {
    const { audit, book, compared, change } = desk();
    audit.statement(stated([[100, 6]], ASKS, { sequence: 12 }), book, 10, 0);
    change([[100, 8]], 11, 10);
    expect(compared).toEqual([]);
    change([[100, 6]], 12, 20);
    expect(compared).toEqual([true]);
  });

  it('differs at once when the book of its number is another', () => {
    const { audit, book, compared, change } = desk();
    audit.statement(stated([[100, 6]], ASKS, { sequence: 11 }), book, 10, 0);
    change([[100, 8]], 11, 10);
    expect(compared).toEqual([false]);
  });

  it('proves nothing where the book never had its number', () => {
    const { audit, book, compared, change } = desk();
    audit.statement(stated([[100, 6]], ASKS, { sequence: 11 }), book, 10, 0);
    change([[100, 8]], 15, 10);
    audit.tick(60_000);
    expect(compared).toEqual([]);
  });

  it('that comes late, for a book that has gone on, says nothing', () => {
    const { audit, book, compared } = desk();
    audit.statement(stated([[77, 6]], ASKS, { sequence: 9 }), book, 10, 0);
    expect(compared).toEqual([]);
    audit.statement(stated([[77, 6]], ASKS, { sequence: 10 }), book, 10, 0);
    expect(compared).toEqual([false]);
  });
});

import { describe, expect, it } from 'vitest';
import { LevelList } from './level-list.ts';
import { OrderBook } from './order-book.ts';
import { QuoteCheck } from './quote-check.ts';

const GRID = { priceDecimals: 0, lotDecimals: 0, epoch: 0 };

function desk() {
  const seen = { agreed: 0, differed: 0, malformed: 0, contradictions: [] as number[], read: 0 };
  const check = new QuoteCheck({
    grid: () => GRID,
    readQuote: (text) => {
      seen.read++;
      const [bidTicks, bidLots, askTicks, askLots] = text.split(' ').map(Number);
      return askLots === undefined ? null : { bidTicks, bidLots, askTicks, askLots };
    },
    onCompared: (agreed) => (agreed ? seen.agreed++ : seen.differed++),
    onMalformed: () => seen.malformed++,
    onContradiction: (id) => {
      seen.contradictions.push(id);
      check.forgetBook();
    },
  });
  const book = new OrderBook();
  const bids = new LevelList();
  bids.push(100, 1);
  const asks = new LevelList();
  asks.push(101, 2);
  book.load(bids, asks);
  return { seen, check, book };
}
const RIGHT = '100 1 101 2';
const WRONG = '100 1 101 3';

describe('[F35] comparing the book with the best-price stream', () => {
  it('agrees at the same update id', () => {
    const { seen, check, book } = desk();
    check.quote(7, RIGHT);
    check.applied(7, book, 0);
    expect(seen).toMatchObject({ agreed: 1, differed: 0, contradictions: [] });
  });

  it('contradicts at the same update id, when the quote came first', () => {
    const { seen, check, book } = desk();
    check.quote(7, WRONG);
    check.applied(7, book, 0);
    expect(seen.contradictions).toEqual([7]);
  });

  it('contradicts at the same update id, when the diff came first', () => {
    const { seen, check, book } = desk();
    check.applied(7, book, 0);
    check.quote(7, WRONG);
    expect(seen.contradictions).toEqual([7]);
  });

  it('takes the newest quote that is not newer', () => {
    const { seen, check, book } = desk();
    check.quote(3, WRONG);
    check.quote(5, RIGHT);
    check.quote(9, WRONG);
    check.applied(7, book, 0);
    expect(seen).toMatchObject({ agreed: 1, differed: 0 });
  });

  it('counts an older quote that differs and does nothing about it', () => {
    const { seen, check, book } = desk();
    check.quote(5, WRONG);
    check.quote(9, RIGHT);
    check.applied(7, book, 0);
    expect(seen).toMatchObject({ agreed: 0, differed: 1, contradictions: [] });
  });

  it('waits until a newer quote shows that none can come between', () => {
    const { seen, check, book } = desk();
    check.quote(5, WRONG);
    check.applied(7, book, 0);
    expect(seen.read).toBe(0);
    check.quote(6, RIGHT);
    expect(seen.read).toBe(0);
    check.quote(8, WRONG);
    expect(seen).toMatchObject({ agreed: 1, differed: 0 });
  });

  it('waits a second at most', () => {
    const { seen, check, book } = desk();
    check.quote(5, RIGHT);
    check.applied(7, book, 1_000);
    check.tick(2_000);
    expect(seen.agreed).toBe(0);
    check.tick(2_001);
    expect(seen.agreed).toBe(1);
  });

  it('counts a quote that cannot be read once and passes it over afterwards', () => {
    const { seen, check, book } = desk();
    check.quote(4, RIGHT);
    check.quote(5, 'nonsense');
    check.quote(9, RIGHT);
    check.applied(7, book, 0);
    check.applied(8, book, 0);
    expect(seen).toMatchObject({ malformed: 1, agreed: 1 });
  });

  it('compares nothing before a quote came and forgets those of a former connection', () => {
    const { seen, check, book } = desk();
    check.applied(7, book, 0);
    check.tick(5_000);
    check.quote(7, WRONG);
    check.clear();
    check.applied(7, book, 0);
    check.tick(20_000);
    expect(seen).toMatchObject({ agreed: 0, differed: 0, contradictions: [] });
  });

  it('judges a book given up no more', () => {
    const { seen, check, book } = desk();
    check.applied(7, book, 0);
    check.forgetBook();
    check.quote(8, WRONG);
    expect(seen.read).toBe(0);
  });

  it('reads a side without levels as zero', () => {
    const { seen, check } = desk();
    const asks = new LevelList();
    asks.push(101, 2);
    const book = new OrderBook();
    book.load(new LevelList(), asks);
    check.quote(7, '0 0 101 2');
    check.applied(7, book, 0);
    expect(seen.agreed).toBe(1);
  });

  it('compares on the finer grid after the grid got finer', () => {
    const { seen, check, book } = desk();
    check.applied(7, book, 0);
    check.rescale(1, 2);
    check.quote(7, '1000 100 1010 200');
    expect(seen.agreed).toBe(1);
  });
});

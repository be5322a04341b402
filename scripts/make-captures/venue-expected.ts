import type { Line } from './binance-recorder';
import {
  type Book,
  bookReport,
  type CountedTrade,
  checkpoint,
  countTrade,
  cutLevels,
  type Levels,
  type Message,
  setLevels,
  type Trades,
  tradeReport,
} from './expected-results';

/** What one line says of one symbol, as a plain reader of the venue's documents takes it. */
export interface ReadBook {
  readonly symbol: string;
  readonly isWhole: boolean;
  readonly bids: Levels;
  readonly asks: Levels;
  /** Id after it; 0 where the venue has none. */
  readonly id: number;
}

export interface ReadLine {
  readonly book?: ReadBook;
  readonly trades?: readonly (CountedTrade & { readonly symbol: string })[];
}

export interface LineReader {
  /** Levels a side a client keeps. */
  readonly depth: number;
  read(line: Line): ReadLine | null;
  /** An answered request, where books are answers. */
  answer?(line: Line): ReadLine | null;
}

const CHECKPOINT_EVERY = 50;

/**
 * What a right client holds after a capture, worked out the slow and plain way.
 * @param firstLine 0-based file line of `lines[0]`
 */
export function venueExpected(lines: readonly Line[], reader: LineReader, firstLine: number): Message {
  const books = new Map<string, Book>();
  const counts = new Map<string, { applied: number; snapshots: number }>();
  const trades = new Map<string, Trades>();
  lines.forEach((line, index) => {
    const { book: change, trades: rows = [] } = (line.dir === 'in' ? reader.read(line) : reader.answer?.(line)) ?? {};
    for (const row of rows) countTrade(trades, row.symbol, row);
    if (change === undefined) return;
    const book = take(books, change, reader.depth);
    const count = counts.get(change.symbol) ?? { applied: 0, snapshots: 0 };
    counts.set(change.symbol, count);
    if (change.isWhole) count.snapshots++;
    else count.applied++;
    if (!change.isWhole && count.applied % CHECKPOINT_EVERY === 0) {
      book.checkpoints.push(withoutZero('update_id', checkpoint(book, index + firstLine)));
    }
  });
  const reports = [...books].map(([symbol, book]) => [
    symbol,
    { ...counts.get(symbol), ...withoutZero('last_update_id', bookReport(book)) },
  ]);
  return {
    books: Object.fromEntries(reports),
    trades: Object.fromEntries([...trades].map(([symbol, sums]) => [symbol, tradeReport(sums)])),
  };
}

/** Where a venue has no ids, none are stated. */
function withoutZero(key: string, report: Message): Message {
  return Object.fromEntries(Object.entries(report).filter(([name, value]) => name !== key || value !== 0));
}

function take(books: Map<string, Book>, { symbol, isWhole, bids, asks, id }: ReadBook, depth: number): Book {
  const book: Book = books.get(symbol) ?? { bids: new Map(), asks: new Map(), sequence: 0, checkpoints: [] };
  books.set(symbol, book);
  if (isWhole) {
    book.bids.clear();
    book.asks.clear();
  }
  setLevels(book, bids, asks);
  cutLevels(book, depth);
  book.sequence = id;
  return book;
}

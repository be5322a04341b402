import type { BookColumns } from '@/market/book.ts';
import type { WantedBook } from '@/protocol/command.ts';
import type { BookFrame } from '@/protocol/frame.ts';
import { type RowWant, takeRows, takeTop, topOf } from './book/book-picture.ts';
import type { BookSync } from './book/book-sync.ts';
import type { FeedContext } from './feed-context.ts';

const TOP = 20;

/** The digest's text of a book and what goes with it. */
export interface BookDigest {
  readonly text: string;
  readonly sequence: string;
  readonly bidLevels: number;
  readonly askLevels: number;
}

/**
 * The picture of the book as it stands, for a frame.
 * @param wanted  what a panel looks at, in its own decimals; null: the best twenty levels a side
 * @param leastStep  ticks of the venue's price step, 1 or more
 * @param checksum  the last checksum that was the book's; empty while there is none
 */
export function makeBookFrame(
  context: FeedContext,
  sync: BookSync,
  wanted: WantedBook | null,
  leastStep: number,
  checksum: string,
): BookFrame {
  const { book } = sync;
  const grid = context.grid();
  const want = rowsWanted(context, wanted, leastStep);
  const { rows, bidFrom, askTo } = takeRows(book, want);
  // Where every level is a row of its own, the best twenty stand at the head of the rows.
  const isUngrouped = want.step === 1 && want.window === null && want.best >= TOP;
  const top: BookColumns = isUngrouped ? topOf(rows, TOP) : takeTop(book, TOP);
  return {
    sequence: sequenceText(context, sync.goodSequence),
    checksum,
    epoch: grid.epoch,
    top,
    rows,
    step: want.step,
    coverage: { bidFrom, askTo, window: want.window, bidHorizon: sync.bidHorizon, askHorizon: sync.askHorizon },
    bidLevels: book.bids.count,
    askLevels: book.asks.count,
  };
}

/** The digest of the book as it stands. */
export function makeBookDigest(context: FeedContext, sync: BookSync): BookDigest {
  const { priceDecimals, lotDecimals } = context.grid();
  const { book } = sync;
  return {
    text: book.digestText(priceDecimals, lotDecimals),
    sequence: sequenceText(context, sync.sequence),
    bidLevels: book.bids.count,
    askLevels: book.asks.count,
  };
}

function rowsWanted(context: FeedContext, wanted: WantedBook | null, leastStep: number): RowWant {
  if (!wanted) return { best: TOP, step: leastStep, window: null };
  const factor = 10 ** (context.grid().priceDecimals - wanted.priceDecimals);
  const step = wanted.step === 0 ? leastStep : Math.max(1, Math.round(wanted.step * factor));
  const window = wanted.window;
  return {
    best: wanted.best,
    step,
    window: window === null ? null : [Math.round(window[0] * factor), Math.round(window[1] * factor)],
  };
}

/** Ids of books are published where they are the venue's own numbering. */
function sequenceText(context: FeedContext, sequence: number): string {
  return context.venue.sequenced && sequence >= 0 ? String(sequence) : '';
}

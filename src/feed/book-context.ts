import type { FaultKind } from '@/market/fault.ts';
import type { Millis } from '@/market/time.ts';
import type { BookSync } from './book/book-sync.ts';
import type { BookLife } from './book-life.ts';
import type { ChannelState } from './channel.ts';
import type { FeedContext } from './feed-context.ts';
import type { Snapshot } from './venues/venue.ts';

/** What the parts of one book share: its machine, its state, its time on the socket, and what they tell its owner. */
export interface BookContext {
  readonly feed: FeedContext;
  readonly sync: BookSync;
  readonly channel: ChannelState;
  readonly life: BookLife;
  /** Nothing but the user's word brings the book back. */
  isRefused(): boolean;
  /** A proven book has been shown. */
  hadBook(): boolean;
  /** There is something new to draw. */
  pictureChanged(): void;
  /** The proof is held at this moment. */
  prove(now: Millis): void;
  /** The book is proven, for the first time or again. */
  became(now: Millis): void;
  /** Give the book up, with the reason. */
  refuse(kind: FaultKind, detail: string): void;
  /** Leave the socket of the book: it is open and the book is dead on it. */
  leaveLine(detail: string): void;
}

/**
 * Read the answer to a snapshot request; the grid is made finer where its digits need that.
 * @param depth  levels a side that were asked for
 * @returns null when it cannot be read
 */
export function readSnapshot(feed: FeedContext, body: string, depth: number): Snapshot | null {
  return feed.venue.readSnapshot(body, depth, feed.grid(), (priceDecimals, lotDecimals) => {
    feed.refine(priceDecimals, lotDecimals);
    return feed.grid();
  });
}

import type { Snapshot } from '../venues/venue.ts';
import { isHead } from './book-audit.ts';
import { LevelList } from './level-list.ts';
import { OrderBook } from './order-book.ts';

/** Levels a side that two snapshots are compared by. */
const COMPARED = 100;

/** Whether the best hundred levels a side of a snapshot, with their sizes, are those of a book. */
export function isTopOfSnapshot(snapshot: Pick<Snapshot, 'bids' | 'asks'>, book: OrderBook): boolean {
  const other = new OrderBook();
  other.load(snapshot.bids, snapshot.asks);
  return isSameTop(other.bids, book.bids) && isSameTop(other.asks, book.asks);
}

function isSameTop(one: OrderBook['bids'], other: OrderBook['bids']): boolean {
  const list = new LevelList();
  for (let at = one.first(); at >= 0 && list.count < COMPARED; at = one.after(at))
    list.push(one.ticksAt(at), one.lotsOf(at));
  return isHead(list, true, other);
}

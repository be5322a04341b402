import type { Snapshot } from '../venues/venue.ts';
import type { OrderBook } from './order-book.ts';

const MAX_LEVELS_A_SIDE = 50_000;
const KEPT_LEVELS_A_SIDE = 40_000;

/** How far a book is known on each side, and how many levels of it are held. Prices are ticks of the storage grid. */
export class BookHorizon {
  /** Levels a side the venue keeps of this subscription; 0: all. */
  depth = 0;
  private bidsCut = false;
  private asksCut = false;
  private cutBid = 0;
  private cutAsk = Number.POSITIVE_INFINITY;

  constructor(private readonly book: OrderBook) {}

  /** Farthest known bid; 0 when the whole side is known. */
  get bid(): number {
    return this.bidsCut && this.book.bids.count > 0 ? this.book.bids.worst() : this.cutBid;
  }

  /** Farthest known ask; Infinity when the whole side is known. */
  get ask(): number {
    return this.asksCut && this.book.asks.count > 0 ? this.book.asks.worst() : this.cutAsk;
  }

  /** The book was loaded with this snapshot. */
  load(snapshot: Pick<Snapshot, 'bidsCut' | 'asksCut'>): void {
    // Of a subscription of limited depth the farthest level held is the horizon, whatever comes; of a snapshot, its own.
    this.bidsCut = this.depth > 0 && snapshot.bidsCut;
    this.asksCut = this.depth > 0 && snapshot.asksCut;
    this.cutBid = snapshot.bidsCut ? this.book.bids.worst() : 0;
    this.cutAsk = snapshot.asksCut ? this.book.asks.worst() : Number.POSITIVE_INFINITY;
  }

  /** A diff was applied. Too many levels are a matter of memory, not of trust: the farthest go and the horizon moves. */
  bound(): void {
    const { bids, asks } = this.book;
    if (this.depth > 0) {
      this.bidsCut ||= bids.count >= this.depth;
      this.asksCut ||= asks.count >= this.depth;
      bids.trimTo(this.depth);
      asks.trimTo(this.depth);
      return;
    }
    if (bids.count <= MAX_LEVELS_A_SIDE && asks.count <= MAX_LEVELS_A_SIDE) return;
    const cut = this.book.trim(MAX_LEVELS_A_SIDE, KEPT_LEVELS_A_SIDE);
    // What was unknown before stays so: a book grows beyond its snapshot only here and there.
    this.cutBid = Math.max(cut.bidHorizon ?? 0, this.cutBid);
    this.cutAsk = Math.min(cut.askHorizon ?? Number.POSITIVE_INFINITY, this.cutAsk);
  }

  /** The grid became finer by 10^`pricePower`. */
  rescale(pricePower: number): void {
    this.cutBid *= 10 ** pricePower;
    this.cutAsk *= 10 ** pricePower;
  }
}

import type { Millis } from '@/market/time.ts';
import { NO_SEQUENCE, type Statement } from '../venues/venue.ts';
import type { LevelList } from './level-list.ts';
import type { OrderBook } from './order-book.ts';

/** What the audit reports. */
export interface BookAuditOwner {
  onCompared(agreed: boolean): void;
  /** Two statements in a row were unlike the book for as long as they had to agree: the book is wrong. */
  onContradiction(detail: string): void;
}

/** Statement and book may be this far apart in time. Source: Coinbase's ticker agrees within it 94 times of 94. */
const TOLERANCE_MS = 500;
const MISMATCHES = 2;
const MOST_PENDING = 64;
const MOST_TOPS = 64;

interface Pending {
  readonly at: Millis;
  readonly sequence: number;
  readonly hasSizes: boolean;
  bids: LevelList;
  asks: LevelList;
}

interface Top {
  readonly at: Millis;
  bid: number;
  bidLots: number;
  ask: number;
  askLots: number;
}

/**
 * Compares the top of a book with what an independent route of the venue states. The two do not come in one order, so
 * a statement has half a second to equal the book as it was, is, or becomes; a numbered one is held against the book of
 * its number, and proves nothing where the book never had it. One that agrees clears those before it: what they said has
 * passed. Two in a row that never agreed contradict the book.
 */
export class BookAudit {
  private pending: Pending[] = [];
  private tops: Top[] = [];
  private mismatches = 0;
  private isAsked = false;

  constructor(private readonly owner: BookAuditOwner) {}

  /** Forget what was said: the book begins anew. */
  clear(): void {
    this.pending = [];
    this.tops = [];
    this.mismatches = 0;
  }

  /**
   * The second route has spoken.
   * @param sequence  id of the last diff in the book
   * @returns whether the book as it stands is what was stated
   */
  statement(stated: Statement, book: OrderBook, sequence: number, now: Millis): boolean {
    if (!this.isAsked) this.see(book, now);
    this.isAsked = true;
    const isNow = isTopOf(stated, book);
    if (isNow || (isSingle(stated) && this.tops.some((top) => now - top.at <= TOLERANCE_MS && isLike(stated, top)))) {
      this.agree();
      return isNow;
    }
    if (stated.sequence !== NO_SEQUENCE && stated.sequence <= sequence) {
      // The book has gone past an older one: nothing can be said of it.
      if (stated.sequence === sequence) this.differ();
      return false;
    }
    this.pending.push({
      at: now,
      sequence: stated.sequence,
      hasSizes: stated.hasSizes,
      bids: stated.bids.copy(),
      asks: stated.asks.copy(),
    });
    if (this.pending.length > MOST_PENDING) this.pending.shift();
    return false;
  }

  /** A diff is about to be applied, its last id given: numbered statements of the book until then can be judged. */
  before(sequence: number, book: OrderBook): void {
    for (const one of this.pending) {
      if (one.sequence === NO_SEQUENCE || one.sequence >= sequence || !isTopOf(one, book)) continue;
      this.agree();
      return;
    }
  }

  /** A diff was applied. */
  applied(sequence: number, book: OrderBook, now: Millis): void {
    if (!this.isAsked) return;
    this.see(book, now);
    for (const one of this.pending) {
      if (!isTopOf(one, book)) continue;
      this.agree();
      return;
    }
    // Passed over without ever being the book's id, a statement can only have agreed.
    const isContradicted = this.pending.some((one) => one.sequence === sequence && sequence !== NO_SEQUENCE);
    this.pending = this.pending.filter((one) => one.sequence === NO_SEQUENCE || one.sequence > sequence);
    if (isContradicted) this.differ();
  }

  /** Look at the clock: an unnumbered statement has had its time. */
  tick(now: Millis): void {
    if (this.pending.some((one) => one.sequence === NO_SEQUENCE && now - one.at > TOLERANCE_MS)) this.differ();
  }

  /** The grid became finer. */
  rescale(pricePower: number, lotPower: number): void {
    for (const { bids, asks } of this.pending) {
      bids.rescale(pricePower, lotPower);
      asks.rescale(pricePower, lotPower);
    }
    for (const top of this.tops) {
      top.bid *= 10 ** pricePower;
      top.ask *= 10 ** pricePower;
      top.bidLots *= 10 ** lotPower;
      top.askLots *= 10 ** lotPower;
    }
  }

  private see(book: OrderBook, now: Millis): void {
    while (this.tops.length > 0 && now - this.tops[0].at > TOLERANCE_MS) this.tops.shift();
    const { bids, asks } = book;
    this.tops.push({
      at: now,
      bid: bids.best(),
      bidLots: bids.bestLots(),
      ask: asks.best(),
      askLots: asks.bestLots(),
    });
    if (this.tops.length > MOST_TOPS) this.tops.shift();
  }

  private agree(): void {
    this.pending = [];
    this.mismatches = 0;
    this.owner.onCompared(true);
  }

  private differ(): void {
    this.pending = [];
    this.mismatches++;
    this.owner.onCompared(false);
    if (this.mismatches < MISMATCHES) return;
    this.mismatches = 0;
    this.owner.onContradiction(`${MISMATCHES} statements of a second source differ from the book`);
  }
}

type Stated = Pick<Statement, 'bids' | 'asks' | 'hasSizes'>;

const isSingle = ({ bids, asks }: Stated): boolean => bids.count <= 1 && asks.count <= 1;

function isLike({ bids, asks, hasSizes }: Stated, top: Top): boolean {
  return isBest(bids, hasSizes, top.bid, top.bidLots) && isBest(asks, hasSizes, top.ask, top.askLots);
}

function isBest(list: LevelList, hasSizes: boolean, ticks: number, lots: number): boolean {
  if (list.count === 0) return Number.isNaN(ticks);
  return list.ticks[0] === ticks && (!hasSizes || list.lots[0] === lots);
}

/** Whether the book's best levels are those stated, one by one; a side stated empty has to be. */
function isTopOf({ bids, asks, hasSizes }: Stated, book: OrderBook): boolean {
  return isHead(bids, hasSizes, book.bids) && isHead(asks, hasSizes, book.asks);
}

/** Whether a book's best levels of one side are those listed, best first. */
export function isHead(list: LevelList, hasSizes: boolean, side: OrderBook['bids']): boolean {
  let at = side.first();
  if (list.count === 0) return at < 0;
  for (let i = 0; i < list.count; i++) {
    if (at < 0 || side.ticksAt(at) !== list.ticks[i]) return false;
    if (hasSizes && side.lotsOf(at) !== list.lots[i]) return false;
    at = side.after(at);
  }
  return true;
}

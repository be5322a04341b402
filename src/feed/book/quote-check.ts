import type { Grid } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import type { Quote } from '../venues/venue.ts';
import type { OrderBook } from './order-book.ts';

/** What the check reports. */
export interface QuoteCheckOwner {
  grid(): Grid;
  readQuote(text: string, grid: Grid): Quote | null;
  onCompared(agreed: boolean): void;
  onMalformed(): void;
  /** At the same update id the venue's own best price differs: the book is wrong. */
  onContradiction(updateId: number): void;
}

const KEPT = 512;
/** Slot contents that are no update id. */
const NOTHING = -1;
const MALFORMED = -2;
const PATIENCE_MS = 1_000;
const MAX_WAITING = 256;

interface Best {
  readonly updateId: number;
  readonly at: Millis;
  bid: number;
  bidLots: number;
  ask: number;
  askLots: number;
}

/**
 * Compares the book's best prices with the venue's own stream of them. The stream's texts are kept unread in a ring;
 * after a diff the newest one that is not newer is read. It may arrive after the diff, so a comparison waits until a
 * newer one has shown that nothing can come between. At the same id both must be equal; an older one may rightly
 * differ and is only counted.
 */
export class QuoteCheck {
  private readonly ids = new Float64Array(KEPT).fill(NOTHING);
  private readonly texts: string[] = new Array(KEPT).fill('');
  private at = 0;
  private waiting: Best[] = [];

  constructor(private readonly owner: QuoteCheckOwner) {}

  /** Forget what another connection said. */
  clear(): void {
    this.ids.fill(NOTHING);
    this.waiting = [];
  }

  /** The book is given up: what waited for it is void. */
  forgetBook(): void {
    this.waiting = [];
  }

  /** A best-price message arrived. */
  quote(updateId: number, text: string): void {
    this.at = (this.at + 1) % KEPT;
    this.ids[this.at] = updateId;
    this.texts[this.at] = text;
    if (this.waiting.length > 0) this.resolve(updateId);
  }

  /** A diff was applied and left the book as it is now. */
  applied(updateId: number, book: OrderBook, now: Millis): void {
    // Where the venue numbers nothing there is no such stream.
    if (updateId < 0) return;
    const best: Best = {
      updateId,
      at: now,
      bid: book.bids.best(),
      bidLots: book.bids.bestLots(),
      ask: book.asks.best(),
      askLots: book.asks.bestLots(),
    };
    if (this.ids[this.at] >= updateId) {
      this.compare(best);
      return;
    }
    this.waiting.push(best);
    if (this.waiting.length > MAX_WAITING) this.compare(this.waiting.shift() ?? best);
  }

  /** Look at the clock: nothing newer came for a second, so nothing will come between. */
  tick(now: Millis): void {
    while (this.waiting.length > 0 && now - this.waiting[0].at > PATIENCE_MS) {
      const [best] = this.waiting.splice(0, 1);
      this.compare(best);
    }
  }

  /** The grid became finer. */
  rescale(pricePower: number, lotPower: number): void {
    for (const best of this.waiting) {
      best.bid *= 10 ** pricePower;
      best.ask *= 10 ** pricePower;
      best.bidLots *= 10 ** lotPower;
      best.askLots *= 10 ** lotPower;
    }
  }

  private resolve(newest: number): void {
    while (this.waiting.length > 0 && this.waiting[0].updateId <= newest) {
      const [best] = this.waiting.splice(0, 1);
      this.compare(best);
    }
  }

  private compare(best: Best): void {
    const slot = this.newestUpTo(best.updateId);
    if (slot < 0) return;
    const quote = this.owner.readQuote(this.texts[slot], this.owner.grid());
    if (!quote) {
      this.ids[slot] = MALFORMED;
      this.owner.onMalformed();
      return;
    }
    const agreed =
      isSame(best.bid, quote.bidTicks) &&
      isSame(best.ask, quote.askTicks) &&
      isSame(best.bidLots, quote.bidLots) &&
      isSame(best.askLots, quote.askLots);
    this.owner.onCompared(agreed);
    if (!agreed && this.ids[slot] === best.updateId) this.owner.onContradiction(best.updateId);
  }

  private newestUpTo(updateId: number): number {
    for (let back = 0; back < KEPT; back++) {
      const slot = (this.at - back + KEPT) % KEPT;
      const id = this.ids[slot];
      if (id === NOTHING) return -1;
      if (id >= 0 && id <= updateId) return slot;
    }
    return -1;
  }
}

/** An empty side has no best price; the venue states it as zero. */
const isSame = (held: number, stated: number): boolean => held === stated || (Number.isNaN(held) && stated === 0);

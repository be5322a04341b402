import { powerOfTen } from '@/market/decimal.ts';
import type { ChecksumRule } from '../venues/venue.ts';
import type { BookSide } from './book-side.ts';
import type { LevelList } from './level-list.ts';
import type { OrderBook } from './order-book.ts';

/** Texts kept per level held before those of levels long gone are dropped. */
const SLACK = 4;
const LEAST_KEPT = 1_024;

/**
 * Makes a venue's checksum of a book. It covers digits as they stood on the wire, which the book's integers do not keep,
 * so the texts of the levels are kept beside it by price.
 */
export class BookChecksum {
  private bids = new Map<number, string>();
  private asks = new Map<number, string>();

  constructor(private readonly rule: ChecksumRule) {}

  /** The book begins anew with these levels. */
  load(bids: LevelList, asks: LevelList): void {
    this.bids.clear();
    this.asks.clear();
    this.apply(bids, asks);
  }

  /** Levels changed. */
  apply(bids: LevelList, asks: LevelList): void {
    keep(this.bids, bids);
    keep(this.asks, asks);
  }

  /** The checksum of the book as it stands; null when the text of a level it covers is not known. */
  of(book: OrderBook): number | null {
    const bids = this.best(book.bids, this.bids);
    const asks = this.best(book.asks, this.asks);
    return bids && asks && this.rule.of(bids, asks);
  }

  /** The grid became finer by 10^`pricePower`. */
  rescale(pricePower: number): void {
    if (pricePower === 0) return;
    const factor = powerOfTen(pricePower);
    const scaled = (texts: Map<number, string>): Map<number, string> =>
      new Map([...texts].map(([ticks, text]) => [ticks * factor, text]));
    this.bids = scaled(this.bids);
    this.asks = scaled(this.asks);
  }

  private best(side: BookSide, texts: Map<number, string>): string[] | null {
    const best: string[] = [];
    for (let at = side.first(); at >= 0 && best.length < this.rule.levels; at = side.after(at)) {
      const text = texts.get(side.ticksAt(at));
      if (text === undefined) return null;
      best.push(text);
    }
    if (texts.size > LEAST_KEPT && texts.size > side.count * SLACK) forget(side, texts);
    return best;
  }
}

function keep(texts: Map<number, string>, { ticks, lots, tokens, count }: LevelList): void {
  for (let i = 0; i < count; i++) {
    const text = lots[i] === 0 ? undefined : tokens[i];
    if (text === undefined) texts.delete(ticks[i]);
    else texts.set(ticks[i], text);
  }
}

/** Levels that fell out of the depth are never removed by the venue. */
function forget(side: BookSide, texts: Map<number, string>): void {
  for (const ticks of texts.keys()) if (side.lotsAt(ticks) === 0) texts.delete(ticks);
}

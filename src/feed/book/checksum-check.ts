import type { Millis } from '@/market/time.ts';
import { type ChecksumRule, type Diff, NO_SEQUENCE } from '../venues/venue.ts';
import { BookChecksum } from './book-checksum.ts';
import type { OrderBook } from './order-book.ts';

/** What the check reports. */
export interface ChecksumCheckOwner {
  /** A message's checksum was that of the book, or was not. */
  onCompared(agreed: boolean): void;
  /** Checksums contradict an unbroken sequence again and again: they are believed no more. */
  onRetired(): void;
  /** The book is not the one the checksum was made of. */
  onContradiction(detail: string): void;
}

/** Checksums that may fail in ten minutes on an unbroken sequence before the fault is taken to be the venue's. */
const CHECKSUM_FAULTS = 3;
const CHECKSUM_WINDOW_MS = 600_000;

/** Holds a book against the checksums its messages carry, for as long as these can be believed. */
export class ChecksumCheck {
  private readonly checksum: BookChecksum;
  private readonly faults: Millis[] = [];
  private isRetired = false;
  /** The last checksum that was that of the book; null while the newest message had none. */
  verified: number | null = null;

  constructor(
    rule: ChecksumRule,
    private readonly owner: ChecksumCheckOwner,
  ) {
    this.checksum = new BookChecksum(rule);
  }

  /** The book begins anew with these levels. */
  load({ bids, asks }: Pick<Diff, 'bids' | 'asks'>): void {
    this.checksum.load(bids, asks);
    this.verified = null;
  }

  /** Levels changed. */
  apply({ bids, asks }: Pick<Diff, 'bids' | 'asks'>): void {
    this.checksum.apply(bids, asks);
  }

  /** The book is given up: nothing is verified. */
  forgetBook(): void {
    this.verified = null;
  }

  /**
   * Hold the book against the checksum its message carried. None, and 0, prove nothing and refute nothing.
   * @param stated  null: the message had none
   * @param sequence  id of the last diff in the book; where there is none, every mismatch is the book's
   * @returns false when the book was contradicted
   */
  verify(stated: number | null, book: OrderBook, sequence: number, now: Millis): boolean {
    this.verified = null;
    if (this.isRetired || stated === null || stated === 0) return true;
    const made = this.checksum.of(book);
    if (made === null) return true;
    this.owner.onCompared(made === stated);
    if (made === stated) {
      this.verified = stated;
      return true;
    }
    const { faults } = this;
    while (faults.length > 0 && faults[0] <= now - CHECKSUM_WINDOW_MS) faults.shift();
    faults.push(now);
    if (sequence !== NO_SEQUENCE && faults.length >= CHECKSUM_FAULTS) {
      this.isRetired = true;
      this.owner.onRetired();
      return true;
    }
    this.owner.onContradiction(`checksum ${stated} stated, ${made} made`);
    return false;
  }

  /** The grid became finer by 10^`pricePower`. */
  rescale(pricePower: number): void {
    this.checksum.rescale(pricePower);
  }
}

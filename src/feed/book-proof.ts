import type { Proof } from '@/market/feed-state.ts';
import type { Millis } from '@/market/time.ts';
import type { BookContext } from './book-context.ts';

/** What proves a book and when it last did, as its chip tells it. */
export class BookProof {
  /** When a second source last agreed; 0 when it never did. */
  private auditedAt: Millis = 0;
  /** The last checksum that was the book's; empty while there is none. */
  checksumText = '';

  constructor(private readonly context: BookContext) {}

  /** What proves the book at the moment; never more than has been shown. */
  now(): Proof {
    const { feed, sync } = this.context;
    const { venue } = feed;
    if (sync.isWhole) return 'snapshot';
    if (sync.verified !== null) return 'checksum';
    if (venue.sequenced && (sync.sequence >= 0 || !this.context.hadBook())) return 'sequence';
    if (venue.proof === 'checksum' && !this.context.hadBook()) return 'checksum';
    return this.auditedAt > 0 ? 'audit' : 'unverified';
  }

  /** The proof held at this moment. */
  held(now: Millis): void {
    const { channel, feed, sync } = this.context;
    const proof = this.now();
    const isNew = proof !== channel.proof;
    channel.proof = proof;
    channel.provenAt = proof === 'audit' ? this.auditedAt : proof === 'unverified' ? 0 : now;
    if (sync.verified !== null) this.checksumText = String(sync.verified);
    if (isNew) feed.changed();
  }

  /** A second source agreed. */
  audited(now: Millis): void {
    this.auditedAt = now;
    // A second source proves a book that nothing better does; numbers are proven by the stream alone.
    if (this.now() === 'audit') this.held(now);
  }

  /** The book begins anew: what a second source said was about another. */
  forgetAudit(): void {
    this.auditedAt = 0;
  }
}

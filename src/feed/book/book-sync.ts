import type { Millis } from '@/market/time.ts';
import { type Diff, NO_SEQUENCE, type Snapshot, type Statement, type StreamBook } from '../venues/venue.ts';
import { BookAudit } from './book-audit.ts';
import { BookHorizon } from './book-horizon.ts';
import { ChecksumCheck } from './checksum-check.ts';
import { KeptDiffs, MOST_KEPT } from './kept-diffs.ts';
import { OrderBook } from './order-book.ts';
import { QuoteCheck } from './quote-check.ts';
import { isTopOfSnapshot } from './same-top.ts';
import type { DiffOutcome, ResyncCause, SyncOwner, SyncRules } from './sync-rules.ts';

/** A book that a whole message left crossed may heal itself this long before it is built again. */
export const CROSS_HOLD_MS = 500;

/**
 * The continuity machine of one book: buffer diffs, take a snapshot, replay, go on, and check every single diff by the
 * venue's rule. The levels are trustworthy while `synced` and not `suspect`; nothing else in the product may say so.
 */
export class BookSync {
  readonly book = new OrderBook();
  private phase: 'idle' | 'buffering' | 'synced' = 'idle';
  private readonly kept = new KeptDiffs();
  private attempt = 0;
  private crossedSince: Millis | null = null;
  private awaitsFirst = false;
  /** A second source said the same as the snapshot, though no diff has joined it yet. */
  private confirmed = false;
  private deepening = false;
  private readonly quotes: QuoteCheck;
  private readonly audit: BookAudit;
  private readonly checksums: ChecksumCheck | null;
  private readonly horizon = new BookHorizon(this.book);
  /** The book was published uncrossed since it was last loaded. */
  private good = false;
  /** Every message is a whole book. */
  private whole: boolean;
  /** Update id of the last diff in the book; -1 before the first snapshot and where the venue numbers nothing. */
  sequence = -1;
  /** Update id of the last diff that left the book uncrossed, published beside the book; -1 while none has. */
  goodSequence = -1;
  /** Diffs applied since the beginning. */
  applied = 0;

  constructor(
    private readonly rules: SyncRules,
    private readonly owner: SyncOwner,
  ) {
    this.quotes = new QuoteCheck({
      grid: () => owner.grid(),
      readQuote: (text, grid) => rules.readQuote(text, grid),
      onCompared: (agreed) => owner.onQuoteCompared(agreed),
      onMalformed: () => owner.onMalformedQuote(),
      onContradiction: (id) => this.resync('quote', `the best price at ${id} differs from the venue's own`, null),
    });
    this.audit = new BookAudit({
      onCompared: (agreed) => owner.onQuoteCompared(agreed),
      onContradiction: (detail) => this.resync('audit', detail, null),
    });
    this.checksums = rules.checksum
      ? new ChecksumCheck(rules.checksum, {
          onCompared: (agreed) => owner.onChecksum?.(agreed),
          onRetired: () => owner.onChecksumRetired?.(),
          onContradiction: (detail) => this.resync('checksum', detail, null),
        })
      : null;
    this.whole = rules.bookSource === 'whole';
  }

  /** Farthest known price of each side; 0 and Infinity when the whole book is known. */
  get bidHorizon(): number {
    return this.horizon.bid;
  }

  get askHorizon(): number {
    return this.horizon.ask;
  }

  /** The last checksum that was that of the book; null while the newest message had none. */
  get verified(): number | null {
    return this.checksums ? this.checksums.verified : null;
  }

  /** No snapshot can be had by request, so whole books of the stream are the book; or it can be had again. */
  takeWholeBooks(whole: boolean): void {
    this.whole = whole;
    this.clearBuffer();
  }

  /** Every message is the whole book. */
  get isWhole(): boolean {
    return this.whole;
  }

  get synced(): boolean {
    return this.phase === 'synced';
  }

  /** A diff or a second snapshot has joined the snapshot and left it uncrossed: the book is the venue's. */
  get proven(): boolean {
    return this.phase === 'synced' && (!this.awaitsFirst || this.confirmed) && this.good;
  }

  /** The book is crossed at the moment: what was published before stays. */
  get suspect(): boolean {
    return this.crossedSince !== null;
  }

  get buffered(): number {
    return this.kept.count;
  }

  /** A socket opened: collect diffs and ask for a snapshot. */
  begin(): void {
    this.phase = 'buffering';
    this.clearBuffer();
    this.crossedSince = null;
    this.attempt = 0;
    this.quotes.clear();
    this.audit.clear();
    if (!this.whole) this.owner.onSnapshotWanted(0);
  }

  /** The socket is gone: the book belongs to the past, and nothing is collected. */
  stop(): void {
    this.phase = 'idle';
    this.clearBuffer();
    this.crossedSince = null;
  }

  /**
   * Take one diff.
   * @param repeats  two sockets speak at once: an older one was said by the other before
   */
  diff(diff: Diff, now: Millis, repeats = false): DiffOutcome {
    if (this.phase === 'idle' || this.whole) return 'buffered';
    if (this.phase === 'buffering') return this.keepsDiffs ? this.keep(diff) : 'buffered';
    if (this.awaitsFirst) return this.first(diff, now);
    switch (this.rules.continuity(this.sequence, diff)) {
      case 'skip':
        return 'duplicate';
      case 'gap':
        if (repeats && diff.last !== NO_SEQUENCE && diff.last <= this.sequence) return 'duplicate';
        this.resync('gap', `expected ${this.sequence + 1}, got ${diff.first}`, diff);
        return 'resync';
      case 'apply':
        return this.apply(diff, now);
    }
  }

  /**
   * Take a whole book of the stream: it replaces everything at once. Where every message is one, an older one is
   * ignored.
   */
  replace(given: StreamBook, now: Millis): DiffOutcome {
    if (this.phase === 'idle') return 'buffered';
    const isNumbered = given.sequence !== NO_SEQUENCE;
    if (this.whole && this.phase === 'synced' && isNumbered && given.sequence < this.sequence) return 'duplicate';
    const wasGood = this.phase === 'synced' && this.good;
    this.horizon.depth = given.depth;
    const isFull = (count: number): boolean => given.depth > 0 && count >= given.depth;
    this.load({ ...given, bidsCut: isFull(given.bids.count), asksCut: isFull(given.asks.count) }, now, wasGood);
    this.awaitsFirst = false;
    this.attempt = 0;
    this.applied++;
    if (!this.verify(given.checksum, now)) return 'resync';
    return this.settle(given.sequence, now);
  }

  /** An independent route states the top of the book. @returns whether it is the book's, as it stands */
  statement(stated: Statement, now: Millis): boolean {
    return this.phase === 'synced' && this.audit.statement(stated, this.book, this.sequence, now);
  }

  /** The venue has begun its numbering anew: ids go on below those of the book, and nothing after it was applied. */
  renumbered(diff: Diff): void {
    if (this.phase === 'synced')
      this.resync('gap', `expected ${this.sequence + 1}, numbered anew from ${diff.first}`, diff);
  }

  /** Another source says that the book is not the venue's. */
  contradicted(detail: string): void {
    if (this.phase === 'synced') this.resync('audit', detail, null);
  }

  /** A diff could not be read: what it said is unknown, so the book is. */
  refused(reason: string): void {
    if (this.phase === 'synced') this.resync('refused-diff', reason, null);
    else this.clearBuffer();
  }

  /**
   * Take a snapshot and replay what was kept. A snapshot older than the first diff kept is asked for again; the buffer
   * stays, since an old snapshot may come from a cache.
   * @returns whether the book is proven now
   */
  snapshot(snapshot: Snapshot, now: Millis): boolean {
    if (this.phase === 'synced' && this.deepening) return this.deeper(snapshot, now);
    if (this.phase !== 'buffering') return false;
    const waiting = this.kept.sorted();
    const first = waiting.find((diff) => this.rules.joins(snapshot.sequence, diff) !== 'skip');
    if (first && (this.rules.joins(snapshot.sequence, first) === 'gap' || this.mayMiss(first, waiting))) {
      this.again();
      return false;
    }
    this.horizon.depth = this.rules.bookSource === 'stream' ? (this.rules.depths?.[0] ?? 0) : 0;
    this.load(snapshot, now);
    for (const diff of waiting) this.diff(diff, now);
    // Crossed at the end of the replay: no good picture of it has been shown that could stay.
    if (this.suspect) this.good = false;
    if (this.synced) this.attempt = 0;
    return this.synced;
  }

  /** Without numbers only a diff that the snapshot holds already shows that none is missing between the two. */
  private mayMiss(first: Diff, waiting: readonly Diff[]): boolean {
    return this.rules.sequenced === false && first === waiting[0];
  }

  /** Whether a second snapshot says what the book says, at its top. */
  isLike(snapshot: Pick<Snapshot, 'bids' | 'asks'>): boolean {
    return isTopOfSnapshot(snapshot, this.book);
  }

  /** A second snapshot has the same id: nothing happened since, the book is proven without a diff. */
  confirm(): void {
    this.confirmed = true;
    if (!this.suspect) this.isGoodAt(this.sequence);
  }

  /** A deeper snapshot is coming: remember what happens until it is here. */
  deepen(): void {
    if (this.phase === 'synced' && !this.deepening) {
      this.clearBuffer();
      this.deepening = true;
    }
  }

  /** Put a deeper snapshot under a live book: load it and repeat what happened since it was made. */
  private deeper(snapshot: Snapshot, now: Millis): boolean {
    const since = this.kept.all;
    this.clearBuffer();
    const first = since.find((diff) => this.rules.joins(snapshot.sequence, diff) !== 'skip');
    if (this.suspect) return this.proven;
    const stands = snapshot.sequence === this.sequence && this.proven;
    // Nothing leads from it to the book as it stands: an old answer out of a cache, or one that is ahead of the stream.
    if (first ? this.rules.joins(snapshot.sequence, first) === 'gap' : !stands) return this.proven;
    this.load(snapshot, now);
    if (stands) this.confirm();
    for (const diff of since) this.diff(diff, now);
    return this.proven;
  }

  /** The snapshot could not be had: ask again, later each time. A live book goes on without its deeper one. */
  snapshotFailed(): void {
    if (this.phase === 'buffering') this.again();
    else if (this.deepening) this.clearBuffer();
  }

  /** Look at the clock. @returns whether the book was given up because it stayed crossed */
  tick(now: Millis): boolean {
    this.quotes.tick(now);
    if (this.phase === 'synced') this.audit.tick(now);
    if (this.crossedSince === null || now - this.crossedSince < CROSS_HOLD_MS) return false;
    this.resync('crossed', `crossed for ${CROSS_HOLD_MS} ms`, null);
    return true;
  }

  /** A best-price message: kept unread until a diff needs it. */
  quote(updateId: number, text: string): void {
    this.quotes.quote(updateId, text);
  }

  /** The grid became finer by 10^n: everything held counts in the new units. */
  rescale(pricePower: number, lotPower: number): void {
    this.checksums?.rescale(pricePower);
    this.audit.rescale(pricePower, lotPower);
    this.book.rescale(pricePower, lotPower);
    this.kept.rescale(pricePower, lotPower);
    this.quotes.rescale(pricePower, lotPower);
    this.horizon.rescale(pricePower);
  }

  /** The first diff after a snapshot joins it by a rule of its own. */
  private first(diff: Diff, now: Millis): DiffOutcome {
    switch (this.rules.joins(this.sequence, diff)) {
      case 'skip':
        return 'buffered';
      case 'apply':
        return this.apply(diff, now);
      case 'gap':
        if (this.proven) {
          this.resync('gap', `expected ${this.sequence + 1}, got ${diff.first}`, diff);
          return 'resync';
        }
        this.phase = 'buffering';
        this.keep(diff);
        this.again();
        return 'buffered';
    }
  }

  /** @param wasGood  a good book was published before and may stay while this one is crossed */
  private load(snapshot: Omit<Snapshot, 'sequence'> & { sequence: number }, now: Millis, wasGood = false): void {
    this.book.load(snapshot.bids, snapshot.asks);
    this.checksums?.load(snapshot);
    this.sequence = snapshot.sequence;
    this.good = wasGood;
    this.horizon.load(snapshot);
    this.phase = 'synced';
    const since = wasGood ? this.crossedSince : null;
    this.crossedSince = this.book.isCrossed() ? (since ?? now) : null;
    this.awaitsFirst = true;
    this.confirmed = false;
    this.clearBuffer();
  }

  /** Diffs before the snapshot are part of it where the stream pushes it in its order. */
  private get keepsDiffs(): boolean {
    return this.rules.bookSource !== 'stream' || (this.rules.requestBookAfterMs ?? 0) > 0;
  }

  private isGoodAt(sequence: number): void {
    this.good = true;
    this.goodSequence = sequence;
  }

  private keep(diff: Diff): DiffOutcome {
    if (this.kept.keep(diff)) return 'buffered';
    this.resync('overflow', `more than ${MOST_KEPT} diffs were waiting for a snapshot`, null);
    return 'resync';
  }

  private apply(diff: Diff, now: Millis): DiffOutcome {
    this.awaitsFirst = false;
    if (this.deepening && !this.kept.remember(diff)) this.clearBuffer();
    this.audit.before(diff.last, this.book);
    this.book.apply(diff.bids, diff.asks);
    this.applied++;
    this.sequence = diff.last;
    this.horizon.bound();
    this.checksums?.apply(diff);
    if (!this.verify(diff.checksum, now)) return 'resync';
    return this.settle(diff.last, now);
  }

  /** The book has changed and is whole: crossed it is held, uncrossed it is good. */
  private settle(sequence: number, now: Millis): DiffOutcome {
    if (this.book.isCrossed()) {
      this.crossedSince ??= now;
      if (now - this.crossedSince >= CROSS_HOLD_MS) {
        this.resync('crossed', `crossed for ${CROSS_HOLD_MS} ms`, null);
        return 'resync';
      }
      return 'suspect';
    }
    this.crossedSince = null;
    this.isGoodAt(sequence);
    // Best prices by update id are Binance's way, whose books are requested; elsewhere nothing would ever answer.
    if ((this.rules.bookSource ?? 'request') === 'request') this.quotes.applied(sequence, this.book, now);
    if (this.synced) this.audit.applied(sequence, this.book, now);
    return this.synced ? 'applied' : 'resync';
  }

  /** @returns false when the checksum its message carried is not the book's, which was given up for it */
  private verify(stated: number | null, now: Millis): boolean {
    return this.checksums === null || this.checksums.verify(stated, this.book, this.sequence, now);
  }

  /** Give the book up. The diff that showed it is the first of the next attempt. */
  private resync(cause: ResyncCause, detail: string, keep: Diff | null): void {
    this.phase = 'buffering';
    this.crossedSince = null;
    this.attempt = 0;
    this.clearBuffer();
    this.quotes.forgetBook();
    this.audit.clear();
    this.checksums?.forgetBook();
    if (keep && this.keepsDiffs) this.keep(keep);
    this.owner.onResync(cause, detail);
    this.owner.onSnapshotWanted(0);
  }

  private again(): void {
    this.attempt++;
    this.owner.onSnapshotWanted(this.attempt);
  }

  private clearBuffer(): void {
    this.deepening = false;
    this.kept.clear();
  }
}

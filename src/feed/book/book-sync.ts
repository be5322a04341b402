import type { Grid } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import {
  type BookSource,
  type ChecksumRule,
  type Continuity,
  type Diff,
  NO_SEQUENCE,
  type Quote,
  type Snapshot,
  type Statement,
  type StreamBook,
} from '../venues/venue.ts';
import { BookAudit, isHead } from './book-audit.ts';
import { BookChecksum } from './book-checksum.ts';
import { LevelList } from './level-list.ts';
import { OrderBook } from './order-book.ts';
import { QuoteCheck } from './quote-check.ts';

/** Why a book has to be built again. The last three do not count towards the limit of six in ten minutes. */
export type ResyncCause =
  | 'gap'
  | 'crossed'
  | 'quote'
  | 'audit'
  | 'checksum'
  | 'refused-diff'
  | 'overflow'
  | 'connection'
  | 'snapshot';

/** What a diff did. */
export type DiffOutcome = 'buffered' | 'applied' | 'suspect' | 'duplicate' | 'resync';

/** The part of a venue the machine asks. */
export interface SyncRules {
  continuity(last: number, diff: Diff): Continuity;
  joins(snapshotSequence: number, diff: Diff): Continuity;
  readQuote(text: string, grid: Grid): Quote | null;
  /** Absent: `request`. */
  readonly bookSource?: BookSource;
  readonly checksum?: ChecksumRule;
  /** Diffs are kept also where the stream pushes its snapshot, since it may have to be requested. */
  readonly requestBookAfterMs?: number;
  /** Diffs are numbered, so that a hole between a snapshot and the first of them shows. Absent: they are. */
  readonly sequenced?: boolean;
  /** Of a stream with a pushed snapshot: the levels a side that the venue keeps, where a requested one begins it. */
  readonly depths?: readonly number[];
}

/** What the machine asks of its owner. Called before it returns from the message that caused it. */
export interface SyncOwner {
  grid(): Grid;
  /** The book is no longer proven. Its last good picture must be dimmed in this very message. */
  onResync(cause: ResyncCause, detail: string): void;
  /** A snapshot is wanted now (attempt 0) or after a while. */
  onSnapshotWanted(attempt: number): void;
  onQuoteCompared(agreed: boolean): void;
  onMalformedQuote(): void;
  /** A message's checksum was that of the book, or was not. */
  onChecksum?(agreed: boolean): void;
  /** Checksums contradict an unbroken sequence again and again: they are believed no more. */
  onChecksumRetired?(): void;
}

/** Most diffs, and most levels in them, kept while a snapshot is on its way. */
const MAX_BUFFERED = 20_000;
const MAX_BUFFERED_LEVELS = 1_000_000;
/** A book that a whole message left crossed may heal itself this long before it is built again. */
export const CROSS_HOLD_MS = 500;
const MAX_LEVELS_A_SIDE = 50_000;
const KEPT_LEVELS_A_SIDE = 40_000;
/** Checksums that may fail in ten minutes on an unbroken sequence before the fault is taken to be the venue's. */
const CHECKSUM_FAULTS = 3;
const CHECKSUM_WINDOW_MS = 600_000;

/**
 * The continuity machine of one book: buffer diffs, take a snapshot, replay, go on, and check every single diff by the
 * venue's rule. The levels are trustworthy while `synced` and not `suspect`; nothing else in the product may say so.
 */
export class BookSync {
  readonly book = new OrderBook();
  private phase: 'idle' | 'buffering' | 'synced' = 'idle';
  private buffer: Diff[] = [];
  private bufferedLevels = 0;
  private attempt = 0;
  private crossedSince: Millis | null = null;
  private awaitsFirst = false;
  /** A second source said the same as the snapshot, though no diff has joined it yet. */
  private confirmed = false;
  private deepening = false;
  private readonly quotes: QuoteCheck;
  private readonly audit: BookAudit;
  private readonly checksums: BookChecksum | null;
  private readonly checksumFaults: Millis[] = [];
  private isChecksumRetired = false;
  /** The book was published uncrossed since it was last loaded. */
  private good = false;
  /** Levels a side the venue keeps of this subscription; 0: all. */
  private depth = 0;
  private bidsCut = false;
  private asksCut = false;
  private cutBidHorizon = 0;
  private cutAskHorizon = Number.POSITIVE_INFINITY;
  /** Every message is a whole book. */
  private whole: boolean;
  /** The last checksum that was that of the book; null while the newest message had none. */
  verified: number | null = null;
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
    this.checksums = rules.checksum ? new BookChecksum(rules.checksum) : null;
    this.whole = rules.bookSource === 'whole';
  }

  /** Farthest known price of each side; 0 and Infinity when the whole book is known. */
  get bidHorizon(): number {
    return this.bidsCut && this.book.bids.count > 0 ? this.book.bids.worst() : this.cutBidHorizon;
  }

  get askHorizon(): number {
    return this.asksCut && this.book.asks.count > 0 ? this.book.asks.worst() : this.cutAskHorizon;
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
    return this.buffer.length;
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
    this.depth = given.depth;
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
    const waiting = this.buffer.sort((a, b) => a.last - b.last);
    const first = waiting.find((diff) => this.rules.joins(snapshot.sequence, diff) !== 'skip');
    if (first && (this.rules.joins(snapshot.sequence, first) === 'gap' || this.mayMiss(first, waiting))) {
      this.again();
      return false;
    }
    this.depth = this.rules.bookSource === 'stream' ? (this.rules.depths?.[0] ?? 0) : 0;
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
    const other = new OrderBook();
    other.load(snapshot.bids, snapshot.asks);
    return isSameTop(other.bids, this.book.bids) && isSameTop(other.asks, this.book.asks);
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
    const since = this.buffer;
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
    const price = 10 ** pricePower;
    this.checksums?.rescale(pricePower);
    this.audit.rescale(pricePower, lotPower);
    this.book.rescale(pricePower, lotPower);
    for (const diff of this.buffer) {
      diff.bids.rescale(pricePower, lotPower);
      diff.asks.rescale(pricePower, lotPower);
    }
    this.quotes.rescale(pricePower, lotPower);
    this.cutBidHorizon *= price;
    this.cutAskHorizon *= price;
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
    this.checksums?.load(snapshot.bids, snapshot.asks);
    this.sequence = snapshot.sequence;
    this.verified = null;
    this.good = wasGood;
    // Of a subscription of limited depth the farthest level held is the horizon, whatever comes; of a snapshot, its own.
    this.bidsCut = this.depth > 0 && snapshot.bidsCut;
    this.asksCut = this.depth > 0 && snapshot.asksCut;
    this.cutBidHorizon = snapshot.bidsCut ? this.book.bids.worst() : 0;
    this.cutAskHorizon = snapshot.asksCut ? this.book.asks.worst() : Number.POSITIVE_INFINITY;
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
    this.bufferedLevels += diff.bids.count + diff.asks.count;
    if (this.buffer.length >= MAX_BUFFERED || this.bufferedLevels > MAX_BUFFERED_LEVELS) {
      this.resync('overflow', `more than ${MAX_BUFFERED} diffs were waiting for a snapshot`, null);
      return 'resync';
    }
    this.buffer.push({ ...diff, bids: diff.bids.copy(), asks: diff.asks.copy() });
    return 'buffered';
  }

  private apply(diff: Diff, now: Millis): DiffOutcome {
    this.awaitsFirst = false;
    if (this.deepening) this.remember(diff);
    this.audit.before(diff.last, this.book);
    this.book.apply(diff.bids, diff.asks);
    this.applied++;
    this.sequence = diff.last;
    this.bound();
    this.checksums?.apply(diff.bids, diff.asks);
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

  /**
   * Hold the book against the checksum its message carried. None, and 0, prove nothing and refute nothing.
   * @returns false when the book was given up
   */
  private verify(stated: number | null, now: Millis): boolean {
    this.verified = null;
    if (!this.checksums || this.isChecksumRetired || stated === null || stated === 0) return true;
    const made = this.checksums.of(this.book);
    if (made === null) return true;
    this.owner.onChecksum?.(made === stated);
    if (made === stated) {
      this.verified = stated;
      return true;
    }
    const { checksumFaults } = this;
    while (checksumFaults.length > 0 && checksumFaults[0] <= now - CHECKSUM_WINDOW_MS) checksumFaults.shift();
    checksumFaults.push(now);
    if (this.sequence !== NO_SEQUENCE && checksumFaults.length >= CHECKSUM_FAULTS) {
      this.isChecksumRetired = true;
      this.owner.onChecksumRetired?.();
      return true;
    }
    this.resync('checksum', `checksum ${stated} stated, ${made} made`, null);
    return false;
  }

  private remember(diff: Diff): void {
    if (this.buffer.length >= MAX_BUFFERED) this.clearBuffer();
    else this.buffer.push({ ...diff, bids: diff.bids.copy(), asks: diff.asks.copy() });
  }

  /** Too many levels are a matter of memory, not of trust: the farthest go and the horizon moves. */
  private bound(): void {
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
    this.cutBidHorizon = Math.max(cut.bidHorizon ?? 0, this.cutBidHorizon);
    this.cutAskHorizon = Math.min(cut.askHorizon ?? Number.POSITIVE_INFINITY, this.cutAskHorizon);
  }

  /** Give the book up. The diff that showed it is the first of the next attempt. */
  private resync(cause: ResyncCause, detail: string, keep: Diff | null): void {
    this.phase = 'buffering';
    this.crossedSince = null;
    this.attempt = 0;
    this.clearBuffer();
    this.quotes.forgetBook();
    this.audit.clear();
    this.verified = null;
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
    this.buffer = [];
    this.bufferedLevels = 0;
  }
}

/** Levels a side that two snapshots are compared by. */
const COMPARED = 100;

function isSameTop(one: OrderBook['bids'], other: OrderBook['bids']): boolean {
  const list = new LevelList();
  for (let at = one.first(); at >= 0 && list.count < COMPARED; at = one.after(at))
    list.push(one.ticksAt(at), one.lotsOf(at));
  return isHead(list, true, other);
}

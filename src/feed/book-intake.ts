import type { Millis } from '@/market/time.ts';
import type { BookFeed } from './book-feed.ts';
import type { EventGate } from './event-gate.ts';
import type { FeedContext } from './feed-context.ts';
import type { TradeFeed } from './trade-feed.ts';
import type { Diff, Statement, StreamBook } from './venues/venue.ts';

/**
 * What the sockets say of the book of one instrument: lets in what belongs to it and is of now, and tells the trades
 * where the book shows that messages were lost.
 */
export class BookIntake {
  /** Time of the newest event in the book: until then nothing was lost that it shows. */
  private heldUntil: Millis = 0;
  /** The socket that pushed the book, where diffs are not numbered; 0 while none did. */
  private socket = 0;

  constructor(
    private readonly context: FeedContext,
    private readonly gate: EventGate,
    private readonly book: BookFeed,
    private readonly trade: TradeFeed,
    /** Called when the states may have changed. */
    private readonly refresh: (now: Millis) => void,
  ) {}

  /** A new socket carries the book. */
  lineOpened(): void {
    this.socket = 0;
  }

  diff(diff: Diff, repeats: boolean, socket: number): void {
    if (this.isOfAnother(socket)) return;
    const now = this.context.clock.now();
    if (diff.eventTime > 0 && !this.gate.admits(diff.eventTime, now, true)) return;
    const wasSilent = this.book.channel.state === 'stale';
    const { gaps } = this.book;
    const outcome = this.book.diff(diff, now, repeats);
    if (this.book.gaps > gaps) this.trade.interrupted('sequence-gap', this.heldUntil);
    else if (wasSilent && outcome === 'applied') this.trade.interrupted('silent', this.heldUntil);
    if (outcome === 'applied') this.heldUntil = diff.eventTime;
    if (outcome === 'duplicate' && !repeats) this.repeated();
    if (outcome === 'applied' && this.book.channel.state !== 'live') this.refresh(now);
    else if (outcome === 'resync') this.refresh(now);
  }

  /** A whole book of the stream. The second of two sockets that overlap says what the first has said. */
  wholeBook(book: StreamBook, repeats: boolean, socket: number): void {
    const { bookSource, sequenced } = this.context.venue;
    if (socket < this.socket) return;
    if (bookSource === 'stream' && !sequenced) this.socket = socket;
    const now = this.context.clock.now();
    if (book.eventTime > 0 && !this.gate.admits(book.eventTime, now, true)) return;
    const wasSilent = this.book.channel.state === 'stale' && !this.book.channel.probing;
    const outcome = this.book.replace(book, now, repeats);
    if (wasSilent && outcome === 'applied') this.trade.interrupted('silent', this.heldUntil);
    if (outcome === 'applied') this.heldUntil = book.eventTime;
    if (outcome === 'duplicate' && !repeats) this.repeated();
    if (outcome === 'resync' || this.book.channel.state !== 'live') this.refresh(now);
  }

  /** A second source states the top of the book. */
  statement(statement: Statement, socket: number): void {
    if (this.isOfAnother(socket)) return;
    const wasProven = this.book.proven;
    const now = this.context.clock.now();
    this.book.statement(statement, now);
    if (wasProven && !this.book.proven) this.refresh(now);
  }

  /** The venue's own best price of one moment. */
  quote(updateId: number, text: string): void {
    const wasProven = this.book.proven;
    this.book.quote(updateId, text);
    if (wasProven && !this.book.proven) this.refresh(this.context.clock.now());
  }

  /**
   * Whether what a socket says belongs to another socket's book. Diffs without numbers only follow the book that their
   * own socket began with: while two overlap nothing else would tell that one of them is behind.
   */
  private isOfAnother(socket: number): boolean {
    return this.socket !== 0 && this.socket !== socket;
  }

  private repeated(): void {
    this.trade.ledger.repeated();
    this.book.countersDirty = true;
  }
}

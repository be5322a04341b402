import type { Millis } from '@/market/time.ts';
import type { WantedBook } from '@/protocol/command.ts';
import { type BookContext, readSnapshot } from './book-context.ts';
import type { RequestFault, Snapshot } from './venues/venue.ts';

const RETRY_FLOOR_MS = 250;
const RETRY_CAP_MS = 5_000;
/** A stream that begins with its book has so long to send it, each time it is asked: longer than its answer may take. */
const FIRST_BOOK_MS = 10_000;
const RESUBSCRIBE_LIMIT = 2;
/** Snapshots that are refused for so long, or cannot be had at all, are done without where whole books are streamed. */
const WHOLE_BOOKS_AFTER_MS = 60_000;
const UNREACHABLE_TRIES = 2;

/** A snapshot older than the first diff kept, as venues that keep answers in a cache give it. */
const behind = (sequence: number): RequestFault => ({
  kind: 'snapshot-behind',
  detail: `the snapshot at ${sequence} is older than the stream`,
  retryAfterMs: 0,
});

/** Gets a book its first levels, and deeper ones: by request, by subscribing again, or both, as the venue gives them. */
export class BookSnapshots {
  private isPending = false;
  private faultNow: RequestFault | null = null;
  private failed = 0;
  /** Which of the venue's depths is asked for. */
  private depth = 0;
  /** Since when a book is wanted that is not there; 0 while none is. */
  private wantedSince: Millis = 0;
  /** How often the stream was asked again for a book that did not come; and whether its socket was left for that. */
  private booksMissed = 0;
  private hasLeftLine = false;
  /**
   * The stream has not been granted yet. Where diffs are not numbered, a snapshot from before that would leave a hole
   * that nothing shows.
   */
  private awaitsGrant = false;
  private isFirstOnLine = false;

  constructor(private readonly context: BookContext) {}

  /** Why no snapshot comes, while none does. */
  get fault(): RequestFault | null {
    return this.faultNow;
  }

  /** A socket opened: the book begins anew on it. */
  lineOpened(now: Millis): void {
    const { feed, sync } = this.context;
    this.isPending = false;
    this.faultNow = null;
    this.wantedSince = now;
    this.awaitGrant();
    this.isFirstOnLine = true;
    // A new socket is asked for the whole of it again; only where books are requested does an answer end the makeshift.
    if (sync.isWhole && feed.venue.bookSource === 'stream') {
      sync.takeWholeBooks(false);
      feed.needsChanged();
    }
    sync.begin();
    this.isFirstOnLine = false;
  }

  /** The socket is gone: no book is wanted until there is another. */
  lineLost(): void {
    this.wantedSince = 0;
    this.isPending = false;
  }

  /** The book was given up and is to be built again. */
  bookLost(now: Millis): void {
    this.wantedSince = now;
  }

  /** The book is proven. */
  bookHad(): void {
    this.faultNow = null;
    this.failed = 0;
    this.booksMissed = 0;
    this.hasLeftLine = false;
    this.wantedSince = 0;
  }

  /** Snapshots can be had again after whole books stood in: the book begins anew. */
  beginAgain(now: Millis): void {
    this.wantedSince = now;
    this.awaitGrant();
    this.context.sync.begin();
  }

  /** The book is refused: the request under way is void. */
  cancel(): void {
    this.isPending = false;
  }

  /** Whole books stand in: the request under way is void, and so is what was wrong with it. */
  doWithout(): void {
    this.isPending = false;
    this.faultNow = null;
  }

  /** The user said: try again. */
  retry(): void {
    this.booksMissed = 0;
    this.hasLeftLine = false;
  }

  /**
   * Request nothing until the stream is granted, where diffs join a requested snapshot by their time alone.
   * @returns whether that is so here
   */
  awaitGrant(): boolean {
    const { bookSource, sequenced } = this.context.feed.venue;
    this.awaitsGrant = bookSource === 'request' && !sequenced;
    return this.awaitsGrant;
  }

  /** The venue serves the stream of the book, in words or by sending it. */
  granted(): void {
    if (!this.awaitsGrant) return;
    this.awaitsGrant = false;
    const { sync } = this.context;
    if (!sync.synced && !sync.isWhole) this.request(0);
  }

  /**
   * A first book is wanted: by subscribing again, by request, or both, as the venue gives it.
   * @param attempt  0 for the first; later ones wait longer
   */
  want(attempt: number): void {
    const { feed, life, sync } = this.context;
    const { bookSource, requestBookAfterMs = 0 } = feed.venue;
    if (bookSource === 'request') {
      if (!this.awaitsGrant) this.request(attempt);
      return;
    }
    if (this.context.isRefused()) return;
    // A socket that has just opened is subscribed anyway; only a book that was given up asks for its stream again.
    if (attempt === 0 && !this.isFirstOnLine) feed.resubscribe('book');
    if (requestBookAfterMs === 0) return;
    life.soon(requestBookAfterMs, () => {
      if (!sync.synced) this.request(attempt);
    });
  }

  /** The ladder looks this far: ask for a deeper snapshot when the known part ends before. */
  lookAt(wanted: WantedBook | null): void {
    const { feed, sync } = this.context;
    if (!wanted?.window || !sync.proven || this.depth + 1 >= feed.venue.depths.length) return;
    const factor = 10 ** (feed.grid().priceDecimals - wanted.priceDecimals);
    if (feed.venue.bookSource !== 'request' || sync.isWhole) return;
    const [low, high] = wanted.window;
    if (low * factor >= sync.bidHorizon && high * factor <= sync.askHorizon) return;
    if (this.isPending) return;
    this.depth++;
    sync.deepen();
    this.request(0);
  }

  /**
   * A stream that was granted and sends no book is asked for it again. Where a book has been had before, the socket is
   * then left once; after that the book is given up with the reason, since what does not come cannot be waited for.
   */
  watchPushed(now: Millis): void {
    const { context } = this;
    const { bookSource, requestBookAfterMs = 0 } = context.feed.venue;
    const isRequested = bookSource === 'request' || requestBookAfterMs > 0;
    if (isRequested || context.sync.synced || context.isRefused() || this.wantedSince === 0) return;
    if (now - this.wantedSince < FIRST_BOOK_MS) return;
    this.wantedSince = now;
    const detail = 'the stream was granted and no book came';
    this.faultNow = { kind: 'snapshot-failed', detail, retryAfterMs: 0 };
    if (this.booksMissed < RESUBSCRIBE_LIMIT) {
      this.booksMissed++;
      context.feed.resubscribe('book');
    } else if (context.hadBook() && !this.hasLeftLine) {
      this.hasLeftLine = true;
      this.booksMissed = 0;
      context.leaveLine(detail);
    } else context.refuse('subscribe-unanswered', detail);
  }

  /** A snapshot has not come for so long, or so surely cannot, that whole books of the stream have to stand in. */
  isHopeless(now: Millis): boolean {
    const { venue } = this.context.feed;
    if (this.context.sync.synced || this.context.isRefused() || this.wantedSince === 0) return false;
    // Where HTTP is the only way and nothing is reached, the venue's web server does not speak to pages.
    const isMute = venue.requestSocketUrls.length === 0 && this.faultNow?.kind === 'unreachable';
    // What a stream begins with may be long in coming where many streams wait to be subscribed.
    const isEarly = venue.bookSource === 'stream' && now - this.wantedSince < FIRST_BOOK_MS;
    if (isMute && !isEarly && this.failed >= UNREACHABLE_TRIES) return true;
    return now - this.wantedSince >= WHOLE_BOOKS_AFTER_MS;
  }

  private request(attempt: number): void {
    if (this.isPending || this.context.isRefused()) return;
    this.isPending = true;
    const wait = attempt === 0 ? 0 : Math.min(RETRY_CAP_MS, RETRY_FLOOR_MS * 2 ** (attempt - 1));
    if (wait === 0) this.ask();
    else this.context.life.soon(wait, () => this.ask());
  }

  private ask(): void {
    const { feed, life } = this.context;
    const depth = feed.venue.depths[this.depth];
    const request = feed.venue.snapshotRequest(feed.symbol, depth);
    if (!request) return;
    life.answered(feed.requests.ask(request), (answer) => {
      this.isPending = false;
      if (!answer.ok) {
        this.refused(answer.error);
        return;
      }
      const snapshot = readSnapshot(feed, answer.value, depth);
      if (snapshot) this.take(snapshot);
      else this.refused({ kind: 'malformed-message', detail: 'the snapshot cannot be read', retryAfterMs: 0 });
    });
  }

  private take(snapshot: Snapshot): void {
    const { context } = this;
    const { feed, sync } = context;
    const now = feed.clock.now();
    const wasProven = sync.proven;
    this.faultNow = null;
    sync.snapshot(snapshot, now);
    if (sync.proven) {
      // More levels of a book that was there before say nothing of whether its stream is alive.
      if (!wasProven) {
        context.channel.data(now);
        context.became(now);
      }
      context.pictureChanged();
    } else if (!sync.synced) this.faultNow = behind(snapshot.sequence);
    feed.changed();
  }

  private refused(fault: RequestFault): void {
    const { feed, life, sync } = this.context;
    if (fault.kind === 'unknown-symbol') {
      this.context.refuse('unknown-symbol', fault.detail);
      return;
    }
    if (sync.synced && this.depth > 0) this.depth--;
    this.faultNow = fault;
    this.failed++;
    feed.changed();
    if (fault.retryAfterMs > 0) life.soon(fault.retryAfterMs, () => sync.snapshotFailed());
    else sync.snapshotFailed();
  }
}

import type { BookColumns } from '@/market/book.ts';
import type { Fault, FaultKind } from '@/market/fault.ts';
import type { Proof } from '@/market/feed-state.ts';
import type { Millis } from '@/market/time.ts';
import type { WantedBook } from '@/protocol/command.ts';
import type { BookFrame } from '@/protocol/frame.ts';
import { takeRows, takeTop, topOf } from './book/book-picture.ts';
import { BookSync, type DiffOutcome, type ResyncCause } from './book/book-sync.ts';
import { ChannelState } from './channel.ts';
import { type FeedContext, faultOf } from './feed-context.ts';
import type { Diff, RequestFault, Snapshot, Statement, StreamBook } from './venues/venue.ts';

const TOP = 20;
const RETRY_FLOOR_MS = 250;
const RETRY_CAP_MS = 5_000;
const STORM_LIMIT = 6;
const STORM_WINDOW_MS = 600_000;
const PROBE_DEPTH = 5;
const PROBE_GRACE_MS = 1_000;
const PROBE_EVERY_MS = 3_000;
/** Share of the deadline after which a cheap question is asked ahead of it, so that a quiet market never looks stale. */
const ASK_AHEAD = 0.6;
/** A subscription made again has so long to send its book. */
const PUSHED_BOOK_MS = 3_000;
/** A stream that begins with its book has so long to send it, each time it is asked: longer than its answer may take. */
const FIRST_BOOK_MS = 10_000;
/** Snapshots that are refused for so long, or cannot be had at all, are done without where whole books are streamed. */
const WHOLE_BOOKS_AFTER_MS = 60_000;
const UNREACHABLE_TRIES = 2;
/** While whole books stand in, the snapshot is asked for again so often; sooner when not even those come. */
const SNAPSHOT_AGAIN_MS = 60_000;
const SNAPSHOT_AGAIN_SOON_MS = 10_000;
/** A statement of so many levels with their sizes says that the book is current, not only that its best price is. */
const DEEP_STATEMENT = 20;
const RESUBSCRIBE_LIMIT = 2;
/** So many diffs in a row of new events with old ids: the venue numbers anew. */
const RENUMBERED_RUN = 10;

const FAULT_OF: Record<ResyncCause, FaultKind> = {
  gap: 'sequence-gap',
  crossed: 'crossed-book',
  quote: 'quote-mismatch',
  audit: 'audit-mismatch',
  checksum: 'checksum-mismatch',
  'refused-diff': 'malformed-message',
  overflow: 'sync-overflow',
  connection: 'connection-lost',
  snapshot: 'snapshot-failed',
};
const COUNTS_TOWARDS_LIMIT: ReadonlySet<ResyncCause> = new Set([
  'gap',
  'crossed',
  'quote',
  'audit',
  'checksum',
  'refused-diff',
]);

/** A snapshot older than the first diff kept, as venues that keep answers in a cache give it. */
const behind = (sequence: number): RequestFault => ({
  kind: 'snapshot-behind',
  detail: `the snapshot at ${sequence} is older than the stream`,
  retryAfterMs: 0,
});

/** The book of one instrument: its snapshot requests, its limits on trying, its probe and its picture. */
export class BookFeed {
  readonly channel: ChannelState;
  private readonly sync: BookSync;
  private readonly storm: Millis[] = [];
  private snapshotPending = false;
  private probeAfter: Millis = 0;
  private snapshotFault: RequestFault | null = null;
  private depth = 0;
  /** Grows with every socket gained or lost: answers and waits of a former one are void. */
  private life = 0;
  private pictureDirty = false;
  /** A picture was taken since the book was last proven anew. */
  private pictured = false;
  private resyncFault: Fault | null = null;
  /** Nothing but the user's word ends it. */
  refusal: Fault | null = null;
  /** A proven book has been shown. */
  hadBook = false;
  countersDirty = false;
  gaps = 0;
  resyncs = 0;
  offGrid = 0;
  quotesAgreed = 0;
  quotesCompared = 0;
  malformedQuotes = 0;
  checksums = 0;
  checksumFailures = 0;
  /** Resyncs by what caused them. */
  readonly causes = new Map<ResyncCause, number>();
  private checksumText = '';
  /** When a second source last agreed; 0 when it never did. */
  private auditedAt: Millis = 0;
  private isChecksumRetired = false;
  private snapshotsFailed = 0;
  /** How often the stream was asked again for a book that did not come; and whether its socket was left for that. */
  private booksMissed = 0;
  private hasLeftLine = false;
  /**
   * The stream has not been granted yet. Where diffs are not numbered, a snapshot from before that would leave a hole
   * that nothing shows.
   */
  private awaitsGrant = false;
  private wantsSince: Millis = 0;
  /** The stream is subscribed again to see whether it is merely quiet; until when it may take. */
  private askedStreamUntil: Millis = 0;
  private askedEarlyAt: Millis = 0;
  private isFirstOnLine = false;
  /** Venue time of the newest diff applied, and how many newer ones in a row had older ids. */
  private newestEvent: Millis = 0;
  private olderRun = 0;
  private snapshotAgainAt: Millis = 0;

  constructor(
    private readonly context: FeedContext,
    private readonly stepTicks: () => number,
    proof: Proof,
    now: Millis,
  ) {
    this.channel = new ChannelState(context.venue.quietMs, now, proof, () => context.changed());
    this.sync = new BookSync(context.venue, {
      grid: () => context.grid(),
      onResync: (cause, detail) => this.onResync(cause, detail),
      onSnapshotWanted: (attempt) => this.wantSnapshot(attempt),
      onQuoteCompared: (agreed) => this.compared(agreed),
      onMalformedQuote: () => this.malformedQuotes++,
      onChecksum: (agreed) => {
        this.countersDirty = true;
        if (agreed) this.checksums++;
        else this.checksumFailures++;
      },
      onChecksumRetired: () => {
        this.isChecksumRetired = true;
        const words = 'checksums contradict an unbroken sequence and are not believed any more';
        this.context.health.note(words, this.context.clock.now(), 'warn');
        this.context.changed();
      },
    });
    this.channel.proof = this.proofNow();
  }

  /** Whole books of the stream are the book, because no snapshot can be had. */
  get wholeBooks(): boolean {
    return this.sync.isWhole;
  }

  /** The venue's checksums contradicted an unbroken sequence and are not believed any more. */
  get checksumRetired(): boolean {
    return this.isChecksumRetired;
  }

  /** Best bid of the book held, in ticks; NaN while there is none. */
  get bestTicks(): number {
    return this.sync.book.bids.best();
  }

  /** Rebuilds that counted towards the limit in the last ten minutes. */
  get stormCount(): number {
    return this.storm.length;
  }

  /**
   * The book is the venue's. While it is crossed the picture sent before stands for it, so there has to be one that was
   * made since it was proven.
   */
  get proven(): boolean {
    return this.sync.proven && (this.pictured || !this.sync.suspect);
  }

  /** There is a new picture that may be shown. */
  get isDirty(): boolean {
    return this.pictureDirty && this.sync.proven && !this.sync.suspect;
  }

  /** Whether every price held stays exact on a grid finer by 10^`pricePower`. */
  canRescale(pricePower: number): boolean {
    return this.sync.book.canRescale(pricePower);
  }

  /** Diffs applied since it was opened. */
  get diffs(): number {
    return this.sync.applied;
  }

  get fault(): Fault | null {
    return this.resyncFault;
  }

  /** Why no snapshot comes, while none does. */
  get waitingFault(): RequestFault | null {
    return this.snapshotFault;
  }

  /** The digest's text and what goes with it; null while the book is not proven. */
  digest(): { text: string; sequence: string; bidLevels: number; askLevels: number } | null {
    if (!this.sync.proven || this.sync.suspect) return null;
    const { priceDecimals, lotDecimals } = this.context.grid();
    const { book } = this.sync;
    return {
      text: book.digestText(priceDecimals, lotDecimals),
      sequence: this.sequenceText(this.sync.sequence),
      bidLevels: book.bids.count,
      askLevels: book.asks.count,
    };
  }

  /** Ids of books are published where they are the venue's own numbering. */
  private sequenceText(sequence: number): string {
    return this.context.venue.sequenced && sequence >= 0 ? String(sequence) : '';
  }

  lineOpened(now: Millis): void {
    if (this.refusal) return;
    this.channel.liveness.restart(now);
    this.channel.probing = false;
    this.life++;
    this.pictured = false;
    this.snapshotPending = false;
    this.snapshotFault = null;
    this.wantsSince = now;
    this.askedStreamUntil = 0;
    this.auditedAt = 0;
    this.awaitsGrant = this.isUnnumbered;
    this.isFirstOnLine = true;
    // A new socket is asked for the whole of it again; only where books are requested does an answer end the makeshift.
    if (this.sync.isWhole && this.context.venue.bookSource === 'stream') {
      this.sync.takeWholeBooks(false);
      this.context.needsChanged();
    }
    this.sync.begin();
    this.isFirstOnLine = false;
  }

  lineLost(fault: Fault): void {
    if (this.hadBook && this.sync.synced) this.resyncs++;
    this.resyncFault = fault;
    this.life++;
    this.wantsSince = 0;
    this.snapshotPending = false;
    this.sync.stop();
  }

  /** The venue serves the stream of the book, in words or by sending it. */
  granted(): void {
    if (!this.awaitsGrant) return;
    this.awaitsGrant = false;
    if (!this.sync.synced && !this.sync.isWhole) this.requestSnapshot(0);
  }

  /** Diffs join a requested snapshot by their time alone. */
  private get isUnnumbered(): boolean {
    const { bookSource, sequenced } = this.context.venue;
    return bookSource === 'request' && !sequenced;
  }

  /** @param repeats  two sockets speak at once */
  diff(diff: Diff, now: Millis, repeats = false): DiffOutcome {
    this.granted();
    const wasProven = this.sync.proven;
    if (this.stepTicks() > 1) this.countOffGrid(diff);
    const outcome = this.sync.diff(diff, now, repeats);
    if (outcome === 'applied') this.applied(now, wasProven);
    else if (outcome === 'buffered' && !this.hadBook) this.channel.data(now);
    return outcome === 'duplicate' && this.isNumberedAnew(diff) ? 'resync' : this.noteTime(diff, outcome);
  }

  private noteTime(diff: Diff, outcome: DiffOutcome): DiffOutcome {
    if (outcome !== 'duplicate') {
      this.olderRun = 0;
      this.newestEvent = Math.max(outcome === 'applied' ? this.newestEvent : 0, diff.eventTime);
    }
    return outcome;
  }

  /** Old ids on new events, one after the other: that is no repetition, it is another count. */
  private isNumberedAnew(diff: Diff): boolean {
    if (this.newestEvent === 0 || diff.eventTime <= this.newestEvent) return false;
    this.olderRun++;
    if (this.olderRun < RENUMBERED_RUN) return false;
    this.olderRun = 0;
    this.newestEvent = 0;
    this.sync.renumbered(diff);
    return true;
  }

  /**
   * A whole book of the stream.
   * @param repeats  two sockets speak at once: the newer one's book may be behind, and its diffs then lead from it to here
   */
  replace(book: StreamBook, now: Millis, repeats = false): DiffOutcome {
    const wasProven = this.sync.proven;
    if (repeats && wasProven && this.context.venue.sequenced && book.sequence <= this.sync.sequence) return 'duplicate';
    if (this.stepTicks() > 1) this.countOffGrid(book);
    // What the stream pushed in answer to a probe says that it is quiet, not how often it speaks.
    const answersProbe = now < this.askedStreamUntil;
    this.askedStreamUntil = 0;
    this.channel.probing = false;
    const outcome = this.sync.replace(book, now);
    if (outcome === 'applied') this.applied(now, wasProven);
    if (outcome === 'applied' && answersProbe) this.channel.liveness.quiet(now);
    return outcome;
  }

  /** A second source states the top of the book. */
  statement(stated: Statement, now: Millis): void {
    const holds = this.sync.statement(stated, now);
    if (!holds || this.sync.suspect) return;
    const isDeep = stated.hasSizes && Math.min(stated.bids.count, stated.asks.count) >= DEEP_STATEMENT;
    const isNumbered = stated.sequence >= 0 && stated.sequence === this.sync.sequence;
    if (!isDeep && !isNumbered) return;
    this.channel.liveness.confirmed(now);
    if (this.sync.proven) return;
    // Nothing has changed since the snapshot, and a second source says the same.
    this.sync.confirm();
    this.became(now);
  }

  private compared(agreed: boolean): void {
    this.quotesCompared++;
    this.countersDirty = true;
    if (!agreed) return;
    this.quotesAgreed++;
    this.auditedAt = this.context.clock.now();
    // A second source proves a book that nothing better does; numbers are proven by the stream alone.
    if (this.proofNow() === 'audit') this.prove(this.auditedAt);
  }

  /** What proves the book at the moment; never more than has been shown. */
  private proofNow(): Proof {
    const { venue } = this.context;
    if (this.sync.isWhole) return 'snapshot';
    if (this.sync.verified !== null) return 'checksum';
    if (venue.sequenced && (this.sync.sequence >= 0 || !this.hadBook)) return 'sequence';
    if (venue.proof === 'checksum' && !this.hadBook) return 'checksum';
    return this.auditedAt > 0 ? 'audit' : 'unverified';
  }

  /** The proof held at this moment. */
  private prove(now: Millis): void {
    const proof = this.proofNow();
    const isNew = proof !== this.channel.proof;
    this.channel.proof = proof;
    this.channel.provenAt = proof === 'audit' ? this.auditedAt : proof === 'unverified' ? 0 : now;
    if (this.sync.verified !== null) this.checksumText = String(this.sync.verified);
    if (isNew) this.context.changed();
  }

  quote(updateId: number, text: string): void {
    this.sync.quote(updateId, text);
  }

  refusedDiff(reason: string): void {
    this.sync.refused(reason);
  }

  /** Look at the clock: a held cross may have lasted too long. */
  tick(now: Millis): void {
    this.sync.tick(now);
    this.askEarly(now);
    this.watchPushed(now);
    if (this.context.venue.wholeFallback) this.watchFallback(now);
  }

  /**
   * A stream that was granted and sends no book is asked for it again. Where a book has been had before, the socket is
   * then left once; after that the book is given up with the reason, since what does not come cannot be waited for.
   */
  private watchPushed(now: Millis): void {
    const { bookSource, requestBookAfterMs = 0 } = this.context.venue;
    const isRequested = bookSource === 'request' || requestBookAfterMs > 0;
    if (isRequested || this.sync.synced || this.refusal || this.wantsSince === 0) return;
    if (now - this.wantsSince < FIRST_BOOK_MS) return;
    this.wantsSince = now;
    const detail = 'the stream was granted and no book came';
    this.snapshotFault = { kind: 'snapshot-failed', detail, retryAfterMs: 0 };
    if (this.booksMissed < RESUBSCRIBE_LIMIT) {
      this.booksMissed++;
      this.context.resubscribe('book');
    } else if (this.hadBook && !this.hasLeftLine) {
      this.hasLeftLine = true;
      this.booksMissed = 0;
      this.dead(detail);
    } else this.refuse('subscribe-unanswered', detail);
  }

  /** A snapshot that does not come is done without, where the venue streams whole books. */
  private watchFallback(now: Millis): void {
    if (this.sync.isWhole) {
      this.watchReturn(now);
      return;
    }
    if (this.sync.synced || this.refusal || this.wantsSince === 0) return;
    // Where HTTP is the only way and nothing is reached, the venue's web server does not speak to pages.
    const isMute = this.context.venue.requestSocketUrls.length === 0 && this.snapshotFault?.kind === 'unreachable';
    // What a stream begins with may be long in coming where many streams wait to be subscribed.
    const isEarly = this.context.venue.bookSource === 'stream' && now - this.wantsSince < FIRST_BOOK_MS;
    const isHopeless = isMute && !isEarly && this.snapshotsFailed >= UNREACHABLE_TRIES;
    if (!isHopeless && now - this.wantsSince < WHOLE_BOOKS_AFTER_MS) return;
    this.sync.takeWholeBooks(true);
    this.snapshotAgainAt = now + SNAPSHOT_AGAIN_SOON_MS;
    this.life++;
    this.snapshotPending = false;
    this.snapshotFault = null;
    this.context.needsChanged();
  }

  /** Silence passed the deadline: ask whether the market is merely quiet. */
  probe(now: Millis): void {
    if (this.channel.probing || !this.sync.synced || now < this.probeAfter) return;
    this.channel.probing = true;
    this.probeAfter = now + PROBE_EVERY_MS;
    const { venue, symbol, requests } = this.context;
    const question = this.sync.sequence >= 0 ? venue.snapshotRequest(symbol, PROBE_DEPTH) : null;
    if (!question) {
      this.askStream(now);
      return;
    }
    let isAnswered = false;
    this.ofThisLife(requests.ask(question), (answer) => {
      isAnswered = true;
      const id = answer.ok ? venue.readSnapshotId(answer.value) : null;
      if (answer.ok && id === null && venue.bookSource === 'request') this.compare(answer.value, now);
      else if (id === null) this.unanswered();
      else if (id === this.sync.sequence) this.quiet(now);
      else this.soon(PROBE_GRACE_MS, () => this.judge(id));
    });
    // Where the whole socket is mute, the question is not waited for longer than that.
    this.soon(PROBE_GRACE_MS, () => {
      if (!isAnswered && this.channel.probing && this.isMute()) this.dead('silent and not answering');
    });
  }

  private isMute(): boolean {
    return this.context.lineSilentMs('book') > this.channel.liveness.deadlineMs(this.context.clock.now());
  }

  /** Ids of two snapshots say nothing here: the market is quiet when the second says what the book says. */
  private compare(body: string, askedAt: Millis): void {
    const snapshot = this.readProbe(body);
    if (!snapshot) this.unanswered();
    else if (this.sync.isLike(snapshot)) this.quiet(askedAt);
    else this.soon(PROBE_GRACE_MS, () => this.judge(snapshot.sequence));
  }

  /** Ahead of the deadline, where ids say at once whether anything was missed. */
  private askEarly(now: Millis): void {
    const { channel, sync } = this;
    const { venue, symbol, requests } = this.context;
    if (channel.probing || !sync.proven || sync.suspect || sync.sequence < 0 || now < this.probeAfter) return;
    const silentMs = now - channel.liveness.lastAt;
    const deadlineMs = channel.liveness.deadlineMs(now);
    if (silentMs < deadlineMs * ASK_AHEAD || now - this.askedEarlyAt < deadlineMs * (1 - ASK_AHEAD)) return;
    const question = venue.snapshotRequest(symbol, PROBE_DEPTH);
    if (!question) return;
    this.askedEarlyAt = now;
    this.ofThisLife(requests.ask(question), (answer) => {
      if (!answer.ok) return;
      const id = venue.readSnapshotId(answer.value);
      if (id === sync.sequence || (id === null && this.isAnsweredLike(answer.value))) this.quiet(now);
    });
  }

  /** Whether the body of a second snapshot says what the book says; null when it cannot be read. */
  private isAnsweredLike(body: string): boolean | null {
    const snapshot = this.readProbe(body);
    return snapshot && this.sync.isLike(snapshot);
  }

  private readProbe(body: string): Snapshot | null {
    const { context } = this;
    return context.venue.readSnapshot(body, PROBE_DEPTH, context.grid(), (price, lot) => {
      context.refine(price, lot);
      return context.grid();
    });
  }

  /** Subscribe the stream again: its first book tells quiet from dead. */
  private askStream(now: Millis): void {
    const isMute = this.context.lineSilentMs('book') > this.channel.liveness.deadlineMs(now);
    if (isMute || this.channel.resubscribed >= RESUBSCRIBE_LIMIT) {
      this.dead(isMute ? 'nothing comes over the socket' : 'silent, and subscribing again brought nothing');
      return;
    }
    this.channel.resubscribed++;
    this.askedStreamUntil = now + PUSHED_BOOK_MS;
    this.context.resubscribe('book');
    this.soon(PUSHED_BOOK_MS, () => {
      this.channel.probing = false;
    });
  }

  /** The ladder looks this far: ask for a deeper snapshot when the known part ends before. */
  lookAt(wanted: WantedBook | null): void {
    this.pictureDirty = true;
    if (!wanted?.window || !this.sync.proven || this.depth + 1 >= this.context.venue.depths.length) return;
    const factor = 10 ** (this.context.grid().priceDecimals - wanted.priceDecimals);
    if (this.context.venue.bookSource !== 'request' || this.sync.isWhole) return;
    const [low, high] = wanted.window;
    if (low * factor >= this.sync.bidHorizon && high * factor <= this.sync.askHorizon) return;
    if (this.snapshotPending) return;
    this.depth++;
    this.sync.deepen();
    this.requestSnapshot(0);
  }

  /** The user said: try again. */
  retry(): void {
    this.refusal = null;
    this.storm.length = 0;
    this.booksMissed = 0;
    this.hasLeftLine = false;
  }

  refuse(kind: FaultKind, detail: string): void {
    const now = this.context.clock.now();
    this.refusal = faultOf(this.context, kind, detail, now);
    this.life++;
    this.snapshotPending = false;
    this.sync.stop();
    this.channel.to('rejected', now, this.refusal);
    this.context.changed();
    this.context.needsChanged();
  }

  rescale(pricePower: number, lotPower: number): void {
    this.sync.rescale(pricePower, lotPower);
    this.pictureDirty = true;
  }

  /** The picture for a frame; null when there is nothing proven to show or nothing new. */
  takeFrame(wanted: WantedBook | null): BookFrame | null {
    if (!this.isDirty) return null;
    this.pictureDirty = false;
    this.pictured = true;
    const { book } = this.sync;
    const grid = this.context.grid();
    const want = this.picture(wanted);
    const { rows, bidFrom, askTo } = takeRows(book, want);
    // Where every level is a row of its own, the best twenty stand at the head of the rows.
    const isUngrouped = want.step === 1 && want.window === null && want.best >= TOP;
    const top: BookColumns = isUngrouped ? topOf(rows, TOP) : takeTop(book, TOP);
    return {
      sequence: this.sequenceText(this.sync.goodSequence),
      checksum: this.checksumText,
      epoch: grid.epoch,
      top,
      rows,
      step: want.step,
      coverage: {
        bidFrom,
        askTo,
        window: want.window,
        bidHorizon: this.sync.bidHorizon,
        askHorizon: this.sync.askHorizon,
      },
      bidLevels: book.bids.count,
      askLevels: book.asks.count,
    };
  }

  /** Whole books of the stream stand in: as soon as a snapshot can be had again, the diffs come back. */
  private watchReturn(now: Millis): void {
    if (now < this.snapshotAgainAt || this.refusal) return;
    this.snapshotAgainAt = now + (this.sync.proven ? SNAPSHOT_AGAIN_MS : SNAPSHOT_AGAIN_SOON_MS);
    const { venue, symbol, requests } = this.context;
    const request = venue.snapshotRequest(symbol, venue.depths[0]);
    if (!request) return;
    this.ofThisLife(requests.ask(request), (answer) => {
      if (!answer.ok || this.readProbe(answer.value) === null) return;
      this.sync.takeWholeBooks(false);
      this.context.needsChanged();
      this.wantsSince = this.context.clock.now();
      this.awaitsGrant = this.isUnnumbered;
      this.sync.begin();
      this.context.changed();
    });
  }

  private picture(wanted: WantedBook | null): { best: number; step: number; window: readonly [number, number] | null } {
    const least = this.stepTicks();
    if (!wanted) return { best: TOP, step: least, window: null };
    const factor = 10 ** (this.context.grid().priceDecimals - wanted.priceDecimals);
    const step = wanted.step === 0 ? least : Math.max(1, Math.round(wanted.step * factor));
    const window = wanted.window;
    return {
      best: wanted.best,
      step,
      window: window === null ? null : [Math.round(window[0] * factor), Math.round(window[1] * factor)],
    };
  }

  private applied(now: Millis, wasProven: boolean): void {
    this.pictureDirty = true;
    this.channel.data(now);
    this.hadBook = true;
    this.prove(now);
    if (!wasProven) this.became(now);
  }

  /** The book is proven, for the first time or again. */
  private became(now: Millis): void {
    this.hadBook = true;
    this.pictureDirty = true;
    this.resyncFault = null;
    this.snapshotFault = null;
    this.snapshotsFailed = 0;
    this.booksMissed = 0;
    this.hasLeftLine = false;
    this.wantsSince = 0;
    this.prove(now);
    this.context.changed();
  }

  private onResync(cause: ResyncCause, detail: string): void {
    const now = this.context.clock.now();
    this.pictured = false;
    this.auditedAt = 0;
    this.resyncs++;
    this.wantsSince = now;
    this.causes.set(cause, (this.causes.get(cause) ?? 0) + 1);
    if (cause === 'gap') this.gaps++;
    this.resyncFault = faultOf(this.context, FAULT_OF[cause], detail, now);
    this.context.health.broke({ cause, detail }, now);
    this.context.changed();
    if (!COUNTS_TOWARDS_LIMIT.has(cause)) return;
    while (this.storm.length > 0 && this.storm[0] <= now - STORM_WINDOW_MS) this.storm.shift();
    this.storm.push(now);
    if (this.storm.length > STORM_LIMIT)
      this.refuse('resync-limit', `${this.storm.length} rebuilds in ten minutes, the last for: ${detail}`);
  }

  /** A first book is wanted: by subscribing again, by request, or both, as the venue gives it. */
  private wantSnapshot(attempt: number): void {
    const { bookSource, requestBookAfterMs = 0 } = this.context.venue;
    if (bookSource === 'request') {
      if (!this.awaitsGrant) this.requestSnapshot(attempt);
      return;
    }
    if (this.refusal) return;
    // A socket that has just opened is subscribed anyway; only a book that was given up asks for its stream again.
    if (attempt === 0 && !this.isFirstOnLine) this.context.resubscribe('book');
    if (requestBookAfterMs === 0) return;
    this.soon(requestBookAfterMs, () => {
      if (!this.sync.synced) this.requestSnapshot(attempt);
    });
  }

  private requestSnapshot(attempt: number): void {
    if (this.snapshotPending || this.refusal) return;
    this.snapshotPending = true;
    const wait = attempt === 0 ? 0 : Math.min(RETRY_CAP_MS, RETRY_FLOOR_MS * 2 ** (attempt - 1));
    if (wait === 0) this.askSnapshot();
    else this.soon(wait, () => this.askSnapshot());
  }

  private askSnapshot(): void {
    const { venue, symbol, requests } = this.context;
    const depth = venue.depths[this.depth];
    const request = venue.snapshotRequest(symbol, depth);
    if (!request) return;
    this.ofThisLife(requests.ask(request), (answer) => {
      this.snapshotPending = false;
      if (!answer.ok) {
        this.snapshotRefused(answer.error);
        return;
      }
      const { context } = this;
      const snapshot = venue.readSnapshot(answer.value, depth, context.grid(), (price, lot) => {
        context.refine(price, lot);
        return context.grid();
      });
      if (snapshot) this.take(snapshot);
      else this.snapshotRefused({ kind: 'malformed-message', detail: 'the snapshot cannot be read', retryAfterMs: 0 });
    });
  }

  private take(snapshot: Parameters<BookSync['snapshot']>[0]): void {
    const now = this.context.clock.now();
    const wasProven = this.sync.proven;
    this.snapshotFault = null;
    this.sync.snapshot(snapshot, now);
    if (this.sync.proven) {
      // More levels of a book that was there before say nothing of whether its stream is alive.
      if (!wasProven) {
        this.channel.data(now);
        this.became(now);
      }
      this.pictureDirty = true;
    } else if (!this.sync.synced) this.snapshotFault = behind(snapshot.sequence);
    this.context.changed();
  }

  private snapshotRefused(fault: RequestFault): void {
    if (fault.kind === 'unknown-symbol') {
      this.refuse('unknown-symbol', fault.detail);
      return;
    }
    if (this.sync.synced && this.depth > 0) this.depth--;
    this.snapshotFault = fault;
    this.snapshotsFailed++;
    this.context.changed();
    if (fault.retryAfterMs > 0) this.soon(fault.retryAfterMs, () => this.sync.snapshotFailed());
    else this.sync.snapshotFailed();
  }

  private countOffGrid(diff: Pick<Diff, 'bids' | 'asks'>): void {
    const step = this.stepTicks();
    for (const { count, ticks, lots } of [diff.bids, diff.asks]) {
      for (let i = 0; i < count; i++) if (ticks[i] % step !== 0 && lots[i] !== 0) this.offGrid++;
    }
  }

  private quiet(askedAt: Millis): void {
    this.channel.probing = false;
    // The answer is about a book that was given up meanwhile, or that has spoken since.
    if (!this.sync.synced || this.channel.liveness.lastAt > askedAt) return;
    const wasProven = this.sync.proven;
    const now = this.context.clock.now();
    this.sync.confirm();
    this.channel.liveness.quiet(now);
    if (wasProven) this.prove(now);
    else this.became(now);
    this.context.changed();
  }

  /** Nobody can say whether it is quiet: a socket on which nothing at all comes is given up, another is left. */
  private unanswered(): void {
    this.channel.probing = false;
    if (this.context.venue.bookSource === 'stream') {
      this.askStream(this.context.clock.now());
      return;
    }
    const silentMs = this.context.lineSilentMs('book');
    if (silentMs > this.channel.liveness.deadlineMs(this.context.clock.now())) this.dead('silent and not answering');
  }

  private judge(id: number): void {
    this.channel.probing = false;
    if (this.sync.sequence >= id) return;
    // The socket speaks and this stream does not: it is asked for again before the socket is given up.
    const isAlone = this.context.lineSilentMs('book') < PROBE_GRACE_MS;
    if (isAlone && this.channel.resubscribed < RESUBSCRIBE_LIMIT) {
      this.channel.resubscribed++;
      // Numbers show what was missed meanwhile; where there are none, the book is made anew.
      this.awaitsGrant = this.isUnnumbered;
      if (this.awaitsGrant) this.sync.contradicted('the stream was silent while the book changed');
      this.context.resubscribe('book');
    } else this.dead(`silent at ${this.sync.sequence} while the venue is at ${id}`);
  }

  private ofThisLife<T>(promise: Promise<T>, use: (value: T) => void): void {
    const { life } = this;
    this.context.guard(promise, (value) => {
      if (life === this.life) use(value);
    });
  }

  private soon(delayMs: number, task: () => void): void {
    const { life } = this;
    this.context.later(delayMs, () => {
      if (life === this.life) task();
    });
  }

  private dead(detail: string): void {
    this.channel.probing = false;
    this.context.restartLine('book', 'silent', detail);
  }
}

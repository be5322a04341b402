import type { Fault, FaultKind } from '@/market/fault.ts';
import type { Proof } from '@/market/feed-state.ts';
import type { Millis } from '@/market/time.ts';
import type { WantedBook } from '@/protocol/command.ts';
import type { BookFrame } from '@/protocol/frame.ts';
import { BookSync } from './book/book-sync.ts';
import type { DiffOutcome, ResyncCause } from './book/sync-rules.ts';
import type { BookContext } from './book-context.ts';
import { type BookDigest, makeBookDigest, makeBookFrame } from './book-frame.ts';
import { BookLife } from './book-life.ts';
import { BookProbe } from './book-probe.ts';
import { BookProof } from './book-proof.ts';
import { BookSnapshots } from './book-snapshots.ts';
import { ChannelState } from './channel.ts';
import { type FeedContext, faultOf } from './feed-context.ts';
import type { Diff, RequestFault, Statement, StreamBook } from './venues/venue.ts';
import { WholeBooks } from './whole-books.ts';

const STORM_LIMIT = 6;
const STORM_WINDOW_MS = 600_000;
/** A statement of so many levels with their sizes says that the book is current, not only that its best price is. */
const DEEP_STATEMENT = 20;
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

/** The book of one instrument: what comes for it, what proves it, and its limit on building it again. */
export class BookFeed {
  readonly channel: ChannelState;
  private readonly sync: BookSync;
  private readonly storm: Millis[] = [];
  private readonly life: BookLife;
  private readonly proof: BookProof;
  private readonly snapshots: BookSnapshots;
  private readonly wholes: WholeBooks;
  private readonly probes: BookProbe;
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
  private isChecksumRetired = false;
  /** Venue time of the newest diff applied, and how many newer ones in a row had older ids. */
  private newestEvent: Millis = 0;
  private olderRun = 0;

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
      onSnapshotWanted: (attempt) => this.snapshots.want(attempt),
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
    this.life = new BookLife(context);
    const parts = this.makeParts();
    this.proof = new BookProof(parts);
    this.channel.proof = this.proof.now();
    this.snapshots = new BookSnapshots(parts);
    this.wholes = new WholeBooks(parts, this.snapshots);
    this.probes = new BookProbe(parts, this.snapshots);
  }

  private makeParts(): BookContext {
    return {
      feed: this.context,
      sync: this.sync,
      channel: this.channel,
      life: this.life,
      isRefused: () => this.refusal !== null,
      hadBook: () => this.hadBook,
      pictureChanged: () => {
        this.pictureDirty = true;
      },
      prove: (now) => this.proof.held(now),
      became: (now) => this.became(now),
      refuse: (kind, detail) => this.refuse(kind, detail),
      leaveLine: (detail) => this.probes.dead(detail),
    };
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
    return this.snapshots.fault;
  }

  /** The digest's text and what goes with it; null while the book is not proven. */
  digest(): BookDigest | null {
    return this.sync.proven && !this.sync.suspect ? makeBookDigest(this.context, this.sync) : null;
  }

  lineOpened(now: Millis): void {
    if (this.refusal) return;
    this.channel.liveness.restart(now);
    this.life.renew();
    this.pictured = false;
    this.proof.forgetAudit();
    this.probes.lineOpened();
    this.snapshots.lineOpened(now);
  }

  lineLost(fault: Fault): void {
    if (this.hadBook && this.sync.synced) this.resyncs++;
    this.resyncFault = fault;
    this.life.renew();
    this.snapshots.lineLost();
    this.sync.stop();
  }

  /** The venue serves the stream of the book, in words or by sending it. */
  granted(): void {
    this.snapshots.granted();
  }

  /** @param repeats  two sockets speak at once */
  diff(diff: Diff, now: Millis, repeats = false): DiffOutcome {
    this.snapshots.granted();
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
    const answersProbe = this.probes.bookCame(now);
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
    this.proof.audited(this.context.clock.now());
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
    this.probes.askEarly(now);
    this.snapshots.watchPushed(now);
    if (this.context.venue.wholeFallback) this.wholes.watch(now);
  }

  /** Silence passed the deadline: ask whether the market is merely quiet. */
  probe(now: Millis): void {
    this.probes.ask(now);
  }

  /** The ladder looks this far: ask for a deeper snapshot when the known part ends before. */
  lookAt(wanted: WantedBook | null): void {
    this.pictureDirty = true;
    this.snapshots.lookAt(wanted);
  }

  /** The user said: try again. */
  retry(): void {
    this.refusal = null;
    this.storm.length = 0;
    this.snapshots.retry();
  }

  refuse(kind: FaultKind, detail: string): void {
    const now = this.context.clock.now();
    this.refusal = faultOf(this.context, kind, detail, now);
    this.life.renew();
    this.snapshots.cancel();
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
    return makeBookFrame(this.context, this.sync, wanted, this.stepTicks(), this.proof.checksumText);
  }

  private applied(now: Millis, wasProven: boolean): void {
    this.pictureDirty = true;
    this.channel.data(now);
    this.hadBook = true;
    this.proof.held(now);
    if (!wasProven) this.became(now);
  }

  /** The book is proven, for the first time or again. */
  private became(now: Millis): void {
    this.hadBook = true;
    this.pictureDirty = true;
    this.resyncFault = null;
    this.snapshots.bookHad();
    this.proof.held(now);
    this.context.changed();
  }

  private onResync(cause: ResyncCause, detail: string): void {
    const now = this.context.clock.now();
    this.pictured = false;
    this.proof.forgetAudit();
    this.resyncs++;
    this.snapshots.bookLost(now);
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

  private countOffGrid(diff: Pick<Diff, 'bids' | 'asks'>): void {
    const step = this.stepTicks();
    for (const { count, ticks, lots } of [diff.bids, diff.asks]) {
      for (let i = 0; i < count; i++) if (ticks[i] % step !== 0 && lots[i] !== 0) this.offGrid++;
    }
  }
}

import type { Millis } from '@/market/time.ts';
import { type BookContext, readSnapshot } from './book-context.ts';
import type { BookSnapshots } from './book-snapshots.ts';
import type { Snapshot } from './venues/venue.ts';

const PROBE_DEPTH = 5;
const PROBE_GRACE_MS = 1_000;
const PROBE_EVERY_MS = 3_000;
/** Share of the deadline after which a cheap question is asked ahead of it, so that a quiet market never looks stale. */
const ASK_AHEAD = 0.6;
/** A subscription made again has so long to send its book. */
const PUSHED_BOOK_MS = 3_000;
const RESUBSCRIBE_LIMIT = 2;

/** Finds out whether a silent book is merely quiet or dead: it asks for a second snapshot, or for the stream again. */
export class BookProbe {
  private nextAt: Millis = 0;
  private askedEarlyAt: Millis = 0;
  /** The stream is subscribed again to see whether it is merely quiet; until when it may take. */
  private askedStreamUntil: Millis = 0;

  constructor(
    private readonly context: BookContext,
    private readonly snapshots: BookSnapshots,
  ) {}

  /** A socket opened: no answer is awaited on it. */
  lineOpened(): void {
    this.context.channel.probing = false;
    this.askedStreamUntil = 0;
  }

  /**
   * The stream sent a whole book, which ends any probe.
   * @returns whether the probe asked for it: it says then that the stream is quiet, not how often it speaks
   */
  bookCame(now: Millis): boolean {
    const wasAsked = now < this.askedStreamUntil;
    this.askedStreamUntil = 0;
    this.context.channel.probing = false;
    return wasAsked;
  }

  /** Silence passed the deadline: ask whether the market is merely quiet. */
  ask(now: Millis): void {
    const { channel, feed, life, sync } = this.context;
    if (channel.probing || !sync.synced || now < this.nextAt) return;
    channel.probing = true;
    this.nextAt = now + PROBE_EVERY_MS;
    const question = sync.sequence >= 0 ? feed.venue.snapshotRequest(feed.symbol, PROBE_DEPTH) : null;
    if (!question) {
      this.askStream(now);
      return;
    }
    let isAnswered = false;
    life.answered(feed.requests.ask(question), (answer) => {
      isAnswered = true;
      const id = answer.ok ? feed.venue.readSnapshotId(answer.value) : null;
      if (answer.ok && id === null && feed.venue.bookSource === 'request') this.compare(answer.value, now);
      else if (id === null) this.unanswered();
      else if (id === sync.sequence) this.quiet(now);
      else life.soon(PROBE_GRACE_MS, () => this.judge(id));
    });
    // Where the whole socket is mute, the question is not waited for longer than that.
    life.soon(PROBE_GRACE_MS, () => {
      if (!isAnswered && channel.probing && this.isMute(feed.clock.now())) this.dead('silent and not answering');
    });
  }

  /** Ahead of the deadline, where ids say at once whether anything was missed. */
  askEarly(now: Millis): void {
    const { channel, feed, life, sync } = this.context;
    if (channel.probing || !sync.proven || sync.suspect || sync.sequence < 0 || now < this.nextAt) return;
    const silentMs = now - channel.liveness.lastAt;
    const deadlineMs = channel.liveness.deadlineMs(now);
    if (silentMs < deadlineMs * ASK_AHEAD || now - this.askedEarlyAt < deadlineMs * (1 - ASK_AHEAD)) return;
    const question = feed.venue.snapshotRequest(feed.symbol, PROBE_DEPTH);
    if (!question) return;
    this.askedEarlyAt = now;
    life.answered(feed.requests.ask(question), (answer) => {
      if (!answer.ok) return;
      const id = feed.venue.readSnapshotId(answer.value);
      if (id === sync.sequence || (id === null && this.isAnsweredLike(answer.value))) this.quiet(now);
    });
  }

  /** The stream is open and dead: its socket is given up. */
  dead(detail: string): void {
    this.context.channel.probing = false;
    this.context.feed.restartLine('book', 'silent', detail);
  }

  /** Nothing at all comes over the socket. */
  private isMute(now: Millis): boolean {
    return this.context.feed.lineSilentMs('book') > this.context.channel.liveness.deadlineMs(now);
  }

  /** Ids of two snapshots say nothing here: the market is quiet when the second says what the book says. */
  private compare(body: string, askedAt: Millis): void {
    const snapshot = this.read(body);
    if (!snapshot) this.unanswered();
    else if (this.context.sync.isLike(snapshot)) this.quiet(askedAt);
    else this.context.life.soon(PROBE_GRACE_MS, () => this.judge(snapshot.sequence));
  }

  /** Whether the body of a second snapshot says what the book says; null when it cannot be read. */
  private isAnsweredLike(body: string): boolean | null {
    const snapshot = this.read(body);
    return snapshot && this.context.sync.isLike(snapshot);
  }

  private read(body: string): Snapshot | null {
    return readSnapshot(this.context.feed, body, PROBE_DEPTH);
  }

  /** Subscribe the stream again: its first book tells quiet from dead. */
  private askStream(now: Millis): void {
    const { channel, feed, life } = this.context;
    const isMute = this.isMute(now);
    if (isMute || channel.resubscribed >= RESUBSCRIBE_LIMIT) {
      this.dead(isMute ? 'nothing comes over the socket' : 'silent, and subscribing again brought nothing');
      return;
    }
    channel.resubscribed++;
    this.askedStreamUntil = now + PUSHED_BOOK_MS;
    feed.resubscribe('book');
    life.soon(PUSHED_BOOK_MS, () => {
      channel.probing = false;
    });
  }

  private quiet(askedAt: Millis): void {
    const { channel, feed, sync } = this.context;
    channel.probing = false;
    // The answer is about a book that was given up meanwhile, or that has spoken since.
    if (!sync.synced || channel.liveness.lastAt > askedAt) return;
    const wasProven = sync.proven;
    const now = feed.clock.now();
    sync.confirm();
    channel.liveness.quiet(now);
    if (wasProven) this.context.prove(now);
    else this.context.became(now);
    feed.changed();
  }

  /** Nobody can say whether it is quiet: a socket on which nothing at all comes is given up, another is left. */
  private unanswered(): void {
    const { channel, feed } = this.context;
    channel.probing = false;
    if (feed.venue.bookSource === 'stream') this.askStream(feed.clock.now());
    else if (this.isMute(feed.clock.now())) this.dead('silent and not answering');
  }

  private judge(id: number): void {
    const { channel, feed, sync } = this.context;
    channel.probing = false;
    if (sync.sequence >= id) return;
    // The socket speaks and this stream does not: it is asked for again before the socket is given up.
    const isAlone = feed.lineSilentMs('book') < PROBE_GRACE_MS;
    if (isAlone && channel.resubscribed < RESUBSCRIBE_LIMIT) {
      channel.resubscribed++;
      // Numbers show what was missed meanwhile; where there are none, the book is made anew.
      if (this.snapshots.awaitGrant()) sync.contradicted('the stream was silent while the book changed');
      feed.resubscribe('book');
    } else this.dead(`silent at ${sync.sequence} while the venue is at ${id}`);
  }
}

import type { Millis } from '@/market/time.ts';
import type { Cancel, Clock } from './clock.ts';
import { SubscriptionAnswers, type UnansweredOwner } from './subscription-answers.ts';
import type { Venue } from './venues/venue.ts';

/** What subscriptions need of the line they are made over. */
export interface SubscribingLine {
  readonly isOpen: boolean;
  /** Say something now; false when the socket is not open. */
  send(text: string): boolean;
}

const MAX_ASKED = 256;
const HOUR_MS = 3_600_000;

/**
 * The streams desired of one line and what its socket was told of them. The difference is told in as few messages as the
 * venue allows a second; what does not fit now is said when it does.
 */
export class Subscriptions {
  /** Subscriptions that wait for their answers. */
  readonly answers: SubscriptionAnswers;
  private readonly desired = new Set<string>();
  private readonly told = new Set<string>();
  private readonly again = new Set<string>();
  /** When the messages of the last second were sent. */
  private readonly sent: Millis[] = [];
  /** Names of the requests that the venue has not answered. */
  private readonly asked = new Map<string, readonly string[]>();
  private flushing: Cancel | null = null;
  private requestId = 0;
  /** When a stream was last said again only to hear whether it is alive. */
  private probedAt: Millis = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly venue: Venue,
    private readonly clock: Clock,
    private readonly line: SubscribingLine,
    onGivenUp: UnansweredOwner['onGivenUp'],
  ) {
    this.answers = new SubscriptionAnswers(clock, {
      onAskAgain: (name) => this.resubscribe(name),
      onGivenUp,
    });
  }

  /** Nothing is desired. */
  get isEmpty(): boolean {
    return this.desired.size === 0;
  }

  /** State the complete set of streams; nothing is told before `flush`. */
  want(names: readonly string[]): void {
    const before = new Set(this.desired);
    this.desired.clear();
    for (const name of names) {
      this.desired.add(name);
      // Given up and wanted again before the venue was told: whoever wants it now waits for what it begins with.
      if (!before.has(name) && this.told.has(name)) this.again.add(name);
    }
  }

  /**
   * Say one stream again: it went silent alone.
   * @param isProbe  only to hear whether it is alive
   * @returns whether it is said
   */
  resubscribe(name: string, isProbe = false): boolean {
    if (!this.line.isOpen || !this.desired.has(name) || !this.told.has(name)) return false;
    if (isProbe && !this.mayProbe()) return false;
    this.again.add(name);
    this.flushSoon();
    return true;
  }

  /** Half of the subscriptions that the venue allows are kept for those that are needed; a probe costs two of the others. */
  private mayProbe(): boolean {
    const { subscriptionsPerHour } = this.venue.limits;
    const now = this.clock.now();
    if (subscriptionsPerHour !== undefined && now - this.probedAt < (4 * HOUR_MS) / subscriptionsPerHour) return false;
    this.probedAt = now;
    return true;
  }

  /** Streams of a request that the venue answered, by its id; null when it is not one of the newest. */
  takeAsked(id: string | null): readonly string[] | null {
    const names = id === null ? undefined : this.asked.get(id);
    if (id !== null) this.asked.delete(id);
    return names ?? null;
  }

  /** The socket is gone: the next one knows nothing. */
  socketLost(): void {
    this.answers.clear();
    this.flushing?.();
    this.flushing = null;
    this.asked.clear();
    this.again.clear();
    this.told.clear();
  }

  /** Another socket takes over: it has been told nothing yet. */
  socketChanged(): void {
    this.told.clear();
  }

  /** Tell what changed once everything of this moment is stated. */
  flushSoon(): void {
    this.flushing ??= this.clock.schedule(0, () => {
      this.flushing = null;
      this.flush();
    });
  }

  /** Tell the open socket what changed, in as few messages as the venue allows a second. */
  flush(): void {
    if (!this.line.isOpen) return;
    const now = this.clock.now();
    while (this.sent.length > 0 && this.sent[0] <= now - 1000) this.sent.shift();
    for (const names of this.groups([...this.told].filter((name) => !this.desired.has(name)))) {
      if (!this.mayAsk(now, 1)) return;
      this.end(names);
    }
    for (const names of this.groups([...this.desired].filter((name) => !this.told.has(name)))) {
      if (!this.mayAsk(now, 1)) return;
      this.begin(names, now);
    }
    // Last, and both in one go: a stream that waits to begin anew is not heard meanwhile.
    for (const names of this.groups([...this.again])) {
      if (!this.mayAsk(now, 2)) return;
      this.end(names);
      this.begin(names, now);
    }
  }

  private end(names: readonly string[]): void {
    this.ask(names, this.venue.unsubscribe, []);
    for (const name of names) {
      this.told.delete(name);
      this.again.delete(name);
      this.answers.ended(name);
    }
  }

  private begin(names: readonly string[], now: Millis): void {
    this.ask(names, this.venue.subscribe, names);
    for (const name of names) {
      this.told.add(name);
      if (this.venue.acknowledges) this.answers.expect(name, now);
    }
  }

  private groups(names: readonly string[]): readonly (readonly string[])[] {
    if (names.length === 0) return [];
    return this.venue.group?.(names) ?? [names];
  }

  /** Whether the venue takes so many more messages now; if not, the rest is said when it does. */
  private mayAsk(now: Millis, messages: number): boolean {
    const over = this.sent.length + messages - this.venue.limits.outboundPerSecond;
    if (over <= 0 || this.sent.length === 0) return true;
    this.flushing ??= this.clock.schedule(this.sent[Math.min(over, this.sent.length) - 1] + 1001 - now, () => {
      this.flushing = null;
      this.flush();
    });
    return false;
  }

  /** @param begun  streams that an answer to it is about: what ends needs none, and none is refused by it */
  private ask(names: readonly string[], write: Venue['subscribe'], begun: readonly string[]): void {
    const id = ++this.requestId;
    this.asked.set(String(id), begun);
    if (this.asked.size > MAX_ASKED) for (const oldest of [...this.asked.keys()].slice(0, 1)) this.asked.delete(oldest);
    this.sent.push(this.clock.now());
    this.line.send(write(names, id));
  }
}

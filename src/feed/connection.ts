import type { Fault, FaultKind } from '@/market/fault.ts';
import type { Millis } from '@/market/time.ts';
import { Backoff } from './backoff.ts';
import type { Cancel, Chance, Clock } from './clock.ts';
import type { VenueBudget } from './shared-budget.ts';
import type { Socket, Transport } from './transport.ts';
import type { Venue } from './venues/venue.ts';

/** Why a line is down, in the words of a fault. */
export interface Loss {
  readonly kind: FaultKind;
  readonly detail: string;
}

/** Where a line stands. */
export interface LineStatus {
  readonly open: boolean;
  readonly attempt: number;
  readonly retryAt: Millis;
  /** Failed connects in the last ten seconds. */
  readonly recentFailures: number;
  readonly fault: Fault | null;
  /** When anything came, or the socket opened. */
  readonly heardAt: Millis;
}

/** What a line tells its venue session. */
export interface LineOwner {
  /** A socket opened: nothing is subscribed on it yet, the line subscribes what is desired itself. */
  onLineOpen(line: Line): void;
  onLineText(line: Line, text: string): void;
  /** The line went down; it tries again by itself. */
  onLineLost(line: Line, loss: Loss): void;
  /** Any change of `status`. */
  onLineStatus(line: Line): void;
  /** The venue answered neither the subscription of these streams nor its repetition. */
  onLineUnanswered(line: Line, names: readonly string[]): void;
}

const CONNECT_DEADLINE_MS = 8_000;
/** Two sockets speak together this long after the newer one has spoken, and never longer than the second figure. */
const OVERLAP_MS = 1_000;
const OVERLAP_CAP_MS = 10_000;
/** Faults of a socket that is open and useless: a venue that goes on like that is not asked again and again. */
const BACKS_OFF: ReadonlySet<FaultKind> = new Set(['silent', 'lag-limit']);
const MAX_ASKED = 256;
/** A subscription is acknowledged in this time, or made once more; unanswered again it is given up. */
const ACK_DEADLINE_MS = 5_000;
const ACK_AGAIN_MS = 4_500;
const BUDGET_JITTER_MS = 2_000;
const REPLACE_AGAIN_MS = 60_000;
const FAILURE_WINDOW_MS = 10_000;
const JITTER_AGE_MS = 30 * 60_000;
const HOUR_MS = 3_600_000;

interface Life {
  readonly generation: number;
  readonly socket: Socket;
  open: boolean;
}

/**
 * One socket to one path of one venue, kept open for as long as any stream is desired. It holds the desired set, not a
 * history of calls, so every new socket is told each name once. Whatever an earlier socket still says is dropped by
 * its generation.
 */
export class Line {
  private readonly desired = new Set<string>();
  private readonly told = new Set<string>();
  private readonly again = new Set<string>();
  private readonly backoff: Backoff;
  private readonly failures: Millis[] = [];
  private readonly sent: Millis[] = [];
  private generation = 0;
  private current: Life | null = null;
  private successor: Life | null = null;
  private cancelWait: Cancel | null = null;
  private cancelDeadline: Cancel | null = null;
  private cancelAge: Cancel | null = null;
  private cancelOverlap: Cancel | null = null;
  private cancelKeepAlive: Cancel | null = null;
  private cancelAcks: Cancel | null = null;
  /** Streams asked for that neither an acknowledgement nor data has answered: until when they may take, and how often asked. */
  private readonly unanswered = new Map<string, { until: Millis; times: number }>();
  private readonly unansweredTimes = new Map<string, number>();
  private readonly openWaiters: ((isOpen: boolean) => void)[] = [];
  /** Names of the requests that the venue has not answered. */
  private readonly asked = new Map<string, readonly string[]>();
  private flushing: Cancel | null = null;
  private url = 0;
  private requestId = 0;
  private disposed = false;
  private retryAt: Millis = 0;
  private fault: Fault | null = null;
  private hasBeenOpen = false;
  private heardAt: Millis = 0;
  /** Sockets opened again after having been open. */
  reconnects = 0;
  /** Two sockets say the same thing at the moment: repeats are not duplicates. */
  overlapping = false;
  /** The socket that spoke last: later ones have higher numbers. */
  speaking = 0;
  private isParting = false;
  /** When a stream was last said again only to hear whether it is alive. */
  private probedAt: Millis = Number.NEGATIVE_INFINITY;

  constructor(
    readonly path: string,
    private readonly venue: Venue,
    private readonly urls: readonly string[],
    private readonly transport: Transport,
    private readonly clock: Clock,
    private readonly chance: Chance,
    private readonly owner: LineOwner,
    /** What all lines to the venue, of all tabs, may spend together. */
    private readonly budget: VenueBudget | null = null,
  ) {
    this.backoff = new Backoff(chance, Math.min(60, venue.limits.connectsPer5Minutes));
  }

  get isOpen(): boolean {
    return this.current?.open ?? false;
  }

  status(): LineStatus {
    const now = this.clock.now();
    return {
      open: this.current?.open ?? false,
      attempt: this.backoff.attempt,
      retryAt: this.retryAt,
      recentFailures: this.failures.filter((at) => at > now - FAILURE_WINDOW_MS).length,
      fault: this.fault,
      heardAt: this.heardAt,
    };
  }

  /** State the complete set of streams; opens, tells the difference, or closes when empty. */
  want(names: readonly string[]): void {
    const before = new Set(this.desired);
    this.desired.clear();
    for (const name of names) {
      this.desired.add(name);
      // Given up and wanted again before the venue was told: whoever wants it now waits for what it begins with.
      if (!before.has(name) && this.told.has(name)) this.again.add(name);
    }
    if (this.disposed) return;
    if (this.desired.size === 0) {
      this.down();
      this.owner.onLineStatus(this);
    } else if (!this.current && !this.cancelWait) this.open();
    else this.flushSoon();
  }

  /**
   * Say one stream again: it went silent alone.
   * @param isProbe  only to hear whether it is alive
   * @returns whether it is said
   */
  resubscribe(name: string, isProbe = false): boolean {
    if (!this.current?.open || !this.desired.has(name) || !this.told.has(name)) return false;
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

  /** Some stream has neither been acknowledged nor spoken. */
  get awaitsAnswers(): boolean {
    return this.unanswered.size > 0;
  }

  /** Streams that have neither been acknowledged nor spoken. */
  get awaited(): readonly string[] {
    return [...this.unanswered.keys()];
  }

  /** The venue said that it serves these streams, or they spoke. */
  answered(names: Iterable<string>): void {
    if (this.unanswered.size === 0) return;
    for (const name of names) {
      this.unanswered.delete(name);
      this.unansweredTimes.delete(name);
    }
  }

  /** Say something that is no subscription, now; false when the socket is not open. */
  send(text: string): boolean {
    if (!this.current?.open) return false;
    this.current.socket.send(text);
    return true;
  }

  /** Wait for a socket that is on its way. */
  whenOpen(): Promise<boolean> {
    if (this.current?.open) return Promise.resolve(true);
    if (!this.current && !this.cancelWait && this.desired.size === 0) return Promise.resolve(false);
    return new Promise((resolve) => this.openWaiters.push(resolve));
  }

  /** Streams of a request that the venue answered, by its id; null when it is not one of the newest. */
  takeAsked(id: string | null): readonly string[] | null {
    const names = id === null ? undefined : this.asked.get(id);
    if (id !== null) this.asked.delete(id);
    return names ?? null;
  }

  /** Drop the socket and connect again, whatever it claims about itself: at once, or later each time it is useless. */
  restart(loss: Loss): void {
    if (this.desired.size === 0) return;
    if (BACKS_OFF.has(loss.kind) && !this.current?.open) return;
    this.abandon();
    this.stopWaiting();
    this.fail(loss, BACKS_OFF.has(loss.kind) ? undefined : 0);
  }

  /** The user or the network says: now. */
  tryNow(): void {
    if (this.current || this.desired.size === 0) return;
    this.stopWaiting();
    this.backoff.reset();
    this.open();
  }

  /** The venue said when it will speak to us again: the next attempt waits until then. */
  waitUntil(time: Millis): void {
    if (!this.cancelWait || this.retryAt >= time) return;
    this.stopWaiting();
    this.retryAt = time;
    this.cancelWait = this.clock.schedule(time - this.clock.now(), () => this.open());
  }

  /** Good data flows; ten seconds of it forgive the past. */
  good(now: Millis): void {
    this.backoff.good(now);
  }

  /** The venue announced the end of this socket: put a second one beside it and swap. */
  replace(): void {
    if (this.successor || !this.current?.open) return;
    const next = this.start();
    this.successor = next;
    this.cancelOverlap = this.clock.schedule(CONNECT_DEADLINE_MS, () => {
      if (this.successor !== next) return;
      next.socket.close();
      this.successorLost();
    });
  }

  dispose(): void {
    this.disposed = true;
    this.down();
  }

  private down(): void {
    this.abandon();
    this.stopWaiting();
    this.fault = null;
    this.retryAt = 0;
  }

  private stopWaiting(): void {
    this.cancelWait?.();
    this.cancelWait = null;
  }

  private abandon(): void {
    this.cancelDeadline?.();
    this.cancelAge?.();
    this.cancelOverlap?.();
    this.cancelKeepAlive?.();
    this.cancelAcks?.();
    this.cancelAcks = null;
    this.unanswered.clear();
    for (const tell of this.openWaiters.splice(0)) tell(false);
    this.flushing?.();
    this.flushing = null;
    this.asked.clear();
    this.again.clear();
    this.current?.socket.close();
    this.successor?.socket.close();
    this.current = null;
    this.successor = null;
    this.overlapping = false;
    this.told.clear();
    this.generation++;
  }

  private open(): void {
    this.cancelWait = null;
    this.retryAt = 0;
    const wait = this.budget?.connectWait() ?? 0;
    if (wait > 0) {
      this.holdBack(wait);
      return;
    }
    this.current = this.start();
    this.cancelDeadline = this.clock.schedule(CONNECT_DEADLINE_MS, () => {
      if (!this.current || this.current.open) return;
      this.abandon();
      this.fail({ kind: 'connect-timeout', detail: `no answer in ${CONNECT_DEADLINE_MS / 1000} s` });
    });
    this.owner.onLineStatus(this);
  }

  /** As often as is allowed has been connected: somewhat later than the budget says, since other tabs wait for it too. */
  private holdBack(wait: number): void {
    const now = this.clock.now();
    const paced = wait + this.chance() * BUDGET_JITTER_MS;
    this.retryAt = now + paced;
    this.fault = { kind: 'connect-budget', venue: this.venue.id, detail: 'connects of five minutes used up', at: now };
    this.cancelWait = this.clock.schedule(paced, () => this.open());
    this.owner.onLineStatus(this);
  }

  private start(): Life {
    this.backoff.connecting(this.clock.now());
    this.budget?.connecting();
    const generation = ++this.generation;
    const mine = (): Life | null => {
      if (this.current?.generation === generation) return this.current;
      return this.successor?.generation === generation ? this.successor : null;
    };
    const url = this.urls[this.url % this.urls.length];
    const socket = this.transport.connect(url, {
      onOpen: () => {
        const life = mine();
        if (life) this.opened(life);
      },
      onText: (text) => {
        const life = mine();
        if (!life) return;
        this.heardAt = this.clock.now();
        this.speaking = generation;
        if (this.overlapping && life === this.current) this.partSoon();
        this.owner.onLineText(this, text);
      },
      onClose: (code, detail) => {
        const life = mine();
        if (life) this.closed(life, code, detail);
      },
    });
    return { generation, socket, open: false };
  }

  private opened(life: Life): void {
    life.open = true;
    if (life === this.successor) {
      this.swap(life);
      return;
    }
    this.cancelDeadline?.();
    this.heardAt = this.clock.now();
    this.fault = null;
    if (this.hasBeenOpen) this.reconnects++;
    this.hasBeenOpen = true;
    this.planEnd();
    this.greet(life.socket);
    this.owner.onLineOpen(this);
    this.owner.onLineStatus(this);
    this.flush();
    for (const tell of this.openWaiters.splice(0)) tell(true);
  }

  /** What a venue wants to hear on a new socket, and from then on to keep it. */
  private greet(socket: Socket): void {
    for (const text of this.venue.hello?.(this.path) ?? []) socket.send(text);
    this.cancelKeepAlive?.();
    const keepAlive = this.venue.keepAlive?.(this.path);
    if (!keepAlive) return;
    const again = (): void => {
      this.cancelKeepAlive = this.clock.schedule(keepAlive.everyMs, () => {
        this.current?.socket.send(keepAlive.text);
        again();
      });
    };
    again();
  }

  /** Both sockets speak for a second, so that nothing falls between them; then the old one goes. */
  private swap(next: Life): void {
    const old = this.current;
    this.current = next;
    this.successor = null;
    this.overlapping = true;
    this.reconnects++;
    this.told.clear();
    this.greet(next.socket);
    this.flush();
    this.planEnd();
    this.successor = old;
    this.isParting = false;
    this.cancelOverlap?.();
    this.cancelOverlap = this.clock.schedule(OVERLAP_CAP_MS, () => this.part());
  }

  /** The new socket has spoken: the old one is needed a moment longer, for what is still on its way. */
  private partSoon(): void {
    if (this.isParting) return;
    this.isParting = true;
    this.cancelOverlap?.();
    this.cancelOverlap = this.clock.schedule(OVERLAP_MS, () => this.part());
  }

  private part(): void {
    this.successor?.socket.close();
    this.successor = null;
    this.overlapping = false;
  }

  /** The second socket could not be had: the first goes on, and the exchange is tried again later. */
  private successorLost(): void {
    this.successor = null;
    this.overlapping = false;
    this.cancelOverlap?.();
    this.cancelAge?.();
    this.cancelAge = this.clock.schedule(REPLACE_AGAIN_MS, () => this.replace());
  }

  private planEnd(): void {
    this.cancelAge?.();
    const { maxAgeMs } = this.venue.limits;
    if (maxAgeMs === 0) return;
    const age = maxAgeMs + (this.chance() * 2 - 1) * JITTER_AGE_MS;
    this.cancelAge = this.clock.schedule(age, () => this.replace());
  }

  private closed(life: Life, code: number, detail: string): void {
    if (life === this.successor) {
      // During the overlap it is the old socket that closes, which is what was waited for.
      if (this.overlapping) this.part();
      else this.successorLost();
      return;
    }
    const wasOpen = life.open;
    this.abandon();
    const kind = wasOpen ? 'connection-lost' : 'unreachable';
    this.fail({ kind, detail: detail === '' ? `closed with code ${code}` : `closed with code ${code}: ${detail}` });
  }

  private fail(loss: Loss, waitMs?: number): void {
    const now = this.clock.now();
    if (loss.kind === 'unreachable' || loss.kind === 'connect-timeout') {
      this.failures.push(now);
      if (this.failures.length > 10) this.failures.shift();
      this.url++;
    }
    const wait = waitMs ?? this.backoff.lost(now);
    this.retryAt = now + wait;
    this.fault = { kind: loss.kind, venue: this.venue.id, detail: loss.detail, at: now };
    this.cancelWait = this.clock.schedule(wait, () => this.open());
    this.owner.onLineLost(this, loss);
    this.owner.onLineStatus(this);
  }

  private flushSoon(): void {
    this.flushing ??= this.clock.schedule(0, () => {
      this.flushing = null;
      this.flush();
    });
  }

  /** Tell the open socket what changed, in as few messages as the venue allows a second. */
  private flush(): void {
    if (!this.current?.open) return;
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
      this.unanswered.delete(name);
    }
  }

  private begin(names: readonly string[], now: Millis): void {
    this.ask(names, this.venue.subscribe, names);
    for (const name of names) {
      this.told.add(name);
      if (this.venue.acknowledges) this.expect(name, now);
    }
  }

  private groups(names: readonly string[]): readonly (readonly string[])[] {
    if (names.length === 0) return [];
    return this.venue.group?.(names) ?? [names];
  }

  private expect(name: string, now: Millis): void {
    const times = (this.unansweredTimes.get(name) ?? 0) + 1;
    this.unanswered.set(name, { until: now + (times === 1 ? ACK_DEADLINE_MS : ACK_AGAIN_MS), times });
    this.watchAcks();
  }

  private watchAcks(): void {
    if (this.cancelAcks || this.unanswered.size === 0) return;
    const until = Math.min(...[...this.unanswered.values()].map((one) => one.until));
    this.cancelAcks = this.clock.schedule(Math.max(0, until - this.clock.now()), () => {
      this.cancelAcks = null;
      this.lateAcks();
      this.watchAcks();
    });
  }

  private lateAcks(): void {
    const now = this.clock.now();
    const given: string[] = [];
    for (const [name, { until, times }] of this.unanswered) {
      if (until > now) continue;
      this.unanswered.delete(name);
      if (times > 1) given.push(name);
      else {
        this.unansweredTimes.set(name, times);
        this.resubscribe(name);
      }
    }
    for (const name of given) this.unansweredTimes.delete(name);
    if (given.length === 0) return;
    // A socket over which nothing comes at all says nothing of what the venue serves: it is dead, and another is not.
    if (now - this.heardAt >= ACK_DEADLINE_MS) this.restart({ kind: 'silent', detail: 'open, and nothing answered' });
    else this.owner.onLineUnanswered(this, given);
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
    this.current?.socket.send(write(names, id));
  }
}

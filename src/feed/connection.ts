import type { Fault, FaultKind } from '@/market/fault.ts';
import type { Millis } from '@/market/time.ts';
import { Backoff } from './backoff.ts';
import type { Cancel, Chance, Clock } from './clock.ts';
import { CONNECT_DEADLINE_MS, Handover, type Life } from './handover.ts';
import { KeepAliveDuty } from './keep-alive.ts';
import type { VenueBudget } from './shared-budget.ts';
import { ACK_DEADLINE_MS } from './subscription-answers.ts';
import { Subscriptions } from './subscriptions.ts';
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

/** Faults of a socket that is open and useless: a venue that goes on like that is not asked again and again. */
const BACKS_OFF: ReadonlySet<FaultKind> = new Set(['silent', 'lag-limit']);
const BUDGET_JITTER_MS = 2_000;
const FAILURE_WINDOW_MS = 10_000;

/**
 * One socket to one path of one venue, kept open for as long as any stream is desired. It holds the desired set, not a
 * history of calls, so every new socket is told each name once. Whatever an earlier socket still says is dropped by
 * its generation.
 */
export class Line {
  private readonly subscriptions: Subscriptions;
  private readonly keepAlive: KeepAliveDuty;
  private readonly handover: Handover;
  private readonly backoff: Backoff;
  private readonly failures: Millis[] = [];
  private generation = 0;
  private current: Life | null = null;
  private cancelWait: Cancel | null = null;
  private cancelDeadline: Cancel | null = null;
  private readonly openWaiters: ((isOpen: boolean) => void)[] = [];
  private url = 0;
  private disposed = false;
  private retryAt: Millis = 0;
  private fault: Fault | null = null;
  private hasBeenOpen = false;
  private heardAt: Millis = 0;
  /** Sockets opened again after having been open. */
  reconnects = 0;
  /** The socket that spoke last: later ones have higher numbers. */
  speaking = 0;

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
    this.subscriptions = new Subscriptions(venue, clock, this, (names, now) => this.givenUp(names, now));
    this.keepAlive = new KeepAliveDuty(venue, path, clock);
    this.handover = new Handover(venue, clock, chance, this, () => this.start());
  }

  get isOpen(): boolean {
    return this.current?.open ?? false;
  }

  /** Two sockets say the same thing at the moment: repeats are not duplicates. */
  get overlapping(): boolean {
    return this.handover.isOverlapping;
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
    this.subscriptions.want(names);
    if (this.disposed) return;
    if (this.subscriptions.isEmpty) {
      this.down();
      this.owner.onLineStatus(this);
    } else if (!this.current && !this.cancelWait) this.open();
    else this.subscriptions.flushSoon();
  }

  /**
   * Say one stream again: it went silent alone.
   * @param isProbe  only to hear whether it is alive
   * @returns whether it is said
   */
  resubscribe(name: string, isProbe = false): boolean {
    return this.subscriptions.resubscribe(name, isProbe);
  }

  /** Some stream has neither been acknowledged nor spoken. */
  get awaitsAnswers(): boolean {
    return this.subscriptions.answers.awaitsAny;
  }

  /** Streams that have neither been acknowledged nor spoken. */
  get awaited(): readonly string[] {
    return this.subscriptions.answers.awaited;
  }

  /** The venue said that it serves these streams, or they spoke. */
  answered(names: Iterable<string>): void {
    this.subscriptions.answers.answered(names);
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
    if (!this.current && !this.cancelWait && this.subscriptions.isEmpty) return Promise.resolve(false);
    return new Promise((resolve) => this.openWaiters.push(resolve));
  }

  /** Streams of a request that the venue answered, by its id; null when it is not one of the newest. */
  takeAsked(id: string | null): readonly string[] | null {
    return this.subscriptions.takeAsked(id);
  }

  /** Drop the socket and connect again, whatever it claims about itself: at once, or later each time it is useless. */
  restart(loss: Loss): void {
    if (this.subscriptions.isEmpty) return;
    if (BACKS_OFF.has(loss.kind) && !this.current?.open) return;
    this.abandon();
    this.stopWaiting();
    this.fail(loss, BACKS_OFF.has(loss.kind) ? undefined : 0);
  }

  /** The user or the network says: now. */
  tryNow(): void {
    if (this.current || this.subscriptions.isEmpty) return;
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
    this.handover.begin();
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
    this.keepAlive.stop();
    for (const tell of this.openWaiters.splice(0)) tell(false);
    this.subscriptions.socketLost();
    this.current?.socket.close();
    this.handover.abandon();
    this.current = null;
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
      return this.handover.other?.generation === generation ? this.handover.other : null;
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
        if (this.overlapping && life === this.current) this.handover.partSoon();
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
    if (life === this.handover.other) {
      this.swap(life);
      return;
    }
    this.cancelDeadline?.();
    this.heardAt = this.clock.now();
    this.fault = null;
    if (this.hasBeenOpen) this.reconnects++;
    this.hasBeenOpen = true;
    this.handover.planEnd();
    this.greet(life.socket);
    this.owner.onLineOpen(this);
    this.owner.onLineStatus(this);
    this.subscriptions.flush();
    for (const tell of this.openWaiters.splice(0)) tell(true);
  }

  private greet(socket: Socket): void {
    this.keepAlive.begin(
      (text) => socket.send(text),
      (text) => this.current?.socket.send(text),
    );
  }

  /** Both sockets speak for a second, so that nothing falls between them; then the old one goes. */
  private swap(next: Life): void {
    const old = this.current;
    this.current = next;
    this.handover.swapped();
    this.reconnects++;
    this.subscriptions.socketChanged();
    this.greet(next.socket);
    this.subscriptions.flush();
    this.handover.planEnd();
    this.handover.keep(old);
  }

  private closed(life: Life, code: number, detail: string): void {
    if (life === this.handover.other) {
      this.handover.closed();
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

  /** Streams that were asked for twice in vain. */
  private givenUp(names: readonly string[], now: Millis): void {
    // A socket over which nothing comes at all says nothing of what the venue serves: it is dead, and another is not.
    if (now - this.heardAt >= ACK_DEADLINE_MS) this.restart({ kind: 'silent', detail: 'open, and nothing answered' });
    else this.owner.onLineUnanswered(this, names);
  }
}

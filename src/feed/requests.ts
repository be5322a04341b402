import type { Result } from '@/market/result.ts';
import { err, ok } from '@/market/result.ts';
import type { Millis } from '@/market/time.ts';
import type { Cancel, Clock } from './clock.ts';
import { SharedBudget, type VenueBudget } from './shared-budget.ts';
import type { HttpAnswer, Socket, Transport } from './transport.ts';
import type { RequestFault, Venue, VenueRequest } from './venues/venue.ts';

const TIMEOUT_MS = 5_000;
const IDLE_MS = 120_000;
const CONNECT_MS = 4_000;
const WEIGHT_PER_MINUTE = 2_000;

/** Request weight spent on a venue in a minute at most. */
export const weightPerMinute = (venue: Venue): number => venue.limits.weightPerMinute ?? WEIGHT_PER_MINUTE;

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Pending {
  readonly settle: (answer: Answer | null) => void;
}

/** A stream socket that also carries requests. */
export interface Carrier {
  /**
   * Send a text when the socket is open, waiting for one that is on its way. False when there is none, and when the text
   * was not wanted any more by then.
   */
  send(text: string, isWanted: () => boolean): Promise<boolean>;
}

/**
 * Asks one venue for snapshots, history and listings: over its request socket where there is one, since that needs no
 * permission of the venue's web server, else over HTTP from one origin after the other. Every request settles.
 */
export class Requests {
  private socket: Socket | null = null;
  private isOpen = false;
  private waiting: (() => void)[] = [];
  private readonly pending = new Map<string, Pending[]>();
  /** The same question asked while its answer is on the way is answered with it. */
  private readonly asking = new Map<string, Promise<Result<string, RequestFault>>>();
  private readonly unsupported = new Set<string>();
  private socketFailedAt: Millis = Number.NEGATIVE_INFINITY;
  private nextId = 0;
  private lastUsed: Millis = 0;
  private cancelIdle: Cancel | null = null;
  private cancelConnect: Cancel | null = null;
  private generation = 0;
  private heardAt: Millis = 0;
  constructor(
    private readonly venue: Venue,
    private readonly socketUrls: readonly string[],
    private readonly origins: readonly string[],
    private readonly transport: Transport,
    private readonly clock: Clock,
    /** Counts bytes and messages of answers, and reads control messages of the socket. */
    private readonly heard: (text: string) => void,
    private readonly readResponse: (text: string) => { id: string; status: number } | null,
    private readonly carrier: Carrier | null = null,
    private readonly budget: VenueBudget = budgetAlone(venue, clock),
  ) {}

  /** Until when the venue told us, or another tab of this browser, to wait; 0 when it did not. */
  get bannedUntil(): Millis {
    return this.budget.bannedUntil;
  }

  /** Ask what many ask at once and what does not change meanwhile: while the answer is on its way, it is one question. */
  askOnce(request: VenueRequest): Promise<Result<string, RequestFault>> {
    const key = `${request.method} ${request.path} ${request.body ?? ''} ${JSON.stringify(request.params)}`;
    const held = this.asking.get(key);
    if (held) return held;
    const answer = this.ask(request);
    this.asking.set(key, answer);
    void answer.then(() => this.asking.delete(key));
    return answer;
  }

  /** An answer came over a stream socket. */
  answered(id: string, status: number, text: string): void {
    this.settle(id, { status, text });
  }

  /** Send one request; the body of its answer, or why there is none. Never rejects. */
  async ask(request: VenueRequest): Promise<Result<string, RequestFault>> {
    const now = this.clock.now();
    if (now < this.bannedUntil) return err(this.waitFault(this.bannedUntil - now, 'the venue asked us to wait'));
    if (!this.budget.afford(request.weight)) return err(this.waitFault(5_000, 'the request budget is used up'));
    const generation = this.generation;
    const hasSocket = this.socketUrls.length > 0 || this.carrier !== null;
    const id = request.answerKey ?? `q${++this.nextId}`;
    const text = hasSocket && !this.unsupported.has(request.method) ? this.venue.requestText(request, id) : '';
    if (text !== '') {
      const answer = await this.overSocket(request, id, text);
      if (generation !== this.generation) return err(GONE);
      if (answer) {
        const read = this.venue.responseBody(answer.text, answer.status);
        if ('body' in read) return ok(read.body);
        if (!isUnsupported(answer.status, read)) return err(this.noteBan(read));
        const fallback = await this.overHttp(request, generation);
        if (fallback.ok) this.unsupported.add(request.method);
        return fallback;
      }
    }
    return this.overHttp(request, generation);
  }

  /** The socket is not believed any more: what waits is asked over HTTP, what comes next over a new socket. */
  renew(): void {
    if (this.socket) this.dropSocket();
    this.socketFailedAt = Number.NEGATIVE_INFINITY;
  }

  /** Beside a stream that turned out dead: if questions wait here as well, this socket is not believed either. */
  distrust(): void {
    if (this.pending.size > 0) this.renew();
  }

  /** Forget everything asked: nothing that belongs to a former life is answered. */
  reset(): void {
    this.generation++;
    this.dropSocket();
  }

  dispose(): void {
    this.reset();
    this.cancelIdle?.();
  }

  private async overHttp(request: VenueRequest, generation: number): Promise<Result<string, RequestFault>> {
    let fault: RequestFault = { kind: 'unreachable', detail: 'no request address', retryAfterMs: 0 };
    if (request.path === '') return err(fault);
    for (const origin of this.origins) {
      const answer = await this.transport.request(origin + request.path, TIMEOUT_MS, request.body);
      if (generation !== this.generation) return err(GONE);
      if (answer.reached) this.heard(answer.text);
      const read = this.readHttp(answer);
      if (read.ok) return read;
      fault = read.error;
      if (answer.reached && answer.status < 500) break;
    }
    return err(this.noteBan(fault));
  }

  private readHttp(answer: HttpAnswer): Result<string, RequestFault> {
    if (!answer.reached) return err({ kind: 'unreachable', detail: answer.detail, retryAfterMs: 0 });
    // Some venues put their refusals into answers that succeeded.
    const read = this.venue.responseBody(answer.text, answer.status);
    if ('body' in read && answer.status === 200) return ok(answer.text);
    const fault: RequestFault =
      'body' in read ? { kind: 'snapshot-failed', detail: `status ${answer.status}`, retryAfterMs: 0 } : read;
    return err({ ...fault, retryAfterMs: Math.max(fault.retryAfterMs, answer.retryAfterMs) });
  }

  private noteBan(fault: RequestFault): RequestFault {
    if (fault.kind !== 'rate-limited') return fault;
    const wait = fault.retryAfterMs > 0 ? fault.retryAfterMs : 120_000;
    this.budget.ban(wait);
    return { ...fault, retryAfterMs: wait };
  }

  private waitFault(retryAfterMs: number, detail: string): RequestFault {
    return { kind: 'rate-limited', detail, retryAfterMs };
  }

  private async overSocket(request: VenueRequest, id: string, text: string): Promise<Answer | null> {
    const { generation } = this;
    // What was asked under the same key is not asked twice: one answer is everybody's.
    const isAsked = this.pending.has(id);
    const answer = this.awaitAnswer(id);
    if (isAsked) return answer;
    if (this.carrier) {
      const isWanted = (): boolean => this.pending.has(id);
      const isSent = await Promise.race([this.carrier.send(text, isWanted), answer.then(() => null)]);
      if (isSent === null || generation !== this.generation) return answer;
      if (isSent) return this.carried(answer, request.after);
    }
    if (this.socketUrls.length === 0 || !(await this.connected())) {
      this.settle(id, null);
      return null;
    }
    const { socket } = this;
    const askedAt = this.clock.now();
    this.lastUsed = askedAt;
    socket?.send(text);
    this.closeWhenIdle();
    const own = await answer;
    if (request.after !== undefined && this.socket === socket) socket?.send(request.after);
    // Open and silent: whatever else is asked would wait for it as long.
    if (!own && this.socket === socket && this.heardAt < askedAt) this.unusable();
    return own;
  }

  /** What the question began is ended also when its answer is late: it may come yet. */
  private async carried(answer: Promise<Answer | null>, after: string | undefined): Promise<Answer | null> {
    const { generation } = this;
    const carried = await answer;
    if (after !== undefined && generation === this.generation) void this.carrier?.send(after, () => true);
    return carried;
  }

  private awaitAnswer(id: string): Promise<Answer | null> {
    return new Promise((resolve) => {
      const cancel = this.clock.schedule(TIMEOUT_MS, () => this.settle(id, null));
      const settle = (answer: Answer | null): void => {
        cancel();
        resolve(answer);
      };
      this.pending.set(id, [...(this.pending.get(id) ?? []), { settle }]);
    });
  }

  private connected(): Promise<boolean> {
    if (this.isOpen) return Promise.resolve(true);
    if (this.clock.now() - this.socketFailedAt < 10_000) return Promise.resolve(false);
    if (!this.socket && this.budget.connectWait() > 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.waiting.push(() => resolve(this.isOpen));
      if (!this.socket) this.connect();
    });
  }

  private connect(): void {
    this.budget.connecting();
    const url = this.socketUrls[0];
    const socket = this.transport.connect(url, {
      onOpen: () => {
        if (this.socket !== socket) return;
        this.isOpen = true;
        this.release();
      },
      onText: (text) => {
        if (this.socket !== socket) return;
        this.heardAt = this.clock.now();
        this.heard(text);
        const response = this.readResponse(text);
        if (response) this.settle(response.id, { status: response.status, text });
      },
      onClose: () => {
        if (this.socket === socket) this.failed();
      },
    });
    this.socket = socket;
    this.cancelConnect = this.clock.schedule(CONNECT_MS, () => {
      if (this.socket === socket && !this.isOpen) {
        socket.close();
        this.failed();
      }
    });
  }

  private failed(): void {
    if (this.isOpen) this.dropSocket();
    else this.unusable();
  }

  /** Nothing came of it: HTTP is asked for a while. */
  private unusable(): void {
    this.socketFailedAt = this.clock.now();
    this.dropSocket();
  }

  private dropSocket(): void {
    this.cancelConnect?.();
    this.socket?.close();
    this.socket = null;
    this.isOpen = false;
    for (const id of [...this.pending.keys()]) this.settle(id, null);
    this.release();
  }

  private release(): void {
    this.cancelConnect?.();
    const waiting = this.waiting;
    this.waiting = [];
    for (const go of waiting) go();
  }

  private settle(id: string, answer: { status: number; text: string } | null): void {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    for (const { settle } of pending ?? []) settle(answer);
  }

  private closeWhenIdle(): void {
    this.cancelIdle?.();
    this.cancelIdle = this.clock.schedule(IDLE_MS, () => {
      if (this.pending.size === 0 && this.clock.now() - this.lastUsed >= IDLE_MS) this.dropSocket();
    });
  }
}

const budgetAlone = (venue: Venue, clock: Clock): VenueBudget =>
  new SharedBudget(clock, 'alone', null).of(venue.id, {
    connectsPer5Minutes: venue.limits.connectsPer5Minutes,
    weightPerMinute: weightPerMinute(venue),
  });

const GONE: RequestFault = { kind: 'connection-lost', detail: 'no longer wanted', retryAfterMs: 0 };

/** Perhaps the request socket does not know the method: if HTTP then answers, it is asked first from now on. */
function isUnsupported(status: number, fault: RequestFault): boolean {
  return (status === 400 || status === 404) && fault.kind === 'subscribe-refused';
}

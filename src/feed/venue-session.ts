import type { Fault, FaultKind } from '@/market/fault.ts';
import type { Channel } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import type { Wanted } from '@/protocol/command.ts';
import type { VenueReport } from '@/protocol/health.ts';
import type { Chance, Clock } from './clock.ts';
import { Line, type LineOwner, type LineStatus, type Loss } from './connection.ts';
import { moved } from './endpoint.ts';
import type { FeedRecorder, Recorder } from './health/recorder.ts';
import { InstrumentFeed, type InstrumentOwner } from './instrument-feed.ts';
import { MessageRouter } from './message-router.ts';
import { Requests, weightPerMinute } from './requests.ts';
import { readResponseId } from './response-id.ts';
import type { SharedBudget, VenueBudget } from './shared-budget.ts';
import { SubscriptionVerdicts } from './subscription-verdicts.ts';
import type { Transport } from './transport.ts';
import { VenueQuestions } from './venue-questions.ts';
import type { Stream, Venue } from './venues/venue.ts';

/** What a session needs from the feed. */
export interface SessionOwner {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly health: Recorder;
  readonly budget: SharedBudget;
  online(): boolean;
  /** Something changed: a frame may be due. */
  changed(): void;
  /** A message came, before it is read. */
  arrived(): void;
}

/**
 * One venue: its lines, its requests and its instruments. It states the streams that are wanted and hands on what
 * comes.
 */
export class VenueSession implements LineOwner, InstrumentOwner {
  readonly requests: Requests;
  private readonly budget: VenueBudget;
  readonly clock: Clock;
  private readonly instruments = new Map<string, InstrumentFeed>();
  private readonly lines = new Map<string, Line>();
  private needsPending = false;
  /** Questions about the venue as a whole that wait for their answers. */
  asking = 0;
  private disposed = false;
  private readonly router: MessageRouter;
  private readonly verdicts: SubscriptionVerdicts;
  private readonly questions: VenueQuestions;

  constructor(
    readonly venue: Venue,
    private readonly endpoint: string | null,
    private readonly transport: Transport,
    private readonly owner: SessionOwner,
  ) {
    this.clock = owner.clock;
    const { connectsPer5Minutes } = venue.limits;
    this.budget = owner.budget.of(venue.id, { connectsPer5Minutes, weightPerMinute: weightPerMinute(venue) });
    this.requests = new Requests(
      venue,
      venue.requestSocketUrls.map((url) => moved(url, endpoint)),
      endpoint === null ? venue.requestOrigins : [`http://${endpoint}`],
      transport,
      owner.clock,
      (text) => this.router.countAnswer(text),
      (text) => readResponseId(text, venue),
      venue.requestPath === null ? null : { send: (text, isWanted) => this.carry(text, isWanted) },
      this.budget,
    );
    const { instruments, lines, requests, clock } = this;
    this.verdicts = new SubscriptionVerdicts(venue, instruments);
    this.router = new MessageRouter(venue, instruments, requests, this.verdicts, owner.health, clock);
    this.questions = new VenueQuestions(venue, requests, instruments, lines, clock);
  }

  /** Send a request over the stream socket, as soon as that is open. */
  private async carry(text: string, isWanted: () => boolean): Promise<boolean> {
    // What is wanted together opens its socket in the same task.
    await Promise.resolve();
    const line = this.venue.requestPath === null ? undefined : this.lines.get(this.venue.requestPath);
    return line !== undefined && (await line.whenOpen()) && isWanted() && line.send(text);
  }

  /** Arrival of the newest message over any line; 0 when there was none. */
  get heardAt(): Millis {
    let newest = 0;
    for (const line of this.lines.values()) newest = Math.max(newest, line.status().heardAt);
    return newest;
  }

  get isLocal(): boolean {
    return this.endpoint !== null;
  }

  get all(): IterableIterator<InstrumentFeed> {
    return this.instruments.values();
  }

  get isEmpty(): boolean {
    return this.instruments.size === 0 && this.asking === 0;
  }

  get sockets(): number {
    let count = 0;
    for (const line of this.lines.values()) if (line.status().open) count++;
    return count;
  }

  find(symbol: string): InstrumentFeed | undefined {
    return this.instruments.get(symbol);
  }

  /** State everything wanted of this venue. */
  want(wanted: readonly (Wanted & { readonly symbol: string })[]): void {
    const symbols = new Set(wanted.map((one) => one.symbol));
    for (const [symbol, feed] of this.instruments) {
      if (symbols.has(symbol)) continue;
      feed.dispose();
      this.owner.health.close(feed.id);
      this.instruments.delete(symbol);
    }
    for (const one of wanted) {
      const feed = this.instruments.get(one.symbol);
      if (feed) feed.want(one);
      else this.instruments.set(one.symbol, new InstrumentFeed(one.instrument, one.symbol, this, one));
    }
    this.reconcile();
  }

  tick(now: Millis): void {
    this.questions.tick(now);
    for (const feed of this.instruments.values()) feed.tick(now);
    for (const line of this.lines.values()) if (this.isGood(line)) line.good(now);
    this.router.watchDrift(now);
  }

  /** The network came back, or the user said: now. */
  tryNow(): void {
    for (const line of this.lines.values()) line.tryNow();
  }

  /** The page slept: no socket is believed. */
  resume(): void {
    for (const feed of this.instruments.values()) feed.resume();
    this.requests.renew();
    for (const line of this.lines.values()) line.restart({ kind: 'resumed', detail: 'the page was asleep' });
  }

  /** The local clock was set. */
  clockStepped(now: Millis): void {
    for (const feed of this.instruments.values()) feed.clockStepped(now);
  }

  networkChanged(): void {
    const now = this.clock.now();
    for (const feed of this.instruments.values()) feed.refresh(now);
  }

  dispose(): void {
    this.disposed = true;
    for (const feed of this.instruments.values()) {
      feed.dispose();
      this.owner.health.close(feed.id);
    }
    for (const line of this.lines.values()) line.dispose();
    this.requests.dispose();
    this.instruments.clear();
  }

  /** What this venue has cost all tabs and may still cost. */
  costs(): VenueReport {
    const { venue, requests } = this;
    return {
      venue: venue.id,
      sockets: this.sockets,
      connects: { used: this.budget.connectsUsed, allowed: this.budget.connectsAllowed },
      weight: { used: this.budget.weightUsed, allowed: weightPerMinute(this.venue) },
      bannedUntil: requests.bannedUntil,
    };
  }

  // What instruments ask.

  healthOf(id: InstrumentId): FeedRecorder {
    return this.owner.health.of(id, this.clock.now());
  }

  online(): boolean {
    return this.owner.online();
  }

  lineStatus(path: string): LineStatus | null {
    return this.lines.get(path)?.status() ?? null;
  }

  lineIsOpen(path: string): boolean {
    return this.lines.get(path)?.isOpen ?? false;
  }

  reconnects(): number {
    let sum = 0;
    for (const line of this.lines.values()) sum += line.reconnects;
    return sum;
  }

  /** No frame leaves in the middle of a message: what it does to the states is known at its end. */
  changed(): void {
    if (!this.router.isReading) this.owner.changed();
  }

  needsChanged(): void {
    if (this.needsPending) return;
    this.needsPending = true;
    this.clock.schedule(0, () => {
      this.needsPending = false;
      if (!this.disposed) this.reconcile();
    });
  }

  resubscribe(stream: Stream, isProbe: boolean): boolean {
    return this.lines.get(stream.path)?.resubscribe(stream.name, isProbe) ?? false;
  }

  restartLine(path: string, kind: FaultKind, detail: string): void {
    this.lines.get(path)?.restart({ kind, detail });
    if (kind === 'silent') this.requests.distrust();
  }

  // What lines tell.

  onLineOpen(line: Line): void {
    for (const feed of this.instruments.values()) {
      const channels = this.channelsOn(feed, line.path);
      if (channels.size > 0) feed.lineOpened(channels);
    }
  }

  onLineText(line: Line, text: string): void {
    this.owner.arrived();
    this.router.read(line, text);
    this.owner.changed();
  }

  onLineLost(line: Line, loss: Loss): void {
    const fault: Fault = { kind: loss.kind, venue: this.venue.id, detail: loss.detail, at: this.clock.now() };
    for (const feed of this.instruments.values()) {
      const channels = this.channelsOn(feed, line.path);
      if (channels.size > 0) feed.lineLost(channels, fault);
    }
    if (loss.kind === 'unreachable') this.questions.askWhy(line);
  }

  onLineStatus(): void {
    const now = this.clock.now();
    for (const feed of this.instruments.values()) feed.refresh(now);
  }

  onLineUnanswered(line: Line, names: readonly string[]): void {
    this.verdicts.unanswered(line, names);
  }

  private channelsOn(feed: InstrumentFeed, path: string): Set<Channel> {
    const channels = new Set<Channel>();
    for (const stream of feed.streams()) {
      if (stream.path === path && stream.channel !== 'quote') channels.add(stream.channel);
    }
    return channels;
  }

  /** Tell every line the complete set of its streams. */
  private reconcile(): void {
    const byPath = new Map<string, string[]>();
    for (const path of this.lines.keys()) byPath.set(path, []);
    const opened: InstrumentFeed[] = [];
    for (const feed of this.instruments.values()) {
      for (const stream of feed.streams()) {
        const names = byPath.get(stream.path) ?? [];
        if (!names.includes(stream.name)) names.push(stream.name);
        byPath.set(stream.path, names);
      }
      if (!feed.book.refusal && !feed.begun) opened.push(feed);
    }
    for (const [path, names] of byPath) this.line(path).want(names);
    for (const feed of opened) this.begin(feed);
  }

  /** An instrument that joins an open line begins at once; on a line still opening `onLineOpen` does it. */
  private begin(feed: InstrumentFeed): void {
    for (const line of this.lines.values()) {
      const channels = this.channelsOn(feed, line.path);
      if (channels.size > 0 && line.status().open) feed.lineOpened(channels);
    }
  }

  private line(path: string): Line {
    let line = this.lines.get(path);
    if (!line) {
      const urls = this.endpoint === null ? this.venue.socketUrls(path) : this.venue.socketUrls(path).slice(0, 1);
      const moves = urls.map((url) => moved(url, this.endpoint));
      line = new Line(path, this.venue, moves, this.transport, this.clock, this.owner.chance, this, this.budget);
      this.lines.set(path, line);
    }
    return line;
  }

  private isGood(line: Line): boolean {
    if (!line.status().open) return false;
    for (const feed of this.instruments.values()) {
      if (feed.isLive(this.channelsOn(feed, line.path))) return true;
    }
    return false;
  }
}

/** How the session of a venue is opened. */
export type OpenSession = (...given: ConstructorParameters<typeof VenueSession>) => VenueSession;

/** Open the session of a venue. */
export const openSession: OpenSession = (...given) => new VenueSession(...given);

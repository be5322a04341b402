import { type InstrumentId, parseInstrumentId, type VenueId } from '@/market/instrument.ts';
import { assertNever } from '@/market/result.ts';
import type { Millis } from '@/market/time.ts';
import type { Command, DemoSettings, Endpoint, StartCommand, Wanted } from '@/protocol/command.ts';
import { type Frame, PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { HealthReport } from '@/protocol/health.ts';
import type { Reply } from '@/protocol/reply.ts';
import type { Cancel, Chance, Clock } from './clock.ts';
import { ClockStep } from './clock-step.ts';
import { Conflator } from './conflator.ts';
import { isLoopback } from './endpoint.ts';
import type { HealthSource } from './health/health-board.ts';
import { NO_RECORDER, type Recorder } from './health/recorder.ts';
import type { InstrumentFeed } from './instrument-feed.ts';
import { PageRequests } from './page-requests.ts';
import { type BudgetPeers, SharedBudget } from './shared-budget.ts';
import type { Transport } from './transport.ts';
import { UnsupportedInstruments } from './unsupported-instruments.ts';
import type { VenueSession } from './venue-session.ts';
import { VenueShelf } from './venues/index.ts';

/** What the worker, a harness or a test puts round the feed. */
export interface FeedPorts {
  readonly clock: Clock;
  readonly chance: Chance;
  /** Where a venue's messages come from. */
  transport(venue: VenueId, demo: DemoSettings, extraHosts: readonly string[]): Transport;
  post(reply: Reply): void;
  /** SHA-256 of a text, lower-case hex. */
  digest(text: string): Promise<string>;
  readonly buildId: string;
  /** Keeps the record of every feed's health; absent: nothing is recorded until `record` is called. */
  readonly recorder?: Recorder;
  /** The clock on the wall, which may be set; absent: it never is. */
  readonly wall?: () => Millis;
  /** Other tabs of this browser, with whom what venues allow is shared; absent: there are none. */
  readonly peers?: BudgetPeers;
  /** Adapters that are here already; absent: each is loaded when its venue is first wanted. */
  readonly venues?: VenueShelf;
}

const TICK_MS = 100;
/** A tick that comes this late shows that the thread slept. */
const WAKE_MS = 3_000;
/** What comes sooner after the network went may have been under way. */
const HEARD_ALL_THE_SAME_MS = 1_000;

/**
 * The feed: takes commands, keeps one session per venue, and posts one conflated frame per credit. Everything it knows
 * of time, chance and the outside comes through its ports, so the same recording gives the same frames.
 */
export class Feed {
  private readonly sessions = new Map<VenueId, VenueSession>();
  private readonly conflator: Conflator;
  private health: Recorder;
  private isHealthWanted = false;
  private endpoints: readonly Endpoint[] = [];
  private extraHosts: readonly string[] = [];
  private demo: DemoSettings = { seed: 1, rate: 200, start: null };
  private isOnline = true;
  /** When the network went away; 0 when it was there or was missing from the start. */
  private offlineSince: Millis = 0;
  private seq = 0;
  private oldest: Millis = 0;
  private arrivedAt: Millis = 0;
  private conflated = 0;
  private cancelTick: Cancel | null = null;
  private readonly clockStep = new ClockStep();
  private readonly budget: SharedBudget;
  private tickedAt: Millis = 0;
  private readonly venues: VenueShelf;
  private wantedNow: readonly Wanted[] = [];
  private disposed = false;
  private readonly unsupported: UnsupportedInstruments;
  private readonly requests: PageRequests;

  constructor(private readonly ports: FeedPorts) {
    this.venues = ports.venues ?? new VenueShelf();
    this.health = ports.recorder ?? NO_RECORDER;
    // A name among the tabs is only needed, and chance only spent on it, where there are others.
    const member = ports.peers ? Math.floor(ports.chance() * 2 ** 32).toString(36) : 'alone';
    this.budget = new SharedBudget(ports.clock, member, ports.peers ?? null);
    this.unsupported = new UnsupportedInstruments(ports.clock, (fault) => ports.post({ kind: 'fault', fault }));
    this.requests = new PageRequests({
      clock: ports.clock,
      post: (reply) => ports.post(reply),
      digest: (text) => ports.digest(text),
      session: (id) => this.session(id),
      find: (id) => this.find(id),
      fetchAdapter: (id) => this.venues.fetch(id),
      release: (id, session) => this.release(id, session),
      isDisposed: () => this.disposed,
    });
    this.conflator = new Conflator(
      ports.clock,
      () => this.hasNews(),
      () => this.sendFrame(),
    );
    ports.post({ kind: 'ready', version: PROTOCOL_VERSION, buildId: ports.buildId });
  }

  /** Open sockets now. */
  get sockets(): number {
    let sum = 0;
    for (const session of this.sessions.values()) sum += session.sockets;
    return sum;
  }

  /** Our clock minus that of the venues that were asked, the one that differs least: venues' own clocks may be wrong. */
  get clockOffsetMs(): number | null {
    let offset: number | null = null;
    for (const session of this.sessions.values()) {
      if (session.isLocal || session.venue.simulated) continue;
      for (const { lag } of session.all) {
        const one = lag.sampledOffsetMs;
        if (one !== null && (offset === null || Math.abs(one) < Math.abs(offset))) offset = one;
      }
    }
    return offset;
  }

  /** The whole book of an instrument as digest text; null while it is not proven. */
  digestOf(id: InstrumentId): { text: string; sequence: string; bidLevels: number; askLevels: number } | null {
    return this.find(id)?.book.digest() ?? null;
  }

  /** Do what a command says. @throws never for anything a page may send */
  handle(command: Command): void {
    if (this.cancelTick) this.watchSleep(this.ports.clock.now());
    switch (command.kind) {
      case 'start':
        return this.start(command);
      case 'wanted':
        return this.want(command.wanted);
      case 'credit':
        return this.conflator.onCredit(command.credit);
      case 'visible':
        return this.conflator.setVisible(command.visible);
      case 'network':
        return this.network(command.online);
      case 'resume':
        return this.resume();
      case 'retry':
        return this.retry(command.instrument);
      case 'ping':
        return this.ports.post({ kind: 'pong', id: command.id });
      case 'health':
        return this.wantHealth(command.wanted);
      case 'backfill':
        return this.requests.backfill(command);
      case 'prints':
        return this.requests.prints(command);
      case 'catalogue':
        return this.requests.catalogue(command);
      case 'digest':
        return this.requests.digest(command);
      default:
        assertNever(command);
    }
  }

  dispose(): void {
    this.disposed = true;
    this.cancelTick?.();
    this.conflator.dispose();
    for (const session of this.sessions.values()) session.dispose();
    this.sessions.clear();
  }

  private start(command: StartCommand): void {
    if (command.version !== PROTOCOL_VERSION || command.buildId !== this.ports.buildId) return;
    this.endpoints = command.endpoints;
    this.extraHosts = command.extraHosts;
    this.demo = command.demo;
    this.isOnline = command.online;
    this.conflator.setVisible(command.visible);
    this.want(command.wanted);
    if (command.credit) this.conflator.onCredit(command.credit);
    if (!this.cancelTick) {
      this.tickedAt = this.ports.clock.now();
      this.tickSoon();
    }
  }

  private want(wanted: readonly Wanted[]): void {
    this.wantedNow = wanted;
    const byVenue = new Map<VenueId, (Wanted & { symbol: string })[]>();
    this.unsupported.keepOnly(wanted);
    for (const venue of this.sessions.keys()) byVenue.set(venue, []);
    for (const one of wanted) {
      const parsed = parseInstrumentId(one.instrument);
      if (!parsed) continue;
      const list = byVenue.get(parsed.venue) ?? [];
      list.push({ ...one, symbol: parsed.symbol });
      byVenue.set(parsed.venue, list);
    }
    for (const [venue, list] of byVenue) this.wantOf(venue, list);
    this.conflator.poke();
  }

  private wantOf(id: VenueId, wanted: readonly (Wanted & { symbol: string })[]): void {
    const session = this.session(id);
    if (!session) {
      if (wanted.some(({ instrument }) => !this.unsupported.has(instrument))) this.fetchAdapter(id);
      return;
    }
    for (const { instrument } of wanted) this.unsupported.forget(instrument);
    session.want(wanted);
    this.release(id, session);
  }

  /** A session that nobody needs any more ends. */
  private release(id: VenueId, session: VenueSession): void {
    if (!session.isEmpty || this.sessions.get(id) !== session) return;
    session.dispose();
    this.sessions.delete(id);
  }

  /** What is wanted of a venue waits until its adapter is here; if that cannot be had, it is refused with the reason. */
  private fetchAdapter(id: VenueId): void {
    void this.venues.fetch(id).then(
      () => {
        if (!this.disposed) this.want(this.wantedNow);
      },
      () => {
        const local = isLoopback(this.endpointOf(id));
        for (const { instrument } of this.wantedNow) {
          const parsed = parseInstrumentId(instrument);
          if (parsed?.venue === id) this.unsupported.refuse(id, instrument, parsed.symbol, local);
        }
        this.conflator.poke();
      },
    );
  }

  private endpointOf(id: VenueId): string | null {
    return this.endpoints.find((moved) => moved.venue === id)?.host ?? null;
  }

  private session(id: VenueId): VenueSession | null {
    const held = this.sessions.get(id);
    if (held) return held;
    const found = this.venues.find(id);
    if (!found) return null;
    const venue = found.make();
    const endpoint = this.endpointOf(id);
    const transport = this.ports.transport(id, this.demo, this.extraHosts);
    const session: VenueSession = found.open(venue, endpoint, transport, {
      clock: this.ports.clock,
      chance: this.ports.chance,
      health: this.health,
      // The simulated exchange is this tab's own.
      budget: venue.simulated ? new SharedBudget(this.ports.clock, 'alone', null) : this.budget,
      online: () => this.isOnline || venue.simulated || (isLoopback(endpoint) && this.needsNoNetwork(session)),
      changed: () => this.changed(),
      arrived: () => this.arrived(),
    });
    this.sessions.set(id, session);
    return session;
  }

  /**
   * A venue on this machine works without a network, but browsers cut it off too when they are told to be offline: it is
   * believed once it is heard all the same.
   */
  private needsNoNetwork(session: VenueSession): boolean {
    return this.offlineSince === 0 || session.heardAt > this.offlineSince + HEARD_ALL_THE_SAME_MS;
  }

  /** A message came. */
  private arrived(): void {
    this.conflated++;
    this.arrivedAt = this.ports.clock.now();
  }

  /** The frame that tells of news is as old as the oldest message that made some; one that changed nothing ages nothing. */
  private changed(): void {
    if (this.oldest === 0 && this.arrivedAt > 0 && this.hasNews()) this.oldest = this.arrivedAt;
    this.arrivedAt = 0;
    this.conflator.poke();
  }

  private hasNews(): boolean {
    if (this.unsupported.hasNews) return true;
    for (const session of this.sessions.values()) for (const feed of session.all) if (feed.isDirty) return true;
    return false;
  }

  private sendFrame(): void {
    const instruments = [];
    for (const session of this.sessions.values()) {
      for (const feed of session.all) if (feed.isDirty) instruments.push(feed.takeFrame());
    }
    this.unsupported.takeFrames(instruments);
    const frame: Frame = {
      kind: 'frame',
      seq: ++this.seq,
      oldestArrival: this.oldest,
      messages: this.conflated,
      instruments,
    };
    this.oldest = 0;
    this.conflated = 0;
    this.ports.post(frame);
  }

  private tickSoon(): void {
    this.cancelTick = this.ports.clock.schedule(TICK_MS, () => {
      const now = this.ports.clock.now();
      this.watchSleep(now);
      this.watchClock(now);
      for (const session of this.sessions.values()) session.tick(now);
      this.tellHealth(this.health.tick(this.healthSource, now));
      this.conflator.poke();
      this.tickSoon();
    });
  }

  /** A hole in our own time: the thread slept, and what it took for current is not. */
  private watchSleep(now: Millis): void {
    const hole = now - this.tickedAt;
    this.tickedAt = now;
    if (hole > WAKE_MS) this.resume();
  }

  /** The steady clock stands still on some machines while they sleep; the one on the wall does not. */
  private watchClock(now: Millis): void {
    const { wall } = this.ports;
    const step = wall ? this.clockStep.look(wall(), now) : 0;
    if (step === 0) return;
    for (const session of this.sessions.values()) session.clockStepped(now);
    if (step > WAKE_MS) this.resume();
    this.conflator.poke();
  }

  private readonly healthSource: HealthSource = {
    sample: (id) => this.find(id)?.sample() ?? null,
    kind: (id) => {
      const parsed = parseInstrumentId(id);
      const session = parsed && this.sessions.get(parsed.venue);
      return { simulated: session?.venue.simulated ?? false, local: session?.isLocal ?? false };
    },
    venues: () => [...this.sessions.values()].map((session) => session.costs()),
  };

  /** Record from now on; to be called before anything is wanted. */
  record(recorder: Recorder): void {
    this.health = recorder;
    this.wantHealth(this.isHealthWanted);
  }

  private wantHealth(isWanted: boolean): void {
    this.isHealthWanted = isWanted;
    this.tellHealth(this.health.want(isWanted, this.healthSource, this.ports.clock.now()));
  }

  private tellHealth(report: HealthReport | null): void {
    if (report) this.ports.post(report);
  }

  private network(online: boolean): void {
    const isBack = online && !this.isOnline;
    if (!online && this.isOnline) this.offlineSince = this.ports.clock.now();
    else if (online) this.offlineSince = 0;
    this.isOnline = online;
    for (const session of this.sessions.values()) {
      session.networkChanged();
      if (isBack) session.tryNow();
    }
    this.conflator.poke();
  }

  private resume(): void {
    for (const session of this.sessions.values()) session.resume();
    this.conflator.poke();
  }

  private retry(id: InstrumentId): void {
    const parsed = parseInstrumentId(id);
    if (this.unsupported.has(id)) {
      this.unsupported.forget(id);
      this.want(this.wantedNow);
      return;
    }
    const session = parsed && this.sessions.get(parsed.venue);
    session?.find(parsed?.symbol ?? '')?.retry();
    session?.tryNow();
  }

  private find(id: InstrumentId): InstrumentFeed | undefined {
    const parsed = parseInstrumentId(id);
    return parsed ? this.sessions.get(parsed.venue)?.find(parsed.symbol) : undefined;
  }
}

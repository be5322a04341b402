import type { Fault } from '@/market/fault.ts';
import { type CatalogueEntry, type InstrumentId, parseInstrumentId, type VenueId } from '@/market/instrument.ts';
import { assertNever, err, ok, type Result } from '@/market/result.ts';
import type { Millis } from '@/market/time.ts';
import type { Command, DemoSettings, Endpoint, StartCommand, Wanted } from '@/protocol/command.ts';
import { type Frame, PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { HealthReport } from '@/protocol/health.ts';
import type { Reply } from '@/protocol/reply.ts';
import { packHistory } from './candles.ts';
import type { Cancel, Chance, Clock } from './clock.ts';
import { ClockStep } from './clock-step.ts';
import { Conflator } from './conflator.ts';
import type { HealthSource } from './health/health-board.ts';
import { NO_RECORDER, type Recorder } from './health/recorder.ts';
import type { InstrumentFeed } from './instrument-feed.ts';
import { type BudgetPeers, SharedBudget } from './shared-budget.ts';
import type { Transport } from './transport.ts';
import { type Unsupported, unsupportedFrame } from './unsupported.ts';
import { VenueSession } from './venue-session.ts';
import { VenueShelf } from './venues/index.ts';
import type { RequestFault, VenueRequest } from './venues/venue.ts';

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
/** Pages of one part of a catalogue. */
const MAX_PAGES = 20;
/** A tick that comes this late shows that the thread slept. */
const WAKE_MS = 3_000;
/** What comes sooner after the network went may have been under way. */
const HEARD_ALL_THE_SAME_MS = 1_000;

/** A venue on this machine is there without a network. */
const isLoopback = (endpoint: string | null): boolean => /^(127\.0\.0\.1|localhost)(:|$)/.test(endpoint ?? '');

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
  private faults: Fault[] = [];
  private readonly venues: VenueShelf;
  private wantedNow: readonly Wanted[] = [];
  private disposed = false;
  /** Of venues whose adapter could not be fetched. */
  private readonly unsupported = new Map<InstrumentId, Unsupported>();
  /** Of those, the ones the page has not been told of. */
  private readonly untold = new Set<InstrumentId>();

  constructor(private readonly ports: FeedPorts) {
    this.venues = ports.venues ?? new VenueShelf();
    this.health = ports.recorder ?? NO_RECORDER;
    // A name among the tabs is only needed, and chance only spent on it, where there are others.
    const member = ports.peers ? Math.floor(ports.chance() * 2 ** 32).toString(36) : 'alone';
    this.budget = new SharedBudget(ports.clock, member, ports.peers ?? null);
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
        return this.backfill(command);
      case 'prints':
        return this.prints(command);
      case 'catalogue':
        return this.catalogue(command.id, command.venue);
      case 'digest':
        return this.digest(command.id, command.instrument);
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
    for (const id of this.unsupported.keys()) {
      if (!wanted.some(({ instrument }) => instrument === id)) this.forgetUnsupported(id);
    }
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
    for (const { instrument } of wanted) this.forgetUnsupported(instrument);
    session.want(wanted);
    if (!session.isEmpty) return;
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
        for (const { instrument } of this.wantedNow) {
          const parsed = parseInstrumentId(instrument);
          if (parsed?.venue === id) this.refuseUnsupported(id, instrument, parsed.symbol);
        }
        this.conflator.poke();
      },
    );
  }

  private refuseUnsupported(venue: VenueId, id: InstrumentId, symbol: string): void {
    if (this.unsupported.has(id)) return;
    const local = isLoopback(this.endpointOf(venue));
    this.unsupported.set(id, { id, venue, symbol, local, since: this.ports.clock.now() });
    this.untold.add(id);
    this.fault('unsupported-venue', venue, id, 'its adapter could not be fetched');
  }

  private forgetUnsupported(id: InstrumentId): void {
    this.unsupported.delete(id);
    this.untold.delete(id);
  }

  private endpointOf(id: VenueId): string | null {
    return this.endpoints.find((moved) => moved.venue === id)?.host ?? null;
  }

  private session(id: VenueId): VenueSession | null {
    const held = this.sessions.get(id);
    if (held) return held;
    const venue = this.venues.make(id);
    if (!venue) return null;
    const endpoint = this.endpointOf(id);
    const transport = this.ports.transport(id, this.demo, this.extraHosts);
    const session: VenueSession = new VenueSession(venue, endpoint, transport, {
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
    if (this.untold.size > 0) return true;
    for (const session of this.sessions.values()) for (const feed of session.all) if (feed.isDirty) return true;
    return false;
  }

  private sendFrame(): void {
    const instruments = [];
    for (const session of this.sessions.values()) {
      for (const feed of session.all) if (feed.isDirty) instruments.push(feed.takeFrame());
    }
    for (const id of this.untold) {
      const one = this.unsupported.get(id);
      if (one) instruments.push(unsupportedFrame(one));
    }
    this.untold.clear();
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
      this.forgetUnsupported(id);
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

  private backfill(command: Extract<Command, { kind: 'backfill' }>): void {
    const { id, instrument, interval, before, limit } = command;
    const parsed = parseInstrumentId(instrument);
    const session = parsed && this.sessions.get(parsed.venue);
    const feed = this.find(instrument);
    if (!session || !feed) return this.refuse(id, 'history-failed', instrument, 'not subscribed');
    const asked = feed.history(interval, before, Math.min(limit, 1000));
    if (!asked) return this.refuse(id, 'history-failed', instrument, 'this venue keeps no history of that interval');
    void asked.then((answer) => {
      if (!answer.ok) return this.refuse(id, 'history-failed', instrument, answer.error);
      const { grid } = feed;
      this.ports.post({
        kind: 'backfilled',
        id,
        instrument,
        interval,
        epoch: grid.epoch,
        candles: packHistory(answer.value, grid),
        atStart: answer.value.length === 0,
      });
    });
  }

  private prints(command: Extract<Command, { kind: 'prints' }>): void {
    const feed = this.find(command.instrument);
    if (!feed) return this.refuse(command.id, 'no-data', command.instrument, 'not subscribed');
    const from = Math.max(0, command.before - Math.min(command.limit, 5_000));
    const { first, prints } = feed.trade.tape.take(from, command.before);
    const { id, instrument } = command;
    this.ports.post({ kind: 'printed', id, instrument, epoch: feed.grid.epoch, first, prints });
  }

  private catalogue(id: number, venueId: VenueId): void {
    const session = this.session(venueId);
    if (!session) {
      void this.venues.fetch(venueId).then(
        () => {
          if (!this.disposed) this.catalogue(id, venueId);
        },
        (failure: unknown) => this.refuse(id, 'unsupported-venue', undefined, String(failure), venueId),
      );
      return;
    }
    session.asking++;
    void this.readCatalogue(session).then((answer) => {
      session.asking--;
      if (!answer.ok) this.refuse(id, answer.error.kind, undefined, answer.error.detail, venueId);
      else this.ports.post({ kind: 'catalogue', id, entries: answer.value });
      if (!session.isEmpty || this.sessions.get(venueId) !== session) return;
      session.dispose();
      this.sessions.delete(venueId);
    });
  }

  /** All pages of all the parts of a catalogue; what cannot be had makes it fail only when nothing can. */
  private async readCatalogue(session: VenueSession): Promise<Result<readonly CatalogueEntry[], RequestFault>> {
    const { venue, requests } = session;
    const entries: CatalogueEntry[] = [];
    let fault: RequestFault | null = null;
    for (const first of venue.catalogueRequests()) {
      let request: VenueRequest | null = first;
      for (let page = 0; request && page < MAX_PAGES; page++) {
        const answer: Result<string, RequestFault> = await requests.ask(request);
        if (answer.ok) entries.push(...venue.readCatalogue(answer.value));
        else fault = answer.error;
        request = answer.ok ? (venue.nextCatalogueRequest?.(answer.value) ?? null) : null;
      }
    }
    return fault && entries.length === 0 ? err(fault) : ok(entries);
  }

  private digest(id: number, instrument: InstrumentId): void {
    const book = this.digestOf(instrument);
    if (!book) return this.refuse(id, 'no-data', instrument, 'the book is not proven now');
    const { text, sequence, bidLevels, askLevels } = book;
    void this.ports.digest(text).then(
      (sha256) => this.ports.post({ kind: 'digest', id, sequence, bidLevels, askLevels, sha256 }),
      (failure: unknown) => this.refuse(id, 'no-data', instrument, String(failure)),
    );
  }

  private refuse(
    id: number,
    kind: Fault['kind'],
    instrument: InstrumentId | undefined,
    detail: string,
    venueId?: VenueId,
  ): void {
    const venue = venueId ?? (instrument && parseInstrumentId(instrument)?.venue) ?? 'demo';
    const at = this.ports.clock.now();
    const fault: Fault = { kind, venue, ...(instrument && { instrument }), detail, at };
    this.ports.post({ kind: 'refused', id, fault });
  }

  private fault(kind: Fault['kind'], venue: VenueId, instrument: InstrumentId, detail: string): void {
    if (this.faults.some((said) => said.instrument === instrument && said.kind === kind)) return;
    const fault: Fault = { kind, venue, instrument, detail, at: this.ports.clock.now() };
    this.faults.push(fault);
    this.ports.post({ kind: 'fault', fault });
  }
}

import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Chance, seededChance, workerClock } from '@/feed/clock.ts';
import { Feed } from '@/feed/feed.ts';
import type { FeedState } from '@/market/feed-state.ts';
import { type InstrumentId, isVenueId, type VenueId } from '@/market/instrument.ts';
import { PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { type Capture, readCapture } from '../capture-file.ts';
import { type RunningVenue, startVenue } from '../venue/start-venue.ts';
import { heapMb } from './heap.ts';
import { NodeWire } from './node-wire.ts';
import { VenueFaults } from './venue-faults.ts';

const SHIPPED = 'e2e/captures';
const STUCK_MS = 60_000;
const LOOK_MS = 50;
const WARM_UP_MS = 45_000;
const HEAP_LIMIT_MB = 30;
/** Venues whose first book is asked for by request. */
const REQUESTED: ReadonlySet<VenueId> = new Set(['binance', 'binance-usdm', 'bitstamp']);
const KEPT_TRUTHS = 400;
/** A fault somewhere so often, in ms. */
const FAULT_EVERY_MS = [300, 2_000] as const;

export interface VenueReport {
  seconds: number;
  venues: readonly string[];
  frames: number;
  faults: Record<string, number>;
  /** Books that were held against the true one of the same number. */
  compared: number;
  gaps: number;
  resyncs: number;
  reconnects: number;
  heapMb: { warm: number; end: number };
  readonly failures: string[];
}

interface Watched {
  readonly id: InstrumentId;
  readonly symbol: string;
  readonly server: RunningVenue;
  readonly faults: VenueFaults;
  /** Digest of each state the true book had, by its number. */
  readonly truths: Map<string, string>;
  state: FeedState;
  since: number;
  reason: string;
  counters: { gaps: number; resyncs: number; reconnects: number };
}

/** One capture of each venue, of those that lie with the tests. */
function readCaptures(): Map<VenueId, Capture> {
  const captures = new Map<VenueId, Capture>();
  for (const name of readdirSync(SHIPPED).filter((one) => one.endsWith('.jsonl.gz'))) {
    const capture = readCapture(join(SHIPPED, name));
    const venue = capture.header?.venue ?? '';
    if (isVenueId(venue) && !captures.has(venue)) captures.set(venue, capture);
  }
  return captures;
}

const namesOf = (server: RunningVenue): string =>
  server
    .clients()
    .flatMap(({ subscriptions }) => subscriptions)
    .sort()
    .join(' ');

/**
 * The feed on a venue server of every venue, in real time, each of which goes wrong again and again: no book that is
 * called proven may differ from the true one, nothing may stand still, and in the end all must be as at the beginning.
 */
export class VenueSoak {
  readonly report: VenueReport = {
    seconds: 0,
    venues: [],
    frames: 0,
    faults: {},
    compared: 0,
    gaps: 0,
    resyncs: 0,
    reconnects: 0,
    heapMb: { warm: 0, end: 0 },
    failures: [],
  };
  private readonly chance: Chance;
  private readonly clock = workerClock();
  private readonly wire = new NodeWire();
  private readonly watched = new Map<InstrumentId, Watched>();

  constructor(private readonly seed: number) {
    this.chance = seededChance(seed);
  }

  async run(minutes: number): Promise<VenueReport> {
    const { report, clock } = this;
    for (const [venue, capture] of readCaptures()) await this.serve(venue, capture);
    report.venues = [...this.watched.values()].map(({ id }) => id);
    const feed = this.open();
    const begun = clock.now();
    await this.until(30_000, feed, () => this.notLive() === '');
    const subscribed = new Map([...this.watched].map(([id, { server }]) => [id, namesOf(server)]));
    const sockets = this.wire.open;
    let faultAt = clock.now();
    while (clock.now() - begun < minutes * 60_000 && report.failures.length === 0) {
      await this.look(feed);
      if (clock.now() >= faultAt) faultAt = clock.now() + this.trouble();
      if (report.heapMb.warm === 0 && clock.now() - begun > WARM_UP_MS) report.heapMb.warm = heapMb();
    }
    if (report.failures.length === 0) await this.settle(feed, subscribed, sockets);
    report.heapMb.end = heapMb();
    const { warm, end } = report.heapMb;
    if (warm > 0 && end - warm > HEAP_LIMIT_MB)
      this.fail(`the heap grew from ${warm.toFixed(1)} to ${end.toFixed(1)} MB`);
    report.seconds = Math.round((clock.now() - begun) / 1_000);
    feed.dispose();
    await Promise.all([...this.watched.values()].map(({ server }) => server.close()));
    return report;
  }

  private async serve(venue: VenueId, capture: Capture): Promise<void> {
    const server = await startVenue({ files: [capture], loop: true, latencyMs: 10 });
    const [symbol] = server.symbols[venue];
    const id: InstrumentId = `${venue}:${symbol}`;
    const counters = { gaps: 0, resyncs: 0, reconnects: 0 };
    const faults = new VenueFaults(server, this.chance, REQUESTED.has(venue));
    this.watched.set(id, {
      id,
      symbol,
      server,
      faults,
      truths: new Map(),
      state: 'connecting',
      since: this.clock.now(),
      reason: '',
      counters,
    });
  }

  private open(): Feed {
    const { clock } = this;
    const feed: Feed = new Feed({
      clock,
      chance: seededChance(this.seed + 1),
      transport: () => this.wire,
      post: (reply) => {
        this.posted(reply);
        if (reply.kind !== 'frame') return;
        clock.schedule(16, () =>
          feed.handle({ kind: 'credit', credit: { frameAt: clock.now() + 16, intervalMs: 16, idle: false } }),
        );
      },
      digest: (text) => Promise.resolve(text),
      buildId: 'soak',
    });
    const all = [...this.watched.values()];
    feed.handle({
      kind: 'start',
      version: PROTOCOL_VERSION,
      buildId: 'soak',
      endpoints: all.map(({ server }) => {
        const [venue, host] = server.endpoint().split('@');
        return { venue: venue as VenueId, host };
      }),
      extraHosts: [],
      demo: { seed: 1, rate: 200, start: null },
      wanted: all.map(({ id }) => ({
        instrument: id,
        book: { best: 50, priceDecimals: 0, step: 0, window: null },
        trades: true,
        candles: ['1m'],
        ticker: true,
      })),
      credit: { frameAt: clock.now() + 16, intervalMs: 16, idle: true },
      visible: true,
      online: true,
    });
    return feed;
  }

  private posted(reply: Reply): void {
    if (reply.kind !== 'frame') return;
    this.report.frames++;
    for (const { id, status, counters } of reply.instruments) {
      const one = this.watched.get(id);
      if (!one) continue;
      const { state, fault } = status.book;
      if (state !== one.state) one.since = this.clock.now();
      one.state = state;
      one.reason = fault === null ? '' : `${fault.kind}: ${fault.detail}`;
      one.counters = counters;
    }
  }

  /** One look at all books and truths; a little time passes. */
  private async look(feed: Feed): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = this.clock.now();
    for (const one of this.watched.values()) {
      this.keepTruth(one);
      this.compare(one, feed);
      if (one.state === 'rejected') this.fail(`${one.id} was given up: ${one.reason}; ${last(one)}`);
      else if (one.state !== 'live' && now - one.since > STUCK_MS)
        this.fail(`${one.id} was ${one.state} for over a minute: ${one.reason}; ${last(one)}`);
    }
  }

  private keepTruth({ truths, server, symbol }: Watched): void {
    const { sequence, sha256 } = server.truth(symbol);
    if (sequence === '') return;
    truths.set(sequence, sha256);
    if (truths.size > KEPT_TRUTHS) for (const oldest of truths.keys()) if (truths.delete(oldest)) break;
  }

  private compare(one: Watched, feed: Feed): void {
    const { id, truths } = one;
    const digest = feed.digestOf(id);
    const truth = digest === null ? undefined : truths.get(digest.sequence);
    if (!digest || truth === undefined) return;
    this.report.compared++;
    if (sha256(digest.text) !== truth)
      this.fail(`the proven book of ${id} is wrong at ${digest.sequence}; ${last(one)}`);
  }

  /** Something goes wrong somewhere. @returns ms until the next */
  private trouble(): number {
    const all = [...this.watched.values()];
    const one = all[Math.floor(this.chance() * all.length)];
    const done = one.faults.trouble(this.clock.now());
    if (done !== '') this.report.faults[done] = (this.report.faults[done] ?? 0) + 1;
    const [least, most] = FAULT_EVERY_MS;
    return least + this.chance() * (most - least);
  }

  /** The end: nothing goes wrong any more, and everything is as it was at the beginning. */
  private async settle(feed: Feed, subscribed: ReadonlyMap<InstrumentId, string>, sockets: number): Promise<void> {
    const { report } = this;
    for (const { faults } of this.watched.values()) faults.end();
    await this.until(90_000, feed, () => this.notLive() === '');
    if (this.notLive() !== '') {
      this.fail(`${this.notLive()} after everything was well again`);
      return;
    }
    // Whatever was begun in the storm has been given up by then.
    await this.until(15_000, feed, () => false);
    for (const one of this.watched.values()) {
      one.server.hold();
      const isTrue = (): boolean => sha256(feed.digestOf(one.id)?.text ?? '') === one.server.truth(one.symbol).sha256;
      for (let looks = 0; looks < 200 && !isTrue(); looks++) await this.look(feed);
      if (!isTrue()) this.fail(`the book of ${one.id} is not the true one at the end`);
      if (namesOf(one.server) !== subscribed.get(one.id))
        this.fail(`${one.id} had subscribed ${subscribed.get(one.id)} and now has ${namesOf(one.server)}`);
      report.gaps += one.counters.gaps;
      report.resyncs += one.counters.resyncs;
      report.reconnects += one.counters.reconnects;
    }
    if (this.wire.open > sockets) this.fail(`${sockets} sockets were open and now ${this.wire.open} are`);
  }

  private notLive(): string {
    return [...this.watched.values()]
      .filter(({ state }) => state !== 'live')
      .map((one) => `${one.id} is ${one.state} (${one.reason}; ${last(one)})`)
      .join(', ');
  }

  private async until(ms: number, feed: Feed, isOver: () => boolean): Promise<void> {
    const end = this.clock.now() + ms;
    while (this.clock.now() < end && !isOver() && this.report.failures.length === 0) await this.look(feed);
  }

  private fail(failure: string): void {
    if (this.report.failures.length < 20 && !this.report.failures.includes(failure)) this.report.failures.push(failure);
  }
}

/** What went wrong last at a venue. */
const last = ({ faults }: Watched): string => `last of its faults: ${faults.done.join(' ')}`;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

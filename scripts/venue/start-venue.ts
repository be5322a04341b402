import { basename } from 'node:path';
import { type Capture, readCapture } from '../capture-file';
import { parseChaos } from './chaos-spec';
import { type ClientReport, clients } from './control';
import { protocols } from './protocols';
import type { Speed } from './replay';
import { type ClockMode, type Truth, VenueError, type VenueMarket } from './venue-protocol';
import { VenueServer } from './venue-server';

export interface VenueOptions {
  /** Paths of captures, or captures made in memory. */
  readonly files: readonly (string | Capture)[];
  /** 1 is as recorded; `max` as fast as the sockets drain. Default 1. */
  readonly speed?: Speed;
  /** Port of the first venue, the others following; 0 (the default) takes any free ones. */
  readonly port?: number;
  readonly loop?: boolean;
  /** `now` (default) moves all venue times so that the first message is now; `recorded` leaves them. */
  readonly clock?: ClockMode;
  /** Round trip, ms: half is added to every request on its way in, half to everything sent. Default 0. */
  readonly latencyMs?: number;
  /** Generated bars before the recording, per interval. Default 500. */
  readonly history?: number;
  /** `verb@when:arg`, comma separated; for every venue served. */
  readonly chaos?: string;
  readonly cors?: boolean;
  /** How long the replay waits, before a book first moves, for a subscriber to ask for its snapshot. Default 3000. */
  readonly snapshotWaitMs?: number;
  /** Whether request weight and connection attempts are limited as at the venue. Default true. */
  readonly limits?: boolean;
}

/** A running venue server, one port per venue. Where a venue may be left out, the first one served is meant. */
export interface RunningVenue {
  readonly venues: readonly string[];
  /** Port by venue id. */
  readonly ports: Readonly<Record<string, number>>;
  readonly symbols: Readonly<Record<string, readonly string[]>>;
  /** What was loaded and what is derived, one sentence a line. */
  readonly notes: readonly string[];
  /** `http://127.0.0.1:PORT` of one venue. */
  url(venue?: string): string;
  /** `venue@127.0.0.1:PORT`, the value of the page's `endpoint` key. */
  endpoint(venue?: string): string;
  /** The page at `base` with every instrument and endpoint served; `extra` adds query keys. */
  address(base: string, extra?: Readonly<Record<string, string>>): string;
  /** Does or schedules `verb[@when][:arg]`, comma separated, at one venue or all. @throws VenueError */
  chaos(spec: string, venue?: string): void;
  hold(venue?: string): void;
  resume(venue?: string): void;
  state(venue?: string): 'waiting' | 'running' | 'held' | 'ended';
  truth(symbol: string, venue?: string): Truth;
  clients(venue?: string): ClientReport[];
  /** Resolves when the replay has been played to its end. */
  ended(venue?: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a server for every venue the captures are of.
 * @throws VenueError or CaptureError, with nothing left running, when a capture or a port cannot be used.
 */
export async function startVenue(options: VenueOptions): Promise<RunningVenue> {
  const steps = parseChaos(options.chaos ?? '');
  const servers = openMarkets(options.files).map(
    (market) =>
      new VenueServer(market, {
        speed: options.speed ?? 1,
        loop: options.loop ?? false,
        clock: options.clock ?? 'now',
        latencyMs: options.latencyMs ?? 0,
        history: options.history ?? 500,
        cors: options.cors ?? true,
        snapshotWaitMs: options.snapshotWaitMs ?? 3_000,
        limits: options.limits ?? true,
      }),
  );
  try {
    for (const [index, server] of servers.entries()) {
      await server.listen(options.port ? options.port + index : 0);
      const refusals = server.chaos.add(
        steps.map((step) => (step.when.kind === 'now' ? { ...step, when: START } : step)),
      );
      if (refusals.length > 0) throw new VenueError(refusals.join(' '));
    }
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw error;
  }
  return describe(servers);
}

const START = { kind: 'time', ms: 0 } as const;

/** Groups captures by venue, in the order given, and opens a market for each group. */
export function openMarkets(files: readonly (string | Capture)[]): VenueMarket[] {
  if (files.length === 0) throw new VenueError('No capture was given; write npm run venue -- FILE…');
  const groups = new Map<string, Capture[]>();
  for (const file of files) {
    const capture = typeof file === 'string' ? readCapture(file) : file;
    const venue = venueOf(capture);
    const group = groups.get(venue);
    if (group === undefined) groups.set(venue, [capture]);
    else group.push(capture);
  }
  return [...groups].map(([venue, captures]) => protocolOf(venue).open(venue, captures));
}

function venueOf(capture: Capture): string {
  for (const protocol of protocols) {
    const venue = protocol.detect(capture);
    if (venue !== null) return venue;
  }
  const spoken = protocols.flatMap(({ venues }) => venues).join(', ');
  const named = capture.header === null ? '' : ` (it says ${capture.header.venue})`;
  throw new VenueError(`${basename(capture.file)} is not in a format this server speaks${named}; it speaks ${spoken}.`);
}

function protocolOf(venue: string): (typeof protocols)[number] {
  const found = protocols.find(({ venues }) => venues.includes(venue));
  if (found === undefined) throw new VenueError(`${venue} is not a venue this server speaks for.`);
  return found;
}

function describe(servers: readonly VenueServer[]): RunningVenue {
  const find = (venue: string | undefined): VenueServer => {
    const found = venue === undefined ? servers[0] : servers.find(({ market }) => market.venue === venue);
    if (found === undefined) throw new VenueError(`${venue} is not served.`);
    return found;
  };
  const endpoint = (server: VenueServer): string => `${server.market.venue}@127.0.0.1:${server.port}`;
  const instruments = servers.flatMap(({ market }) =>
    market.symbols.map((symbol) => `${market.venue}:${encode(symbol)}`),
  );
  return {
    venues: servers.map(({ market }) => market.venue),
    ports: Object.fromEntries(servers.map(({ market, port }) => [market.venue, port])),
    symbols: Object.fromEntries(servers.map(({ market }) => [market.venue, market.symbols])),
    notes: servers.flatMap(({ market }) => market.notes),
    url: (venue) => `http://127.0.0.1:${find(venue).port}`,
    endpoint: (venue) => endpoint(find(venue)),
    address: (base, extra = {}) => {
      const keys = [`i=${instruments.join(',')}`, ...servers.map((server) => `endpoint=${endpoint(server)}`)];
      for (const [key, value] of Object.entries(extra)) keys.push(`${encode(key)}=${encode(value)}`);
      return `${base.replace(/[?#].*$/, '').replace(/\/?$/, '/')}?${keys.join('&')}`;
    },
    chaos: (spec, venue) => {
      const steps = parseChaos(spec);
      for (const server of venue === undefined ? servers : [find(venue)]) {
        const refusals = server.chaos.add(steps);
        if (refusals.length > 0) throw new VenueError(refusals.join(' '));
      }
    },
    hold: (venue) => find(venue).replay.hold(),
    resume: (venue) => find(venue).replay.resume(),
    state: (venue) => find(venue).replay.state,
    truth: (symbol, venue) => {
      const truth = find(venue).market.truth(symbol);
      if (truth === null) throw new VenueError(`${symbol} is not served.`);
      return truth;
    },
    clients: (venue) => clients(find(venue)),
    ended: (venue) => find(venue).replay.whenEnded(),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

// Readable where the address allows it: a comma would end the instrument, the rest of these need no escape in a query.
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%3A/g, ':').replace(/%40/g, '@').replace(/%2F/g, '/');
}

import type { IncomingHttpHeaders } from 'node:http';
import type { Capture } from '../capture-file';
import type { Chaos } from './chaos';
import type { Faults } from './faults';
import type { Hub, Peer } from './hub';
import type { Replay } from './replay';

/** A reason to stop that is meant for a person: one sentence. */
export class VenueError extends Error {
  override readonly name = 'VenueError';
}

export type ClockMode = 'now' | 'recorded';

export interface MarketSettings {
  readonly clock: ClockMode;
  /** Generated bars before the first trade, per interval. */
  readonly history: number;
  /** How long the replay waits for a subscriber's first snapshot request before it moves a book away from it. */
  readonly snapshotWaitMs: number;
  /** Whether request weight and connection attempts are limited as the venue limits them. */
  readonly limits: boolean;
}

/** What a market plays into: the sockets, the faults asked for, the replay that drives it. */
export interface Surroundings {
  readonly hub: Hub;
  readonly faults: Faults;
  readonly replay: Replay;
  readonly chaos: Chaos;
  readonly settings: MarketSettings;
}

/** The recorded messages of one venue, in playing order. */
export interface Timeline {
  readonly length: number;
  /** Microseconds from the start of a lap. */
  at(index: number): number;
  /** Where the message stands in its capture file, 0-based; the first file is 0. */
  origin(index: number): { file: number; line: number };
  readonly lapUs: number;
}

export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Empty unless something was sent along. */
  readonly body?: string;
}

export interface RestAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What to do with a socket that asks to be opened. */
export type Upgrade =
  | { readonly accept: (peer: Peer) => void }
  | { readonly refuse: number; readonly headers?: Readonly<Record<string, string>> };

export interface Truth {
  readonly sequence: string;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
  readonly bidLevels: number;
  readonly askLevels: number;
  readonly sha256: string;
  readonly trades: { count: number; buyVolume: string; sellVolume: string; lastId: string };
  readonly ended: boolean;
}

/** One venue's market while it is being replayed: its protocol, its true books, what it derives. */
export interface VenueMarket {
  readonly venue: string;
  readonly symbols: readonly string[];
  /** What was loaded and what is derived, for the start-up print. */
  readonly notes: readonly string[];
  readonly timeline: Timeline;
  /** Called once, before anything else. */
  enter(surroundings: Surroundings): void;
  /** The replay starts now; venue times are fixed from here. */
  begin(): void;
  beginLap(lap: number): void;
  play(index: number, lap: number): void;
  /** Whether message `index` must wait until somebody has asked for a snapshot. */
  waits(index: number): boolean;
  /** After every batch and at least every 20 ms: what is due by venue time. */
  passTime(): void;
  finish(): void;
  /** The replay stood still (or, negative, ran ahead) for so many ms of real time. */
  shiftClock(ms: number): void;
  upgrade(request: RestRequest): Upgrade;
  answer(request: RestRequest): Promise<RestAnswer | null>;
  truth(symbol: string): Truth | null;
  /** Why `bad-checksum` cannot be done here, and why no moment `u=ID` ever comes; null where they can. */
  readonly noChecksum: string | null;
  readonly noSequence: string | null;
  /** Texts of the venue's own shape that it must never send. */
  readonly garbage?: readonly string[];
  /** Faults only the protocol can make. Each returns a sentence when it cannot. */
  cross(arg: string): string | null;
  changeTick(arg: string): string | null;
  badChecksum(): void;
  ban(untilMs: number): void;
  /** A socket has gone. */
  left(peer: Peer): void;
  dispose(): void;
}

/** One venue's protocol family: knows its own recordings and how to bring them to life. */
export interface VenueProtocol {
  readonly venues: readonly string[];
  /** The venue a capture is of, or null when it is not of this family. */
  detect(capture: Capture): string | null;
  /** @throws VenueError for captures that cannot be merged or are not in a format it speaks. */
  open(venue: string, captures: readonly Capture[]): VenueMarket;
}

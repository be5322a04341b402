import type { Channel } from '@/market/feed-state.ts';
import type { Quantiles } from '@/market/histogram.ts';
import type { InstrumentId, VenueId } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';

/** How grave a line of the log is. */
export type LogSeverity = 'info' | 'warn' | 'error';

/** One line of the event log. A line that happens again soon is not repeated: `times` counts it. */
export interface LogEntry {
  /** Counts the lines of one worker from 0; a line that is sent again with the same number replaces the former. */
  readonly seq: number;
  /** When it happened first. */
  readonly at: Millis;
  /** When it happened last. */
  readonly lastAt: Millis;
  /** What it is about; null when it is about all feeds. */
  readonly subject: InstrumentId | VenueId | null;
  readonly severity: LogSeverity;
  /** Plain text of at most 200 characters, without controls and direction overrides. */
  readonly text: string;
  readonly times: number;
}

/** One break in what came: numbers are the venue's own, as text; empty where there are none. */
export interface GapEntry {
  readonly at: Millis;
  /** Why: `gap`, `checksum`, `crossed`, `quote`, `refused-diff`, `trades`, or another cause of a rebuilt book. */
  readonly cause: string;
  readonly expected: string;
  readonly got: string;
  /** Diffs or trades known to be missing; null where nobody can say. */
  readonly missing: number | null;
  /** How long it took until the data was whole again, ms; null while it is not. */
  readonly healedMs: number | null;
}

/** The states of one channel, oldest first: when each began, and its index in `FEED_STATES`. */
export interface StateLine {
  readonly times: Float64Array;
  readonly states: Uint8Array;
}

/** What the worker knows of the health of one feed. What frames carry already is not in it. */
export interface FeedReport {
  readonly id: InstrumentId;
  readonly simulated: boolean;
  readonly local: boolean;
  /** Recorded since. */
  readonly since: Millis;
  /** Messages and bytes a second over the last five seconds, and the busiest second of the last minute. */
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly peakMessages: number;
  /** Venue's stamp to arrival, less the clock offset, over the last five minutes; null where it cannot be known. */
  readonly lag: Quantiles | null;
  /** Counts behind `lag`, by the buckets of `market/histogram`. */
  readonly lagCounts: Uint32Array;
  /** Our clock less the venue's, with the shortest way in it, ms; null while unknown. */
  readonly clockOffsetMs: number | null;
  /** How far that may be wrong, ms; null where the venue's own clock was not asked. */
  readonly clockErrorMs: number | null;
  /** Rebuilt books by cause. */
  readonly resyncs: readonly (readonly [cause: string, count: number])[];
  /** Refused messages by reason. */
  readonly rejects: readonly (readonly [reason: string, count: number])[];
  /** Comparisons with a second source of the venue. */
  readonly auditsAgreed: number;
  readonly auditsCompared: number;
  /** The last hour of each channel that has changed its state since the last report. */
  readonly lines?: Partial<Record<Channel, StateLine>>;
  /** The newest breaks, oldest first, when there is news of one. */
  readonly gaps?: readonly GapEntry[];
}

/** What is used of a limit. */
export interface Budget {
  readonly used: number;
  readonly allowed: number;
}

/** What one venue has cost and may still cost. */
export interface VenueReport {
  readonly venue: VenueId;
  readonly sockets: number;
  /** Connects of the last five minutes. */
  readonly connects: Budget;
  /** Request weight of the last minute. */
  readonly weight: Budget;
  /** End of a wait the venue asked for; 0 when it asked for none. */
  readonly bannedUntil: Millis;
}

/** Sampled working times of the worker over the last five minutes, ms; null before the first sample. */
export interface StageReport {
  /** One message from its arrival until everything in it is known, the book apart. */
  readonly decode: Quantiles | null;
  /** Its diff in the book. */
  readonly book: Quantiles | null;
}

/** Health of every feed, once a second while the page wants it; apart from frames, so that those stay reproducible. */
export interface HealthReport {
  readonly kind: 'report';
  readonly at: Millis;
  /** When this worker began to record. */
  readonly since: Millis;
  readonly feeds: readonly FeedReport[];
  readonly venues: readonly VenueReport[];
  readonly stages: StageReport;
  /** Lines that are new or have changed since the last report. */
  readonly log: readonly LogEntry[];
}

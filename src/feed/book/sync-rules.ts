import type { Grid } from '@/market/instrument.ts';
import type { BookSource, ChecksumRule, Continuity, Diff, Quote } from '../venues/venue.ts';

/** Why a book has to be built again. The last three do not count towards the limit of six in ten minutes. */
export type ResyncCause =
  | 'gap'
  | 'crossed'
  | 'quote'
  | 'audit'
  | 'checksum'
  | 'refused-diff'
  | 'overflow'
  | 'connection'
  | 'snapshot';

/** What a diff did. */
export type DiffOutcome = 'buffered' | 'applied' | 'suspect' | 'duplicate' | 'resync';

/** The part of a venue the machine asks. */
export interface SyncRules {
  continuity(last: number, diff: Diff): Continuity;
  joins(snapshotSequence: number, diff: Diff): Continuity;
  readQuote(text: string, grid: Grid): Quote | null;
  /** Absent: `request`. */
  readonly bookSource?: BookSource;
  readonly checksum?: ChecksumRule;
  /** Diffs are kept also where the stream pushes its snapshot, since it may have to be requested. */
  readonly requestBookAfterMs?: number;
  /** Diffs are numbered, so that a hole between a snapshot and the first of them shows. Absent: they are. */
  readonly sequenced?: boolean;
  /** Of a stream with a pushed snapshot: the levels a side that the venue keeps, where a requested one begins it. */
  readonly depths?: readonly number[];
}

/** What the machine asks of its owner. Called before it returns from the message that caused it. */
export interface SyncOwner {
  grid(): Grid;
  /** The book is no longer proven. Its last good picture must be dimmed in this very message. */
  onResync(cause: ResyncCause, detail: string): void;
  /** A snapshot is wanted now (attempt 0) or after a while. */
  onSnapshotWanted(attempt: number): void;
  onQuoteCompared(agreed: boolean): void;
  onMalformedQuote(): void;
  /** A message's checksum was that of the book, or was not. */
  onChecksum?(agreed: boolean): void;
  /** Checksums contradict an unbroken sequence again and again: they are believed no more. */
  onChecksumRetired?(): void;
}

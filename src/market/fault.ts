import type { InstrumentId, VenueId } from './instrument.ts';
import type { Millis } from './time.ts';

/** Everything that can be wrong with a feed, by the words the page knows how to say in a sentence. */
export type FaultKind =
  | 'sequence-gap'
  | 'crossed-book'
  | 'quote-mismatch'
  | 'audit-mismatch'
  | 'checksum-mismatch'
  | 'malformed-message'
  | 'sync-overflow'
  | 'connection-lost'
  | 'connect-timeout'
  | 'connect-budget'
  | 'unreachable'
  | 'snapshot-failed'
  | 'snapshot-behind'
  | 'subscribe-refused'
  | 'subscribe-unanswered'
  | 'unknown-symbol'
  | 'no-data'
  | 'silent'
  | 'rate-limited'
  | 'resync-limit'
  | 'format-changed'
  | 'lag-limit'
  | 'resumed'
  | 'clock-step'
  | 'history-failed'
  | 'unsupported-venue'
  | 'worker-stopped';

/** One fault: what for the page, `detail` for the log. The sentence a trader reads is written in `ui` from `kind`. */
export interface Fault {
  readonly kind: FaultKind;
  readonly venue: VenueId;
  readonly instrument?: InstrumentId;
  /** For the log: the venue's own words, ids expected and received. Plain text, never markup. */
  readonly detail: string;
  readonly at: Millis;
}

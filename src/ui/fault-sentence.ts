import type { Fault, FaultKind } from '@/market/fault.ts';
import { venueName } from '@/market/venue-name.ts';
import { clockText } from './page-clock.ts';

/** Who, what, and what happens next. `when` is the moment the next attempt is due, or empty when none is planned. */
interface Words {
  readonly cause: (venue: string, at: string) => string;
  readonly next: (when: string, venue: string) => string;
}

const rebuild = (): string => 'Rebuilding the book from a new snapshot.';
const reconnect = (when: string): string => `Reconnecting ${when === '' ? 'now' : when}.`;
const ask = (what: string) => (when: string) => `${what} ${when === '' ? 'now' : when}.`;

const WORDS: Record<FaultKind, Words> = {
  'sequence-gap': { cause: (v, at) => `${v} skipped an update at ${at}.`, next: rebuild },
  'crossed-book': { cause: (v, at) => `The book of ${v} stayed crossed at ${at}.`, next: rebuild },
  'quote-mismatch': {
    cause: (v, at) => `The book did not agree with the best price ${v} stated at ${at}.`,
    next: rebuild,
  },
  'audit-mismatch': {
    cause: (v, at) => `The book did not agree with a second source of ${v} at ${at}.`,
    next: rebuild,
  },
  'checksum-mismatch': { cause: (v, at) => `A checksum of ${v} did not match at ${at}.`, next: rebuild },
  'malformed-message': { cause: (v, at) => `${v} sent a message we could not read at ${at}.`, next: rebuild },
  'sync-overflow': {
    cause: (v) => `Updates of ${v} piled up while the snapshot was awaited.`,
    next: () => 'Asking for the snapshot again.',
  },
  'connection-lost': { cause: (v, at) => `The connection to ${v} was lost at ${at}.`, next: reconnect },
  'connect-timeout': { cause: (v) => `${v} did not answer in time.`, next: ask('Trying again') },
  'connect-budget': {
    cause: (v) => `The tabs of this browser have connected to ${v} as often as they may.`,
    next: ask('Connecting again'),
  },
  unreachable: {
    cause: (v) => `${v} refuses connections or cannot be reached from here.`,
    next: (when) =>
      when === '' ? 'Try again, or use another venue.' : `Trying again ${when}; another venue may work now.`,
  },
  'snapshot-failed': { cause: (v) => `${v} did not deliver a book snapshot.`, next: ask('Asking again') },
  'snapshot-behind': {
    cause: (v) => `The snapshot of ${v} was older than its updates.`,
    next: ask('Asking again'),
  },
  'subscribe-refused': {
    cause: (v, at) => `${v} refused the subscription at ${at}.`,
    next: (when) => (when === '' ? 'Try again, or use another venue.' : `Asking again ${when}.`),
  },
  'subscribe-unanswered': {
    cause: (v) => `${v} did not answer the subscription.`,
    next: (when) => (when === '' ? 'Try again, or use another venue.' : `Asking again ${when}.`),
  },
  'unknown-symbol': {
    cause: (v) => `${v} does not list this symbol.`,
    next: () => 'Choose another one in the search.',
  },
  'no-data': {
    cause: (v) => `${v} accepted the subscription but has sent no data.`,
    next: (when, v) => (when === '' ? `Waiting for ${v}.` : `Subscribing again ${when}.`),
  },
  silent: { cause: (v, at) => `${v} has been silent since ${at}.`, next: reconnect },
  'rate-limited': { cause: (v) => `${v} asked us to wait.`, next: ask('Going on') },
  'resync-limit': {
    cause: (v) => `The book of ${v} had to be rebuilt more than 6 times in 10 minutes.`,
    next: (when) => (when === '' ? 'Stopped, because it cannot be trusted. Try again.' : `Trying again ${when}.`),
  },
  'format-changed': {
    cause: (v) => `The messages of ${v} changed their format.`,
    next: () => 'Its data is paused, because it cannot be read safely.',
  },
  'lag-limit': { cause: (v) => `Data of ${v} arrived more than 5 s late.`, next: ask('Starting over') },
  resumed: { cause: (_v, at) => `This page was asleep until ${at}.`, next: reconnect },
  'clock-step': {
    cause: (_v, at) => `The clock of this machine was set at ${at}.`,
    next: () => 'Current again with the next update.',
  },
  'history-failed': { cause: (v) => `${v} did not deliver the candle history.`, next: ask('Asking again') },
  'unsupported-venue': {
    cause: (v) => `The part of Depthwire that speaks to ${v} could not be fetched.`,
    next: () => 'Try again.',
  },
  'worker-stopped': {
    cause: (_v, at) => `The data engine stopped at ${at}.`,
    next: (when) => (when === '' ? 'It is being restarted.' : `It restarts ${when}.`),
  },
};

/** `in 1.4 s`, `in 2:05`; empty when the moment has passed or there is none. */
export function whenText(due: number, now: number): string {
  const ms = due - now;
  if (due <= 0 || ms <= 0) return '';
  if (ms < 10_000) return `in ${(ms / 1000).toFixed(1)} s`;
  const s = Math.ceil(ms / 1000);
  return s < 60 ? `in ${s} s` : `in ${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

/** The cause alone, one sentence. */
export function faultCause(fault: Fault): string {
  return WORDS[fault.kind].cause(venueName(fault.venue), clockText(fault.at));
}

/** What happens next and when, one sentence. */
export function faultNext(fault: Fault, now: number, retryAt = 0): string {
  return WORDS[fault.kind].next(whenText(retryAt, now), venueName(fault.venue));
}

/**
 * A fault as a trader reads it: the venue, the cause, what we do next and when.
 * @param retryAt  page time of the next attempt; 0 when none is planned
 */
export const faultSentence = (fault: Fault, now: number, retryAt = 0): string =>
  `${faultCause(fault)} ${faultNext(fault, now, retryAt)}`;

/** Text of an outside party made safe to set among ours: no controls, no direction overrides, at most 400 characters. */
export function plainText(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ').trim();
  return plain.length > 400 ? `${plain.slice(0, 399)}…` : plain;
}

import type { Fault } from './fault.ts';
import type { Millis } from './time.ts';

/** States of a subscription, from nothing to a market, in the words of the public surface. */
export const FEED_STATES = [
  'connecting',
  'syncing',
  'live',
  'lagging',
  'stale',
  'resyncing',
  'offline',
  'rate-limited',
  'rejected',
  'blocked',
  'replay',
] as const;
export type FeedState = (typeof FEED_STATES)[number];

/** How a book is proven. */
export type Proof = 'sequence' | 'checksum' | 'audit' | 'snapshot' | 'unverified';

/** What is subscribed of an instrument; each has a state of its own. */
export const CHANNELS = ['book', 'trades', 'candles', 'ticker'] as const;
export type Channel = (typeof CHANNELS)[number];

/** State of one subscription as the worker last stated it. Ages are computed from it at the moment of drawing. */
export interface ChannelStatus {
  readonly state: FeedState;
  /** When this state began, page time. */
  readonly since: Millis;
  /** Arrival of the newest data that counts as fresh; 0 when there was none. */
  readonly lastAt: Millis;
  /** Lag behind the venue, null where it cannot be known. */
  readonly lagMs: number | null;
  readonly proof: Proof;
  /** When the proof last held; 0 when it never did. */
  readonly provenAt: Millis;
  readonly fault: Fault | null;
  /** Connect attempts since the last success. */
  readonly attempt: number;
  /** When the next attempt or the end of a wait is due; 0 when none is. */
  readonly retryAt: Millis;
}

const PROOF_LABELS: Record<Proof, string> = {
  sequence: 'SEQ',
  checksum: 'CRC',
  audit: 'AUDIT',
  snapshot: 'SNAP',
  unverified: 'UNVERIFIED',
};

/** Severity order used to merge two channels: later is worse. */
const SEVERITY: readonly FeedState[] = [
  'live',
  'replay',
  'lagging',
  'syncing',
  'connecting',
  'stale',
  'resyncing',
  'rate-limited',
  'offline',
  'blocked',
  'rejected',
];

/** The worse of two states: what a panel that needs both shows. */
export const worseState = (a: FeedState, b: FeedState): FeedState =>
  SEVERITY.indexOf(a) >= SEVERITY.indexOf(b) ? a : b;

/** The worse of two channels. */
export const worseStatus = (a: ChannelStatus, b: ChannelStatus): ChannelStatus =>
  SEVERITY.indexOf(a.state) >= SEVERITY.indexOf(b.state) ? a : b;

/** Whether what is on screen is current: only then may it be drawn as such. */
export const isCurrent = (state: FeedState): boolean => state === 'live' || state === 'lagging' || state === 'replay';

const seconds = (ms: number): string => {
  const s = Math.max(0, ms) / 1000;
  return s < 10 ? `${s.toFixed(1)} s` : `${Math.round(s)} s`;
};
const minutes = (ms: number): string => {
  const s = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
};

/** Age of a live feed: `12 ms`, `1.4 s`. */
export const formatAge = (ms: number): string => (ms < 1000 ? `${Math.max(0, Math.round(ms))} ms` : seconds(ms));

/** An audit says how long ago it was, in whole seconds; other proofs hold as long as the data is young. */
const proofAge = (status: ChannelStatus, now: Millis): string =>
  status.proof === 'audit'
    ? `${Math.round(Math.max(0, now - status.provenAt) / 1000)}s`
    : formatAge(now - status.lastAt);

/** Text of a state chip at `now`. */
export function chipText(status: ChannelStatus, now: Millis): string {
  switch (status.state) {
    case 'connecting':
      return `Connecting ${seconds(now - status.since)}`;
    case 'syncing':
      return 'Syncing';
    case 'live':
      return `${PROOF_LABELS[status.proof]} ${proofAge(status, now)}`;
    case 'lagging':
      return `Lag ${seconds(status.lagMs ?? 0)}`;
    case 'stale':
      return `Stale ${Math.round(Math.max(0, now - status.lastAt) / 1000)} s`;
    case 'resyncing':
      return isReconnecting(status)
        ? `Reconnecting${status.retryAt > now ? ` ${seconds(status.retryAt - now)}` : ''}`
        : 'Rebuilding';
    case 'offline':
      return 'Offline';
    case 'rate-limited':
      return `Wait ${minutes(status.retryAt - now)}`;
    case 'rejected':
      return 'Refused';
    case 'blocked':
      return 'Unreachable';
    case 'replay':
      return 'REPLAY';
  }
}

/** Whether a resyncing subscription is without a socket rather than rebuilding on one. */
export const isReconnecting = (status: ChannelStatus): boolean => status.state === 'resyncing' && status.attempt > 0;

/** The chip read aloud: begins with the state's word and says the rest in full. */
export function chipSpoken(status: ChannelStatus, now: Millis): string {
  const proof = status.proof === 'unverified' ? 'not verified' : `proven by ${status.proof}`;
  switch (status.state) {
    case 'live':
      return `live, ${proof}, ${spokenAge(now - status.lastAt)} old`;
    case 'lagging':
      return `lagging, ${seconds(status.lagMs ?? 0).replace(' s', ' seconds')} behind the venue`;
    case 'stale':
      return `stale, last update ${spokenAge(now - status.lastAt)} ago`;
    case 'resyncing':
      if (!isReconnecting(status)) return 'resyncing, rebuilding the book';
      return `resyncing, reconnecting${status.retryAt > now ? ` in ${spokenAge(status.retryAt - now)}` : ''}`;
    case 'rate-limited':
      return `rate-limited, waiting ${minutes(status.retryAt - now)}`;
    case 'connecting':
      return `connecting, for ${(Math.max(0, now - status.since) / 1000).toFixed(1)} seconds`;
    case 'syncing':
      return 'syncing, no proven book yet';
    case 'offline':
      return 'offline, the browser reports no network';
    case 'rejected':
      return 'rejected, refused by the venue';
    case 'blocked':
      return 'blocked, refused or unreachable from here';
    case 'replay':
      return 'replay, a recording and not the market';
  }
}

function spokenAge(ms: number): string {
  return ms < 1000 ? `${Math.max(0, Math.round(ms))} milliseconds` : `${(ms / 1000).toFixed(1)} seconds`;
}

import { type ChannelStatus, type FeedState, isCurrent, type Proof } from '@/market/feed-state.ts';
import type { LogSeverity } from '@/protocol/health.ts';

/** What a channel was before: null for the first state there is. */
export interface Before {
  readonly before: FeedState | null;
  readonly lastedMs: number;
}

/** A line of the log without its time and subject. */
export interface StateWords {
  readonly severity: LogSeverity;
  readonly text: string;
}

const PROOFS: Record<Proof, string> = {
  sequence: 'proven by sequence numbers',
  checksum: 'proven by checksum',
  audit: 'audited against a second source',
  snapshot: 'whole books',
  unverified: 'nothing to prove it by',
};

const spanText = (ms: number): string => {
  const s = Math.max(0, ms) / 1_000;
  if (s < 10) return `${s.toFixed(2)} s`;
  if (s < 60) return `${s.toFixed(1)} s`;
  const minutes = Math.floor(s / 60);
  return minutes < 60 ? `${minutes} min ${Math.floor(s % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

/** A fault's own words after a colon; nothing when it has none. */
const because = ({ fault }: ChannelStatus): string => (fault && fault.detail !== '' ? `: ${fault.detail}` : '');

/** What the log says of a new state; null when another line says it, or nothing is to be said. */
export function stateWords(status: ChannelStatus, { before, lastedMs }: Before): StateWords | null {
  switch (status.state) {
    case 'live':
      return { severity: 'info', text: liveWords(status, before, lastedMs) };
    case 'replay':
      return { severity: 'info', text: 'a recording, not the market' };
    case 'lagging':
      return { severity: 'warn', text: `lag over 1 s: the venue's stamps are ${spanText(status.lagMs ?? 0)} behind` };
    case 'stale':
      return { severity: 'warn', text: `stale${because(status)}` };
    case 'resyncing':
      // A book that is rebuilt on an open socket was told of by its break.
      return status.attempt > 0 ? { severity: 'warn', text: `connection lost${because(status)}` } : null;
    case 'offline':
      return { severity: 'warn', text: 'the browser reports no network' };
    case 'rate-limited':
      return { severity: 'warn', text: `told to wait${because(status)}` };
    case 'rejected':
      return { severity: 'error', text: `refused${because(status)}` };
    case 'blocked':
      return { severity: 'error', text: `unreachable from here${because(status)}` };
    case 'connecting':
    case 'syncing':
      return null;
  }
}

function liveWords(status: ChannelStatus, before: FeedState | null, lastedMs: number): string {
  if (before === null || before === 'connecting' || before === 'syncing') return `live, ${PROOFS[status.proof]}`;
  if (before === 'lagging') return `lag under 1 s again after ${spanText(lastedMs)}`;
  return isCurrent(before) ? 'live' : `live again after ${spanText(lastedMs)}`;
}

const CAUSES: Record<string, string> = {
  gap: 'gap in the updates',
  checksum: 'checksum differs',
  crossed: 'book stayed crossed',
  quote: 'best price differs',
  'refused-diff': 'unreadable update',
  audit: 'second source differs',
};

/** What the log says of a break in the book. */
export function breakWords(cause: string, detail: string, missing: number | null): string {
  const what = CAUSES[cause] ?? cause;
  const lost = missing === null ? '' : `, ${missing} ${missing === 1 ? 'number' : 'numbers'} missing`;
  return `${what}${lost}, rebuilding${detail === '' ? '' : `: ${detail}`}`;
}

/** What the log says of lost trades. */
export const lossWords = (missing: number): string =>
  `${missing} ${missing === 1 ? 'trade is' : 'trades are'} missing, asking for ${missing === 1 ? 'it' : 'them'}`;

import {
  type ChannelStatus,
  chipSpoken,
  chipText,
  type FeedState,
  formatAge,
  isReconnecting,
} from '@/market/feed-state.ts';
import { faultCause, faultNext, faultSentence, whenText } from './fault-sentence.ts';
import { clockMillisText, clockText } from './page-clock.ts';

/** How a panel looks in a state. `dated`: the last good picture, dimmed; `card`: a refusal to read and act on. */
export type StateLook = 'skeleton' | 'current' | 'stale' | 'dated' | 'card';

/** Look of a state, given whether there was ever good data to keep. */
export function lookOf(state: FeedState | null, hasData: boolean): StateLook {
  switch (state) {
    case 'live':
    case 'lagging':
    case 'replay':
      return hasData ? 'current' : 'skeleton';
    case 'stale':
      return hasData ? 'stale' : 'skeleton';
    case 'rejected':
    case 'blocked':
      return 'card';
    default:
      return hasData ? 'dated' : 'skeleton';
  }
}

/** A chip that the feed has not refreshed for this long says nothing it cannot know. */
const UNHEARD_MS = 2000;

/** Whether the feed has been silent towards the page for so long that a state may no longer be told. */
export const isUnheard = (heardAt: number, now: number): boolean => heardAt > 0 && now - heardAt > UNHEARD_MS;

/** Text and accessible name of a chip at `now`; `mountedAt` dates a wait that no status has begun yet. */
export function chipWords(
  status: ChannelStatus | null,
  heardAt: number,
  now: number,
  mountedAt: number,
): { readonly text: string; readonly spoken: string } {
  if (isUnheard(heardAt, now)) return { text: '?', spoken: 'unknown, the data engine has not answered' };
  if (!status) {
    const age = (Math.max(0, now - mountedAt) / 1000).toFixed(1);
    return { text: `Connecting ${age} s`, spoken: 'connecting' };
  }
  return { text: chipText(status, now), spoken: spokenState(status, now) };
}

/** A state read aloud; of a refusal with its reason. */
export function spokenState(status: ChannelStatus, now: number): string {
  const isRefused = status.state === 'rejected' || status.state === 'blocked';
  return isRefused && status.fault ? `${status.state}, ${faultCause(status.fault)}` : chipSpoken(status, now);
}

/** Text of the strip that stands for the spread while there is none to trust: a counting lead, and a sentence. */
export interface BandWords {
  readonly lead: string;
  readonly text: string;
}

const ageOf = (status: ChannelStatus, now: number): string => formatAge(now - status.lastAt);
const since = (status: ChannelStatus): string =>
  status.lastAt > 0 ? `since the last update, ${clockMillisText(status.lastAt)}` : 'no update yet';

/** The band at `now`; ages and countdowns are part of it, so it is asked again on every tick. */
export function bandWords(status: ChannelStatus, now: number, venue: string): BandWords {
  switch (status.state) {
    case 'stale':
      return { lead: status.lastAt > 0 ? ageOf(status, now) : '', text: since(status) };
    case 'resyncing':
      return { lead: '', text: resyncWords(status, now, venue) };
    case 'offline':
      return { lead: '', text: `No network. ${lastUpdate(status)}` };
    case 'rate-limited':
      return {
        lead: '',
        text: `${venue} asked us to wait ${whenText(status.retryAt, now).replace('in ', '')}`.trimEnd(),
      };
    case 'connecting':
      return { lead: '', text: `Connecting to ${venue}. ${lastUpdate(status)}` };
    case 'syncing':
      return { lead: '', text: `Connected, building the book. ${lastUpdate(status)}` };
    default:
      return { lead: '', text: lastUpdate(status) };
  }
}

const lastUpdate = (status: ChannelStatus): string =>
  status.lastAt > 0 ? `Last update ${clockText(status.lastAt)}` : 'No update yet';

function resyncWords(status: ChannelStatus, now: number, venue: string): string {
  if (isReconnecting(status)) {
    const when = whenText(status.retryAt, now);
    const attempt = status.attempt > 1 ? `, try ${status.attempt}` : '';
    return `Reconnecting to ${venue}${attempt}${when === '' ? '' : ` ${when}`}`;
  }
  const names: Partial<Record<string, string>> = {
    'sequence-gap': 'Gap in the updates',
    'checksum-mismatch': 'Checksum did not match',
    'crossed-book': 'Book stayed crossed',
    'quote-mismatch': 'Best price did not agree',
    'malformed-message': 'Unreadable update',
    'lag-limit': 'Data came too late',
  };
  return `${names[status.fault?.kind ?? ''] ?? 'Rebuilding'}, rebuilding the book`.replace('Rebuilding, r', 'R');
}

/** The sentence at the foot of a panel that is not current; empty when there is nothing to add. */
export function footWords(status: ChannelStatus | null, now: number, venue: string, since: number): string {
  if (status?.fault?.kind === 'connect-budget') return faultSentence(status.fault, now, status.retryAt);
  if (!status || status.state === 'connecting') {
    const age = `${(Math.max(0, now - (status?.since ?? since)) / 1000).toFixed(1)} s`;
    const attempt = status && status.attempt > 1 ? `, try ${status.attempt}` : '';
    return status?.fault && status.attempt > 0
      ? `${faultCause(status.fault)} Try ${status.attempt + 1}.`
      : `Connecting to ${venue}… ${age}${attempt}`;
  }
  switch (status.state) {
    case 'syncing':
      return `Connected to ${venue}, waiting for its snapshot`;
    case 'stale':
      return status.fault ? faultCause(status.fault) : `No update from ${venue} within its usual time. Asking it.`;
    case 'resyncing':
      return status.fault ? faultNext(status.fault, now, status.retryAt) : 'Asking for a new snapshot.';
    case 'offline':
      return 'The browser reports no network. Connecting again when it is back.';
    case 'rate-limited':
      return `Going on by itself ${whenText(status.retryAt, now)}`.trimEnd();
    default: // refused or unreachable: the card above says it whole
      return '';
  }
}

import { FEED_STATES, type FeedState } from '@/market/feed-state.ts';
import { clockText } from '@/ui/page-clock.ts';

/** What a stretch of a timeline tells; grey is well, so that trouble is the only colour. */
export type TimelineTone = 'live' | 'simulated' | 'unknown' | 'starting' | 'late' | 'rebuilding' | 'down';

/** When each state began, oldest first, and its index in `FEED_STATES`; an index beyond it is not known. */
export interface States {
  readonly times: Float64Array;
  readonly states: Uint8Array;
}

/** One stretch, in shares of the whole width. */
export interface Stretch {
  readonly tone: TimelineTone;
  readonly from: number;
  readonly to: number;
}

/** The time that is drawn. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const TONES: Record<FeedState, TimelineTone> = {
  live: 'live',
  replay: 'simulated',
  connecting: 'starting',
  syncing: 'starting',
  lagging: 'late',
  stale: 'late',
  'rate-limited': 'late',
  resyncing: 'rebuilding',
  offline: 'down',
  blocked: 'down',
  rejected: 'down',
};
const GRAVITY: readonly (TimelineTone | null)[] = [
  null,
  'live',
  'simulated',
  'starting',
  'unknown',
  'late',
  'rebuilding',
  'down',
];
const SLOTS = 320;

function toneOf(code: number, isSimulated: boolean): TimelineTone {
  const state = FEED_STATES[code];
  if (state === undefined) return 'unknown';
  return state === 'live' && isSimulated ? 'simulated' : TONES[state];
}

/**
 * A timeline as stretches. It is cut into slots, and a slot shows the gravest that happened in it: an outage of
 * milliseconds is as wide as one can see, and a feed that flaps makes no more than one stretch a slot.
 */
export function stretches({ times, states }: States, { from, to }: Span, isSimulated: boolean): Stretch[] {
  const worst = new Uint8Array(SLOTS);
  const slotOf = (time: number): number => Math.floor(((time - from) / (to - from)) * SLOTS);
  for (let i = 0; i < times.length; i++) {
    const end = i + 1 < times.length ? times[i + 1] : to;
    if (end < from || times[i] > to) continue;
    const gravity = GRAVITY.indexOf(toneOf(states[i], isSimulated));
    const last = Math.min(SLOTS - 1, slotOf(end));
    for (let slot = Math.max(0, Math.min(SLOTS - 1, slotOf(times[i]))); slot <= last; slot++) {
      worst[slot] = Math.max(worst[slot], gravity);
    }
  }
  const list: Stretch[] = [];
  for (let slot = 0; slot < SLOTS; ) {
    let end = slot + 1;
    while (end < SLOTS && worst[end] === worst[slot]) end++;
    const tone = GRAVITY[worst[slot]];
    if (tone) list.push({ tone, from: slot / SLOTS, to: end / SLOTS });
    slot = end;
  }
  return list;
}

/** The same read aloud: how much of the known time it was live, how often not, and when last. */
export function timelineWords({ times, states }: States, { from, to }: Span): string {
  let known = 0;
  let live = 0;
  let troubles = 0;
  let lastTrouble = 0;
  for (let i = 0; i < times.length; i++) {
    const begin = Math.max(from, times[i]);
    const end = Math.min(to, i + 1 < times.length ? times[i + 1] : to);
    if (end < begin || end < from) continue;
    const tone = toneOf(states[i], false);
    if (tone === 'unknown') continue;
    known += end - begin;
    if (tone === 'live' || tone === 'simulated') live += end - begin;
    else if (tone !== 'starting') {
      troubles++;
      lastTrouble = begin;
    }
  }
  if (known <= 0) return 'nothing recorded yet';
  const share = Math.floor((live / known) * 1_000) / 10;
  const minutes = Math.round((to - from) / 60_000);
  const trouble =
    troubles === 0
      ? 'no interruption'
      : `${troubles} ${troubles === 1 ? 'interruption' : 'interruptions'}, the last at ${clockText(lastTrouble)}`;
  return `live ${share} % of what is known of the last ${minutes} minutes, ${trouble}`;
}

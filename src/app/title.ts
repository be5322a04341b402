import { type FeedState, isCurrent } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import { deskStore } from '@/store/desk-store.ts';
import { type InstrumentRecord, recordOf } from '@/store/market-store.ts';
import type { FeedLink } from './feed-link.ts';
import { lastPrice, UNKNOWN } from './instrument-figures.ts';
import { splitId } from './venues.ts';

const EVERY_MS = 1000;
const ARROWS = { up: ' ▲', down: ' ▼', flat: '' } as const;

const WORDS: Record<FeedState, string> = {
  connecting: 'Connecting',
  syncing: 'Syncing',
  live: '',
  lagging: '',
  stale: 'Stale',
  resyncing: 'Rebuilding',
  offline: 'Offline',
  'rate-limited': 'Waiting',
  rejected: 'Refused',
  blocked: 'Unreachable',
  replay: 'Replay',
};

/** `64,120.5 ▲ BTCUSDT · Depthwire`; while it is not current the state stands where the price was. */
export function titleOf(id: InstrumentId | undefined, record: InstrumentRecord | undefined): string {
  if (!id) return 'Depthwire';
  const { venue, symbol } = splitId(id);
  const name = venue === 'demo' ? `${symbol} simulated` : symbol;
  const { text, sign } = lastPrice(record);
  const word = WORDS[record?.status.book.state ?? 'connecting'];
  if (word !== '') return `${word} · ${name} · Depthwire`;
  return text === UNKNOWN ? `${name} · Depthwire` : `${text}${ARROWS[sign]} ${name} · Depthwire`;
}

/** Which picture the tab wears: live, not live, simulated. */
export function iconOf(id: InstrumentId | undefined, record: InstrumentRecord | undefined): string {
  if (!record || !isCurrent(record.status.book.state)) return 'icon-off.svg';
  return id?.startsWith('demo:') ? 'icon-sim.svg' : 'icon.svg';
}

/**
 * Keep title and icon of the tab true, at most once a second. Frames drive it as well as a timer, since the timers of
 * a hidden page may stand still for a minute while its worker goes on.
 */
export function followTitle(page: Document, link: Pick<FeedLink, 'onFrame'>): () => void {
  const icon = page.querySelector<HTMLLinkElement>('link[rel="icon"]');
  let writtenAt = Number.NEGATIVE_INFINITY;
  const refresh = (): void => {
    const now = performance.now();
    if (now - writtenAt < EVERY_MS - 50) return;
    writtenAt = now;
    const [id] = deskStore.getState().instruments;
    const record = id && recordOf(id);
    const title = titleOf(id, record);
    if (page.title !== title) page.title = title;
    const file = iconOf(id, record);
    if (icon && !icon.href.endsWith(`/${file}`)) icon.href = icon.href.replace(/[^/]*$/, file);
  };
  const timer = setInterval(refresh, EVERY_MS);
  const stop = link.onFrame(refresh);
  refresh();
  return () => {
    clearInterval(timer);
    stop();
  };
}

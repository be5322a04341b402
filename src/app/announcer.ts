import type { ChannelStatus } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import { venueName } from '@/market/venue-name.ts';
import { deskStore } from '@/store/desk-store.ts';
import { marketStore, recordOf } from '@/store/market-store.ts';
import { pageNow } from '@/ui/page-clock.ts';
import { spokenState } from '@/ui/status-words.ts';
import { splitId } from './venues.ts';

const EVERY_MS = 5000;

/**
 * Decides what a screen reader is told: changes of state of the instrument on screen, at most one sentence in five
 * seconds, and of several changes in that time only where they led.
 */
export class Announcer {
  private said = '';
  private saidAt = Number.NEGATIVE_INFINITY;

  /**
   * @returns the sentence to say now, or null; and when to ask again, 0 for never
   */
  consider(subject: string, status: ChannelStatus | undefined, now: number): { text: string | null; again: number } {
    const state = status ? `${subject} ${status.state}` : '';
    if (!status || state === this.said) return { text: null, again: 0 };
    const wait = this.saidAt + EVERY_MS - now;
    if (wait > 0) return { text: null, again: wait };
    this.said = state;
    this.saidAt = now;
    // How long it has been so far is for the chip: here it has only begun.
    const words = status.state === 'connecting' ? status.state : spokenState(status, now);
    return { text: `${subject}: ${words}`, again: 0 };
  }
}

/** Speak through one polite live region. */
export function followStates(region: HTMLElement): () => void {
  const announcer = new Announcer();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const consider = (): void => {
    timer = undefined;
    const [id] = deskStore.getState().instruments;
    if (!id) return;
    const { text, again } = announcer.consider(subjectOf(id), recordOf(id)?.status.book, pageNow());
    if (text !== null) region.textContent = text;
    if (again > 0) timer = setTimeout(consider, again);
  };
  const wake = (): void => {
    if (timer === undefined) consider();
  };
  const stops = [marketStore.subscribe(wake), deskStore.subscribe(wake)];
  wake();
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
}

const subjectOf = (id: InstrumentId): string => {
  const { venue, symbol } = splitId(id);
  return `${symbol} on ${venueName(venue)}`;
};

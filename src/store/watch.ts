import type { InstrumentId } from '@/market/instrument.ts';
import { type InstrumentRecord, marketStore } from './market-store.ts';

/** A part of a record that changes on its own. */
export type Part = Exclude<keyof InstrumentRecord, 'id'>;

/**
 * Call `listener` when one of `parts` of one instrument was replaced; also when the instrument appears or goes.
 * @returns the function that stops it
 */
export function watch(
  id: InstrumentId,
  parts: readonly Part[],
  listener: (record: InstrumentRecord | undefined) => void,
): () => void {
  return marketStore.subscribe((state, previous) => {
    const now = state.instruments.get(id);
    const before = previous.instruments.get(id);
    if (now === before) return;
    if (!now || !before || parts.some((part) => now[part] !== before[part])) listener(now);
  });
}

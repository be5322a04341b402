import { useMemo, useSyncExternalStore } from 'react';
import type { InstrumentId, InstrumentInfo } from '@/market/instrument.ts';
import { type InstrumentRecord, marketStore, recordOf } from './market-store.ts';

/** A value read from the market a few times a second, in the shape React subscribes to. */
export interface Sampler<T> {
  subscribe(listener: () => void): () => void;
  read(): T;
}

/**
 * Sample the market store: the first change is passed on at once, later ones at most once in `everyMs`, and the last
 * one is never lost.
 * @param select  must return a primitive or an object that is replaced only when it changed
 */
export function createSampler<T>(select: () => T, everyMs: number): Sampler<T> {
  let value = select();
  let readAt = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();

  const take = (): void => {
    timer = undefined;
    const next = select();
    if (Object.is(next, value)) return;
    readAt = performance.now();
    value = next;
    for (const listener of listeners) listener();
  };
  const consider = (): void => {
    if (timer !== undefined) return;
    const wait = readAt + everyMs - performance.now();
    if (wait <= 0) take();
    else timer = setTimeout(take, wait);
  };
  let stop: (() => void) | null = null;

  return {
    read: () => value,
    subscribe(listener) {
      listeners.add(listener);
      if (!stop) {
        stop = marketStore.subscribe(consider);
        consider();
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearTimeout(timer);
        timer = undefined;
        stop?.();
        stop = null;
      };
    },
  };
}

/**
 * A slow readout of fast data inside React.
 * @param select  pure and stable (define it outside the component); a primitive, or a part of the record
 * @param perSecond  how often React may hear of a change, 2 unless told
 */
export function useMarketSample<T>(
  id: InstrumentId,
  select: (record: InstrumentRecord | undefined) => T,
  perSecond = 2,
): T {
  const sampler = useMemo(() => createSampler(() => select(recordOf(id)), 1000 / perSecond), [id, select, perSecond]);
  return useSyncExternalStore(sampler.subscribe, sampler.read);
}

/** What the venue declares of an instrument, at once when it changes; null while it has said nothing. */
export function useInstrumentInfo(id: InstrumentId): InstrumentInfo | null {
  return useSyncExternalStore(marketStore.subscribe, () => recordOf(id)?.info ?? null);
}

import { useLayoutEffect, useRef, useSyncExternalStore } from 'react';
import type { ChannelStatus, FeedState } from '@/market/feed-state.ts';
import { onTick, pageNow } from './page-clock.ts';
import type { StatusSource } from './status-source.ts';

/** The state alone: React hears of it only when it changes, though the status is restated with every frame. */
export function useFeedState(source: StatusSource): FeedState | null {
  return useSyncExternalStore(source.subscribe, () => source.read()?.state ?? null);
}

/** A value derived from the status; a primitive, so that an unchanged answer renders nothing. */
export function useStatusValue<T extends string | number | boolean | null>(
  source: StatusSource,
  select: (status: ChannelStatus | null) => T,
): T {
  return useSyncExternalStore(source.subscribe, () => select(source.read()));
}

/** Keep the text of an element a function of now: written when the status changes state and four times a second. */
export function useCountingText<E extends HTMLElement>(
  source: StatusSource,
  text: (status: ChannelStatus | null, now: number) => string,
): React.RefObject<E | null> {
  const ref = useRef<E>(null);
  const latest = useRef(text);
  latest.current = text;
  useLayoutEffect(() => {
    const element = ref.current;
    const view = element?.ownerDocument.defaultView;
    if (!element || !view) return;
    const write = (): void => {
      const next = latest.current(source.read(), pageNow());
      if (element.textContent !== next) element.textContent = next;
    };
    let state: FeedState | null | undefined;
    const consider = (): void => {
      const now = source.read()?.state ?? null;
      if (now === state) return;
      state = now;
      write();
    };
    consider();
    const stopTick = onTick(view, write);
    const stopWatch = source.subscribe(consider);
    return () => {
      stopTick();
      stopWatch();
    };
  }, [source]);
  return ref;
}

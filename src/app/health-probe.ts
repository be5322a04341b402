import { isCurrent } from '@/market/feed-state.ts';
import type { Quantiles } from '@/market/histogram.ts';
import { deskStore } from '@/store/desk-store.ts';
import { healthStore, logOfPage, setPageHealth } from '@/store/health-store.ts';
import { recordOf } from '@/store/market-store.ts';
import { pageNow } from '@/ui/page-clock.ts';
import type { FeedLink } from './feed-link.ts';
import type { Spread } from './frame-meter.ts';
import { HeapTrend } from './heap-trend.ts';

const EVERY_MS = 1_000;

declare global {
  interface Performance {
    /** Where the browser tells it. */
    readonly memory?: { readonly usedJSHeapSize: number };
  }
}

/**
 * Measures the page for the health panel: whether a book that claimed to be current was ever crossed when it was
 * painted, and what the page costs. What it counts it counts always; it tells while a panel shows it.
 */
export function followHealth(view: Window, link: FeedLink): () => void {
  const heap = new HeapTrend();
  let books = 0;
  let crossed = 0;

  const checkPainted = (isPainted: boolean): void => {
    if (!isPainted) return;
    for (const id of deskStore.getState().instruments) {
      const record = recordOf(id);
      if (!record?.book || !isCurrent(record.status.book.state)) continue;
      const { bidTicks, askTicks } = record.book.top;
      books++;
      if (bidTicks.length > 0 && askTicks.length > 0 && bidTicks[0] > askTicks[0]) crossed++;
    }
  };
  const tell = (): void => {
    const now = pageNow();
    const bytes = view.performance.memory?.usedJSHeapSize;
    if (bytes !== undefined) heap.add(bytes, now);
    if (healthStore.getState().watchers === 0) return;
    const { mainThread, toPage, toPixel, painted, health } = link.stats();
    setPageHealth({
      at: now,
      mainThread: measured(mainThread),
      toPage: measured(toPage),
      toPixel: measured(toPixel),
      painted,
      booksPainted: books,
      crossedPainted: crossed,
      heap: bytes === undefined ? null : { bytes, ...heap.change(bytes, now) },
      busyPercent: health?.busyPercent ?? null,
      messagesPerSecond: health?.messagesPerSecond ?? null,
      restarts: deskStore.getState().link.restarts,
    });
  };
  const timer = view.setInterval(tell, EVERY_MS);
  const stops = [
    link.onFrame(checkPainted),
    followEngine(),
    healthStore.subscribe(({ watchers }, before) => {
      if (watchers > 0 && before.watchers === 0) tell();
    }),
    () => view.clearInterval(timer),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

const measured = (spread: Spread): Quantiles | null => (spread.n === 0 ? null : spread);

/** What becomes of the worker cannot be told by it. */
function followEngine(): () => void {
  return deskStore.subscribe(({ link }, before) => {
    if (link === before.link) return;
    const { state, restarts } = link;
    if (state === 'restarting' && restarts !== before.link.restarts)
      logOfPage(pageNow(), 'error', 'the data engine did not answer and was started again');
    if (state === 'stopped' && before.link.state !== 'stopped')
      logOfPage(pageNow(), 'error', 'the data engine failed again and again and is stopped');
  });
}

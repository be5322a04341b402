import type { PageHealth } from '@/store/health-store.ts';
import type { FeedRow } from './feed-rows.ts';
import { bytesText, countText, msText, NONE } from './health-words.ts';

/** One figure beside the answer. */
export interface HeroFigure {
  readonly name: string;
  readonly text: string;
  readonly isBad: boolean;
}

/** The few figures that matter, over all feeds. */
export function heroFigures(rows: readonly FeedRow[], page: PageHealth | null): HeroFigure[] {
  let diffs = 0;
  let missing = 0;
  let rejected = 0;
  for (const { record } of rows) {
    diffs += record?.counters.diffs ?? 0;
    missing += record?.trades.missing ?? 0;
    rejected += record?.counters.rejected ?? 0;
  }
  const crossed = page?.crossedPainted ?? 0;
  const good = (name: string, text: string): HeroFigure => ({ name, text, isBad: false });
  const counted = (name: string, count: number): HeroFigure => ({ name, text: countText(count), isBad: count > 0 });
  return [
    { name: 'Crossed book shown', text: crossed === 0 ? 'never' : `${countText(crossed)} times`, isBad: crossed > 0 },
    good('Diffs checked', countText(diffs)),
    counted('Trades lost', missing),
    counted('Rejected messages', rejected),
    good('Frame p95', page?.mainThread ? `${msText(page.mainThread.p95)} ms` : NONE),
    good('Worker load', page === null || page.busyPercent === null ? NONE : `${Math.round(page.busyPercent)} %`),
    good('Memory', heapText(page?.heap ?? null)),
  ];
}

/** Less than this is flat: a collection more or less. */
const FLAT_SHARE = 0.1;
const FLAT_BYTES = 5e6;
const LONG_ENOUGH_MS = 120_000;

/** `148 MB, flat 60 min`; `–` where the browser does not tell. */
export function heapText(heap: PageHealth['heap']): string {
  if (!heap) return NONE;
  const size = bytesText(heap.bytes);
  if (heap.overMs < LONG_ENOUGH_MS) return size;
  const minutes = Math.round(heap.overMs / 60_000);
  const isFlat = Math.abs(heap.change) < Math.max(FLAT_BYTES, heap.bytes * FLAT_SHARE);
  if (isFlat) return `${size}, flat ${minutes} min`;
  return `${size}, ${heap.change > 0 ? '+' : '−'}${bytesText(Math.abs(heap.change))} in ${minutes} min`;
}

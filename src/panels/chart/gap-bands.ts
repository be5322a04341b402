import type { GapSpan } from '@/market/candle.ts';
import { bucketStart, type Interval, intervalMs } from '@/market/time.ts';
import type { BarWindow } from './chart-bars.ts';
import type { Band } from './chart-overlay.ts';
import { spanText } from './chart-words.ts';

/** More than this many in one window are not told apart anyway; the newest are kept. */
const MOST_BANDS = 64;

/**
 * The marked stretches of a window: what was lost, what was lost and fetched, and holes too long to draw to scale.
 * @param now  venue time, where a gap that is still open has come to
 */
export function gapBands(window: BarWindow, gaps: readonly GapSpan[], interval: Interval, now: number): Band[] {
  const last = window.last;
  const first = window.slots[0];
  if (!last || !first) return [];
  const start = first.time * 1000;
  const end = last.time * 1000;
  const bands: Band[] = [];
  for (const gap of gaps.slice(-MOST_BANDS)) {
    const to = Math.min(gap.to, Math.max(now, gap.from));
    if (!(gap.from <= to) || to < start) continue;
    const isOpen = gap.to > now;
    if (!isOpen && bucketStart(gap.from, interval) > end) continue;
    bands.push({
      from: Math.max(0, slotOf(window, bucketStart(gap.from, interval), interval, end)),
      to: slotOf(window, bucketStart(to, interval), interval, end),
      label: gap.repaired ? `gap ${spanText(to - gap.from)}, filled` : `feed gap ${spanText(to - gap.from)}`,
      tone: gap.repaired ? 'repaired' : 'lost',
    });
  }
  for (const hole of window.folded) {
    const from = window.slotAt(hole.from) + 1;
    bands.push({
      from,
      to: window.slotAt(hole.to) - 1,
      label: `no trades ${spanText(hole.to - hole.from)}`,
      tone: 'quiet',
    });
  }
  return bands;
}

/** Slot of a bucket; past the newest candle the slots go on at the interval's pace. */
function slotOf(window: BarWindow, time: number, interval: Interval, end: number): number {
  if (time <= end) return window.slotAt(time);
  return window.slots.length - 1 + Math.round((time - end) / intervalMs(interval));
}

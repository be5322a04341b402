import { bucketStart } from '@/market/time.ts';
import type { CandleEvent } from './venue.ts';

/** Whether what a venue states as a bar can be one: on its bucket's start, open and close within low and high. */
export function isSoundBar({ interval, t, o, h, l, c }: Omit<CandleEvent, 'v' | 'n' | 'eventTime'>): boolean {
  return bucketStart(t, interval) === t && l <= Math.min(o, c) && h >= Math.max(o, c);
}

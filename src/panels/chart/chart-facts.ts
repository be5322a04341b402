import type { Candle } from '@/market/candle.ts';
import { type FeedState, worseState } from '@/market/feed-state.ts';
import type { InstrumentRecord } from '@/store/market-store.ts';
import { pageNow } from '@/ui/page-clock.ts';
import { extremes } from './candle-plot.ts';
import { isSound } from './chart-bars.ts';
import type { ViewFacts } from './chart-words.ts';
import type { DrawnWindow, Subject } from './drawn-window.ts';

/** The worse of the two channels that a chart needs. */
export const stateOf = (record: InstrumentRecord): FeedState =>
  worseState(record.status.trades.state, record.status.candles.state);

/** The newest candle that may be shown. */
export function lastSound({ series }: Subject): Candle | null {
  for (let i = series.count - 1; i >= 0; i--) {
    const candle = series.at(i);
    if (isSound(candle)) return candle;
  }
  return null;
}

/** Venue time: the last event's, plus what has passed here since, never before the candle it belongs to. */
export function venueNow(record: InstrumentRecord, last: Candle): number {
  const { lastTrade, status } = record;
  const heardAt = status.trades.lastAt;
  if (!lastTrade || heardAt <= 0) return last.t;
  return Math.max(last.t, lastTrade.time + Math.max(0, pageNow() - heardAt));
}

/** What the picture says, in figures; null while nothing is in view. */
export function viewFacts({ info, interval }: Subject, drawn: DrawnWindow, isLive: boolean): ViewFacts | null {
  const seen = drawn.barsInView();
  const { highest, lowest } = extremes(seen.map((originalData) => ({ originalData })));
  const first = seen[0]?.candle;
  const last = seen.at(-1)?.candle;
  if (!first || !last) return null;
  const high = highest?.originalData.candle?.h ?? last.h;
  const low = lowest?.originalData.candle?.l ?? last.l;
  return { symbol: info.symbol, interval, first, last, high, low, isCurrent: isLive };
}

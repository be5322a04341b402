/** Milliseconds since 1970, UTC. Integer for venue times; arrival stamps may carry a fraction. */
export type Millis = number;

/** Candle intervals the product speaks of, in the spelling of addresses. */
export const INTERVALS = ['1s', '5s', '1m', '3m', '5m', '15m', '30m', '1h', '4h', '1d', '1w', '1M'] as const;
export type Interval = (typeof INTERVALS)[number];

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The first Monday of the epoch, 5 January 1970: weeks open on Monday, UTC. */
const FIRST_MONDAY = 4 * DAY;

const FIXED: Partial<Record<Interval, number>> = {
  '1s': SECOND,
  '5s': 5 * SECOND,
  '1m': MINUTE,
  '3m': 3 * MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': HOUR,
  '4h': 4 * HOUR,
  '1d': DAY,
};

/** Whether a text is an interval the product knows. */
export const isInterval = (text: string): text is Interval => (INTERVALS as readonly string[]).includes(text);

/** Nominal length of an interval in ms; a month counts 30 days and must not be used to step buckets. */
export function intervalMs(interval: Interval): number {
  return FIXED[interval] ?? (interval === '1w' ? 7 * DAY : 30 * DAY);
}

/** Start of the bucket that holds `time`, UTC: weeks from Monday, months from their first day. */
export function bucketStart(time: Millis, interval: Interval): Millis {
  const fixed = FIXED[interval];
  if (fixed !== undefined) return Math.floor(time / fixed) * fixed;
  if (interval === '1w') return Math.floor((time - FIRST_MONDAY) / (7 * DAY)) * 7 * DAY + FIRST_MONDAY;
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** Start of the bucket `count` steps after the one starting at `start` (negative: before). */
export function stepBucket(start: Millis, interval: Interval, count: number): Millis {
  const fixed = FIXED[interval] ?? (interval === '1w' ? 7 * DAY : 0);
  if (fixed > 0) return start + count * fixed;
  const date = new Date(start);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count, 1);
}

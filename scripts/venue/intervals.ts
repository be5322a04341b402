const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

const LENGTHS: Readonly<Record<string, number>> = {
  '1s': SECOND,
  '1m': MINUTE,
  '3m': 3 * MINUTE,
  '5m': 5 * MINUTE,
  '10m': 10 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': HOUR,
  '2h': 2 * HOUR,
  '3h': 3 * HOUR,
  '4h': 4 * HOUR,
  '6h': 6 * HOUR,
  '8h': 8 * HOUR,
  '12h': 12 * HOUR,
  '1d': DAY,
  '3d': 3 * DAY,
  '1w': 7 * DAY,
  '15d': 15 * DAY,
  '1M': 30 * DAY,
};

// 1970-01-01 was a Thursday; weeks open on Monday.
const MONDAY = 4 * DAY;

/** Intervals Binance does not have; other venues do. */
const ELSEWHERE: ReadonlySet<string> = new Set(['10m', '3h', '15d']);

/** Whether it is an interval of Binance's. */
export function isInterval(text: string): boolean {
  return Object.hasOwn(LENGTHS, text) && !ELSEWHERE.has(text);
}

/** Length in ms; of a month, thirty days. */
export function lengthOf(interval: string): number {
  return LENGTHS[interval];
}

/** Open time of the bucket that holds `time`, UTC. */
export function bucketStart(interval: string, time: number): number {
  if (interval === '1M') {
    const date = new Date(time);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  }
  if (interval === '1w') return Math.floor((time - MONDAY) / (7 * DAY)) * 7 * DAY + MONDAY;
  const length = lengthOf(interval);
  return Math.floor(time / length) * length;
}

/** Open time of the bucket `steps` after (or, negative, before) the one that opens at `start`. */
export function bucketAfter(interval: string, start: number, steps = 1): number {
  if (interval !== '1M') return start + steps * lengthOf(interval);
  const date = new Date(start);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + steps, 1);
}

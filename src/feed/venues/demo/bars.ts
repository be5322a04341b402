/**
 * A candle in ticks and lots. `t` is the bucket's start in ms since 1970; `n` counts trades, `buyLots` is the part of
 * `lots` that buyers took, `notional` the sum of ticks × lots (exact while below 2^53).
 */
export interface Bar {
  t: number;
  open: number;
  high: number;
  low: number;
  close: number;
  lots: number;
  buyLots: number;
  notional: number;
  n: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Fixed-length intervals in ms. Weeks and months follow the calendar and are not here. */
const lengths: Readonly<Record<string, number>> = {
  '1s': SECOND,
  '1m': MINUTE,
  '3m': 3 * MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': HOUR,
  '2h': 2 * HOUR,
  '4h': 4 * HOUR,
  '6h': 6 * HOUR,
  '8h': 8 * HOUR,
  '12h': 12 * HOUR,
  '1d': DAY,
  '3d': 3 * DAY,
};

/** The first Monday of 1970 was the fifth of January. */
const FIRST_MONDAY = 4 * DAY;

/** True for the interval names of the venue: `1s` to `1M`. */
export function isInterval(name: string): boolean {
  return Object.hasOwn(lengths, name) || name === '1w' || name === '1M';
}

/** Days from 1970 to the first of a month; months count from January of year 0. March opens the year of leap days. */
function daysToMonth(month: number): number {
  const fromMarch = month - 2;
  const year = Math.floor(fromMarch / 12);
  const daysInYear = Math.floor((153 * (fromMarch - year * 12) + 2) / 5);
  const leaps = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
  return year * 365 + leaps + daysInYear - 719_468;
}

function monthStart(month: number): number {
  return daysToMonth(month) * DAY;
}

function monthOf(time: number): number {
  const day = Math.floor(time / DAY);
  // A guess from the mean length, put right by the two walks.
  let month = Math.floor((day + 719_468) / 30.44) + 1;
  while (daysToMonth(month) > day) month--;
  while (daysToMonth(month + 1) <= day) month++;
  return month;
}

/** Start of the bucket that holds `time` (ms UTC ≥ 0); weeks open on Monday, months on the first. */
export function bucketStart(interval: string, time: number): number {
  if (interval === '1M') {
    return monthStart(monthOf(time));
  }
  if (interval === '1w') return Math.floor((time - FIRST_MONDAY) / (7 * DAY)) * 7 * DAY + FIRST_MONDAY;
  const length = lengths[interval];
  return Math.floor(time / length) * length;
}

/** Start of the bucket after (`count` 1) or before (`count` -1) the one that starts at `start`, or further away. */
export function moveBucket(interval: string, start: number, count: number): number {
  if (interval === '1M') {
    return monthStart(monthOf(start) + count);
  }
  return start + count * (interval === '1w' ? 7 * DAY : lengths[interval]);
}

/** Lets `bar` take in a bar that follows it. */
export function extendBar(bar: Bar, later: Bar): void {
  if (later.high > bar.high) bar.high = later.high;
  if (later.low < bar.low) bar.low = later.low;
  bar.close = later.close;
  bar.lots += later.lots;
  bar.buyLots += later.buyLots;
  bar.notional += later.notional;
  bar.n += later.n;
}

import { INTERVALS, type Interval } from '@/market/time.ts';

/** Intervals offered where there is room for a few only. */
export const FEW_INTERVALS: readonly Interval[] = ['1m', '5m', '15m', '1h', '4h', '1d'];

const MINUTES: readonly [number, Interval][] = [
  [1, '1m'],
  [3, '3m'],
  [5, '5m'],
  [15, '15m'],
  [30, '30m'],
  [60, '1h'],
  [240, '4h'],
  [1440, '1d'],
  [10_080, '1w'],
];

/** Length of a unit in minutes; seconds and months are handled apart. */
const UNIT: Readonly<Record<string, number>> = { '': 1, m: 1, min: 1, h: 60, d: 1440, w: 10_080 };

/** What is on the button: days, weeks and months in capitals, so that 1m and 1M are not the only such pair. */
export const intervalLabel = (interval: Interval): string =>
  interval === '1d' ? '1D' : interval === '1w' ? '1W' : interval;

/** An interval in words: `15 minutes`. */
export function intervalWords(interval: Interval): string {
  const count = Number.parseInt(interval, 10);
  const unit = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week', M: 'month' }[interval.slice(-1)] ?? '';
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** The unit a bar is named by: `15-minute`. */
export const intervalAdjective = (interval: Interval): string =>
  intervalWords(interval).replace(/s$/, '').replace(' ', '-');

/**
 * Read what was typed into the interval box. A bare number counts minutes, `60` and `60m` are an hour, units may be
 * capitals; only a month is told from a minute by its capital.
 * @returns null when it is no interval that a chart can show
 */
export function parseIntervalText(text: string): Interval | null {
  const match = /^\s*(\d{1,5})\s*([a-z]{0,3})\s*$/i.exec(text);
  if (!match) return null;
  const count = Number(match[1]);
  const unit = match[2] ?? '';
  if (unit === 'M' || /^mo$/i.test(unit)) return count === 1 ? '1M' : null;
  if (/^s$/i.test(unit)) return fromSeconds(count);
  const minutes = UNIT[unit.toLowerCase()];
  return minutes === undefined ? null : fromMinutes(count * minutes);
}

function fromSeconds(count: number): Interval | null {
  if (count === 1 || count === 5) return `${count}s`;
  return count % 60 === 0 ? fromMinutes(count / 60) : null;
}

const fromMinutes = (count: number): Interval | null => MINUTES.find(([length]) => length === count)?.[1] ?? null;

/** Every interval as it is typed, for the box to suggest. */
export const typableIntervals = (): string => INTERVALS.map(intervalLabel).join(' ');

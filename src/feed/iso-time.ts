import type { Millis } from '@/market/time.ts';

const ZERO = 48;
const MINUS = 45;
const PLUS = 43;
const DOT = 46;
const COLON = 58;
const T = 84;
const Z = 90;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Below any day of a four-digit year. */
const NO_DAY = -1_000_000;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days from the first of March of the year 0 to 1 January 1970. */
const EPOCH_DAYS = 719_468;
/** So far below zero that whatever it is added to stays there; an integer, because NaN would make the sums doubles. */
const NO_PAIR = -1_000_000;

/**
 * Read an RFC 3339 time (`2026-08-01T02:53:52.123456Z`, `…+01:00`) by its digits.
 * @param from  place of the year's first digit
 * @param to    the end, excluded; all of the text between belongs to the time
 * @returns ms since 1970 UTC with the fraction as written, as near as a double comes (better than 1 µs until 2100);
 *   a second of 60 counts as the one after. NaN when malformed or when no such day exists; never throws
 */
export function isoMillis(text: string, from: number, to: number): Millis {
  if (to - from < 20 || to > text.length) return Number.NaN;
  const day = dayAt(text, from);
  const second = secondAt(text, from + 11);
  if (text.charCodeAt(from + 10) !== T || day === NO_DAY || second < 0) return Number.NaN;
  let at = from + 19;
  let fraction = 0;
  if (text.charCodeAt(at) === DOT) {
    const start = ++at;
    let digits = 0;
    let scale = 1;
    for (let digit = digitAt(text, at, to); digit >= 0; digit = digitAt(text, at, to)) {
      // What stands behind the twelfth digit is below anything a double can tell at these times.
      if (at - start < 12) {
        digits = digits * 10 + digit;
        scale *= 10;
      }
      at++;
    }
    if (at === start) return Number.NaN;
    fraction = (digits * 1000) / scale;
  }
  return day * DAY_MS + second * 1000 - offsetAt(text, at, to) + fraction;
}

/** Like `isoMillis` for a whole text, without the part of a millisecond. @returns an integer or NaN */
export const isoWholeMillis = (text: string): Millis => Math.floor(isoMillis(text, 0, text.length));

/** Days since 1970 of `2026-08-01`; `NO_DAY` when it is none. */
function dayAt(text: string, at: number): number {
  const year = pairAt(text, at) * 100 + pairAt(text, at + 2);
  const month = pairAt(text, at + 5);
  const day = pairAt(text, at + 8);
  if (text.charCodeAt(at + 4) !== MINUS || text.charCodeAt(at + 7) !== MINUS) return NO_DAY;
  if (year < 0 || month < 1 || month > 12 || day < 1) return NO_DAY;
  const isLeap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > MONTH_DAYS[month - 1] + (isLeap ? 1 : 0)) return NO_DAY;
  // Years that begin in March have their odd day at the end, so that the days before a month are one line.
  const shifted = month <= 2 ? year - 1 : year;
  const century = Math.floor(shifted / 100);
  const inYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return 365 * shifted + Math.floor(shifted / 4) - century + Math.floor(century / 4) + inYear - EPOCH_DAYS;
}

/** Seconds of the day of `02:53:52`; -1 when it is none. */
function secondAt(text: string, at: number): number {
  const hour = pairAt(text, at);
  const minute = pairAt(text, at + 3);
  const second = pairAt(text, at + 6);
  if (text.charCodeAt(at + 2) !== COLON || text.charCodeAt(at + 5) !== COLON) return -1;
  if (hour < 0 || minute < 0 || second < 0 || hour > 23 || minute > 59 || second > 60) return -1;
  return hour * 3600 + minute * 60 + second;
}

/** The zone's distance from UTC in ms; NaN unless it ends the text. */
function offsetAt(text: string, at: number, to: number): number {
  const sign = text.charCodeAt(at);
  if (sign === Z) return at + 1 === to ? 0 : Number.NaN;
  if ((sign !== PLUS && sign !== MINUS) || at + 6 !== to || text.charCodeAt(at + 3) !== COLON) return Number.NaN;
  const hours = pairAt(text, at + 1);
  const minutes = pairAt(text, at + 4);
  if (hours < 0 || minutes < 0 || hours > 23 || minutes > 59) return Number.NaN;
  return (sign === PLUS ? 1 : -1) * (hours * HOUR_MS + minutes * MINUTE_MS);
}

/** Two digits as a number; `NO_PAIR` when they are none. */
function pairAt(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NO_PAIR;
}

function digitAt(text: string, at: number, to: number): number {
  if (at >= to) return -1;
  const digit = text.charCodeAt(at) - ZERO;
  return digit <= 9 ? digit : -1;
}

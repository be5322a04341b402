import type { Millis } from '@/market/time.ts';

const DAY_S = 86_400;
/** Days from 1 March of the year 0 to 1 January 1970, and those of four centuries. */
const EPOCH_DAYS = 719_468;
const ERA_DAYS = 146_097;

const pad = (value: number, length: number): string => value.toString().padStart(length, '0');

/**
 * Write a time as venues ask for it in an address: `2021-04-17T16:43:00Z`, the part of a second left out.
 * @param time  ms since 1970, of the years 1970 to 9999
 */
export function isoText(time: Millis): string {
  const seconds = Math.floor(time / 1000);
  const days = Math.floor(seconds / DAY_S);
  const rest = seconds - days * DAY_S;
  // Years that begin in March have their odd day at the end.
  const shifted = days + EPOCH_DAYS;
  const era = Math.floor(shifted / ERA_DAYS);
  const inEra = shifted - era * ERA_DAYS;
  const yearOfEra = Math.floor(
    (inEra - Math.floor(inEra / 1460) + Math.floor(inEra / 36_524) - Math.floor(inEra / 146_096)) / 365,
  );
  const inYear = inEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const march = Math.floor((5 * inYear + 2) / 153);
  const day = inYear - Math.floor((153 * march + 2) / 5) + 1;
  const month = march < 10 ? march + 3 : march - 9;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  return `${date}T${pad(Math.floor(rest / 3600), 2)}:${pad(Math.floor((rest % 3600) / 60), 2)}:${pad(rest % 60, 2)}Z`;
}

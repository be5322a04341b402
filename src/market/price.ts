import type { Brand } from './brand.ts';
import { formatScaled, powerOfTen } from './decimal.ts';

/** A price as a whole number of storage ticks (10^-priceDecimals). Exact integer, below 2^53. */
export type Ticks = Brand<number, 'Ticks'>;

/** Bucket a bid price: the multiple of `step` at or below it, so a group never looks better than it is. */
export const floorTo = (ticks: number, step: number): number => Math.floor(ticks / step) * step;

/** Bucket an ask price: the multiple of `step` at or above it. */
export const ceilTo = (ticks: number, step: number): number => Math.ceil(ticks / step) * step;

/**
 * Group sizes offered for a ladder: 1-2-5 x 10^n multiples of the venue's step, up to about 1 % of the price.
 * @param step   display step in ticks, 1 or more
 * @param price  a recent price in ticks, above 0
 * @returns 6 to 9 sizes in ticks, ascending, the first is `step`
 */
export function groupSizes(step: number, price: number): number[] {
  const sizes: number[] = [];
  for (let power = 1; sizes.length < 9; power *= 10) {
    for (const lead of [1, 2, 5]) {
      const size = step * power * lead;
      if (sizes.length >= 6 && (size > price / 100 || sizes.length >= 9)) return sizes;
      sizes.push(size);
    }
  }
  return sizes;
}

/** Decimals needed to print every multiple of `step` ticks exactly, zeros kept: 10 ticks of 10^-2 need 1. */
export function stepDecimals(step: number, priceDecimals: number): number {
  let decimals = priceDecimals;
  let rest = step;
  while (decimals > 0 && rest % 10 === 0) {
    rest /= 10;
    decimals--;
  }
  return decimals;
}

/**
 * Print a price for people at the precision of a step; digits finer than the step are kept when the price has them.
 * @returns `64,120.50`, thousands grouped with commas, a true minus sign
 */
export function formatTicks(ticks: number, priceDecimals: number, decimals: number): string {
  let shown = decimals;
  if (shown < priceDecimals && ticks % powerOfTen(priceDecimals - shown) !== 0)
    shown = stepDecimals(ticks, priceDecimals);
  const scaled = shown === priceDecimals ? ticks : Math.round(ticks / powerOfTen(priceDecimals - shown));
  const text = formatScaled(Math.abs(scaled), shown);
  const point = text.indexOf('.');
  const whole = point < 0 ? text : text.slice(0, point);
  return `${scaled < 0 ? '−' : ''}${groupThousands(whole)}${point < 0 ? '' : text.slice(point)}`;
}

/** Put a comma between thousands of a run of digits. */
export function groupThousands(digits: string): string {
  if (digits.length <= 3) return digits;
  let out = digits.slice(0, digits.length % 3);
  for (let i = digits.length % 3; i < digits.length; i += 3) out += (out === '' ? '' : ',') + digits.slice(i, i + 3);
  return out;
}

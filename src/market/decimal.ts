/**
 * Decimal text to integers and back by digit arithmetic. No float is ever read from a price:
 * `4.35` at two decimals is the digits 4, 3, 5 and nothing else.
 */

/** What `scaleDecimal` answers when the text is not an accepted decimal number. */
export const MALFORMED = -1;
/** What `scaleDecimal` answers when the text has digits finer than the asked decimals. */
export const FINER = -2;
/** What `scaleDecimal` answers when the value is an integer at that scale but above 2^53 - 1. */
export const WIDE = -3;

const SHAPE = /^(\d{1,18})(?:\.(\d{1,18}))?(?:[eE]([+-]?\d{1,2}))?$/;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** A decimal number taken apart: `digits` without leading zeros, worth `digits` x 10^-`decimals`, trailing zeros trimmed. */
export interface DecimalParts {
  readonly digits: string;
  readonly decimals: number;
}

/**
 * Take decimal text apart.
 * @param text  digits, optionally a fraction and an exponent; no sign, no space
 * @returns the trimmed parts (zero is `0` with no decimals), or null when the text is anything else
 */
export function splitDecimal(text: string): DecimalParts | null {
  const match = SHAPE.exec(text);
  if (!match) return null;
  const fraction = match[2] ?? '';
  const raw = (match[1] ?? '') + fraction;
  let decimals = fraction.length - Number(match[3] ?? 0);
  let end = raw.length;
  while (end > 0 && decimals > 0 && raw.charCodeAt(end - 1) === 48) {
    end--;
    decimals--;
  }
  let start = 0;
  while (start < end && raw.charCodeAt(start) === 48) start++;
  const digits = raw.slice(start, end);
  if (digits === '') return { digits: '0', decimals: 0 };
  return decimals < 0 ? { digits: digits + '0'.repeat(-decimals), decimals: 0 } : { digits, decimals };
}

/**
 * Decimals a text really needs, trailing zeros not counted.
 * @returns 0 or more; `MALFORMED` when the text is not a decimal number
 */
export function decimalsOf(text: string): number {
  return splitDecimal(text)?.decimals ?? MALFORMED;
}

/**
 * Read decimal text as an integer at a scale. The definition of right for every faster reader.
 * @param text      `61602.01000000`, `1e-08`
 * @param decimals  0 to 18: the result counts units of 10^-decimals
 * @returns the integer, exact; `MALFORMED`, `FINER` or `WIDE` when it cannot be one
 */
export function scaleDecimal(text: string, decimals: number): number {
  const parts = splitDecimal(text);
  if (!parts) return MALFORMED;
  if (parts.decimals > decimals) return FINER;
  const scaled = BigInt(parts.digits) * 10n ** BigInt(decimals - parts.decimals);
  return scaled > MAX_SAFE ? WIDE : Number(scaled);
}

/**
 * Read decimal text as an exact integer of any width at a scale.
 * @returns the integer, or null when the text is malformed or finer than the scale
 */
export function scaleWide(text: string, decimals: number): bigint | null {
  const parts = splitDecimal(text);
  if (!parts || parts.decimals > decimals) return null;
  return BigInt(parts.digits) * 10n ** BigInt(decimals - parts.decimals);
}

/**
 * Write an integer at a scale with all its decimals, zeros kept.
 * @param value     integer, any sign, or a bigint for wide sums
 * @param decimals  0 to 18
 * @returns `61602.01` for 6160201 at 2; the sign is an ASCII hyphen
 */
export function formatScaled(value: number | bigint, decimals: number): string {
  const negative = value < 0;
  const digits = (negative ? -value : value).toString();
  if (decimals === 0) return negative ? `-${digits}` : digits;
  const padded = digits.length <= decimals ? digits.padStart(decimals + 1, '0') : digits;
  const cut = padded.length - decimals;
  return `${negative ? '-' : ''}${padded.slice(0, cut)}.${padded.slice(cut)}`;
}

/** Write an integer at a scale in its shortest exact form: no trailing zeros, no trailing point. */
export function formatTrimmed(value: number | bigint, decimals: number): string {
  const text = formatScaled(value, decimals);
  if (decimals === 0) return text;
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end--;
  if (text.charCodeAt(end - 1) === 46) end--;
  return text.slice(0, end);
}

/** 10 to the `n`, exact as a double for 0 to 22. */
export const powerOfTen = (n: number): number => Number(`1e${n}`);

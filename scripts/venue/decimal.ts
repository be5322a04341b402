const PLAIN = /^\d+(?:\.\d+)?$/;

/** Whether the text is an unsigned decimal without exponent: the only spelling a level may have. */
export function isPlainDecimal(text: unknown): text is string {
  return typeof text === 'string' && PLAIN.test(text);
}

/** One spelling for one number: no leading zeros, no trailing zeros, no trailing point. */
export function trimDecimal(text: string): string {
  let start = 0;
  const point = text.indexOf('.');
  const whole = point < 0 ? text.length : point;
  while (start < whole - 1 && text.charCodeAt(start) === 48) start++;
  if (point < 0) return start === 0 ? text : text.slice(start);
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end--;
  if (end === point + 1) end = point;
  return text.slice(start, end);
}

/** Orders two trimmed decimals by value, by their digits alone. */
export function compareDecimals(a: string, b: string): number {
  const wholeA = wholeLength(a);
  const wholeB = wholeLength(b);
  if (wholeA !== wholeB) return wholeA - wholeB;
  // Of equal whole length, digits line up, and a trimmed fraction that runs out first is the smaller.
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Nothing of a size, spelled with as many decimals; legal as a bare number too. */
export function zeroLike(size: string): string {
  return spellUnits(0n, spelledDecimals(size));
}

export function isZero(text: string): boolean {
  return /^0+(?:\.0+)?$/.test(text);
}

/** Decimals after the point, trailing zeros not counted. */
export function decimalsOf(text: string): number {
  const trimmed = trimDecimal(text);
  const point = trimmed.indexOf('.');
  return point < 0 ? 0 : trimmed.length - point - 1;
}

/** Decimals after the point as spelled. */
export function spelledDecimals(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

/** The number as an integer count of 10^-decimals; digits beyond that must be zeros or they are lost. */
export function toUnits(text: string, decimals: number): bigint {
  const point = text.indexOf('.');
  if (point < 0) return BigInt(text + '0'.repeat(decimals));
  const fraction = text.slice(point + 1, point + 1 + decimals).padEnd(decimals, '0');
  return BigInt(text.slice(0, point) + fraction);
}

/** Spells units with exactly `decimals` digits after the point. */
export function spellUnits(units: bigint, decimals: number): string {
  if (decimals === 0) return units.toString();
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0');
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

function wholeLength(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? text.length : point;
}

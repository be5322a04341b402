/** Moves an ISO time by whole ms; its digits beyond the third after the point stay as they are. */
export function shiftIso(text: string, ms: number): string {
  if (ms === 0) return text;
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(text);
  if (match === null) return text;
  const fraction = match[2] ?? '';
  const at = Date.parse(`${match[1]}Z`) + Number(fraction.slice(0, 3).padEnd(3, '0')) + ms;
  return `${new Date(at).toISOString().slice(0, 23)}${fraction.slice(3)}Z`;
}

/** ms of an ISO time, its digits beyond the third cut off; NaN for anything else. */
export function isoMs(text: unknown): number {
  if (typeof text !== 'string') return Number.NaN;
  return Date.parse(text.replace(/(\.\d{3})\d+Z$/, '$1Z'));
}

/** The time as ISO text with as many digits after the point (at least three). */
export function isoText(ms: number, digits = 6): string {
  return `${new Date(ms).toISOString().slice(0, 23)}${'0'.repeat(digits - 3)}Z`;
}

/** A whole number, of any size, moved; text that is no number is returned as it is. */
export function shiftWhole(text: string, by: bigint | number): string {
  return by === 0 || by === 0n || !/^-?\d+$/.test(text) ? text : String(BigInt(text) + BigInt(by));
}

/**
 * JSON with every bare number turned into the text it is spelled with, so that no digit is lost.
 * @returns undefined when it is not JSON.
 */
export function parseNumbersAsText(text: string): unknown {
  const quoted = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
  return parseJson(quoted);
}

/** @returns undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Percent-encoded text decoded; as it is when it cannot be. */
export function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of a JSON object, or null for any other text. */
export function parseFields(text: string | null): Fields | null {
  const value = text === null ? undefined : parseJson(text);
  return isFields(value) ? value : null;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 (IEEE) of ASCII text, unsigned. */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    crc = CRC_TABLE[(crc ^ text.charCodeAt(index)) & 0xff] ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A number spelled with an exponent, written out; any other text as it is. */
export function withoutExponent(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign, whole, fraction = '', exponent] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, '0');
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

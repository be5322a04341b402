import { decimalsOf } from '@/market/decimal.ts';

/** An object of an answer, read by `JSON.parse`: nothing is known of its values. */
export type AnswerRecord = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is AnswerRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value as an object; an empty one when it is anything else. */
export const recordOf = (value: unknown): AnswerRecord => (isRecord(value) ? value : {});

/** The objects of a list, whatever else it holds left out; null when it is no list. */
export const recordsOf = (value: unknown): AnswerRecord[] | null =>
  Array.isArray(value) ? value.filter(isRecord) : null;

/** The answer as an object; an empty one when it is not JSON or no object. */
export function readRecord(text: string): AnswerRecord {
  try {
    return recordOf(JSON.parse(text));
  } catch (failure) {
    if (failure instanceof SyntaxError) return {};
    throw failure;
  }
}

/** A member that is a string; empty when it is anything else. */
export function textIn(record: AnswerRecord, key: string): string {
  const value = Object.hasOwn(record, key) ? record[key] : undefined;
  return typeof value === 'string' ? value : '';
}

/** A member that is an unsigned decimal in a string; null when it is anything else. */
export function decimalIn(record: AnswerRecord, key: string): string | null {
  const text = textIn(record, key);
  return decimalsOf(text) < 0 ? null : text;
}

/** A decimal above zero in its shortest spelling; null when the member is anything else. */
export function stepIn(record: AnswerRecord, key: string): string | null {
  const text = decimalIn(record, key);
  if (text === null || !/^[\d.]+$/.test(text) || !/[1-9]/.test(text)) return null;
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** A time in whole ms written as a string; null when the member is anything else. */
export function millisIn(record: AnswerRecord, key: string): number | null {
  const text = textIn(record, key);
  return /^[1-9]\d{0,13}$/.test(text) ? Number(text) : null;
}

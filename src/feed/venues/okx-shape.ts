import { arrayOf, type JsonObject, type JsonValue, objectOf, textOf } from '../json.ts';
import type { DecodeScratch } from './decode-scratch.ts';
import { isTime, Refusal } from './strict-fields.ts';
import type { DecodeSink } from './venue.ts';

/** One message of an instrument being read. */
export interface OkxReading {
  readonly root: JsonObject;
  readonly symbol: string;
  readonly channel: string;
  readonly sink: DecodeSink;
  readonly scratch: DecodeScratch;
}

/** What a message holds. @throws Refusal when it is no list */
export function wantItems(root: JsonObject): readonly JsonValue[] {
  const items = arrayOf(root.get('data'));
  if (items === undefined) throw new Refusal('data is not an array');
  return items;
}

/** The one object a message is about. @throws Refusal when there are more or none */
export function wantOne(root: JsonObject): JsonObject {
  const items = wantItems(root);
  const only = items.length === 1 ? objectOf(items[0]) : undefined;
  if (only === undefined) throw new Refusal('data holds not one object');
  return only;
}

/** A time in ms, which the venue writes as a string. @throws Refusal otherwise */
export function checkTime(value: JsonValue | undefined): number {
  const text = textOf(value) ?? '';
  const time = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : 0;
  if (!isTime(time)) throw new Refusal('ts is not a time in milliseconds');
  return time;
}

import { type JsonObject, objectOf } from '../json.ts';
import type { DecodeScratch } from './decode-scratch.ts';
import { MAX_SYMBOL, Refusal, wantText } from './strict-fields.ts';
import type { DecodeSink } from './venue.ts';

/** The two categories spoken here: each has a socket of its own, and the names of symbols do not tell them apart. */
export type BybitCategory = 'spot' | 'linear';

/** Prices the change of the day is made of; a later message states only what is new. */
export interface DayPrices {
  readonly last: string;
  readonly before: string;
}

/** What a decoder remembers between messages. */
export interface BybitMemory {
  readonly category: BybitCategory;
  readonly scratch: DecodeScratch;
  readonly days: Map<string, DayPrices>;
}

/** A topic taken apart. */
export interface BybitTopic {
  readonly kind: 'orderbook' | 'publicTrade' | 'tickers' | 'kline';
  /** Levels of a book, spelling of an interval; else empty. */
  readonly detail: string;
  readonly symbol: string;
}

export interface BybitReading {
  readonly root: JsonObject;
  readonly topic: BybitTopic;
  readonly sink: DecodeSink;
  readonly memory: BybitMemory;
}

const TOPIC = /^(?:(orderbook)\.([1-9]\d{0,3})|(kline)\.(\w{1,3})|(publicTrade|tickers))\.([ !#-[\]-~]{1,64})$/;

/** A topic taken apart; null when it is of a kind not spoken here. */
export function topicOf(text: string): BybitTopic | null {
  const match = TOPIC.exec(text);
  if (!match) return null;
  const kind = (match[1] ?? match[3] ?? match[5]) as BybitTopic['kind'];
  return { kind, detail: match[2] ?? match[4] ?? '', symbol: match[6] };
}

/** A symbol, which the topic may spell with hyphens more or less, and not otherwise. @throws Refusal when it does */
export function wantSymbol(body: JsonObject, key: string, topic: BybitTopic): string {
  const symbol = wantText(body, key);
  if (symbol.length > MAX_SYMBOL) throw new Refusal('symbol too long');
  if (symbol !== topic.symbol && symbol.replaceAll('-', '') !== topic.symbol.replaceAll('-', '')) {
    throw new Refusal('symbol and topic differ');
  }
  return symbol;
}

/** The one object a message is about. @throws Refusal otherwise */
export function wantData(root: JsonObject): JsonObject {
  const data = objectOf(root.get('data'));
  if (data === undefined) throw new Refusal('data is not an object');
  return data;
}

/** Whether the message says everything anew. @throws Refusal when it says neither that nor the opposite */
export function wantWhole(root: JsonObject): boolean {
  const type = wantText(root, 'type');
  if (type !== 'snapshot' && type !== 'delta') throw new Refusal('neither snapshot nor delta');
  return type === 'snapshot';
}

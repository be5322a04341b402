import type { Grid } from '@/market/instrument.ts';
import { bucketStart, type Interval, type Millis } from '@/market/time.ts';
import { ANSWER_LIMITS, arrayOf, integerOf, type JsonValue, objectOf, readJson, textOf } from '../json.ts';
import { type AnswerRecord, decimalIn, recordOf } from './answer-record.ts';
import { sideTexts, snapshotOf } from './answered-book.ts';
import { parsedResult } from './hyperliquid-markets.ts';
import { readTrade } from './hyperliquid-strict.ts';
import { cleanSum } from './rounded-sum.ts';
import { isTime, Refusal } from './strict-fields.ts';
import type { FetchedTrade, HistoryCandle, RequestFault, Snapshot } from './venue.ts';

/**
 * Hyperliquid's answers: over the stream socket inside a `post` message, over HTTP bare.
 * Source: the venue's info endpoint pages and its Python SDK, 2026.
 */

/** The result inside an answer of either form; undefined when there is none. */
function resultOf(body: string): JsonValue | undefined {
  const read = readJson(body, ANSWER_LIMITS);
  if (!read.ok) return undefined;
  const root = objectOf(read.value);
  if (root?.get('channel') !== 'post') return read.value;
  const response = objectOf(objectOf(root.get('data'))?.get('response'));
  return objectOf(response?.get('payload'))?.get('data');
}

/** What a refused request means; `text` is a `post` answer or the body of an HTTP answer. */
export function answerFault(text: string, status: number): RequestFault {
  const words = faultWords(text);
  const detail = words === '' ? `status ${status}` : words.slice(0, 300);
  if (status === 429 || /\b429\b|too many|rate limit/i.test(words)) {
    // Weights are counted by the minute.
    return { kind: 'rate-limited', detail, retryAfterMs: 60_000 };
  }
  if (status === 403 || status === 451) return { kind: 'unreachable', detail, retryAfterMs: 0 };
  if (status >= 500) return { kind: 'snapshot-failed', detail, retryAfterMs: 0 };
  return { kind: 'subscribe-refused', detail, retryAfterMs: 0 };
}

function faultWords(text: string): string {
  const read = readJson(text, ANSWER_LIMITS);
  if (!read.ok) return '';
  const response = objectOf(objectOf(objectOf(read.value)?.get('data'))?.get('response'));
  return textOf(response?.get('payload')) ?? textOf(read.value) ?? '';
}

/** Time of the book in an answer, which is its id; null when it has none. */
export function readSnapshotId(body: string): number | null {
  return integerOf(objectOf(resultOf(body))?.get('time')) ?? null;
}

/** Read a book onto a grid fine enough for all of it; null when any part of it is malformed. */
export function readSnapshot(
  body: string,
  depth: number,
  grid: Grid,
  refine: (priceDecimals: number, lotDecimals: number) => Grid,
): Snapshot | null {
  const book = objectOf(resultOf(body));
  const sequence = integerOf(book?.get('time'));
  const sides = arrayOf(book?.get('levels'));
  const bids = sideTexts(sides?.[0], levelText);
  const asks = sideTexts(sides?.[1], levelText);
  if (sequence === undefined || !bids || !asks) return null;
  return snapshotOf({ sequence, bids, asks }, depth, grid, refine);
}

const levelText = (level: JsonValue): [string | undefined, string | undefined] => [
  textOf(objectOf(level)?.get('px')),
  textOf(objectOf(level)?.get('sz')),
];

/** Read candles, oldest first; null when the answer is not a list of them on the starts of their buckets. */
export function readHistory(body: string, interval: Interval): HistoryCandle[] | null {
  const rows = parsedResult(body);
  if (!Array.isArray(rows)) return null;
  const candles: HistoryCandle[] = [];
  for (const row of rows) {
    const candle = candleOf(recordOf(row));
    if (candle === null || bucketStart(candle.t, interval) !== candle.t) return null;
    candles.push(candle);
  }
  return candles.sort((a, b) => a.t - b.t);
}

function candleOf(row: AnswerRecord): HistoryCandle | null {
  const { t, n } = row;
  const [o, h, l, c, v] = ['o', 'h', 'l', 'c', 'v'].map((key) => decimalIn(row, key));
  if (typeof t !== 'number' || !Number.isSafeInteger(t)) return null;
  if (o === null || h === null || l === null || c === null || v === null) return null;
  return { t, o, h, l, c, v: cleanSum(v), n: typeof n === 'number' && Number.isSafeInteger(n) ? n : 0 };
}

/** Read the newest trades, oldest first; null when the answer is not a list of them. */
export function readTrades(body: string): FetchedTrade[] | null {
  const rows = arrayOf(resultOf(body));
  if (rows === undefined) return null;
  try {
    const trades = rows.map((item): FetchedTrade => {
      const row = objectOf(item);
      if (row === undefined) throw new Refusal('a trade is not an object');
      const { id, idText, price, size, aggressor, time } = readTrade(row);
      return { id, firstId: id, ...(idText !== '' && { idText }), price, size, aggressor, time };
    });
    // The venue lists them newest first; trades of one block share their time.
    return trades.reverse().sort((a, b) => a.time - b.time);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** Read the venue's time, which is that of its newest block; null when the answer does not state it. */
export function readTime(body: string): Millis | null {
  const time = integerOf(objectOf(resultOf(body))?.get('time'));
  return time !== undefined && isTime(time) ? time : null;
}

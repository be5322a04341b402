import { decimalsOf, formatTrimmed, splitDecimal } from '@/market/decimal.ts';
import type { CatalogueEntry, Grid, InstrumentId, InstrumentKind } from '@/market/instrument.ts';
import { kindOfPair } from '@/market/instrument-kind.ts';
import { bucketStart, type Interval, type Millis } from '@/market/time.ts';
import {
  ANSWER_LIMITS,
  arrayOf,
  integerOf,
  type JsonObject,
  type JsonValue,
  objectOf,
  readJson,
  textOf,
} from '../json.ts';
import { parseAnswer } from './answer-json.ts';
import { recordOf, recordsOf, textIn } from './answer-record.ts';
import { sideTexts, snapshotOf } from './answered-book.ts';
import { numberOf, readTrade } from './deribit-fields.ts';
import { isInverse } from './deribit-names.ts';
import { faultDetail, TOO_MANY } from './deribit-strict.ts';
import { figuresOf, rounded } from './deribit-ticker.ts';
import { cleanSum } from './rounded-sum.ts';
import { isTime, Refusal, roundDecimal, wantText, wantTime } from './strict-fields.ts';
import type { FetchedTrade, HistoryCandle, Listing, RequestFault, Snapshot, TickerEvent } from './venue.ts';

/**
 * Deribit's answers, the same JSON-RPC over the socket and over HTTP. Numbers are bare, so they are read by their digits.
 * Source: the venue's API pages, 2.1.1, 2026; recorded `get_instruments` of 2021.
 */

const MAX_SYMBOL = 64;
/** Codes that say: no such instrument. */
const UNKNOWN: ReadonlySet<number> = new Set([13020, 13039]);

function rootOf(body: string): JsonObject | undefined {
  const read = readJson(body, ANSWER_LIMITS);
  return read.ok ? objectOf(read.value) : undefined;
}

const resultOf = (body: string): JsonValue | undefined => rootOf(body)?.get('result');

/** What an answer's error means; `status` counts where the text is none of the venue's. */
export function answerFault(text: string, status: number): RequestFault {
  const error = objectOf(rootOf(text)?.get('error'));
  if (error === undefined) return httpFault(status);
  const code = integerOf(error.get('code'));
  const detail = faultDetail(error);
  const data = objectOf(error.get('data'));
  if (code === TOO_MANY || status === 429) {
    const wait = integerOf(data?.get('wait')) ?? 0;
    // Credits come back within seconds.
    return { kind: 'rate-limited', detail, retryAfterMs: wait > 0 ? wait * 1000 : 5_000 };
  }
  const isSymbol = textOf(data?.get('param')) === 'instrument_name' || (code !== undefined && UNKNOWN.has(code));
  return { kind: isSymbol ? 'unknown-symbol' : 'subscribe-refused', detail, retryAfterMs: 0 };
}

function httpFault(status: number): RequestFault {
  const detail = `status ${status}`;
  if (status === 429) return { kind: 'rate-limited', detail, retryAfterMs: 5_000 };
  if (status === 403 || status === 451) return { kind: 'unreachable', detail, retryAfterMs: 0 };
  return { kind: status >= 500 ? 'snapshot-failed' : 'subscribe-refused', detail, retryAfterMs: 0 };
}

/** What an instrument is; null for combinations, whose prices are differences and may be negative. */
function kindOf(field: (key: string) => string): InstrumentKind | null {
  const kind = field('kind');
  if (kind === 'option') return 'option';
  if (kind === 'future') return field('settlement_period') === 'perpetual' ? 'perpetual' : 'future';
  return kind === 'spot' ? kindOfPair(field('base_currency'), field('quote_currency'), 'spot') : null;
}

const isNamed = (symbol: string): boolean => symbol !== '' && symbol.length <= MAX_SYMBOL;

/** Read one instrument of an answer that holds it alone or in a list; null when it is not there or unreadable. */
export function readListing(body: string, symbol: string): Listing | null {
  const result = resultOf(body);
  const rows = arrayOf(result) ?? [result];
  const row = rows
    .map((item) => objectOf(item))
    .find((one) => one !== undefined && one.get('instrument_name') === symbol);
  const kind = row === undefined ? null : kindOf((key) => textOf(row.get(key)) ?? '');
  if (row === undefined || kind === null) return null;
  const steps = stepsOf(row);
  const sizeStep = finest([stepText(row, 'min_trade_amount'), stepText(row, 'contract_size')]);
  if (steps === null || sizeStep === null) return null;
  const base = textOf(row.get('base_currency')) ?? symbol;
  const inverse = isInverse(symbol);
  const priceStep = finest(steps.map((one) => one.step)) ?? steps[0].step;
  return {
    symbol,
    base,
    quote: textOf(row.get('quote_currency')) ?? '',
    kind,
    priceStep,
    sizeStep,
    sizeUnit: inverse ? 'USD' : base,
    tradable: row.get('is_active') !== false,
    ...(inverse && { contract: { value: '1', currency: 'USD' } }),
    ...(steps.length > 1 && { stepAt: (ticks: number, priceDecimals: number) => stepAt(steps, ticks, priceDecimals) }),
  };
}

/** An increment and the price from which it counts. */
interface Step {
  readonly above: string;
  readonly step: string;
}

function stepsOf(row: JsonObject): Step[] | null {
  const first = stepText(row, 'tick_size');
  if (first === null) return null;
  const steps: Step[] = [{ above: '0', step: first }];
  for (const item of arrayOf(row.get('tick_size_steps')) ?? []) {
    const one = objectOf(item);
    const step = one === undefined ? null : stepText(one, 'tick_size');
    const above = numberOf(one?.get('above_price')) ?? '';
    if (step === null || decimalsOf(above) < 0) return null;
    steps.push({ above, step });
  }
  return steps;
}

function stepAt(steps: readonly Step[], ticks: number, priceDecimals: number): string {
  let found = steps[0];
  for (const one of steps) if (isAbove(ticks, priceDecimals, one.above) && isWider(one.above, found.above)) found = one;
  return found.step;
}

/** Whether a price is at or above a decimal; at the edge both increments fit it. */
const isAbove = (ticks: number, priceDecimals: number, edge: string): boolean =>
  compare(BigInt(ticks), priceDecimals, edge) >= 0;

const isWider = (edge: string, than: string): boolean => {
  const parts = splitDecimal(edge);
  return parts !== null && compare(BigInt(parts.digits), parts.decimals, than) >= 0;
};

function compare(value: bigint, decimals: number, text: string): number {
  const parts = splitDecimal(text) ?? { digits: '0', decimals: 0 };
  const scale = Math.max(decimals, parts.decimals);
  const a = value * 10n ** BigInt(scale - decimals);
  const b = BigInt(parts.digits) * 10n ** BigInt(scale - parts.decimals);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A step as plain decimal text; null when it is no number above 0. */
function stepText(row: JsonObject, key: string): string | null {
  const parts = splitDecimal(numberOf(row.get(key)) ?? '');
  return parts === null || parts.digits === '0' ? null : formatTrimmed(BigInt(parts.digits), parts.decimals);
}

/** The smallest of the steps that there are. */
function finest(steps: readonly (string | null)[]): string | null {
  const stated = steps.flatMap((step) => step ?? []);
  return stated.reduce<string | null>((least, step) => (least !== null && isWider(step, least) ? least : step), null);
}

/** Read a list of instruments: what trades now. */
export function readCatalogue(body: string, venueName: string): CatalogueEntry[] {
  const entries: CatalogueEntry[] = [];
  for (const row of recordsOf(recordOf(parseAnswer(body)).result) ?? []) {
    const symbol = textIn(row, 'instrument_name');
    const kind = kindOf((key) => textIn(row, key));
    if (kind === null || row.is_active === false || !isNamed(symbol)) continue;
    const id: InstrumentId = `deribit:${symbol}`;
    entries.push({
      id,
      base: textIn(row, 'base_currency') || symbol,
      quote: textIn(row, 'quote_currency'),
      kind,
      venueName,
    });
  }
  return entries;
}

/** Id of the book in an answer; null when it has none. */
export function readSnapshotId(body: string): number | null {
  return integerOf(objectOf(resultOf(body))?.get('change_id')) ?? null;
}

/** Read a book onto a grid fine enough for all of it; null when any part of it is malformed. */
export function readSnapshot(
  body: string,
  depth: number,
  grid: Grid,
  refine: (priceDecimals: number, lotDecimals: number) => Grid,
): Snapshot | null {
  const book = objectOf(resultOf(body));
  const sequence = integerOf(book?.get('change_id'));
  const bids = sideTexts(book?.get('bids'), levelText);
  const asks = sideTexts(book?.get('asks'), levelText);
  if (sequence === undefined || !bids || !asks) return null;
  return snapshotOf({ sequence, bids, asks }, depth, grid, refine);
}

const levelText = (level: JsonValue): [string | undefined, string | undefined] => [
  numberOf(arrayOf(level)?.[0]),
  numberOf(arrayOf(level)?.[1]),
];

/**
 * Read a chart's columns as candles, oldest first; volumes are in the unit of the instrument's trades.
 * @param askedFor  the instrument that a numbered question was about; null when the number is not known
 * @returns null when the columns are malformed, of different lengths, off the starts of their buckets, or nobody knows
 *   whose they are
 */
export function readHistory(
  body: string,
  interval: Interval,
  askedFor: (number: number) => string | null,
): HistoryCandle[] | null {
  const root = rootOf(body);
  const number = integerOf(root?.get('id'));
  const symbol = number === undefined ? null : askedFor(number);
  const result = objectOf(root?.get('result'));
  if (symbol === null || result === undefined) return null;
  if (textOf(result.get('status')) === 'no_data') return [];
  const ticks = arrayOf(result.get('ticks'))?.map((tick) => integerOf(tick) ?? -1);
  const columns = ['open', 'high', 'low', 'close', isInverse(symbol) ? 'cost' : 'volume'].map((key) =>
    arrayOf(result.get(key))?.map((value) => numberOf(value) ?? ''),
  );
  const [o, h, l, c, v] = columns;
  if (!ticks || !o || !h || !l || !c || !v) return null;
  if (columns.some((column) => column?.length !== ticks.length)) return null;
  const candles: HistoryCandle[] = [];
  for (const [i, t] of ticks.entries()) {
    if (bucketStart(t, interval) !== t || [o, h, l, c, v].some((column) => decimalsOf(column[i]) < 0)) return null;
    candles.push({ t, o: o[i], h: h[i], l: l[i], c: c[i], v: cleanSum(v[i]), n: 0 });
  }
  return candles.sort((a, b) => a.t - b.t);
}

/** Read trades, oldest first; null when the answer is not a list of them. */
export function readTrades(body: string): FetchedTrade[] | null {
  const rows = arrayOf(objectOf(resultOf(body))?.get('trades'));
  if (rows === undefined) return null;
  try {
    const trades = rows.map((item): FetchedTrade => {
      const row = objectOf(item);
      if (row === undefined) throw new Refusal('a trade is not an object');
      const { sequence, id, price, size, aggressor, time } = readTrade(row);
      return { id: sequence, firstId: sequence, idText: id, price, size, aggressor, time };
    });
    return trades.sort((a, b) => a.id - b.id);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** Read the figures of the day; null when the answer does not state them. */
export function readTicker(body: string, grid: Grid): TickerEvent | null {
  const data = objectOf(resultOf(body));
  if (data === undefined) return null;
  try {
    const figures = figuresOf(data, wantText(data, 'instrument_name'));
    const [highTicks, lowTicks] = (figures.range ?? []).map((text) => roundDecimal(text, grid.priceDecimals));
    return {
      ...figures.plain,
      ...rounded(figures, grid),
      ...(figures.range !== null && { highTicks, lowTicks }),
      eventTime: wantTime(data, 'timestamp'),
    };
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** Read the venue's time; null when the answer does not state it. */
export function readTime(body: string): Millis | null {
  const time = integerOf(resultOf(body));
  return time !== undefined && isTime(time) ? time : null;
}

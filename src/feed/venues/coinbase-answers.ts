import { decimalsOf } from '@/market/decimal.ts';
import type { CatalogueEntry, Grid } from '@/market/instrument.ts';
import { kindOfPair } from '@/market/instrument-kind.ts';
import { bucketStart, type Interval, type Millis } from '@/market/time.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
import { isoWholeMillis } from '../iso-time.ts';
import { ANSWER_LIMITS, arrayOf, decimalTextOf, integerOf, type JsonValue, readJson } from '../json.ts';
import { faultOfStatus, parseAnswer } from './answer-json.ts';
import { type AnswerRecord, decimalIn, readRecord, recordOf, recordsOf, stepIn, textIn } from './answer-record.ts';
import { type DayKeys, readDay } from './day-change.ts';
import { isTime, MAX_DECIMALS, MAX_SYMBOL } from './strict-fields.ts';
import type { FetchedTrade, HistoryCandle, Listing, RequestFault, TickerEvent } from './venue.ts';

/**
 * Coinbase Exchange's answers over HTTP. Source: the Exchange REST reference, read mid-2026; the list of products also
 * stands in the capture `coinbase-exchange-10prod-20210417`.
 */

/** What a refused request means: `{"message":"NotFound"}` and a status. */
export const answerFault = (text: string, status: number): RequestFault =>
  faultOfStatus(status, textIn(readRecord(text), 'message'));

interface Product {
  readonly id: string;
  readonly base: string;
  readonly quote: string;
  readonly record: AnswerRecord;
}

/** A product that can be named; null otherwise. */
function productOf(record: AnswerRecord): Product | null {
  const id = textIn(record, 'id');
  if (id === '' || id.length > MAX_SYMBOL) return null;
  const [first = id, second = ''] = id.split('-');
  const base = textIn(record, 'base_currency');
  const quote = textIn(record, 'quote_currency');
  return { id, base: base === '' ? first : base, quote: quote === '' ? second : quote, record };
}

const isTradable = ({ status, trading_disabled: isDisabled }: AnswerRecord): boolean =>
  (status === undefined || status === 'online') && isDisabled !== true;

/** Read one product, answered alone or in the list of all; null when it is not there or its steps cannot be read. */
export function readListing(body: string, symbol: string): Listing | null {
  const parsed = parseAnswer(body);
  const products = recordsOf(parsed) ?? [recordOf(parsed)];
  const found = products.map(productOf).find((product) => product?.id === symbol);
  if (!found) return null;
  const priceStep = stepOf(found.record, 'quote_increment');
  const sizeStep = stepOf(found.record, 'base_increment');
  if (priceStep === null || sizeStep === null) return null;
  const { base, quote, record } = found;
  return {
    symbol,
    base,
    quote,
    kind: kindOfPair(base, quote, 'spot'),
    priceStep,
    sizeStep,
    sizeUnit: base,
    tradable: isTradable(record),
  };
}

function stepOf(product: AnswerRecord, key: string): string | null {
  const step = stepIn(product, key);
  return step === null || decimalsOf(step) > MAX_DECIMALS ? null : step;
}

/** Read the catalogue: what trades now. Products that cannot be read are left out. */
export function readCatalogue(body: string): CatalogueEntry[] {
  const entries: CatalogueEntry[] = [];
  for (const record of recordsOf(parseAnswer(body)) ?? []) {
    const product = productOf(record);
    if (product === null || !isTradable(product.record)) continue;
    const { id, base, quote } = product;
    entries.push({ id: `coinbase:${id}`, base, quote, kind: kindOfPair(base, quote, 'spot'), venueName: 'Coinbase' });
  }
  return entries;
}

/**
 * Read candles, which come newest first as `[seconds, low, high, open, close, volume]` with bare numbers, none for a
 * period without trades.
 * @returns oldest first; null when the answer is not a list of them
 */
export function readHistory(body: string, interval: Interval): HistoryCandle[] | null {
  const read = readJson(body, ANSWER_LIMITS);
  const list = read.ok ? arrayOf(read.value) : undefined;
  if (list === undefined) return null;
  const rows = new Map<number, HistoryCandle>();
  for (const value of list) {
    const row = readBar(value);
    if (row === null) return null;
    if (bucketStart(row.t, interval) === row.t) rows.set(row.t, row);
  }
  return [...rows.values()].sort((a, b) => a.t - b.t);
}

function readBar(value: JsonValue): HistoryCandle | null {
  const row = arrayOf(value) ?? [];
  const seconds = integerOf(row[0]);
  const [l, h, o, c, v] = row.slice(1, 6).map(decimalTextOf);
  if (seconds === undefined || !isTime(seconds * 1000)) return null;
  if (l === undefined || h === undefined || o === undefined || c === undefined || v === undefined) return null;
  return { t: seconds * 1000, o, h, l, c, v, n: 0 };
}

/** Read trades, which come newest first. @returns oldest first; null when the answer is not a list of them */
export function readTrades(body: string): FetchedTrade[] | null {
  const parsed = parseAnswer(body);
  if (!Array.isArray(parsed)) return null;
  const trades: FetchedTrade[] = [];
  for (const value of parsed as unknown[]) {
    const trade = readTrade(recordOf(value));
    if (trade === null) return null;
    trades.push(trade);
  }
  return trades.sort((a, b) => a.id - b.id);
}

function readTrade(row: AnswerRecord): FetchedTrade | null {
  const { trade_id: id, side } = row;
  const price = decimalIn(row, 'price');
  const size = decimalIn(row, 'size');
  const time = isoWholeMillis(textIn(row, 'time'));
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0 || !isTime(time)) return null;
  if (price === null || size === null || (side !== 'buy' && side !== 'sell')) return null;
  // The maker's side, as in the stream.
  return { id, firstId: id, price, size, aggressor: side === 'sell' ? BUYER : SELLER, time };
}

/** Read the venue's clock; null when the answer does not state it. */
export function readTime(body: string): Millis | null {
  const time = isoWholeMillis(textIn(readRecord(body), 'iso'));
  return isTime(time) ? time : null;
}

const DAY_KEYS: DayKeys = { last: 'last', open: 'open', high: 'high', low: 'low', volume: 'volume' };

/** Read the figures of the last day; null when the answer does not state them. They are undated. */
export function readTicker(body: string, grid: Grid): TickerEvent | null {
  return readDay(readRecord(body), DAY_KEYS, grid, 0);
}

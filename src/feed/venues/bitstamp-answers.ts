import { decimalsOf, scaleDecimal, scaleWide, WIDE } from '@/market/decimal.ts';
import type { CatalogueEntry, Grid } from '@/market/instrument.ts';
import { kindOfPair } from '@/market/instrument-kind.ts';
import { bucketStart, type Interval } from '@/market/time.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
import { LevelList, MAX_LEVELS } from '../book/level-list.ts';
import { ANSWER_LIMITS, arrayOf, type JsonObject, objectOf, readJson, textOf } from '../json.ts';
import { faultOfStatus, parseAnswer } from './answer-json.ts';
import { type AnswerRecord, decimalIn, readRecord, recordOf, recordsOf, textIn } from './answer-record.ts';
import { type DayKeys, readDay } from './day-change.ts';
import { isTime, MAX_DECIMALS, MAX_SYMBOL } from './strict-fields.ts';
import type { FetchedTrade, HistoryCandle, Listing, RequestFault, Snapshot, TickerEvent } from './venue.ts';

/**
 * Bitstamp's answers over HTTP. Source: the v2 API page, read mid-2026; pairs and books stand in the capture
 * `bitstamp-10pairs-20220105`, the rest is as documented.
 */

/** What a refused request means: `{"status":"error","reason":"…","code":"…"}`, the reason a text or a list by field. */
export function answerFault(text: string, status: number): RequestFault {
  const { reason } = readRecord(text);
  return faultOfStatus(status, typeof reason === 'object' ? JSON.stringify(reason) : String(reason ?? ''));
}

interface Pair {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly record: AnswerRecord;
}

/** A pair that can be named; null otherwise. */
function pairOf(record: AnswerRecord): Pair | null {
  const symbol = textIn(record, 'url_symbol');
  const [base = '', quote = ''] = textIn(record, 'name').split('/');
  if (symbol === '' || symbol.length > MAX_SYMBOL || base === '' || quote === '') return null;
  return { symbol, base, quote, record };
}

const pairsOf = (body: string): Pair[] =>
  (recordsOf(parseAnswer(body)) ?? []).map(pairOf).filter((pair): pair is Pair => pair !== null);

const isTradable = (pair: Pair): boolean => pair.record.trading === undefined || pair.record.trading === 'Enabled';

/** A step of so many decimals, as text. */
function stepField(record: AnswerRecord, key: string): string | null {
  const decimals = record[key];
  if (typeof decimals !== 'number' || !Number.isInteger(decimals) || decimals < 0 || decimals > MAX_DECIMALS)
    return null;
  return decimals === 0 ? '1' : `0.${'1'.padStart(decimals, '0')}`;
}

/** Read one pair out of the list of all; null when it is not listed or its steps cannot be read. */
export function readListing(body: string, symbol: string): Listing | null {
  const pair = pairsOf(body).find((one) => one.symbol === symbol);
  if (pair === undefined) return null;
  const priceStep = stepField(pair.record, 'counter_decimals');
  const sizeStep = stepField(pair.record, 'base_decimals');
  if (priceStep === null || sizeStep === null) return null;
  const { base, quote } = pair;
  const kind = kindOfPair(base, quote, 'spot');
  return { symbol, base, quote, kind, priceStep, sizeStep, sizeUnit: base, tradable: isTradable(pair) };
}

/** Read the catalogue: what trades now. Pairs that cannot be read are left out. */
export function readCatalogue(body: string): CatalogueEntry[] {
  return pairsOf(body)
    .filter(isTradable)
    .map(({ symbol, base, quote }) => ({
      id: `bitstamp:${symbol}`,
      base,
      quote,
      kind: kindOfPair(base, quote, 'spot'),
      venueName: 'Bitstamp',
    }));
}

/**
 * Read a whole book onto a grid fine enough for all of it. The venue sends every level it has, outliers included.
 * @returns null when any part of it is malformed
 */
export function readSnapshot(
  body: string,
  grid: Grid,
  refine: (priceDecimals: number, lotDecimals: number) => Grid,
): Snapshot | null {
  const read = readJson(body, ANSWER_LIMITS);
  const book = read.ok ? objectOf(read.value) : undefined;
  const sequence = microsOf(book);
  const bidTexts = levelTexts(book, 'bids');
  const askTexts = levelTexts(book, 'asks');
  if (sequence === null || bidTexts === null || askTexts === null) return null;
  const all = [...bidTexts, ...askTexts];
  const price = all.reduce((most, [text]) => Math.max(most, decimalsOf(text)), grid.priceDecimals);
  const lot = all.reduce((most, [, text]) => Math.max(most, decimalsOf(text)), grid.lotDecimals);
  if (price > MAX_DECIMALS || lot > MAX_DECIMALS) return null;
  const fine = price > grid.priceDecimals || lot > grid.lotDecimals ? refine(price, lot) : grid;
  const bids = levels(bidTexts, fine);
  const asks = levels(askTexts, fine);
  return bids === null || asks === null ? null : { sequence, bids, asks, bidsCut: false, asksCut: false };
}

function microsOf(book: JsonObject | undefined): number | null {
  const text = textOf(book?.get('microtimestamp')) ?? '';
  const micros = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(micros) && isTime(micros / 1000) ? micros : null;
}

function levelTexts(book: JsonObject | undefined, key: string): [price: string, size: string][] | null {
  const rows = arrayOf(book?.get(key));
  if (rows === undefined || rows.length > MAX_LEVELS) return null;
  const texts: [string, string][] = [];
  for (const value of rows) {
    const row = arrayOf(value) ?? [];
    const price = textOf(row[0]);
    const size = textOf(row[1]);
    if (row.length !== 2 || price === undefined || size === undefined) return null;
    if (decimalsOf(price) < 0 || decimalsOf(size) < 0) return null;
    texts.push([price, size]);
  }
  return texts;
}

function levels(rows: readonly (readonly [price: string, size: string])[], grid: Grid): LevelList | null {
  const list = new LevelList();
  for (const [price, size] of rows) {
    const ticks = scaleDecimal(price, grid.priceDecimals);
    const lots = scaleDecimal(size, grid.lotDecimals);
    if (ticks <= 0 || (lots < 0 && lots !== WIDE)) return null;
    if (lots === WIDE) list.pushWide(ticks, scaleWide(size, grid.lotDecimals) ?? 0n);
    else if (lots > 0) list.push(ticks, lots);
  }
  return list;
}

/** Read candles, which come oldest first as texts. @returns null when the answer is not a list of them */
export function readHistory(body: string, interval: Interval): HistoryCandle[] | null {
  const { ohlc } = recordOf(readRecord(body).data);
  if (!Array.isArray(ohlc)) return null;
  const rows = new Map<number, HistoryCandle>();
  for (const value of ohlc as unknown[]) {
    const row = readBar(recordOf(value));
    if (row === null) return null;
    if (bucketStart(row.t, interval) === row.t) rows.set(row.t, row);
  }
  return [...rows.values()].sort((a, b) => a.t - b.t);
}

function readBar(row: AnswerRecord): HistoryCandle | null {
  const t = secondsField(row, 'timestamp');
  const [o, h, l, c, v] = ['open', 'high', 'low', 'close', 'volume'].map((key) => decimalIn(row, key));
  if (t === null || o === null || h === null || l === null || c === null || v === null) return null;
  return { t, o, h, l, c, v, n: 0 };
}

/** A time in whole seconds, written as text, in ms. */
function secondsField(record: AnswerRecord, key: string): number | null {
  const text = textIn(record, key);
  const time = /^[1-9]\d{0,10}$/.test(text) ? Number(text) * 1000 : Number.NaN;
  return isTime(time) ? time : null;
}

/**
 * Read trades, which come newest first, dated to the second. Each is given the end of its second, so that none seems
 * older than the one of the stream it comes after.
 * @returns oldest first; null when it is not a list of them
 */
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
  const idText = textIn(row, 'tid');
  const id = /^\d{1,16}$/.test(idText) ? Number(idText) : Number.NaN;
  const time = secondsField(row, 'date');
  const price = decimalIn(row, 'price');
  const size = decimalIn(row, 'amount');
  const { type } = row;
  if (!Number.isSafeInteger(id) || time === null || price === null || size === null) return null;
  if (type !== '0' && type !== '1') return null;
  return { id, firstId: id, price, size, aggressor: type === '0' ? BUYER : SELLER, time: time + 999 };
}

const DAY_KEYS: DayKeys = { last: 'last', open: 'open_24', high: 'high', low: 'low', volume: 'volume' };

/** Read the figures of the last day; null when the answer does not state them. */
export function readTicker(body: string, grid: Grid): TickerEvent | null {
  const record = readRecord(body);
  return readDay(record, DAY_KEYS, grid, secondsField(record, 'timestamp') ?? 0);
}

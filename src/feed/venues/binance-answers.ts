import { decimalsOf, scaleDecimal, scaleWide, WIDE } from '@/market/decimal.ts';
import type { CatalogueEntry, Grid, InstrumentId, InstrumentKind, VenueId } from '@/market/instrument.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
import { LevelList, MAX_LEVELS } from '../book/level-list.ts';
import { ANSWER_LIMITS, integerOf, type JsonObject, type JsonValue, readJson } from '../json.ts';
import { roundDecimal } from './strict-fields.ts';
import type { FetchedTrade, HistoryCandle, Listing, RequestFault, Snapshot, TickerEvent } from './venue.ts';

/**
 * Binance's answers to requests, over its request socket (`{id,status,result}`) and over HTTP (the bare result).
 * Bodies arrive at human speed; the book snapshot is read by the strict reader, the rest by `JSON.parse`.
 * Source: developers.binance.com, spot REST and WebSocket API, and the USDⓈ-M market data pages, read 2026-07.
 */

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The result inside an answer of either form; undefined when the text is not JSON. */
function resultOf(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) && 'result' in parsed && 'status' in parsed ? parsed.result : parsed;
  } catch (failure) {
    if (failure instanceof SyntaxError) return undefined;
    throw failure;
  }
}

/** What an answer's status means. */
export function answerFault(text: string, status: number): RequestFault {
  const parsed = envelope(text);
  const error = isRecord(parsed.error) ? parsed.error : parsed;
  const code = typeof error.code === 'number' ? error.code : 0;
  const message = typeof error.msg === 'string' ? error.msg.slice(0, 300) : `status ${status}`;
  const detail = code === 0 ? message : `${code} ${message}`;
  const data = isRecord(error.data) ? error.data : {};
  const { retryAfter, serverTime } = data;
  const wait =
    typeof retryAfter === 'number' && typeof serverTime === 'number' ? Math.max(0, retryAfter - serverTime) : 0;
  if (status === 418 || status === 429 || code === -1003) return { kind: 'rate-limited', detail, retryAfterMs: wait };
  if (code === -1121) return { kind: 'unknown-symbol', detail, retryAfterMs: 0 };
  if (status === 451 || status === 403) return { kind: 'unreachable', detail, retryAfterMs: 0 };
  if (status >= 500) return { kind: 'snapshot-failed', detail, retryAfterMs: 0 };
  return { kind: 'subscribe-refused', detail, retryAfterMs: 0 };
}

function envelope(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : {};
  } catch (failure) {
    if (failure instanceof SyntaxError) return {};
    throw failure;
  }
}

const QUOTE_KINDS: Record<string, InstrumentKind> = { PERPETUAL: 'perpetual' };
const DEMO_KINDS: readonly InstrumentKind[] = ['spot', 'fx', 'equity', 'future', 'commodity'];

function kindOf(symbol: Record<string, unknown>, fallback: InstrumentKind): InstrumentKind {
  const declared = symbol.demoKind;
  const demo = DEMO_KINDS.find((kind) => kind === declared);
  if (demo) return demo;
  if (fallback === 'spot') return 'spot';
  return typeof symbol.contractType === 'string' ? (QUOTE_KINDS[symbol.contractType] ?? 'future') : fallback;
}

/** Read one symbol of `exchangeInfo`; null when it is not listed or its steps cannot be read. */
export function readListing(body: string, symbol: string, fallback: InstrumentKind): Listing | null {
  const found = symbolsOf(body).find((entry) => entry.symbol === symbol);
  if (!found) return null;
  const filters = Array.isArray(found.filters) ? found.filters.filter(isRecord) : [];
  const step = (type: string, key: string): string | null => {
    const value = filters.find((filter) => filter.filterType === type)?.[key];
    return typeof value === 'string' && decimalsOf(value) >= 0 ? trimZeros(value) : null;
  };
  const priceStep = step('PRICE_FILTER', 'tickSize');
  const sizeStep = step('LOT_SIZE', 'stepSize');
  if (priceStep === null || sizeStep === null || priceStep === '0') return null;
  const base = typeof found.baseAsset === 'string' ? found.baseAsset : symbol;
  return {
    symbol,
    base,
    quote: typeof found.quoteAsset === 'string' ? found.quoteAsset : '',
    kind: kindOf(found, fallback),
    priceStep,
    sizeStep: sizeStep === '0' ? '1' : sizeStep,
    sizeUnit: base,
    tradable: found.status === undefined || found.status === 'TRADING',
  };
}

const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

function symbolsOf(body: string): Record<string, unknown>[] {
  const result = resultOf(body);
  return isRecord(result) && Array.isArray(result.symbols) ? result.symbols.filter(isRecord) : [];
}

/** Read the catalogue: what trades now. */
export function readCatalogue(
  body: string,
  venue: VenueId,
  venueName: string,
  fallback: InstrumentKind,
): CatalogueEntry[] {
  const entries: CatalogueEntry[] = [];
  for (const entry of symbolsOf(body)) {
    if (typeof entry.symbol !== 'string' || (entry.status !== undefined && entry.status !== 'TRADING')) continue;
    if (entry.symbol === '' || entry.symbol.length > 64) continue;
    const id: InstrumentId = `${venue}:${entry.symbol}`;
    entries.push({
      id,
      base: typeof entry.baseAsset === 'string' ? entry.baseAsset : entry.symbol,
      quote: typeof entry.quoteAsset === 'string' ? entry.quoteAsset : '',
      kind: kindOf(entry, fallback),
      venueName,
    });
  }
  return entries;
}

function bookOf(body: string): JsonObject | null {
  const read = readJson(body, ANSWER_LIMITS);
  if (!read.ok || !(read.value instanceof Map)) return null;
  const result: JsonValue | undefined = read.value.has('status') ? read.value.get('result') : read.value;
  return result instanceof Map ? result : null;
}

/** The venue's clock; null when the answer does not say it. */
export function readTime(body: string): number | null {
  const result = resultOf(body);
  const time = isRecord(result) ? result.serverTime : null;
  return typeof time === 'number' && time > 0 ? time : null;
}

/** Id of the book in a depth answer; null when it has none. */
export function readSnapshotId(body: string): number | null {
  return integerOf(bookOf(body)?.get('lastUpdateId')) ?? null;
}

/**
 * Read a depth snapshot onto a grid fine enough for all of it.
 * @returns null when any part of it is malformed
 */
export function readSnapshot(
  body: string,
  depth: number,
  grid: Grid,
  refine: (priceDecimals: number, lotDecimals: number) => Grid,
): Snapshot | null {
  const book = bookOf(body);
  const sequence = integerOf(book?.get('lastUpdateId'));
  const bidTexts = levelTexts(book?.get('bids'));
  const askTexts = levelTexts(book?.get('asks'));
  if (sequence === undefined || !bidTexts || !askTexts) return null;
  const all = [...bidTexts, ...askTexts];
  const price = all.reduce((most, [text]) => Math.max(most, decimalsOf(text)), 0);
  const lot = all.reduce((most, [, text]) => Math.max(most, decimalsOf(text)), 0);
  const fine = price > grid.priceDecimals || lot > grid.lotDecimals ? refine(price, lot) : grid;
  const bids = levels(bidTexts, fine);
  const asks = levels(askTexts, fine);
  if (!bids || !asks) return null;
  return { sequence, bids, asks, bidsCut: bids.count >= depth, asksCut: asks.count >= depth };
}

function levelTexts(value: JsonValue | undefined): [string, string][] | null {
  if (!Array.isArray(value) || value.length > MAX_LEVELS) return null;
  const rows: [string, string][] = [];
  for (const row of value as readonly JsonValue[]) {
    if (!Array.isArray(row) || row.length < 2) return null;
    const [price, size] = row as readonly JsonValue[];
    if (typeof price !== 'string' || typeof size !== 'string') return null;
    if (decimalsOf(price) < 0 || decimalsOf(size) < 0) return null;
    rows.push([price, size]);
  }
  return rows;
}

function levels(rows: readonly [string, string][], grid: Grid): LevelList | null {
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

/** Read klines, oldest first; null when the answer is not a list of them. */
export function readHistory(body: string): HistoryCandle[] | null {
  const result = resultOf(body);
  if (!Array.isArray(result)) return null;
  const rows: HistoryCandle[] = [];
  for (const row of result) {
    if (!Array.isArray(row)) return null;
    const [t, o, h, l, c, v, , , n] = row as unknown[];
    if (typeof t !== 'number' || !Number.isSafeInteger(t) || typeof n !== 'number') return null;
    if (![o, h, l, c, v].every((text) => typeof text === 'string' && decimalsOf(text) >= 0)) return null;
    rows.push({ t, o: String(o), h: String(h), l: String(l), c: String(c), v: String(v), n });
  }
  return rows;
}

/** Read single trades or aggregates, oldest first; null when the answer is not a list of them. */
export function readTrades(body: string): FetchedTrade[] | null {
  const result = resultOf(body);
  if (!Array.isArray(result)) return null;
  const trades: FetchedTrade[] = [];
  for (const row of result) {
    if (!isRecord(row)) return null;
    const isAggregate = 'a' in row;
    const id = isAggregate ? row.l : row.id;
    const firstId = isAggregate ? row.f : row.id;
    const price = isAggregate ? row.p : row.price;
    const size = isAggregate ? row.q : row.qty;
    const time = isAggregate ? row.T : row.time;
    const buyerIsMaker = isAggregate ? row.m : row.isBuyerMaker;
    if (typeof id !== 'number' || typeof firstId !== 'number' || typeof time !== 'number') return null;
    if (typeof price !== 'string' || typeof size !== 'string' || typeof buyerIsMaker !== 'boolean') return null;
    trades.push({ id, firstId, price, size, time, aggressor: buyerIsMaker ? SELLER : BUYER });
  }
  return trades.sort((a, b) => a.id - b.id);
}

/** Read 24-hour figures; null when the answer does not state them. */
export function readTicker(body: string, grid: Grid): TickerEvent | null {
  const result = resultOf(body);
  const row = Array.isArray(result) ? result[0] : result;
  if (!isRecord(row)) return null;
  const text = (key: string): string | null => {
    const value = row[key];
    return typeof value === 'string' && /^-?\d{1,18}(\.\d{1,18})?$/.test(value) ? value : null;
  };
  const [change, percent, high, low, volume, quote] = [
    text('priceChange'),
    text('priceChangePercent'),
    text('highPrice'),
    text('lowPrice'),
    text('volume'),
    text('quoteVolume'),
  ];
  const time = row.closeTime;
  if (change === null || percent === null || high === null || low === null || volume === null || quote === null)
    return null;
  const lots = scaleWide(volume, grid.lotDecimals);
  return {
    changeTicks: signed(change, grid.priceDecimals),
    changeBasisPoints: signed(percent, 2),
    highTicks: signed(high, grid.priceDecimals),
    lowTicks: signed(low, grid.priceDecimals),
    ...(lots !== null && { volume: lots <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(lots) : lots.toString() }),
    quoteVolume: quote,
    eventTime: typeof time === 'number' ? time : 0,
  };
}

function signed(text: string, decimals: number): number {
  return text.startsWith('-') ? -roundDecimal(text.slice(1), decimals) : roundDecimal(text, decimals);
}

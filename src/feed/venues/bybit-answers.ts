import { splitDecimal } from '@/market/decimal.ts';
import type { CatalogueEntry, Grid, InstrumentId, InstrumentKind, VenueId } from '@/market/instrument.ts';
import { kindOfPair } from '@/market/instrument-kind.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
import {
  type AnswerRecord,
  decimalIn,
  millisIn,
  readRecord,
  recordOf,
  recordsOf,
  stepIn,
  textIn,
} from './answer-record.ts';
import type { BybitCategory } from './bybit-shape.ts';
import { tradeIdOf } from './bybit-strict.ts';
import { readDay } from './day-change.ts';
import { volumeAt } from './day-volume.ts';
import type { FetchedTrade, HistoryCandle, Listing, RequestFault, TickerEvent } from './venue.ts';

/**
 * Bybit's answers to requests: `{retCode,retMsg,result,time}`, figures as strings, newest first.
 * Source: the v5 market pages, read 2026-07. No recording of them exists.
 */

/** Limits are counted over seconds. */
const TOO_FAST_MS = 5_000;
/** How long the venue shuts out an address that asked too often. */
const SHUT_OUT_MS = 600_000;
const MAX_DETAIL = 300;
const MAX_SYMBOL = 64;

/** The answer, or the fault that its status or its code says. */
export function readAnswer(text: string, status: number): { readonly body: string } | RequestFault {
  const answer = readRecord(text);
  const code = answer.retCode;
  if (status === 200 && code === 0) return { body: text };
  const said = textIn(answer, 'retMsg').slice(0, MAX_DETAIL) || `status ${status}`;
  const detail = typeof code === 'number' && code !== 0 ? `${code} ${said}` : said;
  return { ...faultOf(text, status, code), detail };
}

function faultOf(text: string, status: number, code: unknown): Omit<RequestFault, 'detail'> {
  const isTooFrequent = status === 403 && /too frequent/i.test(text.slice(0, 1000));
  if (isTooFrequent) return { kind: 'rate-limited', retryAfterMs: SHUT_OUT_MS };
  if (code === 10006 || code === 10018 || status === 429) return { kind: 'rate-limited', retryAfterMs: TOO_FAST_MS };
  if (status === 403 || status === 451) return { kind: 'unreachable', retryAfterMs: 0 };
  if (status >= 500) return { kind: 'snapshot-failed', retryAfterMs: 0 };
  // Of all parameters only the symbol is not our own.
  if (code === 10001) return { kind: 'unknown-symbol', retryAfterMs: 0 };
  return { kind: 'subscribe-refused', retryAfterMs: 0 };
}

function resultOf(body: string): AnswerRecord {
  const answer = readRecord(body);
  return answer.retCode === 0 ? recordOf(answer.result) : {};
}

const listOf = (body: string): AnswerRecord[] => recordsOf(resultOf(body).list) ?? [];

const CONTRACT_KINDS: ReadonlyMap<string, InstrumentKind> = new Map([
  ['LinearPerpetual', 'perpetual'],
  ['LinearFutures', 'future'],
]);

function kindOf(entry: AnswerRecord, category: BybitCategory): InstrumentKind {
  if (category === 'linear') return CONTRACT_KINDS.get(textIn(entry, 'contractType')) ?? 'perpetual';
  return kindOfPair(textIn(entry, 'baseCoin'), textIn(entry, 'quoteCoin'), 'spot');
}

/** One symbol of `instruments-info`; null when it is not listed or its steps cannot be read. */
export function readListing(body: string, symbol: string, category: BybitCategory): Listing | null {
  const entry = listOf(body).find((one) => textIn(one, 'symbol') === symbol);
  if (entry === undefined) return null;
  const priceStep = stepIn(recordOf(entry.priceFilter), 'tickSize');
  const sizeStep = stepIn(recordOf(entry.lotSizeFilter), category === 'spot' ? 'basePrecision' : 'qtyStep');
  if (priceStep === null || sizeStep === null) return null;
  const base = textIn(entry, 'baseCoin') || symbol;
  return {
    symbol,
    base,
    quote: textIn(entry, 'quoteCoin'),
    kind: kindOf(entry, category),
    priceStep,
    sizeStep,
    sizeUnit: base,
    // A contract before its launch has neither book nor trades.
    tradable: textIn(entry, 'status') === 'Trading',
  };
}

/** What trades now, of one page. */
export function readCatalogue(
  body: string,
  venue: VenueId,
  venueName: string,
  category: BybitCategory,
): CatalogueEntry[] {
  return listOf(body).flatMap((entry) => {
    const symbol = textIn(entry, 'symbol');
    if (symbol === '' || symbol.length > MAX_SYMBOL || textIn(entry, 'status') !== 'Trading') return [];
    const id: InstrumentId = `${venue}:${symbol}`;
    const base = textIn(entry, 'baseCoin') || symbol;
    return [{ id, base, quote: textIn(entry, 'quoteCoin'), kind: kindOf(entry, category), venueName }];
  });
}

/** Where the next page of the catalogue begins; empty after the last. */
export function readCursor(body: string): string {
  const cursor = textIn(resultOf(body), 'nextPageCursor');
  // The venue hands it out escaped for an address already.
  return /^[\w.~%-]*$/.test(cursor) ? cursor : encodeURIComponent(cursor);
}

/** Rows of `[start, open, high, low, close, volume, turnover]`, given newest first, answered oldest first. */
export function readHistory(body: string): HistoryCandle[] | null {
  const { list } = resultOf(body);
  if (!Array.isArray(list)) return null;
  const rows: HistoryCandle[] = [];
  for (const row of list as readonly unknown[]) {
    if (!Array.isArray(row)) return null;
    const [start, o, h, l, c, v] = (row as readonly unknown[]).map((cell) => (typeof cell === 'string' ? cell : ''));
    if (!/^[1-9]\d{0,13}$/.test(start)) return null;
    if (row.length < 6 || [o, h, l, c, v].some((text) => splitDecimal(text) === null)) return null;
    rows.push({ t: Number(start), o, h, l, c, v, n: 0 });
  }
  return rows.sort((a, b) => a.t - b.t);
}

/** The newest trades, oldest first, those agreed on away from the book left out; null when malformed. */
export function readTrades(body: string, category: BybitCategory): FetchedTrade[] | null {
  const list = recordsOf(resultOf(body).list);
  if (list === null) return null;
  const trades: FetchedTrade[] = [];
  for (const entry of list) {
    const trade = readTrade(entry, category);
    if (trade === null) return null;
    if (entry.isBlockTrade !== true) trades.push(trade);
  }
  return trades.reverse();
}

function readTrade(entry: AnswerRecord, category: BybitCategory): FetchedTrade | null {
  const side = textIn(entry, 'side');
  const price = decimalIn(entry, 'price');
  const size = decimalIn(entry, 'size');
  const time = millisIn(entry, 'time');
  const id = textIn(entry, 'execId');
  const isNamed = category === 'linear' ? id !== '' && id.length <= MAX_SYMBOL : /^\d{1,64}$/.test(id);
  if ((side !== 'Buy' && side !== 'Sell') || price === null || size === null || time === null || !isNamed) return null;
  const read = tradeIdOf(id, category);
  return {
    id: read.id,
    firstId: read.id,
    ...(read.idText !== '' && { idText: read.idText }),
    price,
    size,
    aggressor: side === 'Buy' ? BUYER : SELLER,
    time,
  };
}

const DAY_KEYS = {
  last: 'lastPrice',
  open: 'prevPrice24h',
  high: 'highPrice24h',
  low: 'lowPrice24h',
  volume: 'volume24h',
};

/** The figures of a day; null when the answer does not state them. */
export function readTicker(body: string, grid: Grid): TickerEvent | null {
  const [entry] = listOf(body);
  const day = entry && readDay(entry, DAY_KEYS, grid, readTime(body) ?? 0);
  if (!day) return null;
  const quoteVolume = decimalIn(entry, 'turnover24h');
  const mark = volumeAt(decimalIn(entry, 'markPrice') ?? '0', grid.priceDecimals);
  const rate = textIn(entry, 'fundingRate');
  const nextFundingAt = millisIn(entry, 'nextFundingTime');
  return {
    ...day,
    ...(quoteVolume !== null && { quoteVolume }),
    ...(typeof mark === 'number' && mark > 0 && { markTicks: mark }),
    ...(/^-?\d{1,18}(\.\d{1,18})?$/.test(rate) && { fundingRate: rate }),
    ...(nextFundingAt !== null && { nextFundingAt }),
  };
}

/** The venue's time, ms, which every answer of its states; null when it does not. */
export function readTime(body: string): number | null {
  const { retCode, time } = readRecord(body);
  return retCode === 0 && typeof time === 'number' && Number.isSafeInteger(time) && time > 0 ? time : null;
}

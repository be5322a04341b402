import { formatTrimmed, splitDecimal } from '@/market/decimal.ts';
import type { CatalogueEntry, Grid, InstrumentId, InstrumentKind } from '@/market/instrument.ts';
import { kindOfPair } from '@/market/instrument-kind.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
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
import { type AnswerRecord, decimalIn, millisIn, readRecord, recordsOf, stepIn, textIn } from './answer-record.ts';
import { type LevelText, sideTexts, snapshotOf } from './answered-book.ts';
import { readDay } from './day-change.ts';
import type { FetchedTrade, HistoryCandle, Listing, RequestFault, Snapshot, TickerEvent } from './venue.ts';

/**
 * OKX's answers to requests: `{code,msg,data}`, figures as strings, newest first.
 * Source: the v5 public data and market data pages, read mid-2026; the instruments of three kinds are in the capture
 * `okx-v5-3inst-20220513`, the rest is unrecorded.
 */

const MAX_DETAIL = 300;
const MAX_SYMBOL = 64;
/** Limits are counted over two seconds. */
const TOO_FAST_MS = 2_000;
const TOO_FAST: readonly string[] = ['50011', '50061'];
const UNKNOWN_SYMBOL = '51001';
const BAD_PARAMETER = '51000';
const UNAVAILABLE: readonly string[] = ['50001', '50004', '50013', '50026'];

/** The answer, or the fault that its status or its code says. */
export function readAnswer(text: string, status: number): { readonly body: string } | RequestFault {
  const answer = readRecord(text);
  const code = textIn(answer, 'code');
  if (status === 200 && code === '0') return { body: text };
  const said = textIn(answer, 'msg').slice(0, MAX_DETAIL) || `status ${status}`;
  const detail = code === '' ? said : `${code} ${said}`;
  if (TOO_FAST.includes(code) || status === 429) return { kind: 'rate-limited', detail, retryAfterMs: TOO_FAST_MS };
  const isUnknown = code === UNKNOWN_SYMBOL || (code === BAD_PARAMETER && said.includes('instId'));
  if (isUnknown) return { kind: 'unknown-symbol', detail, retryAfterMs: 0 };
  if (status === 403 || status === 451) return { kind: 'unreachable', detail, retryAfterMs: 0 };
  if (status >= 500 || UNAVAILABLE.includes(code)) return { kind: 'snapshot-failed', detail, retryAfterMs: 0 };
  return { kind: 'subscribe-refused', detail, retryAfterMs: 0 };
}

function dataOf(body: string): unknown {
  const answer = readRecord(body);
  return textIn(answer, 'code') === '0' ? answer.data : undefined;
}

const entriesOf = (body: string): AnswerRecord[] => recordsOf(dataOf(body)) ?? [];

/** What is traded against what: stated for spot; of contracts, their underlying says it, or their name. */
function pairOf(entry: AnswerRecord): readonly [base: string, quote: string] {
  const base = textIn(entry, 'baseCcy');
  const quote = textIn(entry, 'quoteCcy');
  if (base !== '' && quote !== '') return [base, quote];
  const underlying = textIn(entry, 'uly') || textIn(entry, 'instFamily') || textIn(entry, 'instId');
  const [first, second = ''] = underlying.split('-');
  return [first, second];
}

function kindOf(entry: AnswerRecord, base: string, quote: string): InstrumentKind {
  switch (textIn(entry, 'instType')) {
    case 'SWAP':
      return 'perpetual';
    case 'FUTURES':
      return 'future';
    case 'OPTION':
      return 'option';
    default:
      return kindOfPair(base, quote, 'spot');
  }
}

/** What a contract stands for: its value times its multiplier, in the currency that the venue names. */
function contractOf(entry: AnswerRecord): Listing['contract'] | null {
  const value = splitDecimal(textIn(entry, 'ctVal'));
  const multiplier = splitDecimal(textIn(entry, 'ctMult') || '1');
  const currency = textIn(entry, 'ctValCcy');
  if (value === null || multiplier === null || currency === '') return null;
  const digits = BigInt(value.digits) * BigInt(multiplier.digits);
  if (digits === 0n) return null;
  return { value: formatTrimmed(digits, value.decimals + multiplier.decimals), currency };
}

/** One instrument; null when it is not listed, or its steps or its contract cannot be read. */
export function readListing(body: string, symbol: string): Listing | null {
  const entry = entriesOf(body).find((one) => textIn(one, 'instId') === symbol);
  if (entry === undefined) return null;
  const priceStep = stepIn(entry, 'tickSz');
  const sizeStep = stepIn(entry, 'lotSz');
  if (priceStep === null || sizeStep === null) return null;
  const [base, quote] = pairOf(entry);
  const isSpot = textIn(entry, 'instType') === 'SPOT';
  const contract = isSpot ? null : contractOf(entry);
  if (!isSpot && contract === null) return null;
  return {
    symbol,
    base,
    quote,
    kind: kindOf(entry, base, quote),
    priceStep,
    sizeStep,
    sizeUnit: isSpot ? base : 'contracts',
    tradable: textIn(entry, 'state') === 'live',
    ...(contract && { contract }),
  };
}

/** What trades now, of one kind of instrument. */
export function readCatalogue(body: string): CatalogueEntry[] {
  return entriesOf(body).flatMap((entry) => {
    const symbol = textIn(entry, 'instId');
    if (symbol === '' || symbol.length > MAX_SYMBOL || textIn(entry, 'state') !== 'live') return [];
    const id: InstrumentId = `okx:${symbol}`;
    const [base, quote] = pairOf(entry);
    return [{ id, base, quote, kind: kindOf(entry, base, quote), venueName: 'OKX' }];
  });
}

/** The book of an answer, its numbers as written. */
function bookOf(body: string): JsonObject | undefined {
  const read = readJson(body, ANSWER_LIMITS);
  const answer = read.ok ? objectOf(read.value) : undefined;
  return answer?.get('code') === '0' ? objectOf(arrayOf(answer.get('data'))?.[0]) : undefined;
}

/** Id of the book; null when the answer states none, since no stream can join it then. */
export function readSnapshotId(body: string): number | null {
  const id = integerOf(bookOf(body)?.get('seqId'));
  return id === undefined || id < 0 ? null : id;
}

/** A book on a grid fine enough for all of it; null when any part is malformed or it has no id. */
export function readSnapshot(
  body: string,
  depth: number,
  grid: Grid,
  refine: (priceDecimals: number, lotDecimals: number) => Grid,
): Snapshot | null {
  const book = bookOf(body);
  const sequence = integerOf(book?.get('seqId'));
  const bids = sideTexts(book?.get('bids'), levelOf);
  const asks = sideTexts(book?.get('asks'), levelOf);
  if (sequence === undefined || sequence < 0 || !bids || !asks) return null;
  const snapshot = snapshotOf({ sequence, bids, asks }, depth, grid, refine);
  if (snapshot === null) return null;
  snapshot.bids.tokens.push(...tokensOf(bids));
  snapshot.asks.tokens.push(...tokensOf(asks));
  return snapshot;
}

const levelOf = (level: JsonValue): readonly [string | undefined, string | undefined] => {
  const [price, size] = arrayOf(level) ?? [];
  return [textOf(price), textOf(size)];
};

/** What the checksum is made of, for each level that has a size. */
const tokensOf = (levels: readonly LevelText[]): string[] =>
  levels.filter(([, size]) => splitDecimal(size)?.digits !== '0').map(([price, size]) => `${price}:${size}`);

/** Rows of `[start, open, high, low, close, volume, …]`, given newest first, answered oldest first. */
export function readHistory(body: string): HistoryCandle[] | null {
  const data = dataOf(body);
  if (!Array.isArray(data)) return null;
  const rows: HistoryCandle[] = [];
  for (const row of data as readonly unknown[]) {
    if (!Array.isArray(row) || row.length < 6) return null;
    const [start, o, h, l, c, v] = (row as readonly unknown[]).map((cell) => (typeof cell === 'string' ? cell : ''));
    if (!/^[1-9]\d{0,13}$/.test(start)) return null;
    if ([o, h, l, c, v].some((text) => splitDecimal(text) === null)) return null;
    rows.push({ t: Number(start), o, h, l, c, v, n: 0 });
  }
  return rows.sort((a, b) => a.t - b.t);
}

/** Trades, oldest first; null when the answer is not a list of them. */
export function readTrades(body: string): FetchedTrade[] | null {
  const list = recordsOf(dataOf(body));
  if (list === null) return null;
  const trades: FetchedTrade[] = [];
  for (const entry of list) {
    const trade = readTrade(entry);
    if (trade === null) return null;
    trades.push(trade);
  }
  return trades.sort((a, b) => a.id - b.id);
}

function readTrade(entry: AnswerRecord): FetchedTrade | null {
  const side = textIn(entry, 'side');
  const price = decimalIn(entry, 'px');
  const size = decimalIn(entry, 'sz');
  const time = millisIn(entry, 'ts');
  const id = countIn(entry, 'tradeId');
  const fills = entry.count === undefined ? 1 : countIn(entry, 'count');
  if ((side !== 'buy' && side !== 'sell') || price === null || size === null || time === null) return null;
  if (id === 0 || fills === 0 || fills > id) return null;
  return { id, firstId: id - fills + 1, price, size, aggressor: side === 'buy' ? BUYER : SELLER, time };
}

function countIn(entry: AnswerRecord, key: string): number {
  const text = textIn(entry, key);
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : 0;
}

const DAY_KEYS = { last: 'last', open: 'open24h', high: 'high24h', low: 'low24h', volume: 'vol24h' };

/** The figures of a day; null when the answer does not state them. */
export function readTicker(body: string, grid: Grid): TickerEvent | null {
  const [entry] = entriesOf(body);
  const day = entry && readDay(entry, DAY_KEYS, grid, millisIn(entry, 'ts') ?? 0);
  if (!day) return null;
  const quoteVolume = decimalIn(entry, 'volCcy24h');
  // Of contracts it counts the base currency.
  return quoteVolume === null || textIn(entry, 'instType') !== 'SPOT' ? day : { ...day, quoteVolume };
}

/** The venue's time in an answer, ms; null when it states none. */
export function readTime(body: string): number | null {
  const [entry] = entriesOf(body);
  return entry === undefined ? null : millisIn(entry, 'ts');
}

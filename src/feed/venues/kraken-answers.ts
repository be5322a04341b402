import { formatScaled, splitDecimal } from '@/market/decimal.ts';
import type { CatalogueEntry } from '@/market/instrument.ts';
import { kindOfPair } from '@/market/instrument-kind.ts';
import type { Millis } from '@/market/time.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
import { isoMillis } from '../iso-time.ts';
import {
  ANSWER_LIMITS,
  arrayOf,
  decimalTextOf,
  integerOf,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  objectOf,
  readJson,
  textOf,
} from '../json.ts';
import { faultOfStatus } from './answer-json.ts';
import { isTime, MAX_SYMBOL } from './strict-fields.ts';
import type { FetchedTrade, Listing, RequestFault } from './venue.ts';

/**
 * Kraken's answers to requests: the `instrument` snapshot of the socket (bare numbers, `1e-08` among them), and the
 * HTTP answers `{"error":[…],"result":{…}}` for when no socket helps. All of them are read strictly, since the digits of
 * bare numbers matter.
 * Source: Kraken API centre, "Instruments" of WebSocket v2, "Get tradable asset pairs" and "Get recent trades" of REST,
 * read 2026-07.
 */

/** States of a pair in which there is no market to watch. */
const UNLISTED: ReadonlySet<string> = new Set(['delisted', 'work_in_progress']);

/** Names of version 1, which HTTP still speaks, and of version 2. */
const OLD_NAMES: ReadonlyMap<string, string> = new Map([
  ['BTC', 'XBT'],
  ['DOGE', 'XDG'],
]);
const NEW_NAMES: ReadonlyMap<string, string> = new Map([...OLD_NAMES].map(([name, old]) => [old, name]));

/** How HTTP calls a symbol: `XBTUSD` for `BTC/USD`. */
export const httpPair = (symbol: string): string =>
  symbol
    .split('/')
    .map((asset) => OLD_NAMES.get(asset) ?? asset)
    .join('');

/** What an answer's status means. */
export function answerFault(text: string, status: number): RequestFault {
  const root = rootOf(text);
  const complaint = textOf(root?.get('error')) ?? textOf(arrayOf(root?.get('error'))?.[0]);
  const fault = faultOfStatus(status, complaint ?? '');
  return /rate limit|exceeded|too many/i.test(complaint ?? '') ? { ...fault, kind: 'rate-limited' } : fault;
}

/** Read one symbol of the list; null when it is not listed or its steps cannot be read. */
export function readListing(body: string, symbol: string): Listing | null {
  const pair = pairsOf(body).find((candidate) => candidate.symbol === symbol);
  if (pair === undefined || pair.priceStep === null || pair.sizeStep === null) return null;
  const { base, quote, priceStep, sizeStep, isListed } = pair;
  const kind = kindOfPair(base, quote, 'spot');
  return { symbol, base, quote, kind, priceStep, sizeStep, sizeUnit: base, tradable: isListed };
}

/** Read the catalogue: what has a market now. */
export function readCatalogue(body: string): CatalogueEntry[] {
  return pairsOf(body)
    .filter(({ isListed }) => isListed)
    .map(({ symbol, base, quote }) => ({
      id: `kraken:${symbol}`,
      base,
      quote,
      kind: kindOfPair(base, quote, 'spot'),
      venueName: 'Kraken',
    }));
}

/** The venue's clock in the answer to a ping, ms; null when it does not say it. */
export function readTime(body: string): Millis | null {
  const text = textOf(rootOf(body)?.get('time_out')) ?? '';
  const time = isoMillis(text, 0, text.length);
  return isTime(time) ? time : null;
}

/**
 * Read trades of the HTTP answer, oldest first: `[price, size, seconds, "b" or "s", order type, misc, id]`.
 * @returns null when it is none or holds a trade that cannot be read
 */
export function readTrades(body: string): FetchedTrade[] | null {
  const result = objectOf(rootOf(body)?.get('result'));
  if (result === undefined) return null;
  const trades: FetchedTrade[] = [];
  for (const [key, rows] of result) {
    if (key === 'last') continue;
    for (const row of arrayOf(rows) ?? [null]) {
      const trade = readTrade(arrayOf(row));
      if (trade === null) return null;
      trades.push(trade);
    }
  }
  return trades.sort((a, b) => a.id - b.id);
}

function readTrade(row: readonly JsonValue[] | undefined): FetchedTrade | null {
  const [price, size, seconds, side, , , tradeId] = row ?? [];
  const id = integerOf(tradeId);
  const time = seconds instanceof JsonNumber ? secondsToMillis(seconds.text) : Number.NaN;
  if (id === undefined || id < 0 || !isTime(time) || (side !== 'b' && side !== 's')) return null;
  if (!isPositive(price) || !isPositive(size)) return null;
  return { id, firstId: id, price, size, time, aggressor: side === 'b' ? BUYER : SELLER };
}

function isPositive(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && (splitDecimal(value)?.digits ?? '0') !== '0';
}

/** `1688669597.8277369` as whole milliseconds, by its digits. */
function secondsToMillis(text: string): number {
  const match = /^(\d{1,12})(?:\.(\d{1,18}))?$/.exec(text);
  if (match === null) return Number.NaN;
  return Number(match[1]) * 1000 + Number((match[2] ?? '').slice(0, 3).padEnd(3, '0'));
}

/** A pair of the list. */
interface Pair {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Plain decimal text; null when it cannot be read. */
  readonly priceStep: string | null;
  readonly sizeStep: string | null;
  readonly isListed: boolean;
}

function pairsOf(body: string): Pair[] {
  const root = rootOf(body);
  const rows = arrayOf(objectOf(root?.get('data'))?.get('pairs'));
  const found =
    rows === undefined ? [...(objectOf(root?.get('result'))?.values() ?? [])].map(httpRow) : rows.map(socketRow);
  return found.filter((pair) => pair !== null);
}

function socketRow(row: JsonValue): Pair | null {
  const pair = objectOf(row);
  const symbol = textOf(pair?.get('symbol'));
  if (pair === undefined || symbol === undefined) return null;
  const [base, quote] = symbol.split('/');
  const step = pair.get('price_increment') ?? pair.get('tick_size');
  return makePair(pair, symbol, textOf(pair.get('base')) ?? base, textOf(pair.get('quote')) ?? quote ?? '', {
    priceStep: stepOf(step) ?? powerStep(pair.get('price_precision')),
    sizeStep: stepOf(pair.get('qty_increment')) ?? powerStep(pair.get('qty_precision')),
  });
}

/** HTTP spells assets its own way (`XXBT`, `ZUSD`); its `wsname` is what version 1 of the socket called the pair. */
function httpRow(row: JsonValue): Pair | null {
  const pair = objectOf(row);
  const [base, quote] = (textOf(pair?.get('wsname')) ?? '').split('/').map((asset) => NEW_NAMES.get(asset) ?? asset);
  if (pair === undefined || base === '' || quote === undefined) return null;
  return makePair(pair, `${base}/${quote}`, base, quote, {
    priceStep: stepOf(pair.get('tick_size')) ?? powerStep(pair.get('pair_decimals')),
    sizeStep: powerStep(pair.get('lot_decimals')),
  });
}

function makePair(
  row: JsonObject,
  symbol: string,
  base: string,
  quote: string,
  steps: Pick<Pair, 'priceStep' | 'sizeStep'>,
): Pair | null {
  if (symbol === '' || symbol.length > MAX_SYMBOL) return null;
  return { symbol, base, quote, ...steps, isListed: !UNLISTED.has(textOf(row.get('status')) ?? '') };
}

/** A step above zero as plain decimal text: `0.00000001` for `1e-08`. */
function stepOf(value: JsonValue | undefined): string | null {
  const text = decimalTextOf(value);
  const parts = text === undefined ? null : splitDecimal(text);
  return parts === null || parts.digits === '0' ? null : formatScaled(BigInt(parts.digits), parts.decimals);
}

/** The step of so many decimals. */
function powerStep(value: JsonValue | undefined): string | null {
  const decimals = integerOf(value);
  return decimals === undefined || decimals < 0 || decimals > 18 ? null : formatScaled(1, decimals);
}

function rootOf(body: string): JsonObject | undefined {
  const read = readJson(body, ANSWER_LIMITS);
  return read.ok ? objectOf(read.value) : undefined;
}

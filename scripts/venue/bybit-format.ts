import { type Candle, type Spelling, spellSize } from './candles';
import { isPlainDecimal, spellUnits, toUnits, trimDecimal } from './decimal';
import type { Reading, RecordedTrade, ReplayMessage, Shift } from './dialect';
import { bucketAfter } from './intervals';
import type { ReplaySymbol, TradeRow } from './replay-symbol';
import type { Level } from './true-book';
import { type Fields, isFields, shiftWhole } from './wire-text';

export type Category = 'spot' | 'linear';

/** A topic taken apart: what it is of, the depth or the length of its bars, the symbol. */
export interface Topic {
  readonly kind: 'orderbook' | 'kline' | 'publicTrade' | 'tickers';
  readonly detail: string;
  readonly symbol: string;
}

export interface Place {
  readonly category: Category;
  readonly depth: number;
  readonly symbol: string;
  readonly now: number;
}

type Sides = { readonly bids: readonly Level[]; readonly asks: readonly Level[] };

/** Lengths of bars as topics and requests spell them, and their names here. */
export const BYBIT_INTERVALS: ReadonlyMap<string, string> = new Map([
  ['1', '1m'],
  ['3', '3m'],
  ['5', '5m'],
  ['15', '15m'],
  ['30', '30m'],
  ['60', '1h'],
  ['120', '2h'],
  ['240', '4h'],
  ['360', '6h'],
  ['720', '12h'],
  ['D', '1d'],
  ['W', '1w'],
  ['M', '1M'],
]);

/** Levels a side that can be subscribed. */
export const BYBIT_DEPTHS: readonly number[] = [1, 50, 200, 1000];

const EIGHT_HOURS_MS = 28_800_000;
const RATE_DIGITS = 6;

/** Null for a topic of a kind that is not spoken. */
export function readTopic(text: unknown): Topic | null {
  const match = /^(?:(orderbook|kline)\.(\w+)|(publicTrade|tickers))\.(.+)$/.exec(typeof text === 'string' ? text : '');
  if (match === null) return null;
  const kind = (match[1] ?? match[3]) as Topic['kind'];
  return { kind, detail: match[2] ?? '', symbol: match[4] };
}

/** Pairs of plain decimals, or null when one is not. */
export function levelsOf(value: unknown): Level[] | null {
  if (!Array.isArray(value)) return null;
  const fits = value.every((level) => Array.isArray(level) && isPlainDecimal(level[0]) && isPlainDecimal(level[1]));
  return fits ? value.map(([price, size]) => [price, size] as const) : null;
}

/** Trades of the book; those agreed on away from it are passed on and not counted. */
export function readBybitTrades(text: string, fields: Fields, named: string): Reading[] {
  const entries = Array.isArray(fields.data) ? fields.data.filter(isFields) : [];
  const first = entries[0];
  if (first === undefined) return [];
  const rows = entries
    .filter((entry) => !isBlock(entry))
    .map(tradeOf)
    .filter((row) => row !== null);
  const uncounted = entries.filter(isBlock).map(({ i }) => String(i));
  const symbol = typeof first.s === 'string' ? first.s : named;
  const counter = entries[entries.length - 1].seq;
  const marks = Number.isSafeInteger(counter) ? { seq: BigInt(counter as number) } : {};
  return [
    {
      kind: 'trades',
      symbol,
      text,
      rows,
      uncounted,
      marks,
      ...(Number.isSafeInteger(fields.ts) && { time: fields.ts as number }),
    },
  ];
}

function isBlock({ BT }: Fields): boolean {
  return BT === true;
}

function tradeOf({ i: id, p: price, v: size, T: time, S: side }: Fields): RecordedTrade | null {
  if (typeof id !== 'string' || !isPlainDecimal(price) || !isPlainDecimal(size) || !Number.isSafeInteger(time)) {
    return null;
  }
  if (side !== 'Buy' && side !== 'Sell') return null;
  return { id, price, size, time: time as number, aggressor: side === 'Buy' ? 'buyer' : 'seller' };
}

/** A recorded text with its times, ids and counters moved. */
export function rewritten(message: ReplayMessage, shift: Shift, tradeId: (id: string) => string): string {
  const seq = shift.mark('seq');
  const moved = message.text
    .replace(/"(ts|cts|T)":(\d+)/g, (_, key, ms) => `"${key}":${shiftWhole(ms, shift.time)}`)
    .replace(/"nextFundingTime":"(\d+)"/g, (_, ms) => `"nextFundingTime":"${shiftWhole(ms, shift.time)}"`)
    .replace(/"(seq|cs)":(\d+)/g, (_, key, id) => `"${key}":${shiftWhole(id, seq)}`);
  if (message.kind === 'trades') return moved.replace(/"i":"([^"]+)"/g, (_, id) => `"i":"${tradeId(id)}"`);
  if (message.kind === 'ticker') return moved;
  const by = message.kind === 'other' ? shift.mark(bestMark) : BigInt(shift.book);
  const numbered = moved.replace(/"u":(\d+)/, (_, id) => `"u":${shiftWhole(id, by)}`);
  // A new beginning is told by the number 1, which it no longer has.
  return message.kind === 'snapshot' ? numbered.replace('"type":"delta"', '"type":"snapshot"') : numbered;
}

/** The counter of recorded best prices, which is not the book's. */
export const bestMark = 'u1';

export function bookText(
  type: 'snapshot' | 'delta',
  { category, depth, symbol, now }: Place,
  { bids, asks }: Sides,
  id: number | bigint,
  counter: bigint,
): string {
  const topic = `"topic":"orderbook.${depth}.${symbol}"`;
  const [first, second] = [`"type":"${type}"`, `"ts":${now}`];
  // On spot, and of best prices, the time stands in front.
  const head = category === 'spot' || depth === 1 ? `${second},${first}` : `${first},${second}`;
  const data = `"s":${JSON.stringify(symbol)},"b":${JSON.stringify(bids)},"a":${JSON.stringify(asks)},"u":${id},"seq":${counter}`;
  return `{${topic},${head},"data":{${data}},"cts":${now - 1}}`;
}

export function klineText(state: ReplaySymbol, spelt: string, bar: Candle, closed: boolean, now: number): string {
  const { spelling } = state.profile;
  const row = {
    start: bar.t,
    end: bucketAfter(BYBIT_INTERVALS.get(spelt) ?? '1m', bar.t) - 1,
    interval: spelt,
    open: bar.open,
    close: bar.close,
    high: bar.high,
    low: bar.low,
    volume: spellSize(bar.volume, spelling),
    turnover: turnoverText(bar.quote, spelling),
    confirm: closed,
    timestamp: now,
  };
  const topic = `kline.${spelt}.${state.symbol}`;
  return JSON.stringify({ topic, data: [row], ts: now, type: 'snapshot' });
}

/** A row of `recent-trade`. */
export function tradeRow(state: ReplaySymbol, row: TradeRow, counter: bigint): Fields {
  return {
    execId: row.id,
    symbol: state.symbol,
    price: row.price,
    size: row.size,
    side: row.aggressor === 'buyer' ? 'Buy' : 'Sell',
    time: String(row.time),
    isBlockTrade: false,
    isRPITrade: false,
    seq: String(counter),
  };
}

/** The figures of the day as `tickers` tells them, on the socket and in answers. */
export function tickerFields(state: ReplaySymbol, category: Category, now: number): Record<string, string> {
  const { open, high, low, last, volume, quote } = state.day(now);
  const { spelling } = state.profile;
  const figures = {
    symbol: state.symbol,
    lastPrice: last,
    highPrice24h: high,
    lowPrice24h: low,
    prevPrice24h: open,
    volume24h: spellSize(volume, spelling),
    turnover24h: turnoverText(quote, spelling),
    price24hPcnt: rate(open, last, spelling.price),
  };
  if (category === 'spot') return { ...figures, usdIndexPrice: last };
  const { bid, ask } = state.best();
  return {
    ...figures,
    tickDirection: 'ZeroPlusTick',
    markPrice: last,
    indexPrice: last,
    openInterest: '1000',
    openInterestValue: spellUnits(1_000n * toUnits(last, spelling.price), spelling.price),
    nextFundingTime: String((Math.floor(now / EIGHT_HOURS_MS) + 1) * EIGHT_HOURS_MS),
    fundingRate: '0.0001',
    bid1Price: bid?.[0] ?? '',
    bid1Size: bid?.[1] ?? '',
    ask1Price: ask?.[0] ?? '',
    ask1Size: ask?.[1] ?? '',
  };
}

export function tickerText(
  category: Category,
  symbol: string,
  type: 'snapshot' | 'delta',
  data: Fields,
  now: number,
  counter: bigint,
): string {
  const head = `"topic":"tickers.${symbol}"`;
  const body = JSON.stringify(data);
  return category === 'spot'
    ? `{${head},"ts":${now},"type":"${type}","cs":${counter},"data":${body}}`
    : `{${head},"type":"${type}","data":${body},"cs":${counter},"ts":${now}}`;
}

function rate(open: string, last: string, decimals: number): string {
  const from = toUnits(open, decimals);
  const change = toUnits(last, decimals) - from;
  return from === 0n ? '0' : spellUnits((change * 10n ** BigInt(RATE_DIGITS)) / from, RATE_DIGITS);
}

/** What changed hands in the quote currency, to its last digit. */
export function turnoverText(units: bigint, spelling: Spelling): string {
  return trimDecimal(spellUnits(units, spelling.price + spelling.size));
}

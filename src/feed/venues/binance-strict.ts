import { FINER, MALFORMED, scaleDecimal, WIDE } from '@/market/decimal.ts';
import type { Grid } from '@/market/instrument.ts';
import { WIDE_LOTS } from '@/market/quantity.ts';
import { bucketStart, type Interval, isInterval } from '@/market/time.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
import {
  ANSWER_LIMITS,
  integerOf,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  objectOf,
  readJson,
  textOf,
} from '../json.ts';
import { decodeWholeBook, wantPairs } from './binance-levels.ts';
import {
  type Suspect,
  suspectBody,
  suspectText,
  unwrap,
  WHOLE_BOOK,
  wantKind,
  wantStreamSymbol,
  wantSymbol,
} from './binance-shape.ts';
import type { DecodeScratch } from './decode-scratch.ts';
import {
  pushLevels,
  Refusal,
  roundDecimal,
  type Scaled,
  scaleFigures,
  wantBoolean,
  wantDecimal,
  wantInteger,
  wantPositive,
  wantSigned,
  wantText,
  wantTime,
} from './strict-fields.ts';
import type { CandleEvent, DecodeSink, Quote } from './venue.ts';

/** The two dialects: spot and USD-margined futures. */
export type BinanceFlavour = 'spot' | 'usdm';

/** One message being read. */
interface Reading {
  readonly text: string;
  readonly body: JsonObject;
  /** Stream name around it; null when it came bare. */
  readonly stream: string | null;
  readonly sink: DecodeSink;
  readonly flavour: BinanceFlavour;
  readonly scratch: DecodeScratch;
}

/**
 * Read one message of Binance, whole or not at all: the definition of right for the scanner. Every field in use is
 * checked before the sink hears of the message; keys that are not known are passed over.
 */
export function decodeStrict(text: string, sink: DecodeSink, flavour: BinanceFlavour, scratch: DecodeScratch): void {
  if (decodeResponse(text, sink)) return;
  let suspect: Suspect = { symbol: null, isDiff: false };
  try {
    const read = readJson(text);
    if (!read.ok) {
      suspect = suspectText(text);
      throw new Refusal(read.error);
    }
    const root = objectOf(read.value);
    if (root === undefined) throw new Refusal('not an object');
    const { body, stream } = unwrap(root);
    suspect = suspectBody(body, stream);
    decodeBody({ text, body, stream, sink, flavour, scratch });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    sink.rejected(error.message, suspect.symbol, suspect.isDiff);
  }
}

/** Read a best-price message strictly; see `readBookTicker`. */
export function readQuoteStrict(text: string, grid: Grid): Quote | null {
  const read = readJson(text);
  const root = read.ok ? objectOf(read.value) : undefined;
  if (root === undefined) return null;
  try {
    const { body, stream } = unwrap(root);
    if (wantKind(body, stream) !== 'bookTicker') return null;
    wantSymbol(body, stream);
    return wantQuote(body, grid);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/**
 * Whether what a venue states as a candle can be one: on its bucket's start, open and close within low and high, both
 * ids or neither.
 */
export function isSoundCandle(candle: CandleEvent): boolean {
  const { o, h, l, c, firstId, lastId } = candle;
  if (bucketStart(candle.t, candle.interval) !== candle.t) return false;
  if (l > Math.min(o, c) || h < Math.max(o, c)) return false;
  return firstId < 0 ? firstId === -1 && lastId === -1 : firstId <= lastId;
}

const RESPONSE = /^\{"id":(?:"([ !#-[\]-~]{1,64})"|(-?\d{1,19})),"status":(\d{3}),/;

/** An answer of the request API may be megabytes: its head is read here, its body by whoever asked. */
function decodeResponse(text: string, sink: DecodeSink): boolean {
  if (text.length > ANSWER_LIMITS.length || !text.endsWith('}')) return false;
  const match = RESPONSE.exec(text);
  if (!match) return false;
  sink.control({ kind: 'response', id: match[1] ?? match[2] ?? '', status: Number(match[3]), text });
  return true;
}

function decodeBody(reading: Reading): void {
  const { body, stream, sink } = reading;
  const kind = wantKind(body, stream);
  if (kind === null) {
    if (stream === null) decodeControl(reading);
    else sink.ignored(true);
    return;
  }
  if (kind === 'serverShutdown') {
    sink.control({ kind: 'closing', detail: 'the venue announced its shutdown' });
    return;
  }
  const decode = DECODERS.get(kind);
  if (decode === undefined) {
    sink.ignored(true);
    return;
  }
  const symbol = kind === WHOLE_BOOK ? wantStreamSymbol(stream) : wantSymbol(body, stream);
  const grid = sink.grid(symbol);
  if (grid === null) sink.ignored(false);
  else decode(reading, symbol, grid);
}

const DECODERS: ReadonlyMap<string, (reading: Reading, symbol: string, grid: Grid) => void> = new Map([
  ['depthUpdate', decodeDepth],
  [WHOLE_BOOK, decodeWholeBook],
  ['trade', decodeTrade],
  ['aggTrade', decodeAggregate],
  ['bookTicker', decodeQuote],
  ['kline', decodeCandle],
  ['24hrTicker', decodeTicker],
  ['markPriceUpdate', decodeMark],
]);

function decodeDepth(reading: Reading, symbol: string): void {
  const { body, sink, flavour, scratch } = reading;
  const { diff } = scratch;
  const eventTime = wantTime(body, 'E');
  if (flavour === 'usdm' && body.has('T')) wantTime(body, 'T');
  const first = wantInteger(body, 'U');
  const last = wantInteger(body, 'u');
  const previous = flavour === 'usdm' ? wantInteger(body, 'pu') : -1;
  if (first > last) throw new Refusal('U is above u');
  const prices: string[] = [];
  const sizes: string[] = [];
  wantPairs(body, 'b', prices, sizes);
  const bids = prices.length;
  wantPairs(body, 'a', prices, sizes);
  const scaled = scaleFigures(sink, symbol, { prices, sizes });
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  diff.first = first;
  diff.last = last;
  diff.previous = previous;
  diff.eventTime = eventTime;
  diff.bids.clear();
  diff.asks.clear();
  pushLevels(diff.bids, scaled, 0, bids);
  pushLevels(diff.asks, scaled, bids, prices.length);
  sink.diff(symbol, diff);
}

function decodeTrade(reading: Reading, symbol: string): void {
  const { body, flavour } = reading;
  const id = wantInteger(body, 't');
  const isMarket = flavour === 'spot' || wantText(body, 'X') === 'MARKET';
  emitTrade(reading, symbol, { firstId: id, id, aggregated: false, isMarket });
}

function decodeAggregate(reading: Reading, symbol: string): void {
  const { body } = reading;
  wantInteger(body, 'a');
  const firstId = wantInteger(body, 'f');
  const id = wantInteger(body, 'l');
  if (firstId > id) throw new Refusal('f is above l');
  emitTrade(reading, symbol, { firstId, id, aggregated: true, isMarket: true });
}

interface TradeSpan {
  readonly firstId: number;
  readonly id: number;
  readonly aggregated: boolean;
  /** False for fills outside the market (insurance fund, deleveraging): checked and left out. */
  readonly isMarket: boolean;
}

/** Check the fields both kinds of trade share and hand the trade over. */
function emitTrade(reading: Reading, symbol: string, span: TradeSpan): void {
  const { body, sink, scratch } = reading;
  const eventTime = wantTime(body, 'E');
  const time = wantTime(body, 'T');
  const isBuyerMaker = wantBoolean(body, 'm');
  const figures = { prices: [wantPositive(body, 'p')], sizes: [wantPositive(body, 'q')] };
  if (!span.isMarket) {
    if (sink.grid(symbol) === null) sink.ignored(false);
    else sink.excluded(symbol, span.id, time);
    return;
  }
  const scaled = scaleFigures(sink, symbol, figures);
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  const { trade } = scratch;
  trade.id = span.id;
  trade.firstId = span.firstId;
  trade.ticks = scaled.ticks[0];
  trade.lots = scaled.lots[0];
  trade.wideLots = scaled.wide.get(0) ?? 0n;
  trade.aggressor = isBuyerMaker ? SELLER : BUYER;
  trade.time = time;
  trade.eventTime = eventTime;
  trade.aggregated = span.aggregated;
  sink.trade(symbol, trade);
}

function decodeQuote(reading: Reading, symbol: string, grid: Grid): void {
  wantQuote(reading.body, grid);
  reading.sink.quote(symbol, wantInteger(reading.body, 'u'), reading.text);
}

function wantQuote(body: JsonObject, grid: Grid): Quote {
  wantInteger(body, 'u');
  for (const key of ['E', 'T']) if (body.has(key)) wantTime(body, key);
  const [bidTicks, bidLots] = wantBest(body, 'b', 'B', grid);
  const [askTicks, askLots] = wantBest(body, 'a', 'A', grid);
  return { bidTicks, bidLots, askTicks, askLots };
}

/** Price and size of a side's best level; both 0 when the venue says that the side is empty. */
function wantBest(body: JsonObject, priceKey: string, sizeKey: string, grid: Grid): [ticks: number, lots: number] {
  const ticks = scaleDecimal(wantText(body, priceKey), grid.priceDecimals);
  const lots = scaleDecimal(wantText(body, sizeKey), grid.lotDecimals);
  if (ticks === MALFORMED || ticks === WIDE || lots === MALFORMED) throw new Refusal('bad best price');
  if ((ticks === 0) !== (lots === 0)) throw new Refusal('best price without size');
  return [ticks === FINER ? Number.NaN : ticks, lots === FINER ? Number.NaN : lots === WIDE ? WIDE_LOTS : lots];
}

function decodeCandle(reading: Reading, symbol: string): void {
  const { body, stream, sink } = reading;
  const eventTime = wantTime(body, 'E');
  const bar = objectOf(body.get('k'));
  if (bar === undefined) throw new Refusal('k is not an object');
  if (wantText(bar, 's') !== symbol) throw new Refusal('symbol and candle differ');
  const interval = wantText(bar, 'i');
  if (stream !== null && !stream.endsWith(`_${interval}`)) throw new Refusal('interval and stream differ');
  if (!isInterval(interval)) {
    sink.ignored(true);
    return;
  }
  const prices = ['o', 'h', 'l', 'c'].map((key) => wantPositive(bar, key));
  const sizes = [wantDecimal(bar, 'v')];
  const candle = readBar(bar, interval, eventTime);
  const scaled = scaleFigures(sink, symbol, { prices, sizes });
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  const [o, h, l, c] = scaled.ticks;
  const whole = { ...candle, o, h, l, c, v: volumeOf(scaled) };
  if (!isSoundCandle(whole)) throw new Refusal('impossible candle');
  sink.candle(symbol, whole);
}

const volumeOf = (scaled: Scaled): number | string => scaled.wide.get(0)?.toString() ?? scaled.lots[0];

function readBar(
  bar: JsonObject,
  interval: Interval,
  eventTime: number,
): Omit<CandleEvent, 'o' | 'h' | 'l' | 'c' | 'v'> {
  const t = wantTime(bar, 't');
  wantTime(bar, 'T');
  return {
    interval,
    t,
    n: wantInteger(bar, 'n'),
    firstId: wantTradeId(bar, 'f'),
    lastId: wantTradeId(bar, 'L'),
    closed: wantBoolean(bar, 'x'),
    eventTime,
  };
}

/** A trade id, or -1 for a bar without trades. */
function wantTradeId(bar: JsonObject, key: string): number {
  return integerOf(bar.get(key)) === -1 ? -1 : wantInteger(bar, key);
}

function decodeTicker(reading: Reading, symbol: string): void {
  const { body, sink } = reading;
  const eventTime = wantTime(body, 'E');
  const change = wantSigned(body, 'p');
  const percent = wantSigned(body, 'P');
  const prices = [change.text, wantDecimal(body, 'h'), wantDecimal(body, 'l'), wantDecimal(body, 'c')];
  const sizes = [wantDecimal(body, 'v')];
  const quoteVolume = wantDecimal(body, 'q');
  const basisPoints = roundDecimal(percent.text, 2);
  const scaled = scaleFigures(sink, symbol, { prices, sizes });
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  const [changeTicks, highTicks, lowTicks, lastTicks] = scaled.ticks;
  sink.ticker(symbol, {
    ...(lastTicks > 0 ? { lastTicks } : {}),
    changeTicks: signed(changeTicks, change.isNegative),
    changeBasisPoints: signed(basisPoints, percent.isNegative),
    // A day without trades has no high and no low.
    ...(highTicks > 0 && lowTicks > 0 ? { highTicks, lowTicks } : {}),
    volume: volumeOf(scaled),
    quoteVolume,
    eventTime,
  });
}

const signed = (size: number, isNegative: boolean): number => (isNegative && size !== 0 ? -size : size);

/** Mark prices are averages with more decimals than any order has: rounded, they never make the grid finer. */
function decodeMark(reading: Reading, symbol: string, grid: Grid): void {
  const { body, sink } = reading;
  const eventTime = wantTime(body, 'E');
  const markTicks = roundDecimal(wantPositive(body, 'p'), grid.priceDecimals);
  const rate = textOf(body.get('r'));
  if (rate === undefined) throw new Refusal('r is not a text');
  const nextFundingAt = wantInteger(body, 'T');
  if (rate === '' || nextFundingAt === 0) {
    sink.ticker(symbol, { markTicks, eventTime });
    return;
  }
  wantSigned(body, 'r');
  sink.ticker(symbol, { markTicks, fundingRate: rate, nextFundingAt: wantTime(body, 'T'), eventTime });
}

/** Answers to what was sent: bare, without a kind. */
function decodeControl(reading: Reading): void {
  const { body, sink, text } = reading;
  const id = idText(body.get('id'));
  const status = integerOf(body.get('status'));
  const fault = objectOf(body.get('error')) ?? body;
  const message = textOf(fault.get('msg'));
  if (id !== null && status !== undefined) sink.control({ kind: 'response', id, status, text });
  else if (message !== undefined) {
    const code = integerOf(fault.get('code'));
    sink.control({ kind: 'refusal', id, detail: code === undefined ? message : `${code}: ${message}` });
  } else if (!body.has('result')) sink.ignored(true);
  else if (id === null) sink.ignored(false);
  else sink.control({ kind: 'ack', id });
}

/** An id as the text we sent: a string of ours or an integer. */
function idText(value: JsonValue | undefined): string | null {
  if (value instanceof JsonNumber) return /^-?\d{1,19}$/.test(value.text) ? value.text : null;
  return typeof value === 'string' && value.length <= 64 ? value : null;
}

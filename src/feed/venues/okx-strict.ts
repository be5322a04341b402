import { BUYER, SELLER } from '@/market/trade.ts';
import { type LevelList, MAX_LEVELS } from '../book/level-list.ts';
import { arrayOf, integerOf, type JsonObject, objectOf, readJson, textOf } from '../json.ts';
import type { DecodeScratch } from './decode-scratch.ts';
import { decodeEvent } from './okx-control.ts';
import { checkTime, type OkxReading, wantItems, wantOne } from './okx-shape.ts';
import { CANDLE, decodeCandles, decodeTicker } from './okx-slow.ts';
import {
  checkDecimal,
  checkPositive,
  MAX_SYMBOL,
  pushLevels,
  Refusal,
  type Scaled,
  scaleFigures,
  wantInteger,
  wantPositive,
  wantText,
} from './strict-fields.ts';
import { type DecodeSink, NO_SEQUENCE } from './venue.ts';

/** Levels a side of the book stream. */
export const OKX_DEPTH = 400;
/** Levels a side of the stream of whole books. */
const WHOLE_DEPTH = 5;

/** Characters searched for the names of a message that cannot be read. */
const SUSPECT_LENGTH = 1024;
interface Suspect {
  readonly symbol: string | null;
  readonly isDiff: boolean;
}

/**
 * Read one message of OKX's v5 public streams, whole or not at all: the definition of right for the scanner. Every field
 * in use is checked before the sink hears of the message; keys that are not known are passed over.
 * Source: the v5 pages on order book, trades and candles, read mid-2026; books, trades and tickers are in the capture
 * `okx-v5-3inst-20220513`, which is older than the sequence ids.
 */
export function decodeStrict(text: string, sink: DecodeSink, scratch: DecodeScratch): void {
  if (text === 'pong') {
    sink.control({ kind: 'heartbeat' });
    return;
  }
  let suspect: Suspect = { symbol: null, isDiff: false };
  try {
    const read = readJson(text);
    if (!read.ok) {
      suspect = suspectText(text);
      throw new Refusal(read.error);
    }
    const root = objectOf(read.value);
    if (root === undefined) throw new Refusal('not an object');
    if (root.has('event')) {
      decodeEvent(root, sink);
      return;
    }
    if (!root.has('arg')) {
      sink.ignored(true);
      return;
    }
    const arg = objectOf(root.get('arg'));
    if (arg === undefined) throw new Refusal('arg is not an object');
    suspect = suspectArg(arg);
    decodeData(root, arg, sink, scratch);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    sink.rejected(error.message, suspect.symbol, suspect.isDiff);
  }
}

function suspectText(text: string): Suspect {
  const head = text.slice(0, SUSPECT_LENGTH);
  return {
    symbol: /"instId"\s*:\s*"([^"\\]{1,64})"/.exec(head)?.[1] ?? null,
    isDiff: /"channel"\s*:\s*"books"/.test(head),
  };
}

function suspectArg(arg: JsonObject): Suspect {
  const symbol = textOf(arg.get('instId')) ?? '';
  return {
    symbol: symbol !== '' && symbol.length <= MAX_SYMBOL ? symbol : null,
    isDiff: arg.get('channel') === 'books',
  };
}

const DECODERS: ReadonlyMap<string, (reading: OkxReading) => void> = new Map([
  ['books', decodeBook],
  ['books5', decodeWhole],
  ['bbo-tbt', decodeBest],
  ['trades', decodeTrades],
  ['tickers', decodeTicker],
]);

function decodeData(root: JsonObject, arg: JsonObject, sink: DecodeSink, scratch: DecodeScratch): void {
  const channel = wantText(arg, 'channel');
  const decode = channel.startsWith(CANDLE) ? decodeCandles : DECODERS.get(channel);
  if (decode === undefined) {
    sink.ignored(true);
    return;
  }
  const symbol = wantText(arg, 'instId');
  if (symbol.length > MAX_SYMBOL) throw new Refusal('instId too long');
  if (sink.grid(symbol) === null) sink.ignored(false);
  else decode({ root, symbol, channel, sink, scratch });
}

/** Both sides of a book as checked text. */
interface Sides {
  readonly prices: string[];
  readonly sizes: string[];
  /** Where the asks begin. */
  readonly bids: number;
}

function wantSides(body: JsonObject): Sides {
  const prices: string[] = [];
  const sizes: string[] = [];
  wantLevels(body, 'bids', prices, sizes);
  const bids = prices.length;
  wantLevels(body, 'asks', prices, sizes);
  return { prices, sizes, bids };
}

/** Levels of `[price, size, 0, orders]`; what follows the size is not in use. */
function wantLevels(body: JsonObject, key: string, prices: string[], sizes: string[]): void {
  const levels = arrayOf(body.get(key));
  if (levels === undefined) throw new Refusal(`${key} is not an array`);
  if (levels.length > MAX_LEVELS) throw new Refusal(`${key} holds more than ${MAX_LEVELS} levels`);
  for (const item of levels) {
    const level = arrayOf(item);
    if (level === undefined || level.length < 2) throw new Refusal(`a level of ${key} is not a list`);
    prices.push(checkPositive(textOf(level[0]), 'price'));
    sizes.push(checkDecimal(textOf(level[1]), 'size'));
  }
}

/** Fill both lists, each level with the text that the checksum is made of. */
function fill(target: { readonly bids: LevelList; readonly asks: LevelList }, sides: Sides, scaled: Scaled): void {
  const { prices, sizes, bids } = sides;
  target.bids.clear();
  target.asks.clear();
  pushLevels(target.bids, scaled, 0, bids);
  pushLevels(target.asks, scaled, bids, prices.length);
  for (let i = 0; i < prices.length; i++) {
    const { tokens } = i < bids ? target.bids : target.asks;
    tokens.push(`${prices[i]}:${sizes[i]}`);
  }
}

/** The checksum; null where there is none, which a 0 says too. @throws Refusal when it is no integer */
function statedChecksum(body: JsonObject): number | null {
  if (!body.has('checksum')) return null;
  const checksum = integerOf(body.get('checksum'));
  if (checksum === undefined) throw new Refusal('checksum is not an integer');
  return checksum === 0 ? null : checksum;
}

function decodeBook({ root, symbol, sink, scratch }: OkxReading): void {
  const action = wantText(root, 'action');
  if (action !== 'snapshot' && action !== 'update') throw new Refusal('neither snapshot nor update');
  const body = wantOne(root);
  const eventTime = checkTime(body.get('ts'));
  const sequence = body.has('seqId') ? wantInteger(body, 'seqId') : NO_SEQUENCE;
  const previous = action === 'update' ? wantPrevious(body) : NO_SEQUENCE;
  const checksum = statedChecksum(body);
  const sides = wantSides(body);
  const scaled = scaleFigures(sink, symbol, sides);
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  if (action === 'snapshot') {
    const { book } = scratch;
    fill(book, sides, scaled);
    book.sequence = sequence;
    book.eventTime = eventTime;
    book.checksum = checksum;
    book.depth = OKX_DEPTH;
    sink.book(symbol, book);
    return;
  }
  const { diff } = scratch;
  fill(diff, sides, scaled);
  diff.first = sequence;
  diff.last = sequence;
  diff.previous = previous;
  diff.eventTime = eventTime;
  diff.checksum = checksum;
  sink.diff(symbol, diff);
}

/** Id of the message before, which comes with the message's own or not at all. @throws Refusal otherwise */
function wantPrevious(body: JsonObject): number {
  if (body.has('prevSeqId') !== body.has('seqId')) throw new Refusal('one sequence id of two');
  if (!body.has('prevSeqId')) return NO_SEQUENCE;
  const previous = integerOf(body.get('prevSeqId'));
  if (previous === undefined || previous < NO_SEQUENCE) throw new Refusal('prevSeqId is not an integer');
  return previous;
}

/** Whole books of five levels, for when no book can be had otherwise: each stands for itself. */
function decodeWhole({ root, symbol, sink, scratch }: OkxReading): void {
  const body = wantOne(root);
  const eventTime = checkTime(body.get('ts'));
  const sides = wantSides(body);
  const scaled = scaleFigures(sink, symbol, sides);
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  const { book } = scratch;
  fill(book, sides, scaled);
  // Numbering may begin anew, and an older book never comes after a newer one.
  book.sequence = NO_SEQUENCE;
  book.eventTime = eventTime;
  book.checksum = null;
  book.depth = WHOLE_DEPTH;
  sink.book(symbol, book);
}

function decodeBest({ root, symbol, sink, scratch }: OkxReading): void {
  const body = wantOne(root);
  const time = checkTime(body.get('ts'));
  const sides = wantSides(body);
  for (const size of sides.sizes) checkPositive(size, 'size');
  const scaled = scaleFigures(sink, symbol, sides);
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  const { statement } = scratch;
  statement.bids.clear();
  statement.asks.clear();
  pushLevels(statement.bids, scaled, 0, sides.bids);
  pushLevels(statement.asks, scaled, sides.bids, sides.prices.length);
  // Ten times as frequent as the book: most of its ids lie between two of the book's and can equal neither, and sizes
  // change so often in between that to compare them would call a busy market wrong.
  statement.sequence = NO_SEQUENCE;
  statement.time = time;
  statement.hasSizes = false;
  sink.statement(symbol, statement);
}

interface ReadTrade {
  readonly id: number;
  readonly firstId: number;
  readonly aggressor: number;
  readonly time: number;
}

/** An integer above 0 in a string. @throws Refusal when it is anything else or beyond the safe integers */
function wantCount(body: JsonObject, key: string): number {
  const text = wantText(body, key);
  const count = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : 0;
  if (count === 0 || !Number.isSafeInteger(count)) throw new Refusal(`${key} is not an integer`);
  return count;
}

/** One taker's fills at one price may come as one: it bears the last of their ids and says how many they are. */
function readTrade(item: JsonObject): ReadTrade {
  const id = wantCount(item, 'tradeId');
  const firstId = id - (item.has('count') ? wantCount(item, 'count') : 1) + 1;
  if (firstId < 1) throw new Refusal('count is above tradeId');
  const side = wantText(item, 'side');
  if (side !== 'buy' && side !== 'sell') throw new Refusal('side is neither buy nor sell');
  return { id, firstId, aggressor: side === 'buy' ? BUYER : SELLER, time: checkTime(item.get('ts')) };
}

function decodeTrades({ root, symbol, sink, scratch }: OkxReading): void {
  const prices: string[] = [];
  const sizes: string[] = [];
  const trades = wantItems(root).map((value) => {
    const item = objectOf(value);
    if (item === undefined) throw new Refusal('a trade is not an object');
    if (wantText(item, 'instId') !== symbol) throw new Refusal('trades of two instruments');
    prices.push(wantPositive(item, 'px'));
    sizes.push(wantPositive(item, 'sz'));
    return readTrade(item);
  });
  const scaled = trades.length === 0 ? null : scaleFigures(sink, symbol, { prices, sizes });
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  const { trade } = scratch;
  for (let i = 0; i < trades.length; i++) {
    const { id, firstId, aggressor, time } = trades[i];
    trade.id = id;
    trade.firstId = firstId;
    trade.ticks = scaled.ticks[i];
    trade.lots = scaled.lots[i];
    trade.wideLots = scaled.wide.get(i) ?? 0n;
    trade.aggressor = aggressor;
    trade.time = time;
    // The stream states no time of sending.
    trade.eventTime = time;
    sink.trade(symbol, trade);
  }
}

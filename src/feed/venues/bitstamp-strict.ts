import { BUYER, SELLER } from '@/market/trade.ts';
import { MAX_LEVELS } from '../book/level-list.ts';
import { arrayOf, integerOf, type JsonObject, MESSAGE_LIMITS, objectOf, readJson, textOf } from '../json.ts';
import type { AskedStreams } from './asked-streams.ts';
import type { DecodeScratch } from './decode-scratch.ts';
import {
  checkDecimal,
  checkPositive,
  isTime,
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

/** Channels we ask for, as their names begin; the market follows. */
export const DIFFS = 'diff_order_book_';
export const TRADES = 'live_trades_';
export const TOP_BOOK = 'order_book_';
/** Levels a side that the top-book channel carries. */
export const TOP_LEVELS = 100;

/** What a decoder of this venue has to know beside the messages. */
export interface BitstampMemory {
  readonly asked: AskedStreams;
  /** Markets whose book is the top-book channel, because no snapshot of theirs can be had. */
  readonly wholeBooks: Set<string>;
}

interface Reading {
  readonly body: JsonObject;
  readonly channel: string;
  readonly sink: DecodeSink;
  readonly scratch: DecodeScratch;
  readonly memory: BitstampMemory;
}

/**
 * Read one message, whole or not at all. Keys that are not known are passed over. Source: the WebSocket v2 page, read
 * mid-2026; diffs, trades and acknowledgements stand in the capture `bitstamp-10pairs-20220105`.
 */
export function decodeStrict(text: string, sink: DecodeSink, scratch: DecodeScratch, memory: BitstampMemory): void {
  let channel: string | null = null;
  let mayBeDiff = false;
  try {
    const read = readJson(text, MESSAGE_LIMITS);
    if (!read.ok) {
      channel = suspectChannel(text);
      mayBeDiff = channel === null && /"(?:bids|asks)"/.test(text.slice(0, SUSPECT_LENGTH));
      throw new Refusal(read.error);
    }
    const body = objectOf(read.value);
    if (body === undefined) throw new Refusal('not an object');
    channel = textOf(body.get('channel')) ?? null;
    decodeEvent({ body, channel: channel ?? '', sink, scratch, memory });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const isDiff = mayBeDiff || isBook(channel, memory);
    sink.rejected(error.message, channel === null ? null : marketOf(channel), isDiff);
  }
}

/** Characters at either end of an unreadable message that are searched for what it was. */
const SUSPECT_LENGTH = 1024;

/** The channel an unreadable text may have come on: it stands behind the data, or before it. */
function suspectChannel(text: string): string | null {
  const ends = text.length > 2 * SUSPECT_LENGTH ? text.slice(0, SUSPECT_LENGTH) + text.slice(-SUSPECT_LENGTH) : text;
  return /"channel":\s*"([^"\\]{1,128})"/.exec(ends)?.[1] ?? null;
}

/** Whether what comes on a channel changes the book of its market. */
function isBook(channel: string | null, memory: BitstampMemory): boolean {
  if (channel === null) return false;
  if (channel.startsWith(DIFFS)) return true;
  return channel.startsWith(TOP_BOOK) && memory.wholeBooks.has(channel.slice(TOP_BOOK.length));
}

/** The market a channel is of: what follows its last known beginning. Null when there is none to be made out. */
export function marketOf(channel: string): string | null {
  const start = [DIFFS, TRADES, TOP_BOOK].find((name) => channel.startsWith(name));
  const market = start === undefined ? '' : channel.slice(start.length);
  return market === '' || market.length > MAX_SYMBOL ? null : market;
}

/** Private and unneeded channels of the venue: known, and of no use here. */
const UNNEEDED = /^(?:detail_order_book|live_orders|funding_rate|private-|announcements)/;

function decodeEvent(reading: Reading): void {
  const { body, channel, sink } = reading;
  const event = wantText(body, 'event');
  if (event.startsWith('bts:')) {
    decodeNotice(reading, event);
    return;
  }
  const market = marketOf(channel);
  const decode = DECODERS.find(([start, kind]) => kind === event && channel.startsWith(start))?.[2];
  if (market === null || decode === undefined) sink.ignored(!UNNEEDED.test(channel));
  else if (sink.grid(market) === null) sink.ignored(false);
  else {
    const data = objectOf(body.get('data'));
    if (data === undefined) throw new Refusal('data is not an object');
    decode(reading, market, data);
  }
}

const DECODERS: readonly (readonly [
  start: string,
  event: string,
  decode: (reading: Reading, market: string, data: JsonObject) => void,
])[] = [
  [DIFFS, 'data', decodeDiff],
  [TRADES, 'trade', decodeTrade],
  [TOP_BOOK, 'data', decodeTopBook],
];

/** Microseconds since 1970, written as text: the venue's order of things. */
function wantMicros(data: JsonObject): number {
  const text = wantText(data, 'microtimestamp');
  const micros = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(micros) || !isTime(micros / 1000)) throw new Refusal('microtimestamp is not a time');
  return micros;
}

/** Whole milliseconds of a time in microseconds. */
const millisOf = (micros: number): number => Math.floor(micros / 1000);

interface Sides {
  readonly scaled: Scaled;
  /** Levels of the bid side; the others are asks. */
  readonly bids: number;
}

/** Both sides on the market's grid; null when nobody wants it any more. */
function wantSides(reading: Reading, market: string, data: JsonObject): Sides | null {
  const prices: string[] = [];
  const sizes: string[] = [];
  wantPairs(data, 'bids', prices, sizes);
  const bids = prices.length;
  wantPairs(data, 'asks', prices, sizes);
  const scaled = scaleFigures(reading.sink, market, { prices, sizes });
  return scaled === null ? null : { scaled, bids };
}

function wantPairs(data: JsonObject, key: string, prices: string[], sizes: string[]): void {
  const pairs = arrayOf(data.get(key));
  if (pairs === undefined) throw new Refusal(`${key} is not an array`);
  if (pairs.length > MAX_LEVELS) throw new Refusal(`${key} holds more than ${MAX_LEVELS} levels`);
  for (const item of pairs) {
    const pair = arrayOf(item);
    if (pair === undefined || pair.length !== 2) throw new Refusal(`a level of ${key} is not a pair`);
    prices.push(checkPositive(textOf(pair[0]), 'price'));
    sizes.push(checkDecimal(textOf(pair[1]), 'size'));
  }
}

function fill(target: Pick<DecodeScratch['book'], 'bids' | 'asks'>, { scaled, bids }: Sides): void {
  target.bids.clear();
  target.asks.clear();
  pushLevels(target.bids, scaled, 0, bids);
  pushLevels(target.asks, scaled, bids, scaled.ticks.length);
}

function decodeDiff(reading: Reading, market: string, data: JsonObject): void {
  const { sink, scratch } = reading;
  const { diff } = scratch;
  const micros = wantMicros(data);
  const sides = wantSides(reading, market, data);
  if (sides === null) {
    sink.ignored(false);
    return;
  }
  diff.first = micros;
  diff.last = micros;
  diff.previous = NO_SEQUENCE;
  diff.eventTime = millisOf(micros);
  fill(diff, sides);
  sink.diff(market, diff);
}

/**
 * The best hundred levels, all of them every time: a second source beside the diffs, or the book itself where no
 * snapshot can be had.
 */
function decodeTopBook(reading: Reading, market: string, data: JsonObject): void {
  const { sink, scratch, memory } = reading;
  const micros = wantMicros(data);
  const sides = wantSides(reading, market, data);
  if (sides === null) {
    sink.ignored(false);
    return;
  }
  if (memory.wholeBooks.has(market)) {
    const { book } = scratch;
    book.sequence = micros;
    book.eventTime = millisOf(micros);
    book.depth = TOP_LEVELS;
    fill(book, sides);
    sink.book(market, book);
    return;
  }
  const { statement } = scratch;
  statement.sequence = micros;
  statement.time = millisOf(micros);
  statement.hasSizes = true;
  fill(statement, sides);
  sink.statement(market, statement);
}

/** The bare numbers beside the texts are floats, and order ids come near 2^53: neither is read. */
function decodeTrade(reading: Reading, market: string, data: JsonObject): void {
  const { sink, scratch } = reading;
  const { trade } = scratch;
  const id = wantInteger(data, 'id');
  const time = millisOf(wantMicros(data));
  const type = integerOf(data.get('type'));
  if (type !== 0 && type !== 1) throw new Refusal('type is neither 0 nor 1');
  const figures = { prices: [wantPositive(data, 'price_str')], sizes: [wantPositive(data, 'amount_str')] };
  const scaled = scaleFigures(sink, market, figures);
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  trade.id = id;
  trade.firstId = id;
  trade.ticks = scaled.ticks[0];
  trade.lots = scaled.lots[0];
  trade.wideLots = scaled.wide.get(0) ?? 0n;
  trade.aggressor = type === 0 ? BUYER : SELLER;
  trade.time = time;
  trade.eventTime = time;
  sink.trade(market, trade);
}

function decodeNotice(reading: Reading, event: string): void {
  const { channel, sink, memory } = reading;
  switch (event) {
    case 'bts:subscription_succeeded':
      if (channel === '') throw new Refusal('an acknowledgement without a channel');
      memory.asked.answered([channel]);
      sink.control({ kind: 'ack', id: null, names: [channel] });
      break;
    case 'bts:unsubscription_succeeded':
      sink.ignored(false);
      break;
    case 'bts:heartbeat':
      sink.control({ kind: 'heartbeat' });
      break;
    case 'bts:request_reconnect':
      sink.control({ kind: 'closing', detail: 'the venue asked to connect to another server' });
      break;
    case 'bts:error':
      decodeError(reading);
      break;
    default:
      sink.ignored(true);
  }
}

/**
 * A refusal mostly leaves its channel empty; answers come in the order of the questions. One that cannot be told whose
 * it is names no stream at all: those that are never acknowledged are found by that.
 */
function decodeError(reading: Reading): void {
  const { body, channel, sink, memory } = reading;
  const data = objectOf(body.get('data'));
  const code = data?.get('code');
  const message = textOf(data?.get('message')) ?? 'error';
  const number = integerOf(code) ?? textOf(code);
  const detail = (number === undefined ? message : `${number}: ${message}`).slice(0, 300);
  const oldest = channel === '' ? memory.asked.oldestOfOne((name) => marketOf(name) ?? '') : channel;
  const names = oldest === null ? [] : [oldest];
  memory.asked.answered(names);
  sink.control({ kind: 'refusal', id: null, names, detail });
}

import { BUYER, SELLER } from '@/market/trade.ts';
import { type LevelList, MAX_LEVELS } from '../book/level-list.ts';
import { isoWholeMillis } from '../iso-time.ts';
import {
  ANSWER_LIMITS,
  arrayOf,
  type JsonObject,
  type JsonValue,
  MESSAGE_LIMITS,
  objectOf,
  readJson,
  textOf,
} from '../json.ts';
import type { AskedStreams } from './asked-streams.ts';
import { changeOf } from './day-change.ts';
import { volumeAt } from './day-volume.ts';
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
  wantDecimal,
  wantInteger,
  wantPositive,
  wantText,
} from './strict-fields.ts';
import { type DecodeSink, NO_SEQUENCE } from './venue.ts';

/** Channels as we ask for them; a stream's name is the channel, a colon and the product. */
export const COINBASE_CHANNELS = ['level2_batch', 'matches', 'ticker', 'heartbeat'] as const;

/** What a decoder of this feed has to remember between messages. */
export interface CoinbaseMemory {
  readonly asked: AskedStreams;
  /** The newest trade a product's ticker has told of on this subscription. */
  readonly tickers: Map<string, number>;
}

interface Reading {
  readonly body: JsonObject;
  readonly sink: DecodeSink;
  readonly scratch: DecodeScratch;
  readonly memory: CoinbaseMemory;
}

/**
 * Read one message of the Exchange feed, whole or not at all: the definition of right for the scanner. Keys that are
 * not known are passed over. Source: the Exchange WebSocket channels page, read mid-2026; every kind but `heartbeat` is
 * in the capture `coinbase-exchange-10prod-20210417`.
 */
export function decodeStrict(text: string, sink: DecodeSink, scratch: DecodeScratch, memory: CoinbaseMemory): void {
  let suspect: Suspect = { symbol: null, isDiff: false };
  try {
    // A whole book comes as one message and may be as long as an answer.
    const read = readJson(text, SNAPSHOT_HEAD.test(text) ? ANSWER_LIMITS : MESSAGE_LIMITS);
    if (!read.ok) {
      suspect = suspectText(text);
      throw new Refusal(read.error);
    }
    const body = objectOf(read.value);
    if (body === undefined) throw new Refusal('not an object');
    suspect = suspectBody(body);
    const decode = DECODERS.get(wantText(body, 'type'));
    if (decode === undefined) sink.ignored(true);
    else decode({ body, sink, scratch, memory });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    sink.rejected(error.message, suspect.symbol, suspect.isDiff);
  }
}

const SNAPSHOT_HEAD = /^\{\s*"type"\s*:\s*"snapshot"/;

interface Suspect {
  readonly symbol: string | null;
  readonly isDiff: boolean;
}

/** Whose book an unreadable text may have changed, by what stands in its first and last characters. */
function suspectText(text: string): Suspect {
  const ends = text.length > 2048 ? text.slice(0, 1024) + text.slice(-1024) : text;
  return {
    symbol: /"product_id":"([^"\\]{1,64})"/.exec(ends)?.[1] ?? null,
    isDiff: /"type":"(?:l2update|snapshot)"/.test(ends),
  };
}

function suspectBody(body: JsonObject): Suspect {
  const product = textOf(body.get('product_id'));
  const type = body.get('type');
  return {
    symbol: product !== undefined && product !== '' && product.length <= MAX_SYMBOL ? product : null,
    isDiff: type === 'l2update' || type === 'snapshot',
  };
}

const ofProduct =
  (decode: (reading: Reading, symbol: string) => void) =>
  (reading: Reading): void => {
    const symbol = wantText(reading.body, 'product_id');
    if (symbol.length > MAX_SYMBOL) throw new Refusal('product_id too long');
    if (reading.sink.grid(symbol) === null) reading.sink.ignored(false);
    else decode(reading, symbol);
  };

const DECODERS: ReadonlyMap<string, (reading: Reading) => void> = new Map([
  ['l2update', ofProduct(decodeChanges)],
  ['snapshot', ofProduct(decodeSnapshot)],
  ['match', ofProduct((reading, symbol) => decodeMatch(reading, symbol, false))],
  // The newest trade from before the subscription: it says where the numbers begin.
  ['last_match', ofProduct((reading, symbol) => decodeMatch(reading, symbol, true))],
  ['ticker', ofProduct(decodeTicker)],
  ['heartbeat', ofProduct(decodeHeartbeat)],
  ['subscriptions', decodeSubscriptions],
  ['error', decodeError],
  ['status', ({ sink }: Reading) => sink.ignored(false)],
]);

/** A time with its zone, in whole milliseconds. */
function wantIso(body: JsonObject): number {
  const time = isoWholeMillis(wantText(body, 'time'));
  if (!isTime(time)) throw new Refusal('time is not a time');
  return time;
}

function decodeChanges(reading: Reading, symbol: string): void {
  const { body, sink, scratch } = reading;
  const { diff } = scratch;
  const eventTime = wantIso(body);
  const changes = arrayOf(body.get('changes'));
  if (changes === undefined) throw new Refusal('changes is not an array');
  if (changes.length > MAX_LEVELS) throw new Refusal(`changes holds more than ${MAX_LEVELS} levels`);
  const sides: LevelList[] = [];
  const prices: string[] = [];
  const sizes: string[] = [];
  for (const item of changes) {
    const change = arrayOf(item);
    if (change === undefined || change.length !== 3) throw new Refusal('a change is not a triple');
    if (change[0] !== 'buy' && change[0] !== 'sell') throw new Refusal('a change is of neither side');
    sides.push(change[0] === 'buy' ? diff.bids : diff.asks);
    prices.push(checkPositive(textOf(change[1]), 'price'));
    sizes.push(checkDecimal(textOf(change[2]), 'size'));
  }
  const scaled = scaleFigures(sink, symbol, { prices, sizes });
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  diff.first = NO_SEQUENCE;
  diff.last = NO_SEQUENCE;
  diff.previous = NO_SEQUENCE;
  diff.eventTime = eventTime;
  diff.bids.clear();
  diff.asks.clear();
  for (let i = 0; i < sides.length; i++) pushLevels(sides[i], scaled, i, i + 1);
  sink.diff(symbol, diff);
}

function decodeSnapshot(reading: Reading, symbol: string): void {
  const { body, sink, scratch } = reading;
  const { book } = scratch;
  // Only newer servers date it.
  const eventTime = body.has('time') ? wantIso(body) : 0;
  const prices: string[] = [];
  const sizes: string[] = [];
  wantPairs(body, 'bids', prices, sizes);
  const bids = prices.length;
  wantPairs(body, 'asks', prices, sizes);
  const scaled = scaleFigures(sink, symbol, { prices, sizes });
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  book.eventTime = eventTime;
  book.bids.clear();
  book.asks.clear();
  pushLevels(book.bids, scaled, 0, bids);
  pushLevels(book.asks, scaled, bids, prices.length);
  sink.book(symbol, book);
}

function wantPairs(body: JsonObject, key: string, prices: string[], sizes: string[]): void {
  const pairs = arrayOf(body.get(key));
  if (pairs === undefined) throw new Refusal(`${key} is not an array`);
  if (pairs.length > MAX_LEVELS) throw new Refusal(`${key} holds more than ${MAX_LEVELS} levels`);
  for (const item of pairs) {
    const pair = arrayOf(item);
    if (pair === undefined || pair.length !== 2) throw new Refusal(`a level of ${key} is not a pair`);
    prices.push(checkPositive(textOf(pair[0]), 'price'));
    sizes.push(checkDecimal(textOf(pair[1]), 'size'));
  }
}

function decodeMatch(reading: Reading, symbol: string, initial: boolean): void {
  const { body, sink, scratch } = reading;
  const { trade } = scratch;
  const id = wantInteger(body, 'trade_id');
  const time = wantIso(body);
  const maker = wantText(body, 'side');
  if (maker !== 'buy' && maker !== 'sell') throw new Refusal('side is neither buy nor sell');
  const figures = { prices: [wantPositive(body, 'price')], sizes: [wantPositive(body, 'size')] };
  const scaled = scaleFigures(sink, symbol, figures);
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  trade.id = id;
  trade.firstId = id;
  trade.ticks = scaled.ticks[0];
  trade.lots = scaled.lots[0];
  trade.wideLots = scaled.wide.get(0) ?? 0n;
  // The side is the maker's: who rested on the ask was bought from.
  trade.aggressor = maker === 'sell' ? BUYER : SELLER;
  trade.time = time;
  trade.eventTime = time;
  trade.initial = initial;
  sink.trade(symbol, trade);
}

/**
 * One per match, with the best prices at that moment: the second route to the top of the book. The first after
 * subscribing tells of a trade long past and states nothing of now.
 */
function decodeTicker(reading: Reading, symbol: string): void {
  const { body, sink, memory } = reading;
  const eventTime = wantIso(body);
  const id = wantInteger(body, 'trade_id');
  const day = ['price', 'open_24h', 'high_24h', 'low_24h'].map((key) => wantDecimal(body, key));
  const best = body.has('best_bid') || body.has('best_ask') ? wantBest(body) : null;
  const volume = wantDecimal(body, 'volume_24h');
  const figures = { prices: [...day, ...(best?.prices ?? [])], sizes: best?.sizes ?? [] };
  const scaled = scaleFigures(sink, symbol, figures);
  const grid = sink.grid(symbol);
  if (scaled === null || grid === null) {
    sink.ignored(false);
    return;
  }
  const last = memory.tickers.get(symbol);
  memory.tickers.set(symbol, Math.max(id, last ?? id));
  if (best !== null && last !== undefined && id > last) stateBest(reading, symbol, scaled, eventTime);
  const [price, open, highTicks, lowTicks] = scaled.ticks;
  sink.ticker(symbol, {
    ...changeOf(price, open),
    ...(highTicks > 0 && lowTicks > 0 ? { highTicks, lowTicks } : {}),
    volume: volumeAt(volume, grid.lotDecimals),
    eventTime,
  });
}

interface Best {
  readonly prices: readonly string[];
  /** Empty where the server does not state them. */
  readonly sizes: readonly string[];
}

function wantBest(body: JsonObject): Best {
  const prices = [wantDecimal(body, 'best_bid'), wantDecimal(body, 'best_ask')];
  if (!body.has('best_bid_size') && !body.has('best_ask_size')) return { prices, sizes: [] };
  return { prices, sizes: [wantDecimal(body, 'best_bid_size'), wantDecimal(body, 'best_ask_size')] };
}

/** The best prices stand behind the day's four; the sizes, where there are some, are theirs. */
function stateBest(reading: Reading, symbol: string, scaled: Scaled, time: number): void {
  const { statement } = reading.scratch;
  const hasSizes = scaled.lots.length > 0;
  statement.time = time;
  statement.hasSizes = hasSizes;
  const sides = [statement.bids, statement.asks];
  for (const [i, side] of sides.entries()) {
    side.clear();
    const ticks = scaled.ticks[4 + i];
    const wide = scaled.wide.get(i);
    // A price of 0 is how it says that a side is empty.
    if (ticks === 0) continue;
    if (wide === undefined) side.push(ticks, hasSizes ? scaled.lots[i] : 0);
    else side.pushWide(ticks, wide);
  }
  reading.sink.statement(symbol, statement);
}

function decodeHeartbeat(reading: Reading, symbol: string): void {
  const { body, sink } = reading;
  sink.newestTrade(symbol, wantInteger(body, 'last_trade_id'), wantIso(body));
}

/** The answer to every subscription and its end: all that this socket is subscribed to now, old and new. */
function decodeSubscriptions(reading: Reading): void {
  const { body, sink, memory } = reading;
  const channels = arrayOf(body.get('channels'));
  if (channels === undefined) throw new Refusal('channels is not an array');
  sink.control({ kind: 'ack', id: null, names: memory.asked.answered(channels.flatMap(namesOf)) });
}

function namesOf(value: JsonValue): string[] {
  const channel = objectOf(value);
  const stated = textOf(channel?.get('name'));
  const products = arrayOf(channel?.get('product_ids'));
  if (stated === undefined || products === undefined) throw new Refusal('a channel without name or products');
  // The batched channel answers under the name of the plain one, or under its own.
  const name = stated === 'level2' ? 'level2_batch' : stated;
  return products.map((product) => {
    const text = textOf(product);
    if (text === undefined) throw new Refusal('a product is not a text');
    return `${name}:${text}`;
  });
}

const PRODUCT = /(?<![\w-])[A-Z0-9]{1,24}-[A-Z0-9]{1,24}(?![\w-])/;
/** A channel as the venue's sentences name it. */
const NAMED_CHANNELS: readonly (readonly [RegExp, string])[] = [
  [/\blevel2(?:_batch)?\b/, 'level2_batch'],
  [/\bmatches\b/, 'matches'],
  [/\bticker\b/, 'ticker'],
  [/\bheartbeat\b/, 'heartbeat'],
];

/**
 * A refusal names nothing but in its sentence: `BTC-XYZ is not a valid product`. One that cannot be told whose it is
 * names no stream at all: those that are never acknowledged are found by that.
 */
function decodeError(reading: Reading): void {
  const { body, sink, memory } = reading;
  const message = textOf(body.get('message')) ?? 'error';
  const reason = textOf(body.get('reason'));
  const detail = (reason === undefined ? message : `${message}: ${reason}`).slice(0, 300);
  if (/slow ?consume/i.test(detail)) {
    sink.control({ kind: 'closing', detail });
    return;
  }
  const names = refusedNames(detail, memory.asked);
  memory.asked.answered(names);
  sink.control({ kind: 'refusal', id: null, names, detail });
}

function refusedNames(detail: string, asked: AskedStreams): readonly string[] {
  const product = PRODUCT.exec(detail)?.[0];
  const channels = NAMED_CHANNELS.filter(([pattern]) => pattern.test(detail)).map(([, channel]) => channel);
  if (product !== undefined) {
    const refused = channels.length > 0 ? channels : COINBASE_CHANNELS;
    return refused.map((channel) => `${channel}:${product}`);
  }
  if (channels.length > 0) return asked.matching((name) => channels.includes(name.slice(0, name.indexOf(':'))));
  const oldest = asked.oldestOfOne((name) => name.slice(name.indexOf(':') + 1));
  return oldest === null ? [] : [oldest];
}

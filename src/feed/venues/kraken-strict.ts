import { bucketStart, type Interval, type Millis } from '@/market/time.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
import { MAX_LEVELS } from '../book/level-list.ts';
import { isoWholeMillis } from '../iso-time.ts';
import { ANSWER_LIMITS, arrayOf, JsonNumber, type JsonObject, objectOf, readJson, textOf } from '../json.ts';
import { volumeAt } from './day-volume.ts';
import type { DecodeScratch } from './decode-scratch.ts';
import { levelToken } from './kraken-checksum.ts';
import { decodeAnswer, decodeBare } from './kraken-control.ts';
import type { KrakenMemory } from './kraken-memory.ts';
import { INSTRUMENT_ANSWER, KRAKEN_INTERVALS } from './kraken-names.ts';
import { isSoundBar } from './sound-bar.ts';
import {
  checkDecimal,
  checkPositive,
  type Figures,
  isTime,
  MAX_SYMBOL,
  pushLevels,
  Refusal,
  roundDecimal,
  type Scaled,
  type SignedDecimal,
  scaleFigures,
  wantInteger,
  wantText,
} from './strict-fields.ts';
import {
  type DecodeSink,
  type Diff,
  type HistoryCandle,
  NO_SEQUENCE,
  type StreamBook,
  type TickerEvent,
} from './venue.ts';

/** One message of a channel being read. */
interface Reading {
  readonly entries: readonly JsonObject[];
  readonly isSnapshot: boolean;
  readonly sink: DecodeSink;
  readonly memory: KrakenMemory;
  readonly scratch: DecodeScratch;
}

/** One entry of a message, read and not applied. */
interface Plan {
  readonly symbol: string;
  readonly figures: Figures;
  /** Check what needs the grid. @returns what applies it @throws Refusal */
  prepare(scaled: Scaled): () => void;
}

/** Whose message it is and whether it changed a book, as far as that could be read. */
interface Suspects {
  readonly symbols: readonly (string | null)[];
  readonly isBook: boolean;
}

const INSTRUMENTS = '{"channel":"instrument","type":"snapshot",';
const CHECKSUM_END = 2 ** 32;
/** Characters searched for the symbol of a message that cannot be read. */
const SUSPECT_LENGTH = 1024;

/**
 * Read one message of Kraken's WebSocket v2, whole or not at all: the definition of right for the scanner. A message may
 * hold several entries; every one is checked before the sink hears of the first. Keys that are not known are passed
 * over. Figures are bare numbers, whose text is kept: the checksum is made of their digits.
 */
export function decodeStrict(text: string, sink: DecodeSink, memory: KrakenMemory, scratch: DecodeScratch): void {
  if (takeInstruments(text, sink)) return;
  let suspects: Suspects = { symbols: [null], isBook: false };
  try {
    const read = readJson(text);
    if (!read.ok) {
      suspects = suspectText(text);
      throw new Refusal(read.error);
    }
    const root = objectOf(read.value);
    if (root === undefined) throw new Refusal('not an object');
    suspects = suspectRoot(root);
    if (root.has('channel')) decodeChannel(root, text, sink, memory, scratch);
    else if (root.has('method')) decodeAnswer(root, text, sink, memory);
    else decodeBare(root, sink);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    for (const symbol of suspects.symbols) sink.rejected(error.message, symbol, suspects.isBook);
  }
}

/** The list of instruments is a third of a megabyte: whoever asked reads it. */
function takeInstruments(text: string, sink: DecodeSink): boolean {
  if (!text.startsWith(INSTRUMENTS) || text.length > ANSWER_LIMITS.length || !text.endsWith('}')) return false;
  sink.control({ kind: 'response', id: INSTRUMENT_ANSWER, status: 200, text });
  return true;
}

function suspectText(text: string): Suspects {
  const head = text.slice(0, SUSPECT_LENGTH);
  const symbol = /"symbol":"([^"\\]{1,64})"/.exec(head)?.[1] ?? null;
  return { symbols: [symbol], isBook: head.includes('"channel":"book"') };
}

/** A message that is refused is lost to every symbol it names. */
function suspectRoot(root: JsonObject): Suspects {
  const symbols = new Set<string>();
  for (const entry of arrayOf(root.get('data')) ?? []) {
    const symbol = textOf(objectOf(entry)?.get('symbol'));
    if (symbol !== undefined && symbol !== '' && symbol.length <= MAX_SYMBOL) symbols.add(symbol);
  }
  return { symbols: symbols.size === 0 ? [null] : [...symbols], isBook: root.get('channel') === 'book' };
}

function decodeChannel(
  root: JsonObject,
  text: string,
  sink: DecodeSink,
  memory: KrakenMemory,
  scratch: DecodeScratch,
): void {
  const channel = wantText(root, 'channel');
  if (channel === 'heartbeat') {
    sink.control({ kind: 'heartbeat' });
    return;
  }
  if (channel === 'status' || channel === 'instrument') {
    const isList = channel === 'instrument' && root.get('type') === 'snapshot';
    if (isList) sink.control({ kind: 'response', id: INSTRUMENT_ANSWER, status: 200, text });
    else sink.ignored(false);
    return;
  }
  const plan = PLANS.get(channel);
  const type = root.get('type');
  if (plan === undefined || (type !== 'snapshot' && type !== 'update')) {
    sink.ignored(true);
    return;
  }
  const isSnapshot = type === 'snapshot';
  const entries = (arrayOf(root.get('data')) ?? refuse('data is not an array')).map(
    (entry) => objectOf(entry) ?? refuse('an entry is not an object'),
  );
  const reading = { entries, isSnapshot, sink, memory, scratch };
  if (channel === 'ohlc' && isSnapshot) decodeHistory(reading);
  else
    applyAll(
      reading,
      entries.flatMap((entry) => plan(reading, entry)),
    );
}

function refuse(reason: string): never {
  throw new Refusal(reason);
}

const PLANS: ReadonlyMap<string, (reading: Reading, entry: JsonObject) => Plan[]> = new Map([
  ['book', planBook],
  ['trade', planTrade],
  ['ticker', planTicker],
  ['ohlc', planCandle],
]);

/** Bring every entry onto its grid, then apply all of them: nothing can fail once the first is applied. */
function applyAll({ sink }: Reading, plans: readonly Plan[]): void {
  const wanted = plans.filter(({ symbol }) => sink.grid(symbol) !== null);
  // A later entry may make the grid finer than an earlier one was scaled at.
  if (wanted.length > 1) for (const { symbol, figures } of wanted) scaleFigures(sink, symbol, figures);
  const steps: (() => void)[] = [];
  for (const { symbol, figures, prepare } of wanted) {
    const scaled = scaleFigures(sink, symbol, figures);
    if (scaled !== null) steps.push(prepare(scaled));
  }
  for (const step of steps) step();
  if (steps.length === 0) sink.ignored(false);
}

function planBook({ isSnapshot, sink, memory, scratch }: Reading, entry: JsonObject): Plan[] {
  const symbol = wantSymbol(entry);
  const prices: string[] = [];
  const sizes: string[] = [];
  wantLevels(entry, 'bids', prices, sizes);
  const bids = prices.length;
  wantLevels(entry, 'asks', prices, sizes);
  const checksum = wantInteger(entry, 'checksum');
  if (checksum >= CHECKSUM_END) throw new Refusal('checksum is above 32 bits');
  // The first documents had books without a time.
  const eventTime = entry.has('timestamp') ? wantTime(entry, 'timestamp') : 0;
  const target = isSnapshot ? scratch.book : scratch.diff;
  const apply = (scaled: Scaled): void => {
    target.bids.clear();
    target.asks.clear();
    pushLevels(target.bids, scaled, 0, bids);
    pushLevels(target.asks, scaled, bids, prices.length);
    prices.forEach((price, i) => {
      (i < bids ? target.bids : target.asks).tokens.push(levelToken(price, sizes[i]));
    });
    target.eventTime = eventTime;
    target.checksum = checksum;
    if (isSnapshot) emitBook(symbol, scratch.book, memory, sink);
    else emitDiff(symbol, scratch.diff, sink);
  };
  return [{ symbol, figures: { prices, sizes }, prepare: (scaled) => () => apply(scaled) }];
}

function emitBook(symbol: string, book: StreamBook, memory: KrakenMemory, sink: DecodeSink): void {
  book.sequence = NO_SEQUENCE;
  book.depth = memory.depthOf(symbol);
  sink.book(symbol, book);
}

function emitDiff(symbol: string, diff: Diff, sink: DecodeSink): void {
  diff.first = NO_SEQUENCE;
  diff.last = NO_SEQUENCE;
  diff.previous = NO_SEQUENCE;
  sink.diff(symbol, diff);
}

function wantLevels(entry: JsonObject, key: string, prices: string[], sizes: string[]): void {
  const levels = arrayOf(entry.get(key));
  if (levels === undefined) throw new Refusal(`${key} is not an array`);
  if (levels.length > MAX_LEVELS) throw new Refusal(`${key} holds more than ${MAX_LEVELS} levels`);
  for (const item of levels) {
    const level = objectOf(item) ?? refuse(`a level of ${key} is not an object`);
    prices.push(checkPositive(numberText(level, 'price'), 'price'));
    sizes.push(checkDecimal(numberText(level, 'qty'), 'qty'));
  }
}

/** Source: "Trades" of Kraken's Spot WebSocket v2 reference, read 2026-07: `side` is the taker's. */
function planTrade({ isSnapshot, sink, scratch }: Reading, entry: JsonObject): Plan[] {
  const symbol = wantSymbol(entry);
  const side = wantText(entry, 'side');
  if (side !== 'buy' && side !== 'sell') throw new Refusal('side is neither buy nor sell');
  const figures = {
    prices: [checkPositive(numberText(entry, 'price'), 'price')],
    sizes: [checkPositive(numberText(entry, 'qty'), 'qty')],
  };
  const id = wantInteger(entry, 'trade_id');
  const time = wantTime(entry, 'timestamp');
  const apply = (scaled: Scaled): void => {
    const { trade } = scratch;
    trade.id = id;
    trade.firstId = id;
    trade.ticks = scaled.ticks[0];
    trade.lots = scaled.lots[0];
    trade.wideLots = scaled.wide.get(0) ?? 0n;
    trade.aggressor = side === 'buy' ? BUYER : SELLER;
    trade.time = time;
    trade.eventTime = time;
    trade.aggregated = false;
    trade.idText = '';
    trade.initial = isSnapshot;
    sink.trade(symbol, trade);
  };
  return [{ symbol, figures, prepare: (scaled) => () => apply(scaled) }];
}

/** A pair that never traded states zeros of 1970, which is nothing to show. */
function planTicker({ sink }: Reading, entry: JsonObject): Plan[] {
  const symbol = wantSymbol(entry);
  const stated = entry.has('timestamp') ? isoWholeMillis(wantText(entry, 'timestamp')) : 0;
  const change = wantSigned(entry, 'change');
  const percent = wantSigned(entry, 'change_pct');
  const volume = checkDecimal(numberText(entry, 'volume'), 'volume');
  const prices = ['high', 'low', 'last'].map((key) => checkDecimal(numberText(entry, key), key));
  if (Number.isNaN(stated)) throw new Refusal('timestamp is not a time');
  if (stated === 0 && entry.has('timestamp')) return [];
  const prepare = ({ ticks, priceDecimals }: Scaled): (() => void) => {
    const [highTicks, lowTicks, lastTicks] = ticks;
    const ticker: TickerEvent = {
      ...(lastTicks > 0 ? { lastTicks } : {}),
      changeTicks: signed(roundDecimal(change.text, priceDecimals), change.isNegative),
      changeBasisPoints: signed(roundDecimal(percent.text, 2), percent.isNegative),
      // A day without trades has no high and no low.
      ...(highTicks > 0 && lowTicks > 0 ? { highTicks, lowTicks } : {}),
      volume: volumeAt(volume, sink.grid(symbol)?.lotDecimals ?? 0),
      eventTime: stated,
    };
    return () => sink.ticker(symbol, ticker);
  };
  return [{ symbol, figures: { prices, sizes: [] }, prepare }];
}

const signed = (size: number, isNegative: boolean): number => (isNegative && size !== 0 ? -size : size);

/** A bar as it stands on the wire. */
interface Bar extends HistoryCandle {
  readonly symbol: string;
  readonly interval: Interval;
}

/** The snapshot of candles is the history of one symbol and interval; more than one are taken apart. */
function decodeHistory({ entries, sink }: Reading): void {
  const bars = entries.flatMap(readBar);
  const histories = new Map<string, Bar[]>();
  for (const bar of bars) {
    if (sink.grid(bar.symbol) === null) continue;
    const key = `${bar.interval} ${bar.symbol}`;
    const rows = histories.get(key);
    if (rows === undefined) histories.set(key, [bar]);
    else rows.push(bar);
  }
  for (const rows of histories.values()) {
    rows.sort((a, b) => a.t - b.t);
    sink.history(rows[0].symbol, rows[0].interval, rows.map(historyRow));
  }
  if (histories.size === 0) sink.ignored(false);
}

const historyRow = ({ t, o, h, l, c, v, n }: Bar): HistoryCandle => ({ t, o, h, l, c, v, n });

/** @returns nothing for an interval we do not ask for */
function readBar(entry: JsonObject): Bar[] {
  const symbol = wantSymbol(entry);
  const interval = KRAKEN_INTERVALS.get(wantInteger(entry, 'interval'));
  if (interval === undefined) return [];
  const t = wantTime(entry, 'interval_begin');
  if (bucketStart(t, interval) !== t) throw new Refusal('a candle off its interval');
  const price = (key: string): string => checkPositive(numberText(entry, key), key);
  const v = checkDecimal(numberText(entry, 'volume'), 'volume');
  const [o, h, l, c] = ['open', 'high', 'low', 'close'].map(price);
  return [{ symbol, interval, t, o, h, l, c, v, n: wantInteger(entry, 'trades') }];
}

/**
 * The running bar. It is final when the next one begins, which the venue leaves to be seen; its `timestamp` is the end of
 * the bar and says nothing of when it was sent.
 */
function planCandle({ sink }: Reading, entry: JsonObject): Plan[] {
  return readBar(entry).map((bar) => {
    const { symbol, interval, t, n } = bar;
    const prepare = ({ ticks, lots, wide }: Scaled): (() => void) => {
      const [o, h, l, c] = ticks;
      const v = wide.get(0)?.toString() ?? lots[0];
      const candle = { interval, t, o, h, l, c, v, n, firstId: -1, lastId: -1, closed: false, eventTime: t };
      if (!isSoundBar(candle)) throw new Refusal('impossible candle');
      return () => sink.candle(symbol, candle);
    };
    return { symbol, figures: { prices: [bar.o, bar.h, bar.l, bar.c], sizes: [bar.v] }, prepare };
  });
}

function wantSymbol(entry: JsonObject): string {
  const symbol = wantText(entry, 'symbol');
  if (symbol.length > MAX_SYMBOL) throw new Refusal('symbol too long');
  return symbol;
}

/** Digits of a bare number; undefined for anything else. */
function numberText(entry: JsonObject, key: string): string | undefined {
  const value = entry.get(key);
  return value instanceof JsonNumber ? value.text : undefined;
}

function wantSigned(entry: JsonObject, key: string): SignedDecimal {
  const text = numberText(entry, key);
  const isNegative = text?.startsWith('-') === true;
  return { isNegative, text: checkDecimal(isNegative ? text?.slice(1) : text, key) };
}

function wantTime(entry: JsonObject, key: string): Millis {
  const time = isoWholeMillis(wantText(entry, key));
  if (!isTime(time)) throw new Refusal(`${key} is not a time`);
  return time;
}

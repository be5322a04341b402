import type { Interval, Millis } from '@/market/time.ts';
import { MAX_LEVELS } from '../book/level-list.ts';
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
import { volumeAt } from './day-volume.ts';
import { type DecodeScratch, makeScratch } from './decode-scratch.ts';
import { numberOf, readTrade, wantAbove, wantNumber } from './deribit-fields.ts';
import { askedBy, KEEP_OPEN } from './deribit-ids.ts';
import { isInverse, parseChannel } from './deribit-names.ts';
import { bestOf, figuresOf, rounded } from './deribit-ticker.ts';
import type { RequestIds } from './request-ids.ts';
import { isSoundBar } from './sound-bar.ts';
import {
  checkDecimal,
  checkPositive,
  pushLevels,
  Refusal,
  scaleFigures,
  wantInteger,
  wantText,
  wantTime,
} from './strict-fields.ts';
import { type CandleEvent, type DecodeSink, NO_SEQUENCE, type TickerEvent } from './venue.ts';

/** Head of an answer as the venue writes it. */
const ANSWER = /^\{"jsonrpc":"2\.0","id":(\d{1,15}),"(result|error)":/;
/** Where an answer says when it was sent, in microseconds. */
const SENT = /"usOut":(\d{16})\b/;
const TAIL_LENGTH = 160;
/** Characters searched for the channel of a message that cannot be read. */
const SUSPECT_LENGTH = 256;
const MAX_DETAIL = 300;
/** Code of an answer that says: too many requests. */
export const TOO_MANY = 10028;

/** The answer the venue waits for when it asks whether we are there. */
const TEST = JSON.stringify({ jsonrpc: '2.0', id: KEEP_OPEN, method: 'public/test', params: {} });

/**
 * Reads messages of Deribit, whole or not at all, from bare numbers by their digits.
 * Source: the venue's API pages, 2.1.1, 2026; recording `deribit-options-20210722`.
 */
export class DeribitDecoder {
  /** Newest time the venue has stated; 0 before the first. */
  newest: Millis = 0;
  private readonly scratch: DecodeScratch = makeScratch();

  constructor(private readonly ids: RequestIds) {}

  /** Read one message into the sink. Never throws on bad input: `sink.rejected` hears of it. */
  decode(text: string, sink: DecodeSink): void {
    if (this.decodeLongAnswer(text, sink)) return;
    let suspect: Suspect = { symbol: null, isBook: false };
    try {
      const read = readJson(text);
      if (!read.ok) {
        suspect = suspectOf(/"channel":"([^"\\]{1,96})"/.exec(text.slice(0, SUSPECT_LENGTH))?.[1]);
        throw new Refusal(read.error);
      }
      const root = objectOf(read.value);
      if (root === undefined) throw new Refusal('not an object');
      const params = objectOf(root.get('params'));
      suspect = suspectOf(textOf(params?.get('channel')));
      this.dispatch(root, params, text, sink);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      sink.rejected(error.message, suspect.symbol, suspect.isBook);
    }
  }

  /** An answer may hold a whole catalogue: its head and its tail are read here, its body by whoever asked. */
  private decodeLongAnswer(text: string, sink: DecodeSink): boolean {
    if (text.length > ANSWER_LIMITS.length || !text.endsWith('}')) return false;
    const match = ANSWER.exec(text);
    if (!match || askedBy(Number(match[1])).kind !== 'request') return false;
    const sent = SENT.exec(text.slice(-TAIL_LENGTH))?.[1];
    if (sent !== undefined) this.heard(Math.floor(Number(sent) / 1000));
    this.answered(Number(match[1]), match[2] === 'result', text, sink);
    return true;
  }

  private answered(number: number, isResult: boolean, text: string, sink: DecodeSink): void {
    const asked = this.ids.find(number);
    if (asked === null) sink.ignored(false);
    else sink.control({ kind: 'response', id: asked.id, status: isResult ? 200 : 400, text });
  }

  private dispatch(root: JsonObject, params: JsonObject | undefined, text: string, sink: DecodeSink): void {
    const method = textOf(root.get('method'));
    if (method === 'subscription') {
      if (params === undefined) throw new Refusal('params are not an object');
      this.decodeNotification(params, sink);
    } else if (method === 'heartbeat') {
      if (textOf(params?.get('type')) === 'test_request') sink.control({ kind: 'answer', text: TEST });
      else sink.control({ kind: 'heartbeat' });
    } else if (method === undefined && root.has('id')) this.decodeAnswer(root, text, sink);
    else sink.ignored(true);
  }

  private decodeAnswer(root: JsonObject, text: string, sink: DecodeSink): void {
    const number = integerOf(root.get('id'));
    // Words about a frame that it could not read come under no number; whatever was asked in it will be missed.
    if (number === undefined || number < 0) return sink.ignored(false);
    const sent = integerOf(root.get('usOut'));
    if (sent !== undefined && sent > 0) this.heard(Math.floor(sent / 1000));
    const asked = askedBy(number);
    const error = objectOf(root.get('error'));
    if (asked.kind === 'request') this.answered(number, error === undefined, text, sink);
    // That streams ended needs no acknowledgement: it would be taken for one of their next beginning.
    else if (asked.kind !== 'subscribe') sink.ignored(false);
    else if (error !== undefined) refused(asked.id, error, sink);
    else granted(asked.id, root.get('result'), sink);
  }

  private decodeNotification(params: JsonObject, sink: DecodeSink): void {
    const name = wantText(params, 'channel');
    const channel = parseChannel(name);
    // Books cut at a depth and best prices alone are known and not used.
    if (channel === null) return sink.ignored(!/^(?:book|quote)\./.test(name));
    const { kind, symbol, interval } = channel;
    const data = params.get('data');
    const grid = sink.grid(symbol);
    if (grid === null) sink.ignored(false);
    else if (kind === 'trades') this.decodeTrades(data, symbol, sink);
    else if (kind === 'book') this.decodeBook(wantOf(data, symbol), symbol, sink);
    else if (kind === 'ticker') this.decodeTicker(wantOf(data, symbol), symbol, sink);
    else if (interval === null) sink.ignored(true);
    else decodeCandle(wantObject(data), symbol, interval, sink);
  }

  private decodeBook(data: JsonObject, symbol: string, sink: DecodeSink): void {
    const type = wantText(data, 'type');
    if (type !== 'snapshot' && type !== 'change') throw new Refusal('type is neither snapshot nor change');
    const isSnapshot = type === 'snapshot';
    const eventTime = wantTime(data, 'timestamp');
    const last = wantInteger(data, 'change_id');
    const previous = isSnapshot ? NO_SEQUENCE : wantInteger(data, 'prev_change_id');
    const prices: string[] = [];
    const sizes: string[] = [];
    wantLevels(data, 'bids', isSnapshot, prices, sizes);
    const bids = prices.length;
    wantLevels(data, 'asks', isSnapshot, prices, sizes);
    const scaled = scaleFigures(sink, symbol, { prices, sizes });
    if (scaled === null) return sink.ignored(false);
    const { book, diff } = this.scratch;
    const target = isSnapshot ? book : diff;
    target.bids.clear();
    target.asks.clear();
    pushLevels(target.bids, scaled, 0, bids);
    pushLevels(target.asks, scaled, bids, prices.length);
    target.eventTime = eventTime;
    this.heard(eventTime);
    if (isSnapshot) {
      book.sequence = last;
      sink.book(symbol, book);
      return;
    }
    diff.first = last;
    diff.last = last;
    diff.previous = previous;
    sink.diff(symbol, diff);
  }

  private decodeTrades(data: JsonValue | undefined, symbol: string, sink: DecodeSink): void {
    const rows = arrayOf(data)?.map((row) => wantOf(row, symbol));
    if (rows === undefined) throw new Refusal('data is not an array');
    if (rows.length === 0) return sink.ignored(false);
    const trades = rows.map(readTrade);
    const scaled = scaleFigures(sink, symbol, {
      prices: trades.map((trade) => trade.price),
      sizes: trades.map((trade) => trade.size),
    });
    if (scaled === null) return sink.ignored(false);
    const { trade } = this.scratch;
    trades.forEach((row, i) => {
      trade.id = row.sequence;
      trade.firstId = row.sequence;
      trade.idText = row.id;
      trade.ticks = scaled.ticks[i];
      trade.lots = scaled.lots[i];
      trade.wideLots = scaled.wide.get(i) ?? 0n;
      trade.aggressor = row.aggressor;
      trade.time = row.time;
      trade.eventTime = row.time;
      this.heard(row.time);
      sink.trade(symbol, trade);
    });
  }

  /** Figures of the day, and beside them the best prices and amounts: the second route that proves the book. */
  private decodeTicker(data: JsonObject, symbol: string, sink: DecodeSink): void {
    const time = wantTime(data, 'timestamp');
    const bid = bestOf(data, 'best_bid');
    const ask = bestOf(data, 'best_ask');
    const best = [bid, ask].flatMap((level) => level ?? []);
    const figures = figuresOf(data, symbol);
    const scaled = scaleFigures(sink, symbol, {
      prices: [...best.map((level) => level.price), ...(figures.range ?? [])],
      sizes: best.map((level) => level.size),
    });
    const grid = sink.grid(symbol);
    if (scaled === null || grid === null) return sink.ignored(false);
    const [highTicks, lowTicks] = scaled.ticks.slice(best.length);
    const event: TickerEvent = {
      ...figures.plain,
      ...rounded(figures, grid),
      ...(figures.range !== null && { highTicks, lowTicks }),
      eventTime: time,
    };
    const { statement } = this.scratch;
    statement.time = time;
    statement.hasSizes = true;
    statement.bids.clear();
    statement.asks.clear();
    const bids = bid === null ? 0 : 1;
    pushLevels(statement.bids, scaled, 0, bids);
    pushLevels(statement.asks, scaled, bids, best.length);
    this.heard(time);
    sink.ticker(symbol, event);
    sink.statement(symbol, statement);
  }

  private heard(time: Millis): void {
    if (time > this.newest) this.newest = time;
  }
}

function refused(id: string, error: JsonObject, sink: DecodeSink): void {
  const code = integerOf(error.get('code'));
  // Said too fast, not said wrong: what is not acknowledged is asked for again.
  if (code === TOO_MANY) sink.ignored(false);
  else sink.control({ kind: 'refusal', id, detail: faultDetail(error) });
}

/** The words of an error, for the log. */
export function faultDetail(error: JsonObject): string {
  const code = integerOf(error.get('code'));
  const message = textOf(error.get('message')) ?? 'refused';
  const reason = textOf(objectOf(error.get('data'))?.get('reason'));
  const words = reason === undefined ? message : `${message}: ${reason}`;
  return (code === undefined ? words : `${code} ${words}`).slice(0, MAX_DETAIL);
}

/** The venue answers with the channels it granted; one that it does not know is left out without a word. */
function granted(id: string, result: JsonValue | undefined, sink: DecodeSink): void {
  const names = arrayOf(result)?.flatMap((name) => (typeof name === 'string' ? name : []));
  if (names === undefined) throw new Refusal('result is not a list of channels');
  sink.control({ kind: 'granted', id, names, detail: 'the venue left it out of the channels it granted' });
}

const ACTIONS: ReadonlySet<string> = new Set(['new', 'change', 'delete']);

function wantLevels(data: JsonObject, key: string, isSnapshot: boolean, prices: string[], sizes: string[]): void {
  const levels = arrayOf(data.get(key));
  if (levels === undefined) throw new Refusal(`${key} is not an array`);
  if (levels.length > MAX_LEVELS) throw new Refusal(`${key} holds more than ${MAX_LEVELS} levels`);
  for (const item of levels) {
    const level = arrayOf(item);
    const action = textOf(level?.[0]);
    if (level?.length !== 3 || action === undefined || !ACTIONS.has(action)) throw new Refusal(`a bad level in ${key}`);
    const size = checkDecimal(numberOf(level[2]), 'amount');
    prices.push(checkPositive(numberOf(level[1]), 'price'));
    if (action === 'delete') {
      if (isSnapshot) throw new Refusal('a removal in a snapshot');
      sizes.push('0');
    } else sizes.push(checkPositive(size, 'amount'));
  }
}

function decodeCandle(data: JsonObject, symbol: string, interval: Interval, sink: DecodeSink): void {
  const grid = sink.grid(symbol);
  if (grid === null) return sink.ignored(false);
  const t = wantTime(data, 'tick');
  const prices = ['open', 'high', 'low', 'close'].map((key) => wantAbove(data, key));
  const volume = wantNumber(data, isInverse(symbol) ? 'cost' : 'volume');
  const scaled = scaleFigures(sink, symbol, { prices, sizes: [] });
  if (scaled === null) return sink.ignored(false);
  const [o, h, l, c] = scaled.ticks;
  const v = volumeAt(volume, grid.lotDecimals);
  // The message says when its bar began, not when it was sent.
  const bar: CandleEvent = { interval, t, o, h, l, c, v, n: 0, firstId: -1, lastId: -1, closed: false, eventTime: 0 };
  if (!isSoundBar(bar)) throw new Refusal('impossible candle');
  sink.candle(symbol, bar);
}

function wantObject(value: JsonValue | undefined): JsonObject {
  const object = objectOf(value);
  if (object === undefined) throw new Refusal('data is not an object');
  return object;
}

/** Data that names the instrument its channel is named for. */
function wantOf(value: JsonValue | undefined, symbol: string): JsonObject {
  const data = wantObject(value);
  if (wantText(data, 'instrument_name') !== symbol) throw new Refusal('instrument and channel differ');
  return data;
}

interface Suspect {
  readonly symbol: string | null;
  readonly isBook: boolean;
}

/** Whose message it is and whether it changes a book, as far as its channel says. */
function suspectOf(name: string | undefined): Suspect {
  const channel = name === undefined ? null : parseChannel(name);
  return { symbol: channel?.symbol ?? null, isBook: channel?.kind === 'book' };
}

import type { Grid } from '@/market/instrument.ts';
import { isInterval, type Millis } from '@/market/time.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
import type { LevelList } from '../book/level-list.ts';
import {
  ANSWER_LIMITS,
  arrayOf,
  integerOf,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  objectOf,
  readJson,
  textOf,
} from '../json.ts';
import { volumeAt } from './day-volume.ts';
import { type DecodeScratch, makeScratch } from './decode-scratch.ts';
import { streamName } from './hyperliquid-names.ts';
import type { RequestIds } from './request-ids.ts';
import { cleanSum, roundWide } from './rounded-sum.ts';
import { isSoundBar } from './sound-bar.ts';
import {
  checkPositive,
  MAX_DECIMALS,
  MAX_SYMBOL,
  pushLevels,
  Refusal,
  roundDecimal,
  type Scaled,
  scaleFigures,
  wantDecimal,
  wantInteger,
  wantPositive,
  wantSigned,
  wantText,
  wantTime,
} from './strict-fields.ts';
import type { CandleEvent, DecodeSink } from './venue.ts';

/** Levels a side of every book the venue pushes. */
export const BOOK_DEPTH = 20;
/** The venue's greeting, the one message that is not JSON. */
const GREETING = 'Websocket connection established.';
/** Head of an answer as the venue writes it. */
const POST = /^\{"channel":"post","data":\{"id":(\d{1,15}),"response":\{"type":"(info|error|action)",/;
/** Most of the venue's words that are kept. */
const MAX_DETAIL = 300;
/** Characters searched for the coin of a message that cannot be read. */
const SUSPECT_LENGTH = 256;

/**
 * Reads messages of Hyperliquid, whole or not at all. Books come a few times a second at most, so there is no faster
 * reader.
 * Source: the venue's WebSocket pages and its Python SDK, 2026; recording `hyperliquid-btc-20250126`.
 */
export class HyperliquidDecoder {
  /** Newest time the venue has stated; 0 before the first. */
  newest: Millis = 0;
  /** Time of the book read last, of whichever coin: all of them follow one clock. */
  private bookTime: Millis = 0;
  private readonly scratch: DecodeScratch = makeScratch();

  constructor(private readonly ids: RequestIds) {}

  /** Read one message into the sink. Never throws on bad input: `sink.rejected` hears of it. */
  decode(text: string, sink: DecodeSink): void {
    if (text === GREETING) {
      sink.ignored(false);
      return;
    }
    if (this.decodePost(text, sink)) return;
    let symbol: string | null = null;
    let isBook = false;
    try {
      const read = readJson(text);
      if (!read.ok) {
        ({ symbol, isBook } = suspectText(text));
        throw new Refusal(read.error);
      }
      const root = objectOf(read.value);
      if (root === undefined) throw new Refusal('not an object');
      const channel = wantText(root, 'channel');
      isBook = channel === 'l2Book';
      symbol = coinOf(root.get('data'));
      this.dispatch(channel, root, text, sink);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      sink.rejected(error.message, symbol, isBook);
    }
  }

  /** An answer may hold the whole catalogue: its head is read here, its body by whoever asked. */
  private decodePost(text: string, sink: DecodeSink): boolean {
    if (text.length > ANSWER_LIMITS.length || !text.endsWith('}')) return false;
    const match = POST.exec(text);
    if (!match) return false;
    this.answered(Number(match[1]), match[2], text, sink);
    return true;
  }

  private answered(number: number, type: string, text: string, sink: DecodeSink): void {
    const asked = this.ids.find(number);
    if (asked === null) sink.ignored(false);
    else sink.control({ kind: 'response', id: asked.id, status: type === 'error' ? 400 : 200, text });
  }

  private dispatch(channel: string, root: JsonObject, text: string, sink: DecodeSink): void {
    const data = root.get('data');
    switch (channel) {
      case 'l2Book':
        return this.decodeBook(wantObject(data), sink);
      case 'trades':
        return this.decodeTrades(data, sink);
      case 'candle':
        return decodeCandle(wantObject(data), sink);
      case 'activeAssetCtx':
      case 'activeSpotAssetCtx':
        return decodeContext(wantObject(data), sink);
      case 'subscriptionResponse':
        return decodeAcknowledgement(wantObject(data), sink);
      case 'error':
        return decodeError(textOf(data), sink);
      case 'post':
        return this.decodeAnswer(wantObject(data), text, sink);
      case 'pong':
        return sink.control({ kind: 'heartbeat' });
      case 'bbo':
      case 'allMids':
        return sink.ignored(false);
      default:
        return sink.ignored(true);
    }
  }

  private decodeAnswer(data: JsonObject, text: string, sink: DecodeSink): void {
    const response = wantObject(data.get('response'));
    this.answered(wantInteger(data, 'id'), wantText(response, 'type'), text, sink);
  }

  /** Every message is the whole book; its time orders it. */
  private decodeBook(data: JsonObject, sink: DecodeSink): void {
    const symbol = wantCoin(data, 'coin');
    const time = wantTime(data, 'time');
    const sides = arrayOf(data.get('levels'));
    if (sides === undefined || sides.length !== 2) throw new Refusal('levels are not two sides');
    const prices: string[] = [];
    const sizes: string[] = [];
    wantLevels(sides[0], prices, sizes);
    const bids = prices.length;
    wantLevels(sides[1], prices, sizes);
    if (sink.grid(symbol) === null) return sink.ignored(false);
    const scaled = scaleFigures(sink, symbol, { prices, sizes });
    if (scaled === null) return sink.ignored(false);
    const { book } = this.scratch;
    fillSide(book.bids, scaled, 0, bids, -1);
    fillSide(book.asks, scaled, bids, prices.length, 1);
    book.sequence = time;
    book.eventTime = time;
    book.depth = BOOK_DEPTH;
    this.bookTime = time;
    this.heard(time);
    sink.book(symbol, book);
  }

  private decodeTrades(data: JsonValue | undefined, sink: DecodeSink): void {
    const rows = arrayOf(data)?.map(wantObject);
    if (rows === undefined) throw new Refusal('data is not an array');
    if (rows.length === 0) return sink.ignored(false);
    const symbol = wantCoin(rows[0], 'coin');
    const trades = rows.map((row) => {
      if (row.get('coin') !== symbol) throw new Refusal('trades of several coins');
      return readTrade(row);
    });
    if (sink.grid(symbol) === null) return sink.ignored(false);
    const scaled = scaleFigures(sink, symbol, {
      prices: trades.map((trade) => trade.price),
      sizes: trades.map((trade) => trade.size),
    });
    if (scaled === null) return sink.ignored(false);
    const { trade } = this.scratch;
    trades.forEach((row, i) => {
      trade.id = row.id;
      trade.firstId = row.id;
      trade.idText = row.idText;
      trade.ticks = scaled.ticks[i];
      trade.lots = scaled.lots[i];
      trade.wideLots = scaled.wide.get(i) ?? 0n;
      trade.aggressor = row.aggressor;
      trade.time = row.time;
      // A batch begins with trades from before the subscription: the message was sent after the book that came before.
      trade.eventTime = Math.max(row.time, this.bookTime);
      this.heard(row.time);
      sink.trade(symbol, trade);
    });
  }

  private heard(time: Millis): void {
    if (time > this.newest) this.newest = time;
  }
}

/** One trade as far as it is used; the parties to it are not read. */
export interface WireTrade {
  readonly id: number;
  readonly idText: string;
  readonly price: string;
  readonly size: string;
  readonly aggressor: number;
  readonly time: Millis;
}

/** Read a trade of the stream or of an answer. @throws Refusal when it is malformed */
export function readTrade(row: JsonObject): WireTrade {
  const side = wantText(row, 'side');
  if (side !== 'B' && side !== 'A') throw new Refusal('side is neither B nor A');
  return {
    ...readTradeId(row.get('tid')),
    price: wantPositive(row, 'px'),
    size: wantPositive(row, 'sz'),
    aggressor: side === 'B' ? BUYER : SELLER,
    time: wantTime(row, 'time'),
  };
}

function readTradeId(value: JsonValue | undefined): { id: number; idText: string } {
  const id = integerOf(value);
  if (id !== undefined && id >= 0) return { id, idText: '' };
  const digits = value instanceof JsonNumber && /^[1-9]\d{15,19}$/.test(value.text) ? value.text : null;
  if (digits === null) throw new Refusal('tid is not an integer');
  return { id: -1, idText: digits };
}

/** Push a side, which must run from its best level outward without a price twice. */
function fillSide(list: LevelList, scaled: Scaled, from: number, to: number, direction: 1 | -1): void {
  for (let i = from + 1; i < to; i++) {
    if ((scaled.ticks[i] - scaled.ticks[i - 1]) * direction <= 0) throw new Refusal('levels out of order');
  }
  list.clear();
  pushLevels(list, scaled, from, to);
}

function wantLevels(value: JsonValue | undefined, prices: string[], sizes: string[]): void {
  const levels = arrayOf(value);
  if (levels === undefined) throw new Refusal('a side is not an array');
  for (const item of levels) {
    const level = wantObject(item);
    prices.push(checkPositive(textOf(level.get('px')), 'px'));
    sizes.push(checkPositive(textOf(level.get('sz')), 'sz'));
  }
}

function decodeCandle(data: JsonObject, sink: DecodeSink): void {
  const symbol = wantCoin(data, 's');
  const interval = wantText(data, 'i');
  if (!isInterval(interval)) return sink.ignored(true);
  const grid = sink.grid(symbol);
  if (grid === null) return sink.ignored(false);
  const prices = ['o', 'h', 'l', 'c'].map((key) => wantPositive(data, key));
  const volume = wantDecimal(data, 'v');
  const t = wantTime(data, 't');
  const n = wantInteger(data, 'n');
  const scaled = scaleFigures(sink, symbol, { prices, sizes: [] });
  if (scaled === null) return sink.ignored(false);
  const [o, h, l, c] = scaled.ticks;
  const v = volumeAt(volume, grid.lotDecimals);
  // The message says when its bar began, not when it was sent.
  const bar: CandleEvent = { interval, t, o, h, l, c, v, n, firstId: -1, lastId: -1, closed: false, eventTime: 0 };
  if (!isSoundBar(bar)) throw new Refusal('impossible candle');
  sink.candle(symbol, bar);
}

/**
 * Figures of the day. Mark prices and sums have more decimals than any order: they are rounded to the grid and never
 * make it finer.
 */
function decodeContext(data: JsonObject, sink: DecodeSink): void {
  const symbol = wantCoin(data, 'coin');
  const context = wantObject(data.get('ctx'));
  const grid = sink.grid(symbol);
  if (grid === null) return sink.ignored(false);
  const mark = wantPositive(context, 'markPx');
  const markTicks = roundDecimal(mark, grid.priceDecimals);
  const quoteVolume = cleanSum(wantDecimal(context, 'dayNtlVlm'));
  const funding = context.has('funding') ? fundingOf(context) : {};
  const volume = context.has('dayBaseVlm')
    ? { volume: volumeAt(wantDecimal(context, 'dayBaseVlm'), grid.lotDecimals) }
    : {};
  sink.ticker(symbol, {
    ...changeOf(mark, wantDecimal(context, 'prevDayPx'), grid),
    ...volume,
    quoteVolume,
    // A spot pair has no mark price of its own: there it is the price.
    ...(context.has('funding') ? { markTicks } : {}),
    ...funding,
    eventTime: 0,
  });
}

function fundingOf(context: JsonObject): { fundingRate: string } {
  wantSigned(context, 'funding');
  return { fundingRate: wantText(context, 'funding') };
}

/** Change since a day ago; nothing for what did not trade then. */
function changeOf(now: string, before: string, grid: Grid): { changeTicks?: number; changeBasisPoints?: number } {
  // At the finest scale: the percentage of a price of few ticks must not be that of its rounding.
  const from = roundWide(before, MAX_DECIMALS);
  if (from === 0n) return {};
  const twice = ((roundWide(now, MAX_DECIMALS) - from) * 20_000n) / from;
  return {
    changeTicks: roundDecimal(now, grid.priceDecimals) - roundDecimal(before, grid.priceDecimals),
    changeBasisPoints: Number((twice + (twice < 0n ? -1n : 1n)) / 2n),
  };
}

function decodeAcknowledgement(data: JsonObject, sink: DecodeSink): void {
  const name = nameOf(data.get('subscription'));
  // That a stream ended needs no answer, and by name it would be taken for its next beginning.
  if (wantText(data, 'method') !== 'subscribe' || name === null) sink.ignored(false);
  else sink.control({ kind: 'ack', id: null, names: [name] });
}

/**
 * The venue's words for a fault. They repeat the subscription, or the whole frame, that was wrong. Words that name no
 * stream refuse none: each is acknowledged by name, and the one that is not will be missed.
 */
function decodeError(detail: string | undefined, sink: DecodeSink): void {
  if (detail === undefined) throw new Refusal('error without words');
  const said = quotedIn(detail);
  const name = nameOf(said?.get('subscription') ?? said);
  const isOfSubscribing = said !== undefined && (!said.has('method') || said.get('method') === 'subscribe');
  if (name === null || !isOfSubscribing || /^already unsubscribed/i.test(detail)) sink.ignored(false);
  else if (/^already subscribed/i.test(detail)) sink.control({ kind: 'ack', id: null, names: [name] });
  else sink.control({ kind: 'refusal', id: null, names: [name], detail: detail.slice(0, MAX_DETAIL) });
}

/** The object that the words of a fault end with. */
function quotedIn(detail: string): JsonObject | undefined {
  const from = detail.indexOf('{');
  const read = from < 0 ? null : readJson(detail.slice(from));
  return read?.ok ? objectOf(read.value) : undefined;
}

/** Our name of the stream that a subscription describes. */
function nameOf(value: JsonValue | undefined): string | null {
  const subscription = objectOf(value);
  const type = textOf(subscription?.get('type'));
  const coin = textOf(subscription?.get('coin'));
  if (type === undefined || coin === undefined) return null;
  return streamName({ type, coin, interval: textOf(subscription?.get('interval')) ?? null });
}

function wantObject(value: JsonValue | undefined): JsonObject {
  const object = objectOf(value);
  if (object === undefined) throw new Refusal('data is not an object');
  return object;
}

function wantCoin(body: JsonObject, key: string): string {
  const coin = wantText(body, key);
  if (coin.length > MAX_SYMBOL) throw new Refusal('coin too long');
  return coin;
}

/** The coin a message is about, as far as it says. */
function coinOf(data: JsonValue | undefined): string | null {
  const body = objectOf(data) ?? objectOf(arrayOf(data)?.[0]);
  const coin = textOf(body?.get('coin')) ?? textOf(body?.get('s'));
  return coin !== undefined && coin.length <= MAX_SYMBOL ? coin : null;
}

/** The same of a text that is not JSON. */
function suspectText(text: string): { symbol: string | null; isBook: boolean } {
  const head = text.slice(0, SUSPECT_LENGTH);
  return {
    symbol: /"(?:coin|s)":"([^"\\]{1,64})"/.exec(head)?.[1] ?? null,
    isBook: head.includes('"channel":"l2Book"'),
  };
}

import { BUYER, SELLER } from '@/market/trade.ts';
import { arrayOf, type JsonObject, objectOf, readJson, textOf } from '../json.ts';
import { wantPairs } from './binance-levels.ts';
import { decodeControl } from './bybit-control.ts';
import {
  type BybitCategory,
  type BybitMemory,
  type BybitReading,
  type BybitTopic,
  topicOf,
  wantData,
  wantSymbol,
  wantWhole,
} from './bybit-shape.ts';
import { decodeCandles, decodeTicker } from './bybit-slow.ts';
import {
  checkPositive,
  MAX_SYMBOL,
  pushLevels,
  Refusal,
  scaleFigures,
  wantBoolean,
  wantInteger,
  wantPositive,
  wantText,
  wantTime,
} from './strict-fields.ts';
import { type DecodeSink, NO_SEQUENCE } from './venue.ts';

/** Characters searched for the topic of a message that cannot be read. */
const SUSPECT_LENGTH = 1024;
/** Shortest list of levels: a stream of the best price alone, which is a proof and never the book. */
const BEST = '1';
/** Digits at the end of a spot trade's id that order it: as many as always fit a safe integer. */
export const ORDER_DIGITS = 15;

/**
 * Read one message of Bybit's v5 public streams, whole or not at all: the definition of right for the scanner. Every
 * field in use is checked before the sink hears of the message; keys that are not known are passed over.
 * Source: the v5 WebSocket documentation, read 2026-07, and the messages in `fixtures/bybit-v5-*`.
 */
export function decodeStrict(text: string, sink: DecodeSink, memory: BybitMemory): void {
  let topic: BybitTopic | null = null;
  let named: string | null = null;
  try {
    const read = readJson(text);
    if (!read.ok) {
      topic = suspectTopic(text);
      throw new Refusal(read.error);
    }
    const root = objectOf(read.value);
    if (root === undefined) throw new Refusal('not an object');
    if (!root.has('topic')) {
      decodeControl(root, sink);
      return;
    }
    topic = topicOf(wantText(root, 'topic'));
    if (topic === null) {
      sink.ignored(true);
      return;
    }
    named = textOf(objectOf(root.get('data'))?.get('s')) ?? null;
    DECODERS[topic.kind]({ root, topic, sink, memory });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const symbol = named !== null && named !== '' && named.length <= MAX_SYMBOL ? named : (topic?.symbol ?? null);
    sink.rejected(error.message, symbol, topic?.kind === 'orderbook' && topic.detail !== BEST);
  }
}

function suspectTopic(text: string): BybitTopic | null {
  const stated = /"topic"\s*:\s*"([^"\\]{1,128})"/.exec(text.slice(0, SUSPECT_LENGTH))?.[1];
  return stated === undefined ? null : topicOf(stated);
}

const DECODERS: Record<BybitTopic['kind'], (reading: BybitReading) => void> = {
  orderbook: decodeBook,
  publicTrade: decodeTrades,
  tickers: decodeTicker,
  kline: decodeCandles,
};

function decodeBook({ root, topic, sink, memory }: BybitReading): void {
  const data = wantData(root);
  const symbol = wantSymbol(data, 's', topic);
  if (sink.grid(symbol) === null) {
    sink.ignored(false);
    return;
  }
  const isSnapshot = wantWhole(root);
  const eventTime = wantTime(root, 'ts');
  const id = wantInteger(data, 'u');
  const isBest = topic.detail === BEST;
  const prices: string[] = [];
  const sizes: string[] = [];
  wantPairs(data, 'b', prices, sizes);
  const bids = prices.length;
  wantPairs(data, 'a', prices, sizes);
  if (isBest && isSnapshot) for (const size of sizes) checkPositive(size, 'size');
  // Until 2025 the best price came in changes too: what a side without a change holds is not in them.
  const scaled = isBest && !isSnapshot ? null : scaleFigures(sink, symbol, { prices, sizes });
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  const { diff, book, statement } = memory.scratch;
  // The venue's service began anew: what it calls a change then is a whole book.
  const isWhole = isSnapshot || id === 1;
  const target = isBest ? statement : isWhole ? book : diff;
  target.bids.clear();
  target.asks.clear();
  pushLevels(target.bids, scaled, 0, bids);
  pushLevels(target.asks, scaled, bids, prices.length);
  if (target === statement) {
    // The ids of this stream are its own. It comes ten times as often as the book: between two of the book's messages
    // sizes change many times, and to compare them would call a busy market wrong.
    statement.sequence = NO_SEQUENCE;
    statement.time = eventTime;
    statement.hasSizes = false;
    sink.statement(symbol, statement);
  } else if (target === book) {
    book.sequence = id;
    book.eventTime = eventTime;
    book.checksum = null;
    book.depth = Number(topic.detail);
    sink.book(symbol, book);
  } else {
    diff.first = id;
    diff.last = id;
    diff.previous = NO_SEQUENCE;
    diff.eventTime = eventTime;
    diff.checksum = null;
    sink.diff(symbol, diff);
  }
}

/** What identifies a trade: the number that orders it, and the venue's own text where it says more. */
export interface BybitTradeId {
  readonly id: number;
  readonly idText: string;
}

/**
 * Spot numbers its trades in up to 19 digits, of which the first are the same for all of a symbol's: the last 15 order
 * them. Linear trades have names without an order. @throws Refusal for a spot id that is no number
 */
export function tradeIdOf(text: string, category: BybitCategory): BybitTradeId {
  if (text.length > MAX_SYMBOL) throw new Refusal('i is too long');
  if (category === 'linear') return { id: NO_SEQUENCE, idText: text };
  if (!/^\d+$/.test(text)) throw new Refusal('i is not a number');
  const id = Number(text.slice(-ORDER_DIGITS));
  return { id, idText: String(id) === text ? '' : text };
}

interface ReadTrade extends BybitTradeId {
  readonly time: number;
  readonly aggressor: number;
  /** Agreed on away from the book. */
  readonly isBlock: boolean;
  readonly price: string;
  readonly size: string;
}

function readTrade(item: JsonObject, category: BybitCategory): ReadTrade {
  const side = wantText(item, 'S');
  if (side !== 'Buy' && side !== 'Sell') throw new Refusal('S is neither Buy nor Sell');
  return {
    ...tradeIdOf(wantText(item, 'i'), category),
    time: wantTime(item, 'T'),
    aggressor: side === 'Buy' ? BUYER : SELLER,
    isBlock: item.has('BT') && wantBoolean(item, 'BT'),
    price: wantPositive(item, 'p'),
    size: wantPositive(item, 'v'),
  };
}

function decodeTrades({ root, topic, sink, memory }: BybitReading): void {
  const items = arrayOf(root.get('data'))?.map((item) => objectOf(item));
  if (items === undefined) throw new Refusal('data is not an array');
  if (items.length === 0 || sink.grid(tradedSymbol(items[0], topic)) === null) {
    sink.ignored(false);
    return;
  }
  const symbol = tradedSymbol(items[0], topic);
  const eventTime = wantTime(root, 'ts');
  const trades = items.map((item) => {
    if (tradedSymbol(item, topic) !== symbol) throw new Refusal('trades of two symbols');
    return readTrade(item as JsonObject, memory.category);
  });
  const market = trades.filter((trade) => !trade.isBlock);
  const scaled = scaleFigures(sink, symbol, {
    prices: market.map((trade) => trade.price),
    sizes: market.map((trade) => trade.size),
  });
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  const { trade } = memory.scratch;
  let at = 0;
  for (const { id, idText, time, aggressor, isBlock } of trades) {
    if (isBlock) {
      sink.excluded(symbol, id, time);
      continue;
    }
    trade.id = id;
    trade.firstId = id;
    trade.idText = idText;
    trade.ticks = scaled.ticks[at];
    trade.lots = scaled.lots[at];
    trade.wideLots = scaled.wide.get(at) ?? 0n;
    trade.aggressor = aggressor;
    trade.time = time;
    trade.eventTime = eventTime;
    sink.trade(symbol, trade);
    at++;
  }
}

function tradedSymbol(item: JsonObject | undefined, topic: BybitTopic): string {
  if (item === undefined) throw new Refusal('a trade is not an object');
  return wantSymbol(item, 's', topic);
}

import { bucketStart, isInterval, moveBucket } from './bars';
import type { Market, MarketSink } from './market';
import {
  aggTradeText,
  bookTickerText,
  createDigits,
  type Digits,
  dayTickerText,
  depthText,
  klineText,
  levelsText,
  tradeText,
} from './wire';

/** Where a stream's texts go. */
export interface Listener {
  /** @param body the bare message; the listener wraps it if its socket wants that */
  deliver(stream: string, body: string): void;
}

/** What a stream carries. */
export type StreamKind = 'trade' | 'aggTrade' | 'depth' | 'bookTicker' | 'ticker' | 'kline';

/** A stream name taken apart: symbol in upper case; `interval` only for candles, else empty. */
export interface StreamName {
  readonly symbol: string;
  readonly kind: StreamKind;
  readonly interval: string;
}

const plainKinds: Readonly<Record<string, StreamKind>> = {
  trade: 'trade',
  aggTrade: 'aggTrade',
  depth: 'depth',
  'depth@100ms': 'depth',
  'depth@1000ms': 'depth',
  bookTicker: 'bookTicker',
  ticker: 'ticker',
};

/** Takes `btc-usd@kline_1m` and the like apart; null for what this exchange does not stream. */
export function parseStreamName(name: string): StreamName | null {
  const at = name.indexOf('@');
  const symbol = name.slice(0, Math.max(0, at));
  if (symbol === '' || symbol !== symbol.toLowerCase()) return null;
  const topic = name.slice(at + 1);
  if (topic.startsWith('kline_')) {
    const interval = topic.slice('kline_'.length);
    return isInterval(interval) ? { symbol: symbol.toUpperCase(), kind: 'kline', interval } : null;
  }
  const kind = Object.hasOwn(plainKinds, topic) ? plainKinds[topic] : undefined;
  return kind === undefined ? null : { symbol: symbol.toUpperCase(), kind, interval: '' };
}

/** Who listens to which streams of one market; its sink turns what the market tells into texts for them. */
export interface Subscriptions {
  readonly sink: MarketSink;
  add(stream: string, name: StreamName, listener: Listener): void;
  remove(stream: string, name: StreamName, listener: Listener): void;
  /** Sends a newcomer the present candle or ticker, which would otherwise come with the next second. */
  greet(stream: string, name: StreamName, listener: Listener): void;
}

interface Entry {
  readonly stream: string;
  readonly interval: string;
  readonly listener: Listener;
}

export function createSubscriptions(market: Market): Subscriptions {
  const digits = createDigits(market.instrument);
  const { symbol } = market.instrument;
  const entries: Record<StreamKind, Entry[]> = {
    trade: [],
    aggTrade: [],
    depth: [],
    bookTicker: [],
    ticker: [],
    kline: [],
  };
  const send = (list: readonly Entry[], body: string): void => {
    for (const entry of list) entry.listener.deliver(entry.stream, body);
  };
  const remove = (stream: string, name: StreamName, listener: Listener): void => {
    entries[name.kind] = entries[name.kind].filter((entry) => entry.stream !== stream || entry.listener !== listener);
  };
  const sendKlines = (time: number): void => {
    const texts = new Map<string, string[]>();
    for (const { stream, interval, listener } of entries.kline) {
      const bodies = texts.get(interval) ?? klinesAt(market, digits, interval, time);
      texts.set(interval, bodies);
      for (const body of bodies) listener.deliver(stream, body);
    }
  };
  return {
    sink: {
      get wantsDepth() {
        return entries.depth.length > 0;
      },
      trade(trade, closesAggregate) {
        if (entries.trade.length > 0) send(entries.trade, tradeText(symbol, digits, trade));
        if (!closesAggregate || entries.aggTrade.length === 0) return;
        const aggregate = market.tape.aggregateOf(trade.id);
        if (aggregate !== null) send(entries.aggTrade, aggTradeText(symbol, digits, aggregate));
      },
      bookTicker(touch) {
        if (entries.bookTicker.length > 0) send(entries.bookTicker, bookTickerText(symbol, digits, touch));
      },
      depth(time, first, last, bids, asks) {
        const bidsText = levelsText(digits, bids, (ticks) => market.engine.lotsAt('bid', ticks));
        const asksText = levelsText(digits, asks, (ticks) => market.engine.lotsAt('ask', ticks));
        send(entries.depth, depthText(symbol, time, first, last, bidsText, asksText));
      },
      second(time) {
        if (entries.kline.length > 0) sendKlines(time);
        if (entries.ticker.length > 0) send(entries.ticker, dayTickerText(symbol, digits, market.day()));
      },
    },
    add(stream, name, listener) {
      remove(stream, name, listener);
      entries[name.kind] = [...entries[name.kind], { stream, interval: name.interval, listener }];
    },
    remove,
    greet(stream, name, listener) {
      if (name.kind === 'ticker') listener.deliver(stream, dayTickerText(symbol, digits, market.day()));
      if (name.kind === 'kline') {
        const start = bucketStart(name.interval, market.time);
        listener.deliver(stream, barText(market, digits, name.interval, start, market.time, false));
      }
    },
  };
}

/** The bar that a new bucket at `time` has just closed, if it has, and the running one. */
function klinesAt(market: Market, digits: Digits, interval: string, time: number): string[] {
  const start = bucketStart(interval, time);
  const running = barText(market, digits, interval, start, time, false);
  if (start !== time) return [running];
  return [barText(market, digits, interval, moveBucket(interval, start, -1), time, true), running];
}

function barText(
  market: Market,
  digits: Digits,
  interval: string,
  start: number,
  time: number,
  isClosed: boolean,
): string {
  const bar = market.candles.bar(interval, start, Math.max(time, start));
  if (bar === null) throw new Error(`no ${interval} candle at ${start}: the market's own present must have one`);
  return klineText(market.instrument.symbol, digits, time, interval, bar, market.barIds(interval, start), isClosed);
}

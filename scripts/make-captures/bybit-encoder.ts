import { generator } from '../venue/history';
import type { Encoder, Level, MadeBar, MadeTrade, MarketFeed, Said, Sides } from './market-recorder';

export type BybitCategory = 'spot' | 'linear';

const DEPTH = 200;
const REPEAT_MS = 3_000;
const TICKER_SECONDS = 2;
const PING_SECONDS = 20;
const EIGHT_HOURS_MS = 28_800_000;
const FIRST_SPOT_ID = 2_290_000_000_050_700_000n;

interface Numbers {
  /** Of the book, and of the best prices. */
  u: number;
  best: number;
  bestAt: number;
  seq: number;
  lastTicker: Record<string, string>;
}

/** Bybit v5 of one category: books of 200 levels, best prices, trades, tickers and minute bars. */
export class BybitEncoder implements Encoder {
  readonly depth = DEPTH;
  readonly tellsFallen = true;
  readonly sockets: readonly string[];
  readonly #category: BybitCategory;
  readonly #numbers = new Map<string, Numbers>();
  readonly #random: () => number;

  constructor(category: BybitCategory) {
    this.#category = category;
    this.#random = generator(`bybit ${category} names`);
    this.sockets = [`wss://stream.bybit.com/v5/public/${category}`];
  }

  open(feeds: readonly MarketFeed[], now: number): Said[] {
    const list = feeds.map((feed) => (this.#category === 'spot' ? pair(feed) : contract(feed)));
    const result = { category: this.#category, list, ...(this.#category === 'linear' && { nextPageCursor: '' }) };
    return [
      {
        http: `https://api.bybit.com/v5/market/instruments-info?category=${this.#category}`,
        m: JSON.stringify({ retCode: 0, retMsg: 'OK', result, retExtInfo: {}, time: now }),
      },
      ...feeds.map(({ index }) => this.#answer('subscribe', String(index + 1))),
    ];
  }

  snapshot(feed: MarketFeed, now: number): Said[] {
    const numbers: Numbers = {
      u: 7_003_305 + feed.index * 1_000_000,
      best: 400_100 + feed.index * 1_000,
      bestAt: now,
      seq: 50_193_540_681 + feed.index * 1_000_000_000,
      lastTicker: {},
    };
    this.#numbers.set(feed.symbol, numbers);
    return [
      this.#book(feed, DEPTH, 'snapshot', feed.told(), numbers.u, now),
      this.#best(feed, numbers, now),
      this.#ticker(feed, numbers, now),
    ];
  }

  change(feed: MarketFeed, news: Sides, now: number): Said[] {
    const numbers = this.#of(feed);
    numbers.u++;
    return [this.#book(feed, DEPTH, 'delta', news, numbers.u, now)];
  }

  best(feed: MarketFeed, now: number): Said[] {
    const numbers = this.#of(feed);
    numbers.best++;
    return [this.#best(feed, numbers, now)];
  }

  trades(feed: MarketFeed, trades: readonly MadeTrade[], now: number): Said[] {
    const seq = this.#nextSeq(feed);
    const isSpot = this.#category === 'spot';
    const data = trades.map(({ id, price, size, buyer }) => {
      const S = buyer ? 'Buy' : 'Sell';
      const s = feed.symbol;
      if (isSpot)
        return {
          i: String(FIRST_SPOT_ID + BigInt(id)),
          T: now - 2,
          p: price,
          v: size,
          S,
          s,
          BT: false,
          RPI: false,
          seq,
        };
      return {
        T: now - 2,
        s,
        S,
        v: size,
        p: price,
        L: buyer ? 'PlusTick' : 'MinusTick',
        i: this.#name(),
        BT: false,
        RPI: false,
        seq,
      };
    });
    const topic = `publicTrade.${feed.symbol}`;
    return [said(isSpot ? { topic, ts: now, type: 'snapshot', data } : { topic, type: 'snapshot', ts: now, data })];
  }

  bar(feed: MarketFeed, bar: MadeBar, closed: boolean, now: number): Said[] {
    const row = {
      start: bar.t,
      end: bar.t + 59_999,
      interval: '1',
      open: feed.price(bar.open),
      close: feed.price(bar.close),
      high: feed.price(bar.high),
      low: feed.price(bar.low),
      volume: feed.size(bar.volume),
      turnover: feed.amount(bar.quote),
      confirm: closed,
      timestamp: now,
    };
    return [said({ topic: `kline.1.${feed.symbol}`, data: [row], ts: now, type: 'snapshot' })];
  }

  second(feed: MarketFeed, elapsedMs: number, now: number): Said[] {
    const numbers = this.#of(feed);
    const seconds = Math.floor(elapsedMs / 1000);
    const all: Said[] = [];
    // Unchanged best prices are said again, under the same number.
    if (now - numbers.bestAt >= REPEAT_MS) all.push(this.#best(feed, numbers, now));
    if (seconds % TICKER_SECONDS === 1) all.push(this.#ticker(feed, numbers, now));
    if (feed.index === 0 && seconds % PING_SECONDS === PING_SECONDS - 1) all.push(this.#answer('ping', ''));
    return all;
  }

  #of(feed: MarketFeed): Numbers {
    const numbers = this.#numbers.get(feed.symbol);
    if (numbers === undefined) throw new Error(`${feed.symbol} has no book yet`);
    return numbers;
  }

  #nextSeq(feed: MarketFeed): number {
    const numbers = this.#of(feed);
    numbers.seq += 1 + Math.floor(this.#random() * 40);
    return numbers.seq;
  }

  #name(): string {
    const hex = (digits: number): string =>
      Array.from({ length: digits }, () => Math.floor(this.#random() * 16).toString(16)).join('');
    return `${hex(8)}-${hex(4)}-5${hex(3)}-a${hex(3)}-${hex(12)}`;
  }

  #book(feed: MarketFeed, depth: number, type: string, { bids: b, asks: a }: Sides, u: number, now: number): Said {
    const topic = `orderbook.${depth}.${feed.symbol}`;
    const data = { s: feed.symbol, b, a, u, seq: this.#nextSeq(feed) };
    const head = this.#category === 'spot' || depth === 1 ? { ts: now, type } : { type, ts: now };
    return said({ topic, ...head, data, cts: now - 3 });
  }

  #best(feed: MarketFeed, numbers: Numbers, now: number): Said {
    const { bid, ask } = feed.best();
    numbers.bestAt = now;
    return this.#book(feed, 1, 'snapshot', { bids: [bid], asks: [ask] }, numbers.best, now);
  }

  // Spot tells everything every time; of contracts only what has changed is told after the first message.
  #ticker(feed: MarketFeed, numbers: Numbers, now: number): Said {
    const { day } = feed;
    const [lastPrice, open] = [feed.price(day.last), feed.price(day.open)];
    const figures: Record<string, string> = {
      lastPrice,
      highPrice24h: feed.price(day.high),
      lowPrice24h: feed.price(day.low),
      prevPrice24h: open,
      volume24h: feed.size(day.volume),
      turnover24h: feed.amount(day.quote),
      price24hPcnt: ((day.last - day.open) / day.open).toFixed(6),
      ...(this.#category === 'spot' ? { usdIndexPrice: lastPrice } : derivative(feed, lastPrice, now)),
    };
    const topic = `tickers.${feed.symbol}`;
    const cs = this.#nextSeq(feed);
    const isFirst = Object.keys(numbers.lastTicker).length === 0;
    const fresh = Object.entries(figures).filter(([key, value]) => numbers.lastTicker[key] !== value);
    numbers.lastTicker = figures;
    if (this.#category === 'spot') {
      return said({ topic, type: 'snapshot', ts: now, cs, data: { symbol: feed.symbol, ...figures } });
    }
    const data = { symbol: feed.symbol, ...Object.fromEntries(fresh) };
    return said({ topic, type: isFirst ? 'snapshot' : 'delta', data, cs, ts: now });
  }

  #answer(op: string, id: string): Said {
    const said = op === 'ping' ? 'pong' : this.#category === 'spot' ? op : '';
    const conn_id = '5e3ba5d2-7d2d-4a0f-8a0c-0e7a5a1d9c11';
    return { m: JSON.stringify({ success: true, ret_msg: said, conn_id, req_id: id, op }) };
  }
}

function derivative(feed: MarketFeed, last: string, now: number): Record<string, string> {
  const { bid, ask } = feed.best();
  return {
    tickDirection: 'ZeroPlusTick',
    markPrice: last,
    indexPrice: last,
    openInterest: '52774.528',
    openInterestValue: '1506861070.82',
    nextFundingTime: String((Math.floor(now / EIGHT_HOURS_MS) + 1) * EIGHT_HOURS_MS),
    fundingRate: '0.0001',
    ...named('bid1', bid),
    ...named('ask1', ask),
  };
}

function named(side: string, [price, size]: Level): Record<string, string> {
  return { [`${side}Price`]: price, [`${side}Size`]: size };
}

function pair(feed: MarketFeed): object {
  const { base, quote } = coins(feed);
  return {
    symbol: feed.symbol,
    baseCoin: base,
    quoteCoin: quote,
    innovation: '0',
    status: 'Trading',
    lotSizeFilter: { basePrecision: feed.size(1), quotePrecision: feed.amount(1n), minOrderQty: feed.size(1) },
    priceFilter: { tickSize: feed.price(1) },
  };
}

// A tick is not always one unit of the last digit spelled.
function contract(feed: MarketFeed): object {
  const { base, quote } = coins(feed);
  const tick = feed.price(1);
  return {
    symbol: feed.symbol,
    contractType: 'LinearPerpetual',
    status: 'Trading',
    baseCoin: base,
    quoteCoin: quote,
    deliveryTime: '0',
    priceScale: String(feed.spec.spelledPrice),
    priceFilter: { minPrice: tick, maxPrice: '1999999.80', tickSize: tick },
    lotSizeFilter: { qtyStep: feed.size(1), minOrderQty: feed.size(1), maxOrderQty: '1190.000' },
    settleCoin: quote,
  };
}

function coins({ symbol }: MarketFeed): { base: string; quote: string } {
  const quote = /USD[TC]$|BTC$/.exec(symbol)?.[0] ?? 'USDT';
  return { base: symbol.slice(0, -quote.length), quote };
}

function said(message: object): Said {
  return { m: JSON.stringify(message) };
}

import type { CaptureLine } from '../capture-file';
import { generator } from '../venue/history';
import { type MarketEvent, MarketSimulator, type SimulatedSymbol } from './market-simulator';

export type Line = Omit<CaptureLine, 'line'>;

export interface Recipe {
  readonly venue: 'binance' | 'binance-usdm';
  readonly seed: string;
  readonly symbols: readonly SimulatedSymbol[];
  /** First event time, ms, and how long it goes on. */
  readonly start: number;
  readonly lengthMs: number;
  readonly diffMs: number;
}

interface Feed {
  readonly spec: SimulatedSymbol;
  readonly market: MarketSimulator;
  readonly bids: Set<number>;
  readonly asks: Set<number>;
  /** First and last update id since the last diff. */
  first: number;
  last: number;
  previous: number;
  trade: number;
  aggregate: number;
  best: string;
  bar: Bar | null;
  readonly day: { open: number; high: number; low: number; last: number; volume: number; trades: number };
}

interface Aggregate {
  readonly price: number;
  size: number;
  readonly first: number;
  readonly maker: boolean;
}

interface Bar {
  t: number;
  prices: number[];
  volume: bigint;
  quote: bigint;
  takerVolume: bigint;
  takerQuote: bigint;
  ids: [number, number];
}

const STEP_MS = 20;
const KLINE_MS = 2_000;
const DAY_MS = 5_000;
const MARK_MS = 3_000;
const SNAPSHOT_AFTER_MS = 700;

/** Plays simulated markets and writes down what a client subscribed to everything would have received. */
export class BinanceRecorder {
  readonly #recipe: Recipe;
  readonly #random: () => number;
  readonly #futures: boolean;
  readonly #lines: Line[] = [];
  readonly #feeds: Feed[];
  #id: number;
  #now: number;

  constructor(recipe: Recipe) {
    this.#recipe = recipe;
    this.#random = generator(recipe.seed);
    this.#futures = recipe.venue === 'binance-usdm';
    this.#id = this.#futures ? 7_000_000_000_000 : 90_000_000_000;
    this.#now = recipe.start;
    this.#feeds = recipe.symbols.map((spec, index) => this.#feed(spec, index));
  }

  record(exchangeInfo: unknown): Line[] {
    const { start, lengthMs, diffMs } = this.#recipe;
    this.#http('exchangeInfo', '', exchangeInfo);
    for (this.#now = start; this.#now < start + lengthMs; this.#now += STEP_MS) {
      const elapsed = this.#now - start;
      for (const [index, feed] of this.#feeds.entries()) {
        this.#live(feed);
        if (elapsed % diffMs === (index * STEP_MS) % diffMs) this.#diff(feed);
        if (elapsed === SNAPSHOT_AFTER_MS + index * 100) this.#snapshot(feed);
        if (elapsed % KLINE_MS === 0 && feed.bar !== null) this.#kline(feed, false);
        if (elapsed % DAY_MS === 2_500) this.#day(feed);
        if (this.#futures && elapsed % MARK_MS === 1_000) this.#mark(feed);
      }
    }
    for (const feed of this.#feeds) this.#diff(feed);
    return this.#lines;
  }

  #feed(spec: SimulatedSymbol, index: number): Feed {
    const id = this.#nextId();
    return {
      spec,
      market: new MarketSimulator(spec, this.#random),
      bids: new Set(),
      asks: new Set(),
      first: Number.NaN,
      last: id,
      previous: id,
      trade: 5_000_000_000 + index * 1_000_000,
      aggregate: 3_000_000_000 + index * 1_000_000,
      best: '',
      bar: null,
      day: { open: spec.mid, high: spec.mid, low: spec.mid, last: spec.mid, volume: 0, trades: 0 },
    };
  }

  // Spot ids are dense per symbol; futures ids belong to one counter all symbols share.
  #nextId(feed?: Feed): number {
    if (!this.#futures && feed !== undefined) return feed.last + 1;
    this.#id += 1 + (this.#futures ? Math.floor(this.#random() * 900) : 0);
    return this.#id;
  }

  #live(feed: Feed): void {
    if (this.#random() > (feed.spec.pace * STEP_MS) / 1000) return;
    const events = feed.market.step();
    for (const event of events) this.#happened(feed, event);
    this.#trades(feed, events);
    this.#ticker(feed);
  }

  #happened(feed: Feed, event: MarketEvent): void {
    feed.last = this.#nextId(feed);
    if (Number.isNaN(feed.first)) feed.first = feed.last;
    (event.side === 'bid' ? feed.bids : feed.asks).add(event.price);
  }

  #trades(feed: Feed, events: readonly MarketEvent[]): void {
    let aggregate = null as Aggregate | null;
    for (const { trade } of events) {
      if (trade === null) continue;
      if (aggregate !== null && aggregate.price !== trade.price) this.#aggregate(feed, aggregate);
      if (aggregate?.price !== trade.price) {
        aggregate = { price: trade.price, size: 0, first: feed.trade + 1, maker: trade.buyerIsMaker };
      }
      aggregate.size += trade.size;
      // A level is often several orders: its fill is then several trades of one aggregate.
      for (const size of this.#split(trade.size)) {
        feed.trade++;
        this.#trade(feed, trade.price, size, trade.buyerIsMaker);
      }
    }
    if (aggregate !== null) this.#aggregate(feed, aggregate);
  }

  #split(size: number): number[] {
    if (size < 4 || this.#random() < 0.6) return [size];
    const part = 1 + Math.floor(this.#random() * (size - 1));
    return [part, size - part];
  }

  #trade(feed: Feed, price: number, size: number, maker: boolean): void {
    this.#count(feed, price, size, maker);
    const [p, q] = [this.#price(feed, price), this.#size(feed, size)];
    const head = { e: 'trade', E: this.#now };
    const s = feed.spec.symbol;
    const body = this.#futures
      ? { ...head, T: this.#now, s, t: feed.trade, p, q, X: 'MARKET', m: maker }
      : { ...head, s, t: feed.trade, p, q, T: this.#now, m: maker, M: true };
    this.#in(feed, 'trade', body);
  }

  #aggregate(feed: Feed, part: Aggregate): void {
    feed.aggregate++;
    const body = {
      e: 'aggTrade',
      E: this.#now,
      s: feed.spec.symbol,
      a: feed.aggregate,
      p: this.#price(feed, part.price),
      q: this.#size(feed, part.size),
      f: part.first,
      l: feed.trade,
      T: this.#now,
      m: part.maker,
    };
    this.#in(feed, 'aggTrade', this.#futures ? body : { ...body, M: true });
  }

  #ticker(feed: Feed): void {
    const { market } = feed;
    const [bid, ask] = [market.bestBid(), market.bestAsk()];
    const [B, A] = [market.bids.get(bid) ?? 0, market.asks.get(ask) ?? 0];
    const best = `${bid} ${B} ${ask} ${A}`;
    if (best === feed.best) return;
    feed.best = best;
    const body = {
      u: feed.last,
      s: feed.spec.symbol,
      b: this.#price(feed, bid),
      B: this.#size(feed, B),
      a: this.#price(feed, ask),
      A: this.#size(feed, A),
    };
    this.#in(feed, 'bookTicker', this.#futures ? { e: 'bookTicker', ...body, T: this.#now, E: this.#now } : body);
  }

  #diff(feed: Feed): void {
    if (Number.isNaN(feed.first)) return;
    const side = (touched: Set<number>, book: Map<number, number>): string[][] =>
      [...touched].map((price) => [this.#price(feed, price), this.#size(feed, book.get(price) ?? 0)]);
    const head = { e: 'depthUpdate', E: this.#now };
    const ids = { s: feed.spec.symbol, U: feed.first, u: feed.last };
    const levels = { b: side(feed.bids, feed.market.bids), a: side(feed.asks, feed.market.asks) };
    const body = this.#futures
      ? { ...head, T: this.#now - 1, ...ids, pu: feed.previous, ...levels }
      : { ...head, ...ids, ...levels };
    this.#in(feed, this.#futures ? 'depth@500ms' : 'depth@100ms', body);
    feed.previous = feed.last;
    feed.first = Number.NaN;
    feed.bids.clear();
    feed.asks.clear();
  }

  #snapshot(feed: Feed): void {
    const rows = (book: Map<number, number>, sign: number): string[][] =>
      [...book]
        .sort(([a], [b]) => sign * (a - b))
        .map(([price, size]) => [this.#price(feed, price), this.#size(feed, size)]);
    const times = this.#futures ? { E: this.#now, T: this.#now } : {};
    const body = {
      lastUpdateId: feed.last,
      ...times,
      bids: rows(feed.market.bids, -1),
      asks: rows(feed.market.asks, 1),
    };
    this.#http('depth', `?symbol=${feed.spec.symbol}&limit=1000`, body);
  }

  #count(feed: Feed, price: number, size: number, maker: boolean): void {
    const t = Math.floor(this.#now / 60_000) * 60_000;
    if (feed.bar !== null && feed.bar.t !== t) {
      this.#kline(feed, true);
      feed.bar = null;
    }
    feed.bar ??= {
      t,
      prices: [],
      volume: 0n,
      quote: 0n,
      takerVolume: 0n,
      takerQuote: 0n,
      ids: [feed.trade, feed.trade],
    };
    const { bar, day } = feed;
    const quote = BigInt(price) * BigInt(size);
    bar.prices.push(price);
    bar.volume += BigInt(size);
    bar.quote += quote;
    if (!maker) {
      bar.takerVolume += BigInt(size);
      bar.takerQuote += quote;
    }
    bar.ids[1] = feed.trade;
    day.last = price;
    day.high = Math.max(day.high, price);
    day.low = Math.min(day.low, price);
    day.volume += size;
    day.trades++;
  }

  #kline(feed: Feed, closed: boolean): void {
    const { bar, spec } = feed;
    if (bar === null) return;
    const price = (steps: number): string => this.#price(feed, steps);
    const quote = (units: bigint): string => this.#quote(feed, units);
    this.#in(feed, 'kline_1m', {
      e: 'kline',
      E: this.#now,
      s: spec.symbol,
      k: {
        t: bar.t,
        T: bar.t + 59_999,
        s: spec.symbol,
        i: '1m',
        f: bar.ids[0],
        L: bar.ids[1],
        o: price(bar.prices[0]),
        c: price(bar.prices[bar.prices.length - 1]),
        h: price(Math.max(...bar.prices)),
        l: price(Math.min(...bar.prices)),
        v: this.#size(feed, Number(bar.volume)),
        n: bar.prices.length,
        x: closed,
        q: quote(bar.quote),
        V: this.#size(feed, Number(bar.takerVolume)),
        Q: quote(bar.takerQuote),
        B: '0',
      },
    });
  }

  #day(feed: Feed): void {
    const { day, market, spec } = feed;
    const price = (steps: number): string => this.#price(feed, steps);
    const change = day.last - day.open;
    const percent = ((change / day.open) * 100).toFixed(3);
    const c = price(day.last);
    const v = this.#size(feed, day.volume);
    const [o, h, l] = [day.open, day.high, day.low].map(price);
    const q = this.#quote(feed, BigInt(day.volume) * BigInt(day.last));
    const [bid, ask] = [market.bestBid(), market.bestAsk()];
    const best = {
      b: price(bid),
      B: this.#size(feed, market.bids.get(bid) ?? 0),
      a: price(ask),
      A: this.#size(feed, market.asks.get(ask) ?? 0),
    };
    const sign = change < 0 ? '-' : '';
    this.#in(feed, 'ticker', {
      e: '24hrTicker',
      E: this.#now,
      s: spec.symbol,
      p: `${sign}${price(Math.abs(change))}`,
      P: percent,
      w: c,
      ...(this.#futures ? {} : { x: o }),
      c,
      Q: this.#size(feed, 1),
      ...(this.#futures ? {} : best),
      o,
      h,
      l,
      v,
      q,
      O: this.#now - 86_400_000,
      C: this.#now,
      F: feed.trade - day.trades + 1,
      L: feed.trade,
      n: day.trades,
    });
    this.#in(feed, 'miniTicker', { e: '24hrMiniTicker', E: this.#now, s: spec.symbol, c, o, h, l, v, q });
  }

  #mark(feed: Feed): void {
    const price = this.#price(feed, feed.day.last);
    const T = (Math.floor(this.#now / 28_800_000) + 1) * 28_800_000;
    const s = feed.spec.symbol;
    this.#in(feed, 'markPrice', {
      e: 'markPriceUpdate',
      E: this.#now,
      s,
      p: price,
      i: price,
      P: price,
      r: '0.00010000',
      T,
    });
  }

  #in(feed: Feed, stream: string, data: unknown): void {
    const name = `${feed.spec.symbol.toLowerCase()}@${stream}`;
    const first = !this.#lines.some((line) => line.c === 0);
    const host = this.#futures ? 'wss://fstream.binance.com' : 'wss://stream.binance.com:9443';
    const url = first ? { url: `${host}/stream?streams=${name}` } : {};
    this.#lines.push({ t: this.#arrival(), c: 0, dir: 'in', ...url, m: JSON.stringify({ stream: name, data }) });
  }

  #http(path: string, query: string, body: unknown): void {
    const base = this.#futures ? 'https://fapi.binance.com/fapi/v1' : 'https://api.binance.com/api/v3';
    this.#lines.push({
      t: this.#arrival(),
      c: -1,
      dir: 'http',
      url: `${base}/${path}${query}`,
      m: JSON.stringify(body),
    });
  }

  // A frame arrives some 30 ms after it was sent, never before the one ahead of it.
  #arrival(): number {
    const last = this.#lines[this.#lines.length - 1]?.t ?? 0;
    return Math.max(last + 1, this.#now * 1000 + 25_000 + Math.floor(this.#random() * 12_000));
  }

  #price(feed: Feed, steps: number): string {
    return spell(BigInt(steps), feed.spec.priceDecimals, feed.spec.spelledPrice);
  }

  #size(feed: Feed, steps: number): string {
    return spell(BigInt(steps), feed.spec.sizeDecimals, feed.spec.spelledSize);
  }

  #quote(feed: Feed, units: bigint): string {
    const { priceDecimals, sizeDecimals, spelledPrice, spelledSize } = feed.spec;
    return spell(units, priceDecimals + sizeDecimals, spelledPrice + spelledSize);
  }
}

/** A count of 10^-decimals as text with `spelled` digits after the point. */
export function spell(units: bigint, decimals: number, spelled: number): string {
  const digits = units.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).padEnd(spelled, '0');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

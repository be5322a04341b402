import { generator } from '../venue/history';
import { type Line, spell } from './binance-recorder';
import { MarketSimulator, type SimulatedSymbol } from './market-simulator';

export type Level = readonly [price: string, size: string];

export interface Sides {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export interface MadeTrade {
  readonly id: number;
  readonly price: string;
  readonly size: string;
  readonly buyer: boolean;
}

/** A bar under way; prices in price steps, sums in size steps and in both multiplied. */
export interface MadeBar {
  readonly t: number;
  readonly open: number;
  high: number;
  low: number;
  close: number;
  volume: bigint;
  quote: bigint;
}

/** A frame as it was received, or an answer to a request. */
export interface Said {
  readonly m: string;
  /** Which of the encoder's sockets; the first when left out. */
  readonly socket?: number;
  /** The address asked: then it is an answer. */
  readonly http?: string;
}

/** How one venue tells of a market. Every method answers with what a client subscribed to everything would receive. */
export interface Encoder {
  readonly sockets: readonly string[];
  /** Levels a side a book is told to. */
  readonly depth: number;
  /** Whether a level that leaves the depth, but not the market, is told as removed. */
  readonly tellsFallen: boolean;
  open(feeds: readonly MarketFeed[], now: number): readonly Said[];
  snapshot(feed: MarketFeed, now: number): readonly Said[];
  change(feed: MarketFeed, news: Sides, now: number): readonly Said[];
  trades(feed: MarketFeed, trades: readonly MadeTrade[], now: number): readonly Said[];
  /** The best prices or sizes are others than they were. */
  best?(feed: MarketFeed, now: number): readonly Said[];
  bar?(feed: MarketFeed, bar: MadeBar, closed: boolean, now: number): readonly Said[];
  /** Once a second: what comes by the clock. */
  second?(feed: MarketFeed, elapsedMs: number, now: number): readonly Said[];
}

export interface MarketRecipe {
  readonly seed: string;
  readonly symbols: readonly SimulatedSymbol[];
  /** First event time, ms, and how long it goes on. */
  readonly start: number;
  readonly lengthMs: number;
  readonly diffMs: number;
  /** Id of the first trade of the first symbol. */
  readonly firstTrade: number;
}

const STEP_MS = 20;
const BAR_MS = 2_000;
const MINUTE_MS = 60_000;

/** One simulated symbol, and what a venue has told of it. */
export class MarketFeed {
  readonly spec: SimulatedSymbol;
  readonly index: number;
  readonly market: MarketSimulator;
  readonly day: { open: number; high: number; low: number; last: number; volume: bigint; quote: bigint };
  /** The book as told so far, to the depth told. */
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();
  bar: MadeBar | null = null;
  trade: number;

  constructor(spec: SimulatedSymbol, index: number, random: () => number, firstTrade: number) {
    this.spec = spec;
    this.index = index;
    this.market = new MarketSimulator(spec, random);
    this.day = { open: spec.mid, high: spec.mid, low: spec.mid, last: spec.mid, volume: 0n, quote: 0n };
    this.trade = firstTrade - 1;
  }

  get symbol(): string {
    return this.spec.symbol;
  }

  price(steps: number): string {
    return spell(BigInt(steps), this.spec.priceDecimals, this.spec.spelledPrice);
  }

  size(steps: number | bigint): string {
    return spell(BigInt(steps), this.spec.sizeDecimals, this.spec.spelledSize);
  }

  /** An amount of the quote currency. */
  amount(units: bigint): string {
    const decimals = this.spec.priceDecimals + this.spec.sizeDecimals;
    return spell(units, decimals, decimals);
  }

  /** The told book, best first. */
  told(count = Number.POSITIVE_INFINITY): Sides {
    const side = (levels: ReadonlyMap<number, number>, sign: number): Level[] =>
      [...levels]
        .sort(([a], [b]) => sign * (a - b))
        .slice(0, count)
        .map(([price, size]) => [this.price(price), this.size(size)]);
    return { bids: side(this.bids, -1), asks: side(this.asks, 1) };
  }

  /** The market's best level of each side, whether told of or not. */
  best(): { readonly bid: Level; readonly ask: Level } {
    const [bid, ask] = [this.market.bestBid(), this.market.bestAsk()];
    return {
      bid: [this.price(bid), this.size(this.market.bids.get(bid) ?? 0)],
      ask: [this.price(ask), this.size(this.market.asks.get(ask) ?? 0)],
    };
  }

  /** What has changed in the best `depth` levels since it was last asked. */
  news(depth: number, tellsFallen: boolean): Sides {
    return {
      bids: this.#newsOf(this.bids, this.market.bids, -1, depth, tellsFallen),
      asks: this.#newsOf(this.asks, this.market.asks, 1, depth, tellsFallen),
    };
  }

  #newsOf(
    told: Map<number, number>,
    held: ReadonlyMap<number, number>,
    sign: number,
    depth: number,
    tellsFallen: boolean,
  ): Level[] {
    const view = new Map([...held].sort(([a], [b]) => sign * (a - b)).slice(0, depth));
    const news: Level[] = [];
    for (const price of [...told.keys()]) {
      if (view.has(price)) continue;
      told.delete(price);
      if (tellsFallen || !held.has(price)) news.push([this.price(price), this.size(0)]);
    }
    for (const [price, size] of view) {
      if (told.get(price) === size) continue;
      told.set(price, size);
      news.push([this.price(price), this.size(size)]);
    }
    return news;
  }
}

/** Plays simulated markets and writes down what a client of one venue would have received. */
export class MarketRecorder {
  readonly #recipe: MarketRecipe;
  readonly #encoder: Encoder;
  readonly #random: () => number;
  readonly #feeds: readonly MarketFeed[];
  readonly #lines: Line[] = [];
  #now: number;

  constructor(recipe: MarketRecipe, encoder: Encoder) {
    this.#recipe = recipe;
    this.#encoder = encoder;
    this.#random = generator(recipe.seed);
    this.#now = recipe.start;
    this.#feeds = recipe.symbols.map(
      (spec, index) => new MarketFeed(spec, index, this.#random, recipe.firstTrade + index * 1_000_000),
    );
  }

  record(): Line[] {
    const { start, lengthMs } = this.#recipe;
    this.#write(this.#encoder.open(this.#feeds, this.#now));
    for (const feed of this.#feeds) {
      feed.news(this.#encoder.depth, false);
      this.#write(this.#encoder.snapshot(feed, this.#now));
    }
    for (this.#now = start + STEP_MS; this.#now < start + lengthMs; this.#now += STEP_MS) {
      for (const feed of this.#feeds) this.#step(feed, this.#now - start);
    }
    for (const feed of this.#feeds) this.#change(feed);
    return this.#lines;
  }

  #step(feed: MarketFeed, elapsed: number): void {
    const { diffMs } = this.#recipe;
    this.#closeBar(feed);
    this.#live(feed);
    if (elapsed % diffMs === (feed.index * STEP_MS) % diffMs) this.#change(feed);
    if (elapsed % BAR_MS === 0 && feed.bar !== null) {
      this.#write(this.#encoder.bar?.(feed, feed.bar, false, this.#now) ?? []);
    }
    if (elapsed % 1_000 === 500) this.#write(this.#encoder.second?.(feed, elapsed, this.#now) ?? []);
  }

  #live(feed: MarketFeed): void {
    if (this.#random() > (feed.spec.pace * STEP_MS) / 1000) return;
    const before = feed.best().bid.join() + feed.best().ask.join();
    const trades: MadeTrade[] = [];
    for (const { trade } of feed.market.step()) {
      if (trade === null) continue;
      // A level is often several orders: its fill is then several trades.
      for (const size of this.#split(trade.size)) {
        feed.trade++;
        this.#count(feed, trade.price, size);
        trades.push({
          id: feed.trade,
          price: feed.price(trade.price),
          size: feed.size(size),
          buyer: !trade.buyerIsMaker,
        });
      }
    }
    if (trades.length > 0) this.#write(this.#encoder.trades(feed, trades, this.#now));
    const after = feed.best().bid.join() + feed.best().ask.join();
    if (after !== before) this.#write(this.#encoder.best?.(feed, this.#now) ?? []);
  }

  #split(size: number): number[] {
    if (size < 4 || this.#random() < 0.6) return [size];
    const part = 1 + Math.floor(this.#random() * (size - 1));
    return [part, size - part];
  }

  #change(feed: MarketFeed): void {
    const news = feed.news(this.#encoder.depth, this.#encoder.tellsFallen);
    if (news.bids.length + news.asks.length > 0) this.#write(this.#encoder.change(feed, news, this.#now));
  }

  #count(feed: MarketFeed, price: number, size: number): void {
    const { day } = feed;
    day.last = price;
    day.high = Math.max(day.high, price);
    day.low = Math.min(day.low, price);
    day.volume += BigInt(size);
    day.quote += BigInt(size) * BigInt(price);
    this.#countBar(feed, price, size);
  }

  #countBar(feed: MarketFeed, price: number, size: number): void {
    const t = Math.floor(this.#now / MINUTE_MS) * MINUTE_MS;
    feed.bar ??= { t, open: price, high: price, low: price, close: price, volume: 0n, quote: 0n };
    const { bar } = feed;
    bar.high = Math.max(bar.high, price);
    bar.low = Math.min(bar.low, price);
    bar.close = price;
    bar.volume += BigInt(size);
    bar.quote += BigInt(size) * BigInt(price);
  }

  #closeBar(feed: MarketFeed): void {
    const { bar } = feed;
    if (bar === null || this.#now < bar.t + MINUTE_MS) return;
    feed.bar = null;
    this.#write(this.#encoder.bar?.(feed, bar, true, this.#now) ?? []);
  }

  #write(all: readonly Said[]): void {
    for (const { m, socket = 0, http } of all) {
      if (http !== undefined) {
        this.#lines.push({ t: this.#arrival(), c: -1, dir: 'http', url: http, m });
        continue;
      }
      const isFirst = !this.#lines.some(({ c }) => c === socket);
      const url = isFirst ? { url: this.#encoder.sockets[socket] } : {};
      this.#lines.push({ t: this.#arrival(), c: socket, dir: 'in', ...url, m });
    }
  }

  // A frame arrives some 30 ms after it was sent, never before the one ahead of it.
  #arrival(): number {
    const last = this.#lines[this.#lines.length - 1]?.t ?? 0;
    return Math.max(last + 1, this.#now * 1000 + 25_000 + Math.floor(this.#random() * 12_000));
  }
}

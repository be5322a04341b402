import type { Encoder, Level, MadeTrade, MarketFeed, Said, Sides } from './market-recorder';

const API = 'https://www.bitstamp.net/api/v2';
const TOP_LEVELS = 100;
const TOP_SECONDS = 3;
const FIRST_ORDER = 1_443_875_737_346_049;

/** Bitstamp WebSocket v2: diffs dated to the microsecond around a requested book, trades, now and then the top of it. */
export class BitstampEncoder implements Encoder {
  readonly depth = Number.POSITIVE_INFINITY;
  readonly tellsFallen = true;
  readonly sockets = ['wss://ws.bitstamp.net/'];
  /** Microsecond of the last change of each book. */
  readonly #changed = new Map<string, number>();
  #order = FIRST_ORDER;

  open(feeds: readonly MarketFeed[]): Said[] {
    const names = feeds.flatMap(({ symbol }) =>
      ['diff_order_book', 'live_trades', 'order_book'].map((kind) => `${kind}_${symbol}`),
    );
    return [
      { http: `${API}/trading-pairs-info/`, m: spaced(feeds.map(pair)) },
      ...names.map((channel) => said({ event: 'bts:subscription_succeeded', channel, data: {} })),
    ];
  }

  // What was buffered before the book was answered says nothing new: its size of the best bid has passed.
  snapshot(feed: MarketFeed, now: number): Said[] {
    const { bids, asks } = feed.told();
    const old: Level[] = bids.slice(0, 1).map(([price]) => [price, feed.size(7)]);
    const micros = this.#at(feed, now);
    return [
      this.#diff(feed, { bids: old, asks: [] }, micros - 300_000),
      { http: `${API}/order_book/${feed.symbol}/?group=1`, m: spaced({ ...times(micros), bids, asks }) },
    ];
  }

  change(feed: MarketFeed, news: Sides, now: number): Said[] {
    return [this.#diff(feed, news, this.#at(feed, now))];
  }

  trades(feed: MarketFeed, trades: readonly MadeTrade[], now: number): Said[] {
    // Whoever takes came last, so that order has the greater id.
    const taker = ++this.#order + 1_000;
    return trades.map(({ id, price, size, buyer }) => {
      const [buy, sell] = buyer ? [taker, taker - 900] : [taker - 900, taker];
      const data = {
        id,
        timestamp: String(Math.floor(now / 1000)),
        amount: Number(size),
        amount_str: size,
        price: Number(price),
        price_str: price,
        type: buyer ? 0 : 1,
        microtimestamp: String(now * 1000),
        buy_order_id: buy,
        sell_order_id: sell,
      };
      return said({ data, channel: `live_trades_${feed.symbol}`, event: 'trade' });
    });
  }

  second(feed: MarketFeed, elapsedMs: number): Said[] {
    if (Math.floor(elapsedMs / 1000) % TOP_SECONDS !== 0) return [];
    const { bids, asks } = feed.told(TOP_LEVELS);
    const data = { ...times(this.#changed.get(feed.symbol) ?? 0), bids, asks };
    return [said({ data, channel: `order_book_${feed.symbol}`, event: 'data' })];
  }

  #diff(feed: MarketFeed, { bids, asks }: Sides, micros: number): Said {
    return said({ data: { ...times(micros), bids, asks }, channel: `diff_order_book_${feed.symbol}`, event: 'data' });
  }

  #at(feed: MarketFeed, now: number): number {
    const micros = now * 1000 + 137 + feed.index;
    this.#changed.set(feed.symbol, micros);
    return micros;
  }
}

function pair({ symbol, spec }: MarketFeed): object {
  const [base, quote] = [symbol.slice(0, -3), symbol.slice(-3)].map((name) => name.toUpperCase());
  return {
    trading: 'Enabled',
    base_decimals: spec.spelledSize,
    url_symbol: symbol,
    name: `${base}/${quote}`,
    instant_and_market_orders: 'Enabled',
    minimum_order: `10.0 ${quote}`,
    counter_decimals: spec.priceDecimals,
    description: `${base} / ${quote}`,
  };
}

function times(micros: number): object {
  return { timestamp: String(Math.floor(micros / 1e6)), microtimestamp: String(micros) };
}

// Requests are answered with a space after every colon and comma; no text in these holds either.
function spaced(value: object): string {
  return JSON.stringify(value).replace(/[:,]/g, '$& ');
}

function said(message: object): Said {
  return { m: JSON.stringify(message) };
}

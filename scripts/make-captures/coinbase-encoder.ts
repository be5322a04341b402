import type { Encoder, MadeTrade, MarketFeed, Said, Sides } from './market-recorder';

const CHANNELS = ['level2_batch', 'matches', 'ticker', 'heartbeat'];

/** Coinbase Exchange: whole books and changes without a number, a ticker with every match, a heartbeat a second. */
export class CoinbaseEncoder implements Encoder {
  readonly depth = Number.POSITIVE_INFINITY;
  readonly tellsFallen = true;
  readonly sockets = ['wss://ws-feed.exchange.coinbase.com'];
  readonly #sequences = new Map<string, number>();

  open(feeds: readonly MarketFeed[]): Said[] {
    const symbols = feeds.map(({ symbol }) => symbol);
    const channels = CHANNELS.map((name) => ({ name, product_ids: symbols, account_ids: null }));
    return [
      { http: 'https://api.exchange.coinbase.com/products', m: JSON.stringify(feeds.map(product)) },
      said({ type: 'subscriptions', channels }),
    ];
  }

  // The last match before the subscription is told and is no news.
  snapshot(feed: MarketFeed, now: number): Said[] {
    const { bids, asks } = feed.told();
    const before = { id: feed.trade, price: feed.price(feed.spec.mid), size: feed.size(1), buyer: true };
    return [
      said({ type: 'snapshot', product_id: feed.symbol, asks, bids, time: iso(now) }),
      this.#match(feed, 'last_match', before, now - 26_000),
    ];
  }

  change(feed: MarketFeed, { bids, asks }: Sides, now: number): Said[] {
    const changes = [
      ...bids.map(([price, size]) => ['buy', price, size]),
      ...asks.map(([price, size]) => ['sell', price, size]),
    ];
    return [said({ type: 'l2update', product_id: feed.symbol, changes, time: iso(now) })];
  }

  trades(feed: MarketFeed, trades: readonly MadeTrade[], now: number): Said[] {
    return trades.flatMap((trade) => [this.#match(feed, 'match', trade, now), this.#ticker(feed, trade, now)]);
  }

  second(feed: MarketFeed, _: number, now: number): Said[] {
    const beat = {
      last_trade_id: feed.trade,
      product_id: feed.symbol,
      sequence: this.#sequences.get(feed.symbol) ?? 0,
    };
    return [said({ type: 'heartbeat', ...beat, time: iso(now) })];
  }

  // The maker's side is named: what a buyer took was offered.
  #match(feed: MarketFeed, type: string, { id, price, size, buyer }: MadeTrade, now: number): Said {
    const sequence = (this.#sequences.get(feed.symbol) ?? 333_938_000) + 7;
    this.#sequences.set(feed.symbol, sequence);
    const order = `27fff20b-af29-4f45-8744-${String(id).padStart(12, '0')}`;
    const orders = { maker_order_id: order, taker_order_id: order.replace('27', '1d') };
    const what = { side: buyer ? 'sell' : 'buy', size, price, product_id: feed.symbol };
    return said({ type, trade_id: id, ...orders, ...what, sequence, time: iso(now) });
  }

  // And here the taker's.
  #ticker(feed: MarketFeed, { id, price, size, buyer }: MadeTrade, now: number): Said {
    const { day } = feed;
    const { bid, ask } = feed.best();
    const volume = feed.size(day.volume);
    return said({
      type: 'ticker',
      sequence: this.#sequences.get(feed.symbol) ?? 0,
      product_id: feed.symbol,
      price,
      open_24h: feed.price(day.open),
      volume_24h: volume,
      low_24h: feed.price(day.low),
      high_24h: feed.price(day.high),
      volume_30d: volume,
      best_bid: bid[0],
      best_bid_size: bid[1],
      best_ask: ask[0],
      best_ask_size: ask[1],
      side: buyer ? 'buy' : 'sell',
      time: iso(now),
      trade_id: id,
      last_size: size,
    });
  }
}

function product(feed: MarketFeed): object {
  const [base, quote] = feed.symbol.split('-');
  return {
    id: feed.symbol,
    base_currency: base,
    quote_currency: quote,
    quote_increment: feed.price(1),
    base_increment: feed.size(1),
    display_name: `${base}/${quote}`,
    min_market_funds: '1',
    post_only: false,
    limit_only: false,
    cancel_only: false,
    status: 'online',
    status_message: '',
    trading_disabled: false,
    auction_mode: false,
  };
}

function said(message: object): Said {
  return { m: JSON.stringify(message) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '687Z');
}

import type { Encoder, Level, MadeBar, MadeTrade, MarketFeed, Said } from './market-recorder';

const DEPTH = 20;
const FIRST_ID = 121_451_470_284_048;
/** Keeps the ids of trades apart and in no order, as they are there. */
const ID_STRIDE = 7_919_000_003;
const ID_RANGE = 900_000_000_000_000;
const NOBODY = `0x${'0'.repeat(40)}`;

/** Hyperliquid: whole books of twenty levels, trades with ids in no order, bars, best prices, the figures of the day. */
export class HyperliquidEncoder implements Encoder {
  readonly depth = DEPTH;
  readonly tellsFallen = true;
  readonly sockets = ['wss://api.hyperliquid.xyz/ws'];
  /** Trades in the minute under way. */
  readonly #counts = new Map<string, { t: number; n: number }>();

  open(feeds: readonly MarketFeed[]): Said[] {
    const universe = feeds.map(({ symbol, spec }) => ({
      szDecimals: spec.sizeDecimals,
      name: symbol,
      maxLeverage: 40,
    }));
    const acknowledged = feeds.flatMap(({ symbol: coin }) =>
      [
        { type: 'l2Book', coin },
        { type: 'trades', coin },
        { type: 'candle', coin, interval: '1m' },
      ].map((subscription) => said('subscriptionResponse', { method: 'subscribe', subscription })),
    );
    return [
      { http: 'https://api.hyperliquid.xyz/info', m: JSON.stringify({ universe }) },
      { m: 'Websocket connection established.' },
      ...acknowledged,
    ];
  }

  // The first trades are of before the subscription.
  snapshot(feed: MarketFeed, now: number): Said[] {
    const price = feed.price(feed.spec.mid);
    const before = [2, 1].map((back) => ({ id: feed.trade - back, price, size: feed.size(3), buyer: back === 1 }));
    return [this.#book(feed, now), this.#trades(feed, before, now - 48_000)];
  }

  change(feed: MarketFeed, _: unknown, now: number): Said[] {
    const { bids, asks } = feed.told(1);
    const bbo = [...bids, ...asks].map((level) => row(level, 1));
    return [this.#book(feed, now), said('bbo', { coin: feed.symbol, time: now, bbo })];
  }

  trades(feed: MarketFeed, trades: readonly MadeTrade[], now: number): Said[] {
    const t = Math.floor(now / 60_000) * 60_000;
    const held = this.#counts.get(feed.symbol);
    const n = held?.t === t ? held.n + trades.length : trades.length;
    this.#counts.set(feed.symbol, { t, n });
    return [this.#trades(feed, trades, now)];
  }

  bar(feed: MarketFeed, bar: MadeBar): Said[] {
    const price = (steps: number): string => feed.price(steps);
    const times = { t: bar.t, T: bar.t + 59_999, s: feed.symbol, i: '1m' };
    const prices = { o: price(bar.open), c: price(bar.close), h: price(bar.high), l: price(bar.low) };
    return [
      said('candle', { ...times, ...prices, v: cut(feed.size(bar.volume)), n: this.#counts.get(feed.symbol)?.n ?? 0 }),
    ];
  }

  second(feed: MarketFeed, elapsedMs: number): Said[] {
    if (Math.floor(elapsedMs / 1000) % 5 !== 2) return [];
    const { day } = feed;
    const last = feed.price(day.last);
    const ctx = {
      funding: '0.0000125',
      openInterest: '12345.6',
      prevDayPx: feed.price(day.open),
      dayNtlVlm: cut(feed.amount(day.quote)),
      premium: '0.00031774',
      oraclePx: last,
      markPx: last,
      midPx: last,
      impactPxs: [last, last],
      dayBaseVlm: cut(feed.size(day.volume)),
    };
    return [said('activeAssetCtx', { coin: feed.symbol, ctx })];
  }

  #book(feed: MarketFeed, now: number): Said {
    const { bids, asks } = feed.told(DEPTH);
    const side = (levels: readonly Level[]): object[] =>
      levels.map((level, index) => row(level, 1 + ((index * 3) % 7)));
    return said('l2Book', { coin: feed.symbol, time: now, levels: [side(bids), side(asks)] });
  }

  #trades(feed: MarketFeed, trades: readonly MadeTrade[], now: number): Said {
    const hash = `0x${now.toString(16).padStart(64, 'a')}`;
    const rows = trades.map(({ id, price, size, buyer }) => {
      const tid = Number((BigInt(FIRST_ID) + BigInt(id) * BigInt(ID_STRIDE)) % BigInt(ID_RANGE));
      const what = { coin: feed.symbol, side: buyer ? 'B' : 'A', px: price, sz: cut(size) };
      return { ...what, time: now, hash, tid, users: [NOBODY, NOBODY] };
    });
    return said('trades', rows);
  }
}

function row([price, size]: Level, orders: number): object {
  return { px: price, sz: cut(size), n: orders };
}

/** Sizes come without the zeros that pad them, but never without a digit behind the point. */
function cut(size: string): string {
  return size.includes('.') ? size.replace(/(\.\d+?)0+$/, '$1') : `${size}.0`;
}

function said(channel: string, data: object): Said {
  return { m: JSON.stringify({ channel, data }) };
}

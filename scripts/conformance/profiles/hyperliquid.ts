import { hyperliquid } from '@/feed/venues/hyperliquid.ts';
import type { Market, MarketBar, MarketTrade } from '../market';
import type { Heard, Markets, Profile } from '../profile';

const NO_CHECKSUM = 'the venue states no checksum';
const RECORDING = 'hyperliquid-btc-20250126';
const MISC = 'hyperliquid-misc';

interface Subscription {
  readonly type: string;
  readonly coin: string;
  readonly interval?: string;
}

const nameOf = ({ type, coin, interval }: Subscription): string =>
  interval === undefined ? `${type}:${coin}` : `${type}:${interval}:${coin}`;

function subscriptionOf(name: string): Subscription {
  const [type, ...rest] = name.split(':');
  return rest.length === 2 ? { type, coin: rest[1], interval: rest[0] } : { type, coin: rest[0] };
}

/** Ids are unique and in no order. */
const tid = (id: number): number => (id * 7_919_317) % 1_000_003;

const tradeRow = (coin: string, { id, price, size, isBuy, time }: MarketTrade): object => ({
  coin,
  side: isBuy ? 'B' : 'A',
  px: price,
  sz: size,
  time,
  hash: '0x0',
  tid: tid(id),
  users: ['0x1', '0x2'],
});

const barRow = (coin: string, { t, o, h, l, c, v, n }: MarketBar): object => ({
  t,
  T: t + 59_999,
  s: coin,
  i: '1m',
  o,
  c,
  h,
  l,
  v,
  n,
});

function answer(
  { type, coin, req }: { type: string; coin?: string; req?: { coin: string } },
  markets: Markets,
  now: number,
): unknown {
  const market = markets(coin ?? req?.coin ?? '');
  switch (type) {
    case 'meta':
      return { universe: ['BTC', 'ETH'].map((name) => ({ name, szDecimals: 3, maxLeverage: 50 })) };
    case 'l2Book':
      return market && bookOf(market);
    case 'candleSnapshot':
      return market?.history.map((bar) => barRow(market.symbol, bar));
    case 'recentTrades':
      return market?.trades
        .slice(-10)
        .map((trade) => tradeRow(market.symbol, trade))
        .reverse();
    case 'exchangeStatus':
      return { time: now, specialStatuses: null };
    default:
      return undefined;
  }
}

function hear(text: string, markets: Markets, now: number): Heard {
  const said = JSON.parse(text) as {
    method: string;
    id?: number;
    subscription?: Subscription;
    request?: { payload: { type: string; coin?: string } };
  };
  if (said.subscription && (said.method === 'subscribe' || said.method === 'unsubscribe'))
    return { kind: said.method, id: '', names: [nameOf(said.subscription)] };
  if (said.method === 'ping') return { kind: 'other', texts: ['{"channel":"pong"}'] };
  const type = said.request?.payload.type ?? '';
  const data = said.request && answer(said.request.payload, markets, now);
  const response =
    data === undefined ? { type: 'error', payload: '422 not here' } : { type: 'info', payload: { type, data } };
  return { kind: 'other', texts: [JSON.stringify({ channel: 'post', data: { id: said.id, response } })] };
}

function bookOf({ symbol, state, time }: Market): object {
  const side = (levels: typeof state.bids): object[] => levels.map(([px, sz]) => ({ px, sz, n: 1 }));
  return { coin: symbol, time, levels: [side(state.bids), side(state.asks)] };
}

const book = (market: Market): string => JSON.stringify({ channel: 'l2Book', data: bookOf(market) });

export const hyperliquidProfile: Profile = {
  venue: 'hyperliquid',
  make: hyperliquid,
  symbols: ['BTC', 'ETH'],
  tradeIds: 'unordered',
  without: {
    renumbered: 'books are ordered by their time, and nothing else is numbered',
    restart: 'books are ordered by their time, and nothing else is numbered',
    gap: 'every message is the whole book: a lost one is made good by the next',
    contradiction: 'every message is the whole book, and no second source is asked',
    'checksum right': NO_CHECKSUM,
    'checksum wrong': NO_CHECKSUM,
    'checksum absent': NO_CHECKSUM,
    'checksum zero': NO_CHECKSUM,
    'lost trades': 'its trade ids do not show a hole',
    closing: 'the venue announces no end of a socket',
  },
  evidence: {
    recordings: RECORDING,
    fixtures: MISC,
    aggressor: RECORDING,
    'first trades': RECORDING,
    'repeated book': RECORDING,
    'empty sides': MISC,
  },
  fixtures: { [MISC]: { trade: 6, book: 2, ticker: 2, ignored: 2 } },
  hear,
  acknowledge: ({ names }) =>
    names.map((name) =>
      JSON.stringify({
        channel: 'subscriptionResponse',
        data: { method: 'subscribe', subscription: subscriptionOf(name) },
      }),
    ),
  refuse: (_, names) =>
    names.map((name) =>
      JSON.stringify({ channel: 'error', data: `Invalid subscription ${JSON.stringify(subscriptionOf(name))}` }),
    ),
  begins: (name, market) => {
    if (name.startsWith('l2Book:')) return [book(market)];
    const rows = market.trades.slice(-10).map((trade) => tradeRow(market.symbol, trade));
    return name.startsWith('trades:') && rows.length > 0 ? [JSON.stringify({ channel: 'trades', data: rows })] : [];
  },
  book,
  change: book,
  trades: ({ symbol }, trades) =>
    JSON.stringify({ channel: 'trades', data: trades.map((trade) => tradeRow(symbol, trade)) }),
  firstTrades: 'counted',
  bar: ({ symbol }, bar) => JSON.stringify({ channel: 'candle', data: barRow(symbol, bar) }),
  http: (_, body, markets, now) => {
    const result = answer(JSON.parse(body ?? '{}') as { type: string }, markets, now);
    return result === undefined ? null : JSON.stringify(result);
  },
  unknown: '{"channel":"weather","data":{"coin":"BTC"}}',
  duty: { pattern: /"method":"ping"/, everyMs: 60_000 },
  unit: { symbol: 'BTC', sizeUnit: 'BTC', contract: null },
};

import { coinbase } from '@/feed/venues/coinbase.ts';
import type { Market, MarketChange, MarketTrade } from '../market';
import { type Heard, iso, type Markets, type Profile } from '../profile';

const NO_CHECKSUM = 'the venue states no checksum';
const RECORDING = 'coinbase-exchange-10prod-20210417';

interface Said {
  readonly type: 'subscribe' | 'unsubscribe';
  readonly product_ids?: readonly string[];
  readonly channels: readonly (string | { readonly name: string; readonly product_ids: readonly string[] })[];
}

function hear(text: string): Heard {
  const { type, product_ids: products = [], channels } = JSON.parse(text) as Said;
  const names = channels.flatMap((channel) =>
    typeof channel === 'string'
      ? products.map((product) => `${channel}:${product}`)
      : channel.product_ids.map((product) => `${channel.name}:${product}`),
  );
  return { kind: type, id: '', names };
}

/** The whole state of the socket, as every answer lists it. */
function subscriptions(held: readonly string[]): string {
  const byChannel = new Map<string, string[]>();
  for (const name of held) {
    const [channel, product] = name.split(':');
    byChannel.set(channel, [...(byChannel.get(channel) ?? []), product]);
  }
  const channels = [...byChannel].map(([name, product_ids]) => ({
    name: name === 'level2_batch' ? 'level2' : name,
    product_ids,
  }));
  return JSON.stringify({ type: 'subscriptions', channels });
}

const snapshot = ({ symbol, state, time }: Market): string =>
  JSON.stringify({ type: 'snapshot', product_id: symbol, bids: state.bids, asks: state.asks, time: iso(time) });

function update({ symbol }: Market, { bids, asks, time }: MarketChange): string {
  const changes = [
    ...bids.map(([price, size]) => ['buy', price, size]),
    ...asks.map(([price, size]) => ['sell', price, size]),
  ];
  return JSON.stringify({ type: 'l2update', product_id: symbol, changes, time: iso(time) });
}

/** `side` is the maker's: who bought took what was for sale. */
const match = (type: string, symbol: string, { id, price, size, isBuy, time }: MarketTrade): string =>
  JSON.stringify({
    type,
    trade_id: id,
    sequence: id * 7,
    maker_order_id: 'm',
    taker_order_id: 't',
    time: iso(time),
    product_id: symbol,
    size,
    price,
    side: isBuy ? 'sell' : 'buy',
  });

let tickers = 900;

function ticker({ symbol, state, time }: Market, isWrong: boolean): string {
  const [bid, ask] = [state.bids[0]?.[0] ?? '0', state.asks[0]?.[0] ?? '0'];
  return JSON.stringify({
    type: 'ticker',
    sequence: ++tickers,
    product_id: symbol,
    price: '101',
    open_24h: '100',
    volume_24h: '10',
    low_24h: '99',
    high_24h: '102',
    volume_30d: '100',
    best_bid: isWrong ? '77.5' : bid,
    best_ask: ask,
    side: 'buy',
    time: iso(time),
    trade_id: tickers,
    last_size: '1',
  });
}

function http(url: URL, markets: Markets, now: number): string | null {
  const [, symbol, what] = /^\/products\/([^/]+)(?:\/(\w+))?$/.exec(url.pathname) ?? [];
  const market = markets(symbol ?? '');
  if (url.pathname === '/time') return JSON.stringify({ iso: iso(now), epoch: now / 1000 });
  if (!market) return null;
  if (what === undefined) {
    const [base_currency, quote_currency] = market.symbol.split('-');
    const steps = { quote_increment: '0.1', base_increment: '0.001' };
    return JSON.stringify({ id: market.symbol, base_currency, quote_currency, ...steps, status: 'online' });
  }
  if (what === 'candles') {
    const rows = market.history.map(({ t, o, h, l, c, v }) => [t / 1000, ...[l, h, o, c, v].map(Number)]);
    return JSON.stringify(rows.reverse());
  }
  if (what === 'trades') {
    const limit = Number(url.searchParams.get('limit'));
    const after = Number(url.searchParams.get('after') ?? Number.MAX_SAFE_INTEGER);
    const rows = market.trades.filter(({ id }) => id < after).slice(-limit);
    return JSON.stringify(
      rows
        .map(({ id, price, size, isBuy, time }) => ({
          trade_id: id,
          price,
          size,
          side: isBuy ? 'sell' : 'buy',
          time: iso(time),
        }))
        .reverse(),
    );
  }
  return null;
}

export const coinbaseProfile: Profile = {
  venue: 'coinbase',
  make: coinbase,
  symbols: ['BTC-USD', 'ETH-USD'],
  tradeIds: 'consecutive',
  without: {
    fixtures: 'the fixtures are of another feed of the same market, which is no venue of this product',
    renumbered: 'nothing is numbered',
    restart: 'nothing is numbered',
    gap: 'nothing is numbered and nothing is summed: only the second source finds a lost change',
    'checksum right': NO_CHECKSUM,
    'checksum wrong': NO_CHECKSUM,
    'checksum absent': NO_CHECKSUM,
    'checksum zero': NO_CHECKSUM,
    closing: 'the venue announces no end of a socket',
    'keep-alive': 'heartbeats are subscribed, and nothing else is wanted',
  },
  evidence: {
    recordings: RECORDING,
    aggressor: RECORDING,
    'first trades': RECORDING,
    'step change': RECORDING,
  },
  hear,
  acknowledge: (_, held) => [subscriptions(held)],
  refuse: (_, names) => [
    JSON.stringify({
      type: 'error',
      message: 'Failed to subscribe',
      reason: `${names[0].split(':')[1]} is not a valid product`,
    }),
  ],
  begins: (name, market) => {
    if (name.startsWith('level2_batch:')) return [snapshot(market)];
    const last = market.trades.at(-1);
    if (name.startsWith('ticker:')) return [ticker(market, false)];
    return name.startsWith('matches:') && last ? [match('last_match', market.symbol, last)] : [];
  },
  book: snapshot,
  change: update,
  trades: ({ symbol }, [trade]) => match('match', symbol, trade),
  firstTrades: 'history',
  bar: () => null,
  state: (market, isWrong) => ({ name: `ticker:${market.symbol}`, text: ticker(market, isWrong) }),
  http: (url, _, markets, now) => http(url, markets, now),
  unknown: '{"type":"weather","product_id":"BTC-USD"}',
  unit: { symbol: 'BTC-USD', sizeUnit: 'BTC', contract: null },
};

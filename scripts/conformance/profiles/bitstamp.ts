import { bitstamp } from '@/feed/venues/bitstamp.ts';
import type { Market, MarketTrade } from '../market';
import type { Heard, Markets, Profile } from '../profile';

const NO_CHECKSUM = 'the venue states no checksum';
const RECORDING = 'bitstamp-10pairs-20220105';

function hear(text: string): Heard {
  const { event, data } = JSON.parse(text) as { event: string; data?: { channel: string } };
  const kind = event === 'bts:subscribe' ? 'subscribe' : event === 'bts:unsubscribe' ? 'unsubscribe' : null;
  if (kind !== null) return { kind, id: '', names: [data?.channel ?? ''] };
  return { kind: 'other', texts: ['{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}'] };
}

/** Microseconds of a change: the market's ids, which only order, become times. */
const micros = (market: Market): string => `${market.time}${String(market.id % 1_000).padStart(3, '0')}`;
const dated = (market: Market): object => ({
  timestamp: String(Math.floor(market.time / 1000)),
  microtimestamp: micros(market),
});

const event = (name: string, channel: string, data: object | string): string =>
  JSON.stringify({ event: name, channel, data });

const tradeRow = ({ id, price, size, isBuy, time }: MarketTrade): object => ({
  id,
  timestamp: String(Math.floor(time / 1000)),
  amount: Number(size),
  amount_str: size,
  price: Number(price),
  price_str: price,
  type: isBuy ? 0 : 1,
  microtimestamp: `${time}000`,
  buy_order_id: 1,
  sell_order_id: 2,
});

function http(url: URL, markets: Markets): string | null {
  const [, what, symbol] = /^\/api\/v2\/([\w-]+)\/(?:(\w+)\/)?$/.exec(url.pathname) ?? [];
  const market = markets(symbol ?? '');
  if (what === 'trading-pairs-info') {
    return JSON.stringify(
      ['BTC', 'ETH'].map((base) => ({
        url_symbol: `${base.toLowerCase()}usd`,
        name: `${base}/USD`,
        base_decimals: 3,
        counter_decimals: 1,
        trading: 'Enabled',
      })),
    );
  }
  if (!market) return null;
  if (what === 'order_book') {
    const { bids, asks } = market.state;
    return JSON.stringify({ ...dated(market), bids, asks });
  }
  if (what === 'ohlc') {
    const ohlc = market.history.map(({ t, o, h, l, c, v }) => ({
      timestamp: String(t / 1000),
      open: o,
      high: h,
      low: l,
      close: c,
      volume: v,
    }));
    return JSON.stringify({ data: { pair: market.symbol, ohlc } });
  }
  if (what === 'transactions') {
    const rows = market.trades.map(({ id, price, size, isBuy, time }) => ({
      date: String(Math.floor(time / 1000)),
      tid: String(id),
      price,
      amount: size,
      type: isBuy ? '0' : '1',
    }));
    return JSON.stringify(rows.reverse());
  }
  return null;
}

export const bitstampProfile: Profile = {
  venue: 'bitstamp',
  make: bitstamp,
  symbols: ['btcusd', 'ethusd'],
  tradeIds: 'increasing',
  without: {
    fixtures: 'its messages are in the recording, and no fixture file is kept of them',
    renumbered: 'nothing is numbered',
    restart: 'nothing is numbered; a change of an earlier microsecond is one that changed places',
    'repeated book': 'no book is pushed: it is had by request',
    gap: 'nothing is numbered and nothing is summed: only the second source finds a lost change',
    silent: 'the first book is requested: a stream that says nothing is a quiet market until a probe says otherwise',
    'checksum right': NO_CHECKSUM,
    'checksum wrong': NO_CHECKSUM,
    'checksum absent': NO_CHECKSUM,
    'checksum zero': NO_CHECKSUM,
    'outage unmended': 'its book is had by request, and without one every message is the whole book',
    'lost trades': 'its trade ids do not show a hole',
  },
  evidence: { recordings: RECORDING, aggressor: RECORDING },
  hear,
  acknowledge: ({ names }) => names.map((name) => event('bts:subscription_succeeded', name, {})),
  refuse: () => [event('bts:error', '', { code: null, message: 'Incorrect channel name' } as object)],
  refusalKinds: ['subscribe-refused', 'subscribe-unanswered'],
  begins: () => [],
  book: () => null,
  change: (market, { bids, asks }) =>
    event('data', `diff_order_book_${market.symbol}`, { ...dated(market), bids, asks }),
  trades: ({ symbol }, [trade]) => event('trade', `live_trades_${symbol}`, tradeRow(trade)),
  firstTrades: 'none',
  bar: () => null,
  state: (market, isWrong) => {
    const name = `order_book_${market.symbol}`;
    const { bids, asks } = market.state;
    return { name, text: event('data', name, { ...dated(market), bids: isWrong ? [['77.5', '1']] : bids, asks }) };
  },
  http: (url, _, markets) => http(url, markets),
  unknown: '{"event":"data","channel":"weather_btcusd","data":{}}',
  closing: '{"event":"bts:request_reconnect","channel":"","data":""}',
  duty: { pattern: /bts:heartbeat/, everyMs: 20_000 },
  unit: { symbol: 'btcusd', sizeUnit: 'BTC', contract: null },
};

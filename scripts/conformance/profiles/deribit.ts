import type { LevelText } from '@/feed/testing/reference-book.ts';
import { deribit } from '@/feed/venues/deribit.ts';
import type { Market, MarketBar, MarketTrade } from '../market';
import type { Heard, Markets, Profile } from '../profile';

const NO_CHECKSUM = 'the venue states no checksum';
const RECORDING = 'deribit-options-20210722';
const SHAPES = 'deribit-shapes';

interface Params {
  readonly channels?: readonly string[];
  readonly instrument_name?: string;
  readonly depth?: number;
  readonly count?: number;
  readonly start_seq?: number;
  readonly end_seq?: number;
}

const notification = (channel: string, data: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params: { channel, data } });

const channelOf = ({ symbol }: Market, kind: string): string => `${kind}.${symbol}.100ms`;

/** A change names what it does to each level; an amount of 0 ends it. */
const actions = (levels: readonly LevelText[]): unknown[] =>
  levels.map(([price, size]) => [Number(size) === 0 ? 'delete' : 'new', Number(price), Number(size)]);

const snapshot = (market: Market): string =>
  notification(channelOf(market, 'book'), {
    type: 'snapshot',
    timestamp: market.time,
    instrument_name: market.symbol,
    change_id: market.id,
    bids: actions(market.state.bids),
    asks: actions(market.state.asks),
  });

const tradeRow = (symbol: string, { id, price, size, isBuy, time }: MarketTrade): object => ({
  trade_id: String(900_000 + id),
  trade_seq: id,
  timestamp: time,
  price: Number(price),
  amount: Number(size),
  direction: isBuy ? 'buy' : 'sell',
  index_price: 100,
  mark_price: 100,
  tick_direction: 0,
  instrument_name: symbol,
});

const listing = (symbol: string): object => ({
  instrument_name: symbol,
  kind: 'future',
  settlement_period: 'perpetual',
  instrument_type: 'reversed',
  base_currency: symbol.split('-')[0],
  quote_currency: 'USD',
  counter_currency: 'USD',
  tick_size: 0.1,
  min_trade_amount: 0.001,
  contract_size: 0.001,
  is_active: true,
});

/** Volume of an inverse instrument is stated in its base, and beside it what it cost in dollars: the unit of its trades. */
const columns = (bars: readonly MarketBar[]): object => ({
  status: 'ok',
  ticks: bars.map(({ t }) => t),
  open: bars.map(({ o }) => Number(o)),
  high: bars.map(({ h }) => Number(h)),
  low: bars.map(({ l }) => Number(l)),
  close: bars.map(({ c }) => Number(c)),
  volume: bars.map(() => 0.1),
  cost: bars.map(({ v }) => Number(v)),
});

function resultOf(method: string, params: Params, markets: Markets, now: number): unknown {
  const symbol = params.instrument_name ?? '';
  const market = markets(symbol);
  switch (method) {
    case 'public/get_instrument':
      return listing(symbol);
    case 'public/get_order_book': {
      if (!market) return undefined;
      const side = (levels: readonly LevelText[]): number[][] =>
        levels.slice(0, params.depth).map((level) => level.map(Number));
      const { bids, asks } = market.state;
      return { instrument_name: symbol, timestamp: now, change_id: market.id, bids: side(bids), asks: side(asks) };
    }
    case 'public/get_tradingview_chart_data':
      return columns(market?.history ?? []);
    case 'public/get_last_trades_by_instrument': {
      const [from, to] = [params.start_seq ?? 0, params.end_seq ?? Number.MAX_SAFE_INTEGER];
      const rows = (market?.trades ?? []).filter(({ id }) => id >= from && id <= to).slice(-(params.count ?? 10));
      return { trades: rows.map((trade) => tradeRow(symbol, trade)), has_more: false };
    }
    case 'public/get_time':
      return now;
    case 'public/set_heartbeat':
      return 'ok';
    case 'public/test':
      return { version: '1' };
    default:
      return undefined;
  }
}

function reply(id: number, result: unknown, now: number): string {
  const body = result === undefined ? { error: { code: -32601, message: 'Method not found' } } : { result };
  return JSON.stringify({ jsonrpc: '2.0', id, ...body, usIn: now * 1000, usOut: now * 1000, usDiff: 0 });
}

function hear(text: string, markets: Markets, now: number): Heard {
  const { id, method, params } = JSON.parse(text) as { id: number; method: string; params: Params };
  const names = params.channels ?? [];
  if (method === 'public/subscribe') return { kind: 'subscribe', id: String(id), names };
  if (method === 'public/unsubscribe') return { kind: 'unsubscribe', id: String(id), names };
  return { kind: 'other', texts: [reply(id, resultOf(method, params, markets, now), now)] };
}

const answer = (id: string, granted: readonly string[]): string =>
  JSON.stringify({ jsonrpc: '2.0', id: Number(id), result: granted, usIn: 1, usOut: 1, usDiff: 0 });

export const deribitProfile: Profile = {
  venue: 'deribit',
  make: deribit,
  symbols: ['BTC-PERPETUAL', 'ETH-PERPETUAL'],
  tradeIds: 'consecutive',
  without: {
    'checksum right': NO_CHECKSUM,
    'checksum wrong': NO_CHECKSUM,
    'checksum absent': NO_CHECKSUM,
    'checksum zero': NO_CHECKSUM,
    closing: 'the venue announces no end of a socket',
    'refused at once': 'one message carries the channels of all instruments, and its answer says which were granted',
  },
  evidence: {
    recordings: RECORDING,
    fixtures: SHAPES,
    aggressor: SHAPES,
    gap: RECORDING,
    contracts: SHAPES,
    'empty sides': RECORDING,
    'keep-alive': SHAPES,
  },
  fixtures: { [SHAPES]: { book: 1, diff: 1, control: 2, trade: 4, ignored: 3, candle: 1 } },
  hear,
  acknowledge: ({ id, names }) => [answer(id, names)],
  refuse: ({ id, names }, refused) => [
    answer(
      id,
      names.filter((name) => !refused.includes(name)),
    ),
  ],
  begins: (name, market) => (name === channelOf(market, 'book') ? [snapshot(market)] : []),
  book: snapshot,
  change: (market, { bids, asks, id, previous, time }) =>
    notification(channelOf(market, 'book'), {
      type: 'change',
      timestamp: time,
      instrument_name: market.symbol,
      prev_change_id: previous,
      change_id: id,
      bids: actions(bids),
      asks: actions(asks),
    }),
  restart: (market) => {
    market.replace(
      [
        ['b', '90', '1'],
        ['a', '110', '2'],
      ],
      5,
    );
    return snapshot(market);
  },
  trades: (market, trades) =>
    notification(
      channelOf(market, 'trades'),
      trades.map((trade) => tradeRow(market.symbol, trade)),
    ),
  firstTrades: 'none',
  bar: ({ symbol }, { t, o, h, l, c, v }) =>
    notification(`chart.trades.${symbol}.1`, {
      tick: t,
      open: Number(o),
      high: Number(h),
      low: Number(l),
      close: Number(c),
      volume: 0.1,
      cost: Number(v),
    }),
  state: (market, isWrong) => {
    const name = channelOf(market, 'ticker');
    const [bid, ask] = [market.state.bids[0], market.state.asks[0]];
    const data = {
      timestamp: market.time,
      instrument_name: market.symbol,
      best_bid_price: isWrong ? 77.5 : Number(bid[0]),
      best_bid_amount: isWrong ? 1 : Number(bid[1]),
      best_ask_price: Number(ask[0]),
      best_ask_amount: Number(ask[1]),
      mark_price: 100,
      stats: { high: 102, low: 99, volume: 1, volume_usd: 100, price_change: 1 },
    };
    return { name, text: notification(name, data) };
  },
  http: () => null,
  unknown: '{"jsonrpc":"2.0","method":"weather","params":{}}',
  duty: {
    pattern: /"method":"public\/test"/,
    everyMs: 0,
    asked: '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}',
  },
  unit: { symbol: 'BTC-PERPETUAL', sizeUnit: 'USD', contract: { value: '1', currency: 'USD' } },
};

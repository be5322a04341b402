import { binance, binanceUsdm, demoVenue } from '@/feed/venues/binance.ts';
import type { Market, MarketBar, MarketTrade } from '../market';
import type { Heard, Markets, Profile } from '../profile';

type Flavour = 'spot' | 'usdm' | 'demo';

const listing = (symbol: string): object => ({
  symbol,
  status: 'TRADING',
  baseAsset: symbol.replace('USDT', ''),
  quoteAsset: 'USDT',
  contractType: 'PERPETUAL',
  filters: [
    { filterType: 'PRICE_FILTER', tickSize: '0.10' },
    { filterType: 'LOT_SIZE', stepSize: '0.001' },
  ],
});

const row = (bar: MarketBar): unknown[] => [bar.t, bar.o, bar.h, bar.l, bar.c, bar.v, bar.t + 59_999, '0', bar.n];
const traded = ({ id, price, size, isBuy, time }: MarketTrade): object => ({
  id,
  price,
  qty: size,
  time,
  isBuyerMaker: !isBuy,
});

function answer(method: string, params: Readonly<Record<string, unknown>>, markets: Markets, now: number): unknown {
  const market = markets(String(params.symbol));
  switch (method) {
    case 'exchangeInfo':
      return { symbols: ['BTCUSDT', 'ETHUSDT'].map(listing) };
    case 'depth':
      return market && { lastUpdateId: market.id, bids: market.state.bids, asks: market.state.asks };
    case 'klines':
      return market?.history.map(row);
    case 'trades.recent':
      return market?.trades.slice(-Number(params.limit)).map(traded);
    case 'trades.aggregate':
      return market?.trades.map(({ id, price, size, isBuy, time }) => ({
        a: id,
        p: price,
        q: size,
        f: id,
        l: id,
        T: time,
        m: !isBuy,
      }));
    case 'time':
      return { serverTime: now };
    default:
      return undefined;
  }
}

function hear(text: string, markets: Markets, now: number): Heard {
  const { method, params, id } = JSON.parse(text) as { method: string; params: unknown; id: unknown };
  if (method === 'SUBSCRIBE') return { kind: 'subscribe', id: String(id), names: params as string[] };
  if (method === 'UNSUBSCRIBE') return { kind: 'unsubscribe', id: String(id), names: params as string[] };
  const result = answer(method, params as Record<string, unknown>, markets, now);
  const said =
    result === undefined ? { id, status: 400, error: { code: -1000, msg: 'not here' } } : { id, status: 200, result };
  return { kind: 'other', texts: [JSON.stringify(said)] };
}

const wrapped = (stream: string, data: object): string => JSON.stringify({ stream, data });
const nameOf = ({ symbol }: Market, kind: string): string => `${symbol.toLowerCase()}@${kind}`;

function makeProfile(flavour: Flavour): Profile {
  const isFutures = flavour === 'usdm';
  const times = (now: number): object => ({ E: now, ...(isFutures && { T: now }) });
  const recording = isFutures ? 'binance-usdm-btcusdt-20240808' : 'binance-spot-btcusdt-20240808';
  const isDemo = flavour === 'demo';
  return {
    venue: isDemo ? 'demo' : isFutures ? 'binance-usdm' : 'binance',
    make: isDemo ? demoVenue : isFutures ? binanceUsdm : binance,
    symbols: ['BTCUSDT', 'ETHUSDT'],
    tradeIds: 'consecutive',
    without: {
      ...(isDemo && { recordings: 'the demo exchange makes its market and cannot be recorded from outside' }),
      fixtures: 'its messages are in the recordings, and no fixture file is kept of them',
      restart: 'update ids never begin anew; a smaller one is older and is passed over',
      'repeated book': 'no book is pushed: it is had by request',
      silent: 'the first book is requested: a stream that says nothing is a quiet market until a probe says otherwise',
      'checksum right': 'the venue states no checksum',
      'checksum wrong': 'the venue states no checksum',
      'checksum absent': 'the venue states no checksum',
      'checksum zero': 'the venue states no checksum',
      'keep-alive': 'browsers answer its pings themselves, and nothing else is wanted',
      'refused at once': 'one message carries the streams of all symbols, and a refusal is of the whole message',
    },
    evidence: isDemo ? {} : { recordings: recording, aggressor: recording, gap: recording, 'step change': recording },
    hear,
    acknowledge: ({ id }) => [`{"result":null,"id":${id}}`],
    refuse: ({ id }) => [`{"error":{"code":2,"msg":"Invalid request: unknown stream"},"id":${id}}`],
    begins: () => [],
    book: () => null,
    change: (market, { previous, id, bids, asks, time }) =>
      wrapped(nameOf(market, 'depth@100ms'), {
        e: 'depthUpdate',
        ...times(time),
        s: market.symbol,
        U: previous + 1,
        u: id,
        ...(isFutures && { pu: previous }),
        b: bids,
        a: asks,
      }),
    trades: (market, trades) => {
      const [{ id, price, size, isBuy, time }] = trades;
      const data = { e: 'trade', E: market.time, T: time, s: market.symbol, t: id, p: price, q: size, m: !isBuy };
      return wrapped(nameOf(market, 'trade'), { ...data, ...(isFutures ? { X: 'MARKET' } : { M: true }) });
    },
    firstTrades: 'none',
    bar: (market, bar, isClosed) =>
      wrapped(nameOf(market, 'kline_1m'), {
        e: 'kline',
        E: market.time,
        s: market.symbol,
        k: {
          t: bar.t,
          T: bar.t + 59_999,
          s: market.symbol,
          i: '1m',
          f: bar.firstId,
          L: bar.lastId,
          o: bar.o,
          c: bar.c,
          h: bar.h,
          l: bar.l,
          v: bar.v,
          n: bar.n,
          x: isClosed,
          q: '0',
          V: '0',
          Q: '0',
          B: '0',
        },
      }),
    state: (market, isWrong) => {
      const { bids, asks, id } = market.state;
      const name = nameOf(market, 'bookTicker');
      const [[b, B], [a, A]] = [bids[0], asks[0]];
      const data = { u: id, s: market.symbol, b, B: isWrong ? '777.7' : B, a, A };
      return { name, text: wrapped(name, isFutures ? { e: 'bookTicker', ...data, ...times(market.time) } : data) };
    },
    http: () => null,
    unknown: '{"stream":"btcusdt@weather","data":{"e":"weather","s":"BTCUSDT"}}',
    closing: '{"stream":"!server","data":{"e":"serverShutdown","E":1700000000000}}',
    unit: { symbol: 'BTCUSDT', sizeUnit: 'BTC', contract: null },
  };
}

export const binanceProfile = makeProfile('spot');
export const binanceUsdmProfile = makeProfile('usdm');
export const demoProfile = makeProfile('demo');

import { bybit, bybitLinear } from '@/feed/venues/bybit.ts';
import type { Market, MarketChange, MarketTrade } from '../market';
import type { Heard, Markets, Profile } from '../profile';

const NO_CHECKSUM = 'the venue states no checksum';
const DEPTH = 200;

function hear(text: string): Heard {
  const { op, args = [], req_id } = JSON.parse(text) as { op: string; args?: readonly string[]; req_id?: string };
  if (op === 'subscribe' || op === 'unsubscribe') return { kind: op, id: req_id ?? '', names: args };
  return { kind: 'other', texts: ['{"success":true,"ret_msg":"pong","conn_id":"c","op":"ping"}'] };
}

const topicOf = ({ symbol }: Market): string => `orderbook.${DEPTH}.${symbol}`;

const book = (
  market: Market,
  type: 'snapshot' | 'delta',
  sides: Pick<MarketChange, 'bids' | 'asks'>,
  u: number,
): string =>
  JSON.stringify({
    topic: topicOf(market),
    type,
    ts: market.time,
    data: { s: market.symbol, b: sides.bids, a: sides.asks, u, seq: market.time },
    cts: market.time,
  });

const answered = (result: object, time: number): string => JSON.stringify({ retCode: 0, retMsg: 'OK', result, time });

function makeProfile(category: 'spot' | 'linear'): Profile {
  const isSpot = category === 'spot';
  const fixture = `bybit-v5-${category}`;
  const idOf = (id: number): string =>
    isSpot ? `22900000000${id}` : `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`;

  const listing = (symbol: string): object => ({
    symbol,
    baseCoin: symbol.replace('USDT', ''),
    quoteCoin: 'USDT',
    status: 'Trading',
    contractType: 'LinearPerpetual',
    priceFilter: { tickSize: '0.10' },
    lotSizeFilter: isSpot ? { basePrecision: '0.001' } : { qtyStep: '0.001' },
  });

  const http = (url: URL, markets: Markets, now: number): string | null => {
    const symbol = url.searchParams.get('symbol') ?? '';
    const market = markets(symbol);
    const limit = Number(url.searchParams.get('limit') ?? 1000);
    switch (url.pathname) {
      case '/v5/market/instruments-info':
        return answered({ category, list: [listing(symbol)] }, now);
      case '/v5/market/time':
        return answered({ timeSecond: '0', timeNano: '0' }, now);
      case '/v5/market/kline': {
        const list = market?.history.map(({ t, o, h, l, c, v }) => [String(t), o, h, l, c, v, '0']).reverse() ?? [];
        return answered({ category, symbol, list }, now);
      }
      case '/v5/market/recent-trade': {
        const rows = (market?.trades ?? []).slice(-limit).map(({ id, price, size, isBuy, time }) => ({
          execId: idOf(id),
          symbol,
          price,
          size,
          side: isBuy ? 'Buy' : 'Sell',
          time: String(time),
          isBlockTrade: false,
        }));
        return answered({ category, list: rows.reverse() }, now);
      }
      default:
        return null;
    }
  };

  const row = ({ symbol }: Market, { id, price, size, isBuy, time }: MarketTrade): object => ({
    T: time,
    s: symbol,
    S: isBuy ? 'Buy' : 'Sell',
    v: size,
    p: price,
    ...(!isSpot && { L: 'PlusTick' }),
    i: idOf(id),
    BT: false,
  });

  return {
    venue: isSpot ? 'bybit' : 'bybit-linear',
    make: isSpot ? bybit : bybitLinear,
    symbols: ['BTCUSDT', 'ETHUSDT'],
    tradeIds: isSpot ? 'increasing' : 'unordered',
    without: {
      recordings: 'no recording of the present format exists; its fixtures are pairs of messages',
      'checksum right': NO_CHECKSUM,
      'checksum wrong': NO_CHECKSUM,
      'checksum absent': NO_CHECKSUM,
      'checksum zero': NO_CHECKSUM,
      'lost trades': 'its trade ids do not show a hole',
      closing: 'the venue announces no end of a socket',
    },
    evidence: { fixtures: fixture, aggressor: fixture, 'repeated book': fixture },
    fixtures: isSpot
      ? { 'bybit-v5-spot': { statement: 1, ignored: 1, book: 1, diff: 1, trade: 5, ticker: 1 } }
      : { 'bybit-v5-linear': { candle: 1, statement: 1, ignored: 2, book: 1, diff: 1, ticker: 3, trade: 1 } },
    hear,
    acknowledge: ({ id }) => [
      JSON.stringify({ success: true, ret_msg: '', conn_id: 'c', req_id: id, op: 'subscribe' }),
    ],
    refuse: ({ id }, names) => [
      JSON.stringify({
        success: false,
        ret_msg: `error:handler not found,topic:${names[0]}`,
        conn_id: 'c',
        req_id: id,
        op: 'subscribe',
      }),
    ],
    begins: (name, market) => (name === topicOf(market) ? [book(market, 'snapshot', market.state, market.id)] : []),
    book: (market) => book(market, 'snapshot', market.state, market.id),
    change: (market, change) => book(market, 'delta', change, change.id),
    restart: (market) => {
      market.replace(
        [
          ['b', '90', '1'],
          ['a', '110', '2'],
        ],
        1,
      );
      return book(market, 'delta', market.state, 1);
    },
    trades: (market, trades) =>
      JSON.stringify({
        topic: `publicTrade.${market.symbol}`,
        type: 'snapshot',
        ts: market.time,
        data: trades.map((trade) => row(market, trade)),
      }),
    firstTrades: 'none',
    bar: (market, { t, o, h, l, c, v }, isClosed) =>
      JSON.stringify({
        topic: `kline.1.${market.symbol}`,
        data: [
          {
            start: t,
            end: t + 59_999,
            interval: '1',
            open: o,
            close: c,
            high: h,
            low: l,
            volume: v,
            turnover: '0',
            confirm: isClosed,
            timestamp: market.time,
          },
        ],
        ts: market.time,
        type: 'snapshot',
      }),
    state: (market, isWrong) => {
      const name = `orderbook.1.${market.symbol}`;
      const [bid, ask] = [market.state.bids[0], market.state.asks[0]];
      const data = { s: market.symbol, b: isWrong ? [['77.5', '1']] : [bid], a: [ask], u: market.id, seq: market.time };
      return { name, text: JSON.stringify({ topic: name, ts: market.time, type: 'snapshot', data }) };
    },
    http: (url, _, markets, now) => http(url, markets, now),
    unknown: '{"topic":"weather.BTCUSDT","type":"snapshot","ts":1,"data":{}}',
    duty: { pattern: /"op":"ping"/, everyMs: 20_000 },
    unit: { symbol: 'BTCUSDT', sizeUnit: 'BTC', contract: null },
  };
}

export const bybitProfile = makeProfile('spot');
export const bybitLinearProfile = makeProfile('linear');

import { crc32 } from 'node:zlib';
import type { LevelText } from '@/feed/testing/reference-book.ts';
import { kraken } from '@/feed/venues/kraken.ts';
import type { Market, MarketBar, MarketChange, MarketTrade } from '../market';
import { type Asked, type Checksum, type Heard, iso, type Profile, padded } from '../profile';

const RECORDINGS = 'kraken-v2-btcusd-d25-20260802';
const SHAPES = 'kraken-v2-shapes';
const DEPTH = 100;

interface Said {
  readonly method: string;
  readonly req_id?: number;
  readonly params?: {
    readonly channel: string;
    readonly symbol?: readonly string[];
    readonly interval?: number;
    readonly depth?: number;
  };
}

/** Digits as the venue writes them: one decimal of price, eight of size, more where the market has more. */
const price = (text: string): string => padded(text, 1);
const size = (text: string): string => padded(text, 8);
const levels = (rows: readonly LevelText[]): string =>
  `[${rows.map(([p, q]) => `{"price":${price(p)},"qty":${size(q)}}`).join(',')}]`;
const digits = (text: string): string => text.replace('.', '').replace(/^0+/, '');

function checksumOf({ state }: Pick<MarketChange, 'state'>): number {
  const tokens = (rows: readonly LevelText[]): string =>
    rows
      .slice(0, 10)
      .map(([p, q]) => digits(price(p)) + digits(size(q)))
      .join('');
  return crc32(tokens(state.asks) + tokens(state.bids));
}

function stated(change: Pick<MarketChange, 'state'>, kind: Checksum): string {
  const right = checksumOf(change);
  if (kind === 'absent') return '';
  return `"checksum":${kind === 'zero' ? 0 : kind === 'wrong' ? (right + 1) % 2 ** 32 : right},`;
}

const message = (
  type: string,
  symbol: string,
  sides: readonly [readonly LevelText[], readonly LevelText[]],
  checksum: string,
  time: number,
): string =>
  `{"channel":"book","type":"${type}","data":[{"symbol":"${symbol}","bids":${levels(sides[0])},"asks":${levels(sides[1])},${checksum}"timestamp":"${iso(time)}"}]}`;

const snapshot = ({ symbol, state, time }: Market): string =>
  message('snapshot', symbol, [state.bids, state.asks], stated({ state }, 'right'), time);

const tradeRow = (symbol: string, trade: MarketTrade): string =>
  `{"symbol":"${symbol}","side":"${trade.isBuy ? 'buy' : 'sell'}","price":${price(trade.price)},"qty":${size(trade.size)},"ord_type":"market","trade_id":${trade.id},"timestamp":"${iso(trade.time)}"}`;
const tradeMessage = (type: string, symbol: string, trades: readonly MarketTrade[]): string =>
  `{"channel":"trade","type":"${type}","data":[${trades.map((trade) => tradeRow(symbol, trade)).join(',')}]}`;

const barRow = (symbol: string, { t, o, h, l, c, v, n }: MarketBar): string =>
  `{"symbol":"${symbol}","open":${price(o)},"high":${price(h)},"low":${price(l)},"close":${price(c)},"volume":${size(v)},"vwap":${price(c)},"trades":${n},"interval":1,"interval_begin":"${iso(t)}","timestamp":"${iso(t + 60_000)}"}`;
const bars = (type: string, symbol: string, rows: readonly MarketBar[]): string =>
  `{"channel":"ohlc","type":"${type}","data":[${rows.map((bar) => barRow(symbol, bar)).join(',')}]}`;

const PAIRS = ['BTC', 'ETH'].map(
  (base) =>
    `{"symbol":"${base}/USD","base":"${base}","quote":"USD","status":"online","qty_precision":8,"qty_increment":1e-08,"price_precision":1,"price_increment":0.1}`,
);

function hear(text: string, now: number): Heard {
  const { method, params, req_id } = JSON.parse(text) as Said;
  if (method === 'ping') {
    const answer = { method: 'pong', ...(req_id !== undefined && { req_id }), time_in: iso(now), time_out: iso(now) };
    return { kind: 'other', texts: [JSON.stringify(answer)] };
  }
  if (params?.channel === 'instrument') {
    const list = `{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[${PAIRS.join(',')}]}}`;
    const ack = { method, result: { channel: 'instrument', snapshot: true }, success: true, req_id };
    return { kind: 'other', texts: [JSON.stringify(ack), ...(method === 'subscribe' ? [list] : [])] };
  }
  const channel = params?.interval === undefined ? params?.channel : `ohlc-${params.interval}`;
  const names = (params?.symbol ?? []).map((symbol) => `${channel}:${symbol}`);
  return { kind: method as Asked['kind'], id: String(req_id), names };
}

function partsOf(name: string): { channel: string; interval: number | null; symbol: string } {
  const [kind, symbol] = name.split(':');
  const [channel, minutes] = kind.split('-');
  return { channel, interval: minutes === undefined ? null : Number(minutes), symbol };
}

/** One answer for each symbol. */
const acknowledge = ({ id, names }: Asked): string[] =>
  names.map((name) => {
    const { channel, interval, symbol } = partsOf(name);
    const extra = { ...(channel === 'book' && { depth: DEPTH }), ...(interval !== null && { interval }) };
    const result = { channel, symbol, snapshot: true, ...extra };
    return JSON.stringify({ method: 'subscribe', result, success: true, req_id: Number(id) });
  });

export const krakenProfile: Profile = {
  venue: 'kraken',
  make: kraken,
  symbols: ['BTC/USD', 'ETH/USD'],
  tradeIds: 'consecutive',
  without: {
    renumbered: 'nothing is numbered',
    restart: 'nothing is numbered',
    contradiction: 'the checksum is in the message itself, and no second source is asked',
    closing: 'the venue announces no end of a socket',
  },
  evidence: {
    recordings: RECORDINGS,
    fixtures: SHAPES,
    'repeated book': 'kraken-v2-btcusd-d10-20260801',
    gap: RECORDINGS,
    'checksum right': RECORDINGS,
    aggressor: SHAPES,
    refused: SHAPES,
  },
  fixtures: {
    'kraken-v2-shapes': { book: 1, trade: 2, candle: 1, ticker: 1, control: 5, ignored: 2 },
  },
  hear: (text, _, now) => hear(text, now),
  acknowledge,
  refuse: ({ id }, names) =>
    names.map((name) => {
      const { symbol } = partsOf(name);
      const said = { error: `Currency pair not supported ${symbol}`, method: 'subscribe', success: false };
      return JSON.stringify({ ...said, symbol, req_id: Number(id) });
    }),
  begins: (name, market) => {
    const { channel, symbol } = partsOf(name);
    if (channel === 'book') return [snapshot(market)];
    if (channel === 'ohlc') return [bars('snapshot', symbol, market.history)];
    return channel === 'trade' && market.trades.length > 0 ? [tradeMessage('snapshot', symbol, market.trades)] : [];
  },
  book: snapshot,
  change: ({ symbol }, change, checksum = 'right') =>
    message('update', symbol, [change.bids, change.asks], stated(change, checksum), change.time),
  trades: ({ symbol }, trades) => tradeMessage('update', symbol, trades),
  firstTrades: 'history',
  bar: ({ symbol }, bar) => bars('update', symbol, [bar]),
  http: (url, _, markets) => {
    if (url.pathname !== '/0/public/Trades') return null;
    const name = url.searchParams.get('pair') === 'XBTUSD' ? 'BTC/USD' : 'ETH/USD';
    const since = Number((url.searchParams.get('since') ?? '0').slice(0, -6) || '0');
    const count = Number(url.searchParams.get('count') ?? 1000);
    const rows = (markets(name)?.trades ?? []).filter(({ time }) => time > since).slice(-count);
    const result = {
      XXBTZUSD: rows.map(({ id, price: p, size: q, isBuy, time }) => [
        p,
        q,
        time / 1000,
        isBuy ? 'b' : 's',
        'm',
        '',
        id,
      ]),
    };
    return JSON.stringify({ error: [], result });
  },
  unknown: '{"channel":"weather","type":"update","data":[{"symbol":"BTC/USD"}]}',
  duty: { pattern: /"method":"ping"/, everyMs: 30_000 },
  unit: { symbol: 'BTC/USD', sizeUnit: 'BTC', contract: null },
};

import { crc32 } from 'node:zlib';
import { canonical, type LevelText } from '@/feed/testing/reference-book.ts';
import { okx } from '@/feed/venues/okx.ts';
import type { Market, MarketChange, MarketTrade } from '../market';
import type { Checksum, Heard, Markets, Profile } from '../profile';

const RECORDING = 'okx-v5-3inst-20220513';
const SHAPES = 'okx-v5-shapes';

interface Arg {
  readonly channel: string;
  readonly instId: string;
}

const argOf = (name: string): Arg => {
  const [channel, instId] = name.split(':');
  return { channel, instId };
};

function hear(text: string): Heard {
  if (text === 'ping') return { kind: 'other', texts: ['pong'] };
  const { id, op, args } = JSON.parse(text) as { id: string; op: 'subscribe' | 'unsubscribe'; args: readonly Arg[] };
  return { kind: op, id, names: args.map(({ channel, instId }) => `${channel}:${instId}`) };
}

/** Best 25 of each side in turn, as a signed integer. */
function checksumOf({ bids, asks }: { bids: readonly LevelText[]; asks: readonly LevelText[] }): number {
  const parts: string[] = [];
  for (let i = 0; i < 25; i++) for (const side of [bids, asks]) if (side[i]) parts.push(side[i].join(':'));
  return crc32(parts.join(':')) | 0;
}

function stated(change: Pick<MarketChange, 'state'>, kind: Checksum): object {
  if (kind === 'absent') return {};
  if (kind === 'zero') return { checksum: 0 };
  const right = checksumOf(change.state);
  return { checksum: kind === 'wrong' ? right ^ 1 : right };
}

/** The venue writes no zeros at the end of a decimal. */
const rows = (levels: readonly LevelText[]): string[][] =>
  levels.map(([price, size]) => [canonical(price), canonical(size), '0', '1']);

function book(
  { symbol, time }: Market,
  action: 'snapshot' | 'update',
  sides: { readonly bids: readonly LevelText[]; readonly asks: readonly LevelText[] },
  ids: object,
): string {
  const data = { asks: rows(sides.asks), bids: rows(sides.bids), ts: String(time), ...ids };
  return JSON.stringify({ arg: { channel: 'books', instId: symbol }, action, data: [data] });
}

// The venue has ceased to send checksums, so that those of the suite are as absent as they are today unless asked for.
const change = (market: Market, { bids, asks, state, id, previous }: MarketChange, kind: Checksum = 'absent'): string =>
  book(market, 'update', { bids, asks }, { ...stated({ state }, kind), prevSeqId: previous, seqId: id });
const snapshot = (market: Market): string =>
  book(market, 'snapshot', market.state, { prevSeqId: -1, seqId: market.id });

const tradeRow = (instId: string, { id, price, size, isBuy, time }: MarketTrade): object => ({
  instId,
  tradeId: String(id),
  px: price,
  sz: size,
  side: isBuy ? 'buy' : 'sell',
  ts: String(time),
  count: '1',
});
const tradeMessage = ({ symbol }: Market, trades: readonly MarketTrade[]): string =>
  JSON.stringify({
    arg: { channel: 'trades', instId: symbol },
    data: trades.map((trade) => tradeRow(symbol, trade)),
  });

const answered = (data: readonly unknown[]): string => JSON.stringify({ code: '0', msg: '', data });
const listing = (instId: string): object =>
  instId.endsWith('-SWAP')
    ? {
        instType: 'SWAP',
        instId,
        uly: 'BTC-USDT',
        tickSz: '0.1',
        lotSz: '0.5',
        ctVal: '0.01',
        ctMult: '1',
        ctValCcy: 'BTC',
        state: 'live',
      }
    : {
        instType: 'SPOT',
        instId,
        baseCcy: instId.split('-')[0],
        quoteCcy: 'USDT',
        tickSz: '0.1',
        lotSz: '0.001',
        state: 'live',
      };

function http(url: URL, markets: Markets, now: number): string | null {
  const instId = url.searchParams.get('instId') ?? '';
  const market = markets(instId);
  const limit = Number(url.searchParams.get('limit') ?? 500);
  switch (url.pathname) {
    case '/api/v5/public/instruments':
      return answered([listing(instId)]);
    case '/api/v5/public/time':
      return answered([{ ts: String(now) }]);
    case '/api/v5/market/books': {
      if (!market) return null;
      const { bids, asks } = market.state;
      return answered([{ asks: rows(asks), bids: rows(bids), ts: String(now), seqId: market.id }]);
    }
    case '/api/v5/market/candles': {
      const bars = market?.history.map(({ t, o, h, l, c, v }) => [String(t), o, h, l, c, v, '0', '0', '1']) ?? [];
      return answered(bars.reverse());
    }
    case '/api/v5/market/trades':
    case '/api/v5/market/history-trades': {
      const after = Number(url.searchParams.get('after') ?? Number.MAX_SAFE_INTEGER);
      const found = (market?.trades ?? []).filter(({ id }) => id < after).slice(-limit);
      return answered(found.map((trade) => tradeRow(instId, trade)).reverse());
    }
    default:
      return null;
  }
}

export const okxProfile: Profile = {
  venue: 'okx',
  make: okx,
  symbols: ['BTC-USDT', 'ETH-USDT'],
  tradeIds: 'consecutive',
  without: {
    silent: 'a first book that is not pushed is requested: a stream that says nothing is a quiet market',
  },
  evidence: {
    recordings: RECORDING,
    fixtures: SHAPES,
    aggressor: RECORDING,
    'first trades': RECORDING,
    'checksum right': RECORDING,
    contracts: RECORDING,
    'repeated book': RECORDING,
  },
  fixtures: { [SHAPES]: { book: 1, diff: 1, statement: 1, ignored: 1, trade: 2 } },
  hear,
  acknowledge: ({ id, names }) =>
    names.map((name) => JSON.stringify({ id, event: 'subscribe', arg: argOf(name), connId: 'c' })),
  refuse: ({ id }, names) =>
    names.map((name) => {
      const { channel, instId } = argOf(name);
      const msg = `Wrong URL or channel:${channel},instId:${instId} doesn't exist. Please use the correct URL, channel and parameters referring to API document.`;
      return JSON.stringify({ id, event: 'error', code: '60018', msg, connId: 'c' });
    }),
  begins: (name, market) => {
    const { channel } = argOf(name);
    const last = market.trades.at(-1);
    if (channel === 'books') return [snapshot(market)];
    return channel === 'trades' && last ? [tradeMessage(market, [last])] : [];
  },
  book: snapshot,
  change,
  restart: (market) => change(market, market.change([['b', '100.2', '7']], 5)),
  trades: tradeMessage,
  firstTrades: 'counted',
  bar: ({ symbol }, { t, o, h, l, c, v }, isClosed) =>
    JSON.stringify({
      arg: { channel: 'candle1m', instId: symbol },
      data: [[String(t), o, h, l, c, v, '0', '0', isClosed ? '1' : '0']],
    }),
  state: (market, isWrong) => {
    const name = `bbo-tbt:${market.symbol}`;
    const { bids, asks } = market.state;
    const best = isWrong ? rows([['77.5', '1']]) : rows(bids.slice(0, 1));
    const data = { asks: rows(asks.slice(0, 1)), bids: best, ts: String(market.time), seqId: market.id };
    return { name, text: JSON.stringify({ arg: argOf(name), data: [data] }) };
  },
  http: (url, _, markets, now) => http(url, markets, now),
  unknown: '{"arg":{"channel":"weather","instId":"BTC-USDT"},"data":[{}]}',
  closing:
    '{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade. Please reconnect.","connId":"c"}',
  duty: { pattern: /^ping$/, everyMs: 30_000 },
  unit: { symbol: 'BTC-USDT-SWAP', sizeUnit: 'contracts', contract: { value: '0.01', currency: 'BTC' } },
};

import type { Levels } from './expected-results';
import type { LineReader, ReadLine } from './venue-expected';

type Fields = Record<string, unknown>;

const ALL = Number.POSITIVE_INFINITY;

export const bybitReader: LineReader = {
  depth: 200,
  read: ({ m }) => {
    const { topic = '', type, data } = JSON.parse(m) as Fields & { topic?: string };
    const symbol = topic
      .split('.')
      .slice(topic.startsWith('orderbook') ? 2 : 1)
      .join('.');
    if (topic.startsWith('orderbook.200.')) {
      const { b, a, u } = data as Fields;
      const isWhole = type === 'snapshot' || u === 1;
      return { book: { symbol, isWhole, bids: b as Levels, asks: a as Levels, id: Number(u) } };
    }
    if (!topic.startsWith('publicTrade.')) return null;
    const rows = (data as Fields[]).filter(({ BT }) => BT !== true);
    return {
      trades: rows.map(({ i, p, v, T, S }) => ({
        symbol,
        id: String(i),
        price: String(p),
        size: String(v),
        time: Number(T),
        buyer: S === 'Buy',
      })),
    };
  },
};

export const okxReader: LineReader = {
  depth: 400,
  read: ({ m }) => {
    if (m === 'pong') return null;
    const { arg, action, data } = JSON.parse(m) as Fields & { data?: Fields[] };
    const { channel, instId: symbol } = (arg ?? {}) as Record<string, string>;
    const entry = data?.[0];
    if (entry === undefined) return null;
    if (channel === 'books') {
      const cut = (levels: unknown): Levels => (levels as string[][]).map(([price, size]) => [price, size]);
      const id = Number(entry.seqId ?? 0);
      return { book: { symbol, isWhole: action === 'snapshot', bids: cut(entry.bids), asks: cut(entry.asks), id } };
    }
    if (channel !== 'trades') return null;
    return {
      trades: (data ?? []).map(({ tradeId, px, sz, ts, side, count }) => ({
        symbol,
        id: String(tradeId),
        price: String(px),
        size: String(sz),
        time: Number(ts),
        buyer: side === 'buy',
        fills: Number(count ?? 1),
      })),
    };
  },
};

/** Numbers stand bare, and their digits matter: they are taken from the text. */
export const krakenReader: LineReader = {
  depth: 25,
  read: ({ m }) => {
    const symbol = /"symbol":"([^"]+)"/.exec(m)?.[1] ?? '';
    if (m.startsWith('{"channel":"book"')) {
      const half = m.indexOf('"asks"');
      const side = (part: string): Levels =>
        [...part.matchAll(/"price":([\d.]+),"qty":([\d.]+)/g)].map(([, price, qty]) => [price, qty]);
      const isWhole = m.includes('"type":"snapshot"');
      return { book: { symbol, isWhole, bids: side(m.slice(0, half)), asks: side(m.slice(half)), id: 0 } };
    }
    if (!m.startsWith('{"channel":"trade","type":"update"')) return null;
    const pattern =
      /"side":"(\w+)","price":([\d.]+),"qty":([\d.]+),"ord_type":"\w+","trade_id":(\d+),"timestamp":"([^"]+)"/g;
    const trades = [...m.matchAll(pattern)].map(([, side, price, size, id, time]) => ({
      symbol,
      id,
      price,
      size,
      time: Date.parse(time),
      buyer: side === 'buy',
    }));
    return { trades };
  },
};

export const coinbaseReader: LineReader = {
  depth: ALL,
  read: ({ m }): ReadLine | null => {
    const fields = JSON.parse(m) as Fields;
    const symbol = String(fields.product_id);
    switch (fields.type) {
      case 'snapshot':
        return { book: { symbol, isWhole: true, bids: fields.bids as Levels, asks: fields.asks as Levels, id: 0 } };
      case 'l2update': {
        const changes = fields.changes as string[][];
        const side = (name: string): Levels =>
          changes.filter(([of]) => of === name).map(([, price, size]) => [price, size]);
        return { book: { symbol, isWhole: false, bids: side('buy'), asks: side('sell'), id: 0 } };
      }
      case 'match': {
        const { trade_id, price, size, time, side } = fields;
        const trade = {
          id: String(trade_id),
          price: String(price),
          size: String(size),
          time: Date.parse(String(time)),
        };
        return { trades: [{ symbol, ...trade, buyer: side === 'sell' }] };
      }
      default:
        return null;
    }
  },
};

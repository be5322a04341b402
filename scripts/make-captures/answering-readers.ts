import type { Levels } from './expected-results';
import type { LineReader, ReadLine } from './venue-expected';

type Fields = Record<string, unknown>;

/** Diffs that came before the requested book are in it already; none of these captures has one after it. */
export const bitstampReader: LineReader = {
  depth: Number.POSITIVE_INFINITY,
  answer: ({ url, m }) => {
    const symbol = /\/order_book\/([^/]+)\//.exec(url ?? '')?.[1];
    if (symbol === undefined) return null;
    const { bids, asks, microtimestamp } = JSON.parse(m) as Fields;
    return bookOf(symbol, true, bids, asks, microtimestamp);
  },
  read: ({ m }): ReadLine | null => {
    const { channel = '', event, data } = JSON.parse(m) as { channel?: string; event: string; data: Fields };
    if (channel.startsWith('diff_order_book_') && event === 'data') {
      return bookOf(channel.slice('diff_order_book_'.length), false, data.bids, data.asks, data.microtimestamp);
    }
    if (event !== 'trade') return null;
    const { id, price_str: price, amount_str: size, microtimestamp, type } = data;
    const time = Math.floor(Number(microtimestamp) / 1000);
    const symbol = channel.slice('live_trades_'.length);
    const trade = { symbol, id: String(id), price: String(price), size: String(size), time, buyer: type === 0 };
    return { trades: [trade] };
  },
};

export const hyperliquidReader: LineReader = {
  depth: 20,
  read: ({ m }): ReadLine | null => {
    if (!m.startsWith('{')) return null;
    const { channel, data } = JSON.parse(m) as { channel: string; data: Fields };
    if (channel === 'l2Book') {
      const [bids, asks] = (data.levels as { px: string; sz: string }[][]).map((side) =>
        side.map(({ px, sz }) => [px, sz]),
      );
      return bookOf(String(data.coin), true, bids, asks, 0);
    }
    if (channel !== 'trades') return null;
    const rows = data as unknown as Fields[];
    return {
      trades: rows.map(({ coin, tid, px, sz, time, side }) => ({
        symbol: String(coin),
        id: String(tid),
        price: String(px),
        size: String(sz),
        time: Number(time),
        buyer: side === 'B',
      })),
    };
  },
};

/** Numbers stand bare, so their digits are taken from the text. */
export const deribitReader: LineReader = {
  depth: Number.POSITIVE_INFINITY,
  read: ({ m }): ReadLine | null => {
    const [, kind, symbol] = /"channel":"(book|trades)\.([^.]+)\./.exec(m) ?? [];
    if (kind === 'book') {
      const half = m.indexOf('"asks"');
      const side = (part: string): Levels =>
        [...part.matchAll(/\["\w+",([\d.]+),([\d.]+)\]/g)].map(([, price, amount]) => [price, amount]);
      const id = /"change_id":(\d+),"bids"/.exec(m)?.[1];
      return bookOf(symbol, m.includes('"type":"snapshot"'), side(m.slice(0, half)), side(m.slice(half)), id);
    }
    if (kind !== 'trades') return null;
    const pattern = /"timestamp":(\d+),"price":([\d.]+),"amount":([\d.]+),"direction":"(\w+)"[^}]*"trade_id":"(\d+)"/g;
    const trades = [...m.matchAll(pattern)].map(([, time, price, size, direction, id]) => ({
      symbol,
      id,
      price,
      size,
      time: Number(time),
      buyer: direction === 'buy',
    }));
    return { trades };
  },
};

function bookOf(symbol: string, isWhole: boolean, bids: unknown, asks: unknown, id: unknown): ReadLine {
  return { book: { symbol, isWhole, bids: bids as Levels, asks: asks as Levels, id: Number(id) } };
}

import { createHash } from 'node:crypto';
import type { Line } from './binance-recorder';

export type Message = Record<string, unknown>;
export type Levels = [string, string][];

export interface Book {
  readonly bids: Map<string, [string, string]>;
  readonly asks: Map<string, [string, string]>;
  sequence: number;
  readonly checkpoints: Message[];
}

export interface Trades {
  count: number;
  buy: bigint;
  sell: bigint;
  candles: Map<number, { prices: string[]; volume: bigint; buy: bigint; ids: string[]; n: number }>;
}

const SCALE = 18;
const CHECKPOINT_EVERY = 100;

/**
 * What a right client holds after a capture, worked out the slow and plain way: a map by price text, sums in BigInt.
 * Shares nothing with the venue server or the product.
 * @param firstLine 0-based file line of `lines[0]`
 */
export function expectedResults(lines: readonly Line[], futures: boolean, firstLine: number): Message {
  const books = new Map<string, Book>();
  const waiting = new Map<string, Message[]>();
  const trades = new Map<string, Trades>();
  lines.forEach((line, index) => {
    if (line.dir === 'http') {
      const symbol = /depth\?symbol=([^&]+)/.exec(line.url ?? '')?.[1];
      if (symbol === undefined) return;
      const book = snapshotBook(JSON.parse(line.m) as Message);
      for (const diff of waiting.get(symbol) ?? []) applyDiff(book, diff, futures);
      books.set(symbol, book);
      return;
    }
    const { data } = JSON.parse(line.m) as { data: Message };
    const symbol = String(data.s);
    if (data.e === 'trade') addTrade(trades, symbol, data);
    if (data.e !== 'depthUpdate') return;
    const book = books.get(symbol);
    if (book === undefined) waiting.set(symbol, [...(waiting.get(symbol) ?? []), data]);
    else if (applyDiff(book, data, futures) % CHECKPOINT_EVERY === 0)
      book.checkpoints.push(checkpoint(book, index + firstLine));
  });
  return {
    books: Object.fromEntries([...books].map(([symbol, book]) => [symbol, bookReport(book)])),
    trades: Object.fromEntries([...trades].map(([symbol, sums]) => [symbol, tradeReport(sums)])),
  };
}

function snapshotBook(body: Message): Book & { applied: number } {
  const side = (levels: unknown): Map<string, [string, string]> =>
    new Map((levels as Levels).map((level) => [plain(level[0]), level]));
  return {
    bids: side(body.bids),
    asks: side(body.asks),
    sequence: Number(body.lastUpdateId),
    checkpoints: [],
    applied: 0,
  };
}

function applyDiff(book: Book & { applied?: number }, diff: Message, futures: boolean): number {
  const u = Number(diff.u);
  if (futures ? u < book.sequence : u <= book.sequence) return -1;
  setLevels(book, diff.b as Levels, diff.a as Levels);
  book.sequence = u;
  book.applied = (book.applied ?? 0) + 1;
  return book.applied;
}

/** Sets absolute sizes; zero removes. */
export function setLevels(book: Book, bids: Levels, asks: Levels): void {
  for (const [side, levels] of [
    [book.bids, bids],
    [book.asks, asks],
  ] as const) {
    for (const level of levels) {
      if (/^[0.]+$/.test(level[1])) side.delete(plain(level[0]));
      else side.set(plain(level[0]), level);
    }
  }
}

/** Drops the levels behind the best `depth` of each side. */
export function cutLevels(book: Book, depth: number): void {
  for (const [price] of ordered(book.bids, -1).slice(depth)) book.bids.delete(plain(price));
  for (const [price] of ordered(book.asks, 1).slice(depth)) book.asks.delete(plain(price));
}

function ordered(side: Map<string, [string, string]>, sign: number): Levels {
  return [...side.values()].sort((a, b) => sign * (scaled(a[0]) < scaled(b[0]) ? -1 : 1));
}

function digest(book: Book): string {
  const lines = [
    ...ordered(book.bids, -1).map(([price, size]) => `b|${plain(price)}|${plain(size)}\n`),
    ...ordered(book.asks, 1).map(([price, size]) => `a|${plain(price)}|${plain(size)}\n`),
  ];
  return createHash('sha256').update(lines.join('')).digest('hex');
}

export function checkpoint(book: Book, line: number): Message {
  return {
    after_line: line,
    update_id: book.sequence,
    best_bid: ordered(book.bids, -1)[0],
    best_ask: ordered(book.asks, 1)[0],
    bid_levels: book.bids.size,
    ask_levels: book.asks.size,
    book_sha256: digest(book),
  };
}

export function bookReport(book: Book): Message {
  return {
    last_update_id: book.sequence,
    best_bid: ordered(book.bids, -1)[0],
    best_ask: ordered(book.asks, 1)[0],
    bid_levels: book.bids.size,
    ask_levels: book.asks.size,
    top10_bids: ordered(book.bids, -1).slice(0, 10),
    top10_asks: ordered(book.asks, 1).slice(0, 10),
    book_sha256: digest(book),
    checkpoints: book.checkpoints,
  };
}

function addTrade(all: Map<string, Trades>, symbol: string, data: Message): void {
  const [price, size, time] = [String(data.p), String(data.q), Number(data.T)];
  countTrade(all, symbol, { id: String(data.t), price, size, time, buyer: data.m === false });
}

export interface CountedTrade {
  readonly id: string;
  readonly price: string;
  readonly size: string;
  readonly time: number;
  readonly buyer: boolean;
  /** Fills told as one; 1 when left out. */
  readonly fills?: number;
}

export function countTrade(all: Map<string, Trades>, symbol: string, trade: CountedTrade): void {
  const sums = all.get(symbol) ?? { count: 0, buy: 0n, sell: 0n, candles: new Map() };
  all.set(symbol, sums);
  const { price, time, buyer, fills = 1 } = trade;
  const size = scaled(trade.size);
  sums.count += fills;
  if (buyer) sums.buy += size;
  else sums.sell += size;
  const t = Math.floor(time / 60_000) * 60_000;
  const candle = sums.candles.get(t) ?? { prices: [], volume: 0n, buy: 0n, ids: [], n: 0 };
  sums.candles.set(t, candle);
  candle.prices.push(price);
  candle.volume += size;
  if (buyer) candle.buy += size;
  candle.ids.push(trade.id);
  candle.n += fills;
}

export function tradeReport(sums: Trades): Message {
  const candles = [...sums.candles].map(([t, { prices, volume, buy, ids, n }]) => {
    const sorted = [...prices].sort((a, b) => (scaled(a) < scaled(b) ? -1 : 1));
    return {
      t,
      o: prices[0],
      h: sorted[sorted.length - 1],
      l: sorted[0],
      c: prices[prices.length - 1],
      v: text(volume),
      n,
      buy_v: text(buy),
      first_id: ids[0],
      last_id: ids[ids.length - 1],
    };
  });
  return {
    count: sums.count,
    buy_volume: text(sums.buy),
    sell_volume: text(sums.sell),
    id_gaps: [],
    candles_1m: candles,
  };
}

function scaled(decimal: string): bigint {
  const [whole, fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(SCALE, '0'));
}

function text(units: bigint): string {
  const digits = units.toString().padStart(SCALE + 1, '0');
  return plain(`${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`);
}

function plain(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}

import { type Candle, spellSize } from './candles';
import { isPlainDecimal, spellUnits, trimDecimal } from './decimal';
import type { Reading, RecordedTrade, ReplayMessage, Shift } from './dialect';
import type { ReplaySymbol, TradeRow } from './replay-symbol';
import type { Level, TrueBook } from './true-book';
import { crc32, type Fields, isFields, shiftWhole } from './wire-text';

/** Whether books carry a checksum that says something, one that is always zero, or none. */
export type ChecksumStyle = 'real' | 'zero' | 'absent';

type Sides = { readonly bids: readonly Level[]; readonly asks: readonly Level[] };

export const OKX_DEPTH = 400;
const CHECKED_LEVELS = 25;

const PUBLIC_CHANNELS = ['books', 'books5', 'bbo-tbt', 'trades', 'tickers'] as const;
/** What can be subscribed without a login, by the socket's path. Candles are listed by their bars. */
export const OKX_CHANNELS: Readonly<Record<string, readonly string[]>> = {
  '/ws/v5/public': PUBLIC_CHANNELS,
  '/ws/v5/business': ['trades-all'],
};
export const CANDLE = 'candle';

/** Bars as channels and requests spell them, and their names here; the plain long ones open at midnight in Hong Kong. */
export const OKX_BARS: ReadonlyMap<string, string> = new Map([
  ['1s', '1s'],
  ['1m', '1m'],
  ['3m', '3m'],
  ['5m', '5m'],
  ['15m', '15m'],
  ['30m', '30m'],
  ['1H', '1h'],
  ['2H', '2h'],
  ['4H', '4h'],
  ['6Hutc', '6h'],
  ['12Hutc', '12h'],
  ['1Dutc', '1d'],
  ['3Dutc', '3d'],
  ['1Wutc', '1w'],
  ['1Mutc', '1M'],
]);

/** Price and size of levels that state a number of orders too, or null when one cannot be read. */
export function levelsOf(value: unknown): Level[] | null {
  if (!Array.isArray(value)) return null;
  const fits = value.every((level) => Array.isArray(level) && isPlainDecimal(level[0]) && isPlainDecimal(level[1]));
  return fits ? value.map(([price, size]) => [price, size] as const) : null;
}

export function timeOf({ ts }: Fields): { time?: number } {
  return typeof ts === 'string' && /^\d{1,15}$/.test(ts) ? { time: Number(ts) } : {};
}

export function readOkxTrades(text: string, data: readonly unknown[], symbol: string): Reading[] {
  const entries = data.filter(isFields);
  const last = entries[entries.length - 1];
  if (last === undefined) return [];
  return [{ kind: 'trades', symbol, text, rows: entries.map(tradeOf).filter((row) => row !== null), ...timeOf(last) }];
}

function tradeOf({ tradeId: id, px: price, sz: size, side, ts, count }: Fields): RecordedTrade | null {
  const { time } = timeOf({ ts });
  if (typeof id !== 'string' || !/^\d+$/.test(id) || time === undefined) return null;
  if (!isPlainDecimal(price) || !isPlainDecimal(size) || (side !== 'buy' && side !== 'sell')) return null;
  const fills = typeof count === 'string' && /^[1-9]\d{0,5}$/.test(count) ? Number(count) : 1;
  return { id, price, size, time, aggressor: side === 'buy' ? 'buyer' : 'seller', fills };
}

/** Signed CRC-32 of the best 25 levels by their wire text, bid and ask in turn, as decimal text. */
export function okxChecksum(book: TrueBook): string {
  const [bids, asks] = [book.levels('bid', CHECKED_LEVELS), book.levels('ask', CHECKED_LEVELS)];
  const parts: string[] = [];
  for (let rank = 0; rank < CHECKED_LEVELS; rank++) {
    for (const side of [bids, asks]) {
      const level = side[rank];
      if (level !== undefined) parts.push(`${level[0]}:${level[1]}`);
    }
  }
  return String(crc32(parts.join(':')) | 0);
}

/** A book message. @param checksum null: it carries none; @param ids null: of the age before them */
export function bookText(
  action: 'snapshot' | 'update',
  symbol: string,
  sides: Sides,
  now: number,
  checksum: string | null,
  ids: { readonly last: number; readonly previous: number } | null,
): string {
  const proof = checksum === null ? '' : `,"checksum":${checksum}`;
  const numbers = ids === null ? '' : `,"prevSeqId":${ids.previous},"seqId":${ids.last}`;
  const levels = `"asks":${levelsText(sides.asks)},"bids":${levelsText(sides.bids)}`;
  return `{${argText('books', symbol)},"action":"${action}","data":[{${levels},"ts":"${now}"${proof}${numbers}}]}`;
}

/** The best levels whole, as `bbo-tbt` and `books5` send them. */
export function wholeText(channel: string, symbol: string, sides: Sides, now: number, id: number | null): string {
  const number = id === null ? '' : `,"seqId":${id}`;
  const levels = `"asks":${levelsText(sides.asks)},"bids":${levelsText(sides.bids)}`;
  return `{${argText(channel, symbol)},"data":[{${levels},"ts":"${now}"${number}}]}`;
}

export function levelsText(levels: readonly Level[]): string {
  return JSON.stringify(levels.map(([price, size]) => [price, size, '0', /^[0.]+$/.test(size) ? '0' : '1']));
}

export function argText(channel: string, symbol: string): string {
  return `"arg":${JSON.stringify({ channel, instId: symbol })}`;
}

/** A trade as the stream and requests tell it. */
export function tradeFields(state: ReplaySymbol, row: TradeRow): Fields {
  return {
    instId: state.symbol,
    tradeId: row.id,
    px: row.price,
    sz: row.size,
    side: row.aggressor === 'buyer' ? 'buy' : 'sell',
    ts: String(row.time),
    count: String(row.fills),
  };
}

export function tradesText(state: ReplaySymbol, rows: readonly TradeRow[]): string {
  const data = JSON.stringify(rows.map((row) => tradeFields(state, row)));
  return `{${argText('trades', state.symbol)},"data":${data}}`;
}

/** A bar's row; the volumes are of what is traded, twice, and of the quote currency. */
export function barRow(state: ReplaySymbol, bar: Candle, closed: boolean): string[] {
  const { spelling } = state.profile;
  const volume = trimDecimal(spellSize(bar.volume, spelling));
  const quote = trimDecimal(spellUnits(bar.quote, spelling.price + spelling.size));
  const prices = [bar.open, bar.high, bar.low, bar.close].map(trimDecimal);
  return [String(bar.t), ...prices, volume, volume, quote, closed ? '1' : '0'];
}

export function tickerFields(state: ReplaySymbol, instType: string, now: number): Record<string, string> {
  const { open, high, low, volume, quote } = state.day(now);
  const { spelling } = state.profile;
  const { bid, ask } = state.best();
  const last = state.trades[state.trades.length - 1];
  const currency =
    instType === 'SPOT' ? spellUnits(quote, spelling.price + spelling.size) : spellSize(volume, spelling);
  return {
    instType,
    instId: state.symbol,
    last: trimDecimal(state.lastPrice),
    lastSz: last?.size ?? '0',
    askPx: ask?.[0] ?? '',
    askSz: ask?.[1] ?? '',
    bidPx: bid?.[0] ?? '',
    bidSz: bid?.[1] ?? '',
    open24h: trimDecimal(open),
    high24h: trimDecimal(high),
    low24h: trimDecimal(low),
    volCcy24h: trimDecimal(currency),
    vol24h: trimDecimal(spellSize(volume, spelling)),
    sodUtc0: trimDecimal(open),
    sodUtc8: trimDecimal(open),
    ts: String(now),
  };
}

/** SPOT, SWAP or FUTURES, as the name of an instrument tells it. */
export function kindOf(symbol: string): 'SPOT' | 'SWAP' | 'FUTURES' {
  if (symbol.endsWith('-SWAP')) return 'SWAP';
  return /-\d{6}$/.test(symbol) ? 'FUTURES' : 'SPOT';
}

/** A recorded text with its times, ids and checksum moved. */
export function rewritten(message: ReplayMessage, shift: Shift): string {
  const moved = message.text
    .replace(/"ts":"(\d+)"/g, (_, ms) => `"ts":"${shiftWhole(ms, shift.time)}"`)
    .replace(/"seqId":(\d+)/g, (_, id) => `"seqId":${shiftWhole(id, shift.book)}`)
    // −1 says that nothing comes before.
    .replace(/"prevSeqId":(\d+)/g, (_, id) => `"prevSeqId":${shiftWhole(id, shift.book)}`);
  if (message.kind === 'trades') {
    return moved.replace(/"tradeId":"(\d+)"/g, (_, id) => `"tradeId":"${shiftWhole(id, shift.trade)}"`);
  }
  if (shift.checksum === null) return moved;
  // A zero says that there is none.
  return moved.replace(/"checksum":(-?[1-9]\d*)/, () => `"checksum":${shift.checksum}`);
}

import { type Candle, spellSize } from './candles';
import { isPlainDecimal, spellUnits, toUnits } from './decimal';
import type { Day, ReplaySymbol, TradeRow } from './replay-symbol';
import type { Level, TrueBook } from './true-book';
import { type Fields, isFields, parseJson } from './wire-text';

/** Levels a side of the channel that sends whole books. */
const TOP_LEVELS = 100;
/** Quote currencies a market's name may end with, longest first. */
const QUOTES = ['usdt', 'usdc', 'pyusd', 'usd', 'eur', 'gbp', 'btc', 'eth', 'pax'];

/** Decimals no price has more of. */
const FINEST = 18;

interface Sides {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** The two spellings of one time: whole seconds and microseconds. */
function times(micros: number): { timestamp: string; microtimestamp: string } {
  return { timestamp: String(Math.floor(micros / 1e6)), microtimestamp: String(micros) };
}

export function diffText(symbol: string, { bids, asks }: Sides, micros: number): string {
  const data = { ...times(micros), bids, asks };
  return JSON.stringify({ data, channel: `diff_order_book_${symbol}`, event: 'data' });
}

/** The best hundred levels a side, as of the book's last change. */
export function topBookText(state: ReplaySymbol): string {
  const { book, symbol } = state;
  const sides = { bids: book.levels('bid', TOP_LEVELS), asks: book.levels('ask', TOP_LEVELS) };
  return JSON.stringify({
    data: { ...times(book.sequence), ...sides },
    channel: `order_book_${symbol}`,
    event: 'data',
  });
}

/** The answer to a request for the whole book. @param group `0`, `1` or `2`; 2 names an order beside each level */
export function bookBody(book: TrueBook, group: string): string {
  const rows = (levels: readonly Level[], kind: number): readonly (readonly string[])[] =>
    group === '2' ? levels.map(([price, size], index) => [price, size, String(kind + 2 * index)]) : levels;
  return spaced({ ...times(book.sequence), bids: rows(book.levels('bid'), 0), asks: rows(book.levels('ask'), 1) });
}

/** The venue's requests are answered with a space after every colon and comma. */
export function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (!isFields(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${spaced(inner)}`);
  return `{${entries.join(', ')}}`;
}

/** A row of `transactions`: dated to the second. */
export function transactionRow({ id, price, size, time, aggressor }: TradeRow): Fields {
  return {
    date: String(Math.floor(time / 1000)),
    tid: id,
    amount: size,
    type: aggressor === 'buyer' ? '0' : '1',
    price,
  };
}

export function candleRow({ t, open, high, low, close, volume }: Candle, state: ReplaySymbol): Fields {
  const { spelling } = state.profile;
  return { timestamp: String(t / 1000), open, high, low, close, volume: spellSize(volume, spelling) };
}

export function tickerRow(state: ReplaySymbol, day: Day, now: number): Fields {
  const { bid, ask } = state.best();
  const { spelling } = state.profile;
  const mean = day.volume === 0n ? day.last : spellUnits(day.quote / day.volume, spelling.price);
  const last = state.trades[state.trades.length - 1];
  return {
    timestamp: String(Math.floor(now / 1000)),
    open: day.open,
    high: day.high,
    low: day.low,
    last: day.last,
    volume: spellSize(day.volume, spelling),
    vwap: mean,
    bid: bid?.[0] ?? '0',
    ask: ask?.[0] ?? '0',
    side: last?.aggressor === 'seller' ? '1' : '0',
    open_24: day.open,
    percent_change_24: percentOf(day),
  };
}

function percentOf({ open, last }: Day): string {
  const from = toUnits(open, FINEST);
  return from === 0n ? '0.00' : spellUnits(((toUnits(last, FINEST) - from) * 10_000n) / from, 2);
}

/** A pair as `trading-pairs-info` lists it, its digits read off the recorded ones. */
export function pairRow(state: ReplaySymbol): Fields {
  const { symbol, profile } = state;
  const name = pairName(symbol);
  return {
    trading: 'Enabled',
    base_decimals: Math.max(profile.sizeDecimals, profile.spelling.size),
    url_symbol: symbol,
    name,
    instant_and_market_orders: 'Enabled',
    minimum_order: `10.0 ${name.split('/')[1]}`,
    counter_decimals: state.priceDecimals,
    description: name.replace('/', ' / '),
  };
}

/** The recorded list, digits of pairs whose tick changed counted up; the derived one where none was recorded. */
export function pairList(recorded: string | null, states: ReadonlyMap<string, ReplaySymbol>): Fields[] {
  const list = recorded === null ? undefined : parseJson(recorded);
  if (!Array.isArray(list)) return [...states.values()].map(pairRow);
  const rows = list.filter(isFields);
  const missing = [...states.values()].filter(({ symbol }) => rows.every((row) => row.url_symbol !== symbol));
  const listed = rows.map((row) => {
    const state = states.get(String(row.url_symbol));
    const decimals = row.counter_decimals;
    if (state === undefined || state.finer === 0 || typeof decimals !== 'number') return row;
    return { ...row, counter_decimals: decimals + state.finer };
  });
  return [...listed, ...missing.map(pairRow)];
}

/** `btcusd` as `BTC/USD`. */
function pairName(symbol: string): string {
  const quote = QUOTES.find((ending) => symbol.endsWith(ending) && symbol.length > ending.length) ?? symbol.slice(-3);
  return `${symbol.slice(0, symbol.length - quote.length)}/${quote}`.toUpperCase();
}

/** Pairs of plain decimals, or null when one is not. */
export function levelsOf(value: unknown): Level[] | null {
  if (!Array.isArray(value)) return null;
  const fits = value.every((level) => Array.isArray(level) && isPlainDecimal(level[0]) && isPlainDecimal(level[1]));
  return fits ? value.map(([price, size]) => [price, size] as const) : null;
}

/** The time of a book or trade in microseconds; null when it tells none. */
export function microsOf(data: Fields): number | null {
  const text = data.microtimestamp;
  const micros = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(micros) ? micros : null;
}

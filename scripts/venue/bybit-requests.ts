import type { BybitDialect } from './bybit';
import { BYBIT_INTERVALS, tickerFields, tradeRow, turnoverText } from './bybit-format';
import { instrumentRows } from './bybit-instruments';
import { spellSize } from './candles';
import type { ReplaySymbol } from './replay-symbol';
import type { RestAnswer, RestRequest } from './venue-protocol';
import type { Fields } from './wire-text';

const WINDOW_MS = 5_000;
const MOST_REQUESTS = 600;
const MOST_ROWS = 1_000;
const MOST_SPOT_TRADES = 60;

/** A refusal in the venue's words; its status is 200 all the same. */
class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Requests: instruments, bars, books, trades, tickers, the time. */
export class BybitRequests {
  readonly #dialect: BybitDialect;
  readonly #times: number[] = [];

  constructor(dialect: BybitDialect) {
    this.#dialect = dialect;
  }

  /** Null for a path that is not the venue's. */
  answer({ method, path, query }: RestRequest): RestAnswer | null {
    const what = /^\/v5\/market\/([\w-]+)$/.exec(path)?.[1];
    if (what === undefined || method !== 'GET') return null;
    if (this.#tooFast()) return this.#dialect.banAnswer();
    try {
      const result = this.#result(what, query);
      return result === null ? null : this.#envelope(0, 'OK', result);
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      return this.#envelope(refusal.code, refusal.message, {});
    }
  }

  #envelope(code: number, said: string, result: Fields): RestAnswer {
    const time = this.#dialect.market.clock();
    return { status: 200, body: JSON.stringify({ retCode: code, retMsg: said, result, retExtInfo: {}, time }) };
  }

  #tooFast(): boolean {
    const now = performance.now();
    while (this.#times.length > 0 && this.#times[0] <= now - WINDOW_MS) this.#times.shift();
    this.#times.push(now);
    return this.#dialect.market.around.settings.limits && this.#times.length > MOST_REQUESTS;
  }

  #result(what: string, query: URLSearchParams): Fields | null {
    switch (what) {
      case 'time': {
        const now = this.#dialect.market.clock();
        return { timeSecond: String(Math.floor(now / 1000)), timeNano: `${now}000000` };
      }
      case 'instruments-info':
        return this.#instruments(query);
      case 'kline':
        return this.#bars(this.#state(query), query);
      case 'orderbook':
        return this.#book(this.#state(query), query);
      case 'recent-trade':
        return this.#trades(this.#state(query), query);
      case 'tickers':
        return this.#tickers(query);
      default:
        return null;
    }
  }

  #checkCategory(query: URLSearchParams): void {
    if (query.get('category') !== this.#dialect.category) throw new Refusal(10001, 'params error: Category is invalid');
  }

  #state(query: URLSearchParams): ReplaySymbol {
    this.#checkCategory(query);
    const state = this.#dialect.market.states.get(query.get('symbol') ?? '');
    if (state === undefined) throw new Refusal(10001, 'params error: Symbol is invalid');
    return state;
  }

  // Contracts are many and come in pages; pairs of spot come all at once.
  #instruments(query: URLSearchParams): Fields {
    this.#checkCategory(query);
    const { market, category, instruments } = this.#dialect;
    const all = instrumentRows(instruments, market.states, category);
    const symbol = query.get('symbol');
    if (symbol !== null) {
      const list = all.filter((row) => row.symbol === symbol);
      if (list.length === 0) throw new Refusal(10001, 'params error: symbol invalid');
      return { category, list, ...(category === 'linear' && { nextPageCursor: '' }) };
    }
    if (category === 'spot') return { category, list: all };
    const limit = whole(query, 'limit', 500, MOST_ROWS);
    const cursor = query.get('cursor') ?? '';
    const from = cursor === '' ? 0 : Number(/^first=(\d+)$/.exec(cursor)?.[1] ?? Number.NaN);
    if (Number.isNaN(from)) throw new Refusal(10001, 'params error: cursor invalid');
    const next = from + limit < all.length ? encodeURIComponent(`first=${from + limit}`) : '';
    return { category, nextPageCursor: next, list: all.slice(from, from + limit) };
  }

  #bars(state: ReplaySymbol, query: URLSearchParams): Fields {
    const { market, category } = this.#dialect;
    const interval = BYBIT_INTERVALS.get(query.get('interval') ?? '');
    if (interval === undefined) throw new Refusal(10001, 'params error: Invalid period!');
    const start = whole(query, 'start', 0, Number.MAX_SAFE_INTEGER, 0);
    const end = whole(query, 'end', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 0);
    const limit = whole(query, 'limit', 200, MOST_ROWS);
    market.originOf(state);
    const bars = state.candles(interval, market.now(state)).filter(({ t }) => t >= start && t <= end);
    const { spelling } = state.profile;
    const rows = bars
      .slice(-limit)
      .reverse()
      .map(({ t, open, high, low, close, volume, quote }) => [
        String(t),
        open,
        high,
        low,
        close,
        spellSize(volume, spelling),
        turnoverText(quote, spelling),
      ]);
    return { category, symbol: state.symbol, list: rows };
  }

  #book(state: ReplaySymbol, query: URLSearchParams): Fields {
    const limit = whole(query, 'limit', this.#dialect.category === 'spot' ? 1 : 25, MOST_ROWS);
    const now = this.#dialect.market.now(state);
    return {
      s: state.symbol,
      b: state.book.levels('bid', limit),
      a: state.book.levels('ask', limit),
      ts: now,
      u: state.book.sequence,
      seq: Number(this.#dialect.derived.counterOf(state)),
      cts: now - 1,
    };
  }

  #trades(state: ReplaySymbol, query: URLSearchParams): Fields {
    const { category, derived } = this.#dialect;
    const isSpot = category === 'spot';
    const limit = whole(query, 'limit', isSpot ? MOST_SPOT_TRADES : 500, isSpot ? MOST_SPOT_TRADES : MOST_ROWS);
    const counter = derived.counterOf(state);
    const list = state.trades.slice(-limit).reverse();
    return { category, list: list.map((row) => tradeRow(state, row, counter)) };
  }

  #tickers(query: URLSearchParams): Fields {
    this.#checkCategory(query);
    const { market, category } = this.#dialect;
    const states = query.has('symbol') ? [this.#state(query)] : [...market.states.values()];
    const list = states.map((state) => {
      market.originOf(state);
      return tickerFields(state, category, market.now(state));
    });
    return { category, list };
  }
}

/** A whole number of a request; more or less than the venue allows is refused. */
function whole(query: URLSearchParams, key: string, standard: number, most: number, least = 1): number {
  const text = query.get(key);
  if (text === null || text === '') return standard;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new Refusal(10001, `params error: ${key} invalid`);
  return value;
}

import type { DeribitDialect } from './deribit';
import { bare, bestFields, chartData, DERIBIT_RESOLUTIONS } from './deribit-format';
import type { ReplaySymbol } from './replay-symbol';
import type { Fields } from './wire-text';

/** Result of a call as text, or the error's text. */
export type CallAnswer = { readonly result: string } | { readonly error: string; readonly status: number };

const INVALID = -32602;
const NOT_FOUND = -32601;
const NO_INSTRUMENT = 13020;
export const TOO_MANY = 10028;
const DEPTHS: ReadonlySet<number> = new Set([1, 5, 10, 20, 50, 100, 1_000, 10_000]);
const KINDS: ReadonlySet<unknown> = new Set(['future', 'option', 'spot', 'future_combo', 'option_combo']);
const MOST_TRADES = 1_000;
const MOST_ROWS = 5_000;
const CREDITS = 50_000;
const CREDITS_PER_MS = 10;
const COST = 500;
const LIST_BURST = 50;

/** A refusal in the venue's words. */
export class CallError extends Error {
  readonly code: number;
  readonly data: Fields | null;

  constructor(code: number, message: string, data: Fields | null = null) {
    super(message);
    this.code = code;
    this.data = data;
  }

  get text(): string {
    return JSON.stringify({ code: this.code, message: this.message, ...(this.data !== null && { data: this.data }) });
  }

  static param(param: string, reason = 'wrong format'): CallError {
    return new CallError(INVALID, 'Invalid params', { reason, param });
  }
}

/** The public methods that ask for something, the same over the socket and over HTTP. */
export class DeribitCalls {
  readonly #dialect: DeribitDialect;
  #credits = CREDITS;
  #lists = LIST_BURST;
  #countedAt = performance.now();

  constructor(dialect: DeribitDialect) {
    this.#dialect = dialect;
  }

  /** @param params values of a message, or texts of a query */
  answer(method: string, params: Fields): CallAnswer {
    try {
      this.#spend(method);
      return { result: this.#result(method, params) };
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      return { error: error.text, status: error.code === TOO_MANY ? 429 : 400 };
    }
  }

  #result(method: string, params: Fields): string {
    const { market } = this.#dialect;
    switch (method) {
      case 'public/test':
      case 'public/hello':
        return '{"version":"1.2.26"}';
      case 'public/get_time':
        return String(market.clock());
      case 'public/status':
        return '{"locked":"false","locked_indices":[]}';
      case 'public/get_instruments':
        return JSON.stringify(this.#instruments(params));
      case 'public/get_instrument':
        return JSON.stringify(this.#instrument(params));
      case 'public/get_order_book':
        return this.#book(this.#state(params), params);
      case 'public/ticker':
        return this.#dialect.tickerOf(this.#state(params));
      case 'public/get_last_trades_by_instrument':
        return this.#trades(this.#state(params), params);
      case 'public/get_tradingview_chart_data':
        return this.#chart(this.#state(params), params);
      default:
        throw new CallError(NOT_FOUND, 'Method not found');
    }
  }

  #state({ instrument_name: name }: Fields): ReplaySymbol {
    if (typeof name !== 'string' || name === '') throw CallError.param('instrument_name');
    const state = this.#dialect.market.states.get(name);
    if (state === undefined) throw new CallError(NO_INSTRUMENT, 'not_found', { param: 'instrument_name' });
    return state;
  }

  #instrument(params: Fields): Fields {
    const { instruments, market } = this.#dialect;
    const name = String(params.instrument_name ?? '');
    const recorded = market.states.has(name) ? undefined : instruments.find(name);
    return recorded ?? instruments.rowOf(this.#state(params));
  }

  #instruments({ currency, kind, expired }: Fields): Fields[] {
    if (typeof currency !== 'string' || !/^(?:any|[A-Z0-9]{2,8})$/.test(currency)) throw CallError.param('currency');
    if (kind !== undefined && !KINDS.has(kind)) throw CallError.param('kind');
    if (String(expired ?? 'false') === 'true') return [];
    const { instruments, market } = this.#dialect;
    return instruments
      .all(market.states)
      .filter((row) => kind === undefined || row.kind === kind)
      .filter((row) => currency === 'any' || row.base_currency === currency || row.settlement_currency === currency);
  }

  #book(state: ReplaySymbol, { depth = 5 }: Fields): string {
    const levels = wholeOf(depth, 'depth');
    if (!DEPTHS.has(levels)) throw CallError.param('depth', 'must be one of 1, 5, 10, 20, 50, 100, 1000, 10000');
    const { market } = this.#dialect;
    const book = market.bookToTell(state);
    const side = (which: 'bid' | 'ask'): string =>
      book
        .levels(which, levels)
        .map(([price, amount]) => `[${price},${amount}]`)
        .join(',');
    const price = bare(state.lastPrice);
    return (
      `{"timestamp":${this.#dialect.timeOf(state)},"state":"open","change_id":${book.sequence},` +
      `"instrument_name":"${state.symbol}","bids":[${side('bid')}],"asks":[${side('ask')}],"last_price":${price},` +
      `"mark_price":${price},"index_price":${price},"open_interest":1000.0,${bestFields(state)}}`
    );
  }

  // Newest first unless asked otherwise; a span of numbers is asked for in order to fill a hole.
  #trades(state: ReplaySymbol, params: Fields): string {
    const count = wholeOf(params.count ?? 10, 'count');
    if (count < 1 || count > MOST_TRADES) throw CallError.param('count', `must be between 1 and ${MOST_TRADES}`);
    const { sorting = 'default' } = params;
    if (sorting !== 'asc' && sorting !== 'desc' && sorting !== 'default') throw CallError.param('sorting');
    const [from, to] = [rangeEnd(params, 'start_seq', 0), rangeEnd(params, 'end_seq', Number.MAX_SAFE_INTEGER)];
    const since = rangeEnd(params, 'start_timestamp', 0);
    const until = rangeEnd(params, 'end_timestamp', Number.MAX_SAFE_INTEGER);
    const found = this.#dialect
      .tape(state)
      .filter(({ sequence, row }) => sequence >= from && sequence <= to && row.time >= since && row.time <= until);
    // A beginning named alone is counted from, whatever the order they are told in.
    const fromStart = sorting === 'asc' || (params.start_seq !== undefined && params.end_seq === undefined);
    const page = fromStart ? found.slice(0, count) : found.slice(-count);
    if (sorting !== 'asc') page.reverse();
    const texts = page.map((one) => this.#dialect.tradeText(state, one));
    return `{"trades":[${texts.join(',')}],"has_more":${found.length > page.length}}`;
  }

  #chart(state: ReplaySymbol, params: Fields): string {
    const interval = DERIBIT_RESOLUTIONS.get(String(params.resolution));
    if (interval === undefined) throw CallError.param('resolution');
    const from = wholeOf(params.start_timestamp, 'start_timestamp');
    const to = wholeOf(params.end_timestamp, 'end_timestamp');
    const { market } = this.#dialect;
    market.originOf(state);
    const bars = state.candles(interval, market.now(state)).filter(({ t }) => t >= from && t <= to);
    return chartData(state, bars.slice(-MOST_ROWS));
  }

  /** Every call costs; lists of instruments are counted for themselves, one a second. */
  #spend(method: string): void {
    if (!this.#dialect.market.around.settings.limits || method === 'public/test') return;
    const now = performance.now();
    const gone = now - this.#countedAt;
    this.#countedAt = now;
    this.#credits = Math.min(CREDITS, this.#credits + gone * CREDITS_PER_MS);
    this.#lists = Math.min(LIST_BURST, this.#lists + gone / 1_000);
    const isList = method === 'public/get_instruments';
    if (isList ? this.#lists < 1 : this.#credits < COST)
      throw new CallError(TOO_MANY, 'too_many_requests', { wait: 1 });
    if (isList) this.#lists--;
    else this.#credits -= COST;
  }
}

function rangeEnd(params: Fields, key: string, otherwise: number): number {
  return params[key] === undefined ? otherwise : wholeOf(params[key], key);
}

/** A whole number, as a value or as the text of a query. */
function wholeOf(value: unknown, param: string): number {
  const text = String(value);
  if (!/^\d{1,16}$/.test(text)) throw CallError.param(param);
  return Number(text);
}

import { derivedExchangeInfo, withFinerTicks } from './binance-exchange-info';
import { aggregateRow, klineRow, premiumRow, tickerRow, tradeRow } from './binance-format';
import type { BinanceMarket } from './binance-market';
import type { SymbolState } from './binance-symbol';
import { isInterval } from './intervals';
import type { RestAnswer, RestRequest, Upgrade } from './venue-protocol';

type Params = Readonly<Record<string, unknown>>;

/** A refusal in the venue's own words. */
class Refusal extends Error {
  readonly status: number;
  readonly code: number;
  constructor(code: number, msg: string, status = 400) {
    super(msg);
    this.code = code;
    this.status = status;
  }
}

interface Method {
  readonly rest: string;
  readonly socket: string;
  readonly weight: (params: Params) => number;
  readonly run: (params: Params) => unknown;
}

const FUTURES_LIMITS = [5, 10, 20, 50, 100, 500, 1000];
const MINUTE_MS = 60_000;

/** Questions and answers: one table of methods for REST and for the request sockets. */
export class BinanceRequests {
  bannedUntil = 0;
  readonly #market: BinanceMarket;
  readonly #methods: readonly Method[];
  readonly #base: string;
  readonly #budget: number;
  readonly #recordedInfo: Record<string, unknown> | null;
  readonly #listed: ReadonlySet<string>;
  #window = 0;
  #spent = 0;
  #refused = 0;

  constructor(market: BinanceMarket) {
    this.#market = market;
    this.#base = market.futures ? '/fapi/v1' : '/api/v3';
    this.#budget = market.futures ? 2400 : 6000;
    this.#recordedInfo = readInfo(market.recording.exchangeInfo);
    this.#listed = listedSymbols(this.#recordedInfo);
    this.#methods = this.#table();
  }

  isRequestPath(path: string): boolean {
    return path === (this.#market.futures ? '/ws-fapi/v1' : '/ws-api/v3');
  }

  /** How sockets are refused while banned. */
  refusal(): Upgrade | null {
    const left = this.bannedUntil - Date.now();
    return left <= 0 ? null : { refuse: 418, headers: { 'Retry-After': String(Math.ceil(left / 1000)) } };
  }

  async rest(request: RestRequest): Promise<RestAnswer | null> {
    if (!request.path.startsWith('/api/') && !request.path.startsWith('/fapi/')) return null;
    const method = this.#methods.find(({ rest }) => request.path === `${this.#base}/${rest}`);
    if (method === undefined)
      return {
        status: 404,
        body: '<html><body><h2>404 Not found</h2></body></html>',
        headers: { 'Content-Type': 'text/html' },
      };
    if (request.method !== 'GET') return { status: 405, body: json({ code: -1000, msg: 'Method not allowed.' }) };
    try {
      const result = this.#perform(method, Object.fromEntries(request.query));
      return { status: 200, body: json(result), headers: { 'X-MBX-USED-WEIGHT-1M': String(this.#spent) } };
    } catch (error) {
      const refusal = asRefusal(error);
      const retry = refusal.status === 429 || refusal.status === 418 ? { 'Retry-After': this.#retryAfter() } : {};
      return { status: refusal.status, body: json({ code: refusal.code, msg: refusal.message }), headers: retry };
    }
  }

  /** Answers one frame of a request socket. */
  async overSocket(text: string | null): Promise<string> {
    const request = text === null ? null : readRequest(text);
    if (request === null) return this.#failed(null, new Refusal(-1135, 'Invalid JSON Request'));
    const { id = null, method, params } = request;
    try {
      if (id !== null && typeof id !== 'string' && typeof id !== 'number')
        throw new Refusal(-1100, "Illegal characters found in parameter 'id'.");
      if (typeof method !== 'string')
        throw new Refusal(-1102, "Mandatory parameter 'method' was not sent, was empty/null, or malformed.");
      const found = this.#methods.find(({ socket }) => socket === method);
      if (found === undefined) throw new Refusal(-1000, `Unknown method '${method}'.`);
      const result = this.#perform(found, isRecord(params) ? params : {});
      return json({ id, status: 200, result, rateLimits: this.#rateLimits() });
    } catch (error) {
      return this.#failed(id, asRefusal(error));
    }
  }

  #failed(id: unknown, refusal: Refusal): string {
    const error: Record<string, unknown> = { code: refusal.code, msg: refusal.message };
    if (refusal.status === 418 || refusal.status === 429) {
      error.data = {
        serverTime: Date.now(),
        retryAfter: this.bannedUntil > Date.now() ? this.bannedUntil : this.#windowEnd(),
      };
    }
    return json({ id, status: refusal.status, error, rateLimits: this.#rateLimits() });
  }

  #perform(method: Method, params: Params): unknown {
    this.#checkBan();
    this.#spend(method.weight(params));
    if (this.#market.around.faults.takeFailure()) {
      throw new Refusal(-1001, 'Internal error; unable to process your request. Please try again.', 503);
    }
    return method.run(params);
  }

  #checkBan(): void {
    if (Date.now() >= this.bannedUntil) {
      this.#refused = 0;
      return;
    }
    const words = `Way too much request weight used; IP banned until ${this.bannedUntil}. Please use WebSocket Streams for live updates to avoid bans.`;
    // The first answer asks to slow down; whoever goes on asking is told of the ban.
    throw new Refusal(-1003, words, this.#refused++ === 0 ? 429 : 418);
  }

  #spend(weight: number): void {
    const window = Math.floor(Date.now() / MINUTE_MS);
    if (window !== this.#window) [this.#window, this.#spent] = [window, 0];
    this.#spent += weight;
    if (!this.#market.around.settings.limits || this.#spent <= this.#budget) return;
    throw new Refusal(
      -1003,
      `Too much request weight used; current limit is ${this.#budget} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`,
      429,
    );
  }

  #windowEnd(): number {
    return (Math.floor(Date.now() / MINUTE_MS) + 1) * MINUTE_MS;
  }

  #retryAfter(): string {
    const until = this.bannedUntil > Date.now() ? this.bannedUntil : this.#windowEnd();
    return String(Math.max(1, Math.ceil((until - Date.now()) / 1000)));
  }

  #rateLimits(): unknown[] {
    return [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: this.#budget, count: this.#spent },
    ];
  }

  #table(): Method[] {
    const market = this.#market;
    const one = (): number => 1;
    const methods: Method[] = [
      { rest: 'ping', socket: 'ping', weight: one, run: () => ({}) },
      { rest: 'time', socket: 'time', weight: one, run: () => ({ serverTime: market.clock() }) },
      {
        rest: 'depth',
        socket: 'depth',
        weight: (params) => this.#depthWeight(params),
        run: (params) => this.#depth(params),
      },
      { rest: 'klines', socket: 'klines', weight: () => 2, run: (params) => this.#klines(params) },
      { rest: 'trades', socket: 'trades.recent', weight: () => 25, run: (params) => this.#trades(params) },
      {
        rest: 'historicalTrades',
        socket: 'trades.historical',
        weight: () => 25,
        run: (params) => this.#trades(params),
      },
      { rest: 'aggTrades', socket: 'trades.aggregate', weight: () => 4, run: (params) => this.#aggregates(params) },
      { rest: 'exchangeInfo', socket: 'exchangeInfo', weight: () => 20, run: (params) => this.#exchangeInfo(params) },
      { rest: 'ticker/24hr', socket: 'ticker.24hr', weight: () => 2, run: (params) => this.#ticker(params) },
    ];
    if (market.futures) {
      methods.push({
        rest: 'premiumIndex',
        socket: 'premiumIndex',
        weight: one,
        run: (params) => this.#premium(params),
      });
    }
    return methods;
  }

  #depthWeight(params: Params): number {
    const limit = Number(params.limit ?? (this.#market.futures ? 500 : 100));
    if (this.#market.futures) return limit <= 50 ? 2 : limit <= 100 ? 5 : limit <= 500 ? 10 : 20;
    return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
  }

  #depth(params: Params): unknown {
    const { futures } = this.#market;
    const limit = wholeParam(params, 'limit', futures ? 500 : 100, 1, Number.MAX_SAFE_INTEGER);
    if (futures && !FUTURES_LIMITS.includes(limit)) throw new Refusal(-4021, `${limit} is not valid depth limit.`);
    const state = this.#state(params);
    if (state === null) return { lastUpdateId: 0, bids: [], asks: [] };
    const body = this.#book(state, Math.min(limit, 5000));
    this.#market.snapshotAsked(state);
    if (!futures) return body;
    const at = this.#market.now(state);
    return { lastUpdateId: body.lastUpdateId, E: at, T: at, bids: body.bids, asks: body.asks };
  }

  #book(state: SymbolState, limit: number): { lastUpdateId: number; bids: unknown; asks: unknown } {
    if (this.#market.around.faults.takeStaleSnapshot()) {
      const { snapshot, lowestId } = state.profile;
      return { lastUpdateId: lowestId - 10, bids: snapshot.bids.slice(0, limit), asks: snapshot.asks.slice(0, limit) };
    }
    const { book } = state;
    return { lastUpdateId: book.sequence, bids: book.levels('bid', limit), asks: book.levels('ask', limit) };
  }

  #klines(params: Params): unknown {
    const interval = params.interval;
    const known = this.#state(params);
    if (typeof interval !== 'string' || interval === '') throw missing('interval');
    if (!isInterval(interval) || (this.#market.futures && interval === '1s'))
      throw new Refusal(-1120, 'Invalid interval.');
    const most = this.#market.futures ? 1500 : 1000;
    const limit = Math.min(most, wholeParam(params, 'limit', 500, 1, Number.MAX_SAFE_INTEGER));
    const start = wholeParam(params, 'startTime', -1, 0, Number.MAX_SAFE_INTEGER);
    const end = wholeParam(params, 'endTime', Number.MAX_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER);
    if (known === null) return [];
    this.#market.originOf(known);
    const bars = known.candles(interval, this.#market.now(known)).filter((bar) => bar.t >= start && bar.t <= end);
    const page = start >= 0 ? bars.slice(0, limit) : bars.slice(-limit);
    return page.map((bar) => klineRow(interval, bar, known.profile.spelling));
  }

  #trades(params: Params): unknown {
    const state = this.#state(params);
    const limit = wholeParam(params, 'limit', 500, 1, 1000);
    const from = wholeParam(params, 'fromId', -1, 0, Number.MAX_SAFE_INTEGER);
    if (state === null) return [];
    const rows = from < 0 ? state.trades.slice(-limit) : state.trades.filter((row) => row.id >= from).slice(0, limit);
    return rows.map((row) => tradeRow(row, state.profile.spelling, this.#market.futures));
  }

  #aggregates(params: Params): unknown {
    const state = this.#state(params);
    const limit = wholeParam(params, 'limit', 500, 1, 1000);
    const from = wholeParam(params, 'fromId', -1, 0, Number.MAX_SAFE_INTEGER);
    const start = wholeParam(params, 'startTime', -1, 0, Number.MAX_SAFE_INTEGER);
    const end = wholeParam(params, 'endTime', Number.MAX_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER);
    if (state === null) return [];
    const rows = state.aggregates.filter((row) => row.id >= from && row.time >= start && row.time <= end);
    const page = from >= 0 || start >= 0 ? rows.slice(0, limit) : rows.slice(-limit);
    return page.map((row) => aggregateRow(row, this.#market.futures));
  }

  #exchangeInfo(params: Params): unknown {
    const wanted = symbolList(params);
    const recorded = this.#recordedInfo;
    const info =
      recorded === null
        ? derivedExchangeInfo(this.#market.states.values(), this.#market.clock(), this.#market.futures)
        : withFinerTicks(recorded, this.#market.states);
    // Futures has no filter by symbol: it always tells all.
    if (wanted === null || this.#market.futures) return info;
    for (const symbol of wanted) if (!this.#knows(symbol)) throw new Refusal(-1121, 'Invalid symbol.');
    const symbols = info.symbols;
    const list = Array.isArray(symbols)
      ? symbols.filter((entry) => isRecord(entry) && wanted.includes(String(entry.symbol)))
      : [];
    return { ...info, symbols: list };
  }

  #ticker(params: Params): unknown {
    const row = (state: SymbolState): unknown => {
      this.#market.originOf(state);
      return tickerRow(state, this.#market.now(state), this.#market.futures);
    };
    const wanted = symbolList(params);
    if (wanted === null) return [...this.#market.states.values()].map(row);
    const rows = wanted
      .map((symbol) => this.#state({ symbol }))
      .filter((state) => state !== null)
      .map(row);
    return params.symbols === undefined ? (rows[0] ?? {}) : rows;
  }

  #premium(params: Params): unknown {
    const row = (state: SymbolState): unknown => premiumRow(state, this.#market.now(state));
    if (params.symbol === undefined) return [...this.#market.states.values()].map(row);
    const state = this.#state(params);
    return state === null ? {} : row(state);
  }

  /** Null for a symbol that is listed in a recorded exchangeInfo but of which nothing was recorded. */
  #state(params: Params): SymbolState | null {
    const symbol = params.symbol;
    if (typeof symbol !== 'string' || symbol === '') throw missing('symbol');
    const state = this.#market.states.get(symbol);
    if (state !== undefined) return state;
    if (!this.#knows(symbol)) throw new Refusal(-1121, 'Invalid symbol.');
    return null;
  }

  #knows(symbol: string): boolean {
    return this.#market.states.has(symbol) || this.#listed.has(symbol);
  }
}

function missing(name: string): Refusal {
  return new Refusal(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
}

function wholeParam(params: Params, name: string, standard: number, least: number, most: number): number {
  const given = params[name];
  if (given === undefined) return standard;
  const text = String(given);
  if (!/^-?\d+$/.test(text)) {
    throw new Refusal(-1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`);
  }
  const value = Number(text);
  if (value < least) throw new Refusal(-1130, `Data sent for parameter '${name}' is not valid.`);
  return Math.min(value, most);
}

function symbolList(params: Params): string[] | null {
  const { symbol, symbols } = params;
  if (symbols !== undefined) {
    const list: unknown = typeof symbols === 'string' ? parseJson(symbols) : symbols;
    if (!Array.isArray(list) || !list.every((name) => typeof name === 'string')) {
      throw new Refusal(-1100, "Illegal characters found in parameter 'symbols'.");
    }
    return list;
  }
  if (symbol === undefined) return null;
  if (typeof symbol !== 'string' || symbol === '') throw missing('symbol');
  return [symbol];
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal(-1000, `An unknown error occurred while processing the request: ${String(error)}`, 500);
}

function readRequest(text: string): Record<string, unknown> | null {
  const value = parseJson(text);
  return isRecord(value) ? value : null;
}

function readInfo(text: string | null): Record<string, unknown> | null {
  return text === null ? null : readRequest(text);
}

function listedSymbols(info: Record<string, unknown> | null): ReadonlySet<string> {
  const symbols = info?.symbols;
  if (!Array.isArray(symbols)) return new Set();
  return new Set(symbols.map((entry) => (isRecord(entry) ? String(entry.symbol) : '')));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function json(value: unknown): string {
  return JSON.stringify(value);
}

import type { BitstampDialect } from './bitstamp';
import { bookBody, candleRow, pairList, spaced, tickerRow, transactionRow } from './bitstamp-format';
import type { ReplaySymbol } from './replay-symbol';
import type { RestAnswer, RestRequest } from './venue-protocol';
import { decodeText } from './wire-text';

/** Candle lengths in seconds, and their names here. */
const STEPS: ReadonlyMap<string, string> = new Map([
  ['60', '1m'],
  ['180', '3m'],
  ['300', '5m'],
  ['900', '15m'],
  ['1800', '30m'],
  ['3600', '1h'],
  ['7200', '2h'],
  ['14400', '4h'],
  ['21600', '6h'],
  ['43200', '12h'],
  ['86400', '1d'],
  ['259200', '3d'],
]);
const MOST_CANDLES = 1000;
const SPANS: ReadonlyMap<string, number> = new Map([
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
]);
const PER_SECOND = 400;
const PER_TEN_MINUTES = 10_000;

/** A refusal in the venue's words. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

/** Requests: pairs, books, candles, trades, the day. */
export class BitstampRequests {
  readonly #dialect: BitstampDialect;
  #asked: number[] = [];

  constructor(dialect: BitstampDialect) {
    this.#dialect = dialect;
  }

  /** Null for a path that is not the venue's. */
  answer({ method, path, query }: RestRequest): RestAnswer | null {
    const match = /^\/api\/v2\/([a-z_-]+)(?:\/([^/]+))?\/?$/.exec(path);
    if (match === null) return null;
    try {
      if (method !== 'GET') throw new Refusal(405, 'Method not allowed');
      if (this.#tooFast()) throw new Refusal(429, 'Request rate limit exceeded');
      const [, what, market] = match;
      return { status: 200, body: this.#body(what, market, query) };
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      const { status, message: reason } = refusal;
      return { status, body: JSON.stringify({ status: 'error', reason, code: String(status) }) };
    }
  }

  #body(what: string, market: string | undefined, query: URLSearchParams): string {
    const { states } = this.#dialect.market;
    if (what === 'trading-pairs-info' && market === undefined) return this.#pairs();
    if (what === 'ticker' && market === undefined) return spaced([...states.values()].map((one) => this.#ticker(one)));
    const state = states.get(decodeText(market ?? ''));
    if (state === undefined) throw new Refusal(404, 'Not found');
    switch (what) {
      case 'order_book':
        return this.#book(state, query);
      case 'ohlc':
        return this.#candles(state, query);
      case 'transactions':
        return this.#transactions(state, query);
      case 'ticker':
        return spaced(this.#ticker(state));
      default:
        throw new Refusal(404, 'Not found');
    }
  }

  #pairs(): string {
    const { market, pairs } = this.#dialect;
    const isChanged = [...market.states.values()].some(({ finer }) => finer > 0);
    return pairs !== null && !isChanged ? pairs : spaced(pairList(pairs, market.states));
  }

  #book(state: ReplaySymbol, query: URLSearchParams): string {
    const group = query.get('group') ?? '1';
    if (!/^[012]$/.test(group)) throw new Refusal(400, 'Invalid group');
    const { market } = this.#dialect;
    const body = bookBody(market.bookToTell(state), group);
    market.snapshotAsked(state);
    return body;
  }

  // From the start on where one is given alone, else up to the end; buckets without trades are there too.
  #candles(state: ReplaySymbol, query: URLSearchParams): string {
    const interval = STEPS.get(query.get('step') ?? '');
    if (interval === undefined) throw new Refusal(400, 'Invalid step');
    const limit = wholeOf(query, 'limit', 'Invalid limit');
    const [start, end] = [wholeOf(query, 'start', 'Invalid start'), wholeOf(query, 'end', 'Invalid end')];
    if (limit === null || limit < 1 || limit > MOST_CANDLES) throw new Refusal(400, 'Invalid limit');
    const { market } = this.#dialect;
    market.originOf(state);
    const from = (start ?? 0) * 1000;
    const until = end === null ? Number.POSITIVE_INFINITY : end * 1000;
    const bars = state.candles(interval, market.now(state)).filter(({ t }) => t >= from && t <= until);
    const page = start !== null && end === null ? bars.slice(0, limit) : bars.slice(-limit);
    const row = pairList(this.#dialect.pairs, market.states).find(({ url_symbol }) => url_symbol === state.symbol);
    return spaced({ data: { pair: String(row?.name), ohlc: page.map((bar) => candleRow(bar, state)) } });
  }

  // Newest first; the span is counted from now.
  #transactions(state: ReplaySymbol, query: URLSearchParams): string {
    const span = SPANS.get(query.get('time') ?? 'hour');
    if (span === undefined) throw new Refusal(400, 'Invalid time');
    const since = this.#dialect.market.now(state) - span;
    const rows = state.trades.filter(({ time }) => time >= since);
    return spaced(rows.map(transactionRow).reverse());
  }

  #ticker(state: ReplaySymbol): ReturnType<typeof tickerRow> {
    const { market } = this.#dialect;
    market.originOf(state);
    const now = market.now(state);
    return tickerRow(state, state.day(now), now);
  }

  #tooFast(): boolean {
    if (!this.#dialect.market.around.settings.limits) return false;
    const now = performance.now();
    this.#asked = this.#asked.filter((at) => at > now - 600_000);
    this.#asked.push(now);
    const lately = this.#asked.length <= PER_SECOND ? 0 : this.#asked.filter((at) => at > now - 1_000).length;
    return lately > PER_SECOND || this.#asked.length > PER_TEN_MINUTES;
  }
}

/** A whole number of the query, null when it is not there. @throws Refusal when it is none */
function wholeOf(query: URLSearchParams, key: string, reason: string): number | null {
  const text = query.get(key);
  if (text === null || text === '') return null;
  if (!/^\d{1,12}$/.test(text)) throw new Refusal(400, reason);
  return Number(text);
}

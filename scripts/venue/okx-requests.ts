import { bucketAfter } from './intervals';
import type { OkxDialect } from './okx';
import { barRow, kindOf, levelsText, OKX_BARS, tickerFields, tradeFields } from './okx-format';
import { instrumentRows } from './okx-instruments';
import type { ReplaySymbol, TradeRow } from './replay-symbol';
import type { Level } from './true-book';
import type { RestAnswer, RestRequest } from './venue-protocol';
import { isFields, parseFields } from './wire-text';

const WINDOW_MS = 2_000;
const MOST_REQUESTS = 40;
const KINDS: readonly string[] = ['SPOT', 'SWAP', 'FUTURES'];
const NEWEST_BARS = 1_440;
const FAR = Number.MAX_SAFE_INTEGER;

/** A refusal in the venue's words. */
class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Requests: instruments, bars, books, trades, tickers, the time. */
export class OkxRequests {
  readonly #dialect: OkxDialect;
  readonly #times: number[] = [];

  constructor(dialect: OkxDialect) {
    this.#dialect = dialect;
  }

  /** Null for a path that is not the venue's. */
  answer({ method, path, query }: RestRequest): RestAnswer | null {
    const what = /^\/api\/v5\/((?:public|market)\/[\w-]+)$/.exec(path)?.[1];
    if (what === undefined || method !== 'GET') return null;
    if (this.#tooFast()) return this.#dialect.banAnswer();
    try {
      const data = this.#data(what, query);
      return data === null ? null : { status: 200, body: `{"code":"0","msg":"","data":${data}}` };
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      return { status: 200, body: JSON.stringify({ code: refusal.code, msg: refusal.message, data: [] }) };
    }
  }

  #tooFast(): boolean {
    const now = performance.now();
    while (this.#times.length > 0 && this.#times[0] <= now - WINDOW_MS) this.#times.shift();
    this.#times.push(now);
    return this.#dialect.market.around.settings.limits && this.#times.length > MOST_REQUESTS;
  }

  #data(what: string, query: URLSearchParams): string | null {
    switch (what) {
      case 'public/time':
        return JSON.stringify([{ ts: String(this.#dialect.market.clock()) }]);
      case 'public/instruments':
        return this.#instruments(query);
      case 'market/books':
        return this.#book(this.#state(query), query);
      case 'market/candles':
        return this.#bars(this.#state(query), query, 300, true);
      case 'market/history-candles':
        return this.#bars(this.#state(query), query, 100, false);
      case 'market/trades':
        return this.#rows(this.#state(query), (rows) => rows.slice(-limitOf(query, 100, 500)));
      case 'market/history-trades':
        return this.#rows(this.#state(query), (rows) => older(rows, query));
      case 'market/ticker':
        return this.#tickers([this.#state(query)]);
      case 'market/tickers': {
        const kind = this.#kind(query);
        return this.#tickers([...this.#dialect.market.states.values()].filter(({ symbol }) => kindOf(symbol) === kind));
      }
      default:
        return null;
    }
  }

  #kind(query: URLSearchParams): string {
    const kind = query.get('instType') ?? '';
    if (kind === '') throw new Refusal('50014', 'Parameter instType cannot be empty.');
    if (!KINDS.includes(kind)) throw new Refusal('51000', 'Parameter instType error');
    return kind;
  }

  #state(query: URLSearchParams): ReplaySymbol {
    const instId = query.get('instId') ?? '';
    if (instId === '') throw new Refusal('50014', 'Parameter instId cannot be empty.');
    const state = this.#dialect.market.states.get(instId);
    if (state === undefined) throw new Refusal('51001', "Instrument ID doesn't exist.");
    return state;
  }

  #instruments(query: URLSearchParams): string {
    const kind = this.#kind(query);
    const { market, instruments } = this.#dialect;
    const rows = instrumentRows(instruments.get(kind) ?? [], market.states, kind);
    const instId = query.get('instId') ?? '';
    const found = instId === '' ? rows : rows.filter((row) => row.instId === instId);
    if (instId !== '' && found.length === 0) throw new Refusal('51001', "Instrument ID doesn't exist.");
    return JSON.stringify(found);
  }

  // The same book as on the stream, an old one included where that fault is owed.
  #book(state: ReplaySymbol, query: URLSearchParams): string {
    const { market } = this.#dialect;
    const most = limitOf(query, 1, 400, 'sz');
    const data = parseFields(market.snapshot(state))?.data;
    market.snapshotAsked(state);
    const entry = Array.isArray(data) && isFields(data[0]) ? data[0] : {};
    const side = (levels: unknown): string =>
      levelsText((Array.isArray(levels) ? levels : []).slice(0, most) as Level[]);
    const id = Number.isSafeInteger(entry.seqId) ? `,"seqId":${entry.seqId}` : '';
    return `[{"asks":${side(entry.asks)},"bids":${side(entry.bids)},"ts":"${market.now(state)}"${id}}]`;
  }

  // Newest first; `after` asks for what is older, `before` for what is newer.
  #bars(state: ReplaySymbol, query: URLSearchParams, most: number, isNewest: boolean): string {
    const { market } = this.#dialect;
    const interval = OKX_BARS.get(query.get('bar') ?? '1m');
    if (interval === undefined) throw new Refusal('51000', 'Parameter bar error');
    const [after, before] = [timeIn(query, 'after', FAR), timeIn(query, 'before', -1)];
    const limit = limitOf(query, 100, most);
    market.originOf(state);
    const now = market.now(state);
    const all = state.candles(interval, now);
    const known = isNewest ? all.slice(-NEWEST_BARS) : all;
    const bars = known.filter(({ t }) => t < after && t > before).slice(-limit);
    return JSON.stringify(bars.reverse().map((bar) => barRow(state, bar, bucketAfter(interval, bar.t) <= now)));
  }

  #rows(state: ReplaySymbol, pick: (rows: readonly TradeRow[]) => readonly TradeRow[]): string {
    return JSON.stringify([...pick(state.trades)].reverse().map((row) => tradeFields(state, row)));
  }

  #tickers(states: readonly ReplaySymbol[]): string {
    const { market } = this.#dialect;
    const rows = states.map((state) => {
      market.originOf(state);
      return tickerFields(state, kindOf(state.symbol), market.now(state));
    });
    return JSON.stringify(rows);
  }
}

/** Pages by trade id (type 1) or by time (type 2), neither bound included. */
function older(rows: readonly TradeRow[], query: URLSearchParams): readonly TradeRow[] {
  const type = query.get('type') ?? '1';
  if (type !== '1' && type !== '2') throw new Refusal('51000', 'Parameter type error');
  const [after, before] = [timeIn(query, 'after', FAR), timeIn(query, 'before', -1)];
  const key = (row: TradeRow): number => (type === '1' ? Number(row.id) : row.time);
  return rows.filter((row) => key(row) < after && key(row) > before).slice(-limitOf(query, 100, 100));
}

function limitOf(query: URLSearchParams, standard: number, most: number, key = 'limit'): number {
  const text = query.get(key) ?? '';
  if (text === '') return standard;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new Refusal('51000', `Parameter ${key} error`);
  return Math.min(value, most);
}

function timeIn(query: URLSearchParams, key: string, standard: number): number {
  const text = query.get(key) ?? '';
  if (text === '') return standard;
  if (!/^\d{1,16}$/.test(text)) throw new Refusal('51000', `Parameter ${key} error`);
  return Number(text);
}

import type { HyperliquidDialect } from './hyperliquid';
import { bookData, candleData, HYPERLIQUID_INTERVALS, isSpot, midOf, tradeData } from './hyperliquid-format';
import type { ReplaySymbol } from './replay-symbol';
import type { RestAnswer, RestRequest } from './venue-protocol';
import { type Fields, isFields, parseFields } from './wire-text';

/** Text of the answer, or why there is none. */
export type InfoAnswer = { readonly data: string } | { readonly fault: string; readonly status: number };

const MOST_CANDLES = 5_000;
const RECENT_TRADES = 10;
const WEIGHT_PER_MINUTE = 1_200;
const ROWS_PER_WEIGHT = 60;
const LIGHT: ReadonlySet<unknown> = new Set(['l2Book', 'allMids', 'exchangeStatus']);
const MALFORMED = 'Failed to deserialize the JSON body into the target type';

/** A refusal in the venue's words. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

/** Questions, asked over the socket or by `POST /info`: the same to the venue. */
export class HyperliquidInfo {
  readonly #dialect: HyperliquidDialect;
  #spent: { at: number; weight: number }[] = [];

  constructor(dialect: HyperliquidDialect) {
    this.#dialect = dialect;
  }

  /** Null for a path that is not the venue's. */
  rest({ method, path, body }: RestRequest): RestAnswer | null {
    if (path !== '/info') return null;
    if (method !== 'POST') return { status: 405, body: '' };
    const payload = parseFields(body ?? '');
    const answer = payload === null ? { fault: MALFORMED, status: 422 } : this.answer(payload);
    if ('data' in answer) return { status: 200, body: answer.data };
    return { status: answer.status, body: JSON.stringify(answer.fault) };
  }

  answer(payload: Fields): InfoAnswer {
    try {
      this.#spend(payload);
      return { data: this.#result(payload) };
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      return { fault: refusal.message, status: refusal.status };
    }
  }

  #result(payload: Fields): string {
    const { market } = this.#dialect;
    const states = [...market.states.values()];
    switch (payload.type) {
      case 'l2Book':
        return this.#book(this.#state(payload));
      case 'candleSnapshot':
        return this.#candles(payload.req);
      case 'recentTrades': {
        const state = this.#state(payload);
        const recent = state.trades.slice(-RECENT_TRADES).reverse();
        return `[${recent.map((row) => tradeData(state.symbol, row)).join(',')}]`;
      }
      case 'meta':
        return JSON.stringify(this.#perpetuals(states, payload.dex));
      case 'spotMeta':
        return JSON.stringify(this.#spots(states));
      case 'allMids':
        return JSON.stringify(this.#dialect.mids());
      case 'exchangeStatus':
        return JSON.stringify({ time: market.clock(), specialStatuses: null });
      default:
        throw new Refusal(422, MALFORMED);
    }
  }

  #state({ coin }: Fields): ReplaySymbol {
    if (typeof coin !== 'string') throw new Refusal(422, MALFORMED);
    const state = this.#dialect.market.states.get(coin);
    if (state === undefined) throw new Refusal(500, 'null');
    return state;
  }

  #book(state: ReplaySymbol): string {
    const book = this.#dialect.market.bookToTell(state);
    const sides = { bids: book.levels('bid'), asks: book.levels('ask') };
    return JSON.stringify(bookData(state.symbol, sides, this.#dialect.ordersOf(state), this.#dialect.timeOf(state)));
  }

  #candles(req: unknown): string {
    if (!isFields(req)) throw new Refusal(422, MALFORMED);
    const state = this.#state(req);
    const { interval, startTime, endTime = Number.MAX_SAFE_INTEGER } = req;
    if (typeof interval !== 'string' || !HYPERLIQUID_INTERVALS.has(interval)) throw new Refusal(422, MALFORMED);
    if (!Number.isSafeInteger(startTime) || !Number.isSafeInteger(endTime)) throw new Refusal(422, MALFORMED);
    const { market } = this.#dialect;
    market.originOf(state);
    const kept = state.candles(interval, market.now(state)).slice(-MOST_CANDLES);
    const bars = kept.filter(({ t }) => t >= Number(startTime) && t <= Number(endTime));
    this.#spent.push({ at: performance.now(), weight: Math.ceil(bars.length / ROWS_PER_WEIGHT) });
    return JSON.stringify(bars.map((bar) => candleData(state, interval, bar)));
  }

  #perpetuals(states: readonly ReplaySymbol[], dex: unknown): Fields {
    const prefix = typeof dex === 'string' && dex !== '' ? `${dex}:` : '';
    const listed = states.filter(({ symbol }) =>
      prefix === '' ? !isSpot(symbol) && !symbol.includes(':') : symbol.startsWith(prefix),
    );
    const universe = listed.map((state) => ({
      szDecimals: this.#dialect.sizeDecimals(state),
      name: state.symbol,
      maxLeverage: 40,
    }));
    return { universe };
  }

  #spots(states: readonly ReplaySymbol[]): Fields {
    const token = (name: string, szDecimals: number, index: number): Fields => ({
      name,
      szDecimals,
      weiDecimals: 8,
      index,
      tokenId: `0x${index.toString(16).padStart(32, '0')}`,
      isCanonical: index === 0,
    });
    const tokens = [token('USDC', 8, 0)];
    const universe = states
      .filter(({ symbol }) => isSpot(symbol))
      .map((state, at) => {
        const { symbol: name } = state;
        const index = at + 1;
        tokens.push(token(name.split('/')[0].replace('@', 'TOKEN'), this.#dialect.sizeDecimals(state), index));
        const number = /^@(\d+)$/.exec(name)?.[1];
        return { name, tokens: [index, 0], index: Number(number ?? at), isCanonical: number === undefined };
      });
    return { tokens, universe };
  }

  // Weights are counted by the minute; candles cost more the more of them there are.
  #spend({ type }: Fields): void {
    if (!this.#dialect.market.around.settings.limits) return;
    const now = performance.now();
    this.#spent = this.#spent.filter(({ at }) => at > now - 60_000);
    const weight = LIGHT.has(type) ? 2 : 20;
    if (this.#spent.reduce((sum, one) => sum + one.weight, weight) > WEIGHT_PER_MINUTE) {
      throw new Refusal(429, 'Too Many Requests');
    }
    this.#spent.push({ at: now, weight });
  }
}

/** Mid prices by coin. */
export function midsOf(states: Iterable<ReplaySymbol>): Fields {
  return { mids: Object.fromEntries([...states].map((state) => [state.symbol, midOf(state)])) };
}

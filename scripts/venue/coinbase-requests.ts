import { spellSize } from './candles';
import type { CoinbaseDialect } from './coinbase';
import { tradeRow } from './coinbase-format';
import { productList } from './coinbase-products';
import { trimDecimal } from './decimal';
import type { ReplaySymbol } from './replay-symbol';
import type { RestAnswer, RestRequest } from './venue-protocol';
import { decodeText, isoMs, isoText } from './wire-text';

const GRANULARITIES: Readonly<Record<string, string>> = {
  60: '1m',
  300: '5m',
  900: '15m',
  3600: '1h',
  21600: '6h',
  86400: '1d',
};
const MOST_CANDLES = 300;
const PER_SECOND = 10;
const BURST = 15;

/** Requests: products, candles, books, trades. */
export class CoinbaseRequests {
  readonly #dialect: CoinbaseDialect;
  #allowance = BURST;
  #countedAt = performance.now();

  constructor(dialect: CoinbaseDialect) {
    this.#dialect = dialect;
  }

  /** Null for a path that is not the venue's. */
  answer({ method, path, query }: RestRequest): RestAnswer | null {
    const match = /^\/(products|time|currencies)(?:\/([^/]+)(?:\/(\w+))?)?\/?$/.exec(path);
    if (match === null) return null;
    if (method !== 'GET') return refusal(405, 'Method not allowed');
    if (this.#tooFast()) return refusal(429, 'Public rate limit exceeded');
    const [, root, product, what] = match;
    if (root === 'time') return this.#time();
    if (root === 'currencies') return json([]);
    const list = productList(this.#dialect.products, this.#dialect.market.states);
    if (product === undefined) return json(list);
    const id = decodeText(product);
    if (what === undefined) {
      const row = list.find((known) => known.id === id);
      return row === undefined ? refusal(404, 'NotFound') : json(row);
    }
    const state = this.#dialect.market.states.get(id);
    return state === undefined ? refusal(404, 'NotFound') : this.#about(state, what, query);
  }

  #about(state: ReplaySymbol, what: string, query: URLSearchParams): RestAnswer {
    switch (what) {
      case 'candles':
        return this.#candles(state, query);
      case 'book':
        return this.#book(state, query);
      case 'trades':
        return this.#trades(state, query);
      case 'ticker':
        return this.#ticker(state);
      case 'stats':
        return this.#stats(state);
      default:
        return refusal(404, 'NotFound');
    }
  }

  #tooFast(): boolean {
    if (!this.#dialect.market.around.settings.limits) return false;
    const now = performance.now();
    this.#allowance = Math.min(BURST, this.#allowance + ((now - this.#countedAt) / 1_000) * PER_SECOND);
    this.#countedAt = now;
    if (this.#allowance < 1) return true;
    this.#allowance--;
    return false;
  }

  #time(): RestAnswer {
    const now = this.#dialect.market.clock();
    return json({ iso: isoText(now, 3), epoch: now / 1000 });
  }

  // Rows are bare numbers, newest first; a minute without trades has none.
  #candles(state: ReplaySymbol, query: URLSearchParams): RestAnswer {
    const { market } = this.#dialect;
    const granularity = query.get('granularity') ?? '60';
    const interval = Object.hasOwn(GRANULARITIES, granularity) ? GRANULARITIES[granularity] : undefined;
    if (interval === undefined) return refusal(400, 'Unsupported granularity');
    const [start, end] = [readTime(query.get('start')), readTime(query.get('end'))];
    if (Number.isNaN(start) || Number.isNaN(end)) return refusal(400, 'invalid time');
    const step = Number(granularity) * 1000;
    if (start !== null && ((end ?? market.now(state)) - start) / step > MOST_CANDLES) {
      return refusal(
        400,
        `granularity too small for the requested time range. Count of aggregations requested exceeds ${MOST_CANDLES}`,
      );
    }
    market.originOf(state);
    const bars = state
      .candles(interval, market.now(state))
      .filter(({ t, trades }) => trades > 0 && t >= (start ?? 0) && t <= (end ?? Number.POSITIVE_INFINITY));
    const rows = bars.slice(-MOST_CANDLES).reverse();
    const { spelling } = state.profile;
    const texts = rows.map(({ t, low, high, open, close, volume }) =>
      [t / 1000, ...[low, high, open, close, spellSize(volume, spelling)].map(trimDecimal)].join(','),
    );
    return { status: 200, body: `[${texts.map((text) => `[${text}]`).join(',')}]` };
  }

  #book(state: ReplaySymbol, query: URLSearchParams): RestAnswer {
    const level = query.get('level') ?? '1';
    if (level !== '1' && level !== '2') return refusal(level === '3' ? 401 : 400, 'Invalid level');
    const count = level === '1' ? 1 : Number.POSITIVE_INFINITY;
    const row = ([price, size]: readonly [string, string]): unknown[] => [price, size, 1];
    return json({
      bids: state.book.levels('bid', count).map(row),
      asks: state.book.levels('ask', count).map(row),
      sequence: Number(this.#dialect.sequenceOf(state)),
      auction_mode: false,
      auction: null,
      time: isoText(this.#dialect.market.now(state)),
    });
  }

  // `after` pages to older trades, `before` to newer ones; both are ids and neither is included.
  #trades(state: ReplaySymbol, query: URLSearchParams): RestAnswer {
    const limit = whole(query.get('limit') ?? '1000');
    const [after, before] = [whole(query.get('after') ?? '0'), whole(query.get('before') ?? '0')];
    if (limit === null || after === null || before === null || limit > 1000n) return refusal(400, 'Invalid limit');
    const fits = state.trades.filter(
      ({ id }) => (after === 0n || BigInt(id) < after) && (before === 0n || BigInt(id) > before),
    );
    const page = fits.slice(-Number(limit)).reverse();
    const first = page[0];
    const last = page[page.length - 1];
    const headers = first === undefined ? {} : { 'CB-BEFORE': first.id, 'CB-AFTER': last.id };
    return { ...json(page.map(tradeRow)), headers };
  }

  #ticker(state: ReplaySymbol): RestAnswer {
    const row = state.trades[state.trades.length - 1];
    const { bid, ask } = state.best();
    this.#dialect.market.originOf(state);
    const now = this.#dialect.market.now(state);
    return json({
      trade_id: Number(row?.id ?? 0),
      price: row?.price ?? state.lastPrice,
      size: row?.size ?? '0',
      time: isoText(row?.time ?? now),
      bid: bid?.[0] ?? '0',
      ask: ask?.[0] ?? '0',
      volume: spellSize(state.day(now).volume, state.profile.spelling),
    });
  }

  #stats(state: ReplaySymbol): RestAnswer {
    this.#dialect.market.originOf(state);
    const { open, high, low, last, volume } = state.day(this.#dialect.market.now(state));
    const { spelling } = state.profile;
    const month = spellSize(volume * 30n, spelling);
    return json({ open, high, low, last, volume: spellSize(volume, spelling), volume_30day: month });
  }
}

/** ms from unix seconds or ISO text; null when absent, NaN when neither. */
function readTime(text: string | null): number | null {
  if (text === null || text === '') return null;
  return /^\d+$/.test(text) ? Number(text) * 1000 : isoMs(text);
}

function whole(text: string): bigint | null {
  return /^\d{1,20}$/.test(text) ? BigInt(text) : null;
}

function json(value: unknown): RestAnswer {
  return { status: 200, body: JSON.stringify(value) };
}

function refusal(status: number, message: string): RestAnswer {
  return { status, body: JSON.stringify({ message }) };
}

import { spellSize } from './candles';
import { spellUnits } from './decimal';
import type { KrakenDialect } from './kraken';
import { KRAKEN_INTERVALS, vwap } from './kraken-format';
import type { ReplaySymbol } from './replay-symbol';
import type { RestAnswer, RestRequest } from './venue-protocol';
import { isoText } from './wire-text';

const MOST_BARS = 720;
const MOST_TRADES = 1000;
const MOST_LEVELS = 500;

/** Requests speak names of the first version: `XBT` for BTC, `XDG` for DOGE. */
const OLD_NAMES: Readonly<Record<string, string>> = { BTC: 'XBT', DOGE: 'XDG' };

/** A refusal in the venue's words; its status is 200 all the same. */
class Refusal extends Error {}

export class KrakenRequests {
  readonly #dialect: KrakenDialect;

  constructor(dialect: KrakenDialect) {
    this.#dialect = dialect;
  }

  /** Null for a path that is not the venue's. */
  answer({ path, query }: RestRequest): RestAnswer | null {
    const what = /^\/0\/public\/(\w+)$/.exec(path)?.[1];
    if (what === undefined) return null;
    try {
      return { status: 200, body: `{"error":[],"result":${this.#result(what, query)}}` };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: 200, body: JSON.stringify({ error: [error.message] }) };
    }
  }

  #result(what: string, query: URLSearchParams): string {
    switch (what) {
      case 'Time': {
        const now = this.#dialect.market.clock();
        return JSON.stringify({ unixtime: Math.floor(now / 1000), rfc1123: new Date(now).toUTCString() });
      }
      case 'SystemStatus':
        return JSON.stringify({ status: 'online', timestamp: isoText(this.#dialect.market.clock(), 3) });
      case 'AssetPairs':
        return JSON.stringify(this.#pairs(query));
      case 'OHLC':
        return this.#bars(this.#state(query), query);
      case 'Trades':
        return this.#trades(this.#state(query), query);
      case 'Depth':
        return this.#depth(this.#state(query), query);
      default:
        throw new Refusal('EGeneral:Unknown method');
    }
  }

  #state(query: URLSearchParams): ReplaySymbol {
    const asked = query.get('pair') ?? '';
    const states = [...this.#dialect.market.states.values()];
    const found = states.find(({ symbol }) =>
      [symbol, oldName(symbol), oldName(symbol).replace('/', '')].includes(asked),
    );
    if (found === undefined) throw new Refusal('EQuery:Unknown asset pair');
    return found;
  }

  #pairs(query: URLSearchParams): Record<string, unknown> {
    const asked = query.get('pair');
    const states = asked === null ? [...this.#dialect.market.states.values()] : [this.#state(query)];
    return Object.fromEntries(states.map((state) => [keyOf(state), pairRow(state)]));
  }

  #bars(state: ReplaySymbol, query: URLSearchParams): string {
    const { market } = this.#dialect;
    const interval = KRAKEN_INTERVALS.get(Number(query.get('interval') ?? '1'));
    const since = query.get('since') ?? '0';
    if (interval === undefined || !/^\d+$/.test(since)) throw new Refusal('EGeneral:Invalid arguments');
    market.originOf(state);
    const bars = state
      .candles(interval, market.now(state))
      .filter(({ t }) => t / 1000 > Number(since))
      .slice(-MOST_BARS);
    const { spelling } = state.profile;
    const rows = bars.map(({ t, open, high, low, close, quote, volume, trades }) => {
      const mean = vwap(quote, volume, close, spelling.price);
      return [t / 1000, open, high, low, close, mean, spellSize(volume, spelling), trades];
    });
    // The running bar is last and not yet to be counted on.
    const last = rows[rows.length - 2]?.[0] ?? 0;
    return JSON.stringify({ [keyOf(state)]: rows, last });
  }

  // Prices are texts, seconds a bare number; `since` counts nanoseconds and is left out itself.
  #trades(state: ReplaySymbol, query: URLSearchParams): string {
    const [since, count] = [query.get('since') ?? '0', query.get('count') ?? String(MOST_TRADES)];
    if (!/^\d+$/.test(since) || !/^\d+$/.test(count)) throw new Refusal('EGeneral:Invalid arguments');
    const most = Math.min(MOST_TRADES, Math.max(1, Number(count)));
    const after = state.trades.filter(({ time }) => nanoseconds(time) > BigInt(since));
    const page = query.has('since') ? after.slice(0, most) : after.slice(-most);
    const rows = page.map(
      ({ price, size, time, aggressor, id }) =>
        `["${price}","${size}",${spellUnits(BigInt(time), 3)},"${aggressor === 'buyer' ? 'b' : 's'}","l","",${id}]`,
    );
    const last = page[page.length - 1];
    const until = last === undefined ? since : String(nanoseconds(last.time));
    return `{${JSON.stringify(keyOf(state))}:[${rows.join(',')}],"last":"${until}"}`;
  }

  #depth(state: ReplaySymbol, query: URLSearchParams): string {
    const count = Number(query.get('count') ?? '100');
    if (!Number.isInteger(count) || count < 1 || count > MOST_LEVELS) throw new Refusal('EGeneral:Invalid arguments');
    const at = Math.floor(this.#dialect.market.now(state) / 1000);
    const side = (which: 'bid' | 'ask'): unknown[] =>
      state.book.levels(which, count).map(([price, size]) => [price, size, at]);
    return JSON.stringify({ [keyOf(state)]: { asks: side('ask'), bids: side('bid') } });
  }
}

function oldName(symbol: string): string {
  return symbol
    .split('/')
    .map((asset) => OLD_NAMES[asset] ?? asset)
    .join('/');
}

function keyOf({ symbol }: ReplaySymbol): string {
  const [base = '', quote = ''] = oldName(symbol).split('/');
  return base === 'XBT' && /^(?:USD|EUR|GBP|JPY|CAD)$/.test(quote) ? `XXBTZ${quote}` : `${base}${quote}`;
}

function pairRow(state: ReplaySymbol): Record<string, unknown> {
  const [base = '', quote = ''] = oldName(state.symbol).split('/');
  const size = Math.max(state.profile.sizeDecimals, state.profile.spelling.size);
  return {
    altname: `${base}${quote}`,
    wsname: `${base}/${quote}`,
    aclass_base: 'currency',
    base,
    aclass_quote: 'currency',
    quote,
    pair_decimals: state.priceDecimals,
    cost_decimals: 5,
    lot_decimals: size,
    lot_multiplier: 1,
    ordermin: spellUnits(1n, size),
    costmin: '0.5',
    tick_size: spellUnits(1n, state.priceDecimals),
    status: 'online',
  };
}

function nanoseconds(ms: number): bigint {
  return BigInt(ms) * 1_000_000n;
}

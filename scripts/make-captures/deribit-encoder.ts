import type { Encoder, Level, MadeBar, MadeTrade, MarketFeed, Said, Sides } from './market-recorder';

const API = 'https://www.deribit.com/api/v2/public/get_instruments';
const FIRST_CHANGE = 33_195_894_000;
const FIRST_TRADE = 403_691_000;
const KINDS = ['book', 'trades', 'ticker', 'chart'] as const;

interface Numbers {
  change: number;
  best: string;
  readonly bids: Set<string>;
  readonly asks: Set<string>;
}

/**
 * Deribit: books chained by the id of the change before, numbered trades, tickers that state the best prices, bars.
 * Prices of an inverse contract lie half a dollar apart, its amounts ten dollars.
 */
export class DeribitEncoder implements Encoder {
  readonly depth = Number.POSITIVE_INFINITY;
  readonly tellsFallen = true;
  readonly sockets = ['wss://www.deribit.com/ws/api/v2'];
  readonly #numbers = new Map<string, Numbers>();
  #trade = FIRST_TRADE;

  open(feeds: readonly MarketFeed[], now: number): Said[] {
    const times = `"usIn":${now * 1000},"usOut":${now * 1000 + 581},"usDiff":581,"testnet":false`;
    const lists = feeds.map((feed) => ({
      http: `${API}?currency=${isInverse(feed) ? 'BTC' : 'USDC'}&kind=future`,
      m: `{"jsonrpc":"2.0","result":[${instrument(feed)}],${times}}`,
    }));
    const channels = feeds.flatMap(({ symbol }) =>
      KINDS.map((kind) => (kind === 'chart' ? `chart.trades.${symbol}.1` : `${kind}.${symbol}.100ms`)),
    );
    return [
      ...lists,
      { m: `{"jsonrpc":"2.0","id":1,"result":"ok",${times}}` },
      { m: `{"jsonrpc":"2.0","id":2,"result":${JSON.stringify(channels)},${times}}` },
    ];
  }

  snapshot(feed: MarketFeed, now: number): Said[] {
    const change = FIRST_CHANGE + feed.index * 1_000_000;
    const { bids, asks } = feed.told();
    const names = (levels: readonly Level[]): Set<string> => new Set(levels.map(([price]) => price));
    const numbers = { change, best: '', bids: names(bids), asks: names(asks) };
    this.#numbers.set(feed.symbol, numbers);
    const side = (levels: readonly Level[]): string => levels.map((level) => row(feed, 'new', level)).join(',');
    const data = `{"type":"snapshot","timestamp":${now},"instrument_name":"${feed.symbol}","change_id":${change},"bids":[${side(bids)}],"asks":[${side(asks)}]}`;
    return [...this.#ticker(feed, numbers, now), said(`book.${feed.symbol}.100ms`, data)];
  }

  change(feed: MarketFeed, { bids, asks }: Sides, now: number): Said[] {
    const numbers = this.#of(feed);
    const previous = numbers.change;
    numbers.change += 3 + ((previous * 7) % 11);
    const side = (held: Set<string>, levels: readonly Level[]): string =>
      levels.map((level) => row(feed, actionOn(held, level), level)).join(',');
    const data = `{"type":"change","timestamp":${now},"prev_change_id":${previous},"instrument_name":"${feed.symbol}","change_id":${numbers.change},"bids":[${side(numbers.bids, bids)}],"asks":[${side(numbers.asks, asks)}]}`;
    return [said(`book.${feed.symbol}.100ms`, data), ...this.#ticker(feed, numbers, now)];
  }

  trades(feed: MarketFeed, trades: readonly MadeTrade[], now: number): Said[] {
    const rows = trades.map(({ id, price, size, buyer }) => {
      const at = priceOf(feed, price);
      this.#trade++;
      return `{"timestamp":${now},"price":${at},"amount":${amountOf(feed, size)},"direction":"${buyer ? 'buy' : 'sell'}","index_price":${at},"instrument_name":"${feed.symbol}","trade_seq":${id},"mark_price":${at},"tick_direction":${buyer ? 1 : 3},"contracts":${size},"trade_id":"${this.#trade}"}`;
    });
    return [said(`trades.${feed.symbol}.100ms`, `[${rows.join(',')}]`)];
  }

  bar(feed: MarketFeed, bar: MadeBar): Said[] {
    const price = (steps: number): string => priceOf(feed, feed.price(steps));
    const amount = amountOf(feed, feed.size(bar.volume));
    const coins = isInverse(feed) ? (Number(amount) / Number(price(bar.close))).toFixed(8) : amount;
    const cost = isInverse(feed) ? amount : feed.amount(bar.quote);
    const data = `{"tick":${bar.t},"open":${price(bar.open)},"high":${price(bar.high)},"low":${price(bar.low)},"close":${price(bar.close)},"volume":${coins},"cost":${cost}}`;
    return [said(`chart.trades.${feed.symbol}.1`, data)];
  }

  /** Told when the best prices of the told book are others than they were. */
  #ticker(feed: MarketFeed, numbers: Numbers, now: number): Said[] {
    const { bids, asks } = feed.told(1);
    const best = [...bids, ...asks].join();
    if (best === numbers.best) return [];
    numbers.best = best;
    const level = (name: string, [one]: readonly Level[]): string => {
      const [price, amount] = one === undefined ? ['0.0', '0.0'] : [priceOf(feed, one[0]), amountOf(feed, one[1])];
      return `"best_${name}_price":${price},"best_${name}_amount":${amount}`;
    };
    const { day } = feed;
    const price = (steps: number): string => priceOf(feed, feed.price(steps));
    const last = price(day.last);
    const volume = amountOf(feed, feed.size(day.volume));
    const stats = `{"volume_usd":${volume},"volume_notional":${volume},"volume":${volume},"price_change":0.0125,"low":${price(day.low)},"high":${price(day.high)}}`;
    const data =
      `{"timestamp":${now},"stats":${stats},"state":"open","settlement_price":${last},"open_interest":1000.0,"min_price":1.0,` +
      `"max_price":999999.0,"mark_price":${last},"last_price":${last},"instrument_name":"${feed.symbol}","index_price":${last},` +
      `"funding_8h":0.00001184,"current_funding":0.0,"estimated_delivery_price":${last},${level('bid', bids)},${level('ask', asks)}}`;
    return [said(`ticker.${feed.symbol}.100ms`, data)];
  }

  #of(feed: MarketFeed): Numbers {
    const numbers = this.#numbers.get(feed.symbol);
    if (numbers === undefined) throw new Error(`${feed.symbol} has no snapshot yet.`);
    return numbers;
  }
}

function isInverse(feed: MarketFeed): boolean {
  return !feed.symbol.includes('_');
}

/** What happens to a level, which the book then holds or not. */
function actionOn(held: Set<string>, [price, size]: Level): string {
  if (/^[0.]+$/.test(size)) {
    held.delete(price);
    return 'delete';
  }
  if (held.has(price)) return 'change';
  held.add(price);
  return 'new';
}

function row(feed: MarketFeed, action: string, [price, size]: Level): string {
  return `["${action}",${priceOf(feed, price)},${action === 'delete' ? '0.0' : amountOf(feed, size)}]`;
}

/** A price as the venue writes it: five times its steps where those are of half a dollar. */
function priceOf(feed: MarketFeed, text: string): string {
  if (!isInverse(feed)) return cut(text);
  const digits = String(BigInt(text.replace('.', '')) * 5n).padStart(2, '0');
  return `${digits.slice(0, -1)}.${digits.slice(-1)}`;
}

function amountOf(feed: MarketFeed, text: string): string {
  return isInverse(feed) ? `${BigInt(text) * 10n}.0` : cut(text);
}

/** Numbers come without the zeros that pad them, but never without a digit behind the point. */
function cut(text: string): string {
  return text.includes('.') ? text.replace(/(\.\d+?)0+$/, '$1') : `${text}.0`;
}

function instrument(feed: MarketFeed): string {
  const inverse = isInverse(feed);
  const [base, rest = ''] = feed.symbol.split(/[-_]/);
  const [tick, lot] = inverse ? ['0.5', '10.0'] : [cut(feed.price(1)), cut(feed.size(1))];
  const quote = inverse ? 'USD' : rest;
  return `{"tick_size":${tick},"tick_size_steps":[],"taker_commission":0.0005,"settlement_period":"perpetual","settlement_currency":"${inverse ? base : rest}","quote_currency":"${quote}","counter_currency":"${quote}","min_trade_amount":${lot},"maker_commission":0.0,"kind":"future","is_active":true,"instrument_type":"${inverse ? 'reversed' : 'linear'}","instrument_name":"${feed.symbol}","expiration_timestamp":32503708800000,"creation_timestamp":1534167754000,"contract_size":${lot},"base_currency":"${base}"}`;
}

function said(channel: string, data: string): Said {
  return { m: `{"jsonrpc":"2.0","method":"subscription","params":{"channel":"${channel}","data":${data}}}` };
}

import { crc32 } from 'node:zlib';
import type { Encoder, Level, MadeTrade, MarketFeed, Said, Sides } from './market-recorder';

const DEPTH = 25;
const CHECKED_LEVELS = 10;

/** Kraken v2: books of 25 levels proven by a checksum over wire digits, trades, a heartbeat a second. */
export class KrakenEncoder implements Encoder {
  readonly depth = DEPTH;
  readonly tellsFallen = false;
  readonly sockets = ['wss://ws.kraken.com/v2'];

  open(feeds: readonly MarketFeed[], now: number): Said[] {
    const status = '{"version":"2.0.10","system":"online","api_version":"v2","connection_id":17408390984690501469}';
    const pairs = feeds.map(pair).join(',');
    return [
      message('status', 'update', status),
      acknowledged('{"channel":"instrument","snapshot":true}', now),
      { m: `{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[${pairs}]}}` },
      ...feeds.flatMap(({ symbol }) => [
        acknowledged(`{"channel":"book","depth":${DEPTH},"snapshot":true,"symbol":"${symbol}"}`, now),
        acknowledged(`{"channel":"trade","snapshot":false,"symbol":"${symbol}"}`, now),
      ]),
    ];
  }

  snapshot(feed: MarketFeed, now: number): Said[] {
    return [book(feed, 'snapshot', feed.told(), now)];
  }

  change(feed: MarketFeed, news: Sides, now: number): Said[] {
    return [book(feed, 'update', news, now)];
  }

  trades(feed: MarketFeed, trades: readonly MadeTrade[], now: number): Said[] {
    const entries = trades.map(
      ({ id, price, size, buyer }) =>
        `{"symbol":"${feed.symbol}","side":"${buyer ? 'buy' : 'sell'}","price":${price},"qty":${size},"ord_type":"market","trade_id":${id},"timestamp":"${iso(now)}"}`,
    );
    return [message('trade', 'update', entries.join(','))];
  }

  second(feed: MarketFeed): Said[] {
    return feed.index === 0 ? [{ m: '{"channel":"heartbeat"}' }] : [];
  }
}

function book(feed: MarketFeed, type: string, { bids, asks }: Sides, now: number): Said {
  const side = (levels: readonly Level[]): string =>
    levels.map(([price, qty]) => `{"price":${price},"qty":${qty}}`).join(',');
  const entry = `{"symbol":"${feed.symbol}","bids":[${side(bids)}],"asks":[${side(asks)}],"checksum":${checksum(feed)},"timestamp":"${iso(now)}"}`;
  return message('book', type, entry);
}

function checksum(feed: MarketFeed): number {
  const { bids, asks } = feed.told(CHECKED_LEVELS);
  const token = (digits: string): string => digits.replace('.', '').replace(/^0+/, '');
  return crc32([...asks, ...bids].map(([price, qty]) => token(price) + token(qty)).join(''));
}

function pair({ symbol, spec }: MarketFeed): string {
  const [base, quote] = symbol.split('/');
  const step = (decimals: number): string =>
    decimals > 4 ? `1e-${String(decimals).padStart(2, '0')}` : (10 ** -decimals).toFixed(decimals);
  return (
    `{"symbol":"${symbol}","base":"${base}","quote":"${quote}","status":"online","qty_precision":${spec.spelledSize},` +
    `"qty_increment":${step(spec.spelledSize)},"price_precision":${spec.priceDecimals},"cost_precision":5,"marginable":true,` +
    `"has_index":true,"cost_min":0.5,"tick_size":${step(spec.priceDecimals)},"price_increment":${step(spec.priceDecimals)},"qty_min":5e-05}`
  );
}

function acknowledged(result: string, now: number): Said {
  return {
    m: `{"method":"subscribe","result":${result},"success":true,"time_in":"${iso(now)}","time_out":"${iso(now)}"}`,
  };
}

function message(channel: string, type: string, entries: string): Said {
  return { m: `{"channel":"${channel}","type":"${type}","data":[${entries}]}` };
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '417Z');
}

import type { VenueId } from '@/market/instrument.ts';
import { isoText } from '../venues/iso-text.ts';
import { KRAKEN_CHECKSUM, levelToken } from '../venues/kraken-checksum.ts';

/** A socket as a server sees it. */
export interface ServerSocket {
  /** Subscribed at the moment, in the server's own words. */
  readonly names: Set<string>;
  say(text: string): void;
  /** A name came that is subscribed already. */
  twice(): void;
}

/** A venue that serves one symbol and nothing but what its adapter asks of it. */
export interface EnduranceServer {
  readonly venue: VenueId;
  readonly symbol: string;
  heard(socket: ServerSocket, text: string, now: number): void;
  /** What everybody who subscribed hears next: a diff and, now and then, a trade. */
  speak(now: number): readonly { readonly name: string; readonly text: string }[];
  /** The body of an HTTP answer; null where there is none. */
  answer(path: string, now: number): string | null;
  /** Name of the stream of the book. */
  readonly book: string;
}

function isoMicros(now: number): string {
  const ms = Math.floor(now) % 1_000;
  return isoText(now).replace('Z', `.${String(ms).padStart(3, '0')}000Z`);
}

/** Trades that can be asked for: more than are ever lost in one outage. */
const KEPT_TRADES = 400;
const recent = <T>(row: (back: number) => T): T[] => Array.from({ length: KEPT_TRADES }, (_, back) => row(back));

/** Sizes go round, so that each diff changes the book. */
const sizeAt = (turn: number): string => `${1 + (turn % 9)}.5`;

function subscribed(socket: ServerSocket, name: string): void {
  if (socket.names.has(name)) socket.twice();
  socket.names.add(name);
}

/** Binance spot: numbered diffs, and a snapshot by request. */
export function binanceServer(): EnduranceServer {
  let id = 1_000;
  let trade = 5_000;
  const row = (t: number, now: number): object => ({
    id: t,
    price: '100.01',
    qty: '1',
    time: Math.floor(now),
    isBuyerMaker: false,
  });
  const body = (method: string, now: number): string | null => {
    if (method === 'exchangeInfo') return LISTING;
    if (method === 'depth')
      return `{"lastUpdateId":${id},"bids":[["100.00","${sizeAt(id)}"],["99.00","1"]],"asks":[["100.10","2"]]}`;
    if (method === 'time') return `{"serverTime":${Math.floor(now)}}`;
    if (method === 'trades.recent') return JSON.stringify(recent((back) => row(trade - back, now)).reverse());
    return null;
  };
  return {
    venue: 'binance',
    symbol: 'BTCUSDT',
    book: 'btcusdt@depth@100ms',
    heard(socket, text, now) {
      const { id: asked, method, params } = JSON.parse(text) as { id: unknown; method: string; params: unknown };
      if (method !== 'SUBSCRIBE' && method !== 'UNSUBSCRIBE') {
        const result = body(method, now);
        socket.say(
          result === null
            ? `{"id":"${asked}","status":400,"error":{"code":-1000,"msg":"not here"}}`
            : `{"id":"${asked}","status":200,"result":${result}}`,
        );
        return;
      }
      for (const name of params as string[]) {
        if (method === 'SUBSCRIBE') subscribed(socket, name);
        else socket.names.delete(name);
      }
      socket.say(`{"result":null,"id":${asked}}`);
    },
    speak(now) {
      const at = Math.floor(now);
      id++;
      const diff = `{"e":"depthUpdate","E":${at},"s":"BTCUSDT","U":${id},"u":${id},"b":[["100.00","${sizeAt(id)}"]],"a":[]}`;
      const said = [{ name: 'btcusdt@depth@100ms', text: `{"stream":"btcusdt@depth@100ms","data":${diff}}` }];
      if (id % 4 !== 0) return said;
      trade++;
      const data = `{"e":"trade","E":${at},"s":"BTCUSDT","t":${trade},"p":"100.01","q":"1","T":${at},"m":false,"M":true}`;
      return [...said, { name: 'btcusdt@trade', text: `{"stream":"btcusdt@trade","data":${data}}` }];
    },
    answer: (path, now) => (path.includes('/depth') ? body('depth', now) : null),
  };
}

const LISTING = JSON.stringify({
  symbols: [
    {
      symbol: 'BTCUSDT',
      status: 'TRADING',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      filters: [
        { filterType: 'PRICE_FILTER', tickSize: '0.01' },
        { filterType: 'LOT_SIZE', stepSize: '0.001' },
      ],
    },
  ],
});

/** Kraken: books with a checksum of each message, everything over one socket. */
export function krakenServer(): EnduranceServer {
  let turn = 0;
  let trade = 5_000;
  const level = (price: string, qty: string): string => `{"price":${price},"qty":${qty}}`;
  const checksum = (): number => KRAKEN_CHECKSUM.of([levelToken('100.0', sizeAt(turn))], [levelToken('100.1', '2.0')]);
  const wrap = (channel: string, type: string, data: string): string =>
    `{"channel":"${channel}","type":"${type}","data":[${data}]}`;
  const greeting = (channel: string): string => {
    if (channel === 'book')
      return wrap(
        'book',
        'snapshot',
        `{"symbol":"BTC/USD","bids":[${level('100.0', sizeAt(turn))}],"asks":[${level('100.1', '2.0')}],"checksum":${checksum()}}`,
      );
    return channel === 'instrument' ? INSTRUMENTS : '';
  };
  return {
    venue: 'kraken',
    symbol: 'BTC/USD',
    book: 'book:BTC/USD',
    heard(socket, text, now) {
      const { method, params, req_id } = JSON.parse(text) as {
        method: string;
        params?: { channel: string; symbol?: readonly string[]; interval?: number; depth?: number };
        req_id?: number;
      };
      const id = req_id === undefined ? '' : `,"req_id":${req_id}`;
      const times = `"time_in":"${isoMicros(now)}","time_out":"${isoMicros(now)}"${id}`;
      if (!params) {
        socket.say(`{"method":"pong",${times}}`);
        return;
      }
      const { channel, symbol = [''], ...more } = params;
      for (const one of symbol) {
        const name = one === '' ? channel : `${channel}:${one}`;
        if (method === 'subscribe') subscribed(socket, name);
        else socket.names.delete(name);
        const result = JSON.stringify({ channel, ...more, ...(one !== '' && { symbol: one }) });
        socket.say(`{"method":"${method}","result":${result},"success":true,${times}}`);
        const first = method === 'subscribe' ? greeting(channel) : '';
        if (first !== '') socket.say(first);
      }
    },
    speak(now) {
      turn++;
      const time = isoMicros(now);
      const update = `{"symbol":"BTC/USD","bids":[${level('100.0', sizeAt(turn))}],"asks":[],"checksum":${checksum()},"timestamp":"${time}"}`;
      const said = [{ name: 'book:BTC/USD', text: wrap('book', 'update', update) }];
      if (turn % 4 !== 0) return said;
      trade++;
      const data = `{"symbol":"BTC/USD","side":"buy","price":100.1,"qty":1.0,"ord_type":"limit","trade_id":${trade},"timestamp":"${time}"}`;
      return [...said, { name: 'trade:BTC/USD', text: wrap('trade', 'update', data) }];
    },
    answer(path, now) {
      if (!path.includes('/Trades')) return null;
      const seconds = (now / 1_000).toFixed(3);
      const rows = recent((back) => `["100.1","1.0",${seconds},"b","l","",${trade - back}]`).reverse();
      return `{"error":[],"result":{"XXBTZUSD":[${rows.join(',')}],"last":"1"}}`;
    },
  };
}

const INSTRUMENTS = JSON.stringify({
  channel: 'instrument',
  type: 'snapshot',
  data: {
    assets: [],
    pairs: [
      {
        symbol: 'BTC/USD',
        base: 'BTC',
        quote: 'USD',
        status: 'online',
        qty_precision: 8,
        qty_increment: 1e-8,
        price_precision: 1,
        price_increment: 0.1,
      },
    ],
  },
});

/** Coinbase: a book that numbers nothing, and a list of all that is subscribed for every answer. */
export function coinbaseServer(): EnduranceServer {
  let turn = 0;
  let trade = 5_000;
  const listed = (names: ReadonlySet<string>): string => {
    const channels = [...names].map(
      (name) => `{"name":"${name.slice(0, name.indexOf(':'))}","product_ids":["BTC-USD"]}`,
    );
    return `{"type":"subscriptions","channels":[${channels.join(',')}]}`;
  };
  const row = (id: number, now: number): object => ({
    time: isoMicros(now),
    trade_id: id,
    price: '100.01',
    size: '1',
    side: 'sell',
  });
  return {
    venue: 'coinbase',
    symbol: 'BTC-USD',
    book: 'level2_batch:BTC-USD',
    heard(socket, text, now) {
      const { type, channels } = JSON.parse(text) as { type: string; channels: readonly string[] };
      for (const channel of channels) {
        const name = `${channel}:BTC-USD`;
        if (type === 'subscribe') subscribed(socket, name);
        else socket.names.delete(name);
      }
      socket.say(listed(socket.names));
      if (type !== 'subscribe' || !channels.includes('level2_batch')) return;
      const time = isoMicros(now);
      socket.say(
        `{"type":"snapshot","product_id":"BTC-USD","asks":[["100.10","2"]],"bids":[["100.00","${sizeAt(turn)}"]],"time":"${time}"}`,
      );
    },
    speak(now) {
      turn++;
      const time = isoMicros(now);
      const update = `{"type":"l2update","product_id":"BTC-USD","changes":[["buy","100.00","${sizeAt(turn)}"]],"time":"${time}"}`;
      const said = [{ name: 'level2_batch:BTC-USD', text: update }];
      if (turn % 4 !== 0) return said;
      trade++;
      const match = `{"type":"match","trade_id":${trade},"side":"sell","size":"1","price":"100.01","product_id":"BTC-USD","time":"${time}"}`;
      const beat = `{"type":"heartbeat","sequence":90,"last_trade_id":${trade},"product_id":"BTC-USD","time":"${time}"}`;
      return [...said, { name: 'matches:BTC-USD', text: match }, { name: 'heartbeat:BTC-USD', text: beat }];
    },
    answer(path, now) {
      if (path.endsWith('/time')) return `{"iso":"${isoMicros(now)}","epoch":${(now / 1000).toFixed(3)}}`;
      if (path.includes('/trades')) return JSON.stringify(recent((back) => row(trade - back, now)));
      if (!path.endsWith('/BTC-USD')) return null;
      return '{"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","quote_increment":"0.01","base_increment":"0.001","display_name":"BTC/USD","status":"online","trading_disabled":false}';
    },
  };
}

import type { Capture, CaptureLine } from '../capture-file';
import { bookBody, diffText, levelsOf, microsOf, topBookText } from './bitstamp-format';
import { BitstampRequests } from './bitstamp-requests';
import { BitstampSockets } from './bitstamp-sockets';
import { isPlainDecimal } from './decimal';
import {
  type Derivation,
  type Dialect,
  type DiffIds,
  type Reading,
  type RecordedTrade,
  type ReplayMessage,
  readChannel,
  type Shift,
} from './dialect';
import type { Peer } from './hub';
import { LapSpan } from './lap-span';
import type { ReplayMarket } from './replay-market';
import { recordedHosts, replayProtocol } from './replay-protocol';
import type { ReplaySymbol } from './replay-symbol';
import type { Level, TrueBook } from './true-book';
import { type RestAnswer, type RestRequest, type Upgrade, VenueError, type VenueProtocol } from './venue-protocol';
import { decodeText, type Fields, isFields, parseFields } from './wire-text';

const TOP_BOOK_EVERY_MS = 1_000;

/** Bitstamp, WebSocket v2: diffs ordered by their microsecond, joined to a book that is requested. */
class BitstampDialect implements Dialect {
  readonly venue = 'bitstamp';
  readonly sequence = 'time';
  readonly tellsSequence = false;
  readonly snapshotBy = 'request';
  readonly garbage = [
    '{"data":{"microtimestamp":"soon","bids":null,"asks":[[]]},"channel":"diff_order_book_nobody","event":"data"}',
    '{"data":{"id":"x","price_str":"1e999","amount_str":"-0","type":7},"channel":"live_trades_nobody","event":"trade"}',
    '{"data":{"bids":{},"asks":[["1"]]},"channel":"order_book_nobody","event":"data"}',
    '{"event":"bts:error","channel":null,"data":"no"}',
  ];
  /** Body of a recorded `trading-pairs-info`. */
  pairs: string | null = null;
  // One row of numbers for all markets.
  readonly #tradeIds = new LapSpan();
  readonly #orderIds = new LapSpan();
  #market: ReplayMarket | null = null;
  #sockets: BitstampSockets | null = null;
  #requests: BitstampRequests | null = null;

  get market(): ReplayMarket {
    if (this.#market === null) throw new VenueError('bitstamp was used before it was opened.');
    return this.#market;
  }

  read(line: CaptureLine): readonly Reading[] {
    const fields = parseFields(line.m);
    if (fields === null) return [];
    // The venue wants every socket to connect anew: for all of them.
    if (fields.event === 'bts:request_reconnect') return [{ kind: 'other', symbol: '', text: line.m, channel: '' }];
    const match = /^(diff_order_book|live_trades)_([a-z0-9-]+)$/.exec(String(fields.channel));
    if (match === null || !isFields(fields.data)) return [];
    const [, channel, symbol] = match;
    if (channel === 'diff_order_book') return fields.event === 'data' ? [readBook(symbol, line.m, fields.data)] : [];
    return fields.event === 'trade' ? [this.#readTrade(symbol, line.m, fields.data)] : [];
  }

  readAnswer(line: CaptureLine): readonly Reading[] {
    const path = /\/api\/v2\/([^?#]+)/.exec(line.url ?? '')?.[1] ?? '';
    if (/^trading-pairs-info\/?$/.test(path)) this.pairs ??= line.m;
    const symbol = /^order_book\/([^/]+)\/?$/.exec(path)?.[1];
    const body = symbol === undefined ? null : parseFields(line.m);
    if (symbol === undefined || body === null) return [];
    const reading = readBook(decodeText(symbol), line.m, body);
    return reading.bids === undefined || reading.last === undefined ? [] : [{ ...reading, kind: 'snapshot' }];
  }

  enter(market: ReplayMarket): void {
    this.#market = market;
    this.#sockets = new BitstampSockets(this);
    this.#requests = new BitstampRequests(this);
  }

  notes(): readonly string[] {
    const notes = [
      'order_book_<market> is the best hundred levels of the true book, told once a second',
      'ohlc and ticker are derived from the trades so far and generated history; transactions are the trades so far',
      'live_orders and detail_order_book are acknowledged and stay silent: single orders were not recorded',
    ];
    if (this.pairs === null) notes.push('trading-pairs-info is derived from the recorded digits');
    return notes;
  }

  refuse({ path }: RestRequest): Extract<Upgrade, { refuse: number }> | null {
    return path === '/' ? null : { refuse: 404 };
  }

  open(): void {
    // Nobody is greeted.
  }

  hear(peer: Peer, text: string | null): void {
    this.#sockets?.hear(peer, text);
  }

  rest(request: RestRequest): RestAnswer | null {
    return this.#requests?.answer(request) ?? null;
  }

  banAnswer(untilMs: number): RestAnswer {
    const seconds = Math.max(1, Math.ceil((untilMs - Date.now()) / 1000));
    return {
      status: 429,
      body: '{"status":"error","reason":"Request rate limit exceeded","code":"429"}',
      headers: { 'Retry-After': String(seconds) },
    };
  }

  failure(): RestAnswer {
    return { status: 503, body: '{"status":"error","reason":"Service temporarily unavailable","code":"503"}' };
  }

  rewrite(message: ReplayMessage, shift: Shift): string {
    const isBook = message.kind === 'diff';
    const moved = movedTimes(message.text, isBook ? shift.book : shift.time * 1000);
    if (isBook) return moved;
    return moved
      .replace(/"id":(\d+)/, (_, id) => `"id":${this.#tradeIds.move(id, shift.lap)}`)
      .replace(
        /"(buy|sell)_order_id":(\d+)/g,
        (_, side, id) => `"${side}_order_id":${this.#orderIds.move(id, shift.lap)}`,
      );
  }

  tradeId(id: string, shift: Shift): string {
    return this.#tradeIds.move(id, shift.lap);
  }

  snapshot(_: ReplaySymbol, book: TrueBook): string {
    return bookBody(book, '1');
  }

  diff(state: ReplaySymbol, levels: { bids: readonly Level[]; asks: readonly Level[] }, { last }: DiffIds): string {
    return diffText(state.symbol, levels, last);
  }

  derive(channel: string): Derivation | null {
    const { kind, symbol } = readChannel(channel);
    const state = this.market.states.get(symbol);
    if (kind !== 'top' || state === undefined) return null;
    return {
      everyMs: TOP_BOOK_EVERY_MS,
      speak: () => {
        this.market.player.anchor(state);
        return [topBookText(state)];
      },
    };
  }

  #readTrade(symbol: string, text: string, data: Fields): Reading {
    const { id, price_str: price, amount_str: size, type } = data;
    const micros = microsOf(data);
    for (const order of [data.buy_order_id, data.sell_order_id]) this.#orderIds.see(order);
    const fits =
      Number.isSafeInteger(id) && isPlainDecimal(price) && isPlainDecimal(size) && micros !== null && isAggressor(type);
    if (!fits) return { kind: 'trades', symbol, text };
    this.#tradeIds.see(id);
    const time = Math.floor(micros / 1000);
    const row: RecordedTrade = { id: String(id), price, size, time, aggressor: type === 0 ? 'buyer' : 'seller' };
    return { kind: 'trades', symbol, text, time, rows: [row] };
  }
}

export type { BitstampDialect };

export const bitstamp: VenueProtocol = replayProtocol(['bitstamp'], detect, () => new BitstampDialect());

function detect(capture: Capture): string | null {
  if (capture.header !== null) return capture.header.venue === 'bitstamp' ? 'bitstamp' : null;
  return recordedHosts(capture).some(({ host }) => host === 'ws.bitstamp.net') ? 'bitstamp' : null;
}

function isAggressor(type: unknown): type is 0 | 1 {
  return type === 0 || type === 1;
}

function readBook(symbol: string, text: string, data: Fields): Reading {
  const [bids, asks] = [levelsOf(data.bids), levelsOf(data.asks)];
  const micros = microsOf(data);
  return {
    kind: 'diff',
    symbol,
    text,
    ...(bids !== null && asks !== null && { bids, asks }),
    ...(micros !== null && { last: micros, time: Math.floor(micros / 1000) }),
  };
}

/** Moves the microsecond, and the whole second beside it with it. */
function movedTimes(text: string, micros: number): string {
  const found = /"microtimestamp":"(\d{1,16})"/.exec(text)?.[1];
  if (micros === 0 || found === undefined) return text;
  const at = Number(found) + micros;
  return text
    .replace(/"microtimestamp":"\d+"/, `"microtimestamp":"${at}"`)
    .replace(/"timestamp":"\d+"/, `"timestamp":"${Math.floor(at / 1e6)}"`);
}

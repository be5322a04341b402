import { basename } from 'node:path';
import type { Capture, CaptureLine } from '../capture-file';
import { BybitDerived } from './bybit-derived';
import { bookText, type Category, levelsOf, readBybitTrades, readTopic, rewritten } from './bybit-format';
import { BybitRequests } from './bybit-requests';
import { BybitSockets } from './bybit-sockets';
import {
  channelOf,
  type Derivation,
  type Dialect,
  type DiffIds,
  type Reading,
  type ReplayMessage,
  type Shift,
} from './dialect';
import type { Peer } from './hub';
import type { ReplayMarket } from './replay-market';
import { recordedHosts, replayProtocol } from './replay-protocol';
import type { ReplaySymbol } from './replay-symbol';
import type { Level, TrueBook } from './true-book';
import { type RestAnswer, type RestRequest, type Upgrade, VenueError, type VenueProtocol } from './venue-protocol';
import { type Fields, isFields, parseFields, shiftWhole } from './wire-text';

const LAP_STRIDE = 0x9e3779b1;

type Sides = { readonly bids: readonly Level[]; readonly asks: readonly Level[] };

/** Bybit v5, one category: books of a depth, numbered without holes. */
class BybitDialect implements Dialect {
  readonly venue: string;
  readonly category: Category;
  readonly sequence = 'ids';
  readonly snapshotBy = 'subscription';
  readonly connects = { most: 500, withinMs: 300_000, status: 403 };
  readonly garbage = [
    '{"topic":"orderbook.200.NOBODY","type":"delta","ts":0,"data":{"s":"NOBODY","b":null,"a":[["1"]],"u":"x","seq":-1}}',
    '{"topic":"orderbook.200.NOBODY","type":"neither","ts":1,"data":[],"cts":1}',
    '{"topic":"publicTrade.NOBODY","type":"snapshot","ts":"soon","data":[{"S":"Sideways","p":"1e9","v":"-0"}]}',
    '{"success":"perhaps","ret_msg":7,"op":"subscribe"}',
  ];
  /** Rows of recorded `instruments-info` answers. */
  readonly instruments: Fields[] = [];
  readonly #depths: ReadonlyMap<string, number>;
  readonly #last = new Map<string, number>();
  #derived: BybitDerived | null = null;
  #market: ReplayMarket | null = null;
  #sockets: BybitSockets | null = null;
  #requests: BybitRequests | null = null;

  /** @param depths of the recorded book to be played, by symbol: the deepest one of each */
  constructor(venue: string, depths: ReadonlyMap<string, number>) {
    this.venue = venue;
    this.category = venue === 'bybit' ? 'spot' : 'linear';
    this.#depths = depths;
  }

  get market(): ReplayMarket {
    if (this.#market === null) throw new VenueError(`${this.venue} was used before it was opened.`);
    return this.#market;
  }

  get derived(): BybitDerived {
    if (this.#derived === null) throw new VenueError(`${this.venue} was used before it was opened.`);
    return this.#derived;
  }

  read(line: CaptureLine): readonly Reading[] {
    const fields = parseFields(line.m);
    const topic = readTopic(fields?.topic);
    if (fields === null || topic === null) return [];
    const { kind, detail, symbol: named } = topic;
    const { data } = fields;
    switch (kind) {
      case 'orderbook':
        return isFields(data) ? [this.#readBook(line.m, fields, data, Number(detail), named)] : [];
      case 'publicTrade':
        return readBybitTrades(line.m, fields, named);
      case 'tickers': {
        const symbol = isFields(data) && typeof data.symbol === 'string' ? data.symbol : named;
        return [{ kind: 'ticker', symbol, text: line.m, ...timeOf(fields) }];
      }
      // Moved in time, a bar would open in the middle of a minute: bars are always made of the trades.
      case 'kline':
        return [];
    }
  }

  readAnswer(line: CaptureLine): readonly Reading[] {
    const result = /\/v5\/market\/instruments-info\b/.test(line.url ?? '') ? parseFields(line.m)?.result : null;
    if (isFields(result) && Array.isArray(result.list)) this.instruments.push(...result.list.filter(isFields));
    return [];
  }

  depth(symbol: string): number {
    return this.#depths.get(symbol) ?? Number.POSITIVE_INFINITY;
  }

  enter(market: ReplayMarket): void {
    this.#market = market;
    this.#derived = new BybitDerived(market, this.category);
    this.#sockets = new BybitSockets(this);
    this.#requests = new BybitRequests(this);
  }

  notes(): readonly string[] {
    const notes: string[] = [];
    for (const depth of new Set(this.#depths.values())) {
      const symbols = this.market.symbols.filter((symbol) => this.#depths.get(symbol) === depth);
      notes.push(
        `${symbols.join(' ')}: books deeper than the recorded ${depth} levels are answered with those, shallower ones are derived`,
      );
    }
    if (this.instruments.length === 0) notes.push('instruments-info is derived from the recorded digits');
    const figures = this.category === 'spot' ? '' : '; mark price, funding and open interest are made up';
    return [
      ...notes,
      `kline, and tickers where not recorded, are derived from the trades so far and generated history${figures}`,
      'orderbook.1, where not recorded, is derived from the true book',
    ];
  }

  refuse({ path }: RestRequest): Extract<Upgrade, { refuse: number }> | null {
    return path === `/v5/public/${this.category}` ? null : { refuse: 404 };
  }

  open(peer: Peer): void {
    this.#sockets?.open(peer);
  }

  hear(peer: Peer, text: string | null): void {
    this.#sockets?.hear(peer, text);
  }

  left(peer: Peer): void {
    this.#sockets?.left(peer);
  }

  rest(request: RestRequest): RestAnswer | null {
    return this.#requests?.answer(request) ?? null;
  }

  banAnswer(): RestAnswer {
    return { status: 403, body: '{"retCode":10006,"retMsg":"access too frequent, please try again later"}' };
  }

  failure(): RestAnswer {
    return { status: 503, body: '{"retCode":10016,"retMsg":"Server error.","result":{},"retExtInfo":{}}' };
  }

  rewrite(message: ReplayMessage, shift: Shift): string {
    return rewritten(message, shift, (id) => this.tradeId(id, shift));
  }

  // A name without an order becomes another name in every lap.
  tradeId(id: string, shift: Shift): string {
    if (/^\d+$/.test(id)) return shiftWhole(id, shift.trade);
    if (shift.lap === 0) return id;
    const head = /^[0-9a-f]{8}(?=-)/i.exec(id)?.[0];
    if (head === undefined) return `${id}-${shift.lap}`;
    // Far from each other, or neighbours in one lap would meet in the next.
    const moved = (Number.parseInt(head, 16) + Math.imul(shift.lap, LAP_STRIDE)) >>> 0;
    return moved.toString(16).padStart(8, '0') + id.slice(8);
  }

  snapshot(state: ReplaySymbol, book: TrueBook, now: number): string {
    const levels = { bids: book.levels('bid'), asks: book.levels('ask') };
    return this.#bookText('snapshot', state, levels, book.sequence, now);
  }

  diff(state: ReplaySymbol, levels: Sides, { last }: DiffIds, now: number): string {
    return this.#bookText('delta', state, levels, last, now);
  }

  derive(channel: string): Derivation | null {
    return this.derived.derive(channel);
  }

  moved(state: ReplaySymbol): void {
    this.derived.moved(state);
  }

  #bookText(type: 'snapshot' | 'delta', state: ReplaySymbol, levels: Sides, id: number, now: number): string {
    const { symbol, profile } = state;
    const place = { category: this.category, depth: profile.depth, symbol, now };
    return bookText(type, place, levels, id, this.derived.counterOf(state));
  }

  #readBook(text: string, fields: Fields, data: Fields, depth: number, named: string): Reading {
    const symbol = typeof data.s === 'string' ? data.s : named;
    const place = { symbol, text, ...timeOf(fields) };
    const [bids, asks] = [levelsOf(data.b), levelsOf(data.a)];
    const id = Number.isSafeInteger(data.u) ? (data.u as number) : null;
    const counter = Number.isSafeInteger(data.seq) ? { seq: BigInt(data.seq as number) } : {};
    if (depth !== this.#depths.get(symbol)) {
      const channel = depth === 1 ? channelOf('best', symbol) : channelOf('unplayed', symbol, String(depth));
      const own = id === null ? {} : { [`u${depth}`]: BigInt(id) };
      return { ...place, kind: 'other', channel, marks: { ...counter, ...own } };
    }
    // Number 1 is a new beginning, whatever it is called.
    const kind = fields.type === 'snapshot' || id === 1 ? 'snapshot' : 'diff';
    const sides = bids === null || asks === null ? {} : { bids, asks };
    // A message that cannot be read has still happened: it has the number behind the one before.
    const last = id ?? (this.#last.get(symbol) ?? 0) + 1;
    this.#last.set(symbol, last);
    return { ...place, kind, ...sides, marks: counter, last };
  }
}

export type { BybitDialect };

/** Bybit v5, spot and linear contracts, each a venue with a socket path of its own. */
export const bybit: VenueProtocol = replayProtocol(
  ['bybit', 'bybit-linear'],
  detect,
  (venue, captures) => new BybitDialect(venue, deepest(captures)),
);

/** @throws VenueError for recordings of the formats before v5, of other categories, or of both. */
function detect(capture: Capture): string | null {
  const named = capture.header?.venue;
  if (named !== undefined) return named === 'bybit' || named === 'bybit-linear' ? named : null;
  const sockets = recordedHosts(capture).filter(({ host }) =>
    /^stream(?:-testnet)?\.(?:bybit|bytick)\.\w+$/.test(host),
  );
  if (sockets.length === 0) return null;
  const name = basename(capture.file);
  const found = new Set(sockets.map(({ path }) => /^\/v5\/public\/(spot|linear)$/.exec(path)?.[1]));
  if (found.has(undefined)) {
    throw new VenueError(`${name} is not of Bybit's v5 spot or linear sockets, which are all this server speaks.`);
  }
  if (found.size > 1) throw new VenueError(`${name} holds spot and linear alike; one file is of one of them.`);
  return found.has('spot') ? 'bybit' : 'bybit-linear';
}

/** The deepest book recorded of each symbol: that one is played, the others are made from it. */
function deepest(captures: readonly Capture[]): Map<string, number> {
  const depths = new Map<string, number>();
  for (const { lines } of captures) {
    for (const { dir, m } of lines) {
      const match = dir === 'in' ? /"topic":\s*"orderbook\.(\d+)\.([^"]+)"/.exec(m) : null;
      if (match === null) continue;
      const symbol = /"s":\s*"([^"]+)"/.exec(m)?.[1] ?? match[2];
      depths.set(symbol, Math.max(depths.get(symbol) ?? 0, Number(match[1])));
    }
  }
  return depths;
}

function timeOf({ ts }: Fields): { time?: number } {
  return Number.isSafeInteger(ts) ? { time: ts as number } : {};
}

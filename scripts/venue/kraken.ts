import { basename } from 'node:path';
import type { Capture, CaptureLine } from '../capture-file';
import { BarTeller } from './bar-teller';
import { isPlainDecimal } from './decimal';
import {
  channelOf,
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
import {
  bookText,
  instrumentText,
  KRAKEN_DEPTHS,
  KRAKEN_INTERVALS,
  krakenChecksum,
  ohlcText,
  pairText,
  tickerText,
} from './kraken-format';
import { KrakenRequests } from './kraken-requests';
import { KrakenSockets } from './kraken-sockets';
import type { ReplayMarket } from './replay-market';
import { recordedHosts, replayProtocol } from './replay-protocol';
import type { ReplaySymbol } from './replay-symbol';
import type { Level, TrueBook } from './true-book';
import { type RestAnswer, type RestRequest, type Upgrade, VenueError, type VenueProtocol } from './venue-protocol';
import {
  type Fields,
  isFields,
  isoMs,
  isoText,
  parseNumbersAsText,
  shiftIso,
  shiftWhole,
  withoutExponent,
} from './wire-text';

const DERIVED_EVERY_MS = 100;

type Sides = { readonly bids: readonly Level[]; readonly asks: readonly Level[] };

/** Kraken spot, WebSocket v2: books without ids, proven by a checksum over the wire digits of their top ten. */
class KrakenDialect implements Dialect {
  readonly venue = 'kraken';
  readonly sequence = 'none';
  readonly snapshotBy = 'subscription';
  readonly checksums = true;
  readonly connects = { most: 150, withinMs: 600_000, status: 429 };
  readonly garbage = [
    '{"channel":"book","type":"update","data":[{"symbol":"NO/BODY","bids":null,"asks":[{}],"checksum":-1}]}',
    '{"channel":"trade","type":"update","data":{"symbol":"NO/BODY"}}',
    '{"channel":"book","type":"snapshot","data":[]}',
    '{"method":"subscribe","success":"yes"}',
  ];
  readonly #depths = new Map<string, number>();
  #instruments: string | null = null;
  #market: ReplayMarket | null = null;
  #sockets: KrakenSockets | null = null;
  #requests: KrakenRequests | null = null;

  get market(): ReplayMarket {
    if (this.#market === null) throw new VenueError('kraken was used before it was opened.');
    return this.#market;
  }

  read(line: CaptureLine): readonly Reading[] {
    const fields = parseNumbersAsText(line.m);
    if (!isFields(fields)) return [];
    if (fields.method === 'subscribe') this.#readAcknowledgement(fields);
    const { channel, type, data } = fields;
    if (channel === 'instrument' && type === 'snapshot') this.#instruments ??= line.m;
    if (!Array.isArray(data)) return [];
    const entries = data.filter(isFields).filter(({ symbol }) => typeof symbol === 'string');
    if (channel === 'book')
      return entries.flatMap((entry) => this.#readBook(entry, type, line.m, entries.length === 1));
    if (channel === 'trade') return type === 'update' ? readTrades(entries, line.m) : [];
    if (channel !== 'ticker') return [];
    return entries.map((entry) => ({ kind: 'ticker', symbol: String(entry.symbol), text: line.m, ...timeOf(entry) }));
  }

  depth(symbol: string): number {
    return this.#depths.get(symbol) ?? Number.POSITIVE_INFINITY;
  }

  enter(market: ReplayMarket): void {
    this.#market = market;
    this.#sockets = new KrakenSockets(this);
    this.#requests = new KrakenRequests(this);
  }

  notes(): readonly string[] {
    const notes = [...this.market.states.values()]
      .filter(({ profile }) => Number.isFinite(profile.depth))
      .map(({ symbol, profile }) => `${symbol}: every depth asked for is answered with the recorded ${profile.depth}`);
    if (this.#instruments === null) notes.push('instrument is derived from the recorded digits');
    return [...notes, 'ohlc, and ticker where not recorded, are derived from the trades so far and generated history'];
  }

  refuse({ path }: RestRequest): Extract<Upgrade, { refuse: number }> | null {
    return path === '/v2' ? null : { refuse: 404 };
  }

  open(peer: Peer): void {
    this.#sockets?.open(peer);
  }

  hear(peer: Peer, text: string | null): void {
    this.#sockets?.hear(peer, text);
  }

  beat(): void {
    this.#sockets?.beat();
  }

  rest(request: RestRequest): RestAnswer | null {
    return this.#requests?.answer(request) ?? null;
  }

  banAnswer(): RestAnswer {
    return { status: 429, body: '{"error":["EGeneral:Temporary lockout"]}' };
  }

  failure(): RestAnswer {
    return { status: 503, body: '{"error":["EService:Unavailable"]}' };
  }

  rewrite(message: ReplayMessage, shift: Shift): string {
    const timed = message.text.replace(
      /"(timestamp|interval_begin)":"([^"]+)"/g,
      (_, key, time) => `"${key}":"${shiftIso(time, shift.time)}"`,
    );
    if (message.kind === 'trades') {
      return timed.replace(/"trade_id":(\d+)/g, (_, id) => `"trade_id":${shiftWhole(id, shift.trade)}`);
    }
    return shift.checksum === null ? timed : timed.replace(/"checksum":\d+/, `"checksum":${shift.checksum}`);
  }

  snapshot(state: ReplaySymbol, book: TrueBook, now: number): string {
    const sides = { bids: book.levels('bid'), asks: book.levels('ask') };
    return bookText('snapshot', state.symbol, sides, krakenChecksum(book), isoText(now));
  }

  diff(state: ReplaySymbol, levels: Sides, _: DiffIds, now: number): string {
    return bookText('update', state.symbol, levels, krakenChecksum(state.book), isoText(now));
  }

  checksum(state: ReplaySymbol): string {
    return krakenChecksum(state.book);
  }

  derive(channel: string): Derivation | null {
    const { kind, symbol, detail } = readChannel(channel);
    const state = this.market.states.get(symbol);
    if (state === undefined) return null;
    if (kind === 'ohlc') return this.#candles(state, Number(detail));
    if (kind !== 'ticker' || (detail === '' && state.profile.kinds.has('ticker'))) return null;
    let said = keyOf(state, detail);
    return {
      everyMs: DERIVED_EVERY_MS,
      speak: (now) => {
        const key = keyOf(state, detail);
        if (key === said) return [];
        said = key;
        return [tickerText('update', state, now)];
      },
    };
  }

  tickChanged(state: ReplaySymbol): void {
    this.market.publish('instrument', '', instrumentText('update', [state]));
  }

  /** The list of pairs as a subscriber gets it: the recorded one, with what it lacks. */
  instruments(): string {
    const states = [...this.market.states.values()];
    const recorded = this.#instruments;
    if (recorded === null || states.some(({ finer }) => finer > 0)) return instrumentText('snapshot', states);
    const missing = states.filter(({ symbol }) => !recorded.includes(`"symbol":${JSON.stringify(symbol)}`));
    if (missing.length === 0) return recorded;
    const rows = missing.map(pairText).join(',');
    return recorded.replace(/"pairs":\[(\]?)/, (_, end) => `"pairs":[${rows}${end === '' ? ',' : end}`);
  }

  /** The ticker as it stands. */
  ticker(state: ReplaySymbol, trigger: string): string {
    const sent = trigger === '' ? this.market.player.latest(channelOf('ticker', state.symbol)) : null;
    if (sent !== null) return sent.replace('"type":"update"', '"type":"snapshot"');
    this.market.originOf(state);
    return tickerText('snapshot', state, this.market.now(state));
  }

  // An interval in which nothing traded is not told of.
  #candles(state: ReplaySymbol, minutes: number): Derivation {
    const teller = new BarTeller(this.market, state, KRAKEN_INTERVALS.get(minutes) ?? '1m');
    return {
      everyMs: DERIVED_EVERY_MS,
      speak: (now) =>
        teller
          .next(now)
          .filter(({ bar }) => bar.trades > 0)
          .map(({ bar }) => ohlcText('update', state, minutes, [bar], now)),
    };
  }

  #readAcknowledgement({ result, success }: Fields): void {
    if (success !== true || !isFields(result) || result.channel !== 'book') return;
    const depth = Number(result.depth);
    if (typeof result.symbol === 'string' && KRAKEN_DEPTHS.includes(depth)) this.#depths.set(result.symbol, depth);
  }

  #readBook(entry: Fields, type: unknown, text: string, alone: boolean): Reading[] {
    const kind = type === 'snapshot' ? 'snapshot' : 'diff';
    const symbol = String(entry.symbol);
    const [bids, asks] = [levelsOf(entry.bids), levelsOf(entry.asks)];
    const sides = bids === null || asks === null ? null : { bids, asks };
    if (kind === 'snapshot' && sides !== null && !this.#depths.has(symbol)) this.#guessDepth(symbol, sides);
    if (alone || sides === null) return [{ kind, symbol, text, ...sides, ...timeOf(entry) }];
    const own = bookText(
      kind === 'snapshot' ? 'snapshot' : 'update',
      symbol,
      sides,
      String(entry.checksum),
      String(entry.timestamp),
    );
    return [{ kind, symbol, text: own, ...sides, ...timeOf(entry) }];
  }

  // Without an acknowledgement the depth is the least on offer that holds the recorded levels.
  #guessDepth(symbol: string, { bids, asks }: Sides): void {
    const held = Math.max(bids.length, asks.length);
    this.#depths.set(symbol, KRAKEN_DEPTHS.find((depth) => depth >= held) ?? 1000);
  }
}

export type { KrakenDialect };

export const kraken: VenueProtocol = replayProtocol(['kraken'], detect, () => new KrakenDialect());

/** @throws VenueError for a recording of the first version of the protocol. */
function detect(capture: Capture): string | null {
  if (capture.header !== null) return capture.header.venue === 'kraken' ? 'kraken' : null;
  const sockets = recordedHosts(capture).filter(({ host }) => /^(?:beta-)?ws\.kraken\.com$/.test(host));
  if (sockets.length === 0) return null;
  if (sockets.every(({ path }) => /^\/v2\/?$/.test(path))) return 'kraken';
  throw new VenueError(`${basename(capture.file)} is of Kraken's WebSocket v1; this server speaks v2.`);
}

// What a ticker says changes with the best prices or, by default, with trades alone.
function keyOf(state: ReplaySymbol, trigger: string): string {
  if (trigger !== 'bbo') return `${state.trades.length} ${state.trades[state.trades.length - 1]?.id ?? ''}`;
  const { bid, ask } = state.best();
  return `${bid ?? ''} ${ask ?? ''}`;
}

function readTrades(entries: readonly Fields[], text: string): Reading[] {
  const symbols = new Set(entries.map(({ symbol }) => String(symbol)));
  return [...symbols].map((symbol) => {
    const own = entries.filter((entry) => entry.symbol === symbol);
    const rows = own.map(tradeOf).filter((row) => row !== null);
    return {
      kind: 'trades',
      symbol,
      text: symbols.size === 1 ? text : rebuilt(own),
      rows,
      ...timeOf(own[own.length - 1]),
    };
  });
}

function tradeOf(entry: Fields): RecordedTrade | null {
  const { trade_id: id, side } = entry;
  const price = withoutExponent(String(entry.price));
  const size = withoutExponent(String(entry.qty));
  const time = isoMs(entry.timestamp);
  if (typeof id !== 'string' || !/^\d+$/.test(id) || Number.isNaN(time)) return null;
  if (!isPlainDecimal(price) || !isPlainDecimal(size) || (side !== 'buy' && side !== 'sell')) return null;
  return { id, price, size, time, aggressor: side === 'buy' ? 'buyer' : 'seller' };
}

function rebuilt(entries: readonly Fields[]): string {
  const texts = entries.map(
    ({ symbol, side, price, qty, ord_type, trade_id, timestamp }) =>
      `{"symbol":${JSON.stringify(symbol)},"side":"${side}","price":${price},"qty":${qty},"ord_type":"${ord_type}","trade_id":${trade_id},"timestamp":"${timestamp}"}`,
  );
  return `{"channel":"trade","type":"update","data":[${texts.join(',')}]}`;
}

function levelsOf(value: unknown): Level[] | null {
  if (!Array.isArray(value)) return null;
  const levels = value.map((level): Level => {
    const entry = isFields(level) ? level : {};
    return [withoutExponent(String(entry.price)), withoutExponent(String(entry.qty))];
  });
  return levels.every(([price, size]) => isPlainDecimal(price) && isPlainDecimal(size)) ? levels : null;
}

function timeOf({ timestamp }: Fields): { time?: number } {
  const time = isoMs(timestamp);
  return Number.isNaN(time) ? {} : { time };
}

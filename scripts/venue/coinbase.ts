import { basename } from 'node:path';
import type { Capture, CaptureLine } from '../capture-file';
import { changesOf, levelsOf, snapshotText, tickerText, updateText } from './coinbase-format';
import { CoinbaseRequests } from './coinbase-requests';
import { CoinbaseSockets } from './coinbase-sockets';
import { isPlainDecimal } from './decimal';
import {
  channelOf,
  type Derivation,
  type Dialect,
  type Reading,
  type RecordedTrade,
  type ReplayMessage,
  readChannel,
  type Shift,
} from './dialect';
import type { Peer } from './hub';
import type { ReplayMarket } from './replay-market';
import { recordedHosts, replayProtocol } from './replay-protocol';
import type { ReplaySymbol, TradeRow } from './replay-symbol';
import type { Level, TrueBook } from './true-book';
import { type RestAnswer, type RestRequest, type Upgrade, VenueError, type VenueProtocol } from './venue-protocol';
import { type Fields, isoMs, isoText, parseFields, shiftIso, shiftWhole } from './wire-text';

const EXCHANGE_HOSTS =
  /^(?:ws-feed(?:-public)?(?:\.sandbox)?\.(?:exchange|pro)\.coinbase\.com|api\.(?:exchange|pro)\.coinbase\.com)$/;
const BATCH_MS = 5_000;

/** Coinbase Exchange: books without sequence or checksum, a heartbeat that tells the last trade. */
class CoinbaseDialect implements Dialect {
  readonly venue = 'coinbase';
  readonly sequence = 'none';
  readonly snapshotBy = 'subscription';
  readonly connects = { most: 20, withinMs: 2_500, status: 429 };
  readonly garbage = [
    '{"type":"l2update","product_id":"NOBODY-USD","changes":null,"time":"yesterday"}',
    '{"type":"match","product_id":"NOBODY-USD","trade_id":"x","price":"1e999","size":"-0","side":"none"}',
    '{"type":"snapshot","product_id":"NOBODY-USD","bids":{},"asks":[["1"]]}',
  ];
  /** Body of a recorded `/products`. */
  products: string | null = null;
  /** Trade ids told by a `last_match`, by product. */
  readonly seeds = new Map<string, bigint>();
  #market: ReplayMarket | null = null;
  #sockets: CoinbaseSockets | null = null;
  #requests: CoinbaseRequests | null = null;

  get market(): ReplayMarket {
    if (this.#market === null) throw new VenueError('coinbase was used before it was opened.');
    return this.#market;
  }

  read(line: CaptureLine): readonly Reading[] {
    const fields = parseFields(line.m);
    const symbol = fields?.product_id;
    if (fields === null || typeof symbol !== 'string') return [];
    const place = { symbol, text: line.m, time: isoMs(fields.time) };
    switch (fields.type) {
      case 'snapshot': {
        const [bids, asks] = [levelsOf(fields.bids), levelsOf(fields.asks)];
        return [{ ...place, kind: 'snapshot', bids: bids ?? [], asks: asks ?? [] }];
      }
      case 'l2update':
        return [{ ...place, kind: 'diff', ...changesOf(fields.changes) }];
      case 'match':
        return [{ ...place, kind: 'trades', rows: rowsOf(fields), marks: marksOf(fields) }];
      case 'last_match':
        this.#seed(symbol, fields);
        return [{ ...place, kind: 'other', channel: channelOf('last_match', symbol), marks: marksOf(fields) }];
      case 'ticker':
        return [{ ...place, kind: 'ticker', marks: marksOf(fields) }];
      default:
        return [];
    }
  }

  readAnswer(line: CaptureLine): readonly Reading[] {
    if (/\/products\/?(?:\?|$)/.test(line.url ?? '')) this.products ??= line.m;
    return [];
  }

  enter(market: ReplayMarket): void {
    this.#market = market;
    this.#sockets = new CoinbaseSockets(this);
    this.#requests = new CoinbaseRequests(this);
  }

  notes(): readonly string[] {
    const notes = [
      'heartbeats, status and candles are derived from the trades so far and generated history',
      'last_match is the last trade before a subscription',
    ];
    if (this.products === null) notes.push('products are derived from the recorded digits');
    const silent = [...this.market.states.values()].filter(({ profile }) => !profile.kinds.has('ticker'));
    if (silent.length > 0) notes.push(`${silent.map(({ symbol }) => symbol).join(' ')}: ticker is derived per match`);
    return notes;
  }

  refuse({ path }: RestRequest): Extract<Upgrade, { refuse: number }> | null {
    return path === '/' ? null : { refuse: 404 };
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

  beat(): void {
    for (const state of this.market.states.values()) {
      const channel = channelOf('heartbeat', state.symbol);
      if (this.market.wants(channel)) this.market.publish(channel, state.symbol, this.#heartbeat(state));
    }
  }

  rest(request: RestRequest): RestAnswer | null {
    return this.#requests?.answer(request) ?? null;
  }

  banAnswer(untilMs: number): RestAnswer {
    const seconds = Math.max(1, Math.ceil((untilMs - Date.now()) / 1000));
    return {
      status: 429,
      body: '{"message":"Public rate limit exceeded"}',
      headers: { 'Retry-After': String(seconds) },
    };
  }

  failure(): RestAnswer {
    return { status: 503, body: '{"message":"Service Unavailable"}' };
  }

  rewrite(message: ReplayMessage, shift: Shift): string {
    const timed = message.text.replace(/"time":"([^"]+)"/, (_, time) => `"time":"${shiftIso(time, shift.time)}"`);
    if (message.kind === 'snapshot' || message.kind === 'diff') return timed;
    return timed
      .replace(/"trade_id":(\d+)/, (_, id) => `"trade_id":${shiftWhole(id, shift.trade)}`)
      .replace(/"sequence":(\d+)/, (_, id) => `"sequence":${shiftWhole(id, shift.mark('sequence'))}`);
  }

  snapshot(state: ReplaySymbol, book: TrueBook, now: number): string {
    return snapshotText(state.symbol, book, now);
  }

  diff(
    state: ReplaySymbol,
    levels: { bids: readonly Level[]; asks: readonly Level[] },
    _: unknown,
    now: number,
  ): string {
    return updateText(state.symbol, levels.bids, levels.asks, now);
  }

  derive(channel: string): Derivation | null {
    const { kind, symbol } = readChannel(channel);
    const state = this.market.states.get(symbol);
    if (kind !== 'ticker_batch' || state === undefined) return null;
    return { everyMs: BATCH_MS, speak: () => [this.ticker(state)] };
  }

  // A first ticker speaks of a trade from before the recording: its own recorder's, not the market's.
  skips(message: ReplayMessage): boolean {
    if (message.kind === 'other') return true;
    if (message.kind !== 'ticker') return false;
    const id = /"trade_id":(\d+)/.exec(message.text)?.[1];
    const seed = this.seeds.get(message.symbol);
    return id !== undefined && seed !== undefined && BigInt(id) <= seed;
  }

  traded(state: ReplaySymbol, rows: readonly TradeRow[]): void {
    const channel = channelOf('ticker', state.symbol);
    if (state.profile.kinds.has('ticker') || !this.market.wants(channel)) return;
    const sequence = this.sequenceOf(state);
    for (const row of rows) {
      this.market.publish(channel, state.symbol, tickerText(state, row, sequence, this.market.now(state)));
    }
  }

  /** The ticker as it stands: the last one sent, or one made of the last trade and the best prices. */
  ticker(state: ReplaySymbol): string {
    const { player } = this.market;
    const channel = channelOf('ticker', state.symbol);
    const sent = player.latest(channel);
    if (sent !== null) return sent;
    const first = player.first(channel);
    if (first !== null && this.#speaksOfThePast(first, state)) return first;
    this.market.originOf(state);
    const row = state.trades[state.trades.length - 1] ?? null;
    return tickerText(state, row, this.sequenceOf(state), this.market.now(state));
  }

  /** The match a subscriber is greeted with; null when nothing has ever traded. */
  lastMatch(state: ReplaySymbol): string | null {
    const { player } = this.market;
    const played = player.latest(channelOf('trade', state.symbol));
    if (played !== null) return played.replace('"type":"match"', '"type":"last_match"');
    return player.first(channelOf('last_match', state.symbol));
  }

  /** Sequence of the last match or ticker sent. */
  sequenceOf(state: ReplaySymbol): bigint {
    const text = this.lastMatch(state);
    return BigInt(/"sequence":(\d+)/.exec(text ?? '')?.[1] ?? 0);
  }

  #speaksOfThePast(ticker: string, state: ReplaySymbol): boolean {
    const id = /"trade_id":(\d+)/.exec(ticker)?.[1];
    const seed = this.seeds.get(state.symbol);
    return id !== undefined && seed !== undefined && BigInt(id) === seed;
  }

  #heartbeat(state: ReplaySymbol): string {
    const id = /"trade_id":(\d+)/.exec(this.lastMatch(state) ?? '')?.[1] ?? '0';
    const time = isoText(this.market.now(state));
    const product = JSON.stringify(state.symbol);
    return `{"type":"heartbeat","last_trade_id":${id},"product_id":${product},"sequence":${this.sequenceOf(state)},"time":"${time}"}`;
  }

  #seed(symbol: string, fields: Fields): void {
    if (!this.seeds.has(symbol) && Number.isSafeInteger(fields.trade_id)) {
      this.seeds.set(symbol, BigInt(fields.trade_id as number));
    }
  }
}

export type { CoinbaseDialect };

/** Coinbase Exchange, the feed that needs no login. */
export const coinbase: VenueProtocol = replayProtocol(['coinbase'], detect, () => new CoinbaseDialect());

/** @throws VenueError for a recording of the Advanced Trade feed. */
function detect(capture: Capture): string | null {
  if (capture.header !== null) return capture.header.venue === 'coinbase' ? 'coinbase' : null;
  const hosts = recordedHosts(capture);
  if (hosts.some(({ host }) => host === 'advanced-trade-ws.coinbase.com')) {
    throw new VenueError(
      `${basename(capture.file)} is of Coinbase's Advanced Trade feed; this server speaks the Exchange feed.`,
    );
  }
  return hosts.some(({ host }) => EXCHANGE_HOSTS.test(host)) ? 'coinbase' : null;
}

function rowsOf(fields: Fields): RecordedTrade[] {
  const { trade_id: id, price, size, side } = fields;
  const time = isoMs(fields.time);
  if (!Number.isSafeInteger(id) || !isPlainDecimal(price) || !isPlainDecimal(size) || Number.isNaN(time)) return [];
  if (side !== 'buy' && side !== 'sell') return [];
  // The venue names the maker's side.
  return [{ id: String(id), price, size, time, aggressor: side === 'sell' ? 'buyer' : 'seller' }];
}

function marksOf({ sequence }: Fields): Record<string, bigint> {
  return Number.isSafeInteger(sequence) ? { sequence: BigInt(sequence as number) } : {};
}

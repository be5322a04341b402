import type { Capture, CaptureLine } from '../capture-file';
import { BarTeller } from './bar-teller';
import { isPlainDecimal } from './decimal';
import { type CallAnswer, DeribitCalls } from './deribit-calls';
import {
  candleData,
  changeData,
  DERIBIT_RESOLUTIONS,
  groupedData,
  notification,
  quoteData,
  snapshotData,
  tickerData,
} from './deribit-format';
import { InstrumentShelf } from './deribit-instruments';
import { DeribitSockets } from './deribit-sockets';
import { DeribitTape, type TapeRow } from './deribit-tape';
import {
  channelOf,
  type Derivation,
  type Dialect,
  type DiffIds,
  type Reading,
  type ReplayMessage,
  readChannel,
  type Shift,
} from './dialect';
import type { Peer } from './hub';
import type { ReplayMarket } from './replay-market';
import { recordedHosts, replayProtocol } from './replay-protocol';
import type { ReplaySymbol, TradeRow } from './replay-symbol';
import { SteadyClock } from './steady-clock';
import type { Level, TrueBook } from './true-book';
import { type RestAnswer, type RestRequest, type Upgrade, VenueError, type VenueProtocol } from './venue-protocol';
import { type Fields, isFields, parseFields, parseNumbersAsText, shiftWhole, withoutExponent } from './wire-text';

const DERIVED_EVERY_MS = 100;
const MOST_CONNECTIONS = 32;

/** Deribit: JSON-RPC on one socket, books chained by the id of the change before. */
class DeribitDialect implements Dialect {
  readonly venue = 'deribit';
  readonly sequence = 'ids';
  readonly snapshotBy = 'subscription';
  readonly garbage = [
    '{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.NOBODY.100ms","data":{"type":"change","bids":null}}}',
    '{"jsonrpc":"2.0","method":"subscription","params":{"channel":"trades.NOBODY.100ms","data":{"price":1e999}}}',
    '{"jsonrpc":"2.0","method":"subscription","params":null}',
    '{"jsonrpc":"2.0","id":"none","result":{"bids":[["new"]]}}',
  ];
  readonly instruments = new InstrumentShelf();
  readonly #tape = new DeribitTape();
  /** The interval the book of a symbol was recorded at: a second one would tell everything twice. */
  readonly #intervals = new Map<string, string>();
  /** Line of a symbol's first ticker, which greeted its own recorder. */
  readonly #greetings = new Map<string, number>();
  readonly #best = new Map<ReplaySymbol, string>();
  #market: ReplayMarket | null = null;
  #clock: SteadyClock | null = null;
  #sockets: DeribitSockets | null = null;
  #calls: DeribitCalls | null = null;

  get market(): ReplayMarket {
    if (this.#market === null) throw new VenueError('deribit was used before it was opened.');
    return this.#market;
  }

  read(line: CaptureLine): readonly Reading[] {
    const fields = parseNumbersAsText(line.m);
    if (!isFields(fields) || fields.method !== 'subscription' || !isFields(fields.params)) return [];
    const { channel, data } = fields.params;
    const [, kind, symbol, interval] = /^(book|trades|ticker)\.([^.]+)\.(raw|100ms|agg2)$/.exec(String(channel)) ?? [];
    if (kind === 'trades' && Array.isArray(data)) return [this.#tape.read(symbol, line.m, data.filter(isFields))];
    if (kind === undefined || !isFields(data)) return [];
    const time = Number(data.timestamp);
    const place = { symbol, text: line.m, ...(Number.isSafeInteger(time) && { time }) };
    if (kind === 'ticker') {
      if (!this.#greetings.has(symbol)) this.#greetings.set(symbol, line.line);
      return [{ ...place, kind: 'ticker' }];
    }
    const chosen = this.#intervals.get(symbol) ?? interval;
    this.#intervals.set(symbol, chosen);
    return chosen === interval ? [{ ...place, ...readBook(data) }] : [];
  }

  readAnswer(line: CaptureLine): readonly Reading[] {
    if (/\/public\/get_instruments?(?:\?|$)/.test(line.url ?? '')) this.instruments.take(line.m);
    return [];
  }

  enter(market: ReplayMarket): void {
    this.#market = market;
    this.#clock = new SteadyClock(market, ({ kind }) => kind === 'diff');
    this.#sockets = new DeribitSockets(this);
    this.#calls = new DeribitCalls(this);
  }

  notes(): readonly string[] {
    const notes = [
      'charts, quote and grouped books are derived from the true book, the trades so far and generated history',
      'the coins an inverse contract traded are its dollars at the mean price',
    ];
    const states = [...this.market.states.values()];
    const derived = states.filter(({ profile }) => !profile.kinds.has('ticker')).map(({ symbol }) => symbol);
    if (derived.length > 0) notes.push(`${derived.join(' ')}: ticker is derived; marks and open interest are made up`);
    if (this.instruments.isEmpty) notes.push('instruments are derived from their names and the recorded digits');
    return notes;
  }

  refuse({ path }: RestRequest): Extract<Upgrade, { refuse: number }> | null {
    if (path !== '/ws/api/v2') return { refuse: 404 };
    const { hub, settings } = this.market.around;
    return settings.limits && hub.peers.size >= MOST_CONNECTIONS ? { refuse: 429 } : null;
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

  // A call may be posted whole, with a number, or its parameters stand in the query.
  rest({ method, path, query, body }: RestRequest): RestAnswer | null {
    const named = /^\/api\/v2(?:\/((?:public|private)\/\w+))?\/?$/.exec(path);
    if (named === null) return null;
    const posted = method === 'POST' ? parseFields(body ?? '') : null;
    const name = named[1] ?? (typeof posted?.method === 'string' ? posted.method : '');
    const params = isFields(posted?.params) ? posted.params : Object.fromEntries(query);
    const id = Number.isSafeInteger(posted?.id) ? Number(posted?.id) : null;
    if (method !== 'GET' && method !== 'POST') return { status: 405, body: '' };
    const answer = this.call(name, params);
    if ('result' in answer) return { status: 200, body: this.envelope(id, `"result":${answer.result}`) };
    return { status: answer.status, body: this.envelope(id, `"error":${answer.error}`) };
  }

  call(method: string, params: Fields): CallAnswer {
    return (
      this.#calls?.answer(method, params) ?? { error: '{"code":-32601,"message":"Method not found"}', status: 400 }
    );
  }

  /** An answer around its result or error. */
  envelope(id: number | null, inner: string): string {
    const now = this.market.clock() * 1000;
    return `{"jsonrpc":"2.0",${id === null ? '' : `"id":${id},`}${inner},"usIn":${now},"usOut":${now + 250},"usDiff":250,"testnet":false}`;
  }

  banAnswer(): RestAnswer {
    return { status: 429, body: this.envelope(null, '"error":{"code":10028,"message":"too_many_requests"}') };
  }

  failure(): RestAnswer {
    return { status: 503, body: this.envelope(null, '"error":{"code":13028,"message":"temporarily_unavailable"}') };
  }

  rewrite(message: ReplayMessage, shift: Shift): string {
    const timed = message.text.replace(
      /"timestamp":(\d+)/g,
      (_, time) => `"timestamp":${shiftWhole(time, shift.time)}`,
    );
    if (message.kind === 'trades') return this.#tape.rewrite(message.symbol, timed, shift);
    return timed.replace(
      /"(prev_)?change_id":(\d+)/g,
      (_, which = '', id) => `"${which}change_id":${shiftWhole(id, shift.book)}`,
    );
  }

  tradeId(id: string, shift: Shift): string {
    return this.#tape.moveId(id, shift.lap);
  }

  snapshot(state: ReplaySymbol, book: TrueBook): string {
    return notification('book', snapshotData(state.symbol, book, this.timeOf(state)));
  }

  // Whether a level that a lap begins with was there before is not known any more: to a client new and changed are one.
  diff(state: ReplaySymbol, levels: { bids: readonly Level[]; asks: readonly Level[] }, ids: DiffIds): string {
    const action = (side: 'bid' | 'ask', [price, amount]: Level): string => {
      if (/^[0.]+$/.test(amount)) return 'delete';
      return state.plain?.has(side, price) === true ? 'change' : 'new';
    };
    return notification('book', changeData(state.symbol, levels, ids, this.timeOf(state), action));
  }

  derive(channel: string): Derivation | null {
    const { kind, symbol, detail } = readChannel(channel);
    const state = this.market.states.get(symbol);
    if (state === undefined) return null;
    switch (kind) {
      case 'ticker':
        if (state.profile.kinds.has('ticker')) return null;
        return whenChanged(
          () => keyOf(state),
          () => notification('ticker', this.tickerOf(state)),
        );
      case 'grouped':
        return whenChanged(
          () => String(state.serial),
          () => this.#grouped(state, detail),
        );
      case 'chart':
        return this.#chart(state, detail);
      default:
        return null;
    }
  }

  skips(message: ReplayMessage): boolean {
    return message.kind === 'ticker' && this.#greetings.get(message.symbol) === message.line;
  }

  traded(state: ReplaySymbol, rows: readonly TradeRow[]): void {
    this.#tape.add(state, rows, this.market.around.replay.lap);
  }

  moved(state: ReplaySymbol): void {
    const { bid, ask } = state.best();
    const best = `${bid ?? ''} ${ask ?? ''}`;
    if (best === this.#best.get(state)) return;
    this.#best.set(state, best);
    const channel = channelOf('quote', state.symbol);
    if (this.market.wants(channel)) this.market.publish(channel, state.symbol, this.#quote(state));
  }

  /** What a new subscriber is told at once. */
  greet(peer: Peer, channel: string, name: string): void {
    const { market } = this;
    const { kind, symbol, detail } = readChannel(channel);
    const state = market.states.get(symbol);
    if (state === undefined) return;
    if (kind === 'book') market.sendBook(peer, state, channel, name);
    else if (kind === 'ticker') market.tell(peer, name, notification('ticker', this.tickerOf(state)));
    else if (kind === 'grouped') market.tell(peer, name, this.#grouped(state, detail));
    else if (kind === 'quote') market.tell(peer, name, this.#quote(state));
  }

  /** The ticker as it stands: what was recorded last, or one made of the book and the trades. */
  tickerOf(state: ReplaySymbol): string {
    const { player } = this.market;
    const channel = channelOf('ticker', state.symbol);
    const said = parseFields(player.latest(channel) ?? player.first(channel));
    if (isFields(said?.params) && isFields(said.params.data)) return JSON.stringify(said.params.data);
    this.market.originOf(state);
    return tickerData(state, this.timeOf(state), this.market.now(state));
  }

  tape(state: ReplaySymbol): readonly TapeRow[] {
    return this.#tape.rows(state);
  }

  tradeText(state: ReplaySymbol, row: TapeRow): string {
    return this.#tape.text(state.symbol, row);
  }

  timeOf(state: ReplaySymbol): number {
    return this.#clock?.now(state) ?? this.market.now(state);
  }

  #grouped(state: ReplaySymbol, detail: string): string {
    const [group, depth] = detail.split('.');
    return notification('book', groupedData(state, group, Number(depth), this.timeOf(state)));
  }

  #quote(state: ReplaySymbol): string {
    return notification('quote', quoteData(state, this.timeOf(state)));
  }

  #chart(state: ReplaySymbol, resolution: string): Derivation {
    const teller = new BarTeller(this.market, state, DERIBIT_RESOLUTIONS.get(resolution) ?? '1m');
    return {
      everyMs: DERIVED_EVERY_MS,
      speak: (now) => teller.next(now).map(({ bar }) => notification('chart', candleData(state, bar))),
    };
  }
}

export type { DeribitDialect };

export const deribit: VenueProtocol = replayProtocol(['deribit'], detect, () => new DeribitDialect());

function detect(capture: Capture): string | null {
  if (capture.header !== null) return capture.header.venue === 'deribit' ? 'deribit' : null;
  const isOurs = ({ host }: { host: string }): boolean => /^(?:www|test|streams)\.deribit\.com$/.test(host);
  return recordedHosts(capture).some(isOurs) ? 'deribit' : null;
}

/** A stream that speaks when what it is about has changed since it last did. */
function whenChanged(key: () => string, text: () => string): Derivation {
  let said = key();
  return {
    everyMs: DERIVED_EVERY_MS,
    speak: () => {
      const now = key();
      if (now === said) return [];
      said = now;
      return [text()];
    },
  };
}

function keyOf(state: ReplaySymbol): string {
  const { bid, ask } = state.best();
  return `${bid ?? ''} ${ask ?? ''} ${state.trades.length} ${state.trades[state.trades.length - 1]?.id ?? ''}`;
}

function readBook(data: Fields): Omit<Reading, 'symbol' | 'text'> {
  const kind = data.type === 'snapshot' ? 'snapshot' : 'diff';
  const [bids, asks] = [levelsOf(data.bids), levelsOf(data.asks)];
  const [last, previous] = [Number(data.change_id), Number(data.prev_change_id ?? data.change_id)];
  const ids = Number.isSafeInteger(last) ? { last, first: kind === 'snapshot' ? last : previous + 1 } : {};
  return { kind, ...(bids !== null && asks !== null && { bids, asks }), ...ids };
}

/** Levels of a message, a removal as a size of zero; null when one cannot be read. */
function levelsOf(value: unknown): Level[] | null {
  if (!Array.isArray(value)) return null;
  const levels = value.map((level): Level => {
    const [action, price, amount] = Array.isArray(level) ? level : [];
    return [withoutExponent(String(price)), action === 'delete' ? '0' : withoutExponent(String(amount))];
  });
  return levels.every(([price, amount]) => isPlainDecimal(price) && isPlainDecimal(amount)) ? levels : null;
}

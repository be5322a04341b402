import { BinanceDerived } from './binance-derived';
import { aggregateEvent, bestOf, bookTickerEvent, depthEvent, stepPrice } from './binance-format';
import { changes, profileSymbol } from './binance-profile';
import type { Recorded, Recording } from './binance-recording';
import { BinanceRequests } from './binance-requests';
import { rewrite, type Shift } from './binance-rewrite';
import { BinanceSockets } from './binance-sockets';
import { channelOf } from './binance-streams';
import { type AggregateRow, SymbolState } from './binance-symbol';
import { parseDuration } from './chaos-spec';
import type { Level } from './true-book';
import {
  type RestAnswer,
  type RestRequest,
  type Surroundings,
  type Timeline,
  type Truth,
  type Upgrade,
  VenueError,
  type VenueMarket,
} from './venue-protocol';

const CROSS_HEALS_MS = 200;
const FINE_LEVEL_LASTS_MS = 2_000;

/** A Binance market, spot or USDⓈ-M futures, brought to life from a recording. */
export class BinanceMarket implements VenueMarket {
  readonly venue: string;
  readonly futures: boolean;
  readonly recording: Recording;
  readonly timeline: Timeline;
  readonly states = new Map<string, SymbolState>();
  notes: readonly string[] = [];
  readonly noSequence = null;
  readonly #fileZero: number[];
  readonly #timers = new Set<NodeJS.Timeout>();
  #around: Surroundings | null = null;
  #derived: BinanceDerived | null = null;
  #requests: BinanceRequests | null = null;
  #sockets: BinanceSockets | null = null;
  #begunAt = Number.NaN;
  #shiftMs = 0;

  constructor(recording: Recording) {
    this.recording = recording;
    this.venue = recording.venue;
    this.futures = recording.venue === 'binance-usdm';
    this.timeline = recording.timeline;
    this.#fileZero = recording.files.map((file, index) => {
      const first = recording.messages.find((message) => message.file === index);
      return file.firstEvent - (first?.at ?? 0) / 1000;
    });
  }

  get symbols(): readonly string[] {
    return [...this.states.keys()];
  }

  get around(): Surroundings {
    if (this.#around === null) throw new VenueError(`${this.venue} was used before it was opened.`);
    return this.#around;
  }

  enter(surroundings: Surroundings): void {
    this.#around = surroundings;
    for (const [symbol, file] of this.recording.symbols) {
      const profile = profileSymbol(this.recording, symbol, file);
      this.states.set(symbol, new SymbolState(profile, this.futures, surroundings.settings.history));
    }
    this.#derived = new BinanceDerived(this);
    this.#requests = new BinanceRequests(this);
    this.#sockets = new BinanceSockets(this, this.#derived, this.#requests);
    this.notes = [...this.recording.notes, ...this.#derived.notes()];
  }

  begin(): void {
    this.#begunAt = Date.now();
    for (const state of this.states.values()) this.originOf(state);
  }

  /** What is added to recorded times: fixed by the first message's moment, moved by laps and by standing still. */
  timeShift(file: number): number {
    const lap = Math.round((this.around.replay.lap * this.timeline.lapUs) / 1000);
    return lap + this.#clockShift(file);
  }

  /** The venue's own clock, for one symbol: recordings of different days keep different times. */
  now(state: SymbolState): number {
    const position = this.around.replay.positionUs() / 1000;
    return Math.round(this.#fileZero[state.profile.file] + position) + this.timeShift(state.profile.file);
  }

  /** The venue's clock without a symbol in sight. */
  clock(): number {
    const [state] = this.states.values();
    return state === undefined ? Date.now() : this.now(state);
  }

  /** ms of replay gone by, laps included. */
  elapsedMs(): number {
    return (this.around.replay.lap * this.timeline.lapUs + this.around.replay.positionUs()) / 1000;
  }

  /** Fixes where generated history ends and the market begins: where the replay does. */
  originOf(state: SymbolState): void {
    const { file } = state.profile;
    state.beginAt(Math.round(this.#fileZero[file]) + this.#clockShift(file));
  }

  shiftClock(ms: number): void {
    if (this.around.settings.clock === 'now') this.#shiftMs += ms;
  }

  beginLap(): void {
    for (const state of this.states.values()) this.#bridge(state);
  }

  play(index: number, lap: number): void {
    const message = this.recording.messages[index];
    const state = this.states.get(message.symbol);
    if (state === undefined) this.around.hub.publish({ channel: '', symbol: '', text: message.text });
    else if (message.kind === 'depth') this.#playDepth(message, state, lap);
    else if (message.kind === 'bookTicker') this.#playTicker(message, state, lap);
    else if (message.kind === 'trade') this.#playTrade(message, state);
    else if (message.kind === 'aggTrade') this.#playAggregate(message, state);
    else if (message.kind === 'kline') this.derived.playKline(message, state, lap);
    else if (message.kind !== 'partial') this.#send(message, state);
  }

  waits(index: number): boolean {
    const message = this.recording.messages[index];
    if (message.kind !== 'depth' || this.around.replay.lap > 0) return false;
    const state = this.states.get(message.symbol);
    if (state === undefined || state.asked || state.profile.firstApplied !== index) return false;
    if (!this.around.hub.wants(message.channel)) return false;
    this.around.replay.gateMs = this.around.settings.snapshotWaitMs;
    return this.around.settings.snapshotWaitMs > 0;
  }

  passTime(): void {
    this.derived.passTime();
  }

  finish(): void {
    this.derived.flush();
  }

  upgrade(request: RestRequest): Upgrade {
    return this.sockets.upgrade(request);
  }

  answer(request: RestRequest): Promise<RestAnswer | null> {
    return this.requests.rest(request);
  }

  truth(symbol: string): Truth | null {
    const ended = this.around.replay.state === 'ended';
    return this.states.get(symbol)?.truth(ended) ?? null;
  }

  /** Somebody asked for a snapshot: a replay that waited for it goes on. */
  snapshotAsked(state: SymbolState): void {
    if (state.asked) return;
    state.asked = true;
    // After the answer has been handed to its socket.
    setImmediate(() => this.around.replay.wake());
  }

  get anyAsked(): boolean {
    return [...this.states.values()].some((state) => state.asked);
  }

  /** Publishes an aggregate put together from single trades. */
  publishAggregate(state: SymbolState, row: AggregateRow): void {
    const { symbol } = state.profile;
    const channel = channelOf('aggTrade', symbol);
    if (!this.around.hub.wants(channel)) return;
    this.around.hub.publish({ channel, symbol, text: aggregateEvent(symbol, row, this.now(state), this.futures) });
  }

  get noChecksum(): string {
    return `bad-checksum means nothing at ${this.venue}, whose books carry no checksum.`;
  }

  badChecksum(): void {
    throw new VenueError(this.noChecksum);
  }

  cross(arg: string): string | null {
    const { symbol, ms } = readArg(arg, CROSS_HEALS_MS);
    const state = this.#movable(symbol);
    if (typeof state === 'string') return state;
    const [bid, ask] = bestOf(state);
    if (state.book.count('ask') === 0) return `${state.profile.symbol} has no ask to cross.`;
    const price = stepPrice(ask[0], state.profile, 1, state.profile.priceDecimals);
    const size = state.book.count('bid') === 0 ? ask[1] : bid[1];
    this.#inject(state, [[price, size]], []);
    this.#after(ms, () => this.#inject(state, [[price, size.replace(/\d/g, '0')]], []));
    return null;
  }

  changeTick(arg: string): string | null {
    const { symbol, ms } = readArg(arg, FINE_LEVEL_LASTS_MS);
    const state = this.#movable(symbol);
    if (typeof state === 'string') return state;
    const [bid] = bestOf(state);
    if (state.book.count('bid') === 0) return `${state.profile.symbol} has no bid to put a finer price beside.`;
    state.finer++;
    const price = stepPrice(bid[0], state.profile, -1, state.profile.priceDecimals + state.finer);
    this.#inject(state, [[price, bid[1]]], []);
    this.#after(ms, () => this.#inject(state, [[price, bid[1].replace(/\d/g, '0')]], []));
    return null;
  }

  ban(untilMs: number): void {
    this.requests.bannedUntil = untilMs;
    for (const peer of this.around.hub.peers) peer.close(1008, 'Way too many requests; IP banned.');
  }

  left(): void {
    this.derived.refresh();
  }

  dispose(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.sockets.dispose();
  }

  get derived(): BinanceDerived {
    if (this.#derived === null) throw new VenueError(`${this.venue} was used before it was opened.`);
    return this.#derived;
  }

  get requests(): BinanceRequests {
    if (this.#requests === null) throw new VenueError(`${this.venue} was used before it was opened.`);
    return this.#requests;
  }

  get sockets(): BinanceSockets {
    if (this.#sockets === null) throw new VenueError(`${this.venue} was used before it was opened.`);
    return this.#sockets;
  }

  #clockShift(file: number): number {
    if (this.around.settings.clock === 'recorded') return 0;
    const begun = Number.isNaN(this.#begunAt) ? Date.now() : this.#begunAt;
    return Math.round(begun - this.#fileZero[file] + this.#shiftMs);
  }

  #shiftOf(state: SymbolState): Shift {
    const { bookShift: book, tradeShift: trade, aggregateShift: aggregate } = state;
    return { time: this.timeShift(state.profile.file), book, trade, aggregate };
  }

  #send(message: Recorded, state: SymbolState): void {
    const { channel, symbol } = message;
    this.around.hub.publish({ channel, symbol, text: rewrite(message.kind, message.text, this.#shiftOf(state)) });
  }

  #playDepth(message: Recorded, state: SymbolState, lap: number): void {
    state.asked = true;
    const { profile } = state;
    if (lap > 0 && !changes(message, profile.snapshot.id, this.futures)) return;
    const { chaos, hub } = this.around;
    chaos.beforeDiff(message.first + state.bookShift, message.last + state.bookShift);
    const first = message.first + state.bookShift;
    const last = message.last + state.bookShift;
    if (changes(message, profile.snapshot.id, this.futures)) state.applyDiff(message, last);
    const { channel, symbol } = message;
    const text = rewrite('depth', message.text, this.#shiftOf(state));
    hub.publish({ channel, symbol, text, diff: { first, last } });
    chaos.afterDiff(first, last);
  }

  #playTicker(message: Recorded, state: SymbolState, lap: number): void {
    if (lap > 0 && message.last < state.profile.firstTickerId) return;
    const id = message.last + state.bookShift;
    if (id > state.lastTickerId) state.lastTickerId = id;
    this.#send(message, state);
    if (!this.derived.allTickers) return;
    const text = rewrite('bookTicker', message.text, this.#shiftOf(state));
    this.around.hub.publish({ channel: channelOf('bookTicker', '*'), symbol: message.symbol, text });
  }

  #playTrade(message: Recorded, state: SymbolState): void {
    const shift = this.#shiftOf(state);
    const body = readPrint(message.text, shift);
    const id = message.first + shift.trade;
    this.#send(message, state);
    if (body === null || Number.isNaN(id)) return;
    const done = state.addTrade({ id, ...body });
    if (done !== null) this.publishAggregate(state, done);
  }

  #playAggregate(message: Recorded, state: SymbolState): void {
    const shift = this.#shiftOf(state);
    const body = readPrint(message.text, shift);
    const id = message.link + shift.aggregate;
    this.#send(message, state);
    if (body === null || Number.isNaN(id)) return;
    state.addAggregate({ id, first: message.first + shift.trade, last: message.last + shift.trade, ...body });
  }

  // A lap begins where the recording begins, not where the last lap left the book: one diff leads from there to here,
  // with the id just before the first diff that will be played.
  #bridge(state: SymbolState): void {
    const { perLap, snapshot, firstApplied, symbol } = state.profile;
    state.tradeShift += perLap.trade;
    state.aggregateShift += perLap.aggregate;
    if (firstApplied < 0) {
      state.bookShift += perLap.book;
      return;
    }
    const levels = state.book.diffTo(snapshot.bids, snapshot.asks);
    const previous = state.book.sequence;
    state.bookShift += perLap.book;
    const last = state.profile.firstTickerId - 1 + state.bookShift;
    state.book.apply(levels.bids, levels.asks, last);
    state.lastTickerId = last;
    const ids = { first: previous + 1, last, previous };
    const at = this.now(state);
    const { hub } = this.around;
    const text = depthEvent(symbol, ids, levels, at, this.futures);
    hub.publish({ channel: channelOf('depth', symbol), symbol, text, diff: ids });
    const [bid, ask] = bestOf(state);
    if (!state.profile.kinds.has('bookTicker')) return;
    const ticker = bookTickerEvent(symbol, last, bid, ask, at, this.futures);
    hub.publish({ channel: channelOf('bookTicker', symbol), symbol, text: ticker });
  }

  #inject(state: SymbolState, bids: readonly Level[], asks: readonly Level[]): void {
    const ids = state.injectDiff(bids, asks);
    const { symbol } = state.profile;
    const text = depthEvent(symbol, ids, { bids, asks }, this.now(state), this.futures);
    this.around.hub.publish({ channel: channelOf('depth', symbol), symbol, text, diff: ids });
  }

  #movable(symbol: string): SymbolState | string {
    const state = symbol === '' ? this.#busiest() : this.states.get(symbol);
    if (state === undefined) return `${this.venue} has no ${symbol}.`;
    return state.moving ? state : `${state.profile.symbol} has no book yet.`;
  }

  #busiest(): SymbolState | undefined {
    const states = [...this.states.values()];
    return states.find((state) => state.moving) ?? states[0];
  }

  #after(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }
}

function readArg(arg: string, standardMs: number): { symbol: string; ms: number } {
  let symbol = '';
  let ms = standardMs;
  for (const part of arg.split('/').filter((text) => text !== '')) {
    const duration = parseDuration(part);
    if (duration === null) symbol = part.toUpperCase();
    else ms = duration;
  }
  return { symbol, ms };
}

// Only ordinary fills make prices: futures mark others (insurance fund, auto-deleveraging) in `X`.
function readPrint(
  text: string,
  shift: Shift,
): { price: string; size: string; time: number; buyerIsMaker: boolean } | null {
  const price = /"p":"(\d+(?:\.\d+)?)"/.exec(text);
  const size = /"q":"(\d+(?:\.\d+)?)"/.exec(text);
  const time = /"T":(\d+)/.exec(text);
  const maker = /"m":(true|false)/.exec(text);
  const fill = /"X":"([^"]*)"/.exec(text);
  if (price === null || size === null || time === null || maker === null) return null;
  if (fill !== null && fill[1] !== 'MARKET') return null;
  return { price: price[1], size: size[1], time: Number(time[1]) + shift.time, buyerIsMaker: maker[1] === 'true' };
}

import { depthEvent, klineEvent, markPriceEvent, miniTickerEvent, tickerEvent } from './binance-format';
import type { BinanceMarket } from './binance-market';
import type { Recorded } from './binance-recording';
import { channelOf, parseStream, type Stream } from './binance-streams';
import type { SymbolState } from './binance-symbol';
import type { Candle } from './candles';
import { bucketAfter } from './intervals';

/** A derived stream somebody listens to, and when it speaks next. */
interface Wanted {
  readonly stream: Stream;
  readonly state: SymbolState | null;
  due: number;
  /** Open time of the kline bar last spoken of, and what was said. */
  openBar: number;
  said: string;
}

const AGGREGATE_WAIT_MS = 100;
/** A bar is closed this long after its end, when prints of its last moment have arrived. */
const CLOSING_GRACE_MS = 250;
const MOST_CLOSINGS = 600;

/** Streams a capture lacks, made from what it has: klines, tickers, mark prices, partial books, aggregates. */
export class BinanceDerived {
  /** Somebody listens to every symbol's best prices at once. */
  allTickers = false;
  readonly #market: BinanceMarket;
  #wanted: Wanted[] = [];

  constructor(market: BinanceMarket) {
    this.#market = market;
  }

  notes(): string[] {
    const { states, futures, recording } = this.#market;
    const list = [...states.values()];
    const missing = (kind: string): string =>
      list
        .filter((state) => !state.profile.kinds.has(kind))
        .map((state) => state.profile.symbol)
        .join(' ');
    const notes: string[] = [];
    const add = (symbols: string, what: string): void => {
      if (symbols !== '') notes.push(`${symbols}: ${what}`);
    };
    add(missing('trade'), 'no single trades recorded, so trade streams stay silent');
    const joined = list.filter(({ profile }) => profile.kinds.has('trade') && !profile.kinds.has('aggTrade'));
    add(joined.map(({ profile }) => profile.symbol).join(' '), 'aggTrade is derived from trade');
    add(missing('bookTicker'), 'no best prices recorded, so bookTicker streams stay silent');
    const bookless = list.filter(({ profile }) => !profile.snapshotRecorded && profile.firstApplied >= 0);
    add(bookless.map(({ profile }) => profile.symbol).join(' '), 'no snapshot recorded, so the book begins empty');
    if (recording.exchangeInfo === null) notes.push('exchangeInfo is derived from the recorded digits');
    notes.push('klines and the 24 h ticker are derived from the trades so far and generated history');
    if (futures) notes.push('mark price and funding are derived: the last price, 0.01 %, the next eighth hour');
    notes.push('server time is the venue server’s own');
    return notes;
  }

  /** Called after every change of subscriptions. */
  refresh(): void {
    const names = new Set<string>();
    const kept = new Map(this.#wanted.map((wanted) => [wanted.stream.channel, wanted]));
    for (const peer of this.#market.around.hub.peers) {
      for (const set of peer.names.values()) for (const name of set) names.add(name);
    }
    const next = new Map<string, Wanted>();
    for (const name of names) {
      const stream = parseStream(name);
      if (stream === null || !this.#isDerived(stream)) continue;
      next.set(stream.channel, kept.get(stream.channel) ?? this.#want(stream));
    }
    this.#wanted = [...next.values()];
    this.allTickers = this.#market.around.hub.wants(channelOf('bookTicker', '*'));
  }

  playKline(message: Recorded, state: SymbolState, lap: number): void {
    if (!this.#passesKlines(message.channel, state, lap)) return;
    const { channel, symbol, text } = message;
    this.#market.around.hub.publish({ channel, symbol, text });
  }

  passTime(): void {
    const elapsed = this.#market.elapsedMs();
    for (const wanted of this.#wanted) {
      if (elapsed < wanted.due) continue;
      wanted.due = elapsed + periodOf(wanted.stream, this.#market.futures);
      this.#speak(wanted);
    }
    this.#flushAggregates(AGGREGATE_WAIT_MS);
  }

  /** The replay is over: nothing may be left unsaid. */
  flush(): void {
    this.#flushAggregates(Number.NEGATIVE_INFINITY);
    for (const wanted of this.#wanted) this.#speak(wanted);
  }

  #flushAggregates(waitMs: number): void {
    for (const state of this.#market.states.values()) {
      const row = state.flushAggregate(this.#market.now(state) - waitMs);
      if (row !== null) this.#market.publishAggregate(state, row);
    }
  }

  #want(stream: Stream): Wanted {
    const state = this.#market.states.get(stream.symbol) ?? null;
    return { stream, state, due: 0, openBar: Number.NaN, said: '' };
  }

  #isDerived(stream: Stream): boolean {
    if (stream.symbol === '*') return stream.kind !== 'bookTicker';
    const state = this.#market.states.get(stream.symbol);
    if (state === undefined) return false;
    switch (stream.kind) {
      case 'kline':
        return !(this.#market.futures && stream.detail === '1s');
      case 'partial':
        return true;
      case 'ticker':
      case 'miniTicker':
        return !state.profile.kinds.has(stream.kind);
      case 'markPrice':
        return this.#market.futures && !state.profile.kinds.has(stream.kind);
      default:
        return false;
    }
  }

  #passesKlines(channel: string, state: SymbolState, lap: number): boolean {
    return lap === 0 && this.#market.around.settings.clock === 'recorded' && state.profile.kinds.has(channel);
  }

  #speak(wanted: Wanted): void {
    const { stream, state } = wanted;
    if (stream.symbol === '*') this.#speakForAll(stream);
    if (state === null) return;
    const now = this.#market.now(state);
    if (stream.kind === 'kline') this.#speakKline(wanted, state, now);
    else this.#say(stream, state.profile.symbol, this.#text(stream, state, now), wanted);
  }

  #text(stream: Stream, state: SymbolState, now: number): string {
    const { futures } = this.#market;
    switch (stream.kind) {
      case 'ticker':
        return tickerEvent(state, now, futures);
      case 'miniTicker':
        return miniTickerEvent(state, now);
      case 'markPrice':
        return markPriceEvent(state, now);
      default:
        return partialBook(state, Number(stream.detail), now, futures);
    }
  }

  #speakForAll(stream: Stream): void {
    const texts = [...this.#market.states.values()].map((state) => this.#text(stream, state, this.#market.now(state)));
    this.#market.around.hub.publish({ channel: stream.channel, symbol: '*', text: `[${texts.join(',')}]` });
  }

  #say(stream: Stream, symbol: string, text: string, wanted: Wanted): void {
    if (stream.kind === 'partial' && sameBook(text, wanted.said)) return;
    wanted.said = text;
    this.#market.around.hub.publish({ channel: stream.channel, symbol, text });
  }

  #speakKline(wanted: Wanted, state: SymbolState, now: number): void {
    const { stream } = wanted;
    if (this.#passesKlines(stream.channel, state, this.#market.around.replay.lap)) return;
    const interval = stream.detail;
    const { bars } = state.series(interval, now);
    const current = bars[bars.length - 1];
    const closable = bars.filter((bar) => bar.t >= wanted.openBar && bar.t < current.t);
    const closed = closable.filter((bar) => bucketAfter(interval, bar.t) + CLOSING_GRACE_MS <= now);
    for (const bar of closed.slice(-MOST_CLOSINGS)) this.#sendBar(wanted, state, bar, now, true);
    const latest = closed[closed.length - 1];
    if (latest !== undefined) wanted.openBar = bucketAfter(interval, latest.t);
    // The next bar opens only when the one before it has been closed.
    if (closed.length < closable.length) return;
    if (Number.isNaN(wanted.openBar)) wanted.openBar = current.t;
    const said = `${current.t} ${current.trades} ${current.volume}`;
    if (said === wanted.said) return;
    wanted.said = said;
    this.#sendBar(wanted, state, current, now, false);
  }

  #sendBar(wanted: Wanted, state: SymbolState, bar: Candle, now: number, closed: boolean): void {
    const { symbol, spelling } = state.profile;
    const text = klineEvent(symbol, wanted.stream.detail, bar, spelling, now, closed);
    this.#market.around.hub.publish({ channel: wanted.stream.channel, symbol, text });
  }
}

function periodOf(stream: Stream, futures: boolean): number {
  if (stream.kind === 'partial') return 100;
  if (stream.kind !== 'kline') return 1_000;
  if (futures) return 250;
  return stream.detail === '1s' ? 1_000 : 2_000;
}

function partialBook(state: SymbolState, count: number, now: number, futures: boolean): string {
  const bids = state.book.levels('bid', count);
  const asks = state.book.levels('ask', count);
  const id = state.book.sequence;
  if (!futures) return JSON.stringify({ lastUpdateId: id, bids, asks });
  return depthEvent(state.profile.symbol, { first: id, last: id, previous: id }, { bids, asks }, now, true);
}

function sameBook(a: string, b: string): boolean {
  const body = (text: string): string => text.slice(text.indexOf('['));
  return b !== '' && body(a) === body(b);
}

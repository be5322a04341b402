import type { Capture, CaptureLine } from '../capture-file';
import { BarTeller } from './bar-teller';
import { decimalsOf, isPlainDecimal } from './decimal';
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
import {
  BOOK_LEVELS,
  bboText,
  bookData,
  candleData,
  contextText,
  grouped,
  type OrdersAt,
  tradeData,
} from './hyperliquid-format';
import { HyperliquidInfo, type InfoAnswer, midsOf } from './hyperliquid-info';
import { HyperliquidSockets } from './hyperliquid-sockets';
import { LapSpan } from './lap-span';
import type { ReplayMarket } from './replay-market';
import { recordedHosts, replayProtocol } from './replay-protocol';
import type { ReplaySymbol } from './replay-symbol';
import { SteadyClock } from './steady-clock';
import type { Level, TrueBook } from './true-book';
import { type RestAnswer, type RestRequest, type Upgrade, VenueError, type VenueProtocol } from './venue-protocol';
import { type Fields, isFields, parseNumbersAsText, shiftWhole } from './wire-text';

/** A book is said again after so long without a new one. */
const REPEAT_AFTER_MS = 500;
const LOOK_EVERY_MS = 100;
const GROUPED_EVERY_MS = 500;
const FIGURES_EVERY_MS = 1_000;
const MOST_CONNECTIONS = 10;
const RECENT_TRADES = 30;
const MOST_COUNTS = 200_000;

/** Hyperliquid: every book message is the whole book, twenty levels a side. */
class HyperliquidDialect implements Dialect {
  readonly venue = 'hyperliquid';
  readonly sequence = 'none';
  readonly snapshotBy = 'subscription';
  readonly wholeBooks = true;
  readonly connects = { most: 30, withinMs: 60_000, status: 429 };
  readonly garbage = [
    '{"channel":"l2Book","data":{"coin":"NOBODY","time":"now","levels":[null]}}',
    '{"channel":"trades","data":{"coin":"NOBODY","px":"1e999"}}',
    '{"channel":"trades","data":[{"coin":"NOBODY","side":"C","px":"-1","sz":"0","time":0,"tid":"x"}]}',
    '{"channel":"subscriptionResponse","data":"yes"}',
  ];
  readonly #ids = new LapSpan();
  /** Orders behind a level, by coin, price and size, as far as recorded. */
  readonly #orders = new Map<string, number>();
  readonly #sizeDecimals = new Map<string, number>();
  /** Time of the first book of a coin: a batch of trades older than that was its recorder's greeting. */
  readonly #begun = new Map<string, number>();
  /** When a coin's book was last told, venue time. */
  readonly #told = new Map<ReplaySymbol, number>();
  readonly #best = new Map<ReplaySymbol, string>();
  #market: ReplayMarket | null = null;
  #clock: SteadyClock | null = null;
  #sockets: HyperliquidSockets | null = null;
  #info: HyperliquidInfo | null = null;

  get market(): ReplayMarket {
    if (this.#market === null) throw new VenueError('hyperliquid was used before it was opened.');
    return this.#market;
  }

  read(line: CaptureLine): readonly Reading[] {
    const fields = parseNumbersAsText(line.m);
    if (!isFields(fields)) return [];
    const { channel, data } = fields;
    if (channel === 'l2Book' && isFields(data)) return this.#readBook(data, line.m);
    if (channel === 'trades' && Array.isArray(data)) return this.#readTrades(data.filter(isFields), line.m);
    if ((channel === 'activeAssetCtx' || channel === 'activeSpotAssetCtx') && isFields(data)) {
      return typeof data.coin === 'string' ? [{ kind: 'ticker', symbol: data.coin, text: line.m }] : [];
    }
    return [];
  }

  depth(): number {
    return BOOK_LEVELS;
  }

  enter(market: ReplayMarket): void {
    this.#market = market;
    this.#clock = new SteadyClock(market, ({ kind }) => kind === 'snapshot');
    this.#sockets = new HyperliquidSockets(this);
    this.#info = new HyperliquidInfo(this);
  }

  notes(): readonly string[] {
    return [
      'books are sent when recorded and again after half a second without one; bbo and summed books come from them',
      'candles, allMids, and activeAssetCtx where not recorded, are derived from the trades so far and generated history',
      'meta and spotMeta are derived from the recorded digits; funding and open interest are made up',
    ];
  }

  refuse({ path }: RestRequest): Extract<Upgrade, { refuse: number }> | null {
    if (path !== '/ws') return { refuse: 404 };
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

  rest(request: RestRequest): RestAnswer | null {
    return this.#info?.rest(request) ?? null;
  }

  /** The answer to a question asked over a socket. */
  info(payload: Fields): InfoAnswer {
    return this.#info?.answer(payload) ?? { fault: 'null', status: 500 };
  }

  banAnswer(): RestAnswer {
    return { status: 429, body: 'null' };
  }

  failure(): RestAnswer {
    return { status: 500, body: 'null' };
  }

  rewrite(message: ReplayMessage, shift: Shift): string {
    const timed = message.text.replace(/"time":(\d+)/g, (_, time) => `"time":${shiftWhole(time, shift.time)}`);
    if (message.kind !== 'trades') return timed;
    return timed.replace(/"tid":(\d+)/g, (_, id) => `"tid":${this.#ids.move(id, shift.lap)}`);
  }

  tradeId(id: string, shift: Shift): string {
    return this.#ids.move(id, shift.lap);
  }

  snapshot(state: ReplaySymbol, book: TrueBook): string {
    const sides = { bids: book.levels('bid'), asks: book.levels('ask') };
    const data = bookData(state.symbol, sides, this.ordersOf(state), this.timeOf(state));
    return JSON.stringify({ channel: 'l2Book', data });
  }

  diff(state: ReplaySymbol): string {
    return this.snapshot(state, state.book);
  }

  // In later laps those trades would be of the lap before.
  skips(message: ReplayMessage): boolean {
    if (message.kind !== 'trades' || this.market.around.replay.lap === 0) return false;
    const begun = this.#begun.get(message.symbol) ?? Number.NEGATIVE_INFINITY;
    return (message.rows ?? []).every(({ time }) => time < begun);
  }

  moved(state: ReplaySymbol): void {
    this.#told.set(state, this.market.now(state));
    const channel = channelOf('bbo', state.symbol);
    const { bid, ask } = state.best();
    const best = `${bid ?? ''} ${ask ?? ''}`;
    if (best === this.#best.get(state)) return;
    this.#best.set(state, best);
    if (this.market.wants(channel)) this.market.publish(channel, state.symbol, this.#bbo(state));
  }

  derive(channel: string): Derivation | null {
    if (channel === 'allMids') return { everyMs: FIGURES_EVERY_MS, speak: () => [this.#mids()] };
    const { kind, symbol, detail } = readChannel(channel);
    const state = this.market.states.get(symbol);
    if (state === undefined) return null;
    switch (kind) {
      case 'book':
        return { everyMs: LOOK_EVERY_MS, speak: (now) => this.#again(state, now) };
      case 'grouped':
        return { everyMs: GROUPED_EVERY_MS, speak: () => [this.#grouped(state, detail)] };
      case 'candle':
        return this.#candles(state, detail);
      case 'ticker':
        if (state.profile.kinds.has('ticker')) return null;
        return { everyMs: FIGURES_EVERY_MS, speak: (now) => [contextText(state, now)] };
      default:
        return null;
    }
  }

  /** What a new subscriber is told at once. */
  greet(peer: Peer, channel: string, name: string): void {
    const { market } = this;
    const { kind, symbol, detail } = readChannel(channel);
    const state = market.states.get(symbol);
    if (kind === 'allMids') market.tell(peer, name, this.#mids());
    if (state === undefined) return;
    if (kind === 'book') {
      market.sendBook(peer, state, channel, name);
      return;
    }
    const text = this.#greeting(state, kind, detail);
    if (text !== null) market.tell(peer, name, text);
  }

  ordersOf(state: ReplaySymbol): OrdersAt {
    return ([price, size]) => this.#orders.get(`${state.symbol} ${price} ${size}`) ?? 1;
  }

  timeOf(state: ReplaySymbol): number {
    return this.#clock?.now(state) ?? this.market.now(state);
  }

  sizeDecimals(state: ReplaySymbol): number {
    return this.#sizeDecimals.get(state.symbol) ?? state.profile.sizeDecimals;
  }

  mids(): Fields {
    return midsOf(this.market.states.values()).mids as Fields;
  }

  #greeting(state: ReplaySymbol, kind: string, detail: string): string | null {
    const { market } = this;
    market.originOf(state);
    const now = market.now(state);
    switch (kind) {
      case 'grouped':
        return this.#grouped(state, detail);
      case 'bbo':
        return this.#bbo(state);
      case 'trade': {
        const rows = state.trades.slice(-RECENT_TRADES).map((row) => tradeData(state.symbol, row));
        return rows.length === 0 ? null : `{"channel":"trades","data":[${rows.join(',')}]}`;
      }
      case 'candle': {
        const bar = state.candles(detail, now).pop();
        return bar === undefined ? null : candleText(state, detail, bar);
      }
      default: {
        const sent = market.player.latest(channelOf('ticker', state.symbol));
        return sent ?? market.player.first(channelOf('ticker', state.symbol)) ?? contextText(state, now);
      }
    }
  }

  #again(state: ReplaySymbol, now: number): string[] {
    if (now - (this.#told.get(state) ?? Number.NEGATIVE_INFINITY) < REPEAT_AFTER_MS) return [];
    this.#told.set(state, now);
    return [this.snapshot(state, state.book)];
  }

  #grouped(state: ReplaySymbol, detail: string): string {
    const [digits, mantissa] = detail.split('.').map(Number);
    const sides = grouped({ bids: state.book.levels('bid'), asks: state.book.levels('ask') }, digits, mantissa);
    const data = bookData(state.symbol, sides, this.ordersOf(state), this.timeOf(state));
    return JSON.stringify({ channel: 'l2Book', data });
  }

  #bbo(state: ReplaySymbol): string {
    return bboText(state, this.ordersOf(state), this.timeOf(state));
  }

  #mids(): string {
    return JSON.stringify({ channel: 'allMids', data: midsOf(this.market.states.values()) });
  }

  #candles(state: ReplaySymbol, interval: string): Derivation {
    const teller = new BarTeller(this.market, state, interval);
    return {
      everyMs: LOOK_EVERY_MS,
      speak: (now) => teller.next(now).map(({ bar }) => candleText(state, interval, bar)),
    };
  }

  #readBook(data: Fields, text: string): Reading[] {
    const { coin, levels } = data;
    if (typeof coin !== 'string') return [];
    const [bids, asks] = Array.isArray(levels)
      ? [this.#side(coin, levels[0]), this.#side(coin, levels[1])]
      : [null, null];
    const time = Number(data.time);
    const timed = Number.isSafeInteger(time) ? { time } : {};
    if (!this.#begun.has(coin)) this.#begun.set(coin, time);
    return [{ kind: 'snapshot', symbol: coin, text, ...timed, ...(bids !== null && asks !== null && { bids, asks }) }];
  }

  #side(coin: string, value: unknown): Level[] | null {
    if (!Array.isArray(value)) return null;
    const levels: Level[] = [];
    for (const one of value) {
      const { px, sz, n } = isFields(one) ? one : {};
      if (!isPlainDecimal(px) || !isPlainDecimal(sz)) return null;
      levels.push([px, sz]);
      this.#sawSize(coin, sz);
      if (this.#orders.size < MOST_COUNTS) this.#orders.set(`${coin} ${px} ${sz}`, Number(n) || 1);
    }
    return levels;
  }

  #sawSize(coin: string, size: string): void {
    this.#sizeDecimals.set(coin, Math.max(this.#sizeDecimals.get(coin) ?? 0, decimalsOf(size)));
  }

  #readTrades(entries: readonly Fields[], text: string): Reading[] {
    const coins = new Set(entries.map(({ coin }) => String(coin)));
    return [...coins].map((coin) => {
      const own = entries.filter((entry) => entry.coin === coin);
      const rows = own.map(tradeOf).filter((row) => row !== null);
      for (const { id, size } of rows) {
        this.#ids.see(id);
        this.#sawSize(coin, size);
      }
      const time = rows[rows.length - 1]?.time;
      return {
        kind: 'trades',
        symbol: coin,
        text: coins.size === 1 ? text : rebuilt(own),
        rows,
        ...(time && { time }),
      };
    });
  }
}

export type { HyperliquidDialect };

export const hyperliquid: VenueProtocol = replayProtocol(['hyperliquid'], detect, () => new HyperliquidDialect());

function detect(capture: Capture): string | null {
  if (capture.header !== null) return capture.header.venue === 'hyperliquid' ? 'hyperliquid' : null;
  const isOurs = ({ host }: { host: string }): boolean => /^api\.hyperliquid(?:-testnet)?\.xyz$/.test(host);
  return recordedHosts(capture).some(isOurs) ? 'hyperliquid' : null;
}

function candleText(state: ReplaySymbol, interval: string, bar: Parameters<typeof candleData>[2]): string {
  return JSON.stringify({ channel: 'candle', data: candleData(state, interval, bar) });
}

function tradeOf({ tid, px, sz, time, side }: Fields): RecordedTrade | null {
  const at = Number(time);
  if (typeof tid !== 'string' || !/^\d+$/.test(tid) || !Number.isSafeInteger(at)) return null;
  if (!isPlainDecimal(px) || !isPlainDecimal(sz) || (side !== 'B' && side !== 'A')) return null;
  return { id: tid, price: px, size: sz, time: at, aggressor: side === 'B' ? 'buyer' : 'seller' };
}

/** Trades of one coin out of a message that spoke of several; numbers were read as text and stand bare again. */
function rebuilt(entries: readonly Fields[]): string {
  const texts = entries.map((entry) => {
    const { time, tid, ...rest } = entry;
    return `${JSON.stringify(rest).slice(0, -1)},"time":${time},"tid":${tid}}`;
  });
  return `{"channel":"trades","data":[${texts.join(',')}]}`;
}

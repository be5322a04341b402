import type { Profile } from './binance-profile';
import type { Recorded } from './binance-recording';
import { readLevels } from './binance-recording';
import { type Candle, CandleSeries, type Print } from './candles';
import { spellUnits, toUnits, trimDecimal } from './decimal';
import { generateHistory } from './history';
import { bucketStart } from './intervals';
import { type Level, TrueBook } from './true-book';
import type { Truth } from './venue-protocol';

/** A single trade as the venue tells it. */
export interface TradeRow {
  readonly id: number;
  readonly price: string;
  readonly size: string;
  readonly time: number;
  readonly buyerIsMaker: boolean;
}

export interface AggregateRow {
  readonly id: number;
  readonly price: string;
  size: string;
  readonly first: number;
  last: number;
  readonly time: number;
  readonly buyerIsMaker: boolean;
}

const MOST_ROWS = 200_000;
const FIRST_DERIVED_AGGREGATE = 1_000_000;

/** One symbol's market as it stands at this moment of the replay. */
export class SymbolState {
  readonly profile: Profile;
  readonly book = new TrueBook();
  /** What has been added to update ids so far: laps gone by and diffs put in. */
  bookShift = 0;
  tradeShift = 0;
  aggregateShift = 0;
  /** Highest update id sent with a best price. */
  lastTickerId = 0;
  /** Somebody has asked for the snapshot, or the replay has stopped waiting for that. */
  asked = false;
  /** At least one diff is in the book, so more can be put in after it. */
  moving = false;
  /** Digits the price step gained by a change of tick. */
  finer = 0;
  readonly trades: TradeRow[] = [];
  readonly aggregates: AggregateRow[] = [];
  lastPrice: string;
  readonly #futures: boolean;
  readonly #history: number;
  readonly #series = new Map<string, CandleSeries>();
  readonly #bars = new Map<string, Candle[]>();
  readonly #prints: Print[] = [];
  #origin = Number.NaN;
  #count = 0;
  #bought = 0n;
  #sold = 0n;
  #lastId = '';
  #pending: AggregateRow | null = null;
  #nextAggregate = FIRST_DERIVED_AGGREGATE;

  constructor(profile: Profile, futures: boolean, history: number) {
    this.profile = profile;
    this.#futures = futures;
    this.#history = history;
    this.lastPrice = profile.firstPrice;
    const { bids, asks, id } = profile.snapshot;
    this.book.load(bids, asks, id);
  }

  /** Takes a recorded diff into the true book; `last` is its `u` on the wire. A diff already in it changes nothing. */
  applyDiff(message: Recorded, last: number): void {
    const start = this.profile.snapshot.id + this.bookShift;
    const fresh = last > this.book.sequence || (this.#futures && last === start && this.book.sequence === start);
    if (!fresh) return;
    const levels = readLevels(message.text);
    // What a client must refuse has still happened at the venue: the sequence moves on.
    this.book.apply(levels?.bids ?? [], levels?.asks ?? [], last);
    this.moving = true;
  }

  /**
   * Puts a diff of our own behind the last one. Its ids reach past every best price already sent, and all later ids
   * move up by as much, so that no client can tell it from a recorded one.
   */
  injectDiff(bids: readonly Level[], asks: readonly Level[]): { first: number; last: number; previous: number } {
    const previous = this.book.sequence;
    const last = Math.max(previous, this.lastTickerId) + 1;
    this.bookShift += last - previous;
    this.book.apply(bids, asks, last);
    return { first: previous + 1, last, previous };
  }

  addTrade(row: TradeRow): AggregateRow | null {
    keep(this.trades, row);
    this.#print({ ...row, first: row.id, last: row.id });
    if (this.profile.kinds.has('aggTrade')) return null;
    const pending = this.#pending;
    if (pending !== null && joins(pending, row)) {
      const decimals = this.profile.spelling.size;
      pending.size = spellUnits(toUnits(pending.size, decimals) + toUnits(row.size, decimals), decimals);
      pending.last = row.id;
      return null;
    }
    this.#pending = { ...row, id: this.#nextAggregate++, first: row.id, last: row.id };
    if (pending !== null) keep(this.aggregates, pending);
    return pending;
  }

  /** The derived aggregate that nothing has joined for a while. */
  flushAggregate(before: number): AggregateRow | null {
    const pending = this.#pending;
    if (pending === null || pending.time > before) return null;
    this.#pending = null;
    keep(this.aggregates, pending);
    return pending;
  }

  addAggregate(row: AggregateRow): void {
    keep(this.aggregates, row);
    if (!this.profile.kinds.has('trade')) this.#print({ ...row, last: row.last });
  }

  /** Fixes where history ends. The first call counts. */
  beginAt(origin: number): void {
    if (Number.isNaN(this.#origin)) this.#origin = origin;
  }

  /** Bars made of trades so far, opened up to `now`. */
  series(interval: string, now: number): CandleSeries {
    let series = this.#series.get(interval);
    if (series === undefined) {
      series = new CandleSeries(interval, this.profile.spelling, this.#origin, this.profile.firstPrice);
      for (const print of this.#prints) series.add(print);
      this.#series.set(interval, series);
    }
    series.advance(now);
    return series;
  }

  /** Generated history followed by the bars made of trades, oldest first. */
  candles(interval: string, now: number): Candle[] {
    const live = this.series(interval, now).bars;
    return [...this.#past(interval), ...live].filter((bar) => bar.t <= now);
  }

  truth(ended: boolean): Truth {
    const plain = (levels: readonly Level[]): [string, string][] =>
      levels.map(([price, size]) => [trimDecimal(price), trimDecimal(size)]);
    const decimals = this.profile.spelling.size;
    return {
      sequence: String(this.book.sequence),
      bids: plain(this.book.levels('bid', 20)),
      asks: plain(this.book.levels('ask', 20)),
      bidLevels: this.book.count('bid'),
      askLevels: this.book.count('ask'),
      sha256: this.book.digest(),
      trades: {
        count: this.#count,
        buyVolume: trimDecimal(spellUnits(this.#bought, decimals)),
        sellVolume: trimDecimal(spellUnits(this.#sold, decimals)),
        lastId: this.#lastId,
      },
      ended,
    };
  }

  #past(interval: string): Candle[] {
    let bars = this.#bars.get(interval);
    if (bars === undefined) {
      const { symbol, firstPrice: price, spelling, minute, priceDecimals, sizeDecimals } = this.profile;
      const step = 10n ** BigInt(Math.max(0, spelling.price - priceDecimals));
      const sizeStep = 10n ** BigInt(Math.max(0, spelling.size - sizeDecimals));
      const count = this.#history;
      bars = generateHistory({
        symbol,
        interval,
        count,
        origin: this.#origin,
        price,
        step,
        sizeStep,
        spelling,
        minute,
      });
      bars = bars.filter((bar) => bar.t < bucketStart(interval, this.#origin));
      this.#bars.set(interval, bars);
    }
    return bars;
  }

  #print(print: Print): void {
    const units = toUnits(print.size, this.profile.spelling.size);
    this.#count += print.last - print.first + 1;
    if (print.buyerIsMaker) this.#sold += units;
    else this.#bought += units;
    this.#lastId = String(print.last);
    this.lastPrice = print.price;
    keep(this.#prints, print);
    for (const series of this.#series.values()) series.add(print);
  }
}

function joins(pending: AggregateRow, row: TradeRow): boolean {
  return pending.price === row.price && pending.time === row.time && pending.buyerIsMaker === row.buyerIsMaker;
}

function keep<T>(rows: T[], row: T): void {
  rows.push(row);
  if (rows.length > MOST_ROWS) rows.splice(0, MOST_ROWS / 2);
}

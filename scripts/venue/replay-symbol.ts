import { type Candle, CandleSeries, type Print } from './candles';
import { compareDecimals, spellUnits, toUnits, trimDecimal } from './decimal';
import { generateHistory } from './history';
import { bucketStart } from './intervals';
import type { ReplayProfile } from './replay-profile';
import { type Level, TrueBook } from './true-book';
import type { Truth } from './venue-protocol';

/** A trade as it went out: ids and times moved. */
export interface TradeRow {
  readonly id: string;
  readonly price: string;
  readonly size: string;
  readonly time: number;
  readonly aggressor: 'buyer' | 'seller';
  readonly fills: number;
  readonly detail?: string;
}

/** The last 24 hours, decimals as spelled; volumes in units of the spelled decimals. */
export interface Day {
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly last: string;
  /** In units of 10^-spelling.size. */
  readonly volume: bigint;
  /** In units of 10^-(spelling.size + spelling.price). */
  readonly quote: bigint;
  readonly trades: number;
}

const MOST_ROWS = 200_000;
const DAY_MS = 86_400_000;

/** One symbol's market as it stands at this moment of the replay. */
export class ReplaySymbol {
  readonly profile: ReplayProfile;
  /** The truth: what was recorded and what was put in. */
  readonly book = new TrueBook();
  /** What was recorded alone, kept while something is put in. */
  plain: TrueBook | null = null;
  /** Faults in the book at this moment. */
  injected = 0;
  /** What has been added to book ids so far: laps gone by and diffs put in. */
  bookShift = 0;
  tradeShift = 0n;
  readonly markShift = new Map<string, bigint>();
  /** Counts changes of the true book, so that a subscriber gets none its snapshot already holds. */
  serial = 0;
  /** Somebody has asked for the snapshot, or the replay has stopped waiting for that. */
  asked = false;
  /** Digits the price step gained by a change of tick. */
  finer = 0;
  /** The next message that carries a checksum carries a wrong one. */
  spoilChecksum = false;
  readonly trades: TradeRow[] = [];
  lastPrice: string;
  readonly #history: number;
  readonly #numbered: boolean;
  readonly #series = new Map<string, CandleSeries>();
  readonly #past = new Map<string, Candle[]>();
  readonly #prints: Print[] = [];
  #origin = Number.NaN;
  #count = 0;
  #bought = 0n;
  #sold = 0n;

  /** @param numbered whether the venue's books have a sequence; @param history generated bars per interval */
  constructor(profile: ReplayProfile, numbered: boolean, history: number) {
    this.profile = profile;
    this.#numbered = numbered;
    this.#history = history;
    this.lastPrice = profile.firstPrice;
    const { bids, asks, sequence } = profile.snapshot;
    this.book.load(bids, asks, sequence);
    this.book.truncate(profile.depth);
  }

  get symbol(): string {
    return this.profile.symbol;
  }

  /** Decimals of the price step now. */
  get priceDecimals(): number {
    return this.profile.priceDecimals + this.finer;
  }

  /** Best bid and best ask as spelled; null where the side is empty. */
  best(): { bid: Level | null; ask: Level | null } {
    return { bid: this.book.levels('bid', 1)[0] ?? null, ask: this.book.levels('ask', 1)[0] ?? null };
  }

  /** Takes recorded levels into the truth, and into what was recorded alone. */
  apply(bids: readonly Level[], asks: readonly Level[], sequence: number): void {
    for (const book of this.#books()) {
      book.apply(bids, asks, sequence);
      book.truncate(this.profile.depth);
    }
    this.serial++;
  }

  /** Replaces the book by a recorded one. */
  load(bids: readonly Level[], asks: readonly Level[], sequence: number): void {
    for (const book of this.#books()) {
      book.load(bids, asks, sequence);
      book.truncate(this.profile.depth);
    }
    this.serial++;
  }

  /** Takes levels into the truth that were never recorded. */
  inject(bids: readonly Level[], asks: readonly Level[], sequence: number): void {
    this.plain ??= this.book.copy();
    this.book.apply(bids, asks, sequence);
    this.book.truncate(this.profile.depth);
    this.serial++;
  }

  addTrade(row: TradeRow): void {
    const units = toUnits(row.size, this.profile.spelling.size);
    const { fills, time, price, size } = row;
    const print = { time, price, size, buyerIsMaker: row.aggressor === 'seller', first: this.#count };
    this.#count += fills;
    if (row.aggressor === 'buyer') this.#bought += units;
    else this.#sold += units;
    this.lastPrice = price;
    const whole = { ...print, last: this.#count - 1 };
    keep(this.trades, row);
    keep(this.#prints, whole);
    for (const series of this.#series.values()) series.add(whole);
  }

  /** Fixes where generated history ends, ms. The first call counts. */
  beginAt(origin: number): void {
    if (Number.isNaN(this.#origin)) this.#origin = origin;
  }

  /** Generated history followed by bars made of trades, oldest first; buckets without trades repeat the last close. */
  candles(interval: string, now: number): Candle[] {
    // A trade from before the recording makes a bar of its own in front of the others.
    const live = [...this.#live(interval, now).bars].sort((a, b) => a.t - b.t);
    const past = this.#generated(interval).filter((bar) => bar.t < live[0].t);
    return [...past, ...live].filter((bar) => bar.t <= now);
  }

  /** Bars from the one that holds `since` on, oldest first. */
  candlesSince(interval: string, since: number, now: number): Candle[] {
    return this.#live(interval, now).bars.filter((bar) => bar.t >= since && bar.t <= now);
  }

  day(now: number): Day {
    const bars = this.candles('1h', now).filter((bar) => bar.t > now - DAY_MS);
    const first = bars[0];
    if (first === undefined) {
      const price = this.lastPrice;
      return { open: price, high: price, low: price, last: price, volume: 0n, quote: 0n, trades: 0 };
    }
    const day = { high: first.high, low: first.low, volume: 0n, quote: 0n, trades: 0 };
    for (const bar of bars) {
      if (exceeds(bar.high, day.high)) day.high = bar.high;
      if (exceeds(day.low, bar.low)) day.low = bar.low;
      day.volume += bar.volume;
      day.quote += bar.quote;
      day.trades += bar.trades;
    }
    return { ...day, open: first.open, last: this.lastPrice };
  }

  truth(ended: boolean): Truth {
    const plain = (levels: readonly Level[]): [string, string][] =>
      levels.map(([price, size]) => [trimDecimal(price), trimDecimal(size)]);
    const decimals = this.profile.spelling.size;
    return {
      sequence: this.#numbered ? String(this.book.sequence) : '',
      bids: plain(this.book.levels('bid', 20)),
      asks: plain(this.book.levels('ask', 20)),
      bidLevels: this.book.count('bid'),
      askLevels: this.book.count('ask'),
      sha256: this.book.digest(),
      trades: {
        count: this.#count,
        buyVolume: trimDecimal(spellUnits(this.#bought, decimals)),
        sellVolume: trimDecimal(spellUnits(this.#sold, decimals)),
        lastId: this.trades[this.trades.length - 1]?.id ?? '',
      },
      ended,
    };
  }

  #books(): TrueBook[] {
    return this.plain === null ? [this.book] : [this.book, this.plain];
  }

  #live(interval: string, now: number): CandleSeries {
    let series = this.#series.get(interval);
    if (series === undefined) {
      series = new CandleSeries(interval, this.profile.spelling, this.#origin, this.profile.firstPrice);
      for (const print of this.#prints) series.add(print);
      this.#series.set(interval, series);
    }
    series.advance(now);
    return series;
  }

  #generated(interval: string): Candle[] {
    let bars = this.#past.get(interval);
    if (bars === undefined) {
      const { symbol, firstPrice: price, spelling, minute, priceDecimals, sizeDecimals } = this.profile;
      const step = 10n ** BigInt(Math.max(0, spelling.price - priceDecimals));
      const sizeStep = 10n ** BigInt(Math.max(0, spelling.size - sizeDecimals));
      const seed = { symbol, interval, count: this.#history, origin: this.#origin, price, step, sizeStep, spelling };
      const until = bucketStart(interval, this.#origin);
      bars = generateHistory({ ...seed, minute }).filter((bar) => bar.t < until);
      this.#past.set(interval, bars);
    }
    return bars;
  }
}

function exceeds(a: string, b: string): boolean {
  return compareDecimals(trimDecimal(a), trimDecimal(b)) > 0;
}

function keep<T>(rows: T[], row: T): void {
  rows.push(row);
  if (rows.length > MOST_ROWS) rows.splice(0, MOST_ROWS / 2);
}

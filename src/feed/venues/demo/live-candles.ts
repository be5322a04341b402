import { type Bar, bucketStart, extendBar, isInterval, moveBucket } from './bars';
import { enlarged } from './book-side';
import type { History } from './history';

const SECOND = 1000;
const MINUTE = 60_000;
/** Seconds kept as bars of their own. Longer intervals keep everything, as minutes. */
const KEPT_SECONDS = 86_400;
const FIELDS = 8;

/** Candles of one market: made up before it opened, built from its trades since. */
export interface Candles {
  /** Takes in a trade; `time` must not fall. */
  add(time: number, ticks: number, lots: number, byBuyer: boolean, id: number): void;
  /**
   * The bar of `interval` whose bucket starts at `start`, up to `now`. A bucket without trades is flat at the price
   * before it, with no volume. Null where the bucket starts after `now` or its seconds are no longer kept.
   */
  bar(interval: string, start: number, now: number): Bar | null;
  /** One bar over the whole minutes from `from` (a whole minute) to `now`. */
  window(from: number, now: number): Bar;
  /** Id of the first trade in the bucket since the market opened, or -1. */
  firstTrade(interval: string, start: number): number;
  /** How many of the bucket's trades are made up, being from before the opening. */
  madeUpTrades(interval: string, start: number): number;
  /**
   * Bars in time order whose start is within [from, to], at most `limit`: the first ones when `from` is given, else the
   * last ones up to `to`.
   */
  range(interval: string, from: number | null, to: number, limit: number, now: number): Bar[];
}

/**
 * A run of bars of one length since `origin`, a row for each bucket, as columns in one array:
 * open, high, low, close, lots, buyLots, notional, n; and the first trade's id beside it.
 */
class BarRun {
  #rows = new Float64Array(FIELDS * 256);
  #firstIds = new Float64Array(256);
  #length = 0;
  #dropped = 0;
  readonly #origin: number;
  readonly #step: number;
  readonly #most: number;

  constructor(origin: number, step: number, most: number) {
    this.#origin = origin;
    this.#step = step;
    this.#most = most;
  }

  /** Row of the bucket holding `time`: negative if dropped, the length or more if not there yet. */
  #row(time: number): number {
    return Math.floor((time - this.#origin) / this.#step) - this.#dropped;
  }

  has(time: number): boolean {
    return time < this.#origin || this.#row(time) >= 0;
  }

  add(time: number, ticks: number, lots: number, byBuyer: boolean, id: number): void {
    while (this.#length <= this.#row(time)) this.#appendFlat(ticks);
    const rows = this.#rows;
    const at = this.#row(time) * FIELDS;
    if (rows[at + 7] === 0) {
      rows.fill(ticks, at, at + 4);
      this.#firstIds[at / FIELDS] = id;
    }
    if (ticks > rows[at + 1]) rows[at + 1] = ticks;
    if (ticks < rows[at + 2]) rows[at + 2] = ticks;
    rows[at + 3] = ticks;
    rows[at + 4] += lots;
    if (byBuyer) rows[at + 5] += lots;
    rows[at + 6] += ticks * lots;
    rows[at + 7]++;
  }

  /** Folds the rows from the bucket of `from` to before the bucket of `to` into `into`; answers what it made of it. */
  fold(from: number, to: number, into: Bar | null): Bar | null {
    const end = Math.min(this.#length, this.#row(to));
    let bar = into;
    for (let row = Math.max(0, this.#row(from)); row < end; row++) {
      const at = row * FIELDS;
      if (this.#rows[at + 7] === 0) continue;
      const next = this.#read(at, row);
      if (bar === null) bar = next;
      else extendBar(bar, next);
    }
    return bar;
  }

  firstId(from: number, to: number): number {
    const end = Math.min(this.#length, this.#row(to));
    for (let row = Math.max(0, this.#row(from)); row < end; row++) {
      if (this.#rows[row * FIELDS + 7] > 0) return this.#firstIds[row];
    }
    return -1;
  }

  /** Last price before `time`, or 0. */
  closeBefore(time: number): number {
    const row = Math.min(this.#length, this.#row(time)) - 1;
    return row < 0 ? 0 : this.#rows[row * FIELDS + 3];
  }

  #read(at: number, row: number): Bar {
    const r = this.#rows;
    return {
      t: this.#origin + (row + this.#dropped) * this.#step,
      open: r[at],
      high: r[at + 1],
      low: r[at + 2],
      close: r[at + 3],
      lots: r[at + 4],
      buyLots: r[at + 5],
      notional: r[at + 6],
      n: r[at + 7],
    };
  }

  #appendFlat(firstTicks: number): void {
    if (this.#length >= this.#most * 1.25) this.#drop(this.#length - this.#most);
    if (this.#length === this.#firstIds.length) {
      this.#rows = enlarged(this.#rows);
      this.#firstIds = enlarged(this.#firstIds);
    }
    const at = this.#length * FIELDS;
    this.#rows.fill(this.#length === 0 ? firstTicks : this.#rows[at - FIELDS + 3], at, at + 4);
    this.#rows.fill(0, at + 4, at + FIELDS);
    this.#firstIds[this.#length] = -1;
    this.#length++;
  }

  #drop(count: number): void {
    this.#rows.copyWithin(0, count * FIELDS, this.#length * FIELDS);
    this.#firstIds.copyWithin(0, count, this.#length);
    this.#length -= count;
    this.#dropped += count;
  }
}

function flatBar(t: number, ticks: number): Bar {
  return { t, open: ticks, high: ticks, low: ticks, close: ticks, lots: 0, buyLots: 0, notional: 0, n: 0 };
}

/** @param opening whole second at which history ends and trading begins */
export function createCandles(history: History, opening: number): Candles {
  const seconds = new BarRun(opening, SECOND, KEPT_SECONDS);
  const minutes = new BarRun(Math.floor(opening / MINUTE) * MINUTE, MINUTE, Number.POSITIVE_INFINITY);
  const openingTicks = history.priceAt(opening);
  const runOf = (interval: string): BarRun => (interval === '1s' ? seconds : minutes);

  const bar = (interval: string, start: number, now: number): Bar | null => {
    if (start > now || start < 0 || !runOf(interval).has(start)) return null;
    const end = moveBucket(interval, start, 1);
    const past = start < opening ? history.fold(start, Math.min(end, opening)) : null;
    const folded = end <= opening ? past : runOf(interval).fold(start, end, past);
    if (folded !== null) {
      folded.t = start;
      return folded;
    }
    return flatBar(start, runOf(interval).closeBefore(start) || openingTicks);
  };
  return {
    add(time, ticks, lots, byBuyer, id) {
      seconds.add(time, ticks, lots, byBuyer, id);
      minutes.add(time, ticks, lots, byBuyer, id);
    },
    bar,
    window(from, now) {
      const past = from < opening ? history.fold(from, Math.min(opening, Math.floor(now / MINUTE + 1) * MINUTE)) : null;
      const folded = minutes.fold(Math.max(from, opening), now + MINUTE, past);
      return folded ?? flatBar(from, minutes.closeBefore(from) || openingTicks);
    },
    firstTrade: (interval, start) => runOf(interval).firstId(Math.max(start, opening), moveBucket(interval, start, 1)),
    madeUpTrades: (interval, start) =>
      start < opening ? history.fold(start, Math.min(opening, moveBucket(interval, start, 1))).n : 0,
    range(interval, from, to, limit, now) {
      if (!isInterval(interval)) return [];
      const last = bucketStart(interval, Math.max(0, Math.min(to, now)));
      let start = from === null ? moveBucket(interval, last, 1 - limit) : bucketStart(interval, Math.max(0, from));
      if (from !== null && start < from) start = moveBucket(interval, start, 1);
      const bars: Bar[] = [];
      for (; start <= last && start <= to && bars.length < limit; start = moveBucket(interval, start, 1)) {
        const next = bar(interval, start, now);
        if (next !== null) bars.push(next);
      }
      return bars;
    },
  };
}

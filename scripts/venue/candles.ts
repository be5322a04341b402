import { compareDecimals, spellUnits, toUnits, trimDecimal } from './decimal';
import { bucketAfter, bucketStart } from './intervals';

/** One trade, or one aggregate of trades at a single price. */
export interface Print {
  readonly time: number;
  readonly price: string;
  readonly size: string;
  readonly buyerIsMaker: boolean;
  readonly first: number;
  readonly last: number;
}

export interface Candle {
  readonly t: number;
  open: string;
  high: string;
  low: string;
  close: string;
  /** In units of the symbol's spelled size decimals, and for the quote of price plus size decimals. */
  volume: bigint;
  quote: bigint;
  takerVolume: bigint;
  takerQuote: bigint;
  trades: number;
  first: number;
  last: number;
}

/** How a symbol's numbers are spelled on the wire. */
export interface Spelling {
  readonly price: number;
  readonly size: number;
}

const MOST_BARS = 50_000;

/** Candles of one interval from trades, without holes: a bucket nothing traded in repeats the last close. */
export class CandleSeries {
  readonly interval: string;
  readonly bars: Candle[] = [];
  readonly #spelling: Spelling;
  readonly #seed: string;

  /** @param origin any time within the first bucket; @param seed the price before the first trade. */
  constructor(interval: string, spelling: Spelling, origin: number, seed: string) {
    this.interval = interval;
    this.#spelling = spelling;
    this.#seed = seed;
    this.bars.push(flat(bucketStart(interval, origin), seed));
  }

  add(print: Print): Candle {
    this.advance(print.time);
    const bar = this.#barAt(bucketStart(this.interval, print.time));
    if (bar.trades === 0)
      Object.assign(bar, { open: print.price, high: print.price, low: print.price, first: print.first });
    if (compareDecimals(trimDecimal(print.price), trimDecimal(bar.high)) > 0) bar.high = print.price;
    if (compareDecimals(trimDecimal(print.price), trimDecimal(bar.low)) < 0) bar.low = print.price;
    bar.close = print.price;
    bar.last = Math.max(bar.last, print.last);
    bar.trades += print.last - print.first + 1;
    this.#addVolume(bar, print);
    return bar;
  }

  /** Opens every bucket up to the one that holds `now`. */
  advance(now: number): void {
    const target = bucketStart(this.interval, now);
    let last = this.bars[this.bars.length - 1];
    while (last.t < target) {
      last = flat(bucketAfter(this.interval, last.t), last.close);
      this.bars.push(last);
    }
    if (this.bars.length > MOST_BARS) this.bars.splice(0, this.bars.length - MOST_BARS / 2);
  }

  // A print may come after its bucket was left: it still belongs to that bucket.
  #barAt(t: number): Candle {
    for (let index = this.bars.length - 1; index >= 0; index--) {
      if (this.bars[index].t === t) return this.bars[index];
    }
    const early = flat(t, this.#seed);
    this.bars.unshift(early);
    return early;
  }

  #addVolume(bar: Candle, print: Print): void {
    const size = toUnits(print.size, this.#spelling.size);
    const quote = size * toUnits(print.price, this.#spelling.price);
    bar.volume += size;
    bar.quote += quote;
    if (print.buyerIsMaker) return;
    bar.takerVolume += size;
    bar.takerQuote += quote;
  }
}

/** How long a quote amount's fraction is when spelled as the venue spells it: as many digits as a price. */
export function spellQuote(units: bigint, spelling: Spelling): string {
  const full = spellUnits(units, spelling.price + spelling.size);
  return full.slice(0, full.length - spelling.size);
}

export function spellSize(units: bigint, spelling: Spelling): string {
  return spellUnits(units, spelling.size);
}

function flat(t: number, price: string): Candle {
  return {
    t,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 0n,
    quote: 0n,
    takerVolume: 0n,
    takerQuote: 0n,
    trades: 0,
    first: -1,
    last: -1,
  };
}

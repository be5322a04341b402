import type { Candle, Spelling } from './candles';
import { compareDecimals, spellUnits, toUnits, trimDecimal } from './decimal';
import { bucketAfter, bucketStart, lengthOf } from './intervals';

export interface HistorySeed {
  readonly symbol: string;
  readonly interval: string;
  readonly count: number;
  /** The moment the recording begins: its bucket, of any interval, is no longer history. */
  readonly origin: number;
  /** The price the last bar closes at, as spelled. */
  readonly price: string;
  /** Units of the spelled price in one price step, and of the spelled size in one size step. */
  readonly step: bigint;
  readonly sizeStep: bigint;
  readonly spelling: Spelling;
  /** Size units and trades of an average minute. */
  readonly minute: { readonly volume: bigint; readonly trades: number };
}

/** Intervals that are generated; the others are folded from the longest of these that divides them. */
const BASES: readonly (readonly [string, readonly string[]])[] = [
  ['1s', ['1s']],
  ['1m', ['1m', '3m', '5m', '10m', '15m', '30m']],
  ['1h', ['1h', '2h', '3h', '4h', '6h', '8h', '12h']],
  ['1d', ['1d', '3d', '1w', '15d', '1M']],
];
const VOLATILITY_PER_MINUTE = 0.0004;

/**
 * Bars before the recording: a seeded random walk that ends at the first recorded price, on the recorded price grid.
 * Intervals of one base (1m to 30m, 1h to 12h, 1d to 1M) are folds of the same walk and so agree with each other.
 */
export function generateHistory(seed: HistorySeed): Candle[] {
  if (seed.count === 0) return [];
  const base = BASES.find(([, folds]) => folds.includes(seed.interval))?.[0] ?? seed.interval;
  const until = bucketStart(seed.interval, seed.origin);
  const from = bucketStart(base, bucketAfter(seed.interval, until, -seed.count));
  const bars = walk(seed, base, from);
  return base === seed.interval ? bars : fold(seed.interval, bars, until);
}

// Backwards from the known price, so that asking for more bars never changes those already seen.
function walk(seed: HistorySeed, base: string, from: number): Candle[] {
  const random = generator(`${seed.symbol} ${base}`);
  const minutes = lengthOf(base) / 60_000;
  const steps = Number(toUnits(seed.price, seed.spelling.price) / seed.step);
  const sigma = Math.max(1, steps * VOLATILITY_PER_MINUTE * Math.sqrt(minutes));
  const bars: Candle[] = [];
  let close = steps;
  for (let t = bucketAfter(base, bucketStart(base, seed.origin), -1); t >= from; t = bucketAfter(base, t, -1)) {
    const pull = ((steps - close) * Math.min(1, minutes)) / 2_000;
    const open = Math.max(1, Math.round(close + pull + gaussian(random) * sigma));
    const high = Math.max(open, close) + Math.round(Math.abs(gaussian(random)) * sigma * 0.4);
    const low = Math.max(1, Math.min(open, close) - Math.round(Math.abs(gaussian(random)) * sigma * 0.4));
    bars.push(bar(seed, t, minutes, [open, high, low, close], Math.abs(close - open) / sigma, random));
    close = open;
  }
  return bars.reverse();
}

// A bar that moved far for its length was a busy one.
function bar(
  seed: HistorySeed,
  t: number,
  minutes: number,
  prices: readonly number[],
  stride: number,
  random: () => number,
): Candle {
  const [open, high, low, close] = prices.map((steps) => spellUnits(BigInt(steps) * seed.step, seed.spelling.price));
  const busy = (0.4 + random() * 0.8) * (0.6 + stride / 2);
  const volume = scaled(seed.minute.volume, busy * minutes, seed.sizeStep);
  const typical = toUnits(close, seed.spelling.price);
  const taker = scaled(volume, 0.35 + random() * 0.3, seed.sizeStep);
  return {
    t,
    open,
    high,
    low,
    close,
    volume,
    quote: volume * typical,
    takerVolume: taker,
    takerQuote: taker * typical,
    trades: Math.max(1, Math.round(seed.minute.trades * busy * minutes)),
    first: -1,
    last: -1,
  };
}

/** So many times the units, on the size grid, never nothing. */
function scaled(units: bigint, factor: number, step: bigint): bigint {
  const steps = (units * BigInt(Math.round(factor * 1_000_000))) / 1_000_000n / step;
  return (steps || 1n) * step;
}

function fold(interval: string, bars: readonly Candle[], until: number): Candle[] {
  const folded: Candle[] = [];
  for (const next of bars) {
    const t = bucketStart(interval, next.t);
    if (t >= until) break;
    const last = folded[folded.length - 1];
    if (last === undefined || last.t !== t) {
      folded.push({ ...next, t });
      continue;
    }
    if (exceeds(next.high, last.high)) last.high = next.high;
    if (exceeds(last.low, next.low)) last.low = next.low;
    last.close = next.close;
    last.volume += next.volume;
    last.quote += next.quote;
    last.takerVolume += next.takerVolume;
    last.takerQuote += next.takerQuote;
    last.trades += next.trades;
  }
  return folded;
}

function exceeds(a: string, b: string): boolean {
  return compareDecimals(trimDecimal(a), trimDecimal(b)) > 0;
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random() || Number.MIN_VALUE)) * Math.cos(2 * Math.PI * random());
}

/** A seeded generator of numbers in [0, 1): the same text, the same sequence (mulberry32 over an FNV-1a hash). */
export function generator(text: string): () => number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

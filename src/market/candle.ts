import type { LotsSum } from './quantity.ts';
import type { Millis } from './time.ts';

/** One OHLCV candle in ticks and lots. */
export interface Candle {
  readonly t: Millis;
  readonly o: number;
  readonly h: number;
  readonly l: number;
  readonly c: number;
  readonly v: LotsSum;
  /** Trades in it. */
  readonly n: number;
  /** Not known to hold every trade of its bucket. */
  readonly partial: boolean;
}

/** Numbers per row of `CandleRows`: t, o, h, l, c, v, n, partial (1 or 0). */
export const CANDLE_STRIDE = 8;

/** Candles as rows of eight doubles, oldest first; `v` of -1 is wide, its integer text in `wide` by row index. */
export interface CandleRows {
  readonly rows: Float64Array;
  readonly wide: readonly (readonly [index: number, lots: string])[];
}

/** How many candles a `CandleRows` holds. */
export const candleCount = (c: CandleRows): number => c.rows.length / CANDLE_STRIDE;

/** Pack candles, oldest first. */
export function packCandles(candles: readonly Candle[]): CandleRows {
  const rows = new Float64Array(candles.length * CANDLE_STRIDE);
  const wide: [number, string][] = [];
  candles.forEach((candle, i) => {
    const isWide = typeof candle.v === 'string';
    if (isWide) wide.push([i, candle.v as string]);
    rows.set(
      [
        candle.t,
        candle.o,
        candle.h,
        candle.l,
        candle.c,
        isWide ? -1 : Number(candle.v),
        candle.n,
        candle.partial ? 1 : 0,
      ],
      i * CANDLE_STRIDE,
    );
  });
  return { rows, wide };
}

/** Read row `index` back. */
export function candleAt(packed: CandleRows, index: number): Candle {
  const at = index * CANDLE_STRIDE;
  const r = packed.rows;
  const v = r[at + 5];
  return {
    t: r[at],
    o: r[at + 1],
    h: r[at + 2],
    l: r[at + 3],
    c: r[at + 4],
    v: v === -1 ? (packed.wide.find(([i]) => i === index)?.[1] ?? 0) : v,
    n: r[at + 6],
    partial: r[at + 7] === 1,
  };
}

/** A span in which trades or diffs were lost; `repaired` once they were fetched. Times are the venue's. */
export interface GapSpan {
  readonly from: Millis;
  /** Infinity while it is still open. */
  readonly to: Millis;
  readonly repaired: boolean;
  readonly cause: string;
}

import type { Millis } from './time.ts';

/** Who took liquidity in a trade. */
export type Aggressor = 'buyer' | 'seller';

/** Column code of an aggressor: 1 bought, 0 sold. */
export const BUYER = 1;
export const SELLER = 0;

/** Name of a column code. */
export const aggressorOf = (code: number): Aggressor => (code === BUYER ? 'buyer' : 'seller');

/**
 * Prints as columns, oldest first, all of one length.
 * `lots` of -1 is wide: its integer text stands in `wide` by index.
 */
export interface PrintColumns {
  /** Venue trade ids where they are integers below 2^53; -1 where `idTexts` holds the id. */
  readonly ids: Float64Array;
  readonly idTexts: readonly string[] | null;
  readonly ticks: Float64Array;
  readonly lots: Float64Array;
  readonly times: Float64Array;
  /** 1 buyer, 0 seller. */
  readonly aggressors: Uint8Array;
  readonly wide: readonly (readonly [index: number, lots: string])[];
}

/** The newest trade of an instrument. */
export interface LastTrade {
  readonly id: string;
  readonly ticks: number;
  /** Integer lots, or integer text when wide. */
  readonly lots: number | string;
  readonly aggressor: Aggressor;
  readonly time: Millis;
  /** How this price differs from the one before it that differed: 1 up, -1 down, 0 not known yet. */
  readonly direction: -1 | 0 | 1;
}

/**
 * Levels as columns, best first, each pair of one length. `lots` of -1 is wide: its integer text is in `wide`.
 * Received columns are read only: two panels share them.
 */
export interface BookColumns {
  readonly bidTicks: Float64Array;
  readonly bidLots: Float64Array;
  readonly askTicks: Float64Array;
  readonly askLots: Float64Array;
  readonly wideBids: readonly (readonly [index: number, lots: string])[];
  readonly wideAsks: readonly (readonly [index: number, lots: string])[];
}

/**
 * Which rows of a book picture are known. A bid row is known when it is at or above `bidFrom` or inside `window`, and
 * not below `bidHorizon`; asks mirror it. What is not known is hatched: it is never zero.
 */
export interface BookCoverage {
  readonly bidFrom: number;
  readonly askTo: number;
  /** Both ends included, in ticks; null when no window was asked for. */
  readonly window: readonly [low: number, high: number] | null;
  /** The farthest price the venue told us about; 0 / Infinity when the venue sends the whole book. */
  readonly bidHorizon: number;
  readonly askHorizon: number;
}

/** Best bid and offer of a verified book. */
export interface Bbo {
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

/** The best level of each side, or null while a side is empty. */
export function bboOf(top: BookColumns): Bbo | null {
  if (top.bidTicks.length === 0 || top.askTicks.length === 0) return null;
  return { bidTicks: top.bidTicks[0], bidLots: top.bidLots[0], askTicks: top.askTicks[0], askLots: top.askLots[0] };
}

/** Whether a bid row at `ticks` is known. */
export function isBidKnown(ticks: number, c: BookCoverage): boolean {
  if (ticks < c.bidHorizon) return false;
  return ticks >= c.bidFrom || (c.window !== null && ticks >= c.window[0] && ticks <= c.window[1]);
}

/** Whether an ask row at `ticks` is known. */
export function isAskKnown(ticks: number, c: BookCoverage): boolean {
  if (ticks > c.askHorizon) return false;
  return ticks <= c.askTo || (c.window !== null && ticks >= c.window[0] && ticks <= c.window[1]);
}

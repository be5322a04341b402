/** When the axis may move by itself: near the edge of the view, never, or whenever the market moves. */
export type RecentreMode = 'near-edge' | 'manual' | 'centred';

/** Rows of the best bid and ask on the axis, in ticks; null while a side is empty. */
export interface MarketRows {
  readonly bid: number | null;
  readonly ask: number | null;
}

/** A still axis of prices: row `i` stands at `top - i * step`. All prices in ticks of `priceDecimals`. */
export interface Axis {
  /** Price of the first row; null until there was a market to place it by. */
  readonly top: number | null;
  readonly step: number;
  readonly rows: number;
  readonly priceDecimals: number;
  /** The user looks elsewhere on purpose: the axis does not follow the market until it is back in view. */
  readonly isAway: boolean;
  /** Since when a move is announced, on the clock given to `advanceAxis`; null while none is. */
  readonly warnedAt: number | null;
}

/** The market this near to the first or last row moves the axis, unless the view is too short for it. */
export const EDGE_ROWS = 3;
/** How long a move is announced before it happens. */
export const WARNING_MS = 300;

export const emptyAxis: Axis = { top: null, step: 1, rows: 0, priceDecimals: 0, isAway: false, warnedAt: null };

const isOneSided = (market: MarketRows): boolean => market.bid === null || market.ask === null;
const lowOf = (market: MarketRows): number | null => market.bid ?? market.ask;
const highOf = (market: MarketRows): number | null => market.ask ?? market.bid;

/** First row when the market stands in the middle; null without a market. */
export function centredTop(axis: Axis, market: MarketRows): number | null {
  const low = lowOf(market);
  const high = highOf(market);
  if (low === null || high === null) return null;
  const centre = Math.floor((low + high) / 2 / axis.step) * axis.step;
  const above = isOneSided(market) ? axis.rows >> 1 : (axis.rows - 1) >> 1;
  return clampTop(axis, centre + above * axis.step);
}

/** The lowest row is never below zero: no venue here quotes negative prices. */
const clampTop = (axis: Axis, top: number): number => Math.max(top, (axis.rows - 1) * axis.step);

/** Row of a price, 0 the first; may lie outside the view. */
export const rowOf = (axis: Axis, ticks: number): number => Math.round(((axis.top ?? 0) - ticks) / axis.step);

/** How many rows the middle of the market is away from the middle of the view; positive when it is above. */
export function marketOffset(axis: Axis, market: MarketRows): number {
  const target = centredTop(axis, market);
  return target === null || axis.top === null ? 0 : Math.round((target - axis.top) / axis.step);
}

/** Whether no row of the market is in view. */
export function isMarketOutside(axis: Axis, market: MarketRows): boolean {
  const low = lowOf(market);
  const high = highOf(market);
  if (low === null || high === null || axis.top === null) return false;
  return rowOf(axis, high) >= axis.rows || rowOf(axis, low) < 0;
}

function isNearEdge(axis: Axis, market: MarketRows): boolean {
  const low = lowOf(market);
  const high = highOf(market);
  if (low === null || high === null || axis.top === null) return false;
  const edge = Math.min(EDGE_ROWS, axis.rows >> 2);
  return rowOf(axis, high) < edge || rowOf(axis, low) > axis.rows - 1 - edge;
}

/** Put the market in the middle now. */
export function recentreAxis(axis: Axis, market: MarketRows): Axis {
  const top = centredTop(axis, market);
  return top === null ? axis : { ...axis, top, isAway: false, warnedAt: null };
}

/** Move the view by whole rows, positive towards higher prices. */
export function scrollAxis(axis: Axis, rows: number, market: MarketRows): Axis {
  if (axis.top === null || rows === 0) return axis;
  const moved: Axis = { ...axis, top: clampTop(axis, axis.top + rows * axis.step), warnedAt: null };
  return { ...moved, isAway: isNearEdge(moved, market) };
}

/**
 * Give the axis another shape: number of rows, step, or a finer grid. The price in the middle stays in the middle,
 * unless the axis follows the market and must be laid out on a new step anyway.
 */
export function fitAxis(
  axis: Axis,
  shape: { readonly step: number; readonly rows: number; readonly priceDecimals: number },
  market: MarketRows,
): Axis {
  const isSame = axis.step === shape.step && axis.rows === shape.rows && axis.priceDecimals === shape.priceDecimals;
  if (isSame) return axis;
  const next: Axis = { ...axis, ...shape, warnedAt: null };
  if (axis.top === null) return next;
  const power = 10 ** (shape.priceDecimals - axis.priceDecimals);
  const isRegrouped = axis.step * power !== shape.step;
  if (isRegrouped && !axis.isAway) return recentreAxis(next, market);
  const middle = (axis.top - (axis.rows >> 1) * axis.step) * power;
  const onGrid = Math.round(middle / next.step) * next.step;
  return { ...next, top: clampTop(next, onGrid + (next.rows >> 1) * next.step) };
}

/**
 * What the axis does by itself at `now`: takes its first place, announces a move, moves, or rests.
 * @param isHeld  the pointer rests on a price: nothing moves under it
 */
export function advanceAxis(axis: Axis, market: MarketRows, mode: RecentreMode, isHeld: boolean, now: number): Axis {
  if (axis.rows === 0) return axis;
  if (axis.top === null) return recentreAxis(axis, market);
  if (axis.isAway) return isNearEdge(axis, market) ? axis : { ...axis, isAway: false };
  const target = centredTop(axis, market);
  const wants = mode === 'centred' ? target !== axis.top : mode === 'near-edge' && isNearEdge(axis, market);
  if (!wants || isHeld || target === axis.top) return axis.warnedAt === null ? axis : { ...axis, warnedAt: null };
  if (mode === 'centred') return recentreAxis(axis, market);
  if (axis.warnedAt === null) return { ...axis, warnedAt: now };
  return now - axis.warnedAt >= WARNING_MS ? recentreAxis(axis, market) : axis;
}

/** What a picture of the book covers without a window, and how far the venue's book reaches. */
export interface BestCoverage {
  readonly bidFrom: number;
  readonly askTo: number;
  readonly bidHorizon: number;
  readonly askHorizon: number;
}

/**
 * The window of the book to ask for: null while the best levels fill the view. A window that still holds the view
 * stays as it is, so scrolling asks anew about once a screen; a new one reaches a screen further on both sides.
 */
export function windowFor(
  axis: Axis,
  coverage: BestCoverage,
  current: readonly [number, number] | null,
): readonly [number, number] | null {
  if (axis.top === null || axis.rows === 0) return null;
  const high = axis.top;
  const low = high - (axis.rows - 1) * axis.step;
  const isBidMissing = low < coverage.bidFrom && high >= coverage.bidHorizon;
  const isAskMissing = high > coverage.askTo && low <= coverage.askHorizon;
  if (!isBidMissing && !isAskMissing) return null;
  if (current && current[0] <= low && current[1] >= high) return current;
  const screen = axis.rows * axis.step;
  return [Math.max(0, low - screen), high + screen];
}

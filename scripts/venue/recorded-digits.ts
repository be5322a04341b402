import { decimalsOf, spelledDecimals } from './decimal';

/** Most decimals any of the texts is spelled with. */
export function widestDecimals(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, spelledDecimals(text)), 0);
}

/**
 * Decimals of the grid the texts lie on: one number in ten ends in a zero on its own grid, so the commonest number of
 * decimals is the grid's.
 */
export function usualDecimals(texts: readonly string[]): number {
  const counts = new Map<number, number>();
  for (const text of texts) {
    const decimals = decimalsOf(text);
    counts.set(decimals, (counts.get(decimals) ?? 0) + 1);
  }
  let best = 0;
  let most = 0;
  for (const [decimals, count] of counts) {
    if (count > most) [best, most] = [decimals, count];
  }
  return best;
}

/** Share of the different numbers that has to have so many decimals for the grid to have them. */
const GRID_SHARE = 0.05;

/**
 * Decimals of the grid the texts lie on, for venues that spell no digits beyond it: those of every text where all are
 * padded alike, else the most that more than a few different numbers need.
 */
export function gridDecimals(texts: readonly string[]): number {
  const different = [...new Set(texts)];
  const spelled = new Set(different.map(spelledDecimals));
  if (spelled.size === 1) return [...spelled][0];
  const counts = new Map<number, number>();
  for (const text of different) {
    const decimals = decimalsOf(text);
    counts.set(decimals, (counts.get(decimals) ?? 0) + 1);
  }
  const common = [...counts].filter(([, count]) => count >= different.length * GRID_SHARE);
  return common.reduce((most, [decimals]) => Math.max(most, decimals), 0);
}

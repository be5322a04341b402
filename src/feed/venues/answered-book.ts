import { decimalsOf, scaleDecimal, scaleWide, WIDE } from '@/market/decimal.ts';
import type { Grid } from '@/market/instrument.ts';
import { LevelList, MAX_LEVELS } from '../book/level-list.ts';
import { arrayOf, type JsonValue } from '../json.ts';
import type { Snapshot } from './venue.ts';

/** Price and size of a level, as decimal text. */
export type LevelText = readonly [price: string, size: string];

/** A book of an answer, before it is on a grid. */
export interface BookTexts {
  readonly sequence: number;
  readonly bids: readonly LevelText[];
  readonly asks: readonly LevelText[];
}

/**
 * A side of an answer's book as text.
 * @param read  takes one level apart; null when it is none
 * @returns null when the side is no list of levels, or longer than any book
 */
export function sideTexts(
  value: JsonValue | undefined,
  read: (level: JsonValue) => readonly [price: string | undefined, size: string | undefined],
): LevelText[] | null {
  const rows = arrayOf(value);
  if (rows === undefined || rows.length > MAX_LEVELS) return null;
  const texts: LevelText[] = [];
  for (const row of rows) {
    const [price = '', size = ''] = read(row);
    if (decimalsOf(price) < 0 || decimalsOf(size) < 0) return null;
    texts.push([price, size]);
  }
  return texts;
}

/**
 * Put an answer's book onto a grid fine enough for all of it.
 * @param depth   levels a side that were asked for: a side with as many was cut there
 * @param refine  asked for a finer grid when the book needs one
 * @returns null when a price is no positive number of the grid
 */
export function snapshotOf(
  { sequence, bids, asks }: BookTexts,
  depth: number,
  grid: Grid,
  refine: (priceDecimals: number, lotDecimals: number) => Grid,
): Snapshot | null {
  const all = [...bids, ...asks];
  const price = all.reduce((most, [text]) => Math.max(most, decimalsOf(text)), 0);
  const lot = all.reduce((most, [, text]) => Math.max(most, decimalsOf(text)), 0);
  const fine = price > grid.priceDecimals || lot > grid.lotDecimals ? refine(price, lot) : grid;
  const bidList = levelsOf(bids, fine);
  const askList = levelsOf(asks, fine);
  if (!bidList || !askList) return null;
  return { sequence, bids: bidList, asks: askList, bidsCut: bids.length >= depth, asksCut: asks.length >= depth };
}

function levelsOf(rows: readonly LevelText[], grid: Grid): LevelList | null {
  const list = new LevelList();
  for (const [price, size] of rows) {
    const ticks = scaleDecimal(price, grid.priceDecimals);
    const lots = scaleDecimal(size, grid.lotDecimals);
    if (ticks <= 0 || (lots < 0 && lots !== WIDE)) return null;
    if (lots === WIDE) list.pushWide(ticks, scaleWide(size, grid.lotDecimals) ?? 0n);
    else if (lots > 0) list.push(ticks, lots);
  }
  return list;
}

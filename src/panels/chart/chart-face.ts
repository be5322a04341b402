import type { CandleSeries } from '@/store/candle-series.ts';
import type { PagerState } from './history-pager.ts';

/** What the shell has to know of the picture: everything that changes at human speed. */
export interface ChartFace {
  readonly hasBars: boolean;
  /** The live candle is out of view. */
  readonly isAway: boolean;
  readonly history: CandleSeries['history'];
  readonly pager: PagerState;
  /** Nothing older exists or is kept. */
  readonly atStart: boolean;
  readonly bars: number;
  /** Time of the oldest candle held. */
  readonly first: number | null;
}

export const EMPTY_FACE: ChartFace = {
  hasBars: false,
  isAway: false,
  history: 'loading',
  pager: 'idle',
  atStart: false,
  bars: 0,
  first: null,
};

export const sameFace = (a: ChartFace, b: ChartFace): boolean =>
  a.hasBars === b.hasBars &&
  a.isAway === b.isAway &&
  a.history === b.history &&
  a.pager === b.pager &&
  a.atStart === b.atStart &&
  a.bars === b.bars &&
  a.first === b.first;

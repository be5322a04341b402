import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ceilTo, floorTo } from '@/market/price.ts';
import { type Axis, emptyAxis } from './ladder-axis.ts';
import {
  type BookPicture,
  bandEvery,
  drawableStep,
  fillSheet,
  LadderSheet,
  marketRows,
  spreadText,
  stickyScale,
  tradeRow,
  UNKNOWN,
} from './ladder-rows.ts';

type Levels = readonly (readonly [ticks: number, lots: number])[];
const columns = (bids: Levels, asks: Levels): BookPicture['rows'] => ({
  bidTicks: Float64Array.from(bids, ([t]) => t),
  bidLots: Float64Array.from(bids, ([, l]) => l),
  askTicks: Float64Array.from(asks, ([t]) => t),
  askLots: Float64Array.from(asks, ([, l]) => l),
  wideBids: [],
  wideAsks: [],
});
const ALL = {
  bidFrom: 0,
  askTo: Number.POSITIVE_INFINITY,
  window: null,
  bidHorizon: 0,
  askHorizon: Number.POSITIVE_INFINITY,
};
const picture = (bids: Levels, asks: Levels, more: Partial<BookPicture> = {}): BookPicture => ({
  sequence: '',
  checksum: '',
  epoch: 0,
  top: columns(bids.slice(0, 20), asks.slice(0, 20)),
  rows: columns(bids, asks),
  step: 1,
  coverage: ALL,
  bidLevels: bids.length,
  askLevels: asks.length,
  ...more,
});
const axis = (top: number, rows: number, step = 1): Axis => ({ ...emptyAxis, top, rows, step });
const filled = (book: BookPicture, on: Axis): LadderSheet => {
  const sheet = new LadderSheet(200);
  fillSheet(sheet, book, on);
  return sheet;
};
const list = (column: Float64Array, sheet: LadderSheet): number[] => [...column.subarray(0, sheet.count)];

describe('rows of a ladder', () => {
  it('every step is a row, empty ones too', () => {
    const sheet = filled(
      picture(
        [
          [100, 5],
          [97, 7],
        ],
        [
          [102, 3],
          [104, 9],
        ],
      ),
      axis(105, 9),
    );
    expect(list(sheet.ticks, sheet)).toEqual([105, 104, 103, 102, 101, 100, 99, 98, 97]);
    expect(list(sheet.asks, sheet)).toEqual([0, 9, 0, 3, 0, 0, 0, 0, 0]);
    expect(list(sheet.bids, sheet)).toEqual([0, 0, 0, 0, 0, 5, 0, 0, 7]);
  });

  it('folds a finer picture into coarser rows: bids down, asks up', () => {
    const sheet = filled(
      picture(
        [
          [109, 1],
          [100, 2],
          [99, 4],
        ],
        [
          [111, 8],
          [120, 16],
          [121, 32],
        ],
      ),
      axis(130, 5, 10),
    );
    expect(list(sheet.ticks, sheet)).toEqual([130, 120, 110, 100, 90]);
    expect(list(sheet.asks, sheet)).toEqual([32, 24, 0, 0, 0]);
    expect(list(sheet.bids, sheet)).toEqual([0, 0, 0, 3, 4]);
  });

  it('equals a naive grouping, whatever the levels, the step and the view', () => {
    const side = fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 60 });
    fc.assert(
      fc.property(side, side, fc.constantFrom(1, 2, 5, 10, 20), fc.integer({ min: 0, max: 500 }), (b, a, step, top) => {
        const bids = b.sort((x, y) => y - x).map((t) => [t, t * 3 + 1] as const);
        const asks = a.sort((x, y) => x - y).map((t) => [t, t * 7 + 1] as const);
        const on = axis(floorTo(top, step), 25, step);
        const sheet = filled(picture(bids, asks), on);
        const sum = (levels: Levels, row: number, to: (t: number, s: number) => number): number =>
          levels.filter(([t]) => to(t, step) === row).reduce((total, [, lots]) => total + lots, 0);
        for (let i = 0; i < sheet.count; i++) {
          expect(sheet.bids[i]).toBe(sum(bids, sheet.ticks[i], floorTo));
          expect(sheet.asks[i]).toBe(sum(asks, sheet.ticks[i], ceilTo));
        }
      }),
    );
  });

  it('tells unknown from empty, and never shows what lies beyond the horizon', () => {
    const coverage = { bidFrom: 98, askTo: 104, window: [90, 94] as const, bidHorizon: 92, askHorizon: 106 };
    const sheet = filled(
      picture(
        [
          [100, 5],
          [91, 7],
        ],
        [[102, 3]],
        { coverage },
      ),
      axis(108, 19),
    );
    const bids = list(sheet.bids, sheet);
    const asks = list(sheet.asks, sheet);
    expect(bids.map((lots, i) => (lots === UNKNOWN ? 108 - i : null)).filter((t) => t !== null)).toEqual([
      97, 96, 95, 91, 90,
    ]);
    expect(asks.map((lots, i) => (lots === UNKNOWN ? 108 - i : null)).filter((t) => t !== null)).toEqual([
      108, 107, 106, 105,
    ]);
  });

  it('sums sizes wider than a double exactly', () => {
    const book = picture(
      [
        [101, -1],
        [100, 5],
      ],
      [],
    );
    const rows = { ...book.rows, wideBids: [[0, '90071992547409930'] as const] };
    const sheet = filled({ ...book, rows }, axis(110, 2, 10));
    expect(sheet.bidLots(1)).toBe('90071992547409935');
    const near = filled(
      picture(
        [
          [101, Number.MAX_SAFE_INTEGER],
          [100, 5],
        ],
        [],
      ),
      axis(110, 2, 10),
    );
    expect(near.bidLots(1)).toBe('9007199254740996');
  });

  it('forgets wide sizes of the frame before', () => {
    const book = picture([[100, -1]], []);
    const sheet = filled({ ...book, rows: { ...book.rows, wideBids: [[0, '90071992547409930']] } }, axis(100, 1));
    fillSheet(sheet, picture([[100, 6]], []), axis(100, 1));
    expect(sheet.bidLots(0)).toBe(6);
  });

  it('has no rows before the axis has a place', () => {
    expect(filled(picture([[100, 5]], [[101, 5]]), emptyAxis).count).toBe(0);
  });
});

describe('the market on the axis', () => {
  it('floors the bid and ceils the ask, so a coarse ladder cannot look crossed', () => {
    expect(marketRows(picture([[641204, 1]], [[641205, 1]]), 10)).toEqual({ bid: 641200, ask: 641210 });
    expect(marketRows(picture([], [[5, 1]]), 10)).toEqual({ bid: null, ask: 10 });
  });

  it('stands a trade with the side it took from', () => {
    expect(tradeRow(641205, 'buyer', 10)).toBe(641210);
    expect(tradeRow(641204, 'seller', 10)).toBe(641200);
  });
});

describe('scale of the bars', () => {
  it('is the 92nd percentile of what is in view', () => {
    const bids = Array.from({ length: 50 }, (_, i) => [100 - i, i + 1] as const);
    expect(filled(picture(bids, []), axis(100, 50)).percentile()).toEqual({ lots: 47, sizes: 50 });
    expect(filled(picture([], []), axis(100, 50)).percentile()).toEqual({ lots: 0, sizes: 0 });
  });

  it('rests until the percentile has moved by an eighth', () => {
    expect(stickyScale(0, 100)).toBe(100);
    expect(stickyScale(100, 112)).toBe(100);
    expect(stickyScale(100, 113)).toBe(113);
    expect(stickyScale(100, 87)).toBe(87);
    expect(stickyScale(100, 0)).toBe(100);
  });
});

describe('words and measures', () => {
  it('prints the spread in steps of the venue and in basis points', () => {
    expect(spreadText(641204, 641205, 1)).toBe('1 tick · 0.02 bp');
    expect(spreadText(14831, 14833, 1)).toBe('2 ticks · 1.35 bp');
    expect(spreadText(100, 100, 1)).toBe('0 ticks · 0 bp');
    expect(spreadText(1_000_000_000, 1_000_000_005, 10)).toBe('0.5 ticks · <0.01 bp');
  });

  it('draws the wanted step only when the picture folds into it', () => {
    expect(drawableStep(100, 10)).toBe(100);
    expect(drawableStep(10, 100)).toBe(100);
    expect(drawableStep(0, 5)).toBe(5);
  });

  it('bands every fifth row, every fourth where the step is a quarter', () => {
    expect([1, 5, 10, 25, 250, 50].map(bandEvery)).toEqual([5, 5, 5, 4, 4, 5]);
  });
});

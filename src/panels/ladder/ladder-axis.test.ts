import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Axis,
  advanceAxis,
  centredTop,
  emptyAxis,
  fitAxis,
  isMarketOutside,
  type MarketRows,
  marketOffset,
  recentreAxis,
  rowOf,
  scrollAxis,
  WARNING_MS,
  windowFor,
} from './ladder-axis.ts';

const at = (bid: number, ask = bid + 1): MarketRows => ({ bid, ask });
const axisOf = (rows = 31, step = 1): Axis => fitAxis(emptyAxis, { step, rows, priceDecimals: 1 }, at(1000));
const placed = (market = at(1000), rows = 31): Axis => advanceAxis(axisOf(rows), market, 'near-edge', false, 0);

describe('a still axis', () => {
  it('takes its first place round the market', () => {
    const axis = placed();
    expect(rowOf(axis, 1000)).toBe(15);
    expect(marketOffset(axis, at(1000))).toBe(0);
  });

  it('does not move while the market stays away from the edge', () => {
    const axis = placed();
    for (let bid = 990; bid < 1011; bid++) expect(advanceAxis(axis, at(bid), 'near-edge', false, 50)).toBe(axis);
  });

  it('announces a move near the edge and makes it 300 ms later', () => {
    const axis = placed();
    const warned = advanceAxis(axis, at(1013), 'near-edge', false, 5000);
    expect(warned.top).toBe(axis.top);
    expect(warned.warnedAt).toBe(5000);
    expect(advanceAxis(warned, at(1013), 'near-edge', false, 5000 + WARNING_MS - 1)).toBe(warned);
    const moved = advanceAxis(warned, at(1013), 'near-edge', false, 5000 + WARNING_MS);
    expect(marketOffset(moved, at(1013))).toBe(0);
    expect(moved.warnedAt).toBeNull();
  });

  it('takes the announcement back when the market returns', () => {
    const warned = advanceAxis(placed(), at(1013), 'near-edge', false, 5000);
    expect(advanceAxis(warned, at(1005), 'near-edge', false, 5100).warnedAt).toBeNull();
  });

  it('announces at time zero too', () => {
    const warned = advanceAxis(placed(), at(1013), 'near-edge', false, 0);
    expect(advanceAxis(warned, at(1013), 'near-edge', false, WARNING_MS).top).not.toBe(warned.top);
  });

  it('never moves under a pointer that rests on a price, and announces anew once it has left', () => {
    let axis = placed();
    for (let now = 0; now < 5000; now += 16) axis = advanceAxis(axis, at(1013), 'near-edge', true, now);
    expect(axis.top).toBe(placed().top);
    axis = advanceAxis(axis, at(1013), 'near-edge', false, 5000);
    expect(axis.warnedAt).toBe(5000);
  });

  it('never moves by itself when manual, and follows every row when centred', () => {
    const axis = placed();
    expect(advanceAxis(axis, at(2000), 'manual', false, 0)).toBe(axis);
    expect(marketOffset(advanceAxis(axis, at(1001), 'centred', false, 0), at(1001))).toBe(0);
    expect(advanceAxis(axis, at(1001), 'centred', true, 0)).toBe(axis);
  });

  it('stays where the user scrolled it, until the market is back in view', () => {
    const away = scrollAxis(placed(), 100, at(1000));
    expect(away.isAway).toBe(true);
    expect(isMarketOutside(away, at(1000))).toBe(true);
    expect(advanceAxis(away, at(1000), 'near-edge', false, 9000)).toBe(away);
    expect(advanceAxis(away, at(1000), 'centred', false, 9000)).toBe(away);
    const back = advanceAxis(away, at(1100), 'near-edge', false, 9100);
    expect(back.isAway).toBe(false);
    expect(back.top).toBe(away.top);
  });

  it('comes back on request', () => {
    const back = recentreAxis(scrollAxis(placed(), -400, at(1000)), at(1000));
    expect(back.isAway).toBe(false);
    expect(marketOffset(back, at(1000))).toBe(0);
  });

  it('never shows a price below zero', () => {
    const axis = scrollAxis(placed(), -100_000, at(1000));
    expect((axis.top ?? 0) - (axis.rows - 1) * axis.step).toBe(0);
    expect(centredTop(axisOf(31), at(2))).toBe(30);
  });

  it('does not announce for ever where it cannot move further', () => {
    const axis = placed(at(2));
    expect(advanceAxis(axis, at(2), 'near-edge', false, 0)).toBe(axis);
  });

  it('stands at the one side that has levels, and waits for a market that has none', () => {
    expect(advanceAxis(axisOf(), { bid: null, ask: null }, 'near-edge', false, 0).top).toBeNull();
    expect(rowOf(advanceAxis(axisOf(), { bid: 1000, ask: null }, 'near-edge', false, 0), 1000)).toBe(15);
  });

  it('keeps the middle price when its height or its grid changes', () => {
    const away = scrollAxis(placed(), 50, at(1000));
    const middle = (axis: Axis): number => (axis.top ?? 0) - (axis.rows >> 1) * axis.step;
    expect(middle(fitAxis(away, { step: 1, rows: 40, priceDecimals: 1 }, at(1000)))).toBe(middle(away));
    const finer = fitAxis(away, { step: 10, rows: 31, priceDecimals: 2 }, at(10_000, 10_010));
    expect(middle(finer)).toBe(middle(away) * 10);
  });

  it('always stands on its own grid', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: -80, max: 80 }), fc.constantFrom('centre', 'fit')), { maxLength: 40 }),
        fc.constantFrom(1, 2, 5, 10, 25, 50),
        fc.integer({ min: 1, max: 5_000 }),
        (moves, step, price) => {
          const market = at(price * step, (price + 1) * step);
          let axis = advanceAxis(
            fitAxis(emptyAxis, { step, rows: 20, priceDecimals: 1 }, market),
            market,
            'near-edge',
            false,
            0,
          );
          for (const move of moves) {
            if (move === 'centre') axis = recentreAxis(axis, market);
            else if (move === 'fit')
              axis = fitAxis(axis, { step, rows: axis.rows === 20 ? 33 : 20, priceDecimals: 1 }, market);
            else axis = scrollAxis(axis, move as number, market);
            expect((axis.top ?? 1) % step).toBe(0);
            expect((axis.top ?? 0) - (axis.rows - 1) * step).toBeGreaterThanOrEqual(0);
          }
        },
      ),
    );
  });
});

describe('the window of the book', () => {
  const coverage = { bidFrom: 900, askTo: 1100, bidHorizon: 0, askHorizon: Number.POSITIVE_INFINITY };

  it('is not asked for while the best levels fill the view', () => {
    expect(windowFor(placed(), coverage, null)).toBeNull();
  });

  it('reaches a screen beyond the view, and stands while it holds the view', () => {
    const away = scrollAxis(placed(), -200, at(1000));
    const asked = windowFor(away, coverage, null);
    expect(asked).toEqual([(away.top ?? 0) - 30 - 31, (away.top ?? 0) + 31]);
    expect(windowFor(scrollAxis(away, -20, at(1000)), coverage, asked)).toBe(asked);
    expect(windowFor(scrollAxis(away, -40, at(1000)), coverage, asked)).not.toBe(asked);
  });

  it('ends when the view is back', () => {
    expect(windowFor(placed(), coverage, [100, 200])).toBeNull();
  });

  it('is not asked for beyond the horizon, where nothing could fill it', () => {
    const away = scrollAxis(placed(), -500, at(1000));
    expect(windowFor(away, { ...coverage, bidHorizon: 850 }, null)).toBeNull();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GapSpan } from '@/market/candle.ts';
import { isExact } from './tape-foot.ts';
import { gapText, gapTone } from './tape-gaps.ts';
import { TapeHistory } from './tape-history.ts';
import { printsOf, type TestPrint } from './tape-prints.fixture.ts';
import { TapeRows, type TapeRule } from './tape-rows.ts';

const ALL: TapeRule = { minLots: 0, foldMs: 0 };
const FOLD: TapeRule = { minLots: 0, foldMs: 1_000 };
const at = (...times: number[]): TestPrint[] => times.map((time) => ({ lots: 1, time, aggressor: 1 }));
const gap = (from: number, to = Number.POSITIVE_INFINITY, repaired = false): GapSpan => ({
  from,
  to,
  repaired,
  cause: 'connection-lost',
});
/** Newest first: a print by its time, a gap by its look. */
const shown = (rows: TapeRows): (number | string)[] =>
  Array.from({ length: rows.count }, (_, i) => {
    const row = rows.row(i);
    return row?.gap ? gapTone(row.gap) : (row?.time ?? -1);
  });

describe('a gap in the tape', () => {
  it('divides the last print before it from the first one after it, in the frame that tells of it', () => {
    const rows = new TapeRows();
    const prints = at(10, 20, 50, 60);
    rows.rebuild(printsOf(prints), 2, ALL);
    rows.follow(printsOf(prints), 4, [gap(20, 50)]);
    expect(shown(rows)).toEqual([60, 50, 'lost', 20, 10]);
  });

  it('that is still open divides the tape from what will come, and says so until it has ended', () => {
    const rows = new TapeRows();
    const prints = at(10, 20, 50);
    const open = gap(20);
    rows.rebuild(printsOf(prints), 2, ALL);
    rows.follow(printsOf(prints), 2, [open]);
    rows.follow(printsOf(prints), 2, [open]);
    expect(shown(rows)).toEqual(['open', 20, 10]);
    rows.follow(printsOf(prints), 3, [gap(18, 50)]);
    expect(shown(rows)).toEqual([50, 'lost', 20, 10]);
  });

  it('that was filled changes its look where it stands, and what was fetched is marked where it comes', () => {
    const rows = new TapeRows();
    const prints = at(10, 50, 60, 30, 70);
    rows.rebuild(printsOf(prints), 1, ALL);
    rows.follow(printsOf(prints), 3, [gap(10, 50)]);
    rows.follow(printsOf(prints), 5, [gap(10, 50, true)]);
    expect(shown(rows)).toEqual([70, 30, 60, 50, 'repaired', 10]);
    expect(Array.from({ length: rows.count }, (_, i) => rows.row(i)?.isFetched)).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('from before the first print held divides nothing', () => {
    const rows = new TapeRows();
    rows.rebuild(printsOf(at(100, 110)), 2, ALL, [gap(20, 50)]);
    expect(shown(rows)).toEqual([110, 100]);
  });

  it('is found again when the tape is sorted anew', () => {
    const rows = new TapeRows();
    rows.rebuild(printsOf(at(10, 20, 50)), 3, ALL, [gap(20, 50)]);
    rows.rebuild(printsOf(at(10, 20, 50)), 3, FOLD, [gap(20, 50)]);
    expect(shown(rows)).toEqual([50, 'lost', 20]);
  });

  it('is not folded over', () => {
    const rows = new TapeRows();
    rows.rebuild(printsOf(at(10, 20, 50)), 2, FOLD);
    rows.follow(printsOf(at(10, 20, 50)), 3, [gap(20, 50)]);
    expect(rows.row(0)).toMatchObject({ time: 50, prints: 1 });
  });

  it('stands in what is read back too', () => {
    const rows = new TapeRows();
    rows.rebuild(printsOf(at(10, 50)), 2, ALL, [gap(10, 50)]);
    const history = new TapeHistory(rows, ALL);
    expect(history.lines.map((line) => Object.keys(line)[0])).toEqual(['row', 'gap', 'row']);
  });

  it('is no print: the sum of where prints went stays exact', () => {
    const steps = fc.array(
      fc.record({ prints: fc.integer({ min: 0, max: 9 }), gap: fc.constantFrom('none', 'open', 'closed') }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        const rows = new TapeRows();
        const prints: TestPrint[] = [];
        let gaps: GapSpan[] = [];
        let time = 0;
        rows.rebuild(printsOf(prints), 0, ALL);
        for (const step of list) {
          const before = time;
          if (step.gap === 'open') gaps = [...gaps.filter(({ to }) => Number.isFinite(to)), gap(before)];
          if (step.gap === 'closed') gaps = [...gaps.filter(({ to }) => Number.isFinite(to)), gap(before, before + 5)];
          time += 5;
          for (let i = 0; i < step.prints; i++) prints.push({ lots: 1, time: time++, aggressor: 1 });
          rows.follow(printsOf(prints), prints.length, gaps);
          const onScreen = Array.from({ length: Math.min(10, rows.count) }, (_, i) => rows.row(i));
          const count = onScreen.filter((row) => row && !row.gap).length;
          expect(isExact(rows.terms(count, prints.length))).toBe(true);
          expect(rows.terms(count, prints.length).scrolled).toBe(prints.length - count);
        }
      }),
    );
  });
});

describe('the words of a divider', () => {
  it('say how long, and whether it was filled', () => {
    expect(gapText(gap(0, 410))).toBe('gap 0.41 s, trades missing');
    expect(gapText(gap(0, 42_000, true))).toBe('gap 42 s, filled');
    expect(gapText(gap(0, 600_000))).toBe('gap 10 min, trades missing');
    expect(gapText(gap(Date.UTC(2026, 2, 4, 14, 2, 10)))).toBe('gap since 14:02:10');
  });
});

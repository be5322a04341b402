import { describe, expect, it } from 'vitest';
import { ClockStep } from './clock-step.ts';

const START = 1_700_000_000_000;
const TICK_MS = 100;

/** Looks ten times a second while the wall gains `perTick` ms each time. @returns every step that was seen */
function run(step: ClockStep, ticks: number, perTick: number): number[] {
  const seen: number[] = [];
  for (let i = 1; i <= ticks; i++) {
    const moved = step.look(START + i * (TICK_MS + perTick), i * TICK_MS);
    if (moved !== 0) seen.push(moved);
  }
  return seen;
}

describe('[F44] the clock on the wall against the steady one', () => {
  it('are as far apart as they are: that is no step', () => {
    expect(new ClockStep().look(START, 5)).toBe(0);
    expect(run(new ClockStep(), 1_000, 0)).toEqual([]);
  });

  it.each([
    [2_001, 2_001],
    [-2_001, -2_001],
    [3_600_000, 3_600_000],
    [-86_400_000, -86_400_000],
    [2_000, 0],
    [-1_999, 0],
  ])('a jump of %i ms is a step of %i', (jump, seen) => {
    const step = new ClockStep();
    step.look(START, 0);
    expect(step.look(START + TICK_MS + jump, TICK_MS)).toBe(seen);
  });

  it('is seen once, and the next one again', () => {
    const step = new ClockStep();
    step.look(START, 0);
    expect(step.look(START + 10_000, 0)).toBe(10_000);
    expect(step.look(START + 10_100, 100)).toBe(0);
    expect(step.look(START + 200, 200)).toBe(-10_000);
  });

  it('a wall that is slowly put right never steps, however far it goes', () => {
    const slewed = new ClockStep();
    expect(run(slewed, 36_000, 0.05)).toEqual([]);
    expect(run(new ClockStep(), 36_000, -0.05)).toEqual([]);
  });

  it('small jumps that come faster than any correction add up to one', () => {
    const step = new ClockStep();
    step.look(START, 0);
    const seen = [1, 2, 3].map((i) => step.look(START + i * 1_100, i));
    expect(seen).toEqual([0, expect.any(Number), 0]);
    expect(seen[1]).toBeGreaterThan(2_000);
  });
});

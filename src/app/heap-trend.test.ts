import { describe, expect, it } from 'vitest';
import { HeapTrend } from './heap-trend.ts';

describe('the trend of the heap', () => {
  it('is told against the oldest of the last hour, sampled once a minute', () => {
    const trend = new HeapTrend();
    for (let second = 0; second <= 7_200; second++) trend.add(1_000 + second, second * 1_000);
    expect(trend.change(9_000, 7_200_000)).toEqual({ change: 9_000 - (1_000 + 3_600), overMs: 3_600_000 });
  });

  it('is nothing before anything was measured', () => {
    expect(new HeapTrend().change(5, 1_000)).toEqual({ change: 0, overMs: 0 });
  });
});

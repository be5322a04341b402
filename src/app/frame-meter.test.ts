import { describe, expect, test } from 'vitest';
import { FrameClock, MEASURED_FRAMES, Sample } from './frame-meter.ts';

describe('a sample', () => {
  test('says nothing before it has measured', () => {
    expect(new Sample().spread()).toEqual({ p50: 0, p95: 0, p99: 0, max: 0, n: 0 });
  });

  test('gives the percentiles of its values', () => {
    const sample = new Sample();
    for (let i = 100; i >= 1; i--) sample.add(i);
    expect(sample.spread()).toEqual({ p50: 50, p95: 95, p99: 99, max: 100, n: 100 });
  });

  test('forgets everything but the last thousand', () => {
    const sample = new Sample();
    sample.add(9999);
    for (let i = 0; i < MEASURED_FRAMES; i++) sample.add(1);
    expect(sample.spread()).toEqual({ p50: 1, p95: 1, p99: 1, max: 1, n: MEASURED_FRAMES });
  });
});

describe('the frame clock', () => {
  /** Frames at `times`, handed out one request at a time. */
  function window(gap: (index: number) => number) {
    let time = 0;
    let index = 0;
    const queue: ((time: number) => void)[] = [];
    return {
      request: (callback: (time: number) => void) => queue.push(callback),
      run: () => {
        for (let next = queue.shift(); next; next = queue.shift()) {
          time += gap(index++);
          next(time);
        }
        return index;
      },
    };
  }

  test('takes the median, so that one late frame does not count', () => {
    const frames = window((i) => (i === 4 ? 120 : 8));
    const clock = new FrameClock(frames.request);
    clock.check(0);
    frames.run();
    expect(clock.intervalMs).toBe(8);
  });

  test('measures a dozen frames and then rests for ten seconds', () => {
    const frames = window(() => 16);
    const clock = new FrameClock(frames.request);
    clock.check(0);
    const first = frames.run();
    clock.check(9999);
    expect(frames.run()).toBe(first);
    clock.check(10_000);
    expect(frames.run()).toBe(2 * first);
  });

  test('keeps its value when the frames make no sense', () => {
    const frames = window(() => 1000);
    const clock = new FrameClock(frames.request);
    const before = clock.intervalMs;
    clock.check(0);
    frames.run();
    expect(clock.intervalMs).toBe(before);
  });
});

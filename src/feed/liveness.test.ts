import { describe, expect, it } from 'vitest';
import { LagMeter, Liveness } from './liveness.ts';

/** Feed `count` messages `gapMs` apart. @returns the time of the last */
function speak(liveness: Liveness, count: number, gapMs: number, from = 1_000): number {
  let now = from;
  for (let i = 0; i < count; i++) {
    liveness.data(now);
    now += gapMs;
  }
  return now - gapMs;
}

describe('[F2] [F3] the liveness deadline', () => {
  it('is ten seconds until fifty messages were heard', () => {
    const liveness = new Liveness(0);
    const now = speak(liveness, 49, 10);
    expect(liveness.deadlineMs(now + 2_000)).toBe(10_000);
    expect(liveness.deadlineMs(speak(liveness, 1, 10, now + 2_000) + 2_000)).toBeLessThan(10_000);
  });

  it('is three seconds on a busy channel', () => {
    const liveness = new Liveness(0);
    expect(liveness.deadlineMs(speak(liveness, 500, 10) + 1_500)).toBe(3_000);
  });

  it('is about six times the 95th percentile of the gaps, never less', () => {
    const liveness = new Liveness(0);
    const now = speak(liveness, 100, 2_000);
    const deadline = liveness.deadlineMs(now + 1_500);
    expect(deadline).toBeGreaterThanOrEqual(12_000);
    expect(deadline).toBeLessThan(16_000);
  });

  it('is thirty seconds at most', () => {
    const liveness = new Liveness(0);
    expect(liveness.deadlineMs(speak(liveness, 60, 20_000) + 1_500)).toBe(30_000);
  });

  it('is never under the quiet time of the venue', () => {
    const liveness = new Liveness(12_000);
    expect(liveness.deadlineMs(1)).toBe(12_000);
    expect(liveness.deadlineMs(speak(liveness, 500, 10) + 1_500)).toBe(12_000);
  });

  it('is not shortened by one rare pause nor lengthened by the burst after it', () => {
    const liveness = new Liveness(0);
    const now = speak(liveness, 400, 20);
    const later = speak(liveness, 400, 20, now + 3_100);
    expect(liveness.deadlineMs(later + 1_500)).toBe(3_000);
  });

  it('forgets gaps that are older than five minutes', () => {
    const liveness = new Liveness(0);
    let now = speak(liveness, 100, 2_000);
    expect(liveness.deadlineMs(now + 1_500)).toBeGreaterThan(10_000);
    for (let slice = 0; slice < 12; slice++) now = speak(liveness, 20, 1_600, now + 1_600);
    now = speak(liveness, 9_000, 40, now + 40);
    expect(liveness.deadlineMs(now + 1_500)).toBe(3_000);
  });

  it('grows each time a probe finds the market merely quiet and shrinks when it speaks', () => {
    const liveness = new Liveness(0);
    const now = speak(liveness, 500, 10);
    const busy = liveness.deadlineMs(now + 1_500);
    liveness.quiet(now + 4_000);
    expect(liveness.deadlineMs(now + 4_000)).toBe(busy * 2);
    expect(liveness.lastAt).toBe(now + 4_000);
    for (let i = 0; i < 6; i++) liveness.quiet(now + 5_000);
    expect(liveness.deadlineMs(now + 5_000)).toBe(30_000);
    liveness.data(now + 6_000);
    expect(liveness.deadlineMs(now + 6_000)).toBe(busy);
  });
});

describe('[F7] [F43] the lag behind the venue', () => {
  const START = 1_700_000_000_000;

  it('is what an event is later than the quickest one of the last minute', () => {
    const lag = new LagMeter();
    for (let i = 0; i < 20; i++) lag.sample(START + i * 100, START + i * 100 + 40);
    expect(lag.lagMs).toBe(0);
    lag.sample(START + 2_000, START + 2_000 + 640);
    expect(lag.lagMs).toBe(600);
  });

  it.each([-600_000, -1_270, 600_000])('is the same whatever the local clock says (%i ms off)', (offset) => {
    const lag = new LagMeter();
    for (let i = 0; i < 50; i++) lag.sample(START + i * 100, START + i * 100 + 40 + offset);
    lag.sample(START + 5_000, START + 5_000 + 1_840 + offset);
    expect(lag.lagMs).toBe(1_800);
    expect(lag.offsetMs()).toBe(40 + offset);
  });

  it('is never negative', () => {
    const lag = new LagMeter();
    lag.sample(START, START + 100);
    lag.sample(START + 1_000, START + 1_020);
    expect(lag.lagMs).toBe(0);
  });

  it('forgets the quickest event after a minute, so that a slow drift of the clock is no lag', () => {
    const lag = new LagMeter();
    for (let i = 0; i < 1_800; i++) lag.sample(START + i * 100, START + i * 100 + 40 + i);
    expect(lag.lagMs).toBeLessThan(700);
  });

  it.each([20, 50, 5])('is unknown while a recording runs at %i times its rate', (speed) => {
    const lag = new LagMeter();
    for (let i = 0; i < 500; i++) lag.sample(START + i * 10 * speed, START + i * 10);
    expect(lag.lagMs).toBeNull();
  });

  it('is unknown while a recording runs much slower than it was made', () => {
    const lag = new LagMeter();
    for (let i = 0; i < 200; i++) lag.sample(START + i * 5, START + i * 100);
    expect(lag.lagMs).toBeNull();
  });

  it('is known again when time runs as it should', () => {
    const lag = new LagMeter();
    for (let i = 0; i < 500; i++) lag.sample(START + i * 200, START + i * 10);
    for (let i = 0; i < 600; i++) lag.sample(START + 100_000 + i * 10, START + 5_000 + i * 10);
    expect(lag.lagMs).toBe(0);
  });

  it('is shown during a stall and the burst after it, which is a lag and not another rate', () => {
    const lag = new LagMeter();
    for (let i = 0; i < 100; i++) lag.sample(START + i * 100, START + i * 100 + 40);
    const stalled = START + 10_000;
    lag.sample(stalled, stalled + 10_000);
    expect(lag.lagMs).toBe(9_960);
    for (let i = 1; i <= 100; i++) lag.sample(stalled + i * 100, stalled + 10_000 + i * 30);
    expect(lag.lagMs).toBe(2_960);
  });

  it('keeps a venue time that is never below an event and goes on between them', () => {
    const lag = new LagMeter();
    expect(lag.venueTime(5)).toBe(5);
    lag.sample(START, 1_000);
    lag.sample(START - 50, 1_010);
    expect(lag.venueTime(1_010)).toBe(START + 10);
    expect(lag.venueTime(3_000)).toBe(START + 2_000);
    expect(lag.venueTime(500)).toBe(START);
  });

  it('begins anew on a new connection', () => {
    const lag = new LagMeter();
    for (let i = 0; i < 500; i++) lag.sample(START + i * 200, START + i * 10);
    lag.restart();
    lag.sample(START + 200_000, START + 200_500);
    expect(lag.lagMs).toBe(0);
  });

  it('[F43] shows a delay that never varies, once the clock of the venue was asked', () => {
    const lag = new LagMeter();
    const ourClockIsFastBy = 600_000;
    const arrives = (i: number): number => START + i * 100 + 3_000 + ourClockIsFastBy;
    for (let i = 0; i < 50; i++) lag.sample(START + i * 100, arrives(i));
    expect(lag.lagMs).toBe(0);
    lag.clockSample(ourClockIsFastBy + 20, 25, arrives(50));
    lag.sample(START + 5_000, arrives(50));
    expect(lag.lagMs).toBe(2_980);
    expect(lag.offsetMs()).toBe(ourClockIsFastBy + 20);
  });

  it('[F43] does not believe a clock by which events arrive before they happened, or one that answers late', () => {
    const lag = new LagMeter();
    lag.clockSample(5_000, 10, START);
    lag.sample(START, START + 100);
    expect(lag.offsetMs()).toBe(100);
    const other = new LagMeter();
    other.clockSample(0, 400, START);
    other.sample(START, START + 100);
    expect(other.offsetMs()).toBe(100);
  });

  it('keeps the better of two samples of a clock for five minutes', () => {
    const lag = new LagMeter();
    lag.sample(START, START + 500);
    lag.clockSample(10, 5, START);
    lag.clockSample(90, 200, START + 60_000);
    expect(lag.offsetMs()).toBe(10);
    lag.clockSample(90, 200, START + 400_000);
    expect(lag.offsetMs()).toBe(90);
  });
});

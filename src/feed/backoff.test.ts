import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';
import { seededChance } from './clock.ts';

const always = (value: number) => () => value;
const NEARLY_ONE = 1 - 2 ** -32;

describe('[F1] [F10] waiting before the next connect', () => {
  it('tries again within 250 ms the first time', () => {
    expect(new Backoff(always(NEARLY_ONE), 60).lost(0)).toBeLessThanOrEqual(250);
    expect(new Backoff(always(0), 60).lost(0)).toBe(0);
  });

  it('draws every wait from the whole span below its ceiling', () => {
    const low = new Backoff(always(0), 60);
    const high = new Backoff(always(NEARLY_ONE), 60);
    let now = 0;
    for (let i = 0; i < 8; i++) {
      expect(low.lost(now)).toBe(0);
      now += high.lost(now);
    }
    expect(now).toBeGreaterThan(1_000);
  });

  it('never waits longer than the outage has lasted, half a second at least', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const backoff = new Backoff(seededChance(seed), 1_000);
      let now = 0;
      for (let i = 0; i < 30; i++) {
        const wait = backoff.lost(now);
        expect(wait).toBeLessThanOrEqual(Math.max(500, now));
        now += wait;
      }
    }
  });

  it('keeps every wait of the first minute under five seconds and every later one under thirty', () => {
    const backoff = new Backoff(always(NEARLY_ONE), 1_000);
    let now = 0;
    let longest = 0;
    for (let i = 0; i < 40; i++) {
      const wait = backoff.lost(now);
      if (now < 60_000) expect(wait).toBeLessThanOrEqual(5_000);
      expect(wait).toBeLessThanOrEqual(30_000);
      longest = Math.max(longest, wait);
      now += wait + 20;
    }
    expect(longest).toBeGreaterThan(25_000);
  });

  it('forgets an outage only after ten seconds of good data', () => {
    const backoff = new Backoff(always(NEARLY_ONE), 1_000);
    for (let now = 0; now < 30_000; ) now += backoff.lost(now) + 1;
    const tired = backoff.attempt;
    backoff.good(40_000);
    backoff.good(49_999);
    expect(backoff.attempt).toBe(tired);
    backoff.good(50_000);
    expect(backoff.attempt).toBe(0);
    expect(backoff.lost(50_001)).toBeLessThanOrEqual(250);
  });

  it('is not reset by a venue that accepts, speaks for nine seconds and closes', () => {
    const backoff = new Backoff(always(NEARLY_ONE), 1_000);
    let now = 0;
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      const wait = backoff.lost(now);
      waits.push(wait);
      now += wait;
      backoff.good(now);
      backoff.good(now + 9_000);
      now += 9_000;
    }
    expect(waits.at(-1)).toBeGreaterThan(20_000);
  });

  it('spends at most its budget of connects in any five minutes', () => {
    const backoff = new Backoff(always(0), 60);
    const connects: number[] = [];
    for (let now = 0; now < 1_200_000; ) {
      connects.push(now);
      backoff.connecting(now);
      now += Math.max(1, backoff.lost(now));
    }
    for (const from of connects) {
      expect(connects.filter((at) => at >= from && at < from + 300_000).length).toBeLessThanOrEqual(60);
    }
    expect(connects.length).toBeGreaterThan(180);
  });

  it('begins anew when the user says so', () => {
    const backoff = new Backoff(always(NEARLY_ONE), 60);
    for (let i = 0; i < 10; i++) backoff.lost(i * 10_000);
    backoff.reset();
    expect(backoff.lost(200_000)).toBeLessThanOrEqual(250);
  });
});

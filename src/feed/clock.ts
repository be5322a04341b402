import type { Millis } from '@/market/time.ts';

/** Stops a scheduled task; calling it late or twice does nothing. */
export type Cancel = () => void;

/** Time as the feed knows it. Nothing else in `market` and `feed` may ask what time it is. */
export interface Clock {
  /** Ms since 1970 on a clock that never steps; may carry a fraction. */
  now(): Millis;
  /** Run `task` once, `delayMs` from now or a little later. */
  schedule(delayMs: number, task: () => void): Cancel;
}

/** The worker's own clock: the origin of this thread plus its monotonic time. */
export function workerClock(): Clock {
  const origin = performance.timeOrigin;
  return {
    now: () => origin + performance.now(),
    schedule(delayMs, task) {
      const timer = setTimeout(task, Math.max(0, delayMs));
      return () => clearTimeout(timer);
    },
  };
}

/** The clock on the wall, ms since 1970: people and time servers set it, so nothing is measured by it. */
export const wallNow = (): Millis => Date.now();

interface Due {
  readonly at: Millis;
  readonly order: number;
  readonly task: () => void;
}

/** A clock that stands until it is moved: recordings, harnesses and tests drive it. */
export class ManualClock implements Clock {
  private readonly due: Due[] = [];
  private order = 0;
  private time: Millis;

  constructor(start: Millis) {
    this.time = start;
  }

  now(): Millis {
    return this.time;
  }

  schedule(delayMs: number, task: () => void): Cancel {
    const entry: Due = { at: this.time + Math.max(0, delayMs), order: this.order++, task };
    let at = this.due.length;
    while (at > 0 && this.due[at - 1].at > entry.at) at--;
    this.due.splice(at, 0, entry);
    return () => {
      const index = this.due.indexOf(entry);
      if (index >= 0) this.due.splice(index, 1);
    };
  }

  /** The thread slept: time went on and nothing ran. What fell due meanwhile runs when the clock is moved next. */
  leap(ms: number): void {
    this.time += ms;
  }

  /** Move to `time`, running what falls due on the way in order; a task may schedule more. */
  advanceTo(time: Millis): void {
    for (;;) {
      const next = this.due[0];
      if (!next || next.at > time) break;
      this.due.shift();
      this.time = Math.max(this.time, next.at);
      next.task();
    }
    this.time = Math.max(this.time, time);
  }
}

/** Chance as the feed knows it: a number in [0, 1). */
export type Chance = () => number;

/** A seeded generator with 32 bits of state: the same seed gives the same jitter. */
export function seededChance(seed: number): Chance {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

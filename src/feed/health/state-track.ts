import { FEED_STATES, type FeedState } from '@/market/feed-state.ts';
import type { Millis } from '@/market/time.ts';
import type { StateLine } from '@/protocol/health.ts';

/** How far back a track is kept: a state that began before stands at its beginning. */
export const TRACK_MS = 3_600_000;
const MOST = 1_024;

/** The states of one channel over the last hour. A channel that flaps without end loses its oldest states first. */
export class StateTrack {
  private readonly times: Millis[] = [];
  private readonly states: number[] = [];
  /** Something happened that has not been told. */
  isUntold = true;

  /** The newest state; null before any. */
  get state(): FeedState | null {
    return this.states.length === 0 ? null : FEED_STATES[this.states[this.states.length - 1]];
  }

  /** When the newest state began; 0 before any. */
  get since(): Millis {
    return this.times.length === 0 ? 0 : this.times[this.times.length - 1];
  }

  /** @returns whether this is another state than before */
  to(state: FeedState, at: Millis): boolean {
    if (state === this.state) return false;
    this.times.push(Math.max(at, this.since));
    this.states.push(FEED_STATES.indexOf(state));
    this.isUntold = true;
    if (this.times.length > MOST) this.drop(this.times.length - MOST);
    return true;
  }

  /** The last hour, beginning with the state it began in. */
  line(now: Millis): StateLine {
    let old = 0;
    while (old + 1 < this.times.length && this.times[old + 1] <= now - TRACK_MS) old++;
    this.drop(old);
    return { times: Float64Array.from(this.times), states: Uint8Array.from(this.states) };
  }

  private drop(count: number): void {
    if (count === 0) return;
    this.times.splice(0, count);
    this.states.splice(0, count);
  }
}

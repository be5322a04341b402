import type { Millis } from '@/market/time.ts';

/** Difference of the clocks that shows a step rather than a correction in passing. */
const STEP_MS = 2_000;
/** A wall clock that is being corrected gains or loses this share of the time; more than that is a step. */
const SLEW_SHARE = 0.01;

/**
 * Compares the clock on the wall with the one that never steps. The first is set by people and time servers, and goes
 * on while a machine sleeps, which the second does not do everywhere; so a step of one against the other means either,
 * and what was measured before it is worth nothing.
 */
export class ClockStep {
  private offset: Millis | null = null;
  private lookedAt: Millis = 0;

  /**
   * Look at both clocks, some ten times a second.
   * @param wall  what the wall says now, ms since 1970; may step either way
   * @param now  the steady clock, ms
   * @returns how far the wall stepped since the last look, ms, forward above zero; 0 when it did not
   */
  look(wall: Millis, now: Millis): number {
    const offset = wall - now;
    if (this.offset === null) {
      this.offset = offset;
      this.lookedAt = now;
      return 0;
    }
    const moved = offset - this.offset;
    if (Math.abs(moved) > STEP_MS) {
      this.offset = offset;
      this.lookedAt = now;
      return moved;
    }
    const most = Math.max(0, now - this.lookedAt) * SLEW_SHARE;
    this.offset += Math.max(-most, Math.min(most, moved));
    this.lookedAt = now;
    return 0;
  }
}

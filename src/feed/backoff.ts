import type { Millis } from '@/market/time.ts';
import type { Chance } from './clock.ts';

const FIRST_MS = 250;
const STEP_MS = 500;
const EARLY_CAP_MS = 5_000;
const LATE_CAP_MS = 30_000;
const EARLY_MS = 60_000;
const SETTLED_MS = 10_000;
const WINDOW_MS = 300_000;

/**
 * When to connect again: at once the first time, then full jitter over a doubling ceiling, 5 s in the first minute and
 * 30 s after it, and never longer than the outage has lasted already, so that a short one is over soon after its end.
 * It begins anew only after ten seconds of good data, so a venue that accepts and closes does not reset it.
 */
export class Backoff {
  private lostAt: Millis | null = null;
  private goodSince: Millis | null = null;
  private readonly connects: Millis[] = [];
  /** Attempts since the last success. */
  attempt = 0;

  constructor(
    private readonly chance: Chance,
    private readonly connectsPer5Minutes: number,
  ) {}

  /** Data flows. */
  good(now: Millis): void {
    this.goodSince ??= now;
    if (now - this.goodSince < SETTLED_MS) return;
    this.lostAt = null;
    this.attempt = 0;
  }

  /** A connection was lost or could not be made. @returns ms to wait before the next attempt */
  lost(now: Millis): number {
    this.goodSince = null;
    this.lostAt ??= now;
    const elapsed = now - this.lostAt;
    const doubling = this.attempt === 0 ? FIRST_MS : STEP_MS * 2 ** Math.min(this.attempt - 1, 10);
    const cap = elapsed < EARLY_MS ? EARLY_CAP_MS : LATE_CAP_MS;
    const ceiling = Math.min(doubling, cap, Math.max(STEP_MS, elapsed));
    this.attempt++;
    return Math.max(this.chance() * ceiling, this.budgetWait(now));
  }

  /** An attempt begins now. */
  connecting(now: Millis): void {
    this.connects.push(now);
    while (this.connects.length > 0 && this.connects[0] <= now - WINDOW_MS) this.connects.shift();
  }

  /** Start over: the user asked, or the network came back. */
  reset(): void {
    this.lostAt = null;
    this.goodSince = null;
    this.attempt = 0;
  }

  private budgetWait(now: Millis): number {
    const used = this.connects.filter((at) => at > now - WINDOW_MS);
    return used.length < this.connectsPer5Minutes ? 0 : used[used.length - this.connectsPer5Minutes] + WINDOW_MS - now;
  }
}

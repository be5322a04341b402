import type { Millis } from '@/market/time.ts';

const PART_MS = 15_000;
const PARTS = 4;
const SHARE = 0.01;
const LEAST = 50;

/**
 * Tells a venue that changed its format from one that once said something odd: more than one message in a hundred is of
 * an unknown kind, in every quarter of a minute. A burst, however long, lies in one of them.
 */
export class FormatDrift {
  /** Messages understood, and messages of an unknown kind, since the minute began. */
  known = 0;
  unknown = 0;
  private since: Millis = 0;
  private partAt: Millis = 0;
  private before = { known: 0, unknown: 0 };
  private drifted = 0;

  /**
   * Look at the clock.
   * @returns what was seen in words, once, at the end of a minute in which the format was another one; else null
   */
  look(now: Millis): string | null {
    if (this.since === 0) this.begin(now);
    if (now - this.partAt < PART_MS) return null;
    this.endPart(now);
    if (now - this.since < PART_MS * PARTS) return null;
    const total = this.known + this.unknown;
    const isDrifted = total >= LEAST && this.drifted >= PARTS;
    const words = `${this.unknown} of ${total} messages in a minute were of an unknown kind`;
    this.begin(now);
    return isDrifted ? words : null;
  }

  private endPart(now: Millis): void {
    const unknown = this.unknown - this.before.unknown;
    const total = this.known - this.before.known + unknown;
    if (unknown > total * SHARE) this.drifted++;
    this.before = { known: this.known, unknown: this.unknown };
    this.partAt = now;
  }

  private begin(now: Millis): void {
    this.since = now;
    this.partAt = now;
    this.known = 0;
    this.unknown = 0;
    this.before = { known: 0, unknown: 0 };
    this.drifted = 0;
  }
}

import type { Millis } from '@/market/time.ts';
import type { GapEntry } from '@/protocol/health.ts';

const MOST = 200;

/** A break as it is noticed. */
export type GapFound = Omit<GapEntry, 'healedMs'>;

/** The newest two hundred breaks of one feed, each open until its data is whole again. */
export class GapList {
  private entries: GapEntry[] = [];
  isUntold = true;

  add(gap: GapFound): void {
    this.entries.push({ ...gap, healedMs: null });
    if (this.entries.length > MOST) this.entries.shift();
    this.isUntold = true;
  }

  /** What `heals` names is whole again. @returns how many of them were open */
  heal(now: Millis, heals: (cause: string) => boolean): number {
    let healed = 0;
    for (let i = this.entries.length - 1; i >= 0; i--) {
      const entry = this.entries[i];
      if (entry.healedMs !== null || !heals(entry.cause)) continue;
      this.entries[i] = { ...entry, healedMs: Math.max(0, now - entry.at) };
      this.isUntold = true;
      healed++;
    }
    return healed;
  }

  all(): readonly GapEntry[] {
    return [...this.entries];
  }
}

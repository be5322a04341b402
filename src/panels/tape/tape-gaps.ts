import type { GapSpan } from '@/market/candle.ts';

/** A row that divides the tape carries its gap; it changes when the gap ends or is filled. */
export interface Divider {
  gap: GapSpan | null;
}

export const NO_GAPS: readonly GapSpan[] = [];
const isOpen = (gap: GapSpan): boolean => gap.to === Number.POSITIVE_INFINITY;
const isSame = (a: GapSpan, b: GapSpan): boolean => a.from === b.from && a.to === b.to;

/**
 * Says where the tape is divided: between the last print before a gap and the first one after it. A gap that is still
 * open divides the tape from what will come.
 */
export class TapeGaps {
  private gaps: readonly GapSpan[] = NO_GAPS;
  private readonly dividers = new Set<Divider>();
  private pending: GapSpan[] = [];
  private open: Divider | null = null;
  /** Time of the newest print, in the venue's time; older ones that come after it are late. */
  private newest = Number.NEGATIVE_INFINITY;

  /** Begin anew: the prints are sorted again. */
  reset(): void {
    this.gaps = NO_GAPS;
    this.dividers.clear();
    this.pending = [];
    this.open = null;
    this.newest = Number.NEGATIVE_INFINITY;
  }

  /** Take the gaps as they are known now. */
  take(gaps: readonly GapSpan[]): void {
    if (gaps === this.gaps) return;
    const fresh = gaps.filter((gap) => !isOpen(gap) && !this.gaps.some((known) => isSame(known, gap)));
    this.gaps = gaps;
    for (const divider of this.dividers) {
      const { gap } = divider;
      if (!gap) this.dividers.delete(divider);
      else if (!isOpen(gap)) divider.gap = gaps.find((known) => isSame(known, gap)) ?? gap;
    }
    const stillOpen = gaps.find(isOpen);
    if (this.open && !stillOpen) {
      this.open.gap = fresh.shift() ?? this.open.gap;
      this.open = null;
    }
    this.pending.push(...fresh);
  }

  /** The gap that ended before a print of this time, which is the next one; null when none did. */
  before(time: number): GapSpan | null {
    if (this.pending.length === 0 || time < this.newest) return null;
    const due = this.pending.filter((gap) => gap.to <= time);
    this.pending = this.pending.filter((gap) => gap.to > time);
    // What ended before the first print that is held has nothing to divide.
    const isFirst = this.newest === Number.NEGATIVE_INFINITY;
    return isFirst ? null : (due.at(-1) ?? null);
  }

  /** A print was sorted. @returns whether it fills a gap: it came after prints that are younger */
  sorted(time: number): boolean {
    if (time >= this.newest) {
      this.newest = time;
      return false;
    }
    return this.gaps.some((gap) => gap.from <= time && time <= gap.to);
  }

  /** The gap that is open and not marked yet, now that everything before it is sorted; null when there is none. */
  opened(): GapSpan | null {
    if (this.open || this.newest === Number.NEGATIVE_INFINITY) return null;
    return this.gaps.find(isOpen) ?? null;
  }

  /** A row stands for a gap from now on. */
  divided(divider: Divider): void {
    this.dividers.add(divider);
    if (divider.gap && isOpen(divider.gap)) this.open = divider;
  }
}

/** What a divider says. */
export function gapText(gap: GapSpan): string {
  if (isOpen(gap)) return `gap since ${new Date(gap.from).toISOString().slice(11, 19)}`;
  const s = Math.max(0, gap.to - gap.from) / 1000;
  const span = s < 10 ? `${s.toFixed(2)} s` : s < 120 ? `${Math.round(s)} s` : `${Math.round(s / 60)} min`;
  return gap.repaired ? `gap ${span}, filled` : `gap ${span}, trades missing`;
}

/** How a divider looks. */
export const gapTone = (gap: GapSpan): 'open' | 'repaired' | 'lost' =>
  isOpen(gap) ? 'open' : gap.repaired ? 'repaired' : 'lost';

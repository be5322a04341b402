const MOST = 16;
const OTHER = 'other';
const MOST_CHARACTERS = 120;

/** Counts by name; names come from outside, so there are at most sixteen of them, and the rest counts as `other`. */
export class Tally {
  private readonly counts = new Map<string, number>();

  add(name: string): string {
    const short = name.length > MOST_CHARACTERS ? `${name.slice(0, MOST_CHARACTERS - 1)}…` : name;
    const known = this.counts.has(short) || this.counts.size < MOST - 1 ? short : OTHER;
    this.counts.set(known, (this.counts.get(known) ?? 0) + 1);
    return known;
  }

  /** Largest count first. */
  entries(): readonly (readonly [name: string, count: number])[] {
    return [...this.counts].sort((a, b) => b[1] - a[1]);
  }
}

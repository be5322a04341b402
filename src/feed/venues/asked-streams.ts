/**
 * The streams one adapter has asked for, as far as an answer without an id can be told by them: venues that answer a
 * wrong subscription with a sentence alone leave it to us whose it was.
 */
export class AskedStreams {
  private readonly asked = new Set<string>();
  private readonly unanswered = new Set<string>();

  /** Another socket: what the last one left unanswered will never be. */
  opened(): void {
    this.unanswered.clear();
  }

  subscribed(names: readonly string[]): void {
    for (const name of names) {
      this.asked.add(name);
      this.unanswered.add(name);
    }
  }

  unsubscribed(names: readonly string[]): void {
    for (const name of names) {
      this.asked.delete(name);
      this.unanswered.delete(name);
    }
  }

  /**
   * The venue has answered for these, one way or the other.
   * @returns those the answer is news of: all but what was asked for and answered before
   */
  answered(names: readonly string[]): readonly string[] {
    return names.filter((name) => this.unanswered.delete(name) || !this.asked.has(name));
  }

  /** Everything asked for that fits, in the order it was asked. */
  matching(fits: (name: string) => boolean): readonly string[] {
    return [...this.asked].filter(fits);
  }

  /**
   * What an unsigned refusal must mean: answers come in the order of the questions, so it is the oldest unanswered
   * stream. Null while streams of several instruments wait: one that was granted must not be called refused.
   * @param symbolOf  the instrument of a stream's name
   */
  oldestOfOne(symbolOf: (name: string) => string): string | null {
    const [oldest, ...others] = this.unanswered;
    if (oldest === undefined) return null;
    const symbol = symbolOf(oldest);
    return others.every((name) => symbolOf(name) === symbol) ? oldest : null;
  }
}

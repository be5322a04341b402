/**
 * Numbers trades in the order they came, where the venue's ids do not: tape and candles need one order. Room can be kept
 * for trades that are fetched later and belong before what has come since.
 */
export class TradeNumbers {
  private newest = 0;
  /** Number of the next trade that is fetched; null while none is. */
  private fetched: number | null = null;

  /** The number of the trade at hand. */
  next(): number {
    return this.fetched === null ? ++this.newest : this.fetched++;
  }

  /** Leave one number out: the next trade does not follow on the last. */
  skip(): void {
    this.newest++;
  }

  /**
   * Keep numbers free for trades that may be fetched, and leave one out before them: none follows on what was before.
   * @param count  how many trades, at least 1
   * @returns the first of them
   */
  reserve(count: number): number {
    const first = this.newest + 2;
    this.newest += count + 2;
    return first;
  }

  /** Number what comes next from `first` on, until `endFetched`. */
  beginFetched(first: number): void {
    this.fetched = first;
  }

  /** @returns the first number that was not used. Without `beginFetched`: -1. */
  endFetched(): number {
    const free = this.fetched ?? -1;
    this.fetched = null;
    return free;
  }
}

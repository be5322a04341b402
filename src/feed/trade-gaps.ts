import type { GapSpan } from '@/market/candle.ts';
import type { Millis } from '@/market/time.ts';
import type { TradeLedger } from './trade-ledger.ts';

const MAX_GAPS = 200;

const isOpen = (gap: GapSpan): boolean => gap.to === Number.POSITIVE_INFINITY;

/** The spans of time in which trades of one instrument were lost or may have been; at most one of them is open. */
export class TradeGaps {
  private spans: GapSpan[] = [];
  /** Spans that the page does not have yet. */
  isDirty = false;

  get isEmpty(): boolean {
    return this.spans.length === 0;
  }

  /** Where the open span begins; null while none is open. */
  get openFrom(): Millis | null {
    return this.spans.find(isOpen)?.from ?? null;
  }

  /** From here on it is not known what traded. */
  open(from: Millis, cause: string): void {
    this.spans.push({ from, to: Number.POSITIVE_INFINITY, repaired: false, cause });
    this.isDirty = true;
  }

  /** What trades from here on is heard. Does nothing while no span is open. */
  close(to: Millis, repaired: boolean): void {
    const open = this.spans.findIndex(isOpen);
    if (open < 0) return;
    this.spans[open] = { ...this.spans[open], to, repaired };
    this.isDirty = true;
  }

  /** Trades between these times are known to be lost: an open span was about them. */
  lost(since: Millis, until: Millis): void {
    const open = this.spans.findIndex(isOpen);
    const cause = open >= 0 ? this.spans[open].cause : 'trades lost';
    if (open >= 0) this.spans.splice(open, 1);
    this.spans.push({ from: since, to: until, repaired: false, cause });
    if (this.spans.length > MAX_GAPS) this.spans.shift();
    this.isDirty = true;
  }

  /** Everything that traded in the span that begins here was fetched. */
  repairedFrom(from: Millis): void {
    this.spans = this.spans.map((gap) => (gap.from === from ? { ...gap, repaired: true } : gap));
    this.isDirty = true;
  }

  /** Closed spans in which the ledger misses nothing any more are repaired. */
  repairedBy(ledger: TradeLedger): void {
    this.spans = this.spans.map((gap) =>
      gap.repaired || isOpen(gap) || !ledger.isComplete(gap.from, gap.to + 1) ? gap : { ...gap, repaired: true },
    );
    this.isDirty = true;
  }

  /** All spans, oldest loss first as they were learnt; null when nothing is new. */
  take(): readonly GapSpan[] | null {
    if (!this.isDirty) return null;
    this.isDirty = false;
    return [...this.spans];
  }
}

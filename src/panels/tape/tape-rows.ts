import type { GapSpan } from '@/market/candle.ts';
import type { LotsSum } from '@/market/quantity.ts';
import { NO_GAPS, TapeGaps } from './tape-gaps.ts';

/** Prints by number, as the store keeps them; a number it does not hold was elided or has been overwritten. */
export interface PrintSource {
  has(number: number): boolean;
  id(number: number): string;
  ticksOf(number: number): number;
  lotsOf(number: number): LotsSum;
  timeOf(number: number): number;
  aggressorOf(number: number): number;
}

/** What the tape leaves out and puts together. */
export interface TapeRule {
  /** Rows smaller than this are counted, not shown; 0 shows all. */
  readonly minLots: number;
  /** Prints of one aggressor this near to each other become one row; 0 keeps every print a row of its own. */
  readonly foldMs: number;
}

/** One row: a print, a sweep folded into its newest print, or a gap between the row before and the row after. */
export interface TapeRow {
  /** Number of its newest print. */
  number: number;
  /** Number of its oldest print. */
  first: number;
  id: string;
  ticks: number;
  lots: LotsSum;
  time: number;
  aggressor: number;
  prints: number;
  /** It was lost at first and fetched later. */
  isFetched: boolean;
  /** What it stands for when it is no print; it may be another object the next time. */
  gap: GapSpan | null;
}

/** Prints the page was not sent, by number, the end not included. */
export interface ElidedSpan {
  readonly from: number;
  to: number;
  /** They have been fetched since and count as what they are. */
  isKnown: boolean;
}

/** Where every received print went: `received` is the sum of the other six, always. */
export interface TapeTerms {
  readonly received: number;
  readonly shown: number;
  readonly filtered: number;
  readonly folded: number;
  readonly scrolled: number;
  readonly elided: number;
  readonly waiting: number;
}

/** Rows kept to draw from; older ones are fetched when scrolled to. */
export const ROWS_KEPT = 2048;
const SPANS_KEPT = 256;
/** As many prints as the store keeps: nothing older can be read again. */
const REACH = 8192;

/** Add two sizes exactly, in numbers while they fit. */
export function addLots(a: LotsSum, b: LotsSum): LotsSum {
  if (typeof a === 'number' && typeof b === 'number' && a + b <= Number.MAX_SAFE_INTEGER) return a + b;
  return (BigInt(a) + BigInt(b)).toString();
}

/** A size beyond a double is larger than any minimum. */
const isShown = (lots: LotsSum, minLots: number): boolean => typeof lots === 'string' || lots >= minLots;

/**
 * Sorts every print once, as it arrives: shown, filtered or folded. Rows are kept in a ring, newest last, and are
 * reused. Nothing here forgets a print: what is not held is counted as elided, what is no longer kept as scrolled out.
 */
export class TapeRows {
  private readonly ring: TapeRow[] = [];
  private rule: TapeRule = { minLots: 0, foldMs: 0 };
  private readonly spans: ElidedSpan[] = [];
  /** Rows that are out of sight but were never made here: older prints, and fetched ones. */
  private before = 0;
  /** Number of the first print that was sorted. */
  start = 0;
  private filtered = 0;
  private folded = 0;
  private elided = 0;
  /** Rows ever made; the newest is number `head - 1`. */
  head = 0;
  /** Those of them that are no prints. */
  private dividers = 0;
  private readonly gaps = new TapeGaps();
  /** Number of the next print to sort. */
  at = 0;
  private run: TapeRow | null = null;
  private isRunShown = false;
  private isPaused = false;

  /** Begin anew with what the source still holds: the rule changed, or the feed counts from 0 again. */
  rebuild(source: PrintSource, received: number, rule: TapeRule, gaps: readonly GapSpan[] = NO_GAPS): void {
    this.rule = rule;
    this.head = 0;
    this.dividers = 0;
    this.gaps.reset();
    this.filtered = 0;
    this.folded = 0;
    this.elided = 0;
    this.spans.length = 0;
    this.run = null;
    this.start = Math.max(0, received - REACH);
    while (this.start < received && !source.has(this.start)) this.start++;
    this.before = this.start;
    this.at = this.start;
    const wasPaused = this.isPaused;
    this.isPaused = false;
    this.follow(source, received, gaps);
    this.isPaused = wasPaused;
  }

  /** Sort what arrived; while paused it waits. */
  follow(source: PrintSource, received: number, gaps: readonly GapSpan[] = NO_GAPS): void {
    if (received < this.at) {
      this.isPaused = false;
      this.rebuild(source, received, this.rule, gaps);
      return;
    }
    if (this.isPaused) return;
    this.gaps.take(gaps);
    for (; this.at < received; this.at++) {
      if (!source.has(this.at)) {
        this.elide(this.at);
        continue;
      }
      const gap = this.gaps.before(source.timeOf(this.at));
      if (gap) this.divide(gap);
      this.sort(source, this.at);
    }
    const opened = this.gaps.opened();
    if (opened) this.divide(opened);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(source: PrintSource, received: number, gaps: readonly GapSpan[] = NO_GAPS): void {
    this.isPaused = false;
    this.follow(source, received, gaps);
  }

  /** Row `index`, 0 is the newest; null beyond what is kept. */
  row(index: number): TapeRow | null {
    if (index < 0 || index >= this.count) return null;
    return this.ring[(this.head - 1 - index) % ROWS_KEPT];
  }

  /** Rows that can be drawn. */
  get count(): number {
    return Math.min(this.head, ROWS_KEPT);
  }

  /** What was elided among the rows kept, oldest first. */
  get elidedSpans(): readonly ElidedSpan[] {
    return this.spans;
  }

  /**
   * The newest prints of a span, from `start` on, have been fetched: they count as what they are now. What is left of
   * the span stays elided.
   */
  account(span: ElidedSpan, start: number, sorted: SortedPage): void {
    if (span.isKnown) return;
    this.elided -= span.to - start;
    this.filtered += sorted.filtered;
    this.folded += sorted.folded;
    this.before += sorted.rows.length;
    if (start === span.from) {
      span.isKnown = true;
      return;
    }
    this.spans.splice(this.spans.indexOf(span) + 1, 0, { from: start, to: span.to, isKnown: true });
    span.to = start;
  }

  /** The equation with `shown` rows on screen. */
  terms(shown: number, received: number): TapeTerms {
    return {
      received,
      shown,
      filtered: this.filtered,
      folded: this.folded,
      scrolled: this.before + this.head - this.dividers - shown,
      elided: this.elided,
      waiting: received - this.at,
    };
  }

  /** The grid became finer: multiply what is held. */
  rescale(pricePower: number, lotPower: number): void {
    for (const row of this.ring) rescaleRow(row, pricePower, lotPower);
    if (this.run && !this.isRunShown) rescaleRow(this.run, pricePower, lotPower);
    this.rule = { ...this.rule, minLots: this.rule.minLots * 10 ** lotPower };
  }

  private sort(source: PrintSource, number: number): void {
    const run = this.run;
    const time = source.timeOf(number);
    const aggressor = source.aggressorOf(number);
    const isFolding = this.rule.foldMs > 0;
    const isFetched = this.gaps.sorted(time);
    if (run && isFolding && run.aggressor === aggressor && Math.abs(time - run.time) <= this.rule.foldMs) {
      this.extend(run, source, number);
      return;
    }
    const lots = source.lotsOf(number);
    const isRowShown = isShown(lots, this.rule.minLots);
    if (!isRowShown) this.filtered++;
    if (!isRowShown && !isFolding) return;
    const row = isRowShown ? this.take() : blankRow();
    writeRow(row, source, number);
    row.isFetched = isFetched;
    this.run = row;
    this.isRunShown = isRowShown;
  }

  /** One more print of a sweep. A sweep below the minimum is shown once its sum has reached it. */
  private extend(run: TapeRow, source: PrintSource, number: number): void {
    run.lots = addLots(run.lots, source.lotsOf(number));
    run.prints++;
    run.number = number;
    run.id = source.id(number);
    run.ticks = source.ticksOf(number);
    run.time = source.timeOf(number);
    if (this.isRunShown) {
      this.folded++;
      return;
    }
    if (!isShown(run.lots, this.rule.minLots)) {
      this.filtered++;
      return;
    }
    this.filtered -= run.prints - 1;
    this.folded += run.prints - 1;
    this.run = Object.assign(this.take(), run);
    this.isRunShown = true;
  }

  /** A row that says what is missing between the prints on either side of it. */
  private divide(gap: GapSpan): void {
    this.run = null;
    this.dividers++;
    const row = this.take();
    // Between two prints in number as in place.
    Object.assign(row, blankRow(), { number: this.at - 0.5, first: this.at, gap });
    this.gaps.divided(row);
  }

  private elide(number: number): void {
    this.elided++;
    this.run = null;
    const last = this.spans.at(-1);
    if (last && last.to === number && !last.isKnown) last.to = number + 1;
    else this.spans.push({ from: number, to: number + 1, isKnown: false });
    if (this.spans.length > SPANS_KEPT) this.spans.shift();
  }

  /** The slot of the next row, an old one used again. */
  private take(): TapeRow {
    const slot = this.head++ % ROWS_KEPT;
    const row = this.ring[slot] ?? blankRow();
    this.ring[slot] = row;
    return row;
  }
}

const blankRow = (): TapeRow => ({
  number: -1,
  first: -1,
  id: '',
  ticks: 0,
  lots: 0,
  time: 0,
  aggressor: 0,
  prints: 0,
  isFetched: false,
  gap: null,
});

function writeRow(row: TapeRow, source: PrintSource, number: number): void {
  row.number = number;
  row.first = number;
  row.id = source.id(number);
  row.ticks = source.ticksOf(number);
  row.lots = source.lotsOf(number);
  row.time = source.timeOf(number);
  row.aggressor = source.aggressorOf(number);
  row.prints = 1;
  row.isFetched = false;
  row.gap = null;
}

/** Bring a row to a finer grid. */
export function rescaleRow(row: TapeRow, pricePower: number, lotPower: number): void {
  row.ticks *= 10 ** pricePower;
  const lots = BigInt(row.lots) * 10n ** BigInt(lotPower);
  row.lots = lots <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(lots) : lots.toString();
}

/** A fetched page put through the rule on its own. */
export interface SortedPage {
  /** Newest first. */
  readonly rows: readonly TapeRow[];
  readonly filtered: number;
  readonly folded: number;
}

/** Sort prints `from` to `to` (not included) of a source that holds them; numbers it lacks are skipped. */
export function sortPage(source: PrintSource, from: number, to: number, rule: TapeRule): SortedPage {
  const rows: TapeRow[] = [];
  let filtered = 0;
  let folded = 0;
  let run: TapeRow | null = null;
  const close = (): void => {
    if (run && isShown(run.lots, rule.minLots)) {
      rows.push(run);
      folded += run.prints - 1;
    } else if (run) filtered += run.prints;
    run = null;
  };
  for (let number = from; number < to; number++) {
    if (!source.has(number)) {
      close();
      continue;
    }
    const open: TapeRow | null = run;
    if (open && isSameSweep(open, source, number, rule)) {
      const lots = addLots((open as TapeRow).lots, source.lotsOf(number));
      const { first, prints } = open as TapeRow;
      writeRow(open, source, number);
      Object.assign(open, { lots, first, prints: prints + 1 });
      continue;
    }
    close();
    run = blankRow();
    writeRow(run, source, number);
  }
  close();
  return { rows: rows.reverse(), filtered, folded };
}

const isSameSweep = (run: TapeRow, source: PrintSource, number: number, rule: TapeRule): boolean =>
  rule.foldMs > 0 &&
  run.aggressor === source.aggressorOf(number) &&
  Math.abs(source.timeOf(number) - run.time) <= rule.foldMs;

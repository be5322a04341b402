import type { GapSpan } from '@/market/candle.ts';
import { BUYER, type PrintColumns, SELLER } from '@/market/trade.ts';
import {
  type ElidedSpan,
  type PrintSource,
  rescaleRow,
  sortPage,
  type TapeRow,
  type TapeRows,
  type TapeRule,
} from './tape-rows.ts';

/** Prints the page does not hold, standing as one line until they are fetched. */
export interface Hole {
  readonly span: ElidedSpan;
  state: 'waiting' | 'asked' | 'gone' | 'failed';
}

/** One line of the tape while it is read back. */
export type HistoryLine = { readonly row: TapeRow } | { readonly hole: Hole } | { readonly gap: GapSpan };

/** A page of prints as the feed answers it. */
export interface PrintPage {
  /** Number of the first print. */
  readonly first: number;
  readonly prints: PrintColumns;
}

/** Read columns by print number. */
export function pageSource(page: PrintPage): PrintSource {
  const { prints, first } = page;
  const wide = new Map(prints.wide);
  const at = (number: number): number => number - first;
  return {
    has: (number) => at(number) >= 0 && at(number) < prints.ids.length,
    id: (number) => prints.idTexts?.[at(number)] ?? String(prints.ids[at(number)]),
    ticksOf: (number) => prints.ticks[at(number)],
    lotsOf: (number) => wide.get(at(number)) ?? prints.lots[at(number)],
    timeOf: (number) => prints.times[at(number)],
    aggressorOf: (number) => (prints.aggressors[at(number)] === BUYER ? BUYER : SELLER),
  };
}

/**
 * The tape as it stood when it was paused, newest first, growing at the old end as pages arrive. Rows are copies: the
 * live tape goes on using its own.
 */
export class TapeHistory {
  readonly lines: HistoryLine[] = [];
  /** Nothing older is kept anywhere. */
  isAtStart = false;
  /** Number below which nothing has been read yet: the next page ends there. */
  cursor: number;

  constructor(
    private readonly rows: TapeRows,
    private readonly rule: TapeRule,
  ) {
    const isWhole = rows.count === rows.head;
    this.cursor = isWhole ? rows.start : (rows.row(rows.count - 1)?.first ?? rows.start);
    const spans = rows.elidedSpans.filter((span) => span.from >= this.cursor);
    for (let i = 0; i < rows.count; i++) {
      const row = rows.row(i);
      if (!row) continue;
      while ((spans.at(-1)?.from ?? -1) > row.number) this.pushHole(spans.pop());
      this.lines.push(row.gap ? { gap: row.gap } : { row: { ...row } });
    }
    while (spans.length > 0) this.pushHole(spans.pop());
    this.isAtStart = this.cursor === 0;
  }

  /** Put an older page at the end; one that reaches no further says that nothing older is kept. */
  append(page: PrintPage): void {
    const end = Math.min(page.first + page.prints.ids.length, this.cursor);
    if (page.prints.ids.length === 0 || page.first >= end) {
      this.isAtStart = true;
      return;
    }
    for (const row of sortPage(pageSource(page), page.first, end, this.rule).rows) this.lines.push({ row });
    this.cursor = page.first;
    this.isAtStart = page.first === 0;
  }

  /**
   * Put fetched prints in the place of a hole. A page that holds only the newest of them leaves a smaller hole; one that
   * holds none of them leaves it as gone.
   */
  fill(hole: Hole, page: PrintPage): void {
    const index = this.lines.findIndex((line) => 'hole' in line && line.hole === hole);
    if (index < 0) return;
    const { from, to, isKnown } = hole.span;
    const start = Math.max(from, page.first);
    if (start >= to || page.first + page.prints.ids.length < to) {
      hole.state = 'gone';
      return;
    }
    const sorted = sortPage(pageSource(page), start, to, this.rule);
    this.rows.account(hole.span, start, sorted);
    const filled: HistoryLine[] = sorted.rows.map((row) => ({ row }));
    if (start > from)
      filled.push({ hole: { span: isKnown ? { from, to: start, isKnown } : hole.span, state: 'waiting' } });
    this.lines.splice(index, 1, ...filled);
  }

  /** The grid became finer. */
  rescale(pricePower: number, lotPower: number): void {
    for (const line of this.lines) if ('row' in line) rescaleRow(line.row, pricePower, lotPower);
  }

  private pushHole(span: ElidedSpan | undefined): void {
    if (span) this.lines.push({ hole: { span, state: 'waiting' } });
  }
}

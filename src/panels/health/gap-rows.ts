import type { InstrumentId } from '@/market/instrument.ts';
import type { FeedRow } from './feed-rows.ts';
import { causeText, countText, NONE, secondsText } from './health-words.ts';

/** One break of the gap table. */
export interface GapRow {
  readonly key: string;
  readonly at: number;
  readonly id: InstrumentId;
  readonly symbol: string;
  readonly cause: string;
  /** The number, or in words what did not hold. */
  readonly expected: string;
  readonly isNumber: boolean;
  readonly got: string;
  readonly missing: string;
  readonly healed: string;
  readonly isOpen: boolean;
}

/** Rows drawn: older ones are in the report. */
const MOST_ROWS = 100;

const numberText = (text: string): string => (/^\d{1,15}$/.test(text) ? countText(Number(text)) : text || NONE);

const missingText = (cause: string, missing: number | null): string => {
  if (missing === null) return NONE;
  return cause === 'trades' ? `${countText(missing)} ${missing === 1 ? 'trade' : 'trades'}` : countText(missing);
};

/** The breaks of all feeds since `from`, newest first. */
export function gapRows(rows: readonly FeedRow[], from: number, now: number): GapRow[] {
  const list = rows.flatMap(({ id, symbol, view }) =>
    (view?.gaps ?? []).map((gap, index): GapRow => {
      // The worker that saw it is gone: nobody can say when it was over.
      const isLeft = gap.healedMs === null && gap.at < (view?.since ?? 0);
      const isOpen = gap.healedMs === null && !isLeft;
      const isNumber = gap.cause !== 'checksum' && gap.expected !== '';
      const healed = isLeft ? NONE : isOpen ? `open ${secondsText(now - gap.at)}` : secondsText(gap.healedMs ?? 0);
      return {
        key: `${id} ${gap.at} ${index}`,
        at: gap.at,
        id,
        symbol,
        cause: gap.cause,
        expected: isNumber ? numberText(gap.expected) : causeText(gap.cause),
        isNumber,
        got: numberText(gap.got),
        missing: missingText(gap.cause, gap.missing),
        healed,
        isOpen,
      };
    }),
  );
  return list
    .filter((row) => row.at >= from)
    .sort((a, b) => b.at - a.at)
    .slice(0, MOST_ROWS);
}

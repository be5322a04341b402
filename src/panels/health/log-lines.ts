import { isVenueId } from '@/market/instrument.ts';
import { venueName } from '@/market/venue-name.ts';
import type { HealthState } from '@/store/health-store.ts';

type LogLine = HealthState['log'][number];

/** What of the log is shown. */
export interface LogFilter {
  /** Every word must be in the line, in any case. */
  readonly text: string;
  /** The least grave that is shown. */
  readonly least: LogLine['severity'];
  /** Of one feed, its venue and all feeds; null: of everything. */
  readonly subject: string | null;
}

const GRAVITY: Record<LogLine['severity'], number> = { info: 0, warn: 1, error: 2 };

/** What a line is about, for people: `BTCUSDT`, `Kraken`, `all`. */
export function subjectText(subject: LogLine['subject']): string {
  if (subject === null) return 'all';
  const colon = subject.indexOf(':');
  if (colon >= 0) return subject.slice(colon + 1);
  return isVenueId(subject) ? venueName(subject) : subject;
}

/** The lines a filter leaves, newest first. */
export function filterLines(log: readonly LogLine[], filter: LogFilter): LogLine[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const venue = filter.subject?.slice(0, filter.subject.indexOf(':')) ?? null;
  const isAbout = ({ subject }: LogLine): boolean =>
    filter.subject === null || subject === null || subject === filter.subject || subject === venue;
  const holds = (line: LogLine): boolean => {
    const text = `${line.subject ?? 'all'} ${subjectText(line.subject)} ${line.text}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return log
    .filter((line) => GRAVITY[line.severity] >= GRAVITY[filter.least] && isAbout(line) && holds(line))
    .toReversed();
}

const isoText = (time: number): string => new Date(time).toISOString();
const timesText = ({ times }: LogLine): string => (times > 1 ? ` ×${times}` : '');

/** Lines as text, oldest first, one a line. */
export const linesAsText = (lines: readonly LogLine[]): string =>
  lines
    .toReversed()
    .map((line) => `${isoText(line.at)}  ${line.subject ?? 'all'}  ${line.severity}  ${line.text}${timesText(line)}\n`)
    .join('');

/**
 * Lines as a table for a spreadsheet, oldest first, quoted as RFC 4180 has it. A text that a spreadsheet would take for a
 * formula is led by an apostrophe; numbers stay numbers.
 */
export function linesAsCsv(lines: readonly LogLine[]): string {
  const rows = lines
    .toReversed()
    .map((line) => [
      isoText(line.at),
      isoText(line.lastAt),
      line.times,
      line.severity,
      line.subject ?? 'all',
      line.text,
    ]);
  return [['time', 'last time', 'times', 'severity', 'feed', 'event'], ...rows]
    .map((cells) => `${cells.map(csvCell).join(',')}\r\n`)
    .join('');
}

/** One cell of a table for a spreadsheet. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

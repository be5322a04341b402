import type { Millis } from '@/market/time.ts';
import type { LogEntry } from '@/protocol/health.ts';

/** A line of the log with a key of its own among those of all workers and the page. */
export interface LogLine extends LogEntry {
  readonly key: string;
}

/** Lines kept on the page. */
const MOST_LINES = 2_000;

/** Lines of one worker, told apart by when it began. */
export const workerLines = (entries: readonly LogEntry[], since: Millis): readonly LogLine[] =>
  entries.map((entry) => ({ ...entry, key: `${since}/${entry.seq}` }));

let pageLines = 0;

/** A line of the page's own. */
export function pageLine(at: Millis, severity: LogEntry['severity'], text: string): LogLine {
  const seq = pageLines++;
  return { seq, at, lastAt: at, subject: null, severity, text, times: 1, key: `page/${seq}` };
}

/** Put lines into the log, oldest first: one with a known key replaces the former. */
export function addLines(log: readonly LogLine[], lines: readonly LogLine[]): readonly LogLine[] {
  if (lines.length === 0) return log;
  const next = [...log];
  const places = new Map(next.map(({ key }, index) => [key, index]));
  let isSorted = true;
  for (const line of lines) {
    const at = places.get(line.key);
    if (at !== undefined) next[at] = line;
    else {
      if (next.length > 0 && next[next.length - 1].at > line.at) isSorted = false;
      places.set(line.key, next.push(line) - 1);
    }
  }
  if (!isSorted) next.sort((a, b) => a.at - b.at);
  return next.slice(-MOST_LINES);
}

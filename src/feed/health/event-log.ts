import type { InstrumentId, VenueId } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import type { LogEntry, LogSeverity } from '@/protocol/health.ts';
import { plainText } from './plain-text.ts';

/** What happened, before it has its number. */
export interface LogEvent {
  readonly at: Millis;
  readonly subject: InstrumentId | VenueId | null;
  readonly severity: LogSeverity;
  readonly text: string;
}

/** Lines kept; the oldest make room. */
export const LOG_SIZE = 2_000;
const AGAIN_MS = 5_000;
const MOST_RECENT = 64;
const LINES_PER_SECOND = 40;

/**
 * The newest two thousand events of the feed, always recorded, read when somebody looks. A flood costs little and hides
 * nothing: the same event within five seconds is counted on its line, and beyond forty new lines a second what follows
 * is counted on one line of its own.
 */
export class EventLog {
  private readonly lines: LogEntry[] = [];
  private seq = 0;
  /** The lines that may be said again, by what they say; oldest first. */
  private readonly recent = new Map<string, LogEntry>();
  private readonly changed = new Set<number>();
  private second: Millis = Number.NEGATIVE_INFINITY;
  private inSecond = 0;

  /** Number of the oldest line kept. */
  get first(): number {
    return this.seq - this.lines.length;
  }

  /** Record an event. */
  add({ at, subject, severity, text }: LogEvent): void {
    const plain = plainText(text);
    const key = `${severity} ${subject ?? ''} ${plain}`;
    const known = this.recent.get(key);
    if (known && known.seq >= this.first && at - known.lastAt <= AGAIN_MS) {
      this.replace(key, { ...known, lastAt: at, times: known.times + 1 });
      return;
    }
    if (this.isFlood(at)) this.leaveOut(at);
    else this.append(key, { at, lastAt: at, subject, severity, text: plain, times: 1 });
  }

  /** Lines that are new or changed since the last call, oldest first. */
  takeChanged(): readonly LogEntry[] {
    const { first } = this;
    const taken = [...this.changed].filter((seq) => seq >= first).sort((a, b) => a - b);
    this.changed.clear();
    return taken.map((seq) => this.lines[seq - first]);
  }

  /** Everything is to be told again: a page has just begun to look. */
  retell(): void {
    for (const { seq } of this.lines) this.changed.add(seq);
  }

  private isFlood(at: Millis): boolean {
    if (at - this.second >= 1_000) {
      this.second = at;
      this.inSecond = 0;
    }
    return ++this.inSecond > LINES_PER_SECOND;
  }

  private leaveOut(at: Millis): void {
    const text = 'more events came than can be told';
    const key = `flood ${text}`;
    const known = this.recent.get(key);
    if (known && known.seq >= this.first && at - known.lastAt <= AGAIN_MS)
      this.replace(key, { ...known, lastAt: at, times: known.times + 1 });
    else this.append(key, { at, lastAt: at, subject: null, severity: 'warn', text, times: 1 });
  }

  private append(key: string, line: Omit<LogEntry, 'seq'>): void {
    const entry = { ...line, seq: this.seq++ };
    this.lines.push(entry);
    if (this.lines.length > LOG_SIZE) this.lines.shift();
    this.remember(key, entry);
  }

  private replace(key: string, entry: LogEntry): void {
    this.lines[entry.seq - this.first] = entry;
    this.remember(key, entry);
  }

  private remember(key: string, entry: LogEntry): void {
    this.changed.add(entry.seq);
    this.recent.delete(key);
    this.recent.set(key, entry);
    if (this.recent.size <= MOST_RECENT) return;
    const [oldest] = this.recent.keys();
    this.recent.delete(oldest);
  }
}

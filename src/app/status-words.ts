import { groupThousands } from '@/market/price.ts';
import type { InstrumentRecord } from '@/store/market-store.ts';
import type { LinkStats } from './feed-link.ts';

const count = (value: number): string => groupThousands(String(value));
const plural = (value: number, one: string, many: string): string => `${count(value)} ${value === 1 ? one : many}`;

/** What the book can show for itself: `1,204,551 diffs · 0 gaps · best price agrees 48,210 / 48,210`. */
export function bookWords(record: InstrumentRecord | undefined): string {
  if (!record) return 'nothing yet';
  const { diffs, gaps, quotesAgreed, quotesCompared, rejected } = record.counters;
  const words = [plural(diffs, 'diff', 'diffs'), plural(gaps, 'gap', 'gaps')];
  if (rejected > 0) words.push(`${count(rejected)} refused`);
  if (quotesCompared > 0) words.push(`best price agrees ${count(quotesAgreed)} / ${count(quotesCompared)}`);
  return words.join(' · ');
}

/** Whether the tape holds everything: `received 48,213 · lost 0`. */
export function tapeWords(record: InstrumentRecord | undefined): string {
  if (!record) return 'nothing yet';
  return `received ${count(record.trades.received)} · lost ${count(record.trades.missing)}`;
}

/** Load figures; `–` while nothing was measured. */
export function loadWords({ health, mainThread }: Pick<LinkStats, 'health' | 'mainThread'>): {
  readonly rate: string;
  readonly paint: string;
  readonly worker: string;
  /** Said only when our clock is wrong by more than a second. */
  readonly skew: string;
} {
  return {
    rate: health ? count(Math.round(health.messagesPerSecond)) : '–',
    paint: mainThread.n > 0 ? `${mainThread.p95.toFixed(1)} ms` : '–',
    worker: health ? `${Math.round(health.busyPercent)} %` : '–',
    skew: skewWords(health?.clockOffsetMs ?? null),
  };
}

/** `your clock is 2.3 s fast`; nothing where it is right within a second, or nobody was asked. */
function skewWords(offsetMs: number | null): string {
  if (offsetMs === null || Math.abs(offsetMs) <= 1_000) return '';
  return `your clock is ${(Math.abs(offsetMs) / 1_000).toFixed(1)} s ${offsetMs > 0 ? 'fast' : 'slow'}`;
}

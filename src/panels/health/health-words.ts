import { groupThousands } from '@/market/price.ts';

/** Stands where nothing is known or nothing applies. */
export const NONE = '–';

/** A count with thousands grouped. */
export const countText = (count: number): string => groupThousands(String(Math.round(count)));

/** Milliseconds as a table shows them: `<0.1`, `0.4`, `12`, `1,810`; `–` when unknown. */
export function msText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return NONE;
  if (ms < 0.1) return ms <= 0 ? '0' : '<0.1';
  return ms < 10 ? ms.toFixed(1) : countText(ms);
}

/** How long something has lasted: `01:12:44`, with days before it. */
export function spanClock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1_000));
  const two = (n: number): string => String(n).padStart(2, '0');
  const days = Math.floor(s / 86_400);
  const clock = `${two(Math.floor(s / 3_600) % 24)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return days === 0 ? clock : `${days} d ${clock}`;
}

/** A short time in words: `8 ms`, `0.41 s`, `12 s`, `3 min`. */
export function secondsText(ms: number): string {
  if (ms < 100) return `${Math.max(1, Math.round(ms))} ms`;
  const s = ms / 1_000;
  if (s < 10) return `${s.toFixed(2)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  return s < 7_200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3_600)} h`;
}

/** Bytes: `812 B`, `48.2 kB`, `148 MB`. */
export function bytesText(bytes: number): string {
  const size = Math.abs(bytes);
  if (size < 1_000) return `${Math.round(bytes)} B`;
  if (size < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return size < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** A signed number of milliseconds with a true minus. */
export function signedMs(ms: number): string {
  const rounded = Math.round(ms);
  return rounded < 0 ? `−${countText(-rounded)}` : countText(rounded);
}

const CAUSES: Record<string, string> = {
  gap: 'gap',
  checksum: 'checksum',
  crossed: 'crossed book',
  quote: 'best price',
  'refused-diff': 'unreadable',
  audit: 'second source',
  trades: 'trades',
  connection: 'connection',
  overflow: 'too long a wait',
  snapshot: 'snapshot',
};

/** A cause of a rebuilt book in a word or two. */
export const causeText = (cause: string): string => CAUSES[cause] ?? cause;

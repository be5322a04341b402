import type { LotsSum } from '@/market/quantity.ts';
import type { PrintPage } from './tape-history.ts';
import type { PrintSource } from './tape-rows.ts';

/** One print as tests write it. */
export interface TestPrint {
  readonly lots: LotsSum;
  readonly time: number;
  readonly aggressor: number;
}

const PRICE = 641_205;

/** Prints by their place in a list; null was not sent to the page. */
export const printsOf = (prints: readonly (TestPrint | null)[]): PrintSource => ({
  has: (n) => prints[n] != null,
  id: (n) => String(1000 + n),
  ticksOf: () => PRICE,
  lotsOf: (n) => prints[n]?.lots ?? 0,
  timeOf: (n) => prints[n]?.time ?? 0,
  aggressorOf: (n) => prints[n]?.aggressor ?? 0,
});

/** A page of them, `from` to `to` (not included), as the feed answers it. */
export function pageOf(prints: readonly TestPrint[], from: number, to: number): PrintPage {
  const cut = prints.slice(from, to);
  return {
    first: from,
    prints: {
      ids: Float64Array.from(cut, (_, i) => 1000 + from + i),
      idTexts: null,
      ticks: Float64Array.from(cut, () => PRICE),
      lots: Float64Array.from(cut, (each) => (typeof each.lots === 'number' ? each.lots : -1)),
      times: Float64Array.from(cut, (each) => each.time),
      aggressors: Uint8Array.from(cut, (each) => each.aggressor),
      wide: cut.flatMap((each, i) => (typeof each.lots === 'string' ? [[i, each.lots] as const] : [])),
    },
  };
}

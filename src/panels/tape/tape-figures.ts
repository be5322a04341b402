import type { LotsSum } from '@/market/quantity.ts';
import type { PrintSource } from './tape-rows.ts';

/** Sizes from which a print is large, larger, and rare, in lots, rising. */
export type SizeLevels = readonly [number, number, number];

const SAMPLE = 2048;
const LEAST_SAMPLE = 50;

/** The value of 1, 2 or 5 x 10^n nearest to `value` by ratio; at least 1. */
export function roundLead(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const candidates = [power, 2 * power, 5 * power, 10 * power];
  let best = power;
  for (const candidate of candidates)
    if (Math.abs(Math.log(candidate / value)) < Math.abs(Math.log(best / value))) best = candidate;
  return best;
}

/** The next of 1, 2, 5 x 10^n above one of them. */
const nextLead = (lead: number): number => (String(lead).startsWith('2') ? lead * 2.5 : lead * 2);

/**
 * Where large begins, from the newest prints: their 90th, 99th and 99.9th percentile on 1-2-5 steps.
 * @returns null until there are enough prints to say
 */
export function sizeLevels(source: PrintSource, received: number): SizeLevels | null {
  const sizes: number[] = [];
  for (let number = received - 1; number >= 0 && number >= received - SAMPLE; number--)
    if (source.has(number)) sizes.push(Number(source.lotsOf(number)));
  if (sizes.length < LEAST_SAMPLE) return null;
  sizes.sort((a, b) => a - b);
  const at = (share: number): number => sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))];
  const first = roundLead(at(0.9));
  const second = Math.max(nextLead(first), roundLead(at(0.99)));
  const third = Math.max(nextLead(second), roundLead(at(0.999)));
  return [first, second, third];
}

/** Class of a size, 0 to 3. */
export function levelOf(lots: LotsSum, levels: SizeLevels | null): 0 | 1 | 2 | 3 {
  if (!levels) return 0;
  const size = Number(lots);
  if (size >= levels[2]) return 3;
  if (size >= levels[1]) return 2;
  return size >= levels[0] ? 1 : 0;
}

/** Strength of the tint of a row in hundredths: small sizes fade in with their root, classes have fixed steps. */
export function tintOf(lots: LotsSum, level: 0 | 1 | 2 | 3, levels: SizeLevels | null): number {
  if (level > 0) return [0, 14, 20, 30][level];
  if (!levels) return 2;
  return Math.round(Math.min(10, 1.5 + 8.5 * Math.sqrt(Number(lots) / levels[0])));
}

const WINDOW_MS = 60_000;

interface Sample {
  readonly at: number;
  readonly received: number;
  readonly buy: number;
  readonly sell: number;
}

/** What was bought and sold in the last minute, by the totals: elided prints count too. */
export interface Pressure {
  /** Share of the volume that buyers took, 0 to 1; null without volume. */
  readonly buyShare: number | null;
  readonly spanMs: number;
  readonly perSecond: number;
}

/** Samples running totals and answers with their difference over a minute. */
export class PressureGauge {
  private samples: Sample[] = [];

  /** Note the totals at `at`. Totals that shrank belong to another life of the feed: it begins anew. */
  add(at: number, received: number, buy: LotsSum, sell: LotsSum): void {
    const last = this.samples.at(-1);
    if (last && received < last.received) this.samples = [];
    this.samples.push({ at, received, buy: Number(buy), sell: Number(sell) });
    while (this.samples.length > 1 && this.samples[1].at <= at - WINDOW_MS) this.samples.shift();
  }

  /** Begin anew: the instrument's grid changed. */
  reset(): void {
    this.samples = [];
  }

  read(): Pressure {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.at === first.at) return { buyShare: null, spanMs: 0, perSecond: 0 };
    const buy = last.buy - first.buy;
    const sell = last.sell - first.sell;
    const spanMs = last.at - first.at;
    const volume = buy + sell;
    return {
      buyShare: volume > 0 ? buy / volume : null,
      spanMs,
      perSecond: ((last.received - first.received) / spanMs) * 1000,
    };
  }
}

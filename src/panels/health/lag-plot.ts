import { bucketEnd } from '@/market/histogram.ts';

/** One bar: a third of an octave, its share of all in 0 to 1. */
export interface LagBar {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

export interface LagPlot {
  readonly bars: readonly LagBar[];
  /** Ends of the axis, ms; they take in every bar. */
  readonly low: number;
  readonly high: number;
  /** Labelled places: 1, 2, 5, 10, …; thinned when the axis is long. */
  readonly ticks: readonly number[];
  /** Top of the share axis, and its labelled places. */
  readonly top: number;
  readonly shares: readonly number[];
}

/** A bar takes in two buckets and ends, as one of them does, at 1 ms exactly. */
const MERGED = 2;
const BAR = 2 ** (1 / 3);
/** Everything under a millisecond is one bar, left of it: a venue's stamps are no finer. */
const LOW = 1 / BAR;
const LEAST_HIGH = 200;
const MOST_TICKS = 9;
const TOPS = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1];

/** The histogram of a feed's lag on a logarithmic axis from 1 to 200 ms, wider when there is more. */
export function lagPlot(counts: Uint32Array): LagPlot {
  let n = 0;
  for (const count of counts) n += count;
  const bars: LagBar[] = [];
  let under = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const end = bucketEnd(bucket);
    if (end <= 1) {
      under += counts[bucket];
      continue;
    }
    const next = counts[bucket + 1] ?? 0;
    const sum = counts[bucket] + next;
    const to = bucketEnd(Math.min(counts.length, bucket + MERGED) - 1);
    if (sum > 0) bars.push({ from: bucketEnd(bucket - 1), to, share: sum / n });
    bucket += MERGED - 1;
  }
  if (under > 0) bars.unshift({ from: LOW, to: 1, share: under / n });
  const high = Math.max(LEAST_HIGH, bars.at(-1)?.to ?? 0);
  const largest = Math.max(0.05, ...bars.map(({ share }) => share));
  const top = TOPS.find((each) => each >= largest) ?? 1;
  const steps = top <= 0.05 ? 5 : 4;
  return {
    bars,
    low: LOW,
    high,
    ticks: axisTicks(high),
    top,
    shares: Array.from({ length: steps + 1 }, (_, i) => (top * i) / steps),
  };
}

function axisTicks(high: number): number[] {
  const all: number[] = [];
  for (let power = 1; power <= high; power *= 10) {
    for (const lead of [1, 2, 5]) if (power * lead <= high * 1.001) all.push(power * lead);
  }
  return all.length <= MOST_TICKS ? all : all.filter((tick) => /^10*$/.test(String(tick)));
}

/** Place of a time on the axis, 0 to 1. */
export const placeOf = (ms: number, { low, high }: Pick<LagPlot, 'low' | 'high'>): number =>
  Math.max(0, Math.min(1, Math.log(Math.max(ms, low) / low) / Math.log(high / low)));

/** Axis text: `200`, `1 s`, `60 s`. */
export const tickText = (ms: number): string => (ms < 1_000 ? String(ms) : `${ms / 1_000} s`);

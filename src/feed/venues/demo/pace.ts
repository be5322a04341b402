import { createRandom, mixWords } from './random';

const BLOCK_MS = 1000;
const SEGMENTS = 16;

/** When each message of a market happens. */
export interface Pace {
  /** Venue time of message `n` (n ≥ 0), integer ms, never falling with n. Cheapest when asked in order. */
  timeOf(n: number): number;
}

/**
 * Spreads messages over time so that each second holds exactly its share of `rate`, in uneven clumps: within a second
 * its sixteen parts carry between about half and two and a half times the mean.
 * @param start venue time of message 0, integer ms
 */
export function createPace(seed: number, rate: number, start: number): Pace {
  const edges = new Float64Array(SEGMENTS + 1);
  let block = -1;
  let segment = 0;
  const enter = (next: number): void => {
    block = next;
    segment = 0;
    const random = createRandom(mixWords(seed, next));
    const quiet = 0.75 + 0.25 * random.next();
    for (let i = 0; i < SEGMENTS; i++)
      edges[i + 1] = edges[i] + (random.next() < 0.25 ? 0.9 + Math.min(2, random.expo()) : quiet);
    const total = edges[SEGMENTS];
    for (let i = 1; i <= SEGMENTS; i++) edges[i] /= total;
  };
  return {
    timeOf(n) {
      const second = Math.floor(n / rate);
      if (second !== block) enter(second);
      const share = (n - second * rate) / rate;
      if (share < edges[segment]) segment = 0;
      while (segment < SEGMENTS - 1 && share >= edges[segment + 1]) segment++;
      const within = (share - edges[segment]) / (edges[segment + 1] - edges[segment]);
      return start + second * BLOCK_MS + Math.min(BLOCK_MS - 1, Math.floor(((segment + within) / SEGMENTS) * BLOCK_MS));
    },
  };
}

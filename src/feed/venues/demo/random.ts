/**
 * Chance and elementary functions that come out the same on every machine.
 *
 * `Math.log`, `Math.exp` and their kin may differ in the last bit from one engine to the next, so nothing here uses
 * them: only `+ - * /`, `Math.sqrt` and 32-bit integer operations, all of which the language defines exactly.
 */

/** A seeded stream of chance. One stream belongs to one purpose, so that adding a draw here never shifts another. */
export interface Random {
  /** Uniform in [0, 1), a multiple of 2^-32. */
  next(): number;
  /** Uniform integer in [0, bound), for 1 ≤ bound ≤ 2^32. */
  below(bound: number): number;
  /** Near-normal, mean 0, deviation 1, bounded by ±3.5. */
  gauss(): number;
  /** Exponential, mean 1, bounded by 7.7. */
  expo(): number;
}

const LN2 = Math.LN2;

/** e to the power of `x`, for |x| ≤ 700, to about 15 digits and identical everywhere. */
export function exactExp(x: number): number {
  const doublings = Math.round(x / LN2);
  const rest = x - doublings * LN2;
  let term = 1;
  let sum = 1;
  for (let k = 1; k <= 14; k++) {
    term = (term * rest) / k;
    sum += term;
  }
  const factor = doublings < 0 ? 0.5 : 2;
  for (let k = Math.abs(doublings); k > 0; k--) sum *= factor;
  return sum;
}

/** Natural logarithm of `x`, for finite x > 0, to about 15 digits and identical everywhere. */
export function exactLn(x: number): number {
  let doublings = 0;
  let m = x;
  for (; m > 1.5; doublings++) m /= 2;
  for (; m < 0.75; doublings--) m *= 2;
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let power = s;
  let sum = 0;
  for (let k = 1; k <= 25; k += 2) {
    sum += power / k;
    power *= square;
  }
  return 2 * sum + doublings * LN2;
}

const EXPO_STEPS = 1024;
const expoTable = new Float64Array(EXPO_STEPS);
for (let i = 0; i < EXPO_STEPS; i++) expoTable[i] = -exactLn(1 - (i + 0.5) / EXPO_STEPS);

/** Deviation of the sum of four uniform bytes: sqrt(4 · (256² − 1) / 12). */
const BYTES_DEVIATION = Math.sqrt((4 * 65535) / 12);

/** One well-mixed 32-bit word out of two. */
export function mixWords(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul((b + 0x165667b1) | 0, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

/** A 32-bit word for any text, such as a symbol or the name of a purpose. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mixWords(h, text.length);
}

/** A 32-bit word for any number; fractions are cut off, and what is not finite counts as 0. */
export function hashNumber(value: number): number {
  const whole = Number.isFinite(value) ? Math.trunc(value) : 0;
  return mixWords(whole | 0, Math.floor(whole / 4294967296) | 0);
}

/** A stream of chance (sfc32) for one 32-bit word of seed. */
export function createRandom(seed: number): Random {
  let a = mixWords(seed, 1) | 0;
  let b = mixWords(seed, 2) | 0;
  let c = mixWords(seed, 3) | 0;
  let counter = 1;
  const word = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) word();
  return {
    next: () => word() / 4294967296,
    below: (bound) => Math.floor((word() / 4294967296) * bound),
    gauss: () => {
      const w = word();
      return ((w & 255) + ((w >>> 8) & 255) + ((w >>> 16) & 255) + (w >>> 24) - 510) / BYTES_DEVIATION;
    },
    expo: () => expoTable[word() >>> 22],
  };
}

import { formatScaled, formatTrimmed, powerOfTen } from './decimal.ts';
import { groupThousands } from './price.ts';

/** Lots column value that says: too wide for a double, the integer's text is in the side table. */
export const WIDE_LOTS = -1;

/** A sum of lots: a number while exact, integer text beyond 2^53 - 1. */
export type LotsSum = number | string;

/** The exact decimal of a sum, shortest form. */
export function formatLotsSum(sum: LotsSum, lotDecimals: number): string {
  return formatTrimmed(typeof sum === 'number' ? sum : BigInt(sum), lotDecimals);
}

/** An exact running sum of lots that does not stop at 2^53. No BigInt until it is needed. */
export class LotsTotal {
  private low = 0;
  private high = 0n;

  /** Add a size; exact for any sequence of safe integers. */
  add(lots: number): void {
    const next = this.low + lots;
    if (next <= Number.MAX_SAFE_INTEGER) {
      this.low = next;
      return;
    }
    this.high += BigInt(this.low) + BigInt(lots);
    this.low = 0;
  }

  /** Add a size of any width. */
  addWide(lots: bigint): void {
    this.high += lots;
  }

  /** Multiply everything held by 10^n: the grid became finer. */
  rescale(n: number): void {
    this.high = (this.high + BigInt(this.low)) * 10n ** BigInt(n);
    this.low = 0;
    if (this.high <= BigInt(Number.MAX_SAFE_INTEGER)) {
      this.low = Number(this.high);
      this.high = 0n;
    }
  }

  /** The sum as it travels. */
  value(): LotsSum {
    if (this.high === 0n) return this.low;
    const total = this.high + BigInt(this.low);
    return total <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(total) : total.toString();
  }
}

const UNITS: readonly [number, string][] = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/**
 * Print a size for people in at most six significant characters: `1.167`, `24.91`, `148.2k`, `9.43B`.
 * A size that is not zero never prints as zero: it shows `<0.001` at the shown precision.
 * @param lots      integer lots, or integer text for a wide sum
 * @param shown     decimals of a small size, usually the venue's size step, at most 8
 */
export function formatSize(lots: LotsSum, lotDecimals: number, shown: number): string {
  if (typeof lots === 'string') return abbreviate(toSizeLossy(lots, lotDecimals));
  if (lots === 0) return '0';
  const size = lots / powerOfTen(lotDecimals);
  if (size >= 10_000) return abbreviate(size);
  const whole = Math.floor(size).toString().length;
  const decimals = Math.max(0, Math.min(shown, lotDecimals, whole >= 4 ? 1 : 5 - whole));
  const unit = powerOfTen(lotDecimals - decimals);
  const rounded = Math.round(lots / unit);
  if (rounded === 0) return `<${formatScaled(1, decimals)}`;
  const text = formatScaled(rounded, decimals);
  const point = text.indexOf('.');
  return point < 0 ? groupThousands(text) : groupThousands(text.slice(0, point)) + text.slice(point);
}

function abbreviate(size: number): string {
  for (const [unit, letter] of UNITS) {
    if (size < unit) continue;
    const value = size / unit;
    return `${value >= 1000 ? Math.round(value).toString() : value.toFixed(value >= 100 ? 1 : 2)}${letter}`;
  }
  return size.toString();
}

/** A size as a double, for bars and ratios only: never a key, never summed into what is shown. */
export function toSizeLossy(lots: LotsSum, lotDecimals: number): number {
  return Number(lots) / powerOfTen(lotDecimals);
}

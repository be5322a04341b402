import { scaleWide, splitDecimal } from '@/market/decimal.ts';

/**
 * A day's volume on the grid of sizes. A sum that a venue states may carry more digits than any trade has: it is
 * rounded, a half up, and never makes the grid finer.
 * @param text  a decimal of 0 or more
 * @returns lots; integer text above 2^53 - 1
 */
export function volumeAt(text: string, lotDecimals: number): number | string {
  const lots = scaleWide(text, lotDecimals) ?? rounded(text, lotDecimals);
  return lots <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(lots) : lots.toString();
}

function rounded(text: string, lotDecimals: number): bigint {
  const parts = splitDecimal(text);
  if (parts === null) return 0n;
  const unit = 10n ** BigInt(parts.decimals - lotDecimals);
  return (BigInt(parts.digits) + unit / 2n) / unit;
}

import { formatTrimmed, splitDecimal } from '@/market/decimal.ts';
import { Refusal } from './strict-fields.ts';

/** Finest sum of sizes kept as text: no venue here trades finer, what is below is noise of its floating point. */
const SUM_DECIMALS = 8;

/** The integer at a scale nearest to a decimal of any width, a half upward. @throws Refusal when it is no decimal */
export function roundWide(text: string, decimals: number): bigint {
  const parts = splitDecimal(text);
  if (parts === null) throw new Refusal('not a decimal');
  const digits = BigInt(parts.digits);
  if (parts.decimals <= decimals) return digits * 10n ** BigInt(decimals - parts.decimals);
  const unit = 10n ** BigInt(parts.decimals - decimals);
  return (digits + unit / 2n) / unit;
}

/** A sum of sizes without the noise of floating point: plain decimal text. @throws Refusal when it is no decimal */
export const cleanSum = (text: string): string => formatTrimmed(roundWide(text, SUM_DECIMALS), SUM_DECIMALS);

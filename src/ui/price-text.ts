import { formatSize, type LotsSum } from '@/market/quantity.ts';

/** A price in three ranks: what repeats down the axis, what tells rows apart, and the digits to enlarge. */
export interface PriceParts {
  readonly dim: string;
  readonly bright: string;
}

/**
 * Cut a printed price before its last `keep` digits; a point or comma among them stays with the digit it follows.
 * `64,120.50` at 2 is `64,120` and `.50`; `64,137` is `64,1` and `37`.
 */
export function splitPrice(text: string, keep: number): PriceParts {
  let digits = 0;
  for (let i = text.length - 1; i > 0; i--) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) digits++;
    if (digits === keep) {
      const cut = isSeparator(text.charCodeAt(i - 1)) ? i - 1 : i;
      return { dim: text.slice(0, cut), bright: text.slice(cut) };
    }
  }
  return { dim: '', bright: text };
}

const isSeparator = (code: number): boolean => code === 44 || code === 46;

const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉';

/**
 * Shorten a run of four or more zeros after the point: `0.00000123` is `0.0₅123`. The whole text belongs in a title.
 * A price that is all zeros stays as it is.
 */
export function foldZeros(text: string): string {
  const match = /^(−?0)\.(0{4,})([1-9]\d*)$/.exec(text);
  if (!match) return text;
  const count = String(match[2].length).replace(/\d/g, (d) => SUBSCRIPTS[Number(d)]);
  return `${match[1]}.0${count}${match[3]}`;
}

const LEFT_TO_RIGHT = '\u200e';

/**
 * A size for a cell that is written from the right. Digits keep their order there; a leading sign would change sides
 * and is held by a mark.
 */
export function sizeText(lots: LotsSum, lotDecimals: number, shown: number): string {
  const text = formatSize(lots, lotDecimals, shown);
  return text.startsWith('<') ? LEFT_TO_RIGHT + text : text;
}

import { decimalsOf, MALFORMED, scaleDecimal, scaleWide, splitDecimal, WIDE } from '@/market/decimal.ts';
import { WIDE_LOTS } from '@/market/quantity.ts';
import type { LevelList } from '../book/level-list.ts';
import { booleanOf, integerOf, type JsonObject, textOf } from '../json.ts';
import type { DecodeSink } from './venue.ts';

/** Why a message is refused. A strict decoder throws it while it reads and catches it before anything is applied. */
export class Refusal extends Error {}

/** First time that cannot be in milliseconds: the year 5138. Microseconds are above it. */
export const TIME_END = 1e14;
/** Longest symbol taken. */
export const MAX_SYMBOL = 64;
/** Finest grid taken. */
export const MAX_DECIMALS = 18;

/** Whether a number is a plausible venue time in milliseconds. */
export const isTime = (time: number): boolean => time > 0 && time < TIME_END;

/** A JSON integer of 0 or more. @throws Refusal otherwise */
export function wantInteger(body: JsonObject, key: string): number {
  const value = integerOf(body.get(key));
  if (value === undefined || value < 0) throw new Refusal(`${key} is not an integer`);
  return value;
}

/** A plausible time in milliseconds. @throws Refusal otherwise */
export function wantTime(body: JsonObject, key: string): number {
  const time = wantInteger(body, key);
  if (!isTime(time)) throw new Refusal(`${key} is not a time in milliseconds`);
  return time;
}

/** A string of at least one character. @throws Refusal otherwise */
export function wantText(body: JsonObject, key: string): string {
  const text = textOf(body.get(key));
  if (text === undefined || text === '') throw new Refusal(`${key} is not a text`);
  return text;
}

/** A boolean. @throws Refusal otherwise */
export function wantBoolean(body: JsonObject, key: string): boolean {
  const value = booleanOf(body.get(key));
  if (value === undefined) throw new Refusal(`${key} is not true or false`);
  return value;
}

/** A string that is a decimal of 0 or more. @throws Refusal otherwise */
export function wantDecimal(body: JsonObject, key: string): string {
  return checkDecimal(textOf(body.get(key)), key);
}

/** A string that is a decimal above 0. @throws Refusal otherwise */
export function wantPositive(body: JsonObject, key: string): string {
  return checkPositive(textOf(body.get(key)), key);
}

/** Pass a decimal of 0 or more through. @throws Refusal otherwise */
export function checkDecimal(text: string | undefined, name: string): string {
  if (text === undefined || decimalsOf(text) === MALFORMED) throw new Refusal(`${name} is not a decimal`);
  return text;
}

/** Pass a decimal above 0 through. @throws Refusal otherwise */
export function checkPositive(text: string | undefined, name: string): string {
  const parts = text === undefined ? null : splitDecimal(text);
  if (text === undefined || parts === null) throw new Refusal(`${name} is not a decimal`);
  if (parts.digits === '0') throw new Refusal(`${name} is zero`);
  return text;
}

/** A decimal with an optional minus sign, taken apart. */
export interface SignedDecimal {
  readonly isNegative: boolean;
  /** Without the sign. */
  readonly text: string;
}

/** A string that is a decimal of either sign. @throws Refusal otherwise */
export function wantSigned(body: JsonObject, key: string): SignedDecimal {
  const text = wantText(body, key);
  const isNegative = text.startsWith('-');
  return { isNegative, text: checkDecimal(isNegative ? text.slice(1) : text, key) };
}

/** The integer at a scale nearest to a decimal, a half away from zero. @throws Refusal when it is out of range */
export function roundDecimal(text: string, decimals: number): number {
  const parts = splitDecimal(text);
  if (parts === null) throw new Refusal('not a decimal');
  let scaled: bigint;
  if (parts.decimals <= decimals) scaled = BigInt(parts.digits) * 10n ** BigInt(decimals - parts.decimals);
  else {
    const unit = 10n ** BigInt(parts.decimals - decimals);
    scaled = (BigInt(parts.digits) + unit / 2n) / unit;
  }
  if (scaled > BigInt(Number.MAX_SAFE_INTEGER)) throw new Refusal('number out of range');
  return Number(scaled);
}

/** The prices and sizes of one message, as checked decimal text. */
export interface Figures {
  readonly prices: readonly string[];
  readonly sizes: readonly string[];
}

/** The same figures on the symbol's grid. */
export interface Scaled {
  readonly ticks: readonly number[];
  /** -1 where it is wide. */
  readonly lots: readonly number[];
  /** Wide sizes by index. */
  readonly wide: ReadonlyMap<number, bigint>;
  readonly priceDecimals: number;
}

/**
 * Bring figures onto the symbol's grid, asking for a finer one when they need it.
 * @returns null when nobody wants the symbol
 * @throws Refusal when a price does not fit, or the grid was not made fine enough
 */
export function scaleFigures(sink: DecodeSink, symbol: string, figures: Figures): Scaled | null {
  const before = sink.grid(symbol);
  if (before === null) return null;
  const priceDecimals = Math.max(before.priceDecimals, neededDecimals(figures.prices));
  const lotDecimals = Math.max(before.lotDecimals, neededDecimals(figures.sizes));
  const scaled = scaleAt(figures, priceDecimals, lotDecimals);
  if (priceDecimals === before.priceDecimals && lotDecimals === before.lotDecimals) return scaled;
  sink.refine(symbol, priceDecimals, lotDecimals);
  const after = sink.grid(symbol);
  if (after === null) return null;
  if (after.priceDecimals < priceDecimals || after.lotDecimals < lotDecimals) {
    throw new Refusal('finer than the grid can go');
  }
  return scaleAt(figures, after.priceDecimals, after.lotDecimals);
}

function neededDecimals(texts: readonly string[]): number {
  let needed = 0;
  for (const text of texts) needed = Math.max(needed, decimalsOf(text));
  if (needed > MAX_DECIMALS) throw new Refusal(`more than ${MAX_DECIMALS} decimals`);
  return needed;
}

function scaleAt(figures: Figures, priceDecimals: number, lotDecimals: number): Scaled {
  const wide = new Map<number, bigint>();
  const ticks = figures.prices.map((text) => {
    const value = scaleDecimal(text, priceDecimals);
    if (value < 0) throw new Refusal('price out of range');
    return value;
  });
  const lots = figures.sizes.map((text, i) => {
    const value = scaleDecimal(text, lotDecimals);
    if (value !== WIDE) return value;
    wide.set(i, scaleWide(text, lotDecimals) ?? 0n);
    return WIDE_LOTS;
  });
  return { ticks, lots, wide, priceDecimals };
}

/** Push figures `from` to `to`, the end excluded, as levels. */
export function pushLevels(list: LevelList, scaled: Scaled, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const wide = scaled.wide.get(i);
    if (wide === undefined) list.push(scaled.ticks[i], scaled.lots[i]);
    else list.pushWide(scaled.ticks[i], wide);
  }
}

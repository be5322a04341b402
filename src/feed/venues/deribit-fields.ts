import { formatTrimmed, splitDecimal } from '@/market/decimal.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
import { JsonNumber, type JsonObject, type JsonValue } from '../json.ts';
import {
  checkDecimal,
  checkPositive,
  Refusal,
  type SignedDecimal,
  wantInteger,
  wantText,
  wantTime,
} from './strict-fields.ts';

/** A bare number of 0 or more, by its digits. @throws Refusal otherwise */
export const wantNumber = (body: JsonObject, key: string): string => checkDecimal(numberOf(body.get(key)), key);

/** A bare number above 0, by its digits. @throws Refusal otherwise */
export const wantAbove = (body: JsonObject, key: string): string => checkPositive(numberOf(body.get(key)), key);

/** The digits of a bare number; undefined for anything else, strings included. */
export const numberOf = (value: JsonValue | undefined): string | undefined =>
  value instanceof JsonNumber ? value.text : undefined;

/** A number of either sign; undefined where there is none (absent or null). @throws Refusal when it is something else */
export function signedNumber(body: JsonObject, key: string): SignedDecimal | undefined {
  const value = body.get(key);
  if (value === undefined || value === null) return undefined;
  const text = numberOf(value) ?? '';
  const isNegative = text.startsWith('-');
  return { isNegative, text: checkDecimal(isNegative ? text.slice(1) : text, key) };
}

/** A number of 0 or more; undefined where there is none (absent or null). @throws Refusal when it is something else */
export function optionalNumber(body: JsonObject, key: string): string | undefined {
  const value = body.get(key);
  return value === undefined || value === null ? undefined : checkDecimal(numberOf(value), key);
}

/** Decimal text without an exponent. */
export function plainText({ isNegative, text }: SignedDecimal): string {
  const parts = splitDecimal(text);
  if (parts === null) throw new Refusal('not a decimal');
  const plain = formatTrimmed(BigInt(parts.digits), parts.decimals);
  return isNegative ? `-${plain}` : plain;
}

/** One trade as the venue writes it, on the stream and in answers. */
export interface WireTrade {
  /** Number of the trade in its instrument, without holes. */
  readonly sequence: number;
  readonly id: string;
  readonly price: string;
  readonly size: string;
  readonly aggressor: number;
  readonly time: number;
}

/** Read a trade. @throws Refusal when it is malformed */
export function readTrade(row: JsonObject): WireTrade {
  const direction = wantText(row, 'direction');
  if (direction !== 'buy' && direction !== 'sell') throw new Refusal('direction is neither buy nor sell');
  return {
    sequence: wantInteger(row, 'trade_seq'),
    id: wantText(row, 'trade_id'),
    price: wantAbove(row, 'price'),
    size: wantAbove(row, 'amount'),
    aggressor: direction === 'buy' ? BUYER : SELLER,
    time: wantTime(row, 'timestamp'),
  };
}

import { formatScaled } from '@/market/decimal.ts';
import type { CatalogueEntry, InstrumentId } from '@/market/instrument.ts';
import { kindOfPair } from '@/market/instrument-kind.ts';
import { parseAnswer } from './answer-json.ts';
import { type AnswerRecord, recordOf, recordsOf, textIn } from './answer-record.ts';
import type { Listing } from './venue.ts';

/**
 * The universes of Hyperliquid: perpetuals of its own and of builders, and spot pairs.
 * Source: the venue's info endpoint pages and its Python SDK, 2026.
 */

/** What all perpetuals of the venue's own exchange are priced in. */
const PERP_QUOTE = 'USDC';
const PERP_DECIMALS = 6;
const SPOT_DECIMALS = 8;
/** Significant digits of a price that is no integer. */
const PRICE_DIGITS = 5;
const MAX_SYMBOL = 64;

/** A market of either kind as the venue's universes name it. */
interface Market {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly isSpot: boolean;
  readonly sizeDecimals: number;
  readonly isListed: boolean;
}

/** The result inside an answer of either form, `post` or bare; undefined when there is none. */
export function parsedResult(body: string): unknown {
  const parsed = parseAnswer(body);
  const root = recordOf(parsed);
  if (root.channel !== 'post') return parsed;
  return recordOf(recordOf(recordOf(root.data).response).payload).data;
}

/** Markets of a `meta` or `spotMeta` answer; what cannot be read is left out. */
function marketsOf(body: string): Market[] {
  const result = recordOf(parsedResult(body));
  const universe = recordsOf(result.universe) ?? [];
  const tokens = recordsOf(result.tokens);
  if (tokens === null) return universe.flatMap((row) => perpetual(row) ?? []);
  const byIndex = new Map(tokens.map((token) => [token.index, token]));
  return universe.flatMap((row) => spotPair(row, byIndex) ?? []);
}

function perpetual(row: AnswerRecord): Market | null {
  const symbol = textIn(row, 'name');
  const sizeDecimals = scaleIn(row);
  if (!isNamed(symbol) || sizeDecimals < 0) return null;
  // A market of a builder's exchange is named `dex:COIN`.
  const base = symbol.slice(symbol.indexOf(':') + 1);
  return { symbol, base, quote: PERP_QUOTE, isSpot: false, sizeDecimals, isListed: row.isDelisted !== true };
}

function spotPair(row: AnswerRecord, tokens: ReadonlyMap<unknown, AnswerRecord>): Market | null {
  const symbol = textIn(row, 'name');
  const [base, quote] = Array.isArray(row.tokens)
    ? row.tokens.map((index: unknown) => recordOf(tokens.get(index)))
    : [];
  if (base === undefined || quote === undefined || !isNamed(symbol)) return null;
  const baseName = textIn(base, 'name');
  const quoteName = textIn(quote, 'name');
  const sizeDecimals = scaleIn(base);
  if (baseName === '' || quoteName === '' || sizeDecimals < 0) return null;
  return { symbol, base: baseName, quote: quoteName, isSpot: true, sizeDecimals, isListed: true };
}

/** Decimals of the sizes; -1 when they are not stated. */
function scaleIn({ szDecimals }: AnswerRecord): number {
  const isScale = Number.isInteger(szDecimals) && Number(szDecimals) >= 0 && Number(szDecimals) <= SPOT_DECIMALS;
  return isScale ? Number(szDecimals) : -1;
}

const isNamed = (symbol: string): boolean => symbol !== '' && symbol.length <= MAX_SYMBOL;

/** Read one market; null when it is not in the answer. */
export function readListing(body: string, symbol: string): Listing | null {
  const market = marketsOf(body).find((one) => one.symbol === symbol);
  if (!market) return null;
  const { base, quote, isSpot, sizeDecimals } = market;
  const most = Math.max(0, (isSpot ? SPOT_DECIMALS : PERP_DECIMALS) - sizeDecimals);
  return {
    symbol,
    base,
    quote,
    kind: isSpot ? kindOfPair(base, quote, 'spot') : 'perpetual',
    priceStep: formatScaled(1, most),
    sizeStep: formatScaled(1, sizeDecimals),
    sizeUnit: base,
    tradable: market.isListed,
    stepAt: (ticks, priceDecimals) => stepAt(ticks, priceDecimals, most),
  };
}

/**
 * The venue's increment at a price: five significant digits, never more than `most` decimals; integers always pass.
 * @param ticks  above 0, on a grid of `priceDecimals`
 */
export function stepAt(ticks: number, priceDecimals: number, most: number): string {
  // A price of d digits before its point has them at places d-1 down to d-5; below one, d is 0 or less.
  const whole = ticks.toString().length - priceDecimals;
  return formatScaled(1, Math.min(most, Math.max(0, PRICE_DIGITS - whole)));
}

/** Read a universe: what trades now. */
export function readCatalogue(body: string, venueName: string): CatalogueEntry[] {
  return marketsOf(body)
    .filter((market) => market.isListed)
    .map(({ symbol, base, quote, isSpot }) => {
      const id: InstrumentId = `hyperliquid:${symbol}`;
      return { id, base, quote, kind: isSpot ? kindOfPair(base, quote, 'spot') : 'perpetual', venueName };
    });
}

import type { InstrumentKind } from './instrument.ts';

/**
 * Currencies that states issue, by their ISO 4217 code, as far as they are traded on exchanges. Codes that also name a
 * coin are left out (`MNT` is Mantle, `SCR` Scroll, `ERN` Ethernity): a coin mistaken for a currency is the worse error.
 */
const FIAT: ReadonlySet<string> = new Set(
  (
    'USD EUR JPY GBP CHF AUD CAD NZD SEK NOK DKK ISK PLN CZK HUF RON BGN UAH RUB KZT TRY ILS AED SAR QAR KWD BHD ' +
    'CNY CNH HKD TWD KRW SGD MYR IDR THB PHP VND INR PKR BRL MXN ARS CLP COP UYU ZAR NGN KES EGP'
  ).split(' '),
);

/** A tokenised share as its issuer spells it: the ticker in capitals, then a small `x` (`AAPLx`, `BRK.Bx`). */
const XSTOCK = /^[A-Z][A-Z.]{0,5}x$/;

/**
 * Shares that some venues list in capitals throughout (`AAPLX`), where a rule would also catch coins like `AVAX`. Only
 * tickers whose capital form is no coin's.
 */
const SHOUTED_XSTOCKS: ReadonlySet<string> = new Set(
  'AAPLX AMZNX COINX CRCLX GOOGLX HOODX MCDX METAX MSFTX MSTRX NFLXX NVDAX PLTRX QQQX SPYX TSLAX'.split(' '),
);

/** Whether a code names a currency issued by a state (ISO 4217, upper or lower case); stablecoins do not. */
export const isFiat = (code: string): boolean => FIAT.has(code.toUpperCase());

/** Whether an asset is a tokenised share (an xStock), by its venue's spelling: `AAPLx`, `TSLAX`, not `AVAX`. */
export const isTokenisedStock = (asset: string): boolean => XSTOCK.test(asset) || SHOUTED_XSTOCKS.has(asset);

/**
 * What kind of thing a pair is, told from its two names.
 * @param base      in the venue's spelling, case kept: the small `x` of `AAPLx` is what tells a share
 * @param quote     in the venue's spelling, any case
 * @param fallback  what the venue says, or what all of its listings are. Only `spot` is refined: a perpetual on a
 *                  currency or on a share stays a perpetual
 * @returns `fx` where both sides are state currencies, `equity` where the base is a tokenised share, else `fallback`.
 *          Never throws; empty or unknown names give `fallback`
 */
export function kindOfPair(base: string, quote: string, fallback: InstrumentKind): InstrumentKind {
  if (fallback !== 'spot') return fallback;
  if (isTokenisedStock(base)) return 'equity';
  return isFiat(base) && isFiat(quote) ? 'fx' : fallback;
}

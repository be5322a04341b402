import type { Grid } from '@/market/instrument.ts';
import { type JsonObject, objectOf } from '../json.ts';
import { volumeAt } from './day-volume.ts';
import { optionalNumber, plainText, signedNumber } from './deribit-fields.ts';
import { isInverse } from './deribit-names.ts';
import { cleanSum } from './rounded-sum.ts';
import { checkPositive, Refusal, roundDecimal } from './strict-fields.ts';
import type { TickerEvent } from './venue.ts';

/** A side's best level. */
export interface Best {
  readonly price: string;
  readonly size: string;
}

/** A side's best level; null when the venue says that the side is empty. @throws Refusal when it says both */
export function bestOf(data: JsonObject, side: 'best_bid' | 'best_ask'): Best | null {
  const price = optionalNumber(data, `${side}_price`) ?? '0';
  const size = optionalNumber(data, `${side}_amount`) ?? '0';
  const isEmpty = Number(price) === 0;
  if (isEmpty !== (Number(size) === 0)) throw new Refusal('best price without amount');
  return isEmpty ? null : { price: checkPositive(price, 'price'), size: checkPositive(size, 'amount') };
}

/** Figures of the day as they were read, before a grid is known to hold them. */
export interface Figures {
  readonly last: string | undefined;
  readonly mark: string | undefined;
  readonly volume: string | undefined;
  /** Highest and lowest price of the day; null for a day without trades. */
  readonly range: readonly [high: string, low: string] | null;
  /** What needs no grid. */
  readonly plain: Pick<TickerEvent, 'changeBasisPoints' | 'quoteVolume' | 'fundingRate'>;
}

/** Read them. @throws Refusal when one is malformed */
export function figuresOf(data: JsonObject, symbol: string): Figures {
  const day = objectOf(data.get('stats'));
  const change = day && signedNumber(day, 'price_change');
  const points = change && roundDecimal(change.text, 2);
  const funding = signedNumber(data, 'current_funding');
  const dollars = day && optionalNumber(day, 'volume_usd');
  const inverse = isInverse(symbol);
  const quoteVolume = inverse ? dollars : day && optionalNumber(day, 'volume_notional');
  const high = day && optionalNumber(day, 'high');
  const low = day && optionalNumber(day, 'low');
  const hasRange = high !== undefined && low !== undefined && Number(high) > 0 && Number(low) > 0;
  return {
    range: hasRange ? [high, low] : null,
    last: optionalNumber(data, 'last_price'),
    mark: optionalNumber(data, 'mark_price'),
    volume: inverse ? dollars : day && optionalNumber(day, 'volume'),
    plain: {
      ...(change && points !== undefined && { changeBasisPoints: change.isNegative && points > 0 ? -points : points }),
      ...(quoteVolume !== undefined && { quoteVolume: cleanSum(quoteVolume) }),
      ...(funding && { fundingRate: plainText(funding) }),
    },
  };
}

/** Mark prices are models with more decimals than any order has: rounded, they never make the grid finer. */
export function rounded(
  { last, mark, volume }: Figures,
  grid: Grid,
): Pick<TickerEvent, 'lastTicks' | 'markTicks' | 'volume'> {
  const lastTicks = last === undefined ? 0 : roundDecimal(last, grid.priceDecimals);
  return {
    ...(lastTicks > 0 && { lastTicks }),
    ...(mark !== undefined && { markTicks: roundDecimal(mark, grid.priceDecimals) }),
    ...(volume !== undefined && { volume: volumeAt(volume, grid.lotDecimals) }),
  };
}

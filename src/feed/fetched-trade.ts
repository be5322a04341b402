import { decimalsOf, MALFORMED, scaleDecimal, scaleWide } from '@/market/decimal.ts';
import type { FeedContext } from './feed-context.ts';
import type { FetchedTrade, TradeEvent } from './venues/venue.ts';

/** Newest trades that are asked for at once. */
export const RECENT_LIMIT = 1_000;

/**
 * Read a fetched trade on the grid of its instrument, which is made fine enough for it first.
 * @returns null when its figures cannot be read, or are not above 0
 */
export function onGrid(fetched: FetchedTrade, context: FeedContext): TradeEvent | null {
  const price = decimalsOf(fetched.price);
  const lot = decimalsOf(fetched.size);
  if (price === MALFORMED || lot === MALFORMED) return null;
  context.refine(price, lot);
  const grid = context.grid();
  const ticks = scaleDecimal(fetched.price, grid.priceDecimals);
  const lots = scaleWide(fetched.size, grid.lotDecimals);
  if (ticks <= 0 || lots === null || lots === 0n) return null;
  const isWide = lots > BigInt(Number.MAX_SAFE_INTEGER);
  return {
    id: fetched.id,
    firstId: fetched.firstId,
    ticks,
    lots: isWide ? -1 : Number(lots),
    wideLots: lots,
    aggressor: fetched.aggressor,
    time: fetched.time,
    eventTime: fetched.time,
    aggregated: fetched.firstId !== fetched.id,
    idText: fetched.idText ?? '',
    initial: false,
  };
}

import type { Grid } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import { type AnswerRecord, decimalIn } from './answer-record.ts';
import { volumeAt } from './day-volume.ts';
import type { TickerEvent } from './venue.ts';

/**
 * The last price and the day's change to it, on one grid.
 * @param price  ticks, 0 or more
 * @param open   ticks a day ago; 0 when there was no price yet
 * @returns the price, and the change in ticks and in hundredths of a percent, a half rounded away from zero; what is
 *   unknown is left out
 */
export function changeOf(
  price: number,
  open: number,
): Pick<TickerEvent, 'lastTicks' | 'changeTicks' | 'changeBasisPoints'> {
  if (price <= 0) return {};
  if (open <= 0) return { lastTicks: price };
  const changeTicks = price - open;
  // Exact, since a price may be near 2^53 ticks.
  const size = (BigInt(Math.abs(changeTicks)) * 20_000n + BigInt(open)) / (2n * BigInt(open));
  const changeBasisPoints = Number(size);
  return {
    lastTicks: price,
    changeTicks,
    changeBasisPoints: changeTicks < 0 && changeBasisPoints > 0 ? -changeBasisPoints : changeBasisPoints,
  };
}

/** What an answer calls the figures of a day, each the text of a decimal. */
export interface DayKeys {
  readonly last: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly volume: string;
}

/**
 * The figures of a day in an answer, rounded where they are finer than the grid.
 * @returns null when the last price, the range or the volume is not stated
 */
export function readDay(record: AnswerRecord, keys: DayKeys, grid: Grid, eventTime: Millis): TickerEvent | null {
  const ticksOf = (key: string): number => {
    const text = decimalIn(record, key);
    const ticks = text === null ? -1 : volumeAt(text, grid.priceDecimals);
    return typeof ticks === 'number' ? ticks : -1;
  };
  const last = ticksOf(keys.last);
  const highTicks = ticksOf(keys.high);
  const lowTicks = ticksOf(keys.low);
  const volume = decimalIn(record, keys.volume);
  if (last < 0 || highTicks < 0 || lowTicks < 0 || volume === null) return null;
  return {
    ...changeOf(last, ticksOf(keys.open)),
    // A day without trades has no high and no low.
    ...(highTicks > 0 && lowTicks > 0 && { highTicks, lowTicks }),
    volume: volumeAt(volume, grid.lotDecimals),
    eventTime,
  };
}

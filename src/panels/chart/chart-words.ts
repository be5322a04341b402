import type { Candle } from '@/market/candle.ts';
import { decimalsOf } from '@/market/decimal.ts';
import { type InstrumentInfo, stepTicks } from '@/market/instrument.ts';
import { formatTicks, stepDecimals } from '@/market/price.ts';
import { formatSize } from '@/market/quantity.ts';
import { type Interval, intervalMs } from '@/market/time.ts';
import { intervalAdjective } from './interval-text.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = 86_400_000;

const two = (n: number): string => String(n).padStart(2, '0');

/** `14:02`, or `14:02:05` with seconds. UTC. */
export function clockText(time: number, withSeconds = false): string {
  const date = new Date(time);
  const text = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return withSeconds ? `${text}:${two(date.getUTCSeconds())}` : text;
}

/** `4 Mar`. UTC. */
export function dayText(time: number): string {
  const date = new Date(time);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

export const monthText = (time: number): string => MONTHS[new Date(time).getUTCMonth()];
export const yearText = (time: number): string => String(new Date(time).getUTCFullYear());

/** When a bar begins, in as many words as its interval needs. */
export function barTimeText(time: number, interval: Interval): string {
  if (interval === '1M') return `${monthText(time)} ${yearText(time)}`;
  if (intervalMs(interval) >= DAY) return `${dayText(time)} ${yearText(time)}`;
  return `${dayText(time)} ${clockText(time, intervalMs(interval) < 60_000)}`;
}

/** Time left or lost: `00:49`, `3:04:10`, `2 d 03:04`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  if (hours >= 24) return `${Math.floor(hours / 24)} d ${two(hours % 24)}:${two(minutes)}`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(seconds % 60)}`;
  return `${two(minutes)}:${two(seconds % 60)}`;
}

/** How one instrument's prices and sizes are written. */
export interface Writing {
  readonly price: (ticks: number) => string;
  /** A price between ticks, as a pointer gives it: rounded to the step. */
  readonly nearest: (price: number) => string;
  readonly size: (candle: Candle) => string;
}

export function writingOf(info: InstrumentInfo): Writing {
  const { priceDecimals, lotDecimals } = info.grid;
  const step = stepTicks(info);
  const decimals = stepDecimals(step, priceDecimals);
  const sizeDecimals = Math.max(0, decimalsOf(info.sizeStep));
  const price = (ticks: number): string => formatTicks(ticks, priceDecimals, decimals);
  return {
    price,
    nearest: (value) => price(Math.round((value * 10 ** priceDecimals) / step) * step),
    size: (candle) => formatSize(candle.v, lotDecimals, sizeDecimals),
  };
}

/** What the picture says, for those who do not see it. */
export interface ViewFacts {
  readonly symbol: string;
  readonly interval: Interval;
  readonly first: Candle;
  readonly last: Candle;
  readonly high: number;
  readonly low: number;
  readonly isCurrent: boolean;
}

/** The chart in one sentence or two: what, where it stands, how far it came, how far it reached. */
export function summaryText(facts: ViewFacts, writing: Writing): string {
  const { symbol, interval, first, last, high, low } = facts;
  const change = first.o === 0 ? 0 : ((last.c - first.o) / Math.abs(first.o)) * 100;
  const moved = change === 0 ? 'unchanged' : `${change > 0 ? 'up' : 'down'} ${Math.abs(change).toFixed(2)} %`;
  const state = facts.isCurrent ? '' : ' Not live.';
  return (
    `${symbol} ${intervalAdjective(interval)} candles, ${barTimeText(first.t, interval)} to ${barTimeText(last.t, interval)} UTC. ` +
    `Last close ${writing.price(last.c)}, ${moved} over the view, high ${writing.price(high)}, low ${writing.price(low)}.${state}`
  );
}

/** One bar read aloud. */
export function barSpoken(candle: Candle, interval: Interval, writing: Writing): string {
  const { price } = writing;
  const partial = candle.partial ? ', partial' : '';
  return `${barTimeText(candle.t, interval)} UTC: open ${price(candle.o)}, high ${price(candle.h)}, low ${price(candle.l)}, close ${price(candle.c)}, volume ${writing.size(candle)}${partial}`;
}

/** One bar as the cells of a table. */
export function tableRow(candle: Candle, interval: Interval, { price, size }: Writing): readonly string[] {
  const time = `${barTimeText(candle.t, interval)}${candle.partial ? ', partial' : ''}`;
  return [time, price(candle.o), price(candle.h), price(candle.l), price(candle.c), size(candle)];
}

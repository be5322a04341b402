import { type Candle, spellSize } from './candles';
import { spellUnits, toUnits, trimDecimal } from './decimal';
import { bucketAfter } from './intervals';
import type { ReplaySymbol, TradeRow } from './replay-symbol';
import type { Level } from './true-book';
import type { Fields } from './wire-text';

/** Levels a side of every book. */
export const BOOK_LEVELS = 20;

/** Candle lengths on offer. */
export const HYPERLIQUID_INTERVALS: ReadonlySet<string> = new Set(
  '1m 3m 5m 15m 30m 1h 2h 4h 8h 12h 1d 3d 1w 1M'.split(' '),
);

/** Orders behind a level. */
export type OrdersAt = (level: Level) => number;

interface Sides {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** A decimal as the venue spells it: no zeros at the end but one behind the point. */
export function spelled(text: string): string {
  const trimmed = trimDecimal(text);
  return trimmed.includes('.') ? trimmed : `${trimmed}.0`;
}

export function isSpot(coin: string): boolean {
  return coin.startsWith('@') || coin.includes('/');
}

export function bookData(coin: string, { bids, asks }: Sides, orders: OrdersAt, time: number): Fields {
  const side = (levels: readonly Level[]): unknown[] =>
    levels.slice(0, BOOK_LEVELS).map((one) => levelRow(one, orders));
  return { coin, time, levels: [side(bids), side(asks)] };
}

export function bboText(state: ReplaySymbol, orders: OrdersAt, time: number): string {
  const { bid, ask } = state.best();
  const bbo = [bid, ask].map((level) => (level === null ? null : levelRow(level, orders)));
  return JSON.stringify({ channel: 'bbo', data: { coin: state.symbol, time, bbo } });
}

function levelRow(level: Level, orders: OrdersAt): Fields {
  return { px: level[0], sz: level[1], n: orders(level) };
}

/** Levels by so many significant digits of the price, bids rounded down and asks up, as the venue sums them. */
export function grouped({ bids, asks }: Sides, digits: number, mantissa: number): Sides {
  return { bids: groupSide(bids, digits, mantissa, false), asks: groupSide(asks, digits, mantissa, true) };
}

function groupSide(levels: readonly Level[], digits: number, mantissa: number, up: boolean): Level[] {
  const sums = new Map<string, string>();
  for (const [price, size] of levels) {
    const key = roundPrice(price, digits, mantissa, up);
    const held = sums.get(key);
    sums.set(key, held === undefined ? size : addDecimals(held, size));
  }
  return [...sums];
}

/** Decimals that no number of the venue has more of. */
const FINEST = 12;

function roundPrice(price: string, digits: number, mantissa: number, up: boolean): string {
  const units = toUnits(price, FINEST);
  const step = 10n ** BigInt(Math.max(0, units.toString().length - digits)) * BigInt(mantissa);
  const below = (units / step) * step;
  return spelled(spellUnits(up && below < units ? below + step : below, FINEST));
}

function addDecimals(a: string, b: string): string {
  return spelled(spellUnits(toUnits(a, FINEST) + toUnits(b, FINEST), FINEST));
}

export function tradeData(coin: string, { id, price, size, time, aggressor }: TradeRow): string {
  const side = aggressor === 'buyer' ? 'B' : 'A';
  const hash = `0x${'0'.repeat(64)}`;
  return `{"coin":${JSON.stringify(coin)},"side":"${side}","px":"${price}","sz":"${size}","time":${time},"hash":"${hash}","tid":${id}}`;
}

export function candleData(state: ReplaySymbol, interval: string, bar: Candle): Fields {
  const { symbol, profile } = state;
  return {
    t: bar.t,
    T: bucketAfter(interval, bar.t) - 1,
    s: symbol,
    i: interval,
    o: spelled(bar.open),
    c: spelled(bar.close),
    h: spelled(bar.high),
    l: spelled(bar.low),
    v: spelled(spellSize(bar.volume, profile.spelling)),
    n: bar.trades,
  };
}

/** Half way between the best prices; the last price where a side is empty. */
export function midOf(state: ReplaySymbol): string {
  const { bid, ask } = state.best();
  if (bid === null || ask === null) return spelled(state.lastPrice);
  return spelled(spellUnits((toUnits(bid[0], FINEST) + toUnits(ask[0], FINEST)) / 2n, FINEST));
}

/** The figures of the day and, for perpetuals, what was not recorded: made of the price, so that they are plausible. */
export function contextText(state: ReplaySymbol, now: number): string {
  const day = state.day(now);
  const { spelling } = state.profile;
  const mark = spelled(day.last);
  const common = {
    prevDayPx: spelled(day.open),
    dayNtlVlm: spelled(spellUnits(day.quote, spelling.price + spelling.size)),
    markPx: mark,
    midPx: midOf(state),
    dayBaseVlm: spelled(spellSize(day.volume, spelling)),
  };
  const { symbol: coin } = state;
  if (isSpot(coin)) {
    const ctx = { ...common, circulatingSupply: '1000000.0', coin };
    return JSON.stringify({ channel: 'activeSpotAssetCtx', data: { coin, ctx } });
  }
  const rates = { funding: '0.0000125', openInterest: '1000.0', premium: '0.0', oraclePx: mark };
  const ctx = { ...rates, ...common, impactPxs: [mark, mark] };
  return JSON.stringify({ channel: 'activeAssetCtx', data: { coin, ctx } });
}

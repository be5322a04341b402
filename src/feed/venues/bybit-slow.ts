import type { Grid } from '@/market/instrument.ts';
import type { Interval } from '@/market/time.ts';
import { arrayOf, type JsonObject, objectOf, textOf } from '../json.ts';
import { type BybitReading, wantData, wantSymbol, wantWhole } from './bybit-shape.ts';
import { changeOf } from './day-change.ts';
import { volumeAt } from './day-volume.ts';
import { isSoundBar } from './sound-bar.ts';
import {
  checkDecimal,
  isTime,
  Refusal,
  roundDecimal,
  scaleFigures,
  wantBoolean,
  wantDecimal,
  wantPositive,
  wantText,
  wantTime,
} from './strict-fields.ts';
import type { CandleEvent, TickerEvent } from './venue.ts';

/** Bybit's spelling of the intervals it keeps. */
export const BYBIT_INTERVALS: ReadonlyMap<string, Interval> = new Map([
  ['1', '1m'],
  ['3', '3m'],
  ['5', '5m'],
  ['15', '15m'],
  ['30', '30m'],
  ['60', '1h'],
  ['240', '4h'],
  ['D', '1d'],
  ['W', '1w'],
  ['M', '1M'],
]);

/** A member that may be absent or empty: then it is not stated. @throws Refusal when it is not a text */
function statedText(data: JsonObject, key: string): string {
  const value = data.get(key);
  if (value === undefined) return '';
  const text = textOf(value);
  if (text === undefined) throw new Refusal(`${key} is not a text`);
  return text;
}

/** A decimal above zero, or nothing where the venue states none. @throws Refusal when it is malformed */
function statedPrice(data: JsonObject, key: string): string {
  const text = statedText(data, key);
  return text === '' || !/[1-9]/.test(checkDecimal(text, key)) ? '' : text;
}

/** Slow figures: only what is new is stated, but for the first message. @throws Refusal when malformed */
export function decodeTicker({ root, topic, sink, memory }: BybitReading): void {
  const data = wantData(root);
  const symbol = wantSymbol(data, 'symbol', topic);
  const grid = sink.grid(symbol);
  if (grid === null) {
    sink.ignored(false);
    return;
  }
  const held = wantWhole(root) ? undefined : memory.days.get(symbol);
  const eventTime = wantTime(root, 'ts');
  const day = {
    last: statedPrice(data, 'lastPrice') || (held?.last ?? ''),
    before: statedPrice(data, 'prevPrice24h') || (held?.before ?? ''),
  };
  const prices = [day.last, day.before, statedPrice(data, 'highPrice24h'), statedPrice(data, 'lowPrice24h')];
  const others = otherFigures(data, grid);
  const scaled = scaleFigures(sink, symbol, { prices: prices.filter((price) => price !== ''), sizes: [] });
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  memory.days.set(symbol, day);
  const ticks = [...scaled.ticks];
  const [last, before, high, low] = prices.map((price) => (price === '' ? 0 : (ticks.shift() ?? 0)));
  const isNewChange = data.has('lastPrice') || data.has('prevPrice24h');
  const { volume, mark, change, ...rest } = others;
  const after = sink.grid(symbol) ?? grid;
  const event: TickerEvent = {
    ...(isNewChange && changeOf(last, before)),
    ...(change !== null && { changeBasisPoints: change }),
    ...(high > 0 && { highTicks: high }),
    ...(low > 0 && { lowTicks: low }),
    ...(volume !== '' && { volume: volumeAt(volume, after.lotDecimals) }),
    ...(mark !== '' && { markTicks: roundDecimal(mark, after.priceDecimals) }),
    ...rest,
    eventTime,
  };
  if (Object.keys(event).length === 1) sink.ignored(false);
  else sink.ticker(symbol, event);
}

interface OtherFigures {
  readonly volume: string;
  readonly mark: string;
  readonly change: number | null;
  readonly quoteVolume?: string;
  readonly fundingRate?: string;
  readonly nextFundingAt?: number;
}

/** Figures that are no prices of this market, checked. */
function otherFigures(data: JsonObject, grid: Grid): OtherFigures {
  const mark = statedPrice(data, 'markPrice');
  // Throws here, before anything is changed, when it could not be shown.
  if (mark !== '') roundDecimal(mark, grid.priceDecimals);
  const volume = statedText(data, 'volume24h');
  if (volume !== '') checkDecimal(volume, 'volume24h');
  const turnover = statedText(data, 'turnover24h');
  const rate = statedText(data, 'fundingRate');
  const nextAt = Number(checkDecimal(statedText(data, 'nextFundingTime') || '0', 'nextFundingTime'));
  return {
    volume,
    mark,
    change: data.has('price24hPcnt') ? basisPoints(statedText(data, 'price24hPcnt')) : null,
    ...(turnover !== '' && { quoteVolume: checkDecimal(turnover, 'turnover24h') }),
    ...(rate !== '' && { fundingRate: signedText(rate, 'fundingRate') }),
    ...(isTime(nextAt) && { nextFundingAt: nextAt }),
  };
}

function signedText(text: string, key: string): string {
  checkDecimal(text.startsWith('-') ? text.slice(1) : text, key);
  return text;
}

/** A fraction such as `-0.009772` in hundredths of a percent; null where none is stated. */
function basisPoints(text: string): number | null {
  if (text === '') return null;
  const isNegative = text.startsWith('-');
  const size = roundDecimal(checkDecimal(isNegative ? text.slice(1) : text, 'price24hPcnt'), 4);
  return isNegative && size > 0 ? -size : size;
}

/** Running and finished bars. @throws Refusal when malformed */
export function decodeCandles({ root, topic, sink }: BybitReading): void {
  const { symbol } = topic;
  if (sink.grid(symbol) === null) {
    sink.ignored(false);
    return;
  }
  const interval = BYBIT_INTERVALS.get(topic.detail);
  if (interval === undefined) {
    sink.ignored(true);
    return;
  }
  const eventTime = wantTime(root, 'ts');
  const bars = arrayOf(root.get('data'))?.map((item) => objectOf(item));
  if (bars === undefined || bars.length === 0) throw new Refusal('data holds no bars');
  const prices: string[] = [];
  const sizes: string[] = [];
  const read = bars.map((bar) => {
    if (bar === undefined) throw new Refusal('a bar is not an object');
    if (wantText(bar, 'interval') !== topic.detail) throw new Refusal('interval and topic differ');
    for (const key of ['open', 'high', 'low', 'close']) prices.push(wantPositive(bar, key));
    sizes.push(wantDecimal(bar, 'volume'));
    return { t: wantTime(bar, 'start'), closed: wantBoolean(bar, 'confirm') };
  });
  const scaled = scaleFigures(sink, symbol, { prices, sizes });
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  const candles = read.map(({ t, closed }, i): CandleEvent => {
    const [o, h, l, c] = scaled.ticks.slice(4 * i, 4 * i + 4);
    const v = scaled.wide.get(i)?.toString() ?? scaled.lots[i];
    const candle = { interval, t, o, h, l, c, v, n: 0, firstId: -1, lastId: -1, closed, eventTime };
    if (!isSoundBar(candle)) throw new Refusal('impossible candle');
    return candle;
  });
  for (const candle of candles) sink.candle(symbol, candle);
}

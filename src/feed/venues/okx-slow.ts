import type { Interval } from '@/market/time.ts';
import { arrayOf, type JsonObject, textOf } from '../json.ts';
import { changeOf } from './day-change.ts';
import { volumeAt } from './day-volume.ts';
import { checkTime, type OkxReading, wantItems, wantOne } from './okx-shape.ts';
import { isSoundBar } from './sound-bar.ts';
import { checkDecimal, checkPositive, Refusal, scaleFigures } from './strict-fields.ts';
import type { CandleEvent, TickerEvent } from './venue.ts';

/**
 * Candle channels by interval, without the word `candle`. Bars of a day and longer open at midnight in Hong Kong unless
 * the UTC ones are asked for.
 */
export const OKX_BARS: ReadonlyMap<Interval, string> = new Map([
  ['1m', '1m'],
  ['3m', '3m'],
  ['5m', '5m'],
  ['15m', '15m'],
  ['30m', '30m'],
  ['1h', '1H'],
  ['4h', '4H'],
  ['1d', '1Dutc'],
  ['1w', '1Wutc'],
  ['1M', '1Mutc'],
]);
const INTERVALS: ReadonlyMap<string, Interval> = new Map([...OKX_BARS].map(([interval, bar]) => [bar, interval]));
export const CANDLE = 'candle';
/** Columns of a candle row: time, four prices, three volumes and whether it is finished. */
const CANDLE_COLUMNS = 9;

/** A decimal, or nothing where the venue leaves the text empty or zero. @throws Refusal when it is malformed */
function statedFigure(body: JsonObject, key: string): string {
  const value = body.get(key);
  if (value === undefined || value === '') return '';
  return /[1-9]/.test(checkDecimal(textOf(value), key)) ? (textOf(value) ?? '') : '';
}

/** Figures of the day. The best prices beside them lag the book by seconds and are passed over. @throws Refusal when malformed */
export function decodeTicker({ root, symbol, sink }: OkxReading): void {
  const body = wantOne(root);
  const eventTime = checkTime(body.get('ts'));
  const texts = ['last', 'open24h', 'high24h', 'low24h'].map((key) => statedFigure(body, key));
  const volume = statedFigure(body, 'vol24h');
  const currencyVolume = statedFigure(body, 'volCcy24h');
  const scaled = scaleFigures(sink, symbol, { prices: texts.filter((text) => text !== ''), sizes: [] });
  const grid = sink.grid(symbol);
  if (scaled === null || grid === null) {
    sink.ignored(false);
    return;
  }
  const ticks = [...scaled.ticks];
  const [last, open, high, low] = texts.map((text) => (text === '' ? 0 : (ticks.shift() ?? 0)));
  const event: TickerEvent = {
    ...changeOf(last, open),
    ...(high > 0 && low > 0 && { highTicks: high, lowTicks: low }),
    ...(volume !== '' && { volume: volumeAt(volume, grid.lotDecimals) }),
    // Of contracts it counts the base currency.
    ...(currencyVolume !== '' && body.get('instType') === 'SPOT' && { quoteVolume: currencyVolume }),
    eventTime,
  };
  sink.ticker(symbol, event);
}

/** Running and finished bars. @throws Refusal when malformed */
export function decodeCandles({ root, symbol, channel, sink }: OkxReading): void {
  const interval = INTERVALS.get(channel.slice(CANDLE.length));
  if (interval === undefined) {
    sink.ignored(true);
    return;
  }
  const prices: string[] = [];
  const sizes: string[] = [];
  const rows = wantItems(root).map((item) => {
    const row = arrayOf(item);
    if (row === undefined || row.length < CANDLE_COLUMNS) throw new Refusal('a bar is not a row of nine');
    for (let i = 1; i <= 4; i++) prices.push(checkPositive(textOf(row[i]), 'price'));
    sizes.push(checkDecimal(textOf(row[5]), 'volume'));
    const confirm = row[CANDLE_COLUMNS - 1];
    if (confirm !== '0' && confirm !== '1') throw new Refusal('confirm is neither 0 nor 1');
    return { t: checkTime(row[0]), closed: confirm === '1' };
  });
  const scaled = rows.length === 0 ? null : scaleFigures(sink, symbol, { prices, sizes });
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  const candles = rows.map(({ t, closed }, i): CandleEvent => {
    const [o, h, l, c] = scaled.ticks.slice(4 * i, 4 * i + 4);
    const v = scaled.wide.get(i)?.toString() ?? scaled.lots[i];
    // A row states no time of sending.
    const candle = { interval, t, o, h, l, c, v, n: 0, firstId: -1, lastId: -1, closed, eventTime: 0 };
    if (!isSoundBar(candle)) throw new Refusal('impossible candle');
    return candle;
  });
  for (const candle of candles) sink.candle(symbol, candle);
}

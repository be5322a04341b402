import { type Candle, spellSize } from './candles';
import { spellUnits, trimDecimal } from './decimal';
import { bucketAfter } from './intervals';
import type { ReplaySymbol, TradeRow } from './replay-symbol';
import type { Level, TrueBook } from './true-book';
import { crc32, isoText } from './wire-text';

const CHECKED_LEVELS = 10;

/** Levels a side that can be subscribed. */
export const KRAKEN_DEPTHS: readonly number[] = [10, 25, 100, 500, 1000];

/** Minutes of each candle length, and its name here. */
export const KRAKEN_INTERVALS: ReadonlyMap<number, string> = new Map([
  [1, '1m'],
  [5, '5m'],
  [15, '15m'],
  [30, '30m'],
  [60, '1h'],
  [240, '4h'],
  [1440, '1d'],
  [10080, '1w'],
  [21600, '15d'],
]);

/** CRC-32 of the ten best asks and bids by their wire digits, as decimal text. */
export function krakenChecksum(book: TrueBook): string {
  const token = (text: string): string => text.replace('.', '').replace(/^0+/, '');
  const side = (levels: readonly Level[]): string => levels.map(([price, size]) => token(price) + token(size)).join('');
  return String(crc32(side(book.levels('ask', CHECKED_LEVELS)) + side(book.levels('bid', CHECKED_LEVELS))));
}

/** A book message; numbers stand bare, spelled as they came. */
export function bookText(
  type: 'snapshot' | 'update',
  symbol: string,
  sides: { readonly bids: readonly Level[]; readonly asks: readonly Level[] },
  checksum: string,
  timestamp: string,
): string {
  const levels = (side: readonly Level[]): string =>
    side.map(([price, qty]) => `{"price":${price},"qty":${qty}}`).join(',');
  return message(
    'book',
    type,
    `{"symbol":${JSON.stringify(symbol)},"bids":[${levels(sides.bids)}],"asks":[${levels(sides.asks)}],"checksum":${checksum},"timestamp":"${timestamp}"}`,
  );
}

export function tradesText(type: 'snapshot' | 'update', symbol: string, rows: readonly TradeRow[]): string {
  const texts = rows.map(
    ({ aggressor, price, size, id, time }) =>
      `{"symbol":${JSON.stringify(symbol)},"side":"${aggressor === 'buyer' ? 'buy' : 'sell'}","price":${price},"qty":${size},"ord_type":"limit","trade_id":${id},"timestamp":"${isoText(time)}"}`,
  );
  return message('trade', type, texts.join(','));
}

export function tickerText(type: 'snapshot' | 'update', state: ReplaySymbol, now: number): string {
  const { bid, ask } = state.best();
  const day = state.day(now);
  const { spelling } = state.profile;
  const open = toScale(day.open, spelling.price);
  const change = toScale(day.last, spelling.price) - open;
  const hundredths = open === 0n ? 0n : (change * 10_000n) / open;
  const fields = [
    `"symbol":${JSON.stringify(state.symbol)}`,
    `"bid":${bid?.[0] ?? '0.0'},"bid_qty":${bid?.[1] ?? '0.0'}`,
    `"ask":${ask?.[0] ?? '0.0'},"ask_qty":${ask?.[1] ?? '0.0'}`,
    `"last":${day.last},"volume":${spellSize(day.volume, spelling)}`,
    `"vwap":${vwap(day.quote, day.volume, day.last, spelling.price)}`,
    `"low":${day.low},"high":${day.high}`,
    `"change":${spellUnits(change, spelling.price)},"change_pct":${spellUnits(hundredths, 2)}`,
    `"timestamp":"${isoText(now)}"`,
  ];
  return message('ticker', type, `{${fields.join(',')}}`);
}

export function ohlcText(
  type: 'snapshot' | 'update',
  state: ReplaySymbol,
  minutes: number,
  bars: readonly Candle[],
  now: number,
): string {
  const { spelling } = state.profile;
  const interval = KRAKEN_INTERVALS.get(minutes) ?? '1m';
  const rows = bars.map((bar) => {
    const volume = spellSize(bar.volume, spelling);
    const mean = vwap(bar.quote, bar.volume, bar.close, spelling.price);
    return (
      `{"symbol":${JSON.stringify(state.symbol)},"open":${bar.open},"high":${bar.high},"low":${bar.low},"close":${bar.close},` +
      `"trades":${bar.trades},"volume":${volume},"vwap":${mean},"interval_begin":"${isoText(bar.t, 9)}",` +
      `"interval":${minutes},"timestamp":"${isoText(bucketAfter(interval, bar.t))}"}`
    );
  });
  return `{"channel":"ohlc","type":"${type}","timestamp":"${isoText(now, 9)}","data":[${rows.join(',')}]}`;
}

/** A pair as `instrument` lists it, its precisions read off the recorded digits. */
export function pairText(state: ReplaySymbol): string {
  const [base = state.symbol, quote = ''] = state.symbol.split('/');
  const { sizeDecimals, spelling } = state.profile;
  const digits = Math.max(sizeDecimals, spelling.size);
  const fields = [
    `"symbol":${JSON.stringify(state.symbol)},"base":${JSON.stringify(base)},"quote":${JSON.stringify(quote)}`,
    `"status":"online","qty_precision":${digits},"qty_increment":${step(digits)}`,
    `"price_precision":${state.priceDecimals},"cost_precision":5,"marginable":false,"has_index":true`,
    `"cost_min":0.5,"tick_size":${step(state.priceDecimals)},"price_increment":${step(state.priceDecimals)},"qty_min":${step(digits)}`,
  ];
  return `{${fields.join(',')}}`;
}

export function instrumentText(type: 'snapshot' | 'update', states: Iterable<ReplaySymbol>): string {
  const list = [...states];
  const assets = [...new Set(list.flatMap(({ symbol }) => symbol.split('/')))].map(
    (id) =>
      `{"id":${JSON.stringify(id)},"status":"enabled","precision":10,"precision_display":5,"borrowable":false,"collateral_value":0.0}`,
  );
  return `{"channel":"instrument","type":"${type}","data":{"assets":[${assets.join(',')}],"pairs":[${list.map(pairText).join(',')}]}}`;
}

/** Mean price of a bar: what changed hands divided by how much of it, cut to the price's digits. */
export function vwap(quote: bigint, volume: bigint, price: string, decimals: number): string {
  return volume === 0n ? price : spellUnits(quote / volume, decimals);
}

/** 10^-decimals as the venue spells it: with an exponent when it is small. */
export function step(decimals: number): string {
  if (decimals > 4) return `1e-${String(decimals).padStart(2, '0')}`;
  return decimals === 0 ? '1' : trimDecimal(spellUnits(1n, decimals));
}

function toScale(text: string, decimals: number): bigint {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
}

function message(channel: string, type: string, entries: string): string {
  return `{"channel":"${channel}","type":"${type}","data":[${entries}]}`;
}

import type { Bar } from './bars';
import { moveBucket } from './bars';
import type { DemoInstrument } from './instruments';

/** Writes numbers of one instrument the way the wire shows them: decimal text with all its decimals. */
export interface Digits {
  /** Price text of integer ticks. */
  price(ticks: number): string;
  /** Size text of integer lots. */
  size(lots: number): string;
  /** Quote value text of ticks × lots. */
  value(notional: number): string;
}

/** Text of the integer `units` shifted by `decimals` places, by integer arithmetic alone; any sign below 2^53. */
export function shiftedText(units: number, decimals: number): string {
  if (units < 0) return `-${shiftedText(-units, decimals)}`;
  if (decimals === 0) return `${units}`;
  const scale = POWERS[decimals];
  const whole = Math.floor(units / scale);
  return `${whole}.${`${units - whole * scale + scale}`.slice(1)}`;
}

const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

export function createDigits(instrument: DemoInstrument): Digits {
  const { priceDecimals, unitsPerTick, lotDecimals } = instrument;
  const cents = POWERS[Math.max(0, priceDecimals + lotDecimals - 2)];
  const places = Math.min(2, priceDecimals + lotDecimals);
  return {
    price: (ticks) => shiftedText(ticks * unitsPerTick, priceDecimals),
    size: (lots) => shiftedText(lots, lotDecimals),
    value: (notional) => shiftedText(Math.floor((notional * unitsPerTick) / cents), places),
  };
}

/** One trade as it stands on the tape. `makerIsBuyer`: a seller hit a resting bid. */
export interface TapeTrade {
  readonly id: number;
  readonly time: number;
  readonly ticks: number;
  readonly lots: number;
  readonly makerIsBuyer: boolean;
}

/** Consecutive fills of one taker's order at one price. */
export interface TapeAggregate {
  readonly id: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly time: number;
  readonly ticks: number;
  readonly lots: number;
  readonly makerIsBuyer: boolean;
}

export function tradeText(symbol: string, digits: Digits, trade: TapeTrade): string {
  const { id, time, ticks, lots, makerIsBuyer } = trade;
  return `{"e":"trade","E":${time},"s":"${symbol}","t":${id},"p":"${digits.price(ticks)}","q":"${digits.size(lots)}","T":${time},"m":${makerIsBuyer},"M":true}`;
}

export function aggTradeText(symbol: string, digits: Digits, trade: TapeAggregate): string {
  return `{"e":"aggTrade","E":${trade.time},"s":"${symbol}",${aggregateFields(digits, trade)}}`;
}

/** The row `trades.aggregate` answers with. */
export function aggTradeRow(digits: Digits, trade: TapeAggregate): string {
  return `{${aggregateFields(digits, trade)}}`;
}

function aggregateFields(digits: Digits, trade: TapeAggregate): string {
  const { id, ticks, lots, firstId, lastId, time, makerIsBuyer } = trade;
  return `"a":${id},"p":"${digits.price(ticks)}","q":"${digits.size(lots)}","f":${firstId},"l":${lastId},"T":${time},"m":${makerIsBuyer},"M":true`;
}

/** The row `trades.recent` and `trades.historical` answer with. */
export function tradeRow(digits: Digits, trade: TapeTrade): string {
  const { id, time, ticks, lots, makerIsBuyer } = trade;
  return `{"id":${id},"price":"${digits.price(ticks)}","qty":"${digits.size(lots)}","quoteQty":"${digits.value(ticks * lots)}","time":${time},"isBuyerMaker":${makerIsBuyer},"isBestMatch":true}`;
}

/** Best levels of a book whose state has number `updateId`; an empty side has price and size 0. */
export interface Touch {
  readonly updateId: number;
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

export function bookTickerText(symbol: string, digits: Digits, touch: Touch): string {
  const bid = `"b":"${digits.price(touch.bidTicks)}","B":"${digits.size(touch.bidLots)}"`;
  const ask = `"a":"${digits.price(touch.askTicks)}","A":"${digits.size(touch.askLots)}"`;
  return `{"u":${touch.updateId},"s":"${symbol}",${bid},${ask}}`;
}

/** Levels as they stand at prices that changed; `lotsAt` answers 0 for a level that is gone. */
export function levelsText(digits: Digits, prices: readonly number[], lotsAt: (ticks: number) => number): string {
  let text = '';
  for (let i = 0; i < prices.length; i++) {
    const ticks = prices[i];
    text += `${i === 0 ? '["' : ',["'}${digits.price(ticks)}","${digits.size(lotsAt(ticks))}"]`;
  }
  return `[${text}]`;
}

export function depthText(
  symbol: string,
  time: number,
  first: number,
  last: number,
  bids: string,
  asks: string,
): string {
  return `{"e":"depthUpdate","E":${time},"s":"${symbol}","U":${first},"u":${last},"b":${bids},"a":${asks}}`;
}

/** Ids of the first and last trade of a bar; -1 where it has none. */
export interface BarIds {
  readonly first: number;
  readonly last: number;
}

export function klineText(
  symbol: string,
  digits: Digits,
  time: number,
  interval: string,
  bar: Bar,
  ids: BarIds,
  isClosed: boolean,
): string {
  const end = moveBucket(interval, bar.t, 1) - 1;
  const prices = `"o":"${digits.price(bar.open)}","c":"${digits.price(bar.close)}","h":"${digits.price(bar.high)}","l":"${digits.price(bar.low)}"`;
  const sums = `"v":"${digits.size(bar.lots)}","n":${bar.n},"x":${isClosed},"q":"${digits.value(bar.notional)}"`;
  const taken = `"V":"${digits.size(bar.buyLots)}","Q":"${digits.value(buyNotional(bar))}","B":"0"`;
  return `{"e":"kline","E":${time},"s":"${symbol}","k":{"t":${bar.t},"T":${end},"s":"${symbol}","i":"${interval}","f":${ids.first},"L":${ids.last},${prices},${sums},${taken}}}`;
}

/** The row `klines` answers with. */
export function klineRow(digits: Digits, interval: string, bar: Bar): string {
  const end = moveBucket(interval, bar.t, 1) - 1;
  const prices = `"${digits.price(bar.open)}","${digits.price(bar.high)}","${digits.price(bar.low)}","${digits.price(bar.close)}"`;
  const taken = `"${digits.size(bar.buyLots)}","${digits.value(buyNotional(bar))}"`;
  return `[${bar.t},${prices},"${digits.size(bar.lots)}",${end},"${digits.value(bar.notional)}",${bar.n},${taken},"0"]`;
}

function buyNotional(bar: Bar): number {
  return bar.lots === 0 ? 0 : Math.floor((bar.notional * bar.buyLots) / bar.lots);
}

/** What the 24-hour ticker is made of: the day's bar, the touch, the last trade. */
export interface DayState {
  readonly time: number;
  readonly bar: Bar;
  readonly touch: Touch;
  readonly lastLots: number;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}

/** Fields of the 24-hour ticker in stream order: stream key, request key, value, and whether it is text. */
function dayFields(digits: Digits, day: DayState): readonly (readonly [string, string, string, boolean])[] {
  const { bar, touch } = day;
  const average = bar.lots === 0 ? bar.close : Math.round(bar.notional / bar.lots);
  const change = bar.close - bar.open;
  return [
    ['p', 'priceChange', digits.price(change), true],
    ['P', 'priceChangePercent', shiftedText(Math.round((change * 100_000) / bar.open), 3), true],
    ['w', 'weightedAvgPrice', digits.price(average), true],
    ['x', 'prevClosePrice', digits.price(bar.open), true],
    ['c', 'lastPrice', digits.price(bar.close), true],
    ['Q', 'lastQty', digits.size(day.lastLots), true],
    ['b', 'bidPrice', digits.price(touch.bidTicks), true],
    ['B', 'bidQty', digits.size(touch.bidLots), true],
    ['a', 'askPrice', digits.price(touch.askTicks), true],
    ['A', 'askQty', digits.size(touch.askLots), true],
    ['o', 'openPrice', digits.price(bar.open), true],
    ['h', 'highPrice', digits.price(bar.high), true],
    ['l', 'lowPrice', digits.price(bar.low), true],
    ['v', 'volume', digits.size(bar.lots), true],
    ['q', 'quoteVolume', digits.value(bar.notional), true],
    ['O', 'openTime', `${bar.t}`, false],
    ['C', 'closeTime', `${day.time}`, false],
    ['F', 'firstId', `${day.firstTradeId}`, false],
    ['L', 'lastId', `${day.lastTradeId}`, false],
    ['n', 'count', `${bar.n}`, false],
  ];
}

export function dayTickerText(symbol: string, digits: Digits, day: DayState): string {
  const fields = dayFields(digits, day).map(([key, , value, isText]) => `"${key}":${isText ? `"${value}"` : value}`);
  return `{"e":"24hrTicker","E":${day.time},"s":"${symbol}",${fields.join(',')}}`;
}

/** The object `ticker.24hr` answers with. */
export function dayTickerRow(symbol: string, digits: Digits, day: DayState): string {
  const fields = dayFields(digits, day).map(([, key, value, isText]) => `"${key}":${isText ? `"${value}"` : value}`);
  return `{"symbol":"${symbol}",${fields.join(',')}}`;
}

/** One entry of `exchangeInfo`. `demoKind` and `demoSizeUnit` are ours: a spot exchange has no such thing to say. */
export function instrumentText(instrument: DemoInstrument): string {
  const { symbol, base, quote, kind, sizeUnit, unitsPerTick, priceDecimals, lotDecimals } = instrument;
  const tick = shiftedText(unitsPerTick, priceDecimals);
  const step = shiftedText(1, lotDecimals);
  const filters = [
    `{"filterType":"PRICE_FILTER","minPrice":"${tick}","maxPrice":"${shiftedText(unitsPerTick * 1e9, priceDecimals)}","tickSize":"${tick}"}`,
    `{"filterType":"LOT_SIZE","minQty":"${step}","maxQty":"${shiftedText(9e15, lotDecimals)}","stepSize":"${step}"}`,
  ];
  return `{"symbol":"${symbol}","status":"TRADING","baseAsset":"${base}","baseAssetPrecision":${lotDecimals},"quoteAsset":"${quote}","quotePrecision":${priceDecimals},"quoteAssetPrecision":${priceDecimals},"orderTypes":["LIMIT","LIMIT_MAKER","MARKET"],"isSpotTradingAllowed":true,"permissions":["SPOT"],"demoKind":"${kind}","demoSizeUnit":"${sizeUnit}","filters":[${filters.join(',')}]}`;
}

import type { Profile } from './binance-profile';
import type { AggregateRow, SymbolState, TradeRow } from './binance-symbol';
import { type Candle, type Spelling, spellQuote, spellSize } from './candles';
import { compareDecimals, spellUnits, toUnits, trimDecimal } from './decimal';
import { bucketAfter } from './intervals';
import type { Level } from './true-book';

/** A kline row as REST and the request API give it. */
export function klineRow(interval: string, bar: Candle, spelling: Spelling): unknown[] {
  return [
    bar.t,
    bar.open,
    bar.high,
    bar.low,
    bar.close,
    spellSize(bar.volume, spelling),
    bucketAfter(interval, bar.t) - 1,
    spellQuote(bar.quote, spelling),
    bar.trades,
    spellSize(bar.takerVolume, spelling),
    spellQuote(bar.takerQuote, spelling),
    '0',
  ];
}

export function klineEvent(
  symbol: string,
  interval: string,
  bar: Candle,
  spelling: Spelling,
  at: number,
  closed: boolean,
): string {
  return JSON.stringify({
    e: 'kline',
    E: at,
    s: symbol,
    k: {
      t: bar.t,
      T: bucketAfter(interval, bar.t) - 1,
      s: symbol,
      i: interval,
      f: bar.first,
      L: bar.last,
      o: bar.open,
      c: bar.close,
      h: bar.high,
      l: bar.low,
      v: spellSize(bar.volume, spelling),
      n: bar.trades,
      x: closed,
      q: spellQuote(bar.quote, spelling),
      V: spellSize(bar.takerVolume, spelling),
      Q: spellQuote(bar.takerQuote, spelling),
      B: '0',
    },
  });
}

export function aggregateEvent(symbol: string, row: AggregateRow, at: number, futures: boolean): string {
  const event = {
    e: 'aggTrade',
    E: at,
    s: symbol,
    a: row.id,
    p: row.price,
    q: row.size,
    f: row.first,
    l: row.last,
    T: row.time,
    m: row.buyerIsMaker,
  };
  return JSON.stringify(futures ? event : { ...event, M: true });
}

export function tradeRow(row: TradeRow, spelling: Spelling, futures: boolean): unknown {
  const quote = toUnits(row.price, spelling.price) * toUnits(row.size, spelling.size);
  const body = {
    id: row.id,
    price: row.price,
    qty: row.size,
    quoteQty: spellQuote(quote, spelling),
    time: row.time,
    isBuyerMaker: row.buyerIsMaker,
  };
  return futures ? body : { ...body, isBestMatch: true };
}

export function aggregateRow(row: AggregateRow, futures: boolean): unknown {
  const body = { a: row.id, p: row.price, q: row.size, f: row.first, l: row.last, T: row.time, m: row.buyerIsMaker };
  return futures ? body : { ...body, M: true };
}

export function depthEvent(
  symbol: string,
  ids: { first: number; last: number; previous: number },
  levels: { bids: readonly Level[]; asks: readonly Level[] },
  at: number,
  futures: boolean,
): string {
  const head = { e: 'depthUpdate', E: at };
  const tail = { b: levels.bids, a: levels.asks };
  const { first: U, last: u, previous: pu } = ids;
  if (futures) return JSON.stringify({ ...head, T: at, s: symbol, U, u, pu, ...tail });
  return JSON.stringify({ ...head, s: symbol, U, u, ...tail });
}

export function bookTickerEvent(
  symbol: string,
  id: number,
  bid: Level,
  ask: Level,
  at: number,
  futures: boolean,
): string {
  const body = { u: id, s: symbol, b: bid[0], B: bid[1], a: ask[0], A: ask[1] };
  return JSON.stringify(futures ? { e: 'bookTicker', ...body, T: at, E: at } : body);
}

/** The rolling day: from the minute bars at hand, which may be fewer than a day's. */
export interface DayFigures {
  readonly openTime: number;
  readonly closeTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly last: string;
  readonly change: string;
  readonly percent: string;
  readonly average: string;
  readonly volume: string;
  readonly quote: string;
  readonly trades: number;
  readonly lastSize: string;
  readonly firstId: number;
  readonly lastId: number;
}

export function dayFigures(state: SymbolState, now: number): DayFigures {
  const { spelling } = state.profile;
  const recent = state.candles('1m', now).filter((bar) => bar.t > now - 86_400_000);
  const bars = recent.length > 0 ? recent : state.series('1m', now).bars.slice(-1);
  const first = bars[0];
  let { high, low } = first;
  let volume = 0n;
  let quote = 0n;
  let trades = 0;
  for (const bar of bars) {
    if (compareDecimals(trimDecimal(bar.high), trimDecimal(high)) > 0) high = bar.high;
    if (compareDecimals(trimDecimal(bar.low), trimDecimal(low)) < 0) low = bar.low;
    volume += bar.volume;
    quote += bar.quote;
    trades += bar.trades;
  }
  const openUnits = toUnits(first.open, spelling.price);
  const change = toUnits(state.lastPrice, spelling.price) - openUnits;
  const trade = state.trades[state.trades.length - 1];
  const aggregate = state.aggregates[state.aggregates.length - 1];
  const lastId = trade?.id ?? aggregate?.last ?? -1;
  return {
    openTime: first.t,
    closeTime: now,
    open: first.open,
    high,
    low,
    last: state.lastPrice,
    change: spellUnits(change, spelling.price),
    percent: openUnits === 0n ? '0.000' : spellUnits((change * 100_000n) / openUnits, 3),
    average: volume === 0n ? state.lastPrice : spellUnits(quote / volume, spelling.price),
    volume: spellSize(volume, spelling),
    quote: spellQuote(quote, spelling),
    trades,
    lastSize: trade?.size ?? aggregate?.size ?? spellSize(0n, spelling),
    firstId: lastId < 0 ? -1 : lastId - trades + 1,
    lastId,
  };
}

export function tickerEvent(state: SymbolState, now: number, futures: boolean): string {
  const day = dayFigures(state, now);
  const [bid, ask] = bestOf(state);
  const head = { e: '24hrTicker', E: now, s: state.profile.symbol, p: day.change, P: day.percent, w: day.average };
  const spot = { x: day.open, c: day.last, Q: day.lastSize, b: bid[0], B: bid[1], a: ask[0], A: ask[1] };
  const tail = {
    o: day.open,
    h: day.high,
    l: day.low,
    v: day.volume,
    q: day.quote,
    O: day.openTime,
    C: day.closeTime,
    F: day.firstId,
    L: day.lastId,
    n: day.trades,
  };
  return JSON.stringify(futures ? { ...head, c: day.last, Q: day.lastSize, ...tail } : { ...head, ...spot, ...tail });
}

export function miniTickerEvent(state: SymbolState, now: number): string {
  const { last: c, open: o, high: h, low: l, volume: v, quote: q } = dayFigures(state, now);
  return JSON.stringify({ e: '24hrMiniTicker', E: now, s: state.profile.symbol, c, o, h, l, v, q });
}

export function tickerRow(state: SymbolState, now: number, futures: boolean): unknown {
  const day = dayFigures(state, now);
  const [bid, ask] = bestOf(state);
  const head = {
    symbol: state.profile.symbol,
    priceChange: day.change,
    priceChangePercent: day.percent,
    weightedAvgPrice: day.average,
    lastPrice: day.last,
    lastQty: day.lastSize,
  };
  const best = { prevClosePrice: day.open, bidPrice: bid[0], bidQty: bid[1], askPrice: ask[0], askQty: ask[1] };
  const tail = {
    openPrice: day.open,
    highPrice: day.high,
    lowPrice: day.low,
    volume: day.volume,
    quoteVolume: day.quote,
    openTime: day.openTime,
    closeTime: day.closeTime,
    firstId: day.firstId,
    lastId: day.lastId,
    count: day.trades,
  };
  return futures ? { ...head, ...tail } : { ...head, ...best, ...tail };
}

const FUNDING_MS = 8 * 3_600_000;
const FUNDING_RATE = '0.00010000';

export function markPriceEvent(state: SymbolState, now: number): string {
  const price = state.lastPrice;
  const T = nextFunding(now);
  return JSON.stringify({
    e: 'markPriceUpdate',
    E: now,
    s: state.profile.symbol,
    p: price,
    i: price,
    P: price,
    r: FUNDING_RATE,
    T,
  });
}

export function premiumRow(state: SymbolState, now: number): unknown {
  return {
    symbol: state.profile.symbol,
    markPrice: state.lastPrice,
    indexPrice: state.lastPrice,
    estimatedSettlePrice: state.lastPrice,
    lastFundingRate: FUNDING_RATE,
    interestRate: FUNDING_RATE,
    nextFundingTime: nextFunding(now),
    time: now,
  };
}

/** Best bid and ask as spelled; an empty side is a zero price of zero size. */
export function bestOf(state: SymbolState): [Level, Level] {
  const none: Level = [zero(state.profile.spelling.price), zero(state.profile.spelling.size)];
  return [state.book.levels('bid', 1)[0] ?? none, state.book.levels('ask', 1)[0] ?? none];
}

/** A price so many price steps (of the given decimals) away from another. */
export function stepPrice(price: string, profile: Profile, steps: number, decimals: number): string {
  const spelled = Math.max(profile.spelling.price, decimals);
  const unit = 10n ** BigInt(spelled - decimals);
  return spellUnits(toUnits(price, spelled) + BigInt(steps) * unit, spelled);
}

function nextFunding(now: number): number {
  return (Math.floor(now / FUNDING_MS) + 1) * FUNDING_MS;
}

function zero(decimals: number): string {
  return spellUnits(0n, decimals);
}

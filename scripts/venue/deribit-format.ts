import { type Candle, spellSize } from './candles';
import { spellUnits, toUnits, trimDecimal } from './decimal';
import type { ReplaySymbol } from './replay-symbol';
import type { Level, TrueBook } from './true-book';

interface Sides {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** Candle lengths by the venue's names, and their names here. */
export const DERIBIT_RESOLUTIONS: ReadonlyMap<string, string> = new Map([
  ['1', '1m'],
  ['3', '3m'],
  ['5', '5m'],
  ['10', '10m'],
  ['15', '15m'],
  ['30', '30m'],
  ['60', '1h'],
  ['120', '2h'],
  ['180', '3h'],
  ['360', '6h'],
  ['720', '12h'],
  ['1D', '1d'],
]);

const FINEST = 12;
const BASE_DECIMALS = 8;

/** Inverse instruments count their amounts in dollars: futures without a settlement currency in their name. */
export function isInverse(symbol: string): boolean {
  return /^[A-Z0-9]+-(?:PERPETUAL|\d{1,2}[A-Z]{3}\d{2})$/.test(symbol);
}

/** A bare number as the venue writes it: a point and at least one digit behind it. */
export function bare(text: string): string {
  const trimmed = trimDecimal(text);
  return trimmed.includes('.') ? trimmed : `${trimmed}.0`;
}

/** A notification; the channel's name is put in when it is known whose it is. */
export function notification(channel: string, data: string): string {
  return `{"jsonrpc":"2.0","method":"subscription","params":{"channel":${JSON.stringify(channel)},"data":${data}}}`;
}

/** The text under the name a client subscribed. */
export function renamed(text: string, name: string): string {
  return text.replace(/"channel":"[^"]*"/, `"channel":${JSON.stringify(name)}`);
}

export function snapshotData(symbol: string, book: TrueBook, time: number): string {
  const side = (levels: readonly Level[]): string =>
    levels.map(([price, amount]) => `["new",${price},${amount}]`).join(',');
  return `{"type":"snapshot","timestamp":${time},"instrument_name":"${symbol}","change_id":${book.sequence},"bids":[${side(book.levels('bid'))}],"asks":[${side(book.levels('ask'))}]}`;
}

/** @param action what a level that is set is called: it may be there already */
export function changeData(
  symbol: string,
  { bids, asks }: Sides,
  ids: { readonly previous: number; readonly last: number },
  time: number,
  action: (side: 'bid' | 'ask', level: Level) => string,
): string {
  const side = (which: 'bid' | 'ask', levels: readonly Level[]): string =>
    levels.map((level) => `["${action(which, level)}",${level[0]},${level[1]}]`).join(',');
  return `{"type":"change","timestamp":${time},"prev_change_id":${ids.previous},"instrument_name":"${symbol}","change_id":${ids.last},"bids":[${side('bid', bids)}],"asks":[${side('ask', asks)}]}`;
}

/** The best levels, all of them every time; @param group width of a price group in the price's unit, `none` for single ones */
export function groupedData(state: ReplaySymbol, group: string, depth: number, time: number): string {
  const { book, symbol } = state;
  const side = (which: 'bid' | 'ask'): string =>
    summed(book.levels(which), group, which === 'ask')
      .slice(0, depth)
      .map(([price, amount]) => `[${price},${amount}]`)
      .join(',');
  return `{"timestamp":${time},"instrument_name":"${symbol}","change_id":${book.sequence},"bids":[${side('bid')}],"asks":[${side('ask')}]}`;
}

// A group is as wide as its name says, in the unit of the price.
function summed(levels: readonly Level[], group: string, up: boolean): Level[] {
  if (group === 'none') return levels.map(([price, amount]) => [bare(price), bare(amount)]);
  const step = toUnits(group, FINEST);
  const sums = new Map<bigint, bigint>();
  for (const [price, amount] of levels) {
    const units = toUnits(price, FINEST);
    const below = (units / step) * step;
    const key = up && below < units ? below + step : below;
    sums.set(key, (sums.get(key) ?? 0n) + toUnits(amount, FINEST));
  }
  return [...sums].map(([price, amount]) => [bare(spellUnits(price, FINEST)), bare(spellUnits(amount, FINEST))]);
}

/** Best prices and amounts, zero where a side is empty. */
export function bestFields(state: ReplaySymbol): string {
  const { bid, ask } = state.best();
  const [bidPrice, bidAmount] = bid ?? ['0.0', '0.0'];
  const [askPrice, askAmount] = ask ?? ['0.0', '0.0'];
  return `"best_bid_price":${bidPrice},"best_bid_amount":${bidAmount},"best_ask_price":${askPrice},"best_ask_amount":${askAmount}`;
}

export function quoteData(state: ReplaySymbol, time: number): string {
  return `{"timestamp":${time},"instrument_name":"${state.symbol}",${bestFields(state)}}`;
}

/** The figures of the day and, made of the price so that they are plausible, those that were not recorded. */
export function tickerData(state: ReplaySymbol, time: number, now: number): string {
  const day = state.day(now);
  const { spelling } = state.profile;
  const last = bare(day.last);
  const open = toUnits(day.open, FINEST);
  const change = open === 0n ? 0n : ((toUnits(day.last, FINEST) - open) * 10_000n) / open;
  const { base, quote } = volumes(state.symbol, day.volume, day.quote, spelling);
  const stats = `{"volume_usd":${quote},"volume_notional":${quote},"volume":${base},"price_change":${spellUnits(change, 2)},"low":${bare(day.low)},"high":${bare(day.high)}}`;
  const funding = state.symbol.endsWith('PERPETUAL') ? ',"funding_8h":0.00001,"current_funding":0.0' : '';
  return (
    `{"timestamp":${time},"stats":${stats},"state":"open","settlement_price":${last},"open_interest":1000.0,` +
    `"min_price":${bare(day.low)},"max_price":${bare(day.high)},"mark_price":${last},"last_price":${last},` +
    `"instrument_name":"${state.symbol}","index_price":${last}${funding},"estimated_delivery_price":${last},${bestFields(state)}}`
  );
}

export function candleData(state: ReplaySymbol, bar: Candle): string {
  const { base, quote } = volumesOf(state, bar);
  return `{"tick":${bar.t},"open":${bare(bar.open)},"high":${bare(bar.high)},"low":${bare(bar.low)},"close":${bare(bar.close)},"volume":${base},"cost":${quote}}`;
}

/** A chart's answer: columns. */
export function chartData(state: ReplaySymbol, bars: readonly Candle[]): string {
  const sums = bars.map((bar) => volumesOf(state, bar));
  const column = (name: string, values: readonly (string | number)[]): string => `"${name}":[${values.join(',')}]`;
  const columns = [
    column(
      'ticks',
      bars.map(({ t }) => t),
    ),
    column(
      'open',
      bars.map(({ open }) => bare(open)),
    ),
    column(
      'high',
      bars.map(({ high }) => bare(high)),
    ),
    column(
      'low',
      bars.map(({ low }) => bare(low)),
    ),
    column(
      'close',
      bars.map(({ close }) => bare(close)),
    ),
    column(
      'volume',
      sums.map(({ base }) => base),
    ),
    column(
      'cost',
      sums.map(({ quote }) => quote),
    ),
  ];
  return `{"status":"${bars.length === 0 ? 'no_data' : 'ok'}",${columns.join(',')}}`;
}

function volumesOf(state: ReplaySymbol, bar: Candle): { base: string; quote: string } {
  return volumes(state.symbol, bar.volume, bar.quote, state.profile.spelling);
}

/**
 * Volume in the base coin and its cost in dollars (or the quote currency). Of an inverse instrument the amounts are the
 * cost, and the coins are those at the mean price.
 */
function volumes(
  symbol: string,
  volume: bigint,
  quote: bigint,
  spelling: ReplaySymbol['profile']['spelling'],
): { base: string; quote: string } {
  const amount = bare(spellSize(volume, spelling));
  if (!isInverse(symbol)) return { base: amount, quote: bare(spellUnits(quote, spelling.price + spelling.size)) };
  if (quote === 0n) return { base: '0.0', quote: amount };
  // Amount over mean price: amount² over the sum of price times amount.
  const scale = 10n ** BigInt(BASE_DECIMALS + spelling.price - spelling.size);
  const coins = spelling.price + BASE_DECIMALS >= spelling.size ? (volume * volume * scale) / quote : 0n;
  return { base: bare(spellUnits(coins, BASE_DECIMALS)), quote: amount };
}

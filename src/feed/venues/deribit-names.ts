import type { Interval } from '@/market/time.ts';

/** Resolutions of the venue's charts by the product's intervals. */
export const RESOLUTIONS: ReadonlyMap<Interval, string> = new Map([
  ['1m', '1'],
  ['3m', '3'],
  ['5m', '5'],
  ['15m', '15'],
  ['30m', '30'],
  ['1h', '60'],
  ['1d', '1D'],
]);

const INTERVALS: ReadonlyMap<string, Interval> = new Map([...RESOLUTIONS].map(([interval, name]) => [name, interval]));

/** A channel's name taken apart. */
export interface DeribitChannel {
  readonly kind: 'book' | 'trades' | 'ticker' | 'chart';
  readonly symbol: string;
  /** Of a chart; null where the product has no such interval, and for the others. */
  readonly interval: Interval | null;
}

const CHANNEL = /^(?:(book|trades|ticker)\.([^.]{1,64})\.(?:raw|agg2|100ms)|chart\.trades\.([^.]{1,64})\.(\w{1,4}))$/;

/** Take a channel's name apart; null when it is of a kind that is never asked for. */
export function parseChannel(name: string): DeribitChannel | null {
  const match = CHANNEL.exec(name);
  if (!match) return null;
  const [, kind, symbol, chartSymbol, resolution] = match;
  if (kind === undefined) return { kind: 'chart', symbol: chartSymbol, interval: INTERVALS.get(resolution) ?? null };
  return { kind: kind as 'book' | 'trades' | 'ticker', symbol, interval: null };
}

/** `BTC-PERPETUAL`, `ETH-27JUN25`: neither a currency of settlement in the name, nor the strike of an option. */
const INVERSE = /^[A-Z0-9]{2,12}-(?:PERPETUAL|\d{1,2}[A-Z]{3}\d{2})$/;

/** Whether an instrument is an inverse future: its amounts are dollars, all others' are of the base currency. */
export const isInverse = (symbol: string): boolean => INVERSE.test(symbol);

import { type CaptureHeader, formatCapture } from '../capture-file';
import { BinanceRecorder, type Line, type Recipe, spell } from './binance-recorder';
import { expectedResults } from './expected-results';
import type { SimulatedSymbol } from './market-simulator';
import { nastyCaptures } from './nasty-captures';
import { nastyVenueCaptures } from './nasty-venue-captures';
import { rareCaptures } from './rare-captures';
import { venueCaptures } from './venue-captures';

export interface MadeFile {
  readonly name: string;
  readonly header: CaptureHeader;
  readonly lines: readonly Line[];
  /** What a right client ends with, for those that are whole recordings. */
  readonly expected: unknown;
}

const START = Date.UTC(2026, 2, 2, 12, 0, 40);
const LENGTH_MS = 90_000;

const SPOT: readonly SimulatedSymbol[] = [
  symbol('BTCUSDT', { price: [2, 8], size: [5, 8] }, 6_425_010, 40_000, 120, 6),
  symbol('MICROBTC', { price: [8, 8], size: [0, 8] }, 1_234, 60_000, 40, 1.5),
];
const FUTURES: readonly SimulatedSymbol[] = [
  symbol('BTCUSDT', { price: [1, 2], size: [3, 3] }, 642_493, 900, 120, 6),
  symbol('ETHUSDT', { price: [2, 2], size: [3, 3] }, 315_027, 4_000, 60, 1.5),
];

/** Every capture the repository ships, made anew; the same every time. */
export function madeFiles(): MadeFile[] {
  const spot: Recipe = {
    venue: 'binance',
    seed: 'depthwire spot',
    symbols: SPOT,
    start: START,
    lengthMs: LENGTH_MS,
    diffMs: 500,
  };
  const futures: Recipe = { ...spot, venue: 'binance-usdm', seed: 'depthwire futures', symbols: FUTURES };
  return [
    recording('binance-spot', spot, 'every spot decoder kind on an ordinary market'),
    recording('binance-usdm', futures, 'every futures decoder kind on an ordinary market'),
    ...venueCaptures(),
    ...[...nastyCaptures(), ...nastyVenueCaptures(), ...rareCaptures()].map((nasty) => ({ ...nasty, expected: null })),
  ];
}

/** The file's text as it is before compression. */
export function textOf(file: MadeFile): string {
  return formatCapture(file.header, file.lines);
}

function recording(name: string, recipe: Recipe, why: string): MadeFile {
  const instruments = recipe.symbols.map((spec) => spec.symbol);
  const header = { venue: recipe.venue, instruments, date: new Date(START).toISOString().slice(0, 10), why };
  const futures = recipe.venue === 'binance-usdm';
  const lines = new BinanceRecorder(recipe).record(exchangeInfo(recipe, futures));
  return { name, header, lines, expected: expectedResults(lines, futures, 1) };
}

function symbol(
  name: string,
  digits: { price: readonly [number, number]; size: readonly [number, number] },
  mid: number,
  typical: number,
  levels: number,
  pace: number,
): SimulatedSymbol {
  const [priceDecimals, spelledPrice] = digits.price;
  const [sizeDecimals, spelledSize] = digits.size;
  return { symbol: name, priceDecimals, spelledPrice, sizeDecimals, spelledSize, mid, typical, levels, pace };
}

function exchangeInfo(recipe: Recipe, futures: boolean): unknown {
  return {
    timezone: 'UTC',
    serverTime: START,
    rateLimits: [],
    exchangeFilters: [],
    symbols: recipe.symbols.map((spec) => {
      const quote = spec.symbol.endsWith('BTC') ? 'BTC' : 'USDT';
      const step = (decimals: number, spelled: number): string => spell(1n, decimals, futures ? decimals : spelled);
      return {
        symbol: spec.symbol,
        ...(futures ? { pair: spec.symbol, contractType: 'PERPETUAL' } : {}),
        status: 'TRADING',
        baseAsset: spec.symbol.slice(0, -quote.length),
        quoteAsset: quote,
        filters: [
          {
            filterType: 'PRICE_FILTER',
            minPrice: '0',
            maxPrice: '0',
            tickSize: step(spec.priceDecimals, spec.spelledPrice),
          },
          { filterType: 'LOT_SIZE', minQty: '0', maxQty: '0', stepSize: step(spec.sizeDecimals, spec.spelledSize) },
        ],
      };
    }),
  };
}

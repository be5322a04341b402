/** What an instrument is, for the catalogue and for how its size is worded. */
export type DemoKind = 'spot' | 'fx' | 'equity' | 'future' | 'commodity';

/** How the book of an instrument is furnished. Distances and gaps are in ticks. */
export interface BookShape {
  /** Market makers that follow the fair value, and how many levels a side each of them quotes. */
  readonly makers: number;
  readonly makerLevels: number;
  /** Distance between two levels of one maker. */
  readonly makerGap: number;
  /** Resting orders a side behind the makers, spread from `near` to `reach` ticks off the touch, thinning outwards. */
  readonly crowd: number;
  readonly near: number;
  readonly reach: number;
  /** Large resting orders stand on multiples of this many ticks. */
  readonly wallEvery: number;
}

/**
 * One simulated instrument. A price in ticks times `unitsPerTick`, shifted by `priceDecimals`, is its decimal text; a
 * size in lots, shifted by `lotDecimals`, likewise.
 */
export interface DemoInstrument {
  readonly symbol: string;
  readonly kind: DemoKind;
  readonly base: string;
  readonly quote: string;
  /** What a size counts, in words. */
  readonly sizeUnit: string;
  readonly priceDecimals: number;
  readonly unitsPerTick: number;
  readonly lotDecimals: number;
  /** Price its history wanders about, in ticks. */
  readonly anchorTicks: number;
  /** Typical move of a day, as a fraction of the price. */
  readonly dailyMove: number;
  /** Median size of a resting order and of a taker's order, in lots. */
  readonly quoteLots: number;
  readonly takeLots: number;
  /** Sizes are mostly multiples of this. */
  readonly roundLots: number;
  readonly shape: BookShape;
}

const cryptoShape: BookShape = {
  makers: 8,
  makerLevels: 4,
  makerGap: 9,
  crowd: 1100,
  near: 6,
  reach: 18_000,
  wallEvery: 5_000,
};
const denseShape: BookShape = {
  makers: 6,
  makerLevels: 5,
  makerGap: 1,
  crowd: 620,
  near: 3,
  reach: 700,
  wallEvery: 50,
};

/** The instruments of the simulated exchange, in catalogue order. */
export const demoInstruments: readonly DemoInstrument[] = [
  {
    symbol: 'BTC-USD',
    kind: 'spot',
    base: 'BTC',
    quote: 'USD',
    sizeUnit: 'BTC',
    priceDecimals: 2,
    unitsPerTick: 1,
    lotDecimals: 5,
    anchorTicks: 6_400_000,
    dailyMove: 0.014,
    quoteLots: 6_000,
    takeLots: 1_500,
    roundLots: 1,
    shape: cryptoShape,
  },
  {
    symbol: 'ETH-USD',
    kind: 'spot',
    base: 'ETH',
    quote: 'USD',
    sizeUnit: 'ETH',
    priceDecimals: 2,
    unitsPerTick: 1,
    lotDecimals: 4,
    anchorTicks: 340_000,
    dailyMove: 0.018,
    quoteLots: 12_000,
    takeLots: 4_000,
    roundLots: 1,
    shape: { ...cryptoShape, makerGap: 5, crowd: 900, near: 4, reach: 6_000, wallEvery: 500 },
  },
  {
    symbol: 'EUR-USD',
    kind: 'fx',
    base: 'EUR',
    quote: 'USD',
    sizeUnit: 'EUR',
    priceDecimals: 5,
    unitsPerTick: 1,
    lotDecimals: 0,
    anchorTicks: 108_450,
    dailyMove: 0.0045,
    quoteLots: 600_000,
    takeLots: 150_000,
    roundLots: 10_000,
    shape: { ...denseShape, reach: 900 },
  },
  {
    symbol: 'USD-JPY',
    kind: 'fx',
    base: 'USD',
    quote: 'JPY',
    sizeUnit: 'USD',
    priceDecimals: 3,
    unitsPerTick: 1,
    lotDecimals: 0,
    anchorTicks: 151_500,
    dailyMove: 0.0055,
    quoteLots: 600_000,
    takeLots: 150_000,
    roundLots: 10_000,
    shape: { ...denseShape, reach: 900, wallEvery: 100 },
  },
  {
    symbol: 'ACME',
    kind: 'equity',
    base: 'ACME',
    quote: 'USD',
    sizeUnit: 'shares',
    priceDecimals: 2,
    unitsPerTick: 1,
    lotDecimals: 0,
    anchorTicks: 18_750,
    dailyMove: 0.018,
    quoteLots: 220,
    takeLots: 80,
    roundLots: 100,
    shape: denseShape,
  },
  {
    symbol: 'INDX-F',
    kind: 'future',
    base: 'INDX',
    quote: 'USD',
    sizeUnit: 'contracts',
    priceDecimals: 2,
    unitsPerTick: 25,
    lotDecimals: 0,
    anchorTicks: 23_400,
    dailyMove: 0.01,
    quoteLots: 9,
    takeLots: 3,
    roundLots: 1,
    shape: { ...denseShape, crowd: 700, reach: 400, wallEvery: 40 },
  },
  {
    symbol: 'GOLD',
    kind: 'commodity',
    base: 'GOLD',
    quote: 'USD',
    sizeUnit: 'oz',
    priceDecimals: 1,
    unitsPerTick: 1,
    lotDecimals: 2,
    anchorTicks: 24_000,
    dailyMove: 0.01,
    quoteLots: 1_200,
    takeLots: 400,
    roundLots: 10,
    shape: { ...denseShape, reach: 500 },
  },
  {
    symbol: 'MICRO-USD',
    kind: 'spot',
    base: 'MICRO',
    quote: 'USD',
    sizeUnit: 'MICRO',
    priceDecimals: 8,
    unitsPerTick: 1,
    lotDecimals: 0,
    anchorTicks: 123_456,
    dailyMove: 0.04,
    quoteLots: 900_000,
    takeLots: 250_000,
    roundLots: 1_000,
    shape: { ...cryptoShape, makerGap: 4, crowd: 700, near: 4, reach: 4_000, wallEvery: 500 },
  },
];

/** The instrument with this symbol (exact spelling), or undefined. */
export function findInstrument(symbol: string): DemoInstrument | undefined {
  return demoInstruments.find((instrument) => instrument.symbol === symbol);
}

/** Typical move of a minute, in ticks: the day's over the root of its 1,440 minutes. */
export function minuteMoveTicks(instrument: DemoInstrument): number {
  return (instrument.dailyMove * instrument.anchorTicks) / Math.sqrt(1440);
}

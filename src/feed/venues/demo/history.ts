import { type Bar, extendBar } from './bars';
import { type DemoInstrument, minuteMoveTicks } from './instruments';
import { createRandom, exactExp, hashText, mixWords, type Random } from './random';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Octaves of the day-to-day path; the slowest wanders over 2^7 days. */
const OCTAVES = 8;
/** Share of a day's trading in each UTC hour, relative to the mean. */
const HOUR_WEIGHTS = [
  0.7, 0.75, 0.7, 0.65, 0.6, 0.6, 0.7, 0.95, 1.1, 1.05, 1, 0.95, 1.05, 1.5, 1.9, 1.75, 1.45, 1.2, 1.1, 1.15, 1.05, 0.85,
  0.75, 0.7,
];
/** Fewest trades a child bar must be left with, so that the bars below it can have one each. */
const LEAST = { [HOUR]: 3600, [MINUTE]: 60, [SECOND]: 1 } as const;

/** What an ordinary day trades, so that the history looks like the market that continues it. */
export interface DayVolume {
  readonly lots: number;
  readonly trades: number;
}

/** The past of an instrument: bars for any time, each a pure function of seed, instrument and bucket. */
export interface History {
  /**
   * One bar over [from, to), both whole seconds with 0 ≤ from < to. Coarse bars are exact folds of finer ones and every
   * bar opens where the one before it closed.
   */
  fold(from: number, to: number): Bar;
  /** Close at a whole second: the price at which a market opening then begins. */
  priceAt(time: number): number;
}

/**
 * Makes up history from the top down: a day's bar comes from noise over days, its hours divide it, their minutes divide
 * them, and seconds the minutes. Every division keeps the parent's open, high, low, close and sums, so a bar at any
 * interval costs a few divisions, however far back.
 */
export function createHistory(seed: number, instrument: DemoInstrument, day: DayVolume): History {
  const root = mixWords(seed, hashText(`${instrument.symbol} history`));
  const hours = createCache<Bar[]>(96);
  const minutes = createCache<Bar[]>(96);
  const seconds = createCache<Bar[]>(96);
  const step = instrument.dailyMove / 2;
  const minuteMove = minuteMoveTicks(instrument);

  const lattice = (octave: number, index: number): number =>
    (mixWords(mixWords(root, octave), index | 0) / 4294967296) * 3.4641 - 1.7320508;

  /** Fractal noise over days: a sum of smoothly joined random values, each octave twice as slow and √2 as strong. */
  const dayNoise = (index: number): number => {
    let sum = 0;
    let period = 1;
    let strength = 1;
    for (let octave = 0; octave < OCTAVES; octave++) {
      const cell = Math.floor(index / period);
      const f = index / period - cell;
      const smooth = f * f * (3 - 2 * f);
      const here = lattice(octave, cell);
      sum += strength * (here + (lattice(octave, cell + 1) - here) * smooth);
      period *= 2;
      strength *= Math.SQRT2;
    }
    return sum;
  };
  const dayClose = (index: number): number =>
    Math.max(2, Math.round(instrument.anchorTicks * exactExp(step * dayNoise(index))));

  const dayBar = (t: number): Bar => {
    const index = t / DAY;
    const random = createRandom(mixWords(root, (index + 0x51ed27) | 0));
    const open = dayClose(index - 1);
    const close = dayClose(index);
    const mood = 0.8 + 0.25 * random.expo();
    const move = instrument.dailyMove * open * mood;
    const range = drawRange(open, close, move, random);
    const high = Math.round(range.high);
    const low = Math.max(1, Math.round(range.low));
    const busy = 0.45 + 0.3 * mood + (0.35 * (high - low)) / (instrument.dailyMove * open * 1.6);
    const n = Math.max(200_000, Math.round(day.trades * busy));
    const lots = Math.max(n, Math.round(day.lots * busy));
    const buyLots = Math.round(lots * (0.5 + 0.03 * random.gauss()));
    return { t, open, high, low, close, lots, buyLots, notional: 0, n };
  };

  const divide = (parent: Bar, length: number, count: number, weights: readonly number[] | null): Bar[] =>
    divideBar(parent, length, count, weights, mixWords(mixWords(root, length), (parent.t / length) | 0), minuteMove);
  const hoursOf = (t: number): Bar[] => hours(t, () => divide(dayBar(t), HOUR, 24, HOUR_WEIGHTS));
  const minutesOf = (t: number): Bar[] => minutes(t, () => divide(within(hoursOf, t, DAY, HOUR), MINUTE, 60, null));
  const secondsOf = (t: number): Bar[] =>
    seconds(t, () => divide(within(minutesOf, t, HOUR, MINUTE), SECOND, 60, null));

  /** The longest bar that starts at `t` and ends by `to`. */
  const longest = (t: number, to: number): { readonly bar: Bar; readonly length: number } => {
    if (t % DAY === 0 && t + DAY <= to) return { bar: dayBar(t), length: DAY };
    if (t % HOUR === 0 && t + HOUR <= to) return { bar: within(hoursOf, t, DAY, HOUR), length: HOUR };
    if (t % MINUTE === 0 && t + MINUTE <= to) return { bar: within(minutesOf, t, HOUR, MINUTE), length: MINUTE };
    return { bar: within(secondsOf, t, MINUTE, SECOND), length: SECOND };
  };
  const fold = (from: number, to: number): Bar => {
    const first = longest(from, to);
    const bar = { ...first.bar };
    for (let t = from + first.length; t < to; ) {
      const next = longest(t, to);
      extendBar(bar, next.bar);
      t += next.length;
    }
    // A made-up bar has no trades to sum: its notional is its size at its typical price.
    bar.notional = bar.lots * Math.round((bar.open + bar.high + bar.low + bar.close) / 4);
    return bar;
  };
  return { fold, priceAt: (time) => (time < SECOND ? dayClose(-1) : fold(time - SECOND, time).close) };
}

function within(bars: (t: number) => Bar[], t: number, parent: number, length: number): Bar {
  const start = Math.floor(t / parent) * parent;
  return bars(start)[(t - start) / length];
}

/** Keeps the last `size` values made, by key, the least recently used going first. */
function createCache<T>(size: number): (key: number, make: () => T) => T {
  const held = new Map<number, T>();
  return (key, make) => {
    const value = held.get(key) ?? make();
    held.delete(key);
    held.set(key, value);
    if (held.size > size) for (const oldest of held.keys()) return dropAnd(held, oldest, value);
    return value;
  };
}

function dropAnd<T>(held: Map<number, T>, key: number, value: T): T {
  held.delete(key);
  return value;
}

/**
 * Divides a bar into `count` bars of `length` ms that together are exactly it: a random bridge from open to close, its
 * excursions stretched to reach the parent's high and low, and the sums shared out by how busy each part is.
 */
function divideBar(
  parent: Bar,
  length: number,
  count: number,
  weights: readonly number[] | null,
  seed: number,
  minuteMove: number,
): Bar[] {
  const random = createRandom(seed);
  const activity = new Float64Array(count);
  let busy = 0.5 + 0.5 * random.expo();
  let total = 0;
  for (let i = 0; i < count; i++) {
    busy += 0.35 * (0.4 + 0.6 * random.expo() - busy);
    activity[i] = busy * (weights === null ? 1 : weights[i]);
    total += activity[i];
  }
  const span = parent.high - parent.low;
  const scale = span / 1.7 / Math.sqrt(total);
  const bars: Bar[] = [];
  const path = bridge(parent, activity, total, scale, random.gauss);
  for (let i = 0; i < count; i++) {
    const { high, low } = drawRange(path[i], path[i + 1], scale * Math.sqrt(activity[i]), random);
    bars.push({
      t: parent.t + i * length,
      open: path[i],
      high,
      low,
      close: path[i + 1],
      lots: 0,
      buyLots: 0,
      notional: 0,
      n: 0,
    });
  }
  fitIntoParent(parent, bars);
  const typical = minuteMove * Math.sqrt(length / MINUTE) + 1;
  shareOut(parent, bars, activity, LEAST[length as keyof typeof LEAST], typical);
  return bars;
}

/**
 * High and low for a bar from `open` to `close` whose typical move is `move`: like a random walk's, its range is hardly
 * ever much smaller than that, however little is left of it at the close.
 */
function drawRange(open: number, close: number, move: number, random: Random): { high: number; low: number } {
  const body = Math.abs(close - open);
  const spare = Math.max(0.1 * move * random.expo(), move * (1.05 + 0.45 * random.expo()) - body);
  const above = spare * (0.15 + 0.7 * random.next());
  return { high: Math.max(open, close) + above, low: Math.min(open, close) - (spare - above) };
}

/** The one of a few random bridges whose own excursions come nearest to the parent's, so that little is stretched. */
function bridge(parent: Bar, activity: Float64Array, total: number, scale: number, gauss: () => number): Float64Array {
  let best = drawBridge(parent, activity, total, scale, gauss);
  let bestMisfit = misfit(parent, best, scale);
  for (let tries = 1; tries < BRIDGES && bestMisfit > GOOD_FIT; tries++) {
    const next = drawBridge(parent, activity, total, scale, gauss);
    const nextMisfit = misfit(parent, next, scale);
    if (nextMisfit >= bestMisfit) continue;
    best = next;
    bestMisfit = nextMisfit;
  }
  return best;
}

const BRIDGES = 6;
const GOOD_FIT = 2.6;

function misfit(parent: Bar, path: Float64Array, scale: number): number {
  let highest = path[0];
  let lowest = path[0];
  for (const y of path) {
    if (y > highest) highest = y;
    if (y < lowest) lowest = y;
  }
  const top = Math.max(parent.open, parent.close);
  const bottom = Math.min(parent.open, parent.close);
  const up = (parent.high - top + scale) / (highest - top + scale);
  const down = (bottom - parent.low + scale) / (bottom - lowest + scale);
  return Math.max(up, 1 / up) + Math.max(down, 1 / down);
}

function drawBridge(
  parent: Bar,
  activity: Float64Array,
  total: number,
  scale: number,
  gauss: () => number,
): Float64Array {
  const path = new Float64Array(activity.length + 1);
  for (let i = 0; i < activity.length; i++) path[i + 1] = path[i] + gauss() * scale * Math.sqrt(activity[i]);
  const miss = parent.close - parent.open - path[activity.length];
  let passed = 0;
  path[0] = parent.open;
  for (let i = 1; i <= activity.length; i++) {
    passed += activity[i - 1];
    path[i] += parent.open + (miss * passed) / total;
  }
  return path;
}

/** Stretches what lies above and below the parent's body to its high and low, and puts everything on the grid. */
function fitIntoParent(parent: Bar, bars: Bar[]): void {
  const top = Math.max(parent.open, parent.close);
  const bottom = Math.min(parent.open, parent.close);
  let highest = bars[0];
  let lowest = bars[0];
  for (const bar of bars) {
    if (bar.high > highest.high) highest = bar;
    if (bar.low < lowest.low) lowest = bar;
  }
  const up = highest.high > top ? (parent.high - top) / (highest.high - top) : 0;
  const down = lowest.low < bottom ? (bottom - parent.low) / (bottom - lowest.low) : 0;
  const stretch = (y: number): number => {
    if (y > top) return Math.round(top + (y - top) * up);
    return Math.round(y < bottom ? bottom - (bottom - y) * down : y);
  };
  for (const bar of bars) {
    bar.open = stretch(bar.open);
    bar.close = stretch(bar.close);
    bar.high = Math.max(bar.open, bar.close, stretch(bar.high));
    bar.low = Math.min(bar.open, bar.close, stretch(bar.low));
  }
  // The bridge ends within rounding of the close; the last bar must end on it.
  const last = bars[bars.length - 1];
  last.close = parent.close;
  last.high = Math.max(last.high, last.close);
  last.low = Math.min(last.low, last.close);
  highest.high = parent.high;
  lowest.low = parent.low;
}

/** Shares lots and trades so that the sums come out exactly, and the buyers' part by which way each bar went. */
function shareOut(parent: Bar, bars: Bar[], activity: Float64Array, least: number, typical: number): void {
  const share = bars.map((bar, i) => 0.4 * activity[i] + (0.8 * (bar.high - bar.low)) / typical + 0.05);
  const total = share.reduce((sum, value) => sum + value, 0);
  const spareLots = parent.lots - least * bars.length;
  const spareTrades = parent.n - least * bars.length;
  let passed = 0;
  let lots = 0;
  let trades = 0;
  for (let i = 0; i < bars.length; i++) {
    passed += share[i];
    const part = i === bars.length - 1 ? 1 : passed / total;
    const lotsSoFar = Math.floor(spareLots * part);
    const tradesSoFar = Math.floor(spareTrades * part);
    bars[i].lots = least + lotsSoFar - lots;
    bars[i].n = least + tradesSoFar - trades;
    lots = lotsSoFar;
    trades = tradesSoFar;
  }
  shareBuyers(parent, bars);
}

function shareBuyers(parent: Bar, bars: Bar[]): void {
  let left = parent.buyLots;
  let room = parent.lots;
  for (const bar of bars) {
    room -= bar.lots;
    const range = bar.high - bar.low;
    const lean = range === 0 ? 0 : (0.15 * (bar.close - bar.open)) / range;
    const wanted = Math.round(bar.lots * (left / (room + bar.lots) + lean));
    // What is left must fit into the bars still to come.
    bar.buyLots = Math.max(left - room, 0, Math.min(wanted, bar.lots, left));
    left -= bar.buyLots;
  }
}

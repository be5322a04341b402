import { type DemoInstrument, findInstrument } from './instruments';
import { createMarket, type Market } from './market';
import { createSubscriptions, type Subscriptions } from './streams';

/** Most messages a market is run through to catch up; about a second of work. A market further behind stands still. */
const MOST_CAUGHT_UP = 600_000;
/** Messages run at a go while catching up, so that the thread answers in between. */
const SLICE = 6_000;

/** A market on the floor, with who listens to it. */
export interface Stall {
  readonly market: Market;
  readonly subscriptions: Subscriptions;
  /** True while the market is being brought to the present; nobody is told anything then. */
  readonly isBehind: boolean;
  /** Runs `task` at once, or when the market has reached the present. */
  whenReady(task: () => void): void;
}

/** All markets of an exchange. They open when first asked for, and from then on keep to venue time. */
export interface Floor {
  /** The market of a symbol, opened now if it was not, or null for an unknown symbol. */
  stall(symbol: string, now: number): Stall | null;
  /** Runs every open market to venue time `now`; true if some need another go to get there. */
  advance(now: number): boolean;
  /** Marks every open market as behind, so that it catches up silently. */
  fallBehind(): void;
  /** Runs one market to `now`, however far it is. */
  catchUp(symbol: string, now: number): void;
}

interface OpenStall extends Stall {
  isBehind: boolean;
  waiting: (() => void)[];
}

/** Settings shared by all markets; `start` is integer ms, `rate` 20 to 5,000. */
export interface FloorOptions {
  readonly seed: number;
  readonly rate: number;
  readonly start: number;
}

export function createFloor(options: FloorOptions): Floor {
  const stalls = new Map<string, OpenStall>();
  const reachMs = Math.floor(MOST_CAUGHT_UP / options.rate) * 1000;

  const open = (instrument: DemoInstrument, now: number): OpenStall => {
    // Whole seconds after `start`: a market nobody asked for in time opens late rather than keep its viewer waiting.
    const late = Math.max(0, Math.ceil((now - options.start - reachMs) / 1000) * 1000);
    const market = createMarket(instrument, { ...options, start: options.start + late });
    const stall: OpenStall = {
      market,
      subscriptions: createSubscriptions(market),
      isBehind: market.nextTime <= now,
      waiting: [],
      whenReady(task) {
        if (stall.isBehind) stall.waiting.push(task);
        else task();
      },
    };
    stalls.set(instrument.symbol, stall);
    return stall;
  };
  const release = (stall: OpenStall): void => {
    stall.isBehind = false;
    const { waiting } = stall;
    stall.waiting = [];
    for (const task of waiting) task();
  };
  /** True if it has reached `now`. */
  const approach = (stall: OpenStall, now: number, most: number): boolean => {
    const { market } = stall;
    const excess = now - market.nextTime - reachMs;
    if (excess > 0) market.halt(Math.ceil(excess / 1000) * 1000);
    market.advance(now, null, most);
    if (market.nextTime <= now) return false;
    release(stall);
    return true;
  };
  return {
    stall(symbol, now) {
      const held = stalls.get(symbol);
      if (held !== undefined) return held;
      const instrument = findInstrument(symbol);
      return instrument === undefined ? null : open(instrument, now);
    },
    advance(now) {
      let unfinished = false;
      for (const stall of stalls.values()) {
        if (stall.isBehind) unfinished = !approach(stall, now, SLICE) || unfinished;
        else stall.market.advance(now, stall.subscriptions.sink, Number.POSITIVE_INFINITY);
      }
      return unfinished;
    },
    fallBehind() {
      for (const stall of stalls.values()) stall.isBehind = true;
    },
    catchUp(symbol, now) {
      const stall = stalls.get(symbol);
      if (stall?.isBehind) approach(stall, now, Number.POSITIVE_INFINITY);
    },
  };
}

import { exactExp, type Random } from './random';

/** Share of a minute's typical move that one burst covers, fitted so that the minutes come out as asked for. */
const BURST_SHARE = 0.105;
/** Bursts start at this rate a second when nothing has happened lately; each one makes more of them likely. */
const QUIET_BURSTS = 0.16;
const CONTAGION = 0.5;
const CONTAGION_MS = 3500;
const BURST_MS = 380;
/** Part of a burst that is given back afterwards, and how long that takes. */
const REBOUND_SHARE = 0.35;
const REBOUND_MS = 9000;
/** Volatility regimes, as multiples, and how long one holds on average. */
const REGIMES = [0.55, 0.8, 1.15, 1.7];
const REGIME_MS = 100_000;
const TREND_MS = 200_000;

/**
 * The value the simulated makers quote around, in ticks and fractions of one. It creeps while the market is quiet and
 * moves in bursts that set each other off, biased by a slow trend, at a strength set by a slow volatility regime.
 */
export interface FairValue {
  readonly ticks: number;
  /** How much of a burst is still to come, in ticks, signed. */
  readonly pending: number;
  /** 0 when quiet, about 1 in the middle of a cluster of bursts. */
  readonly excitement: number;
  /** The volatility regime as a multiple, 1 being ordinary. */
  readonly regime: number;
  /** Lets `ms` of venue time pass. */
  advance(ms: number): void;
  /** Gives way to a market that refuses to follow: draws the value `share` of the way to `mid`. */
  concede(mid: number, share: number): void;
}

/** @param minuteMove typical move of a minute in ticks */
export function createFairValue(random: Random, startTicks: number, minuteMove: number): FairValue {
  let ticks = startTicks;
  let pending = 0;
  let rebound = 0;
  let bursts = QUIET_BURSTS;
  let regime = 1;
  let trend = 0;
  let lastSign = 1;
  const creep = Math.min(4, 0.12 * minuteMove);

  const shiftRegime = (): void => {
    const step = random.next() < 0.5 ? -1 : 1;
    regime = Math.min(REGIMES.length - 1, Math.max(0, regime + step));
  };
  const burst = (): void => {
    const persists = random.next() < 0.45;
    const leaning = random.next() * 2 - 1 < trend ? 1 : -1;
    lastSign = persists ? lastSign : leaning;
    const move = lastSign * minuteMove * BURST_SHARE * REGIMES[regime] * exactExp(0.75 * random.gauss());
    pending += move;
    rebound -= REBOUND_SHARE * move;
    bursts += CONTAGION * (1000 / CONTAGION_MS);
  };
  return {
    get ticks() {
      return ticks;
    },
    get pending() {
      return pending;
    },
    get excitement() {
      return Math.min(1.5, bursts - QUIET_BURSTS);
    },
    get regime() {
      return REGIMES[regime];
    },
    advance(ms) {
      if (random.next() * REGIME_MS < ms) shiftRegime();
      if (random.next() * TREND_MS < ms) trend = 0.12 * random.gauss();
      if (random.next() * 1000 < bursts * ms) burst();
      bursts += (QUIET_BURSTS - bursts) * Math.min(1, ms / CONTAGION_MS);
      const step = pending * Math.min(1, ms / BURST_MS);
      pending -= step;
      const back = rebound * Math.min(1, ms / REBOUND_MS);
      rebound -= back;
      ticks += step + back + creep * random.gauss() * Math.sqrt(ms / 1000);
      if (ticks < 50) ticks = 50;
    },
    concede(mid, share) {
      ticks += (mid - ticks) * share;
      pending -= pending * share;
    },
  };
}

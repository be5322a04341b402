import { parseDuration } from './chaos-spec';
import { spelledDecimals, spellUnits, toUnits } from './decimal';
import type { ReplayMarket } from './replay-market';
import type { ReplaySymbol } from './replay-symbol';
import type { Level } from './true-book';

const CROSS_HEALS_MS = 200;
const FINE_LEVEL_LASTS_MS = 2_000;

/** Faults put into a true book for a while: the book crosses, or a level appears on a finer grid. */
export class ReplayFaults {
  readonly #market: ReplayMarket;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(market: ReplayMarket) {
    this.#market = market;
  }

  cross(arg: string): string | null {
    const { symbol, ms } = readArg(arg, CROSS_HEALS_MS);
    const state = this.#pick(symbol);
    if (typeof state === 'string') return state;
    const { bid, ask } = state.best();
    if (ask === null) return `${state.symbol} has no ask to cross.`;
    const size = bid?.[1] ?? ask[1];
    this.#put(state, [stepPrice(ask[0], 1, state.profile.priceDecimals), size], ms);
    return null;
  }

  changeTick(arg: string): string | null {
    const { symbol, ms } = readArg(arg, FINE_LEVEL_LASTS_MS);
    const state = this.#pick(symbol);
    if (typeof state === 'string') return state;
    const { bid } = state.best();
    if (bid === null) return `${state.symbol} has no bid to put a finer price beside.`;
    state.finer++;
    this.#market.dialect.tickChanged?.(state);
    this.#put(state, [stepPrice(bid[0], -1, state.priceDecimals), bid[1]], ms);
    return null;
  }

  dispose(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #put(state: ReplaySymbol, level: Level, ms: number): void {
    this.#market.player.inject(state, [level]);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#market.player.heal(state, level);
    }, ms);
    this.#timers.add(timer);
  }

  #pick(symbol: string): ReplaySymbol | string {
    if (symbol === '') return this.#market.busiest();
    const found = [...this.#market.states.values()].find(
      (state) => state.symbol.toLowerCase() === symbol.toLowerCase(),
    );
    return found ?? `${this.#market.venue} has no ${symbol}.`;
  }
}

/** A price so many steps (of the given decimals) away from another, spelled with at least its digits. */
export function stepPrice(price: string, steps: number, decimals: number): string {
  const spelled = Math.max(spelledDecimals(price), decimals);
  const unit = 10n ** BigInt(spelled - decimals);
  return spellUnits(toUnits(price, spelled) + BigInt(steps) * unit, spelled);
}

// The symbol may hold a slash itself: what is no duration is part of it.
function readArg(arg: string, standardMs: number): { symbol: string; ms: number } {
  const parts = arg.split('/').filter((text) => text !== '');
  const last = parts[parts.length - 1];
  const ms = last === undefined ? null : parseDuration(last);
  return { symbol: (ms === null ? parts : parts.slice(0, -1)).join('/'), ms: ms ?? standardMs };
}

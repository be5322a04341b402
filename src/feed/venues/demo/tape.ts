import type { TapeAggregate, TapeTrade } from './wire';

const KEPT = 32_768;

/** The last trades of a market, addressed by their consecutive ids. */
export interface Tape {
  /** Id of the next trade. */
  readonly nextId: number;
  /** Id of the oldest trade still kept; equal to {@link nextId} while there is none. */
  readonly oldestId: number;
  /** Appends a trade; `startsAggregate` unless it goes on the same taker's order at the same price. */
  add(trade: TapeTrade, startsAggregate: boolean): void;
  /** The kept trade with this id, or null. */
  trade(id: number): TapeTrade | null;
  /** Aggregate id of a kept trade, or -1. */
  aggregateIdOf(id: number): number;
  /** The aggregate a kept trade belongs to, as far as it is kept and has happened, or null. */
  aggregateOf(id: number): TapeAggregate | null;
  /** Id of the first kept trade of the first aggregate with this id or a later one; {@link nextId} when there is none. */
  firstTradeOf(aggregateId: number): number;
}

export function createTape(firstId: number, firstAggregateId: number): Tape {
  const times = new Float64Array(KEPT);
  const ticks = new Float64Array(KEPT);
  const lots = new Float64Array(KEPT);
  const makerIsBuyer = new Uint8Array(KEPT);
  const aggregates = new Float64Array(KEPT);
  let nextId = firstId;
  let aggregate = firstAggregateId - 1;

  const oldest = (): number => Math.max(firstId, nextId - KEPT);
  const isKept = (id: number): boolean => Number.isSafeInteger(id) && id >= oldest() && id < nextId;
  const at = (id: number): number => (id - firstId) % KEPT;
  const aggregateIdOf = (id: number): number => (isKept(id) ? aggregates[at(id)] : -1);
  const trade = (id: number): TapeTrade | null => {
    if (!isKept(id)) return null;
    const row = at(id);
    return { id, time: times[row], ticks: ticks[row], lots: lots[row], makerIsBuyer: makerIsBuyer[row] === 1 };
  };
  return {
    get nextId() {
      return nextId;
    },
    get oldestId() {
      return oldest();
    },
    add(next, startsAggregate) {
      const row = at(nextId);
      if (startsAggregate) aggregate++;
      times[row] = next.time;
      ticks[row] = next.ticks;
      lots[row] = next.lots;
      makerIsBuyer[row] = next.makerIsBuyer ? 1 : 0;
      aggregates[row] = aggregate;
      nextId++;
    },
    trade,
    aggregateIdOf,
    aggregateOf(id) {
      const middle = trade(id);
      if (middle === null) return null;
      const own = aggregateIdOf(id);
      let first = id;
      let last = id;
      while (aggregateIdOf(first - 1) === own) first--;
      while (aggregateIdOf(last + 1) === own) last++;
      let sum = 0;
      for (let i = first; i <= last; i++) sum += lots[at(i)];
      return { ...middle, id: own, firstId: first, lastId: last, time: times[at(first)], lots: sum };
    },
    firstTradeOf(aggregateId) {
      let low = oldest();
      let high = nextId;
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (aggregates[at(middle)] < aggregateId) low = middle + 1;
        else high = middle;
      }
      return low;
    },
  };
}

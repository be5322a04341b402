import type { ReplayMessage } from './dialect';
import type { ReplayMarket } from './replay-market';
import type { ReplaySymbol } from './replay-symbol';

/**
 * Venue time for messages of our own among recorded ones: between the last that was played and the next, which were
 * both some time on their way, and never going back. A client that orders by time would otherwise refuse what was
 * recorded.
 */
export class SteadyClock {
  readonly #market: ReplayMarket;
  readonly #indexes = new Map<string, number[]>();
  readonly #latest = new Map<ReplaySymbol, number>();

  /** @param counts which recorded messages are told by the time they were sent */
  constructor(market: ReplayMarket, counts: (message: ReplayMessage) => boolean) {
    this.#market = market;
    market.recording.messages.forEach((message, index) => {
      if (message.time === undefined || !counts(message)) return;
      const held = this.#indexes.get(message.symbol);
      if (held === undefined) this.#indexes.set(message.symbol, [index]);
      else held.push(index);
    });
  }

  /** ms since 1970. */
  now(state: ReplaySymbol): number {
    const { last, next } = this.#neighbours(state);
    const latest = this.#latest.get(state) ?? Number.NEGATIVE_INFINITY;
    const time = Math.max(latest, last, Math.min(this.#market.now(state), next));
    this.#latest.set(state, time);
    return time;
  }

  #neighbours(state: ReplaySymbol): { last: number; next: number } {
    const { recording, around, timeline } = this.#market;
    const indexes = this.#indexes.get(state.symbol) ?? [];
    const shift = this.#market.timeShift(state.profile.file);
    const timeAt = (place: number): number => (recording.messages[indexes[place]].time ?? 0) + shift;
    const place = placeOf(indexes, around.replay.next);
    const last = place > 0 ? timeAt(place - 1) : Number.NEGATIVE_INFINITY;
    if (place < indexes.length) return { last, next: timeAt(place) - 1 };
    // After the last one of a lap comes the first of the next.
    const next = indexes.length > 0 ? timeAt(0) + Math.round(timeline.lapUs / 1000) - 1 : Number.POSITIVE_INFINITY;
    return { last, next };
  }
}

/** Place of the first index that is not below. */
function placeOf(indexes: readonly number[], index: number): number {
  let [low, high] = [0, indexes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (indexes[middle] < index) low = middle + 1;
    else high = middle;
  }
  return low;
}

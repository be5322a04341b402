import type { Candle } from './candles';
import { bucketAfter, bucketStart } from './intervals';
import type { ReplayMarket } from './replay-market';
import type { ReplaySymbol } from './replay-symbol';

export interface ToldBar {
  readonly bar: Candle;
  readonly closed: boolean;
}

/** A bar is closed this long after its end, when prints of its last moment have arrived. */
const CLOSING_GRACE_MS = 250;
const MOST_CLOSINGS = 600;

/** Tells the bars of one candle stream: what changed since it was last asked, every bar once as closed. */
export class BarTeller {
  readonly #market: ReplayMarket;
  readonly #state: ReplaySymbol;
  readonly #interval: string;
  #open = Number.NaN;
  #said = '';

  constructor(market: ReplayMarket, state: ReplaySymbol, interval: string) {
    this.#market = market;
    this.#state = state;
    this.#interval = interval;
  }

  /** @param now venue time, ms */
  next(now: number): ToldBar[] {
    this.#market.originOf(this.#state);
    const since = Number.isNaN(this.#open) ? bucketStart(this.#interval, now) : this.#open;
    const bars = this.#state.candlesSince(this.#interval, since, now);
    const current = bars[bars.length - 1];
    if (current === undefined) return [];
    const closable = bars.slice(0, -1);
    const closed = closable.filter((bar) => bucketAfter(this.#interval, bar.t) + CLOSING_GRACE_MS <= now);
    const told: ToldBar[] = closed.slice(-MOST_CLOSINGS).map((bar) => ({ bar, closed: true }));
    const latest = closed[closed.length - 1];
    if (latest !== undefined) this.#open = bucketAfter(this.#interval, latest.t);
    // The next bar opens only when the one before it has been closed.
    if (closed.length < closable.length) return told;
    if (Number.isNaN(this.#open)) this.#open = current.t;
    const said = `${current.t} ${current.trades} ${current.volume}`;
    if (said === this.#said) return told;
    this.#said = said;
    return [...told, { bar: current, closed: false }];
  }
}

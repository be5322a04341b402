import { BarTeller } from './bar-teller';
import {
  BYBIT_INTERVALS,
  bestMark,
  bookText,
  type Category,
  klineText,
  tickerFields,
  tickerText,
} from './bybit-format';
import { channelOf, type Derivation, readChannel } from './dialect';
import type { ReplayMarket } from './replay-market';
import { channelOfMessage } from './replay-recording';
import type { ReplaySymbol } from './replay-symbol';
import { TrueBook } from './true-book';
import { type Fields, isFields, parseFields } from './wire-text';

const BEST_AGAIN_MS = 3_000;
const KLINE_MS = 1_000;
const TICKER_MS: Readonly<Record<Category, number>> = { spot: 50, linear: 100 };
const SHALLOW_MS: Readonly<Record<string, number>> = { 50: 20, 200: 100 };
const COUNTS_FROM = 1_000_000;

/** Best prices as last told. */
interface Best {
  id: bigint;
  said: string;
  at: number;
}

/** The venue's counter in the recording as far as it was played. */
interface Count {
  readonly lap: number;
  upTo: number;
  value: bigint;
}

/** Streams made from the true book and the trades: the best prices, books less deep than the recorded one, tickers, bars. */
export class BybitDerived {
  readonly #market: ReplayMarket;
  readonly #category: Category;
  readonly #best = new Map<string, Best>();
  readonly #shallow = new Map<string, TrueBook>();
  readonly #counters = new Map<string, Count>();

  constructor(market: ReplayMarket, category: Category) {
    this.#market = market;
    this.#category = category;
  }

  derive(channel: string): Derivation | null {
    const { kind, symbol, detail } = readChannel(channel);
    const state = this.#market.states.get(symbol);
    if (state === undefined || state.profile.kinds.has(channel)) return null;
    if (kind === 'best') return { everyMs: BEST_AGAIN_MS / 30, speak: (now) => this.#bestAgain(state, now) };
    if (kind === 'shallow') return this.#shallower(state, channel, Number(detail));
    if (kind === 'ticker' && !state.profile.kinds.has('ticker')) return this.#ticker(state);
    return kind === 'kline' ? this.#candles(state, detail) : null;
  }

  /** The true book changed: its best prices are told at once where they are another. */
  moved(state: ReplaySymbol): void {
    const channel = channelOf('best', state.symbol);
    if (state.profile.kinds.has(channel) || !this.#market.wants(channel)) return;
    const best = this.#bestOf(state);
    if (best.said === keyOf(state)) return;
    best.id++;
    best.said = keyOf(state);
    best.at = this.#market.now(state);
    this.#market.publish(channel, state.symbol, this.#bestText(state, best));
  }

  /** The best prices as they stand, for a new subscriber. */
  best(state: ReplaySymbol): string {
    const best = this.#bestOf(state);
    const said = keyOf(state);
    if (best.said !== said) best.id++;
    best.said = said;
    return this.#bestText(state, best);
  }

  /** The shallower book as its stream last told it. */
  shallow(state: ReplaySymbol, channel: string): string {
    const book = this.#shallow.get(channel) ?? new TrueBook();
    const levels = { bids: book.levels('bid'), asks: book.levels('ask') };
    return this.#shallowText('snapshot', state, channel, levels, book.sequence);
  }

  /** All figures of the day: recorded ones put together, or made of the trades. */
  ticker(state: ReplaySymbol): string {
    this.#market.originOf(state);
    const now = this.#market.now(state);
    const recorded = state.profile.kinds.has('ticker') ? this.#recordedTicker(state) : {};
    const data = { ...tickerFields(state, this.#category, now), ...recorded };
    return tickerText(this.#category, state.symbol, 'snapshot', data, now, this.counterOf(state));
  }

  /** The venue's counter across all topics of a symbol, as last sent. */
  counterOf(state: ReplaySymbol): bigint {
    const { around, recording } = this.#market;
    const { next, lap } = around.replay;
    let count = this.#counters.get(state.symbol);
    if (count === undefined || count.lap !== lap) {
      count = { lap, upTo: 0, value: count?.value ?? 0n };
      this.#counters.set(state.symbol, count);
    }
    for (; count.upTo < next; count.upTo++) {
      const { symbol, marks } = recording.messages[count.upTo];
      if (symbol === state.symbol && marks?.seq !== undefined) count.value = marks.seq;
    }
    return count.value + (state.markShift.get('seq') ?? 0n);
  }

  #bestOf(state: ReplaySymbol): Best {
    let best = this.#best.get(state.symbol);
    if (best === undefined) {
      const channel = channelOf('best', state.symbol);
      const recorded = this.#market.recording.messages.find((message) => channelOfMessage(message) === channel);
      const first = recorded?.marks?.[bestMark] ?? BigInt(COUNTS_FROM);
      best = { id: first - 1n, said: keyOf(state), at: this.#market.now(state) };
      this.#best.set(state.symbol, best);
    }
    return best;
  }

  #bestText(state: ReplaySymbol, { id }: Best): string {
    const { bid, ask } = state.best();
    const levels = { bids: bid === null ? [] : [bid], asks: ask === null ? [] : [ask] };
    const place = { category: this.#category, depth: 1, symbol: state.symbol, now: this.#market.now(state) };
    return bookText('snapshot', place, levels, id, this.counterOf(state));
  }

  // What has not changed is said again after three seconds, under the same number.
  #bestAgain(state: ReplaySymbol, now: number): string[] {
    const best = this.#bestOf(state);
    if (now - best.at < BEST_AGAIN_MS) return [];
    best.at = now;
    return [this.best(state)];
  }

  #shallower(state: ReplaySymbol, channel: string, depth: number): Derivation {
    const held = new TrueBook();
    held.load(state.book.levels('bid', depth), state.book.levels('ask', depth), COUNTS_FROM);
    this.#shallow.set(channel, held);
    return {
      everyMs: SHALLOW_MS[depth] ?? 100,
      speak: () => {
        const [bids, asks] = [state.book.levels('bid', depth), state.book.levels('ask', depth)];
        const change = held.diffTo(bids, asks);
        if (change.bids.length + change.asks.length === 0) return [];
        held.load(bids, asks, held.sequence + 1);
        return [this.#shallowText('delta', state, channel, change, held.sequence)];
      },
    };
  }

  #shallowText(
    type: 'snapshot' | 'delta',
    state: ReplaySymbol,
    channel: string,
    levels: Parameters<typeof bookText>[2],
    id: number,
  ): string {
    const depth = Number(readChannel(channel).detail);
    const place = { category: this.#category, depth, symbol: state.symbol, now: this.#market.now(state) };
    return bookText(type, place, levels, id, this.counterOf(state));
  }

  // Spot tells all figures every time; of contracts only what is new.
  #ticker(state: ReplaySymbol): Derivation {
    this.#market.originOf(state);
    let said: Record<string, string> = tickerFields(state, this.#category, this.#market.now(state));
    return {
      everyMs: TICKER_MS[this.#category],
      speak: (now) => {
        const figures = tickerFields(state, this.#category, now);
        const fresh = Object.entries(figures).filter(([key, value]) => said[key] !== value);
        said = figures;
        if (fresh.length === 0) return [];
        const isWhole = this.#category === 'spot';
        const data = isWhole ? figures : { symbol: state.symbol, ...Object.fromEntries(fresh) };
        const type = isWhole ? 'snapshot' : 'delta';
        return [tickerText(this.#category, state.symbol, type, data, now, this.counterOf(state))];
      },
    };
  }

  #candles(state: ReplaySymbol, spelt: string): Derivation {
    const teller = new BarTeller(this.#market, state, BYBIT_INTERVALS.get(spelt) ?? '1m');
    return {
      everyMs: KLINE_MS,
      speak: (now) => teller.next(now).map(({ bar, closed }) => klineText(state, spelt, bar, closed, now)),
    };
  }

  /** Recorded figures up to here, the later over the earlier. */
  #recordedTicker(state: ReplaySymbol): Fields {
    const { around, recording } = this.#market;
    const channel = channelOf('ticker', state.symbol);
    const figures: Record<string, unknown> = {};
    const { lap, next: upTo } = around.replay;
    const told = recording.messages.filter(
      (message, index) => channelOfMessage(message) === channel && (lap > 0 || index < upTo),
    );
    // Before the first one is played, what it will say.
    const known =
      told.length > 0
        ? told
        : recording.messages.filter((message) => channelOfMessage(message) === channel).slice(0, 1);
    for (const { text } of known) {
      const data = parseFields(text)?.data;
      if (isFields(data)) Object.assign(figures, data);
    }
    const next = Number(figures.nextFundingTime);
    if (next > 0) figures.nextFundingTime = String(next + this.#market.timeShift(state.profile.file));
    return figures;
  }
}

function keyOf(state: ReplaySymbol): string {
  const { bid, ask } = state.best();
  return `${bid ?? ''} ${ask ?? ''}`;
}

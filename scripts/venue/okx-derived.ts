import { BarTeller } from './bar-teller';
import { channelOf, type Derivation, readChannel } from './dialect';
import type { OkxDialect } from './okx';
import { argText, barRow, kindOf, OKX_BARS, tickerFields, wholeText } from './okx-format';
import type { ReplayMarket } from './replay-market';
import type { ReplaySymbol } from './replay-symbol';

const WHOLE_MS = 100;
const TICKER_MS = 100;
const CANDLE_MS = 1_000;
const LEVELS: Readonly<Record<string, number>> = { 'bbo-tbt': 1, books5: 5 };

/** Streams made from the true book and the trades: best levels, tickers, bars. */
export class OkxDerived {
  readonly #market: ReplayMarket;
  readonly #dialect: OkxDialect;
  readonly #best = new Map<string, string>();

  constructor(market: ReplayMarket, dialect: OkxDialect) {
    this.#market = market;
    this.#dialect = dialect;
  }

  derive(channel: string): Derivation | null {
    const { kind, symbol, detail } = readChannel(channel);
    const state = this.#market.states.get(symbol);
    if (state === undefined || state.profile.kinds.has(channel)) return null;
    if (kind === 'books5') return this.#wholes(state, kind);
    if (kind === 'ticker' && !state.profile.kinds.has('ticker')) return this.#ticker(state);
    return kind === 'candle' ? this.#candles(state, detail) : null;
  }

  /** The true book changed: its best prices are told at once where they are another. */
  moved(state: ReplaySymbol): void {
    const channel = channelOf('bbo-tbt', state.symbol);
    if (state.profile.kinds.has(channel) || !this.#market.wants(channel)) return;
    const text = this.#levels(state, 'bbo-tbt');
    if (this.#best.get(state.symbol) === text) return;
    this.#best.set(state.symbol, text);
    this.#market.publish(channel, state.symbol, this.best(state, 'bbo-tbt'));
  }

  /** The best levels as they stand. */
  best(state: ReplaySymbol, channel: 'bbo-tbt' | 'books5'): string {
    const count = LEVELS[channel];
    const sides = { bids: state.book.levels('bid', count), asks: state.book.levels('ask', count) };
    const id = this.#dialect.sequence === 'ids' ? state.book.sequence : null;
    return wholeText(channel, state.symbol, sides, this.#market.now(state), id);
  }

  /** The figures of the day: as last sent, or made of the trades. */
  ticker(state: ReplaySymbol): string {
    const sent = this.#market.player.latest(channelOf('ticker', state.symbol));
    if (sent !== null) return sent;
    this.#market.originOf(state);
    return this.#tickerText(state, this.#market.now(state));
  }

  /** The bar that runs, for a new subscriber. */
  candle(state: ReplaySymbol, bar: string): string | null {
    this.#market.originOf(state);
    const now = this.#market.now(state);
    const bars = state.candles(OKX_BARS.get(bar) ?? '1m', now);
    const running = bars[bars.length - 1];
    return running === undefined ? null : candleText(state, bar, barRow(state, running, false));
  }

  #levels(state: ReplaySymbol, channel: string): string {
    const count = LEVELS[channel];
    return `${state.book.levels('bid', count).join(' ')}|${state.book.levels('ask', count).join(' ')}`;
  }

  #wholes(state: ReplaySymbol, channel: 'books5'): Derivation {
    let said = this.#levels(state, channel);
    return {
      everyMs: WHOLE_MS,
      speak: () => {
        const levels = this.#levels(state, channel);
        if (levels === said) return [];
        said = levels;
        return [this.best(state, channel)];
      },
    };
  }

  #ticker(state: ReplaySymbol): Derivation {
    let said = '';
    return {
      everyMs: TICKER_MS,
      speak: (now) => {
        const { ts: _, ...figures } = tickerFields(state, kindOf(state.symbol), now);
        const text = JSON.stringify(figures);
        if (text === said) return [];
        const isFirst = said === '';
        said = text;
        return isFirst ? [] : [this.#tickerText(state, now)];
      },
    };
  }

  #tickerText(state: ReplaySymbol, now: number): string {
    const data = JSON.stringify([tickerFields(state, kindOf(state.symbol), now)]);
    return `{${argText('tickers', state.symbol)},"data":${data}}`;
  }

  #candles(state: ReplaySymbol, spelt: string): Derivation {
    const teller = new BarTeller(this.#market, state, OKX_BARS.get(spelt) ?? '1m');
    return {
      everyMs: CANDLE_MS,
      speak: (now) => teller.next(now).map(({ bar, closed }) => candleText(state, spelt, barRow(state, bar, closed))),
    };
  }
}

function candleText(state: ReplaySymbol, bar: string, row: readonly string[]): string {
  return `{${argText(`candle${bar}`, state.symbol)},"data":[${JSON.stringify(row)}]}`;
}

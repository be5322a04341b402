import { type BookState, canonical, type LevelText, ReferenceBook } from '@/feed/testing/reference-book.ts';

/** One trade of the market. */
export interface MarketTrade {
  readonly id: number;
  readonly price: string;
  readonly size: string;
  readonly isBuy: boolean;
  readonly time: number;
}

/** A minute's bar, of every trade in it. */
export interface MarketBar {
  readonly t: number;
  readonly o: string;
  readonly h: string;
  readonly l: string;
  readonly c: string;
  readonly v: string;
  readonly n: number;
  readonly firstId: number;
  readonly lastId: number;
}

export type LevelChange = readonly [side: 'b' | 'a', price: string, size: string];

/** One change of the book and the book after it. */
export interface MarketChange {
  /** Id of the change before it. */
  readonly previous: number;
  readonly id: number;
  readonly bids: readonly LevelText[];
  readonly asks: readonly LevelText[];
  readonly state: BookState;
  readonly time: number;
}

const MINUTE = 60_000;

/** Sum of decimal texts. */
export function sum(one: string, other: string): string {
  const scaled = (text: string): bigint => {
    const [whole = '0', fraction = ''] = text.split('.');
    return BigInt(whole) * 10n ** 18n + BigInt(fraction.padEnd(18, '0'));
  };
  const total = (scaled(one) + scaled(other)).toString().padStart(19, '0');
  return canonical(`${total.slice(0, -18)}.${total.slice(-18)}`);
}

const more = (one: string, other: string): string => (Number(one) >= Number(other) ? one : other);
const less = (one: string, other: string): string => (Number(one) <= Number(other) ? one : other);

/** A market of one symbol as it truly is: what a venue tells of it is checked against this. */
export class Market {
  private readonly book = new ReferenceBook();
  readonly trades: MarketTrade[] = [];
  readonly bars = new Map<number, MarketBar>();
  id = 1_000;
  lastChange: MarketChange | null = null;

  constructor(
    readonly symbol: string,
    readonly now: () => number,
    levels: readonly LevelChange[] = LEVELS,
  ) {
    for (const level of levels) this.book.set(...level);
  }

  get state(): BookState {
    return this.book.state(this.id);
  }

  get time(): number {
    return Math.floor(this.now());
  }

  /** Change levels in one step; the id goes to `id`, by default to the next. */
  change(changes: readonly LevelChange[], id = this.id + 1): MarketChange {
    const previous = this.id;
    for (const change of changes) this.book.set(...change);
    this.id = id;
    const side = (letter: 'b' | 'a'): LevelText[] =>
      changes.filter((change) => change[0] === letter).map(([, price, size]) => [price, size]);
    const { state, time } = this;
    this.lastChange = { previous, id, bids: side('b'), asks: side('a'), state, time };
    return this.lastChange;
  }

  /** The market as it was at a state of the past, for whoever tells of it too late. */
  at(state: BookState): Market {
    const levels = [
      ...state.bids.map(([price, size]): LevelChange => ['b', price, size]),
      ...state.asks.map(([price, size]): LevelChange => ['a', price, size]),
    ];
    const past = new Market(this.symbol, this.now, levels);
    past.id = state.id;
    return past;
  }

  /** Everything goes and other levels come, in one step. */
  replace(levels: readonly LevelChange[], id = this.id + 1): MarketChange {
    const { bids, asks } = this.state;
    const gone = [
      ...bids.map(([price]): LevelChange => ['b', price, '0']),
      ...asks.map(([price]): LevelChange => ['a', price, '0']),
    ].filter(([side, price]) => !levels.some((level) => level[0] === side && canonical(level[1]) === price));
    return this.change([...gone, ...levels], id);
  }

  trade(price: string, size: string, isBuy: boolean, time = this.time): MarketTrade {
    const trade = { id: 500 + this.trades.length, price, size, isBuy, time };
    this.trades.push(trade);
    const t = Math.floor(time / MINUTE) * MINUTE;
    const bar = this.bars.get(t);
    this.bars.set(
      t,
      bar
        ? {
            ...bar,
            h: more(bar.h, price),
            l: less(bar.l, price),
            c: price,
            v: sum(bar.v, size),
            n: bar.n + 1,
            lastId: trade.id,
          }
        : { t, o: price, h: price, l: price, c: price, v: canonical(size), n: 1, firstId: trade.id, lastId: trade.id },
    );
    return trade;
  }

  /** Bars in the order of time. */
  get history(): MarketBar[] {
    return [...this.bars.values()].sort((a, b) => a.t - b.t);
  }

  /** The bar that a trade is in. */
  barOf({ time }: MarketTrade): MarketBar {
    const bar = this.bars.get(Math.floor(time / MINUTE) * MINUTE);
    if (!bar) throw new Error('a trade without a bar');
    return bar;
  }
}

/** The book every market begins with. */
const LEVELS: readonly LevelChange[] = [
  ['b', '100.5', '3'],
  ['b', '100', '2.5'],
  ['b', '99.5', '4'],
  ['a', '101', '1.5'],
  ['a', '101.5', '2'],
  ['a', '102', '5'],
];

import type { Grid } from '@/market/instrument.ts';
import type { LevelList } from '../book/level-list.ts';
import type {
  CandleEvent,
  Control,
  DecodeSink,
  Diff,
  HistoryCandle,
  Statement,
  StreamBook,
  TickerEvent,
  TradeEvent,
} from '../venues/venue.ts';

/** Price and size of each level, and its checksum's token where the venue has one. */
const levelsOf = (list: LevelList): unknown[] =>
  Array.from({ length: list.count }, (_, i) => [
    list.ticks[i],
    list.wide?.get(i) ?? list.lots[i],
    ...list.tokens.slice(i, i + 1),
  ]);

/** Writes down every call of a decoder, scratch copied, so that two decoders can be held against each other. */
export class CallLog implements DecodeSink {
  calls: unknown[][] = [];
  readonly grids = new Map<string, Grid>();
  readonly unwanted = new Set<string>();
  /** The finest grid it agrees to. */
  finest = 18;

  /** @param first  the grid every symbol begins with */
  constructor(private readonly first: Grid = { priceDecimals: 2, lotDecimals: 3, epoch: 0 }) {}

  /** The calls since this was asked last. */
  take(): unknown[][] {
    const { calls } = this;
    this.calls = [];
    return calls;
  }

  grid(symbol: string): Grid | null {
    return this.unwanted.has(symbol) ? null : (this.grids.get(symbol) ?? this.first);
  }
  refine(symbol: string, priceDecimals: number, lotDecimals: number): void {
    this.calls.push(['refine', symbol, priceDecimals, lotDecimals]);
    if (Math.max(priceDecimals, lotDecimals) > this.finest) return;
    this.grids.set(symbol, { priceDecimals, lotDecimals, epoch: 1 });
  }
  diff(symbol: string, diff: Diff): void {
    this.calls.push(['diff', symbol, { ...diff, bids: levelsOf(diff.bids), asks: levelsOf(diff.asks) }]);
  }
  book(symbol: string, book: StreamBook): void {
    this.calls.push(['book', symbol, { ...book, bids: levelsOf(book.bids), asks: levelsOf(book.asks) }]);
  }
  statement(symbol: string, stated: Statement): void {
    this.calls.push(['statement', symbol, { ...stated, bids: levelsOf(stated.bids), asks: levelsOf(stated.asks) }]);
  }
  newestTrade(symbol: string, id: number, time: number): void {
    this.calls.push(['newestTrade', symbol, id, time]);
  }
  trade(symbol: string, trade: TradeEvent): void {
    this.calls.push(['trade', symbol, { ...trade }]);
  }
  excluded(symbol: string, id: number, time: number): void {
    this.calls.push(['excluded', symbol, id, time]);
  }
  quote(symbol: string, updateId: number, text: string): void {
    this.calls.push(['quote', symbol, updateId, text]);
  }
  candle(symbol: string, candle: CandleEvent): void {
    this.calls.push(['candle', symbol, candle]);
  }
  history(symbol: string, interval: string, rows: readonly HistoryCandle[]): void {
    this.calls.push(['history', symbol, interval, rows]);
  }
  ticker(symbol: string, ticker: TickerEvent): void {
    this.calls.push(['ticker', symbol, ticker]);
  }
  control(message: Control): void {
    this.calls.push(['control', message]);
  }
  ignored(unknown: boolean): void {
    this.calls.push(['ignored', unknown]);
  }
  rejected(reason: string, symbol: string | null, wasDiff: boolean): void {
    this.calls.push(['rejected', reason, symbol, wasDiff]);
  }
}

import { formatTrimmed } from '@/market/decimal.ts';
import type { Grid } from '@/market/instrument.ts';
import { BUYER } from '@/market/trade.ts';
import type { LevelList } from '../book/level-list.ts';
import type {
  CandleEvent,
  Control,
  DecodeSink,
  Diff,
  HistoryCandle,
  Snapshot,
  Statement,
  StreamBook,
  TickerEvent,
  TradeEvent,
} from '../venues/venue.ts';
import { ReferenceBook } from './reference-book.ts';

/** A line of a recording; see its README for what the keys mean. */
export interface CaptureLine {
  readonly t: number;
  readonly dir: 'in' | 'out' | 'http';
  readonly url?: string;
  readonly m: string;
}

/** The lines of an unpacked recording. */
export function linesOf(text: string): CaptureLine[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as CaptureLine);
}

/** A trade as decimals. */
export interface KeptTrade {
  readonly id: number;
  readonly price: string;
  readonly size: string;
  readonly isBuy: boolean;
  readonly time: number;
  readonly initial: boolean;
}

/** The top of a book as a second source states it, as decimals. */
export interface KeptStatement {
  readonly symbol: string;
  readonly sequence: number;
  readonly time: number;
  readonly bids: readonly (readonly [price: string, size: string])[];
  readonly asks: readonly (readonly [price: string, size: string])[];
}

/**
 * Keeps books, trades and whatever else a decoder says in the plainest way there is: text to text. It wants every
 * symbol and begins each on the coarsest grid, so that everything finer has to be asked for.
 */
export class BookKeeper implements DecodeSink {
  readonly books = new Map<string, ReferenceBook>();
  readonly trades = new Map<string, KeptTrade[]>();
  readonly tickers = new Map<string, TickerEvent[]>();
  readonly statements: KeptStatement[] = [];
  readonly newest: [symbol: string, id: number, time: number][] = [];
  readonly controls: Control[] = [];
  readonly rejections: string[] = [];
  readonly counts = { diff: 0, book: 0, ignored: 0, unknown: 0, wide: 0 };
  private readonly grids = new Map<string, Grid>();

  grid(symbol: string): Grid {
    return this.grids.get(symbol) ?? { priceDecimals: 0, lotDecimals: 0, epoch: 0 };
  }
  refine(symbol: string, priceDecimals: number, lotDecimals: number): void {
    this.grids.set(symbol, { priceDecimals, lotDecimals, epoch: this.grid(symbol).epoch + 1 });
  }
  diff(symbol: string, diff: Diff): void {
    this.counts.diff++;
    const book = this.books.get(symbol);
    if (book === undefined) throw new Error(`a diff of ${symbol} before its book`);
    this.fill(symbol, book, diff);
  }
  book(symbol: string, given: StreamBook): void {
    this.counts.book++;
    this.replace(symbol, given);
  }
  /** A whole book takes the place of what was kept. */
  replace(symbol: string, given: Pick<Snapshot, 'bids' | 'asks'>): void {
    const book = new ReferenceBook();
    this.fill(symbol, book, given);
    this.books.set(symbol, book);
  }
  trade(symbol: string, trade: TradeEvent): void {
    const { priceDecimals } = this.grid(symbol);
    const kept = {
      id: trade.id,
      price: formatTrimmed(trade.ticks, priceDecimals),
      size: this.sizeText(symbol, trade.lots, trade.wideLots),
      isBuy: trade.aggressor === BUYER,
      time: trade.time,
      initial: trade.initial,
    };
    this.trades.set(symbol, [...(this.trades.get(symbol) ?? []), kept]);
  }
  statement(symbol: string, { sequence, time, bids, asks }: Statement): void {
    this.statements.push({
      symbol,
      sequence,
      time,
      bids: this.levels(symbol, bids),
      asks: this.levels(symbol, asks),
    });
  }
  newestTrade(symbol: string, id: number, time: number): void {
    this.newest.push([symbol, id, time]);
  }
  ticker(symbol: string, ticker: TickerEvent): void {
    this.tickers.set(symbol, [...(this.tickers.get(symbol) ?? []), ticker]);
  }
  control(message: Control): void {
    this.controls.push(message);
  }
  ignored(unknown: boolean): void {
    this.counts.ignored++;
    if (unknown) this.counts.unknown++;
  }
  rejected(reason: string): void {
    this.rejections.push(reason);
  }
  quote(): void {
    throw new Error('no quotes here');
  }
  candle(_symbol: string, _candle: CandleEvent): void {
    throw new Error('no candles here');
  }
  history(_symbol: string, _interval: string, _rows: readonly HistoryCandle[]): void {
    throw new Error('no history here');
  }
  excluded(): void {
    throw new Error('nothing is excluded here');
  }

  /** The text whose SHA-256 is the digest of a book. */
  digest(symbol: string): string {
    return this.books.get(symbol)?.state(0).digest ?? '';
  }

  private fill(symbol: string, book: ReferenceBook, given: Pick<Snapshot, 'bids' | 'asks'>): void {
    for (const [price, size] of this.levels(symbol, given.bids)) book.set('b', price, size);
    for (const [price, size] of this.levels(symbol, given.asks)) book.set('a', price, size);
  }

  private levels(symbol: string, list: LevelList): [price: string, size: string][] {
    this.counts.wide += list.wide?.size ?? 0;
    const { priceDecimals } = this.grid(symbol);
    return Array.from({ length: list.count }, (_, i) => [
      formatTrimmed(list.ticks[i], priceDecimals),
      this.sizeText(symbol, list.lots[i], list.wide?.get(i) ?? 0n),
    ]);
  }

  private sizeText(symbol: string, lots: number, wide: bigint): string {
    return formatTrimmed(lots === -1 ? wide : lots, this.grid(symbol).lotDecimals);
  }
}

/** The exact sum of decimal texts, in its shortest spelling. */
export function sumOf(texts: readonly string[]): string {
  let sum = 0n;
  for (const text of texts) {
    const [whole = '0', fraction = ''] = text.split('.');
    sum += BigInt(whole) * 10n ** 18n + BigInt(fraction.padEnd(18, '0'));
  }
  return formatTrimmed(sum, 18);
}

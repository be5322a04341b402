import type { BookColumns } from '@/market/book.ts';
import type { Grid } from '@/market/instrument.ts';
import type { LotsSum } from '@/market/quantity.ts';
import type { BookFrame, TickerFrame } from '@/protocol/frame.ts';

/** By which powers of ten a grid became finer. */
export interface GridStep {
  readonly price: number;
  readonly lot: number;
  readonly epoch: number;
}

/** The step from one grid to the next, or null when there is none. A grid of one worker only ever gets finer. */
export function gridStep(from: Grid | undefined, to: Grid | undefined): GridStep | null {
  if (!from || !to || from.epoch === to.epoch) return null;
  return {
    price: Math.max(0, to.priceDecimals - from.priceDecimals),
    lot: Math.max(0, to.lotDecimals - from.lotDecimals),
    epoch: to.epoch,
  };
}

/** The same book on the finer grid. What a panel received stays as it is: this is a new one. */
export function rescaleBook(book: BookFrame | null, step: GridStep | null): BookFrame | null {
  if (!book || !step || book.epoch === step.epoch) return book;
  const price = 10 ** step.price;
  const { coverage } = book;
  return {
    ...book,
    epoch: step.epoch,
    top: rescaleColumns(book.top, step),
    rows: rescaleColumns(book.rows, step),
    step: book.step * price,
    coverage: {
      bidFrom: coverage.bidFrom * price,
      askTo: coverage.askTo * price,
      window: coverage.window && [coverage.window[0] * price, coverage.window[1] * price],
      bidHorizon: coverage.bidHorizon * price,
      askHorizon: coverage.askHorizon * price,
    },
  };
}

function rescaleColumns(columns: BookColumns, step: GridStep): BookColumns {
  const price = 10 ** step.price;
  const bids = rescaleLots(columns.bidLots, columns.wideBids, step.lot);
  const asks = rescaleLots(columns.askLots, columns.wideAsks, step.lot);
  return {
    bidTicks: columns.bidTicks.map((ticks) => ticks * price),
    askTicks: columns.askTicks.map((ticks) => ticks * price),
    bidLots: bids.lots,
    askLots: asks.lots,
    wideBids: bids.wide,
    wideAsks: asks.wide,
  };
}

function rescaleLots(
  lots: Float64Array,
  wide: readonly (readonly [number, string])[],
  power: number,
): { lots: Float64Array; wide: [number, string][] } {
  const texts = new Map(wide);
  const scaled = Float64Array.from(lots, (value, index) => {
    const sum = rescaleSum(value === -1 ? (texts.get(index) ?? '0') : value, power);
    if (typeof sum === 'number') return sum;
    texts.set(index, sum);
    return -1;
  });
  return { lots: scaled, wide: [...texts] };
}

/** A size or sum on the finer grid, exact: text once a double no longer holds it. */
export function rescaleSum(sum: LotsSum, power: number): LotsSum {
  if (typeof sum === 'number' && sum * 10 ** power <= Number.MAX_SAFE_INTEGER) return sum * 10 ** power;
  return (BigInt(sum) * 10n ** BigInt(power)).toString();
}

/** The same 24-hour figures on the finer grid. */
export function rescaleTicker(ticker: TickerFrame | null, step: GridStep | null): TickerFrame | null {
  if (!ticker || !step || ticker.epoch === step.epoch) return ticker;
  const scale = (ticks: number | null): number | null => (ticks === null ? null : ticks * 10 ** step.price);
  return {
    ...ticker,
    epoch: step.epoch,
    lastTicks: scale(ticker.lastTicks),
    changeTicks: scale(ticker.changeTicks),
    highTicks: scale(ticker.highTicks),
    lowTicks: scale(ticker.lowTicks),
    markTicks: scale(ticker.markTicks),
    volume: ticker.volume === null ? null : rescaleSum(ticker.volume, step.lot),
  };
}

import { spellSize } from './candles';
import { isPlainDecimal, trimDecimal } from './decimal';
import type { ReplaySymbol, TradeRow } from './replay-symbol';
import type { Level, TrueBook } from './true-book';
import { isoText } from './wire-text';

export function snapshotText(symbol: string, book: TrueBook, now: number): string {
  return JSON.stringify({
    type: 'snapshot',
    product_id: symbol,
    asks: book.levels('ask'),
    bids: book.levels('bid'),
    time: isoText(now),
  });
}

export function updateText(symbol: string, bids: readonly Level[], asks: readonly Level[], now: number): string {
  const changes = [
    ...bids.map(([price, size]) => ['buy', price, size]),
    ...asks.map(([price, size]) => ['sell', price, size]),
  ];
  return JSON.stringify({ type: 'l2update', product_id: symbol, changes, time: isoText(now) });
}

/** The ticker as the venue sends it with every match; `side` is the taker's there. */
export function tickerText(state: ReplaySymbol, row: TradeRow | null, sequence: bigint, now: number): string {
  const { bid, ask } = state.best();
  const day = state.day(now);
  const { spelling } = state.profile;
  return (
    `{"type":"ticker","sequence":${sequence},"product_id":${JSON.stringify(state.symbol)},` +
    `${JSON.stringify({
      price: row?.price ?? state.lastPrice,
      open_24h: trimDecimal(day.open),
      volume_24h: spellSize(day.volume, spelling),
      low_24h: trimDecimal(day.low),
      high_24h: trimDecimal(day.high),
      volume_30d: spellSize(day.volume * 30n, spelling),
      best_bid: bid?.[0] ?? '0',
      best_bid_size: bid?.[1] ?? '0',
      best_ask: ask?.[0] ?? '0',
      best_ask_size: ask?.[1] ?? '0',
      side: row?.aggressor === 'seller' ? 'sell' : 'buy',
      time: isoText(row?.time ?? now),
    }).slice(1, -1)},"trade_id":${row?.id ?? 0},"last_size":"${row?.size ?? '0'}"}`
  );
}

/** A row of `/products/ID/trades`: `side` is the maker's here. */
export function tradeRow(row: TradeRow): unknown {
  return {
    trade_id: Number(row.id),
    side: row.aggressor === 'buyer' ? 'sell' : 'buy',
    size: row.size,
    price: row.price,
    time: isoText(row.time),
  };
}

/** Pairs of plain decimals, or null when one is not. */
export function levelsOf(value: unknown): Level[] | null {
  if (!Array.isArray(value)) return null;
  const fits = value.every((level) => Array.isArray(level) && isPlainDecimal(level[0]) && isPlainDecimal(level[1]));
  return fits ? value.map(([price, size]) => [price, size] as const) : null;
}

/** Bids and asks of an update's `changes`, or null when one of them cannot be read. */
export function changesOf(value: unknown): { bids: Level[]; asks: Level[] } | null {
  if (!Array.isArray(value)) return null;
  const bids: Level[] = [];
  const asks: Level[] = [];
  for (const change of value) {
    if (!Array.isArray(change) || !isPlainDecimal(change[1]) || !isPlainDecimal(change[2])) return null;
    if (change[0] === 'buy') bids.push([change[1], change[2]]);
    else if (change[0] === 'sell') asks.push([change[1], change[2]]);
    else return null;
  }
  return { bids, asks };
}

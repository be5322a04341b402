import type { Spelling } from './candles';
import { isZero, spellUnits, toUnits, trimDecimal } from './decimal';
import type { Dialect, Reading, RecordedTrade, ReplayMessage } from './dialect';
import { gridDecimals, widestDecimals } from './recorded-digits';
import type { ReplayRecording } from './replay-recording';
import type { Level } from './true-book';

/** What a recording tells about one symbol before it is played. */
export interface ReplayProfile {
  readonly symbol: string;
  readonly file: number;
  readonly spelling: Spelling;
  /** Decimals of the price step and of the size step, read off the recorded digits. */
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly firstPrice: string;
  readonly minute: { readonly volume: bigint; readonly trades: number };
  /** Kinds of messages recorded. */
  readonly kinds: ReadonlySet<string>;
  /** The book the recording begins with; empty where none was recorded. */
  readonly snapshot: { readonly bids: readonly Level[]; readonly asks: readonly Level[]; readonly sequence: number };
  /** Index of the message that snapshot is; −1 when it was an answer or there is none. */
  readonly snapshotAt: number;
  readonly snapshotRecorded: boolean;
  /** Index of the first message that changes that book, −1 when none does. */
  readonly firstApplied: number;
  /** Levels a side the book is kept to. */
  readonly depth: number;
  /** What one lap adds to trade ids and to the other counters. */
  readonly perLap: { readonly trade: bigint; readonly marks: ReadonlyMap<string, bigint> };
}

const SAMPLE = 3_000;

/** @param indexes where the symbol's messages stand */
export function profileReplay(
  dialect: Dialect,
  recording: ReplayRecording,
  symbol: string,
  indexes: readonly number[],
): ReplayProfile {
  const messages = indexes.map((index) => recording.messages[index]);
  const rows = messages.flatMap((message) => message.rows ?? []);
  const start = startOf(dialect, recording, symbol, messages, indexes);
  const digits = digitsOf(messages, start.snapshot, rows);
  return {
    symbol,
    file: recording.symbols.get(symbol) ?? 0,
    ...digits,
    ...start,
    firstPrice: firstPrice(rows, start.snapshot, messages, digits.spelling),
    minute: averageMinute(rows, start.snapshot, digits.spelling, recording.timeline.lapUs),
    kinds: new Set(messages.map(({ kind, channel }) => channel ?? kind)),
    depth: dialect.depth?.(symbol) ?? Number.POSITIVE_INFINITY,
    perLap: perLap(messages, rows),
  };
}

/** Whether a book message comes after the book it is to change. */
export function changesBook(
  dialect: Dialect,
  snapshot: { readonly index: number; readonly sequence: number },
  message: Reading,
  index: number,
): boolean {
  if (dialect.snapshotBy === 'request') return (message.last ?? Number.POSITIVE_INFINITY) > snapshot.sequence;
  return index > snapshot.index;
}

function startOf(
  dialect: Dialect,
  recording: ReplayRecording,
  symbol: string,
  messages: readonly ReplayMessage[],
  indexes: readonly number[],
): Pick<ReplayProfile, 'snapshot' | 'snapshotAt' | 'snapshotRecorded' | 'firstApplied'> {
  const answer = recording.answers.find((reading) => reading.kind === 'snapshot' && reading.symbol === symbol);
  const frame = messages.findIndex(({ kind }) => kind === 'snapshot');
  const byRequest = dialect.snapshotBy === 'request' && answer !== undefined;
  const found = byRequest || frame < 0 ? answer : messages[frame];
  const snapshotAt = found !== undefined && found === messages[frame] ? indexes[frame] : -1;
  const firstDiff = messages.find(({ kind }) => kind === 'diff');
  const sequence = found?.last ?? (firstDiff?.first ?? firstDiff?.last ?? 1) - 1;
  const snapshot = { bids: found?.bids ?? [], asks: found?.asks ?? [], sequence };
  const first = messages.findIndex(
    (message, index) =>
      (message.kind === 'diff' || message.kind === 'snapshot') &&
      changesBook(dialect, { index: snapshotAt, sequence }, message, indexes[index]),
  );
  return {
    snapshot,
    snapshotAt,
    snapshotRecorded: found !== undefined,
    firstApplied: first < 0 ? -1 : indexes[first],
  };
}

function perLap(messages: readonly ReplayMessage[], rows: readonly RecordedTrade[]): ReplayProfile['perLap'] {
  const named = [...rows.map(({ id }) => id), ...messages.flatMap(({ uncounted = [] }) => uncounted)];
  const ids = named.filter((id) => /^\d+$/.test(id)).map(BigInt);
  const counted = new Map<string, bigint[]>();
  for (const { marks } of messages) {
    for (const [name, value] of Object.entries(marks ?? {})) {
      const values = counted.get(name);
      if (values === undefined) counted.set(name, [value]);
      else values.push(value);
    }
  }
  return { trade: span(ids), marks: new Map([...counted].map(([name, values]) => [name, span(values)])) };
}

function span(values: readonly bigint[]): bigint {
  if (values.length === 0) return 0n;
  let [least, most] = [values[0], values[0]];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return most - least + 1n;
}

function digitsOf(
  messages: readonly ReplayMessage[],
  snapshot: ReplayProfile['snapshot'],
  rows: readonly RecordedTrade[],
): Pick<ReplayProfile, 'spelling' | 'priceDecimals' | 'sizeDecimals'> {
  const diffs = messages.filter(({ kind }) => kind === 'diff' || kind === 'snapshot').slice(0, SAMPLE);
  const levels = [snapshot, ...diffs].flatMap(({ bids = [], asks = [] }) => [...bids, ...asks]);
  const prices = levels.map(([price]) => price);
  const sizes = levels.map(([, size]) => size).filter((size) => !isZero(size));
  // Books are spelled more regularly than trades, whose trailing zeros some venues drop.
  const grid = prices.length > 0 ? { price: gridDecimals(prices), size: gridDecimals(sizes) } : null;
  for (const { price, size } of rows.slice(0, SAMPLE)) {
    prices.push(price);
    sizes.push(size);
  }
  const spelling = { price: widestDecimals(prices), size: widestDecimals(sizes) };
  return {
    spelling,
    priceDecimals: grid?.price ?? gridDecimals(prices),
    sizeDecimals: grid?.size ?? gridDecimals(sizes),
  };
}

function firstPrice(
  rows: readonly RecordedTrade[],
  snapshot: ReplayProfile['snapshot'],
  messages: readonly ReplayMessage[],
  spelling: Spelling,
): string {
  const book = [snapshot, ...messages.slice(0, SAMPLE)].find(
    ({ bids = [], asks = [] }) => bids.length + asks.length > 0,
  );
  const found = rows[0]?.price ?? book?.bids?.[0]?.[0] ?? book?.asks?.[0]?.[0] ?? '1';
  return spellUnits(toUnits(trimDecimal(found), spelling.price), spelling.price);
}

// What nobody traded while it was recorded is taken to trade a few of its best levels in a minute.
function averageMinute(
  rows: readonly RecordedTrade[],
  snapshot: ReplayProfile['snapshot'],
  spelling: Spelling,
  lapUs: number,
): ReplayProfile['minute'] {
  const minutes = Math.max(1, Math.round(lapUs / 60e6));
  let volume = rows.reduce((sum, { size }) => sum + toUnits(size, spelling.size), 0n);
  if (volume > 0n) {
    return { volume: volume / BigInt(minutes) + 1n, trades: Math.max(1, Math.round(rows.length / minutes)) };
  }
  for (const [, size] of [...snapshot.bids.slice(0, 3), ...snapshot.asks.slice(0, 3)]) {
    volume += toUnits(size, spelling.size);
  }
  return { volume: volume + 1n, trades: 5 };
}

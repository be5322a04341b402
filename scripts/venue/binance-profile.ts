import type { Recorded, RecordedSnapshot, Recording } from './binance-recording';
import type { Spelling } from './candles';
import { isZero, spellUnits, toUnits, trimDecimal } from './decimal';
import { usualDecimals, widestDecimals } from './recorded-digits';

/** What a recording tells about one symbol before it is played. */
export interface Profile {
  readonly symbol: string;
  readonly file: number;
  readonly spelling: Spelling;
  /** Decimals of the price step and of the size step, read off the recorded digits. */
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly firstPrice: string;
  readonly minute: { readonly volume: bigint; readonly trades: number };
  readonly kinds: ReadonlySet<string>;
  readonly snapshot: RecordedSnapshot;
  readonly snapshotRecorded: boolean;
  /** Index of the first diff that changes the snapshot, −1 when none does. */
  readonly firstApplied: number;
  /** Lowest update id in the recording. */
  readonly lowestId: number;
  /** What one lap adds to update, trade and aggregate ids, so that they go on without a hole. */
  readonly perLap: { readonly book: number; readonly trade: number; readonly aggregate: number };
  /** Below this, best-price updates of a later lap would speak of a book that is not there. */
  readonly firstTickerId: number;
}

const SAMPLE = 3_000;

export function profileSymbol(recording: Recording, symbol: string, file: number): Profile {
  const futures = recording.venue === 'binance-usdm';
  const messages: Recorded[] = [];
  const indexes: number[] = [];
  recording.messages.forEach((message, index) => {
    if (message.symbol !== symbol) return;
    messages.push(message);
    indexes.push(index);
  });
  const recorded = recording.snapshots.get(symbol);
  const snapshot = recorded ?? emptyBefore(messages, futures);
  const at = messages.findIndex((message) => message.kind === 'depth' && changes(message, snapshot.id, futures));
  const ids = idSpan(messages);
  const first = at < 0 ? undefined : messages[at];
  const base = first === undefined ? ids.lowest : futures ? linkOf(first) : first.first - 1;
  const prints = messages.filter(({ kind }) => kind === 'trade');
  const printed = prints.length > 0 ? prints : messages.filter(({ kind }) => kind === 'aggTrade');
  const digits = digitsOf(messages, snapshot, printed);
  return {
    symbol,
    file,
    ...digits,
    firstPrice: firstPrice(printed, snapshot, messages, digits.spelling),
    minute: averageMinute(printed, snapshot, digits.spelling, recording.timeline.lapUs),
    kinds: new Set(messages.map(({ kind, channel }) => (kind === 'kline' ? channel : kind))),
    snapshot,
    snapshotRecorded: recorded !== undefined,
    firstApplied: at < 0 ? -1 : indexes[at],
    lowestId: ids.lowest,
    perLap: {
      book: ids.highest + 1 - base,
      trade: span(printed, 'first', 'last'),
      aggregate: span(printed, 'link', 'link'),
    },
    firstTickerId: base + 1,
  };
}

/** Whether a diff says something the snapshot does not hold yet. */
export function changes(diff: Recorded, snapshotId: number, futures: boolean): boolean {
  return futures ? diff.last >= snapshotId : diff.last > snapshotId;
}

function linkOf(diff: Recorded): number {
  return Number.isNaN(diff.link) ? diff.first - 1 : diff.link;
}

// Without a recorded snapshot the book begins empty, just before the first diff.
function emptyBefore(messages: readonly Recorded[], futures: boolean): RecordedSnapshot {
  const first = messages.find((message) => message.kind === 'depth' && !Number.isNaN(message.last));
  const id = first === undefined ? 0 : futures ? linkOf(first) : first.first - 1;
  return { id, bids: [], asks: [] };
}

function idSpan(messages: readonly Recorded[]): { lowest: number; highest: number } {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = 0;
  for (const { kind, first, last } of messages) {
    if (kind !== 'depth' && kind !== 'bookTicker') continue;
    if (first < lowest) lowest = first;
    if (last > highest) highest = last;
  }
  return { lowest: Number.isFinite(lowest) ? lowest : 0, highest };
}

function span(prints: readonly Recorded[], from: 'first' | 'link', to: 'last' | 'link'): number {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const print of prints) {
    if (print[from] < lowest) lowest = print[from];
    if (print[to] > highest) highest = print[to];
  }
  return highest >= lowest ? highest - lowest + 1 : 0;
}

function digitsOf(
  messages: readonly Recorded[],
  snapshot: RecordedSnapshot,
  printed: readonly Recorded[],
): Pick<Profile, 'spelling' | 'priceDecimals' | 'sizeDecimals'> {
  const prices: string[] = [];
  const sizes: string[] = [];
  for (const [price, size] of [...snapshot.bids, ...snapshot.asks]) {
    prices.push(price);
    sizes.push(size);
  }
  for (const { text } of messages.filter(({ kind }) => kind === 'bookTicker').slice(0, SAMPLE)) {
    const bid = /"b":"([\d.]+)","B":"([\d.]+)"/.exec(text);
    if (bid === null) continue;
    prices.push(bid[1]);
    sizes.push(bid[2]);
  }
  for (const { text } of printed.slice(0, SAMPLE)) {
    const price = /"p":"([\d.]+)"/.exec(text);
    const size = /"q":"([\d.]+)"/.exec(text);
    if (price !== null) prices.push(price[1]);
    if (size !== null) sizes.push(size[1]);
  }
  const spelling = { price: widestDecimals(prices), size: widestDecimals(sizes) };
  return {
    spelling,
    priceDecimals: usualDecimals(prices),
    sizeDecimals: usualDecimals(sizes.filter((size) => !isZero(size))),
  };
}

function firstPrice(
  printed: readonly Recorded[],
  snapshot: RecordedSnapshot,
  messages: readonly Recorded[],
  spelling: Spelling,
): string {
  const found =
    printed.length > 0
      ? /"p":"([\d.]+)"/.exec(printed[0].text)?.[1]
      : (snapshot.bids[0]?.[0] ??
        snapshot.asks[0]?.[0] ??
        messages.map(({ text }) => /"(?:b|o|p)":"([\d.]+)"/.exec(text)?.[1]).find((price) => price !== undefined));
  return spellUnits(toUnits(trimDecimal(found ?? '1'), spelling.price), spelling.price);
}

// What nobody traded while it was recorded is taken to trade a few of its best levels in a minute.
function averageMinute(
  printed: readonly Recorded[],
  snapshot: RecordedSnapshot,
  spelling: Spelling,
  lapUs: number,
): Profile['minute'] {
  let volume = 0n;
  for (const { text } of printed) {
    const size = /"q":"([\d.]+)"/.exec(text);
    if (size !== null) volume += toUnits(size[1], spelling.size);
  }
  const minutes = Math.max(1, Math.round(lapUs / 60e6));
  if (volume > 0n) {
    return { volume: volume / BigInt(minutes) + 1n, trades: Math.max(1, Math.round(printed.length / minutes)) };
  }
  for (const [, size] of [...snapshot.bids.slice(0, 3), ...snapshot.asks.slice(0, 3)])
    volume += toUnits(size, spelling.size);
  return { volume: volume + 1n, trades: 5 };
}

import { describe, expect, it } from 'vitest';
import { spotContinuity } from '../venues/binance.ts';
import { bitstampContinuity, bitstampJoins } from '../venues/bitstamp.ts';
import { okxContinuity, okxJoins } from '../venues/okx.ts';
import type { Diff, Snapshot, StreamBook } from '../venues/venue.ts';
import { BookSync } from './book-sync.ts';
import { LevelList } from './level-list.ts';
import type { SyncRules } from './sync-rules.ts';

const GRID = { priceDecimals: 0, lotDecimals: 0, epoch: 0 };
type Levels = readonly (readonly [ticks: number, lots: number])[];
const list = (levels: Levels): LevelList => {
  const made = new LevelList();
  for (const [ticks, lots] of levels) made.push(ticks, lots);
  return made;
};
const run = (from: number, count: number, by: number): Levels =>
  Array.from({ length: count }, (_, i) => [from + i * by, 1] as const);

const diff = (first: number, last: number, bids: Levels = [[100, last]], asks: Levels = []): Diff => ({
  first,
  last,
  previous: first - 1,
  eventTime: 0,
  bids: list(bids),
  asks: list(asks),
  checksum: null,
});
const snapshot = (sequence: number, bids: Levels, asks: Levels, isCut = false): Snapshot => ({
  sequence,
  bids: list(bids),
  asks: list(asks),
  bidsCut: isCut,
  asksCut: isCut,
});
const pushed = (sequence: number, bids: Levels, asks: Levels, depth = 0): StreamBook => ({
  sequence,
  eventTime: 0,
  bids: list(bids),
  asks: list(asks),
  checksum: null,
  depth,
});

const SPOT: SyncRules = { continuity: spotContinuity, joins: spotContinuity, readQuote: () => null };
const OKX: SyncRules = {
  continuity: okxContinuity,
  joins: okxJoins,
  readQuote: () => null,
  bookSource: 'stream',
  requestBookAfterMs: 3_000,
};
const BITSTAMP: SyncRules = {
  continuity: bitstampContinuity,
  joins: bitstampJoins,
  readQuote: () => null,
  sequenced: false,
};

function desk(rules: SyncRules) {
  const resyncs: string[] = [];
  const wanted: number[] = [];
  const sync = new BookSync(rules, {
    grid: () => GRID,
    onResync: (cause) => resyncs.push(cause),
    onSnapshotWanted: (attempt) => wanted.push(attempt),
    onQuoteCompared: () => undefined,
    onMalformedQuote: () => undefined,
  });
  return { sync, resyncs, wanted };
}

describe('[F24] what is not known of a book', () => {
  it('is no more than its snapshot left open, after whole books of few levels stood in for it', () => {
    const { sync } = desk(SPOT);
    sync.begin();
    sync.takeWholeBooks(true);
    sync.replace(pushed(5, run(100, 20, -1), run(101, 20, 1), 20), 0);
    sync.takeWholeBooks(false);
    sync.begin();
    sync.snapshot(snapshot(10, run(100, 50, -1), run(101, 50, 1)), 0);
    sync.diff(diff(11, 11), 0);
    expect([sync.book.bids.count, sync.book.asks.count]).toEqual([50, 50]);
    expect([sync.bidHorizon, sync.askHorizon]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  it('does not become known by cutting a book that has grown beyond it', () => {
    const { sync } = desk(SPOT);
    sync.begin();
    sync.snapshot(snapshot(10, run(200_000, 10, -1), run(200_001, 10, 1), true), 0);
    sync.diff(diff(11, 11, run(199_000, 50_000, -1), run(201_000, 50_000, 1)), 0);
    expect([sync.book.bids.count, sync.book.asks.count]).toEqual([40_000, 40_000]);
    expect([sync.bidHorizon, sync.askHorizon]).toEqual([199_991, 200_010]);
  });
});

describe('a snapshot of a stream without numbers', () => {
  it('[F18] is asked for again until it holds the first diff kept, since nothing else shows a hole between them', () => {
    const { sync, wanted } = desk(BITSTAMP);
    sync.begin();
    sync.diff(diff(20, 20), 0);
    sync.diff(diff(21, 21), 0);
    expect(sync.snapshot(snapshot(15, [[100, 1]], [[110, 1]]), 0)).toBe(false);
    expect(wanted).toEqual([0, 1]);
    expect(sync.snapshot(snapshot(20, [[100, 1]], [[110, 1]]), 0)).toBe(true);
    expect([sync.sequence, sync.proven]).toEqual([21, true]);
  });

  it('is taken when no diff has come at all', () => {
    const { sync, wanted } = desk(BITSTAMP);
    sync.begin();
    expect(sync.snapshot(snapshot(15, [[100, 1]], [[110, 1]]), 0)).toBe(true);
    expect([sync.proven, wanted]).toEqual([false, [0]]);
  });
});

describe('a book that a second source has proven before its first diff', () => {
  it('[F17] loses it to a hole like any other: one gap, said at once', () => {
    const { sync, resyncs } = desk(SPOT);
    sync.begin();
    sync.snapshot(snapshot(10, [[100, 1]], [[110, 1]]), 0);
    sync.confirm();
    expect(sync.proven).toBe(true);
    expect(sync.diff(diff(15, 16), 0)).toBe('resync');
    expect([sync.proven, resyncs]).toEqual([false, ['gap']]);
  });
});

describe('[F11] two sockets that say the same book', () => {
  it('bring older diffs again without a gap where numbers tell that they are older', () => {
    const { sync, resyncs } = desk(OKX);
    sync.begin();
    sync.replace(pushed(10, [[100, 1]], [[110, 1]]), 0);
    for (const id of [11, 12, 13]) sync.diff(diff(id, id), 0, true);
    expect(sync.diff(diff(12, 12), 0, true)).toBe('duplicate');
    expect(sync.diff(diff(14, 14), 0, true)).toBe('applied');
    expect(sync.diff(diff(16, 16), 0, true)).toBe('resync');
    expect(resyncs).toEqual(['gap']);
  });

  it('are the only ones that may: of one socket an older diff is a gap', () => {
    const { sync, resyncs } = desk(OKX);
    sync.begin();
    sync.replace(pushed(10, [[100, 1]], [[110, 1]]), 0);
    for (const id of [11, 12, 13]) sync.diff(diff(id, id), 0);
    expect(sync.diff(diff(12, 12), 0)).toBe('resync');
    expect(resyncs).toEqual(['gap']);
  });
});

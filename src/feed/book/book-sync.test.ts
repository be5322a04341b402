import { describe, expect, it } from 'vitest';
import { futuresContinuity, futuresJoins, spotContinuity } from '../venues/binance.ts';
import type { Diff, Quote, Snapshot } from '../venues/venue.ts';
import { BookSync, CROSS_HOLD_MS } from './book-sync.ts';
import { LevelList } from './level-list.ts';
import type { SyncRules } from './sync-rules.ts';

const GRID = { priceDecimals: 0, lotDecimals: 0, epoch: 0 };
const list = (levels: readonly (readonly [number, number])[]): LevelList => {
  const made = new LevelList();
  for (const [ticks, lots] of levels) made.push(ticks, lots);
  return made;
};
const readQuote = (text: string): Quote => {
  const [bidTicks, bidLots, askTicks, askLots] = text.split(' ').map(Number);
  return { bidTicks, bidLots, askTicks, askLots };
};
const SPOT: SyncRules = { continuity: spotContinuity, joins: spotContinuity, readQuote };
const FUTURES: SyncRules = { continuity: futuresContinuity, joins: futuresJoins, readQuote };

/** A diff that puts its last id as the size of the best bid. */
const diff = (first: number, last: number, previous = -1, bids = [[100, last]] as [number, number][]): Diff => ({
  first,
  last,
  previous,
  eventTime: 0,
  bids: list(bids),
  asks: list([]),
  checksum: null,
});
const snapshot = (sequence: number, isCut = false): Snapshot => ({
  sequence,
  bids: list([
    [100, 1],
    [90, 1],
  ]),
  asks: list([[110, 1]]),
  bidsCut: isCut,
  asksCut: isCut,
});

function desk(rules: SyncRules = SPOT) {
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

/** A book at 10 that the diff 11 has joined. */
function live(rules: SyncRules = SPOT) {
  const made = desk(rules);
  made.sync.begin();
  made.sync.snapshot(snapshot(10), 0);
  made.sync.diff(diff(11, 11, 10), 0);
  return made;
}

describe('spot, rule by rule', () => {
  it('[F19] 1: collects diffs from the moment a socket opens and asks for a snapshot', () => {
    const { sync, wanted } = desk();
    expect(sync.diff(diff(1, 1), 0)).toBe('buffered');
    expect(sync.buffered).toBe(0);
    sync.begin();
    expect(wanted).toEqual([0]);
    expect(sync.diff(diff(5, 6), 0)).toBe('buffered');
    expect(sync.buffered).toBe(1);
    expect(sync.proven).toBe(false);
  });

  it('[F18] 3: asks again for a snapshot that is too old and keeps what it collected', () => {
    const { sync, wanted } = desk();
    sync.begin();
    sync.diff(diff(20, 21), 0);
    expect(sync.snapshot(snapshot(18), 0)).toBe(false);
    expect(wanted).toEqual([0, 1]);
    expect(sync.snapshot(snapshot(20), 0)).toBe(true);
    expect(sync.sequence).toBe(21);
  });

  it('3: takes a snapshot that ends exactly before the first diff', () => {
    const { sync } = desk();
    sync.begin();
    sync.diff(diff(20, 21), 0);
    expect(sync.snapshot(snapshot(19), 0)).toBe(true);
    expect(sync.proven).toBe(true);
  });

  it('4: drops what the snapshot has already', () => {
    const { sync } = desk();
    sync.begin();
    for (const [first, last] of [
      [11, 12],
      [13, 15],
      [16, 18],
    ])
      sync.diff(diff(first, last), 0);
    sync.snapshot(snapshot(15), 0);
    expect(sync.applied).toBe(1);
    expect(sync.book.bids.bestLots()).toBe(18);
  });

  it('5: the first diff kept may begin inside the snapshot', () => {
    const { sync } = desk();
    sync.begin();
    sync.diff(diff(14, 18), 0);
    expect(sync.snapshot(snapshot(15), 0)).toBe(true);
    expect(sync.sequence).toBe(18);
  });

  it('[F19] 5: a book whose snapshot no diff has joined yet is not proven', () => {
    const { sync } = desk();
    sync.begin();
    sync.snapshot(snapshot(10), 0);
    expect(sync.proven).toBe(false);
    expect(sync.diff(diff(9, 10), 0)).toBe('buffered');
    expect(sync.proven).toBe(false);
    expect(sync.diff(diff(11, 11), 0)).toBe('applied');
    expect(sync.proven).toBe(true);
  });

  it('5: asks again when the first diff after the snapshot does not join it', () => {
    const { sync, wanted, resyncs } = desk();
    sync.begin();
    sync.snapshot(snapshot(10), 0);
    expect(sync.diff(diff(13, 14), 0)).toBe('buffered');
    expect(wanted).toEqual([0, 1]);
    expect(resyncs).toEqual([]);
    expect(sync.snapshot(snapshot(14), 0)).toBe(true);
  });

  it('6: applies each diff that begins where the last ended', () => {
    const { sync } = live();
    expect(sync.diff(diff(12, 14), 0)).toBe('applied');
    expect(sync.diff(diff(15, 15), 0)).toBe('applied');
    expect(sync.sequence).toBe(15);
  });

  it('[F27] 6: ignores what it has already', () => {
    const { sync, resyncs } = live();
    expect(sync.diff(diff(11, 11, -1, [[100, 77]]), 0)).toBe('duplicate');
    expect(sync.book.bids.bestLots()).toBe(11);
    expect(resyncs).toEqual([]);
  });

  it('[F17] 6: a gap while live gives the book up at once and is one resync', () => {
    const { sync, resyncs, wanted } = live();
    expect(sync.diff(diff(13, 13), 0)).toBe('resync');
    expect(sync.proven).toBe(false);
    expect(resyncs).toEqual(['gap']);
    expect(wanted).toEqual([0, 0]);
    sync.diff(diff(14, 14), 0);
    expect(resyncs).toEqual(['gap']);
    expect(sync.snapshot(snapshot(13), 0)).toBe(true);
    expect(sync.sequence).toBe(14);
  });

  it('[F27] 6: two neighbours swapped are one gap, and both are in the book afterwards', () => {
    const { sync, resyncs } = live();
    sync.diff(diff(13, 13, -1, [[101, 13]]), 0);
    sync.diff(diff(12, 12, -1, [[102, 12]]), 0);
    sync.snapshot(snapshot(11), 0);
    expect(resyncs).toEqual(['gap']);
    expect(sync.sequence).toBe(13);
    expect([sync.book.bids.best(), sync.book.bids.bestLots()]).toEqual([102, 12]);
  });
});

describe('futures, rule by rule', () => {
  it('applies each diff that names the one before it, though its ids jump', () => {
    const { sync } = live(FUTURES);
    expect(sync.diff(diff(400, 410, 11), 0)).toBe('applied');
    expect(sync.diff(diff(411, 411, 409), 0)).toBe('resync');
  });

  it.each([
    ['begins exactly at the snapshot', diff(10, 14, 7)],
    ['ends exactly at the snapshot', diff(8, 10, 7)],
    ['reaches over the snapshot', diff(8, 14, 7)],
    ['goes on from the snapshot though its ids jumped', diff(90, 95, 10)],
  ])('joins a first diff that %s', (_, first) => {
    const { sync } = desk(FUTURES);
    sync.begin();
    sync.diff(first, 0);
    expect(sync.snapshot(snapshot(10), 0)).toBe(true);
    expect(sync.sequence).toBe(first.last);
  });

  it('asks again when something is lost between snapshot and first diff', () => {
    const { sync, wanted } = desk(FUTURES);
    sync.begin();
    sync.diff(diff(90, 95, 12), 0);
    expect(sync.snapshot(snapshot(10), 0)).toBe(false);
    expect(wanted).toEqual([0, 1]);
  });

  it('[F27] ignores a diff that comes twice', () => {
    const { sync, resyncs } = live(FUTURES);
    sync.diff(diff(20, 25, 11), 0);
    expect(sync.diff(diff(20, 25, 11), 0)).toBe('duplicate');
    expect(resyncs).toEqual([]);
  });
});

describe('[F25] a crossed book', () => {
  const crossing = (id: number): Diff => diff(id, id, -1, [[115, 1]]);

  it('is suspect and keeps the sequence of the last good book', () => {
    const { sync } = live();
    expect(sync.diff(crossing(12), 1_000)).toBe('suspect');
    expect([sync.suspect, sync.proven, sync.sequence, sync.goodSequence]).toEqual([true, true, 12, 11]);
  });

  it('is good again when the next message heals it', () => {
    const { sync, resyncs } = live();
    sync.diff(crossing(12), 1_000);
    expect(sync.diff(diff(13, 13, -1, [[115, 0]]), 1_400)).toBe('applied');
    expect(sync.suspect).toBe(false);
    expect(sync.tick(5_000)).toBe(false);
    expect(resyncs).toEqual([]);
  });

  it('is given up after half a second, by the clock alone', () => {
    const { sync, resyncs } = live();
    sync.diff(crossing(12), 1_000);
    expect(sync.tick(1_000 + CROSS_HOLD_MS - 1)).toBe(false);
    expect(sync.tick(1_000 + CROSS_HOLD_MS)).toBe(true);
    expect(resyncs).toEqual(['crossed']);
    expect(sync.proven).toBe(false);
  });

  it('is given up by a later message that leaves it crossed', () => {
    const { sync, resyncs } = live();
    sync.diff(crossing(12), 1_000);
    expect(sync.diff(diff(13, 13), 1_600)).toBe('resync');
    expect(resyncs).toEqual(['crossed']);
  });

  it('that is locked is allowed', () => {
    const { sync } = live();
    expect(sync.diff(diff(12, 12, -1, [[110, 3]]), 0)).toBe('applied');
  });

  it('out of a snapshot is not proven until it is uncrossed', () => {
    const { sync } = desk();
    sync.begin();
    sync.snapshot({ ...snapshot(10), bids: list([[120, 1]]) }, 0);
    expect(sync.diff(diff(11, 11), 0)).toBe('suspect');
    expect(sync.proven).toBe(false);
    expect(sync.diff(diff(12, 12, -1, [[120, 0]]), 0)).toBe('applied');
    expect(sync.proven).toBe(true);
  });

  it('at the end of the replay is not proven either', () => {
    const { sync } = desk();
    sync.begin();
    sync.diff(diff(11, 11), 0);
    sync.diff(crossing(12), 0);
    sync.snapshot(snapshot(10), 0);
    expect(sync.proven).toBe(false);
  });
});

describe('what else can happen to a book', () => {
  it('[F20] a snapshot replaces both sides: a level it does not have is gone', () => {
    const { sync } = live();
    sync.diff(diff(12, 12, -1, [[95, 4]]), 0);
    sync.diff(diff(20, 20), 0);
    sync.snapshot(snapshot(20), 0);
    sync.diff(diff(21, 21), 0);
    expect(sync.book.bids.count).toBe(2);
  });

  it('[F52] a refused diff gives a live book up', () => {
    const { sync, resyncs } = live();
    sync.refused('bad price');
    expect(resyncs).toEqual(['refused-diff']);
    expect(sync.proven).toBe(false);
  });

  it('[F52] a refused diff empties what was collected, since something is missing in it', () => {
    const { sync } = desk();
    sync.begin();
    sync.diff(diff(11, 11), 0);
    sync.refused('bad price');
    sync.snapshot(snapshot(10), 0);
    expect(sync.proven).toBe(false);
    sync.diff(diff(13, 13), 0);
    expect(sync.proven).toBe(false);
    expect(sync.snapshot(snapshot(13), 0)).toBe(true);
  });

  it('[F8] more diffs than can be kept are a resync of their own', () => {
    const { sync, resyncs, wanted } = desk();
    sync.begin();
    for (let i = 0; i < 20_001; i++) sync.diff(diff(i + 1, i + 1), 0);
    expect(resyncs).toEqual(['overflow']);
    expect(wanted).toEqual([0, 0]);
    expect(sync.buffered).toBe(0);
  });

  it('[F12] a lost socket stops the book, and late diffs do not move it', () => {
    const { sync } = live();
    sync.stop();
    expect(sync.proven).toBe(false);
    sync.diff(diff(12, 12), 0);
    expect(sync.sequence).toBe(11);
    expect(sync.snapshot(snapshot(12), 0)).toBe(false);
  });

  it('a second snapshot with the same id proves a book that nothing has joined', () => {
    const { sync } = desk();
    sync.begin();
    sync.snapshot(snapshot(10), 0);
    sync.confirm();
    expect(sync.proven).toBe(true);
    expect(sync.diff(diff(11, 11), 0)).toBe('applied');
  });

  it('[F35] a contradicted best price gives the book up', () => {
    const { sync, resyncs } = live();
    sync.quote(12, '100 999 110 1');
    expect(sync.diff(diff(12, 12), 0)).toBe('resync');
    expect(resyncs).toEqual(['quote']);
  });

  it('the buffer is the book’s own: the decoder may reuse its message', () => {
    const { sync } = desk();
    sync.begin();
    const scratch = diff(11, 11);
    sync.diff(scratch, 0);
    scratch.bids.clear();
    scratch.bids.push(1, 1);
    sync.snapshot(snapshot(10), 0);
    expect(sync.book.bids.bestLots()).toBe(11);
  });

  it('[F24] what lies beyond a cut snapshot is unknown, and a whole one has no horizon', () => {
    const { sync } = desk();
    sync.begin();
    sync.snapshot(snapshot(10, true), 0);
    expect([sync.bidHorizon, sync.askHorizon]).toEqual([90, 110]);
    sync.begin();
    sync.snapshot(snapshot(10), 0);
    expect([sync.bidHorizon, sync.askHorizon]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  it('[F8] a side of more than 50,000 levels keeps its best 40,000 and the horizon moves', () => {
    const { sync, resyncs } = live();
    const many = Array.from({ length: 50_100 }, (_, i): [number, number] => [200_000 + i, 1]);
    sync.diff({ ...diff(12, 12), bids: list([]), asks: list(many) }, 0);
    expect(sync.book.asks.count).toBe(40_000);
    expect(sync.askHorizon).toBe(sync.book.asks.worst());
    expect(resyncs).toEqual([]);
    expect(sync.proven).toBe(true);
  });

  it('[F29] what was collected counts on the finer grid too', () => {
    const { sync } = desk();
    sync.begin();
    sync.diff(diff(11, 11), 0);
    sync.rescale(1, 2);
    sync.snapshot({ ...snapshot(10), bids: list([[1_000, 100]]), asks: list([[1_100, 100]]) }, 0);
    expect([sync.book.bids.best(), sync.book.bids.bestLots()]).toEqual([1_000, 1_100]);
  });
});

describe('a deeper snapshot under a live book', () => {
  const deep = (sequence: number): Snapshot => ({
    sequence,
    bids: list([
      [100, 1],
      [90, 1],
      [50, 5],
    ]),
    asks: list([
      [110, 1],
      [200, 2],
    ]),
    bidsCut: true,
    asksCut: true,
  });

  it('is put under it and what happened since is repeated', () => {
    const { sync } = live();
    sync.deepen();
    sync.diff(diff(12, 12), 0);
    sync.diff(diff(13, 13), 0);
    expect(sync.snapshot(deep(12), 0)).toBe(true);
    expect([sync.sequence, sync.book.bids.count, sync.book.bids.bestLots(), sync.bidHorizon]).toEqual([13, 3, 13, 50]);
    expect(sync.proven).toBe(true);
  });

  it('is taken as it is when nothing happened since', () => {
    const { sync } = live();
    sync.deepen();
    expect(sync.snapshot({ ...deep(11), bids: list([[100, 11]]) }, 0)).toBe(true);
    expect(sync.proven).toBe(true);
  });

  it.each([
    ['older than the book with nothing between', 9, []],
    ['older than what happened since', 9, [12]],
    ['ahead of the stream', 15, []],
  ])('is left alone when it is %s', (_, sequence, since) => {
    const { sync, resyncs } = live();
    sync.deepen();
    for (const id of since) sync.diff(diff(id, id), 0);
    expect(sync.snapshot(deep(sequence), 0)).toBe(true);
    expect(sync.proven).toBe(true);
    expect(sync.book.bids.count).toBe(2);
    expect(sync.diff(diff(12 + since.length, 12 + since.length), 0)).toBe('applied');
    expect(resyncs).toEqual([]);
  });

  it('that fails leaves the book as it is and is not waited for any more', () => {
    const { sync } = live();
    sync.deepen();
    sync.diff(diff(12, 12), 0);
    sync.snapshotFailed();
    expect(sync.buffered).toBe(0);
    expect(sync.proven).toBe(true);
    sync.diff(diff(13, 13), 0);
    expect(sync.buffered).toBe(0);
  });
});

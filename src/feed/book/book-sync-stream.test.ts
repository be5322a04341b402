import { describe, expect, it } from 'vitest';
import { bitstampContinuity, bitstampJoins } from '../venues/bitstamp.ts';
import { okxContinuity, okxJoins } from '../venues/okx.ts';
import { type ChecksumRule, type Diff, NO_SEQUENCE, type StreamBook } from '../venues/venue.ts';
import { BookSync, CROSS_HOLD_MS } from './book-sync.ts';
import { LevelList } from './level-list.ts';
import type { SyncRules } from './sync-rules.ts';

type Rows = readonly (readonly [number, number])[];

const list = (rows: Rows): LevelList => {
  const made = new LevelList();
  for (const [ticks, lots] of rows) {
    made.push(ticks, lots);
    made.tokens.push(`${ticks}:${lots}`);
  }
  return made;
};
const BIDS: Rows = [
  [100, 1],
  [90, 1],
];
const ASKS: Rows = [[110, 1]];

const pushed = (sequence: number, more: Partial<StreamBook> = {}): StreamBook => ({
  sequence,
  eventTime: 0,
  bids: list(BIDS),
  asks: list(ASKS),
  checksum: null,
  depth: 0,
  ...more,
});
const diff = (last: number, previous: number, bids: Rows, more: Partial<Diff> = {}): Diff => ({
  first: last,
  last,
  previous,
  eventTime: 0,
  bids: list(bids),
  asks: list([]),
  checksum: null,
  ...more,
});

/** The sum of all digits, which is enough to be right or wrong. */
const SUM: ChecksumRule = {
  levels: 10,
  of: (bids, asks) =>
    [...bids, ...asks]
      .join('')
      .replace(/\D/g, '')
      .split('')
      .map(Number)
      .reduce((a, b) => a + b, 0),
};
const readQuote = (): null => null;
const NUMBERED: SyncRules = { continuity: okxContinuity, joins: okxJoins, readQuote, bookSource: 'stream' };
const UNNUMBERED: SyncRules = { continuity: () => 'apply', joins: () => 'apply', readQuote, bookSource: 'stream' };

function desk(rules: SyncRules) {
  const resyncs: string[] = [];
  const wanted: number[] = [];
  const checksums: boolean[] = [];
  let retired = 0;
  const sync = new BookSync(rules, {
    grid: () => ({ priceDecimals: 0, lotDecimals: 0, epoch: 0 }),
    onResync: (cause) => resyncs.push(cause),
    onSnapshotWanted: (attempt) => wanted.push(attempt),
    onQuoteCompared: () => undefined,
    onMalformedQuote: () => undefined,
    onChecksum: (agreed) => checksums.push(agreed),
    onChecksumRetired: () => retired++,
  });
  sync.begin();
  return { sync, resyncs, wanted, checksums, retired: () => retired };
}

describe('[F20] a book that the stream pushes', () => {
  it('is proven as it comes, without a diff that joins it', () => {
    const { sync } = desk(NUMBERED);
    expect(sync.replace(pushed(10), 0)).toBe('applied');
    expect([sync.proven, sync.sequence, sync.applied]).toEqual([true, 10, 1]);
  });

  it('replaces both sides at once, and the numbers go on from it', () => {
    const { sync, resyncs } = desk(NUMBERED);
    sync.replace(pushed(10), 0);
    sync.diff(diff(11, 10, [[95, 4]]), 0);
    sync.replace(pushed(5, { bids: list([[80, 1]]) }), 0);
    expect([sync.book.bids.count, sync.book.bids.best()]).toEqual([1, 80]);
    expect(sync.diff(diff(6, 5, [[81, 1]]), 0)).toBe('applied');
    expect(resyncs).toEqual([]);
  });

  it('makes diffs before it part of the past', () => {
    const { sync } = desk(NUMBERED);
    expect(sync.diff(diff(9, 8, [[95, 4]]), 0)).toBe('buffered');
    expect(sync.buffered).toBe(0);
    sync.replace(pushed(10), 0);
    expect(sync.book.bids.count).toBe(2);
  });

  it('mends a gap: until it comes nothing is proven', () => {
    const { sync, resyncs, wanted } = desk(NUMBERED);
    sync.replace(pushed(10), 0);
    expect(sync.diff(diff(13, 12, [[95, 4]]), 0)).toBe('resync');
    expect([sync.proven, resyncs, wanted]).toEqual([false, ['gap'], [0, 0]]);
    sync.diff(diff(14, 13, [[96, 4]]), 0);
    expect(sync.proven).toBe(false);
    sync.replace(pushed(14), 0);
    expect(sync.proven).toBe(true);
  });

  it('is not believed when it is crossed, and given up when it stays so', () => {
    const { sync, resyncs } = desk(UNNUMBERED);
    expect(sync.replace(pushed(NO_SEQUENCE, { bids: list([[120, 1]]) }), 1_000)).toBe('suspect');
    expect(sync.proven).toBe(false);
    sync.tick(1_000 + CROSS_HOLD_MS);
    expect(resyncs).toEqual(['crossed']);
  });

  it('is taken from the decoder’s scratch: what comes next in it changes nothing', () => {
    const { sync } = desk(UNNUMBERED);
    const scratch = pushed(NO_SEQUENCE);
    sync.replace(scratch, 0);
    scratch.bids.clear();
    expect(sync.book.bids.count).toBe(2);
  });

  it('comes to nothing on a socket that is gone', () => {
    const { sync } = desk(UNNUMBERED);
    sync.stop();
    expect(sync.replace(pushed(NO_SEQUENCE), 0)).toBe('buffered');
    expect(sync.proven).toBe(false);
  });

  it('of a second that is requested, because none was pushed, keeps the diffs in between', () => {
    const { sync } = desk({ ...NUMBERED, requestBookAfterMs: 3_000, depths: [400] });
    sync.diff(diff(11, 10, [[95, 4]]), 0);
    sync.diff(diff(12, 11, [[96, 4]]), 0);
    const snapshot = { sequence: 11, bids: list(BIDS), asks: list(ASKS), bidsCut: false, asksCut: false };
    expect(sync.snapshot(snapshot, 0)).toBe(true);
    expect([sync.sequence, sync.book.bids.lotsAt(95), sync.book.bids.lotsAt(96)]).toEqual([12, 0, 4]);
  });
});

describe('messages that are whole books', () => {
  const WHOLE: SyncRules = { ...UNNUMBERED, bookSource: 'whole' };

  it('replace each other, and an older one is passed over', () => {
    const { sync } = desk(WHOLE);
    sync.replace(pushed(1_000), 0);
    expect(sync.replace(pushed(900, { bids: list([[1, 1]]) }), 0)).toBe('duplicate');
    expect(sync.book.bids.best()).toBe(100);
    expect(sync.replace(pushed(1_000, { bids: list([[99, 1]]) }), 0)).toBe('applied');
    expect(sync.book.bids.count).toBe(1);
  });

  it('ask for no snapshot and keep no diff', () => {
    const { sync, wanted } = desk(WHOLE);
    expect(wanted).toEqual([]);
    sync.replace(pushed(1_000), 0);
    expect(sync.diff(diff(1_001, 1_000, [[95, 4]]), 0)).toBe('buffered');
    expect(sync.book.bids.count).toBe(2);
  });
});

describe('[F23] [F24] a subscription of limited depth', () => {
  it('drops what falls out of it after every message, and the horizon is the last level left', () => {
    const { sync } = desk(UNNUMBERED);
    sync.replace(pushed(NO_SEQUENCE, { depth: 2 }), 0);
    expect([sync.bidHorizon, sync.askHorizon]).toEqual([90, Number.POSITIVE_INFINITY]);
    sync.diff(diff(NO_SEQUENCE, NO_SEQUENCE, [[95, 4]]), 0);
    expect([sync.book.bids.count, sync.book.bids.worst(), sync.bidHorizon]).toEqual([2, 95, 95]);
  });

  it('knows a side that never was full to its end', () => {
    const { sync } = desk(UNNUMBERED);
    sync.replace(pushed(NO_SEQUENCE, { depth: 5 }), 0);
    expect(sync.bidHorizon).toBe(0);
    const many: Rows = Array.from({ length: 6 }, (_, i) => [50 + i, 1]);
    sync.diff(diff(NO_SEQUENCE, NO_SEQUENCE, many), 0);
    expect([sync.book.bids.count, sync.bidHorizon]).toEqual([5, 53]);
  });

  it('stays limited when levels go and the side is short for a while', () => {
    const { sync } = desk(UNNUMBERED);
    sync.replace(pushed(NO_SEQUENCE, { depth: 2 }), 0);
    sync.diff(diff(NO_SEQUENCE, NO_SEQUENCE, [[90, 0]]), 0);
    expect([sync.book.bids.count, sync.bidHorizon]).toEqual([1, 100]);
  });
});

describe('[F21] [F22] checksums', () => {
  const CHECKED: SyncRules = { ...UNNUMBERED, checksum: SUM };
  const IN_SEQUENCE: SyncRules = { ...NUMBERED, checksum: SUM };
  const right = (bids: Rows, asks: Rows = ASKS): number => SUM.of(list(bids).tokens, list(asks).tokens);
  const AFTER: Rows = [[100, 7], BIDS[1]];
  const change: Rows = [[100, 7]];

  it('that are right verify the book', () => {
    const { sync, checksums } = desk(CHECKED);
    sync.replace(pushed(NO_SEQUENCE, { checksum: right(BIDS) }), 0);
    expect(sync.diff(diff(NO_SEQUENCE, NO_SEQUENCE, change, { checksum: right(AFTER) }), 0)).toBe('applied');
    expect([checksums, sync.verified]).toEqual([[true, true], right(AFTER)]);
  });

  it('that are wrong give it up in the same message, at a diff and at a pushed book', () => {
    const { sync, resyncs, checksums } = desk(CHECKED);
    expect(sync.replace(pushed(NO_SEQUENCE, { checksum: 1 }), 0)).toBe('resync');
    sync.replace(pushed(NO_SEQUENCE, { checksum: right(BIDS) }), 0);
    expect(sync.diff(diff(NO_SEQUENCE, NO_SEQUENCE, change, { checksum: 1 }), 0)).toBe('resync');
    expect([sync.proven, sync.verified, resyncs]).toEqual([false, null, ['checksum', 'checksum']]);
    expect(checksums).toEqual([false, true, false]);
  });

  it.each([
    ['absent', null],
    ['zero', 0],
  ])('that are %s prove nothing and refute nothing', (_, checksum) => {
    const { sync, resyncs, checksums } = desk(CHECKED);
    sync.replace(pushed(NO_SEQUENCE, { checksum: right(BIDS) }), 0);
    expect(sync.diff(diff(NO_SEQUENCE, NO_SEQUENCE, change, { checksum }), 0)).toBe('applied');
    expect([sync.proven, sync.verified, resyncs, checksums]).toEqual([true, null, [], [true]]);
  });

  it('that fail three times on an unbroken sequence in ten minutes are believed no more', () => {
    const { sync, resyncs, checksums, retired } = desk(IN_SEQUENCE);
    for (let i = 0; i < 2; i++) {
      sync.replace(pushed(10 * i, { checksum: right(BIDS) }), i * 1_000);
      sync.diff(diff(10 * i + 1, 10 * i, change, { checksum: 1 }), i * 1_000);
    }
    expect([resyncs, retired()]).toEqual([['checksum', 'checksum'], 0]);
    sync.replace(pushed(50, { checksum: right(BIDS) }), 5_000);
    expect(sync.diff(diff(51, 50, change, { checksum: 1 }), 5_000)).toBe('applied');
    expect([sync.proven, sync.verified, retired()]).toEqual([true, null, 1]);
    const before = checksums.length;
    sync.diff(diff(52, 51, [[100, 8]], { checksum: 1 }), 6_000);
    expect([checksums.length, resyncs.length]).toEqual([before, 2]);
  });

  it('that fail now and then over more than ten minutes are believed still', () => {
    const { sync, resyncs, retired } = desk(IN_SEQUENCE);
    for (let i = 0; i < 6; i++) {
      const now = i * 400_000;
      sync.replace(pushed(10 * i, { checksum: right(BIDS) }), now);
      sync.diff(diff(10 * i + 1, 10 * i, change, { checksum: 1 }), now);
    }
    expect([resyncs.length, retired()]).toEqual([6, 0]);
  });

  it('that are the only proof there is are never retired', () => {
    const { sync, resyncs, retired } = desk(CHECKED);
    for (let i = 0; i < 5; i++) {
      sync.replace(pushed(NO_SEQUENCE, { checksum: right(BIDS) }), i);
      sync.diff(diff(NO_SEQUENCE, NO_SEQUENCE, change, { checksum: 1 }), i);
    }
    expect([resyncs.length, retired()]).toEqual([5, 0]);
  });
});

describe('[F35] diffs without numbers, ordered by their time', () => {
  const TIMED: SyncRules = { continuity: bitstampContinuity, joins: bitstampJoins, readQuote };

  it('are dropped as far as the snapshot has them, and one that changed places is a gap', () => {
    const { sync, resyncs } = desk(TIMED);
    for (const time of [8, 9, 12]) sync.diff(diff(time, NO_SEQUENCE, [[95, time]]), 0);
    sync.snapshot({ sequence: 9, bids: list(BIDS), asks: list(ASKS), bidsCut: false, asksCut: false }, 0);
    expect([sync.applied, sync.book.bids.lotsAt(95)]).toEqual([1, 12]);
    expect(sync.diff(diff(11, NO_SEQUENCE, [[95, 11]]), 0)).toBe('resync');
    expect(resyncs).toEqual(['gap']);
  });

  it('that another source contradicts are begun anew, once', () => {
    const { sync, resyncs, wanted } = desk(TIMED);
    sync.snapshot({ sequence: 9, bids: list(BIDS), asks: list(ASKS), bidsCut: false, asksCut: false }, 0);
    sync.contradicted('silent');
    sync.contradicted('silent');
    expect([sync.proven, resyncs, wanted]).toEqual([false, ['audit'], [0, 0]]);
  });
});

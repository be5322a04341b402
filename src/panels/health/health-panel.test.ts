import { describe, expect, it } from 'vitest';
import { type ChannelStatus, FEED_STATES, type FeedState, type Proof } from '@/market/feed-state.ts';
import { parseInstrumentId } from '@/market/instrument.ts';
import type { FeedHealthView, HealthState, PageHealth } from '@/store/health-store.ts';
import type { FeedRow } from './feed-rows.ts';
import { checkedCount, proofText } from './feed-rows.ts';
import { gapRows } from './gap-rows.ts';
import { proofFacts, unprovenWords } from './health-facts.ts';
import { bytesText, msText, secondsText, signedMs, spanClock } from './health-words.ts';
import { csvCell, filterLines, linesAsCsv, linesAsText } from './log-lines.ts';
import { fileName } from './save-file.ts';
import { type States, stretches, timelineWords } from './timeline.ts';

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 2, 4, 12, 0);
const states = (...list: readonly (readonly [at: number, state: FeedState | 'unknown'])[]): States => ({
  times: Float64Array.from(list.map(([at]) => at)),
  states: Uint8Array.from(
    list.map(([, state]) => (state === 'unknown' ? FEED_STATES.length : FEED_STATES.indexOf(state))),
  ),
});
const hour = { from: T0, to: T0 + 60 * MINUTE };

describe('a timeline', () => {
  it('is one grey stretch while all is well, and ends now', () => {
    expect(stretches(states([T0 - MINUTE, 'live']), hour, false)).toEqual([{ tone: 'live', from: 0, to: 1 }]);
  });

  it('shows an outage of a millisecond as wide as one can see', () => {
    const line = states([T0, 'live'], [T0 + 30 * MINUTE, 'resyncing'], [T0 + 30 * MINUTE + 1, 'live']);
    const list = stretches(line, hour, false);
    expect(list.map(({ tone }) => tone)).toEqual(['live', 'rebuilding', 'live']);
    expect(list[1].to - list[1].from).toBeCloseTo(1 / 320, 6);
  });

  it('shows nothing of the time before it was recorded, and what nobody knows as unknown', () => {
    const list = stretches(
      states([T0 + 30 * MINUTE, 'live'], [T0 + 45 * MINUTE, 'unknown'], [T0 + 50 * MINUTE, 'offline']),
      hour,
      false,
    );
    expect(list.map(({ tone }) => tone)).toEqual(['live', 'unknown', 'down']);
    expect(list[0].from).toBe(0.5);
    expect(stretches(states(), hour, false)).toEqual([]);
  });

  it('of the simulated exchange is violet, never grey', () => {
    expect(stretches(states([T0, 'live']), hour, true)[0].tone).toBe('simulated');
  });

  it('of a feed that flaps without end has no more stretches than slots', () => {
    const flaps = Array.from({ length: 1_000 }, (_, i) => [T0 + i * 3_000, i % 2 === 0 ? 'live' : 'stale'] as const);
    expect(stretches(states(...flaps), hour, false).length).toBeLessThanOrEqual(320);
  });

  it('is read aloud with its share and its last interruption', () => {
    const line = states([T0, 'live'], [T0 + 30 * MINUTE, 'stale'], [T0 + 36 * MINUTE, 'live']);
    expect(timelineWords(line, hour)).toBe(
      'live 90 % of what is known of the last 60 minutes, 1 interruption, the last at 12:30:00',
    );
    expect(timelineWords(states(), hour)).toBe('nothing recorded yet');
  });
});

const counters = {
  messages: 0,
  bytes: 0,
  rejected: 0,
  offGrid: 0,
  gaps: 0,
  resyncs: 0,
  reconnects: 0,
  checksums: 0,
  checksumFailures: 0,
  quotesAgreed: 0,
  quotesCompared: 0,
  diffs: 0,
  candleDifferences: 0,
};
type Parts = { proof?: Proof; counters?: Partial<typeof counters>; view?: Partial<FeedHealthView>; missing?: number };
function row(id: string, { proof = 'sequence', counters: part = {}, view, missing = 0 }: Parts = {}): FeedRow {
  const parsed = parseInstrumentId(id);
  if (!parsed) throw new Error(id);
  const status = { state: 'live', proof, provenAt: T0 } as ChannelStatus;
  const record = { counters: { ...counters, ...part }, trades: { received: 10, missing } };
  return {
    id: parsed.id,
    symbol: parsed.symbol,
    venue: parsed.venue,
    simulated: false,
    local: false,
    status,
    record: record as unknown as NonNullable<FeedRow['record']>,
    view: view as FeedHealthView | undefined,
  };
}
const page: PageHealth = {
  at: T0,
  mainThread: null,
  toPage: null,
  toPixel: null,
  painted: 10,
  booksPainted: 20,
  crossedPainted: 0,
  heap: null,
  busyPercent: null,
  messagesPerSecond: null,
  restarts: 0,
};
const factOf = (key: string, rows: readonly FeedRow[]) => proofFacts(rows, page).find((fact) => fact.key === key);

describe('facts of proof', () => {
  it('that were never tried do not claim to hold', () => {
    const tones = proofFacts([], null).map(({ tone }) => tone);
    expect(new Set(tones)).toEqual(new Set(['untried']));
    expect(factOf('quote', [])?.figure).toBe('not tried yet');
  });

  it('sum what every feed has tried, and say what was caught', () => {
    const rows = [
      row('binance:BTCUSDT', { counters: { diffs: 1_000, quotesCompared: 5, quotesAgreed: 5 } }),
      row('okx:BTC-USDT', { counters: { diffs: 500, gaps: 2 }, missing: 3 }),
      row('kraken:BTC/USD', { proof: 'checksum', counters: { diffs: 7, checksums: 1_129, checksumFailures: 1 } }),
    ];
    expect(factOf('sequence', rows)).toMatchObject({
      detail: '1,500 by sequence number',
      figure: '2 breaks, caught',
      tone: 'caught',
    });
    expect(factOf('quote', rows)).toMatchObject({ figure: '5 / 5', tone: 'holds' });
    expect(factOf('checksum', rows)).toMatchObject({ figure: '1 break, caught' });
    expect(factOf('prints', rows)).toMatchObject({ figure: '30 / 33', tone: 'caught' });
    expect(factOf('crossed', rows)).toMatchObject({ figure: '0 of 20', tone: 'holds' });
  });

  it('name the venues that offer none', () => {
    expect(unprovenWords([row('binance:BTCUSDT')])).toContain('proven');
    expect(unprovenWords([row('bitstamp:btcusd', { proof: 'audit' })])).toContain('audited instead: bitstamp');
    expect(unprovenWords([row('bitstamp:btcusd', { proof: 'unverified' })])).toBe('Not verified now: btcusd');
  });

  it('of one feed are counted by what its venue offers', () => {
    expect(checkedCount(row('okx:X', { counters: { diffs: 7 } }))).toBe(7);
    expect(checkedCount(row('kraken:X', { proof: 'checksum', counters: { diffs: 7, checksums: 3 } }))).toBe(3);
    expect(checkedCount(row('bitstamp:X', { proof: 'unverified', counters: { diffs: 7 } }))).toBeNull();
    expect(proofText(row('binance:X', { counters: { quotesCompared: 1 } }))).toBe('SEQ + BBO');
    expect(proofText(row('bitstamp:X', { proof: 'unverified' }))).toBe('unverified');
  });
});

describe('the gap table', () => {
  const gap = { cause: 'gap', expected: '88410772', got: '88410779', missing: 7 } as const;
  it('shows the newest first, an open one with its age, and leaves out what is older than asked for', () => {
    const gaps = [
      { ...gap, at: T0 - 1, healedMs: 5 },
      { ...gap, at: T0, healedMs: 410 },
      { ...gap, at: T0 + 1_000, healedMs: null },
    ];
    const rows = gapRows([row('okx:BTC-USDT', { view: { gaps, since: 0 } })], T0, T0 + 2_300);
    expect(rows.map(({ expected, got, missing, healed }) => [expected, got, missing, healed])).toEqual([
      ['88,410,772', '88,410,779', '7', 'open 1.30 s'],
      ['88,410,772', '88,410,779', '7', '0.41 s'],
    ]);
  });

  it('says in words what did not hold where there are no numbers, and of trades that they are trades', () => {
    const gaps = [
      { at: T0, cause: 'checksum', expected: '5', got: '7', missing: null, healedMs: 1 },
      { at: T0 + 1, cause: 'crossed', expected: '', got: '', missing: null, healedMs: 1 },
      { at: T0 + 2, cause: 'trades', expected: '5', got: '7', missing: 2, healedMs: 1 },
    ];
    const rows = gapRows([row('kraken:X', { view: { gaps, since: 0 } })], 0, T0 + 10);
    expect(rows.map(({ expected, got, missing }) => [expected, got, missing])).toEqual([
      ['5', '7', '2 trades'],
      ['crossed book', '–', '–'],
      ['checksum', '7', '–'],
    ]);
  });

  it('does not count on for a gap whose worker is gone', () => {
    const gaps = [{ ...gap, at: T0, healedMs: null }];
    const [one] = gapRows([row('okx:X', { view: { gaps, since: T0 + 500 } })], 0, T0 + 60_000);
    expect(one).toMatchObject({ healed: '–', isOpen: false });
  });
});

type Line = HealthState['log'][number];
const line = (seq: number, part: Partial<Line>): Line => ({
  key: String(seq),
  seq,
  at: T0 + seq,
  lastAt: T0 + seq,
  subject: 'kraken:SOL/USD',
  severity: 'info',
  text: 'live again',
  times: 1,
  ...part,
});

describe('the log', () => {
  const log = [
    line(0, { text: 'checksum differs', severity: 'warn' }),
    line(1, { subject: 'okx:BTC-USDT-SWAP', text: 'refused', severity: 'error' }),
    line(2, { subject: null, text: 'data engine restarted', severity: 'warn' }),
    line(3, { subject: 'kraken', text: 'told to wait' }),
  ];
  const shown = (text: string, least: Line['severity'] = 'info', subject: string | null = null) =>
    filterLines(log, { text, least, subject }).map(({ seq }) => seq);

  it('is filtered by every word of a text, in any case, over feed and event', () => {
    expect(shown('')).toEqual([3, 2, 1, 0]);
    expect(shown('CHECKSUM sol')).toEqual([0]);
    expect(shown('kraken')).toEqual([3, 0]);
    expect(shown('nothing of it')).toEqual([]);
  });

  it('is filtered by gravity, and by feed together with its venue and what is about all', () => {
    expect(shown('', 'warn')).toEqual([2, 1, 0]);
    expect(shown('', 'error')).toEqual([1]);
    expect(shown('', 'info', 'kraken:SOL/USD')).toEqual([3, 2, 0]);
  });

  it('as text is oldest first with times in UTC and counts', () => {
    expect(linesAsText([line(1, { times: 412 }), line(0, {})])).toBe(
      '2026-03-04T12:00:00.000Z  kraken:SOL/USD  info  live again\n' +
        '2026-03-04T12:00:00.001Z  kraken:SOL/USD  info  live again ×412\n',
    );
  });

  it('as a table never becomes a formula, and keeps numbers numbers', () => {
    for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])
      expect(csvCell(text).replace(/^"/, '')[0]).toBe("'");
    expect(csvCell('a "b", c')).toBe('"a ""b"", c"');
    expect(csvCell(-5)).toBe('-5');
    expect(linesAsCsv([line(0, { text: '=HYPERLINK("x")', times: 3 })])).toBe(
      'time,last time,times,severity,feed,event\r\n' +
        `2026-03-04T12:00:00.000Z,2026-03-04T12:00:00.000Z,3,info,kraken:SOL/USD,"'=HYPERLINK(""x"")"\r\n`,
    );
  });

  it('is saved under a name every file system takes', () =>
    expect(fileName('log', T0, 'csv')).toBe('depthwire-log-2026-03-04T12-00-00Z.csv'));
});

describe('words of figures', () => {
  it('never print something as nothing, nor nothing as something', () => {
    expect([0, 0.04, 0.44, 9.96, 1_810, null].map(msText)).toEqual(['0', '<0.1', '0.4', '10.0', '1,810', '–']);
    expect(signedMs(-3.2)).toBe('−3');
    expect(spanClock(4_364_000)).toBe('01:12:44');
    expect(spanClock(90_061_000)).toBe('1 d 01:01:01');
    expect([0, 8.4, 410, 12_300, 180_000].map(secondsText)).toEqual(['1 ms', '8 ms', '0.41 s', '12 s', '3 min']);
    expect([812, 48_200, 148e6, 1.5e9].map(bytesText)).toEqual(['812 B', '48.2 kB', '148 MB', '1.50 GB']);
  });
});

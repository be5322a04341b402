import { beforeEach, describe, expect, it } from 'vitest';
import { FEED_STATES, type FeedState } from '@/market/feed-state.ts';
import { BUCKETS } from '@/market/histogram.ts';
import type { FeedReport, HealthReport, LogEntry, StateLine } from '@/protocol/health.ts';
import { applyReport, healthStore, logOfPage, watchHealth } from './health-store.ts';
import { UNKNOWN_STATE } from './state-lines.ts';

const ID = 'demo:ACME';
const line = (...states: readonly (readonly [at: number, state: FeedState])[]): StateLine => ({
  times: Float64Array.from(states.map(([at]) => at)),
  states: Uint8Array.from(states.map(([, state]) => FEED_STATES.indexOf(state))),
});
const feed = (part: Partial<FeedReport> = {}): FeedReport => ({
  id: ID,
  simulated: true,
  local: false,
  since: 1_000,
  messagesPerSecond: 1,
  bytesPerSecond: 1,
  peakMessages: 1,
  lag: null,
  lagCounts: new Uint32Array(BUCKETS),
  clockOffsetMs: null,
  clockErrorMs: null,
  resyncs: [],
  rejects: [],
  auditsAgreed: 0,
  auditsCompared: 0,
  ...part,
});
const entry = (seq: number, part: Partial<LogEntry> = {}): LogEntry => ({
  seq,
  at: 1_000 + seq,
  lastAt: 1_000 + seq,
  subject: ID,
  severity: 'info',
  text: `line ${seq}`,
  times: 1,
  ...part,
});
const report = (part: Partial<HealthReport> = {}): HealthReport => ({
  kind: 'report',
  at: 2_000,
  since: 1_000,
  feeds: [feed()],
  venues: [],
  stages: { decode: null, book: null },
  log: [],
  ...part,
});
const gap = { at: 1_500, cause: 'gap', expected: '1', got: '3', missing: 2, healedMs: null };
const held = () => healthStore.getState().feeds.get(ID);
const statesOf = () =>
  [...(held()?.lines.book.states ?? [])].map((index, i) => [
    held()?.lines.book.times[i],
    FEED_STATES[index] ?? 'unknown',
  ]);

beforeEach(() => healthStore.setState(healthStore.getInitialState(), true));

describe('reports of one worker', () => {
  it('keep what is not told again: states and gaps', () => {
    applyReport(report({ feeds: [feed({ lines: { book: line([1_000, 'live']) }, gaps: [gap] })] }));
    applyReport(report({ at: 3_000, feeds: [feed({ messagesPerSecond: 9 })] }));
    expect(statesOf()).toEqual([[1_000, 'live']]);
    expect(held()?.gaps).toEqual([gap]);
    expect(held()?.messagesPerSecond).toBe(9);
    expect(held()?.lines.trades.times.length).toBe(0);
  });

  it('replace what is told anew', () => {
    applyReport(report({ feeds: [feed({ lines: { book: line([1_000, 'live']) }, gaps: [gap] })] }));
    const healed = { ...gap, healedMs: 40 };
    applyReport(
      report({ feeds: [feed({ lines: { book: line([1_000, 'live'], [1_500, 'stale']) }, gaps: [healed] })] }),
    );
    expect(statesOf()).toHaveLength(2);
    expect(held()?.gaps).toEqual([healed]);
  });

  it('forget a feed that was closed, and begin anew one that was opened again', () => {
    applyReport(report({ feeds: [feed({ lines: { book: line([1_000, 'live']) }, gaps: [gap] })] }));
    applyReport(report({ feeds: [feed({ since: 5_000 })] }));
    expect(held()?.lines.book.times.length).toBe(0);
    expect(held()?.gaps).toEqual([]);
    applyReport(report({ feeds: [] }));
    expect(held()).toBeUndefined();
  });
});

describe('the report of a new worker', () => {
  const before = report({
    at: 9_000,
    feeds: [feed({ lines: { book: line([1_000, 'live']) }, gaps: [gap] })],
    log: [entry(0)],
  });
  const successor = (part: Partial<FeedReport>) =>
    report({
      at: 12_500,
      since: 12_000,
      feeds: [feed({ since: 12_000, ...part })],
      log: [entry(0, { at: 12_100, text: 'live' })],
    });

  it('goes on where the former fell silent: between the two nothing is known', () => {
    applyReport(before);
    applyReport(successor({ lines: { book: line([12_000, 'connecting']) }, gaps: [] }));
    expect(statesOf()).toEqual([
      [1_000, 'live'],
      [9_000, 'unknown'],
      [12_000, 'connecting'],
    ]);
    applyReport(successor({ lines: { book: line([12_000, 'connecting'], [12_400, 'live']) } }));
    expect(statesOf()).toHaveLength(4);
    expect(held()?.gaps).toEqual([gap]);
  });

  it('keeps what the former said of a feed that the new one has not opened yet', () => {
    applyReport(before);
    applyReport(report({ at: 12_100, since: 12_000, feeds: [] }));
    expect(statesOf()).toEqual([
      [1_000, 'live'],
      [9_000, 'unknown'],
    ]);
    applyReport(successor({ since: 12_200, lines: { book: line([12_200, 'connecting']) } }));
    expect(statesOf()).toHaveLength(3);
    expect(held()?.gaps).toEqual([gap]);
  });

  it('keeps the lines of the former, which count from 0 as its own do', () => {
    applyReport(before);
    logOfPage(11_000, 'warn', 'data engine restarted');
    applyReport(successor({}));
    expect(healthStore.getState().log.map(({ text }) => text)).toEqual(['line 0', 'data engine restarted', 'live']);
  });

  it('ends a line twice only once', () => {
    applyReport(before);
    applyReport(report({ at: 12_500, since: 12_000, feeds: [feed({ since: 12_000 })] }));
    applyReport(
      report({ at: 15_500, since: 15_000, feeds: [feed({ since: 15_000, lines: { book: line([15_000, 'live']) } })] }),
    );
    const codes = [...(held()?.lines.book.states ?? [])];
    expect(codes.filter((code) => code === UNKNOWN_STATE).length).toBeLessThanOrEqual(1);
    expect(codes.at(-1)).toBe(FEED_STATES.indexOf('live'));
  });
});

describe('the log on the page', () => {
  it('replaces a line that is counted again, and stays where it was', () => {
    applyReport(report({ log: [entry(0), entry(1)] }));
    applyReport(report({ log: [entry(0, { times: 412, lastAt: 1_900 })] }));
    expect(healthStore.getState().log.map(({ times }) => times)).toEqual([412, 1]);
  });

  it('keeps the newest two thousand', () => {
    applyReport(report({ log: Array.from({ length: 3_000 }, (_, seq) => entry(seq)) }));
    const { log } = healthStore.getState();
    expect(log).toHaveLength(2_000);
    expect(log[0].seq).toBe(1_000);
  });

  it('is the same object while nothing is new', () => {
    applyReport(report({ log: [entry(0)] }));
    const { log } = healthStore.getState();
    applyReport(report());
    expect(healthStore.getState().log).toBe(log);
  });
});

describe('watching', () => {
  it('counts the panels that show it', () => {
    const stops = [watchHealth(), watchHealth()];
    expect(healthStore.getState().watchers).toBe(2);
    for (const stop of stops) stop();
    expect(healthStore.getState().watchers).toBe(0);
  });
});

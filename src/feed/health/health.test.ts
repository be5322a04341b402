import { describe, expect, it } from 'vitest';
import type { FaultKind } from '@/market/fault.ts';
import type { ChannelStatus, FeedState } from '@/market/feed-state.ts';
import { FEED_STATES } from '@/market/feed-state.ts';
import { EventLog, LOG_SIZE } from './event-log.ts';
import { FeedHealth, type FeedSample } from './feed-health.ts';
import { HealthBoard, type HealthSource } from './health-board.ts';
import { plainText } from './plain-text.ts';
import { SlicedHistogram } from './sliced-histogram.ts';
import { StageMeter } from './stage-meter.ts';
import { TRACK_MS } from './state-track.ts';
import { Tally } from './tally.ts';

const ID = 'binance:BTCUSDT';
const T0 = 1_700_000_000_000;

const status = (state: FeedState, part: Partial<ChannelStatus> = {}): ChannelStatus => ({
  state,
  since: T0,
  lastAt: T0,
  lagMs: 12,
  proof: 'sequence',
  provenAt: T0,
  fault: null,
  attempt: 0,
  retryAt: 0,
  ...part,
});
const fault = (kind: FaultKind, detail: string) => ({ kind, venue: 'binance', detail, at: T0 }) as const;
const totals = (part: Partial<FeedSample> = {}): FeedSample => ({
  messages: 0,
  bytes: 0,
  missing: 0,
  offsetMs: Number.NaN,
  offsetErrorMs: null,
  auditsAgreed: 0,
  auditsCompared: 0,
  ...part,
});
const KIND = { simulated: false, local: false };

function open(): { log: EventLog; health: FeedHealth; texts: () => string[] } {
  const log = new EventLog();
  const texts: string[] = [];
  return {
    log,
    health: new FeedHealth(ID, T0, log),
    texts: () => {
      texts.push(...log.takeChanged().map(({ text, times }) => (times > 1 ? `${text} ×${times}` : text)));
      return texts;
    },
  };
}

describe('the states of a feed', () => {
  it('are kept with the moment each began, also those that lasted no time at all', () => {
    const { health } = open();
    health.observe('book', status('connecting'), T0);
    health.observe('book', status('live'), T0 + 10);
    health.observe('book', status('live'), T0 + 20);
    health.observe('book', status('resyncing'), T0 + 30);
    health.observe('book', status('live'), T0 + 30);
    const line = health.report(KIND, T0 + 40).lines?.book;
    expect([...(line?.times ?? [])]).toEqual([T0, T0 + 10, T0 + 30, T0 + 30]);
    expect([...(line?.states ?? [])].map((index) => FEED_STATES[index])).toEqual([
      'connecting',
      'live',
      'resyncing',
      'live',
    ]);
  });

  it('of the last hour begin with the state the hour began in', () => {
    const { health } = open();
    health.observe('book', status('live'), T0);
    health.observe('book', status('stale'), T0 + 1_000);
    health.observe('book', status('live'), T0 + 2_000);
    const line = health.report(KIND, T0 + TRACK_MS + 1_500).lines?.book;
    expect([...(line?.times ?? [])]).toEqual([T0 + 1_000, T0 + 2_000]);
  });

  it('are told again only when one of them has changed, or when a page has just begun to look', () => {
    const { health } = open();
    health.observe('trades', status('live'), T0);
    expect(health.report(KIND, T0).lines?.trades).toBeDefined();
    expect(health.report(KIND, T0 + 1).lines).toBeUndefined();
    health.observe('trades', status('stale'), T0 + 2);
    expect(Object.keys(health.report(KIND, T0 + 3).lines ?? {})).toEqual(['trades']);
    health.retell();
    expect(Object.keys(health.report(KIND, T0 + 4).lines ?? {})).toHaveLength(4);
  });

  it('of a feed that flaps without end are bounded', () => {
    const { health } = open();
    for (let i = 0; i < 5_000; i++) health.observe('book', status(i % 2 === 0 ? 'live' : 'stale'), T0 + i);
    expect(health.report(KIND, T0 + 5_000).lines?.book?.times.length).toBeLessThanOrEqual(1_024);
  });

  it('are told in words a trader reads, with the time an outage took', () => {
    const { health, texts } = open();
    health.observe('book', status('syncing'), T0);
    health.observe('book', status('live'), T0 + 100);
    const lost = { attempt: 1, fault: fault('connection-lost', 'close 1006') };
    health.observe('book', status('resyncing', lost), T0 + 60_000);
    health.observe('book', status('live'), T0 + 61_410);
    health.observe('book', status('lagging', { lagMs: 1_800 }), T0 + 70_000);
    health.observe('book', status('rejected', { fault: fault('subscribe-refused', 'no such symbol') }), T0 + 80_000);
    expect(texts()).toEqual([
      'live, proven by sequence numbers',
      'connection lost: close 1006',
      'live again after 1.41 s',
      "lag over 1 s: the venue's stamps are 1.80 s behind",
      'refused: no such symbol',
    ]);
  });

  it('of a long outage say when the next try is due, once a try', () => {
    const { health, texts } = open();
    const waiting = status('resyncing', { attempt: 6, retryAt: T0 + 30_000, fault: fault('unreachable', 'HTTP 403') });
    health.observe('book', waiting, T0);
    health.observe('book', waiting, T0 + 100);
    expect(texts()).toEqual(['next try in 30.0 s, attempt 6', 'connection lost: HTTP 403']);
  });

  it('of channels that fall with the book are told once; of one that falls alone, with its name', () => {
    const { health, texts } = open();
    for (const channel of ['book', 'trades'] as const) health.observe(channel, status('live'), T0);
    health.observe('trades', status('stale', { fault: fault('silent', 'nothing for 4000 ms') }), T0 + 5_000);
    health.observe('trades', status('live'), T0 + 6_000);
    health.observe('book', status('offline'), T0 + 7_000);
    health.observe('trades', status('offline'), T0 + 7_000);
    health.observe('trades', status('live'), T0 + 8_000);
    expect(texts()).toEqual([
      'live, proven by sequence numbers',
      'trades: stale: nothing for 4000 ms',
      'trades: live again after 1.00 s',
      'the browser reports no network',
    ]);
  });
});

describe('breaks', () => {
  it('name the numbers and what is missing, stay open, and close when the book is current again', () => {
    const { health } = open();
    health.observe('book', status('live'), T0);
    health.broke({ cause: 'gap', detail: 'expected 88410772, got 88410779' }, T0 + 100);
    health.observe('book', status('resyncing'), T0 + 100);
    const [gap] = health.report(KIND, T0 + 200).gaps ?? [];
    expect(gap).toEqual({
      at: T0 + 100,
      cause: 'gap',
      expected: '88410772',
      got: '88410779',
      missing: 7,
      healedMs: null,
    });
    health.observe('book', status('live'), T0 + 510);
    expect(health.report(KIND, T0 + 600).gaps?.[0].healedMs).toBe(410);
    expect(health.report(KIND, T0 + 700).gaps).toBeUndefined();
  });

  it('of a checksum say what was expected and what came, and nothing is counted as missing', () => {
    const { health, texts } = open();
    health.broke({ cause: 'checksum', detail: '', expected: '974947235', got: '1' }, T0);
    expect(health.report(KIND, T0).gaps?.[0]).toMatchObject({
      cause: 'checksum',
      expected: '974947235',
      missing: null,
    });
    expect(texts()).toEqual(['checksum differs, rebuilding']);
    health.broke({ cause: 'checksum', detail: 'checksum 5 stated, 7 made' }, T0);
    expect(health.report(KIND, T0).gaps?.[1]).toMatchObject({ expected: '5', got: '7', missing: null });
  });

  it('of trades close when nothing is missing any more, whatever the book does', () => {
    const { health, texts } = open();
    health.lostTrades(100, 106, T0);
    health.second(totals({ missing: 7 }), T0 + 1_000);
    health.observe('book', status('live'), T0 + 1_500);
    expect(health.report(KIND, T0 + 1_600).gaps?.[0]).toMatchObject({
      expected: '100',
      got: '107',
      missing: 7,
      healedMs: null,
    });
    health.second(totals(), T0 + 2_000);
    expect(health.report(KIND, T0 + 2_100).gaps?.[0].healedMs).toBe(2_000);
    expect(texts()).toContain('every missing trade was fetched');
  });

  it('are counted by cause; a lost connection is a cause and no break', () => {
    const { health } = open();
    for (const cause of ['connection', 'gap', 'gap']) health.broke({ cause, detail: '' }, T0);
    const report = health.report(KIND, T0);
    expect(report.resyncs).toEqual([
      ['gap', 2],
      ['connection', 1],
    ]);
    expect(report.gaps).toHaveLength(2);
  });

  it('without end keep the newest two hundred', () => {
    const { health } = open();
    for (let i = 0; i < 1_000; i++) health.lostTrades(i, i, T0 + i);
    const { gaps } = health.report(KIND, T0);
    expect(gaps).toHaveLength(200);
    expect(gaps?.at(-1)?.expected).toBe('999');
  });
});

describe('refused messages', () => {
  it('are counted by reason, and a flood of ever new reasons fills nothing', () => {
    const { health, log } = open();
    for (let i = 0; i < 10_000; i++) health.rejected(`size is not a number: ${i}`, T0 + i / 100);
    for (let i = 0; i < 3; i++) health.rejected('x'.repeat(10_000), T0 + 100);
    const { rejects } = health.report(KIND, T0);
    expect(rejects.length).toBeLessThanOrEqual(16);
    expect(rejects.reduce((sum, [, count]) => sum + count, 0)).toBe(10_003);
    for (const [reason] of rejects) expect(reason.length).toBeLessThanOrEqual(120);
    expect(log.takeChanged().length).toBeLessThanOrEqual(20);
  });

  it('are counted under no name that a prototype could answer to', () => {
    const tally = new Tally();
    for (const name of ['__proto__', 'constructor', '__proto__']) tally.add(name);
    expect(tally.entries()).toEqual([
      ['__proto__', 2],
      ['constructor', 1],
    ]);
  });
});

describe('figures of a feed', () => {
  it('are read once a second and mean the last five, the peak the last sixty', () => {
    const { health } = open();
    for (let s = 1; s <= 20; s++)
      health.second(totals({ messages: s * 100 + (s > 3 ? 500 : 0), bytes: s * 1_000 }), T0 + s * 1_000);
    const { messagesPerSecond, bytesPerSecond, peakMessages } = health.report(KIND, T0 + 20_000);
    expect([messagesPerSecond, bytesPerSecond, peakMessages]).toEqual([100, 1_000, 600]);
  });

  it('begin anew when the totals do, and never fall below nothing', () => {
    const { health } = open();
    health.second(totals({ messages: 500 }), T0 + 1_000);
    health.second(totals({ messages: 10 }), T0 + 2_000);
    expect(health.report(KIND, T0 + 2_000).messagesPerSecond).toBe(250);
  });

  it('know lag and clock offset once there is something to know', () => {
    const { health } = open();
    expect(health.report(KIND, T0)).toMatchObject({ lag: null, clockOffsetMs: null });
    for (let i = 1; i <= 100; i++) health.lag.add(i);
    health.second(totals({ offsetMs: -3 }), T0 + 1_000);
    const { lag, clockOffsetMs, lagCounts } = health.report(KIND, T0 + 1_000);
    expect(clockOffsetMs).toBe(-3);
    expect(lag?.n).toBe(100);
    expect(lag?.max).toBe(100);
    expect(lag?.p50).toBeGreaterThan(44);
    expect(lag?.p50).toBeLessThan(57);
    expect(lagCounts.reduce((sum, count) => sum + count, 0)).toBe(100);
  });

  it('forget lags that are older than five minutes, one minute at a time', () => {
    const histogram = new SlicedHistogram(T0);
    histogram.add(900);
    histogram.tick(T0 + 240_000);
    histogram.add(5);
    expect(histogram.quantiles()).toMatchObject({ n: 2, max: 900 });
    histogram.tick(T0 + 300_000);
    expect(histogram.quantiles()).toMatchObject({ n: 1, max: 5 });
    histogram.tick(T0 + 3_600_000);
    expect(histogram.quantiles()).toBeNull();
  });
});

describe('the log', () => {
  const event = (text: string, at = T0) => ({ at, subject: ID, severity: 'warn', text }) as const;

  it('keeps the newest two thousand lines and numbers them without a hole', () => {
    const log = new EventLog();
    for (let i = 0; i < LOG_SIZE + 50; i++) log.add(event(`line ${i}`, T0 + i * 1_000));
    const lines = log.takeChanged();
    expect(lines).toHaveLength(LOG_SIZE);
    expect(lines[0]).toMatchObject({ seq: 50, text: 'line 50' });
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: LOG_SIZE }, (_, i) => i + 50));
    expect(log.takeChanged()).toEqual([]);
  });

  it('counts what happens again within five seconds on its line, and sends that line anew', () => {
    const log = new EventLog();
    for (let i = 0; i < 412; i++) log.add(event('refused', T0 + i));
    expect(log.takeChanged()).toEqual([
      { seq: 0, at: T0, lastAt: T0 + 411, subject: ID, severity: 'warn', text: 'refused', times: 412 },
    ]);
    log.add(event('refused', T0 + 500));
    expect(log.takeChanged()).toMatchObject([{ seq: 0, times: 413 }]);
    log.add(event('refused', T0 + 60_000));
    expect(log.takeChanged()).toMatchObject([{ seq: 1, times: 1 }]);
  });

  it('does not repeat what alternates either', () => {
    const log = new EventLog();
    for (let i = 0; i < 100; i++) log.add(event(i % 2 === 0 ? 'up' : 'down', T0 + i));
    expect(log.takeChanged().map(({ text, times }) => [text, times])).toEqual([
      ['up', 50],
      ['down', 50],
    ]);
  });

  it('bounds a flood of different lines and counts what it leaves out', () => {
    const log = new EventLog();
    for (let i = 0; i < 100_000; i++) log.add(event(`line ${i}`, T0 + i / 1_000));
    const lines = log.takeChanged();
    expect(lines.length).toBeLessThan(40 * 101 + 2);
    const left = lines.filter(({ text }) => text.startsWith('more events')).reduce((sum, { times }) => sum + times, 0);
    expect(left + lines.filter(({ text }) => text.startsWith('line')).length).toBeGreaterThan(LOG_SIZE);
  });

  it('tells everything again to a page that has just begun to look', () => {
    const log = new EventLog();
    for (let i = 0; i < 3; i++) log.add(event(`line ${i}`));
    log.takeChanged();
    log.retell();
    expect(log.takeChanged().map(({ text }) => text)).toEqual(['line 0', 'line 1', 'line 2']);
  });

  it('holds plain text: no controls, no direction overrides, no end of lines, at most 200 characters', () => {
    expect(plainText('a\u202Eb\r\n\u2066c\u0000d')).toBe('a b c d');
    const long = plainText(`${'x'.repeat(198)}😀😀`);
    expect(long.length).toBeLessThanOrEqual(200);
    expect(long.endsWith('x…')).toBe(true);
    expect(plainText('y'.repeat(1e6)).length).toBe(200);
  });
});

describe('the board', () => {
  const source: HealthSource = {
    sample: () => totals({ messages: 10 }),
    kind: () => KIND,
    venues: () => [],
  };

  it('records whether it is wanted or not, and tells everything when somebody begins to look', () => {
    const board = new HealthBoard(T0);
    board.of(ID, T0).observe('book', status('live'), T0);
    expect(board.tick(source, T0 + 1_000)).toBeNull();
    const first = board.want(true, source, T0 + 1_500);
    expect(first?.log.map(({ text }) => text)).toEqual(['live, proven by sequence numbers']);
    expect(first?.feeds[0].lines?.book?.times.length).toBe(1);
    expect(board.want(true, source, T0 + 1_600)).toBeNull();
  });

  it('tells once a second while it is wanted, and only what is new', () => {
    const board = new HealthBoard(T0);
    board.of(ID, T0).observe('book', status('live'), T0);
    board.want(true, source, T0);
    expect(board.tick(source, T0 + 900)).toBeNull();
    const report = board.tick(source, T0 + 1_000);
    expect(report?.log).toEqual([]);
    expect(report?.feeds[0].lines).toBeUndefined();
    expect(board.tick(source, T0 + 1_100)).toBeNull();
    board.want(false, source, T0 + 1_200);
    expect(board.tick(source, T0 + 2_100)).toBeNull();
  });

  it('forgets a closed instrument but not what its log says', () => {
    const board = new HealthBoard(T0);
    board.of(ID, T0).note('tick size 0.1, was 0.01', T0);
    board.close(ID);
    const report = board.want(true, source, T0 + 10);
    expect(report?.feeds).toEqual([]);
    expect(report?.log).toHaveLength(1);
  });
});

describe('working times', () => {
  it('are measured of one message in sixty-four, the book apart', () => {
    const stages = new StageMeter(T0);
    let timed = 0;
    for (let i = 0; i < 640; i++) {
      if (!stages.due()) continue;
      timed++;
      stages.begin(T0);
      stages.applied(2);
      stages.end(T0 + 10);
    }
    expect(timed).toBe(10);
    const { decode, book } = stages.report();
    expect(decode).toMatchObject({ n: 10, max: 8 });
    expect(book).toMatchObject({ n: 10, max: 2 });
  });

  it('of a message without a diff say nothing of the book', () => {
    const stages = new StageMeter(T0);
    stages.begin(T0);
    stages.end(T0 + 1);
    expect(stages.report().book).toBeNull();
  });
});

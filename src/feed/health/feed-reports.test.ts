import { describe, expect, it } from 'vitest';
import { FEED_STATES } from '@/market/feed-state.ts';
import type { HealthReport } from '@/protocol/health.ts';
import { FeedDesk, spotDiff, spotTrade, wantedOf } from '../testing/feed-desk.ts';

const BTC = 'binance:BTCUSDT';
const DEPTH = 'btcusdt@depth@100ms';
const TRADE = 'btcusdt@trade';

async function live(options: ConstructorParameters<typeof FeedDesk>[0] = {}): Promise<FeedDesk> {
  const desk = new FeedDesk(options);
  desk.want(wantedOf(BTC));
  await desk.pass(100);
  desk.transport.deliver(DEPTH, spotDiff(desk.clock, 11));
  await desk.pass(50);
  return desk;
}
const reports = (desk: FeedDesk): HealthReport[] =>
  desk.replies.filter((reply): reply is HealthReport => reply.kind === 'report');
/** Everything told so far: the lines of the log, newest form of each. */
const story = (desk: FeedDesk): string[] => {
  const lines = new Map<number, string>();
  for (const { log } of reports(desk)) {
    for (const { seq, text, times } of log) lines.set(seq, times > 1 ? `${text} ×${times}` : text);
  }
  return [...lines.values()];
};
const statesOf = (desk: FeedDesk): string[] => {
  let line: readonly number[] = [];
  for (const { feeds } of reports(desk)) if (feeds[0]?.lines?.book) line = [...feeds[0].lines.book.states];
  return line.map((code) => FEED_STATES[code]);
};

describe('the health of a feed', () => {
  it('is told only while somebody wants to know, once a second', async () => {
    const desk = await live();
    await desk.pass(3_000);
    expect(reports(desk)).toEqual([]);
    desk.handle({ kind: 'health', wanted: true });
    expect(reports(desk)).toHaveLength(1);
    await desk.pass(3_050);
    expect(reports(desk)).toHaveLength(4);
    desk.handle({ kind: 'health', wanted: false });
    await desk.pass(3_000);
    expect(reports(desk)).toHaveLength(4);
  });

  it('tells a page that begins to look late what has happened before', async () => {
    const desk = await live();
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 15, 15));
    await desk.pass(2_000);
    desk.handle({ kind: 'health', wanted: true });
    const [first] = reports(desk);
    expect(statesOf(desk).slice(0, 4)).toEqual(['connecting', 'syncing', 'live', 'resyncing']);
    expect(story(desk)[0]).toBe('live, proven by sequence numbers');
    expect(story(desk)[1]).toBe('gap in the updates, 3 numbers missing, rebuilding');
    expect(first.feeds[0]).toMatchObject({ id: BTC, simulated: false, local: false, resyncs: [['gap', 1]] });
    expect(first.feeds[0].gaps?.[0]).toMatchObject({ cause: 'gap', expected: '12', got: '15', missing: 3 });
    expect(first.venues[0]).toMatchObject({ venue: 'binance', bannedUntil: 0 });
    expect(first.venues[0].connects.used).toBeGreaterThan(0);
    expect(first.venues[0].weight.used).toBeGreaterThan(0);
  });

  it('tells of lost trades, and that they were fetched', async () => {
    const fetched = '[{"id":6,"price":"100.01","qty":"1","time":1700000000000,"isBuyerMaker":false}]';
    const desk = await live({
      answer: (method) => (method === 'trades.recent' ? { delayMs: 5, result: fetched } : undefined),
    });
    desk.handle({ kind: 'health', wanted: true });
    desk.transport.deliver(TRADE, spotTrade(desk.clock, 5));
    desk.transport.deliver(TRADE, spotTrade(desk.clock, 7));
    await desk.pass(2_500);
    expect(story(desk)).toContain('1 trade is missing, asking for it');
    const gaps = reports(desk).flatMap(({ feeds }) => feeds[0]?.gaps ?? []);
    expect(gaps.at(-1)).toMatchObject({ cause: 'trades', expected: '6', got: '7', missing: 1 });
    expect(gaps.at(-1)?.healedMs).toBeGreaterThan(0);
    expect(gaps.at(-1)?.healedMs).toBeLessThan(600);
    expect(story(desk)).toContain('every missing trade was fetched');
  });

  it('tells why messages were refused', async () => {
    const desk = await live();
    desk.handle({ kind: 'health', wanted: true });
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 12, 12, 'BTCUSDT', ['abc', '1']));
    await desk.pass(1_100);
    const { rejects } = reports(desk).at(-1)?.feeds[0] ?? {};
    expect(rejects?.reduce((sum, [, count]) => sum + count, 0)).toBe(1);
    expect(story(desk).some((line) => line.startsWith('message refused: '))).toBe(true);
  });

  it('counts lag and rates of what came', async () => {
    const desk = await live();
    desk.handle({ kind: 'health', wanted: true });
    for (let id = 12; id < 42; id++) {
      desk.transport.deliver(DEPTH, spotDiff(desk.clock, id));
      await desk.pass(100);
    }
    const feed = reports(desk).at(-1)?.feeds[0];
    expect(feed?.lag?.n).toBeGreaterThan(20);
    expect(feed?.messagesPerSecond).toBeGreaterThan(5);
    expect(feed?.bytesPerSecond).toBeGreaterThan(500);
    expect(feed?.clockOffsetMs).not.toBeNull();
  });

  it('ends with the instrument; its lines stay', async () => {
    const desk = await live();
    desk.want();
    await desk.pass(100);
    desk.handle({ kind: 'health', wanted: true });
    expect(reports(desk)[0].feeds).toEqual([]);
    expect(reports(desk)[0].venues).toEqual([]);
    expect(story(desk)).toHaveLength(1);
  });
});

import { describe, expect, it } from 'vitest';
import { FeedDesk, START, snapshotBody, spotDiff, spotTrade, wantedOf } from './testing/feed-desk.ts';

const BTC = 'binance:BTCUSDT';
const DEPTH = 'btcusdt@depth@100ms';
const TRADE = 'btcusdt@trade';

/** A desk whose book is live at 11. */
async function live(options: ConstructorParameters<typeof FeedDesk>[0] = {}): Promise<FeedDesk> {
  const desk = new FeedDesk(options);
  desk.want(wantedOf(BTC));
  await desk.pass(100);
  desk.transport.deliver(DEPTH, spotDiff(desk.clock, 11));
  await desk.pass(50);
  return desk;
}
/** Keep the book speaking. @returns the id after the last diff */
async function speak(desk: FeedDesk, from: number, ms: number, everyMs = 100): Promise<number> {
  let id = from;
  for (let spent = 0; spent < ms; spent += everyMs) {
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, id++));
    await desk.pass(everyMs);
  }
  return id;
}

describe('losing and coming back', () => {
  it('[F1] a lost line is resyncing in the same message, with the last book still there', async () => {
    const desk = await live();
    desk.transport.hangUp(1006);
    await desk.pass(10);
    expect(desk.part(BTC)?.status.book).toMatchObject({ state: 'resyncing', fault: { kind: 'connection-lost' } });
    await desk.pass(600);
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 11));
    await desk.pass(50);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
    expect(desk.part(BTC)?.counters).toMatchObject({ gaps: 0, resyncs: 1, reconnects: 1 });
  });

  it.each([500, 1_000, 2_000])(
    '[F1] is live within three seconds of the return after an outage of %i ms',
    async (outage) => {
      for (let seed = 1; seed <= 10; seed++) {
        const desk = await live({ seed });
        desk.transport.refusals = Number.MAX_SAFE_INTEGER;
        desk.transport.hangUp(1006);
        await desk.pass(outage);
        desk.transport.refusals = 0;
        const back = desk.clock.now();
        while (desk.part(BTC)?.status.book.state !== 'live' && desk.clock.now() < back + 10_000) {
          desk.transport.deliver(DEPTH, spotDiff(desk.clock, 11));
          await desk.pass(100);
        }
        expect(desk.clock.now() - back).toBeLessThanOrEqual(3_000);
      }
    },
  );

  it('[F25] a book that is crossed before any picture of it was made is not live', async () => {
    const desk = await live();
    desk.transport.hangUp(1006);
    await desk.pass(600);
    const cross = (id: number, size: string): string => spotDiff(desk.clock, id, id, 'BTCUSDT', ['200.00', size]);
    const pictures = desk.frames.length;
    desk.transport.deliver(TRADE, spotTrade(desk.clock, 1));
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 11));
    desk.transport.deliver(DEPTH, cross(12, '1'));
    await desk.pass(100);
    const parts = desk.frames.slice(pictures).flatMap((frame) => frame.instruments);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map((part) => part.status.book.state)).not.toContain('live');
    desk.transport.deliver(DEPTH, cross(13, '0'));
    await desk.pass(50);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
    expect(desk.part(BTC)?.book?.sequence).toBe('13');
  });

  it('[F12] a snapshot asked for in a former life is not used', async () => {
    const asked: number[] = [];
    const desk = new FeedDesk({
      answer: (method) => {
        if (method !== 'depth') return undefined;
        asked.push(desk.clock.now());
        return asked.length === 1
          ? { delayMs: 900, result: snapshotBody(5) }
          : { delayMs: 1_200, result: snapshotBody(50) };
      },
    });
    desk.want(wantedOf(BTC));
    await desk.pass(100);
    desk.transport.hangUp(1006);
    await desk.pass(400);
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 6, 50));
    await desk.pass(700);
    expect(desk.part(BTC)?.book).toBeUndefined();
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 51));
    await desk.pass(1_500);
    expect(desk.part(BTC)?.book?.sequence).toBe('51');
  });

  it('[F2] [F3] silence is stale after the deadline, and dead when the venue has moved on', async () => {
    let at = 10;
    const desk = new FeedDesk({
      answer: (method) => (method === 'depth' ? { delayMs: 2, result: snapshotBody(at) } : undefined),
    });
    desk.want(wantedOf(BTC));
    await desk.pass(100);
    let id = await speak(desk, 11, 12_000);
    const silentFrom = desk.clock.now() - 100;
    at = id + 5;
    while (desk.part(BTC)?.status.book.state === 'live') await desk.pass(20);
    expect(desk.clock.now() - silentFrom).toBeLessThanOrEqual(3_250);
    expect(desk.part(BTC)?.status.book).toMatchObject({ state: 'stale', fault: { kind: 'silent' } });
    await desk.pass(2_500);
    expect(desk.transport.attempts.length).toBe(2);
    id = at + 1;
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, id));
    await desk.pass(100);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
  });

  it('[F3] silence of a quiet market is live again after a probe, with a longer deadline', async () => {
    let at = 10;
    const desk = new FeedDesk({
      answer: (method) => (method === 'depth' ? { delayMs: 2, result: snapshotBody(at) } : undefined),
    });
    desk.want(wantedOf(BTC));
    await desk.pass(100);
    at = (await speak(desk, 11, 12_000)) - 1;
    await desk.pass(3_600);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
    const states = desk.states(BTC);
    await desk.pass(5_000);
    expect(desk.states(BTC).length - states.length).toBeLessThanOrEqual(1);
    expect(desk.transport.attempts.length).toBe(1);
  });

  it('[F28] update ids that begin anew are a lost book, not a stale one for ever', async () => {
    let at = 1_000_000;
    const desk = new FeedDesk({
      answer: (method) => (method === 'depth' ? { delayMs: 2, result: snapshotBody(at) } : undefined),
    });
    desk.want(wantedOf(BTC));
    await desk.pass(100);
    await speak(desk, 1_000_001, 12_000);
    at = 10;
    for (let i = 0; i < 30; i++) {
      desk.transport.deliver(DEPTH, spotDiff(desk.clock, ++at));
      await desk.pass(100);
    }
    expect(desk.part(BTC)?.status.book.state).toBe('live');
    expect(desk.part(BTC)?.counters).toMatchObject({ gaps: 1, resyncs: 1, reconnects: 0 });
    expect(desk.part(BTC)?.book?.sequence).toBe(String(at));
  });

  it('[F28] an old answer out of a cache does not cost a socket', async () => {
    let at = 1_000_000;
    const desk = new FeedDesk({
      answer: (method) => (method === 'depth' ? { delayMs: 2, result: snapshotBody(at) } : undefined),
    });
    desk.want(wantedOf(BTC));
    await desk.pass(100);
    await speak(desk, 1_000_001, 12_000);
    at = 999_000;
    await desk.pass(15_000);
    expect(desk.transport.attempts.length).toBe(1);
  });

  it('[F6] a stream that dies alone is asked for again before the socket is given up', async () => {
    let at = 10;
    const desk = new FeedDesk({
      answer: (method) => (method === 'depth' ? { delayMs: 2, result: snapshotBody(at) } : undefined),
    });
    desk.want(wantedOf(BTC));
    await desk.pass(100);
    at = (await speak(desk, 11, 12_000)) + 4;
    const said = desk.transport.said.length;
    for (let i = 0; i < 50; i++) {
      desk.transport.deliver(TRADE, spotTrade(desk.clock, i + 1));
      await desk.pass(100);
    }
    expect(desk.transport.said.slice(said).map((one) => [one.method, one.params])).toContainEqual([
      'SUBSCRIBE',
      [DEPTH],
    ]);
    expect(desk.transport.attempts.length).toBe(1);
    expect(desk.part(BTC)?.status.trades.state).toBe('live');
  });

  it('[F3] [F10] a venue that accepts and never speaks is not connected to more than a few times a minute', async () => {
    let at = 10;
    const desk = new FeedDesk({
      answer: (method) => (method === 'depth' ? { delayMs: 2, result: snapshotBody(at++) } : undefined),
    });
    desk.want(wantedOf(BTC));
    await desk.pass(600_000);
    const late = desk.transport.attempts.filter((time) => time > START + 60_000);
    expect(late.length / 9).toBeLessThanOrEqual(5);
    expect(desk.states(BTC)).not.toContain('live');
  });

  it('[F5] a symbol that never sends data is live once two snapshots say that nothing happens', async () => {
    const desk = new FeedDesk();
    desk.want(wantedOf(BTC));
    await desk.pass(2_000);
    expect(desk.part(BTC)?.status.book.state).toBe('syncing');
    await desk.pass(2_000);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
    expect(desk.part(BTC)?.book?.sequence).toBe('10');
    await desk.pass(120_000);
    expect(desk.transport.attempts.length).toBe(1);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
  });

  it('[F7] five seconds behind for two seconds drops the socket', async () => {
    const desk = await live();
    let id = 12;
    for (let i = 0; i < 30; i++) {
      desk.transport.deliver(DEPTH, spotDiff(desk.clock, id++));
      await desk.pass(100);
    }
    const late = { now: () => desk.clock.now() - 6_000 };
    desk.transport.deliver(DEPTH, spotDiff(late, id++));
    await desk.pass(10);
    expect(desk.part(BTC)?.status.book.state).toBe('stale');
    expect(desk.part(BTC)?.status.book.fault?.kind).toBe('lag-limit');
    for (let i = 0; i < 25; i++) {
      desk.transport.deliver(DEPTH, spotDiff(late, id++));
      await desk.pass(100);
    }
    expect(desk.transport.attempts.length).toBe(2);
  });

  it('[F7] one to five seconds behind is lagging, for trades as for the book', async () => {
    const desk = await live();
    let id = 12;
    for (let i = 0; i < 20; i++) {
      desk.transport.deliver(DEPTH, spotDiff(desk.clock, id++));
      desk.transport.deliver(TRADE, spotTrade(desk.clock, i + 1));
      await desk.pass(100);
    }
    desk.transport.deliver(DEPTH, spotDiff({ now: () => desk.clock.now() - 2_000 }, id++));
    await desk.pass(150);
    const status = desk.part(BTC)?.status;
    expect([status?.book.state, status?.trades.state]).toEqual(['lagging', 'lagging']);
    expect(status?.book.lagMs).toBe(2_000);
  });

  it('[F14] the network going away is offline at once, and its return an early try', async () => {
    const desk = await live();
    desk.handle({ kind: 'network', online: false });
    await desk.pass(20);
    expect(desk.part(BTC)?.status.book.state).toBe('offline');
    desk.transport.refusals = Number.MAX_SAFE_INTEGER;
    desk.transport.hangUp(1006);
    await desk.pass(60_000);
    desk.transport.refusals = 0;
    desk.handle({ kind: 'network', online: true });
    await desk.pass(20);
    expect(desk.transport.subscribed.length).toBeGreaterThan(0);
  });

  it('[F14] a venue on this machine is believed without a network once it is heard, one elsewhere is not', async () => {
    for (const [host, state] of [
      ['127.0.0.1:9001', 'live'],
      ['localhost:9001', 'live'],
      ['gateway.example:443', 'offline'],
    ] as const) {
      const desk = await live({ endpoints: [{ venue: 'binance', host }] });
      desk.handle({ kind: 'network', online: false });
      await desk.pass(1_500);
      expect(desk.part(BTC)?.status.book.state).toBe('offline');
      desk.transport.deliver(DEPTH, spotDiff(desk.clock, 12));
      await desk.pass(150);
      expect(desk.part(BTC)?.status.book.state).toBe(state);
    }
  });

  it('[F55] [F57] after a sleep everything is stale until something new came over a new socket', async () => {
    const desk = await live();
    desk.handle({ kind: 'resume' });
    await desk.pass(0);
    expect(desk.part(BTC)?.status.book.state).not.toBe('live');
    await desk.pass(100);
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 11));
    await desk.pass(100);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
    expect(desk.transport.attempts.length).toBe(2);
  });

  it('[F38] trades lost in an outage are fetched by id and missing no more', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => ({
      id: i + 1,
      price: '100.02',
      qty: '2',
      time: START + 500 + i,
      isBuyerMaker: true,
    }));
    const desk = await live({
      answer: (method) => (method === 'trades.recent' ? { delayMs: 5, result: JSON.stringify(rows) } : undefined),
    });
    for (const id of [3, 4]) desk.transport.deliver(TRADE, spotTrade(desk.clock, id));
    desk.transport.deliver(TRADE, spotTrade(desk.clock, 9));
    await desk.pass(50);
    expect(desk.part(BTC)?.trades).toMatchObject({ received: 3, missing: 4 });
    await desk.pass(1_000);
    expect(desk.part(BTC)?.trades).toMatchObject({ received: 7, missing: 0, duplicates: 0, sellVolume: 8_000 });
    expect(desk.part(BTC)?.gaps?.at(-1)).toMatchObject({ repaired: true });
    expect(desk.part(BTC)?.lastTrade?.id).toBe('9');
  });

  it('[F38] what cannot be fetched stays missing and is not asked for for ever', async () => {
    const desk = await live();
    desk.transport.deliver(TRADE, spotTrade(desk.clock, 1));
    desk.transport.deliver(TRADE, spotTrade(desk.clock, 9));
    await desk.pass(60_000);
    expect(desk.part(BTC)?.trades.missing).toBe(7);
    const asked = (): number =>
      desk.transport.asked.filter((one) => one.params.limit === 1_000 && one.method === 'trades.recent').length;
    const once = asked();
    expect(once).toBe(4);
    desk.transport.deliver(TRADE, spotTrade(desk.clock, 10));
    await desk.pass(60_000);
    expect(asked()).toBe(once);
  });

  it('[F38] a later hole is filled though an older one could not be', async () => {
    const row = (id: number) => ({ id, price: '100.02', qty: '2', time: START + 500 + id, isBuyerMaker: true });
    const desk = await live({
      answer: (method) =>
        method === 'trades.recent' ? { delayMs: 5, result: JSON.stringify([row(5_001), row(5_002)]) } : undefined,
    });
    desk.transport.deliver(TRADE, spotTrade(desk.clock, 1));
    desk.transport.deliver(TRADE, spotTrade(desk.clock, 5_000));
    await desk.pass(60_000);
    desk.transport.deliver(TRADE, spotTrade(desk.clock, 5_003));
    await desk.pass(5_000);
    expect(desk.part(BTC)?.trades.missing).toBe(4_998);
  });

  it('[F29] a price finer than the grid re-bases everything and costs no resync', async () => {
    const desk = await live();
    desk.transport.deliver(TRADE, spotTrade(desk.clock, 1, '100.01', '1.5'));
    await desk.pass(20);
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 12, 12, 'BTCUSDT', ['100.0001', '2.00001']));
    await desk.pass(50);
    const part = desk.part(BTC);
    expect(part?.info?.grid).toMatchObject({ priceDecimals: 4, lotDecimals: 5 });
    expect(part?.book?.epoch).toBe(part?.info?.grid.epoch);
    expect([...(part?.book?.top.bidTicks ?? [])]).toEqual([1_000_001, 1_000_000]);
    expect([...(part?.book?.top.bidLots ?? [])]).toEqual([200_001, 1_100_000]);
    expect(part?.trades.buyVolume).toBe(150_000);
    expect(part?.counters).toMatchObject({ resyncs: 0, rejected: 0, offGrid: 1 });
  });

  it('[F32] a price so fine that the book held would not stay exact is refused, and the grid stays', async () => {
    const desk = await live();
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 12, 12, 'BTCUSDT', ['0.000000000000000001', '1']));
    await desk.pass(50);
    const part = desk.part(BTC);
    expect(part?.info?.grid.priceDecimals).toBe(2);
    expect(part?.counters).toMatchObject({ rejected: 1, gaps: 0, resyncs: 1 });
  });
});

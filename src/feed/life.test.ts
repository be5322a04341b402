import { describe, expect, it } from 'vitest';
import type { BudgetPeers } from './shared-budget.ts';
import { FeedDesk, START, snapshotBody, spotDiff, spotTrade, wantedOf } from './testing/feed-desk.ts';

const BTC = 'binance:BTCUSDT';
const DEPTH = 'btcusdt@depth@100ms';
const TRADE = 'btcusdt@trade';
const DAY = 86_400_000;

/** A desk whose book is live at 11. */
async function live(options: ConstructorParameters<typeof FeedDesk>[0] = {}): Promise<FeedDesk> {
  const desk = new FeedDesk(options);
  desk.want(wantedOf(BTC));
  await desk.pass(100);
  desk.transport.deliver(DEPTH, spotDiff(desk.clock, 11));
  desk.transport.deliver(TRADE, spotTrade(desk.clock, 1));
  await desk.pass(50);
  expect(state(desk)).toBe('live');
  return desk;
}

const state = (desk: FeedDesk): string | undefined => desk.part(BTC)?.status.book.state;

describe('[F57] a thread that slept', () => {
  it('believes no socket, whatever it says of itself, and is live again over a new one', async () => {
    const desk = await live();
    const known = desk.states(BTC).length;
    desk.clock.leap(4_000);
    await desk.pass(20);
    expect(state(desk)).not.toBe('live');
    await desk.pass(300);
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 11));
    await desk.pass(50);
    expect(state(desk)).toBe('live');
    expect(desk.transport.attempts.length).toBe(2);
    expect(desk.states(BTC).slice(known)).toContain('resyncing');
  });

  it('knows it before it answers anything, so that whoever asks gets no word of before', async () => {
    const desk = await live();
    const frames = desk.frames.length;
    desk.clock.leap(4_000);
    desk.handle({ kind: 'ping', id: -1 });
    await desk.pass(20);
    const said = desk.frames.slice(frames).flatMap((frame) => frame.instruments.map((part) => part.status.book.state));
    expect(said.length).toBeGreaterThan(0);
    expect(said).not.toContain('live');
  });

  it('did not sleep when it was only late', async () => {
    const desk = await live();
    desk.clock.leap(2_900);
    await desk.pass(200);
    expect(desk.transport.attempts.length).toBe(1);
  });
});

describe('[F44] the clock on the wall', () => {
  /** A wall beside the desk's clock that can be set. */
  async function withWall() {
    const set = { by: 0 };
    const desk = await live({ wallAhead: () => set.by });
    return { desk, set };
  }

  it.each([2_500, -2_500, -3_600_000])(
    'set by %i ms makes what stands stale until the venue speaks again',
    async (by) => {
      const { desk, set } = await withWall();
      set.by = by;
      await desk.pass(150);
      const passed = desk.frames.flatMap((frame) => frame.instruments.map((part) => part.status));
      expect(passed.some(({ trades }) => trades.state === 'stale' && trades.fault?.kind === 'clock-step')).toBe(true);
      expect(desk.part(BTC)?.status.book).toMatchObject({ state: 'stale', fault: { kind: 'clock-step' } });
      desk.transport.deliver(DEPTH, spotDiff(desk.clock, 12));
      await desk.pass(50);
      expect(state(desk)).toBe('live');
      expect(desk.transport.attempts.length).toBe(1);
      expect(desk.part(BTC)?.counters).toMatchObject({ gaps: 0, resyncs: 0 });
    },
  );

  it('[F57] that went on while the steady one stood still means a sleep: no socket is believed', async () => {
    const { desk, set } = await withWall();
    set.by = 60_000;
    await desk.pass(500);
    expect(desk.transport.attempts.length).toBe(2);
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 11));
    await desk.pass(50);
    expect(state(desk)).toBe('live');
  });

  it('that is slowly put right changes nothing', async () => {
    const { desk, set } = await withWall();
    for (let i = 0; i < 300; i++) {
      set.by += 0.5;
      if (i % 20 === 0) desk.transport.deliver(DEPTH, spotDiff(desk.clock, 12 + i / 20));
      await desk.pass(100);
    }
    expect(desk.states(BTC)).not.toContain('stale');
  });
});

describe('[F46] an event of another time than the market’s', () => {
  const at = (desk: FeedDesk, ms: number) => ({ now: () => desk.clock.now() + ms });

  it('is refused and counted, and a book that it belonged to is built again', async () => {
    const desk = await live();
    desk.transport.deliver(DEPTH, spotDiff(at(desk, 2 * DAY), 12));
    await desk.pass(10);
    expect(desk.part(BTC)?.counters).toMatchObject({ rejected: 1, gaps: 0, resyncs: 1 });
    expect(desk.part(BTC)?.status.book).toMatchObject({ state: 'resyncing', fault: { kind: 'malformed-message' } });
  });

  it.each([
    ['seconds', (now: number) => Math.floor(now / 1_000)],
    ['microseconds', (now: number) => now * 1_000],
  ])('is a trade in %s too: it is in no tape and no candle', async (_, wrong) => {
    const desk = await live();
    desk.transport.deliver(TRADE, spotTrade({ now: () => wrong(desk.clock.now()) }, 2));
    await desk.pass(150);
    expect(desk.part(BTC)?.counters.rejected).toBe(1);
    expect(desk.part(BTC)?.trades.received).toBe(1);
    expect(state(desk)).toBe('live');
  });

  it('is none when the whole recording is old, nor when one diff is a little late', async () => {
    const desk = new FeedDesk();
    desk.want(wantedOf(BTC));
    await desk.pass(100);
    for (let id = 11; id < 15; id++) {
      desk.transport.deliver(DEPTH, spotDiff(at(desk, -700 * DAY - (id === 13 ? 60_000 : 0)), id));
      await desk.pass(50);
    }
    expect(desk.part(BTC)?.counters.rejected).toBe(0);
    expect(desk.part(BTC)?.book?.sequence).toBe('14');
  });
});

describe('[F2] [F58] a socket that is open, mute and dead', () => {
  it('is left a second after its deadline, though nobody answers what is asked meanwhile', async () => {
    let isDeaf = false;
    const desk = new FeedDesk({
      answer: (method) => (isDeaf ? null : method === 'depth' ? { delayMs: 2, result: snapshotBody(10) } : undefined),
    });
    desk.want(wantedOf(BTC));
    await desk.pass(100);
    let id = 11;
    for (let i = 0; i < 120; i++) {
      desk.transport.deliver(DEPTH, spotDiff(desk.clock, id++));
      await desk.pass(100);
    }
    const silentFrom = desk.clock.now() - 100;
    isDeaf = true;
    while (state(desk) === 'live') await desk.pass(20);
    const staleAt = desk.clock.now();
    expect(staleAt - silentFrom).toBeLessThanOrEqual(3_250);
    while (desk.transport.attempts.length === 1) await desk.pass(20);
    expect(desk.clock.now() - staleAt).toBeLessThanOrEqual(1_000 + 350);
  });
});

describe('[F28] a venue that begins its numbering anew', () => {
  it('is noticed by old ids on new events: one gap, one rebuild, and the book goes on in the new count', async () => {
    let at = 10;
    const desk = await live({
      answer: (method) => (method === 'depth' ? { delayMs: 2, result: snapshotBody(at) } : undefined),
    });
    at = 4;
    for (let id = 1; id <= 20; id++) {
      at = id;
      desk.transport.deliver(DEPTH, spotDiff(desk.clock, id));
      await desk.pass(100);
      if (id === 5) expect(desk.part(BTC)?.book?.sequence).toBe('11');
    }
    expect(desk.part(BTC)?.counters).toMatchObject({ gaps: 1, resyncs: 1 });
    expect(state(desk)).toBe('live');
    expect(desk.part(BTC)?.book?.sequence).toBe('20');
  });

  it('is not taken for one that repeats itself, however often', async () => {
    const desk = await live();
    const old = spotDiff({ now: () => START }, 11);
    for (let i = 0; i < 50; i++) desk.transport.deliver(DEPTH, old);
    await desk.pass(100);
    expect(desk.part(BTC)?.counters).toMatchObject({ gaps: 0, resyncs: 0 });
    expect(desk.part(BTC)?.trades.duplicates).toBe(50);
  });
});

describe('[F9] [F61] tabs of one browser', () => {
  /** Desks whose clocks go together and that hear each other. */
  function tabs(count: number, options: ConstructorParameters<typeof FeedDesk>[0] = {}) {
    const ends: ((message: unknown) => void)[] = [];
    const peersOf = (i: number): BudgetPeers => ({
      tell: (message) => {
        for (const [j, hear] of ends.entries()) if (j !== i) hear(structuredClone(message));
      },
      onTold: (listener) => {
        ends[i] = listener;
      },
    });
    const desks = Array.from({ length: count }, (_, i) => new FeedDesk({ ...options, seed: i + 1, peers: peersOf(i) }));
    const pass = async (ms: number): Promise<void> => {
      for (let spent = 0; spent < ms; spent += 50) for (const desk of desks) await desk.pass(50);
    };
    return { desks, pass };
  }

  it('[F61] connect to a venue that cannot be reached sixty times in five minutes, all together', async () => {
    const { desks, pass } = tabs(6);
    for (const desk of desks) {
      desk.transport.refusals = Number.MAX_SAFE_INTEGER;
      desk.transport.hasRequestSocket = false;
      desk.want(wantedOf(BTC));
    }
    await pass(240_000);
    const attempts = desks.flatMap((desk) => desk.transport.attempts).length;
    expect(attempts).toBeLessThanOrEqual(60);
    expect(attempts).toBeGreaterThan(30);
    const waiting = desks.map((desk) => desk.part(BTC)?.status.book);
    expect(waiting.some((status) => status?.fault?.kind === 'connect-budget' && status.retryAt > START)).toBe(true);
  }, 60_000);

  it('[F61] are live again when the venue is, each in its turn', async () => {
    const { desks, pass } = tabs(3);
    for (const desk of desks) {
      desk.transport.refusals = Number.MAX_SAFE_INTEGER;
      desk.want(wantedOf(BTC));
    }
    await pass(200_000);
    for (const desk of desks) desk.transport.refusals = 0;
    await pass(200_000);
    for (const desk of desks) expect(desk.transport.subscribed).toContain(DEPTH);
  }, 60_000);

  it('[F9] obey a ban that one of them was told', async () => {
    let isBanned = false;
    const { desks, pass } = tabs(2, {
      answer: (method) =>
        isBanned && method === 'depth'
          ? {
              delayMs: 2,
              status: 418,
              error: `{"code":-1003,"msg":"Way too many requests; IP banned until ${START + 90_000}."}`,
            }
          : undefined,
    });
    for (const desk of desks) desk.want(wantedOf(BTC));
    await pass(100);
    for (const desk of desks) desk.transport.deliver(DEPTH, spotDiff(desk.clock, 11));
    await pass(50);
    const [told, other] = desks;
    isBanned = true;
    told.transport.deliver(DEPTH, spotDiff(told.clock, 20));
    await pass(200);
    expect(state(told)).toBe('rate-limited');
    expect(state(other)).toBe('live');
    other.transport.deliver(DEPTH, spotDiff(other.clock, 20));
    const asked = other.transport.asked.length;
    await pass(200);
    expect(state(other)).toBe('rate-limited');
    expect(other.part(BTC)?.status.book.retryAt).toBeGreaterThan(START + 80_000);
    expect(other.transport.asked.length).toBe(asked);
  });
});

import { describe, expect, it } from 'vitest';
import { FeedDesk, START, snapshotBody, spotDiff, spotTrade, wantedOf } from './testing/feed-desk.ts';

const BTC = 'binance:BTCUSDT';
const KRAKEN = 'kraken:BTC/USD';
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

describe('from wanted to live', () => {
  it('a book passes through connecting and syncing, and is live with its first joined diff', async () => {
    const desk = await live();
    expect(desk.states(BTC)).toEqual(['connecting', 'syncing', 'live']);
    const part = desk.part(BTC);
    expect(part?.book).toMatchObject({ sequence: '11', bidLevels: 1, askLevels: 1 });
    expect(part?.info).toMatchObject({ priceStep: '0.01', sizeStep: '0.001', simulated: false, local: false });
    expect(part?.status.book).toMatchObject({ proof: 'sequence', fault: null });
  });

  it('being wanted twice is harmless', async () => {
    const desk = await live();
    const said = desk.transport.said.length;
    const asked = desk.transport.asked.length;
    desk.want(wantedOf(BTC));
    desk.want(wantedOf(BTC));
    await desk.pass(500);
    expect(desk.transport.said.length).toBe(said);
    expect(desk.transport.asked.length).toBe(asked);
    expect(desk.part(BTC)?.counters).toMatchObject({ reconnects: 0, resyncs: 0 });
  });

  it('[F13] closing an instrument ends its traffic and its timers', async () => {
    const desk = await live();
    desk.want();
    await desk.pass(100);
    expect(desk.transport.sockets.size).toBe(0);
    const { length } = desk.replies;
    const asked = desk.transport.asked.length;
    await desk.pass(60_000);
    expect(desk.replies.length).toBe(length);
    expect(desk.transport.asked.length).toBe(asked);
  });

  it('[F34] closing one of two ends only that one’s streams', async () => {
    const desk = new FeedDesk();
    desk.want(wantedOf(BTC), wantedOf('binance:ETHUSDT'));
    await desk.pass(1_500);
    desk.want(wantedOf('binance:ETHUSDT'));
    await desk.pass(1_500);
    expect(desk.transport.subscribed.every((name) => name.startsWith('ethusdt@'))).toBe(true);
    const before = desk.frames.length;
    desk.transport.shout(`{"stream":"${DEPTH}","data":${spotDiff(desk.clock, 11)}}`);
    await desk.pass(200);
    expect(
      desk.frames
        .slice(before)
        .flatMap((frame) => frame.instruments)
        .some((part) => part.id === BTC),
    ).toBe(false);
  });

  it('an instrument that joins an open line begins at once, and the other one does not notice', async () => {
    const desk = await live();
    desk.want(wantedOf(BTC), wantedOf('binance:ETHUSDT'));
    await desk.pass(100);
    desk.transport.deliver('ethusdt@depth@100ms', spotDiff(desk.clock, 11, 11, 'ETHUSDT'));
    await desk.pass(100);
    expect(desk.part('binance:ETHUSDT')?.status.book.state).toBe('live');
    expect(desk.states(BTC)).toEqual(['connecting', 'syncing', 'live']);
    expect(desk.transport.attempts.length).toBe(1);
  });

  it('[F41] candles made of trades alone have the state of the trades', async () => {
    const desk = new FeedDesk();
    desk.want(wantedOf(BTC, { candles: ['5s'] }));
    await desk.pass(100);
    desk.transport.deliver(TRADE, spotTrade(desk.clock, 1));
    await desk.pass(100);
    expect(desk.part(BTC)?.status.candles.state).toBe('live');
  });
});

describe('a venue that refuses', () => {
  it('[F5] a symbol it does not know is rejected with its words, and nothing more is asked', async () => {
    const desk = new FeedDesk({
      answer: () => ({ delayMs: 2, status: 400, error: '{"code":-1121,"msg":"Invalid symbol."}' }),
    });
    desk.want(wantedOf('binance:NOPE'));
    await desk.pass(1_000);
    expect(desk.part('binance:NOPE')?.status.book).toMatchObject({
      state: 'rejected',
      fault: { kind: 'unknown-symbol', detail: '-1121 Invalid symbol.' },
    });
    expect(desk.transport.subscribed).toEqual([]);
    const asked = desk.transport.asked.length;
    await desk.pass(60_000);
    expect(desk.transport.asked.length).toBe(asked);
  });

  it('[F5] a subscription it refuses rejects the instruments that asked for it and no others', async () => {
    const desk = await live();
    desk.want(wantedOf(BTC), wantedOf('binance:ETHUSDT'));
    await desk.pass(1_500);
    const request = desk.transport.said.at(-1);
    expect(request?.params.some((name) => name.startsWith('ethusdt@'))).toBe(true);
    // Acknowledged already, so this id is known no more: ask again and refuse that.
    desk.transport.acknowledges = false;
    desk.want(wantedOf(BTC));
    await desk.pass(1_500);
    desk.want(wantedOf(BTC), wantedOf('binance:ETHUSDT'));
    await desk.pass(1_500);
    desk.transport.shout(`{"code":2,"msg":"Invalid request","id":${desk.transport.said.at(-1)?.id}}`);
    await desk.pass(200);
    expect(desk.part('binance:ETHUSDT')?.status.book.fault?.kind).toBe('subscribe-refused');
    expect(desk.part(BTC)?.status.book.state).not.toBe('rejected');
  });

  it('[F9] a ban is shown with its end and over when it is over', async () => {
    let banned = true;
    const desk = new FeedDesk({
      answer: (method) =>
        method === 'depth' && banned
          ? {
              delayMs: 2,
              status: 418,
              error: `{"code":-1003,"msg":"banned","data":{"serverTime":${START},"retryAfter":${START + 30_000}}}`,
            }
          : undefined,
    });
    desk.want(wantedOf(BTC));
    await desk.pass(200);
    const status = desk.part(BTC)?.status.book;
    expect(status).toMatchObject({ state: 'rate-limited', fault: { kind: 'rate-limited' } });
    expect((status?.retryAt ?? 0) - START).toBeGreaterThan(29_000);
    banned = false;
    await desk.pass(31_000);
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 11));
    await desk.pass(2_000);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
  });

  it('[F22] more than six rebuilds in ten minutes reject it, and trying again works', async () => {
    let at = 10;
    const desk = new FeedDesk({
      answer: (method) => (method === 'depth' ? { delayMs: 2, result: snapshotBody(at) } : undefined),
    });
    desk.want(wantedOf(BTC));
    await desk.pass(100);
    for (let i = 0; i < 7; i++) {
      desk.transport.deliver(DEPTH, spotDiff(desk.clock, at + 1));
      await desk.pass(20);
      expect(desk.part(BTC)?.status.book.state).toBe('live');
      at += 10;
      desk.transport.deliver(DEPTH, spotDiff(desk.clock, at));
      await desk.pass(100);
    }
    expect(desk.part(BTC)?.status.book).toMatchObject({ state: 'rejected', fault: { kind: 'resync-limit' } });
    expect(desk.part(BTC)?.counters).toMatchObject({ gaps: 7, resyncs: 7 });
    expect(desk.transport.subscribed).toEqual([]);
    desk.handle({ kind: 'retry', instrument: BTC });
    await desk.pass(2_000);
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, at + 1));
    await desk.pass(100);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
  });

  it('[F52] a flood of garbage is counted and no storm', async () => {
    const desk = await live();
    const asked = desk.transport.asked.length;
    for (let i = 0; i < 500; i++) desk.transport.shout(`{"garbage":${i}`);
    await desk.pass(100);
    expect(desk.part(BTC)?.counters.rejected).toBe(500);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
    expect(desk.transport.asked.length).toBe(asked);
  });

  it('[F49] a message of more than a million characters is refused unread and the book built again', async () => {
    const desk = await live();
    desk.transport.shout(`{"stream":"${DEPTH}","data":${' '.repeat(1_000_000)}${spotDiff(desk.clock, 12)}}`);
    await desk.pass(5);
    expect(desk.part(BTC)?.counters).toMatchObject({ rejected: 1, resyncs: 1, gaps: 0 });
    expect(desk.part(BTC)?.status.book.state).toBe('resyncing');
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 11));
    await desk.pass(50);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
  });

  it('[F51] messages of unknown kinds for a minute pause the data: the format changed', async () => {
    const desk = await live();
    let id = 12;
    for (let i = 0; i < 66; i++) {
      for (let k = 0; k < 5; k++)
        desk.transport.shout(
          `{"stream":"${DEPTH}","data":{"e":"depthUpdateV2","E":1,"s":"BTCUSDT"}}`.replace(DEPTH, 'btcusdt@other'),
        );
      id = await speak(desk, id, 1_000, 500);
    }
    expect(desk.part(BTC)?.status.book.fault?.kind).toBe('format-changed');
  });

  it('[F9] a ban that begins while connects fail already is shown too', async () => {
    let isBanned = false;
    const error = `{"code":-1003,"msg":"banned","data":{"serverTime":${START},"retryAfter":${START + 60_000}}}`;
    const desk = await live({ answer: () => (isBanned ? { delayMs: 2, status: 418, error } : undefined) });
    desk.transport.refusals = 1_000;
    desk.transport.hangUp(1006);
    await desk.pass(4_000);
    expect(desk.part(BTC)?.status.book.state).toBe('resyncing');
    isBanned = true;
    await desk.pass(8_000);
    expect(desk.part(BTC)?.status.book.state).toBe('rate-limited');
  });

  it('[F16] three failed connects in ten seconds are shown as blocked, and live when it lets us in', async () => {
    const desk = new FeedDesk();
    desk.transport.refusals = 1_000;
    desk.want(wantedOf(BTC));
    await desk.pass(3_000);
    expect(desk.part(BTC)?.status.book).toMatchObject({ state: 'blocked', fault: { kind: 'unreachable' } });
    desk.transport.refusals = 0;
    await desk.pass(6_000);
    desk.transport.deliver(DEPTH, spotDiff(desk.clock, 11));
    await desk.pass(100);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
  });
});

describe('requests of the page', () => {
  it('are always answered, whatever they ask', async () => {
    const desk = await live();
    const at = { instrument: BTC, before: START, limit: 10 } as const;
    desk.handle({ kind: 'digest', id: 1, instrument: BTC });
    desk.handle({ kind: 'digest', id: 2, instrument: 'binance:NOPE' });
    desk.handle({ kind: 'backfill', id: 3, interval: '1m', ...at });
    desk.handle({ kind: 'backfill', id: 4, interval: '1m', ...at, instrument: 'demo:NOPE' });
    desk.handle({ kind: 'prints', id: 5, ...at, before: 1 });
    desk.handle({ kind: 'prints', id: 6, ...at, instrument: 'okx:NOPE' });
    desk.handle({ kind: 'catalogue', id: 7, venue: 'binance' });
    desk.handle({ kind: 'catalogue', id: 8, venue: 'binance-usdm' });
    desk.handle({ kind: 'catalogue', id: 9, venue: 'binance-usdm' });
    desk.handle({ kind: 'catalogue', id: 10, venue: 'kraken' });
    desk.handle({ kind: 'ping', id: 11 });
    await desk.pass(20_000);
    const kinds = new Map(desk.replies.flatMap((reply) => ('id' in reply ? [[reply.id, reply.kind] as const] : [])));
    expect([...kinds.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(kinds.get(1)).toBe('digest');
    for (const id of [2, 3, 4, 6, 10]) expect(kinds.get(id), String(id)).toBe('refused');
    for (const id of [7, 8, 9]) expect(kinds.get(id), String(id)).toBe('catalogue');
    expect(kinds.get(5)).toBe('printed');
    expect(kinds.get(11)).toBe('pong');
  });

  it('the digest is of the whole book and is refused while it is not proven', async () => {
    const desk = await live();
    desk.handle({ kind: 'digest', id: 1, instrument: BTC });
    await desk.pass(10);
    expect(desk.replies).toContainEqual({
      kind: 'digest',
      id: 1,
      sequence: '11',
      bidLevels: 1,
      askLevels: 1,
      sha256: 'b|100|11\na|100.1|2\n',
    });
    desk.transport.hangUp(1006);
    desk.handle({ kind: 'digest', id: 2, instrument: BTC });
    await desk.pass(10);
    expect(desk.replies).toContainEqual(expect.objectContaining({ kind: 'refused', id: 2 }));
  });

  it('a venue whose adapter cannot be fetched is said once, its instruments are refused, and the others go on', async () => {
    const desk = await live();
    desk.want(wantedOf(KRAKEN), wantedOf(BTC));
    desk.want(wantedOf(KRAKEN), wantedOf(BTC));
    await desk.pass(100);
    const faults = desk.replies.filter((reply) => reply.kind === 'fault');
    expect(faults).toMatchObject([{ fault: { kind: 'unsupported-venue', venue: 'kraken' } }]);
    expect(desk.states(KRAKEN)).toEqual(['rejected']);
    const before = desk.frames.length;
    desk.want(wantedOf(BTC));
    desk.want(wantedOf(BTC), wantedOf(KRAKEN));
    await desk.pass(100);
    const again = desk.frames.slice(before).flatMap(({ instruments }) => instruments.map(({ id }) => id));
    expect(again.filter((id) => id === KRAKEN)).toEqual([KRAKEN]);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
  });

  it('a page of another build is not started', () => {
    const desk = new FeedDesk();
    const { length } = desk.replies;
    desk.handle({
      kind: 'start',
      version: 999,
      buildId: 'test',
      endpoints: [],
      extraHosts: [],
      demo: { seed: 1, rate: 200, start: null },
      wanted: [wantedOf(BTC)],
      credit: null,
      visible: true,
      online: true,
    });
    expect(desk.replies.length).toBe(length);
    expect(desk.transport.attempts).toEqual([]);
  });

  it('prints left out of a full frame are counted and can be fetched', async () => {
    const desk = await live();
    for (let id = 1; id <= 2_500; id++) desk.transport.deliver(TRADE, spotTrade(desk.clock, id));
    await desk.pass(50);
    const frames = desk.frames.flatMap((frame) => frame.instruments.flatMap((part) => part.prints ?? []));
    const shown = frames.reduce((sum, frame) => sum + frame.prints.ids.length, 0);
    const elided = frames.reduce((sum, frame) => sum + frame.elided, 0);
    expect(shown + elided).toBe(2_500);
    expect(elided).toBeGreaterThan(0);
    for (const frame of frames) expect(frame.prints.ids[0]).toBe(frame.first + 1);
    desk.handle({ kind: 'prints', id: 1, instrument: BTC, before: 1_000, limit: 100 });
    const printed = desk.replies.find((reply) => reply.kind === 'printed');
    expect(printed).toMatchObject({ first: 900 });
    expect(desk.part(BTC)?.trades.received).toBe(2_500);
  });
});

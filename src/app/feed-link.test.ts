import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ChannelStatus } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import type { Command, StartCommand } from '@/protocol/command.ts';
import { type Frame, type InstrumentFrame, PROTOCOL_VERSION } from '@/protocol/frame.ts';
import { deskStore, setInstruments, topNotice } from '@/store/desk-store.ts';
import { marketStore, recordOf } from '@/store/market-store.ts';
import { BUILD_ID } from './build-id.ts';
import { FeedLink } from './feed-link.ts';
import type { WorkerListener } from './worker-port.ts';

const ACME: InstrumentId = 'demo:ACME';
const GOLD: InstrumentId = 'demo:GOLD';

/** A window that gives animation frames when it is told to. */
class FakeView {
  readonly document: { readonly documentElement: unknown };
  readonly location = { reload: vi.fn() };
  private callbacks: ((time: number) => void)[] = [];

  constructor() {
    this.document = { documentElement: { ownerDocument: { defaultView: this } } };
  }

  requestAnimationFrame(callback: (time: number) => void): number {
    return this.callbacks.push(callback);
  }

  paint(): void {
    const due = this.callbacks;
    this.callbacks = [];
    for (const callback of due) callback(performance.now());
  }
}

class FakeWorker {
  readonly commands: Command[] = [];
  isTerminated = false;

  constructor(readonly listener: WorkerListener) {}

  post(command: Command): void {
    this.commands.push(structuredClone(command));
  }

  terminate(): void {
    this.isTerminated = true;
  }

  ready(buildId = BUILD_ID, version = PROTOCOL_VERSION): void {
    this.listener.reply({ kind: 'ready', version, buildId });
  }

  of<K extends Command['kind']>(kind: K): Extract<Command, { kind: K }>[] {
    return this.commands.filter((command): command is Extract<Command, { kind: K }> => command.kind === kind);
  }
}

const status: ChannelStatus = {
  state: 'live',
  since: 1,
  lastAt: 1,
  lagMs: 0,
  proof: 'sequence',
  provenAt: 1,
  fault: null,
  attempt: 0,
  retryAt: 0,
};
const part = (id: InstrumentId): InstrumentFrame => ({
  id,
  status: { book: status, trades: status, candles: status, ticker: status },
  counters: {
    messages: 1,
    bytes: 1,
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
  },
  trades: { received: 0, duplicates: 0, missing: 0, buyVolume: 0, sellVolume: 0 },
  lastTrade: null,
});
const frame = (seq: number, ...ids: InstrumentId[]): Frame => ({
  kind: 'frame',
  seq,
  oldestArrival: performance.timeOrigin + performance.now(),
  messages: 3,
  instruments: ids.map(part),
});

let view: FakeView;
let workers: FakeWorker[];
let reloadOnce: ReturnType<typeof vi.fn<() => boolean>>;
let link: FeedLink;
const newest = (): FakeWorker => workers[workers.length - 1];
const settle = (): Promise<void> => Promise.resolve();

function open(isVisible = true): void {
  link = new FeedLink({
    view: view as unknown as Window,
    spawn: (listener) => {
      const worker = new FakeWorker(listener);
      workers.push(worker);
      return worker;
    },
    endpoints: [{ venue: 'binance', host: '127.0.0.1:9001' }],
    demo: { seed: 1, rate: 200, start: null },
    isVisible,
    isOnline: true,
    reloadOnce,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  view = new FakeView();
  workers = [];
  reloadOnce = vi.fn<() => boolean>(() => false);
  deskStore.setState(deskStore.getInitialState());
  marketStore.setState(marketStore.getInitialState());
  setInstruments([ACME]);
  open();
});
afterEach(() => {
  link.dispose();
  vi.useRealTimers();
});

describe('the first message', () => {
  test('waits for the worker and says everything at once', () => {
    expect(newest().commands).toEqual([]);
    newest().ready();
    const [start] = newest().commands as [StartCommand];
    expect(newest().commands).toHaveLength(1);
    expect(start).toMatchObject({
      kind: 'start',
      buildId: BUILD_ID,
      endpoints: [{ venue: 'binance', host: '127.0.0.1:9001' }],
      visible: true,
      online: true,
      credit: { idle: true },
    });
    expect(start.wanted.map(({ instrument }) => instrument)).toEqual([ACME]);
  });

  test('is not sent to a worker of another release: the page is loaded again, once', () => {
    reloadOnce.mockReturnValueOnce(true);
    newest().ready('other');
    expect(newest().commands).toEqual([]);
    expect(deskStore.getState().notices).toEqual([]);
    newest().ready(BUILD_ID, PROTOCOL_VERSION + 1);
    expect(newest().commands).toEqual([]);
    expect(topNotice(deskStore.getState())?.text).toContain('different releases');
    expect(deskStore.getState().link.state).toBe('stopped');
    vi.advanceTimersByTime(60_000);
    expect(workers).toHaveLength(1);
  });
});

describe('what is wanted', () => {
  test('is said once for many changes in one task, and not again when nothing changed', async () => {
    newest().ready();
    setInstruments([GOLD]);
    setInstruments([GOLD, ACME]);
    deskStore.setState({ touched: true });
    await settle();
    expect(newest().of('wanted')).toHaveLength(1);
    expect(
      newest()
        .of('wanted')[0]
        .wanted.map(({ instrument }) => instrument),
    ).toEqual([GOLD, ACME]);
    deskStore.setState({ touched: false });
    await settle();
    expect(newest().of('wanted')).toHaveLength(1);
  });

  test('closes an instrument for good: a frame under way does not bring it back', async () => {
    newest().ready();
    newest().listener.reply(frame(1, ACME));
    expect(recordOf(ACME)).toBeDefined();
    setInstruments([GOLD]);
    await settle();
    expect(recordOf(ACME)).toBeUndefined();
    newest().listener.reply(frame(2, ACME, GOLD));
    expect(recordOf(ACME)).toBeUndefined();
    expect(recordOf(GOLD)).toBeDefined();
  });
});

describe('the credit', () => {
  test('goes back when the frame is painted, and names the next animation frame', () => {
    newest().ready();
    newest().listener.reply(frame(1, ACME));
    expect(newest().of('credit')).toEqual([]);
    view.paint();
    const [{ credit }] = newest().of('credit');
    const now = performance.timeOrigin + performance.now();
    expect(credit.idle).toBe(false);
    expect(credit.frameAt).toBeGreaterThan(now);
    expect(credit.frameAt - now).toBeLessThanOrEqual(credit.intervalMs + 0.001);
    view.paint();
    expect(newest().of('credit')).toHaveLength(1);
    expect(link.stats()).toMatchObject({ received: 1, painted: 1, messages: 3, wireToPixel: { n: 1 } });
  });

  test('[F54] goes back at once while the page is hidden, without a paint', () => {
    newest().ready();
    link.setVisible(false);
    newest().listener.reply(frame(1, ACME));
    expect(newest().of('credit')).toHaveLength(1);
    expect(link.stats()).toMatchObject({ received: 1, painted: 0 });
    link.setVisible(true);
    expect(
      newest()
        .of('visible')
        .map(({ visible }) => visible),
    ).toEqual([false, true]);
    expect(newest().of('credit')).toHaveLength(2);
  });

  test('goes back when the page is hidden before the frame was painted', () => {
    newest().ready();
    newest().listener.reply(frame(1, ACME));
    link.setVisible(false);
    expect(newest().of('credit')).toHaveLength(1);
    view.paint();
    expect(newest().of('credit')).toHaveLength(1);
  });

  test('[F36] goes back after a second when a visible page is given no animation frame, and the page says so', () => {
    newest().ready();
    newest().listener.reply(frame(1, ACME));
    vi.advanceTimersByTime(1000);
    expect(newest().of('credit')).toHaveLength(1);
    expect(topNotice(deskStore.getState())?.key).toBe('not-painting');
    newest().listener.reply(frame(2, ACME));
    view.paint();
    expect(topNotice(deskStore.getState())).toBeNull();
  });

  test('is not counted in wire-to-pixel when the frame carries no event', () => {
    newest().ready();
    newest().listener.reply({ ...frame(1, ACME), oldestArrival: 0 });
    view.paint();
    expect(link.stats()).toMatchObject({ painted: 1, wireToPixel: { n: 0 }, mainThread: { n: 1 } });
  });

  test('is told to listeners after the paint', () => {
    const heard: boolean[] = [];
    link.onFrame((isPainted) => heard.push(isPainted));
    newest().ready();
    newest().listener.reply(frame(1, ACME));
    expect(heard).toEqual([]);
    view.paint();
    link.setVisible(false);
    newest().listener.reply(frame(2, ACME));
    expect(heard).toEqual([true, false]);
  });
});

describe('[F59] a worker that hangs', () => {
  const hang = (): void => {
    newest().ready();
    vi.advanceTimersByTime(4000);
  };

  test('is replaced and gets one start message; its data stays, marked as being rebuilt', () => {
    newest().ready();
    newest().listener.reply(frame(1, ACME));
    view.paint();
    const first = newest();
    vi.advanceTimersByTime(4000);
    expect(workers).toHaveLength(2);
    expect(first.isTerminated).toBe(true);
    expect(recordOf(ACME)?.status.book).toMatchObject({ state: 'resyncing', fault: { kind: 'worker-stopped' } });
    newest().ready();
    expect(newest().commands.map(({ kind }) => kind)).toEqual(['start']);
    expect(topNotice(deskStore.getState())?.text).toMatch(/^Data engine restarted \d\d:\d\d:\d\d$/);
    expect(deskStore.getState().link).toMatchObject({ state: 'running', restarts: 1 });
    newest().listener.reply(frame(1, ACME));
    expect(recordOf(ACME)?.status.book.state).toBe('live');
    vi.advanceTimersByTime(15_000);
  });

  test('refuses the requests it never answered', async () => {
    newest().ready();
    const asked = expect(link.digest(ACME)).rejects.toThrow('restarted');
    vi.advanceTimersByTime(4000);
    await asked;
  });

  test('is not heard any more once it was replaced', () => {
    hang();
    const [first] = workers;
    newest().ready();
    first.listener.reply(frame(9, ACME));
    expect(recordOf(ACME)).toBeUndefined();
  });

  test('is given up after five replacements, until the user restarts it', () => {
    for (let i = 0; i < 6; i++) hang();
    expect(workers).toHaveLength(6);
    expect(deskStore.getState().link.state).toBe('stopped');
    expect(newest().isTerminated).toBe(true);
    const notice = topNotice(deskStore.getState());
    expect(notice).toMatchObject({ severity: 'error', action: { label: 'Restart' } });
    notice?.action?.run();
    newest().ready();
    expect(workers).toHaveLength(7);
    expect(deskStore.getState().link.state).toBe('running');
    expect(topNotice(deskStore.getState())?.severity).not.toBe('error');
  });

  test('[F54] [F55] is left alone while the page is hidden or frozen', () => {
    newest().ready();
    link.setVisible(false);
    vi.advanceTimersByTime(60_000);
    link.setVisible(true);
    link.freeze();
    vi.advanceTimersByTime(60_000);
    expect(workers).toHaveLength(1);
    link.resume();
    expect(newest().of('resume')).toEqual([{ kind: 'resume' }]);
    vi.advanceTimersByTime(4000);
    expect(workers).toHaveLength(2);
  });
});

test('[F59] an exception in the worker is reported and the worker goes on', () => {
  newest().ready();
  newest().listener.failed('boom');
  expect(topNotice(deskStore.getState())?.text).toContain('boom');
  expect(newest().of('ping')).toHaveLength(1);
  newest().listener.reply({ kind: 'pong', id: 0 });
  vi.advanceTimersByTime(1000);
  expect(workers).toHaveLength(1);
});

describe('[F55] [F57] after a sleep', () => {
  const book = (): string | undefined => recordOf(ACME)?.status.book.state;
  const lastPing = (): number => newest().of('ping').at(-1)?.id ?? 0;
  beforeEach(() => {
    newest().ready();
    newest().listener.reply(frame(1, ACME));
  });

  test('everything is stale in the same task, and the listeners hear of it', () => {
    const states: (string | undefined)[] = [];
    link.onFrame(() => states.push(book()));
    expect(book()).toBe('live');
    link.resume();
    expect(book()).toBe('stale');
    expect(recordOf(ACME)?.status.trades.fault?.kind).toBe('resumed');
    expect(states).toEqual(['stale']);
  });

  test('frames that were under way are not believed, those after the worker’s answer and the first picture are', () => {
    link.resume();
    const asked = lastPing();
    newest().listener.reply(frame(2, ACME));
    newest().listener.reply({ kind: 'pong', id: asked - 1 });
    view.paint();
    vi.advanceTimersByTime(1);
    newest().listener.reply(frame(3, ACME));
    expect(book()).toBe('stale');
    newest().listener.reply({ kind: 'pong', id: asked });
    expect(book()).toBe('stale');
    vi.advanceTimersByTime(1);
    expect(book()).toBe('live');
  });

  test('the first picture is a stale one, however quick the worker answers', () => {
    link.resume();
    newest().listener.reply({ kind: 'pong', id: lastPing() });
    newest().listener.reply(frame(2, ACME));
    vi.advanceTimersByTime(100);
    expect(book()).toBe('stale');
    view.paint();
    expect(book()).toBe('stale');
    vi.advanceTimersByTime(1);
    expect(book()).toBe('live');
  });

  test('a hidden page waits for no picture, and one that is shown meanwhile for its first', () => {
    link.setVisible(false);
    link.resume();
    newest().listener.reply({ kind: 'pong', id: lastPing() });
    vi.advanceTimersByTime(1);
    expect(book()).toBe('live');
    link.resume();
    link.setVisible(true);
    newest().listener.reply({ kind: 'pong', id: lastPing() });
    vi.advanceTimersByTime(1);
    expect(book()).toBe('stale');
    view.paint();
    vi.advanceTimersByTime(1);
    expect(book()).toBe('live');
  });

  test('told of it twice, the page asks again and believes the later answer only', () => {
    link.resume();
    const first = lastPing();
    link.resume();
    view.paint();
    newest().listener.reply({ kind: 'pong', id: first });
    vi.advanceTimersByTime(1);
    expect(book()).toBe('stale');
    newest().listener.reply({ kind: 'pong', id: lastPing() });
    vi.advanceTimersByTime(1);
    expect(book()).toBe('live');
  });

  test('it is noticed without being told, by the hole it leaves, whichever comes first then', () => {
    const sleep = (ms: number): void => {
      const late = performance.now() + ms;
      vi.spyOn(performance, 'now').mockImplementation(() => late);
    };
    sleep(2_900);
    newest().listener.reply(frame(2, ACME));
    expect(book()).toBe('live');
    vi.restoreAllMocks();
    sleep(7_000);
    newest().listener.reply(frame(3, ACME));
    expect(book()).toBe('stale');
    expect(newest().of('resume')).toEqual([]);
    vi.restoreAllMocks();
  });

  test('it is noticed before what was waiting to be painted is', () => {
    newest().listener.reply(frame(2, ACME));
    const late = performance.now() + 10_000;
    vi.spyOn(performance, 'now').mockImplementation(() => late);
    view.paint();
    expect(book()).toBe('stale');
    vi.restoreAllMocks();
  });

  test('a worker that is lost meanwhile does not come back as what it said last', () => {
    link.resume();
    view.paint();
    newest().listener.reply({ kind: 'pong', id: lastPing() });
    newest().listener.garbled();
    vi.advanceTimersByTime(1_000);
    expect(workers).toHaveLength(2);
    link.resume();
    vi.advanceTimersByTime(1_000);
    expect(book()).toBe('resyncing');
  });

  test('a worker that is new has nothing to be doubted', () => {
    link.resume();
    for (let s = 0; s < 4; s++) vi.advanceTimersByTime(1_000);
    expect(workers).toHaveLength(2);
    newest().ready();
    newest().listener.reply(frame(1, ACME));
    expect(book()).toBe('live');
  });
});

test('requests are answered by their id or refused with a sentence', async () => {
  await expect(link.digest(ACME)).rejects.toThrow('not running');
  newest().ready();
  const catalogue = link.catalogue('binance');
  const digest = link.digest(ACME);
  const refusal = expect(digest).rejects.toThrow('Demo exchange');
  const [{ id: first }] = newest().of('catalogue');
  const [{ id: second }] = newest().of('digest');
  newest().listener.reply({
    kind: 'refused',
    id: second,
    fault: { kind: 'no-data', venue: 'demo', detail: '', at: 0 },
  });
  newest().listener.reply({ kind: 'catalogue', id: first, entries: [] });
  expect(await catalogue).toEqual([]);
  await refusal;
});

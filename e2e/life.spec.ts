import { chromium, type Page } from 'playwright/test';
import { test as base, expect } from './fixtures.ts';
import { counters, expectTruth, openLive, SPOT, spot } from './live-venue.ts';
import type { Desk } from './pages/desk.ts';
import { startRawPage } from './raw-browser.ts';
import { recordSightings } from './sightings.ts';
import type { Sighting, State } from './surface.ts';
import { startTcpProxy } from './tcp-proxy.ts';

/** What the order book said of itself when the page was first painted after it came back. */
interface Return {
  readonly by: string;
  readonly at: number;
  readonly painted: string;
  readonly paintedAt: number;
}

declare global {
  interface Window {
    returns: Return[];
  }
}

const test = base.extend<object, object>({
  // Playwright keeps no page for going back to, unless it is told.
  launchOptions: [
    ({ launchOptions }, use) => use({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
    { scope: 'worker' },
  ],
  page: async ({ page }, use) => {
    await page.addInitScript(recordReturns);
    await use(page);
  },
});
test.describe.configure({ timeout: 60_000 });

/** Runs in the page: notes what was painted first after each return, whichever way the page was told of it. */
function recordReturns(): void {
  const returns: Return[] = [];
  window.returns = returns;
  const note = (by: string, since: number): void => {
    const channel = new MessageChannel();
    // The first task after the animation frame: everybody has painted.
    channel.port1.onmessage = () => {
      const painted = document.querySelector<HTMLElement>('[data-panel="ladder"]')?.dataset.state ?? 'nothing';
      const { timeOrigin } = performance;
      returns.push({ by, at: timeOrigin + since, painted, paintedAt: timeOrigin + performance.now() });
    };
    channel.port2.postMessage(null);
  };
  const told = (by: string): void => {
    const since = performance.now();
    requestAnimationFrame(() => note(by, since));
  };
  addEventListener('pageshow', (event) => (event as PageTransitionEvent).persisted && told('history'));
  document.addEventListener('resume', () => told('freeze'));
  let last = performance.now();
  let asleep: { readonly since: number; readonly painted: number } | null = null;
  const follow = (): void => {
    const now = performance.now();
    const painted = (): number => ('depthwire' in window ? window.depthwire.snapshot().frames.painted : 0);
    // Nobody tells of a sleep: the first animation frame after it is late, and still shows what was shown before.
    if (now - last > 3_000) asleep = { since: now, painted: painted() };
    const state = document.querySelector<HTMLElement>('[data-panel="ladder"]')?.dataset.state;
    if (asleep && (state !== 'live' || painted() > asleep.painted)) {
      note('sleep', asleep.since);
      asleep = null;
    }
    last = now;
    requestAnimationFrame(follow);
  };
  follow();
}

/** The first return by one way; the page is there again when this resolves. */
async function returned(page: Page, by: string): Promise<Return> {
  const find = (): Promise<Return | undefined> =>
    page.evaluate((way) => window.returns.find((one) => one.by === way), by);
  await expect.poll(find, { timeout: 20_000 }).toBeDefined();
  const found = await find();
  if (!found) throw new Error(`no return by ${by}`);
  return found;
}

/** The promise of every return: stale in the first picture, live within three seconds, and then right. */
async function expectReturn(desk: Desk, by: string): Promise<void> {
  const back = await returned(desk.page, by);
  expect(back.painted).toBe('stale' satisfies State);
  const live = await desk.firstSeen(SPOT, ['live'], back.at + 1);
  expect(live.at - back.at).toBeLessThanOrEqual(3_000);
}

const show = (page: Page, state: 'hidden' | 'visible'): Promise<void> =>
  page.evaluate((now) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => now });
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => now === 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);

/** Runs in the page: while it is hidden, no timer of its own runs, as in a tab that was left long ago. */
function throttleHidden(): void {
  const { setTimeout: later, setInterval: often } = window;
  const held: (() => void)[] = [];
  const guard = (task: TimerHandler): (() => void) => {
    const run = typeof task === 'function' ? () => task() : () => undefined;
    return () => {
      if (document.hidden) held.push(run);
      else run();
    };
  };
  Object.assign(window, {
    setTimeout: (task: TimerHandler, ms?: number) => later(guard(task), ms),
    setInterval: (task: TimerHandler, ms?: number) => {
      const run = typeof task === 'function' ? () => task() : () => undefined;
      return often(() => document.hidden || run(), ms);
    },
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) for (const run of held.splice(0)) run();
  });
}

test('[F54] hidden for long with its timers stopped, it loses no connection, hears once a second and paints at once on return', async ({
  desk,
  page,
  serve,
}) => {
  await page.addInitScript(throttleHidden);
  const venue = await serve({ ...spot, speed: 5 });
  await openLive(desk, venue, SPOT);
  const sockets = venue.clients().length;
  await show(page, 'hidden');
  const from = (await desk.snapshot()).frames.received;
  const hiddenAt = await desk.now();
  await expect.poll(() => desk.now(), { timeout: 20_000, intervals: [500] }).toBeGreaterThan(hiddenAt + 12_000);
  const seconds = ((await desk.now()) - hiddenAt) / 1_000;
  const { frames, worker } = await desk.snapshot();
  expect(frames.received - from).toBeGreaterThanOrEqual(Math.floor(seconds * 0.7));
  expect(frames.received - from).toBeLessThanOrEqual(Math.ceil(seconds * 1.2) + 1);
  expect(worker.restarts).toBe(0);
  expect(venue.clients().length).toBe(sockets);
  expect(await counters(desk, SPOT)).toMatchObject({ gaps: 0, resyncs: 0, reconnects: 0 });
  const back = await page.evaluate(async () => {
    const { painted, received } = window.depthwire.snapshot().frames;
    const since = performance.now();
    const next = new Promise<number>((resolve) => {
      const stop = window.depthwire.on('frame', ({ frames: now }) => {
        if (now.painted === painted) return;
        stop();
        resolve(performance.now() - since);
      });
    });
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'visible' });
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => false });
    document.dispatchEvent(new Event('visibilitychange'));
    const paintMs = await next;
    return { paintMs, burst: window.depthwire.snapshot().frames.received - received };
  });
  expect(back.paintMs).toBeLessThanOrEqual(100);
  expect(back.burst).toBeLessThanOrEqual(Math.ceil(back.paintMs / 16) + 2);
  await expectTruth(desk, venue, SPOT);
});

test('[F55] frozen and thawed, it is stale in its first picture and live within three seconds', async ({
  baseURL,
  launchOptions,
  serve,
}) => {
  const venue = await serve(spot);
  const raw = await startRawPage(launchOptions.executablePath ?? chromium.executablePath(), launchOptions.args ?? []);
  const state = (): Promise<State> => raw.evaluate('depthwire.snapshot().instruments[0]?.state');
  try {
    await raw.send('Page.enable');
    for (const script of [recordSightings, recordReturns])
      await raw.send('Page.addScriptToEvaluateOnNewDocument', { source: `(${script})()` });
    await raw.send('Page.navigate', { url: `${baseURL}?i=${SPOT}&endpoint=${venue.endpoint()}` });
    await expect.poll(() => state().catch(() => 'loading'), { timeout: 20_000 }).toBe('live');
    await raw.leave();
    await expect.poll(() => raw.evaluate('document.visibilityState')).toBe('hidden');
    await raw.send('Page.setWebLifecycleState', { state: 'frozen' });
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await raw.send('Page.setWebLifecycleState', { state: 'active' });
    await raw.comeBack();
    await expect.poll(() => raw.evaluate('returns.length'), { timeout: 20_000 }).toBeGreaterThan(0);
    const [back] = await raw.evaluate<Return[]>('returns.filter(({ by }) => by === "freeze")');
    const seen = (await raw.evaluate<Sighting[]>('sightings')).filter(({ at }) => at >= back.at - 1);
    expect(seen[0].state).toBe('stale' satisfies State);
    await expect.poll(state).toBe('live');
    const live = (await raw.evaluate<Sighting[]>('sightings')).find((one) => one.at > back.at && one.state === 'live');
    expect((live?.at ?? Number.POSITIVE_INFINITY) - back.at).toBeLessThanOrEqual(3_000);
    // Thawed before it is shown: by the time of its first picture the market may be back already.
    if (back.painted === 'live') expect(live?.at).toBeLessThanOrEqual(back.paintedAt);
    expect(await raw.evaluate('depthwire.snapshot().worker.restarts')).toBe(0);
  } finally {
    await raw.close();
  }
});

test('[F56] gone back to, it is stale in its first picture and live within three seconds', async ({
  desk,
  page,
  serve,
}) => {
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  await page.goto('./icon.svg');
  await page.goBack({ waitUntil: 'commit' });
  await expectReturn(desk, 'history');
  await expectTruth(desk, venue, SPOT, false);
});

test('[F57] after the machine slept, it is stale in its first picture and live within three seconds', async ({
  desk,
  page,
  serve,
}) => {
  test.skip(process.platform === 'win32', 'a process cannot be stopped and continued on this system');
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  const before = await counters(desk, SPOT);
  const browser = page.context().browser();
  if (!browser) throw new Error('no browser');
  const client = await browser.newBrowserCDPSession();
  const { processInfo } = await client.send('SystemInfo.getProcessInfo');
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  expect(renderers.length).toBeGreaterThan(0);
  for (const id of renderers) process.kill(id, 'SIGSTOP');
  try {
    await new Promise((resolve) => setTimeout(resolve, 4_500));
  } finally {
    for (const id of renderers) process.kill(id, 'SIGCONT');
  }
  await expectReturn(desk, 'sleep');
  expect((await counters(desk, SPOT)).reconnects).toBeGreaterThan(before.reconnects);
  await expectTruth(desk, venue, SPOT, false);
});

test('[F2] [F58] a socket that falls silent without closing is stale at its deadline, and another is opened a second later', async ({
  desk,
  serve,
}) => {
  const venue = await serve({ ...spot, speed: 5 });
  const proxy = await startTcpProxy(venue.ports.binance);
  await desk.open(`i=${SPOT}&endpoint=binance@127.0.0.1:${proxy.port}`);
  await desk.expectState('live', SPOT);
  await expect.poll(async () => (await counters(desk, SPOT)).messages, { timeout: 20_000 }).toBeGreaterThan(400);
  const cutAt = await desk.now();
  const cutAtHere = performance.now();
  proxy.blackHole();
  const stale = await desk.firstSeen(SPOT, ['stale'], cutAt);
  expect(stale.at - cutAt).toBeLessThanOrEqual(3_250 + 250);
  await expect
    .poll(() => proxy.opened.find((at) => at > cutAtHere + (stale.at - cutAt)) !== undefined, { timeout: 15_000 })
    .toBe(true);
  const live = await desk.firstSeen(SPOT, ['live'], stale.at);
  expect(live.at - stale.at).toBeLessThanOrEqual(1_000 + 3_000);
  await expectTruth(desk, venue, SPOT, false);
  await proxy.close();
});

test('[F36] a page that was held up does not go on saying what it said before', async ({ desk, page, serve }) => {
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  venue.hold();
  const before = await desk.instrument(SPOT);
  await page.evaluate(() => {
    const until = performance.now() + 3_500;
    while (performance.now() < until);
  });
  const after = await desk.instrument(SPOT);
  expect(after.ageMs).toBeGreaterThanOrEqual(before.ageMs + 3_400);
  await expect(desk.ladder.chip).not.toHaveText(/ms$/);
  venue.resume();
  await desk.expectState('live', SPOT);
});

import type { Page } from 'playwright/test';
import { expect, test } from './fixtures.ts';
import { alone } from './recordings.ts';

const DEMO = 'demo:BTC-USD';
const SPOT = 'binance:BTCUSDT';

/** Runs a statement in the data engine, where nothing catches it. */
async function harm(page: Page, code: string): Promise<void> {
  const [worker] = page.workers();
  await worker.evaluate((text) => setTimeout(new Function(text) as () => void, 0), code);
}

for (const [words, code] of [
  ['hangs', 'while (true) Math.random();'],
  ['ends itself', 'self.close();'],
] as const) {
  test(`[F59] a data engine that ${words} is replaced, said so, and live again`, async ({ desk, page }) => {
    await desk.openDemo();
    await desk.expectState('live');
    const before = await desk.now();
    await harm(page, code);
    await expect(desk.message).toContainText(/Data engine restarted \d\d:\d\d:\d\d/, { timeout: 20_000 });
    expect((await desk.snapshot()).worker.restarts).toBe(1);
    await desk.expectState('live', DEMO);
    for (const panel of desk.panels) await panel.expectState('live');
    const seen = await desk.sightings(DEMO);
    expect(seen.some(({ at, state }) => at > before && state === 'live')).toBe(true);
    await expect.poll(() => page.workers().length, { timeout: 15_000 }).toBe(1);
  });
}

test('[F59] a restart puts together the same market, with the same subscriptions and one set of sockets', async ({
  desk,
  page,
  serve,
}) => {
  const venue = await serve({ files: [alone('binance-spot.jsonl.gz', 'BTCUSDT')], loop: true });
  await desk.openVenue(venue);
  await desk.expectState('live');
  const before = venue
    .clients()
    .flatMap(({ subscriptions }) => subscriptions)
    .sort();
  await harm(page, 'self.close();');
  await expect.poll(async () => (await desk.snapshot()).worker.restarts, { timeout: 20_000 }).toBe(1);
  await desk.expectState('live', SPOT);
  const names = (): string[] =>
    venue
      .clients()
      .flatMap(({ subscriptions }) => subscriptions)
      .sort();
  await expect
    .poll(() => names().filter((name) => !name.includes('aggTrade')))
    .toEqual(before.filter((name) => !name.includes('aggTrade')));
  venue.hold();
  const truth = venue.truth('BTCUSDT');
  await expect.poll(async () => (await desk.instrument(SPOT)).book.sequence).toBe(truth.sequence);
  expect((await desk.digest(SPOT)).sha256).toBe(truth.sha256);
});

test.describe('an error in the data engine', () => {
  test.use({ allowsErrors: true });

  test('[F59] drops one message, is said, and the market goes on', async ({ desk, page }) => {
    await desk.openDemo();
    await desk.expectState('live');
    const { trades } = await desk.instrument(DEMO);
    await harm(page, "throw new Error('a message that could not be digested');");
    await expect(desk.message).toContainText(/a message that could not be digested/);
    await desk.expectState('live', DEMO);
    await expect.poll(async () => (await desk.instrument(DEMO)).trades.received).toBeGreaterThan(trades.received);
    expect((await desk.snapshot()).worker.restarts).toBe(0);
  });
});

test('[F54] a hidden page keeps its market once a second without painting, and shows it at once on return', async ({
  desk,
  page,
  serve,
}) => {
  const venue = await serve({ files: [alone('binance-spot.jsonl.gz', 'BTCUSDT')], loop: true, speed: 5 });
  await desk.openVenue(venue);
  await desk.expectState('live');
  const show = (state: 'hidden' | 'visible'): Promise<void> =>
    page.evaluate((now) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => now });
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => now === 'hidden' });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await show('hidden');
  const { frames } = await desk.snapshot();
  const before = await desk.instrument();
  await expect
    .poll(async () => (await desk.snapshot()).frames.received, { timeout: 15_000 })
    .toBeGreaterThan(frames.received + 3);
  const hidden = await desk.snapshot();
  expect(hidden.frames.painted).toBeLessThanOrEqual(frames.painted + 2);
  expect(BigInt(hidden.instruments[0].book.sequence)).toBeGreaterThan(BigInt(before.book.sequence));
  expect(hidden.instruments[0].state).toBe('live');
  await show('visible');
  await expect.poll(async () => (await desk.snapshot()).frames.painted).toBeGreaterThan(hidden.frames.painted + 2);
  venue.hold();
  const truth = venue.truth('BTCUSDT');
  await expect.poll(async () => (await desk.instrument()).book.sequence).toBe(truth.sequence);
  expect((await desk.digest(SPOT)).sha256).toBe(truth.sha256);
  expect((await desk.instrument()).counters).toMatchObject({ gaps: 0, resyncs: 0, reconnects: 0 });
});

for (const [kind, title] of [
  ['chart', 'Chart'],
  ['ladder', 'Order book'],
  ['tape', 'Trades'],
] as const) {
  test.describe(`an error while drawing the ${title.toLowerCase()}`, () => {
    test.use({ allowsErrors: true });

    test('[F64] takes no other panel with it, and the panel can be loaded again', async ({ desk, page }) => {
      await page.addInitScript((broken) => {
        const { observe } = ResizeObserver.prototype;
        ResizeObserver.prototype.observe = function (target, options): void {
          if (target.closest(`[data-panel="${broken}"]`) && !Reflect.get(window, 'isMended'))
            throw new Error('no room to draw in');
          observe.call(this, target, options);
        };
      }, kind);
      await desk.openDemo();
      const crashed = page.getByRole('region', { name: `${title} BTC-USD` });
      await expect(crashed.getByRole('alert')).toContainText(`${title} stopped`);
      await expect(crashed.getByRole('alert')).toContainText('no room to draw in');
      for (const panel of desk.panels) {
        if (panel === desk[kind]) continue;
        await panel.expectState('live');
      }
      await expect(crashed.getByRole('button', { name: 'Copy details' })).toBeVisible();
      await page.evaluate(() => Object.assign(window, { isMended: true }));
      await crashed.getByRole('button', { name: 'Reload panel' }).click();
      await desk[kind].expectState('live');
    });
  });
}

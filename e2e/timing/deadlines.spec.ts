import { startDeadServer } from '../dead-server.ts';
import { expect, test } from '../fixtures.ts';
import { alone, noVenuesBut, recorded } from '../recordings.ts';

const FUTURES = 'binance-usdm:BTCUSDT';

test('[F3] silence on a busy feed is shown as stale within three and a quarter seconds, and ends', async ({
  desk,
  serve,
}) => {
  const real = recorded('binance-usdm-btcusdt-20240808.jsonl.gz');
  const venue = await serve({ files: [real ?? alone('binance-usdm.jsonl.gz', 'BTCUSDT')], loop: true });
  await desk.open(`i=${FUTURES}&endpoint=${venue.endpoint()}`);
  await desk.expectState('live', FUTURES);
  await expect
    .poll(async () => (await desk.instrument(FUTURES)).counters.messages, { timeout: 30_000 })
    .toBeGreaterThan(600);
  const before = await desk.now();
  venue.chaos('silence:5s');
  const stale = await desk.firstSeen(FUTURES, ['stale'], before);
  expect(stale.ageMs).toBeGreaterThanOrEqual(2_900);
  expect(stale.ageMs).toBeLessThanOrEqual(3_250);
  await expect(desk.ladder.chip).toHaveText(/^(?:Stale \d+ s|Reconnecting.*|Rebuilding)$/);
  const live = await desk.firstSeen(FUTURES, ['live'], stale.at);
  expect(live.at - before).toBeLessThan(5_000 + 3_000);
});

test('a first visit without a venue that answers is live in under two seconds', async ({ desk, page, serve }) => {
  const gone = await serve({ files: [alone('binance-spot.jsonl.gz', 'BTCUSDT')] });
  const endpoint = gone.endpoint();
  await gone.close();
  await desk.open(`endpoint=${endpoint}&${noVenuesBut('binance')}`);
  const first = await desk.firstSeen('demo:BTC-USD', ['live'], 0);
  const origin = await page.evaluate(() => performance.timeOrigin);
  expect(first.at - origin).toBeLessThan(2_000);
});

test('a first visit where venues hang is live in under three and a half seconds', async ({ desk, page }) => {
  const dead = await startDeadServer();
  await desk.open(`endpoint=binance@127.0.0.1:${dead.port}&${noVenuesBut('binance')}`);
  const first = await desk.firstSeen('demo:BTC-USD', ['live'], 0);
  const origin = await page.evaluate(() => performance.timeOrigin);
  expect(first.at - origin).toBeLessThan(3_500);
  await dead.close();
});

for (const [words, harm] of [
  ['hangs', 'while (true) Math.random();'],
  ['ends itself', 'self.close();'],
] as const) {
  test(`[F59] a data engine that ${words} is replaced and live again within six seconds`, async ({ desk, page }) => {
    await desk.openDemo();
    await desk.expectState('live');
    const before = await desk.now();
    const [worker] = page.workers();
    await worker.evaluate((code) => setTimeout(new Function(code) as () => void, 0), harm);
    await expect.poll(async () => (await desk.snapshot()).worker.restarts, { timeout: 20_000 }).toBe(1);
    const live = await desk.firstSeen('demo:BTC-USD', ['live'], before + 1);
    expect(live.at - before).toBeLessThanOrEqual(6_000);
  });
}

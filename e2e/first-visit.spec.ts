import { startDeadServer } from './dead-server.ts';
import { expect, test } from './fixtures.ts';
import { alone, noVenuesBut } from './recordings.ts';

const DEMO = 'demo:BTC-USD';
const LIVE = 'binance:BTCUSDT';
const RUNNERS = [LIVE, 'coinbase:BTC-USD', 'kraken:BTC/USD'];
const OTHERS = noVenuesBut('binance');

test.describe('where every venue refuses', () => {
  test.use({ allowsStrayHosts: true });

  test('[F16] a first visit shows the demo at once, marked SIMULATED', async ({ desk }) => {
    await desk.open('');
    const found = await desk.expectState('live', DEMO);
    expect(found.simulated).toBe(true);
    expect((await desk.snapshot()).instruments[0].id).toBe(DEMO);
    for (const panel of desk.panels) await expect(panel.mark('SIMULATED')).toBeVisible();
  });

  test('what was only shown for want of a market is not remembered as chosen', async ({ desk, page }) => {
    await desk.open('');
    await desk.expectState('live', DEMO);
    const saved = await page.evaluate(() => localStorage.getItem('depthwire.workspace'));
    expect((JSON.parse(saved ?? '{"instruments":[]}') as { instruments: string[] }).instruments).toEqual([]);
  });
});

test('where a venue answers, a first visit shows it and nothing simulated, ever', async ({ desk, serve }) => {
  const venue = await serve({ files: [alone('binance-spot.jsonl.gz', 'BTCUSDT')], loop: true });
  await desk.open(`endpoint=${venue.endpoint()}&${OTHERS}`);
  await desk.expectState('live', LIVE);
  expect((await desk.snapshot()).instruments.map(({ id }) => id)).toEqual([LIVE]);
  expect(await desk.sightings(DEMO)).toEqual([]);
  const before = await desk.now();
  venue.chaos('refuse:4s');
  await desk.firstSeen(LIVE, ['resyncing'], before);
  await desk.firstSeen(LIVE, ['live'], before + 3_000);
  expect(await desk.sightings(DEMO)).toEqual([]);
});

test('where venues hang, the demo stands in after two and a half seconds and the race goes on', async ({
  desk,
  page,
}) => {
  const dead = await startDeadServer();
  const hanging = ['binance', 'coinbase', 'kraken'].map((venue) => `endpoint=${venue}@127.0.0.1:${dead.port}`);
  await desk.open(hanging.join('&'));
  const shown = await desk.firstSeen(DEMO, ['live'], 0);
  const origin = await page.evaluate(() => performance.timeOrigin);
  expect(shown.at - origin).toBeGreaterThan(2_400);
  await expect(desk.ladder.mark('SIMULATED')).toBeVisible();
  expect((await desk.snapshot()).instruments.map(({ id }) => id)).toEqual([DEMO, ...RUNNERS]);
  await dead.close();
});

const LATE = { files: [alone('binance-spot.jsonl.gz', 'BTCUSDT')], loop: true };

test('a live answer that comes late takes over an untouched page, with one toast', async ({ desk, serve }) => {
  const venue = await serve(LATE);
  venue.chaos('refuse:4s');
  await desk.open(`endpoint=${venue.endpoint()}&${OTHERS}`);
  await desk.expectState('live', DEMO);
  await expect
    .poll(async () => (await desk.snapshot()).instruments.map(({ id }) => id), { timeout: 25_000 })
    .toEqual([LIVE]);
  await expect(desk.toast(/BTCUSDT on Binance answered: this is the live market now/)).toHaveCount(1);
  await expect(desk.ladder.region).toHaveAttribute('data-instrument', LIVE);
  await expect(desk.ladder.mark('SIMULATED')).toHaveCount(0);
});

test('a live answer that comes late is offered on a touched page, and taken when asked', async ({
  desk,
  page,
  serve,
}) => {
  const venue = await serve(LATE);
  venue.chaos('refuse:5s');
  await desk.open(`endpoint=${venue.endpoint()}&${OTHERS}`);
  await desk.expectState('live', DEMO);
  await desk.chart.choice('5m').click();
  const offer = desk.toast(/BTCUSDT on Binance is live\. What you see is simulated\./);
  await expect(offer).toBeVisible({ timeout: 25_000 });
  await expect(desk.ladder.region).toHaveAttribute('data-instrument', DEMO);
  await page.getByRole('button', { name: 'Show it' }).click();
  await expect(desk.ladder.region).toHaveAttribute('data-instrument', LIVE);
  await desk.expectState('live', LIVE);
});

test('what was chosen is there again on the next visit', async ({ desk, page }) => {
  await desk.open('i=demo:GOLD,demo:ACME&t=5m&seed=2');
  await desk.expectState('live', 'demo:GOLD');
  await desk.chart.choice('15m').click();
  await desk.ladder.button('Coarser group').click();
  await expect.poll(() => desk.ladder.step()).not.toBe('0.1');
  const step = await desk.ladder.step();
  await page.goto('./');
  await desk.expectState('live', 'demo:GOLD');
  expect((await desk.snapshot()).instruments.map(({ id }) => id)).toEqual(['demo:GOLD', 'demo:ACME']);
  await expect.poll(() => desk.chart.interval()).toBe('15m');
  await expect.poll(() => desk.ladder.step()).toBe(step);
});

test('a saved workspace that is damaged is put aside with a message, and the page comes up', async ({ desk, page }) => {
  await page.addInitScript(() => {
    if (!sessionStorage.getItem('damaged')) localStorage.setItem('depthwire.workspace', '{"version":1,');
    sessionStorage.setItem('damaged', 'yes');
  });
  await desk.open('i=demo:ACME');
  await expect(desk.message).toContainText(/workspace/i);
  await desk.expectState('live', 'demo:ACME');
});

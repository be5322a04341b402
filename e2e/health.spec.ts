import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './fixtures.ts';
import { FUTURES, futures, openLive, SPOT, spot } from './live-venue.ts';
import { Health } from './pages/health.ts';
import { NO_VENUES } from './recordings.ts';

const BTC = 'demo:BTC-USD';
const ETH = 'demo:ETH-USD';
const DEMO = `i=${BTC},${ETH}&seed=7&layout=health&${NO_VENUES}`;

test('health answers first how many feeds are live, and then proves it', async ({ desk, page }) => {
  const health = new Health(page);
  await desk.open(DEMO);
  await expect(health.answer).toHaveText('2 of 2 simulated feeds live');
  for (const id of [BTC, ETH]) {
    await health.expectReported(id);
    await expect(health.chip(id)).toHaveAttribute('data-state', 'live');
    await expect(health.chip(id)).toHaveAttribute('aria-label', /^live, proven by sequence, /);
    await expect(health.cell(id, 'rate')).toHaveText(/^\d{2,3}$/);
    await expect(health.cell(id, 'gaps')).toHaveText('0');
    await expect(health.feed(id).getByText('SIMULATED', { exact: true })).toBeVisible();
  }
  await expect(health.fact('sequence')).toHaveAttribute('data-tone', 'holds');
  await expect(health.fact('crossed')).toContainText(/0 of [1-9]/);
  await expect(health.fact('checksum')).toHaveAttribute('data-tone', 'untried');
  for (const name of ['p50', 'p95', 'p99', 'max']) await expect(health.lag(name)).toContainText(/\d/);
  for (const name of ['decode', 'frame', 'paint']) await expect(health.stage(name)).toContainText(/\d.*\/.*\d/);
  await expect(health.line('live, proven by sequence numbers')).toHaveCount(2);
  await expect(health.figure('Crossed book shown')).toHaveText('never');
});

test('a chip in any panel opens health at its feed, by mouse and by key', async ({ desk, page }) => {
  const health = new Health(page);
  await desk.openDemo('BTC-USD', `seed=7&${NO_VENUES}`);
  for (const panel of desk.panels) {
    await panel.expectState('live');
    await panel.chip.focus();
    await page.keyboard.press('Enter');
    await expect(health.details(BTC)).toBeVisible();
    await expect(health.feed(BTC)).toBeFocused();
    await expect(page).toHaveURL(/layout=health/);
    await page.keyboard.press('Alt+1');
    await expect(panel.region).toBeVisible();
    await expect(page).toHaveURL(/layout=starter/);
  }
  await desk.ladder.expectState('live');
  await desk.ladder.chip.click();
  await expect(health.feed(BTC)).toHaveAttribute('aria-selected', 'true');
  await page.getByRole('navigation', { name: 'Layouts' }).getByRole('button', { name: 'Starter' }).click();
  await expect(desk.chart.region).toBeVisible();
});

test('a gap, what was missing and how it healed are told to whoever looks later', async ({ desk, page, serve }) => {
  const health = new Health(page);
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  venue.chaos('drop:1');
  await expect.poll(async () => (await desk.instrument(SPOT)).counters.gaps, { timeout: 20_000 }).toBeGreaterThan(0);
  await desk.expectState('live', SPOT);
  await page.keyboard.press('Alt+2');
  await expect(health.gaps('gap').first()).toContainText(/[\d,]{4,}/);
  await expect(health.gaps('gap').first()).toContainText(/\d m?s$/);
  await expect(health.cell(SPOT, 'gaps')).toHaveText(/^[1-9]/);
  await expect(health.timeline(SPOT)).toHaveAttribute('aria-label', /[1-9]\d* interruption/);
  await expect(health.fact('sequence')).toHaveAttribute('data-tone', 'caught');
  await health.filter('gap BTCUSDT');
  await expect(health.line(/gap in the updates, .* missing, rebuilding/).first()).toBeVisible();
  await health.filter('live again');
  await expect(health.line(/live again after/).first()).toBeVisible();
  await health.feed(SPOT).click();
  await page.keyboard.press('Enter');
  await expect(health.details(SPOT)).toContainText(/Rebuilt for .*gap ×[1-9]/);
  await expect(health.detail(SPOT, 'Connects in 5 min')).toHaveText(/^[1-9]\d* of \d+$/);
});

test('an outage is marked in ladder, tape and chart at once, and where it was once it is over', async ({
  desk,
  serve,
}) => {
  const venue = await serve(futures);
  await openLive(desk, venue, FUTURES);
  await desk.tape.expectState('live');
  await expect.poll(async () => (await desk.tape.prints()).length, { timeout: 20_000 }).toBeGreaterThan(2);
  venue.chaos('refuse:2s');
  await expect(desk.tape.dividers('open')).toHaveText(/^gap since \d\d:\d\d:\d\d$/, { timeout: 10_000 });
  await desk.ladder.expectState('resyncing');
  await desk.chart.expectState('resyncing');
  await desk.tape.expectState('live', 20_000);
  await expect(desk.tape.dividers('open')).toHaveCount(0);
  const over = desk.tape.dividers('repaired').or(desk.tape.dividers('lost'));
  await expect(over.first()).toHaveText(/^gap [\d.]+ s, (?:filled|trades missing)$/);
  const terms = await desk.tape.terms();
  const { received, ...parts } = terms;
  expect(Object.values(parts).reduce((sum, count) => sum + count, 0)).toBe(received);
});

test('a lost connection and a venue that refuses are told in words, with their times', async ({
  desk,
  page,
  serve,
}) => {
  const health = new Health(page);
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  await page.keyboard.press('Alt+2');
  venue.chaos('close:1001');
  await expect(health.line(/connection lost/).first()).toBeVisible({ timeout: 20_000 });
  await expect(health.line(/live again after/).first()).toBeVisible({ timeout: 20_000 });
  await expect(health.chip(SPOT)).toHaveAttribute('data-state', 'live');
  await expect(health.cell(SPOT, 'venue')).toContainText('LOCAL');
  await expect(health.answer).toHaveText('1 of 1 feed live');
  const strip = page.getByRole('button', { name: '1 live' });
  await expect(strip).toBeVisible();
});

test('the log is filtered, copied and saved, and the report holds everything', async ({ desk, page, context }) => {
  const health = new Health(page);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await desk.open(DEMO);
  await health.expectReported(ETH);
  await expect(health.line('live, proven')).toHaveCount(2);
  await health.filter('eth-usd');
  await expect(health.line('live, proven')).toHaveCount(1);
  await health.region.getByRole('button', { name: 'Copy these lines' }).click();
  await expect(health.region.getByText('1 lines copied')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
    /^\d{4}-\d\d-\d\dT.*Z {2}demo:ETH-USD {2}info {2}live, proven by sequence numbers\n$/,
  );
  const csv = await health.save('Save these lines as CSV');
  expect(csv.name).toMatch(/^depthwire-log-.*\.csv$/);
  expect(csv.text.split('\r\n')[0]).toBe('time,last time,times,severity,feed,event');
  expect(csv.text).toContain(',1,info,demo:ETH-USD,"live, proven by sequence numbers"\r\n');
  await health.filter('nothing holds this');
  await expect(health.log).toContainText('No line holds all of that.');
  const { name, text } = await health.save('Export report');
  expect(name).toMatch(/^depthwire-health-.*\.json$/);
  const report = JSON.parse(text) as { feeds: { id: string; counters: object; states: object }[]; log: object[] };
  expect(report.feeds.map(({ id }) => id)).toEqual([BTC, ETH]);
  expect(report.feeds[0].states).toHaveProperty('book');
  expect(report.log.length).toBeGreaterThanOrEqual(2);
});

test('every feed is read by keyboard alone', async ({ desk, page }) => {
  const health = new Health(page);
  await desk.open(DEMO);
  await health.expectReported(BTC);
  await health.feed(BTC).focus();
  await page.keyboard.press('ArrowDown');
  await expect(health.feed(ETH)).toBeFocused();
  await expect(health.feed(ETH)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowRight');
  await expect(health.details(ETH)).toBeVisible();
  await expect(health.region.getByRole('region', { name: 'Lag' })).toContainText('ETH-USD');
  await page.keyboard.press('ArrowLeft');
  await expect(health.details(ETH)).toBeHidden();
  await page.keyboard.press('Home');
  await expect(health.feed(BTC)).toBeFocused();
});

for (const [theme, width, height] of [
  ['dark', 1440, 900],
  ['light', 1440, 900],
  ['contrast', 1024, 768],
  ['dark', 390, 844],
  ['light', 320, 640],
] as const) {
  test(`nothing in health keeps anybody out in ${theme} at ${width} px, and nothing is cut off`, async ({
    desk,
    page,
  }) => {
    const health = new Health(page);
    await page.setViewportSize({ width, height });
    await desk.open(`${DEMO}&theme=${theme}`);
    await health.expectReported(BTC);
    await health
      .feed(BTC)
      .getByRole('button', { name: /details/ })
      .click();
    await expect(health.details(BTC)).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(grave.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} ${target}`))).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const box = await health.region.boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
  });
}

test.describe('when the data engine hangs', () => {
  test.use({ allowsErrors: true });

  test('health says since when nothing is known, and what became of it afterwards', async ({ desk, page }) => {
    const health = new Health(page);
    await desk.open(DEMO);
    await health.expectReported(BTC);
    await expect(health.line('live, proven')).toHaveCount(2);
    const [worker] = page.workers();
    await worker.evaluate(() => setTimeout(new Function('while (true) Math.random();') as () => void, 0));
    await expect(health.answer).toHaveText(/^Unknown since \d\d:\d\d:\d\d$/, { timeout: 5_000 });
    await expect(health.region).toHaveAttribute('data-unheard', '');
    await expect(health.chip(BTC)).toHaveAttribute('aria-label', /^unknown/);
    await expect(health.answer).toHaveText('2 of 2 simulated feeds live', { timeout: 20_000 });
    await expect(health.region).not.toHaveAttribute('data-unheard');
    await expect(health.line('the data engine did not answer and was started again')).toBeVisible();
    await expect(health.line('live, proven')).toHaveCount(4);
    expect(await health.timeline(BTC).locator('[data-tone=unknown]').count()).toBeGreaterThan(0);
  });
});

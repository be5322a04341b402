import type { BrowserContext } from 'playwright/test';
import { expect, test } from './fixtures.ts';
import { Desk } from './pages/desk.ts';

test.describe.configure({ timeout: 60_000 });

const QUERY = 'i=demo:BTC-USD,demo:ETH-USD&seed=7';

/** Opens the page in a tab of its own and has its process die once its market is live. */
async function crashOnce(context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  const desk = new Desk(page);
  await desk.open(QUERY);
  await expect.poll(async () => (await desk.snapshot()).instruments.length, { timeout: 15_000 }).toBe(2);
  const client = await context.newCDPSession(page);
  const died = page.waitForEvent('crash');
  // It cannot answer any more once it has obeyed.
  client.send('Page.crash').catch(() => undefined);
  await died;
  await page.close();
}

test('[F60] a page that crashed three times in five minutes opens with one chart and one book, says why, and can be left', async ({
  context,
}) => {
  for (let i = 0; i < 2; i++) await crashOnce(context);
  await test.step('two crashes change nothing', async () => crashOnce(context));

  const page = await context.newPage();
  const desk = new Desk(page);
  await desk.open(QUERY);
  await expect(desk.message).toContainText('Safe mode after 3 crashes in 5 minutes: one chart, one book.');
  await desk.expectState('live');
  expect((await desk.snapshot()).instruments.map(({ id }) => id)).toEqual(['demo:BTC-USD']);
  await desk.chart.expectState('live');
  await desk.ladder.expectState('live');
  await expect(desk.tape.region).toHaveCount(0);
  expect(page.url()).toContain('demo:ETH-USD');

  await desk.message.getByRole('button', { name: 'Leave' }).click();
  await expect.poll(async () => (await desk.snapshot()).instruments.length, { timeout: 15_000 }).toBe(2);
  await desk.tape.expectState('live');
  await expect(desk.message).not.toContainText('Safe mode');
  await page.close();
});

test('[F60] pages that are open at once, closed in order or loaded again are no crashes', async ({ context }) => {
  const open: Desk[] = [];
  for (let i = 0; i < 4; i++) {
    const desk = new Desk(await context.newPage());
    await desk.open(QUERY);
    await desk.expectState('live');
    open.push(desk);
  }
  const [first, ...others] = open;
  for (const desk of others) await desk.page.close();
  for (let i = 0; i < 3; i++) await first.page.reload();
  await first.tape.expectState('live');
  await expect(first.message).not.toContainText('Safe mode');
  await first.page.close();
});

import { expect, test } from '../fixtures.ts';

const LIMIT_MS = 1_500;

test('the demo is live and on screen within a second and a half of navigation', async ({ desk, page }) => {
  await desk.openDemo();
  const first = await desk.firstSeen('demo:BTC-USD', ['live'], 0);
  const origin = await page.evaluate(() => performance.timeOrigin);
  expect(first.at - origin).toBeLessThanOrEqual(LIMIT_MS);
});

import { expect, test, watchHosts } from './fixtures.ts';

test('no name on the internet is known to this browser', async ({ browser }) => {
  const page = await browser.newPage();
  await expect(page.goto('https://stream.binance.com/')).rejects.toThrow(/ERR_NAME_NOT_RESOLVED/);
  await page.close();
});

test.describe('a test that forgets to move an endpoint', () => {
  test.use({ allowsStrayHosts: true });

  test('is told which host its page, or a worker of it, asked for', async ({ desk, page }) => {
    const stray = watchHosts(page);
    await desk.open('i=binance:BTCUSDT');
    await desk.expectState('blocked');
    const hosts = new Set(stray.map((url) => new URL(url).hostname));
    expect([...hosts].every((host) => /\.binance\.(?:com|vision)$/.test(host))).toBe(true);
    expect(stray.some((url) => url.startsWith('wss://'))).toBe(true);
    expect(stray.some((url) => url.startsWith('https://'))).toBe(true);
  });
});

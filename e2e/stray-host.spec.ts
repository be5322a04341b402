import { expect, test } from './fixtures.ts';

test('no name on the internet is known to this browser', async ({ browser }) => {
  const page = await browser.newPage();
  await expect(page.goto('https://stream.binance.com/')).rejects.toThrow(/ERR_NAME_NOT_RESOLVED/);
  await page.close();
});

test('a test that forgets to move an endpoint fails', async ({ desk }) => {
  test.fail();
  await desk.open('i=binance:BTCUSDT');
  await desk.expectState('blocked');
});

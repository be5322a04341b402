import { createServer } from 'node:http';
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures.ts';

// The search asks venues that this browser does not know.
test.use({ allowsStrayHosts: true });

declare global {
  interface Window {
    executed: string[];
  }
}

/** Overrides of the direction, and what has no width. */
const UNSEEN = /[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;
const OVERRIDE = '\u202e';
const TEXTS = [
  '<img src=x onerror="executed.push(1)">',
  '<script>executed.push(2)</script>',
  '"><svg onload="executed.push(3)">',
  "javascript:executed.push('4')",
  '{{executed.push(5)}}$'.concat('{executed.push(6)}'),
  `USDT${OVERRIDE}CTB\u2066\u200b`,
  '比特币USDT',
];

/** A venue whose every text is hostile: what it lists, and how it refuses. */
async function startHostileVenue() {
  const server = createServer((request, response) => {
    const cors = { 'access-control-allow-origin': '*', 'content-type': 'application/json' };
    const asked = new URL(request.url ?? '/', 'http://localhost').searchParams;
    if (asked.get('symbol') !== null) {
      response.writeHead(400, cors).end(JSON.stringify({ code: -1121, msg: TEXTS.join(' ') }));
      return;
    }
    const symbols = TEXTS.map((text, i) => ({
      symbol: text.slice(0, 60),
      status: 'TRADING',
      baseAsset: `HOSTILE${i}${text}`,
      quoteAsset: text,
      filters: [
        { filterType: 'PRICE_FILTER', tickSize: '0.01' },
        { filterType: 'LOT_SIZE', stepSize: '0.001' },
      ],
    }));
    response.writeHead(200, cors).end(JSON.stringify({ symbols }));
  });
  server.on('upgrade', (_request, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function expectInert(page: Page): Promise<void> {
  expect(await page.evaluate(() => window.executed)).toEqual([]);
  expect(await page.evaluate(() => window.violations)).toEqual([]);
  await expect(page.locator('img[src="x"], svg[onload], script:not([src]), a[href^="javascript"]')).toHaveCount(0);
}

test.beforeEach(({ page }) => page.addInitScript(() => Object.assign(window, { executed: [] })));

for (const [index, text] of TEXTS.entries()) {
  test(`[F50] a symbol in the address is text and nothing else (${index + 1} of ${TEXTS.length})`, async ({
    desk,
    page,
  }) => {
    const venue = await startHostileVenue();
    await desk.open(`i=${encodeURIComponent(`binance:${text}`)}&endpoint=binance@127.0.0.1:${venue.port}`);
    // What no venue could mean by a symbol is named in a note; anything else is asked for, and refused by the venue.
    if (/[ \p{Cf}]/u.test(text)) await expect(desk.message).toContainText('Ignored in the address');
    else await expect(desk.ladder.card(/Binance does not know this symbol/)).toBeVisible({ timeout: 15_000 });
    await expectInert(page);
    expect(await page.locator('body').textContent()).not.toMatch(UNSEEN);
    await venue.close();
  });
}

test('[F50] what a venue lists is text in the search, without controls and overrides', async ({ desk, page }) => {
  const venue = await startHostileVenue();
  await desk.open(`i=demo:BTC-USD&endpoint=binance@127.0.0.1:${venue.port}`);
  await desk.expectState('live');
  await desk.find('hostile');
  await expect(desk.search.getByRole('option')).not.toHaveCount(0);
  await expect.poll(() => desk.search.getByRole('option').count(), { timeout: 15_000 }).toBe(TEXTS.length);
  const shown = await desk.search.textContent();
  expect(shown).toContain('onerror');
  expect(shown).not.toMatch(UNSEEN);
  await expectInert(page);
  await page.keyboard.press('Enter');
  await desk.ladder.expectState('rejected');
  await expectInert(page);
  await venue.close();
});

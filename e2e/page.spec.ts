import { expect, test } from './fixtures.ts';
import { alone, NO_VENUES, noVenuesBut, shipped } from './recordings.ts';

const SPOT = 'binance:BTCUSDT';

test.describe('the page round the panels', () => {
  test('finds an instrument by keyboard and opens it, also in the address', async ({ desk, page }) => {
    await desk.openLiveDemo(NO_VENUES);
    await desk.find('gold');
    await expect(desk.search.getByRole('option').first()).toContainText('GOLD');
    await page.keyboard.press('Enter');
    await expect(desk.search).toBeHidden();
    await desk.expectState('live', 'demo:GOLD');
    await expect(desk.ladder.region).toHaveAttribute('data-instrument', 'demo:GOLD');
    expect(page.url()).toContain('i=demo:GOLD');
    await page.reload();
    await desk.expectState('live', 'demo:GOLD');
  });

  test('finds what a venue lists, and says when nothing is found', async ({ desk, page, serve }) => {
    const venue = await serve({ files: [shipped('binance-spot.jsonl.gz')], loop: true });
    await desk.open(`i=${SPOT}&endpoint=${venue.endpoint()}&${noVenuesBut('binance')}`);
    await desk.expectState('live', SPOT);
    await desk.find('microbtc');
    await expect(desk.search.getByRole('option', { name: /MICROBTC/ })).toBeVisible();
    await page.keyboard.press('Enter');
    await desk.expectState('live', 'binance:MICROBTC');
    await desk.find('zzzzzz');
    await expect(desk.search.getByText('Nothing found for “zzzzzz”.')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(desk.search).toBeHidden();
  });

  test('a letter in the focused chart begins the search with it', async ({ desk, page }) => {
    await desk.openLiveDemo(NO_VENUES);
    await desk.chart.picture.focus();
    await page.keyboard.press('e');
    await expect(desk.search.getByRole('combobox')).toHaveValue('e');
  });

  test('? opens the keys, Escape closes them, and the focus is where it was', async ({ desk, page }) => {
    await desk.openLiveDemo();
    await desk.ladder.grid.focus();
    await page.keyboard.press('?');
    await expect(desk.shortcuts).toBeVisible();
    await expect(desk.shortcuts.getByText('Recentre the order book')).toBeVisible();
    await expect(desk.shortcuts.getByText(/TradingView Lightweight Charts/)).toHaveCount(1);
    await page.keyboard.press('Escape');
    await expect(desk.shortcuts).toBeHidden();
    await expect(desk.ladder.grid).toBeFocused();
  });

  test('F6 goes round the panels and back', async ({ desk, page }) => {
    await desk.openLiveDemo();
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest('[data-panel]')?.getAttribute('data-panel') ?? '');
    const seen: string[] = [];
    for (let step = 0; step < 4; step++) {
      await page.keyboard.press('F6');
      seen.push(await focused());
    }
    expect(new Set(seen.slice(0, 3))).toEqual(new Set(['chart', 'ladder', 'tape']));
    expect(seen[3]).toBe(seen[0]);
    await page.keyboard.press('Shift+F6');
    expect(await focused()).toBe(seen[2]);
  });

  test('the theme is changed by one press and remembered', async ({ desk, page }) => {
    await desk.openLiveDemo();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await page.getByRole('button', { name: /^Theme: dark/ }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
    await page.reload();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  });

  test('title and icon say what the feed is: simulated, live, not live', async ({ desk, page, serve }) => {
    const icon = page.locator('link[rel="icon"]');
    await desk.openLiveDemo();
    await expect(page).toHaveTitle(/^[\d,]+\.\d+( [▲▼])? BTC-USD simulated · Depthwire$/);
    await expect(icon).toHaveAttribute('href', /icon-sim\.svg$/);
    const venue = await serve({ files: [alone('binance-spot.jsonl.gz', 'BTCUSDT')], loop: true });
    await desk.openVenue(venue);
    await desk.expectState('live');
    await expect(page).toHaveTitle(/^[\d,]+\.\d+( [▲▼])? BTCUSDT · Depthwire$/);
    await expect(icon).toHaveAttribute('href', /icon\.svg$/);
    venue.chaos('refuse:4s');
    await expect(page).toHaveTitle(/^Rebuilding · BTCUSDT · Depthwire$|^Reconnecting · BTCUSDT · Depthwire$/);
    await expect(icon).toHaveAttribute('href', /icon-off\.svg$/);
  });

  test('the bar shows last price, day figures and, for futures, mark and funding', async ({ desk, page, serve }) => {
    const venue = await serve({ files: [alone('binance-usdm.jsonl.gz', 'BTCUSDT')], loop: true });
    await desk.openVenue(venue);
    await desk.expectState('live');
    const bar = page.getByRole('region', { name: 'Instrument' });
    for (const name of ['24 h high', '24 h low', 'Mark', 'Funding']) {
      const fact = bar.locator('dl > div').filter({ hasText: name });
      await expect(fact).toBeVisible({ timeout: 10_000 });
      await expect(fact.locator('dd')).toHaveText(/\d/, { timeout: 10_000 });
    }
    const { lastTrade } = await desk.instrument();
    expect(lastTrade).not.toBeNull();
  });
});

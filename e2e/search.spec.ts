import type { Locator } from 'playwright/test';
import { expect, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
import { NO_VENUES, noVenuesBut, shipped } from './recordings.ts';

const HOUR = 3_600_000;

const option = (desk: Desk, name: RegExp): Locator => desk.search.getByRole('option', { name });
const field = (desk: Desk): Locator => desk.search.getByRole('combobox');
const foot = (desk: Desk): Locator => desk.search.locator('footer');
const chosen = (desk: Desk): Locator => desk.search.getByRole('option', { selected: true });

/** Waits until every list has come or failed. */
async function expectSettled(desk: Desk): Promise<void> {
  await expect(desk.search.getByText(/^Loading the list/)).toHaveCount(0, { timeout: 40_000 });
}

test('the whole search goes by keyboard, and the focus comes back to where it was', async ({ desk, page }) => {
  await desk.openLiveDemo(`seed=7&${NO_VENUES}`);
  await desk.ladder.grid.focus();
  await desk.find('simulated');
  const lines = desk.search.getByRole('option');
  await expect(lines).toHaveCount(8);
  await expect(field(desk)).toBeFocused();
  const idOf = (line: Locator) => line.getAttribute('id');
  const expectChosen = async (line: Locator): Promise<void> => {
    await expect(chosen(desk)).toHaveCount(1);
    await expect(line).toHaveAttribute('aria-selected', 'true');
    await expect(field(desk)).toHaveAttribute('aria-activedescendant', (await idOf(line)) ?? '');
  };
  await expectChosen(lines.first());
  await page.keyboard.press('ArrowDown');
  await expectChosen(lines.nth(1));
  await page.keyboard.press('End');
  await expectChosen(lines.last());
  await expect(lines.last()).toBeInViewport();
  await page.keyboard.press('ArrowDown');
  await expectChosen(lines.first());
  await page.keyboard.press('ArrowUp');
  await expectChosen(lines.last());
  await page.keyboard.press('Home');
  await expectChosen(lines.first());
  await page.keyboard.press('Escape');
  await expect(desk.search).toBeHidden();
  await expect(desk.ladder.grid).toBeFocused();
  await desk.find('gold');
  await page.keyboard.press('Enter');
  await desk.expectState('live', 'demo:GOLD');
});

test('what is starred by key or press and what was opened lately stands first, also on the next visit', async ({
  desk,
  page,
}) => {
  await desk.openLiveDemo(`seed=7&${NO_VENUES}`);
  await desk.find('usd-jpy');
  await expect(chosen(desk)).toContainText('USD-JPY');
  await page.keyboard.press('Control+d');
  await expect(option(desk, /USD-JPY.*starred/)).toBeVisible();
  await expect(desk.search.getByRole('button', { name: 'Star USD-JPY' })).toHaveAttribute('aria-pressed', 'true');
  await field(desk).fill('acme');
  await expect(chosen(desk)).toContainText('ACME');
  await chosen(desk).locator('[data-star]').click();
  await expect(option(desk, /ACME.*starred/)).toBeVisible();
  await expect(field(desk)).toBeFocused();
  await field(desk).fill('gold');
  await page.keyboard.press('Enter');
  await desk.expectState('live', 'demo:GOLD');
  await page.reload();
  await desk.expectState('live', 'demo:GOLD');
  await desk.openSearch();
  await expect(desk.search.getByRole('group', { name: 'Starred' }).getByRole('option')).toContainText([
    'ACME',
    'USD-JPY',
  ]);
  await expect(desk.search.getByRole('group', { name: 'Recent' }).getByRole('option')).toContainText(['GOLD']);
  await desk.search.getByRole('button', { name: 'Star ACME' }).click();
  await expect(desk.search.getByRole('group', { name: 'Starred' }).getByRole('option')).toHaveCount(1);
});

test('a list is asked for when the search is opened, kept for a day and shown with its age', async ({
  desk,
  page,
  serve,
}) => {
  const venue = await serve({ files: [shipped('binance-spot.jsonl.gz')], loop: true });
  const address = `i=demo:BTC-USD&endpoint=${venue.endpoint()}&${noVenuesBut('binance')}`;
  const kept = () => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  await desk.open(address);
  await desk.expectState('live');
  expect(await kept()).toEqual([]);
  await desk.find('microbtc');
  await expect(option(desk, /MICROBTC/)).toBeVisible({ timeout: 20_000 });
  await expect(foot(desk)).toContainText('Binance list just fetched');
  await expectSettled(desk);
  expect(await kept()).toEqual(['depthwire.catalogues']);

  const start = Date.now();
  await page.clock.setFixedTime(start + 3 * HOUR);
  await page.reload();
  await desk.find('microbtc');
  await expect(option(desk, /MICROBTC/)).toBeVisible();
  await expectSettled(desk);
  await expect(foot(desk)).toContainText('Binance list 3 h old');

  await page.clock.setFixedTime(start + 30 * HOUR);
  await page.reload();
  await desk.find('microbtc');
  await expect(foot(desk)).toContainText('Binance list just fetched', { timeout: 20_000 });
});

test('where no venue can be reached there are well-known symbols of each, marked as built-in', async ({
  desk,
  page,
}) => {
  await desk.openLiveDemo(`seed=7&${NO_VENUES}`);
  await desk.find('kraken eur/usd');
  await expect(chosen(desk)).toContainText('EUR/USD');
  await expect(chosen(desk)).toContainText('Kraken · FX · built-in');
  await expect(foot(desk)).toContainText('Kraken: built-in list');
  for (const [query, line] of [
    ['btc perp', /^BTCUSDT.*Binance Perp/],
    ['sol coinbase', /^SOL-USD.*Coinbase/],
    ['stock', /^AAPLx\/USD.*Kraken · equity/],
    ['deribit eth', /^ETH-PERPETUAL.*Deribit/],
  ] as const) {
    await field(desk).fill(query);
    await expect(desk.search.getByRole('option').first()).toHaveAccessibleName(line);
  }
  await expectSettled(desk);
  await expect(desk.search.getByText(/^No list came from Binance.*well-known symbols or older lists/)).toBeVisible();
  await field(desk).fill('');
  await expect(foot(desk)).toContainText(/5\d of \d\d\d/);
  await page.keyboard.press('Escape');
  await expect(desk.search).toBeHidden();
});

test('where the browser keeps nothing the search works and says so', async ({ desk, page, serve }) => {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('refused', 'SecurityError');
    };
  });
  const venue = await serve({ files: [shipped('binance-spot.jsonl.gz')], loop: true });
  await desk.open(`i=demo:BTC-USD&endpoint=${venue.endpoint()}&${noVenuesBut('binance')}`);
  await desk.expectState('live');
  await desk.find('microbtc');
  await expect(option(desk, /MICROBTC/)).toBeVisible({ timeout: 20_000 });
  await expect(
    desk.search.getByText('Not saving the lists: this browser does not let the page store anything.'),
  ).toBeVisible();
});

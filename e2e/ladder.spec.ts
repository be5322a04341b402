import { expect, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
import { alone, NO_RECORDINGS, recorded, units } from './recordings.ts';

test.describe('the ladder', () => {
  test('shows every price step as a row, without a hole in the axis', async ({ desk }) => {
    await desk.openLiveDemo();
    const rows = await desk.ladder.rows();
    expect(rows.length).toBeGreaterThan(15);
    for (let i = 1; i < rows.length; i++)
      expect(units(rows[i - 1].price) - units(rows[i].price)).toBe(units(await desk.ladder.step()));
  });

  test('groups by [ and ], by its buttons and by its list, on the same sizes', async ({ desk, page }) => {
    await desk.openLiveDemo();
    expect(await desk.ladder.step()).toBe('0.01');
    await page.keyboard.press(']');
    await expect.poll(() => desk.ladder.step()).toBe('0.02');
    await page.keyboard.press(']');
    await expect.poll(() => desk.ladder.step()).toBe('0.05');
    await page.keyboard.press('[');
    await expect.poll(() => desk.ladder.step()).toBe('0.02');
    await desk.ladder.button('Coarser group').click();
    await desk.ladder.button('Coarser group').click();
    await expect.poll(() => desk.ladder.step()).toBe('0.1');
    await desk.ladder.button('Finer group').click();
    await expect.poll(() => desk.ladder.step()).toBe('0.05');
    await desk.ladder.region.getByRole('combobox', { name: 'Group size' }).selectOption({ label: '1' });
    await expect.poll(() => desk.ladder.step()).toBe('1');
    for (const { price } of await desk.ladder.rows()) expect(units(price) % units('1')).toBe(0n);
  });

  test('sums a group exactly: bids rounded down, asks up, so that none looks better than it is', async ({
    desk,
    page,
    serve,
  }) => {
    const venue = await serve({ files: [alone('binance-spot.jsonl.gz', 'BTCUSDT')], speed: 5 });
    await desk.openVenue(venue);
    await desk.expectState('live');
    venue.hold();
    const { bids, asks, sequence } = venue.truth('BTCUSDT');
    await expect.poll(async () => (await desk.instrument()).book.sequence).toBe(sequence);
    for (let press = 0; press < 3; press++) await page.keyboard.press(']');
    await expect.poll(() => desk.ladder.step()).toBe('0.1');
    await page.keyboard.press('Space');
    const step = units('0.1');
    const grouped = (levels: readonly (readonly [string, string])[], up: bigint): Map<bigint, bigint> => {
      const sums = new Map<bigint, bigint>();
      for (const [price, size] of levels) {
        const row = ((units(price) + up) / step) * step;
        sums.set(row, (sums.get(row) ?? 0n) + units(size));
      }
      return sums;
    };
    const [bidSums, askSums] = [grouped(bids, 0n), grouped(asks, step - 1n)];
    // The farthest group may go on beyond the best twenty.
    bidSums.delete([...bidSums.keys()].sort((a, b) => Number(a - b))[0]);
    askSums.delete([...askSums.keys()].sort((a, b) => Number(b - a))[0]);
    expect(bidSums.size + askSums.size).toBeGreaterThan(1);
    const find = async (price: bigint) => (await desk.ladder.rows()).find((row) => units(row.price) === price);
    for (const [price, size] of bidSums)
      await expect.poll(async () => units((await find(price))?.bid || '0'), { message: `bids of ${price}` }).toBe(size);
    for (const [price, size] of askSums)
      await expect.poll(async () => units((await find(price))?.ask || '0'), { message: `asks of ${price}` }).toBe(size);
  });

  for (const [way, recentre] of [
    ['Space', (desk: Desk) => desk.page.keyboard.press('Space')],
    ['a middle click', (desk: Desk) => desk.ladder.grid.click({ button: 'middle' })],
    ['its button', (desk: Desk) => desk.ladder.button('Recentre').click()],
    ['a double click', (desk: Desk) => desk.ladder.grid.dblclick()],
  ] as const) {
    test(`comes back to the market by ${way}`, async ({ desk }) => {
      await desk.openLiveDemo('seed=7&rate=50');
      await desk.ladder.scroll(-80);
      await expect.poll(() => desk.ladder.marketRow()).toBe(-1);
      await expect(desk.ladder.region.getByText(/^market [\d,]+ rows below$/)).toBeVisible();
      await recentre(desk);
      await expect.poll(() => desk.ladder.marketRow()).toBeGreaterThan(3);
    });
  }

  test('scrolled far from the market still shows what the book holds there', async ({ desk }) => {
    await desk.openLiveDemo('seed=7&rate=50');
    await desk.ladder.scroll(-900);
    await expect.poll(() => desk.ladder.marketRow()).toBe(-1);
    await expect
      .poll(async () => (await desk.ladder.rows()).filter(({ askUnknown }) => askUnknown).length, { timeout: 15_000 })
      .toBe(0);
    const rows = await desk.ladder.rows();
    expect(rows.filter(({ ask }) => ask !== '').length).toBeGreaterThan(0);
    expect(rows.every(({ bid }) => bid === '')).toBe(true);
  });

  test('hatches what lies beyond the book it was given, and never calls it zero', async ({ desk, serve }) => {
    const file = recorded('binance-usdm-btcusdt-20240808.jsonl.gz');
    test.skip(file === null, NO_RECORDINGS);
    const venue = await serve({ files: [file ?? ''] });
    await desk.openVenue(venue);
    await desk.expectState('live');
    await expect.poll(() => desk.ladder.marketRow()).toBeGreaterThan(-1);
    await desk.ladder.scroll(-9_000);
    await expect.poll(async () => (await desk.ladder.rows()).every(({ askUnknown }) => askUnknown)).toBe(true);
    for (const { ask } of await desk.ladder.rows()) expect(ask).toBe('');
  });

  test('marks the best bid and the best ask, and prints the exact prices in its strip', async ({ desk, serve }) => {
    const venue = await serve({ files: [alone('binance-spot.jsonl.gz', 'BTCUSDT')], speed: 5 });
    await desk.openVenue(venue);
    await desk.expectState('live');
    venue.hold();
    const { bids, asks, sequence } = venue.truth('BTCUSDT');
    await expect.poll(async () => (await desk.instrument()).book.sequence).toBe(sequence);
    await expect(desk.ladder.bestBid()).toHaveAttribute('data-price', bids[0][0]);
    await expect(desk.ladder.bestAsk()).toHaveAttribute('data-price', asks[0][0]);
    const digits = (text: string | null): string => (text ?? '').replace(/\D/g, '');
    expect(digits(await desk.ladder.region.getByTitle('Best bid').textContent())).toContain(digits(bids[0][0]));
    expect(digits(await desk.ladder.region.getByTitle('Best ask').textContent())).toContain(digits(asks[0][0]));
  });

  test('is read row by row with the arrow keys', async ({ desk, page }) => {
    await desk.openLiveDemo('seed=7&rate=50');
    await desk.ladder.grid.focus();
    await page.keyboard.press('ArrowUp');
    const spot = (): Promise<string | null> => desk.ladder.grid.getAttribute('aria-activedescendant');
    await expect.poll(spot).toMatch(/./);
    const first = await spot();
    await page.keyboard.press('ArrowUp');
    await expect.poll(spot).not.toBe(first);
    const active = page.locator(`[id="${await spot()}"]`);
    await expect(active).toHaveAttribute('data-price', /^[\d.]+$/);
  });
});

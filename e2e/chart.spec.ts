import { expect, test } from './fixtures.ts';
import { alone, shipped } from './recordings.ts';

test.describe('the chart', () => {
  test('changes its interval by the switch, and the snapshot follows', async ({ desk }) => {
    await desk.openLiveDemo();
    await desk.chart.choice('5m').click();
    await expect.poll(() => desk.chart.interval()).toBe('5m');
    await expect(desk.chart.choice('5m')).toHaveAttribute('aria-pressed', 'true');
    await expect.poll(async () => (await desk.instrument()).candles.interval).toBe('5m');
    await expect.poll(() => desk.chart.bars()).toBeGreaterThan(100);
  });

  test('takes an interval as typed, and says so when it is none', async ({ desk, page }) => {
    await desk.openLiveDemo();
    await desk.chart.picture.focus();
    await page.keyboard.type('15');
    const box = desk.chart.region.getByRole('textbox', { name: 'Interval' });
    await expect(box).toHaveValue('15');
    await page.keyboard.press('Enter');
    await expect.poll(() => desk.chart.interval()).toBe('15m');
    await page.keyboard.type('7x');
    await expect(desk.chart.region.getByText(/^Not an interval/)).toBeVisible();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await expect(box).toBeHidden();
    expect(await desk.chart.interval()).toBe('15m');
  });

  test('loads older candles as one goes back, and the view stays where it is', async ({ desk, page, serve }) => {
    const venue = await serve({
      files: [shipped('binance-usdm.jsonl.gz')],
      history: 4_000,
      latencyMs: 900,
      loop: true,
    });
    await desk.openVenue(venue);
    await expect.poll(() => desk.chart.bars(), { timeout: 20_000 }).toBeGreaterThan(300);
    const bars = await desk.chart.bars();
    // Read from the table that stands beside the picture for those who do not see it.
    const newest = (): Promise<string | null> =>
      desk.chart.region.getByRole('row').last().getByRole('rowheader').textContent({ timeout: 10_000 });
    await desk.chart.picture.focus();
    const live = await newest();
    await page.keyboard.press('Home');
    await expect(desk.chart.button(/^To live/)).toBeVisible();
    await expect.poll(newest).not.toBe(live);
    const there = await newest();
    await expect.poll(() => desk.chart.bars(), { timeout: 20_000 }).toBeGreaterThan(bars);
    // Two more readings of the table, which is refreshed once a second.
    const grown = await desk.now();
    await expect.poll(() => desk.now()).toBeGreaterThan(grown + 2_100);
    expect(await newest()).toBe(there);
    await desk.chart.button(/^To live/).click();
    await expect(desk.chart.button(/^To live/)).toBeHidden();
  });

  test('starts the keyboard cursor in the view, also far from the market', async ({ desk, page }) => {
    await desk.openLiveDemo();
    await expect.poll(() => desk.chart.bars()).toBeGreaterThan(300);
    await desk.chart.picture.focus();
    await page.keyboard.press('Home');
    await expect(desk.chart.button(/^To live/)).toBeVisible();
    await page.keyboard.press('ArrowLeft');
    await expect(desk.chart.spoken()).toHaveText(/UTC: open /);
    await expect(desk.chart.button(/^To live/)).toBeVisible();
  });

  test('is read candle by candle with the arrow keys and names its last close', async ({ desk, page }) => {
    await desk.openLiveDemo();
    await expect(desk.chart.picture).toHaveAttribute('aria-label', /BTC-USD .*candles.*Last close [\d,.]+/, {
      timeout: 10_000,
    });
    await desk.chart.picture.focus();
    await page.keyboard.press('ArrowLeft');
    await expect(desk.chart.spoken()).toHaveText(
      /UTC: open [\d,.]+, high [\d,.]+, low [\d,.]+, close [\d,.]+, volume /,
    );
    const first = (await desk.chart.spoken().textContent()) ?? '';
    await page.keyboard.press('ArrowLeft');
    await expect(desk.chart.spoken()).not.toHaveText(first);
    await page.keyboard.press('Escape');
    await expect(desk.chart.spoken()).toBeEmpty();
    const closes = (await desk.instrument()).candles.last.map(({ c }) => c);
    expect(closes.length).toBe(20);
  });

  test('says history from now where the venue has none for the interval', async ({ desk, serve }) => {
    const venue = await serve({ files: [alone('binance-usdm.jsonl.gz', 'BTCUSDT')], loop: true });
    await desk.openVenue(venue, { t: '1s' });
    await desk.expectState('live');
    expect(await desk.chart.interval()).toBe('1s');
    await expect(desk.chart.region.getByText('History from now')).toBeVisible({ timeout: 15_000 });
    await expect.poll(() => desk.chart.bars(), { timeout: 15_000 }).toBeGreaterThan(2);
  });
});

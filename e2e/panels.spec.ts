import { expect, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
import { alone, NO_RECORDINGS, NO_VENUES, recorded, shipped } from './recordings.ts';

const SPOT = 'binance:BTCUSDT';

async function openDemo(desk: Desk, keys = 'seed=7'): Promise<void> {
  await desk.openDemo('BTC-USD', keys);
  for (const panel of desk.panels) await panel.expectState('live');
  await expect.poll(() => desk.ladder.marketRow()).toBeGreaterThan(-1);
}

/** A decimal as hundred-millionths. */
function units(text: string): bigint {
  const [whole, part = ''] = text.split('.');
  return BigInt(whole + part.padEnd(8, '0'));
}

test.describe('the ladder', () => {
  test('shows every price step as a row, without a hole in the axis', async ({ desk }) => {
    await openDemo(desk);
    const rows = await desk.ladder.rows();
    expect(rows.length).toBeGreaterThan(15);
    for (let i = 1; i < rows.length; i++)
      expect(units(rows[i - 1].price) - units(rows[i].price)).toBe(units(await desk.ladder.step()));
  });

  test('groups by [ and ], by its buttons and by its list, on the same sizes', async ({ desk, page }) => {
    await openDemo(desk);
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
      await openDemo(desk, 'seed=7&rate=50');
      await desk.ladder.scroll(-80);
      await expect.poll(() => desk.ladder.marketRow()).toBe(-1);
      await expect(desk.ladder.region.getByText(/^market [\d,]+ rows below$/)).toBeVisible();
      await recentre(desk);
      await expect.poll(() => desk.ladder.marketRow()).toBeGreaterThan(3);
    });
  }

  test('scrolled far from the market still shows what the book holds there', async ({ desk }) => {
    await openDemo(desk, 'seed=7&rate=50');
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
    const digits = (text: string): string => text.replace(/\D/g, '');
    expect(digits(await desk.ladder.region.getByTitle('Best bid').innerText())).toContain(digits(bids[0][0]));
    expect(digits(await desk.ladder.region.getByTitle('Best ask').innerText())).toContain(digits(asks[0][0]));
  });

  test('is read row by row with the arrow keys', async ({ desk, page }) => {
    await openDemo(desk, 'seed=7&rate=50');
    await desk.ladder.grid.focus();
    await page.keyboard.press('ArrowUp');
    const first = await desk.ladder.grid.getAttribute('aria-activedescendant');
    expect(first).toBeTruthy();
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => desk.ladder.grid.getAttribute('aria-activedescendant')).not.toBe(first);
  });
});

test.describe('the tape', () => {
  test('accounts for every print, at ten times the usual rate, whatever is filtered or folded', async ({ desk }) => {
    await openDemo(desk, 'seed=7&rate=2000');
    const check = async (): Promise<void> => {
      for (let look = 0; look < 12; look++) {
        const { received, ...places } = await desk.tape.terms();
        expect(Object.values(places).reduce((sum, count) => sum + count, 0)).toBe(received);
      }
    };
    await check();
    await desk.tape.setMinimum('0.05');
    await expect.poll(async () => (await desk.tape.terms()).filtered).toBeGreaterThan(0);
    await check();
    await desk.tape.button(/^Fold/).click();
    await expect.poll(async () => (await desk.tape.terms()).folded, { timeout: 20_000 }).toBeGreaterThan(0);
    await check();
    await expect(desk.tape.region.getByText(/received, all accounted for/)).toHaveCount(1);
    await expect(desk.tape.region.getByText('0 lost')).toBeVisible();
    const { received } = await desk.tape.terms();
    await expect.poll(async () => (await desk.tape.terms()).received).toBeGreaterThan(received);
  });

  test('shows only what is at least the minimum, and says what it cannot read', async ({ desk }) => {
    await openDemo(desk, 'seed=7&rate=1000');
    await desk.tape.setMinimum('0.1');
    await expect
      .poll(async () => (await desk.tape.prints()).every(({ size }) => units(size) >= units('0.1')))
      .toBe(true);
    await desk.tape.setMinimum('lots');
    await expect(desk.tape.region.getByRole('alert')).toContainText('Type a size in digits');
    expect((await desk.tape.prints()).every(({ size }) => units(size) >= units('0.1'))).toBe(true);
    await desk.tape.setMinimum('');
    await expect.poll(async () => (await desk.tape.prints()).some(({ size }) => units(size) < units('0.1'))).toBe(true);
  });

  test('stands still while one looks back, counts what waits, and goes on by End', async ({ desk, page }) => {
    await openDemo(desk, 'seed=7&rate=1000');
    await expect.poll(async () => (await desk.tape.terms()).scrolled, { timeout: 20_000 }).toBeGreaterThan(20);
    await desk.tape.scrollBack(200);
    await expect(desk.tape.region.getByText('Paused')).toBeVisible();
    const held = await desk.tape.prints();
    await expect.poll(async () => (await desk.tape.terms()).waiting, { timeout: 20_000 }).toBeGreaterThan(10);
    expect((await desk.tape.prints()).map(({ id }) => id)).toEqual(held.map(({ id }) => id));
    await desk.tape.log.focus();
    await page.keyboard.press('End');
    await expect(desk.tape.region.getByText('Paused')).toBeHidden();
    await expect.poll(async () => (await desk.tape.terms()).waiting).toBe(0);
    await expect.poll(async () => (await desk.tape.prints())[0].id).not.toBe(held[0].id);
  });

  test('pauses by P and by its button', async ({ desk, page }) => {
    await openDemo(desk);
    await desk.tape.focus();
    await page.keyboard.press('p');
    await expect(desk.tape.button('Resume the tape')).toBeVisible();
    await desk.tape.button('Resume the tape').click();
    await expect(desk.tape.button('Pause the tape')).toBeVisible();
  });

  test('tells the side by a glyph with a name, not by colour alone', async ({ desk }) => {
    await openDemo(desk, 'seed=7&rate=1000');
    const row = desk.tape.log.locator('[data-trade-id][data-aggressor="buyer"]').first();
    await expect(row.getByRole('img', { name: 'bought' })).toBeVisible();
  });
});

test.describe('the chart', () => {
  test('changes its interval by the switch, and the snapshot follows', async ({ desk }) => {
    await openDemo(desk);
    await desk.chart.choice('5m').click();
    await expect.poll(() => desk.chart.interval()).toBe('5m');
    await expect(desk.chart.choice('5m')).toHaveAttribute('aria-pressed', 'true');
    await expect.poll(async () => (await desk.instrument()).candles.interval).toBe('5m');
    await expect.poll(() => desk.chart.bars()).toBeGreaterThan(100);
  });

  test('takes an interval as typed, and says so when it is none', async ({ desk, page }) => {
    await openDemo(desk);
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
    const newest = (): Promise<string> =>
      desk.chart.region.getByRole('row').last().getByRole('rowheader').innerText({ timeout: 10_000 });
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
    await openDemo(desk);
    await expect.poll(() => desk.chart.bars()).toBeGreaterThan(300);
    await desk.chart.picture.focus();
    await page.keyboard.press('Home');
    await expect(desk.chart.button(/^To live/)).toBeVisible();
    await page.keyboard.press('ArrowLeft');
    await expect(desk.chart.spoken()).toHaveText(/UTC: open /);
    await expect(desk.chart.button(/^To live/)).toBeVisible();
  });

  test('is read candle by candle with the arrow keys and names its last close', async ({ desk, page }) => {
    await openDemo(desk);
    await expect(desk.chart.picture).toHaveAttribute('aria-label', /BTC-USD .*candles.*Last close [\d,.]+/, {
      timeout: 10_000,
    });
    await desk.chart.picture.focus();
    await page.keyboard.press('ArrowLeft');
    await expect(desk.chart.spoken()).toHaveText(
      /UTC: open [\d,.]+, high [\d,.]+, low [\d,.]+, close [\d,.]+, volume /,
    );
    const first = await desk.chart.spoken().innerText();
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

test.describe('the page round the panels', () => {
  test('finds an instrument by keyboard and opens it, also in the address', async ({ desk, page }) => {
    await openDemo(desk, NO_VENUES);
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
    await desk.open(`i=${SPOT}&endpoint=${venue.endpoint()}&endpoint=binance-usdm@127.0.0.1:65535`);
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
    await openDemo(desk, NO_VENUES);
    await desk.chart.picture.focus();
    await page.keyboard.press('e');
    await expect(desk.search.getByRole('combobox')).toHaveValue('e');
  });

  test('? opens the keys, Escape closes them, and the focus is where it was', async ({ desk, page }) => {
    await openDemo(desk);
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
    await openDemo(desk);
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
    await openDemo(desk);
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await page.getByRole('button', { name: /^Theme: dark/ }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
    await page.reload();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  });

  test('title and icon say what the feed is: simulated, live, not live', async ({ desk, page, serve }) => {
    const icon = page.locator('link[rel="icon"]');
    await openDemo(desk);
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

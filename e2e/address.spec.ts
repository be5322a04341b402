import { expect, test } from './fixtures.ts';
import { shipped } from './recordings.ts';

test('every key that cannot be used is left out and named, and the market comes up all the same', async ({ desk }) => {
  const wrong: readonly [query: string, words: RegExp][] = [
    ['colour=blue', /“colour” is unknown/],
    ['t=7m', /t=“7m” is not an interval/],
    ['theme=sepia', /theme=“sepia” is not a theme/],
    ['layout=cockpit', /layout=“cockpit” is not a layout/],
    ['rate=1', /rate=“1” is not a whole number from 20 to 5000/],
    ['seed=-4', /seed=“-4” is not a whole number/],
    ['start=soon', /start=“soon” is not a whole number/],
    ['x=%E0%A4%A', /not percent-encoded/],
  ];
  await desk.open(`i=demo:ACME&${wrong.map(([query]) => query).join('&')}`);
  for (const [, words] of wrong) await expect(desk.message).toContainText(words);
  await expect(desk.message).toHaveAttribute('data-severity', 'warn');
  await desk.expectState('live', 'demo:ACME');
});

test('only this machine may be named as an endpoint, and a refused host is named', async ({ desk }) => {
  const refused: readonly [query: string, words: RegExp][] = [
    ['endpoint=binance@example.com:443', /example\.com:443.*refused/],
    ['endpoint=binance@127.0.0.1.example.com:80', /127\.0\.0\.1\.example\.com:80.*refused/],
    ['endpoint=binance@[::1]:80', /\[::1\]:80.*refused/],
    ['endpoint=binance@localhost', /needs a port/],
    ['endpoint=nowhere@localhost:80', /not venue@host:port/],
  ];
  await desk.open(`i=demo:ACME&${refused.map(([query]) => query).join('&')}`);
  for (const [, words] of refused) await expect(desk.message).toContainText(words);
  await desk.expectState('live', 'demo:ACME');
});

test('a layout that is not built yet falls back to the starter layout with a note', async ({ desk }) => {
  await desk.open('i=demo:ACME&layout=scalper');
  await expect(desk.message).toContainText(/scalper is not built yet.*starter/);
  for (const panel of desk.panels) await panel.expectState('live');
});

test('an instrument that cannot be read is named and the others are opened', async ({ desk }) => {
  await desk.open('i=demo:ACME,nonsense,demo:GOLD');
  await expect(desk.message).toContainText('“nonsense” is not venue:symbol');
  await desk.expectState('live', 'demo:GOLD');
  expect((await desk.snapshot()).instruments.map(({ id }) => id)).toEqual(['demo:ACME', 'demo:GOLD']);
});

test('a note can be dismissed', async ({ desk }) => {
  await desk.open('i=demo:ACME&colour=blue');
  await desk.message.getByRole('button', { name: 'Dismiss this message' }).click();
  await expect(desk.message).toBeEmpty();
});

test('values are percent-decoded, and a symbol may hold what separates other things', async ({ desk }) => {
  await desk.open('%69=demo%3AACME%2Cdemo%3AGOLD&t=%35m');
  await desk.expectState('live', 'demo:GOLD');
  expect((await desk.snapshot()).instruments.map(({ id }) => id)).toEqual(['demo:ACME', 'demo:GOLD']);
  expect(await desk.chart.interval()).toBe('5m');
  await expect(desk.message).toBeEmpty();
  await desk.open('i=demo:A%2FB@C:D');
  expect((await desk.instrument()).symbol).toBe('A/B@C:D');
});

test('all instruments are subscribed in their order and the first is shown', async ({ desk, serve }) => {
  const venue = await serve({
    files: [shipped('binance-spot.jsonl.gz'), shipped('binance-usdm.jsonl.gz')],
    speed: 5,
    loop: true,
  });
  await desk.openVenue(venue);
  const ids = venue.venues.flatMap((name) => venue.symbols[name].map((symbol) => `${name}:${symbol}`));
  expect(ids.length).toBeGreaterThan(2);
  expect((await desk.snapshot()).instruments.map(({ id }) => id)).toEqual(ids);
  for (const id of ids) expect(await desk.expectState('live', id)).toMatchObject({ local: true, simulated: false });
  await expect(desk.ladder.region).toHaveAttribute('data-instrument', ids[0]);
  for (const panel of desk.panels) await expect(panel.mark('LOCAL')).toBeVisible();
});

test.describe('a venue whose adapter cannot be fetched', () => {
  test.use({ allowsErrors: true });

  test('is refused with the reason, and ready() does not wait', async ({ desk, page }) => {
    await page.route('**/assets/kraken-*.js', (route) => route.abort());
    await desk.open('i=kraken:BTC/USD&endpoint=kraken@127.0.0.1:9');
    await desk.expectState('rejected', 'kraken:BTC/USD');
    await page.evaluate(() => window.depthwire.ready());
    await expect(desk.ladder.chip).toHaveText('Refused');
    await expect(desk.ladder.chip).toHaveAttribute('aria-label', /speaks to Kraken could not be fetched/);
    for (const panel of desk.panels) await expect(panel.mark('LOCAL')).toBeVisible();
  });
});

test('the interval and the theme of the address are taken up', async ({ desk, page }) => {
  await desk.open('i=demo:ACME&t=15m&theme=light');
  await expect.poll(() => desk.chart.interval()).toBe('15m');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await desk.expectState('live');
  expect((await desk.instrument()).candles.interval).toBe('15m');
});

test.describe('an address too long to be one', () => {
  test.use({ allowsStrayHosts: true });

  test('is left out as a whole with a note, and the page comes up as on a first visit', async ({ desk }) => {
    await desk.open(`i=demo:ACME&theme=${'x'.repeat(9_000)}`);
    await expect(desk.message).toContainText('The address is longer than 8 kB.');
    await desk.expectState('live', 'demo:BTC-USD');
  });
});

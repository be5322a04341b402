import { expect, test } from './fixtures.ts';
import { FUTURES, futures, SPOT, spot } from './live-venue.ts';

test.describe.configure({ timeout: 90_000 });
// The search asks venues that this browser does not know.
test.use({ allowsStrayHosts: true });

const SWITCHES = 30;
/** Instruments whose prices are far apart, so that a row of another market shows at a glance. */
const MARKETS = [
  { id: 'demo:EUR-USD', from: 0.2, to: 9 },
  { id: 'demo:USD-JPY', from: 30, to: 900 },
  { id: 'demo:GOLD', from: 1_000, to: 9_000 },
  { id: 'demo:BTC-USD', from: 20_000, to: 900_000 },
] as const;

test('[F34] after every switch, however quick, no panel shows a row of another instrument', async ({ desk, page }) => {
  await page.addInitScript((markets) => {
    const strays: string[] = [];
    const seen = { rows: 0 };
    Object.assign(window, { strays, seen });
    const look = (): void => {
      for (const panel of document.querySelectorAll<HTMLElement>('[data-panel="ladder"], [data-panel="tape"]')) {
        const market = markets.find(({ id }) => id === panel.dataset.instrument);
        for (const row of panel.querySelectorAll<HTMLElement>('[data-price]')) {
          const price = Number(row.dataset.price);
          const isFilled = row.querySelector('[data-size]:not([data-size=""])') !== null || 'tradeId' in row.dataset;
          if (isFilled) seen.rows++;
          if (market && isFilled && row.dataset.price !== '' && (price < market.from || price > market.to))
            strays.push(`${market.id} shows ${row.dataset.price}`);
        }
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, MARKETS);
  await desk.open(`i=${MARKETS.map(({ id }) => id).join(',')}&seed=7&rate=400`);
  await desk.expectState('live');
  for (let i = 0; i < SWITCHES; i++) {
    const { id } = MARKETS[(i * 3 + 1) % MARKETS.length];
    await desk.find(id.replace(':', ' '));
    await page.keyboard.press('Enter');
    await expect(desk.ladder.region).toHaveAttribute('data-instrument', id);
  }
  await desk.ladder.expectState('live');
  expect(await page.evaluate(() => (Reflect.get(window, 'seen') as { rows: number }).rows)).toBeGreaterThan(10_000);
  expect(await page.evaluate(() => Reflect.get(window, 'strays') as string[])).toEqual([]);
});

test('[F34] the same symbol of two venues is two books', async ({ desk, serve }) => {
  const [one, two] = [await serve(spot), await serve(futures)];
  await desk.open(`i=${SPOT},${FUTURES}&endpoint=${one.endpoint()}&endpoint=${two.endpoint()}`);
  await desk.expectState('live', SPOT);
  await desk.expectState('live', FUTURES);
  one.hold();
  two.hold();
  for (const [id, venue] of [
    [SPOT, one],
    [FUTURES, two],
  ] as const) {
    const truth = venue.truth('BTCUSDT');
    await expect.poll(async () => (await desk.instrument(id)).book.sequence, { timeout: 20_000 }).toBe(truth.sequence);
    expect((await desk.digest(id)).sha256).toBe(truth.sha256);
  }
});

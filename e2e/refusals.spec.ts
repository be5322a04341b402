import { expect, test } from './fixtures.ts';
import { counters, expectTruth, FUTURES, futures, openLive, SPOT, spot } from './live-venue.ts';
import { shipped } from './recordings.ts';

test.describe.configure({ timeout: 60_000 });

test('[F18] requests that fail are asked again until they are answered', async ({ desk, serve }) => {
  const venue = await serve(futures);
  venue.chaos('rest-fail:4');
  await openLive(desk, venue, FUTURES);
  await expectTruth(desk, venue, FUTURES);
});

test('[F9] a venue that asks us to wait is obeyed with a countdown, and the market is back when it ends', async ({
  desk,
  serve,
}) => {
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  const before = await desk.now();
  venue.chaos('ban:6s');
  await desk.firstSeen(SPOT, ['resyncing', 'rate-limited'], before);
  const up = await desk.firstSeen(SPOT, ['live'], before + 500);
  expect(up.at - before).toBeGreaterThan(5_900);
  expect(up.at - before).toBeLessThan(6_000 + 5_000 + 3_000);
  await expectTruth(desk, venue, SPOT, false);
});

test('[F9] a venue that asks us to wait before anything was shown is told with how long', async ({ desk, serve }) => {
  const venue = await serve(spot);
  venue.chaos('ban:8s');
  await desk.open(`i=${SPOT}&endpoint=${venue.endpoint()}`);
  await desk.firstSeen(SPOT, ['rate-limited'], 0);
  await expect(desk.ladder.chip).toHaveText(/^Wait \d:\d\d$/);
  await desk.expectState('live', SPOT);
});

test('[F5] a symbol the venue does not know is refused with a sentence, another try and another way', async ({
  desk,
  serve,
}) => {
  const venue = await serve(spot);
  await desk.open(`i=binance:NOSUCHCOIN&endpoint=${venue.endpoint()}`);
  await desk.expectState('rejected', 'binance:NOSUCHCOIN');
  await expect(desk.ladder.chip).toHaveText('Refused');
  for (const panel of [desk.ladder, desk.tape]) {
    const card = panel.card('Binance does not know this symbol');
    await expect(card.getByText(/^Binance does not list this symbol\./)).toBeVisible();
    await expect(panel.button('Try again')).toBeVisible();
  }
  await desk.ladder.button('Try again').click();
  await desk.expectState('rejected', 'binance:NOSUCHCOIN');
  await desk.ladder.button('Open demo').click();
  await desk.expectState('live', 'demo:BTC-USD');
  await expect(desk.ladder.mark('SIMULATED')).toBeVisible();
});

test('[F5] a symbol that never sends anything says so instead of turning for ever', async ({ desk, serve }) => {
  const venue = await serve(spot);
  for (const kind of ['depth', 'trade', 'aggTrade', 'bookTicker', 'kline_1m', 'ticker'])
    venue.chaos(`mute:btcusdt@${kind}`);
  await desk.open(`i=${SPOT}&endpoint=${venue.endpoint()}`);
  await expect
    .poll(
      async () =>
        /no data|No trades|has been silent|without update|quiet/i.test(
          (await desk.ladder.region.textContent()) ?? '',
        ) || (await desk.instrument(SPOT)).state === 'live',
      {
        timeout: 20_000,
      },
    )
    .toBe(true);
  await expect.poll(async () => (await desk.instrument(SPOT)).state, { timeout: 15_000 }).not.toBe('syncing');
});

test('[F3] a quiet market is not a broken one', async ({ desk, serve }) => {
  const venue = await serve({ files: [shipped('binance-quiet.jsonl')] });
  await desk.openVenue(venue);
  await desk.expectState('live');
  expect((await desk.instrument()).trades.received).toBe(1);
  await expect(desk.ladder.region.getByText(/gave no reason|refused/)).toHaveCount(0);
});

test('[F16] a venue that refuses every connection is said to be unreachable, with ways on', async ({ desk, serve }) => {
  const venue = await serve(spot);
  const endpoint = venue.endpoint();
  await venue.close();
  await desk.open(`i=${SPOT}&endpoint=${endpoint}`);
  await desk.expectState('blocked', SPOT);
  await expect(desk.ladder.chip).toHaveText('Unreachable');
  const card = desk.ladder.card('Binance cannot be reached');
  await expect(
    card.getByText(/^Binance refuses connections or cannot be reached from here\. Trying again/),
  ).toBeVisible();
  await expect(desk.ladder.button('Try again')).toBeVisible();
  await desk.ladder.button('Open demo').click();
  await desk.expectState('live', 'demo:BTC-USD');
});

test('[F22] a book that must be rebuilt more than six times in ten minutes is refused, with the reason', async ({
  desk,
  serve,
}) => {
  const venue = await serve({ ...spot, speed: 5 });
  await openLive(desk, venue, SPOT);
  for (let gap = 1; gap <= 7; gap++) {
    venue.chaos('drop:1');
    await expect.poll(async () => (await counters(desk, SPOT)).gaps, { timeout: 15_000 }).toBe(gap);
    if (gap < 7) await desk.expectState('live', SPOT);
  }
  await desk.expectState('rejected', SPOT);
  const card = desk.ladder.card('The book could not be kept right');
  await expect(card.getByText(/rebuilt more than 6 times in 10 minutes/)).toBeVisible();
  await desk.ladder.button('Try again').click();
  await desk.expectState('live', SPOT);
});

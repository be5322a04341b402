import { startDeadServer } from './dead-server.ts';
import { expect, test } from './fixtures.ts';
import { counters, expectTruth, FUTURES, futures, openLive, SPOT, spot } from './live-venue.ts';

test.describe.configure({ timeout: 60_000 });

for (const verb of ['close:1001', 'close:4000', 'reset'] as const) {
  test(`[F1] a socket that ends by ${verb} is seen at once, and nothing is lost for good`, async ({ desk, serve }) => {
    const venue = await serve(futures);
    await openLive(desk, venue, FUTURES);
    const before = await desk.now();
    venue.chaos(verb);
    const down = await desk.firstSeen(FUTURES, ['resyncing'], before);
    expect(down.at - before).toBeLessThan(1_000);
    expect(down.bid).not.toBe('');
    const up = await desk.firstSeen(FUTURES, ['live'], down.at);
    expect(up.at - down.at).toBeLessThan(3_000);
    await expectTruth(desk, venue, FUTURES);
    expect(await counters(desk, FUTURES)).toMatchObject({ gaps: 0, rejected: 0 });
    expect((await counters(desk, FUTURES)).reconnects).toBeGreaterThanOrEqual(1);
  });
}

test('[F1] after an outage of two seconds the market is back within three, the last book dimmed meanwhile', async ({
  desk,
  serve,
}) => {
  const venue = await serve(futures);
  const live = await openLive(desk, venue, FUTURES);
  const before = await desk.now();
  venue.chaos('refuse:2s');
  await desk.ladder.expectState('resyncing');
  await desk.chart.expectState('resyncing');
  await desk.tape.expectState('resyncing');
  const meanwhile = await desk.instrument(FUTURES);
  expect(meanwhile.book.bids.length).toBe(live.book.bids.length);
  expect((await desk.ladder.rows()).filter(({ bid }) => bid !== '').length).toBeGreaterThan(3);
  await expect(desk.ladder.chip).toHaveText(/^Reconnecting/);
  const up = await desk.firstSeen(FUTURES, ['live'], before + 500);
  expect(up.at - before).toBeLessThan(2_000 + 3_000);
  await expectTruth(desk, venue, FUTURES);
});

test('[F1] a longer outage counts down, can be cut short, and ends within three seconds', async ({ desk, serve }) => {
  const venue = await serve(futures);
  await openLive(desk, venue, FUTURES);
  const before = await desk.now();
  venue.chaos('refuse:8s');
  await expect(desk.ladder.chip).toHaveText(/^Reconnecting \d+(?:\.\d)? s$/, { timeout: 10_000 });
  await expect(desk.ladder.chip).toHaveAttribute('aria-label', /^resyncing, reconnecting/);
  await expect(desk.ladder.button('Try now')).toBeVisible();
  // Told to try, it tries: the count of attempts begins anew.
  await desk.ladder.button('Try now').click();
  await expect.poll(() => desk.now(), { timeout: 15_000, intervals: [200] }).toBeGreaterThan(before + 8_000);
  const tryNow = desk.ladder.button('Try now');
  const asked = await desk.now();
  // The market may be back between the look and the press, and the button gone.
  if (await tryNow.isVisible()) await Promise.race([tryNow.click(), desk.expectState('live', FUTURES)]);
  const up = await desk.firstSeen(FUTURES, ['live'], before + 1_000);
  expect(up.at).toBeLessThan(asked + 3_000);
  await expectTruth(desk, venue, FUTURES, false);
});

test('[F38] trades lost in an outage are fetched, or counted with their candle partial', async ({ desk, serve }) => {
  const venue = await serve({ ...futures, speed: 5 });
  await openLive(desk, venue, FUTURES);
  const before = await desk.now();
  venue.chaos('refuse:2s');
  await desk.firstSeen(FUTURES, ['resyncing'], before);
  await desk.firstSeen(FUTURES, ['live'], before + 500);
  venue.hold();
  const { trades: truth } = venue.truth('BTCUSDT');
  await expect
    .poll(
      async () => {
        const { trades, candles } = await desk.instrument(FUTURES);
        const isWhole = trades.missing === 0 && trades.received === truth.count;
        const isHonest =
          trades.received + trades.missing === truth.count && candles.last.some(({ partial }) => partial);
        return isWhole || isHonest;
      },
      { timeout: 15_000 },
    )
    .toBe(true);
});

test('[F3] one stream that falls silent makes its own panel stale and no other', async ({ desk, serve }) => {
  const venue = await serve({ ...spot, speed: 5 });
  await openLive(desk, venue, SPOT);
  await expect.poll(async () => (await counters(desk, SPOT)).messages, { timeout: 20_000 }).toBeGreaterThan(400);
  const before = await desk.now();
  venue.chaos('mute:btcusdt@depth');
  const seen = await desk.firstSeen(SPOT, ['stale'], before);
  expect(seen.channels.trades).toBe('live');
  venue.chaos('mute');
  await desk.expectState('live', SPOT);
  await expectTruth(desk, venue, SPOT);
});

test('[F4] a venue that accepts and never answers is given up after eight seconds and tried again', async ({
  desk,
  page,
}) => {
  // Browsers open one socket to a host at a time, so only the stream's is left hanging.
  const mute = await startDeadServer((head) => head.startsWith('GET /stream'));
  const attempts: number[] = [];
  page.on('websocket', (socket) => {
    if (socket.url().endsWith('/stream')) attempts.push(performance.now());
  });
  await desk.open(`i=${SPOT}&endpoint=binance@127.0.0.1:${mute.port}`);
  await expect.poll(() => attempts.length, { timeout: 25_000 }).toBeGreaterThanOrEqual(2);
  const [first, second] = attempts;
  expect(second - first).toBeGreaterThan(7_500);
  expect(second - first).toBeLessThan(9_500);
  await expect(desk.ladder.region.getByText(/^Binance did not answer in time\./)).toBeVisible();
  await mute.close();
});

test.describe('a venue on the internet', () => {
  test.use({ allowsStrayHosts: true });

  test('[F14] without a network is offline at once, and tried again when there is one', async ({ desk, context }) => {
    await desk.open(`i=${SPOT}`);
    await desk.expectState('blocked', SPOT);
    const before = await desk.now();
    await context.setOffline(true);
    const seen = await desk.firstSeen(SPOT, ['offline'], before);
    expect(seen.at - before).toBeLessThan(1_000);
    await expect(desk.ladder.chip).toHaveText('Offline');
    await context.setOffline(false);
    await desk.firstSeen(SPOT, ['connecting', 'blocked'], seen.at + 1);
  });
});

test('[F14] a server of this machine is offline too while the browser cuts it off, and live once it is heard', async ({
  desk,
  context,
  serve,
}) => {
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  await context.setOffline(true);
  await desk.expectState('offline', SPOT);
  await expect(desk.ladder.chip).toHaveText('Offline');
  await context.setOffline(false);
  await desk.expectState('live', SPOT);
  await expectTruth(desk, venue, SPOT);
});

import type { RunningVenue, VenueOptions } from '../scripts/venue/start-venue.ts';
import { startDeadServer } from './dead-server.ts';
import { expect, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
import { alone, shipped } from './recordings.ts';
import type { InstrumentSnapshot } from './surface.ts';

const SPOT = 'binance:BTCUSDT';
const FUTURES = 'binance-usdm:BTCUSDT';
const spot: VenueOptions = { files: [alone('binance-spot.jsonl.gz', 'BTCUSDT')], loop: true };
const futures: VenueOptions = { files: [alone('binance-usdm.jsonl.gz', 'BTCUSDT')], loop: true };

test.describe.configure({ timeout: 60_000 });

/** Opens one instrument of a venue server and waits until its book is proven and moves. */
async function openLive(desk: Desk, venue: RunningVenue, id: string): Promise<InstrumentSnapshot> {
  await desk.open(`i=${id}&endpoint=${venue.endpoint()}`);
  await desk.expectState('live', id);
  const { sequence } = (await desk.instrument(id)).book;
  await expect.poll(async () => (await desk.instrument(id)).book.sequence !== sequence, { timeout: 20_000 }).toBe(true);
  return desk.instrument(id);
}

/** Stops the venue, and compares the whole book and all trades of the page with what is true there. */
async function expectTruth(desk: Desk, venue: RunningVenue, id: string, withTrades = true): Promise<void> {
  await desk.expectState('live', id);
  venue.hold();
  const truth = venue.truth(id.slice(id.indexOf(':') + 1));
  await expect.poll(async () => (await desk.instrument(id)).book.sequence, { timeout: 20_000 }).toBe(truth.sequence);
  expect(await desk.digest(id)).toEqual({
    sequence: truth.sequence,
    bidLevels: truth.bidLevels,
    askLevels: truth.askLevels,
    sha256: truth.sha256,
  });
  if (!withTrades) return;
  await expect
    .poll(async () => (await desk.instrument(id)).trades, { timeout: 20_000 })
    .toMatchObject({
      received: truth.trades.count,
      missing: 0,
      buyVolume: truth.trades.buyVolume,
      sellVolume: truth.trades.sellVolume,
    });
}

const counters = async (desk: Desk, id: string): Promise<InstrumentSnapshot['counters']> =>
  (await desk.instrument(id)).counters;

for (const [verb, words] of [
  ['drop:1', 'one lost diff'],
  ['swap', 'two diffs that changed places'],
] as const) {
  for (const [id, options] of [
    [SPOT, spot],
    [FUTURES, futures],
  ] as const) {
    test(`[F17] ${words} on ${id}: one gap, one resync, and the right book again`, async ({ desk, serve }) => {
      const venue = await serve({ ...options, latencyMs: 50 });
      await openLive(desk, venue, id);
      const before = await desk.now();
      venue.chaos(verb);
      await desk.firstSeen(id, ['resyncing'], before);
      await expectTruth(desk, venue, id);
      expect(await counters(desk, id)).toMatchObject({ gaps: 1, resyncs: 1, rejected: 0, reconnects: 0 });
    });
  }
}

test('[F27] a diff that comes twice changes nothing', async ({ desk, serve }) => {
  const venue = await serve(spot);
  const { book } = await openLive(desk, venue, SPOT);
  const before = await desk.now();
  venue.chaos('dup:3');
  await expect
    .poll(async () => BigInt((await desk.instrument(SPOT)).book.sequence) > BigInt(book.sequence) + 20n, {
      timeout: 20_000,
    })
    .toBe(true);
  await expectTruth(desk, venue, SPOT);
  expect(await counters(desk, SPOT)).toMatchObject({ gaps: 0, resyncs: 0, rejected: 0 });
  expect((await desk.sightings(SPOT)).filter(({ at }) => at > before).map(({ state }) => state)).not.toContain(
    'resyncing',
  );
});

test('[F25] a book that crosses and heals is never shown crossed, and no counter moves', async ({
  desk,
  page,
  serve,
}) => {
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  await page.evaluate(() => {
    const shown: [number, number][] = [];
    Object.assign(window, { shown });
    window.depthwire.on('frame', ({ instruments: [{ bbo }] }) => {
      if (bbo) shown.push([Number(bbo.bid), Number(bbo.ask)]);
    });
  });
  const { sequence } = (await desk.instrument(SPOT)).book;
  venue.chaos('cross');
  await expect
    .poll(async () => BigInt((await desk.instrument(SPOT)).book.sequence) > BigInt(sequence) + 20n, { timeout: 20_000 })
    .toBe(true);
  await expectTruth(desk, venue, SPOT);
  expect(await counters(desk, SPOT)).toMatchObject({ gaps: 0, resyncs: 0, rejected: 0 });
  const shown: [number, number][] = await page.evaluate(() => Reflect.get(window, 'shown'));
  expect(shown.length).toBeGreaterThan(5);
  expect(shown.filter(([bid, ask]) => bid > ask)).toEqual([]);
});

test('[F25] a book that stays crossed is rebuilt, once, and is no gap', async ({ desk, serve }) => {
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  const before = await desk.now();
  venue.chaos('cross:BTCUSDT/900ms');
  const seen = await desk.firstSeen(SPOT, ['resyncing'], before);
  expect(Number(seen.bid)).toBeLessThanOrEqual(Number(seen.ask));
  await desk.expectState('live', SPOT);
  await expectTruth(desk, venue, SPOT);
  expect((await counters(desk, SPOT)).gaps).toBe(0);
  expect((await counters(desk, SPOT)).resyncs).toBeGreaterThanOrEqual(1);
});

test('[F52] garbage of every kind is refused, counted and shown, and the page goes on', async ({ desk, serve }) => {
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  venue.chaos('garbage');
  await expect.poll(async () => (await counters(desk, SPOT)).rejected, { timeout: 20_000 }).toBeGreaterThan(5);
  await expectTruth(desk, venue, SPOT);
  await expect(desk.page.getByText(/\d+ refused/)).toBeVisible();
  const untouched = await desk.page.evaluate(() => Reflect.get(Object.prototype, 'polluted') === undefined);
  expect(untouched).toBe(true);
});

test('[F52] an unreadable diff is counted and the book is rebuilt, without a storm', async ({ desk, serve }) => {
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  const before = await desk.now();
  venue.chaos('garbage:3');
  await desk.firstSeen(SPOT, ['resyncing'], before);
  await expectTruth(desk, venue, SPOT);
  const after = await counters(desk, SPOT);
  expect(after.rejected).toBe(3);
  expect(after.resyncs).toBeGreaterThanOrEqual(1);
  expect(after.resyncs).toBeLessThanOrEqual(3);
});

test('[F18] snapshots older than the updates are asked again until one fits', async ({ desk, serve }) => {
  const venue = await serve(spot);
  venue.chaos('stale-snapshot:3');
  await openLive(desk, venue, SPOT);
  await expectTruth(desk, venue, SPOT);
  expect(await counters(desk, SPOT)).toMatchObject({ gaps: 0, rejected: 0 });
});

test('requests that fail are asked again until they are answered', async ({ desk, serve }) => {
  const venue = await serve(futures);
  venue.chaos('rest-fail:4');
  await openLive(desk, venue, FUTURES);
  await expectTruth(desk, venue, FUTURES);
});

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
  const isDown = (await desk.instrument(FUTURES)).state === 'resyncing';
  const asked = await desk.now();
  if (isDown && (await tryNow.isVisible())) await tryNow.click({ timeout: 2_000 }).catch(() => undefined);
  const up = await desk.firstSeen(FUTURES, ['live'], before + 1_000);
  expect(up.at).toBeLessThan(asked + 3_000);
  await expectTruth(desk, venue, FUTURES, false);
});

test('trades lost in an outage are fetched, or counted with their candle partial', async ({ desk, serve }) => {
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

test('a symbol the venue does not know is refused with a sentence, another try and another way', async ({
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

test('a symbol that never sends anything says so instead of turning for ever', async ({ desk, serve }) => {
  const venue = await serve(spot);
  for (const kind of ['depth', 'trade', 'aggTrade', 'bookTicker', 'kline_1m', 'ticker'])
    venue.chaos(`mute:btcusdt@${kind}`);
  await desk.open(`i=${SPOT}&endpoint=${venue.endpoint()}`);
  await expect
    .poll(
      async () =>
        /no data|No trades|has been silent|without update|quiet/i.test(await desk.ladder.region.innerText()) ||
        (await desk.instrument(SPOT)).state === 'live',
      {
        timeout: 20_000,
      },
    )
    .toBe(true);
  await expect.poll(async () => (await desk.instrument(SPOT)).state, { timeout: 15_000 }).not.toBe('syncing');
});

test('a quiet market is not a broken one', async ({ desk, serve }) => {
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

test('[F14] a server of this machine needs no network, and the page says of it what it hears', async ({
  desk,
  context,
  serve,
}) => {
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  await context.setOffline(true);
  await context.setOffline(false);
  await expectTruth(desk, venue, SPOT);
});

test('a finer price step is taken up without a fault and without a resync', async ({ desk, serve }) => {
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  venue.chaos('tick-change');
  await expect.poll(async () => (await counters(desk, SPOT)).offGrid, { timeout: 20_000 }).toBeGreaterThan(0);
  await expectTruth(desk, venue, SPOT);
  expect(await counters(desk, SPOT)).toMatchObject({ gaps: 0, resyncs: 0, rejected: 0 });
});

test('a book that must be rebuilt more than six times in ten minutes is refused, with the reason', async ({
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

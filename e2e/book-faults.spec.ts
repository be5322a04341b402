import { expect, test } from './fixtures.ts';
import { counters, expectTruth, FUTURES, futures, openLive, SPOT, spot } from './live-venue.ts';

test.describe.configure({ timeout: 60_000 });

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
    const bests: [number, number][] = [];
    Object.assign(window, { bests });
    window.depthwire.on('frame', ({ instruments: [{ bbo }] }) => {
      if (bbo) bests.push([Number(bbo.bid), Number(bbo.ask)]);
    });
  });
  const { sequence } = (await desk.instrument(SPOT)).book;
  venue.chaos('cross');
  await expect
    .poll(async () => BigInt((await desk.instrument(SPOT)).book.sequence) > BigInt(sequence) + 20n, { timeout: 20_000 })
    .toBe(true);
  await expectTruth(desk, venue, SPOT);
  expect(await counters(desk, SPOT)).toMatchObject({ gaps: 0, resyncs: 0, rejected: 0 });
  const shown: [number, number][] = await page.evaluate(() => Reflect.get(window, 'bests'));
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

test('[F29] a finer price step is taken up without a fault and without a resync', async ({ desk, serve }) => {
  const venue = await serve(spot);
  await openLive(desk, venue, SPOT);
  venue.chaos('tick-change');
  await expect.poll(async () => (await counters(desk, SPOT)).offGrid, { timeout: 20_000 }).toBeGreaterThan(0);
  await expectTruth(desk, venue, SPOT);
  expect(await counters(desk, SPOT)).toMatchObject({ gaps: 0, resyncs: 0, rejected: 0 });
});

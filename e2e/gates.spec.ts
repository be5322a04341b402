import type { RunningVenue } from '../scripts/venue/start-venue.ts';
import { expect, test } from './fixtures.ts';
import { counters, expectTruth, openLive, SPOT, spot } from './live-venue.ts';
import type { Desk } from './pages/desk.ts';
import { addressOf, SUBJECTS, type Subject } from './subjects.ts';
import type { Sighting } from './surface.ts';
import { Witness } from './witness.ts';

/*
 * Figures that speak of a round trip: every server is 50 ms away.
 */

const LATENCY_MS = 50;
const RESYNC_P95_MS = 2_000;
const LAG_ERROR_MS = 250;
/** As often as a book may be rebuilt in ten minutes. */
const GAPS = 6;

test.describe.configure({ timeout: 90_000 });

/** Venues whose diffs are numbered: one that is lost shows with the next. */
const isNumbered = ({ keeping, venue }: Subject): boolean => keeping === 'sequence' || venue === 'okx';

/** When a state began and ended, by what was seen from one moment on. */
function spellsOf(seen: readonly Sighting[], since: number): { from: number; to: number }[] {
  const spells: { from: number; to: number }[] = [];
  let from: number | null = null;
  for (const { at, state } of seen) {
    if (at < since) continue;
    if (state === 'resyncing') from ??= at;
    else if (state === 'live' && from !== null) {
      spells.push({ from, to: at });
      from = null;
    }
  }
  return spells;
}

/** Loses one diff of every book and waits until each has told of it and is back. */
async function loseOne(desk: Desk, lost: ReadonlyMap<Subject, RunningVenue>, gap: number): Promise<void> {
  for (const server of lost.values()) server.chaos('drop:1');
  for (const { id } of lost.keys()) {
    await expect
      .poll(async () => (await counters(desk, id)).gaps, { timeout: 15_000, intervals: [50], message: id })
      .toBe(gap);
    await desk.expectState('live', id);
  }
}

test('[F17] a gap is told in the message that shows it, and the book is back within two seconds', async ({
  desk,
  serve,
}) => {
  const servers = new Map<string, RunningVenue>();
  const numbered: Subject[] = [];
  for (const subject of SUBJECTS.filter(isNumbered)) {
    const server = await serve({ ...subject.options, latencyMs: LATENCY_MS });
    servers.set(subject.venue, server);
    numbered.push(subject);
  }
  await desk.open(addressOf(numbered, servers));
  for (const { id } of numbered) await desk.expectState('live', id, 30_000);
  const lost = new Map<Subject, RunningVenue>();
  for (const subject of numbered) {
    const server = servers.get(subject.venue);
    if (server && server.truth(subject.symbol).sequence !== '') lost.set(subject, server);
  }
  const witness = await Witness.start(desk, [...lost.keys()], servers);
  const before = await desk.now();
  for (let gap = 1; gap <= GAPS; gap++) await loseOne(desk, lost, gap);

  const waits: number[] = [];
  for (const { id } of lost.keys()) {
    const spells = spellsOf(await desk.sightings(id), before);
    expect(spells.length, `${id} was seen to be rebuilt`).toBe(GAPS);
    waits.push(...spells.map(({ from, to }) => to - from));
  }
  waits.sort((a, b) => a - b);
  const p95 = waits[Math.ceil(waits.length * 0.95) - 1];
  test.info().annotations.push({ type: 'gap to live, p95 ms', description: `${p95} of ${waits.length}` });
  expect(p95).toBeLessThanOrEqual(RESYNC_P95_MS);
  const { compared, lies } = await witness.verdict();
  expect(lies).toEqual([]);
  expect(compared).toBeGreaterThan(20);
});

test('[F7] [F43] lag is shown as it is, and five seconds of it are not called live', async ({ desk, serve }) => {
  const venue = await serve({ ...spot, latencyMs: LATENCY_MS });
  await openLive(desk, venue, SPOT);
  const lagOf = async (): Promise<number> => (await desk.instrument(SPOT)).lagMs ?? Number.NaN;
  await expect.poll(async () => Math.abs((await lagOf()) - LATENCY_MS / 2), { timeout: 15_000 }).toBeLessThan(200);

  venue.chaos('delay:1500ms');
  const truth = 1_500 + LATENCY_MS / 2;
  await desk.expectState('lagging', SPOT);
  await expect(desk.ladder.chip).toHaveText(/^Lag 1\.[4-7] s$/);
  for (let look = 0; look < 10; look++) {
    expect(Math.abs((await lagOf()) - truth)).toBeLessThanOrEqual(LAG_ERROR_MS);
    await desk.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }

  const { reconnects } = await counters(desk, SPOT);
  const before = await desk.now();
  venue.chaos('delay:6s');
  await desk.firstSeen(SPOT, ['stale'], before);
  await expect
    .poll(async () => (await counters(desk, SPOT)).reconnects, { timeout: 30_000 })
    .toBeGreaterThan(reconnects);
  const dropped = await desk.now();
  venue.chaos('delay:0ms');
  const back = await desk.firstSeen(SPOT, ['live'], dropped);
  const seen = (await desk.sightings(SPOT)).filter(({ at, state }) => at > before && at < back.at && state === 'live');
  expect(seen).toEqual([]);
  await expectTruth(desk, venue, SPOT, false);
});

import type { RunningVenue, VenueOptions } from '../scripts/venue/start-venue.ts';
import { expect } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
import { alone } from './recordings.ts';
import type { InstrumentSnapshot } from './surface.ts';

export const SPOT = 'binance:BTCUSDT';
export const FUTURES = 'binance-usdm:BTCUSDT';
/** What most faults are tried on: one instrument that never ends. */
export const spot: VenueOptions = { files: [alone('binance-spot.jsonl.gz', 'BTCUSDT')], loop: true };
export const futures: VenueOptions = { files: [alone('binance-usdm.jsonl.gz', 'BTCUSDT')], loop: true };

/** Opens one instrument of a venue server and waits until its book is proven and moves. */
export async function openLive(desk: Desk, venue: RunningVenue, id: string): Promise<InstrumentSnapshot> {
  await desk.open(`i=${id}&endpoint=${venue.endpoint()}`);
  await desk.expectState('live', id);
  const { sequence } = (await desk.instrument(id)).book;
  await expect.poll(async () => (await desk.instrument(id)).book.sequence !== sequence, { timeout: 20_000 }).toBe(true);
  return desk.instrument(id);
}

/** Stops the venue, and compares the whole book and all trades of the page with what is true there. */
export async function expectTruth(desk: Desk, venue: RunningVenue, id: string, withTrades = true): Promise<void> {
  await desk.expectState('live', id);
  const symbol = id.slice(id.indexOf(':') + 1);
  // A lost trade shows when the next one comes: nobody can count what nobody has heard of.
  if (withTrades) {
    const isUpToDate = async (): Promise<boolean> =>
      (await desk.instrument(id)).lastTrade?.id === String(venue.truth(symbol).trades.lastId);
    await expect.poll(isUpToDate, { timeout: 30_000, message: 'the page has the newest trade' }).toBe(true);
  }
  venue.hold();
  const truth = venue.truth(symbol);
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

export const counters = async (desk: Desk, id: string): Promise<InstrumentSnapshot['counters']> =>
  (await desk.instrument(id)).counters;

import type { RunningVenue } from '../scripts/venue/start-venue.ts';
import { expect, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
import type { ExpectedCandle } from './recordings.ts';
import {
  instrumentsOf,
  NO_RECORDINGS,
  noVenuesBut,
  plain,
  plainCandle,
  plainLevel,
  readExpected,
  recorded,
} from './recordings.ts';

interface HeldBook {
  bid_levels?: number;
  ask_levels?: number;
  book_sha256?: string;
  top10_bids?: [string, string][];
  top10_asks?: [string, string][];
  checksums_ok?: number;
  checkpoints?: { after_line: number; book_sha256: string }[];
}

/** Recordings of real venues, one page each, and what proves their books. */
const RECORDINGS = [
  { name: 'coinbase-exchange-10prod-20210417', proofs: ['audit', 'unverified'] },
  { name: 'kraken-v2-btcusd-d10-20260801', proofs: ['checksum'] },
  { name: 'kraken-v2-btcusd-d25-20260802', proofs: ['checksum'] },
  { name: 'kraken-v2-ethusd-d25-20260802', proofs: ['checksum'] },
  { name: 'okx-v5-3inst-20220513', proofs: ['checksum'] },
  { name: 'bitstamp-10pairs-20220105', proofs: ['audit', 'unverified'] },
  { name: 'deribit-options-20210722', proofs: ['sequence'] },
  { name: 'hyperliquid-btc-20250126', proofs: ['snapshot'] },
];

const symbolOf = (id: string): string => id.slice(id.indexOf(':') + 1);

/** Nothing is played before everybody listens: a page subscribes no faster than the venue allows. */
async function everythingSubscribed(venue: RunningVenue): Promise<void> {
  let before = 0;
  await expect
    .poll(
      () => {
        const now = venue.clients(venue.venues[0]).reduce((sum, { subscriptions }) => sum + subscriptions.length, 0);
        const isStill = now > 0 && now === before;
        before = now;
        return isStill;
      },
      { intervals: [1_500], timeout: 20_000 },
    )
    .toBe(true);
}

async function expectTrades(desk: Desk, id: string, expected: ReturnType<typeof readExpected>): Promise<void> {
  const trades = expected.trades?.[symbolOf(id)];
  if (!trades) return;
  await expect
    .poll(async () => (await desk.instrument(id)).trades, { timeout: 20_000, message: `trades of ${id}` })
    .toMatchObject({
      received: trades.count,
      missing: 0,
      buyVolume: plain(trades.buy_volume),
      sellVolume: plain(trades.sell_volume),
    });
  // A bar that began before the recording is the venue's, and only those that lie within it are ours alone.
  const wanted = trades.candles_1m.slice(1, -1).map(plainCandle);
  const built = async (): Promise<ExpectedCandle[]> =>
    (await desk.instrument(id)).candles.last.filter(({ t }) => wanted.some((bar) => bar.t === t)).map(plainCandle);
  await expect.poll(built).toEqual(wanted);
}

async function expectBook(desk: Desk, id: string, book: HeldBook, proofs: readonly string[]): Promise<void> {
  if (book.book_sha256 !== undefined)
    await expect
      .poll(async () => (await desk.digest(id)).sha256, { timeout: 20_000, message: `digest of ${id}` })
      .toBe(book.book_sha256);
  const found = await desk.instrument(id);
  if (book.top10_bids) expect(found.book.bids.slice(0, 10)).toEqual(book.top10_bids.map(plainLevel));
  if (book.top10_asks) expect(found.book.asks.slice(0, 10)).toEqual(book.top10_asks.map(plainLevel));
  expect(found.counters, id).toMatchObject({ rejected: 0, gaps: 0, resyncs: 0, checksumFailures: 0 });
  expect(proofs, `${id} is proven by ${found.proof}`).toContain(found.proof);
  if (book.checksums_ok !== undefined) expect(found.counters.checksums, id).toBe(book.checksums_ok);
}

for (const { name, proofs } of RECORDINGS) {
  test.describe(name, () => {
    const capture = recorded(`${name}.jsonl.gz`);
    const file = recorded(`expected/${name}.json`);
    test.skip(capture === null || file === null, NO_RECORDINGS);

    test('[F21] [F23] ends in the expected books, trades and candles, and proves them', async ({ desk, serve }) => {
      const expected = readExpected(file ?? '');
      const venue = await serve({ files: [capture ?? ''], speed: 20, clock: 'recorded' });
      venue.hold();
      await desk.openVenue(venue);
      await everythingSubscribed(venue);
      venue.resume();
      await venue.ended();
      for (const id of instrumentsOf(venue)) {
        const book = expected.books[symbolOf(id)] as HeldBook | undefined;
        if (book) await expectBook(desk, id, book, proofs);
        await expectTrades(desk, id, expected);
      }
    });
  });
}

test.describe('eight venues in one page', () => {
  const files = [
    'binance-spot-4sym-20211012',
    'binance-usdm-4sym-20210722',
    'coinbase-exchange-10prod-20210417',
    'kraken-v2-ethusd-d25-20260802',
    'okx-v5-3inst-20220513',
    'bitstamp-10pairs-20220105',
    'deribit-options-20210722',
    'hyperliquid-btc-20250126',
  ].map((name) => recorded(`${name}.jsonl.gz`));
  test.skip(files.includes(null), NO_RECORDINGS);

  test('are live at their own rates, never falsely stale, and only open the sockets they need', async ({
    desk,
    serve,
  }) => {
    test.setTimeout(120_000);
    const venue: RunningVenue = await serve({ files: files.map((file) => file ?? ''), loop: true });
    // Two of each, and all ten of Coinbase: a page opens no more than 24.
    const ids = instrumentsOf(venue).filter((id, index, all) => {
      const [name] = id.split(':');
      return name === 'coinbase' || all.slice(0, index).filter((one) => one.startsWith(`${name}:`)).length < 2;
    });
    const moved = venue.venues.map((name) => `endpoint=${name}@${venue.url(name).replace('http://', '')}`);
    await desk.open(`i=${ids.map(encodeURIComponent).join(',')}&${moved.join('&')}`);
    expect(new Set(venue.venues).size).toBe(8);
    expect(ids.length).toBeLessThanOrEqual(24);
    for (const id of ids) await desk.expectState('live', id, 30_000);
    const since = await desk.now();
    await desk.page.waitForFunction((until) => performance.timeOrigin + performance.now() > until, since + 20_000, {
      timeout: 60_000,
    });
    for (const id of ids) {
      const seen = (await desk.sightings(id)).filter(({ at }) => at > since);
      // A starved machine may lag for a moment, and says so; no silence of a recording may look like a dead feed.
      const others = seen.filter(({ state }) => state !== 'live' && state !== 'lagging');
      expect(
        others.map(({ state }) => state),
        id,
      ).toEqual([]);
      expect((await desk.instrument(id)).state, id).toBe('live');
    }
    // Binance's futures need two paths and its requests a third; OKX keeps candles on a socket of their own.
    const most: Record<string, number> = { binance: 2, 'binance-usdm': 3, okx: 2 };
    for (const name of venue.venues) {
      const count = venue.clients(name).length;
      expect(count, `${name} has ${count} sockets`).toBeLessThanOrEqual(most[name] ?? 1);
    }
  });
});

test('closing an instrument ends its traffic within a second', async ({ desk, serve }) => {
  const capture = recorded('coinbase-exchange-10prod-20210417.jsonl.gz');
  test.skip(capture === null, NO_RECORDINGS);
  const venue = await serve({ files: [capture ?? ''], loop: true });
  const moved = `endpoint=coinbase@${venue.url('coinbase').replace('http://', '')}&${noVenuesBut('coinbase')}`;
  await desk.open(`i=coinbase:SKL-USD,coinbase:BAND-BTC&${moved}`);
  await desk.expectState('live', 'coinbase:SKL-USD');
  await desk.expectState('live', 'coinbase:BAND-BTC');
  const names = (): string[] => venue.clients('coinbase').flatMap(({ subscriptions }) => subscriptions);
  expect(names().some((name) => name.includes('BAND-BTC'))).toBe(true);
  await desk.open(`i=coinbase:SKL-USD&${moved}`);
  await desk.expectState('live', 'coinbase:SKL-USD');
  await expect.poll(() => names().some((name) => name.includes('BAND-BTC')), { timeout: 1_000 }).toBe(false);
});

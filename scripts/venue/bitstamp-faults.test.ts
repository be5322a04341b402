import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { BitstampClient } from './testing/bitstamp-client';
import { bitstampScript, MARKET } from './testing/bitstamp-script';
import { crossings } from './testing/book-keeper';
import { until, withVenue } from './testing/harness';

const ALL = [`diff_order_book_${MARKET}`, `live_trades_${MARKET}`];
const FAST = { speed: 'max', clock: 'recorded' } as const;

function script(options: Partial<VenueOptions> = {}): VenueOptions {
  return { ...FAST, ...options, files: options.files ?? [bitstampScript()] };
}

async function same(client: BitstampClient, venue: RunningVenue, market = MARKET): Promise<void> {
  await until('the book is the true one', () => client.catchUp().book(market).digest() === venue.truth(market).sha256);
}

async function get(venue: RunningVenue, path: string): Promise<{ status: number; text: string; body: unknown }> {
  const response = await fetch(venue.url() + path);
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as unknown };
}

describe('faults', () => {
  test('cross puts a bid through the ask and takes it out again', async () => {
    await withVenue(script({ chaos: 'hold@line=12' }), async (venue) => {
      const client = await BitstampClient.open(venue.url(), ALL);
      await client.fetchBook(MARKET);
      await until('held', () => venue.state() === 'held');
      await same(client, venue);
      const seen = crossings(client.catchUp().book(MARKET));
      venue.chaos(`cross:${MARKET}/30ms`);
      await until('crossed and healed', () => !client.catchUp().book(MARKET).crossed && seen() > 0);
      venue.resume();
      await venue.ended();
      await same(client, venue);
      expect(client.held(MARKET).late).toBe(0);
      client.close();
    });
  });

  test('a dropped diff leaves a wrong book that only the channel of whole books tells of', async () => {
    // The last diff of the best bid.
    await withVenue(script({ chaos: 'drop@line=24:1' }), async (venue) => {
      const client = await BitstampClient.open(venue.url(), [...ALL, `order_book_${MARKET}`]);
      await client.fetchBook(MARKET);
      await venue.ended();
      await until('all trades are in', () => client.catchUp().trades.length === 5);
      expect(client.book(MARKET).digest()).not.toBe(venue.truth(MARKET).sha256);
      const { bids } = client.tops[client.tops.length - 1].data as { bids: unknown[] };
      expect(bids[0]).not.toEqual(client.book(MARKET).best('bid')[0]);
      client.close();
    });
  });

  test('swap sends a diff with an earlier time after a later one', async () => {
    await withVenue(script({ chaos: 'swap@line=12' }), async (venue) => {
      const client = await BitstampClient.open(venue.url(), ALL);
      await client.fetchBook(MARKET);
      await venue.ended();
      await until('all trades are in', () => client.catchUp().trades.length === 5);
      expect(client.held(MARKET).late).toBe(1);
      client.close();
    });
  });

  test('stale-snapshot answers the next request with an old book', async () => {
    await withVenue(script(), async (venue) => {
      const client = await BitstampClient.open(venue.url(), ALL);
      await client.fetchBook(MARKET);
      await venue.ended();
      venue.chaos('stale-snapshot:1');
      await client.fetchBook(MARKET);
      expect(client.book(MARKET).digest()).not.toBe(venue.truth(MARKET).sha256);
      await client.fetchBook(MARKET);
      expect(client.book(MARKET).digest()).toBe(venue.truth(MARKET).sha256);
      client.close();
    });
  });

  test('mute quietens one channel', async () => {
    await withVenue(script({ chaos: `mute@line=5:live_trades_${MARKET}` }), async (venue) => {
      const client = await BitstampClient.open(venue.url(), ALL);
      await client.fetchBook(MARKET);
      await venue.ended();
      await same(client, venue);
      expect(client.trades).toEqual([]);
      client.close();
    });
  });

  test('tick-change counts a digit up in the list of pairs and sends a level on it', async () => {
    await withVenue(script({ chaos: 'hold@line=12' }), async (venue) => {
      const client = await BitstampClient.open(venue.url(), ALL);
      await client.fetchBook(MARKET);
      await until('held', () => venue.state() === 'held');
      venue.chaos('tick-change:30ms');
      expect(venue.truth(MARKET).bids[1][0]).toBe('64250.099');
      expect((await get(venue, '/api/v2/trading-pairs-info/')).body).toMatchObject([{ counter_decimals: 3 }]);
      await until('it is gone', () => venue.truth(MARKET).bids[1][0] === '64250');
      await same(client, venue);
      client.close();
    });
  });

  test('bad-checksum is refused with a sentence', async () => {
    const start = withVenue(script({ chaos: 'bad-checksum' }), async () => undefined);
    await expect(start).rejects.toThrow('bad-checksum means nothing at bitstamp, whose books carry no checksum.');
  });
});

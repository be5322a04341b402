import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { crossings } from './testing/book-keeper';
import { until, withVenue } from './testing/harness';
import { HyperliquidClient } from './testing/hyperliquid-client';
import { COIN, hyperliquidScript } from './testing/hyperliquid-script';

const BOOK = { type: 'l2Book', coin: COIN };
const TRADES = { type: 'trades', coin: COIN };
const FAST = { speed: 'max', clock: 'recorded' } as const;

function script(options: Partial<VenueOptions> = {}): VenueOptions {
  return { ...FAST, ...options, files: options.files ?? [hyperliquidScript()] };
}

async function same(client: HyperliquidClient, venue: RunningVenue): Promise<void> {
  await until('the book is the true one', () => client.catchUp().book.digest() === venue.truth(COIN).sha256);
}

describe('faults', () => {
  test('cross shows one crossed book and then a right one, and the recorded ones that follow count', async () => {
    await withVenue(script({ chaos: 'hold@line=4' }), async (venue) => {
      const client = await HyperliquidClient.open(venue.url(), [BOOK]);
      await until('held', () => venue.state() === 'held');
      await same(client, venue);
      const seen = crossings(client.catchUp().book);
      venue.chaos('cross:30ms');
      expect(venue.truth(COIN).bids[0][0]).toBe('64251.1');
      await until('crossed and healed', () => !client.catchUp().book.crossed && seen() > 0);
      venue.resume();
      await venue.ended();
      await same(client, venue);
      expect(client.older).toBe(0);
      client.close();
    });
  });

  test('a dropped book is made good by the next', async () => {
    const options = script({ files: [hyperliquidScript({ gapMs: 200 })], chaos: 'drop@line=4:2' });
    await withVenue(options, async (venue) => {
      const client = await HyperliquidClient.open(venue.url(), [BOOK]);
      await venue.ended();
      await same(client, venue);
      const told = (size: string): boolean => client.listener.heard.some((text) => text.includes(`"${size}"`));
      expect(['0.11', '0.12', '0.13', '0.14'].map(told)).toEqual([true, false, false, true]);
      client.close();
    });
  });

  test('swap sends an older book after a newer one', async () => {
    await withVenue(script({ chaos: 'swap@line=4' }), async (venue) => {
      const client = await HyperliquidClient.open(venue.url(), [BOOK]);
      await venue.ended();
      await same(client, venue);
      expect(client.older).toBe(1);
      client.close();
    });
  });

  test('stale-snapshot greets the next subscriber with an old book', async () => {
    await withVenue(script(), async (venue) => {
      const first = await HyperliquidClient.open(venue.url(), [BOOK]);
      await venue.ended();
      venue.chaos('stale-snapshot:1');
      const stale = await HyperliquidClient.open(venue.url(), [BOOK]);
      await until('it has a book', () => stale.catchUp().book.snapshots === 1);
      expect(stale.book.digest()).not.toBe(venue.truth(COIN).sha256);
      first.close();
      stale.close();
    });
  });

  test('tick-change shows a finer price for a while', async () => {
    await withVenue(script({ chaos: 'hold@line=4' }), async (venue) => {
      const client = await HyperliquidClient.open(venue.url(), [BOOK]);
      await until('held', () => venue.state() === 'held');
      venue.chaos('tick-change:30ms');
      const told = (): boolean => client.listener.heard.some((text) => text.includes('64249.99'));
      await until('the finer price has come', told);
      await until('it is gone', () => client.catchUp().book.best('bid')[1]?.[0] === '64249.0');
      client.close();
    });
  });

  test('mute quietens one stream and leaves the others', async () => {
    await withVenue(script({ chaos: `mute@line=3:trades:${COIN}` }), async (venue) => {
      const client = await HyperliquidClient.open(venue.url(), [BOOK, TRADES]);
      await venue.ended();
      await same(client, venue);
      expect(client.trades.size).toBe(2);
      client.close();
    });
  });

  test.each([
    ['bad-checksum', 'bad-checksum means nothing at hyperliquid, whose books carry no checksum.'],
    ['hold@u=5', 'hyperliquid has no sequence, so no moment can be told by u=; use line=.'],
  ])('%s is refused with a sentence', async (chaos, sentence) => {
    await expect(withVenue(script({ chaos }), async () => undefined)).rejects.toThrow(sentence);
  });
});

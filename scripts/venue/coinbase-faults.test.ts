import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { crossings } from './testing/book-keeper';
import { CoinbaseClient } from './testing/coinbase-client';
import { coinbaseScript, PRODUCT } from './testing/coinbase-script';
import { until, withVenue } from './testing/harness';

const ALL = ['level2_batch', 'matches', 'ticker', 'heartbeat'];
const FAST = { speed: 'max', clock: 'recorded' } as const;

function script(options: Partial<VenueOptions> = {}): VenueOptions {
  return { ...FAST, ...options, files: options.files ?? [coinbaseScript()] };
}

async function same(client: CoinbaseClient, venue: RunningVenue, product = PRODUCT): Promise<void> {
  await until(
    'the book is the true one',
    () => client.catchUp().book(product).digest() === venue.truth(product).sha256,
  );
}

describe('faults', () => {
  const updates = (client: CoinbaseClient): number => client.catchUp().book(PRODUCT).diffs;

  async function played(chaos: string): Promise<number> {
    let count = 0;
    await withVenue(script({ chaos }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await venue.ended();
      await until('all matches are in', () => client.catchUp().matches.length === 5);
      count = updates(client);
      client.close();
    });
    return count;
  }

  test('drop, dup and swap touch exactly the updates named', async () => {
    expect(await played('drop@line=5:1')).toBe(19);
    expect(await played('dup@line=5:2')).toBe(22);
    expect(await played('swap@line=5')).toBe(20);
  });

  test('drop passes over products nobody follows', async () => {
    const files = [coinbaseScript({ product: 'ETH-USD' }), coinbaseScript()];
    await withVenue(script({ files, chaos: 'drop@line=5:2' }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await venue.ended();
      await until('all matches are in', () => client.catchUp().matches.length === 5);
      expect(updates(client)).toBe(18);
      client.close();
    });
  });

  test('a dropped update leaves a wrong book behind that nothing but the best prices tells of', async () => {
    // The last update of the best bid.
    await withVenue(script({ chaos: 'drop@line=25:2' }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await venue.ended();
      await until('all matches are in', () => client.catchUp().matches.length === 5);
      expect(client.book(PRODUCT).digest()).not.toBe(venue.truth(PRODUCT).sha256);
      client.close();
    });
  });

  test('garbage:N mutilates updates, and garbage sends texts of the venue’s own shape too', async () => {
    await withVenue(script({ chaos: 'garbage@line=5:3,garbage@line=20' }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await venue.ended();
      const { heard } = client.listener;
      await until('garbage is in', () => heard.some((text) => text.includes('"changes":null')));
      expect(heard.filter((text) => text.includes(PRODUCT) && text.includes('12x.5'))).toHaveLength(1);
      client.close();
    });
  });

  test('cross puts a bid through the ask and takes it out again', async () => {
    await withVenue(script({ chaos: 'hold@line=10' }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await until('held', () => venue.state() === 'held');
      const seen = crossings(client.catchUp().book(PRODUCT));
      venue.chaos(`cross:${PRODUCT}/30ms`);
      expect(venue.truth(PRODUCT).bids[0][0]).toBe('64250.13');
      await until('crossed and healed', () => !client.catchUp().book(PRODUCT).crossed && seen() > 0);
      venue.resume();
      await venue.ended();
      await same(client, venue);
      client.close();
    });
  });

  test('tick-change refines the declared step and sends a level on it', async () => {
    await withVenue(script({ chaos: 'hold@line=10' }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await until('held', () => venue.state() === 'held');
      venue.chaos('tick-change:30ms');
      expect(venue.truth(PRODUCT).bids[1][0]).toBe('64250.099');
      const products = (await (await fetch(`${venue.url()}/products`)).json()) as { quote_increment: string }[];
      expect(products[0].quote_increment).toBe('0.001');
      const levels = (): string[] => client.listener.heard.filter((text) => text.includes('64250.099'));
      await until('it is told', () => levels().length > 0);
      await until('it is gone', () => levels().length === 2);
      await same(client, venue);
      client.close();
    });
  });

  test('stale-snapshot greets the next subscriber with an old book', async () => {
    await withVenue(script(), async (venue) => {
      const first = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await venue.ended();
      venue.chaos('stale-snapshot:1');
      const stale = await CoinbaseClient.open(venue.url(), [PRODUCT], ['level2_batch']);
      await until('it has a book', () => stale.catchUp().book(PRODUCT).snapshots === 1);
      expect(stale.book(PRODUCT).digest()).not.toBe(venue.truth(PRODUCT).sha256);
      const fresh = await CoinbaseClient.open(venue.url(), [PRODUCT], ['level2_batch']);
      await same(fresh, venue);
      for (const client of [first, stale, fresh]) client.close();
    });
  });

  test('mute quietens one channel of one product', async () => {
    await withVenue(script({ chaos: `mute@line=5:matches:${PRODUCT}` }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await venue.ended();
      await same(client, venue);
      expect(client.matches).toEqual([]);
      client.close();
    });
  });

  test('silence hears nothing and answers when it is over', async () => {
    await withVenue(script({ chaos: 'hold@line=10' }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await until('held', () => venue.state() === 'held');
      venue.chaos('silence:300ms');
      const began = performance.now();
      const late = await CoinbaseClient.open(venue.url(), [PRODUCT], ['level2_batch']);
      venue.resume();
      await until('it has a book', () => late.catchUp().book(PRODUCT).snapshots === 1);
      expect(performance.now() - began).toBeGreaterThan(250);
      await venue.ended();
      await same(late, venue);
      client.close();
      late.close();
    });
  });

  test('close and reset end the socket', async () => {
    await withVenue(script({ chaos: 'hold@line=10' }), async (venue) => {
      const first = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await until('held', () => venue.state() === 'held');
      venue.chaos('close:1012');
      await until('closed', () => first.listener.closedWith !== null);
      const second = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await same(second, venue);
      venue.chaos('reset');
      await until('torn', () => second.listener.closedWith !== null);
      expect([first.listener.closedWith, second.listener.closedWith]).toEqual([1012, 1006]);
    });
  });

  test('delay, refuse and flood work as at any venue', async () => {
    await withVenue(script({ speed: 1 }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await until('it moves', () => updates(client) > 0);
      venue.chaos('flood:50/5s');
      const began = performance.now();
      await venue.ended();
      expect(performance.now() - began).toBeLessThan(1_500);
      venue.chaos('delay:300ms');
      const asked = performance.now();
      await fetch(`${venue.url()}/time`);
      expect(performance.now() - asked).toBeGreaterThan(250);
      venue.chaos('refuse:200ms');
      await until('torn', () => client.listener.closedWith !== null);
      await expect(fetch(`${venue.url()}/time`)).rejects.toThrow();
      let again: CoinbaseClient | null = null;
      const knock = async (): Promise<void> => {
        again = await CoinbaseClient.open(venue.url(), [PRODUCT], ['level2_batch']).catch(() => null);
        if (again === null) setImmediate(() => void knock());
      };
      void knock();
      await until('it is open again', () => again !== null);
      await same(again as unknown as CoinbaseClient, venue);
    });
  });

  test.each([
    ['bad-checksum', 'bad-checksum means nothing at coinbase, whose books carry no checksum.'],
    ['hold@u=5', 'coinbase has no sequence, so no moment can be told by u=; use line=.'],
  ])('%s is refused with a sentence', async (chaos, sentence) => {
    await expect(withVenue(script({ chaos }), async () => undefined)).rejects.toThrow(sentence);
  });
});

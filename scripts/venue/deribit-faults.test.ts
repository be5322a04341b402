import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { crossings } from './testing/book-keeper';
import { DeribitClient } from './testing/deribit-client';
import { deribitScript, INSTRUMENT } from './testing/deribit-script';
import { shipped, until, withVenue } from './testing/harness';

const BOOK = `book.${INSTRUMENT}.100ms`;
const TRADES = `trades.${INSTRUMENT}.100ms`;
const FAST = { speed: 'max', clock: 'recorded' } as const;

function script(options: Partial<VenueOptions> = {}): VenueOptions {
  return { ...FAST, ...options, files: options.files ?? [deribitScript()] };
}

async function same(client: DeribitClient, venue: RunningVenue, symbol = INSTRUMENT): Promise<void> {
  await until('the book is the true one', () => client.catchUp().book(symbol).digest() === venue.truth(symbol).sha256);
}

async function get(
  venue: RunningVenue,
  method: string,
  query = '',
): Promise<{ status: number; body: Record<string, never> }> {
  const response = await fetch(`${venue.url()}/api/v2/public/${method}?${query}`);
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

describe('faults', () => {
  test('cross puts a bid through the ask and takes it out again, the chain of ids unbroken', async () => {
    await withVenue(script({ chaos: 'hold@line=12' }), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [BOOK]);
      await until('held', () => venue.state() === 'held');
      await same(client, venue);
      const seen = crossings(client.catchUp().book(INSTRUMENT));
      venue.chaos(`cross:${INSTRUMENT}/30ms`);
      await until('crossed and healed', () => !client.catchUp().book(INSTRUMENT).crossed && seen() > 0);
      const told = client.heard
        .get(BOOK)
        ?.slice(-2)
        .map(({ bids }) => (bids as unknown[][])[0].slice(0, 2));
      expect(told).toEqual([
        ['new', 64250.6],
        ['delete', 64250.6],
      ]);
      venue.resume();
      await venue.ended();
      await same(client, venue);
      expect(client.gaps).toBe(0);
      client.close();
    });
  });

  test('cross says nothing that is no JSON, however large the amounts', async () => {
    const options = script({ files: [shipped('deribit.jsonl.gz')], chaos: 'hold@line=200' });
    await withVenue(options, async (venue) => {
      const client = await DeribitClient.open(venue.url(), [BOOK]);
      await until('held', () => venue.state() === 'held');
      await same(client, venue);
      const seen = crossings(client.catchUp().book(INSTRUMENT));
      venue.chaos(`cross:${INSTRUMENT}/30ms`);
      await until('crossed and healed', () => !client.catchUp().book(INSTRUMENT).crossed && seen() > 0);
      expect(() => client.listener.heard.map((text) => JSON.parse(text))).not.toThrow();
      client.close();
    });
  });

  test.each([
    ['drop@line=5:1', 1],
    ['dup@line=5:1', 1],
    ['swap@line=5', 3],
  ])('%s breaks the chain %i times', async (chaos, gaps) => {
    await withVenue(script({ chaos }), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [BOOK, TRADES]);
      await venue.ended();
      await until('all trades', () => client.catchUp().trades.length === 10);
      expect(client.gaps).toBe(gaps);
      client.close();
    });
  });

  test('hold at an id stops right after it', async () => {
    await withVenue(script({ chaos: 'hold@u=5035' }), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [BOOK]);
      await until('held', () => venue.state() === 'held');
      expect(venue.truth(INSTRUMENT).sequence).toBe('5035');
      await until('the client is there', () => client.catchUp().last(INSTRUMENT) === 5035);
      client.close();
    });
  });

  test('stale-snapshot greets the next subscriber, or answers the next request, with an old book', async () => {
    await withVenue(script(), async (venue) => {
      const first = await DeribitClient.open(venue.url(), [BOOK]);
      await venue.ended();
      venue.chaos('stale-snapshot:2');
      const stale = await DeribitClient.open(venue.url(), [BOOK]);
      await until('it has a book', () => stale.catchUp().book(INSTRUMENT).snapshots === 1);
      expect(stale.book(INSTRUMENT).digest()).not.toBe(venue.truth(INSTRUMENT).sha256);
      const ask = (): Promise<Record<string, unknown>> =>
        first.call('public/get_order_book', { instrument_name: INSTRUMENT });
      expect((await ask()).result).toMatchObject({
        change_id: 5130,
        bids: [
          [64250, 0.412],
          [64249.5, 1.5],
          [64249, 0.2],
        ],
      });
      expect((await ask()).result).toMatchObject({ change_id: 5140 });
      first.close();
      stale.close();
    });
  });

  test('tick-change makes the declared step finer and sends a level on it', async () => {
    await withVenue(script({ files: [deribitScript({ listed: true })], chaos: 'hold@line=12' }), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [BOOK]);
      await until('held', () => venue.state() === 'held');
      venue.chaos('tick-change:30ms');
      const { body } = await get(venue, 'get_instrument', `instrument_name=${INSTRUMENT}`);
      expect(body.result).toMatchObject({ tick_size: 0.01 });
      const told = (): string[] => client.listener.heard.filter((text) => text.includes('64249.99'));
      await until('it has come and gone', () => told().length === 2);
      await same(client, venue);
      client.close();
    });
  });

  test('mute quietens one channel by its name', async () => {
    await withVenue(script({ chaos: `mute@line=2:${TRADES}` }), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [BOOK, TRADES]);
      await venue.ended();
      await same(client, venue);
      expect(client.trades).toEqual([]);
      client.close();
    });
  });

  test('silence does not count against who could not hear the test', async () => {
    await withVenue(script({ chaos: 'hold@line=6' }), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [BOOK]);
      await until('held', () => venue.state() === 'held');
      venue.chaos('silence:250ms');
      const began = performance.now();
      expect((await client.call('public/test')).result).toEqual({ version: '1.2.26' });
      expect(performance.now() - began).toBeGreaterThan(200);
      client.close();
    });
  });

  test('bad-checksum is refused with a sentence', async () => {
    const start = withVenue(script({ chaos: 'bad-checksum' }), async () => undefined);
    await expect(start).rejects.toThrow('bad-checksum means nothing at deribit, whose books carry no checksum.');
  });
});

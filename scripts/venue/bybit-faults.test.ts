import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { crossings } from './testing/book-keeper';
import { BybitClient } from './testing/bybit-client';
import { bybitScript, SYMBOL } from './testing/bybit-script';
import { until, withVenue } from './testing/harness';

const BOOK = `orderbook.200.${SYMBOL}`;
const BEST = `orderbook.1.${SYMBOL}`;
const TRADES = `publicTrade.${SYMBOL}`;

function script(chaos: string): VenueOptions {
  return { speed: 'max', clock: 'recorded', files: [bybitScript()], chaos };
}

async function same(client: BybitClient, venue: RunningVenue): Promise<void> {
  await until('the book is the true one', () => client.catchUp().book(BOOK).digest() === venue.truth(SYMBOL).sha256);
}

describe('faults', () => {
  async function played(chaos: string): Promise<{ gaps: number; diffs: number }> {
    let outcome = { gaps: 0, diffs: 0 };
    await withVenue(script(chaos), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK, TRADES]);
      await venue.ended();
      await until('all trades are in', () => client.trades(TRADES).length === 5);
      outcome = { gaps: client.gaps, diffs: client.book(BOOK).diffs };
      client.close();
    });
    return outcome;
  }

  test('drop, dup and swap are told by the numbers', async () => {
    expect(await played('drop@line=5:1')).toEqual({ gaps: 1, diffs: 19 });
    expect(await played('dup@line=5:1')).toEqual({ gaps: 1, diffs: 21 });
    expect((await played('swap@line=5')).gaps).toBeGreaterThan(1);
  });

  test('drop at a number drops that change, and the best prices tell the truth all the same', async () => {
    await withVenue(script('drop@u=5019:1'), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK, BEST]);
      await venue.ended();
      await until('the last is in', () => client.catchUp().ids.get(BOOK) === 5_020);
      expect([client.gaps, client.book(BOOK).diffs]).toEqual([1, 19]);
      const truth = venue.truth(SYMBOL);
      const best = client.book(BEST).best('bid', 1)[0];
      expect(best.map(Number)).toEqual(truth.bids[0].map(Number));
      expect(client.book(BOOK).best('bid', 1)[0][1]).not.toBe(best[1]);
      client.close();
    });
  });

  test('garbage:N mutilates changes, and garbage sends texts of the venue’s own shape too', async () => {
    await withVenue(script('garbage@line=5:5,garbage@line=20'), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK, TRADES]);
      await venue.ended();
      const { heard } = client.listener;
      await until('garbage is in', () => heard.some((text) => text.includes('orderbook.200.NOBODY')));
      expect(heard.filter((text) => text.includes('12x.5'))).toHaveLength(1);
      expect(heard.filter((text) => text.includes('"u":null'))).toHaveLength(1);
      client.close();
    });
  });

  test('cross puts a bid through the ask and takes it out again, in the best prices too', async () => {
    await withVenue(script('hold@line=8'), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK, BEST]);
      await until('held', () => venue.state() === 'held');
      const seen = crossings(client.catchUp().book(BOOK));
      venue.chaos(`cross:${SYMBOL}/30ms`);
      expect(venue.truth(SYMBOL).bids[0][0]).toBe('64250.31');
      await until('crossed and healed', () => !client.catchUp().book(BOOK).crossed && seen() > 0);
      const told = client.of(BEST) as { data: { b: string[][] } }[];
      expect(told.filter(({ data }) => data.b[0][0] === '64250.31')).toHaveLength(1);
      venue.resume();
      await venue.ended();
      await same(client, venue);
      expect([client.gaps, client.ids.get(BOOK)]).toEqual([0, 5_022]);
      client.close();
    });
  });

  test('tick-change refines the declared step and sends a level on it', async () => {
    await withVenue(script('hold@line=8'), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK]);
      await until('held', () => venue.state() === 'held');
      venue.chaos('tick-change:30ms');
      const answer = await fetch(`${venue.url()}/v5/market/instruments-info?category=linear`);
      expect((await answer.json()) as object).toMatchObject({
        result: { list: [{ priceFilter: { tickSize: '0.001' } }] },
      });
      const levels = (): string[] => client.listener.heard.filter((text) => text.includes('64250.099'));
      await until('it is told and gone', () => levels().length === 2);
      await same(client, venue);
      client.close();
    });
  });

  test('stale-snapshot greets the next subscriber with an old book', async () => {
    await withVenue(script(''), async (venue) => {
      const first = await BybitClient.open(venue.url(), [BOOK]);
      await venue.ended();
      venue.chaos('stale-snapshot:1');
      const stale = await BybitClient.open(venue.url(), [BOOK]);
      await until('it has a book', () => stale.catchUp().book(BOOK).snapshots === 1);
      expect(stale.ids.get(BOOK)).toBe(5_010);
      expect(stale.book(BOOK).digest()).not.toBe(venue.truth(SYMBOL).sha256);
      first.close();
      stale.close();
    });
  });

  test('mute quietens one topic', async () => {
    await withVenue(script(`mute@line=5:${TRADES}`), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK, TRADES]);
      await venue.ended();
      await same(client, venue);
      expect(client.trades(TRADES)).toEqual([]);
      client.close();
    });
  });

  test('bad-checksum is refused with a sentence', async () => {
    const start = withVenue(script('bad-checksum'), async () => undefined);
    await expect(start).rejects.toThrow('bad-checksum means nothing at bybit-linear, whose books carry no checksum.');
  });
});

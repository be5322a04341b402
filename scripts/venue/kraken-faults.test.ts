import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { crossings } from './testing/book-keeper';
import { until, withVenue } from './testing/harness';
import { KrakenClient } from './testing/kraken-client';
import { krakenScript, PAIR } from './testing/kraken-script';

const FAST = { speed: 'max', clock: 'recorded' } as const;

function script(options: Partial<VenueOptions> = {}): VenueOptions {
  return { ...FAST, ...options, files: options.files ?? [krakenScript()] };
}

async function subscribed(venue: RunningVenue, symbol = PAIR, channels = ['book']): Promise<KrakenClient> {
  const client = await KrakenClient.open(venue.url());
  for (const [index, channel] of channels.entries()) client.send('subscribe', { channel, symbol: [symbol] }, index + 1);
  return client;
}

async function same(client: KrakenClient, venue: RunningVenue, symbol = PAIR): Promise<void> {
  await until('the book is the true one', () => client.catchUp().book(symbol).digest() === venue.truth(symbol).sha256);
}

describe('faults', () => {
  async function played(chaos: string): Promise<{ right: number; wrong: number; same: boolean }> {
    let result = { right: 0, wrong: 0, same: false };
    await withVenue(script({ chaos }), async (venue) => {
      const client = await subscribed(venue, PAIR, ['book', 'trade']);
      await venue.ended();
      await until('all trades are in', () => client.catchUp().trades.length === 5);
      const { right, wrong } = client;
      result = { right, wrong, same: client.book(PAIR).digest() === venue.truth(PAIR).sha256 };
      client.close();
    });
    return result;
  }

  test('none: every checksum is right', async () => {
    expect(await played('')).toEqual({ right: 21, wrong: 0, same: true });
  });

  test('drop is found out by the checksum of the update that follows', async () => {
    expect(await played('drop@line=5:1')).toEqual({ right: 19, wrong: 1, same: true });
  });

  test('dup does no harm', async () => {
    expect(await played('dup@line=5:1')).toEqual({ right: 22, wrong: 0, same: true });
  });

  test('swap is found out', async () => {
    const { wrong } = await played('swap@line=5');
    expect(wrong).toBeGreaterThan(0);
  });

  test('bad-checksum spoils one message, of a book that is right', async () => {
    expect(await played('bad-checksum@line=8')).toEqual({ right: 20, wrong: 1, same: true });
  });

  test('cross is told with right checksums and healed to what was recorded, the level it pushed out included', async () => {
    await withVenue(script({ chaos: 'hold@line=8' }), async (venue) => {
      const client = await subscribed(venue);
      await until('held', () => venue.state() === 'held');
      const seen = crossings(client.catchUp().book(PAIR));
      venue.chaos(`cross:${PAIR}/40ms`);
      expect(venue.truth(PAIR).bids[0][0]).toBe('64250.4');
      expect(venue.truth(PAIR).bidLevels).toBe(10);
      await until('crossed and healed', () => !client.catchUp().book(PAIR).crossed && seen() > 0);
      venue.resume();
      await venue.ended();
      await same(client, venue);
      expect(client.wrong).toBe(0);
      expect(client.right).toBe(23);
      client.close();
    });
  });

  test('checksums stay right while a cross lasts over recorded updates', async () => {
    await withVenue(script({ chaos: 'hold@line=8' }), async (venue) => {
      const client = await subscribed(venue);
      await until('held', () => venue.state() === 'held');
      venue.chaos(`cross:${PAIR}/300ms`);
      venue.resume();
      await venue.ended();
      await until('healed', () => client.catchUp().book(PAIR).diffs > 21);
      await same(client, venue);
      expect([client.wrong, client.right]).toEqual([0, 23]);
      client.close();
    });
  });

  test('tick-change tells the instruments’ subscribers and puts a level on the finer grid', async () => {
    await withVenue(script({ chaos: 'hold@line=8' }), async (venue) => {
      const client = await subscribed(venue);
      client.send('subscribe', { channel: 'instrument' }, 2);
      await until('held', () => venue.state() === 'held');
      venue.chaos('tick-change:30ms');
      const told = (): boolean => client.listener.heard.some((text) => text.includes('"price_increment":0.01'));
      await until('told', told);
      const levels = (): string[] => client.listener.heard.filter((text) => text.includes('64250.09,'));
      await until('it is told', () => levels().length > 0);
      await until('it is gone', () => levels().length === 2);
      await same(client, venue);
      expect(client.wrong).toBe(0);
      client.close();
    });
  });

  test('stale-snapshot hands out an old book, found out by the next checksum', async () => {
    await withVenue(script({ chaos: 'hold@line=16' }), async (venue) => {
      const first = await subscribed(venue);
      await until('held', () => venue.state() === 'held');
      venue.chaos('stale-snapshot:1');
      const stale = await subscribed(venue);
      await until('it has a book', () => stale.catchUp().book(PAIR).snapshots === 1);
      expect([stale.right, stale.wrong]).toEqual([1, 0]);
      venue.resume();
      await venue.ended();
      await until('found out', () => stale.catchUp().wrong > 0);
      first.close();
      stale.close();
    });
  });

  test('silence, mute, close, reset, ban and failures work as at any venue', async () => {
    await withVenue(script({ chaos: 'hold@line=8' }), async (venue) => {
      const client = await subscribed(venue, PAIR, ['book', 'trade']);
      await until('held', () => venue.state() === 'held');
      venue.chaos(`mute:trade:${PAIR}`);
      venue.resume();
      await venue.ended();
      await same(client, venue);
      expect(client.trades.length).toBeLessThan(5);
      venue.chaos('rest-fail:1');
      expect((await fetch(`${venue.url()}/0/public/Time`)).status).toBe(503);
      venue.chaos('silence:200ms');
      const began = performance.now();
      const late = await subscribed(venue);
      await same(late, venue);
      expect(performance.now() - began).toBeGreaterThan(150);
      venue.chaos('close:1001');
      await until('closed', () => late.listener.closedWith !== null);
      expect([client.listener.closedWith, late.listener.closedWith]).toEqual([1001, 1001]);
      venue.chaos('ban:30s');
      await expect(KrakenClient.open(venue.url())).rejects.toThrow('refused 429');
      expect((await fetch(`${venue.url()}/0/public/Time`)).status).toBe(429);
    });
  });
});

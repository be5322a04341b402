import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { crossings } from './testing/book-keeper';
import { until, withVenue } from './testing/harness';
import { OkxClient } from './testing/okx-client';
import { type OkxScriptOptions, okxScript, PAIR } from './testing/okx-script';

const BOTH = ['books', 'trades'].map((channel) => ({ channel, instId: PAIR }));

function script(chaos: string, options: OkxScriptOptions = {}): VenueOptions {
  return { speed: 'max', clock: 'recorded', files: [okxScript(options)], chaos };
}

async function same(client: OkxClient, venue: RunningVenue): Promise<void> {
  await until('the book is the true one', () => client.catchUp().book(PAIR).digest() === venue.truth(PAIR).sha256);
}

interface Outcome {
  readonly gaps: number;
  readonly diffs: number;
  readonly right: number;
  readonly wrong: number;
}

async function played(chaos: string, options: OkxScriptOptions = {}): Promise<Outcome> {
  let outcome: Outcome = { gaps: 0, diffs: 0, right: 0, wrong: 0 };
  await withVenue(script(chaos, options), async (venue) => {
    const client = await OkxClient.open(venue.url(), BOTH);
    await venue.ended();
    await until('all trades are in', () => client.of('trades', PAIR).length === 5);
    const { gaps, right, wrong } = client;
    outcome = { gaps, right, wrong, diffs: client.book(PAIR).diffs };
    client.close();
  });
  return outcome;
}

describe('faults', () => {
  test('drop, dup and swap are told by the ids', async () => {
    expect(await played('drop@line=5:1')).toMatchObject({ diffs: 19, gaps: 1 });
    expect(await played('dup@line=5:1')).toMatchObject({ diffs: 21, gaps: 1 });
    expect((await played('swap@line=5')).gaps).toBeGreaterThan(1);
  });

  test('drop at a sequence id drops that update', async () => {
    await withVenue(script('drop@u=9015:1,hold@u=9018'), async (venue) => {
      const client = await OkxClient.open(venue.url(), BOTH);
      await until('held', () => venue.state() === 'held');
      await until('the next is in', () => client.catchUp().ids.get(PAIR) === 9_018);
      expect([client.gaps, client.book(PAIR).diffs, venue.truth(PAIR).sequence]).toEqual([1, 5, '9018']);
      client.close();
    });
  });

  test('bad-checksum spoils one message, of a book that is right', async () => {
    expect(await played('bad-checksum@line=8', { ids: false, checksums: 'real' })).toEqual({
      gaps: 0,
      diffs: 20,
      right: 20,
      wrong: 1,
    });
  });

  test.each(['absent', 'zero'] as const)(
    'bad-checksum is refused with a sentence where it is %s',
    async (checksums) => {
      const start = withVenue(script('bad-checksum', { checksums }), async () => undefined);
      await expect(start).rejects.toThrow('bad-checksum means nothing at okx, whose books carry no checksum.');
    },
  );

  test('a moment told by u= is refused for a recording without ids', async () => {
    const start = withVenue(script('hold@u=5', { ids: false, checksums: 'real' }), async () => undefined);
    await expect(start).rejects.toThrow('okx has no sequence, so no moment can be told by u=; use line=.');
  });

  test.each([
    ['ids', {}],
    ['right checksums', { ids: false, checksums: 'real' }],
    ['ids and a checksum that is always zero', { checksums: 'zero' }],
  ] as const)('cross is told with %s and healed to what was recorded', async (_, options) => {
    await withVenue(script('hold@line=8', options), async (venue) => {
      const client = await OkxClient.open(venue.url(), [...BOTH, { channel: 'bbo-tbt', instId: PAIR }]);
      await until('held', () => venue.state() === 'held');
      const seen = crossings(client.catchUp().book(PAIR));
      venue.chaos(`cross:${PAIR}/30ms`);
      expect(venue.truth(PAIR).bids[0][0]).toBe('64250.4');
      await until('crossed and healed', () => !client.catchUp().book(PAIR).crossed && seen() > 0);
      const told = client.of('bbo-tbt', PAIR) as { bids: string[][] }[];
      expect(told.some(({ bids }) => bids[0][0] === '64250.4')).toBe(true);
      venue.resume();
      await venue.ended();
      await same(client, venue);
      expect([client.gaps, client.wrong]).toEqual([0, 0]);
      if ('checksums' in options && options.checksums === 'zero') {
        expect(client.listener.heard.filter((text) => /"checksum":(?!0\b)/.test(text))).toEqual([]);
      }
      client.close();
    });
  });

  test('tick-change refines the declared step and sends a level on it', async () => {
    await withVenue(script('hold@line=8'), async (venue) => {
      const client = await OkxClient.open(venue.url(), BOTH);
      await until('held', () => venue.state() === 'held');
      venue.chaos('tick-change:30ms');
      const answer = await fetch(`${venue.url()}/api/v5/public/instruments?instType=SPOT`);
      expect((await answer.json()) as object).toMatchObject({ data: [{ tickSz: '0.01' }] });
      const levels = (): string[] => client.listener.heard.filter((text) => text.includes('64250.09'));
      await until('it is told and gone', () => levels().length === 2);
      await same(client, venue);
      client.close();
    });
  });

  test('stale-snapshot greets the next subscriber, or whoever requests, with an old book', async () => {
    await withVenue(script(''), async (venue) => {
      const first = await OkxClient.open(venue.url(), BOTH);
      await venue.ended();
      venue.chaos('stale-snapshot:2');
      const stale = await OkxClient.open(venue.url(), BOTH);
      await until('it has a book', () => stale.catchUp().book(PAIR).snapshots === 1);
      expect(stale.ids.get(PAIR)).toBe(9_050);
      const id = async (): Promise<unknown> => {
        const answer = await fetch(`${venue.url()}/api/v5/market/books?instId=${PAIR}&sz=5`);
        return ((await answer.json()) as { data: { seqId: number }[] }).data[0].seqId;
      };
      expect([await id(), await id()]).toEqual([9_050, 9_060]);
      first.close();
      stale.close();
    });
  });

  test('mute quietens one channel of one instrument', async () => {
    await withVenue(script(`mute@line=5:books:${PAIR}`), async (venue) => {
      const client = await OkxClient.open(venue.url(), BOTH);
      await venue.ended();
      await until('all trades are in', () => client.of('trades', PAIR).length === 5);
      expect(client.book(PAIR).diffs).toBeLessThan(5);
      client.close();
    });
  });

  test('garbage:N mutilates updates, and garbage sends texts of the venue’s own shape too', async () => {
    await withVenue(script('garbage@line=5:3,garbage@line=20'), async (venue) => {
      const client = await OkxClient.open(venue.url(), BOTH);
      await venue.ended();
      const { heard } = client.listener;
      await until('garbage is in', () => heard.includes('pong pong'));
      expect(heard.filter((text) => text.includes('12x.5'))).toHaveLength(1);
      client.close();
    });
  });
});

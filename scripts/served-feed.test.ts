import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { workerClock } from '@/feed/clock.ts';
import { Feed } from '@/feed/feed.ts';
import { type InstrumentId, isVenueId, type VenueId } from '@/market/instrument.ts';
import { formatLotsSum } from '@/market/quantity.ts';
import { type InstrumentFrame, PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { capturesFolder } from './captures-folder';
import { RecordingWire } from './live/node-transport.ts';
import type { RunningVenue, VenueOptions } from './venue/start-venue';
import { until, withVenue } from './venue/testing/harness';

/** The whole feed, with a venue's own adapter, connected to the venue server by real sockets and requests. */
class Client {
  readonly wire = new RecordingWire();
  readonly latest = new Map<string, InstrumentFrame>();
  readonly feed: Feed;
  readonly #states = new Map<string, string[]>();

  constructor(venues: readonly RunningVenue[]) {
    const clock = workerClock();
    const credit = (): { frameAt: number; intervalMs: number; idle: boolean } => ({
      frameAt: clock.now() + 16,
      intervalMs: 16,
      idle: true,
    });
    this.feed = new Feed({
      clock,
      chance: () => 0.5,
      transport: () => this.wire,
      post: (reply: Reply) => {
        if (reply.kind !== 'frame') return;
        for (const part of reply.instruments) {
          this.latest.set(part.id, { ...this.latest.get(part.id), ...part });
          const states = this.#states.get(part.id) ?? [];
          if (states.at(-1) !== part.status.book.state) states.push(part.status.book.state);
          this.#states.set(part.id, states);
        }
        clock.schedule(16, () => this.feed.handle({ kind: 'credit', credit: credit() }));
      },
      digest: async (text) => sha256(text),
      buildId: 'test',
    });
    const served = venues.flatMap((venue) => venue.venues.map((id) => ({ venue, id: venueId(id) })));
    this.feed.handle({
      kind: 'start',
      version: PROTOCOL_VERSION,
      buildId: 'test',
      endpoints: served.map(({ venue, id }) => ({ venue: id, host: `127.0.0.1:${venue.ports[id]}` })),
      extraHosts: [],
      demo: { seed: 1, rate: 200, start: null },
      wanted: served.flatMap(({ venue, id }) =>
        venue.symbols[id].map((symbol) => ({
          instrument: `${id}:${symbol}` as InstrumentId,
          book: { best: 50, priceDecimals: 0, step: 0, window: null },
          trades: true,
          candles: ['1m' as const],
          ticker: true,
        })),
      ),
      credit: credit(),
      visible: true,
      online: true,
    });
  }

  /** States of the book that were told, in order. */
  states(id: string): readonly string[] {
    return this.#states.get(id) ?? [];
  }

  frame(id: string): InstrumentFrame {
    const frame = this.latest.get(id);
    if (frame === undefined) throw new Error(`nothing came of ${id}`);
    return frame;
  }

  digest(id: string): string {
    return sha256(this.feed.digestOf(id as InstrumentId)?.text ?? 'no book');
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function venueId(text: string): VenueId {
  if (!isVenueId(text)) throw new Error(`${text} is no venue`);
  return text;
}

const shipped = (name: string): string => fileURLToPath(new URL(`../e2e/captures/${name}`, import.meta.url));

async function served(
  options: VenueOptions,
  use: (client: Client, venue: RunningVenue) => Promise<void>,
): Promise<void> {
  await withVenue(options, async (venue) => {
    const client = new Client([venue]);
    try {
      await use(client, venue);
    } finally {
      client.feed.dispose();
    }
  });
}

/** Every symbol's book, trades and volumes are the venue's own, and nothing was lost or refused on the way. */
async function checkAll(client: Client, venue: RunningVenue, reconnects = 0): Promise<void> {
  for (const id of venue.venues) {
    for (const symbol of venue.symbols[id]) {
      const name = `${id}:${symbol}`;
      const truth = venue.truth(symbol, id);
      await until(`${name} has the true book`, () => client.digest(name) === truth.sha256, 10_000);
      const traded = (): number => client.latest.get(name)?.trades.received ?? -1;
      await until(`${name} has all ${truth.trades.count} trades`, () => traded() === truth.trades.count, 10_000);
      const { counters, trades, info } = client.frame(name);
      expect({ name, ...counters }).toMatchObject({
        name,
        gaps: 0,
        rejected: 0,
        resyncs: 0,
        checksumFailures: 0,
        reconnects,
      });
      expect({ name, ...trades }).toMatchObject({ name, duplicates: 0, missing: 0 });
      const decimals = info?.grid.lotDecimals ?? 0;
      expect(formatLotsSum(trades.buyVolume, decimals)).toBe(truth.trades.buyVolume);
      expect(formatLotsSum(trades.sellVolume, decimals)).toBe(truth.trades.sellVolume);
    }
  }
}

describe('the feed at the venue server', () => {
  test.concurrent.each(['bybit-spot', 'bybit-linear', 'okx', 'kraken', 'coinbase'])(
    'holds the books and trades of %s as they are',
    { timeout: 60_000 },
    async (name) => {
      await served({ files: [shipped(`${name}.jsonl.gz`)], speed: 10, clock: 'now' }, async (client, venue) => {
        await venue.ended();
        await checkAll(client, venue);
      });
    },
  );

  const real = capturesFolder();
  test.skipIf(real === null)(
    `holds the books and trades of OKX as recorded${real === null ? ' (skipped: no captures folder)' : ''}`,
    { concurrent: true, timeout: 60_000 },
    async () => {
      const files = [`${real}/okx-v5-3inst-20220513.jsonl.gz`];
      await served({ files, speed: 4 }, async (client, venue) => {
        await venue.ended();
        await checkAll(client, venue);
      });
    },
  );

  test.concurrent('every channel of every venue is live in the middle of it', { timeout: 60_000 }, async () => {
    const files = ['bybit-spot', 'bybit-linear', 'okx', 'kraken', 'coinbase'].map((name) =>
      shipped(`${name}.jsonl.gz`),
    );
    await served({ files, speed: 1, loop: true }, async (client, venue) => {
      const names = venue.venues.flatMap((id) => venue.symbols[id].map((symbol) => `${id}:${symbol}`));
      const channels = (): string[] =>
        names.flatMap((name) => {
          const frame = client.latest.get(name);
          if (frame === undefined) return [`${name} absent`];
          const { book, trades, candles, ticker } = frame.status;
          return Object.entries({ book, trades, candles, ticker })
            .filter(([, one]) => one !== undefined && one !== null && one.state !== 'live')
            .map(([channel, one]) => `${name} ${channel} ${one?.state}`);
        });
      await until('all are live', () => channels().length === 0, 20_000).catch(() => expect(channels()).toEqual([]));
    });
  });

  describe('after a fault', () => {
    const cases: readonly (readonly [file: string, chaos: string, expected: Partial<InstrumentFrame['counters']>])[] = [
      ['bybit-linear.jsonl.gz', 'drop@line=100:1', { gaps: 1, resyncs: 1 }],
      ['bybit-spot.jsonl.gz', 'dup@line=100:1', { gaps: 0, resyncs: 0 }],
      ['okx.jsonl.gz', 'drop@line=120:1', { gaps: 1, resyncs: 1 }],
      ['okx.jsonl.gz', 'cross@line=120:200ms', { gaps: 0, resyncs: 0 }],
      ['kraken.jsonl.gz', 'bad-checksum@line=120', { checksumFailures: 1, resyncs: 1 }],
      ['bybit-linear.jsonl.gz', 'close@line=200:1001', { gaps: 0, reconnects: 1 }],
      ['okx.jsonl.gz', 'tick-change@line=120:100ms', { gaps: 0, resyncs: 0 }],
    ];
    test.concurrent.each(cases)(
      '%s with %s is the true book again',
      { timeout: 60_000 },
      async (file, chaos, expected) => {
        await served({ files: [shipped(file)], speed: 10, chaos }, async (client, venue) => {
          await venue.ended();
          const [id] = venue.venues;
          const hurt: object[] = [];
          for (const symbol of venue.symbols[id]) {
            const name = `${id}:${symbol}`;
            const { sha256: truth } = venue.truth(symbol, id);
            await until(`${name} has the true book`, () => client.digest(name) === truth, 10_000);
            hurt.push(client.frame(name).counters);
          }
          expect(hurt).toContainEqual(expect.objectContaining(expected));
        });
      },
    );
  });

  // Ids do not show the loss: the newest trades are fetched, and reach back to before it.
  test.concurrent('[F38] trades of a silence on an open socket are fetched on Bybit', { timeout: 60_000 }, async () => {
    await served(
      { files: [shipped('bybit-linear.jsonl.gz')], speed: 5, chaos: 'silence@line=150:1500ms' },
      async (client, venue) => {
        await venue.ended();
        for (const symbol of venue.symbols['bybit-linear']) {
          const name = `bybit-linear:${symbol}`;
          const { count } = venue.truth(symbol).trades;
          const traded = (): number => client.latest.get(name)?.trades.received ?? -1;
          await until(`${name} has all ${count} trades`, () => traded() === count, 15_000).catch(() =>
            expect(traded(), name).toBe(count),
          );
        }
        const gaps = [...client.latest.values()].flatMap((frame) => frame.gaps ?? []);
        expect(gaps).not.toEqual([]);
        expect(gaps.every(({ repaired }) => repaired)).toBe(true);
      },
    );
  });

  describe('of a rare kind', () => {
    test.concurrent.each(['bybit-restart', 'okx-maintenance'])('%s is taken without a gap', async (name) => {
      await served({ files: [shipped(`${name}.jsonl`)] }, async (client, venue) => {
        await venue.ended();
        await checkAll(client, venue);
      });
    });

    test.concurrent('okx-asked gives five whole levels to a page that may not request', {
      timeout: 60_000,
    }, async () => {
      const files = [shipped('okx-asked.jsonl')];
      await served({ files, speed: 0.5, loop: true }, async (client, venue) => {
        client.wire.request = async () => ({ reached: false, detail: 'no page of another origin' });
        const held = (): string[] => venue.clients().flatMap(({ subscriptions }) => subscriptions);
        await until('whole books are asked for', () => held().includes('books5:BTC-USDT'), 30_000);
        const digest = (): string => client.digest('okx:BTC-USDT');
        await until('it is the true book', () => digest() === venue.truth('BTC-USDT').sha256, 10_000);
        expect(held()).not.toContain('books:BTC-USDT');
      });
    });

    test.concurrent('okx-upgrade is followed to another connection without a moment of doubt', {
      timeout: 30_000,
    }, async () => {
      await served({ files: [shipped('okx-upgrade.jsonl')] }, async (client, venue) => {
        await venue.ended();
        // The public socket and the one of the candles.
        await checkAll(client, venue, 2);
        const states = client.states('okx:BTC-USDT');
        expect(states.slice(states.indexOf('live'))).toEqual(['live']);
        expect(client.wire.lines.filter(({ dir, url }) => dir === 'out' && url?.endsWith('/public'))).toHaveLength(2);
      });
    });

    test.concurrent.each([
      ['bybit-gap', { gaps: 1, resyncs: 1 }],
      ['okx-checksum', { checksumFailures: 1, resyncs: 1 }],
    ])('%s is healed', { timeout: 30_000 }, async (name, expected) => {
      await served({ files: [shipped(`${name}.jsonl`)] }, async (client, venue) => {
        await venue.ended();
        const [id] = venue.venues;
        const [symbol] = venue.symbols[id];
        const { sha256: truth } = venue.truth(symbol, id);
        await until('it has the true book', () => client.digest(`${id}:${symbol}`) === truth, 10_000);
        expect(client.frame(`${id}:${symbol}`).counters).toMatchObject(expected);
      });
    });

    test.concurrent('okx-asked is requested when no book is pushed', { timeout: 30_000 }, async () => {
      await served({ files: [shipped('okx-asked.jsonl')], speed: 0.15 }, async (client, venue) => {
        const truth = (): string => venue.truth('BTC-USDT').sha256;
        await venue.ended();
        await until('it has the true book', () => client.digest('okx:BTC-USDT') === truth(), 10_000);
        expect(client.frame('okx:BTC-USDT').counters).toMatchObject({ gaps: 0, rejected: 0, resyncs: 0 });
      });
    });
  });
});

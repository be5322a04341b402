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


test('x', { timeout: 90_000 }, async () => {
  const files = [shipped('okx-asked.jsonl')];
  await served({ files, speed: 0.5, loop: true, chaos: 'rest-fail@500ms:1000' }, async (client, venue) => {
    await until('whole', () => venue.clients().some(({ subscriptions }) => subscriptions.includes('books5:BTC-USDT')), 60_000).catch(() => undefined);
    const t0 = client.wire.lines[0]?.t ?? 0;
    for (const l of client.wire.lines) if (l.dir !== 'in' || !l.m.includes('"update"')) console.log(((l.t - t0) / 1e6).toFixed(2), l.dir, l.url ?? '', l.m.slice(0, 200));
    console.log(client.states('okx:BTC-USDT'), JSON.stringify(client.latest.get('okx:BTC-USDT')?.status.book));
  });
});

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { VenueId } from '@/market/instrument.ts';
import type { BookFrame } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { type RecordedLine, replay } from './replay-harness.ts';

function linesOf(name: string): RecordedLine[] {
  const file = fileURLToPath(new URL(`../../e2e/captures/${name}.jsonl.gz`, import.meta.url));
  const texts = gunzipSync(readFileSync(file)).toString('utf8').split('\n');
  return texts
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as RecordedLine & { capture?: unknown })
    .filter((line) => line.capture === undefined);
}

/** Everything in a value as bytes: typed arrays as they lie in memory, the rest as text. */
function bytesOf(value: unknown, parts: Uint8Array[] = []): Uint8Array[] {
  if (ArrayBuffer.isView(value)) parts.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice());
  else if (Array.isArray(value)) for (const item of value) bytesOf(item, parts);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      parts.push(Buffer.from(`${key}=`));
      bytesOf(item, parts);
    }
  } else parts.push(Buffer.from(`${String(value)};`));
  return parts;
}

const hashOf = (value: unknown): string => {
  const hash = createHash('sha256');
  for (const part of bytesOf(value)) hash.update(part);
  return hash.digest('hex');
};

function lastBook(replies: readonly Reply[]): BookFrame | undefined {
  const books = replies.flatMap((reply) => (reply.kind === 'frame' ? reply.instruments.map((part) => part.book) : []));
  return books.filter((book) => book !== undefined).at(-1);
}

describe('[F77] the same recording', () => {
  const cases: readonly [VenueId, string][] = [
    ['binance', 'binance-spot'],
    ['binance-usdm', 'binance-usdm'],
  ];
  for (const [venue, name] of cases) {
    const plan = (frameMs: number) => ({
      venue,
      lines: linesOf(name),
      wanted: [
        {
          instrument: `${venue}:BTCUSDT` as const,
          book: { best: 50, priceDecimals: 2, step: 10, window: [6_400_000, 6_450_000] as const },
          trades: true,
          candles: ['1m' as const, '5s' as const],
          ticker: true,
        },
      ],
      frameMs,
    });

    it(`gives the same frames byte for byte (${name})`, async () => {
      const first = await replay(plan(16));
      const second = await replay(plan(16));
      expect(first.replies.length).toBeGreaterThan(100);
      expect(hashOf(second.replies)).toBe(hashOf(first.replies));
    }, 60_000);

    it(`gives the same last book and counts at any frame rate (${name})`, async () => {
      const often = await replay(plan(7));
      const seldom = await replay(plan(250));
      expect(seldom.replies.length).toBeLessThan(often.replies.length);
      expect(hashOf(lastBook(seldom.replies))).toBe(hashOf(lastBook(often.replies)));
      const id = `${venue}:BTCUSDT` as const;
      expect(seldom.feed.digestOf(id)).toEqual(often.feed.digestOf(id));
      expect(often.feed.digestOf(id)).not.toBeNull();
    }, 60_000);
  }

  it('is told apart from another one: the comparison sees single bits', () => {
    const columns = new Float64Array([1, 2, 3]);
    const before = hashOf({ columns });
    columns[1] += 2 ** -40;
    expect(hashOf({ columns })).not.toBe(before);
  });
});

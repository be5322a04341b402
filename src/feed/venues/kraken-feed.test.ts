import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CANDLE_STRIDE } from '@/market/candle.ts';
import type { InstrumentFrame } from '@/protocol/frame.ts';
import { type RecordedLine, replay } from '../replay-harness.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';
const FILES = [
  ['kraken-v2-btcusd-d10-20260801', 'BTC/USD'],
  ['kraken-v2-btcusd-d25-20260802', 'BTC/USD'],
  ['kraken-v2-ethusd-d25-20260802', 'ETH/USD'],
] as const;
const isThere = (file: string): boolean => existsSync(join(CAPTURES, `${file}.jsonl.gz`));

const linesOf = (file: string): RecordedLine[] =>
  gunzipSync(readFileSync(join(CAPTURES, `${file}.jsonl.gz`)))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedLine);

interface Expected {
  readonly checksums_total: { readonly ok: number };
  readonly books: Record<string, { readonly book_sha256: string }>;
}
const expectedOf = (file: string): Expected =>
  JSON.parse(readFileSync(join(CAPTURES, 'expected', `${file}.json`), 'utf8')) as Expected;

async function run(symbol: string, lines: readonly RecordedLine[]) {
  const id = `kraken:${symbol}` as const;
  const book = { best: 50, priceDecimals: 1, step: 0, window: null };
  const wanted = [{ instrument: id, book, trades: true, candles: ['1m' as const], ticker: true }];
  const { replies, feed } = await replay({ venue: 'kraken', lines, wanted, frameMs: 16 });
  const frames = replies.flatMap((reply) => (reply.kind === 'frame' ? reply.instruments : []));
  const sha256 = createHash('sha256')
    .update(feed.digestOf(id)?.text ?? '')
    .digest('hex');
  return { frames, last: frames.at(-1) as InstrumentFrame, sha256 };
}

/** States of the book in their order, repetitions left out. */
function statesOf(frames: readonly InstrumentFrame[]): string[] {
  const states = frames.map(({ status }) => status.book.state);
  return states.filter((state, i) => state !== states[i - 1]);
}

describe('a recording of Kraken through the whole feed', () => {
  for (const [file, symbol] of FILES) {
    it.skipIf(!isThere(file))(`${file} is live from its first book to its last, every checksum verified`, async () => {
      const { frames, last, sha256 } = await run(symbol, linesOf(file));
      const expected = expectedOf(file);
      expect(sha256).toBe(expected.books[symbol].book_sha256);
      expect(last.counters).toMatchObject({
        checksums: expected.checksums_total.ok,
        checksumFailures: 0,
        resyncs: 0,
        rejected: 0,
      });
      expect(last.status.book.proof).toBe('checksum');
      expect(statesOf(frames)).toEqual(['syncing', 'live']);
    });
  }

  const [[file, symbol]] = FILES;
  it.skipIf(!isThere(file))('without one of its diffs is rebuilt once, from the next book that is pushed', async () => {
    const lines = linesOf(file);
    const lost = lines.findIndex(({ m }) => m.includes('"type":"update"') && m.includes('"channel":"book"'));
    const { frames, last, sha256 } = await run(symbol, lines.toSpliced(lost, 1));
    expect(last.counters).toMatchObject({ resyncs: 1, checksumFailures: 1, gaps: 0, rejected: 0 });
    expect(statesOf(frames)).toEqual(['syncing', 'live', 'resyncing', 'live']);
    expect(sha256).toBe(expectedOf(file).books[symbol].book_sha256);
  });
});

const START = Date.UTC(2026, 7, 1, 2, 53, 0);
const iso = (ms: number): string => new Date(ms).toISOString();
const entryOf = (channel: string, type: string, ...data: unknown[]): string => JSON.stringify({ channel, type, data });
const trade = (trade_id: number, side: string, price: number, qty: number, at: number): unknown => ({
  symbol: 'BTC/USD',
  side,
  price,
  qty,
  ord_type: 'limit',
  trade_id,
  timestamp: iso(at),
});
const bar = (at: number, close: number, volume: number, trades: number): unknown => ({
  symbol: 'BTC/USD',
  interval: 1,
  interval_begin: iso(at),
  open: 63_000,
  high: 63_010,
  low: 62_990,
  close,
  volume,
  vwap: 63_000,
  trades,
});

/** Traffic made after the venue's reference, for the channels of which there is no recording. */
const GENERATED: readonly (readonly [afterMs: number, text: string])[] = [
  [0, '{"method":"subscribe","result":{"channel":"trade","snapshot":true,"symbol":"BTC/USD"},"success":true}'],
  [
    10,
    entryOf(
      'ohlc',
      'snapshot',
      bar(START - 120_000, 63_001, 2, 7),
      bar(START - 60_000, 63_002, 3, 9),
      bar(START, 63_003, 1, 4),
    ),
  ],
  [20, entryOf('trade', 'snapshot', trade(99, 'buy', 63_002, 1, START + 5), trade(100, 'sell', 63_003, 1, START + 9))],
  [
    900,
    entryOf(
      'trade',
      'update',
      trade(101, 'buy', 63_004, 0.5, START + 890),
      trade(102, 'sell', 63_001.5, 0.25, START + 891),
    ),
  ],
  [905, entryOf('ohlc', 'update', bar(START, 63_001.5, 1.75, 6))],
  [1_000, entryOf('trade', 'update', trade(102, 'sell', 63_001.5, 0.25, START + 891))],
  [61_000, entryOf('trade', 'update', trade(103, 'sell', 63_000, 2, START + 60_990))],
  [
    61_001,
    entryOf('ohlc', 'update', {
      ...(bar(START + 60_000, 63_000, 2, 1) as object),
      open: 63_000,
      high: 63_000,
      low: 63_000,
    }),
  ],
  [
    61_100,
    entryOf('ticker', 'update', {
      symbol: 'BTC/USD',
      last: 63_000,
      volume: 1200.5,
      low: 62_000,
      high: 64_000,
      change: -120.5,
      change_pct: -0.19,
      timestamp: iso(START + 61_090),
    }),
  ],
];

/** A book that speaks every two seconds, so that the socket is not left for its silence. A checksum of 0 proves nothing. */
const BOOKS = Array.from({ length: 31 }, (_, i) => {
  const qty = 1 + (i % 7);
  const book = { symbol: 'BTC/USD', bids: [{ price: 63_001, qty }], asks: [{ price: 63_004, qty }], checksum: 0 };
  const at = 2_000 * i + 5;
  const update = { ...book, timestamp: iso(START + at) };
  return [at, i === 0 ? entryOf('book', 'snapshot', book) : entryOf('book', 'update', update)] as const;
});

describe('generated traffic of Kraken through the whole feed', () => {
  it('counts trades after the snapshot of trades, joins candles to their history and shows the ticker', async () => {
    const said = [...GENERATED, ...BOOKS].sort(([one], [other]) => one - other);
    const lines = said.map(([after, m]) => ({ t: (START + after + 20) * 1000, dir: 'in' as const, m }));
    const { frames, last } = await run('BTC/USD', lines);
    expect(last.trades).toEqual({ received: 3, duplicates: 1, missing: 0, buyVolume: 50, sellVolume: 225 });
    expect(last.lastTrade).toMatchObject({ id: '103', aggressor: 'seller', ticks: 630_000 });
    const series = frames.flatMap(({ candles }) => candles ?? []).at(-1);
    expect([series?.interval, series?.history]).toEqual(['1m', 'joined']);
    const bars = new Map<number, number[]>();
    for (const { candles } of frames.flatMap((frame) => frame.candles ?? [])) {
      for (let i = 0; i < candles.rows.length; i += CANDLE_STRIDE) {
        const [t, , , , , , n, partial] = candles.rows.slice(i, i + CANDLE_STRIDE);
        bars.set((t - START) / 60_000, [n, partial]);
      }
    }
    // The bar that ended is the venue's, with the trades from before the subscription; the running one is ours so far.
    expect([...bars]).toEqual([
      [-2, [7, 0]],
      [-1, [9, 0]],
      [0, [6, 0]],
      [1, [1, 0]],
    ]);
    const ticker = frames.flatMap((frame) => frame.ticker ?? []).at(-1);
    expect(ticker).toMatchObject({ changeTicks: -1_205, changeBasisPoints: -19, highTicks: 640_000 });
  });
});

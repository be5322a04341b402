import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { replay } from '@/feed/replay-harness.ts';
import { type Candle, candleAt, candleCount } from '@/market/candle.ts';
import { formatTrimmed } from '@/market/decimal.ts';
import type { FaultKind } from '@/market/fault.ts';
import type { FeedState } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import { formatLotsSum } from '@/market/quantity.ts';
import type { Frame, InstrumentFrame } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { recordedVenue } from './conformance/recorded-answers';
import {
  type Expected,
  type ExpectedBook,
  type ExpectedTrades,
  hasRecording,
  RECORDINGS,
  type Recording,
  readExpected,
  readRecording,
} from './conformance/recordings';

const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
const sha256 = (text: string | undefined): string =>
  createHash('sha256')
    .update(text ?? 'no book')
    .digest('hex');

interface Grid {
  readonly price: number;
  readonly lot: number;
}

/** What a page would hold of one instrument after all frames. */
interface Seen {
  last: InstrumentFrame;
  readonly candles: Map<number, Candle>;
  grid: Grid;
  readonly states: FeedState[];
  /** Reasons of any channel to be anything but current. */
  readonly faults: Set<FaultKind>;
}

function collect(replies: readonly Reply[]): Map<InstrumentId, Seen> {
  const all = new Map<InstrumentId, Seen>();
  for (const frame of replies.filter((reply): reply is Frame => reply.kind === 'frame')) {
    for (const part of frame.instruments) {
      const seen: Seen = all.get(part.id) ?? {
        last: part,
        candles: new Map(),
        grid: { price: 0, lot: 0 },
        states: [],
        faults: new Set(),
      };
      all.set(part.id, seen);
      seen.last = { ...seen.last, ...part };
      if (part.info) seen.grid = { price: part.info.grid.priceDecimals, lot: part.info.grid.lotDecimals };
      const { state } = part.status.book;
      if (seen.states.at(-1) !== state) seen.states.push(state);
      for (const { fault } of Object.values(part.status)) if (fault) seen.faults.add(fault.kind);
      for (const series of part.candles ?? []) {
        if (series.reset) seen.candles.clear();
        for (let i = 0; i < candleCount(series.candles); i++) {
          const candle = candleAt(series.candles, i);
          seen.candles.set(candle.t, candle);
        }
      }
    }
  }
  return all;
}

interface Run {
  readonly expected: Expected;
  readonly seen: Map<InstrumentId, Seen>;
  /** Digest of the book held, by symbol and line; `last` is the line of the end. */
  readonly digests: Map<string, string>;
  readonly texts: Map<string, string>;
  readonly idOf: (symbol: string) => InstrumentId;
}

async function run(recording: Recording): Promise<Run> {
  const expected = readExpected(recording);
  // Bars of the stream began before the recording: without them the candles are made of the trades alone.
  const lines = readRecording(recording.name).filter((line) => !line.m.includes('@kline_1m'));
  const idOf = (symbol: string): InstrumentId => `${recording.venue}:${symbol}`;
  const symbols = [...expected.books.keys()];
  const atLine = new Map<number, string[]>();
  for (const [symbol, book] of expected.books)
    for (const { line } of book.checkpoints) atLine.set(line, [...(atLine.get(line) ?? []), symbol]);
  const digests = new Map<string, string>();
  const texts = new Map<string, string>();
  const venue = recordedVenue(recording.venue, lines);
  const { replies } = await replay({
    venue: recording.venue,
    lines,
    wanted: symbols.map((symbol) => ({
      instrument: idOf(symbol),
      book: { best: 50, priceDecimals: 0, step: 0, window: null },
      trades: true,
      candles: ['1m'],
      ticker: true,
    })),
    frameMs: 16,
    answers: (text) => venue.answer(text),
    afterLine: (index, feed) => {
      const { line } = lines[index];
      venue.played(lines[index]);
      const isLast = index === lines.length - 1;
      for (const symbol of isLast ? symbols : (atLine.get(line) ?? [])) {
        const digest = feed.digestOf(idOf(symbol));
        digests.set(`${symbol} ${isLast ? 'last' : line}`, `${digest?.sequence ?? ''} ${sha256(digest?.text)}`);
        texts.set(symbol, digest?.text ?? '');
      }
    },
  });
  return { expected, seen: collect(replies), digests, texts, idOf };
}

function checkBook(symbol: string, book: ExpectedBook, { digests }: Run, { last, grid }: Seen): void {
  for (const { line, sequence, sha256: digest } of book.checkpoints) {
    const key = digests.get(`${symbol} ${line}`) ?? digests.get(`${symbol} last`);
    expect(key, `${symbol} after line ${line}`).toBe(`${sequence} ${digest}`);
  }
  if (book.sha256 !== null) expect(digests.get(`${symbol} last`), symbol).toBe(`${book.sequence} ${book.sha256}`);
  const levels = (ticks: Float64Array | undefined, lots: Float64Array | undefined, count: number) =>
    Array.from({ length: count }, (_, i) => [
      formatTrimmed(ticks?.[i] ?? 0, grid.price),
      formatTrimmed(lots?.[i] ?? 0, grid.lot),
    ]);
  const top = last.book?.top;
  expect(levels(top?.bidTicks, top?.bidLots, book.topBids.length)).toEqual(book.topBids.map((row) => row.map(trim)));
  expect(levels(top?.askTicks, top?.askLots, book.topAsks.length)).toEqual(book.topAsks.map((row) => row.map(trim)));
  expect([last.book?.bidLevels, last.book?.askLevels]).toEqual([book.bidLevels, book.askLevels]);
  expect(last.counters, symbol).toMatchObject({
    rejected: 0,
    gaps: 0,
    resyncs: 0,
    reconnects: 0,
    checksumFailures: 0,
    diffs: book.applied,
  });
  if (book.quotes)
    expect(last.counters).toMatchObject({ quotesCompared: book.quotes.compared, quotesAgreed: book.quotes.agreed });
}

function checkTrades(trades: ExpectedTrades, { last, candles, grid }: Seen): void {
  if (trades.count !== null) expect(last.trades.received).toBe(trades.count);
  expect(last.trades).toMatchObject({ duplicates: 0, missing: 0 });
  expect(formatLotsSum(last.trades.buyVolume, grid.lot)).toBe(trades.buyVolume);
  expect(formatLotsSum(last.trades.sellVolume, grid.lot)).toBe(trades.sellVolume);
  const inDecimals = [...candles.values()]
    .sort((a, b) => a.t - b.t)
    .map((candle) => ({
      t: candle.t,
      o: formatTrimmed(candle.o, grid.price),
      h: formatTrimmed(candle.h, grid.price),
      l: formatTrimmed(candle.l, grid.price),
      c: formatTrimmed(candle.c, grid.price),
      v: formatLotsSum(candle.v, grid.lot),
    }));
  expect(inDecimals).toEqual(
    trades.candles.map(({ t, o, h, l, c, v }) => ({ t, o: trim(o), h: trim(h), l: trim(l), c: trim(c), v })),
  );
}

for (const recording of RECORDINGS) {
  const has = hasRecording(recording.name);
  describe.skipIf(!has)(`the recording ${recording.name}${has ? '' : ' (skipped: no captures folder)'}`, () => {
    let running: Promise<Run> | null = null;
    const ran = (): Promise<Run> => {
      running ??= run(recording);
      return running;
    };

    it('gives every checkpoint and the last book that were computed independently, without a gap or a rebuild', async () => {
      const done = await ran();
      for (const [symbol, book] of done.expected.books)
        checkBook(symbol, book, done, done.seen.get(done.idOf(symbol)) as Seen);
      const checksums = [...done.seen.values()].reduce((sum, one) => sum + one.last.counters.checksums, 0);
      expect(checksums).toBe(done.expected.checksums);
    });

    it('gives the trades and the candles that were computed independently, and no others', async () => {
      const done = await ran();
      for (const symbol of done.expected.books.keys()) {
        const seen = done.seen.get(done.idOf(symbol)) as Seen;
        const trades = done.expected.trades.get(symbol);
        if (trades) checkTrades(trades, seen);
        else expect(seen.last.trades, symbol).toMatchObject({ received: 0, duplicates: 0, missing: 0 });
      }
    });

    it('[F2] is live from its first book to its last: no book is ever called stale', async () => {
      const done = await ran();
      for (const [symbol, { quotes }] of done.expected.books) {
        const { states, last, faults } = done.seen.get(done.idOf(symbol)) as Seen;
        expect([symbol, ...states]).toEqual([symbol, 'syncing', 'live']);
        // What a recording lacks is silent or not to be had, and nothing else is ever the matter.
        expect([symbol, ...faults].filter((kind) => kind !== 'silent' && kind !== 'unreachable')).toEqual([symbol]);
        // A product in which nothing traded was never spoken of by its ticker, the second source.
        const isUnspoken = recording.proof === 'audit' && last.counters.quotesCompared === 0;
        expect([symbol, last.status.book.proof]).toEqual([symbol, isUnspoken ? 'unverified' : recording.proof]);
        if (!quotes) expect(last.counters.quotesAgreed).toBe(last.counters.quotesCompared);
      }
    });
  });
}

describe.skipIf(!hasRecording('bitstamp-10pairs-20220105'))('a size of more than 2^53 lots', () => {
  it('[F32] is kept to its last digit through the whole feed', async () => {
    const [recording] = RECORDINGS.filter(({ venue }) => venue === 'bitstamp');
    const { texts } = await run(recording);
    expect(texts.get('xrpeur')).toContain('b|0.00001|112716000\n');
  });
});

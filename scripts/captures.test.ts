import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replay } from '@/feed/replay-harness.ts';
import { type Candle, candleAt, candleCount } from '@/market/candle.ts';
import { formatTrimmed } from '@/market/decimal.ts';
import type { InstrumentId, VenueId } from '@/market/instrument.ts';
import { formatLotsSum } from '@/market/quantity.ts';
import type { Frame, InstrumentFrame } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { readCapture } from './capture-file.ts';
import { capturesFolder } from './captures-folder.ts';

/** The keys of an expected file that are compared here. */
interface Checkpoint {
  after_line: number;
  update_id: number;
  bid_levels: number;
  ask_levels: number;
  book_sha256: string;
}
interface ExpectedBook {
  last_update_id: number;
  bid_levels: number;
  ask_levels: number;
  book_sha256: string;
  top10_bids: [string, string][];
  top10_asks: [string, string][];
  applied: number;
  checkpoints: Checkpoint[];
  cross_check_bookTicker?: { compared_latest_ticker_not_newer: number; matched_latest_ticker_not_newer: number };
}
interface ExpectedCandle {
  t: number;
  o: string;
  h: string;
  l: string;
  c: string;
  v: string;
  n: number;
}
interface ExpectedTrades {
  count: number;
  buy_volume: string;
  sell_volume: string;
  candles_1m: ExpectedCandle[];
}
interface Expected {
  books: Record<string, ExpectedBook>;
  trades?: Record<string, ExpectedTrades>;
  agg_trades?: Record<string, ExpectedTrades>;
}

const FILES: readonly [VenueId, string][] = [
  ['binance', 'binance-spot-btcusdt-20240808'],
  ['binance-usdm', 'binance-usdm-btcusdt-20240808'],
  ['binance', 'binance-spot-4sym-20211012'],
  ['binance-usdm', 'binance-usdm-4sym-20210722'],
];
const folder = capturesFolder();
const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

interface Seen {
  readonly last: Map<InstrumentId, InstrumentFrame>;
  readonly candles: Map<InstrumentId, Map<number, Candle>>;
  readonly decimals: Map<InstrumentId, { price: number; lot: number }>;
}

function collect(replies: readonly Reply[]): Seen {
  const seen: Seen = { last: new Map(), candles: new Map(), decimals: new Map() };
  for (const frame of replies.filter((reply): reply is Frame => reply.kind === 'frame')) {
    for (const part of frame.instruments) {
      seen.last.set(part.id, { ...seen.last.get(part.id), ...part });
      if (part.info)
        seen.decimals.set(part.id, { price: part.info.grid.priceDecimals, lot: part.info.grid.lotDecimals });
      for (const series of part.candles ?? []) {
        const held = series.reset ? new Map<number, Candle>() : (seen.candles.get(part.id) ?? new Map());
        for (let i = 0; i < candleCount(series.candles); i++) {
          const candle = candleAt(series.candles, i);
          held.set(candle.t, candle);
        }
        seen.candles.set(part.id, held);
      }
    }
  }
  return seen;
}

for (const [venue, name] of FILES) {
  const file = folder === null ? null : join(folder, `${name}.jsonl.gz`);
  const has = file !== null && existsSync(file);
  describe.skipIf(!has)(`the recording ${name}${has ? '' : ' (skipped: no captures folder)'}`, () => {
    const load = () => {
      const expected = JSON.parse(readFileSync(join(folder ?? '', 'expected', `${name}.json`), 'utf8')) as Expected;
      const { lines } = readCapture(file ?? '');
      return { expected, lines };
    };

    it('gives every checkpoint, the last book, the trades and the candles that were computed independently', async () => {
      const { expected, lines } = load();
      const symbols = Object.keys(expected.books);
      const digests = new Map<string, string>();
      const wanted = symbols.map((symbol) => ({
        instrument: `${venue}:${symbol}` as InstrumentId,
        book: { best: 50, priceDecimals: 0, step: 0, window: null },
        trades: true,
        candles: ['1m' as const],
        ticker: true,
      }));
      const atLine = new Map<number, [string, Checkpoint][]>();
      for (const symbol of symbols)
        for (const point of expected.books[symbol].checkpoints)
          atLine.set(point.after_line, [...(atLine.get(point.after_line) ?? []), [symbol, point]]);
      const withoutKlines = lines.filter((line) => !line.m.includes('@kline_1m'));
      const { replies } = await replay({
        venue,
        lines: withoutKlines,
        wanted,
        frameMs: 16,
        afterLine: (index, feed) => {
          const points = atLine.get(withoutKlines[index].line) ?? [];
          const isLast = index === withoutKlines.length - 1;
          for (const symbol of isLast ? symbols : points.map(([symbol]) => symbol)) {
            const digest = feed.digestOf(`${venue}:${symbol}` as InstrumentId);
            const key = isLast ? `${symbol} last` : `${symbol} ${withoutKlines[index].line}`;
            digests.set(
              key,
              `${digest?.sequence} ${createHash('sha256')
                .update(digest?.text ?? '')
                .digest('hex')}`,
            );
          }
        },
      });
      const seen = collect(replies);
      for (const symbol of symbols) {
        const book = expected.books[symbol];
        const id = `${venue}:${symbol}` as InstrumentId;
        for (const point of book.checkpoints) {
          const key = digests.get(`${symbol} ${point.after_line}`) ?? digests.get(`${symbol} last`);
          expect(key, `${symbol} after line ${point.after_line}`).toBe(`${point.update_id} ${point.book_sha256}`);
        }
        expect(digests.get(`${symbol} last`)).toBe(`${book.last_update_id} ${book.book_sha256}`);
        const frame = seen.last.get(id);
        const grid = seen.decimals.get(id) ?? { price: 0, lot: 0 };
        const counters = frame?.counters;
        expect(counters).toMatchObject({ rejected: 0, gaps: 0, resyncs: 0, diffs: book.applied });
        if (book.cross_check_bookTicker) {
          expect(counters?.quotesCompared).toBe(book.cross_check_bookTicker.compared_latest_ticker_not_newer);
          expect(counters?.quotesAgreed).toBe(book.cross_check_bookTicker.matched_latest_ticker_not_newer);
        }
        const levels = (ticks: Float64Array | undefined, lots: Float64Array | undefined) =>
          Array.from({ length: 10 }, (_, i) => [
            formatTrimmed(ticks?.[i] ?? 0, grid.price),
            formatTrimmed(lots?.[i] ?? 0, grid.lot),
          ]);
        const top = frame?.book?.top;
        expect(levels(top?.bidTicks, top?.bidLots)).toEqual(book.top10_bids.map((level) => level.map(trim)));
        expect(levels(top?.askTicks, top?.askLots)).toEqual(book.top10_asks.map((level) => level.map(trim)));
        expect([frame?.book?.bidLevels, frame?.book?.askLevels]).toEqual([book.bid_levels, book.ask_levels]);
        const trades = expected.trades?.[symbol] ?? expected.agg_trades?.[symbol];
        if (!trades) continue;
        if (expected.trades) expect(frame?.trades.received).toBe(trades.count);
        expect(frame?.trades).toMatchObject({ duplicates: 0, missing: 0 });
        expect(formatLotsSum(frame?.trades.buyVolume ?? 0, grid.lot)).toBe(trades.buy_volume);
        expect(formatLotsSum(frame?.trades.sellVolume ?? 0, grid.lot)).toBe(trades.sell_volume);
        const candles = [...(seen.candles.get(id)?.values() ?? [])].sort((a, b) => a.t - b.t);
        const inDecimals = candles.map((candle) => ({
          t: candle.t,
          o: formatTrimmed(candle.o, grid.price),
          h: formatTrimmed(candle.h, grid.price),
          l: formatTrimmed(candle.l, grid.price),
          c: formatTrimmed(candle.c, grid.price),
          v: formatLotsSum(candle.v, grid.lot),
        }));
        expect(inDecimals).toEqual(
          trades.candles_1m.map(({ t, o, h, l, c, v }) => ({ t, o: trim(o), h: trim(h), l: trim(l), c: trim(c), v })),
        );
      }
    }, 60_000);
  });
}

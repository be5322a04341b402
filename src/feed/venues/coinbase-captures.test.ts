import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BookKeeper, type CaptureLine, linesOf, sumOf } from '../testing/book-keeper.ts';
import { canonical } from '../testing/reference-book.ts';
import { coinbase } from './coinbase.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';
const NAME = 'coinbase-exchange-10prod-20210417';
const FILE = join(CAPTURES, `${NAME}.jsonl.gz`);
const isHere = existsSync(FILE);

interface Expected {
  readonly books: Record<
    string,
    {
      readonly applied: number;
      readonly bid_levels: number;
      readonly ask_levels: number;
      readonly top10_bids: readonly (readonly [string, string])[];
      readonly top10_asks: readonly (readonly [string, string])[];
      readonly book_sha256: string;
      readonly checkpoints: readonly { readonly after_line: number; readonly book_sha256: string }[];
    }
  >;
  readonly trades: Record<
    string,
    {
      readonly count: number;
      readonly buy_count: number;
      readonly sell_count: number;
      readonly buy_volume: string;
      readonly sell_volume: string;
      readonly total_volume: string;
      readonly first: { readonly id: string; readonly time_ms: number };
      readonly last: { readonly id: string; readonly time_ms: number };
    }
  >;
  readonly last_match_trade_id: Record<string, number>;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const plain = (levels: readonly (readonly [string, string])[]): string[][] =>
  levels.map((level) => level.map(canonical));

describe.skipIf(!isHere)('the recording of Coinbase Exchange', () => {
  const expected = isHere
    ? (JSON.parse(readFileSync(join(CAPTURES, 'expected', `${NAME}.json`), 'utf8')) as Expected)
    : { books: {}, trades: {}, last_match_trade_id: {} };
  const lines: CaptureLine[] = isHere ? linesOf(gunzipSync(readFileSync(FILE)).toString('utf8')) : [];
  const keeper = new BookKeeper();
  const venue = coinbase();
  const checkpoints = new Map<string, string>(
    Object.entries(expected.books).flatMap(([symbol, book]) =>
      book.checkpoints.map((point) => [`${symbol} ${point.after_line}`, point.book_sha256] as const),
    ),
  );
  const seen = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    if (line.dir === 'in') venue.decode(line.m, keeper);
    for (const symbol of Object.keys(expected.books)) {
      const key = `${symbol} ${index}`;
      if (checkpoints.has(key)) seen.set(key, sha256(keeper.digest(symbol)));
    }
  }

  it('is read without a refusal and without an unknown message', () => {
    expect(keeper.rejections).toEqual([]);
    expect(keeper.counts).toMatchObject({ diff: 9_719, book: 10, ignored: 0 });
  });

  it('gives the book of every product at every checkpoint', () => {
    expect(seen.size).toBeGreaterThan(50);
    expect(seen).toEqual(checkpoints);
  });

  it.each(Object.keys(expected.books))('ends with the book of %s', (symbol) => {
    const want = expected.books[symbol];
    const { bids, asks } = keeper.books.get(symbol)!.state(0);
    expect([bids.length, asks.length]).toEqual([want.bid_levels, want.ask_levels]);
    expect(bids.slice(0, 10)).toEqual(plain(want.top10_bids));
    expect(asks.slice(0, 10)).toEqual(plain(want.top10_asks));
    expect(sha256(keeper.digest(symbol))).toBe(want.book_sha256);
  });

  it('gives the trades of every product, by who took and in the numbers of the venue', () => {
    for (const [symbol, want] of Object.entries(expected.trades)) {
      const trades = (keeper.trades.get(symbol) ?? []).filter((trade) => !trade.initial);
      const sizes = (isBuy: boolean): string => sumOf(trades.filter((t) => t.isBuy === isBuy).map((t) => t.size));
      expect(trades).toHaveLength(want.count);
      expect(trades.filter((trade) => trade.isBuy)).toHaveLength(want.buy_count);
      expect([sizes(true), sizes(false)]).toEqual([want.buy_volume, want.sell_volume]);
      expect([trades[0].id, trades[0].time]).toEqual([Number(want.first.id), want.first.time_ms]);
      expect([trades.at(-1)?.id, trades.at(-1)?.time]).toEqual([Number(want.last.id), want.last.time_ms]);
      expect(trades.every((trade, i) => i === 0 || trade.id === trades[i - 1].id + 1)).toBe(true);
    }
  });

  it('marks the trade from before the subscription, whose number comes just before the first', () => {
    for (const [symbol, id] of Object.entries(expected.last_match_trade_id)) {
      const [first, second] = keeper.trades.get(symbol)!;
      expect([first.initial, first.id]).toEqual([true, id]);
      if (second !== undefined) expect([second.initial, second.id]).toEqual([false, id + 1]);
    }
  });

  it('states best prices with every ticker but the one that tells of the past', () => {
    expect([...keeper.tickers.values()].flat()).toHaveLength(107);
    expect(keeper.statements).toHaveLength(97);
    expect(keeper.statements.every(({ bids, asks }) => bids.length === 1 && asks.length === 1)).toBe(true);
  });

  it('acknowledges the streams by their names', () => {
    const named = keeper.controls.map((control) => (control.kind === 'ack' ? (control.names ?? []) : []));
    expect(named.map((names) => names.length)).toEqual([10, 20, 30]);
    expect(named[2]).toContain('level2_batch:BAND-GBP');
    expect(named[2]).toContain('matches:BAND-GBP');
  });

  it('lists its products with their steps', () => {
    const body = lines[0].m;
    expect(venue.readCatalogue(body)).toHaveLength(162);
    expect(venue.readListing(body, 'YFI-BTC')).toMatchObject({
      base: 'YFI',
      quote: 'BTC',
      kind: 'spot',
      priceStep: '0.00001',
      sizeStep: '0.000001',
      tradable: true,
    });
  });
});

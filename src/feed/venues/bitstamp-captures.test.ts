import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BookKeeper, type CaptureLine, linesOf, sumOf } from '../testing/book-keeper.ts';
import { canonical } from '../testing/reference-book.ts';
import { bitstamp } from './bitstamp.ts';
import type { Diff } from './venue.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';
const NAME = 'bitstamp-10pairs-20220105';
const FILE = join(CAPTURES, `${NAME}.jsonl.gz`);
const isHere = existsSync(FILE);

interface Expected {
  readonly books: Record<
    string,
    {
      readonly applied: number;
      readonly discarded_older_than_snapshot: number;
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
      readonly buy_volume: string;
      readonly sell_volume: string;
      readonly first: { readonly id: string; readonly time_ms: number };
      readonly last: { readonly id: string; readonly time_ms: number };
    }
  >;
}

/** Joins diffs to the snapshot by the venue's own rules: every snapshot of the recording precedes the diffs it is of. */
class Joiner extends BookKeeper {
  readonly venue = bitstamp();
  readonly sequences = new Map<string, number>();
  readonly outcomes = new Map<string, Record<string, number>>();

  snapshot(symbol: string, body: string): void {
    const snapshot = this.venue.readSnapshot(body, 0, this.grid(symbol), (price, lot) => {
      this.refine(symbol, price, lot);
      return this.grid(symbol);
    });
    if (snapshot === null) throw new Error(`the snapshot of ${symbol} cannot be read`);
    this.sequences.set(symbol, snapshot.sequence);
    this.outcomes.set(symbol, { skip: 0, gap: 0, apply: 0 });
    this.replace(symbol, snapshot);
  }

  override diff(symbol: string, diff: Diff): void {
    const sequence = this.sequences.get(symbol) ?? 0;
    const outcomes = this.outcomes.get(symbol) ?? {};
    const rule = outcomes.apply === 0 ? this.venue.joins(sequence, diff) : this.venue.continuity(sequence, diff);
    outcomes[rule] = (outcomes[rule] ?? 0) + 1;
    if (rule !== 'apply') return;
    this.sequences.set(symbol, diff.last);
    super.diff(symbol, diff);
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const plain = (levels: readonly (readonly [string, string])[]): string[][] =>
  levels.map((level) => level.map(canonical));

describe.skipIf(!isHere)('the recording of Bitstamp', () => {
  const expected = isHere
    ? (JSON.parse(readFileSync(join(CAPTURES, 'expected', `${NAME}.json`), 'utf8')) as Expected)
    : { books: {}, trades: {} };
  const lines: CaptureLine[] = isHere ? linesOf(gunzipSync(readFileSync(FILE)).toString('utf8')) : [];
  const keeper = new Joiner();
  const wanted = new Map<string, string>(
    Object.entries(expected.books).flatMap(([symbol, book]) =>
      book.checkpoints.map((point) => [`${symbol} ${point.after_line}`, point.book_sha256] as const),
    ),
  );
  const seen = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const market = /\/order_book\/(\w+)$/.exec(line.url ?? '')?.[1];
    if (market !== undefined) keeper.snapshot(market, line.m);
    if (line.dir === 'in') keeper.venue.decode(line.m, keeper);
    for (const symbol of Object.keys(expected.books)) {
      const key = `${symbol} ${index}`;
      if (wanted.has(key)) seen.set(key, sha256(keeper.digest(symbol)));
    }
  }

  it('is read without a refusal and without an unknown message', () => {
    expect(keeper.rejections).toEqual([]);
    expect(keeper.counts).toMatchObject({ diff: 615, unknown: 0, ignored: 0 });
  });

  it('drops what the snapshot holds and applies the rest, without a gap', () => {
    for (const [symbol, want] of Object.entries(expected.books)) {
      const outcomes = { skip: want.discarded_older_than_snapshot, gap: 0, apply: want.applied };
      expect(keeper.outcomes.get(symbol), symbol).toEqual(outcomes);
    }
  });

  it('gives the book of every market at every checkpoint', () => {
    expect(seen.size).toBeGreaterThan(5);
    expect(seen).toEqual(wanted);
  });

  it.each(Object.keys(expected.books))('ends with the book of %s', (symbol) => {
    const want = expected.books[symbol];
    const { bids, asks } = keeper.books.get(symbol)!.state(0);
    expect([bids.length, asks.length]).toEqual([want.bid_levels, want.ask_levels]);
    expect(bids.slice(0, 10)).toEqual(plain(want.top10_bids));
    expect(asks.slice(0, 10)).toEqual(plain(want.top10_asks));
    expect(sha256(keeper.digest(symbol))).toBe(want.book_sha256);
  });

  it('keeps the level of more than 2^53 lots exactly', () => {
    expect(keeper.counts.wide).toBeGreaterThan(0);
    expect(keeper.books.get('xrpeur')?.bids.get('0.00001')).toBe('112716000');
  });

  it('gives the trades by who took', () => {
    expect([...keeper.trades.keys()].sort()).toEqual(Object.keys(expected.trades).sort());
    for (const [symbol, want] of Object.entries(expected.trades)) {
      const trades = keeper.trades.get(symbol) ?? [];
      const sizes = (isBuy: boolean): string => sumOf(trades.filter((t) => t.isBuy === isBuy).map((t) => t.size));
      expect(trades).toHaveLength(want.count);
      expect(trades.filter((trade) => trade.isBuy)).toHaveLength(want.buy_count);
      expect([sizes(true), sizes(false)]).toEqual([want.buy_volume, want.sell_volume]);
      expect([trades[0].id, trades[0].time]).toEqual([Number(want.first.id), want.first.time_ms]);
      expect([trades.at(-1)?.id, trades.at(-1)?.time]).toEqual([Number(want.last.id), want.last.time_ms]);
      expect(trades.some((trade) => trade.initial)).toBe(false);
    }
  });

  it('acknowledges every stream by its name', () => {
    const names = keeper.controls.flatMap((control) => (control.kind === 'ack' ? (control.names ?? []) : []));
    expect(names).toHaveLength(20);
    expect(names).toContain('diff_order_book_xrpeur');
    expect(names).toContain('live_trades_ethusd');
  });

  it('lists its pairs with their steps, currencies against currencies as such', () => {
    const body = lines[0].m;
    const kinds = new Map(keeper.venue.readCatalogue(body).map((entry) => [entry.id, entry.kind]));
    expect(kinds.size).toBe(140);
    expect([kinds.get('bitstamp:eurusd'), kinds.get('bitstamp:btcusd')]).toEqual(['fx', 'spot']);
    expect(keeper.venue.readListing(body, 'xrpeur')).toMatchObject({
      base: 'XRP',
      quote: 'EUR',
      priceStep: '0.00001',
      sizeStep: '0.00000001',
      tradable: true,
    });
    expect(keeper.venue.readListing(body, 'nothere')).toBe(null);
  });
});

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BookKeeper, linesOf, sumOf } from '../testing/book-keeper.ts';
import { canonical } from '../testing/reference-book.ts';
import { OKX_CHECKSUM, okx, okxContinuity } from './okx.ts';
import type { Diff, StreamBook } from './venue.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';
const NAME = 'okx-v5-3inst-20220513';
const FILE = join(CAPTURES, `${NAME}.jsonl.gz`);
const isHere = existsSync(FILE);

interface Expected {
  readonly checksums_total: { readonly ok: number };
  readonly books: Record<
    string,
    {
      readonly applied: number;
      readonly checksums_ok: number;
      readonly first_checksum: { readonly line: number; readonly checksum: number };
      readonly bid_levels: number;
      readonly ask_levels: number;
      readonly top10_bids: readonly (readonly [string, string])[];
      readonly top10_asks: readonly (readonly [string, string])[];
      readonly book_sha256: string;
      readonly checkpoints: readonly {
        readonly after_line: number;
        readonly checksum: number;
        readonly book_sha256: string;
      }[];
    }
  >;
  readonly trades: Record<
    string,
    {
      readonly count: number;
      readonly buy_count: number;
      readonly buy_volume: string;
      readonly sell_volume: string;
      readonly total_volume: string;
      readonly first: { readonly id: string; readonly price: string; readonly time_ms: number };
      readonly last: { readonly id: string; readonly price: string; readonly time_ms: number };
    }
  >;
}

/** One side's checksum texts by price, the price read off the text itself. */
class Tokens {
  private readonly texts = new Map<number, string>();

  take(tokens: readonly string[], isEmpty: (at: number) => boolean): void {
    tokens.forEach((token, at) => {
      const price = Number(token.split(':')[0]);
      if (isEmpty(at)) this.texts.delete(price);
      else this.texts.set(price, token);
    });
  }

  clear(): void {
    this.texts.clear();
  }

  best(sign: 1 | -1): string[] {
    const sorted = [...this.texts].sort(([a], [b]) => sign * (a - b));
    return sorted.slice(0, OKX_CHECKSUM.levels).map(([, token]) => token);
  }
}

/** Holds every message against its checksum and the rule of continuity. */
class Checker extends BookKeeper {
  readonly sides = new Map<string, { bids: Tokens; asks: Tokens }>();
  readonly checksums = new Map<string, number>();
  readonly failures: string[] = [];
  good = 0;

  override book(symbol: string, book: StreamBook): void {
    super.book(symbol, book);
    this.sides.set(symbol, { bids: new Tokens(), asks: new Tokens() });
    this.check(symbol, book);
  }

  override diff(symbol: string, diff: Diff): void {
    super.diff(symbol, diff);
    if (okxContinuity(-1, diff) !== 'apply') this.failures.push(`${symbol} does not go on`);
    this.check(symbol, diff);
  }

  private check(symbol: string, { bids, asks, checksum }: Pick<Diff, 'bids' | 'asks' | 'checksum'>): void {
    const side = this.sides.get(symbol)!;
    expect([bids.tokens.length, asks.tokens.length]).toEqual([bids.count, asks.count]);
    side.bids.take(bids.tokens, (at) => bids.lots[at] === 0);
    side.asks.take(asks.tokens, (at) => asks.lots[at] === 0);
    if (OKX_CHECKSUM.of(side.bids.best(-1), side.asks.best(1)) === checksum) this.good++;
    else this.failures.push(`${symbol} ${checksum}`);
    this.checksums.set(symbol, checksum ?? 0);
  }
}

const sha256 = (keeper: BookKeeper, symbol: string): string =>
  createHash('sha256').update(keeper.digest(symbol)).digest('hex');

const plain = (levels: readonly (readonly [string, string])[]): string[][] =>
  levels.map((level) => level.map(canonical));

describe.skipIf(!isHere)('the recording of OKX', () => {
  const expected: Expected = isHere
    ? JSON.parse(readFileSync(join(CAPTURES, 'expected', `${NAME}.json`), 'utf8'))
    : { checksums_total: { ok: 0 }, books: {}, trades: {} };
  const lines = isHere ? linesOf(gunzipSync(readFileSync(FILE)).toString('utf8')) : [];
  const checker = new Checker();
  const venue = okx();
  const seen: [string, number, string][] = [];
  for (const [index, line] of lines.entries()) {
    if (line.dir === 'in') venue.decode(line.m, checker);
    for (const [symbol, { checkpoints }] of Object.entries(expected.books))
      if (checkpoints.some((point) => point.after_line === index))
        seen.push([`${symbol} ${index}`, checker.checksums.get(symbol) ?? 0, sha256(checker, symbol)]);
  }

  it('is read without a refusal and without an unknown message', () => {
    expect(checker.rejections).toEqual([]);
    expect(checker.counts).toMatchObject({ diff: 287, book: 3, ignored: 0, unknown: 0 });
  });

  it('has every one of its 290 checksums right', () => {
    expect(checker.failures).toEqual([]);
    expect(checker.good).toBe(expected.checksums_total.ok);
    expect(checker.good).toBe(290);
  });

  it('gives the book and the checksum of every checkpoint', () => {
    const wanted = Object.entries(expected.books).flatMap(([symbol, { checkpoints }]) =>
      checkpoints.map((point) => [`${symbol} ${point.after_line}`, point.checksum, point.book_sha256]),
    );
    expect(seen.length).toBeGreaterThan(10);
    expect([...seen].sort()).toEqual(wanted.sort());
  });

  it.each(Object.keys(expected.books))('ends with the book of %s', (symbol) => {
    const want = expected.books[symbol];
    const { bids, asks } = checker.books.get(symbol)!.state(0);
    expect([bids.length, asks.length]).toEqual([want.bid_levels, want.ask_levels]);
    expect(bids.slice(0, 10)).toEqual(plain(want.top10_bids));
    expect(asks.slice(0, 10)).toEqual(plain(want.top10_asks));
    expect(sha256(checker, symbol)).toBe(want.book_sha256);
  });

  it('gives the trades by who took, the old ones of the beginning among them', () => {
    expect([...checker.trades.keys()].sort()).toEqual(Object.keys(expected.trades).sort());
    for (const [symbol, want] of Object.entries(expected.trades)) {
      const trades = checker.trades.get(symbol) ?? [];
      const volume = (isBuy: boolean): string => sumOf(trades.filter((t) => t.isBuy === isBuy).map((t) => t.size));
      const ends = [trades[0], trades.at(-1)].map((trade) => [String(trade?.id), trade?.price, trade?.time]);
      expect(trades).toHaveLength(want.count);
      expect(trades.filter((trade) => trade.isBuy)).toHaveLength(want.buy_count);
      expect([volume(true), volume(false)]).toEqual([want.buy_volume, want.sell_volume]);
      expect(sumOf(trades.map((trade) => trade.size))).toBe(want.total_volume);
      expect(ends).toEqual([want.first, want.last].map(({ id, price, time_ms }) => [id, canonical(price), time_ms]));
      expect(trades.some((trade) => trade.initial)).toBe(false);
    }
  });

  it('acknowledges every stream by its name, however often it is asked for', () => {
    const acks = checker.controls.map((control) => (control.kind === 'ack' ? control.names?.[0] : control.kind));
    expect(acks).toHaveLength(18);
    expect(new Set(acks).size).toBe(9);
    expect(acks).toContain('books:BTC-USD-220527');
  });

  it('states the figures of the day, the volume of contracts without a quote volume', () => {
    expect(checker.tickers.get('BTC-USDT')?.[0]).toMatchObject({ quoteVolume: '525802090.62716611' });
    expect(checker.tickers.get('BTC-USD-220527')?.[0]).toEqual({
      lastTicks: 302_188,
      changeTicks: 6_474,
      changeBasisPoints: 219,
      highTicks: 310_033,
      lowTicks: 279_308,
      volume: 779_573,
      eventTime: 1652459223003,
    });
  });

  it('lists its instruments with their steps, and contracts with what they stand for', () => {
    const [spot, swap, futures] = lines.filter((line) => line.dir === 'http').map((line) => line.m);
    const counts = [spot, swap, futures].map((body) => venue.readCatalogue(body).length);
    expect(counts).toEqual([513, 166, 104]);
    expect(venue.readListing(spot, 'BTC-USDT')).toEqual({
      symbol: 'BTC-USDT',
      base: 'BTC',
      quote: 'USDT',
      kind: 'spot',
      priceStep: '0.1',
      sizeStep: '0.00000001',
      sizeUnit: 'BTC',
      tradable: true,
    });
    expect(venue.readListing(swap, 'UNI-USD-SWAP')).toMatchObject({
      base: 'UNI',
      quote: 'USD',
      kind: 'perpetual',
      priceStep: '0.001',
      sizeStep: '1',
      sizeUnit: 'contracts',
      contract: { value: '10', currency: 'USD' },
    });
    expect(venue.readListing(futures, 'BTC-USD-220527')).toMatchObject({
      kind: 'future',
      contract: { value: '100', currency: 'USD' },
    });
    expect(venue.readListing(spot, 'BTC-USD-220527')).toBe(null);
  });
});

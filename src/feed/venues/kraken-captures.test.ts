import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { formatTrimmed } from '@/market/decimal.ts';
import type { LevelList } from '../book/level-list.ts';
import { kraken } from './kraken.ts';
import { KRAKEN_CHECKSUM } from './kraken-checksum.ts';
import type { DecodeSink, Diff, StreamBook } from './venue.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';
const FILES = ['kraken-v2-btcusd-d10-20260801', 'kraken-v2-btcusd-d25-20260802', 'kraken-v2-ethusd-d25-20260802'];
const PRICE_DECIMALS = 4;
const LOT_DECIMALS = 8;

interface Level {
  readonly lots: number;
  readonly token: string;
}

/** One side as a plain map, sorted when it is looked at. */
class NaiveSide {
  private levels = new Map<number, Level>();

  constructor(private readonly sign: 1 | -1) {}

  take(list: LevelList, depth: number): void {
    for (let i = 0; i < list.count; i++) {
      if (list.lots[i] === 0) this.levels.delete(list.ticks[i]);
      else this.levels.set(list.ticks[i], { lots: list.lots[i], token: list.tokens[i] });
    }
    this.levels = new Map(this.best().slice(0, depth));
  }

  clear(): void {
    this.levels.clear();
  }

  best(): [number, Level][] {
    return [...this.levels].sort(([a], [b]) => this.sign * (a - b));
  }

  tokens(count: number): string[] {
    return this.best()
      .slice(0, count)
      .map(([, level]) => level.token);
  }

  texts(): [string, string][] {
    return this.best().map(([ticks, { lots }]) => [
      formatTrimmed(ticks, PRICE_DECIMALS),
      formatTrimmed(lots, LOT_DECIMALS),
    ]);
  }
}

/** The book of a recording, cut as the venue cuts it, its checksum compared at every message. */
class NaiveBook {
  readonly bids = new NaiveSide(-1);
  readonly asks = new NaiveSide(1);
  depth = 0;
  /** Whether the sides are cut at the depth of the subscription, as they must be. */
  cuts = true;
  snapshots = 0;
  updates = 0;
  good = 0;
  checksum = -1;
  readonly other: string[] = [];

  readonly sink = new Proxy({} as DecodeSink, {
    get: (_, method: keyof DecodeSink) => {
      if (method === 'grid') return () => ({ priceDecimals: PRICE_DECIMALS, lotDecimals: LOT_DECIMALS, epoch: 0 });
      if (method === 'book') return (_symbol: string, book: StreamBook) => this.replace(book);
      if (method === 'diff') return (_symbol: string, diff: Diff) => this.change(diff);
      return (...said: unknown[]) => this.other.push(JSON.stringify([method, ...said]));
    },
  });

  digest(): string {
    const lines = [
      ...this.bids.texts().map(([price, size]) => `b|${price}|${size}\n`),
      ...this.asks.texts().map(([price, size]) => `a|${price}|${size}\n`),
    ];
    return createHash('sha256').update(lines.join('')).digest('hex');
  }

  private replace(book: StreamBook): void {
    this.bids.clear();
    this.asks.clear();
    this.depth = book.depth;
    this.snapshots++;
    this.apply(book);
  }

  private change(diff: Diff): void {
    this.updates++;
    this.apply(diff);
  }

  private apply({ bids, asks, checksum }: Pick<Diff, 'bids' | 'asks' | 'checksum'>): void {
    const depth = this.cuts ? this.depth : Number.POSITIVE_INFINITY;
    this.bids.take(bids, depth);
    this.asks.take(asks, depth);
    this.checksum = checksum ?? -1;
    if (KRAKEN_CHECKSUM.of(this.bids.tokens(10), this.asks.tokens(10)) === checksum) this.good++;
  }
}

interface Expected {
  readonly checksum_method_comparison: { readonly wire_text_without_truncating_to_depth: number };
  readonly checksums_total: { readonly ok: number; readonly bad: number };
  readonly books: Record<
    string,
    {
      readonly depth: number;
      readonly snapshots: number;
      readonly applied: number;
      readonly book_sha256: string;
      readonly bid_levels: number;
      readonly ask_levels: number;
      readonly checkpoints: readonly {
        readonly after_line: number;
        readonly checksum: string;
        readonly book_sha256: string;
      }[];
    }
  >;
}

function linesOf(file: string): string[] {
  const text = gunzipSync(readFileSync(join(CAPTURES, `${file}.jsonl.gz`))).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { m: string }).m);
}

describe('a recording of Kraken', () => {
  for (const file of FILES) {
    const isThere = existsSync(join(CAPTURES, `${file}.jsonl.gz`));
    it.skipIf(!isThere)(`${file} gives the expected book with every checksum right`, () => {
      const expected = JSON.parse(readFileSync(join(CAPTURES, 'expected', `${file}.json`), 'utf8')) as Expected;
      const [told] = Object.values(expected.books);
      const checkpoints = new Map(told.checkpoints.map((point) => [point.after_line, point]));
      const book = new NaiveBook();
      const venue = kraken();
      let met = 0;
      linesOf(file).forEach((text, line) => {
        venue.decode(text, book.sink);
        const point = checkpoints.get(line);
        if (point === undefined) return;
        expect([line, String(book.checksum), book.digest()]).toEqual([line, point.checksum, point.book_sha256]);
        met++;
      });
      expect(met).toBe(checkpoints.size);
      expect(book.good).toBe(expected.checksums_total.ok);
      expect([book.depth, book.snapshots, book.updates]).toEqual([told.depth, told.snapshots, told.applied]);
      expect([book.bids.best().length, book.asks.best().length]).toEqual([told.bid_levels, told.ask_levels]);
      expect(book.digest()).toBe(told.book_sha256);
      expect(book.other.filter((said) => said.startsWith('["rejected"') || said === '["ignored",true]')).toEqual([]);
    });
  }

  for (const file of FILES) {
    const isThere = existsSync(join(CAPTURES, `${file}.jsonl.gz`));
    it.skipIf(!isThere)(`${file} fails as many checksums as expected when its sides are not cut`, () => {
      const expected = JSON.parse(readFileSync(join(CAPTURES, 'expected', `${file}.json`), 'utf8')) as Expected;
      const book = new NaiveBook();
      book.cuts = false;
      const venue = kraken();
      for (const text of linesOf(file)) venue.decode(text, book.sink);
      expect(book.good).toBe(expected.checksum_method_comparison.wire_text_without_truncating_to_depth);
    });
  }

  it.skipIf(!existsSync(join(CAPTURES, 'kraken-v1-10pairs-20210417.jsonl.gz')))(
    'in the format of version 1 changes no book',
    () => {
      const book = new NaiveBook();
      const venue = kraken();
      for (const text of linesOf('kraken-v1-10pairs-20210417')) venue.decode(text, book.sink);
      expect(book.snapshots + book.updates).toBe(0);
      const methods = new Set(book.other.map((said) => (JSON.parse(said) as string[])[0]));
      expect([...methods].sort()).toEqual(['ignored', 'rejected']);
    },
  );
});

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BookKeeper, linesOf } from '../testing/book-keeper.ts';
import { CallLog } from '../testing/call-log.ts';
import { canonical } from '../testing/reference-book.ts';
import { deribit } from './deribit.ts';
import { isInverse } from './deribit-names.ts';
import type { Diff, Statement, StreamBook } from './venue.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';
const NAME = 'deribit-options-20210722';
const FILE = join(CAPTURES, `${NAME}.jsonl.gz`);
const isHere = existsSync(FILE);
/** How far a ticker may run ahead of the book it is compared with. */
const AHEAD_MS = 200;

interface Expected {
  readonly messages: { readonly ticker: number; readonly book_snapshot: number; readonly book_change: number };
  readonly actions: Record<'new' | 'change' | 'delete', number>;
  readonly sequence_gaps: readonly unknown[];
  readonly cross_check_ticker: { readonly compared: number; readonly matched: number };
  readonly books: Record<
    string,
    {
      readonly applied: number;
      readonly last_change_id: number;
      readonly bid_levels: number;
      readonly ask_levels: number;
      readonly top10_bids: readonly (readonly [string, string])[];
      readonly top10_asks: readonly (readonly [string, string])[];
      readonly book_sha256: string;
    }
  >;
}

/** The best levels of a book at one moment, in one text. */
interface Moment {
  readonly time: number;
  readonly best: string;
}

/** Follows the ids by the venue's rule, and remembers every state that a ticker may be of. */
class Follower extends BookKeeper {
  readonly venue = deribit();
  readonly sequences = new Map<string, number>();
  readonly applied = new Map<string, number>();
  readonly outcomes: string[] = [];
  readonly moments = new Map<string, Moment[]>();
  readonly stated: (Moment & { readonly symbol: string })[] = [];
  levelCount = 0;

  override book(symbol: string, given: StreamBook): void {
    super.book(symbol, given);
    this.count(given);
    this.sequences.set(symbol, given.sequence);
    this.applied.set(symbol, 0);
    this.remember(symbol, given.eventTime);
  }

  override diff(symbol: string, diff: Diff): void {
    const outcome = this.venue.continuity(this.sequences.get(symbol) ?? -1, diff);
    this.outcomes.push(outcome);
    super.diff(symbol, diff);
    this.count(diff);
    this.sequences.set(symbol, diff.last);
    this.applied.set(symbol, (this.applied.get(symbol) ?? 0) + 1);
    this.remember(symbol, diff.eventTime);
  }

  override statement(symbol: string, given: Statement): void {
    super.statement(symbol, given);
    const { bids, asks, time } = this.statements[this.statements.length - 1];
    this.stated.push({ symbol, time, best: JSON.stringify([bids[0] ?? null, asks[0] ?? null]) });
  }

  private count({ bids, asks }: Pick<Diff, 'bids' | 'asks'>): void {
    this.levelCount += bids.count + asks.count;
  }

  private remember(symbol: string, time: number): void {
    const state = this.books.get(symbol)?.state(0);
    const best = JSON.stringify([state?.bids[0] ?? null, state?.asks[0] ?? null]);
    this.moments.set(symbol, [...(this.moments.get(symbol) ?? []), { time, best }]);
  }
}

const plain = (levels: readonly (readonly [string, string])[]): string[][] =>
  levels.map((level) => level.map(canonical));

describe.skipIf(!isHere)('the recording of Deribit', () => {
  const expected = isHere
    ? (JSON.parse(readFileSync(join(CAPTURES, 'expected', `${NAME}.json`), 'utf8')) as Expected)
    : null;
  const lines = isHere ? linesOf(gunzipSync(readFileSync(FILE)).toString('utf8')) : [];
  const keeper = new Follower();
  for (const line of lines) if (line.dir === 'in') keeper.venue.decode(line.m, keeper);
  const books = Object.entries(expected?.books ?? {});

  it('is read whole: nothing is refused and nothing unknown', () => {
    expect(keeper.rejections).toEqual([]);
    expect(keeper.counts).toMatchObject({
      book: expected?.messages.book_snapshot,
      diff: expected?.messages.book_change,
      unknown: 0,
    });
    expect(keeper.statements).toHaveLength(expected?.messages.ticker ?? -1);
    const actions = Object.values(expected?.actions ?? {});
    expect(keeper.levelCount).toBe(actions.reduce((sum, count) => sum + count, 0));
  });

  it('follows the ids without a gap', () => {
    expect(expected?.sequence_gaps).toEqual([]);
    expect(keeper.outcomes).toEqual(keeper.outcomes.map(() => 'apply'));
  });

  it.each(books)('ends with the expected book of %s', (symbol, told) => {
    const state = keeper.books.get(symbol)?.state(0);
    expect(
      createHash('sha256')
        .update(state?.digest ?? '')
        .digest('hex'),
    ).toBe(told.book_sha256);
    expect(state?.bids.slice(0, 10)).toEqual(plain(told.top10_bids));
    expect(state?.asks.slice(0, 10)).toEqual(plain(told.top10_asks));
    expect([keeper.sequences.get(symbol), keeper.applied.get(symbol)]).toEqual([told.last_change_id, told.applied]);
  });

  it('states in every ticker the best prices and amounts of a book that was, or is about to be', () => {
    const matched = keeper.stated.filter(({ symbol, time, best }) => {
      const moments = keeper.moments.get(symbol) ?? [];
      const earlier = moments.filter((moment) => moment.time <= time).at(-1);
      const near = moments.filter((moment) => Math.abs(moment.time - time) <= AHEAD_MS);
      return [...near, ...(earlier ? [earlier] : [])].some((moment) => moment.best === best);
    });
    expect(keeper.stated).toHaveLength(expected?.cross_check_ticker.compared ?? -1);
    expect(matched).toHaveLength(expected?.cross_check_ticker.matched ?? -1);
  });

  it('grants every channel that was asked for', () => {
    const asked = JSON.parse(lines.find((line) => line.dir === 'out')?.m ?? '{}') as { params: { channels: string[] } };
    const [granted] = keeper.controls;
    expect(granted).toMatchObject({ kind: 'granted', id: '0' });
    expect(granted.kind === 'granted' && granted.names.toSorted()).toEqual(asked.params.channels.toSorted());
  });

  it('lists every instrument with its steps; only futures count in dollars', () => {
    for (const { m } of lines.filter((line) => line.dir === 'http')) {
      const entries = keeper.venue.readCatalogue(m);
      const { result } = JSON.parse(m) as { result: { instrument_name: string; kind: string; tick_size: number }[] };
      expect(entries.map((entry) => entry.id)).toEqual(result.map((row) => `deribit:${row.instrument_name}`));
      for (const row of result) {
        expect(isInverse(row.instrument_name), row.instrument_name).toBe(row.kind === 'future');
      }
      for (const row of result.slice(0, 20)) {
        const listing = keeper.venue.readListing(m, row.instrument_name);
        expect(Number(listing?.priceStep)).toBe(row.tick_size);
        expect(listing?.sizeUnit).toBe(row.kind === 'future' ? 'USD' : row.instrument_name.slice(0, 3));
      }
    }
  });
});

const FIXTURES = join(CAPTURES, 'fixtures', 'deribit-shapes.jsonl');

describe.skipIf(!existsSync(FIXTURES))('the collected messages of Deribit', () => {
  it('are read each as what it is', () => {
    const venue = deribit();
    const log = new CallLog({ priceDecimals: 1, lotDecimals: 0, epoch: 0 });
    const said = linesOf(readFileSync(FIXTURES, 'utf8')).map(({ m }) => {
      venue.decode(m, log);
      return log
        .take()
        .map(([kind, what]) => (kind === 'control' ? (what as { kind: string }).kind : `${kind} ${what}`));
    });
    expect(said).toEqual([
      ['book BTC-PERPETUAL'],
      ['diff BTC-PERPETUAL'],
      ['granted'],
      ['answer'],
      ['ignored false'],
      ['trade BTC-PERPETUAL'],
      ['trade BTC-PERPETUAL'],
      ['trade BTC-PERPETUAL', 'trade BTC-PERPETUAL'],
      ['ignored false'],
      ['candle BTC-PERPETUAL'],
      ['ignored false'],
    ]);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BookKeeper, linesOf, sumOf } from '../testing/book-keeper.ts';
import { CallLog } from '../testing/call-log.ts';
import { canonical } from '../testing/reference-book.ts';
import { hyperliquid } from './hyperliquid.ts';
import type { StreamBook } from './venue.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';
const NAME = 'hyperliquid-btc-20250126';
const FILE = join(CAPTURES, `${NAME}.jsonl.gz`);
const isHere = existsSync(FILE);
const MINUTE = 60_000;

interface Expected {
  readonly messages: { readonly l2Book: number; readonly trades: number };
  readonly books: {
    readonly BTC: {
      readonly snapshots: number;
      readonly last: {
        readonly time_ms: number;
        readonly top10_bids: readonly (readonly [string, string])[];
        readonly top10_asks: readonly (readonly [string, string])[];
      };
    };
  };
  readonly trades: {
    readonly BTC: {
      readonly count: number;
      readonly buy_count: number;
      readonly buy_volume: string;
      readonly sell_volume: string;
      readonly first: { readonly id: string; readonly price: string; readonly time_ms: number };
      readonly last: { readonly id: string; readonly price: string; readonly time_ms: number };
      readonly candles_1m: readonly {
        readonly t: number;
        readonly o: string;
        readonly h: string;
        readonly l: string;
        readonly c: string;
        readonly v: string;
        readonly n: number;
        readonly buy_v: string;
      }[];
    };
  };
}

/** Notes beside the books how they were ordered and how deep they were. */
class Orderly extends BookKeeper {
  readonly sequences: number[] = [];
  readonly shapes = new Set<string>();

  override book(symbol: string, given: StreamBook): void {
    this.sequences.push(given.sequence);
    this.shapes.add(`${given.bids.count}x${given.asks.count} of ${given.depth}`);
    super.book(symbol, given);
  }
}

const plain = (levels: readonly (readonly [string, string])[] | undefined): string[][] =>
  (levels ?? []).map(([price, size]) => [canonical(price), canonical(size)]);

describe.skipIf(!isHere)('the recording of Hyperliquid', () => {
  const expected = isHere
    ? (JSON.parse(readFileSync(join(CAPTURES, 'expected', `${NAME}.json`), 'utf8')) as Expected)
    : null;
  const lines = isHere ? linesOf(gunzipSync(readFileSync(FILE)).toString('utf8')) : [];
  const venue = hyperliquid();
  const keeper = new Orderly();
  for (const line of lines) if (line.dir === 'in') venue.decode(line.m, keeper);

  it('is read whole: nothing is refused and nothing unknown', () => {
    expect(keeper.rejections).toEqual([]);
    expect(keeper.counts).toMatchObject({ diff: 0, ignored: 0, unknown: 0 });
    expect(keeper.counts.book).toBe(expected?.messages.l2Book);
  });

  it('gives a whole book each time, twenty levels a side, never older than the one before', () => {
    expect([...keeper.shapes]).toEqual(['20x20 of 20']);
    expect(keeper.sequences).toEqual(keeper.sequences.toSorted((a, b) => a - b));
    expect(keeper.sequences.at(-1)).toBe(expected?.books.BTC.last.time_ms);
  });

  it('ends with the expected best ten levels', () => {
    const state = keeper.books.get('BTC')?.state(0);
    expect(state?.bids.slice(0, 10)).toEqual(plain(expected?.books.BTC.last.top10_bids));
    expect(state?.asks.slice(0, 10)).toEqual(plain(expected?.books.BTC.last.top10_asks));
  });

  it('gives every trade once, from the right aggressor', () => {
    const trades = keeper.trades.get('BTC') ?? [];
    const told = expected?.trades.BTC;
    const sideOf = (isBuy: boolean): string[] => trades.filter((one) => one.isBuy === isBuy).map((one) => one.size);
    expect(trades).toHaveLength(told?.count ?? -1);
    expect(sideOf(true)).toHaveLength(told?.buy_count ?? -1);
    expect([sumOf(sideOf(true)), sumOf(sideOf(false))]).toEqual([told?.buy_volume, told?.sell_volume]);
    expect(new Set(trades.map((one) => one.id)).size).toBe(trades.length);
    for (const [trade, end] of [
      [trades[0], told?.first],
      [trades.at(-1), told?.last],
    ] as const) {
      expect([String(trade?.id), trade?.price, trade?.time]).toEqual([
        end?.id,
        canonical(end?.price ?? ''),
        end?.time_ms,
      ]);
    }
    expect(trades.every((one) => !one.initial)).toBe(true);
  });

  it('gives the expected minutes when its trades are put in the order of their times', () => {
    const minutes = new Map<number, { price: string; size: string; isBuy: boolean }[]>();
    for (const trade of keeper.trades.get('BTC') ?? []) {
      const t = Math.floor(trade.time / MINUTE) * MINUTE;
      minutes.set(t, [...(minutes.get(t) ?? []), trade]);
    }
    const bars = [...minutes].map(([t, trades]) => {
      const prices = trades.map((trade) => Number(trade.price));
      return {
        t,
        o: trades[0].price,
        h: String(Math.max(...prices)),
        l: String(Math.min(...prices)),
        c: trades.at(-1)?.price,
        v: sumOf(trades.map((trade) => trade.size)),
        n: trades.length,
        buy: sumOf(trades.filter((trade) => trade.isBuy).map((trade) => trade.size)),
      };
    });
    expect(bars).toEqual(
      expected?.trades.BTC.candles_1m.map(({ t, o, h, l, c, v, n, buy_v }) => ({
        t,
        o: canonical(o),
        h: canonical(h),
        l: canonical(l),
        c: canonical(c),
        v,
        n,
        buy: buy_v,
      })),
    );
  });

  it('leaves no trace of who traded', () => {
    expect(JSON.stringify([...keeper.trades])).not.toContain('0x');
  });
});

const FIXTURES = join(CAPTURES, 'fixtures', 'hyperliquid-misc.jsonl');

describe.skipIf(!existsSync(FIXTURES))('the collected messages of Hyperliquid', () => {
  it('are read each as what it is: trades, books full and empty, figures of both kinds of market, best prices unused', () => {
    const venue = hyperliquid();
    const log = new CallLog({ priceDecimals: 8, lotDecimals: 8, epoch: 0 });
    const said = linesOf(readFileSync(FIXTURES, 'utf8')).map(({ m }) => {
      venue.decode(m, log);
      return log.take().map(([kind, symbol]) => `${kind} ${symbol}`);
    });
    expect(said).toEqual([
      ['trade BTC', 'trade BTC', 'trade BTC'],
      ['trade BTC'],
      ['book SHIA'],
      ['book BANANA'],
      ['ticker MOODENG'],
      ['ticker @2'],
      ['trade FXS'],
      ['trade FXS'],
      ['ignored false'],
      ['ignored false'],
    ]);
  });
});

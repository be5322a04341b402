import { describe, expect, it } from 'vitest';
import type { BookSide } from './book-side.ts';
import { LevelList } from './level-list.ts';
import { OrderBook } from './order-book.ts';

/** mulberry32: a seed gives the same steps on every machine. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The book as anybody would write it down: exact sizes by price. */
class NaiveSide {
  levels = new Map<number, bigint>();
  constructor(readonly outward: 1 | -1) {}

  apply(list: LevelList): number {
    let absent = 0;
    for (let i = 0; i < list.count; i++) {
      const lots = list.lots[i] === -1 ? list.wide!.get(i)! : BigInt(list.lots[i]);
      if (lots !== 0n) this.levels.set(list.ticks[i], lots);
      else if (!this.levels.delete(list.ticks[i])) absent++;
    }
    return absent;
  }

  sorted(): [number, bigint][] {
    return [...this.levels].sort((a, b) => (a[0] - b[0]) * this.outward);
  }

  rescale(pricePower: number, lotPower: number): void {
    this.levels = new Map([...this.levels].map(([t, l]) => [t * 10 ** pricePower, l * 10n ** BigInt(lotPower)]));
  }

  cut(keep: number): void {
    this.levels = new Map(this.sorted().slice(0, keep));
  }
}

function listOf(levels: readonly (readonly [number, number | bigint])[]): LevelList {
  const list = new LevelList();
  for (const [ticks, lots] of levels) {
    if (typeof lots === 'bigint') list.pushWide(ticks, lots);
    else list.push(ticks, lots);
  }
  return list;
}

function read(side: BookSide): [number, bigint][] {
  const ticks = new Float64Array(side.count);
  const lots = new Float64Array(side.count);
  expect(side.take(side.count + 5, ticks, lots, 0)).toBe(side.count);
  return [...ticks].map((t, i) => [t, lots[i] === -1 ? side.wideLotsAt(t) : BigInt(lots[i])]);
}

function expectSame(side: BookSide, naive: NaiveSide): void {
  const expected = naive.sorted();
  expect(side.count).toBe(expected.length);
  expect(read(side)).toEqual(expected);
  expect(side.best()).toBe(expected.length > 0 ? expected[0][0] : Number.NaN);
  expect(side.worst()).toBe(expected.length > 0 ? expected[expected.length - 1][0] : Number.NaN);
  const walked: number[] = [];
  for (let at = side.first(); at >= 0; at = side.after(at)) walked.push(side.ticksAt(at));
  expect(walked).toEqual(expected.map(([t]) => t));
}

/** Where each market trades, how far it jumps and how its sizes look. */
const MARKETS = [
  { name: 'a two-decimal market round 61,000', centre: 6_100_000, spread: 60_000, jump: 400_000, wide: 0.01, fold: 1 },
  { name: 'a tight market', centre: 352, spread: 40, jump: 5, wide: 0, fold: 1 },
  { name: 'an eight-decimal market round 61,000', centre: 6.1e12, spread: 3e9, jump: 5e8, wide: 0.02, fold: 1000 },
  { name: 'a market of huge sizes', centre: 90_000, spread: 200_000, jump: 150_000, wide: 0.4, fold: 10 },
];

describe('[F26] [F33] an order book beside a naive sorted map', () => {
  for (const [seed, market] of MARKETS.entries()) {
    it(`holds the same levels after 3,000 random steps in ${market.name}`, () => {
      const random = seeded(seed + 1);
      const pick = (n: number): number => Math.floor(random() * n);
      const book = new OrderBook();
      const naive = [new NaiveSide(-1), new NaiveSide(1)] as const;
      let centre = market.centre;
      let scale = 1;
      const message = (outward: 1 | -1, known: Map<number, bigint>): LevelList => {
        const list = new LevelList();
        const held = [...known.keys()];
        const many = random() < 0.02 ? 300 : 6;
        for (let i = pick(many); i >= 0; i--) {
          const far = random() < 0.05 ? market.spread * 20 : random() < 0.3 ? market.spread : 30 * market.fold;
          let ticks = Math.max(1, centre + outward * Math.floor(random() * far)) * scale;
          if (held.length > 0 && random() < 0.4) ticks = held[pick(held.length)];
          if (random() < 0.01) ticks = 100_000 * scale;
          if (random() < 0.4) list.push(ticks, 0);
          else if (random() < market.wide)
            list.pushWide(ticks, BigInt(Number.MAX_SAFE_INTEGER) + BigInt(1 + pick(1e9)));
          else list.push(ticks, 1 + pick(1e6));
        }
        return list;
      };
      for (let step = 0; step < 3_000; step++) {
        if (random() < 0.03) centre = Math.max(40, centre + Math.floor((random() - 0.5) * 2 * market.jump));
        const bids = message(-1, naive[0].levels);
        const asks = message(1, naive[1].levels);
        const absent = naive[0].apply(bids) + naive[1].apply(asks);
        expect(book.apply(bids, asks)).toBe(absent);
        if (random() < 0.0008 && scale < 100) {
          const pricePower = pick(2);
          const lotPower = pick(3);
          book.rescale(pricePower, lotPower);
          for (const side of naive) side.rescale(pricePower, lotPower);
          scale *= 10 ** pricePower;
        }
        if (random() < 0.002) {
          const keep = 5 + pick(40);
          const horizons = book.trim(keep + 10, keep);
          for (const [i, side] of naive.entries()) {
            const isCut = side.levels.size > keep + 10;
            if (isCut) side.cut(keep);
            const horizon = i === 0 ? horizons.bidHorizon : horizons.askHorizon;
            expect(horizon).toBe(isCut ? side.sorted().at(-1)![0] : null);
          }
        }
        if (step % 4 > 0) continue;
        const probe = message(1, naive[1].levels);
        for (let i = 0; i < probe.count; i++) {
          const ticks = probe.ticks[i];
          const lots = naive[1].levels.get(ticks) ?? 0n;
          const isWide = lots > BigInt(Number.MAX_SAFE_INTEGER);
          expect(book.asks.lotsAt(ticks)).toBe(isWide ? -1 : Number(lots));
          expect(book.asks.wideLotsAt(ticks)).toBe(isWide ? lots : 0n);
          const worse = naive[1].sorted().find(([t]) => t >= ticks)?.[0];
          const at = book.asks.seek(ticks);
          expect(at < 0 ? undefined : book.asks.ticksAt(at)).toBe(worse);
        }
        expect(book.isCrossed()).toBe((naive[0].sorted()[0]?.[0] ?? 0) > (naive[1].sorted()[0]?.[0] ?? Infinity));
        if (step % 25 === 0) {
          expectSame(book.bids, naive[0]);
          expectSame(book.asks, naive[1]);
        }
      }
      expectSame(book.bids, naive[0]);
      expectSame(book.asks, naive[1]);
    }, 60_000);
  }
});

describe('an order book', () => {
  it('keeps a level at 1,000.00 in a market at 61,000 and counts it', () => {
    const book = new OrderBook();
    book.load(
      listOf([
        [6_100_000, 5],
        [100_000, 7],
      ]),
      listOf([[6_100_001, 1]]),
    );
    expect(book.bids.lotsAt(100_000)).toBe(7);
    expect(book.bids.worst()).toBe(100_000);
    expect(book.bids.count).toBe(2);
  });

  it('[F20] forgets what it held when a new book is loaded', () => {
    const book = new OrderBook();
    book.load(listOf([[10, 2n ** 60n]]), listOf([[11, 1]]));
    book.load(listOf([[9, 3]]), listOf([]));
    expect(read(book.bids)).toEqual([[9, 3n]]);
    expect(book.asks.count).toBe(0);
    expect(book.bids.wideLotsAt(10)).toBe(0n);
  });

  it('lets the later of two levels at one price stand and ignores zero sizes when it loads', () => {
    const book = new OrderBook();
    book.load(
      listOf([
        [10, 1],
        [10, 4],
        [9, 0],
      ]),
      listOf([[12, 2]]),
    );
    expect(read(book.bids)).toEqual([[10, 4n]]);
  });

  it('[F25] is crossed only when the best bid is above the best ask', () => {
    const book = new OrderBook();
    expect(book.isCrossed()).toBe(false);
    book.load(listOf([[10, 1]]), listOf([[10, 1]]));
    expect(book.isCrossed()).toBe(false);
    book.apply(listOf([[11, 1]]), listOf([]));
    expect(book.isCrossed()).toBe(true);
  });

  it('[F32] writes its digest best first with the shortest decimals and exact wide sizes', () => {
    const book = new OrderBook();
    book.load(
      listOf([
        [6_160_100, 100],
        [6_160_201, 12_345_678_901_234_567n],
      ]),
      listOf([[6_160_300, 150]]),
    );
    expect(book.digestText(2, 2)).toBe('b|61602.01|123456789012345.67\nb|61601|1\na|61603|1.5\n');
  });

  it('turns a size wide when a finer grid takes it past the safe integers', () => {
    const book = new OrderBook();
    book.load(listOf([[10, 9_007_199_254_740_991]]), listOf([]));
    book.rescale(2, 1);
    expect(book.bids.lotsAt(1_000)).toBe(-1);
    expect(book.bids.wideLotsAt(1_000)).toBe(90_071_992_547_409_910n);
    expect(book.canRescale(12)).toBe(true);
    expect(book.canRescale(13)).toBe(false);
  });

  it('takes a message of scattered far levels in one pass', () => {
    const book = new OrderBook();
    const random = seeded(7);
    const naive = new NaiveSide(-1);
    const bids = listOf(
      Array.from({ length: 30_000 }, () => [1 + Math.floor(random() * 1e12), Math.floor(random() * 3)]),
    );
    expect(book.apply(bids, new LevelList())).toBe(naive.apply(bids));
    expect(read(book.bids)).toEqual(naive.sorted());
  });
});

describe('a level list', () => {
  it('copies itself so that neither changes the other', () => {
    const list = listOf([
      [1, 2],
      [3, 2n ** 70n],
    ]);
    const copy = list.copy();
    list.clear();
    list.push(9, 9);
    copy.push(5, 6);
    expect([copy.count, ...copy.ticks.slice(0, 3)]).toEqual([3, 1, 3, 5]);
    expect(copy.wide?.get(1)).toBe(2n ** 70n);
    expect(list.wide).toBe(null);
  });

  it('grows past its first columns', () => {
    const list = new LevelList();
    for (let i = 0; i < 1_000; i++) list.push(i, i + 1);
    expect([list.count, list.ticks[999], list.lots[999]]).toEqual([1_000, 999, 1_000]);
  });
});

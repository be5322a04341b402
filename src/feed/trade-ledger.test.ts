import { describe, expect, it } from 'vitest';
import { seededChance } from './clock.ts';
import { TradeLedger } from './trade-ledger.ts';
import type { TradeEvent } from './venues/venue.ts';

const trade = (id: number, more: Partial<TradeEvent> = {}): TradeEvent => ({
  id,
  firstId: id,
  ticks: 100 + (id % 3),
  lots: id,
  wideLots: 0n,
  aggressor: id % 2,
  time: id * 10,
  eventTime: id * 10,
  aggregated: false,
  idText: '',
  initial: false,
  ...more,
});
const aggregate = (firstId: number, id: number, more: Partial<TradeEvent> = {}): TradeEvent =>
  trade(id, { firstId, aggregated: true, ...more });

describe('counting trades', () => {
  it('counts each once and adds its size to its side', () => {
    const ledger = new TradeLedger('consecutive');
    for (const id of [1, 2, 3]) expect(ledger.take(trade(id), false)).toBe('new');
    expect(ledger.totals()).toEqual({ received: 3, duplicates: 0, missing: 0, buyVolume: 4, sellVolume: 2 });
    expect(ledger.lastTrade()).toMatchObject({ id: '3', aggressor: 'buyer', direction: -1 });
  });

  it('[F37] counts a repeated trade as a duplicate and nothing else', () => {
    const ledger = new TradeLedger('consecutive');
    for (const id of [5, 6, 6, 5, 6]) ledger.take(trade(id), false);
    expect(ledger.totals()).toMatchObject({ received: 2, duplicates: 3, missing: 0 });
  });

  it('[F28] counts on where the venue begins to number anew, and misses what it took for repetitions', () => {
    const ledger = new TradeLedger('consecutive');
    ledger.take(trade(5_000, { time: 1_000 }), false);
    for (let id = 1; id <= 25; id++) ledger.take(trade(id, { time: 2_000 + id }), false);
    expect(ledger.totals()).toMatchObject({ received: 7, duplicates: 0, missing: 19 });
    expect(ledger.newestId).toBe(25);
    expect(ledger.holes).toMatchObject([{ from: 1, to: 19 }]);
  });

  it('[F37] takes old trades, however many, for what they are', () => {
    const ledger = new TradeLedger('consecutive');
    for (let id = 1; id <= 100; id++) ledger.take(trade(id), false);
    for (let id = 1; id <= 100; id++) ledger.take(trade(id), false);
    expect(ledger.totals()).toMatchObject({ received: 100, duplicates: 100, missing: 0 });
  });

  it('[F11] expects repeats while two sockets speak', () => {
    const ledger = new TradeLedger('consecutive');
    ledger.take(trade(5), true);
    ledger.take(trade(5), true);
    expect(ledger.totals()).toMatchObject({ received: 1, duplicates: 0 });
  });

  it('[F38] knows how many are lost when ids jump, and only where ids are consecutive', () => {
    const ledger = new TradeLedger('consecutive');
    const other = new TradeLedger('increasing');
    for (const one of [ledger, other]) for (const id of [1, 2, 7]) one.take(trade(id), false);
    expect(ledger.totals().missing).toBe(4);
    expect(ledger.holes).toMatchObject([{ from: 3, to: 6, since: 20, until: 70 }]);
    expect(other.totals().missing).toBe(0);
  });

  it('[F38] closes a hole from its ends and from its middle', () => {
    const ledger = new TradeLedger('consecutive');
    ledger.take(trade(1), false);
    ledger.take(trade(9), false);
    expect(ledger.take(trade(5), false)).toBe('late');
    expect(ledger.holes).toMatchObject([
      { from: 2, to: 4, since: 10, until: 50 },
      { from: 6, to: 8, since: 50, until: 90 },
    ]);
    for (const id of [2, 8, 3, 7, 4, 6]) expect(ledger.take(trade(id), false)).toBe('late');
    expect(ledger.totals()).toMatchObject({ received: 9, missing: 0, duplicates: 0 });
    expect(ledger.lastTrade()?.id).toBe('9');
  });

  it('says of which time everything is there', () => {
    const ledger = new TradeLedger('consecutive');
    ledger.take(trade(10), false);
    ledger.take(trade(11), false);
    ledger.take(trade(20), false);
    expect(ledger.isComplete(0, 110)).toBe(true);
    expect(ledger.isComplete(100, 150)).toBe(false);
    expect(ledger.isComplete(201, 300)).toBe(true);
    expect(ledger.isCompleteAfter(19, 100, 300)).toBe(true);
    expect(ledger.isCompleteAfter(18, 100, 300)).toBe(false);
    expect([ledger.reachesBackTo(100), ledger.reachesBackTo(101)]).toEqual([false, true]);
  });
});

describe('aggregates', () => {
  it('count every trade inside, and lastTrade is the last of them', () => {
    const ledger = new TradeLedger('consecutive');
    ledger.take(aggregate(1, 4), false);
    ledger.take(aggregate(5, 5), false);
    ledger.take(aggregate(9, 10), false);
    expect(ledger.totals()).toMatchObject({ received: 7, missing: 3 });
    expect(ledger.lastTrade()?.id).toBe('10');
  });

  it('are joined by id to the single trades that begin to speak', () => {
    const ledger = new TradeLedger('consecutive');
    ledger.take(aggregate(1, 4, { lots: 10 }), false);
    expect(ledger.take(trade(3), false)).toBe('covered');
    expect(ledger.take(trade(5, { lots: 7 }), false)).toBe('new');
    expect(ledger.take(aggregate(5, 6), false)).toBe('covered');
    expect(ledger.take(trade(6, { lots: 1 }), false)).toBe('new');
    expect(ledger.take(aggregate(7, 9), false)).toBe('covered');
    expect(ledger.totals()).toMatchObject({ received: 6, duplicates: 0, missing: 0 });
  });

  it('fill what single trades began after', () => {
    const ledger = new TradeLedger('consecutive');
    ledger.take(aggregate(1, 4), false);
    ledger.take(trade(8), false);
    expect(ledger.totals().missing).toBe(3);
    expect(ledger.take(aggregate(5, 7), false)).toBe('late');
    expect(ledger.totals()).toMatchObject({ received: 8, missing: 0 });
  });

  it('that begin before and end after the newest trade leave their new part missing', () => {
    const ledger = new TradeLedger('consecutive');
    ledger.take(aggregate(1, 4), false);
    expect(ledger.take(aggregate(3, 6), false)).toBe('covered');
    expect(ledger.totals()).toMatchObject({ received: 4, missing: 2 });
    expect(ledger.take(trade(5), false)).toBe('late');
  });

  it('that come twice are duplicates', () => {
    const ledger = new TradeLedger('consecutive');
    ledger.take(aggregate(1, 4), false);
    ledger.take(aggregate(1, 4), false);
    expect(ledger.totals()).toMatchObject({ received: 4, duplicates: 1 });
  });
});

describe('[F37] ids that only increase', () => {
  it('an older one came before, and a hole says nothing', () => {
    const ledger = new TradeLedger('increasing');
    for (const id of [10, 25, 20, 25]) ledger.take(trade(id), false);
    expect(ledger.totals()).toMatchObject({ received: 2, duplicates: 2, missing: 0 });
    expect(ledger.newestId).toBe(25);
  });

  it('the venue’s word about its newest trade proves nothing lost', () => {
    const ledger = new TradeLedger('increasing');
    ledger.take(trade(10), false);
    expect(ledger.stated(99, 1_000)).toBe(false);
    expect(ledger.totals().missing).toBe(0);
  });
});

describe('[F38] ids that only increase, after a break', () => {
  it('what is fetched from between the last before and the first after is new, once each', () => {
    const ledger = new TradeLedger('increasing');
    ledger.take(trade(10), false);
    ledger.take(trade(50), false);
    ledger.broke(10, 50);
    for (const id of [30, 20]) expect(ledger.takeFetched(trade(id))).toBe('late');
    for (const id of [10, 20, 30, 50, 5]) expect(ledger.takeFetched(trade(id))).toBe('duplicate');
    expect(ledger.totals()).toMatchObject({ received: 4, duplicates: 0, missing: 0 });
    expect(ledger.lastTrade()?.id).toBe('50');
  });

  it('without any trade before it, nothing is known to be new', () => {
    const ledger = new TradeLedger('increasing');
    ledger.take(trade(50), false);
    ledger.broke(-1, 50);
    expect(ledger.takeFetched(trade(20))).toBe('duplicate');
  });
});

describe('[F37] ids without an order', () => {
  it('the same id is the same trade, whenever it comes, and any other is another', () => {
    const ledger = new TradeLedger('unordered');
    expect(ledger.take(trade(90, { time: 1 }), false)).toBe('new');
    expect(ledger.take(trade(5, { time: 2 }), false)).toBe('new');
    expect(ledger.take(trade(90, { time: 3 }), false)).toBe('duplicate');
    expect(ledger.totals()).toMatchObject({ received: 2, duplicates: 1, missing: 0 });
    expect(ledger.newestId).toBe(-1);
  });

  it('a trade older than the newest is late, is counted, and is not the last trade', () => {
    const ledger = new TradeLedger('unordered');
    ledger.take(trade(90, { time: 100 }), false);
    expect(ledger.take(trade(91, { time: 50 }), false)).toBe('late');
    expect([ledger.totals().received, ledger.lastTrade()?.id, ledger.newestTime]).toEqual([2, '90', 100]);
  });

  it('[F45] texts that are no safe integers are told apart', () => {
    const ledger = new TradeLedger('unordered');
    const named = (idText: string): TradeEvent => trade(-1, { firstId: -1, idText, time: 5 });
    for (const text of ['22900000000050703789', '22900000000050703790', '22900000000050703789'])
      ledger.take(named(text), false);
    expect(ledger.totals()).toMatchObject({ received: 2, duplicates: 1 });
    expect(ledger.lastTrade()?.id).toBe('22900000000050703790');
  });

  it('the last twenty thousand are remembered, and no more', () => {
    const ledger = new TradeLedger('unordered');
    for (let id = 0; id <= 20_000; id++) ledger.take(trade(id, { time: id }), false);
    expect(ledger.take(trade(1, { time: 20_001 }), false)).toBe('duplicate');
    expect(ledger.take(trade(0, { time: 20_001 }), false)).toBe('new');
  });
});

describe('trades from before the subscription', () => {
  const initial = (id: number): TradeEvent => trade(id, { initial: true });

  it('say where counting begins and are not counted', () => {
    const ledger = new TradeLedger('consecutive');
    for (const id of [98, 99]) expect(ledger.take(initial(id), false)).toBe('covered');
    expect(ledger.take(trade(100), false)).toBe('new');
    expect(ledger.totals()).toMatchObject({ received: 1, duplicates: 0, missing: 0 });
  });

  it('[F38] show what was lost between them and the first one of now', () => {
    const ledger = new TradeLedger('consecutive');
    ledger.take(initial(99), false);
    ledger.take(trade(102), false);
    expect(ledger.totals()).toMatchObject({ received: 1, missing: 2 });
  });

  it('[F38] are what was missed when they come again after an outage', () => {
    const ledger = new TradeLedger('consecutive');
    for (const one of [initial(9), trade(10), initial(10), initial(11), initial(12), trade(13)])
      ledger.take(one, false);
    expect(ledger.totals()).toMatchObject({ received: 4, duplicates: 0, missing: 0 });
  });

  it('are known when they come again, where ids have no order', () => {
    const ledger = new TradeLedger('unordered');
    ledger.take(initial(7), false);
    expect(ledger.take(trade(7), false)).toBe('duplicate');
    expect(ledger.totals().received).toBe(0);
  });
});

describe('[F38] the venue’s word about its newest trade', () => {
  it('makes everything up to it missing, once', () => {
    const ledger = new TradeLedger('consecutive');
    ledger.take(trade(10), false);
    expect(ledger.stated(13, 500)).toBe(true);
    expect(ledger.stated(13, 600)).toBe(false);
    expect(ledger.totals().missing).toBe(3);
    expect(ledger.holes).toMatchObject([{ from: 11, to: 13, since: 100, until: 500 }]);
    for (const id of [12, 11, 13]) expect(ledger.take(trade(id), false)).toBe('late');
    expect(ledger.totals()).toMatchObject({ received: 4, missing: 0, duplicates: 0 });
  });

  it('says nothing before any trade is known, nor of older ones', () => {
    const ledger = new TradeLedger('consecutive');
    expect(ledger.stated(13, 500)).toBe(false);
    ledger.take(trade(20), false);
    expect(ledger.stated(20, 500)).toBe(false);
    expect(ledger.totals().missing).toBe(0);
  });
});

describe('[F32] [F29] sizes of any width', () => {
  it('are summed exactly', () => {
    const ledger = new TradeLedger('consecutive');
    ledger.take(trade(1, { lots: Number.MAX_SAFE_INTEGER }), false);
    ledger.take(trade(3, { lots: -1, wideLots: 10n ** 20n }), false);
    expect(ledger.totals().buyVolume).toBe((10n ** 20n + BigInt(Number.MAX_SAFE_INTEGER)).toString());
    expect(ledger.lastTrade()?.lots).toBe('100000000000000000000');
  });

  it('stay the same amount on a finer grid', () => {
    const ledger = new TradeLedger('consecutive');
    ledger.take(trade(1, { lots: 5, ticks: 7 }), false);
    ledger.rescale(1, 2);
    expect(ledger.totals().buyVolume).toBe(500);
    expect(ledger.lastTrade()).toMatchObject({ ticks: 70, lots: 500 });
    ledger.rescale(0, 16);
    expect(ledger.lastTrade()?.lots).toBe('5000000000000000000');
  });
});

describe('[F37] whatever order trades come in', () => {
  it('volume, count and missing are those of the distinct trades', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const chance = seededChance(seed);
      const below = (limit: number): number => Math.floor(chance() * limit);
      const ids = Array.from({ length: 40 }, (_, i) => i + 1);
      const lost = new Set(ids.slice(1).filter(() => chance() < 0.15));
      const arrivals = ids
        .filter((id) => id === 1 || !lost.has(id))
        .flatMap((id) =>
          Array.from({ length: 1 + (chance() < 0.3 ? below(3) : 0) }, () => ({ id, at: id === 1 ? 0 : id + below(8) })),
        );
      arrivals.sort((a, b) => a.at - b.at);
      const ledger = new TradeLedger('consecutive');
      const outcomes = arrivals.map(({ id }) => ledger.take(trade(id), false));
      const distinct = new Set(arrivals.map(({ id }) => id));
      const newest = Math.max(...distinct);
      const sum = (side: number): number => [...distinct].filter((id) => id % 2 === side).reduce((a, b) => a + b, 0);
      expect(ledger.totals(), `seed ${seed}`).toEqual({
        received: distinct.size,
        duplicates: arrivals.length - distinct.size,
        missing: newest - distinct.size,
        buyVolume: sum(1),
        sellVolume: sum(0),
      });
      expect(outcomes.filter((outcome) => outcome === 'new' || outcome === 'late').length).toBe(distinct.size);
      const holes = ledger.holes.reduce((total, hole) => total + hole.to - hole.from + 1, 0);
      expect(holes).toBe(newest - distinct.size);
    }
  });
});

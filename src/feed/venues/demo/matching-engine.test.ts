import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Side } from './book-side';
import { MatchingEngine } from './matching-engine';
import type { Fill, OrderKind, OrderRequest, TimeInForce } from './order';

const makeEngine = () => new MatchingEngine({ firstTradeId: 500, firstUpdateId: 1000 });

function rest(engine: MatchingEngine, id: number, side: Side, ticks: number, lots: number, owner = id) {
  const result = engine.submit({ id, owner, side, kind: 'limit', ticks, lots });
  expect(result.kind).toBe('accepted');
}

function levels(engine: MatchingEngine, side: Side): [number, number][] {
  const all: [number, number][] = [];
  engine.eachLevel(side, Number.POSITIVE_INFINITY, (ticks, lots) => all.push([ticks, lots]));
  return all;
}

describe('price-time priority', () => {
  it('fills the better price first and within a price the older order first', () => {
    const engine = makeEngine();
    rest(engine, 1, 'ask', 101, 5);
    rest(engine, 2, 'ask', 100, 3);
    rest(engine, 3, 'ask', 100, 4);
    const result = engine.submit({ id: 9, owner: 99, side: 'bid', kind: 'limit', ticks: 101, lots: 9 });
    expect(result).toMatchObject({ kind: 'accepted', openLots: 0, cancelledLots: 0 });
    const fills = result.kind === 'accepted' ? result.fills : [];
    expect(fills.map((f) => [f.makerId, f.ticks, f.lots, f.makerOpenLots])).toEqual([
      [2, 100, 3, 0],
      [3, 100, 4, 0],
      [1, 101, 2, 3],
    ]);
    expect(fills.map((f) => f.tradeId)).toEqual([500, 501, 502]);
    expect(fills.every((f) => f.aggressor === 'buyer' && f.takerId === 9 && f.takerOwner === 99)).toBe(true);
    expect(levels(engine, 'ask')).toEqual([[101, 3]]);
  });

  it('rests what is left of a limit order and drops what is left of a market or ioc order', () => {
    const engine = makeEngine();
    rest(engine, 1, 'bid', 100, 2);
    expect(engine.submit({ id: 2, owner: 2, side: 'ask', kind: 'limit', ticks: 100, lots: 5 })).toMatchObject({
      openLots: 3,
      cancelledLots: 0,
    });
    expect(engine.bestTicks('ask')).toBe(100);
    expect(engine.submit({ id: 3, owner: 3, side: 'bid', kind: 'market', lots: 10 })).toMatchObject({
      openLots: 0,
      cancelledLots: 7,
    });
    rest(engine, 4, 'ask', 105, 1);
    expect(
      engine.submit({ id: 5, owner: 5, side: 'bid', kind: 'limit', ticks: 106, lots: 4, timeInForce: 'ioc' }),
    ).toMatchObject({ openLots: 0, cancelledLots: 3 });
    expect(engine.openOrders).toBe(0);
  });

  it('fills a fok order whole or refuses it untouched', () => {
    const engine = makeEngine();
    rest(engine, 1, 'ask', 100, 3);
    rest(engine, 2, 'ask', 102, 3);
    const fok: Omit<OrderRequest, 'id' | 'ticks'> = {
      owner: 9,
      side: 'bid',
      kind: 'limit',
      lots: 5,
      timeInForce: 'fok',
    };
    expect(engine.submit({ ...fok, id: 7, ticks: 101 })).toEqual({ kind: 'rejected', id: 7, reason: 'no-liquidity' });
    expect(levels(engine, 'ask')).toEqual([
      [100, 3],
      [102, 3],
    ]);
    expect(engine.submit({ ...fok, id: 8, ticks: 102 })).toMatchObject({ kind: 'accepted', cancelledLots: 0 });
    expect(levels(engine, 'ask')).toEqual([[102, 1]]);
  });

  it('cancels the newest when an order meets its own owner, keeping the fills before', () => {
    const engine = makeEngine();
    rest(engine, 1, 'ask', 100, 2, 1);
    rest(engine, 2, 'ask', 101, 2, 7);
    rest(engine, 3, 'ask', 102, 2, 1);
    const result = engine.submit({ id: 4, owner: 7, side: 'bid', kind: 'limit', ticks: 105, lots: 6 });
    expect(result).toMatchObject({ kind: 'accepted', openLots: 0, cancelledLots: 4 });
    expect(levels(engine, 'ask')).toEqual([
      [101, 2],
      [102, 2],
    ]);
    expect(engine.levelCount('bid')).toBe(0);
  });
});

describe('amending', () => {
  it('keeps the place for a smaller size and loses it for a larger one', () => {
    const engine = makeEngine();
    rest(engine, 1, 'bid', 100, 5);
    rest(engine, 2, 'bid', 100, 5);
    expect(engine.amend(1, { lots: 3 })).toMatchObject({ kind: 'amended', keptPriority: true, openLots: 3 });
    expect(engine.frontOrder('bid')?.id).toBe(1);
    expect(engine.amend(1, { lots: 8 })).toMatchObject({ kind: 'amended', keptPriority: false });
    expect(engine.frontOrder('bid')?.id).toBe(2);
    expect(engine.lotsAt('bid', 100)).toBe(13);
  });

  it('moves to another price at the back of its queue and may trade there', () => {
    const engine = makeEngine();
    rest(engine, 1, 'bid', 100, 5);
    rest(engine, 2, 'bid', 101, 1);
    rest(engine, 3, 'ask', 103, 2);
    expect(engine.amend(1, { ticks: 101 })).toMatchObject({ keptPriority: false, openLots: 5 });
    expect(engine.frontOrder('bid')?.id).toBe(2);
    const crossed = engine.amend(1, { ticks: 103, lots: 6 });
    expect(crossed).toMatchObject({ kind: 'amended', openLots: 4 });
    expect(crossed.kind === 'amended' && crossed.fills.map((f) => [f.makerId, f.takerId, f.lots])).toEqual([[3, 1, 2]]);
    expect(engine.bestTicks('bid')).toBe(103);
  });

  it('leaves a post-only order as it was when its new price would cross', () => {
    const engine = makeEngine();
    rest(engine, 1, 'ask', 105, 1);
    engine.submit({ id: 2, owner: 2, side: 'bid', kind: 'post-only', ticks: 100, lots: 4 });
    expect(engine.amend(2, { ticks: 105 })).toEqual({ kind: 'rejected', id: 2, reason: 'would-cross' });
    expect(engine.order(2)).toEqual({ id: 2, owner: 2, side: 'bid', ticks: 100, openLots: 4, postOnly: true });
  });
});

describe('refusals', () => {
  const cases: [string, Partial<OrderRequest>, string][] = [
    ['a size of zero', { lots: 0 }, 'size-not-positive'],
    ['a negative size', { lots: -3 }, 'size-not-positive'],
    ['a size that is no number', { lots: Number.NaN }, 'size-not-positive'],
    ['a fraction of a lot', { lots: 1.5 }, 'size-off-step'],
    ['a size past exact integers', { lots: 2 ** 53 }, 'size-too-large'],
    ['a price of zero', { ticks: 0 }, 'price-not-positive'],
    ['a price that is no number', { ticks: Number.NaN }, 'price-not-positive'],
    ['a fraction of a tick', { ticks: 99.5 }, 'price-off-step'],
    ['an id in use', { id: 1 }, 'duplicate-id'],
    ['a post-only order that would trade', { kind: 'post-only', ticks: 110 }, 'would-cross'],
    ['a post-only order that may not rest', { kind: 'post-only', ticks: 90, timeInForce: 'ioc' }, 'time-in-force'],
    ['a market order that would rest', { kind: 'market', timeInForce: 'gtc' }, 'time-in-force'],
    ['an ioc order with nothing in reach', { ticks: 100, timeInForce: 'ioc' }, 'no-liquidity'],
    ['a market order with nothing to take', { side: 'ask', kind: 'market' }, 'no-liquidity'],
  ];
  it.each(cases)('refuses %s and changes nothing', (_name, change, reason) => {
    const engine = makeEngine();
    rest(engine, 1, 'ask', 105, 4);
    const before = engine.updateId;
    const result = engine.submit({ id: 2, owner: 2, side: 'bid', kind: 'limit', ticks: 100, lots: 1, ...change });
    expect(result).toEqual({ kind: 'rejected', id: change.id ?? 2, reason });
    expect(engine.updateId).toBe(before);
    expect(engine.openOrders).toBe(1);
  });

  it('refuses a limit order without a price, and a level total past exact integers', () => {
    const engine = makeEngine();
    expect(engine.submit({ id: 1, owner: 1, side: 'bid', kind: 'limit', lots: 1 })).toMatchObject({
      reason: 'price-missing',
    });
    rest(engine, 1, 'bid', 100, Number.MAX_SAFE_INTEGER);
    expect(engine.submit({ id: 2, owner: 2, side: 'bid', kind: 'limit', ticks: 100, lots: 1 })).toMatchObject({
      reason: 'size-too-large',
    });
  });

  it('refuses to cancel or amend what is unknown, done or not the sender’s', () => {
    const engine = makeEngine();
    rest(engine, 1, 'bid', 100, 4, 11);
    expect(engine.cancel(1, 12)).toEqual({ kind: 'rejected', id: 1, reason: 'not-owner' });
    expect(engine.amend(1, { lots: 2 }, 12)).toMatchObject({ reason: 'not-owner' });
    expect(engine.amend(1, {})).toMatchObject({ reason: 'nothing-to-amend' });
    expect(engine.amend(1, { lots: 0 })).toMatchObject({ reason: 'size-not-positive' });
    expect(engine.cancel(1, 11)).toEqual({ kind: 'cancelled', id: 1, cancelledLots: 4 });
    expect(engine.cancel(1, 11)).toMatchObject({ reason: 'unknown-order' });
    expect(engine.amend(1, { lots: 2 })).toMatchObject({ reason: 'unknown-order' });
  });
});

describe('diffs', () => {
  it('lists each changed price once, nearest the touch first, and starts afresh after being read', () => {
    const engine = makeEngine();
    rest(engine, 1, 'bid', 100, 1);
    rest(engine, 2, 'bid', 98, 1);
    rest(engine, 3, 'bid', 100, 2);
    rest(engine, 4, 'ask', 103, 1);
    rest(engine, 5, 'ask', 101, 1);
    engine.cancel(5);
    expect(engine.updateId).toBe(1006);
    expect(engine.takeChanges()).toEqual({ bids: [100, 98], asks: [101, 103] });
    expect(engine.hasChanges()).toBe(false);
    engine.cancel(4);
    expect(engine.hasChanges()).toBe(true);
    engine.forgetChanges();
    expect(engine.takeChanges()).toEqual({ bids: [], asks: [] });
  });
});

/** The same rules over one plain list, searched and sorted each time. */
class NaiveBook {
  orders: { id: number; owner: number; side: Side; ticks: number; lots: number; post: boolean; turn: number }[] = [];
  turn = 0;

  matchable(side: Side, limit: number) {
    const sign = side === 'bid' ? 1 : -1;
    return this.orders
      .filter((o) => o.side !== side && (o.ticks - limit) * sign <= 0)
      .sort((x, y) => (x.ticks - y.ticks) * sign || x.turn - y.turn);
  }

  enter(id: number, owner: number, side: Side, limit: number, lots: number, rests: boolean, post: boolean): string[] {
    const fills: string[] = [];
    let left = lots;
    let own = false;
    for (const maker of this.matchable(side, limit)) {
      if (left === 0) break;
      own = maker.owner === owner;
      if (own) break;
      const size = Math.min(left, maker.lots);
      left -= size;
      maker.lots -= size;
      fills.push(`${maker.id}:${maker.ticks}:${size}`);
    }
    this.orders = this.orders.filter((o) => o.lots > 0);
    if (left > 0 && rests && !own)
      this.orders.push({ id, owner, side, ticks: limit, lots: left, post, turn: this.turn++ });
    return fills;
  }

  levels(side: Side): [number, number][] {
    const sums = new Map<number, number>();
    for (const o of this.orders) if (o.side === side) sums.set(o.ticks, (sums.get(o.ticks) ?? 0) + o.lots);
    return [...sums].sort((x, y) => (side === 'bid' ? y[0] - x[0] : x[0] - y[0]));
  }
}

type Op =
  | { op: 'submit'; owner: number; side: Side; kind: OrderKind; ticks: number; lots: number; force?: TimeInForce }
  | { op: 'cancel'; pick: number }
  | { op: 'amend'; pick: number; ticks?: number; lots?: number };

const submitArb = fc.record<Op & { op: 'submit' }>(
  {
    op: fc.constant('submit' as const),
    owner: fc.integer({ min: 1, max: 4 }),
    side: fc.constantFrom<Side>('bid', 'ask'),
    kind: fc.constantFrom<OrderKind>('market', 'limit', 'limit', 'limit', 'post-only'),
    ticks: fc.integer({ min: 1, max: 14 }),
    lots: fc.integer({ min: 1, max: 9 }),
    force: fc.constantFrom<TimeInForce>('gtc', 'ioc', 'fok'),
  },
  { requiredKeys: ['op', 'owner', 'side', 'kind', 'ticks', 'lots'] },
);
const opArb: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: submitArb },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('cancel' as const), pick: fc.nat(30) }) },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        op: fc.constant('amend' as const),
        pick: fc.nat(30),
        ticks: fc.integer({ min: 1, max: 14 }),
        lots: fc.integer({ min: 1, max: 9 }),
      },
      { requiredKeys: ['op', 'pick'] },
    ) as fc.Arbitrary<Op>,
  },
);

const spell = (fills: readonly Fill[]) => fills.map((f) => `${f.makerId}:${f.ticks}:${f.lots}`);

function applyBoth(engine: MatchingEngine, naive: NaiveBook, op: Op, id: number): void {
  if (op.op === 'submit') {
    const { owner, side, kind, ticks, lots, force } = op;
    const limit = kind === 'market' ? (side === 'bid' ? 1e9 : 0) : ticks;
    const reach = naive.matchable(side, limit);
    const sumBeforeOwn = reach
      .slice(0, reach.findIndex((o) => o.owner === owner) >>> 0)
      .reduce((s, o) => s + o.lots, 0);
    const rests = kind !== 'market' && (force ?? 'gtc') === 'gtc';
    const refused =
      (kind === 'market' && force === 'gtc') ||
      (kind === 'post-only' && ((force ?? 'gtc') !== 'gtc' || reach.length > 0)) ||
      (!rests && (reach.length === 0 || (force === 'fok' && sumBeforeOwn < lots)));
    const result = engine.submit({
      id,
      owner,
      side,
      kind,
      lots,
      ...(kind === 'market' ? {} : { ticks }),
      ...(force === undefined ? {} : { timeInForce: force }),
    });
    expect(result.kind).toBe(refused ? 'rejected' : 'accepted');
    if (result.kind === 'rejected') return;
    expect(spell(result.fills)).toEqual(naive.enter(id, owner, side, limit, lots, rests, kind === 'post-only'));
    const filled = result.fills.reduce((sum, fill) => sum + fill.lots, 0);
    expect(filled + result.openLots + result.cancelledLots).toBe(lots);
    return;
  }
  const target = naive.orders[op.pick % Math.max(1, naive.orders.length)];
  if (target === undefined) {
    expect(engine.cancel(-1)).toMatchObject({ reason: 'unknown-order' });
    return;
  }
  if (op.op === 'cancel') {
    expect(engine.cancel(target.id)).toMatchObject({ kind: 'cancelled', cancelledLots: target.lots });
    naive.orders = naive.orders.filter((o) => o !== target);
    return;
  }
  const change = {
    ...(op.ticks === undefined ? {} : { ticks: op.ticks }),
    ...(op.lots === undefined ? {} : { lots: op.lots }),
  };
  const result = engine.amend(target.id, change);
  if (op.ticks === undefined && op.lots === undefined) {
    expect(result).toMatchObject({ reason: 'nothing-to-amend' });
    return;
  }
  const ticks = op.ticks ?? target.ticks;
  const lots = op.lots ?? target.lots;
  if (ticks === target.ticks) {
    expect(result).toMatchObject({ kind: 'amended', keptPriority: lots <= target.lots });
    if (lots > target.lots) target.turn = naive.turn++;
    target.lots = lots;
    return;
  }
  if (target.post && naive.matchable(target.side, ticks).length > 0) {
    expect(result).toMatchObject({ reason: 'would-cross' });
    return;
  }
  naive.orders = naive.orders.filter((o) => o !== target);
  const fills = naive.enter(target.id, target.owner, target.side, ticks, lots, true, target.post);
  expect(result.kind === 'amended' && spell(result.fills)).toEqual(fills);
}

describe('against a naive book', () => {
  it('agrees on fills, queues and level sums, is never crossed, and its diffs rebuild it', () => {
    fc.assert(
      fc.property(fc.array(opArb, { minLength: 1, maxLength: 120 }), (ops) => {
        const engine = makeEngine();
        const naive = new NaiveBook();
        const copies: Record<Side, Map<number, number>> = { bid: new Map(), ask: new Map() };
        ops.forEach((op, i) => {
          applyBoth(engine, naive, op, i + 1);
          const bid = engine.bestTicks('bid');
          const ask = engine.bestTicks('ask');
          expect(bid === 0 || ask === 0 || bid < ask).toBe(true);
          expect(engine.openOrders).toBe(naive.orders.length);
          if (i % 5 !== 0) return;
          const changes = engine.takeChanges();
          for (const side of ['bid', 'ask'] as const) {
            for (const ticks of side === 'bid' ? changes.bids : changes.asks) {
              const lots = engine.lotsAt(side, ticks);
              if (lots === 0) copies[side].delete(ticks);
              else copies[side].set(ticks, lots);
            }
            expect(levels(engine, side)).toEqual(naive.levels(side));
            expect(new Map(levels(engine, side))).toEqual(copies[side]);
          }
        });
        for (const side of ['bid', 'ask'] as const) {
          for (const [ticks] of naive.levels(side)) {
            const queue: number[] = [];
            engine.eachOrder(side, ticks, (order) => queue.push(order.id));
            const wanted = naive.orders.filter((o) => o.side === side && o.ticks === ticks);
            expect(queue).toEqual(wanted.sort((x, y) => x.turn - y.turn).map((o) => o.id));
          }
        }
      }),
      { numRuns: 300, seed: 20240808 },
    );
  });

  it('takes thousands of levels and orders and gives every slot back', () => {
    const engine = makeEngine();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 3000; i++)
        rest(engine, i + 1, i % 2 ? 'bid' : 'ask', i % 2 ? 5000 - i : 5001 + i, 1 + (i % 7));
      expect([engine.levelCount('bid'), engine.levelCount('ask')]).toEqual([1500, 1500]);
      for (let i = 0; i < 3000; i++) expect(engine.cancel(((i * 7) % 3000) + 1).kind).toBe('cancelled');
      expect([engine.levelCount('bid'), engine.levelCount('ask'), engine.openOrders]).toEqual([0, 0, 0]);
    }
  });
});

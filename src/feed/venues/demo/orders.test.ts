import { describe, expect, it } from 'vitest';
import { findInstrument } from './instruments';
import { createMarket, type Market } from './market';
import { createOrderEntry, type TraderFill } from './orders';
import { createRandom } from './random';
import type { TapeTrade, Touch } from './wire';

const START = 1_750_000_000_000;

function openMarket(): Market {
  const instrument = findInstrument('ACME');
  if (instrument === undefined) throw new Error('ACME');
  const market = createMarket(instrument, { seed: 3, rate: 200, start: START });
  market.advance(START + 2000, null, Number.POSITIVE_INFINITY);
  return market;
}

function listen(market: Market, messages: number) {
  const heard = { trades: [] as TapeTrade[], touches: [] as Touch[], changed: new Map<string, number>() };
  market.advance(
    Number.POSITIVE_INFINITY,
    {
      wantsDepth: true,
      trade: (trade) => heard.trades.push(trade),
      bookTicker: (touch) => heard.touches.push(touch),
      depth(_time, _first, _last, bids, asks) {
        for (const ticks of bids) heard.changed.set(`bid ${ticks}`, market.engine.lotsAt('bid', ticks));
        for (const ticks of asks) heard.changed.set(`ask ${ticks}`, market.engine.lotsAt('ask', ticks));
      },
      second: () => undefined,
    },
    messages,
  );
  return heard;
}

describe('order entry', () => {
  it('takes from the book with a market order, which shows on the tape and in the fills', () => {
    const market = openMarket();
    const entry = createOrderEntry(market, 0);
    const fills: TraderFill[] = [];
    entry.onFill((fill) => fills.push(fill));
    const available = market.engine.bestLots('ask');
    const best = market.engine.bestTicks('ask');
    const nextId = market.tape.nextId;
    const result = entry.submit({ id: 'mine', side: 'bid', kind: 'market', lots: available + 1 });
    expect(result).toMatchObject({ kind: 'accepted', id: 'mine', openLots: 0, cancelledLots: 0 });
    expect(fills.reduce((sum, fill) => sum + fill.lots, 0)).toBe(available + 1);
    expect(fills.every((f) => f.orderId === 'mine' && f.role === 'taker' && f.side === 'bid')).toBe(true);
    expect(market.engine.bestTicks('ask')).toBeGreaterThan(best);
    const { trades, touches } = listen(market, fills.length + 1);
    expect(trades.map((t) => [t.id, t.ticks, t.lots, t.makerIsBuyer])).toEqual(
      fills.map((f, i) => [nextId + i, f.ticks, f.lots, false]),
    );
    expect(touches).toHaveLength(1);
  });

  it('rests a limit order that the agents then fill, in part and whole', () => {
    const market = openMarket();
    const entry = createOrderEntry(market, 0);
    const fills: TraderFill[] = [];
    const stop = entry.onFill((fill) => fills.push(fill));
    const ticks =
      market.engine.bestTicks('bid') + (market.engine.bestTicks('ask') - market.engine.bestTicks('bid') > 1 ? 1 : 0);
    expect(entry.submit({ id: 'a', side: 'bid', kind: 'post-only', ticks, lots: 700 })).toMatchObject({
      openLots: 700,
    });
    expect(entry.openOrders()).toEqual([{ id: 'a', side: 'bid', ticks, openLots: 700 }]);
    const heard = listen(market, 10);
    expect(heard.changed.get(`bid ${ticks}`)).toBeGreaterThanOrEqual(700);
    market.advance(START + 900_000, null, Number.POSITIVE_INFINITY);
    expect(fills.length).toBeGreaterThan(1);
    expect(fills.every((f) => f.orderId === 'a' && f.role === 'maker' && f.side === 'bid' && f.ticks === ticks)).toBe(
      true,
    );
    expect(fills.reduce((sum, fill) => sum + fill.lots, 0)).toBe(700);
    expect(fills.at(-1)?.openLots).toBe(0);
    expect(entry.openOrders()).toEqual([]);
    stop();
  });

  it('cancels and amends, and refuses with the engine’s reasons', () => {
    const market = openMarket();
    const entry = createOrderEntry(market, 0);
    const ticks = market.engine.bestTicks('bid') - 300;
    entry.submit({ id: 'a', side: 'bid', kind: 'limit', ticks, lots: 10 });
    expect(entry.submit({ id: 'a', side: 'bid', kind: 'limit', ticks, lots: 10 })).toMatchObject({
      reason: 'duplicate-id',
    });
    expect(entry.submit({ id: 'b', side: 'bid', kind: 'post-only', ticks: ticks + 5000, lots: 1 })).toEqual({
      kind: 'rejected',
      id: 'b',
      reason: 'would-cross',
    });
    expect(entry.amend('a', { lots: 4 })).toMatchObject({ kind: 'amended', id: 'a', keptPriority: true, openLots: 4 });
    expect(entry.amend('b', { lots: 4 })).toMatchObject({ reason: 'unknown-order' });
    expect(entry.cancel('a')).toEqual({ kind: 'cancelled', id: 'a', cancelledLots: 4 });
    expect(entry.cancel('a')).toEqual({ kind: 'rejected', id: 'a', reason: 'unknown-order' });
    expect(entry.cancel('zzz')).toMatchObject({ reason: 'unknown-order' });
  });

  it('keeps two people apart: each hears of its own fills, and dispose takes out what is left', () => {
    const market = openMarket();
    const [ann, bob] = [createOrderEntry(market, 0), createOrderEntry(market, 1)];
    const heard: string[] = [];
    ann.onFill((f) => heard.push(`ann ${f.role} ${f.lots}`));
    bob.onFill((f) => heard.push(`bob ${f.role} ${f.lots}`));
    const ask = market.engine.bestTicks('ask');
    market.enter((engine) => engine.submit({ id: 2 ** 52, owner: 5000, side: 'bid', kind: 'market', lots: 1 }));
    const price = ask - 1 > market.engine.bestTicks('bid') ? ask - 1 : market.engine.bestTicks('ask');
    ann.submit({ id: 'x', side: 'ask', kind: 'limit', ticks: price, lots: 50 });
    const ahead = market.engine.lotsAt('ask', price) - 50;
    bob.submit({ id: 'x', side: 'bid', kind: 'limit', ticks: price, lots: ahead + 20, timeInForce: 'ioc' });
    expect(heard.filter((line) => line.startsWith('ann'))).toEqual(['ann maker 20']);
    expect(heard.filter((line) => line.startsWith('bob')).length).toBeGreaterThanOrEqual(1);
    expect(ann.openOrders()).toHaveLength(1);
    ann.dispose();
    expect(market.engine.order(market.engine.frontOrder('ask')?.id ?? 0)?.owner).not.toBe(1000);
    expect(ann.openOrders()).toEqual([]);
  });

  it('survives people who empty the book, flood it or pin it at another price', () => {
    const market = openMarket();
    const entry = createOrderEntry(market, 0);
    entry.submit({ id: 'all', side: 'bid', kind: 'market', lots: 1e9 });
    expect(market.engine.levelCount('ask')).toBe(0);
    expect(listen(market, 400).touches.every((t) => t.bidTicks < t.askTicks && t.bidTicks > 0)).toBe(true);
    entry.submit({ id: 'pin', side: 'bid', kind: 'limit', ticks: 50_000, lots: 1e12 });
    market.advance(market.time + 5000, null, Number.POSITIVE_INFINITY);
    expect(market.engine.bestTicks('bid')).toBe(50_000);
    expect(market.engine.bestTicks('ask')).toBeGreaterThan(50_000);
    expect(listen(market, 400).touches.every((t) => t.bidTicks < t.askTicks && t.bidTicks > 0)).toBe(true);
    expect(entry.cancel('pin').kind).toBe('cancelled');
    market.advance(market.time + 5000, null, Number.POSITIVE_INFINITY);
    expect(market.engine.levelCount('ask')).toBeGreaterThan(100);
  });

  it('lets a listener answer a fill with another order', () => {
    const market = openMarket();
    const entry = createOrderEntry(market, 0);
    let orders = 0;
    entry.onFill(() => {
      if (orders < 5) entry.submit({ id: `again ${orders++}`, side: 'ask', kind: 'market', lots: 1 });
    });
    entry.submit({ id: 'first', side: 'bid', kind: 'market', lots: 1 });
    expect(orders).toBe(5);
    listen(market, 500);
  });

  it('keeps diffs dense, tickers true and trade ids without a hole under a stream of orders from outside', () => {
    const market = openMarket();
    const entry = createOrderEntry(market, 0);
    const random = createRandom(99);
    let told: Touch | null = null;
    let previous = -1;
    let nextTrade = market.tape.nextId;
    let depths = 0;
    for (let i = 0; i < 1500; i++) {
      const side = random.next() < 0.5 ? 'bid' : 'ask';
      const ticks = market.engine.bestTicks(side) + random.below(9) - 4;
      const kind = (['market', 'limit', 'limit', 'post-only'] as const)[random.below(4)];
      entry.submit({ id: `o${i}`, side, kind, ticks, lots: 1 + random.below(2000) });
      if (i % 3 === 0) entry.cancel(`o${random.below(i + 1)}`);
      if (i % 5 === 0) entry.amend(`o${random.below(i + 1)}`, { lots: 1 + random.below(500), ticks });
      market.advance(
        Number.POSITIVE_INFINITY,
        {
          wantsDepth: true,
          trade: (trade) => expect(trade.id).toBe(nextTrade++),
          bookTicker(touch) {
            told = touch;
          },
          depth(_time, first, last) {
            if (previous >= 0) expect(first).toBe(previous + 1);
            previous = last;
            depths++;
            expect(market.engine.updateId).toBe(last);
            const { updateId: _, ...best } = market.touch();
            expect(told).toMatchObject(best);
          },
          second: () => undefined,
        },
        1 + random.below(12),
      );
    }
    expect(depths).toBeGreaterThan(100);
  });
});

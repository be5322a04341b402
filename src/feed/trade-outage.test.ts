import { describe, expect, it } from 'vitest';
import { type Candle, candleAt, candleCount } from '@/market/candle.ts';
import { ok } from '@/market/result.ts';
import { ManualClock } from './clock.ts';
import type { FeedContext } from './feed-context.ts';
import { LagMeter } from './liveness.ts';
import { drain } from './testing/scripted-transport.ts';
import { TradeFeed } from './trade-feed.ts';
import type { CandleEvent, FetchedTrade, HistoryCandle, TradeEvent, Venue } from './venues/venue.ts';

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 7, 1, 12);
const GRID = { priceDecimals: 0, lotDecimals: 0, epoch: 0 };

/** The trades of an instrument of a venue whose ids do not show what was lost. */
function desk(tradeIds: Venue['tradeIds']) {
  const clock = new ManualClock(T0);
  const state = { newest: null as readonly FetchedTrade[] | null, resubscribed: [] as string[] };
  const venue: Partial<Venue> = {
    quietMs: 0,
    proof: 'sequence',
    tradeIds,
    intervals: ['1m'],
    historyRequest: () => null,
    recentTradesRequest: () => ({ method: 'recent', params: {}, path: '/recent', weight: 1 }),
    missedTradesRequest: () => null,
    readTrades: () => state.newest,
  };
  const context = {
    venue,
    clock,
    symbol: 'X',
    lag: new LagMeter(),
    requests: { ask: () => Promise.resolve(ok('')) },
    health: { lostTrades: () => undefined, tradesWhole: () => undefined, note: () => undefined },
    grid: () => GRID,
    refine: () => undefined,
    changed: () => undefined,
    needsChanged: () => undefined,
    resubscribe: (channel: string) => state.resubscribed.push(channel),
    restartLine: () => undefined,
    lineSilentMs: () => 0,
    later: (delayMs: number, task: () => void) => clock.schedule(delayMs, task),
    guard: (promise: Promise<unknown>, use: (value: unknown) => void) => void promise.then(use),
  } as unknown as FeedContext;
  const feed = new TradeFeed(context, T0);
  feed.wantIntervals(['1m']);
  const at = (ms: number): void => {
    clock.advanceTo(T0 + ms);
    context.lag.sample(T0 + ms, T0 + ms);
  };
  const trade = (id: number, ms: number, ticks: number, lots = 1): void => {
    at(Math.max(ms, clock.now() - T0));
    const event: TradeEvent = {
      id,
      firstId: id,
      ticks,
      lots,
      wideLots: 0n,
      aggressor: 1,
      time: T0 + ms,
      eventTime: T0 + ms,
      aggregated: false,
      idText: '',
      initial: false,
    };
    feed.trade(event, clock.now(), false);
  };
  const candle = (ms: number, v: number, more: Partial<CandleEvent> = {}): void =>
    feed.candle(
      {
        interval: '1m',
        t: T0 + ms,
        o: 10,
        h: 10,
        l: 10,
        c: 10,
        v,
        n: 0,
        firstId: -1,
        lastId: -1,
        closed: false,
        eventTime: clock.now(),
        ...more,
      },
      clock.now(),
    );
  const outage = (fromMs: number, toMs: number): void => {
    at(fromMs);
    feed.lineLost('connection-lost');
    feed.candlesLost();
    at(toMs);
    feed.lineOpened(clock.now());
  };
  const held = new Map<number, Candle>();
  const bars = (): Candle[] => {
    for (const { candles } of feed.takeCandles(0))
      for (let i = 0; i < candleCount(candles); i++) held.set(candleAt(candles, i).t, candleAt(candles, i));
    return [...held.values()].sort((a, b) => a.t - b.t);
  };
  const pass = async (ms: number): Promise<void> => {
    at(clock.now() - T0 + ms);
    await drain();
  };
  return { feed, state, trade, candle, outage, bars, pass };
}
const row = (ms: number, v: number): HistoryCandle => ({
  t: T0 + ms,
  o: '10',
  h: '10',
  l: '10',
  c: '10',
  v: String(v),
  n: 1,
});
const fetched = (id: number, ms: number, price: number, size = 1): FetchedTrade => ({
  id,
  firstId: id,
  price: String(price),
  size: String(size),
  aggressor: 1,
  time: T0 + ms,
});

describe.each([['increasing'], ['unordered']] as const)('[F38] after an outage, with ids that are %s', (numbering) => {
  it('a bar that began in it is partial, and none is drawn for the minutes that nobody heard', () => {
    const { trade, outage, bars } = desk(numbering);
    trade(1, 10_000, 10);
    trade(2, 61_000, 11);
    outage(70_000, 4 * MINUTE + 10_000);
    trade(9, 4 * MINUTE + 11_000, 20);
    trade(10, 5 * MINUTE + 1_000, 21);
    expect(bars().map(({ t, partial }) => [(t - T0) / MINUTE, partial])).toEqual([
      [0, true],
      [1, true],
      [4, true],
      [5, false],
    ]);
  });

  it('what was fetched of it is counted once, whether it comes before the first new trade or after', async () => {
    for (const isFirst of [true, false]) {
      const { feed, state, trade, outage, pass } = desk(numbering);
      trade(1, 10_000, 10);
      trade(2, 61_000, 11);
      outage(70_000, 80_000);
      state.newest = [fetched(2, 61_000, 11), fetched(3, 71_000, 30), fetched(4, 72_000, 5)];
      if (!isFirst) trade(5, 80_100, 12);
      await pass(600);
      if (isFirst) trade(5, 80_700, 12);
      await pass(600);
      trade(4, 81_300, 5);
      expect(feed.ledger.totals()).toMatchObject({ received: 5, buyVolume: 5 });
      expect(feed.takeGaps()?.at(-1)).toMatchObject({ repaired: true });
    }
  });

  it('a bar with trades fetched later has their sizes and reach, keeps its close, and is not called whole', async () => {
    const { state, trade, outage, bars, pass } = desk(numbering);
    trade(1, 10_000, 10);
    trade(2, 61_000, 11);
    outage(70_000, 80_000);
    state.newest = [fetched(2, 61_000, 11), fetched(3, 71_000, 30), fetched(4, 72_000, 5)];
    trade(5, 80_100, 12);
    await pass(600);
    expect(bars().at(-1)).toMatchObject({ o: 11, h: 30, l: 5, c: 12, v: 4, partial: true });
  });

  it('an answer that does not reach back to it leaves the gap as it is', async () => {
    const { feed, state, trade, outage, pass } = desk(numbering);
    trade(1, 10_000, 10);
    outage(20_000, 40_000);
    state.newest = [fetched(7, 35_000, 30)];
    trade(8, 40_100, 12);
    await pass(600);
    expect(feed.takeGaps()?.at(-1)).toMatchObject({ repaired: false, from: T0 + 20_000, to: T0 + 40_100 });
    expect(feed.ledger.totals().received).toBe(3);
  });
});

describe('[F38] a stream that is asked for again', () => {
  it('leaves a bar that may lack a trade, and nothing says that the next follows on it', async () => {
    const { feed, state, trade, bars, pass } = desk('unordered');
    trade(1, 50_000, 10);
    trade(2, 61_000, 11);
    trade(3, 62_000, 11);
    expect(bars().at(-1)?.partial).toBe(false);
    state.newest = null;
    feed.probe();
    await pass(10);
    expect(state.resubscribed).toContain('trades');
    trade(4, 3 * MINUTE, 12);
    expect(bars().map(({ t, partial }) => [(t - T0) / MINUTE, partial])).toEqual([
      [0, true],
      [1, true],
      [3, true],
    ]);
  });
});

describe('[F38] a bar that the venue states without naming its trades', () => {
  it('is not whole because lost trades were fetched: the sizes of those after it wait for the next', async () => {
    const { state, trade, candle, bars, pass } = desk('consecutive');
    trade(1, 10_000, 10);
    trade(2, 61_000, 10);
    trade(5, 70_000, 10);
    candle(MINUTE, 7);
    trade(6, 71_000, 10, 3);
    state.newest = [fetched(3, 65_000, 10), fetched(4, 66_000, 10)];
    await pass(600);
    expect(bars().at(-1)).toMatchObject({ v: 7, partial: true });
    candle(MINUTE, 10);
    expect(bars().at(-1)).toMatchObject({ v: 10, partial: true });
  });
});

describe('[F3] a venue that states its newest trade', () => {
  it('shows that a stream is dead which never brought one', () => {
    const { feed } = desk('consecutive');
    feed.lineOpened(T0);
    feed.stated(100, T0, T0 + 1_000);
    feed.stated(100, T0, T0 + 2_000);
    expect(feed.trades.liveness.lastAt).toBe(T0 + 2_000);
    feed.stated(101, T0 + 2_500, T0 + 3_000);
    feed.stated(102, T0 + 3_500, T0 + 4_000);
    expect(feed.trades.liveness.lastAt).toBe(T0 + 2_000);
  });
});

describe('history that a stream begins with', () => {
  it('is asked for by subscribing again, when the stream was there before it was wanted', async () => {
    const { feed, state, bars, pass } = desk('consecutive');
    feed.pushed('1m', [row(-MINUTE, 5), row(0, 6)], T0);
    feed.wantIntervals(['1m', '5m']);
    await pass(5_100);
    expect(state.resubscribed).toEqual(['candles']);
    feed.pushed('1m', [row(-5 * MINUTE, 5), row(0, 6)], T0);
    expect(feed.takeCandles(0).map(({ interval, history }) => [interval, history])).toEqual([
      ['1m', 'joined'],
      ['5m', 'joined'],
    ]);
    await pass(20_000);
    expect(state.resubscribed).toEqual(['candles']);
    expect(bars()).toEqual([]);
  });

  it('has failed when that brought none either', async () => {
    const { feed, state, pass } = desk('consecutive');
    await pass(10_100);
    expect(state.resubscribed).toEqual(['candles']);
    expect(feed.takeCandles(0)[0].history).toBe('failed');
  });
});

describe('[F38] after an outage, trades that the venue says again', () => {
  it('do not end it: the gap reaches to the first one that is new', () => {
    const { feed, trade, outage, bars } = desk('unordered');
    trade(1, 10_000, 10);
    trade(2, 50_000, 11);
    outage(55_000, 130_000);
    trade(1, 10_000, 10);
    trade(2, 50_000, 11);
    trade(9, 131_000, 20);
    expect(feed.takeGaps()).toMatchObject([{ from: T0 + 55_000, to: T0 + 131_000, repaired: false }]);
    expect(bars().map(({ t, partial }) => [(t - T0) / MINUTE, partial])).toEqual([
      [0, true],
      [2, true],
    ]);
  });
});

describe('[F39] a running bar stated before an outage', () => {
  it('is not taken for the finished one when the next is stated after it', () => {
    const { candle, trade, outage, bars } = desk('unordered');
    candle(0, 5);
    trade(1, 10_000, 10);
    outage(20_000, 90_000);
    candle(MINUTE, 3);
    expect(bars().map(({ v, partial }) => [v, partial])).toEqual([
      [5, true],
      [3, true],
    ]);
  });
});

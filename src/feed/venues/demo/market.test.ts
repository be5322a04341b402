import { describe, expect, it } from 'vitest';
import { type DemoInstrument, demoInstruments, findInstrument } from './instruments';
import { createMarket, type Market, type MarketSink } from './market';
import { createPace } from './pace';
import { hashText, mixWords } from './random';
import type { TapeTrade, Touch } from './wire';

const START = 1_750_000_000_123;
const SILENT: MarketSink = {
  wantsDepth: false,
  trade: () => undefined,
  bookTicker: () => undefined,
  depth: () => undefined,
  second: () => undefined,
};

function instrument(symbol: string): DemoInstrument {
  const found = findInstrument(symbol);
  if (found === undefined) throw new Error(symbol);
  return found;
}

const open = (symbol: string, rate = 200, seed = 7, start = START) =>
  createMarket(instrument(symbol), { seed, rate, start });

/** Hashes all that a market says, and counts it. */
function recorder(market: Market, wantsDepth: boolean) {
  let hash = 0;
  const note = (text: string): void => {
    hash = mixWords(hash, hashText(text));
  };
  const counts = { trade: 0, bookTicker: 0, depth: 0 };
  const sink: MarketSink = {
    wantsDepth,
    trade(trade, closes) {
      counts.trade++;
      note(`${JSON.stringify(trade)}${closes}`);
    },
    bookTicker(touch) {
      counts.bookTicker++;
      note(`${market.time}${JSON.stringify(touch)}`);
    },
    depth(time, first, last, bids, asks) {
      counts.depth++;
      const totals = [
        ...bids.map((t) => market.engine.lotsAt('bid', t)),
        ...asks.map((t) => market.engine.lotsAt('ask', t)),
      ];
      note(`${time}:${first}:${last}:${bids}:${asks}:${totals}`);
    },
    second(time) {
      note(`second ${time}`);
    },
  };
  return { sink, counts, hash: () => hash };
}

function drain(market: Market, sink: MarketSink | null, messages: number): void {
  market.advance(Number.POSITIVE_INFINITY, sink, messages);
}

describe('determinism', () => {
  it('says the same 5,000 messages for the same seed, rate and start', () => {
    const hashes = [1, 2].map(() => {
      const market = open('BTC-USD');
      const heard = recorder(market, true);
      drain(market, heard.sink, 5000);
      expect(heard.counts.trade + heard.counts.bookTicker + heard.counts.depth).toBe(5000);
      return heard.hash();
    });
    expect(hashes[0]).toBe(hashes[1]);
  });

  it('says the messages it said when this was written', () => {
    const market = open('BTC-USD');
    const heard = recorder(market, true);
    drain(market, heard.sink, 5000);
    expect(heard.hash()).toMatchInlineSnapshot(`3820613937`);
  });

  it('does not depend on how time is dealt out', () => {
    const whole = open('ETH-USD');
    const inOne = recorder(whole, true);
    whole.advance(START + 20_000, inOne.sink, Number.POSITIVE_INFINITY);
    const pieces = open('ETH-USD');
    const inPieces = recorder(pieces, true);
    for (let t = START; t < START + 20_000; t += 7.3) pieces.advance(t, inPieces.sink, Number.POSITIVE_INFINITY);
    pieces.advance(START + 20_000, inPieces.sink, Number.POSITIVE_INFINITY);
    expect(pieces.messages).toBe(whole.messages);
    expect(inPieces.hash()).toBe(inOne.hash());
  });

  it('does not depend on who listened before', () => {
    const heardAll = open('ACME');
    drain(heardAll, recorder(heardAll, true).sink, 2000);
    const heardNothing = open('ACME');
    drain(heardNothing, null, 1500);
    drain(heardNothing, SILENT, 500);
    const [a, b] = [heardAll, heardNothing].map((market) => {
      const late = recorder(market, true);
      drain(market, late.sink, 3000);
      return { hash: late.hash(), touch: market.touch(), trades: market.tape.nextId };
    });
    expect(b).toEqual(a);
  });

  it('differs by seed, by symbol and by start', () => {
    const hash = (market: Market) => {
      const heard = recorder(market, true);
      drain(market, heard.sink, 500);
      return heard.hash();
    };
    const all = [
      open('BTC-USD'),
      open('BTC-USD', 200, 8),
      open('MICRO-USD'),
      open('BTC-USD', 200, 7, START + 1),
      open('BTC-USD', 200, 7 + 2 ** 32),
    ];
    expect(new Set(all.map(hash)).size).toBe(all.length);
  });
});

describe('pace', () => {
  it.each([20, 33.3, 200, 5000])('puts exactly its share of %d messages a second into every second', (rate) => {
    const pace = createPace(1, rate, 1000);
    const seconds = 12;
    const counts = new Array<number>(seconds).fill(0);
    let last = 0;
    for (let n = 0; ; n++) {
      const time = pace.timeOf(n);
      expect(time).toBeGreaterThanOrEqual(last);
      last = time;
      if (time >= 1000 + seconds * 1000) break;
      counts[Math.floor((time - 1000) / 1000)]++;
    }
    const sum = (k: number) => counts.slice(0, k).reduce((total, count) => total + count, 0);
    for (let k = 1; k <= seconds; k++) expect(sum(k)).toBe(Math.ceil(k * rate));
  });

  it('answers the same out of order', () => {
    const inOrder = createPace(3, 200, 0);
    const times = Array.from({ length: 600 }, (_, n) => inOrder.timeOf(n));
    const other = createPace(3, 200, 0);
    expect(other.timeOf(599)).toBe(times[599]);
    expect(other.timeOf(5)).toBe(times[5]);
    expect(other.timeOf(130)).toBe(times[130]);
    expect(other.timeOf(129)).toBe(times[129]);
  });

  it('runs at its rate, and stands still when halted', () => {
    const market = open('GOLD', 500);
    market.advance(START + 59_999, null, Number.POSITIVE_INFINITY);
    expect(Math.abs(market.messages - 30_000)).toBeLessThan(3);
    market.halt(60_000);
    expect(market.advance(START + 119_000, null, Number.POSITIVE_INFINITY)).toBe(0);
    market.advance(START + 179_999, null, Number.POSITIVE_INFINITY);
    expect(Math.abs(market.messages - 60_000)).toBeLessThan(3);
  });
});

/** Rebuilds the book from diffs as a client would, and holds every book ticker against it. */
function follow(market: Market, messages: number) {
  const book = { bid: new Map<number, number>(), ask: new Map<number, number>() };
  let sequence = market.engine.updateId;
  for (const side of ['bid', 'ask'] as const) {
    market.engine.eachLevel(side, Number.POSITIVE_INFINITY, (ticks, lots) => book[side].set(ticks, lots));
  }
  let previous: number | null = null;
  let touch: Touch | null = null;
  let lastDepth = market.time;
  const seen = { depths: 0, compared: 0, longestGap: 0, trades: [] as TapeTrade[], spreads: [] as number[] };
  const best = (side: 'bid' | 'ask') => {
    const prices = [...book[side].keys()];
    const ticks = side === 'bid' ? Math.max(...prices) : Math.min(...prices);
    return [ticks, book[side].get(ticks)];
  };
  const sink: MarketSink = {
    wantsDepth: true,
    trade: (trade) => seen.trades.push(trade),
    bookTicker(next) {
      expect(next.updateId).toBe(market.engine.updateId);
      expect(next.askTicks).toBeGreaterThan(next.bidTicks);
      seen.spreads.push(next.askTicks - next.bidTicks);
      touch = next;
    },
    depth(time, first, last, bids, asks) {
      if (previous !== null) expect(first).toBe(previous + 1);
      else expect(first).toBeLessThanOrEqual(sequence + 1);
      expect(last).toBeGreaterThanOrEqual(first);
      previous = last;
      sequence = last;
      for (const side of ['bid', 'ask'] as const) {
        for (const ticks of side === 'bid' ? bids : asks) {
          const lots = market.engine.lotsAt(side, ticks);
          if (lots === 0) book[side].delete(ticks);
          else book[side].set(ticks, lots);
        }
      }
      seen.depths++;
      seen.longestGap = Math.max(seen.longestGap, time - lastDepth);
      lastDepth = time;
      if (touch === null) return;
      expect(touch.updateId).toBeLessThanOrEqual(last);
      if (seen.depths % 8 !== 0) return;
      seen.compared++;
      expect([best('bid'), best('ask')]).toEqual([
        [touch.bidTicks, touch.bidLots],
        [touch.askTicks, touch.askLots],
      ]);
    },
    second: () => undefined,
  };
  market.advance(Number.POSITIVE_INFINITY, sink, messages);
  const last = market.engine.takeChanges();
  for (const side of ['bid', 'ask'] as const) {
    for (const ticks of side === 'bid' ? last.bids : last.asks) {
      const lots = market.engine.lotsAt(side, ticks);
      if (lots === 0) book[side].delete(ticks);
      else book[side].set(ticks, lots);
    }
    const truth = new Map<number, number>();
    market.engine.eachLevel(side, Number.POSITIVE_INFINITY, (ticks, lots) => truth.set(ticks, lots));
    expect(book[side]).toEqual(truth);
  }
  return seen;
}

describe.each(demoInstruments.map((one) => one.symbol))('%s', (symbol) => {
  it('has diffs that rebuild the book from a snapshot, tickers that agree with it, and trade ids without a hole', () => {
    const market = open(symbol);
    drain(market, null, 1234);
    const firstTrade = market.tape.nextId;
    const seen = follow(market, 12_000);
    expect(seen.compared).toBeGreaterThan(100);
    expect(seen.trades.map((trade) => trade.id)).toEqual(seen.trades.map((_, i) => firstTrade + i));
    expect(seen.longestGap).toBeLessThanOrEqual(125);
    const share = seen.trades.length / 12_000;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.33);
    expect(seen.depths / 12_000).toBeCloseTo(0.1, 1);
  });

  it('keeps a tight, well-filled book', () => {
    const market = open(symbol, 100, 3);
    const spreads: number[] = [];
    const near: number[] = [];
    market.advance(
      START + 120_000,
      {
        ...SILENT,
        bookTicker: (touch) => spreads.push(touch.askTicks - touch.bidTicks),
        second() {
          for (const side of ['bid', 'ask'] as const) {
            const best = market.engine.bestTicks(side);
            let count = 0;
            market.engine.eachLevel(side, 80, (ticks) => {
              if (Math.abs(ticks - best) <= 60) count++;
            });
            near.push(count);
            expect(market.engine.levelCount(side)).toBeGreaterThan(200);
          }
        },
      },
      Number.POSITIVE_INFINITY,
    );
    const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
    expect(median(spreads)).toBeLessThanOrEqual(3);
    expect(median(near)).toBeGreaterThanOrEqual(16);
  });
});

describe('the market as a whole', () => {
  it('moves a minute about as far as its instrument says', () => {
    const squares: number[] = [];
    const target = instrument('ETH-USD').dailyMove * instrument('ETH-USD').anchorTicks * Math.sqrt(1 / 1440);
    for (const seed of [1, 2, 3]) {
      const market = open('ETH-USD', 100, seed);
      market.advance(START + 1_800_000, null, Number.POSITIVE_INFINITY);
      const bars = market.candles.range('1m', null, market.time, 30, market.time);
      for (const bar of bars) squares.push((bar.close - bar.open) ** 2);
    }
    const rms = Math.sqrt(squares.reduce((sum, x) => sum + x, 0) / squares.length);
    expect(rms / target).toBeGreaterThan(0.4);
    expect(rms / target).toBeLessThan(2.5);
  });

  it('keeps working at the slowest and the fastest rate', () => {
    for (const rate of [20, 5000]) {
      const seen = follow(open('BTC-USD', rate), 6000);
      expect(seen.trades.length).toBeGreaterThan(400);
      expect(seen.depths).toBeGreaterThan(500);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bboOf, isAskKnown, isBidKnown } from './book.ts';
import { type Candle, candleAt, candleCount, packCandles } from './candle.ts';
import {
  type ChannelStatus,
  chipSpoken,
  chipText,
  FEED_STATES,
  isCurrent,
  worseState,
  worseStatus,
} from './feed-state.ts';
import { parseInstrumentId, stepTicks, VENUE_IDS } from './instrument.ts';
import { assertNever, err, invariant, ok } from './result.ts';
import { aggressorOf } from './trade.ts';

const status = (more: Partial<ChannelStatus> = {}): ChannelStatus => ({
  state: 'live',
  since: 1_000,
  lastAt: 1_000,
  lagMs: 0,
  proof: 'sequence',
  provenAt: 1_000,
  fault: null,
  attempt: 0,
  retryAt: 0,
  ...more,
});

describe('the chip of a state', () => {
  it.each([
    [status(), 1_012, 'SEQ 12 ms'],
    [status({ proof: 'checksum' }), 2_400, 'CRC 1.4 s'],
    [status({ proof: 'audit', provenAt: 1_000, lastAt: 40_900 }), 41_000, 'AUDIT 40s'],
    [status({ proof: 'unverified', provenAt: 0 }), 1_012, 'UNVERIFIED 12 ms'],
    [status({ state: 'connecting' }), 1_800, 'Connecting 0.8 s'],
    [status({ state: 'syncing' }), 1_800, 'Syncing'],
    [status({ state: 'lagging', lagMs: 1_800 }), 1_800, 'Lag 1.8 s'],
    [status({ state: 'stale' }), 8_000, 'Stale 7 s'],
    [status({ state: 'resyncing' }), 8_000, 'Rebuilding'],
    [status({ state: 'resyncing', attempt: 2, retryAt: 9_400 }), 8_000, 'Reconnecting 1.4 s'],
    [status({ state: 'resyncing', attempt: 2, retryAt: 7_000 }), 8_000, 'Reconnecting'],
    [status({ state: 'offline' }), 0, 'Offline'],
    [status({ state: 'rate-limited', retryAt: 118_000 }), 0, 'Wait 1:58'],
    [status({ state: 'rejected' }), 0, 'Refused'],
    [status({ state: 'blocked' }), 0, 'Unreachable'],
  ])('%# says what is so now', (one, now, text) => {
    expect(chipText(one, now)).toBe(text);
  });

  it('is never below zero, whatever the clocks say', () => {
    for (const state of FEED_STATES) expect(chipText(status({ state, retryAt: -5 }), -60_000)).not.toContain('-');
  });

  it('read aloud begins with the word of the state', () => {
    for (const state of FEED_STATES) expect(chipSpoken(status({ state }), 5_000).startsWith(state)).toBe(true);
    expect(chipSpoken(status(), 1_012)).toBe('live, proven by sequence, 12 milliseconds old');
  });
});

describe('the worse of two states', () => {
  it('is one of them, whichever comes first, and live only when both are', () => {
    for (const a of FEED_STATES) {
      for (const b of FEED_STATES) {
        const worse = worseState(a, b);
        expect([a, b]).toContain(worse);
        expect(worse).toBe(worseState(b, a));
        if (worse === 'live') expect([a, b]).toEqual(['live', 'live']);
        expect(worseStatus(status({ state: a }), status({ state: b })).state).toBe(worse);
        if (isCurrent(worse)) expect(isCurrent(a) && isCurrent(b)).toBe(true);
      }
    }
  });
});

describe('instruments', () => {
  it('are named by venue and symbol, split at the first colon', () => {
    expect(parseInstrumentId('hyperliquid:xyz:TSLA')).toEqual({
      id: 'hyperliquid:xyz:TSLA',
      venue: 'hyperliquid',
      symbol: 'xyz:TSLA',
    });
    for (const venue of VENUE_IDS) expect(parseInstrumentId(`${venue}:A/B@C`)?.symbol).toBe('A/B@C');
  });

  it.each([
    '',
    ':',
    'binance',
    'binance:',
    ':BTC',
    'nowhere:BTC',
    '__proto__:x',
    `binance:${'x'.repeat(65)}`,
    'Binance:BTC',
  ])('are not named by %j', (text) => {
    expect(parseInstrumentId(text)).toBeNull();
  });

  it.each(['BTC\u202eTDSU', 'BTC\u200bUSDT', 'BTC\u2066', '\u0000BTC', 'BTC\u2028USDT'])(
    '[F50] have no symbol that looks like another: %j',
    (symbol) => expect(parseInstrumentId(`binance:${symbol}`)).toBeNull(),
  );

  it('have a display step of at least one tick', () => {
    const grid = { priceDecimals: 2, lotDecimals: 0, epoch: 0 };
    const steps = ['0.01', '0.25', '5', '0.001', 'x'].map((priceStep) => stepTicks({ priceStep, grid }));
    expect(steps).toEqual([1, 25, 500, 1, 1]);
  });
});

describe('books and candles', () => {
  it('a side without levels has no best price', () => {
    const none = new Float64Array(0);
    const one = Float64Array.of(5);
    const columns = { bidTicks: one, bidLots: one, askTicks: none, askLots: none, wideBids: [], wideAsks: [] };
    expect(bboOf(columns)).toBeNull();
    expect(bboOf({ ...columns, askTicks: one, askLots: one })).toEqual({
      bidTicks: 5,
      bidLots: 5,
      askTicks: 5,
      askLots: 5,
    });
  });

  it('[F24] a row is known inside what was asked for and inside the horizon, and nowhere else', () => {
    const coverage = { bidFrom: 90, askTo: 110, window: [60, 70] as const, bidHorizon: 65, askHorizon: 105 };
    expect([95, 90, 89, 70, 66, 64].map((ticks) => isBidKnown(ticks, coverage))).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
    expect([100, 105, 106, 65].map((ticks) => isAskKnown(ticks, coverage))).toEqual([true, true, false, true]);
    expect(isBidKnown(80, { ...coverage, window: null })).toBe(false);
  });

  it('candles come out of their rows as they went in', () => {
    const candle: fc.Arbitrary<Candle> = fc.record({
      t: fc.nat(),
      o: fc.nat(),
      h: fc.nat(),
      l: fc.nat(),
      c: fc.nat(),
      v: fc.oneof(fc.nat(), fc.bigInt({ min: 2n ** 53n, max: 10n ** 25n }).map(String)),
      n: fc.nat(),
      partial: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(candle, { maxLength: 20 }), (candles) => {
        const packed = packCandles(candles);
        expect(candleCount(packed)).toBe(candles.length);
        expect(candles.map((_, i) => candleAt(packed, i))).toEqual(candles);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

describe('small words', () => {
  it('an aggressor bought or sold', () => {
    expect([aggressorOf(1), aggressorOf(0)]).toEqual(['buyer', 'seller']);
  });

  it('a result is a value or a reason', () => {
    expect([ok(1), err('no')]).toEqual([
      { ok: true, value: 1 },
      { ok: false, error: 'no' },
    ]);
  });

  it('a broken invariant is thrown with its sentence', () => {
    expect(() => invariant(false, 'bids fall')).toThrow('bids fall');
    expect(() => invariant(true, '')).not.toThrow();
    expect(() => assertNever('x' as never)).toThrow('x');
  });
});

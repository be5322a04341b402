import { beforeEach, describe, expect, it } from 'vitest';
import type { ChannelStatus, FeedState } from '@/market/feed-state.ts';
import { applyFrame, marketStore } from './market-store.ts';
import { heardAt, markHeard, statusSource } from './status-source.ts';

const status = (state: FeedState): ChannelStatus => ({
  state,
  since: 0,
  lastAt: 0,
  lagMs: null,
  proof: 'sequence',
  provenAt: 0,
  fault: null,
  attempt: 0,
  retryAt: 0,
});

function frame(book: FeedState, trades: FeedState): void {
  const part = {
    id: 'binance:BTCUSDT' as const,
    status: { book: status(book), trades: status(trades), candles: status('live'), ticker: status('offline') },
    counters: {},
    trades: { received: 0, duplicates: 0, missing: 0, buyVolume: 0, sellVolume: 0 },
    lastTrade: null,
  };
  applyFrame({ kind: 'frame', seq: 1, oldestArrival: 0, messages: 0, instruments: [part as never] });
}

beforeEach(() => marketStore.setState({ instruments: new Map(), frame: 0 }));

describe('the state of some channels', () => {
  it('is nothing before the feed has said anything, then the worst of them and of no others', () => {
    const source = statusSource('binance:BTCUSDT', ['book', 'trades']);
    expect(source.read()).toBeNull();
    frame('live', 'stale');
    expect(source.read()?.state).toBe('stale');
    frame('rejected', 'stale');
    expect(source.read()?.state).toBe('rejected');
  });

  it('is the same source every time it is asked for', () => {
    expect(statusSource('binance:BTCUSDT', ['book'])).toBe(statusSource('binance:BTCUSDT', ['book']));
    expect(statusSource('binance:BTCUSDT', ['book'])).not.toBe(statusSource('binance:BTCUSDT', ['trades']));
  });

  it('tells of every frame of its instrument until it is left', () => {
    let calls = 0;
    const stop = statusSource('binance:BTCUSDT', ['book']).subscribe(() => calls++);
    frame('live', 'live');
    frame('live', 'live');
    stop();
    frame('live', 'live');
    expect(calls).toBe(2);
  });
});

describe('the last word of the worker', () => {
  it('never goes back', () => {
    markHeard(2000);
    markHeard(1000);
    expect(heardAt()).toBe(2000);
  });
});

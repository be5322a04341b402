import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ChannelStatus, FeedState } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import { deskStore, markTouched, openInstrument } from '@/store/desk-store.ts';
import { type InstrumentRecord, marketStore } from '@/store/market-store.ts';
import { PATIENCE_MS } from './first-visit.ts';
import { runFirstVisit, type Visit } from './visit.ts';

const toasts = vi.hoisted(() => [] as { text: string; action?: { run: () => void } }[]);
vi.mock('./toasts.ts', () => ({ toast: (message: (typeof toasts)[number]) => toasts.push(message) }));

const BINANCE: InstrumentId = 'binance:BTCUSDT';
const COINBASE: InstrumentId = 'coinbase:BTC-USD';
const KRAKEN: InstrumentId = 'kraken:BTC/USD';
const RUNNERS = [BINANCE, COINBASE, KRAKEN];
const DEMO: InstrumentId = 'demo:BTC-USD';
const shown = (): readonly InstrumentId[] => deskStore.getState().instruments;

/** Says what a venue's book is, as a frame would. */
function say(id: InstrumentId, state: FeedState, change: Partial<ChannelStatus> = {}): void {
  const book = { state, fault: null, ...change } as ChannelStatus;
  const record = { id, status: { book }, book: state === 'live' ? {} : null } as unknown as InstrumentRecord;
  marketStore.setState(({ instruments }) => ({ instruments: new Map(instruments).set(id, record) }));
}

let visit: Visit;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  toasts.length = 0;
  deskStore.setState(deskStore.getInitialState());
  marketStore.setState(marketStore.getInitialState());
  visit = runFirstVisit();
});
afterEach(() => {
  visit.stop();
  vi.useRealTimers();
});

test('the three default venues race, and the one that answers stays and is remembered', () => {
  expect(shown()).toEqual(RUNNERS);
  expect(visit.isChosen()).toBe(false);
  say(KRAKEN, 'syncing');
  say(BINANCE, 'syncing');
  say(KRAKEN, 'live');
  expect(shown()).toEqual([KRAKEN]);
  expect(visit.isChosen()).toBe(true);
  say(BINANCE, 'live');
  vi.advanceTimersByTime(60_000);
  expect(shown()).toEqual([KRAKEN]);
});

test('venues that refuse bring the demo at once when the last has, and one whose first connection failed did', () => {
  const fault = { kind: 'unreachable', venue: 'binance', detail: '', at: 0 } as const;
  say(BINANCE, 'connecting');
  expect(shown()).toEqual(RUNNERS);
  say(BINANCE, 'connecting', { fault });
  say(COINBASE, 'rejected');
  expect(shown()).toEqual(RUNNERS);
  say(KRAKEN, 'blocked');
  expect(shown()).toEqual([DEMO, ...RUNNERS]);
  expect(visit.isChosen()).toBe(false);
});

test('venues that hang bring the demo after two and a half seconds', () => {
  vi.advanceTimersByTime(PATIENCE_MS - 100);
  expect(shown()).toEqual(RUNNERS);
  vi.advanceTimersByTime(200);
  expect(shown()).toEqual([DEMO, ...RUNNERS]);
});

test('a venue that answers late replaces the demo with one toast, and the demo was never chosen', () => {
  vi.advanceTimersByTime(PATIENCE_MS + 10);
  say(DEMO, 'live');
  expect(visit.isChosen()).toBe(false);
  say(BINANCE, 'live');
  say(BINANCE, 'live');
  expect(shown()).toEqual([BINANCE]);
  expect(toasts).toHaveLength(1);
  expect(visit.isChosen()).toBe(true);
});

test('a touched page is offered the venue and switches when the user says so', () => {
  vi.advanceTimersByTime(PATIENCE_MS + 10);
  markTouched();
  say(BINANCE, 'live');
  expect(shown()).toEqual([DEMO]);
  expect(visit.isChosen()).toBe(false);
  toasts[0].action?.run();
  expect(shown()).toEqual([BINANCE]);
  expect(visit.isChosen()).toBe(true);
});

test('what the user opens meanwhile stays, and the race is over', () => {
  vi.advanceTimersByTime(PATIENCE_MS + 10);
  openInstrument('demo:ACME');
  expect(shown()).toEqual(['demo:ACME']);
  expect(visit.isChosen()).toBe(true);
  say(BINANCE, 'live');
  expect(shown()).toEqual(['demo:ACME']);
  expect(toasts).toEqual([]);
});

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

test('a venue that answers is shown and remembered', () => {
  expect(shown()).toEqual([BINANCE]);
  expect(visit.isChosen()).toBe(false);
  say(BINANCE, 'syncing');
  say(BINANCE, 'live');
  expect(shown()).toEqual([BINANCE]);
  expect(visit.isChosen()).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect(shown()).toEqual([BINANCE]);
});

test('a venue that refuses brings the demo at once, and one whose first connection failed does too', () => {
  const fault = { kind: 'unreachable', venue: 'binance', detail: '', at: 0 } as const;
  say(BINANCE, 'connecting');
  expect(shown()).toEqual([BINANCE]);
  say(BINANCE, 'connecting', { fault });
  expect(shown()).toEqual([DEMO, BINANCE]);
  expect(visit.isChosen()).toBe(false);
});

test('a venue that hangs brings the demo after two and a half seconds', () => {
  vi.advanceTimersByTime(PATIENCE_MS - 100);
  expect(shown()).toEqual([BINANCE]);
  vi.advanceTimersByTime(200);
  expect(shown()).toEqual([DEMO, BINANCE]);
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

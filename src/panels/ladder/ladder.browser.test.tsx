import '@/ui/tokens.css';
import { useState } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChannelStatus, FeedState } from '@/market/feed-state.ts';
import { deskStore } from '@/store/desk-store.ts';
import { setFeedPort } from '@/store/feed-port.ts';
import { applyFrame, marketStore } from '@/store/market-store.ts';
import type { PanelConfig } from '@/ui/panel.ts';
import { ladderPanel } from './index.ts';

const ID = 'binance:BTCUSDT';
const { Component } = ladderPanel;
type Part = Parameters<typeof applyFrame>[0]['instruments'][number];
type Book = NonNullable<Part['book']>;

const now = (): number => performance.timeOrigin + performance.now();
const status = (state: FeedState, more: Partial<ChannelStatus> = {}): ChannelStatus => ({
  state,
  since: now(),
  lastAt: now(),
  lagMs: 1,
  proof: 'sequence',
  provenAt: now(),
  fault: null,
  attempt: 0,
  retryAt: 0,
  ...more,
});

/** A level at every tick, its size its distance from the market; 300 a side. */
function book(bid: number, step = 1): Book {
  const bids = Array.from({ length: 300 }, (_, i) => Math.floor((bid - i * step) / step) * step);
  const asks = Array.from({ length: 300 }, (_, i) => Math.ceil((bid + 1 + i * step) / step) * step);
  const lots = Float64Array.from(bids, (_, i) => 1000 + i);
  const rows = {
    bidTicks: Float64Array.from(bids),
    bidLots: lots,
    askTicks: Float64Array.from(asks),
    askLots: lots,
    wideBids: [],
    wideAsks: [],
  };
  const top = {
    ...rows,
    bidTicks: Float64Array.of(bid),
    bidLots: Float64Array.of(1000),
    askTicks: Float64Array.of(bid + 1),
    askLots: Float64Array.of(1000),
  };
  const coverage = {
    bidFrom: bids[299],
    askTo: asks[299],
    window: null,
    bidHorizon: bid - 2000,
    askHorizon: Number.POSITIVE_INFINITY,
  };
  return { sequence: '1', checksum: '', epoch: 0, top, rows, step, coverage, bidLevels: 2000, askLevels: 2000 };
}

const INFO: NonNullable<Part['info']> = {
  id: ID,
  venue: 'binance',
  symbol: 'BTCUSDT',
  venueName: 'Binance',
  kind: 'spot',
  base: 'BTC',
  quote: 'USDT',
  priceStep: '0.1',
  sizeStep: '0.001',
  sizeUnit: 'BTC',
  contract: null,
  grid: { priceDecimals: 1, lotDecimals: 3, epoch: 0 },
  simulated: false,
  local: false,
};

let seq = 0;
function send(state: ChannelStatus, more: Partial<Part> = {}): void {
  const part = {
    id: ID,
    status: { book: state, trades: state, candles: state, ticker: state },
    counters: {} as Part['counters'],
    trades: { received: 0, duplicates: 0, missing: 0, buyVolume: 0, sellVolume: 0 },
    lastTrade: { id: '1', ticks: 641_205, lots: 1, aggressor: 'buyer', time: 0, direction: 1 },
    ...more,
  } as Part;
  applyFrame({ kind: 'frame', seq: ++seq, oldestArrival: 0, messages: 1, instruments: [part] });
}

function Desk() {
  const [config, setConfig] = useState<PanelConfig>({});
  return <Component panelId="ladder-1" instrument={ID} config={config} setConfig={setConfig} />;
}

let root: Root;
let host: HTMLElement;
const retry = vi.fn();
const unused = (): Promise<never> => Promise.reject(new Error('not asked for here'));
const one = (selector: string): HTMLElement => host.querySelector<HTMLElement>(selector) as HTMLElement;
const row = (price: string): HTMLElement | null => host.querySelector(`[role=row][data-price="${price}"]`);
const cell = (price: string, col: string): HTMLElement | null | undefined =>
  row(price)?.querySelector(`[data-col=${col}]`);
const key = (name: string): boolean =>
  one('[role=grid]').dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));

beforeEach(() => {
  marketStore.setState({ instruments: new Map(), frame: 0 });
  deskStore.setState({ needs: new Map(), instruments: [ID] });
  setFeedPort({ backfill: unused, prints: unused, catalogue: unused, digest: unused, retry });
  host = document.createElement('div');
  host.style.cssText = 'width:288px;height:600px';
  document.body.append(host);
  root = createRoot(host);
  root.render(<Desk />);
});
afterEach(() => {
  root.unmount();
  host.remove();
  setFeedPort(null);
});

const open = async (state = status('live')): Promise<void> => {
  await vi.waitFor(() => expect(one('[data-panel=ladder]')).not.toBeNull());
  send(state, { info: INFO, book: book(641_204) });
  await vi.waitFor(() => expect(row('64120.4')).not.toBeNull());
};

describe('the ladder on screen', () => {
  it('is a region named for its instrument, whose state is there in the task that brought it', async () => {
    await open();
    const region = one('[data-panel=ladder]');
    expect(region.getAttribute('aria-label')).toBe('Order book BTCUSDT');
    expect(region.dataset.instrument).toBe(ID);
    expect(region.dataset.state).toBe('live');
    send(status('stale'));
    expect(region.dataset.state).toBe('stale');
  });

  it('carries exact decimals, marks the best rows, and names its step', async () => {
    await open();
    expect(one('[role=grid]').dataset.step).toBe('0.1');
    expect(row('64120.4')?.dataset.best).toBe('bid');
    expect(row('64120.5')?.dataset.best).toBe('ask');
    expect(host.querySelectorAll('[data-best]')).toHaveLength(2);
    expect(cell('64120.3', 'bid')?.dataset.size).toBe('1.001');
    expect(cell('64120.3', 'ask')?.dataset.size).toBe('');
    expect(row('64120')?.dataset.price).toBe('64120');
    expect(cell('64120', 'price')?.textContent).toBe('64,120.0');
  });

  it('stands still while the market moves', async () => {
    await open();
    const first = one('[role=grid] [data-price]').dataset.price;
    send(status('live'), { book: book(641_207) });
    await vi.waitFor(() => expect(row('64120.7')?.dataset.best).toBe('bid'));
    expect(one('[role=grid] [data-price]').dataset.price).toBe(first);
  });

  it('groups by key, asks for that step, and prints the exact best prices', async () => {
    await open();
    key(']');
    await vi.waitFor(() => expect(one('[role=grid]').dataset.step).toBe('0.2'));
    expect([...deskStore.getState().needs.values()][0]?.book).toMatchObject({ step: 2, priceDecimals: 1, best: 200 });
    key(']');
    await vi.waitFor(() => expect(one('[role=grid]').dataset.step).toBe('0.5'));
    expect(row('64120')?.dataset.best).toBe('bid');
    expect(cell('64120', 'price')?.textContent).toBe('64,120.4');
    expect(one('[data-part=bid-head]').textContent).toBe('64,12');
    expect(one('[data-part=bid-pips]').textContent).toBe('0.4');
    key('[');
    await vi.waitFor(() => expect(one('[role=grid]').dataset.step).toBe('0.2'));
  });

  it('asks for a window where the best levels end, hatches what is unknown meanwhile, and comes back by Space', async () => {
    await open();
    const need = () => [...deskStore.getState().needs.values()][0]?.book;
    for (let page = 0; page < 40; page++) key('PageDown');
    await vi.waitFor(() => expect(need()?.window).not.toBeNull());
    const [low, high] = need()?.window ?? [0, 0];
    const prices = [...host.querySelectorAll<HTMLElement>('[role=row][data-price]')].map(
      (each) => Number(each.dataset.price) * 10,
    );
    expect(low).toBeLessThanOrEqual(Math.min(...prices));
    expect(high).toBeGreaterThanOrEqual(Math.max(...prices));
    expect(host.querySelectorAll('[data-col=bid][data-unknown]').length).toBeGreaterThan(10);
    expect(one('[data-part=market-note]').textContent).toMatch(/^market \d+ rows above$/);
    key(' ');
    await vi.waitFor(() => expect(row('64120.4')).not.toBeNull());
    await vi.waitFor(() => expect(need()?.window).toBeNull());
  });

  it('moves a cursor by the arrows, which the grid names to a screen reader', async () => {
    await open();
    key('ArrowUp');
    await vi.waitFor(() => expect(row('64120.4')?.hasAttribute('data-cursor')).toBe(true));
    key('ArrowUp');
    await vi.waitFor(() => expect(row('64120.5')?.hasAttribute('data-cursor')).toBe(true));
    expect(one('[role=grid]').getAttribute('aria-activedescendant')).toBe(row('64120.5')?.id);
  });

  it('keeps the last good book dated when it is not current, and never as a spread', async () => {
    await open();
    send(status('stale', { lastAt: now() - 7200 }));
    await vi.waitFor(() => expect(host.textContent).toMatch(/7\.\d s/));
    expect(cell('64120.3', 'bid')?.dataset.size).toBe('1.001');
    expect(one('[data-part=bid-pips]').getBoundingClientRect().width).toBe(0);
    send(status('live'), { book: book(641_204) });
    await vi.waitFor(() => expect(one('[data-part=bid-pips]').getBoundingClientRect().width).toBeGreaterThan(0));
  });

  it('says why it was refused and tries again when told to', async () => {
    await open();
    const fault = { kind: 'unknown-symbol', venue: 'binance', detail: 'code -1121', at: now() } as const;
    send(status('rejected', { fault }));
    await vi.waitFor(() => expect(host.textContent).toContain('Binance does not know this symbol'));
    const button = [...host.querySelectorAll('button')].find((each) => each.textContent === 'Try again');
    button?.click();
    expect(retry).toHaveBeenCalledWith(ID);
  });

  it('follows a finer grid without a jump', async () => {
    await open();
    const first = one('[role=grid] [data-price]').dataset.price;
    const fine = book(641_204);
    const times = (column: Float64Array): Float64Array => column.map((value) => value * 10);
    const scaled = (columns: Book['rows']): Book['rows'] => ({
      ...columns,
      bidTicks: times(columns.bidTicks),
      askTicks: times(columns.askTicks),
    });
    const { bidFrom, askTo, bidHorizon } = fine.coverage;
    send(status('live'), {
      info: { ...INFO, grid: { priceDecimals: 2, lotDecimals: 3, epoch: 1 } },
      book: {
        ...fine,
        epoch: 1,
        step: 10,
        top: scaled(fine.top),
        rows: scaled(fine.rows),
        coverage: { ...fine.coverage, bidFrom: bidFrom * 10, askTo: askTo * 10, bidHorizon: bidHorizon * 10 },
      },
    });
    await vi.waitFor(() => expect([...deskStore.getState().needs.values()][0]?.book?.priceDecimals).toBe(2));
    expect(one('[role=grid] [data-price]').dataset.price).toBe(first);
    expect(row('64120.4')?.dataset.best).toBe('bid');
    expect(one('[role=grid]').dataset.step).toBe('0.1');
  });

  it('leaves nothing behind', async () => {
    await open();
    root.render(null);
    await vi.waitFor(() => expect(deskStore.getState().needs.size).toBe(0));
    send(status('live'), { book: book(641_300) });
  });
});

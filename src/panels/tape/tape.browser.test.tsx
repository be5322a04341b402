import '@/ui/tokens.css';
import { useState } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChannelStatus } from '@/market/feed-state.ts';
import { deskStore } from '@/store/desk-store.ts';
import { type FeedPort, setFeedPort } from '@/store/feed-port.ts';
import { applyFrame, marketStore } from '@/store/market-store.ts';
import type { PanelConfig } from '@/ui/panel.ts';
import { tapePanel } from './index.ts';
import { pageOf, type TestPrint } from './tape-prints.fixture.ts';

const ID = 'binance:BTCUSDT';
const { Component } = tapePanel;
type Part = Parameters<typeof applyFrame>[0]['instruments'][number];

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

let all: TestPrint[] = [];
let seq = 0;
/** One frame with `count` new prints, the first `elided` of them left out of it. */
function send(count: number, elided = 0, missing = 0): void {
  const at = performance.timeOrigin + performance.now();
  const first = all.length;
  for (let i = 0; i < count; i++)
    all.push({ lots: 1 + ((first + i) % 50), time: 1_723_075_200_000 + (first + i) * 100, aggressor: (first + i) % 2 });
  const status: ChannelStatus = {
    state: 'live',
    since: at,
    lastAt: at,
    lagMs: 1,
    proof: 'sequence',
    provenAt: at,
    fault: null,
    attempt: 0,
    retryAt: 0,
  };
  const part = {
    id: ID,
    status: { book: status, trades: status, candles: status, ticker: status },
    counters: {} as Part['counters'],
    trades: { received: all.length, duplicates: 0, missing, buyVolume: 0, sellVolume: 0 },
    lastTrade: null,
    info: INFO,
    prints: { epoch: 0, first: first + elided, elided, prints: pageOf(all, first + elided, all.length).prints },
  } satisfies Part;
  applyFrame({ kind: 'frame', seq: ++seq, oldestArrival: 0, messages: 1, instruments: [part] });
}

function Desk() {
  const [config, setConfig] = useState<PanelConfig>({});
  return <Component panelId="tape-1" instrument={ID} config={config} setConfig={setConfig} />;
}

let root: Root;
let host: HTMLElement;
const prints = vi.fn<FeedPort['prints']>();
const unused = (): Promise<never> => Promise.reject(new Error('not asked for here'));
const one = (selector: string): HTMLElement => host.querySelector<HTMLElement>(selector) as HTMLElement;
const rows = (): HTMLElement[] => [...host.querySelectorAll<HTMLElement>('[role=log] [data-trade-id]')];
const ids = (): number[] => rows().map((each) => Number(each.dataset.tradeId) - 1000);
const terms = (): Record<string, number> =>
  Object.fromEntries(
    [...host.querySelectorAll<HTMLElement>('[data-term]')].map((each) => [
      each.dataset.term,
      Number(each.dataset.count),
    ]),
  );
const isBalanced = (): boolean => {
  const t = terms();
  return t.received === t.shown + t.filtered + t.folded + t.scrolled + t.elided + t.waiting;
};
const key = (name: string): boolean =>
  one('[role=log]').dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));

beforeEach(async () => {
  all = [];
  marketStore.setState({ instruments: new Map(), frame: 0 });
  deskStore.setState({ needs: new Map(), instruments: [ID] });
  prints.mockReset();
  prints.mockImplementation((instrument, before, limit) =>
    Promise.resolve({
      kind: 'printed',
      id: 1,
      instrument,
      epoch: 0,
      ...pageOf(all, Math.max(0, before - limit), before),
    }),
  );
  setFeedPort({ backfill: unused, prints, catalogue: unused, digest: unused, retry: () => undefined });
  host = document.createElement('div');
  host.style.cssText = 'width:280px;height:600px';
  document.body.append(host);
  root = createRoot(host);
  root.render(<Desk />);
  await vi.waitFor(() => expect(one('[data-panel=tape]')).not.toBeNull());
});
afterEach(() => {
  root.unmount();
  host.remove();
  setFeedPort(null);
});

describe('the tape on screen', () => {
  it('shows every print as the venue sent it, the newest on top', async () => {
    send(100);
    await vi.waitFor(() => expect(ids()[0]).toBe(99));
    send(1);
    await vi.waitFor(() => expect(ids()[0]).toBe(100));
    expect(ids()).toEqual(ids().toSorted((a, b) => b - a));
    const top = rows()[0];
    expect(top?.dataset).toMatchObject({
      price: '64120.5',
      size: '0.001',
      aggressor: 'seller',
      time: String(all[100]?.time),
    });
    expect(top?.textContent).toContain('64,120.5');
    const tops = rows().map((each) => each.getBoundingClientRect().top);
    expect(tops).toEqual(tops.toSorted((a, b) => a - b));
    expect(one('[role=log]').getAttribute('aria-live')).toBe('off');
  });

  it('accounts for every print', async () => {
    send(100);
    send(60, 20);
    await vi.waitFor(() => expect(terms().received).toBe(160));
    expect(terms()).toMatchObject({ elided: 20, shown: rows().length, waiting: 0 });
    expect(isBalanced()).toBe(true);
    expect(host.textContent).toContain('160 received, all accounted for');
  });

  it('names what was lost', async () => {
    send(3, 0, 7);
    await vi.waitFor(() => expect(one('[data-part=lost]').textContent).toBe('7 lost'));
    expect(one('[data-part=lost]').hasAttribute('data-lost')).toBe(true);
  });

  it('filters by size, keeps the last good minimum when the text is none, and clears', async () => {
    send(200);
    const input = one('input') as HTMLInputElement;
    const type = (text: string): void => {
      const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
      set?.call(input, text);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    };
    await vi.waitFor(() => expect(input.disabled).toBe(false));
    type('0.04');
    await vi.waitFor(() =>
      expect(Math.min(...rows().map((each) => Number(each.dataset.size)))).toBeGreaterThanOrEqual(0.04),
    );
    expect(terms().filtered).toBe(156);
    expect(isBalanced()).toBe(true);
    type('none');
    await vi.waitFor(() => expect(one('[role=alert]').textContent).toContain('digits'));
    expect(terms().filtered).toBe(156);
    type('');
    await vi.waitFor(() => expect(terms().filtered).toBe(0));
  });

  it('pauses on scroll, counts what waits, and resumes by End', async () => {
    send(100);
    await vi.waitFor(() => expect(ids()[0]).toBe(99));
    one('[role=log]').scrollTop = 200;
    await vi.waitFor(() => expect(host.textContent).toContain('Paused'));
    const read = 99 - Math.round(200 / (rows()[0]?.offsetHeight ?? 0));
    await vi.waitFor(() => expect(ids()[0]).toBe(read));
    send(5);
    await vi.waitFor(() => expect(terms().waiting).toBe(5));
    expect(ids()[0]).toBe(read);
    expect(isBalanced()).toBe(true);
    key('End');
    await vi.waitFor(() => expect(ids()[0]).toBe(104));
    expect(terms().waiting).toBe(0);
  });

  it('fetches what was left out when the reader comes to it', async () => {
    send(40);
    send(30, 10);
    await vi.waitFor(() => expect(terms().elided).toBe(10));
    key('p');
    await vi.waitFor(() => expect(terms().elided).toBe(0));
    expect(prints).toHaveBeenCalledWith(ID, 50, 10);
    expect(ids()).toEqual(Array.from({ length: ids().length }, (_, i) => 69 - i));
    expect(isBalanced()).toBe(true);
  });

  it('reads on into what only the feed still keeps', async () => {
    for (let i = 0; i < 12; i++) send(1000);
    await vi.waitFor(() => expect(terms().received).toBe(12_000));
    key('p');
    await vi.waitFor(() => expect(host.textContent).toContain('Paused'));
    const log = one('[role=log]');
    await vi.waitFor(() => {
      log.scrollTop = log.scrollHeight;
      expect(ids().at(-1)).toBeLessThan(9_000);
    });
    expect(isBalanced()).toBe(true);
  });

  it('goes on when older prints cannot be fetched', async () => {
    prints.mockRejectedValue(new Error('The feed was restarted.'));
    send(40);
    send(15, 10);
    key('p');
    await vi.waitFor(() => expect(host.textContent).toContain('10 prints left out, could not be fetched'));
    expect(isBalanced()).toBe(true);
    key('p');
    send(1);
    await vi.waitFor(() => expect(ids()[0]).toBe(55));
  });

  it('says that there was no trade yet rather than nothing', async () => {
    send(0);
    await vi.waitFor(() => expect(host.textContent).toContain('No trades on BTCUSDT'));
  });
});

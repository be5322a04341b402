import '@/ui/tokens.css';
import { Suspense } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Candle, type GapSpan, packCandles } from '@/market/candle.ts';
import { CHANNELS, type ChannelStatus, type FeedState } from '@/market/feed-state.ts';
import { deskStore } from '@/store/desk-store.ts';
import { setFeedPort } from '@/store/feed-port.ts';
import { applyBackfill, applyFrame, marketStore } from '@/store/market-store.ts';
import { chartPanel } from './index.ts';

const ID = 'demo:ACME';
const T0 = Date.UTC(2024, 7, 8, 0, 0);
const MINUTE = 60_000;
const { Component } = chartPanel;
type InstrumentFrame = Parameters<typeof applyFrame>[0]['instruments'][number];

/** A triangle wave: both directions in any view, the same in every run. */
const priceAt = (i: number): number => 10_000 + Math.abs((((i % 40) + 40) % 40) - 20) * 5;
const candleAt = (i: number): Candle => {
  const [o, c] = [priceAt(i), priceAt(i + 1)];
  return {
    t: T0 + i * MINUTE,
    o,
    c,
    h: Math.max(o, c) + 2,
    l: Math.min(o, c) - 2,
    v: 1000 + (i % 7) * 100,
    n: 5,
    partial: false,
  };
};
const candles = (from: number, to: number): Candle[] => Array.from({ length: to - from }, (_, k) => candleAt(from + k));

let seq = 0;
let state: FeedState = 'live';
function statuses(): Record<(typeof CHANNELS)[number], ChannelStatus> {
  const now = performance.timeOrigin + performance.now();
  const one: ChannelStatus = {
    state,
    since: now,
    lastAt: now,
    lagMs: 1,
    proof: 'sequence',
    provenAt: now,
    fault: null,
    attempt: 0,
    retryAt: 0,
  };
  return Object.fromEntries(CHANNELS.map((channel) => [channel, one])) as ReturnType<typeof statuses>;
}
const COUNTERS = {
  messages: 0,
  bytes: 0,
  rejected: 0,
  offGrid: 0,
  gaps: 0,
  resyncs: 0,
  reconnects: 0,
  checksums: 0,
  checksumFailures: 0,
  quotesAgreed: 0,
  quotesCompared: 0,
  diffs: 0,
  candleDifferences: 0,
};
function send(part: Partial<InstrumentFrame>): void {
  const fixed = { id: ID, counters: COUNTERS, lastTrade: null, status: statuses() } as const;
  const trades = { received: 1, duplicates: 0, missing: 0, buyVolume: 0, sellVolume: 0 };
  applyFrame({
    kind: 'frame',
    seq: ++seq,
    oldestArrival: 0,
    messages: 1,
    instruments: [{ ...fixed, trades, ...part }],
  });
}
const put = (list: readonly Candle[], reset = false): void =>
  send({ candles: [{ interval: '1m', epoch: 0, reset, candles: packCandles(list), history: 'joined' }] });
function open(list: readonly Candle[], gaps: readonly GapSpan[] = []): void {
  send({
    gaps,
    info: {
      id: ID,
      venue: 'demo',
      symbol: 'ACME',
      venueName: 'Demo exchange',
      kind: 'equity',
      base: 'ACME',
      quote: 'USD',
      priceStep: '0.01',
      sizeStep: '1',
      sizeUnit: 'ACME',
      contract: null,
      grid: { priceDecimals: 2, lotDecimals: 0, epoch: 0 },
      simulated: true,
      local: false,
    },
    candles: [{ interval: '1m', epoch: 0, reset: true, candles: packCandles(list), history: 'joined' }],
  });
}

/** The machine that runs this may be busy: what is waited for is named, not how long it takes. */
const eventually = <T,>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 10_000, interval: 20 });

let root: Root;
let asked: number[] = [];
const errors: unknown[] = [];
const collect = (event: ErrorEvent): void => {
  errors.push(event.error);
};
const chart = (): HTMLElement => {
  const found = document.querySelector<HTMLElement>('[data-interval]');
  if (!found) throw new Error('There is no chart.');
  return found;
};
const dataset = (): DOMStringMap => document.querySelector<HTMLElement>('[data-interval]')?.dataset ?? {};
const key = (name: string, more: KeyboardEventInit = {}): boolean =>
  chart().dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true, ...more }));

/** Pixels of a colour over all canvases of the chart. */
function pixels(property: string): number {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(property).trim();
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  let count = 0;
  for (const canvas of chart().querySelectorAll('canvas')) {
    const context = canvas.getContext('2d');
    if (!context || canvas.width === 0 || canvas.height === 0) continue;
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4)
      if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) count++;
  }
  return count;
}
const tableTimes = (): string[] =>
  [...document.querySelectorAll('table caption ~ tbody th')].map((head) => head.textContent ?? '');

beforeEach(() => {
  errors.length = 0;
  asked = [];
  state = 'live';
  marketStore.setState({ instruments: new Map(), frame: 0 });
  deskStore.setState({ interval: '1m' });
  window.addEventListener('error', collect);
  setFeedPort({
    backfill: async (_id, interval, before, limit) => {
      asked.push(before);
      const to = (before - T0) / MINUTE;
      const page = packCandles(candles(to - limit, to));
      applyBackfill({ kind: 'backfilled', id: 1, instrument: ID, interval, epoch: 0, candles: page, atStart: false });
    },
    prints: () => Promise.reject(new Error('not here')),
    catalogue: () => Promise.resolve([]),
    digest: () => Promise.reject(new Error('not here')),
    retry: () => undefined,
  });
  const host = document.createElement('div');
  host.style.cssText = 'width:800px;height:500px';
  document.body.replaceChildren(host);
  root = createRoot(host);
  root.render(
    <Suspense>
      <Component panelId="chart-1" instrument={ID} config={{}} setConfig={() => undefined} />
    </Suspense>,
  );
});
afterEach(() => {
  root.unmount();
  window.removeEventListener('error', collect);
  expect(errors).toEqual([]);
});

describe('the chart in a browser', () => {
  it('draws both directions, hollow and filled, and states the last close exactly', async () => {
    await eventually(chart);
    open(candles(0, 300));
    await eventually(() => expect(dataset().lastClose).toBe(String(priceAt(300) / 100)));
    await eventually(() => {
      expect(pixels('--up-fill')).toBeGreaterThan(300);
      expect(pixels('--down-fill')).toBeGreaterThan(pixels('--up-fill'));
    });
    expect(pixels('--up-trade')).toBeGreaterThan(100);
    expect(chart().getAttribute('role')).toBe('img');
    expect(chart().getAttribute('aria-label')).toMatch(/^ACME 1-minute candles/);
  });

  it('takes in new and changed candles and shows the last of a burst', async () => {
    await eventually(chart);
    open(candles(-200, 100));
    await eventually(() => expect(dataset().bars).toBe('300'));
    for (let i = 0; i < 40; i++) put([{ ...candleAt(100), c: 10_000 + i, h: 10_400, l: 9900 }]);
    await eventually(() => expect(dataset()).toMatchObject({ lastClose: '100.39', bars: '301', slots: '301' }));
  });

  it('pages history when it is scrolled back, and comes back to the live end on request', async () => {
    await eventually(chart);
    open(candles(-200, 200));
    await eventually(() => expect(dataset().bars).toBe('400'));
    expect(asked).toEqual([]);
    chart().focus();
    await eventually(() => expect(tableTimes()).toHaveLength(20));
    for (let i = 0; i < 8; i++) key('ArrowLeft', { ctrlKey: true });
    await eventually(() => expect(Number(dataset().bars)).toBeGreaterThanOrEqual(900));
    expect(asked[0]).toBe(T0 - 200 * MINUTE);
    expect(new Set(asked).size).toBe(asked.length);
    await eventually(() => expect(document.querySelector('button:is([class*="toLive"])')).not.toBeNull());
    put([candleAt(200), candleAt(201)]);
    await eventually(() => expect(dataset().lastClose).toBe(String(priceAt(202) / 100)));
    key('End');
    await eventually(() => expect(document.querySelector('button:is([class*="toLive"])')).toBeNull());
    expect(Number(dataset().slots)).toBeLessThanOrEqual(2000);
  });

  it('[F40] survives candles in any order, wrong ones among them, and never passes its bound', async () => {
    await eventually(chart);
    open(candles(0, 50));
    let seed = 9;
    const random = (): number => {
      seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    };
    let head = 50;
    for (let round = 0; round < 40; round++) {
      const list = Array.from({ length: 60 }, () => {
        const i = random() < 0.7 ? head++ : Math.floor(random() * head) - 20;
        const good = candleAt(i);
        const wrong = [
          { h: Number.NaN },
          { l: Number.POSITIVE_INFINITY },
          { h: good.l - 5 },
          { v: -3 },
          { t: good.t + 7 },
        ];
        return random() < 0.1 ? { ...good, ...wrong[Math.floor(random() * wrong.length)] } : good;
      });
      put(list, round === 20);
      await new Promise<void>((next) => requestAnimationFrame(() => next()));
    }
    await eventually(() => expect(Number(dataset().badBars)).toBeGreaterThan(0));
    expect(Number(dataset().slots)).toBeLessThanOrEqual(2000);
    expect(dataset().lastClose).toMatch(/^\d+(\.\d+)?$/);
    put(candles(0, 500), true);
    await eventually(() => expect(dataset()).toMatchObject({ bars: '500', badBars: '0' }));
  });

  it('[F39] shows a gap as a gap: empty slots, a named band, no candle across it', async () => {
    await eventually(chart);
    const gap = { from: T0 + 80 * MINUTE, to: T0 + 90 * MINUTE, repaired: false, cause: 'connection-lost' };
    open([...candles(-200, 80), ...candles(90, 100)], [gap]);
    await eventually(() => expect(dataset()).toMatchObject({ bars: '290', slots: '300' }));
    await eventually(() => expect(pixels('--hairline')).toBeGreaterThan(200));
  });

  it('follows the theme', async () => {
    await eventually(chart);
    open(candles(0, 300));
    await eventually(() => expect(pixels('--up-fill')).toBeGreaterThan(300));
    document.documentElement.dataset.theme = 'light';
    await eventually(() => expect(pixels('--up-fill')).toBeGreaterThan(300));
    delete document.documentElement.dataset.theme;
  });

  it('keeps the picture without its colours when the feed falls silent', async () => {
    await eventually(chart);
    open(candles(-200, 100));
    await eventually(() => expect(dataset().bars).toBe('300'));
    state = 'stale';
    send({});
    await eventually(() => expect(document.querySelector('[data-look="stale"]')).not.toBeNull());
    expect(dataset().lastClose).toBe(String(priceAt(100) / 100));
  });

  it('forgets one interval before it shows another', async () => {
    await eventually(chart);
    open(candles(-200, 100));
    await eventually(() => expect(dataset().bars).toBe('300'));
    deskStore.setState({ interval: '5m' });
    await eventually(() => expect(dataset()).toMatchObject({ interval: '5m', lastClose: '', bars: '0' }));
  });

  it('opens the interval box with a digit and search with a letter', async () => {
    await eventually(chart);
    open(candles(-200, 100));
    const letters: string[] = [];
    const listen = (event: Event): void => {
      letters.push((event as CustomEvent<string>).detail);
    };
    document.addEventListener('depthwire:search', listen);
    key('e');
    document.removeEventListener('depthwire:search', listen);
    expect(letters).toEqual(['e']);
    key('1');
    const input = await eventually(() => {
      const found = document.querySelector<HTMLInputElement>('input');
      if (!found) throw new Error('There is no box.');
      return found;
    });
    expect(input.value).toBe('1');
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    await eventually(() => expect(document.querySelector('input')).toBeNull());
  });
});

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from './fixtures.ts';
import { digestOf, shipped } from './recordings.ts';
import type { InstrumentSnapshot, Snapshot } from './surface.ts';

const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;
const STATES = /^(?:connecting|syncing|live|lagging|stale|resyncing|offline|rate-limited|rejected|blocked|replay)$/;
const TIME = 1_000_000_000_000;

const decimal = expect.stringMatching(DECIMAL);
const state = expect.stringMatching(STATES);
const number = expect.any(Number);

const EVERY_INSTRUMENT = {
  id: expect.any(String),
  venue: expect.any(String),
  symbol: expect.any(String),
  state,
  channels: { book: state, trades: state, candles: state, ticker: state },
  simulated: expect.any(Boolean),
  local: expect.any(Boolean),
  proof: expect.stringMatching(/^(?:sequence|checksum|audit|snapshot|unverified)$/),
  provenAt: number,
  priceStep: decimal,
  sizeUnit: expect.any(String),
  book: {
    bids: expect.any(Array),
    asks: expect.any(Array),
    bidLevels: number,
    askLevels: number,
    sequence: expect.stringMatching(/^\d+$/),
    checksum: '',
  },
  bbo: { bid: decimal, ask: decimal, spread: decimal },
  lastTrade: {
    id: expect.stringMatching(/^\d+$/),
    price: decimal,
    size: decimal,
    aggressor: expect.stringMatching(/^(?:buyer|seller)$/),
    time: number,
  },
  trades: { received: number, duplicates: number, missing: number, buyVolume: decimal, sellVolume: decimal },
  candles: { interval: expect.any(String), last: expect.any(Array) },
  series: expect.any(Array),
  counters: {
    messages: number,
    bytes: number,
    rejected: number,
    offGrid: number,
    gaps: number,
    resyncs: number,
    reconnects: number,
    checksums: number,
    checksumFailures: number,
  },
  ageMs: number,
};

const EVERY_SNAPSHOT = {
  at: number,
  instruments: expect.any(Array),
  frames: {
    received: number,
    painted: number,
    conflatedMessages: number,
    wireToPixelMs: { p50: number, p95: number, p99: number, max: number, n: number },
    mainThreadMs: { p50: number, p95: number, max: number },
  },
  worker: { busyPercent: number, messagesPerSecond: number, restarts: number },
};

function expectInstrument(one: InstrumentSnapshot): void {
  const { lagMs, ...rest } = one;
  expect(rest).toEqual(EVERY_INSTRUMENT);
  expect(lagMs === null || lagMs >= 0).toBe(true);
  expect(one.provenAt).toBeGreaterThan(TIME);
  expect(one.lastTrade?.time).toBeGreaterThan(TIME);
  for (const level of [...one.book.bids, ...one.book.asks]) expect(level).toEqual([decimal, decimal]);
  for (const { interval, last } of [one.candles, ...one.series]) {
    expect(interval).toMatch(/^(?:1s|5s|1m|3m|5m|15m|30m|1h|4h|1d|1w|1M)$/);
    expect(last.length).toBeLessThanOrEqual(20);
    expect(last.map(({ t }) => t)).toEqual(last.map(({ t }) => t).sort((a, b) => a - b));
    for (const candle of last)
      expect(candle).toEqual({
        t: number,
        o: decimal,
        h: decimal,
        l: decimal,
        c: decimal,
        v: decimal,
        n: number,
        partial: expect.any(Boolean),
      });
  }
}

test('a snapshot has every field of the manual in its type, prices as trimmed decimals', async ({ desk }) => {
  await desk.open('i=demo:BTC-USD,demo:MICRO-USD&t=5m&seed=2');
  await desk.expectState('live', 'demo:MICRO-USD');
  for (const id of ['demo:BTC-USD', 'demo:MICRO-USD']) {
    await expect
      .poll(async () => (await desk.instrument(id)).lastTrade !== null, { timeout: 20_000, message: 'a trade' })
      .toBe(true);
  }
  const snapshot: Snapshot = await desk.snapshot();
  expect(snapshot).toEqual(EVERY_SNAPSHOT);
  expect(snapshot.at).toBeGreaterThan(TIME);
  for (const one of snapshot.instruments) expectInstrument(one);
  expect(snapshot.instruments[0].candles.interval).toBe('5m');
  const [{ book, bbo }] = snapshot.instruments;
  const descending = (a: string[], b: string[]): number => Number(b[0]) - Number(a[0]);
  expect(book.bids).toEqual([...book.bids].sort(descending));
  expect(book.asks).toEqual([...book.asks].sort(descending).reverse());
  expect([bbo?.bid, bbo?.ask]).toEqual([book.bids[0][0], book.asks[0][0]]);
});

test('window.depthwire cannot be replaced, changed or extended', async ({ desk, page }) => {
  await desk.openDemo();
  await desk.expectState('live');
  const facts = await page.evaluate(() => {
    const attempt = (change: () => unknown): boolean => {
      try {
        return change() !== false;
      } catch {
        return false;
      }
    };
    const { depthwire } = window;
    const snapshot = depthwire.snapshot();
    return {
      api: depthwire.api,
      version: depthwire.version,
      isFrozen: Object.isFrozen(depthwire),
      replaced: attempt(() => Reflect.set(window, 'depthwire', {})),
      removed: attempt(() => Reflect.deleteProperty(window, 'depthwire')),
      redefined: attempt(() => Object.defineProperty(window, 'depthwire', { value: 1 })),
      rewritten: attempt(() => Reflect.set(depthwire, 'api', 2)),
      bookRewritten: attempt(() => Reflect.set(snapshot.instruments[0].book, 'sequence', '1')),
      levelRewritten: attempt(() => Reflect.set(snapshot.instruments[0].book.bids[0], '0', '1')),
      isSame: window.depthwire === depthwire,
    };
  });
  const { version } = JSON.parse(readFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8')) as {
    version: string;
  };
  expect(facts).toEqual({
    api: 1,
    version,
    isFrozen: true,
    replaced: false,
    removed: false,
    redefined: false,
    rewritten: false,
    bookRewritten: false,
    levelRewritten: false,
    isSame: true,
  });
});

test('it is there before the first frame, and ready() waits for a proven book', async ({ desk, page }) => {
  await page.addInitScript(() => {
    const seen = { atFirstFrame: 0, paintedThen: -1 };
    Object.assign(window, { seen });
    const look = (): void => {
      if (!('depthwire' in window)) return void requestAnimationFrame(look);
      seen.paintedThen = window.depthwire.snapshot().frames.painted;
    };
    requestAnimationFrame(look);
  });
  await desk.openDemo();
  const state = await page.evaluate(async () => {
    await window.depthwire.ready();
    const [one] = window.depthwire.snapshot().instruments;
    return { state: one.state, levels: one.book.bidLevels };
  });
  expect(state.state).toBe('live');
  expect(state.levels).toBeGreaterThan(0);
  expect(await page.evaluate(() => Reflect.get(window, 'seen').paintedThen)).toBe(0);
});

test('ready() also resolves when the first instrument is refused', async ({ desk, page, serve }) => {
  const venue = await serve({ files: [shipped('binance-spot.jsonl.gz')] });
  await desk.open(`i=binance:NOSUCHCOIN&endpoint=${venue.endpoint()}`);
  await page.evaluate(() => window.depthwire.ready());
  expect((await desk.instrument()).state).toBe('rejected');
});

test('frame listeners hear each painted picture after it was painted, and stop when told', async ({ desk, page }) => {
  await desk.openDemo();
  await desk.expectState('live');
  const heard = await page.evaluate(async () => {
    const calls: { painted: number; inFrame: boolean }[] = [];
    let isInFrame = false;
    let isOver = false;
    const watch = (): void => {
      isInFrame = true;
      queueMicrotask(() => {
        isInFrame = false;
      });
      if (!isOver) requestAnimationFrame(watch);
    };
    requestAnimationFrame(watch);
    const stop = await new Promise<() => void>((resolve) => {
      const cancel = window.depthwire.on('frame', (now) => {
        calls.push({ painted: now.frames.painted, inFrame: isInFrame });
        if (calls.length === 20) resolve(cancel);
      });
    });
    stop();
    const before = calls.length;
    await new Promise<void>((resolve) => {
      const cancel = window.depthwire.on('frame', () => {
        cancel();
        resolve();
      });
    });
    isOver = true;
    return { calls, before, after: calls.length };
  });
  expect(heard.after).toBe(heard.before);
  expect(heard.calls.every(({ inFrame }) => !inFrame)).toBe(true);
  const numbers = heard.calls.map(({ painted }) => painted);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
});

test('state listeners hear changes of state and nothing else', async ({ desk, page, serve }) => {
  const venue = await serve({ files: [shipped('binance-usdm.jsonl.gz')], loop: true, chaos: 'hold@15s' });
  await desk.openVenue(venue);
  await desk.expectState('live');
  await page.evaluate(() => {
    const log: string[] = [];
    Object.assign(window, { log });
    window.depthwire.on('state', ({ instruments }) =>
      log.push(instruments.map((one) => [one.id, ...Object.values(one.channels)].join()).join(' ')),
    );
  });
  venue.chaos('close:1001');
  const [id] = (await desk.snapshot()).instruments.map((one) => one.id);
  await desk.firstSeen(id, ['resyncing'], 0);
  await desk.expectState('live', id);
  const log: string[] = await page.evaluate(() => Reflect.get(window, 'log'));
  expect(log.length).toBeGreaterThan(1);
  for (let i = 1; i < log.length; i++) expect(log[i]).not.toBe(log[i - 1]);
});

test('an unknown event and a listener that is none are refused with a reason', async ({ desk, page }) => {
  await desk.openDemo();
  const reasons = await page.evaluate(async () => {
    const reason = (run: () => unknown): string => {
      try {
        run();
        return 'accepted';
      } catch (failure) {
        return String(failure);
      }
    };
    const { depthwire } = window;
    return [
      reason(() => Reflect.apply(depthwire.on, depthwire, ['paint', () => undefined])),
      reason(() => Reflect.apply(depthwire.on, depthwire, ['frame', 'not a function'])),
      await depthwire.digest('binance:NOTOPEN').then(
        () => 'accepted',
        (failure: Error) => failure.message,
      ),
    ];
  });
  expect(reasons[0]).toContain('paint');
  expect(reasons[1]).toContain('function');
  expect(reasons[2]).toContain('binance:NOTOPEN is not open');
});

test('the digest is the SHA-256 that the venue computes of its own book', async ({ desk, serve }) => {
  const venue = await serve({ files: [shipped('binance-spot.jsonl.gz')], speed: 'max', clock: 'recorded' });
  await desk.openVenue(venue);
  await venue.ended();
  for (const symbol of venue.symbols.binance) {
    const truth = venue.truth(symbol);
    const id = `binance:${symbol}`;
    await expect.poll(async () => (await desk.instrument(id)).book.sequence, { timeout: 20_000 }).toBe(truth.sequence);
    expect(await desk.digest(id)).toEqual({
      sequence: truth.sequence,
      bidLevels: truth.bidLevels,
      askLevels: truth.askLevels,
      sha256: truth.sha256,
    });
    const { book } = await desk.instrument(id);
    expect(book.bids).toEqual(truth.bids);
    expect(book.asks).toEqual(truth.asks);
  }
});

test('a digest of a small book can be computed by hand from its levels', async ({ desk, serve }) => {
  const venue = await serve({ files: [shipped('binance-wide-size.jsonl')], clock: 'recorded' });
  await desk.openVenue(venue);
  await venue.ended();
  const truth = venue.truth('BTCUSDT');
  await expect.poll(async () => (await desk.instrument()).book.sequence, { timeout: 20_000 }).toBe(truth.sequence);
  const { book } = await desk.instrument();
  expect(book.bidLevels).toBeLessThanOrEqual(20);
  expect(book.askLevels).toBeLessThanOrEqual(20);
  expect((await desk.digest('binance:BTCUSDT')).sha256).toBe(digestOf(book.bids, book.asks));
});

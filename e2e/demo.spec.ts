import { expect, test } from './fixtures.ts';
import { Desk } from './pages/desk.ts';
import type { InstrumentSnapshot } from './surface.ts';

const SYMBOLS: readonly [symbol: string, priceStep: string][] = [
  ['BTC-USD', '0.01'],
  ['ETH-USD', '0.01'],
  ['EUR-USD', '0.00001'],
  ['USD-JPY', '0.001'],
  ['ACME', '0.01'],
  ['INDX-F', '0.25'],
  ['GOLD', '0.1'],
  ['MICRO-USD', '0.00000001'],
];

test('the demo comes to life in chart, order book and tape, and says SIMULATED in each', async ({ desk }) => {
  await desk.openDemo();
  for (const panel of desk.panels) {
    await panel.expectState('live');
    await expect(panel.mark('SIMULATED')).toBeVisible();
    await expect(panel.chip).toHaveAttribute('data-proof', 'sequence');
    await expect(panel.chip).toHaveAttribute('aria-label', /^live, proven by sequence, /);
  }
  await expect(desk.page.getByRole('region', { name: 'Order book BTC-USD' })).toBeVisible();
  await expect(desk.page.getByRole('region', { name: 'Trades BTC-USD' })).toBeVisible();
  await expect(desk.page.getByRole('region', { name: 'Chart BTC-USD' })).toBeVisible();
  expect((await desk.instrument()).simulated).toBe(true);
});

test('every demo instrument trades on its own price step', async ({ desk }) => {
  await desk.open(`i=${SYMBOLS.map(([symbol]) => `demo:${symbol}`).join(',')}&seed=3`);
  for (const [symbol, priceStep] of SYMBOLS) {
    const found = await desk.expectState('live', `demo:${symbol}`);
    expect(found).toMatchObject({ symbol, priceStep, simulated: true, local: false });
    expect(found.book.bids).toHaveLength(20);
    expect(found.book.asks).toHaveLength(20);
  }
  const { instruments } = await desk.snapshot();
  expect(instruments.map(({ id }) => id)).toEqual(SYMBOLS.map(([symbol]) => `demo:${symbol}`));
});

test('what the panels draw is what the snapshot says in the same frame', async ({ desk }) => {
  await desk.openDemo('BTC-USD', 'seed=7&rate=400');
  for (const panel of desk.panels) await panel.expectState('live');
  await expect.poll(() => desk.ladder.marketRow()).toBeGreaterThan(-1);
  const frames = await desk.page.evaluate(async () => {
    const seen: {
      one: ReturnType<typeof window.depthwire.snapshot>['instruments'][number];
      rows: { price: string; bid: string; ask: string; best: string }[];
      top: (string | undefined)[];
      lastClose: string;
    }[] = [];
    await new Promise<void>((resolve) => {
      const stop = window.depthwire.on('frame', ({ instruments: [one] }) => {
        const rows = [...document.querySelectorAll<HTMLElement>('[data-panel=ladder] [role=row][data-price]')];
        const prints = [...document.querySelectorAll<HTMLElement>('[data-panel=tape] [data-trade-id]')];
        const first = prints.reduce((a, b) => (b.getBoundingClientRect().top < a.getBoundingClientRect().top ? b : a));
        const { tradeId, price, size, aggressor, time } = first.dataset;
        seen.push({
          one,
          rows: rows.map((row) => ({
            price: row.dataset.price ?? '',
            bid: row.querySelector<HTMLElement>('[data-col=bid]')?.dataset.size ?? '?',
            ask: row.querySelector<HTMLElement>('[data-col=ask]')?.dataset.size ?? '?',
            best: row.dataset.best ?? '',
          })),
          top: [tradeId, price, size, aggressor, time],
          lastClose: document.querySelector<HTMLElement>('[data-last-close]')?.dataset.lastClose ?? '',
        });
        if (seen.length < 60) return;
        stop();
        resolve();
      });
    });
    return seen;
  });

  let compared = 0;
  const closes = new Set<string | undefined>();
  for (const { one, rows, top, lastClose } of frames) {
    const bids = new Map(one.book.bids);
    const asks = new Map(one.book.asks);
    const [lowestBid, highestAsk] = [Number(one.book.bids.at(-1)?.[0]), Number(one.book.asks.at(-1)?.[0])];
    for (const row of rows) {
      const price = Number(row.price);
      if (price >= lowestBid) expect(row.bid, `bid at ${row.price}`).toBe(bids.get(row.price) ?? '');
      if (price <= highestAsk) expect(row.ask, `ask at ${row.price}`).toBe(asks.get(row.price) ?? '');
    }
    // A market that has just run out of view is followed a moment later, so its row may be missing, but never wrong.
    for (const [side, price] of [
      ['bid', one.bbo?.bid],
      ['ask', one.bbo?.ask],
    ]) {
      const inView = rows.filter((row) => row.price === price).map((row) => row.price);
      expect(rows.filter(({ best }) => best === side).map((row) => row.price)).toEqual(inView);
      compared += inView.length;
    }
    const { lastTrade } = one;
    expect(top).toEqual([
      lastTrade?.id,
      lastTrade?.price,
      lastTrade?.size,
      lastTrade?.aggressor,
      String(lastTrade?.time),
    ]);
    // The chart repaints a dozen times a second: what it shows was the close in one of the last frames.
    closes.add(one.candles.last.at(-1)?.c);
    if (closes.size > 6) expect([...closes]).toContain(lastClose);
  }
  expect(compared).toBeGreaterThan(frames.length);
  expect(new Set(frames.map(({ one }) => one.book.sequence)).size).toBeGreaterThan(5);
});

test('the digest is of a whole book that goes on', async ({ desk }) => {
  await desk.openDemo();
  await desk.expectState('live');
  const first = await desk.digest('demo:BTC-USD');
  expect(first.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(first.bidLevels).toBeGreaterThan(20);
  await expect
    .poll(async () => BigInt((await desk.digest('demo:BTC-USD')).sequence) > BigInt(first.sequence))
    .toBe(true);
});

test('the same seed, rate and start give the same market, and another seed another', async ({ desk, context }) => {
  const start = 'rate=50&start=1700000000000';
  const read = async (seed: number): Promise<Map<number, unknown>> => {
    const page = await context.newPage();
    const other = new Desk(page);
    await other.open(`i=demo:ETH-USD&seed=${seed}&${start}`);
    await other.expectState('live');
    await expect.poll(async () => (await other.instrument()).trades.received, { timeout: 30_000 }).toBeGreaterThan(5);
    const { candles } = await other.instrument();
    await page.close();
    return new Map(candles.last.slice(0, -1).map((candle) => [candle.t, candle]));
  };
  const [one, same, another] = [await read(5), await read(5), await read(6)];
  expect(one.size).toBeGreaterThan(10);
  expect([...one]).toEqual([...same]);
  expect([...one]).not.toEqual([...another]);
  await desk.open(`i=demo:ETH-USD&seed=5&${start}`);
  const found: InstrumentSnapshot = await desk.expectState('live');
  expect(Math.abs((found.lastTrade?.time ?? 1_700_000_000_000) - 1_700_000_000_000)).toBeLessThan(120_000);
});

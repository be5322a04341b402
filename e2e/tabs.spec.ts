import { createServer } from 'node:http';
import { expect, test } from './fixtures.ts';
import { openLive, SPOT, spot } from './live-venue.ts';
import { Desk } from './pages/desk.ts';

test.describe.configure({ timeout: 120_000 });

const TABS = 6;

/** A venue that is there and takes nobody in: it counts who tries. */
async function startRefusingVenue() {
  const attempts: number[] = [];
  const server = createServer((_request, response) => response.writeHead(503).end());
  server.on('upgrade', (_request, socket) => {
    attempts.push(performance.now());
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    attempts,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

test('[F61] six tabs knock at a venue that takes nobody in sixty times in five minutes together, and then say that they wait', async ({
  context,
}) => {
  const venue = await startRefusingVenue();
  const desks: Desk[] = [];
  for (let i = 0; i < TABS; i++) {
    const desk = new Desk(await context.newPage());
    await desk.open(`i=${SPOT}&endpoint=binance@127.0.0.1:${venue.port}`);
    desks.push(desk);
  }
  // Alone each would try some twenty times a minute: together they would be past their limit long before this ends.
  await expect.poll(() => venue.attempts.length, { timeout: 60_000, intervals: [500] }).toBeGreaterThanOrEqual(55);
  const from = performance.now();
  await expect.poll(() => performance.now() - from, { timeout: 20_000, intervals: [1_000] }).toBeGreaterThan(10_000);
  // Tabs that knock at the same moment cannot know of each other.
  expect(venue.attempts.length).toBeLessThanOrEqual(60 + TABS);
  const late = new Desk(await context.newPage());
  await late.open(`i=${SPOT}&endpoint=binance@127.0.0.1:${venue.port}`);
  await expect(
    late.ladder.region.getByText(/The tabs of this browser have connected to Binance as often/),
  ).toBeVisible();
  expect(venue.attempts.length).toBeLessThanOrEqual(60 + TABS + 1);
  for (const desk of [...desks, late]) await desk.page.close();
  await venue.close();
});

test('[F61] six tabs of one venue are all live, each with its own sockets', async ({ context, serve }) => {
  const venue = await serve(spot);
  const desks: Desk[] = [];
  for (let i = 0; i < TABS; i++) {
    const desk = new Desk(await context.newPage());
    await openLive(desk, venue, SPOT);
    desks.push(desk);
  }
  for (const desk of desks) await desk.expectState('live', SPOT);
  const streaming = venue.clients().filter(({ subscriptions }) => subscriptions.length > 0);
  expect(streaming).toHaveLength(TABS);
  for (const desk of desks) await desk.page.close();
  await expect.poll(() => venue.clients().length, { timeout: 10_000 }).toBe(0);
});

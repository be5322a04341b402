import type { Browser, CDPSession, Page } from 'playwright';
import type { VenueProcess } from './servers.ts';

/** Percentiles of a list of times, ms. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What one window of the page gave. */
export interface PageFigures {
  readonly frames: Spread;
  readonly longTasks: number;
  readonly mainBusyPercent: number;
  readonly workerBusyPercent: number;
  readonly messagesPerSecond: number;
  readonly toDom: Spread;
  readonly mainThreadMs: { readonly p50: number; readonly p95: number };
  readonly received: number;
  /** Trades the server sent while the page listened. */
  readonly sent: number;
  readonly gaps: number;
  readonly rejected: number;
  /** How many instruments were in each state at the end of the window: `9 live`. */
  readonly states: readonly string[];
  readonly venues: number;
}

interface Counted {
  readonly intervals: number[];
  readonly longTasks: number;
}

interface Totals {
  readonly frames: { wireToPixelMs: Spread; mainThreadMs: { p50: number; p95: number } };
  readonly worker: { busyPercent: number; messagesPerSecond: number };
  readonly instruments: {
    venue: string;
    state: string;
    trades: { received: number; missing: number };
    counters: { gaps: number; rejected: number };
  }[];
}

const WARM_UP_MS = 5_000;
const VIEWPORT = { width: 1440, height: 900 };
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function spread(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** Count frame intervals and tasks over 50 ms inside a page for a while. */
function count(page: Page, ms: number): Promise<Counted> {
  return page.evaluate(
    (span) =>
      new Promise<Counted>((done) => {
        const intervals: number[] = [];
        let longTasks = 0;
        const observer = new PerformanceObserver((list) => {
          longTasks += list.getEntries().length;
        });
        observer.observe({ type: 'longtask' });
        const begun = performance.now();
        let last = 0;
        const step = (time: number): void => {
          if (last > 0) intervals.push(time - last);
          last = time;
          if (performance.now() - begun < span) requestAnimationFrame(step);
          else {
            observer.disconnect();
            done({ intervals, longTasks });
          }
        };
        requestAnimationFrame(step);
      }),
    ms,
  );
}

/** Frame intervals of a page with nothing on it. */
export async function measureEmpty(browser: Browser, site: string, seconds: number): Promise<Spread> {
  const page = await browser.newPage({ viewport: VIEWPORT });
  await page.goto(`${site}icon.svg`);
  await pause(500);
  const { intervals } = await count(page, seconds * 1000);
  await page.close();
  return spread(intervals);
}

const totals = (page: Page): Promise<Totals> =>
  page.evaluate(() => (window as unknown as { depthwire: { snapshot(): Totals } }).depthwire.snapshot());

async function taskSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? 0;
}

async function truth(venue: VenueProcess): Promise<{ count: number; ended: boolean }> {
  const response = await fetch(`${venue.url}/truth?symbol=${encodeURIComponent(venue.symbol)}`);
  const body = (await response.json()) as { trades: { count: number }; ended: boolean };
  return { count: body.trades.count, ended: body.ended };
}

function countStates({ instruments }: Totals): string[] {
  const counts = new Map<string, number>();
  for (const { state } of instruments) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`);
}

/** Stop the market and let what is on its way arrive, so that both ends can be counted. */
async function settle(page: Page, venue: VenueProcess): Promise<{ received: number; sent: number }> {
  await fetch(`${venue.url}/chaos?do=hold`, { method: 'POST' });
  let before = -1;
  for (let round = 0; round < 60; round++) {
    const { received } = (await totals(page)).instruments[0].trades;
    if (received === before) break;
    before = received;
    await pause(500);
  }
  return { received: before, sent: (await truth(venue)).count };
}

async function untilEnded(venue: VenueProcess): Promise<void> {
  for (let round = 0; round < 600; round++) {
    if ((await truth(venue)).ended) return;
    await pause(250);
  }
  throw new Error('The replay did not end in 150 s.');
}

/**
 * Measure the product's page.
 * @param seconds  length of the window after the warm-up; null: from the first message to the end of the recording
 */
export async function measurePage(
  browser: Browser,
  site: string,
  venue: VenueProcess,
  seconds: number | null,
): Promise<PageFigures> {
  const page = await browser.newPage({ viewport: VIEWPORT });
  const session = await page.context().newCDPSession(page);
  // Time the thread worked, not time that passed: other work on the machine does not count.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(`${site}${venue.query}`);
  if (seconds !== null) await pause(WARM_UP_MS);
  const begun = performance.now();
  const tasks = await taskSeconds(session);
  const counted = seconds === null ? null : await count(page, seconds * 1000);
  if (seconds === null) await untilEnded(venue);
  const elapsed = (performance.now() - begun) / 1000;
  const busy = (await taskSeconds(session)) - tasks;
  const seen = await totals(page);
  const { received, sent } = await settle(page, venue);
  const last = (await totals(page)).instruments[0];
  await page.close();
  return {
    frames: spread(counted?.intervals ?? []),
    longTasks: counted?.longTasks ?? 0,
    mainBusyPercent: (busy / elapsed) * 100,
    workerBusyPercent: seen.worker.busyPercent,
    messagesPerSecond: seen.worker.messagesPerSecond,
    toDom: seen.frames.wireToPixelMs,
    mainThreadMs: seen.frames.mainThreadMs,
    received,
    sent,
    gaps: last.counters.gaps,
    rejected: last.counters.rejected,
    states: countStates(seen),
    venues: new Set(seen.instruments.map(({ venue }) => venue)).size,
  };
}

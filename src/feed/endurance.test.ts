import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { seededChance } from './clock.ts';
import { EnduranceDesk, type Harm } from './testing/endurance-desk.ts';
import { binanceServer, coinbaseServer, krakenServer } from './testing/endurance-servers.ts';

const DISCONNECTS = 1_000;
/** However much a venue allows: RELIABILITY's figure for one venue and five minutes. */
const MOST_CONNECTS = 60;
const WINDOW_MS = 300_000;
const HEAP_LIMIT_MB = 5;
/** Longer than any wait: the budget of five minutes may have to run out. */
const COMES_BACK_MS = 420_000;
/** Calm for as long as anything asked in the storm may take to be answered or given up. */
const CALM_MS = 180_000;

const HARMS: readonly Harm[] = ['close', 'close', 'close', 'reset', 'reset', 'black hole', 'refuse', 'hang'];

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
function heapMb(): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** The most attempts that fall into any five minutes. */
function busiestWindow(attempts: readonly number[]): number {
  let most = 0;
  let from = 0;
  for (let to = 0; to < attempts.length; to++) {
    while (attempts[from] <= attempts[to] - WINDOW_MS) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

describe('a thousand forced disconnects', () => {
  it.each([
    ['binance', binanceServer],
    ['kraken', krakenServer],
    ['coinbase', coinbaseServer],
  ] as const)('[F1] [F9] [F13] leave %s with the subscriptions, sockets and timers it had', async (_, makeServer) => {
    const desk = new EnduranceDesk(makeServer(), 1);
    const chance = seededChance(2);
    await desk.start(3);
    await desk.pass(60_000);
    expect(desk.isLive).toBe(true);
    const before = await desk.standing();
    const heapBefore = heapMb();

    for (let cut = 0; cut < DISCONNECTS; cut++) {
      desk.transport.harm(HARMS[Math.floor(chance() * HARMS.length)]);
      // Some are harmed again before the market is back.
      if (chance() < 0.1) await desk.pass(chance() * 3_000);
      else {
        await desk.pass(200);
        await desk.pass(COMES_BACK_MS, () => desk.isLive);
        expect(desk.isLive, `back after disconnect ${cut}: ${desk.states}`).toBe(true);
        // Ten seconds of good data forgive the past: the next loss is then a first one again.
        await desk.pass(chance() < 0.2 ? 12_000 : chance() * 2_000);
      }
    }
    await desk.pass(COMES_BACK_MS, () => desk.isLive);
    await desk.pass(CALM_MS);

    expect(desk.isLive).toBe(true);
    expect(await desk.standing()).toEqual(before);
    expect(desk.missing).toBe(0);
    expect(desk.transport.doubled).toBe(0);
    expect(desk.reconnects).toBeGreaterThan(DISCONNECTS / 2);
    expect(busiestWindow(desk.transport.attempts)).toBeLessThanOrEqual(MOST_CONNECTS);
    expect(heapMb() - heapBefore).toBeLessThanOrEqual(HEAP_LIMIT_MB);
    desk.dispose();
    expect(desk.transport.wires.size).toBe(0);
    expect(desk.waiting).toBe(0);
  });
});

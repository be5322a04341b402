import { describe, expect, it } from 'vitest';
import { type Outcome, runFaults } from './testing/fault-run.ts';

const SEQUENCES = Number(process.env.N ?? 20_000);

describe('[F17] [F27] generated faults against a naive reference book', () => {
  it('never call a wrong book live and always come back', async () => {
    const start = performance.now();
    const sum: Record<string, number> = {};
    let slowest = 0;
    for (let seed = 1; seed <= SEQUENCES; seed++) {
      const outcome: Outcome = await runFaults(seed);
      slowest = Math.max(slowest, outcome.recoveredMs);
      for (const [k, v] of Object.entries(outcome.faults)) sum[k] = (sum[k] ?? 0) + v;
      for (const s of outcome.states) sum[`s:${s}`] = (sum[`s:${s}`] ?? 0) + 1;
      sum.messages = (sum.messages ?? 0) + outcome.messages;
      sum.frames = (sum.frames ?? 0) + outcome.frames;
      sum.live = (sum.live ?? 0) + outcome.liveFrames;
    }
    console.log(performance.now() - start, slowest, sum);
    expect(1).toBe(1);
  }, 600_000);
});

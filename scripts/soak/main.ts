import { writeFileSync } from 'node:fs';
import { readLongRun } from '../long-run.ts';
import { DemoSoak } from './demo-soak.ts';
import { VenueSoak } from './venue-soak.ts';

/*
 * Two long runs, half of the time each: the demo exchange with a clock that runs as fast as it can, and a venue server
 * of every venue in real time.
 */

const USAGE = 'Usage: npm run soak -- [--minutes N] [--seed N] [--json FILE]';

async function main(): Promise<void> {
  const plan = readLongRun(process.argv.slice(2), { minutes: 10, seed: 1 });
  if (typeof plan === 'string') {
    process.stderr.write(`${plan}\n${USAGE}\n`);
    process.exitCode = 1;
    return;
  }
  const half = plan.minutes / 2;
  const demo = await new DemoSoak(plan.seed).run(half);
  const venues = await new VenueSoak(plan.seed).run(half);
  const failures = [...demo.failures, ...venues.failures];
  if (plan.json !== null) writeFileSync(plan.json, `${JSON.stringify({ seed: plan.seed, demo, venues }, null, 2)}\n`);
  const verdict = (list: readonly string[]): string => (list.length === 0 ? 'nothing found' : 'FAILED');
  const faults = Object.values(venues.faults).reduce((sum, count) => sum + count, 0);
  const write = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  write(
    `${demo.simulatedHours} h of the demo exchange in ${demo.seconds} s: ${demo.frames} frames, ${demo.disconnects} disconnects, ${demo.silences} silences, heap ${demo.heapMb.warm.toFixed(1)} to ${demo.heapMb.end.toFixed(1)} MB, seed ${plan.seed}: ${verdict(demo.failures)}`,
  );
  write(
    `${venues.venues.length} venues for ${venues.seconds} s: ${venues.frames} frames, ${faults} faults, ${venues.reconnects} reconnects, ${venues.gaps} gaps, ${venues.resyncs} resyncs, ${venues.compared} books compared, heap ${venues.heapMb.warm.toFixed(1)} to ${venues.heapMb.end.toFixed(1)} MB: ${verdict(venues.failures)}`,
  );
  for (const failure of failures.slice(0, 10)) write(failure);
  if (failures.length > 0) process.exitCode = 1;
}

await main();

import { describe, expect, it } from 'vitest';
import { type FaultName, faultsOf, runFaultSequence } from './fault-sequence';
import { PROFILES } from './profiles';

const SEQUENCES = 200;

// Binance's dialects have sequences of their own beside the feed.
for (const profile of PROFILES.filter(({ venue }) => !/^binance|^demo/.test(venue))) {
  describe(`[F17] [F20] [F21] [F27] generated faults on ${profile.venue}`, () => {
    it(`never show a wrong book as live, and the book always comes back (${SEQUENCES} sequences)`, async () => {
      const seen = new Map<FaultName, number>();
      const states = new Set<string>();
      let liveFrames = 0;
      for (let seed = 1; seed <= SEQUENCES; seed++) {
        const outcome = await runFaultSequence(profile, seed);
        for (const [name, count] of Object.entries(outcome.faults) as [FaultName, number][])
          seen.set(name, (seen.get(name) ?? 0) + count);
        for (const state of outcome.states) states.add(state);
        liveFrames += outcome.liveFrames;
      }
      for (const name of faultsOf(profile)) expect(seen.get(name), name).toBeGreaterThan(SEQUENCES / 10);
      for (const state of ['syncing', 'live', 'resyncing']) expect([...states]).toContain(state);
      expect(liveFrames).toBeGreaterThan(SEQUENCES * 5);
    });
  });
}

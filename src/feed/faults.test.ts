import { describe, expect, it } from 'vitest';
import { type Outcome, runFaults } from './testing/fault-run.ts';

/** Sequences of one commit. */
const SEQUENCES = 20_000;
const SLICES = 10;

describe('[F12] [F17] [F18] [F19] [F20] [F25] [F27] [F29] [F33] generated faults, spot and futures', () => {
  let done = 0;
  const seen = new Map<string, number>();
  const add = (key: string, count: number): void => {
    seen.set(key, (seen.get(key) ?? 0) + count);
  };
  const remember = (outcome: Outcome): void => {
    done++;
    add(outcome.theme, 1);
    add(outcome.flavour, 1);
    add('live frames', outcome.liveFrames);
    for (const state of outcome.states) add(state, 1);
    for (const [fault, count] of Object.entries(outcome.faults)) add(fault, count);
  };

  for (let slice = 0; slice < SLICES; slice++) {
    it(`never show a wrong book as live, and the book always comes back (part ${slice + 1} of ${SLICES})`, async () => {
      const share = SEQUENCES / SLICES;
      for (let seed = slice * share + 1; seed <= (slice + 1) * share; seed++) remember(await runFaults(seed));
    }, 120_000);
  }

  it('were twenty thousand, of every kind and in both dialects', () => {
    expect(done).toBeGreaterThanOrEqual(SEQUENCES);
    for (const flavour of ['spot', 'usdm']) expect(seen.get(flavour)).toBeGreaterThan(SEQUENCES / 3);
    for (const theme of ['drop', 'swap', 'duplicate', 'storm']) expect(seen.get(theme)).toBeGreaterThan(SEQUENCES / 20);
    for (const state of ['connecting', 'syncing', 'live', 'resyncing', 'stale'])
      expect(seen.get(state)).toBeGreaterThan(50);
    const faults = [
      'malformed',
      'phantom',
      'contradiction',
      'heal',
      'stale',
      'failing',
      'disconnect',
      'silence',
      'refine',
    ];
    for (const fault of faults) expect(seen.get(fault), fault).toBeGreaterThan(100);
    expect(seen.get('live frames')).toBeGreaterThan(SEQUENCES);
  });
});

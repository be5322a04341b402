import { parseArgs } from 'node:util';

/** What a long run was asked to do. */
export interface LongRun {
  readonly minutes: number;
  readonly seed: number;
  readonly json: string | null;
}

/**
 * Read `--minutes N --seed N --json FILE`.
 * @returns the plan, or a sentence saying what is wrong with the arguments
 */
export function readLongRun(args: readonly string[], defaults: { minutes: number; seed: number }): LongRun | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { minutes: { type: 'string' }, seed: { type: 'string' }, json: { type: 'string' } },
    });
    const minutes = Number(values.minutes ?? defaults.minutes);
    const seed = Number(values.seed ?? defaults.seed);
    if (!Number.isFinite(minutes) || minutes <= 0) return `--minutes wants a number above 0, not "${values.minutes}".`;
    if (!Number.isSafeInteger(seed)) return `--seed wants an integer, not "${values.seed}".`;
    return { minutes, seed, json: values.json ?? null };
  } catch (failure) {
    return failure instanceof Error ? failure.message : String(failure);
  }
}

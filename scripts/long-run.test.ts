import { describe, expect, it } from 'vitest';
import { readLongRun } from './long-run.ts';

const defaults = { minutes: 5, seed: 1 };

describe('the arguments of a long run', () => {
  it('may all be left out', () => {
    expect(readLongRun([], defaults)).toEqual({ minutes: 5, seed: 1, json: null });
  });

  it('are read', () => {
    expect(readLongRun(['--minutes', '0.5', '--seed', '42', '--json', 'a.json'], defaults)).toEqual({
      minutes: 0.5,
      seed: 42,
      json: 'a.json',
    });
  });

  it.each([[['--minutes', '0']], [['--minutes', 'x']], [['--seed', '1.5']], [['--sede', '1']], [['extra']]])(
    'that are wrong (%j) are answered by a sentence',
    (args) => {
      expect(typeof readLongRun(args, defaults)).toBe('string');
    },
  );
});

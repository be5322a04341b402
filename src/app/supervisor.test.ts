import { describe, expect, test } from 'vitest';
import { PING_MS, Supervisor } from './supervisor.ts';

/** Ticks once a second from `from`; answers what was decided, second by second. */
function run(supervisor: Supervisor, from: number, seconds: number): string[] {
  return Array.from({ length: seconds }, (_, i) => supervisor.tick(from + i * PING_MS)?.do ?? 'nothing');
}

function ready(): Supervisor {
  const supervisor = new Supervisor(0);
  supervisor.ready();
  return supervisor;
}

describe('a worker that answers', () => {
  test('is asked once a second and left alone', () => {
    const supervisor = ready();
    for (let s = 0; s < 1000; s++) {
      expect(supervisor.tick(s * PING_MS)?.do).toBe('ping');
      supervisor.heard();
    }
  });

  test('may miss two heartbeats', () => {
    const supervisor = ready();
    expect(run(supervisor, 0, 3)).toEqual(['ping', 'ping', 'ping']);
    supervisor.heard();
    expect(run(supervisor, 3000, 3)).toEqual(['ping', 'ping', 'ping']);
  });

  test('goes on after an exception, which is only reported', () => {
    const supervisor = ready();
    expect(supervisor.failed()).toBe(true);
    expect(supervisor.tick(1000)?.do).toBe('ping');
  });
});

describe('a worker that hangs', () => {
  test('[F59] is replaced after three misses', () => {
    expect(run(ready(), 0, 4)).toEqual(['ping', 'ping', 'ping', 'respawn']);
  });

  test('[F54] is not noticed while the page is hidden, and gets its three heartbeats when it is shown again', () => {
    const supervisor = ready();
    expect(run(supervisor, 0, 2)).toEqual(['ping', 'ping']);
    supervisor.watch(false, 2000);
    expect(run(supervisor, 2000, 60)).toEqual(Array(60).fill('nothing'));
    supervisor.watch(true, 62_000);
    expect(run(supervisor, 62_000, 4)).toEqual(['ping', 'ping', 'ping', 'respawn']);
  });

  test('[F59] is replaced five times in ten minutes and then stays stopped until the user restarts it', () => {
    const supervisor = ready();
    const decisions = run(supervisor, 0, 4);
    for (let i = 0; i < 5; i++) {
      supervisor.ready();
      decisions.push(...run(supervisor, (i + 1) * 4000, 4));
    }
    expect(decisions.filter((decision) => decision === 'respawn')).toHaveLength(5);
    expect(decisions.at(-1)).toBe('stop');
    expect(run(supervisor, 100_000, 20)).toEqual(Array(20).fill('nothing'));
    expect(supervisor.restart(200_000).do).toBe('respawn');
    supervisor.ready();
    expect(supervisor.tick(201_000)?.do).toBe('ping');
  });

  test('may be replaced again once its failures are older than ten minutes', () => {
    const supervisor = ready();
    for (let i = 0; i < 12; i++) {
      const start = i * 3 * 60_000;
      expect(run(supervisor, start, 4).at(-1)).toBe('respawn');
      supervisor.ready();
    }
  });
});

describe('a worker that never gets ready', () => {
  test('is replaced at the next tick when its script failed', () => {
    const supervisor = new Supervisor(0);
    expect(supervisor.failed()).toBe(false);
    expect(supervisor.tick(1000)?.do).toBe('respawn');
  });

  test('is replaced after fifteen seconds of silence', () => {
    const decisions = run(new Supervisor(0), 0, 16);
    expect(decisions.slice(0, 15)).toEqual(Array(15).fill('nothing'));
    expect(decisions[15]).toBe('respawn');
  });
});

test('a worker whose messages cannot be read is replaced', () => {
  const supervisor = ready();
  supervisor.garbled();
  expect(supervisor.tick(0)?.do).toBe('respawn');
});

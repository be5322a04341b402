import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Peer } from './hub';
import { IdleWatch } from './idle-watch';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function watched(): { peer: { sent: number }; watch: IdleWatch; closed: Peer[]; stir(): void; forget(): void } {
  const closed: Peer[] = [];
  const watch = new IdleWatch(30_000, (peer) => closed.push(peer));
  const peer = { sent: 0 };
  watch.watch(peer as Peer);
  return {
    peer,
    watch,
    closed,
    stir: () => watch.stir(peer as Peer),
    forget: () => watch.forget(peer as Peer),
  };
}

describe('a quiet socket', () => {
  test('is closed once, after the limit', () => {
    const { closed } = watched();
    vi.advanceTimersByTime(29_000);
    expect(closed).toEqual([]);
    vi.advanceTimersByTime(120_000);
    expect(closed).toHaveLength(1);
  });

  test('lives as long as something is sent to it', () => {
    const { peer, closed } = watched();
    for (let count = 0; count < 10; count++) {
      peer.sent++;
      vi.advanceTimersByTime(20_000);
    }
    expect(closed).toEqual([]);
  });

  test('lives as long as it pings', () => {
    const { stir, closed } = watched();
    for (let count = 0; count < 10; count++) {
      stir();
      vi.advanceTimersByTime(20_000);
    }
    expect(closed).toEqual([]);
    vi.advanceTimersByTime(12_000);
    expect(closed).toHaveLength(1);
  });

  test('is forgotten when it goes', () => {
    const { forget, closed } = watched();
    forget();
    vi.advanceTimersByTime(120_000);
    expect(closed).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

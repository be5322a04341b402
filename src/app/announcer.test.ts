import { expect, test } from 'vitest';
import type { ChannelStatus, FeedState } from '@/market/feed-state.ts';
import { Announcer } from './announcer.ts';

const status = (state: FeedState): ChannelStatus => ({
  state,
  since: 0,
  lastAt: 0,
  lagMs: 0,
  proof: 'sequence',
  provenAt: 0,
  fault: null,
  attempt: 0,
  retryAt: 0,
});

test('a state is said once, with its subject', () => {
  const announcer = new Announcer();
  expect(announcer.consider('BTCUSDT', status('syncing'), 0)).toEqual({
    text: 'BTCUSDT: syncing, no proven book yet',
    again: 0,
  });
  expect(announcer.consider('BTCUSDT', status('syncing'), 9000)).toEqual({ text: null, again: 0 });
  expect(announcer.consider('BTCUSDT', undefined, 9000)).toEqual({ text: null, again: 0 });
});

test('of several changes within five seconds only where they led is said, when the five seconds are over', () => {
  const announcer = new Announcer();
  announcer.consider('BTCUSDT', status('live'), 0);
  expect(announcer.consider('BTCUSDT', status('stale'), 1000)).toEqual({ text: null, again: 4000 });
  expect(announcer.consider('BTCUSDT', status('resyncing'), 2000)).toEqual({ text: null, again: 3000 });
  expect(announcer.consider('BTCUSDT', status('resyncing'), 5000).text).toContain('resyncing');
});

test('a state that came back within the five seconds is not said again', () => {
  const announcer = new Announcer();
  announcer.consider('BTCUSDT', status('live'), 0);
  announcer.consider('BTCUSDT', status('stale'), 1000);
  expect(announcer.consider('BTCUSDT', status('live'), 5000)).toEqual({ text: null, again: 0 });
});

test('another instrument in the same state is news', () => {
  const announcer = new Announcer();
  announcer.consider('BTCUSDT', status('live'), 0);
  expect(announcer.consider('ACME', status('live'), 6000).text).toContain('ACME');
});

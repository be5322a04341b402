import { describe, expect, it } from 'vitest';
import { FEED_STATES, type FeedState } from '@/market/feed-state.ts';
import { countFeeds, countsSentence } from './feed-counts.ts';

const feeds = (...states: FeedState[]) => states.map((state) => ({ state, simulated: false }));
const simulated = { state: 'live', simulated: true } as const;

describe('counting feeds', () => {
  it('says how many are live, of the venues alone', () => {
    const counts = countFeeds([...feeds('live', 'live', 'lagging', 'resyncing', 'rejected'), simulated]);
    expect(countsSentence(counts)).toBe('2 of 5 feeds live');
    expect(counts.rest.map(({ count, word, tone }) => `${count} ${word} ${tone}`)).toEqual([
      '1 lagging warn',
      '1 rebuilding warn',
      '1 refused bad',
    ]);
  });

  it('never calls a simulated feed simply live', () => {
    expect(countsSentence(countFeeds([simulated]))).toBe('1 of 1 simulated feed live');
    expect(countsSentence(countFeeds([]))).toBe('No feed is open');
  });

  it('has a word for every state but live, and counts each feed once', () => {
    const counts = countFeeds(feeds(...FEED_STATES));
    expect(counts.live + counts.rest.reduce((sum, { count }) => sum + count, 0)).toBe(FEED_STATES.length);
  });
});

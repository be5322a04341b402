import type { FeedState } from '@/market/feed-state.ts';

/** One feed as it is counted. */
export interface CountedFeed {
  readonly state: FeedState;
  readonly simulated: boolean;
}

export type CountTone = 'live' | 'plain' | 'warn' | 'bad' | 'sim';

/** Some feeds in one condition. */
export interface FeedCount {
  readonly word: string;
  readonly count: number;
  readonly tone: CountTone;
  /** A state of the condition: its icon stands for all. */
  readonly state: FeedState;
}

/** How the feeds are, the answer first. */
export interface FeedCounts {
  /** Of the venues, not of the simulated exchange. */
  readonly live: number;
  readonly total: number;
  readonly simulatedLive: number;
  readonly simulated: number;
  /** What is not live, the least grave first. */
  readonly rest: readonly FeedCount[];
}

const WORDS: readonly (readonly [word: string, tone: CountTone, ...states: FeedState[]])[] = [
  ['starting', 'plain', 'connecting', 'syncing'],
  ['replayed', 'sim', 'replay'],
  ['lagging', 'warn', 'lagging'],
  ['stale', 'warn', 'stale'],
  ['rebuilding', 'warn', 'resyncing'],
  ['waiting', 'warn', 'rate-limited'],
  ['offline', 'warn', 'offline'],
  ['unreachable', 'bad', 'blocked'],
  ['refused', 'bad', 'rejected'],
];

/** Count feeds by condition; a simulated one that is not live counts with the rest of the trouble. */
export function countFeeds(feeds: readonly CountedFeed[]): FeedCounts {
  const isLive = ({ state }: CountedFeed): boolean => state === 'live';
  const simulated = feeds.filter((feed) => feed.simulated);
  const real = feeds.filter((feed) => !feed.simulated);
  const rest = WORDS.flatMap(([word, tone, ...states]) => {
    const count = feeds.filter(({ state }) => states.includes(state)).length;
    return count === 0 ? [] : [{ word, count, tone, state: states[0] }];
  });
  return {
    live: real.filter(isLive).length,
    total: real.length,
    simulatedLive: simulated.filter(isLive).length,
    simulated: simulated.length,
    rest,
  };
}

/** `4 of 7 feeds live`; without a venue's feed it speaks of the simulated ones as such. */
export function countsSentence({ live, total, simulatedLive, simulated }: FeedCounts): string {
  if (total > 0) return `${live} of ${total} ${total === 1 ? 'feed' : 'feeds'} live`;
  if (simulated > 0) return `${simulatedLive} of ${simulated} simulated ${simulated === 1 ? 'feed' : 'feeds'} live`;
  return 'No feed is open';
}

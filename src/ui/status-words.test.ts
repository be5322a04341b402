import { describe, expect, it } from 'vitest';
import { type ChannelStatus, FEED_STATES, type FeedState } from '@/market/feed-state.ts';
import { bandWords, chipWords, footWords, isUnheard, lookOf } from './status-words.ts';

const NOW = Date.UTC(2026, 2, 4, 14, 2, 10, 612);
const status = (state: FeedState, more: Partial<ChannelStatus> = {}): ChannelStatus => ({
  state,
  since: NOW - 800,
  lastAt: NOW - 12,
  lagMs: 1800,
  proof: 'sequence',
  provenAt: NOW,
  fault: null,
  attempt: 0,
  retryAt: 0,
  ...more,
});

describe('the chip', () => {
  it.each([
    ['connecting', 'Connecting 0.8 s'],
    ['syncing', 'Syncing'],
    ['live', 'SEQ 12 ms'],
    ['lagging', 'Lag 1.8 s'],
    ['stale', 'Stale 0 s'],
    ['resyncing', 'Rebuilding'],
    ['offline', 'Offline'],
    ['rejected', 'Refused'],
    ['blocked', 'Unreachable'],
    ['replay', 'REPLAY'],
  ] as const)('in state %s reads %s', (state, text) => {
    expect(chipWords(status(state), NOW, NOW, 0).text).toBe(text);
  });

  it.each(FEED_STATES)('is spoken beginning with the word %s', (state) => {
    const { spoken } = chipWords(status(state), NOW, NOW, 0);
    expect(spoken.startsWith(`${state}, `)).toBe(true);
    expect(spoken.length).toBeGreaterThan(`${state}, `.length);
  });

  it('[F36] counts with now, though no frame came', () => {
    expect(chipWords(status('live'), NOW, NOW, 0).text).toBe('SEQ 12 ms');
    expect(chipWords(status('live'), NOW, NOW + 1500, 0).text).toBe('SEQ 1.5 s');
  });

  it('[F36] becomes a question mark once the feed has not been heard for two seconds', () => {
    expect(chipWords(status('live'), NOW, NOW + 2000, 0).text).toBe('SEQ 2.0 s');
    expect(chipWords(status('live'), NOW, NOW + 2001, 0).text).toBe('?');
    expect(isUnheard(0, NOW)).toBe(false);
  });

  it('counts the wait for a feed that has said nothing yet', () => {
    expect(chipWords(null, 0, NOW, NOW - 1200).text).toBe('Connecting 1.2 s');
  });

  it('tells reconnecting from rebuilding', () => {
    const fault = { kind: 'connection-lost', venue: 'kraken', detail: '', at: NOW } as const;
    expect(chipWords(status('resyncing', { fault, attempt: 1, retryAt: NOW + 1400 }), NOW, NOW, 0).text).toBe(
      'Reconnecting 1.4 s',
    );
  });
});

describe('the look of a panel', () => {
  it.each(FEED_STATES)('[F36] in state %s never shows former data as current', (state) => {
    const look = lookOf(state, true);
    expect(look === 'current').toBe(state === 'live' || state === 'lagging' || state === 'replay');
    expect(look).not.toBe('skeleton');
  });

  it('is a skeleton without data, and a card when refused', () => {
    expect(lookOf(null, false)).toBe('skeleton');
    expect(lookOf('resyncing', false)).toBe('skeleton');
    expect(lookOf('live', false)).toBe('skeleton');
    expect(lookOf('rejected', false)).toBe('card');
    expect(lookOf('blocked', true)).toBe('card');
  });
});

describe('the band', () => {
  it('leads with the age when stale, and dates it', () => {
    expect(bandWords(status('stale', { lastAt: NOW - 7200 }), NOW, 'Binance')).toEqual({
      lead: '7.2 s',
      text: 'since the last update, 14:02:03.412',
    });
  });

  it('names the cause while rebuilding and the countdown while reconnecting', () => {
    const gap = { kind: 'sequence-gap', venue: 'binance', detail: '', at: NOW } as const;
    expect(bandWords(status('resyncing', { fault: gap }), NOW, 'Binance').text).toBe(
      'Gap in the updates, rebuilding the book',
    );
    expect(bandWords(status('resyncing'), NOW, 'Binance').text).toBe('Rebuilding the book');
    const lost = { kind: 'connection-lost', venue: 'binance', detail: '', at: NOW } as const;
    expect(bandWords(status('resyncing', { fault: lost, attempt: 2, retryAt: NOW + 1400 }), NOW, 'Binance').text).toBe(
      'Reconnecting to Binance, try 2 in 1.4 s',
    );
  });

  it('counts a wait down', () => {
    expect(bandWords(status('rate-limited', { retryAt: NOW + 118_000 }), NOW, 'Binance').text).toBe(
      'Binance asked us to wait 1:58',
    );
    expect(bandWords(status('rate-limited'), NOW, 'Binance').text).toBe('Binance asked us to wait');
  });

  it.each(FEED_STATES)('has no hole in its words in state %s', (state) => {
    const { lead, text } = bandWords(status(state, { lastAt: 0 }), NOW, 'Binance');
    expect(`${lead} ${text}`).not.toMatch(/undefined|NaN|1970/);
    expect(footWords(status(state), NOW, 'Binance', NOW)).not.toMatch(/undefined|NaN/);
  });
});

describe('the foot', () => {
  it('counts while connecting, also before the feed has said anything', () => {
    expect(footWords(null, NOW, 'Binance', NOW - 400)).toBe('Connecting to Binance… 0.4 s');
    expect(footWords(status('connecting'), NOW, 'Binance', 0)).toBe('Connecting to Binance… 0.8 s');
  });

  it('[F61] says that it waits for other tabs, and how long', () => {
    const fault = { kind: 'connect-budget', venue: 'binance', detail: '', at: NOW } as const;
    const waiting = { ...status('connecting'), fault, retryAt: NOW + 40_000 };
    expect(footWords(waiting, NOW, 'Binance', 0)).toBe(
      'The tabs of this browser have connected to Binance as often as they may. Connecting again in 40 s.',
    );
  });
});

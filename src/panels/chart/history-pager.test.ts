import { describe, expect, it } from 'vitest';
import { HistoryPager, PAGE } from './history-pager.ts';

type History = Parameters<HistoryPager['approach']>[0];

function lab() {
  const asked: number[] = [];
  const waits: { readonly ms: number; readonly task: () => void; cancelled: boolean }[] = [];
  const states: string[] = [];
  let settle: { resolve: () => void; reject: (reason: Error) => void } | null = null;
  const pager = new HistoryPager('demo:ACME', '1m', {
    feed: () => ({
      backfill: (_id, _interval, before, limit) => {
        expect(limit).toBe(PAGE);
        asked.push(before);
        return new Promise<void>((resolve, reject) => {
          settle = { resolve, reject };
        });
      },
    }),
    after: (ms, task) => {
      const wait = { ms, task, cancelled: false };
      waits.push(wait);
      return () => {
        wait.cancelled = true;
      };
    },
    onChange: () => states.push(pager.state),
  });
  const turn = () => new Promise<void>((done) => setImmediate(done));
  return {
    pager,
    asked,
    waits,
    states,
    turn,
    succeed: async () => {
      settle?.resolve();
      await turn();
    },
    fail: async () => {
      settle?.reject(new Error('no'));
      await turn();
    },
  };
}
const history = (first: number, more: Partial<History> = {}): History => ({
  count: 10,
  timeAt: () => first,
  atStart: false,
  history: 'joined',
  ...more,
});

describe('paging history', () => {
  it('asks for one page at a time, and not again for a page that brought nothing', async () => {
    const { pager, asked, turn, succeed } = lab();
    pager.approach(history(5000));
    pager.approach(history(5000));
    await turn();
    expect(asked).toEqual([5000]);
    await succeed();
    pager.approach(history(5000));
    await turn();
    expect(asked).toEqual([5000]);
    pager.approach(history(3000));
    await turn();
    expect(asked).toEqual([5000, 3000]);
  });

  it.each([
    ['nothing older exists', { atStart: true }],
    ['the series has no history of its own', { history: 'from-now' }],
    ['the first history is still coming', { history: 'loading' }],
    ['there is no candle yet', { count: 0 }],
  ] as [string, Partial<History>][])('asks nothing when %s', async (_name, more) => {
    const { pager, asked, turn } = lab();
    pager.approach(history(5000, more));
    await turn();
    expect(asked).toEqual([]);
  });

  it('says that it failed, waits longer each time, and then asks again', async () => {
    const { pager, asked, waits, states, turn, fail } = lab();
    pager.approach(history(5000));
    await turn();
    await fail();
    expect(pager.state).toBe('failed');
    expect(waits.map((wait) => wait.ms)).toEqual([2000]);
    pager.approach(history(5000));
    await turn();
    expect(asked).toHaveLength(1);
    waits[0].task();
    pager.approach(history(5000));
    await turn();
    await fail();
    expect(asked).toHaveLength(2);
    expect(waits[1].ms).toBe(4000);
    expect(states).toEqual(['loading', 'failed', 'idle', 'loading', 'failed']);
  });

  it('asks at once when told to, and drops the wait', async () => {
    const { pager, asked, waits, turn, fail, succeed } = lab();
    pager.approach(history(5000));
    await turn();
    await fail();
    pager.retry(history(5000), 9);
    await turn();
    expect(waits[0].cancelled).toBe(true);
    expect(asked).toEqual([5000, 5000]);
    await succeed();
    expect(pager.state).toBe('idle');
  });

  it('can page a history that had failed once it was fetched on request', async () => {
    const { pager, asked, turn, succeed } = lab();
    const failed = history(5000, { history: 'failed' });
    pager.approach(failed);
    await turn();
    expect(asked).toEqual([]);
    pager.retry({ count: 0, timeAt: () => 0 }, 7777);
    await turn();
    await succeed();
    expect(pager.hasRecovered(failed)).toBe(true);
    pager.approach(failed);
    await turn();
    expect(asked).toEqual([7777, 5000]);
  });

  it('drops an answer to a life that has ended', async () => {
    const { pager, states, waits, turn, fail } = lab();
    pager.approach(history(5000));
    await turn();
    pager.dispose();
    await fail();
    expect(states).toEqual(['loading']);
    expect(waits).toEqual([]);
  });

  it('treats a feed that is not running as a failure, not as a crash', async () => {
    const pager = new HistoryPager('demo:ACME', '1m', {
      feed: () => {
        throw new Error('The feed is not running.');
      },
      after: () => () => undefined,
      onChange: () => undefined,
    });
    pager.approach(history(5000));
    await new Promise<void>((done) => setImmediate(done));
    expect(pager.state).toBe('failed');
  });
});

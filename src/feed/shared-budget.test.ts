import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from './clock.ts';
import { type BudgetPeers, readBudgetMessage, SharedBudget, type VenueBudget } from './shared-budget.ts';

const START = 1_700_000_000_000;
const LIMITS = { connectsPer5Minutes: 300, weightPerMinute: 2_000 };
const MINUTE = 60_000;

/** A channel between tabs: everybody but the speaker hears, as copies. */
class Channel {
  private readonly ends: ((message: unknown) => void)[][] = [];

  join(): BudgetPeers {
    const mine: ((message: unknown) => void)[] = [];
    this.ends.push(mine);
    return {
      tell: (message) => {
        for (const end of this.ends) if (end !== mine) for (const hear of end) hear(structuredClone(message));
      },
      onTold: (listener) => mine.push(listener),
    };
  }

  shout(message: unknown): void {
    for (const end of this.ends) for (const hear of end) hear(message);
  }
}

function tabs(count: number, limits = LIMITS) {
  const clock = new ManualClock(START);
  const channel = new Channel();
  const open = (name: string): VenueBudget => new SharedBudget(clock, name, channel.join()).of('binance', limits);
  const budgets = Array.from({ length: count }, (_, i) => open(`tab-${i}`));
  return { clock, channel, open, budgets, pass: (ms: number) => clock.advanceTo(clock.now() + ms) };
}

describe('[F9] [F61] the budget of one venue', () => {
  it('[F61] of six tabs is one budget: sixty connects in five minutes, whoever makes them', () => {
    const { budgets, pass } = tabs(6);
    let made = 0;
    for (let s = 0; s < 290; s++) {
      for (const budget of budgets) {
        if (budget.connectWait() > 0) continue;
        budget.connecting();
        made++;
      }
      pass(1_000);
    }
    expect(made).toBe(60);
    for (const budget of budgets) expect(budget.connectsUsed).toBe(60);
  });

  it('says how long to wait, and then lets exactly as many go as have become free', () => {
    const { budgets, pass } = tabs(2, { ...LIMITS, connectsPer5Minutes: 3 });
    const [a, b] = budgets;
    a.connecting();
    pass(1_000);
    b.connecting();
    b.connecting();
    expect(a.connectWait()).toBe(299_000);
    pass(298_999);
    expect(b.connectWait()).toBe(1);
    pass(1);
    expect(b.connectWait()).toBe(0);
    b.connecting();
    expect(a.connectWait()).toBe(1_000);
  });

  it('is the venue’s own where that is smaller', () => {
    const { budgets } = tabs(1, { ...LIMITS, connectsPer5Minutes: 5 });
    for (let i = 0; i < 5; i++) budgets[0].connecting();
    expect(budgets[0].connectWait()).toBeGreaterThan(0);
    expect(budgets[0].connectsAllowed).toBe(5);
  });

  it('of requests is a weight a minute, refused rather than overspent, and refused for good when it can never fit', () => {
    const { budgets, pass } = tabs(2);
    const [a, b] = budgets;
    expect(a.afford(1_500)).toBe(true);
    expect(b.afford(501)).toBe(false);
    expect(b.weightWait(501)).toBe(MINUTE);
    expect(b.afford(500)).toBe(true);
    expect(b.weightUsed).toBe(2_000);
    pass(MINUTE);
    expect(b.afford(2_000)).toBe(true);
    expect(a.weightWait(2_001)).toBe(Number.POSITIVE_INFINITY);
    expect(a.afford(2_001)).toBe(false);
  });

  it('keeps venues apart', () => {
    const clock = new ManualClock(START);
    const shared = new SharedBudget(clock, 'a', null);
    shared.of('binance', { ...LIMITS, connectsPer5Minutes: 1 }).connecting();
    expect(shared.of('kraken', { ...LIMITS, connectsPer5Minutes: 1 }).connectWait()).toBe(0);
    expect(shared.of('binance', { ...LIMITS, connectsPer5Minutes: 1 }).connectWait()).toBeGreaterThan(0);
  });

  it('is kept alone where there are no other tabs', () => {
    const clock = new ManualClock(START);
    const budget = new SharedBudget(clock, 'a', null).of('binance', LIMITS);
    for (let i = 0; i < 60; i++) budget.connecting();
    budget.ban(1_000);
    expect(budget.connectWait()).toBe(300_000);
    expect(budget.bannedUntil).toBe(START + 1_000);
  });
});

describe('[F61] a tab that is opened later', () => {
  it('is told what the others have spent, once, though all of them answer', () => {
    const { budgets, open, pass } = tabs(3);
    for (const budget of budgets) budget.connecting();
    budgets[0].afford(700);
    pass(10_000);
    const late = open('late');
    expect(late.connectsUsed).toBe(3);
    expect(late.weightUsed).toBe(700);
    pass(290_000);
    expect(late.connectsUsed).toBe(0);
  });

  it('knows what a tab spent that has been closed meanwhile', () => {
    const clock = new ManualClock(START);
    const channel = new Channel();
    const gone = new SharedBudget(clock, 'gone', channel.join()).of('binance', LIMITS);
    const stays = new SharedBudget(clock, 'stays', channel.join()).of('binance', LIMITS);
    gone.connecting();
    expect(stays.connectsUsed).toBe(1);
    const rest = new Channel();
    // The one that is gone no longer answers: only the other is on the channel the late one joins.
    const told: unknown[] = [];
    rest.join().onTold((message) => told.push(message));
    const late = new SharedBudget(clock, 'late', rest.join()).of('binance', LIMITS);
    expect(told).toEqual([{ kind: 'hello' }]);
    rest.shout({ kind: 'spent', spends: stays.everything().map((spend) => ({ ...spend, venue: 'binance' })) });
    expect(late.connectsUsed).toBe(1);
  });

  it('hears what others spend at a venue before it asks for that venue itself', () => {
    const { clock, channel, budgets } = tabs(1);
    const shared = new SharedBudget(clock, 'other', channel.join());
    budgets[0].connecting();
    clock.advanceTo(clock.now() + 100_000);
    expect(shared.of('binance', { ...LIMITS, connectsPer5Minutes: 1 }).connectWait()).toBe(200_000);
  });
});

describe('[F9] [F61] a ban', () => {
  it('told to one tab holds for all of them, those opened later too, and the longest wins', () => {
    const { budgets, open, clock, pass } = tabs(2);
    budgets[0].ban(120_000);
    budgets[1].ban(60_000);
    for (const budget of [...budgets, open('late')]) expect(budget.bannedUntil).toBe(START + 120_000);
    pass(120_001);
    expect(open('much later').bannedUntil).toBeLessThanOrEqual(clock.now());
  });

  it('is never believed for longer than three days', () => {
    const { budgets } = tabs(2);
    budgets[0].ban(Number.POSITIVE_INFINITY);
    for (const budget of budgets) expect(budget.bannedUntil).toBe(START + 3 * 86_400_000);
  });
});

describe('what comes over the channel', () => {
  const spend = { id: 'x:1', venue: 'binance', what: 'connect', amount: 1, ageMs: 5 };

  it('is read when it is one of ours', () => {
    for (const message of [
      { kind: 'hello' },
      { kind: 'ban', venue: 'okx', forMs: 5 },
      { kind: 'spent', spends: [spend, { ...spend, what: 'weight', amount: 250 }] },
    ])
      expect(readBudgetMessage(message)).toEqual(message);
  });

  it.each([
    null,
    undefined,
    7,
    'hello',
    [],
    {},
    { kind: 'bye' },
    { kind: 'ban', venue: 'nowhere', forMs: 5 },
    { kind: 'ban', venue: 'okx', forMs: -5 },
    { kind: 'ban', venue: 'okx', forMs: Number.NaN },
    { kind: 'ban', venue: 'okx', forMs: 4 * 86_400_000 },
    { kind: 'spent' },
    { kind: 'spent', spends: {} },
    { kind: 'spent', spends: [null] },
    { kind: 'spent', spends: [spend, { ...spend, venue: '__proto__' }] },
    { kind: 'spent', spends: [{ ...spend, what: 'money' }] },
    { kind: 'spent', spends: [{ ...spend, amount: 0 }] },
    { kind: 'spent', spends: [{ ...spend, amount: Number.POSITIVE_INFINITY }] },
    { kind: 'spent', spends: [{ ...spend, ageMs: -1 }] },
    { kind: 'spent', spends: [{ ...spend, ageMs: '5' }] },
    { kind: 'spent', spends: [{ ...spend, id: '' }] },
    { kind: 'spent', spends: [{ ...spend, id: 'x'.repeat(65) }] },
    { kind: 'spent', spends: Array(1_001).fill(spend) },
  ])('is passed over when it is not: %j', (message) => {
    const { budgets, channel } = tabs(1);
    channel.shout(message);
    expect(readBudgetMessage(message)).toBeNull();
    expect(budgets[0].connectsUsed).toBe(0);
    expect(budgets[0].bannedUntil).toBe(0);
  });

  it('never throws and never takes away, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.anything(), { maxLength: 5 }), (messages) => {
        const { budgets, channel } = tabs(1);
        budgets[0].connecting();
        for (const message of messages) channel.shout(message);
        expect(budgets[0].connectsUsed).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 500, seed: 61 },
    );
  });

  it('counts once however often it is told, and no more of it is kept than a flood needs', () => {
    const { budgets, channel } = tabs(1);
    for (let i = 0; i < 10; i++) channel.shout({ kind: 'spent', spends: [spend] });
    expect(budgets[0].connectsUsed).toBe(1);
    for (let i = 0; i < 10; i++) {
      const spends = Array.from({ length: 1_000 }, (_, j) => ({ ...spend, id: `flood:${i}:${j}` }));
      channel.shout({ kind: 'spent', spends });
    }
    expect(budgets[0].everything().length).toBe(4_000);
  });
});

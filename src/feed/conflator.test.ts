import { describe, expect, it } from 'vitest';
import type { Credit } from '@/protocol/command.ts';
import { ManualClock } from './clock.ts';
import { Conflator, LEAD_MS } from './conflator.ts';

function desk() {
  const clock = new ManualClock(1_000);
  const sent: number[] = [];
  const state = { news: false };
  const conflator = new Conflator(
    clock,
    () => state.news,
    () => {
      sent.push(clock.now());
      state.news = false;
    },
  );
  const happen = (): void => {
    state.news = true;
    conflator.poke();
  };
  const credit = (frameAt: number, idle = false): Credit => ({ frameAt, intervalMs: 16, idle });
  return { clock, sent, state, conflator, happen, credit };
}

describe('when a frame leaves', () => {
  it('not without a credit', () => {
    const { clock, sent, happen } = desk();
    happen();
    clock.advanceTo(60_000);
    expect(sent).toEqual([]);
  });

  it('not without news', () => {
    const { clock, sent, conflator, credit } = desk();
    conflator.onCredit(credit(1_016));
    clock.advanceTo(60_000);
    expect(sent).toEqual([]);
  });

  it('just before the next animation frame when the page is busy', () => {
    const { clock, sent, conflator, happen, credit } = desk();
    conflator.onCredit(credit(1_016));
    happen();
    expect(sent).toEqual([]);
    clock.advanceTo(1_100);
    expect(sent).toEqual([1_016 - LEAD_MS]);
  });

  it('at once when the page is idle and nothing left in this interval', () => {
    const { sent, conflator, happen, credit } = desk();
    conflator.onCredit(credit(1_016, true));
    happen();
    expect(sent).toEqual([1_000]);
  });

  it('later when one left in this interval already, even though the page is idle', () => {
    const { clock, sent, conflator, happen, credit } = desk();
    conflator.onCredit(credit(1_016, true));
    happen();
    clock.advanceTo(1_004);
    conflator.onCredit(credit(1_032, true));
    happen();
    clock.advanceTo(1_100);
    expect(sent).toEqual([1_000, 1_032 - LEAD_MS]);
  });

  it('once for one credit, however much happens', () => {
    const { clock, sent, conflator, happen, credit } = desk();
    conflator.onCredit(credit(1_016));
    for (let i = 0; i < 100; i++) {
      happen();
      clock.advanceTo(clock.now() + 1);
    }
    expect(sent.length).toBe(1);
  });

  it('once though the credit was given twice', () => {
    const { clock, sent, conflator, happen, credit } = desk();
    conflator.onCredit(credit(1_016));
    conflator.onCredit(credit(1_016));
    happen();
    clock.advanceTo(1_014);
    happen();
    clock.advanceTo(2_000);
    expect(sent.length).toBe(1);
  });

  it('for the frame that can still be reached when the one named is past', () => {
    const { clock, sent, conflator, happen, credit } = desk();
    conflator.onCredit(credit(1_016));
    clock.advanceTo(1_050);
    happen();
    clock.advanceTo(2_000);
    expect(sent).toEqual([1_064 - LEAD_MS]);
  });

  it('at once when the next frame is nearer than the lead', () => {
    const { clock, sent, conflator, happen, credit } = desk();
    conflator.onCredit(credit(1_016));
    clock.advanceTo(1_014);
    happen();
    expect(sent).toEqual([1_014]);
  });

  it('from a late timer the moment anything happens', () => {
    const { clock, sent, conflator, happen, credit } = desk();
    conflator.onCredit(credit(1_016));
    happen();
    clock.advanceTo(1_012.5);
    expect(sent).toEqual([]);
    clock.advanceTo(1_013);
    expect(sent.length).toBe(1);
  });

  it('[F54] once a second while the page is hidden, without a credit', () => {
    const { clock, sent, conflator, happen } = desk();
    conflator.setVisible(false);
    for (let i = 0; i < 50; i++) {
      clock.advanceTo(clock.now() + 100);
      happen();
    }
    expect(sent).toEqual([2_000, 3_000, 4_000, 5_000, 6_000].filter((at) => at <= clock.now()));
  });

  it('[F54] on its credit again when the page is back, and the hidden beat ends', () => {
    const { clock, sent, conflator, happen, credit } = desk();
    conflator.onCredit(credit(1_016));
    conflator.setVisible(false);
    happen();
    clock.advanceTo(2_500);
    expect(sent).toEqual([2_000]);
    happen();
    conflator.setVisible(true);
    clock.advanceTo(60_000);
    expect(sent.length).toBe(2);
    expect(sent[1]).toBeLessThanOrEqual(2_516);
  });

  it('not any more after the end', () => {
    const { clock, sent, conflator, happen, credit } = desk();
    conflator.onCredit(credit(1_016));
    happen();
    conflator.dispose();
    clock.advanceTo(60_000);
    expect(sent).toEqual([]);
  });
});

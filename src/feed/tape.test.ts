import { describe, expect, it } from 'vitest';
import { TAPE_SIZE, Tape } from './tape.ts';
import type { TradeEvent } from './venues/venue.ts';

const trade = (id: number, more: Partial<TradeEvent> = {}): TradeEvent => ({
  id,
  firstId: id,
  ticks: id * 2,
  lots: id * 3,
  wideLots: 0n,
  aggressor: id % 2,
  time: id * 10,
  eventTime: id * 10,
  aggregated: false,
  idText: '',
  initial: false,
  ...more,
});
const filled = (count: number): Tape => {
  const tape = new Tape();
  for (let id = 0; id < count; id++) tape.add(trade(id));
  return tape;
};

describe('the tape', () => {
  it('[F8] gives prints by number, in the order they came', () => {
    const { first, prints } = filled(20).take(5, 8);
    expect(first).toBe(5);
    expect([...prints.ids]).toEqual([5, 6, 7]);
    expect([...prints.ticks]).toEqual([10, 12, 14]);
    expect([...prints.lots]).toEqual([15, 18, 21]);
    expect([...prints.times]).toEqual([50, 60, 70]);
    expect([...prints.aggressors]).toEqual([1, 0, 1]);
  });

  it.each([999, 1_024, 1_025, 4_000, TAPE_SIZE, TAPE_SIZE + 1, TAPE_SIZE * 2 + 17])(
    'holds the newest of %i prints',
    (count) => {
      const tape = filled(count);
      const { first, prints } = tape.take(0, count);
      expect(first).toBe(Math.max(0, count - TAPE_SIZE));
      expect(prints.ids.length).toBe(Math.min(count, TAPE_SIZE));
      expect(prints.ids.every((id, i) => id === first + i)).toBe(true);
    },
  );

  it('gives nothing for what is not held', () => {
    const tape = filled(TAPE_SIZE + 100);
    expect(tape.take(10, 50).prints.ids.length).toBe(0);
    expect(tape.take(TAPE_SIZE + 100, TAPE_SIZE + 200).prints.ids.length).toBe(0);
  });

  it('[F32] carries wide sizes beside the columns and forgets them with their print', () => {
    const tape = filled(3);
    tape.add(trade(3, { lots: -1, wideLots: 10n ** 20n }));
    expect(tape.take(3, 4).prints.wide).toEqual([[0, '100000000000000000000']]);
    for (let id = 4; id < TAPE_SIZE + 4; id++) tape.add(trade(id));
    expect(tape.take(TAPE_SIZE + 3, TAPE_SIZE + 4).prints.wide).toEqual([]);
  });

  it('[F29] counts in finer units after the grid got finer', () => {
    const tape = filled(3);
    tape.add(trade(3, { lots: 10 ** 15 }));
    tape.rescale(1, 2);
    const { prints } = tape.take(2, 4);
    expect([...prints.ticks]).toEqual([40, 60]);
    expect([...prints.lots]).toEqual([600, -1]);
    expect(prints.wide).toEqual([[1, '100000000000000000']]);
  });

  it('walks the prints of a bucket above an id and says whether it reaches back to it', () => {
    const tape = filled(100);
    const seen: number[] = [];
    expect(tape.since(95, 900, ({ id }) => seen.push(id))).toBe(true);
    expect(seen).toEqual([96, 97, 98, 99]);
    const late = new Tape();
    for (let id = 50; id < 60; id++) late.add(trade(id));
    expect(late.since(40, 0, () => undefined)).toBe(false);
    expect(late.since(49, 0, () => undefined)).toBe(true);
  });
});

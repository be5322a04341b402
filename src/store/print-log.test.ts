import { describe, expect, it } from 'vitest';
import type { PrintFrame } from '@/protocol/frame.ts';
import { PRINT_LOG_SIZE, PrintLog } from './print-log.ts';

const frame = (
  first: number,
  count: number,
  more: { wide?: [number, string][]; lots?: number[]; elided?: number } = {},
): PrintFrame => ({
  epoch: 0,
  first,
  elided: more.elided ?? 0,
  prints: {
    ids: Float64Array.from({ length: count }, (_, i) => 1_000 + first + i),
    idTexts: null,
    ticks: Float64Array.from({ length: count }, (_, i) => first + i),
    lots: Float64Array.from({ length: count }, (_, i) => more.lots?.[i] ?? first + i + 1),
    times: Float64Array.from({ length: count }, (_, i) => (first + i) * 10),
    aggressors: Uint8Array.from({ length: count }, (_, i) => (first + i) % 2),
    wide: more.wide ?? [],
  },
});

describe('the prints that the page keeps', () => {
  it('are found by their number', () => {
    const log = new PrintLog();
    log.add(frame(0, 3));
    expect(log.next).toBe(3);
    expect([log.id(2), log.ticksOf(2), log.lotsOf(2), log.timeOf(2), log.aggressorOf(2)]).toEqual([
      '1002',
      2,
      3,
      20,
      0,
    ]);
    expect([log.has(-1), log.has(0), log.has(3)]).toEqual([false, true, false]);
  });

  it('leave a hole where a frame was too full', () => {
    const log = new PrintLog();
    log.add(frame(0, 3));
    log.add(frame(10, 3, { elided: 7 }));
    expect([log.has(2), log.has(3), log.has(9), log.has(10)]).toEqual([true, false, false, true]);
    expect(log.next).toBe(13);
  });

  it('forget those of an older lap, even where the newer lap has a hole', () => {
    const log = new PrintLog();
    log.add(frame(0, 100));
    log.add(frame(PRINT_LOG_SIZE + 50, 10));
    expect(log.has(55)).toBe(false);
    expect(log.has(PRINT_LOG_SIZE + 20)).toBe(false);
    expect(log.has(20)).toBe(true);
    expect(log.has(PRINT_LOG_SIZE + 55)).toBe(true);
  });

  it('keep wide sizes with their print only', () => {
    const log = new PrintLog();
    log.add(frame(0, 2, { lots: [-1, 5], wide: [[0, '99999999999999999999']] }));
    expect(log.lotsOf(0)).toBe('99999999999999999999');
    log.add(frame(PRINT_LOG_SIZE, 1));
    expect(log.lotsOf(PRINT_LOG_SIZE)).toBe(PRINT_LOG_SIZE + 1);
  });

  it('count in finer units after the grid got finer', () => {
    const log = new PrintLog();
    log.add(frame(0, 3, { lots: [-1, 5, 9e15], wide: [[0, '99999999999999999999']] }));
    log.rescale(1, 2);
    expect([log.ticksOf(1), log.lotsOf(1)]).toEqual([10, 500]);
    expect([log.lotsOf(0), log.lotsOf(2)]).toEqual(['9999999999999999999900', '900000000000000000']);
  });

  it('agree with a map of the newest, over many laps', () => {
    const log = new PrintLog();
    const naive = new Map<number, number>();
    let next = 0;
    for (let i = 0; i < 400; i++) {
      const elided = i % 7 === 0 ? 40 : 0;
      const count = 1 + ((i * 37) % 150);
      log.add(frame(next + elided, count, { elided }));
      for (let k = 0; k < count; k++) naive.set(next + elided + k, next + elided + k + 1);
      next += elided + count;
    }
    expect(log.next).toBe(next);
    for (let number = next - PRINT_LOG_SIZE; number < next; number++) {
      expect(log.has(number)).toBe(naive.has(number));
      if (naive.has(number)) expect(log.lotsOf(number)).toBe(naive.get(number));
    }
  });
});

import { describe, expect, it } from 'vitest';
import { EventTimes } from './event-time.ts';

const THEN = 1_723_161_000_000;
const NOW = 1_790_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('[F46] the time of an event', () => {
  it('may be of any year at first, so that an old recording is no error', () => {
    expect(new EventTimes().refuse(THEN, NOW)).toBeNull();
    expect(new EventTimes().refuse(NOW + HOUR, NOW)).toBeNull();
  });

  it.each([
    ['seconds', Math.floor(THEN / 1_000)],
    ['microseconds', THEN * 1_000],
    ['nanoseconds', THEN * 1_000_000],
    ['nothing', 0],
    ['no number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a time before any market of ours', -1],
  ])('is refused when it is %s where ms should be, also as the first', (_, time) => {
    expect(new EventTimes().refuse(time, NOW)).toMatch(/^an event at /);
  });

  it('is refused more than a day from venue time, either way, and the rest goes on', () => {
    const times = new EventTimes();
    times.refuse(THEN, NOW);
    expect(times.refuse(THEN + DAY + 1, NOW)).toMatch(/more than a day/);
    expect(times.refuse(THEN - DAY - 1, NOW)).toMatch(/more than a day/);
    expect(times.refuse(THEN + 100, NOW + 100)).toBeNull();
  });

  it('is taken a day from venue time', () => {
    const times = new EventTimes();
    times.refuse(THEN, NOW);
    expect(times.refuse(THEN - DAY, NOW)).toBeNull();
    expect(times.refuse(THEN + DAY, NOW)).toBeNull();
  });

  it('is measured from venue time as it goes on, not from the last event', () => {
    const times = new EventTimes();
    times.refuse(THEN, NOW);
    expect(times.refuse(THEN + DAY + HOUR, NOW + 2 * HOUR)).toBeNull();
    expect(times.refuse(THEN - HOUR, NOW + 2 * HOUR)).toMatch(/more than a day/);
  });

  it('an older event does not put venue time back', () => {
    const times = new EventTimes();
    times.refuse(THEN, NOW);
    times.refuse(THEN - 20 * HOUR, NOW);
    expect(times.refuse(THEN + 23 * HOUR, NOW)).toBeNull();
  });

  it('is taken when it is of today here, though the first was days old, and changes nothing for those', () => {
    const times = new EventTimes();
    times.refuse(THEN, NOW);
    expect(times.refuse(NOW + HOUR, NOW)).toBeNull();
    expect(times.refuse(THEN + HOUR, NOW)).toBeNull();
    expect(times.refuse(NOW + 2 * DAY, NOW)).toMatch(/more than a day/);
  });

  it('begins anew with a connection', () => {
    const times = new EventTimes();
    times.refuse(THEN, NOW);
    times.restart();
    expect(times.refuse(NOW, NOW)).toBeNull();
  });
});

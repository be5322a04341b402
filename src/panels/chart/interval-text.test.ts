import { describe, expect, it } from 'vitest';
import { INTERVALS } from '@/market/time.ts';
import { intervalsThatFit } from './IntervalSwitch.tsx';
import { intervalLabel, intervalWords, parseIntervalText } from './interval-text.ts';

describe('the interval box', () => {
  it.each([
    ['15', '15m'],
    ['1', '1m'],
    ['60', '1h'],
    ['240', '4h'],
    ['1440', '1d'],
    ['5m', '5m'],
    ['4h', '4h'],
    ['4H', '4h'],
    ['1d', '1d'],
    ['1D', '1d'],
    ['1w', '1w'],
    ['7d', '1w'],
    ['1m', '1m'],
    ['1M', '1M'],
    ['1mo', '1M'],
    ['1s', '1s'],
    ['5S', '5s'],
    ['60s', '1m'],
    [' 30 min ', '30m'],
  ])('reads %s as %s', (text, interval) => expect(parseIntervalText(text)).toBe(interval));

  it.each(['', '0', '7', '2h', 'h', '-5', '1.5', '15x', '2M', '99999999', '1 5', 'constructor', '1__proto__'])(
    'does not make an interval of "%s"',
    (text) => expect(parseIntervalText(text)).toBeNull(),
  );

  it('reads back every label it shows', () => {
    for (const interval of INTERVALS) expect(parseIntervalText(intervalLabel(interval))).toBe(interval);
  });

  it('says intervals in words', () => {
    expect(intervalWords('1m')).toBe('1 minute');
    expect(intervalWords('15m')).toBe('15 minutes');
    expect(intervalWords('1M')).toBe('1 month');
  });
});

describe('the interval row', () => {
  it('shows all where there is room', () => expect(intervalsThatFit(500, 35, '1m')).toEqual(INTERVALS));

  it('shows the usual ones where there is not, the chosen one always among them', () => {
    expect(intervalsThatFit(300, 35, '1m')).toEqual(['1m', '5m', '15m', '1h', '4h', '1d']);
    for (const interval of INTERVALS) {
      for (const width of [0, 40, 80, 120, 200, 260, 300, 400]) {
        const shown = intervalsThatFit(width, 35, interval);
        expect(shown).toContain(interval);
        expect(shown.length).toBeLessThanOrEqual(Math.max(1, Math.floor(width / 35) - 1));
      }
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoMillis, isoWholeMillis } from './iso-time.ts';

const whole = (text: string): number => isoMillis(text, 0, text.length);

describe('an RFC 3339 time', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:00.000000Z', 0],
    ['2026-08-01T02:53:52.123456Z', Date.UTC(2026, 7, 1, 2, 53, 52) + 123.456],
    ['2026-08-01T02:53:52.5Z', Date.UTC(2026, 7, 1, 2, 53, 52) + 500],
    ['2023-10-04T16:24:00.000000000Z', Date.UTC(2023, 9, 4, 16, 24)],
    ['2024-02-29T23:59:59.999999999Z', Date.UTC(2024, 2, 1)],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
    ['1969-12-31T23:59:59Z', -1000],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['2026-08-01T02:53:52+01:30', Date.UTC(2026, 7, 1, 1, 23, 52)],
    ['2026-08-01T02:53:52.25-00:30', Date.UTC(2026, 7, 1, 3, 23, 52) + 250],
  ])('%s is read', (text, ms) => {
    expect(whole(text)).toBe(ms);
  });

  it('keeps microseconds apart', () => {
    expect(whole('2026-08-01T02:53:52.123457Z')).toBeGreaterThan(whole('2026-08-01T02:53:52.123456Z'));
  });

  it('is read from the middle of a text and nothing beside it', () => {
    const text = '"timestamp":"2026-08-01T02:53:52.5Z"}';
    expect(isoMillis(text, 13, text.length - 2)).toBe(Date.UTC(2026, 7, 1, 2, 53, 52) + 500);
    expect(isoMillis(text, 13, text.length - 1)).toBeNaN();
    expect(isoMillis(text, 13, text.length - 3)).toBeNaN();
  });

  it('without its part of a millisecond is an integer', () => {
    expect(isoWholeMillis('2026-08-01T02:53:52.123999Z')).toBe(Date.UTC(2026, 7, 1, 2, 53, 52) + 123);
    expect(isoWholeMillis('nothing')).toBeNaN();
  });

  it.each([
    ['', 'nothing'],
    ['2026-08-01T02:53:52', 'no zone'],
    ['2026-08-01 02:53:52Z', 'a space for the T'],
    ['2026-08-01T02:53:52z', 'a small z'],
    ['2026-08-01T02:53:52.Z', 'a point without digits'],
    ['2026-08-01T02:53:52.12.3Z', 'two points'],
    ['2026-08-01T02:53:52.123', 'a fraction without a zone'],
    ['2026-08-01T02:53:52Z ', 'something behind it'],
    ['2026-08-01T02:53:52+0130', 'a zone without its colon'],
    ['2026-08-01T02:53:52+24:00', 'a zone too far'],
    ['2026-08-01T02:53:52+01:60', 'a zone of too many minutes'],
    ['2026-8-01T02:53:52.0Z', 'a short month'],
    ['2026-13-01T02:53:52Z', 'a thirteenth month'],
    ['2026-00-01T02:53:52Z', 'a month zero'],
    ['2026-08-00T02:53:52Z', 'a day zero'],
    ['2026-08-32T02:53:52Z', 'a day too many'],
    ['2026-02-29T02:53:52Z', 'a leap day in a common year'],
    ['1900-02-29T02:53:52Z', 'a leap day in a century'],
    ['2026-08-01T24:00:00Z', 'an hour too many'],
    ['2026-08-01T02:60:00Z', 'a minute too many'],
    ['2026-08-01T02:53:61Z', 'a second too many'],
    ['2026-08-01T0a:53:52Z', 'a letter'],
    ['2026:08-01T02:53:52Z', 'a wrong sign in the date'],
    ['2026-08-01T02-53:52Z', 'a wrong sign in the time'],
    ['+026-08-01T02:53:52Z', 'a sign for a digit'],
  ])('%j is none: %s', (text) => {
    expect(whole(text)).toBeNaN();
  });

  it('agrees with the calendar of the language', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2199-12-31'), noInvalidDate: true }), (date) => {
        expect(whole(date.toISOString())).toBe(date.getTime());
      }),
    );
  });
});

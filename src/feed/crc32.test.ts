import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.ts';

describe('CRC-32', () => {
  it('has the check value of its catalogue', () => {
    expect(crc32('123456789')).toBe(0xcbf43926);
  });

  it('of nothing is 0', () => {
    expect(crc32('')).toBe(0);
    expect(crc32('', 77)).toBe(77);
  });

  it('is unsigned', () => {
    expect(crc32('a')).toBe(0xe8b7be43);
  });

  it('of two parts is that of the whole', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(crc32(b, crc32(a))).toBe(crc32(a + b));
      }),
    );
  });

  it('agrees with the zip library', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 400 }), (text) => {
        expect(crc32(text)).toBe(zlibCrc32(text));
      }),
    );
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../crc32.ts';
import { KRAKEN_CHECKSUM, levelToken, plainDecimal } from './kraken-checksum.ts';

/** The book of the venue's own guide. */
const ASKS =
  '45285.2/0.00100000 45286.4/1.54571953 45286.6/1.54571109 45289.6/1.54560911 45290.2/0.15890660 45291.8/1.54553491 45294.7/0.04454749 45296.1/0.35380000 45297.5/0.09945542 45299.5/0.18772827';
const BIDS =
  '45283.5/0.10000000 45283.4/1.54582015 45282.1/0.10000000 45281.0/0.10000000 45280.3/1.54592586 45279.0/0.07990000 45277.6/0.03310103 45277.5/0.30000000 45277.3/1.54602737 45276.6/0.15445238';
const tokens = (side: string): string[] =>
  side.split(' ').map((level) => {
    const [price, size] = level.split('/');
    return levelToken(price, size);
  });

describe("Kraken's checksum", () => {
  it('of the worked example is that of the guide', () => {
    expect(KRAKEN_CHECKSUM.of(tokens(BIDS), tokens(ASKS))).toBe(3310070434);
  });

  it('changes when two sizes change places', () => {
    const swapped = ASKS.replace('0.00100000', 'x').replace('1.54571953', '0.00100000').replace('x', '1.54571953');
    expect(KRAKEN_CHECKSUM.of(tokens(BIDS), tokens(swapped))).not.toBe(3310070434);
  });

  it('is over the asks first', () => {
    expect(KRAKEN_CHECKSUM.of(['1'], ['23', '4'])).toBe(crc32('2341'));
  });

  it('of fewer than ten levels is over what there is', () => {
    expect(KRAKEN_CHECKSUM.of([], [])).toBe(0);
    expect(KRAKEN_CHECKSUM.of(tokens('5.5/0.100'), [])).toBe(crc32('55100'));
  });

  it.each([
    ['63005.0', '2.07265551', '630050207265551'],
    ['0.00001230', '0.05000000', '12305000000'],
    ['100', '7', '1007'],
    ['0.50', '10.0', '50100'],
    ['5e-05', '1.5', '515'],
    ['63005.0', '0.00000000', ''],
  ])('takes of %s and %s the digits %j', (price, size, token) => {
    expect(levelToken(price, size)).toBe(token);
  });

  it('writes exponents out and leaves everything else alone', () => {
    expect(['1e-08', '1E3', '0.50', '12'].map(plainDecimal)).toEqual(['0.00000001', '1000', '0.50', '12']);
  });

  const expected = join(
    process.env.CAPTURES_DIR ?? '../shared/captures',
    'expected',
    'kraken-v2-btcusd-d10-20260801.json',
  );
  it.skipIf(!existsSync(expected))(
    'has the input that was recorded, made of the digits or of the declared precisions',
    () => {
      const { books } = JSON.parse(readFileSync(expected, 'utf8')) as {
        books: Record<
          string,
          {
            first_checksum: {
              checksum: number;
              crc_input: string;
              top10_asks: [string, string][];
              top10_bids: [string, string][];
            };
          }
        >;
      };
      const { checksum, crc_input, top10_asks, top10_bids } = books['BTC/USD'].first_checksum;
      const wire = [...top10_asks, ...top10_bids].map(([price, size]) => levelToken(price, size));
      expect(wire.join('')).toBe(crc_input);
      expect(KRAKEN_CHECKSUM.of(wire.slice(10), wire.slice(0, 10))).toBe(Number(checksum));
      const declared = [...top10_asks, ...top10_bids].map(([price, size]) =>
        levelToken(Number(price).toFixed(1), Number(size).toFixed(8)),
      );
      expect(declared).toEqual(wire);
      const naive = [...top10_asks, ...top10_bids].map(([price, size]) =>
        levelToken(`${Number(price)}`, `${Number(size)}`),
      );
      expect(naive).not.toEqual(wire);
    },
  );
});

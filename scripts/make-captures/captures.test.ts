import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readCapture } from '../capture-file';
import { madeFiles, textOf } from './captures';

const folder = fileURLToPath(new URL('../../e2e/captures/', import.meta.url));
const files = madeFiles();

describe('the captures in the repository', () => {
  test.each(files)('$name is what the generator makes today', (file) => {
    const packed = `${folder}${file.name}.jsonl.gz`;
    const text = existsSync(packed)
      ? gunzipSync(readFileSync(packed)).toString()
      : readFileSync(`${folder}${file.name}.jsonl`, 'utf8');
    expect(text === textOf(file), 'run: node scripts/run.mjs make-captures').toBe(true);
    if (file.expected === null) return;
    expect(JSON.parse(readFileSync(`${folder}${file.name}.expected.json`, 'utf8'))).toEqual(file.expected);
  });

  test('stay under 200 kB together', () => {
    const sizes = readdirSync(folder).map((name) => statSync(folder + name).size);
    expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(200_000);
  });

  test.each(['binance-spot', 'binance-usdm'])('%s holds every kind its decoder knows', (name) => {
    const { lines } = readCapture(`${folder}${name}.jsonl.gz`);
    const kinds = new Set(
      lines.map(({ dir, url, m }) => (dir === 'http' ? url?.replace(/\?.*/, '') : /"e":"(\w+)"/.exec(m)?.[1])),
    );
    const http = [...kinds].filter((kind) => kind?.startsWith('http')).map((kind) => kind?.split('/').pop());
    expect(http.sort()).toEqual(['depth', 'exchangeInfo']);
    for (const kind of ['depthUpdate', 'trade', 'aggTrade', 'kline', '24hrTicker', '24hrMiniTicker']) {
      expect(kinds, kind).toContain(kind);
    }
    expect(lines.some(({ m }) => m.includes('@bookTicker'))).toBe(true);
    expect(lines.some(({ m }) => m.includes('"x":true'))).toBe(true);
    if (name === 'binance-usdm') expect(kinds).toContain('markPriceUpdate');
  });

  test('name no machine and no other project in their headers', () => {
    for (const { header } of files) expect(`${header.why} ${header.venue}`).toMatch(/^[\w ,.:-]+$/);
  });
});

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

  test('stay under 60 kB each and half a megabyte together', () => {
    const sizes = readdirSync(folder).map((name) => statSync(folder + name).size);
    expect(Math.max(...sizes)).toBeLessThan(60_000);
    expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(500_000);
  });

  const bybit = [
    /"topic":"orderbook\.200\.\w+","/,
    /"topic":"orderbook\.1\.\w+","ts":\d+,"type":"snapshot"/,
    /"topic":"publicTrade\./,
    /"topic":"tickers\./,
    /"topic":"kline\.1\./,
    /"confirm":true/,
    /"ret_msg":"pong"/,
  ];
  test.each([
    ['bybit-spot', [...bybit, /"usdIndexPrice"/, /"i":"22900000000\d{8}"/, /"ret_msg":"subscribe"/]],
    [
      'bybit-linear',
      [...bybit, /"type":"delta","data":\{"symbol"/, /"i":"[0-9a-f]{8}-/, /"fundingRate"/, /,"0\.000"\]/],
    ],
    [
      'okx',
      [
        /"action":"snapshot".*"prevSeqId":-1/,
        /"action":"update".*"checksum":0,/,
        /"asks":\[\],"bids":\[\]/,
        /"channel":"bbo-tbt"/,
        /"count":"2"/,
        /"channel":"tickers"/,
        /"channel":"candle1m".*"1"\]/,
        /^pong$/,
      ],
    ],
    [
      'kraken',
      [
        /"channel":"book","type":"snapshot"/,
        /"channel":"book","type":"update".*"checksum":\d+/,
        /"channel":"trade"/,
        /"channel":"heartbeat"/,
        /"channel":"instrument"/,
        /"qty":0\.00000000/,
      ],
    ],
    [
      'coinbase',
      [
        /"type":"snapshot"/,
        /"type":"l2update"/,
        /"type":"last_match"/,
        /"type":"match"/,
        /"type":"ticker"/,
        /"type":"heartbeat"/,
      ],
    ],
  ] as const)('%s holds every kind its decoder knows', (name, kinds) => {
    const { lines } = readCapture(`${folder}${name}.jsonl.gz`);
    for (const kind of kinds)
      expect(
        lines.some(({ m }) => kind.test(m)),
        String(kind),
      ).toBe(true);
  });

  test('kraken has levels that fall out of the depth without being told of', () => {
    const { lines } = readCapture(`${folder}kraken.jsonl.gz`);
    const books = new Map<string, { side: Set<string>; most: number }>();
    for (const { m } of lines.filter(({ m: text }) => text.startsWith('{"channel":"book"'))) {
      const symbol = /"symbol":"([^"]+)"/.exec(m)?.[1] ?? '';
      const book = books.get(symbol) ?? { side: new Set(), most: 0 };
      books.set(symbol, book);
      for (const [, price, qty] of m.slice(0, m.indexOf('"asks"')).matchAll(/"price":([\d.]+),"qty":([\d.]+)/g)) {
        if (/^[0.]+$/.test(qty)) book.side.delete(price);
        else book.side.add(price);
      }
      book.most = Math.max(book.most, book.side.size);
    }
    for (const { most } of books.values()) expect(most).toBeGreaterThan(25);
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

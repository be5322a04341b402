import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf } from '../testing/book-keeper.ts';
import { CallLog } from '../testing/call-log.ts';
import { AskedStreams } from './asked-streams.ts';
import { CoinbaseDecoder } from './coinbase-decode.ts';
import { CoinbaseScanner } from './coinbase-scan.ts';
import { decodeStrict } from './coinbase-strict.ts';
import { makeScratch } from './decode-scratch.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';
const CAPTURE = join(CAPTURES, 'coinbase-exchange-10prod-20210417.jsonl.gz');

const log = (): CallLog => {
  const made = new CallLog();
  made.unwanted.add('GONE-USD');
  return made;
};

/** One decoder of each kind for a whole run: what an earlier message left behind must not show. */
class Pair {
  readonly fastLog = log();
  readonly strictLog = log();
  private readonly fast = new CoinbaseDecoder();
  private readonly scratch = makeScratch();
  private readonly memory = { asked: new AskedStreams(), tickers: new Map<string, number>() };

  /** Feed both; returns what the strict one said. */
  expectEqual(text: string): unknown[][] {
    this.fast.decode(text, this.fastLog);
    decodeStrict(text, this.strictLog, this.scratch, this.memory);
    const [fast, strict] = [this.fastLog.take(), this.strictLog.take()];
    try {
      expect(fast).toEqual(strict);
      expect(strict.length).toBeGreaterThan(0);
    } catch (error) {
      throw new Error(`fast and strict differ on ${JSON.stringify(text.slice(0, 2_000))}`, { cause: error });
    }
    return strict;
  }
}

const TIME = '2021-04-17T16:43:37.075687Z';
const SAMPLES = [
  `{"type":"l2update","product_id":"BTC-USD","changes":[["sell","61602.01","0.500"]],"time":"${TIME}"}`,
  `{"type":"l2update","product_id":"BTC-USD","changes":[["buy","61602.00","0.00000000"],["sell","61603","1.25"],["buy","61000.5","2"]],"time":"${TIME}"}`,
  `{"type":"l2update","product_id":"BTC-USD","changes":[],"time":"${TIME}"}`,
  `{"type":"l2update","product_id":"GONE-USD","changes":[["buy","1","2"]],"time":"${TIME}"}`,
  `{"type":"match","trade_id":280232,"maker_order_id":"2a0da34e-61f7","taker_order_id":"3c82abaa-c01e","side":"sell","size":"985","price":"61602.01","product_id":"BTC-USD","sequence":177100030,"time":"${TIME}"}`,
  `{"type":"match","trade_id":10,"sequence":50,"maker_order_id":"ac928c66","taker_order_id":"132fb6ae","time":"${TIME}","product_id":"BTC-USD","size":"5.235","price":"400.23","side":"buy"}`,
  `{"type":"last_match","trade_id":280231,"maker_order_id":"d","taker_order_id":"4","side":"buy","size":"0.4","price":"61600.01","product_id":"BTC-USD","sequence":177100017,"time":"${TIME}"}`,
  '{"type":"snapshot","product_id":"BTC-USD","asks":[["61602.01","0.500"],["9999999999.00","1"]],"bids":[["61602.00","12.77"],["0.01","100"]]}',
  `{"type":"snapshot","product_id":"BTC-USD","bids":[],"asks":[],"time":"${TIME}"}`,
  `{"type":"ticker","sequence":1,"product_id":"BTC-USD","price":"61602.01","open_24h":"61000","volume_24h":"94381.28000000","low_24h":"60000.5","high_24h":"62000.55","volume_30d":"2295579.57","best_bid":"61602.00","best_ask":"61602.01","side":"buy","time":"${TIME}","trade_id":7,"last_size":"0.04"}`,
  `{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD","time":"${TIME}"}`,
  '{"type":"subscriptions","channels":[{"name":"level2","product_ids":["BTC-USD"]}]}',
  '{"type":"error","message":"Failed to subscribe","reason":"BTC-XYZ is not a valid product"}',
  '{"type":"status","products":[],"currencies":[]}',
  '{"type":"auction"}',
];

/** Changes that a hostile or broken sender makes to a message's tokens. */
const TOKEN_SWAPS: readonly (readonly [RegExp, string])[] = [
  [/"(\d+\.\d+)"/g, '$1'],
  [/"(\d+\.\d+)"/g, '"-$1"'],
  [/"(\d+\.\d+)"/g, '"$15"'],
  [/"(\d+\.\d+)"/g, '"$1e1"'],
  [/"(\d+\.\d+)"/g, '"0"'],
  [/"(\d+\.\d+)"/g, '""'],
  [/"(\d+)\.(\d+)"/g, '"$1."'],
  [/"(\d+)\.(\d+)"/g, '"00$1.$2"'],
  [/"(\d+)\.(\d+)"/g, '"$1.$2123456789"'],
  [/"(\d+)\.(\d+)"/g, '"9007199254740993.$2"'],
  [/"(\d+)\.(\d+)"/g, '"90071992547409.91"'],
  [/"(\d+)\.(\d+)"/g, '"$1.$20000000000000000000"'],
  [/:(\d+),/g, ':"$1",'],
  [/:(\d+),/g, ':$1.0,'],
  [/:(\d+),/g, ':-$1,'],
  [/:(\d+),/g, ':0$1,'],
  [/:(\d+),/g, ':9007199254740992,'],
  [/:(\d+),/g, ':9007199254740991,'],
  [/:(\d+),/g, ':null,'],
  [/,"(\w+)":("?[\w.]+"?),/g, ','],
  [/,"(\w+)":("?[\w.]+"?),/g, ',"$1":$2,"$1":$2,'],
  [/,"(\w+)":("?[\w.]+"?),/g, ',"x$1":$2,'],
  [/,"(\w+)":("?[\w.]+"?),/g, ',"$1" : $2 ,'],
  [/,"(\w+)":("?[\w.]+"?),"(\w+)":("?[\w.]+"?)/g, ',"$3":$4,"$1":$2'],
  [/"(buy|sell)"/g, '"buy"'],
  [/"(buy|sell)"/g, '"sell"'],
  [/"(buy|sell)"/g, '"Buy"'],
  [/"(buy|sell)"/g, '1'],
  [/"(buy|sell)",/g, ''],
  [/BTC-USD/g, 'GONE-USD'],
  [/BTC-USD/g, 'ETH-USD'],
  [/BTC-USD/g, ''],
  [/BTC-USD/g, 'BTC-\\u0055SD'],
  [/BTC-USD/g, '__proto__'],
  [/BTC-USD/g, 'B'.repeat(65)],
  [/BTC-USD/g, '币-USD'],
  [/\[\[/g, '[[["1","2"],'],
  [/\],\[/g, ',"3"],['],
  [/2021-04-17/g, '2021-02-30'],
  [/2021-04-17/g, '1969-04-17'],
  [/075687Z/g, '075687'],
  [/075687Z/g, '075687+01:00'],
  [/075687Z/g, '0756871234567Z'],
  [/\.075687Z/g, 'Z'],
  [/\.075687Z/g, '.Z'],
  [/16:43/g, '24:43'],
  [/\}$/g, '} '],
  [/\}$/g, '}}'],
  [/\}$/g, ''],
  [/^\{/g, ' {'],
  [/^\{/g, '[{'],
  [/"(l2update|match|last_match|snapshot|ticker)"/g, '"match"'],
  [/"(l2update|match|last_match|snapshot|ticker)"/g, '"l2update"'],
  [/"(l2update|match|last_match|snapshot|ticker)"/g, '"snapshot"'],
  [/"(l2update|match|last_match|snapshot|ticker)"/g, '"constructor"'],
  [/"(l2update|match|last_match|snapshot|ticker)"/g, '5'],
];

/** Replace the `n`th match only. */
function swapToken(text: string, pattern: RegExp, replacement: string, n: number): string {
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return text;
  const match = matches[n % matches.length];
  const changed = match[0].replace(new RegExp(pattern.source, pattern.flags.replace('g', '')), replacement);
  return text.slice(0, match.index) + changed + text.slice(match.index + match[0].length);
}

const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
};

const BYTES = [...'{}[]",:.-+eE0123456789abMTtfn\\ \u0000\u007fé\ud83d'];
function mutateBytes(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const insert = BYTES[Math.floor(random() * BYTES.length)];
  const kind = random();
  if (kind < 0.3) return text.slice(0, at) + text.slice(at + 1);
  if (kind < 0.6) return text.slice(0, at) + insert + text.slice(at);
  if (kind < 0.9) return text.slice(0, at) + insert + text.slice(at + 1);
  return text.slice(0, at);
}

const captured = existsSync(CAPTURE)
  ? linesOf(gunzipSync(readFileSync(CAPTURE)).toString('utf8'))
      .filter((line) => line.dir === 'in')
      .map((line) => line.m)
  : [];

describe('fast and strict decoding agree', () => {
  it('on a sample of every message', () => {
    const pair = new Pair();
    expect(SAMPLES.map((text) => pair.expectEqual(text).map(([kind]) => kind))).toEqual([
      ['diff'],
      ['diff'],
      ['diff'],
      ['ignored'],
      ['trade'],
      ['trade'],
      ['trade'],
      ['book'],
      ['book'],
      ['ticker'],
      ['newestTrade'],
      ['control'],
      ['control'],
      ['ignored'],
      ['ignored'],
    ]);
  });

  it('on the samples with each kind of damage to one of their tokens', () => {
    for (const text of SAMPLES) {
      for (const [pattern, replacement] of TOKEN_SWAPS) {
        for (let n = 0; n < 8; n++) new Pair().expectEqual(swapToken(text, pattern, replacement, n));
      }
    }
  });

  it('on the samples with any one or two characters changed', () => {
    const random = seeded(11);
    const pair = new Pair();
    for (let i = 0; i < 20_000; i++) {
      let text = mutateBytes(SAMPLES[i % SAMPLES.length], random);
      if (random() < 0.3 && text.length > 0) text = mutateBytes(text, random);
      pair.expectEqual(text);
    }
  });

  it('on generated messages', () => {
    const decimal = fc.oneof(
      fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 17n }), fc.integer({ min: 0, max: 10 })).map(([n, d]) => {
        const digits = n.toString().padStart(d + 1, '0');
        return d === 0 ? digits : `${digits.slice(0, -d)}.${digits.slice(-d)}`;
      }),
      fc.constantFrom('0', '0.00000000', '1', '61602.01000000', '1E2', '1e-08', '00.10', 'NaN', '', ' 1'),
    );
    const id = fc.oneof(fc.integer({ min: 0, max: 1e9 }), fc.maxSafeInteger());
    const time = fc.constantFrom(TIME, '2026-08-26T12:13:45Z', '2026-08-26T12:13:45.8+00:00', 'now', '');
    const side = fc.constantFrom('buy', 'sell', 'sell', 'offer');
    const product_id = fc.constantFrom('BTC-USD', 'ETH-USD', 'GONE-USD', '00-USD', '1INCH-USD', '币-USD');
    const pairs = fc.array(fc.tuple(decimal, decimal), { maxLength: 8 });
    const fields = {
      l2update: { product_id, changes: fc.array(fc.tuple(side, decimal, decimal), { maxLength: 8 }), time },
      snapshot: { product_id, bids: pairs, asks: pairs, time },
      match: { trade_id: id, side, size: decimal, price: decimal, product_id, sequence: id, time },
      last_match: { trade_id: id, side, size: decimal, price: decimal, product_id, time },
    };
    const message = fc.constantFrom(...(Object.keys(fields) as (keyof typeof fields)[])).chain((type) =>
      fc
        .tuple(
          fc.record(fields[type] as Record<string, fc.Arbitrary<unknown>>),
          fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
          fc.integer({ min: 0, max: 9 }),
        )
        .map(([record, order, drop]) => {
          const keys = Object.entries(record);
          if (drop < 2) keys.sort(() => order.next().value - 0.5);
          if (drop === 2) keys.splice(Math.floor(order.next().value * keys.length), 1);
          return JSON.stringify(Object.fromEntries([['type', type], ...keys]));
        }),
    );
    const pair = new Pair();
    fc.assert(
      fc.property(message, (text) => void pair.expectEqual(text)),
      { numRuns: 5_000, seed: 5 },
    );
  });

  it('when the sink refuses to go finer', () => {
    const pair = new Pair();
    for (const sink of [pair.fastLog, pair.strictLog]) sink.finest = 4;
    expect(pair.expectEqual(SAMPLES[0].replace('61602.01', '61602.010001'))).toEqual([
      ['refine', 'BTC-USD', 6, 3],
      ['rejected', 'finer than the grid can go', 'BTC-USD', true],
    ]);
  });

  it.skipIf(captured.length === 0)('on every recorded message', () => {
    const pair = new Pair();
    for (const text of captured) {
      const calls = pair.expectEqual(text);
      if (calls.some(([kind]) => kind === 'rejected')) throw new Error(`refused: ${text}`);
    }
  });

  it.skipIf(captured.length === 0)('on recorded messages with characters and tokens changed', () => {
    const random = seeded(23);
    const pair = new Pair();
    const messages = captured.filter((text) => text.length < 2_000);
    for (let i = 0; i < 12_000; i++) {
      const text = messages[Math.floor(random() * messages.length)];
      const [pattern, replacement] = TOKEN_SWAPS[Math.floor(random() * TOKEN_SWAPS.length)];
      pair.expectEqual(random() < 0.5 ? swapToken(text, pattern, replacement, i) : mutateBytes(text, random));
    }
  });
});

describe('the scanner of Coinbase', () => {
  const sink = new CallLog();

  it('takes books and trades without asking the strict decoder', () => {
    const scanner = new CoinbaseScanner();
    expect(SAMPLES.map((text) => scanner.scan(text, sink)).filter(Boolean)).toHaveLength(9);
  });

  it.skipIf(captured.length === 0)('takes every recorded book and trade once the grid is fine enough', () => {
    const scanner = new CoinbaseScanner();
    const fine = new CallLog({ priceDecimals: 4, lotDecimals: 8, epoch: 0 });
    for (const base of ['BAND', 'DASH', 'SKL', 'YFI']) {
      fine.grids.set(`${base}-BTC`, { priceDecimals: 8, lotDecimals: 8, epoch: 0 });
    }
    const missed = captured.filter(
      (text) => /^\{"type":"(?:l2|snap|match|last)/.test(text) && !scanner.scan(text, fine),
    );
    expect(missed.length).toBe(0);
  });

  it('does not let a longer message before it complete a shorter one', () => {
    const decoder = new CoinbaseDecoder();
    const calls = new CallLog();
    decoder.decode(SAMPLES[1], calls);
    decoder.decode(SAMPLES[1].slice(0, -20), calls);
    expect(calls.take().map(([kind]) => kind)).toEqual(['diff', 'rejected']);
  });

  it('reads a book of two megabytes and is then as before', () => {
    const rows = (from: number): string =>
      Array.from({ length: 44_000 }, (_, i) => `["${from + i}.25","0.123"]`).join(',');
    const text = `{"type":"snapshot","product_id":"BTC-USD","asks":[${rows(60_000)}],"bids":[${rows(10_000)}]}`;
    const scanner = new CoinbaseScanner();
    expect(text.length).toBeGreaterThan(1 << 20);
    expect(scanner.scan(text, sink)).toBe(true);
    const [, , book] = sink.take().at(-1) as [string, string, { bids: unknown[]; asks: unknown[] }];
    expect([book.bids.length, book.asks.length]).toEqual([44_000, 44_000]);
    expect(book.asks.at(-1)).toEqual([10_399_925, 123]);
    expect(scanner.scan(SAMPLES[0], sink)).toBe(true);
    expect(new Pair().expectEqual(text)[0][0]).toBe('book');
  });

  it('leaves a side of too many levels to be refused', () => {
    const rows = '["1","1"],'.repeat(100_001).slice(0, -1);
    const text = `{"type":"snapshot","product_id":"BTC-USD","asks":[],"bids":[${rows}]}`;
    expect(new Pair().expectEqual(text)).toEqual([['rejected', 'bids holds more than 100000 levels', 'BTC-USD', true]]);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallLog } from '../testing/call-log.ts';
import { makeScratch } from './decode-scratch.ts';
import { KrakenDecoder } from './kraken-decode.ts';
import { KrakenMemory } from './kraken-memory.ts';
import { KrakenScanner } from './kraken-scan.ts';
import { decodeStrict } from './kraken-strict.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';
const FILES = ['kraken-v2-btcusd-d10-20260801.jsonl.gz', 'kraken-v2-btcusd-d25-20260802.jsonl.gz'].filter((file) =>
  existsSync(join(CAPTURES, file)),
);
const FIXTURE = join(CAPTURES, 'fixtures', 'kraken-v2-shapes.jsonl');
const TIME = '2026-08-01T02:53:53.646219Z';

const messagesIn = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { m: string }).m);
const recorded = (file: string): string[] =>
  messagesIn(gunzipSync(readFileSync(join(CAPTURES, file))).toString('utf8'));

/** One decoder of each kind for a whole run: what an earlier message left behind must not show. */
class Pair {
  readonly fastLog = new CallLog();
  readonly strictLog = new CallLog();
  private readonly fast = new KrakenDecoder();
  private readonly memory = new KrakenMemory();
  private readonly scratch = makeScratch();

  constructor() {
    for (const { unwanted } of [this.fastLog, this.strictLog]) unwanted.add('GONE/USD');
  }

  /** Feed both; returns what the strict one said. */
  expectEqual(text: string): unknown[][] {
    this.fast.decode(text, this.fastLog);
    decodeStrict(text, this.strictLog, this.memory, this.scratch);
    const strict = this.strictLog.take();
    try {
      expect(this.fastLog.take()).toEqual(strict);
      expect(strict.length).toBeGreaterThan(0);
    } catch (error) {
      throw new Error(`fast and strict differ on ${JSON.stringify(text)}`, { cause: error });
    }
    return strict;
  }
}

const SCANNED = [
  `{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[{"price":63005.9,"qty":0.00000000},{"price":63008.6,"qty":0.00039677}],"checksum":3629011692,"timestamp":"${TIME}"}]}`,
  `{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":63004.9,"qty":0.01876947}],"asks":[{"price":63005.0,"qty":2.07265551},{"price":63005.1,"qty":12}],"checksum":2531248887,"timestamp":"${TIME}"}]}`,
  `{"channel":"book","type":"update","data":[{"symbol":"SHIB/USD","bids":[{"price":0.00001234,"qty":123456.5},{"price":0.00001230,"qty":0.00000}],"asks":[],"checksum":0,"timestamp":"${TIME}"}]}`,
  `{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":105944.20,"qty":0.00027625,"ord_type":"limit","trade_id":10218208,"timestamp":"${TIME}"},{"symbol":"BTC/USD","side":"sell","price":105910.50,"qty":0.00012460,"ord_type":"market","trade_id":10218209,"timestamp":"${TIME}"}]}`,
  '{"channel":"heartbeat"}',
];
const SAMPLES = [
  ...SCANNED,
  `{"channel":"trade","type":"snapshot","data":[{"symbol":"ETH/USD","side":"sell","price":2500.11,"qty":1.5,"ord_type":"market","trade_id":1,"timestamp":"${TIME}"}]}`,
  `{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[],"checksum":1,"timestamp":"${TIME}"},{"symbol":"ETH/USD","bids":[{"price":1.5,"qty":2}],"asks":[],"checksum":2,"timestamp":"${TIME}"}]}`,
  '{"method":"subscribe","result":{"channel":"book","depth":10,"snapshot":true,"symbol":"BTC/USD"},"success":true,"req_id":1}',
  `{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":105944.20,"bid_qty":2.5,"ask":105944.30,"ask_qty":3.2,"last":105899.40,"volume":163.28908096,"vwap":105904.39279,"low":104711.00,"high":106613.10,"change":-250.00,"change_pct":-0.24,"timestamp":"${TIME}"}]}`,
  '{"channel":"ohlc","type":"update","data":[{"symbol":"BTC/USD","interval":1,"interval_begin":"2023-10-04T16:25:00.000000000Z","open":106038.2,"high":106044.3,"low":106038.1,"close":106040.1,"volume":30927.68066226,"vwap":106039.6,"trades":12}]}',
  `{"channel":"book","type":"update","data":[{"symbol":"GONE/USD","bids":[],"asks":[],"checksum":1,"timestamp":"${TIME}"}]}`,
];

/** Changes that a hostile or broken sender makes to a message's tokens. */
const TOKEN_SWAPS: readonly (readonly [RegExp, string])[] = [
  [/:(\d+\.\d+)/g, ':"$1"'],
  [/:(\d+\.\d+)/g, ':-$1'],
  [/:(\d+\.\d+)/g, ':$15'],
  [/:(\d+\.\d+)/g, ':$1e1'],
  [/:(\d+\.\d+)/g, ':$1E-8'],
  [/:(\d+\.\d+)/g, ':0'],
  [/:(\d+\.\d+)/g, ':0$1'],
  [/:(\d+\.\d+)/g, ': $1'],
  [/:(\d+\.\d+)/g, ':'],
  [/:(\d+)\.(\d+)/g, ':$1.'],
  [/:(\d+)\.(\d+)/g, ':.$2'],
  [/:(\d+)\.(\d+)/g, ':$1'],
  [/:(\d+)\.(\d+)/g, ':$1.$2123456789'],
  [/:(\d+)\.(\d+)/g, ':9007199254740993.$2'],
  [/:(\d+)\.(\d+)/g, ':90071992547409.91'],
  [/:(\d+)\.(\d+)/g, ':123456789012345678.5'],
  [/:(\d+)\.(\d+)/g, ':$1.$20000000000000000000'],
  [/:(\d+)[,}]/g, ':"$1",'],
  [/:(\d+),/g, ':$1.0,'],
  [/:(\d+),/g, ':-$1,'],
  [/:(\d+),/g, ':0$1,'],
  [/:(\d+),/g, ':4294967296,'],
  [/:(\d+),/g, ':4294967295,'],
  [/:(\d+),/g, ':9007199254740992,'],
  [/:(\d+),/g, ':null,'],
  [/,"(\w+)":("?[\w.:-]+"?)/g, ''],
  [/,"(\w+)":("?[\w.:-]+"?)/g, ',"$1":$2,"$1":$2'],
  [/,"(\w+)":("?[\w.:-]+"?)/g, ',"x$1":$2'],
  [/,"(\w+)":("?[\w.:-]+"?)/g, ',"new":{"a":[1]},"$1":$2'],
  [/,"(\w+)":("?[\w.:-]+"?)/g, ',"$1" : $2 '],
  [/,"(\w+)":("?[\w.:-]+"?),"(\w+)":("?[\w.:-]+"?)/g, ',"$3":$4,"$1":$2'],
  [/BTC\/USD/g, 'GONE/USD'],
  [/BTC\/USD/g, 'BTC\\/USD'],
  [/BTC\/USD/g, '__proto__'],
  [/BTC\/USD/g, 'BTC/USĐ'],
  [/BTC\/USD/g, ''],
  [/BTC\/USD/g, 'B'.repeat(65)],
  [/BTC\/USD/g, 'B'.repeat(64)],
  [/2026-08-01T/g, '2026-02-30T'],
  [/2026-08-01T/g, '1969-08-01T'],
  [/2026-08-01T/g, '9026-08-01T'],
  [/219Z/g, '219+02:00'],
  [/\.646219Z/g, 'Z'],
  [/Z"/g, 'Z'],
  [/\[\{/g, '[{},{'],
  [/\},\{/g, '},,{'],
  [/\},\{/g, '} , {'],
  [/\}\]/g, '},]'],
  [/\[\]/g, '{}'],
  [/\[\]/g, '[0]'],
  [/\}$/g, '} '],
  [/\}$/g, '}}'],
  [/\}$/g, ''],
  [/^\{/g, ' {'],
  [/"(buy|sell)"/g, '"BUY"'],
  [/"(limit|market)"/g, '"stop"'],
  [/"(limit|market)"/g, '7'],
  [/"(book|trade|ticker|ohlc)"/g, '"trade"'],
  [/"(book|trade|ticker|ohlc)"/g, '"constructor"'],
  [/"(book|trade|ticker|ohlc)"/g, '5'],
  [/"(update|snapshot)"/g, '"snapshot"'],
  [/"(update|snapshot)"/g, '"update"'],
  [/"(update|snapshot)"/g, '"partial"'],
];

/** Replace the `n`th match only. */
function swapToken(text: string, pattern: RegExp, replacement: string, n: number): string {
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return text;
  const match = matches[n % matches.length];
  const changed = match[0].replace(new RegExp(pattern.source), replacement);
  return text.slice(0, match.index) + changed + text.slice(match.index + match[0].length);
}

const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
};

const CHARACTERS = [...'{}[]",:.-+eE0123456789abTZtfn/\\ \u0000\u007fé\ud83d'];
function mutate(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const insert = CHARACTERS[Math.floor(random() * CHARACTERS.length)];
  const kind = random();
  if (kind < 0.3) return text.slice(0, at) + text.slice(at + 1);
  if (kind < 0.6) return text.slice(0, at) + insert + text.slice(at);
  if (kind < 0.9) return text.slice(0, at) + insert + text.slice(at + 1);
  return text.slice(0, at);
}

/** Bare decimals as a venue of any care might write them. */
const figure = fc.oneof(
  fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 17n }), fc.integer({ min: 0, max: 10 })).map(([n, d]) => {
    const digits = n.toString().padStart(d + 1, '0');
    return d === 0 ? digits : `${digits.slice(0, -d)}.${digits.slice(-d)}`;
  }),
  fc.constantFrom('0', '0.00000000', '1', '63005.0', '1E2', '1e-08', '00.10', '-1', 'null', '9007199254740991'),
);
const level = fc.tuple(figure, figure).map(([price, qty]) => `{"price":${price},"qty":${qty}}`);
const levels = fc.array(level, { maxLength: 6 }).map((list) => `[${list.join(',')}]`);
const symbol = fc.constantFrom('BTC/USD', 'ETH/USD', 'GONE/USD', 'AAPLx/USD', 'Ð/USD');
const time = fc.constantFrom(TIME, '2026-08-01T02:53:53Z', '1970-01-01T00:00:00.000000Z', 'soon', '2026-08-01');
const id = fc.oneof(fc.integer({ min: 0, max: 1e9 }), fc.maxSafeNat(), fc.constant(2 ** 32));
const bookEntry = fc
  .tuple(symbol, levels, levels, id, time)
  .map(
    ([s, bids, asks, sum, at]) =>
      `{"symbol":"${s}","bids":${bids},"asks":${asks},"checksum":${sum},"timestamp":"${at}"}`,
  );
const tradeEntry = fc
  .tuple(
    symbol,
    fc.constantFrom('buy', 'sell', 'none'),
    figure,
    figure,
    fc.constantFrom('limit', 'market', 'x'),
    id,
    time,
  )
  .map(
    ([s, side, price, qty, type, trade, at]) =>
      `{"symbol":"${s}","side":"${side}","price":${price},"qty":${qty},"ord_type":"${type}","trade_id":${trade},"timestamp":"${at}"}`,
  );
const message = (channel: string, entry: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom('update', 'update', 'snapshot'), fc.array(entry, { maxLength: 3 }))
    .map(([type, entries]) => `{"channel":"${channel}","type":"${type}","data":[${entries.join(',')}]}`);

describe('[F52] fast and strict decoding of Kraken agree', () => {
  it('on a sample of every message', () => {
    const pair = new Pair();
    const kinds = SAMPLES.map((text) => pair.expectEqual(text).map(([method]) => method));
    expect(kinds).toEqual([
      ['refine', 'diff'],
      ['book'],
      ['refine', 'diff'],
      ['trade', 'trade'],
      ['control'],
      ['trade'],
      ['diff', 'diff'],
      ['control'],
      ['ticker'],
      ['candle'],
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
    for (let i = 0; i < 12_000; i++) {
      let text = mutate(SAMPLES[i % SAMPLES.length], random);
      if (random() < 0.3 && text.length > 0) text = mutate(text, random);
      pair.expectEqual(text);
    }
  });

  it('on generated books and trades', () => {
    const pair = new Pair();
    fc.assert(
      fc.property(fc.oneof(message('book', bookEntry), message('trade', tradeEntry)), (text) => {
        pair.expectEqual(text);
      }),
      { numRuns: 2_500, seed: 5 },
    );
  });

  it('when the sink refuses to go finer', () => {
    const pair = new Pair();
    for (const log of [pair.fastLog, pair.strictLog]) log.finest = 4;
    expect(pair.expectEqual(SCANNED[0])).toEqual([
      ['refine', 'BTC/USD', 2, 8],
      ['rejected', 'finer than the grid can go', 'BTC/USD', true],
    ]);
  });

  it.skipIf(FILES.length === 0)('on every message of the recordings', () => {
    for (const file of FILES) {
      const pair = new Pair();
      for (const text of recorded(file)) {
        if (pair.expectEqual(text).some(([method]) => method === 'rejected')) throw new Error(`refused: ${text}`);
      }
    }
  });

  it.skipIf(FILES.length === 0)('on recorded messages with characters and tokens changed', () => {
    const random = seeded(23);
    for (const file of FILES) {
      const pair = new Pair();
      const messages = recorded(file);
      for (let i = 0; i < 4_000; i++) {
        const text = messages[Math.floor(random() * messages.length)];
        const [pattern, replacement] = TOKEN_SWAPS[Math.floor(random() * TOKEN_SWAPS.length)];
        pair.expectEqual(random() < 0.5 ? swapToken(text, pattern, replacement, i) : mutate(text, random));
      }
    }
  });

  it.skipIf(!existsSync(FIXTURE))('on every shape of the fixtures, none of them refused or unknown', () => {
    const pair = new Pair();
    const calls = messagesIn(readFileSync(FIXTURE, 'utf8')).flatMap((text) => pair.expectEqual(text));
    expect(calls.filter(([method, said]) => method === 'rejected' || (method === 'ignored' && said === true))).toEqual(
      [],
    );
  });
});

describe("Kraken's scanner", () => {
  const fine = { priceDecimals: 8, lotDecimals: 8, epoch: 0 };

  it('takes what comes by the thousand without asking the strict decoder', () => {
    const scanner = new KrakenScanner(new KrakenMemory());
    const log = new CallLog(fine);
    log.unwanted.add('GONE/USD');
    expect(SAMPLES.filter((text) => scanner.scan(text, log))).toEqual(SCANNED);
  });

  it.skipIf(FILES.length === 0)('takes every book message of the recordings', () => {
    const scanner = new KrakenScanner(new KrakenMemory());
    const sink = new CallLog(fine);
    const books = FILES.flatMap(recorded).filter((text) => text.includes('"channel":"book","type"'));
    expect(books.length).toBeGreaterThan(2_000);
    expect(books.filter((text) => !scanner.scan(text, sink))).toEqual([]);
  });

  it('says nothing of a message that ends badly', () => {
    const scanner = new KrakenScanner(new KrakenMemory());
    for (const text of SCANNED.slice(0, 4)) {
      const log = new CallLog(fine);
      expect(scanner.scan(text.slice(0, -1), log)).toBe(false);
      expect(scanner.scan(`${text} `, log)).toBe(false);
      expect(log.calls).toEqual([]);
    }
  });

  it('keeps no levels of a message before', () => {
    const pair = new Pair();
    pair.expectEqual(SCANNED[1]);
    const [, , diff] = pair.expectEqual(SCANNED[0].replace(/"asks":\[.*?\]/, '"asks":[]')).at(-1) ?? [];
    expect(diff).toMatchObject({ bids: [], asks: [] });
  });
});

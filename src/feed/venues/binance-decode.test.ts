import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Grid } from '@/market/instrument.ts';
import type { LevelList } from '../book/level-list.ts';
import { BinanceDecoder, readBookTicker } from './binance-decode.ts';
import { BinanceScanner } from './binance-scan.ts';
import { type BinanceFlavour, decodeStrict, readQuoteStrict } from './binance-strict.ts';
import { makeScratch } from './decode-scratch.ts';
import type { CandleEvent, Control, DecodeSink, Diff, StreamBook, TickerEvent, TradeEvent } from './venue.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';

const levelsOf = (list: LevelList): unknown[] =>
  Array.from({ length: list.count }, (_, i) => [list.ticks[i], list.wide?.get(i) ?? list.lots[i]]);

/** Writes down what it hears. A best price is read at once, so that one that is malformed counts as refused. */
class LogSink implements DecodeSink {
  calls: unknown[] = [];
  grids = new Map<string, Grid>();
  unwanted = new Set<string>(['GONEUSDT']);
  /** The finest grid it agrees to. */
  finest = 18;

  constructor(readonly readQuote = readBookTicker) {}

  grid(symbol: string): Grid | null {
    if (this.unwanted.has(symbol)) return null;
    return this.grids.get(symbol) ?? { priceDecimals: 2, lotDecimals: 3, epoch: 0 };
  }
  refine(symbol: string, priceDecimals: number, lotDecimals: number): void {
    this.calls.push(['refine', symbol, priceDecimals, lotDecimals]);
    if (Math.max(priceDecimals, lotDecimals) > this.finest) return;
    this.grids.set(symbol, { priceDecimals, lotDecimals, epoch: 1 });
  }
  diff(symbol: string, diff: Diff): void {
    const { first, last, previous, eventTime } = diff;
    this.calls.push(['diff', symbol, first, last, previous, eventTime, levelsOf(diff.bids), levelsOf(diff.asks)]);
  }
  book(symbol: string, book: StreamBook): void {
    const { sequence, depth } = book;
    this.calls.push(['book', symbol, sequence, depth, levelsOf(book.bids), levelsOf(book.asks)]);
  }
  statement(): void {
    this.calls.push(['statement']);
  }
  newestTrade(): void {
    this.calls.push(['newestTrade']);
  }
  history(): void {
    this.calls.push(['history']);
  }
  trade(symbol: string, trade: TradeEvent): void {
    this.calls.push(['trade', symbol, { ...trade }]);
  }
  quote(symbol: string, updateId: number, text: string): void {
    const grid = this.grid(symbol);
    const quote = grid === null ? null : this.readQuote(text, grid);
    this.calls.push(quote === null ? ['rejected'] : ['quote', symbol, updateId, quote]);
  }
  candle(symbol: string, candle: CandleEvent): void {
    this.calls.push(['candle', symbol, candle]);
  }
  ticker(symbol: string, ticker: TickerEvent): void {
    this.calls.push(['ticker', symbol, ticker]);
  }
  control(message: Control): void {
    this.calls.push(['control', message]);
  }
  excluded(symbol: string, id: number, time: number): void {
    this.calls.push(['excluded', symbol, id, time]);
  }
  ignored(unknown: boolean): void {
    this.calls.push(['ignored', unknown]);
  }
  rejected(reason: string, symbol: string | null, wasDiff: boolean): void {
    // A best price found malformed later has no reason of its own.
    this.calls.push(
      /bookTicker|"u":\d+,"s"/.test(this.text) && !wasDiff ? ['rejected'] : ['rejected', reason, symbol, wasDiff],
    );
  }
  /** The message at hand. */
  text = '';
}

/** One decoder of each kind for a whole run: what an earlier message left behind must not show. */
class Pair {
  readonly fastSink = new LogSink();
  readonly strictSink = new LogSink(readQuoteStrict);
  private readonly fast: BinanceDecoder;
  private readonly scratch = makeScratch();

  constructor(readonly flavour: BinanceFlavour) {
    this.fast = new BinanceDecoder(flavour);
  }

  /** Feed both; returns what the strict one said. */
  expectEqual(text: string): unknown[] {
    for (const sink of [this.fastSink, this.strictSink]) {
      sink.calls = [];
      sink.text = text;
    }
    this.fast.decode(text, this.fastSink);
    decodeStrict(text, this.strictSink, this.flavour, this.scratch);
    try {
      expect(this.fastSink.calls).toEqual(this.strictSink.calls);
      expect(this.strictSink.calls.length).toBeGreaterThan(0);
    } catch (error) {
      throw new Error(`fast and strict differ on ${JSON.stringify(text)}`, { cause: error });
    }
    return this.strictSink.calls;
  }
}

const T0 = 1723161256299;
const wrap = (stream: string, body: string): string => `{"stream":"${stream}","data":${body}}`;

/** One message of every kind, by dialect. */
const SAMPLES: Record<BinanceFlavour, string[]> = {
  spot: [
    wrap(
      'btcusdt@depth@100ms',
      `{"e":"depthUpdate","E":${T0},"s":"BTCUSDT","U":50093239189,"u":50093239202,"b":[["61737.63000000","0.00000000"],["61730.17000000","1.50000000"]],"a":[["61838.04000000","0.32300000"]]}`,
    ),
    `{"e":"depthUpdate","E":${T0},"s":"BTCUSDT","U":1,"u":1,"b":[],"a":[]}`,
    wrap(
      'btcusdt@trade',
      `{"e":"trade","E":${T0},"s":"BTCUSDT","t":3717373591,"p":"61837.64000000","q":"0.00100000","T":${T0 - 1},"m":true,"M":true}`,
    ),
    wrap(
      'btcusdt@aggTrade',
      `{"e":"aggTrade","E":${T0},"s":"BTCUSDT","a":26129,"p":"61837.64","q":"4.720","f":27781,"l":27785,"T":${T0},"m":false,"M":true}`,
    ),
    wrap(
      'btcusdt@bookTicker',
      '{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78800000","a":"61837.64000000","A":"1.54600000"}',
    ),
    '{"u":50093239212,"s":"BTCUSDT","b":"61837.63","B":"3.788","a":"61837.64","A":"1.546"}',
    wrap(
      'btcusdt@kline_1m',
      `{"e":"kline","E":${T0},"s":"BTCUSDT","k":{"t":1723161240000,"T":1723161299999,"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"61800.00","c":"61837.64","h":"61840.00","l":"61799.99","v":"12.345","n":101,"x":false,"q":"763000.1","V":"6.1","Q":"377000.2","B":"0"}}`,
    ),
    `{"e":"24hrTicker","E":${T0},"s":"BTCUSDT","p":"-123.45","P":"-0.199","w":"61000.1","o":"61961.09","h":"62745.14","l":"57625.11","v":"38000.125","q":"2310000000.5","c":"61837.64"}`,
    '{"result":null,"id":1}',
    '{"result":["btcusdt@trade"],"id":"a3"}',
    '{"code":2,"msg":"Invalid request: unknown variant","id":7}',
    '{"error":{"code":-1121,"msg":"Invalid symbol."},"id":"x"}',
    '{"id":"a1","status":200,"result":{"lastUpdateId":1,"bids":[],"asks":[]},"rateLimits":[]}',
    '{"status":400,"id":5,"error":{"code":-1121,"msg":"Invalid symbol."}}',
    '{"e":"serverShutdown","E":1723161256299}',
    `{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":${T0}}}`,
    `{"e":"24hrMiniTicker","E":${T0},"s":"BTCUSDT"}`,
    '{"lastUpdateId":160,"bids":[],"asks":[]}',
    `{"e":"trade","E":${T0},"s":"币安USDT","t":1,"p":"0.5","q":"1","T":${T0},"m":true}`,
    `{"e":"trade","E":${T0},"s":"GONEUSDT","t":1,"p":"0.5","q":"1","T":${T0},"m":true}`,
  ],
  usdm: [
    wrap(
      'btcusdt@depth@0ms',
      `{"e":"depthUpdate","E":${T0},"T":${T0 - 1},"s":"BTCUSDT","U":5123107832006,"u":5123107837557,"pu":5123107831937,"b":[["58710.20","0.014"],["61496.50","0.010"]],"a":[["61800.30","0.000"]]}`,
    ),
    `{"e":"depthUpdate","E":${T0},"T":${T0},"s":"BTCUSDT","U":1,"u":2,"pu":0,"b":[["1","1e3"]],"a":[],"st":1,"ps":"BTCUSDT"}`,
    wrap(
      'btcusdt@trade',
      `{"e":"trade","E":${T0},"T":${T0},"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}`,
    ),
    `{"e":"trade","E":${T0},"T":${T0},"s":"BTCUSDT","t":5266583936,"p":"61800.30","q":"0.006","X":"INSURANCE_FUND","m":false}`,
    wrap(
      'btcusdt@aggTrade',
      `{"e":"aggTrade","E":${T0},"a":26129,"s":"BTCUSDT","p":"61837.6","q":"4.7","nq":"4.7","f":27781,"l":27785,"T":${T0},"m":true,"st":2}`,
    ),
    wrap(
      'btcusdt@bookTicker',
      `{"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":${T0},"E":${T0}}`,
    ),
    wrap(
      'btcusdt@kline_1h',
      `{"e":"kline","E":${T0},"s":"BTCUSDT","k":{"t":1723158000000,"T":1723161599999,"s":"BTCUSDT","i":"1h","f":-1,"L":-1,"o":"61800.00","c":"61800.00","h":"61800.00","l":"61800.00","v":"0","n":0,"x":true,"q":"0","V":"0","Q":"0","B":"0"}}`,
    ),
    wrap(
      'btcusdt@markPrice@1s',
      `{"e":"markPriceUpdate","E":${T0},"s":"BTCUSDT","p":"61800.12345678","i":"61810.5","P":"61700","r":"-0.00010000","T":1723190400000}`,
    ),
    `{"e":"markPriceUpdate","E":${T0},"s":"BTCUSDT_260925","p":"61800.005","i":"61810.5","P":"61700","r":"","T":0}`,
  ],
};
const FLAVOURS = ['spot', 'usdm'] as const;

/** Changes that a hostile or broken sender makes to a message's tokens. */
const TOKEN_SWAPS: readonly (readonly [RegExp, string])[] = [
  [/"(\d+\.\d+)"/g, '$1'],
  [/"(\d+\.\d+)"/g, '"-$1"'],
  [/"(\d+\.\d+)"/g, '"$15"'],
  [/"(\d+\.\d+)"/g, '"$1e1"'],
  [/"(\d+\.\d+)"/g, '"0"'],
  [/"(\d+\.\d+)"/g, '""'],
  [/"(\d+)\.(\d+)"/g, '"$1."'],
  [/"(\d+)\.(\d+)"/g, '".$2"'],
  [/"(\d+)\.(\d+)"/g, '"00$1.$2"'],
  [/"(\d+)\.(\d+)"/g, '"$1.$2123456789"'],
  [/"(\d+)\.(\d+)"/g, '"9007199254740993.$2"'],
  [/"(\d+)\.(\d+)"/g, '"90071992547409.91"'],
  [/"(\d+)\.(\d+)"/g, '"0000000000000000000$1.$2"'],
  [/"(\d+)\.(\d+)"/g, '"$1.$20000000000000000000"'],
  [/:(\d+),/g, ':"$1",'],
  [/:(\d+),/g, ':$1.0,'],
  [/:(\d+),/g, ':-$1,'],
  [/:(\d+),/g, ':0$1,'],
  [/:(\d+),/g, ':9007199254740992,'],
  [/:(\d+),/g, ':9007199254740991,'],
  [/:(\d+),/g, ':$1000,'],
  [/:(\d+),/g, ':null,'],
  [/,"(\w+)":("?[\w.]+"?),/g, ','],
  [/,"(\w+)":("?[\w.]+"?),/g, ',"$1":$2,"$1":$2,'],
  [/,"(\w+)":("?[\w.]+"?),/g, ',"x$1":$2,'],
  [/,"(\w+)":("?[\w.]+"?),/g, ',"$1" : $2 ,'],
  [/,"(\w+)":("?[\w.]+"?),"(\w+)":("?[\w.]+"?)/g, ',"$3":$4,"$1":$2'],
  [/(?<="s":")BTCUSDT/g, 'ETHUSDT'],
  [/(?<="s":")BTCUSDT/g, 'GONEUSDT'],
  [/(?<="s":")BTCUSDT/g, 'BTC\\u0055SDT'],
  [/btcusdt@/g, 'ethusdt@'],
  [/btcusdt@/g, 'GONEUSDT@'],
  [/@(\w+)/g, '@$1x'],
  [/@(\w+)/g, '@$1\\'],
  [/@(\w+)/g, '@depth'],
  [/BTCUSDT|btcusdt/g, '__proto__'],
  [/\[\[/g, '[[["1","2"],'],
  [/\],\[/g, ',"3"],['],
  [/\[\["[\d.]+","[\d.]+"\]/g, '[{"0":"1","1":"2"}'],
  [/\}$/g, '} '],
  [/\}$/g, '}}'],
  [/\}$/g, ''],
  [/^\{/g, ' {'],
  [/^\{/g, '[{'],
  [/true|false/g, '"true"'],
  [/true|false/g, '1'],
  [/MARKET/g, 'ADL'],
  [/"(depthUpdate|trade|aggTrade|kline|bookTicker)"/g, '"trade"'],
  [/"(depthUpdate|trade|aggTrade|kline|bookTicker)"/g, '"constructor"'],
  [/"(depthUpdate|trade|aggTrade|kline|bookTicker)"/g, '5'],
];

/** Replace the `n`th match only. */
function swapToken(text: string, pattern: RegExp, replacement: string, n: number): string {
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return text;
  const match = matches[n % matches.length];
  const changed = match[0].replace(new RegExp(pattern.source, pattern.flags.replace('g', '')), replacement);
  return text.slice(0, match.index) + changed + text.slice(match.index + match[0].length);
}

function captureMessages(file: string): string[] {
  const lines = gunzipSync(readFileSync(join(CAPTURES, file)))
    .toString('utf8')
    .split('\n');
  return lines.filter((line) => line.includes('"dir":"in"')).map((line) => (JSON.parse(line) as { m: string }).m);
}
const flavourOf = (file: string): BinanceFlavour => (file.includes('usdm') ? 'usdm' : 'spot');
const captureFiles = existsSync(CAPTURES) ? readdirSync(CAPTURES).filter((f) => /^binance-.*\.jsonl\.gz$/.test(f)) : [];

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

describe('[F52] fast and strict decoding agree', () => {
  for (const flavour of FLAVOURS) {
    it(`on a sample of every ${flavour} message`, () => {
      const pair = new Pair(flavour);
      expect(SAMPLES[flavour].map((text) => pair.expectEqual(text))).toMatchSnapshot();
    });

    it(`on the samples with each kind of damage to one of their tokens (${flavour})`, () => {
      for (const text of [...SAMPLES.spot, ...SAMPLES.usdm]) {
        for (const [pattern, replacement] of TOKEN_SWAPS) {
          for (let n = 0; n < 12; n++) new Pair(flavour).expectEqual(swapToken(text, pattern, replacement, n));
        }
      }
    });

    it(`on the samples with any one or two characters changed (${flavour})`, () => {
      const random = seeded(11);
      const pair = new Pair(flavour);
      const samples = SAMPLES[flavour];
      for (let i = 0; i < 30_000; i++) {
        let text = mutateBytes(samples[i % samples.length], random);
        if (random() < 0.3 && text.length > 0) text = mutateBytes(text, random);
        pair.expectEqual(text);
      }
    });

    it(`on generated messages (${flavour})`, () => {
      const decimal = fc.oneof(
        fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 17n }), fc.integer({ min: 0, max: 10 })).map(([n, d]) => {
          const digits = n.toString().padStart(d + 1, '0');
          return d === 0 ? digits : `${digits.slice(0, -d)}.${digits.slice(-d)}`;
        }),
        fc.constantFrom('0', '0.00000000', '1', '61602.01000000', '1E2', '1e-08', '00.10', 'NaN', '', ' 1'),
      );
      const id = fc.oneof(fc.integer({ min: 0, max: 1e9 }), fc.maxSafeInteger());
      const time = fc.oneof(fc.constant(T0), fc.integer({ min: 1, max: 2_000_000_000 }), fc.constantFrom(0, 1e15));
      const symbol = fc.constantFrom('BTCUSDT', 'ETHUSDT', 'GONEUSDT', 'BTCUSDT_260925', '1000SHIBUSDT', '币USDT');
      const levels = fc.array(fc.tuple(decimal, decimal), { maxLength: 8 });
      const fields = {
        depthUpdate: { E: time, T: time, U: id, u: id, pu: id, b: levels, a: levels },
        trade: {
          E: time,
          T: time,
          t: id,
          p: decimal,
          q: decimal,
          X: fc.constant('MARKET'),
          m: fc.boolean(),
          M: fc.boolean(),
        },
        aggTrade: { E: time, a: id, p: decimal, q: decimal, f: id, l: id, T: time, m: fc.boolean() },
        bookTicker: { u: id, b: decimal, B: decimal, a: decimal, A: decimal, T: time, E: time },
      };
      const message = fc.constantFrom(...(Object.keys(fields) as (keyof typeof fields)[])).chain((kind) =>
        fc
          .tuple(
            fc.record({ s: symbol, ...(fields[kind] as Record<string, fc.Arbitrary<unknown>>) }),
            fc.boolean(),
            fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
            fc.integer({ min: 0, max: 9 }),
          )
          .map(([record, isWrapped, order, drop]) => {
            const keys = Object.entries(record);
            if (drop < 2) keys.sort(() => order.next().value - 0.5);
            if (drop === 2) keys.splice(Math.floor(order.next().value * keys.length), 1);
            const body = JSON.stringify(Object.fromEntries([['e', kind], ...keys]));
            const channel = kind === 'depthUpdate' ? 'depth@100ms' : kind;
            return isWrapped ? wrap(`${record.s.toLowerCase()}@${channel}`, body) : body;
          }),
      );
      const pair = new Pair(flavour);
      fc.assert(
        fc.property(message, (text) => void pair.expectEqual(text)),
        { numRuns: 6_000, seed: 5 },
      );
    });
  }

  it('when the sink refuses to go finer', () => {
    const pair = new Pair('spot');
    for (const sink of [pair.fastSink, pair.strictSink]) sink.finest = 4;
    const [depth] = SAMPLES.spot;
    expect(pair.expectEqual(depth.replace('61730.17000000', '61730.17000001'))).toEqual([
      ['refine', 'BTCUSDT', 8, 3],
      ['rejected', 'finer than the grid can go', 'BTCUSDT', true],
    ]);
  });

  it.skipIf(captureFiles.length === 0)(
    'on every message of the recorded Binance captures',
    () => {
      for (const file of captureFiles) {
        const pair = new Pair(flavourOf(file));
        for (const text of captureMessages(file)) {
          const calls = pair.expectEqual(text);
          if (calls.some((call) => (call as unknown[])[0] === 'rejected')) throw new Error(`refused: ${text}`);
        }
      }
    },
    120_000,
  );

  it.skipIf(captureFiles.length === 0)(
    'on recorded messages with characters and tokens changed',
    () => {
      const random = seeded(23);
      for (const file of captureFiles) {
        const pair = new Pair(flavourOf(file));
        const messages = captureMessages(file);
        for (let i = 0; i < 15_000; i++) {
          const text = messages[Math.floor(random() * messages.length)];
          const [pattern, replacement] = TOKEN_SWAPS[Math.floor(random() * TOKEN_SWAPS.length)];
          const isToken = random() < 0.5;
          pair.expectEqual(isToken ? swapToken(text, pattern, replacement, i) : mutateBytes(text, random));
        }
      }
    },
    120_000,
  );
});

describe('the scanner', () => {
  const sink = new LogSink();

  it('takes every recorded kind without asking the strict decoder', () => {
    const taken = FLAVOURS.map(
      (flavour) => SAMPLES[flavour].filter((text) => new BinanceScanner(flavour).scan(text, sink)).length,
    );
    expect(taken).toEqual([7, 4]);
  });

  it('does not let a longer message before it complete a shorter one', () => {
    const decoder = new BinanceDecoder('spot');
    const log = new LogSink();
    const [depth] = SAMPLES.spot;
    decoder.decode(depth, log);
    decoder.decode(depth.slice(0, -40), log);
    expect(log.calls.map((call) => (call as unknown[])[0])).toEqual(['diff', 'rejected']);
  });

  it('reads a diff of a hundred kilobytes like a short one', () => {
    const level = '["61737.63000000","0.12300000"]';
    const body = SAMPLES.spot[0].replace('"a":[', `"a":[${`${level},`.repeat(4_000)}`);
    const calls = new Pair('spot').expectEqual(body);
    expect((calls[0] as unknown[][])[7]).toHaveLength(4_001);
    expect(new BinanceScanner('spot').scan(body, sink)).toBe(true);
  });
});

describe('reading a kept best price', () => {
  const grid = { priceDecimals: 2, lotDecimals: 3, epoch: 0 };
  const text = (b: string, B: string): string =>
    `{"u":1,"s":"BTCUSDT","b":"${b}","B":"${B}","a":"61837.64","A":"1.546"}`;

  it('gives ticks and lots', () => {
    expect(readBookTicker(text('61837.63', '3.7880'), grid)).toEqual({
      bidTicks: 6_183_763,
      bidLots: 3_788,
      askTicks: 6_183_764,
      askLots: 1_546,
    });
  });
  it('gives a figure that equals nothing for a price finer than the grid', () => {
    expect(readBookTicker(text('61837.631', '3'), grid)?.bidTicks).toBeNaN();
  });
  it('gives zeros for an empty side and null for half an empty one', () => {
    expect(readBookTicker(text('0.00', '0.000'), grid)).toMatchObject({ bidTicks: 0, bidLots: 0 });
    expect(readBookTicker(text('61837.63', '0'), grid)).toBe(null);
  });
  it('marks a wide size and refuses anything malformed', () => {
    expect(readBookTicker(text('61837.63', '99999999999999.5'), grid)?.bidLots).toBe(-1);
    expect(readBookTicker(text('61837.63', '-1'), grid)).toBe(null);
    expect(readBookTicker(text('61837.63', '1').slice(0, -1), grid)).toBe(null);
    expect(readBookTicker('null', grid)).toBe(null);
  });
});

describe('[F47] [F48] [F49] hostile messages', () => {
  afterAll(() => expect(Object.getOwnPropertyNames(Object.prototype)).toContain('hasOwnProperty'));

  it('are refused with the symbol whose diff was lost when it can be made out', () => {
    const [depth] = SAMPLES.spot;
    const refusals = [
      depth.slice(0, 150),
      depth.replace('"U":50093239189', '"U":99999999999'),
      depth.replace('[["61737.63000000"', '[["0.00"'),
      'x'.repeat(2_000_000),
      '['.repeat(1_000_000),
      '{"__proto__":{"e":"depthUpdate"}}',
      '"text"',
      '',
    ].map((text) => new Pair('spot').expectEqual(text)[0]);
    expect(refusals).toMatchSnapshot();
  });
});

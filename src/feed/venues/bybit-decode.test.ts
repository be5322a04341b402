import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf } from '../testing/book-keeper.ts';
import { CallLog } from '../testing/call-log.ts';
import { COMMON_SWAPS, changeCharacter, seeded, swapToken, type TokenSwap } from '../testing/message-damage.ts';
import { BybitDecoder } from './bybit-decode.ts';
import { BybitScanner } from './bybit-scan.ts';
import type { BybitCategory } from './bybit-shape.ts';
import { decodeStrict } from './bybit-strict.ts';
import { makeScratch } from './decode-scratch.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';
const CATEGORIES = ['spot', 'linear'] as const;
const fixtureOf = (category: BybitCategory): string => join(CAPTURES, 'fixtures', `bybit-v5-${category}.jsonl`);
const fixturesOf = (category: BybitCategory): string[] =>
  existsSync(fixtureOf(category)) ? linesOf(readFileSync(fixtureOf(category), 'utf8')).map((line) => line.m) : [];
const hasFixtures = CATEGORIES.every((category) => existsSync(fixtureOf(category)));

const log = (): CallLog => {
  const made = new CallLog();
  made.unwanted.add('GONEUSDT');
  return made;
};

/** One decoder of each kind for a whole run: what an earlier message left behind must not show. */
class Pair {
  readonly fastLog = log();
  readonly strictLog = log();
  private readonly fast: BybitDecoder;

  constructor(
    readonly category: BybitCategory,
    private readonly memory = { category, scratch: makeScratch(), days: new Map() },
  ) {
    this.fast = new BybitDecoder(category);
  }

  /** Feed both; returns what the strict one said. */
  expectEqual(text: string): unknown[][] {
    this.fast.decode(text, this.fastLog);
    decodeStrict(text, this.strictLog, this.memory);
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

/** What one decoder says to messages one after the other. */
function said(category: BybitCategory, ...texts: string[]): unknown[][] {
  const made = log();
  const decoder = new BybitDecoder(category);
  for (const text of texts) decoder.decode(text, made);
  return made.take();
}

const T0 = 1680652808065;
const book = (depth: number, type: string, b: string, a: string, u: number): string =>
  `{"topic":"orderbook.${depth}.BTCUSDT","type":"${type}","ts":${T0},"data":{"s":"BTCUSDT","b":[${b}],"a":[${a}],"u":${u},"seq":4281282229},"cts":${T0 - 3}}`;
const UUID = '4c7b6bdc-b4a3-5716-9c7b-bbe01dc7072f';
const linearTrade = `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":${T0},"data":[{"T":${T0 - 2},"s":"BTCUSDT","S":"Buy","v":"0.4","p":"94.53","L":"ZeroMinusTick","i":"${UUID}","BT":false,"RPI":true,"seq":1}]}`;
const spotPrint = (id: string, more = ''): string =>
  `{"i":"${id}","T":${T0 - 2},"p":"28165.38","v":"0.041","S":"Sell","s":"BTCUSDT","BT":false${more}}`;
const spotTrades = (...prints: string[]): string =>
  `{"topic":"publicTrade.BTCUSDT","ts":${T0},"type":"snapshot","data":[${prints.join(',')}]}`;
const ticker = (type: string, data: string): string =>
  `{"topic":"tickers.BTCUSDT","type":"${type}","data":{"symbol":"BTCUSDT",${data}},"cs":176530003895,"ts":${T0}}`;
const FULL =
  '"price24hPcnt":"-0.009772","lastPrice":"61874.00","prevPrice24h":"62484.60","highPrice24h":"62752.90","lowPrice24h":"61000.10","markPrice":"61875.255","turnover24h":"6073739017.8331","volume24h":"98430.10550","nextFundingTime":"1715760000000","fundingRate":"-0.00008055","bid1Price":"61873.90","bid1Size":"3.783","ask1Price":"61874.00","ask1Size":"16.278"';
const BAR =
  '{"start":1672324800000,"end":1672325099999,"interval":"5","open":"16649.5","close":"16677","high":"16677","low":"16608","volume":"2.081","turnover":"34666.4005","confirm":false,"timestamp":1672324988882}';
const kline = (bar: string, topic = 'kline.5.BTCUSDT'): string =>
  `{"topic":"${topic}","data":[${bar}],"ts":1672324988882,"type":"snapshot"}`;

const SAMPLES: readonly string[] = [
  book(200, 'snapshot', '["28162.57","0.075"],["28162.00","1.250"]', '["28162.58","0.506"]', 59438060),
  book(200, 'delta', '["28161.04","0.177"],["28145.71","0"]', '["28184.33","0"]', 59438061),
  book(200, 'delta', '', '', 59438062),
  book(200, 'delta', '["28161.04","0.177"]', '', 1),
  `{"topic":"orderbook.50.BTCUSDT","ts":${T0},"type":"snapshot","data":{"s":"BTCUSDT","b":[],"a":[],"u":7,"seq":4}}`,
  book(1, 'snapshot', '["28162.57","0.075"]', '["28162.58","0.506"]', 20404754),
  book(1, 'snapshot', '', '["28162.58","0.506"]', 20404754),
  book(1, 'delta', '["28162.57","0.012"]', '', 20404755),
  book(200, 'delta', '', '', 5).replaceAll('BTCUSDT', 'GONEUSDT'),
  linearTrade,
  spotTrades(spotPrint('2290000000050703789'), spotPrint('2290000000050703790', ',"RPI":false,"seq":5')),
  spotTrades(spotPrint('12345')),
  spotTrades(spotPrint('2290000000050703791').replace('"BT":false', '"BT":true'), spotPrint('2290000000050703792')),
  ticker('snapshot', FULL),
  ticker('delta', '"markPrice":"61875.06","indexPrice":"61903.59"'),
  kline(BAR),
  '{"success":true,"ret_msg":"","conn_id":"c","req_id":"7","op":"subscribe"}',
  '{"success":false,"ret_msg":"error:handler not found,topic:orderbook.200.NOPE","conn_id":"c","req_id":"8","op":"subscribe"}',
  '{"success":true,"ret_msg":"pong","conn_id":"c","req_id":"p1","op":"ping"}',
];

const SWAPS: readonly TokenSwap[] = [
  ...COMMON_SWAPS,
  [/BTCUSDT/g, 'GONEUSDT'],
  [/BTCUSDT/g, 'ETHUSDT'],
  [/BTCUSDT/g, 'BTC-USDT'],
  [/BTCUSDT/g, ''],
  [/BTCUSDT/g, 'BTC\\u0055SDT'],
  [/BTCUSDT/g, '__proto__'],
  [/BTCUSDT/g, 'B'.repeat(65)],
  [/BTCUSDT/g, '币USDT'],
  [/"(orderbook\.\d+|publicTrade|tickers|kline\.5)/g, '"orderbook.200'],
  [/"(orderbook\.\d+|publicTrade|tickers|kline\.5)/g, '"orderbook.1'],
  [/"(orderbook\.\d+|publicTrade|tickers|kline\.5)/g, '"orderbook.0'],
  [/"(orderbook\.\d+|publicTrade|tickers|kline\.5)/g, '"orderbook.01'],
  [/"(orderbook\.\d+|publicTrade|tickers|kline\.5)/g, '"orderbook.12345'],
  [/"(orderbook\.\d+|publicTrade|tickers|kline\.5)/g, '"publicTrade'],
  [/"(orderbook\.\d+|publicTrade|tickers|kline\.5)/g, '"constructor'],
  [/"(snapshot|delta)"/g, '"snapshot"'],
  [/"(snapshot|delta)"/g, '"delta"'],
  [/"(snapshot|delta)"/g, '"other"'],
  [/"(Buy|Sell)"/g, '"Sell"'],
  [/"(Buy|Sell)"/g, '"buy"'],
  [/"i":"[^"]+"/g, '"i":"x"'],
  [/"i":"[^"]+"/g, '"i":"000000000000000000001"'],
  [/"i":"[^"]+"/g, `"i":"${'9'.repeat(64)}"`],
  [/"i":"[^"]+"/g, `"i":"${'9'.repeat(65)}"`],
  [/"u":\d+/g, '"u":1'],
  [/\]\}$/g, ',{}]}'],
];

describe('fast and strict decoding agree', () => {
  for (const category of CATEGORIES) {
    const samples = SAMPLES.filter((text) => category === 'linear' || text !== linearTrade);

    it(`on a sample of every message (${category})`, () => {
      const pair = new Pair(category);
      const kinds = samples.flatMap((text) => pair.expectEqual(text).map(([kind]) => kind));
      const trades = category === 'linear' ? 'trade trade trade trade' : 'trade trade trade';
      expect(kinds.join(' ')).toBe(
        `book diff diff book book statement statement ignored ignored ${trades} excluded trade ticker ticker candle ` +
          'control control control',
      );
    });

    it(`on the samples with each kind of damage to one of their tokens (${category})`, () => {
      for (const text of samples)
        for (const swap of SWAPS) for (let n = 0; n < 8; n++) new Pair(category).expectEqual(swapToken(text, swap, n));
    });

    it(`on the samples with any one or two characters changed (${category})`, () => {
      const random = seeded(11);
      const pair = new Pair(category);
      for (let i = 0; i < 12_000; i++) {
        let text = changeCharacter(samples[i % samples.length], random);
        if (random() < 0.3 && text.length > 0) text = changeCharacter(text, random);
        pair.expectEqual(text);
      }
    });

    it(`on generated books and trades (${category})`, () => {
      const decimal = fc.oneof(
        fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 17n }), fc.integer({ min: 0, max: 10 })).map(([n, d]) => {
          const digits = n.toString().padStart(d + 1, '0');
          return d === 0 ? digits : `${digits.slice(0, -d)}.${digits.slice(-d)}`;
        }),
        fc.constantFrom('0', '0.00', '1', '61602.01', '1E2', '1e-08', '00.10', 'NaN', '', ' 1'),
      );
      const levels = fc.array(fc.tuple(decimal, decimal), { maxLength: 6 });
      const time = fc.constantFrom(T0, T0, 0, 1e15);
      const id = fc.oneof(fc.integer({ min: -1, max: 3 }), fc.maxSafeInteger());
      const symbol = fc.constantFrom('BTCUSDT', 'BTCUSDT', 'BTC-USDT', 'ETHUSDT', 'GONEUSDT');
      const body = fc.record({ s: symbol, b: levels, a: levels, u: id, seq: id }, { requiredKeys: ['s', 'b', 'a'] });
      const print = fc.record(
        {
          T: time,
          s: symbol,
          S: fc.constantFrom('Buy', 'Sell'),
          v: decimal,
          p: decimal,
          i: fc.oneof(fc.constantFrom('0', '007', 'x', UUID), fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String)),
          L: fc.constantFrom('PlusTick', ''),
          BT: fc.boolean(),
          RPI: fc.boolean(),
          seq: id,
        },
        { requiredKeys: ['T', 's', 'S', 'v', 'p', 'i'] },
      );
      const type = fc.constantFrom('snapshot', 'delta');
      const message = fc
        .tuple(
          fc.oneof(
            fc.tuple(fc.constantFrom('orderbook.200.BTCUSDT', 'orderbook.1.BTCUSDT'), body),
            fc.tuple(fc.constant('publicTrade.BTCUSDT'), fc.array(print, { maxLength: 3 })),
          ),
          type,
          time,
          fc.integer({ min: 0, max: 5 }),
        )
        .map(([[topic, data], kind, ts, order]) => {
          if (order === 0) return { topic, data, ts, type: kind };
          return order < 3 ? { topic, ts, type: kind, data } : { topic, type: kind, ts, data, cts: ts };
        });
      const pair = new Pair(category);
      fc.assert(
        fc.property(message, (one) => void pair.expectEqual(JSON.stringify(one))),
        { numRuns: 2_500, seed: 5 },
      );
    });

    it.skipIf(!hasFixtures)(`on every stored message (${category})`, () => {
      const pair = new Pair(category);
      const calls = fixturesOf(category).flatMap((text) => pair.expectEqual(text).map(([kind]) => kind));
      expect(calls).not.toContain('rejected');
    });
  }

  it('when the sink refuses to go finer', () => {
    const pair = new Pair('spot');
    for (const sink of [pair.fastLog, pair.strictLog]) sink.finest = 3;
    expect(pair.expectEqual(book(200, 'delta', '["1.2345","1"]', '', 5))).toEqual([
      ['refine', 'BTCUSDT', 4, 3],
      ['rejected', 'finer than the grid can go', 'BTCUSDT', true],
    ]);
  });
});

describe('the scanner', () => {
  it('takes every book and trade without asking the strict decoder', () => {
    const sink = log();
    const taken = (category: BybitCategory): number =>
      SAMPLES.filter((text) => new BybitScanner(category).scan(text, sink)).length;
    expect([taken('spot'), taken('linear')]).toEqual([9, 10]);
  });

  it('does not let a longer message before it complete a shorter one', () => {
    const [snapshot] = SAMPLES;
    expect(said('spot', snapshot, snapshot.slice(0, -40)).map(([kind]) => kind)).toEqual(['book', 'rejected']);
  });

  it('keeps names of trades that hold no message', () => {
    const names = said('linear', linearTrade, linearTrade).map(([, , trade]) => (trade as { idText: string }).idText);
    expect(names).toEqual([UUID, UUID]);
  });
});

describe.skipIf(!hasFixtures)('the stored pairs of a snapshot and its first change', () => {
  it.each(CATEGORIES)('go on by one (%s)', (category) => {
    const ids = fixturesOf(category)
      .flatMap((text) => said(category, text.replace('orderbook.1.', 'orderbook.50.')))
      .filter(([kind]) => kind === 'book' || kind === 'diff')
      .map(([kind, , one]) => [
        kind,
        (one as { sequence?: number; last?: number }).sequence ?? (one as { last: number }).last,
      ]);
    expect(ids).toEqual(
      category === 'spot'
        ? [
            ['book', 20404754],
            ['diff', 20404755],
            ['book', 59438060],
            ['diff', 59438061],
          ]
        : [
            ['book', 7003305],
            ['diff', 7003306],
            ['book', 20683568],
            ['diff', 20683569],
            ['diff', 1188472],
          ],
    );
  });

  it('give the trades of spot with consecutive numbers', () => {
    const trades = fixturesOf('spot')
      .flatMap((text) => said('spot', text))
      .filter(([kind]) => kind === 'trade');
    const [first, second, third, fourth] = trades.map(([, , trade]) => (trade as { id: number }).id);
    expect([second, third, fourth]).toEqual([first + 1, first + 2, first + 3]);
    expect(trades[0]).toMatchObject([
      'trade',
      'BTCUSDT',
      { id: 50703789, firstId: 50703789, idText: '2290000000050703789', aggressor: 0, time: 1680652847524 },
    ]);
  });
});

describe('a book message', () => {
  it('of the kind snapshot is a whole book of the depth that its topic names', () => {
    expect(said('spot', SAMPLES[0])).toEqual([
      [
        'book',
        'BTCUSDT',
        {
          sequence: 59438060,
          eventTime: T0,
          checksum: null,
          depth: 200,
          bids: [
            [2816257, 75],
            [2816200, 1250],
          ],
          asks: [[2816258, 506]],
        },
      ],
    ]);
  });

  it('of the kind delta is a diff with one id', () => {
    expect(said('spot', SAMPLES[1])[0]).toMatchObject([
      'diff',
      'BTCUSDT',
      {
        first: 59438061,
        last: 59438061,
        previous: -1,
        checksum: null,
        bids: [
          [2816104, 177],
          [2814571, 0],
        ],
        asks: [[2818433, 0]],
      },
    ]);
  });

  it('with the id 1 is a whole book, whatever it calls itself: the service began anew', () => {
    expect(said('spot', SAMPLES[3])[0]).toMatchObject(['book', 'BTCUSDT', { sequence: 1, depth: 200 }]);
  });

  it('of the best level is a statement on no number of the book, as often as it is repeated', () => {
    const stated = ['statement', 'BTCUSDT', { sequence: -1, time: T0, hasSizes: false, bids: [[2816257, 75]] }];
    expect(said('linear', SAMPLES[5], SAMPLES[5])).toMatchObject([stated, stated]);
  });

  it('of the best level that states changes is passed over: a side it leaves out is not empty', () => {
    expect(said('spot', SAMPLES[7])).toEqual([['ignored', false]]);
  });

  it('of the best level without a size is refused, and the book is not', () => {
    expect(said('spot', SAMPLES[5].replace('"0.506"', '"0"'))).toEqual([
      ['rejected', 'size is zero', 'BTCUSDT', false],
    ]);
  });

  it('goes by the symbol inside it, which the topic may spell with a hyphen', () => {
    const [snapshot] = SAMPLES;
    const [[kind, symbol]] = said('spot', snapshot.replace('200.BTCUSDT', '200.BTC-USDT'));
    expect([kind, symbol]).toEqual(['book', 'BTCUSDT']);
    expect(said('spot', snapshot.replace('200.BTCUSDT', '200.ETHUSDT'))).toEqual([
      ['rejected', 'symbol and topic differ', 'BTCUSDT', true],
    ]);
  });

  it('that needs a finer grid asks for it and is read on that', () => {
    expect(said('spot', book(200, 'delta', '["28161.0401","0.17745"]', '', 5))).toMatchObject([
      ['refine', 'BTCUSDT', 4, 5],
      ['diff', 'BTCUSDT', { bids: [[281610401, 17745]] }],
    ]);
  });

  it('keeps a size of more than 2^53 lots', () => {
    const [[, , diff]] = said('spot', book(200, 'delta', '["1","99999999999999999.5"]', '', 5));
    expect(diff).toMatchObject({ bids: [[100, 99999999999999999500n]] });
  });

  it.each([
    ['no id', SAMPLES[1].replace('"u":59438061,', '')],
    ['a negative size', book(200, 'delta', '["1","-1"]', '', 5)],
    ['a price of zero', book(200, 'delta', '["0","1"]', '', 5)],
    ['a level that is no pair', book(200, 'delta', '["1","1","1"]', '', 5)],
    ['a time that is none', SAMPLES[1].replace(`"ts":${T0}`, '"ts":0')],
    ['neither kind', book(200, 'patch', '', '', 5)],
    ['its end cut off', SAMPLES[1].slice(0, -3)],
  ])('with %s is refused, and the book with it', (_, text) => {
    expect(said('spot', text)).toEqual([['rejected', expect.any(String), 'BTCUSDT', true]]);
  });
});

describe('a trade', () => {
  it('names the taker: Buy is a buyer', () => {
    const sides = ['Buy', 'Sell'].map((side) => said('linear', linearTrade.replace('"Buy"', `"${side}"`))[0][2]);
    expect(sides).toMatchObject([{ aggressor: 1 }, { aggressor: 0 }]);
  });

  it('of the linear category has a name and no number', () => {
    expect(said('linear', linearTrade)[0][2]).toMatchObject({
      id: -1,
      firstId: -1,
      idText: UUID,
      ticks: 9453,
      lots: 400,
      time: T0 - 2,
      eventTime: T0,
      initial: false,
      aggregated: false,
    });
  });

  it('of spot has the number that orders it, and the text where the venue says more', () => {
    const ids = [SAMPLES[10], SAMPLES[11]].flatMap((text) =>
      said('spot', text).map(([, , trade]) => [(trade as { id: number }).id, (trade as { idText: string }).idText]),
    );
    expect(ids).toEqual([
      [50703789, '2290000000050703789'],
      [50703790, '2290000000050703790'],
      [12345, ''],
    ]);
  });

  it('agreed on away from the book is kept out of the tape, its number used up', () => {
    expect(said('spot', SAMPLES[12]).map(([kind, , what]) => [kind, what])).toMatchObject([
      ['excluded', 50703791],
      ['trade', { id: 50703792 }],
    ]);
  });

  it('comes whole with the others of its message, or none of them does', () => {
    expect(said('spot', spotTrades(spotPrint('1'), spotPrint('2').replace('Sell', 'Hold')))).toEqual([
      ['rejected', 'S is neither Buy nor Sell', 'BTCUSDT', false],
    ]);
    expect(said('spot', spotTrades(spotPrint('1'), spotPrint('2').replace('BTCUSDT', 'BTC-USDT')))).toEqual([
      ['rejected', 'trades of two symbols', 'BTCUSDT', false],
    ]);
  });

  it('of spot without a number is refused', () => {
    expect(said('spot', linearTrade)).toEqual([['rejected', 'i is not a number', 'BTCUSDT', false]]);
  });

  it('may come a thousand at a time', () => {
    const prints = Array.from({ length: 1_024 }, (_, i) => spotPrint(String(2290000000050700000n + BigInt(i))));
    expect(new Pair('spot').expectEqual(spotTrades(...prints))).toHaveLength(1_024);
    expect(new BybitScanner('spot').scan(spotTrades(...prints), log())).toBe(true);
  });
});

describe('slow figures', () => {
  it('of a day are read from the first message', () => {
    expect(said('linear', ticker('snapshot', FULL))).toEqual([
      [
        'ticker',
        'BTCUSDT',
        {
          lastTicks: 6_187_400,
          changeTicks: -61060,
          changeBasisPoints: -98,
          highTicks: 6275290,
          lowTicks: 6100010,
          volume: 98430106,
          markTicks: 6187526,
          quoteVolume: '6073739017.8331',
          fundingRate: '-0.00008055',
          nextFundingAt: 1715760000000,
          eventTime: T0,
        },
      ],
    ]);
  });

  it('that changed are stated alone, the change made with what was said before', () => {
    const delta = ticker('delta', '"lastPrice":"62484.70","price24hPcnt":"0.000002"');
    const [, later] = said('linear', ticker('snapshot', FULL), delta);
    expect(later).toEqual([
      'ticker',
      'BTCUSDT',
      { lastTicks: 6_248_470, changeTicks: 10, changeBasisPoints: 0, eventTime: T0 },
    ]);
  });

  it('of a former subscription are forgotten when all is said anew', () => {
    const anew = ticker('snapshot', '"lastPrice":"5","volume24h":"1"');
    expect(said('linear', ticker('snapshot', FULL), anew)[1]).toEqual([
      'ticker',
      'BTCUSDT',
      { lastTicks: 500, volume: 1000, eventTime: T0 },
    ]);
  });

  it('that are not in use are passed over, and empty ones are not stated', () => {
    expect(said('linear', ticker('delta', '"openInterest":"58117.022"'))).toEqual([['ignored', false]]);
    expect(said('linear', ticker('delta', '"fundingRate":"","nextFundingTime":"0","prevPrice24h":""'))).toEqual([
      ['ignored', false],
    ]);
  });

  it.each([
    ['a price that is none', '"highPrice24h":"x"'],
    ['a price as a number', '"highPrice24h":1'],
    ['a change that is none', '"price24hPcnt":"+1"'],
    ['a rate that is none', '"fundingRate":"0,1"'],
  ])('with %s are refused', (_, data) => {
    expect(said('linear', ticker('delta', data))).toEqual([['rejected', expect.any(String), 'BTCUSDT', false]]);
  });

  it('of a bar are closed only when the venue says so', () => {
    const bars = [BAR, BAR.replace('false', 'true')].map((bar) => said('spot', kline(bar))[0]);
    expect(bars).toMatchObject([
      [
        'candle',
        'BTCUSDT',
        { interval: '5m', t: 1672324800000, o: 1664950, c: 1667700, v: 2081, firstId: -1, closed: false },
      ],
      ['candle', 'BTCUSDT', { closed: true }],
    ]);
  });

  it.each([
    ['1', '1m', '1672324800000'],
    ['60', '1h', '1672322400000'],
    ['240', '4h', '1672315200000'],
    ['D', '1d', '1672272000000'],
    ['W', '1w', '1672012800000'],
    ['M', '1M', '1669852800000'],
  ])('of bars are told by their topic: %s is %s', (spelt, interval, start) => {
    const bar = BAR.replace('"interval":"5"', `"interval":"${spelt}"`).replace('1672324800000', start);
    expect(said('spot', kline(bar, `kline.${spelt}.BTCUSDT`))[0]).toMatchObject(['candle', 'BTCUSDT', { interval }]);
  });

  it.each([
    ['an interval of another topic', BAR.replace('"5"', '"1"')],
    ['a high below its close', BAR.replace('"high":"16677"', '"high":"16670"')],
    ['a start between two bars', BAR.replace('1672324800000', '1672324800001')],
    ['no word of its end', BAR.replace('"confirm":false,', '')],
  ])('of a bar with %s are refused', (_, bar) => {
    expect(said('spot', kline(bar))).toEqual([['rejected', expect.any(String), 'BTCUSDT', false]]);
  });
});

describe('an answer of the socket', () => {
  const control = (text: string): unknown => said('spot', text)[0];
  const answer = (success: boolean, message: string, id: string, op = 'subscribe'): string =>
    `{"success":${success},"ret_msg":"${message}","conn_id":"c"${id === '-' ? '' : `,"req_id":"${id}"`},"op":"${op}"}`;

  it('acknowledges a request by its id, whatever its sentence', () => {
    for (const message of ['', 'subscribe'])
      expect(control(answer(true, message, '7'))).toEqual(['control', { kind: 'ack', id: '7' }]);
    expect(control(answer(true, '', '7', 'unsubscribe'))).toEqual(['control', { kind: 'ack', id: '7' }]);
  });

  it('without an id acknowledges nothing', () => {
    for (const id of ['', '-']) expect(control(answer(true, '', id))).toEqual(['ignored', false]);
  });

  it('refuses the whole request: its id says whose streams they were', () => {
    const detail = 'error:handler not found,topic:orderbook.200.NOPE';
    expect(control(answer(false, detail, '8'))).toEqual(['control', { kind: 'refusal', id: '8', detail }]);
    expect(control(answer(false, detail, '-'))).toEqual([
      'control',
      { kind: 'refusal', id: null, names: ['orderbook.200.NOPE'], detail },
    ]);
  });

  it('calls a stream asked for twice a failure, which it is not', () => {
    expect(control(answer(false, 'error:already subscribed,topic:publicTrade.BTCUSDT', '9'))).toEqual([
      'control',
      { kind: 'ack', id: '9', names: ['publicTrade.BTCUSDT'] },
    ]);
  });

  it('to a ping comes in two shapes', () => {
    for (const text of [SAMPLES[18], '{"op":"pong","args":["1672916271846"],"conn_id":"c"}'])
      expect(control(text)).toEqual(['control', { kind: 'heartbeat' }]);
  });

  it('of a kind unknown is counted as unknown', () => {
    expect(control('{"op":"auth","success":true}')).toEqual(['ignored', true]);
    expect(control('{"topic":"allLiquidation.BTCUSDT","data":[]}')).toEqual(['ignored', true]);
    expect(control('{"success":"yes","op":"subscribe"}')).toEqual([
      'rejected',
      'success is not true or false',
      null,
      false,
    ]);
  });
});

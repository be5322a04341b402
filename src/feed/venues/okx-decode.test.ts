import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf } from '../testing/book-keeper.ts';
import { CallLog } from '../testing/call-log.ts';
import { COMMON_SWAPS, changeCharacter, seeded, swapToken, type TokenSwap } from '../testing/message-damage.ts';
import { makeScratch } from './decode-scratch.ts';
import { OkxDecoder } from './okx-decode.ts';
import { OkxScanner } from './okx-scan.ts';
import { decodeStrict } from './okx-strict.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';
const CAPTURE = join(CAPTURES, 'okx-v5-3inst-20220513.jsonl.gz');
const FIXTURE = join(CAPTURES, 'fixtures', 'okx-v5-shapes.jsonl');

const log = (): CallLog => {
  const made = new CallLog();
  made.unwanted.add('GONE-USDT');
  return made;
};

/** One decoder of each kind for a whole run: what an earlier message left behind must not show. */
class Pair {
  readonly fastLog = log();
  readonly strictLog = log();
  private readonly fast = new OkxDecoder();
  private readonly scratch = makeScratch();

  /** Feed both; returns what the strict one said. */
  expectEqual(text: string): unknown[][] {
    this.fast.decode(text, this.fastLog);
    decodeStrict(text, this.strictLog, this.scratch);
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

/** What one decoder says to one message. */
function said(text: string, prepare: (made: CallLog) => void = () => undefined): unknown[][] {
  const made = log();
  prepare(made);
  new OkxDecoder().decode(text, made);
  return made.take();
}

const TS = '1740394561685';
const arg = (channel: string, instId = 'BTC-USDT'): string => `"arg":{"channel":"${channel}","instId":"${instId}"}`;
const sides = (asks: string, bids: string): string => `"asks":[${asks}],"bids":[${bids}]`;
const book = (action: string, asks: string, bids: string, rest: string): string =>
  `{${arg('books')},"action":"${action}","data":[{${sides(asks, bids)},"ts":"${TS}"${rest}}]}`;
const trade = (more: string, id = '130639474'): string =>
  `{${arg('trades')},"data":[{"instId":"BTC-USDT","tradeId":"${id}","px":"42219.9","sz":"0.123","side":"buy","ts":"${TS}"${more}}]}`;
const candle = (channel: string, row: string): string => `{${arg(channel)},"data":[${row}]}`;
const MINUTE = '["1740394560000","42219.9","42230","42210.5","42225","12.5","527000","527000","0"]';

const SAMPLES = [
  book(
    'snapshot',
    '["8476.98","415","0","13"],["8477","7.5","0","2"]',
    '["8476.97","256","0","12"]',
    ',"checksum":-855196043,"prevSeqId":-1,"seqId":123456',
  ),
  book('update', '["8477","0","0","0"]', '', ',"checksum":855196043,"prevSeqId":123456,"seqId":123457'),
  book('update', '', '', ',"checksum":0,"prevSeqId":123457,"seqId":123457'),
  book('update', '', '["8476.97","1.125","0","12"]', ',"checksum":-914047754'),
  book('update', '["8480","1","0","1"]', '', ',"seqId":5,"prevSeqId":123457'),
  book('snapshot', '', '', ''),
  `{${arg('books', 'GONE-USDT')},"action":"update","data":[{"asks":[],"bids":[],"ts":"${TS}"}]}`,
  `{${arg('bbo-tbt')},"data":[{${sides('["8476.98","415","0","13"]', '["8476.97","256","0","12"]')},"ts":"${TS}","seqId":123456}]}`,
  `{${arg('bbo-tbt')},"data":[{${sides('', '["8476.97","256","0","12"]')},"ts":"${TS}","seqId":123456}]}`,
  `{${arg('books5')},"data":[{${sides('["8476.98","415","0","13"]', '["8476.97","256","0","12"]')},"instId":"BTC-USDT","ts":"${TS}","seqId":123456}]}`,
  trade(''),
  trade(',"count":"3","source":"0","seqId":1234'),
  `{${arg('trades')},"data":[${['7', '8'].map((id) => `{"instId":"BTC-USDT","tradeId":"${id}","px":"0.5","sz":"10","side":"sell","ts":"${TS}","count":"1"}`).join(',')}]}`,
  `{${arg('tickers')},"data":[{"instType":"SPOT","instId":"BTC-USDT","last":"110","lastSz":"1","askPx":"111","askSz":"1","bidPx":"109","bidSz":"1","open24h":"100","high24h":"120.5","low24h":"90","volCcy24h":"12345.678","vol24h":"12.34567","sodUtc0":"1","sodUtc8":"1","ts":"${TS}"}]}`,
  candle('candle1m', MINUTE),
  '{"id":"1","event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a4d3ae55"}',
  '{"id":"1","event":"error","code":"60018","msg":"Wrong URL or channel:books,instId:NO-PE doesn\'t exist.","connId":"a"}',
  'pong',
];

const SWAPS: readonly TokenSwap[] = [
  ...COMMON_SWAPS,
  [/BTC-USDT/g, 'GONE-USDT'],
  [/BTC-USDT/g, 'ETH-USDT'],
  [/BTC-USDT/g, ''],
  [/BTC-USDT/g, 'BTC-\\u0055SDT'],
  [/BTC-USDT/g, '__proto__'],
  [/BTC-USDT/g, 'B'.repeat(65)],
  [/BTC-USDT/g, '币-USDT'],
  [/"(books|bbo-tbt|books5|trades|tickers|candle1m)"/g, '"books"'],
  [/"(books|bbo-tbt|books5|trades|tickers|candle1m)"/g, '"bbo-tbt"'],
  [/"(books|bbo-tbt|books5|trades|tickers|candle1m)"/g, '"trades"'],
  [/"(books|bbo-tbt|books5|trades|tickers|candle1m)"/g, '"constructor"'],
  [/"(books|bbo-tbt|books5|trades|tickers|candle1m)"/g, '5'],
  [/"(snapshot|update)"/g, '"snapshot"'],
  [/"(snapshot|update)"/g, '"update"'],
  [/"(snapshot|update)"/g, '"other"'],
  [/"(buy|sell)"/g, '"sell"'],
  [/"(buy|sell)"/g, '"Buy"'],
  [/"0","(\d+)"\]/g, '"$1"]'],
  [/"0","(\d+)"\]/g, '0,$1]'],
  [/"0","(\d+)"\]/g, '"0","x$1"]'],
  [/,"0","(\d+)"\]/g, ']'],
  [/\]\}$/g, ',{}]}'],
];

const captured = existsSync(CAPTURE)
  ? linesOf(gunzipSync(readFileSync(CAPTURE)).toString('utf8'))
      .filter((line) => line.dir === 'in')
      .map((line) => line.m)
  : [];
const fixtures = existsSync(FIXTURE) ? linesOf(readFileSync(FIXTURE, 'utf8')).map((line) => line.m) : [];

describe('fast and strict decoding agree', () => {
  it('on a sample of every message', () => {
    const pair = new Pair();
    const kinds = SAMPLES.map((text) => pair.expectEqual(text).map(([kind]) => kind));
    expect(kinds.flat().join(' ')).toBe(
      'book diff diff diff diff book ignored statement statement book trade trade trade trade ticker candle ' +
        'control control control',
    );
  });

  it('on the samples with each kind of damage to one of their tokens', () => {
    for (const text of SAMPLES)
      for (const swap of SWAPS) for (let n = 0; n < 8; n++) new Pair().expectEqual(swapToken(text, swap, n));
  });

  it('on the samples with any one or two characters changed', () => {
    const random = seeded(11);
    const pair = new Pair();
    for (let i = 0; i < 20_000; i++) {
      let text = changeCharacter(SAMPLES[i % SAMPLES.length], random);
      if (random() < 0.3 && text.length > 0) text = changeCharacter(text, random);
      pair.expectEqual(text);
    }
  });

  it('on generated books and trades', () => {
    const decimal = fc.oneof(
      fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 17n }), fc.integer({ min: 0, max: 10 })).map(([n, d]) => {
        const digits = n.toString().padStart(d + 1, '0');
        return d === 0 ? digits : `${digits.slice(0, -d)}.${digits.slice(-d)}`;
      }),
      fc.constantFrom('0', '0.00', '1', '61602.01', '1E2', '1e-08', '00.10', 'NaN', '', ' 1'),
    );
    const level = fc.tuple(decimal, decimal, fc.constant('0'), fc.constantFrom('0', '13'));
    const levels = fc.array(level, { maxLength: 6 });
    const id = fc.oneof(fc.integer({ min: -1, max: 1e9 }), fc.maxSafeInteger());
    const ts = fc.constantFrom(TS, '0', '17403945616851234', 'x');
    const body = fc.record(
      { asks: levels, bids: levels, ts, checksum: fc.integer(), prevSeqId: id, seqId: id },
      { requiredKeys: ['asks', 'bids', 'ts'] },
    );
    const print = fc.record(
      {
        instId: fc.constantFrom('BTC-USDT', 'ETH-USDT'),
        tradeId: fc.oneof(fc.constantFrom('0', '1', '007', '-1'), fc.maxSafeInteger().map(String)),
        px: decimal,
        sz: decimal,
        side: fc.constantFrom('buy', 'sell', 'hold'),
        ts,
        count: fc.constantFrom('1', '2', '0', '1.0'),
        seqId: id,
      },
      { requiredKeys: ['instId', 'tradeId', 'px', 'sz', 'side', 'ts'] },
    );
    const message = fc.oneof(
      fc.tuple(fc.constantFrom('snapshot', 'update'), body).map(([action, one]) => ({
        arg: { channel: 'books', instId: 'BTC-USDT' },
        action,
        data: [one],
      })),
      body.map((one) => ({ arg: { channel: 'bbo-tbt', instId: 'BTC-USDT' }, data: [one] })),
      fc.array(print, { maxLength: 3 }).map((data) => ({ arg: { channel: 'trades', instId: 'BTC-USDT' }, data })),
    );
    const pair = new Pair();
    fc.assert(
      fc.property(message, (one) => void pair.expectEqual(JSON.stringify(one))),
      { numRuns: 3_000, seed: 5 },
    );
  });

  it.skipIf(captured.length === 0)('on every recorded message and fixture, whole or with a token changed', () => {
    const pair = new Pair();
    for (const text of [...captured, ...fixtures]) pair.expectEqual(text);
    const random = seeded(23);
    for (let i = 0; i < 4_000; i++) {
      const text = captured[Math.floor(random() * captured.length)];
      const swap = SWAPS[Math.floor(random() * SWAPS.length)];
      pair.expectEqual(random() < 0.5 ? swapToken(text, swap, i) : changeCharacter(text, random));
    }
  });

  it('when the sink refuses to go finer', () => {
    const pair = new Pair();
    for (const sink of [pair.fastLog, pair.strictLog]) sink.finest = 3;
    const text = book('update', '["8476.9801","1","0","1"]', '', '');
    expect(pair.expectEqual(text)).toEqual([
      ['refine', 'BTC-USDT', 4, 3],
      ['rejected', 'finer than the grid can go', 'BTC-USDT', true],
    ]);
  });
});

describe('the scanner', () => {
  it('takes every book, best price and trade without asking the strict decoder', () => {
    const sink = log();
    const taken = SAMPLES.filter((text) => new OkxScanner().scan(text, sink));
    expect(taken).toHaveLength(11);
  });

  it.skipIf(captured.length === 0)('takes every recorded book and trade', () => {
    const sink = new CallLog({ priceDecimals: 4, lotDecimals: 8, epoch: 0 });
    const wanted = captured.filter((text) => /"channel":"(books|trades)".*"data"/.test(text));
    expect(wanted).toHaveLength(364);
    expect(wanted.filter((text) => !new OkxScanner().scan(text, sink))).toEqual([]);
  });

  it('does not let a longer message before it complete a shorter one', () => {
    const decoder = new OkxDecoder();
    const calls = log();
    decoder.decode(SAMPLES[0], calls);
    decoder.decode(SAMPLES[0].slice(0, -30), calls);
    expect(calls.take().map(([kind]) => kind)).toEqual(['book', 'rejected']);
  });
});

describe('a book message', () => {
  it('of the kind snapshot is a whole book of 400 levels, each with the text of its checksum', () => {
    expect(said(SAMPLES[0])).toEqual([
      [
        'book',
        'BTC-USDT',
        {
          sequence: 123456,
          eventTime: Number(TS),
          checksum: -855196043,
          depth: 400,
          asks: [
            [847698, 415000, '8476.98:415'],
            [847700, 7500, '8477:7.5'],
          ],
          bids: [[847697, 256000, '8476.97:256']],
        },
      ],
    ]);
  });

  it('of the kind update is a diff that names the one before, removals with their text too', () => {
    expect(said(SAMPLES[1])[0]).toMatchObject([
      'diff',
      'BTC-USDT',
      { first: 123457, last: 123457, previous: 123456, checksum: 855196043, asks: [[847700, 0, '8477:0']], bids: [] },
    ]);
  });

  it('without levels keeps the book alive: the id of the one before is its own', () => {
    expect(said(SAMPLES[2])[0]).toMatchObject(['diff', 'BTC-USDT', { last: 123457, previous: 123457, bids: [] }]);
  });

  it('has no checksum where none or a zero stands', () => {
    for (const rest of [',"checksum":0,"prevSeqId":1,"seqId":2', ',"prevSeqId":1,"seqId":2'])
      expect(said(book('update', '', '', rest))[0]).toMatchObject(['diff', 'BTC-USDT', { checksum: null }]);
  });

  it('has no ids where the wire has none', () => {
    expect(said(SAMPLES[3])[0]).toMatchObject([
      'diff',
      'BTC-USDT',
      { first: -1, last: -1, previous: -1, checksum: -914047754 },
    ]);
  });

  it('keeps a size of more than 2^53 lots', () => {
    const wide = book('update', '["1","99999999999999999.5","0","1"]', '', '');
    expect(said(wide)[0]).toMatchObject([
      'diff',
      'BTC-USDT',
      { asks: [[100, 99999999999999999500n, expect.any(String)]] },
    ]);
  });

  it('that needs a finer grid asks for it and is read on that', () => {
    expect(said(book('update', '["8476.9801","1.00001","0","1"]', '', ''))).toMatchObject([
      ['refine', 'BTC-USDT', 4, 5],
      ['diff', 'BTC-USDT', { asks: [[84769801, 100001, '8476.9801:1.00001']] }],
    ]);
  });

  it.each([
    ['half its ids', book('update', '', '', ',"seqId":2')],
    ['a level of price zero', book('update', '["0","1","0","1"]', '', '')],
    ['a negative size', book('update', '["1","-1","0","1"]', '', '')],
    ['a level that is no list', book('update', '5', '', '')],
    ['a time in seconds as a number', book('update', '', '', '').replace(`"${TS}"`, '1740394561')],
    ['a checksum as text', book('update', '', '', ',"checksum":"12"')],
    ['an action of no kind', book('patch', '', '', '')],
    ['two books', book('update', '', '', '').replace(']}', ',{}]}')],
    ['its end cut off', book('update', '', '', '').slice(0, -3)],
  ])('with %s is refused, and the book with it', (_, text) => {
    expect(said(text)).toEqual([['rejected', expect.any(String), 'BTC-USDT', true]]);
  });

  it('of five levels stands for itself', () => {
    expect(said(SAMPLES[9])[0]).toMatchObject(['book', 'BTC-USDT', { sequence: -1, depth: 5, checksum: null }]);
  });
});

describe('a best price', () => {
  it('is a statement of prices, on no number of the book', () => {
    expect(said(SAMPLES[7])[0]).toMatchObject([
      'statement',
      'BTC-USDT',
      { sequence: -1, hasSizes: false, time: Number(TS), asks: [[847698, 415000]], bids: [[847697, 256000]] },
    ]);
  });

  it('says that a side is empty when it is', () => {
    expect(said(SAMPLES[8])[0]).toMatchObject(['statement', 'BTC-USDT', { asks: [], bids: [[847697, 256000]] }]);
  });

  it('without a size is refused, and the book is not', () => {
    expect(said(SAMPLES[7].replace('"415"', '"0"'))).toEqual([['rejected', 'size is zero', 'BTC-USDT', false]]);
  });
});

describe('a trade', () => {
  it('names the taker: buy is a buyer', () => {
    const aggressors = ['buy', 'sell'].map((side) => said(SAMPLES[10].replace('"buy"', `"${side}"`))[0][2]);
    expect(aggressors).toMatchObject([{ aggressor: 1 }, { aggressor: 0 }]);
  });

  it('of several fills has the ids of all of them', () => {
    expect(said(SAMPLES[11])[0]).toMatchObject([
      'trade',
      'BTC-USDT',
      {
        id: 130639474,
        firstId: 130639472,
        ticks: 4221990,
        lots: 123,
        time: Number(TS),
        aggregated: false,
        initial: false,
      },
    ]);
  });

  it('comes whole with the others of its message, or none of them does', () => {
    const [both, one] = [SAMPLES[12], SAMPLES[12].replace('"sell","ts":"1740394561685","count":"1"}]', '"hold"}]')];
    expect(said(both).map(([kind]) => kind)).toEqual(['trade', 'trade']);
    expect(said(one)).toEqual([['rejected', expect.any(String), 'BTC-USDT', false]]);
  });

  it.each([
    ['more fills than ids', trade(',"count":"9"', '8')],
    ['no fills', trade(',"count":"0"')],
    ['an id that is no number', trade('', 'a1')],
    ['an id beyond the safe integers', trade('', '9007199254740993')],
    ['a price of zero', trade('').replace('42219.9', '0')],
    ['another instrument', trade('').replace('[{"instId":"BTC-USDT"', '[{"instId":"ETH-USDT"')],
  ])('with %s is refused', (_, text) => {
    expect(said(text)).toEqual([['rejected', expect.any(String), 'BTC-USDT', false]]);
  });
});

describe('slow figures', () => {
  it('of a day give its change and round its volume', () => {
    expect(said(SAMPLES[13])).toEqual([
      [
        'ticker',
        'BTC-USDT',
        {
          lastTicks: 11_000,
          changeTicks: 1000,
          changeBasisPoints: 1000,
          highTicks: 12050,
          lowTicks: 9000,
          volume: 12346,
          quoteVolume: '12345.678',
          eventTime: Number(TS),
        },
      ],
    ]);
  });

  it('of contracts have no quote volume, and of a new listing no change', () => {
    const text = SAMPLES[13].replace('"SPOT"', '"SWAP"').replace('"open24h":"100"', '"open24h":""');
    const [[, , figures]] = said(text);
    expect(Object.keys(figures as object)).toEqual(['lastTicks', 'highTicks', 'lowTicks', 'volume', 'eventTime']);
  });

  it('of a bar are closed only when the venue says so', () => {
    const bars = [MINUTE, MINUTE.replace('"0"]', '"1"]')].map((row) => said(candle('candle1m', row))[0]);
    expect(bars).toMatchObject([
      [
        'candle',
        'BTC-USDT',
        { interval: '1m', t: 1740394560000, o: 4221990, v: 12500, n: 0, firstId: -1, closed: false },
      ],
      ['candle', 'BTC-USDT', { closed: true }],
    ]);
  });

  it('of days are read in UTC, and those of Hong Kong are not ours', () => {
    const day = MINUTE.replace('1740394560000', '1740355200000');
    expect(said(candle('candle1Dutc', day))[0]).toMatchObject(['candle', 'BTC-USDT', { interval: '1d' }]);
    expect(said(candle('candle1D', day))).toEqual([['ignored', true]]);
    expect(said(candle('candle1Dutc', MINUTE))).toEqual([['rejected', 'impossible candle', 'BTC-USDT', false]]);
  });

  it.each([
    ['a high below its close', MINUTE.replace('"42230"', '"42220"')],
    ['eight columns', MINUTE.replace(',"0"]', ']')],
    ['neither running nor finished', MINUTE.replace('"0"]', '"2"]')],
    ['bare numbers', MINUTE.replace('"42230"', '42230')],
  ])('of a bar with %s are refused', (_, row) => {
    expect(said(candle('candle1m', row))).toEqual([['rejected', expect.any(String), 'BTC-USDT', false]]);
  });
});

describe('an answer of the socket', () => {
  const control = (text: string): unknown => said(text)[0];

  it('acknowledges one stream each, with or without the id of the request', () => {
    const names = ['books:BTC-USDT'];
    expect(control(SAMPLES[15])).toEqual(['control', { kind: 'ack', id: '1', names }]);
    expect(control(SAMPLES[15].replace('"id":"1",', ''))).toEqual(['control', { kind: 'ack', id: null, names }]);
  });

  it('to an unsubscription does not pass for one to a subscription', () => {
    const text = SAMPLES[15].replace('"subscribe"', '"unsubscribe"');
    expect(control(text)).toEqual(['control', { kind: 'ack', id: '1' }]);
    expect(control(text.replace('"id":"1",', ''))).toEqual(['ignored', false]);
  });

  it('names what it refuses where its sentence does', () => {
    expect(control(SAMPLES[16])).toMatchObject(['control', { kind: 'refusal', id: '1', names: ['books:NO-PE'] }]);
    expect(control('{"id":"4","event":"error","code":"60012","msg":"Invalid request: {}"}')).toEqual([
      'control',
      { kind: 'refusal', id: '4', detail: '60012 Invalid request: {}' },
    ]);
  });

  it('that there were too many requests refuses nothing', () => {
    expect(control('{"id":"4","event":"error","code":"60014","msg":"Requests too frequent"}')).toEqual([
      'ignored',
      false,
    ]);
  });

  it('says when the connection is about to close', () => {
    const notice = (code: string): string =>
      `{"event":"notice","code":"${code}","msg":"The connection will soon be closed."}`;
    expect(control(notice('64008'))).toEqual([
      'control',
      { kind: 'closing', detail: 'The connection will soon be closed.' },
    ]);
    expect(control(notice('1'))).toEqual(['ignored', false]);
  });

  it('to a ping is the bare word, and nothing else that is no JSON passes', () => {
    expect(control('pong')).toEqual(['control', { kind: 'heartbeat' }]);
    expect(control('ping')).toEqual(['rejected', expect.any(String), null, false]);
  });

  it('of a kind unknown is counted as unknown', () => {
    expect(control('{"event":"party"}')).toEqual(['ignored', true]);
    expect(control('{"op":"x"}')).toEqual(['ignored', true]);
    expect(control(`{${arg('estimated-price')},"data":[]}`)).toEqual(['ignored', true]);
    expect(control('{"event":"channel-conn-count","channel":"orders","connCount":"2"}')).toEqual(['ignored', false]);
  });
});

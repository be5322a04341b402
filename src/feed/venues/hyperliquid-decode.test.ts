import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUYER, SELLER } from '@/market/trade.ts';
import { CallLog } from '../testing/call-log.ts';
import { hyperliquid } from './hyperliquid.ts';

const T0 = 1_737_918_843_000;
const ADDRESS = '0xe9ed7e16612d676df804f5aecd16e1f9bf9ec9dd';

const level = (px: string, sz: string): object => ({ px, sz, n: 1 });
const book = (bids: object[], asks: object[], more: object = {}): string =>
  JSON.stringify({ channel: 'l2Book', data: { coin: 'BTC', time: T0, levels: [bids, asks], ...more } });
const trade = (more: object = {}): object => ({
  coin: 'BTC',
  side: 'B',
  px: '105056.0',
  sz: '0.002',
  time: T0,
  hash: '0x0',
  tid: 121451470284048,
  users: [ADDRESS, ADDRESS],
  ...more,
});
const trades = (...rows: object[]): string => JSON.stringify({ channel: 'trades', data: rows });
const candle = (more: object = {}): string =>
  JSON.stringify({
    channel: 'candle',
    data: {
      t: 1_737_918_840_000,
      T: 1_737_918_899_999,
      s: 'BTC',
      i: '1m',
      o: '10',
      c: '11.5',
      h: '12',
      l: '9.5',
      v: '0.25',
      n: 7,
      ...more,
    },
  });
const context = (ctx: object, channel = 'activeAssetCtx'): string =>
  JSON.stringify({ channel, data: { coin: 'BTC', ctx } });
const perpetual = {
  funding: '-0.0000125',
  openInterest: '1.0',
  prevDayPx: '100.0',
  dayNtlVlm: '3096053627.5618200302',
  premium: null,
  oraclePx: '99.0',
  markPx: '102.5',
  midPx: null,
  impactPxs: null,
  dayBaseVlm: '516297.5593000001',
};

/** What one message makes a new decoder say. */
function said(text: string, log = new CallLog()): unknown[][] {
  hyperliquid().decode(text, log);
  return log.take();
}

describe('a book message of Hyperliquid', () => {
  it('is the whole book, ordered by its time, with the depth the venue keeps', () => {
    const calls = said(book([level('105055.0', '3.036'), level('105054.0', '0.143')], [level('105056.0', '1.0')]));
    expect(calls).toEqual([
      [
        'book',
        'BTC',
        {
          sequence: T0,
          eventTime: T0,
          bids: [
            [10_505_500, 3_036],
            [10_505_400, 143],
          ],
          asks: [[10_505_600, 1_000]],
          checksum: null,
          depth: 20,
        },
      ],
    ]);
  });

  it('may have empty sides', () => {
    expect(said(book([], []))).toEqual([['book', 'BTC', expect.objectContaining({ bids: [], asks: [] })]]);
    expect(said(book([], [level('1', '1')]))[0][2]).toMatchObject({ bids: [], asks: [[100, 1_000]] });
  });

  it('leaves nothing of the book before in the next', () => {
    const venue = hyperliquid();
    const log = new CallLog();
    venue.decode(book([level('3', '1'), level('2', '1')], [level('4', '12345678901234567')]), log);
    venue.decode(book([level('3', '2')], []), log);
    expect(log.take().at(-1)?.[2]).toMatchObject({ bids: [[300, 2_000]], asks: [] });
  });

  it('asks for a finer grid and is then read on it', () => {
    const calls = said(book([level('59.7785', '1.23456')], []));
    expect(calls.map((call) => call[0])).toEqual(['refine', 'book']);
    expect(calls[0]).toEqual(['refine', 'BTC', 4, 5]);
    expect(calls[1][2]).toMatchObject({ bids: [[597_785, 123_456]] });
  });

  it('keeps sizes that are wider than a double', () => {
    expect(said(book([level('1', '9007199254740993.001')], []))[0][2]).toMatchObject({
      bids: [[100, 9_007_199_254_740_993_001n]],
    });
  });

  it('of a coin nobody wants is ignored, and is not unknown', () => {
    const log = new CallLog();
    log.unwanted.add('BTC');
    expect(said(book([level('1', '1')], []), log)).toEqual([['ignored', false]]);
  });

  it.each([
    ['bids out of order', book([level('1', '1'), level('2', '1')], [])],
    ['asks out of order', book([], [level('2', '1'), level('1', '1')])],
    ['a price twice', book([level('2', '1'), level('2.0', '1')], [])],
    ['a level without size', book([level('2', '0.0')], [])],
    ['a price of zero', book([level('0', '1')], [])],
    ['a negative price', book([level('-1', '1')], [])],
    ['a price as a number', book([{ px: 1, sz: '1', n: 1 }], [])],
    ['a price that is no number', book([level('NaN', '1')], [])],
    ['a level that is a pair', book([['1', '1']], [])],
    ['one side', JSON.stringify({ channel: 'l2Book', data: { coin: 'BTC', time: T0, levels: [[]] } })],
    ['three sides', JSON.stringify({ channel: 'l2Book', data: { coin: 'BTC', time: T0, levels: [[], [], []] } })],
    ['no time', book([], [], { time: undefined })],
    ['a time in microseconds', book([], [], { time: T0 * 1000 })],
    ['more decimals than a grid can have', book([level('1.0000000000000000001', '1')], [])],
  ])('with %s is refused whole, as a book that is lost', (_, text) => {
    expect(said(text)).toEqual([['rejected', expect.any(String), 'BTC', true]]);
  });

  it('that is cut off is refused in the name of its coin', () => {
    expect(said(book([level('1', '1')], []).slice(0, -5))).toEqual([['rejected', expect.any(String), 'BTC', true]]);
  });
});

describe('a trades message of Hyperliquid', () => {
  it('says by B that the aggressor bought and by A that it sold', () => {
    const calls = said(trades(trade(), trade({ side: 'A', tid: 7 })));
    expect(calls.map(([, , one]) => (one as { aggressor: number }).aggressor)).toEqual([BUYER, SELLER]);
  });

  it('is read trade by trade, each an ordinary one, with its own id and the time of its block', () => {
    expect(said(trades(trade()))).toEqual([
      [
        'trade',
        'BTC',
        {
          id: 121451470284048,
          firstId: 121451470284048,
          ticks: 10_505_600,
          lots: 2,
          wideLots: 0n,
          aggressor: BUYER,
          time: T0,
          eventTime: T0,
          aggregated: false,
          idText: '',
          initial: false,
        },
      ],
    ]);
  });

  it('older than the book before it is no sign of lag: it was sent after that', () => {
    const venue = hyperliquid();
    const log = new CallLog();
    venue.decode(trades(trade({ time: T0 - 50_000 })), log);
    venue.decode(book([], []), log);
    venue.decode(trades(trade({ time: T0 - 50_000 }), trade({ time: T0 + 5 })), log);
    const times = log.take().flatMap(([kind, , one]) => {
      const { time, eventTime } = one as { time: number; eventTime: number };
      return kind === 'trade' ? [[time - T0, eventTime - T0]] : [];
    });
    expect(times).toEqual([
      [-50_000, -50_000],
      [-50_000, 0],
      [5, 5],
    ]);
  });

  it('keeps an id beyond the safe integers as text', () => {
    const text = trades(trade()).replace('121451470284048', '9007199254740993');
    expect(said(text)[0][2]).toMatchObject({ id: -1, idText: '9007199254740993' });
  });

  it('carries nothing about the parties', () => {
    expect(
      JSON.stringify(said(trades(trade())), (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toContain('0x');
  });

  it('without trades is nothing', () => {
    expect(said(trades())).toEqual([['ignored', false]]);
  });

  it.each([
    ['one bad trade among good ones', trades(trade(), trade({ sz: '0' }))],
    ['another coin among them', trades(trade(), trade({ coin: 'ETH' }))],
    ['an unknown side', trades(trade({ side: 'buy' }))],
    ['no id', trades(trade({ tid: undefined }))],
    ['a fraction as id', trades(trade({ tid: 1.5 }))],
    ['a negative id', trades(trade({ tid: -1 }))],
    ['an id as text', trades(trade({ tid: '1' }))],
    ['a row that is none', JSON.stringify({ channel: 'trades', data: [1] })],
  ])('with %s is refused whole, and the book is none the worse', (_, text) => {
    const [call, ...others] = said(text);
    expect(others).toEqual([]);
    expect([call[0], call[3]]).toEqual(['rejected', false]);
  });
});

describe('a candle of Hyperliquid', () => {
  it('is a running bar that names no trades and never says that it is finished', () => {
    expect(said(candle())).toEqual([
      [
        'candle',
        'BTC',
        {
          interval: '1m',
          t: 1_737_918_840_000,
          o: 1_000,
          h: 1_200,
          l: 950,
          c: 1_150,
          v: 250,
          n: 7,
          firstId: -1,
          lastId: -1,
          closed: false,
          eventTime: 0,
        },
      ],
    ]);
  });

  it('does not make the grid of sizes finer by the noise of its volume', () => {
    const calls = said(candle({ v: '12.300000000000001' }));
    expect(calls.map((call) => call[0])).toEqual(['candle']);
    expect(calls[0][2]).toMatchObject({ v: 12_300 });
  });

  it('of an interval the product lacks is of an unknown kind', () => {
    expect(said(candle({ i: '2h' }))).toEqual([['ignored', true]]);
  });

  it.each([
    ['a high below its close', candle({ h: '11' })],
    ['a low above its open', candle({ l: '10.5' })],
    ['a start off its minute', candle({ t: 1_737_918_840_001 })],
    ['a negative count', candle({ n: -1 })],
    ['a price of zero', candle({ o: '0' })],
  ])('with %s is refused', (_, text) => {
    expect(said(text)).toEqual([['rejected', expect.any(String), 'BTC', false]]);
  });
});

describe('the figures of the day of Hyperliquid', () => {
  it('are the mark price, the funding, the change and the volumes, rounded to the grid', () => {
    expect(said(context(perpetual))).toEqual([
      [
        'ticker',
        'BTC',
        {
          changeTicks: 250,
          changeBasisPoints: 250,
          volume: 516_297_559,
          quoteVolume: '3096053627.56182003',
          markTicks: 10_250,
          fundingRate: '-0.0000125',
          eventTime: 0,
        },
      ],
    ]);
  });

  it.each([
    ['97.5', -250, -250],
    ['99.999', 0, 0],
    ['99.99', -1, -1],
    ['100.0049', 0, 0],
    ['100.005', 1, 1],
  ])('at %s say a change of %i ticks and %i hundredths of a percent', (markPx, changeTicks, changeBasisPoints) => {
    const figures = said(context({ ...perpetual, markPx }))[0][2] as { changeTicks: number; changeBasisPoints: number };
    expect([figures.changeTicks, figures.changeBasisPoints]).toEqual([changeTicks, changeBasisPoints]);
    expect(Object.is(figures.changeBasisPoints, -0)).toBe(false);
  });

  it('of a spot pair have neither mark nor funding', () => {
    const spot = { prevDayPx: '0.000031', dayNtlVlm: '24629.86429498', markPx: '0.00005299', midPx: null, coin: '@2' };
    const figures = said(context(spot, 'activeSpotAssetCtx'))[0][2];
    expect(figures).toEqual({ changeTicks: 0, changeBasisPoints: 7_094, quoteVolume: '24629.86429498', eventTime: 0 });
  });

  it('say no change of what had no price a day ago', () => {
    expect(said(context({ ...perpetual, prevDayPx: '0.0' }))[0][2]).not.toHaveProperty('changeTicks');
  });

  it('with a funding rate that is no number are refused', () => {
    expect(said(context({ ...perpetual, funding: 'x' }))).toEqual([['rejected', expect.any(String), 'BTC', false]]);
  });
});

describe('what Hyperliquid says beside the market', () => {
  const control = (text: string): unknown => said(text).map((call) => (call[0] === 'control' ? call[1] : call));
  const words = (data: string): string => JSON.stringify({ channel: 'error', data });
  const subscription = { type: 'l2Book', coin: 'BTC', nSigFigs: null, mantissa: null, fast: false };

  it('acknowledges a stream by the subscription, its defaults filled in', () => {
    const ack = (of: object, method = 'subscribe'): string =>
      JSON.stringify({ channel: 'subscriptionResponse', data: { method, subscription: of } });
    expect(control(ack(subscription))).toEqual([{ kind: 'ack', id: null, names: ['l2Book:BTC'] }]);
    expect(control(ack({ type: 'candle', coin: 'xyz:TSLA', interval: '1m' }))).toEqual([
      { kind: 'ack', id: null, names: ['candle:1m:xyz:TSLA'] },
    ]);
    expect(control(ack(subscription, 'unsubscribe'))).toEqual([['ignored', false]]);
    expect(control(ack({ type: 'allMids' }))).toEqual([['ignored', false]]);
  });

  it('refuses a stream by repeating it', () => {
    expect(control(words(`Invalid subscription ${JSON.stringify({ type: 'trades', coin: 'NOPE' })}`))).toEqual([
      { kind: 'refusal', id: null, names: ['trades:NOPE'], detail: expect.stringContaining('Invalid subscription') },
    ]);
    const frame = JSON.stringify({
      method: 'subscribe',
      subscription: { type: 'candle', coin: 'BTC', interval: '7m' },
    });
    expect(control(words(`Error parsing JSON into valid websocket request: ${frame}`))).toEqual([
      { kind: 'refusal', id: null, names: ['candle:7m:BTC'], detail: expect.any(String) },
    ]);
  });

  it('takes a stream that is already there for granted', () => {
    expect(control(words(`Already subscribed: ${JSON.stringify(subscription)}`))).toEqual([
      { kind: 'ack', id: null, names: ['l2Book:BTC'] },
    ]);
  });

  it.each([
    ['a stream that had ended already', `Already unsubscribed: ${JSON.stringify(subscription)}`],
    ['a question it could not read', 'Error parsing JSON into valid websocket request: {"method":"post","id":1}'],
    ['an ending it could not read', `Error parsing: ${JSON.stringify({ method: 'unsubscribe', subscription })}`],
    ['nothing in particular', 'Too many requests'],
    ['something cut off', 'Invalid subscription {"type":"l2Bo'],
  ])('refuses nobody by words about %s', (_, text) => {
    expect(control(words(text))).toEqual([['ignored', false]]);
  });

  it('greets in plain words, and answers a ping', () => {
    expect(said('Websocket connection established.')).toEqual([['ignored', false]]);
    expect(control('{"channel":"pong"}')).toEqual([{ kind: 'heartbeat' }]);
  });

  it.each([
    ['{"channel":"bbo","data":{"coin":"BTC","time":1,"bbo":[null]}}', false],
    ['{"channel":"allMids","data":{"mids":{}}}', false],
    ['{"channel":"newThing","data":{}}', true],
    ['{"channel":"constructor","data":{}}', true],
  ])('%s is ignored, unknown: %s', (text, unknown) => {
    expect(said(text)).toEqual([['ignored', unknown]]);
  });

  it.each([
    '',
    '[]',
    'null',
    '{}',
    '{"channel":1}',
    '{"channel":"l2Book"}',
    '{"channel":"trades","data":{}}',
    '{"channel":"error","data":{}}',
    '{"channel":"l2Book","channel":"trades"}',
  ])('a message %j is refused and harms nothing', (text) => {
    const calls = said(text);
    expect(calls.map((call) => call[0])).toEqual(['rejected']);
  });
});

describe('answers over the socket of Hyperliquid', () => {
  it('come back under the id they were asked by, whatever their key order', () => {
    const venue = hyperliquid();
    const log = new CallLog();
    const first = JSON.parse(venue.requestText(venue.listingRequest('BTC'), 'q1')) as { id: number };
    const second = JSON.parse(venue.requestText(venue.listingRequest('BTC'), 'any text')) as { id: number };
    venue.decode(`{"channel":"post","data":{"id":${second.id},"response":{"type":"info","payload":{}}}}`, log);
    venue.decode(`{"channel":"post","data":{"response":{"payload":"no","type":"error"},"id":${first.id}}}`, log);
    venue.decode('{"channel":"post","data":{"id":999,"response":{"type":"info","payload":{}}}}', log);
    expect(
      log.take().map((call) => [call[0], (call[1] as { id?: string }).id, (call[1] as { status?: number }).status]),
    ).toEqual([
      ['control', 'any text', 200],
      ['control', 'q1', 400],
      ['ignored', undefined, undefined],
    ]);
  });

  it('may be longer than any message of the market', () => {
    const venue = hyperliquid();
    const log = new CallLog();
    const { id } = JSON.parse(venue.requestText(venue.listingRequest('BTC'), 'q1')) as { id: number };
    const text = `{"channel":"post","data":{"id":${id},"response":{"type":"info","payload":{"type":"meta","data":"${'x'.repeat(2_000_000)}"}}}}`;
    venue.decode(text, log);
    expect(log.take()).toEqual([['control', { kind: 'response', id: 'q1', status: 200, text }]]);
  });
});

describe('[F52] damaged messages of Hyperliquid', () => {
  const samples = [
    book(
      [level('105055.0', '3.03622'), level('105054.0', '0.1428')],
      [level('105056.0', '6.1'), level('105057.5', '1')],
    ),
    trades(trade(), trade({ tid: 5, side: 'A' })),
    candle(),
    context(perpetual),
    JSON.stringify({
      channel: 'subscriptionResponse',
      data: { method: 'subscribe', subscription: { type: 'trades', coin: 'BTC' } },
    }),
    JSON.stringify({ channel: 'error', data: 'Invalid subscription {"type":"trades","coin":"BTC"}' }),
  ];
  const outcomes = new Set(['book', 'trade', 'candle', 'ticker', 'control', 'ignored', 'rejected']);

  it('are applied whole or refused whole, and never throw', () => {
    const venue = hyperliquid();
    const pieces = [
      '',
      '0',
      '-',
      '.',
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      'null',
      '1e9',
      '\\',
      'é',
      '99999999999999999999',
      'BTC',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 3 }), fc.constantFrom(...pieces)), {
          minLength: 1,
          maxLength: 3,
        }),
        (sample, changes) => {
          let text = sample;
          for (const [place, length, piece] of changes) {
            const at = Math.floor(place * text.length);
            text = text.slice(0, at) + piece + text.slice(at + length);
          }
          const log = new CallLog();
          venue.decode(text, log);
          const kinds = log.take().map((call) => String(call[0]));
          const told = kinds.filter((kind) => kind !== 'refine');
          expect(told.length, text).toBeGreaterThan(0);
          expect(told.every((kind) => outcomes.has(kind))).toBe(true);
          if (told.includes('rejected') || told.includes('ignored')) expect(told, text).toHaveLength(1);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

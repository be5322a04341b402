import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUYER, SELLER } from '@/market/trade.ts';
import { CallLog } from '../testing/call-log.ts';
import { deribit } from './deribit.ts';

const T0 = 1_765_531_356_452;
const PERP = 'BTC-PERPETUAL';

/** A notification as the venue writes it: numbers bare, so the data is text. */
const notify = (channel: string, data: string): string =>
  `{"jsonrpc":"2.0","method":"subscription","params":{"channel":"${channel}","data":${data}}}`;
const bookData = (more: string, symbol = PERP): string => `{"timestamp":${T0},"instrument_name":"${symbol}",${more}}`;
const snapshot = (bids: string, asks: string, id = '100'): string =>
  notify(`book.${PERP}.100ms`, bookData(`"type":"snapshot","change_id":${id},"bids":[${bids}],"asks":[${asks}]`));
const change = (bids: string, asks: string, ids = '"prev_change_id":100,"change_id":101'): string =>
  notify(`book.${PERP}.100ms`, bookData(`"type":"change",${ids},"bids":[${bids}],"asks":[${asks}]`));
const trade = (more = '', symbol = PERP): string =>
  `{"timestamp":${T0},"price":92294.5,"amount":10.0,"direction":"sell","index_price":92276.75,"instrument_name":"${symbol}","trade_seq":271252854,"mark_price":92287.11,"tick_direction":2,"contracts":1.0,"trade_id":"403691824"${more}}`;
const trades = (...rows: string[]): string => notify(`trades.${PERP}.100ms`, `[${rows.join(',')}]`);
const best = '"best_bid_price":92288.0,"best_bid_amount":133440.0,"best_ask_price":92288.5,"best_ask_amount":99470.0';
const stats = '"stats":{"volume":12.5,"volume_usd":1153606.0,"price_change":-2.8571,"low":91000.5,"high":93000.0}';
const ticker = (more: string, symbol = PERP): string =>
  notify(`ticker.${symbol}.100ms`, `{"timestamp":${T0},"state":"open","instrument_name":"${symbol}",${more}}`);
const chart = (more = '', name = `chart.trades.${PERP}.1`): string =>
  notify(
    name,
    `{"tick":1767200040000,"open":87490.0,"high":87500.0,"low":87465.0,"close":87474.0,"volume":0.95978896,"cost":83970.0${more}}`,
  );

/** What one message makes a new decoder say. */
function said(text: string, log = new CallLog()): unknown[][] {
  deribit().decode(text, log);
  return log.take();
}

describe('a book message of Deribit', () => {
  it('begins with the whole book, whose size is not limited', () => {
    expect(said(snapshot('["new",42500.0,1000.0],["new",42499.5,500.0]', '["new",42501.0,800.0]'))).toEqual([
      [
        'book',
        PERP,
        {
          sequence: 100,
          eventTime: T0,
          bids: [
            [4_250_000, 1_000_000],
            [4_249_950, 500_000],
          ],
          asks: [[4_250_100, 800_000]],
          checksum: null,
          depth: 0,
        },
      ],
    ]);
  });

  it('goes on with changes that name the one before; a deletion removes whatever amount it carries', () => {
    const text = change('["change",42500.0,950.0],["new",42498.5,300.0]', '["delete",42501.0,0.0],["delete",42502,7]');
    expect(said(text)).toEqual([
      [
        'diff',
        PERP,
        {
          first: 101,
          last: 101,
          previous: 100,
          eventTime: T0,
          bids: [
            [4_250_000, 950_000],
            [4_249_850, 300_000],
          ],
          asks: [
            [4_250_100, 0],
            [4_250_200, 0],
          ],
          checksum: null,
        },
      ],
    ]);
  });

  it('may hold nothing, and may come again as a whole', () => {
    expect(said(change('', ''))[0][0]).toBe('diff');
    const venue = deribit();
    const log = new CallLog();
    for (const text of [snapshot('["new",1,1]', ''), snapshot('', '["new",2,2]', '200')]) venue.decode(text, log);
    expect(log.take().map((call) => call[2])).toMatchObject([
      { bids: [[100, 1_000]], asks: [] },
      { sequence: 200, bids: [], asks: [[200, 2_000]] },
    ]);
  });

  it('is taken at any speed, and with a previous id of null in the first', () => {
    for (const speed of ['raw', 'agg2']) expect(said(snapshot('', '').replace('100ms', speed))[0][0]).toBe('book');
    expect(said(snapshot('', '').replace('"change_id"', '"prev_change_id":null,"change_id"'))[0][0]).toBe('book');
  });

  it('is read by its digits, exponents included, and asks for the grid it needs', () => {
    const calls = said(snapshot('["new",5.0e-4,153.1]', '["new",1.5e-3,1.0e5]'));
    expect(calls[0]).toEqual(['refine', PERP, 4, 3]);
    expect(calls[1][2]).toMatchObject({ bids: [[5, 153_100]], asks: [[15, 100_000_000]] });
  });

  it('keeps amounts that are wider than a double', () => {
    expect(said(snapshot('["new",1,9007199254740993]', ''))[0][2]).toMatchObject({
      bids: [[100, 9_007_199_254_740_993_000n]],
    });
  });

  it('of an instrument nobody wants is ignored, and is not unknown', () => {
    const log = new CallLog();
    log.unwanted.add(PERP);
    expect(said(change('', ''), log)).toEqual([['ignored', false]]);
  });

  it('cut at a depth is another channel, which is not used', () => {
    const text = notify(`book.${PERP}.none.10.100ms`, bookData('"change_id":1,"bids":[[1,1]],"asks":[]'));
    expect(said(text)).toEqual([['ignored', false]]);
  });

  it.each([
    ['a price as text', change('["new","1",1]', '')],
    ['a price of zero', change('["new",0,1]', '')],
    ['a negative price', change('["new",-1,1]', '')],
    ['a negative amount', change('["delete",1,-1]', '')],
    ['a new level without amount', change('["new",1,0.0]', '')],
    ['a changed level without amount', change('["change",1,0]', '')],
    ['an unknown action', change('["add",1,1]', '')],
    ['a level of two', change('[1,1]', '')],
    ['a level of four', change('["new",1,1,1]', '')],
    ['a removal in a whole book', snapshot('["delete",1,0]', '')],
    ['no previous id', change('', '', '"change_id":101')],
    ['a previous id of null', change('', '', '"prev_change_id":null,"change_id":101')],
    ['a fraction as id', change('', '', '"prev_change_id":100,"change_id":101.5')],
    ['an id beyond the safe integers', change('', '', '"prev_change_id":100,"change_id":9007199254740993')],
    ['a key twice', change('', '', '"prev_change_id":100,"change_id":101,"change_id":102')],
    ['an unknown type', change('', '').replace('"change"', '"changed"')],
    ['no sides', notify(`book.${PERP}.100ms`, bookData('"type":"change","prev_change_id":100,"change_id":101'))],
    ['a time in microseconds', change('', '').replace(String(T0), `${T0}000`)],
    [
      'another instrument than its channel',
      change('', '').replace(`"instrument_name":"${PERP}"`, '"instrument_name":"X"'),
    ],
    ['data that is a list', notify(`book.${PERP}.100ms`, '[]')],
    ['more decimals than a grid can have', change('["new",1e-20,1]', '')],
  ])('with %s is refused whole, as a book that is lost', (_, text) => {
    expect(said(text)).toEqual([['rejected', expect.any(String), PERP, true]]);
  });

  it('that is cut off is refused in the name of its instrument', () => {
    expect(said(change('["new",1,1]', '').slice(0, -8))).toEqual([['rejected', expect.any(String), PERP, true]]);
  });
});

describe('a trades message of Deribit', () => {
  it('orders trades by their number in the instrument and keeps the id of the venue beside it', () => {
    expect(said(trades(trade()))).toEqual([
      [
        'trade',
        PERP,
        {
          id: 271252854,
          firstId: 271252854,
          ticks: 9_229_450,
          lots: 10_000,
          wideLots: 0n,
          aggressor: SELLER,
          time: T0,
          eventTime: T0,
          aggregated: false,
          idText: '403691824',
          initial: false,
        },
      ],
    ]);
  });

  it('says by its direction who took liquidity, whatever else it tells', () => {
    const bought = trade(',"liquidation":"MT","block_trade_id":"1","iv":50.1').replace('"sell"', '"buy"');
    const calls = said(trades(trade(), bought.replace('271252854', '271252855')));
    expect(calls.map(([, , one]) => (one as { aggressor: number }).aggressor)).toEqual([SELLER, BUYER]);
  });

  it('without trades is nothing', () => {
    expect(said(trades())).toEqual([['ignored', false]]);
  });

  it.each([
    ['one bad trade among good ones', trades(trade(), trade().replace('10.0', '0.0'))],
    ['another instrument among them', trades(trade(), trade('', 'ETH-PERPETUAL'))],
    ['an unknown direction', trades(trade().replace('"sell"', '"SELL"'))],
    ['a number as its id', trades(trade().replace('"403691824"', '403691824'))],
    ['no number', trades(trade().replace('"trade_seq":271252854,', ''))],
    ['a row that is none', trades('1')],
  ])('with %s is refused whole, and the book is none the worse', (_, text) => {
    expect(said(text)).toEqual([['rejected', expect.any(String), PERP, false]]);
  });
});

describe('a ticker of Deribit', () => {
  it('tells the day and states the best prices and amounts as a second route', () => {
    expect(
      said(ticker(`${best},${stats},"mark_price":92287.116,"current_funding":-1.25e-5,"funding_8h":0.0001`)),
    ).toEqual([
      [
        'ticker',
        PERP,
        {
          changeBasisPoints: -286,
          quoteVolume: '1153606',
          fundingRate: '-0.0000125',
          markTicks: 9_228_712,
          volume: 1_153_606_000,
          highTicks: 9_300_000,
          lowTicks: 9_100_050,
          eventTime: T0,
        },
      ],
      [
        'statement',
        PERP,
        { sequence: -1, time: T0, bids: [[9_228_800, 133_440_000]], asks: [[9_228_850, 99_470_000]], hasSizes: true },
      ],
    ]);
  });

  it('counts the day of what is not inverse in its own base', () => {
    const figures = said(ticker(`${best},${stats}`, 'BTC-24SEP21-8000-P'))[0][2];
    expect(figures).toMatchObject({ volume: 12_500 });
    expect(figures).not.toHaveProperty('quoteVolume');
    const spot = ticker(`${best},"stats":{"volume":1.5,"volume_usd":2.0,"volume_notional":3.25}`, 'BTC_USDC');
    expect(said(spot)[0][2]).toMatchObject({ volume: 1_500, quoteVolume: '3.25' });
  });

  it.each([
    ['zero', '"best_bid_price":0.0,"best_bid_amount":0.0,"best_ask_price":0.001,"best_ask_amount":274.0'],
    ['null', '"best_bid_price":null,"best_bid_amount":0.0,"best_ask_price":0.001,"best_ask_amount":274.0'],
    ['nothing', '"best_ask_price":0.001,"best_ask_amount":274.0'],
  ])('states an empty side by %s', (_, sides) => {
    expect(said(ticker(sides)).at(-1)?.[2]).toMatchObject({ bids: [], asks: [[1, 274_000]] });
  });

  it('of a day without trades has no range and no change', () => {
    const empty = '"stats":{"volume":null,"price_change":null,"low":null,"high":null}';
    expect(said(ticker(`${best},${empty}`))[0][2]).toEqual({ eventTime: T0 });
  });

  it('does not make the grid finer by figures that are models or sums', () => {
    const calls = said(ticker(`${best},"stats":{"volume_usd":12.300000000000001},"mark_price":0.2335098`));
    expect(calls.map((call) => call[0])).toEqual(['ticker', 'statement']);
    expect(calls[0][2]).toMatchObject({ markTicks: 23, volume: 12_300 });
  });

  it.each([
    ['a price without amount', '"best_bid_price":1.0,"best_bid_amount":0.0'],
    ['an amount without price', '"best_bid_amount":5.0'],
    ['a price as text', '"best_bid_price":"1","best_bid_amount":1'],
    ['a change that is no number', `${best},"stats":{"price_change":"x"}`],
  ])('with %s is refused, and the book is none the worse', (_, more) => {
    expect(said(ticker(more))).toEqual([['rejected', expect.any(String), PERP, false]]);
  });
});

describe('a chart of Deribit', () => {
  it('counts dollars for an inverse future, whose trades do', () => {
    expect(said(chart())).toEqual([
      [
        'candle',
        PERP,
        {
          interval: '1m',
          t: 1_767_200_040_000,
          o: 8_749_000,
          h: 8_750_000,
          l: 8_746_500,
          c: 8_747_400,
          v: 83_970_000,
          n: 0,
          firstId: -1,
          lastId: -1,
          closed: false,
          eventTime: 0,
        },
      ],
    ]);
  });

  it.each(['BTC_USDC-PERPETUAL', 'BTC_USDC', 'BTC-24SEP21-8000-P', 'SOL_USDC-27JUN25'])(
    'counts the base of %s',
    (symbol) => {
      expect(said(chart('', `chart.trades.${symbol}.1`))[0][2]).toMatchObject({ v: 960 });
    },
  );

  it('of a day opens at midnight', () => {
    const day = chart('', `chart.trades.${PERP}.1D`);
    expect(said(day.replace('1767200040000', '1767225600000'))[0][2]).toMatchObject({ interval: '1d' });
    expect(said(day.replace('1767200040000', '1767254400000'))).toEqual([
      ['rejected', 'impossible candle', PERP, false],
    ]);
  });

  it('of a resolution the product lacks is of an unknown kind', () => {
    expect(said(chart('', `chart.trades.${PERP}.120`))).toEqual([['ignored', true]]);
  });

  it('that cannot be is refused', () => {
    expect(said(chart().replace('87500.0', '87470.0'))).toEqual([['rejected', 'impossible candle', PERP, false]]);
  });
});

describe('what Deribit says beside the market', () => {
  const answer = (id: number, rest: string): string =>
    `{"jsonrpc":"2.0","id":${id},${rest},"usIn":1,"usOut":2,"usDiff":1}`;
  const control = (text: string): unknown => said(text).map((call) => (call[0] === 'control' ? call[1] : call));

  it('grants channels by naming them, so that what it leaves out is refused', () => {
    expect(control(answer(7, `"result":["trades.${PERP}.100ms"]`))).toEqual([
      { kind: 'granted', id: '7', names: [`trades.${PERP}.100ms`], detail: expect.any(String) },
    ]);
    expect(control(answer(8, '"result":[]'))).toEqual([
      { kind: 'granted', id: '8', names: [], detail: expect.any(String) },
    ]);
  });

  it('refuses in words', () => {
    const words =
      '"error":{"code":-32602,"message":"Invalid params","data":{"reason":"wrong format","param":"channels"}}';
    expect(control(answer(7, words))).toEqual([
      { kind: 'refusal', id: '7', detail: '-32602 Invalid params: wrong format' },
    ]);
  });

  it('that it was asked too fast is no refusal: the question is asked again', () => {
    expect(control(answer(7, '"error":{"code":10028,"message":"too_many_requests","data":null}'))).toEqual([
      ['ignored', false],
    ]);
  });

  it('ends streams without a list being taken for a grant', () => {
    const { id } = JSON.parse(deribit().unsubscribe(['a'], 7)) as { id: number };
    expect(control(answer(id, '"result":["a"]'))).toEqual([['ignored', false]]);
  });

  it('asks whether we are there and waits for the answer', () => {
    const [asked] = said('{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}');
    expect(asked[0]).toBe('control');
    const { kind, text } = asked[1] as { kind: string; text: string };
    expect(kind).toBe('answer');
    const sent = JSON.parse(text) as { id: number; method: string };
    expect(sent.method).toBe('public/test');
    // What it says to that concerns nobody.
    expect(control(answer(sent.id, '"result":{"version":"1.2.26"}'))).toEqual([['ignored', false]]);
    const hello = JSON.parse(deribit().hello?.('/ws/api/v2')[0] ?? '') as { id: number };
    expect(control(answer(hello.id, '"result":"ok"'))).toEqual([['ignored', false]]);
    expect(control('{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}}')).toEqual([
      { kind: 'heartbeat' },
    ]);
  });

  it('answers questions under the id they were asked by, errors included, however long', () => {
    const venue = deribit();
    const log = new CallLog();
    const numberOf = (id: string): number =>
      (JSON.parse(venue.requestText(venue.listingRequest(PERP), id)) as { id: number }).id;
    const [first, second, third] = [numberOf('q1'), numberOf('q2'), numberOf('q3')];
    const long = answer(first, `"result":"${'x'.repeat(2_000_000)}"`);
    const failed = answer(second, '"error":{"code":13020,"message":"not_found"}');
    const turned = `{"result":[],"id":${third},"jsonrpc":"2.0"}`;
    for (const text of [long, failed, turned, answer(third + 1, '"result":1')]) venue.decode(text, log);
    expect(log.take()).toEqual([
      ['control', { kind: 'response', id: 'q1', status: 200, text: long }],
      ['control', { kind: 'response', id: 'q2', status: 400, text: failed }],
      ['control', { kind: 'response', id: 'q3', status: 200, text: turned }],
      ['ignored', false],
    ]);
  });

  it.each([
    ['{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}', false],
    ['{"jsonrpc":"2.0","id":"a","result":[]}', false],
    ['{"jsonrpc":"2.0","method":"something","params":{}}', true],
    [notify('platform_state', '{"locked":true}'), true],
    [notify('constructor', '{}'), true],
  ])('%s is ignored, unknown: %s', (text, unknown) => {
    expect(said(text)).toEqual([['ignored', unknown]]);
  });

  it.each([
    '',
    '[]',
    '{"jsonrpc":"2.0","method":"subscription"}',
    '{"jsonrpc":"2.0","id":1,"result":"ok"}',
    '{"a":1,"a":2}',
  ])('a message %j is refused and harms nothing', (text) => {
    expect(said(text)).toEqual([['rejected', expect.any(String), null, false]]);
  });
});

describe('[F52] damaged messages of Deribit', () => {
  const samples = [
    snapshot('["new",42500.0,1000.0],["new",42499.5,500.0]', '["new",42501.0,800.0]'),
    change('["change",42500.0,950.0],["new",42498.5,300.0]', '["delete",42501.0,0.0]'),
    trades(trade(), trade().replace('271252854', '271252855')),
    ticker(`${best},${stats},"mark_price":92287.11,"current_funding":1e-5`),
    chart(),
    '{"jsonrpc":"2.0","id":7,"result":["a"],"usOut":1}',
    '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}',
  ];
  const outcomes = new Set([
    'book',
    'diff',
    'trade',
    'candle',
    'ticker',
    'statement',
    'control',
    'ignored',
    'rejected',
  ]);

  it('are applied whole or refused whole, and never throw', () => {
    const venue = deribit();
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
      'e9',
      '\\',
      'é',
      '99999999999999999999',
      'new',
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
          const told = log
            .take()
            .map((call) => String(call[0]))
            .filter((kind) => kind !== 'refine');
          expect(told.length, text).toBeGreaterThan(0);
          expect(told.every((kind) => outcomes.has(kind))).toBe(true);
          if (told.includes('rejected') || told.includes('ignored')) expect(told, text).toHaveLength(1);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

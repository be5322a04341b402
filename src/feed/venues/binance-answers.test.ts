import { describe, expect, it } from 'vitest';
import {
  answerFault,
  readCatalogue,
  readHistory,
  readListing,
  readSnapshot,
  readSnapshotId,
  readTicker,
  readTrades,
} from './binance-answers.ts';

const GRID = { priceDecimals: 2, lotDecimals: 3, epoch: 0 };
const keep = () => GRID;
const wrapped = (result: string): string => `{"id":"q1","status":200,"result":${result},"rateLimits":[]}`;
const snapshot = (bids: string, asks = '[]', id = '7'): string =>
  `{"lastUpdateId":${id},"bids":${bids},"asks":${asks}}`;

describe('a depth snapshot', () => {
  it('is read from either form of answer', () => {
    const body = snapshot('[["100.10","2.000"],["100.00","1"]]', '[["100.20","3"]]');
    for (const text of [body, wrapped(body)]) {
      const read = readSnapshot(text, 2, GRID, keep);
      expect(read?.sequence).toBe(7);
      expect([...(read?.bids.ticks.subarray(0, 2) ?? [])]).toEqual([10_010, 10_000]);
      expect([...(read?.bids.lots.subarray(0, 2) ?? [])]).toEqual([2_000, 1_000]);
      expect([read?.bidsCut, read?.asksCut]).toEqual([true, false]);
      expect(readSnapshotId(text)).toBe(7);
    }
  });

  it('asks for a finer grid when it needs one and is read on that', () => {
    const fine = { priceDecimals: 4, lotDecimals: 5, epoch: 1 };
    const asked: number[][] = [];
    const read = readSnapshot(snapshot('[["100.0001","2.00001"]]'), 10, GRID, (price, lot) => {
      asked.push([price, lot]);
      return fine;
    });
    expect(asked).toEqual([[4, 5]]);
    expect([read?.bids.ticks[0], read?.bids.lots[0]]).toEqual([1_000_001, 200_001]);
  });

  it('is refused when the grid cannot be made as fine', () => {
    expect(readSnapshot(snapshot('[["100.0001","2"]]'), 10, GRID, keep)).toBeNull();
  });

  it('keeps sizes wider than a double', () => {
    const read = readSnapshot(snapshot('[["100.10","123456789012345678.5"]]'), 10, GRID, keep);
    expect(read?.bids.wide?.get(0)).toBe(123456789012345678500n);
  });

  it('leaves out levels without size', () => {
    expect(readSnapshot(snapshot('[["100.10","0.000"],["100.00","1"]]'), 10, GRID, keep)?.bids.count).toBe(1);
  });

  it.each([
    ['not JSON', '{"lastUpdateId":7,"bids":['],
    ['an array', '[]'],
    ['without an id', '{"bids":[],"asks":[]}'],
    ['an id as text', snapshot('[]', '[]', '"7"')],
    ['an id beyond the safe integers', snapshot('[]', '[]', '9007199254740993')],
    ['a negative price', snapshot('[["-1","1"]]')],
    ['a price of zero', snapshot('[["0","1"]]')],
    ['a price as a number', snapshot('[[100.1,"1"]]')],
    ['an empty size', snapshot('[["1",""]]')],
    ['a size that is not one', snapshot('[["1","Infinity"]]')],
    ['a level that is not a pair', snapshot('[["1"]]')],
    ['a level that is an object', snapshot('[{}]')],
    ['sides that are no lists', snapshot('{}')],
    ['a key twice', '{"lastUpdateId":7,"lastUpdateId":8,"bids":[],"asks":[]}'],
  ])('that is %s is refused whole', (_, body) => {
    expect(readSnapshot(body, 10, GRID, keep)).toBeNull();
  });
});

describe('what a status means', () => {
  it.each([
    [418, '{"code":-1003,"msg":"x"}', 'rate-limited'],
    [429, 'nonsense', 'rate-limited'],
    [400, '{"code":-1121,"msg":"Invalid symbol."}', 'unknown-symbol'],
    [400, '{"id":"q1","status":400,"error":{"code":-1121,"msg":"Invalid symbol."}}', 'unknown-symbol'],
    [451, '<html>', 'unreachable'],
    [403, '', 'unreachable'],
    [503, '{}', 'snapshot-failed'],
    [400, '{"code":-1100,"msg":"x"}', 'subscribe-refused'],
  ])('%i %s is %s', (status, text, kind) => {
    expect(answerFault(text, status).kind).toBe(kind);
  });

  it('names the wait that the venue names', () => {
    const text =
      '{"id":"q1","status":418,"error":{"code":-1003,"msg":"x","data":{"serverTime":1000,"retryAfter":61000}}}';
    expect(answerFault(text, 418).retryAfterMs).toBe(60_000);
  });

  it('keeps a message of the venue short', () => {
    expect(answerFault(JSON.stringify({ code: -1, msg: 'x'.repeat(10_000) }), 400).detail.length).toBeLessThan(400);
  });
});

describe('listings and the catalogue', () => {
  const symbol = (more: object = {}): object => ({
    symbol: 'BTCUSDT',
    status: 'TRADING',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    contractType: 'PERPETUAL',
    filters: [
      { filterType: 'PRICE_FILTER', tickSize: '0.01000000' },
      { filterType: 'LOT_SIZE', stepSize: '0.00001000' },
    ],
    ...more,
  });
  const info = (...symbols: object[]): string => JSON.stringify({ symbols });

  it('give the steps without their last zeros', () => {
    expect(readListing(info(symbol()), 'BTCUSDT', 'spot')).toEqual({
      symbol: 'BTCUSDT',
      base: 'BTC',
      quote: 'USDT',
      kind: 'spot',
      priceStep: '0.01',
      sizeStep: '0.00001',
      sizeUnit: 'BTC',
      tradable: true,
    });
  });

  it('tell perpetuals from dated futures', () => {
    const kind = (contractType: string) => readListing(info(symbol({ contractType })), 'BTCUSDT', 'perpetual')?.kind;
    expect([kind('PERPETUAL'), kind('CURRENT_QUARTER')]).toEqual(['perpetual', 'future']);
  });

  it.each([
    ['another symbol', info(symbol({ symbol: 'ETHUSDT' }))],
    ['no filters', info(symbol({ filters: [] }))],
    ['filters of the wrong type', info(symbol({ filters: 'x' }))],
    ['a step that is no number', info(symbol({ filters: [{ filterType: 'PRICE_FILTER', tickSize: 'x' }] }))],
    [
      'a price step of zero',
      info(
        symbol({
          filters: [
            { filterType: 'PRICE_FILTER', tickSize: '0.00' },
            { filterType: 'LOT_SIZE', stepSize: '1' },
          ],
        }),
      ),
    ],
    ['not JSON', 'x'],
    ['symbols that are no list', '{"symbols":{}}'],
  ])('with %s is no listing', (_, body) => {
    expect(readListing(body, 'BTCUSDT', 'spot')).toBeNull();
  });

  it('say what does not trade now, and the catalogue leaves it out', () => {
    const body = info(
      symbol({ status: 'BREAK' }),
      symbol({ symbol: 'ETHUSDT', baseAsset: 'ETH' }),
      { symbol: 7 },
      { symbol: '' },
    );
    expect(readListing(body, 'BTCUSDT', 'spot')?.tradable).toBe(false);
    expect(readCatalogue(body, 'binance', 'Binance', 'spot')).toEqual([
      { id: 'binance:ETHUSDT', base: 'ETH', quote: 'USDT', kind: 'spot', venueName: 'Binance' },
    ]);
  });

  it('[F47] are not moved by names of the language', () => {
    const body =
      '{"symbols":[{"symbol":"__proto__","status":"TRADING"},{"__proto__":{"symbol":"X"}}],"__proto__":{"x":1}}';
    expect(readCatalogue(body, 'binance', 'Binance', 'spot').map((entry) => entry.id)).toEqual(['binance:__proto__']);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

describe('history, trades and the ticker', () => {
  it('reads rows of candles', () => {
    const body = '[[1000,"1","2","0.5","1.5","10",1999,"15",7,"5","7","0"]]';
    expect(readHistory(wrapped(body))).toEqual([{ t: 1000, o: '1', h: '2', l: '0.5', c: '1.5', v: '10', n: 7 }]);
    expect(readHistory('[]')).toEqual([]);
  });

  it.each([
    '{}',
    'x',
    '[{}]',
    '[[1,"1"]]',
    '[["1000","1","2","1","1","1",0,"",1]]',
    '[[1000,"-1","2","1","1","1",0,"",1]]',
  ])('refuses candles such as %s', (body) => {
    expect(readHistory(body)).toBeNull();
  });

  it('reads single trades and aggregates, oldest first, whoever was the maker', () => {
    const trades =
      '[{"id":9,"price":"2","qty":"1","time":5,"isBuyerMaker":true},{"id":8,"price":"1","qty":"1","time":4,"isBuyerMaker":false}]';
    expect(readTrades(trades)?.map(({ id, aggressor }) => [id, aggressor])).toEqual([
      [8, 1],
      [9, 0],
    ]);
    const aggregates = '[{"a":1,"p":"2","q":"1","f":5,"l":7,"T":5,"m":false,"M":true}]';
    expect(readTrades(aggregates)).toEqual([{ id: 7, firstId: 5, price: '2', size: '1', time: 5, aggressor: 1 }]);
  });

  it.each(['{}', '[7]', '[{"id":"9","price":"2","qty":"1","time":5,"isBuyerMaker":true}]', '[{"id":9}]'])(
    'refuses trades such as %s',
    (body) => {
      expect(readTrades(body)).toBeNull();
    },
  );

  it('reads the figures of a day with their sign', () => {
    const body =
      '{"priceChange":"-1.50","priceChangePercent":"-2.345","highPrice":"10","lowPrice":"9","volume":"1.5","quoteVolume":"15","closeTime":77}';
    expect(readTicker(body, GRID)).toEqual({
      changeTicks: -150,
      changeBasisPoints: -235,
      highTicks: 1_000,
      lowTicks: 900,
      volume: 1_500,
      quoteVolume: '15',
      eventTime: 77,
    });
    expect(readTicker('{"priceChange":"x"}', GRID)).toBeNull();
    expect(readTicker('7', GRID)).toBeNull();
  });
});

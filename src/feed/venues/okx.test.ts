import { describe, expect, it } from 'vitest';
import { LevelList } from '../book/level-list.ts';
import { OKX_CHECKSUM, okx, okxContinuity, okxJoins } from './okx.ts';
import { readAnswer } from './okx-answers.ts';
import type { Diff, StreamNeed } from './venue.ts';

const diff = (previous: number, last: number): Diff => ({
  first: last,
  last,
  previous,
  eventTime: 0,
  bids: new LevelList(),
  asks: new LevelList(),
  checksum: null,
});
const need = (more: Partial<StreamNeed> = {}): StreamNeed => ({
  symbol: 'BTC-USDT-SWAP',
  book: true,
  trades: true,
  candles: ['1m', '4h', '1d'],
  ticker: true,
  tradesSpoken: false,
  wholeBooks: false,
  ...more,
});
const GRID = { priceDecimals: 1, lotDecimals: 2, epoch: 0 };
const keep = () => GRID;
const answer = (data: unknown, code = '0'): string => JSON.stringify({ code, msg: code === '0' ? '' : 'no', data });

describe('the rule of continuity', () => {
  it.each([
    ['names the one before', 10, 15, 'apply'],
    ['names the one before, its own id fallen back after maintenance', 10, 3, 'apply'],
    ['repeats the id: nothing changed', 10, 10, 'apply'],
    ['is in the book', 8, 10, 'skip'],
    ['names another', 11, 15, 'gap'],
    ['is older than the book', 7, 8, 'gap'],
    ['has no ids where the book has one', -1, -1, 'gap'],
  ])('a message that %s', (_, previous, last, outcome) => {
    expect(okxContinuity(10, diff(previous, last))).toBe(outcome);
  });

  it('has nothing to say where neither book nor message has an id', () => {
    expect(okxContinuity(-1, diff(-1, -1))).toBe('apply');
    expect(okxContinuity(-1, diff(10, 11))).toBe('gap');
  });

  it.each([
    ['names the book', 10, 15, 'apply'],
    ['names the book, its own id fallen back', 10, 3, 'apply'],
    ['reaches over the book', 9, 15, 'apply'],
    ['is in the book', 8, 10, 'skip'],
    ['says that nothing changed since', 10, 10, 'apply'],
    ['names one after it', 11, 15, 'gap'],
    ['has no ids', -1, -1, 'gap'],
  ])('a first message that %s', (_, previous, last, outcome) => {
    expect(okxJoins(10, diff(previous, last))).toBe(outcome);
  });
});

describe('the checksum', () => {
  it('takes bid and ask in turn and is signed', () => {
    const of = OKX_CHECKSUM.of(['3366.1:7', '3366:6'], ['3366.8:9', '3368:8']);
    expect(of).toBe(-1881014294);
  });

  it('goes on with the longer side where the other ends', () => {
    expect(OKX_CHECKSUM.of(['3366.1:7'], ['3366.8:9', '3368:8', '3372:8'])).toBe(831078360);
  });

  it('covers 25 levels and is of nothing where there are none', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `${i}:1`);
    expect(OKX_CHECKSUM.of(levels, levels)).toBe(OKX_CHECKSUM.of(levels.slice(0, 25), levels.slice(0, 25)));
    expect(OKX_CHECKSUM.of([], [])).toBe(0);
  });
});

describe('streams', () => {
  it('have candles on a path of their own, those of a day in UTC', () => {
    expect(
      okx()
        .streams(need())
        .map(({ name, path, channel }) => [name, path.slice(7), channel]),
    ).toEqual([
      ['books:BTC-USDT-SWAP', 'public', 'book'],
      ['bbo-tbt:BTC-USDT-SWAP', 'public', 'quote'],
      ['trades:BTC-USDT-SWAP', 'public', 'trades'],
      ['candle1m:BTC-USDT-SWAP', 'business', 'candles'],
      ['candle4H:BTC-USDT-SWAP', 'business', 'candles'],
      ['candle1Dutc:BTC-USDT-SWAP', 'business', 'candles'],
      ['tickers:BTC-USDT-SWAP', 'public', 'ticker'],
    ]);
    expect(okx().socketUrls('/ws/v5/business')).toEqual(['wss://ws.okx.com:8443/ws/v5/business']);
  });

  it('are whole books of five levels where no book can be had otherwise', () => {
    const names = okx()
      .streams(need({ wholeBooks: true }))
      .map((stream) => stream.name);
    expect(names).toContain('books5:BTC-USDT-SWAP');
    expect(names).not.toContain('books:BTC-USDT-SWAP');
  });

  it('end with what is wanted', () => {
    expect(okx().streams(need({ book: false, trades: false, candles: [], ticker: false }))).toEqual([]);
  });

  it('are asked for by instrument, in the words of the venue', () => {
    const venue = okx();
    const names = ['books:A-B', 'books:C-D', 'trades:A-B'];
    expect(venue.group?.(names)).toEqual([['books:A-B', 'trades:A-B'], ['books:C-D']]);
    expect(JSON.parse(venue.subscribe(['books:A-B', 'trades:A-B'], 7))).toEqual({
      id: '7',
      op: 'subscribe',
      args: [
        { channel: 'books', instId: 'A-B' },
        { channel: 'trades', instId: 'A-B' },
      ],
    });
    expect(JSON.parse(venue.unsubscribe(['books:A-B'], 8)).op).toBe('unsubscribe');
  });

  it('are kept open by a bare word, well within half a minute', () => {
    const keepAlive = okx().keepAlive?.('/ws/v5/public');
    expect(keepAlive?.text).toBe('ping');
    expect(keepAlive?.everyMs).toBeLessThan(30_000);
  });

  it('push their first book, which is asked for when it does not come', () => {
    const { bookSource, requestBookAfterMs, wholeFallback, depths } = okx();
    expect([bookSource, requestBookAfterMs, wholeFallback, depths]).toEqual(['stream', 3_000, true, [400]]);
  });
});

describe('requests', () => {
  it('for a book want its sequence id', () => {
    expect(okx().snapshotRequest('BTC-USDT', 400)?.path).toBe('/api/v5/market/books?instId=BTC-USDT&sz=400&source=0');
    expect(okx().snapshotRequest('BTC-USDT', 5_000)?.params.sz).toBe(400);
  });

  it('for candles go to the archive when they are older than a time', () => {
    expect(okx().historyRequest('BTC-USDT', '1h', null, 500)?.path).toBe(
      '/api/v5/market/candles?instId=BTC-USDT&bar=1H&limit=300',
    );
    expect(okx().historyRequest('BTC-USDT', '1w', 1_000, 500)?.path).toBe(
      '/api/v5/market/history-candles?instId=BTC-USDT&bar=1Wutc&limit=100&after=1000',
    );
    expect(okx().historyRequest('BTC-USDT', '1s', null, 500)).toBe(null);
  });

  it('for trades lost name the id behind the last of them, or the time', () => {
    const path = (toId: number): string | undefined =>
      okx().missedTradesRequest('BTC-USDT', { fromId: 5, toId, from: 1, to: 1_000.5 })?.path;
    expect(path(9)).toBe('/api/v5/market/history-trades?instId=BTC-USDT&type=1&after=10&limit=100');
    expect(path(-1)).toBe('/api/v5/market/history-trades?instId=BTC-USDT&type=2&after=1002&limit=100');
    expect(okx().recentTradesRequest('BTC-USDT', 1_000)?.params.limit).toBe(500);
  });

  it('name the kind of an instrument as its name tells it', () => {
    const types = ['BTC-USDT', 'BTC-USD-SWAP', 'BTC-USD-220527'].map((id) => okx().listingRequest(id).params.instType);
    expect(types).toEqual(['SPOT', 'SWAP', 'FUTURES']);
    expect(
      okx()
        .catalogueRequests()
        .map((one) => one.params.instType),
    ).toEqual(types);
    expect(okx().listingRequest('A&b').path).toBe('/api/v5/public/instruments?instType=SPOT&instId=A%26b');
  });
});

describe('what an answer means', () => {
  it.each([
    [200, answer([]), undefined],
    [200, answer([], '50011'), 'rate-limited'],
    [429, 'x', 'rate-limited'],
    [200, answer([], '51001'), 'unknown-symbol'],
    [200, '{"code":"51000","msg":"Parameter instId error","data":[]}', 'unknown-symbol'],
    [200, '{"code":"51000","msg":"Parameter bar error","data":[]}', 'subscribe-refused'],
    [403, '<html>', 'unreachable'],
    [200, answer([], '50013'), 'snapshot-failed'],
    [503, '', 'snapshot-failed'],
    [200, 'x', 'subscribe-refused'],
  ])('%i %s is %s', (status, text, kind) => {
    const read = readAnswer(text, status);
    expect('kind' in read ? read.kind : undefined).toBe(kind);
  });
});

describe('a book that was asked for', () => {
  const book = (bids: string, asks = '[]', rest = ',"seqId":7'): string =>
    `{"code":"0","msg":"","data":[{"asks":${asks},"bids":${bids},"ts":"1629966436396"${rest}}]}`;

  it('has its id, its levels and their texts', () => {
    const body = book('[["41006.8","0.60","0","1"],["41006.3","2","0","1"]]', '[["41006.9","1","0","1"]]');
    const read = okx().readSnapshot(body, 2, GRID, keep);
    expect([...(read?.bids.ticks.subarray(0, 2) ?? [])]).toEqual([410068, 410063]);
    expect([...(read?.bids.lots.subarray(0, 2) ?? [])]).toEqual([60, 200]);
    expect(read?.bids.tokens).toEqual(['41006.8:0.60', '41006.3:2']);
    expect([read?.sequence, read?.bidsCut, read?.asksCut]).toEqual([7, true, false]);
    expect(okx().readSnapshotId(body)).toBe(7);
  });

  it('asks for a finer grid when it needs one', () => {
    const asked: number[][] = [];
    okx().readSnapshot(book('[["1.001","0.0001"]]'), 400, GRID, (price, lot) => {
      asked.push([price, lot]);
      return { priceDecimals: price, lotDecimals: lot, epoch: 1 };
    });
    expect(asked).toEqual([[3, 4]]);
  });

  it('keeps sizes wider than a double and leaves out levels without size', () => {
    const read = okx().readSnapshot(book('[["1","99999999999999999.5"],["2","0"]]'), 400, GRID, keep);
    expect(read?.bids.wide?.get(0)).toBe(9999999999999999950n);
    expect([read?.bids.count, read?.bids.tokens.length]).toEqual([1, 1]);
  });

  it.each([
    ['no id, which no stream can join', book('[]', '[]', '')],
    ['an id as text', book('[]', '[]', ',"seqId":"7"')],
    ['an id beyond the safe integers', book('[]', '[]', ',"seqId":9007199254740993')],
    ['a price of zero', book('[["0","1"]]')],
    ['a negative size', book('[["1","-1"]]')],
    ['a bare number', book('[[1,"1"]]')],
    ['a level that is no list', book('[{}]')],
    ['a side that is no list', book('{}')],
    ['an error', '{"code":"51001","msg":"no","data":[]}'],
    ['no JSON', 'x'],
  ])('with %s is refused', (_, body) => {
    expect(okx().readSnapshot(body, 400, GRID, keep)).toBe(null);
  });
});

describe('listings', () => {
  const swap = (more: object = {}): object => ({
    instType: 'SWAP',
    instId: 'BTC-USDT-SWAP',
    uly: 'BTC-USDT',
    baseCcy: '',
    quoteCcy: '',
    settleCcy: 'USDT',
    ctVal: '0.01',
    ctMult: '10',
    ctValCcy: 'BTC',
    ctType: 'linear',
    tickSz: '0.10',
    lotSz: '0.01',
    state: 'live',
    ...more,
  });

  it('of contracts say what one stands for, its multiplier included', () => {
    expect(okx().readListing(answer([swap()]), 'BTC-USDT-SWAP')).toEqual({
      symbol: 'BTC-USDT-SWAP',
      base: 'BTC',
      quote: 'USDT',
      kind: 'perpetual',
      priceStep: '0.1',
      sizeStep: '0.01',
      sizeUnit: 'contracts',
      tradable: true,
      contract: { value: '0.1', currency: 'BTC' },
    });
  });

  it('go by the name where no underlying is stated', () => {
    expect(okx().readListing(answer([swap({ uly: '' })]), 'BTC-USDT-SWAP')).toMatchObject({
      base: 'BTC',
      quote: 'USDT',
    });
  });

  it('of currencies and shares say so', () => {
    const spot = (instId: string, baseCcy: string, quoteCcy: string): object =>
      swap({ instType: 'SPOT', instId, baseCcy, quoteCcy, ctVal: '' });
    const kind = (instId: string, base: string, quote: string): string | undefined =>
      okx().readListing(answer([spot(instId, base, quote)]), instId)?.kind;
    expect([kind('EUR-USD', 'EUR', 'USD'), kind('TSLAx-USDT', 'TSLAx', 'USDT')]).toEqual(['fx', 'equity']);
  });

  it.each([
    ['what a contract is worth is unknown', swap({ ctVal: '' })],
    ['a contract is worth nothing', swap({ ctVal: '0' })],
    ['there is no step', swap({ tickSz: '' })],
  ])('are none where %s', (_, entry) => {
    expect(okx().readListing(answer([entry]), 'BTC-USDT-SWAP')).toBe(null);
  });

  it('leave out what is suspended', () => {
    const body = answer([swap({ state: 'suspend' }), swap({ instId: 'ETH-USDT-SWAP', uly: 'ETH-USDT' }), 7, {}]);
    expect(okx().readListing(body, 'BTC-USDT-SWAP')?.tradable).toBe(false);
    expect(okx().readCatalogue(body)).toEqual([
      { id: 'okx:ETH-USDT-SWAP', base: 'ETH', quote: 'USDT', kind: 'perpetual', venueName: 'OKX' },
    ]);
  });
});

describe('history, trades, the day and the time', () => {
  const row = (t: string, close: string): string[] => [t, '1', '9', '0.5', close, '8422410', '22', '12', '1'];

  it('turns candles round, volumes in the unit of sizes', () => {
    expect(okx().readHistory(answer([row('1597026420000', '2'), row('1597026360000', '3')]), '1m')).toEqual([
      { t: 1597026360000, o: '1', h: '9', l: '0.5', c: '3', v: '8422410', n: 0 },
      { t: 1597026420000, o: '1', h: '9', l: '0.5', c: '2', v: '8422410', n: 0 },
    ]);
    expect(okx().readHistory(answer([]), '1m')).toEqual([]);
  });

  it.each(['x', answer({}), answer([[]]), answer([row('1597026420', '')]), answer([7]), answer([], '50011')])(
    'refuses candles such as %s',
    (body) => {
      expect(okx().readHistory(body, '1m')).toBe(null);
    },
  );

  const trade = (more: object = {}): object => ({
    instId: 'BTC-USDT',
    side: 'sell',
    sz: '0.00001',
    px: '29963.2',
    tradeId: '242720720',
    ts: '1654161646974',
    ...more,
  });

  it('turns trades round, several fills as one', () => {
    const body = answer([trade(), trade({ tradeId: '242720719', side: 'buy', count: '3' })]);
    expect(okx().readTrades(body)).toEqual([
      { id: 242720719, firstId: 242720717, price: '29963.2', size: '0.00001', aggressor: 1, time: 1654161646974 },
      { id: 242720720, firstId: 242720720, price: '29963.2', size: '0.00001', aggressor: 0, time: 1654161646974 },
    ]);
  });

  it.each([
    ['no side', trade({ side: 'Sell' })],
    ['an id that is no number', trade({ tradeId: 'x' })],
    ['no fills', trade({ count: '0' })],
    ['a price below zero', trade({ px: '-1' })],
    ['a time that is none', trade({ ts: '' })],
  ])('refuses trades with %s', (_, entry) => {
    expect(okx().readTrades(answer([entry]))).toBe(null);
  });

  it('reads the figures of a day', () => {
    const entry = {
      instType: 'SPOT',
      last: '90',
      open24h: '100',
      high24h: '120.5',
      low24h: '80',
      vol24h: '10.125',
      volCcy24h: '1012.5',
      ts: '1597026383085',
    };
    expect(okx().readTicker(answer([entry]), GRID)).toEqual({
      lastTicks: 900,
      changeTicks: -100,
      changeBasisPoints: -1000,
      highTicks: 1205,
      lowTicks: 800,
      volume: 1013,
      quoteVolume: '1012.5',
      eventTime: 1597026383085,
    });
    expect(okx().readTicker(answer([{ ...entry, instType: 'SWAP' }]), GRID)).not.toHaveProperty('quoteVolume');
    expect(okx().readTicker(answer([]), GRID)).toBe(null);
  });

  it('asks what time it is', () => {
    expect(okx().timeRequest?.().path).toBe('/api/v5/public/time');
    expect(okx().readTime?.(answer([{ ts: '1597026383085' }]))).toBe(1597026383085);
    expect(okx().readTime?.(answer([]))).toBe(null);
  });
});

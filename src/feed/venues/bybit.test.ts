import { describe, expect, it } from 'vitest';
import { LevelList } from '../book/level-list.ts';
import { bybit, bybitContinuity, bybitLinear } from './bybit.ts';
import { readAnswer } from './bybit-answers.ts';
import type { Diff, StreamNeed } from './venue.ts';

const diff = (id: number): Diff => ({
  first: id,
  last: id,
  previous: -1,
  eventTime: 0,
  bids: new LevelList(),
  asks: new LevelList(),
  checksum: null,
});
const need = (more: Partial<StreamNeed> = {}): StreamNeed => ({
  symbol: 'BTCUSDT',
  book: true,
  trades: true,
  candles: ['1m', '4h', '1w'],
  ticker: true,
  tradesSpoken: false,
  wholeBooks: false,
  ...more,
});
const GRID = { priceDecimals: 2, lotDecimals: 3, epoch: 0 };
const answer = (result: unknown, code = 0): string =>
  JSON.stringify({ retCode: code, retMsg: code === 0 ? 'OK' : 'no', result, retExtInfo: {}, time: 1780000000123 });

describe('the rule of continuity', () => {
  it.each([
    ['the next id', 11, 'apply'],
    ['the id of the book again', 10, 'skip'],
    ['a hole of one', 12, 'gap'],
    ['an id that fell back without saying so', 9, 'gap'],
    ['numbering begun anew', 2, 'gap'],
  ])('%s', (_, id, outcome) => {
    expect(bybitContinuity(10, diff(id))).toBe(outcome);
  });

  it('is that of the first change after the pushed book too', () => {
    expect([10, 11, 12].map((id) => bybit().joins(10, diff(id)))).toEqual(['skip', 'apply', 'gap']);
  });
});

describe('streams', () => {
  it('are of 200 levels, proven by the best level, and candles have their own spelling', () => {
    expect(
      bybit()
        .streams(need())
        .map(({ name, channel }) => [name, channel]),
    ).toEqual([
      ['orderbook.200.BTCUSDT', 'book'],
      ['orderbook.1.BTCUSDT', 'quote'],
      ['publicTrade.BTCUSDT', 'trades'],
      ['kline.1.BTCUSDT', 'candles'],
      ['kline.240.BTCUSDT', 'candles'],
      ['kline.W.BTCUSDT', 'candles'],
      ['tickers.BTCUSDT', 'ticker'],
    ]);
  });

  it('of the two categories are on sockets of their own, since the names are the same', () => {
    const urls = [bybit(), bybitLinear()].map((venue) => venue.socketUrls(venue.streams(need())[0].path));
    expect(urls).toEqual([['wss://stream.bybit.com/v5/public/spot'], ['wss://stream.bybit.com/v5/public/linear']]);
  });

  it('end with what is wanted', () => {
    expect(bybit().streams(need({ book: false, trades: false, candles: [], ticker: false }))).toEqual([]);
  });

  it('are asked for by symbol, ten at most in a message, since one wrong name refuses them all', () => {
    const names = [
      ...Array.from({ length: 12 }, (_, i) => `kline.${i}.BTCUSDT`),
      'orderbook.200.NOPE',
      'publicTrade.NOPE',
      'tickers.BTC-29SEP23',
    ];
    const groups = bybit().group?.(names) ?? [];
    expect(groups.map((group) => group.length)).toEqual([10, 2, 2, 1]);
    expect(groups.flat().sort()).toEqual([...names].sort());
    expect(groups[2]).toEqual(['orderbook.200.NOPE', 'publicTrade.NOPE']);
  });

  it('are subscribed in the words of the venue, the id as text', () => {
    expect(JSON.parse(bybit().subscribe(['a', 'b'], 7))).toEqual({ req_id: '7', op: 'subscribe', args: ['a', 'b'] });
    expect(JSON.parse(bybit().unsubscribe(['a'], 8))).toEqual({ req_id: '8', op: 'unsubscribe', args: ['a'] });
  });

  it('are kept open by a ping every twenty seconds', () => {
    expect(bybit().keepAlive?.('/v5/public/spot')).toEqual({ everyMs: 20_000, text: '{"op":"ping"}' });
  });
});

describe('requests', () => {
  it('name the category, the interval as the venue spells it and no more than may be asked for', () => {
    expect(bybitLinear().historyRequest('BTCUSDT', '1h', 1_000, 5_000)?.path).toBe(
      '/v5/market/kline?category=linear&symbol=BTCUSDT&interval=60&limit=1000&end=999',
    );
    expect(bybit().historyRequest('BTCUSDT', '1d', null, 10)?.path).toBe(
      '/v5/market/kline?category=spot&symbol=BTCUSDT&interval=D&limit=10',
    );
    expect(bybit().historyRequest('BTCUSDT', '5s', null, 10)).toBe(null);
    const limits = [bybit(), bybitLinear()].map((venue) => venue.recentTradesRequest('X', 1_000)?.params.limit);
    expect(limits).toEqual([60, 1_000]);
  });

  it('for trades lost ask for the newest: neither ids nor times can be named', () => {
    const span = { fromId: 1, toId: 5, from: 1, to: 2 };
    expect(bybit().missedTradesRequest('BTCUSDT', span)?.path).toBe(
      '/v5/market/recent-trade?category=spot&symbol=BTCUSDT&limit=60',
    );
  });

  it('for a book are not made: its ids are those of another stream', () => {
    expect(bybit().snapshotRequest('BTCUSDT', 200)).toBe(null);
    expect(bybit().readSnapshot('{}', 200, GRID, () => GRID)).toBe(null);
    expect(bybit().readSnapshotId('{}')).toBe(null);
  });

  it('escape what a symbol may hold', () => {
    expect(bybit().listingRequest('币&limit=1').path).toBe(
      '/v5/market/instruments-info?category=spot&symbol=%E5%B8%81%26limit%3D1',
    );
  });

  it('for the catalogue go page by page where there are pages', () => {
    const [first] = bybitLinear().catalogueRequests();
    expect(first.path).toBe('/v5/market/instruments-info?category=linear&limit=1000');
    const page = (nextPageCursor: string): string => answer({ category: 'linear', list: [], nextPageCursor });
    const next = (cursor: string): string | undefined => bybitLinear().nextCatalogueRequest?.(page(cursor))?.path;
    expect(next('first%3DA%26last%3DB')).toBe(`${first.path}&cursor=first%3DA%26last%3DB`);
    expect(next('a&b')).toBe(`${first.path}&cursor=a%26b`);
    expect(next('')).toBe(undefined);
    expect(bybitLinear().nextCatalogueRequest?.('x')).toBe(null);
    expect(bybit().nextCatalogueRequest?.(page('more'))).toBe(null);
  });
});

describe('what an answer means', () => {
  it.each([
    [200, answer({}), undefined, undefined],
    [200, answer({}, 10006), 'rate-limited', 5_000],
    [403, '{"retCode":10018,"retMsg":"access too frequent."}', 'rate-limited', 600_000],
    [403, 'access too frequent', 'rate-limited', 600_000],
    [403, '<html>blocked in your country</html>', 'unreachable', 0],
    [200, answer({}, 10001), 'unknown-symbol', 0],
    [502, '<html>', 'snapshot-failed', 0],
    [200, '<html>', 'subscribe-refused', 0],
    [200, answer({}, 10016), 'subscribe-refused', 0],
  ])('%i %s is %s', (status, text, kind, retryAfterMs) => {
    const read = readAnswer(text, status);
    expect('kind' in read ? [read.kind, read.retryAfterMs] : [undefined, undefined]).toEqual([kind, retryAfterMs]);
  });

  it('keeps a sentence of the venue short', () => {
    const read = readAnswer(JSON.stringify({ retCode: 1, retMsg: 'x'.repeat(10_000) }), 200);
    expect('kind' in read && read.detail.length).toBeLessThan(400);
  });
});

describe('listings and the catalogue', () => {
  const spot = (more: object = {}): object => ({
    symbol: 'BTCUSDT',
    baseCoin: 'BTC',
    quoteCoin: 'USDT',
    status: 'Trading',
    lotSizeFilter: { basePrecision: '0.000001', quotePrecision: '0.00000001' },
    priceFilter: { tickSize: '0.010' },
    ...more,
  });
  const linear = (more: object = {}): object => ({
    symbol: 'BTCUSDT',
    contractType: 'LinearPerpetual',
    status: 'Trading',
    baseCoin: 'BTC',
    quoteCoin: 'USDT',
    priceFilter: { tickSize: '0.10' },
    lotSizeFilter: { qtyStep: '0.001' },
    ...more,
  });
  const list = (...entries: object[]): string => answer({ list: entries });

  it('give the steps of both categories, sizes in the base currency', () => {
    expect(bybit().readListing(list(spot()), 'BTCUSDT')).toEqual({
      symbol: 'BTCUSDT',
      base: 'BTC',
      quote: 'USDT',
      kind: 'spot',
      priceStep: '0.01',
      sizeStep: '0.000001',
      sizeUnit: 'BTC',
      tradable: true,
    });
    expect(bybitLinear().readListing(list(linear()), 'BTCUSDT')).toMatchObject({
      kind: 'perpetual',
      priceStep: '0.1',
      sizeStep: '0.001',
      sizeUnit: 'BTC',
    });
  });

  it('tell perpetuals from dated futures, and tokenised shares from coins', () => {
    const dated = linear({ symbol: 'BTC-29SEP23', contractType: 'LinearFutures' });
    expect(bybitLinear().readListing(list(dated), 'BTC-29SEP23')?.kind).toBe('future');
    expect(bybit().readListing(list(spot({ symbol: 'TSLAXUSDT', baseCoin: 'TSLAX' })), 'TSLAXUSDT')?.kind).toBe(
      'equity',
    );
  });

  it.each([
    ['another symbol', list(spot({ symbol: 'ETHUSDT' }))],
    ['no steps', list(spot({ priceFilter: {} }))],
    ['a step of zero', list(spot({ priceFilter: { tickSize: '0.00' } }))],
    ['a step that is no number', list(spot({ lotSizeFilter: { basePrecision: 'x' } }))],
    ['a step in powers', list(spot({ priceFilter: { tickSize: '1e-3' } }))],
    ['not JSON', 'x'],
    ['a list that is none', answer({ list: {} })],
    ['an error', answer({ list: [spot()] }, 10001)],
  ])('with %s is no listing', (_, body) => {
    expect(bybit().readListing(body, 'BTCUSDT')).toBe(null);
  });

  it('leave out what does not trade, a contract before its launch among it', () => {
    const body = list(
      linear({ status: 'PreLaunch' }),
      linear({ symbol: 'ETHUSDT', baseCoin: 'ETH' }),
      {},
      linear({ symbol: '' }),
    );
    expect(bybitLinear().readListing(body, 'BTCUSDT')?.tradable).toBe(false);
    expect(bybitLinear().readCatalogue(body)).toEqual([
      { id: 'bybit-linear:ETHUSDT', base: 'ETH', quote: 'USDT', kind: 'perpetual', venueName: 'Bybit Perp' },
    ]);
    expect(bybit().readCatalogue('x')).toEqual([]);
  });
});

describe('history, trades, the day and the time', () => {
  it('turns candles round, which come newest first', () => {
    const rows = [
      ['1670608860000', '2', '3', '1.5', '2.5', '10', '25'],
      ['1670608800000', '1', '2', '0.5', '2', '7.25', '14'],
    ];
    expect(bybit().readHistory(answer({ list: rows }), '1m')).toEqual([
      { t: 1670608800000, o: '1', h: '2', l: '0.5', c: '2', v: '7.25', n: 0 },
      { t: 1670608860000, o: '2', h: '3', l: '1.5', c: '2.5', v: '10', n: 0 },
    ]);
    expect(bybit().readHistory(answer({ list: [] }), '1m')).toEqual([]);
  });

  it.each([
    'x',
    answer({}),
    answer({ list: {} }),
    answer({ list: [[]] }),
    answer({ list: [[1670608800000, '1', '2', '0.5', '2', '7']] }),
    answer({ list: [['1670608800000', '1', '2', '-0.5', '2', '7']] }),
    answer({ list: [] }, 10006),
  ])('refuses candles such as %s', (body) => {
    expect(bybit().readHistory(body, '1m')).toBe(null);
  });

  const trade = (more: object = {}): object => ({
    execId: '2290000000050703790',
    symbol: 'BTCUSDT',
    price: '16618.49',
    size: '0.00012',
    side: 'Buy',
    time: '1672052955758',
    isBlockTrade: false,
    ...more,
  });

  it('turns trades round, and leaves out those agreed on away from the book', () => {
    const body = answer({
      list: [trade(), trade({ isBlockTrade: true }), trade({ execId: '7', side: 'Sell', time: '1672052955000' })],
    });
    expect(bybit().readTrades(body)).toEqual([
      { id: 7, firstId: 7, price: '16618.49', size: '0.00012', aggressor: 0, time: 1672052955000 },
      {
        id: 50703790,
        firstId: 50703790,
        idText: '2290000000050703790',
        price: '16618.49',
        size: '0.00012',
        aggressor: 1,
        time: 1672052955758,
      },
    ]);
  });

  it('names linear trades as their stream does', () => {
    const body = answer({ list: [trade({ execId: '8a5d9d87-5a29' })] });
    expect(bybitLinear().readTrades(body)).toMatchObject([{ id: -1, idText: '8a5d9d87-5a29' }]);
    expect(bybit().readTrades(body)).toBe(null);
  });

  it.each([
    ['no side', trade({ side: 'buy' })],
    ['a size below zero', trade({ size: '-1' })],
    ['a time as a number', trade({ time: 1672052955758 })],
    ['no name', trade({ execId: '' })],
  ])('refuses trades with %s', (_, entry) => {
    expect(bybitLinear().readTrades(answer({ list: [entry] }))).toBe(null);
  });

  it('reads the figures of a day', () => {
    const entry = {
      lastPrice: '16597.00',
      prevPrice24h: '16464.50',
      highPrice24h: '30912.50',
      lowPrice24h: '15700.00',
      volume24h: '4905629.6154',
      turnover24h: '8.5E7',
      markPrice: '16596.005',
      fundingRate: '-0.001034',
      nextFundingTime: '1672387200000',
    };
    expect(bybitLinear().readTicker(answer({ list: [entry] }), GRID)).toEqual({
      lastTicks: 1_659_700,
      changeTicks: 13250,
      changeBasisPoints: 80,
      highTicks: 3091250,
      lowTicks: 1570000,
      volume: 4905629615,
      quoteVolume: '8.5E7',
      markTicks: 1659601,
      fundingRate: '-0.001034',
      nextFundingAt: 1672387200000,
      eventTime: 1780000000123,
    });
    expect(bybit().readTicker(answer({ list: [{ lastPrice: 'x' }] }), GRID)).toBe(null);
    expect(bybit().readTicker(answer({ list: [] }), GRID)).toBe(null);
  });

  it('asks what time it is, which every answer says', () => {
    expect(bybit().timeRequest?.().path).toBe('/v5/market/time?category=spot');
    expect(bybit().readTime?.(answer({ timeSecond: '1780000000' }))).toBe(1780000000123);
    expect(bybit().readTime?.('{"retCode":0}')).toBe(null);
  });
});

describe('the registry entry', () => {
  it('makes a decoder of its own for each venue', () => {
    expect([bybit().id, bybitLinear().id]).toEqual(['bybit', 'bybit-linear']);
    expect(bybit().decode).not.toBe(bybit().decode);
  });

  it('orders trades of spot by number and knows those of contracts by name alone', () => {
    expect([bybit().tradeIds, bybitLinear().tradeIds]).toEqual(['increasing', 'unordered']);
  });
});

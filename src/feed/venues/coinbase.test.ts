import { describe, expect, it } from 'vitest';
import { BUYER, SELLER } from '@/market/trade.ts';
import { LevelList } from '../book/level-list.ts';
import { CallLog } from '../testing/call-log.ts';
import { coinbase } from './coinbase.ts';
import type { Diff, StreamNeed, Venue } from './venue.ts';

const TIME = '2021-04-17T16:43:37.075687Z';
const AT = 1_618_677_817_075;

const heard = (venue: Venue, text: string, log = new CallLog()): unknown[][] => {
  venue.decode(text, log);
  return log.take();
};
const need = (more: Partial<StreamNeed> = {}): StreamNeed => ({
  symbol: 'BTC-USD',
  book: true,
  trades: true,
  candles: ['1m'],
  ticker: true,
  tradesSpoken: false,
  wholeBooks: false,
  ...more,
});
const nameOf = ({ name }: { readonly name: string }): string => name;
const ticker = (id: number, bid: string, ask: string, more = ''): string =>
  `{"type":"ticker","sequence":1,"product_id":"BTC-USD","price":"61602.01","open_24h":"61000","volume_24h":"12.5","low_24h":"60000","high_24h":"62000","best_bid":"${bid}","best_ask":"${ask}","side":"buy","time":"${TIME}","trade_id":${id},"last_size":"1"${more}}`;
const match = (side: string): string =>
  `{"type":"match","trade_id":7,"side":"${side}","size":"1.5","price":"61602.01","product_id":"BTC-USD","time":"${TIME}"}`;

describe('the book of Coinbase', () => {
  it('begins with a snapshot of every level, which has no number', () => {
    const text = '{"type":"snapshot","product_id":"BTC-USD","asks":[["2","1"]],"bids":[["1.5","0.001"]]}';
    expect(heard(coinbase(), text)).toEqual([
      [
        'book',
        'BTC-USD',
        { sequence: -1, eventTime: 0, checksum: null, depth: 0, bids: [[150, 1]], asks: [[200, 1_000]] },
      ],
    ]);
  });

  it('is dated where newer servers date it', () => {
    const text = `{"type":"snapshot","product_id":"BTC-USD","asks":[],"bids":[],"time":"${TIME}"}`;
    expect(heard(coinbase(), text)[0][2]).toMatchObject({ eventTime: AT });
  });

  it('changes by absolute sizes, buy being the bid side and any spelling of zero removing a level', () => {
    const text = `{"type":"l2update","product_id":"BTC-USD","changes":[["buy","1.5","0"],["sell","2","0.00"],["buy","1.4","0.00000000"],["sell","2.1","3"]],"time":"${TIME}"}`;
    expect(heard(coinbase(), text)).toEqual([
      [
        'diff',
        'BTC-USD',
        {
          first: -1,
          last: -1,
          previous: -1,
          eventTime: AT,
          checksum: null,
          bids: [
            [150, 0],
            [140, 0],
          ],
          asks: [
            [200, 0],
            [210, 3_000],
          ],
        },
      ],
    ]);
  });

  it('has no numbers, so that every change applies and no snapshot can be asked for', () => {
    const venue = coinbase();
    const diff: Diff = {
      first: -1,
      last: -1,
      previous: -1,
      eventTime: 0,
      bids: new LevelList(),
      asks: new LevelList(),
      checksum: null,
    };
    expect([venue.continuity(-1, diff), venue.joins(-1, diff), venue.sequenced]).toEqual(['apply', 'apply', false]);
    expect(venue.snapshotRequest('BTC-USD', 0)).toBe(null);
    expect(venue.bookSource).toBe('stream');
  });

  it('asks for a finer grid and then reads the same message', () => {
    const text = `{"type":"l2update","product_id":"BTC-USD","changes":[["buy","1.23456","0.00000001"]],"time":"${TIME}"}`;
    expect(heard(coinbase(), text).map(([kind]) => kind)).toEqual(['refine', 'diff']);
  });

  it('keeps a size of more than 2^53 lots exactly', () => {
    const text = `{"type":"l2update","product_id":"BTC-USD","changes":[["buy","1","112716000000000.001"]],"time":"${TIME}"}`;
    expect(heard(coinbase(), text)[0][2]).toMatchObject({ bids: [[100, 112_716_000_000_000_001n]] });
  });

  it('is lost when a change cannot be read, and nobody knows of one without a name', () => {
    const refused = (text: string): unknown[] => heard(coinbase(), text)[0].slice(2);
    const head = '{"type":"l2update","product_id":"BTC-USD",';
    expect(refused(`${head}"changes":[["bid","1","1"]],"time":"${TIME}"}`)).toEqual(['BTC-USD', true]);
    expect(refused(`${head}"changes":[["buy","0","1"]],"time":"${TIME}"}`)).toEqual(['BTC-USD', true]);
    expect(refused(`${head}"changes":[["buy","1","-1"]],"time":"${TIME}"}`)).toEqual(['BTC-USD', true]);
    expect(refused(`${head}"changes":[["buy","1","1"]],"time":"noon"}`)).toEqual(['BTC-USD', true]);
    expect(refused(`${head}"changes":[["buy","1","1`)).toEqual(['BTC-USD', true]);
    expect(refused('{"type":"l2update","changes":[]}')).toEqual([null, true]);
    expect(refused(match('sell').replace('"1.5"', '"0"'))).toEqual(['BTC-USD', false]);
  });
});

describe('trades of Coinbase', () => {
  it.each([
    ['sell', BUYER],
    ['buy', SELLER],
  ])('name the maker: a resting %s was taken by the other', (side, aggressor) => {
    expect(heard(coinbase(), match(side))[0][2]).toMatchObject({
      id: 7,
      firstId: 7,
      aggressor,
      time: AT,
      initial: false,
    });
  });

  it('from before the subscription are marked and say where the numbers begin', () => {
    const text = match('sell').replace('"match"', '"last_match"');
    expect(heard(coinbase(), text)[0][2]).toMatchObject({ id: 7, initial: true });
    expect(coinbase().tradeIds).toBe('consecutive');
  });

  it('are known to be missing by the heartbeat', () => {
    const text = `{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD","time":"${TIME}"}`;
    expect(heard(coinbase(), text)).toEqual([['newestTrade', 'BTC-USD', 20, AT]]);
  });
});

describe('the ticker of Coinbase', () => {
  it('states best prices, except that of the trade from before the subscription', () => {
    const venue = coinbase();
    venue.subscribe(['ticker:BTC-USD'], 1);
    expect(heard(venue, ticker(7, '61602.00', '61602.01')).map(([kind]) => kind)).toEqual(['ticker']);
    expect(heard(venue, ticker(8, '61602.00', '61602.01'))[0]).toEqual([
      'statement',
      'BTC-USD',
      { sequence: -1, time: AT, hasSizes: false, bids: [[6_160_200, 0]], asks: [[6_160_201, 0]] },
    ]);
    expect(heard(venue, ticker(8, '1', '2')).map(([kind]) => kind)).toEqual(['ticker']);
    venue.subscribe(['ticker:BTC-USD'], 2);
    expect(heard(venue, ticker(9, '1', '2')).map(([kind]) => kind)).toEqual(['ticker']);
  });

  it('states sizes where the server has them, and empty sides as such', () => {
    const venue = coinbase();
    heard(venue, ticker(7, '1', '2'));
    expect(heard(venue, ticker(8, '1', '0', ',"best_bid_size":"0.5","best_ask_size":"0"'))[0][2]).toMatchObject({
      hasSizes: true,
      bids: [[100, 500]],
      asks: [],
    });
  });

  it('gives the change of the day and its figures', () => {
    expect(heard(coinbase(), ticker(7, '1', '2'))[0]).toEqual([
      'ticker',
      'BTC-USD',
      {
        lastTicks: 6_160_201,
        changeTicks: 60_201,
        changeBasisPoints: 99,
        highTicks: 6_200_000,
        lowTicks: 6_000_000,
        volume: 12_500,
        eventTime: AT,
      },
    ]);
  });

  it('gives no change where there was no price a day ago', () => {
    const text = ticker(7, '1', '2').replace('"open_24h":"61000"', '"open_24h":"0"');
    expect(heard(coinbase(), text)[0][2]).not.toHaveProperty('changeTicks');
  });

  it('is refused with half a best price', () => {
    expect(heard(coinbase(), ticker(7, '1', '2').replace('"best_ask":"2",', ''))[0][0]).toBe('rejected');
  });
});

describe('subscriptions of Coinbase', () => {
  it('are of the channels that need no login', () => {
    expect(coinbase().streams(need()).map(nameOf)).toEqual([
      'level2_batch:BTC-USD',
      'matches:BTC-USD',
      'ticker:BTC-USD',
      'heartbeat:BTC-USD',
    ]);
  });

  it('take the ticker as a proof where nobody looks at it, and nothing that nobody needs', () => {
    const proofs = coinbase().streams(need({ ticker: false, trades: false }));
    expect(proofs.find(({ name }) => name.startsWith('ticker'))).toMatchObject({ channel: 'quote', optional: true });
    expect(
      coinbase()
        .streams(need({ book: false, trades: false }))
        .map(nameOf),
    ).toEqual(['ticker:BTC-USD']);
    expect(coinbase().streams(need({ book: false, trades: false, ticker: false }))).toEqual([]);
  });

  it('are made for one product in a message, all its channels together', () => {
    const venue = coinbase();
    const names = ['level2_batch:BTC-USD', 'matches:ETH-USD', 'matches:BTC-USD'];
    const groups = venue.group?.(names) ?? [];
    expect(groups).toEqual([['level2_batch:BTC-USD', 'matches:BTC-USD'], ['matches:ETH-USD']]);
    expect(JSON.parse(venue.subscribe(groups[0], 1))).toEqual({
      type: 'subscribe',
      product_ids: ['BTC-USD'],
      channels: ['level2_batch', 'matches'],
    });
    expect(JSON.parse(venue.unsubscribe(groups[1], 2))).toEqual({
      type: 'unsubscribe',
      product_ids: ['ETH-USD'],
      channels: ['matches'],
    });
  });

  it('are acknowledged once, however often the list of all is repeated', () => {
    const venue = coinbase();
    const list = (products: string): string =>
      `{"type":"subscriptions","channels":[{"name":"level2_batch","product_ids":[${products}],"account_ids":null}]}`;
    venue.subscribe(['level2_batch:BTC-USD'], 1);
    venue.subscribe(['level2_batch:ETH-USD'], 2);
    const named = (products: string): unknown => (heard(venue, list(products))[0][1] as { names: unknown }).names;
    expect(named('"BTC-USD"')).toEqual(['level2_batch:BTC-USD']);
    expect(named('"BTC-USD","ETH-USD"')).toEqual(['level2_batch:ETH-USD']);
    venue.unsubscribe(['level2_batch:BTC-USD'], 3);
    venue.subscribe(['level2_batch:BTC-USD'], 4);
    expect(named('"BTC-USD","ETH-USD"')).toEqual(['level2_batch:BTC-USD']);
  });

  it('are known by the plain name of the batched channel too', () => {
    const text = '{"type":"subscriptions","channels":[{"name":"level2","product_ids":["BTC-USD"]}]}';
    expect(heard(coinbase(), text)[0][1]).toMatchObject({ kind: 'ack', names: ['level2_batch:BTC-USD'] });
  });
});

describe('refusals of Coinbase', () => {
  const error = (reason: string): string => `{"type":"error","message":"Failed to subscribe","reason":"${reason}"}`;
  const refused = (venue: Venue, reason: string): unknown => heard(venue, error(reason))[0][1];

  it('are of the product their sentence names, in all its channels', () => {
    expect(refused(coinbase(), 'LOOM-USDC is delisted')).toEqual({
      kind: 'refusal',
      id: null,
      names: ['level2_batch:LOOM-USDC', 'matches:LOOM-USDC', 'ticker:LOOM-USDC', 'heartbeat:LOOM-USDC'],
      detail: 'Failed to subscribe: LOOM-USDC is delisted',
    });
  });

  it('of a channel hit whatever was asked of it', () => {
    const venue = coinbase();
    venue.subscribe(['level2_batch:BTC-USD', 'matches:BTC-USD'], 1);
    venue.subscribe(['level2_batch:ETH-USD'], 2);
    expect(refused(venue, 'level2_batch needs a login now')).toMatchObject({
      names: ['level2_batch:BTC-USD', 'level2_batch:ETH-USD'],
    });
  });

  it('that name nothing are of the one product still unanswered, and of none while several are', () => {
    const venue = coinbase();
    venue.subscribe(['matches:BTC-USD'], 1);
    expect(refused(venue, 'not now')).toMatchObject({ names: ['matches:BTC-USD'] });
    venue.subscribe(['matches:BTC-USD'], 2);
    venue.subscribe(['matches:ETH-USD'], 3);
    expect(refused(venue, 'not now')).toMatchObject({ names: [] });
    venue.hello?.('/');
    expect(refused(venue, 'not now')).toMatchObject({ names: [] });
  });

  it('of a slow reader announce the end of the connection', () => {
    expect(heard(coinbase(), '{"type":"error","message":"ErrSlowConsume"}')[0][1]).toMatchObject({ kind: 'closing' });
  });
});

describe('requests to Coinbase', () => {
  const venue = coinbase();

  it('for candles name both ends, of at most three hundred bars', () => {
    const path = (before: number | null, limit: number): string | undefined =>
      venue.historyRequest('BTC-USD', '5m', before, limit)?.path;
    expect(path(null, 500)).toBe('/products/BTC-USD/candles?granularity=300');
    expect(path(Date.UTC(2024, 1, 29, 12), 2)).toBe(
      '/products/BTC-USD/candles?granularity=300&start=2024-02-29T11%3A50%3A00Z&end=2024-02-29T11%3A55%3A00Z',
    );
    expect(path(Date.UTC(2026, 0, 1, 1), 1_000)).toContain('start=2025-12-31T00%3A00%3A00Z');
    expect(venue.historyRequest('BTC-USD', '3m', null, 10)).toBe(null);
  });

  it('for missed trades page back from the newest of them', () => {
    const span = { fromId: 11, toId: 20, from: 0, to: 0 };
    expect(venue.missedTradesRequest('BTC-USD', span)?.path).toBe('/products/BTC-USD/trades?limit=10&after=21');
    expect(venue.missedTradesRequest('BTC-USD', { ...span, toId: 5_000 })?.path).toContain('limit=1000&');
    expect(venue.missedTradesRequest('BTC-USD', { ...span, toId: -1 })).toBe(null);
  });

  it('escape what a symbol may hold', () => {
    expect(venue.listingRequest('A/B?').path).toBe('/products/A%2FB%3F');
  });

  it('write any time of these centuries as the calendar has it', () => {
    for (let day = 0; day < 365 * 200; day += 13) {
      const before = (day + 1) * 86_400_000;
      const path = venue.historyRequest('X', '1d', before, 1)?.path ?? '';
      const iso = decodeURIComponent(/end=([^&]+)/.exec(path)?.[1] ?? '');
      expect(iso).toBe(new Date(before - 86_400_000).toISOString().replace('.000Z', 'Z'));
    }
  });
});

describe('answers of Coinbase', () => {
  const venue = coinbase();
  const product =
    '{"id":"EUR-USD","base_currency":"EUR","quote_currency":"USD","quote_increment":"0.0100","base_increment":"0.00000001","status":"online","trading_disabled":false}';

  it('give one product or the list of all', () => {
    const listing = { symbol: 'EUR-USD', kind: 'fx', priceStep: '0.01', sizeStep: '0.00000001', tradable: true };
    expect(venue.readListing(product, 'EUR-USD')).toMatchObject(listing);
    expect(venue.readListing(`[{},${product},5]`, 'EUR-USD')).toMatchObject(listing);
    expect(venue.readListing(product, 'BTC-USD')).toBe(null);
    expect(venue.readListing(product.replace('"0.0100"', '"0"'), 'EUR-USD')).toBe(null);
    expect(venue.readListing('<html>', 'EUR-USD')).toBe(null);
  });

  it('leave out of the catalogue what does not trade', () => {
    const halted = product.replace('false', 'true').replace('EUR-USD', 'A-USD');
    const delisted = product.replace('online', 'delisted').replace('EUR-USD', 'B-USD');
    expect(venue.readCatalogue(`[${product},${halted},${delisted}]`)).toEqual([
      { id: 'coinbase:EUR-USD', base: 'EUR', quote: 'USD', kind: 'fx', venueName: 'Coinbase' },
    ]);
  });

  it('give candles oldest first, their bare numbers as they were written', () => {
    const body = '[[120,1.1,2.50,1.2,2,1e-8],[60,1,1,1,1,10.123456789012345678]]';
    expect(venue.readHistory(body, '1m')).toEqual([
      { t: 60_000, o: '1', h: '1', l: '1', c: '1', v: '10.123456789012345678', n: 0 },
      { t: 120_000, o: '1.2', h: '2.50', l: '1.1', c: '2', v: '1e-8', n: 0 },
    ]);
    expect(venue.readHistory('[]', '1m')).toEqual([]);
    expect(venue.readHistory('[[60,1,1,1,1]]', '1m')).toBe(null);
    expect(venue.readHistory('[[60,1,1,1,-1,1]]', '1m')).toBe(null);
    expect(venue.readHistory('{"message":"NotFound"}', '1m')).toBe(null);
  });

  it('give trades oldest first, by who took', () => {
    const row = (id: number, side: string): string =>
      `{"time":"${TIME}","trade_id":${id},"price":"10.5","size":"0.01","side":"${side}"}`;
    expect(venue.readTrades(`[${row(75, 'buy')},${row(74, 'sell')}]`)).toEqual([
      { id: 74, firstId: 74, price: '10.5', size: '0.01', aggressor: BUYER, time: AT },
      { id: 75, firstId: 75, price: '10.5', size: '0.01', aggressor: SELLER, time: AT },
    ]);
    expect(venue.readTrades(`[${row(75, 'both')}]`)).toBe(null);
    expect(venue.readTrades(`[${row(75, 'buy').replace('10.5', 'ten')}]`)).toBe(null);
  });

  it('give the figures of the day, rounded to the grid, and the time', () => {
    const grid = { priceDecimals: 2, lotDecimals: 3, epoch: 0 };
    const stats = '{"open":"100","high":"120.005","low":"90","last":"110","volume":"1.2345"}';
    expect(venue.readTicker(stats, grid)).toEqual({
      lastTicks: 11_000,
      changeTicks: 1_000,
      changeBasisPoints: 1_000,
      highTicks: 12_001,
      lowTicks: 9_000,
      volume: 1_235,
      eventTime: 0,
    });
    expect(venue.readTicker('{}', grid)).toBe(null);
    expect(venue.readTime?.(`{"iso":"${TIME}","epoch":1618677817.075}`)).toBe(AT);
    expect(venue.readTime?.('{"iso":"now"}')).toBe(null);
  });

  it.each([
    [404, 'unknown-symbol'],
    [429, 'rate-limited'],
    [403, 'unreachable'],
    [400, 'subscribe-refused'],
    [502, 'snapshot-failed'],
  ])('say why they are none: %i is %s', (status, kind) => {
    expect(venue.responseBody('{"message":"NotFound"}', status)).toMatchObject({ kind, detail: 'NotFound' });
    expect(venue.responseBody('<html>', status)).toMatchObject({ kind, detail: `status ${status}` });
  });
});

import { describe, expect, it } from 'vitest';
import { BUYER, SELLER } from '@/market/trade.ts';
import { answerFault, httpPair, readCatalogue, readListing, readTrades } from './kraken-answers.ts';

const row = (symbol: string, rest = ''): string => {
  const [base, quote] = symbol.split('/');
  return `{"symbol":"${symbol}","base":"${base}","quote":"${quote}","status":"online","qty_precision":8,"qty_increment":1e-08,"price_precision":1,"tick_size":0.1,"price_increment":0.1,"qty_min":5e-05${rest}}`;
};
const list = (...rows: string[]): string =>
  `{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[${rows.join(',')}]}}`;
const HTTP =
  '{"error":[],"result":{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","base":"XXBT","quote":"ZUSD","pair_decimals":1,"lot_decimals":8,"tick_size":"0.1","status":"online"},"XDGEUR":{"altname":"XDGEUR","wsname":"XDG/EUR","base":"XXDG","quote":"ZEUR","pair_decimals":7,"lot_decimals":8,"status":"online"}}}';

describe("Kraken's list of instruments", () => {
  it('gives the steps as plain decimals, whatever their spelling', () => {
    expect(readListing(list(row('ETH/USD'), row('BTC/USD')), 'BTC/USD')).toEqual({
      symbol: 'BTC/USD',
      base: 'BTC',
      quote: 'USD',
      kind: 'spot',
      priceStep: '0.1',
      sizeStep: '0.00000001',
      sizeUnit: 'BTC',
      tradable: true,
    });
    const shouted = row('BTC/USD').replace('1e-08', '1E-8').replace('"price_increment":0.1', '"price_increment":5e-05');
    expect(readListing(list(shouted), 'BTC/USD')).toMatchObject({ sizeStep: '0.00000001', priceStep: '0.00005' });
  });

  it('falls back to the older spelling and to the precisions', () => {
    const old = row('BTC/USD').replace('"price_increment":0.1,', '').replace('"qty_increment":1e-08,', '');
    expect(readListing(list(old), 'BTC/USD')).toMatchObject({ priceStep: '0.1', sizeStep: '0.00000001' });
    const bare = old.replace('"tick_size":0.1,', '');
    expect(readListing(list(bare), 'BTC/USD')).toMatchObject({ priceStep: '0.1' });
  });

  it('knows currencies and tokenised shares for what they are', () => {
    const body = list(row('EUR/USD'), row('AAPLx/USD'), row('BTC/EUR'));
    expect(readCatalogue(body).map(({ id, kind }) => [id, kind])).toEqual([
      ['kraken:EUR/USD', 'fx'],
      ['kraken:AAPLx/USD', 'equity'],
      ['kraken:BTC/EUR', 'spot'],
    ]);
    expect(readListing(body, 'AAPLx/USD')).toMatchObject({ kind: 'equity', sizeUnit: 'AAPLx' });
  });

  it('leaves out what is gone or not there yet and keeps what rests', () => {
    const status = (symbol: string, value: string): string => row(symbol).replace('"online"', `"${value}"`);
    const body = list(
      status('A/USD', 'delisted'),
      status('B/USD', 'work_in_progress'),
      status('C/USD', 'maintenance'),
      status('D/USD', 'post_only'),
    );
    expect(readCatalogue(body).map(({ id }) => id)).toEqual(['kraken:C/USD', 'kraken:D/USD']);
    expect(readListing(body, 'A/USD')?.tradable).toBe(false);
  });

  it('is read from HTTP too, where assets have their old names', () => {
    expect(readListing(HTTP, 'BTC/USD')).toMatchObject({
      base: 'BTC',
      quote: 'USD',
      priceStep: '0.1',
      sizeStep: '0.00000001',
    });
    expect(readCatalogue(HTTP).map(({ id }) => id)).toEqual(['kraken:BTC/USD', 'kraken:DOGE/EUR']);
    expect(readListing(HTTP, 'DOGE/EUR')?.priceStep).toBe('0.0000001');
  });

  it.each([
    ['not JSON', '{'],
    ['an error', '{"error":["EService:Unavailable"]}'],
    ['a refusal', '{"error":"Subscription not available","method":"subscribe","success":false}'],
    ['a list of nothing', list()],
    ['a pair without steps', list('{"symbol":"BTC/USD","base":"BTC","quote":"USD","status":"online"}')],
    [
      'a pair with a step of zero',
      list(row('BTC/USD').replaceAll(':0.1', ':0').replace('precision":1', 'precision":-1')),
    ],
    ['a pair that is a text', list('"BTC/USD"')],
  ])('that is %s lists nothing', (_, body) => {
    expect(readListing(body, 'BTC/USD')).toBeNull();
  });

  it('passes over a pair it cannot make sense of', () => {
    const body = list('{"symbol":""}', '{}', '7', `{"symbol":"${'A'.repeat(65)}"}`, row('BTC/USD'));
    expect(readCatalogue(body).map(({ id }) => id)).toEqual(['kraken:BTC/USD']);
  });
});

describe("Kraken's trades over HTTP", () => {
  const answer = (...rows: string[]): string =>
    `{"error":[],"result":{"XXBTZUSD":[${rows.join(',')}],"last":"1688671969993150842"}}`;
  const first = '["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952]';
  const second = '["30243.30000","0.00376960",1688669598.2,"s","l","",61044953]';

  it('are read oldest first, with the aggressor and their ids', () => {
    expect(readTrades(answer(second, first))).toEqual([
      {
        id: 61044952,
        firstId: 61044952,
        price: '30243.40000',
        size: '0.34507674',
        aggressor: BUYER,
        time: 1688669597827,
      },
      {
        id: 61044953,
        firstId: 61044953,
        price: '30243.30000',
        size: '0.00376960',
        aggressor: SELLER,
        time: 1688669598200,
      },
    ]);
  });

  it('may be none', () => {
    expect(readTrades(answer())).toEqual([]);
  });

  it.each([
    ['an error', '{"error":["EGeneral:Too many requests"]}'],
    ['not JSON', 'Bad gateway'],
    ['without an id', answer('["1","1",1688669597.8,"b","m",""]')],
    ['of neither side', answer(first.replace('"b"', '"x"'))],
    ['of no size', answer(first.replace('0.34507674', '0.0'))],
    ['with a bare price', answer(first.replace('"30243.40000"', '30243.4'))],
    ['with a time as text', answer(first.replace('1688669597.8277369', '"1688669597"'))],
    ['with a time in milliseconds', answer(first.replace('1688669597.8277369', '1688669597827.7'))],
    ['a list of something else', '{"error":[],"result":{"XXBTZUSD":{}}}'],
  ])('that are %s are refused', (_, body) => {
    expect(readTrades(body)).toBeNull();
  });
});

describe('what an answer of Kraken means', () => {
  it.each([
    [429, '', 'rate-limited'],
    [400, '{"error":["EGeneral:Too many requests"]}', 'rate-limited'],
    [400, '{"error":"Exceeded msg rate","method":"subscribe","success":false}', 'rate-limited'],
    [403, '<html>', 'unreachable'],
    [520, '', 'snapshot-failed'],
    [400, '{"error":"Subscription not available"}', 'subscribe-refused'],
  ])('%i %s is %s', (status, text, kind) => {
    expect(answerFault(text, status)).toMatchObject({ kind, retryAfterMs: 0 });
  });
});

describe('the name of a pair over HTTP', () => {
  it.each([
    ['BTC/USD', 'XBTUSD'],
    ['ETH/BTC', 'ETHXBT'],
    ['DOGE/USD', 'XDGUSD'],
    ['EUR/USD', 'EURUSD'],
  ])('of %s is %s', (symbol, pair) => {
    expect(httpPair(symbol)).toBe(pair);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCapture } from '../capture-file';
import type { RunningVenue } from './start-venue';
import { startVenue } from './start-venue';
import { Listener, shipped, until, withVenue } from './testing/harness';

let spot: RunningVenue;
let futures: RunningVenue;
beforeAll(async () => {
  const settings = { speed: 'max', clock: 'recorded', history: 50 } as const;
  spot = await startVenue({ ...settings, files: [shipped('binance-spot.jsonl.gz')] });
  futures = await startVenue({ ...settings, files: [shipped('binance-usdm.jsonl.gz')] });
  // Both play to their end, so that every answer below is of a known moment.
  for (const [venue, path] of [
    [spot, '/ws'],
    [futures, '/public/ws'],
  ] as const) {
    const client = await Listener.open(`${venue.url()}${path}/btcusdt@depth`);
    const other = await Listener.open(`${venue.url()}${path}/btcusdt@trade`);
    await fetch(`${venue.url()}${path === '/ws' ? '/api/v3' : '/fapi/v1'}/depth?symbol=BTCUSDT&limit=1000`);
    await venue.ended();
    client.close();
    other.close();
  }
}, 20_000);
afterAll(async () => {
  await Promise.all([spot.close(), futures.close()]);
});

async function get(url: string): Promise<{ status: number; headers: Headers; body: unknown }> {
  const answer = await fetch(url);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text.startsWith('<') ? text : JSON.parse(text) };
}

describe('a stream socket', () => {
  test('acknowledges, lists and drops subscriptions', async () => {
    const client = await Listener.open(`${spot.url()}/ws`);
    expect(await client.ask({ method: 'SUBSCRIBE', params: ['btcusdt@trade', 'btcusdt@depth@100ms'], id: 1 })).toEqual({
      result: null,
      id: 1,
    });
    expect(await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 'x' })).toEqual({
      result: ['btcusdt@trade', 'btcusdt@depth@100ms'],
      id: 'x',
    });
    expect(await client.ask({ method: 'UNSUBSCRIBE', params: ['btcusdt@trade'], id: 3 })).toEqual({
      result: null,
      id: 3,
    });
    expect(await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 4 })).toEqual({
      result: ['btcusdt@depth@100ms'],
      id: 4,
    });
    expect(spot.clients()[0]).toMatchObject({ path: '/ws', subscriptions: ['btcusdt@depth@100ms'] });
    client.close();
  });

  test('acknowledges a stream that does not exist and stays silent', async () => {
    const client = await Listener.open(`${spot.url()}/ws`);
    const params = ['nobody@trade', 'BTCUSDT@trade', 'btcusdt@nonsense'];
    expect(await client.ask({ method: 'SUBSCRIBE', params, id: 1 })).toEqual({ result: null, id: 1 });
    expect(await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 2 })).toEqual({ result: params, id: 2 });
    client.close();
  });

  test.each([
    ['an unknown property', { method: 'SET_PROPERTY', params: ['colour', true], id: 1 }, 0],
    ['a value of the wrong type', { method: 'SET_PROPERTY', params: ['combined', 'yes'], id: 1 }, 1],
    ['an unknown method', { method: 'SHOUT', id: 1 }, 2],
    ['parameters that are no list', { method: 'SUBSCRIBE', params: 'btcusdt@trade', id: 1 }, 2],
    ['an id too long', { method: 'LIST_SUBSCRIPTIONS', id: 'x'.repeat(37) }, 2],
  ])('refuses %s with its code', async (_, message, code) => {
    const client = await Listener.open(`${spot.url()}/ws`);
    client.send(message);
    await until('it is refused', () => client.heard.length > 0);
    expect(client.messages()[0].code).toBe(code);
    client.close();
  });

  test('refuses what is not JSON with code 3', async () => {
    const client = await Listener.open(`${spot.url()}/ws`);
    expect((await client.ask('{nonsense')).code).toBe(3);
    client.close();
  });

  test('turns wrapping on and says so when asked', async () => {
    const client = await Listener.open(`${spot.url()}/ws`);
    expect(await client.ask({ method: 'SET_PROPERTY', params: ['combined', true], id: 5 })).toEqual({
      result: null,
      id: 5,
    });
    expect(await client.ask({ method: 'GET_PROPERTY', params: ['combined'], id: 6 })).toEqual({ result: true, id: 6 });
    client.close();
  });

  test('is disconnected when it sends more than five messages a second, pings included', async () => {
    const client = await Listener.open(`${spot.url()}/ws`);
    for (let turn = 0; turn < 3; turn++) client.ping();
    for (let turn = 0; turn < 3; turn++) client.send({ method: 'LIST_SUBSCRIPTIONS', id: turn });
    await until('it is disconnected', () => client.closedWith !== null);
    expect(client.closedWith).toBe(1008);
    expect(client.heard).toHaveLength(2);
  });

  test('is refused a 201st futures stream', async () => {
    const client = await Listener.open(`${futures.url()}/market/ws`);
    const params = Array.from({ length: 201 }, (_, index) => `s${index}@aggTrade`);
    expect((await client.ask({ method: 'SUBSCRIBE', params, id: 1 })).code).toBe(2);
    client.close();
  });

  test.each([
    ['spot', '/public/ws'],
    ['spot', '/nowhere'],
    ['futures', '/ws'],
    ['futures', '/stream?streams=btcusdt@depth'],
    ['futures', '/private/ws'],
  ])('of %s is refused on %s', async (kind, path) => {
    const venue = kind === 'spot' ? spot : futures;
    await expect(Listener.open(venue.url() + path)).rejects.toThrow('refused 404');
  });
});

describe('streams', () => {
  test('carry the name they were asked by, wrapped on /stream and bare on /ws', async () => {
    await withVenue(
      { files: [shipped('binance-spot.jsonl.gz')], speed: 'max', clock: 'recorded', snapshotWaitMs: 0 },
      async (venue) => {
        const wrapped = await Listener.open(`${venue.url()}/stream?streams=btcusdt@depth/microbtc@trade`);
        const bare = await Listener.open(`${venue.url()}/ws/btcusdt@depth@100ms`);
        await venue.ended();
        const recorded = readCapture(shipped('binance-spot.jsonl.gz')).lines.filter(({ m }) =>
          m.includes('btcusdt@depth'),
        );
        const names = (): Set<unknown> => new Set(wrapped.messages().map(({ stream }) => stream));
        await until(
          'both have heard all',
          () => bare.heard.length >= recorded.length && wrapped.heard.length > recorded.length + 40,
        );
        expect(names()).toEqual(new Set(['btcusdt@depth', 'microbtc@trade']));
        expect(bare.messages()[0]).toMatchObject({ e: 'depthUpdate', s: 'BTCUSDT' });
        expect(bare.heard).toEqual(recorded.map(({ m }) => m.slice(m.indexOf('"data":') + 7, -1)));
        wrapped.close();
        bare.close();
      },
    );
  });

  test('of futures asked for on the wrong path are acknowledged and silent', async () => {
    await withVenue({ files: [shipped('binance-usdm.jsonl.gz')], speed: 'max', snapshotWaitMs: 0 }, async (venue) => {
      const market = await Listener.open(`${venue.url()}/market/ws`);
      await market.ask({ method: 'SUBSCRIBE', params: ['btcusdt@depth', 'btcusdt@aggTrade'], id: 1 });
      const both = await Listener.open(
        `${venue.url()}/public/stream?streams=btcusdt@depth/btcusdt@aggTrade/btcusdt@markPrice`,
      );
      await venue.ended();
      await until('each has heard its own', () => market.heard.length > 100 && both.heard.length > 100);
      expect(new Set(market.messages().map(({ e }) => e))).toEqual(new Set([undefined, 'aggTrade']));
      expect(new Set(both.messages().map(({ stream }) => stream))).toEqual(new Set(['btcusdt@depth']));
      market.close();
      both.close();
    });
  });

  test('tell microseconds when the socket asked for them', async () => {
    await withVenue(
      { files: [shipped('binance-spot.jsonl.gz')], speed: 'max', clock: 'recorded', snapshotWaitMs: 0 },
      async (venue) => {
        const client = await Listener.open(`${venue.url()}/ws/btcusdt@trade?timeUnit=MICROSECOND`);
        await venue.ended();
        await until('a trade was heard', () => client.heard.length > 0);
        expect(String(client.messages()[0].T)).toMatch(/^17724528\d{5}000$/);
        client.close();
      },
    );
  });
});

describe('a request', () => {
  test('over REST and over the request socket has the same answer', async () => {
    const client = await Listener.open(`${spot.url()}/ws-api/v3`);
    for (const [method, path, params] of [
      ['depth', 'depth', { symbol: 'BTCUSDT', limit: 5 }],
      ['klines', 'klines', { symbol: 'BTCUSDT', interval: '5m', limit: 7 }],
      ['trades.recent', 'trades', { symbol: 'BTCUSDT', limit: 3 }],
      ['trades.aggregate', 'aggTrades', { symbol: 'MICROBTC', limit: 3 }],
      ['exchangeInfo', 'exchangeInfo', { symbol: 'BTCUSDT' }],
      ['ping', 'ping', {}],
    ] as const) {
      const query = new URLSearchParams(
        Object.entries(params).map(([key, value]): [string, string] => [key, String(value)]),
      );
      const { body } = await get(`${spot.url()}/api/v3/${path}?${query}`);
      const answer = await client.ask({ id: method, method, params });
      expect(answer).toMatchObject({ id: method, status: 200, result: body });
      expect(answer.rateLimits).toMatchObject([{ rateLimitType: 'REQUEST_WEIGHT', limit: 6000 }]);
    }
    client.close();
  });

  test.each([
    ['depth?symbol=NOBODY', 400, -1121],
    ['depth', 400, -1102],
    ['depth?symbol=BTCUSDT&limit=many', 400, -1100],
    ['depth?symbol=BTCUSDT&limit=0', 400, -1130],
    ['klines?symbol=BTCUSDT&interval=7m', 400, -1120],
    ['klines?symbol=BTCUSDT', 400, -1102],
    ['exchangeInfo?symbol=NOBODY', 400, -1121],
    ['trades?symbol=BTCUSDT&limit=-1', 400, -1130],
  ])('for %s is refused with %i and code %i', async (path, status, code) => {
    const answer = await get(`${spot.url()}/api/v3/${path}`);
    expect([answer.status, (answer.body as { code: number }).code]).toEqual([status, code]);
  });

  test('over the socket is refused in the same words', async () => {
    const client = await Listener.open(`${spot.url()}/ws-api/v3`);
    expect(await client.ask({ id: 'a', method: 'depth', params: { symbol: 'NOBODY' } })).toMatchObject({
      id: 'a',
      status: 400,
      error: { code: -1121, msg: 'Invalid symbol.' },
    });
    expect(await client.ask('{')).toMatchObject({ id: null, status: 400, error: { code: -1135 } });
    client.close();
  });

  test('for a futures depth of an odd size is refused', async () => {
    const answer = await get(`${futures.url()}/fapi/v1/depth?symbol=BTCUSDT&limit=7`);
    expect(answer).toMatchObject({ status: 400, body: { code: -4021 } });
  });

  test('for futures over the request socket is answered', async () => {
    const client = await Listener.open(`${futures.url()}/ws-fapi/v1`);
    const answer = await client.ask({ id: 'd', method: 'depth', params: { symbol: 'ETHUSDT', limit: 5 } } as {
      id: string;
    });
    expect((answer.result as { bids: unknown[] }).bids).toHaveLength(5);
    client.close();
  });

  test('for an unknown path is 404', async () => {
    expect((await get(`${spot.url()}/api/v3/nothing`)).status).toBe(404);
    expect((await get(`${spot.url()}/fapi/v1/depth?symbol=BTCUSDT`)).status).toBe(404);
  });

  test('for klines pages back without hole or double, every interval on its own boundary', async () => {
    const rows = async (query: string): Promise<number[][]> =>
      (await get(`${spot.url()}/api/v3/klines?symbol=BTCUSDT&${query}`)).body as number[][];
    for (const interval of ['1s', '1m', '5m', '1h', '1d', '1w', '1M']) {
      const all = await rows(`interval=${interval}&limit=1000`);
      const last = all[all.length - 1];
      expect(all.length).toBeGreaterThanOrEqual(51);
      for (let index = 1; index < all.length; index++) expect(all[index][0]).toBe(all[index - 1][6] + 1);
      for (const [, o, h, l, c] of all) {
        expect(Math.max(Number(o), Number(c))).toBeLessThanOrEqual(Number(h));
        expect(Math.min(Number(o), Number(c))).toBeGreaterThanOrEqual(Number(l));
      }
      const page = await rows(`interval=${interval}&limit=10&endTime=${last[0] - 1}`);
      expect(page).toEqual(all.slice(-11, -1));
      expect(await rows(`interval=${interval}&limit=4&startTime=${all[3][0]}`)).toEqual(all.slice(3, 7));
    }
  });

  test('for longer bars agrees with the shorter ones they are made of', async () => {
    const rows = async (interval: string): Promise<string[][]> =>
      (await get(`${spot.url()}/api/v3/klines?symbol=BTCUSDT&interval=${interval}&limit=1000`)).body as string[][];
    const minutes = await rows('1m');
    const [fives] = [await rows('5m')];
    const five = fives.find((row) => Number(row[0]) >= Number(minutes[0][0]) && row[0] !== minutes[0][0]);
    const inside = minutes.filter((row) => Number(row[0]) >= Number(five?.[0]) && Number(row[0]) <= Number(five?.[6]));
    expect(inside).toHaveLength(5);
    expect([five?.[1], five?.[4], five?.[8]]).toEqual([
      inside[0][1],
      inside[4][4],
      inside.reduce((sum, row) => sum + Number(row[8]), 0),
    ]);
  });

  test('for trades from an id begins there, and aggregates name the trades in them', async () => {
    const recent = (await get(`${spot.url()}/api/v3/trades?symbol=BTCUSDT&limit=5`)).body as { id: number }[];
    const from = (await get(`${spot.url()}/api/v3/historicalTrades?symbol=BTCUSDT&fromId=${recent[1].id}&limit=2`))
      .body;
    expect(from).toEqual(recent.slice(1, 3));
    const rows = (await get(`${spot.url()}/api/v3/aggTrades?symbol=BTCUSDT&limit=1000`)).body as {
      f: number;
      l: number;
      a: number;
    }[];
    for (let index = 1; index < rows.length; index++) {
      expect([rows[index].f, rows[index].a]).toEqual([rows[index - 1].l + 1, rows[index - 1].a + 1]);
    }
  });

  test('carries CORS headers, and none when told so', async () => {
    const answer = await get(`${spot.url()}/api/v3/ping`);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    await withVenue({ files: [shipped('binance-quiet.jsonl')], cors: false }, async (venue) => {
      expect((await get(`${venue.url()}/api/v3/ping`)).headers.get('access-control-allow-origin')).toBeNull();
    });
  });

  test('past the weight budget is told to wait', async () => {
    await withVenue({ files: [shipped('binance-quiet.jsonl')] }, async (venue) => {
      const url = `${venue.url()}/api/v3/depth?symbol=BTCUSDT&limit=5000`;
      const answers = await Promise.all(Array.from({ length: 26 }, () => get(url)));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThanOrEqual(1);
      expect(Number(refused[0].headers.get('retry-after'))).toBeGreaterThan(0);
    });
  });

  test('sees the market through the name localhost as well', async () => {
    const answer = await get(`http://localhost:${spot.ports.binance}/api/v3/ping`);
    expect(answer.status).toBe(200);
  });
});

describe('exchangeInfo', () => {
  test('is the recorded one where there is one', async () => {
    const { body } = await get(`${futures.url()}/fapi/v1/exchangeInfo`);
    const symbols = (body as { symbols: { symbol: string; filters: { tickSize?: string }[] }[] }).symbols;
    expect(symbols.map(({ symbol }) => symbol)).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(symbols[0].filters[0].tickSize).toBe('0.1');
  });

  test('is otherwise read off the recorded digits', async () => {
    const capture = readCapture(shipped('binance-spot.jsonl.gz'));
    const bare = { ...capture, lines: capture.lines.filter(({ url }) => !url?.includes('exchangeInfo')) };
    await withVenue({ files: [bare] }, async (venue) => {
      const { body } = await get(`${venue.url()}/api/v3/exchangeInfo`);
      const symbols = (
        body as { symbols: { baseAsset: string; quoteAsset: string; filters: Record<string, string>[] }[] }
      ).symbols;
      expect(symbols.map(({ baseAsset, quoteAsset }) => `${baseAsset}/${quoteAsset}`)).toEqual([
        'BTC/USDT',
        'MICRO/BTC',
      ]);
      expect(symbols.map(({ filters }) => [filters[0].tickSize, filters[1].stepSize])).toEqual([
        ['0.01000000', '0.00001000'],
        ['0.00000001', '1.00000000'],
      ]);
    });
  });
});

describe('the control addresses', () => {
  test('tell the truth of a symbol, and which there are', async () => {
    const { body } = await get(`${spot.url()}/truth?symbol=BTCUSDT`);
    expect(body).toMatchObject({ ...spot.truth('BTCUSDT'), ended: true });
    expect(await get(`${spot.url()}/truth?symbol=NOBODY`)).toMatchObject({
      status: 404,
      body: { error: 'symbol= must be one of BTCUSDT, MICROBTC' },
    });
  });

  test('refuse a fault that makes no sense with a sentence', async () => {
    for (const [query, words] of [
      ['do=explode', '"explode" is not a fault'],
      ['do=drop&arg=x', 'drop needs a whole number'],
      ['do=bad-checksum', 'carry no checksum'],
      ['do=flood', 'means nothing at --speed max'],
      ['do=', 'names no fault'],
    ]) {
      const answer = await fetch(`${spot.url()}/chaos?${query}`, { method: 'POST' });
      expect(answer.status).toBe(400);
      expect(((await answer.json()) as { error: string }).error).toContain(words);
    }
    expect((await get(`${spot.url()}/chaos?do=hold`)).status).toBe(405);
  });

  test('give the page an address with every instrument and endpoint', async () => {
    const address = spot.address('http://127.0.0.1:4173', { t: '1s' });
    expect(address).toBe(
      `http://127.0.0.1:4173/?i=binance:BTCUSDT,binance:MICROBTC&endpoint=binance@127.0.0.1:${spot.ports.binance}&t=1s`,
    );
  });
});

import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { BybitClient } from './testing/bybit-client';
import { bybitScript, SYMBOL } from './testing/bybit-script';
import { recorded, until, withVenue } from './testing/harness';

const FAST = { speed: 'max', clock: 'recorded' } as const;
const BOOK = `orderbook.200.${SYMBOL}`;
const TRADES = `publicTrade.${SYMBOL}`;
const FIXTURE = recorded('fixtures/bybit-v5-spot.jsonl');

function script(options: Partial<VenueOptions> = {}): VenueOptions {
  return { ...FAST, ...options, files: options.files ?? [bybitScript()] };
}

async function same(client: BybitClient, venue: RunningVenue, topic = BOOK, symbol = SYMBOL): Promise<void> {
  await until('the book is the true one', () => client.catchUp().book(topic).digest() === venue.truth(symbol).sha256);
}

interface Answer {
  readonly status: number;
  readonly retCode: number;
  readonly result: { readonly list: Record<string, unknown>[]; readonly nextPageCursor?: string };
}

async function get(venue: RunningVenue, path: string, category = 'linear'): Promise<Answer> {
  const join = path.includes('?') ? '&' : '?';
  const answer = await fetch(`${venue.url()}/v5/market/${path}${join}category=${category}`);
  return { status: answer.status, ...((await answer.json()) as Omit<Answer, 'status'>) };
}

describe('requests', () => {
  test('list contracts in pages with steps read off the recorded digits', async () => {
    const files = [SYMBOL, 'ETHUSDT', 'BTCPERP', 'BTC-26JUN26'].map((symbol) => bybitScript({ symbol }));
    await withVenue(script({ files }), async (venue) => {
      const first = await get(venue, 'instruments-info?limit=3');
      expect(first.result.list).toMatchObject([
        {
          symbol: SYMBOL,
          baseCoin: 'BTC',
          quoteCoin: 'USDT',
          priceFilter: { tickSize: '0.01' },
          lotSizeFilter: { qtyStep: '0.001' },
        },
        { symbol: 'ETHUSDT' },
        { symbol: 'BTCPERP', baseCoin: 'BTC', quoteCoin: 'USDC', contractType: 'LinearPerpetual' },
      ]);
      const rest = await get(venue, `instruments-info?limit=3&cursor=${first.result.nextPageCursor}`);
      expect(rest.result).toMatchObject({
        nextPageCursor: '',
        list: [{ symbol: 'BTC-26JUN26', contractType: 'LinearFutures' }],
      });
      expect((await get(venue, 'instruments-info?symbol=ETHUSDT')).result.list).toHaveLength(1);
      expect(await get(venue, 'instruments-info?symbol=NOBODY')).toMatchObject({ retCode: 10001 });
      expect(await get(venue, 'instruments-info', 'spot')).toMatchObject({ retCode: 10001 });
      expect((await fetch(`${venue.url()}/v5/market/nothing`)).status).toBe(404);
    });
  });

  test('list pairs of spot all at once', async () => {
    await withVenue(script({ files: [bybitScript({ category: 'spot' })] }), async (venue) => {
      const { result } = await get(venue, 'instruments-info', 'spot');
      expect(result.list).toMatchObject([
        { symbol: SYMBOL, status: 'Trading', lotSizeFilter: { basePrecision: '0.001' } },
      ]);
      expect(result).not.toHaveProperty('nextPageCursor');
    });
  });

  test('give bars newest first and page by time', async () => {
    await withVenue(script({ history: 400 }), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK]);
      await venue.ended();
      const { list } = (await get(venue, `kline?symbol=${SYMBOL}&interval=1&limit=300`)).result;
      const rows = list as unknown as string[][];
      expect(rows).toHaveLength(300);
      expect(rows[0]).toEqual([String(Date.UTC(2026, 2, 2, 12, 0)), ...Array(4).fill('64250.10'), '0.040', '2570.004']);
      expect(rows.every(([t], index) => index === 0 || Number(t) === Number(rows[index - 1][0]) - 60_000)).toBe(true);
      const older = await get(venue, `kline?symbol=${SYMBOL}&interval=1&end=${Number(rows[299][0]) - 1}&limit=5`);
      expect((older.result.list as unknown as string[][])[0][0]).toBe(String(Number(rows[299][0]) - 60_000));
      expect(await get(venue, `kline?symbol=${SYMBOL}&interval=7`)).toMatchObject({ retCode: 10001 });
      expect(await get(venue, `kline?symbol=${SYMBOL}&interval=1&limit=0`)).toMatchObject({ retCode: 10001 });
      client.close();
    });
  });

  test('give recent trades newest first, at most sixty of spot, and the book', async () => {
    await withVenue(script({ files: [bybitScript({ category: 'spot' })] }), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK], 'spot');
      await venue.ended();
      const { list } = (await get(venue, `recent-trade?symbol=${SYMBOL}&limit=2`, 'spot')).result;
      expect(list).toMatchObject([
        { execId: '2290000000050703792', side: 'Sell', isBlockTrade: false },
        { execId: '2290000000050703791', side: 'Buy' },
      ]);
      expect(await get(venue, `recent-trade?symbol=${SYMBOL}&limit=61`, 'spot')).toMatchObject({ retCode: 10001 });
      const { result } = await get(venue, `orderbook?symbol=${SYMBOL}&limit=2`, 'spot');
      expect(result).toMatchObject({ s: SYMBOL, u: 5_020, b: [expect.anything(), expect.anything()] });
      client.close();
    });
  });

  test('fail and are banned when asked for', async () => {
    await withVenue(script(), async (venue) => {
      venue.chaos('rest-fail:1');
      expect((await get(venue, 'time')).status).toBe(503);
      expect(await get(venue, 'time')).toMatchObject({ status: 200, retCode: 0 });
      venue.chaos('ban:30s');
      expect(await get(venue, 'time')).toMatchObject({ status: 403 });
      await expect(BybitClient.open(venue.url(), [])).rejects.toThrow('refused 429');
    });
  });
});

describe('a loop', () => {
  test.each(['spot', 'linear'] as const)(
    'goes on without a hole in the book and never names a trade twice, on %s',
    async (category) => {
      const files = [bybitScript({ category, restart: true })];
      await withVenue(script({ files, loop: true }), async (venue) => {
        const client = await BybitClient.open(venue.url(), [BOOK, TRADES], category);
        await until('three laps', () => client.trades(TRADES).length >= 15);
        venue.chaos('hold');
        await same(client, venue);
        const ids = client.trades(TRADES).map(({ i }) => String(i));
        expect(new Set(ids).size).toBe(ids.length);
        if (category === 'spot')
          expect(ids).toEqual(ids.map((_, index) => String(2_290_000_000_050_703_789n + BigInt(index))));
        const times = client.trades(TRADES).map(({ T }) => Number(T));
        expect(times.every((time, index) => index === 0 || time > times[index - 1])).toBe(true);
        expect(client.gaps).toBe(0);
        client.close();
      });
    },
  );
});

describe('files', () => {
  test('of the two categories are two venues with a port each', async () => {
    const files = [bybitScript({ category: 'spot' }), bybitScript()];
    await withVenue(script({ files }), async (venue) => {
      expect(venue.symbols).toEqual({ bybit: [SYMBOL], 'bybit-linear': [SYMBOL] });
    });
  });

  test.each(['wss://stream.bybit.com/realtime_public', 'wss://stream.bybit.com/v5/public/inverse'])(
    'from %s are refused with a sentence',
    async (url) => {
      const lines = [{ t: 1, c: 0, dir: 'in', url, m: '{}', line: 0 }] as const;
      const start = withVenue({ files: [{ file: 'other.jsonl', header: null, lines }] }, async () => undefined);
      await expect(start).rejects.toThrow(/^other\.jsonl is not of Bybit's v5 spot or linear sockets/);
    },
  );

  test.skipIf(FIXTURE === null)(
    `real messages are sent letter by letter${FIXTURE === null ? ' (skipped: no real recordings)' : ''}`,
    async () => {
      await withVenue({ ...FAST, files: [FIXTURE ?? ''] }, async (venue) => {
        const client = await BybitClient.open(venue.url(), [`orderbook.50.${SYMBOL}`, TRADES], 'spot');
        await venue.ended();
        await same(client, venue, `orderbook.50.${SYMBOL}`);
        await until('trades are in', () => client.trades(TRADES).length === 4);
        expect(venue.truth(SYMBOL)).toMatchObject({
          sequence: '59438061',
          trades: { count: 4, lastId: '2290000000050703792' },
        });
        expect(client.listener.heard).toContainEqual(
          expect.stringMatching(/^\{"topic":"orderbook\.50\.BTCUSDT","ts":1680652808085,"type":"delta"/),
        );
        client.close();
      });
    },
  );
});

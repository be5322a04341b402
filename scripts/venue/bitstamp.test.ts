import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { BitstampClient } from './testing/bitstamp-client';
import { bitstampScript, MARKET } from './testing/bitstamp-script';
import { Listener, recorded, until, withVenue } from './testing/harness';

const NAME = 'bitstamp-10pairs-20220105';
const FILE = recorded(`${NAME}.jsonl.gz`);
const WHERE = FILE === null ? ' (skipped: the real recordings are not on this machine)' : '';
const ALL = [`diff_order_book_${MARKET}`, `live_trades_${MARKET}`];
const FAST = { speed: 'max', clock: 'recorded' } as const;

interface Checkpoint {
  readonly after_line: number;
  readonly book_sha256: string;
}

interface Expected {
  books: Record<string, { book_sha256: string; bid_levels: number; ask_levels: number; checkpoints?: Checkpoint[] }>;
  trades: Record<string, { count: number; buy_volume: string; sell_volume: string } | undefined>;
}

function script(options: Partial<VenueOptions> = {}): VenueOptions {
  return { ...FAST, ...options, files: options.files ?? [bitstampScript()] };
}

async function same(client: BitstampClient, venue: RunningVenue, market = MARKET): Promise<void> {
  await until('the book is the true one', () => client.catchUp().book(market).digest() === venue.truth(market).sha256);
}

async function get(venue: RunningVenue, path: string): Promise<{ status: number; text: string; body: unknown }> {
  const response = await fetch(venue.url() + path);
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as unknown };
}

describe('a replay of the real recording', () => {
  const expected = (): Expected =>
    JSON.parse(readFileSync(recorded(`expected/${NAME}.json`) ?? '', 'utf8')) as Expected;

  test.skipIf(FILE === null)(`ends where the recording does${WHERE}`, async () => {
    const { books, trades } = expected();
    await withVenue({ ...FAST, files: [FILE ?? ''] }, async (venue) => {
      const markets = Object.keys(books);
      const channels = markets.flatMap((market) => [`diff_order_book_${market}`, `live_trades_${market}`]);
      const client = await BitstampClient.open(venue.url(), channels);
      for (const market of markets) await client.fetchBook(market);
      await venue.ended();
      for (const market of markets) {
        await same(client, venue, market);
        const { book_sha256: sha256, bid_levels: bidLevels, ask_levels: askLevels } = books[market];
        expect(venue.truth(market)).toMatchObject({ sequence: '', sha256, bidLevels, askLevels, ended: true });
        const { count = 0, buy_volume: buyVolume = '0', sell_volume: sellVolume = '0' } = trades[market] ?? {};
        expect(venue.truth(market).trades).toMatchObject({ count, buyVolume, sellVolume });
        expect(client.held(market).late).toBe(0);
      }
      await until('all trades are in', () => client.catchUp().trades.length === 10);
      client.close();
    });
  });

  test.skipIf(FILE === null)(`is right at the checkpoints, and a book requested there too${WHERE}`, async () => {
    const [first, second] = expected().books.adaeur.checkpoints ?? [];
    const chaos = [first, second].map(({ after_line: line }) => `hold@line=${line}`).join(',');
    await withVenue({ ...FAST, files: [FILE ?? ''], chaos }, async (venue) => {
      const early = await BitstampClient.open(venue.url(), ['diff_order_book_adaeur']);
      await early.fetchBook('adaeur');
      await until('held', () => venue.state() === 'held');
      expect(venue.truth('adaeur').sha256).toBe(first.book_sha256);
      const late = await BitstampClient.open(venue.url(), ['diff_order_book_adaeur']);
      await late.fetchBook('adaeur');
      expect(late.book('adaeur').digest()).toBe(first.book_sha256);
      venue.resume();
      await until('held again', () => venue.state() === 'held');
      expect(venue.truth('adaeur').sha256).toBe(second.book_sha256);
      for (const client of [early, late]) await same(client, venue, 'adaeur');
      early.close();
      late.close();
    });
  });
});

describe('a socket', () => {
  test('is acknowledged channel by channel, a second time as well', async () => {
    await withVenue(script({ chaos: 'hold@line=1' }), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/`);
      for (let turn = 0; turn < 2; turn++) {
        for (const channel of [...ALL, `live_orders_${MARKET}`]) {
          const answer = await listener.ask({ event: 'bts:subscribe', data: { channel } });
          expect(answer).toEqual({ event: 'bts:subscription_succeeded', channel, data: {} });
        }
      }
      expect(venue.clients()[0]).toMatchObject({ subscriptions: ALL, silent: [`live_orders_${MARKET}`] });
      listener.close();
    });
  });

  test('given up is silent, and cannot be given up twice', async () => {
    await withVenue(script({ speed: 1 }), async (venue) => {
      const [channel] = ALL;
      const client = await BitstampClient.open(venue.url(), ALL);
      await client.fetchBook(MARKET);
      await until('it speaks', () => client.catchUp().book(MARKET).diffs > 0);
      const end = { event: 'bts:unsubscribe', data: { channel } };
      client.listener.send(end);
      const ended = { event: 'bts:unsubscription_succeeded', channel, data: {} };
      await until('it has ended', () => client.catchUp().others.some((one) => one.event === ended.event));
      expect(client.others[client.others.length - 1]).toEqual(ended);
      const { diffs } = client.book(MARKET);
      await venue.ended();
      expect(client.catchUp().book(MARKET).diffs).toBe(diffs);
      expect(await client.listener.ask(end)).toMatchObject({ event: 'bts:error', channel: '' });
      client.close();
    });
  });

  test.each([
    ['an unknown market', 'live_trades_btcxyz', 'Bad subscription string.', null],
    ['an unknown channel', `level9_${MARKET}`, 'Bad subscription string.', null],
    ['no channel', undefined, 'Bad subscription string.', null],
    ['a private channel', `private-my_orders_${MARKET}`, 'Connection is unauthorized.', 4009],
  ])('asking for %s is refused', async (_, channel, message, code) => {
    await withVenue(script(), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/`);
      const answer = await listener.ask({ event: 'bts:subscribe', data: { channel } });
      expect(answer).toEqual({ event: 'bts:error', channel: '', data: { code, message } });
      listener.close();
    });
  });

  test.each(['{', '[]', '"x"', '{"event":"hello"}', '{"event":"bts:subscribe","data":7}'])(
    'that says %s is answered with an error',
    async (text) => {
      await withVenue(script(), async (venue) => {
        const listener = await Listener.open(`${venue.url()}/`);
        expect(await listener.ask(text)).toMatchObject({ event: 'bts:error' });
        listener.close();
      });
    },
  );

  test('is answered its heartbeat, and opens at the root alone', async () => {
    await withVenue(script(), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/`);
      const answer = await listener.ask({ event: 'bts:heartbeat' });
      expect(answer).toEqual({ event: 'bts:heartbeat', channel: '', data: { status: 'success' } });
      listener.close();
      await expect(Listener.open(`${venue.url()}/ws`)).rejects.toThrow('refused 404');
    });
  });

  test('is told to connect anew where the recording was', async () => {
    await withVenue(script({ files: [bitstampScript({ reconnectAfter: 9 })] }), async (venue) => {
      const client = await BitstampClient.open(venue.url(), ALL);
      await client.fetchBook(MARKET);
      await venue.ended();
      const asked = (): boolean => client.catchUp().others.some(({ event }) => event === 'bts:request_reconnect');
      await until('it is told', asked);
      client.close();
    });
  });
});

describe('the channel of whole books', () => {
  test('tells the true book at once and then every second, with the microsecond of its last change', async () => {
    await withVenue(script({ speed: 1 }), async (venue) => {
      const client = await BitstampClient.open(venue.url(), [...ALL, `order_book_${MARKET}`]);
      const body = await client.fetchBook(MARKET);
      await until('the first is in', () => client.catchUp().tops.length > 0);
      expect(client.tops[0]).toEqual({
        data: { timestamp: body.timestamp, microtimestamp: body.microtimestamp, bids: body.bids, asks: body.asks },
        channel: `order_book_${MARKET}`,
        event: 'data',
      });
      await venue.ended();
      await same(client, venue);
      const last = (): Record<string, unknown> => client.catchUp().tops[client.tops.length - 1].data as never;
      await until('the last is in', () => Number(last().microtimestamp) === client.held(MARKET).at);
      expect(last().bids).toEqual(client.book(MARKET).best('bid'));
      expect(last().asks).toEqual(client.book(MARKET).best('ask'));
      // Two seconds of market: one at the subscription, one a second, one at the end.
      expect(client.tops.length).toBeGreaterThanOrEqual(3);
      expect(client.tops.length).toBeLessThanOrEqual(6);
      client.close();
    });
  });

  test('is all there is for a page when requests carry no leave for other origins', async () => {
    await withVenue(script({ cors: false }), async (venue) => {
      const response = await fetch(`${venue.url()}/api/v2/order_book/${MARKET}/`);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      const client = await BitstampClient.open(venue.url(), [`order_book_${MARKET}`]);
      await until('a book', () => client.catchUp().tops.length > 0);
      await venue.ended();
      const truth = venue.truth(MARKET);
      const best = (): unknown => (client.catchUp().tops[client.tops.length - 1].data as { bids: unknown[] }).bids[0];
      await until('the last book is in', () => JSON.stringify(best()) === JSON.stringify(['64250.10', '0.00000019']));
      expect(truth.bids[0]).toEqual(['64250.1', '0.00000019']);
      client.close();
    });
  });
});

describe('requests', () => {
  test('list pairs with their digits', async () => {
    await withVenue(script(), async (venue) => {
      const { body, text } = await get(venue, '/api/v2/trading-pairs-info/');
      const pair = { url_symbol: MARKET, name: 'BTC/USD', base_decimals: 8, counter_decimals: 2, trading: 'Enabled' };
      expect(body).toMatchObject([pair]);
      expect(text).toContain('"url_symbol": "btcusd"');
    });
  });

  test('give the book single, summed or with ids, and nothing else', async () => {
    await withVenue(script(), async (venue) => {
      const book = (group: number): Promise<{ status: number; body: unknown }> =>
        get(venue, `/api/v2/order_book/${MARKET}/?group=${group}`);
      expect((await book(1)).body).toMatchObject({
        bids: [
          ['64250.10', '0.41200000'],
          ['64250.00', '1.50000000'],
          ['64249.90', '0.20000000'],
        ],
      });
      expect((await book(0)).body).toEqual((await book(1)).body);
      expect((await book(2)).body).toMatchObject({
        asks: [
          ['64250.12', '0.30000000', '1'],
          ['64250.30', '0.90000000', '3'],
          ['64251.00', '2.00000000', '5'],
        ],
      });
      expect((await book(3)).status).toBe(400);
    });
  });

  test('give candles oldest first with empty ones between, up to the end or from the start', async () => {
    await withVenue(script({ history: 1_200 }), async (venue) => {
      const client = await BitstampClient.open(venue.url(), ALL);
      await client.fetchBook(MARKET);
      await venue.ended();
      const rows = async (query: string): Promise<Record<string, string>[]> => {
        const { body } = await get(venue, `/api/v2/ohlc/${MARKET}/?step=60&${query}`);
        return (body as { data: { pair: string; ohlc: Record<string, string>[] } }).data.ohlc;
      };
      const latest = await rows('limit=1000');
      expect(latest).toHaveLength(1000);
      expect(
        latest.every(({ timestamp }, at) => at === 0 || Number(timestamp) === Number(latest[at - 1].timestamp) + 60),
      ).toBe(true);
      const last = latest[999];
      expect(last).toEqual({
        timestamp: String(Date.UTC(2026, 2, 2, 12, 0) / 1000),
        open: '64250.10',
        high: '64250.10',
        low: '64250.10',
        close: '64250.10',
        volume: '0.05000000',
      });
      const end = Number(latest[500].timestamp);
      expect((await rows(`limit=3&end=${end - 1}`)).map(({ timestamp }) => Number(timestamp))).toEqual([
        end - 180,
        end - 120,
        end - 60,
      ]);
      expect((await rows(`limit=2&start=${end}`))[0].timestamp).toBe(String(end));
      for (const bad of ['step=61&limit=1', 'step=60&limit=1001', 'step=60&limit=0', 'step=60', 'step=60&limit=x']) {
        expect((await get(venue, `/api/v2/ohlc/${MARKET}/?${bad}`)).status, bad).toBe(400);
      }
      client.close();
    });
  });

  test('give the trades of the last minute, hour or day, newest first, and the figures of the day', async () => {
    await withVenue(script(), async (venue) => {
      const client = await BitstampClient.open(venue.url(), ALL);
      await client.fetchBook(MARKET);
      await venue.ended();
      const { body } = await get(venue, `/api/v2/transactions/${MARKET}/?time=minute`);
      expect((body as { tid: string }[]).map(({ tid }) => tid)).toEqual(['919', '915', '911', '907', '903']);
      expect((body as unknown[])[0]).toMatchObject({ amount: '0.01000000', price: '64250.10', type: '0' });
      expect((await get(venue, `/api/v2/transactions/${MARKET}/?time=week`)).status).toBe(400);
      const { body: day } = await get(venue, `/api/v2/ticker/${MARKET}/`);
      expect(day).toMatchObject({ last: '64250.10', bid: '64250.10', ask: '64250.12' });
      client.close();
    });
  });

  test('about what is not there, and in another way, are refused', async () => {
    await withVenue(script(), async (venue) => {
      expect((await get(venue, '/api/v2/order_book/btcxyz/')).status).toBe(404);
      expect((await get(venue, '/api/v2/nothing/btcusd/')).status).toBe(404);
      expect((await get(venue, '/api/v1/ticker/')).status).toBe(404);
      expect((await fetch(`${venue.url()}/api/v2/ticker/`, { method: 'POST' })).status).toBe(405);
    });
  });

  test('fail and are banned when asked for', async () => {
    await withVenue(script(), async (venue) => {
      venue.chaos('rest-fail:1');
      expect((await get(venue, '/api/v2/trading-pairs-info/')).status).toBe(503);
      expect((await get(venue, '/api/v2/trading-pairs-info/')).status).toBe(200);
      venue.chaos('ban:30s');
      expect(await get(venue, '/api/v2/trading-pairs-info/')).toMatchObject({ status: 429 });
      await expect(Listener.open(`${venue.url()}/`)).rejects.toThrow('refused 429');
    });
  });
});

describe('a loop and the clock', () => {
  test('go on without a hole in ids and times', async () => {
    await withVenue(script({ loop: true }), async (venue) => {
      const client = await BitstampClient.open(venue.url(), ALL);
      await client.fetchBook(MARKET);
      await until('three laps', () => client.catchUp().trades.length >= 15);
      venue.chaos('hold');
      await same(client, venue);
      const ids = client.catchUp().trades.map(({ id }) => Number(id));
      expect(ids.every((id, index) => index === 0 || id > ids[index - 1])).toBe(true);
      expect(client.held(MARKET).late).toBe(0);
      expect(client.book(MARKET).snapshots).toBe(1);
      client.close();
    });
  });

  test('now moves the microsecond and the second beside it together', async () => {
    await withVenue({ files: [bitstampScript()], speed: 'max' }, async (venue) => {
      const client = await BitstampClient.open(venue.url(), ALL);
      await client.fetchBook(MARKET);
      await venue.ended();
      await same(client, venue);
      await until('trades are in', () => client.catchUp().trades.length === 5);
      const diffs = client.listener.messages().filter(({ event }) => event === 'data' || event === 'trade');
      for (const { data } of diffs as { data: { timestamp: string; microtimestamp: string } }[]) {
        expect(Math.abs(Number(data.microtimestamp) / 1000 - Date.now())).toBeLessThan(5_000);
        expect(data.timestamp).toBe(String(Math.floor(Number(data.microtimestamp) / 1e6)));
      }
      client.close();
    });
  });
});

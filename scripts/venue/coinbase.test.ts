import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { CoinbaseClient } from './testing/coinbase-client';
import { coinbaseScript, PRODUCT } from './testing/coinbase-script';
import { Listener, recorded, until, withVenue } from './testing/harness';

const NAME = 'coinbase-exchange-10prod-20210417';
const FILE = recorded(`${NAME}.jsonl.gz`);
const ALL = ['level2_batch', 'matches', 'ticker', 'heartbeat'];
const FAST = { speed: 'max', clock: 'recorded' } as const;

interface Checkpoint {
  readonly after_line: number;
  readonly book_sha256: string;
}

interface Expected {
  books: Record<string, { book_sha256: string; bid_levels: number; ask_levels: number; checkpoints: Checkpoint[] }>;
  trades: Record<string, { count: number; buy_volume: string; sell_volume: string } | undefined>;
}

function script(options: Partial<VenueOptions> = {}): VenueOptions {
  return { ...FAST, ...options, files: options.files ?? [coinbaseScript()] };
}

async function same(client: CoinbaseClient, venue: RunningVenue, product = PRODUCT): Promise<void> {
  await until(
    'the book is the true one',
    () => client.catchUp().book(product).digest() === venue.truth(product).sha256,
  );
}

describe('a replay of the real recording', () => {
  test.skipIf(FILE === null)(
    `ends where the recording does${FILE === null ? ' (skipped: the real recordings are not on this machine)' : ''}`,
    { timeout: 60_000 },
    async () => {
      const expected = JSON.parse(readFileSync(recorded(`expected/${NAME}.json`) ?? '', 'utf8')) as Expected;
      await withVenue({ ...FAST, files: [FILE ?? ''] }, async (venue) => {
        const products = Object.keys(expected.books);
        const client = await CoinbaseClient.open(venue.url(), products, ALL);
        await venue.ended();
        for (const product of products) {
          await same(client, venue, product);
          const { book_sha256: sha256, bid_levels: bidLevels, ask_levels: askLevels } = expected.books[product];
          expect(venue.truth(product)).toMatchObject({ sequence: '', sha256, bidLevels, askLevels, ended: true });
          const {
            count = 0,
            buy_volume: buyVolume = '0',
            sell_volume: sellVolume = '0',
          } = expected.trades[product] ?? {};
          expect(venue.truth(product).trades).toMatchObject({ count, buyVolume, sellVolume });
        }
        await until('all matches are in', () => client.catchUp().matches.length === 97);
        // One ticker a match, and one for each product at the subscription.
        expect(client.tickers).toHaveLength(97 + products.length);
        client.close();
      });
    },
  );

  test.skipIf(FILE === null)(
    `holds the computed book at each checkpoint${FILE === null ? ' (skipped: no real recordings)' : ''}`,
    { timeout: 60_000 },
    async () => {
      const { books } = JSON.parse(readFileSync(recorded(`expected/${NAME}.json`) ?? '', 'utf8')) as Expected;
      const stops = Object.entries(books)
        .flatMap(([product, { checkpoints }]) => checkpoints.map((checkpoint) => ({ product, ...checkpoint })))
        .sort((a, b) => a.after_line - b.after_line);
      expect(stops.length).toBeGreaterThan(80);
      const chaos = stops.map(({ after_line }) => `hold@line=${after_line}`).join(',');
      await withVenue({ ...FAST, files: [FILE ?? ''], chaos }, async (venue) => {
        const client = await CoinbaseClient.open(venue.url(), Object.keys(books), ['level2_batch']);
        for (const { product, book_sha256 } of stops) {
          await until('held', () => venue.state() === 'held');
          expect(venue.truth(product).sha256).toBe(book_sha256);
          await until('the client has it', () => client.catchUp().book(product).digest() === book_sha256);
          venue.resume();
        }
        await venue.ended();
        client.close();
      });
    },
  );

  test.skipIf(FILE === null)(
    `gives a late subscriber the book of that moment${FILE === null ? ' (skipped: no real recordings)' : ''}`,
    async () => {
      await withVenue({ ...FAST, files: [FILE ?? ''], chaos: 'hold@line=4000' }, async (venue) => {
        const first = await CoinbaseClient.open(venue.url(), ['SKL-USD'], ['level2_batch']);
        await until('held', () => venue.state() === 'held');
        const late = await CoinbaseClient.open(venue.url(), ['SKL-USD', 'DASH-BTC'], ['level2_batch']);
        await same(late, venue, 'SKL-USD');
        await same(first, venue, 'SKL-USD');
        expect(late.book('SKL-USD').diffs).toBe(0);
        venue.resume();
        await venue.ended();
        for (const product of ['SKL-USD', 'DASH-BTC']) await same(late, venue, product);
        first.close();
        late.close();
      });
    },
  );
});

describe('subscriptions', () => {
  test('are acknowledged with all that is held, and begin with book, ticker and last match', async () => {
    await withVenue(script({ chaos: 'hold@line=8' }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await until('held', () => venue.state() === 'held');
      await until('greeted', () => client.catchUp().others.length >= 2);
      expect(client.others[0]).toEqual({
        type: 'subscriptions',
        channels: ALL.map((name) => ({ name, product_ids: [PRODUCT], account_ids: null })),
      });
      expect(client.others[1]).toMatchObject({ type: 'last_match', trade_id: 99, sequence: 5_099, side: 'buy' });
      expect(client.tickers[0]).toMatchObject({
        type: 'ticker',
        trade_id: 0,
        best_bid: '64250.10',
        best_ask: '64250.12',
      });
      expect(client.book(PRODUCT).snapshots).toBe(1);
      expect(venue.clients()[0].subscriptions).toEqual(ALL.map((name) => `${name}:${PRODUCT}`));
      client.close();
    });
  });

  test('given up leave the socket open and silent', async () => {
    await withVenue(script({ speed: 1 }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ['level2_batch', 'matches']);
      await until('it speaks', () => client.catchUp().book(PRODUCT).diffs > 0);
      client.send({ type: 'unsubscribe', product_ids: [PRODUCT], channels: ['level2_batch'] });
      client.send({ type: 'unsubscribe', channels: ['matches'] });
      const last = (): unknown => client.catchUp().others[client.others.length - 1];
      await until('nothing is held', () => JSON.stringify(last()) === '{"type":"subscriptions","channels":[]}');
      expect(venue.clients()[0].subscriptions).toEqual([]);
      const { diffs } = client.book(PRODUCT);
      await venue.ended();
      expect(client.catchUp().book(PRODUCT).diffs).toBe(diffs);
      client.close();
    });
  });

  test.each([
    ['an unknown product', { product_ids: ['BTC-XYZ'], channels: ['ticker'] }, 'BTC-XYZ is not a valid product'],
    ['an unknown channel', { product_ids: [PRODUCT], channels: ['level9'] }, 'level9 is not a valid channel'],
    ['a channel with login', { product_ids: [PRODUCT], channels: ['level2'] }, 'level2 requires authentication'],
    ['no products', { channels: ['ticker'] }, 'product_ids is a required field'],
    ['no channels', { product_ids: [PRODUCT] }, 'channels is a required field'],
  ])('to %s are refused, and nothing of the message is held', async (_, wish, reason) => {
    await withVenue(script(), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/`);
      const answer = await listener.ask({ type: 'subscribe', ...wish });
      expect(answer).toEqual({ type: 'error', message: 'Failed to subscribe', reason });
      expect(venue.clients()[0].subscriptions).toEqual([]);
      listener.close();
    });
  });

  test.each(['{', '[]', '"x"', '{"type":"hello"}'])('that are none (%s) are answered with an error', async (text) => {
    await withVenue(script(), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/`);
      expect(await listener.ask(text)).toMatchObject({ type: 'error' });
      listener.close();
    });
  });

  test('of wrong shapes are refused one and all, and the server goes on', async () => {
    await withVenue(script(), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/`);
      const wishes: object[] = [
        { channels: [null] },
        { channels: [{}] },
        { channels: [{ name: 'ticker', product_ids: 'BTC-USD' }] },
        { channels: {}, product_ids: [PRODUCT] },
        { channels: ['ticker'], product_ids: {} },
        { channels: ['ticker'], product_ids: [null] },
        { channels: ['__proto__'], product_ids: [PRODUCT] },
      ];
      for (const wish of wishes) listener.send({ type: 'subscribe', ...wish });
      listener.send('['.repeat(50_000));
      await until('all are answered', () => listener.heard.length === wishes.length + 1);
      expect(listener.messages().every(({ type }) => type === 'error')).toBe(true);
      expect(venue.clients()[0].subscriptions).toEqual([]);
      listener.close();
    });
  });

  test('that never come close the socket after five seconds', { timeout: 10_000 }, async () => {
    await withVenue(script(), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/`);
      await until('closed', () => listener.closedWith !== null, 8_000);
      expect(listener.closedWith).toBe(1008);
    });
  });

  test('are taken at the root alone', async () => {
    await withVenue(script(), async (venue) => {
      await expect(Listener.open(`${venue.url()}/ws`)).rejects.toThrow('refused 404');
    });
  });
});

describe('what the recording lacks', () => {
  test('is derived: a ticker with every match, by the true book and the taker’s side', async () => {
    await withVenue(script(), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await venue.ended();
      await same(client, venue);
      expect(client.matches.map(({ trade_id }) => trade_id)).toEqual([100, 101, 102, 103, 104]);
      expect(client.tickers.map(({ trade_id }) => trade_id)).toEqual([0, 100, 101, 102, 103, 104]);
      for (const [index, match] of client.matches.entries()) {
        expect(client.tickers[index + 1]).toMatchObject({
          sequence: match.sequence,
          price: match.price,
          side: match.side === 'sell' ? 'buy' : 'sell',
          best_bid: '64250.10',
          best_ask: '64250.12',
          last_size: '0.01000000',
        });
      }
      client.close();
    });
  });

  test('and recorded tickers are passed on instead', async () => {
    await withVenue(script({ files: [coinbaseScript({ tickers: true })] }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await venue.ended();
      await until('all are in', () => client.catchUp().tickers.length === 6);
      expect(client.tickers[1]).toMatchObject({ trade_id: 100, volume_24h: '10.5' });
      client.close();
    });
  });

  test('a heartbeat tells the last trade once a second, also while held', { timeout: 10_000 }, async () => {
    await withVenue(script({ chaos: 'hold@line=8' }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ['level2_batch', 'heartbeat']);
      const beats = (): Record<string, unknown>[] => client.catchUp().others.filter(({ type }) => type === 'heartbeat');
      await until('two beats', () => beats().length >= 2, 6_000);
      expect(beats()[1]).toMatchObject({ product_id: PRODUCT, last_trade_id: 100, sequence: 5_100 });
      client.close();
    });
  });
});

describe('requests', () => {
  const get = async (venue: RunningVenue, path: string): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(`${venue.url()}${path}`);
    return { status: answer.status, body: await answer.json() };
  };

  test('list the products with steps read off the recorded digits', async () => {
    await withVenue(script(), async (venue) => {
      const row = {
        id: PRODUCT,
        base_currency: 'BTC',
        quote_currency: 'USD',
        quote_increment: '0.01',
        status: 'online',
      };
      expect((await get(venue, '/products')).body).toMatchObject([row]);
      expect((await get(venue, `/products/${PRODUCT}`)).body).toMatchObject(row);
      expect(await get(venue, '/products/NO-ONE')).toEqual({ status: 404, body: { message: 'NotFound' } });
      expect((await get(venue, '/products/%E0%A4%A')).status).toBe(404);
    });
  });

  test('give the recorded list where there is one, with what it lacks', async () => {
    const capture = coinbaseScript();
    const other = { id: 'ABC-USD', base_currency: 'ABC', quote_currency: 'USD', quote_increment: '1' };
    const url = 'https://api.exchange.coinbase.com/products';
    const [{ t }] = capture.lines;
    const lines = [{ line: 0, t, c: -1, dir: 'http', url, m: JSON.stringify([other]) } as const, ...capture.lines];
    await withVenue(script({ files: [{ ...capture, lines }] }), async (venue) => {
      expect((await get(venue, '/products')).body).toMatchObject([other, { id: PRODUCT, quote_increment: '0.01' }]);
      expect((await get(venue, '/products/ABC-USD')).body).toEqual(other);
      expect((await get(venue, '/products/ABC-USD/trades')).status).toBe(404);
    });
  });

  test('give candles as bare numbers, newest first, and refuse more than 300', async () => {
    await withVenue(script({ history: 400 }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await venue.ended();
      const { body } = await get(venue, `/products/${PRODUCT}/candles?granularity=60`);
      const rows = body as number[][];
      expect(rows).toHaveLength(300);
      expect(rows[0]).toEqual([Date.UTC(2026, 2, 2, 12, 0) / 1000, 64250.1, 64250.12, 64250.12, 64250.12, 0.05]);
      expect(rows.every(([t], index) => index === 0 || t === rows[index - 1][0] - 60)).toBe(true);
      const span = `start=${rows[299][0] - 6_000}&end=${rows[0][0]}`;
      expect((await get(venue, `/products/${PRODUCT}/candles?granularity=60&${span}`)).status).toBe(400);
      expect((await get(venue, `/products/${PRODUCT}/candles?granularity=180`)).status).toBe(400);
      client.close();
    });
  });

  test('page through trades by id, newest first, with the maker’s side', async () => {
    await withVenue(script(), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await venue.ended();
      const page = await get(venue, `/products/${PRODUCT}/trades?limit=2&after=104`);
      expect(page.body).toMatchObject([
        { trade_id: 103, side: 'buy' },
        { trade_id: 102, side: 'sell' },
      ]);
      expect((await get(venue, `/products/${PRODUCT}/trades?before=103`)).body).toMatchObject([{ trade_id: 104 }]);
      client.close();
    });
  });

  test('fail and are banned when asked for', async () => {
    await withVenue(script(), async (venue) => {
      venue.chaos('rest-fail:1');
      expect((await get(venue, '/products')).status).toBe(503);
      expect((await get(venue, '/products')).status).toBe(200);
      venue.chaos('ban:30s');
      expect(await get(venue, '/products')).toEqual({ status: 429, body: { message: 'Public rate limit exceeded' } });
      await expect(Listener.open(`${venue.url()}/`)).rejects.toThrow('refused 429');
    });
  });
});

describe('a loop', () => {
  test('goes on without a hole in trade ids, times or the book', async () => {
    await withVenue(script({ loop: true }), async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await until('three laps', () => client.catchUp().matches.length >= 15);
      venue.chaos('hold');
      await same(client, venue);
      const ids = client.catchUp().matches.map(({ trade_id }) => Number(trade_id));
      expect(ids).toEqual(ids.map((_, index) => 100 + index));
      const times = client.matches.map(({ time }) => Date.parse(String(time)));
      expect(times.every((time, index) => index === 0 || time > times[index - 1])).toBe(true);
      expect(client.book(PRODUCT).snapshots).toBe(1);
      client.close();
    });
  });
});

describe('files', () => {
  test('of one product each are merged; the same product twice is refused', async () => {
    const files = [coinbaseScript(), coinbaseScript({ product: 'ETH-USD' })];
    await withVenue(script({ files }), async (venue) => {
      expect(venue.symbols).toEqual({ coinbase: [PRODUCT, 'ETH-USD'] });
    });
    const twice = withVenue(script({ files: [coinbaseScript(), coinbaseScript()] }), async () => undefined);
    await expect(twice).rejects.toThrow('one symbol can be replayed from one file only.');
  });

  test('of the Advanced Trade feed are refused with a sentence', async () => {
    const url = 'wss://advanced-trade-ws.coinbase.com';
    const lines = [{ t: 1, c: 0, dir: 'in', url, m: '{"channel":"l2_data"}', line: 0 }] as const;
    const start = withVenue({ files: [{ file: 'advanced.jsonl', header: null, lines }] }, async () => undefined);
    await expect(start).rejects.toThrow(/^advanced\.jsonl is of Coinbase's Advanced Trade feed/);
  });
});

describe('the clock', () => {
  test('now makes the first message a message of now', async () => {
    await withVenue({ files: [coinbaseScript()], speed: 'max' }, async (venue) => {
      const client = await CoinbaseClient.open(venue.url(), [PRODUCT], ALL);
      await venue.ended();
      await until('matches are in', () => client.catchUp().matches.length === 5);
      const away = Math.abs(Date.parse(String(client.matches[0].time)) - Date.now());
      expect(away).toBeLessThan(5_000);
      client.close();
    });
  });
});

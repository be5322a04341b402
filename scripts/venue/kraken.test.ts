import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { Listener, recorded, until, withVenue } from './testing/harness';
import { KrakenClient } from './testing/kraken-client';
import { krakenScript, PAIR } from './testing/kraken-script';

const FAST = { speed: 'max', clock: 'recorded' } as const;
const ABSENT = ' (skipped: the real recordings are not on this machine)';

interface Expected {
  books: Record<
    string,
    {
      depth: number;
      book_sha256: string;
      bid_levels: number;
      ask_levels: number;
      checkpoints: { after_line: number; book_sha256: string }[];
    }
  >;
}

function script(options: Partial<VenueOptions> = {}): VenueOptions {
  return { ...FAST, ...options, files: options.files ?? [krakenScript()] };
}

async function subscribed(venue: RunningVenue, symbol = PAIR, channels = ['book']): Promise<KrakenClient> {
  const client = await KrakenClient.open(venue.url());
  for (const [index, channel] of channels.entries()) client.send('subscribe', { channel, symbol: [symbol] }, index + 1);
  return client;
}

async function same(client: KrakenClient, venue: RunningVenue, symbol = PAIR): Promise<void> {
  await until('the book is the true one', () => client.catchUp().book(symbol).digest() === venue.truth(symbol).sha256);
}

describe('a replay of a real recording verifies every checksum', () => {
  const cases = [
    { name: 'kraken-v2-btcusd-d10-20260801', count: 301 },
    { name: 'kraken-v2-btcusd-d25-20260802', count: 2_052 },
    { name: 'kraken-v2-ethusd-d25-20260802', count: 1_129 },
  ].map((known) => ({ ...known, file: recorded(`${known.name}.jsonl.gz`) ?? '' }));
  const missing = cases.some(({ file }) => file === '');
  test.skipIf(missing).each(cases)(`of $name: $count${missing ? ABSENT : ''}`, async ({ name, count, file }) => {
    const expected = JSON.parse(readFileSync(recorded(`expected/${name}.json`) ?? '', 'utf8')) as Expected;
    const [[symbol, book]] = Object.entries(expected.books);
    await withVenue({ ...FAST, files: [file] }, async (venue) => {
      const client = await KrakenClient.open(venue.url());
      client.send('subscribe', { channel: 'book', symbol: [symbol], depth: 100 });
      await venue.ended();
      await same(client, venue, symbol);
      expect([client.right, client.wrong]).toEqual([count, 0]);
      expect(client.depths.get(symbol)).toBe(book.depth);
      const { book_sha256: sha256, bid_levels: bidLevels, ask_levels: askLevels } = book;
      expect(venue.truth(symbol)).toMatchObject({ sequence: '', sha256, bidLevels, askLevels, ended: true });
      client.close();
    });
  });
});

describe('a hold after a line', () => {
  const names = ['kraken-v2-btcusd-d10-20260801', 'kraken-v2-btcusd-d25-20260802', 'kraken-v2-ethusd-d25-20260802'];
  const missing = names.some((name) => recorded(`${name}.jsonl.gz`) === null);

  test.skipIf(missing).each(names)(
    `finds the computed book at each checkpoint of %s${missing ? ABSENT : ''}`,
    async (name) => {
      const expected = JSON.parse(readFileSync(recorded(`expected/${name}.json`) ?? '', 'utf8')) as Expected;
      const [[symbol, { checkpoints }]] = Object.entries(expected.books);
      const chaos = checkpoints.map(({ after_line }) => `hold@line=${after_line}`).join(',');
      await withVenue({ ...FAST, files: [recorded(`${name}.jsonl.gz`) ?? ''], chaos }, async (venue) => {
        const client = await subscribed(venue, symbol);
        for (const { book_sha256 } of checkpoints) {
          await until('held', () => venue.state() === 'held');
          expect(venue.truth(symbol).sha256).toBe(book_sha256);
          await same(client, venue, symbol);
          venue.resume();
        }
        await venue.ended();
        client.close();
      });
    },
  );
});

describe('late subscribers', () => {
  const name = 'kraken-v2-btcusd-d25-20260802';
  const file = recorded(`${name}.jsonl.gz`);

  test.skipIf(file === null)(
    `get the book of that moment, and every checksum after it${file === null ? ABSENT : ''}`,
    async () => {
      await withVenue({ ...FAST, files: [file ?? ''], chaos: 'hold@line=500,hold@line=1500' }, async (venue) => {
        const first = await subscribed(venue, 'BTC/USD');
        const late: KrakenClient[] = [];
        for (let stop = 0; stop < 2; stop++) {
          await until('held', () => venue.state() === 'held');
          late.push(await subscribed(venue, 'BTC/USD'));
          await same(late[stop], venue, 'BTC/USD');
          venue.resume();
        }
        await venue.ended();
        for (const client of [first, ...late]) {
          await same(client, venue, 'BTC/USD');
          expect(client.wrong).toBe(0);
          client.close();
        }
        expect(first.right).toBeGreaterThan(late[0].right);
        expect(late[0].right).toBeGreaterThan(late[1].right);
      });
    },
  );
});

describe('the socket', () => {
  test('greets with the system’s status, its id beyond what a double holds', async () => {
    await withVenue(script(), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/v2`);
      await until('greeted', () => listener.heard.length > 0);
      expect(listener.heard[0]).toMatch(/^\{"channel":"status","type":"update".*"connection_id":\d{20}\}\]\}$/);
      listener.close();
      await expect(Listener.open(`${venue.url()}/`)).rejects.toThrow('refused 404');
    });
  });

  test('acknowledges every symbol by itself, with the recorded depth', async () => {
    const files = [krakenScript(), krakenScript('ETH/USD')];
    await withVenue(script({ files }), async (venue) => {
      const client = await KrakenClient.open(venue.url());
      client.send('subscribe', { channel: 'book', symbol: [PAIR, 'NO/ONE', 'ETH/USD'], depth: 1000 }, 42);
      const answers = (): Record<string, unknown>[] => client.catchUp().others.filter(({ req_id }) => req_id === 42);
      await until('three answers', () => answers().length === 3);
      const result = (symbol: string): object => ({ channel: 'book', depth: 10, snapshot: true, symbol });
      expect(answers()).toMatchObject([
        { method: 'subscribe', result: result(PAIR), success: true, time_in: expect.any(String) },
        { method: 'subscribe', success: false, symbol: 'NO/ONE', error: 'Currency pair not supported NO/ONE' },
        { method: 'subscribe', result: result('ETH/USD'), success: true },
      ]);
      client.close();
    });
  });

  test.each([
    [{ channel: 'book', symbol: [PAIR], depth: 50 }, 'Subscription depth not supported'],
    [{ channel: 'level3', symbol: [PAIR] }, 'Channel name invalid'],
    [{ channel: 'ohlc', symbol: [PAIR], interval: 3 }, 'Subscription ohlc interval not supported'],
    [{ channel: 'ticker', symbol: [PAIR], event_trigger: 'moon' }, 'Event trigger not supported'],
    [{ channel: 'trade', symbol: PAIR }, 'Symbol must be a list of pairs'],
    [{ channel: 'trade' }, 'Symbol must be a list of pairs'],
    [{ channel: 'book', symbol: [PAIR], depth: '10' }, 'Subscription depth not supported'],
    [{ channel: 'book', symbol: [PAIR], snapshot: 1 }, 'Snapshot must be a boolean'],
    [{ channel: 'book', symbol: [null] }, 'Currency pair not supported null'],
    [{ channel: {}, symbol: [PAIR] }, 'Channel name invalid'],
    [null, 'Channel name invalid'],
  ])('refuses %o', async (params, error) => {
    await withVenue(script(), async (venue) => {
      const client = await KrakenClient.open(venue.url());
      client.send('subscribe', params as Record<string, unknown>, 7);
      await until('refused', () => client.catchUp().others.some(({ req_id }) => req_id === 7));
      expect(client.others.find(({ req_id }) => req_id === 7)).toMatchObject({
        error,
        method: 'subscribe',
        success: false,
      });
      expect(venue.clients()[0].subscriptions).toEqual([]);
      client.close();
    });
  });

  test('refuses a second subscription, and an unsubscribe of another depth or of nothing', async () => {
    await withVenue(script({ chaos: 'hold@line=5' }), async (venue) => {
      const client = await KrakenClient.open(venue.url());
      const ask = async (method: string, params: object, id: number): Promise<unknown> => {
        client.send(method, { symbol: [PAIR], channel: 'book', ...params }, id);
        await until('answered', () => client.catchUp().others.some(({ req_id }) => req_id === id));
        const { error, success } = client.others.find(({ req_id }) => req_id === id) ?? {};
        return error ?? success;
      };
      expect(await ask('subscribe', { depth: 25 }, 1)).toBe(true);
      expect(await ask('subscribe', { depth: 25 }, 2)).toMatch(/^Already subscribed/);
      expect(await ask('unsubscribe', { depth: 100 }, 3)).toBe('Subscription Not Found');
      expect(await ask('unsubscribe', { depth: 25 }, 4)).toBe(true);
      expect(await ask('unsubscribe', { depth: 25 }, 5)).toBe('Subscription Not Found');
      expect(venue.clients()[0].subscriptions).toEqual([]);
      client.close();
    });
  });

  test('answers a ping, and what is no request', async () => {
    await withVenue(script(), async (venue) => {
      const client = await KrakenClient.open(venue.url());
      const { listener } = client;
      client.send('ping', {}, 9);
      for (const text of ['{', '[]', '{"method":"dance","req_id":1}']) listener.send(text);
      await until('all are answered', () => client.catchUp().others.length === 5);
      expect(client.others.slice(1)).toMatchObject([
        { method: 'pong', req_id: 9 },
        { method: 'error', error: 'Malformed request' },
        { method: 'error', error: 'Malformed request' },
        { method: 'dance', success: false },
      ]);
      client.close();
    });
  });

  test('beats once a second after a subscription, also while held', { timeout: 10_000 }, async () => {
    await withVenue(script({ chaos: 'hold@line=5' }), async (venue) => {
      const idle = await KrakenClient.open(venue.url());
      const client = await subscribed(venue);
      await until('two beats', () => client.catchUp().heartbeats >= 2, 6_000);
      expect(idle.catchUp().heartbeats).toBe(0);
      idle.close();
      client.close();
    });
  });
});

describe('the other channels', () => {
  test('trades come as recorded, with a past only when it is asked for', async () => {
    await withVenue(script(), async (venue) => {
      const client = await subscribed(venue, PAIR, ['book', 'trade']);
      await venue.ended();
      await until('all are in', () => client.catchUp().trades.length === 5);
      expect(client.trades.map(({ trade_id }) => trade_id)).toEqual([700, 701, 702, 703, 704]);
      expect(venue.truth(PAIR).trades).toEqual({ count: 5, buyVolume: '0.03', sellVolume: '0.02', lastId: '704' });
      const late = await KrakenClient.open(venue.url());
      late.send('subscribe', { channel: 'trade', symbol: [PAIR], snapshot: true });
      await until('the past is in', () => late.catchUp().trades.length === 5);
      expect(late.trades[4]).toMatchObject({ trade_id: 704, side: 'buy', price: 64250.1, qty: 0.01 });
      client.close();
      late.close();
    });
  });

  test('candles begin with history and go on with the trades', async () => {
    await withVenue(script({ history: 40 }), async (venue) => {
      const client = await KrakenClient.open(venue.url());
      client.send('subscribe', { channel: 'book', symbol: [PAIR] }, 1);
      client.send('subscribe', { channel: 'ohlc', symbol: [PAIR], interval: 5 }, 2);
      await venue.ended();
      const bars = (): Record<string, unknown>[] => client.catchUp().others.filter(({ channel }) => channel === 'ohlc');
      await until('five updates', () => JSON.stringify(bars()).includes('"trades":5'));
      const [snapshot, ...updates] = bars();
      expect(snapshot).toMatchObject({ type: 'snapshot' });
      expect(snapshot.data).toHaveLength(40);
      const [last] = updates[updates.length - 1].data as Record<string, unknown>[];
      expect(last).toMatchObject({ symbol: PAIR, interval: 5, trades: 5, volume: 0.05, open: 64250.1, close: 64250.1 });
      expect(last.interval_begin).toBe('2026-03-02T12:00:00.000000000Z');
      client.close();
    });
  });

  test('the ticker begins with a snapshot and follows trades, or the best prices where that is asked for', async () => {
    await withVenue(script(), async (venue) => {
      const client = await subscribed(venue, PAIR, ['book', 'ticker']);
      client.send('subscribe', { channel: 'ticker', symbol: [PAIR], event_trigger: 'bbo' }, 3);
      await venue.ended();
      const tickers = (type: string): Record<string, unknown>[] =>
        client.catchUp().others.filter((heard) => heard.channel === 'ticker' && heard.type === type);
      await until('best prices and trades are told', () => tickers('update').length > 10);
      expect(tickers('snapshot')).toHaveLength(2);
      const updates = tickers('update');
      const [entry] = updates[updates.length - 1].data as Record<string, unknown>[];
      expect(entry).toMatchObject({ symbol: PAIR, bid: 64250.1, ask: 64250.3, last: 64250.1 });
      client.close();
    });
  });

  test('the instruments are made of the recorded digits, small steps with an exponent', async () => {
    await withVenue(script(), async (venue) => {
      const client = await KrakenClient.open(venue.url());
      client.send('subscribe', { channel: 'instrument' }, 1);
      const list = (): string | undefined =>
        client.listener.heard.find((text) => text.startsWith('{"channel":"instrument"'));
      await until('listed', () => list() !== undefined);
      expect(list()).toContain('"qty_precision":8,"qty_increment":1e-08,"price_precision":1');
      expect(list()).toContain('"price_increment":0.1');
      // A list alone does not begin the replay.
      expect(venue.state()).toBe('waiting');
      client.close();
    });
  });

  test('the recorded instruments are passed on, with what they lack', async () => {
    const capture = krakenScript();
    const recordedList =
      '{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[{"symbol":"ABC/USD","price_increment":5e-05}]}}';
    const lines = [{ ...capture.lines[0], m: recordedList }, ...capture.lines.slice(1)];
    await withVenue(script({ files: [{ ...capture, lines }] }), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/v2`);
      listener.send({ method: 'subscribe', params: { channel: 'instrument' } });
      const list = (): string => listener.heard.find((text) => text.startsWith('{"channel":"instrument"')) ?? '';
      await until('listed', () => list() !== '');
      expect(list()).toContain('{"symbol":"ABC/USD","price_increment":5e-05}]}}');
      const { data } = JSON.parse(list()) as { data: { pairs: { symbol: string }[] } };
      expect(data.pairs.map(({ symbol }) => symbol)).toEqual([PAIR, 'ABC/USD']);
      listener.close();
    });
  });

  test('requests give bars, trades since a nanosecond, pairs and the book', async () => {
    await withVenue(script(), async (venue) => {
      const client = await subscribed(venue, PAIR, ['book', 'trade']);
      await venue.ended();
      await until('all are in', () => client.catchUp().trades.length === 5);
      const get = async (path: string): Promise<{ error: string[]; result: Record<string, unknown> }> =>
        (await (await fetch(`${venue.url()}/0/public/${path}`)).json()) as never;
      const since = `${Date.parse(String(client.trades[2].timestamp))}000000`;
      const { result } = await get(`Trades?pair=XBTUSD&since=${since}`);
      expect((result.XXBTZUSD as unknown[][]).map((row) => row[6])).toEqual([703, 704]);
      expect((await get('Trades?pair=XBTUSD&count=1')).result.XXBTZUSD).toHaveLength(1);
      expect((await get('OHLC?pair=BTC/USD&interval=1')).result.XXBTZUSD).toHaveLength(501);
      expect((await get('AssetPairs')).result.XXBTZUSD).toMatchObject({ wsname: 'XBT/USD', pair_decimals: 1 });
      expect((await get('Depth?pair=XBTUSD&count=3')).result.XXBTZUSD).toMatchObject({
        bids: [['64250.1', '0.00001018', expect.any(Number)], expect.anything(), expect.anything()],
      });
      expect(await get('Trades?pair=NOONE')).toEqual({ error: ['EQuery:Unknown asset pair'] });
      client.close();
    });
  });
});

describe('a loop', () => {
  test('goes on without a wrong checksum, a hole in trade ids or a second snapshot', async () => {
    await withVenue(script({ loop: true }), async (venue) => {
      const client = await subscribed(venue, PAIR, ['book', 'trade']);
      await until('three laps', () => client.catchUp().trades.length >= 15);
      venue.chaos('hold');
      await same(client, venue);
      expect([client.wrong, client.book(PAIR).snapshots]).toEqual([0, 1]);
      const ids = client.trades.map(({ trade_id }) => Number(trade_id));
      expect(ids).toEqual(ids.map((_, index) => 700 + index));
      client.close();
    });
  });
});

describe('files', () => {
  test('of the first version of the protocol are refused with a sentence', async () => {
    const url = 'wss://ws.kraken.com';
    const lines = [{ t: 1, c: 0, dir: 'in', url, m: '[0,{},"trade","XBT/USD"]', line: 0 }] as const;
    const start = withVenue({ files: [{ file: 'kraken-v1.jsonl', header: null, lines }] }, async () => undefined);
    await expect(start).rejects.toThrow("kraken-v1.jsonl is of Kraken's WebSocket v1; this server speaks v2.");
  });

  test('that speak of two pairs in one message are taken apart', async () => {
    const capture = krakenScript();
    const two =
      '{"symbol":"ETH/USD","side":"sell","price":1800.10,"qty":0.5,"ord_type":"limit","trade_id":1,"timestamp":"2026-03-02T12:00:41.000000Z"}';
    const lines = capture.lines.map((line) =>
      line.m.includes('"trade_id":700') ? { ...line, m: line.m.replace('"data":[', `"data":[${two},`) } : line,
    );
    await withVenue(script({ files: [{ ...capture, lines }] }), async (venue) => {
      const client = await subscribed(venue, PAIR, ['book', 'trade']);
      client.send('subscribe', { channel: 'trade', symbol: ['ETH/USD'] }, 3);
      await venue.ended();
      await until('all trades are in', () => client.catchUp().trades.length === 6);
      expect(client.trades.filter(({ symbol }) => symbol === 'ETH/USD')).toHaveLength(1);
      expect(venue.truth('ETH/USD').trades.sellVolume).toBe('0.5');
      client.close();
    });
  });
});

import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { BybitClient } from './testing/bybit-client';
import { bybitScript, SYMBOL } from './testing/bybit-script';
import { Listener, until, withVenue } from './testing/harness';

const FAST = { speed: 'max', clock: 'recorded' } as const;
const BOOK = `orderbook.200.${SYMBOL}`;
const TRADES = `publicTrade.${SYMBOL}`;

function script(options: Partial<VenueOptions> = {}): VenueOptions {
  return { ...FAST, ...options, files: options.files ?? [bybitScript()] };
}

async function same(client: BybitClient, venue: RunningVenue, topic = BOOK, symbol = SYMBOL): Promise<void> {
  await until('the book is the true one', () => client.catchUp().book(topic).digest() === venue.truth(symbol).sha256);
}

describe('subscriptions', () => {
  test('are answered once for all topics, and a book begins whole with numbers that go on', async () => {
    await withVenue(script({ chaos: 'hold@line=8' }), async (venue) => {
      const client = await BybitClient.open(venue.url(), []);
      client.send('subscribe', [BOOK, TRADES], 's1');
      await until('held', () => venue.state() === 'held');
      await same(client, venue);
      expect(client.answers).toEqual([
        {
          success: true,
          ret_msg: '',
          conn_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          req_id: 's1',
          op: 'subscribe',
        },
      ]);
      expect(venue.clients()[0].subscriptions).toEqual([BOOK, TRADES]);
      venue.resume();
      await venue.ended();
      await same(client, venue);
      expect([client.gaps, client.book(BOOK).snapshots, client.ids.get(BOOK)]).toEqual([0, 1, 5_020]);
      expect(venue.truth(SYMBOL)).toMatchObject({
        sequence: '5020',
        trades: { count: 4, lastId: expect.stringMatching(/^4c7b6bd3/) },
      });
      client.close();
    });
  });

  test('come late and get the book of that moment, continuous with what follows', async () => {
    await withVenue(script({ chaos: 'hold@line=12' }), async (venue) => {
      const first = await BybitClient.open(venue.url(), [BOOK]);
      await until('held', () => venue.state() === 'held');
      const late = await BybitClient.open(venue.url(), [BOOK]);
      await same(late, venue);
      expect(late.book(BOOK).diffs).toBe(0);
      venue.resume();
      await venue.ended();
      for (const client of [first, late]) {
        await same(client, venue);
        expect(client.gaps).toBe(0);
        client.close();
      }
    });
  });

  test('to a deeper book are answered with the recorded one under the name asked for', async () => {
    await withVenue(script(), async (venue) => {
      const topic = `orderbook.1000.${SYMBOL}`;
      const client = await BybitClient.open(venue.url(), [topic, BOOK]);
      await venue.ended();
      for (const name of [topic, BOOK]) await same(client, venue, name);
      expect(client.gaps).toBe(0);
      client.close();
    });
  });

  test('to a shallower one are answered with that many levels, under numbers of its own', async () => {
    await withVenue(script({ speed: 20 }), async (venue) => {
      const topic = `orderbook.50.${SYMBOL}`;
      const client = await BybitClient.open(venue.url(), [topic]);
      await venue.ended();
      const best = (): unknown => client.catchUp().book(topic).best('bid', 3);
      const truth = (): unknown => venue.truth(SYMBOL).bids.slice(0, 3);
      const plain = (levels: unknown): string => JSON.stringify(levels).replace(/0+"/g, '"');
      await until('the best levels are right', () => plain(best()) === plain(truth()));
      expect([client.book(topic).bids.size, client.gaps, client.book(topic).snapshots]).toEqual([50, 0, 1]);
      client.close();
    });
  });

  test('given up end the stream and leave the socket open', async () => {
    await withVenue(script({ chaos: 'hold@line=8' }), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK, TRADES]);
      await until('held', () => venue.state() === 'held');
      client.send('unsubscribe', [BOOK], 'u1');
      await until('answered', () => client.catchUp().answers.length === 2);
      expect(client.answers[1]).toMatchObject({ success: true, req_id: 'u1', op: 'unsubscribe' });
      const { diffs } = client.book(BOOK);
      venue.resume();
      await venue.ended();
      await until('trades are in', () => client.trades(TRADES).length === 5);
      expect([client.book(BOOK).diffs, venue.clients()[0].subscriptions]).toEqual([diffs, [TRADES]]);
      client.close();
    });
  });

  test.each([
    ['an unknown symbol', [BOOK, 'publicTrade.NOBODY'], 'error:handler not found,topic:publicTrade.NOBODY'],
    [
      'a depth that is not offered',
      [BOOK, `orderbook.500.${SYMBOL}`],
      `error:handler not found,topic:orderbook.500.${SYMBOL}`,
    ],
    ['an interval that is not offered', [`kline.7.${SYMBOL}`], `error:handler not found,topic:kline.7.${SYMBOL}`],
    ['a topic twice', [BOOK, BOOK], 'error:args holds a topic twice'],
    ['nothing', [], 'error:args is empty'],
  ])('to %s are refused whole', async (_, args, said) => {
    await withVenue(script(), async (venue) => {
      const client = await BybitClient.open(venue.url(), []);
      client.send('subscribe', args);
      await until('answered', () => client.catchUp().answers.length === 1);
      expect(client.answers[0]).toMatchObject({ success: false, ret_msg: said, req_id: '', op: 'subscribe' });
      expect(venue.clients()[0].subscriptions).toEqual([]);
      client.close();
    });
  });

  test('repeated are refused by the name of the topic, and the stream flows on', async () => {
    await withVenue(script({ chaos: 'hold@line=8' }), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK]);
      await until('held', () => venue.state() === 'held');
      client.send('subscribe', [BOOK, TRADES]);
      await until('answered', () => client.catchUp().answers.length === 2);
      expect(client.answers[1]).toMatchObject({ success: false, ret_msg: `error:already subscribed,topic:${BOOK}` });
      venue.resume();
      await venue.ended();
      await same(client, venue);
      expect(client.trades(TRADES)).toEqual([]);
      client.close();
    });
  });

  test('of more than ten topics at once are refused on spot alone', async () => {
    const topics = ['1', '3', '5', '15', '30', '60', '120', '240', '360', '720', 'D'].map(
      (spelt) => `kline.${spelt}.${SYMBOL}`,
    );
    for (const [category, success, said] of [
      ['spot', false, 'args size >10'],
      ['linear', true, ''],
    ] as const) {
      await withVenue(script({ files: [bybitScript({ category })] }), async (venue) => {
        const client = await BybitClient.open(venue.url(), topics, category);
        await until('answered', () => client.catchUp().answers.length === 1);
        expect(client.answers[0]).toMatchObject({ success, ret_msg: said });
        client.close();
      });
    }
  });

  test('are kept by ping, whose answer says ping too', async () => {
    await withVenue(script(), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/v5/public/linear`);
      listener.send({ req_id: 'p', op: 'ping' });
      await until('answered', () => listener.heard.length === 1);
      expect(listener.messages()[0]).toMatchObject({ success: true, ret_msg: 'pong', req_id: 'p', op: 'ping' });
      listener.close();
    });
  });

  test.each(['{', '[]', '{"op":"auth"}', '{"args":[]}'])(
    'that are none (%s) are answered with a failure',
    async (text) => {
      await withVenue(script(), async (venue) => {
        const listener = await Listener.open(`${venue.url()}/v5/public/linear`);
        expect(await listener.ask(text)).toMatchObject({ success: false });
        listener.close();
      });
    },
  );

  test('are taken at the path of the category alone', async () => {
    await withVenue(script(), async (venue) => {
      await expect(Listener.open(`${venue.url()}/v5/public/spot`)).rejects.toThrow('refused 404');
      await expect(Listener.open(`${venue.url()}/`)).rejects.toThrow('refused 404');
    });
  });
});

describe('what the recording lacks', () => {
  test('is derived: the best prices as whole messages, said again under the same number', async () => {
    await withVenue(script(), async (venue) => {
      const topic = `orderbook.1.${SYMBOL}`;
      const client = await BybitClient.open(venue.url(), [BOOK, topic]);
      await venue.ended();
      await same(client, venue);
      const told = client.of(topic) as { type: string; data: { b: string[][]; u: number } }[];
      expect(told.every(({ type }) => type === 'snapshot')).toBe(true);
      expect(told).toHaveLength(21);
      expect(told[20].data.u).toBe(told[0].data.u + 20);
      expect(Number(told[20].data.b[0][1])).toBe(Number(venue.truth(SYMBOL).bids[0][1]));
      client.close();
    });
    // Nothing moves for eight seconds of venue time.
    const quiet = bybitScript();
    const [last] = quiet.lines.slice(-1);
    const late = { ...last, t: last.t + 8_500_000, line: last.line + 1 };
    const slow = {
      ...quiet,
      lines: [...quiet.lines, { ...late, m: last.m.replace(/"T":\d+/, `"T":${late.t / 1000}`) }],
    };
    await withVenue(script({ files: [slow], speed: 20 }), async (venue) => {
      const topic = `orderbook.1.${SYMBOL}`;
      const client = await BybitClient.open(venue.url(), [topic]);
      await venue.ended();
      const ids = (client.of(topic) as { data: { u: number } }[]).map(({ data }) => data.u);
      expect(ids.filter((id) => id === ids[ids.length - 1]).length).toBeGreaterThanOrEqual(3);
      client.close();
    });
  });

  test('a ticker of contracts begins whole and then tells what is new', async () => {
    await withVenue(script(), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK, `tickers.${SYMBOL}`]);
      await venue.ended();
      const told = client.of(`tickers.${SYMBOL}`) as { type: string; data: Record<string, string> }[];
      await until('changes are in', () => client.of(`tickers.${SYMBOL}`).length > 1);
      expect(told[0]).toMatchObject({
        type: 'snapshot',
        data: { symbol: SYMBOL, lastPrice: '64250.10', bid1Price: '64250.10' },
      });
      expect(told.slice(1).every(({ type, data }) => type === 'delta' && data.prevPrice24h === undefined)).toBe(true);
      client.close();
    });
  });

  test('a ticker of spot tells all every time and no best price', async () => {
    await withVenue(script({ files: [bybitScript({ category: 'spot' })] }), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK, `tickers.${SYMBOL}`], 'spot');
      await venue.ended();
      const told = client.of(`tickers.${SYMBOL}`) as { type: string; data: Record<string, string> }[];
      expect(
        told.every(
          ({ type, data }) => type === 'snapshot' && data.bid1Price === undefined && data.volume24h !== undefined,
        ),
      ).toBe(true);
      client.close();
    });
  });

  test('recorded tickers are passed on, and a late subscriber gets them put together', async () => {
    await withVenue(script({ files: [bybitScript({ tickers: true })] }), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK, `tickers.${SYMBOL}`]);
      await venue.ended();
      const late = await BybitClient.open(venue.url(), [`tickers.${SYMBOL}`]);
      await until('it is told', () => late.of(`tickers.${SYMBOL}`).length === 1);
      expect(late.of(`tickers.${SYMBOL}`)[0]).toMatchObject({
        type: 'snapshot',
        data: { markPrice: '64250.40', fundingRate: '0.00011' },
      });
      expect(client.of(`tickers.${SYMBOL}`)).toHaveLength(3);
      client.close();
      late.close();
    });
  });

  test('bars are made of the trades', async () => {
    await withVenue(script(), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK, `kline.1.${SYMBOL}`]);
      await venue.ended();
      const bars = (): Record<string, unknown>[] => client.trades(`kline.1.${SYMBOL}`);
      await until('the bar is in', () => bars().at(-1)?.volume === '0.040');
      const start = Date.UTC(2026, 2, 2, 12, 0);
      expect(bars().at(-1)).toMatchObject({
        start,
        end: start + 59_999,
        interval: '1',
        close: '64250.10',
        turnover: '2570.004',
        confirm: false,
      });
      client.close();
    });
  });
});

describe('a restart of the venue’s service', () => {
  test('is told as recorded, and the book is the new one', async () => {
    await withVenue(script({ files: [bybitScript({ restart: true })] }), async (venue) => {
      const client = await BybitClient.open(venue.url(), [BOOK, TRADES]);
      await venue.ended();
      await same(client, venue);
      expect([client.gaps, client.book(BOOK).snapshots, venue.truth(SYMBOL).sequence]).toEqual([0, 2, '10']);
      client.close();
    });
  });
});

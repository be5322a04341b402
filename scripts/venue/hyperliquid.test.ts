import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { Listener, recorded, until, withVenue } from './testing/harness';
import { HyperliquidClient } from './testing/hyperliquid-client';
import { COIN, hyperliquidScript } from './testing/hyperliquid-script';

const NAME = 'hyperliquid-btc-20250126';
const FILE = recorded(`${NAME}.jsonl.gz`);
const WHERE = FILE === null ? ' (skipped: the real recordings are not on this machine)' : '';
const BOOK = { type: 'l2Book', coin: COIN };
const TRADES = { type: 'trades', coin: COIN };
const FAST = { speed: 'max', clock: 'recorded' } as const;
/** Venue time of the script's first book. */
const START = Date.UTC(2026, 2, 2, 12, 0, 40);

function script(options: Partial<VenueOptions> = {}): VenueOptions {
  return { ...FAST, ...options, files: options.files ?? [hyperliquidScript()] };
}

async function same(client: HyperliquidClient, venue: RunningVenue): Promise<void> {
  await until('the book is the true one', () => client.catchUp().book.digest() === venue.truth(COIN).sha256);
}

async function post(venue: RunningVenue, payload: unknown): Promise<{ status: number; body: unknown }> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const response = await fetch(`${venue.url()}/info`, { method: 'POST', body });
  return { status: response.status, body: await response.json() };
}

describe('a replay of the real recording', () => {
  interface Expected {
    books: { BTC: { last: { time_ms: number; top10_bids: [string, string, number][] } } };
    trades: { BTC: { count: number; buy_volume: string; sell_volume: string; last: { id: string } } };
  }

  test.skipIf(FILE === null)(`ends where the recording does${WHERE}`, async () => {
    const expected = JSON.parse(readFileSync(recorded(`expected/${NAME}.json`) ?? '', 'utf8')) as Expected;
    await withVenue({ ...FAST, files: [FILE ?? ''] }, async (venue) => {
      const client = await HyperliquidClient.open(venue.url(), [BOOK, TRADES]);
      await venue.ended();
      await same(client, venue);
      const { top10_bids: top, time_ms: time } = expected.books.BTC.last;
      expect(venue.truth(COIN)).toMatchObject({ sequence: '', bidLevels: 20, askLevels: 20, ended: true });
      expect(client.book.best('bid', 10)).toEqual(top.map(([px, sz]) => [px, sz]));
      expect(client.times[client.times.length - 1]).toBeGreaterThanOrEqual(time);
      const { count, buy_volume: buyVolume, sell_volume: sellVolume, last } = expected.trades.BTC;
      expect(venue.truth(COIN).trades).toEqual({ count, buyVolume, sellVolume, lastId: last.id });
      await until('all trades are in', () => client.catchUp().trades.size === count);
      expect([client.repeated, client.older]).toEqual([0, 0]);
      client.close();
    });
  });

  test.skipIf(FILE === null)(`gives a late subscriber the book and the recent trades${WHERE}`, async () => {
    await withVenue({ ...FAST, files: [FILE ?? ''], chaos: 'hold@line=30' }, async (venue) => {
      const first = await HyperliquidClient.open(venue.url(), [BOOK, TRADES]);
      await until('held', () => venue.state() === 'held');
      const late = await HyperliquidClient.open(venue.url(), [BOOK, TRADES]);
      await same(late, venue);
      await until('trades of before', () => late.catchUp().trades.size === 30);
      expect([...late.trades.keys()].map(String)).toContain(venue.truth(COIN).trades.lastId);
      venue.resume();
      await venue.ended();
      for (const client of [first, late]) await same(client, venue);
      expect([late.older, late.repeated]).toEqual([0, 0]);
      first.close();
      late.close();
    });
  });
});

describe('a socket', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is greeted in plain words, and opens at /ws alone', async () => {
    await withVenue(script(), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/ws`);
      await until('greeted', () => listener.heard.length > 0);
      expect(listener.heard[0]).toBe('Websocket connection established.');
      expect(await listener.ask({ method: 'ping' })).toEqual({ channel: 'pong' });
      listener.close();
      await expect(Listener.open(`${venue.url()}/`)).rejects.toThrow('refused 404');
    });
  });

  test('is acknowledged each subscription once, and its end once', async () => {
    await withVenue(script({ chaos: 'hold@line=0' }), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/ws`);
      const subscription = { type: 'candle', coin: COIN, interval: '1m' };
      const told = async (message: Record<string, unknown>): Promise<Record<string, unknown>> => {
        const from = listener.messages().length;
        listener.send(message);
        const answers = (): Record<string, unknown>[] =>
          listener
            .messages()
            .slice(from)
            .filter(({ channel }) => channel !== 'candle');
        await until('an answer', () => answers().length > 0);
        return answers()[0];
      };
      const said = { channel: 'subscriptionResponse', data: { method: 'subscribe', subscription } };
      expect(await told({ method: 'subscribe', subscription })).toEqual(said);
      const again = { channel: 'error', data: `Already subscribed: ${JSON.stringify(subscription)}` };
      expect(await told({ method: 'subscribe', subscription })).toEqual(again);
      expect(venue.clients()[0].subscriptions).toEqual(['candle:BTC:1m']);
      const ended = { channel: 'subscriptionResponse', data: { method: 'unsubscribe', subscription } };
      expect(await told({ method: 'unsubscribe', subscription })).toEqual(ended);
      const over = { channel: 'error', data: `Already unsubscribed: ${JSON.stringify(subscription)}` };
      expect(await told({ method: 'unsubscribe', subscription })).toEqual(over);
      expect(venue.clients()[0].subscriptions).toEqual([]);
      listener.close();
    });
  });

  test.each([
    { type: 'l2Book', coin: 'NOBODY' },
    { type: 'l2Book', coin: 'btc' },
    { type: 'l2Book', coin: COIN, nSigFigs: 6 },
    { type: 'l2Book', coin: COIN, nSigFigs: 4, mantissa: 2 },
    { type: 'l2Book', coin: COIN, mantissa: 2 },
    { type: 'candle', coin: COIN, interval: '7m' },
    { type: 'level9', coin: COIN },
    { type: 'userEvents', user: '0x0' },
  ])('asking for %j is refused', async (subscription) => {
    await withVenue(script(), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/ws`);
      const answer = await listener.ask({ method: 'subscribe', subscription });
      expect(answer).toEqual({ channel: 'error', data: `Invalid subscription ${JSON.stringify(subscription)}` });
      listener.close();
    });
  });

  test.each(['{', '[]', '{"method":"hello"}', '{"method":"post","id":"x","request":{}}', '{"method":"subscribe"}'])(
    'that says %s is answered with an error that repeats it',
    async (text) => {
      await withVenue(script(), async (venue) => {
        const listener = await Listener.open(`${venue.url()}/ws`);
        const data = `Error parsing JSON into valid websocket request: ${text}`;
        expect(await listener.ask(text)).toEqual({ channel: 'error', data });
        listener.close();
      });
    },
  );

  test('that hears nothing for a minute is closed, one that pings is not', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    await withVenue(script(), async (venue) => {
      const quiet = await Listener.open(`${venue.url()}/ws`);
      const careful = await Listener.open(`${venue.url()}/ws`);
      for (let turn = 0; turn < 3; turn++) {
        await vi.advanceTimersByTimeAsync(25_000);
        await careful.ask({ method: 'ping' });
      }
      await until('the quiet one is closed', () => quiet.closedWith !== null);
      expect([quiet.closedWith, careful.closedWith]).toEqual([1000, null]);
      careful.close();
    });
  });

  test('is refused when ten are open', async () => {
    await withVenue(script(), async (venue) => {
      const open = await Promise.all(Array.from({ length: 10 }, () => Listener.open(`${venue.url()}/ws`)));
      await expect(Listener.open(`${venue.url()}/ws`)).rejects.toThrow('refused 429');
      for (const listener of open) listener.close();
    });
  });
});

describe('streams', () => {
  test('say every recorded book, and again after half a second without one', async () => {
    await withVenue({ files: [hyperliquidScript({ books: 3, gapMs: 1_400 })], clock: 'now' }, async (venue) => {
      const client = await HyperliquidClient.open(venue.url(), [BOOK]);
      await venue.ended();
      await same(client, venue);
      // One at the subscription, three recorded, two between each of them, one at the end.
      expect(client.times.length).toBeGreaterThanOrEqual(7);
      expect(client.times.length).toBeLessThanOrEqual(12);
      expect(client.older).toBe(0);
      for (const time of client.times) expect(Math.abs(time - Date.now())).toBeLessThan(6_000);
      client.close();
    });
  });

  test('begin trades with those of before, and keep the number of orders behind a level', async () => {
    await withVenue(script(), async (venue) => {
      const client = await HyperliquidClient.open(venue.url(), [BOOK, TRADES]);
      await venue.ended();
      await until('trades', () => client.catchUp().trades.size === 12);
      expect(client.trades.get(11)).toMatchObject({ side: 'A', time: START - 70_000 + 250 });
      const late = await HyperliquidClient.open(venue.url(), [BOOK, TRADES]);
      await until('the late one', () => late.catchUp().trades.size === 12 && late.book.snapshots === 1);
      const message = late.listener.messages().find(({ channel }) => channel === 'l2Book') ?? {};
      const { levels } = message.data as {
        levels: { px: string; sz: string; n: number }[][];
      };
      expect(levels[0]).toEqual([
        { px: '64250.0', sz: '0.19', n: 3 },
        { px: '64249.0', sz: '1.5', n: 7 },
        { px: '64247.0', sz: '0.02', n: 1 },
      ]);
      client.close();
      late.close();
    });
  });

  test('sum the book by significant digits, bids down and asks up', async () => {
    await withVenue(script({ chaos: 'hold@line=0' }), async (venue) => {
      const subscription = { type: 'l2Book', coin: COIN, nSigFigs: 5, mantissa: 5 };
      const client = await HyperliquidClient.open(venue.url(), [subscription]);
      await until('a book', () => client.catchUp().book.snapshots > 0);
      expect(client.book.best('bid')).toEqual(
        [
          ['64250.0', '0.1'],
          ['64245.0', '1.52'],
        ].map(([px, sz]) => [px, sz === '0.1' ? '0.10' : sz]),
      );
      expect(client.book.best('ask')).toEqual([['64255.0', '1.20001']]);
      client.close();
    });
  });

  test('tell best prices when they change, candles, mid prices and the figures of the day', async () => {
    await withVenue(script(), async (venue) => {
      const wanted = [
        { type: 'bbo', coin: COIN },
        { type: 'candle', coin: COIN, interval: '1m' },
        { type: 'allMids' },
        { type: 'activeAssetCtx', coin: COIN },
        BOOK,
      ];
      const client = await HyperliquidClient.open(venue.url(), wanted);
      await venue.ended();
      const of = (channel: string): Record<string, unknown>[] =>
        client.catchUp().others.filter((one) => one.channel === channel);
      const last = (): Record<string, unknown> | undefined => client.catchUp().candles[client.candles.length - 1];
      await until('the last candle', () => last()?.n === 10 && of('bbo').length >= 10);
      const t = START - 40_000;
      const prices = { o: '64250.0', c: '64250.0', h: '64250.0', l: '64250.0' };
      expect(last()).toEqual({ t, T: t + 59_999, s: COIN, i: '1m', ...prices, v: '0.1', n: 10 });
      expect((of('bbo')[of('bbo').length - 1].data as { bbo: unknown[] }).bbo).toEqual([
        { px: '64250.0', sz: '0.19', n: 3 },
        { px: '64251.0', sz: '0.39', n: 2 },
      ]);
      expect(of('allMids').pop()?.data).toEqual({ mids: { BTC: '64250.5' } });
      expect(of('activeAssetCtx').pop()?.data).toMatchObject({ coin: COIN, ctx: { markPx: '64250.0' } });
      client.close();
    });
  });
});

describe('questions', () => {
  test('are answered over the socket as over HTTP', async () => {
    await withVenue(script(), async (venue) => {
      const client = await HyperliquidClient.open(venue.url(), [BOOK, TRADES]);
      await venue.ended();
      await same(client, venue);
      for (const type of ['meta', 'spotMeta', 'allMids', 'recentTrades', 'l2Book', 'exchangeStatus']) {
        const payload = { type, coin: COIN };
        const answer = await client.ask(type.length, payload);
        const { body } = await post(venue, payload);
        expect(answer).toEqual({ type: 'info', payload: { type, data: expect.anything() } });
        if (type !== 'exchangeStatus') expect((answer.payload as { data: unknown }).data).toEqual(body);
      }
      expect((await post(venue, { type: 'meta' })).body).toEqual({
        universe: [{ szDecimals: 5, name: COIN, maxLeverage: 40 }],
      });
      const { body: recent } = await post(venue, { type: 'recentTrades', coin: COIN });
      expect((recent as { tid: number }[]).slice(0, 2).map(({ tid }) => tid)).toEqual([49, 29]);
      client.close();
    });
  });

  test('about candles give those of the span, oldest first', async () => {
    await withVenue(script({ history: 100 }), async (venue) => {
      const client = await HyperliquidClient.open(venue.url(), [BOOK]);
      await venue.ended();
      const ask = (req: object): Promise<{ status: number; body: unknown }> =>
        post(venue, { type: 'candleSnapshot', req });
      const t = START - 40_000;
      const { body } = await ask({ coin: COIN, interval: '1m', startTime: t - 120_000, endTime: t });
      expect((body as { t: number }[]).map((bar) => bar.t)).toEqual([t - 120_000, t - 60_000, t]);
      expect((body as unknown[])[2]).toMatchObject({ s: COIN, i: '1m', v: '0.1', n: 10, T: t + 59_999 });
      expect((await ask({ coin: COIN, interval: '7m', startTime: 0 })).status).toBe(422);
      expect((await ask({ coin: COIN, interval: '1m' })).status).toBe(422);
      expect((await ask({ coin: 'NOBODY', interval: '1m', startTime: 0 })).status).toBe(500);
      client.close();
    });
  });

  test('about spot pairs and other people’s exchanges find theirs', async () => {
    const files = [hyperliquidScript({ coin: 'PURR/USDC' }), hyperliquidScript({ coin: 'xyz:TSLA' })];
    await withVenue(script({ files }), async (venue) => {
      expect((await post(venue, { type: 'meta' })).body).toEqual({ universe: [] });
      expect((await post(venue, { type: 'meta', dex: 'xyz' })).body).toMatchObject({
        universe: [{ name: 'xyz:TSLA' }],
      });
      expect((await post(venue, { type: 'spotMeta' })).body).toMatchObject({
        tokens: [
          { name: 'USDC', index: 0 },
          { name: 'PURR', szDecimals: 5, index: 1 },
        ],
        universe: [{ name: 'PURR/USDC', tokens: [1, 0] }],
      });
      const client = await HyperliquidClient.open(venue.url(), [{ type: 'activeAssetCtx', coin: 'PURR/USDC' }]);
      const spot = (): boolean => client.catchUp().others.some(({ channel }) => channel === 'activeSpotAssetCtx');
      await until('the spot figures', spot);
      client.close();
    });
  });

  test.each(['{', '[]', '{"type":"nothing"}', '{"type":"l2Book"}'])('such as %s are refused', async (text) => {
    await withVenue(script(), async (venue) => {
      expect((await post(venue, text)).status).toBe(422);
      expect((await fetch(`${venue.url()}/info`)).status).toBe(405);
      expect((await fetch(`${venue.url()}/exchange`, { method: 'POST', body: text })).status).toBe(404);
    });
  });

  test('fail, over the socket too, and are banned when asked for', async () => {
    await withVenue(script(), async (venue) => {
      const client = await HyperliquidClient.open(venue.url());
      venue.chaos('rest-fail:2');
      expect((await post(venue, { type: 'meta' })).status).toBe(500);
      expect(await client.ask(1, { type: 'meta' })).toEqual({ type: 'error', payload: '500 Internal server error' });
      expect(await client.ask(2, { type: 'meta' })).toMatchObject({ type: 'info' });
      expect(await client.ask(3, { type: 'nothing' })).toMatchObject({ type: 'error' });
      venue.chaos('ban:30s');
      expect((await post(venue, { type: 'meta' })).status).toBe(429);
      await expect(Listener.open(`${venue.url()}/ws`)).rejects.toThrow('refused 429');
    });
  });

  test('are counted by weight', async () => {
    await withVenue(script(), async (venue) => {
      const client = await HyperliquidClient.open(venue.url());
      for (let turn = 0; turn < 60; turn++)
        expect(await client.ask(turn, { type: 'meta' })).toMatchObject({ type: 'info' });
      expect(await client.ask(60, { type: 'meta' })).toEqual({ type: 'error', payload: '429 Too Many Requests' });
      client.close();
    });
  });
});

describe('a loop', () => {
  test('goes on with other trade ids and later times, and does not repeat the old trades of its beginning', async () => {
    await withVenue(script({ loop: true }), async (venue) => {
      const client = await HyperliquidClient.open(venue.url(), [BOOK, TRADES]);
      await until('three laps', () => client.catchUp().trades.size >= 32);
      venue.chaos('hold');
      await same(client, venue);
      expect([client.older, client.repeated]).toEqual([0, 0]);
      const old = [...client.trades.values()].filter(({ time }) => Number(time) < START);
      expect(old).toHaveLength(2);
      client.close();
    });
  });
});

import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { DeribitClient } from './testing/deribit-client';
import { deribitScript, INSTRUMENT } from './testing/deribit-script';
import { Listener, recorded, until, withVenue } from './testing/harness';

const NAME = 'deribit-options-20210722';
const FILE = recorded(`${NAME}.jsonl.gz`);
const WHERE = FILE === null ? ' (skipped: the real recordings are not on this machine)' : '';
const BOOK = `book.${INSTRUMENT}.100ms`;
const TRADES = `trades.${INSTRUMENT}.100ms`;
const TICKER = `ticker.${INSTRUMENT}.100ms`;
const FAST = { speed: 'max', clock: 'recorded' } as const;
const START = Date.UTC(2026, 2, 2, 12, 0);

function script(options: Partial<VenueOptions> = {}): VenueOptions {
  return { ...FAST, ...options, files: options.files ?? [deribitScript()] };
}

async function same(client: DeribitClient, venue: RunningVenue, symbol = INSTRUMENT): Promise<void> {
  await until('the book is the true one', () => client.catchUp().book(symbol).digest() === venue.truth(symbol).sha256);
}

async function get(
  venue: RunningVenue,
  method: string,
  query = '',
): Promise<{ status: number; body: Record<string, never> }> {
  const response = await fetch(`${venue.url()}/api/v2/public/${method}?${query}`);
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

describe('a replay of the real recording', () => {
  interface Expected {
    books: Record<string, { book_sha256: string; last_change_id: number; bid_levels: number; ask_levels: number }>;
  }

  test.skipIf(FILE === null)(
    `ends where the recording does, raw messages under the name subscribed${WHERE}`,
    async () => {
      const { books } = JSON.parse(readFileSync(recorded(`expected/${NAME}.json`) ?? '', 'utf8')) as Expected;
      await withVenue({ ...FAST, files: [FILE ?? ''] }, async (venue) => {
        const symbols = Object.keys(books);
        const channels = symbols.flatMap((symbol) => [`book.${symbol}.100ms`, `ticker.${symbol}.agg2`]);
        const client = await DeribitClient.open(venue.url(), channels);
        await venue.ended();
        for (const symbol of symbols) {
          await same(client, venue, symbol);
          const {
            book_sha256: sha256,
            last_change_id: id,
            bid_levels: bidLevels,
            ask_levels: askLevels,
          } = books[symbol];
          expect(venue.truth(symbol)).toMatchObject({
            sequence: String(id),
            sha256,
            bidLevels,
            askLevels,
            ended: true,
          });
          expect(client.last(symbol)).toBe(id);
        }
        await until('all tickers are in', () => client.catchUp().tickers.length === 89);
        expect(client.gaps).toBe(0);
        expect([...client.heard.keys()].sort()).toEqual([...channels].sort());
        client.close();
      });
    },
  );

  test.skipIf(FILE === null)(`gives a late subscriber a book that the changes go on from${WHERE}`, async () => {
    const symbol = 'BTC-24SEP21-8000-P';
    await withVenue({ ...FAST, files: [FILE ?? ''], chaos: 'hold@line=70' }, async (venue) => {
      const first = await DeribitClient.open(venue.url(), [`book.${symbol}.100ms`]);
      await until('held', () => venue.state() === 'held');
      const late = await DeribitClient.open(venue.url(), [`book.${symbol}.100ms`]);
      await same(late, venue, symbol);
      expect(String(late.last(symbol))).toBe(venue.truth(symbol).sequence);
      venue.resume();
      await venue.ended();
      for (const client of [first, late]) await same(client, venue, symbol);
      expect([first.gaps, late.gaps]).toEqual([0, 0]);
      first.close();
      late.close();
    });
  });

  test.skipIf(FILE === null)(`lists the recorded instruments with their steps${WHERE}`, async () => {
    await withVenue({ ...FAST, files: [FILE ?? ''] }, async (venue) => {
      const { body } = await get(venue, 'get_instruments', 'currency=BTC&kind=option');
      const rows = body.result as { instrument_name: string; tick_size: number }[];
      expect(rows.length).toBeGreaterThan(300);
      expect(rows.find((row) => row.instrument_name === 'BTC-24SEP21-8000-P')).toMatchObject({ tick_size: 0.0005 });
      const futures = (await get(venue, 'get_instruments', 'currency=BTC&kind=future')).body.result as unknown[];
      expect(futures).toContainEqual(expect.objectContaining({ instrument_name: 'BTC-PERPETUAL', tick_size: 0.5 }));
    });
  });
});

describe('a subscription', () => {
  test('is answered with what was granted, and what is not known or needs a login is left out of it', async () => {
    await withVenue(script({ chaos: 'hold@line=0' }), async (venue) => {
      const client = await DeribitClient.open(venue.url());
      const wanted = [
        BOOK,
        `book.${INSTRUMENT}.raw`,
        'book.NOBODY.100ms',
        'level9.X',
        'user.orders.any',
        'platform_state',
      ];
      const answer = await client.call('public/subscribe', { channels: wanted });
      expect(answer).toMatchObject({ jsonrpc: '2.0', id: 1, result: ['platform_state', BOOK], testnet: false });
      expect(Number(answer.usOut)).toBeGreaterThanOrEqual(Number(answer.usIn));
      expect(venue.clients()[0]).toMatchObject({ subscriptions: [BOOK], silent: ['platform_state'] });
      await until('its book', () => client.catchUp().book(INSTRUMENT).snapshots === 1);
      expect(client.heard.get(BOOK)?.[0]).toMatchObject({
        type: 'snapshot',
        change_id: 5000,
        bids: [
          ['new', 64250, 0.412],
          ['new', 64249.5, 1.5],
          ['new', 64249, 0.2],
        ],
      });
      // A second time it is granted without another snapshot.
      expect((await client.call('public/subscribe', { channels: [BOOK] })).result).toEqual([BOOK]);
      expect(client.catchUp().book(INSTRUMENT).snapshots).toBe(1);
      client.close();
    });
  });

  test('given up is silent; begun again, it has a new snapshot', async () => {
    await withVenue(script({ chaos: 'hold@line=6,hold@line=12' }), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [BOOK, TRADES]);
      await until('held', () => venue.state() === 'held');
      await same(client, venue);
      expect((await client.call('public/unsubscribe', { channels: [BOOK, TICKER] })).result).toEqual([BOOK]);
      const { diffs } = client.book(INSTRUMENT);
      venue.resume();
      await until('held again', () => venue.state() === 'held');
      expect(client.catchUp().book(INSTRUMENT).diffs).toBe(diffs);
      await client.call('public/subscribe', { channels: [BOOK] });
      venue.resume();
      await venue.ended();
      await same(client, venue);
      expect([client.gaps, client.book(INSTRUMENT).snapshots]).toEqual([0, 2]);
      expect((await client.call('public/unsubscribe_all')).result).toBe('ok');
      expect(venue.clients()[0].subscriptions).toEqual([]);
      client.close();
    });
  });

  test('to two intervals of a channel is told under both names', async () => {
    await withVenue(script(), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [TRADES, `trades.${INSTRUMENT}.agg2`, BOOK]);
      await venue.ended();
      await until('trades', () => client.catchUp().trades.length === 20);
      expect(client.heard.get(TRADES)).toEqual(client.heard.get(`trades.${INSTRUMENT}.agg2`));
      client.close();
    });
  });

  test.each([
    ['nothing', {}],
    ['an empty list', { channels: [] }],
    ['what is no name', { channels: [7] }],
    ['more than five hundred', { channels: Array.from({ length: 501 }, (_, index) => `book.X${index}.100ms`) }],
  ])('to %s is an error', async (_, params) => {
    await withVenue(script(), async (venue) => {
      const client = await DeribitClient.open(venue.url());
      const { error } = await client.call('public/subscribe', params);
      expect(error).toMatchObject({ code: -32602, message: 'Invalid params', data: { param: 'channels' } });
      client.close();
    });
  });

  test('made too often is refused for a while', async () => {
    await withVenue(script(), async (venue) => {
      const client = await DeribitClient.open(venue.url());
      const answers = await Promise.all(
        Array.from({ length: 14 }, () => client.call('public/subscribe', { channels: [TICKER] })),
      );
      const refused = answers.filter(({ error }) => (error as { code: number } | undefined)?.code === 10028);
      expect(refused.length).toBeGreaterThanOrEqual(3);
      client.close();
    });
  });
});

describe('a socket', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('opens at its path alone', async () => {
    await withVenue(script(), async (venue) => {
      await expect(Listener.open(`${venue.url()}/ws/api/v1`)).rejects.toThrow('refused 404');
    });
  });

  test.each([
    ['{', { code: -32700 }],
    ['[]', { code: -32700 }],
    ['{"id":3}', { code: -32600 }],
    ['{"id":3,"method":"public/nothing"}', { code: -32601 }],
    ['{"id":3,"method":"public/set_heartbeat","params":{"interval":9}}', { code: -32602 }],
  ])('that says %s is answered with an error', async (text, error) => {
    await withVenue(script(), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/ws/api/v2`);
      expect(await listener.ask(text)).toMatchObject({ jsonrpc: '2.0', error });
      listener.close();
    });
  });

  test('that wants heartbeats is tested, and closed when it does not answer', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    await withVenue(script(), async (venue) => {
      const awake = await DeribitClient.open(venue.url());
      const asleep = await DeribitClient.open(venue.url());
      const quiet = await DeribitClient.open(venue.url());
      asleep.isAwake = false;
      for (const client of [awake, asleep]) {
        expect((await client.call('public/set_heartbeat', { interval: 10 })).result).toBe('ok');
      }
      for (let turn = 1; turn <= 3; turn++) {
        await vi.advanceTimersByTimeAsync(11_000);
        await until('it was tested', () => awake.catchUp().heartbeats.length === 2 * turn);
        await awake.call('public/test');
      }
      expect(awake.heartbeats.slice(0, 2)).toEqual(['heartbeat', 'test_request']);
      await until('the other is closed', () => asleep.listener.closedWith !== null);
      expect(asleep.catchUp().heartbeats).toEqual(['heartbeat', 'test_request']);
      expect([awake.listener.closedWith, quiet.listener.closedWith]).toEqual([null, null]);
      expect(quiet.catchUp().heartbeats).toEqual([]);
      expect((await awake.call('public/disable_heartbeat')).result).toBe('ok');
      await vi.advanceTimersByTimeAsync(30_000);
      await awake.call('public/test');
      expect(awake.catchUp().heartbeats).toHaveLength(6);
      awake.close();
      quiet.close();
    });
  });
});

describe('what the recording lacks', () => {
  test('is derived: a ticker whose best prices are the true book’s, at once and whenever they change', async () => {
    await withVenue(script({ chaos: 'hold@line=12', history: 0 }), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [TICKER, BOOK, `quote.${INSTRUMENT}`]);
      await until('held', () => venue.state() === 'held');
      venue.resume();
      await venue.ended();
      const best = { best_bid_price: 64250, best_bid_amount: 0.019, best_ask_price: 64250.5, best_ask_amount: 0.02 };
      const last = (name: string): unknown => (client.catchUp().heard.get(name) ?? []).slice(-1)[0];
      await until('the last ticker', () => (last(TICKER) as { best_ask_amount?: number })?.best_ask_amount === 0.02);
      expect(client.tickers[0]).toMatchObject({ best_bid_amount: 0.412, best_ask_amount: 0.3, state: 'open' });
      expect(last(TICKER)).toMatchObject({
        ...best,
        instrument_name: INSTRUMENT,
        last_price: 64250.5,
        stats: { volume_usd: 100 },
      });
      expect(last(`quote.${INSTRUMENT}`)).toMatchObject(best);
      client.close();
    });
  });

  test('is not derived where it was recorded: those tickers go out as they are', async () => {
    await withVenue(script({ files: [deribitScript({ tickers: true })] }), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [TICKER, BOOK]);
      await venue.ended();
      await same(client, venue);
      await until('all tickers', () => client.catchUp().tickers.length === 21);
      expect(client.tickers.every((ticker) => ticker.mark_price === 64249.9)).toBe(true);
      client.close();
    });
  });

  test('is a chart: bars of the dollars traded and the coins they bought', async () => {
    await withVenue(script(), async (venue) => {
      const channel = `chart.trades.${INSTRUMENT}.1`;
      const client = await DeribitClient.open(venue.url(), [channel, BOOK]);
      await venue.ended();
      const last = (): Record<string, unknown> | undefined => (client.catchUp().heard.get(channel) ?? []).slice(-1)[0];
      await until('the last bar', () => last()?.cost === 100);
      const { volume, ...bar } = last() ?? {};
      expect(bar).toEqual({ tick: START, open: 64250.5, high: 64250.5, low: 64250, close: 64250.5, cost: 100 });
      expect(volume).toBeCloseTo(100 / 64250.3, 7);
      client.close();
    });
  });

  test('is a book in groups: all of it every time', async () => {
    await withVenue(script({ chaos: 'hold@line=0' }), async (venue) => {
      const [single, wide] = [`book.${INSTRUMENT}.none.1.100ms`, `book.${INSTRUMENT}.5.10.100ms`];
      const client = await DeribitClient.open(venue.url(), [single, wide]);
      await until('both', () => client.catchUp().heard.size === 2);
      expect(client.heard.get(single)?.[0]).toMatchObject({
        change_id: 5000,
        bids: [[64250, 0.412]],
        asks: [[64250.5, 0.3]],
      });
      expect(client.heard.get(wide)?.[0]).toMatchObject({
        bids: [
          [64250, 0.412],
          [64245, 1.7],
        ],
        asks: [[64255, 3.2]],
      });
      client.close();
    });
  });
});

describe('a loop', () => {
  test('goes on without a hole in change ids and numbers of trades', async () => {
    await withVenue(script({ loop: true }), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [BOOK, TRADES]);
      await until('three laps', () => client.catchUp().trades.length >= 30);
      venue.chaos('hold');
      await same(client, venue);
      const { trades } = client.catchUp();
      expect(trades.map((trade) => trade.trade_seq)).toEqual(trades.map((_, index) => 70 + index));
      expect(new Set(trades.map((trade) => trade.trade_id)).size).toBe(trades.length);
      expect([client.gaps, client.book(INSTRUMENT).snapshots]).toEqual([0, 1]);
      const params = { instrument_name: INSTRUMENT, start_seq: 81, end_seq: 83, sorting: 'asc' };
      const { result } = await client.call('public/get_last_trades_by_instrument', params);
      expect((result as { trades: unknown[] }).trades).toEqual(trades.slice(11, 14));
      client.close();
    });
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { Listener, recorded, until, withVenue } from './testing/harness';
import { type OkxArg, OkxClient } from './testing/okx-client';
import { okxScript, PAIR } from './testing/okx-script';

const NAME = 'okx-v5-3inst-20220513';
const FILE = recorded(`${NAME}.jsonl.gz`);
const WITHOUT = FILE === null ? ' (skipped: the real recordings are not on this machine)' : '';
const FAST = { speed: 'max', clock: 'recorded' } as const;
const BOTH: readonly OkxArg[] = [
  { channel: 'books', instId: PAIR },
  { channel: 'trades', instId: PAIR },
];

interface ExpectedBook {
  readonly book_sha256: string;
  readonly bid_levels: number;
  readonly ask_levels: number;
  readonly checkpoints: readonly { readonly after_line: number; readonly book_sha256: string }[];
}

interface Expected {
  readonly books: Readonly<Record<string, ExpectedBook>>;
  readonly trades: Readonly<Record<string, { count: number; buy_volume: string; sell_volume: string } | undefined>>;
}

function expected(): Expected {
  return JSON.parse(readFileSync(recorded(`expected/${NAME}.json`) ?? '', 'utf8')) as Expected;
}

function script(options: Partial<VenueOptions> = {}): VenueOptions {
  return { ...FAST, ...options, files: options.files ?? [okxScript()] };
}

async function same(client: OkxClient, venue: RunningVenue, instId = PAIR): Promise<void> {
  await until('the book is the true one', () => client.catchUp().book(instId).digest() === venue.truth(instId).sha256);
}

async function get(venue: RunningVenue, path: string): Promise<{ status: number; code: string; data: unknown[] }> {
  const answer = await fetch(`${venue.url()}/api/v5/${path}`);
  return { status: answer.status, ...((await answer.json()) as { code: string; data: unknown[] }) };
}

describe('a replay of the real recording', () => {
  test.skipIf(FILE === null)(
    `ends where the recording does, every checksum right${WITHOUT}`,
    { timeout: 60_000 },
    async () => {
      const { books, trades } = expected();
      await withVenue({ ...FAST, files: [FILE ?? ''] }, async (venue) => {
        const symbols = Object.keys(books);
        const args = symbols.flatMap((instId) =>
          ['books', 'trades', 'tickers'].map((channel) => ({ channel, instId })),
        );
        const client = await OkxClient.open(venue.url(), args);
        await venue.ended();
        for (const symbol of symbols) {
          await same(client, venue, symbol);
          const { book_sha256: sha256, bid_levels: bidLevels, ask_levels: askLevels } = books[symbol];
          expect(venue.truth(symbol)).toMatchObject({ sequence: '', sha256, bidLevels, askLevels, ended: true });
          const { count = 0, buy_volume: buyVolume = '0', sell_volume: sellVolume = '0' } = trades[symbol] ?? {};
          expect(venue.truth(symbol).trades).toMatchObject({ count, buyVolume, sellVolume });
        }
        await until('all checksums are in', () => client.catchUp().right === 290);
        expect(client.wrong).toBe(0);
        client.close();
      });
    },
  );

  test.skipIf(FILE === null)(
    `holds the expected book at a line in its middle, for a late subscriber too${WITHOUT}`,
    async () => {
      const [symbol, { checkpoints }] = Object.entries(expected().books)[0];
      const { after_line: line, book_sha256: sha256 } = checkpoints[1];
      await withVenue({ ...FAST, files: [FILE ?? ''], chaos: `hold@line=${line}` }, async (venue) => {
        const first = await OkxClient.open(venue.url(), [{ channel: 'books', instId: symbol }]);
        await until('held', () => venue.state() === 'held');
        expect(venue.truth(symbol).sha256).toBe(sha256);
        const late = await OkxClient.open(venue.url(), [{ channel: 'books', instId: symbol }]);
        await same(late, venue, symbol);
        expect(late.book(symbol).diffs).toBe(0);
        venue.resume();
        await venue.ended();
        for (const client of [first, late]) {
          await same(client, venue, symbol);
          expect(client.wrong).toBe(0);
          client.close();
        }
      });
    },
  );

  test.skipIf(FILE === null)(`sends what was recorded, letter by letter${WITHOUT}`, async () => {
    await withVenue({ ...FAST, files: [FILE ?? ''] }, async (venue) => {
      const client = await OkxClient.open(venue.url(), [{ channel: 'trades', instId: 'BTC-USDT' }]);
      await venue.ended();
      const count = venue.truth('BTC-USDT').trades.count;
      await until('all trades are in', () => client.of('trades', 'BTC-USDT').length === count);
      expect(client.listener.heard[1]).toMatch(
        /^\{"arg":\{"channel":"trades","instId":"BTC-USDT"\},"data":\[\{"instId":"BTC-USDT","tradeId":"\d+","px":"[\d.]+","sz":"[\d.]+","side":"(?:buy|sell)","ts":"\d+"\}\]\}$/,
      );
      const { body } = { body: await get(venue, 'public/instruments?instType=SWAP&instId=UNI-USD-SWAP') };
      expect(body.data).toMatchObject([{ instId: 'UNI-USD-SWAP', ctType: 'inverse' }]);
      client.close();
    });
  });
});

describe('subscriptions', () => {
  test('are acknowledged one by one with the id asked under, and begin with a book whose ids go on', async () => {
    await withVenue(script({ chaos: 'hold@line=8' }), async (venue) => {
      const client = await OkxClient.open(venue.url());
      client.send('subscribe', BOTH, 'a1');
      await until('held', () => venue.state() === 'held');
      await until('acknowledged', () => client.catchUp().events.length === 2);
      expect(client.events).toMatchObject(BOTH.map((arg) => ({ id: 'a1', event: 'subscribe', arg })));
      expect(client.events[0].connId).toMatch(/^[0-9a-f]{8}$/);
      await same(client, venue);
      expect(venue.clients()[0].subscriptions).toEqual([`books:${PAIR}`, `trades:${PAIR}`]);
      venue.resume();
      await venue.ended();
      await same(client, venue);
      expect([client.gaps, client.book(PAIR).snapshots, client.ids.get(PAIR)]).toEqual([0, 1, 9_060]);
      expect(venue.truth(PAIR).sequence).toBe('9060');
      client.close();
    });
  });

  test('repeated are acknowledged again and send no second book', async () => {
    await withVenue(script({ chaos: 'hold@line=8' }), async (venue) => {
      const client = await OkxClient.open(venue.url(), BOTH);
      await until('held', () => venue.state() === 'held');
      client.send('subscribe', BOTH);
      await until('acknowledged', () => client.catchUp().events.length === 4);
      expect(client.book(PAIR).snapshots).toBe(1);
      client.close();
    });
  });

  test('given up end the stream and leave the socket open', async () => {
    await withVenue(script({ chaos: 'hold@line=8' }), async (venue) => {
      const client = await OkxClient.open(venue.url(), BOTH);
      await until('held', () => venue.state() === 'held');
      client.send('unsubscribe', [BOTH[0]], 'u');
      await until('acknowledged', () => client.catchUp().events.some(({ event }) => event === 'unsubscribe'));
      const { diffs } = client.book(PAIR);
      venue.resume();
      await venue.ended();
      await until('trades are in', () => client.of('trades', PAIR).length === 5);
      expect([client.book(PAIR).diffs, venue.clients()[0].subscriptions]).toEqual([diffs, [`trades:${PAIR}`]]);
      client.close();
    });
  });

  test.each([
    ['an unknown instrument', { channel: 'books', instId: 'NO-ONE' }, '60018', 'channel:books,instId:NO-ONE'],
    ['an unknown channel', { channel: 'bookz', instId: PAIR }, '60018', `channel:bookz,instId:${PAIR}`],
    ['a channel of the other path', { channel: 'candle1m', instId: PAIR }, '60018', 'channel:candle1m'],
    ['a channel with login', { channel: 'books-l2-tbt', instId: PAIR }, '60011', 'Please log in'],
    ['something else than a channel', 'books', '60018', 'channel:undefined'],
  ])('to %s are refused alone', async (_, arg, code, said) => {
    await withVenue(script(), async (venue) => {
      const client = await OkxClient.open(venue.url());
      client.send('subscribe', [arg, BOTH[1]], '7');
      await until('both are answered', () => client.catchUp().events.length === 2);
      expect(client.events).toMatchObject([
        { id: '7', event: 'error', code },
        { id: '7', event: 'subscribe', arg: BOTH[1] },
      ]);
      expect(client.events[0].msg).toContain(said);
      client.close();
    });
  });

  test.each([
    '{',
    '[]',
    '{"op":"hello"}',
    '{"op":"ping"}',
    '{"op":"subscribe","args":[]}',
    '{"op":"subscribe","id":"-","args":[1]}',
  ])('that are none (%s) are answered with 60012', async (text) => {
    await withVenue(script(), async (venue) => {
      const listener = await Listener.open(`${venue.url()}/ws/v5/public`);
      expect(await listener.ask(text)).toMatchObject({ event: 'error', code: '60012' });
      listener.close();
    });
  });

  test('beyond 480 an hour are put off', async () => {
    await withVenue(script(), async (venue) => {
      const client = await OkxClient.open(venue.url());
      for (let count = 0; count < 481; count++) client.send('unsubscribe', [BOTH[1]]);
      await until('all are answered', () => client.catchUp().events.length === 481);
      expect(client.events[480]).toMatchObject({ event: 'error', code: '60014' });
      client.close();
    });
  });

  test('are taken at two paths, which have a channel each of their own', async () => {
    await withVenue(script(), async (venue) => {
      await expect(Listener.open(`${venue.url()}/ws/v5/private`)).rejects.toThrow('refused 404');
      const client = await OkxClient.open(venue.url(), [BOTH[0]], '/ws/v5/business');
      await until('refused', () => client.catchUp().events.length === 1);
      expect(client.events[0]).toMatchObject({ code: '60018' });
      client.close();
    });
  });

  test('are kept by the text ping, which is answered by the text pong', async () => {
    await withVenue(script(), async (venue) => {
      const client = await OkxClient.open(venue.url());
      client.listener.send('ping');
      await until('pong', () => client.catchUp().pongs === 1);
      client.close();
    });
  });

  test('more than three connections a second are refused', async () => {
    await withVenue(script(), async (venue) => {
      const open = await Promise.all([1, 2, 3].map(() => OkxClient.open(venue.url())));
      await expect(OkxClient.open(venue.url())).rejects.toThrow('refused 429');
      for (const client of open) client.close();
    });
  });
});

describe('what the recording lacks', () => {
  test('is derived: best prices and five levels of the true book, under its id', async () => {
    await withVenue(script(), async (venue) => {
      const args = ['books', 'bbo-tbt', 'books5'].map((channel) => ({ channel, instId: PAIR }));
      const client = await OkxClient.open(venue.url(), args);
      await venue.ended();
      await same(client, venue);
      const best = client.of('bbo-tbt', PAIR);
      expect(best).toHaveLength(21);
      const { bids, asks } = venue.truth(PAIR);
      const last = best[20] as { bids: string[][]; asks: string[][] };
      expect(last).toMatchObject({ seqId: 9_060 });
      expect([last.bids, last.asks]).toEqual([[[...bids[0], '0', '1']], [[...asks[0], '0', '1']]]);
      const whole = client.of('books5', PAIR).at(-1) as { bids: string[][] };
      expect(whole.bids.map(([price]) => price)).toEqual(bids.slice(0, 5).map(([price]) => price));
      client.close();
    });
  });

  test('bars come over the other socket, a ticker over the first, and a last trade to whoever comes late', async () => {
    await withVenue(script(), async (venue) => {
      const args = [...BOTH, { channel: 'tickers', instId: PAIR }];
      const client = await OkxClient.open(venue.url(), args);
      const bars = await OkxClient.open(venue.url(), [{ channel: 'candle1m', instId: PAIR }], '/ws/v5/business');
      await venue.ended();
      await until('the bar is in', () => (bars.of('candle1m', PAIR).at(-1) as unknown as string[])?.[5] === '0.05');
      const row = bars.of('candle1m', PAIR).at(-1) as unknown as string[];
      expect(row).toEqual([
        String(Date.UTC(2026, 2, 2, 12, 0)),
        '64250.1',
        '64250.1',
        '64250.1',
        '64250.1',
        '0.05',
        '0.05',
        '3212.505',
        '0',
      ]);
      expect(client.of('tickers', PAIR).at(-1)).toMatchObject({ instType: 'SPOT', last: '64250.1', bidPx: '64250.1' });
      const late = await OkxClient.open(venue.url(), [BOTH[1]]);
      await until('one trade', () => late.of('trades', PAIR).length === 1);
      expect(late.of('trades', PAIR)[0]).toMatchObject({ tradeId: '704', side: 'buy', count: '1' });
      for (const one of [client, bars, late]) one.close();
    });
  });
});

describe('a venue that pushes no book', () => {
  test('answers for one whose id the updates join', async () => {
    await withVenue(script({ files: [okxScript({ asked: true })], speed: 1, clock: 'now' }), async (venue) => {
      expect(venue.notes).toContain('no book was pushed, so none is: it has to be requested');
      const client = await OkxClient.open(venue.url(), [BOTH[0]]);
      await until('updates come', () => client.catchUp().book(PAIR).diffs > 1);
      expect(client.book(PAIR).snapshots).toBe(0);
      const { data } = await get(venue, `market/books?instId=${PAIR}&sz=400&source=0`);
      const [answer] = data as { seqId: number; bids: string[][]; asks: string[][] }[];
      expect(String(answer.seqId)).toBe(venue.truth(PAIR).sequence);
      expect([answer.bids.length, answer.asks.length]).toEqual([30, 30]);
      await venue.ended();
      expect(venue.truth(PAIR).sequence).toBe('9060');
      client.close();
    });
  });
});

describe('requests', () => {
  test('list instruments with steps read off the recorded digits, by kind', async () => {
    const files = [okxScript(), okxScript({ pair: 'ETH-USD-SWAP' }), okxScript({ pair: 'BTC-USDT-260626' })];
    await withVenue(script({ files }), async (venue) => {
      expect((await get(venue, 'public/instruments?instType=SPOT')).data).toMatchObject([
        { instId: PAIR, baseCcy: 'BTC', quoteCcy: 'USDT', tickSz: '0.1', lotSz: '0.0001', state: 'live' },
      ]);
      expect((await get(venue, 'public/instruments?instType=SWAP&instId=ETH-USD-SWAP')).data).toMatchObject([
        { uly: 'ETH-USD', ctType: 'inverse', ctValCcy: 'USD', ctVal: '100' },
      ]);
      expect((await get(venue, 'public/instruments?instType=FUTURES')).data).toMatchObject([
        { instId: 'BTC-USDT-260626', ctType: 'linear', expTime: String(Date.UTC(2026, 5, 26, 8)) },
      ]);
      expect(await get(venue, 'public/instruments?instType=SPOT&instId=NO-ONE')).toMatchObject({ code: '51001' });
      expect(await get(venue, 'public/instruments')).toMatchObject({ code: '50014' });
      expect((await fetch(`${venue.url()}/api/v5/market/nothing`)).status).toBe(404);
    });
  });

  test('give bars newest first, the archive a hundred at a time, and page by time', async () => {
    await withVenue(script({ history: 400 }), async (venue) => {
      const client = await OkxClient.open(venue.url(), BOTH);
      await venue.ended();
      const rows = (await get(venue, `market/candles?instId=${PAIR}&bar=1m&limit=300`)).data as string[][];
      expect(rows).toHaveLength(300);
      expect(rows[0].slice(4)).toEqual(['64250.1', '0.05', '0.05', '3212.505', '0']);
      expect(rows.every(([t], index) => index === 0 || Number(t) === Number(rows[index - 1][0]) - 60_000)).toBe(true);
      const old = (await get(venue, `market/history-candles?instId=${PAIR}&bar=1m&limit=300&after=${rows[299][0]}`))
        .data;
      expect(old).toHaveLength(100);
      expect((old as string[][])[0][0]).toBe(String(Number(rows[299][0]) - 60_000));
      expect(await get(venue, `market/candles?instId=${PAIR}&bar=7m`)).toMatchObject({ code: '51000' });
      client.close();
    });
  });

  test('page through trades by id and by time', async () => {
    await withVenue(script(), async (venue) => {
      const client = await OkxClient.open(venue.url(), BOTH);
      await venue.ended();
      const ids = async (path: string): Promise<unknown[]> =>
        ((await get(venue, `market/${path}`)).data as { tradeId: string }[]).map(({ tradeId }) => tradeId);
      expect(await ids(`trades?instId=${PAIR}&limit=2`)).toEqual(['704', '703']);
      expect(await ids(`history-trades?instId=${PAIR}&type=1&after=703`)).toEqual(['702', '701', '700']);
      const [{ ts }] = client.of('trades', PAIR) as { ts: string }[];
      expect(await ids(`history-trades?instId=${PAIR}&type=2&after=${Number(ts) + 1}`)).toEqual(['700']);
      client.close();
    });
  });

  test('fail and are banned when asked for', async () => {
    await withVenue(script(), async (venue) => {
      venue.chaos('rest-fail:1');
      expect(await get(venue, 'public/time')).toMatchObject({ status: 503, code: '50001' });
      expect(await get(venue, 'public/time')).toMatchObject({ status: 200, code: '0' });
      venue.chaos('ban:30s');
      expect(await get(venue, 'public/time')).toMatchObject({ status: 429, code: '50011' });
      await expect(OkxClient.open(venue.url())).rejects.toThrow('refused 429');
    });
  });
});

describe('a loop', () => {
  test.each([
    ['with ids', { ids: true }],
    ['with checksums alone', { ids: false, checksums: 'real' }],
  ] as const)('goes on without a hole in books, trade ids or times, %s', async (_, options) => {
    await withVenue(script({ files: [okxScript(options)], loop: true }), async (venue) => {
      const client = await OkxClient.open(venue.url(), BOTH);
      await until('three laps', () => client.of('trades', PAIR).length >= 15);
      venue.chaos('hold');
      await same(client, venue);
      const trades = client.of('trades', PAIR) as { tradeId: string; ts: string }[];
      expect(trades.map(({ tradeId }) => Number(tradeId))).toEqual(trades.map((__, index) => 700 + index));
      expect(trades.every(({ ts }, index) => index === 0 || Number(ts) > Number(trades[index - 1].ts))).toBe(true);
      expect([client.gaps, client.wrong, client.book(PAIR).snapshots]).toEqual([0, 0, 1]);
      client.close();
    });
  });
});

describe('files', () => {
  test('with ids and without are refused together, with a sentence', async () => {
    const files = [okxScript(), okxScript({ pair: 'ETH-USDT', ids: false, checksums: 'real' })];
    await expect(withVenue(script({ files }), async () => undefined)).rejects.toThrow(
      'ETH-USDT lacks sequence ids, which other books have; play the one and the others apart.',
    );
  });

  test('of the protocol before v5 are refused with a sentence', async () => {
    const lines = [{ t: 1, c: 0, dir: 'in', url: 'wss://real.okex.com:8443/ws/v3', m: '{}', line: 0 }] as const;
    const start = withVenue({ files: [{ file: 'old.jsonl', header: null, lines }] }, async () => undefined);
    await expect(start).rejects.toThrow(/^old\.jsonl is of OKX's protocol before v5/);
  });
});

import { describe, expect, test } from 'vitest';
import { type Capture, readCapture } from '../capture-file';
import { Listener, shipped, until, withVenue } from './testing/harness';

const SPOT = readCapture(shipped('binance-spot.jsonl.gz'));
const FUTURES = readCapture(shipped('binance-usdm.jsonl.gz'));

function without(capture: Capture, ...streams: string[]): Capture {
  return { ...capture, lines: capture.lines.filter(({ m }) => !streams.some((stream) => m.includes(`@${stream}`))) };
}

async function hear(
  capture: Capture,
  path: string,
  clock: 'now' | 'recorded' = 'recorded',
): Promise<Record<string, unknown>[]> {
  let heard: Record<string, unknown>[] = [];
  await withVenue({ files: [capture], speed: 'max', clock, snapshotWaitMs: 0, history: 5 }, async (venue) => {
    const client = await Listener.open(venue.url() + path);
    await venue.ended();
    await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
    heard = client.messages().filter(({ id }) => id !== 1);
    client.close();
  });
  return heard;
}

type Kline = { E: number; k: Record<string, string | number | boolean> };

describe('a kline stream', () => {
  test('is passed on as recorded when the clock is', async () => {
    const heard = await hear(SPOT, '/ws/btcusdt@kline_1m');
    const recorded = SPOT.lines.filter(({ m }) => m.includes('btcusdt@kline_1m')).map(({ m }) => JSON.parse(m).data);
    expect(heard).toEqual(recorded);
  });

  test('is otherwise made from trades: each closed bar is what the trades of its bucket are', async () => {
    const heard = (await hear(without(SPOT, 'kline'), '/ws/btcusdt@kline_1m')) as unknown as Kline[];
    const closed = heard.filter(({ k }) => k.x === true);
    const trades = SPOT.lines.filter(({ m }) => m.includes('btcusdt@trade')).map(({ m }) => JSON.parse(m).data);
    expect(closed.map(({ k }) => k.t)).toEqual([Date.UTC(2026, 2, 2, 12, 0), Date.UTC(2026, 2, 2, 12, 1)]);
    for (const { E, k } of closed) {
      const inside = trades.filter(({ T }) => T >= Number(k.t) && T <= Number(k.T));
      expect([k.n, k.f, k.L, k.o, k.c]).toEqual([
        inside.length,
        inside[0].t,
        inside[inside.length - 1].t,
        inside[0].p,
        inside[inside.length - 1].p,
      ]);
      expect(E).toBeGreaterThan(Number(k.T));
    }
  });

  test('under a shifted clock keeps its bars on the minute', async () => {
    const heard = (await hear(SPOT, '/ws/btcusdt@kline_1m', 'now')) as unknown as Kline[];
    expect(heard.length).toBeGreaterThan(3);
    for (const { k } of heard) expect(Number(k.t) % 60_000).toBe(0);
    const L = heard.map(({ k }) => Number(k.L)).filter((id) => id >= 0);
    expect(L).toEqual([...L].sort((a, b) => a - b));
  });

  test('of a second closes every second, traded in or not', async () => {
    const heard = (await hear(SPOT, '/ws/microbtc@kline_1s')) as unknown as Kline[];
    const closed = heard.filter(({ k }) => k.x === true).map(({ k }) => Number(k.t));
    expect(closed.length).toBeGreaterThan(85);
    for (let index = 1; index < closed.length; index++) expect(closed[index]).toBe(closed[index - 1] + 1000);
  });
});

describe('what else a capture lacks', () => {
  test('aggTrade is joined from trades of one price, time and aggressor', async () => {
    const heard = await hear(without(FUTURES, 'aggTrade'), '/market/ws/btcusdt@aggTrade');
    const recorded = FUTURES.lines.filter(({ m }) => m.includes('btcusdt@aggTrade')).map(({ m }) => JSON.parse(m).data);
    const shape = ({ p, q, f, l, T, m }: Record<string, unknown>): unknown[] => [p, q, f, l, T, m];
    expect(heard.map(shape)).toEqual(recorded.map(shape));
  });

  test('tickers and mark prices speak once a second of the market’s time', async () => {
    const bare = without(FUTURES, 'ticker', 'miniTicker', 'markPrice');
    const heard = await hear(
      bare,
      '/market/stream?streams=btcusdt@ticker/btcusdt@miniTicker/btcusdt@markPrice@1s/!miniTicker@arr',
    );
    for (const stream of ['btcusdt@ticker', 'btcusdt@miniTicker', 'btcusdt@markPrice@1s', '!miniTicker@arr']) {
      const own = heard.filter((message) => message.stream === stream);
      expect(own.length, stream).toBeGreaterThan(75);
      expect(own.length, stream).toBeLessThan(92);
    }
    const day = heard.find((message) => message.stream === 'btcusdt@ticker')?.data as Record<string, string>;
    expect(Number(day.l)).toBeLessThanOrEqual(Number(day.c));
    expect(Number(day.h)).toBeGreaterThanOrEqual(Number(day.c));
  });

  test('partial books hold the best levels of the true book', async () => {
    await withVenue({ files: [SPOT], speed: 'max', clock: 'recorded', snapshotWaitMs: 0 }, async (venue) => {
      const client = await Listener.open(`${venue.url()}/stream?streams=btcusdt@depth5@100ms/btcusdt@depth`);
      await venue.ended();
      const truth = venue.truth('BTCUSDT');
      const last = (): { lastUpdateId: number; bids: string[][] } | undefined =>
        client
          .messages()
          .filter(({ stream }) => stream === 'btcusdt@depth5@100ms')
          .at(-1)?.data as never;
      await until('the last one is there', () => String(last()?.lastUpdateId) === truth.sequence);
      expect(last()?.bids.map(([price]) => Number(price))).toEqual(
        truth.bids.slice(0, 5).map(([price]) => Number(price)),
      );
      client.close();
    });
  });
});

describe('the clock', () => {
  test('now makes the first message a message of now, and moves trades and answers alike', async () => {
    await withVenue({ files: [SPOT], speed: 10, snapshotWaitMs: 0 }, async (venue) => {
      const client = await Listener.open(`${venue.url()}/ws/btcusdt@depth/btcusdt@trade`);
      await until('it speaks', () => client.heard.length > 0);
      expect(Math.abs(Number(client.messages()[0].E) - Date.now())).toBeLessThan(300);
      await until('a trade comes', () => client.messages().some(({ e }) => e === 'trade'));
      const trade = client.messages().find(({ e }) => e === 'trade');
      const rows = (await (await fetch(`${venue.url()}/api/v3/trades?symbol=BTCUSDT`)).json()) as {
        id: number;
        time: number;
      }[];
      expect(rows.find(({ id }) => id === trade?.t)?.time).toBe(trade?.T);
      client.close();
    });
  });

  test('at the recorded speed is the wall clock, before the replay and during it', async () => {
    await withVenue({ files: [SPOT], snapshotWaitMs: 0 }, async (venue) => {
      const off = async (): Promise<number> => {
        const { serverTime } = (await (await fetch(`${venue.url()}/api/v3/time`)).json()) as { serverTime: number };
        return Math.abs(serverTime - Date.now());
      };
      expect(await off()).toBeLessThan(100);
      const client = await Listener.open(`${venue.url()}/ws/btcusdt@depth`);
      await until('it speaks', () => client.heard.length > 2);
      expect(await off()).toBeLessThan(100);
      venue.hold();
      const held = Date.now();
      await until('a while has passed', () => Date.now() - held > 600);
      venue.resume();
      const heard = client.heard.length;
      await until('it goes on', () => client.heard.length > heard + 1);
      const last = client.messages()[client.heard.length - 1];
      expect(Math.abs(Number(last.E) - Date.now())).toBeLessThan(200);
      client.close();
    });
  });
});

describe('files of one venue', () => {
  test('are merged into one market with all their symbols', async () => {
    const only = (symbol: string): Capture => ({
      ...SPOT,
      file: `${symbol}.jsonl`,
      lines: SPOT.lines.filter(
        ({ m, url }) => m.includes(`"${symbol.toLowerCase()}@`) || url?.includes(`depth?symbol=${symbol}&`),
      ),
    });
    const options = { speed: 'max', clock: 'recorded', snapshotWaitMs: 0 } as const;
    await withVenue({ ...options, files: [only('BTCUSDT'), only('MICROBTC')] }, async (venue) => {
      const client = await Listener.open(`${venue.url()}/stream?streams=btcusdt@depth/microbtc@depth`);
      await venue.ended();
      const digests = ['BTCUSDT', 'MICROBTC'].map((symbol) => venue.truth(symbol).sha256);
      client.close();
      await withVenue({ ...options, files: [SPOT] }, async (whole) => {
        const other = await Listener.open(`${whole.url()}/ws/btcusdt@depth`);
        await whole.ended();
        expect(['BTCUSDT', 'MICROBTC'].map((symbol) => whole.truth(symbol).sha256)).toEqual(digests);
        other.close();
      });
    });
  });

  test('holding the same symbol are refused with a sentence', async () => {
    await expect(withVenue({ files: [SPOT, { ...SPOT, file: 'again.jsonl' }] }, async () => undefined)).rejects.toThrow(
      /BTCUSDT is in both binance-spot\.jsonl\.gz and again\.jsonl/,
    );
  });

  test('of two venues get a port each', async () => {
    await withVenue({ files: [SPOT, FUTURES] }, async (venue) => {
      expect(venue.venues).toEqual(['binance', 'binance-usdm']);
      expect(new Set(Object.values(venue.ports)).size).toBe(2);
      expect(venue.address('http://127.0.0.1:4173/')).toContain(`&${`endpoint=${venue.endpoint('binance-usdm')}`}`);
    });
  });

  test('of a format nobody speaks are refused with a sentence', async () => {
    const url = 'wss://stream.example.com';
    const lines = [{ t: 1, c: 0, dir: 'in', url, m: '[0,{},"trade","XBT/USD"]', line: 0 }] as const;
    const start = withVenue({ files: [{ file: 'unheard-of.jsonl', header: null, lines }] }, async () => undefined);
    await expect(start).rejects.toThrow(
      /^unheard-of\.jsonl is not in a format this server speaks; it speaks binance, binance-usdm, /,
    );
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { recorded, shipped, until, withVenue } from './testing/harness';
import { NaiveClient } from './testing/naive-client';

interface Expected {
  books: Record<
    string,
    {
      last_update_id: number;
      bid_levels: number;
      ask_levels: number;
      book_sha256: string;
      checkpoints: { update_id: number; book_sha256: string }[];
    }
  >;
  trades?: Record<string, { count: number; buy_volume: string; sell_volume: string; candles_1m: Candle[] }>;
}
interface Candle {
  t: number;
  o: string;
  h: string;
  l: string;
  c: string;
  v: string;
  n: number;
}

const ALL = [
  ['binance-spot-btcusdt-20240808', false],
  ['binance-usdm-btcusdt-20240808', true],
  ['binance-spot-4sym-20211012', false],
  ['binance-usdm-4sym-20210722', true],
] as const;

const CASES: { name: string; file: string | null; expectedFile: string | null; futures: boolean }[] = [
  {
    name: 'our spot capture',
    file: shipped('binance-spot.jsonl.gz'),
    expectedFile: shipped('binance-spot.expected.json'),
    futures: false,
  },
  {
    name: 'our futures capture',
    file: shipped('binance-usdm.jsonl.gz'),
    expectedFile: shipped('binance-usdm.expected.json'),
    futures: true,
  },
  ...ALL.map(([name, futures]) => ({
    name,
    file: recorded(`${name}.jsonl.gz`),
    expectedFile: recorded(`expected/${name}.json`),
    futures,
  })),
];

describe('a replay at full speed ends where the recording does', () => {
  for (const { name, file, expectedFile, futures } of CASES) {
    const missing = file === null || expectedFile === null;
    test.skipIf(missing)(
      `${name}${missing ? ' (skipped: the real recordings are not on this machine)' : ''}`,
      { timeout: 60_000 },
      async () => {
        const expected = JSON.parse(readFileSync(expectedFile ?? '', 'utf8')) as Expected;
        await withVenue({ files: [file ?? ''], speed: 'max', clock: 'recorded' }, async (venue) => {
          const clients = Object.keys(expected.books).map((symbol) => new NaiveClient(venue.url(), symbol, futures));
          await Promise.all(clients.map((client) => client.open()));
          await venue.ended();
          for (const client of clients) {
            const truth = venue.truth(client.symbol);
            await until(`${client.symbol} has caught up`, () => String(client.sequence) === truth.sequence);
            const book = expected.books[client.symbol];
            expect(truth).toMatchObject({
              sequence: String(book.last_update_id),
              bidLevels: book.bid_levels,
              askLevels: book.ask_levels,
              sha256: book.book_sha256,
              ended: true,
            });
            expect(client.digest()).toBe(book.book_sha256);
            expect([client.gaps, client.tradeGaps, client.tickerMismatches]).toEqual([0, 0, 0]);
            const trades = expected.trades?.[client.symbol];
            if (trades === undefined) continue;
            await until('all trades are in', () => client.trades === trades.count);
            expect(truth.trades).toMatchObject({
              count: trades.count,
              buyVolume: trades.buy_volume,
              sellVolume: trades.sell_volume,
            });
            expect(await candles(venue.url(), client.symbol, futures)).toEqual(trades.candles_1m.map(plain));
          }
          for (const client of clients) client.close();
        });
      },
    );
  }
});

describe('a hold at a sequence', () => {
  for (const [name, futures] of ALL.slice(0, 2)) {
    const file = recorded(`${name}.jsonl.gz`);
    test.skipIf(file === null)(
      `stops ${name} exactly at each checkpoint${file === null ? ' (skipped: no real recordings)' : ''}`,
      { timeout: 60_000 },
      async () => {
        const expected = JSON.parse(readFileSync(recorded(`expected/${name}.json`) ?? '', 'utf8')) as Expected;
        const [[symbol, book]] = Object.entries(expected.books);
        const chaos = book.checkpoints.map(({ update_id }) => `hold@u=${update_id}`).join(',');
        await withVenue({ files: [file ?? ''], speed: 'max', clock: 'recorded', chaos }, async (venue) => {
          const client = new NaiveClient(venue.url(), symbol, futures);
          await client.open();
          for (const checkpoint of book.checkpoints) {
            await until(`held at ${checkpoint.update_id}`, () => venue.state() === 'held', 20_000);
            await until('the client is there too', () => client.sequence === checkpoint.update_id);
            expect(client.digest()).toBe(checkpoint.book_sha256);
            expect(venue.truth(symbol).sha256).toBe(checkpoint.book_sha256);
            venue.resume();
          }
          await venue.ended();
          client.close();
        });
      },
    );
  }
});

async function candles(url: string, symbol: string, futures: boolean): Promise<Candle[]> {
  const path = futures ? '/fapi/v1/klines' : '/api/v3/klines';
  const rows = (await (await fetch(`${url}${path}?symbol=${symbol}&interval=1m&limit=1000`)).json()) as (
    | string
    | number
  )[][];
  // Bars before the recording are generated; they carry on to the minute it begins in.
  const own = rows.slice(500).filter((row) => row[8] !== 0);
  return own.map(([t, o, h, l, c, v, , , n]) =>
    plain({ t: Number(t), o: String(o), h: String(h), l: String(l), c: String(c), v: String(v), n: Number(n) }),
  );
}

function plain({ t, o, h, l, c, v, n }: Candle): Candle {
  const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  return { t, o: trim(o), h: trim(h), l: trim(l), c: trim(c), v: trim(v), n };
}

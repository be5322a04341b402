import { readCapture } from '../scripts/capture-file.ts';
import type { RunningVenue } from '../scripts/venue/start-venue.ts';
import { expect, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
import {
  type Checkpoint,
  type Expected,
  type ExpectedBook,
  type ExpectedCandle,
  type ExpectedKline,
  type ExpectedTrades,
  instrumentsOf,
  NO_RECORDINGS,
  plain,
  plainCandle,
  plainLevel,
  readExpected,
  recorded,
  shipped,
} from './recordings.ts';

interface Recording {
  name: string;
  venue: 'binance' | 'binance-usdm';
  capture: string | null;
  expected: string | null;
}

const SHIPPED: readonly Recording[] = [
  {
    name: 'our spot capture',
    venue: 'binance',
    capture: shipped('binance-spot.jsonl.gz'),
    expected: shipped('binance-spot.expected.json'),
  },
  {
    name: 'our futures capture',
    venue: 'binance-usdm',
    capture: shipped('binance-usdm.jsonl.gz'),
    expected: shipped('binance-usdm.expected.json'),
  },
];
const real = (name: string, venue: Recording['venue']): Recording => ({
  name,
  venue,
  capture: recorded(`${name}.jsonl.gz`),
  expected: recorded(`expected/${name}.json`),
});
const BIG = [real('binance-spot-btcusdt-20240808', 'binance'), real('binance-usdm-btcusdt-20240808', 'binance-usdm')];
const FOUR = [real('binance-spot-4sym-20211012', 'binance'), real('binance-usdm-4sym-20210722', 'binance-usdm')];

const at = ({ best_bid, best_ask, bid_levels, ask_levels }: Checkpoint) => ({
  bid: plain(best_bid[0]),
  ask: plain(best_ask[0]),
  bidLevels: bid_levels,
  askLevels: ask_levels,
});

/** Waits until the page's book is the one that ends at a sequence, and compares all of it. */
async function expectHeldBook(desk: Desk, id: string, point: Checkpoint): Promise<void> {
  const sequence = String(point.update_id);
  await expect.poll(async () => (await desk.instrument(id)).book.sequence, { timeout: 30_000 }).toBe(sequence);
  const { book, bbo, state } = await desk.instrument(id);
  expect(state).toBe('live');
  expect({ bid: bbo?.bid, ask: bbo?.ask, bidLevels: book.bidLevels, askLevels: book.askLevels }).toEqual(at(point));
  expect(await desk.digest(id)).toEqual({
    sequence,
    bidLevels: point.bid_levels,
    askLevels: point.ask_levels,
    sha256: point.book_sha256,
  });
}

async function expectFinalBook(desk: Desk, id: string, book: ExpectedBook): Promise<void> {
  const sequence = String(book.last_update_id);
  await expect.poll(async () => (await desk.instrument(id)).book.sequence, { timeout: 30_000 }).toBe(sequence);
  const found = await desk.instrument(id);
  expect(found.book.bids.slice(0, 10)).toEqual(book.top10_bids.map(plainLevel));
  expect(found.book.asks.slice(0, 10)).toEqual(book.top10_asks.map(plainLevel));
  expect([found.book.bidLevels, found.book.askLevels]).toEqual([book.bid_levels, book.ask_levels]);
  expect((await desk.digest(id)).sha256).toBe(book.book_sha256);
  expect(found.counters).toMatchObject({ rejected: 0, gaps: 0, resyncs: 0 });
}

async function expectTrades(desk: Desk, id: string, trades: ExpectedTrades): Promise<void> {
  await expect
    .poll(async () => (await desk.instrument(id)).trades, { timeout: 30_000 })
    .toMatchObject({
      received: trades.count,
      duplicates: 0,
      missing: 0,
      buyVolume: plain(trades.buy_volume),
      sellVolume: plain(trades.sell_volume),
    });
  const wanted = trades.candles_1m.slice(-20).map(plainCandle);
  const [from, to] = [wanted[0]?.t ?? 0, wanted.at(-1)?.t ?? 0];
  // Before the recording there is history, and after its end an empty bar may have begun.
  const built = async (): Promise<ExpectedCandle[]> =>
    (await desk.instrument(id)).candles.last.filter(({ t }) => t >= from && t <= to).map(plainCandle);
  await expect.poll(built).toEqual(wanted);
}

const idsIn = (venue: RunningVenue, expected: Expected): [id: string, symbol: string][] =>
  instrumentsOf(venue)
    .map((id): [string, string] => [id, id.slice(id.indexOf(':') + 1)])
    .filter(([, symbol]) => symbol in expected.books);

for (const { name, capture, expected: file } of [...SHIPPED, ...BIG]) {
  test.describe(name, () => {
    test.skip(capture === null || file === null, NO_RECORDINGS);
    test.describe.configure({ timeout: 150_000 });

    test('at twenty times its speed ends in the expected book, trades and candles', async ({ desk, serve }) => {
      const expected = readExpected(file ?? '');
      const venue = await serve({ files: [capture ?? ''], speed: 20, clock: 'recorded' });
      await desk.openVenue(venue);
      await venue.ended();
      for (const [id, symbol] of idsIn(venue, expected)) {
        await expectFinalBook(desk, id, expected.books[symbol]);
        const trades = expected.trades?.[symbol];
        if (trades) await expectTrades(desk, id, trades);
      }
      expect((await desk.instrument()).lagMs).toBeNull();
    });

    test('[F30] at full speed is right at every held point and at the end', async ({ desk, serve }) => {
      const expected = readExpected(file ?? '');
      const points = checkpointsOf(expected);
      const chaos = points.map(([, { update_id }]) => `hold@u=${update_id}`).join(',');
      const venue = await serve({ files: [capture ?? ''], speed: 'max', clock: 'recorded', chaos });
      await desk.openVenue(venue);
      for (const [symbol, point] of points) {
        await expect.poll(() => venue.state(), { timeout: 60_000 }).toBe('held');
        await expectHeldBook(desk, `${venue.venues[0]}:${symbol}`, point);
        venue.resume();
      }
      await venue.ended();
      for (const [id, symbol] of idsIn(venue, expected)) {
        await expectFinalBook(desk, id, expected.books[symbol]);
        const trades = expected.trades?.[symbol];
        if (trades) await expectTrades(desk, id, trades);
      }
    });
  });
}

for (const { name, venue: venueId, capture, expected: file } of FOUR) {
  test.describe(name, () => {
    test.skip(capture === null || file === null, NO_RECORDINGS);

    test('four symbols at once are right at every held point and at the end', async ({ desk, serve }) => {
      const expected = readExpected(file ?? '');
      const points = checkpointsOf(expected);
      // Futures ids are of the whole exchange, so a line says which of the books is meant.
      const chaos = points.map(([, { after_line }]) => `hold@line=${after_line}`).join(',');
      const venue = await serve({ files: [capture ?? ''], speed: 'max', clock: 'recorded', chaos });
      venue.hold();
      await desk.openVenue(venue);
      // Trades come over another socket than books: nothing is played before both are listening.
      const ids = idsIn(venue, expected);
      const listening = (): number => {
        const names = venue.clients().flatMap(({ subscriptions }) => subscriptions);
        return names.filter((name) => /@(?:depth|aggTrade)/.test(name)).length;
      };
      await expect.poll(listening, { timeout: 20_000 }).toBe(ids.length * 2);
      venue.resume();
      for (const [symbol, point] of points) {
        await expect.poll(() => venue.state(), { timeout: 60_000 }).toBe('held');
        await expectHeldBook(desk, `${venueId}:${symbol}`, point);
        venue.resume();
      }
      await venue.ended();
      for (const [id, symbol] of ids) {
        await expectFinalBook(desk, id, expected.books[symbol]);
        await expectAggregates(desk, id, readAggregates(capture ?? '', symbol), expected, symbol);
      }
    });
  });
}

function checkpointsOf(expected: Expected): [symbol: string, point: Checkpoint][] {
  return Object.entries(expected.books)
    .flatMap(([symbol, book]) => book.checkpoints.map((point): [string, Checkpoint] => [symbol, point]))
    .sort(([, a], [, b]) => a.after_line - b.after_line);
}

/** An aggregate of trades as the venue sends it. */
interface Aggregate {
  T: number;
  q: string;
  f: number;
  l: number;
  m: boolean;
}

function readAggregates(file: string, symbol: string): Aggregate[] {
  return readCapture(file)
    .lines.filter(({ dir, m }) => dir === 'in' && m.includes('"aggTrade"'))
    .map(({ m }) => (JSON.parse(m) as { data: Aggregate & { s: string } }).data)
    .filter(({ s }) => s === symbol);
}

/** Exact sums of decimal texts. */
function sum(texts: readonly string[]): string {
  const places = 8;
  const total = texts.reduce((all, text) => {
    const [whole, part = ''] = text.split('.');
    return all + BigInt(whole + part.padEnd(places, '0'));
  }, 0n);
  const digits = total.toString().padStart(places + 1, '0');
  return plain(`${digits.slice(0, -places)}.${digits.slice(-places)}`);
}

async function expectAggregates(
  desk: Desk,
  id: string,
  aggregates: readonly Aggregate[],
  expected: Expected,
  symbol: string,
): Promise<void> {
  await expect
    .poll(async () => (await desk.instrument(id)).trades, { timeout: 30_000 })
    .toMatchObject({
      received: aggregates.reduce((count, { f, l }) => count + l - f + 1, 0),
      duplicates: 0,
      missing: 0,
      buyVolume: sum(aggregates.filter(({ m }) => !m).map(({ q }) => q)),
      sellVolume: sum(aggregates.filter(({ m }) => m).map(({ q }) => q)),
    });
  const { candles } = await desk.instrument(id);
  for (const bar of expected.klines_last_seen?.[symbol] ?? []) {
    const built = candles.last.find(({ t }) => t === bar.t);
    expect(built && { v: built.v, n: built.n, o: built.o }, `${symbol} ${bar.t}`).toEqual(finalBar(bar, aggregates));
  }
}

/**
 * The venue's own bar wins, and what traded after its last word about a running one comes on top, once: an aggregate
 * may reach over that word, and then only a bar whose aggregates all are known can be told.
 */
function finalBar(bar: ExpectedKline, aggregates: readonly Aggregate[]): { v: string; n: number; o: string } {
  const o = plain(bar.o);
  const own = aggregates.filter(({ T }) => T >= bar.t && T < bar.t + 60_000);
  const last = own.at(-1)?.l ?? bar.L;
  if (bar.x || last <= bar.L) return { v: plain(bar.v), n: bar.n, o };
  const n = last - bar.f + 1;
  if (own[0].f === bar.f) return { v: sum(own.map(({ q }) => q)), n, o };
  return { v: sum([bar.v, ...own.filter(({ f }) => f > bar.L).map(({ q }) => q)]), n, o };
}

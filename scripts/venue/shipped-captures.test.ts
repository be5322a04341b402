import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { RunningVenue } from './start-venue';
import type { BookKeeper } from './testing/book-keeper';
import { BybitClient } from './testing/bybit-client';
import { CoinbaseClient } from './testing/coinbase-client';
import { shipped, until, withVenue } from './testing/harness';
import { KrakenClient } from './testing/kraken-client';
import { OkxClient } from './testing/okx-client';

interface Checkpoint {
  readonly after_line: number;
  readonly book_sha256: string;
}

interface Expected {
  readonly books: Readonly<
    Record<
      string,
      {
        last_update_id?: number;
        bid_levels: number;
        ask_levels: number;
        book_sha256: string;
        checkpoints: Checkpoint[];
      }
    >
  >;
  readonly trades: Readonly<
    Record<string, { buy_volume: string; sell_volume: string; candles_1m: { last_id: string }[] }>
  >;
}

interface Held {
  book(symbol: string): BookKeeper;
  /** Gaps, and checksums that were wrong. */
  faults(): number;
  close(): void;
}

async function bybitBooks(venue: RunningVenue, category: 'spot' | 'linear'): Promise<Held> {
  const client = await BybitClient.open(
    venue.url(),
    venue.symbols[venue.venues[0]].flatMap((symbol) => [`orderbook.200.${symbol}`, `publicTrade.${symbol}`]),
    category,
  );
  return {
    book: (symbol) => client.catchUp().book(`orderbook.200.${symbol}`),
    faults: () => client.gaps,
    close: () => client.close(),
  };
}

async function okxBooks(venue: RunningVenue): Promise<Held> {
  const args = venue.symbols.okx.flatMap((instId) => ['books', 'trades'].map((channel) => ({ channel, instId })));
  const client = await OkxClient.open(venue.url(), args);
  return {
    book: (symbol) => client.catchUp().book(symbol),
    faults: () => client.gaps + client.wrong,
    close: () => client.close(),
  };
}

async function krakenBooks(venue: RunningVenue): Promise<Held> {
  const client = await KrakenClient.open(venue.url());
  client.send('subscribe', { channel: 'book', symbol: venue.symbols.kraken, depth: 25 });
  client.send('subscribe', { channel: 'trade', symbol: venue.symbols.kraken });
  return {
    book: (symbol) => client.catchUp().book(symbol),
    faults: () => client.wrong,
    close: () => client.close(),
  };
}

async function coinbaseBooks(venue: RunningVenue): Promise<Held> {
  const client = await CoinbaseClient.open(venue.url(), venue.symbols.coinbase, ['level2_batch', 'matches']);
  return { book: (symbol) => client.catchUp().book(symbol), faults: () => 0, close: () => client.close() };
}

/** More changes than any of the captures has. */
const SEVERAL_LAPS = 1_500;

const CASES: readonly (readonly [name: string, open: (venue: RunningVenue) => Promise<Held>])[] = [
  ['bybit-spot', (venue) => bybitBooks(venue, 'spot')],
  ['bybit-linear', (venue) => bybitBooks(venue, 'linear')],
  ['okx', okxBooks],
  ['kraken', krakenBooks],
  ['coinbase', coinbaseBooks],
];

async function same(held: Held, venue: RunningVenue, symbol: string): Promise<void> {
  await until(`the book of ${symbol} is the true one`, () => held.book(symbol).digest() === venue.truth(symbol).sha256);
}

describe.each(CASES)('a replay of our capture %s', (name, open) => {
  const file = shipped(`${name}.jsonl.gz`);
  const expected = JSON.parse(readFileSync(shipped(`${name}.expected.json`), 'utf8')) as Expected;
  const symbols = Object.keys(expected.books);

  test('ends where the capture does', { timeout: 30_000 }, async () => {
    await withVenue({ files: [file], speed: 'max', clock: 'recorded' }, async (venue) => {
      const held = await open(venue);
      await venue.ended();
      for (const symbol of symbols) {
        await same(held, venue, symbol);
        const {
          last_update_id: id = '',
          book_sha256: sha256,
          bid_levels: bidLevels,
          ask_levels: askLevels,
        } = expected.books[symbol];
        expect(venue.truth(symbol)).toMatchObject({
          sequence: String(id),
          sha256,
          bidLevels,
          askLevels,
        });
        const trades = expected.trades[symbol];
        if (trades === undefined) continue;
        const { buy_volume: buyVolume, sell_volume: sellVolume, candles_1m: bars } = trades;
        const lastId = bars[bars.length - 1].last_id;
        expect(venue.truth(symbol).trades).toMatchObject({ buyVolume, sellVolume, lastId });
      }
      expect(held.faults()).toBe(0);
      held.close();
    });
  });

  test('holds every checkpoint, and gives whoever comes then the book of that moment', {
    timeout: 30_000,
  }, async () => {
    const points = symbols.flatMap((symbol) => expected.books[symbol].checkpoints.map((point) => ({ symbol, point })));
    const [{ symbol, point }] = points.slice(Math.floor(points.length / 2));
    const chaos = `hold@line=${point.after_line}`;
    await withVenue({ files: [file], speed: 'max', clock: 'recorded', chaos }, async (venue) => {
      const first = await open(venue);
      await until('held', () => venue.state() === 'held');
      expect(venue.truth(symbol).sha256).toBe(point.book_sha256);
      const late = await open(venue);
      for (const one of symbols) await same(late, venue, one);
      venue.resume();
      await venue.ended();
      for (const held of [first, late]) {
        for (const one of symbols) await same(held, venue, one);
        expect(held.faults()).toBe(0);
        held.close();
      }
    });
  });

  test('goes round without a hole', { timeout: 30_000 }, async () => {
    await withVenue({ files: [file], speed: 'max', clock: 'now', loop: true }, async (venue) => {
      const held = await open(venue);
      const count = (): number => symbols.reduce((sum, symbol) => sum + held.book(symbol).diffs, 0);
      await until('more than a lap went by', () => count() > SEVERAL_LAPS, 10_000);
      venue.chaos('hold');
      for (const symbol of symbols) await same(held, venue, symbol);
      expect(held.faults()).toBe(0);
      held.close();
    });
  });
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BitstampClient } from './testing/bitstamp-client';
import { DeribitClient } from './testing/deribit-client';
import { shipped, until, withVenue } from './testing/harness';
import { HyperliquidClient } from './testing/hyperliquid-client';

interface Expected {
  books: Record<string, { book_sha256: string; bid_levels: number; ask_levels: number }>;
  trades: Record<string, { count: number; buy_volume: string; sell_volume: string }>;
}

interface Client {
  close(): void;
}

const FOLLOW: Readonly<Record<string, (url: string, symbols: readonly string[]) => Promise<Client>>> = {
  bitstamp: async (url, symbols) => {
    const channels = symbols.flatMap((symbol) => [`diff_order_book_${symbol}`, `live_trades_${symbol}`]);
    const client = await BitstampClient.open(url, channels);
    for (const symbol of symbols) await client.fetchBook(symbol);
    return client;
  },
  deribit: (url, symbols) =>
    DeribitClient.open(
      url,
      symbols.map((symbol) => `book.${symbol}.100ms`),
    ),
  hyperliquid: (url, symbols) =>
    HyperliquidClient.open(
      url,
      symbols.map((coin) => ({ type: 'l2Book', coin })),
    ),
};

test.each(Object.keys(FOLLOW))('the shipped capture of %s ends as was worked out beside it', async (name) => {
  const expected = JSON.parse(readFileSync(shipped(`${name}.expected.json`), 'utf8')) as Expected;
  const symbols = Object.keys(expected.books);
  const files = [shipped(`${name}.jsonl.gz`)];
  await withVenue({ files, speed: 'max', clock: 'recorded' }, async (venue) => {
    const client = await FOLLOW[name](venue.url(), symbols);
    await venue.ended();
    for (const symbol of symbols) {
      const { book_sha256: sha256, bid_levels: bidLevels, ask_levels: askLevels } = expected.books[symbol];
      expect(venue.truth(symbol)).toMatchObject({ sha256, bidLevels, askLevels, ended: true });
      const { count, buy_volume: buyVolume, sell_volume: sellVolume } = expected.trades[symbol];
      expect(venue.truth(symbol).trades).toMatchObject({ count, buyVolume, sellVolume });
      expect(count).toBeGreaterThan(5);
    }
    client.close();
  });
});

test('the shipped books of Deribit are chained without a gap and equal their tickers', async () => {
  await withVenue({ files: [shipped('deribit.jsonl.gz')], speed: 'max', clock: 'recorded' }, async (venue) => {
    const symbol = 'BTC-PERPETUAL';
    const client = await DeribitClient.open(venue.url(), [`book.${symbol}.100ms`, `ticker.${symbol}.100ms`]);
    await venue.ended();
    await until('the book is there', () => client.catchUp().book(symbol).digest() === venue.truth(symbol).sha256);
    expect([client.gaps, client.book(symbol).snapshots]).toEqual([0, 1]);
    const { best_bid_price: bid, best_ask_amount: amount } = client.tickers[client.tickers.length - 1];
    expect([Number(client.book(symbol).best('bid')[0][0]), Number(client.book(symbol).best('ask')[0][1])]).toEqual([
      bid,
      amount,
    ]);
    client.close();
  });
});

test('the venue of a shipped capture asks to connect anew in the middle of it, and goes on', async () => {
  await withVenue({ files: [shipped('bitstamp-reconnect.jsonl')], speed: 'max', clock: 'recorded' }, async (venue) => {
    const client = await FOLLOW.bitstamp(venue.url(), ['xrpeur']);
    await venue.ended();
    const { listener } = client as BitstampClient;
    await until('it is told', () => listener.heard.some((text) => text.includes('bts:request_reconnect')));
    expect(venue.truth('xrpeur')).toMatchObject({ bidLevels: 3, askLevels: 1 });
    client.close();
  });
});

test('a shipped level of more lots than a double can count is kept to the last digit', async () => {
  await withVenue({ files: [shipped('bitstamp-wide.jsonl')], speed: 'max', clock: 'recorded' }, async (venue) => {
    const client = await FOLLOW.bitstamp(venue.url(), ['xrpeur']);
    await venue.ended();
    expect(venue.truth('xrpeur').bids[2]).toEqual(['0.00001', '112716000.00000001']);
    expect(venue.truth('xrpeur').asks[2]).toEqual(['9999999999', '0.001']);
    client.close();
  });
});

test('shipped books of empty sides are told whole', async () => {
  await withVenue({ files: [shipped('hyperliquid-empty.jsonl')], speed: 'max', clock: 'recorded' }, async (venue) => {
    const client = await HyperliquidClient.open(venue.url(), [{ type: 'l2Book', coin: 'BTC' }]);
    await venue.ended();
    await until('the last book', () => client.catchUp().book.digest() === venue.truth('BTC').sha256);
    const told = client.listener.messages().filter(({ channel }) => channel === 'l2Book');
    const counts = told.map(({ data }) => (data as { levels: unknown[][] }).levels.map((side) => side.length).join());
    for (const sides of ['1,1', '0,1', '0,0', '1,0', '2,1']) expect(counts).toContain(sides);
    client.close();
  });
});

test('the shipped gap of Deribit is one to its clients, healed by the snapshot that comes again', async () => {
  await withVenue({ files: [shipped('deribit-gap.jsonl')], speed: 'max', clock: 'recorded' }, async (venue) => {
    const symbol = 'BTC-PERPETUAL';
    const client = await DeribitClient.open(venue.url(), [`book.${symbol}.100ms`, `trades.${symbol}.100ms`]);
    await venue.ended();
    await until('the last change', () => client.catchUp().last(symbol) === 5_031);
    expect([client.gaps, client.book(symbol).snapshots]).toEqual([1, 2]);
    expect(client.book(symbol).digest()).toBe(venue.truth(symbol).sha256);
    expect(client.trades.map((trade) => trade.trade_seq)).toEqual([70, 71, 73]);
    const asked = { instrument_name: symbol, start_seq: 71, end_seq: 73, sorting: 'asc' };
    const { result } = await client.call('public/get_last_trades_by_instrument', asked);
    expect((result as { trades: object[] }).trades).toMatchObject([
      { liquidation: 'T' },
      { block_trade_id: 'BLOCK-1' },
    ]);
    client.close();
  });
});

import { describe, expect, test } from 'vitest';
import type { RunningVenue, VenueOptions } from './start-venue';
import { DeribitClient } from './testing/deribit-client';
import { deribitScript, INSTRUMENT } from './testing/deribit-script';
import { Listener, until, withVenue } from './testing/harness';

const BOOK = `book.${INSTRUMENT}.100ms`;
const TRADES = `trades.${INSTRUMENT}.100ms`;
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

describe('calls', () => {
  test('are the same over the socket, in a query and posted', async () => {
    await withVenue(script(), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [BOOK, TRADES]);
      await venue.ended();
      await same(client, venue);
      const params = { instrument_name: INSTRUMENT, depth: 1 };
      const { result } = await client.call('public/get_order_book', params);
      expect(result).toMatchObject({ change_id: 5140, bids: [[64250, 0.019]], asks: [[64250.5, 0.02]], state: 'open' });
      const asked = await get(venue, 'get_order_book', `instrument_name=${INSTRUMENT}&depth=1`);
      expect({ ...(asked.body.result as object), timestamp: 0 }).toEqual({ ...(result as object), timestamp: 0 });
      const body = JSON.stringify({ jsonrpc: '2.0', id: 77, method: 'public/get_order_book', params });
      for (const path of ['/api/v2/public/get_order_book', '/api/v2']) {
        const posted = await fetch(venue.url() + path, { method: 'POST', body });
        expect(await posted.json()).toMatchObject({ id: 77, result: { change_id: 5140 } });
      }
      client.close();
    });
  });

  test('give the trades of a span of numbers, and the newest without one', async () => {
    await withVenue(script(), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [BOOK, TRADES]);
      await venue.ended();
      await same(client, venue);
      const ask = async (
        params: Record<string, unknown>,
      ): Promise<{ trades: { trade_seq: number }[]; has_more: boolean }> => {
        const answer = await client.call('public/get_last_trades_by_instrument', {
          instrument_name: INSTRUMENT,
          ...params,
        });
        return answer.result as never;
      };
      const numbers = async (params: Record<string, unknown>): Promise<number[]> =>
        (await ask(params)).trades.map((row) => row.trade_seq);
      expect(await numbers({ start_seq: 72, end_seq: 75, count: 1000, sorting: 'asc' })).toEqual([72, 73, 74, 75]);
      expect(await numbers({ start_seq: 72, count: 2, sorting: 'asc' })).toEqual([72, 73]);
      expect(await numbers({ count: 3 })).toEqual([79, 78, 77]);
      const { trades, has_more: more } = await ask({ count: 1 });
      expect(more).toBe(true);
      await until('all trades', () => client.catchUp().trades.length === 10);
      expect(trades[0]).toEqual(client.trades[9]);
      const bad = { instrument_name: INSTRUMENT, count: 1001 };
      expect((await client.call('public/get_last_trades_by_instrument', bad)).error).toMatchObject({ code: -32602 });
      client.close();
    });
  });

  test('give charts in columns, oldest first', async () => {
    await withVenue(script({ history: 200 }), async (venue) => {
      const client = await DeribitClient.open(venue.url(), [BOOK]);
      await venue.ended();
      const span = `start_timestamp=${START - 120_000}&end_timestamp=${START}`;
      const query = `instrument_name=${INSTRUMENT}&${span}`;
      const { body } = await get(venue, 'get_tradingview_chart_data', `${query}&resolution=1`);
      const result = body.result as Record<string, number[]>;
      expect(result.status).toBe('ok');
      expect(result.ticks).toEqual([START - 120_000, START - 60_000, START]);
      for (const column of ['open', 'high', 'low', 'close', 'volume', 'cost']) expect(result[column]).toHaveLength(3);
      expect(result.cost[2]).toBe(100);
      expect((await get(venue, 'get_tradingview_chart_data', `${query}&resolution=240`)).status).toBe(400);
      client.close();
    });
  });

  test('list instruments, derived from their names where none were recorded', async () => {
    const names = ['BTC_USDC-PERPETUAL', 'ETH-27JUN25', 'BTC_USDC', 'BTC-27JUN25-60000-C'];
    const files = [deribitScript(), ...names.map((instrument) => deribitScript({ instrument }))];
    await withVenue(script({ files }), async (venue) => {
      const { body } = await get(venue, 'get_instruments', 'currency=any');
      expect(body.result).toMatchObject([
        { instrument_name: INSTRUMENT, kind: 'future', settlement_period: 'perpetual', instrument_type: 'reversed' },
        { instrument_name: names[0], kind: 'future', instrument_type: 'linear', quote_currency: 'USDC' },
        { instrument_name: names[1], kind: 'future', expiration_timestamp: Date.UTC(2025, 5, 27, 8) },
        { instrument_name: names[2], kind: 'spot', base_currency: 'BTC', quote_currency: 'USDC' },
        { instrument_name: names[3], kind: 'option', option_type: 'call', strike: 60_000, quote_currency: 'BTC' },
      ]);
      expect((await get(venue, 'get_instruments', 'currency=btc!')).status).toBe(400);
      expect((await get(venue, 'get_instruments', 'currency=BTC&kind=swap')).status).toBe(400);
      expect((await get(venue, 'get_instruments', 'currency=BTC&expired=true')).body.result).toEqual([]);
      const missing = await get(venue, 'get_instrument', 'instrument_name=NOBODY');
      expect(missing).toMatchObject({ status: 400, body: { error: { code: 13020 } } });
    });
  });

  test('list recorded instruments that are not served too', async () => {
    await withVenue(script({ files: [deribitScript({ listed: true })] }), async (venue) => {
      const { body } = await get(venue, 'get_instruments', 'currency=BTC');
      expect(body.result).toMatchObject([{ tick_size: 0.5 }, { instrument_name: 'BTC-27JUN25', tick_size: 2.5 }]);
      expect((await get(venue, 'get_instrument', 'instrument_name=BTC-27JUN25')).body.result).toMatchObject({
        tick_size: 2.5,
      });
      expect((await get(venue, 'get_order_book', 'instrument_name=BTC-27JUN25')).status).toBe(400);
    });
  });

  test('tell the time, fail and are banned when asked for', async () => {
    await withVenue(script(), async (venue) => {
      const client = await DeribitClient.open(venue.url());
      expect(Number((await client.call('public/get_time')).result)).toBeGreaterThan(START);
      expect((await client.call('public/get_order_book', {})).error).toMatchObject({ code: -32602 });
      venue.chaos('rest-fail:2');
      expect((await client.call('public/get_time')).error).toMatchObject({ code: 13028 });
      expect((await get(venue, 'get_time')).status).toBe(503);
      expect((await get(venue, 'get_time')).status).toBe(200);
      venue.chaos('ban:30s');
      expect(await get(venue, 'get_time')).toMatchObject({ status: 429, body: { error: { code: 10028 } } });
      await expect(Listener.open(`${venue.url()}/ws/api/v2`)).rejects.toThrow('refused 429');
    });
  });
});

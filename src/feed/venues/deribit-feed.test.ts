import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type CaptureLine, linesOf } from '../testing/book-keeper.ts';
import { ReferenceBook } from '../testing/reference-book.ts';
import { SocketDesk, type SocketServer } from '../testing/socket-desk.ts';
import { deribit } from './deribit.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';
const NAME = 'deribit-options-20210722';
const FILE = join(CAPTURES, `${NAME}.jsonl.gz`);
const isHere = existsSync(FILE);

type Say = (text: string) => void;
type Row = readonly [action: string, price: number, amount: number];

interface BookData {
  readonly type?: string;
  readonly instrument_name: string;
  readonly change_id: number;
  readonly bids: readonly Row[];
  readonly asks: readonly Row[];
}
interface Question {
  readonly id: number;
  readonly method: string;
  readonly params: { readonly channels?: readonly string[]; readonly instrument_name?: string };
}
interface Notification {
  readonly method?: string;
  readonly params?: { readonly channel: string; readonly data: BookData };
}

/** The venue of a recording: it sends what was recorded to who asked for it, and answers what is asked. */
class RecordedVenue implements SocketServer {
  readonly asked: string[] = [];
  private readonly books = new Map<string, { id: number; book: ReferenceBook }>();
  private readonly clients = new Map<Say, Set<string>>();
  private readonly instruments = new Map<string, unknown>();

  constructor(
    lines: readonly CaptureLine[],
    private readonly now: () => number,
  ) {
    for (const { m } of lines.filter(({ dir }) => dir === 'http')) {
      for (const row of (JSON.parse(m) as { result: { instrument_name: string }[] }).result) {
        this.instruments.set(row.instrument_name, row);
      }
    }
  }

  heard(text: string, say: Say): void {
    const { id, method, params } = JSON.parse(text) as Question;
    this.asked.push(method);
    const reply = (result: unknown): void =>
      say(JSON.stringify({ jsonrpc: '2.0', id, result, usOut: this.now() * 1000 }));
    const names = this.clients.get(say) ?? new Set<string>();
    this.clients.set(say, names);
    if (method === 'public/subscribe') {
      const known = (params.channels ?? []).filter((name) => this.instruments.has(name.split('.').at(-2) ?? ''));
      reply(known);
      for (const name of known) this.begin(name, names, say);
    } else if (method === 'public/unsubscribe') {
      for (const name of params.channels ?? []) names.delete(name);
      reply(params.channels);
    } else if (method === 'public/get_instrument') reply(this.instruments.get(params.instrument_name ?? ''));
    else if (method === 'public/get_order_book') reply(this.snapshot(params.instrument_name ?? '', false));
    else if (method === 'public/get_tradingview_chart_data') reply({ status: 'no_data' });
    else reply('ok');
  }

  gone(say: Say): void {
    this.clients.delete(say);
  }

  /** The venue asks whether its clients are there. */
  test(): void {
    for (const say of this.clients.keys())
      say('{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}');
  }

  /** Send a recorded message, or only know of it. */
  play(text: string, isLost: boolean): void {
    const { method, params } = JSON.parse(text) as Notification;
    if (method !== 'subscription' || params === undefined) return;
    if (params.channel.startsWith('book.')) this.follow(params.data);
    const channel = params.channel.replace(/\.raw$/, '.100ms');
    if (isLost) return;
    for (const [say, names] of this.clients) if (names.has(channel)) say(text.replace(params.channel, channel));
  }

  private begin(name: string, names: Set<string>, say: Say): void {
    names.add(name);
    const [kind, symbol] = name.split('.');
    const data = kind === 'book' ? this.snapshot(symbol, true) : null;
    if (data !== null) say(JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params: { channel: name, data } }));
  }

  private follow(data: BookData): void {
    const held = data.type === 'snapshot' ? undefined : this.books.get(data.instrument_name);
    const book = held?.book ?? new ReferenceBook();
    for (const [, price, amount] of data.bids) book.set('b', String(price), String(amount));
    for (const [, price, amount] of data.asks) book.set('a', String(price), String(amount));
    this.books.set(data.instrument_name, { id: data.change_id, book });
  }

  private snapshot(symbol: string, isPushed: boolean): unknown {
    const held = this.books.get(symbol);
    if (!held) return null;
    const { bids, asks } = held.book.state(0);
    const rows = (levels: readonly (readonly [string, string])[]): unknown[] =>
      levels.map(([price, size]) => [...(isPushed ? ['new'] : []), Number(price), Number(size)]);
    const sides = { bids: rows(bids), asks: rows(asks) };
    return {
      ...(isPushed && { type: 'snapshot' }),
      instrument_name: symbol,
      timestamp: this.now(),
      change_id: held.id,
      ...sides,
    };
  }
}

interface Expected {
  readonly books: Record<
    string,
    { readonly last_change_id: number; readonly book_sha256: string; readonly applied: number }
  >;
}

describe.skipIf(!isHere)('a feed on the recorded market of Deribit', () => {
  const lines = isHere ? linesOf(gunzipSync(readFileSync(FILE)).toString('utf8')) : [];
  const { books } = isHere
    ? (JSON.parse(readFileSync(join(CAPTURES, 'expected', `${NAME}.json`), 'utf8')) as Expected)
    : { books: {} };
  const symbols = Object.keys(books);

  /** Play the whole recording; the message of one line may get lost. */
  async function play(lost = -1): Promise<{ desk: SocketDesk; server: RecordedVenue }> {
    const start = Math.floor((lines[0]?.t ?? 0) / 1000);
    const server = new RecordedVenue(lines, () => Math.floor(desk.clock.now()));
    const desk = new SocketDesk('deribit', deribit, server, start);
    desk.want(symbols);
    for (const [index, line] of lines.entries()) {
      await desk.passTo(line.t / 1000);
      if (line.dir === 'in') server.play(line.m, index === lost);
      if (index === 70) server.test();
    }
    await desk.passTo(desk.clock.now() + 500);
    return { desk, server };
  }
  const shaOf = (desk: SocketDesk, symbol: string): string =>
    createHash('sha256')
      .update(desk.feed.digestOf(desk.id(symbol))?.text ?? 'no book')
      .digest('hex');

  it('ends with every expected book, in sequence, and none was ever stale, however quiet', async () => {
    const { desk, server } = await play();
    for (const symbol of symbols) {
      const told = books[symbol];
      const part = desk.part(symbol);
      expect(shaOf(desk, symbol), symbol).toBe(told.book_sha256);
      expect(desk.feed.digestOf(desk.id(symbol))?.sequence).toBe(String(told.last_change_id));
      expect(part?.status.book, symbol).toMatchObject({ state: 'live', proof: 'sequence' });
      expect(
        desk.bookStates(symbol).filter((state) => !['connecting', 'syncing', 'live'].includes(state)),
        symbol,
      ).toEqual([]);
      expect(part?.counters).toMatchObject({ rejected: 0, gaps: 0, resyncs: 0, reconnects: 0 });
      expect(part?.counters.quotesCompared, symbol).toBeGreaterThan(2);
      expect(part?.counters.quotesAgreed).toBe(part?.counters.quotesCompared);
      // The whole book is sent: nothing lies beyond it.
      expect(part?.book?.coverage).toMatchObject({ bidHorizon: 0, askHorizon: Number.POSITIVE_INFINITY });
      expect(part?.info).toMatchObject({ kind: 'option', priceStep: '0.0005', quote: symbol.slice(0, 3) });
    }
    expect(desk.connects).toBe(1);
    expect(server.asked[0]).toBe('public/set_heartbeat');
    expect(server.asked).toContain('public/test');
  });

  it('makes one book anew when one change was lost, and ends the same', async () => {
    const symbol = 'BTC-24SEP21-8000-P';
    const changes = lines.flatMap(({ m }, index) =>
      m.includes('"type":"change"') && m.includes(symbol) ? [index] : [],
    );
    const { desk } = await play(changes[10]);
    expect(shaOf(desk, symbol)).toBe(books[symbol].book_sha256);
    expect(desk.part(symbol)?.counters).toMatchObject({ gaps: 1, resyncs: 1, reconnects: 0 });
    for (const other of symbols.filter((one) => one !== symbol)) {
      expect(desk.part(other)?.counters, other).toMatchObject({ gaps: 0, resyncs: 0 });
    }
  });

  it('says of an instrument that is not there that it is not there, and goes on with the others', async () => {
    const start = Math.floor(lines[0].t / 1000);
    const server = new RecordedVenue(lines, () => Math.floor(desk.clock.now()));
    const desk = new SocketDesk('deribit', deribit, server, start);
    for (const line of lines.slice(0, 40)) if (line.dir === 'in') server.play(line.m, false);
    desk.want(['NOPE-PERPETUAL', symbols[0]]);
    await desk.passTo(start + 1_000);
    expect(desk.part('NOPE-PERPETUAL')?.status.book.state).toBe('rejected');
    expect(desk.part(symbols[0])?.status.book.state).not.toBe('rejected');
    expect(desk.feed.digestOf(desk.id(symbols[0]))).not.toBeNull();
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { formatLotsSum } from '@/market/quantity.ts';
import { type CaptureLine, linesOf } from '../testing/book-keeper.ts';
import { SocketDesk, type SocketServer } from '../testing/socket-desk.ts';
import { hyperliquid } from './hyperliquid.ts';
import { streamName } from './hyperliquid-names.ts';

const CAPTURES = process.env.CAPTURES_DIR ?? '../shared/captures';
const NAME = 'hyperliquid-btc-20250126';
const FILE = join(CAPTURES, `${NAME}.jsonl.gz`);
const isHere = existsSync(FILE);

type Say = (text: string) => void;
interface Frame {
  readonly method: string;
  readonly id?: number;
  readonly subscription?: { readonly type: string; readonly coin: string; readonly interval?: string };
  readonly request?: { readonly payload: { readonly type: string } };
}

const META = { universe: [{ name: 'BTC', szDecimals: 5, maxLeverage: 40 }] };

/** The venue of a recording: it sends what was recorded to who asked for it, and answers what is asked. */
class RecordedVenue implements SocketServer {
  readonly heardMethods: string[] = [];
  private readonly clients = new Map<Say, Set<string>>();
  private book = '';

  constructor(private readonly now: () => number) {}

  heard(text: string, say: Say): void {
    const { method, id, subscription, request } = JSON.parse(text) as Frame;
    this.heardMethods.push(request?.payload.type ?? method);
    const names = this.clients.get(say) ?? new Set<string>();
    this.clients.set(say, names);
    if (method === 'ping') say('{"channel":"pong"}');
    if (request) say(JSON.stringify({ channel: 'post', data: { id, response: this.answer(request.payload.type) } }));
    if (!subscription) return;
    const name = streamName({ ...subscription, interval: subscription.interval ?? null });
    if (subscription.coin !== 'BTC')
      say(`{"channel":"error","data":${JSON.stringify(`Invalid subscription ${JSON.stringify(subscription)}`)}}`);
    else {
      if (method === 'subscribe') names.add(name);
      else names.delete(name);
      say(JSON.stringify({ channel: 'subscriptionResponse', data: { method, subscription } }));
      if (method === 'subscribe' && subscription.type === 'l2Book' && this.book !== '') say(this.book);
    }
  }

  gone(say: Say): void {
    this.clients.delete(say);
  }

  /** Streams somebody listens to. */
  get subscribed(): string[] {
    return [...this.clients.values()].flatMap((names) => [...names]);
  }

  play(text: string): void {
    const { channel } = JSON.parse(text) as { channel: string };
    if (channel === 'l2Book') this.book = text;
    for (const [say, names] of this.clients) if (names.has(`${channel}:BTC`)) say(text);
  }

  private answer(type: string): object {
    const data =
      type === 'meta' ? META : type === 'exchangeStatus' ? { time: this.now() } : type === 'candleSnapshot' ? [] : null;
    return data === null ? { type: 'error', payload: 'not here' } : { type: 'info', payload: { type, data } };
  }
}

describe.skipIf(!isHere)('a feed on the recorded market of Hyperliquid', () => {
  const lines: CaptureLine[] = isHere ? linesOf(gunzipSync(readFileSync(FILE)).toString('utf8')) : [];
  const start = Math.floor((lines[0]?.t ?? 0) / 1000) - 100;

  async function play(symbols = ['BTC']): Promise<{ desk: SocketDesk; server: RecordedVenue }> {
    const server = new RecordedVenue(() => Math.floor(desk.clock.now()));
    const desk = new SocketDesk('hyperliquid', hyperliquid, server, start);
    desk.want(symbols);
    for (const line of lines) {
      await desk.passTo(line.t / 1000);
      server.play(line.m);
    }
    await desk.passTo(desk.clock.now() + 300);
    return { desk, server };
  }

  it('has a live book and every trade, and the old trades it begins with are no delay', async () => {
    const { desk } = await play();
    const part = desk.part('BTC');
    expect(part?.status.book).toMatchObject({ state: 'live', proof: 'snapshot' });
    expect(desk.bookStates('BTC').filter((state) => !['connecting', 'syncing', 'live'].includes(state))).toEqual([]);
    expect(part?.counters).toMatchObject({ rejected: 0, gaps: 0, resyncs: 0, reconnects: 0, diffs: 46 });
    expect(part?.trades).toMatchObject({ received: 64, duplicates: 0, missing: 0 });
    expect([part?.trades.buyVolume ?? 0, part?.trades.sellVolume ?? 0].map((sum) => formatLotsSum(sum, 5))).toEqual([
      '0.22529',
      '0.70244',
    ]);
    expect(part?.info).toMatchObject({ kind: 'perpetual', quote: 'USDC', sizeStep: '0.00001' });
    expect(desk.connects).toBe(1);
  });

  it('drops a book that is older than the one it has', async () => {
    const { desk, server } = await play();
    const before = desk.feed.digestOf(desk.id('BTC'))?.text;
    expect(before?.split('\n').length).toBe(41);
    server.play(lines[0].m);
    await desk.passTo(desk.clock.now() + 200);
    expect(desk.feed.digestOf(desk.id('BTC'))?.text).toBe(before);
    expect(desk.part('BTC')?.counters.resyncs).toBe(0);
  });

  it('shows as unknown what lies beyond the levels the venue sends', async () => {
    const { desk } = await play();
    const book = desk.part('BTC')?.book;
    expect([book?.bidLevels, book?.askLevels]).toEqual([20, 20]);
    expect([book?.coverage.bidHorizon, book?.coverage.askHorizon]).toEqual([
      book?.top.bidTicks[19],
      book?.top.askTicks[19],
    ]);
  });

  it('says of a coin that is not there that it is not there, and goes on with the others', async () => {
    const { desk, server } = await play(['BTC', 'NOPE']);
    expect(desk.part('NOPE')?.status.book.state).toBe('rejected');
    expect(desk.part('BTC')?.status.book.state).toBe('live');
    desk.want(['NOPE']);
    await desk.passTo(desk.clock.now() + 500);
    expect(server.subscribed).toEqual([]);
  });

  it('pings, however much it hears', async () => {
    const { desk, server } = await play();
    for (let second = 0; second < 20; second++) {
      await desk.passTo(desk.clock.now() + 1_000);
      server.play(lines[lines.length - 1].m);
    }
    expect(server.heardMethods).toContain('ping');
  });
});

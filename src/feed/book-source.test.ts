import { describe, expect, it } from 'vitest';
import { FeedDesk, snapshotBody, spotDiff, wantedOf } from './testing/feed-desk.ts';
import { SocketDesk, type SocketServer } from './testing/socket-desk.ts';
import { coinbase } from './venues/coinbase.ts';
import { okx } from './venues/okx.ts';

const START = 1_700_000_000_000;
const isoMicros = (ms: number): string => new Date(ms).toISOString();

type Say = (text: string) => void;

/** An OKX without HTTP whose books move every half second, wherever they are subscribed. */
class BusyOkx implements SocketServer {
  readonly wanted = new Map<string, Set<Say>>();
  pushes = true;
  /** Subscriptions and their ends that it was asked for. */
  operations = 0;
  private id = 10;
  private now = START;

  heard(text: string, say: Say): void {
    if (text === 'ping') {
      say('pong');
      return;
    }
    this.operations++;
    const { id, op, args } = JSON.parse(text) as {
      id: string;
      op: string;
      args: { channel: string; instId: string }[];
    };
    for (const arg of args) {
      const name = `${arg.channel}:${arg.instId}`;
      const held = this.wanted.get(name) ?? new Set();
      this.wanted.set(name, held);
      if (op === 'subscribe') held.add(say);
      else held.delete(say);
      say(JSON.stringify({ id, event: op, arg, connId: 'a' }));
      if (op === 'subscribe' && arg.channel === 'books' && this.pushes) say(this.message(arg.instId, 'snapshot', -1));
    }
  }

  gone(say: Say): void {
    for (const held of this.wanted.values()) held.delete(say);
  }

  speak(now: number): void {
    this.id++;
    this.now = now;
    for (const [name, held] of this.wanted) {
      const [channel, instId] = name.split(':');
      for (const say of held) {
        if (channel === 'books') say(this.message(instId, 'update', this.id - 1));
        if (channel === 'books5')
          say(
            `{"arg":{"channel":"books5","instId":"${instId}"},"data":[{"asks":[["100.1","2","0","1"]],"bids":[["100","${this.id}","0","1"]],"instId":"${instId}","ts":"${this.now}","seqId":${this.id}}]}`,
          );
      }
    }
  }

  get books5(): number {
    return [...this.wanted].filter(([name, held]) => name.startsWith('books5') && held.size > 0).length;
  }

  private message(instId: string, action: string, previous: number): string {
    const asks = action === 'snapshot' ? '["100.1","2","0","1"]' : '';
    return `{"arg":{"channel":"books","instId":"${instId}"},"action":"${action}","data":[{"asks":[${asks}],"bids":[["100","${this.id}","0","1"]],"ts":"${this.now}","checksum":0,"prevSeqId":${previous},"seqId":${this.id}}]}`;
  }
}

async function speakUntil(desk: SocketDesk, server: BusyOkx, time: number): Promise<void> {
  while (desk.clock.now() < time) {
    server.speak(desk.clock.now());
    await desk.passTo(Math.min(time, desk.clock.now() + 500));
  }
}

describe('[F18] a venue that pushes the first book of a stream', () => {
  const symbols = Array.from({ length: 24 }, (_, i) => `C${i}-USDT`);

  it('is given time to, however many instruments wait for their turn to be subscribed', async () => {
    const server = new BusyOkx();
    const desk = new SocketDesk('okx', okx, server, START);
    desk.want(symbols);
    await speakUntil(desk, server, START + 14_000);
    expect(server.books5).toBe(0);
    for (const symbol of symbols)
      expect(desk.part(symbol)?.status.book, symbol).toMatchObject({ state: 'live', proof: 'sequence' });
  });

  it('is asked for it again on the next socket, when it did not on the last', async () => {
    const server = new BusyOkx();
    server.pushes = false;
    const desk = new SocketDesk('okx', okx, server, START);
    desk.want(['C0-USDT']);
    await speakUntil(desk, server, START + 40_000);
    expect(desk.part('C0-USDT')?.status.book).toMatchObject({ state: 'live', proof: 'snapshot' });
    server.pushes = true;
    desk.feed.handle({ kind: 'resume' });
    await speakUntil(desk, server, START + 45_000);
    expect(server.books5).toBe(0);
    expect(desk.part('C0-USDT')?.status.book).toMatchObject({ state: 'live', proof: 'sequence' });
  });
});

describe('[F3] an answer that brought nothing new', () => {
  it('to a question for more levels does not make a silent book current', async () => {
    let at = 10;
    const side = (from: number, by: number): string =>
      Array.from({ length: 1_000 }, (_, i) => `["${((from + i * by) / 100).toFixed(2)}","1"]`).join(',');
    const desk = new FeedDesk({
      answer: (method) =>
        method === 'depth'
          ? { delayMs: 5, result: `{"lastUpdateId":${at},"bids":[${side(10_000, -1)}],"asks":[${side(10_010, 1)}]}` }
          : undefined,
    });
    const id = 'binance:BTCUSDT';
    desk.want(wantedOf(id));
    await desk.pass(100);
    for (let k = 11; k < 80; k++) {
      desk.transport.deliver('btcusdt@depth@100ms', spotDiff(desk.clock, k));
      await desk.pass(100);
    }
    const before = desk.part(id)?.status.book.lastAt;
    // The venue is ahead of a stream that has died.
    at = 500;
    await desk.pass(1_000);
    desk.want(wantedOf(id, { book: { best: 20, priceDecimals: 2, step: 1, window: [8_000, 12_000] } }));
    await desk.pass(500);
    expect(desk.transport.asked.filter(({ params }) => params.limit === 5_000).length).toBe(1);
    expect(desk.part(id)?.status.book.lastAt).toBe(before);
  });
});

describe('[F17] an answer about a book that was given up meanwhile', () => {
  it('says nothing of the one that is being built', async () => {
    let isLate = false;
    const desk = new FeedDesk({
      answer: (method, params) => {
        if (method !== 'depth') return undefined;
        if (!isLate) return { delayMs: 5, result: snapshotBody(10) };
        return params.limit === 5 ? { delayMs: 900, result: snapshotBody(79) } : null;
      },
    });
    const id = 'binance:BTCUSDT';
    desk.want(wantedOf(id));
    await desk.pass(100);
    for (let k = 11; k < 80; k++) {
      desk.transport.deliver('btcusdt@depth@100ms', spotDiff(desk.clock, k));
      await desk.pass(100);
    }
    isLate = true;
    while (!desk.transport.asked.some(({ params }) => params.limit === 5)) await desk.pass(20);
    desk.transport.deliver('btcusdt@depth@100ms', spotDiff(desk.clock, 90));
    await desk.pass(1_500);
    expect(desk.part(id)?.status.book).toMatchObject({ state: 'resyncing', fault: { kind: 'sequence-gap' } });
  });
});

describe('[F35] a book that was built anew', () => {
  it('is not audited before a second source has spoken of it', async () => {
    let say: Say = () => undefined;
    const server: SocketServer = {
      heard: (text, answer) => {
        say = answer;
        const { type, channels, product_ids } = JSON.parse(text) as {
          type: string;
          channels: string[];
          product_ids: string[];
        };
        say(JSON.stringify({ type: 'subscriptions', channels: channels.map((name) => ({ name, product_ids })) }));
        if (type !== 'subscribe' || !channels.includes('level2_batch')) return;
        const book = {
          product_id: 'BTC-USD',
          asks: [['100.10', '2']],
          bids: [['100.00', '1']],
          time: isoMicros(START),
        };
        say(JSON.stringify({ type: 'snapshot', ...book }));
      },
      gone: () => {
        say = () => undefined;
      },
    };
    const desk = new SocketDesk('coinbase', coinbase, server, START);
    desk.want(['BTC-USD']);
    await desk.passTo(START + 200);
    const ticker = (id: number): string =>
      `{"type":"ticker","sequence":${id},"product_id":"BTC-USD","price":"100.00","open_24h":"1","volume_24h":"1","low_24h":"1","high_24h":"200","volume_30d":"1","best_bid":"100.00","best_bid_size":"1","best_ask":"100.10","best_ask_size":"2","side":"buy","time":"${isoMicros(START + 200)}","trade_id":${id},"last_size":"1"}`;
    say(ticker(7));
    say(ticker(8));
    await desk.passTo(START + 300);
    expect(desk.part('BTC-USD')?.status.book.proof).toBe('audit');
    say('{"type":"l2update","product_id":"BTC-USD","changes":[["buy","1');
    await desk.passTo(START + 500);
    expect(desk.part('BTC-USD')?.status.book).toMatchObject({ state: 'live', proof: 'unverified', provenAt: 0 });
  });
});

describe('[F9] a venue that counts subscriptions', () => {
  it('is not asked more often than it allows in an hour whether thin markets are merely quiet', async () => {
    const server = new BusyOkx();
    const desk = new SocketDesk('okx', okx, server, START);
    desk.want(['C0-USDT', 'C1-USDT', 'C2-USDT']);
    const hour = 3_600_000;
    while (desk.clock.now() < START + hour) {
      server.speak(desk.clock.now());
      await desk.passTo(desk.clock.now() + 2_000);
    }
    expect(desk.connects).toBe(2);
    expect(server.operations).toBeLessThan(480);
    expect(desk.part('C0-USDT')?.status.book.state).toBe('live');
  });
});

describe('[F18] whole books that stand in for a snapshot', () => {
  const id = 'binance:BTCUSDT';
  const whole = 'btcusdt@depth20@100ms';

  /** Let time pass while the venue sends whole books to whoever asked for them. */
  async function passWhole(desk: FeedDesk, ms: number, from: number): Promise<void> {
    for (let k = 0; k < ms / 500; k++) {
      desk.transport.deliver(whole, `{"lastUpdateId":${from + k},"bids":[["100.00","1"]],"asks":[["100.10","1"]]}`);
      await desk.pass(500);
    }
  }

  it('stand in again when the snapshot that ended them was the last one to be had', async () => {
    let answers = 0;
    const refused = { delayMs: 2, status: 400, error: '{"code":-1000,"msg":"not here"}' };
    const desk = new FeedDesk({
      answer: (method) => {
        if (method !== 'depth') return undefined;
        return answers-- > 0 ? { delayMs: 2, result: snapshotBody(10) } : refused;
      },
    });
    desk.want(wantedOf(id));
    await passWhole(desk, 65_000, 1_000);
    expect(desk.part(id)?.status.book).toMatchObject({ state: 'live', proof: 'snapshot' });
    answers = 1;
    await passWhole(desk, 62_000, 2_000);
    expect(desk.states(id).at(-1)).toBe('resyncing');
    await passWhole(desk, 65_000, 3_000);
    expect(desk.part(id)?.status.book).toMatchObject({ state: 'live', proof: 'snapshot' });
  });
});

import { describe, expect, it } from 'vitest';
import { SocketDesk, type SocketServer } from './testing/socket-desk.ts';
import { coinbase } from './venues/coinbase.ts';
import { okx } from './venues/okx.ts';

const START = 1_700_000_000_000;
const isoMicros = (ms: number): string => new Date(ms).toISOString();

/** A venue that a test speaks for, with its sockets in the order they were opened. */
class Script implements SocketServer {
  readonly sockets: ((text: string) => void)[] = [];

  constructor(private readonly answer: (text: string, socket: number, say: (text: string) => void) => void) {}

  heard(text: string, say: (text: string) => void): void {
    if (!this.sockets.includes(say)) this.sockets.push(say);
    this.answer(text, this.sockets.indexOf(say), say);
  }

  gone(): void {
    // Nothing ends with a socket here.
  }
}

/** Best bid of a book by its digest text. */
const bids = (desk: SocketDesk, symbol: string): string[] =>
  (desk.feed.digestOf(desk.id(symbol))?.text ?? '').split('\n').filter((line) => line.startsWith('b|'));

describe('[F11] two sockets of a venue that numbers nothing', () => {
  const changed = (price: string, size: string): string =>
    `{"type":"l2update","product_id":"BTC-USD","changes":[["buy","${price}","${size}"]],"time":"${isoMicros(START + 500)}"}`;

  it('are never mixed: the book follows the newer one from its first book on', async () => {
    let books = 0;
    const server = new Script((text, _, say) => {
      const { type, channels = [] } = JSON.parse(text) as { type: string; channels?: string[] };
      if (type !== 'subscribe') return;
      const list = channels.map((name) => `{"name":"${name}","product_ids":["BTC-USD"]}`);
      say(`{"type":"subscriptions","channels":[${list.join(',')}]}`);
      if (!channels.includes('level2_batch')) return;
      books++;
      say(
        `{"type":"snapshot","product_id":"BTC-USD","asks":[["100.10","2"]],"bids":[["100.00","${books}"]],"time":"${isoMicros(START)}"}`,
      );
    });
    const desk = new SocketDesk('coinbase', coinbase, server, START);
    desk.want(['BTC-USD']);
    await desk.passTo(START + 200);
    expect(bids(desk, 'BTC-USD')).toEqual(['b|100|1']);
    server.sockets[0]('{"type":"error","message":"ErrSlowConsume"}');
    await desk.passTo(START + 300);
    expect([server.sockets.length, bids(desk, 'BTC-USD')]).toEqual([2, ['b|100|2']]);
    server.sockets[0](changed('100.00', '9'));
    server.sockets[1](changed('99.00', '3'));
    await desk.passTo(START + 400);
    expect(bids(desk, 'BTC-USD')).toEqual(['b|100|2', 'b|99|3']);
    await desk.passTo(START + 3_000);
    server.sockets[1](changed('98.00', '4'));
    await desk.passTo(START + 3_100);
    expect(bids(desk, 'BTC-USD')).toEqual(['b|100|2', 'b|99|3', 'b|98|4']);
    expect(desk.part('BTC-USD')?.counters).toMatchObject({ resyncs: 0, rejected: 0 });
    expect(desk.bookStates('BTC-USD')).not.toContain('resyncing');
  });
});

describe('[F11] two sockets of a venue that numbers its books', () => {
  const level = (price: string, size: number): string => `["${price}","${size}","0","1"]`;
  const message = (action: string, from: number, to: number): string =>
    `{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"${action}","data":[{"asks":[${action === 'snapshot' ? level('100.1', 2) : ''}],"bids":[${level('100', to)}],"ts":"${START + to}","checksum":0,"prevSeqId":${from},"seqId":${to}}]}`;

  it('change places without a gap, a resync or a step back, whichever of them is ahead', async () => {
    let first = 10;
    const server = new Script((text, _, say) => {
      if (text === 'ping') return;
      const { id, op, args } = JSON.parse(text) as { id: string; op: string; args: { channel: string }[] };
      for (const arg of args) {
        say(JSON.stringify({ id, event: op, arg, connId: 'a' }));
        if (op === 'subscribe' && arg.channel === 'books') say(message('snapshot', -1, first));
      }
    });
    const desk = new SocketDesk('okx', okx, server, START);
    desk.want(['BTC-USDT']);
    await desk.passTo(START + 100);
    const [old] = server.sockets;
    for (let id = 11; id <= 15; id++) old(message('update', id - 1, id));
    await desk.passTo(START + 150);
    expect(bids(desk, 'BTC-USDT')).toEqual(['b|100|15']);
    first = 13;
    old('{"event":"notice","code":"64008","msg":"The connection will soon be closed","connId":"a"}');
    await desk.passTo(START + 250);
    const next = server.sockets[server.sockets.length - 1];
    expect(next).not.toBe(old);
    expect(bids(desk, 'BTC-USDT')).toEqual(['b|100|15']);
    for (let id = 14; id <= 18; id++) next(message('update', id - 1, id));
    for (let id = 16; id <= 17; id++) old(message('update', id - 1, id));
    await desk.passTo(START + 300);
    expect(bids(desk, 'BTC-USDT')).toEqual(['b|100|18']);
    await desk.passTo(START + 2_000);
    next(message('update', 18, 19));
    await desk.passTo(START + 2_100);
    expect(bids(desk, 'BTC-USDT')).toEqual(['b|100|19']);
    expect(desk.part('BTC-USDT')?.counters).toMatchObject({ gaps: 0, resyncs: 0, rejected: 0 });
    expect(desk.bookStates('BTC-USDT').filter((state) => state === 'resyncing')).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { SocketDesk, type SocketServer } from './testing/socket-desk.ts';
import { coinbase } from './venues/coinbase.ts';
import { okx } from './venues/okx.ts';

const START = 1_700_000_000_000;
const isoMicros = (ms: number): string => new Date(ms).toISOString();

type Say = (text: string) => void;

/** A venue whose answers a test gives, over the socket opened last. */
class Answering implements SocketServer {
  readonly heardTexts: string[] = [];
  say: Say = () => undefined;

  constructor(private readonly answer: (text: string, say: Say) => void) {}

  heard(text: string, say: Say): void {
    this.say = say;
    this.heardTexts.push(text);
    this.answer(text, say);
  }

  gone(): void {
    this.say = () => undefined;
  }
}

interface Operation {
  readonly id: string;
  readonly op: string;
  readonly args: readonly { readonly channel: string; readonly instId: string }[];
}

const okxBook = (symbol: string, from: number, to: number, now: number): string =>
  `{"arg":{"channel":"books","instId":"${symbol}"},"action":"${from < 0 ? 'snapshot' : 'update'}","data":[{"asks":[${from < 0 ? '["100.1","2","0","1"]' : ''}],"bids":[["100","${to}","0","1"]],"ts":"${now}","checksum":0,"prevSeqId":${from},"seqId":${to}}]}`;

describe('[F5] answers to subscriptions', () => {
  /** An OKX that acknowledges and serves everything but what is excepted. */
  function desk(isServed: (operation: Operation, channel: string) => boolean, symbols = ['BTC-USDT']) {
    const server = new Answering((text, say) => {
      if (text === 'ping') {
        say('pong');
        return;
      }
      const operation = JSON.parse(text) as Operation;
      for (const arg of operation.args) {
        if (!isServed(operation, arg.channel)) continue;
        say(JSON.stringify({ id: operation.id, event: operation.op, arg, connId: 'a' }));
        if (operation.op === 'subscribe' && arg.channel === 'books') say(okxBook(arg.instId, -1, 10, START));
      }
    });
    const made = new SocketDesk('okx', okx, server, START);
    made.want(symbols);
    let id = 10;
    const speak = async (until: number, everyMs = 500): Promise<void> => {
      while (made.clock.now() < until) {
        for (const symbol of symbols) server.say(okxBook(symbol, id, id + 1, made.clock.now()));
        id++;
        await made.passTo(made.clock.now() + everyMs);
      }
    };
    const asked = (op: string, channel: string): number =>
      server.heardTexts.filter((text) => text.includes(`"op":"${op}"`) && text.includes(`"channel":"${channel}"`))
        .length;
    return { desk: made, server, speak, asked };
  }

  it('are missed for one stream, though others of the same instrument speak all the time', async () => {
    const { desk: made, speak, asked } = desk((_, channel) => channel !== 'trades');
    await made.passTo(START + 100);
    await speak(START + 12_000);
    expect(asked('subscribe', 'trades')).toBeGreaterThan(1);
    expect(made.part('BTC-USDT')?.status.trades).toMatchObject({
      state: 'rejected',
      fault: { kind: 'subscribe-unanswered' },
    });
    expect(made.part('BTC-USDT')?.status.book.state).toBe('live');
  });

  it('to the end of a stream are none to its beginning anew', async () => {
    // The first subscription of trades is lost, and of the second one only the end before it is answered.
    const { desk: made, speak, asked } = desk(({ op }, channel) => channel !== 'trades' || op === 'unsubscribe');
    await made.passTo(START + 100);
    await speak(START + 12_000);
    expect(asked('unsubscribe', 'trades')).toBeGreaterThan(0);
    expect(made.part('BTC-USDT')?.status.trades.state).toBe('rejected');
  });

  it('that refuse a question nobody remembers refuse nothing else', async () => {
    const { desk: made, server, speak } = desk(() => true, ['BTC-USDT', 'ETH-USDT']);
    await made.passTo(START + 100);
    server.say('{"id":"777","event":"error","code":"60012","msg":"Invalid request","connId":"a"}');
    server.say('{"event":"error","code":"60012","msg":"Invalid request","connId":"a"}');
    await speak(START + 1_000);
    for (const symbol of ['BTC-USDT', 'ETH-USDT']) expect(made.part(symbol)?.status.book.state).toBe('live');
  });
});

describe('[F52] a diff that cannot be read, on a venue that numbers nothing', () => {
  it('costs every book it may have been of, since nothing else would show that it is missing', async () => {
    const server = new Answering((text, say) => {
      const { type, channels, product_ids } = JSON.parse(text) as {
        type: string;
        channels: string[];
        product_ids: string[];
      };
      const list = channels.map((name) => ({ name, product_ids }));
      say(JSON.stringify({ type: 'subscriptions', channels: list }));
      if (type !== 'subscribe' || !channels.includes('level2_batch')) return;
      for (const product_id of product_ids)
        say(
          JSON.stringify({
            type: 'snapshot',
            product_id,
            asks: [['100.10', '2']],
            bids: [['100.00', '1']],
            time: isoMicros(START),
          }),
        );
    });
    const desk = new SocketDesk('coinbase', coinbase, server, START);
    desk.want(['BTC-USD', 'ETH-USD']);
    await desk.passTo(START + 200);
    server.say('{"type":"l2update","product_id":"');
    await desk.passTo(START + 400);
    for (const symbol of ['BTC-USD', 'ETH-USD']) {
      expect(desk.part(symbol)?.counters.resyncs).toBe(1);
      expect(desk.bookStates(symbol)).toContain('resyncing');
      expect(desk.part(symbol)?.status.book.state).toBe('live');
    }
  });
});

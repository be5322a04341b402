import type { DemoSettings } from '@/protocol/command.ts';
import type { Clock } from './clock.ts';
import type { Socket, SocketPeer, Transport } from './transport.ts';
import type { DemoSocket } from './venues/demo/demo-exchange.ts';

type Exchange = ReturnType<typeof import('./venues/demo/demo-exchange.ts')['createDemoExchange']>;

/** The demo exchange as a transport. Its code is a chunk of its own, fetched when the first socket is opened. */
export function demoTransport(settings: DemoSettings, clock: Clock): Transport {
  let exchange: Promise<Exchange> | null = null;
  const load = (): Promise<Exchange> => {
    exchange ??= import('./venues/demo/demo-exchange.ts').then(({ createDemoExchange }) =>
      createDemoExchange(
        { seed: settings.seed, rate: settings.rate, start: settings.start ?? Math.floor(clock.now()) },
        { now: () => clock.now(), schedule: (delayMs, task) => clock.schedule(delayMs, task) },
      ),
    );
    return exchange;
  };
  return {
    connect: (url, peer) => new LazySocket(load(), url, peer),
    request: () => Promise.resolve({ reached: false, detail: 'the demo exchange answers on its socket' }),
  };
}

/** A socket that waits for the exchange to be loaded. */
class LazySocket implements Socket {
  private socket: DemoSocket | null = null;
  private closed = false;

  constructor(exchange: Promise<Exchange>, url: string, peer: SocketPeer) {
    exchange.then(
      (loaded) => {
        if (!this.closed) this.socket = loaded.connect(url, peer);
      },
      (failure: unknown) => {
        if (!this.closed) peer.onClose(1006, `the demo exchange could not be loaded: ${String(failure)}`);
      },
    );
  }

  send(text: string): void {
    this.socket?.send(text);
  }

  close(): void {
    this.closed = true;
    this.socket?.close();
  }
}

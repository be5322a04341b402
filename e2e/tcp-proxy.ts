import { connect, createServer, type Socket } from 'node:net';

/** A wire between the page and a server of this machine, that can be cut without either end being told. */
export interface TcpProxy {
  readonly port: number;
  /** When connections were opened, by the clock of this process. */
  readonly opened: readonly number[];
  /** From now on nothing more passes over the connections that are open, either way; they stay open. New ones work. */
  blackHole(): void;
  close(): Promise<void>;
}

/** @param port  of the server behind it */
export async function startTcpProxy(port: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const opened: number[] = [];
  const server = createServer((near) => {
    opened.push(performance.now());
    const far = connect(port, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    opened,
    blackHole() {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        // What comes is taken and lost, as by a router that forgot the connection.
        near.resume();
        far.resume();
      }
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const [near, far] of pairs) {
          near.destroy();
          far.destroy();
        }
      }),
  };
}

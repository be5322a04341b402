import { createServer, type Socket } from 'node:net';

/** A machine that takes connections and answers nothing. */
export interface DeadServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @param takes whether a connection that began with this text is left hanging; others are dropped */
export async function startDeadServer(takes: (head: string) => boolean = () => true): Promise<DeadServer> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    socket.once('data', (head) => {
      if (!takes(head.toString('latin1'))) socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

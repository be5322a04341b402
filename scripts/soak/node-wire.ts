import { WebSocket } from 'ws';
import type { HttpAnswer, Socket, SocketPeer, Transport } from '@/feed/transport.ts';

/** Sockets and requests of Node, nothing of them kept. */
export class NodeWire implements Transport {
  /** Sockets that are opening or open. */
  open = 0;

  connect(url: string, peer: SocketPeer): Socket {
    const socket = new WebSocket(url);
    let isOurs = true;
    let detail = '';
    this.open++;
    const leave = (): void => {
      if (isOurs) this.open--;
      isOurs = false;
    };
    socket.on('open', () => isOurs && peer.onOpen());
    socket.on('message', (data, isBinary) => isOurs && peer.onText(isBinary ? '' : data.toString()));
    socket.on('error', (failure) => {
      detail = failure.message;
    });
    socket.on('close', (code, reason) => {
      const wasOurs = isOurs;
      leave();
      if (wasOurs) peer.onClose(code, reason.toString() || detail);
    });
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: () => {
        leave();
        socket.terminate();
      },
    };
  }

  async request(url: string, timeoutMs: number, body?: string): Promise<HttpAnswer> {
    try {
      const response = await fetch(url, {
        signal: AbortSignal.timeout(timeoutMs),
        ...(body !== undefined && { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
      });
      const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1_000;
      return { reached: true, status: response.status, text: await response.text(), retryAfterMs };
    } catch (failure) {
      return { reached: false, detail: failure instanceof Error ? failure.message : String(failure) };
    }
  }
}

import { WebSocket } from 'ws';
import type { HttpAnswer, Socket, SocketPeer, Transport } from '@/feed/transport.ts';

/** One line of what passed, in the form of a capture. */
export interface PassedLine {
  readonly t: number;
  readonly c: number;
  readonly dir: 'in' | 'out' | 'http';
  readonly url?: string;
  readonly m: string;
}

/** What the venue's web server said about pages of other origins. */
export interface CorsNote {
  readonly url: string;
  readonly allowed: string;
}

/** Real sockets and requests from Node, everything that passes written down. */
export class RecordingWire implements Transport {
  readonly lines: PassedLine[] = [];
  readonly cors: CorsNote[] = [];
  private connections = 0;

  connect(url: string, peer: SocketPeer): Socket {
    const c = this.connections++;
    const socket = new WebSocket(url, { headers: { Origin: 'http://127.0.0.1:4173' } });
    let isFirst = true;
    const note = (dir: 'in' | 'out', m: string): void => {
      this.lines.push({
        t: Math.round((performance.timeOrigin + performance.now()) * 1000),
        c,
        dir,
        ...(isFirst && { url }),
        m,
      });
      isFirst = false;
    };
    let detail = '';
    socket.on('open', () => peer.onOpen());
    socket.on('message', (data, isBinary) => {
      const text = isBinary ? '' : data.toString();
      note('in', text);
      peer.onText(text);
    });
    socket.on('error', (failure) => {
      detail = failure.message;
    });
    socket.on('close', (code, reason) => peer.onClose(code, reason.toString() || detail));
    return {
      send: (text) => {
        note('out', text);
        socket.send(text);
      },
      close: () => {
        socket.removeAllListeners();
        socket.on('error', () => undefined);
        socket.close();
      },
    };
  }

  async request(url: string, timeoutMs: number, body?: string): Promise<HttpAnswer> {
    try {
      const response = await fetch(url, {
        signal: AbortSignal.timeout(timeoutMs),
        headers: { Origin: 'http://127.0.0.1:4173', ...(body !== undefined && { 'Content-Type': 'application/json' }) },
        ...(body !== undefined && { method: 'POST', body }),
      });
      const text = await response.text();
      this.cors.push({ url, allowed: response.headers.get('access-control-allow-origin') ?? 'not allowed' });
      this.lines.push({
        t: Math.round((performance.timeOrigin + performance.now()) * 1000),
        c: -1,
        dir: 'http',
        url,
        m: text,
      });
      return {
        reached: true,
        status: response.status,
        text,
        retryAfterMs: Number(response.headers.get('retry-after') ?? 0) * 1000,
      };
    } catch (failure) {
      return { reached: false, detail: failure instanceof Error ? failure.message : String(failure) };
    }
  }
}

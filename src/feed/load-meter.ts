import type { Millis } from '@/market/time.ts';
import type { HealthReply } from '@/protocol/reply.ts';
import type { Socket, Transport } from './transport.ts';

/** Measures how busy the worker is and how much comes in. It stands outside the feed, which must not know. */
export class LoadMeter {
  private busyMs = 0;
  private messages = 0;
  private bytes = 0;
  private reportedAt = 0;

  constructor(private readonly stopwatch: () => number) {}

  /** Run a task and count its time as work. */
  run(task: () => void): void {
    const start = this.stopwatch();
    task();
    this.busyMs += this.stopwatch() - start;
  }

  /** The same transport, its messages counted and their handling timed. */
  measured(transport: Transport): Transport {
    return {
      connect: (url, peer): Socket =>
        transport.connect(url, {
          onOpen: () => this.run(() => peer.onOpen()),
          onClose: (code, detail) => this.run(() => peer.onClose(code, detail)),
          onText: (text) => {
            const start = this.stopwatch();
            peer.onText(text);
            this.busyMs += this.stopwatch() - start;
            this.messages++;
            this.bytes += text.length;
          },
        }),
      request: (url, timeoutMs) => transport.request(url, timeoutMs),
    };
  }

  /** Figures since the last report. */
  report(at: Millis, sockets: number, clockOffsetMs: number | null): HealthReply {
    const now = this.stopwatch();
    const seconds = Math.max(0.001, (now - this.reportedAt) / 1000);
    const reply: HealthReply = {
      kind: 'health',
      at,
      busyPercent: Math.min(100, this.busyMs / (seconds * 10)),
      messagesPerSecond: this.messages / seconds,
      bytesPerSecond: this.bytes / seconds,
      sockets,
      clockOffsetMs,
    };
    this.busyMs = 0;
    this.messages = 0;
    this.bytes = 0;
    this.reportedAt = now;
    return reply;
  }
}

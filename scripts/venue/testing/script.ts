import type { Capture, CaptureLine } from '../../capture-file';

/** Writes a short recording of one socket, message by message. */
export class RecordingScript {
  /** Venue time of the next message, ms. */
  now = Date.UTC(2026, 2, 2, 12, 0, 40);
  readonly #lines: CaptureLine[] = [];
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** A received frame, 20 ms of travel after its venue time; then `ms` go by. */
  hear(message: unknown, ms = 100): this {
    const m = typeof message === 'string' ? message : JSON.stringify(message);
    return this.#add({ c: 0, dir: 'in', m, ...(this.#lines.some(({ c }) => c === 0) ? {} : { url: this.#url }) }, ms);
  }

  /** An answered request. */
  answer(url: string, body: unknown): this {
    return this.#add({ c: -1, dir: 'http', url, m: JSON.stringify(body) }, 0);
  }

  wait(ms: number): this {
    this.now += ms;
    return this;
  }

  get iso(): string {
    return new Date(this.now).toISOString().replace('Z', '000Z');
  }

  capture(file = 'script.jsonl'): Capture {
    return { file, header: null, lines: this.#lines };
  }

  #add(line: Omit<CaptureLine, 'line' | 't'>, ms: number): this {
    this.#lines.push({ ...line, line: this.#lines.length, t: (this.now + 20) * 1000 });
    this.now += ms;
    return this;
  }
}

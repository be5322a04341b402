import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { type RunningVenue, startVenue, type VenueOptions } from '../start-venue';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A capture shipped with the repository. */
export function shipped(name: string): string {
  return `${ROOT}e2e/captures/${name}`;
}

/** A real recording, or null where they are not on this machine. */
export function recorded(name: string): string | null {
  const folder = process.env.CAPTURES_DIR ?? `${ROOT}../shared/captures`;
  const file = `${folder}/${name}`;
  return existsSync(file) ? file : null;
}

/** Runs a test against a venue server of its own, which is closed whatever happens. */
export async function withVenue(options: VenueOptions, use: (venue: RunningVenue) => Promise<void>): Promise<void> {
  const venue = await startVenue(options);
  try {
    await use(venue);
  } finally {
    await venue.close();
  }
}

/** Resolves once the condition holds; rejects with what was waited for after `ms`. */
export async function until(what: string, condition: () => boolean, ms = 4_000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain until ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A bare socket that keeps what it hears. */
export class Listener {
  readonly heard: string[] = [];
  closedWith: number | null = null;
  readonly #ws: WebSocket;

  private constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.on('message', (data, isBinary) =>
      this.heard.push(isBinary ? `binary ${(data as Buffer).length}` : data.toString()),
    );
    ws.on('close', (code) => {
      this.closedWith = code;
    });
    ws.on('error', () => ws.terminate());
  }

  static async open(url: string): Promise<Listener> {
    const ws = new WebSocket(url.replace(/^http/, 'ws'));
    const listener = new Listener(ws);
    await new Promise<void>((resolve, reject) => {
      ws.once('open', () => resolve());
      ws.once('unexpected-response', (_, response) => reject(new Error(`refused ${response.statusCode}`)));
      ws.once('error', reject);
    });
    return listener;
  }

  send(message: unknown): void {
    this.#ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  ping(): void {
    this.#ws.ping();
  }

  /** Sends and waits for the next message with the same id (or, without one, for the next of any kind). */
  async ask(message: Readonly<Record<string, unknown>> | string): Promise<Record<string, unknown>> {
    const from = this.heard.length;
    const id = typeof message === 'string' ? undefined : message.id;
    this.send(message);
    const find = (): Record<string, unknown> | undefined =>
      this.heard
        .slice(from)
        .map(parse)
        .find((heard) => heard !== null && (id === undefined ? !('e' in heard) : heard.id === id)) ?? undefined;
    await until(`an answer to ${JSON.stringify(message)}`, () => find() !== undefined);
    return find() as Record<string, unknown>;
  }

  messages(): Record<string, unknown>[] {
    return this.heard.map(parse).filter((message) => message !== null);
  }

  close(): void {
    this.#ws.terminate();
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { WebSocket } from 'ws';
import type { Faults } from './faults';

/** A payload on its way to everybody who subscribed to its channel. */
export interface Outgoing {
  /** Empty: for every stream socket, as it stands. */
  readonly channel: string;
  readonly text: string;
  readonly symbol: string;
  /** Set on book diffs: the ids it carries, which the faults `drop`, `dup`, `swap` and `hold` count and find. */
  readonly diff?: { readonly first: number; readonly last: number };
  /** Number of the book's change it tells of: whoever got a later snapshot of that channel does not get it. */
  readonly serial?: number;
}

const CONGESTED_BYTES = 1 << 20;
const HOPELESS_BYTES = 512 << 20;
const CAN_BE_SENT = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999);

/** One client socket: what it subscribed to, and everything sent to it, in order and as late as asked for. */
export class Peer {
  readonly id: number;
  /** Channel to the names it was subscribed under. */
  readonly names = new Map<string, Set<string>>();
  /** Change of the book that the snapshot sent on a channel already holds. */
  readonly since = new Map<string, number>();
  /** Names acknowledged that never send anything. */
  readonly silent = new Set<string>();
  readonly path: string;
  readonly openedAt = Date.now();
  /** How the protocol dresses a payload sent under a subscribed name. */
  dress: (name: string, text: string) => string = (_, text) => text;
  /** Whether market messages without a channel (garbage, bare recordings) are for it. */
  takesMarket = true;
  sent = 0;
  received = 0;
  lastHeard = performance.now();
  lastPing = performance.now();
  lastPong = performance.now();
  /** A text frame came in, or (null) a binary one. */
  onMessage: (text: string | null) => void = ignore;
  /** A ping or pong frame came in. */
  onControl: () => void = ignore;
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #faults: Faults;
  #queue: { due: number; deliver: () => void; bytes: number }[] = [];
  #queuedBytes = 0;
  #lastDue = 0;
  #timer: NodeJS.Timeout | null = null;
  #corked = false;

  constructor(id: number, ws: WebSocket, socket: Socket, path: string, faults: Faults) {
    this.id = id;
    this.path = path;
    this.#ws = ws;
    this.#socket = socket;
    this.#faults = faults;
  }

  get open(): boolean {
    return this.#ws.readyState === this.#ws.OPEN;
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount + this.#queuedBytes;
  }

  /** A market message: lost while the venue is silent. */
  send(text: string): void {
    this.sent++;
    this.#enqueue(this.#faults.outDelayMs(), text.length, () => this.#write(text));
  }

  /** An acknowledgement or answer: waits for the end of a silence instead of being lost. */
  reply(text: string): void {
    const wait = Math.max(0, this.#faults.silentUntil - performance.now());
    this.#enqueue(wait + this.#faults.outDelayMs(), text.length, () => this.#write(text));
  }

  sendBytes(bytes: Buffer): void {
    this.#enqueue(this.#faults.outDelayMs(), bytes.length, () => this.#ws.send(bytes, { binary: true }));
  }

  ping(): void {
    this.lastPing = performance.now();
    if (performance.now() >= this.#faults.silentUntil) this.#ws.ping(String(Date.now()));
  }

  close(code: number, reason = ''): void {
    if (code === 1006) this.#ws.terminate();
    else if (CAN_BE_SENT(code)) this.#ws.close(code, reason);
    else this.#ws.close();
  }

  terminate(): void {
    this.#ws.terminate();
  }

  /** A TCP reset instead of a closing handshake. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#queue = [];
  }

  #enqueue(delayMs: number, bytes: number, deliver: () => void): void {
    if (delayMs <= 0 && this.#queue.length === 0) {
      deliver();
      return;
    }
    this.#lastDue = Math.max(this.#lastDue, performance.now() + delayMs);
    this.#queuedBytes += bytes;
    this.#queue.push({ due: this.#lastDue, deliver, bytes });
    this.#arm();
  }

  #arm(): void {
    if (this.#timer !== null || this.#queue.length === 0) return;
    this.#timer = setTimeout(() => this.#drain(), Math.max(0, this.#queue[0].due - performance.now()));
  }

  #drain(): void {
    this.#timer = null;
    const now = performance.now() + 0.5;
    let count = 0;
    for (const entry of this.#queue) {
      if (entry.due > now) break;
      this.#queuedBytes -= entry.bytes;
      entry.deliver();
      count++;
    }
    this.#queue.splice(0, count);
    this.#arm();
  }

  // Corked for the rest of the task, so that a batch of frames is one system call.
  #write(text: string): void {
    if (!this.open) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#ws.send(text);
    if (this.#ws.bufferedAmount > HOPELESS_BYTES) this.terminate();
  }
}

function ignore(): void {
  // Until the protocol has taken the socket over there is nobody to tell.
}

/** All open sockets of one venue, and the way market messages reach them. */
export class Hub {
  readonly peers = new Set<Peer>();
  readonly #faults: Faults;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** Sends to whoever subscribed, after the faults have had their say. */
  publish(message: Outgoing): void {
    for (const out of this.#faults.pass(message)) this.#deliver(out);
  }

  /** Whether anybody listens: what is derived is not made for nobody. */
  wants(channel: string): boolean {
    for (const peer of this.peers) if (peer.names.has(channel)) return true;
    return false;
  }

  get congested(): boolean {
    for (const peer of this.peers) if (peer.open && peer.bufferedBytes > CONGESTED_BYTES) return true;
    return false;
  }

  dispose(): void {
    for (const peer of this.peers) {
      peer.dispose();
      peer.terminate();
    }
    this.peers.clear();
  }

  #deliver(message: Outgoing): void {
    for (const peer of this.peers) {
      if (message.channel === '') {
        if (peer.takesMarket) peer.send(message.text);
        continue;
      }
      const names = peer.names.get(message.channel);
      if (names === undefined) continue;
      if (message.serial !== undefined && message.serial <= (peer.since.get(message.channel) ?? -1)) continue;
      for (const name of names) {
        if (!this.#faults.isMuted(name)) peer.send(peer.dress(name, message.text));
      }
    }
  }
}

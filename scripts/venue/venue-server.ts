import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { Chaos } from './chaos';
import { control } from './control';
import { Faults } from './faults';
import { Hub, Peer } from './hub';
import { Replay, type Speed } from './replay';
import { type MarketSettings, type RestAnswer, type RestRequest, VenueError, type VenueMarket } from './venue-protocol';

export interface ServerSettings extends MarketSettings {
  readonly speed: Speed;
  readonly loop: boolean;
  readonly latencyMs: number;
  readonly cors: boolean;
}

const LOOPBACK = ['127.0.0.1', '::1'] as const;
const MOST_REQUEST_BYTES = 64 << 10;
const CORS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
  'Access-Control-Allow-Headers': '*',
  'Access-Control-Expose-Headers': 'Retry-After, X-MBX-USED-WEIGHT-1M',
  'Access-Control-Allow-Private-Network': 'true',
};

/** One venue on one loopback port: its sockets, its requests, its replay, its faults, its control addresses. */
export class VenueServer {
  readonly market: VenueMarket;
  readonly faults: Faults;
  readonly hub: Hub;
  readonly replay: Replay;
  readonly chaos: Chaos;
  port = 0;
  readonly #settings: ServerSettings;
  readonly #sockets: WebSocketServer;
  readonly #connections = new Set<Socket>();
  #servers: Server[] = [];
  #refusing: NodeJS.Timeout | null = null;
  #nextPeer = 1;

  constructor(market: VenueMarket, settings: ServerSettings) {
    this.market = market;
    this.#settings = settings;
    this.faults = new Faults(settings.latencyMs);
    this.hub = new Hub(this.faults);
    this.replay = new Replay(market.timeline, settings.speed, settings.loop, {
      begin: () => {
        market.begin();
        this.chaos.begin();
      },
      beginLap: (lap) => market.beginLap(lap),
      play: (index, lap) => this.#play(index, lap),
      waits: (index) => market.waits(index),
      congested: () => this.hub.congested,
      passTime: () => market.passTime(),
      shiftClock: (ms) => market.shiftClock(ms),
      finish: () => market.finish(),
    });
    this.chaos = new Chaos({
      faults: this.faults,
      hub: this.hub,
      replay: this.replay,
      market,
      refuse: (ms) => this.#refuse(ms),
    });
    const { hub, faults, replay, chaos } = this;
    market.enter({ hub, faults, replay, chaos, settings });
    this.#sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MOST_REQUEST_BYTES });
  }

  /** @throws VenueError when the port is taken. */
  async listen(port: number): Promise<void> {
    const first = await this.#listenOn(LOOPBACK[0], port);
    this.port = (first.address() as AddressInfo).port;
    this.#servers = [first];
    // So that the name localhost works where it means ::1; a machine without IPv6 does without.
    const second = await this.#listenOn(LOOPBACK[1], this.port).catch(() => null);
    if (second !== null) this.#servers.push(second);
  }

  async close(): Promise<void> {
    if (this.#refusing !== null) clearTimeout(this.#refusing);
    this.replay.dispose();
    this.chaos.dispose();
    this.market.dispose();
    this.hub.dispose();
    await this.#stopListening();
  }

  #play(index: number, lap: number): void {
    if (this.chaos.idle) {
      this.market.play(index, lap);
      return;
    }
    const { file, line } = this.market.timeline.origin(index);
    if (file === 0 && lap === 0) this.chaos.beforeLine(line);
    this.market.play(index, lap);
    if (file === 0 && lap === 0) this.chaos.afterLine(line);
  }

  #listenOn(host: string, port: number): Promise<Server> {
    const server = createServer((request, response) => void this.#onRequest(request, response));
    server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
    server.on('connection', (socket) => {
      socket.setNoDelay(true);
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
      socket.on('error', () => socket.destroy());
    });
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = error.code === 'EADDRINUSE';
        reject(
          new VenueError(
            taken
              ? `Port ${port} is taken; choose another with --port.`
              : `Port ${port} cannot be opened: ${error.message}.`,
          ),
        );
      });
      server.listen({ port, host, exclusive: true }, () => resolve(server));
    });
  }

  async #stopListening(): Promise<void> {
    const servers = this.#servers.splice(0);
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const socket of this.#connections) socket.destroy();
    await Promise.all(closed);
  }

  #refuse(ms: number): void {
    if (this.#refusing !== null) clearTimeout(this.#refusing);
    // After the answer to whoever asked for it has left.
    setTimeout(() => {
      for (const socket of this.#connections) socket.resetAndDestroy();
      void this.#stopListening();
    }, 20);
    this.#refusing = setTimeout(() => {
      this.#refusing = null;
      this.listen(this.port).catch((error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      });
    }, ms + 20);
  }

  #onUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const socket = stream as Socket;
    const wanted = readRequest(request);
    const upgrade = wanted === null ? { refuse: 400 } : this.market.upgrade(wanted);
    if ('refuse' in upgrade) {
      const headers = { Connection: 'close', 'Content-Length': '0', ...('headers' in upgrade ? upgrade.headers : {}) };
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 ${upgrade.refuse} Refused\r\n${lines.join('')}\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (ws) => {
      const peer = new Peer(this.#nextPeer++, ws, socket, request.url ?? '', this.faults);
      this.#attend(ws, peer);
      upgrade.accept(peer);
    });
  }

  #attend(ws: WebSocket, peer: Peer): void {
    this.hub.peers.add(peer);
    ws.on('message', (data, isBinary) => {
      const text = isBinary ? null : data.toString();
      peer.received++;
      this.#afterTheWayIn(() => {
        if (peer.open) peer.onMessage(text);
      });
    });
    ws.on('ping', () => peer.onControl());
    ws.on('pong', () => {
      peer.lastPong = performance.now();
      peer.onControl();
    });
    ws.on('close', () => {
      peer.dispose();
      this.hub.peers.delete(peer);
      this.market.left(peer);
    });
    // A broken frame or connection: the close event follows.
    ws.on('error', () => ws.terminate());
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const heading = readRequest(request);
    const asked = heading === null || body === null ? null : { ...heading, body };
    const commanded = asked === null ? null : control(this, asked);
    if (commanded !== null) {
      this.#reply(response, commanded, 0);
      return;
    }
    if (request.method === 'OPTIONS') {
      this.#reply(response, { status: 204, body: '' }, 0);
      return;
    }
    this.#afterTheWayIn(() => void this.#answer(asked, response));
  }

  async #answer(asked: RestRequest | null, response: ServerResponse): Promise<void> {
    const answer = asked === null ? null : await this.market.answer(asked);
    const silence = Math.max(0, this.faults.silentUntil - performance.now());
    this.#reply(response, answer ?? { status: 404, body: '{"error":"not found"}' }, silence + this.faults.outDelayMs());
  }

  #reply(response: ServerResponse, answer: RestAnswer, delayMs: number): void {
    const headers = {
      'Content-Type': 'application/json;charset=UTF-8',
      'Cache-Control': 'no-store',
      ...(this.#settings.cors ? CORS : {}),
      ...answer.headers,
    };
    const send = (): void => {
      if (!response.destroyed) response.writeHead(answer.status, headers).end(answer.body);
    };
    if (delayMs > 0) setTimeout(send, delayMs);
    else send();
  }

  #afterTheWayIn(action: () => void): void {
    if (this.faults.halfLatencyMs > 0) setTimeout(action, this.faults.halfLatencyMs);
    else action();
  }
}

/** Null when it is too long or the client has gone. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request) {
      bytes += (part as Buffer).length;
      if (bytes <= MOST_REQUEST_BYTES) parts.push(part as Buffer);
    }
  } catch {
    return null;
  }
  return bytes > MOST_REQUEST_BYTES ? null : Buffer.concat(parts).toString('utf8');
}

function readRequest(request: IncomingMessage): RestRequest | null {
  try {
    const url = new URL(request.url ?? '/', 'http://venue');
    const { method = 'GET', headers } = request;
    return { method, path: url.pathname, query: url.searchParams, headers };
  } catch {
    return null;
  }
}

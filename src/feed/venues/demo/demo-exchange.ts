import { createFloor } from './floor';
import { createOrderEntry, type OrderEntry } from './orders';
import { createRequestApi } from './requests';
import { type DemoPeer, type DemoSocket, readRoute, ServerSocket } from './server-socket';

export type { DemoPeer, DemoSocket } from './server-socket';

/**
 * What the simulated exchange is made of. The same three values give the same markets, message for message: `seed` any
 * number, `rate` messages a second per instrument (held to 20 to 5,000), `start` venue time of the first message in ms.
 */
export interface DemoOptions {
  readonly seed: number;
  readonly rate: number;
  readonly start: number;
}

/** Time, as the worker gives it. */
export interface DemoHost {
  /** Milliseconds since 1970, maybe fractional; only differences count, venue time starts at `start`. */
  now(): number;
  /** Runs `task` once after `delayMs`; answers how to prevent it. */
  schedule(delayMs: number, task: () => void): () => void;
}

/** A simulated exchange that speaks the Binance spot protocol over sockets in memory. */
export interface DemoExchange {
  /**
   * Opens a socket. The path decides as on the venue: `…/stream?streams=a/b` (wrapped), `…/ws` and `…/ws/<stream>`
   * (bare), `…/ws-api/v3` (requests). Any other address is closed with 1006.
   */
  connect(url: string, peer: DemoPeer): DemoSocket;
  /** Order entry into one market, as one more person, or null for an unknown symbol. */
  orderEntry(symbol: string): OrderEntry | null;
  /** Stops everything: open sockets, and any opened later, hear nothing more. */
  dispose(): void;
}

const PUMP_MS = 8;
/** A thread that stood still for longer has lost its viewers' place: they are told to come again. */
const MOST_BACKLOG_MS = 5000;

/** @throws never; options out of range are brought into it */
export function createDemoExchange(options: DemoOptions, host: DemoHost): DemoExchange {
  const rate = Math.min(5000, Math.max(20, Number.isFinite(options.rate) ? options.rate : 200));
  const start = Number.isFinite(options.start) ? Math.max(0, Math.floor(options.start)) : Math.floor(host.now());
  const bornAt = host.now();
  const now = (): number => start + Math.max(0, host.now() - bornAt);
  const floor = createFloor({ seed: options.seed, rate, start });
  const sockets = new Set<ServerSocket>();
  const pending = new Set<() => void>();
  let traders = 0;
  let isDisposed = false;
  let isPumping = false;
  let pumpedAt = start;

  const later = (delayMs: number, task: () => void): void => {
    if (isDisposed) return;
    const cancel = host.schedule(delayMs, () => {
      pending.delete(cancel);
      task();
    });
    pending.add(cancel);
  };
  const pump = (): void => {
    isPumping = sockets.size > 0;
    if (!isPumping) return;
    const time = now();
    if (time - pumpedAt > MOST_BACKLOG_MS) goAway();
    pumpedAt = time;
    const unfinished = floor.advance(time);
    later(unfinished ? 0 : PUMP_MS, pump);
  };
  const startPump = (): void => {
    if (isPumping) return;
    isPumping = true;
    // While nobody was connected nothing ran: the markets catch up unheard.
    floor.fallBehind();
    pumpedAt = now();
    later(0, pump);
  };
  const goAway = (): void => {
    floor.fallBehind();
    for (const socket of [...sockets]) socket.drop(1001, 'going away');
  };
  const room = { floor, now, requests: createRequestApi({ floor, now }) };

  return {
    connect(url, peer) {
      const route = readRoute(url);
      const socket = new ServerSocket(route, peer, room, later, (gone) => sockets.delete(gone));
      if (route.kind === 'nowhere') {
        later(0, () => socket.drop(1006, ''));
        return socket;
      }
      sockets.add(socket);
      later(0, () => socket.open());
      startPump();
      return socket;
    },
    orderEntry(symbol) {
      const stall = floor.stall(symbol, now());
      if (stall === null) return null;
      floor.catchUp(symbol, now());
      return createOrderEntry(stall.market, traders++);
    },
    dispose() {
      isDisposed = true;
      for (const cancel of pending) cancel();
      pending.clear();
      for (const socket of sockets) socket.forget();
      sockets.clear();
    },
  };
}

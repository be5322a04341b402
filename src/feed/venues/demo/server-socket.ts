import type { Floor } from './floor';
import { isRecord, parseJson, readId } from './requests';
import { type Listener, parseStreamName, type StreamName } from './streams';

const MOST_STREAMS = 1024;

/** The client's end of a socket. Nothing is called before `connect` has returned. */
export interface DemoPeer {
  onOpen(): void;
  onText(text: string): void;
  onClose(code: number, reason: string): void;
}

/** The handle a client holds. Closing is answered by `onClose(1000, '')`; sending on a closed socket does nothing. */
export interface DemoSocket {
  send(text: string): void;
  close(): void;
}

/** What an address asks for. */
export interface Route {
  readonly kind: 'streams' | 'requests' | 'nowhere';
  readonly isWrapped: boolean;
  readonly streams: readonly string[];
}

const NOWHERE: Route = { kind: 'nowhere', isWrapped: false, streams: [] };

/** Takes an address apart; one that is none of the exchange's goes nowhere. */
export function readRoute(url: string): Route {
  const parts = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*([^?#]*)(?:\?([^#]*))?/i.exec(url);
  if (parts === null) return NOWHERE;
  const path = parts[1].replace(/\/+$/, '');
  if (path.endsWith('/ws-api/v3')) return { kind: 'requests', isWrapped: false, streams: [] };
  if (path.endsWith('/stream')) return { kind: 'streams', isWrapped: true, streams: readStreams(parts[2] ?? '') };
  const raw = /\/ws(?:\/(.+))?$/.exec(path);
  if (raw === null) return NOWHERE;
  return { kind: 'streams', isWrapped: false, streams: raw[1] === undefined ? [] : raw[1].split('/').map(decode) };
}

function readStreams(query: string): string[] {
  const value = query.split('&').find((part) => part.startsWith('streams='));
  return value === undefined ? [] : decode(value.slice('streams='.length)).split('/').filter(Boolean);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign is not a stream's name, and a stream of no such name is simply silent.
    return text;
  }
}

/** What the sockets of one exchange share. */
export interface Room {
  readonly floor: Floor;
  readonly now: () => number;
  readonly requests: (text: string, reply: (text: string) => void) => void;
}

/** The exchange's end of one socket. */
export class ServerSocket implements DemoSocket, Listener {
  readonly #route: Route;
  readonly #peer: DemoPeer;
  readonly #room: Room;
  readonly #later: (delayMs: number, task: () => void) => void;
  readonly #gone: (socket: ServerSocket) => void;
  readonly #streams = new Map<string, StreamName | null>();
  #isWrapped: boolean;
  #state: 'connecting' | 'open' | 'closed' = 'connecting';

  constructor(
    route: Route,
    peer: DemoPeer,
    room: Room,
    later: (delayMs: number, task: () => void) => void,
    gone: (socket: ServerSocket) => void,
  ) {
    this.#route = route;
    this.#isWrapped = route.isWrapped;
    this.#peer = peer;
    this.#room = room;
    this.#later = later;
    this.#gone = gone;
  }

  open(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.#peer.onOpen();
    if (this.#route.streams.length > 0) this.#subscribe(this.#route.streams);
  }

  send(text: string): void {
    if (this.#state !== 'open') return;
    // The other end of a wire is never reached within the call.
    this.#later(0, () => {
      if (this.#state !== 'open') return;
      if (this.#route.kind === 'requests') this.#room.requests(text, (reply) => this.#push(reply));
      else this.#control(text);
    });
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#leave();
    this.#later(0, () => this.#peer.onClose(1000, ''));
  }

  /** Closes from the exchange's side. */
  drop(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#leave();
    this.#peer.onClose(code, reason);
  }

  /** Ends without telling the peer. */
  forget(): void {
    this.#state = 'closed';
    this.#streams.clear();
  }

  deliver(stream: string, body: string): void {
    this.#push(this.#isWrapped ? `{"stream":"${stream}","data":${body}}` : body);
  }

  #push(text: string): void {
    if (this.#state === 'open') this.#peer.onText(text);
  }

  #leave(): void {
    this.#state = 'closed';
    this.#unsubscribe([...this.#streams.keys()]);
    this.#gone(this);
  }

  #control(text: string): void {
    const value = parseJson(text);
    const id = isRecord(value) ? readId(value.id) : null;
    if (!isRecord(value)) this.#push('{"code":3,"msg":"Invalid JSON: expected an object"}');
    else if (id === null) this.#push('{"code":2,"msg":"Invalid request: id must be an integer or a short string"}');
    else if (value.method === 'SUBSCRIBE' || value.method === 'UNSUBSCRIBE')
      this.#enrol(id, value.method, value.params);
    else this.#push(this.#property(id, value.method, value.params));
  }

  #enrol(id: string, method: 'SUBSCRIBE' | 'UNSUBSCRIBE', params: unknown): void {
    const isAdding = method === 'SUBSCRIBE';
    if (!isNames(params)) {
      this.#push(errorText(2, 'Invalid request: params must be a list of stream names', id));
    } else if (isAdding && this.#streams.size + params.length > MOST_STREAMS) {
      this.#push(errorText(2, 'Invalid request: too many streams', id));
    } else {
      this.#push(`{"result":null,"id":${id}}`);
      if (isAdding) this.#subscribe(params);
      else this.#unsubscribe(params);
    }
  }

  #property(id: string, method: unknown, params: unknown): string {
    switch (method) {
      case 'LIST_SUBSCRIPTIONS':
        return `{"result":${JSON.stringify([...this.#streams.keys()])},"id":${id}}`;
      case 'GET_PROPERTY':
        return `{"result":${this.#isWrapped},"id":${id}}`;
      case 'SET_PROPERTY':
        if (!Array.isArray(params) || params[0] !== 'combined') return errorText(0, 'Unknown property', id);
        if (typeof params[1] !== 'boolean') return errorText(1, 'Invalid value type: expected Boolean', id);
        this.#isWrapped = params[1];
        return `{"result":null,"id":${id}}`;
      default:
        return errorText(2, `Invalid request: unknown variant ${String(method)}`, id);
    }
  }

  #subscribe(streams: readonly string[]): void {
    for (const stream of streams) {
      if (this.#streams.has(stream)) continue;
      const name = parseStreamName(stream);
      const stall = name === null ? null : this.#room.floor.stall(name.symbol, this.#room.now());
      // As on the venue, a name nobody streams is taken and stays silent.
      this.#streams.set(stream, stall === null ? null : name);
      if (name === null || stall === null) continue;
      stall.subscriptions.add(stream, name, this);
      stall.whenReady(() => {
        if (this.#streams.has(stream)) stall.subscriptions.greet(stream, name, this);
      });
    }
  }

  #unsubscribe(streams: readonly string[]): void {
    for (const stream of streams) {
      const name = this.#streams.get(stream);
      this.#streams.delete(stream);
      if (name == null) continue;
      this.#room.floor.stall(name.symbol, this.#room.now())?.subscriptions.remove(stream, name, this);
    }
  }
}

function isNames(params: unknown): params is string[] {
  return Array.isArray(params) && params.every((name) => typeof name === 'string');
}

function errorText(code: number, message: string, id: string): string {
  return `{"code":${code},"msg":${JSON.stringify(message)},"id":${id}}`;
}

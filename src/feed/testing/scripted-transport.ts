import type { ManualClock } from '../clock.ts';
import type { HttpAnswer, Socket, SocketPeer, Transport } from '../transport.ts';

/** How one request is answered: a body, a refusal, or never. */
export type ScriptedAnswer =
  | { readonly delayMs: number; readonly result: string }
  | { readonly delayMs: number; readonly status: number; readonly error: string }
  | null;

/** One market socket as the venue sees it. */
export interface ServerSide {
  readonly url: string;
  readonly names: Set<string>;
  readonly peer: SocketPeer;
  isOpen: boolean;
  /** Nothing more is sent over it, though it stays open. */
  isSilent: boolean;
}

/** What the client said over a market socket. */
export interface Said {
  readonly at: number;
  readonly method: string;
  readonly params: readonly string[];
  readonly id: number;
}

/** A venue whose every behaviour is scripted, over a clock that a test moves. */
export class ScriptedTransport implements Transport {
  readonly sockets = new Set<ServerSide>();
  readonly said: Said[] = [];
  readonly asked: {
    readonly method: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly at: number;
  }[] = [];
  /** Times of all attempts to open a market socket. */
  readonly attempts: number[] = [];
  /** Each of the next market connects is refused. */
  refusals = 0;
  /** Connects hang without an answer. */
  hangs = false;
  /** Subscriptions are accepted. */
  acknowledges = true;
  /** Request sockets can be opened. */
  hasRequestSocket = true;

  constructor(
    private readonly clock: ManualClock,
    private readonly answer: (method: string, params: Readonly<Record<string, unknown>>) => ScriptedAnswer,
    private readonly http: (url: string) => HttpAnswer = () => ({ reached: false, detail: 'refused' }),
    private readonly onSubscribed: (socket: ServerSide) => void = () => undefined,
  ) {}

  connect(url: string, peer: SocketPeer): Socket {
    return url.includes('ws-api') || url.includes('ws-fapi') ? this.requestSocket(peer) : this.marketSocket(url, peer);
  }

  request(url: string): Promise<HttpAnswer> {
    return Promise.resolve(this.http(url));
  }

  /** Send a message to everybody who subscribed its stream. */
  deliver(stream: string, data: string): void {
    const text = `{"stream":"${stream}","data":${data}}`;
    for (const socket of [...this.sockets]) {
      if (socket.isOpen && !socket.isSilent && socket.names.has(stream)) socket.peer.onText(text);
    }
  }

  /** Send any text to everybody. */
  shout(text: string): void {
    for (const socket of [...this.sockets]) if (socket.isOpen && !socket.isSilent) socket.peer.onText(text);
  }

  /** Close every market socket from the venue's side. */
  hangUp(code: number): void {
    for (const socket of [...this.sockets]) {
      this.sockets.delete(socket);
      if (socket.isOpen) socket.peer.onClose(code, '');
    }
  }

  /** Names subscribed over open sockets. */
  get subscribed(): string[] {
    return [...this.sockets].filter((socket) => socket.isOpen).flatMap((socket) => [...socket.names]);
  }

  private marketSocket(url: string, peer: SocketPeer): Socket {
    this.attempts.push(this.clock.now());
    const side: ServerSide = { url, names: new Set(), peer, isOpen: false, isSilent: false };
    this.sockets.add(side);
    const isRefused = this.refusals > 0;
    if (isRefused) this.refusals--;
    this.clock.schedule(1, () => {
      if (!this.sockets.has(side) || this.hangs) return;
      if (isRefused) {
        this.sockets.delete(side);
        peer.onClose(1006, '');
        return;
      }
      side.isOpen = true;
      peer.onOpen();
    });
    return { send: (text) => this.heard(side, text), close: () => this.sockets.delete(side) };
  }

  private heard(side: ServerSide, text: string): void {
    const message = JSON.parse(text) as { method: string; params: string[]; id: number };
    this.said.push({ at: this.clock.now(), ...message });
    for (const name of message.params) {
      if (message.method === 'SUBSCRIBE') side.names.add(name);
      else side.names.delete(name);
    }
    if (!this.acknowledges) return;
    this.clock.schedule(1, () => {
      if (!this.sockets.has(side) || side.isSilent) return;
      side.peer.onText(`{"result":null,"id":${message.id}}`);
      if (message.method === 'SUBSCRIBE') this.onSubscribed(side);
    });
  }

  private requestSocket(peer: SocketPeer): Socket {
    let isClosed = false;
    this.clock.schedule(1, () => {
      if (isClosed) return;
      if (this.hasRequestSocket) peer.onOpen();
      else peer.onClose(1006, '');
    });
    return {
      send: (text) => {
        const { id, method, params } = JSON.parse(text) as {
          id: string;
          method: string;
          params: Record<string, unknown>;
        };
        this.asked.push({ method, params, at: this.clock.now() });
        const answer = this.answer(method, params);
        if (!answer) return;
        const body =
          'result' in answer
            ? `"status":200,"result":${answer.result}`
            : `"status":${answer.status},"error":${answer.error}`;
        this.clock.schedule(answer.delayMs, () => {
          if (!isClosed) peer.onText(`{"id":"${id}",${body}}`);
        });
      },
      close: () => {
        isClosed = true;
      },
    };
  }
}

/** Let everything that waits on promises go on. */
export async function drain(): Promise<void> {
  for (let round = 0; round < 8; round++) await Promise.resolve();
}

/** Move time on in slices, so that answers are taken up when they come. */
export async function advance(clock: ManualClock, ms: number, sliceMs = 20): Promise<void> {
  const end = clock.now() + ms;
  while (clock.now() < end) {
    clock.advanceTo(Math.min(end, clock.now() + sliceMs));
    await drain();
  }
}

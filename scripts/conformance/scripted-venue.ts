import type { ManualClock } from '@/feed/clock.ts';
import type { HttpAnswer, Socket, SocketPeer, Transport } from '@/feed/transport.ts';
import type { Stream, Venue } from '@/feed/venues/venue.ts';
import type { Market } from './market';
import type { Asked, Profile } from './profile';

/** One socket as the venue sees it. */
export interface VenueSocket {
  readonly url: string;
  readonly peer: SocketPeer;
  readonly names: Set<string>;
  readonly said: { readonly at: number; readonly text: string }[];
  isOpen: boolean;
}

const HOP_MS = 1;

/** A venue that speaks as its profile says and fails as a test says. A millisecond away each way. */
export class ScriptedVenue implements Transport {
  readonly markets = new Map<string, Market>();
  readonly sockets = new Set<VenueSocket>();
  /** Sockets that were opened for streams. */
  readonly streamSockets: VenueSocket[] = [];
  /** What was asked of streams, oldest first. */
  readonly asked: { readonly at: number; readonly kind: Asked['kind']; readonly names: readonly string[] }[] = [];
  /** Subscriptions are answered so late; null: never. */
  ackDelayMs: number | null = HOP_MS;
  /** Streams that are granted and then say nothing. */
  readonly mute = new Set<string>();
  /** A muted stream speaks again when it is subscribed again. */
  heals = false;
  /** Symbols whose streams are refused. */
  readonly refused = new Set<string>();
  hasHttp = true;
  /** Nobody is there: every connect is refused. */
  isDown = false;
  /** What a subscription is told of a market when it begins: as it is, unless a test has it told of the past. */
  tells: (market: Market) => Market = (market) => market;

  constructor(
    readonly profile: Profile,
    private readonly clock: ManualClock,
    private readonly venue: Venue,
  ) {}

  connect(url: string, peer: SocketPeer): Socket {
    const socket: VenueSocket = { url, peer, names: new Set(), said: [], isOpen: false };
    this.sockets.add(socket);
    this.later(socket, () => {
      if (this.isDown) {
        this.sockets.delete(socket);
        peer.onClose(1006, '');
        return;
      }
      socket.isOpen = true;
      peer.onOpen();
    });
    return {
      send: (text) => {
        socket.said.push({ at: this.clock.now(), text });
        this.later(socket, () => this.heard(socket, text));
      },
      close: () => this.sockets.delete(socket),
    };
  }

  request(url: string, _timeoutMs: number, body?: string): Promise<HttpAnswer> {
    const text = this.hasHttp
      ? this.profile.http(new URL(url), body, (symbol) => this.markets.get(symbol), this.now)
      : null;
    return Promise.resolve(
      text === null ? { reached: false, detail: 'not here' } : { reached: true, status: 200, text, retryAfterMs: 0 },
    );
  }

  /** Send a message to everybody who subscribed the stream. @returns to how many */
  send(name: string, text: string): number {
    let count = 0;
    if (this.mute.has(name)) return 0;
    for (const socket of [...this.sockets]) {
      if (!socket.isOpen || !socket.names.has(name)) continue;
      count++;
      socket.peer.onText(text);
    }
    return count;
  }

  /** Send any text over every socket that carries streams. @returns over how many */
  shout(text: string): number {
    const carrying = [...this.sockets].filter((socket) => socket.isOpen && socket.names.size > 0);
    for (const socket of carrying) socket.peer.onText(text);
    return carrying.length;
  }

  hangUp(code: number): void {
    for (const socket of [...this.sockets]) {
      this.sockets.delete(socket);
      if (socket.isOpen) socket.peer.onClose(code, '');
    }
  }

  /** Streams held by open sockets, each as often as it is held. */
  get held(): string[] {
    return [...this.sockets].flatMap(({ isOpen, names }) => (isOpen ? [...names] : [])).sort();
  }

  /** Every stream that a symbol can have. */
  streamsOf(symbol: string, tradesSpoken = false): readonly Stream[] {
    const need = { symbol, book: true, trades: true, candles: ['1m'] as const, ticker: true, wholeBooks: false };
    return this.venue.streams({ ...need, tradesSpoken });
  }

  nameOf(symbol: string, channel: Stream['channel']): string {
    const found = this.streamsOf(symbol).find((stream) => stream.channel === channel);
    if (!found) throw new Error(`${this.venue.id} has no stream of ${channel}`);
    return found.name;
  }

  private get now(): number {
    return Math.floor(this.clock.now());
  }

  private heard(socket: VenueSocket, text: string): void {
    const heard = this.profile.hear(text, (symbol) => this.markets.get(symbol), this.now);
    if (heard.kind === 'other') {
      for (const answer of heard.texts) this.later(socket, () => socket.peer.onText(answer));
      return;
    }
    if (socket.names.size === 0 && heard.kind === 'subscribe') this.streamSockets.push(socket);
    this.asked.push({ at: this.now, kind: heard.kind, names: heard.names });
    if (heard.kind === 'unsubscribe') for (const name of heard.names) socket.names.delete(name);
    else this.grant(socket, heard);
  }

  private grant(socket: VenueSocket, asked: Asked): void {
    const refused = asked.names.filter((name) => this.refused.has(this.symbolOf(name)));
    if (this.ackDelayMs === null) return;
    this.later(
      socket,
      () => {
        const granted = refused.length > 0 ? [] : asked.names;
        for (const name of granted) {
          socket.names.add(name);
          if (this.heals) this.mute.delete(name);
        }
        const texts =
          refused.length > 0 ? this.profile.refuse(asked, refused) : this.profile.acknowledge(asked, [...socket.names]);
        for (const text of texts) socket.peer.onText(text);
        for (const name of granted) this.begin(socket, name);
      },
      this.ackDelayMs,
    );
  }

  private begin(socket: VenueSocket, name: string): void {
    const held = this.markets.get(this.symbolOf(name));
    if (!held || this.mute.has(name)) return;
    const market = this.tells(held);
    for (const text of this.profile.begins(name, market)) if (this.sockets.has(socket)) socket.peer.onText(text);
  }

  private symbolOf(name: string): string {
    const symbols = [...new Set([...this.markets.keys(), ...this.profile.symbols])];
    return symbols.find((symbol) => this.streamsOf(symbol).some((stream) => stream.name === name)) ?? '';
  }

  private later(socket: VenueSocket, act: () => void, delayMs = HOP_MS): void {
    this.clock.schedule(delayMs, () => {
      if (this.sockets.has(socket)) act();
    });
  }
}

import type { InstrumentId, VenueId } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import { type Frame, type InstrumentFrame, PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { ManualClock, seededChance } from '../clock.ts';
import { Feed } from '../feed.ts';
import type { HttpAnswer, Socket, SocketPeer, Transport } from '../transport.ts';
import { openSession } from '../venue-session.ts';
import { loadVenue, VenueShelf } from '../venues/index.ts';
import type { Venue } from '../venues/venue.ts';
import { wantedOf } from './feed-desk.ts';
import { drain } from './scripted-transport.ts';

/** A venue as its sockets see it: it hears texts and says texts. */
export interface SocketServer {
  /** A client said something over a socket that is open. */
  heard(text: string, say: (text: string) => void): void;
  /** A client is gone: nothing is said to it any more. */
  gone(say: (text: string) => void): void;
}

/** Sockets to one server, a millisecond away each way; there is no HTTP. */
class ServerTransport implements Transport {
  connects = 0;

  constructor(
    private readonly clock: ManualClock,
    private readonly server: SocketServer,
  ) {}

  connect(_: string, peer: SocketPeer): Socket {
    this.connects++;
    let isOpen = true;
    const later = (act: () => void): void => {
      this.clock.schedule(1, () => {
        if (isOpen) act();
      });
    };
    const say = (text: string): void => later(() => peer.onText(text));
    later(() => peer.onOpen());
    return {
      send: (text) => later(() => this.server.heard(text, say)),
      close: () => {
        isOpen = false;
        this.server.gone(say);
      },
    };
  }

  request(): Promise<HttpAnswer> {
    return Promise.resolve({ reached: false, detail: 'there is no HTTP here' });
  }
}

/** A feed on one venue behind a server that a test writes, with a page that returns each credit at once. */
export class SocketDesk {
  readonly clock: ManualClock;
  readonly feed: Feed;
  private readonly replies: Reply[] = [];
  private readonly transport: ServerTransport;
  private owesCredit = false;

  constructor(
    readonly venue: VenueId,
    make: () => Venue,
    server: SocketServer,
    start: Millis,
  ) {
    this.clock = new ManualClock(start);
    this.transport = new ServerTransport(this.clock, server);
    this.feed = new Feed({
      venues: new VenueShelf(loadVenue, openSession).add(venue, make),
      clock: this.clock,
      chance: seededChance(1),
      transport: () => this.transport,
      post: (reply) => {
        this.replies.push(reply);
        if (reply.kind === 'frame') this.owesCredit = true;
      },
      digest: (text) => Promise.resolve(text),
      buildId: 'test',
    });
    this.feed.handle({
      kind: 'start',
      version: PROTOCOL_VERSION,
      buildId: 'test',
      endpoints: [],
      extraHosts: [],
      demo: { seed: 1, rate: 200, start: null },
      wanted: [],
      credit: null,
      visible: true,
      online: true,
    });
    this.credit();
  }

  /** Sockets opened so far. */
  get connects(): number {
    return this.transport.connects;
  }

  want(symbols: readonly string[]): void {
    this.feed.handle({
      kind: 'wanted',
      wanted: symbols.map((symbol) => wantedOf(this.id(symbol), { candles: ['1m'] })),
    });
  }

  id(symbol: string): InstrumentId {
    return `${this.venue}:${symbol}`;
  }

  /** Move time on to a moment; frames leave meanwhile. */
  async passTo(time: Millis): Promise<void> {
    await drain();
    while (this.clock.now() < time) {
      this.clock.advanceTo(Math.min(time, this.clock.now() + 20));
      await drain();
      if (this.owesCredit) this.credit();
    }
  }

  /** Everything known of an instrument: the parts of its frames, the newest of each. */
  part(symbol: string): InstrumentFrame | undefined {
    let sum: InstrumentFrame | undefined;
    for (const part of this.parts(symbol)) sum = { ...sum, ...part };
    return sum;
  }

  /** Every state an instrument's book was seen in, in order, repeats left out. */
  bookStates(symbol: string): string[] {
    const states = this.parts(symbol).map((part) => part.status.book.state);
    return states.filter((state, i) => state !== states[i - 1]);
  }

  private parts(symbol: string): InstrumentFrame[] {
    const frames = this.replies.filter((reply): reply is Frame => reply.kind === 'frame');
    return frames.flatMap((frame) => frame.instruments.filter((part) => part.id === this.id(symbol)));
  }

  private credit(): void {
    this.owesCredit = false;
    this.feed.handle({ kind: 'credit', credit: { frameAt: this.clock.now() + 5, intervalMs: 5, idle: true } });
  }
}

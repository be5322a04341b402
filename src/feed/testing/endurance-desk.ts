import type { FeedState } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import { type InstrumentFrame, PROTOCOL_VERSION } from '@/protocol/frame.ts';
import { type Cancel, type Chance, type Clock, ManualClock, seededChance } from '../clock.ts';
import { Feed } from '../feed.ts';
import type { HttpAnswer, Socket, SocketPeer, Transport } from '../transport.ts';
import { openSession } from '../venue-session.ts';
import { loadVenue, VenueShelf } from '../venues/index.ts';
import type { EnduranceServer, ServerSocket } from './endurance-servers.ts';
import { wantedOf } from './feed-desk.ts';
import { drain } from './scripted-transport.ts';

const START = 1_700_000_000_000;
const WIRE_MS = 5;
const SLICE_MS = 125;
const SPEAK_MS = 250;

/** A clock that knows how many of its tasks wait. */
class CountingClock implements Clock {
  readonly manual = new ManualClock(START);
  waiting = 0;

  now(): number {
    return this.manual.now();
  }

  schedule(delayMs: number, task: () => void): Cancel {
    let isWaiting = true;
    this.waiting++;
    const end = (): void => {
      if (isWaiting) this.waiting--;
      isWaiting = false;
    };
    const cancel = this.manual.schedule(delayMs, () => {
      end();
      task();
    });
    return () => {
      cancel();
      end();
    };
  }
}

/** One socket of the page, with both of its ends. */
interface Wire extends ServerSocket {
  readonly peer: SocketPeer;
  isOpen: boolean;
  /** Nothing passes any more, either way, and neither end is told. */
  isBlack: boolean;
}

/** What is done to a connection. */
export type Harm = 'close' | 'reset' | 'black hole' | 'refuse' | 'hang';

const CODES = [1000, 1001, 1002, 1003, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 3000, 4000, 4999];

/** A wire of a few milliseconds to one server, that is cut again and again. */
class RestlessTransport implements Transport {
  readonly wires = new Set<Wire>();
  /** Times of all attempts, sockets for requests included. */
  readonly attempts: number[] = [];
  /** Subscriptions that came twice over one socket. */
  doubled = 0;
  private refusals = 0;
  private hangs = 0;

  constructor(
    private readonly clock: ManualClock,
    private readonly server: EnduranceServer,
    private readonly chance: Chance,
  ) {}

  connect(_: string, peer: SocketPeer): Socket {
    this.attempts.push(this.clock.now());
    const wire: Wire = {
      peer,
      names: new Set(),
      isOpen: false,
      isBlack: false,
      say: (text) => this.later(wire, () => peer.onText(text)),
      twice: () => this.doubled++,
    };
    this.wires.add(wire);
    this.answer(wire);
    return {
      send: (text) => this.later(wire, () => this.server.heard(wire, text, this.clock.now())),
      close: () => this.wires.delete(wire),
    };
  }

  request(url: string): Promise<HttpAnswer> {
    const text = this.server.answer(url.replace(/^[a-z]+:\/\/[^/]+/, ''), this.clock.now());
    return Promise.resolve(
      text === null
        ? { reached: false, detail: 'nobody answers here' }
        : { reached: true, status: 200, text, retryAfterMs: 0 },
    );
  }

  speak(): void {
    const said = this.server.speak(this.clock.now());
    for (const wire of [...this.wires]) {
      for (const { name, text } of said) if (wire.names.has(name)) wire.say(text);
    }
  }

  harm(harm: Harm): void {
    if (harm === 'refuse') this.refusals = 1 + Math.floor(this.chance() * 4);
    if (harm === 'hang') this.hangs = 1;
    if (harm === 'black hole') for (const wire of this.wires) wire.isBlack = true;
    else this.hangUp(harm === 'reset' ? 1006 : CODES[Math.floor(this.chance() * CODES.length)]);
  }

  private hangUp(code: number): void {
    for (const wire of [...this.wires]) {
      this.wires.delete(wire);
      wire.peer.onClose(code, '');
    }
  }

  private answer(wire: Wire): void {
    if (this.hangs > 0) {
      this.hangs--;
      return;
    }
    const isRefused = this.refusals > 0;
    if (isRefused) this.refusals--;
    this.later(wire, () => {
      wire.isOpen = !isRefused;
      if (!isRefused) wire.peer.onOpen();
      else {
        this.wires.delete(wire);
        wire.peer.onClose(1006, '');
      }
    });
  }

  private later(wire: Wire, act: () => void): void {
    this.clock.schedule(WIRE_MS, () => {
      if (this.wires.has(wire) && !wire.isBlack) act();
    });
  }
}

/** What stands still when nothing is wrong. */
export interface Standing {
  readonly subscribed: readonly string[];
  readonly sockets: number;
  readonly timers: number;
}

/** A feed on one server whose connection is harmed as a test says. */
export class EnduranceDesk {
  readonly transport: RestlessTransport;
  readonly id: InstrumentId;
  /** States of the book and of the trades as the page was last told. */
  states: readonly FeedState[] = [];
  reconnects = 0;
  /** Trades lost and not fetched. */
  missing = 0;
  private readonly clock = new CountingClock();
  private feed: Feed | null = null;
  private owesCredit = false;
  private spokenAt = START;

  constructor(
    private readonly server: EnduranceServer,
    seed: number,
  ) {
    this.transport = new RestlessTransport(this.clock.manual, server, seededChance(seed));
    this.id = `${server.venue}:${server.symbol}`;
  }

  get now(): number {
    return this.clock.now();
  }

  get isLive(): boolean {
    return this.states.length > 0 && this.states.every((state) => state === 'live');
  }

  async start(seed: number): Promise<void> {
    const make = await loadVenue(this.server.venue);
    this.feed = new Feed({
      venues: new VenueShelf(loadVenue, openSession).add(this.server.venue, make),
      clock: this.clock,
      chance: seededChance(seed),
      transport: () => this.transport,
      post: (reply) => {
        if (reply.kind !== 'frame') return;
        this.owesCredit = true;
        for (const part of reply.instruments) this.note(part);
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
      wanted: [wantedOf(this.id, { candles: ['1m'] })],
      credit: null,
      visible: true,
      online: true,
    });
    this.credit();
  }

  /** Let time pass, the market speaking four times a second, until something is so or the time is over. */
  async pass(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const end = this.now + ms;
    while (this.now < end && !isOver()) {
      this.clock.manual.advanceTo(Math.min(end, this.now + SLICE_MS));
      if (this.now - this.spokenAt >= SPEAK_MS) {
        this.spokenAt = this.now;
        this.transport.speak();
      }
      await drain();
      if (this.owesCredit) this.credit();
    }
  }

  /** What stands at the quietest moment of some seconds: answers under way hold timers of their own. */
  async standing(): Promise<Standing> {
    let timers = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 80; i++) {
      await this.pass(SLICE_MS);
      timers = Math.min(timers, this.clock.waiting);
    }
    const { wires } = this.transport;
    return { subscribed: [...wires].flatMap(({ names }) => [...names]).sort(), sockets: wires.size, timers };
  }

  dispose(): void {
    this.feed?.dispose();
  }

  /** Tasks that still wait. */
  get waiting(): number {
    return this.clock.waiting;
  }

  private note({ status, counters, trades }: InstrumentFrame): void {
    this.states = [status.book.state, status.trades.state];
    this.reconnects = counters.reconnects;
    this.missing = trades.missing;
  }

  private credit(): void {
    this.owesCredit = false;
    this.feed?.handle({ kind: 'credit', credit: { frameAt: this.now + 5, intervalMs: 5, idle: true } });
  }
}

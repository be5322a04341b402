import { isVenueId, type VenueId } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import type { Command, Wanted } from '@/protocol/command.ts';
import { PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { ManualClock, seededChance } from './clock.ts';
import { Feed } from './feed.ts';
import type { HttpAnswer, Socket, SocketPeer, Transport } from './transport.ts';
import { openSession } from './venue-session.ts';
import { loadVenue, VenueShelf } from './venues/index.ts';
import type { Venue } from './venues/venue.ts';

/** One line of a recording: what came, when, on which connection; `http` lines carry the URL that was asked. */
export interface RecordedLine {
  /** Microseconds since 1970. */
  readonly t: number;
  readonly dir: 'in' | 'out' | 'http';
  readonly url?: string;
  readonly m: string;
}

/** What to replay and how the page behaves meanwhile. */
export interface ReplayPlan {
  readonly venue: VenueId;
  readonly lines: readonly RecordedLine[];
  readonly wanted: readonly Wanted[];
  /** Page frames a second; the page returns each credit at once. */
  readonly frameMs: number;
  /** What the venue answers to a text said over a socket, where the recording alone cannot; absent or empty: nothing. */
  readonly answers?: (text: string) => readonly string[];
  /** Called after line `index` was delivered and everything it caused has run. */
  readonly afterLine?: (index: number, feed: Feed) => void;
}

interface Waiting {
  readonly symbol: string;
  readonly answer: (text: string | null) => void;
}

/**
 * A recording as a transport: sockets open at once, everything subscribed arrives as recorded, and a book request is
 * answered by the newest recorded snapshot of its symbol, or the next if there was none yet. Other requests are refused, as by a venue that has none.
 */
class RecordingTransport implements Transport {
  private readonly peers = new Map<SocketPeer, Set<string>>();
  private readonly waiting: Waiting[] = [];
  private readonly snapshots = new Map<string, string>();

  constructor(
    private readonly clock: ManualClock,
    private readonly said: (text: string) => readonly string[],
  ) {}

  connect(url: string, peer: SocketPeer): Socket {
    this.peers.set(peer, new Set());
    const isRequest = url.includes('ws-api') || url.includes('ws-fapi');
    this.clock.schedule(0, () => {
      if (this.peers.has(peer)) peer.onOpen();
    });
    return {
      send: (text) => this.heard(peer, text, isRequest),
      close: () => {
        this.peers.delete(peer);
      },
    };
  }

  request(): Promise<HttpAnswer> {
    return Promise.resolve({ reached: false, detail: 'the recording holds no answer' });
  }

  deliver(line: RecordedLine): void {
    if (line.dir === 'http') this.snapshot(line);
    if (line.dir !== 'in') return;
    const name = streamOf(line.m);
    for (const [peer, names] of [...this.peers]) if (names.has(name)) peer.onText(line.m);
  }

  private heard(peer: SocketPeer, text: string, isRequest: boolean): void {
    const message = JSON.parse(text) as { method: string; params: unknown; id: unknown };
    const texts = this.said(text);
    if (texts.length > 0) {
      this.clock.schedule(0, () => {
        for (const one of texts) if (this.peers.has(peer)) peer.onText(one);
      });
      return;
    }
    if (isRequest) {
      this.ask(peer, message.method, message.params as Record<string, string>, String(message.id));
      return;
    }
    const names = this.peers.get(peer);
    for (const name of message.params as string[]) {
      if (message.method === 'SUBSCRIBE') names?.add(streamKind(name));
      else names?.delete(streamKind(name));
    }
    this.clock.schedule(0, () => peer.onText(JSON.stringify({ result: null, id: message.id })));
  }

  private ask(peer: SocketPeer, method: string, params: Record<string, string>, id: string): void {
    const reply = (status: number, body: string): void => {
      if (this.peers.has(peer)) peer.onText(`{"id":"${id}","status":${status},${body}}`);
    };
    const refuse = (): void => reply(400, '"error":{"code":-1000,"msg":"not in the recording"}');
    const held = this.snapshots.get(params.symbol);
    if (method !== 'depth' || Number(params.limit) < 100) this.clock.schedule(0, refuse);
    else if (held !== undefined) this.clock.schedule(0, () => reply(200, `"result":${held}`));
    else
      this.waiting.push({
        symbol: params.symbol,
        answer: (text) => (text === null ? refuse() : reply(200, `"result":${text}`)),
      });
  }

  private snapshot(line: RecordedLine): void {
    const symbol = /[?&]symbol=([^&]+)/.exec(line.url ?? '')?.[1];
    if (symbol !== undefined && /\/depth\?/.test(line.url ?? '')) this.snapshots.set(symbol, line.m);
    for (let i = this.waiting.length - 1; i >= 0; i--) {
      if (this.waiting[i].symbol !== symbol) continue;
      const [asked] = this.waiting.splice(i, 1);
      asked.answer(line.m);
    }
  }
}

/** Whether a recorded answer is one to a question: the same path, and nothing in its query that was not asked for. */
function isAnswerTo(recorded: string, asked: string): boolean {
  const [held, wanted] = [new URL(recorded, 'http://x'), new URL(asked, 'http://x')];
  const path = (url: URL): string => url.pathname.replace(/\/$/, '');
  return path(held) === path(wanted) && [...held.searchParams].every(([key, value]) => isAsked(wanted, key, value));
}

const isAsked = (url: URL, key: string, value: string): boolean => url.searchParams.get(key) === value;

/**
 * A recording of a venue that names the symbol in every message: whatever was received arrives, in its order, on the
 * first socket opened, and a request is answered by the newest recorded answer of its path, or the next if there was
 * none yet. What was never recorded is refused.
 */
class PlainRecordingTransport implements Transport {
  private readonly peers = new Set<SocketPeer>();
  private readonly answers = new Map<string, string>();
  private readonly waiting: { url: string; answer: (text: string) => void }[] = [];
  private readonly recorded: readonly string[];

  constructor(
    private readonly clock: ManualClock,
    lines: readonly RecordedLine[],
    private readonly said: (text: string) => readonly string[],
  ) {
    this.recorded = lines.filter(({ dir }) => dir === 'http').map(({ url }) => url ?? '');
  }

  connect(_: string, peer: SocketPeer): Socket {
    this.clock.schedule(0, () => {
      this.peers.add(peer);
      peer.onOpen();
    });
    return {
      send: (text) => {
        const texts = text.startsWith(ASKED) ? [text] : this.said(text);
        this.clock.schedule(0, () => {
          for (const one of texts) if (this.peers.has(peer)) peer.onText(one);
        });
      },
      close: () => {
        this.peers.delete(peer);
      },
    };
  }

  request(url: string): Promise<HttpAnswer> {
    const held = [...this.answers].find(([recorded]) => isAnswerTo(recorded, url))?.[1];
    const reached = (text: string): HttpAnswer => ({ reached: true, status: 200, text, retryAfterMs: 0 });
    if (held !== undefined) return Promise.resolve(reached(held));
    if (!this.recorded.some((recorded) => isAnswerTo(recorded, url)))
      return Promise.resolve({ reached: false, detail: 'the recording holds no answer' });
    return new Promise((resolve) => this.waiting.push({ url, answer: (text) => resolve(reached(text)) }));
  }

  deliver(line: RecordedLine): void {
    if (line.dir === 'http') this.answer(line.url ?? '', line.m);
    if (line.dir !== 'in') return;
    const [first] = this.peers;
    first?.onText(line.m);
  }

  private answer(recorded: string, text: string): void {
    this.answers.set(recorded, text);
    for (let i = this.waiting.length - 1; i >= 0; i--) {
      if (!isAnswerTo(recorded, this.waiting[i].url)) continue;
      const [asked] = this.waiting.splice(i, 1);
      asked.answer(text);
    }
  }
}

/** How a subscription is written to a recording, which repeats it as its acknowledgement. */
const ASKED = '\u0000asked ';

/** The venue as a recording knows it: it cannot answer ids it never saw, so whatever is asked for is acknowledged. */
const asRecorded = (venue: Venue): Venue => ({
  ...venue,
  subscribe: (names) => ASKED + names.join('\n'),
  unsubscribe: () => '',
  decode: (text, sink) => {
    if (!text.startsWith(ASKED)) venue.decode(text, sink);
    else sink.control({ kind: 'ack', id: null, names: text.slice(ASKED.length).split('\n') });
  },
});

const BINANCE_LIKE: ReadonlySet<VenueId> = new Set(['binance', 'binance-usdm', 'demo']);

/** Page frames run after the last line, so that all of it has been sent. */
const LAST_FRAMES = 100;
/** And no longer than a market may be silent without being asked why. */
const LAST_MS = 2_000;

/** Speed suffixes differ between a recording and a subscription; symbol and kind are what matter. */
const streamKind = (name: string): string => name.replace(/(@depth)@\d+ms$/, '$1');

function streamOf(text: string): string {
  const wrapped = /^\{"stream":"([^"]+)"/.exec(text);
  return wrapped ? streamKind(wrapped[1]) : '';
}

/**
 * Run a recording through the whole feed, driving its clock and its credits, as a page of steady frames would.
 * The same plan gives the same replies, byte for byte.
 * @returns every reply in order, and the feed as it stands after the last line
 */
export async function replay(plan: ReplayPlan): Promise<{ replies: Reply[]; feed: Feed; clock: ManualClock }> {
  if (!isVenueId(plan.venue)) throw new Error(`No venue ${plan.venue}`);
  const make = await loadVenue(plan.venue);
  const isPlain = !BINANCE_LIKE.has(plan.venue);
  const venues = new VenueShelf(loadVenue, openSession).add(plan.venue, () => (isPlain ? asRecorded(make()) : make()));
  const start: Millis = plan.lines[0].t / 1000;
  const clock = new ManualClock(start - 100);
  const answers = plan.answers ?? (() => []);
  const recording = isPlain
    ? new PlainRecordingTransport(clock, plan.lines, answers)
    : new RecordingTransport(clock, answers);
  const replies: Reply[] = [];
  let owesCredit = false;
  const feed = new Feed({
    venues,
    clock,
    chance: seededChance(1),
    transport: () => recording,
    post: (reply) => {
      replies.push(reply);
      if (reply.kind === 'frame') owesCredit = true;
    },
    digest: (text) => Promise.resolve(text),
    buildId: 'replay',
  });
  const credit = (): Command => ({
    kind: 'credit',
    credit: { frameAt: clock.now() + plan.frameMs, intervalMs: plan.frameMs, idle: false },
  });
  feed.handle({
    kind: 'start',
    version: PROTOCOL_VERSION,
    buildId: 'replay',
    endpoints: [],
    extraHosts: [],
    demo: { seed: 1, rate: 200, start: null },
    wanted: plan.wanted,
    credit: null,
    visible: true,
    online: true,
  });
  feed.handle(credit());
  await settle(clock, start - 1);
  for (let index = 0; index < plan.lines.length; index++) {
    const line = plan.lines[index];
    clock.advanceTo(line.t / 1000);
    recording.deliver(line);
    if (line.dir === 'http') await settle(clock, clock.now());
    else for (let round = 0; round < 4; round++) await Promise.resolve();
    if (owesCredit) {
      owesCredit = false;
      feed.handle(credit());
    }
    plan.afterLine?.(index, feed);
  }
  for (let frame = 0; frame < LAST_FRAMES && frame * plan.frameMs < LAST_MS; frame++) {
    if (owesCredit) feed.handle(credit());
    owesCredit = false;
    clock.advanceTo(clock.now() + plan.frameMs);
  }
  return { replies, feed, clock };
}

/** Let promises that wait on requests settle, and what they schedule run. */
async function settle(clock: ManualClock, until: Millis): Promise<void> {
  for (let round = 0; round < 20; round++) {
    clock.advanceTo(Math.max(clock.now(), until));
    await Promise.resolve();
  }
}

import { ManualClock, seededChance } from '@/feed/clock.ts';
import { demoTransport } from '@/feed/demo-transport.ts';
import { Feed } from '@/feed/feed.ts';
import { binanceShelf } from '@/feed/testing/binance-shelf.ts';
import { advance } from '@/feed/testing/scripted-transport.ts';
import type { Socket, SocketPeer, Transport } from '@/feed/transport.ts';
import type { FeedState } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import { PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { heapMb } from './heap.ts';

const IDS: readonly InstrumentId[] = ['demo:BTC-USD', 'demo:ETH-USD', 'demo:EUR-USD', 'demo:MICRO-USD'];
const STUCK_MS = 60_000;
const WARM_UP_MS = 10 * 60_000;
const HEAP_LIMIT_MB = 30;
const SLICE_MS = 50;
const CODES = [1000, 1001, 1006, 1011, 1012, 4000];

interface Watched {
  readonly peer: SocketPeer;
  readonly socket: Socket;
  readonly names: Set<string>;
  isSilent: boolean;
}

/** The demo exchange behind a line that can be cut. */
class CutTransport implements Transport {
  readonly open = new Set<Watched>();
  twice = 0;

  constructor(private readonly inner: Transport) {}

  connect(url: string, peer: SocketPeer): Socket {
    if (url.includes('ws-api')) return this.inner.connect(url, peer);
    const names = new Set<string>();
    const state = { isSilent: false };
    const socket = this.inner.connect(url, {
      onOpen: () => peer.onOpen(),
      onText: (text) => {
        if (!watched.isSilent) peer.onText(text);
      },
      onClose: (code, detail) => {
        this.open.delete(watched);
        peer.onClose(code, detail);
      },
    });
    const watched: Watched = { peer, socket, names, ...state };
    this.open.add(watched);
    return {
      send: (text) => {
        this.note(names, text);
        socket.send(text);
      },
      close: () => {
        this.open.delete(watched);
        socket.close();
      },
    };
  }

  request(url: string, timeoutMs: number): ReturnType<Transport['request']> {
    return this.inner.request(url, timeoutMs);
  }

  cut(code: number): void {
    for (const watched of [...this.open]) {
      this.open.delete(watched);
      watched.socket.close();
      watched.peer.onClose(code, '');
    }
  }

  private note(names: Set<string>, text: string): void {
    const { method, params } = JSON.parse(text) as { method: string; params: readonly string[] };
    for (const name of params) {
      if (method === 'SUBSCRIBE' && names.has(name)) this.twice++;
      if (method === 'SUBSCRIBE') names.add(name);
      else names.delete(name);
    }
  }
}

export interface DemoReport {
  readonly seed: number;
  seconds: number;
  simulatedHours: number;
  frames: number;
  disconnects: number;
  silences: number;
  gaps: number;
  rejected: number;
  heapMb: { warm: number; end: number };
  readonly failures: string[];
}

/**
 * The feed on the demo exchange with a clock that runs as fast as it can, and a line that is cut, reset and silenced
 * again and again: nothing may grow, nothing may be subscribed twice, no state may stand still.
 */
export class DemoSoak {
  readonly report: DemoReport;
  private readonly clock = new ManualClock(Date.UTC(2026, 0, 5));
  private readonly chance: () => number;
  private readonly transport: CutTransport;
  private readonly feed: Feed;
  private readonly states = new Map<InstrumentId, { state: FeedState; since: number }>();
  private owesCredit = true;

  constructor(seed: number) {
    this.chance = seededChance(seed);
    const demo = { seed, rate: 50, start: null };
    this.transport = new CutTransport(demoTransport(demo, this.clock));
    this.report = {
      seed,
      seconds: 0,
      simulatedHours: 0,
      frames: 0,
      disconnects: 0,
      silences: 0,
      gaps: 0,
      rejected: 0,
      heapMb: { warm: 0, end: 0 },
      failures: [],
    };
    this.feed = new Feed({
      venues: binanceShelf(),
      clock: this.clock,
      chance: seededChance(seed + 1),
      transport: () => this.transport,
      post: (reply) => this.posted(reply),
      digest: (text) => Promise.resolve(text),
      buildId: 'soak',
    });
    this.feed.handle({
      kind: 'start',
      version: PROTOCOL_VERSION,
      buildId: 'soak',
      endpoints: [],
      extraHosts: [],
      demo,
      wanted: IDS.map((instrument) => ({
        instrument,
        book: { best: 50, priceDecimals: 0, step: 0, window: null },
        trades: true,
        candles: ['1m', '5s'],
        ticker: true,
      })),
      credit: null,
      visible: true,
      online: true,
    });
  }

  async run(minutes: number): Promise<DemoReport> {
    const { report, clock } = this;
    const begun = performance.now();
    const from = clock.now();
    let faultAt = from + 20_000;
    while (performance.now() - begun < minutes * 60_000 && report.failures.length === 0) {
      await this.second();
      if (clock.now() >= faultAt) faultAt = clock.now() + this.fault();
      this.judge();
      if (report.heapMb.warm === 0 && clock.now() - from > WARM_UP_MS) report.heapMb.warm = heapMb();
    }
    await this.settle();
    report.heapMb.end = heapMb();
    const { warm, end } = report.heapMb;
    if (warm > 0 && end - warm > HEAP_LIMIT_MB)
      report.failures.push(`the heap grew from ${warm.toFixed(1)} to ${end.toFixed(1)} MB`);
    report.seconds = Math.round((performance.now() - begun) / 1000);
    report.simulatedHours = Number(((clock.now() - from) / 3_600_000).toFixed(2));
    this.feed.dispose();
    return report;
  }

  private async second(): Promise<void> {
    // The exchange is a chunk of its own: loading it takes turns of the real event loop.
    await new Promise((resolve) => setImmediate(resolve));
    for (let slice = 0; slice < 1_000; slice += SLICE_MS) {
      await advance(this.clock, SLICE_MS, SLICE_MS);
      if (this.owesCredit) this.credit();
    }
  }

  /** Do one thing to the line. @returns ms until the next */
  private fault(): number {
    if (this.chance() < 0.8) {
      this.report.disconnects++;
      this.transport.cut(CODES[Math.floor(this.chance() * CODES.length)]);
    } else {
      this.report.silences++;
      for (const watched of this.transport.open) watched.isSilent = true;
    }
    return 20_000 + this.chance() * 60_000;
  }

  /** The end of the run: one minute without faults, then everything must be as at its beginning. */
  private async settle(): Promise<void> {
    for (let i = 0; i < 60; i++) await this.second();
    for (const id of IDS) {
      const state = this.states.get(id)?.state;
      if (state !== 'live') this.report.failures.push(`${id} is ${state} after a quiet minute`);
      if (this.feed.digestOf(id) === null) this.report.failures.push(`${id} has no proven book after a quiet minute`);
    }
    if (this.transport.open.size !== 1) this.report.failures.push(`${this.transport.open.size} sockets are open`);
    for (const { names } of this.transport.open) {
      for (const id of IDS) {
        const stream = `${id.slice('demo:'.length).toLowerCase()}@depth@100ms`;
        if (!names.has(stream)) this.report.failures.push(`${stream} is not subscribed`);
      }
    }
  }

  private posted(reply: Reply): void {
    if (reply.kind !== 'frame') return;
    this.owesCredit = true;
    this.report.frames++;
    for (const part of reply.instruments) {
      const { state } = part.status.book;
      if (this.states.get(part.id)?.state !== state) this.states.set(part.id, { state, since: this.clock.now() });
      this.report.gaps = Math.max(this.report.gaps, part.counters.gaps);
      this.report.rejected = Math.max(this.report.rejected, part.counters.rejected);
    }
  }

  private judge(): void {
    const now = this.clock.now();
    for (const [id, { state, since }] of this.states) {
      if (state !== 'live' && now - since > STUCK_MS) this.report.failures.push(`${id} was ${state} for over a minute`);
    }
    if (this.transport.twice > 0) this.report.failures.push(`${this.transport.twice} streams were subscribed twice`);
    if (this.report.rejected > 0) this.report.failures.push('a message of the demo exchange was refused');
    if (this.transport.open.size > 2) this.report.failures.push(`${this.transport.open.size} sockets are open at once`);
  }

  private credit(): void {
    this.owesCredit = false;
    this.feed.handle({ kind: 'credit', credit: { frameAt: this.clock.now() + 16, intervalMs: 16, idle: false } });
  }
}

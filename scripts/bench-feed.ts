import { ManualClock, seededChance } from '@/feed/clock.ts';
import { Feed } from '@/feed/feed.ts';
import { binanceShelf } from '@/feed/testing/binance-shelf.ts';
import type { HttpAnswer, Socket, SocketPeer, Transport } from '@/feed/transport.ts';
import type { InstrumentId, VenueId } from '@/market/instrument.ts';
import { type InstrumentFrame, PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { Step } from './bench-steps.ts';

/** Recorded time between two pictures. */
const FRAME_MS = 16;
const PICTURE_LEVELS = 50;
const SETTLE_ROUNDS = 20;

/** Sockets that only hand messages over: what is measured is the feed. */
class BenchTransport implements Transport {
  private publicSide: SocketPeer | null = null;
  private marketSide: SocketPeer | null = null;
  private requests: SocketPeer | null = null;
  private readonly asked = new Map<string, string>();

  connect(url: string, peer: SocketPeer): Socket {
    const isRequest = url.includes('ws-api') || url.includes('ws-fapi');
    if (isRequest) this.requests = peer;
    else if (url.includes('/market/')) this.marketSide = peer;
    else this.publicSide = peer;
    this.clock.schedule(0, () => peer.onOpen());
    return {
      send: (text) => {
        if (isRequest) this.ask(text);
        else this.acknowledge(peer, text);
      },
      close: () => undefined,
    };
  }

  constructor(private readonly clock: ManualClock) {}

  request(): Promise<HttpAnswer> {
    return Promise.resolve({ reached: false, detail: 'not measured' });
  }

  message(step: Step): void {
    (step.isMarketSide ? this.marketSide : this.publicSide)?.onText(step.text);
  }

  /** Answer the book request of a symbol, if it was made. */
  snapshot(symbol: string, body: string): void {
    const id = this.asked.get(symbol);
    this.asked.delete(symbol);
    if (id !== undefined) this.requests?.onText(`{"id":"${id}","status":200,"result":${body}}`);
  }

  /** A subscription that nobody answers would be made again and again, over one socket after the other. */
  private acknowledge(peer: SocketPeer, text: string): void {
    const { id } = JSON.parse(text) as { id: number };
    this.clock.schedule(0, () => peer.onText(`{"result":null,"id":${id}}`));
  }

  private ask(text: string): void {
    const { id, method, params } = JSON.parse(text) as {
      id: string;
      method: string;
      params: { symbol: string; limit: number };
    };
    if (method === 'depth' && params.limit > 100) this.asked.set(params.symbol, id);
    else
      this.clock.schedule(0, () =>
        this.requests?.onText(`{"id":"${id}","status":400,"error":{"code":-1000,"msg":"no"}}`),
      );
  }
}

/**
 * The product's whole feed, from the text of a message to the frame that would be posted: continuity of every diff, the
 * book and its proof, trade counts, tape, one-minute candles, and the best 50 levels in a frame every 16 ms of recorded
 * time. Nothing of it is written for the bench.
 */
export class FeedPipeline {
  private readonly clock: ManualClock;
  private readonly transport: BenchTransport;
  private readonly feed: Feed;
  private owesCredit = true;
  /** Newest part of a frame by instrument: its counters tell whether the work was done. */
  readonly parts = new Map<InstrumentId, InstrumentFrame>();

  constructor(venue: VenueId, symbols: readonly string[], start: number) {
    this.clock = new ManualClock(start / 1000 - 100);
    this.transport = new BenchTransport(this.clock);
    this.feed = new Feed({
      venues: binanceShelf(),
      clock: this.clock,
      chance: seededChance(1),
      transport: () => this.transport,
      post: (reply) => {
        if (reply.kind !== 'frame') return;
        this.owesCredit = true;
        for (const part of reply.instruments) this.parts.set(part.id, part);
      },
      digest: (text) => Promise.resolve(text),
      buildId: 'bench',
    });
    this.feed.handle({
      kind: 'start',
      version: PROTOCOL_VERSION,
      buildId: 'bench',
      endpoints: [],
      extraHosts: [],
      demo: { seed: 1, rate: 200, start: null },
      wanted: symbols.map((symbol) => ({
        instrument: `${venue}:${symbol}` as InstrumentId,
        book: { best: PICTURE_LEVELS, priceDecimals: 0, step: 0, window: null },
        trades: true,
        candles: ['1m'],
        ticker: true,
      })),
      credit: null,
      visible: true,
      online: true,
    });
  }

  /** Open the sockets and make the first requests. */
  async open(): Promise<void> {
    await this.settle();
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      this.clock.advanceTo(step.t / 1000);
      if (step.snapshot === null) this.transport.message(step);
      else {
        await this.settle();
        this.transport.snapshot(step.snapshot.symbol, step.text);
        await this.settle();
      }
      if (this.owesCredit) this.credit();
    }
    this.clock.advanceTo(this.clock.now() + FRAME_MS * 2);
  }

  dispose(): void {
    this.feed.dispose();
  }

  private credit(): void {
    this.owesCredit = false;
    const frameAt = this.clock.now() + FRAME_MS;
    this.feed.handle({ kind: 'credit', credit: { frameAt, intervalMs: FRAME_MS, idle: false } });
  }

  /** Let what waits for an answer go on. */
  private async settle(): Promise<void> {
    for (let round = 0; round < SETTLE_ROUNDS; round++) {
      this.clock.advanceTo(this.clock.now());
      await Promise.resolve();
    }
  }
}

import type { InstrumentId } from '@/market/instrument.ts';
import type { Command, Wanted } from '@/protocol/command.ts';
import { type Frame, type InstrumentFrame, PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { ManualClock, seededChance } from '../clock.ts';
import { Feed } from '../feed.ts';
import { HealthBoard } from '../health/health-board.ts';
import type { BudgetPeers } from '../shared-budget.ts';
import type { HttpAnswer } from '../transport.ts';
import { binanceShelf } from './binance-shelf.ts';
import { advance, drain, type ScriptedAnswer, ScriptedTransport } from './scripted-transport.ts';

export const START = 1_700_000_000_000;

/** How a desk differs from the ordinary one. */
export interface DeskOptions {
  readonly answer?: (method: string, params: Readonly<Record<string, unknown>>) => ScriptedAnswer | undefined;
  readonly http?: (url: string) => HttpAnswer;
  readonly endpoints?: readonly { venue: 'binance' | 'binance-usdm'; host: string }[];
  readonly seed?: number;
  /** How far the clock on the wall is ahead, ms; absent: there is no such clock. */
  readonly wallAhead?: () => number;
  readonly peers?: BudgetPeers;
}

/** One instrument wanted in full. */
export const wantedOf = (instrument: InstrumentId, more: Partial<Wanted> = {}): Wanted => ({
  instrument,
  book: { best: 20, priceDecimals: 0, step: 0, window: null },
  trades: true,
  candles: [],
  ticker: true,
  ...more,
});

/** A feed on a scripted venue and a clock that stands, with a page that returns each credit at once. */
export class FeedDesk {
  readonly clock = new ManualClock(START);
  readonly replies: Reply[] = [];
  readonly transport: ScriptedTransport;
  readonly feed: Feed;
  private owesCredit = false;

  constructor(options: DeskOptions = {}) {
    const answer = (method: string, params: Readonly<Record<string, unknown>>): ScriptedAnswer => {
      const special = options.answer?.(method, params);
      return special === undefined ? ordinaryAnswer(method, params) : special;
    };
    this.transport = new ScriptedTransport(this.clock, answer, options.http);
    this.feed = new Feed({
      venues: binanceShelf(),
      clock: this.clock,
      chance: seededChance(options.seed ?? 1),
      transport: () => this.transport,
      post: (reply) => {
        this.replies.push(reply);
        if (reply.kind === 'frame') this.owesCredit = true;
      },
      digest: (text) => Promise.resolve(text),
      buildId: 'test',
      recorder: new HealthBoard(START),
      ...(options.wallAhead && { wall: () => this.clock.now() + (options.wallAhead?.() ?? 0) }),
      ...(options.peers && { peers: options.peers }),
    });
    this.feed.handle({
      kind: 'start',
      version: PROTOCOL_VERSION,
      buildId: 'test',
      endpoints: options.endpoints ?? [],
      extraHosts: [],
      demo: { seed: 1, rate: 200, start: null },
      wanted: [],
      credit: null,
      visible: true,
      online: true,
    });
    this.credit();
  }

  handle(command: Command): void {
    this.feed.handle(command);
  }

  want(...wanted: readonly Wanted[]): void {
    this.feed.handle({ kind: 'wanted', wanted });
  }

  /** Let time pass; frames leave meanwhile. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await drain();
    while (this.clock.now() < end) {
      await advance(this.clock, Math.min(20, end - this.clock.now()));
      if (this.owesCredit) this.credit();
    }
  }

  /** Everything known of an instrument: the parts of its frames, the newest of each. */
  part(id: InstrumentId): InstrumentFrame | undefined {
    let sum: InstrumentFrame | undefined;
    for (const frame of this.frames) {
      for (const part of frame.instruments) if (part.id === id) sum = { ...sum, ...part };
    }
    return sum;
  }

  /** Every state an instrument's book had, in order, repeats left out. */
  states(id: InstrumentId): string[] {
    const states = this.frames.flatMap((frame) =>
      frame.instruments.filter((part) => part.id === id).map((part) => part.status.book.state),
    );
    return states.filter((state, i) => state !== states[i - 1]);
  }

  get frames(): Frame[] {
    return this.replies.filter((reply): reply is Frame => reply.kind === 'frame');
  }

  private credit(): void {
    this.owesCredit = false;
    this.feed.handle({ kind: 'credit', credit: { frameAt: this.clock.now() + 5, intervalMs: 5, idle: true } });
  }
}

/** A spot diff of one bid level. */
export function spotDiff(
  clock: { now(): number },
  first: number,
  last = first,
  symbol = 'BTCUSDT',
  bid = ['100.00', String(last)],
): string {
  return `{"e":"depthUpdate","E":${Math.floor(clock.now())},"s":"${symbol}","U":${first},"u":${last},"b":${JSON.stringify([bid])},"a":[]}`;
}

/** A spot trade. */
export function spotTrade(
  clock: { now(): number },
  id: number,
  price = '100.01',
  size = '1',
  at = Math.floor(clock.now()),
): string {
  return `{"e":"trade","E":${Math.floor(clock.now())},"s":"BTCUSDT","t":${id},"p":"${price}","q":"${size}","T":${at},"m":false,"M":true}`;
}

/** The body of a depth answer at an id. */
export const snapshotBody = (id: number): string =>
  `{"lastUpdateId":${id},"bids":[["100.00","1"]],"asks":[["100.10","2"]]}`;

const listing = (symbol: string): object => ({
  symbol,
  status: 'TRADING',
  baseAsset: symbol.replace('USDT', ''),
  quoteAsset: 'USDT',
  contractType: 'PERPETUAL',
  filters: [
    { filterType: 'PRICE_FILTER', tickSize: '0.01' },
    { filterType: 'LOT_SIZE', stepSize: '0.001' },
  ],
});

function ordinaryAnswer(method: string, params: Readonly<Record<string, unknown>>): ScriptedAnswer {
  if (method === 'exchangeInfo') {
    const symbols = (params.symbol === undefined ? ['BTCUSDT', 'ETHUSDT'] : [String(params.symbol)]).map(listing);
    return { delayMs: 2, result: JSON.stringify({ symbols }) };
  }
  if (method === 'depth') return { delayMs: 5, result: snapshotBody(10) };
  if (method === 'trades.recent') return { delayMs: 2, result: '[]' };
  return { delayMs: 2, status: 400, error: '{"code":-1000,"msg":"not here"}' };
}

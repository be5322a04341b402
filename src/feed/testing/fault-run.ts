import type { FeedState } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import { PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { type Chance, ManualClock, seededChance } from '../clock.ts';
import { Feed } from '../feed.ts';
import { binanceShelf } from './binance-shelf.ts';
import { FrameCheck } from './frame-check.ts';
import { type BookEvent, type Flavour, levelsText, MirrorExchange } from './mirror-exchange.ts';
import { advance, drain, type ScriptedAnswer, ScriptedTransport } from './scripted-transport.ts';

/** What one sequence is about: a single fault and nothing else, or everything at once. */
export type Theme = 'drop' | 'swap' | 'duplicate' | 'storm';

/** What one sequence did, for the sums that a test asserts. */
export interface Outcome {
  readonly theme: Theme;
  readonly flavour: Flavour;
  readonly messages: number;
  readonly frames: number;
  readonly liveFrames: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly recoveredMs: number;
  readonly gaps: number;
  readonly resyncs: number;
  readonly states: ReadonlySet<FeedState>;
}

const START = 1_700_000_000_000;
const SYMBOL = 'BTCUSDT';
const STREAM = SYMBOL.toLowerCase();
const FRAME_MS = 5;
const RECOVERY_MS = 90_000;
/** Faults that count towards the limit of six rebuilds in ten minutes. */
const MOST_COUNTED = 5;
const PHANTOM_PRICE = '950';
const CODES = [1000, 1001, 1006, 1008, 1011, 1012, 1013, 4000];

/**
 * Run one generated sequence of faults against the whole feed and check every frame against the simplest book there
 * can be. The same seed gives the same sequence.
 * @throws Error that names the seed, when a frame says what is not so or the book does not come back
 */
export async function runFaults(seed: number): Promise<Outcome> {
  const run = new FaultRun(seed);
  try {
    return await run.whole();
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    throw new Error(
      `seed ${seed} (${run.theme}, ${run.exchange.flavour}): ${reason}\n${run.log.slice(-40).join('\n')}`,
    );
  } finally {
    run.feed.dispose();
  }
}

class FaultRun {
  readonly log: string[] = [];
  readonly theme: Theme;
  readonly exchange: MirrorExchange;
  readonly feed: Feed;
  private readonly clock = new ManualClock(START);
  private readonly check: FrameCheck;
  private readonly chance: Chance;
  private readonly transport: ScriptedTransport;
  private readonly id: InstrumentId;
  private readonly faults: Record<string, number> = {};
  private owesCredit = false;
  private failure: unknown = null;
  private messages = 0;
  private counted = 0;
  private staleBack = 0;
  private failures = 0;
  private isCalm = false;

  constructor(seed: number) {
    this.chance = seededChance(seed);
    const flavour: Flavour = this.chance() < 0.5 ? 'spot' : 'usdm';
    const dice = this.chance();
    this.theme = dice < 0.12 ? 'drop' : dice < 0.24 ? 'swap' : dice < 0.36 ? 'duplicate' : 'storm';
    this.exchange = new MirrorExchange(flavour, this.chance);
    this.check = new FrameCheck(this.exchange, () => this.clock.now());
    this.transport = new ScriptedTransport(this.clock, (method, params) => this.answer(method, params));
    const venue = flavour === 'spot' ? 'binance' : 'binance-usdm';
    this.id = `${venue}:${SYMBOL}`;
    this.feed = new Feed({
      venues: binanceShelf(),
      clock: this.clock,
      chance: seededChance(seed + 1),
      transport: () => this.transport,
      post: (reply) => this.posted(reply),
      digest: (text) => Promise.resolve(text),
      buildId: 'test',
    });
  }

  async whole(): Promise<Outcome> {
    this.feed.handle({
      kind: 'start',
      version: PROTOCOL_VERSION,
      buildId: 'test',
      endpoints: [],
      extraHosts: [],
      demo: { seed: 1, rate: 200, start: null },
      wanted: [
        {
          instrument: this.id,
          book: { best: 20, priceDecimals: 0, step: 0, window: null },
          trades: true,
          candles: [],
          ticker: false,
        },
      ],
      credit: { frameAt: START + FRAME_MS, intervalMs: FRAME_MS, idle: true },
      visible: true,
      online: true,
    });
    await (this.theme === 'storm' ? this.storm() : this.single());
    const recoveredMs = await this.recover();
    this.judgeCounts();
    const { gaps = 0, resyncs = 0 } = this.check.last?.counters ?? {};
    const { theme, messages, faults } = this;
    const { frames, liveFrames, states } = this.check;
    const { flavour } = this.exchange;
    return { theme, flavour, messages, frames, liveFrames, faults, recoveredMs, gaps, resyncs, states };
  }

  /** A quiet opening, one fault, a quiet end. */
  private async single(): Promise<void> {
    await this.untilProven();
    for (let i = 1 + this.below(4); i > 0; i--) await this.ordinary();
    if (this.theme === 'drop') this.drop();
    if (this.theme === 'swap') this.swap();
    if (this.theme === 'duplicate') this.duplicate();
    for (let i = 3 + this.below(4); i > 0; i--) await this.ordinary();
  }

  private async storm(): Promise<void> {
    if (this.chance() < 0.3) this.staleBack = this.below(4);
    for (let i = 10 + this.below(25); i > 0; i--) {
      if (this.chance() < 0.55) await this.ordinary();
      else await this.fault();
    }
  }

  private async fault(): Promise<void> {
    const mayCount = this.counted < MOST_COUNTED;
    const kinds = ['duplicate', 'garbage', 'refine', 'heal', 'stale', 'failing', 'disconnect', 'quote'];
    if (mayCount) kinds.push('drop', 'swap', 'malformed', 'phantom', 'contradiction', 'drop', 'swap');
    if (this.chance() < 0.1) kinds.push('silence');
    const kind = kinds[this.below(kinds.length)];
    this.faults[kind] = (this.faults[kind] ?? 0) + 1;
    this.note(kind);
    if (kind === 'drop') this.drop();
    else if (kind === 'swap') this.swap();
    else if (kind === 'duplicate') this.duplicate();
    else if (kind === 'garbage')
      this.transport.shout(['{', '[]', 'null', '{"e":"depthUpdate"', '\u0000', '{"a":{"b":1}}'][this.below(6)]);
    else if (kind === 'refine') this.exchange.refine();
    else if (kind === 'stale') this.staleBack = this.below(6);
    else if (kind === 'failing') this.failures = this.below(3);
    else if (kind === 'quote') this.quote(this.exchange.newest.id, false);
    else if (kind === 'malformed') this.malformed();
    else if (kind === 'contradiction') await this.contradiction();
    else if (kind === 'heal') await this.heal();
    else if (kind === 'phantom') await this.phantom();
    else if (kind === 'disconnect') this.disconnect();
    else if (kind === 'silence') for (const socket of this.transport.sockets) socket.isSilent = true;
    await this.pause(this.below(120));
  }

  private async ordinary(): Promise<void> {
    this.send(this.exchange.step());
    if (this.chance() < 0.3) this.quote(this.exchange.newest.id, false);
    await this.pause(1 + this.below(90));
  }

  private drop(): void {
    const lost = this.exchange.step();
    this.note(`lost ${lost.first}..${lost.last}`);
    this.counted++;
    this.revealed(this.exchange.step());
  }

  private swap(): void {
    const first = this.exchange.step();
    this.counted++;
    this.revealed(this.exchange.step());
    this.send(first);
  }

  private duplicate(): void {
    const event = this.exchange.step();
    this.send(event);
    this.send(event);
  }

  /** Deliver a diff that shows a gap, if there was a book. From its message on nothing older may be called live. */
  private revealed(event: BookEvent): void {
    this.nothingBefore(event.last);
    this.send(event);
  }

  /** Whoever listened has learnt that a book older than this is not the market's. A silent socket tells nothing. */
  private nothingBefore(id: number, from = 0): void {
    const stream = `${STREAM}@depth@100ms`;
    const isHeard = [...this.transport.sockets].some((one) => one.isOpen && !one.isSilent && one.names.has(stream));
    if (isHeard) this.check.nothingBefore(id, from);
  }

  private malformed(): void {
    const event = this.exchange.step();
    this.counted++;
    this.nothingBefore(event.last);
    const text = this.text(event);
    const spoilt = [
      text.replace('"b":[', '"b":[["x","1"],'),
      text.replace('"a":[', '"a":[["1","-5"],'),
      text.replace('"u":', '"u":"'),
      text.replace(/"b":\[/, '"b":[["",""],'),
      text.slice(0, -2),
      text.replace('"b":[', '"b":[["0","1"],'),
      text.replace('"a":[', '"a":[["1e400","1"],'),
    ];
    this.deliver(`${STREAM}@depth@100ms`, spoilt[this.below(spoilt.length)]);
  }

  /** The venue states another best size at the very id of a diff: the book is not believed any more. */
  private async contradiction(): Promise<void> {
    const isProven = this.feed.digestOf(this.id) !== null;
    const event = this.exchange.step();
    this.send(event);
    if (isProven) this.nothingBefore(event.last);
    this.counted++;
    this.quote(event.last, true);
    await this.pause(30);
    this.send(this.exchange.step());
    this.quote(this.exchange.newest.id, false);
  }

  /** A true cross that the next message undoes in time. */
  private async heal(): Promise<void> {
    const { event, heal } = this.exchange.cross();
    this.send(event);
    await this.pause(20 + this.below(350));
    this.send(heal());
  }

  /** A level that is not there crosses the book for longer than it is held. */
  private async phantom(): Promise<void> {
    const event = this.exchange.step();
    this.counted++;
    this.nothingBefore(event.last, this.clock.now() + 500);
    this.send({ ...event, changes: [...event.changes, ['b', PHANTOM_PRICE, '1']] });
    for (let i = 0; i < 4; i++) {
      await this.pause(150);
      this.send(this.exchange.step());
    }
  }

  private disconnect(): void {
    this.nothingBefore(this.exchange.newest.id);
    if (this.chance() < 0.3) this.transport.refusals = this.below(3);
    this.transport.hangUp(CODES[this.below(CODES.length)]);
    if (this.chance() < 0.5) this.exchange.step();
  }

  private async untilProven(): Promise<void> {
    for (let i = 0; i < 100 && this.feed.digestOf(this.id) === null; i++) await this.ordinary();
    if (this.feed.digestOf(this.id) === null) throw new Error('the book was never proven');
  }

  /** No more faults: the book must come back and be the exchange's to the last level. */
  private async recover(): Promise<number> {
    this.isCalm = true;
    this.staleBack = 0;
    this.failures = 0;
    this.transport.refusals = 0;
    const from = this.clock.now();
    while (this.clock.now() - from < RECOVERY_MS) {
      this.send(this.exchange.step());
      await this.pause(100);
      const digest = this.feed.digestOf(this.id);
      if (Number(digest?.sequence) !== this.exchange.newest.id || this.check.last?.status.book.state !== 'live')
        continue;
      const state = this.exchange.newest;
      if (digest?.text !== state.digest) throw new Error('the recovered book differs');
      if (digest.bidLevels !== state.bids.length || digest.askLevels !== state.asks.length)
        throw new Error('level counts differ');
      return this.clock.now() - from;
    }
    throw new Error(`not live ${RECOVERY_MS} ms after the last fault, but ${this.check.last?.status.book.state}`);
  }

  private judgeCounts(): void {
    if (this.theme === 'storm' || !this.check.last) return;
    const { counters, trades } = this.check.last;
    const isDuplicate = this.theme === 'duplicate';
    const expected = isDuplicate ? 0 : 1;
    if (counters.gaps !== expected || counters.resyncs !== expected) {
      throw new Error(`${counters.gaps} gaps and ${counters.resyncs} resyncs for one fault`);
    }
    if (isDuplicate && trades.duplicates !== 1) throw new Error(`${trades.duplicates} duplicates for one`);
    if (counters.rejected !== 0) throw new Error('something was refused');
  }

  private posted(reply: Reply): void {
    if (reply.kind !== 'frame') return;
    this.owesCredit = true;
    try {
      for (const part of reply.instruments) {
        this.note(`  frame ${part.status.book.state} ${part.book?.sequence ?? ''}`);
        this.check.part(part);
      }
    } catch (failure) {
      // Thrown where the sequence is driven: here it would end in the middle of the feed.
      this.failure ??= failure;
    }
  }

  private answer(method: string, params: Readonly<Record<string, unknown>>): ScriptedAnswer {
    if (method === 'exchangeInfo') {
      return { delayMs: 2, result: LISTING };
    }
    if (method !== 'depth') return { delayMs: 2, status: 400, error: '{"code":-1000,"msg":"not here"}' };
    const isProbe = Number(params.limit) < 100;
    if (this.failures > 0 && !isProbe) {
      this.failures--;
      return this.chance() < 0.2
        ? null
        : { delayMs: this.below(200), status: 503, error: '{"code":-1001,"msg":"busy"}' };
    }
    const state = this.snapshotState(isProbe);
    this.note(`  asked, answered with ${state.id}`);
    const result = `{"lastUpdateId":${state.id},"bids":${levelsText(state.bids)},"asks":${levelsText(state.asks)}}`;
    return { delayMs: 1 + this.below(this.isCalm ? 60 : 250), result };
  }

  private snapshotState(isProbe: boolean): ReturnType<MirrorExchange['inside']> {
    if (isProbe) return this.exchange.newest;
    if (this.staleBack > 0) {
      this.staleBack--;
      return this.exchange.past(1 + this.below(8));
    }
    if (this.chance() < 0.8 || this.theme !== 'storm') return this.exchange.newest;
    const inside = this.exchange.inside();
    if (!this.exchange.at(inside.id)) this.check.insideStates.set(inside.id, inside);
    return this.exchange.at(inside.id) ?? inside;
  }

  private send(event: BookEvent): void {
    this.note(`diff ${event.first}..${event.last}`);
    this.deliver(`${STREAM}@depth@100ms`, this.text(event));
  }

  private deliver(stream: string, data: string): void {
    this.messages++;
    this.transport.deliver(stream, data);
    if (this.owesCredit) this.credit();
  }

  private text({ first, last, previous, changes }: BookEvent): string {
    const time = Math.floor(this.clock.now());
    const side = (letter: string): string =>
      JSON.stringify(changes.filter((change) => change[0] === letter).map(([, price, size]) => [price, size]));
    const futures = this.exchange.flavour === 'usdm';
    return `{"e":"depthUpdate","E":${time},${futures ? `"T":${time},` : ''}"s":"${SYMBOL}","U":${first},"u":${last},${
      futures ? `"pu":${previous},` : ''
    }"b":${side('b')},"a":${side('a')}}`;
  }

  private quote(id: number, isWrong: boolean): void {
    const state = this.exchange.at(id);
    if (!state || state.isCrossed) return;
    const [bid, bidSize] = state.bids[0];
    const [ask, askSize] = state.asks[0];
    const size = isWrong ? '77777.1' : bidSize;
    const time = Math.floor(this.clock.now());
    const kind = this.exchange.flavour === 'usdm' ? '"e":"bookTicker",' : '';
    const times = this.exchange.flavour === 'usdm' ? `,"T":${time},"E":${time}` : '';
    const data = `{${kind}"u":${id},"s":"${SYMBOL}","b":"${bid}","B":"${size}","a":"${ask}","A":"${askSize}"${times}}`;
    this.deliver(`${STREAM}@bookTicker`, data);
  }

  private async pause(ms: number): Promise<void> {
    await drain();
    if (this.owesCredit) this.credit();
    const end = this.clock.now() + ms;
    while (this.clock.now() < end) {
      await advance(this.clock, Math.min(20, end - this.clock.now()));
      if (this.owesCredit) this.credit();
      if (this.failure) throw this.failure;
      this.check.digest(this.feed.digestOf(this.id));
    }
  }

  private credit(): void {
    this.owesCredit = false;
    const credit = { frameAt: this.clock.now() + FRAME_MS, intervalMs: FRAME_MS, idle: true };
    this.feed.handle({ kind: 'credit', credit });
  }

  private note(line: string): void {
    this.log.push(`${this.clock.now() - START} ${line}`);
  }

  private below(limit: number): number {
    return Math.floor(this.chance() * limit);
  }
}

const LISTING = JSON.stringify({
  symbols: [
    {
      symbol: SYMBOL,
      status: 'TRADING',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      contractType: 'PERPETUAL',
      filters: [
        { filterType: 'PRICE_FILTER', tickSize: '0.01' },
        { filterType: 'LOT_SIZE', stepSize: '0.001' },
      ],
    },
  ],
});

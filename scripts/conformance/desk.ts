import { ManualClock, seededChance } from '@/feed/clock.ts';
import { Feed } from '@/feed/feed.ts';
import { wantedOf } from '@/feed/testing/feed-desk.ts';
import { openSession } from '@/feed/venue-session.ts';
import { loadVenue, VenueShelf } from '@/feed/venues/index.ts';
import { type Candle, candleAt, candleCount } from '@/market/candle.ts';
import type { FaultKind } from '@/market/fault.ts';
import type { FeedState } from '@/market/feed-state.ts';
import type { InstrumentId, InstrumentInfo } from '@/market/instrument.ts';
import { type InstrumentFrame, PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { type LevelChange, Market, type MarketTrade } from './market';
import type { Checksum, Profile } from './profile';
import { ScriptedVenue } from './scripted-venue';

/** Twenty seconds into a minute. */
export const START = 1_700_000_000_000;
const SLICE_MS = 25;
const LIVE_WITHIN_MS = 20_000;

/** What a page holds of one instrument. */
interface Seen {
  part: InstrumentFrame;
  info: InstrumentInfo | null;
  readonly states: { readonly state: FeedState; readonly fault: FaultKind | null }[];
  readonly candles: Map<number, Candle>;
}

/** A feed on one venue as its profile speaks, with a page that returns each credit at once. */
export class ConformanceDesk {
  readonly clock = new ManualClock(START);
  readonly server: ScriptedVenue;
  readonly feed: Feed;
  private readonly seen = new Map<InstrumentId, Seen>();
  /** Looks at every part of every frame. */
  watch: ((part: InstrumentFrame) => void) | null = null;
  private owesCredit = false;
  private readonly nudges = new Map<string, number>();

  constructor(readonly profile: Profile) {
    this.server = new ScriptedVenue(profile, this.clock, profile.make());
    this.feed = new Feed({
      venues: new VenueShelf(loadVenue, openSession).add(profile.venue, () => profile.make()),
      clock: this.clock,
      chance: seededChance(1),
      transport: () => this.server,
      post: (reply) => this.posted(reply),
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

  id(symbol: string): InstrumentId {
    return `${this.profile.venue}:${symbol}`;
  }

  market(symbol: string): Market {
    const held = this.server.markets.get(symbol) ?? new Market(symbol, () => this.clock.now());
    this.server.markets.set(symbol, held);
    return held;
  }

  want(symbols: readonly string[], candles: readonly '1m'[] = []): void {
    for (const symbol of symbols) this.market(symbol);
    this.feed.handle({ kind: 'wanted', wanted: symbols.map((symbol) => wantedOf(this.id(symbol), { candles })) });
  }

  retry(symbol: string): void {
    this.feed.handle({ kind: 'retry', instrument: this.id(symbol) });
  }

  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await settle();
    while (this.clock.now() < end) {
      this.clock.advanceTo(Math.min(end, this.clock.now() + SLICE_MS));
      await settle();
      if (this.owesCredit) this.credit();
    }
  }

  /** Let time pass while these markets move now and then. */
  async busy(symbols: readonly string[], ms: number, everyMs = 200): Promise<void> {
    for (let passed = 0; passed < ms; passed += everyMs) {
      for (const symbol of symbols) this.nudge(symbol);
      await this.pass(Math.min(everyMs, ms - passed));
    }
  }

  /** Want symbols and wait until all of them are live. */
  async open(symbols: readonly string[], candles: readonly '1m'[] = []): Promise<void> {
    this.want(symbols, candles);
    await this.untilLive(symbols);
  }

  async untilLive(symbols: readonly string[], withinMs = LIVE_WITHIN_MS): Promise<void> {
    const end = this.clock.now() + withinMs;
    await this.pass(50);
    while (symbols.some((symbol) => this.state(symbol) !== 'live') && this.clock.now() < end) {
      for (const symbol of symbols) this.nudge(symbol);
      await this.pass(100);
    }
    const late = symbols.filter((symbol) => this.state(symbol) !== 'live');
    if (late.length > 0)
      throw new Error(`${late.join()} not live in ${withinMs} ms but ${JSON.stringify(this.states(late[0]))}`);
  }

  /** Change a market and tell of it. @returns how many clients heard */
  change(symbol: string, changes: readonly LevelChange[], checksum?: Checksum): number {
    const market = this.market(symbol);
    const made = market.change(changes);
    return this.sendBook(symbol, this.profile.change(market, made, checksum));
  }

  /** A small change. Some of them make or end a level, so that whoever misses one is wrong for good. */
  nudge(symbol: string): number {
    const n = (this.nudges.get(symbol) ?? 0) + 1;
    this.nudges.set(symbol, n);
    const level: LevelChange = ['a', `101.${1 + ((n * 7) % 9)}`, String((Math.floor(n / 5) * 3) % 4)];
    return this.change(symbol, n % 3 === 0 ? [['b', '100', String(2 + (n % 7))], level] : [level]);
  }

  sendBook(symbol: string, text: string): number {
    return this.server.send(this.server.nameOf(symbol, 'book'), text);
  }

  sendTrades(symbol: string, trades: readonly MarketTrade[]): void {
    const name = this.server.nameOf(symbol, 'trades');
    this.server.send(name, this.profile.trades(this.market(symbol), trades));
  }

  part(symbol: string): InstrumentFrame {
    const seen = this.seen.get(this.id(symbol));
    if (!seen) throw new Error(`no frame of ${symbol}`);
    return seen.part;
  }

  info(symbol: string): InstrumentInfo | null {
    return this.seen.get(this.id(symbol))?.info ?? null;
  }

  /** State of the book as the newest frame has it. */
  state(symbol: string): FeedState | null {
    return this.seen.get(this.id(symbol))?.part.status.book.state ?? null;
  }

  /** States the book was seen in, in order, repeats left out. */
  states(symbol: string): FeedState[] {
    const states = this.seen.get(this.id(symbol))?.states.map(({ state }) => state) ?? [];
    return states.filter((state, i) => state !== states[i - 1]);
  }

  /** Faults the book was seen with. */
  faults(symbol: string): FaultKind[] {
    return [...new Set(this.seen.get(this.id(symbol))?.states.flatMap(({ fault }) => fault ?? []))];
  }

  forgetStates(symbol: string): void {
    this.seen.get(this.id(symbol))?.states.splice(0);
  }

  candles(symbol: string): Candle[] {
    return [...(this.seen.get(this.id(symbol))?.candles.values() ?? [])].sort((a, b) => a.t - b.t);
  }

  /** The digest's text of the book held; null while it is not proven. */
  digest(symbol: string): string | null {
    return this.feed.digestOf(this.id(symbol))?.text ?? null;
  }

  private posted(reply: Reply): void {
    if (reply.kind !== 'frame') return;
    this.owesCredit = true;
    for (const part of reply.instruments) {
      const seen: Seen = this.seen.get(part.id) ?? { part, info: null, states: [], candles: new Map() };
      this.seen.set(part.id, seen);
      this.watch?.(part);
      seen.part = { ...seen.part, ...part };
      seen.info = part.info ?? seen.info;
      const { state, fault } = part.status.book;
      const last = seen.states.at(-1);
      if (last?.state !== state || last.fault !== (fault?.kind ?? null))
        seen.states.push({ state, fault: fault?.kind ?? null });
      for (const series of part.candles ?? []) {
        if (series.reset) seen.candles.clear();
        for (let i = 0; i < candleCount(series.candles); i++) {
          const candle = candleAt(series.candles, i);
          seen.candles.set(candle.t, candle);
        }
      }
    }
  }

  private credit(): void {
    this.owesCredit = false;
    this.feed.handle({ kind: 'credit', credit: { frameAt: this.clock.now() + 5, intervalMs: 5, idle: true } });
  }
}

async function settle(): Promise<void> {
  for (let round = 0; round < 8; round++) await Promise.resolve();
}

import { seeded } from '@/feed/testing/message-damage.ts';
import { type BookState, digestOf, type LevelText } from '@/feed/testing/reference-book.ts';
import { formatTrimmed } from '@/market/decimal.ts';
import type { FeedState } from '@/market/feed-state.ts';
import type { BookFrame, InstrumentFrame } from '@/protocol/frame.ts';
import { ConformanceDesk } from './desk';
import type { LevelChange, Market, MarketChange } from './market';
import type { Checksum, Profile } from './profile';

export type FaultName =
  | 'drop'
  | 'duplicate'
  | 'swap'
  | 'corrupt'
  | 'stale book'
  | 'repeated book'
  | 'reconnect'
  | 'garbage'
  | 'finer';

/** What one sequence did. */
export interface FaultOutcome {
  readonly faults: Readonly<Partial<Record<FaultName, number>>>;
  readonly liveFrames: number;
  readonly resyncs: number;
  readonly states: ReadonlySet<FeedState>;
}

/** Rebuilds that a feed allows itself in ten minutes, less the one that recovery may cost. */
const MOST_COUNTED = 5;
/** A checksum that fails so often on an unbroken sequence is taken for the venue's own mistake. */
const MOST_CORRUPT_IN_SEQUENCE = 2;
const RECOVERY_MS = 90_000;
const GARBAGE = ['{', '[]', 'null', '\u0000', '{"a":{"b":1}}', '{"channel":"book"'];

/** Faults whose loss a venue's numbers or checksums show in the next message. Without them only a second source would. */
export function faultsOf({ venue, make }: Profile): readonly FaultName[] {
  const { proof, checksum, bookSource } = make();
  const always: FaultName[] = ['duplicate', 'reconnect', 'garbage', 'finer'];
  if (bookSource === 'stream') always.push('repeated book');
  if (proof === 'audit') return venue === 'bitstamp' ? always.filter((name) => name !== 'repeated book') : always;
  always.push('drop', 'swap');
  if (bookSource === 'stream') always.push('stale book');
  return checksum ? [...always, 'corrupt'] : always;
}

/**
 * Run one generated sequence of faults through the whole feed and hold everything it says against the market as it truly
 * was. The same seed gives the same sequence.
 * @throws Error that names the venue and the seed, when a frame says what is not so or the book does not come back
 */
export async function runFaultSequence(profile: Profile, seed: number): Promise<FaultOutcome> {
  const run = new FaultSequence(profile, seed);
  try {
    return await run.whole();
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    throw new Error(`${profile.venue}, seed ${seed}: ${reason}\n${run.log.slice(-30).join('\n')}`);
  } finally {
    run.desk.feed.dispose();
  }
}

class FaultSequence {
  readonly log: string[] = [];
  readonly desk: ConformanceDesk;
  private readonly chance: () => number;
  private readonly symbol: string;
  private readonly market: Market;
  private readonly faults: Partial<Record<FaultName, number>> = {};
  private readonly kinds: readonly FaultName[];
  /** Every state the market was in, by its digest: when it was so last. */
  private readonly order = new Map<string, number>();
  private readonly past: BookState[] = [];
  private readonly states = new Set<FeedState>();
  /** A book from before this may not be called live: whoever listened has learnt that something came after it. */
  private floor = 0;
  private shown = -1;
  /** The venue has told of the past, and nobody can know yet. */
  private isMisled = false;
  private liveFrames = 0;
  private counted = 0;
  private decimals = 1;
  private failure: Error | null = null;
  private grid = { priceDecimals: 0, lotDecimals: 0 };

  constructor(
    private readonly profile: Profile,
    seed: number,
  ) {
    this.chance = seeded(seed);
    this.desk = new ConformanceDesk(profile);
    this.desk.watch = (part) => this.check(part);
    [this.symbol] = profile.symbols;
    this.market = this.desk.market(this.symbol);
    this.kinds = faultsOf(profile);
    this.remember();
  }

  async whole(): Promise<FaultOutcome> {
    const { desk, symbol } = this;
    desk.want([symbol]);
    for (let i = 0; i < 100 && desk.digest(symbol) === null; i++) await this.ordinary();
    for (let i = 8 + this.below(14); i > 0; i--) {
      if (this.chance() < 0.5) await this.ordinary();
      else await this.fault(this.kinds[this.below(this.kinds.length)]);
      if (this.failure) throw this.failure;
    }
    desk.server.tells = (market) => market;
    await this.recover();
    const { resyncs } = desk.part(symbol).counters;
    return { faults: this.faults, liveFrames: this.liveFrames, resyncs, states: this.states };
  }

  private async ordinary(): Promise<void> {
    this.send(this.step());
    await this.pause(1 + this.below(60));
  }

  private async fault(name: FaultName): Promise<void> {
    if (!this.mayCount(name)) return this.ordinary();
    this.faults[name] = (this.faults[name] ?? 0) + 1;
    this.note(name);
    await FAULTS[name](this);
    await this.pause(1 + this.below(120));
  }

  private mayCount(name: FaultName): boolean {
    if (name === 'corrupt' && this.profile.make().sequenced && (this.faults.corrupt ?? 0) >= MOST_CORRUPT_IN_SEQUENCE)
      return false;
    if (!COUNTED.has(name)) return true;
    if (this.counted >= MOST_COUNTED) return false;
    this.counted += name === 'stale book' ? 2 : 1;
    return true;
  }

  /**
   * One random change that leaves the book uncrossed, with some levels a side and at most ten: a checksum covers no more,
   * and that of an empty book is 0, which proves nothing.
   */
  step(): MarketChange {
    const changes: LevelChange[] = [];
    for (let i = 1 + this.below(3); i > 0; i--) {
      const side = this.chance() < 0.5 ? 'b' : 'a';
      const held = this.market.state[side === 'b' ? 'bids' : 'asks'];
      const chosen = held[this.below(held.length)]?.[0];
      if (held.length > 3 && (this.chance() < 0.35 || held.length > 7)) changes.push([side, chosen, '0']);
      else if (this.chance() < 0.3) changes.push([side, chosen, this.size()]);
      else changes.push([side, this.price(side), this.size()]);
    }
    // The same level twice in one message would leave the order to say what it is.
    const seen = new Map(changes.map((change) => [`${change[0]}${Number(change[1])}`, change]));
    const made = this.market.change([...seen.values()]);
    this.remember();
    return made;
  }

  private price(side: 'b' | 'a'): string {
    const unit = 10 ** this.decimals;
    const distance = 1 + this.below(8 * unit);
    const ticks = side === 'b' ? 100 * unit - distance : 101 * unit + distance;
    return (ticks / unit).toFixed(this.decimals);
  }

  private size(): string {
    return (1 + this.below(900)).toString().replace(/(\d)$/, '.$1').replace(/^\./, '0.');
  }

  send(change: MarketChange, checksum = this.checksumNow()): number {
    this.note(`change ${change.previous} to ${change.id}`);
    const heard = this.desk.sendBook(this.symbol, this.profile.change(this.market, change, checksum));
    // The first change after a book of the past shows what that was.
    if (heard > 0 && this.isMisled) this.isKnown(change);
    return heard;
  }

  private isKnown(change: MarketChange): void {
    this.isMisled = false;
    this.floor = this.order.get(change.state.digest) ?? 0;
  }

  /** Deliver a change that shows what is missing. From its message on nothing older may be called live. */
  reveal(change: MarketChange): void {
    if (this.send(change) > 0) this.isKnown(change);
  }

  /**
   * Deliver a change that a later one has overtaken. Where nothing is numbered its checksum may be right: it then undoes
   * all that the later one did, and the venue itself says that this is the book.
   */
  overtaken(change: MarketChange): void {
    const isHeard = this.send(change) > 0;
    if (isHeard && !this.profile.make().sequenced) this.isKnown(change);
  }

  /** A venue that has ceased to send checksums may still send some. */
  private checksumNow(): Checksum {
    return this.profile.make().sequenced && this.chance() < 0.5 ? 'absent' : 'right';
  }

  corrupt(): void {
    const change = this.step();
    const spoil = (levels: readonly LevelText[]): LevelText[] => levels.map(([price, size]) => [price, `${size}7`]);
    const side = change.bids.some(([, size]) => size !== '0') ? 'bids' : 'asks';
    if (!change[side].some(([, size]) => size !== '0')) {
      this.send(change, 'right');
      return;
    }
    this.send({ ...change, [side]: spoil(change[side]) }, 'right');
  }

  repeatBook(): void {
    this.step();
    this.step();
    const text = this.profile.book(this.market);
    if (text !== null && this.desk.sendBook(this.symbol, text) > 0) this.floor = this.past.length - 1;
  }

  /** The next subscription is told of the past, as if a cache had answered; then the connection is lost. */
  staleBook(): void {
    const { desk } = this;
    const state = this.past[Math.max(0, this.past.length - 2 - this.below(5))];
    desk.server.tells = (market) => {
      desk.server.tells = (held) => held;
      this.isMisled = true;
      this.floor = 0;
      return market.at(state);
    };
    desk.server.hangUp(1006);
  }

  garbage(): void {
    this.desk.server.shout(GARBAGE[this.below(GARBAGE.length)]);
  }

  finer(): void {
    this.decimals = Math.min(4, this.decimals + 1);
  }

  private remember(): void {
    const { state } = this.market;
    this.order.set(state.digest, this.past.length);
    this.past.push(state);
  }

  private async pause(ms: number): Promise<void> {
    await this.desk.pass(ms);
    const digest = this.desk.digest(this.symbol);
    if (digest !== null && !this.order.has(digest))
      throw new Error(`the book held is none of the market's:\n${digest}`);
    if (this.failure) throw this.failure;
  }

  /** No more faults: the book comes back and is the market's to the last level. */
  private async recover(): Promise<void> {
    const { desk, symbol } = this;
    const end = desk.clock.now() + RECOVERY_MS;
    while (desk.clock.now() < end) {
      const { state } = this.told();
      await this.pause(100);
      if (desk.state(symbol) === 'live' && desk.digest(symbol) === state.digest) return;
    }
    throw new Error(
      `not live ${RECOVERY_MS} ms after the last fault, but ${desk.state(symbol)} ${desk.faults(symbol)}`,
    );
  }

  private told(): MarketChange {
    const change = this.step();
    this.send(change);
    return change;
  }

  /** Thrown where the sequence is driven: here it would end in the middle of the feed. */
  private check(part: InstrumentFrame): void {
    const { state } = part.status.book;
    this.states.add(state);
    this.note(`  frame ${state}`);
    if (part.info) this.grid = part.info.grid;
    if (part.book) this.picture(part.book);
    if (state !== 'live' && state !== 'lagging') return;
    this.liveFrames++;
    if (this.shown < this.floor) this.fail(`live at state ${this.shown} though ${this.floor} is known`);
  }

  private picture(book: BookFrame): void {
    const { priceDecimals, lotDecimals } = this.grid;
    const side = (ticks: Float64Array, lots: Float64Array): LevelText[] =>
      Array.from(ticks, (price, i) => [formatTrimmed(price, priceDecimals), formatTrimmed(lots[i], lotDecimals)]);
    const { top } = book;
    const digest = digestOf(side(top.bidTicks, top.bidLots), side(top.askTicks, top.askLots));
    const index = this.order.get(digest);
    if (index === undefined) this.fail(`a book that the market never had:\n${digest}`);
    else this.shown = index;
  }

  private fail(reason: string): void {
    this.failure ??= new Error(reason);
  }

  private note(line: string): void {
    this.log.push(`${Math.round(this.desk.clock.now()) % 10_000_000} ${line}`);
  }

  private below(limit: number): number {
    return Math.floor(this.chance() * limit);
  }
}

/** Faults that cost a rebuild which counts towards the limit. */
const COUNTED: ReadonlySet<FaultName> = new Set(['drop', 'swap', 'corrupt', 'stale book']);

const FAULTS: Readonly<Record<FaultName, (run: FaultSequence) => void>> = {
  drop: (run) => {
    run.step();
    run.reveal(run.step());
  },
  duplicate: (run) => {
    const change = run.step();
    run.send(change);
    run.send(change);
  },
  swap: (run) => {
    const first = run.step();
    run.reveal(run.step());
    run.overtaken(first);
  },
  corrupt: (run) => run.corrupt(),
  'stale book': (run) => run.staleBook(),
  'repeated book': (run) => run.repeatBook(),
  reconnect: (run) => run.desk.server.hangUp(1006),
  garbage: (run) => run.garbage(),
  finer: (run) => run.finer(),
};

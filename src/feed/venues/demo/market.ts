import { type Agents, createAgents } from './agents';
import { bucketStart } from './bars';
import { createFairValue } from './fair-value';
import { createHistory } from './history';
import { type DemoInstrument, minuteMoveTicks } from './instruments';
import { type Candles, createCandles } from './live-candles';
import { MatchingEngine } from './matching-engine';
import type { Accepted, Amended, Cancelled, Fill, Rejected } from './order';
import { createPace } from './pace';
import { type Desk, FIRST_TRADER } from './quoting';
import { createRandom, hashNumber, hashText, mixWords } from './random';
import { createTape, type Tape } from './tape';
import type { BarIds, DayState, TapeTrade, Touch } from './wire';

/** What a market tells as its messages happen. Nobody listening is `null`: the market runs just the same. */
export interface MarketSink {
  /** False spares the market gathering what a diff would say. */
  readonly wantsDepth: boolean;
  trade(trade: TapeTrade, closesAggregate: boolean): void;
  bookTicker(touch: Touch): void;
  /** Levels at these prices changed between update ids `first` and `last`; they stand in the engine as of `last`. */
  depth(time: number, first: number, last: number, bids: readonly number[], asks: readonly number[]): void;
  /** A whole second of venue time has begun, and everything before it has been told. */
  second(time: number): void;
}

/** One simulated market: an engine, its agents, and the sequence of messages they make. */
export interface Market {
  readonly instrument: DemoInstrument;
  readonly engine: MatchingEngine;
  readonly candles: Candles;
  readonly tape: Tape;
  /** Number of messages so far, which is the index of the next. */
  readonly messages: number;
  /** Venue time of the next message. */
  readonly nextTime: number;
  /** Venue time of the last message. */
  readonly time: number;
  /** Runs every message due by `until`, at most `most` of them; answers how many. */
  advance(until: number, sink: MarketSink | null, most: number): number;
  /** Stands still for `ms` more (whole seconds): the next messages come that much later. */
  halt(ms: number): void;
  /** Best levels as they are. */
  touch(): Touch;
  /** The rolling 24 hours, by whole minutes. */
  day(): DayState;
  /** First and last trade id of a bar that starts at `start`; trades before the opening are counted back from it. */
  barIds(interval: string, start: number): BarIds;
  /**
   * Lets a person act on the engine; `action` must keep to owners from FIRST_TRADER on. Its fills are told among the
   * next messages, and to the listeners before this returns.
   */
  enter<T extends Accepted | Amended | Cancelled | Rejected>(action: (engine: MatchingEngine) => T): T;
  /** Hears of every fill with a person on either side, once the matching is over; answers how to stop. */
  onFill(listener: FillListener): () => void;
}

/** `time` is venue time, integer ms. The listener may send orders. */
export type FillListener = (fill: Fill, time: number) => void;

/** Seed, messages a second (20 to 5,000) and venue time of message 0 (integer ms). */
export interface MarketOptions {
  readonly seed: number;
  readonly rate: number;
  readonly start: number;
}

const SECOND = 1000;
const MINUTE = 60_000;
const DAY = 86_400_000;
/** A diff goes out at least this often in venue time, and at the latest as every tenth message. */
const DEPTH_MS = 100;
const DEPTH_MESSAGES = 10;
/** Mean size of a trade relative to the instrument's `takeLots`, measured; it only scales the made-up history. */
const MEAN_TRADE = 2;

export function createMarket(instrument: DemoInstrument, options: MarketOptions): Market {
  return new SimulatedMarket(instrument, options);
}

class SimulatedMarket implements Market {
  readonly instrument: DemoInstrument;
  readonly engine: MatchingEngine;
  readonly candles: Candles;
  readonly tape: Tape;
  messages = 0;
  nextTime: number;
  time: number;
  readonly #agents: Agents;
  readonly #rate: number;
  readonly #firstTradeId: number;
  readonly #timeOf: (n: number) => number;
  #haltedMs = 0;
  #followingTime: number;
  #actedAt: number;
  #depthAt: number;
  #sinceDepth = 0;
  #diffedId: number;
  #second: number;
  readonly #listeners = new Set<FillListener>();
  #personal: Fill[] = [];
  #queue: Fill[] = [];
  #queued = 0;
  #lastTakerId = -1;
  #lastTicks = 0;
  #lastLots: number;
  #told: Touch;

  constructor(instrument: DemoInstrument, options: MarketOptions) {
    const root = mixWords(hashNumber(options.seed), hashText(instrument.symbol));
    const seedOf = (purpose: string): number => mixWords(root, hashText(purpose));
    const opening = Math.floor(options.start / SECOND) * SECOND;
    const trades = options.rate * 0.25 * 86_400;
    const history = createHistory(root, instrument, { trades, lots: trades * instrument.takeLots * MEAN_TRADE });
    const firstId = 1_000_000_000 + (seedOf('ids') % 1_000_000_000);
    this.instrument = instrument;
    this.#lastLots = instrument.takeLots;
    this.#rate = options.rate;
    this.#firstTradeId = firstId;
    this.candles = createCandles(history, opening);
    this.tape = createTape(firstId, Math.floor(firstId / 2));
    this.#diffedId = firstId * 4;
    this.engine = new MatchingEngine({
      firstTradeId: firstId,
      firstUpdateId: this.#diffedId,
      onFill: (fill) => {
        if (fill.makerOwner >= FIRST_TRADER || fill.takerOwner >= FIRST_TRADER) this.#personal.push(fill);
      },
    });
    let nextId = 1;
    const desk: Desk = {
      engine: this.engine,
      instrument,
      random: createRandom(seedOf('agents')),
      nextId: () => nextId++,
    };
    const fair = createFairValue(createRandom(seedOf('value')), history.priceAt(opening), minuteMoveTicks(instrument));
    this.#agents = createAgents(desk, fair, options.rate);
    this.#agents.open();
    this.#diffedId = this.engine.updateId;
    this.#told = this.touch();
    this.#timeOf = createPace(seedOf('pace'), options.rate, options.start).timeOf;
    this.nextTime = this.#timeOf(0);
    this.#followingTime = this.#timeOf(1);
    this.time = this.#actedAt = this.#depthAt = this.nextTime;
    this.#second = Math.floor(this.time / SECOND);
  }

  advance(until: number, sink: MarketSink | null, most: number): number {
    let done = 0;
    for (; this.nextTime <= until && done < most; done++) this.#step(sink);
    return done;
  }

  halt(ms: number): void {
    this.#haltedMs += ms;
    this.nextTime += ms;
    this.#followingTime += ms;
    this.#actedAt += ms;
  }

  touch(): Touch {
    const { engine } = this;
    return {
      updateId: engine.updateId,
      bidTicks: engine.bestTicks('bid'),
      bidLots: engine.bestLots('bid'),
      askTicks: engine.bestTicks('ask'),
      askLots: engine.bestLots('ask'),
    };
  }

  day(): DayState {
    const from = Math.max(0, Math.floor((this.time - DAY) / MINUTE + 1) * MINUTE);
    const bar = this.candles.window(from, this.time);
    const lastTradeId = this.tape.nextId - 1;
    return {
      time: this.time,
      bar,
      touch: this.touch(),
      lastLots: this.#lastLots,
      firstTradeId: lastTradeId - bar.n + 1,
      lastTradeId,
    };
  }

  barIds(interval: string, start: number): BarIds {
    const bar = this.candles.bar(interval, start, this.time);
    if (bar === null || bar.n === 0) return { first: -1, last: -1 };
    const isRunning = bucketStart(interval, this.time) === start;
    const firstLive = this.candles.firstTrade(interval, start);
    const madeUp = firstLive < 0 ? bar.n : this.candles.madeUpTrades(interval, start);
    const first = (firstLive < 0 ? this.#firstTradeId : firstLive) - madeUp;
    return { first, last: isRunning ? this.tape.nextId - 1 : first + bar.n - 1 };
  }

  enter<T extends Accepted | Amended | Cancelled | Rejected>(action: (engine: MatchingEngine) => T): T {
    const result = action(this.engine);
    if ('fills' in result) this.#enqueue(result.fills);
    this.#handOut();
    return result;
  }

  onFill(listener: FillListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #enqueue(fills: readonly Fill[]): void {
    for (const fill of fills) this.#queue.push(fill);
  }

  /** Told after the matching, never within: a listener may answer with an order. */
  #handOut(): void {
    while (this.#personal.length > 0) {
      const fills = this.#personal;
      this.#personal = [];
      for (const fill of fills) for (const listener of this.#listeners) listener(fill, this.time);
    }
  }

  /** One message: what is owed goes first, then a diff that is due, then whatever somebody does. */
  #step(sink: MarketSink | null): void {
    this.time = this.nextTime;
    this.#passSecond(sink);
    if (this.engine.bestTicks('bid') === 0 || this.engine.bestTicks('ask') === 0) this.#agents.refurnish();
    if (this.#queued < this.#queue.length) this.#tellTrade(sink);
    else if (this.#touchMoved()) this.#tellTouch(sink);
    else if (this.#isDepthDue() && this.engine.hasChanges()) this.#tellDepth(sink);
    else this.#act(sink);
    if (this.#personal.length > 0) this.#handOut();
    this.messages++;
    this.nextTime = this.#followingTime;
    this.#followingTime = this.#timeOf(this.messages + 1) + this.#haltedMs;
  }

  #passSecond(sink: MarketSink | null): void {
    const second = Math.floor(this.time / SECOND);
    if (second === this.#second) return;
    this.#second = second;
    sink?.second(second * SECOND);
  }

  #act(sink: MarketSink | null): void {
    const room = DEPTH_MESSAGES - 2 - this.#sinceDepth;
    const maxFills = this.#rate < 100 ? Math.max(1, room) : room;
    const fills = this.#agents.act(this.time - this.#actedAt, this.time, maxFills);
    this.#actedAt = this.time;
    this.#enqueue(fills);
    for (let tries = 0; tries < 16 && this.#queue.length === 0 && !this.#touchMoved(); tries++) this.#agents.flicker();
    if (this.#queue.length > 0) this.#tellTrade(sink);
    else this.#tellTouch(sink);
  }

  #tellTrade(sink: MarketSink | null): void {
    const fill = this.#queue[this.#queued++];
    const following = this.#queued < this.#queue.length ? this.#queue[this.#queued] : null;
    const startsAggregate = fill.takerId !== this.#lastTakerId || fill.ticks !== this.#lastTicks;
    const trade: TapeTrade = {
      id: fill.tradeId,
      time: this.time,
      ticks: fill.ticks,
      lots: fill.lots,
      makerIsBuyer: fill.aggressor === 'seller',
    };
    this.#lastTakerId = fill.takerId;
    this.#lastTicks = fill.ticks;
    this.#lastLots = fill.lots;
    this.tape.add(trade, startsAggregate);
    this.candles.add(this.time, fill.ticks, fill.lots, !trade.makerIsBuyer, fill.tradeId);
    this.#count(true);
    if (following === null) {
      this.#queue = [];
      this.#queued = 0;
    }
    sink?.trade(trade, following?.takerId !== fill.takerId || following.ticks !== fill.ticks);
  }

  #tellTouch(sink: MarketSink | null): void {
    this.#told = this.touch();
    this.#count(false);
    sink?.bookTicker(this.#told);
  }

  #tellDepth(sink: MarketSink | null): void {
    const first = this.#diffedId + 1;
    this.#diffedId = this.engine.updateId;
    this.#agents.count(false);
    this.#sinceDepth = 0;
    this.#depthAt = this.time;
    if (!sink?.wantsDepth) {
      this.engine.forgetChanges();
      return;
    }
    const { bids, asks } = this.engine.takeChanges();
    sink.depth(this.time, first, this.#diffedId, bids, asks);
  }

  #count(isTrade: boolean): void {
    this.#sinceDepth++;
    this.#agents.count(isTrade);
  }

  #isDepthDue(): boolean {
    return this.#sinceDepth >= DEPTH_MESSAGES - 1 || this.#followingTime - this.#depthAt > DEPTH_MS;
  }

  #touchMoved(): boolean {
    const { engine } = this;
    const told = this.#told;
    return (
      engine.bestTicks('bid') !== told.bidTicks ||
      engine.bestTicks('ask') !== told.askTicks ||
      engine.bestLots('bid') !== told.bidLots ||
      engine.bestLots('ask') !== told.askLots
    );
  }
}

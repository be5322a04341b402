import type { Fault, FaultKind } from '@/market/fault.ts';
import type { Channel } from '@/market/feed-state.ts';
import type { Grid, InstrumentId } from '@/market/instrument.ts';
import type { Result } from '@/market/result.ts';
import type { Interval, Millis } from '@/market/time.ts';
import type { Wanted } from '@/protocol/command.ts';
import type { InstrumentFrame } from '@/protocol/frame.ts';
import { BookFeed } from './book-feed.ts';
import { BookIntake } from './book-intake.ts';
import { ChannelStates } from './channel-states.ts';
import type { Clock } from './clock.ts';
import { EventGate } from './event-gate.ts';
import { type FeedContext, faultOf } from './feed-context.ts';
import type { FeedSample } from './health/feed-health.ts';
import type { FeedRecorder } from './health/recorder.ts';
import { sampleOf } from './instrument-counts.ts';
import { InstrumentFrames } from './instrument-frames.ts';
import { InstrumentLife } from './instrument-life.ts';
import { InstrumentListing } from './instrument-listing.ts';
import { InstrumentStreams, type StreamOwner } from './instrument-streams.ts';
import { LagMeter } from './liveness.ts';
import type { Requests } from './requests.ts';
import { TickerFeed } from './ticker-feed.ts';
import { TradeFeed } from './trade-feed.ts';
import type {
  CandleEvent,
  Diff,
  HistoryCandle,
  Statement,
  Stream,
  StreamBook,
  TickerEvent,
  TradeEvent,
} from './venues/venue.ts';

/** What an instrument asks of the session of its venue. */
export interface InstrumentOwner extends StreamOwner {
  readonly clock: Clock;
  readonly requests: Requests;
  readonly isLocal: boolean;
  /** The record of an instrument's health. */
  healthOf(id: InstrumentId): FeedRecorder;
  online(): boolean;
  reconnects(): number;
  changed(): void;
  needsChanged(): void;
}

const UNPROVEN_PROBE_MS = 2_500;
/** A first trade this much older than the newest event is history. */
const OLD_TRADE_MS = 1_000;

/** One instrument of one venue, from decoded messages to its part of a frame. */
export class InstrumentFeed {
  readonly book: BookFeed;
  readonly trade: TradeFeed;
  readonly lag = new LagMeter();
  private readonly tickerFeed: TickerFeed;
  private readonly health: FeedRecorder;
  private readonly life: InstrumentLife;
  private readonly context: FeedContext;
  private readonly streamSet: InstrumentStreams;
  private readonly listing: InstrumentListing;
  private readonly states: ChannelStates;
  private readonly gate: EventGate;
  private readonly intake: BookIntake;
  private readonly frames: InstrumentFrames;
  private gridNow: Grid = { priceDecimals: 0, lotDecimals: 0, epoch: 0 };
  private wantedNow: Wanted;
  /** Its streams are on a line that was open when they were added. */
  begun = false;
  /** A trade of now has come since the socket opened. */
  private tradesAreCurrent = false;
  messages = 0;
  bytes = 0;
  /** Messages that were refused. */
  rejected = 0;

  constructor(
    readonly id: InstrumentId,
    readonly symbol: string,
    private readonly owner: InstrumentOwner,
    wanted: Wanted,
  ) {
    const now = owner.clock.now();
    this.wantedNow = wanted;
    this.health = owner.healthOf(id);
    this.life = new InstrumentLife(owner.clock);
    const context = this.makeContext();
    const book = new BookFeed(context, () => this.listing.step, owner.venue.proof, now);
    const trade = new TradeFeed(context, now);
    const ticker = new TickerFeed(context);
    const streams = new InstrumentStreams(owner, symbol, book, trade);
    const listing = new InstrumentListing(context, book, trade.ledger, owner.isLocal);
    const states = new ChannelStates(context, streams, book, trade, ticker, () => owner.online());
    const reconnects = (): number => owner.reconnects();
    this.context = context;
    this.book = book;
    this.trade = trade;
    this.tickerFeed = ticker;
    this.streamSet = streams;
    this.listing = listing;
    this.states = states;
    this.gate = new EventGate(context, (reason, isBook) => this.refusedEvent(reason, isBook));
    this.intake = new BookIntake(context, this.gate, book, trade, (at) => this.refresh(at));
    this.frames = new InstrumentFrames(context, { book, trade, ticker, listing, states, counts: this, reconnects });
    trade.wantIntervals(wanted.candles);
    listing.fetch();
    ticker.fetch();
  }

  get grid(): Grid {
    return this.gridNow;
  }

  /** Events, states or figures that the page does not have yet. */
  get isDirty(): boolean {
    return this.frames.isDirty;
  }

  want(wanted: Wanted): void {
    const before = this.wantedNow;
    this.wantedNow = wanted;
    this.trade.wantIntervals(wanted.candles);
    this.streamSet.forget();
    if (JSON.stringify(before.book) !== JSON.stringify(wanted.book)) this.book.lookAt(wanted.book);
    this.changed();
  }

  diff(diff: Diff, repeats: boolean, socket: number): void {
    this.intake.diff(diff, repeats, socket);
  }

  /** A whole book of the stream. The second of two sockets that overlap says what the first has said. */
  wholeBook(book: StreamBook, repeats: boolean, socket: number): void {
    this.intake.wholeBook(book, repeats, socket);
  }

  /** A second source states the top of the book. */
  statement(statement: Statement, socket: number): void {
    this.intake.statement(statement, socket);
  }

  quote(updateId: number, text: string): void {
    this.intake.quote(updateId, text);
  }

  /** The venue acknowledged these streams. */
  acknowledged(names: readonly string[]): void {
    if (this.streamSet.areOf(names, 'book')) this.book.granted();
    if (this.streamSet.areOf(names, 'trades')) this.trade.acknowledged();
    if (this.streamSet.areOf(names, 'ticker')) this.tickerFeed.acknowledged();
  }

  trades(trade: TradeEvent, repeats: boolean): void {
    const now = this.owner.clock.now();
    // Trades of long ago come with a new subscription, marked as history or not, or late: the newest event is what tells
    // how long a message takes.
    const isOld = trade.initial || trade.eventTime < this.lag.lastEvent - OLD_TRADE_MS;
    if (!isOld) this.tradesAreCurrent = true;
    if (!isOld && !this.gate.admits(trade.eventTime, now, false)) return;
    if (isOld && !trade.initial && this.tradesAreCurrent && !this.gate.isPossible(trade.eventTime, now)) return;
    this.trade.trade(trade, now, repeats);
    if (this.trade.trades.state !== 'live') this.refresh(now);
  }

  candle(candle: CandleEvent): void {
    this.trade.candle(candle, this.owner.clock.now());
  }

  ticker(event: TickerEvent): void {
    this.tickerFeed.take(event);
  }

  /** A message was refused: the page is told, even when nothing else happens. */
  countRejected(reason: string): void {
    this.rejected++;
    this.health.rejected(reason, this.owner.clock.now());
    this.book.countersDirty = true;
  }

  refusedDiff(reason: string): void {
    this.book.refusedDiff(reason);
    this.refresh(this.owner.clock.now());
  }

  /** A line that carries some of this instrument's channels opened. */
  lineOpened(channels: ReadonlySet<Channel>): void {
    const now = this.owner.clock.now();
    this.begun = true;
    this.states.resumed = false;
    if (channels.has('book')) {
      this.gate.restart();
      this.intake.lineOpened();
      this.book.lineOpened(now);
    }
    if (channels.has('trades')) {
      this.tradesAreCurrent = false;
      this.trade.lineOpened(now);
    }
    // Figures without a stream are asked for, and their silence counts from when that can be done.
    const hasTicker = channels.has('ticker') || (channels.has('trades') && this.streamSet.of('ticker').length === 0);
    if (hasTicker) this.tickerFeed.channel.liveness.restart(now);
    this.refresh(now);
  }

  lineLost(channels: ReadonlySet<Channel>, fault: Fault): void {
    if (channels.has('book')) this.book.lineLost({ ...fault, instrument: this.id });
    if (channels.has('trades')) this.trade.lineLost(fault.kind);
    if (channels.has('candles')) this.trade.candlesLost();
    this.refresh(this.owner.clock.now());
  }

  /** The tab slept: whatever is on screen is old until something new arrives. */
  resume(): void {
    this.states.resumed = true;
    this.refresh(this.owner.clock.now());
  }

  /** The local clock was set: lags were measured by it, and nobody knows how old anything is. */
  clockStepped(now: Millis): void {
    this.states.clockStepped(now);
    this.lag.restart();
    this.refresh(now);
  }

  retry(): void {
    if (!this.book.refusal && !this.streamSet.hasRefused) return;
    this.streamSet.forgive();
    this.book.retry();
    if (!this.listing.isTradable) this.listing.fetch();
    this.begun = false;
    this.streamSet.forget();
    this.owner.needsChanged();
    this.refresh(this.owner.clock.now());
  }

  /** Look at the clock, ten times a second: deadlines, lag, crosses that were held too long. */
  tick(now: Millis): void {
    const { book, trade, streamSet } = this;
    // Counts alone are no reason for a frame of their own at market speed.
    if (book.countersDirty) this.frames.statusDirty = true;
    book.tick(now);
    trade.tick(now);
    if (!book.refusal && streamSet.lineIsOpen('trades')) trade.askEarly(now);
    if (!book.refusal && streamSet.lineIsOpen('ticker')) this.tickerFeed.askEarly(now);
    this.listing.tick(now);
    this.states.watchLag(now);
    this.refresh(now);
    if (book.channel.state === 'stale' && !this.states.resumed) book.probe(now);
    else if (!book.proven && now - book.channel.liveness.lastAt > UNPROVEN_PROBE_MS) book.probe(now);
    if (trade.trades.state === 'stale' && !this.states.resumed) trade.probe();
  }

  /** Work out the state of every channel from what is known. */
  refresh(now: Millis): void {
    this.states.refresh(now);
  }

  /** Totals for the record of its health, once a second. */
  sample(): FeedSample {
    return sampleOf(this);
  }

  /** This instrument's part of the next frame. */
  takeFrame(): InstrumentFrame {
    return this.frames.take(this.wantedNow.book);
  }

  /** The streams needed now; none after a refusal. */
  streams(): readonly Stream[] {
    return this.streamSet.all();
  }

  /** Names of the streams of a channel: they need no acknowledgement any more when it speaks. */
  streamNames(of: Channel | null): Iterable<string> {
    return this.streamSet.names(of);
  }

  /** The venue does not serve these streams: what they fed is refused with the reason, the rest goes on. */
  refuseStreams(streams: readonly Stream[], kind: FaultKind, detail: string): void {
    const now = this.owner.clock.now();
    this.streamSet.refuse(streams, () => faultOf(this.context, kind, detail, now));
    this.owner.needsChanged();
    this.refresh(now);
  }

  /** Whether data of any of these channels is current. */
  isLive(channels: ReadonlySet<Channel>): boolean {
    return this.states.isLive(channels);
  }

  /**
   * Make the grid at least this fine; everything held counts in the new units. A grid on which a held price would not
   * stay an exact integer is refused: the grid stays.
   */
  refine(priceDecimals: number, lotDecimals: number): void {
    const old = this.gridNow;
    const price = Math.max(0, priceDecimals - old.priceDecimals);
    const lot = Math.max(0, lotDecimals - old.lotDecimals);
    if (price === 0 && lot === 0) return;
    if (!this.book.canRescale(price) || !this.trade.canRescale(price)) return;
    this.gridNow = {
      priceDecimals: old.priceDecimals + price,
      lotDecimals: old.lotDecimals + lot,
      epoch: old.epoch + 1,
    };
    this.book.rescale(price, lot);
    this.trade.rescale(price, lot);
    this.tickerFeed.rescale(price, lot);
    this.listing.restep();
    this.changed();
  }

  /** Older candles, folded where the venue lacks the interval; null when it keeps no history of it. */
  history(interval: Interval, before: Millis, limit: number): Promise<Result<readonly HistoryCandle[], string>> | null {
    return this.trade.older(interval, before, limit);
  }

  dispose(): void {
    this.life.end();
  }

  private changed(): void {
    this.frames.statusDirty = true;
    this.owner.changed();
  }

  private refusedEvent(reason: string, isBook: boolean): void {
    this.countRejected(reason);
    if (isBook) this.refusedDiff(reason);
  }

  private makeContext(): FeedContext {
    const { owner } = this;
    return {
      id: this.id,
      symbol: this.symbol,
      venue: owner.venue,
      clock: owner.clock,
      requests: owner.requests,
      lag: this.lag,
      health: this.health,
      grid: () => this.gridNow,
      refine: (price, lot) => this.refine(price, lot),
      changed: () => this.changed(),
      needsChanged: () => {
        this.streamSet.forget();
        owner.needsChanged();
      },
      later: (delayMs, task) => this.life.later(delayMs, task),
      guard: (promise, use) => this.life.guard(promise, use),
      resubscribe: (channel, isProbe = false) => this.streamSet.resubscribe(channel, isProbe),
      restartLine: (channel, kind, detail) => this.streamSet.restartLine(channel, kind, detail),
      lineSilentMs: (channel) => this.streamSet.lineSilentMs(channel, owner.clock.now()),
    };
  }
}

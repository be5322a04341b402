import type { Fault, FaultKind } from '@/market/fault.ts';
import { CHANNELS, type Channel, type ChannelStatus, isCurrent } from '@/market/feed-state.ts';
import type { Grid, InstrumentId, InstrumentInfo } from '@/market/instrument.ts';
import { stepTicks } from '@/market/instrument.ts';
import type { Result } from '@/market/result.ts';
import type { Interval, Millis } from '@/market/time.ts';
import type { Wanted } from '@/protocol/command.ts';
import type { InstrumentFrame } from '@/protocol/frame.ts';
import { BookFeed } from './book-feed.ts';
import type { ChannelState } from './channel.ts';
import { LAG_STALE_MS, LAGGING_MS, settleState } from './channel-state-rules.ts';
import type { Cancel, Clock } from './clock.ts';
import type { LineStatus } from './connection.ts';
import { EventTimes } from './event-time.ts';
import { type FeedContext, faultOf } from './feed-context.ts';
import type { FeedSample } from './health/feed-health.ts';
import type { FeedRecorder } from './health/recorder.ts';
import { LagMeter } from './liveness.ts';
import type { Requests } from './requests.ts';
import { TickerFeed } from './ticker-feed.ts';
import { TradeFeed } from './trade-feed.ts';
import type {
  CandleEvent,
  Diff,
  HistoryCandle,
  Listing,
  Statement,
  Stream,
  StreamBook,
  StreamNeed,
  TickerEvent,
  TradeEvent,
  Venue,
} from './venues/venue.ts';

/** What an instrument asks of the session of its venue. */
export interface InstrumentOwner {
  readonly venue: Venue;
  readonly clock: Clock;
  readonly requests: Requests;
  readonly isLocal: boolean;
  /** The record of an instrument's health. */
  healthOf(id: InstrumentId): FeedRecorder;
  online(): boolean;
  lineStatus(path: string): LineStatus | null;
  lineIsOpen(path: string): boolean;
  reconnects(): number;
  changed(): void;
  needsChanged(): void;
  resubscribe(stream: Stream, isProbe: boolean): boolean;
  restartLine(path: string, kind: FaultKind, detail: string): void;
}

const LAG_DROP_AFTER_MS = 2_000;
const UNPROVEN_PROBE_MS = 2_500;
const LISTING_RETRY_MS = 30_000;
/** A listing is asked for again so often, while levels come that it does not explain. */
const LISTING_AGAIN_MS = 15_000;
/** A first trade this much older than the newest event is history. */
const OLD_TRADE_MS = 1_000;
const NO_STREAMS: readonly Stream[] = [];

/** One instrument of one venue, from decoded messages to its part of a frame. */
export class InstrumentFeed {
  readonly book: BookFeed;
  readonly trade: TradeFeed;
  private readonly tickerFeed: TickerFeed;
  readonly lag = new LagMeter();
  private readonly health: FeedRecorder;
  private readonly context: FeedContext;
  private gridNow: Grid = { priceDecimals: 0, lotDecimals: 0, epoch: 0 };
  private listing: Listing | null = null;
  private step = 1;
  /** The venue's price step as told last; empty before it was. */
  private stepDeclared = '';
  private infoDirty = true;
  private statusDirty = true;
  private generation = 0;
  private lagHighSince: Millis | null = null;
  private resumed = false;
  private steppedAt: Millis = 0;
  private readonly times = new EventTimes();
  private wantedNow: Wanted;
  private readonly cancels = new Set<Cancel>();
  /** Its streams are on a line that was open when they were added. */
  begun = false;
  /** Streams needed, kept until what they follow from changes; and the line of each channel. */
  private streamsNow: readonly Stream[] | null = null;
  private readonly paths = new Map<Channel, string>();
  private offGridAsked = 0;
  private listingAskedAt: Millis = 0;
  /** Time of the newest event in the book: until then nothing was lost that it shows. */
  private bookHeldUntil: Millis = 0;
  /** A trade of now has come since the socket opened. */
  private tradesAreCurrent = false;
  /** Streams the venue refused, and the channels that are left without any. */
  private readonly refused = new Set<string>();
  private readonly refusals = new Map<Channel, Fault>();
  /** The socket that pushed the book, where diffs are not numbered; 0 while none did. */
  private bookSocket = 0;
  messages = 0;
  bytes = 0;
  private rejected = 0;

  constructor(
    readonly id: InstrumentId,
    readonly symbol: string,
    private readonly owner: InstrumentOwner,
    wanted: Wanted,
  ) {
    const now = owner.clock.now();
    this.wantedNow = wanted;
    this.health = owner.healthOf(id);
    this.context = this.makeContext();
    this.book = new BookFeed(this.context, () => this.step, owner.venue.proof, now);
    this.trade = new TradeFeed(this.context, now);
    this.tickerFeed = new TickerFeed(this.context);
    this.trade.wantIntervals(wanted.candles);
    this.fetchListing();
    this.tickerFeed.fetch();
  }

  get grid(): Grid {
    return this.gridNow;
  }

  /** Events, states or figures that the page does not have yet. */
  get isDirty(): boolean {
    return this.statusDirty || this.infoDirty || this.tickerFeed.isDirty || this.book.isDirty || this.trade.isDirty;
  }

  /** Streams needed now; none after a refusal. */
  need(): StreamNeed | null {
    if (this.book.refusal) return null;
    return {
      symbol: this.symbol,
      book: true,
      trades: true,
      candles: this.trade.nativeIntervals(),
      ticker: true,
      tradesSpoken: this.trade.ledger.spoken,
      wholeBooks: this.book.wholeBooks,
    };
  }

  want(wanted: Wanted): void {
    const before = this.wantedNow;
    this.wantedNow = wanted;
    this.trade.wantIntervals(wanted.candles);
    this.streamsNow = null;
    if (JSON.stringify(before.book) !== JSON.stringify(wanted.book)) this.book.lookAt(wanted.book);
    this.changed();
  }

  diff(diff: Diff, repeats: boolean, socket: number): void {
    if (this.isOfAnother(socket)) return;
    const now = this.owner.clock.now();
    if (diff.eventTime > 0 && !this.timed(diff.eventTime, now, true)) return;
    const wasSilent = this.book.channel.state === 'stale';
    const { gaps } = this.book;
    const outcome = this.book.diff(diff, now, repeats);
    if (this.book.gaps > gaps) this.trade.interrupted('sequence-gap', this.bookHeldUntil);
    else if (wasSilent && outcome === 'applied') this.trade.interrupted('silent', this.bookHeldUntil);
    if (outcome === 'applied') this.bookHeldUntil = diff.eventTime;
    if (outcome === 'duplicate' && !repeats) {
      this.trade.ledger.repeated();
      this.book.countersDirty = true;
    }
    if (outcome === 'applied' && this.book.channel.state !== 'live') this.refresh(now);
    else if (outcome === 'resync') this.refresh(now);
  }

  /** A whole book of the stream. The second of two sockets that overlap says what the first has said. */
  wholeBook(book: StreamBook, repeats: boolean, socket: number): void {
    const { bookSource, sequenced } = this.owner.venue;
    if (socket < this.bookSocket) return;
    if (bookSource === 'stream' && !sequenced) this.bookSocket = socket;
    const now = this.owner.clock.now();
    if (book.eventTime > 0 && !this.timed(book.eventTime, now, true)) return;
    const wasSilent = this.book.channel.state === 'stale' && !this.book.channel.probing;
    const outcome = this.book.replace(book, now, repeats);
    if (wasSilent && outcome === 'applied') this.trade.interrupted('silent', this.bookHeldUntil);
    if (outcome === 'applied') this.bookHeldUntil = book.eventTime;
    if (outcome === 'duplicate' && !repeats) {
      this.trade.ledger.repeated();
      this.book.countersDirty = true;
    }
    if (outcome === 'resync' || this.book.channel.state !== 'live') this.refresh(now);
  }

  /**
   * Whether what a socket says belongs to another socket's book. Diffs without numbers only follow the book that their
   * own socket began with: while two overlap nothing else would tell that one of them is behind.
   */
  private isOfAnother(socket: number): boolean {
    return this.bookSocket !== 0 && this.bookSocket !== socket;
  }

  /** A second source states the top of the book. */
  statement(statement: Statement, socket: number): void {
    if (this.isOfAnother(socket)) return;
    const wasProven = this.book.proven;
    const now = this.owner.clock.now();
    this.book.statement(statement, now);
    if (wasProven && !this.book.proven) this.refresh(now);
  }

  /** The venue acknowledged these streams. */
  acknowledged(names: readonly string[]): void {
    if (this.streams().some(({ channel, name }) => channel === 'book' && names.includes(name))) this.book.granted();
    if (this.streams().some(({ channel, name }) => channel === 'trades' && names.includes(name))) {
      this.trade.acknowledged();
    }
    if (this.streams().some(({ channel, name }) => channel === 'ticker' && names.includes(name))) {
      this.tickerFeed.acknowledged();
    }
  }

  /** Names of the streams of a channel: they need no acknowledgement any more when it speaks. */
  *streamNames(of: Channel | null): Iterable<string> {
    for (const { channel, name } of this.streams()) if (channel === of) yield name;
  }

  trades(trade: TradeEvent, repeats: boolean): void {
    const now = this.owner.clock.now();
    // Trades of long ago come with a new subscription, marked as history or not, or late: the newest event is what tells
    // how long a message takes.
    const isOld = trade.initial || trade.eventTime < this.lag.lastEvent - OLD_TRADE_MS;
    if (!isOld) this.tradesAreCurrent = true;
    if (!isOld && !this.timed(trade.eventTime, now, false)) return;
    if (isOld && !trade.initial && this.tradesAreCurrent && !this.isPossible(trade.eventTime, now)) return;
    this.trade.trade(trade, now, repeats);
    if (this.trade.trades.state !== 'live') this.refresh(now);
  }

  candle(candle: CandleEvent): void {
    this.trade.candle(candle, this.owner.clock.now());
  }

  quote(updateId: number, text: string): void {
    const wasProven = this.book.proven;
    this.book.quote(updateId, text);
    if (wasProven && !this.book.proven) this.refresh(this.owner.clock.now());
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
    this.resumed = false;
    if (channels.has('book')) {
      this.lag.restart();
      this.times.restart();
      this.bookSocket = 0;
      this.book.lineOpened(now);
    }
    if (channels.has('trades')) {
      this.tradesAreCurrent = false;
      this.trade.lineOpened(now);
    }
    // Figures without a stream are asked for, and their silence counts from when that can be done.
    const hasTicker = channels.has('ticker') || (channels.has('trades') && this.streamsOf('ticker').length === 0);
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
    this.resumed = true;
    this.refresh(this.owner.clock.now());
  }

  /** The local clock was set: lags were measured by it, and nobody knows how old anything is. */
  clockStepped(now: Millis): void {
    this.steppedAt = now;
    this.lag.restart();
    this.refresh(now);
  }

  retry(): void {
    if (!this.book.refusal && this.refused.size === 0) return;
    this.refused.clear();
    this.refusals.clear();
    this.book.retry();
    if (!this.listing?.tradable) this.fetchListing();
    this.begun = false;
    this.streamsNow = null;
    this.owner.needsChanged();
    this.refresh(this.owner.clock.now());
  }

  /** Look at the clock, ten times a second: deadlines, lag, crosses that were held too long. */
  tick(now: Millis): void {
    // Counts alone are no reason for a frame of their own at market speed.
    if (this.book.countersDirty) this.statusDirty = true;
    this.book.tick(now);
    this.trade.tick(now);
    if (!this.book.refusal && this.lineIsOpen('trades')) this.trade.askEarly(now);
    if (!this.book.refusal && this.lineIsOpen('ticker')) this.tickerFeed.askEarly(now);
    this.followStep();
    this.followListing(now);
    this.watchLag(now);
    this.refresh(now);
    const { book, trade } = this;
    if (book.channel.state === 'stale' && !this.resumed) book.probe(now);
    else if (!book.proven && now - book.channel.liveness.lastAt > UNPROVEN_PROBE_MS) book.probe(now);
    if (trade.trades.state === 'stale' && !this.resumed) trade.probe();
  }

  /** Work out the state of every channel from what is known. */
  refresh(now: Millis): void {
    for (const channel of CHANNELS) this.refreshChannel(channel, now);
  }

  /** Only what claims to be current can have ceased to be; the rest waits for an event or the next tick. */
  private refreshLive(now: Millis): void {
    for (const channel of CHANNELS) if (isCurrent(this.channelOf(channel).state)) this.refreshChannel(channel, now);
  }

  /** Totals for the record of its health, once a second. */
  sample(): FeedSample {
    const { book, trade } = this;
    const isAudited = book.channel.proof === 'audit';
    return {
      messages: this.messages,
      bytes: this.bytes,
      missing: trade.ledger.lost,
      offsetMs: this.lag.lagMs === null ? Number.NaN : this.lag.offsetMs(),
      offsetErrorMs: this.lag.offsetErrorMs(),
      auditsAgreed: isAudited ? book.quotesAgreed : 0,
      auditsCompared: isAudited ? book.quotesCompared : 0,
    };
  }

  /** Whether an event can be of now; one that cannot is refused, and with it the book it changed. */
  private isPossible(eventTime: Millis, now: Millis, isBook = false): boolean {
    const reason = this.times.refuse(eventTime, now);
    if (reason === null) return true;
    this.countRejected(reason);
    if (isBook) this.refusedDiff(reason);
    return false;
  }

  /**
   * An event the venue stamped has arrived. One of another time than this market's is refused; if it was a part of the
   * book, that is now without it.
   * @returns whether it may be used
   */
  private timed(eventTime: Millis, now: Millis, isBook: boolean): boolean {
    if (!this.isPossible(eventTime, now, isBook)) return false;
    this.lag.sample(eventTime, now);
    if (this.lag.lagMs !== null) this.health.lag.add(this.lag.lagMs);
    return true;
  }

  /** This instrument's part of the next frame. */
  takeFrame(): InstrumentFrame {
    // Whatever happened since the last look at the states: a frame never says more than is true now.
    this.refreshLive(this.owner.clock.now());
    const passed = this.book.channel.takePassed();
    if (passed) return this.frameOfPassed(passed);
    const { epoch } = this.gridNow;
    const prints = this.trade.takePrints(epoch);
    const candles = this.trade.takeCandles(epoch);
    const book = this.book.takeFrame(this.wantedNow.book);
    const gaps = this.trade.takeGaps();
    const ticker = this.tickerFeed.takeFrame(epoch);
    const frame: InstrumentFrame = {
      id: this.id,
      status: this.status(),
      counters: this.counters(),
      trades: this.trade.ledger.totals(),
      lastTrade: this.trade.ledger.lastTrade(),
      ...(this.infoDirty && { info: this.info() }),
      ...(book && { book }),
      ...(prints && { prints }),
      ...(candles.length > 0 && { candles }),
      ...(ticker && { ticker }),
      ...(gaps && { gaps }),
    };
    this.infoDirty = false;
    this.statusDirty = false;
    this.trade.tradesDirty = false;
    this.book.countersDirty = false;
    return frame;
  }

  /** The book was lost and found between two frames: that is told, without a picture, before the present is. */
  private frameOfPassed(book: ChannelStatus): InstrumentFrame {
    this.statusDirty = true;
    return {
      id: this.id,
      status: { ...this.status(), book },
      counters: this.counters(),
      trades: this.trade.ledger.totals(),
      lastTrade: this.trade.ledger.lastTrade(),
    };
  }

  /** The streams needed now; none after a refusal. */
  streams(): readonly Stream[] {
    if (this.book.refusal) return NO_STREAMS;
    if (!this.streamsNow) {
      const need = this.need();
      const all = need ? this.owner.venue.streams(need) : NO_STREAMS;
      this.streamsNow = this.refused.size > 0 ? all.filter(({ name }) => !this.refused.has(name)) : all;
      this.paths.clear();
      for (const { channel, path } of this.streamsNow) {
        if (channel !== 'quote' && !this.paths.has(channel)) this.paths.set(channel, path);
      }
    }
    return this.streamsNow;
  }

  /** The venue does not serve these streams: what they fed is refused with the reason, the rest goes on. */
  refuseStreams(streams: readonly Stream[], kind: FaultKind, detail: string): void {
    const now = this.owner.clock.now();
    for (const { name } of streams) this.refused.add(name);
    this.streamsNow = null;
    for (const { channel } of streams) {
      if (channel === 'quote' || this.streamsOf(channel).length > 0) continue;
      this.refusals.set(channel, faultOf(this.context, kind, detail, now));
    }
    this.owner.needsChanged();
    this.refresh(now);
  }

  /** Whether data of any of these channels is current. */
  isLive(channels: ReadonlySet<Channel>): boolean {
    for (const channel of channels) if (this.channelOf(channel).state === 'live') return true;
    return false;
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
    this.restep();
    this.changed();
  }

  /** Older candles, folded where the venue lacks the interval; null when it keeps no history of it. */
  history(interval: Interval, before: Millis, limit: number): Promise<Result<readonly HistoryCandle[], string>> | null {
    return this.trade.older(interval, before, limit);
  }

  dispose(): void {
    this.generation++;
    for (const cancel of this.cancels) cancel();
    this.cancels.clear();
  }

  private changed(): void {
    this.statusDirty = true;
    this.owner.changed();
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
        this.streamsNow = null;
        owner.needsChanged();
      },
      later: (delayMs, task) => this.later(delayMs, task),
      guard: (promise, use) => this.guard(promise, use),
      resubscribe: (channel, isProbe = false) =>
        this.streamsOf(channel).filter((stream) => owner.resubscribe(stream, isProbe)).length > 0,
      restartLine: (channel, kind, detail) => {
        const stream = this.streamsOf(channel)[0];
        if (stream) owner.restartLine(stream.path, kind, detail);
      },
      lineSilentMs: (channel) => {
        const stream = this.streamsOf(channel)[0];
        const line = stream && owner.lineStatus(stream.path);
        return line ? owner.clock.now() - line.heardAt : 0;
      },
    };
  }

  private later(delayMs: number, task: () => void): Cancel {
    const { generation } = this;
    const cancel = this.owner.clock.schedule(delayMs, () => {
      this.cancels.delete(cancel);
      if (generation === this.generation) task();
    });
    this.cancels.add(cancel);
    return cancel;
  }

  private guard<T>(promise: Promise<T>, use: (value: T) => void): void {
    const { generation } = this;
    void promise.then((value) => {
      if (generation === this.generation) use(value);
    });
  }

  /** Candles of intervals that the venue does not publish are made of trades and come with them. */
  private streamsOf(channel: Channel): readonly Stream[] {
    const named = this.streams().filter((stream) => stream.channel === channel);
    return named.length > 0 || channel !== 'candles' ? named : this.streamsOf('trades');
  }

  private fetchListing(): void {
    const { venue, requests } = this.owner;
    this.guard(requests.askOnce(venue.listingRequest(this.symbol)), (answer) => {
      const listing = answer.ok ? venue.readListing(answer.value, this.symbol) : null;
      if (answer.ok && !listing) this.book.refuse('unknown-symbol', `${venue.name} does not list ${this.symbol}`);
      else if (!answer.ok && answer.error.kind === 'unknown-symbol')
        this.book.refuse('unknown-symbol', answer.error.detail);
      else if (listing && !listing.tradable) this.book.refuse('unknown-symbol', `${this.symbol} is not trading now`);
      else if (listing) this.listed(listing);
      else this.later(LISTING_RETRY_MS, () => this.fetchListing());
    });
  }

  private listed(listing: Listing): void {
    this.listing = listing;
    const decimals = (text: string): number => Math.max(0, text.replace(/\.?0+$/, '').split('.')[1]?.length ?? 0);
    this.refine(decimals(listing.priceStep), decimals(listing.sizeStep));
    this.restep();
    this.changed();
  }

  /** The increment may depend on the price. */
  private followStep(): void {
    if (!this.listing?.stepAt) return;
    const ticks = this.trade.ledger.lastTrade()?.ticks ?? this.book.bestTicks;
    if (!(ticks > 0)) return;
    const step = this.listing.stepAt(ticks, this.gridNow.priceDecimals);
    if (step === this.listing.priceStep) return;
    this.listing = { ...this.listing, priceStep: step };
    this.restep();
    this.changed();
  }

  /** Levels finer than the declared step: perhaps it was changed. */
  private followListing(now: Millis): void {
    if (!this.listing || this.book.offGrid === this.offGridAsked || now - this.listingAskedAt < LISTING_AGAIN_MS)
      return;
    this.offGridAsked = this.book.offGrid;
    this.listingAskedAt = now;
    const { venue, requests } = this.owner;
    this.guard(requests.askOnce(venue.listingRequest(this.symbol)), (answer) => {
      const listing = answer.ok ? venue.readListing(answer.value, this.symbol) : null;
      if (listing?.tradable && listing.priceStep !== this.listing?.priceStep && !listing.stepAt) this.listed(listing);
    });
  }

  private lineIsOpen(channel: Channel): boolean {
    const path = this.pathOf(channel);
    return path !== undefined && this.owner.lineIsOpen(path);
  }

  private restep(): void {
    this.infoDirty = true;
    const info = this.info();
    this.step = stepTicks(info);
    if (!this.listing) return;
    const before = this.stepDeclared;
    this.stepDeclared = info.priceStep;
    if (before === '' || before === info.priceStep) return;
    this.health.note(`price step ${before}, now ${info.priceStep}`, this.owner.clock.now());
  }

  private info(): InstrumentInfo {
    const { venue, isLocal } = this.owner;
    const { listing, gridNow } = this;
    const finest = (decimals: number): string => (decimals === 0 ? '1' : `0.${'0'.repeat(decimals - 1)}1`);
    return {
      id: this.id,
      venue: venue.id,
      symbol: this.symbol,
      venueName: venue.name,
      kind: listing?.kind ?? venue.kind,
      base: listing?.base ?? this.symbol,
      quote: listing?.quote ?? '',
      priceStep: listing?.priceStep ?? finest(gridNow.priceDecimals),
      sizeStep: listing?.sizeStep ?? finest(gridNow.lotDecimals),
      sizeUnit: listing?.sizeUnit ?? '',
      contract: listing?.contract ?? null,
      grid: gridNow,
      simulated: venue.simulated,
      local: isLocal,
    };
  }

  private channelOf(channel: Channel): ChannelState {
    if (channel === 'book') return this.book.channel;
    if (channel === 'trades') return this.trade.trades;
    return channel === 'candles' ? this.trade.candles : this.tickerFeed.channel;
  }

  private refreshChannel(channel: Channel, now: Millis): void {
    const state = this.channelOf(channel);
    if (state.state === 'live' && this.staysLive(channel, state, now)) return;
    const { book, owner } = this;
    const isBook = channel === 'book';
    const had = isBook ? book.hadBook : state.provenAt > 0;
    const line = this.lineOf(channel);
    const waiting = book.waitingFault;
    const faultNow = (kind: FaultKind, detail: string): Fault => faultOf(this.context, kind, detail, now);
    if (!isBook && line?.open) state.provenAt = Math.max(1, state.liveness.lastAt);
    settleState(state, {
      now,
      refusal: book.refusal ?? this.refusals.get(channel) ?? null,
      online: owner.online(),
      line: line?.fault ? { ...line, fault: { ...line.fault, instrument: this.id } } : line,
      had,
      proven: !isBook || book.proven,
      fault: book.fault,
      waitingFault: waiting && faultNow(waiting.kind, waiting.detail),
      bannedUntil: owner.requests.bannedUntil,
      resumed: this.resumed,
      steppedAt: this.steppedAt,
      lagMs: channel === 'ticker' ? null : this.lag.lagMs,
      faultOf: faultNow,
    });
    this.health.observe(channel, state.status(this.lag.lagMs), now);
  }

  /** Whether nothing has changed for a live channel: asked for every frame, so it makes nothing and asks little. */
  private staysLive(channel: Channel, state: ChannelState, now: Millis): boolean {
    const { book, owner } = this;
    const path = this.pathOf(channel);
    if (path === undefined || !owner.lineIsOpen(path) || !owner.online() || this.resumed || book.refusal) return false;
    if (channel === 'book') {
      if (!book.proven) return false;
    } else state.provenAt = Math.max(1, state.liveness.lastAt);
    const lag = channel === 'ticker' ? null : this.lag.lagMs;
    if (state.liveness.lastAt <= this.steppedAt) return false;
    return (lag === null || lag <= LAGGING_MS) && now - state.liveness.lastAt <= state.liveness.deadlineMs(now);
  }

  private pathOf(channel: Channel): string | undefined {
    this.streams();
    // Candles that no stream of their own feeds are made of the trades alone, and figures without one are asked for.
    const isFed = channel === 'candles' || channel === 'ticker';
    return this.paths.get(channel) ?? (isFed ? this.paths.get('trades') : undefined);
  }

  private lineOf(channel: Channel): LineStatus | null {
    const path = this.pathOf(channel);
    return path === undefined ? null : this.owner.lineStatus(path);
  }

  /** More than five seconds behind for two seconds: catching up is slower than beginning again. */
  private watchLag(now: Millis): void {
    const lag = this.lag.lagMs;
    if (lag === null || lag <= LAG_STALE_MS || this.book.channel.state === 'resyncing') {
      this.lagHighSince = null;
      return;
    }
    this.lagHighSince ??= now;
    if (now - this.lagHighSince < LAG_DROP_AFTER_MS) return;
    this.lagHighSince = null;
    this.context.restartLine('book', 'lag-limit', `${Math.round(lag)} ms behind`);
  }

  private status(): Record<Channel, ChannelStatus> {
    const lag = this.lag.lagMs;
    return {
      book: this.book.channel.status(lag),
      trades: this.trade.trades.status(lag),
      candles: this.trade.candles.status(lag),
      ticker: this.tickerFeed.channel.status(lag),
    };
  }

  private counters(): InstrumentFrame['counters'] {
    const { book } = this;
    return {
      messages: this.messages,
      bytes: this.bytes,
      rejected: this.rejected + book.malformedQuotes,
      offGrid: book.offGrid,
      gaps: book.gaps,
      resyncs: book.resyncs,
      reconnects: this.owner.reconnects(),
      checksums: book.checksums,
      checksumFailures: book.checksumFailures,
      quotesAgreed: book.quotesAgreed,
      quotesCompared: book.quotesCompared,
      diffs: book.diffs,
      candleDifferences: this.trade.differences,
    };
  }
}

import type { Fault, FaultKind } from '@/market/fault.ts';
import type { Channel } from '@/market/feed-state.ts';
import type { Grid, InstrumentId } from '@/market/instrument.ts';
import type { Interval, Millis } from '@/market/time.ts';
import type { Wanted } from '@/protocol/command.ts';
import type { VenueReport } from '@/protocol/health.ts';
import type { Chance, Clock } from './clock.ts';
import { Line, type LineOwner, type LineStatus, type Loss } from './connection.ts';
import { FormatDrift } from './format-drift.ts';
import type { FeedRecorder, Recorder } from './health/recorder.ts';
import { InstrumentFeed, type InstrumentOwner } from './instrument-feed.ts';
import { Requests, weightPerMinute } from './requests.ts';
import type { SharedBudget, VenueBudget } from './shared-budget.ts';
import type { Transport } from './transport.ts';
import type {
  CandleEvent,
  Control,
  DecodeSink,
  Diff,
  HistoryCandle,
  Statement,
  Stream,
  StreamBook,
  TickerEvent,
  TradeEvent,
  Venue,
} from './venues/venue.ts';

/** What a session needs from the feed. */
export interface SessionOwner {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly health: Recorder;
  readonly budget: SharedBudget;
  online(): boolean;
  /** Something changed: a frame may be due. */
  changed(): void;
  /** A message came, before it is read. */
  arrived(): void;
}

/** Largest message read, and largest where the stream pushes whole books; a longer one is refused unread. */
const MAX_MESSAGE = 1_000_000;
const MAX_BOOK_MESSAGE = 8_000_000;
const ASK_AFTER_FAILURES = 2;
const ASK_AGAIN_MS = 3_000;
const CLOCK_EVERY_MS = 60_000;

/**
 * One venue: its lines, its requests and its instruments. It states the streams that are wanted and routes what
 * comes; every message is decoded once and applied whole.
 */
export class VenueSession implements LineOwner, InstrumentOwner, DecodeSink {
  readonly requests: Requests;
  private readonly budget: VenueBudget;
  private heededBan: Millis = 0;
  readonly clock: Clock;
  private readonly instruments = new Map<string, InstrumentFeed>();
  private readonly lines = new Map<string, Line>();
  private needsPending = false;
  /** Questions about the venue as a whole that wait for their answers. */
  asking = 0;
  private disposed = false;
  private current: InstrumentFeed | null = null;
  private currentLine: Line | null = null;
  /** What the message at hand has brought. */
  private spoke: Channel | null = null;
  private clockAskedAt: Millis = Number.NEGATIVE_INFINITY;
  private askedWhyAt: Millis = Number.NEGATIVE_INFINITY;
  private readonly drift = new FormatDrift();

  constructor(
    readonly venue: Venue,
    private readonly endpoint: string | null,
    private readonly transport: Transport,
    private readonly owner: SessionOwner,
  ) {
    this.clock = owner.clock;
    const { connectsPer5Minutes } = venue.limits;
    this.budget = owner.budget.of(venue.id, { connectsPer5Minutes, weightPerMinute: weightPerMinute(venue) });
    this.requests = new Requests(
      venue,
      venue.requestSocketUrls.map((url) => moved(url, endpoint)),
      endpoint === null ? venue.requestOrigins : [`http://${endpoint}`],
      transport,
      owner.clock,
      (text) => this.countAnswer(text),
      (text) => readResponseId(text, venue),
      venue.requestPath === null ? null : { send: (text, isWanted) => this.carry(text, isWanted) },
      this.budget,
    );
  }

  /** Send a request over the stream socket, as soon as that is open. */
  private async carry(text: string, isWanted: () => boolean): Promise<boolean> {
    // What is wanted together opens its socket in the same task.
    await Promise.resolve();
    const line = this.venue.requestPath === null ? undefined : this.lines.get(this.venue.requestPath);
    return line !== undefined && (await line.whenOpen()) && isWanted() && line.send(text);
  }

  /** Arrival of the newest message over any line; 0 when there was none. */
  get heardAt(): Millis {
    let newest = 0;
    for (const line of this.lines.values()) newest = Math.max(newest, line.status().heardAt);
    return newest;
  }

  get isLocal(): boolean {
    return this.endpoint !== null;
  }

  get all(): IterableIterator<InstrumentFeed> {
    return this.instruments.values();
  }

  get isEmpty(): boolean {
    return this.instruments.size === 0 && this.asking === 0;
  }

  get sockets(): number {
    let count = 0;
    for (const line of this.lines.values()) if (line.status().open) count++;
    return count;
  }

  find(symbol: string): InstrumentFeed | undefined {
    return this.instruments.get(symbol);
  }

  /** State everything wanted of this venue. */
  want(wanted: readonly (Wanted & { readonly symbol: string })[]): void {
    const symbols = new Set(wanted.map((one) => one.symbol));
    for (const [symbol, feed] of this.instruments) {
      if (symbols.has(symbol)) continue;
      feed.dispose();
      this.owner.health.close(feed.id);
      this.instruments.delete(symbol);
    }
    for (const one of wanted) {
      const feed = this.instruments.get(one.symbol);
      if (feed) feed.want(one);
      else this.instruments.set(one.symbol, new InstrumentFeed(one.instrument, one.symbol, this, one));
    }
    this.reconcile();
  }

  tick(now: Millis): void {
    if (now >= this.clockAskedAt + CLOCK_EVERY_MS && this.sockets > 0) this.askClock(now);
    // Another tab may have been told to wait.
    if (this.requests.bannedUntil > this.heededBan) this.heedBan();
    for (const feed of this.instruments.values()) feed.tick(now);
    for (const line of this.lines.values()) if (this.isGood(line)) line.good(now);
    this.watchDrift(now);
  }

  /** Ask the venue's clock: without it a delay that never varies cannot be told from clocks that differ. */
  private askClock(askedAt: Millis): void {
    this.clockAskedAt = askedAt;
    const request = this.venue.timeRequest?.();
    if (!request) return;
    void this.requests.ask(request).then((answer) => {
      const now = this.clock.now();
      const time = answer.ok ? (this.venue.readTime?.(answer.value) ?? null) : null;
      if (time === null) return;
      const errorMs = (now - askedAt) / 2;
      for (const feed of this.instruments.values()) feed.lag.clockSample(askedAt + errorMs - time, errorMs, now);
    });
  }

  /** The network came back, or the user said: now. */
  tryNow(): void {
    for (const line of this.lines.values()) line.tryNow();
  }

  /** The page slept: no socket is believed. */
  resume(): void {
    for (const feed of this.instruments.values()) feed.resume();
    this.requests.renew();
    for (const line of this.lines.values()) line.restart({ kind: 'resumed', detail: 'the page was asleep' });
  }

  /** The local clock was set. */
  clockStepped(now: Millis): void {
    for (const feed of this.instruments.values()) feed.clockStepped(now);
  }

  networkChanged(): void {
    const now = this.clock.now();
    for (const feed of this.instruments.values()) feed.refresh(now);
  }

  dispose(): void {
    this.disposed = true;
    for (const feed of this.instruments.values()) {
      feed.dispose();
      this.owner.health.close(feed.id);
    }
    for (const line of this.lines.values()) line.dispose();
    this.requests.dispose();
    this.instruments.clear();
  }

  /** What this venue has cost all tabs and may still cost. */
  costs(): VenueReport {
    const { venue, requests } = this;
    return {
      venue: venue.id,
      sockets: this.sockets,
      connects: { used: this.budget.connectsUsed, allowed: this.budget.connectsAllowed },
      weight: { used: this.budget.weightUsed, allowed: weightPerMinute(this.venue) },
      bannedUntil: requests.bannedUntil,
    };
  }

  // What instruments ask.

  healthOf(id: InstrumentId): FeedRecorder {
    return this.owner.health.of(id, this.clock.now());
  }

  online(): boolean {
    return this.owner.online();
  }

  lineStatus(path: string): LineStatus | null {
    return this.lines.get(path)?.status() ?? null;
  }

  lineIsOpen(path: string): boolean {
    return this.lines.get(path)?.isOpen ?? false;
  }

  reconnects(): number {
    let sum = 0;
    for (const line of this.lines.values()) sum += line.reconnects;
    return sum;
  }

  /** No frame leaves in the middle of a message: what it does to the states is known at its end. */
  changed(): void {
    if (!this.currentLine) this.owner.changed();
  }

  needsChanged(): void {
    if (this.needsPending) return;
    this.needsPending = true;
    this.clock.schedule(0, () => {
      this.needsPending = false;
      if (!this.disposed) this.reconcile();
    });
  }

  resubscribe(stream: Stream, isProbe: boolean): boolean {
    return this.lines.get(stream.path)?.resubscribe(stream.name, isProbe) ?? false;
  }

  restartLine(path: string, kind: FaultKind, detail: string): void {
    this.lines.get(path)?.restart({ kind, detail });
    if (kind === 'silent') this.requests.distrust();
  }

  // What lines tell.

  onLineOpen(line: Line): void {
    for (const feed of this.instruments.values()) {
      const channels = this.channelsOn(feed, line.path);
      if (channels.size > 0) feed.lineOpened(channels);
    }
  }

  onLineText(line: Line, text: string): void {
    this.owner.arrived();
    this.currentLine = line;
    this.current = null;
    this.spoke = null;
    const most = this.venue.bookSource === 'request' ? MAX_MESSAGE : MAX_BOOK_MESSAGE;
    if (text.length > most) this.rejected(`a message of ${text.length} characters`, null, true);
    else this.decode(text);
    this.attribute(text.length);
    this.currentLine = null;
    this.owner.changed();
  }

  /** One message in many is timed, the book in it apart. */
  private decode(text: string): void {
    const { stages } = this.owner.health;
    const isTimed = stages.due();
    if (isTimed) stages.begin(this.clock.now());
    this.venue.decode(text, this);
    if (isTimed) stages.end(this.clock.now());
  }

  onLineLost(line: Line, loss: Loss): void {
    const fault: Fault = { kind: loss.kind, venue: this.venue.id, detail: loss.detail, at: this.clock.now() };
    for (const feed of this.instruments.values()) {
      const channels = this.channelsOn(feed, line.path);
      if (channels.size > 0) feed.lineLost(channels, fault);
    }
    if (loss.kind === 'unreachable') this.askWhy(line);
  }

  /** A refused socket tells a script nothing; the request API may say that we are to wait, and until when. */
  private askWhy(line: Line): void {
    const [feed] = this.instruments.values();
    if (!feed) return;
    const now = this.clock.now();
    const { attempt, recentFailures } = line.status();
    const isRepeated = Math.max(attempt, recentFailures) >= ASK_AFTER_FAILURES;
    if (!isRepeated || now - this.askedWhyAt < ASK_AGAIN_MS) return this.heedBan();
    this.askedWhyAt = now;
    const question = this.venue.tickerRequest(feed.symbol) ?? this.venue.listingRequest(feed.symbol);
    void this.requests.ask(question).then(() => this.heedBan());
  }

  private heedBan(): void {
    const { bannedUntil } = this.requests;
    const now = this.clock.now();
    this.heededBan = bannedUntil;
    if (bannedUntil <= now) return;
    for (const line of this.lines.values()) line.waitUntil(bannedUntil);
    for (const feed of this.instruments.values()) feed.refresh(now);
  }

  onLineStatus(): void {
    const now = this.clock.now();
    for (const feed of this.instruments.values()) feed.refresh(now);
  }

  /** Neither acknowledged nor refused: what cannot be had is said, and the user may ask again. */
  onLineUnanswered(line: Line, names: readonly string[]): void {
    const detail = `no answer to the subscription of ${names.slice(0, 3).join(', ')}`;
    for (const feed of this.instruments.values()) {
      const missed = feed.streams().filter((stream) => stream.path === line.path && names.includes(stream.name));
      this.giveUp(feed, missed, 'subscribe-unanswered', detail);
    }
  }

  /**
   * Streams that cannot be had. Without its book an instrument is refused; without another channel only that is; a proof
   * is done without, and the book then says that it is not verified.
   */
  private giveUp(feed: InstrumentFeed, streams: readonly Stream[], kind: FaultKind, detail: string): void {
    if (streams.length === 0 || feed.book.refusal) return;
    if (streams.some(({ channel }) => channel === 'book')) feed.book.refuse(kind, detail);
    else feed.refuseStreams(streams, kind, detail);
  }

  // Where the decoder puts what a message said.

  grid(symbol: string): Grid | null {
    const feed = this.instruments.get(symbol);
    if (!feed) return null;
    this.current = feed;
    return feed.grid;
  }

  refine(symbol: string, priceDecimals: number, lotDecimals: number): void {
    this.instruments.get(symbol)?.refine(priceDecimals, lotDecimals);
  }

  diff(symbol: string, diff: Diff): void {
    const { stages } = this.owner.health;
    const startedAt = stages.isTiming ? this.clock.now() : 0;
    this.instruments.get(symbol)?.diff(diff, this.currentLine?.overlapping ?? false, this.currentLine?.speaking ?? 0);
    if (stages.isTiming) stages.applied(this.clock.now() - startedAt);
    this.spoke = 'book';
    this.drift.known++;
  }

  book(symbol: string, book: StreamBook): void {
    const { stages } = this.owner.health;
    const startedAt = stages.isTiming ? this.clock.now() : 0;
    const { overlapping = false, speaking = 0 } = this.currentLine ?? {};
    this.instruments.get(symbol)?.wholeBook(book, overlapping, speaking);
    if (stages.isTiming) stages.applied(this.clock.now() - startedAt);
    this.spoke = 'book';
    this.drift.known++;
  }

  statement(symbol: string, statement: Statement): void {
    this.instruments.get(symbol)?.statement(statement, this.currentLine?.speaking ?? 0);
    this.drift.known++;
  }

  newestTrade(symbol: string, id: number, time: Millis): void {
    this.instruments.get(symbol)?.trade.stated(id, time, this.clock.now());
    this.drift.known++;
  }

  history(symbol: string, interval: Interval, rows: readonly HistoryCandle[]): void {
    this.instruments.get(symbol)?.trade.pushed(interval, rows, this.clock.now());
    this.spoke = 'candles';
    this.drift.known++;
  }

  trade(symbol: string, trade: TradeEvent): void {
    this.instruments.get(symbol)?.trades(trade, this.currentLine?.overlapping ?? false);
    this.spoke = 'trades';
    this.drift.known++;
  }

  excluded(symbol: string, id: number, time: Millis): void {
    this.instruments.get(symbol)?.trade.exclude(id, time);
    this.drift.known++;
  }

  quote(symbol: string, updateId: number, text: string): void {
    this.instruments.get(symbol)?.quote(updateId, text);
    this.drift.known++;
  }

  candle(symbol: string, candle: CandleEvent): void {
    this.instruments.get(symbol)?.candle(candle);
    this.spoke = 'candles';
  }

  ticker(symbol: string, ticker: TickerEvent): void {
    this.instruments.get(symbol)?.ticker(ticker);
    this.spoke = 'ticker';
  }

  control(message: Control): void {
    const line = this.currentLine;
    this.drift.known++;
    switch (message.kind) {
      case 'closing':
        return line?.replace();
      case 'answer':
        line?.send(message.text);
        return;
      case 'response':
        return this.requests.answered(message.id, message.status, message.text);
      case 'refusal':
        return this.refusedByVenue(message.names ?? this.refusedNames(message.id), message.detail);
      case 'granted':
        return this.granted(line?.takeAsked(message.id) ?? [], message.names, message.detail);
      case 'ack':
        return this.acknowledged(message.names ?? line?.takeAsked(message.id) ?? []);
      case 'heartbeat':
        return;
    }
  }

  /**
   * Which streams a refusal without names is about: those of its question, none when nobody remembers that, and where it
   * names no question any that still wait for an answer.
   */
  private refusedNames(id: string | null): readonly string[] | null {
    const line = this.currentLine;
    if (id !== null) return line?.takeAsked(id) ?? [];
    return line && this.venue.acknowledges ? line.awaited : null;
  }

  private acknowledged(names: readonly string[]): void {
    this.currentLine?.answered(names);
    for (const feed of this.instruments.values()) feed.acknowledged(names);
  }

  /** What was asked for and is not among the granted was refused without a word. */
  private granted(asked: readonly string[], names: readonly string[], detail: string): void {
    const refused = asked.filter((name) => !names.includes(name));
    this.acknowledged(names);
    if (refused.length > 0) this.refusedByVenue(refused, detail);
  }

  ignored(unknown: boolean): void {
    if (unknown) this.drift.unknown++;
  }

  rejected(reason: string, symbol: string | null, wasDiff: boolean): void {
    const named = symbol === null ? undefined : this.instruments.get(symbol);
    const hit = named ? [named] : [...this.instruments.values()];
    for (const feed of hit) {
      feed.countRejected(reason);
      if (wasDiff && (named || hit.length === 1 || this.isBlind)) feed.refusedDiff(reason);
    }
    if (named) this.current = named;
  }

  /** Nothing shows later that a diff is missing: one that cannot be read may have been of any book. */
  private get isBlind(): boolean {
    return !this.venue.sequenced && this.venue.bookSource !== 'whole';
  }

  /** Refused are the instruments whose streams were asked for, all of them when the venue does not say which. */
  private refusedByVenue(names: readonly string[] | null, detail: string): void {
    if (names) this.currentLine?.answered(names);
    for (const feed of this.instruments.values()) {
      const meant = feed.streams().filter((stream) => names === null || names.includes(stream.name));
      this.giveUp(feed, meant, 'subscribe-refused', detail);
    }
  }

  /** Count a message for its instrument; what names none counts for all of them. */
  private attribute(bytes: number): void {
    const { current } = this;
    if (current) {
      current.messages++;
      current.bytes += bytes;
      if (this.currentLine?.awaitsAnswers) this.currentLine.answered(current.streamNames(this.spoke));
      return;
    }
    for (const feed of this.instruments.values()) {
      feed.messages++;
      feed.bytes += bytes;
    }
  }

  private countAnswer(text: string): void {
    this.current = null;
    this.attribute(text.length);
  }

  private channelsOn(feed: InstrumentFeed, path: string): Set<Channel> {
    const channels = new Set<Channel>();
    for (const stream of feed.streams()) {
      if (stream.path === path && stream.channel !== 'quote') channels.add(stream.channel);
    }
    return channels;
  }

  /** Tell every line the complete set of its streams. */
  private reconcile(): void {
    const byPath = new Map<string, string[]>();
    for (const path of this.lines.keys()) byPath.set(path, []);
    const opened: InstrumentFeed[] = [];
    for (const feed of this.instruments.values()) {
      for (const stream of feed.streams()) {
        const names = byPath.get(stream.path) ?? [];
        if (!names.includes(stream.name)) names.push(stream.name);
        byPath.set(stream.path, names);
      }
      if (!feed.book.refusal && !feed.begun) opened.push(feed);
    }
    for (const [path, names] of byPath) this.line(path).want(names);
    for (const feed of opened) this.begin(feed);
  }

  /** An instrument that joins an open line begins at once; on a line still opening `onLineOpen` does it. */
  private begin(feed: InstrumentFeed): void {
    for (const line of this.lines.values()) {
      const channels = this.channelsOn(feed, line.path);
      if (channels.size > 0 && line.status().open) feed.lineOpened(channels);
    }
  }

  private line(path: string): Line {
    let line = this.lines.get(path);
    if (!line) {
      const urls = this.endpoint === null ? this.venue.socketUrls(path) : this.venue.socketUrls(path).slice(0, 1);
      const moves = urls.map((url) => moved(url, this.endpoint));
      line = new Line(path, this.venue, moves, this.transport, this.clock, this.owner.chance, this, this.budget);
      this.lines.set(path, line);
    }
    return line;
  }

  private isGood(line: Line): boolean {
    if (!line.status().open) return false;
    for (const feed of this.instruments.values()) {
      if (feed.isLive(this.channelsOn(feed, line.path))) return true;
    }
    return false;
  }

  /** Messages of unknown kind above one in a hundred for a minute: the venue speaks another language now. */
  private watchDrift(now: Millis): void {
    const detail = this.drift.look(now);
    if (detail === null) return;
    for (const feed of this.instruments.values()) feed.book.refuse('format-changed', detail);
  }
}

/** The same URL at another origin; path and query stay. */
function moved(url: string, endpoint: string | null): string {
  if (endpoint === null) return url;
  const path = url.replace(/^[a-z]+:\/\/[^/]+/, '');
  return `ws://${endpoint}${path}`;
}

function readResponseId(text: string, venue: Venue): { id: string; status: number } | null {
  let found: { id: string; status: number } | null = null;
  venue.decode(text, {
    ...NOWHERE,
    control: (message) => {
      if (message.kind === 'response') found = { id: message.id, status: message.status };
    },
  });
  return found;
}

const nothing = (): void => undefined;
const NOWHERE: DecodeSink = {
  grid: () => null,
  refine: nothing,
  diff: nothing,
  book: nothing,
  statement: nothing,
  newestTrade: nothing,
  history: nothing,
  trade: nothing,
  excluded: nothing,
  quote: nothing,
  candle: nothing,
  ticker: nothing,
  control: nothing,
  ignored: nothing,
  rejected: nothing,
};

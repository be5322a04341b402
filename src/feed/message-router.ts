import type { Channel } from '@/market/feed-state.ts';
import type { Grid } from '@/market/instrument.ts';
import type { Interval, Millis } from '@/market/time.ts';
import type { Clock } from './clock.ts';
import type { Line } from './connection.ts';
import { FormatDrift } from './format-drift.ts';
import type { Recorder } from './health/recorder.ts';
import type { InstrumentFeed } from './instrument-feed.ts';
import type { Requests } from './requests.ts';
import type { SubscriptionVerdicts } from './subscription-verdicts.ts';
import type {
  CandleEvent,
  Control,
  DecodeSink,
  Diff,
  HistoryCandle,
  Statement,
  StreamBook,
  TickerEvent,
  TradeEvent,
  Venue,
} from './venues/venue.ts';

/** Largest message read, and largest where the stream pushes whole books; a longer one is refused unread. */
const MAX_MESSAGE = 1_000_000;
const MAX_BOOK_MESSAGE = 8_000_000;

/**
 * Brings what the messages of one venue say to its instruments. Every message is decoded once and applied whole, and is
 * counted for the instrument it names.
 */
export class MessageRouter implements DecodeSink {
  /** The instrument that the message at hand names; null while none was. */
  private current: InstrumentFeed | null = null;
  /** The line it came over; null between messages. */
  private line: Line | null = null;
  /** What the message at hand has brought. */
  private spoke: Channel | null = null;
  private readonly drift = new FormatDrift();

  constructor(
    private readonly venue: Venue,
    private readonly instruments: ReadonlyMap<string, InstrumentFeed>,
    private readonly requests: Requests,
    private readonly verdicts: SubscriptionVerdicts,
    private readonly health: Recorder,
    private readonly clock: Clock,
  ) {}

  /** A message is being applied: what it does to the states is known at its end. */
  get isReading(): boolean {
    return this.line !== null;
  }

  /** Apply one message of a line. */
  read(line: Line, text: string): void {
    this.line = line;
    this.current = null;
    this.spoke = null;
    const most = this.venue.bookSource === 'request' ? MAX_MESSAGE : MAX_BOOK_MESSAGE;
    if (text.length > most) this.rejected(`a message of ${text.length} characters`, null, true);
    else this.decode(text);
    this.attribute(text.length);
    this.line = null;
  }

  /** An answer of the request API, `text` in full: it names no instrument. */
  countAnswer(text: string): void {
    this.current = null;
    this.attribute(text.length);
  }

  /** Messages of unknown kind above one in a hundred for a minute: the venue speaks another language now. */
  watchDrift(now: Millis): void {
    const detail = this.drift.look(now);
    if (detail === null) return;
    for (const feed of this.instruments.values()) feed.book.refuse('format-changed', detail);
  }

  /** One message in many is timed, the book in it apart. */
  private decode(text: string): void {
    const { stages } = this.health;
    const isTimed = stages.due();
    if (isTimed) stages.begin(this.clock.now());
    this.venue.decode(text, this);
    if (isTimed) stages.end(this.clock.now());
  }

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
    const { stages } = this.health;
    const startedAt = stages.isTiming ? this.clock.now() : 0;
    this.instruments.get(symbol)?.diff(diff, this.line?.overlapping ?? false, this.line?.speaking ?? 0);
    if (stages.isTiming) stages.applied(this.clock.now() - startedAt);
    this.spoke = 'book';
    this.drift.known++;
  }

  book(symbol: string, book: StreamBook): void {
    const { stages } = this.health;
    const startedAt = stages.isTiming ? this.clock.now() : 0;
    const { overlapping = false, speaking = 0 } = this.line ?? {};
    this.instruments.get(symbol)?.wholeBook(book, overlapping, speaking);
    if (stages.isTiming) stages.applied(this.clock.now() - startedAt);
    this.spoke = 'book';
    this.drift.known++;
  }

  statement(symbol: string, statement: Statement): void {
    this.instruments.get(symbol)?.statement(statement, this.line?.speaking ?? 0);
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
    this.instruments.get(symbol)?.trades(trade, this.line?.overlapping ?? false);
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
    const { line, verdicts } = this;
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
        return verdicts.refused(line, message.names ?? verdicts.refusedNames(line, message.id), message.detail);
      case 'granted':
        return verdicts.granted(line, line?.takeAsked(message.id) ?? [], message.names, message.detail);
      case 'ack':
        return verdicts.acknowledged(line, message.names ?? line?.takeAsked(message.id) ?? []);
      case 'heartbeat':
        return;
    }
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

  /** Count a message for its instrument; what names none counts for all of them. */
  private attribute(bytes: number): void {
    const { current } = this;
    if (current) {
      current.messages++;
      current.bytes += bytes;
      if (this.line?.awaitsAnswers) this.line.answered(current.streamNames(this.spoke));
      return;
    }
    for (const feed of this.instruments.values()) {
      feed.messages++;
      feed.bytes += bytes;
    }
  }
}

import type { Fault, FaultKind } from '@/market/fault.ts';
import type { Channel } from '@/market/feed-state.ts';
import type { Millis } from '@/market/time.ts';
import type { BookFeed } from './book-feed.ts';
import type { LineStatus } from './connection.ts';
import type { TradeFeed } from './trade-feed.ts';
import type { Stream, Venue } from './venues/venue.ts';

/** What the streams of an instrument ask of the session of its venue. */
export interface StreamOwner {
  readonly venue: Venue;
  lineStatus(path: string): LineStatus | null;
  lineIsOpen(path: string): boolean;
  resubscribe(stream: Stream, isProbe: boolean): boolean;
  restartLine(path: string, kind: FaultKind, detail: string): void;
}

const NO_STREAMS: readonly Stream[] = [];

/** The streams one instrument needs, the line that each of its channels comes over, and what the venue refused. */
export class InstrumentStreams {
  /** Streams needed, kept until what they follow from changes; and the line of each channel. */
  private needed: readonly Stream[] | null = null;
  private readonly paths = new Map<Channel, string>();
  /** Streams the venue refused, and the channels that are left without any. */
  private readonly refused = new Set<string>();
  private readonly refusals = new Map<Channel, Fault>();

  constructor(
    private readonly owner: StreamOwner,
    private readonly symbol: string,
    private readonly book: BookFeed,
    private readonly trade: TradeFeed,
  ) {}

  /** The streams needed now; none after a refusal. */
  all(): readonly Stream[] {
    if (this.book.refusal) return NO_STREAMS;
    this.needed ??= this.work();
    return this.needed;
  }

  /** Streams of a channel. Candles of intervals that the venue does not publish are made of trades and come with them. */
  of(channel: Channel): readonly Stream[] {
    const named = this.all().filter((stream) => stream.channel === channel);
    return named.length > 0 || channel !== 'candles' ? named : this.of('trades');
  }

  /** Names of the streams of a channel. */
  *names(of: Channel | null): Iterable<string> {
    for (const { channel, name } of this.all()) if (channel === of) yield name;
  }

  /** Whether any of these names is a stream of the channel. */
  areOf(names: readonly string[], of: Channel): boolean {
    return this.all().some(({ channel, name }) => channel === of && names.includes(name));
  }

  /** What the streams follow from has changed. */
  forget(): void {
    this.needed = null;
  }

  /** The venue does not serve these streams: the channels that are left without any are refused with the fault. */
  refuse(streams: readonly Stream[], faultNow: () => Fault): void {
    for (const { name } of streams) this.refused.add(name);
    this.forget();
    for (const { channel } of streams) {
      if (channel === 'quote' || this.of(channel).length > 0) continue;
      this.refusals.set(channel, faultNow());
    }
  }

  get hasRefused(): boolean {
    return this.refused.size > 0;
  }

  /** Why a channel has no stream; null when it has, or was never refused one. */
  refusalOf(channel: Channel): Fault | null {
    return this.refusals.get(channel) ?? null;
  }

  /** The user wants to try again what was refused. */
  forgive(): void {
    this.refused.clear();
    this.refusals.clear();
  }

  /** The line that a channel comes over; undefined while it comes over none. */
  pathOf(channel: Channel): string | undefined {
    this.all();
    // Candles that no stream of their own feeds are made of the trades alone, and figures without one are asked for.
    const isFed = channel === 'candles' || channel === 'ticker';
    return this.paths.get(channel) ?? (isFed ? this.paths.get('trades') : undefined);
  }

  lineOf(channel: Channel): LineStatus | null {
    const path = this.pathOf(channel);
    return path === undefined ? null : this.owner.lineStatus(path);
  }

  lineIsOpen(channel: Channel): boolean {
    const path = this.pathOf(channel);
    return path !== undefined && this.owner.lineIsOpen(path);
  }

  /** Subscribe the channel's streams again: whether any is. */
  resubscribe(channel: Channel, isProbe: boolean): boolean {
    return this.of(channel).filter((stream) => this.owner.resubscribe(stream, isProbe)).length > 0;
  }

  /** Give up the socket that the channel's first stream comes over. */
  restartLine(channel: Channel, kind: FaultKind, detail: string): void {
    const stream = this.of(channel)[0];
    if (stream) this.owner.restartLine(stream.path, kind, detail);
  }

  /** How long the socket of the channel's first stream has said nothing at all, ms; 0 while there is none. */
  lineSilentMs(channel: Channel, now: Millis): number {
    const stream = this.of(channel)[0];
    const line = stream && this.owner.lineStatus(stream.path);
    return line ? now - line.heardAt : 0;
  }

  private work(): readonly Stream[] {
    const all = this.owner.venue.streams({
      symbol: this.symbol,
      book: true,
      trades: true,
      candles: this.trade.nativeIntervals(),
      ticker: true,
      tradesSpoken: this.trade.ledger.spoken,
      wholeBooks: this.book.wholeBooks,
    });
    const served = this.refused.size > 0 ? all.filter(({ name }) => !this.refused.has(name)) : all;
    this.paths.clear();
    for (const { channel, path } of served) {
      if (channel !== 'quote' && !this.paths.has(channel)) this.paths.set(channel, path);
    }
    return served;
  }
}

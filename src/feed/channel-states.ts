import type { Fault, FaultKind } from '@/market/fault.ts';
import { CHANNELS, type Channel, type ChannelStatus, isCurrent } from '@/market/feed-state.ts';
import type { Millis } from '@/market/time.ts';
import type { BookFeed } from './book-feed.ts';
import type { ChannelState } from './channel.ts';
import { LAG_STALE_MS, LAGGING_MS, settleState } from './channel-state-rules.ts';
import { type FeedContext, faultOf } from './feed-context.ts';
import type { InstrumentStreams } from './instrument-streams.ts';
import type { TickerFeed } from './ticker-feed.ts';
import type { TradeFeed } from './trade-feed.ts';

const LAG_DROP_AFTER_MS = 2_000;

/** The states of the four channels of one instrument: gathers the circumstances that each is decided from. */
export class ChannelStates {
  /** The page slept and nothing has come since. */
  resumed = false;
  private steppedAt: Millis = 0;
  private lagHighSince: Millis | null = null;

  constructor(
    private readonly context: FeedContext,
    private readonly streams: InstrumentStreams,
    private readonly book: BookFeed,
    private readonly trade: TradeFeed,
    private readonly ticker: TickerFeed,
    private readonly isOnline: () => boolean,
  ) {}

  /** Work out the state of every channel from what is known. */
  refresh(now: Millis): void {
    for (const channel of CHANNELS) this.refreshChannel(channel, now);
  }

  /** Only what claims to be current can have ceased to be; the rest waits for an event or the next tick. */
  refreshLive(now: Millis): void {
    for (const channel of CHANNELS) if (isCurrent(this.channelOf(channel).state)) this.refreshChannel(channel, now);
  }

  /** The local clock was set: what came before says nothing of the present. */
  clockStepped(now: Millis): void {
    this.steppedAt = now;
  }

  /** Whether data of any of these channels is current. */
  isLive(channels: ReadonlySet<Channel>): boolean {
    for (const channel of channels) if (this.channelOf(channel).state === 'live') return true;
    return false;
  }

  /** What the chips of the channels need. */
  status(): Record<Channel, ChannelStatus> {
    const lag = this.context.lag.lagMs;
    return {
      book: this.book.channel.status(lag),
      trades: this.trade.trades.status(lag),
      candles: this.trade.candles.status(lag),
      ticker: this.ticker.channel.status(lag),
    };
  }

  /** More than five seconds behind for two seconds: catching up is slower than beginning again. */
  watchLag(now: Millis): void {
    const lag = this.context.lag.lagMs;
    if (lag === null || lag <= LAG_STALE_MS || this.book.channel.state === 'resyncing') {
      this.lagHighSince = null;
      return;
    }
    this.lagHighSince ??= now;
    if (now - this.lagHighSince < LAG_DROP_AFTER_MS) return;
    this.lagHighSince = null;
    this.context.restartLine('book', 'lag-limit', `${Math.round(lag)} ms behind`);
  }

  private channelOf(channel: Channel): ChannelState {
    if (channel === 'book') return this.book.channel;
    if (channel === 'trades') return this.trade.trades;
    return channel === 'candles' ? this.trade.candles : this.ticker.channel;
  }

  private refreshChannel(channel: Channel, now: Millis): void {
    const state = this.channelOf(channel);
    if (state.state === 'live' && this.staysLive(channel, state, now)) return;
    const { book, context } = this;
    const isBook = channel === 'book';
    const had = isBook ? book.hadBook : state.provenAt > 0;
    const line = this.streams.lineOf(channel);
    const waiting = book.waitingFault;
    const faultNow = (kind: FaultKind, detail: string): Fault => faultOf(context, kind, detail, now);
    if (!isBook && line?.open) state.provenAt = Math.max(1, state.liveness.lastAt);
    settleState(state, {
      now,
      refusal: book.refusal ?? this.streams.refusalOf(channel),
      online: this.isOnline(),
      line: line?.fault ? { ...line, fault: { ...line.fault, instrument: context.id } } : line,
      had,
      proven: !isBook || book.proven,
      fault: book.fault,
      waitingFault: waiting && faultNow(waiting.kind, waiting.detail),
      bannedUntil: context.requests.bannedUntil,
      resumed: this.resumed,
      steppedAt: this.steppedAt,
      lagMs: channel === 'ticker' ? null : context.lag.lagMs,
      faultOf: faultNow,
    });
    context.health.observe(channel, state.status(context.lag.lagMs), now);
  }

  /** Whether nothing has changed for a live channel: asked for every frame, so it makes nothing and asks little. */
  private staysLive(channel: Channel, state: ChannelState, now: Millis): boolean {
    const { book } = this;
    if (!this.streams.lineIsOpen(channel) || !this.isOnline() || this.resumed || book.refusal) return false;
    if (channel === 'book') {
      if (!book.proven) return false;
    } else state.provenAt = Math.max(1, state.liveness.lastAt);
    const lag = channel === 'ticker' ? null : this.context.lag.lagMs;
    if (state.liveness.lastAt <= this.steppedAt) return false;
    return (lag === null || lag <= LAGGING_MS) && now - state.liveness.lastAt <= state.liveness.deadlineMs(now);
  }
}

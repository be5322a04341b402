import type { Channel, ChannelStatus } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import type { HealthReport, LogSeverity } from '@/protocol/health.ts';
import type { Break } from './feed-health.ts';
import type { HealthSource } from './health-board.ts';

/** What the parts of one instrument tell of its health. */
export interface FeedRecorder {
  /** Lag of each diff and trade, ms. */
  readonly lag: { add(ms: number): void };
  /** A channel's state was worked out anew. */
  observe(channel: Channel, status: ChannelStatus, now: Millis): void;
  /** The book lost its proof. */
  broke(what: Break, now: Millis): void;
  /** Trades `from` to `to`, both included, did not come. */
  lostTrades(from: number, to: number, now: Millis): void;
  /** No trade is missing any more. */
  tradesWhole(now: Millis): void;
  /** A message was refused. */
  rejected(reason: string, now: Millis): void;
  /** Something else worth a line of the log. */
  note(text: string, now: Millis, severity?: LogSeverity): void;
}

/** What the feed tells of its health, and asks for when somebody wants to know. */
export interface Recorder {
  /** Times some messages on their way through the worker. */
  readonly stages: {
    readonly isTiming: boolean;
    due(): boolean;
    begin(now: Millis): void;
    applied(ms: number): void;
    end(now: Millis): void;
  };
  of(id: InstrumentId, now: Millis): FeedRecorder;
  close(id: InstrumentId): void;
  want(isWanted: boolean, source: HealthSource, now: Millis): HealthReport | null;
  tick(source: HealthSource, now: Millis): HealthReport | null;
}

const nothing = (): void => undefined;
const none = (): null => null;

const NO_FEED: FeedRecorder = {
  lag: { add: nothing },
  observe: nothing,
  broke: nothing,
  lostTrades: nothing,
  tradesWhole: nothing,
  rejected: nothing,
  note: nothing,
};

/** Records nothing: for harnesses that do not ask, and a page whose recorder could not be fetched. */
export const NO_RECORDER: Recorder = {
  stages: { isTiming: false, due: () => false, begin: nothing, applied: nothing, end: nothing },
  of: () => NO_FEED,
  close: nothing,
  want: none,
  tick: none,
};

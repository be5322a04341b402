import type { Fault, FaultKind } from '@/market/fault.ts';
import type { Grid, InstrumentId } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import type { Cancel, Clock } from './clock.ts';
import type { FeedRecorder } from './health/recorder.ts';
import type { LagMeter } from './liveness.ts';
import type { Requests } from './requests.ts';
import type { Venue } from './venues/venue.ts';

/** What the parts of one instrument share: the venue, the clock, the grid, and how to say that something changed. */
export interface FeedContext {
  readonly id: InstrumentId;
  readonly symbol: string;
  readonly venue: Venue;
  readonly clock: Clock;
  readonly requests: Requests;
  readonly lag: LagMeter;
  /** The record of this instrument's health: told of what is rare. */
  readonly health: FeedRecorder;
  /** The current storage grid; it is replaced when it gets finer. */
  grid(): Grid;
  /** Make the grid at least this fine; everything held is multiplied. */
  refine(priceDecimals: number, lotDecimals: number): void;
  /** A chip or a picture changed: a frame is due. */
  changed(): void;
  /** Wait, then run, unless the instrument was closed or begun anew meanwhile. */
  later(delayMs: number, task: () => void): Cancel;
  /** Continue with the answer, unless the instrument was closed or begun anew meanwhile. */
  guard<T>(promise: Promise<T>, use: (value: T) => void): void;
  /**
   * Subscribe the channel's streams again.
   * @param isProbe  only to hear whether they are alive: venues that count subscriptions are not asked that often
   * @returns whether any is
   */
  resubscribe(channel: 'book' | 'trades' | 'candles' | 'ticker', isProbe?: boolean): boolean;
  /** Give the channel's socket up: it is open and dead. */
  restartLine(channel: 'book' | 'trades' | 'candles' | 'ticker', kind: FaultKind, detail: string): void;
  /** How long the channel's socket has said nothing at all. */
  lineSilentMs(channel: 'book' | 'trades' | 'candles' | 'ticker'): number;
  /** The streams needed changed. */
  needsChanged(): void;
}

/** Make a fault of this instrument. */
export function faultOf(context: FeedContext, kind: FaultKind, detail: string, at: Millis): Fault {
  return { kind, venue: context.venue.id, instrument: context.id, detail, at };
}

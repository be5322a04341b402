import type { Millis } from '@/market/time.ts';
import { EventTimes } from './event-time.ts';
import type { FeedContext } from './feed-context.ts';

/** Lets the events of one instrument in by the time that the venue stamped on them, and measures the lag by it. */
export class EventGate {
  private readonly times = new EventTimes();

  constructor(
    private readonly context: FeedContext,
    /** Called with the reason for which an event was refused, and whether it was a part of the book. */
    private readonly refused: (reason: string, isBook: boolean) => void,
  ) {}

  /** A new connection: whatever comes first says what time it is, and the lag is measured anew. */
  restart(): void {
    this.context.lag.restart();
    this.times.restart();
  }

  /** Whether an event can be of now; one that cannot is refused, and with it the book it changed. */
  isPossible(eventTime: Millis, now: Millis, isBook = false): boolean {
    const reason = this.times.refuse(eventTime, now);
    if (reason === null) return true;
    this.refused(reason, isBook);
    return false;
  }

  /**
   * An event the venue stamped has arrived. One of another time than this market's is refused; if it was a part of the
   * book, that is now without it.
   * @returns whether it may be used
   */
  admits(eventTime: Millis, now: Millis, isBook: boolean): boolean {
    if (!this.isPossible(eventTime, now, isBook)) return false;
    const { lag, health } = this.context;
    lag.sample(eventTime, now);
    if (lag.lagMs !== null) health.lag.add(lag.lagMs);
    return true;
  }
}

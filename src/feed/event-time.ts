import type { Millis } from '@/market/time.ts';

const DAY_MS = 86_400_000;
/** 2009-01-03, Bitcoin's first block, and 2100-01-01: seconds and microseconds taken for ms fall outside. */
const EARLIEST: Millis = 1_230_940_800_000;
const LATEST: Millis = 4_102_444_800_000;

/**
 * Tells an event that cannot be of this market's present from one that can. The first event after connecting says what
 * time it is at the venue, so that an old recording is as good as the market of today; from then on venue time goes on
 * with the local one, and an event more than a day from it is a mistake of somebody's.
 */
export class EventTimes {
  private newest: Millis | null = null;
  private newestAt: Millis = 0;

  /** A new connection: whatever comes first says what time it is. */
  restart(): void {
    this.newest = null;
  }

  /**
   * Look at the time of one event, and remember it when it is possible.
   * @param eventTime  what the venue says, ms since 1970
   * @param now  local time, ms since 1970
   * @returns null, or why the event cannot be of now
   */
  refuse(eventTime: Millis, now: Millis): string | null {
    if (!(eventTime >= EARLIEST && eventTime <= LATEST)) return `an event at ${eventTime}, which is not a time in ms`;
    if (this.newest !== null) {
      const venueTime = this.newest + Math.max(0, now - this.newestAt);
      // The first may have been a book that had not changed for days: what is of today here is of today there.
      if (Math.abs(eventTime - venueTime) > DAY_MS)
        return Math.abs(eventTime - now) > DAY_MS ? `an event at ${eventTime}, more than a day from venue time` : null;
      if (eventTime < this.newest) return null;
    }
    this.newest = eventTime;
    this.newestAt = now;
    return null;
  }
}

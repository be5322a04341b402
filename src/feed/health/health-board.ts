import type { InstrumentId } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import type { HealthReport, VenueReport } from '@/protocol/health.ts';
import { EventLog } from './event-log.ts';
import { FeedHealth, type FeedKind, type FeedSample } from './feed-health.ts';
import type { Recorder } from './recorder.ts';
import { StageMeter } from './stage-meter.ts';

/** What the board asks of the feed once a second. */
export interface HealthSource {
  /** Totals of one instrument; null when it is not open (any more). */
  sample(id: InstrumentId): FeedSample | null;
  kind(id: InstrumentId): FeedKind;
  venues(now: Millis): readonly VenueReport[];
}

const EVERY_MS = 1_000;

/**
 * The health of every feed in one worker: always recorded, told once a second while somebody wants to know. The
 * recording owns no timer: the feed's own tick drives it.
 */
export class HealthBoard implements Recorder {
  readonly log = new EventLog();
  readonly stages: StageMeter;
  private readonly feeds = new Map<InstrumentId, FeedHealth>();
  private readAt: Millis;
  private isWanted = false;

  constructor(private readonly since: Millis) {
    this.stages = new StageMeter(since);
    this.readAt = since;
  }

  /** The record of an instrument; one that is asked for first begins now. */
  of(id: InstrumentId, now: Millis): FeedHealth {
    const known = this.feeds.get(id);
    if (known) return known;
    const made = new FeedHealth(id, now, this.log);
    this.feeds.set(id, made);
    return made;
  }

  /** An instrument was closed: its lines stay in the log, its record ends. */
  close(id: InstrumentId): void {
    this.feeds.delete(id);
  }

  /**
   * The page looks, or looks away. Looking begins with everything that was recorded; saying it twice is harmless.
   * @returns the first report, to be sent at once; null when nothing is to be sent
   */
  want(isWanted: boolean, source: HealthSource, now: Millis): HealthReport | null {
    const begins = isWanted && !this.isWanted;
    this.isWanted = isWanted;
    if (!begins) return null;
    this.log.retell();
    for (const feed of this.feeds.values()) feed.retell();
    return this.report(source, now);
  }

  /** As often as the feed ticks. @returns the report of the second, when there is one to send */
  tick(source: HealthSource, now: Millis): HealthReport | null {
    if (now - this.readAt < EVERY_MS) return null;
    this.readAt = now;
    this.stages.tick(now);
    for (const [id, feed] of this.feeds) {
      const sample = source.sample(id);
      if (sample) feed.second(sample, now);
    }
    return this.isWanted ? this.report(source, now) : null;
  }

  private report(source: HealthSource, now: Millis): HealthReport {
    return {
      kind: 'report',
      at: now,
      since: this.since,
      feeds: [...this.feeds].map(([id, feed]) => feed.report(source.kind(id), now)),
      venues: source.venues(now),
      stages: this.stages.report(),
      log: this.log.takeChanged(),
    };
  }
}

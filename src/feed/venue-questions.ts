import type { Millis } from '@/market/time.ts';
import type { Clock } from './clock.ts';
import type { Line } from './connection.ts';
import type { InstrumentFeed } from './instrument-feed.ts';
import type { Requests } from './requests.ts';
import type { Venue } from './venues/venue.ts';

const ASK_AFTER_FAILURES = 2;
const ASK_AGAIN_MS = 3_000;
const CLOCK_EVERY_MS = 60_000;
/** The answers of a busy start are slow, and so are inexact: the first ones are asked for soon again. */
const CLOCK_AT_FIRST_MS = 3_000;
const CLOCK_FIRST_ASKS = 4;

/** What is asked of a venue as a whole: what time it is there, and whether and until when we are to wait. */
export class VenueQuestions {
  private clockAskedAt: Millis = Number.NEGATIVE_INFINITY;
  private clockAsks = 0;
  private askedWhyAt: Millis = Number.NEGATIVE_INFINITY;
  /** The ban that lines and instruments were told of last. */
  private heededBan: Millis = 0;

  constructor(
    private readonly venue: Venue,
    private readonly requests: Requests,
    private readonly instruments: ReadonlyMap<string, InstrumentFeed>,
    private readonly lines: ReadonlyMap<string, Line>,
    private readonly clock: Clock,
  ) {}

  /** Ask what is due, and heed what another tab was told. */
  tick(now: Millis): void {
    const every = this.clockAsks < CLOCK_FIRST_ASKS ? CLOCK_AT_FIRST_MS : CLOCK_EVERY_MS;
    if (now >= this.clockAskedAt + every && this.isConnected()) this.askClock(now);
    // Another tab may have been told to wait.
    if (this.requests.bannedUntil > this.heededBan) this.heedBan();
  }

  /** A refused socket tells a script nothing; the request API may say that we are to wait, and until when. */
  askWhy(line: Line): void {
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

  private isConnected(): boolean {
    for (const line of this.lines.values()) if (line.isOpen) return true;
    return false;
  }

  /** Ask the venue's clock: without it a delay that never varies cannot be told from clocks that differ. */
  private askClock(askedAt: Millis): void {
    this.clockAskedAt = askedAt;
    this.clockAsks++;
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

  private heedBan(): void {
    const { bannedUntil } = this.requests;
    const now = this.clock.now();
    this.heededBan = bannedUntil;
    if (bannedUntil <= now) return;
    for (const line of this.lines.values()) line.waitUntil(bannedUntil);
    for (const feed of this.instruments.values()) feed.refresh(now);
  }
}

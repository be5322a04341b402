import type { Millis } from '@/market/time.ts';

const FLOOR_MS = 3_000;
const CEILING_MS = 30_000;
const FEW = 50;
const FEW_DEADLINE_MS = 10_000;
const WINDOW_MS = 300_000;
const BUCKETS = 64;
const P95_EVERY_MS = 5_000;
const SLICES = 10;

/**
 * How long one channel may be silent: six times the 95th percentile of its gaps over five minutes, between 3 and 30
 * seconds, ten until it has spoken fifty times. Gaps are kept in logarithmic buckets of ten half-minute slices, so a
 * message costs one increment.
 */
export class Liveness {
  private readonly slices = Array.from({ length: SLICES }, () => new Uint32Array(BUCKETS));
  private slice = 0;
  private sliceStart = 0;
  private heard = 0;
  private cached = FEW_DEADLINE_MS;
  private cachedAt = 0;
  /** Arrival of the newest data; 0 before any. */
  lastAt: Millis = 0;
  /** Doubled each time a probe finds the market merely quiet; 1 once data flows. */
  private patience = 1;

  constructor(private readonly quietMs: number) {}

  /** Data of this channel arrived. */
  data(now: Millis): void {
    if (this.lastAt > 0) this.slices[this.slice][bucketOf(now - this.lastAt)]++;
    if (now - this.sliceStart > WINDOW_MS / SLICES) this.turn(now);
    this.lastAt = now;
    this.heard++;
    this.patience = 1;
  }

  /** A probe said that there is nothing to hear: wait again, longer. */
  quiet(now: Millis): void {
    this.lastAt = now;
    this.patience = Math.min(this.patience * 2, 10);
  }

  /** What is held was shown to be current by other means than data: silence counts from now. */
  confirmed(now: Millis): void {
    this.lastAt = now;
  }

  /** A new connection: silence counts from now, the statistics stay. */
  restart(now: Millis): void {
    this.lastAt = now;
    this.patience = 1;
  }

  /** Silence after which the channel is stale. */
  deadlineMs(now: Millis): number {
    if (this.heard < FEW) return Math.max(FEW_DEADLINE_MS, this.quietMs);
    if (now - this.cachedAt > P95_EVERY_MS) {
      this.cached = Math.max(this.quietMs, Math.min(CEILING_MS, Math.max(FLOOR_MS, 6 * this.p95())));
      this.cachedAt = now;
    }
    return Math.min(Math.max(CEILING_MS, this.quietMs), this.cached * this.patience);
  }

  private turn(now: Millis): void {
    this.slice = (this.slice + 1) % SLICES;
    this.slices[this.slice].fill(0);
    this.sliceStart = now;
  }

  private p95(): number {
    let total = 0;
    for (const slice of this.slices) for (const count of slice) total += count;
    let rest = total * 0.05;
    for (let bucket = BUCKETS - 1; bucket >= 0; bucket--) {
      for (const slice of this.slices) rest -= slice[bucket];
      if (rest < 0) return 2 ** (bucket / 3);
    }
    return 0;
  }
}

/** Three buckets an octave from 1 ms. */
function bucketOf(gapMs: number): number {
  return gapMs <= 1 ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log2(gapMs) * 3));
}

const LAG_WINDOW_MS = 60_000;
const LAG_SLICES = 12;
const RATE_SPAN_MS = 2_000;
const SLOW_SPANS = 3;
const OVERTAKEN_MS = 250;
/** A sample of the venue's clock is believed so long, and only as far as its own error. */
const CLOCK_SAMPLE_MS = 300_000;
const CLOCK_ERROR_MS = 250;

/**
 * How far behind the venue this feed is: arrival minus event time, less the difference of the clocks. That is what the
 * venue's own clock says where it can be asked, and else the smallest such difference of the last minute, which holds the
 * shortest way as well. Unknown while time runs at another rate.
 */
export class LagMeter {
  private readonly minima = new Float64Array(LAG_SLICES).fill(Number.POSITIVE_INFINITY);
  private least = Number.POSITIVE_INFINITY;
  private slice = 0;
  private sliceStart = 0;
  private rateFrom: { local: Millis; venue: Millis; least: number } | null = null;
  private unlikeRealTime = false;
  private slowSpans = 0;
  private clock: { difference: number; errorMs: number; at: Millis } | null = null;
  /** Newest lag in ms, 0 or more; null while unknown. */
  lagMs: number | null = null;
  /** Newest event time, the base of venue time. */
  lastEvent: Millis = 0;
  private lastEventAt: Millis = 0;

  /** An event of `eventTime` arrived at `now`. */
  sample(eventTime: Millis, now: Millis): void {
    const offset = now - eventTime;
    if (now - this.sliceStart > LAG_WINDOW_MS / LAG_SLICES) {
      this.slice = (this.slice + 1) % LAG_SLICES;
      this.minima[this.slice] = Number.POSITIVE_INFINITY;
      this.sliceStart = now;
      this.least = Math.min(...this.minima);
    }
    // Far ahead of anything before, between two events: no need to wait for the span.
    if (this.rateFrom && offset < this.least - OVERTAKEN_MS) this.unlikeRealTime = true;
    if (offset < this.minima[this.slice]) this.minima[this.slice] = offset;
    if (offset < this.least) this.least = offset;
    if (eventTime > this.lastEvent) {
      this.lastEvent = eventTime;
      this.lastEventAt = now;
    }
    this.rate(eventTime, now);
    this.lagMs = this.unlikeRealTime ? null : Math.max(0, offset - this.offsetMs());
  }

  /**
   * The venue's clock was asked.
   * @param difference  our clock minus the venue's, ms
   * @param errorMs     half the time the answer took
   */
  clockSample(difference: number, errorMs: number, now: Millis): void {
    const held = this.clock;
    if (errorMs > CLOCK_ERROR_MS) return;
    if (held && held.errorMs < errorMs && now - held.at < CLOCK_SAMPLE_MS) return;
    this.clock = { difference, errorMs, at: now };
  }

  /** Clock offset as the venue's own clock said it; null while it was not asked. */
  get sampledOffsetMs(): number | null {
    return this.clock?.difference ?? null;
  }

  /** Clock offset: ours minus the venue's, as far as it is known. */
  offsetMs(): number {
    const { clock, least } = this;
    // Nothing arrives before it was sent: a clock that says so is not the one that stamps the events.
    if (!clock || least < clock.difference - CLOCK_ERROR_MS) return least;
    return Math.min(least, clock.difference);
  }

  /** How far the clock offset may be wrong, ms: known only where the venue's own clock was asked. */
  offsetErrorMs(): number | null {
    return this.clock && this.offsetMs() >= this.clock.difference - CLOCK_ERROR_MS ? this.clock.errorMs : null;
  }

  /** Venue time: the newest event plus the local time since, never below an event. */
  venueTime(now: Millis): Millis {
    return this.lastEvent === 0 ? now : this.lastEvent + Math.max(0, now - this.lastEventAt);
  }

  /** A new connection: what was measured belongs to the old one. */
  restart(): void {
    this.minima.fill(Number.POSITIVE_INFINITY);
    this.least = Number.POSITIVE_INFINITY;
    this.rateFrom = null;
    this.unlikeRealTime = false;
    this.slowSpans = 0;
    this.lagMs = null;
  }

  /**
   * A recording run fast overtakes the clock: its events come ever earlier than any before. Catching up after a stall is
   * as fast and never does. A stall is one slow span, a recording run slowly many.
   */
  private rate(eventTime: Millis, now: Millis): void {
    this.rateFrom ??= { local: now, venue: eventTime, least: this.least };
    const local = now - this.rateFrom.local;
    if (local < RATE_SPAN_MS) return;
    const ratio = (eventTime - this.rateFrom.venue) / local;
    this.slowSpans = ratio < 0.2 ? this.slowSpans + 1 : 0;
    if (ratio > 1.5) this.unlikeRealTime ||= now - eventTime < this.rateFrom.least - OVERTAKEN_MS;
    else this.unlikeRealTime = this.slowSpans >= SLOW_SPANS;
    this.rateFrom = { local: now, venue: eventTime, least: this.least };
  }
}

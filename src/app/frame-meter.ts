/** Percentiles of what was measured last. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly n: number;
}

export const MEASURED_FRAMES = 1000;

/** The newest thousand measurements of one thing; sorted only when somebody asks. */
export class Sample {
  private readonly values = new Float64Array(MEASURED_FRAMES);
  private count = 0;

  add(value: number): void {
    this.values[this.count++ % MEASURED_FRAMES] = value;
  }

  spread(): Spread {
    const n = Math.min(this.count, MEASURED_FRAMES);
    if (n === 0) return { p50: 0, p95: 0, p99: 0, max: 0, n };
    const sorted = this.values.slice(0, n).sort();
    const at = (share: number): number => round(sorted[Math.min(n - 1, Math.ceil(n * share) - 1)]);
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: round(sorted[n - 1]), n };
  }
}

const round = (ms: number): number => Math.round(ms * 100) / 100;

const DEFAULT_INTERVAL = 1000 / 60;
const BURST = 12;
const AGAIN_MS = 10_000;

/**
 * Measures how far apart this window's animation frames are: a dozen frames in a row now, and again when that is older
 * than ten seconds. Frames that carry paint are no measure, since a quiet market paints only now and then.
 */
export class FrameClock {
  intervalMs = DEFAULT_INTERVAL;
  private measuredAt = Number.NEGATIVE_INFINITY;
  private times: number[] = [];
  private isMeasuring = false;

  constructor(private readonly requestFrame: (callback: (time: number) => void) => void) {}

  /** Measure again if it is time to. */
  check(now: number): void {
    if (this.isMeasuring || now - this.measuredAt < AGAIN_MS) return;
    this.isMeasuring = true;
    this.measuredAt = now;
    this.times = [];
    this.requestFrame(this.step);
  }

  private readonly step = (time: number): void => {
    this.times.push(time);
    if (this.times.length <= BURST) {
      this.requestFrame(this.step);
      return;
    }
    this.isMeasuring = false;
    const gaps = this.times.slice(1).map((t, i) => t - this.times[i]);
    const median = gaps.sort((a, b) => a - b)[BURST / 2];
    if (median >= 2 && median <= 250) this.intervalMs = median;
  };
}

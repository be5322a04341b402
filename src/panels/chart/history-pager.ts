import type { InstrumentId } from '@/market/instrument.ts';
import type { Interval } from '@/market/time.ts';
import type { CandleSeries } from '@/store/candle-series.ts';
import type { FeedPort } from '@/store/feed-port.ts';

/** Candles asked for at once. */
export const PAGE = 500;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 60_000;

/** Where the fetching of older candles stands. */
export type PagerState = 'idle' | 'loading' | 'failed';

type History = Pick<CandleSeries, 'count' | 'timeAt' | 'atStart' | 'history'>;

/** What the pager needs of the world. */
export interface PagerPorts {
  readonly feed: () => Pick<FeedPort, 'backfill'>;
  readonly after: (ms: number, task: () => void) => () => void;
  readonly onChange: () => void;
}

/** Fetches older candles of one series: one request at a time, again after a failure, never twice for the same page. */
export class HistoryPager {
  state: PagerState = 'idle';
  private asked = Number.NaN;
  private failures = 0;
  /** A history that failed to load was fetched on request: from there on it can be paged like any other. */
  private isRecovered = false;
  private cancelWait: (() => void) | null = null;
  private isDisposed = false;

  constructor(
    private readonly instrument: InstrumentId,
    private readonly interval: Interval,
    private readonly ports: PagerPorts,
  ) {}

  /** The view has come near the oldest candle held. */
  approach(series: History): void {
    if (this.state !== 'idle' || !(series.history === 'joined' || this.hasRecovered(series))) return;
    if (series.atStart || series.count === 0 || series.timeAt(0) === this.asked) return;
    this.request(series.timeAt(0));
  }

  /** Ask again now, also for a history that could not be loaded to begin with. */
  retry(series: Pick<CandleSeries, 'count' | 'timeAt'>, now: number): void {
    if (this.state === 'loading') return;
    this.cancelWait?.();
    this.request(series.count > 0 ? series.timeAt(0) : now);
  }

  /** Whether a history that failed to load was fetched after all. */
  hasRecovered(series: Pick<CandleSeries, 'history'>): boolean {
    return this.isRecovered && series.history === 'failed';
  }

  dispose(): void {
    this.isDisposed = true;
    this.cancelWait?.();
  }

  private request(before: number): void {
    this.asked = before;
    this.turn('loading');
    Promise.resolve()
      .then(() => this.ports.feed().backfill(this.instrument, this.interval, before, PAGE))
      .then(
        () => this.settle(true),
        () => this.settle(false),
      );
  }

  private settle(isLoaded: boolean): void {
    if (this.isDisposed) return;
    this.failures = isLoaded ? 0 : this.failures + 1;
    if (isLoaded) this.isRecovered = true;
    if (!isLoaded) {
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.failures - 1));
      this.cancelWait = this.ports.after(wait, () => {
        this.asked = Number.NaN;
        this.turn('idle');
      });
    }
    this.turn(isLoaded ? 'idle' : 'failed');
  }

  private turn(state: PagerState): void {
    this.state = state;
    this.ports.onChange();
  }
}

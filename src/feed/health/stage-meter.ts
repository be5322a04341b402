import type { Millis } from '@/market/time.ts';
import type { StageReport } from '@/protocol/health.ts';
import { SlicedHistogram } from './sliced-histogram.ts';

const ONE_IN = 64;

/** Times one message in sixty-four on its way through the worker: looking at the clock for each would cost more. */
export class StageMeter {
  private readonly decode: SlicedHistogram;
  private readonly book: SlicedHistogram;
  private count = 0;
  private startedAt: Millis = 0;
  private bookMs = 0;
  private hasBook = false;
  /** The message that is being read now is timed. */
  isTiming = false;

  constructor(now: Millis) {
    this.decode = new SlicedHistogram(now);
    this.book = new SlicedHistogram(now);
  }

  /** A message comes. @returns whether it is to be timed */
  due(): boolean {
    return ++this.count % ONE_IN === 0;
  }

  begin(now: Millis): void {
    this.isTiming = true;
    this.startedAt = now;
    this.bookMs = 0;
    this.hasBook = false;
  }

  /** A diff of the timed message was put into the book in this time. */
  applied(ms: number): void {
    this.bookMs += ms;
    this.hasBook = true;
  }

  end(now: Millis): void {
    this.isTiming = false;
    this.decode.add(Math.max(0, now - this.startedAt - this.bookMs));
    if (this.hasBook) this.book.add(this.bookMs);
  }

  tick(now: Millis): void {
    this.decode.tick(now);
    this.book.tick(now);
  }

  report(): StageReport {
    return { decode: this.decode.quantiles(), book: this.book.quantiles() };
  }
}

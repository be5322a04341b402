import type { Millis } from '@/market/time.ts';
import type { FeedContext } from './feed-context.ts';

/** The time a book has on one socket: what is asked and waited for in it is void once the socket is gained or lost. */
export class BookLife {
  private count = 0;

  constructor(private readonly context: Pick<FeedContext, 'guard' | 'later'>) {}

  /** A socket was gained or lost, or the book given up: answers and waits under way are void. */
  renew(): void {
    this.count++;
  }

  /** Continue with the answer, unless it comes too late. */
  answered<T>(promise: Promise<T>, use: (value: T) => void): void {
    const { count } = this;
    this.context.guard(promise, (value) => {
      if (count === this.count) use(value);
    });
  }

  /** Wait, then run, unless that is too late. */
  soon(delayMs: Millis, task: () => void): void {
    const { count } = this;
    this.context.later(delayMs, () => {
      if (count === this.count) task();
    });
  }
}

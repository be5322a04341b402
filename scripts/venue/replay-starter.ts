import { performance } from 'node:perf_hooks';

export interface StartConditions {
  /** Whether there is still something to be started. */
  waiting(): boolean;
  /** Somebody listens to a book. */
  bookWanted(): boolean;
  /** A first book has been handed out, or none has to be requested. */
  bookGiven(): boolean;
  start(): void;
}

/** After the last change of subscriptions, so that a page's second subscribe is not too late for the first message. */
const QUIET_MS = 50;
/** Without a book requested by then, the replay starts all the same. */
const REQUEST_GRACE_MS = 300;
/** Without a book subscribed by then too. */
const BOOK_GRACE_MS = 1_000;

/** Starts a replay with its first subscriber, once that one has said all it wants. */
export class ReplayStarter {
  readonly #conditions: StartConditions;
  #timer: NodeJS.Timeout | null = null;
  #firstAt = Number.NaN;
  #changedAt = Number.NaN;

  constructor(conditions: StartConditions) {
    this.#conditions = conditions;
  }

  /** A subscription was made. */
  subscribed(): void {
    if (!this.#conditions.waiting()) return;
    const now = performance.now();
    if (Number.isNaN(this.#firstAt)) this.#firstAt = now;
    this.#changedAt = now;
    this.#timer ??= setInterval(() => this.#look(), 10);
  }

  dispose(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    const now = performance.now();
    const quiet = now - this.#changedAt >= QUIET_MS;
    const given = this.#conditions.bookGiven() || now - this.#changedAt >= REQUEST_GRACE_MS;
    const late = now - this.#firstAt >= BOOK_GRACE_MS;
    if (!late && !(quiet && given && this.#conditions.bookWanted())) return;
    this.dispose();
    this.#conditions.start();
  }
}

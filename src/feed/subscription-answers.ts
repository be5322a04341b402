import type { Millis } from '@/market/time.ts';
import type { Cancel, Clock } from './clock.ts';

/** A subscription is acknowledged in this time, or made once more; unanswered again it is given up. */
export const ACK_DEADLINE_MS = 5_000;
const ACK_AGAIN_MS = 4_500;

/** What becomes of streams whose subscription nobody answers. */
export interface UnansweredOwner {
  /** In time there was no answer: ask once more. */
  onAskAgain(name: string): void;
  /** Nor was there one to the second asking. At least one name. */
  onGivenUp(names: readonly string[], now: Millis): void;
}

/**
 * Streams that a socket was asked for and that neither an acknowledgement nor data has answered. Each is asked for once
 * more when its time is over, and given up when that is not answered either.
 */
export class SubscriptionAnswers {
  /** Until when each may take, and how often it was asked for. */
  private readonly unanswered = new Map<string, { until: Millis; times: number }>();
  private readonly unansweredTimes = new Map<string, number>();
  private cancelWatch: Cancel | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly owner: UnansweredOwner,
  ) {}

  /** Some stream has neither been acknowledged nor spoken. */
  get awaitsAny(): boolean {
    return this.unanswered.size > 0;
  }

  /** Streams that have neither been acknowledged nor spoken. */
  get awaited(): readonly string[] {
    return [...this.unanswered.keys()];
  }

  /** A stream was asked for now; how often before is remembered until it is answered or given up. */
  expect(name: string, now: Millis): void {
    const times = (this.unansweredTimes.get(name) ?? 0) + 1;
    this.unanswered.set(name, { until: now + (times === 1 ? ACK_DEADLINE_MS : ACK_AGAIN_MS), times });
    this.watch();
  }

  /** The venue said that it serves these streams, or they spoke. Names that nobody waits for are passed over. */
  answered(names: Iterable<string>): void {
    if (this.unanswered.size === 0) return;
    for (const name of names) {
      this.unanswered.delete(name);
      this.unansweredTimes.delete(name);
    }
  }

  /** The stream was ended: its answer is no longer waited for. */
  ended(name: string): void {
    this.unanswered.delete(name);
  }

  /** The socket is gone, and with it what it was asked. */
  clear(): void {
    this.cancelWatch?.();
    this.cancelWatch = null;
    this.unanswered.clear();
  }

  private watch(): void {
    if (this.cancelWatch || this.unanswered.size === 0) return;
    const until = Math.min(...[...this.unanswered.values()].map((one) => one.until));
    this.cancelWatch = this.clock.schedule(Math.max(0, until - this.clock.now()), () => {
      this.cancelWatch = null;
      this.late();
      this.watch();
    });
  }

  private late(): void {
    const now = this.clock.now();
    const given: string[] = [];
    for (const [name, { until, times }] of this.unanswered) {
      if (until > now) continue;
      this.unanswered.delete(name);
      if (times > 1) given.push(name);
      else {
        this.unansweredTimes.set(name, times);
        this.owner.onAskAgain(name);
      }
    }
    for (const name of given) this.unansweredTimes.delete(name);
    if (given.length > 0) this.owner.onGivenUp(given, now);
  }
}

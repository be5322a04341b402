/** What the link has to do next. */
export type Verdict =
  | { readonly do: 'ping'; readonly id: number }
  | { readonly do: 'respawn' }
  | { readonly do: 'stop' };

export const PING_MS = 1000;
const MISSES = 3;
/** Loading the worker may take a slow network a while; answering may not. */
const READY_MS = 15_000;
const MOST_RESTARTS = 5;
const WINDOW_MS = 10 * 60_000;

/**
 * Decides from heartbeats whether the feed worker lives. It holds no timer and no worker: the link calls `tick` once
 * a second and does what it answers. Silence counts only while the page is watched, that is visible and not frozen,
 * because the timers of a hidden page say nothing about the worker.
 */
export class Supervisor {
  private misses = 0;
  private pings = 0;
  private isReady = false;
  private isWatched = true;
  private isBroken = false;
  private isStopped = false;
  private spawnedAt: number;
  private restarts: number[] = [];

  constructor(now: number) {
    this.spawnedAt = now;
  }

  /** The worker said `ready`. */
  ready(): void {
    this.isReady = true;
    this.misses = 0;
  }

  /** Anything arrived from the worker: it lives. */
  heard(): void {
    this.misses = 0;
  }

  /** The page was shown, hidden, frozen or thawed. Time that was not watched is forgiven. */
  watch(isWatched: boolean, now: number): void {
    if (isWatched && !this.isWatched) {
      this.misses = 0;
      if (!this.isReady) this.spawnedAt = now;
    }
    this.isWatched = isWatched;
  }

  /**
   * The worker raised an error. Once it has been ready that is one dropped message, and the next heartbeat tells
   * whether more was lost; before that its script did not run, and it is replaced at the next tick.
   * @returns whether the worker is expected to go on
   */
  failed(): boolean {
    if (!this.isReady) this.isBroken = true;
    return this.isReady;
  }

  /** A message could not be read: the threads no longer understand each other. */
  garbled(): void {
    this.isBroken = true;
  }

  /** Nothing is to be done any more, until the user restarts it. */
  retire(): void {
    this.isStopped = true;
  }

  /** Once a second. */
  tick(now: number): Verdict | null {
    if (this.isStopped) return null;
    if (this.isBroken) return this.replace(now);
    if (!this.isWatched) return null;
    if (!this.isReady) return now - this.spawnedAt >= READY_MS ? this.replace(now) : null;
    if (this.misses >= MISSES) return this.replace(now);
    this.misses++;
    return { do: 'ping', id: ++this.pings };
  }

  /** The user asks for a new worker: the count of failures begins anew. */
  restart(now: number): Verdict {
    this.isStopped = false;
    this.restarts = [];
    return this.replace(now);
  }

  private replace(now: number): Verdict {
    this.restarts = this.restarts.filter((at) => now - at < WINDOW_MS);
    this.isBroken = false;
    if (this.restarts.length >= MOST_RESTARTS) {
      this.isStopped = true;
      return { do: 'stop' };
    }
    this.restarts.push(now);
    this.isReady = false;
    this.misses = 0;
    this.spawnedAt = now;
    return { do: 'respawn' };
  }
}

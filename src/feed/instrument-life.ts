import type { Cancel, Clock } from './clock.ts';

/** What one instrument waits for: nothing of it happens once the instrument was closed. */
export class InstrumentLife {
  private generation = 0;
  private readonly cancels = new Set<Cancel>();

  constructor(private readonly clock: Clock) {}

  /** Run a task after `delayMs`, unless the instrument was closed meanwhile. */
  later(delayMs: number, task: () => void): Cancel {
    const { generation } = this;
    const cancel = this.clock.schedule(delayMs, () => {
      this.cancels.delete(cancel);
      if (generation === this.generation) task();
    });
    this.cancels.add(cancel);
    return cancel;
  }

  /** Continue with the answer, unless the instrument was closed meanwhile. */
  guard<T>(promise: Promise<T>, use: (value: T) => void): void {
    const { generation } = this;
    void promise.then((value) => {
      if (generation === this.generation) use(value);
    });
  }

  /** The instrument is closed. */
  end(): void {
    this.generation++;
    for (const cancel of this.cancels) cancel();
    this.cancels.clear();
  }
}

import type { Cancel, Clock } from './clock.ts';
import type { Venue } from './venues/venue.ts';

/** What a venue wants to hear on a new socket of a path, and from then on to keep it. */
export class KeepAliveDuty {
  private cancelNext: Cancel | null = null;

  constructor(
    private readonly venue: Venue,
    private readonly path: string,
    private readonly clock: Clock,
  ) {}

  /**
   * Greet a socket that opened and keep it from then on, instead of the one before it.
   * @param greet  says something on the new socket
   * @param keep  says something on whichever socket is in use by then
   */
  begin(greet: (text: string) => void, keep: (text: string) => void): void {
    for (const text of this.venue.hello?.(this.path) ?? []) greet(text);
    this.cancelNext?.();
    const keepAlive = this.venue.keepAlive?.(this.path);
    if (!keepAlive) return;
    const again = (): void => {
      this.cancelNext = this.clock.schedule(keepAlive.everyMs, () => {
        keep(keepAlive.text);
        again();
      });
    };
    again();
  }

  stop(): void {
    this.cancelNext?.();
  }
}

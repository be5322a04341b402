import type { Cancel, Chance, Clock } from './clock.ts';
import type { Socket } from './transport.ts';
import type { Venue } from './venues/venue.ts';

/** One socket of a line, told from earlier and later ones by its generation. */
export interface Life {
  readonly generation: number;
  readonly socket: Socket;
  open: boolean;
}

/** A socket that does not open in this time is given up. */
export const CONNECT_DEADLINE_MS = 8_000;
/** Two sockets speak together this long after the newer one has spoken, and never longer than the second figure. */
const OVERLAP_MS = 1_000;
const OVERLAP_CAP_MS = 10_000;
const REPLACE_AGAIN_MS = 60_000;
const JITTER_AGE_MS = 30 * 60_000;

/**
 * Replaces the socket of a line before its venue cuts it: a second one is put beside it, both speak for a moment, and the
 * old one goes. If the second cannot be had the first goes on, and it is tried again later.
 */
export class Handover {
  /** The socket that is not the line's current one: before the swap the newer, after it the older. */
  other: Life | null = null;
  /** Two sockets say the same thing at the moment: repeats are not duplicates. */
  isOverlapping = false;
  private isParting = false;
  private cancelAge: Cancel | null = null;
  private cancelOverlap: Cancel | null = null;

  constructor(
    private readonly venue: Venue,
    private readonly clock: Clock,
    private readonly chance: Chance,
    private readonly line: { readonly isOpen: boolean },
    /** Begins another socket to the same path. */
    private readonly start: () => Life,
  ) {}

  /** Put a second socket beside the current one; nothing happens when there is one, or the current one is not open. */
  begin(): void {
    if (this.other || !this.line.isOpen) return;
    const next = this.start();
    this.other = next;
    this.cancelOverlap = this.clock.schedule(CONNECT_DEADLINE_MS, () => {
      if (this.other !== next) return;
      next.socket.close();
      this.lost();
    });
  }

  /** The second socket opened and is the line's current one from now on. */
  swapped(): void {
    this.other = null;
    this.isOverlapping = true;
  }

  /** The new socket was told everything: the old one speaks beside it until the new one has spoken. */
  keep(old: Life | null): void {
    this.other = old;
    this.isParting = false;
    this.cancelOverlap?.();
    this.cancelOverlap = this.clock.schedule(OVERLAP_CAP_MS, () => this.part());
  }

  /** The new socket has spoken: the old one is needed a moment longer, for what is still on its way. */
  partSoon(): void {
    if (this.isParting) return;
    this.isParting = true;
    this.cancelOverlap?.();
    this.cancelOverlap = this.clock.schedule(OVERLAP_MS, () => this.part());
  }

  /** The other socket closed by itself. */
  closed(): void {
    // During the overlap it is the old socket that closes, which is what was waited for.
    if (this.isOverlapping) this.part();
    else this.lost();
  }

  /** Plan the replacement of the socket that is current now, give or take half an hour. */
  planEnd(): void {
    this.cancelAge?.();
    const { maxAgeMs } = this.venue.limits;
    if (maxAgeMs === 0) return;
    const age = maxAgeMs + (this.chance() * 2 - 1) * JITTER_AGE_MS;
    this.cancelAge = this.clock.schedule(age, () => this.begin());
  }

  /** The line's socket is gone: nothing is replaced any more, and the other socket goes with it. */
  abandon(): void {
    this.cancelAge?.();
    this.cancelOverlap?.();
    this.other?.socket.close();
    this.other = null;
    this.isOverlapping = false;
  }

  private part(): void {
    this.other?.socket.close();
    this.other = null;
    this.isOverlapping = false;
  }

  private lost(): void {
    this.other = null;
    this.isOverlapping = false;
    this.cancelOverlap?.();
    this.cancelAge?.();
    this.cancelAge = this.clock.schedule(REPLACE_AGAIN_MS, () => this.begin());
  }
}

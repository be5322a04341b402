import type { Millis } from '@/market/time.ts';
import type { Credit } from '@/protocol/command.ts';
import type { Cancel, Clock } from './clock.ts';

/** How long before an animation frame the picture leaves the worker, so that it is fresh when painted. */
export const LEAD_MS = 3;
const HIDDEN_EVERY_MS = 1_000;

/**
 * Decides when a frame leaves. It leaves only on credit, one credit one frame: at once when nothing was sent in this
 * frame interval and the page is idle, else just before the page's next animation frame. While the page is hidden one
 * leaves a second by this clock. This is the throttle and the back-pressure; there is no other.
 */
export class Conflator {
  private credit: Credit | null = null;
  private visible = true;
  private pending: Cancel | null = null;
  private dueAt: Millis = 0;
  private sentAt: Millis = Number.NEGATIVE_INFINITY;
  private hiddenTimer: Cancel | null = null;

  constructor(
    private readonly clock: Clock,
    /** Something is new. */
    private readonly hasNews: () => boolean,
    /** Build and post one frame. */
    private readonly send: () => void,
  ) {}

  /** The page returned its credit. */
  onCredit(credit: Credit): void {
    this.credit = credit;
    this.consider();
  }

  /** Something changed. Cheap: called for every message. */
  poke(): void {
    if (this.pending !== null) {
      if (this.clock.now() >= this.dueAt) this.fire();
    } else this.consider();
  }

  setVisible(visible: boolean): void {
    if (visible === this.visible) return;
    this.visible = visible;
    this.stop();
    if (visible) this.consider();
    else this.hiddenBeat();
  }

  dispose(): void {
    this.stop();
    this.credit = null;
  }

  private consider(): void {
    const { credit } = this;
    if (!credit || !this.visible || this.pending || !this.hasNews()) return;
    const now = this.clock.now();
    const next = nextFrame(credit, now);
    const isFresh = now - this.sentAt >= credit.intervalMs;
    if (isFresh && credit.idle && next - now > LEAD_MS) {
      this.fire();
      return;
    }
    const wait = next - LEAD_MS - now;
    if (wait <= 0) {
      this.fire();
      return;
    }
    this.dueAt = now + wait;
    this.pending = this.clock.schedule(wait, () => this.fire());
  }

  private fire(): void {
    this.pending?.();
    this.pending = null;
    if (!this.hasNews()) return;
    this.credit = null;
    this.sentAt = this.clock.now();
    this.send();
  }

  private hiddenBeat(): void {
    this.hiddenTimer = this.clock.schedule(HIDDEN_EVERY_MS, () => {
      this.hiddenTimer = null;
      if (this.visible) return;
      if (this.hasNews()) {
        this.sentAt = this.clock.now();
        this.send();
      }
      this.hiddenBeat();
    });
  }

  private stop(): void {
    this.pending?.();
    this.pending = null;
    this.hiddenTimer?.();
    this.hiddenTimer = null;
  }
}

/** The first animation frame that a picture made now can still reach. */
function nextFrame(credit: Credit, now: Millis): Millis {
  const { frameAt, intervalMs } = credit;
  if (frameAt >= now) return frameAt;
  return frameAt + Math.ceil((now - frameAt) / intervalMs) * intervalMs;
}

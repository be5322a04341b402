import type { Credit } from '@/protocol/command.ts';
import type { Frame } from '@/protocol/frame.ts';
import { notify, withdrawNotice } from '@/store/desk-store.ts';
import { pageNow } from '@/ui/page-clock.ts';
import { createPainter, onPainted, type Painter } from '@/ui/painter.ts';
import { FrameClock, Sample, type Spread } from './frame-meter.ts';

/** What was taken and painted, and how long it took. */
export interface PaintStats {
  readonly received: number;
  readonly painted: number;
  /** Messages folded into the frames received. */
  readonly messages: number;
  /** Arrival of a frame's oldest event to the end of its paint, ms. */
  readonly wireToPixel: Spread;
  /** Our own work for a painted frame: taking it and drawing it, ms. */
  readonly mainThread: Spread;
  /** A frame's way: from its oldest event to its arrival here, and from there to the end of its paint, ms. */
  readonly toPage: Spread;
  readonly toPixel: Spread;
}

/** How long a frame of a visible page may wait for its animation frame before its credit goes back without one. */
const PAINT_LIMIT_MS = 1000;
const NOT_PAINTING = 'not-painting';

/**
 * Keeps account of the one frame that is applied and not yet painted. Its credit goes back when it is painted, at once
 * while the page is hidden, and after a second when the browser gives a visible page no animation frame.
 */
export class PaintLedger {
  private readonly clock: FrameClock;
  private readonly gauge: Painter;
  private readonly stopPainted: () => void;
  private readonly wireToPixel = new Sample();
  private readonly mainThread = new Sample();
  private readonly toPage = new Sample();
  private readonly toPixel = new Sample();
  private readonly listeners = new Set<(isPainted: boolean) => void>();
  private received = 0;
  private painted = 0;
  private messages = 0;
  private owed: { readonly oldestArrival: number; readonly takenAt: number; readonly workMs: number } | null = null;
  private paintStart = 0;
  private overdue: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param give  returns a credit to the worker
   * @param begin  called in each animation frame before anything is painted
   */
  constructor(
    view: Window,
    private isVisible: boolean,
    private readonly give: (credit: Credit) => void,
    begin: () => void,
  ) {
    this.clock = new FrameClock((callback) => view.requestAnimationFrame(callback));
    // Made before any panel's, so that it is painted first and sees the whole of a frame's work.
    this.gauge = createPainter(view.document.documentElement, () => {
      begin();
      this.paintStart = performance.now();
    });
    this.stopPainted = onPainted(view, (frameTime) => this.handlePainted(frameTime));
    this.measure();
  }

  /** Hear of every frame: after it was painted, or, when it was not, after it was stored. */
  onFrame(listener: (isPainted: boolean) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  stats(): PaintStats {
    return {
      received: this.received,
      painted: this.painted,
      messages: this.messages,
      wireToPixel: this.wireToPixel.spread(),
      mainThread: this.mainThread.spread(),
      toPage: this.toPage.spread(),
      toPixel: this.toPixel.spread(),
    };
  }

  /** Measure the distance of animation frames again, if it is time to. */
  measure(): void {
    if (this.isVisible) this.clock.check(performance.now());
  }

  /** Apply a frame and owe its credit. */
  take(frame: Frame, apply: (frame: Frame) => void): void {
    const start = performance.now();
    this.received++;
    this.messages += frame.messages;
    apply(frame);
    this.owed = { oldestArrival: frame.oldestArrival, takenAt: start, workMs: performance.now() - start };
    if (!this.isVisible) {
      this.settle();
      return;
    }
    this.gauge.invalidate('data');
    clearTimeout(this.overdue);
    this.overdue = setTimeout(() => this.handleOverdue(), PAINT_LIMIT_MS);
  }

  /** The page itself changed a state, without a frame: its listeners hear of it all the same. */
  announce(): void {
    this.tell(false);
  }

  setVisible(isVisible: boolean): void {
    this.isVisible = isVisible;
    if (this.owed) {
      if (!isVisible) this.settle();
    } else if (isVisible) this.give(this.nextCredit());
  }

  /** The worker is gone, and what was owed to it; its listeners hear that the states have changed. */
  forget(): void {
    this.owed = null;
    clearTimeout(this.overdue);
    this.tell(false);
  }

  /** A credit for the next animation frame of an idle page. */
  nextCredit(): Credit {
    const { intervalMs } = this.clock;
    return { frameAt: pageNow() + intervalMs, intervalMs, idle: true };
  }

  dispose(): void {
    clearTimeout(this.overdue);
    this.gauge.dispose();
    this.stopPainted();
    this.listeners.clear();
  }

  private handlePainted(frameTime: number): void {
    const { owed } = this;
    if (!owed) return;
    this.owed = null;
    clearTimeout(this.overdue);
    const end = performance.now();
    this.painted++;
    this.mainThread.add(owed.workMs + end - this.paintStart);
    if (owed.oldestArrival > 0) {
      this.wireToPixel.add(performance.timeOrigin + end - owed.oldestArrival);
      this.toPage.add(Math.max(0, performance.timeOrigin + owed.takenAt - owed.oldestArrival));
      this.toPixel.add(end - owed.takenAt);
    }
    const { intervalMs } = this.clock;
    this.give({ frameAt: performance.timeOrigin + frameTime + intervalMs, intervalMs, idle: false });
    withdrawNotice(NOT_PAINTING);
    this.tell(true);
  }

  /** Stored, not painted. */
  private settle(): void {
    this.owed = null;
    clearTimeout(this.overdue);
    this.give(this.nextCredit());
    this.tell(false);
  }

  private handleOverdue(): void {
    if (!this.owed) return;
    notify({ key: NOT_PAINTING, severity: 'warn', text: 'The browser is not painting this page.' });
    this.settle();
  }

  private tell(isPainted: boolean): void {
    for (const listener of this.listeners) listener(isPainted);
  }
}

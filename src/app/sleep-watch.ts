import type { Frame } from '@/protocol/frame.ts';
import { Doubt } from '@/store/doubt.ts';
import { pageNow } from '@/ui/page-clock.ts';

/** What the watch needs of the link. */
export interface SleepPorts {
  readonly view: Window;
  isVisible(): boolean;
  /** Ask the worker, which answers what it is asked in turn. @returns whether there is one to ask */
  ask(id: number): boolean;
  /** States changed without a frame. */
  announce(): void;
}

/** Something happens on a page every second. When nothing did for so long, it was not running. */
const ASLEEP_MS = 3_000;

/**
 * After a sleep what is on screen is from before, and so may be the frames under way. Everything is stale at once,
 * before anything is painted, and stays it until the worker has answered a question asked since and one picture has
 * shown it. Nobody has to tell of a sleep: it leaves a hole in the page's own time.
 */
export class SleepWatch {
  private ranAt = pageNow();
  private doubt: Doubt | null = null;
  /** Questions count below zero; those of the heartbeat count above. */
  private asked = 0;
  private awaitsAnswer = false;
  private awaitsPicture = false;

  constructor(private readonly ports: SleepPorts) {}

  /** The page runs: whenever it hears something, once a second, and before anything is painted. */
  look(): void {
    const now = pageNow();
    const hole = now - this.ranAt;
    this.ranAt = now;
    if (hole > ASLEEP_MS) this.begin();
  }

  /** The page slept. */
  begin(): void {
    if (!this.ports.ask(this.asked - 1)) return;
    this.asked--;
    this.doubt ??= new Doubt(pageNow());
    this.awaitsAnswer = true;
    this.ports.announce();
    this.awaitPicture();
  }

  /** A frame with the states it may be shown in. */
  through(frame: Frame): Frame {
    return this.doubt?.through(frame) ?? frame;
  }

  /** The worker answered a question. */
  answered(id: number): void {
    if (id !== this.asked) return;
    this.awaitsAnswer = false;
    this.settle();
  }

  /** The page was shown or hidden. */
  shown(): void {
    if (this.doubt) this.awaitPicture();
  }

  /** The worker is given up: what it said is told apart already. */
  forget(): void {
    this.doubt = null;
  }

  /** What is painted first is painted in doubt; a hidden page paints nothing. */
  private awaitPicture(): void {
    const { asked } = this;
    this.awaitsPicture = this.ports.isVisible();
    if (!this.awaitsPicture) {
      this.settle();
      return;
    }
    this.ports.view.requestAnimationFrame(() => {
      if (asked !== this.asked) return;
      this.awaitsPicture = false;
      this.settle();
    });
  }

  private settle(): void {
    const { doubt, asked } = this;
    if (!doubt || this.awaitsAnswer || this.awaitsPicture) return;
    // In a task of its own: within an animation frame it would still be in that frame's picture.
    setTimeout(() => {
      if (doubt !== this.doubt || asked !== this.asked) return;
      this.doubt = null;
      doubt.end();
      this.ports.announce();
    }, 0);
  }
}

import type { Fault } from '@/market/fault.ts';
import { type ChannelStatus, type FeedState, isCurrent, type Proof } from '@/market/feed-state.ts';
import type { Millis } from '@/market/time.ts';
import { Liveness } from './liveness.ts';

/** State of one subscription with everything its chip needs. */
export class ChannelState {
  state: FeedState = 'connecting';
  private since: Millis;
  private fault: Fault | null = null;
  private attempt = 0;
  private retryAt: Millis = 0;
  provenAt: Millis = 0;
  readonly liveness: Liveness;
  /** A probe is on its way to find out whether silence is quiet or dead. */
  probing = false;
  /** A state that was not current and has passed before any frame could tell of it. */
  private passed: ChannelStatus | null = null;
  private isTold = true;
  /** How often the channel was subscribed again since it last spoke. */
  resubscribed = 0;

  constructor(
    quietMs: number,
    now: Millis,
    public proof: Proof,
    /** Called when anything a chip shows in words changed. */
    private readonly changed: () => void,
  ) {
    this.liveness = new Liveness(quietMs);
    this.since = now;
  }

  /** Enter a state. The same state with the same reason is not a change. */
  to(state: FeedState, now: Millis, fault: Fault | null = null, attempt = 0, retryAt: Millis = 0): void {
    const isSame = state === this.state && fault?.kind === this.fault?.kind && attempt === this.attempt;
    if (isSame && retryAt === this.retryAt) return;
    if (!this.isTold && isCurrent(state) && !isCurrent(this.state)) this.passed ??= this.status(null);
    if (state !== this.state) this.since = now;
    this.state = state;
    this.fault = fault;
    this.attempt = attempt;
    this.retryAt = retryAt;
    this.isTold = false;
    this.changed();
  }

  /** A state that came and went between two frames, to be told in a frame of its own before the present; once. */
  takePassed(): ChannelStatus | null {
    const { passed } = this;
    this.passed = null;
    this.isTold = true;
    return passed;
  }

  /** Data of this channel arrived. */
  data(now: Millis): void {
    this.liveness.data(now);
    this.resubscribed = 0;
  }

  status(lagMs: number | null): ChannelStatus {
    return {
      state: this.state,
      since: this.since,
      lastAt: this.liveness.lastAt,
      lagMs,
      proof: this.proof,
      provenAt: this.provenAt,
      fault: this.fault,
      attempt: this.attempt,
      retryAt: this.retryAt,
    };
  }
}

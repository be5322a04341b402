import { performance } from 'node:perf_hooks';
import type { Timeline } from './venue-protocol';

export type Speed = number | 'max';
export type ReplayState = 'waiting' | 'running' | 'held' | 'ended';

export interface ReplayHooks {
  begin(): void;
  beginLap(lap: number): void;
  play(index: number, lap: number): void;
  waits(index: number): boolean;
  congested(): boolean;
  passTime(): void;
  /** The replay stood still for so many ms of real time, or ran ahead of it by so many when negative. */
  shiftClock(ms: number): void;
  finish(): void;
}

const TURN = 512;
const LONGEST_NAP_MS = 20;
/** What is due by venue time is looked after at least this often in it, however fast it goes by. */
const PASS_EVERY_US = 100_000;

/** Plays a timeline at a speed, or as fast as the sockets drain; can be held at any message. */
export class Replay {
  lap = 0;
  readonly speed: Speed;
  readonly #timeline: Timeline;
  readonly #loop: boolean;
  readonly #hooks: ReplayHooks;
  #state: ReplayState = 'waiting';
  #next = 0;
  /** Position within the lap at the moment `#anchorMs`; it flows on from there while running. */
  #anchorUs = 0;
  #anchorMs = 0;
  #stoppedAt = 0;
  #gate: { until: number } | null = null;
  #rush: { factor: number; until: number } | null = null;
  #timer: { clear(): void } | null = null;
  #heldEarly = false;
  #passedUs = 0;
  #endedWaiters: (() => void)[] = [];

  constructor(timeline: Timeline, speed: Speed, loop: boolean, hooks: ReplayHooks) {
    this.#timeline = timeline;
    this.speed = speed;
    this.#loop = loop;
    this.#hooks = hooks;
  }

  get state(): ReplayState {
    return this.#state;
  }

  /** Index of the next message to be played. */
  get next(): number {
    return this.#next;
  }

  /** Real time the next message may be kept waiting for; set by the market when it waits. */
  gateMs = 0;

  start(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'running';
    this.#anchor(0);
    this.#hooks.begin();
    this.#schedule(0);
    if (this.#heldEarly) this.hold();
  }

  /** Stops after the message being played; before the start, stops there. */
  hold(): void {
    this.#heldEarly = this.#state === 'waiting';
    if (this.#state !== 'running') return;
    this.#stop();
    this.#state = 'held';
  }

  resume(): void {
    this.#heldEarly = false;
    if (this.#state !== 'held') return;
    this.#state = 'running';
    this.#continue();
  }

  /** Something the market waited for has happened. */
  wake(): void {
    if (this.#gate === null || this.#state !== 'running') return;
    if (this.#timer !== null) this.#cancel();
    this.#schedule(0);
  }

  /** Plays `factor` times faster for a while, in the same venue time. */
  rush(factor: number, ms: number): void {
    this.#anchor(this.#clockUs());
    this.#rush = { factor, until: performance.now() + ms };
  }

  /**
   * Microseconds into the current lap: never past a message still to be played, however late that is. Flows on after
   * the end, stands still while held or waiting.
   */
  positionUs(): number {
    const clock = this.#clockUs();
    return this.#next < this.#timeline.length ? Math.min(clock, this.#timeline.at(this.#next)) : clock;
  }

  #clockUs(): number {
    if (this.#state === 'waiting') return 0;
    if (this.#state === 'held' || this.#gate !== null) return this.#anchorUs;
    const elapsed = performance.now() - this.#anchorMs;
    if (this.#state === 'ended') return this.#anchorUs + elapsed * 1000;
    if (this.speed === 'max') return this.#anchorUs;
    return this.#anchorUs + elapsed * 1000 * this.speed * (this.#rush?.factor ?? 1);
  }

  whenEnded(): Promise<void> {
    if (this.#state === 'ended') return Promise.resolve();
    return new Promise((resolve) => this.#endedWaiters.push(resolve));
  }

  dispose(): void {
    this.#cancel();
    this.#state = 'ended';
  }

  #run(): void {
    this.#timer = null;
    if (this.#gate !== null && !this.#leaveGate()) return;
    this.#endRush();
    if (this.speed !== 'max') this.#runTimed();
    else if (this.#hooks.congested()) this.#schedule(1);
    else this.#runTurn(Number.POSITIVE_INFINITY);
  }

  #runTimed(): void {
    const before = this.#clockUs();
    this.#compensateRush(before);
    this.#runTurn(before);
  }

  /** Plays what is due, at most one turn's worth, then says when to come back. */
  #runTurn(targetUs: number): void {
    for (let left = TURN; left > 0; left--) {
      if (this.#next === this.#timeline.length) {
        if (targetUs < this.#timeline.lapUs || !this.#turnLap()) break;
        if (targetUs !== Number.POSITIVE_INFINITY) targetUs = this.#clockUs();
        continue;
      }
      if (this.#timeline.at(this.#next) > targetUs) break;
      if (this.#hooks.waits(this.#next)) {
        this.#enterGate();
        break;
      }
      this.#playNext();
      // A message may hold or end the replay while it is played.
      if (this.#state !== 'running') break;
    }
    this.#hooks.passTime();
    if (this.#state === 'running' && this.#gate === null) this.#schedule(this.#napMs());
  }

  #playNext(): void {
    const at = this.#timeline.at(this.#next);
    if (this.speed === 'max') this.#anchor(at);
    if (at - this.#passedUs >= PASS_EVERY_US) {
      this.#passedUs = at;
      this.#hooks.passTime();
    }
    const index = this.#next++;
    this.#hooks.play(index, this.lap);
  }

  #turnLap(): boolean {
    if (!this.#loop) {
      this.#end();
      return false;
    }
    this.#next = 0;
    this.lap++;
    this.#anchor(this.speed === 'max' ? 0 : this.#clockUs() - this.#timeline.lapUs);
    this.#passedUs = 0;
    this.#hooks.beginLap(this.lap);
    return true;
  }

  #end(): void {
    this.#anchor(this.speed === 'max' ? this.#timeline.lapUs : this.#clockUs());
    this.#state = 'ended';
    this.#hooks.finish();
    for (const resolve of this.#endedWaiters.splice(0)) resolve();
  }

  #enterGate(): void {
    const position = this.speed === 'max' ? this.#anchorUs : this.#timeline.at(this.#next);
    this.#anchor(position);
    this.#stoppedAt = performance.now();
    this.#gate = { until: this.#stoppedAt + this.gateMs };
    this.#schedule(this.gateMs + 1);
  }

  /** False while what the market waits for is still to come. */
  #leaveGate(): boolean {
    const gate = this.#gate;
    if (gate === null) return true;
    const left = gate.until - performance.now();
    if (left > 0 && this.#hooks.waits(this.#next)) {
      this.#schedule(left + 1);
      return false;
    }
    this.#gate = null;
    this.#hooks.shiftClock(performance.now() - this.#stoppedAt);
    const index = this.#next;
    this.#anchor(this.#timeline.at(index));
    this.#playNext();
    return this.#state === 'running';
  }

  #stop(): void {
    const position = this.positionUs();
    this.#cancel();
    if (this.#gate === null) {
      this.#stoppedAt = performance.now();
      this.#anchor(position);
    }
  }

  #continue(): void {
    if (this.#gate === null) {
      this.#hooks.shiftClock(performance.now() - this.#stoppedAt);
      this.#anchor(this.#anchorUs);
    }
    this.#schedule(0);
  }

  #endRush(): void {
    if (this.#rush === null || performance.now() < this.#rush.until) return;
    const position = this.#clockUs();
    this.#compensateRush(position);
    this.#rush = null;
    this.#anchor(position);
  }

  // What a rush gains on real time is taken off venue time, or the market would end up in the future.
  #compensateRush(position: number): void {
    if (this.#rush === null || this.speed === 'max') return;
    const ordinary = (performance.now() - this.#anchorMs) * this.speed;
    this.#hooks.shiftClock(ordinary - (position - this.#anchorUs) / 1000);
    this.#anchor(position);
  }

  #napMs(): number {
    if (this.speed === 'max') return 0;
    const due = this.#next < this.#timeline.length ? this.#timeline.at(this.#next) : this.#timeline.lapUs;
    const ms = (due - this.#clockUs()) / 1000 / (this.speed * (this.#rush?.factor ?? 1));
    return ms <= 0 ? 0 : Math.min(LONGEST_NAP_MS, Math.max(1, ms));
  }

  #schedule(ms: number): void {
    this.#cancel();
    if (ms <= 0) {
      const immediate = setImmediate(() => this.#run());
      this.#timer = { clear: () => clearImmediate(immediate) };
    } else {
      const timeout = setTimeout(() => this.#run(), ms);
      this.#timer = { clear: () => clearTimeout(timeout) };
    }
  }

  #cancel(): void {
    this.#timer?.clear();
    this.#timer = null;
  }

  #anchor(us: number): void {
    this.#anchorUs = us;
    this.#anchorMs = performance.now();
  }
}

import type { ChaosAction, ChaosStep } from './chaos-spec';
import { type Faults, garbageTexts } from './faults';
import type { Hub } from './hub';
import type { Replay } from './replay';
import type { VenueMarket } from './venue-protocol';

export interface ChaosTargets {
  readonly faults: Faults;
  readonly hub: Hub;
  readonly replay: Replay;
  readonly market: VenueMarket;
  /** Ports closed and sockets reset for so long. */
  refuse(ms: number): void;
}

/** Faults waiting for their moment, and the doing of them. */
export class Chaos {
  readonly #targets: ChaosTargets;
  #waiting: ChaosStep[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(targets: ChaosTargets) {
    this.#targets = targets;
  }

  /**
   * Takes steps on: those for now are done at once. Times count from the start of the replay, or from this moment if
   * it is under way.
   * @returns sentences for the steps that cannot be done at this venue.
   */
  add(steps: readonly ChaosStep[]): string[] {
    const refusals: string[] = [];
    for (const step of steps) {
      const refusal = this.#refusal(step);
      if (refusal !== null) refusals.push(refusal);
      else if (step.when.kind === 'now') refusals.push(...this.#do(step.action));
      else if (step.when.kind === 'time' && this.#targets.replay.state !== 'waiting') this.#later(step, step.when.ms);
      else this.#waiting.push(step);
    }
    return refusals;
  }

  begin(): void {
    for (const step of this.#take((waiting) => waiting.when.kind === 'time')) {
      if (step.when.kind === 'time') this.#later(step, step.when.ms);
    }
  }

  get idle(): boolean {
    return this.#waiting.length === 0;
  }

  /** Before the message of that line is played, or of the first after it where the line itself plays nothing. */
  beforeLine(line: number): void {
    this.#fire((step) => step.when.kind === 'line' && step.when.line <= line && step.action.verb !== 'hold');
  }

  /** After it was: a hold leaves the line itself sent. */
  afterLine(line: number): void {
    this.#fire((step) => step.when.kind === 'line' && step.when.line <= line);
  }

  beforeDiff(first: number, last: number): void {
    this.#fire((step) => holds(step, first, last) && step.action.verb !== 'hold');
  }

  afterDiff(first: number, last: number): void {
    this.#fire((step) => holds(step, first, last));
  }

  dispose(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#waiting = [];
  }

  #later(step: ChaosStep, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#do(step.action);
    }, ms);
    this.#timers.add(timer);
  }

  #fire(due: (step: ChaosStep) => boolean): void {
    if (this.#waiting.length === 0) return;
    for (const step of this.#take(due)) this.#do(step.action);
  }

  #take(due: (step: ChaosStep) => boolean): ChaosStep[] {
    const taken = this.#waiting.filter(due);
    if (taken.length > 0) this.#waiting = this.#waiting.filter((step) => !taken.includes(step));
    return taken;
  }

  #refusal({ action, when }: ChaosStep): string | null {
    const { market, replay } = this.#targets;
    if (action.verb === 'bad-checksum' && market.noChecksum !== null) return market.noChecksum;
    if (when.kind === 'sequence' && market.noSequence !== null) return market.noSequence;
    if (action.verb === 'flood' && replay.speed === 'max') return 'flood means nothing at --speed max.';
    return null;
  }

  #do(action: ChaosAction): string[] {
    const { faults, hub, replay, market, refuse } = this.#targets;
    const sentence = ((): string | null | undefined => {
      switch (action.verb) {
        case 'silence':
          faults.silence(action.ms);
          return null;
        case 'delay':
          faults.delay(action.ms);
          return null;
        case 'refuse':
          refuse(action.ms);
          return null;
        case 'ban':
          market.ban(Date.now() + action.ms);
          return null;
        case 'close':
          for (const peer of hub.peers) peer.close(action.code);
          return null;
        case 'reset':
          for (const peer of hub.peers) peer.reset();
          return null;
        case 'drop':
          faults.drop(action.count);
          return null;
        case 'dup':
          faults.duplicate(action.count);
          return null;
        case 'swap':
          faults.swap();
          return null;
        case 'garbage':
          if (action.count !== null) faults.mangle(action.count);
          else sendGarbage(hub, market.garbage ?? []);
          return null;
        case 'stale-snapshot':
          faults.staleSnapshots += action.count;
          return null;
        case 'rest-fail':
          faults.failRequests += action.count;
          return null;
        case 'mute':
          faults.mute(action.arg);
          return null;
        case 'flood':
          replay.rush(action.factor, action.ms);
          return null;
        case 'hold':
          replay.hold();
          return null;
        case 'resume':
          replay.resume();
          return null;
        case 'cross':
          return market.cross(action.arg);
        case 'tick-change':
          return market.changeTick(action.arg);
        case 'bad-checksum':
          market.badChecksum();
          return null;
      }
    })();
    return sentence == null ? [] : [sentence];
  }
}

function holds(step: ChaosStep, first: number, last: number): boolean {
  return step.when.kind === 'sequence' && first <= step.when.id && step.when.id <= last;
}

function sendGarbage(hub: Hub, own: readonly string[]): void {
  for (const peer of hub.peers) {
    if (!peer.takesMarket) continue;
    for (const text of [...garbageTexts(), ...own]) peer.send(text);
    peer.sendBytes(Buffer.from([0xff, 0xfe, 0x00, 0x80]));
  }
}

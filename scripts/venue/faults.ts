import { performance } from 'node:perf_hooks';
import type { Outgoing } from './hub';

/**
 * What goes wrong between the true market and the wire. The market itself never notices: a diff dropped here has
 * still happened.
 */
export class Faults {
  /** Until then (performance.now) market messages are lost and answers wait. */
  silentUntil = 0;
  /** Half of the latency asked for: added to every answer and message, and to every request on its way in. */
  readonly halfLatencyMs: number;
  staleSnapshots = 0;
  failRequests = 0;
  #delayMs = 0;
  #drop = 0;
  #dup = 0;
  #mangle = 0;
  #swapWanted = 0;
  #held: Outgoing | null = null;
  readonly #muted = new Set<string>();

  constructor(latencyMs: number) {
    this.halfLatencyMs = latencyMs / 2;
  }

  silence(ms: number): void {
    this.silentUntil = performance.now() + ms;
  }

  delay(ms: number): void {
    this.#delayMs = ms;
  }

  drop(count: number): void {
    this.#drop += count;
  }

  duplicate(count: number): void {
    this.#dup += count;
  }

  /** The next diff goes out after the one that follows it for the same symbol. */
  swap(): void {
    this.#swapWanted++;
  }

  /** The next diffs go out mutilated, each in another way. */
  mangle(count: number): void {
    this.#mangle += count;
  }

  /** Silences one stream (its speed suffix does not matter); an empty name lets all speak again. */
  mute(stream: string): void {
    if (stream === '') this.#muted.clear();
    else this.#muted.add(withoutSpeed(stream));
  }

  isMuted(name: string): boolean {
    return this.#muted.size > 0 && this.#muted.has(withoutSpeed(name));
  }

  outDelayMs(): number {
    return this.halfLatencyMs + this.#delayMs;
  }

  /** One request to fail, if one is owed. */
  takeFailure(): boolean {
    if (this.failRequests === 0) return false;
    this.failRequests--;
    return true;
  }

  takeStaleSnapshot(): boolean {
    if (this.staleSnapshots === 0) return false;
    this.staleSnapshots--;
    return true;
  }

  /** What is sent for one message: nothing, itself, twice, or it and the one it changed places with. */
  pass(message: Outgoing): readonly Outgoing[] {
    if (this.silentUntil > 0 && performance.now() < this.silentUntil) return [];
    if (message.diff === undefined) return [message];
    if (this.#drop > 0) {
      this.#drop--;
      return [];
    }
    const held = this.#held;
    if (held !== null && held.symbol === message.symbol) {
      this.#held = null;
      return [message, held];
    }
    if (this.#swapWanted > 0 && held === null) {
      this.#swapWanted--;
      this.#held = message;
      return [];
    }
    if (this.#mangle > 0) return [{ ...message, text: mangled(message.text, this.#mangle--) }];
    if (this.#dup > 0) {
      this.#dup--;
      return [message, message];
    }
    return [message];
  }
}

function withoutSpeed(name: string): string {
  return name.replace(/@(?:\d+ms|1s)$/, '');
}

const MANGLERS: readonly ((text: string) => string)[] = [
  (text) => text.slice(0, Math.floor(text.length / 2)),
  (text) => text.replace(/"b":\[/, '"b":[["12x.5","-1"],'),
  (text) => text.replace(/"u":\d+/, '"u":null'),
  (text) => `${text}}`,
  (text) => text.replace(/"b":\[/, '"b":{"0":['),
];

/** The same for texts of any other shape: a number that is none, a list that is none. */
const PLAIN_MANGLERS: readonly ((text: string) => string)[] = [
  (text) => text.slice(0, Math.floor(text.length / 2)),
  (text) => text.replace(/\d+\.\d+/, '12x.5'),
  (text) => `${text}}`,
  (text) => text.replace(/\[(?=[[{])/, '{"0":['),
  (text) => text.replace(/(?<=[[,:"])\d+\.\d+(?=["\],}])/, '-$&'),
];

function mangled(text: string, turn: number): string {
  const manglers = /"[bu]":/.test(text) ? MANGLERS : PLAIN_MANGLERS;
  return manglers[turn % manglers.length](text);
}

/** Texts no venue should send, one of each kind: what a client must survive without losing its book. */
export function garbageTexts(): readonly string[] {
  return [
    '',
    'null',
    '[]',
    '{',
    'not a message',
    '{"e":"depthUpdate"}',
    '{"stream":"nobody@depth","data":null}',
    '{"e":"trade","s":"NOBODY","t":"x","p":1e999,"q":-0,"T":"","m":"no"}',
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    '{"u":1,"u":2,"s":"NOBODY","b":"1","B":"1","a":"2","A":"1"}',
    `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
    `{"e":"unheard-of","pad":"${'x'.repeat(2 << 20)}"}`,
    '\uFEFF{"e":"trade"}',
  ];
}

import { performance } from 'node:perf_hooks';
import { channelOf, type Derivation, type Dialect, readChannel } from './dialect';
import type { Peer } from './hub';
import { ReplayFaults } from './replay-faults';
import { ReplayPlayer } from './replay-player';
import { profileReplay } from './replay-profile';
import { indexesBySymbol, type ReplayRecording } from './replay-recording';
import { ReplayStarter } from './replay-starter';
import { ReplaySymbol } from './replay-symbol';
import { TrueBook } from './true-book';
import {
  type RestAnswer,
  type RestRequest,
  type Surroundings,
  type Timeline,
  type Truth,
  type Upgrade,
  VenueError,
  type VenueMarket,
} from './venue-protocol';

interface Wanted {
  readonly derivation: Derivation;
  due: number;
}

/** A market brought to life from recorded messages on sockets; what it says and hears is the dialect's. */
export class ReplayMarket implements VenueMarket {
  readonly venue: string;
  readonly dialect: Dialect;
  readonly recording: ReplayRecording;
  readonly timeline: Timeline;
  readonly states = new Map<string, ReplaySymbol>();
  notes: readonly string[] = [];
  bannedUntil = 0;
  readonly player = new ReplayPlayer(this);
  readonly #faults = new ReplayFaults(this);
  readonly #starter: ReplayStarter;
  readonly #derived = new Map<string, Wanted | null>();
  readonly #connects: number[] = [];
  readonly #unheard = new Map<Peer, (string | null)[]>();
  #around: Surroundings | null = null;
  #beat: NodeJS.Timeout | null = null;
  #begunAt = Number.NaN;
  #shiftMs = 0;

  constructor(dialect: Dialect, recording: ReplayRecording) {
    this.dialect = dialect;
    this.recording = recording;
    this.venue = dialect.venue;
    this.timeline = recording.timeline;
    this.#starter = new ReplayStarter({
      waiting: () => this.around.replay.state === 'waiting',
      bookWanted: () => this.symbols.some((symbol) => this.wants(channelOf('book', symbol))),
      bookGiven: () => dialect.snapshotBy === 'subscription' || [...this.states.values()].some(({ asked }) => asked),
      start: () => this.around.replay.start(),
    });
  }

  get symbols(): readonly string[] {
    return [...this.states.keys()];
  }

  get around(): Surroundings {
    if (this.#around === null) throw new VenueError(`${this.venue} was used before it was opened.`);
    return this.#around;
  }

  get noChecksum(): string | null {
    if (this.dialect.checksums === true) return null;
    return `bad-checksum means nothing at ${this.venue}, whose books carry no checksum.`;
  }

  get noSequence(): string | null {
    if (this.dialect.sequence !== 'none') return null;
    return `${this.venue} has no sequence, so no moment can be told by u=; use line=.`;
  }

  get garbage(): readonly string[] {
    return this.dialect.garbage ?? [];
  }

  enter(surroundings: Surroundings): void {
    this.#around = surroundings;
    const { dialect, recording } = this;
    const isNumbered = dialect.sequence !== 'none' && dialect.tellsSequence !== false;
    for (const [symbol, indexes] of indexesBySymbol(recording)) {
      const profile = profileReplay(dialect, recording, symbol, indexes);
      const state = new ReplaySymbol(profile, isNumbered, surroundings.settings.history);
      this.states.set(symbol, state);
    }
    dialect.enter(this);
    this.notes = [...recording.notes, ...this.#notes(), ...dialect.notes()];
    this.#beat = setInterval(() => {
      if (surroundings.hub.peers.size > 0 && surroundings.replay.state !== 'ended') dialect.beat?.();
    }, 1_000);
    this.#beat.unref();
  }

  begin(): void {
    this.#begunAt = Date.now();
    for (const state of this.states.values()) this.originOf(state);
  }

  /** The venue's own clock for one symbol, ms: recordings of different days keep different times. */
  now(state: ReplaySymbol): number {
    const { file } = state.profile;
    return Math.round(this.recording.zeros[file] + this.around.replay.positionUs() / 1000) + this.timeShift(file);
  }

  /** The venue's clock without a symbol in sight, ms. */
  clock(): number {
    const [state] = this.states.values();
    return state === undefined ? Date.now() : this.now(state);
  }

  /** Fixes where generated history ends and the market begins; needed before candles of a replay not yet begun. */
  originOf(state: ReplaySymbol): void {
    const { file } = state.profile;
    state.beginAt(Math.round(this.recording.zeros[file]) + this.#clockShift(file));
  }

  shiftClock(ms: number): void {
    if (this.around.settings.clock === 'now') this.#shiftMs += ms;
  }

  beginLap(): void {
    for (const state of this.states.values()) this.player.bridge(state);
  }

  play(index: number, lap: number): void {
    const message = this.recording.messages[index];
    this.player.play(message, index, lap);
  }

  waits(index: number): boolean {
    if (this.dialect.snapshotBy === 'subscription' || this.around.replay.lap > 0) return false;
    const message = this.recording.messages[index];
    const state = this.states.get(message.symbol);
    if (state === undefined || state.asked || state.profile.firstApplied !== index) return false;
    if (!this.wants(channelOf('book', message.symbol))) return false;
    this.around.replay.gateMs = this.around.settings.snapshotWaitMs;
    return this.around.settings.snapshotWaitMs > 0;
  }

  passTime(): void {
    for (const [channel, wanted] of this.#derived) {
      if (wanted === null) continue;
      const { symbol } = readChannel(channel);
      const state = this.states.get(symbol);
      const now = state === undefined ? this.clock() : this.now(state);
      if (now < wanted.due) continue;
      wanted.due = now + wanted.derivation.everyMs;
      for (const text of wanted.derivation.speak(now)) this.publish(channel, symbol, text);
    }
  }

  finish(): void {
    for (const wanted of this.#derived.values()) if (wanted !== null) wanted.due = Number.NEGATIVE_INFINITY;
    this.passTime();
  }

  upgrade(request: RestRequest): Upgrade {
    const refusal = this.dialect.refuse(request) ?? this.#refusal();
    if (refusal !== null) return refusal;
    return {
      accept: (peer) => {
        peer.onMessage = (text) => this.#hear(peer, text);
        this.dialect.open(peer, request);
      },
    };
  }

  async answer(request: RestRequest): Promise<RestAnswer | null> {
    const { dialect } = this;
    if (Date.now() < this.bannedUntil) return dialect.banAnswer?.(this.bannedUntil) ?? banned(this.bannedUntil);
    const answer = dialect.rest(request);
    if (answer === null || !this.around.faults.takeFailure()) return answer;
    return dialect.failure?.() ?? { status: 503, body: '{"error":"Service unavailable"}' };
  }

  truth(symbol: string): Truth | null {
    return this.states.get(symbol)?.truth(this.around.replay.state === 'ended') ?? null;
  }

  badChecksum(): void {
    this.busiest().spoilChecksum = true;
  }

  /** Where a fault strikes that names no symbol: a book somebody follows, if possible one that moves. */
  busiest(): ReplaySymbol {
    const states = [...this.states.values()];
    const followed = states.filter(({ symbol }) => this.wants(channelOf('book', symbol)));
    return followed.find(({ serial }) => serial > 0) ?? followed[0] ?? states[0];
  }

  cross(arg: string): string | null {
    return this.#faults.cross(arg);
  }

  changeTick(arg: string): string | null {
    return this.#faults.changeTick(arg);
  }

  ban(untilMs: number): void {
    this.bannedUntil = untilMs;
    for (const peer of this.around.hub.peers) peer.close(1008, 'Too many requests');
  }

  left(peer: Peer): void {
    this.#unheard.delete(peer);
    this.dialect.left?.(peer);
    this.#refreshDerived();
  }

  dispose(): void {
    this.#starter.dispose();
    this.#faults.dispose();
    if (this.#beat !== null) clearInterval(this.#beat);
  }

  /** Subscribes a socket to a channel under the name the client uses; false when it was already. */
  listen(peer: Peer, channel: string, name: string): boolean {
    const names = peer.names.get(channel) ?? new Set<string>();
    if (names.has(name)) return false;
    names.add(name);
    peer.names.set(channel, names);
    this.#refreshDerived();
    // A list of instruments alone is no reason to begin.
    if (readChannel(channel).symbol !== '') this.#starter.subscribed();
    return true;
  }

  /** Ends it; false when there was nothing to end. */
  unlisten(peer: Peer, channel: string, name: string): boolean {
    const names = peer.names.get(channel);
    if (names?.delete(name) !== true) return false;
    if (names.size === 0) {
      peer.names.delete(channel);
      peer.since.delete(channel);
    }
    this.#refreshDerived();
    return true;
  }

  /** Gives a new subscriber the true book; the diffs that follow go on from it. */
  sendBook(peer: Peer, state: ReplaySymbol, channel: string, name: string): void {
    peer.since.set(channel, state.serial);
    this.tell(peer, name, this.snapshot(state));
  }

  /** Sends one socket a market message under the name it subscribed; lost while the venue is silent. */
  tell(peer: Peer, name: string, text: string): void {
    if (this.#silenceMs() <= 0 && !this.around.faults.isMuted(name)) peer.send(peer.dress(name, text));
  }

  /** The true book as a subscriber gets it now, or an old one where that fault is owed. */
  snapshot(state: ReplaySymbol): string {
    return this.dialect.snapshot(state, this.bookToTell(state), this.now(state));
  }

  /** The book such an answer is made of, for answers of another form. */
  bookToTell(state: ReplaySymbol): TrueBook {
    this.player.anchor(state);
    if (!this.around.faults.takeStaleSnapshot()) return state.book;
    const old = new TrueBook();
    const { bids, asks } = state.profile.snapshot;
    old.load(bids, asks, Math.max(1, state.book.sequence - 10));
    return old;
  }

  /** Somebody requested the book: a replay that waited for it goes on. */
  snapshotAsked(state: ReplaySymbol): void {
    if (state.asked) return;
    state.asked = true;
    // After the answer has been handed to its socket.
    setImmediate(() => this.around.replay.wake());
  }

  publish(channel: string, symbol: string, text: string): void {
    this.around.hub.publish({ channel, symbol, text });
  }

  wants(channel: string): boolean {
    return this.around.hub.wants(channel);
  }

  #notes(): string[] {
    const states = [...this.states.values()];
    const names = (wanted: (state: ReplaySymbol) => boolean): string =>
      states
        .filter(wanted)
        .map(({ symbol }) => symbol)
        .join(' ');
    const notes: string[] = [];
    const add = (symbols: string, what: string): void => {
      if (symbols !== '') notes.push(`${symbols}: ${what}`);
    };
    add(
      names(({ profile }) => !profile.kinds.has('trades')),
      'no trades recorded, so the tape stays empty',
    );
    add(
      names(({ profile }) => !profile.snapshotRecorded && profile.firstApplied >= 0),
      'no snapshot recorded, so the book begins empty',
    );
    return notes;
  }

  // A silent venue hears nothing either; what was said meanwhile is answered, in order, when it wakes.
  #hear(peer: Peer, text: string | null): void {
    const waiting = this.#unheard.get(peer);
    if (waiting !== undefined) waiting.push(text);
    else if (this.#silenceMs() > 0) {
      this.#unheard.set(peer, [text]);
      this.#hearLater(peer);
    } else if (peer.open) this.dialect.hear(peer, text);
  }

  #hearLater(peer: Peer): void {
    setTimeout(() => {
      if (this.#silenceMs() > 0) {
        this.#hearLater(peer);
        return;
      }
      const waiting = this.#unheard.get(peer) ?? [];
      this.#unheard.delete(peer);
      for (const text of waiting) this.#hear(peer, text);
    }, this.#silenceMs() + 1).unref();
  }

  #silenceMs(): number {
    return this.around.faults.silentUntil - performance.now();
  }

  #refusal(): Upgrade | null {
    const left = this.bannedUntil - Date.now();
    if (left > 0) return { refuse: 429, headers: { 'Retry-After': String(Math.ceil(left / 1000)) } };
    const limit = this.dialect.connects;
    if (limit === undefined || !this.around.settings.limits) return null;
    const now = performance.now();
    while (this.#connects.length > 0 && this.#connects[0] < now - limit.withinMs) this.#connects.shift();
    this.#connects.push(now);
    if (this.#connects.length <= limit.most) return null;
    return { refuse: limit.status, headers: { 'Retry-After': String(Math.ceil(limit.withinMs / 1000)) } };
  }

  #refreshDerived(): void {
    const listened = new Set<string>();
    for (const peer of this.around.hub.peers) for (const channel of peer.names.keys()) listened.add(channel);
    for (const channel of this.#derived.keys()) if (!listened.has(channel)) this.#derived.delete(channel);
    for (const channel of listened) {
      if (this.#derived.has(channel)) continue;
      const derivation = this.dialect.derive?.(channel) ?? null;
      this.#derived.set(channel, derivation === null ? null : { derivation, due: Number.NEGATIVE_INFINITY });
    }
  }

  /** What is added to recorded times, ms: fixed by the first message's moment, moved by laps and by standing still. */
  timeShift(file: number): number {
    return Math.round((this.around.replay.lap * this.timeline.lapUs) / 1000) + this.#clockShift(file);
  }

  #clockShift(file: number): number {
    if (this.around.settings.clock === 'recorded') return 0;
    const begun = Number.isNaN(this.#begunAt) ? Date.now() : this.#begunAt;
    return Math.round(begun - this.recording.zeros[file] + this.#shiftMs);
  }
}

function banned(untilMs: number): RestAnswer {
  const seconds = Math.max(1, Math.ceil((untilMs - Date.now()) / 1000));
  return { status: 429, body: '{"error":"Too many requests"}', headers: { 'Retry-After': String(seconds) } };
}

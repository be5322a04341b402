import { zeroLike } from './decimal';
import { channelOf, type DiffIds, type ReplayMessage, type Shift } from './dialect';
import type { ReplayMarket } from './replay-market';
import { changesBook } from './replay-profile';
import { channelOfMessage } from './replay-recording';
import type { ReplaySymbol, TradeRow } from './replay-symbol';
import type { Level } from './true-book';
import { shiftWhole } from './wire-text';

interface Sides {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** Plays recorded messages into the true books and out to the sockets, and puts in what was never recorded. */
export class ReplayPlayer {
  readonly #market: ReplayMarket;
  /** Where ids are times: ms added to those up to the first snapshot, by symbol. */
  readonly #anchors = new Map<ReplaySymbol, number>();
  readonly #latest = new Map<string, string>();

  constructor(market: ReplayMarket) {
    this.#market = market;
  }

  play(message: ReplayMessage, index: number, lap: number): void {
    const state = this.#market.states.get(message.symbol);
    if (this.#market.dialect.skips?.(message) === true) return;
    if (state === undefined) this.#publish(message, message.text);
    else if (message.kind === 'snapshot' || message.kind === 'diff') this.#playBook(message, state, index, lap);
    else if (message.kind === 'trades') this.#playTrades(message, state);
    else this.#publish(message, this.#rewritten(message, state));
  }

  /** The last recorded text that went out on a channel (not of a book), or null. */
  latest(channel: string): string | null {
    return this.#latest.get(channel) ?? null;
  }

  /** The first recorded message on a channel as it would go out now, or null. */
  first(channel: string): string | null {
    const message = this.#market.recording.messages.find((candidate) => channelOfMessage(candidate) === channel);
    const state = this.#market.states.get(message?.symbol ?? '');
    return message === undefined || state === undefined ? null : this.#rewritten(message, state);
  }

  /**
   * Where ids are times, gives the first book its id on the wire. Later messages that were recorded before it keep
   * that shift, so that none of them looks newer than the book that holds it.
   */
  anchor(state: ReplaySymbol): void {
    if (this.#market.dialect.sequence !== 'time' || this.#anchors.has(state)) return;
    const shift = this.#market.timeShift(state.profile.file);
    this.#anchors.set(state, shift);
    state.book.sequence = state.profile.snapshot.sequence + shift * 1000;
  }

  /**
   * A lap begins where the recording begins, not where the last lap left the book: one diff leads from there to here,
   * with an id just before the first that will be played.
   */
  bridge(state: ReplaySymbol): void {
    const { snapshot, firstApplied, perLap } = state.profile;
    state.tradeShift += perLap.trade;
    for (const [name, by] of perLap.marks) state.markShift.set(name, (state.markShift.get(name) ?? 0n) + by);
    if (firstApplied < 0 || this.#market.dialect.wholeBooks === true) return;
    state.plain = null;
    state.injected = 0;
    const levels = state.book.diffTo(snapshot.bids, snapshot.asks);
    const ids = this.#claimIds(state);
    state.bookShift = ids.last - snapshot.sequence;
    state.apply(levels.bids, levels.asks, ids.last);
    this.#publishDiff(state, levels, ids);
  }

  /** Puts bids into the true book and tells of them as the venue would. */
  inject(state: ReplaySymbol, bids: readonly Level[]): void {
    const ids = this.#claimIds(state);
    state.injected++;
    state.inject(bids, [], ids.last);
    this.#publishDiff(state, { bids, asks: [] }, ids);
  }

  /** Takes an injected bid out again; with the last one out, the book is what was recorded. */
  heal(state: ReplaySymbol, [price, size]: Level): void {
    const { plain } = state;
    if (plain === null) return;
    state.injected--;
    const ids = this.#claimIds(state);
    if (state.injected > 0) {
      const bids: Level[] = [[price, zeroLike(size)]];
      state.inject(bids, [], ids.last);
      this.#publishDiff(state, { bids, asks: [] }, ids);
      return;
    }
    const levels = state.book.diffTo(plain.levels('bid'), plain.levels('ask'));
    state.plain = null;
    state.apply(levels.bids, levels.asks, ids.last);
    this.#publishDiff(state, levels, ids);
  }

  #playBook(message: ReplayMessage, state: ReplaySymbol, index: number, lap: number): void {
    const { dialect, around } = this.#market;
    const { snapshot, snapshotAt } = state.profile;
    this.anchor(state);
    const first = index === snapshotAt;
    if (first && dialect.wholeBooks !== true) return;
    const changes = first || changesBook(dialect, { index: snapshotAt, sequence: snapshot.sequence }, message, index);
    if (!changes && (lap > 0 || dialect.snapshotBy === 'subscription')) return;
    if (changes) state.asked = true;
    const ids = this.#wireIds(message, state, changes);
    around.chaos.beforeDiff(ids.first, ids.last);
    const { first: from, last } = this.#wireIds(message, state, changes);
    const { bids = [], asks = [] } = message;
    const shift = this.#bookShift(message, state, changes);
    // What a client must refuse has still happened at the venue: the sequence moves on.
    if (changes && message.kind === 'snapshot' && message.bids !== undefined) state.load(bids, asks, last);
    else if (changes) state.apply(bids, asks, last);
    const { symbol } = message;
    const channel = channelOfMessage(message);
    // Faults count what somebody hears: of ten symbols in a recording, a client may follow one.
    if (around.hub.wants(channel)) {
      const text = this.#rewritten(message, state, shift, true);
      around.hub.publish({ channel, symbol, text, diff: { first: from, last }, serial: state.serial });
    }
    if (changes) dialect.moved?.(state);
    around.chaos.afterDiff(from, last);
  }

  #playTrades(message: ReplayMessage, state: ReplaySymbol): void {
    const { dialect } = this.#market;
    const shift = this.#shift(message, state, this.#bookShift(message, state, true), null);
    const rows: TradeRow[] = (message.rows ?? []).map(({ id, fills = 1, time, ...row }) => ({
      ...row,
      id: dialect.tradeId?.(id, shift) ?? shiftWhole(id, shift.trade),
      time: time + shift.time,
      fills,
    }));
    for (const row of rows) state.addTrade(row);
    this.#publish(message, this.#rewritten(message, state));
    if (rows.length > 0) dialect.traded?.(state, rows);
  }

  #publish(message: ReplayMessage, text: string): void {
    const channel = channelOfMessage(message);
    this.#latest.set(channel, text);
    this.#market.publish(channel, message.symbol, text);
  }

  #publishDiff(state: ReplaySymbol, levels: Sides, ids: DiffIds): void {
    const { dialect, around } = this.#market;
    const { symbol, serial } = state;
    const now = this.#market.now(state);
    const whole = dialect.wholeBooks === true;
    const text = whole ? dialect.snapshot(state, state.book, now) : dialect.diff(state, levels, ids, now);
    around.hub.publish({ channel: channelOf('book', symbol), symbol, text, diff: ids, serial });
    dialect.moved?.(state);
  }

  #rewritten(
    message: ReplayMessage,
    state: ReplaySymbol,
    book = this.#bookShift(message, state, true),
    checked = false,
  ): string {
    const shift = this.#shift(message, state, book, checked ? this.#checksum(state) : null);
    const still = shift.time === 0 && shift.book === 0 && shift.trade === 0n && shift.lap === 0;
    return still && shift.checksum === null ? message.text : this.#market.dialect.rewrite(message, shift, state);
  }

  #shift(message: ReplayMessage, state: ReplaySymbol, book: number, checksum: string | null): Shift {
    return {
      time: this.#market.timeShift(message.file),
      book,
      trade: state.tradeShift,
      lap: this.#market.around.replay.lap,
      mark: (name) => state.markShift.get(name) ?? 0n,
      checksum,
    };
  }

  // While something is put in, recorded checksums are of another book than the one on the wire.
  #checksum(state: ReplaySymbol): string | null {
    const { dialect } = this.#market;
    if (dialect.checksum === undefined || (state.plain === null && !state.spoilChecksum)) return null;
    const right = dialect.checksum(state);
    if (!state.spoilChecksum) return right;
    state.spoilChecksum = false;
    return String(BigInt(right) ^ 1n);
  }

  #wireIds(message: ReplayMessage, state: ReplaySymbol, changes: boolean): { first: number; last: number } {
    const { last = 0, first = last } = message;
    const shift = this.#bookShift(message, state, changes);
    return { first: first + shift, last: last + shift };
  }

  #bookShift(message: ReplayMessage, state: ReplaySymbol, changes: boolean): number {
    const { dialect } = this.#market;
    if (dialect.sequence === 'none') return 0;
    if (dialect.sequence === 'ids') return state.bookShift;
    if (!changes) return (this.#anchors.get(state) ?? 0) * 1000;
    const shift = this.#market.timeShift(message.file) * 1000;
    // A clock that is put back must not make a diff look older than the one before it.
    const isBook = message.kind === 'snapshot' || message.kind === 'diff';
    return isBook && message.last !== undefined ? Math.max(shift, state.book.sequence + 1 - message.last) : shift;
  }

  /** Ids behind the last one; all recorded ones that follow move up, so that no client can tell it from them. */
  #claimIds(state: ReplaySymbol): DiffIds {
    const previous = state.book.sequence;
    const { dialect } = this.#market;
    if (dialect.sequence === 'none') return { first: 0, last: 0, previous: 0 };
    if (dialect.sequence === 'time') {
      const last = Math.max(this.#market.now(state) * 1000, previous + 1);
      return { first: last, last, previous };
    }
    state.bookShift++;
    return { first: previous + 1, last: previous + 1, previous };
  }
}

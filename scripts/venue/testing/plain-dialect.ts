import type { CaptureLine } from '../../capture-file';
import { channelOf, type Dialect, type DiffIds, type Reading, type ReplayMessage, type Shift } from '../dialect';
import type { Peer } from '../hub';
import type { ReplayMarket } from '../replay-market';
import type { ReplaySymbol } from '../replay-symbol';
import type { Level, TrueBook } from '../true-book';
import type { RestAnswer, RestRequest } from '../venue-protocol';

export interface PlainMessage {
  readonly kind: 'snapshot' | 'diff';
  /** ms. */
  readonly time: number;
  readonly id: number;
  readonly previous?: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

interface Sides {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export const SYMBOL = 'X';

/**
 * No venue's protocol: one symbol, frames that are the readings themselves, a subscription by any frame. What the
 * replay does by itself is tested through it, once with ids that count and once with ids that are times.
 */
export class PlainDialect implements Dialect {
  readonly venue = 'plain';
  readonly sequence: 'ids' | 'time';
  readonly snapshotBy: 'subscription' | 'request';
  #market: ReplayMarket | null = null;

  constructor(sequence: 'ids' | 'time', snapshotBy: 'subscription' | 'request') {
    this.sequence = sequence;
    this.snapshotBy = snapshotBy;
  }

  read({ m }: CaptureLine): readonly Reading[] {
    const { kind, time, id, bids, asks } = JSON.parse(m) as PlainMessage;
    return [{ kind, symbol: SYMBOL, text: m, time, last: id, bids, asks }];
  }

  readAnswer(line: CaptureLine): readonly Reading[] {
    return this.read(line);
  }

  enter(market: ReplayMarket): void {
    this.#market = market;
  }

  notes(): readonly string[] {
    return [];
  }

  refuse(): null {
    return null;
  }

  open(): void {
    // Nobody is greeted.
  }

  hear(peer: Peer): void {
    const state = this.#market?.states.get(SYMBOL);
    if (state === undefined || this.#market === null) return;
    const channel = channelOf('book', SYMBOL);
    this.#market.listen(peer, channel, 'book');
    if (this.snapshotBy === 'subscription') this.#market.sendBook(peer, state, channel, 'book');
  }

  rest({ path }: RestRequest): RestAnswer | null {
    const state = this.#market?.states.get(SYMBOL);
    if (path !== '/book' || state === undefined || this.#market === null) return null;
    const body = this.#market.snapshot(state);
    this.#market.snapshotAsked(state);
    return { status: 200, body };
  }

  rewrite(message: ReplayMessage, shift: Shift): string {
    const fields = JSON.parse(message.text) as PlainMessage;
    const previous = fields.previous === undefined ? {} : { previous: fields.previous + shift.book };
    return JSON.stringify({ ...fields, time: fields.time + shift.time, id: fields.id + shift.book, ...previous });
  }

  snapshot(_: ReplaySymbol, book: TrueBook, time: number): string {
    const sides = { bids: book.levels('bid'), asks: book.levels('ask') };
    return JSON.stringify({ kind: 'snapshot', time, id: book.sequence, ...sides });
  }

  diff(_: ReplaySymbol, { bids, asks }: Sides, { last, previous }: DiffIds, time: number): string {
    return JSON.stringify({ kind: 'diff', time, id: last, previous, bids, asks });
  }
}

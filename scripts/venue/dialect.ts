import type { CaptureLine } from '../capture-file';
import type { Peer } from './hub';
import type { ReplayMarket } from './replay-market';
import type { ReplaySymbol, TradeRow } from './replay-symbol';
import type { Level, TrueBook } from './true-book';
import type { RestAnswer, RestRequest, Upgrade } from './venue-protocol';

export type ReadingKind = 'snapshot' | 'diff' | 'trades' | 'ticker' | 'other';

/** A trade as recorded. */
export interface RecordedTrade {
  /** As the venue spells it; whole numbers are moved on by the laps, other texts are the dialect's to change. */
  readonly id: string;
  readonly price: string;
  readonly size: string;
  /** ms since 1970. */
  readonly time: number;
  readonly aggressor: 'buyer' | 'seller';
  /** Fills told as one; 1 when left out. */
  readonly fills?: number;
  /** Whatever else the dialect wants to find again beside it; goes along as it is. */
  readonly detail?: string;
}

/** What one recorded frame (or HTTP answer) says of one symbol. */
export interface Reading {
  readonly kind: ReadingKind;
  readonly symbol: string;
  /** What goes out for it, before its times and numbers are moved. One text a symbol: a frame that speaks of several is cut up. */
  readonly text: string;
  /** Venue's own time, ms since 1970; left out where it tells none. */
  readonly time?: number;
  /** Absolute sizes by plain decimal text; zero removes. Left out where the levels cannot be read. */
  readonly bids?: readonly Level[];
  readonly asks?: readonly Level[];
  /** The book's id after it, and the first of the ids it covers where it covers several. */
  readonly last?: number;
  readonly first?: number;
  readonly rows?: readonly RecordedTrade[];
  /** Ids of trades in the text that are not of the market, such as those agreed on away from the book. */
  readonly uncounted?: readonly string[];
  /** Where it goes when not to its kind's own channel: `channelOf('ticker', symbol)` and the like. */
  readonly channel?: string;
  /** Other counters in it by name, each moved on by its own span a lap. */
  readonly marks?: Readonly<Record<string, bigint>>;
}

/** A reading in its place in the replay. */
export interface ReplayMessage extends Reading {
  readonly file: number;
  readonly line: number;
  /** Microseconds from the start of a lap. */
  readonly at: number;
}

/** What is added to the numbers of a recorded text before it goes out. */
export interface Shift {
  /** ms, onto every venue time. */
  readonly time: number;
  /** Onto book ids. */
  readonly book: number;
  /** Onto whole-number trade ids. */
  readonly trade: bigint;
  /** Laps gone by, for ids that are no numbers. */
  readonly lap: number;
  /** Onto the other counters, by name. */
  mark(name: string): bigint;
  /** The checksum to carry instead of the recorded one, as decimal text; null: the recorded one holds. */
  readonly checksum: string | null;
}

export interface DiffIds {
  readonly first: number;
  readonly last: number;
  readonly previous: number;
}

/** A stream made from what there is; asked again every so many ms of venue time while somebody listens. */
export interface Derivation {
  readonly everyMs: number;
  /** What is to be sent now; nothing is fine. @param now venue time, ms */
  speak(now: number): readonly string[];
}

/**
 * One venue's way of speaking, for one run of the server: reads its recorded frames, rewrites them, and answers its
 * clients. All the rest (timeline, clock, true books, faults, laps) is ReplayMarket's.
 */
export interface Dialect {
  readonly venue: string;
  /** What a book's sequence is: nothing, ids that go up, or the venue's time in microseconds. */
  readonly sequence: 'none' | 'ids' | 'time';
  /** False where those ids order the books but count nothing, so that the truth tells no sequence. */
  readonly tellsSequence?: false;
  /** Whether a client's first book comes with its subscription or is requested by it. */
  readonly snapshotBy: 'subscription' | 'request';
  /** Every book message is a whole book, so all recorded ones are sent and a fault sends a whole one too. */
  readonly wholeBooks?: boolean;
  /** Whether books carry a checksum: then `checksum` is there too. */
  readonly checksums?: boolean;
  /** Connections within a window, and the status that refuses more. */
  readonly connects?: { readonly most: number; readonly withinMs: number; readonly status: number };
  /** Texts of the venue's own shape that it must never send, for the fault `garbage`. */
  readonly garbage?: readonly string[];

  /** A received frame; several readings when it speaks of several symbols, none for acknowledgements and the like. */
  read(line: CaptureLine): readonly Reading[];
  /** An answered request: a catalogue to be kept, or a book snapshot to be read. */
  readAnswer?(line: CaptureLine): readonly Reading[];
  /** Levels a side the recorded book of that symbol is kept to; all when left out. */
  depth?(symbol: string): number;
  /** Called once all is read and the symbols stand. */
  enter(market: ReplayMarket): void;
  /** Sentences about what is derived or left out, for the start-up print. */
  notes(): readonly string[];

  /** Null when the path is the venue's socket path. */
  refuse(request: RestRequest): Extract<Upgrade, { refuse: number }> | null;
  /** A socket has opened: greet it, set its `dress`, start its deadlines. */
  open(peer: Peer, request: RestRequest): void;
  /** A frame of a client; null for a binary one. Never called while the venue is silent. */
  hear(peer: Peer, text: string | null): void;
  left?(peer: Peer): void;
  /** Once a second of real time while sockets are open and the replay has not ended: heartbeats. */
  beat?(): void;
  /** Null for a path that is not the venue's. Bans and failures asked for are dealt with before. */
  rest(request: RestRequest): RestAnswer | null;
  /** How requests are refused during a ban and how one fails; plain ones when left out. */
  banAnswer?(untilMs: number): RestAnswer;
  failure?(): RestAnswer;

  /** A recorded text with its numbers moved. Not called when nothing has to be moved. */
  rewrite(message: ReplayMessage, shift: Shift, state: ReplaySymbol): string;
  /** A trade id as it stands in the rewritten text; whole numbers moved by `shift.trade` when left out. */
  tradeId?(id: string, shift: Shift): string;
  /** A book as a subscriber gets it. @param now venue time, ms */
  snapshot(state: ReplaySymbol, book: TrueBook, now: number): string;
  /** A diff of our own; the true book already holds it. Unused for whole books. */
  diff(
    state: ReplaySymbol,
    levels: { bids: readonly Level[]; asks: readonly Level[] },
    ids: DiffIds,
    now: number,
  ): string;
  /** Checksum of the true book as decimal text. */
  checksum?(state: ReplaySymbol): string;
  /** A stream the capture lacks; null when it has or the venue does not offer it. Asked when a channel is first listened to. */
  derive?(channel: string): Derivation | null;
  /** A recorded message that only its own recorder was sent, such as the first ticker after a subscription. */
  skips?(message: ReplayMessage): boolean;
  /** After recorded trades went out: what the venue sends along with them. */
  traded?(state: ReplaySymbol, rows: readonly TradeRow[]): void;
  /** After the true book changed. */
  moved?(state: ReplaySymbol): void;
  /** The price step of a symbol got finer. */
  tickChanged?(state: ReplaySymbol): void;
}

/** The name the market and its hub know a stream by, whatever a client calls it. */
export function channelOf(kind: 'book' | 'trade' | 'ticker' | (string & {}), symbol: string, detail = ''): string {
  return detail === '' ? `${kind} ${symbol}` : `${kind} ${symbol} ${detail}`;
}

/** Parts of such a name. */
export function readChannel(channel: string): { kind: string; symbol: string; detail: string } {
  const [kind, symbol = '', detail = ''] = channel.split(' ');
  return { kind, symbol, detail };
}

import type { Venue } from '@/feed/venues/venue.ts';
import type { FaultKind } from '@/market/fault.ts';
import type { VenueId } from '@/market/instrument.ts';
import type { Market, MarketBar, MarketChange, MarketTrade } from './market';

/** What the suite asks of every venue. */
export const CASES = [
  'recordings',
  'fixtures',
  'aggressor',
  'restart',
  'renumbered',
  'repeated book',
  'gap',
  'contradiction',
  'checksum right',
  'checksum wrong',
  'checksum absent',
  'checksum zero',
  'step change',
  'first trades',
  'duplicate trade',
  'late trade',
  'lost trades',
  'history',
  'outage',
  'outage unmended',
  'refused',
  'refused at once',
  'silent',
  'unanswered',
  'late answer',
  'dead channel',
  'reconnects',
  'closing',
  'keep-alive',
  'contracts',
  'empty sides',
  'unknown kind',
  'flood',
  'another language',
  'panel closed',
] as const;
export type CaseName = (typeof CASES)[number];

/** What a client said over a socket. */
export type Heard =
  | { readonly kind: 'subscribe' | 'unsubscribe'; readonly id: string; readonly names: readonly string[] }
  /** A question and what is answered to it; nothing is answered to what only keeps the socket open. */
  | { readonly kind: 'other'; readonly texts: readonly string[] };
export type Asked = Extract<Heard, { readonly id: string }>;

/** Where a profile finds the market of a symbol; undefined when there is none. */
export type Markets = (symbol: string) => Market | undefined;

export type Checksum = 'right' | 'wrong' | 'absent' | 'zero';

/**
 * A venue's side of its protocol, as far as the suite needs it: what it makes of the texts of a client and how it writes
 * what happens. Written from the venue's note, never from the adapter, which it is to judge.
 */
export interface Profile {
  readonly venue: VenueId;
  make(): Venue;
  /** Two symbols of the venue. */
  readonly symbols: readonly [string, string];
  /** How its trades are numbered, which says what a late one and a hole are. */
  readonly tradeIds: Venue['tradeIds'];
  /** Which cases do not apply, and why. Everything else is run. */
  readonly without: Partial<Record<CaseName, string>>;
  /** Recordings and fixtures that hold the messages of a case; other cases are generated from the notes alone. */
  readonly evidence: Partial<Record<CaseName, string>>;
  /** Fixture files and the calls that their messages come to. */
  readonly fixtures?: Readonly<Record<string, Readonly<Record<string, number>>>>;

  hear(text: string, markets: Markets, now: number): Heard;
  /** The venue grants streams; `held` are all those of the socket afterwards. */
  acknowledge(asked: Asked, held: readonly string[]): readonly string[];
  /** The venue refuses these of the streams asked for. */
  refuse(asked: Asked, names: readonly string[]): readonly string[];
  /** Kinds of fault a refusal may end in; absent: that it was refused. */
  readonly refusalKinds?: readonly FaultKind[];
  /** What a stream begins with. */
  begins(name: string, market: Market): readonly string[];
  /** The whole book of the stream, pushed again; null where none is ever pushed. */
  book(market: Market): string | null;
  /** A change of the book on its stream. */
  change(market: Market, change: MarketChange, checksum?: Checksum): string;
  /** A change with which the venue begins its numbers anew. */
  restart?(market: Market): string;
  trades(market: Market, trades: readonly MarketTrade[]): string;
  /** Trades pushed first: counted, marked as history, or none. */
  readonly firstTrades: 'counted' | 'history' | 'none';
  /** The running bar, or a finished one; null where the venue streams none. */
  bar(market: Market, bar: MarketBar, isClosed: boolean): string | null;
  /** The top of the book by a second route, on the stream it comes by. `isWrong`: not as the book is. */
  state?(market: Market, isWrong: boolean): { readonly name: string; readonly text: string };
  /** An HTTP answer; null when there is none. */
  http(url: URL, body: string | undefined, markets: Markets, now: number): string | null;
  /** A message of a kind that is not known. */
  readonly unknown: string;
  /** The announcement that a socket will close. */
  readonly closing?: string;
  /** What has to be said to keep a socket open, and how often. */
  readonly duty?: { readonly pattern: RegExp; readonly everyMs: number; readonly asked?: string };
  /** Unit of sizes of the first symbol and what one of them stands for. */
  readonly unit?: {
    readonly symbol: string;
    readonly sizeUnit: string;
    readonly contract: { readonly value: string; readonly currency: string } | null;
  };
}

export const iso = (ms: number): string => new Date(ms).toISOString();

/** Decimals padded to at least so many. */
export function padded(text: string, decimals: number): string {
  const [whole, fraction = ''] = text.split('.');
  return decimals === 0 && fraction === '' ? whole : `${whole}.${fraction.padEnd(decimals, '0')}`;
}

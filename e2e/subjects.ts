import { readdirSync } from 'node:fs';
import { type Capture, readCapture } from '../scripts/capture-file.ts';
import type { RunningVenue, VenueOptions } from '../scripts/venue/start-venue.ts';
import { alone, recorded, shipped } from './recordings.ts';

/** What proves the books of a venue, and so what may go wrong with them unseen for a while. */
export type Keeping = 'sequence' | 'checksum' | 'audit' | 'whole';

/** One instrument of one venue that faults are tried on. */
export interface Subject {
  readonly venue: string;
  readonly symbol: string;
  readonly id: string;
  readonly keeping: Keeping;
  /** Streams of the book by the server's names, and of the trades. */
  readonly book: RegExp;
  readonly trades: RegExp;
  /** Silence after which it is stale, ms, once it has spoken often: what the venue's adapter promises. */
  readonly deadlineMs: number;
  readonly options: VenueOptions;
}

interface Row {
  readonly venue: string;
  readonly keeping: Keeping;
  readonly book: RegExp;
  readonly trades: RegExp;
  readonly deadlineMs?: number;
  /** A recording of the real venue, for when none is shipped, and the instrument in it that speaks most. */
  readonly real?: readonly [name: string, symbol: string];
  /** How much faster than recorded: some instruments hardly move. */
  readonly speed?: number;
}

const BUSY_MS = 3_000;

const ROWS: readonly Row[] = [
  { venue: 'binance', keeping: 'sequence', book: /@depth/, trades: /@(?:aggT|t)rade/ },
  { venue: 'binance-usdm', keeping: 'sequence', book: /@depth/, trades: /@(?:aggT|t)rade/ },
  {
    venue: 'coinbase',
    keeping: 'audit',
    book: /^level2/,
    trades: /^matches/,
    deadlineMs: 5_000,
    real: ['coinbase-exchange-10prod-20210417', 'SKL-USD'],
  },
  {
    venue: 'kraken',
    keeping: 'checksum',
    book: /^book/,
    trades: /^trade/,
    deadlineMs: 10_000,
    real: ['kraken-v2-ethusd-d25-20260802', 'ETH/USD'],
  },
  { venue: 'bybit', keeping: 'sequence', book: /^orderbook\.(?!1\.)/, trades: /^publicTrade/ },
  { venue: 'bybit-linear', keeping: 'sequence', book: /^orderbook\.(?!1\.)/, trades: /^publicTrade/ },
  {
    venue: 'okx',
    keeping: 'checksum',
    book: /^books/,
    trades: /^trades/,
    real: ['okx-v5-3inst-20220513', 'BTC-USDT'],
  },
  {
    venue: 'bitstamp',
    keeping: 'audit',
    book: /^diff_order_book/,
    trades: /^live_trades/,
    real: ['bitstamp-10pairs-20220105', 'ethusd'],
    speed: 3,
  },
  {
    venue: 'hyperliquid',
    keeping: 'whole',
    book: /^l2Book/,
    trades: /^trades/,
    deadlineMs: 5_000,
    real: ['hyperliquid-btc-20250126', 'BTC'],
  },
  {
    venue: 'deribit',
    keeping: 'sequence',
    book: /^book\./,
    trades: /^trades\./,
    deadlineMs: 10_000,
    real: ['deribit-options-20210722', 'BTC-24SEP21-8000-P'],
    speed: 5,
  },
];

/** Captures of ours that lie with the tests, by the venue they say they are of. */
const SHIPPED: ReadonlyMap<string, Capture> = new Map(
  readdirSync(shipped(''))
    .filter((name) => name.endsWith('.jsonl.gz') && !name.startsWith('binance'))
    .map((name) => readCapture(shipped(name)))
    .map((capture) => [capture.header?.venue ?? '', capture]),
);

function subjectOf(row: Row): Subject | null {
  const { venue, keeping, book, trades, deadlineMs = BUSY_MS } = row;
  const make = (file: string | Capture, symbol: string, speed = 1): Subject => {
    const options: VenueOptions = { files: [file], loop: true, speed };
    return { venue, symbol, id: `${venue}:${symbol}`, keeping, book, trades, deadlineMs, options };
  };
  if (venue === 'binance') return make(alone('binance-spot.jsonl.gz', 'BTCUSDT'), 'BTCUSDT');
  if (venue === 'binance-usdm') return make(alone('binance-usdm.jsonl.gz', 'BTCUSDT'), 'BTCUSDT');
  const own = SHIPPED.get(venue);
  const [symbol] = own?.header?.instruments ?? [];
  if (own && symbol !== undefined) return make(own, symbol);
  const file = row.real ? recorded(`${row.real[0]}.jsonl.gz`) : null;
  return file !== null && row.real ? make(file, row.real[1], row.speed) : null;
}

/** Every venue, with nothing where no capture of it is on this machine. */
export const SUBJECTS: readonly { readonly venue: string; readonly subject: Subject | null }[] = ROWS.map((row) => ({
  venue: row.venue,
  subject: subjectOf(row),
}));

/** Those that can be tried. */
export const PRESENT: readonly Subject[] = SUBJECTS.flatMap(({ subject }) => subject ?? []);

/** Query keys that open instruments of servers. */
export const addressOf = (subjects: readonly Subject[], servers: ReadonlyMap<string, RunningVenue>): string =>
  [
    `i=${subjects.map(({ id }) => encodeURIComponent(id)).join(',')}`,
    ...subjects.map(({ venue }) => `endpoint=${servers.get(venue)?.endpoint() ?? ''}`),
  ].join('&');

/** Names under which the page subscribed streams, of those that match. */
export const namesOf = (server: RunningVenue, pattern: RegExp): string[] => [
  ...new Set(server.clients().flatMap(({ subscriptions }) => subscriptions.filter((name) => pattern.test(name)))),
];

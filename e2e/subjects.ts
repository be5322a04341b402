import { readdirSync } from 'node:fs';
import { type Capture, readCapture } from '../scripts/capture-file.ts';
import type { RunningVenue, VenueOptions } from '../scripts/venue/start-venue.ts';
import { alone, shipped } from './recordings.ts';

/** What proves the books of a venue, and so what may go wrong with them unseen for a while. */
export type Keeping = 'sequence' | 'checksum' | 'audit' | 'whole';

/** One instrument of one venue that faults are tried on. */
export interface Subject {
  readonly venue: string;
  readonly symbol: string;
  readonly id: string;
  readonly keeping: Keeping;
  /** Streams of the book, by the server's names. */
  readonly book: RegExp;
  /** Silence after which it is stale, ms, once it has spoken often: what the venue's adapter promises. */
  readonly deadlineMs: number;
  readonly options: VenueOptions;
}

interface Row {
  readonly venue: string;
  readonly keeping: Keeping;
  readonly book: RegExp;
  readonly deadlineMs?: number;
}

const BUSY_MS = 3_000;

const ROWS: readonly Row[] = [
  { venue: 'binance', keeping: 'sequence', book: /@depth/ },
  { venue: 'binance-usdm', keeping: 'sequence', book: /@depth/ },
  {
    venue: 'coinbase',
    keeping: 'audit',
    book: /^level2/,
    deadlineMs: 5_000,
  },
  {
    venue: 'kraken',
    keeping: 'checksum',
    book: /^book/,
    deadlineMs: 10_000,
  },
  { venue: 'bybit', keeping: 'sequence', book: /^orderbook\.(?!1\.)/ },
  { venue: 'bybit-linear', keeping: 'sequence', book: /^orderbook\.(?!1\.)/ },
  {
    venue: 'okx',
    keeping: 'checksum',
    book: /^books/,
  },
  {
    venue: 'bitstamp',
    keeping: 'audit',
    book: /^diff_order_book/,
  },
  {
    venue: 'hyperliquid',
    keeping: 'whole',
    book: /^l2Book/,
    deadlineMs: 5_000,
  },
  {
    venue: 'deribit',
    keeping: 'sequence',
    book: /^book\./,
    deadlineMs: 10_000,
  },
];

/** Captures of ours that lie with the tests, by the venue they say they are of. */
const SHIPPED: ReadonlyMap<string, Capture> = new Map(
  readdirSync(shipped(''))
    .filter((name) => name.endsWith('.jsonl.gz') && !name.startsWith('binance'))
    .map((name) => readCapture(shipped(name)))
    .map((capture) => [capture.header?.venue ?? '', capture]),
);

function captureOf(venue: string): { readonly capture: Capture; readonly symbol: string } {
  if (venue === 'binance') return { capture: alone('binance-spot.jsonl.gz', 'BTCUSDT'), symbol: 'BTCUSDT' };
  if (venue === 'binance-usdm') return { capture: alone('binance-usdm.jsonl.gz', 'BTCUSDT'), symbol: 'BTCUSDT' };
  const capture = SHIPPED.get(venue);
  const [symbol] = capture?.header?.instruments ?? [];
  if (!capture || symbol === undefined) throw new Error(`No capture of ${venue} lies with the tests.`);
  return { capture, symbol };
}

/** Every venue there is an adapter of. */
export const SUBJECTS: readonly Subject[] = ROWS.map(({ venue, deadlineMs = BUSY_MS, ...row }) => {
  const { capture, symbol } = captureOf(venue);
  return { ...row, venue, symbol, id: `${venue}:${symbol}`, deadlineMs, options: { files: [capture], loop: true } };
});

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

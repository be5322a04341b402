import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Capture, type CaptureLine, readCapture } from '../scripts/capture-file.ts';
import type { RunningVenue } from '../scripts/venue/start-venue.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** A capture shipped with the repository. */
export const shipped = (name: string): string => `${HERE}captures/${name}`;

const folder = (): string => process.env.CAPTURES_DIR ?? `${HERE}../../shared/captures`;

/** A recording of a real venue, or null where it is not on this machine. */
export function recorded(name: string): string | null {
  const file = `${folder()}/${name}`;
  return existsSync(file) ? file : null;
}

export const NO_RECORDINGS = 'the recordings of real venues are not on this machine (CAPTURES_DIR)';

/** What a replay must end in, as far as the tests use it. */
export interface Expected {
  books: Record<string, ExpectedBook>;
  trades?: Record<string, ExpectedTrades>;
  klines_last_seen?: Record<string, ExpectedKline[]>;
}
export interface ExpectedBook {
  last_update_id: number;
  bid_levels: number;
  ask_levels: number;
  top10_bids: [string, string][];
  top10_asks: [string, string][];
  book_sha256: string;
  checkpoints: Checkpoint[];
}
export interface Checkpoint {
  after_line: number;
  update_id: number;
  best_bid: [string, string];
  best_ask: [string, string];
  bid_levels: number;
  ask_levels: number;
  book_sha256: string;
}
export interface ExpectedTrades {
  count: number;
  buy_volume: string;
  sell_volume: string;
  candles_1m: ExpectedCandle[];
}
export interface ExpectedCandle {
  t: number;
  o: string;
  h: string;
  l: string;
  c: string;
  v: string;
  n: number;
}
export interface ExpectedKline extends ExpectedCandle {
  x: boolean;
  f: number;
  L: number;
}

export const readExpected = (file: string): Expected => JSON.parse(readFileSync(file, 'utf8')) as Expected;

/** A decimal without the zeros that say nothing. */
export const plain = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
export const plainLevel = ([price, size]: readonly [string, string]): [string, string] => [plain(price), plain(size)];
export const plainCandle = ({ t, o, h, l, c, v, n }: ExpectedCandle): ExpectedCandle => ({
  t,
  o: plain(o),
  h: plain(h),
  l: plain(l),
  c: plain(c),
  v: plain(v),
  n,
});

/** Digest of a list of levels in the form every book digest has. */
export function digestOf(bids: readonly (readonly string[])[], asks: readonly (readonly string[])[]): string {
  const lines = [...bids.map((level) => `b|${level.join('|')}\n`), ...asks.map((level) => `a|${level.join('|')}\n`)];
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/** `venue:symbol` of everything a server has. */
export const instrumentsOf = (venue: RunningVenue): string[] =>
  venue.venues.flatMap((name) => venue.symbols[name].map((symbol) => `${name}:${symbol}`));

/** A shipped capture with one symbol's messages only, so that a fault meets nobody else's. */
export function alone(name: string, symbol: string): Capture {
  const capture = readCapture(shipped(name));
  const isOwn = ({ dir, url, m }: CaptureLine): boolean =>
    dir === 'http' ? !url?.includes('symbol=') || url.includes(`symbol=${symbol}`) : m.includes(`"s":"${symbol}"`);
  const lines = capture.lines.filter(isOwn);
  // The first line of a socket says where it went.
  const named = lines.map((line, index) => {
    const url = capture.lines.find(({ c, url: at }) => c === line.c && at !== undefined)?.url;
    const isFirst = lines.findIndex(({ c }) => c === line.c) === index;
    return line.dir === 'in' && isFirst && url !== undefined ? { ...line, line: index, url } : { ...line, line: index };
  });
  return { ...capture, file: `${symbol} of ${name}`, lines: named };
}

const VENUES = [
  'binance',
  'binance-usdm',
  'coinbase',
  'kraken',
  'bybit',
  'bybit-linear',
  'okx',
  'bitstamp',
  'hyperliquid',
  'deribit',
];

/** Keys that move every venue but those named to where nobody answers: for pages that ask venues of their own accord. */
export const noVenuesBut = (...served: readonly string[]): string =>
  VENUES.filter((venue) => !served.includes(venue))
    .map((venue) => `endpoint=${venue}@127.0.0.1:65535`)
    .join('&');
export const NO_VENUES = noVenuesBut();

/** A decimal as hundred-millionths, to add and compare exactly. */
export function units(text: string): bigint {
  const [whole, part = ''] = text.split('.');
  return BigInt(whole + part.padEnd(8, '0'));
}

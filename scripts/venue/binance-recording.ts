import { basename } from 'node:path';
import type { Capture, CaptureLine } from '../capture-file';
import { channelOf, parseStream, type StreamKind } from './binance-streams';
import { isPlainDecimal } from './decimal';
import type { Level } from './true-book';
import { type Timeline, VenueError } from './venue-protocol';

export type RecordedKind = StreamKind | 'raw';

/** A received frame, sorted and numbered once, so that playing it is cheap. */
export interface Recorded {
  readonly file: number;
  readonly line: number;
  /** Microseconds from the start of a lap. */
  readonly at: number;
  readonly kind: RecordedKind;
  readonly symbol: string;
  readonly channel: string;
  /** The payload without its combined-stream wrapping. */
  readonly text: string;
  /** Depth: `U` and `u`. bookTicker: `u` twice. trade: `t` twice. aggTrade: `f` and `l`. Otherwise NaN. */
  readonly first: number;
  readonly last: number;
  /** Futures depth: `pu`. aggTrade: `a`. Otherwise NaN. */
  readonly link: number;
}

export interface RecordedSnapshot {
  readonly id: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export interface RecordedFile {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** The venue's own time at the first frame, ms. */
  readonly firstEvent: number;
}

export interface Recording {
  readonly venue: string;
  readonly files: readonly RecordedFile[];
  readonly messages: readonly Recorded[];
  /** First recorded HTTP depth answer of each symbol. */
  readonly snapshots: ReadonlyMap<string, RecordedSnapshot>;
  /** Symbols with at least one recorded frame or snapshot, and the file they are in. */
  readonly symbols: ReadonlyMap<string, number>;
  /** Body of a recorded exchangeInfo answer. */
  readonly exchangeInfo: string | null;
  readonly notes: readonly string[];
  readonly timeline: Timeline;
}

const LAP_GAP_US = 100_000;
const WRAP = '{"stream":"';
const DATA = '","data":';

export function detectBinance(capture: Capture): string | null {
  const named = capture.header?.venue;
  if (named !== undefined) return named === 'binance' || named === 'binance-usdm' ? named : null;
  for (const { url } of capture.lines) {
    if (url === undefined) continue;
    const host = hostOf(url);
    if (/^fstream\.binance\.com$|^fapi\.binance\.com$|^ws-fapi\.binance\.com$/.test(host)) return 'binance-usdm';
    if (/^(?:stream|data-stream|data-api|ws-api|api\d?|api-gcp)\.binance\.(?:com|vision|us)$/.test(host))
      return 'binance';
  }
  return null;
}

/** Merges the captures of one venue into one playing order. */
export function loadRecording(venue: string, captures: readonly Capture[]): Recording {
  const files = captures.map((capture) => describe(capture));
  const together = overlapping(files);
  const base = Math.min(...files.map((file) => file.start));
  const symbols = new Map<string, number>();
  const snapshots = new Map<string, RecordedSnapshot>();
  const messages: Recorded[] = [];
  const notes: string[] = [];
  let exchangeInfo: string | null = null;
  captures.forEach((capture, index) => {
    const file = files[index];
    const origin = together ? base : file.start;
    const counts = new Map<string, number>();
    const seen = new Set<string>();
    for (const line of capture.lines) {
      if (line.dir === 'out') continue;
      if (line.dir === 'http') {
        const path = pathOf(line.url);
        if (path.endsWith('/exchangeInfo')) exchangeInfo ??= line.m;
        const symbol = path.endsWith('/depth') ? (queryOf(line.url).get('symbol') ?? '').toUpperCase() : '';
        const snapshot = symbol === '' ? null : readSnapshot(line.m);
        if (snapshot === null) continue;
        claim(symbols, symbol, index, captures);
        seen.add(symbol);
        if (!snapshots.has(symbol)) snapshots.set(symbol, snapshot);
        else notes.push(`${file.name}: a later snapshot of ${symbol} is left out, the book follows its diffs`);
        continue;
      }
      const message = classify(line, index, Math.max(0, line.t - origin));
      if (message === null) continue;
      if (message.symbol !== '') {
        claim(symbols, message.symbol, index, captures);
        seen.add(message.symbol);
      }
      counts.set(message.kind, (counts.get(message.kind) ?? 0) + 1);
      messages.push(message);
    }
    const seconds = ((file.end - file.start) / 1e6).toFixed(1);
    const held = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
    notes.push(`${file.name}: ${venue}, ${[...seen].join(' ')}, ${held}, over ${seconds} s`);
  });
  if (messages.length === 0) throw new VenueError(`${basename(captures[0].file)} holds no market messages.`);
  if (captures.length > 1) messages.sort((a, b) => a.at - b.at || a.file - b.file || a.line - b.line);
  const lapUs = messages[messages.length - 1].at + LAP_GAP_US;
  const timeline: Timeline = {
    length: messages.length,
    lapUs,
    at: (index) => messages[index].at,
    origin: (index) => messages[index],
  };
  return { venue, files, messages, snapshots, symbols, exchangeInfo, notes, timeline };
}

/** The payload's own time `E` (or `T`), or NaN. */
export function eventTime(text: string): number {
  const match = /"[ET]":(\d{13})\b/.exec(text);
  return match ? Number(match[1]) : Number.NaN;
}

/** Bids and asks of a diff or snapshot, or null when a level is not a pair of plain decimals. */
export function readLevels(text: string): { bids: Level[]; asks: Level[] } | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const body = value as Record<string, unknown>;
  const bids = body.b ?? body.bids;
  const asks = body.a ?? body.asks;
  return isLevels(bids) && isLevels(asks) ? { bids, asks } : null;
}

function isLevels(value: unknown): value is Level[] {
  return (
    Array.isArray(value) &&
    value.every((level) => Array.isArray(level) && isPlainDecimal(level[0]) && isPlainDecimal(level[1]))
  );
}

function readSnapshot(text: string): RecordedSnapshot | null {
  const levels = readLevels(text);
  const id = /"lastUpdateId":(\d+)/.exec(text);
  return levels === null || id === null ? null : { id: Number(id[1]), ...levels };
}

function describe(capture: Capture): RecordedFile {
  const frames = capture.lines.filter((line) => line.dir === 'in');
  if (frames.length === 0) throw new VenueError(`${basename(capture.file)} holds no market messages.`);
  const start = frames[0].t;
  const timed = frames.find((line) => !Number.isNaN(eventTime(line.m)));
  const firstEvent = timed === undefined ? start / 1000 : eventTime(timed.m) - (timed.t - start) / 1000;
  return { name: basename(capture.file), start, end: frames[frames.length - 1].t, firstEvent: Math.round(firstEvent) };
}

function overlapping(files: readonly RecordedFile[]): boolean {
  return Math.max(...files.map((file) => file.start)) <= Math.min(...files.map((file) => file.end));
}

function claim(symbols: Map<string, number>, symbol: string, file: number, captures: readonly Capture[]): void {
  const owner = symbols.get(symbol);
  if (owner !== undefined && owner !== file) {
    const [a, b] = [captures[owner], captures[file]].map((capture) => basename(capture.file));
    throw new VenueError(`${symbol} is in both ${a} and ${b}; one symbol can be replayed from one file only.`);
  }
  symbols.set(symbol, file);
}

function classify(line: CaptureLine, file: number, at: number): Recorded | null {
  const { text, name } = unwrap(line.m);
  if (/^\{"(?:result|id|code|error)":/.test(text)) return null;
  const place = { file, line: line.line, at, text };
  const stream = name === null ? streamOf(text) : parseStream(name);
  if (stream === null) {
    return { ...place, kind: 'raw', symbol: '', channel: '', first: Number.NaN, last: Number.NaN, link: Number.NaN };
  }
  const { kind, symbol, channel } = stream;
  return { ...place, kind, symbol, channel, ...idsOf(kind, text) };
}

function unwrap(m: string): { name: string | null; text: string } {
  if (!m.startsWith(WRAP)) return { name: null, text: m };
  const end = m.indexOf(DATA, WRAP.length);
  if (end < 0) return { name: null, text: m };
  const text = m.slice(end + DATA.length, m.endsWith('}') ? -1 : undefined);
  return { name: m.slice(WRAP.length, end), text };
}

const EVENT_KINDS: Readonly<Record<string, StreamKind>> = {
  depthUpdate: 'depth',
  trade: 'trade',
  aggTrade: 'aggTrade',
  bookTicker: 'bookTicker',
  kline: 'kline',
  '24hrTicker': 'ticker',
  '24hrMiniTicker': 'miniTicker',
  markPriceUpdate: 'markPrice',
};

// A bare frame (recorded on /ws) tells by its own event name and symbol what it is; spot bookTicker has no `e`.
function streamOf(text: string): { kind: StreamKind; symbol: string; channel: string } | null {
  const symbol = /"s":"([^"]+)"/.exec(text)?.[1];
  if (symbol === undefined) return null;
  const event = /"e":"([^"]+)"/.exec(text)?.[1];
  const kind = event === undefined ? (/"B":"/.test(text) ? 'bookTicker' : undefined) : EVENT_KINDS[event];
  if (kind === undefined) return null;
  const detail = kind === 'kline' ? (/"i":"([^"]+)"/.exec(text)?.[1] ?? '') : '';
  return { kind, symbol, channel: channelOf(kind, symbol, detail) };
}

function idsOf(kind: StreamKind, text: string): { first: number; last: number; link: number } {
  switch (kind) {
    case 'depth':
      return { first: integer(text, '"U":'), last: integer(text, '"u":'), link: integer(text, '"pu":', 400) };
    case 'bookTicker': {
      const id = integer(text, '"u":');
      return { first: id, last: id, link: Number.NaN };
    }
    case 'trade': {
      const id = integer(text, '"t":');
      return { first: id, last: id, link: Number.NaN };
    }
    case 'aggTrade':
      return { first: integer(text, '"f":'), last: integer(text, '"l":'), link: integer(text, '"a":') };
    default:
      return { first: Number.NaN, last: Number.NaN, link: Number.NaN };
  }
}

// `within` keeps a key that spot lacks from being looked for through kilobytes of levels.
function integer(text: string, key: string, within = text.length): number {
  const at = text.indexOf(key);
  if (at < 0 || at > within) return Number.NaN;
  let end = at + key.length;
  let value = 0;
  const start = end;
  for (; end < text.length; end++) {
    const digit = text.charCodeAt(end) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return end === start ? Number.NaN : value;
}

function hostOf(url: string): string {
  return /^[a-z]+:\/\/([^/:?#]+)/i.exec(url)?.[1]?.toLowerCase() ?? '';
}

function pathOf(url: string | undefined): string {
  return /^[a-z]+:\/\/[^/]+([^?#]*)/i.exec(url ?? '')?.[1] ?? '';
}

function queryOf(url: string | undefined): URLSearchParams {
  const at = url?.indexOf('?') ?? -1;
  return new URLSearchParams(url === undefined || at < 0 ? '' : url.slice(at + 1));
}

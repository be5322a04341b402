import { basename } from 'node:path';
import type { Capture } from '../capture-file';
import { channelOf, type Dialect, type Reading, type ReplayMessage, readChannel } from './dialect';
import { type Timeline, VenueError } from './venue-protocol';

export interface ReplayFile {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The captures of one venue in one playing order. */
export interface ReplayRecording {
  readonly files: readonly ReplayFile[];
  readonly messages: readonly ReplayMessage[];
  /** Books that were answers to requests, in recorded order. */
  readonly answers: readonly Reading[];
  /** Symbols with at least one message, and the file each is in. */
  readonly symbols: ReadonlyMap<string, number>;
  /** Venue time at the start of a lap, ms, by file. */
  readonly zeros: readonly number[];
  readonly notes: readonly string[];
  readonly timeline: Timeline;
}

const LAP_GAP_US = 100_000;

/** @throws VenueError when a symbol is in two files or there is nothing to play. */
export function readRecording(dialect: Dialect, captures: readonly Capture[]): ReplayRecording {
  const files = captures.map(describe);
  const base = overlapping(files) ? Math.min(...files.map(({ start }) => start)) : null;
  const symbols = new Map<string, number>();
  const messages: ReplayMessage[] = [];
  const answers: Reading[] = [];
  const notes: string[] = [];
  captures.forEach((capture, file) => {
    const { name, start, end } = files[file];
    const counts = new Map<string, number>();
    const seen = new Set<string>();
    const take = (readings: readonly Reading[], add: (reading: Reading) => void): void => {
      for (const reading of readings) {
        if (reading.symbol !== '') claim(symbols, reading.symbol, file, files);
        if (reading.symbol !== '') seen.add(reading.symbol);
        const kind = reading.channel === undefined ? reading.kind : readChannel(reading.channel).kind;
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        add(reading);
      }
    };
    for (const line of capture.lines) {
      if (line.dir === 'out') continue;
      if (line.dir === 'http') {
        take(dialect.readAnswer?.(line) ?? [], (reading) => answers.push(reading));
        continue;
      }
      const at = Math.max(0, line.t - (base ?? start));
      take(dialect.read(line), (reading) => messages.push({ ...reading, file, line: line.line, at }));
    }
    const held = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
    const seconds = ((end - start) / 1e6).toFixed(1);
    notes.push(`${name}: ${dialect.venue}, ${[...seen].join(' ')}, ${held}, over ${seconds} s`);
  });
  if (messages.length === 0) throw new VenueError(`${files[0].name} holds no market messages.`);
  if (files.length > 1) messages.sort((a, b) => a.at - b.at || a.file - b.file || a.line - b.line);
  const timeline: Timeline = {
    length: messages.length,
    lapUs: messages[messages.length - 1].at + LAP_GAP_US,
    at: (index) => messages[index].at,
    origin: (index) => messages[index],
  };
  const zeros = files.map((_, file) => zeroOf(messages, file, files[file].start));
  return { files, messages, answers, symbols, zeros, notes, timeline };
}

/** Where the messages of each symbol stand, in playing order. */
export function indexesBySymbol({ messages, symbols }: ReplayRecording): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>([...symbols.keys()].map((symbol) => [symbol, []]));
  for (const [index, { symbol }] of messages.entries()) found.get(symbol)?.push(index);
  return found;
}

/** The channel a message goes out on. */
export function channelOfMessage(message: Reading): string {
  if (message.channel !== undefined) return message.channel;
  if (message.kind === 'snapshot' || message.kind === 'diff') return channelOf('book', message.symbol);
  return channelOf(message.kind === 'trades' ? 'trade' : message.kind, message.symbol);
}

// The venue's clock is told by the message that travelled least; book messages tell it best, because the first trades
// and tickers of a connection may be of long ago.
function zeroOf(messages: readonly ReplayMessage[], file: number, start: number): number {
  const own = messages.filter((message) => message.file === file && Number.isFinite(message.time ?? Number.NaN));
  const books = own.filter(({ kind }) => kind === 'snapshot' || kind === 'diff');
  const offsets = (books.length > 0 ? books : own).map(({ time, at }) => (time ?? 0) - at / 1000);
  const latest = offsets.reduce((most, offset) => Math.max(most, offset), Number.NEGATIVE_INFINITY);
  return Number.isFinite(latest) ? latest : start / 1000;
}

function describe(capture: Capture): ReplayFile {
  const frames = capture.lines.filter(({ dir }) => dir === 'in');
  if (frames.length === 0) throw new VenueError(`${basename(capture.file)} holds no market messages.`);
  return { name: basename(capture.file), start: frames[0].t, end: frames[frames.length - 1].t };
}

function overlapping(files: readonly ReplayFile[]): boolean {
  return Math.max(...files.map(({ start }) => start)) <= Math.min(...files.map(({ end }) => end));
}

function claim(symbols: Map<string, number>, symbol: string, file: number, files: readonly ReplayFile[]): void {
  const owner = symbols.get(symbol);
  if (owner !== undefined && owner !== file) {
    throw new VenueError(
      `${symbol} is in both ${files[owner].name} and ${files[file].name}; one symbol can be replayed from one file only.`,
    );
  }
  symbols.set(symbol, file);
}

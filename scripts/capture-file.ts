import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

/** One line of a capture: a frame received, a frame sent, or an answered GET request. */
export interface CaptureLine {
  /** 0-based position in the file, the header (if any) being line 0. */
  readonly line: number;
  /** Receive time, integer microseconds since 1970 UTC, by the recorder's clock. */
  readonly t: number;
  /** Socket number within the file; −1 for HTTP. */
  readonly c: number;
  readonly dir: 'in' | 'out' | 'http';
  /** On the first line of each socket and on every HTTP line. */
  readonly url?: string;
  /** The text exactly as received. */
  readonly m: string;
}

/** What a capture of our own says about itself in its first line. */
export interface CaptureHeader {
  readonly venue: string;
  readonly instruments: readonly string[];
  readonly date: string;
  readonly why: string;
}

export interface Capture {
  /** The path it was read from, or a name for one made in memory. */
  readonly file: string;
  readonly header: CaptureHeader | null;
  readonly lines: readonly CaptureLine[];
}

/** A capture that cannot be used; the message is a sentence naming the file and, where there is one, the line. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
}

const NEWLINE = 10;
const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * Reads a capture, gzipped or not (told by its first bytes, not its name).
 * @throws CaptureError when the file is absent, its gzip is damaged, or a line is not of the format.
 */
export function readCapture(file: string): Capture {
  return parseCapture(file, unpack(file, readBytes(file)));
}

/** Parses the bytes of an unpacked capture; `file` is used in messages only. */
export function parseCapture(file: string, bytes: Buffer): Capture {
  const lines: CaptureLine[] = [];
  let header: CaptureHeader | null = null;
  let last = Number.NEGATIVE_INFINITY;
  let number = 0;
  for (let start = 0; start < bytes.length; number++) {
    let end = bytes.indexOf(NEWLINE, start);
    if (end < 0) end = bytes.length;
    const text = bytes.toString('utf8', start, end).trim();
    start = end + 1;
    if (text === '') continue;
    const value = parseJson(file, number, text);
    if (number === 0 && 'capture' in value) {
      header = readHeader(file, value.capture);
      continue;
    }
    const line = readLine(file, number, value);
    if (line.t < last) throw fault(file, number, 'goes back in time');
    last = line.t;
    lines.push(line);
  }
  if (lines.length === 0) throw new CaptureError(`${basename(file)} holds no messages.`);
  return { file, header, lines };
}

/** The text of a capture, ready to be written or parsed again. Line numbers are implied by order. */
export function formatCapture(header: CaptureHeader | null, lines: readonly Omit<CaptureLine, 'line'>[]): string {
  const out = header === null ? [] : [JSON.stringify({ capture: header })];
  for (const { t, c, dir, url, m } of lines) {
    out.push(JSON.stringify(url === undefined ? { t, c, dir, m } : { t, c, dir, url, m }));
  }
  return `${out.join('\n')}\n`;
}

/**
 * Writes a capture whole or not at all; a name ending in `.gz` is compressed, always to the same bytes.
 * @throws CaptureError when the folder cannot be written.
 */
export function writeCapture(
  file: string,
  header: CaptureHeader | null,
  lines: readonly Omit<CaptureLine, 'line'>[],
): void {
  const text = Buffer.from(formatCapture(header, lines));
  writeWhole(file, file.endsWith('.gz') ? gzipSync(text, { level: 9 }) : text);
}

/** Writes bytes beside the target first, so that a failure leaves the old file or none, never half a file. */
export function writeWhole(file: string, bytes: Buffer | string): void {
  const beside = `${file}.${randomUUID()}.part`;
  try {
    writeFileSync(beside, bytes);
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new CaptureError(`${file} cannot be written: ${reason(error)}.`);
  }
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CaptureError(`${file} cannot be read: ${reason(error)}.`);
  }
}

function unpack(file: string, bytes: Buffer): Buffer {
  if (bytes[0] !== GZIP_MAGIC[0] || bytes[1] !== GZIP_MAGIC[1]) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new CaptureError(`${basename(file)} is damaged: its gzip data cannot be unpacked (${reason(error)}).`);
  }
}

function parseJson(file: string, number: number, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fault(file, number, 'is not JSON');
  }
  if (!isRecord(value)) throw fault(file, number, 'is not a JSON object');
  return value;
}

function readLine(file: string, number: number, value: Record<string, unknown>): CaptureLine {
  const { t, c, dir, url, m } = value;
  if (typeof t !== 'number' || !Number.isSafeInteger(t)) throw fault(file, number, 'has no integer time "t"');
  if (typeof c !== 'number' || !Number.isInteger(c)) throw fault(file, number, 'has no socket number "c"');
  if (dir !== 'in' && dir !== 'out' && dir !== 'http') throw fault(file, number, 'has no direction "dir"');
  if (typeof m !== 'string') throw fault(file, number, 'has no message text "m"');
  if (url === undefined) return { line: number, t, c, dir, m };
  if (typeof url !== 'string') throw fault(file, number, 'has an address "url" that is not text');
  return { line: number, t, c, dir, url, m };
}

function readHeader(file: string, value: unknown): CaptureHeader {
  if (!isRecord(value) || typeof value.venue !== 'string') throw fault(file, 0, 'names no venue in its header');
  const { venue, instruments, date, why } = value;
  const names = Array.isArray(instruments) ? instruments.filter((name) => typeof name === 'string') : [];
  return {
    venue: String(venue),
    instruments: names,
    date: typeof date === 'string' ? date : '',
    why: typeof why === 'string' ? why : '',
  };
}

function fault(file: string, number: number, what: string): CaptureError {
  return new CaptureError(`${basename(file)} is damaged: line ${number + 1} ${what}.`);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  const known: Record<string, string> = {
    ENOENT: 'there is no such file or folder',
    EISDIR: 'it is a folder',
    EACCES: 'permission is denied',
    ENOSPC: 'the disk is full',
    EROFS: 'the disk is read-only',
    ENOTDIR: 'part of its path is not a folder',
  };
  return known[code] ?? error.message;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

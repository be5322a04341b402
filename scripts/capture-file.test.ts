import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { CaptureError, formatCapture, parseCapture, readCapture, writeCapture } from './capture-file';

const folder = mkdtempSync(join(tmpdir(), 'capture-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const header = { venue: 'binance', instruments: ['BTCUSDT'], date: '2026-03-02', why: 'a test' };
const lines = [
  { t: 1, c: 0, dir: 'in', url: 'wss://x/y', m: '{"a":"1.0"}' },
  { t: 2, c: -1, dir: 'http', url: 'https://x/z?q=é', m: '{}' },
] as const;

function fileOf(name: string, bytes: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

describe('a capture file', () => {
  test.each(['plain.jsonl', 'packed.jsonl.gz'])('written as %s reads back as it was, header and all', (name) => {
    const file = join(folder, name);
    writeCapture(file, header, lines);
    const capture = readCapture(file);
    expect(capture.header).toEqual(header);
    expect(capture.lines).toEqual(lines.map((line, index) => ({ ...line, line: index + 1 })));
  });

  test('compressed twice has the same bytes', () => {
    const [a, b] = ['a.gz', 'b.gz'].map((name) => join(folder, name));
    writeCapture(a, header, lines);
    writeCapture(b, header, lines);
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
  });

  test('without a header counts its first message as line 0', () => {
    expect(parseCapture('x', Buffer.from(formatCapture(null, lines))).lines[0].line).toBe(0);
  });

  test('is told as gzip by its bytes, whatever its name', () => {
    const file = fileOf('odd-name.jsonl', gzipSync(formatCapture(null, lines)));
    expect(readCapture(file).lines).toHaveLength(2);
  });
});

describe('a capture that cannot be used', () => {
  test.each([
    ['is absent', () => join(folder, 'nowhere.jsonl'), /nowhere\.jsonl cannot be read: there is no such file/],
    ['is a folder', () => folder, /cannot be read: it is a folder/],
    ['is empty', () => fileOf('empty.jsonl', ''), /holds no messages/],
    [
      'has gzip data cut short',
      () => fileOf('cut.gz', gzipSync(formatCapture(null, lines)).subarray(0, 40)),
      /cut\.gz is damaged: its gzip data/,
    ],
    [
      'has a line that is not JSON',
      () => fileOf('a.jsonl', `${formatCapture(null, lines)}{"t":`),
      /line 3 is not JSON/,
    ],
    ['has a line that is a list', () => fileOf('b.jsonl', '[]\n'), /line 1 is not a JSON object/],
    [
      'has a time that is a fraction',
      () => fileOf('c.jsonl', '{"t":1.5,"c":0,"dir":"in","m":""}'),
      /line 1 has no integer/,
    ],
    [
      'goes back in time',
      () => fileOf('d.jsonl', formatCapture(null, [lines[1], lines[0]])),
      /line 2 goes back in time/,
    ],
    ['has an unknown direction', () => fileOf('e.jsonl', '{"t":1,"c":0,"dir":"up","m":""}'), /no direction/],
    ['has no text', () => fileOf('f.jsonl', '{"t":1,"c":0,"dir":"in"}'), /no message text/],
    ['names no venue', () => fileOf('g.jsonl', '{"capture":{}}\n'), /names no venue/],
  ])('%s: one sentence says so', (_, file, message) => {
    expect(() => readCapture(file())).toThrow(CaptureError);
    expect(() => readCapture(file())).toThrow(message);
  });

  test('cannot be written where there is no folder, and nothing is left behind', () => {
    expect(() => writeCapture(join(folder, 'no', 'x.jsonl'), null, lines)).toThrow(
      /cannot be written: there is no such/,
    );
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  booleanOf,
  decimalTextOf,
  integerOf,
  JsonNumber,
  type JsonValue,
  MAX_DEPTH,
  MESSAGE_LIMITS,
  objectOf,
  readJson,
  textOf,
} from './json.ts';

/** What `JSON.parse` would have made of it. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return [...value].map(([key, member]) => [key, plain(member)]);
  return value;
}
const entries = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(entries);
  if (value !== null && typeof value === 'object') return Object.entries(value).map(([k, v]) => [k, entries(v)]);
  return value;
};
const faultOf = (text: string): string => {
  const read = readJson(text);
  return read.ok ? 'accepted' : read.error;
};

describe('the strict reader', () => {
  it('reads whatever JSON.stringify writes', () => {
    const value = fc.jsonValue({ maxDepth: 6 }).filter((v) => !/"\d+":|\\ud[89a-f]/i.test(JSON.stringify(v)));
    fc.assert(
      fc.property(value, fc.constantFrom(0, 1, '\t\n\r '), (tree, indent) => {
        const read = readJson(JSON.stringify(tree, null, indent));
        expect(read.ok ? plain(read.value) : read.error).toEqual(entries(JSON.parse(JSON.stringify(tree))));
      }),
      { numRuns: 2_000, seed: 3 },
    );
  });

  it('[F52] accepts nothing that JSON.parse refuses', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0123456789abcdeE+-.tfnrls \u0000é'), maxLength: 14 });
    fc.assert(
      fc.property(noise, (text) => {
        if (readJson(text).ok) expect(() => JSON.parse(text)).not.toThrow();
      }),
      { numRuns: 20_000, seed: 4 },
    );
  });

  it('[F45] keeps the digits of a number as they were written', () => {
    const read = readJson('[61602.01000000,1e-08,-0,123456789012345678901]');
    expect(read.ok && (read.value as JsonNumber[]).map((n) => n.text)).toEqual([
      '61602.01000000',
      '1e-08',
      '-0',
      '123456789012345678901',
    ]);
  });

  it.each([
    ['{"a":1,"a":2}', 'duplicate key at 10'],
    ['{"a":1,"\\u0061":2}', 'duplicate key at 15'],
    ['{"a":1}x', 'text after the value at 7'],
    ['', 'unfinished text at 0'],
    ['{"a":', 'unfinished text at 5'],
    ['["a', 'unfinished string at 3'],
    ['[01]', 'comma or ] expected at 2'],
    ['[1,]', 'value expected at 3'],
    ['{"a":1,}', 'key expected at 7'],
    ['{"a" 1}', 'colon expected at 5'],
    ['{a:1}', 'key expected at 1'],
    ['[+1]', 'value expected at 1'],
    ['[.5]', 'value expected at 1'],
    ['[1.]', 'comma or ] expected at 2'],
    ['[NaN]', 'value expected at 1'],
    ['[nul]', 'value expected at 1'],
    ['"\\x"', 'bad escape at 1'],
    ['"\\u12g4"', 'bad escape at 1'],
    ['"a\u0001"', 'control character in a string at 2'],
    ['"\ud800"', 'lone surrogate at 1'],
    ['"\udc00\ud800"', 'lone surrogate at 1'],
    ['"\\ud800"', 'lone surrogate at 1'],
    ['"\\ud800\\u0041"', 'lone surrogate at 1'],
    ['"\\udc00"', 'lone surrogate at 1'],
    ['\ufeff1', 'value expected at 0'],
  ])('refuses %j', (text, reason) => {
    expect(faultOf(text)).toBe(reason);
  });

  it('reads escapes and surrogate pairs in either spelling', () => {
    const read = readJson('"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00 😀 \u007f"');
    expect(read.ok && read.value).toBe('"\\/\b\f\n\r\té😀 😀 \u007f');
  });

  it('[F48] nests to its limit and no deeper, however deep the text goes', () => {
    expect(faultOf('['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH))).toBe('accepted');
    expect(faultOf('['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1))).toMatch(/^nested deeper/);
    expect(faultOf('[{"a":'.repeat(100_000))).toMatch(/^nested deeper/);
  });

  it('[F49] refuses too long a text and too many values', () => {
    expect(faultOf(`"${'x'.repeat(MESSAGE_LIMITS.length)}"`)).toMatch(/^too long/);
    expect(faultOf(`[${'0,'.repeat(MESSAGE_LIMITS.values)}0]`)).toMatch(/^too many values/);
  });

  it('[F47] gives keys of the language no meaning', () => {
    const read = readJson('{"__proto__":{"polluted":true},"constructor":1,"toString":2}');
    const object = read.ok ? objectOf(read.value) : undefined;
    expect(object && [...object.keys()]).toEqual(['__proto__', 'constructor', 'toString']);
    expect(({} as Record<string, unknown>).polluted).toBe(undefined);
  });
});

describe('typed picks', () => {
  const pick = (text: string): JsonValue | undefined => {
    const read = readJson(text);
    return read.ok ? read.value : undefined;
  };

  it('[F45] take integers only when they are written as integers within 2^53', () => {
    const texts = ['0', '-1', '9007199254740991', '9007199254740992', '1.0', '1e3', '-0', '"1"', 'true', '[1]'];
    expect(texts.map((text) => integerOf(pick(text)))).toEqual([
      0,
      -1,
      9007199254740991,
      ...new Array(7).fill(undefined),
    ]);
  });

  it('take decimals from strings and bare numbers', () => {
    const texts = ['"0.10"', '0.10', '1e-08', '"1e-08"', '"-1"', '-1', '""', '" 1"', '"NaN"', 'null'];
    expect(texts.map((text) => decimalTextOf(pick(text)))).toEqual([
      '0.10',
      '0.10',
      '1e-08',
      '1e-08',
      ...new Array(6).fill(undefined),
    ]);
  });

  it('are undefined for every other type', () => {
    expect([objectOf(pick('[]')), textOf(pick('1')), booleanOf(pick('0')), objectOf(undefined)]).toEqual(
      new Array(4).fill(undefined),
    );
  });
});

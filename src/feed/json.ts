import { splitDecimal } from '@/market/decimal.ts';
import { err, ok, type Result } from '@/market/result.ts';

/** A number as it was written: `61602.01000000`, `1e-08`. Nothing is rounded until somebody asks for a number. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object read from outside. A `Map`, so that no key means anything to the language. */
export type JsonObject = ReadonlyMap<string, JsonValue>;
export type JsonValue = string | boolean | null | JsonNumber | readonly JsonValue[] | JsonObject;

/** What a text may cost before it is read. */
export interface JsonLimits {
  /** UTF-16 code units. */
  readonly length: number;
  /** Values of every kind in it, containers included. */
  readonly values: number;
}

/** Limits of a streamed message. */
export const MESSAGE_LIMITS: JsonLimits = { length: 1_000_000, values: 200_000 };
/** Limits of an answer that holds a whole book or a catalogue. */
export const ANSWER_LIMITS: JsonLimits = { length: 8_000_000, values: 2_000_000 };
/** Containers inside each other, the outermost counted. */
export const MAX_DEPTH = 16;

/**
 * Read JSON text strictly: RFC 8259 and nothing more, no key twice in one object (however it is escaped), nothing after
 * the value, depth at most 16, no lone surrogate, raw or escaped.
 * @param limits  refused before reading, or as soon as the count is passed
 * @returns the value, or what was wrong and where; never throws
 */
export function readJson(text: string, limits: JsonLimits = MESSAGE_LIMITS): Result<JsonValue, string> {
  if (text.length > limits.length) return err(`too long: ${text.length} characters`);
  const reader = new JsonReader(text, limits.values);
  const value = reader.document();
  return reader.fault === '' ? ok(value) : err(reader.fault);
}

/** The value as an object, or undefined. */
export const objectOf = (value: JsonValue | undefined): JsonObject | undefined =>
  value instanceof Map ? (value as JsonObject) : undefined;

/** The value as an array, or undefined. */
export const arrayOf = (value: JsonValue | undefined): readonly JsonValue[] | undefined =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : undefined;

/** The value as a string, or undefined. */
export const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** The value as a boolean, or undefined. */
export const booleanOf = (value: JsonValue | undefined): boolean | undefined =>
  typeof value === 'boolean' ? value : undefined;

/**
 * The value as an integer written as one: a JSON number without point or exponent, within the safe integers.
 * `1.0`, `1e3`, `-0` and `"1"` are not.
 */
export function integerOf(value: JsonValue | undefined): number | undefined {
  if (!(value instanceof JsonNumber) || !/^(?:0|-?[1-9]\d{0,15})$/.test(value.text)) return undefined;
  const number = Number(value.text);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** The digits of a non-negative decimal, from a string or a bare number; undefined when it is neither. */
export function decimalTextOf(value: JsonValue | undefined): string | undefined {
  const text = value instanceof JsonNumber ? value.text : textOf(value);
  return text !== undefined && splitDecimal(text) !== null ? text : undefined;
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Recursive descent over one text. The first fault stops it: every caller returns as soon as `fault` is set. */
class JsonReader {
  fault = '';
  private readonly text: string;
  private at = 0;
  private left: number;
  private depth = 0;

  constructor(text: string, values: number) {
    this.text = text;
    this.left = values;
  }

  document(): JsonValue {
    const value = this.value();
    this.space();
    if (this.fault === '' && this.at < this.text.length) return this.fail('text after the value');
    return value;
  }

  private value(): JsonValue {
    this.space();
    if (--this.left < 0) return this.fail('too many values');
    switch (this.text[this.at]) {
      case '{':
        return this.nested(() => this.object());
      case '[':
        return this.nested(() => this.array());
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  private nested(read: () => JsonValue): JsonValue {
    if (this.depth === MAX_DEPTH) return this.fail(`nested deeper than ${MAX_DEPTH}`);
    this.depth++;
    this.at++;
    const value = read();
    this.depth--;
    return value;
  }

  private object(): JsonValue {
    const object = new Map<string, JsonValue>();
    if (this.closes('}')) return object;
    while (this.fault === '') {
      this.space();
      if (this.text.charCodeAt(this.at) !== QUOTE) return this.fail('key expected');
      const key = this.string();
      if (object.has(key)) return this.fail('duplicate key');
      this.space();
      if (this.fault === '' && this.text.charCodeAt(this.at) !== COLON) return this.fail('colon expected');
      this.at++;
      object.set(key, this.value());
      if (this.ends('}')) return object;
    }
    return null;
  }

  private array(): JsonValue {
    const array: JsonValue[] = [];
    if (this.closes(']')) return array;
    while (this.fault === '') {
      array.push(this.value());
      if (this.ends(']')) return array;
    }
    return null;
  }

  /** Whether an empty container closes right here; steps over the bracket. */
  private closes(bracket: string): boolean {
    this.space();
    if (this.text[this.at] !== bracket) return false;
    this.at++;
    return true;
  }

  /** After a member: steps over the bracket or the comma; anything else is a fault. */
  private ends(bracket: string): boolean {
    if (this.fault !== '') return false;
    if (this.closes(bracket)) return true;
    if (this.text.charCodeAt(this.at) === COMMA) this.at++;
    else this.fail(`comma or ${bracket} expected`);
    return false;
  }

  private string(): string {
    this.at++;
    let value: string | null = null;
    for (;;) {
      const plain = this.plain();
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) {
        this.at++;
        return value === null ? plain : value + plain;
      }
      const more = code === BACKSLASH ? this.escape() : this.pair(code);
      if (this.fault !== '') return '';
      value = (value ?? '') + plain + more;
    }
  }

  /** The run of text from here that needs no second look. */
  private plain(): string {
    const start = this.at;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      const isPlain = code >= 0x20 && code !== QUOTE && code !== BACKSLASH && (code < 0xd800 || code > 0xdfff);
      if (!isPlain) return this.text.slice(start, this.at);
      this.at++;
    }
  }

  /** The character of the escape at `at`; a surrogate must be followed by its other half in the same spelling. */
  private escape(): string {
    const letter = this.text[this.at + 1] ?? '';
    if (letter !== 'u') {
      const character = ESCAPES.get(letter);
      if (character === undefined) return this.failText('bad escape');
      this.at += 2;
      return character;
    }
    const high = this.hex(this.at + 2);
    if (high < 0) return this.failText('bad escape');
    if (high < 0xd800 || high > 0xdfff) {
      this.at += 6;
      return String.fromCharCode(high);
    }
    const low = this.text.startsWith('\\u', this.at + 6) ? this.hex(this.at + 8) : -1;
    if (high > 0xdbff || low < 0xdc00 || low > 0xdfff) return this.failText('lone surrogate');
    this.at += 12;
    return String.fromCharCode(high, low);
  }

  /** A raw surrogate pair; anything else that stopped the run of plain text is a fault. */
  private pair(code: number): string {
    if (Number.isNaN(code)) return this.failText('unfinished string');
    if (code < 0x20) return this.failText('control character in a string');
    const low = this.text.charCodeAt(this.at + 1);
    if (code > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return this.failText('lone surrogate');
    this.at += 2;
    return String.fromCharCode(code, low);
  }

  private hex(at: number): number {
    const digits = this.text.slice(at, at + 4);
    return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
  }

  private word(word: string, value: boolean | null): JsonValue {
    if (!this.text.startsWith(word, this.at)) return this.fail('value expected');
    this.at += word.length;
    return value;
  }

  private number(): JsonValue {
    NUMBER.lastIndex = this.at;
    const text = NUMBER.exec(this.text)?.[0];
    if (text === undefined) return this.fail(this.at < this.text.length ? 'value expected' : 'unfinished text');
    this.at += text.length;
    return new JsonNumber(text);
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  private fail(reason: string): null {
    if (this.fault === '') this.fault = `${reason} at ${this.at}`;
    return null;
  }

  private failText(reason: string): string {
    this.fail(reason);
    return '';
  }
}

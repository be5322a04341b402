import { powerOfTen } from '@/market/decimal.ts';
import type { LevelList } from './book/level-list.ts';

/** What every reading method answers when the text is not plainly what was asked for: the strict reader decides then. */
export const SURPRISE = -1;

/** Longest text taken; a longer one is the strict reader's. */
export const MAX_SCANNED = 1 << 18;

const QUOTE = 34;
const COMMA = 44;
const DOT = 46;
const ZERO = 48;
const COLON = 58;
const OPEN = 91;
const BACKSLASH = 92;
const CLOSE = 93;
const END = 125;

const POWERS = Float64Array.from({ length: 19 }, (_, n) => powerOfTen(n));
const FIRST_CAPACITY = 1 << 14;
/** Digits that always fit 32 bits: longer runs are read in doubles. */
const SMALL_DIGITS = 9;
/** The most digits the decimal reader takes on either side of the point. */
const MOST_DIGITS = 18;

/** Keys an object must have. */
export interface KeySet {
  readonly small: number;
  readonly capital: number;
  readonly pairs: number;
}

/** A key of one or two letters as a number. */
export const keyCode = (key: string): number =>
  key.length === 1 ? key.charCodeAt(0) : (key.charCodeAt(0) << 8) | key.charCodeAt(1);

/** Pack keys of one or two letters, a space between them. */
export function keySet(keys: string): KeySet {
  const set = { small: 0, capital: 0, pairs: 0 };
  for (const key of keys.split(' ')) {
    const code = keyCode(key);
    if (key.length === 2) set.pairs |= 1 << (((code >> 8) + (code & 255)) & 31);
    else if (code >= 96) set.small |= 1 << (code & 31);
    else set.capital |= 1 << (code & 31);
  }
  return set;
}

/**
 * Reads known JSON shapes straight from their bytes: no object, no string per value. Every method reads at `at` and
 * leaves `at` behind what it read; after a surprise `at` means nothing. It accepts a part of what the strict reader
 * accepts and never more.
 */
export class Scanner {
  at = 0;
  length = 0;
  bytes = new Uint8Array(FIRST_CAPACITY);
  /** Keys of the object that were met, as `keyBits` packs them: small letters, capitals, pairs. */
  private small = 0;
  private capital = 0;
  private pairs = 0;
  private readonly encoder = new TextEncoder();

  /** Take a text in. @returns false when it is too long or not ASCII throughout */
  load(text: string): boolean {
    const { length } = text;
    if (length >= this.bytes.length) {
      if (length > MAX_SCANNED) return false;
      this.bytes = new Uint8Array(Math.max(length + 1, this.bytes.length * 2));
    }
    this.length = length;
    // What an earlier, longer text left behind must not continue this one.
    this.bytes[length] = 0;
    // One byte for every character exactly when all of them are ASCII.
    const { read, written } = this.encoder.encodeInto(text, this.bytes);
    return read === length && written === length;
  }

  /** Start on the members of an object, where `key` or `firstKey` will read. */
  enter(at: number): void {
    this.at = at;
    this.small = 0;
    this.capital = 0;
    this.pairs = 0;
  }

  /**
   * Step over the comma, a key of one or two letters and its colon.
   * @returns the key as `keyCode` numbers it; `SURPRISE` when there is no further key, a longer one, or one met before
   */
  key(): number {
    return this.bytes[this.at] === COMMA ? this.keyAt(this.at + 1) : SURPRISE;
  }

  /** Like `key`, for the first key of an object. */
  firstKey(): number {
    return this.keyAt(this.at);
  }

  /** Whether every one of these keys was met. */
  hasKeys(keys: KeySet): boolean {
    return (
      (this.small & keys.small) === keys.small &&
      (this.capital & keys.capital) === keys.capital &&
      (this.pairs & keys.pairs) === keys.pairs
    );
  }

  /** Whether the object closes here, `depth` objects close with it, and the text is then over. */
  ends(depth: number): boolean {
    const { bytes, at } = this;
    for (let i = 0; i < depth; i++) if (bytes[at + i] !== END) return false;
    return at + depth === this.length;
  }

  private keyAt(quote: number): number {
    const { bytes } = this;
    if (bytes[quote] !== QUOTE) return SURPRISE;
    const first = bytes[quote + 1];
    const second = bytes[quote + 2];
    if (first < 65 || first > 122) return SURPRISE;
    if (second === QUOTE) {
      if (bytes[quote + 3] !== COLON) return SURPRISE;
      this.at = quote + 4;
      const bit = 1 << (first & 31);
      if (first >= 96) {
        if ((this.small & bit) !== 0) return SURPRISE;
        this.small |= bit;
      } else {
        if ((this.capital & bit) !== 0) return SURPRISE;
        this.capital |= bit;
      }
      return first;
    }
    if (bytes[quote + 3] !== QUOTE || bytes[quote + 4] !== COLON || second < 97 || second > 122) return SURPRISE;
    this.at = quote + 5;
    const bit = 1 << ((first + second) & 31);
    if ((this.pairs & bit) !== 0) return SURPRISE;
    this.pairs |= bit;
    return (first << 8) | second;
  }

  /** A JSON integer of at most 15 digits, without a sign; `SURPRISE` otherwise. */
  integer(): number {
    const { bytes } = this;
    const start = this.at;
    let at = start;
    let high = 0;
    let digit = bytes[at] - ZERO;
    const middle = start + 8;
    while (digit >= 0 && digit <= 9 && at < middle) {
      high = (high * 10 + digit) | 0;
      digit = bytes[++at] - ZERO;
    }
    if (at === start || (bytes[start] === ZERO && at > start + 1)) return SURPRISE;
    if (at < middle || digit < 0 || digit > 9) {
      this.at = at;
      return high;
    }
    let low = 0;
    const end = start + 15;
    while (digit >= 0 && digit <= 9 && at < end) {
      low = (low * 10 + digit) | 0;
      digit = bytes[++at] - ZERO;
    }
    if (digit >= 0 && digit <= 9) return SURPRISE;
    this.at = at;
    return high * POWERS[at - middle] + low;
  }

  /**
   * A quoted decimal at a scale: plain digits with an optional fraction.
   * @returns the integer; `SURPRISE` when it has finer digits, is above 2^53 - 1, or is written any other way
   */
  decimal(decimals: number): number {
    const { bytes } = this;
    let at = this.at;
    if (bytes[at] !== QUOTE) return SURPRISE;
    const start = ++at;
    let whole = 0;
    let digit = bytes[at] - ZERO;
    while (digit >= 0 && digit <= 9) {
      whole = (Math.imul(whole, 10) + digit) | 0;
      digit = bytes[++at] - ZERO;
    }
    const wholeDigits = at - start;
    if (wholeDigits === 0) return SURPRISE;
    if (wholeDigits > SMALL_DIGITS || decimals > SMALL_DIGITS) return this.longDecimal(decimals);
    if (bytes[at] !== DOT) {
      if (bytes[at] !== QUOTE) return SURPRISE;
      this.at = at + 1;
      const scaled = whole * POWERS[decimals];
      return scaled <= Number.MAX_SAFE_INTEGER ? scaled : SURPRISE;
    }
    const point = ++at;
    const stop = point + decimals;
    let fraction = 0;
    digit = bytes[at] - ZERO;
    while (at < stop && digit >= 0 && digit <= 9) {
      fraction = (Math.imul(fraction, 10) + digit) | 0;
      digit = bytes[++at] - ZERO;
    }
    const missing = stop - at;
    // Digits beyond the scale may only be zeros.
    while (digit === 0) digit = bytes[++at] - ZERO;
    if (bytes[at] !== QUOTE || at === point || at - point > MOST_DIGITS) return SURPRISE;
    this.at = at + 1;
    const scaled = whole * POWERS[decimals] + fraction * POWERS[missing];
    return scaled <= Number.MAX_SAFE_INTEGER ? scaled : SURPRISE;
  }

  /** Like `decimal`, in doubles digit by digit: past 2^53 the running value only grows, so that an excess is seen. */
  private longDecimal(decimals: number): number {
    const { bytes } = this;
    const start = this.at + 1;
    let at = start;
    let value = 0;
    let digit = bytes[at] - ZERO;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digit = bytes[++at] - ZERO;
    }
    if (at - start > MOST_DIGITS || decimals > MOST_DIGITS) return SURPRISE;
    let missing = decimals;
    if (bytes[at] === DOT) {
      const point = ++at;
      const stop = point + decimals;
      digit = bytes[at] - ZERO;
      while (at < stop && digit >= 0 && digit <= 9) {
        value = value * 10 + digit;
        digit = bytes[++at] - ZERO;
      }
      missing = stop - at;
      while (digit === 0) digit = bytes[++at] - ZERO;
      if (at === point || at - point > MOST_DIGITS) return SURPRISE;
    }
    if (bytes[at] !== QUOTE) return SURPRISE;
    this.at = at + 1;
    const scaled = value * POWERS[missing];
    return scaled <= Number.MAX_SAFE_INTEGER ? scaled : SURPRISE;
  }

  /**
   * An array of `["price","size"]` pairs, pushed onto `list`. The hottest loop there is: it reads what `decimal` reads,
   * without a call for each figure.
   * @returns false at any surprise, a price of 0 among them
   */
  levels(list: LevelList, priceDecimals: number, lotDecimals: number): boolean {
    const { bytes } = this;
    let at = this.at;
    if (bytes[at] !== OPEN) return false;
    if (bytes[++at] === CLOSE) {
      this.at = at + 1;
      return true;
    }
    const pricePower = POWERS[priceDecimals];
    const lotPower = POWERS[lotDecimals];
    for (;;) {
      if (bytes[at] !== OPEN) return false;
      let ticks = 0;
      let lots = 0;
      let decimals = priceDecimals;
      let power = pricePower;
      for (let isSize = false; ; isSize = true) {
        const quote = ++at;
        if (bytes[quote] !== QUOTE) return false;
        let value = 0;
        let whole = 0;
        let digit = (bytes[++at] - ZERO) >>> 0;
        while (digit <= 9) {
          whole = (Math.imul(whole, 10) + digit) | 0;
          digit = (bytes[++at] - ZERO) >>> 0;
        }
        const wholeDigits = at - quote - 1;
        if (wholeDigits === 0) return false;
        if (wholeDigits > SMALL_DIGITS || decimals > SMALL_DIGITS || bytes[at] !== DOT) {
          this.at = quote;
          value = this.decimal(decimals);
          if (value < 0) return false;
          at = this.at;
        } else {
          const point = ++at;
          const stop = point + decimals;
          let fraction = 0;
          digit = (bytes[at] - ZERO) >>> 0;
          while (digit <= 9 && at < stop) {
            fraction = (Math.imul(fraction, 10) + digit) | 0;
            digit = (bytes[++at] - ZERO) >>> 0;
          }
          value = whole * power + fraction * POWERS[stop - at];
          while (digit === 0) digit = (bytes[++at] - ZERO) >>> 0;
          if (bytes[at] !== QUOTE || at === point || at - point > MOST_DIGITS) return false;
          if (value > Number.MAX_SAFE_INTEGER) return false;
          at++;
        }
        if (isSize) {
          lots = value;
          break;
        }
        ticks = value;
        if (bytes[at] !== COMMA || ticks === 0) return false;
        decimals = lotDecimals;
        power = lotPower;
      }
      if (bytes[at] !== CLOSE) return false;
      list.push(ticks, lots);
      const next = bytes[at + 1];
      at += 2;
      if (next === COMMA) continue;
      this.at = at;
      return next === CLOSE;
    }
  }

  /** Step over `text` when it stands here. */
  literal(text: string): boolean {
    const { bytes, at } = this;
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
    this.at = at + text.length;
    return true;
  }

  /** Step over these bytes when they stand here. */
  sameBytes(expected: Uint8Array): boolean {
    const { bytes, at } = this;
    const { length } = expected;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== expected[i]) return false;
    this.at = at + length;
    return true;
  }

  /** `true` as 1, `false` as 0. */
  truth(): number {
    if (this.literal('false')) return 0;
    return this.literal('true') ? 1 : SURPRISE;
  }

  /** Step over a plain string, a short integer, true or false. */
  skip(): boolean {
    const first = this.bytes[this.at];
    if (first === QUOTE) return this.text() >= 0;
    return first <= ZERO + 9 ? this.integer() >= 0 : this.truth() >= 0;
  }

  /**
   * A quoted text without escapes or control characters.
   * @returns where it begins; it ends at `at - 2`, both included. `SURPRISE` otherwise
   */
  text(): number {
    const { bytes } = this;
    let at = this.at;
    if (bytes[at] !== QUOTE) return SURPRISE;
    const start = ++at;
    while (bytes[at] !== QUOTE) {
      if (at >= this.length || bytes[at] < 32 || bytes[at] === BACKSLASH) return SURPRISE;
      at++;
    }
    this.at = at + 1;
    return start;
  }
}

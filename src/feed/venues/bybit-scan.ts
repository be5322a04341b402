import type { Grid } from '@/market/instrument.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
import type { LevelList } from '../book/level-list.ts';
import { Scanner, SURPRISE } from '../scan.ts';
import type { BybitCategory } from './bybit-shape.ts';
import { ORDER_DIGITS } from './bybit-strict.ts';
import { makeScratch } from './decode-scratch.ts';
import { isTime, MAX_SYMBOL } from './strict-fields.ts';
import { SymbolTable } from './symbol-table.ts';
import { type DecodeSink, NO_SEQUENCE } from './venue.ts';

const BOOK = '{"topic":"orderbook.';
const TRADES = '{"topic":"publicTrade.';
const QUOTE = 34;
const COMMA = 44;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const LEAST_LETTER = 65;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN = 123;
const END = 125;
/** Digits of a book's depth. */
const MOST_DIGITS = 4;
/** Keys inside `data` have at most three letters; packed, one byte a letter. */
const LONGEST_KEY = 3;

const packed = (key: string): number => {
  let code = 0;
  for (let i = 0; i < key.length; i++) code = (code << 8) | key.charCodeAt(i);
  return code;
};
const SEQ = packed('seq');
const RPI = packed('RPI');
const BT = packed('BT');

/** Which members of an object were met, a bit each: none may come twice. */
const SEEN_S = 1;
const SEEN_BIDS = 2;
const SEEN_ASKS = 4;
const SEEN_ID = 8;
const SEEN_SEQ = 16;
const ALL_OF_BOOK = SEEN_S | SEEN_BIDS | SEEN_ASKS | SEEN_ID;

const SEEN_TIME = 32;
const SEEN_SIDE = 64;
const SEEN_SIZE = 128;
const SEEN_PRICE = 256;
const SEEN_TICK = 512;
const SEEN_BLOCK = 1024;
const SEEN_RPI = 2048;
const ALL_OF_TRADE = SEEN_S | SEEN_ID | SEEN_TIME | SEEN_SIDE | SEEN_SIZE | SEEN_PRICE;

/** Members around `data`. */
const SEEN_TYPE = 1;
const SEEN_TS = 2;
const SEEN_CTS = 4;
const SEEN_DATA = 8;
const ALL_AROUND = SEEN_TYPE | SEEN_TS | SEEN_DATA;

/**
 * Scans books and trades straight from their text, members in any order inside an object. Every method answers false at
 * the first thing it does not expect, before the sink has heard of the message: the strict decoder is to read it then.
 */
export class BybitScanner {
  private readonly scanner = new Scanner();
  private readonly scratch = makeScratch();
  private readonly symbols = new SymbolTable();
  private symbol = '';
  private quoted = '';
  private grid: Grid | null = null;
  private isSnapshot = false;
  private eventTime = 0;
  private id = 0;
  /** Trades of the message at hand, as columns. */
  private count = 0;
  private readonly ids: number[] = [];
  private readonly idTexts: string[] = [];
  private readonly ticks: number[] = [];
  private readonly lots: number[] = [];
  private readonly aggressors: number[] = [];
  private readonly times: number[] = [];

  constructor(private readonly category: BybitCategory) {}

  /** Scan one message into the sink. */
  scan(text: string, sink: DecodeSink): boolean {
    if (text.startsWith(BOOK)) return this.scanBook(text, sink);
    if (text.startsWith(TRADES)) return this.scanTrades(text, sink);
    return false;
  }

  private scanBook(text: string, sink: DecodeSink): boolean {
    let at = BOOK.length;
    let depth = 0;
    for (let code = text.charCodeAt(at); code >= ZERO && code <= NINE; code = text.charCodeAt(++at)) {
      depth = depth * 10 + code - ZERO;
    }
    const isPlain = text.charCodeAt(BOOK.length) !== ZERO && at <= BOOK.length + MOST_DIGITS;
    if (depth === 0 || !isPlain || text.charCodeAt(at) !== DOT) return false;
    if (!this.takeTopic(text, at + 1, sink) || !this.scanAround(text, false)) return false;
    const { diff, book, statement } = this.scratch;
    if (depth > 1 && !this.isSnapshot && this.id !== 1) {
      diff.first = this.id;
      diff.last = this.id;
      diff.eventTime = this.eventTime;
      sink.diff(this.symbol, diff);
      return true;
    }
    const { bids, asks } = diff;
    if (depth > 1) {
      sink.book(this.symbol, { ...book, bids, asks, sequence: this.id, eventTime: this.eventTime, depth });
      return true;
    }
    if (!this.isSnapshot || !isFilled(bids) || !isFilled(asks)) return false;
    sink.statement(this.symbol, { ...statement, bids, asks, time: this.eventTime });
    return true;
  }

  private scanTrades(text: string, sink: DecodeSink): boolean {
    this.count = 0;
    if (!this.takeTopic(text, TRADES.length, sink) || !this.scanAround(text, true) || this.count === 0) return false;
    const { trade } = this.scratch;
    trade.eventTime = this.eventTime;
    for (let i = 0; i < this.count; i++) {
      trade.id = this.ids[i];
      trade.firstId = this.ids[i];
      trade.idText = this.idTexts[i];
      trade.ticks = this.ticks[i];
      trade.lots = this.lots[i];
      trade.aggressor = this.aggressors[i];
      trade.time = this.times[i];
      sink.trade(this.symbol, trade);
    }
    return true;
  }

  /** Take the symbol that stands from `from` up to the topic's closing quote, and the text. */
  private takeTopic(text: string, from: number, sink: DecodeSink): boolean {
    const to = text.indexOf('"', from);
    const known = this.symbols.find(text, from, to);
    if (known === null) return false;
    if (known.symbol !== this.symbol) {
      this.symbol = known.symbol;
      this.quoted = `"${known.symbol}"`;
    }
    this.grid = sink.grid(this.symbol);
    if (this.grid === null || !this.scanner.load(text)) return false;
    this.scanner.at = to + 1;
    return true;
  }

  /** The members after the topic, to the end of the message. */
  private scanAround(text: string, isTrades: boolean): boolean {
    const { scanner } = this;
    const { bytes } = scanner;
    let seen = 0;
    while (bytes[scanner.at] === COMMA) {
      let bit = 0;
      if (scanner.literal(',"ts":')) {
        bit = SEEN_TS;
        this.eventTime = scanner.integer();
        if (!isTime(this.eventTime)) return false;
      } else if (scanner.literal(',"type":"')) {
        bit = SEEN_TYPE;
        this.isSnapshot = scanner.literal('snapshot"');
        if (!this.isSnapshot && !scanner.literal('delta"')) return false;
      } else if (scanner.literal(',"data":')) {
        bit = SEEN_DATA;
        if (!(isTrades ? this.scanTradeList(text) : this.scanLevels())) return false;
      } else if (scanner.literal(',"cts":')) {
        bit = SEEN_CTS;
        if (scanner.integer() < 0) return false;
      }
      if (bit === 0 || (seen & bit) !== 0) return false;
      seen |= bit;
    }
    return (seen & ALL_AROUND) === ALL_AROUND && scanner.ends(1);
  }

  private scanLevels(): boolean {
    const { scanner, grid } = this;
    const { bids, asks } = this.scratch.diff;
    if (grid === null || scanner.bytes[scanner.at] !== OPEN) return false;
    bids.clear();
    asks.clear();
    let seen = 0;
    do {
      const key = this.key();
      let bit = 0;
      switch (key) {
        case 115: // s
          bit = SEEN_S;
          if (!scanner.literal(this.quoted)) return false;
          break;
        case 98: // b
          bit = SEEN_BIDS;
          if (!scanner.levels(bids, grid.priceDecimals, grid.lotDecimals)) return false;
          break;
        case 97: // a
          bit = SEEN_ASKS;
          if (!scanner.levels(asks, grid.priceDecimals, grid.lotDecimals)) return false;
          break;
        case 117: // u
          bit = SEEN_ID;
          this.id = scanner.integer();
          if (this.id < 0) return false;
          break;
        case SEQ:
          bit = SEEN_SEQ;
          if (scanner.integer() < 0) return false;
          break;
        default:
          return false;
      }
      if ((seen & bit) !== 0) return false;
      seen |= bit;
    } while (scanner.bytes[scanner.at] === COMMA);
    return (seen & ALL_OF_BOOK) === ALL_OF_BOOK && this.steps(END);
  }

  private scanTradeList(text: string): boolean {
    if (!this.steps(OPEN_LIST)) return false;
    do {
      if (!this.scanTrade(text)) return false;
    } while (this.steps(COMMA));
    return this.steps(CLOSE_LIST);
  }

  private scanTrade(text: string): boolean {
    const { scanner, grid, count } = this;
    if (grid === null || scanner.bytes[scanner.at] !== OPEN) return false;
    let seen = 0;
    do {
      const bit = this.scanTradeField(this.key(), text, grid, count);
      if (bit === 0 || (seen & bit) !== 0) return false;
      seen |= bit;
    } while (scanner.bytes[scanner.at] === COMMA);
    this.count = count + 1;
    return (seen & ALL_OF_TRADE) === ALL_OF_TRADE && this.steps(END);
  }

  /** @returns the field's bit; 0 at any surprise */
  private scanTradeField(key: number, text: string, grid: Grid, at: number): number {
    const { scanner } = this;
    switch (key) {
      case 84: // T
        this.times[at] = scanner.integer();
        return isTime(this.times[at]) ? SEEN_TIME : 0;
      case 115: // s
        return scanner.literal(this.quoted) ? SEEN_S : 0;
      case 83: {
        // S
        const isBuy = scanner.literal('"Buy"');
        this.aggressors[at] = isBuy ? BUYER : SELLER;
        return isBuy || scanner.literal('"Sell"') ? SEEN_SIDE : 0;
      }
      case 118: // v
        this.lots[at] = scanner.decimal(grid.lotDecimals);
        return this.lots[at] > 0 ? SEEN_SIZE : 0;
      case 112: // p
        this.ticks[at] = scanner.decimal(grid.priceDecimals);
        return this.ticks[at] > 0 ? SEEN_PRICE : 0;
      case 105: // i
        return this.scanId(text, at) ? SEEN_ID : 0;
      case BT:
        // A block trade is no print: the strict reader sees to it.
        return scanner.literal('false') ? SEEN_BLOCK : 0;
      case RPI:
        return scanner.truth() >= 0 ? SEEN_RPI : 0;
      case SEQ:
        return scanner.integer() >= 0 ? SEEN_SEQ : 0;
      case 76: // L
        return scanner.text() >= 0 ? SEEN_TICK : 0;
      default:
        return 0;
    }
  }

  private scanId(text: string, at: number): boolean {
    const { scanner } = this;
    const start = scanner.text();
    const end = scanner.at - 1;
    if (start < 0 || end === start || end - start > MAX_SYMBOL) return false;
    if (this.category === 'linear') {
      this.ids[at] = NO_SEQUENCE;
      this.idTexts[at] = pieced(text, start, end);
      return true;
    }
    let id = 0;
    const ordering = Math.max(start, end - ORDER_DIGITS);
    for (let i = start; i < end; i++) {
      const digit = scanner.bytes[i] - ZERO;
      if (digit < 0 || digit > 9) return false;
      if (i >= ordering) id = id * 10 + digit;
    }
    this.ids[at] = id;
    const isPlain = ordering === start && (scanner.bytes[start] !== ZERO || end === start + 1);
    this.idTexts[at] = isPlain ? '' : pieced(text, start, end);
    return true;
  }

  /** Step over one byte when it stands here. */
  private steps(byte: number): boolean {
    const { scanner } = this;
    if (scanner.bytes[scanner.at] !== byte) return false;
    scanner.at++;
    return true;
  }

  /** Step over the brace or comma, a short key and its colon. @returns the key, packed; `SURPRISE` otherwise */
  private key(): number {
    const { scanner } = this;
    const { bytes } = scanner;
    const quote = scanner.at + 1;
    if (bytes[quote] !== QUOTE) return SURPRISE;
    let code = 0;
    let at = quote + 1;
    while (bytes[at] !== QUOTE) {
      // A letter at least: nothing may pass for a shorter key.
      if (at - quote > LONGEST_KEY || bytes[at] < LEAST_LETTER) return SURPRISE;
      code = (code << 8) | bytes[at++];
    }
    if (bytes[at + 1] !== COLON) return SURPRISE;
    scanner.at = at + 2;
    return code;
  }
}

/** Longest piece of a text that engines copy; of a longer one they keep the whole message. */
const PIECE = 12;

/** What stands from `from` up to `to`, made of pieces that keep no message alive. */
function pieced(text: string, from: number, to: number): string {
  let piece = text.slice(from, Math.min(to, from + PIECE));
  for (let at = from + PIECE; at < to; at += PIECE) piece += text.slice(at, Math.min(to, at + PIECE));
  return piece;
}

/** Whether every level has a size, as the best ones must. */
function isFilled(levels: LevelList): boolean {
  for (let i = 0; i < levels.count; i++) if (levels.lots[i] === 0) return false;
  return true;
}

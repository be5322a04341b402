import type { Grid } from '@/market/instrument.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
import type { LevelList } from '../book/level-list.ts';
import { Scanner } from '../scan.ts';
import { makeScratch } from './decode-scratch.ts';
import { OKX_DEPTH } from './okx-strict.ts';
import { isTime } from './strict-fields.ts';
import { SymbolTable } from './symbol-table.ts';
import { type DecodeSink, NO_SEQUENCE } from './venue.ts';

const BOOK = '{"arg":{"channel":"books","instId":"';
const BEST = '{"arg":{"channel":"bbo-tbt","instId":"';
const TRADES = '{"arg":{"channel":"trades","instId":"';
const UPDATE = '},"action":"update","data":[{';
const SNAPSHOT = '},"action":"snapshot","data":[{';
const PLAIN = '},"data":[{';

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN = 123;
const END = 125;
const ASKS = 97;
const BIDS = 98;
const CHECKSUM = 99;
const PREVIOUS = 112;
const SEQUENCE = 115;
const TIME = 116;

const SEEN_ASKS = 1;
const SEEN_BIDS = 2;
const SEEN_TIME = 4;
const SEEN_CHECKSUM = 8;
const SEEN_PREVIOUS = 16;
const SEEN_SEQUENCE = 32;
const ALL_OF_BOOK = SEEN_ASKS | SEEN_BIDS | SEEN_TIME;
const BOTH_IDS = SEEN_PREVIOUS | SEEN_SEQUENCE;

const SEEN_COUNT = 1;
const SEEN_SEQ = 2;
const SEEN_SOURCE = 4;

/** What a signed integer cannot be. */
const NO_INTEGER = Number.NaN;

/**
 * Scans books, best prices and trades straight from their text. Every method answers false at the first thing it does
 * not expect, before the sink has heard of the message: the strict decoder is to read it then.
 */
export class OkxScanner {
  private readonly scanner = new Scanner();
  private readonly scratch = makeScratch();
  private readonly symbols = new SymbolTable();
  private symbol = '';
  private grid: Grid | null = null;
  private seen = 0;
  private time = 0;
  private sequence = NO_SEQUENCE;
  private previous = NO_SEQUENCE;
  private checksum = 0;
  /** Trades of the message at hand, as columns. */
  private count = 0;
  private readonly ids: number[] = [];
  private readonly firstIds: number[] = [];
  private readonly ticks: number[] = [];
  private readonly lots: number[] = [];
  private readonly aggressors: number[] = [];
  private readonly times: number[] = [];

  /** Scan one message into the sink. */
  scan(text: string, sink: DecodeSink): boolean {
    if (text.startsWith(BOOK)) return this.scanBook(text, sink);
    if (text.startsWith(BEST)) return this.scanBest(text, sink);
    if (text.startsWith(TRADES)) return this.scanTrades(text, sink);
    return false;
  }

  private scanBook(text: string, sink: DecodeSink): boolean {
    const { scanner } = this;
    if (!this.takeSymbol(text, BOOK.length, sink)) return false;
    const isUpdate = scanner.literal(UPDATE);
    if (!isUpdate && !scanner.literal(SNAPSHOT)) return false;
    if (!this.scanSides(text, true)) return false;
    const { diff, book } = this.scratch;
    const checksum = this.checksum === 0 ? null : this.checksum;
    if (!isUpdate) {
      const { bids, asks } = diff;
      const { sequence, time: eventTime, symbol } = this;
      sink.book(symbol, { ...book, bids, asks, sequence, eventTime, checksum, depth: OKX_DEPTH });
      return true;
    }
    const ids = this.seen & BOTH_IDS;
    if (ids !== 0 && (ids !== BOTH_IDS || this.previous < NO_SEQUENCE)) return false;
    diff.first = this.sequence;
    diff.last = this.sequence;
    diff.previous = this.previous;
    diff.eventTime = this.time;
    diff.checksum = checksum;
    sink.diff(this.symbol, diff);
    return true;
  }

  private scanBest(text: string, sink: DecodeSink): boolean {
    if (!this.takeSymbol(text, BEST.length, sink)) return false;
    if (!this.scanner.literal(PLAIN) || !this.scanSides(text, false)) return false;
    const { bids, asks } = this.scratch.diff;
    if (!isFilled(bids) || !isFilled(asks)) return false;
    sink.statement(this.symbol, { ...this.scratch.statement, bids, asks, time: this.time });
    return true;
  }

  private scanTrades(text: string, sink: DecodeSink): boolean {
    const { scanner } = this;
    if (!this.takeSymbol(text, TRADES.length, sink) || !scanner.literal('},"data":[')) return false;
    this.count = 0;
    do {
      if (!this.scanTrade()) return false;
    } while (this.steps(COMMA));
    if (!this.steps(CLOSE_LIST) || !scanner.ends(1)) return false;
    const { trade } = this.scratch;
    for (let i = 0; i < this.count; i++) {
      trade.id = this.ids[i];
      trade.firstId = this.firstIds[i];
      trade.ticks = this.ticks[i];
      trade.lots = this.lots[i];
      trade.aggressor = this.aggressors[i];
      trade.time = this.times[i];
      trade.eventTime = this.times[i];
      sink.trade(this.symbol, trade);
    }
    return true;
  }

  /** Take the symbol that stands from `from` up to its closing quote, and the text. */
  private takeSymbol(text: string, from: number, sink: DecodeSink): boolean {
    const to = text.indexOf('"', from);
    const known = this.symbols.find(text, from, to);
    if (known === null) return false;
    this.symbol = known.symbol;
    this.grid = sink.grid(this.symbol);
    if (this.grid === null || !this.scanner.load(text)) return false;
    this.scanner.at = to + 1;
    return true;
  }

  /** The members of the one object, from behind its brace to the end of the message. */
  private scanSides(text: string, withTokens: boolean): boolean {
    const { scanner } = this;
    const { bids, asks } = this.scratch.diff;
    bids.clear();
    asks.clear();
    this.seen = 0;
    this.checksum = 0;
    this.sequence = NO_SEQUENCE;
    this.previous = NO_SEQUENCE;
    do {
      const bit = this.scanMember(text, withTokens);
      if (bit === 0 || (this.seen & bit) !== 0) return false;
      this.seen |= bit;
    } while (this.steps(COMMA));
    if ((this.seen & ALL_OF_BOOK) !== ALL_OF_BOOK) return false;
    return this.steps(END) && this.steps(CLOSE_LIST) && scanner.ends(1);
  }

  /** @returns the member's bit; 0 at any surprise */
  private scanMember(text: string, withTokens: boolean): number {
    const { scanner } = this;
    const { bids, asks } = this.scratch.diff;
    switch (scanner.bytes[scanner.at + 1]) {
      case ASKS:
        return scanner.literal('"asks":') && this.scanLevels(asks, text, withTokens) ? SEEN_ASKS : 0;
      case BIDS:
        return scanner.literal('"bids":') && this.scanLevels(bids, text, withTokens) ? SEEN_BIDS : 0;
      case TIME:
        if (!scanner.literal('"ts":')) return 0;
        this.time = this.quotedInteger();
        return isTime(this.time) ? SEEN_TIME : 0;
      case CHECKSUM:
        if (!scanner.literal('"checksum":')) return 0;
        this.checksum = this.signedInteger();
        return Number.isNaN(this.checksum) ? 0 : SEEN_CHECKSUM;
      case PREVIOUS:
        if (!scanner.literal('"prevSeqId":')) return 0;
        this.previous = this.signedInteger();
        return Number.isNaN(this.previous) ? 0 : SEEN_PREVIOUS;
      case SEQUENCE:
        if (!scanner.literal('"seqId":')) return 0;
        this.sequence = scanner.integer();
        return this.sequence >= 0 ? SEEN_SEQUENCE : 0;
      default:
        return 0;
    }
  }

  /** An array of `["price","size","0","orders"]`, pushed onto `list`, with the text the checksum is made of. */
  private scanLevels(list: LevelList, text: string, withTokens: boolean): boolean {
    const { scanner, grid } = this;
    if (grid === null || !this.steps(OPEN_LIST)) return false;
    if (this.steps(CLOSE_LIST)) return true;
    const { priceDecimals, lotDecimals } = grid;
    do {
      if (!this.steps(OPEN_LIST)) return false;
      const start = scanner.at + 1;
      const ticks = scanner.decimal(priceDecimals);
      const middle = scanner.at;
      if (ticks <= 0 || !this.steps(COMMA)) return false;
      const lots = scanner.decimal(lotDecimals);
      if (lots < 0) return false;
      if (withTokens) list.tokens.push(`${text.slice(start, middle - 1)}:${text.slice(middle + 2, scanner.at - 1)}`);
      if (!this.stepsOverCount() || !this.stepsOverCount() || !this.steps(CLOSE_LIST)) return false;
      list.push(ticks, lots);
    } while (this.steps(COMMA));
    return this.steps(CLOSE_LIST);
  }

  /** A comma and a quoted row of digits. */
  private stepsOverCount(): boolean {
    const { scanner } = this;
    const { bytes } = scanner;
    let at = scanner.at;
    if (bytes[at] !== COMMA || bytes[at + 1] !== QUOTE) return false;
    at += 2;
    while (bytes[at] >= ZERO && bytes[at] <= NINE) at++;
    scanner.at = at + 1;
    return bytes[at] === QUOTE;
  }

  private scanTrade(): boolean {
    const { scanner, grid, count } = this;
    if (grid === null || scanner.bytes[scanner.at] !== OPEN) return false;
    if (!scanner.literal('{"instId":"') || !scanner.literal(this.symbol) || !scanner.literal('","tradeId":'))
      return false;
    const id = this.quotedInteger();
    if (id <= 0 || !scanner.literal(',"px":')) return false;
    this.ticks[count] = scanner.decimal(grid.priceDecimals);
    if (this.ticks[count] <= 0 || !scanner.literal(',"sz":')) return false;
    this.lots[count] = scanner.decimal(grid.lotDecimals);
    if (this.lots[count] <= 0) return false;
    const isBuy = scanner.literal(',"side":"buy"');
    if (!isBuy && !scanner.literal(',"side":"sell"')) return false;
    if (!scanner.literal(',"ts":')) return false;
    this.times[count] = this.quotedInteger();
    const fills = this.scanTail();
    if (!isTime(this.times[count]) || fills < 1 || fills > id) return false;
    this.ids[count] = id;
    this.firstIds[count] = id - fills + 1;
    this.aggressors[count] = isBuy ? BUYER : SELLER;
    this.count = count + 1;
    return true;
  }

  /** What may follow the time of a trade, to its brace. @returns how many fills it is; 0 at any surprise */
  private scanTail(): number {
    const { scanner } = this;
    let fills = 1;
    let seen = 0;
    while (scanner.bytes[scanner.at] === COMMA) {
      let bit = 0;
      if (scanner.literal(',"count":')) {
        bit = SEEN_COUNT;
        fills = this.quotedInteger();
      } else if (scanner.literal(',"seqId":')) {
        if (scanner.integer() >= 0) bit = SEEN_SEQ;
      } else if (scanner.literal(',"source":')) {
        if (scanner.text() >= 0) bit = SEEN_SOURCE;
      }
      if (bit === 0 || (seen & bit) !== 0) return 0;
      seen |= bit;
    }
    return this.steps(END) ? fills : 0;
  }

  private quotedInteger(): number {
    const { scanner } = this;
    if (!this.steps(QUOTE)) return 0;
    const value = scanner.integer();
    return this.steps(QUOTE) ? value : 0;
  }

  private signedInteger(): number {
    const { scanner } = this;
    const isNegative = this.steps(MINUS);
    const size = scanner.integer();
    if (size < 0 || (isNegative && size === 0)) return NO_INTEGER;
    return isNegative ? -size : size;
  }

  /** Step over one byte when it stands here. */
  private steps(byte: number): boolean {
    const { scanner } = this;
    if (scanner.bytes[scanner.at] !== byte) return false;
    scanner.at++;
    return true;
  }
}

/** Whether every level has a size, as the best ones must. */
function isFilled(levels: LevelList): boolean {
  for (let i = 0; i < levels.count; i++) if (levels.lots[i] === 0) return false;
  return true;
}

import type { Grid } from '@/market/instrument.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
import { MAX_LEVELS } from '../book/level-list.ts';
import { isoMillis } from '../iso-time.ts';
import { ANSWER_LIMITS } from '../json.ts';
import { MAX_SCANNED, Scanner, SURPRISE } from '../scan.ts';
import { makeScratch } from './decode-scratch.ts';
import { isTime } from './strict-fields.ts';
import { SymbolTable } from './symbol-table.ts';
import { type DecodeSink, NO_SEQUENCE } from './venue.ts';

const COMMA = 44;
const COLON = 58;
const CLOSE = 93;

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const CHANGES_HEAD = '{"type":"l2update","product_id":"';
const SNAPSHOT_HEAD = '{"type":"snapshot","product_id":"';
const MATCH_HEAD = '{"type":"match"';
const LAST_MATCH_HEAD = '{"type":"last_match"';

const CHANGES = bytesOf('","changes":[');
const BUY = bytesOf('["buy",');
const SELL = bytesOf('["sell",');
const TIME = bytesOf(',"time":');

/** Longest key looked for. */
const MOST_KEY = 14;

interface Key {
  /** What stands between its quotes. */
  readonly bytes: Uint8Array;
  /** The same from the comma before it to the colon behind it. */
  readonly whole: Uint8Array;
  readonly bit: number;
  readonly place: number;
}

/** Keys of one kind of message. */
class Keys {
  /** As the venue writes them today, one after the other; they are taken in any order. */
  readonly inOrder: readonly Key[];
  private readonly byLength: readonly (readonly Key[])[];

  constructor(names: readonly string[]) {
    this.inOrder = names.map((name, place) => ({
      bytes: bytesOf(name),
      whole: bytesOf(`,"${name}":`),
      bit: 1 << place,
      place,
    }));
    this.byLength = Array.from({ length: MOST_KEY + 1 }, (_, length) =>
      this.inOrder.filter((key) => key.bytes.length === length),
    );
  }

  /** The key that stands between `from` and `to`. */
  find(bytes: Uint8Array, from: number, to: number): Key | undefined {
    const length = to - from;
    if (length > MOST_KEY) return undefined;
    for (const key of this.byLength[length]) {
      let at = 0;
      while (at < length && bytes[from + at] === key.bytes[at]) at++;
      if (at === length) return key;
    }
    return undefined;
  }
}

const ASKS = 1;
const BIDS = 2;
const SNAPSHOT_TIME = 4;
const SNAPSHOT_KEYS = new Keys(['asks', 'bids', 'time']);

const TRADE_ID = 1;
const SIDE = 8;
const SIZE = 16;
const PRICE = 32;
const PRODUCT = 64;
const TRADE_TIME = 256;
const MATCH_KEYS = new Keys([
  'trade_id',
  'maker_order_id',
  'taker_order_id',
  'side',
  'size',
  'price',
  'product_id',
  'sequence',
  'time',
]);
/** Those a trade is made of; the others may be missing. */
const MATCH_NEEDS = TRADE_ID | SIDE | SIZE | PRICE | PRODUCT | TRADE_TIME;

/**
 * Scans the messages of the Exchange feed that come by the thousand, and whole books, which are megabytes. Answers
 * false at the first thing it does not expect, before the sink has heard of the message: the strict decoder is to read
 * it then.
 */
export class CoinbaseScanner {
  private readonly scanner = new Scanner();
  private readonly scratch = makeScratch();
  private readonly symbols = new SymbolTable();
  /** Keys of the message at hand that were met, and the place of the one that should come next. */
  private seen = 0;
  private due = 0;

  /** Scan one message into the sink. */
  scan(text: string, sink: DecodeSink): boolean {
    if (text.startsWith(CHANGES_HEAD)) return this.scanChanges(text, sink);
    if (text.startsWith(MATCH_HEAD)) return this.scanMatch(text, MATCH_HEAD.length, false, sink);
    if (text.startsWith(SNAPSHOT_HEAD)) return this.scanWhole(text, sink);
    if (text.startsWith(LAST_MATCH_HEAD)) return this.scanMatch(text, LAST_MATCH_HEAD.length, true, sink);
    return false;
  }

  private scanChanges(text: string, sink: DecodeSink): boolean {
    const { scanner } = this;
    const { diff } = this.scratch;
    const end = text.indexOf('"', CHANGES_HEAD.length);
    const known = this.symbols.find(text, CHANGES_HEAD.length, end);
    const grid = known === null ? null : sink.grid(known.symbol);
    if (known === null || grid === null || !scanner.load(text)) return false;
    scanner.enter(end);
    diff.bids.clear();
    diff.asks.clear();
    if (!scanner.sameBytes(CHANGES) || !this.changes(grid) || !scanner.sameBytes(TIME)) return false;
    diff.eventTime = this.time(text);
    if (!isTime(diff.eventTime) || !scanner.ends(1)) return false;
    diff.first = NO_SEQUENCE;
    diff.last = NO_SEQUENCE;
    sink.diff(known.symbol, diff);
    return true;
  }

  /** The changes behind their opening bracket, the closing one stepped over. */
  private changes({ priceDecimals, lotDecimals }: Grid): boolean {
    const { scanner } = this;
    const { bids, asks } = this.scratch.diff;
    if (scanner.bytes[scanner.at] === CLOSE) {
      scanner.at++;
      return true;
    }
    for (;;) {
      const isBid = scanner.bytes[scanner.at + 2] === BUY[2];
      if (!scanner.sameBytes(isBid ? BUY : SELL)) return false;
      const ticks = scanner.decimal(priceDecimals);
      if (ticks <= 0 || scanner.bytes[scanner.at] !== COMMA) return false;
      scanner.at++;
      const lots = scanner.decimal(lotDecimals);
      if (lots < 0 || scanner.bytes[scanner.at] !== CLOSE) return false;
      (isBid ? bids : asks).push(ticks, lots);
      const next = scanner.bytes[scanner.at + 1];
      scanner.at += 2;
      if (next === CLOSE) return true;
      if (next !== COMMA) return false;
    }
  }

  /** A whole book may be larger than anything else that is scanned: room for it is made and given back. */
  private scanWhole(text: string, sink: DecodeSink): boolean {
    const { scanner } = this;
    if (text.length < MAX_SCANNED) return this.scanSnapshot(text, sink);
    if (text.length > ANSWER_LIMITS.length) return false;
    const held = scanner.bytes;
    scanner.bytes = new Uint8Array(text.length + 1);
    const isTaken = this.scanSnapshot(text, sink);
    scanner.bytes = held;
    return isTaken;
  }

  private scanSnapshot(text: string, sink: DecodeSink): boolean {
    const { scanner } = this;
    const { book } = this.scratch;
    const end = text.indexOf('"', SNAPSHOT_HEAD.length);
    const known = this.symbols.find(text, SNAPSHOT_HEAD.length, end);
    const grid = known === null ? null : sink.grid(known.symbol);
    if (known === null || grid === null || !scanner.load(text)) return false;
    scanner.enter(end + 1);
    book.bids.clear();
    book.asks.clear();
    book.eventTime = 0;
    this.seen = 0;
    this.due = 0;
    for (let key = this.key(SNAPSHOT_KEYS); key > 0; key = this.key(SNAPSHOT_KEYS)) {
      if (key === SNAPSHOT_TIME) {
        book.eventTime = this.time(text);
        if (!isTime(book.eventTime)) return false;
        continue;
      }
      const side = key === BIDS ? book.bids : book.asks;
      if (!scanner.levels(side, grid.priceDecimals, grid.lotDecimals) || side.count > MAX_LEVELS) return false;
    }
    if ((this.seen & (BIDS | ASKS)) !== (BIDS | ASKS) || !scanner.ends(1)) return false;
    sink.book(known.symbol, book);
    return true;
  }

  private scanMatch(text: string, from: number, initial: boolean, sink: DecodeSink): boolean {
    const { scanner } = this;
    const { trade } = this.scratch;
    if (!scanner.load(text)) return false;
    scanner.enter(from);
    this.seen = 0;
    this.due = 0;
    let symbol = '';
    // Price and size may stand before the product whose grid they are read on.
    let price = 0;
    let size = 0;
    for (let key = this.key(MATCH_KEYS); key > 0; key = this.key(MATCH_KEYS)) {
      switch (key) {
        case TRADE_ID:
          trade.id = scanner.integer();
          if (trade.id < 0) return false;
          break;
        case SIDE:
          // The maker's: who rested on the ask was bought from.
          if (scanner.literal('"sell"')) trade.aggressor = BUYER;
          else if (scanner.literal('"buy"')) trade.aggressor = SELLER;
          else return false;
          break;
        case PRICE:
          price = scanner.at;
          if (scanner.text() < 0) return false;
          break;
        case SIZE:
          size = scanner.at;
          if (scanner.text() < 0) return false;
          break;
        case PRODUCT: {
          const start = scanner.text();
          const known = start < 0 ? null : this.symbols.find(text, start, scanner.at - 1);
          if (known === null) return false;
          symbol = known.symbol;
          break;
        }
        case TRADE_TIME:
          trade.time = this.time(text);
          if (!isTime(trade.time)) return false;
          break;
        default:
          // Order ids and the sequence of another channel.
          if (!scanner.skip()) return false;
      }
    }
    if ((this.seen & MATCH_NEEDS) !== MATCH_NEEDS || !scanner.ends(1)) return false;
    return this.emitTrade(symbol, price, size, initial, sink);
  }

  private emitTrade(symbol: string, price: number, size: number, initial: boolean, sink: DecodeSink): boolean {
    const { scanner } = this;
    const { trade } = this.scratch;
    const grid = sink.grid(symbol);
    if (grid === null) return false;
    scanner.at = price;
    trade.ticks = scanner.decimal(grid.priceDecimals);
    scanner.at = size;
    trade.lots = scanner.decimal(grid.lotDecimals);
    if (trade.ticks <= 0 || trade.lots <= 0) return false;
    trade.firstId = trade.id;
    trade.eventTime = trade.time;
    trade.initial = initial;
    sink.trade(symbol, trade);
    return true;
  }

  /**
   * Step over the comma, one of the keys and its colon.
   * @returns its bit; `SURPRISE`, and nothing stepped over, at any other or at one met before
   */
  private key(keys: Keys): number {
    const { scanner } = this;
    const { bytes, at } = scanner;
    if (bytes[at] !== COMMA) return SURPRISE;
    const due = keys.inOrder[this.due];
    if (due !== undefined && (this.seen & due.bit) === 0 && scanner.sameBytes(due.whole)) return this.took(due);
    scanner.at = at + 1;
    const start = scanner.text();
    const key = start < 0 ? undefined : keys.find(bytes, start, scanner.at - 1);
    if (key === undefined || (this.seen & key.bit) !== 0 || bytes[scanner.at] !== COLON) {
      // The comma must not pass for the end of the object.
      scanner.at = at;
      return SURPRISE;
    }
    scanner.at++;
    return this.took(key);
  }

  private took(key: Key): number {
    this.seen |= key.bit;
    this.due = key.place + 1;
    return key.bit;
  }

  /** A quoted time in whole milliseconds; NaN when it is none. */
  private time(text: string): number {
    const start = this.scanner.text();
    // ASCII throughout: places in the bytes are places in the text.
    return start < 0 ? Number.NaN : Math.floor(isoMillis(text, start, this.scanner.at - 1));
  }
}

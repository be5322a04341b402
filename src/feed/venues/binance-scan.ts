import type { Grid } from '@/market/instrument.ts';
import { isInterval } from '@/market/time.ts';
import { BUYER, SELLER } from '@/market/trade.ts';
import { keyCode, keySet, Scanner } from '../scan.ts';
import { type BinanceFlavour, isSoundCandle } from './binance-strict.ts';
import { makeScratch } from './decode-scratch.ts';
import { type Head, HeadTable } from './head-table.ts';
import { isTime } from './strict-fields.ts';
import { isStreamOf, SymbolTable } from './symbol-table.ts';
import type { CandleEvent, DecodeSink, Quote } from './venue.ts';

const WRAP = '{"stream":"';
const DATA = '","data":{';
const QUOTE = 34;
const OPEN = 123;
const END = 125;

/** Channels by kind: a message of the kind comes on that stream of its symbol. */
const CHANNELS = ['depth', 'trade', 'aggTrade', 'bookTicker', 'kline', 'bookTicker'] as const;
/** How the body of each kind begins; spot's best prices state no kind. */
const STATED = [
  '"e":"depthUpdate"',
  '"e":"trade"',
  '"e":"aggTrade"',
  '"e":"bookTicker","u":',
  '"e":"kline"',
  '"u":',
] as const;
const DEPTH = 0;
const TRADE = 1;
const AGGREGATE = 2;
const BEST = 3;
const CANDLE = 4;

const PU = keyCode('pu');
/** Keys newer futures messages carry beside the known ones. */
const NQ = keyCode('nq');
const ST = keyCode('st');
const PS = keyCode('ps');

const DEPTH_KEYS = { spot: keySet('E s U u b a'), usdm: keySet('E s U u b a pu') };
const TRADE_KEYS = { spot: keySet('E T s t p q m'), usdm: keySet('E T s t p q m X') };
const AGGREGATE_KEYS = keySet('E T s a f l p q m');
const BEST_KEYS = keySet('u s b B a A');
const CANDLE_KEYS = keySet('E s k');
const BAR_KEYS = keySet('t T s i f L o c h l v n x');

/**
 * Scans the kinds of Binance message that come by the thousand, keys in any order as long as the symbol stands before
 * its figures. Every method answers false, or null, at the first thing it does not expect, before the sink has heard of
 * the message: the strict decoder is to read it then.
 */
export class BinanceScanner {
  private readonly flavour: BinanceFlavour;
  private readonly scanner = new Scanner();
  private readonly scratch = makeScratch();
  private readonly symbols = new SymbolTable();
  private readonly heads = new HeadTable();
  /** How the message at hand begins, when that is known. */
  private head: Head | null = null;
  /** Of the message at hand: where its stream's name ends, -1 when it came bare. */
  private streamEnd = -1;
  private symbol = '';

  constructor(flavour: BinanceFlavour) {
    this.flavour = flavour;
  }

  /** Scan one message into the sink. */
  scan(text: string, sink: DecodeSink): boolean {
    this.head = this.heads.find(text);
    if (this.head !== null) {
      this.streamEnd = this.head.streamEnd;
      return this.scanBody(text, this.head.kind, this.head.text.length, sink);
    }
    const body = this.enter(text);
    if (body < 0) return false;
    for (let kind = 0; kind < STATED.length; kind++) {
      if (!text.startsWith(STATED[kind], body)) continue;
      const from = body + STATED[kind].length;
      if (!this.scanBody(text, kind, from, sink)) return false;
      if (this.streamEnd >= 0) this.heads.add(text, from, kind, this.symbol, this.streamEnd);
      return true;
    }
    return false;
  }

  private scanBody(text: string, kind: number, from: number, sink: DecodeSink): boolean {
    switch (kind) {
      case DEPTH:
        return this.scanDepth(text, from, sink);
      case TRADE:
        return this.scanTrade(text, from, sink);
      case AGGREGATE:
        return this.scanAggregate(text, from, sink);
      case CANDLE:
        return this.scanCandle(text, from, sink);
      default:
        return this.glanceBest(text, from, sink);
    }
  }

  /** Scan a best-price message whole, on a grid. Zeros (an empty side) are left to the strict reader. */
  scanBest(text: string, grid: Grid): Quote | null {
    const { scanner } = this;
    const stated = '"e":"bookTicker"';
    const body = this.enter(text);
    this.head = null;
    if (body < 0 || !scanner.load(text)) return null;
    const isStated = text.startsWith(stated, body);
    if (!isStated && !text.startsWith('"u":', body)) return null;
    scanner.enter(isStated ? body + stated.length : body);
    let bidTicks = 0;
    let bidLots = 0;
    let askTicks = 0;
    let askLots = 0;
    for (let key = isStated ? scanner.key() : scanner.firstKey(); key >= 0; key = scanner.key()) {
      switch (key) {
        case 117: // u
          if (scanner.integer() < 0) return null;
          break;
        case 115: // s
          if (!this.takeSymbol(text, BEST)) return null;
          break;
        case 98: // b
          bidTicks = scanner.decimal(grid.priceDecimals);
          break;
        case 66: // B
          bidLots = scanner.decimal(grid.lotDecimals);
          break;
        case 97: // a
          askTicks = scanner.decimal(grid.priceDecimals);
          break;
        case 65: // A
          askLots = scanner.decimal(grid.lotDecimals);
          break;
        case 69: // E
        case 84: // T
          if (!isTime(scanner.integer())) return null;
          break;
        default:
          if ((key !== ST && key !== PS) || !scanner.skip()) return null;
      }
    }
    if (bidTicks <= 0 || bidLots <= 0 || askTicks <= 0 || askLots <= 0) return null;
    return this.isComplete(scanner.hasKeys(BEST_KEYS)) ? { bidTicks, bidLots, askTicks, askLots } : null;
  }

  /** @returns where the body's first key begins, -1 when the beginning is not plain */
  private enter(text: string): number {
    this.streamEnd = -1;
    if (!text.startsWith(WRAP)) return text.charCodeAt(0) === OPEN ? 1 : -1;
    this.streamEnd = text.indexOf('"', WRAP.length);
    return text.startsWith(DATA, this.streamEnd) ? this.streamEnd + DATA.length : -1;
  }

  private isComplete(hasAllKeys: boolean): boolean {
    return hasAllKeys && this.scanner.ends(this.streamEnd >= 0 ? 2 : 1);
  }

  /** Check a best price at its ends only: the rest is read when somebody compares it. */
  private glanceBest(text: string, from: number, sink: DecodeSink): boolean {
    let at = from;
    let id = 0;
    let digit = text.charCodeAt(at) - 48;
    if (digit === 0) return false;
    while (digit >= 0 && digit <= 9) {
      id = id * 10 + digit;
      digit = text.charCodeAt(++at) - 48;
    }
    if (at === from || at > from + 15 || !text.startsWith(',"s":"', at)) return false;
    const { length } = text;
    if (text.charCodeAt(length - 1) !== END) return false;
    if (this.streamEnd >= 0 && text.charCodeAt(length - 2) !== END) return false;
    const start = at + 6;
    if (this.head !== null) {
      const end = start + this.head.symbol.length;
      if (!text.startsWith(this.head.symbol, start) || text.charCodeAt(end) !== QUOTE) return false;
      this.symbol = this.head.symbol;
    } else if (!this.isSymbol(text, start, text.indexOf('"', start), BEST)) return false;
    if (sink.grid(this.symbol) === null) return false;
    sink.quote(this.symbol, id, text);
    return true;
  }

  private scanDepth(text: string, from: number, sink: DecodeSink): boolean {
    const { scanner } = this;
    const { diff } = this.scratch;
    if (!scanner.load(text)) return false;
    scanner.enter(from);
    diff.bids.clear();
    diff.asks.clear();
    let grid: Grid | null = null;
    let previous = -1;
    for (let key = scanner.key(); key >= 0; key = scanner.key()) {
      switch (key) {
        case 69: // E
          diff.eventTime = scanner.integer();
          if (!isTime(diff.eventTime)) return false;
          break;
        case 84: // T
          if (!isTime(scanner.integer())) return false;
          break;
        case 115: // s
          if (!this.takeSymbol(text, DEPTH)) return false;
          grid = sink.grid(this.symbol);
          break;
        case 85: // U
          diff.first = scanner.integer();
          break;
        case 117: // u
          diff.last = scanner.integer();
          break;
        case PU:
          previous = scanner.integer();
          if (previous < 0) return false;
          break;
        case 98: // b
        case 97: // a
          if (grid === null) return false;
          if (!scanner.levels(key === 98 ? diff.bids : diff.asks, grid.priceDecimals, grid.lotDecimals)) return false;
          break;
        default:
          if ((key !== ST && key !== PS) || !scanner.skip()) return false;
      }
    }
    if (diff.first < 0 || diff.first > diff.last) return false;
    if (!this.isComplete(scanner.hasKeys(DEPTH_KEYS[this.flavour]))) return false;
    diff.previous = this.flavour === 'usdm' ? previous : -1;
    sink.diff(this.symbol, diff);
    return true;
  }

  private scanTrade(text: string, from: number, sink: DecodeSink): boolean {
    const { scanner } = this;
    const { trade } = this.scratch;
    if (!scanner.load(text)) return false;
    scanner.enter(from);
    let grid: Grid | null = null;
    for (let key = scanner.key(); key >= 0; key = scanner.key()) {
      switch (key) {
        case 115: // s
          if (!this.takeSymbol(text, TRADE)) return false;
          grid = sink.grid(this.symbol);
          break;
        case 116: // t
          trade.id = scanner.integer();
          break;
        case 88: // X
          if (!scanner.literal('"MARKET"')) return false;
          break;
        default:
          if (!this.scanTradeField(key, grid)) return false;
      }
    }
    trade.firstId = trade.id;
    return trade.id >= 0 && this.emitTrade(scanner.hasKeys(TRADE_KEYS[this.flavour]), false, sink);
  }

  private scanAggregate(text: string, from: number, sink: DecodeSink): boolean {
    const { scanner } = this;
    const { trade } = this.scratch;
    if (!scanner.load(text)) return false;
    scanner.enter(from);
    let grid: Grid | null = null;
    for (let key = scanner.key(); key >= 0; key = scanner.key()) {
      switch (key) {
        case 115: // s
          if (!this.takeSymbol(text, AGGREGATE)) return false;
          grid = sink.grid(this.symbol);
          break;
        case 97: // a
          if (scanner.integer() < 0) return false;
          break;
        case 102: // f
          trade.firstId = scanner.integer();
          break;
        case 108: // l
          trade.id = scanner.integer();
          break;
        default:
          if (!this.scanTradeField(key, grid)) return false;
      }
    }
    if (trade.firstId < 0 || trade.firstId > trade.id) return false;
    return this.emitTrade(scanner.hasKeys(AGGREGATE_KEYS), true, sink);
  }

  /** Fields that trades and aggregates share. */
  private scanTradeField(key: number, grid: Grid | null): boolean {
    const { scanner } = this;
    const { trade } = this.scratch;
    switch (key) {
      case 69: // E
        trade.eventTime = scanner.integer();
        return isTime(trade.eventTime);
      case 84: // T
        trade.time = scanner.integer();
        return isTime(trade.time);
      case 112: // p
        trade.ticks = grid === null ? 0 : scanner.decimal(grid.priceDecimals);
        return trade.ticks > 0;
      case 113: // q
        trade.lots = grid === null ? 0 : scanner.decimal(grid.lotDecimals);
        return trade.lots > 0;
      case 109: {
        // m
        const isBuyerMaker = scanner.truth();
        trade.aggressor = isBuyerMaker === 1 ? SELLER : BUYER;
        return isBuyerMaker >= 0;
      }
      case 77: // M
      case NQ:
      case ST:
      case PS:
        return scanner.skip();
      default:
        return false;
    }
  }

  private emitTrade(hasAllKeys: boolean, aggregated: boolean, sink: DecodeSink): boolean {
    if (!this.isComplete(hasAllKeys)) return false;
    const { trade } = this.scratch;
    trade.wideLots = 0n;
    trade.aggregated = aggregated;
    sink.trade(this.symbol, trade);
    return true;
  }

  private scanCandle(text: string, from: number, sink: DecodeSink): boolean {
    const { scanner } = this;
    if (!scanner.load(text)) return false;
    scanner.enter(from);
    let grid: Grid | null = null;
    let eventTime = 0;
    let candle: CandleEvent | null = null;
    for (let key = scanner.key(); key >= 0; key = scanner.key()) {
      switch (key) {
        case 69: // E
          eventTime = scanner.integer();
          if (!isTime(eventTime)) return false;
          break;
        case 115: // s
          if (!this.takeSymbol(text, CANDLE)) return false;
          grid = sink.grid(this.symbol);
          break;
        case 107: {
          // k: the last key of the message, so that its own keys do not mix with those around it
          if (grid === null || !scanner.hasKeys(CANDLE_KEYS)) return false;
          candle = this.scanBar(text, eventTime, grid);
          if (candle === null || !scanner.ends(this.streamEnd >= 0 ? 3 : 2)) return false;
          sink.candle(this.symbol, candle);
          return true;
        }
        default:
          if ((key !== ST && key !== PS) || !scanner.skip()) return false;
      }
    }
    return false;
  }

  private scanBar(text: string, eventTime: number, grid: Grid): CandleEvent | null {
    const { scanner } = this;
    if (scanner.bytes[scanner.at] !== OPEN) return null;
    scanner.enter(scanner.at + 1);
    const bar = { t: 0, o: 0, h: 0, l: 0, c: 0, v: 0, n: 0, firstId: 0, lastId: 0, closed: 0 };
    let interval = '';
    for (let key = scanner.firstKey(); key >= 0; key = scanner.key()) {
      switch (key) {
        case 116: // t
          bar.t = scanner.integer();
          break;
        case 84: // T
          if (!isTime(scanner.integer())) return null;
          break;
        case 115: // s
          if (!scanner.literal(`"${this.symbol}"`)) return null;
          break;
        case 105: {
          // i
          const start = scanner.text();
          if (start < 0) return null;
          interval = text.slice(start, scanner.at - 1);
          break;
        }
        case 102: // f
          bar.firstId = scanner.integer();
          break;
        case 76: // L
          bar.lastId = scanner.integer();
          break;
        case 111: // o
          bar.o = scanner.decimal(grid.priceDecimals);
          break;
        case 99: // c
          bar.c = scanner.decimal(grid.priceDecimals);
          break;
        case 104: // h
          bar.h = scanner.decimal(grid.priceDecimals);
          break;
        case 108: // l
          bar.l = scanner.decimal(grid.priceDecimals);
          break;
        case 118: // v
          bar.v = scanner.decimal(grid.lotDecimals);
          break;
        case 110: // n
          bar.n = scanner.integer();
          break;
        case 120: // x
          bar.closed = scanner.truth();
          break;
        case 113: // q
        case 86: // V
        case 81: // Q
        case 66: // B
          if (scanner.text() < 0) return null;
          break;
        default:
          return null;
      }
    }
    const { t, o, h, l, c, v, n, firstId, lastId, closed } = bar;
    if (!scanner.hasKeys(BAR_KEYS) || !isInterval(interval) || !isTime(t)) return null;
    if (o <= 0 || h <= 0 || l <= 0 || c <= 0 || v < 0 || n < 0 || firstId < 0 || lastId < 0 || closed < 0) return null;
    if (this.streamEnd >= 0 && !text.slice(0, this.streamEnd).endsWith(`_${interval}`)) return null;
    const candle = { interval, t, o, h, l, c, v, n, firstId, lastId, closed: closed === 1, eventTime };
    return isSoundCandle(candle) ? candle : null;
  }

  /** Step over the quoted symbol at hand and make it the message's own. */
  private takeSymbol(text: string, kind: number): boolean {
    const { scanner, head } = this;
    if (head !== null) {
      this.symbol = head.symbol;
      return scanner.sameBytes(head.quoted);
    }
    const start = scanner.text();
    return start >= 0 && this.isSymbol(text, start, scanner.at - 1, kind);
  }

  private isSymbol(text: string, from: number, to: number, kind: number): boolean {
    const known = this.symbols.find(text, from, to);
    if (known === null) return false;
    this.symbol = known.symbol;
    if (this.streamEnd < 0) return true;
    return isStreamOf(known, kind, CHANNELS[kind], text, WRAP.length, this.streamEnd);
  }
}

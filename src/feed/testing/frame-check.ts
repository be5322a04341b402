import type { FeedState } from '@/market/feed-state.ts';
import type { BookFrame, InstrumentFrame } from '@/protocol/frame.ts';
import type { MirrorExchange } from './mirror-exchange.ts';
import { type BookState, digestOf, type LevelText } from './reference-book.ts';

/** Holds everything a feed publishes against the exchange as it really was. */
export class FrameCheck {
  frames = 0;
  liveFrames = 0;
  last: InstrumentFrame | null = null;
  readonly states = new Set<FeedState>();
  /** States inside an event, which the exchange does not list. */
  readonly insideStates = new Map<number, BookState>();
  /** A book older than this may not be called live: something after it is known to be lost. */
  private floor = -1;
  private floorFrom = 0;
  private shown = -1;
  private grid = { priceDecimals: 0, lotDecimals: 0, epoch: 0 };

  constructor(
    private readonly exchange: MirrorExchange,
    private readonly now: () => number,
  ) {}

  /** From `from` on, a book older than `id` is not the market's, and whoever listens has learnt it. */
  nothingBefore(id: number, from = 0): void {
    this.floor = Math.max(this.floor, id);
    this.floorFrom = Math.max(this.floorFrom, from);
  }

  /** @throws Error when the frame says what is not so */
  part(part: InstrumentFrame): void {
    this.frames++;
    this.last = part;
    if (part.info) this.grid = part.info.grid;
    const { state } = part.status.book;
    this.states.add(state);
    if (part.book) this.book(part.book);
    if (state !== 'live' && state !== 'lagging') return;
    this.liveFrames++;
    if (this.shown < 0) throw new Error('live before any book');
    const isHeld = this.now() < this.floorFrom;
    if (this.shown < this.floor && !isHeld) throw new Error(`live at ${this.shown} though ${this.floor} is lost`);
  }

  /** Whatever the frames say, the book held is right whenever it is called proven. @throws Error when it is not */
  digest(digest: { readonly text: string; readonly sequence: string } | null): void {
    if (!digest) return;
    if (digest.text !== this.stateAt(Number(digest.sequence))?.digest) {
      throw new Error(`the book held at ${digest.sequence} differs`);
    }
  }

  private stateAt(sequence: number): BookState | undefined {
    return this.exchange.at(sequence) ?? this.insideStates.get(sequence);
  }

  private book(book: BookFrame): void {
    const sequence = Number(book.sequence);
    const state = this.stateAt(sequence);
    if (!state) throw new Error(`a book at ${sequence}, where the exchange had none`);
    if (book.epoch !== this.grid.epoch) throw new Error('a book of another grid');
    if (state.isCrossed) throw new Error(`a crossed book at ${sequence}`);
    const { top } = book;
    const bids = this.levels(top.bidTicks, top.bidLots, top.wideBids);
    const asks = this.levels(top.askTicks, top.askLots, top.wideAsks);
    const said = digestOf(bids, asks);
    if (said !== state.digest) throw new Error(`the book at ${sequence} is\n${said}and should be\n${state.digest}`);
    if (book.bidLevels !== state.bids.length || book.askLevels !== state.asks.length)
      throw new Error('wrong level counts');
    if (sequence < this.shown) throw new Error(`sequence went back from ${this.shown} to ${sequence}`);
    this.shown = sequence;
  }

  private levels(ticks: Float64Array, lots: Float64Array, wide: BookFrame['top']['wideBids']): LevelText[] {
    const texts = new Map(wide);
    return Array.from(ticks, (price, i) => [
      decimalText(BigInt(price), this.grid.priceDecimals),
      decimalText(lots[i] === -1 ? BigInt(texts.get(i) ?? '0') : BigInt(lots[i]), this.grid.lotDecimals),
    ]);
  }
}

function decimalText(value: bigint, decimals: number): string {
  const digits = value.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

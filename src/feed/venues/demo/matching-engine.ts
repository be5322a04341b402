import { BookSide, enlarged, type Side } from './book-side';
import type { Accepted, Amended, Cancelled, Fill, OpenOrder, OrderRequest, Rejected, RejectReason } from './order';

/** Settings of an engine. */
export interface EngineOptions {
  /** Id of the first trade; the following ones count up by one. */
  readonly firstTradeId: number;
  /** Update id before the first level change; each change of a level's total counts it up by one. */
  readonly firstUpdateId: number;
  /** Told of every fill, in order, while the matching that made it is under way; it must not send orders. */
  readonly onFill?: (fill: Fill) => void;
}

const NO_FILLS: readonly Fill[] = [];

/**
 * A price-time-priority matching engine for one instrument, in integer ticks and lots.
 *
 * An arriving order trades with the best opposite level first and within a level with the oldest order first, always at
 * the resting price. Self-trade prevention is *cancel newest*: when the next order to trade with belongs to the same
 * owner, what is left of the arriving order is cancelled and the resting one stays. The book is therefore never crossed
 * or locked.
 */
export class MatchingEngine {
  #updateId: number;
  #nextTradeId: number;
  readonly #onFill: ((fill: Fill) => void) | undefined;
  readonly #bids = new BookSide('bid');
  readonly #asks = new BookSide('ask');
  readonly #handles = new Map<number, number>();
  #ids = new Float64Array(1024);
  #owners = new Float64Array(1024);
  #lots = new Float64Array(1024);
  #slots = new Int32Array(1024);
  #next = new Int32Array(1024);
  #previous = new Int32Array(1024);
  /** Bit 0: ask. Bit 1: post-only. */
  #flags = new Uint8Array(1024);
  #free: number[] = [];
  #used = 0;

  constructor(options: EngineOptions) {
    this.#updateId = options.firstUpdateId;
    this.#nextTradeId = options.firstTradeId;
    this.#onFill = options.onFill;
  }

  /** Counts every change of a level's total; the state of the book has this number. */
  get updateId(): number {
    return this.#updateId;
  }

  /** Id the next trade will get. */
  get nextTradeId(): number {
    return this.#nextTradeId;
  }

  /** Orders now resting, on both sides together. */
  get openOrders(): number {
    return this.#handles.size;
  }

  /** Best price of a side in ticks, or 0 where the side is empty. */
  bestTicks(side: Side): number {
    const book = this.#side(side);
    return book.length === 0 ? 0 : book.ticks[book.slotAt(0)];
  }

  /** Total size at the best price, or 0 where the side is empty. */
  bestLots(side: Side): number {
    const book = this.#side(side);
    return book.length === 0 ? 0 : book.lots[book.slotAt(0)];
  }

  /** Number of levels of a side. */
  levelCount(side: Side): number {
    return this.#side(side).length;
  }

  /** Total size at a price, 0 where nothing rests. */
  lotsAt(side: Side, ticks: number): number {
    const book = this.#side(side);
    const slot = book.slotOf(ticks);
    return slot < 0 ? 0 : book.lots[slot];
  }

  /** Calls `visit` for the best `limit` levels, best first. */
  eachLevel(side: Side, limit: number, visit: (ticks: number, lots: number) => void): void {
    const book = this.#side(side);
    const count = Math.min(limit, book.length);
    for (let rank = 0; rank < count; rank++) {
      const slot = book.slotAt(rank);
      visit(book.ticks[slot], book.lots[slot]);
    }
  }

  /** The order first in line at the best price of a side, or null. */
  frontOrder(side: Side): OpenOrder | null {
    const book = this.#side(side);
    return book.length === 0 ? null : this.#read(book.head[book.slotAt(0)]);
  }

  /** An open order by its id, or null. */
  order(id: number): OpenOrder | null {
    const handle = this.#handles.get(id);
    return handle === undefined ? null : this.#read(handle);
  }

  /** Price of an open order in ticks, or 0 when it is not open. The fast form of {@link order}. */
  ticksOf(id: number): number {
    const handle = this.#handles.get(id);
    return handle === undefined ? 0 : this.#book(handle).ticks[this.#slots[handle]];
  }

  /** Calls `visit` for the orders resting at a price, first in line first. */
  eachOrder(side: Side, ticks: number, visit: (order: OpenOrder) => void): void {
    const book = this.#side(side);
    const slot = book.slotOf(ticks);
    for (let handle = slot < 0 ? -1 : book.head[slot]; handle >= 0; handle = this.#next[handle]) {
      visit(this.#read(handle));
    }
  }

  /**
   * Size an order of the *other* side could take from `side` without going past `limitTicks` or meeting more than
   * `maxOrders` resting orders.
   */
  reachableLots(side: Side, limitTicks: number, maxOrders: number): number {
    const book = this.#side(side);
    let lots = 0;
    let left = maxOrders;
    for (let rank = 0; rank < book.length && left > 0; rank++) {
      const slot = book.slotAt(rank);
      if (book.ticks[slot] * book.sign < limitTicks * book.sign) break;
      for (let handle = book.head[slot]; handle >= 0 && left > 0; handle = this.#next[handle], left--) {
        lots += this.#lots[handle];
      }
    }
    return lots;
  }

  /** Enters an order. Never throws; a refusal is a value. */
  submit(request: OrderRequest): Accepted | Rejected {
    const reason = this.#objection(request);
    if (reason !== null) return { kind: 'rejected', id: request.id, reason };
    const isMarket = request.kind === 'market';
    const isAsk = request.side === 'ask';
    const ticks = request.ticks ?? 0;
    const limit = isMarket ? (isAsk ? 0 : Number.POSITIVE_INFINITY) : ticks;
    const rests = !isMarket && (request.timeInForce ?? 'gtc') === 'gtc';
    const outcome = this.#match(request.id, request.owner, isAsk, limit, request.lots);
    const left = request.lots - outcome.lots;
    if (left === 0 || !rests || outcome.metOwn) {
      return { kind: 'accepted', id: request.id, fills: outcome.fills, openLots: 0, cancelledLots: left };
    }
    this.#rest(request.id, request.owner, (isAsk ? 1 : 0) | (request.kind === 'post-only' ? 2 : 0), ticks, left);
    return { kind: 'accepted', id: request.id, fills: outcome.fills, openLots: left, cancelledLots: 0 };
  }

  /** Takes an open order out. With `owner` given it must be that owner's. */
  cancel(id: number, owner?: number): Cancelled | Rejected {
    const handle = this.#handles.get(id);
    if (handle === undefined) return { kind: 'rejected', id, reason: 'unknown-order' };
    if (owner !== undefined && owner !== this.#owners[handle]) return { kind: 'rejected', id, reason: 'not-owner' };
    const cancelledLots = this.#lots[handle];
    this.#remove(handle);
    return { kind: 'cancelled', id, cancelledLots };
  }

  /**
   * Changes the open size (`lots`, what shall be open from now on), the price, or both. A smaller size at the same price
   * keeps its place; a larger size or another price goes to the back, and another price may trade at once (a post-only
   * order is refused instead and stays as it was).
   */
  amend(id: number, change: { readonly lots?: number; readonly ticks?: number }, owner?: number): Amended | Rejected {
    const handle = this.#handles.get(id);
    if (handle === undefined) return { kind: 'rejected', id, reason: 'unknown-order' };
    if (owner !== undefined && owner !== this.#owners[handle]) return { kind: 'rejected', id, reason: 'not-owner' };
    if (change.lots === undefined && change.ticks === undefined) {
      return { kind: 'rejected', id, reason: 'nothing-to-amend' };
    }
    const book = this.#book(handle);
    const oldTicks = book.ticks[this.#slots[handle]];
    const ticks = change.ticks ?? oldTicks;
    const lots = change.lots ?? this.#lots[handle];
    const isAsk = (this.#flags[handle] & 1) === 1;
    const moved = ticks !== oldTicks;
    const reason =
      sizeObjection(lots) ??
      priceObjection(ticks) ??
      (this.#tooLarge(isAsk, ticks, moved ? lots : lots - this.#lots[handle]) ? 'size-too-large' : null) ??
      (moved && (this.#flags[handle] & 2) !== 0 && this.#crosses(isAsk, ticks) ? 'would-cross' : null);
    if (reason !== null) return { kind: 'rejected', id, reason };
    if (moved) return this.#reprice(handle, ticks, lots);
    const keptPriority = lots <= this.#lots[handle];
    if (lots !== this.#lots[handle]) this.#resize(handle, lots, keptPriority);
    return { kind: 'amended', id, keptPriority, fills: NO_FILLS, openLots: lots, cancelledLots: 0 };
  }

  /** True if some level changed since the last {@link takeChanges} or {@link forgetChanges}. */
  hasChanges(): boolean {
    return this.#bids.hasChanged() || this.#asks.hasChanged();
  }

  /** Prices whose level changed since the last call, nearest the touch first, once each. */
  takeChanges(): { readonly bids: number[]; readonly asks: number[] } {
    return { bids: this.#bids.takeChanged(), asks: this.#asks.takeChanged() };
  }

  /** Starts a new diff without reading the old one. */
  forgetChanges(): void {
    this.#bids.forgetChanged();
    this.#asks.forgetChanged();
  }

  #side(side: Side): BookSide {
    return side === 'bid' ? this.#bids : this.#asks;
  }

  #book(handle: number): BookSide {
    return (this.#flags[handle] & 1) === 1 ? this.#asks : this.#bids;
  }

  #read(handle: number): OpenOrder {
    return {
      id: this.#ids[handle],
      owner: this.#owners[handle],
      side: (this.#flags[handle] & 1) === 1 ? 'ask' : 'bid',
      ticks: this.#book(handle).ticks[this.#slots[handle]],
      openLots: this.#lots[handle],
      postOnly: (this.#flags[handle] & 2) !== 0,
    };
  }

  #objection(request: OrderRequest): RejectReason | null {
    if (this.#handles.has(request.id)) return 'duplicate-id';
    const size = sizeObjection(request.lots);
    if (size !== null) return size;
    const isAsk = request.side === 'ask';
    const force = request.timeInForce;
    if (request.kind === 'market') {
      if (force === 'gtc') return 'time-in-force';
      return this.#takeObjection(request, isAsk ? 0 : Number.POSITIVE_INFINITY);
    }
    if (request.ticks === undefined) return 'price-missing';
    const price = priceObjection(request.ticks);
    if (price !== null) return price;
    if (request.kind === 'post-only') {
      if (force !== undefined && force !== 'gtc') return 'time-in-force';
      if (this.#crosses(isAsk, request.ticks)) return 'would-cross';
    }
    if (force === 'ioc' || force === 'fok') return this.#takeObjection(request, request.ticks);
    return this.#tooLarge(isAsk, request.ticks, request.lots) ? 'size-too-large' : null;
  }

  /** An order that must take finds nothing to take, or as `fok` not enough of it. */
  #takeObjection(request: OrderRequest, limit: number): RejectReason | null {
    const against = request.side === 'ask' ? this.#bids : this.#asks;
    const reaches = against.length > 0 && against.ticks[against.slotAt(0)] * against.sign >= limit * against.sign;
    if (!reaches) return 'no-liquidity';
    return request.timeInForce === 'fok' && !this.#canFill(request, against, limit) ? 'no-liquidity' : null;
  }

  #canFill(request: OrderRequest, against: BookSide, limit: number): boolean {
    let needed = request.lots;
    for (let rank = 0; rank < against.length; rank++) {
      const slot = against.slotAt(rank);
      if (against.ticks[slot] * against.sign < limit * against.sign) return false;
      for (let handle = against.head[slot]; handle >= 0; handle = this.#next[handle]) {
        if (this.#owners[handle] === request.owner) return false;
        needed -= this.#lots[handle];
        if (needed <= 0) return true;
      }
    }
    return false;
  }

  #crosses(isAsk: boolean, ticks: number): boolean {
    const against = isAsk ? this.#bids : this.#asks;
    if (against.length === 0) return false;
    const best = against.ticks[against.slotAt(0)];
    return isAsk ? ticks <= best : ticks >= best;
  }

  /** A level's total must stay an exact integer. */
  #tooLarge(isAsk: boolean, ticks: number, added: number): boolean {
    return this.lotsAt(isAsk ? 'ask' : 'bid', ticks) + added > Number.MAX_SAFE_INTEGER;
  }

  #match(id: number, owner: number, isAsk: boolean, limit: number, lots: number) {
    const against = isAsk ? this.#bids : this.#asks;
    let fills: Fill[] | null = null;
    let left = lots;
    let metOwn = false;
    while (left > 0 && against.length > 0 && !metOwn) {
      const slot = against.slotAt(0);
      if (against.ticks[slot] * against.sign < limit * against.sign) break;
      const maker = against.head[slot];
      metOwn = this.#owners[maker] === owner;
      if (metOwn) break;
      const size = Math.min(left, this.#lots[maker]);
      left -= size;
      fills ??= [];
      fills.push(this.#execute(against, slot, maker, size, id, owner));
    }
    return { fills: fills ?? NO_FILLS, lots: lots - left, metOwn };
  }

  #execute(book: BookSide, slot: number, maker: number, lots: number, takerId: number, takerOwner: number): Fill {
    const open = this.#lots[maker] - lots;
    const fill: Fill = {
      tradeId: this.#nextTradeId++,
      ticks: book.ticks[slot],
      lots,
      aggressor: book.sign === 1 ? 'seller' : 'buyer',
      makerId: this.#ids[maker],
      makerOwner: this.#owners[maker],
      makerOpenLots: open,
      takerId,
      takerOwner,
    };
    if (open === 0) this.#remove(maker);
    else this.#resize(maker, open, true);
    this.#onFill?.(fill);
    return fill;
  }

  #reprice(handle: number, ticks: number, lots: number): Amended {
    const id = this.#ids[handle];
    const owner = this.#owners[handle];
    const flags = this.#flags[handle];
    this.#remove(handle);
    const outcome = this.#match(id, owner, (flags & 1) === 1, ticks, lots);
    const left = lots - outcome.lots;
    const rests = left > 0 && !outcome.metOwn;
    if (rests) this.#rest(id, owner, flags, ticks, left);
    return {
      kind: 'amended',
      id,
      keptPriority: false,
      fills: outcome.fills,
      openLots: rests ? left : 0,
      cancelledLots: rests ? 0 : left,
    };
  }

  #rest(id: number, owner: number, flags: number, ticks: number, lots: number): void {
    const book = (flags & 1) === 1 ? this.#asks : this.#bids;
    const handle = this.#take();
    this.#handles.set(id, handle);
    this.#ids[handle] = id;
    this.#owners[handle] = owner;
    this.#flags[handle] = flags;
    this.#lots[handle] = lots;
    const slot = book.open(ticks);
    this.#slots[handle] = slot;
    this.#append(book, slot, handle);
    this.#change(book, slot, lots);
  }

  #append(book: BookSide, slot: number, handle: number): void {
    const last = book.tail[slot];
    this.#previous[handle] = last;
    this.#next[handle] = -1;
    if (last < 0) book.head[slot] = handle;
    else this.#next[last] = handle;
    book.tail[slot] = handle;
  }

  #unlink(book: BookSide, slot: number, handle: number): void {
    const before = this.#previous[handle];
    const after = this.#next[handle];
    if (before < 0) book.head[slot] = after;
    else this.#next[before] = after;
    if (after < 0) book.tail[slot] = before;
    else this.#previous[after] = before;
  }

  #change(book: BookSide, slot: number, addedLots: number): void {
    book.lots[slot] += addedLots;
    book.note(slot);
    this.#updateId++;
  }

  #resize(handle: number, lots: number, keepPlace: boolean): void {
    const book = this.#book(handle);
    const slot = this.#slots[handle];
    this.#change(book, slot, lots - this.#lots[handle]);
    this.#lots[handle] = lots;
    if (keepPlace) return;
    this.#unlink(book, slot, handle);
    this.#append(book, slot, handle);
  }

  #remove(handle: number): void {
    const book = this.#book(handle);
    const slot = this.#slots[handle];
    this.#unlink(book, slot, handle);
    this.#change(book, slot, -this.#lots[handle]);
    if (book.head[slot] < 0) book.close(slot);
    this.#handles.delete(this.#ids[handle]);
    this.#free.push(handle);
  }

  #take(): number {
    const reused = this.#free.pop();
    if (reused !== undefined) return reused;
    if (this.#used === this.#ids.length) this.#grow();
    return this.#used++;
  }

  #grow(): void {
    this.#ids = enlarged(this.#ids);
    this.#owners = enlarged(this.#owners);
    this.#lots = enlarged(this.#lots);
    this.#slots = enlarged(this.#slots);
    this.#next = enlarged(this.#next);
    this.#previous = enlarged(this.#previous);
    this.#flags = enlarged(this.#flags);
  }
}

function sizeObjection(lots: number): RejectReason | null {
  if (!(lots > 0)) return 'size-not-positive';
  if (lots > Number.MAX_SAFE_INTEGER) return 'size-too-large';
  return Number.isInteger(lots) ? null : 'size-off-step';
}

function priceObjection(ticks: number): RejectReason | null {
  if (!(ticks > 0)) return 'price-not-positive';
  return Number.isSafeInteger(ticks) ? null : 'price-off-step';
}

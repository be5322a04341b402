import type { Chance } from '../clock.ts';
import { type BookState, type LevelText, ReferenceBook } from './reference-book.ts';

/** The two dialects of the protocol. */
export type Flavour = 'spot' | 'usdm';

/** One change of the book: what it did and which update ids it has. */
export interface BookEvent {
  readonly first: number;
  readonly last: number;
  readonly previous: number;
  readonly changes: readonly (readonly [side: 'b' | 'a', price: string, size: string])[];
}

const CENTRE = 100_000_000;
const MILLIONTH = 6;
const FAR_BID = '1';
const FAR_ASK = '900';
const MOST_LEVELS = 12;

/** An exchange of one symbol that changes its book by chance and remembers every state it ever had. */
export class MirrorExchange {
  private readonly book = new ReferenceBook();
  private readonly states = new Map<number, BookState>();
  private readonly order: BookState[] = [];
  private lastEvent: { readonly event: BookEvent; readonly before: ReferenceBook } | null = null;
  private priceDecimals = 2;
  private sizeDecimals = 3;
  /** Id of the newest state. */
  id: number;

  constructor(
    readonly flavour: Flavour,
    private readonly chance: Chance,
  ) {
    this.id = 1_000 + this.below(1_000);
    this.book.set('b', FAR_BID, '5');
    this.book.set('a', FAR_ASK, '5');
    for (let i = 0; i < 3; i++) {
      this.book.set('b', this.price(CENTRE - 1_000_000 * (i + 1)), this.size());
      this.book.set('a', this.price(CENTRE + 1_000_000 * (i + 1)), this.size());
    }
    this.remember();
  }

  /** The state at an id; undefined for an id at which no event ended. */
  at(id: number): BookState | undefined {
    return this.states.get(id);
  }

  get newest(): BookState {
    return this.order[this.order.length - 1];
  }

  /** The state `back` events ago, the first when there were fewer. */
  past(back: number): BookState {
    return this.order[Math.max(0, this.order.length - 1 - back)];
  }

  /** The state inside the newest event: some of its changes are in, the id lies between its first and its last. */
  inside(): BookState {
    if (!this.lastEvent) return this.newest;
    const { event, before } = this.lastEvent;
    const half = before.copy();
    const count = Math.floor(event.changes.length / 2);
    for (const [side, price, size] of event.changes.slice(0, count)) half.set(side, price, size);
    const span = event.last - event.first + 1;
    const id = count === 0 ? event.first - 1 : event.first + Math.floor((span * count) / event.changes.length) - 1;
    return half.state(id);
  }

  /** Trade on a finer grid from now on. */
  refine(): void {
    if (this.chance() < 0.5) this.priceDecimals = Math.min(MILLIONTH, this.priceDecimals + 1);
    else this.sizeDecimals = Math.min(8, this.sizeDecimals + 1);
  }

  /** An ordinary change that leaves the book uncrossed. */
  step(): BookEvent {
    const changes: [side: 'b' | 'a', price: string, size: string][] = [];
    const before = this.book.copy();
    const count = this.below(4);
    for (let i = 0; i < count; i++) {
      const change = this.change();
      this.book.set(...change);
      changes.push(change);
    }
    return this.publish(changes, before);
  }

  /** A change that leaves the book strictly crossed; `heal` undoes it. */
  cross(): { readonly event: BookEvent; heal(): BookEvent } {
    const before = this.book.copy();
    const price = this.price(this.best('a') + 1_000_000);
    this.book.set('b', price, this.size());
    const event = this.publish([['b', price, this.book.bids.get(price) ?? '1']], before);
    return {
      event,
      heal: () => {
        const crossed = this.book.copy();
        this.book.set('b', price, '0');
        return this.publish([['b', price, '0.000']], crossed);
      },
    };
  }

  private publish(changes: BookEvent['changes'], before: ReferenceBook): BookEvent {
    const previous = this.id;
    const first = this.flavour === 'spot' ? previous + 1 : previous + 1 + this.below(40);
    const last = first + Math.max(0, changes.length - 1) + this.below(3);
    this.id = last;
    this.remember();
    const event = { first, last, previous, changes };
    this.lastEvent = { event, before };
    return event;
  }

  private remember(): void {
    const state = this.book.state(this.id);
    this.states.set(this.id, state);
    this.order.push(state);
  }

  private change(): [side: 'b' | 'a', price: string, size: string] {
    const side = this.chance() < 0.5 ? 'b' : 'a';
    const levels = [...(side === 'b' ? this.book.bids : this.book.asks).keys()];
    const dice = this.chance();
    const chosen = levels[this.below(levels.length)];
    const isFar = chosen === FAR_BID || chosen === FAR_ASK;
    if ((dice < 0.3 || levels.length > MOST_LEVELS) && !isFar)
      return [side, chosen, this.chance() < 0.5 ? '0' : '0.00000'];
    if (dice < 0.4) return [side, this.price(side === 'b' ? 2_000_000 : 800_000_000), '0.000'];
    if (dice < 0.6 || levels.length > MOST_LEVELS) return [side, chosen, this.size()];
    const limit = this.best(side === 'b' ? 'a' : 'b');
    const unit = 10 ** (MILLIONTH - this.priceDecimals);
    const distance = unit * (1 + this.below(Math.min(5_000, limit / (2 * unit))));
    return [side, this.price(side === 'b' ? limit - distance : limit + distance), this.size()];
  }

  /** Best price of a side in millionths. */
  private best(side: 'b' | 'a'): number {
    const prices = [...(side === 'b' ? this.book.bids : this.book.asks).keys()].map((text) => {
      const [whole, fraction = ''] = text.split('.');
      return Number(whole + fraction.padEnd(MILLIONTH, '0'));
    });
    return side === 'b' ? Math.max(...prices) : Math.min(...prices);
  }

  /** Text of a price, on the grid traded on now, with or without its last zeros. */
  private price(millionths: number): string {
    const unit = 10 ** (MILLIONTH - this.priceDecimals);
    const floored = Math.floor(millionths / unit) * unit;
    const digits = String(floored).padStart(MILLIONTH + 1, '0');
    const text = `${digits.slice(0, -MILLIONTH)}.${digits.slice(-MILLIONTH)}`;
    return this.chance() < 0.5 ? `${text}00` : text.replace(/\.?0+$/, '');
  }

  private size(): string {
    const fraction = String(1 + this.below(10 ** this.sizeDecimals - 1)).padStart(this.sizeDecimals, '0');
    const whole = this.chance() < 0.04 ? `1${String(this.below(1e15)).padStart(15, '0')}` : String(this.below(50));
    return `${whole}.${fraction}`;
  }

  private below(limit: number): number {
    return Math.floor(this.chance() * limit);
  }
}

/** Levels as they stand in a message. */
export const levelsText = (levels: readonly LevelText[]): string => JSON.stringify(levels);

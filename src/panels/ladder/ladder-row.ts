import { formatTrimmed } from '@/market/decimal.ts';
import type { LotsSum } from '@/market/quantity.ts';
import { sizeText } from '@/ui/price-text.ts';
import styles from './ladder.module.css';
import { UNKNOWN } from './ladder-rows.ts';

/** How numbers of one instrument are printed. Replaced when the grid or the step changes. */
export interface CellFormat {
  readonly lotDecimals: number;
  /** Decimals shown of a small size. */
  readonly shownDecimals: number;
}

/** Geometry of a size cell, from the observer: nothing is measured inside a frame. */
export interface CellGeometry {
  readonly width: number;
  /** Room of the number at the outer end, padding included: a bar's edge hides when it would cross it. */
  readonly slot: number;
}

/** Widest bar drawn, px. */
const WIDEST = 2048;
const HIDDEN = '0 0';
/** Sizes and places of the two backgrounds, edge then fill, by width: written as they are, never put together anew. */
const sizes: string[] = [];
const bidPlaces: string[] = [];
const askPlaces: string[] = [];
for (let px = 0; px <= WIDEST; px++) {
  sizes.push(`1px calc(100% - 2px), ${px}px calc(100% - 2px)`);
  bidPlaces.push(`right ${Math.max(0, px - 1)}px top 1px, right 0 top 1px`);
  askPlaces.push(`left ${Math.max(0, px - 1)}px top 1px, left 0 top 1px`);
}

/** One size cell: a bar that grows away from the price, and the number at the outer end. */
class SizeCell {
  readonly element: HTMLElement;
  private readonly text: Text;
  private readonly places: readonly string[];
  private lots: LotsSum = Number.NaN;
  private px = -1;
  private isUnder = false;
  private isWall = false;

  constructor(document: Document, side: 'bid' | 'ask') {
    this.element = document.createElement('span');
    this.element.className = side === 'bid' ? styles.bid : styles.ask;
    this.element.setAttribute('role', 'gridcell');
    this.element.dataset.col = side;
    this.element.dataset.size = '';
    const number = document.createElement('span');
    number.className = styles.number;
    this.text = document.createTextNode('');
    number.append(this.text);
    this.element.append(number);
    this.places = side === 'bid' ? bidPlaces : askPlaces;
  }

  write(lots: LotsSum, format: CellFormat): void {
    if (lots === this.lots) return;
    if (lots === UNKNOWN || this.lots === UNKNOWN) this.element.toggleAttribute('data-unknown', lots === UNKNOWN);
    this.lots = lots;
    const isEmpty = lots === 0 || lots === UNKNOWN;
    this.text.data = isEmpty ? '' : sizeText(lots, format.lotDecimals, format.shownDecimals);
    this.element.dataset.size = isEmpty
      ? ''
      : formatTrimmed(typeof lots === 'number' ? lots : BigInt(lots), format.lotDecimals);
  }

  /** Draw the bar for the lots last written. */
  scale(scale: number, wall: number, geometry: CellGeometry): void {
    const lots = typeof this.lots === 'number' ? this.lots : Number(this.lots);
    const isBare = !(lots > 0) || scale <= 0;
    const px = isBare ? 0 : Math.max(2, Math.round(Math.min(1, lots / scale) * geometry.width));
    if (px !== this.px) {
      this.px = px;
      const drawn = Math.min(px, WIDEST);
      const { style } = this.element;
      style.backgroundSize = drawn === 0 ? HIDDEN : sizes[drawn];
      if (drawn > 0) style.backgroundPosition = this.places[drawn];
      const isUnder = px > geometry.width - geometry.slot - 3;
      if (isUnder !== this.isUnder) {
        this.isUnder = isUnder;
        this.element.toggleAttribute('data-under', isUnder);
      }
    }
    const isWall = !isBare && lots >= wall;
    if (isWall !== this.isWall) {
      this.isWall = isWall;
      this.element.toggleAttribute('data-wall', isWall);
    }
  }

  /** Forget what was written: the format or the geometry changed. */
  forget(): void {
    this.lots = Number.NaN;
    this.px = -1;
  }
}

/** What stands in the price cell of a row. */
export interface RowPrice {
  readonly ticks: number;
  /** Exact decimal of the row. */
  readonly exact: string;
  readonly dim: string;
  readonly bright: string;
  readonly isBand: boolean;
}

/** Where a row stands towards the market. */
export type RowPlace = 'bid' | 'ask' | 'bid ask' | 'inside' | '';

/** One row of the pool. It keeps its place on the screen; prices and sizes pass through it. */
export class LadderRow {
  readonly element: HTMLElement;
  readonly bid: SizeCell;
  readonly ask: SizeCell;
  private readonly price: HTMLElement;
  private readonly dim: Text;
  private readonly bright: Text;
  private ticks = Number.NaN;
  private place: RowPlace = '';
  private shownPrice = '';
  private lastDirection: string | null = null;
  private isCursor = false;
  /** The price cell prints a best price rather than the row's own. */
  isExact = false;

  constructor(document: Document, id: string) {
    this.element = document.createElement('div');
    this.element.id = id;
    this.element.className = styles.row;
    this.element.setAttribute('role', 'row');
    this.bid = new SizeCell(document, 'bid');
    this.ask = new SizeCell(document, 'ask');
    this.price = document.createElement('span');
    this.price.className = styles.price;
    this.price.setAttribute('role', 'gridcell');
    this.price.dataset.col = 'price';
    this.price.dataset.size = '';
    const dim = document.createElement('i');
    this.dim = document.createTextNode('');
    this.bright = document.createTextNode('');
    dim.append(this.dim);
    this.price.append(dim, this.bright);
    this.element.append(this.bid.element, this.price, this.ask.element);
  }

  /** Whether the price written last is another one. */
  isAt(ticks: number): boolean {
    return this.ticks === ticks;
  }

  writePrice(price: RowPrice): void {
    this.ticks = price.ticks;
    this.isExact = false;
    this.element.dataset.price = price.exact;
    this.element.toggleAttribute('data-band', price.isBand);
    this.writeText(price.dim, price.bright);
  }

  /** Print the exact best price that this row holds. */
  writeExact(dim: string, bright: string): void {
    this.isExact = true;
    this.writeText(dim, bright);
  }

  private writeText(dim: string, bright: string): void {
    const shown = dim + bright;
    if (shown === this.shownPrice) return;
    this.shownPrice = shown;
    this.dim.data = dim;
    this.bright.data = bright;
  }

  writePlace(place: RowPlace): void {
    if (place === this.place) return;
    this.place = place;
    this.element.toggleAttribute('data-inside', place === 'inside');
    if (place === '' || place === 'inside') delete this.element.dataset.best;
    else this.element.dataset.best = place;
  }

  /** Arrowheads of the last trade: the way its price went, or null on every other row. */
  writeLast(direction: string | null): void {
    if (direction === this.lastDirection) return;
    this.lastDirection = direction;
    if (direction === null) delete this.price.dataset.last;
    else this.price.dataset.last = direction;
  }

  writeCursor(isCursor: boolean): void {
    if (isCursor === this.isCursor) return;
    this.isCursor = isCursor;
    this.element.toggleAttribute('data-cursor', isCursor);
  }

  /** Write everything anew next time. */
  forget(): void {
    this.ticks = Number.NaN;
    this.bid.forget();
    this.ask.forget();
  }
}

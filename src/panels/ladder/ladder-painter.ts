import { decimalsOf, formatTrimmed } from '@/market/decimal.ts';
import { type InstrumentId, type InstrumentInfo, stepTicks } from '@/market/instrument.ts';
import { formatTicks, groupThousands, stepDecimals } from '@/market/price.ts';
import { type InstrumentRecord, recordOf } from '@/store/market-store.ts';
import { watch } from '@/store/watch.ts';
import { createPainter, type Painter, type Strength } from '@/ui/painter.ts';
import { foldZeros, splitPrice } from '@/ui/price-text.ts';
import {
  type Axis,
  advanceAxis,
  emptyAxis,
  fitAxis,
  isMarketOutside,
  type MarketRows,
  marketOffset,
  type RecentreMode,
  recentreAxis,
  rowOf,
  scrollAxis,
  WARNING_MS,
  windowFor,
} from './ladder-axis.ts';
import { HorizonNote } from './ladder-horizon.ts';
import { type CellFormat, type CellGeometry, LadderRow, type RowPlace } from './ladder-row.ts';
import {
  type BookPicture,
  bandEvery,
  drawableStep,
  fillSheet,
  LadderSheet,
  marketRows,
  stickyScale,
  tradeRow,
  WALL,
} from './ladder-rows.ts';
import { ImbalanceFoot, SpreadStrip } from './ladder-strip.ts';

/** The part of the book the ladder looks at outside the best levels, in ticks of `priceDecimals`. */
export interface LadderWindow {
  readonly priceDecimals: number;
  readonly range: readonly [low: number, high: number];
}

export interface LadderOptions {
  readonly panelId: string;
  readonly instrument: InstrumentId;
  /** The panel: strip and foot are found in it. */
  readonly root: HTMLElement;
  /** The focusable grid. */
  readonly grid: HTMLElement;
  /** Where rows stand. */
  readonly body: HTMLElement;
  /** Asked for when the view leaves what the best levels cover; null when it is back. */
  readonly onWindow: (window: LadderWindow | null) => void;
}

const MAX_ROWS = 200;
/** Width kept for a size: six characters and a point at 12 px, with the padding of the cell. */
const NUMBER_SLOT = 52;
const PRICE_PADDING = 26;

/** Rows onto pixels: a fixed pool, patched in place, on an axis that stays still. */
export class LadderPainter {
  private readonly painter: Painter;
  private readonly strip: SpreadStrip;
  private readonly foot: ImbalanceFoot;
  private readonly horizon: HorizonNote;
  private readonly sheet = new LadderSheet(MAX_ROWS);
  private readonly pool: LadderRow[] = [];
  private readonly stops: (() => void)[] = [];
  private axis: Axis = emptyAxis;
  private market: MarketRows = { bid: null, ask: null };
  private window: LadderWindow | null = null;
  private geometry: CellGeometry = { width: 0, slot: NUMBER_SLOT };
  private size = { width: 0, height: 0, row: 20, priceChars: 0 };
  private format: CellFormat = { lotDecimals: 0, shownDecimals: 3 };
  private formatKey = '';
  private scale = 0;
  private mode: RecentreMode = 'near-edge';
  private wantedStep = 0;
  private isHeld = false;
  private cursor: number | null = null;
  private warningTimer = 0;

  constructor(private readonly options: LadderOptions) {
    this.strip = new SpreadStrip(options.root);
    this.foot = new ImbalanceFoot(options.root);
    this.horizon = new HorizonNote(options.body);
    this.painter = createPainter(options.body, (strength, frameTime) => this.paint(strength, frameTime));
    this.stops.push(
      watch(options.instrument, ['book', 'info', 'lastTrade'], () => this.painter.invalidate('data')),
      this.observeSize(),
    );
    this.painter.invalidate('layout');
  }

  /** Settings of the panel: when the axis moves, and ticks per row (0: the venue's step). */
  configure(mode: RecentreMode, wantedStep: number): void {
    this.mode = mode;
    this.wantedStep = wantedStep;
    this.painter.invalidate('data');
  }

  /** The pointer rests on a price, or has left it. */
  hold(isHeld: boolean): void {
    if (isHeld === this.isHeld) return;
    this.isHeld = isHeld;
    this.painter.invalidate('data');
  }

  recentre(): void {
    this.axis = recentreAxis(this.axis, this.market);
    this.painter.invalidate('data');
  }

  /** Look at other prices, whole rows, positive upwards. */
  scroll(rows: number): void {
    this.axis = scrollAxis(this.axis, rows, this.market);
    this.painter.invalidate('data');
  }

  /** Rows in view: what a page key moves by. */
  get rows(): number {
    return this.axis.rows;
  }

  /** Height of a row in px: what a finger moves by. */
  get rowHeight(): number {
    return this.size.row;
  }

  /** Move the row cursor; it begins at the market, and the axis follows it out of the view. */
  moveCursor(rows: number): void {
    if (this.axis.top === null) return;
    const isInView =
      this.cursor !== null && rowOf(this.axis, this.cursor) >= 0 && rowOf(this.axis, this.cursor) < this.axis.rows;
    const from = isInView && this.cursor !== null ? this.cursor : (this.market.bid ?? this.market.ask ?? this.axis.top);
    const to = Math.max(0, isInView ? from + rows * this.axis.step : from);
    const row = rowOf(this.axis, to);
    if (row < 0) this.axis = scrollAxis(this.axis, -row, this.market);
    if (row >= this.axis.rows) this.axis = scrollAxis(this.axis, this.axis.rows - 1 - row, this.market);
    this.cursor = to;
    this.painter.invalidate('data');
  }

  clearCursor(): void {
    this.cursor = null;
    this.painter.invalidate('data');
  }

  dispose(): void {
    for (const stop of this.stops) stop();
    this.painter.dispose();
    this.options.body.ownerDocument.defaultView?.clearTimeout(this.warningTimer);
    for (const row of this.pool) row.element.remove();
    this.pool.length = 0;
    this.horizon.dispose();
  }

  private observeSize(): () => void {
    const { body } = this.options;
    const view = body.ownerDocument.defaultView;
    if (!view) return () => undefined;
    const observer = new view.ResizeObserver((entries) => {
      const box = entries[entries.length - 1].contentRect;
      const row = Number.parseFloat(view.getComputedStyle(body).getPropertyValue('--row')) || 20;
      this.size = { ...this.size, width: Math.round(box.width), height: box.height, row };
      this.painter.invalidate('layout');
    });
    observer.observe(body);
    return () => observer.disconnect();
  }

  private paint(strength: Strength, frameTime: number): void {
    const record = recordOf(this.options.instrument);
    const book = record?.book;
    const info = record?.info;
    if (!record || !book || !info || book.epoch !== info.grid.epoch || this.size.height === 0) return;
    this.refit(strength, book, info);
    this.advance(frameTime);
    fillSheet(this.sheet, book, this.axis);
    this.paintRows(record, info);
    this.paintAround(record, book, info);
    this.askForWindow(book, info);
  }

  /** Follow what changes at human speed: grid, step, size of the panel. */
  private refit(strength: Strength, book: BookPicture, info: InstrumentInfo): void {
    const { priceDecimals, lotDecimals } = info.grid;
    const step = drawableStep(this.wantedStep, book.step);
    const isFirst = this.axis.top === null;
    if (isFirst || step !== this.axis.step || priceDecimals !== this.axis.priceDecimals || strength === 'layout') {
      this.market = marketRows(book, step);
      const rows = Math.max(0, Math.min(MAX_ROWS, Math.floor(this.size.height / this.size.row)));
      if (this.cursor !== null) this.cursor *= 10 ** (priceDecimals - this.axis.priceDecimals);
      this.axis = fitAxis(this.axis, { step, rows, priceDecimals }, this.market);
      this.fitPool(rows);
    }
    this.market = marketRows(book, step);
    const key = `${step} ${priceDecimals} ${lotDecimals} ${info.sizeStep} ${this.size.width}`;
    const best = this.market.ask ?? this.market.bid ?? 0;
    const chars = formatTicks(best, priceDecimals, Math.max(decimalsShown(step, info), venueDecimals(info))).length;
    if (key === this.formatKey && chars <= this.size.priceChars && strength === 'data') return;
    this.formatKey = key;
    this.layOut(chars, step, info);
  }

  private layOut(chars: number, step: number, info: InstrumentInfo): void {
    const { grid, body } = this.options;
    const digit = this.size.row >= 32 ? 8.5 : 7.1;
    const priceWidth = Math.max(72, Math.ceil((chars * digit + PRICE_PADDING) / 2) * 2);
    const rowChars = formatTicks(this.axis.top ?? 0, info.grid.priceDecimals, decimalsShown(step, info)).length;
    // Prices start at one place, in the middle for most of them: a best price with more digits does not move them.
    const pad = Math.min((priceWidth - rowChars * digit) / 2, priceWidth - chars * digit - PRICE_PADDING / 2);
    grid.style.setProperty('--price', `${priceWidth}px`);
    grid.style.setProperty('--price-pad', `${Math.max(10, Math.round(pad))}px`);
    grid.dataset.step = formatTrimmed(step, info.grid.priceDecimals);
    body.dataset.rows = String(this.pool.length);
    this.size = { ...this.size, priceChars: chars };
    const width = Math.max(0, Math.floor((this.size.width - priceWidth) / 2));
    this.geometry = { width, slot: NUMBER_SLOT };
    this.format = {
      lotDecimals: info.grid.lotDecimals,
      shownDecimals: Math.min(3, Math.max(0, decimalsOf(info.sizeStep))),
    };
    this.strip.forget();
    for (const row of this.pool) row.forget();
  }

  private fitPool(rows: number): void {
    const { body, panelId } = this.options;
    while (this.pool.length < rows) {
      const row = new LadderRow(body.ownerDocument, `${panelId}-row-${this.pool.length}`);
      body.append(row.element);
      this.pool.push(row);
    }
    while (this.pool.length > rows) this.pool.pop()?.element.remove();
  }

  private advance(frameTime: number): void {
    const before = this.axis.warnedAt;
    this.axis = advanceAxis(this.axis, this.market, this.mode, this.isHeld, frameTime);
    if (this.axis.warnedAt === before) return;
    const isUp = marketOffset(this.axis, this.market) > 0;
    if (this.axis.warnedAt === null) delete this.options.grid.dataset.warning;
    else this.options.grid.dataset.warning = isUp ? 'up' : 'down';
    const view = this.options.body.ownerDocument.defaultView;
    view?.clearTimeout(this.warningTimer);
    // A market that stands still at the edge sends no frame to move in.
    if (this.axis.warnedAt !== null && view)
      this.warningTimer = view.setTimeout(() => this.painter.invalidate('data'), WARNING_MS + 20);
  }

  private paintRows(record: InstrumentRecord, info: InstrumentInfo): void {
    const { sheet, market, axis } = this;
    const { lots, sizes } = sheet.percentile();
    this.scale = stickyScale(this.scale, lots);
    const wall = sizes >= 8 ? this.scale * WALL : Number.POSITIVE_INFINITY;
    const last = record.lastTrade;
    const lastTicks = last ? tradeRow(last.ticks, last.aggressor, axis.step) : Number.NaN;
    const lastDirection = last ? String(last.direction) : null;
    const cursorRow = this.cursor === null ? -1 : rowOf(axis, this.cursor);
    for (let i = 0; i < sheet.count; i++) {
      const row = this.pool[i];
      const ticks = sheet.ticks[i];
      if (!row.isAt(ticks)) this.writePrice(row, ticks, info);
      row.bid.write(sheet.bidLots(i), this.format);
      row.ask.write(sheet.askLots(i), this.format);
      row.bid.scale(this.scale, wall, this.geometry);
      row.ask.scale(this.scale, wall, this.geometry);
      row.writePlace(placeOf(ticks, market));
      row.writeLast(ticks === lastTicks ? lastDirection : null);
      row.writeCursor(i === cursorRow);
      if (ticks === market.bid || ticks === market.ask) this.writeBest(row, ticks, record, info);
      else if (row.isExact) this.writePrice(row, ticks, info);
    }
    const active = cursorRow >= 0 && cursorRow < sheet.count ? this.pool[cursorRow].element.id : '';
    if ((this.options.grid.getAttribute('aria-activedescendant') ?? '') !== active)
      this.options.grid.setAttribute('aria-activedescendant', active);
  }

  private writePrice(row: LadderRow, ticks: number, info: InstrumentInfo): void {
    const { priceDecimals } = info.grid;
    const text = formatTicks(ticks, priceDecimals, decimalsShown(this.axis.step, info));
    const { dim, bright } = splitPrice(foldZeros(text), 2);
    const exact = formatTrimmed(ticks, priceDecimals);
    row.writePrice({ ticks, exact, dim, bright, isBand: (ticks / this.axis.step) % bandEvery(this.axis.step) === 0 });
  }

  /** A grouped row that holds a best price prints that price, not the group's. */
  private writeBest(row: LadderRow, ticks: number, record: InstrumentRecord, info: InstrumentInfo): void {
    const top = record.book?.top;
    if (!top) return;
    const best = ticks === this.market.bid ? top.bidTicks[0] : top.askTicks[0];
    if (best === ticks && !row.isExact) return;
    const { dim, bright } = splitPrice(foldZeros(formatTicks(best, info.grid.priceDecimals, venueDecimals(info))), 2);
    row.writeExact(dim, bright);
  }

  private paintAround(record: InstrumentRecord, book: BookPicture, info: InstrumentInfo): void {
    const { bidTicks, askTicks } = book.top;
    const bid = bidTicks.length > 0 ? bidTicks[0] : null;
    const ask = askTicks.length > 0 ? askTicks[0] : null;
    this.strip.write(bid, ask, stepTicks(info), info.grid.priceDecimals, venueDecimals(info));
    this.strip.writeDirection(record.lastTrade);
    const { lotDecimals, shownDecimals } = this.format;
    this.foot.write(this.sheet.sumOf('bid'), this.sheet.sumOf('ask'), lotDecimals, Math.min(1, shownDecimals));
    this.foot.writeNote(this.marketNote());
    this.horizon.write(this.sheet, book, this.axis, this.size.row);
  }

  private marketNote(): string {
    if (!isMarketOutside(this.axis, this.market)) return '';
    const offset = marketOffset(this.axis, this.market);
    return `market ${groupThousands(String(Math.abs(offset)))} rows ${offset > 0 ? 'above' : 'below'}`;
  }

  private askForWindow(book: BookPicture, info: InstrumentInfo): void {
    const { priceDecimals } = info.grid;
    const held = this.window?.priceDecimals === priceDecimals ? this.window.range : null;
    const range = windowFor(this.axis, book.coverage, held);
    if (range === held && (range === null) === (this.window === null)) return;
    this.window = range === null ? null : { priceDecimals, range };
    this.options.onWindow(this.window);
  }
}

const decimalsShown = (step: number, info: InstrumentInfo): number => stepDecimals(step, info.grid.priceDecimals);
const venueDecimals = (info: InstrumentInfo): number => stepDecimals(stepTicks(info), info.grid.priceDecimals);

function placeOf(ticks: number, market: MarketRows): RowPlace {
  const isBid = ticks === market.bid;
  const isAsk = ticks === market.ask;
  if (isBid && isAsk) return 'bid ask';
  if (isBid) return 'bid';
  if (isAsk) return 'ask';
  return market.bid !== null && market.ask !== null && ticks > market.bid && ticks < market.ask ? 'inside' : '';
}

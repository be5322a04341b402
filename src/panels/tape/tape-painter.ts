import type { InstrumentId, InstrumentInfo } from '@/market/instrument.ts';
import { groupThousands } from '@/market/price.ts';
import { feedPort } from '@/store/feed-port.ts';
import { type InstrumentRecord, recordOf } from '@/store/market-store.ts';
import { watch } from '@/store/watch.ts';
import { clockText, onTick, pageNow } from '@/ui/page-clock.ts';
import { createPainter, type Painter, type Strength } from '@/ui/painter.ts';
import { PressureGauge, type SizeLevels, sizeLevels } from './tape-figures.ts';
import { PressureRow, TapeCounter } from './tape-foot.ts';
import { type Hole, TapeHistory } from './tape-history.ts';
import { type TapeFormat, TapeLine, tapeFormat } from './tape-line.ts';
import { TapeRows, type TapeRule } from './tape-rows.ts';

export interface TapeOptions {
  readonly instrument: InstrumentId;
  /** The panel: figures and terms are found in it. */
  readonly root: HTMLElement;
  /** The scroller, `role=log`. */
  readonly log: HTMLElement;
  /** As high as everything there is to scroll through. */
  readonly spacer: HTMLElement;
  /** Sticks to the top of the scroller. */
  readonly viewport: HTMLElement;
  /** Lines stand on it; it moves down by a row with every print, so that only new lines are touched. */
  readonly strip: HTMLElement;
  /** Says how long the tape waits; shown while paused. */
  readonly waiting: HTMLElement;
  readonly onPaused: (isPaused: boolean) => void;
}

const MAX_LINES = 200;
const BAND_PX = 28;
const PAGE = 500;
/** Lines before the end of what is held at which the next page is asked for. */
const AHEAD = 40;
const PRICE_PADDING = 12;
/** Rows the strip may move before it starts from its place again. */
const STRIP_ROWS = 2000;

/** Prints onto pixels: a fixed pool of lines, the newest on top. */
export class TapePainter {
  private readonly painter: Painter;
  private readonly rows = new TapeRows();
  private readonly pool: TapeLine[] = [];
  private readonly counter: TapeCounter;
  private readonly pressure: PressureRow;
  private readonly gauge = new PressureGauge();
  private readonly stops: (() => void)[] = [];
  private rule: TapeRule = { minLots: 0, foldMs: 0 };
  private format: TapeFormat | null = null;
  private epoch = -1;
  private grid = { priceDecimals: 0, lotDecimals: 0 };
  private levels: SizeLevels | null = null;
  private size = { height: 0, row: 20, priceChars: 0 };
  private head = 0;
  /** Value of `head` when the strip stood in its place. */
  private base = 0;
  private shown = 0;
  private ticks = 0;
  private history: TapeHistory | null = null;
  private isScrollPause = false;
  private isAsking = false;
  private spacerHeight = -1;
  private stripY = 0;

  constructor(private readonly options: TapeOptions) {
    this.counter = new TapeCounter(options.root);
    this.pressure = new PressureRow(options.root);
    this.painter = createPainter(options.log, (strength) => this.paint(strength));
    const view = options.log.ownerDocument.defaultView;
    this.stops.push(
      watch(options.instrument, ['prints', 'trades', 'info', 'gaps'], () => this.painter.invalidate('data')),
      this.observeSize(),
      view ? onTick(view, () => this.tick()) : () => undefined,
    );
    options.log.addEventListener('scroll', this.handleScroll, { passive: true });
    this.stops.push(() => options.log.removeEventListener('scroll', this.handleScroll));
    this.start();
  }

  /** Smallest size shown and whether sweeps are folded: what is held is sorted again. */
  configure(rule: TapeRule): void {
    if (rule.minLots === this.rule.minLots && rule.foldMs === this.rule.foldMs) return;
    this.rule = rule;
    this.resume();
    this.start();
  }

  get isPaused(): boolean {
    return this.history !== null;
  }

  pause(): void {
    if (this.history) return;
    // What has arrived since the last paint is part of what is read.
    const record = recordOf(this.options.instrument);
    if (record) this.rows.follow(record.prints.log, record.trades.received, record.gaps);
    this.rows.pause();
    this.history = new TapeHistory(this.rows, this.rule);
    this.isScrollPause = false;
    this.options.onPaused(true);
    this.painter.invalidate('layout');
  }

  resume(): void {
    if (!this.history) return;
    this.history = null;
    this.isAsking = false;
    const record = recordOf(this.options.instrument);
    if (record) this.rows.resume(record.prints.log, record.trades.received, record.gaps);
    this.options.log.scrollTop = 0;
    this.options.onPaused(false);
    this.painter.invalidate('layout');
  }

  dispose(): void {
    for (const stop of this.stops) stop();
    this.painter.dispose();
    for (const line of this.pool) line.element.remove();
    this.pool.length = 0;
  }

  private start(): void {
    const record = recordOf(this.options.instrument);
    // The store has already brought its prints to a finer grid: what is rebuilt from them must not be scaled again.
    if (record?.info && record.info.grid.epoch !== this.epoch) {
      this.takeGrid(record.info);
      this.gauge.reset();
      this.levels = null;
    }
    this.rows.rebuild(record?.prints.log ?? EMPTY, record?.trades.received ?? 0, this.rule, record?.gaps);
    this.painter.invalidate('layout');
  }

  private readonly handleScroll = (): void => {
    const { scrollTop } = this.options.log;
    if (!this.history && scrollTop > 0) {
      this.pause();
      this.isScrollPause = true;
    } else if (this.history && this.isScrollPause && scrollTop <= 0) this.resume();
    else if (this.history) this.painter.invalidate('data');
  };

  private observeSize(): () => void {
    const { log } = this.options;
    const view = log.ownerDocument.defaultView;
    if (!view) return () => undefined;
    const observer = new view.ResizeObserver((entries) => {
      const row = Number.parseFloat(view.getComputedStyle(log).getPropertyValue('--row')) || 20;
      const { width, height } = entries[entries.length - 1].contentRect;
      this.size = { ...this.size, height: Math.floor(height), row };
      if (!this.history) this.options.viewport.style.setProperty('--width', `${width}px`);
      this.painter.invalidate('layout');
    });
    observer.observe(log);
    return () => observer.disconnect();
  }

  /** Twice a second the pressure, every four seconds where large begins. */
  private tick(): void {
    const record = recordOf(this.options.instrument);
    if (!record) return;
    this.ticks++;
    if (this.ticks % 2 === 0) {
      const { received, buyVolume, sellVolume } = record.trades;
      this.gauge.add(pageNow(), received, buyVolume, sellVolume);
      this.pressure.write(this.gauge.read());
      if (this.history) this.writeWaiting(record);
    }
    if (this.ticks % 16 === 1 || this.levels === null) this.updateLevels(record);
  }

  private updateLevels(record: InstrumentRecord): void {
    const levels = sizeLevels(record.prints.log, record.trades.received);
    if (levels === null || levels.every((lots, i) => lots === this.levels?.[i])) return;
    this.levels = levels;
    this.pressure.writeLevels(levels, this.grid.lotDecimals);
    this.painter.invalidate('layout');
  }

  private paint(strength: Strength): void {
    const record = recordOf(this.options.instrument);
    const info = record?.info;
    if (!record || !info || this.size.height === 0) return;
    const isNewGrid = this.followGrid(info);
    if (this.history && record.trades.received < this.rows.at) this.resume();
    this.rows.follow(record.prints.log, record.trades.received, record.gaps);
    if (strength === 'layout' || isNewGrid || !this.format) this.layOut(info);
    if (this.history) this.paintHistory(this.history);
    else this.paintLive(strength === 'layout' || isNewGrid);
    this.counter.write(this.rows.terms(this.shown, record.trades.received), record.trades.missing);
  }

  private followGrid(info: InstrumentInfo): boolean {
    if (info.grid.epoch === this.epoch) return false;
    const price = info.grid.priceDecimals - this.grid.priceDecimals;
    const lot = info.grid.lotDecimals - this.grid.lotDecimals;
    if (this.epoch >= 0) {
      this.rows.rescale(price, lot);
      this.history?.rescale(price, lot);
      this.rule = { ...this.rule, minLots: this.rule.minLots * 10 ** lot };
      this.gauge.reset();
      this.levels = null;
    }
    this.takeGrid(info);
    return true;
  }

  private takeGrid(info: InstrumentInfo): void {
    this.grid = { priceDecimals: info.grid.priceDecimals, lotDecimals: info.grid.lotDecimals };
    this.epoch = info.grid.epoch;
  }

  private layOut(info: InstrumentInfo): void {
    const { log, viewport, strip } = this.options;
    this.format = tapeFormat(info);
    const lines = Math.max(0, Math.min(MAX_LINES, Math.floor(this.size.height / this.size.row)));
    while (this.pool.length < lines) {
      const line = new TapeLine(log.ownerDocument);
      strip.append(line.element);
      this.pool.push(line);
    }
    while (this.pool.length > lines) this.pool.pop()?.element.remove();
    viewport.style.height = `${this.size.height}px`;
    viewport.style.setProperty('--shift', this.history ? `${BAND_PX}px` : '0px');
    for (const line of this.pool) line.forget();
    this.reservePrice();
  }

  /** Make room for the longest price at hand; it only grows, so that columns stand still. */
  private reservePrice(): void {
    const newest = this.rows.row(0);
    if (!newest || !this.format) return;
    const { priceDecimals, shownPrice } = this.format;
    const whole = Math.max(1, String(Math.floor(newest.ticks / 10 ** priceDecimals)).length);
    const chars = whole + Math.floor((whole - 1) / 3) + (shownPrice > 0 ? shownPrice + 1 : 0);
    if (chars <= this.size.priceChars) return;
    this.size = { ...this.size, priceChars: chars };
    const width = Math.max(68, Math.ceil((chars * 7.45 + PRICE_PADDING) / 2) * 2);
    this.options.root.style.setProperty('--price', `${width}px`);
  }

  private paintLive(isWhole: boolean): void {
    const { pool, rows, format } = this;
    if (!format) return;
    this.reservePrice();
    const added = rows.head - this.head;
    this.head = rows.head;
    if (isWhole || rows.head < this.base || rows.head - this.base > STRIP_ROWS) this.base = rows.head;
    if (!isWhole && added >= 0 && added < pool.length) this.rotate(added);
    else if (added !== 0 || isWhole) for (const line of pool) line.forget();
    let shown = 0;
    for (let i = 0; i < pool.length; i++) {
      const line = pool[i];
      const row = rows.row(i);
      line.show(row !== null);
      line.place((i - (rows.head - this.base)) * this.size.row);
      if (row && !line.holds(row)) line.write(row, format, this.levels);
      if (row && !row.gap) shown++;
    }
    this.shown = shown;
    this.moveStrip((rows.head - this.base) * this.size.row);
    this.stretch(rows.count > pool.length ? this.size.height + AHEAD * this.size.row : this.size.height);
  }

  /** Lines that fall off the end come back on top, in the document too: its order is the order of the prints. */
  private rotate(added: number): void {
    for (let i = 0; i < added; i++) {
      const line = this.pool.pop();
      if (!line) return;
      this.options.strip.prepend(line.element);
      this.pool.unshift(line);
    }
  }

  private paintHistory(history: TapeHistory): void {
    const { pool, format, size } = this;
    if (!format) return;
    const room = Math.max(0, Math.floor((size.height - BAND_PX) / size.row));
    const first = Math.max(0, Math.round(this.options.log.scrollTop / size.row));
    let shown = 0;
    for (let i = 0; i < pool.length; i++) {
      const line = pool[i];
      const item = i < room ? history.lines[first + i] : undefined;
      line.show(item !== undefined);
      if (!item) continue;
      line.place(i * size.row);
      if ('hole' in item) line.writeHole(item.hole);
      else if ('gap' in item) line.writeGap(item.gap);
      else {
        shown++;
        if (!line.holds(item.row)) line.write(item.row, format, this.levels);
      }
    }
    this.shown = shown;
    this.moveStrip(0);
    const tail = history.isAtStart ? 0 : AHEAD;
    this.stretch(Math.max(size.height, (history.lines.length + tail) * size.row + (size.height - room * size.row)));
    this.fetchFor(history, first, first + room);
    const record = recordOf(this.options.instrument);
    if (record) this.writeWaiting(record);
  }

  private moveStrip(y: number): void {
    if (y === this.stripY) return;
    this.stripY = y;
    this.options.strip.style.transform = `translateY(${y}px)`;
  }

  private stretch(height: number): void {
    if (height === this.spacerHeight) return;
    this.spacerHeight = height;
    this.options.spacer.style.height = `${height}px`;
  }

  private writeWaiting(record: InstrumentRecord): void {
    if (!this.history) return;
    const first = Math.max(0, Math.round(this.options.log.scrollTop / this.size.row));
    const line = this.history.lines.slice(first, first + 10).find((each) => 'row' in each);
    const reading = line && 'row' in line ? ` · reading ${clockText(line.row.time)}` : '';
    const waiting = Math.max(0, record.trades.received - this.rows.at);
    const text = `${groupThousands(String(waiting))} print${waiting === 1 ? ' waits' : 's wait'}${reading}`;
    if (this.options.waiting.textContent !== text) this.options.waiting.textContent = text;
  }

  /** Fetch what the reader is about to come to: a hole in view first, then the next older page. One at a time. */
  private fetchFor(history: TapeHistory, from: number, to: number): void {
    if (this.isAsking) return;
    for (let i = Math.max(0, from - AHEAD); i < Math.min(history.lines.length, to + AHEAD); i++) {
      const line = history.lines[i];
      if ('hole' in line && line.hole.state === 'waiting') {
        this.fetchHole(history, line.hole);
        return;
      }
    }
    if (!history.isAtStart && to + AHEAD >= history.lines.length) this.fetchOlder(history);
  }

  private fetchHole(history: TapeHistory, hole: Hole): void {
    hole.state = 'asked';
    const { from, to } = hole.span;
    this.ask(history, to, to - from, (page) => (page ? history.fill(hole, page) : this.leave(hole)));
  }

  private leave(hole: Hole): void {
    hole.state = 'failed';
  }

  private fetchOlder(history: TapeHistory): void {
    this.ask(history, history.cursor, PAGE, (page) => {
      if (page) history.append(page);
      else history.isAtStart = true;
    });
  }

  private ask(history: TapeHistory, before: number, limit: number, take: (page: Page | null) => void): void {
    this.isAsking = true;
    const settle = (page: Page | null): void => {
      if (this.history !== history) return;
      this.isAsking = false;
      take(page && page.epoch === this.epoch ? page : null);
      this.painter.invalidate('data');
    };
    feedPort()
      .prints(this.options.instrument, before, limit)
      .then(settle, () => settle(null));
  }
}

type Page = Awaited<ReturnType<ReturnType<typeof feedPort>['prints']>>;

const EMPTY = {
  has: () => false,
  id: () => '',
  ticksOf: () => 0,
  lotsOf: () => 0,
  timeOf: () => 0,
  aggressorOf: () => 0,
};

import type { InstrumentInfo } from '@/market/instrument.ts';
import type { Interval } from '@/market/time.ts';
import type { CandleSeries } from '@/store/candle-series.ts';
import {
  type BarGrid,
  BarWindow,
  type ChartBar,
  LIVE_SLOTS,
  MAX_SLOTS,
  TAIL,
  windowAround,
  windowStart,
} from './chart-bars.ts';
import type { ChartPlot } from './chart-plot.ts';
import { ChartView } from './chart-view.ts';

/** Slots that should be left beyond the view on either side before the window moves on. */
const EDGE = 150;
const FULL_CHECK_MS = 1000;

/** What is drawn: one interval of one instrument. */
export interface Subject {
  readonly info: InstrumentInfo;
  readonly interval: Interval;
  readonly series: CandleSeries;
  /** Middle of the verified book in ticks, null while there is none. */
  readonly mid: number | null;
}

/** Keeps the library's series equal to a window of ours, and the picture still while that window moves under it. */
export class DrawnWindow {
  readonly view: ChartView;
  window: BarWindow | null = null;
  /** The window reaches the live candle. */
  isAtEnd = false;
  private key = '';
  private drawn: CandleSeries | null = null;
  private checkedAt = Number.NEGATIVE_INFINITY;
  /** Time of the newest slot the library has: an older one must be marked as such. */
  private newest = Number.NEGATIVE_INFINITY;

  constructor(private readonly plot: ChartPlot) {
    this.view = new ChartView(plot.chart, () => this.window?.slots.length ?? 0);
  }

  /** Whether the live candle is in view. */
  get showsLive(): boolean {
    return this.isAtEnd && this.view.showsNewest();
  }

  /** Nothing to draw. */
  clear(): void {
    if (!this.window) return;
    this.window = null;
    this.drawn = null;
    this.key = '';
    this.plot.series.setData([]);
  }

  /**
   * Bring the library up to date with the series.
   * @param isHeld  the user is dragging: the right end must stay where it is, or the drag would jump
   */
  sync(subject: Subject, now: number, isHeld: boolean): void {
    const { series } = subject;
    const key = keyOf(subject);
    if (!this.window || this.drawn !== series) {
      this.begin(subject, key);
      return;
    }
    if (key !== this.key) {
      this.key = key;
      this.rebuild(subject, isHeld);
      return;
    }
    const isFull = now - this.checkedAt >= FULL_CHECK_MS;
    if (isFull) this.checkedAt = now;
    const change = this.window.sync(series, gridOf(subject), isFull ? MAX_SLOTS : TAIL, this.isAtEnd);
    if (change.kind === 'rebuild') this.rebuild(subject, isHeld);
    if (change.kind === 'update') this.update(change.bars);
  }

  /** Move the window on when the view comes near its end and there is more of the series beyond. */
  follow(subject: Subject): void {
    const { window } = this;
    if (!window) return;
    const isNearOldest = this.view.left() < EDGE && window.from > 0;
    const isNearNewest = this.view.right() > window.slots.length - 1 - EDGE && !this.isAtEnd;
    if (!isNearOldest && !isNearNewest) return;
    const [from, to] = this.rangeInView(subject, false);
    if (from !== window.from || to !== window.to) this.move(subject, from, to);
  }

  /** Whether the view has come near the oldest candle there is; not while an older page waits to be drawn. */
  isNearOldest(subject: Subject): boolean {
    const isUpToDate = this.drawn === subject.series && this.key === keyOf(subject);
    return isUpToDate && this.window !== null && this.window.from === 0 && this.view.left() < EDGE;
  }

  /** Candles in view, oldest first. */
  barsInView(): ChartBar[] {
    const from = Math.max(0, Math.ceil(this.view.left()));
    const slots = this.window?.slots.slice(from, Math.max(from, Math.floor(this.view.right()) + 1)) ?? [];
    return slots.filter((bar) => bar.candle !== null);
  }

  toLive(subject: Subject): void {
    const { series, interval } = subject;
    this.set(subject, windowStart(series, series.count, interval, LIVE_SLOTS), series.count);
    this.view.toNewest();
  }

  toOldest(subject: Subject): void {
    const [from, to] = windowAround(subject.series, 0, subject.interval, MAX_SLOTS);
    this.set(subject, from, to);
    this.view.setRight(Math.floor(this.view.width()) - 3);
  }

  private begin(subject: Subject, key: string): void {
    this.key = key;
    this.drawn = subject.series;
    const { series, interval } = subject;
    this.set(subject, windowStart(series, series.count, interval, LIVE_SLOTS), series.count);
    this.view.reset();
  }

  /** A new window round what is in view. */
  private rebuild(subject: Subject, isHeld: boolean): void {
    const [from, to] = this.rangeInView(subject, isHeld);
    this.move(subject, from, to);
  }

  /** Candle in the middle of the view: the picture is kept still by it. */
  private anchor(): { readonly slot: number; readonly time: number } | null {
    const slot = this.window?.candleSlot(Math.round((this.view.left() + this.view.right()) / 2)) ?? -1;
    const bar = this.window?.slots[slot];
    return bar ? { slot, time: bar.time * 1000 } : null;
  }

  /** Candles that the window round the present view should hold. */
  private rangeInView(subject: Subject, isHeld: boolean): [from: number, to: number] {
    const { series, interval } = subject;
    const anchor = this.anchor();
    if (isHeld && this.window) return heldRange(subject, this.window);
    if (!anchor || this.showsLive) return [windowStart(series, series.count, interval, LIVE_SLOTS), series.count];
    return windowAround(series, series.indexOf(anchor.time), interval, MAX_SLOTS);
  }

  /** Draw other candles and leave the picture where it is. */
  private move(subject: Subject, from: number, to: number): void {
    const anchor = this.anchor();
    const isFollowing = this.showsLive && to === subject.series.count;
    const offset = this.view.offset();
    const lead = anchor ? this.view.right() - anchor.slot : 0;
    this.set(subject, from, to);
    if (isFollowing || !anchor) this.view.scrollTo(offset);
    else this.view.setRight((this.window?.slotAt(anchor.time) ?? 0) + lead);
  }

  private set(subject: Subject, from: number, to: number): void {
    this.window = BarWindow.build(subject.series, from, to, gridOf(subject));
    this.isAtEnd = to === subject.series.count;
    this.newest = this.window.last?.time ?? Number.NEGATIVE_INFINITY;
    this.plot.series.setData([...this.window.slots]);
  }

  private update(bars: readonly ChartBar[]): void {
    for (const bar of bars) {
      this.plot.series.update(bar, bar.time < this.newest);
      this.newest = Math.max(this.newest, bar.time);
    }
  }
}

const keyOf = ({ series, info }: Subject): string => `${series.generation} ${info.grid.epoch} ${info.priceStep}`;

const gridOf = ({ info, interval, mid }: Subject): BarGrid => ({
  interval,
  priceDecimals: info.grid.priceDecimals,
  lotDecimals: info.grid.lotDecimals,
  mid,
});

function heldRange({ series, interval }: Subject, old: BarWindow): [number, number] {
  const newest = old.last;
  const to = newest ? Math.min(series.count, series.indexOf(newest.time * 1000) + 1) : series.count;
  return [windowStart(series, to, interval, MAX_SLOTS), to];
}

import { formatTrimmed } from '@/market/decimal.ts';
import { isCurrent } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import { type Interval, intervalMs, stepBucket } from '@/market/time.ts';
import { feedPort } from '@/store/feed-port.ts';
import { recordOf } from '@/store/market-store.ts';
import { watch } from '@/store/watch.ts';
import { onTick, pageNow } from '@/ui/page-clock.ts';
import { createPainter, type Painter, type Strength } from '@/ui/painter.ts';
import { type ChartFace, sameFace } from './chart-face.ts';
import { lastSound, stateOf, venueNow, viewFacts } from './chart-facts.ts';
import type { ChartAction } from './chart-keys.ts';
import { ChartLegend } from './chart-legend.ts';
import { ChartPlot } from './chart-plot.ts';
import { readTheme, watchTheme } from './chart-theme.ts';
import { barSpoken, spanText, summaryText, tableRow, type Writing, writingOf } from './chart-words.ts';
import { DrawnWindow, type Subject } from './drawn-window.ts';
import { gapBands } from './gap-bands.ts';
import { HistoryPager } from './history-pager.ts';

/** The library redraws every loaded bar on each update, so it is given one at most this often. */
const REPAINT_MS = 80;
const SUMMARY_MS = 5000;
/** A drag by touch goes on after the finger has left for as long as the view keeps moving. */
const GLIDE_MS = 150;
/** History that takes longer than this no longer hides the candles that are already there. */
const PATIENCE_MS = 2500;
const TABLE_ROWS = 20;

/** Elements the painter writes to; React made them and does not touch their content. */
export interface ChartParts {
  readonly host: HTMLElement;
  readonly legend: HTMLElement;
  readonly spoken: HTMLElement;
}

interface Shown {
  readonly instrument: InstrumentId;
  readonly interval: Interval;
  readonly since: number;
  readonly pager: HistoryPager;
}

/** Draws one instrument's candles at one interval and keeps what the page says about them true. */
export class ChartPainter {
  private readonly plot: ChartPlot;
  private readonly drawn: DrawnWindow;
  private readonly legend: ChartLegend;
  private readonly painter: Painter;
  private readonly view: Window;
  private readonly stops: (() => void)[] = [];
  private shown: Shown | null = null;
  private writing: Writing | null = null;
  private writingKey = '';
  private stopWatching: (() => void) | null = null;
  private syncedAt = Number.NEGATIVE_INFINITY;
  private timer = 0;
  private summaryAt = Number.NEGATIVE_INFINITY;
  private face: ChartFace | null = null;
  private pointed: { readonly time: number; readonly byKey: boolean } | null = null;
  private isDragging = false;
  private glideUntil = 0;
  private isTouch = false;

  constructor(
    private readonly parts: ChartParts,
    private readonly onFace: (face: ChartFace) => void,
  ) {
    const view = parts.host.ownerDocument.defaultView;
    if (!view) throw new Error('A chart needs a window to draw in.');
    this.view = view;
    this.plot = new ChartPlot(parts.host, readTheme(parts.host));
    this.drawn = new DrawnWindow(this.plot);
    this.legend = new ChartLegend(parts.legend);
    this.painter = createPainter(parts.host, (strength, frameTime) => this.paint(strength, frameTime));
    this.listen();
  }

  /** Draw this from now on. */
  show(instrument: InstrumentId, interval: Interval): void {
    this.leave();
    const pager = new HistoryPager(instrument, interval, {
      feed: feedPort,
      after: (ms, task) => {
        const timer = this.view.setTimeout(task, ms);
        return () => this.view.clearTimeout(timer);
      },
      onChange: () => this.painter.invalidate('layout'),
    });
    this.shown = { instrument, interval, since: pageNow(), pager };
    this.stopWatching = watch(instrument, ['candles', 'info', 'gaps', 'status', 'lastTrade'], () =>
      this.painter.invalidate('data'),
    );
    Object.assign(this.parts.host.dataset, { interval, lastClose: '' });
    this.syncedAt = Number.NEGATIVE_INFINITY;
    this.painter.invalidate('layout');
  }

  /** Do what a key or a button asks. The rest of the actions belong to the shell. */
  act(action: ChartAction): void {
    const subject = this.subject();
    const { view } = this.drawn;
    if (!subject) return;
    if (action.kind === 'cursor') this.moveCursor(action.by, subject);
    if (action.kind === 'scroll') view.scrollTo(view.offset() + action.by * Math.max(1, Math.round(view.width() / 4)));
    if (action.kind === 'zoom') view.zoom(action.by);
    if (action.kind === 'oldest') this.drawn.toOldest(subject);
    if (action.kind === 'live') this.drawn.toLive(subject);
    if (action.kind === 'leave') this.dropCursor();
    if (action.kind === 'reset') {
      this.drawn.toLive(subject);
      view.reset();
    }
    this.painter.invalidate('layout');
  }

  retryHistory(): void {
    const found = this.find();
    if (found && this.shown)
      this.shown.pager.retry(found.series ?? { count: 0, timeAt: () => 0 }, Math.floor(pageNow()));
  }

  /** The newest candles in view, newest last, as texts for a table. */
  tableRows(): readonly (readonly string[])[] {
    const { writing } = this;
    const interval = this.shown?.interval;
    if (!writing || !interval) return [];
    return this.drawn
      .barsInView()
      .slice(-TABLE_ROWS)
      .flatMap(({ candle }) => (candle ? [tableRow(candle, interval, writing)] : []));
  }

  dispose(): void {
    this.leave();
    this.view.clearTimeout(this.timer);
    for (const stop of this.stops) stop();
    this.painter.dispose();
    this.legend.dispose();
    this.plot.dispose();
  }

  private listen(): void {
    const { host } = this.parts;
    const { chart } = this.plot;
    const invalidate = (): void => this.painter.invalidate('layout');
    const resize = new ResizeObserver(([entry]) => {
      this.plot.resize(Math.floor(entry.contentRect.width), Math.floor(entry.contentRect.height));
      invalidate();
    });
    resize.observe(host);
    chart.timeScale().subscribeVisibleLogicalRangeChange(() => this.handleRange());
    chart.subscribeCrosshairMove(({ logical, point }) => this.handlePointer(point ? (logical ?? null) : null));
    const on = <K extends keyof WindowEventMap>(
      target: EventTarget,
      type: K,
      run: (event: WindowEventMap[K]) => void,
    ) => {
      target.addEventListener(type, run as EventListener);
      this.stops.push(() => target.removeEventListener(type, run as EventListener));
    };
    on(host, 'pointerdown', (event) => this.handleHold(true, event.pointerType === 'touch'));
    for (const type of ['pointerup', 'pointercancel', 'blur'] as const)
      on(this.view, type, () => this.handleHold(false, this.isTouch));
    this.stops.push(
      () => resize.disconnect(),
      onTick(this.view, () => this.painter.invalidate('data')),
      watchTheme(host, () => {
        this.plot.applyTheme(readTheme(host));
        invalidate();
      }),
    );
  }

  private handleRange(): void {
    this.drawn.view.settled();
    if (this.isTouch && !this.isDragging) this.glideUntil = pageNow() + GLIDE_MS;
    if (this.pointed?.byKey) this.drawCursor(this.pointed.time);
    this.painter.invalidate('layout');
  }

  private handleHold(isDown: boolean, isTouch: boolean): void {
    this.isDragging = isDown;
    this.isTouch = isTouch;
    this.painter.invalidate('layout');
  }

  private handlePointer(slot: number | null): void {
    const bar = slot === null ? undefined : this.drawn.window?.slots[slot];
    if (this.pointed?.byKey && !bar) return;
    this.pointed = bar ? { time: bar.time * 1000, byKey: false } : null;
    this.painter.invalidate('layout');
  }

  private leave(): void {
    this.shown?.pager.dispose();
    this.stopWatching?.();
    this.stopWatching = null;
    this.shown = null;
    this.dropCursor();
    this.drawn.clear();
    this.summaryAt = Number.NEGATIVE_INFINITY;
  }

  private find() {
    const record = this.shown ? recordOf(this.shown.instrument) : undefined;
    return record && { record, series: record.candles[this.shown?.interval ?? '1m']?.series ?? null };
  }

  /** What there is to draw; null before the first candle. */
  private subject(): Subject | null {
    const found = this.find();
    if (!this.shown || !found?.series || !found.record.info || found.series.count === 0) return null;
    const { info, book } = found.record;
    const isFresh = book !== null && book.epoch === info.grid.epoch && isCurrent(found.record.status.book.state);
    const [bid, ask] = isFresh ? [book.top.bidTicks[0], book.top.askTicks[0]] : [];
    const mid = bid !== undefined && ask !== undefined ? (bid + ask) / 2 : null;
    return { info, interval: this.shown.interval, series: found.series, mid };
  }

  private paint(strength: Strength, frameTime: number): void {
    const { shown } = this;
    if (!shown) return;
    const isDue = frameTime - this.syncedAt >= REPAINT_MS;
    if (!isDue) this.later(REPAINT_MS - (frameTime - this.syncedAt));
    if (!isDue && strength === 'data') return;
    const subject = this.subject();
    const isHeld = this.isDragging || pageNow() < this.glideUntil;
    if (!subject) this.drawn.clear();
    else if (isDue) this.draw(subject, isHeld);
    if (isDue) this.syncedAt = frameTime;
    if (subject && strength === 'layout') {
      if (isHeld) this.later(GLIDE_MS);
      else this.drawn.follow(subject);
      if (this.drawn.isNearOldest(subject)) shown.pager.approach(subject.series);
    }
    this.writeLegend(subject);
    this.tell(subject);
  }

  private draw(subject: Subject, isHeld: boolean): void {
    this.applyFormats(subject);
    this.drawn.sync(subject, pageNow(), isHeld);
    this.drawOverlay(subject);
    this.writeAttributes(subject);
  }

  /** The last change is always painted, also when it came too soon after another. */
  private later(wait: number): void {
    if (this.timer !== 0) return;
    this.timer = this.view.setTimeout(() => {
      this.timer = 0;
      this.painter.invalidate('layout');
    }, wait);
  }

  private applyFormats({ info, interval }: Subject): void {
    const key = `${info.id} ${info.grid.epoch} ${info.priceStep} ${info.sizeStep} ${interval}`;
    if (key === this.writingKey) return;
    this.writingKey = key;
    this.writing = writingOf(info);
    this.plot.applyFormats(info, interval, this.writing);
  }

  private drawOverlay(subject: Subject): void {
    const record = this.find()?.record;
    const { window } = this.drawn;
    const last = lastSound(subject);
    if (!record || !window || !last) return;
    const now = venueNow(record, last);
    const isFrozen = !isCurrent(stateOf(record));
    const left = stepBucket(last.t, subject.interval, 1) - now;
    this.plot.overlay.show(gapBands(window, record.gaps, subject.interval, now), {
      value: last.c / 10 ** subject.info.grid.priceDecimals,
      text: this.writing?.price(last.c) ?? '',
      countdown: isFrozen || intervalMs(subject.interval) < 5000 ? '' : spanText(left),
      direction: record.lastTrade?.direction || (last.c >= last.o ? 1 : -1),
      isFrozen,
    });
  }

  private writeAttributes(subject: Subject): void {
    const { dataset } = this.parts.host;
    const last = lastSound(subject);
    dataset.lastClose = last ? formatTrimmed(last.c, subject.info.grid.priceDecimals) : '';
    dataset.bars = String(subject.series.count);
    dataset.slots = String(this.drawn.window?.slots.length ?? 0);
    dataset.badBars = String(this.drawn.window?.bad ?? 0);
    const now = pageNow();
    if (now - this.summaryAt < SUMMARY_MS || !this.writing) return;
    const record = this.find()?.record;
    const facts = viewFacts(subject, this.drawn, record !== undefined && isCurrent(stateOf(record)));
    if (!facts) return;
    this.summaryAt = now;
    this.parts.host.setAttribute('aria-label', summaryText(facts, this.writing));
  }

  private writeLegend(subject: Subject | null): void {
    const { shown } = this;
    if (!shown) return;
    const pointed = this.pointed && this.drawn.window?.slots[this.drawn.window.slotAt(this.pointed.time)];
    const candle = pointed?.candle ?? (subject && !pointed ? lastSound(subject) : null);
    const bad = this.drawn.window?.bad ?? 0;
    const notes = [
      subject?.series.history === 'from-now' ? 'History from now' : '',
      bad > 0 ? `${bad} unreadable ${bad === 1 ? 'candle' : 'candles'} left out` : '',
    ];
    const note = notes.filter((text) => text !== '').join(' · ');
    this.legend.write(
      { interval: shown.interval, candle, isPointed: pointed !== null && pointed !== undefined, note },
      this.writing,
    );
  }

  /** Tell React what changed at human speed. */
  private tell(subject: Subject | null): void {
    const { shown } = this;
    const series = this.find()?.series ?? null;
    if (!shown) return;
    const isWaiting = series?.history === 'loading' && pageNow() - shown.since < PATIENCE_MS;
    const first = subject ? subject.series.timeAt(0) : null;
    const face: ChartFace = {
      hasBars: subject !== null && !isWaiting,
      isAway: subject !== null && !this.drawn.showsLive && this.drawn.window !== null,
      history: series && shown.pager.hasRecovered(series) ? 'joined' : (series?.history ?? 'loading'),
      pager: shown.pager.state,
      atStart: series?.atStart ?? false,
      bars: subject?.series.count ?? 0,
      first,
    };
    if (this.face && sameFace(face, this.face)) return;
    this.face = face;
    this.onFace(face);
    if (!subject) this.writeEmpty(shown);
  }

  private writeEmpty({ interval }: Shown): void {
    const { dataset } = this.parts.host;
    Object.assign(dataset, { interval, lastClose: '', bars: '0', slots: '0', badBars: '0' });
    this.parts.host.setAttribute('aria-label', 'Chart without candles yet');
    this.plot.overlay.show([], null);
  }

  private moveCursor(by: -1 | 1, subject: Subject): void {
    const { window, view } = this.drawn;
    if (!window) return;
    const edge = Math.min(window.slots.length, Math.floor(view.right()) + 1);
    const from = this.pointed ? window.slotAt(this.pointed.time) : edge - (by < 0 ? 0 : 1);
    let slot = from + by;
    while (window.slots[slot] && !window.slots[slot].candle) slot += by;
    const bar = window.slots[slot] ?? window.slots[window.candleSlot(Math.min(from, window.slots.length - 1))];
    if (!bar?.candle || !this.writing) return;
    if (slot < view.left() + 1) view.setRight(view.right() - (view.left() + 1 - slot));
    if (slot > view.right() - 1) view.setRight(Math.min(slot + 1, window.slots.length));
    this.pointed = { time: bar.candle.t, byKey: true };
    this.drawCursor(bar.candle.t);
    this.parts.spoken.textContent = barSpoken(bar.candle, subject.interval, this.writing);
  }

  private drawCursor(time: number): void {
    const bar = this.drawn.window?.slots[this.drawn.window.slotAt(time)];
    if (bar?.candle) this.plot.chart.setCrosshairPosition(bar.close, bar.time, this.plot.series);
  }

  private dropCursor(): void {
    if (this.pointed?.byKey) this.plot.chart.clearCrosshairPosition();
    this.pointed = null;
    this.parts.spoken.textContent = '';
  }
}

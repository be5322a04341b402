import type { IChartApi } from 'lightweight-charts';
import { PITCH, RIGHT_GAP } from './chart-plot.ts';

/**
 * Where the chart looks, counted in slots. The library applies a scroll in its next frame; until then this remembers
 * what was asked, so that two changes in one frame add up instead of the second undoing the first.
 */
export class ChartView {
  private asked: number | null = null;

  constructor(
    private readonly chart: IChartApi,
    private readonly slots: () => number,
  ) {}

  /** Call when the library reports a visible range: what was asked has happened. */
  settled(): void {
    this.asked = null;
  }

  /** Slots between the newest one and the right edge; negative when it has scrolled out to the right. */
  offset(): number {
    return this.asked ?? this.chart.timeScale().scrollPosition();
  }

  spacing(): number {
    return this.chart.timeScale().options().barSpacing;
  }

  /** Slots that fit the pane. */
  width(): number {
    return this.chart.timeScale().width() / Math.max(0.01, this.spacing());
  }

  right(): number {
    return this.slots() - 1 + this.offset();
  }

  left(): number {
    return this.right() - this.width() + 1;
  }

  /** Whether the newest slot of the window is in view. */
  showsNewest(): boolean {
    return this.offset() > -1;
  }

  scrollTo(offset: number): void {
    this.asked = offset;
    this.chart.timeScale().scrollToPosition(offset, false);
  }

  toNewest(): void {
    this.scrollTo(RIGHT_GAP);
  }

  /** Put the right edge at a slot. */
  setRight(slot: number): void {
    this.scrollTo(slot - (this.slots() - 1));
  }

  /** Back to the usual pitch at the newest slot. */
  reset(): void {
    this.asked = RIGHT_GAP;
    this.chart.timeScale().applyOptions({ barSpacing: PITCH, rightOffset: RIGHT_GAP });
    this.chart.priceScale('right').applyOptions({ autoScale: true });
  }

  /** Closer or wider, the newest slot in view staying where it is. */
  zoom(by: number): void {
    this.chart.timeScale().applyOptions({ barSpacing: this.spacing() * 1.2 ** by });
  }
}

import type { Candle } from '@/market/candle.ts';
import type { Interval } from '@/market/time.ts';
import styles from './chart.module.css';
import { barTimeText, type Writing } from './chart-words.ts';
import { intervalLabel } from './interval-text.ts';

/** What the legend says beside the figures. */
export interface LegendFacts {
  readonly interval: Interval;
  readonly candle: Candle | null;
  /** The candle is one pointed at, not the last: its time is said. */
  readonly isPointed: boolean;
  readonly note: string;
}

const CAPTIONS = ['O', 'H', 'L', 'C', 'Vol'] as const;

/** The line of figures over the chart. Made once; afterwards only texts that changed are written. */
export class ChartLegend {
  private readonly interval: HTMLElement;
  private readonly values: readonly HTMLElement[];
  private readonly flag: HTMLElement;
  private readonly note: HTMLElement;
  private readonly time: HTMLElement;

  constructor(private readonly container: HTMLElement) {
    this.interval = this.span(styles.legendInterval);
    this.values = CAPTIONS.map((caption) => this.figure(caption));
    this.time = this.span(styles.legendTime);
    this.flag = this.span(styles.legendFlag);
    this.note = this.span(styles.legendNote);
  }

  write(facts: LegendFacts, writing: Writing | null): void {
    const { candle } = facts;
    const { price, size } = writing ?? { price: String, size: () => '' };
    put(this.interval, intervalLabel(facts.interval));
    const texts = candle ? [price(candle.o), price(candle.h), price(candle.l), price(candle.c), size(candle)] : [];
    for (const [i, value] of this.values.entries()) put(value, texts[i] ?? '');
    this.container.dataset.empty = String(candle === null);
    this.container.dataset.pointed = String(facts.isPointed);
    this.container.dataset.side = candle && candle.c < candle.o ? 'down' : 'up';
    put(this.time, candle && facts.isPointed ? `${barTimeText(candle.t, facts.interval)} UTC` : '');
    put(this.flag, candle?.partial ? 'partial' : '');
    put(this.note, facts.note);
  }

  dispose(): void {
    this.container.replaceChildren();
  }

  private span(className: string | undefined, parent: HTMLElement = this.container): HTMLElement {
    const element = parent.ownerDocument.createElement('span');
    if (className) element.className = className;
    parent.append(element);
    return element;
  }

  private figure(caption: string): HTMLElement {
    const figure = this.span(styles.figure);
    figure.dataset.figure = caption;
    this.span(styles.caption, figure).textContent = caption;
    return this.span(styles.value, figure);
  }
}

function put(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

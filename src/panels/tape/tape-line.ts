import type { GapSpan } from '@/market/candle.ts';
import { decimalsOf, formatTrimmed } from '@/market/decimal.ts';
import type { InstrumentInfo } from '@/market/instrument.ts';
import { stepTicks } from '@/market/instrument.ts';
import { formatTicks, groupThousands, stepDecimals } from '@/market/price.ts';
import { aggressorOf, BUYER } from '@/market/trade.ts';
import { foldZeros, sizeText } from '@/ui/price-text.ts';
import styles from './tape.module.css';
import { levelOf, type SizeLevels, tintOf } from './tape-figures.ts';
import { gapText, gapTone } from './tape-gaps.ts';
import type { Hole } from './tape-history.ts';
import type { TapeRow } from './tape-rows.ts';

/** How prints of one instrument are printed. */
export interface TapeFormat {
  readonly priceDecimals: number;
  readonly lotDecimals: number;
  readonly shownPrice: number;
  readonly shownSize: number;
}

/** The format of an instrument as the venue declares it now. */
export const tapeFormat = (info: InstrumentInfo): TapeFormat => ({
  priceDecimals: info.grid.priceDecimals,
  lotDecimals: info.grid.lotDecimals,
  shownPrice: stepDecimals(stepTicks(info), info.grid.priceDecimals),
  shownSize: Math.min(5, Math.max(0, decimalsOf(info.sizeStep))),
});

const two = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
const three = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));
const DAY = 86_400_000;

/** `14:02:`, `11`, `.482`: the seconds stand brighter. */
export function timeParts(time: number): readonly [string, string, string] {
  const ms = ((Math.floor(time) % DAY) + DAY) % DAY;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return [`${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:`, two[seconds % 60], `.${three[ms % 1000]}`];
}

/** One line of the pool: a print, a hole in what the page was sent, or a gap in what the venue sent. */
export class TapeLine {
  readonly element: HTMLElement;
  private readonly times: readonly [Text, Text, Text];
  private readonly glyph: HTMLElement;
  private readonly price: Text;
  private readonly size: Text;
  private readonly prints: Text;
  private aggressor = -1;
  private level = 0;
  private tint = -1;
  private y = Number.NaN;
  private isHole = false;
  private isFetched = false;
  private gap: GapSpan | null = null;
  /** What is written: number of the newest print of the row and how many it folds. */
  number = -1;
  folded = 0;

  constructor(document: Document) {
    const span = (className: string): HTMLElement => {
      const element = document.createElement('span');
      element.className = className;
      return element;
    };
    this.element = document.createElement('div');
    this.element.className = styles.row;
    const time = span(styles.time);
    const bright = document.createElement('em');
    this.times = [document.createTextNode(''), document.createTextNode(''), document.createTextNode('')];
    bright.append(this.times[1]);
    time.append(this.times[0], bright, this.times[2]);
    const glyphCell = span(styles.glyphCell);
    this.glyph = span(styles.glyph);
    this.glyph.setAttribute('role', 'img');
    glyphCell.append(this.glyph);
    this.price = document.createTextNode('');
    this.size = document.createTextNode('');
    this.prints = document.createTextNode('');
    const price = span(styles.price);
    const size = span(styles.size);
    const prints = span(styles.prints);
    price.append(this.price);
    size.append(this.size);
    prints.append(this.prints);
    this.element.append(time, glyphCell, price, size, prints);
  }

  /** Stand `y` px below the top of the strip; above it when negative. */
  place(y: number): void {
    if (y === this.y) return;
    this.y = y;
    this.element.style.transform = `translateY(${y}px)`;
  }

  /** Whether a row stands here already as it is. */
  holds(row: TapeRow): boolean {
    return this.number === row.number && this.folded === row.prints && this.gap === row.gap;
  }

  write(row: TapeRow, format: TapeFormat, levels: SizeLevels | null): void {
    if (row.gap) {
      this.writeGap(row.gap);
      this.number = row.number;
      this.folded = row.prints;
      return;
    }
    if (this.isHole) this.leaveHole();
    this.number = row.number;
    this.folded = row.prints;
    const { element } = this;
    const parts = timeParts(row.time);
    for (let i = 0; i < 3; i++) if (this.times[i].data !== parts[i]) this.times[i].data = parts[i];
    const exactPrice = formatTrimmed(row.ticks, format.priceDecimals);
    if (element.dataset.price !== exactPrice) {
      element.dataset.price = exactPrice;
      this.price.data = foldZeros(formatTicks(row.ticks, format.priceDecimals, format.shownPrice));
    }
    this.size.data = sizeText(row.lots, format.lotDecimals, format.shownSize);
    this.prints.data = row.prints > 1 ? `×${row.prints}` : '';
    element.dataset.tradeId = row.id;
    element.dataset.size = formatTrimmed(
      typeof row.lots === 'number' ? row.lots : BigInt(row.lots),
      format.lotDecimals,
    );
    element.dataset.time = String(row.time);
    this.writeSide(row.aggressor);
    this.writeLevel(row, levels);
    if (row.isFetched !== this.isFetched) {
      this.isFetched = row.isFetched;
      this.element.toggleAttribute('data-fetched', row.isFetched);
    }
  }

  /** Stand for prints that are not held. */
  writeHole(hole: Hole): void {
    const count = groupThousands(String(hole.span.to - hole.span.from));
    const next = { waiting: '', asked: ', fetching', gone: ', no longer kept', failed: ', could not be fetched' }[
      hole.state
    ];
    this.writeWords(`${count} print${count === '1' ? '' : 's'} left out${next}`);
    this.element.dataset.hole = '';
  }

  /** Divide what was before a gap from what came after it. */
  writeGap(gap: GapSpan): void {
    this.writeWords(gapText(gap));
    this.gap = gap;
    this.element.dataset.gap = gapTone(gap);
  }

  private writeWords(words: string): void {
    this.forget();
    this.isHole = true;
    this.isFetched = false;
    for (const key of Object.keys(this.element.dataset)) delete this.element.dataset[key];
    this.times[0].data = words;
    for (const text of [this.times[1], this.times[2], this.price, this.size, this.prints]) text.data = '';
  }

  /** Be seen or not: the pool may be longer than what there is to show. */
  show(isShown: boolean): void {
    if (this.element.hidden !== isShown) return;
    this.element.hidden = !isShown;
    if (!isShown) this.forget();
  }

  /** Write everything anew next time. */
  forget(): void {
    this.number = -1;
    this.folded = 0;
    this.gap = null;
    this.aggressor = -1;
    this.tint = -1;
    delete this.element.dataset.price;
    delete this.element.dataset.tradeId;
  }

  private leaveHole(): void {
    this.isHole = false;
    this.level = 0;
    delete this.element.dataset.hole;
    delete this.element.dataset.gap;
  }

  private writeSide(aggressor: number): void {
    if (aggressor === this.aggressor) return;
    this.aggressor = aggressor;
    this.element.dataset.aggressor = aggressorOf(aggressor);
    this.glyph.setAttribute('aria-label', aggressor === BUYER ? 'bought' : 'sold');
  }

  private writeLevel(row: TapeRow, levels: SizeLevels | null): void {
    const level = levelOf(row.lots, levels);
    if (level !== this.level) {
      this.level = level;
      if (level === 0) delete this.element.dataset.level;
      else this.element.dataset.level = String(level);
    }
    const tint = tintOf(row.lots, level, levels);
    if (tint === this.tint) return;
    this.tint = tint;
    this.element.style.setProperty('--a', String(tint / 100));
  }
}

import { groupThousands } from '@/market/price.ts';
import styles from './ladder.module.css';
import type { Axis } from './ladder-axis.ts';
import type { BookPicture, LadderSheet } from './ladder-rows.ts';

/** Fewer rows than this have no room for the sentence. */
const LEAST_ROWS = 3;

/** The sentence that stands where the venue's book ends: beyond it sizes are unknown, not zero. */
export class HorizonNote {
  private readonly element: HTMLElement;
  private shown = '';

  constructor(body: HTMLElement) {
    this.element = body.ownerDocument.createElement('span');
    this.element.className = styles.horizon;
    this.element.hidden = true;
    body.append(this.element);
  }

  write(sheet: LadderSheet, book: BookPicture, axis: Axis, rowHeight: number): void {
    const below = rowsBeyond(sheet, (ticks) => ticks < book.coverage.bidHorizon && ticks > 0);
    const above = rowsBeyond(sheet, (ticks) => ticks > book.coverage.askHorizon);
    const side = below >= LEAST_ROWS ? 'bid' : above >= LEAST_ROWS ? 'ask' : null;
    const count = side === 'bid' ? below : above;
    const key = side === null ? '' : `${side} ${count} ${rowHeight} ${axis.rows}`;
    if (key === this.shown) return;
    this.shown = key;
    this.element.hidden = side === null;
    if (side === null) return;
    const levels = groupThousands(String(side === 'bid' ? book.bidLevels : book.askLevels));
    this.element.textContent = `${side === 'bid' ? 'Below' : 'Above'} the ${levels} levels known: size unknown`;
    this.element.dataset.side = side;
    const top = side === 'bid' ? (sheet.count - count) * rowHeight : 0;
    this.element.style.transform = `translateY(${top}px)`;
  }

  dispose(): void {
    this.element.remove();
  }
}

function rowsBeyond(sheet: LadderSheet, isBeyond: (ticks: number) => boolean): number {
  let count = 0;
  for (let row = 0; row < sheet.count; row++) if (isBeyond(sheet.ticks[row])) count++;
  return count;
}

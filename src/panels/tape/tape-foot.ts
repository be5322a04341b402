import { groupThousands } from '@/market/price.ts';
import type { LotsSum } from '@/market/quantity.ts';
import { formatSize } from '@/market/quantity.ts';
import type { Pressure, SizeLevels } from './tape-figures.ts';
import type { TapeTerms } from './tape-rows.ts';

const part = (root: Element, name: string): HTMLElement => {
  const element = root.querySelector<HTMLElement>(`[data-part="${name}"]`);
  if (!element) throw new Error(`The tape has no part ${name}.`);
  return element;
};

function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Terms of the equation in the order they are read. */
export const TERMS = ['received', 'shown', 'filtered', 'folded', 'scrolled', 'elided', 'waiting'] as const;

/** Whether every received print has its place. */
export const isExact = (t: TapeTerms): boolean =>
  t.received === t.shown + t.filtered + t.folded + t.scrolled + t.elided + t.waiting;

/** The lossless counter at the foot. */
export class TapeCounter {
  private readonly terms: readonly HTMLElement[];
  private readonly summary: HTMLElement;
  private readonly lost: HTMLElement;
  private readonly shown: number[] = TERMS.map(() => -1);
  private missing = -1;

  constructor(root: Element) {
    this.terms = TERMS.map((term) => {
      const element = root.querySelector<HTMLElement>(`[data-term="${term}"]`);
      if (!element) throw new Error(`The tape has no term ${term}.`);
      return element;
    });
    this.summary = part(root, 'summary');
    this.lost = part(root, 'lost');
  }

  write(terms: TapeTerms, missing: number): void {
    let isChanged = false;
    for (let i = 0; i < TERMS.length; i++) {
      const count = terms[TERMS[i]];
      if (count === this.shown[i]) continue;
      this.shown[i] = count;
      isChanged = true;
      this.terms[i].dataset.count = String(count);
      write(this.terms[i], groupThousands(String(count)));
    }
    if (missing !== this.missing) {
      this.missing = missing;
      write(this.lost, `${groupThousands(String(missing))} lost`);
      this.lost.toggleAttribute('data-lost', missing > 0);
    }
    if (!isChanged) return;
    const words = isExact(terms) ? 'all accounted for' : 'not all accounted for';
    write(this.summary, `${groupThousands(String(terms.received))} received, ${words}`);
  }
}

/** The row above the prints: who pressed in the last minute, and where large begins. */
export class PressureRow {
  private readonly buy: HTMLElement;
  private readonly sell: HTMLElement;
  private readonly share: HTMLElement;
  private readonly rate: HTMLElement;
  private readonly large: HTMLElement;

  constructor(root: Element) {
    this.buy = part(root, 'buy-share');
    this.sell = part(root, 'sell-share');
    this.share = part(root, 'pressure');
    this.rate = part(root, 'rate');
    this.large = part(root.closest('[data-panel]') ?? root, 'large');
  }

  write(pressure: Pressure): void {
    const { buyShare, spanMs, perSecond } = pressure;
    const percent = buyShare === null ? null : Math.round(buyShare * 100);
    write(this.buy, percent === null ? '–' : `${percent} %`);
    write(this.sell, percent === null ? '–' : `${100 - percent} %`);
    const transform = `scaleX(${(percent ?? 50) / 100})`;
    if (this.share.style.transform !== transform) this.share.style.transform = transform;
    write(this.rate, spanMs === 0 ? '' : `${Math.round(spanMs / 1000)} s · ${rateText(perSecond)}/s`);
  }

  writeLevels(levels: SizeLevels | null, lotDecimals: number): void {
    const text = levels?.map((lots) => sizeText(lots, lotDecimals)).join(' · ') ?? '–';
    write(this.large, text);
  }
}

const rateText = (perSecond: number): string => (perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond)));

/** A size on a 1-2-5 step, shortest form. */
const sizeText = (lots: LotsSum, lotDecimals: number): string => {
  const text = formatSize(lots, lotDecimals, lotDecimals);
  return text.includes('.') ? text.replace(/\.?0+(?=$|[kMBT])/, '') : text;
};

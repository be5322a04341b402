import { isCurrent } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import { recordOf } from '@/store/market-store.ts';
import { pageNow } from '@/ui/page-clock.ts';
import { figuresOf, lastPrice } from './instrument-figures.ts';

/** Writes the instrument bar: the last price in the frame that brought it, the day's figures a few times a second. */
export interface BarPainter {
  last(): void;
  figures(): void;
}

/** Set the text of an element if it changed. */
export function write(element: Element | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}

export function createBarPainter(bar: HTMLElement, instrument: InstrumentId): BarPainter {
  const figure = (name: string): HTMLElement | null => bar.querySelector(`[data-figure="${name}"]`);
  const fact = (name: string): HTMLElement | null => bar.querySelector(`[data-fact="${name}"]`);
  const block = bar.querySelector<HTMLElement>('[data-last]');
  const last = figure('last');
  const change = bar.querySelector<HTMLElement>('[data-sign]');
  const cells = (['change', 'high', 'low', 'volume', 'quoteVolume'] as const).map((key) => [key, figure(key)] as const);
  const percent = figure('percent');
  const later = (['mark', 'funding'] as const).map((key) => [key, figure(key), fact(key)] as const);
  const facts = bar.querySelector('.facts');
  const fundingTitle = fact('funding')?.querySelector('dt') ?? null;

  return {
    last() {
      const record = recordOf(instrument);
      const { text, sign } = lastPrice(record);
      write(last, text);
      if (!block) return;
      if (block.dataset.direction !== sign) block.dataset.direction = sign;
      block.toggleAttribute('data-dim', record !== undefined && !isCurrent(record.status.trades.state));
    },
    figures() {
      const record = recordOf(instrument);
      const figures = figuresOf(record, pageNow());
      facts?.toggleAttribute('data-dim', record !== undefined && !isCurrent(record.status.ticker.state));
      for (const [key, cell] of cells) write(cell, figures[key]);
      write(percent, figures.changePercent);
      if (change && change.dataset.sign !== figures.sign) change.dataset.sign = figures.sign;
      for (const [key, cell, block] of later) {
        const text = figures[key];
        if (text !== null) write(cell, text);
        if (block) block.hidden = text === null;
      }
      write(fundingTitle, figures.fundingName);
    },
  };
}

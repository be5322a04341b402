import type { Locator, Page } from 'playwright/test';
import { Panel } from './panel.ts';

export interface PrintRow {
  id: string;
  price: string;
  size: string;
  aggressor: string;
  time: number;
}

/** Time and sales. */
export class Tape extends Panel {
  readonly log: Locator;

  constructor(page: Page) {
    super(page, 'tape');
    this.log = this.region.getByRole('log');
  }

  /** The prints in view, the uppermost first. */
  prints(): Promise<PrintRow[]> {
    return this.log.evaluate((log) => {
      const top = (row: HTMLElement): number => row.getBoundingClientRect().top;
      return [...log.querySelectorAll<HTMLElement>('[data-trade-id]')]
        .filter((row) => !row.hidden)
        .sort((a, b) => top(a) - top(b))
        .map(({ dataset }) => ({
          id: dataset.tradeId ?? '',
          price: dataset.price ?? '',
          size: dataset.size ?? '',
          aggressor: dataset.aggressor ?? '',
          time: Number(dataset.time),
        }));
    });
  }

  /** Lines that say what is missing between the prints on either side: `open`, `lost` or `repaired`. */
  dividers(tone: 'open' | 'lost' | 'repaired'): Locator {
    return this.log.locator(`[data-gap="${tone}"]`);
  }

  /** Every term of the equation at the foot, read in one go. */
  terms(): Promise<Record<string, number>> {
    return this.region.evaluate((region) =>
      Object.fromEntries(
        [...region.querySelectorAll<HTMLElement>('[data-term]')].map(({ dataset }) => [
          dataset.term ?? '',
          Number(dataset.count),
        ]),
      ),
    );
  }

  async setMinimum(size: string): Promise<void> {
    await this.region.getByRole('textbox', { name: 'Smallest size shown' }).fill(size);
  }

  async unfold(): Promise<void> {
    const fold = this.button(/^Fold/);
    if ((await fold.getAttribute('aria-pressed')) === 'true') await fold.click();
  }

  /** Look at older prints, which pauses the tape. */
  async scrollBack(px: number): Promise<void> {
    await this.log.hover();
    await this.page.mouse.wheel(0, px);
  }
}

import type { Locator, Page } from 'playwright/test';
import { Panel } from './panel.ts';

export interface LadderRow {
  price: string;
  bid: string;
  ask: string;
  /** Hatched: nothing is known of it, which is not nothing. */
  bidUnknown: boolean;
  askUnknown: boolean;
  best: string;
}

/** The order book on its price axis. */
export class Ladder extends Panel {
  readonly grid: Locator;

  constructor(page: Page) {
    super(page, 'ladder');
    this.grid = this.region.getByRole('grid');
  }

  /** The rows in view, highest price first. */
  rows(): Promise<LadderRow[]> {
    return this.grid.evaluate((grid) =>
      [...grid.querySelectorAll<HTMLElement>('[role=row][data-price]')].map((row) => {
        const cell = (side: string): HTMLElement | null => row.querySelector(`[data-col="${side}"]`);
        return {
          price: row.dataset.price ?? '',
          bid: cell('bid')?.dataset.size ?? '',
          ask: cell('ask')?.dataset.size ?? '',
          bidUnknown: cell('bid')?.hasAttribute('data-unknown') ?? false,
          askUnknown: cell('ask')?.hasAttribute('data-unknown') ?? false,
          best: row.dataset.best ?? '',
        };
      }),
    );
  }

  /** Price of the first row, by which one sees whether the axis moved. */
  async top(): Promise<number> {
    return Number((await this.rows())[0]?.price);
  }

  bestBid(): Locator {
    return this.grid.locator('[role=row][data-best~="bid"]');
  }

  bestAsk(): Locator {
    return this.grid.locator('[role=row][data-best~="ask"]');
  }

  /** Where the best bid stands: row 0 is the first, -1 is out of view. */
  async marketRow(): Promise<number> {
    return (await this.rows()).findIndex(({ best }) => best.includes('bid'));
  }

  async step(): Promise<string> {
    return (await this.grid.getAttribute('data-step')) ?? '';
  }

  async scroll(rows: number): Promise<void> {
    await this.grid.hover();
    await this.page.mouse.wheel(0, rows * 32);
  }
}

import type { Locator, Page } from 'playwright/test';
import { Panel } from './panel.ts';

/** The candlestick chart. */
export class Chart extends Panel {
  readonly picture: Locator;

  constructor(page: Page) {
    super(page, 'chart');
    this.picture = this.region.locator('[role=img][data-interval]');
  }

  async interval(): Promise<string> {
    return (await this.picture.getAttribute('data-interval')) ?? '';
  }

  async lastClose(): Promise<string> {
    return (await this.picture.getAttribute('data-last-close')) ?? '';
  }

  /** Candles held, history included. */
  async bars(): Promise<number> {
    return Number(await this.picture.getAttribute('data-bars'));
  }

  /** A segment of the interval switch. */
  choice(interval: string): Locator {
    return this.region.locator(`[data-interval-choice="${interval}"]`);
  }

  /** The candle under the keyboard cursor, in words. */
  spoken(): Locator {
    return this.region.locator('span[aria-live=polite]');
  }
}

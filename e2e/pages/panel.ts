import type { Locator, Page } from 'playwright/test';
import { expect } from 'playwright/test';
import type { State } from '../surface.ts';

/** A market panel: what every one of them has. */
export class Panel {
  readonly region: Locator;
  /** The state chip of the header. */
  readonly chip: Locator;

  constructor(
    readonly page: Page,
    kind: 'ladder' | 'tape' | 'chart',
  ) {
    this.region = page.locator(`[data-panel="${kind}"]`);
    this.chip = this.region.locator('header [data-proof]');
  }

  async expectState(state: State | RegExp, timeout = 15_000): Promise<void> {
    await expect(this.region).toHaveAttribute('data-state', state, { timeout });
  }

  /** The strip that stands where current figures would, and the card of a refusal. */
  button(name: string | RegExp): Locator {
    return this.region.getByRole('button', { name });
  }

  /** A mark that must be seen: SIMULATED, LOCAL, REPLAY. */
  mark(text: 'SIMULATED' | 'LOCAL' | 'REPLAY'): Locator {
    return this.region.locator('header').getByText(text, { exact: true });
  }

  /** The card that stands over a refused panel, by its heading. */
  card(title: string | RegExp): Locator {
    return this.region.getByRole('region', { name: title });
  }

  /** Give the panel the keyboard, as the panel ring does. */
  async focus(): Promise<void> {
    await this.region.focus();
  }
}
